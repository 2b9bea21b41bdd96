//! How a district lives: `life.toml` of packs and places, read and checked.
//!
//! A pack's file says who reports what, when and in which words, and how staff work ([`file`] has the form). A place's
//! file says how many people live in its districts and how well things go there. Neither is part of the rules: a file
//! changed here changes no limit and no right.

mod file;
mod staff;
mod stream;
mod words;

use std::collections::BTreeMap;

use quanyu_app::rules::Rules;
use quanyu_domain::ids::DistrictId;
use quanyu_pack::Sources;

pub(crate) use file::Quality;
use file::{PackFile, PlaceFile};
pub(crate) use staff::Staffing;
pub(crate) use stream::{Filer, Stream};
pub(crate) use words::{Subject, Words};

/// The file of a pack or place that is read here.
const LIFE_TOML: &str = "life.toml";

/// How districts live, read and checked.
#[derive(Debug)]
pub struct Life {
    pub(crate) streams: Vec<Stream>,
    pub(crate) storms: Vec<stream::Storm>,
    pub(crate) words: Words,
    pub(crate) staff: Staffing,
    pub(crate) districts: BTreeMap<DistrictId, DistrictLife>,
}

/// How a district lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DistrictLife {
    /// How many people live there.
    pub people: f64,
    /// How well things go.
    pub quality: Quality,
}

/// What is wrong with a `life.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct LifeError {
    /// The file, as a path in the sources.
    pub file: String,
    /// What is wrong, and what to write instead.
    pub what: String,
}

impl LifeError {
    fn new(file: &str, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            what: what.into(),
        }
    }
}

impl Life {
    /// Reads every `life.toml` of packs and places among the sources.
    ///
    /// # Errors
    /// When a file does not read, names what is not there, or nothing says how staff work or where people live.
    pub fn load(sources: &Sources) -> Result<Self, LifeError> {
        let mut packs: Vec<(String, PackFile)> = Vec::new();
        let mut districts = BTreeMap::new();
        for folder in sources.folders_with(LIFE_TOML) {
            let path = format!("{folder}/{LIFE_TOML}");
            let text = sources.get(&path).unwrap_or_default();
            if sources.get(&format!("{folder}/pack.toml")).is_some() {
                packs.push((
                    path.clone(),
                    toml::from_str(text).map_err(|fault| LifeError::new(&path, fault.to_string()))?,
                ));
            } else {
                let read: PlaceFile = toml::from_str(text).map_err(|fault| LifeError::new(&path, fault.to_string()))?;
                read_place(&path, read, &mut districts)?;
            }
        }
        let anywhere = |what: &str| LifeError::new(LIFE_TOML, what);
        if districts.values().all(|district: &DistrictLife| district.people <= 0.0) {
            return Err(anywhere(
                "no place's life.toml says where people live: add `[district.CODE]` with `people`",
            ));
        }
        let shapes = stream::Shapes::read(&packs)?;
        let words = Words::read(&packs)?;
        let staff = Staffing::read(&packs, &words)?;
        let mut streams = Vec::new();
        let mut storms = Vec::new();
        for (path, pack) in &packs {
            for stream in &pack.stream {
                streams.push(Stream::read(stream, &shapes, &words).map_err(|what| LifeError::new(path, what))?);
            }
            for storm in &pack.storm {
                storms.push(stream::Storm::read(storm).map_err(|what| LifeError::new(path, what))?);
            }
        }
        if streams.is_empty() {
            return Err(anywhere("no pack's life.toml has a `[[stream]]` of cases"));
        }
        Ok(Self {
            streams,
            storms,
            words,
            staff,
            districts,
        })
    }

    /// Checks that everything named is declared by the rules in force in every district that is to live.
    pub(crate) fn check(&self, rules: &Rules) -> Result<(), LifeError> {
        let wrong = |what: String| Err(LifeError::new(LIFE_TOML, what));
        for id in self.districts.keys() {
            let Ok(district) = rules.of(*id) else {
                return wrong(format!(
                    "no rules are in force for the district {id}: remove it or set the place up"
                ));
            };
            for stream in &self.streams {
                stream.check(&district.model, &rules.matters).or_else(wrong)?;
            }
            self.staff.check(&district.model).or_else(wrong)?;
        }
        for code in self.storms.iter().flat_map(|storm| storm.surge.keys()) {
            stream::check_matter(code, &rules.matters).or_else(wrong)?;
        }
        self.words.check(&rules.matters).or_else(wrong)
    }
}

fn read_place(
    path: &str,
    read: PlaceFile,
    districts: &mut BTreeMap<DistrictId, DistrictLife>,
) -> Result<(), LifeError> {
    for (code, district) in read.district {
        let number: u32 = code.parse().ok().filter(|_| code.len() == 6).ok_or_else(|| {
            LifeError::new(
                path,
                format!("`{code}` is no district: write the six digits of its code"),
            )
        })?;
        district
            .quality
            .check()
            .map_err(|what| LifeError::new(path, format!("district {code}: {what}")))?;
        let life = DistrictLife {
            people: district.people,
            quality: district.quality,
        };
        if districts.insert(DistrictId(number), life).is_some() {
            return Err(LifeError::new(
                path,
                format!("another life.toml has the district {code} too: keep one"),
            ));
        }
    }
    Ok(())
}
