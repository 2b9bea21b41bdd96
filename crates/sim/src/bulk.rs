//! The bulk path: the same commits, answered at once and written in large batches.
//!
//! A [`Bulk`] store takes what the use cases commit, judges it against what has been committed before, answers, and
//! writes many sets in one transaction behind the caller's back, in the same order. What was committed and may be read
//! again is read from memory. It is for filling an empty store alone: an answer does not mean that it is on disk, and
//! somebody else's commits are not looked at until the batch is written, where they end the run.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use quanyu_app::tables::{CASE, CONTENT};
use quanyu_store::tables::CLAIM;
use quanyu_store::{
    ChangeSet, CommitError, Expect, Health, Query, Receipt, Row, Schema, Store, StoreError, Table, Timer, Unavailable,
    Value, Write,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// Change sets that are written in one transaction.
const BATCH: usize = 2_000;

/// A store that commits in large batches.
pub(crate) struct Bulk {
    store: Arc<dyn Store>,
    memory: Arc<Mutex<Memory>>,
    batches: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer is asked to do.
enum Job {
    Write {
        number: u64,
        sets: Vec<ChangeSet>,
    },
    /// Tells when everything before it is written.
    Tell(oneshot::Sender<()>),
}

/// What was committed and is not on disk yet, or may be read again.
#[derive(Default)]
struct Memory {
    rows: HashMap<(&'static str, Vec<Value>), Remembered>,
    waiting: Vec<ChangeSet>,
    /// The number of the batch that is gathered.
    batch: u64,
    position: i64,
    failed: Option<CommitError>,
}

struct Remembered {
    table: &'static Table,
    /// `None`: deleted.
    row: Option<Row>,
    /// The batch that writes it.
    batch: u64,
}

impl Bulk {
    /// A bulk store in front of another one.
    pub async fn over(store: Arc<dyn Store>) -> Result<Arc<Self>, StoreError> {
        let memory = Memory {
            position: store.last_position().await?,
            ..Memory::default()
        };
        let memory = Arc::new(Mutex::new(memory));
        // One batch is written while one waits and one is gathered: the caller never runs further ahead.
        let (batches, jobs) = mpsc::channel(1);
        let writer = tokio::spawn(write(store.clone(), memory.clone(), jobs));
        Ok(Arc::new(Self {
            store,
            memory,
            batches: Mutex::new(Some(batches)),
            writer: Mutex::new(Some(writer)),
        }))
    }

    /// Writes what is left. Nothing can be committed afterwards.
    ///
    /// # Errors
    /// What kept a batch from being written.
    pub async fn finish(&self) -> Result<(), CommitError> {
        self.flush().await;
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.await.is_err()
        {
            return Err(lost().into());
        }
        self.memory().failed.take().map_or(Ok(()), Err)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, job: Job) {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(batches) = batches
            && batches.send(job).await.is_err()
        {
            self.memory().failed = Some(lost().into());
        }
    }

    /// Hands over what has gathered, and waits until everything is written.
    async fn flush(&self) {
        let job = self.memory().hand_over();
        self.send(job).await;
        let (told, waits) = oneshot::channel();
        self.send(Job::Tell(told)).await;
        // A writer that is gone has told why.
        let _ = waits.await;
    }
}

impl Memory {
    fn hand_over(&mut self) -> Job {
        let number = self.batch;
        self.batch += 1;
        Job::Write {
            number,
            sets: std::mem::take(&mut self.waiting),
        }
    }

    /// Judges a set against what is remembered, and remembers it.
    fn commit(&mut self, set: ChangeSet) -> Result<Receipt, CommitError> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        for claim in &set.claims {
            let key = (CLAIM.name, vec![claim.space.as_str().into(), claim.key.as_str().into()]);
            if self.rows.get(&key).is_some_and(|held| held.row.is_some()) {
                let (space, key, held) = (claim.space.clone(), claim.key.clone(), claim.holds.clone());
                return Err(CommitError::Duplicate { space, key, held });
            }
        }
        for write in &set.writes {
            let known = self.rows.get(&(write.table().name, write.key().to_vec()));
            if known.is_some_and(|known| !holds(known, write.expect())) {
                return Err(CommitError::Conflict {
                    table: write.table(),
                    key: write.key().to_vec(),
                });
            }
        }
        let batch = self.batch;
        for claim in &set.claims {
            let row = claim.to_row();
            self.rows.insert(
                (CLAIM.name, row.key(&CLAIM)),
                Remembered {
                    table: &CLAIM,
                    row: Some(row),
                    batch,
                },
            );
        }
        for write in &set.writes {
            let row = match write {
                Write::Put { row, .. } => Some(row.clone()),
                Write::Delete { .. } => None,
                Write::Check { .. } => continue,
            };
            let table = write.table();
            self.rows
                .insert((table.name, write.key().to_vec()), Remembered { table, row, batch });
        }
        let first_position = self.position + 1;
        self.position += i64::try_from(set.events.len()).unwrap_or(0);
        self.waiting.push(set);
        Ok(Receipt {
            first_position,
            last_position: self.position,
        })
    }

    /// Forgets what is on disk, except what is read again and again.
    fn written(&mut self, number: u64) {
        self.rows
            .retain(|_, known| known.batch > number || known.is_read_again());
    }
}

impl Remembered {
    fn is_read_again(&self) -> bool {
        let Some(row) = &self.row else { return false };
        if self.table == &CONTENT {
            return true;
        }
        let open = CASE.columns.iter().position(|column| column.name == "open");
        self.table == &CASE && open.is_some_and(|open| row.0.get(open) == Some(&Value::Bool(true)))
    }
}

fn holds(known: &Remembered, expect: &Expect) -> bool {
    match expect {
        Expect::Any => true,
        Expect::Absent => known.row.is_none(),
        Expect::Same(row) => known.row.as_ref() == Some(row),
        Expect::Version(version) => match (&known.row, known.table.version_at()) {
            (Some(row), Some(at)) => row.0.get(at) == Some(&Value::Int(*version)),
            _ => false,
        },
    }
}

/// Writes batches until nobody can send any more.
async fn write(store: Arc<dyn Store>, memory: Arc<Mutex<Memory>>, mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.recv().await {
        match job {
            Job::Tell(told) => {
                // Who no longer waits need not be told.
                let _ = told.send(());
            }
            Job::Write { number, sets } => {
                let fault = store.commit_all(sets).await.into_iter().find_map(Result::err);
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                match fault {
                    None => memory.written(number),
                    Some(fault) => memory.failed = memory.failed.take().or(Some(fault)),
                }
            }
        }
    }
}

fn lost() -> Unavailable {
    Unavailable {
        reason: "the bulk writer has ended".to_owned(),
        retry_after: Duration::from_secs(5),
    }
}

#[async_trait]
impl Store for Bulk {
    fn schema(&self) -> &Schema {
        self.store.schema()
    }

    async fn commit_all(&self, sets: Vec<ChangeSet>) -> Vec<Result<Receipt, CommitError>> {
        let (outcomes, job) = {
            let mut memory = self.memory();
            let outcomes = sets.into_iter().map(|set| memory.commit(set)).collect();
            let job = (memory.waiting.len() >= BATCH).then(|| memory.hand_over());
            (outcomes, job)
        };
        if let Some(job) = job {
            self.send(job).await;
        }
        outcomes
    }

    async fn get_many(&self, table: &'static Table, keys: Vec<Vec<Value>>) -> Result<Vec<Option<Row>>, StoreError> {
        let mut found: Vec<Option<Option<Row>>> = {
            let memory = self.memory();
            let row = |key: &Vec<Value>| {
                memory
                    .rows
                    .get(&(table.name, key.clone()))
                    .map(|known| known.row.clone())
            };
            keys.iter().map(row).collect()
        };
        if table == &CASE && found.iter().flatten().any(Option::is_some) {
            // The number of a case is its own in every district: who asks in all of them has found it.
            return Ok(found.into_iter().map(Option::flatten).collect());
        }
        let missing: Vec<Vec<Value>> = keys
            .into_iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none())
            .map(|(key, _)| key)
            .collect();
        if !missing.is_empty() {
            let mut stored = self.store.get_many(table, missing).await?.into_iter();
            for slot in found.iter_mut().filter(|slot| slot.is_none()) {
                *slot = stored.next();
            }
        }
        Ok(found.into_iter().map(Option::flatten).collect())
    }

    async fn list(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.flush().await;
        self.store.list(query).await
    }

    async fn nouns(&self, after: i64, until: i64) -> Result<BTreeSet<String>, StoreError> {
        self.flush().await;
        self.store.nouns(after, until).await
    }

    async fn take_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, StoreError> {
        self.flush().await;
        self.store.take_timers(now, lease_until, limit).await
    }

    fn watch(&self) -> watch::Receiver<i64> {
        self.store.watch()
    }

    async fn clear_derived(&self, followers: &[&str]) -> Result<(), StoreError> {
        self.flush().await;
        self.store.clear_derived(followers).await
    }

    async fn scrub(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        self.flush().await;
        self.store.scrub(tables).await
    }

    async fn backup_to(&self, file: &Path) -> Result<(), StoreError> {
        self.flush().await;
        self.store.backup_to(file).await
    }

    async fn health(&self) -> Result<Health, StoreError> {
        self.store.health().await
    }

    async fn close(&self) {
        self.flush().await;
        self.store.close().await;
    }
}
