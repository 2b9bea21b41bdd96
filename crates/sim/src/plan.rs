//! What is to be lived: how much, over which time, from which seed.

use jiff::civil::{Date, DateTime};

use crate::life::Life;

/// The time that is lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// Until when, in local time. In the middle of a working day everybody has something on the desk.
    pub until: DateTime,
}

impl Period {
    /// How many years it has.
    fn years(self) -> f64 {
        let days = self
            .until
            .duration_since(self.from.to_datetime(jiff::civil::Time::midnight()))
            .as_hours()
            / 24;
        days.max(0) as f64 / 365.25
    }
}

/// Days on which less comes in than usual: so a life spans years with the cases of a few, and what is looked at most is as
/// dense as ever.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quiet {
    /// The first of them.
    pub from: Date,
    /// The first day after them.
    pub until: Date,
    /// The share of the usual that comes in.
    pub share: f64,
}

impl Quiet {
    /// How much of the usual comes in on a day.
    pub(crate) fn share_of(self, day: Date) -> f64 {
        if (self.from..self.until).contains(&day) {
            self.share
        } else {
            1.0
        }
    }
}

/// How much is lived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// So many cases.
    Cases(usize),
    /// As many as really come, times this.
    Factor(f64),
}

/// What is to be lived. The same plan over the same rules gives the same journal, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Where all dice begin.
    pub seed: u64,
    /// How many cases come in; with none nothing happens.
    pub scale: Scale,
    /// The time over which they come. What is open at its end stays open.
    pub period: Period,
    /// Days on which less comes in.
    pub quiet: Option<Quiet>,
}

impl Default for Plan {
    /// 20,000 cases over the years 2023 and 2024, to the last afternoon.
    fn default() -> Self {
        let period = Period {
            from: Date::constant(2023, 1, 1),
            until: DateTime::constant(2024, 12, 31, 16, 30, 0, 0),
        };
        Self {
            seed: 1,
            scale: Scale::Cases(20_000),
            period,
            quiet: None,
        }
    }
}

impl Plan {
    /// How many cases come in.
    pub fn cases(&self, life: &Life) -> usize {
        match self.scale {
            Scale::Cases(cases) => cases,
            Scale::Factor(factor) => {
                let people: f64 = life.districts.values().map(|district| district.people).sum();
                let rate: f64 = life.streams.iter().map(|stream| stream.per_thousand).sum();
                (factor * people / 1_000.0 * rate * self.period.years()).max(0.0) as usize
            }
        }
    }
}
