//! A limit that runs.

use super::{LimitDuration, LimitUnit, NoCalendar, Remaining, WorkTime};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How long before it is due a limit counts as near at most.
pub const MOST_NEAR: SignedDuration = SignedDuration::from_hours(24);

/// A running limit (时限) of some class, with everything that has happened to it and the instant it falls due.
///
/// It is started, may be paused and resumed, extended, and is stopped when what it waits for is done. Each act names its
/// instant, and acts never go back in time. The due instant is kept beside the acts, as reckoned with the calendar of
/// that day; [`Clock::recomputed`] reckons it again.
///
/// In JSON: `class`, `limit` (`"7 workdays"`), `start`, `left` (only if it started with less than the whole limit),
/// `changes` (`[{"paused": …}, {"resumed": …}, {"extended": {"at": …, "by": "2 workdays"}}]`), `stopped`,
/// `due` (`{"at": …}`, `{"no_calendar": 2027}` or `{"paused": {"workdays": 3}}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawClock")]
pub struct Clock {
    class: String,
    #[serde(rename = "limit")]
    duration: LimitDuration,
    start: Timestamp,
    #[serde(rename = "left", skip_serializing_if = "Option::is_none")]
    left_at_start: Option<Remaining>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Timestamp>,
    due: Due,
}

/// A clock as read, before it is known that everything in it could have happened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClock {
    class: String,
    limit: LimitDuration,
    start: Timestamp,
    left: Option<Remaining>,
    #[serde(default)]
    changes: Vec<Change>,
    stopped: Option<Timestamp>,
    due: Due,
}

impl TryFrom<RawClock> for Clock {
    type Error = ClockError;

    fn try_from(raw: RawClock) -> Result<Self, ClockError> {
        let RawClock {
            class,
            limit: duration,
            start,
            left: left_at_start,
            changes,
            stopped,
            due,
        } = raw;
        if let Some(left) = left_at_start {
            check_left(left, duration)?;
        }
        let mut clock = Self {
            class,
            duration,
            start,
            left_at_start,
            changes: Vec::new(),
            stopped: None,
            due,
        };
        for change in changes {
            clock.check(change)?;
            clock.changes.push(change);
        }
        if let Some(at) = stopped {
            clock.stop(at)?;
        }
        Ok(clock)
    }
}

fn check_left(left: Remaining, duration: LimitDuration) -> Result<(), ClockError> {
    if left.fits(duration.unit()) {
        Ok(())
    } else {
        Err(ClockError::Left {
            left,
            unit: duration.unit(),
        })
    }
}

/// When a clock falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// At this instant, which is still on time.
    At(Timestamp),
    /// Nobody knows: the calendar of this year is not loaded. Once it is, [`Clock::recomputed`] finds out.
    NoCalendar(i16),
    /// Not while it is paused; this much is left.
    Paused(Remaining),
}

/// Something that happened to a running clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Paused (中止计时).
    Paused(Timestamp),
    /// Resumed (恢复计时).
    Resumed(Timestamp),
    /// Extended (延期).
    Extended {
        /// When the extension took effect.
        at: Timestamp,
        /// By how much.
        by: LimitDuration,
    },
}

/// A time during which a clock was paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pause {
    /// When it was paused.
    pub from: Timestamp,
    /// When it was resumed; `None` if it still is paused.
    pub to: Option<Timestamp>,
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Not stopped, not due yet.
    Running,
    /// Not stopped, and the due instant has passed.
    Overdue,
    /// Paused with something left. A clock that was paused after its due instant is [`ClockState::Overdue`].
    Paused,
    /// Stopped.
    Stopped {
        /// Whether that was at or before the due instant. A clock that was stopped while paused was in time.
        in_time: bool,
        /// How long after the due instant; zero if in time.
        late_by: SignedDuration,
    },
    /// Stopped or not, the due instant is unknown for want of this year's calendar.
    NoCalendar(i16),
}

/// Why an act on a clock is refused. The clock stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClockError {
    /// Paused a second time.
    #[error("the clock has been paused since {since}: resume it before pausing it again")]
    AlreadyPaused {
        /// Since when.
        since: Timestamp,
    },
    /// Resumed without having been paused.
    #[error("the clock is not paused: there is nothing to resume")]
    NotPaused,
    /// Extended while paused.
    #[error("the clock has been paused since {since}: resume it, then extend it")]
    ExtendedWhilePaused {
        /// Since when.
        since: Timestamp,
    },
    /// Any act after the clock was stopped.
    #[error("the clock was stopped at {at}: start another one")]
    Stopped {
        /// When.
        at: Timestamp,
    },
    /// An act before the latest one, or before the start.
    #[error(
        "{at} lies before {latest}, the latest that is known to have happened to the clock: give that instant or a later one"
    )]
    Backwards {
        /// The instant given.
        at: Timestamp,
        /// The latest instant recorded.
        latest: Timestamp,
    },
    /// What is said to be left cannot be left of such a limit.
    #[error("{} cannot be left of a limit counted in {unit}: give it in the same unit and not below zero", .left.label_en())]
    Left {
        /// What was given.
        left: Remaining,
        /// The unit of the limit.
        unit: LimitUnit,
    },
}

impl Clock {
    /// A clock that starts with its whole limit.
    pub fn start(class: impl Into<String>, duration: LimitDuration, at: Timestamp, work_time: &WorkTime) -> Self {
        let due = work_time.due(at, duration.whole()).into();
        let class = class.into();
        Self {
            class,
            duration,
            start: at,
            left_at_start: None,
            changes: Vec::new(),
            stopped: None,
            due,
        }
    }

    /// A clock taken over in flight (在途案件), with this much of its limit left at `at`. It is what resuming a paused
    /// clock with that much left makes of it.
    ///
    /// # Errors
    /// [`ClockError::Left`] if that cannot be left of such a limit.
    pub fn starting_with_remaining(
        class: impl Into<String>,
        duration: LimitDuration,
        at: Timestamp,
        left: Remaining,
        work_time: &WorkTime,
    ) -> Result<Self, ClockError> {
        check_left(left, duration)?;
        let due = work_time.due(at, left).into();
        Ok(Self {
            left_at_start: Some(left),
            due,
            ..Self::start(class, duration, at, work_time)
        })
    }

    /// The class that the clock was started for, as the model names it.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The limit as it was set, without extensions.
    pub fn duration(&self) -> LimitDuration {
        self.duration
    }

    /// When the clock was started.
    pub fn started(&self) -> Timestamp {
        self.start
    }

    /// From when on the limit counts as near (临近期限): for its last quarter, and for its last day at most, so that a short
    /// limit does not press from its first second. `None` while it is paused, and outside the loaded calendars.
    pub fn near_from(&self) -> Option<Timestamp> {
        let Due::At(due) = self.due else { return None };
        let quarter = due.duration_since(self.start) / 4;
        Some(due - quarter.min(MOST_NEAR))
    }

    /// What was left at the start: the whole limit, or less for a clock taken over in flight.
    pub fn left_at_start(&self) -> Remaining {
        self.left_at_start.unwrap_or(self.duration.whole())
    }

    /// What happened to the clock, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The times during which it was paused, in order.
    pub fn pauses(&self) -> Vec<Pause> {
        let mut pauses: Vec<Pause> = Vec::new();
        for change in &self.changes {
            match (change, pauses.last_mut()) {
                (Change::Paused(from), _) => pauses.push(Pause { from: *from, to: None }),
                (Change::Resumed(to), Some(last)) => last.to = Some(*to),
                _ => {}
            }
        }
        pauses
    }

    /// The extensions, in order.
    pub fn extensions(&self) -> Vec<LimitDuration> {
        let by = |change: &Change| {
            if let Change::Extended { by, .. } = change {
                Some(*by)
            } else {
                None
            }
        };
        self.changes.iter().filter_map(by).collect()
    }

    /// When the clock was stopped, if it was.
    pub fn stopped(&self) -> Option<Timestamp> {
        self.stopped
    }

    /// When the clock falls due.
    pub fn due(&self) -> Due {
        self.due
    }

    /// The instant that somebody should watch for: when the clock falls due, unless it is stopped or paused or that is
    /// unknown.
    pub fn running_due(&self) -> Option<Timestamp> {
        match (self.stopped, self.due) {
            (None, Due::At(due)) => Some(due),
            _ => None,
        }
    }

    /// Pauses the clock and freezes what is left, in the clock's own way of counting: elapsed or working time exactly;
    /// working or calendar days as those after the day of the pause, up to the day of the due.
    ///
    /// A clock that is overdue has nothing left to freeze: the pause is recorded and the missed due instant stays.
    ///
    /// # Errors
    /// It is paused already, stopped, or `at` goes back in time.
    pub fn pause(&mut self, at: Timestamp, work_time: &WorkTime) -> Result<(), ClockError> {
        self.apply(Change::Paused(at), work_time)
    }

    /// Resumes the clock: what is left is counted from `at`, as [`WorkTime::due`] describes.
    ///
    /// # Errors
    /// It is not paused, stopped, or `at` goes back in time.
    pub fn resume(&mut self, at: Timestamp, work_time: &WorkTime) -> Result<(), ClockError> {
        self.apply(Change::Resumed(at), work_time)
    }

    /// Extends the clock: moves its due instant on, as [`WorkTime::after`] describes. An extension counts from the due
    /// instant even if that has passed. Whether an overdue clock may still be extended is for the caller to say.
    ///
    /// # Errors
    /// It is paused, stopped, or `at` goes back in time.
    pub fn extend(&mut self, at: Timestamp, by: LimitDuration, work_time: &WorkTime) -> Result<(), ClockError> {
        self.apply(Change::Extended { at, by }, work_time)
    }

    /// Stops the clock for good, running or paused.
    ///
    /// # Errors
    /// It is stopped already, or `at` goes back in time.
    pub fn stop(&mut self, at: Timestamp) -> Result<(), ClockError> {
        self.check_instant(at)?;
        self.stopped = Some(at);
        Ok(())
    }

    /// What is left at `now`, or was left when the clock was paused or stopped; none (0) if it is overdue. `None` if the
    /// loaded calendar cannot tell.
    pub fn remaining(&self, now: Timestamp, work_time: &WorkTime) -> Option<Remaining> {
        match self.due {
            Due::At(due) => {
                let at = self.stopped.unwrap_or(now).max(self.start);
                work_time.remaining(at, due, self.duration.unit()).ok()
            }
            Due::Paused(left) => Some(left),
            Due::NoCalendar(_) => None,
        }
    }

    /// How the clock stands at `now`.
    pub fn state(&self, now: Timestamp) -> ClockState {
        let due = match self.due {
            Due::NoCalendar(year) => return ClockState::NoCalendar(year),
            Due::Paused(_) => None,
            Due::At(due) => Some(due),
        };
        match (self.stopped, due) {
            (Some(at), Some(due)) if due < at => ClockState::Stopped {
                in_time: false,
                late_by: at.duration_since(due),
            },
            (Some(_), _) => ClockState::Stopped {
                in_time: true,
                late_by: SignedDuration::ZERO,
            },
            (None, Some(due)) if due < now => ClockState::Overdue,
            (None, Some(_)) => ClockState::Running,
            (None, None) => ClockState::Paused,
        }
    }

    /// The same clock with everything that happened to it reckoned again, for a calendar or hours that have become
    /// known or have been corrected since.
    #[must_use]
    pub fn recomputed(&self, work_time: &WorkTime) -> Self {
        let mut clock = self.at_start(work_time);
        for change in &self.changes {
            clock.record(*change, work_time);
        }
        Self {
            stopped: self.stopped,
            ..clock
        }
    }

    /// The clock as it was before any change.
    pub(super) fn at_start(&self, work_time: &WorkTime) -> Self {
        let due = work_time.due(self.start, self.left_at_start()).into();
        Self {
            class: self.class.clone(),
            changes: Vec::new(),
            stopped: None,
            due,
            ..*self
        }
    }

    /// Records a change that is known to be possible, and what it does to the due instant.
    pub(super) fn record(&mut self, change: Change, work_time: &WorkTime) {
        self.changes.push(change);
        self.due = match (change, self.due) {
            (Change::Paused(at), Due::At(due)) if at <= due => {
                match work_time.remaining(at, due, self.duration.unit()) {
                    Ok(left) => Due::Paused(left),
                    Err(missing) => Due::NoCalendar(missing.year()),
                }
            }
            (Change::Resumed(at), Due::Paused(left)) => work_time.due(at, left).into(),
            (Change::Extended { by, .. }, Due::At(due)) => work_time.after(due, by).into(),
            (_, unchanged) => unchanged,
        };
    }

    fn apply(&mut self, change: Change, work_time: &WorkTime) -> Result<(), ClockError> {
        self.check(change)?;
        self.record(change, work_time);
        Ok(())
    }

    fn paused_since(&self) -> Option<Timestamp> {
        // A paused clock accepts nothing but being resumed or stopped, so the pause is the last change.
        match self.changes.last() {
            Some(Change::Paused(since)) => Some(*since),
            _ => None,
        }
    }

    /// Whether the change is possible now.
    fn check(&self, change: Change) -> Result<(), ClockError> {
        self.check_instant(change.at())?;
        match (change, self.paused_since()) {
            (Change::Paused(_), Some(since)) => Err(ClockError::AlreadyPaused { since }),
            (Change::Resumed(_), None) => Err(ClockError::NotPaused),
            (Change::Extended { .. }, Some(since)) => Err(ClockError::ExtendedWhilePaused { since }),
            _ => Ok(()),
        }
    }

    /// Whether something may happen to the clock at this instant at all.
    fn check_instant(&self, at: Timestamp) -> Result<(), ClockError> {
        let latest = self.changes.last().map_or(self.start, |change| change.at());
        match self.stopped {
            Some(at) => Err(ClockError::Stopped { at }),
            None if at < latest => Err(ClockError::Backwards { at, latest }),
            None => Ok(()),
        }
    }
}

impl Change {
    /// When it happened.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Paused(at) | Self::Resumed(at) | Self::Extended { at, .. } => at,
        }
    }
}

impl From<Result<Timestamp, NoCalendar>> for Due {
    fn from(due: Result<Timestamp, NoCalendar>) -> Self {
        match due {
            Ok(at) => Self::At(at),
            Err(missing) => Self::NoCalendar(missing.year()),
        }
    }
}
