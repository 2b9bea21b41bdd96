//! Reckoning with working time: every due instant of the product comes from here.

use super::calendar::tomorrow;
use super::hours::nanos_of_day;
use super::{CutOff, LimitDuration, LimitUnit, NoCalendar, Remaining, WorkCalendar, WorkHours};
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, tz::Offset};

/// The working time of a place: its calendar, its hours and its distance from UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkTime {
    /// Which days are worked.
    pub calendar: WorkCalendar,
    /// When, on such a day.
    pub hours: WorkHours,
    /// The place's fixed offset from UTC (+08:00).
    pub offset: Offset,
}

/// An interval of working time on one date, in nanoseconds since its midnight.
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl WorkTime {
    /// The local civil time of an instant.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.offset.to_datetime(at)
    }

    /// The local civil date of an instant.
    pub fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// The local civil date of an instant that ends something: midnight belongs to the day before (24:00).
    pub fn closing_date(&self, at: Timestamp) -> Date {
        self.date(earlier(at, 1))
    }

    /// When work ends (下班) on a date, if it is worked.
    pub fn close_of_business(&self, date: Date) -> Timestamp {
        self.instant(date, self.hours.close_of_business(date).nanos())
    }

    /// The end of a calendar day, 24:00 local.
    pub fn end_of_day(&self, date: Date) -> Timestamp {
        self.instant(date, DAY)
    }

    /// Whether a request made now is made before that day's cut-off hour.
    pub fn is_before_cut_off(&self, now: Timestamp, cut_off: CutOff) -> bool {
        cut_off.is_after(self.local(now).time())
    }

    /// The instant a limit runs out if this is left of it at `at`.
    ///
    /// * Elapsed time: `at` plus that time. Working time: the first instant by which that much of it has passed since
    ///   `at`. Nothing left: `at` itself.
    /// * `n` working days: the close of business of the n-th working day after the date of `at`; 0: the next close of
    ///   business at or after `at`.
    /// * `n` calendar days: the end of the n-th day after the date of `at`; 0: the next end of a day at or after `at`.
    ///
    /// # Errors
    /// [`NoCalendar`] with the first date needed whose year is not loaded. Elapsed time and calendar days need none;
    /// working days need the days after that of `at`; working time needs that day too.
    pub fn due(&self, at: Timestamp, left: Remaining) -> Result<Timestamp, NoCalendar> {
        match left {
            Remaining::Elapsed(time) => Ok(at.checked_add(time).unwrap_or(Timestamp::MAX)),
            Remaining::Working(time) => self.after_working(at, time),
            Remaining::Workdays(0) => self.next_close_of_business(at),
            Remaining::Workdays(days) => self.workday_after(self.date(at), days),
            Remaining::Days(0) => Ok(self.end_of_day(self.closing_date(at))),
            Remaining::Days(days) => Ok(self.day_after(self.date(at), days)),
        }
    }

    /// What is left at `at` of a limit that runs out at `due`, counted as `unit` counts; none if it has run out.
    ///
    /// Working and calendar days: the days `d` with date of `at` < `d` <= date of `due`, so that 0 is left on the last
    /// day itself.
    ///
    /// # Errors
    /// [`NoCalendar`] as for [`Self::due`].
    pub fn remaining(&self, at: Timestamp, due: Timestamp, unit: LimitUnit) -> Result<Remaining, NoCalendar> {
        if due < at {
            return Ok(Remaining::none(unit));
        }
        let (today, last) = (self.date(at), self.closing_date(due));
        Ok(match unit {
            LimitUnit::UrgentMinutes | LimitUnit::UrgentHours => Remaining::Elapsed(due.duration_since(at)),
            LimitUnit::WorkMinutes | LimitUnit::WorkHours => Remaining::Working(self.working_time(at, due)?),
            LimitUnit::Workdays => Remaining::Workdays(self.calendar.workdays_between(today, last)?),
            LimitUnit::Days => {
                let days = last.duration_since(today).as_hours() / 24;
                // On the stroke of 24:00 the date is already the next one.
                Remaining::Days(u32::try_from(days).unwrap_or(0))
            }
        })
    }

    /// The instant a given time after a due instant: what an extension (延期) makes of it, and where a rung of an
    /// escalation ladder stands.
    ///
    /// Hours and minutes count on from the instant; days from its [closing date](Self::closing_date).
    ///
    /// # Errors
    /// [`NoCalendar`] as for [`Self::due`].
    pub fn after(&self, due: Timestamp, time: LimitDuration) -> Result<Timestamp, NoCalendar> {
        match time.whole() {
            Remaining::Workdays(days) => self.workday_after(self.closing_date(due), days),
            Remaining::Days(days) => Ok(self.day_after(self.closing_date(due), days)),
            left => self.due(due, left),
        }
    }

    /// The instant a given time before a due instant.
    ///
    /// Hours and minutes count back from it: the last instant with that much elapsed or working time left. Days: the
    /// close of business of the n-th working day, or the end of the n-th calendar day, before its
    /// [closing date](Self::closing_date).
    ///
    /// # Errors
    /// [`NoCalendar`] with the first date needed, going back, whose year is not loaded.
    pub fn before(&self, due: Timestamp, time: LimitDuration) -> Result<Timestamp, NoCalendar> {
        let last = self.closing_date(due);
        match time.whole() {
            Remaining::Elapsed(time) => Ok(due.checked_sub(time).unwrap_or(Timestamp::MIN)),
            Remaining::Working(time) => self.before_working(due, time),
            Remaining::Workdays(days) => Ok(self.close_of_business(self.calendar.nth_workday_before(last, days)?)),
            Remaining::Days(days) => Ok(self.end_of_day(last.saturating_sub(whole_days(days)))),
        }
    }

    /// How much working time lies between two instants; none if they are in the wrong order.
    ///
    /// # Errors
    /// [`NoCalendar`] with the first date between them whose year is not loaded.
    pub fn working_time(&self, from: Timestamp, to: Timestamp) -> Result<SignedDuration, NoCalendar> {
        let mut total = SignedDuration::ZERO;
        let mut at = from;
        while at < to {
            let (date, until) = (self.date(at), to.min(self.end_of_day(self.date(at))));
            let on_date: i64 = self
                .stretches(date, at, until)?
                .map(|stretch| stretch.to - stretch.from)
                .sum();
            total += SignedDuration::from_nanos(on_date);
            at = until;
        }
        Ok(total)
    }

    /// The working time of a date between two instants, as stretches in order; none on a day off.
    pub(super) fn stretches(
        &self,
        date: Date,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<impl DoubleEndedIterator<Item = Stretch> + '_, NoCalendar> {
        let worked = self.calendar.is_workday(date)?;
        let intervals = if worked { self.hours.on(date) } else { &[] };
        let (from, to) = (
            self.nanos_since_midnight(date, from),
            self.nanos_since_midnight(date, to),
        );
        Ok(intervals.iter().filter_map(move |interval| {
            let stretch = Stretch {
                from: interval.from().nanos().max(from),
                to: interval.to().nanos().min(to),
            };
            (stretch.from < stretch.to).then_some(stretch)
        }))
    }

    /// An instant from a date and nanoseconds since its midnight.
    pub(super) fn instant(&self, date: Date, nanos: i64) -> Timestamp {
        self.offset
            .to_timestamp(date.to_datetime(Time::midnight()))
            .and_then(|midnight| midnight.checked_add(SignedDuration::from_nanos(nanos)))
            .unwrap_or(if date.year() < 0 {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
    }

    fn nanos_since_midnight(&self, date: Date, at: Timestamp) -> i64 {
        let local = self.local(at);
        let days = local.date().duration_since(date).as_hours() / 24;
        // More than a day away is clamped: a stretch only asks what lies within the date.
        days.clamp(-1, 1) * DAY + nanos_of_day(local.time())
    }

    fn workday_after(&self, date: Date, days: u32) -> Result<Timestamp, NoCalendar> {
        Ok(self.close_of_business(self.calendar.nth_workday_after(date, days)?))
    }

    fn day_after(&self, date: Date, days: u32) -> Timestamp {
        self.end_of_day(date.saturating_add(whole_days(days)))
    }

    fn next_close_of_business(&self, at: Timestamp) -> Result<Timestamp, NoCalendar> {
        let mut date = self.closing_date(at);
        loop {
            let close = self.close_of_business(date);
            if close >= at && self.calendar.is_workday(date)? {
                return Ok(close);
            }
            date = tomorrow(date)?;
        }
    }

    fn after_working(&self, at: Timestamp, time: SignedDuration) -> Result<Timestamp, NoCalendar> {
        let mut left = nanos(time);
        if left == 0 {
            return Ok(at);
        }
        let mut date = self.date(at);
        loop {
            for stretch in self.stretches(date, at, Timestamp::MAX)? {
                let length = stretch.to - stretch.from;
                if left <= length {
                    return Ok(self.instant(date, stretch.from + left));
                }
                left -= length;
            }
            date = tomorrow(date)?;
        }
    }

    fn before_working(&self, due: Timestamp, time: SignedDuration) -> Result<Timestamp, NoCalendar> {
        let mut left = nanos(time);
        let mut date = self.closing_date(due);
        loop {
            for stretch in self.stretches(date, Timestamp::MIN, due)?.rev() {
                let length = stretch.to - stretch.from;
                if left <= length {
                    return Ok(self.instant(date, stretch.to - left));
                }
                left -= length;
            }
            date = date.yesterday().map_err(|_| NoCalendar { date })?;
        }
    }
}

/// One day in nanoseconds: a fixed offset has no longer or shorter days.
const DAY: i64 = 86_400_000_000_000;

fn whole_days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

/// Working time in nanoseconds; what a caller gives beyond 292 years of it leaves every calendar anyway.
fn nanos(time: SignedDuration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

fn earlier(at: Timestamp, nanos: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_nanos(nanos)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::samples::{at, interval, official, work_time};
    use jiff::civil::date;

    fn limit(text: &str) -> LimitDuration {
        text.parse().expect("a limit")
    }

    fn due(start: &str, text: &str) -> Result<Timestamp, NoCalendar> {
        work_time().due(at(start), limit(text).whole())
    }

    /// Round National Day 2024: 09-29 (Sunday) worked, 10-01 to 10-07 off, 10-12 (Saturday) worked.
    #[test]
    fn limits_fall_due_as_their_units_say() {
        for (start, text, expected) in [
            // Day and night, with seconds.
            ("2024-09-30T23:30:15", "2 urgent_hours", "2024-10-01T01:30:15"),
            ("2024-09-30T23:30", "45 urgent_minutes", "2024-10-01T00:15"),
            // Within working hours only; a limit that ends with the interval ends there.
            ("2024-09-30T16:00", "4 work_hours", "2024-10-08T10:30"),
            ("2024-09-30T16:00", "2 work_hours", "2024-09-30T18:00"),
            (
                "2024-09-30T16:00:00.000001",
                "2 work_hours",
                "2024-10-08T08:30:00.000001",
            ),
            ("2024-09-30T11:00", "90 work_minutes", "2024-09-30T15:00"),
            ("2024-09-30T12:30", "1 work_hour", "2024-09-30T15:30"),
            ("2024-10-03T03:00", "7 work_hours", "2024-10-08T18:00"),
            ("2024-10-11T17:59", "2 work_minutes", "2024-10-12T08:31"),
            // The day of the start is not counted, whatever its hour and whether or not it is worked.
            ("2024-09-30T00:00", "1 workday", "2024-10-08T18:00"),
            ("2024-09-30T14:05", "1 workday", "2024-10-08T18:00"),
            ("2024-09-30T23:59:59", "1 workday", "2024-10-08T18:00"),
            ("2024-10-05T09:00", "1 workday", "2024-10-08T18:00"),
            ("2024-09-30T14:05", "5 workdays", "2024-10-12T18:00"),
            ("2024-09-30T14:05", "6 workdays", "2024-10-14T18:00"),
            ("2024-09-28T14:05", "1 workday", "2024-09-29T18:00"),
            // Calendar days end at 24:00.
            ("2024-09-30T14:05", "1 day", "2024-10-02T00:00"),
            ("2024-09-30T00:00", "30 days", "2024-10-31T00:00"),
        ] {
            assert_eq!(due(start, text), Ok(at(expected)), "{text} from {start}");
        }
    }

    #[test]
    fn outside_the_loaded_years_nothing_is_guessed() {
        for (start, text, missing) in [
            ("2026-12-31T09:00", "1 workday", 2027),
            ("2026-12-25T09:00", "300 workdays", 2027),
            ("2026-12-31T16:30", "2 work_hours", 2027),
            ("2023-12-29T09:00", "1 workday", 2023),
            ("2023-12-31T23:00", "1 work_hour", 2023),
        ] {
            assert_eq!(
                due(start, text).map_err(NoCalendar::year),
                Err(missing),
                "{text} from {start}"
            );
        }
        // Only the days that are counted must be known, and these units need no calendar at all.
        assert_eq!(due("2023-12-31T09:00", "1 workday"), Ok(at("2024-01-02T18:00")));
        assert_eq!(due("2026-12-31T16:30", "1 work_hour"), Ok(at("2026-12-31T17:30")));
        assert_eq!(due("2031-12-31T16:30", "1 urgent_hour"), Ok(at("2031-12-31T17:30")));
        assert_eq!(due("2031-12-31T16:30", "1 day"), Ok(at("2032-01-02T00:00")));
    }

    #[test]
    fn ladders_reckon_from_the_due_instant() {
        let work_time = work_time();
        for (due, text, before, after) in [
            (
                "2024-10-08T09:00",
                "30 work_minutes",
                "2024-10-08T08:30",
                "2024-10-08T09:30",
            ),
            (
                "2024-10-08T09:00",
                "2 work_hours",
                "2024-09-30T16:30",
                "2024-10-08T11:00",
            ),
            (
                "2024-10-08T18:00",
                "7 work_hours",
                "2024-10-08T08:30",
                "2024-10-09T18:00",
            ),
            (
                "2024-10-08T18:00",
                "8 work_hours",
                "2024-09-30T17:00",
                "2024-10-10T09:30",
            ),
            (
                "2024-10-08T09:00",
                "10 urgent_hours",
                "2024-10-07T23:00",
                "2024-10-08T19:00",
            ),
            ("2024-10-08T18:00", "1 workday", "2024-09-30T18:00", "2024-10-09T18:00"),
            ("2024-10-14T18:00", "1 workday", "2024-10-12T18:00", "2024-10-15T18:00"),
            // 24:00 of 10-10.
            ("2024-10-11T00:00", "1 workday", "2024-10-09T18:00", "2024-10-11T18:00"),
            ("2024-10-11T00:00", "2 days", "2024-10-09T00:00", "2024-10-13T00:00"),
        ] {
            assert_eq!(
                work_time.before(at(due), limit(text)),
                Ok(at(before)),
                "{text} before {due}"
            );
            assert_eq!(
                work_time.after(at(due), limit(text)),
                Ok(at(after)),
                "{text} after {due}"
            );
        }
        let first = at("2024-01-02T18:00");
        assert_eq!(
            work_time.before(first, limit("1 workday")).map_err(NoCalendar::year),
            Err(2023)
        );
        assert_eq!(
            work_time.before(first, limit("8 work_hours")).map_err(NoCalendar::year),
            Err(2023)
        );
        assert_eq!(
            work_time.before(first, limit("7 work_hours")),
            Ok(at("2024-01-02T08:30"))
        );
    }

    #[test]
    fn nothing_left_means_the_next_close() {
        let work_time = work_time();
        for (start, left, expected) in [
            ("2024-09-30T17:00", Remaining::Workdays(0), "2024-09-30T18:00"),
            ("2024-09-30T18:00", Remaining::Workdays(0), "2024-09-30T18:00"),
            ("2024-09-30T18:01", Remaining::Workdays(0), "2024-10-08T18:00"),
            ("2024-10-03T00:00", Remaining::Workdays(0), "2024-10-08T18:00"),
            ("2024-10-03T00:00", Remaining::Days(0), "2024-10-03T00:00"),
            ("2024-10-03T00:01", Remaining::Days(0), "2024-10-04T00:00"),
            (
                "2024-10-03T00:01",
                Remaining::Working(SignedDuration::ZERO),
                "2024-10-03T00:01",
            ),
        ] {
            assert_eq!(
                work_time.due(at(start), left),
                Ok(at(expected)),
                "{left:?} from {start}"
            );
        }
    }

    #[test]
    fn a_night_shift_may_close_at_midnight() {
        let hours = WorkHours::new(vec![interval("00:00-02:00"), interval("18:00-24:00")]).expect("sound");
        let work_time = WorkTime { hours, ..work_time() };
        let whole = |text: &str| limit(text).whole();
        let midnight = at("2024-10-10T00:00"); // 24:00 of 10-09
        assert_eq!(work_time.due(at("2024-10-08T12:00"), whole("1 workday")), Ok(midnight));
        assert_eq!(work_time.due(midnight, Remaining::Workdays(0)), Ok(midnight));
        assert_eq!(
            work_time.due(at("2024-10-08T20:00"), whole("4 work_hours")),
            Ok(at("2024-10-09T00:00"))
        );
        assert_eq!(
            work_time.due(at("2024-10-08T20:00"), whole("7 work_hours")),
            Ok(at("2024-10-09T19:00"))
        );
        assert_eq!(
            work_time.before(midnight, limit("7 work_hours")),
            Ok(at("2024-10-09T01:00"))
        );
        assert_eq!(
            work_time.working_time(at("2024-10-08T20:00"), midnight),
            Ok(SignedDuration::from_hours(12))
        );
    }

    #[test]
    fn the_cut_off_is_a_local_hour() {
        let cut_off = CutOff {
            time: "17:00".parse().expect("a time"),
        };
        assert!(work_time().is_before_cut_off(at("2024-10-03T16:59:59"), cut_off));
        assert!(!work_time().is_before_cut_off(at("2024-10-03T17:00"), cut_off));
    }

    #[test]
    fn limits_past_the_end_of_time_stay_at_its_end() {
        let work_time = WorkTime {
            calendar: official(2026..=2026),
            ..work_time()
        };
        let late = at("9999-12-30T09:00");
        assert_eq!(
            work_time.due(late, limit("100000 urgent_hours").whole()),
            Ok(Timestamp::MAX)
        );
        assert_eq!(work_time.due(late, Remaining::Days(u32::MAX)), Ok(Timestamp::MAX));
        assert_eq!(
            work_time
                .due(late, limit("1 workday").whole())
                .map_err(NoCalendar::year),
            Err(9999)
        );
        let endless = Remaining::Working(SignedDuration::MAX);
        assert_eq!(
            work_time.due(at("2026-05-06T09:00"), endless).map_err(NoCalendar::year),
            Err(2027)
        );
        assert_eq!(work_time.before(Timestamp::MIN, limit("9 days")), Ok(Timestamp::MIN));
        assert_eq!(work_time.close_of_business(date(9999, 12, 31)), Timestamp::MAX);
    }
}
