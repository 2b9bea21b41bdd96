//! The cases that moved the figures from one edition to the next.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quanyu_domain::cases::{Case, Cell};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::Records;
use serde::Deserialize;

use super::Period;
use crate::App;
use crate::cases::{CASE_NOUN, Caller, case_of};
use crate::error::{AppError, damaged};
use crate::followers::tally::Counts;
use crate::tables::CaseRow;

/// Events that are looked at for one page; with none among them that moved anything, a page may be empty and still have a
/// next.
const LOOKED_AT: usize = 2_000;

/// A case that moved the figures of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The case, as it is now.
    pub case: Case,
    /// When it did last, between the editions.
    pub at: Timestamp,
    /// What happened then: the kind of the event.
    pub kind: String,
    /// By measure, how much more (or less) is counted; nothing where it is counted for another unit, place or matter alone.
    pub changes: Counts,
}

/// A page of what moved the figures. A case that moved them more than once may stand on several pages.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedPage {
    /// The cases, in the order of their last event.
    pub items: Vec<Moved>,
    /// The last position that was looked at; `None` on the last page.
    pub next: Option<i64>,
}

/// What is looked at of an event's body.
#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    tally: Vec<Cell>,
}

impl App {
    /// The cases whose events between the edition before and this one changed what is counted of its period, as far as the
    /// caller may see them.
    ///
    /// # Errors
    /// When there is no such edition, it is the first, or the unit lies outside the caller's scope.
    pub async fn moved_by(
        &self,
        caller: &Caller,
        within: Option<&UnitCode>,
        period: Period,
        number: i64,
        after: Option<i64>,
    ) -> Result<MovedPage, AppError> {
        let edition = self.edition(caller, within, period, number).await?;
        if edition.number < 2 {
            return Err(Refusal::invalid(
                "first_edition",
                "edition",
                "第 1 版之前没有版本可比",
                "edition 1 has none before it that it could differ from",
            )
            .into());
        }
        let before = self.edition(caller, within, period, edition.number - 1).await?;
        let from = after.unwrap_or(before.position).max(before.position);
        let events = self.store.journal(from, LOOKED_AT).await?;
        let next = events.last().map(|last| last.position);
        let mut found: BTreeMap<(i64, i64), (Timestamp, String, Counts)> = BTreeMap::new();
        for event in events
            .iter()
            .filter(|event| event.noun == CASE_NOUN && event.position <= edition.position)
        {
            let fault = |fault| damaged(&format!("event at position {}", event.position), fault);
            let Counted { tally } = event.body.to().map_err(fault)?;
            let mut changes = Counts::new();
            let mut moved = false;
            for cell in &tally {
                let concerns = cell
                    .areas
                    .iter()
                    .chain(&cell.lead)
                    .any(|unit| unit.as_str() == edition.unit);
                let days = cell.days.iter().filter(|(day, _)| concerns && period.contains(**day));
                for (measure, count) in days.flat_map(|(_, counts)| counts) {
                    *changes.entry(measure.clone()).or_default() += count;
                    moved = true;
                }
            }
            if !moved {
                continue;
            }
            let known = found.entry((event.district, event.id)).or_default();
            (known.0, known.1) = (event.at, event.kind.clone());
            super::sums::add(&mut known.2, &changes);
        }
        for (_, _, changes) in found.values_mut() {
            changes.retain(|_, change| *change != 0);
        }
        let rules = self.rules();
        let keys = found
            .keys()
            .map(|(district, id)| vec![(*district).into(), (*id).into()])
            .collect();
        let rows = self.store.records::<CaseRow>(keys).await?;
        let mut items: Vec<(Moved, Id)> = Vec::new();
        for ((at, kind, changes), row) in found.into_values().zip(rows) {
            let Some(row) = row else { continue };
            let case = case_of(&row)?;
            if *caller == Caller::program() || !caller.actor.standing(&case, &rules.tree).is_empty() {
                let id = case.id;
                items.push((
                    Moved {
                        case,
                        at,
                        kind,
                        changes,
                    },
                    id,
                ));
            }
        }
        items.sort_by_key(|(moved, id)| (moved.at, *id));
        Ok(MovedPage {
            items: items.into_iter().map(|(moved, _)| moved).collect(),
            next: next.filter(|next| *next < edition.position),
        })
    }
}
