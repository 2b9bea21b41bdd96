//! From sources to the models of all districts.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::directory::{Directory, Matter};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::{Channel, LimitClass, Model, PackInfo, Parameter};
use quanyu_domain::services::Services;
use quanyu_domain::text::Title;
use quanyu_domain::time::WorkTime;
use quanyu_domain::units::{Unit, UnitCode};

use crate::both::Both;
use crate::finding::{Findings, Notes, Spot};
use crate::gather::Packs;
use crate::parameters::{Parameters, settings};
use crate::place::{self, Place};
use crate::rules::{self, Rules};
use crate::services;
use crate::shape::Noun;
use crate::sources::{MAX_TOTAL, Sources, content_hash};
use crate::tables::{self, GazetteerRow, Known, Units};

/// Everything that sound sources amount to.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The districts (and cities), each with its model and its tables.
    pub districts: BTreeMap<DistrictId, District>,
    /// What is not wrong, but probably not meant.
    pub warnings: Findings,
}

/// A district or city: the model that holds there and the tables that it starts with.
#[derive(Debug, Clone)]
pub struct District {
    /// Its code.
    pub id: DistrictId,
    /// The code of the unit that it is.
    pub unit: UnitCode,
    /// Its name.
    pub title: Title,
    /// The city whose packs, tables and parameters hold here too.
    pub part_of: Option<DistrictId>,
    /// What holds here.
    pub model: Model,
    /// The units of its city and its own.
    pub units: Vec<Unit>,
    /// The matters of its city and its own.
    pub matters: Vec<Matter>,
    /// The dispatch directory: its own rows before those of its city.
    pub directory: Directory,
    /// The gazetteer: its own rows before those of its city.
    pub gazetteer: Vec<GazetteerRow>,
    /// The services that residents ask for through other systems: its own over those of its city.
    pub services: Services,
    /// Paths in the sources of the polygons (GeoJSON): its own before those of its city.
    pub areas: Vec<String>,
    /// Path in the sources of the cases in flight, where there is one.
    pub cases: Option<String>,
}

/// Reads, checks and builds everything. All packs are checked, also those that no place needs.
///
/// # Errors
/// Every finding, where there is an error among them.
pub fn load(sources: &Sources) -> Result<Loaded, Findings> {
    let mut notes = Notes::new(sources);
    let total: usize = sources.iter().map(|(path, text)| path.len() + text.len()).sum();
    if total > MAX_TOTAL {
        notes.error(
            Spot {
                file: 0,
                start: 0,
                end: 0,
            },
            "too_large",
            (
                format!("全部文件合计超过 {} MB", MAX_TOTAL / 1024 / 1024),
                format!("all files together have more than {} MB", MAX_TOTAL / 1024 / 1024),
            ),
            ("请去掉不需要的文件", "leave out what is not needed"),
        );
        return Err(notes.finish());
    }
    let packs = Packs::read(sources, &mut notes);
    if !packs.whole {
        return Err(notes.finish());
    }
    let parameters = Parameters::read(&packs, &mut notes);
    let everything: BTreeSet<usize> = (0..packs.all.len()).collect();
    let defaults = parameters.resolve(&packs, &everything, &[], &mut notes);
    rules::build(&packs, &everything, &defaults, &mut notes);
    let places = place::read_all(sources, &mut notes);
    let mut loader = Loader {
        sources,
        packs: &packs,
        parameters: &parameters,
        places: &places,
        notes: &mut notes,
    };
    let districts: Vec<Option<District>> = places.values().map(|place| loader.district(place)).collect();
    let findings = notes.finish();
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(Loaded {
        districts: districts
            .into_iter()
            .flatten()
            .map(|district| (district.id, district))
            .collect(),
        warnings: findings,
    })
}

struct Loader<'a, 's> {
    sources: &'s Sources,
    packs: &'a Packs,
    parameters: &'a Parameters,
    places: &'a BTreeMap<DistrictId, Place>,
    notes: &'a mut Notes<'s>,
}

impl Loader<'_, '_> {
    fn district(&mut self, place: &Place) -> Option<District> {
        let layers = place::layers(place, self.places)?;
        let in_force = self.in_force(&layers)?;
        // The city first, so that the district's settings lie over its.
        let set: Vec<(&str, Vec<_>)> = layers
            .iter()
            .rev()
            .map(|layer| (layer.code.text.as_str(), settings(&layer.record)))
            .collect();
        let parameters = self.parameters.resolve(self.packs, &in_force, &set, self.notes);
        let rules = rules::build(self.packs, &in_force, &parameters, self.notes);
        let work_time = place::work_time(&layers, self.notes);
        if let Some(work_time) = &work_time {
            self.check_coverage(&layers, &rules, work_time);
        }
        let Tables {
            units,
            matters,
            directory,
            gazetteer,
            services,
            areas,
        } = self.tables(&layers, &in_force, &rules.channels)?;
        let model = assemble(
            self.packs,
            &in_force,
            rules,
            parameters,
            work_time?,
            self.version(&layers, &in_force),
        );
        Some(District {
            id: place.id,
            unit: place.code.text.parse().ok()?,
            title: place.title.clone(),
            part_of: layers.get(1).map(|city| city.id),
            model,
            units,
            matters,
            directory,
            gazetteer,
            services,
            areas,
            cases: self.file(place, "cases"),
        })
    }

    /// The packs that a place and its city need, with what these need. `None` where one of them does not exist.
    fn in_force(&mut self, layers: &[&Place]) -> Option<BTreeSet<usize>> {
        let errors = self.notes.errors();
        let mut found = BTreeSet::new();
        for need in layers.iter().flat_map(|layer| &layer.needs) {
            match self.packs.position(&need.text) {
                Some(position) => found.extend(&self.packs.all[position].sees),
                None => self
                    .packs
                    .check_name(Noun::Pack, &need.text, need.spot, &found, self.notes),
            }
        }
        (self.notes.errors() == errors).then_some(found)
    }

    /// The content hash of everything that the model was made of: packs, `place.toml`s and calendars. Units, the
    /// directory and matters are registers of their own once they are taken over, so they do not count.
    fn version(&self, layers: &[&Place], in_force: &BTreeSet<usize>) -> String {
        let packs = in_force.iter().map(|position| &self.packs.all[*position]);
        let packs = packs.map(|pack| (format!("pack/{}", pack.name), pack.hash.as_str()));
        let places = layers.iter().flat_map(|layer| {
            let files = layer
                .calendars
                .iter()
                .cloned()
                .chain([format!("{}/place.toml", layer.folder)]);
            files.filter_map(|path| self.sources.get(&path).map(|text| (path, text)))
        });
        let parts: Vec<(String, &str)> = packs.chain(places).collect();
        content_hash(parts.iter().map(|(path, text)| (path.as_str(), *text)))
    }

    /// A limit that is longer than the loaded calendar could never be reckoned.
    fn check_coverage(&mut self, layers: &[&Place], rules: &Rules, work_time: &WorkTime) {
        let years: Vec<i16> = work_time.calendar.years().collect();
        let starts = years.iter().filter(|year| !years.contains(&(*year - 1)));
        let starts: Vec<_> = starts
            .filter_map(|year| jiff::civil::Date::new(*year, 1, 1).ok())
            .collect();
        let covers = |limit: &LimitClass| {
            starts.iter().any(|start| {
                work_time
                    .due(work_time.close_of_business(*start), limit.duration.whole())
                    .is_ok()
            })
        };
        let Some(head) = layers
            .iter()
            .map(|layer| layer.head())
            .find(|head| head.has("calendars"))
        else {
            return;
        };
        for limit in rules.limits.values().filter(|limit| !covers(limit)) {
            let span: Both = match (years.first(), years.last()) {
                (Some(first), Some(last)) if first == last => (first.to_string(), first.to_string()).into(),
                (Some(first), Some(last)) => (format!("{first} 至 {last} 年"), format!("{first} to {last}")).into(),
                _ => ("零个年份", "no year at all").into(),
            };
            self.notes.error(
                head.spot_of("calendars"),
                "calendar_too_short",
                (
                    format!(
                        "工作日历只含 {}，{} 的时限（`{}`）在其中没有终点",
                        span.zh, limit.duration, limit.name
                    ),
                    format!(
                        "the calendar covers {}: no limit of {} ends in it (`{}`)",
                        span.en, limit.duration, limit.name
                    ),
                ),
                ("请载入更多年份，或缩短时限", "load more years, or shorten the limit"),
            );
        }
    }

    /// The tables of a place and of its city. `None` where its units are not sound: the others refer to them.
    fn tables(
        &mut self,
        layers: &[&Place],
        in_force: &BTreeSet<usize>,
        channels: &BTreeMap<String, Channel>,
    ) -> Option<Tables> {
        let errors = self.notes.errors();
        let mut units = Units::new();
        for layer in layers.iter().rev() {
            let own = self.units(layer, &units);
            units.extend(own);
            let code = &layer.code;
            if self.file(layer, "units").is_some() && !units.keys().any(|unit| unit.as_str() == code.text) {
                let advice = (
                    "请在 `units` 中添加，或更正 `code`",
                    "add it to `units`, or correct `code`",
                );
                self.notes.error(
                    code.spot,
                    "unknown_unit",
                    (
                        format!("没有代码为 {} 的单位", code.text),
                        format!("no unit has the code {}", code.text),
                    ),
                    advice,
                );
            }
            if self.notes.errors() > errors {
                return None;
            }
        }
        let demands = self.packs.names(Noun::Demand, in_force);
        let limits = self.packs.names(Noun::Limit, in_force);
        let mut matters: BTreeMap<String, Matter> = BTreeMap::new();
        let mut codes: BTreeSet<String> = BTreeSet::new();
        for layer in layers.iter().rev() {
            let Some(file) = self.table(layer, "matters") else {
                continue;
            };
            let known = Known {
                units: &units,
                matters: &codes,
                demands: &demands,
                limits: &limits,
            };
            let rows = tables::matters(file, &known, self.notes);
            matters.extend(rows.into_iter().map(|matter| (matter.code.clone(), matter)));
            codes.extend(matters.keys().cloned());
        }
        let known = Known {
            units: &units,
            matters: &codes,
            demands: &demands,
            limits: &limits,
        };
        let mut directory = Vec::new();
        let mut gazetteer = Vec::new();
        let mut areas = Vec::new();
        for layer in layers {
            if let Some(file) = self.table(layer, "directory") {
                directory.push(tables::directory(file, &known, self.notes));
            }
            if let Some(file) = self.table(layer, "gazetteer") {
                gazetteer.extend(tables::gazetteer(file, &units, self.notes));
            }
            areas.extend(self.file(layer, "areas"));
        }
        let known = services::Known {
            packs: self.packs,
            in_force,
            channels,
            matters: &codes,
        };
        let mut services = Services::default();
        for layer in layers.iter().rev() {
            if let Some(file) = self.table(layer, "services") {
                services::read(file, &known, &mut services, self.notes);
            }
        }
        Some(Tables {
            units: units.into_values().map(|(unit, _)| unit).collect(),
            matters: matters.into_values().collect(),
            directory: Directory::new(directory),
            gazetteer,
            services,
            areas,
        })
    }

    fn units(&mut self, place: &Place, above: &Units) -> Units {
        match self.table(place, "units") {
            Some(file) => tables::units(file, above, self.notes),
            None => Units::new(),
        }
    }

    fn table(&mut self, place: &Place, key: &'static str) -> Option<usize> {
        self.file(place, key).map(|path| self.notes.file(&path))
    }

    /// The path of one of a place's files.
    fn file(&mut self, place: &Place, key: &'static str) -> Option<String> {
        let word = place.record.record("files")?.word(key)?;
        let path = Sources::resolve(&place.folder, &word.text).filter(|path| self.sources.get(path).is_some());
        if path.is_none() {
            let what = (
                format!("没有文件 `{}`", word.text),
                format!("there is no file `{}`", word.text),
            );
            self.notes.error(
                word.spot,
                "no_such_file",
                what,
                (
                    "请写相对于该地区文件夹的路径",
                    "write its path as seen from the place's folder",
                ),
            );
        }
        path
    }
}

struct Tables {
    units: Vec<Unit>,
    matters: Vec<Matter>,
    directory: Directory,
    gazetteer: Vec<GazetteerRow>,
    services: Services,
    areas: Vec<String>,
}

/// Puts the parts of a model together.
pub(crate) fn assemble(
    packs: &Packs,
    in_force: &BTreeSet<usize>,
    rules: Rules,
    parameters: BTreeMap<String, Parameter>,
    work_time: WorkTime,
    version: String,
) -> Model {
    let info = in_force
        .iter()
        .map(|position| &packs.all[*position])
        .map(|pack| PackInfo {
            name: pack.name.clone(),
            title: pack.title.clone(),
            hash: pack.hash.clone(),
        });
    Model {
        version,
        packs: info.collect(),
        work_time,
        case_types: rules.case_types,
        workflows: rules.workflows,
        limits: rules.limits,
        ladders: rules.ladders,
        demands: rules.demands,
        channels: rules.channels,
        outcomes: rules.outcomes,
        evidence: rules.evidence,
        requests: rules.requests,
        figures: rules.figures,
        parameters,
    }
}
