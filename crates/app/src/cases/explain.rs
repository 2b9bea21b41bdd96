//! What happened to a case, and why its limits are what they are.

use quanyu_domain::cases::{Case, CaseEvent};
use quanyu_domain::time::{ClockState, Due, Step, explain};
use serde::Serialize;

use super::{CASE_NOUN, Caller};
use crate::App;
use crate::error::{AppError, damaged};

/// An entry of a case's timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// Position in the journal.
    pub position: i64,
    /// The event.
    #[serde(flatten)]
    pub event: CaseEvent,
}

/// A clock of a case with its explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The name of the clock.
    pub name: String,
    /// The class of limit.
    pub class: String,
    /// When it is due.
    pub due: Due,
    /// How it stands.
    pub state: ClockState,
    /// Version of the rules that set it.
    pub model: String,
    /// Step by step.
    pub steps: Vec<Step>,
}

/// Entries of a timeline that are read at once; a case has some dozens.
const MAX_TIMELINE: usize = 2_000;

impl App {
    /// Everything that happened to a case, in order.
    ///
    /// # Errors
    /// When the caller may not see the case.
    pub async fn timeline(&self, caller: &Caller, case: &Case) -> Result<Vec<TimelineEntry>, AppError> {
        if caller.actor.standing(case, &self.rules().tree).is_empty() {
            return Err(super::unknown_case().into());
        }
        let events = self.store.journal_of(CASE_NOUN, case.id.0, 0, MAX_TIMELINE).await?;
        let mut entries = Vec::with_capacity(events.len());
        for event in events {
            entries.push(TimelineEntry {
                position: event.position,
                event: event.body.to().map_err(|fault| damaged("event", fault))?,
            });
        }
        let told = entries
            .iter_mut()
            .map(|entry| (case.district, case.id, &mut entry.event));
        self.tell(told).await?;
        Ok(entries)
    }

    /// Why each limit of a case is what it is, with the calendar and rules of the version that set it.
    ///
    /// # Errors
    /// When a version of the rules is no longer kept, which never happens to one that a record refers to.
    pub async fn explain_limits(&self, case: &Case) -> Result<Vec<Explained>, AppError> {
        let now = self.now();
        let mut explained = Vec::with_capacity(case.clocks.len());
        for clock in &case.clocks {
            let model = self.model_version(case.district, &clock.model).await?;
            explained.push(Explained {
                name: clock.name.clone(),
                class: clock.clock.class().to_owned(),
                due: clock.clock.due(),
                state: clock.clock.state(now),
                model: clock.model.clone(),
                steps: explain(&clock.clock, &model.work_time),
            });
        }
        Ok(explained)
    }
}
