//! Which civil dates are worked.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

use crate::text::Title;

/// The table of one year, as the holiday notice (国务院办公厅关于…节假日安排的通知) fixes it.
///
/// This is the format of the `holiday-cn` project, `{"year": 2025, "days": [{"name", "date", "isOffDay"}]}`; its other
/// fields are ignored. Only exceptions are listed: what is not named is worked from Monday to Friday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearTable {
    /// The year that the table makes known.
    pub year: i16,
    /// The dates on which the year departs from Monday to Friday. Dates of the neighbouring years are allowed.
    pub days: Vec<CalendarDay>,
}

/// One date of a [`YearTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarDay {
    /// The civil date.
    pub date: Date,
    /// `true` for a day off (放假), `false` for a make-up working day (调休上班).
    pub is_off_day: bool,
    /// The holiday this belongs to, such as 国庆节; a make-up day carries the name of the holiday that it makes up for.
    pub name: String,
}

/// No working calendar covers a date: nothing may be said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[error("no working calendar is loaded for {}, which is needed for {date}: import the holiday table of that year", .date.year())]
pub struct NoCalendar {
    /// The first date that was needed and is not covered.
    pub date: Date,
}

impl NoCalendar {
    /// The year whose table is missing.
    pub fn year(self) -> i16 {
        self.date.year()
    }
}

/// Why a list of year tables is not a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// The year is not one that dates can have.
    #[error("a holiday table names the year {year}: write a year between 1 and 9999")]
    Year {
        /// The year as written.
        year: i16,
    },
    /// A date lies outside the table's year and the two years beside it.
    #[error("the holiday table of {year} names {date}: it may only name dates of {year} and of the years beside it")]
    FarDate {
        /// The table.
        year: i16,
        /// The date.
        date: Date,
    },
    /// One table names a date twice, once as a day off and once as a working day.
    #[error("the holiday table of {year} names {date} both as a day off and as a working day: keep one of the two")]
    Contradiction {
        /// The table.
        year: i16,
        /// The date.
        date: Date,
    },
}

/// The working days of the years that were loaded; years may be missing before, between and after them.
///
/// Each year is a bitmap of its working days, so that counting some days forward costs a few machine words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkCalendar {
    /// Ascending by year.
    years: Vec<Year>,
    /// Names of days off and of make-up days, for explanations.
    names: BTreeMap<Date, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Year {
    first: Date,
    /// Bit `i % 64` of word `i / 64` is set if day `i` (0 = 1 January) is worked. Bits past the year's end are clear.
    worked: [u64; 6],
}

impl WorkCalendar {
    /// Builds the calendar from year tables, in any order.
    ///
    /// Only the years of the tables become known. A table may also name dates of the neighbouring years, because a
    /// notice does: that of 2019 made 2018-12-29 a working day and 2018-12-31 a day off. Such dates correct a year that
    /// is loaded by its own table and are otherwise ignored; they never make a year known. Where tables disagree about
    /// a date, the table of the later year wins, being the later notice; among tables of one year the later in the list.
    ///
    /// # Errors
    /// A year outside 1–9999, a date far from its table's year, a table that contradicts itself.
    pub fn from_tables(tables: &[YearTable]) -> Result<Self, CalendarError> {
        let mut tables: Vec<&YearTable> = tables.iter().collect();
        tables.sort_by_key(|table| table.year);
        let mut calendar = Self::default();
        for table in &tables {
            if calendar.years.last().is_none_or(|last| last.first.year() != table.year) {
                calendar.years.push(Year::monday_to_friday(table.year)?);
            }
        }
        for table in tables {
            let mut seen = BTreeMap::new();
            for CalendarDay { date, is_off_day, name } in &table.days {
                if (date.year() - table.year).abs() > 1 {
                    return Err(CalendarError::FarDate {
                        year: table.year,
                        date: *date,
                    });
                }
                if seen
                    .insert(*date, is_off_day)
                    .is_some_and(|before| before != is_off_day)
                {
                    return Err(CalendarError::Contradiction {
                        year: table.year,
                        date: *date,
                    });
                }
                if let Ok(position) = calendar.position(date.year()) {
                    calendar.years[position].set(*date, !is_off_day);
                    calendar.names.insert(*date, name.clone());
                }
            }
        }
        Ok(calendar)
    }

    /// The years that are known, ascending.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().map(|year| year.first.year())
    }

    /// Whether the date is worked: Monday to Friday, less the days off, plus the make-up days.
    ///
    /// # Errors
    /// [`NoCalendar`] if the date's year was not loaded.
    pub fn is_workday(&self, date: Date) -> Result<bool, NoCalendar> {
        Ok(self.year_of(date)?.is_worked(index(date)))
    }

    /// Whether the date is a make-up working day (调休上班), that is, a worked Saturday or Sunday.
    ///
    /// # Errors
    /// [`NoCalendar`] if the date's year was not loaded.
    pub fn is_make_up_day(&self, date: Date) -> Result<bool, NoCalendar> {
        Ok(self.is_workday(date)? && is_weekend(date.weekday()))
    }

    /// The name under which the tables list the date, such as 国庆节.
    pub fn name_of(&self, date: Date) -> Option<&str> {
        self.names.get(&date).map(String::as_str)
    }

    /// The dates of a year that tables name, in order: days off and make-up days. None of a year that was not loaded.
    pub fn exceptions_in(&self, year: i16) -> impl Iterator<Item = CalendarDay> + '_ {
        let named = self.names.iter().filter(move |(date, _)| date.year() == year);
        named.filter_map(|(date, name)| {
            Some(CalendarDay {
                date: *date,
                is_off_day: !self.is_workday(*date).ok()?,
                name: name.clone(),
            })
        })
    }

    /// How many days of the year are worked; `None` if the year was not loaded.
    pub fn workdays_in(&self, year: i16) -> Option<u32> {
        let year = &self.years[self.position(year).ok()?];
        Some(year.worked.iter().map(|word| word.count_ones()).sum())
    }

    /// The number of working days `d` with `after < d <= through`.
    ///
    /// # Errors
    /// [`NoCalendar`] with the first date of that range in a year that was not loaded.
    pub fn workdays_between(&self, after: Date, through: Date) -> Result<u32, NoCalendar> {
        let mut count = 0;
        let mut from = after;
        while from < through {
            from = tomorrow(from)?;
            let year = self.year_of(from)?;
            let last = through.min(from.last_of_year());
            count += year.count(index(from), index(last));
            from = last;
        }
        Ok(count)
    }

    /// The `n`-th working day after the date, which itself is not counted; `n = 0` gives the date.
    ///
    /// # Errors
    /// [`NoCalendar`] with the first date at which the count leaves the loaded years.
    pub fn nth_workday_after(&self, date: Date, n: u32) -> Result<Date, NoCalendar> {
        let mut date = date;
        let mut left = n;
        while left > 0 {
            let from = tomorrow(date)?;
            let year = self.year_of(from)?;
            match year.nth_from(index(from), left) {
                Ok(found) => return Ok(year.date(found)),
                Err(passed) => left -= passed,
            }
            date = from.last_of_year();
        }
        Ok(date)
    }

    /// The `n`-th working day before the date, which itself is not counted; `n = 0` gives the date.
    ///
    /// # Errors
    /// [`NoCalendar`] with the first date at which the count leaves the loaded years.
    pub fn nth_workday_before(&self, date: Date, n: u32) -> Result<Date, NoCalendar> {
        let mut date = date;
        let mut left = n;
        while left > 0 {
            let from = date.yesterday().map_err(|_| NoCalendar { date })?;
            let year = self.year_of(from)?;
            match year.nth_back_from(index(from), left) {
                Ok(found) => return Ok(year.date(found)),
                Err(passed) => left -= passed,
            }
            date = from.first_of_year();
        }
        Ok(date)
    }

    fn position(&self, year: i16) -> Result<usize, usize> {
        self.years.binary_search_by_key(&year, |known| known.first.year())
    }

    fn year_of(&self, date: Date) -> Result<&Year, NoCalendar> {
        let position = self.position(date.year()).map_err(|_| NoCalendar { date })?;
        Ok(&self.years[position])
    }
}

impl Year {
    fn monday_to_friday(year: i16) -> Result<Self, CalendarError> {
        let first = Date::new(year, 1, 1)
            .ok()
            .filter(|first| first.year() >= 1)
            .ok_or(CalendarError::Year { year })?;
        let mut result = Self { first, worked: [0; 6] };
        let mut weekday = first.weekday();
        for day in 0..first.days_in_year().unsigned_abs() as usize {
            result.worked[day / 64] |= u64::from(!is_weekend(weekday)) << (day % 64);
            weekday = weekday.next();
        }
        Ok(result)
    }

    fn set(&mut self, date: Date, worked: bool) {
        let day = index(date);
        let bit = 1 << (day % 64);
        if worked {
            self.worked[day / 64] |= bit;
        } else {
            self.worked[day / 64] &= !bit;
        }
    }

    fn is_worked(&self, day: usize) -> bool {
        self.worked[day / 64] >> (day % 64) & 1 == 1
    }

    fn date(&self, day: usize) -> Date {
        self.first
            .saturating_add(jiff::SignedDuration::from_hours(24 * day as i64))
    }

    /// Working days from `first` to `last`, both included.
    fn count(&self, first: usize, last: usize) -> u32 {
        let upto = |day: usize| -> u32 {
            let whole: u32 = self.worked[..day / 64].iter().map(|word| word.count_ones()).sum();
            whole + (self.worked.get(day / 64).unwrap_or(&0) & ((1 << (day % 64)) - 1)).count_ones()
        };
        upto(last + 1) - upto(first)
    }

    /// The `n`-th working day (from 1) at or after `day`; `Err` with how many there are if there are fewer.
    fn nth_from(&self, day: usize, n: u32) -> Result<usize, u32> {
        let mut passed = 0;
        let mut mask = u64::MAX << (day % 64);
        for word in day / 64..self.worked.len() {
            let mut bits = self.worked[word] & mask;
            mask = u64::MAX;
            if bits.count_ones() < n - passed {
                passed += bits.count_ones();
                continue;
            }
            for _ in 1..n - passed {
                bits &= bits - 1;
            }
            return Ok(word * 64 + bits.trailing_zeros() as usize);
        }
        Err(passed)
    }

    /// The `n`-th working day (from 1) at or before `day`, counting back; `Err` as in [`Self::nth_from`].
    fn nth_back_from(&self, day: usize, n: u32) -> Result<usize, u32> {
        let there_are = self.count(0, day);
        if there_are < n {
            return Err(there_are);
        }
        self.nth_from(0, there_are - n + 1)
    }
}

/// The next civil date; past the last date that exists there is no calendar either.
pub(super) fn tomorrow(date: Date) -> Result<Date, NoCalendar> {
    date.tomorrow().map_err(|_| NoCalendar { date })
}

/// Day of the year from 0.
fn index(date: Date) -> usize {
    usize::from(date.day_of_year().unsigned_abs()) - 1
}

fn is_weekend(weekday: Weekday) -> bool {
    matches!(weekday, Weekday::Saturday | Weekday::Sunday)
}

/// The name of a holiday in both languages (全国年节及纪念日放假办法); one that is none of the statutory holidays stays as the
/// table has it.
pub fn holiday_title(name: &str) -> Title {
    let one = |name: &str| {
        let known = match name {
            "元旦" => "New Year's Day",
            "春节" => "Spring Festival",
            "清明节" => "Qingming Festival",
            "劳动节" => "Labour Day",
            "端午节" => "Dragon Boat Festival",
            "中秋节" => "Mid-Autumn Festival",
            "国庆节" => "National Day",
            other => other,
        };
        known.to_owned()
    };
    let english: Vec<String> = name.split('、').map(one).collect();
    Title::new(name, english.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::samples::{official, tables};
    use jiff::civil::date;

    #[test]
    fn every_holiday_of_the_official_tables_has_a_name_in_english() {
        for day in (2018..=2026).flat_map(|year| official(2018..=2026).exceptions_in(year).collect::<Vec<_>>()) {
            let title = holiday_title(&day.name);
            assert_eq!(title.zh, day.name);
            assert!(title.en.is_ascii(), "{}", title.en);
        }
        assert_eq!(holiday_title("中秋节、国庆节").en, "Mid-Autumn Festival, National Day");
        assert_eq!(holiday_title("县庆").en, "县庆");
    }

    /// The counts are those of the Python package `chinesecalendar` 1.11.0 (PyPI), which transcribes the same notices
    /// independently of `holiday-cn`: the sum of `is_workday` over each year.
    #[test]
    fn workdays_of_each_year_are_the_official_ones() {
        let calendar = official(2018..=2026);
        let expected = [
            (2018, 250),
            (2019, 250),
            (2020, 249),
            (2021, 250),
            (2022, 249),
            (2023, 249),
            (2024, 251),
            (2025, 248),
            (2026, 248),
        ];
        for (year, workdays) in expected {
            assert_eq!(calendar.workdays_in(year), Some(workdays), "{year}");
        }
        assert_eq!(calendar.workdays_in(2017), None);
        assert_eq!(calendar.years().collect::<Vec<_>>(), (2018..=2026).collect::<Vec<_>>());
    }

    #[test]
    fn make_up_days_are_worked_and_holidays_are_not() {
        let calendar = official(2024..=2024);
        for (day, worked, make_up) in [
            (date(2024, 10, 12), true, true),
            (date(2024, 10, 7), false, false),
            (date(2024, 10, 8), true, false),
            (date(2024, 10, 13), false, false),
        ] {
            assert_eq!(calendar.is_workday(day), Ok(worked), "{day}");
            assert_eq!(calendar.is_make_up_day(day), Ok(make_up), "{day}");
        }
        assert_eq!(calendar.name_of(date(2024, 10, 7)), Some("国庆节"));
        assert_eq!(calendar.name_of(date(2024, 10, 13)), None);
    }

    #[test]
    fn a_year_that_is_not_loaded_is_never_guessed() {
        let mut some = tables(2024..=2024);
        some.extend(tables(2026..=2026));
        let calendar = WorkCalendar::from_tables(&some).expect("official tables agree");
        let missing = date(2025, 3, 3);
        assert_eq!(calendar.is_workday(missing), Err(NoCalendar { date: missing }));
        assert_eq!(
            calendar
                .workdays_between(date(2024, 12, 30), missing)
                .map_err(NoCalendar::year),
            Err(2025)
        );
        assert_eq!(
            calendar.nth_workday_after(date(2024, 12, 30), 1),
            Ok(date(2024, 12, 31))
        );
        assert_eq!(
            calendar.nth_workday_after(date(2024, 12, 30), 2),
            Err(NoCalendar { date: date(2025, 1, 1) })
        );
        assert_eq!(
            calendar.nth_workday_before(date(2026, 1, 4), 1),
            Err(NoCalendar {
                date: date(2025, 12, 31)
            })
        );
        assert!(NoCalendar { date: missing }.to_string().contains("2025"));
    }

    /// 2018-12-29 (Saturday) is worked and 2018-12-31 (Monday) is off by the notice for 2019.
    #[test]
    fn a_table_corrects_the_neighbouring_year_but_does_not_load_it() {
        let both = official(2018..=2019);
        assert_eq!(both.is_workday(date(2018, 12, 29)), Ok(true));
        assert_eq!(both.is_workday(date(2018, 12, 31)), Ok(false));
        let mut reversed = tables(2018..=2019);
        reversed.reverse();
        assert_eq!(
            WorkCalendar::from_tables(&reversed),
            Ok(both),
            "the order of the list does not matter"
        );
        let later_alone = official(2019..=2019);
        assert!(later_alone.is_workday(date(2018, 12, 29)).is_err());
    }

    #[test]
    fn of_two_tables_of_one_year_the_later_in_the_list_wins() {
        let day = |is_off_day| CalendarDay {
            date: date(2025, 3, 4),
            is_off_day,
            name: "庙会".into(),
        };
        let table = |is_off_day| YearTable {
            year: 2025,
            days: vec![day(is_off_day)],
        };
        let calendar = WorkCalendar::from_tables(&[table(false), table(true)]).expect("no contradiction inside one");
        assert_eq!(calendar.is_workday(date(2025, 3, 4)), Ok(false));
        let both = YearTable {
            year: 2025,
            days: vec![day(true), day(false)],
        };
        let contradiction = CalendarError::Contradiction {
            year: 2025,
            date: date(2025, 3, 4),
        };
        assert_eq!(WorkCalendar::from_tables(&[both]), Err(contradiction));
        let far = YearTable {
            year: 2027,
            days: vec![day(true)],
        };
        assert_eq!(
            WorkCalendar::from_tables(&[far]),
            Err(CalendarError::FarDate {
                year: 2027,
                date: date(2025, 3, 4)
            })
        );
        for year in [0, -1, 10_000, i16::MIN, i16::MAX] {
            let table = YearTable { year, days: vec![] };
            assert_eq!(WorkCalendar::from_tables(&[table]), Err(CalendarError::Year { year }));
        }
    }

    #[test]
    fn counting_agrees_with_looking_at_each_day() {
        let calendar = official(2018..=2026);
        let start = date(2023, 12, 3);
        let mut day = start;
        let mut count = 0;
        while day < date(2026, 12, 31) {
            day = tomorrow(day).expect("2026 is not the last year");
            let worked = calendar.is_workday(day).expect("loaded");
            count += u32::from(worked);
            assert_eq!(calendar.workdays_between(start, day), Ok(count), "{day}");
            if worked {
                assert_eq!(calendar.nth_workday_after(start, count), Ok(day));
            }
        }
        assert_eq!(
            calendar.workdays_between(day, start),
            Ok(0),
            "an empty range needs no calendar"
        );
    }

    #[test]
    fn counting_back_undoes_counting_forward() {
        let calendar = official(2018..=2026);
        let start = date(2024, 2, 18); // a make-up Sunday
        for n in 1..500 {
            let there = calendar.nth_workday_after(start, n).expect("loaded");
            assert_eq!(calendar.nth_workday_before(there, n), Ok(start), "{n}");
        }
    }
}
