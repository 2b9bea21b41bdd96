//! The store that the rest of the program holds.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures::future::try_join_all;
use jiff::Timestamp;
use quanyu_store::change::Invalid;
use quanyu_store::query::MAX_LIMIT;
use quanyu_store::record::check_key;
use quanyu_store::store::Counter;
use quanyu_store::tables::{TIMER, TimerRow};
use quanyu_store::{
    ChangeSet, CommitError, Health, Query, Receipt, Record, Row, Schema, Store, StoreError, Table, Timer, Unavailable,
    Value,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::fault::{closed, no_connection, unavailable};
use crate::link::{Led, Link};
use crate::open::{OpenError, Options, check_server, config, warn_of_losses};
use crate::sequencer::{Command, Sequencer, SequencerState};
use crate::sql::{Bind, SchemaSql, decode, list, quoted, schema_sql};
use crate::tls::Way;
use crate::{ddl, start};

/// An opened database.
pub struct PostgresStore {
    schema: Schema,
    sql: Arc<SchemaSql>,
    pool: Pool,
    sequencer: Mutex<Option<SequencerHandle>>,
    state: Arc<SequencerState>,
}

struct SequencerHandle {
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

impl PostgresStore {
    /// Opens the database at an address (`postgres://user:password@host/name`), makes what is missing in its namespace and
    /// brings it to the schema. Any number of servers may have it open.
    pub async fn open(address: &str, schema: Schema, options: Options) -> Result<PostgresStore, OpenError> {
        let way = config(address, &options.namespace)?;
        {
            let (mut client, connection) = way.connect().await?;
            let driver = tokio::spawn(connection);
            check_server(&client).await?;
            warn_of_losses(&client).await?;
            start::bring_up_to_date(&mut client, &options.namespace, &schema).await?;
            driver.abort();
        }
        let (position, led) = (watch::Sender::new(0), Led::default());
        let link = Link::open(&way, &options.namespace, options.alone, &position, &led).await?;
        let pool = pool(&way, &options, None);
        let sql = Arc::new(schema_sql(&schema));
        let state = Arc::new(SequencerState {
            position,
            led,
            trouble: Mutex::new(None),
            counter: Counter::default(),
        });
        let sequencer = Sequencer {
            way,
            namespace: options.namespace,
            schema: schema.clone(),
            sql: sql.clone(),
            state: state.clone(),
            group: options.group.max(1),
            alone: options.alone,
            link: Some(link),
            digit: None,
        };
        let (commands, waiting) = mpsc::channel(options.group.max(1) * 4);
        let task = tokio::spawn(sequencer.run(waiting));
        let sequencer = Mutex::new(Some(SequencerHandle { commands, task }));
        Ok(PostgresStore {
            schema,
            sql,
            pool,
            sequencer,
            state,
        })
    }

    /// Opens the database for reading as of this moment, however long that takes and whatever servers commit meanwhile: one
    /// connection in one transaction. Nothing can be committed; when the connection is lost, so is the moment.
    pub async fn open_moment(address: &str, schema: Schema, options: Options) -> Result<PostgresStore, OpenError> {
        let way = config(address, &options.namespace)?;
        let options = Options {
            connections: 1,
            ..options
        };
        let (client, connection) = way.connect().await?;
        let driver = tokio::spawn(connection);
        check_server(&client).await?;
        ddl::check_version(&client, &options.namespace, &schema).await?;
        driver.abort();
        Ok(PostgresStore {
            sql: Arc::new(schema_sql(&schema)),
            schema,
            pool: pool(&way, &options, Some(of_one_moment())),
            sequencer: Mutex::new(None),
            state: Arc::new(SequencerState {
                position: watch::Sender::new(0),
                led: Led::default(),
                trouble: Mutex::new(None),
                counter: Counter::default(),
            }),
        })
    }

    /// Empties a database that is marked with this name as half filled ([`quanyu_store::carry::mark`]), and no other; whether
    /// it was. Nobody may have it open.
    pub async fn empty_if_marked(
        address: &str,
        schema: &Schema,
        options: &Options,
        name: &str,
    ) -> Result<bool, OpenError> {
        let way = config(address, &options.namespace)?;
        let (mut client, connection) = way.connect().await?;
        let driver = tokio::spawn(connection);
        check_server(&client).await?;
        let transaction = client.transaction().await?;
        let emptied = ddl::empty_if_marked(&transaction, &options.namespace, schema, name).await?;
        transaction.commit().await?;
        driver.abort();
        Ok(emptied)
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Unavailable> {
        let commands = {
            let sequencer = self.sequencer.lock().unwrap_or_else(PoisonError::into_inner);
            sequencer
                .as_ref()
                .map(|sequencer| sequencer.commands.clone())
                .ok_or_else(closed)?
        };
        let (answer, answered) = oneshot::channel();
        commands.send(command(answer)).await.map_err(|_| closed())?;
        drop(commands);
        answered.await.map_err(|_| closed())
    }

    async fn connection(&self) -> Result<Object, Unavailable> {
        self.pool.get().await.map_err(|error| no_connection(&error))
    }
}

/// What is rewritten may take its time, but not wait for its turn: everybody else waits behind it.
const PATIENT: &str = "SET statement_timeout = 0; SET lock_timeout = '1s'";
/// The largest table that is written anew while everybody else waits for it, in bytes: seconds.
const REWRITTEN: i64 = 256 << 20;

/// Writes a table anew, without what was deleted from it, as nothing else does. Of a larger one the room of what was deleted
/// is given to what comes next, which keeps nobody waiting.
async fn scrub(client: &tokio_postgres::Client, table: &str) -> Result<(), tokio_postgres::Error> {
    let size = client
        .query_one("SELECT pg_table_size($1::text::regclass)", &[&table])
        .await?;
    let how = if size.get::<_, i64>(0) <= REWRITTEN {
        "VACUUM FULL"
    } else {
        "VACUUM"
    };
    client.batch_execute(&format!("{how} {table}")).await
}

fn pool(way: &Way, options: &Options, hook: Option<Hook>) -> Pool {
    let manager = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let mut pool = Pool::builder(Manager::from_config(way.config.clone(), way.tls.clone(), manager))
        .max_size(options.connections.max(1))
        .runtime(Runtime::Tokio1)
        .create_timeout(Some(Duration::from_secs(5)))
        .wait_timeout(Some(options.patience));
    if let Some(hook) = hook {
        pool = pool.post_create(hook);
    }
    pool.build().expect("timeouts have the runtime that they need")
}

/// Lets the one connection of a pool read as of one moment. A second one would read of another.
fn of_one_moment() -> Hook {
    let begun = AtomicBool::new(false);
    Hook::async_fn(move |client, _| {
        let again = begun.swap(true, Ordering::Relaxed);
        Box::pin(async move {
            if again {
                return Err(HookError::message("the connection was lost, and with it the moment"));
            }
            let begin = "SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                         SELECT position FROM _head";
            client.batch_execute(begin).await.map_err(HookError::Backend)
        })
    })
}

/// A limit as a parameter; both kinds of question have refused any that is larger than [`MAX_LIMIT`].
fn as_value(limit: usize) -> Value {
    Value::Int(i64::try_from(limit).unwrap_or(i64::MAX))
}

/// Asks one question.
async fn query(
    connection: &Object,
    sql: &str,
    values: impl IntoIterator<Item = &Value>,
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let statement = connection
        .prepare_cached(sql)
        .await
        .map_err(|error| unavailable(&error))?;
    query_prepared(connection, &statement, values).await
}

async fn query_prepared(
    connection: &Object,
    statement: &Statement,
    values: impl IntoIterator<Item = &Value>,
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let binds: Vec<Bind<'_>> = values.into_iter().map(Bind).collect();
    let parameters: Vec<&(dyn ToSql + Sync)> = binds.iter().map(|bind| bind as &(dyn ToSql + Sync)).collect();
    Ok(connection
        .query(statement, &parameters)
        .await
        .map_err(|error| unavailable(&error))?)
}

#[async_trait]
impl Store for PostgresStore {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn commit_all(&self, sets: Vec<ChangeSet>) -> Vec<Result<Receipt, CommitError>> {
        let count = sets.len();
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
        // What names nothing, such as the evidence of a case without any, needs no connection.
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let connection = self.connection().await?;
        let select = connection
            .prepare_cached(&self.sql[table.name].select)
            .await
            .map_err(|error| unavailable(&error))?;
        // Questions on one connection are pipelined: this is one round trip, not one for each key.
        let found = try_join_all(keys.iter().map(|key| query_prepared(&connection, &select, key))).await?;
        let rows = found
            .iter()
            .map(|rows| rows.first().map(|row| decode(table, row)).transpose());
        Ok(rows.collect::<Result<_, _>>()?)
    }

    async fn list(&self, question: &Query) -> Result<Vec<Row>, StoreError> {
        self.schema.check_table(question.table)?;
        let plan = question.plan()?;
        if plan.nothing {
            return Ok(Vec::new());
        }
        let limit = as_value(question.limit);
        let (sql, values) = list(question, &plan, &limit);
        let connection = self.connection().await?;
        let rows = query(&connection, &sql, values).await?;
        Ok(rows
            .iter()
            .map(|row| decode(question.table, row))
            .collect::<Result<_, _>>()?)
    }

    async fn nouns(&self, after: i64, until: i64) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT DISTINCT noun FROM journal WHERE position > $1 AND position <= $2";
        let connection = self.connection().await?;
        let rows = query(&connection, sql, &[after.into(), until.into()]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
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
        let sql = "WITH due AS (
               SELECT noun, id, take_at FROM timer WHERE take_at <= $1
               ORDER BY take_at, noun, id LIMIT $3 FOR UPDATE SKIP LOCKED
             )
             UPDATE timer SET take_at = $2 FROM due WHERE timer.noun = due.noun AND timer.id = due.id
             RETURNING timer.noun, timer.id, timer.district, timer.due, due.take_at";
        let connection = self.connection().await?;
        let rows = query(&connection, sql, &[now.into(), lease_until.into(), as_value(limit)]).await?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in &rows {
            taken.push(TimerRow::from_row(decode(&TIMER, row)?)?);
        }
        // An update returns rows in no particular order.
        taken.sort_by(|one, other| (one.take_at, &one.noun, one.id).cmp(&(other.take_at, &other.noun, other.id)));
        Ok(taken.into_iter().map(|timer| timer.leased_until(lease_until)).collect())
    }

    fn watch(&self) -> watch::Receiver<i64> {
        self.state.position.subscribe()
    }

    async fn leads(&self, what: &str) -> Result<bool, StoreError> {
        // Known without asking, as long as the connection holds.
        if self
            .state
            .led
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(what)
        {
            return Ok(true);
        }
        let what = what.to_owned();
        Ok(self.ask(|answer| Command::Lead { what, answer }).await??)
    }

    async fn digit(&self, asked: Option<u32>) -> Result<Option<Arc<AtomicU32>>, StoreError> {
        Ok(self.ask(|answer| Command::Digit { asked, answer }).await??)
    }

    async fn clear_derived(&self, followers: &[&str]) -> Result<(), StoreError> {
        let followers = followers.iter().map(|name| (*name).to_owned()).collect();
        Ok(self.ask(|answer| Command::ClearDerived { followers, answer }).await??)
    }

    async fn scrub(&self, tables: &[&'static Table]) -> Result<(), StoreError> {
        for table in tables {
            self.schema().check_table(table)?;
        }
        let connection = self.connection().await?;
        let scrubbed = async {
            connection.batch_execute(PATIENT).await?;
            for table in tables {
                scrub(&connection, &quoted(table.name)).await?;
            }
            Ok(())
        };
        let scrubbed: Result<(), tokio_postgres::Error> = scrubbed.await;
        // Others use the connection next. Where this fails, so will they, and it is thrown away.
        let reset = connection
            .batch_execute("RESET statement_timeout; RESET lock_timeout")
            .await;
        scrubbed.and(reset).map_err(|error| unavailable(&error).into())
    }

    async fn backup_to(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Unsupported(
            "a file of one database is made by `quanyu backup`, which carries it into the embedded engine's form; \
             pg_dump, and pg_basebackup with archived WAL for recovery to any moment, are PostgreSQL's own tools"
                .to_owned(),
        ))
    }

    async fn health(&self) -> Result<Health, StoreError> {
        let connection = self.connection().await?;
        let sql = "SELECT current_setting('server_version'), pg_database_size(current_database()), position FROM _head";
        let rows = query(&connection, sql, &[]).await?;
        let row = rows.first().ok_or_else(|| Unavailable {
            reason: "PostgreSQL: the table _head has no row; restore the last backup".to_owned(),
            retry_after: Duration::from_secs(60),
        })?;
        Ok(Health {
            engine: format!("PostgreSQL {}", row.get::<_, String>(0)),
            bytes: u64::try_from(row.get::<_, i64>(1)).unwrap_or(0),
            last_position: row.get(2),
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
        self.pool.close();
        let sequencer = self.sequencer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(SequencerHandle { commands, task }) = sequencer else {
            return;
        };
        drop(commands);
        if task.await.is_err() {
            tracing::error!("the sequencer had panicked");
        }
    }
}
