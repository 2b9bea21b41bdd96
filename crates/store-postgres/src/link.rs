//! The sequencer's own connection: prepared statements, pipelining, and the notifications of other servers.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use futures::future::{Future, poll_fn};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{AsyncMessage, Client, GenericClient, Row, Statement};

use crate::open::{COMMITS, OpenError};
use crate::sql::Bind;
use crate::tls::Way;

/// The last position as a new connection finds it. It may lie before the one that was known until then: a standby that took
/// over may not have received everything. Whoever waits is told in any case.
fn settle(position: &watch::Sender<i64>, until_then: i64, last: i64) {
    position.send_modify(|known| {
        // Another server may have told of more since.
        if last < until_then && *known == until_then {
            *known = last;
            tracing::warn!(
                until_then,
                last,
                "the database has gone back: commits after the last position are lost, as where a standby takes over that \
                 was not synchronous"
            );
        }
        *known = last.max(*known);
    });
}

/// Moves the known last position on. Servers tell one another in no order: while a connection lasts it never goes back.
pub(crate) fn raise(position: &watch::Sender<i64>, last: i64) {
    position.send_if_modified(|known| {
        let moved = last > *known;
        *known = last.max(*known);
        moved
    });
}

/// The channel on which servers tell one another of commits.
pub(crate) fn channel(namespace: &str) -> String {
    format!("quanyu_{namespace}")
}

/// Whoever has the database open holds this lock with its connection, shared, or alone.
const PRESENT: &str = "SELECT pg_try_advisory_lock_shared(hashtext('quanyu/' || $1::text), 0)";
const PRESENT_ALONE: &str = "SELECT pg_try_advisory_lock(hashtext('quanyu/' || $1::text), 0)";
/// The same for the rest of a transaction.
pub(crate) const ALONE_FOR_NOW: &str = "SELECT pg_try_advisory_xact_lock(hashtext('quanyu/' || $1::text), 0)";

/// How long the server may need to notice that a connection was closed.
const LEAVING: Duration = Duration::from_secs(2);

/// Whoever leads in something holds a lock of this kind.
const LEAD: &str = "SELECT pg_try_advisory_lock(hashtext('quanyu/' || $1::text), hashtext('lead/' || $2::text))";

/// What a server leads at present.
pub(crate) type Led = Arc<Mutex<HashSet<String>>>;

/// The digit of a server, as [`quanyu_store::Store::digit`] gives it.
#[derive(Clone)]
pub(crate) struct Digit {
    /// The only one that will do, where one was asked for.
    pub asked: Option<u32>,
    /// The one that it has, or had before the connection was lost.
    pub now: Arc<AtomicU32>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.led.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// An open connection that listens.
pub(crate) struct Link {
    client: Client,
    statements: HashMap<String, Statement>,
    /// What this server leads: locks that end with the connection.
    led: Led,
    /// Ends when the connection does.
    driver: JoinHandle<()>,
}

/// One statement of a pipeline.
pub(crate) struct Ask<'a> {
    pub sql: &'a str,
    pub params: Vec<Param<'a>>,
    pub wants: Wants,
}

impl<'a> Ask<'a> {
    /// A statement without parameters whose answer is of no interest.
    pub fn plain(sql: &'a str) -> Ask<'a> {
        Ask {
            sql,
            params: Vec::new(),
            wants: Wants::Count,
        }
    }
}

/// A parameter: one value, or an array of them.
#[derive(Debug)]
pub(crate) enum Param<'a> {
    One(Bind<'a>),
    Many(Vec<Bind<'a>>),
}

impl ToSql for Param<'_> {
    fn to_sql(&self, to: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Param::One(value) => value.to_sql(to, out),
            Param::Many(values) => values.to_sql(to, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // As of [`Bind`].
        true
    }

    to_sql_checked!();
}

/// Asks for a lock of those who have the database open, for as long as the server may need to notice that somebody has just
/// left.
pub(crate) async fn granted(
    client: &impl GenericClient,
    lock: &str,
    namespace: &str,
) -> Result<bool, tokio_postgres::Error> {
    let begun = Instant::now();
    loop {
        if client.query_one(lock, &[&namespace]).await?.get(0) {
            return Ok(true);
        }
        if begun.elapsed() > LEAVING {
            return Ok(false);
        }
        tokio::time::sleep(LEAVING / 20).await;
    }
}

/// What is wanted of a statement's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    Rows,
    Count,
}

/// What a statement answered.
pub(crate) enum Answer {
    Rows(Vec<Row>),
    Count,
}

impl Answer {
    /// The rows, where rows were asked for.
    pub fn rows(self) -> Vec<Row> {
        match self {
            Answer::Rows(rows) => rows,
            Answer::Count => Vec::new(),
        }
    }
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, tokio_postgres::Error>> + Send + 'a>>;

impl Link {
    /// Connects, says that it is there (or alone), listens, and tells the position that was reached meanwhile.
    pub async fn open(
        way: &Way,
        namespace: &str,
        alone: bool,
        position: &watch::Sender<i64>,
        led: &Led,
    ) -> Result<Link, OpenError> {
        let (client, mut connection) = way.connect().await?;
        let heard = position.clone();
        let driver = tokio::spawn(async move {
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notification(told)) => {
                        if let Ok(last) = told.payload().parse() {
                            raise(&heard, last);
                        }
                    }
                    Ok(AsyncMessage::Notice(notice)) => tracing::info!(message = notice.message(), "notice"),
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the connection to PostgreSQL was lost");
                        return;
                    }
                }
            }
        });
        let presence = if alone { PRESENT_ALONE } else { PRESENT };
        if !granted(&client, presence, namespace).await? {
            return Err(OpenError::InUse {
                what: if alone {
                    "this one needs it alone"
                } else {
                    "one of them needs it alone"
                },
            });
        }
        client.batch_execute(COMMITS).await?;
        let until_then = *position.borrow();
        client.batch_execute(&format!("LISTEN {}", channel(namespace))).await?;
        let head = client.query_one("SELECT position FROM _head", &[]).await?;
        settle(position, until_then, head.get(0));
        Ok(Link {
            client,
            statements: HashMap::new(),
            led: led.clone(),
            driver,
        })
    }

    /// Waits until the connection is lost.
    pub async fn lost(&mut self) {
        // However the driver ended, the connection has.
        let _ = (&mut self.driver).await;
    }

    /// Takes the lead in something unless another server has it.
    pub async fn leads(&mut self, namespace: &str, what: &str) -> Result<bool, tokio_postgres::Error> {
        let taken: bool = self.client.query_one(LEAD, &[&namespace, &what]).await?.get(0);
        if taken {
            self.led
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(what.to_owned());
        }
        Ok(taken)
    }

    /// Takes the digit that the server had, or another one where that is taken and any will do; whether it has one.
    pub async fn claims(&mut self, namespace: &str, digit: &Digit) -> Result<bool, tokio_postgres::Error> {
        let had = digit.now.load(Ordering::Relaxed);
        let others = if digit.asked.is_none() { 0..10 } else { 0..0 };
        for number in std::iter::once(had).chain(others) {
            // Under the name of a node, which is what the digit is of.
            if self.leads(namespace, &format!("node {number}")).await? {
                digit.now.store(number, Ordering::Relaxed);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Runs a statement without parameters or answer.
    pub async fn run(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(sql).await
    }

    /// Sends all statements at once and gives their answers in order. An error is the first one; the statements after it
    /// have failed as well, for the transaction is aborted.
    pub async fn pipeline(&mut self, asks: &[Ask<'_>]) -> Result<Vec<Answer>, tokio_postgres::Error> {
        for ask in asks {
            if !self.statements.contains_key(ask.sql) {
                let statement = self.client.prepare(ask.sql).await?;
                self.statements.insert(ask.sql.to_owned(), statement);
            }
        }
        let mut pending = Vec::with_capacity(asks.len());
        for ask in asks {
            let params = &ask.params;
            let (client, statement) = (&self.client, &self.statements[ask.sql]);
            let wants = ask.wants;
            let mut question: Pending<'_> = Box::pin(async move {
                match wants {
                    Wants::Rows => {
                        let parameters: Vec<_> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
                        client.query(statement, &parameters).await.map(Answer::Rows)
                    }
                    Wants::Count => client.execute_raw(statement, params).await.map(|_| Answer::Count),
                }
            });
            // A question is sent when it is first polled: here, so that all are under way, and in this order.
            let first = poll_fn(|context| std::task::Poll::Ready(question.as_mut().poll(context))).await;
            pending.push(match first {
                std::task::Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
                std::task::Poll::Pending => question,
            });
        }
        // In their order: the connection reads on only while each answer is taken as it comes.
        let mut answers = Vec::with_capacity(pending.len());
        let mut fault = None;
        for question in pending {
            match question.await {
                Ok(answer) => answers.push(answer),
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        fault.map_or(Ok(answers), Err)
    }
}
