//! The trait that an engine implements.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::change::{ChangeSet, Invalid};
use crate::query::Query;
use crate::record::{Record, Row, RowError};
use crate::schema::{Schema, Table};
use crate::tables::{CURSOR, Cursor, Event, JOURNAL, TIMER, Timer, TimerRow};
use crate::value::{Json, Value};

/// The positions that a committed set's events got; `first > last` when it had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Position of its first event, or the next free one.
    pub first_position: i64,
    /// Position of its last event, or the last one before the set.
    pub last_position: i64,
}

/// The engine cannot do it now: full disk, failing disk, lost server, closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable: {reason}; try again in {} s", .retry_after.as_secs_f32())]
pub struct Unavailable {
    /// What happened, for the operator.
    pub reason: String,
    /// When trying again makes sense.
    pub retry_after: Duration,
}

/// Why a set was not committed. Nothing of it is stored, except after [`CommitError::Unavailable`] of a server that was
/// lost in the middle: then nobody knows, and a claim (an idempotency key) tells the two cases apart on the next try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A row is not as expected: read again and decide again.
    #[error("{} {key:?} is not as it was when it was read", .table.name)]
    Conflict {
        /// The table.
        table: &'static Table,
        /// The row's key.
        key: Vec<Value>,
    },
    /// A claim is held by somebody else.
    #[error("{key:?} is already held in {space}")]
    Duplicate {
        /// The kind of uniqueness.
        space: String,
        /// What is unique in it.
        key: String,
        /// What the holder wrote.
        held: Json,
    },
    /// The engine cannot commit now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The set is malformed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The question is malformed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The engine cannot answer now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A stored row does not fit its table: the database was changed by other means.
    #[error("damaged row: {0}")]
    Damaged(#[from] RowError),
    /// This engine does not do this; the sentence names what to use instead.
    #[error("{0}")]
    Unsupported(String),
}

/// How an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Engine and version, such as `SQLite 3.50.4`.
    pub engine: String,
    /// Bytes that the database takes.
    pub bytes: u64,
    /// Last committed position.
    pub last_position: i64,
    /// Why commits fail at present; `None` while they succeed.
    pub trouble: Option<String>,
    /// What this server has committed since it started.
    pub counts: Counts,
}

/// What an engine has committed since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Change sets that were accepted.
    pub sets: u64,
    /// Transactions in which they were; sets over transactions is the size of a group.
    pub transactions: u64,
    /// Transactions that failed.
    pub failed: u64,
}

/// Counts that an engine keeps while it works.
#[derive(Debug, Default)]
pub struct Counter {
    sets: AtomicU64,
    transactions: AtomicU64,
    failed: AtomicU64,
}

impl Counter {
    /// A transaction that committed so many sets, or none because it failed.
    pub fn transaction(&self, sets: Option<usize>) {
        match sets {
            Some(sets) => {
                self.transactions.fetch_add(1, Ordering::Relaxed);
                self.sets.fetch_add(u64::try_from(sets).unwrap_or(0), Ordering::Relaxed);
            }
            None => {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The counts so far.
    pub fn read(&self) -> Counts {
        Counts {
            sets: self.sets.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}

/// A database that holds a [`Schema`]. What an engine must do is the first half; the second half is the same for all.
#[async_trait]
pub trait Store: Send + Sync {
    /// The schema that it was opened with.
    fn schema(&self) -> &Schema;

    /// Commits many sets in one transaction, each whole or not at all: one that fails leaves the others untouched. The
    /// answers come in the order of the sets, when everything is on disk.
    async fn commit_all(&self, sets: Vec<ChangeSet>) -> Vec<Result<Receipt, CommitError>>;

    /// The rows under the keys, in the order of the keys; `None` where there is none.
    async fn get_many(&self, table: &'static Table, keys: Vec<Vec<Value>>) -> Result<Vec<Option<Row>>, StoreError>;

    /// The rows that a question asks for.
    async fn list(&self, query: &Query) -> Result<Vec<Row>, StoreError>;

    /// What the events after a position and up to another are about, without the events: the nouns of their things.
    async fn nouns(&self, after: i64, until: i64) -> Result<BTreeSet<String>, StoreError>;

    /// Takes up to `limit` timers that may be taken at `now`, the oldest first, and lets nobody else take them until
    /// `lease_until`, so that a taker that dies is followed by another. When they are due is left as it was. What becomes of a timer is
    /// committed with [`Timer::done`] or [`Timer::again_at`].
    async fn take_timers(&self, now: Timestamp, lease_until: Timestamp, limit: usize)
    -> Result<Vec<Timer>, StoreError>;

    /// The last committed position, for waiting on: it changes with every commit, by whichever server.
    fn watch(&self) -> watch::Receiver<i64>;

    /// Empties the derived tables and takes the cursors of the named followers back to 0, in one transaction, before
    /// they are rebuilt from the journal.
    async fn clear_derived(&self, followers: &[&str]) -> Result<(), StoreError>;

    /// Makes sure that nothing that was deleted from these tables, or overwritten in them, can still be read from what the
    /// engine keeps: journals of changes and free space included, as far as that is in the engine's hands. For erasing; it may
    /// take its time, and be refused while somebody reads: then it is called again later.
    async fn scrub(&self, tables: &[&'static Table]) -> Result<(), StoreError>;

    /// Writes a consistent copy to a file that does not exist yet, while commits go on.
    async fn backup_to(&self, file: &Path) -> Result<(), StoreError>;

    /// How the engine is; an error when it does not answer at all.
    async fn health(&self) -> Result<Health, StoreError>;

    /// Finishes what was accepted, and stops. Everything after it is [`Unavailable`].
    async fn close(&self);

    /// Whether this server is the one that does, under this name, what only one needs to do at a time: the first that asks, as
    /// long as it runs and reaches the database, and then the next that asks. Always, where one server alone can have the
    /// database open. It spares work and guards nothing: what two do at once must conflict.
    async fn leads(&self, _what: &str) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// A digit of 0 to 9 that no other server on the database has: the one asked for, or the first that is free; `None` where
    /// there is none. It is this server's as long as it reaches the database, and is claimed again with a lost connection
    /// before anything else is committed: where another has taken it meanwhile, and none was asked for, the cell then says
    /// another one. Whatever was numbered before that conflicts if the other has given the same number.
    async fn digit(&self, asked: Option<u32>) -> Result<Option<Arc<AtomicU32>>, StoreError> {
        Ok(Some(Arc::new(AtomicU32::new(asked.unwrap_or(0)))))
    }

    /// Commits one set. Sets that wait at the same time share a transaction.
    async fn commit(&self, set: ChangeSet) -> Result<Receipt, CommitError> {
        self.commit_all(vec![set]).await.pop().expect("one answer for each set")
    }

    /// The row under a key.
    async fn get(&self, table: &'static Table, key: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.get_many(table, vec![key]).await?.pop().flatten())
    }

    /// The events after a position, in order.
    async fn journal(&self, after: i64, limit: usize) -> Result<Vec<Event>, StoreError> {
        events(
            self.list(&Query::by_key(&JOURNAL, limit).after(vec![after.into()]))
                .await?,
        )
    }

    /// The events of one thing after a position, in order.
    async fn journal_of(&self, noun: &str, id: i64, after: i64, limit: usize) -> Result<Vec<Event>, StoreError> {
        let query = Query::by_index(&JOURNAL, "of_thing", limit).equal(noun).equal(id);
        events(
            self.list(&query.after(vec![noun.into(), id.into(), after.into()]))
                .await?,
        )
    }

    /// The last committed position; 0 in an empty store.
    async fn last_position(&self) -> Result<i64, StoreError> {
        let newest = self.list(&Query::by_key(&JOURNAL, 1).descending()).await?;
        Ok(events(newest)?.pop().map_or(0, |event| event.position))
    }

    /// When the next timer may be taken.
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        match self.list(&Query::by_index(&TIMER, "by_take", 1)).await?.pop() {
            Some(row) => Ok(Some(TimerRow::from_row(row)?.take_at)),
            None => Ok(None),
        }
    }

    /// How far a follower has come; 0 before its first commit. It advances with [`crate::tables::advance_cursor`].
    async fn cursor(&self, name: &str) -> Result<i64, StoreError> {
        match self.get(&CURSOR, vec![name.into()]).await? {
            Some(row) => Ok(Cursor::from_row(row)?.position),
            None => Ok(0),
        }
    }
}

fn events(rows: Vec<Row>) -> Result<Vec<Event>, StoreError> {
    Ok(rows.into_iter().map(Event::from_row).collect::<Result<_, _>>()?)
}

/// Reading records instead of rows, on every store.
#[async_trait]
pub trait Records: Store {
    /// The record under a key.
    async fn record<R: Record>(&self, key: Vec<Value>) -> Result<Option<R>, StoreError> {
        Ok(self.get(R::table(), key).await?.map(R::from_row).transpose()?)
    }

    /// The records under the keys, in the order of the keys.
    async fn records<R: Record>(&self, keys: Vec<Vec<Value>>) -> Result<Vec<Option<R>>, StoreError> {
        let rows = self.get_many(R::table(), keys).await?;
        Ok(rows
            .into_iter()
            .map(|row| row.map(R::from_row).transpose())
            .collect::<Result<_, _>>()?)
    }

    /// The records that a question asks for; the question must be about the record's table.
    async fn page<R: Record>(&self, query: &Query) -> Result<Vec<R>, StoreError> {
        if query.table != R::table() {
            return Err(Invalid::new(query.table.name, format!("is asked for records of {}", R::table().name)).into());
        }
        Ok(self
            .list(query)
            .await?
            .into_iter()
            .map(R::from_row)
            .collect::<Result<_, _>>()?)
    }
}

impl<S: Store + ?Sized> Records for S {}
