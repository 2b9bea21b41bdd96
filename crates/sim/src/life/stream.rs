//! Streams of cases: what comes in, when, and through which channel.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanyu_domain::access::Role;
use quanyu_domain::directory::Matters;
use quanyu_domain::model::Model;

use super::LifeError;
use super::file::{MatterTable, PackFile, PhotoTable, StormTable, StreamTable};
use super::words::Words;
use crate::text::Template;

/// A stream of cases.
#[derive(Debug)]
pub(crate) struct Stream {
    pub case_type: String,
    pub per_thousand: f64,
    pub weekdays: [f64; 7],
    pub channels: Vec<Channel>,
    pub nowhere: f64,
    pub answered: f64,
    pub answer_outcome: String,
    pub photo: Option<PhotoTable>,
    pub matter_known: f64,
    pub duplicates: f64,
    pub titles: Vec<Template>,
    pub matters: Vec<MatterShare>,
}

/// A channel of a stream.
#[derive(Debug)]
pub(crate) struct Channel {
    pub name: String,
    pub weight: f64,
    pub by: Filer,
}

/// Who files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filer {
    /// Somebody without an account.
    Reporter,
    /// Somebody with this role.
    Role(Role),
}

/// A part of the tree of matters within a stream.
#[derive(Debug)]
pub(crate) struct MatterShare {
    pub code: String,
    pub weight: f64,
    pub hours: [f64; 24],
    pub months: [f64; 12],
    pub year_on_year: f64,
    pub demands: BTreeMap<String, f64>,
    pub point: f64,
    pub anonymous: f64,
}

/// Days on which some matters surge.
#[derive(Debug)]
pub(crate) struct Storm {
    from: (i8, i8),
    to: (i8, i8),
    year: Option<i16>,
    pub surge: BTreeMap<String, f64>,
}

/// The shapes of days and years that all files declare together.
#[derive(Debug)]
pub(crate) struct Shapes {
    hours: BTreeMap<String, [f64; 24]>,
    months: BTreeMap<String, [f64; 12]>,
}

impl Shapes {
    pub fn read(packs: &[(String, PackFile)]) -> Result<Self, LifeError> {
        let mut shapes = Self {
            hours: BTreeMap::new(),
            months: BTreeMap::new(),
        };
        for (path, pack) in packs {
            for (name, weights) in &pack.hours {
                add(&mut shapes.hours, name, weights).map_err(|what| LifeError::new(path, what))?;
            }
            for (name, weights) in &pack.months {
                add(&mut shapes.months, name, weights).map_err(|what| LifeError::new(path, what))?;
            }
        }
        Ok(shapes)
    }
}

fn add<const N: usize>(known: &mut BTreeMap<String, [f64; N]>, name: &str, weights: &[f64]) -> Result<(), String> {
    let read: [f64; N] = weights
        .try_into()
        .map_err(|_| format!("`{name}` has {} weights instead of {N}", weights.len()))?;
    if !read.iter().all(|weight| *weight >= 0.0 && weight.is_finite()) || read.iter().sum::<f64>() <= 0.0 {
        return Err(format!("the weights of `{name}` are at least 0, and one is more"));
    }
    match known.insert(name.to_owned(), read) {
        None => Ok(()),
        Some(_) => Err(format!(
            "another life.toml declares `{name}` too: give one another name"
        )),
    }
}

fn named<const N: usize>(known: &BTreeMap<String, [f64; N]>, name: &str) -> Result<[f64; N], String> {
    known.get(name).copied().ok_or_else(|| {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        format!("nothing declares the weights `{name}`: there are {}", names.join(", "))
    })
}

impl Stream {
    pub fn read(table: &StreamTable, shapes: &Shapes, words: &Words) -> Result<Self, String> {
        let channels = table.channels.iter().map(|channel| {
            let by = match Role::by_name(&channel.by) {
                _ if channel.by == "reporter" => Filer::Reporter,
                Some(role @ (Role::Operator | Role::Dispatcher | Role::GridWorker)) => Filer::Role(role),
                _ => {
                    return Err(format!(
                        "`{}` files no cases: write reporter, operator, dispatcher or grid_worker",
                        channel.by
                    ));
                }
            };
            Ok(Channel {
                name: channel.name.clone(),
                weight: channel.weight,
                by,
            })
        });
        let stream = Self {
            case_type: table.case.clone(),
            per_thousand: table.per_thousand,
            weekdays: table.weekdays,
            channels: channels.collect::<Result<_, String>>()?,
            nowhere: table.nowhere,
            answered: table.answered,
            answer_outcome: table.answer_outcome.clone(),
            photo: table.photo.as_ref().map(|photo| PhotoTable {
                evidence: photo.evidence.clone(),
                share: photo.share,
            }),
            matter_known: table.matter_known,
            duplicates: table.duplicates,
            titles: words.fragments.templates(&table.titles)?,
            matters: table
                .matters
                .iter()
                .map(|matter| MatterShare::read(matter, table, shapes))
                .collect::<Result<_, _>>()?,
        };
        if stream.channels.is_empty() || stream.matters.is_empty() || stream.titles.is_empty() {
            return Err(format!(
                "the stream of `{}` needs channels, titles and matters",
                stream.case_type
            ));
        }
        Ok(stream)
    }

    /// Checks every name against the rules of a district.
    pub fn check(&self, model: &Model, matters: &Matters) -> Result<(), String> {
        let place = format!("the stream of `{}`", self.case_type);
        let undeclared =
            |what: &str, name: &str| Err(format!("{place}: no pack in force declares the {what} `{name}`"));
        if !model.case_types.contains_key(&self.case_type) {
            return undeclared("kind of case", &self.case_type);
        }
        if !model.outcomes.contains_key(&self.answer_outcome) {
            return undeclared("outcome", &self.answer_outcome);
        }
        if let Some(photo) = self
            .photo
            .as_ref()
            .filter(|photo| !model.evidence.contains_key(&photo.evidence))
        {
            return undeclared("evidence", &photo.evidence);
        }
        for channel in &self.channels {
            match model.channels.get(&channel.name) {
                None => return undeclared("channel", &channel.name),
                Some(known) if channel.by == Filer::Reporter && !known.public => {
                    return Err(format!(
                        "{place}: reporters cannot file through `{}`, which is not public",
                        channel.name
                    ));
                }
                Some(_) => {}
            }
        }
        for matter in &self.matters {
            check_matter(&matter.code, matters)?;
            if let Some(demand) = matter
                .demands
                .keys()
                .find(|demand| !model.demands.contains_key(*demand))
            {
                return undeclared("demand type", demand);
            }
        }
        Ok(())
    }
}

/// Checks that there is a matter.
pub(crate) fn check_matter(code: &str, matters: &Matters) -> Result<(), String> {
    match matters.get(code) {
        Some(_) => Ok(()),
        None => Err(format!("there is no matter `{code}` in the place's tree")),
    }
}

impl MatterShare {
    fn read(table: &MatterTable, stream: &StreamTable, shapes: &Shapes) -> Result<Self, String> {
        let demands = table.demands.as_ref().unwrap_or(&stream.demands).clone();
        if demands.values().sum::<f64>() <= 0.0 {
            return Err(format!(
                "the matter `{}` needs demand types with weights above 0",
                table.code
            ));
        }
        Ok(Self {
            code: table.code.clone(),
            weight: table.weight,
            hours: named(&shapes.hours, table.hours.as_ref().unwrap_or(&stream.hours))?,
            months: named(&shapes.months, table.months.as_ref().unwrap_or(&stream.months))?,
            year_on_year: table.year_on_year.unwrap_or(stream.year_on_year),
            demands,
            point: table.point.unwrap_or(stream.point),
            anonymous: table.anonymous.unwrap_or(stream.anonymous),
        })
    }
}

impl Storm {
    pub fn read(table: &StormTable) -> Result<Self, String> {
        // 29 February is a day of a storm too: a leap year knows every day.
        let day = |text: &str| match format!("2024-{text}").parse::<Date>() {
            Ok(date) => Ok((date.month(), date.day())),
            Err(_) => Err(format!("`{text}` is no day: write month and day, such as 07-21")),
        };
        Ok(Self {
            from: day(&table.from)?,
            to: day(&table.to)?,
            year: table.year,
            surge: table.surge.clone(),
        })
    }

    /// Times as many of a matter come on a day.
    pub fn factor(&self, date: Date, matter: &str) -> f64 {
        let day = (date.month(), date.day());
        let on = self.from <= day && day <= self.to && self.year.is_none_or(|year| year == date.year());
        if !on {
            return 1.0;
        }
        // The nearest part of the tree counts: a storm over 04 with 0402 named apart.
        let held = self.surge.iter().filter(|(code, _)| matter.starts_with(code.as_str()));
        held.max_by_key(|(code, _)| code.len())
            .map_or(1.0, |(_, factor)| *factor)
    }
}
