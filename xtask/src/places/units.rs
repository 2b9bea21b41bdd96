//! Units (单位/区划): the city, its districts down to communities and villages, the departments beside them, and the grids
//! of the one district that is run with this product.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::VALID_FROM;
use super::romanise::Romaniser;
use super::table::{self, Result};

/// The city's code.
pub const CITY: &str = "630100000000";

/// The district that is run with this product: it alone has grids.
pub const OWN_DISTRICT: &str = "630104000000";

/// Grids of a community and of a village. How many are needed follows from their households; until the district enters
/// its own grids, a community is taken for somewhat more populous than a village.
const GRIDS_OF_COMMUNITY: usize = 5;
const GRIDS_OF_VILLAGE: usize = 3;

/// A row of `units.csv`.
#[derive(Debug, Clone, Serialize)]
pub struct Unit {
    pub code: String,
    pub kind: &'static str,
    pub zh: String,
    pub en: String,
    pub parent: String,
    pub function: String,
    pub valid_from: &'static str,
    pub valid_to: &'static str,
    pub note: String,
}

impl Unit {
    fn area(code: &str, kind: &'static str, zh: String, en: String, parent: &str, note: String) -> Self {
        let function = String::new();
        let (code, parent) = (code.to_owned(), parent.to_owned());
        Self {
            code,
            kind,
            zh,
            en,
            parent,
            function,
            valid_from: VALID_FROM,
            valid_to: "",
            note,
        }
    }

    fn department(area: &str, function: &str, zh: String, en: String, note: String) -> Self {
        let mut unit = Self::area(&format!("{area}-{function}"), "department", zh, en, area, note);
        unit.function = function.to_owned();
        unit
    }

    /// Whether it is a piece of land.
    pub fn is_area(&self) -> bool {
        self.kind != "department"
    }
}

#[derive(Deserialize)]
struct District {
    code: String,
    zh: String,
    en: String,
    /// What the names of its departments begin with: 大通县 rather than 大通回族土族自治县.
    department_prefix_zh: String,
    department_prefix_en: String,
    /// How the city's bureaus name their branch there: 城西分局.
    branch_zh: String,
    branch_en: String,
}

#[derive(Deserialize)]
struct DepartmentPattern {
    function: String,
    /// The districts that have it, separated by spaces; blank: all.
    only: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
struct Department {
    function: String,
    zh: String,
    en: String,
    note: String,
}

#[derive(Deserialize)]
struct Division {
    code: String,
    name: String,
}

/// The city with its departments, and each district with its departments, subdistricts and communities; parents first.
pub fn of_city(root: &Path) -> Result<Vec<Unit>> {
    let romaniser = Romaniser::new(root)?;
    let source = |name: &str| format!("places/6301/source/{name}");
    let districts: Vec<District> = table::read(root, &source("districts.csv"))?;
    let city_departments: Vec<Department> = table::read(root, &source("city-departments.csv"))?;
    let patterns: Vec<DepartmentPattern> = table::read(root, &source("district-departments.csv"))?;
    let streets: Vec<Division> = table::read(root, &source("xining-streets.csv"))?;
    let villages: Vec<Division> = table::read(root, &source("xining-villages.csv"))?;

    let mut units = vec![Unit::area(
        CITY,
        "city",
        "西宁市".into(),
        "Xining".into(),
        "",
        String::new(),
    )];
    units.extend(
        city_departments
            .into_iter()
            .map(|row| Unit::department(CITY, &row.function, row.zh, row.en, row.note)),
    );
    for district in &districts {
        let code = format!("{}000000", district.code);
        units.push(Unit::area(
            &code,
            "district",
            district.zh.clone(),
            district.en.clone(),
            CITY,
            String::new(),
        ));
        let has = |pattern: &&DepartmentPattern| pattern.only.is_empty() || pattern.only.contains(&district.code);
        units.extend(patterns.iter().filter(has).map(|pattern| {
            let zh = fill(&pattern.zh, &district.department_prefix_zh, &district.branch_zh);
            let en = fill(&pattern.en, &district.department_prefix_en, &district.branch_en);
            Unit::department(&code, &pattern.function, zh, en, String::new())
        }));
        for street in streets.iter().filter(|street| street.code.starts_with(&district.code)) {
            let subdistrict = subdistrict(&romaniser, street, &code)?;
            let parent = subdistrict.code.clone();
            units.push(subdistrict);
            for village in villages.iter().filter(|village| village.code.starts_with(&street.code)) {
                units.push(community(&romaniser, village, &parent)?);
            }
        }
    }
    let areas = units.iter().filter(|unit| unit.is_area()).count();
    let divisions = 1 + districts.len() + streets.len() + villages.len();
    if areas == divisions {
        Ok(units)
    } else {
        Err(format!(
            "of {divisions} divisions {} lie in no district of districts.csv",
            divisions - areas
        ))
    }
}

/// The grids and further departments of the district's own folder.
pub fn of_district(root: &Path, city: &[Unit]) -> Result<Vec<Unit>> {
    let departments: Vec<Department> = table::read(root, "places/630104/source/departments.csv")?;
    let mut units: Vec<Unit> = departments
        .into_iter()
        .map(|row| Unit::department(OWN_DISTRICT, &row.function, row.zh, row.en, row.note))
        .collect();
    let own = |unit: &&Unit| unit.code.starts_with(&OWN_DISTRICT[..6]);
    for community in city.iter().filter(own) {
        let grids = match community.kind {
            "community" => GRIDS_OF_COMMUNITY,
            "village" => GRIDS_OF_VILLAGE,
            _ => continue,
        };
        units.extend((1..=grids).map(|sequence| {
            let code = format!("{}{sequence:03}", community.code);
            let zh = format!("{}第{sequence}网格", community.zh);
            let en = format!("{} Grid {sequence}", community.en);
            Unit::area(&code, "grid", zh, en, &community.code, String::new())
        }));
    }
    Ok(units)
}

fn fill(pattern: &str, prefix: &str, branch: &str) -> String {
    pattern.replace("{prefix}", prefix).replace("{branch}", branch)
}

/// 街道 001–099, 镇 100–199, 乡 200–399; development zones and what they became have 4xx and are told by their names.
fn subdistrict(romaniser: &Romaniser, street: &Division, district: &str) -> Result<Unit> {
    let name = street.name.as_str();
    let (kind, stem, suffix, note) = if let Some(stem) = name.strip_suffix("街道") {
        ("subdistrict", stem, " Subdistrict", "")
    } else if let Some(stem) = name.strip_suffix("镇") {
        ("town", stem, " Town", "")
    } else if let Some(stem) = name.strip_suffix("乡") {
        ("township", stem, " Township", "")
    } else {
        ("subdistrict", name, "", "开发区，统计上按乡级单列")
    };
    let by_code = match street.code.get(6..7) {
        Some("0") => "subdistrict",
        Some("1") => "town",
        Some("2" | "3") => "township",
        _ => kind,
    };
    if kind != by_code {
        return Err(format!("{} {name}: its code is that of a {by_code}", street.code));
    }
    let peoples = [("藏族", " Tibetan"), ("回族", " Hui"), ("土族", " Tu")];
    let (stem, people) = peoples
        .iter()
        .find_map(|(zh, en)| Some((stem.strip_suffix(zh)?, *en)))
        .unwrap_or((stem, ""));
    let en = format!("{}{people}{suffix}", romaniser.place(stem)?);
    Ok(Unit::area(
        &format!("{}000", street.code),
        kind,
        name.to_owned(),
        en,
        district,
        note.to_owned(),
    ))
}

/// 居委会 001–199, 村委会 200–399; 498 stands for what a development zone has instead. The note keeps the committee's name.
fn community(romaniser: &Romaniser, committee: &Division, parent: &str) -> Result<Unit> {
    let Division { code, name } = committee;
    // Longest first. A villagers' committee is named after its village: 友谊村村民委员会, 杨家寨村委会.
    let of_community = ["社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区"];
    let of_village = ["村村民委员会", "村民委员会", "村委会", "牧委会"];
    let stem = |endings: &[&str]| {
        endings
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .map(str::to_owned)
    };
    let (kind, zh, en) = if let Some(stem) = stem(&of_community) {
        let en = match stem.strip_suffix("虚拟") {
            Some(zone) => format!("{} Virtual Community", romaniser.place(zone)?),
            None => format!("{} Community", romaniser.place(&stem)?),
        };
        ("community", format!("{stem}社区"), en)
    } else if let Some(stem) = stem(&of_village) {
        // 水磨村村委会 is the committee of 水磨村; only names as short as 北村 take another 村: 北村村.
        let stem = stem
            .strip_suffix('村')
            .filter(|rest| rest.chars().count() > 1)
            .unwrap_or(&stem);
        let zh = format!("{stem}村");
        // A name of one syllable keeps its 村 in Latin letters: 新村 is Xincun Village.
        let word = romaniser.word(if stem.chars().count() == 1 { &zh } else { stem })?;
        ("village", zh, format!("{word} Village"))
    } else {
        return Err(format!(
            "{code} {name}: neither a residents' nor a villagers' committee"
        ));
    };
    let by_code = match code.get(9..10) {
        Some("0" | "1") => "community",
        Some("2" | "3") => "village",
        _ => kind,
    };
    if kind != by_code {
        return Err(format!("{code} {name}: its code is that of a {by_code}"));
    }
    Ok(Unit::area(code, kind, zh, en, parent, name.clone()))
}
