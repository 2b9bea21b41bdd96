//! Applying events: the only thing that changes a case.

use super::{Assignment, AssignmentState, Case, CaseEvent, CaseFact, Part, Request, RequestState};
use crate::model::{Phase, RequestKind};

/// Why an event cannot be applied. Only a damaged journal gives one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The first event of a case is not its filing.
    #[error("the first event of a case must be its filing, found `{0}`")]
    NotFiled(&'static str),
    /// A case was filed twice.
    #[error("a case is filed once")]
    FiledTwice,
    /// An event names an assignment or request that the case does not have.
    #[error("`{0}` names an assignment or request that the case does not have")]
    Unknown(&'static str),
}

impl Case {
    /// What the first event of a case amounts to.
    ///
    /// # Errors
    /// When the event is not a filing that names a state.
    pub fn from_first(event: &CaseEvent) -> Result<Self, ApplyError> {
        let (CaseFact::Filed(filed), Some(state)) = (&event.fact, &event.state) else {
            return Err(ApplyError::NotFiled(event.fact.kind()));
        };
        let filed = filed.as_ref().clone();
        Ok(Self {
            id: filed.id,
            district: filed.district,
            version: i64::from(!event.continues),
            case_type: filed.case_type,
            state: state.state.clone(),
            phase: state.phase,
            demand: filed.demand,
            channel: filed.channel,
            matter: filed.matter,
            text: filed.text,
            place: filed.place,
            reporter: filed.reporter,
            filed_by: event.by,
            filed_at: event.at,
            changed_at: event.at,
            desk: filed.desk,
            limit_class: None,
            clocks: event.clocks.clone(),
            assignments: Vec::new(),
            requests: Vec::new(),
            milestones: event.milestones.iter().map(|m| (*m, event.at)).collect(),
            result: None,
            answers: Vec::new(),
            evidence: event.evidence.clone(),
            suspended_until: None,
            excluded: false,
            samples: Vec::new(),
            tally: event.tally.clone(),
            merged_into: None,
            absorbed: Vec::new(),
            confidential: filed.confidential.then(super::Circle::default),
            publication: None,
        })
    }

    /// Applies one event.
    ///
    /// # Errors
    /// When the event does not belong to this case's history; the case is then worth nothing.
    pub fn apply(&mut self, event: &CaseEvent) -> Result<(), ApplyError> {
        // The fact reads the state to which it led: a unit leads again where the case is handled again.
        if let Some(change) = &event.state {
            self.state.clone_from(&change.state);
            self.phase = change.phase;
        }
        self.apply_fact(event)?;
        for number in &event.lapses {
            let request = self
                .request_mut(*number)
                .ok_or(ApplyError::Unknown(event.fact.kind()))?;
            request.state = RequestState::Lapsed;
        }
        self.evidence.extend(event.evidence.iter().cloned());
        for clock in &event.clocks {
            match self
                .clocks
                .iter_mut()
                .find(|c| c.name == clock.name && c.request == clock.request)
            {
                Some(slot) => *slot = clock.clone(),
                None => self.clocks.push(clock.clone()),
            }
        }
        self.milestones.extend(event.milestones.iter().map(|m| (*m, event.at)));
        // A closed case wants nothing of anybody.
        if self.phase == Phase::Closed {
            self.release_assignments(event);
            self.suspended_until = None;
        }
        super::add(&mut self.tally, &event.tally);
        self.changed_at = event.at;
        self.version += i64::from(!event.continues);
        Ok(())
    }

    fn apply_fact(&mut self, event: &CaseEvent) -> Result<(), ApplyError> {
        let unknown = || ApplyError::Unknown(event.fact.kind());
        match &event.fact {
            CaseFact::Filed(_) => return Err(ApplyError::FiledTwice),
            CaseFact::Answered { result } => self.result = Some(result.clone()),
            CaseFact::Dispatched {
                assignments,
                matter,
                limit_class,
                place,
                ..
            } => {
                self.release_assignments(event);
                self.assignments.extend(assignments.iter().cloned());
                self.matter.clone_from(matter);
                self.limit_class = Some(limit_class.clone());
                if let Some(place) = place {
                    self.place = place.clone();
                }
            }
            CaseFact::Accepted { assignment, holder } => {
                let assignment = self.assignment_mut(*assignment).ok_or_else(unknown)?;
                assignment.state = AssignmentState::Accepted;
                assignment.accepted_at = Some(event.at);
                assignment.holder = *holder;
                note_worker(assignment, event);
            }
            CaseFact::HandedOver { assignment, holder, .. } => {
                self.assignment_mut(*assignment).ok_or_else(unknown)?.holder = Some(*holder);
            }
            CaseFact::Contacted {
                assignment: Some(number),
                ..
            } => note_worker(self.assignment_mut(*number).ok_or_else(unknown)?, event),
            CaseFact::HandedIn { assignment, result } => {
                let mut part = Part::Lead;
                if let Some(number) = assignment {
                    let assignment = self.assignment_mut(*number).ok_or_else(unknown)?;
                    assignment.state = AssignmentState::Done;
                    assignment.ended_at = Some(event.at);
                    note_worker(assignment, event);
                    part = assignment.part;
                }
                if part == Part::Lead {
                    self.result = Some(result.clone());
                }
            }
            CaseFact::Reworked { .. } | CaseFact::Reopened { .. } => self.lead_works_again(),
            CaseFact::Sampled { sample } => self.samples.push(sample.clone()),
            CaseFact::Asked { answers, .. } => self.answers.push(answers.clone()),
            CaseFact::Requested { request } => self.requests.push(request.clone()),
            CaseFact::Decided {
                request,
                granted,
                decision,
            } => {
                let slot = self.request_mut(*request).ok_or_else(unknown)?;
                slot.state = if *granted {
                    RequestState::Granted
                } else {
                    RequestState::Refused
                };
                slot.decision = Some(decision.clone());
                if *granted {
                    let request = slot.clone();
                    self.apply_grant(&request, event);
                }
            }
            CaseFact::Resumed => self.suspended_until = None,
            CaseFact::Absorbed { case } => self.absorbed.push(*case),
            CaseFact::Transferred { assignment, to } => {
                let assignment = self.assignment_mut(*assignment).ok_or_else(unknown)?;
                let ended = std::mem::replace(&mut assignment.unit, to.clone());
                // Who of the successor's people takes it is theirs to say.
                assignment.holder = None;
                // What the unit has asked for, its successor asks for now.
                for request in self.requests.iter_mut().filter(|r| r.state == RequestState::Pending) {
                    if request.unit.as_ref() == Some(&ended) {
                        request.unit = Some(to.clone());
                    }
                }
            }
            CaseFact::DeskMoved { desk } => {
                let old = std::mem::replace(&mut self.desk, desk.clone());
                for request in self.requests.iter_mut().filter(|r| r.state == RequestState::Pending) {
                    if request.decider == old {
                        request.decider = desk.clone();
                    }
                }
            }
            CaseFact::Confided { circle, .. } => self.confidential = Some(circle.clone()),
            CaseFact::Disclosed { .. } => self.confidential = None,
            CaseFact::Published { publication } => self.publication = Some(publication.as_ref().clone()),
            CaseFact::Withdrawn { .. } => self.publication = None,
            CaseFact::Erased { .. } => {
                self.publication = None;
                self.reporter = None;
                self.place.words = None;
            }
            CaseFact::Rejected { .. }
            | CaseFact::Contacted { .. }
            | CaseFact::Passed
            | CaseFact::Urged { .. }
            | CaseFact::Moved { .. }
            | CaseFact::Escalated { .. }
            | CaseFact::Reckoned => {}
        }
        Ok(())
    }

    fn apply_grant(&mut self, request: &Request, event: &CaseEvent) {
        match request.kind {
            RequestKind::Return => {
                if let Some(assignment) = request.assignment.and_then(|number| self.assignment_mut(number)) {
                    assignment.state = AssignmentState::Returned;
                    assignment.ended_at = Some(event.at);
                    if assignment.part == Part::Lead {
                        self.release_assignments(event);
                    }
                }
            }
            RequestKind::Suspend => self.suspended_until = request.until,
            RequestKind::Exclude => self.excluded = true,
            RequestKind::Merge => self.merged_into = request.into,
            RequestKind::Reopen => self.lead_works_again(),
            // The clock moved with the event.
            RequestKind::Extend => {}
        }
    }

    fn assignment_mut(&mut self, number: u32) -> Option<&mut Assignment> {
        self.assignments.iter_mut().find(|a| a.number == number)
    }

    fn request_mut(&mut self, number: u32) -> Option<&mut Request> {
        self.requests.iter_mut().find(|r| r.number == number)
    }

    fn release_assignments(&mut self, event: &CaseEvent) {
        for assignment in self.assignments.iter_mut().filter(|a| a.is_open()) {
            assignment.state = AssignmentState::Released;
            assignment.ended_at = Some(event.at);
        }
    }

    /// The unit that led the case is wanted again, if the case has come back to be handled and not to the desk.
    fn lead_works_again(&mut self) {
        if self.phase == Phase::Handling
            && let Some(number) = self.lead().map(|lead| lead.number)
            && let Some(lead) = self.assignment_mut(number)
        {
            lead.state = AssignmentState::Accepted;
            lead.ended_at = None;
        }
    }
}

fn note_worker(assignment: &mut Assignment, event: &CaseEvent) {
    if let crate::access::ActorRef::Account(id) = event.by {
        assignment.workers.insert(id);
    }
}
