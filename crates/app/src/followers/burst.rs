//! Bursts of commits, which followers let pass.

use std::time::Duration;

use tokio::time::Instant;

/// Commits of so many events a second are a burst. A city of ten million demands a year has 20 events a second.
const BURST_PER_SECOND: f64 = 1_000.0;
/// How long the rate is watched before it is judged: one large commit is no burst.
const WATCHED: Duration = Duration::from_millis(500);
/// Longest that a follower stands back before it catches up, whatever comes in.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a follower knows of the rate at which events come in.
#[derive(Debug)]
pub(super) struct Burst {
    /// Where the journal ended when it was looked at last, and when that was.
    seen: (i64, Instant),
    fast: bool,
    /// Since when it stands back, lulls included, unless it has caught up in between.
    standing_back_since: Option<Instant>,
    out_of_patience: bool,
}

impl Burst {
    pub fn new(position: i64, now: Instant) -> Self {
        Self {
            seen: (position, now),
            fast: false,
            standing_back_since: None,
            out_of_patience: false,
        }
    }

    /// Whether to stand back now, with the journal ending at this position.
    pub fn is_on(&mut self, position: i64, now: Instant) -> bool {
        let watched = now.duration_since(self.seen.1);
        if watched >= WATCHED {
            // A journal that was set back grows from there.
            let events = u32::try_from((position - self.seen.0).max(0)).unwrap_or(u32::MAX);
            self.fast = f64::from(events) / watched.as_secs_f64() >= BURST_PER_SECOND;
            self.seen = (position, now);
        }
        if !self.fast || self.out_of_patience {
            return false;
        }
        let since = *self.standing_back_since.get_or_insert(now);
        self.out_of_patience = now.duration_since(since) >= PATIENCE;
        !self.out_of_patience
    }

    /// The follower has taken in everything, and may stand back anew.
    pub fn caught_up(&mut self) {
        self.standing_back_since = None;
        self.out_of_patience = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every 100 ms at a journal that grows at this rate; whether it stood back, each time.
    fn look(burst: &mut Burst, from: (i64, Instant), per_second: i64, seconds: u64) -> ((i64, Instant), Vec<bool>) {
        let (mut position, mut now) = from;
        let mut stood_back = Vec::new();
        for _ in 0..seconds * 10 {
            now += Duration::from_millis(100);
            position += per_second / 10;
            stood_back.push(burst.is_on(position, now));
        }
        ((position, now), stood_back)
    }

    #[test]
    fn an_even_flow_is_followed_at_once_and_a_burst_is_let_pass() {
        let start = (0, Instant::now());
        let mut burst = Burst::new(start.0, start.1);
        let (quiet, stood_back) = look(&mut burst, start, 900, 10);
        assert!(!stood_back.contains(&true));
        let (end, stood_back) = look(&mut burst, quiet, 8_000, 10);
        assert_eq!(
            stood_back.iter().filter(|back| !**back).count(),
            4,
            "half a second to notice"
        );
        let (_, stood_back) = look(&mut burst, end, 0, 10);
        assert_eq!(
            stood_back.iter().filter(|back| **back).count(),
            4,
            "half a second to notice"
        );
    }

    #[test]
    fn patience_ends_and_comes_back_when_everything_is_taken_in() {
        let start = (0, Instant::now());
        let mut burst = Burst::new(start.0, start.1);
        let (later, stood_back) = look(&mut burst, start, 8_000, 60);
        assert_eq!(stood_back.iter().filter(|back| **back).count(), 300, "thirty seconds");
        assert!(!stood_back[310..].contains(&true), "it catches up from then on");
        burst.caught_up();
        assert!(look(&mut burst, later, 8_000, 1).1.contains(&true));
    }

    #[test]
    fn lulls_do_not_renew_patience() {
        let start = (0, Instant::now());
        let mut burst = Burst::new(start.0, start.1);
        let (lull, _) = look(&mut burst, start, 8_000, 20);
        let (again, _) = look(&mut burst, lull, 0, 1);
        let (_, stood_back) = look(&mut burst, again, 8_000, 20);
        assert!(!stood_back[100..].contains(&true), "it has not caught up since");
    }

    #[test]
    fn one_large_commit_is_no_burst() {
        let start = Instant::now();
        let mut burst = Burst::new(0, start);
        assert!(!burst.is_on(100_000, start + Duration::from_millis(100)));
    }
}
