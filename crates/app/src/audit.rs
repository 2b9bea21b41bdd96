//! Reading the journal of everybody (审计): for the audit administrator, within the area of the role.
//!
//! Of a confidential case the auditor is told that something happened (to which case, what, by whom and when), and nothing
//! that anybody said or decided, unless the auditor is one of the named people. It is the same for what the journal
//! says of its reporter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use quanyu_domain::access::{Actor, Role};
use quanyu_domain::cases::{CaseEvent, Said};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::tables::JOURNAL;
use quanyu_store::{Event, Json, Query, Record as _, Records};

use crate::App;
use crate::cases::{CASE_NOUN, Caller, OfSupport, SUPPORT_NOUN, SaidRow, case_of, said_key};
use crate::directory::DIRECTORY_NOUN;
use crate::error::{AppError, damaged};
use crate::people::{OF_PEOPLE, OfPerson, PERSON_NOUN};
use crate::scan::Pages;
use crate::sources::RULES_NOUN;
use crate::tables::{CASE, CaseRow};
use crate::units::UNIT_NOUN;

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only those of one thing: its noun and id.
    pub thing: Option<(String, Id)>,
    /// Only those that all of this holds for.
    pub narrow: Narrow,
    /// Only those before this position; `None`: from the newest on.
    pub before: Option<i64>,
    /// How many, at least 1.
    pub limit: usize,
}

/// What else narrows a search. It is looked at event by event: a page ends after [`MAX_LOOKED_AT`] of them, with what was
/// found, and the next one goes on there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrow {
    /// The kind of thing.
    pub noun: Option<String>,
    /// What happened.
    pub kind: Option<String>,
    /// Who did it, as the journal refers to them.
    pub actor: Option<String>,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Before when.
    pub until: Option<Timestamp>,
}

impl Narrow {
    fn admits(&self, event: &Event) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        is(&self.noun, &event.noun)
            && is(&self.kind, &event.kind)
            && is(&self.actor, &event.actor)
            && self.from.is_none_or(|from| event.at >= from)
            && self.until.is_none_or(|until| event.at < until)
    }
}

/// Most events that one page looks at.
pub const MAX_LOOKED_AT: usize = 20_000;
/// Events that are read at once while looking for some.
const LOOK: usize = 1_000;

/// A page of the journal, the newest event first.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The events that the administrator's area covers.
    pub events: Vec<Audited>,
    /// Before which position the next page begins; `None` on the last.
    pub next: Option<i64>,
}

/// An event as the auditor reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// The event; without its reason and with an empty body where they are withheld.
    pub event: Event,
    /// Whether reason and body are withheld, because the event is about a confidential case.
    pub withheld: bool,
}

/// Most cases of one person that are looked at.
const MAX_CASES: usize = 1_000;

impl App {
    /// A page of the journal: what happened in the areas of the role, and what applies to them from above. Events that
    /// belong to no district are everybody's, and so is what puts rules into force; units and rows of the dispatch
    /// directory of an area above hold in those below it.
    ///
    /// # Errors
    /// When the caller is no audit administrator, or the store does not answer.
    pub async fn audit(&self, caller: &Caller, query: &AuditQuery) -> Result<AuditPage, AppError> {
        caller.must_hold(Role::AuditAdmin)?;
        let limit = query.limit.max(1);
        // One more than the page shows whether there is a next one.
        let mut ask = match &query.thing {
            Some((noun, id)) => Query::by_index(&JOURNAL, "of_thing", limit + 1)
                .equal(noun.as_str())
                .equal(id.0),
            None => Query::by_key(&JOURNAL, limit + 1),
        };
        ask = ask.descending();
        if let Some(before) = query.before {
            let mut place = ask.prefix.clone();
            place.push(before.into());
            ask = ask.after(place);
        }
        let (mut events, next) = if query.narrow == Narrow::default() {
            let mut events: Vec<Event> = self.store.page(&ask).await?;
            let more = events.len() > limit;
            events.truncate(limit);
            let next = events.last().filter(|_| more).map(|event| event.position);
            (events, next)
        } else {
            self.look_for(ask, &query.narrow, limit).await?
        };
        let rules = self.rules();
        let held = caller
            .actor
            .grants()
            .iter()
            .filter(|grant| grant.role == Role::AuditAdmin);
        let areas: Vec<_> = held.filter_map(|grant| rules.tree.area_of(&grant.unit)).collect();
        let covered = |event: &Event| {
            let district = u32::try_from(event.district).unwrap_or_default();
            let Ok(unit) = format!("{}000000", DistrictId(district)).parse() else {
                return false;
            };
            // An activation is one for every place in its sources, and is journalled under the first of them.
            let is_everybodys = district == 0 || event.noun == RULES_NOUN;
            let holds_below = [UNIT_NOUN, DIRECTORY_NOUN].contains(&event.noun.as_str());
            let covers = |area| rules.tree.is_within(&unit, area) || holds_below && rules.tree.is_within(area, &unit);
            is_everybodys || areas.iter().any(covers)
        };
        events.retain(covered);
        let closed = self.closed_to(caller, &events).await?;
        let audited = |event: Event| {
            if !closed.contains(&event.position) {
                return Audited { event, withheld: false };
            }
            let event = Event {
                reason: None,
                body: Json::empty(),
                ..event
            };
            Audited { event, withheld: true }
        };
        let mut events: Vec<Audited> = events.into_iter().map(audited).collect();
        self.give_reasons(&mut events).await?;
        Ok(AuditPage { events, next })
    }

    /// The events of a question that a search admits, and before which position to go on.
    async fn look_for(&self, ask: Query, narrow: &Narrow, limit: usize) -> Result<(Vec<Event>, Option<i64>), AppError> {
        let mut pages = Pages::of(Query { limit: LOOK, ..ask });
        let (mut found, mut looked_at) = (Vec::new(), 0);
        while let Some(rows) = pages.next(self.store.as_ref()).await? {
            for row in rows {
                let event = Event::from_row(row).map_err(|fault| damaged("event", fault))?;
                let position = event.position;
                looked_at += 1;
                if narrow.admits(&event) {
                    found.push(event);
                }
                if found.len() == limit || looked_at == MAX_LOOKED_AT {
                    return Ok((found, Some(position).filter(|position| *position > 1)));
                }
            }
        }
        Ok((found, None))
    }

    /// Gives the events their reasons, where the journal refers to them and they are not erased.
    async fn give_reasons(&self, events: &mut [Audited]) -> Result<(), AppError> {
        let (mut keys, mut wanting) = (Vec::new(), Vec::new());
        for audited in events.iter_mut().filter(|audited| !audited.withheld) {
            let event = &mut audited.event;
            let (district, kept) = match event.noun.as_str() {
                CASE_NOUN => {
                    let body: CaseEvent = event.body.to().map_err(|fault| damaged("event", fault))?;
                    if let Some(words) = body.fact.reason().and_then(Said::text) {
                        event.reason = Some(words.to_owned());
                    }
                    (event.district, body.fact.reason().and_then(Said::kept).cloned())
                }
                PERSON_NOUN => (OF_PEOPLE, event.body.to::<OfPerson>().unwrap_or_default().purpose),
                _ => continue,
            };
            if let Some(kept) = kept {
                keys.push(said_key(district, &event.noun, Id(event.id), &kept));
                wanting.push(&mut event.reason);
            }
        }
        let rows = self.store.records::<SaidRow>(keys).await?;
        for (row, reason) in rows.into_iter().zip(wanting) {
            *reason = row.map(|row| row.words);
        }
        Ok(())
    }

    /// The positions of the events about cases that are confidential, now, and not for this caller.
    async fn closed_to(&self, caller: &Caller, events: &[Event]) -> Result<BTreeSet<i64>, AppError> {
        let mut about: BTreeMap<(i64, i64), BTreeSet<i64>> = BTreeMap::new();
        for event in events {
            for case in self.cases_of_event(event).await? {
                about.entry(case).or_default().insert(event.position);
            }
        }
        let keys = about
            .keys()
            .map(|(district, id)| vec![(*district).into(), (*id).into()])
            .collect();
        let rows = self.store.records::<CaseRow>(keys).await?;
        let mut closed = BTreeSet::new();
        for (row, positions) in rows.into_iter().zip(about.into_values()) {
            let circle = row
                .as_ref()
                .map(case_of)
                .transpose()?
                .and_then(|case| case.confidential);
            let named = |id| circle.as_ref().is_some_and(|circle| circle.people.contains(id));
            let is_open = matches!(&caller.actor, Actor::Account { id, .. } if named(id));
            if circle.is_some() && !is_open {
                closed.extend(positions);
            }
        }
        Ok(closed)
    }

    /// The cases that an event is about, by district and number: its own; for what happened to a person, those that the
    /// person reported and those that the event names.
    async fn cases_of_event(&self, event: &Event) -> Result<Vec<(i64, i64)>, AppError> {
        match event.noun.as_str() {
            CASE_NOUN => Ok(vec![(event.district, event.id)]),
            SUPPORT_NOUN => {
                let of: OfSupport = event.body.to().map_err(|fault| damaged("event", fault))?;
                Ok(vec![(event.district, of.case.0)])
            }
            PERSON_NOUN => {
                let query = Query::by_index(&CASE, "by_reporter", MAX_CASES).equal(event.id);
                let rows: Vec<CaseRow> = self.store.page(&query).await?;
                let mut cases: Vec<(i64, i64)> = rows.iter().map(|row| (row.district, row.id)).collect();
                let named: OfPerson = event.body.to().unwrap_or_default();
                for district in self.rules().case_districts() {
                    let district = i64::from(district.0);
                    cases.extend(named.cases.iter().map(|case| (district, case.0)));
                }
                Ok(cases)
            }
            _ => Ok(Vec::new()),
        }
    }
}
