//! What a decision amounts to in the store: events, and the rows that follow from the case.
//!
//! Rows are pure functions of the case; a change set holds the difference between the rows before and after. Filing,
//! acting, importing, simulating and rebuilding all come through here, so that they cannot differ.

use std::collections::BTreeSet;

use quanyu_domain::cases::{Case, CaseEvent, Decided, PartyRow};
use quanyu_domain::model::Phase;
use quanyu_domain::units::UnitCode;
use quanyu_geo::{MortonKey, Point};
use quanyu_store::tables::{TimerRow, clear_timer};
use quanyu_store::{ChangeSet, Expect, Json, NewEvent, Record, Write};
use serde::{Deserialize, Serialize};

use super::published::published_writes;
use super::said::keep_apart;
use crate::error::{AppError, damaged};
use crate::ports::Random;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow};

/// The noun of cases in the journal and among timers.
pub const CASE_NOUN: &str = "case";

/// Whom an event concerns, written into it: who follows the journal reads it there and needs no row, which may have
/// changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The areas in which the case lies, the finest first.
    pub areas: Vec<UnitCode>,
    /// The unit that leads the case after the decision; where the decision took the case from it, the one that led before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<UnitCode>,
    /// The class of limit decided at dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_class: Option<String>,
    /// Whether the case is confidential after the decision: then nobody outside is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

impl About {
    fn of(before: Option<&Case>, case: &Case) -> Self {
        let lead = case.lead().or_else(|| before.and_then(Case::lead));
        Self {
            areas: case.place.areas.clone(),
            lead: lead.map(|lead| lead.unit.clone()),
            limit_class: case.limit_class.clone(),
            confidential: case.confidential.is_some(),
        }
    }
}

/// The body of a case's event in the journal.
#[derive(Serialize)]
struct Recorded<'a> {
    #[serde(flatten)]
    event: &'a CaseEvent,
    about: &'a About,
}

/// Two decisions on one case as one, committed together: rebuilding gives the case one version for both. A record that
/// is brought from elsewhere is filed and answered in the same commit.
pub fn together(first: Decided, then: Decided) -> Decided {
    let version = first.case.version;
    let mut events = first.events;
    for event in &mut events {
        event.continues = true;
    }
    events.extend(then.events);
    Decided {
        case: Case { version, ..then.case },
        events,
    }
}

/// The change set of a decision on a case that stood as `before` (or on a new one). What was said is put where it can be
/// erased: events and case refer to it from here on. `random` salts the hashes of it.
///
/// # Errors
/// When the case has no canonical form (U+0000 in a text).
pub fn change_set(random: &dyn Random, before: Option<&Case>, decided: &mut Decided) -> Result<ChangeSet, AppError> {
    let mut set = ChangeSet::new();
    if decided.events.is_empty() {
        return Ok(set);
    }
    let said = keep_apart(random, before, decided)?;
    let case = &decided.case;
    let about = About::of(before, case);
    for event in &decided.events {
        set.events.push(journal_event(case, event, &about)?);
    }
    let expect = before.map_or(Expect::Absent, |before| Expect::Version(before.version));
    let beside = beside(&expect);
    set.writes = rows(before, case, expect)?;
    set.writes.extend(said);
    match (before.and_then(Case::wake_at), case.wake_at()) {
        (was, is) if was == is => {}
        (_, Some(at)) => {
            let timer = TimerRow::new(i64::from(case.district.0), CASE_NOUN, case.id.0, at);
            set.writes.push(Write::put(&timer, beside));
        }
        (Some(_), None) => set.writes.push(clear_timer(CASE_NOUN, case.id.0)),
        (None, None) => {}
    }
    Ok(set)
}

/// The rows of a case that stood as `before`, without its timer.
///
/// # Errors
/// When the case has no canonical form.
pub(crate) fn rows(before: Option<&Case>, case: &Case, expect: Expect) -> Result<Vec<Write>, AppError> {
    let beside = beside(&expect);
    let mut writes = vec![Write::put(&case_row(case)?, expect)];
    writes.extend(party_writes(before, case, &beside));
    writes.extend(published_writes(before, case, &beside));
    writes.extend(crate::figures::sampling::sample_writes(before, case, &beside));
    Ok(writes)
}

/// What is expected of the rows that come beside a case of which this is expected: of a new case there are none, which
/// spares the engine looking for each.
fn beside(expect: &Expect) -> Expect {
    match expect {
        Expect::Absent => Expect::Absent,
        _ => Expect::Any,
    }
}

/// An event of a case as the journal keeps it.
fn journal_event(case: &Case, event: &CaseEvent, about: &About) -> Result<NewEvent, AppError> {
    Ok(NewEvent {
        district: i64::from(case.district.0),
        noun: CASE_NOUN.to_owned(),
        id: case.id.0,
        kind: event.fact.kind().to_owned(),
        actor: event.by.to_string(),
        at: event.at,
        // Why stands in the body, by reference.
        reason: None,
        body: Json::of(&Recorded { event, about }).map_err(|fault| damaged("event", fault))?,
    })
}

/// The row of the case table.
///
/// # Errors
/// When it has no canonical form.
pub fn case_row(case: &Case) -> Result<CaseRow, AppError> {
    let open = case.phase != Phase::Closed;
    let due = case.next_due();
    let point = case.place.position.and_then(|at| Point::new(at.lon, at.lat).ok());
    Ok(CaseRow {
        district: i64::from(case.district.0),
        id: case.id.0,
        version: case.version,
        case_type: case.case_type.clone(),
        phase: case.phase.name().to_owned(),
        state: case.state.clone(),
        demand: case.demand.clone(),
        channel: case.channel.clone(),
        matter: case.matter.clone(),
        area: case.place.area().to_string(),
        lead: case.lead().map(|lead| lead.unit.to_string()),
        filed_at: case.filed_at,
        due_at: (open && due < quanyu_domain::cases::FAR_FUTURE).then_some(due),
        closed_at: case.closed_at(),
        open,
        cell: point.map(|point| MortonKey::of(point).as_i64()),
        reporter: case.reporter.map(|id| id.0),
        body: Json::of(case).map_err(|fault| damaged("case", fault))?,
    })
}

/// The case that a row holds.
///
/// # Errors
/// When the body is not a case.
pub fn case_of(row: &CaseRow) -> Result<Case, AppError> {
    row.body.to().map_err(|fault| damaged("case", fault))
}

/// The rows of the party index, only those that come or go.
fn party_writes(before: Option<&Case>, after: &Case, expect: &Expect) -> Vec<Write> {
    let old: BTreeSet<PartyRow> = before.map(Case::parties).unwrap_or_default().into_iter().collect();
    let new: BTreeSet<PartyRow> = after.parties().into_iter().collect();
    let gone = old
        .difference(&new)
        .map(|row| Write::delete(&CASE_PARTY, party_row(after, row).key(), Expect::Any));
    let come = new
        .difference(&old)
        .map(|row| Write::put(&party_row(after, row), expect.clone()));
    gone.chain(come).collect()
}

fn party_row(case: &Case, row: &PartyRow) -> CasePartyRow {
    CasePartyRow {
        district: i64::from(case.district.0),
        unit: row.unit.to_string(),
        relation: row.relation.name().to_owned(),
        open: row.open,
        sort_at: row.sort_at,
        case: case.id.0,
    }
}
