//! The official tables and one set of hours, for the unit tests of this module.

use super::{WorkCalendar, WorkHours, WorkTime, YearTable};
use jiff::{Timestamp, civil, tz::Offset};
use std::{fs, ops::RangeInclusive};

/// The shipped holiday tables of these years.
pub(super) fn tables(years: RangeInclusive<i16>) -> Vec<YearTable> {
    years
        .map(|year| {
            let path = format!(
                "{}/../../places/calendar-cn/holiday-cn_{year}.json",
                env!("CARGO_MANIFEST_DIR")
            );
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
        })
        .collect()
}

/// The calendar of these years.
pub(super) fn official(years: RangeInclusive<i16>) -> WorkCalendar {
    WorkCalendar::from_tables(&tables(years)).expect("the shipped tables are sound")
}

/// 2024–2026, 08:30–12:00 and 14:30–18:00 (7 hours), UTC+8.
pub(super) fn work_time() -> WorkTime {
    WorkTime {
        calendar: official(2024..=2026),
        hours: WorkHours::new(vec![interval("08:30-12:00"), interval("14:30-18:00")]).expect("sorted"),
        offset: Offset::constant(8),
    }
}

pub(super) fn interval(text: &str) -> super::WorkInterval {
    text.parse().expect("a sound interval")
}

/// An instant from local civil time at UTC+8, such as `"2024-09-30T14:05"`.
pub(super) fn at(text: &str) -> Timestamp {
    let local: civil::DateTime = text.parse().expect("a civil date and time");
    Offset::constant(8).to_timestamp(local).expect("within range")
}
