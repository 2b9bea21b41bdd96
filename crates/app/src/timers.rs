//! Timers: what time asks for is done once, in order, however many servers look at the clock and whichever of them dies.
//!
//! A timer is taken with a short lease, which whoever works longer renews meanwhile: what a server had in hand when it died
//! is taken over within seconds. What comes of a timer is committed together with its next time, guarded by the lease:
//! whoever lost the lease commits nothing. A timer that fails is put back with a wait and told in the log; it never keeps
//! the others from their turn.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quanyu_domain::access::Actor;
use quanyu_domain::cases::{Command, decide};
use quanyu_store::tables::{TIMER, TimerRow};
use quanyu_store::{ChangeSet, CommitError, Expect, Record, Records, Store, Timer, Value, Write};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::cases::{CASE_NOUN, case_of, change_set};
use crate::error::{AppError, Failed};
use crate::outbox;
use crate::tables::CaseRow;
use crate::units::{self, UNIT_NOUN};
use crate::webhooks::{Poster, WEBHOOK_NOUN};

/// How long a timer belongs to the server that took it, unless it renews the lease. Servers' clocks may differ by a second
/// or two: whoever's is ahead takes over so much earlier, which costs work and guards nothing.
pub const LEASE: SignedDuration = SignedDuration::from_secs(6);
/// How often whoever works longer than that renews the lease.
const RENEW_EVERY: Duration = Duration::from_millis(1500);
/// The longest rest of a timer that no news cut short, see [`nudge`].
pub const REST: SignedDuration = SignedDuration::from_secs(60);
/// How long a timer that failed is left alone.
pub const BACK_OFF: SignedDuration = SignedDuration::from_mins(10);
/// Timers that are taken at once; their cases are decided and committed together.
const TAKEN_AT_ONCE: usize = 64;
/// How often a case is decided anew when others change it at the same time.
const ATTEMPTS: usize = 8;
/// Webhooks that are posted to at the same time.
const POSTING_AT_ONCE: usize = 8;
/// The longest sleep: timers of another server, which moves no position, are seen at the latest after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);
/// The shortest sleep when something is due that could not be taken.
const SHORTEST_SLEEP: Duration = Duration::from_millis(20);
/// How long commits may gather before timers are looked for again: under load there are hundreds a second, on each server.
const PACE: Duration = Duration::from_millis(50);
/// The first wait after a failing store.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The runner of timers.
pub struct Timers {
    app: Arc<App>,
    poster: Arc<dyn Poster>,
    posting: Arc<Semaphore>,
}

impl Timers {
    /// A runner that posts through this port.
    pub fn new(app: Arc<App>, poster: Arc<dyn Poster>) -> Self {
        Self {
            app,
            poster,
            posting: Arc::new(Semaphore::new(POSTING_AT_ONCE)),
        }
    }

    /// Does everything that is due by now and ends when nothing is: for tests and the command line.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn run_due(&self) -> Result<usize, AppError> {
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let mut done = 0;
        loop {
            let taken = self.take(&mut tasks, &stop).await?;
            done += taken;
            // A task may leave its timer due again, so what follows it is looked for once more.
            if taken == 0 && !finish_one(&mut tasks).await {
                return Ok(done);
            }
        }
    }

    /// Does what becomes due until it is told to stop; then finishes what it has begun.
    pub async fn run(&self, stop: CancellationToken) {
        let mut committed = self.app.store.watch();
        let mut tasks = JoinSet::new();
        while !stop.is_cancelled() {
            committed.borrow_and_update();
            let sleep = match self.take(&mut tasks, &stop).await {
                Ok(0) => self.until_next().await,
                Ok(_) => continue,
                Err(fault) => {
                    tracing::error!(%fault, "timers cannot be taken");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(sleep) => {}
                _ = async {
                    tokio::time::sleep(PACE).await;
                    committed.changed().await
                } => {}
                true = finish_one(&mut tasks) => {}
            }
        }
        while finish_one(&mut tasks).await {}
    }

    async fn until_next(&self) -> Duration {
        match self.app.store.next_timer().await {
            Ok(Some(due)) => {
                let ahead = Duration::try_from(due.duration_since(self.app.now())).unwrap_or_default();
                ahead.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
            }
            Ok(None) => LONGEST_SLEEP,
            Err(_) => AFTER_FAILURE,
        }
    }

    /// Takes timers, wakes the cases among them, and starts a task for each other. Says how many it took.
    async fn take(&self, tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<usize, AppError> {
        let now = self.app.now();
        let taken = self.app.store.take_timers(now, now + LEASE, TAKEN_AT_ONCE).await?;
        let count = taken.len();
        let (cases, others): (Vec<Timer>, Vec<Timer>) = taken.into_iter().partition(|timer| timer.noun == CASE_NOUN);
        for timer in others {
            let (app, poster, posting) = (self.app.clone(), self.poster.clone(), self.posting.clone());
            let stop = stop.clone();
            tasks.spawn(async move {
                if let Err(fault) = work(&app, poster.as_ref(), &posting, &timer, &stop).await {
                    put_back(&app, &timer, &fault).await;
                }
            });
        }
        wake_cases(&self.app, cases).await;
        Ok(count)
    }
}

/// Waits for a task; `false` when there is none.
async fn finish_one(tasks: &mut JoinSet<()>) -> bool {
    match tasks.join_next().await {
        None => false,
        Some(ended) => {
            if let Err(fault) = ended {
                tracing::error!(%fault, "the work of a timer has crashed");
            }
            true
        }
    }
}

/// What a timer that is not a case's asks for.
async fn work(
    app: &App,
    poster: &dyn Poster,
    posting: &Semaphore,
    timer: &Timer,
    stop: &CancellationToken,
) -> Result<(), AppError> {
    match timer.noun.as_str() {
        WEBHOOK_NOUN => {
            let (mut timer, ends) = (timer.clone(), stop.child_token());
            let _one_of_few = while_held(app, &mut timer, &ends, posting.acquire())
                .await
                .map_err(|fault| AppError::Internal(fault.to_string()))?;
            outbox::send_due(app, poster, timer, &ends).await
        }
        UNIT_NOUN => units::transfer_ended(app, timer).await,
        other => Err(AppError::Internal(format!(
            "nobody knows what a timer of {other:?} asks for"
        ))),
    }
}

/// Wakes cases, the oldest timer first, in one transaction for all of them.
async fn wake_cases(app: &App, mut timers: Vec<Timer>) {
    for _ in 0..ATTEMPTS {
        if timers.is_empty() {
            return;
        }
        timers = match wake_once(app, timers).await {
            Ok(conflicting) => conflicting,
            // The leases end by themselves, and somebody takes the timers again.
            Err(fault) => return tracing::error!(%fault, "cases cannot be woken"),
        };
    }
    tracing::warn!(
        cases = timers.len(),
        "cases change too fast to be woken; they are tried again when the lease ends"
    );
}

/// Decides and commits once; gives back the timers whose cases were changed by somebody else meanwhile.
async fn wake_once(app: &App, timers: Vec<Timer>) -> Result<Vec<Timer>, AppError> {
    let rows = app
        .store
        .records::<CaseRow>(timers.iter().map(|t| vec![t.district.into(), t.id.into()]).collect())
        .await?;
    let mut sets = Vec::with_capacity(timers.len());
    let mut decided = Vec::with_capacity(timers.len());
    for (timer, row) in timers.into_iter().zip(rows) {
        match woken(app, &timer, row) {
            Ok(set) => {
                sets.push(set);
                decided.push(timer);
            }
            Err(fault) => put_back(app, &timer, &fault).await,
        }
    }
    let outcomes = app.store.commit_all(sets).await;
    let mut again = Vec::new();
    for (timer, outcome) in decided.into_iter().zip(outcomes) {
        match outcome {
            Ok(_) => {}
            Err(CommitError::Conflict { .. }) => {
                if held(app.store.as_ref(), &timer).await?.is_some() {
                    again.push(timer);
                }
            }
            Err(CommitError::Unavailable(fault)) => return Err(fault.into()),
            Err(fault) => put_back(app, &timer, &AppError::Internal(fault.to_string())).await,
        }
    }
    Ok(again)
}

/// What waking a case amounts to, with the timer's next time.
fn woken(app: &App, timer: &Timer, row: Option<CaseRow>) -> Result<ChangeSet, AppError> {
    let Some(row) = row else {
        return Ok(ChangeSet::new().write(timer.done()));
    };
    let (rules, now) = (app.rules(), app.now());
    let case = case_of(&row)?;
    let context = rules.context(case.district, now)?;
    let mut decided = decide(&context, &case, &Actor::Program, Command::Wake)?;
    let mut set = change_set(app.random.as_ref(), Some(&case), &mut decided)?;
    // The timer that the change set would set is the one that is held here: it is set once, guarded by the lease.
    set.writes.retain(|write| write.table() != &TIMER);
    set.writes.push(match decided.case.wake_at() {
        Some(at) if at <= now && decided.events.is_empty() => {
            tracing::warn!(case = %case.id, %at, "a case wants to be woken, but nothing is to be done");
            timer.again_not_before(at, now + BACK_OFF)
        }
        Some(at) => timer.again_at(at),
        None => timer.done(),
    });
    Ok(set)
}

/// Leaves a timer that failed alone for a while.
async fn put_back(app: &App, timer: &Timer, fault: &AppError) {
    tracing::error!(noun = timer.noun, id = timer.id, %fault, "a timer failed and is tried again later");
    if let AppError::Unavailable(_) = fault {
        return;
    }
    match held(app.store.as_ref(), timer).await {
        Ok(Some(row)) => {
            // Where it is somebody else's by now, that is as well.
            let put = keep(&row, app.now() + BACK_OFF);
            let _ = app.store.commit(ChangeSet::new().write(put)).await;
        }
        Ok(None) => {}
        Err(fault) => tracing::error!(%fault, "a timer that failed cannot be put back"),
    }
}

/// The row of a timer that was taken, while it is still held: as it was leased, or nudged since. `None` when the lease has
/// run out and somebody else has it, or it was set anew.
pub(crate) async fn held(store: &dyn Store, timer: &Timer) -> Result<Option<TimerRow>, AppError> {
    let row: Option<TimerRow> = store.record(key(&timer.noun, timer.id)).await?;
    Ok(row.filter(|row| row.take_at == timer.lease_until && row.due < row.take_at))
}

/// Holds a timer for another lease; its row then, or `None` when it is lost.
pub(crate) async fn renew(app: &App, timer: &mut Timer) -> Result<Option<TimerRow>, AppError> {
    loop {
        let Some(row) = held(app.store.as_ref(), timer).await? else {
            return Ok(None);
        };
        let until = app.now() + LEASE;
        let renewed = app.store.commit(ChangeSet::new().write(keep(&row, until))).await;
        match renewed.map_err(Failed::from) {
            Ok(_) => {
                timer.lease_until = until;
                return Ok(Some(TimerRow { take_at: until, ..row }));
            }
            Err(Failed::Conflict) => {}
            Err(Failed::Held(space, _)) => {
                return Err(AppError::Internal(format!("a timer holds no claim in {space}")));
            }
            Err(Failed::Fatal(fault)) => return Err(fault),
        }
    }
}

/// Does what may take longer than a lease, and renews the lease meanwhile. When it is lost all the same, `ends` is
/// cancelled: what was begun is finished, and nothing more begun.
pub(crate) async fn while_held<T>(
    app: &App,
    timer: &mut Timer,
    ends: &CancellationToken,
    work: impl Future<Output = T>,
) -> T {
    let done = CancellationToken::new();
    let working = async {
        let outcome = work.await;
        done.cancel();
        outcome
    };
    // A renewal that is under way is waited for: the outcome is guarded by the lease as it is then.
    let renewing = async {
        while done
            .run_until_cancelled(tokio::time::sleep(RENEW_EVERY))
            .await
            .is_some()
        {
            match renew(app, timer).await {
                Ok(Some(_)) => {}
                Ok(None) => return ends.cancel(),
                Err(fault) => tracing::warn!(noun = timer.noun, id = timer.id, %fault, "a lease cannot be renewed"),
            }
        }
    };
    tokio::join!(working, renewing).0
}

/// The write that makes sure that a timer fires by `at`, and that whoever works on it now looks again before putting it
/// to rest: a timer that may be leased, or rests for at most [`REST`], is due a microsecond earlier, which breaks the guard
/// of the holder's outcome but not the lease.
pub(crate) async fn nudge(app: &App, district: i64, noun: &str, id: i64, at: Timestamp) -> Result<Write, AppError> {
    let row: Option<TimerRow> = app.store.record(key(noun, id)).await?;
    Ok(match row {
        None => Write::insert(&TimerRow::new(district, noun, id, at)),
        Some(row) => {
            let kept = row.due < row.take_at && row.take_at <= app.now() + REST;
            let nudged = if kept {
                TimerRow {
                    due: at.min(row.due - SignedDuration::from_micros(1)),
                    ..row.clone()
                }
            } else {
                TimerRow::new(district, noun, id, at.min(row.due))
            };
            Write::put(&nudged, Expect::Same(row.to_row()))
        }
    })
}

/// The write that holds a timer longer, or leaves it alone for a while: when it is due stays as it was.
pub(crate) fn keep(row: &TimerRow, until: Timestamp) -> Write {
    let kept = TimerRow {
        take_at: until,
        ..row.clone()
    };
    Write::put(&kept, Expect::Same(row.to_row()))
}

/// The write that puts a held timer to rest: to its next time, though not before `wait`, or for good.
pub(crate) fn rest(row: &TimerRow, next: Option<Timestamp>, wait: Option<Timestamp>) -> Write {
    let same = Expect::Same(row.to_row());
    match next {
        Some(due) => {
            let rested = TimerRow {
                due,
                take_at: wait.map_or(due, |wait| wait.max(due)),
                ..row.clone()
            };
            Write::put(&rested, same)
        }
        None => Write::delete(&TIMER, key(&row.noun, row.id), same),
    }
}

fn key(noun: &str, id: i64) -> Vec<Value> {
    vec![noun.into(), id.into()]
}
