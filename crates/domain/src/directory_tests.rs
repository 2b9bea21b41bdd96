//! The dispatch directory and the matters: which row holds, whom it names, what a text points to.

use jiff::civil::Date;

use crate::directory::{Directory, DirectoryRow, InvalidUnitRef, Matter, Matters, UnitRef};
use crate::text::Title;
use crate::units::{Unit, UnitCode, UnitKind, UnitTree};

const CITY: &str = "990100000000";
const EAST: &str = "990101000000";
const TOWN: &str = "990101100000";
const VILLAGE: &str = "990101100201";
const WEST: &str = "990102000000";
const EAST_ROADS: &str = "990101000000-roads";
const WEST_ROADS: &str = "990102000000-roads";
const CITY_HEAT: &str = "990100000000-heat_2";

fn code(text: &str) -> UnitCode {
    text.parse().expect("a unit code")
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn today() -> Date {
    day("2024-03-04")
}

fn unit(text: &str, kind: UnitKind, parent: Option<&str>) -> Unit {
    Unit {
        code: code(text),
        kind,
        title: Title::new(text, text),
        parent: parent.map(code),
        function: text.split_once('-').map(|(_, function)| function.to_owned()),
        valid_from: day("2020-01-01"),
        valid_to: None,
        successors: Vec::new(),
    }
}

fn tree() -> UnitTree {
    UnitTree::new([
        unit(CITY, UnitKind::City, None),
        unit(CITY_HEAT, UnitKind::Department, Some(CITY)),
        unit(EAST, UnitKind::District, Some(CITY)),
        unit(EAST_ROADS, UnitKind::Department, Some(EAST)),
        unit(TOWN, UnitKind::Town, Some(EAST)),
        unit(VILLAGE, UnitKind::Village, Some(TOWN)),
        unit(WEST, UnitKind::District, Some(CITY)),
        unit(WEST_ROADS, UnitKind::Department, Some(WEST)),
    ])
}

/// A row whose basis tells which it is.
fn row(matter: &str, lead: &str, basis: &str) -> DirectoryRow {
    DirectoryRow {
        matter: matter.to_owned(),
        demand: None,
        lead: lead.parse().expect("a unit reference"),
        assist: Vec::new(),
        limit_class: "week".to_owned(),
        valid_from: day("2020-01-01"),
        valid_to: None,
        basis: basis.to_owned(),
    }
}

fn basis<'d>(directory: &'d Directory, matter: &str, demand: &str, date: Date) -> Option<&'d str> {
    directory.row(matter, demand, date).map(|row| row.basis.as_str())
}

#[test]
fn the_longest_matter_holds_then_the_nearest_layer() {
    let district = vec![row("01", EAST, "district 01"), row("0102", EAST, "district 0102")];
    let city = vec![
        row("0101", CITY, "city 0101"),
        row("0102", CITY, "city 0102"),
        row("02", CITY, "city 02"),
    ];
    let directory = Directory::new(vec![district, city]);
    let holds = |matter: &str| basis(&directory, matter, "trouble", today());
    assert_eq!(holds("0102"), Some("district 0102"), "the district before its city");
    assert_eq!(
        holds("01020304"),
        Some("district 0102"),
        "what lies below has no row of its own"
    );
    assert_eq!(
        holds("010199"),
        Some("city 0101"),
        "a longer matter says more than a nearer layer"
    );
    assert_eq!(holds("0103"), Some("district 01"));
    assert_eq!(holds("0203040506"), Some("city 02"));
    assert_eq!(holds("03"), None);
    assert_eq!(holds(""), None);
    assert_eq!(holds("0"), None);
    assert_eq!(
        holds("道路"),
        None,
        "no code at all, and no panic in the middle of a character"
    );
    assert_eq!(basis(&Directory::default(), "01", "trouble", today()), None);
}

#[test]
fn a_row_for_the_demand_holds_before_one_for_all() {
    let question = DirectoryRow {
        demand: Some("question".to_owned()),
        ..row("0101", EAST, "for questions")
    };
    let praise = DirectoryRow {
        demand: Some("praise".to_owned()),
        ..row("010101", EAST, "for praise")
    };
    let directory = Directory::new(vec![vec![question, row("0101", EAST, "for all"), praise]]);
    let holds = |matter: &str, demand: &str| basis(&directory, matter, demand, today());
    assert_eq!(holds("0101", "question"), Some("for questions"));
    assert_eq!(holds("0101", "trouble"), Some("for all"));
    assert_eq!(holds("010101", "praise"), Some("for praise"));
    assert_eq!(
        holds("010101", "trouble"),
        Some("for all"),
        "a deeper row for another demand is no row"
    );
}

#[test]
fn rows_hold_from_a_day_to_a_day() {
    let spring = DirectoryRow {
        valid_from: day("2024-03-01"),
        valid_to: Some(day("2024-06-01")),
        ..row("0101", EAST, "blossom")
    };
    let corrected = DirectoryRow {
        valid_from: day("2024-05-01"),
        ..row("0101", EAST, "corrected")
    };
    let directory = Directory::new(vec![vec![spring, corrected], vec![row("0101", CITY, "city")]]);
    let holds = |date: &str| basis(&directory, "0101", "trouble", day(date));
    assert_eq!(holds("2024-02-29"), Some("city"), "the nearer layer does not hold yet");
    assert_eq!(holds("2024-03-01"), Some("blossom"));
    assert_eq!(holds("2024-05-31"), Some("corrected"), "of two that hold the later one");
    assert_eq!(holds("2024-06-01"), Some("corrected"));
    assert_eq!(holds("2019-12-31"), None);
}

#[test]
fn a_row_names_units_by_code_function_or_level() {
    let tree = tree();
    let resolve = |text: &str, area: &str| {
        let unit: UnitRef = text.parse().expect("a unit reference");
        unit.resolve(&tree, &code(area), today()).map(|unit| unit.to_string())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(resolve(WEST_ROADS, VILLAGE), some(WEST_ROADS));
    assert_eq!(resolve("990109000000", VILLAGE), None, "no such unit");
    assert_eq!(resolve("@function:roads", VILLAGE), some(EAST_ROADS));
    assert_eq!(resolve("@function:roads", WEST), some(WEST_ROADS));
    assert_eq!(
        resolve("@function:roads", CITY),
        None,
        "a city's roads are its districts'"
    );
    assert_eq!(
        resolve("@function:heat_2", VILLAGE),
        some(CITY_HEAT),
        "the city's where the district has none"
    );
    assert_eq!(resolve("@function:magic", VILLAGE), None);
    assert_eq!(resolve("@level:village", VILLAGE), some(VILLAGE));
    assert_eq!(resolve("@level:community", VILLAGE), some(VILLAGE), "of the same level");
    assert_eq!(resolve("@level:subdistrict", VILLAGE), some(TOWN));
    assert_eq!(
        resolve("@level:grid", VILLAGE),
        some(VILLAGE),
        "the nearest above where the grid is unknown"
    );
    assert_eq!(resolve("@level:district", VILLAGE), some(EAST));
    assert_eq!(resolve("@level:community", EAST), some(EAST));
    assert_eq!(resolve("@level:city", VILLAGE), some(CITY));
}

#[test]
fn units_that_have_ended_are_passed_over() {
    let mut tree = tree();
    let ends = |text: &str, kind, parent, successors: &[&str]| Unit {
        valid_to: Some(today()),
        successors: successors.iter().map(|unit| code(unit)).collect(),
        ..unit(text, kind, Some(parent))
    };
    let new_village = "990101100202";
    tree.put(unit(new_village, UnitKind::Village, Some(TOWN)));
    tree.put(ends(VILLAGE, UnitKind::Village, TOWN, &[new_village]));
    tree.put(ends(EAST_ROADS, UnitKind::Department, EAST, &[]));
    let resolve = |text: &str, date: &str| {
        let unit: UnitRef = text.parse().expect("a unit reference");
        unit.resolve(&tree, &code(VILLAGE), day(date))
            .map(|unit| unit.to_string())
    };
    let some = |text: &str| Some(text.to_owned());
    let (before, after) = ("2024-03-03", "2024-03-04");
    assert_eq!(resolve(VILLAGE, before), some(VILLAGE));
    assert_eq!(resolve(VILLAGE, after), some(new_village));
    assert_eq!(resolve("@level:village", before), some(VILLAGE));
    assert_eq!(resolve("@level:village", after), some(new_village));
    assert_eq!(resolve(EAST_ROADS, before), some(EAST_ROADS));
    assert_eq!(resolve(EAST_ROADS, after), None, "nobody took its place");
    assert_eq!(resolve("@function:roads", before), some(EAST_ROADS));
    assert_eq!(resolve("@function:roads", after), None);
}

#[test]
fn a_proposal_has_a_lead_and_others_once() {
    let tree = tree();
    let with = |lead: &str, assist: &[&str]| {
        let assist = assist
            .iter()
            .map(|unit| unit.parse().expect("a unit reference"))
            .collect();
        let row = DirectoryRow {
            assist,
            ..row("0101", lead, "made up")
        };
        let directory = Directory::new(vec![vec![row]]);
        directory.propose("010101", "trouble", &tree, &code(VILLAGE), today())
    };
    let proposal = with(
        "@function:roads",
        &[
            "@level:town",
            CITY_HEAT,
            EAST_ROADS,
            TOWN,
            "@function:magic",
            "@function:heat_2",
        ],
    );
    let proposal = proposal.expect("the row resolves here");
    assert_eq!(proposal.lead, code(EAST_ROADS));
    assert_eq!(
        proposal.assist,
        [TOWN, CITY_HEAT].map(code),
        "no repeats, no lead, nobody who is not there"
    );
    assert_eq!((proposal.matter.as_str(), proposal.basis.as_str()), ("0101", "made up"));
    assert_eq!(proposal.limit_class, "week");
    assert_eq!(with("@function:magic", &[TOWN]), None, "nobody leads");
}

#[test]
fn references_to_units_are_checked_and_read_back() {
    for good in [
        EAST,
        EAST_ROADS,
        "@function:roads",
        "@function:heat_2",
        "@level:grid",
        "@level:town",
    ] {
        let unit: UnitRef = good.parse().unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(unit.to_string(), good);
        let json = serde_json::to_string(&unit).unwrap();
        assert_eq!(serde_json::from_str::<UnitRef>(&json).unwrap(), unit);
    }
    for bad in [
        "",
        "@function:",
        "@function:Roads",
        "@function:道路",
        "@level:department",
        "@level:",
        "@roads",
        "9901",
    ] {
        assert_eq!(bad.parse::<UnitRef>(), Err(InvalidUnitRef(bad.to_owned())), "{bad}");
    }
}

fn matter(code: &str, keywords: &[&str]) -> Matter {
    Matter {
        code: code.to_owned(),
        title: Title::new(code, ""),
        demands: Vec::new(),
        keywords: keywords.iter().map(|&word| word.to_owned()).collect(),
        filing: String::new(),
        closing: String::new(),
    }
}

fn suggested(matters: &Matters, text: &str, at_most: usize) -> Vec<(String, u32)> {
    let found = matters.suggest(text, at_most).into_iter();
    found.map(|(matter, score)| (matter.code.clone(), score)).collect()
}

#[test]
fn a_text_points_to_matters() {
    let matters = Matters::new([
        matter("01", &["路"]),
        matter("0101", &["路灯"]),
        matter("0102", &["路灯", "不亮", ""]),
        matter("0103", &["井盖丢失"]),
        matter("0104", &["灯不"]),
        matter("010401", &["灯不"]),
    ]);
    let pointed = |text: &str, at_most| suggested(&matters, text, at_most);
    let is = |rows: &[(&str, u32)]| {
        rows.iter()
            .map(|(code, score)| ((*code).to_owned(), *score))
            .collect::<Vec<_>>()
    };
    // Squares of the lengths found; between equals the deeper matter, then the code.
    assert_eq!(
        pointed("门口路灯不亮", 9),
        is(&[("0102", 8), ("010401", 4), ("0101", 4), ("0104", 4), ("01", 1)])
    );
    assert_eq!(pointed("门口路灯不亮", 2), is(&[("0102", 8), ("010401", 4)]));
    assert_eq!(
        pointed("路边井盖丢失", 1),
        is(&[("0103", 16)]),
        "one long word says more than short ones"
    );
    assert_eq!(pointed("谢谢", 9), []);
    assert_eq!(pointed("", 9), []);
    assert_eq!(pointed("路灯", 0), []);
}

#[test]
fn matters_know_those_above_them() {
    let matters = Matters::new([
        matter("01", &[]),
        matter("0101", &[]),
        matter("01010203", &[]),
        matter("01", &["新"]),
    ]);
    let path: Vec<&str> = matters
        .path("01010203")
        .iter()
        .map(|matter| matter.code.as_str())
        .collect();
    assert_eq!(path, ["01", "0101", "01010203"], "a level may be missing between");
    assert_eq!(matters.path("0199").len(), 1);
    assert!(matters.path("中文").is_empty());
    assert_eq!(
        matters.get("01").map(|matter| matter.keywords.len()),
        Some(1),
        "later rows replace earlier ones"
    );
    assert_eq!(matters.all().count(), 3);
}
