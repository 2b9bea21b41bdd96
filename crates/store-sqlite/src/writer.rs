//! The one thread that writes. It groups the change sets that wait into one transaction and answers them when it is on
//! disk.

use std::cell::Cell;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use quanyu_store::change::Invalid;
use quanyu_store::store::Counter;
use quanyu_store::tables::{CLAIM, CURSOR, HeldClaim, JOURNAL, TIMER, TimerRow};
use quanyu_store::{
    ChangeSet, Claim, CommitError, Expect, Receipt, Record, Row, Schema, Table, TableClass, Timer, Unavailable, Value,
    Write,
};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::checkpoint::{Checkpointer, empty_log, passive, truncate};
use crate::fault::Fault;
use crate::open::{OpenError, Opened, Options, PAGE_BYTES, set_quota};
use crate::sql::{Bind, SchemaSql, bind, decode, quoted};

/// What each set of a batch came to.
pub(crate) type Outcomes = Vec<Result<Receipt, CommitError>>;

/// A set that passed its check, or the answer it already has.
pub(crate) type Checked = Result<ChangeSet, Invalid>;

/// What the writer is asked to do.
pub(crate) enum Command {
    Commit {
        sets: Vec<Checked>,
        answer: oneshot::Sender<Outcomes>,
    },
    TakeTimers {
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
        answer: Answer<Vec<Timer>>,
    },
    ClearDerived {
        followers: Vec<String>,
        answer: Answer<()>,
    },
    SetQuota {
        bytes: u64,
        answer: Answer<()>,
    },
    EmptyLog {
        answer: Answer<()>,
    },
}

type Answer<T> = oneshot::Sender<Result<T, Unavailable>>;

/// What the rest of the store sees of the writer.
pub(crate) struct WriterState {
    /// The last committed position.
    pub position: watch::Sender<i64>,
    /// Why the last transaction failed.
    pub trouble: Mutex<Option<String>>,
    /// What was committed so far.
    pub counter: Counter,
}

impl WriterState {
    fn set_trouble(&self, trouble: Option<&Unavailable>) {
        let mut known = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) if known.is_none() => tracing::error!(reason = trouble.reason, "commits fail"),
            None if known.is_some() => tracing::info!("commits succeed again"),
            _ => {}
        }
        *known = trouble.map(|trouble| trouble.reason.clone());
    }
}

/// The writer's side of the world; lives on its thread.
pub(crate) struct Writer {
    connection: Connection,
    schema: Schema,
    sql: Arc<SchemaSql>,
    state: Arc<WriterState>,
    checkpointer: Checkpointer,
    /// Pages in the write-ahead log after the last commit, as SQLite counts them.
    log_pages: Arc<AtomicU64>,
    /// Bytes of log when a checkpoint was last asked for.
    nudged_at: Cell<u64>,
    checkpoint_after: u64,
    group: usize,
    /// Held until everything is closed.
    lock: File,
}

impl Writer {
    pub fn new(
        opened: Opened,
        schema: Schema,
        sql: Arc<SchemaSql>,
        options: &Options,
    ) -> Result<(Writer, Arc<WriterState>, PathBuf), OpenError> {
        let Opened {
            lock,
            mut connection,
            file,
        } = opened;
        let log_pages = Arc::new(AtomicU64::new(0));
        let counter = log_pages.clone();
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            counter.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let position: i64 =
            connection.query_row("SELECT coalesce(max(position), 0) FROM journal", [], |row| row.get(0))?;
        let state = Arc::new(WriterState {
            position: watch::Sender::new(position),
            trouble: Mutex::new(None),
            counter: Counter::default(),
        });
        let writer = Writer {
            connection,
            schema,
            sql,
            state: state.clone(),
            checkpointer: Checkpointer::start(&file)?,
            log_pages,
            nudged_at: Cell::new(0),
            checkpoint_after: options.checkpoint_after,
            group: options.group.max(1),
            lock,
        };
        Ok((writer, state, file))
    }

    /// Works until nobody can send any more, then empties the log and lets go of the directory.
    pub fn run(self, mut commands: mpsc::Receiver<Command>) {
        let mut next = commands.blocking_recv();
        while let Some(command) = next.take() {
            match command {
                Command::Commit { sets, answer } => {
                    let mut waiting = vec![(sets, answer)];
                    let mut size = waiting[0].0.len();
                    while size < self.group && next.is_none() {
                        match commands.try_recv() {
                            Ok(Command::Commit { sets, answer }) => {
                                size += sets.len();
                                waiting.push((sets, answer));
                            }
                            Ok(other) => next = Some(other),
                            Err(_) => break,
                        }
                    }
                    self.commit(waiting);
                }
                // A caller that no longer waits for its answer has gone away; what it asked for is done all the same.
                Command::TakeTimers {
                    now,
                    lease_until,
                    limit,
                    answer,
                } => {
                    let _ = answer.send(self.transaction(|| self.take_timers(now, lease_until, limit)));
                }
                Command::ClearDerived { followers, answer } => {
                    let _ = answer.send(self.transaction(|| self.clear_derived(&followers)));
                }
                Command::SetQuota { bytes, answer } => {
                    let set = set_quota(&self.connection, bytes);
                    let _ = answer.send(set.map_err(|error| crate::fault::unavailable(&error)));
                }
                Command::EmptyLog { answer } => {
                    let _ = answer.send(empty_log(&self.connection));
                }
            }
            self.checkpoint_if_due();
            if next.is_none() {
                next = commands.blocking_recv();
            }
        }
        self.checkpointer.stop();
        truncate(&self.connection);
        drop(self.connection);
        drop(self.lock);
    }

    fn checkpoint_if_due(&self) {
        let bytes = self.log_pages.load(Ordering::Relaxed) * PAGE_BYTES;
        if bytes < self.nudged_at.get() {
            // The log has begun anew.
            self.nudged_at.set(0);
        }
        if bytes >= self.nudged_at.get() + self.checkpoint_after {
            self.nudged_at.set(bytes);
            self.checkpointer.nudge();
        }
        if bytes >= 4 * self.checkpoint_after {
            // The log starts anew only when a checkpoint has caught up with the writer, which under steady load happens
            // only when the writer itself runs the last bit of it.
            passive(&self.connection);
        }
    }

    fn commit(&self, waiting: Vec<(Vec<Checked>, oneshot::Sender<Outcomes>)>) {
        let sets: Vec<&ChangeSet> = waiting
            .iter()
            .flat_map(|(sets, _)| sets)
            .filter_map(|set| set.as_ref().ok())
            .collect();
        let mut outcomes = self.commit_sets(&sets).into_iter();
        for (sets, answer) in waiting {
            let answers = sets.into_iter().map(|set| match set {
                Ok(_) => outcomes.next().expect("one outcome for each checked set"),
                Err(invalid) => Err(invalid.into()),
            });
            let _ = answer.send(answers.collect());
        }
    }

    /// Commits the sets in one transaction. Savepoints cost a copy of every page that a set touches, and sets rarely
    /// fail: so the first try does without, and only when a set is refused the transaction begins again with them.
    fn commit_sets(&self, sets: &[&ChangeSet]) -> Outcomes {
        if sets.is_empty() {
            return Vec::new();
        }
        let outcomes = match self.transaction(|| self.apply_all(sets, false)) {
            Ok(Some(outcomes)) => Ok(outcomes),
            Ok(None) => self
                .transaction(|| self.apply_all(sets, true))
                .map(|outcomes| outcomes.expect("with savepoints a refused set does not stop the others")),
            Err(unavailable) => Err(unavailable),
        };
        let accepted = |outcomes: &Outcomes| outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        self.state.counter.transaction(outcomes.as_ref().ok().map(accepted));
        match outcomes {
            Ok(outcomes) => {
                let last = outcomes
                    .iter()
                    .filter_map(|outcome| outcome.as_ref().ok())
                    .map(|done| done.last_position)
                    .max();
                if let Some(last) = last {
                    self.state.position.send_if_modified(|known| {
                        let moved = last > *known;
                        *known = last.max(*known);
                        moved
                    });
                }
                outcomes
            }
            Err(unavailable) => sets.iter().map(|_| Err(unavailable.clone().into())).collect(),
        }
    }

    /// Runs one transaction; after an engine failure nothing of it is left, and the next one may succeed.
    fn transaction<T: Stored>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Unavailable> {
        let done = self.begin().and_then(|()| work()).and_then(|value| {
            self.execute(if value.is_worth_keeping() { "COMMIT" } else { "ROLLBACK" })?;
            Ok(value)
        });
        let done = done.map_err(|fault| {
            // SQLite has already rolled back after some failures; whatever is still open goes now.
            if !self.connection.is_autocommit()
                && let Err(error) = self.connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "rolling back failed");
            }
            match fault {
                Fault::Engine(unavailable) => unavailable,
                Fault::Refused(refused) => Unavailable {
                    reason: refused.to_string(),
                    retry_after: std::time::Duration::from_secs(5),
                },
            }
        });
        self.state.set_trouble(done.as_ref().err());
        done
    }

    fn begin(&self) -> Result<(), Fault> {
        self.execute("BEGIN IMMEDIATE")
    }

    fn execute(&self, sql: &str) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.raw_execute()?;
        Ok(())
    }

    /// Applies the sets one after another. `None` when one was refused and there is no savepoint to go back to.
    fn apply_all(&self, sets: &[&ChangeSet], savepoints: bool) -> Result<Option<Outcomes>, Fault> {
        let mut position = *self.state.position.borrow();
        let mut outcomes = Vec::with_capacity(sets.len());
        for set in sets {
            if savepoints {
                self.execute("SAVEPOINT one")?;
            }
            match self.apply(set, position) {
                Ok(receipt) => {
                    position = receipt.last_position;
                    outcomes.push(Ok(receipt));
                }
                Err(Fault::Refused(_)) if !savepoints => return Ok(None),
                Err(Fault::Refused(refused)) => {
                    self.execute("ROLLBACK TO one")?;
                    outcomes.push(Err(refused));
                }
                Err(engine) => return Err(engine),
            }
            if savepoints {
                self.execute("RELEASE one")?;
            }
        }
        Ok(Some(outcomes))
    }

    fn apply(&self, set: &ChangeSet, position: i64) -> Result<Receipt, Fault> {
        // Claims first: a command sent twice is to be told what the first one did, not that a row has changed.
        for claim in &set.claims {
            self.claim(claim)?;
        }
        for write in &set.writes {
            self.write(write)?;
        }
        let mut last_position = position;
        for event in &set.events {
            last_position += 1;
            self.change(
                &JOURNAL,
                &self.sql[JOURNAL.name].insert,
                &event.at_position(last_position).to_row().0,
                None,
            )?;
        }
        Ok(Receipt {
            first_position: position + 1,
            last_position,
        })
    }

    fn claim(&self, claim: &Claim) -> Result<(), Fault> {
        let row = claim.to_row();
        if self.change(&CLAIM, &self.sql[CLAIM.name].insert, &row.0, None)? == 1 {
            return Ok(());
        }
        let held = self
            .stored(&CLAIM, &row.key(&CLAIM))?
            .and_then(|row| HeldClaim::from_row(row).ok());
        Err(Fault::Refused(match held {
            Some(held) => CommitError::Duplicate {
                space: held.space,
                key: held.key,
                held: held.holds,
            },
            None => CommitError::Conflict {
                table: &CLAIM,
                key: row.key(&CLAIM),
            },
        }))
    }

    fn write(&self, write: &Write) -> Result<(), Fault> {
        // What is deleted for good is overwritten, pages that become free included; elsewhere only where it costs nothing.
        let for_good =
            matches!(write, Write::Delete { .. }) && write.table().class == TableClass::Kept && write.table() != &TIMER;
        if !for_good {
            return self.write_row(write);
        }
        self.connection.execute_batch("PRAGMA secure_delete = ON")?;
        let written = self.write_row(write);
        self.connection.execute_batch("PRAGMA secure_delete = FAST")?;
        written
    }

    fn write_row(&self, write: &Write) -> Result<(), Fault> {
        let table = write.table();
        let sql = &self.sql[table.name];
        let held = match (write, write.expect()) {
            (Write::Put { row, .. }, Expect::Absent) => self.change(table, &sql.insert, &row.0, None)? == 1,
            (Write::Put { row, .. }, Expect::Version(read)) => {
                self.change(table, &sql.update, &row.0, Some(*read))? == 1
            }
            (Write::Put { row, .. }, Expect::Any) => {
                self.change(table, &sql.upsert, &row.0, None)?;
                true
            }
            (Write::Delete { key, .. }, Expect::Version(read)) => {
                self.change(table, &sql.delete_version, key, Some(*read))? == 1
            }
            (Write::Delete { key, .. }, Expect::Any) => {
                self.change(table, &sql.delete, key, None)?;
                true
            }
            // What remains has no single statement: look, then change.
            (write, expect) => {
                let stored = self.stored(table, write.key())?;
                let holds = match expect {
                    Expect::Absent => stored.is_none(),
                    Expect::Same(row) => stored.as_ref() == Some(row),
                    Expect::Version(version) => {
                        let at = table.version_at().expect("the set was checked");
                        stored.is_some_and(|row| row.0[at] == Value::Int(*version))
                    }
                    Expect::Any => true,
                };
                match write {
                    Write::Put { row, .. } if holds => self.change(table, &sql.upsert, &row.0, None)?,
                    Write::Delete { key, .. } if holds => self.change(table, &sql.delete, key, None)?,
                    _ => 0,
                };
                holds
            }
        };
        if held {
            Ok(())
        } else {
            Err(Fault::Refused(CommitError::Conflict {
                table,
                key: write.key().to_vec(),
            }))
        }
    }

    /// Runs a changing statement of a table and says how many rows it changed.
    fn change(&self, table: &Table, sql: &str, values: &[Value], version: Option<i64>) -> Result<usize, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        if let Some(version) = version {
            statement.raw_bind_parameter(table.columns.len() + 1, version)?;
        }
        Ok(statement.raw_execute()?)
    }

    fn stored(&self, table: &'static Table, key: &[Value]) -> Result<Option<Row>, Fault> {
        let mut statement = self.connection.prepare_cached(&self.sql[table.name].select)?;
        bind(&mut statement, key)?;
        let mut rows = statement.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        match decode(table, row)? {
            Ok(row) => Ok(Some(row)),
            Err(damaged) => Err(Fault::Refused(Invalid::from(damaged).into())),
        }
    }

    fn take_timers(&self, now: Timestamp, lease_until: Timestamp, limit: usize) -> Result<Vec<Timer>, Fault> {
        let mut due = self.connection.prepare_cached(
            "SELECT noun, id, district, due, take_at FROM timer INDEXED BY timer__by_take
             WHERE take_at <= ?1 ORDER BY take_at, noun, id LIMIT ?2",
        )?;
        due.raw_bind_parameter(1, Bind(&now.into()))?;
        due.raw_bind_parameter(2, i64::try_from(limit).unwrap_or(i64::MAX))?;
        let mut taken = Vec::new();
        let mut rows = due.raw_query();
        while let Some(row) = rows.next()? {
            let timer = decode(TimerRow::table(), row)?
                .and_then(TimerRow::from_row)
                .map_err(|damaged| Fault::Refused(Invalid::from(damaged).into()))?;
            taken.push(timer.leased_until(lease_until));
        }
        drop(rows);
        let mut lease = self
            .connection
            .prepare_cached("UPDATE timer SET take_at = ?3 WHERE noun = ?1 AND id = ?2")?;
        for timer in &taken {
            bind(
                &mut lease,
                &[timer.noun.as_str().into(), timer.id.into(), lease_until.into()],
            )?;
            lease.raw_execute()?;
        }
        Ok(taken)
    }

    fn clear_derived(&self, followers: &[String]) -> Result<(), Fault> {
        for table in self
            .schema
            .tables()
            .iter()
            .filter(|table| table.class == TableClass::Derived)
        {
            self.execute(&format!("DELETE FROM {}", quoted(table.name)))?;
        }
        for follower in followers {
            self.change(
                &CURSOR,
                &self.sql[CURSOR.name].delete,
                &[follower.as_str().into()],
                None,
            )?;
        }
        Ok(())
    }
}

/// Whether the work of a transaction left anything to commit.
trait Stored {
    fn is_worth_keeping(&self) -> bool;
}

impl Stored for () {
    fn is_worth_keeping(&self) -> bool {
        true
    }
}

impl Stored for Vec<Timer> {
    fn is_worth_keeping(&self) -> bool {
        !self.is_empty()
    }
}

impl Stored for Option<Outcomes> {
    fn is_worth_keeping(&self) -> bool {
        self.as_ref().is_some_and(|outcomes| outcomes.iter().any(Result::is_ok))
    }
}
