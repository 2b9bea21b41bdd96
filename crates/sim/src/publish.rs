//! What clerks publish of what was lived lately, and who adds themselves to it.
//!
//! It comes after the life: what is published changes nothing of how a case goes on. Every publication is a clerk's act
//! upon what the program proposes, some time after the case last moved; what cannot be shown is left out.

use jiff::{SignedDuration, Timestamp};
use quanyu_app::cases::{Caller, PublicationDraft, case_of};
use quanyu_app::masking::redacted;
use quanyu_app::ports::SetClock;
use quanyu_app::tables::{CASE, CaseRow};
use quanyu_app::{App, AppError};
use quanyu_domain::access::Role;
use quanyu_domain::cases::Case;
use quanyu_domain::model::Phase;
use quanyu_store::{Query, Records};

use crate::crew::Crew;
use crate::dice::Dice;
use crate::plan::Plan;
use crate::run::SimError;

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// Cases published.
    pub cases: u64,
    /// People who added themselves to one of them.
    pub supporters: u64,
}

/// How long ago a case may have been filed to be published.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 75);
/// The share of cases that are published.
const PUBLISHED: f64 = 0.4;
/// Most places in a text that are masked: beyond, nobody makes sense of it.
const MASKED: usize = 4;
/// Longest published place, in characters.
const PLACE: usize = 40;
/// Cases read at once.
const PAGE: usize = 500;
/// How many add themselves to an open case, by weight: none, one, two …
const SUPPORTERS: [f64; 10] = [5.0, 3.0, 2.5, 2.0, 1.5, 1.0, 0.8, 0.6, 0.4, 0.3];
/// The share of them who leave a number.
const WITH_NUMBER: f64 = 0.5;
/// Streams of dice.
const SHOWN: u64 = 9;

/// Publishes what a clerk would of the last weeks before `end`. `clock` is that of `app`.
///
/// # Errors
/// When the store fails; what cannot be published is left out.
pub async fn publish_lately(app: &App, clock: &SetClock, plan: Plan, end: Timestamp) -> Result<Shown, SimError> {
    let crew = Crew::load(app).await?;
    let mut shown = Shown::default();
    let mut lately = Vec::new();
    for case in recent(app, end).await? {
        let mut dice = Dice::of(&[plan.seed, SHOWN, case.id.0.unsigned_abs()]);
        if !may_be_shown(&case) || !dice.happens(PUBLISHED) {
            continue;
        }
        let Some(clerk) = crew.someone(Role::Dispatcher, &case.desk, &[], &mut dice) else {
            continue;
        };
        let later = SignedDuration::from_mins(10 + dice.below(600) as i64);
        lately.push((end.min(case.changed_at + later), clerk.clone(), case, dice));
    }
    lately.sort_by_key(|(at, _, case, _)| (*at, case.id));
    for (at, clerk, case, mut dice) in lately {
        clock.set(at);
        if !publish(app, &clerk, &case).await? {
            continue;
        }
        shown.cases += 1;
        if case.phase == Phase::Closed {
            continue;
        }
        let left = end.duration_since(at).as_mins().max(0);
        for _ in 0..dice.weigh(SUPPORTERS.iter().copied()).unwrap_or(0) {
            let after = SignedDuration::from_mins((dice.unit() * left as f64) as i64);
            clock.set(at + after);
            let phone = dice
                .happens(WITH_NUMBER)
                .then(|| format!("100{:08}", dice.next() % 100_000_000));
            let added = allowed(app.support(case.id, phone.as_deref(), None).await)?;
            shown.supporters += u64::from(added.is_some());
        }
    }
    clock.set(end);
    Ok(shown)
}

/// The cases that were filed lately, in every district.
async fn recent(app: &App, end: Timestamp) -> Result<Vec<Case>, SimError> {
    let mut cases = Vec::new();
    for district in app.rules().case_districts() {
        let mut query = Query::by_key(&CASE, PAGE).equal(i64::from(district.0)).descending();
        loop {
            let rows: Vec<CaseRow> = app.store.page(&query).await?;
            let Some(last) = rows.last() else { break };
            let whole = last.filed_at + LATELY >= end;
            query = query.after_record(last);
            for row in rows.iter().filter(|row| row.filed_at + LATELY >= end) {
                cases.push(case_of(row)?);
            }
            if !whole {
                break;
            }
        }
    }
    Ok(cases)
}

/// Whether a clerk would think of publishing it: somebody is on it or it is done, and it tells of a place rather than of
/// a person.
fn may_be_shown(case: &Case) -> bool {
    case.confidential.is_none()
        && case.merged_into.is_none()
        && case.matter.is_some()
        && case.place.position.is_some()
        && matches!(
            case.phase,
            Phase::Handling | Phase::Verification | Phase::CallBack | Phase::Closed
        )
}

/// Publishes a case as the program proposes. `false` where it cannot be shown.
async fn publish(app: &App, clerk: &Caller, case: &Case) -> Result<bool, SimError> {
    let proposed = app.propose_publication(clerk, case).await?;
    let Some((text, masked)) = proposed.text else {
        return Ok(false);
    };
    if masked.len() > MASKED {
        return Ok(false);
    }
    let told = app.told_case(case).await?;
    // A place that has to be masked is left out: the area says where it is.
    let sound = |words: &&str| words.chars().count() <= PLACE && redacted(words, &[]).1.is_empty();
    let words = told.place.told().filter(sound).map(str::to_owned);
    let done = case.phase == Phase::Closed;
    let draft = PublicationDraft {
        title: proposed.title.map(|(title, _)| title),
        text,
        reply: proposed.reply.filter(|_| done).map(|(reply, _)| reply),
        area: None,
        words,
    };
    Ok(allowed(app.publish(clerk, case.id, None, draft).await)?.is_some())
}

/// What was refused is left out.
fn allowed<T>(outcome: Result<T, AppError>) -> Result<Option<T>, AppError> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(AppError::Refused(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}
