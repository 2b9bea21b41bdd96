//! Telling how a due instant comes about.

use super::calendar::tomorrow;
use super::{Change, Clock, Due, NoCalendar, Remaining, Step, WorkTime};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Tells step by step how the clock's due instant comes about: what is counted on which days, what is passed over and
/// why, pauses and extensions.
///
/// The steps come from the clock and the working time alone. The last one is [`Step::Due`] with the due instant,
/// [`Step::Paused`] with what is left, or [`Step::NoCalendar`]. For a clock whose due instant was reckoned with another
/// calendar, the steps lead to what [`Clock::recomputed`] gives. That a clock was stopped does not concern its limit and
/// is not told.
///
/// Of each way of counting, what the steps count and what the last pause leaves add up to the limit and its extensions.
/// One thing comes on top: with 0 working days left a clock runs until the next close of business, and if that lies on
/// another day, a pause before that day leaves 1 working day again.
pub fn explain(clock: &Clock, work_time: &WorkTime) -> Vec<Step> {
    let mut teller = Teller::new(work_time);
    let mut running = clock.at_start(work_time);
    let left = clock.left_at_start();
    let started = Step::Started {
        at: work_time.local(clock.started()),
        limit: clock.duration(),
        left: (left != clock.duration().whole()).then_some(left),
    };
    teller.legs.push(Leg {
        introduced_by: started,
        from: clock.started(),
        after: work_time.date(clock.started()),
        left,
    });
    for change in clock.changes() {
        let before = running.due();
        running.record(*change, work_time);
        match (*change, before, running.due()) {
            (_, Due::NoCalendar(_), _) => {}
            (Change::Paused(at), _, Due::Paused(left)) => {
                teller.tell_until(at);
                teller.steps.push(Step::Paused {
                    at: work_time.local(at),
                    left,
                });
            }
            (Change::Paused(at), Due::At(due), _) => {
                teller.tell_until(Timestamp::MAX);
                teller.steps.push(Step::PausedOverdue {
                    at: work_time.local(at),
                    due: work_time.local(due),
                });
            }
            (Change::Resumed(at), Due::Paused(left), _) => {
                let introduced_by = Step::Resumed {
                    at: work_time.local(at),
                    left: Some(left),
                };
                teller.legs.push(Leg {
                    introduced_by,
                    from: at,
                    after: work_time.date(at),
                    left,
                });
            }
            (Change::Resumed(at), ..) => {
                teller.steps.push(Step::Resumed {
                    at: work_time.local(at),
                    left: None,
                });
            }
            (Change::Extended { at, by }, Due::At(due), _) => {
                let introduced_by = Step::Extended {
                    at: work_time.local(at),
                    by,
                    from: work_time.local(due),
                };
                teller.legs.push(Leg {
                    introduced_by,
                    from: due,
                    after: work_time.closing_date(due),
                    left: by.whole(),
                });
            }
            (Change::Paused(_) | Change::Extended { .. }, Due::Paused(_), _) => {
                unreachable!("a paused clock is resumed before anything else")
            }
        }
    }
    match running.due() {
        Due::Paused(_) => {}
        Due::At(at) => {
            teller.tell_until(Timestamp::MAX);
            teller.steps.push(Step::Due {
                at: work_time.local(at),
            });
        }
        Due::NoCalendar(year) => {
            teller.tell_until(Timestamp::MAX);
            teller.steps.push(Step::NoCalendar { year });
        }
    }
    teller.steps
}

/// A stretch of the count that goes on without interruption: from the start, a resumption, or an extended due instant.
struct Leg {
    introduced_by: Step,
    /// Where time is counted from.
    from: Timestamp,
    /// The day after which days are counted.
    after: Date,
    left: Remaining,
}

struct Teller<'a> {
    work_time: &'a WorkTime,
    steps: Vec<Step>,
    /// Not told yet, because a pause may cut them short.
    legs: Vec<Leg>,
    workdays: u32,
    days: u32,
    working: SignedDuration,
    elapsed: SignedDuration,
}

impl<'a> Teller<'a> {
    fn new(work_time: &'a WorkTime) -> Self {
        let (steps, legs) = (Vec::new(), Vec::new());
        let (working, elapsed) = (SignedDuration::ZERO, SignedDuration::ZERO);
        Self {
            work_time,
            steps,
            legs,
            workdays: 0,
            days: 0,
            working,
            elapsed,
        }
    }

    fn tell_until(&mut self, until: Timestamp) {
        for leg in std::mem::take(&mut self.legs) {
            self.steps.push(leg.introduced_by);
            let until_date = self.work_time.date(until);
            let told = match leg.left {
                Remaining::Elapsed(time) => {
                    self.tell_elapsed(leg.from, time, until);
                    Ok(())
                }
                Remaining::Working(time) => self.tell_working(leg.from, time, until),
                Remaining::Workdays(0) => self.tell_until_close(leg.from, until_date),
                Remaining::Workdays(days) => self.tell_workdays(leg.after, days, until_date),
                Remaining::Days(days) => {
                    self.tell_days(leg.after, days, until_date);
                    Ok(())
                }
            };
            if told.is_err() {
                // Here the calendar ends, and with it what can be told; the step that says so comes last.
                self.legs.clear();
                return;
            }
        }
    }

    fn tell_elapsed(&mut self, from: Timestamp, time: SignedDuration, until: Timestamp) {
        let to = from.checked_add(time).unwrap_or(Timestamp::MAX).min(until);
        if from < to {
            let time = to.duration_since(from);
            self.elapsed += time;
            let (from, to) = (self.work_time.local(from), self.work_time.local(to));
            self.steps.push(Step::Elapsed {
                from,
                to,
                time,
                total: self.elapsed,
            });
        }
    }

    fn tell_working(&mut self, from: Timestamp, time: SignedDuration, until: Timestamp) -> Result<(), NoCalendar> {
        let work_time = self.work_time;
        let mut left = time;
        let mut date = work_time.date(from);
        while !left.is_zero() && from < until && date <= work_time.date(until) {
            let mut stretches = Vec::new();
            let mut on_date = SignedDuration::ZERO;
            for stretch in work_time.stretches(date, from, until)? {
                let length = SignedDuration::from_nanos(stretch.to - stretch.from).min(left);
                if !length.is_zero() {
                    let begins = work_time.instant(date, stretch.from);
                    let ends = begins.checked_add(length).unwrap_or(Timestamp::MAX);
                    stretches.push((work_time.local(begins), work_time.local(ends)));
                    on_date += length;
                    left -= length;
                }
            }
            if !stretches.is_empty() {
                self.working += on_date;
                let make_up = work_time.calendar.is_make_up_day(date)?;
                self.steps.push(Step::Working {
                    date,
                    make_up,
                    stretches,
                    time: on_date,
                    total: self.working,
                });
            }
            self.pass_over_if_off(date)?;
            date = tomorrow(date)?;
        }
        Ok(())
    }

    fn tell_until_close(&mut self, from: Timestamp, until: Date) -> Result<(), NoCalendar> {
        let close = self.work_time.due(from, Remaining::Workdays(0))?;
        let mut date = self.work_time.date(from);
        while date < self.work_time.date(close).min(until) {
            self.pass_over_if_off(date)?;
            date = tomorrow(date)?;
        }
        Ok(())
    }

    fn tell_workdays(&mut self, after: Date, days: u32, until: Date) -> Result<(), NoCalendar> {
        let mut left = days;
        let mut date = after;
        while left > 0 && date < until {
            date = tomorrow(date)?;
            if self.pass_over_if_off(date)? {
                continue;
            }
            left -= 1;
            self.workdays += 1;
            let is_make_up = self.work_time.calendar.is_make_up_day(date)?;
            match self.steps.last_mut() {
                Some(Step::Workdays { to, days, make_up, .. })
                    if *make_up == is_make_up && to.tomorrow().ok() == Some(date) =>
                {
                    *to = date;
                    *days += 1;
                }
                _ => {
                    let first = self.workdays;
                    self.steps.push(Step::Workdays {
                        from: date,
                        to: date,
                        first,
                        days: 1,
                        make_up: is_make_up,
                    });
                }
            }
        }
        Ok(())
    }

    fn tell_days(&mut self, after: Date, days: u32, until: Date) {
        let to = after
            .saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
            .min(until);
        if let Ok(from) = after.tomorrow()
            && from <= to
        {
            let days = u32::try_from(to.duration_since(after).as_hours() / 24).unwrap_or(0);
            self.steps.push(Step::Days {
                from,
                to,
                first: self.days + 1,
                days,
            });
            self.days += days;
        }
    }

    /// Tells of a day off, together with those just before it; says whether it is one.
    fn pass_over_if_off(&mut self, date: Date) -> Result<bool, NoCalendar> {
        if self.work_time.calendar.is_workday(date)? {
            return Ok(false);
        }
        let name = self.work_time.calendar.name_of(date).map(str::to_owned);
        match self.steps.last_mut() {
            Some(Step::DaysOff { to, holidays, .. }) if to.tomorrow().ok() == Some(date) => {
                *to = date;
                holidays.extend(name.filter(|name| !holidays.contains(name)));
            }
            _ => self.steps.push(Step::DaysOff {
                from: date,
                to: date,
                holidays: name.into_iter().collect(),
            }),
        }
        Ok(true)
    }
}
