//! The follower that keeps the text index: what was reported and what was replied, under the words of their texts, and
//! under the units that the case concerns.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use quanyu_domain::access::Relation;
use quanyu_domain::cases::{CaseEvent, CaseFact, Part, TextRef};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::units::UnitCode;
use quanyu_store::{ChangeSet, Event, Records, Value};

use super::index::Index;
use super::words::{Term, terms_of};
use crate::App;
use crate::cases::CASE_NOUN;
use crate::error::{AppError, damaged};
use crate::followers::{Follower, Taken};
use crate::tables::TextRow;

/// The name of the follower's cursor.
pub const NAME: &str = "search";

/// The follower that keeps the text index.
#[derive(Debug, Clone, Copy, Default)]
pub struct Search;

/// What an event adds to the index.
struct Entry {
    case: i64,
    /// The units that it concerns.
    marks: Vec<Term>,
    /// The text, and words that are found with it as long as it is kept.
    text: Option<(TextRef, Option<String>)>,
}

/// The term under which everything that stands in this relation to a unit is found.
pub(super) fn mark(unit: &UnitCode, relation: Relation) -> Term {
    Term::mark(&format!("{} {unit}", relation.name()))
}

/// What an event adds to the index; nothing where it changes neither a text nor whom the case concerns.
fn entry(event: &CaseEvent, case: i64) -> Option<Entry> {
    let area = |areas: &[UnitCode]| areas.iter().map(|unit| mark(unit, Relation::Area)).collect();
    let replied = |reply: &TextRef| (Vec::new(), Some((reply.clone(), None)));
    let (marks, text) = match &event.fact {
        CaseFact::Filed(filed) => (
            area(&filed.place.areas),
            Some((filed.text.clone(), filed.place.told().map(str::to_owned))),
        ),
        CaseFact::Answered { result } | CaseFact::HandedIn { result, .. } => replied(&result.reply),
        CaseFact::Dispatched { assignments, place, .. } => {
            let mut marks: Vec<Term> = place.as_ref().map_or_else(Vec::new, |place| area(&place.areas));
            marks.extend(assignments.iter().map(|assignment| match assignment.part {
                Part::Lead => mark(&assignment.unit, Relation::Lead),
                Part::Assist => mark(&assignment.unit, Relation::Assist),
            }));
            (marks, None)
        }
        // Which part it was is the case's to know; who finds too much is shown what it may see.
        CaseFact::Transferred { to, .. } => (vec![mark(to, Relation::Lead), mark(to, Relation::Assist)], None),
        _ => return None,
    };
    Some(Entry { case, marks, text })
}

#[async_trait]
impl Follower for Search {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_rebuilt(&self) -> bool {
        true
    }

    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError> {
        let mut added: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
        let mut erased: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
        for (event, body) in told(app, events).await? {
            added.entry(event.district).or_default().extend(entry(&body, event.id));
            if event.kind == ERASED {
                erased.entry(event.district).or_default().insert(event.id);
            }
        }
        let mut set = ChangeSet::new();
        for (district, entries) in added {
            let entries = with_terms(app, district, entries).await?;
            let mut index = Index::open(app.store.as_ref(), district).await?;
            // Of what was erased within the batch the texts were gone before they were read.
            if let Some(cases) = erased.get(&district) {
                index.forget(cases).await?;
            }
            for (case, terms) in entries {
                index.push(case, &terms).await?;
            }
            set.writes.extend(index.writes());
        }
        Ok(Taken::In(set))
    }
}

/// The events of cases, with the words in which their places were told.
async fn told<'e>(app: &App, events: &'e [Event]) -> Result<Vec<(&'e Event, CaseEvent)>, AppError> {
    let mut read = Vec::new();
    for event in events.iter().filter(|event| event.noun == CASE_NOUN) {
        let at = |fault: &dyn std::fmt::Display| damaged(&format!("event at position {}", event.position), fault);
        let body: CaseEvent = event.body.to().map_err(|fault| at(&fault))?;
        let district = u32::try_from(event.district).map_err(|fault| at(&fault))?;
        read.push((event, DistrictId(district), body));
    }
    let filed = read.iter_mut().filter(|(event, ..)| event.kind == FILED);
    app.tell(filed.map(|(event, district, body)| (*district, Id(event.id), body)))
        .await?;
    Ok(read.into_iter().map(|(event, _, body)| (event, body)).collect())
}

/// The kind of the event with which a case begins.
const FILED: &str = "filed";
/// The kind of the event with which a case's texts go.
const ERASED: &str = "erased";

/// The entries with all their terms. A text that is no longer kept has none, nor have the words that came with it.
async fn with_terms(app: &App, district: i64, entries: Vec<Entry>) -> Result<Vec<(i64, Vec<Term>)>, AppError> {
    let keys: Vec<Vec<Value>> = entries
        .iter()
        .filter_map(|entry| Some(vec![district.into(), entry.text.as_ref()?.0.id.0.into()]))
        .collect();
    let mut texts = app.store.records::<TextRow>(keys).await?.into_iter();
    let read: Vec<(Entry, Option<TextRow>)> = entries
        .into_iter()
        .map(|entry| {
            let text = entry.text.as_ref().and_then(|_| texts.next().flatten());
            (entry, text)
        })
        .collect();
    // Cutting a thousand texts takes some tens of milliseconds: not on a thread that answers others.
    tokio::task::spawn_blocking(move || {
        read.into_iter()
            .map(|(entry, kept)| {
                let mut terms = entry.marks;
                if let Some(kept) = kept {
                    let words = entry.text.and_then(|(_, words)| words).unwrap_or_default();
                    let title = kept.title.unwrap_or_default();
                    terms.extend(terms_of(&[title, kept.body, words].join("\n")));
                }
                terms.sort_unstable();
                terms.dedup();
                (entry.case, terms)
            })
            .collect()
    })
    .await
    .map_err(|fault| AppError::Internal(format!("cutting texts into words: {fault}")))
}
