//! The tables of a place: units, the dispatch directory, matters, the gazetteer.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::directory::{DirectoryRow, Matter, UnitRef};
use quanyu_domain::text::Title;
use quanyu_domain::units::{Unit, UnitCode, UnitKind};
use serde::Serialize;

use crate::finding::{Notes, Spot};
use crate::names::{instead, is_name};
use crate::table::{Row, read};

/// A name of a place that a text or a caller may use (地名).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GazetteerRow {
    /// The name.
    pub name: String,
    /// Other names of the same.
    pub aliases: Vec<String>,
    /// What it is: `road`, `compound` (小区), `place` …
    pub kind: String,
    /// Longitude in degrees, CGCS2000 (EPSG:4490).
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// The finest area in which it lies, where that is known.
    pub area: Option<UnitCode>,
}

/// The units of a place, with the lines where they stand.
pub(crate) type Units = BTreeMap<UnitCode, (Unit, Spot)>;

const UNITS: [&str; 9] = [
    "code",
    "kind",
    "zh",
    "en",
    "parent",
    "function",
    "valid_from",
    "valid_to",
    "note",
];
const DIRECTORY: [&str; 8] = [
    "matter",
    "lead",
    "assist",
    "limit_class",
    "demand",
    "valid_from",
    "valid_to",
    "basis",
];
const MATTERS: [&str; 9] = [
    "code", "level", "parent", "zh", "en", "demand", "keywords", "filing", "closing",
];
const GAZETTEER: [&str; 6] = ["name", "aliases", "kind", "lon", "lat", "area"];

/// Reads `units.csv`; `above` are the units of the city, among which parents may be.
pub(crate) fn units(file: usize, above: &Units, notes: &mut Notes<'_>) -> Units {
    let mut units = Units::new();
    for row in read(file, &UNITS, notes) {
        if notes.is_full() {
            break;
        }
        let Some(unit) = unit(&row, notes) else { continue };
        if let Some((_, first)) = units.get(&unit.code) {
            let advice = (
                format!("请删去其一，另一处在 {}", notes.line_of(*first)),
                format!("remove one of them; the other stands at {}", notes.line_of(*first)),
            );
            notes.error(
                row.spot,
                "unit_twice",
                (
                    format!("单位 {} 重复", unit.code),
                    format!("the unit {} is listed twice", unit.code),
                ),
                advice,
            );
        } else {
            units.insert(unit.code.clone(), (unit, row.spot));
        }
    }
    for (unit, spot) in units.values() {
        let Some(parent) = &unit.parent else { continue };
        if !units.contains_key(parent) && !above.contains_key(parent) {
            let others = units.keys().chain(above.keys()).filter(|code| **code != unit.code);
            let advice = instead(parent.as_str(), others.map(UnitCode::as_str));
            notes.error(
                *spot,
                "unknown_parent",
                (
                    format!("{} 的上级单位 {parent} 不存在", unit.code),
                    format!("the unit above {}, {parent}, does not exist", unit.code),
                ),
                advice,
            );
        }
        if is_its_own_ancestor(unit, &units) {
            notes.error(
                *spot,
                "above_itself",
                (
                    format!("{} 是自己的上级", unit.code),
                    format!("{} lies above itself", unit.code),
                ),
                ("请更正 `parent`", "correct `parent`"),
            );
        }
    }
    units
}

fn unit(row: &Row, notes: &mut Notes<'_>) -> Option<Unit> {
    row.needed("code", notes)?;
    let code: UnitCode = row.parsed("code", notes)?;
    let kind_name = row.needed("kind", notes)?;
    let kind = UnitKind::by_name(kind_name);
    if kind.is_none() {
        let known = [
            "city",
            "district",
            "subdistrict",
            "town",
            "township",
            "community",
            "village",
            "grid",
            "department",
        ];
        notes.error(
            row.spot,
            "unknown_kind_of_unit",
            (
                format!("没有单位类型 `{kind_name}`"),
                format!("there is no kind of unit `{kind_name}`"),
            ),
            instead(kind_name, known),
        );
    }
    let zh = row.needed("zh", notes);
    let parent = row.parsed("parent", notes);
    let function = row.optional("function");
    if let Some(function) = function.filter(|function| !is_name(function)) {
        notes.error(
            row.spot,
            "not_a_name",
            (
                format!("`function`：`{function}` 不是名称"),
                format!("`function`: `{function}` is no name"),
            ),
            ("请用小写字母、数字和下划线", "write it in snake_case"),
        );
    }
    let validity = row.validity(notes);
    let (valid_from, valid_to) = validity?;
    Some(Unit {
        code,
        kind: kind?,
        title: Title::new(zh?, row.get("en")),
        parent,
        function: function.map(str::to_owned),
        valid_from,
        valid_to,
        successors: Vec::new(),
    })
}

fn is_its_own_ancestor(unit: &Unit, units: &Units) -> bool {
    let mut seen = BTreeSet::from([&unit.code]);
    let mut at = unit.parent.as_ref();
    while let Some(code) = at {
        if !seen.insert(code) {
            return *code == unit.code;
        }
        at = units.get(code).and_then(|(above, _)| above.parent.as_ref());
    }
    false
}

/// What the rows of a table may refer to.
pub(crate) struct Known<'a> {
    /// The units of the place and its city.
    pub units: &'a Units,
    /// The codes of matters of the place and its city.
    pub matters: &'a BTreeSet<String>,
    /// Demand types in force.
    pub demands: &'a [&'a str],
    /// Classes of limit in force.
    pub limits: &'a [&'a str],
}

/// Reads `directory.csv`.
pub(crate) fn directory(file: usize, known: &Known<'_>, notes: &mut Notes<'_>) -> Vec<DirectoryRow> {
    let functions: BTreeSet<&str> = known
        .units
        .values()
        .filter_map(|(unit, _)| unit.function.as_deref())
        .collect();
    let mut rows: Vec<(DirectoryRow, Spot)> = Vec::new();
    for row in read(file, &DIRECTORY, notes) {
        if notes.is_full() {
            break;
        }
        let mut unit_ref = |text: &str, column: &str| -> Option<UnitRef> {
            let unit = row.parse(column, text, notes)?;
            match &unit {
                UnitRef::Unit(code) if !known.units.contains_key(code) => {
                    let advice = instead(code.as_str(), known.units.keys().map(UnitCode::as_str));
                    notes.error(
                        row.spot,
                        "unknown_unit",
                        (
                            format!("`{column}`：没有单位 {code}"),
                            format!("`{column}`: there is no unit {code}"),
                        ),
                        advice,
                    );
                }
                UnitRef::Function(function) if !functions.contains(function.as_str()) => {
                    let advice = instead(function, functions.iter().copied());
                    notes.error(
                        row.spot,
                        "unknown_function",
                        (
                            format!("`{column}`：没有职能为 `{function}` 的单位"),
                            format!("`{column}`: no unit has the function `{function}`"),
                        ),
                        advice,
                    );
                }
                _ => {}
            }
            Some(unit)
        };
        let lead = row.optional("lead").and_then(|text| unit_ref(text, "lead"));
        let assist: Vec<UnitRef> = row
            .words("assist")
            .filter_map(|text| unit_ref(text, "assist"))
            .collect();
        row.needed("lead", notes);
        let matter = row.needed("matter", notes).map(str::to_owned);
        if let Some(code) = matter.as_ref().filter(|code| !known.matters.contains(*code)) {
            let advice = instead(code, known.matters.iter().map(String::as_str));
            notes.error(
                row.spot,
                "unknown_matter",
                (format!("没有事项 {code}"), format!("there is no matter {code}")),
                advice,
            );
        }
        let limit = row.needed("limit_class", notes).map(str::to_owned);
        if let Some(class) = limit.as_ref().filter(|class| !known.limits.contains(&class.as_str())) {
            let advice = instead(class, known.limits.iter().copied());
            notes.error(
                row.spot,
                "unknown_limit",
                (
                    format!("启用的规则包都没有声明时限类别 `{class}`"),
                    format!("no pack in force declares the class of limit `{class}`"),
                ),
                advice,
            );
        }
        let demand = row.optional("demand").map(str::to_owned);
        check_demands(demand.as_deref().into_iter(), &row, known, notes);
        let validity = row.validity(notes);
        let (Some(lead), Some(matter), Some(limit_class), Some((valid_from, valid_to))) =
            (lead, matter, limit, validity)
        else {
            continue;
        };
        let basis = row.get("basis").to_owned();
        let built = DirectoryRow {
            matter,
            demand,
            lead,
            assist,
            limit_class,
            valid_from,
            valid_to,
            basis,
        };
        rows.push((built, row.spot));
    }
    check_overlaps(&rows, notes);
    rows.into_iter().map(|(row, _)| row).collect()
}

/// Two rows that hold on the same day for the same are not wrong, but the later one hides the earlier.
fn check_overlaps(rows: &[(DirectoryRow, Spot)], notes: &mut Notes<'_>) {
    type Key<'a> = (&'a str, Option<&'a str>);
    let mut by_key: BTreeMap<Key<'_>, Vec<&(DirectoryRow, Spot)>> = BTreeMap::new();
    for entry in rows {
        let earlier = by_key.entry((&entry.0.matter, entry.0.demand.as_deref())).or_default();
        let ends_before = |a: &DirectoryRow, b: &DirectoryRow| a.valid_to.is_some_and(|to| to <= b.valid_from);
        let overlap = earlier
            .iter()
            .find(|(row, _)| !ends_before(row, &entry.0) && !ends_before(&entry.0, row));
        if let Some((_, spot)) = overlap {
            notes.warn(
                entry.1,
                "row_hidden",
                (
                    format!(
                        "这一行遮住了同一事项 {} 的另一行（{}）",
                        entry.0.matter,
                        notes.line_of(*spot)
                    ),
                    format!(
                        "this hides the row for the same matter {} at {}",
                        entry.0.matter,
                        notes.line_of(*spot)
                    ),
                ),
                (
                    "请用 `valid_to` 让较早的一行终止，或删去其一",
                    "let the earlier row end with `valid_to`, or remove one",
                ),
            );
        }
        earlier.push(entry);
    }
}

/// Reads `matters.csv`; the matters that are known already are those of the city, among which parents may be.
pub(crate) fn matters(file: usize, known: &Known<'_>, notes: &mut Notes<'_>) -> Vec<Matter> {
    let rows = read(file, &MATTERS, notes);
    let codes: BTreeSet<&str> = rows.iter().map(|row| row.get("code")).collect();
    let mut seen: BTreeMap<String, Spot> = BTreeMap::new();
    let mut matters = Vec::new();
    for row in &rows {
        if notes.is_full() {
            break;
        }
        let Some(code) = row.needed("code", notes) else {
            continue;
        };
        if !matches!(code.len(), 2 | 4 | 6 | 8 | 10) || !code.bytes().all(|b| b.is_ascii_digit()) {
            notes.error(
                row.spot,
                "not_a_matter_code",
                (
                    format!("`{code}` 不是事项代码"),
                    format!("`{code}` is no code of a matter"),
                ),
                ("请写 2、4、6、8 或 10 位数字", "write 2, 4, 6, 8 or 10 digits"),
            );
            continue;
        }
        if let Some(first) = seen.insert(code.to_owned(), row.spot) {
            let advice = (
                format!("请删去其一，另一处在 {}", notes.line_of(first)),
                format!("remove one of them; the other stands at {}", notes.line_of(first)),
            );
            notes.error(
                row.spot,
                "matter_twice",
                (
                    format!("事项 {code} 重复"),
                    format!("the matter {code} is listed twice"),
                ),
                advice,
            );
        }
        let (level, parent) = (code.len() / 2, &code[..code.len() - 2]);
        if row.get("level") != level.to_string() {
            let what = (
                format!("事项 {code} 为第 {level} 级，不是 `{}`", row.get("level")),
                format!("the matter {code} is of level {level}, not `{}`", row.get("level")),
            );
            notes.error(
                row.spot,
                "wrong_level",
                what,
                ("代码每两位为一级", "two digits of the code for each level"),
            );
        }
        if row.get("parent") != parent {
            let what = (
                format!("事项 {code} 的上级为 `{parent}`，不是 `{}`", row.get("parent")),
                format!("the matter above {code} is `{parent}`, not `{}`", row.get("parent")),
            );
            notes.error(
                row.spot,
                "wrong_parent",
                what,
                ("请写去掉末两位的代码", "write the code without its last two digits"),
            );
        } else if !parent.is_empty() && !codes.contains(parent) && !known.matters.contains(parent) {
            notes.error(
                row.spot,
                "unknown_parent",
                (
                    format!("{code} 的上级事项 {parent} 不存在"),
                    format!("the matter above {code}, {parent}, does not exist"),
                ),
                ("请添加", "add it"),
            );
        }
        check_demands(row.words("demand"), row, known, notes);
        let Some(zh) = row.needed("zh", notes) else { continue };
        matters.push(Matter {
            code: code.to_owned(),
            title: Title::new(zh, row.get("en")),
            demands: row.words("demand").map(str::to_owned).collect(),
            keywords: row.words("keywords").map(str::to_owned).collect(),
            filing: row.get("filing").to_owned(),
            closing: row.get("closing").to_owned(),
        });
    }
    matters
}

fn check_demands<'a>(demands: impl Iterator<Item = &'a str>, row: &Row, known: &Known<'_>, notes: &mut Notes<'_>) {
    for demand in demands.filter(|demand| !known.demands.contains(demand)) {
        let advice = instead(demand, known.demands.iter().copied());
        notes.error(
            row.spot,
            "unknown_demand",
            (
                format!("启用的规则包都没有声明诉求类型 `{demand}`"),
                format!("no pack in force declares the demand type `{demand}`"),
            ),
            advice,
        );
    }
}

/// Reads `gazetteer.csv`.
pub(crate) fn gazetteer(file: usize, units: &Units, notes: &mut Notes<'_>) -> Vec<GazetteerRow> {
    let mut rows = Vec::new();
    for row in read(file, &GAZETTEER, notes) {
        if notes.is_full() {
            break;
        }
        let name = row.needed("name", notes).map(str::to_owned);
        let mut degrees = |column: &str, most: f64| {
            let cell = row.needed(column, notes)?;
            let value = cell.parse::<f64>().ok().filter(|value| value.abs() <= most);
            if value.is_none() {
                let what = (
                    format!("`{column}`：`{cell}` 不是 -{most} 至 {most} 之间的度数"),
                    format!("`{column}`: `{cell}` is no number of degrees from -{most} to {most}"),
                );
                notes.error(
                    row.spot,
                    "not_degrees",
                    what,
                    ("请写十进制度数，如 101.7602", "write decimal degrees, such as 101.7602"),
                );
            }
            value
        };
        let (lon, lat) = (degrees("lon", 180.0), degrees("lat", 90.0));
        let area: Option<UnitCode> = row.parsed("area", notes);
        if let Some(area) = area.as_ref().filter(|area| !units.contains_key(*area)) {
            let advice = instead(area.as_str(), units.keys().map(UnitCode::as_str));
            notes.error(
                row.spot,
                "unknown_unit",
                (format!("没有单位 {area}"), format!("there is no unit {area}")),
                advice,
            );
        }
        if let (Some(name), Some(lon), Some(lat)) = (name, lon, lat) {
            let aliases = row.words("aliases").map(str::to_owned).collect();
            rows.push(GazetteerRow {
                name,
                aliases,
                kind: row.get("kind").to_owned(),
                lon,
                lat,
                area,
            });
        }
    }
    rows
}
