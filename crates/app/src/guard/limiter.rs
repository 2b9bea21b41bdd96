//! A leaky bucket for each of many (the generic cell rate algorithm), in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Rate, TooOften};

/// How often rows that say nothing any more are looked for when there is no room.
const SWEEP_EVERY: i64 = 1_000_000;

/// Counts what many ask.
#[derive(Debug)]
pub(super) struct Limiter<K> {
    buckets: Mutex<Buckets<K>>,
    most: usize,
}

#[derive(Debug)]
struct Buckets<K> {
    /// When each bucket will be empty, in microseconds since 1970.
    empty_at: HashMap<K, i64>,
    /// The bucket that all share for whom there is no room.
    others: i64,
    swept_at: i64,
}

impl<K: Hash + Eq> Limiter<K> {
    /// A limiter that remembers so many at most.
    pub fn new(most: usize) -> Self {
        Self {
            buckets: Mutex::new(Buckets {
                empty_at: HashMap::new(),
                others: 0,
                swept_at: 0,
            }),
            most,
        }
    }

    /// Pours one into a bucket, unless it would flow over.
    pub fn take(&self, key: K, rate: Rate, now: Timestamp) -> Result<(), TooOften> {
        let now = now.as_microsecond();
        let (drop, depth) = measures(rate);
        let mut buckets = self.buckets();
        if buckets.empty_at.len() >= self.most && !buckets.empty_at.contains_key(&key) {
            buckets.sweep(now);
        }
        let full = buckets.empty_at.len() >= self.most && !buckets.empty_at.contains_key(&key);
        let empty_at = if full {
            // Whoever floods the memory with names shares one bucket with whoever comes later.
            &mut buckets.others
        } else {
            buckets.empty_at.entry(key).or_insert(now)
        };
        // A clock that was put back must not lock anybody out: no bucket is fuller than full.
        let level = (*empty_at - now).clamp(0, depth);
        if level + drop > depth {
            let wait = u64::try_from(level + drop - depth).unwrap_or(0);
            return Err(TooOften {
                retry_after: Duration::from_micros(wait),
            });
        }
        *empty_at = now + level + drop;
        Ok(())
    }

    /// Takes one out again.
    pub fn give_back(&self, key: K, rate: Rate) {
        let (drop, _) = measures(rate);
        if let Some(empty_at) = self.buckets().empty_at.get_mut(&key) {
            *empty_at -= drop;
        }
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets<K>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Buckets<K> {
    /// Forgets the empty ones.
    fn sweep(&mut self, now: i64) {
        if (self.swept_at..self.swept_at + SWEEP_EVERY).contains(&now) {
            return;
        }
        self.swept_at = now;
        self.empty_at.retain(|_, empty_at| *empty_at > now);
    }
}

/// How long one takes to leak out, and how long a full bucket does.
fn measures(rate: Rate) -> (i64, i64) {
    let drop = 60_000_000 / i64::from(rate.per_minute.max(1));
    (drop, drop * i64::from(rate.burst.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(3, 60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_bucket_takes_a_burst_and_leaks_steadily() {
        let limiter = Limiter::new(10);
        let take = |second| limiter.take("a", RATE, at(second)).is_ok();
        assert_eq!(
            [0, 0, 0, 0, 1, 1, 3, 3, 3].map(take),
            [true, true, true, false, true, false, true, true, false]
        );
        // Put back by a year, the clock still lets a second pass in a second.
        assert!(!take(-31_000_000));
        assert!(!take(-31_000_000 + 1) || take(-31_000_000 + 2));
    }

    #[test]
    fn memory_is_bounded_and_a_flood_of_names_shares_what_is_left() {
        let limiter = Limiter::new(100);
        for name in 0..100 {
            limiter.take(name, RATE, at(0)).unwrap();
        }
        let passed = (100..10_000)
            .filter(|name| limiter.take(*name, RATE, at(0)).is_ok())
            .count();
        assert_eq!((passed, limiter.buckets().empty_at.len()), (3, 100));
        // Those who were known keep their own.
        limiter.take(7, RATE, at(0)).unwrap();
        // What has leaked out makes room.
        limiter.take(5_000, RATE, at(10)).unwrap();
        assert_eq!(limiter.buckets().empty_at.len(), 1);
    }
}
