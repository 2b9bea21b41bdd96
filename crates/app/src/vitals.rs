//! How the program itself is doing, for whoever watches it: figures of the moment, without names of people or places.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use quanyu_store::store::Counts;
use quanyu_store::tables::{TIMER, TimerRow};
use quanyu_store::{Query, Records};

use crate::App;
use crate::error::AppError;
use crate::followers;
use crate::outbox::{GIVEN_UP, WAITING};
use crate::tables::{DELIVERY, DeliveryRow, SESSION, SessionRow};

/// Things of one kind are counted up to here; more are not told apart.
pub const COUNTED_AT_MOST: usize = 10_000;

/// Vitals of the moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Vitals {
    /// Last position of the journal.
    pub last_position: i64,
    /// By how many events each follower lags behind.
    pub lag: BTreeMap<&'static str, i64>,
    /// What this server has committed.
    pub counts: Counts,
    /// The engine of the database, with its version.
    pub engine: String,
    /// Why commits fail at present; `None` while they succeed.
    pub trouble: Option<String>,
    /// Bytes that the database takes.
    pub bytes: u64,
    /// Timers that were to go off already.
    pub timers_overdue: usize,
    /// When the next timer goes off.
    pub next_timer: Option<Timestamp>,
    /// Deliveries of the outbox that wait.
    pub outbox_waiting: usize,
    /// Deliveries of the outbox that were given up.
    pub outbox_given_up: usize,
    /// Sessions whose time is not up.
    pub sessions: usize,
}

impl App {
    /// The figures of this moment.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn vitals(&self) -> Result<Vitals, AppError> {
        let now = self.now();
        let health = self.store.health().await?;
        let mut lag = BTreeMap::new();
        for follower in followers::all() {
            let cursor = self.store.cursor(follower.name()).await?;
            lag.insert(follower.name(), health.last_position - cursor);
        }
        let overdue =
            Query::by_index(&TIMER, "by_take", COUNTED_AT_MOST).between(Bound::Unbounded, Bound::Included(now.into()));
        let state = |state: &str| Query::by_index(&DELIVERY, "by_state", COUNTED_AT_MOST).equal(state);
        let live =
            Query::by_index(&SESSION, "by_end", COUNTED_AT_MOST).between(Bound::Excluded(now.into()), Bound::Unbounded);
        Ok(Vitals {
            last_position: health.last_position,
            lag,
            counts: health.counts,
            engine: health.engine,
            trouble: health.trouble,
            bytes: health.bytes,
            timers_overdue: self.store.page::<TimerRow>(&overdue).await?.len(),
            next_timer: self.store.next_timer().await?,
            outbox_waiting: self.store.page::<DeliveryRow>(&state(WAITING)).await?.len(),
            outbox_given_up: self.store.page::<DeliveryRow>(&state(GIVEN_UP)).await?.len(),
            sessions: self.store.page::<SessionRow>(&live).await?.len(),
        })
    }
}
