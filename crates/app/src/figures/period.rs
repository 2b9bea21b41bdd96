//! Periods of figures: whole months, and days where single cases are looked at.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use quanyu_domain::refusal::Refusal;

/// Most months of a period.
const MAX_MONTHS: usize = 60;

/// Months in a row: a year (`2024`), a month (`2024-03`), or from one to another (`2024-01..2024-06`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day of the first month.
    first: Date,
    /// The first day of the last month.
    last: Date,
}

impl Period {
    /// The month of a day.
    pub fn month_of(day: Date) -> Self {
        let first = day.first_of_month();
        Self { first, last: first }
    }

    /// The months, `2024-03`, in order.
    pub fn months(&self) -> Vec<String> {
        self.starts().into_iter().map(month).collect()
    }

    /// Each month as a period.
    pub fn parts(&self) -> Vec<Self> {
        self.starts().into_iter().map(Self::month_of).collect()
    }

    /// Whether it is a single month.
    pub fn is_month(&self) -> bool {
        self.first == self.last
    }

    /// Whether a day lies in it.
    pub fn contains(&self, day: Date) -> bool {
        (self.first..=self.last.last_of_month()).contains(&day)
    }

    /// The instants at which it begins and at which the next one begins.
    pub fn bounds(&self, offset: Offset) -> (Timestamp, Timestamp) {
        let instant = |day: Date| offset.to_timestamp(day.at(0, 0, 0, 0));
        let next = self.last.last_of_month().tomorrow();
        // Four digits of a year lie well within what an instant can be.
        (
            instant(self.first).unwrap_or(Timestamp::MIN),
            next.and_then(instant).unwrap_or(Timestamp::MAX),
        )
    }

    fn starts(&self) -> Vec<Date> {
        let next = |day: &Date| day.last_of_month().tomorrow().ok().filter(|next| *next <= self.last);
        std::iter::successors(Some(self.first), next).collect()
    }
}

fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same_year = self.first.year() == self.last.year();
        match (self.first.month(), self.last.month()) {
            _ if self.is_month() => f.write_str(&month(self.first)),
            (1, 12) if same_year => write!(f, "{:04}", self.first.year()),
            _ => write!(f, "{}..{}", month(self.first), month(self.last)),
        }
    }
}

impl FromStr for Period {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let parse = || {
            let (from, to) = text.split_once("..").unwrap_or((text, text));
            let (first, _) = span(from)?;
            let (_, last) = span(to)?;
            let period = Self { first, last };
            let months = (i32::from(last.year()) - i32::from(first.year())) * 12
                + (i32::from(last.month()) - i32::from(first.month()))
                + 1;
            let fits = usize::try_from(months).is_ok_and(|months| (1..=MAX_MONTHS).contains(&months));
            fits.then_some(period)
        };
        parse().ok_or_else(|| {
            Refusal::invalid(
                "bad_period",
                "period",
                format!("统计期写作 2024、2024-03 或 2024-01..2024-06，起止有序，至多 {MAX_MONTHS} 个月"),
                format!(
                    "a period is written 2024, 2024-03 or 2024-01..2024-06, in order, with at most {MAX_MONTHS} months"
                ),
            )
        })
    }
}

/// The first and the last month of a year or month.
fn span(text: &str) -> Option<(Date, Date)> {
    let number = |text: &str, digits: usize| {
        let sound = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|_| sound)
    };
    match text.split_once('-') {
        None => {
            let year = number(text, 4)?;
            Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 1).ok()?))
        }
        Some((year, month)) => {
            let day = Date::new(number(year, 4)?, i8::try_from(number(month, 2)?).ok()?, 1).ok()?;
            Some((day, day))
        }
    }
}

/// Most days in a row that are named one by one.
const MAX_DAYS: i32 = 400;

/// Local days in a row, both included: a day (`2024-03-15`), from one to another (`2024-03-11..2024-03-17`), or those of a
/// [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Days {
    /// Whether a day is one of them.
    pub fn contains(self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// The instant at which the first begins.
    pub fn begins(self, offset: Offset) -> Timestamp {
        let begins = offset.to_timestamp(self.from.at(0, 0, 0, 0));
        begins.unwrap_or(Timestamp::MIN)
    }
}

impl From<Period> for Days {
    fn from(period: Period) -> Self {
        Self {
            from: period.first,
            to: period.last.last_of_month(),
        }
    }
}

impl FromStr for Days {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        // What is written with eight digits is a day; everything else is a period, or a mistake that it names.
        if from.len() != "2024-03-15".len() {
            return Ok(text.parse::<Period>()?.into());
        }
        let days = from
            .parse()
            .ok()
            .zip(to.parse().ok())
            .map(|(from, to)| Self { from, to });
        let fits = |days: &Self| (0..MAX_DAYS).contains(&days.to.since(days.from).map_or(-1, |span| span.get_days()));
        days.filter(fits).ok_or_else(|| {
            Refusal::invalid(
                "bad_period",
                "period",
                format!("日期写作 2024-03-15 或 2024-03-11..2024-03-17，起止有序，至多 {MAX_DAYS} 天"),
                format!("days are written 2024-03-15 or 2024-03-11..2024-03-17, in order, at most {MAX_DAYS} of them"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_as_they_are_written() {
        for text in ["2024", "2024-03", "2024-01..2024-06", "2023-11..2024-02"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        let months = |text: &str| text.parse::<Period>().unwrap().months();
        assert_eq!(months("2024").len(), 12);
        assert_eq!(months("2023-11..2024-02"), ["2023-11", "2023-12", "2024-01", "2024-02"]);
        assert_eq!(months("2024-01..2024-12"), months("2024"));
        assert_eq!(months("2023..2024").len(), 24);
        for text in [
            "",
            "24",
            "2024-3",
            "2024-13",
            "2024-06..2024-01",
            "2000..2024",
            "2024-03-01",
            "+024",
            "2024..",
            "a..b",
        ] {
            assert_eq!(text.parse::<Period>().unwrap_err().code, "bad_period", "{text}");
        }
    }

    #[test]
    fn days_read_as_they_are_written() {
        let days = |text: &str| {
            text.parse::<Days>()
                .map(|days| (days.from.to_string(), days.to.to_string()))
        };
        let between = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(days("2024-03-15"), between("2024-03-15", "2024-03-15"));
        assert_eq!(days("2024-02-26..2024-03-03"), between("2024-02-26", "2024-03-03"));
        assert_eq!(days("2024-02"), between("2024-02-01", "2024-02-29"));
        assert_eq!(days("2023..2024"), between("2023-01-01", "2024-12-31"));
        for text in [
            "2024-02-30",
            "2024-03-15..2024-03-14",
            "2024-03-15..x",
            "2022-03-15..2024-03-15",
            "2024-3-15",
        ] {
            assert_eq!(days(text).unwrap_err().code, "bad_period", "{text}");
        }
    }

    #[test]
    fn a_month_begins_at_local_midnight() {
        let march: Period = "2024-03".parse().unwrap();
        let (from, until) = march.bounds(Offset::constant(8));
        assert_eq!(from.to_string(), "2024-02-29T16:00:00Z");
        assert_eq!(until.to_string(), "2024-03-31T16:00:00Z");
        assert!(march.contains("2024-03-31".parse().unwrap()) && !march.contains("2024-04-01".parse().unwrap()));
    }
}
