//! What reading gives: tables that fit their descriptions, with the place of everything in the files.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use quanyu_domain::text::Title;

use crate::finding::Spot;
use crate::setting::{Moment, Scalar, Setting};
use crate::shape::{Kind, Shape};

/// A text with its place in the file.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub text: String,
    pub spot: Spot,
}

/// A value that fits its description.
#[derive(Debug)]
pub(crate) enum Value {
    Title(Title),
    Word(String),
    Flag(bool),
    Setting(Setting),
    Moment(Moment),
    Instant(Timestamp),
    Date(Date),
    Scalar(Scalar),
    List(Vec<Located>),
    Record(Record),
    Records(Vec<Record>),
    Named(Vec<(Word, Record)>),
    Values(Vec<(Word, Located)>),
}

/// A value with its place in the file.
#[derive(Debug)]
pub(crate) struct Located {
    pub value: Value,
    pub spot: Spot,
}

/// A table that fits its description, as far as it could be read. What is missing or wrong has been noted, so whoever
/// builds from it may go on with nothing in its place: no model comes of it.
#[derive(Debug)]
pub(crate) struct Record {
    pub shape: &'static Shape,
    pub spot: Spot,
    /// The keys that are written, whether or not their values are sound.
    pub written: BTreeSet<&'static str>,
    /// The values that are sound.
    pub values: BTreeMap<&'static str, Located>,
}

impl Record {
    pub fn get(&self, key: &str) -> Option<&Located> {
        debug_assert!(
            self.shape.keys.iter().any(|known| known.name == key),
            "{} has no {key}",
            self.shape.name
        );
        self.values.get(key)
    }

    /// Whether the key is written, be its value sound or not.
    pub fn has(&self, key: &str) -> bool {
        self.written.contains(key)
    }

    /// Whether a list is written and has nothing in it.
    pub fn is_empty_list(&self, key: &str) -> bool {
        self.get(key).is_some() && self.list(key).is_empty()
    }

    /// Where a key's value stands; the table itself where the key is missing.
    pub fn spot_of(&self, key: &str) -> Spot {
        self.get(key).map_or(self.spot, |located| located.spot)
    }

    pub fn title(&self, key: &str) -> Title {
        match self.get(key).map(|located| &located.value) {
            Some(Value::Title(title)) => title.clone(),
            _ => Title::default(),
        }
    }

    pub fn word(&self, key: &str) -> Option<Word> {
        self.get(key).and_then(Located::word)
    }

    /// A text or name; empty where it is missing, which has been noted.
    pub fn text(&self, key: &str) -> String {
        self.word(key).map(|word| word.text).unwrap_or_default()
    }

    pub fn words(&self, key: &str) -> Vec<Word> {
        self.list(key).iter().filter_map(Located::word).collect()
    }

    pub fn list(&self, key: &str) -> &[Located] {
        match self.get(key).map(|located| &located.value) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }

    pub fn flag(&self, key: &str) -> bool {
        matches!(self.get(key).map(|located| &located.value), Some(Value::Flag(true)))
    }

    pub fn setting(&self, key: &str) -> Option<&Setting> {
        match &self.get(key)?.value {
            Value::Setting(setting) => Some(setting),
            _ => None,
        }
    }

    pub fn record(&self, key: &str) -> Option<&Record> {
        match &self.get(key)?.value {
            Value::Record(record) => Some(record),
            _ => None,
        }
    }

    pub fn records(&self, key: &str) -> &[Record] {
        match self.get(key).map(|located| &located.value) {
            Some(Value::Records(records)) => records,
            _ => &[],
        }
    }

    pub fn named(&self, key: &str) -> &[(Word, Record)] {
        match self.get(key).map(|located| &located.value) {
            Some(Value::Named(named)) => named,
            _ => &[],
        }
    }

    pub fn values(&self, key: &str) -> &[(Word, Located)] {
        match self.get(key).map(|located| &located.value) {
            Some(Value::Values(values)) => values,
            _ => &[],
        }
    }

    /// Every key that it has, with the kind that it was read as.
    pub fn entries(&self) -> impl Iterator<Item = (Kind, &Located)> {
        self.shape
            .keys
            .iter()
            .filter_map(|key| Some((key.kind, self.values.get(key.name)?)))
    }
}

impl Located {
    pub fn word(&self) -> Option<Word> {
        match &self.value {
            Value::Word(text) => Some(Word {
                text: text.clone(),
                spot: self.spot,
            }),
            _ => None,
        }
    }
}
