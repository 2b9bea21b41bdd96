//! The oracle: a made-up working world and a clock in it, walked minute by minute and day by day.
//!
//! Nothing here is shared with the product: dates are day numbers since 2024-01-01 (a Monday), instants are minutes
//! since that day's local midnight, and everything is found by walking.

use std::collections::{BTreeSet, HashMap};

pub const DAY: i64 = 1440;

/// The first day number of each year from 2023 to 2028, in order.
const YEARS: [(i16, i64); 6] = [
    (2023, -365),
    (2024, 0),
    (2025, 366),
    (2026, 731),
    (2027, 1096),
    (2028, 1461),
];

/// A year without a calendar stopped the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub i16);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Urgent,
    Working,
    Workdays,
    Days,
}

#[derive(Debug, Clone)]
pub struct World {
    pub loaded: BTreeSet<i16>,
    /// Days that depart from Monday to Friday, and whether they are worked.
    pub exceptions: HashMap<i64, bool>,
    /// Working minutes of a day, from and to.
    pub hours: Vec<(i64, i64)>,
    pub season: Option<Summer>,
}

/// Other hours from one (month, day) through another.
#[derive(Debug, Clone)]
pub struct Summer {
    pub from: (i64, i64),
    pub to: (i64, i64),
    pub hours: Vec<(i64, i64)>,
}

pub fn year(day: i64) -> i16 {
    YEARS
        .iter()
        .rev()
        .find(|(_, first)| *first <= day)
        .expect("tests stay within these years")
        .0
}

/// Month and day of the month.
pub fn month_day(day: i64) -> (i64, i64) {
    let (year, first) = *YEARS
        .iter()
        .rev()
        .find(|(_, first)| *first <= day)
        .expect("tests stay within these years");
    let february = if year % 4 == 0 { 29 } else { 28 };
    let mut left = day - first;
    for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if left < length {
            return (month, left + 1);
        }
        left -= length;
    }
    unreachable!("a year has no more days")
}

/// The day that an instant ends, if it ends one: midnight belongs to the day before.
pub fn closing_day(minute: i64) -> i64 {
    (minute - 1).div_euclid(DAY)
}

impl World {
    pub fn is_work(&self, day: i64) -> Result<bool, Missing> {
        if !self.loaded.contains(&year(day)) {
            return Err(Missing(year(day)));
        }
        Ok(self.exceptions.get(&day).copied().unwrap_or(day.rem_euclid(7) < 5))
    }

    fn hours(&self, day: i64) -> &[(i64, i64)] {
        if let Some(Summer { from, to, hours }) = &self.season {
            let today = month_day(day);
            let inside = if from <= to {
                *from <= today && today <= *to
            } else {
                *from <= today || today <= *to
            };
            if inside {
                return hours;
            }
        }
        &self.hours
    }

    pub fn close(&self, day: i64) -> i64 {
        day * DAY
            + self
                .hours(day)
                .iter()
                .map(|(_, to)| *to)
                .max()
                .expect("hours are never empty")
    }

    /// Whether the minute that begins at this instant is one of work.
    pub fn is_working_minute(&self, minute: i64) -> Result<bool, Missing> {
        let (day, minute) = (minute.div_euclid(DAY), minute.rem_euclid(DAY));
        Ok(self.is_work(day)? && self.hours(day).iter().any(|(from, to)| *from <= minute && minute < *to))
    }

    /// Walks forward from an instant until `budget` units have passed; `origin_day` is the day that is not counted.
    pub fn walk(&self, origin: i64, origin_day: i64, kind: Kind, budget: i64) -> Result<i64, Missing> {
        let mut left = budget;
        let (mut minute, mut day) = (origin, origin_day);
        while left > 0 {
            match kind {
                Kind::Urgent => {
                    minute += 1;
                    left -= 1;
                }
                Kind::Working => {
                    left -= i64::from(self.is_working_minute(minute)?);
                    minute += 1;
                }
                Kind::Workdays => {
                    day += 1;
                    left -= i64::from(self.is_work(day)?);
                    minute = self.close(day);
                }
                Kind::Days => {
                    day += 1;
                    left -= 1;
                    minute = (day + 1) * DAY;
                }
            }
        }
        Ok(minute)
    }

    /// Walks back from a due instant until `budget` units lie between.
    pub fn walk_back(&self, due: i64, kind: Kind, budget: i64) -> Result<i64, Missing> {
        let mut left = budget;
        let (mut minute, mut day) = (due, closing_day(due));
        while left > 0 {
            match kind {
                Kind::Urgent => {
                    minute -= 1;
                    left -= 1;
                }
                Kind::Working => {
                    minute -= 1;
                    left -= i64::from(self.is_working_minute(minute)?);
                }
                Kind::Workdays => {
                    day -= 1;
                    left -= i64::from(self.is_work(day)?);
                    minute = self.close(day);
                }
                Kind::Days => {
                    day -= 1;
                    left -= 1;
                    minute = (day + 1) * DAY;
                }
            }
        }
        Ok(minute)
    }

    /// How many units pass from one instant to another, looking no further than `most`.
    fn passed(&self, from: i64, from_day: i64, to: i64, to_day: i64, kind: Kind, most: i64) -> Result<i64, Missing> {
        let mut count = 0;
        let (mut minute, mut day) = (from, from_day);
        while count < most {
            match kind {
                Kind::Urgent | Kind::Working if minute >= to => break,
                Kind::Workdays | Kind::Days if day >= to_day => break,
                Kind::Urgent => count += 1,
                Kind::Working => count += i64::from(self.is_working_minute(minute)?),
                Kind::Workdays => count += i64::from(self.is_work(day + 1)?),
                Kind::Days => count += 1,
            }
            minute += 1;
            day += 1;
        }
        Ok(count)
    }

    /// Where a clock with nothing left falls due.
    fn next_close(&self, at: i64, kind: Kind) -> Result<i64, Missing> {
        let mut minute = at;
        loop {
            let ended = closing_day(minute);
            match kind {
                Kind::Urgent | Kind::Working => return Ok(minute),
                Kind::Workdays if self.close(ended) == minute && self.is_work(ended)? => return Ok(minute),
                Kind::Days if minute.rem_euclid(DAY) == 0 => return Ok(minute),
                Kind::Workdays | Kind::Days => minute += 1,
            }
        }
    }
}

/// When the oracle's clock falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    At(i64),
    Missing(i16),
    Paused(i64),
}

/// A clock as a budget of units that is used up from an origin on.
#[derive(Debug, Clone)]
pub struct Oracle<'a> {
    world: &'a World,
    kind: Kind,
    origin: i64,
    origin_day: i64,
    budget: i64,
    /// The budget no longer says everything: an extension in another unit came on top, or nothing was left and the
    /// clock runs until the next close. Then what is left is counted from the due instant back to the pause.
    beyond: bool,
    pub fate: Fate,
}

impl<'a> Oracle<'a> {
    pub fn start(world: &'a World, kind: Kind, budget: i64, at: i64) -> Self {
        let mut oracle = Self {
            world,
            kind,
            origin: 0,
            origin_day: 0,
            budget: 0,
            beyond: false,
            fate: Fate::Paused(budget),
        };
        oracle.resume(at);
        oracle
    }

    pub fn pause(&mut self, at: i64) {
        if let Fate::At(due) = self.fate
            && at <= due
        {
            let today = at.div_euclid(DAY);
            let left = if self.beyond {
                self.world.passed(at, today, due, closing_day(due), self.kind, i64::MAX)
            } else {
                let used = self
                    .world
                    .passed(self.origin, self.origin_day, at, today, self.kind, self.budget);
                used.map(|used| self.budget - used)
            };
            self.fate = match left {
                Ok(left) => Fate::Paused(left),
                Err(Missing(year)) => Fate::Missing(year),
            };
        }
    }

    pub fn resume(&mut self, at: i64) {
        if let Fate::Paused(left) = self.fate {
            (self.origin, self.origin_day, self.budget, self.beyond) = (at, at.div_euclid(DAY), left, left == 0);
            if left > 0 {
                self.settle(self.world.walk(self.origin, self.origin_day, self.kind, left));
            } else {
                self.settle(self.world.next_close(at, self.kind));
                if let Fate::At(due) = self.fate {
                    (self.origin, self.origin_day) = (due, closing_day(due));
                }
            }
        }
    }

    pub fn extend(&mut self, kind: Kind, by: i64) {
        if let Fate::At(due) = self.fate {
            self.beyond |= kind != self.kind;
            if self.beyond {
                self.settle(self.world.walk(due, closing_day(due), kind, by));
            } else {
                self.budget += by;
                self.settle(self.world.walk(self.origin, self.origin_day, self.kind, self.budget));
            }
        }
    }

    fn settle(&mut self, due: Result<i64, Missing>) {
        self.fate = match due {
            Ok(due) => Fate::At(due),
            Err(Missing(year)) => Fate::Missing(year),
        };
    }
}
