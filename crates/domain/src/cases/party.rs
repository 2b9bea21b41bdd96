//! Who a case concerns, as rows of one index: the lists of every role are ranges of it.

use jiff::Timestamp;

use super::{AssignmentState, Case, Part};
use crate::access::Relation;
use crate::model::Phase;
use crate::units::{UnitCode, UnitTree};

/// Where an open row without a limit sorts: behind every row that has one. 9999-01-01T00:00:00Z, well inside the times
/// that every store keeps.
pub const FAR_FUTURE: Timestamp = Timestamp::constant(253_370_764_800, 0);

/// One row of the party index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartyRow {
    /// The unit.
    pub unit: UnitCode,
    /// How it is related to the case.
    pub relation: Relation,
    /// Whether something is wanted: by anybody for [`Relation::Area`], of the unit otherwise.
    pub open: bool,
    /// What lists sort by: the next limit of an open row, the end of a closed one.
    pub sort_at: Timestamp,
}

impl Case {
    /// The earliest limit that runs, [`FAR_FUTURE`] where none does.
    pub fn next_due(&self) -> Timestamp {
        self.clocks
            .iter()
            .filter(|c| c.request.is_none())
            .filter_map(|c| c.running_due())
            .min()
            .unwrap_or(FAR_FUTURE)
    }

    /// From when on the earliest limit that runs counts as near ([`Clock::near_from`](crate::time::Clock::near_from)).
    pub fn near_from(&self) -> Option<Timestamp> {
        let own = self.clocks.iter().filter(|c| c.request.is_none());
        let running = own.filter_map(|c| Some((c.running_due()?, c.clock.near_from()?)));
        running.min().map(|(_, near)| near)
    }

    /// Whether the next limit is near and has not passed.
    pub fn is_near(&self, now: Timestamp) -> bool {
        self.near_from().is_some_and(|near| near <= now) && now <= self.next_due()
    }

    /// When the case next wants attention from the program: a step of a ladder, or the end of a suspension.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.clocks
            .iter()
            .filter_map(|c| c.next_step_at)
            .chain(self.suspended_until)
            .min()
    }

    /// The rows of the party index that this case amounts to, sorted and without repeats.
    pub fn parties(&self) -> Vec<PartyRow> {
        let due = self.next_due();
        let ended = self.closed_at();
        let mut rows: Vec<PartyRow> = Vec::with_capacity(self.place.areas.len() + 2);
        let mut push = |unit: &UnitCode, relation, open, sort_at| {
            let known = rows
                .iter_mut()
                .find(|row| row.unit == *unit && row.relation == relation);
            match known {
                // A unit that had the case before and has it again has one row: the open one.
                Some(row) if !row.open => (row.open, row.sort_at) = (open, sort_at),
                Some(_) => {}
                None => rows.push(PartyRow {
                    unit: unit.clone(),
                    relation,
                    open,
                    sort_at,
                }),
            }
        };
        for area in &self.place.areas {
            push(area, Relation::Area, ended.is_none(), ended.unwrap_or(due));
        }
        for assignment in &self.assignments {
            let relation = match assignment.part {
                Part::Lead => Relation::Lead,
                Part::Assist => Relation::Assist,
            };
            // An assisting unit that has not handed in when the lead has is wanted again only if the case comes back.
            let open = assignment.is_open() && self.phase == Phase::Handling;
            let sort_at = if open {
                due
            } else {
                assignment.ended_at.unwrap_or(assignment.offered_at)
            };
            push(&assignment.unit, relation, open, sort_at);
        }
        if let Some(relation) = self.wanted_of_desk() {
            push(&self.desk, relation, true, due);
        }
        for request in self.pending_requests() {
            let clock = self.clocks.iter().find(|c| c.request == Some(request.number));
            let due = clock.and_then(|c| c.running_due()).unwrap_or(FAR_FUTURE);
            push(&request.decider, Relation::Decide, true, due);
        }
        rows.sort();
        rows
    }

    /// What the desk has to do in the phase where the case is.
    fn wanted_of_desk(&self) -> Option<Relation> {
        match self.phase {
            Phase::Intake | Phase::Dispatch => Some(Relation::Dispatch),
            Phase::Verification => Some(Relation::Verify),
            Phase::CallBack => Some(Relation::CallBack),
            Phase::Handling | Phase::Closed => None,
        }
    }

    /// Whether a unit is related to the case in this way: whether [`Case::parties`] has such a row, for an area of it or
    /// of one under which the index keeps what lies in it ([`UnitTree::case_areas_under`]). A single look and the lists
    /// read the same thing.
    pub fn is_party(&self, unit: &UnitCode, relation: Relation, tree: &UnitTree) -> bool {
        let has_part = |part| self.assignments.iter().any(|a| a.part == part && a.unit == *unit);
        match relation {
            Relation::Area => {
                let areas = &self.place.areas;
                areas.contains(unit) || tree.case_areas_under(unit).iter().any(|area| areas.contains(area))
            }
            Relation::Lead => has_part(Part::Lead),
            Relation::Assist => has_part(Part::Assist),
            Relation::Decide => self.pending_requests().any(|request| request.decider == *unit),
            Relation::Dispatch | Relation::Verify | Relation::CallBack => {
                self.desk == *unit && self.wanted_of_desk() == Some(relation)
            }
        }
    }

    /// Accounts that worked on it: none of them may verify it.
    pub fn was_worked_on_by(&self, account: crate::ids::Id) -> bool {
        self.assignments
            .iter()
            .any(|a| a.state != AssignmentState::Returned && a.workers.contains(&account))
    }
}
