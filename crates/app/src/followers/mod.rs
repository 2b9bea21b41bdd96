//! Followers of the journal: what is derived from events behind the commit, each follower with a cursor of its own.
//!
//! A follower turns a batch of events into writes; the generic runner commits them together with the advance of the
//! cursor, so that a batch is taken in once, however often a server dies in the middle and however many servers run the
//! same follower. A rebuild takes the cursors of the followers that derive rows back to the beginning.
//!
//! Followers stand back while a burst of commits comes in ([`burst`]), so that the cores take demands in first; what they
//! derive is then behind by at most [`burst::PATIENCE`] and what it takes to catch up.

mod burst;
pub mod seals;
pub mod tally;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use quanyu_store::tables::advance_cursor;
use quanyu_store::{ChangeSet, Event};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::burst::Burst;
use crate::App;
use crate::error::{AppError, Failed};
use crate::outbox::Outbox;

/// Most events that a follower is given at once.
pub const BATCH: usize = 1_000;

/// How often a batch is taken anew without the cursor having moved, before it counts as a failure: a follower that
/// conflicts with itself must not spin.
const ATTEMPTS: usize = 16;
/// The first wait after a failure; doubled with every further one.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
/// How long a server that does not lead a follower waits before it asks again whether it does.
const STAND_BY: Duration = Duration::from_secs(2);
/// How long a follower that has taken in everything goes without looking whether that is so.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// The longest wait after a failure.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// What a follower makes of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// All of it is taken in with these writes.
    In(ChangeSet),
    /// Not yet: the batch is offered again later, with what has come since.
    Later,
}

/// Something that is derived from the journal.
#[async_trait]
pub trait Follower: Send + Sync {
    /// The name of its cursor.
    fn name(&self) -> &'static str;

    /// Whether it writes derived tables only, so that a rebuild begins it anew. The outbox and the seals are not rebuilt:
    /// what was delivered stays delivered, what was sealed stays sealed.
    fn is_rebuilt(&self) -> bool;

    /// How long events may gather before they are looked at; one commit for many is cheaper than one for each.
    fn pace(&self) -> Duration {
        Duration::from_millis(100)
    }

    /// Takes in a batch of events: at least one, at most [`BATCH`], in the order of the journal.
    ///
    /// # Errors
    /// When an event is damaged or the store does not answer; the batch is offered again.
    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError>;
}

/// Where a follower stands after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It took a batch in; there may be more.
    GotOn,
    /// It has taken in everything.
    CaughtUp,
    /// It leaves the last events for later.
    Waiting,
    /// Another server follows.
    StandingBy,
}

/// Every follower of a server.
pub fn all() -> Vec<Arc<dyn Follower>> {
    vec![
        Arc::new(tally::Tally),
        Arc::new(crate::search::Search),
        Arc::new(Outbox),
        Arc::new(seals::Sealer::default()),
    ]
}

/// Lets followers take in everything that has happened. For tests, rebuilding and the command line; a server runs
/// [`run`].
///
/// # Errors
/// When one fails; the others that come after it are left as they are.
pub async fn run_until_caught_up(app: &App, followers: &[Arc<dyn Follower>]) -> Result<(), AppError> {
    for follower in followers {
        catch_up(app, follower.as_ref()).await?;
    }
    Ok(())
}

/// Takes in batch after batch until there is nothing more, or the follower wants to wait.
///
/// # Errors
/// When a batch fails; everything before it is taken in.
pub async fn catch_up(app: &App, follower: &dyn Follower) -> Result<Standing, AppError> {
    loop {
        let standing = get_on(app, follower).await?;
        if standing != Standing::GotOn {
            return Ok(standing);
        }
    }
}

/// Takes in one batch.
///
/// # Errors
/// When the batch fails; nothing of it is taken in.
async fn get_on(app: &App, follower: &dyn Follower) -> Result<Standing, AppError> {
    for _ in 0..ATTEMPTS {
        let from = app.store.cursor(follower.name()).await?;
        let events = app.store.journal(from, BATCH).await?;
        let Some(last) = events.last() else {
            return Ok(Standing::CaughtUp);
        };
        let Taken::In(mut set) = follower.take(app, &events).await? else {
            return Ok(Standing::Waiting);
        };
        set.writes.push(advance_cursor(follower.name(), from, last.position));
        match app.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => return Ok(Standing::GotOn),
            // Another server was quicker, or a row was touched meanwhile: read again.
            Err(Failed::Conflict) => {}
            Err(Failed::Held(space, _)) => {
                return Err(AppError::Internal(format!("a follower holds no claim in {space}")));
            }
            Err(Failed::Fatal(fault)) => return Err(fault),
        }
    }
    Err(AppError::Internal(format!(
        "the follower {} conflicts with what is stored, again and again",
        follower.name()
    )))
}

/// Runs a follower until it is told to stop: it waits for commits, lets some gather and takes them in. A failure is
/// logged and tried again after a growing wait; nothing is skipped. Of several servers one follows, and the others take
/// over soon after it has died.
pub async fn run(app: Arc<App>, follower: Arc<dyn Follower>, stop: CancellationToken) {
    let mut committed = app.store.watch();
    let mut back_off = FIRST_BACK_OFF;
    let mut burst = Burst::new(*committed.borrow(), Instant::now());
    loop {
        let position = *committed.borrow_and_update();
        let wait = if burst.is_on(position, Instant::now()) {
            follower.pace()
        } else {
            let standing = match app.store.leads(follower.name()).await {
                Ok(true) => get_on(&app, follower.as_ref()).await,
                Ok(false) => Ok(Standing::StandingBy),
                Err(fault) => Err(fault.into()),
            };
            match standing {
                Ok(Standing::GotOn) => Duration::ZERO,
                Ok(Standing::StandingBy) => STAND_BY,
                Ok(standing) => {
                    back_off = FIRST_BACK_OFF;
                    burst.caught_up();
                    if standing == Standing::CaughtUp {
                        tokio::select! {
                            () = stop.cancelled() => return,
                            open = committed.changed() => if open.is_err() { return },
                            // Nothing need be told for it to be looked: whoever tells may be lost with the connection.
                            () = tokio::time::sleep(LONGEST_SILENCE) => {}
                        }
                    }
                    follower.pace()
                }
                Err(fault) => {
                    tracing::error!(follower = follower.name(), %fault, "a follower of the journal does not get on");
                    let wait = back_off;
                    back_off = (back_off * 2).min(LONGEST_BACK_OFF);
                    wait
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Runs all of them until they are told to stop.
pub async fn run_all(app: &Arc<App>, followers: Vec<Arc<dyn Follower>>, stop: &CancellationToken) {
    let mut running = tokio::task::JoinSet::new();
    for follower in followers {
        running.spawn(run(Arc::clone(app), follower, stop.clone()));
    }
    while let Some(ended) = running.join_next().await {
        if let Err(fault) = ended {
            tracing::error!(%fault, "a follower of the journal has crashed");
        }
    }
}
