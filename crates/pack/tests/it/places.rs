//! Places: what holds where, and what is said of broken ones.

use quanyu_domain::model::ParameterValue;
use quanyu_pack::{Sources, load};

const CITY: &str = r#"
[place]
code = "990100000000"
title = { zh = "纸鸢市", en = "Kite City" }
needs = ["kites"]
utc_offset = "+08:00"
calendars = ["../calendar"]

[work_hours]
intervals = ["09:00-12:00", "13:00-17:00"]

[files]
units = "units.csv"
matters = "matters.csv"
directory = "directory.csv"

[parameter]
short_limit = "2 workdays"
"#;

const DISTRICT: &str = r#"
[place]
code = "990101000000"
title = { zh = "东区", en = "East" }
part_of = "9901"

[files]
units = "units.csv"
directory = "directory.csv"
gazetteer = "gazetteer.csv"

[parameter]
kites_at_most = 5
"#;

const CALENDAR: &str = r#"{ "year": 2024, "days": [{ "name": "国庆节", "date": "2024-10-01", "isOffDay": true }] }"#;

const CITY_UNITS: &str = "code,kind,zh,en,parent,function,valid_from,valid_to,note
990100000000,city,纸鸢市,Kite City,,,2020-01-01,,
990101000000,district,东区,East,990100000000,,2020-01-01,,
990101000000-strings,department,东区线局,Strings,990101000000,strings,2020-01-01,,
";
const DISTRICT_UNITS: &str = "code,kind,zh,en,parent,function,valid_from,valid_to,note
990101001000,subdistrict,风街道,Wind,990101000000,,2020-01-01,,
";
const MATTERS: &str = "code,level,parent,zh,en,demand,keywords,filing,closing
01,1,,风筝,Kites,kite_wanted,风筝 线,,
0101,2,01,断线,Cut strings,kite_wanted,断线,见线断,线接上
";
const CITY_DIRECTORY: &str = "matter,lead,assist,limit_class,demand,valid_from,valid_to,basis
01,@function:strings,@level:subdistrict,short,,2020-01-01,,惯例
";
const DISTRICT_DIRECTORY: &str = "matter,lead,assist,limit_class,demand,valid_from,valid_to,basis
0101,990101001000,990101000000-strings;@level:district,short,kite_wanted,2020-01-01,2024-01-01,旧
0101,990101000000-strings,,short,kite_wanted,2024-01-01,,新
";
const GAZETTEER: &str = "name,aliases,kind,lon,lat,area
放风坡,大坡 风坡,place,101.5,36.6,990101001000
";

/// A city and a district in it, with a pack.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    [
        ("packs/kites/pack.toml", include_str!("kites.toml")),
        ("places/calendar/2024.json", CALENDAR),
        ("places/9901/place.toml", CITY),
        ("places/9901/units.csv", CITY_UNITS),
        ("places/9901/matters.csv", MATTERS),
        ("places/9901/directory.csv", CITY_DIRECTORY),
        ("places/990101/place.toml", DISTRICT),
        ("places/990101/units.csv", DISTRICT_UNITS),
        ("places/990101/directory.csv", DISTRICT_DIRECTORY),
        ("places/990101/gazetteer.csv", GAZETTEER),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec()
}

fn with(file: &str, from: &str, to: &str) -> Sources {
    let mut files = files();
    let (_, text) = files
        .iter_mut()
        .find(|(path, _)| *path == file)
        .expect("one of the files");
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    files.into_iter().collect()
}

fn said(sources: &Sources) -> Vec<String> {
    let findings = match load(sources) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    };
    findings
        .to_string()
        .lines()
        .map(|line| line.replace("places/", "").replace(": error: ", ": "))
        .collect()
}

#[test]
fn a_district_has_what_its_city_has_and_its_own_over_it() {
    let loaded = load(&files().into_iter().collect()).unwrap_or_else(|findings| panic!("{findings}"));
    let [city, district] = &loaded.districts.values().collect::<Vec<_>>()[..] else {
        panic!("two places")
    };
    assert_eq!(
        (city.id.0, district.id.0, district.part_of),
        (990100, 990101, Some(city.id))
    );
    let short = |place: &quanyu_pack::District| place.model.limits["short"].duration.to_string();
    assert_eq!(
        (short(city), short(district)),
        ("2 workdays".into(), "2 workdays".into())
    );
    let kites = &district.model.parameters["kites_at_most"];
    assert_eq!(
        (&kites.value, kites.set_by.as_str()),
        (&ParameterValue::Number(5.into()), "990101000000")
    );
    assert_eq!(city.model.parameters["kites_at_most"].set_by, "kites");
    assert_eq!(district.model.parameters["short_limit"].set_by, "990100000000");
    assert_eq!((city.units.len(), district.units.len()), (3, 4));
    assert_eq!(district.model.work_time.offset.seconds(), 8 * 3_600);
    assert_eq!(district.gazetteer[0].aliases, ["大坡", "风坡"]);
    let row = |place: &quanyu_pack::District, matter| {
        place
            .directory
            .row(matter, "kite_wanted", "2024-05-01".parse().unwrap())
            .map(|row| row.basis.clone())
    };
    assert_eq!(
        (row(city, "0101"), row(district, "0101")),
        (Some("惯例".into()), Some("新".into()))
    );
}

#[test]
fn the_version_changes_with_what_the_model_is_made_of() {
    let versions = |sources: &Sources| {
        let loaded = load(sources).unwrap_or_else(|findings| panic!("{findings}"));
        loaded
            .districts
            .into_values()
            .map(|place| place.model.version)
            .collect::<Vec<_>>()
    };
    let before = versions(&files().into_iter().collect());
    let differs = |file: &str, from: &str, to: &str| -> Vec<bool> {
        versions(&with(file, from, to))
            .iter()
            .zip(&before)
            .map(|(new, old)| new != old)
            .collect()
    };
    assert_eq!(
        differs("places/9901/place.toml", "2 workdays", "4 workdays"),
        [true, true]
    );
    assert_eq!(differs("places/990101/place.toml", "= 5", "= 6"), [false, true]);
    assert_eq!(differs("places/calendar/2024.json", "国庆节", "国庆"), [true, true]);
    assert_eq!(differs("packs/kites/pack.toml", "Reel in", "Wind up"), [true, true]);
    assert_eq!(
        differs("places/990101/units.csv", "Wind", "Breeze"),
        [false, false],
        "units are a register"
    );
}

#[test]
fn a_fault_in_a_place_is_told_where_it_stands() {
    const CITY_FILE: &str = "places/9901/place.toml";
    const DISTRICT_FILE: &str = "places/990101/place.toml";
    let rows: &[(&str, &str, &str, &[&str])] = &[
        (
            CITY_FILE,
            "code = \"990100000000\"",
            "code = \"9901\"",
            &[
                "9901/place.toml:3:8: `9901` is no code of a place; write the twelve digits of the division code of the city or district",
                "990101/place.toml:5:11: `9901` is no city beside this place; there is none to choose from",
            ],
        ),
        (
            CITY_FILE,
            "code = \"990100000000\"",
            "code = \"990101000000\"",
            &[
                "990101/place.toml:3:8: two places have the code 990101000000; give each its own code; the other stands at 9901/place.toml:3",
            ],
        ),
        (
            CITY_FILE,
            "needs = [\"kites\"]",
            "needs = [\"kite\"]",
            &["9901/place.toml:5:10: there is no pack `kite`; did you mean `kites`?"],
        ),
        (
            CITY_FILE,
            "utc_offset = \"+08:00\"",
            "utc_offset = \"8\"",
            &["9901/place.toml:6:14: `8` is no offset; write it as \"+08:00\""],
        ),
        (
            CITY_FILE,
            "utc_offset = \"+08:00\"\n",
            "",
            &[
                "9901/place.toml:2:2: nothing tells the distance from UTC; add `utc_offset = \"+08:00\"`",
                "990101/place.toml:2:2: nothing tells the distance from UTC; add `utc_offset = \"+08:00\"`",
            ],
        ),
        (
            CITY_FILE,
            "calendars = [\"../calendar\"]",
            "calendars = [\"../calender\"]",
            &[
                "9901/place.toml:7:14: there is no holiday table at `../calender`; write the path of a JSON file or of a folder of them, seen from the place's folder",
            ],
        ),
        (
            CITY_FILE,
            "calendars = [\"../calendar\"]\n",
            "",
            &[
                "9901/place.toml:2:2: no calendar tells the working days; add `calendars = [\"../calendar\"]`",
                "990101/place.toml:2:2: no calendar tells the working days; add `calendars = [\"../calendar\"]`",
            ],
        ),
        (
            CITY_FILE,
            "\"09:00-12:00\", \"13:00-17:00\"",
            "\"13:00-17:00\", \"09:00-12:00\"",
            &[
                "9901/place.toml:10:13: the working interval 09:00-12:00 begins before 13:00-17:00 ends; put them in order and apart",
            ],
        ),
        (
            CITY_FILE,
            "\"13:00-17:00\"",
            "\"13.00-17.00\"",
            &[
                "9901/place.toml:10:29: `13.00` is not a time of day; write hours and minutes from 00:00 to 24:00, such as `08:30`",
            ],
        ),
        (
            CITY_FILE,
            "\"units.csv\"",
            "\"unit.csv\"",
            &["9901/place.toml:13:9: there is no file `unit.csv`; write its path as seen from the place's folder"],
        ),
        (
            CITY_FILE,
            "\"units.csv\"",
            "\"../../../secret.csv\"",
            &[
                "9901/place.toml:13:9: there is no file `../../../secret.csv`; write its path as seen from the place's folder",
            ],
        ),
        (
            CITY_FILE,
            "short_limit = \"2 workdays\"",
            "short_limits = \"2 workdays\"",
            &["9901/place.toml:18:1: no pack declares the parameter `short_limits`; did you mean `short_limit`?"],
        ),
        (
            CITY_FILE,
            "short_limit = \"2 workdays\"",
            "short_limit = 2",
            &["9901/place.toml:18:15: this is no duration; write a limit such as \"3 workdays\""],
        ),
        (
            CITY_FILE,
            "short_limit = \"2 workdays\"",
            "short_limit = \"12 workdays\"",
            &["9901/place.toml:18:15: this is more than the pack allows; write at most 10 workdays"],
        ),
        (
            DISTRICT_FILE,
            "part_of = \"9901\"",
            "part_of = \"9902\"",
            &["990101/place.toml:5:11: `9902` is no city beside this place; did you mean `9901`?"],
        ),
        (
            DISTRICT_FILE,
            "kites_at_most = 5",
            "kites_at_most = 1.5",
            &[
                "packs/kites/pack.toml:102:18: 1.5 is no count (`kites_at_most` as set by 990101000000); write a whole number from 0",
            ],
        ),
        (
            "packs/kites/pack.toml",
            "\"3 workdays\"\nmax = \"10 workdays\"",
            "\"3 workdays\"\n[limit.endless]\ntitle = { zh = \"无尽\", en = \"Endless\" }\nduration = \"400 workdays\"",
            &[
                "9901/place.toml:7:13: the calendar covers 2024: no limit of 400 workdays ends in it (`endless`); load more years, or shorten the limit",
            ],
        ),
        (
            "places/calendar/2024.json",
            "\"year\": 2024",
            "\"year\": \"2024\"",
            &[
                "calendar/2024.json:1:16: this is no holiday table: invalid type: string \"2024\", expected i16 at line 1 column 16; write {\"year\": 2025, \"days\": [{\"name\": …, \"date\": …, \"isOffDay\": …}]}",
            ],
        ),
        (
            "places/calendar/2024.json",
            "2024-10-01",
            "2026-10-01",
            &[
                "9901/place.toml:7:14: the holiday table of 2024 names 2026-10-01; it may only name dates of 2024 and of the years beside it",
            ],
        ),
        (
            "places/9901/units.csv",
            "990101000000,district",
            "990101000000,distrikt",
            &[
                "9901/units.csv:3:1: there is no kind of unit `distrikt`; did you mean `district`?",
                "9901/units.csv:4:1: the unit above 990101000000-strings, 990101000000, does not exist; did you mean `990100000000`?",
            ],
        ),
        (
            "places/9901/units.csv",
            "990101000000,district,东区,East,990100000000",
            "990101000000,district,东区,East,990100000001",
            &[
                "9901/units.csv:3:1: the unit above 990101000000, 990100000001, does not exist; did you mean `990100000000`?",
            ],
        ),
        (
            "places/9901/units.csv",
            "990100000000,city,纸鸢市,Kite City,",
            "990100000000,city,纸鸢市,Kite City,990101000000",
            &[
                "9901/units.csv:2:1: 990100000000 lies above itself; correct `parent`",
                "9901/units.csv:3:1: 990101000000 lies above itself; correct `parent`",
            ],
        ),
        (
            "places/9901/units.csv",
            "990101000000-strings,",
            "990101000000-Strings,",
            &[
                "9901/units.csv:4:1: `code`: `990101000000-Strings` is not a unit code; 12 digits for an area, 15 for a grid, or 12 digits, a dash and a snake_case name for a department",
            ],
        ),
        (
            "places/990101/units.csv",
            "990101001000,subdistrict,风街道,Wind,990101000000,,2020-01-01,,",
            "990101001000,subdistrict,,Wind,990101000000,,2020-13-01,2019-01-01,",
            &[
                "990101/units.csv:2:1: `valid_from`: `2020-13-01` is no date; write it as 2024-09-30",
                "990101/units.csv:2:1: `zh` is empty; fill it in",
            ],
        ),
        (
            "places/9901/matters.csv",
            "0101,2,01",
            "0101,3,02",
            &[
                "9901/matters.csv:3:1: the matter 0101 is of level 2, not `3`; two digits of the code for each level",
                "9901/matters.csv:3:1: the matter above 0101 is `01`, not `02`; write the code without its last two digits",
            ],
        ),
        (
            "places/9901/matters.csv",
            "kite_wanted,断线",
            "kite_wnted,断线",
            &[
                "9901/matters.csv:3:1: no pack in force declares the demand type `kite_wnted`; did you mean `kite_wanted`?",
            ],
        ),
        (
            "places/9901/directory.csv",
            "@function:strings",
            "@function:string",
            &["9901/directory.csv:2:1: `lead`: no unit has the function `string`; did you mean `strings`?"],
        ),
        (
            "places/9901/directory.csv",
            "@level:subdistrict,short",
            "@level:street,shirt",
            &[
                "9901/directory.csv:2:1: `assist`: `@level:street` names no unit; write a unit code, @function:NAME or @level:subdistrict|community|grid|district",
                "9901/directory.csv:2:1: no pack in force declares the class of limit `shirt`; did you mean `short`?",
            ],
        ),
        (
            "places/990101/directory.csv",
            "2024-01-01,旧",
            ",旧",
            &[
                "990101/directory.csv:3:1: warning: this hides the row for the same matter 0101 at 990101/directory.csv:2; let the earlier row end with `valid_to`, or remove one",
            ],
        ),
        (
            "places/990101/gazetteer.csv",
            "101.5,36.6,990101001000",
            "36.6,101.5,990101002000",
            &[
                "990101/gazetteer.csv:2:1: `lat`: `101.5` is no number of degrees from -90 to 90; write decimal degrees, such as 101.7602",
                "990101/gazetteer.csv:2:1: there is no unit 990101002000; did you mean `990101000000`?",
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (file, from, to, expected) in rows {
        let found = said(&with(file, from, to));
        if found != *expected {
            wrong.push(format!("{to}\n    {}", found.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
