//! The sequencer's own connection: prepared statements, pipelining, and the notifications of other servers.

use std::collections::HashMap;
use std::pin::Pin;

use futures::future::{Future, poll_fn};
use quanyu_store::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Row, Statement};

use crate::sql::Bind;

/// Moves the known last position on; it never goes back.
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

/// An open connection that listens.
pub(crate) struct Link {
    client: Client,
    statements: HashMap<String, Statement>,
    /// Ends when the connection does.
    driver: JoinHandle<()>,
}

/// One statement of a pipeline.
pub(crate) struct Ask<'a> {
    pub sql: &'a str,
    pub values: Vec<&'a Value>,
    pub wants: Wants,
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
    Count(u64),
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, tokio_postgres::Error>> + Send + 'a>>;

impl Link {
    /// Connects, listens, and tells the position that was reached meanwhile.
    pub async fn open(
        config: &Config,
        namespace: &str,
        position: &watch::Sender<i64>,
    ) -> Result<Link, tokio_postgres::Error> {
        let (client, mut connection) = config.connect(NoTls).await?;
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
        client.batch_execute(&format!("LISTEN {}", channel(namespace))).await?;
        let head = client.query_one("SELECT position FROM _head", &[]).await?;
        raise(position, head.get(0));
        Ok(Link {
            client,
            statements: HashMap::new(),
            driver,
        })
    }

    /// Waits until the connection is lost.
    pub async fn lost(&mut self) {
        // However the driver ended, the connection has.
        let _ = (&mut self.driver).await;
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
        let binds: Vec<Vec<Bind<'_>>> = asks
            .iter()
            .map(|ask| ask.values.iter().map(|value| Bind(value)).collect())
            .collect();
        let mut pending = Vec::with_capacity(asks.len());
        for (ask, binds) in asks.iter().zip(&binds) {
            let (client, statement) = (&self.client, &self.statements[ask.sql]);
            let wants = ask.wants;
            let mut question: Pending<'_> = Box::pin(async move {
                match wants {
                    Wants::Rows => {
                        let parameters: Vec<_> = binds
                            .iter()
                            .map(|bind| bind as &(dyn tokio_postgres::types::ToSql + Sync))
                            .collect();
                        client.query(statement, &parameters).await.map(Answer::Rows)
                    }
                    Wants::Count => client.execute_raw(statement, binds).await.map(Answer::Count),
                }
            });
            // A question is sent when it is first polled: here, so that all are under way, and in this order.
            let first = poll_fn(|context| std::task::Poll::Ready(question.as_mut().poll(context))).await;
            pending.push(match first {
                std::task::Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
                std::task::Poll::Pending => question,
            });
        }
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
