//! Rebuilding: the derived tables emptied and made anew from the journal, by applying events and never deciding again.
//!
//! Memory is that of one batch: the row of a case is its state, so a batch loads the rows of its cases, applies its
//! events and writes them back. An interrupted rebuild goes on where it was; its cursor exists as long as it is not
//! finished. Nothing else may write to the store meanwhile.

use std::collections::BTreeMap;

use async_trait::async_trait;
use quanyu_domain::cases::{Case, CaseEvent};
use quanyu_store::digest::{TableDigest, digest, digest_as};
use quanyu_store::tables::{CURSOR, Cursor, TIMER, TimerRow, clear_timer, set_timer};
use quanyu_store::{ChangeSet, CommitError, Event, Expect, Query, Record, Records, Row, StoreError, TableClass, Write};

use crate::App;
use crate::cases::{CASE_NOUN, case_of, rows};
use crate::directory::{self, DIRECTORY_NOUN};
use crate::error::{AppError, damaged};
use crate::followers::{self, BATCH};
use crate::scan::Pages;
use crate::sources::{Activated, RULES_NOUN};
use crate::tables::{CASE, CaseRow};
use crate::units::{self, UNIT_NOUN};

/// The name of the cursor of an unfinished rebuild: one that was interrupted, or that an upgrade asks for.
pub(crate) const NAME: &str = "rebuild";
/// Rows that are read at once.
const PAGE: usize = 500;

/// Turns the events of one noun into rows.
#[async_trait]
pub trait Applier: Send + Sync {
    /// The noun.
    fn noun(&self) -> &'static str;

    /// What events of this noun amount to, upon the rows as they are: those of all events before.
    ///
    /// # Errors
    /// When an event is damaged or the store does not answer.
    async fn apply(&self, app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError>;
}

/// Every noun whose events amount to rows. Other nouns tell what happened and leave no row that could be rebuilt.
pub fn appliers() -> Vec<Box<dyn Applier>> {
    vec![
        Box::new(Cases),
        Box::new(crate::cases::Supports),
        Box::new(Units),
        Box::new(DirectoryRows),
        Box::new(InForce),
        Box::new(crate::figures::sampling::Samples),
        Box::new(crate::figures::editions::Editions),
    ]
}

struct Cases;
struct Units;
struct DirectoryRows;
struct InForce;

#[async_trait]
impl Applier for Cases {
    fn noun(&self) -> &'static str {
        CASE_NOUN
    }

    async fn apply(&self, app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        let ids: BTreeMap<(i64, i64), ()> = events.iter().map(|event| ((event.district, event.id), ())).collect();
        let keys = ids
            .keys()
            .map(|(district, id)| vec![(*district).into(), (*id).into()])
            .collect();
        let stored = app.store.records::<CaseRow>(keys).await?;
        let mut cases: BTreeMap<(i64, i64), (Option<Case>, Option<Case>)> = BTreeMap::new();
        for (key, row) in ids.into_keys().zip(stored) {
            let before = row.as_ref().map(case_of).transpose()?;
            cases.insert(key, (before.clone(), before));
        }
        for event in events {
            let at = |fault: &dyn std::fmt::Display| damaged(&format!("event at position {}", event.position), fault);
            let happened: CaseEvent = event.body.to().map_err(|fault| at(&fault))?;
            let Some((_, after)) = cases.get_mut(&(event.district, event.id)) else {
                continue;
            };
            match after {
                Some(case) => case.apply(&happened).map_err(|fault| at(&fault))?,
                None => *after = Some(Case::from_first(&happened).map_err(|fault| at(&fault))?),
            }
        }
        let mut writes = Vec::new();
        for (before, after) in cases.into_values() {
            if let Some(after) = after {
                writes.extend(rows(before.as_ref(), &after, Expect::Any)?);
            }
        }
        Ok(writes)
    }
}

#[async_trait]
impl Applier for Units {
    fn noun(&self) -> &'static str {
        UNIT_NOUN
    }

    async fn apply(&self, _app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        units::applied(events)
    }
}

#[async_trait]
impl Applier for DirectoryRows {
    fn noun(&self) -> &'static str {
        DIRECTORY_NOUN
    }

    async fn apply(&self, app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        directory::applied(app.store.as_ref(), events).await
    }
}

#[async_trait]
impl Applier for InForce {
    fn noun(&self) -> &'static str {
        RULES_NOUN
    }

    async fn apply(&self, _app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        let activation = |event: &&Event| {
            let activated: Activated = event.body.to().map_err(|fault| damaged("activation", fault))?;
            Ok(Write::put(&activated.row(event.at, &event.actor), Expect::Any))
        };
        events
            .iter()
            .filter(|event| event.kind == "activated")
            .map(activation)
            .collect()
    }
}

/// Whether a rebuild is unfinished: derived tables are then incomplete, and a server must not start on them.
///
/// # Errors
/// When the store does not answer.
pub async fn is_unfinished(app: &App) -> Result<bool, AppError> {
    Ok(unfinished(app).await?.is_some())
}

async fn unfinished(app: &App) -> Result<Option<Cursor>, AppError> {
    Ok(app.store.record(vec![NAME.into()]).await?)
}

/// Makes the derived tables and the timers of cases anew from the journal, and lets the followers that derive rows catch
/// up. `progress` is told how many events of how many are applied.
///
/// # Errors
/// When the journal is damaged or the store does not answer: the rebuild is unfinished then, and goes on when it is called
/// again.
pub async fn rebuild(app: &App, progress: &(dyn Fn(i64, i64) + Send + Sync)) -> Result<(), AppError> {
    let followers = followers::all();
    let cursor = match unfinished(app).await? {
        Some(cursor) => cursor,
        None => {
            let begun = Cursor {
                name: NAME.to_owned(),
                position: 0,
            };
            commit(app, ChangeSet::new().write(Write::insert(&begun))).await?;
            begun
        }
    };
    if cursor.position == 0 {
        let derived: Vec<&str> = followers.iter().filter(|f| f.is_rebuilt()).map(|f| f.name()).collect();
        app.store.clear_derived(&derived).await?;
    }
    let cursor = apply_all(app, cursor, progress).await?;
    settle_timers(app).await?;
    let derived: Vec<_> = followers.into_iter().filter(|follower| follower.is_rebuilt()).collect();
    followers::run_until_caught_up(app, &derived).await?;
    let done = Write::delete(&CURSOR, vec![NAME.into()], Expect::Same(cursor.to_row()));
    commit(app, ChangeSet::new().write(done)).await?;
    app.refresh_rules().await
}

async fn apply_all(
    app: &App,
    mut cursor: Cursor,
    progress: &(dyn Fn(i64, i64) + Send + Sync),
) -> Result<Cursor, AppError> {
    let appliers = appliers();
    let last = app.store.last_position().await?;
    loop {
        progress(cursor.position, last);
        let mut events = app.store.journal(cursor.position, BATCH).await?;
        // A decision lies in the journal in one piece, and a case has no version between its events.
        while events.len() > 1 && events.last().map(continues).transpose()? == Some(true) {
            events.pop();
        }
        let Some(end) = events.last() else { return Ok(cursor) };
        let mut set = ChangeSet::new();
        // Nouns write different tables, so that the order matters only within one.
        for applier in &appliers {
            let own: Vec<&Event> = events.iter().filter(|event| event.noun == applier.noun()).collect();
            if !own.is_empty() {
                set.writes.extend(applier.apply(app, &own).await?);
            }
        }
        let next = Cursor {
            position: end.position,
            ..cursor.clone()
        };
        set.writes.push(Write::put(&next, Expect::Same(cursor.to_row())));
        commit(app, set).await?;
        cursor = next;
    }
}

/// Whether the next event of the journal belongs to the same decision.
fn continues(event: &Event) -> Result<bool, AppError> {
    if event.noun != CASE_NOUN {
        return Ok(false);
    }
    let happened: CaseEvent = event
        .body
        .to()
        .map_err(|fault| damaged(&format!("event at position {}", event.position), fault))?;
    Ok(happened.continues)
}

/// Timers are kept, not derived: a lease or a wait is nowhere in the journal. When those of cases are due is made what it
/// follows from.
async fn settle_timers(app: &App) -> Result<(), AppError> {
    let mut pages = Pages::of(Query::by_key(&CASE, PAGE));
    while let Some(page) = pages.next(app.store.as_ref()).await? {
        let mut cases = Vec::with_capacity(page.len());
        for row in page {
            cases.push(case_of(&CaseRow::from_row(row).map_err(StoreError::from)?)?);
        }
        let keys = cases
            .iter()
            .map(|case| vec![CASE_NOUN.into(), case.id.0.into()])
            .collect();
        let timers = app.store.records::<TimerRow>(keys).await?;
        let mut set = ChangeSet::new();
        for (case, timer) in cases.iter().zip(timers) {
            match (case.wake_at(), timer) {
                (Some(at), timer) if timer.as_ref().is_none_or(|timer| timer.due != at) => {
                    set.writes
                        .push(set_timer(i64::from(case.district.0), CASE_NOUN, case.id.0, at));
                }
                (None, Some(_)) => set.writes.push(clear_timer(CASE_NOUN, case.id.0)),
                _ => {}
            }
        }
        if !set.writes.is_empty() {
            commit(app, set).await?;
        }
    }
    Ok(())
}

async fn commit(app: &App, set: ChangeSet) -> Result<(), AppError> {
    match app.store.commit(set).await {
        Ok(_) => Ok(()),
        Err(CommitError::Unavailable(fault)) => Err(fault.into()),
        Err(CommitError::Conflict { .. }) => Err(AppError::Refused(quanyu_domain::refusal::Refusal::not_now(
            "rebuilt_meanwhile",
            "重建期间有其他进程写入，请停止其他服务后重试",
            "somebody else writes to this store while it is rebuilt: stop every server and call it again",
        ))),
        Err(fault) => Err(damaged("rebuild", fault)),
    }
}

/// The digest of every derived table, and of the timers as they are due. Two stores with the same digests hold the same.
///
/// # Errors
/// When the store does not answer.
pub async fn derived_digest(app: &App) -> Result<BTreeMap<&'static str, TableDigest>, AppError> {
    let tables = app
        .store
        .schema()
        .tables()
        .iter()
        .filter(|t| t.class == TableClass::Derived || t.name == TIMER.name);
    let mut digests = BTreeMap::new();
    for table in tables {
        let digest = if *table == &TIMER {
            digest_as(app.store.as_ref(), table, without_lease).await?
        } else {
            digest(app.store.as_ref(), table).await?
        };
        digests.insert(table.name, digest);
    }
    Ok(digests)
}

/// A timer as the rules set it: who works on it, and for how long it is left alone, is nowhere in the journal.
fn without_lease(timer: Row) -> Result<Row, StoreError> {
    let timer = TimerRow::from_row(timer)?;
    Ok(TimerRow::new(timer.district, &timer.noun, timer.id, timer.due).to_row())
}

/// A table that is not what the journal amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// What it held.
    pub kept: TableDigest,
    /// What it holds now, rebuilt.
    pub rebuilt: TableDigest,
}

/// Rebuilds, and says which tables were not what the journal amounts to. Followers are let catch up first, so that what
/// they had not taken in yet is no difference.
///
/// # Errors
/// As [`rebuild`].
pub async fn verify_rebuild(
    app: &App,
    progress: &(dyn Fn(i64, i64) + Send + Sync),
) -> Result<Vec<Difference>, AppError> {
    let derived: Vec<_> = followers::all()
        .into_iter()
        .filter(|follower| follower.is_rebuilt())
        .collect();
    followers::run_until_caught_up(app, &derived).await?;
    let kept = derived_digest(app).await?;
    rebuild(app, progress).await?;
    let rebuilt = derived_digest(app).await?;
    let pairs = kept.into_iter().zip(rebuilt.into_values());
    let differs = |((table, kept), rebuilt): ((&'static str, TableDigest), TableDigest)| {
        (kept != rebuilt).then_some(Difference { table, kept, rebuilt })
    };
    Ok(pairs.filter_map(differs).collect())
}
