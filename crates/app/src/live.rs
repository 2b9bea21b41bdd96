//! The live feed (实时动态): what happens to the cases that somebody may see, by position in the journal.
//!
//! One pump reads the journal and the cases for everybody who watches; each watcher passes on what its caller may see
//! *now*, by the same decision as a single look. A watcher that begins at an earlier position reads the journal itself
//! until it has caught up. What is sent names a case and says nothing of it. Nothing waits for a watcher: one that is
//! too slow is ended and comes back with the position that it had reached.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_store::{Event, Records};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::cases::{CASE_NOUN, Caller, case_of};
use crate::error::AppError;
use crate::tables::CaseRow;
use crate::trail::{Ahead, Trail};

/// Most feeds that one account has open at once.
pub const MAX_FEEDS: usize = 4;
/// How far back a feed may begin, in positions: who was away longer reads the lists anew.
pub const MAX_BACK: i64 = 100_000;
/// Events that are read at once.
const BATCH: usize = 500;
/// Batches that wait for a slow watcher.
const WAITING: usize = 64;
/// How long events may gather before they are passed on.
const PACE: Duration = Duration::from_millis(100);
/// How often a feed without news tells its position, and looks whether its session has ended.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Position in the journal.
    pub position: i64,
    /// The case.
    pub case: Id,
    /// What happened.
    pub kind: String,
}

/// What a feed passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something happened.
    Happened(Happened),
    /// Nothing that the caller may see happened up to this position.
    Until(i64),
}

/// Events up to a position, with the cases that they are about.
struct Batch {
    until: i64,
    events: Vec<(Happened, Arc<Case>)>,
}

/// Who watches.
#[derive(Default)]
pub struct Hub {
    /// What the pump writes to, as long as there is one.
    pump: Mutex<Option<broadcast::Sender<Arc<Batch>>>>,
    open: Arc<Mutex<BTreeMap<Id, usize>>>,
    stop: CancellationToken,
}

impl Hub {
    /// Ends every feed, and lets none begin.
    pub fn close(&self) {
        self.stop.cancel();
    }

    /// What the pump reads from now on; begins one where there is none.
    fn watch(&self, app: &Arc<App>) -> broadcast::Receiver<Arc<Batch>> {
        let mut pump = guard(&self.pump);
        if let Some(sender) = pump.as_ref() {
            return sender.subscribe();
        }
        let (sender, receiver) = broadcast::channel(WAITING);
        *pump = Some(sender.clone());
        // From here on it misses nothing, however much later it gets to run.
        let mut committed = app.store.watch();
        let position = *committed.borrow_and_update();
        tokio::spawn(run_pump(Arc::clone(app), sender, committed, Trail::new(position)));
        receiver
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the journal for everybody, as long as anybody watches.
async fn run_pump(
    app: Arc<App>,
    sender: broadcast::Sender<Arc<Batch>>,
    mut committed: watch::Receiver<i64>,
    mut trail: Trail,
) {
    loop {
        tokio::select! {
            () = app.live.stop.cancelled() => break,
            () = tokio::time::sleep(HEARTBEAT) => {}
            open = committed.changed() => if open.is_err() { break },
        }
        tokio::time::sleep(PACE).await;
        committed.borrow_and_update();
        loop {
            {
                let mut pump = guard(&app.live.pump);
                if sender.receiver_count() == 0 {
                    *pump = None;
                    return;
                }
            }
            let before = trail.clone();
            let batch = match trail.ahead(app.store.as_ref()).await {
                Ok(Ahead::Nothing) => break,
                Ok(Ahead::New(events)) => app.batch_of(events).await,
                Ok(Ahead::OtherPast) => {
                    // Every feed ends, and where it comes back to was perhaps never reached.
                    *guard(&app.live.pump) = None;
                    return;
                }
                Err(fault) => Err(fault.into()),
            };
            match batch {
                // Nobody is left to hear it: seen above the next time.
                Ok(batch) => drop(sender.send(Arc::new(batch))),
                Err(fault) => {
                    trail = before;
                    tracing::warn!(%fault, "the live feed cannot read the journal");
                    break;
                }
            }
        }
    }
    *guard(&app.live.pump) = None;
}

/// Somebody who watches.
pub struct Feed {
    app: Arc<App>,
    token: String,
    caller: Caller,
    position: i64,
    receiver: broadcast::Receiver<Arc<Batch>>,
    caught_up: bool,
    waiting: VecDeque<News>,
    ended: bool,
    _place: Place,
}

/// One of the places of an account; given back when it is dropped.
struct Place {
    account: Id,
    open: Arc<Mutex<BTreeMap<Id, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = guard(&self.open);
        if let Some(count) = open.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.account);
            }
        }
    }
}

impl App {
    /// Begins a feed for a session after a position; without one, with what happens from now on. `None` where the account
    /// has [`MAX_FEEDS`] open.
    ///
    /// # Errors
    /// When the position lies too far back or was never reached, the session has ended, or the store does not answer.
    pub async fn watch_live(self: &Arc<Self>, token: &str, since: Option<i64>) -> Result<Option<Feed>, AppError> {
        let signed = self.still_signed_in(token).await?.ok_or(AppError::Unauthenticated)?;
        let last = self.store.last_position().await?;
        let position = since.unwrap_or(last);
        if !(last - MAX_BACK..=last).contains(&position) || position < 0 {
            return Err(Refusal::invalid(
                "position_out_of_reach",
                "since",
                format!("续传位置无效或过早（仅可回溯 {MAX_BACK} 条），请重新读取列表后不带 since 连接"),
                format!(
                    "the feed cannot go on there (it reaches back {MAX_BACK} positions): read the lists anew and begin \
                     without `since`"
                ),
            )
            .into());
        }
        let place = {
            let mut open = guard(&self.live.open);
            let count = open.entry(signed.account).or_default();
            if *count >= MAX_FEEDS {
                return Ok(None);
            }
            *count += 1;
            Place {
                account: signed.account,
                open: Arc::clone(&self.live.open),
            }
        };
        Ok(Some(Feed {
            receiver: self.live.watch(self),
            app: Arc::clone(self),
            token: token.to_owned(),
            caller: signed.caller,
            position,
            caught_up: false,
            // Where it begins is told at once, so that a feed that is cut off early is resumed there.
            waiting: VecDeque::from([News::Until(position)]),
            ended: false,
            _place: place,
        }))
    }

    /// What happened after a position; `None` where nothing has.
    async fn happened(&self, after: i64) -> Result<Option<Batch>, AppError> {
        let events = self.store.journal(after, BATCH).await?;
        if events.is_empty() {
            return Ok(None);
        }
        self.batch_of(events).await.map(Some)
    }

    /// What events, at least one, are to those who watch.
    async fn batch_of(&self, events: Vec<Event>) -> Result<Batch, AppError> {
        let until = events.last().map_or(0, |last| last.position);
        let of_cases: Vec<_> = events.into_iter().filter(|event| event.noun == CASE_NOUN).collect();
        let mut cases: BTreeMap<(i64, i64), Option<Arc<Case>>> = BTreeMap::new();
        for event in &of_cases {
            cases.insert((event.district, event.id), None);
        }
        let keys = cases
            .keys()
            .map(|(district, case)| vec![(*district).into(), (*case).into()])
            .collect();
        let rows = self.store.records::<CaseRow>(keys).await?;
        for (slot, row) in cases.values_mut().zip(rows) {
            *slot = row.as_ref().map(case_of).transpose()?.map(Arc::new);
        }
        let with_case = |event: Event| {
            let case = cases.get(&(event.district, event.id))?.clone()?;
            let happened = Happened {
                position: event.position,
                case: Id(event.id),
                kind: event.kind,
            };
            Some((happened, case))
        };
        Ok(Batch {
            until,
            events: of_cases.into_iter().filter_map(with_case).collect(),
        })
    }
}

impl Feed {
    /// What comes next; `None` when the feed has ended: its session is over, it was too slow, or the server stops.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            if let Some(news) = self.waiting.pop_front() {
                return Some(news);
            }
            if self.ended || !self.is_signed_in().await {
                return None;
            }
            if !self.caught_up {
                match self.app.happened(self.position).await {
                    Ok(Some(batch)) => self.pass(&batch),
                    Ok(None) => self.caught_up = true,
                    Err(fault) => {
                        tracing::warn!(%fault, "a live feed cannot read the journal");
                        return None;
                    }
                }
                continue;
            }
            let stop = self.app.live.stop.clone();
            tokio::select! {
                () = stop.cancelled() => self.ended = true,
                () = tokio::time::sleep(HEARTBEAT) => self.waiting.push_back(News::Until(self.position)),
                heard = self.receiver.recv() => match heard {
                    Ok(batch) => self.pass(&batch),
                    // Too slow, or the pump has stopped: the client comes back with its position.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => self.ended = true,
                },
            }
        }
    }

    /// Passes on what of a batch is new and the caller may see.
    fn pass(&mut self, batch: &Batch) {
        // Heard of while catching up, and read already.
        if batch.until <= self.position {
            return;
        }
        let rules = self.app.rules();
        let new = batch.events.iter().filter(|(event, _)| event.position > self.position);
        let seen = new.filter(|(_, case)| !self.caller.actor.standing(case, &rules.tree).is_empty());
        let news: Vec<News> = seen.map(|(event, _)| News::Happened(event.clone())).collect();
        self.waiting.extend(news);
        self.position = batch.until;
    }

    /// Whether the session goes on; takes over what the account holds by now.
    async fn is_signed_in(&mut self) -> bool {
        match self.app.still_signed_in(&self.token).await {
            Ok(Some(signed)) => {
                self.caller = signed.caller;
                true
            }
            Ok(None) => false,
            Err(fault) => {
                tracing::warn!(%fault, "a live feed cannot read its session");
                false
            }
        }
    }
}
