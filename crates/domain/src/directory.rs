//! The dispatch directory (派单目录): matter → lead unit, assisting units, class of limit; and the tree of matters (事项).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::Title;
use crate::units::{UnitCode, UnitKind, UnitTree};

/// A matter of the five-level tree (五级事项分类): two digits of its code for each level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    /// Its code: 2, 4, 6, 8 or 10 digits. The first digits are the matter above it.
    pub code: String,
    /// Its name. English may be empty where the source has none.
    pub title: Title,
    /// The demand types under which it usually comes.
    pub demands: Vec<String>,
    /// Words in a text that point to it.
    pub keywords: Vec<String>,
    /// When such a case is filed (立案条件).
    pub filing: String,
    /// When it may be closed (结案条件).
    pub closing: String,
}

/// All matters by code.
#[derive(Debug, Clone, Default)]
pub struct Matters {
    by_code: BTreeMap<String, Matter>,
}

impl Matters {
    /// A tree from its rows. Later rows replace earlier ones of the same code.
    pub fn new(matters: impl IntoIterator<Item = Matter>) -> Self {
        Self {
            by_code: matters.into_iter().map(|m| (m.code.clone(), m)).collect(),
        }
    }

    /// The matter of this code.
    pub fn get(&self, code: &str) -> Option<&Matter> {
        self.by_code.get(code)
    }

    /// All matters in the order of their codes.
    pub fn all(&self) -> impl Iterator<Item = &Matter> {
        self.by_code.values()
    }

    /// The matter and those above it, from the first level down.
    pub fn path(&self, code: &str) -> Vec<&Matter> {
        prefixes(code)
            .rev()
            .filter_map(|prefix| self.by_code.get(prefix))
            .collect()
    }

    /// Matters that a text points to, best first: the longer the words found, the better, and several short ones count
    /// less than a long one.
    ///
    /// Reads every matter's keywords: a thousand substring searches, well under a millisecond for a usual text.
    pub fn suggest(&self, text: &str, at_most: usize) -> Vec<(&Matter, u32)> {
        let mut found: Vec<(&Matter, u32)> = self
            .by_code
            .values()
            .filter_map(|matter| {
                let score: u32 = matter
                    .keywords
                    .iter()
                    .filter(|word| text.contains(word.as_str()))
                    .map(|word| u32::try_from(word.chars().count()).unwrap_or(1).pow(2))
                    .sum();
                (score > 0).then_some((matter, score))
            })
            .collect();
        // Between equals the deeper matter says more; the code keeps the order stable.
        found.sort_by(|(a, x), (b, y)| {
            y.cmp(x)
                .then(b.code.len().cmp(&a.code.len()))
                .then_with(|| a.code.cmp(&b.code))
        });
        found.truncate(at_most);
        found
    }
}

/// How a row of the directory names a unit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum UnitRef {
    /// This unit.
    Unit(UnitCode),
    /// `@function:housing`: the department with this function that serves the place of the case.
    Function(String),
    /// `@level:community`: the area of this level in which the case lies; the nearest area above where it is unknown.
    Level(UnitKind),
}

/// Why a text does not name a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no unit: write a unit code, @function:NAME or @level:subdistrict|community|grid|district")]
pub struct InvalidUnitRef(pub String);

impl FromStr for UnitRef {
    type Err = InvalidUnitRef;

    fn from_str(text: &str) -> Result<Self, InvalidUnitRef> {
        let bad = || InvalidUnitRef(text.to_owned());
        if let Some(function) = text.strip_prefix("@function:") {
            let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            let named = !function.is_empty() && function.bytes().all(is_name);
            return if named {
                Ok(Self::Function(function.to_owned()))
            } else {
                Err(bad())
            };
        }
        if let Some(level) = text.strip_prefix("@level:") {
            return UnitKind::by_name(level)
                .filter(|kind| kind.is_area())
                .map(Self::Level)
                .ok_or_else(bad);
        }
        text.parse().map(Self::Unit).map_err(|_| bad())
    }
}

impl TryFrom<String> for UnitRef {
    type Error = InvalidUnitRef;

    fn try_from(text: String) -> Result<Self, InvalidUnitRef> {
        text.parse()
    }
}

impl From<UnitRef> for String {
    fn from(unit: UnitRef) -> Self {
        unit.to_string()
    }
}

impl fmt::Display for UnitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(code) => code.fmt(f),
            Self::Function(function) => write!(f, "@function:{function}"),
            Self::Level(kind) => write!(f, "@level:{}", kind.name()),
        }
    }
}

impl UnitRef {
    /// The unit meant for a case in `area` on a day.
    pub fn resolve(&self, tree: &UnitTree, area: &UnitCode, date: Date) -> Option<UnitCode> {
        match self {
            Self::Unit(code) => tree.in_force(code, date).into_iter().next(),
            Self::Function(function) => tree.department(area, function, date).map(|unit| unit.code.clone()),
            Self::Level(kind) => {
                let level = kind.level()?;
                let above = tree
                    .ancestors(area)
                    .find(|unit| unit.kind.level().is_some_and(|found| found <= level))?;
                tree.in_force(&above.code, date).into_iter().next()
            }
        }
    }
}

/// A row of the directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirectoryRow {
    /// The matter; the row holds for everything below it that has no row of its own.
    pub matter: String,
    /// The demand type for which it holds; `None`: for every one.
    pub demand: Option<String>,
    /// The lead unit (主办).
    pub lead: UnitRef,
    /// The assisting units (协办).
    pub assist: Vec<UnitRef>,
    /// The class of limit.
    pub limit_class: String,
    /// First day on which it holds.
    pub valid_from: Date,
    /// First day on which it no longer holds.
    pub valid_to: Option<Date>,
    /// Where it comes from: a standard, a decision.
    pub basis: String,
}

/// The rows that hold for one district: its own before those of its city.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// One map for each layer, the nearest first; rows by matter.
    layers: Vec<BTreeMap<String, Vec<DirectoryRow>>>,
}

/// What the directory proposes for a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The lead unit.
    pub lead: UnitCode,
    /// The assisting units.
    pub assist: Vec<UnitCode>,
    /// The class of limit.
    pub limit_class: String,
    /// The matter of the row that was used.
    pub matter: String,
    /// Where the row comes from.
    pub basis: String,
}

impl Directory {
    /// A directory from layers of rows, the nearest (the district's own) first.
    pub fn new(layers: Vec<Vec<DirectoryRow>>) -> Self {
        let by_matter = |rows: Vec<DirectoryRow>| {
            let mut map: BTreeMap<String, Vec<DirectoryRow>> = BTreeMap::new();
            for row in rows {
                map.entry(row.matter.clone()).or_default().push(row);
            }
            map
        };
        Self {
            layers: layers.into_iter().map(by_matter).collect(),
        }
    }

    /// The rows of the nearest layer: the district's own.
    pub fn own_rows(&self) -> impl Iterator<Item = &DirectoryRow> {
        self.layers.first().into_iter().flat_map(BTreeMap::values).flatten()
    }

    /// The row for a matter on a day: the longest matter first, within it the nearest layer, within it a row for this
    /// demand type before one for all.
    pub fn row(&self, matter: &str, demand: &str, date: Date) -> Option<&DirectoryRow> {
        let holds = |row: &&DirectoryRow| row.valid_from <= date && row.valid_to.is_none_or(|to| date < to);
        prefixes(matter).find_map(|prefix| {
            self.layers.iter().find_map(|layer| {
                let rows = layer.get(prefix)?;
                let of = |wanted: Option<&str>| rows.iter().filter(holds).rfind(|row| row.demand.as_deref() == wanted);
                of(Some(demand)).or_else(|| of(None))
            })
        })
    }

    /// What the directory proposes for a case in `area`. `None`: no row, or its lead unit does not exist here.
    pub fn propose(
        &self,
        matter: &str,
        demand: &str,
        tree: &UnitTree,
        area: &UnitCode,
        date: Date,
    ) -> Option<Proposal> {
        let row = self.row(matter, demand, date)?;
        let lead = row.lead.resolve(tree, area, date)?;
        let mut assist: Vec<UnitCode> = Vec::new();
        for unit in row.assist.iter().filter_map(|unit| unit.resolve(tree, area, date)) {
            if unit != lead && !assist.contains(&unit) {
                assist.push(unit);
            }
        }
        let DirectoryRow {
            limit_class,
            matter,
            basis,
            ..
        } = row.clone();
        Some(Proposal {
            lead,
            assist,
            limit_class,
            matter,
            basis,
        })
    }
}

/// The code and the codes above it, the longest first.
fn prefixes(code: &str) -> impl DoubleEndedIterator<Item = &str> {
    (1..=code.len() / 2).rev().filter_map(|level| code.get(..level * 2))
}
