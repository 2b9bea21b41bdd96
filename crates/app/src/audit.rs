//! Reading the journal of everybody (审计): for the audit administrator, within the area of the role.

use quanyu_domain::access::Role;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::tables::JOURNAL;
use quanyu_store::{Event, Query, Records};

use crate::App;
use crate::cases::Caller;
use crate::error::AppError;

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only those of one thing: its noun and id.
    pub thing: Option<(String, Id)>,
    /// Only those before this position; `None`: from the newest on.
    pub before: Option<i64>,
    /// How many, at least 1.
    pub limit: usize,
}

/// A page of the journal, the newest event first.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The events that the administrator's area covers.
    pub events: Vec<Event>,
    /// Before which position the next page begins; `None` on the last.
    pub next: Option<i64>,
}

impl App {
    /// A page of the journal. Events that belong to no district are everybody's.
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
        let mut events: Vec<Event> = self.store.page(&ask).await?;
        let more = events.len() > limit;
        events.truncate(limit);
        let next = events.last().filter(|_| more).map(|event| event.position);
        let rules = self.rules();
        let held = caller
            .actor
            .grants()
            .iter()
            .filter(|grant| grant.role == Role::AuditAdmin);
        let areas: Vec<_> = held.filter_map(|grant| rules.tree.area_of(&grant.unit)).collect();
        let covered = |event: &Event| {
            let district = u32::try_from(event.district).unwrap_or_default();
            let unit = format!("{}000000", DistrictId(district)).parse();
            district == 0 || unit.is_ok_and(|unit| areas.iter().any(|area| rules.tree.is_within(&unit, area)))
        };
        events.retain(covered);
        Ok(AuditPage { events, next })
    }
}
