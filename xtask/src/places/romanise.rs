//! Names in Latin letters: pinyin for what is a name, English for what is a kind of thing (路 Road, 社区 Community).

use std::path::Path;

use pinyin::ToPinyin;
use serde::Deserialize;

use super::table::{self, Result};

/// Reads Chinese names aloud. The common reading of a character is wrong in some names; the source table lists those.
pub struct Romaniser {
    /// Texts with their readings, the longest first.
    readings: Vec<Reading>,
}

#[derive(Deserialize)]
struct Reading {
    text: String,
    /// Syllables separated by spaces, one for each character.
    reading: String,
}

/// What the end of a name says the thing is. The first that fits counts.
const ROADS: [(&str, &str); 4] = [("大街", "Avenue"), ("路", "Road"), ("街", "Street"), ("巷", "Lane")];

const OTHER_THINGS: [(&str, &str); 4] = [
    ("工业园", "Industrial Park"),
    ("产业园", "Industrial Park"),
    ("广场", "Square"),
    ("花园", "Garden"),
];

const SIDES: [(&str, &str); 5] = [
    ("东", "East"),
    ("西", "West"),
    ("南", "South"),
    ("北", "North"),
    ("中", "Middle"),
];

impl Romaniser {
    /// With the readings of `places/6301/source/pinyin.csv`.
    pub fn new(root: &Path) -> Result<Self> {
        let mut readings: Vec<Reading> = table::read(root, "places/6301/source/pinyin.csv")?;
        readings.sort_by_key(|reading| std::cmp::Reverse(reading.text.chars().count()));
        Ok(Self { readings })
    }

    /// A name as one word: 西宁 → Xining, 西岸 → Xi'an.
    pub fn word(&self, name: &str) -> Result<String> {
        let mut word = String::new();
        for syllable in self.syllables(name)? {
            if !word.is_empty() && syllable.starts_with(['a', 'o', 'e']) {
                word.push('\'');
            }
            word.push_str(&syllable);
        }
        let mut letters = word.chars();
        Ok(letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default())
    }

    /// The name of a road, a square or a quarter: 朝阳西路 → Chaoyang West Road, 昆仑路东 → Kunlun Road East, 虎台 → Hutai.
    pub fn place(&self, name: &str) -> Result<String> {
        if let Some((rest, side)) = strip(name, &SIDES)
            && let Some((stem, road)) = strip(rest, &ROADS)
        {
            return Ok(format!("{} {road} {side}", self.word(stem)?));
        }
        if let Some((stem, road)) = strip(name, &ROADS) {
            if let Some((_, side)) = SIDES.iter().find(|(zh, _)| *zh == stem) {
                return Ok(format!("{side} {road}"));
            }
            return match strip(stem, &SIDES) {
                Some((stem, side)) if stem.chars().count() > 1 => Ok(format!("{} {side} {road}", self.word(stem)?)),
                _ => Ok(format!("{} {road}", self.word(stem)?)),
            };
        }
        match strip(name, &OTHER_THINGS) {
            Some((stem, thing)) => Ok(format!("{} {thing}", self.word(stem)?)),
            None => self.word(name),
        }
    }

    fn syllables(&self, name: &str) -> Result<Vec<String>> {
        let mut syllables = Vec::new();
        let mut rest = name;
        while let Some(first) = rest.chars().next() {
            if let Some(known) = self.readings.iter().find(|reading| rest.starts_with(&reading.text)) {
                syllables.extend(known.reading.split(' ').map(str::to_owned));
                rest = &rest[known.text.len()..];
            } else {
                let reading = first
                    .to_pinyin()
                    .ok_or_else(|| format!("`{first}` in `{name}` has no reading"))?;
                syllables.push(reading.plain().to_owned());
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(syllables)
    }
}

/// The name without the first ending that fits, and what the ending means. A name is never only its ending.
fn strip<'a>(name: &'a str, endings: &[(&str, &'static str)]) -> Option<(&'a str, &'static str)> {
    endings
        .iter()
        .find_map(|(ending, meaning)| Some((name.strip_suffix(ending)?, *meaning)))
        .filter(|(stem, _)| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_kinds_translated() {
        let reading = |text: &str, reading: &str| Reading {
            text: text.into(),
            reading: reading.into(),
        };
        let romaniser = Romaniser {
            readings: vec![reading("大堡子", "da pu zi"), reading("堡", "bao")],
        };
        let place = |name| romaniser.place(name).unwrap();
        assert_eq!(place("西关大街"), "Xiguan Avenue");
        assert_eq!(place("昆仑路东"), "Kunlun Road East");
        assert_eq!(place("朝阳西路"), "Chaoyang West Road");
        assert_eq!(place("南关街"), "Nanguan Street");
        assert_eq!(place("东大街"), "East Avenue");
        assert_eq!(place("大堡子"), "Dapuzi");
        assert_eq!(place("兴安"), "Xing'an");
        assert!(romaniser.place("A座").is_err());
    }
}
