//! Places: `place.toml`, its calendar and hours, and how a district lies over its city.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::text::Title;
use quanyu_domain::time::{HoursError, MonthDay, Season, WorkCalendar, WorkHours, WorkInterval, WorkTime, YearTable};
use quanyu_domain::units::UnitCode;

use crate::finding::{Notes, Spot};
use crate::language::PLACE_FILE;
use crate::names::instead;
use crate::read::read_file;
use crate::record::{Record, Word};
use crate::setting::Fault;
use crate::sources::Sources;

/// The file that makes a folder a place.
const PLACE_TOML: &str = "place.toml";

/// A place as it was read.
pub(crate) struct Place {
    pub id: DistrictId,
    pub code: Word,
    pub title: Title,
    pub folder: String,
    /// The folder of its city.
    part_of: Option<String>,
    pub needs: Vec<Word>,
    pub record: Record,
    /// Paths of the holiday tables; empty: the city's.
    pub calendars: Vec<String>,
    pub offset: Option<Offset>,
    pub hours: Option<WorkHours>,
    calendar: Option<WorkCalendar>,
}

impl Place {
    /// The head of the file.
    pub fn head(&self) -> &Record {
        self.record.record("place").unwrap_or(&self.record)
    }
}

/// Reads every place.
pub(crate) fn read_all(sources: &Sources, notes: &mut Notes<'_>) -> BTreeMap<DistrictId, Place> {
    let mut places: BTreeMap<DistrictId, Place> = BTreeMap::new();
    let folders: Vec<&str> = sources.folders_with(PLACE_TOML).collect();
    for folder in folders {
        let file = notes.file(&format!("{folder}/{PLACE_TOML}"));
        let Some(record) = read_file(notes, file, &PLACE_FILE) else {
            continue;
        };
        let Some(place) = read(sources, folder, record, notes) else {
            continue;
        };
        match places.get(&place.id) {
            Some(other) => {
                let advice = (
                    format!("请各用一个代码，另一处在 {}", notes.line_of(other.code.spot)),
                    format!(
                        "give each its own code; the other stands at {}",
                        notes.line_of(other.code.spot)
                    ),
                );
                notes.error(
                    place.code.spot,
                    "place_twice",
                    (
                        format!("两个地区的代码都是 {}", place.code.text),
                        format!("two places have the code {}", place.code.text),
                    ),
                    advice,
                );
            }
            None => {
                places.insert(place.id, place);
            }
        }
    }
    check_cities(&places, notes);
    places
}

fn read(sources: &Sources, folder: &str, record: Record, notes: &mut Notes<'_>) -> Option<Place> {
    let head = record.record("place")?;
    let code = head.word("code")?;
    let id = district(&code, notes);
    let part_of = head
        .word("part_of")
        .and_then(|word| Sources::resolve(folder, &format!("../{}", word.text)));
    let offset = head.word("utc_offset").and_then(|word| {
        let offset = parse_offset(&word.text);
        if offset.is_none() {
            notes.error(
                word.spot,
                "not_an_offset",
                (
                    format!("`{}` 不是时差", word.text),
                    format!("`{}` is no offset", word.text),
                ),
                ("请写成 \"+08:00\"", "write it as \"+08:00\""),
            );
        }
        offset
    });
    let hours = record.record("work_hours").and_then(|hours| work_hours(hours, notes));
    let calendars: Vec<(Word, String)> = head
        .words("calendars")
        .into_iter()
        .flat_map(|word| {
            let found = calendar_files(sources, folder, &word, notes);
            found.into_iter().map(move |path| (word.clone(), path))
        })
        .collect();
    let calendar = if calendars.is_empty() {
        None
    } else {
        calendar(sources, &calendars, notes)
    };
    Some(Place {
        id: id?,
        title: head.title("title"),
        folder: folder.to_owned(),
        part_of,
        needs: head.words("needs"),
        calendars: calendars.into_iter().map(|(_, path)| path).collect(),
        calendar,
        offset,
        hours,
        code,
        record,
    })
}

/// The district or city under whose key records are kept: the first six of the twelve digits of its unit's code.
fn district(word: &Word, notes: &mut Notes<'_>) -> Option<DistrictId> {
    let code: Option<UnitCode> = word
        .text
        .parse()
        .ok()
        .filter(|code: &UnitCode| code.as_str().len() == AREA_CODE);
    if code.is_none() {
        notes.error(
            word.spot,
            "not_a_place_code",
            (
                format!("`{}` 不是地区代码", word.text),
                format!("`{}` is no code of a place", word.text),
            ),
            (
                "请写市或区的十二位区划代码",
                "write the twelve digits of the division code of the city or district",
            ),
        );
    }
    code.map(|code| code.district())
}

/// Digits of the code of an area above the grids.
const AREA_CODE: usize = 12;

/// The place itself and the city that it is part of. `None`: it is part of a city that is not there.
pub(crate) fn layers<'a>(place: &'a Place, places: &'a BTreeMap<DistrictId, Place>) -> Option<Vec<&'a Place>> {
    let Some(folder) = &place.part_of else {
        return Some(vec![place]);
    };
    let city = places
        .values()
        .find(|city| city.folder == *folder && city.part_of.is_none())?;
    Some(vec![place, city])
}

fn check_cities(places: &BTreeMap<DistrictId, Place>, notes: &mut Notes<'_>) {
    for place in places.values() {
        let Some(word) = place.head().word("part_of") else {
            continue;
        };
        if layers(place, places).is_some() {
            continue;
        }
        let folder_of = |place: &Place| place.folder.rsplit('/').next().unwrap_or_default().to_owned();
        let cities: Vec<String> = places
            .values()
            .filter(|city| city.part_of.is_none())
            .map(folder_of)
            .collect();
        notes.error(
            word.spot,
            "unknown_city",
            (
                format!("此地区旁没有市 `{}`", word.text),
                format!("`{}` is no city beside this place", word.text),
            ),
            instead(&word.text, cities.iter().map(String::as_str)),
        );
    }
}

/// The working time of a place: what it says itself, else what its city says. What is missing is noted.
pub(crate) fn work_time(layers: &[&Place], notes: &mut Notes<'_>) -> Option<WorkTime> {
    let place = layers.first()?;
    let layers = || layers.iter();
    let calendar = layers().find_map(|layer| layer.calendar.clone());
    let hours = layers().find_map(|layer| layer.hours.clone());
    let offset = layers().find_map(|layer| layer.offset);
    // What is written but not sound has been noted where it stands.
    let written = |key| layers().any(|layer| layer.head().has(key) || layer.record.has(key));
    for (missing, key, what, advice) in [
        (
            calendar.is_none(),
            "calendars",
            ("没有说明工作日的日历", "no calendar tells the working days"),
            (
                "请添加 `calendars = [\"../calendar\"]`",
                "add `calendars = [\"../calendar\"]`",
            ),
        ),
        (
            hours.is_none(),
            "work_hours",
            ("没有说明工作时段", "nothing tells the working hours"),
            (
                "请添加 `[work_hours]` 及其 `intervals`",
                "add `[work_hours]` with its `intervals`",
            ),
        ),
        (
            offset.is_none(),
            "utc_offset",
            ("没有说明与 UTC 的时差", "nothing tells the distance from UTC"),
            ("请添加 `utc_offset = \"+08:00\"`", "add `utc_offset = \"+08:00\"`"),
        ),
    ] {
        if missing && !written(key) {
            notes.error(place.head().spot, "place_incomplete", what, advice);
        }
    }
    Some(WorkTime {
        calendar: calendar?,
        hours: hours?,
        offset: offset?,
    })
}

/// Working hours from their table.
pub(crate) fn work_hours(record: &Record, notes: &mut Notes<'_>) -> Option<WorkHours> {
    let hours = sound(
        WorkHours::new(intervals(record, notes)?),
        record.spot_of("intervals"),
        notes,
    )?;
    let Some(season) = record.record("season") else {
        return Some(hours);
    };
    let mut day = |key| {
        let word = season.word(key)?;
        sound(word.text.parse::<MonthDay>(), word.spot, notes)
    };
    let (from, to) = (day("from"), day("to"));
    let season = Season {
        from: from?,
        to: to?,
        daily: intervals(season, notes)?,
    };
    sound(hours.with_season(season), record.spot_of("season"), notes)
}

fn intervals(record: &Record, notes: &mut Notes<'_>) -> Option<Vec<WorkInterval>> {
    let read = record.words("intervals");
    read.into_iter()
        .map(|word| sound(word.text.parse(), word.spot, notes))
        .collect()
}

fn sound<T>(read: Result<T, HoursError>, spot: Spot, notes: &mut Notes<'_>) -> Option<T> {
    read.map_err(|error| {
        notes.fault(spot, Fault::from_error(&error));
    })
    .ok()
}

/// `+08:00`.
pub(crate) fn parse_offset(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |digits: &str, below: i32| {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<i32>().ok().filter(|value| two && *value < below)
    };
    Offset::from_seconds(sign * (number(hours, 24)? * 3_600 + number(minutes, 60)? * 60)).ok()
}

/// The holiday tables that an entry of `calendars` means: a file, or every JSON file of a folder.
fn calendar_files(sources: &Sources, folder: &str, word: &Word, notes: &mut Notes<'_>) -> Vec<String> {
    let path = Sources::resolve(folder, &word.text);
    let found: Vec<String> = match &path {
        Some(path) if sources.get(path).is_some() => vec![path.clone()],
        Some(path) => {
            let tables = sources.in_folder(path).filter(|(name, _)| name.ends_with(".json"));
            tables.map(|(name, _)| format!("{path}/{name}")).collect()
        }
        None => Vec::new(),
    };
    if found.is_empty() {
        notes.error(
            word.spot,
            "no_such_file",
            (
                format!("`{}` 处没有放假安排表", word.text),
                format!("there is no holiday table at `{}`", word.text),
            ),
            (
                "请写相对于该地区文件夹的 JSON 文件或其文件夹的路径",
                "write the path of a JSON file or of a folder of them, seen from the place's folder",
            ),
        );
    }
    found
}

fn calendar(sources: &Sources, files: &[(Word, String)], notes: &mut Notes<'_>) -> Option<WorkCalendar> {
    let mut tables: Vec<YearTable> = Vec::new();
    for (_, path) in files {
        let text = sources.get(path).unwrap_or_default();
        match serde_json::from_str(text) {
            Ok(table) => tables.push(table),
            Err(error) => {
                let line = error.line().saturating_sub(1);
                let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
                let start = (before + error.column().saturating_sub(1)).min(text.len());
                notes.error(
                    Spot {
                        file: notes.file(path),
                        start,
                        end: start,
                    },
                    "not_a_holiday_table",
                    (
                        format!("这不是放假安排表：{error}"),
                        format!("this is no holiday table: {error}"),
                    ),
                    (
                        "请写 {\"year\": 2025, \"days\": [{\"name\": …, \"date\": …, \"isOffDay\": …}]}",
                        "write {\"year\": 2025, \"days\": [{\"name\": …, \"date\": …, \"isOffDay\": …}]}",
                    ),
                );
                return None;
            }
        }
    }
    match WorkCalendar::from_tables(&tables) {
        Ok(calendar) => Some(calendar),
        Err(error) => {
            let spot = files.first().map(|(word, _)| word.spot)?;
            notes.fault(spot, Fault::from_error(&error));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_signed_hours_and_minutes() {
        assert_eq!(parse_offset("+08:00"), Some(Offset::constant(8)));
        assert_eq!(parse_offset("-03:30").map(Offset::seconds), Some(-12_600));
        for wrong in ["", "08:00", "+8:00", "+08:60", "+24:00", "+0８:00", "Z"] {
            assert_eq!(parse_offset(wrong), None, "{wrong}");
        }
    }
}
