//! How staff work: how long things take, how often they happen, and what is said.

use std::collections::BTreeMap;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use quanyu_domain::model::{Model, RequestKind};
use quanyu_domain::time::{Remaining, WorkTime};

use super::LifeError;
use super::file::{Chances, Delay, Delays, HandlingTable, LengthTable, OutcomesTable, Pace, PackFile, RequestTable};
use super::words::{Notes, Words};
use crate::dice::Dice;
use crate::text::Template;

/// How staff work.
#[derive(Debug)]
pub(crate) struct Staffing {
    pub length: LengthTable,
    pub delay: Delays,
    pub handling: HandlingTable,
    pub chance: Chances,
    pub requests: BTreeMap<RequestKind, Asking>,
    pub outcomes: OutcomesTable,
    pub notes: Notes,
    desk_hours: [i8; 2],
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Asking {
    pub asked: f64,
    pub granted: f64,
    pub reasons: Vec<Template>,
}

impl Staffing {
    pub fn read(packs: &[(String, PackFile)], words: &Words) -> Result<Self, LifeError> {
        let mut found = None;
        for (path, pack) in packs {
            let Some(table) = &pack.staff else { continue };
            let wrong = |what: String| LifeError::new(path, what);
            if found.is_some() {
                return Err(wrong(
                    "another life.toml says how staff work too: keep one `[staff]`".into(),
                ));
            }
            let [from, to] = table.desk_hours;
            if !(0 <= from && from < to && to <= 24) {
                return Err(wrong("`desk_hours` are two hours of a day, such as [8, 20]".into()));
            }
            let asking = |request: &RequestTable| {
                let reasons = words.fragments.templates(&request.reasons)?;
                if reasons.is_empty() {
                    return Err("a request needs `reasons`".to_owned());
                }
                Ok(Asking {
                    asked: request.asked,
                    granted: request.granted,
                    reasons,
                })
            };
            let requests = table
                .request
                .iter()
                .map(|(kind, request)| Ok((*kind, asking(request)?)));
            found = Some(Self {
                length: table.length,
                delay: table.delay,
                handling: table.handling,
                chance: table.chance,
                requests: requests.collect::<Result<_, _>>().map_err(wrong)?,
                outcomes: table.outcomes.clone(),
                notes: Notes::read(&table.words, &words.fragments).map_err(wrong)?,
                desk_hours: table.desk_hours,
            });
        }
        found.ok_or_else(|| LifeError::new("life.toml", "no pack's life.toml says how staff work: add `[staff]`"))
    }

    /// Checks every name against the rules of a district.
    pub fn check(&self, model: &Model) -> Result<(), String> {
        for (named, solved) in [(&self.outcomes.solved, true), (&self.outcomes.not_solved, false)] {
            for name in named.keys() {
                match model.outcomes.get(name) {
                    Some(outcome) if outcome.solved == solved => {}
                    Some(_) => {
                        return Err(format!(
                            "the outcome `{name}` stands on the wrong side of `staff.outcomes`"
                        ));
                    }
                    None => return Err(format!("no pack in force declares the outcome `{name}`")),
                }
            }
            if named.values().sum::<f64>() <= 0.0 {
                return Err("`staff.outcomes` needs outcomes with weights on both sides".into());
            }
        }
        Ok(())
    }

    /// When something is done that somebody turns to now.
    pub fn after(&self, now: Timestamp, delay: Delay, work: &WorkTime, dice: &mut Dice) -> Timestamp {
        // A month is longer than anybody takes; it keeps the tail of the distribution out of the next year.
        const MOST_MINUTES: f64 = 43_200.0;
        let minutes = dice.log_normal(delay.minutes, delay.spread).clamp(0.2, MOST_MINUTES);
        let time = SignedDuration::from_secs((minutes * 60.0) as i64);
        match delay.pace {
            Pace::Always => now + time,
            Pace::Desk => self.in_desk_hours(now + time, work),
            // Outside the loaded calendars people work as they come.
            Pace::Work => work.due(now, Remaining::Working(time)).unwrap_or(now + time),
        }
    }

    /// The instant itself, or as long after the next opening as it lies after the closing, at most an hour.
    fn in_desk_hours(&self, at: Timestamp, work: &WorkTime) -> Timestamp {
        let local = work.local(at);
        let [from, to] = self.desk_hours;
        let opening = |date: jiff::civil::Date| {
            date.to_datetime(Time::constant(0, 0, 0, 0)) + SignedDuration::from_hours(i64::from(from))
        };
        let next = if local.hour() < from {
            opening(local.date())
        } else if local.hour() >= to {
            opening(local.date().tomorrow().unwrap_or(local.date()))
        } else {
            return at;
        };
        let within = SignedDuration::from_secs(i64::from(local.minute()) * 60 + i64::from(local.second()));
        work.offset.to_timestamp(next + within).unwrap_or(at)
    }
}
