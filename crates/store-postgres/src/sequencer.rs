//! The one task of a server that commits. It groups the change sets that wait into one transaction and answers them when
//! it is on disk.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quanyu_store::change::Invalid;
use quanyu_store::store::Counter;
use quanyu_store::tables::CURSOR;
use quanyu_store::{ChangeSet, CommitError, Receipt, Schema, TableClass, Unavailable, Value};
use tokio::sync::{mpsc, oneshot, watch};

use crate::fault::{Fault, unavailable};
use crate::group::{Group, Trust, are_of_new_rows, columns};
use crate::link::{Answer, Ask, Digit, Led, Link, Param, Wants, channel, raise};
use crate::open::{HEARTBEAT, OpenError};
use crate::sql::{Bind, SchemaSql, quoted};
use crate::tls::Way;

/// What each set of a batch came to.
pub(crate) type Outcomes = Vec<Result<Receipt, CommitError>>;

/// A set that passed its check, or the answer it already has.
pub(crate) type Checked = Result<ChangeSet, Invalid>;

/// The sets of somebody who waits.
type Waiting = (Vec<Checked>, oneshot::Sender<Outcomes>);

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
    Lead {
        what: String,
        answer: oneshot::Sender<Result<bool, Unavailable>>,
    },
    Digit {
        asked: Option<u32>,
        answer: oneshot::Sender<Result<Option<Arc<AtomicU32>>, Unavailable>>,
    },
}

/// What the rest of the store sees of the sequencer.
pub(crate) struct SequencerState {
    /// The last committed position, by whichever server.
    pub position: watch::Sender<i64>,
    /// What this server leads.
    pub led: Led,
    /// Why the last transaction failed.
    pub trouble: Mutex<Option<String>>,
    /// What was committed so far.
    pub counter: Counter,
}

/// The sequencer's side of the world.
pub(crate) struct Sequencer {
    pub way: Way,
    pub namespace: String,
    pub schema: Schema,
    pub sql: Arc<SchemaSql>,
    pub state: Arc<SequencerState>,
    pub group: usize,
    pub alone: bool,
    pub link: Option<Link>,
    /// The digit of this server, once it was asked for one.
    pub digit: Option<Digit>,
}

/// Locks the head: from there on no other server commits. The last position.
const LOCK: &str = "SELECT position FROM _head FOR UPDATE";
/// Locks the head, moves it on and tells every server. The last position then.
const ADVANCE: &str = "WITH head AS (UPDATE _head SET position = position + $1 RETURNING position) \
                       SELECT position, pg_notify($2, position::text) FROM head";

fn lock() -> Ask<'static> {
    Ask {
        wants: Wants::Rows,
        ..Ask::plain(LOCK)
    }
}

/// The position in the answer to [`LOCK`] and to [`ADVANCE`].
fn position(head: Answer) -> Result<i64, Fault> {
    match head.rows().as_slice() {
        [row] => Ok(row.try_get(0)?),
        _ => Err(Fault::Engine(Unavailable {
            reason: "PostgreSQL: the table _head has no row; restore the last backup".to_owned(),
            retry_after: Duration::from_secs(60),
        })),
    }
}

/// How a transaction that has begun stands to the head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// Another server may commit before it.
    Free,
    /// No other server commits before it.
    Locked,
}

/// Sets that go into one transaction, with those who wait for them.
struct Gathered {
    waiting: Vec<Waiting>,
    /// The command that came after them, if it was another one.
    next: Option<Command>,
}

impl Gathered {
    fn new(first: Waiting) -> Self {
        Self {
            waiting: vec![first],
            next: None,
        }
    }

    /// Takes in whoever waits by now, up to a size.
    fn more(&mut self, most: usize, commands: &mut mpsc::Receiver<Command>) {
        let mut size: usize = self.waiting.iter().map(|(sets, _)| sets.len()).sum();
        while size < most && self.next.is_none() {
            match commands.try_recv() {
                Ok(Command::Commit { sets, answer }) => {
                    size += sets.len();
                    self.waiting.push((sets, answer));
                }
                Ok(other) => self.next = Some(other),
                Err(_) => return,
            }
        }
    }

    /// Those that passed their check.
    fn sets(&self) -> Vec<&ChangeSet> {
        let all = self.waiting.iter().flat_map(|(sets, _)| sets);
        all.filter_map(|set| set.as_ref().ok()).collect()
    }
}

/// How long to wait before the server is looked for again while nobody asks for anything.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long is waited before a transaction is tried again that another one stood in the way of: at first, and at last.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(320);

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
                Command::Commit { sets, answer } => next = self.commit((sets, answer), &mut commands).await,
                Command::ClearDerived { followers, answer } => {
                    let done = self.clear_derived(&followers).await;
                    // A caller that no longer waits has gone away; what it asked for is done all the same.
                    let _ = answer.send(self.settle(done));
                }
                Command::Lead { what, answer } => {
                    let led = self.leads(&what).await;
                    let _ = answer.send(self.settle(led));
                }
                Command::Digit { asked, answer } => {
                    let claimed = self.claim_digit(asked).await;
                    let _ = answer.send(self.settle(claimed));
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
                () = tokio::time::sleep(HEARTBEAT) => {
                    if link.run("SELECT 1").await.is_err() {
                        self.link = None;
                    }
                }
            }
        }
    }

    async fn linked(&mut self) -> Result<&mut Link, Unavailable> {
        if self.link.is_none() {
            let opened = Link::open(
                &self.way,
                &self.namespace,
                self.alone,
                &self.state.position,
                &self.state.led,
            )
            .await;
            let mut link = opened.map_err(|error| match error {
                OpenError::Server(error) => unavailable(&error),
                other => Unavailable {
                    reason: other.to_string(),
                    retry_after: Duration::from_secs(5),
                },
            })?;
            if let Some(digit) = &self.digit {
                let claimed = link.claims(&self.namespace, digit).await;
                if !claimed.map_err(|error| unavailable(&error))? {
                    return Err(Unavailable {
                        reason: "another server has taken the digit of this one's numbers while its connection was lost: stop \
                                 that one, or start this one anew with another digit (--node)"
                            .to_owned(),
                        retry_after: Duration::from_secs(5),
                    });
                }
            }
            self.link = Some(link);
        }
        Ok(self.link.as_mut().expect("it was opened just now"))
    }

    /// Commits what somebody waits for, and what everybody else waits for by the time that the transaction has begun: where
    /// that locks the head, the longer another server had it, the more go together. Gives the command that came after them,
    /// if it was another one.
    async fn commit(&mut self, first: Waiting, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        let mut gathered = Gathered::new(first);
        gathered.more(self.group, commands);
        let head = if are_of_new_rows(&gathered.sets()) {
            Head::Free
        } else {
            Head::Locked
        };
        let begun = self.begin(head).await;
        gathered.more(self.group, commands);
        let mut outcomes = self.commit_sets(&gathered.sets(), begun).await.into_iter();
        for (sets, answer) in gathered.waiting {
            let answers = sets.into_iter().map(|set| match set {
                Ok(_) => outcomes.next().expect("one outcome for each checked set"),
                Err(invalid) => Err(invalid.into()),
            });
            // A caller that no longer waits has gone away; what it asked for is done all the same.
            let _ = answer.send(answers.collect());
        }
        gathered.next
    }

    /// Commits the sets in the transaction that has begun: first trusting that what should be new is, then in others
    /// looking, for as long as somebody stands in the way for a moment, and at last each set for itself where the server refuses a value of one of them.
    async fn commit_sets(&mut self, sets: &[&ChangeSet], begun: Result<Head, Fault>) -> Outcomes {
        let mut done = match begun {
            Ok(head) => self.finish(sets, Trust::New, head).await,
            Err(fault) => Err(fault),
        };
        if let Err(Fault::Passing(_)) = &done {
            self.give_up().await;
        }
        if let Err(Fault::Refused(_) | Fault::Passing(_)) = &done {
            done = self.commit_group(sets).await;
        }
        if let (Err(Fault::Refused(_)), true) = (&done, sets.len() > 1) {
            let mut outcomes = Vec::with_capacity(sets.len());
            for set in sets {
                let done = self.commit_group(&[*set]).await;
                outcomes.extend(self.answered(done, 1));
            }
            return outcomes;
        }
        self.answered(done, sets.len())
    }

    fn answered(&mut self, done: Result<Outcomes, Fault>, count: usize) -> Outcomes {
        let done = match done {
            Err(Fault::Refused(refused)) => Ok(vec![Err(refused); count]),
            done => done,
        };
        match self.settle(done) {
            Ok(outcomes) => outcomes,
            Err(unavailable) => vec![Err(unavailable.into()); count],
        }
    }

    /// Remembers whether commits succeed; after an engine failure the connection is given up, and with it whatever it
    /// had begun.
    fn settle<T>(&mut self, done: Result<T, Fault>) -> Result<T, Unavailable> {
        let done = done.map_err(|fault| match fault {
            Fault::Engine(unavailable) | Fault::Passing(unavailable) => unavailable,
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

    /// One transaction in which nothing is taken on trust, tried again while others stand in its way.
    async fn commit_group(&mut self, sets: &[&ChangeSet]) -> Result<Outcomes, Fault> {
        let mut pause = FIRST_PAUSE;
        loop {
            let done = match self.begin(Head::Locked).await {
                Ok(head) => self.finish(sets, Trust::Nothing, head).await,
                Err(fault) => Err(fault),
            };
            match done {
                Err(Fault::Passing(_)) if pause <= LAST_PAUSE => {
                    self.give_up().await;
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                done => return done,
            }
        }
    }

    /// Gives up the transaction that a failed statement has left, if it has left one.
    async fn give_up(&mut self) {
        let Some(link) = &self.link else { return };
        if link.run("ROLLBACK").await.is_err() {
            self.link = None;
        }
    }

    /// Begins a transaction, and locks the head where that is asked for.
    async fn begin(&mut self, head: Head) -> Result<Head, Fault> {
        let lock = (head == Head::Locked).then(lock);
        let asks: Vec<Ask<'_>> = [Ask::plain("BEGIN")].into_iter().chain(lock).collect();
        let begun = self.linked().await?.pipeline(&asks).await;
        let begun = begun.map_err(|error| Fault::of_all(&error))?;
        match begun.into_iter().nth(1) {
            Some(locked) => position(locked).map(|_| head),
            None => Ok(head),
        }
    }

    /// The connection on which a transaction has begun: no other one will do for the rest of it.
    fn begun(&mut self) -> &mut Link {
        self.link.as_mut().expect("it is given up between transactions only")
    }

    /// Finishes the transaction that has begun: what the sets depend on is read where it is not trusted, under the lock on the
    /// head; then everything is written and committed at once. Rows that are new lie in nobody's way: with them alone the head
    /// is locked only for the end of it, so that servers write side by side and wait for one another for a moment.
    async fn finish(&mut self, sets: &[&ChangeSet], trust: Trust, head: Head) -> Result<Outcomes, Fault> {
        let (sql, channel) = (self.sql.clone(), Value::Text(channel(&self.namespace)));
        let mut group = Group::of(sets, trust);
        let link = self.begun();
        let looks = group.looks(&sql);
        let must_lock = head == Head::Free && !(looks.is_empty() && are_of_new_rows(sets));
        let asks: Vec<Ask<'_>> = must_lock.then(lock).into_iter().chain(looks).collect();
        let answers = link.pipeline(&asks).await;
        let answers = answers.map_err(|error| Fault::of_all(&error))?.into_iter();
        let found = answers.skip(usize::from(must_lock)).map(Answer::rows).collect();
        if let Err(fault) = group.found(found) {
            link.pipeline(&[Ask::plain("ROLLBACK")]).await?;
            return Err(fault);
        }
        let mut outcomes = group.judge(sets);
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        if accepted == 0 {
            link.pipeline(&[Ask::plain("ROLLBACK")]).await?;
            return Ok(outcomes);
        }
        let events = group.events();
        let count = Value::Int(events);
        let mut asks = group.writes(&sql);
        let written = asks.len();
        asks.push(if events > 0 {
            Ask {
                params: vec![Param::One(Bind(&count)), Param::One(Bind(&channel))],
                wants: Wants::Rows,
                sql: ADVANCE,
            }
        } else {
            lock()
        });
        asks.extend(group.journal(&sql, &count));
        // After a statement that failed this rolls back; the failure is what the pipeline tells.
        asks.push(Ask::plain("COMMIT"));
        let mut answers = link.pipeline(&asks).await?.into_iter();
        let last = position(answers.nth(written).expect("one answer for each statement"))?;
        for receipt in outcomes.iter_mut().flatten() {
            receipt.first_position += last - events;
            receipt.last_position += last - events;
        }
        self.state.counter.transaction(Some(accepted));
        raise(&self.state.position, last);
        Ok(outcomes)
    }

    async fn leads(&mut self, what: &str) -> Result<bool, Fault> {
        let namespace = self.namespace.clone();
        let led = self.linked().await?.leads(&namespace, what).await;
        led.map_err(|error| Fault::Engine(unavailable(&error)))
    }

    async fn claim_digit(&mut self, asked: Option<u32>) -> Result<Option<Arc<AtomicU32>>, Fault> {
        let namespace = self.namespace.clone();
        let digit = Digit {
            asked,
            now: Arc::new(AtomicU32::new(asked.unwrap_or(0))),
        };
        let claimed = self.linked().await?.claims(&namespace, &digit).await;
        if claimed.map_err(|error| Fault::Engine(unavailable(&error)))? {
            self.digit = Some(digit.clone());
            return Ok(Some(digit.now));
        }
        Ok(None)
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
        self.begin(Head::Locked).await?;
        let link = self.begun();
        if !derived.is_empty() {
            link.run(&format!("TRUNCATE {}", derived.join(", "))).await?;
        }
        let names: Vec<[Value; 1]> = followers.iter().map(|name| [name.as_str().into()]).collect();
        let forget = Ask {
            params: columns(1, names.iter().map(<[Value; 1]>::as_slice)),
            ..Ask::plain(&sql[CURSOR.name].delete)
        };
        link.pipeline(&[forget]).await?;
        link.run("COMMIT").await?;
        Ok(())
    }
}
