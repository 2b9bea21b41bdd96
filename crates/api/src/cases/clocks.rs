//! The clocks of a case.

use jiff::Timestamp;
use quanyu_domain::cases::{Case, CaseClock};
use quanyu_domain::time::{ClockState, Due};
use serde::Serialize;
use utoipa::ToSchema;

use crate::edge::wire::{Moment, Named, Title};
use crate::words::Words;

/// A clock of a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clock)]
pub struct ClockView {
    /// Which.
    pub clock: Named,
    /// The request whose decision it measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<u32>,
    /// The class of limit.
    pub class: Named,
    /// The limit, `7 workdays`.
    #[schema(example = "7 workdays")]
    pub limit: String,
    /// The limit in words.
    pub limit_title: Title,
    /// How it stands.
    #[serde(flatten)]
    pub standing: ClockStanding,
}

/// How a clock stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockStanding {
    /// `running`, `overdue`, `paused`, `stopped` or `no_calendar`.
    #[schema(example = "running")]
    pub standing: &'static str,
    /// When it is due; absent while it is paused, and where the calendar of that year is not loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Moment>,
    /// While it runs: from when on it is near, for its last quarter and for its last day at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near_from: Option<Moment>,
    /// While it is paused: what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Title>,
    /// The year whose calendar is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_year: Option<i16>,
    /// Once it is stopped: whether that was in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_time: Option<bool>,
    /// Once it is stopped too late: by how many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_seconds: Option<i64>,
}

impl ClockStanding {
    /// From the clock's due instant and state.
    pub fn new(words: &Words<'_>, due: Due, state: ClockState) -> Self {
        let standing = match state {
            ClockState::Running => "running",
            ClockState::Overdue => "overdue",
            ClockState::Paused => "paused",
            ClockState::Stopped { .. } => "stopped",
            ClockState::NoCalendar(_) => "no_calendar",
        };
        let mut view = Self {
            standing,
            due_at: None,
            near_from: None,
            left: None,
            missing_year: None,
            in_time: None,
            late_seconds: None,
        };
        match due {
            Due::At(at) => view.due_at = Some(words.moment(at)),
            Due::Paused(left) => view.left = Some(Title::new(left.label_zh(), left.label_en())),
            Due::NoCalendar(year) => view.missing_year = Some(year),
        }
        if let ClockState::Stopped { in_time, late_by } = state {
            view.in_time = Some(in_time);
            view.late_seconds = (!in_time).then(|| late_by.as_secs());
        }
        view
    }
}

impl ClockView {
    /// From a clock of a case, at a time.
    pub fn new(words: &Words<'_>, case: &Case, clock: &CaseClock, now: Timestamp) -> Self {
        let limit = clock.clock.duration();
        let near = clock.clock.near_from().filter(|_| clock.clock.stopped().is_none());
        let mut standing = ClockStanding::new(words, clock.clock.due(), clock.clock.state(now));
        standing.near_from = near.map(|near| words.moment(near));
        Self {
            clock: words.clock(case, clock),
            request: clock.request,
            class: words.limit_class(clock.clock.class()),
            limit: limit.to_string(),
            limit_title: Title::new(limit.label_zh(), limit.label_en()),
            standing,
        }
    }
}
