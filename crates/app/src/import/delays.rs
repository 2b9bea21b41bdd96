//! How long replies took: percentiles of any number of delays in bounded memory.

use std::collections::BTreeMap;

use serde::Serialize;

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// The delay of which the share is told, in seconds: 15 days.
const LONG: u64 = 15 * 86_400;
/// So many different delays are kept exactly.
const MOST_KEPT: usize = 1 << 18;

/// How long it took from the filing of cases to the reply, in calendar days: a day is 24 hours, whoever worked on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReplyDays {
    /// Half of the replies took no longer.
    pub median: f64,
    /// Nine tenths of them took no longer.
    pub p90: f64,
    /// The share that took longer than 15 days, 0 to 1.
    pub share_over_15: f64,
}

/// Delays, counted.
///
/// Each is kept to the second while there are at most 2¹⁸ different ones (about 6 MB). Beyond that neighbours are
/// counted together, in steps of 2, 4, 8 … seconds: of delays of up to ten years in steps of at most 34 minutes.
#[derive(Debug, Clone)]
pub struct Delays {
    /// How many delays of so many steps there are.
    counts: BTreeMap<u64, u64>,
    /// Seconds of a step.
    step: u64,
    total: u64,
    long: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            counts: BTreeMap::new(),
            step: 1,
            total: 0,
            long: 0,
        }
    }
}

impl Delays {
    /// Counts one.
    pub fn add(&mut self, seconds: u64) {
        self.total += 1;
        self.long += u64::from(seconds > LONG);
        *self.counts.entry(seconds / self.step).or_default() += 1;
        while self.counts.len() > MOST_KEPT {
            self.step *= 2;
            let mut coarser: BTreeMap<u64, u64> = BTreeMap::new();
            for (steps, count) in std::mem::take(&mut self.counts) {
                *coarser.entry(steps / 2).or_default() += count;
            }
            self.counts = coarser;
        }
    }

    /// The figures; `None` where there is no delay.
    ///
    /// A percentile is interpolated between neighbours: of n delays in their order the q-quantile lies at the place
    /// 1 + (n − 1)·q, as spreadsheet programs (PERCENTILE.INC) and HJ 663 reckon it. Rounded to six decimals.
    pub fn figures(&self) -> Option<ReplyDays> {
        if self.total == 0 {
            return None;
        }
        Some(ReplyDays {
            median: rounded(self.quantile(0.5) / DAY),
            p90: rounded(self.quantile(0.9) / DAY),
            share_over_15: rounded(self.long as f64 / self.total as f64),
        })
    }

    fn quantile(&self, q: f64) -> f64 {
        let place = (self.total - 1) as f64 * q;
        let (low, high) = (self.nth(place.floor() as u64), self.nth(place.ceil() as u64));
        low + (high - low) * place.fract()
    }

    /// The delay at a place of their order, from 0, in seconds.
    fn nth(&self, place: u64) -> f64 {
        let mut before = 0;
        let found = self.counts.iter().find(|(_, count)| {
            before += **count;
            before > place
        });
        found.map_or(0.0, |(steps, _)| (*steps * self.step) as f64)
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(delays: impl IntoIterator<Item = u64>) -> Option<ReplyDays> {
        let mut counted = Delays::default();
        delays.into_iter().for_each(|seconds| counted.add(seconds));
        counted.figures()
    }

    #[test]
    fn percentiles_lie_between_neighbours() {
        assert_eq!(days([]), None);
        let one = ReplyDays {
            median: 1.5,
            p90: 1.5,
            share_over_15: 0.0,
        };
        assert_eq!(days([129_600]), Some(one));
        // 1, 2, 3, 4 days: half way between the second and the third; 0.7 of the way from the third to the fourth.
        let four = ReplyDays {
            median: 2.5,
            p90: 3.7,
            share_over_15: 0.0,
        };
        assert_eq!(days([3, 1, 4, 2].map(|day| day * 86_400)), Some(four));
        // Fifteen days are not more than fifteen.
        assert_eq!(days([LONG, LONG + 1]).unwrap().share_over_15, 0.5);
    }

    #[test]
    fn many_delays_are_kept_nearly_exactly() {
        // Every second of ten days: three times as many as are kept to the second.
        let figures = days(0..=864_000).unwrap();
        assert!((figures.median - 5.0).abs() < 5.0 / 86_400.0, "{figures:?}");
        assert!((figures.p90 - 9.0).abs() < 5.0 / 86_400.0, "{figures:?}");
    }
}
