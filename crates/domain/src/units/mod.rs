//! Units (单位/区划): the tree city → district → subdistrict → community → grid, and the departments beside it.
//!
//! Codes follow the statistical division codes: 12 digits for areas (2 province + 2 city + 2 district + 3 subdistrict +
//! 3 community), 15 for grids (the community's 12 + a sequence of 3, west to east and north to south inside the
//! community, GB/T 30428 and GB/T 34300). Departments carry the code of their area and a name: `123456000000-housing`.
//! Every unit is valid from one date to another; merging and splitting ends units and names their successors, so that a
//! past period is still counted by the units of its time.

mod reorganise;
mod tree;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::DistrictId;
use crate::text::Title;

pub use reorganise::{UnitChange, UnitCommand, UnitEvent, apply_unit_event, decide_units};
pub use tree::UnitTree;

/// The code of a unit. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitCode(Arc<str>);

/// Longest code that is accepted, in characters.
pub const MAX_CODE: usize = 64;

/// Why a text is not a [`UnitCode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a unit code: 12 digits for an area, 15 for a grid, or 12 digits, a dash and a snake_case name for a department"
)]
pub struct InvalidUnitCode(pub String);

impl UnitCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The district (or city) in whose key range the unit's records lie: the first six digits.
    pub fn district(&self) -> DistrictId {
        // The constructor has checked that twelve digits begin the code.
        DistrictId(self.0[..6].parse().unwrap_or_default())
    }
}

impl FromStr for UnitCode {
    type Err = InvalidUnitCode;

    fn from_str(text: &str) -> Result<Self, InvalidUnitCode> {
        let bad = || InvalidUnitCode(text.chars().take(MAX_CODE).collect());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let name = &text[digits..];
        let named = name.strip_prefix('-').is_some_and(|name| {
            !name.is_empty()
                && name.len() <= MAX_CODE - 13
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        });
        match (digits, name.is_empty()) {
            (12 | 15, true) => Ok(Self(text.into())),
            (12, false) if named => Ok(Self(text.into())),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for UnitCode {
    type Error = InvalidUnitCode;

    fn try_from(text: String) -> Result<Self, InvalidUnitCode> {
        text.parse()
    }
}

impl From<UnitCode> for String {
    fn from(code: UnitCode) -> Self {
        code.0.as_ref().to_owned()
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 市.
    City,
    /// 区/县.
    District,
    /// 街道.
    Subdistrict,
    /// 镇.
    Town,
    /// 乡.
    Township,
    /// 社区.
    Community,
    /// 村.
    Village,
    /// 网格.
    Grid,
    /// 部门: beside the tree, without a polygon.
    Department,
}

impl UnitKind {
    /// Whether it is a piece of land in which a case can lie.
    pub fn is_area(self) -> bool {
        self != Self::Department
    }

    /// The level of an area: 0 city, 1 district, 2 subdistrict, town or township, 3 community or village, 4 grid.
    /// `None` for departments.
    pub fn level(self) -> Option<u8> {
        match self {
            Self::City => Some(0),
            Self::District => Some(1),
            Self::Subdistrict | Self::Town | Self::Township => Some(2),
            Self::Community | Self::Village => Some(3),
            Self::Grid => Some(4),
            Self::Department => None,
        }
    }

    /// The name used in tables and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::Subdistrict => "subdistrict",
            Self::Town => "town",
            Self::Township => "township",
            Self::Community => "community",
            Self::Village => "village",
            Self::Grid => "grid",
            Self::Department => "department",
        }
    }

    /// The kind of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [
            Self::City,
            Self::District,
            Self::Subdistrict,
            Self::Town,
            Self::Township,
            Self::Community,
            Self::Village,
            Self::Grid,
            Self::Department,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// What it is.
    pub kind: UnitKind,
    /// Its name.
    pub title: Title,
    /// The unit above it; only the root has none.
    pub parent: Option<UnitCode>,
    /// What a department does (`housing`, `command_centre`), so that a directory can name it in any district.
    pub function: Option<String>,
    /// First day on which it exists.
    pub valid_from: Date,
    /// First day on which it no longer exists.
    pub valid_to: Option<Date>,
    /// The units that took its place.
    pub successors: Vec<UnitCode>,
}

impl Unit {
    /// Whether it exists on a day.
    pub fn is_valid_on(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date < to)
    }
}

/// The function name of the unit that takes calls, dispatches, verifies and calls back (城市运行指挥中心).
///
/// The one function that the engine itself must find: every case has a desk.
pub const DESK_FUNCTION: &str = "command_centre";
