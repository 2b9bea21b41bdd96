//! The one task of a server that commits. It groups the change sets that wait into one transaction and answers them when
//! it is on disk.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quanyu_store::change::Invalid;
use quanyu_store::store::Counter;
use quanyu_store::tables::{CLAIM, CURSOR, HeldClaim};
use quanyu_store::{ChangeSet, CommitError, Receipt, Record, Schema, TableClass, Unavailable, Value};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_postgres::Config;

use crate::fault::{Fault, unavailable};
use crate::link::{Answer, Ask, Link, Wants, channel, raise};
use crate::prepared::Prepared;
use crate::sql::{SchemaSql, decode, quoted};

/// What each set of a batch came to.
pub(crate) type Outcomes = Vec<Result<Receipt, CommitError>>;

/// A set that passed its check, or the answer it already has.
pub(crate) type Checked = Result<ChangeSet, Invalid>;

/// What the sequencer is asked to do.
pub(crate) enum Command {
    Commit {
        sets: Vec<Checked>,
        answer: oneshot::Sender<Outcomes>,
    },
    ClearDerived {
        followers: Vec<String>,
        answer: oneshot::Sender<Result<(), Unavailable>>,
    },
}

/// What the rest of the store sees of the sequencer.
pub(crate) struct SequencerState {
    /// The last committed position, by whichever server.
    pub position: watch::Sender<i64>,
    /// Why the last transaction failed.
    pub trouble: Mutex<Option<String>>,
    /// What was committed so far.
    pub counter: Counter,
}

/// The sequencer's side of the world.
pub(crate) struct Sequencer {
    pub config: Config,
    pub namespace: String,
    pub schema: Schema,
    pub sql: Arc<SchemaSql>,
    pub state: Arc<SequencerState>,
    pub group: usize,
    pub link: Option<Link>,
}

/// How long to wait before the server is looked for again while nobody asks for anything.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Sequencer {
    /// Works until nobody can send any more.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut next = None;
        loop {
            let command = match next.take() {
                Some(command) => command,
                None => match self.wait(&mut commands).await {
                    Some(command) => command,
                    None => return,
                },
            };
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
                    self.commit(waiting).await;
                }
                Command::ClearDerived { followers, answer } => {
                    let done = self.clear_derived(&followers).await;
                    // A caller that no longer waits has gone away; what it asked for is done all the same.
                    let _ = answer.send(self.settle(done));
                }
            }
        }
    }

    /// The next command; meanwhile the connection is kept open, because it also listens.
    async fn wait(&mut self, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        loop {
            let Some(link) = &mut self.link else {
                tokio::select! {
                    command = commands.recv() => return command,
                    () = tokio::time::sleep(LOOK_AGAIN) => {
                        if let Err(error) = self.linked().await {
                            tracing::warn!(reason = error.reason, "PostgreSQL is out of reach");
                        }
                    }
                }
                continue;
            };
            tokio::select! {
                command = commands.recv() => return command,
                () = link.lost() => self.link = None,
            }
        }
    }

    async fn linked(&mut self) -> Result<&mut Link, Unavailable> {
        if self.link.is_none() {
            let opened = Link::open(&self.config, &self.namespace, &self.state.position).await;
            self.link = Some(opened.map_err(|error| unavailable(&error))?);
        }
        Ok(self.link.as_mut().expect("it was opened just now"))
    }

    async fn commit(&mut self, waiting: Vec<(Vec<Checked>, oneshot::Sender<Outcomes>)>) {
        let sets: Vec<&ChangeSet> = waiting
            .iter()
            .flat_map(|(sets, _)| sets)
            .filter_map(|set| set.as_ref().ok())
            .collect();
        let mut outcomes = self.commit_sets(&sets).await.into_iter();
        for (sets, answer) in waiting {
            let answers = sets.into_iter().map(|set| match set {
                Ok(_) => outcomes.next().expect("one outcome for each checked set"),
                Err(invalid) => Err(invalid.into()),
            });
            let _ = answer.send(answers.collect());
        }
    }

    /// Commits the sets in one transaction. The first try sends everything at once; only when a set is refused the
    /// transaction begins again, one set after another with savepoints.
    async fn commit_sets(&mut self, sets: &[&ChangeSet]) -> Outcomes {
        if sets.is_empty() {
            return Vec::new();
        }
        let mut done = self.apply_all(sets, false).await;
        if matches!(done, Err(Fault::Refused(_))) {
            done = self.roll_back(done).await;
            if matches!(done, Err(Fault::Refused(_))) {
                done = self.apply_all(sets, true).await;
            }
        }
        match self.settle(done) {
            Ok(outcomes) => outcomes,
            Err(unavailable) => sets.iter().map(|_| Err(unavailable.clone().into())).collect(),
        }
    }

    /// Leaves a clean connection behind, or none.
    async fn roll_back<T>(&mut self, done: Result<T, Fault>) -> Result<T, Fault> {
        if let Some(link) = &self.link
            && let Err(error) = link.run("ROLLBACK").await
        {
            self.link = None;
            return Err(Fault::Engine(unavailable(&error)));
        }
        done
    }

    /// Remembers whether commits succeed; after an engine failure the connection is given up, and with it whatever it
    /// had begun.
    fn settle<T>(&mut self, done: Result<T, Fault>) -> Result<T, Unavailable> {
        let done = done.map_err(|fault| match fault {
            Fault::Engine(unavailable) => unavailable,
            Fault::Refused(refused) => Unavailable {
                reason: refused.to_string(),
                retry_after: Duration::from_secs(5),
            },
        });
        let mut known = self.state.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match &done {
            Ok(_) => *known = None,
            Err(trouble) => {
                self.state.counter.transaction(None);
                tracing::error!(reason = trouble.reason, "commits fail");
                *known = Some(trouble.reason.clone());
                self.link = None;
            }
        }
        done
    }

    /// Begins a transaction and locks the head: from here on no other server commits.
    async fn begin(link: &mut Link) -> Result<i64, Fault> {
        link.run("BEGIN").await?;
        let head = Ask {
            sql: "SELECT position FROM _head FOR UPDATE",
            values: Vec::new(),
            wants: Wants::Rows,
        };
        match link.pipeline(&[head]).await?.pop() {
            Some(Answer::Rows(rows)) if rows.len() == 1 => Ok(rows[0].get(0)),
            _ => Err(Fault::Engine(Unavailable {
                reason: "PostgreSQL: the table _head has no row; restore the last backup".to_owned(),
                retry_after: Duration::from_secs(60),
            })),
        }
    }

    async fn apply_all(&mut self, sets: &[&ChangeSet], savepoints: bool) -> Result<Outcomes, Fault> {
        let (sql, namespace) = (self.sql.clone(), self.namespace.clone());
        let link = self.linked().await?;
        let before = Sequencer::begin(link).await?;
        let mut position = before;
        let mut outcomes = Vec::with_capacity(sets.len());
        if savepoints {
            for set in sets {
                link.run("SAVEPOINT one").await?;
                let prepared = Prepared::of(set, position);
                let applied = match link.pipeline(&prepared.asks(&sql)).await {
                    Ok(answers) => prepared.judge(&answers),
                    Err(error) => Err(error.into()),
                };
                match applied {
                    Ok(()) => {
                        position += prepared.events();
                        outcomes.push(Ok(prepared.receipt()));
                        link.run("RELEASE one").await?;
                    }
                    Err(Fault::Refused(refused)) => {
                        let refused = tell_what_is_held(link, &sql, refused).await?;
                        outcomes.push(Err(refused));
                        link.run("ROLLBACK TO one; RELEASE one").await?;
                    }
                    Err(engine) => return Err(engine),
                }
            }
        } else {
            let mut all = Vec::with_capacity(sets.len());
            for set in sets {
                let prepared = Prepared::of(set, position);
                position += prepared.events();
                all.push(prepared);
            }
            let asks: Vec<Ask<'_>> = all.iter().flat_map(|prepared| prepared.asks(&sql)).collect();
            let answers = link.pipeline(&asks).await?;
            let mut answers = answers.as_slice();
            for prepared in &all {
                let (own, rest) = answers.split_at(prepared.steps.len());
                prepared.judge(own)?;
                outcomes.push(Ok(prepared.receipt()));
                answers = rest;
            }
        }
        if position > before {
            let told = (
                Value::Int(position),
                Value::Text(channel(&namespace)),
                Value::Text(position.to_string()),
            );
            link.pipeline(&[
                Ask {
                    sql: "UPDATE _head SET position = $1",
                    values: vec![&told.0],
                    wants: Wants::Count,
                },
                Ask {
                    sql: "SELECT pg_notify($1, $2)",
                    values: vec![&told.1, &told.2],
                    wants: Wants::Rows,
                },
            ])
            .await?;
        }
        link.run("COMMIT").await?;
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        self.state.counter.transaction(Some(accepted));
        raise(&self.state.position, position);
        Ok(outcomes)
    }

    async fn clear_derived(&mut self, followers: &[String]) -> Result<(), Fault> {
        let derived: Vec<String> = self
            .schema
            .tables()
            .iter()
            .filter(|table| table.class == TableClass::Derived)
            .map(|table| quoted(table.name))
            .collect();
        let sql = self.sql.clone();
        let link = self.linked().await?;
        Sequencer::begin(link).await?;
        if !derived.is_empty() {
            link.run(&format!("TRUNCATE {}", derived.join(", "))).await?;
        }
        let names: Vec<Value> = followers.iter().map(|name| name.as_str().into()).collect();
        let delete = |name| Ask {
            sql: &sql[CURSOR.name].delete,
            values: vec![name],
            wants: Wants::Count,
        };
        link.pipeline(&names.iter().map(delete).collect::<Vec<_>>()).await?;
        link.run("COMMIT").await?;
        Ok(())
    }
}

/// A duplicate claim, with what its holder wrote.
async fn tell_what_is_held(link: &mut Link, sql: &SchemaSql, refused: CommitError) -> Result<CommitError, Fault> {
    let CommitError::Duplicate { space, key, .. } = &refused else {
        return Ok(refused);
    };
    let (space, key) = (Value::Text(space.clone()), Value::Text(key.clone()));
    let ask = Ask {
        sql: &sql[CLAIM.name].select,
        values: vec![&space, &key],
        wants: Wants::Rows,
    };
    let held = match link.pipeline(&[ask]).await?.pop() {
        Some(Answer::Rows(rows)) => rows
            .first()
            .and_then(|row| decode(&CLAIM, row).and_then(HeldClaim::from_row).ok()),
        _ => None,
    };
    Ok(match held {
        Some(held) => CommitError::Duplicate {
            space: held.space,
            key: held.key,
            held: held.holds,
        },
        None => CommitError::Conflict {
            table: &CLAIM,
            key: vec![space, key],
        },
    })
}
