//! What has to hold between the tables before they are written.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_geo::{Point, read_areas};

use super::areas::{self, DrawnArea};
use super::directory::DirectoryRow;
use super::gazetteer::{self, Name};
use super::matters::Tree;
use super::table::Result;
use super::units::Unit;

/// The largest text of areas, in bytes: a browser has to draw it.
const MAX_AREAS_BYTES: usize = 2_000_000;

const LIMITS: [&str; 5] = ["class_a", "class_b", "class_c", "class_d", "urgent"];
const DEMANDS: [&str; 6] = [
    "complaint",
    "consultation",
    "help_request",
    "suggestion",
    "thanks",
    "tip_off",
];
const LEVELS: [&str; 4] = [
    "@level:district",
    "@level:subdistrict",
    "@level:community",
    "@level:grid",
];
const NAME_KINDS: [&str; 3] = ["road", "compound", "place"];

/// Codes are given once, and every unit but the city lies in one that is given.
pub fn units(layers: &[&[Unit]]) -> Result<()> {
    let mut codes = BTreeSet::new();
    for unit in layers.iter().copied().flatten() {
        let root = codes.is_empty() && unit.parent.is_empty();
        if !root && !codes.contains(unit.parent.as_str()) {
            return Err(format!(
                "unit {} {}: there is no {} before it",
                unit.code, unit.zh, unit.parent
            ));
        }
        if !codes.insert(unit.code.as_str()) {
            return Err(format!("unit {} is given twice", unit.code));
        }
        if unit.zh.is_empty() || unit.en.is_empty() {
            return Err(format!("unit {} has no name in one of the languages", unit.code));
        }
    }
    Ok(())
}

/// Two digits for each level, every parent there, names in both languages down to the third level, known demand types.
pub fn matters(tree: &Tree) -> Result<()> {
    for (code, matter) in &tree.matters {
        let digits = code.bytes().all(|byte| byte.is_ascii_digit()) && (2..=10).contains(&code.len());
        if !digits || !code.len().is_multiple_of(2) {
            return Err(format!(
                "`{code}` is not the code of a matter: two digits for each of five levels"
            ));
        }
        let parent = &code[..code.len() - 2];
        if !parent.is_empty() && !tree.matters.contains_key(parent) {
            return Err(format!("matter {code} {}: there is no {parent} above it", matter.zh));
        }
        if matter.zh.is_empty() || (code.len() <= 6 && matter.en.is_empty()) {
            return Err(format!("matter {code} {} lacks a title", matter.zh));
        }
    }
    let unknown = |row: &&super::matters::MatterRow<'_>| row.demand.split(' ').any(|demand| !DEMANDS.contains(&demand));
    match tree.rows().iter().find(unknown) {
        Some(row) => Err(format!("a demand type that does not exist: {row:?}")),
        None => Ok(()),
    }
}

/// Every row has a matter and a class of limit, and its units exist in `district`, or in every district if none is named.
pub fn directory(rows: &[DirectoryRow], tree: &Tree, units: &[Unit], district: Option<&str>) -> Result<()> {
    let codes: BTreeSet<&str> = units.iter().map(|unit| unit.code.as_str()).collect();
    let mut functions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for unit in units.iter().filter(|unit| !unit.is_area()) {
        functions.entry(&unit.parent).or_default().insert(&unit.function);
    }
    let districts: Vec<&str> = match district {
        Some(code) => vec![code],
        None => units
            .iter()
            .filter(|unit| unit.kind == "district")
            .map(|unit| unit.code.as_str())
            .collect(),
    };
    let nobody = BTreeSet::new();
    let resolves = |unit: &str| match unit.strip_prefix("@function:") {
        Some(function) => districts
            .iter()
            .all(|district| functions.get(district).unwrap_or(&nobody).contains(function)),
        None => LEVELS.contains(&unit) || codes.contains(unit),
    };
    let mut keys = BTreeSet::new();
    for row in rows {
        let fault = |what: &str| Err(format!("directory row {} {}: {what}", row.matter, row.demand));
        let assist: Vec<&str> = row.assist.split(';').filter(|unit| !unit.is_empty()).collect();
        if !tree.matters.contains_key(&row.matter) {
            return fault("no such matter");
        }
        if !LIMITS.contains(&row.limit_class.as_str()) {
            return fault("no such class of limit");
        }
        if !row.demand.is_empty() && !DEMANDS.contains(&row.demand.as_str()) {
            return fault("no such demand type");
        }
        if let Some(stray) = std::iter::once(row.lead.as_str())
            .chain(assist.iter().copied())
            .find(|unit| !resolves(unit))
        {
            return fault(&format!("`{stray}` names no unit"));
        }
        if assist.contains(&row.lead.as_str()) {
            return fault("the lead unit assists itself");
        }
        if !keys.insert((&row.matter, &row.demand)) {
            return fault("given twice");
        }
    }
    Ok(())
}

/// Every unit with an area has an outline and the other way round; the text is small enough and reads back as valid.
pub fn areas(areas: &[DrawnArea], units: &[Unit]) -> Result<()> {
    let drawn: BTreeSet<&str> = areas.iter().map(|area| area.code.as_str()).collect();
    // The city's outline is that of its districts together.
    let wanted = |unit: &&Unit| unit.is_area() && unit.kind != "city";
    let expected: BTreeSet<&str> = units.iter().filter(wanted).map(|unit| unit.code.as_str()).collect();
    if let Some(code) = drawn.symmetric_difference(&expected).next() {
        return Err(format!(
            "{code} has an outline and is no unit, or is a unit and has no outline"
        ));
    }
    let text = areas::text(areas)?;
    if text.len() > MAX_AREAS_BYTES {
        return Err(format!("areas take {} bytes, more than {MAX_AREAS_BYTES}", text.len()));
    }
    let read = read_areas(&text).map_err(|error| format!("the areas drawn are not valid: {error}"))?;
    if read.len() == areas.len() {
        Ok(())
    } else {
        Err("areas were lost in writing".to_owned())
    }
}

/// Every name is of a known kind, stands once in its area, and its position lies in the area.
pub fn gazetteer(names: &[Name], areas: &[DrawnArea]) -> Result<()> {
    let mut keys = BTreeSet::new();
    for name in names {
        let fault = |what: &str| Err(format!("gazetteer: {} in {}: {what}", name.name, name.area));
        if !NAME_KINDS.contains(&name.kind.as_str()) {
            return fault("no such kind");
        }
        if !keys.insert((&name.name, &name.area)) {
            return fault("given twice");
        }
        let point = Point::new(name.lon, name.lat).map_err(|error| error.to_string())?;
        let area = areas.iter().find(|area| area.code == name.area);
        let inside = area
            .map(gazetteer::index)
            .transpose()?
            .is_some_and(|index| index.locate_at(point, 0).is_some());
        if !inside {
            return fault("the position lies outside");
        }
    }
    Ok(())
}
