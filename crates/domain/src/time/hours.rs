//! When work is done on a working day.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why hours, seasons or a cut-off do not make sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoursError {
    /// Not a time of day.
    #[error("`{text}` is not a time of day: write hours and minutes from 00:00 to 24:00, such as `08:30`")]
    Time {
        /// The text.
        text: String,
    },
    /// Not an interval.
    #[error("`{text}` is not a working interval: write the earlier and the later time, such as `08:30-12:00`")]
    Interval {
        /// The text.
        text: String,
    },
    /// No interval at all.
    #[error("there are no working hours: give at least one interval, such as `08:30-12:00`")]
    Empty,
    /// Two intervals overlap or stand in the wrong order.
    #[error("the working interval {later} begins before {earlier} ends: put them in order and apart")]
    Order {
        /// The one that stands first in the list.
        earlier: WorkInterval,
        /// The one that follows it.
        later: WorkInterval,
    },
    /// Not a day of the year.
    #[error("`{text}` is not a day of the year: write month and day, such as `05-01`")]
    MonthDay {
        /// The text.
        text: String,
    },
}

/// A time of day in whole minutes, 00:00 to 24:00; 24:00 is the end of the day. Text form `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// Minutes since 00:00, at most 1440.
    pub fn minutes(self) -> u16 {
        self.minutes
    }

    /// Nanoseconds since 00:00.
    pub(super) fn nanos(self) -> i64 {
        i64::from(self.minutes) * 60_000_000_000
    }
}

impl FromStr for TimeOfDay {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let parse = || {
            let (hour, minute) = two_numbers(text, ':')?;
            let minutes = u16::from(hour) * 60 + u16::from(minute);
            (minute < 60 && minutes <= 24 * 60).then_some(Self { minutes })
        };
        parse().ok_or_else(|| HoursError::Time { text: text.to_owned() })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// An interval of working time within one day, from before to. Text form `08:30-12:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkInterval {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl WorkInterval {
    /// When it begins.
    pub fn from(self) -> TimeOfDay {
        self.from
    }

    /// When it ends; later than it begins.
    pub fn to(self) -> TimeOfDay {
        self.to
    }
}

impl FromStr for WorkInterval {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let not_an_interval = || HoursError::Interval { text: text.to_owned() };
        let (from, to) = text.split_once(['-', '–']).ok_or_else(not_an_interval)?;
        let (from, to): (TimeOfDay, TimeOfDay) = (from.trim().parse()?, to.trim().parse()?);
        if from < to {
            Ok(Self { from, to })
        } else {
            Err(not_an_interval())
        }
    }
}

impl fmt::Display for WorkInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// A day of any year. Text form `05-01`; 29 February is allowed and simply does not occur in most years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: i8,
    day: i8,
}

impl FromStr for MonthDay {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        const LEAP_YEAR: i16 = 2024;
        two_numbers(text, '-')
            .and_then(|(month, day)| Date::new(LEAP_YEAR, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok())
            .map(Self::from)
            .ok_or_else(|| HoursError::MonthDay { text: text.to_owned() })
    }
}

impl From<Date> for MonthDay {
    fn from(date: Date) -> Self {
        Self {
            month: date.month(),
            day: date.day(),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// Other hours for a part of each year, such as summer hours (夏令作息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// The first day.
    pub from: MonthDay,
    /// The last day, included. If it comes before `from` in the year, the season runs over New Year.
    pub to: MonthDay,
    /// The intervals of a working day of the season.
    pub daily: Vec<WorkInterval>,
}

impl Season {
    fn covers(&self, date: Date) -> bool {
        let day = MonthDay::from(date);
        if self.from <= self.to {
            self.from <= day && day <= self.to
        } else {
            self.from <= day || day <= self.to
        }
    }
}

/// The working hours (作息时间) of a place: the intervals of a working day, and perhaps others for a season.
///
/// In TOML and JSON: `{ daily = ["08:30-12:00", "14:30-18:00"], season = { from = "05-01", to = "09-30", daily = […] } }`.
/// Intervals are in order, apart from each other, and there is at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawHours")]
pub struct WorkHours {
    daily: Vec<WorkInterval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    season: Option<Season>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHours {
    daily: Vec<WorkInterval>,
    season: Option<Season>,
}

impl TryFrom<RawHours> for WorkHours {
    type Error = HoursError;

    fn try_from(raw: RawHours) -> Result<Self, HoursError> {
        let hours = Self::new(raw.daily)?;
        match raw.season {
            Some(season) => hours.with_season(season),
            None => Ok(hours),
        }
    }
}

impl WorkHours {
    /// The same hours on every working day of the year.
    ///
    /// # Errors
    /// No interval, or intervals that overlap or are out of order.
    pub fn new(daily: Vec<WorkInterval>) -> Result<Self, HoursError> {
        check(&daily)?;
        Ok(Self { daily, season: None })
    }

    /// These hours, with others for a season.
    ///
    /// # Errors
    /// As [`Self::new`], for the intervals of the season.
    pub fn with_season(self, season: Season) -> Result<Self, HoursError> {
        check(&season.daily)?;
        Ok(Self {
            season: Some(season),
            ..self
        })
    }

    /// The hours of a working day outside the season.
    pub fn daily(&self) -> &[WorkInterval] {
        &self.daily
    }

    /// Other hours for a part of the year.
    pub fn season(&self) -> Option<&Season> {
        self.season.as_ref()
    }

    /// The working intervals of a date, in order, if it is worked.
    pub fn on(&self, date: Date) -> &[WorkInterval] {
        match &self.season {
            Some(season) if season.covers(date) => &season.daily,
            _ => &self.daily,
        }
    }

    /// When work ends (下班) on a date, if it is worked.
    pub fn close_of_business(&self, date: Date) -> TimeOfDay {
        self.on(date)
            .last()
            .expect("checked when built: at least one interval")
            .to
    }
}

fn check(daily: &[WorkInterval]) -> Result<(), HoursError> {
    if daily.is_empty() {
        return Err(HoursError::Empty);
    }
    for pair in daily.windows(2) {
        if pair[1].from < pair[0].to {
            return Err(HoursError::Order {
                earlier: pair[0],
                later: pair[1],
            });
        }
    }
    Ok(())
}

/// A daily cut-off hour (截止时刻): what must be asked for on a day must be asked for before it. In JSON the time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CutOff {
    /// The first minute that is too late; 24:00 accepts the whole day.
    pub time: TimeOfDay,
}

impl CutOff {
    /// Whether a local time of day is before the cut-off. 17:00:00 is not before 17:00.
    pub fn is_after(self, time: Time) -> bool {
        nanos_of_day(time) < self.time.nanos()
    }
}

/// Nanoseconds since 00:00.
pub(super) fn nanos_of_day(time: Time) -> i64 {
    let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())
}

/// `08:30` with `:` is (8, 30): exactly two digits on either side.
fn two_numbers(text: &str, separator: char) -> Option<(u8, u8)> {
    let (first, second) = text.split_once(separator)?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if two { digits.parse().ok() } else { None }
    };
    Some((number(first)?, number(second)?))
}

macro_rules! text_form {
    ($($type:ty),*) => { $(
        impl TryFrom<String> for $type {
            type Error = HoursError;

            fn try_from(text: String) -> Result<Self, HoursError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    )* };
}

text_form!(TimeOfDay, WorkInterval, MonthDay);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::samples::interval;
    use jiff::civil::{date, time};

    #[test]
    fn text_forms_are_read_written_and_refused() {
        for text in ["00:00", "08:30", "24:00"] {
            assert_eq!(text.parse::<TimeOfDay>().expect(text).to_string(), text);
        }
        for text in ["", "8:30", "24:01", "12:60", "1200", "+8:30", "12:00:00", "๑๒:00"] {
            assert_eq!(text.parse::<TimeOfDay>(), Err(HoursError::Time { text: text.into() }));
        }
        assert_eq!(interval("08:30 – 12:00"), interval("08:30-12:00"));
        for text in ["12:00-08:30", "08:30-08:30", "08:30"] {
            assert_eq!(
                text.parse::<WorkInterval>(),
                Err(HoursError::Interval { text: text.into() })
            );
        }
        assert_eq!("02-29".parse::<MonthDay>().expect("in leap years").to_string(), "02-29");
        for text in ["02-30", "13-01", "00-01", "2-01", "05/01"] {
            assert_eq!(
                text.parse::<MonthDay>(),
                Err(HoursError::MonthDay { text: text.into() })
            );
        }
    }

    #[test]
    fn intervals_must_be_in_order_and_apart() {
        assert_eq!(WorkHours::new(vec![]), Err(HoursError::Empty));
        let (earlier, later) = (interval("08:30-12:00"), interval("11:59-18:00"));
        assert_eq!(
            WorkHours::new(vec![earlier, later]),
            Err(HoursError::Order { earlier, later })
        );
        let (earlier, later) = (interval("14:30-18:00"), interval("08:30-12:00"));
        assert_eq!(
            WorkHours::new(vec![earlier, later]),
            Err(HoursError::Order { earlier, later })
        );
        assert!(WorkHours::new(vec![interval("08:00-12:00"), interval("12:00-24:00")]).is_ok());
    }

    #[test]
    fn a_season_has_its_own_hours() {
        let json = r#"{"daily":["09:00-12:00","14:00-17:30"],"season":{"from":"05-01","to":"09-30","daily":["08:30-12:00","14:30-18:00"]}}"#;
        let hours: WorkHours = serde_json::from_str(json).expect("sound hours");
        assert_eq!(serde_json::to_string(&hours).expect("plain data"), json);
        for (day, close) in [
            (date(2025, 4, 30), "17:30"),
            (date(2025, 5, 1), "18:00"),
            (date(2025, 9, 30), "18:00"),
            (date(2025, 10, 1), "17:30"),
        ] {
            assert_eq!(hours.close_of_business(day).to_string(), close, "{day}");
        }
        let winter = Season {
            from: "11-15".parse().expect("a day"),
            to: "02-29".parse().expect("a day"),
            daily: vec![interval("09:00-16:00")],
        };
        let hours = hours.with_season(winter).expect("sound season");
        for (day, close) in [
            (date(2025, 11, 14), "17:30"),
            (date(2025, 11, 15), "16:00"),
            (date(2026, 2, 28), "16:00"),
            (date(2026, 3, 1), "17:30"),
        ] {
            assert_eq!(hours.close_of_business(day).to_string(), close, "{day}");
        }
    }

    #[test]
    fn unsound_hours_are_refused_when_read() {
        for json in [
            r#"{"daily":[]}"#,
            r#"{"daily":["14:00-18:00","08:00-12:00"]}"#,
            r#"{"daily":["08:00-12:00"],"season":{"from":"05-01","to":"09-30","daily":[]}}"#,
            r#"{"daily":["08:00-12:00"],"saeson":{}}"#,
        ] {
            assert!(serde_json::from_str::<WorkHours>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_cut_off_minute_itself_is_too_late() {
        let cut_off: CutOff = serde_json::from_str("\"17:00\"").expect("a time");
        assert!(cut_off.is_after(time(16, 59, 59, 999_999_999)));
        assert!(!cut_off.is_after(time(17, 0, 0, 0)));
        let whole_day = CutOff {
            time: "24:00".parse().expect("a time"),
        };
        assert!(whole_day.is_after(time(23, 59, 59, 999_999_999)));
    }
}
