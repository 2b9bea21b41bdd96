//! Rounds: people who act at the same time, and whose commits go to disk together and in a fixed order.
//!
//! A round seats people who act on different cases. Each acts through the use cases on a store of their own, a [`Seat`];
//! what they commit is held until everybody in the round either waits for a commit or is done. Then it goes to the real
//! store as one batch, in the order of the seats: one write to disk for many, and the same journal every time, however
//! the threads ran. Everybody is answered when it is on disk, and who lost a conflict decides again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use quanyu_store::{
    ChangeSet, CommitError, Health, Query, Receipt, Row, Schema, Store, StoreError, Table, Timer, Unavailable, Value,
};
use tokio::sync::{oneshot, watch};

/// What each set of a batch came to.
type Outcomes = Vec<Result<Receipt, CommitError>>;

/// A round.
pub(crate) struct Round {
    store: Arc<dyn Store>,
    /// Whether the round before is over: its commits come first.
    before: watch::Receiver<bool>,
    over: watch::Sender<bool>,
    seats: Mutex<Seats>,
}

/// Who sits there.
struct Seats {
    /// How many act or wait.
    seated: usize,
    waiting: Vec<Waiting>,
}

struct Waiting {
    seat: usize,
    sets: Vec<ChangeSet>,
    answer: oneshot::Sender<Outcomes>,
}

impl Round {
    /// A round on a store for so many people, after another one.
    pub fn new(store: Arc<dyn Store>, before: watch::Receiver<bool>, people: usize) -> Arc<Self> {
        let over = watch::Sender::new(people == 0);
        Arc::new(Self {
            store,
            before,
            over,
            seats: Mutex::new(Seats {
                seated: people,
                waiting: Vec::new(),
            }),
        })
    }

    /// Tells when the round is over.
    pub fn over(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    /// A seat; every number below the number of people is taken once.
    pub fn seat(self: &Arc<Self>, number: usize) -> Seat {
        Seat {
            round: self.clone(),
            number,
        }
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(self: &Arc<Self>) {
        let mut seats = self.seats();
        seats.seated -= 1;
        if seats.seated == 0 {
            self.over.send_replace(true);
        }
        self.commit_if_all_wait(seats);
    }

    fn commit_if_all_wait(self: &Arc<Self>, mut seats: MutexGuard<'_, Seats>) {
        if seats.waiting.is_empty() || seats.waiting.len() < seats.seated {
            return;
        }
        let mut waiting = std::mem::take(&mut seats.waiting);
        drop(seats);
        waiting.sort_by_key(|waiting| waiting.seat);
        let round = self.clone();
        tokio::spawn(async move {
            // A sender that is gone has sent what it had.
            let _ = round.before.clone().wait_for(|over| *over).await;
            let counts: Vec<usize> = waiting.iter().map(|waiting| waiting.sets.len()).collect();
            let (sets, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|w| (w.sets, w.answer)).unzip();
            let mut outcomes = round
                .store
                .commit_all(sets.into_iter().flatten().collect())
                .await
                .into_iter();
            for (count, answer) in counts.into_iter().zip(answers) {
                // Who no longer waits has gone away.
                let _ = answer.send(outcomes.by_ref().take(count).collect());
            }
        });
    }
}

/// A seat in a round: the store, as whoever sits there sees it. Leaving it is dropping it.
pub(crate) struct Seat {
    round: Arc<Round>,
    number: usize,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.round.leave();
    }
}

#[async_trait]
impl Store for Seat {
    fn schema(&self) -> &Schema {
        self.round.store.schema()
    }

    async fn commit_all(&self, sets: Vec<ChangeSet>) -> Outcomes {
        let count = sets.len();
        let (answer, answered) = oneshot::channel();
        {
            let mut seats = self.round.seats();
            seats.waiting.push(Waiting {
                seat: self.number,
                sets,
                answer,
            });
            self.round.commit_if_all_wait(seats);
        }
        match answered.await {
            Ok(outcomes) => outcomes,
            Err(_) => {
                let lost = Unavailable {
                    reason: "the round has ended".to_owned(),
                    retry_after: std::time::Duration::ZERO,
                };
                vec![Err(lost.into()); count]
            }
        }
    }

    async fn get_many(&self, table: &'static Table, keys: Vec<Vec<Value>>) -> Result<Vec<Option<Row>>, StoreError> {
        self.round.store.get_many(table, keys).await
    }

    async fn list(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.round.store.list(query).await
    }

    async fn nouns(&self, after: i64, until: i64) -> Result<BTreeSet<String>, StoreError> {
        self.round.store.nouns(after, until).await
    }

    async fn take_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, StoreError> {
        self.round.store.take_timers(now, lease_until, limit).await
    }

    fn watch(&self) -> watch::Receiver<i64> {
        self.round.store.watch()
    }

    async fn clear_derived(&self, followers: &[&str]) -> Result<(), StoreError> {
        self.round.store.clear_derived(followers).await
    }

    async fn scrub(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        self.round.store.scrub(tables).await
    }

    async fn backup_to(&self, file: &Path) -> Result<(), StoreError> {
        self.round.store.backup_to(file).await
    }

    async fn health(&self) -> Result<Health, StoreError> {
        self.round.store.health().await
    }

    async fn close(&self) {
        self.round.store.close().await;
    }
}
