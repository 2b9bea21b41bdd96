//! The store that the rest of the program holds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use jiff::Timestamp;
use quanyu_store::change::Invalid;
use quanyu_store::query::MAX_LIMIT;
use quanyu_store::record::check_key;
use quanyu_store::{
    ChangeSet, CommitError, Health, Query, Receipt, Row, Schema, Store, StoreError, Table, Timer, Unavailable, Value,
};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::fault::{closed, read_failure};
use crate::open::{OpenError, Options, connect_reading, copy_database, open};
use crate::reader::Readers;
use crate::sql::{SchemaSql, bind, decode, list, schema_sql};
use crate::writer::{Command, Writer, WriterState};

/// An opened data directory.
pub struct SqliteStore {
    schema: Schema,
    sql: Arc<SchemaSql>,
    readers: Readers,
    writer: Mutex<Option<WriterHandle>>,
    state: Arc<WriterState>,
    file: PathBuf,
}

struct WriterHandle {
    commands: mpsc::Sender<Command>,
    thread: JoinHandle<()>,
}

impl SqliteStore {
    /// Opens (or makes) the database in a directory and brings it to the schema. It belongs to this process until
    /// [`Store::close`] has returned.
    pub async fn open(directory: &Path, schema: Schema, options: Options) -> Result<SqliteStore, OpenError> {
        let directory = directory.to_owned();
        let opening = tokio::task::spawn_blocking(move || SqliteStore::open_blocking(&directory, schema, &options));
        match opening.await {
            Ok(opened) => opened,
            Err(stopped) => match stopped.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => Err(OpenError::Thread(cancelled.into())),
            },
        }
    }

    fn open_blocking(directory: &Path, schema: Schema, options: &Options) -> Result<SqliteStore, OpenError> {
        let opened = open(directory, &schema, options)?;
        let sql = Arc::new(schema_sql(&schema));
        let (writer, state, file) = Writer::new(opened, schema.clone(), sql.clone(), options)?;
        // A few groups' worth may wait; then callers wait before they are let in.
        let (commands, waiting) = mpsc::channel(options.group.max(1) * 4);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(waiting));
        let thread = thread.map_err(OpenError::Thread)?;
        Ok(SqliteStore {
            schema,
            sql,
            readers: Readers::new(file.clone(), options.readers, options.reader_cache),
            writer: Mutex::new(Some(WriterHandle { commands, thread })),
            state,
            file,
        })
    }

    /// Changes the number of bytes that the database file may take, see [`Options::quota`].
    pub async fn set_quota(&self, bytes: u64) -> Result<(), Unavailable> {
        self.ask(|answer| Command::SetQuota { bytes, answer }).await?
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Unavailable> {
        let commands = {
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer
                .as_ref()
                .map(|writer| writer.commands.clone())
                .ok_or_else(closed)?
        };
        let (answer, answered) = oneshot::channel();
        commands.send(command(answer)).await.map_err(|_| closed())?;
        drop(commands);
        answered.await.map_err(|_| closed())
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn commit_all(&self, sets: Vec<ChangeSet>) -> Vec<Result<Receipt, CommitError>> {
        let count = sets.len();
        // Checked here, on the caller's thread: the writer's time is the scarce one.
        let sets = sets
            .into_iter()
            .map(|set| set.check(&self.schema).map(|()| set))
            .collect();
        match self.ask(|answer| Command::Commit { sets, answer }).await {
            Ok(outcomes) => outcomes,
            Err(unavailable) => vec![Err(unavailable.into()); count],
        }
    }

    async fn get_many(&self, table: &'static Table, keys: Vec<Vec<Value>>) -> Result<Vec<Option<Row>>, StoreError> {
        self.schema.check_table(table)?;
        for key in &keys {
            check_key(table, key).map_err(Invalid::from)?;
        }
        // What names nothing, such as the evidence of a case without any, is no reason to change threads.
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let sql = self.sql.clone();
        self.readers
            .read(move |connection| {
                let select = &sql[table.name].select;
                let row = |key: &Vec<Value>| Ok(rows(connection, table, select, key)?.pop());
                if let [key] = keys.as_slice() {
                    return Ok(vec![row(key)?]);
                }
                // One read of the log's index for all of them, and all of one moment.
                let transaction = connection
                    .unchecked_transaction()
                    .map_err(|error| read_failure(&error))?;
                let found = keys.iter().map(row).collect();
                transaction.commit().map_err(|error| read_failure(&error))?;
                found
            })
            .await
    }

    async fn list(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.schema.check_table(query.table)?;
        let plan = query.plan()?;
        if plan.nothing {
            return Ok(Vec::new());
        }
        let query = query.clone();
        self.readers
            .read(move |connection| {
                let (sql, values) = list(&query, &plan);
                rows(connection, query.table, &sql, values)
            })
            .await
    }

    async fn nouns(&self, after: i64, until: i64) -> Result<BTreeSet<String>, StoreError> {
        self.readers
            .read(move |connection| {
                let nouns = || -> rusqlite::Result<BTreeSet<String>> {
                    let sql = "SELECT DISTINCT noun FROM journal WHERE position > ?1 AND position <= ?2";
                    let mut statement = connection.prepare_cached(sql)?;
                    statement.query_map([after, until], |row| row.get(0))?.collect()
                };
                nouns().map_err(|error| read_failure(&error))
            })
            .await
    }

    async fn take_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, StoreError> {
        if lease_until <= now {
            return Err(Invalid::new("timer", "the lease must end after now").into());
        }
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Invalid::new("timer", format!("limit {limit} is not 1..={MAX_LIMIT}")).into());
        }
        Ok(self
            .ask(|answer| Command::TakeTimers {
                now,
                lease_until,
                limit,
                answer,
            })
            .await??)
    }

    fn watch(&self) -> watch::Receiver<i64> {
        self.state.position.subscribe()
    }

    async fn clear_derived(&self, followers: &[&str]) -> Result<(), StoreError> {
        let followers = followers.iter().map(|name| (*name).to_owned()).collect();
        Ok(self.ask(|answer| Command::ClearDerived { followers, answer }).await??)
    }

    async fn scrub(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        for table in tables {
            self.schema().check_table(table)?;
        }
        // The pages themselves are overwritten with the deletion; what is left is the log.
        Ok(self.ask(|answer| Command::EmptyLog { answer }).await??)
    }

    async fn backup_to(&self, file: &Path) -> Result<(), StoreError> {
        let (from, to) = (self.file.clone(), file.to_owned());
        self.readers
            .read(move |_| {
                let from = connect_reading(&from, 1 << 20).map_err(|error| read_failure(&error))?;
                copy_database(&from, &to).map_err(|error| match error {
                    OpenError::Sqlite(error) => read_failure(&error),
                    OpenError::Path { path, error } if error.kind() == std::io::ErrorKind::AlreadyExists => {
                        Invalid::new(path.display().to_string(), "exists already; name a new file").into()
                    }
                    other => Unavailable {
                        reason: other.to_string(),
                        retry_after: RETRY_DISK,
                    }
                    .into(),
                })
            })
            .await
    }

    async fn health(&self) -> Result<Health, StoreError> {
        let bytes = self
            .readers
            .read(|connection| {
                connection
                    .query_row(
                        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                        [],
                        |row| row.get::<_, i64>(0),
                    )
                    .map_err(|error| read_failure(&error))
            })
            .await?;
        Ok(Health {
            engine: format!("SQLite {}", rusqlite::version()),
            bytes: u64::try_from(bytes).unwrap_or(0),
            last_position: *self.state.position.borrow(),
            trouble: self
                .state
                .trouble
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            counts: self.state.counter.read(),
        })
    }

    async fn close(&self) {
        self.readers.close().await;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(WriterHandle { commands, thread }) = writer else {
            return;
        };
        drop(commands);
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the writer's thread had panicked");
        }
    }
}

/// When to try a full or failing disk again.
const RETRY_DISK: std::time::Duration = std::time::Duration::from_secs(10);

fn rows<'a>(
    connection: &Connection,
    table: &'static Table,
    sql: &str,
    values: impl IntoIterator<Item = &'a Value>,
) -> Result<Vec<Row>, StoreError> {
    let answer = || -> rusqlite::Result<Result<Vec<Row>, StoreError>> {
        let mut statement = connection.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        let mut answer = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = answer.next()? {
            match decode(table, row)? {
                Ok(row) => rows.push(row),
                Err(damaged) => return Ok(Err(damaged.into())),
            }
        }
        Ok(Ok(rows))
    };
    answer().map_err(|error| read_failure(&error))?
}
