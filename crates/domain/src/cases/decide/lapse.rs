//! Requests that fall away because the case moves on without them.

use crate::cases::{Case, CaseFact, Part, Request};
use crate::model::{Phase, RequestKind};

/// What an event means to requests that wait.
struct Move<'a> {
    case: &'a Case,
    fact: &'a CaseFact,
    closes: bool,
    reopens: bool,
    /// Whether the lead unit's work ends with it: nobody works under the limits of before.
    ends_work: bool,
}

/// The numbers of the requests that fall away with an event, which leads to `phase`.
pub(super) fn lapses(case: &Case, fact: &CaseFact, phase: Phase) -> Vec<u32> {
    let moved = Move {
        case,
        fact,
        closes: phase == Phase::Closed,
        reopens: case.phase == Phase::Closed && phase != Phase::Closed,
        ends_work: ends_work(case, fact),
    };
    let lapse = case.pending_requests().filter(|request| moved.overtakes(request));
    lapse.map(|request| request.number).collect()
}

/// Whether a request outlives the case that it is about.
pub(super) fn outlives_case(kind: RequestKind) -> bool {
    matches!(kind, RequestKind::Exclude | RequestKind::Reopen)
}

/// The request that an event grants.
fn granted<'c>(case: &'c Case, fact: &CaseFact) -> Option<&'c Request> {
    match fact {
        CaseFact::Decided {
            request, granted: true, ..
        } => case.requests.iter().find(|r| r.number == *request),
        _ => None,
    }
}

fn ends_work(case: &Case, fact: &CaseFact) -> bool {
    match fact {
        CaseFact::Dispatched { .. } => true,
        CaseFact::HandedIn { assignment, .. } => leads(case, *assignment),
        _ => granted(case, fact)
            .filter(|request| request.kind == RequestKind::Return)
            .is_some_and(|request| leads(case, request.assignment)),
    }
}

/// Whether an assignment is the lead unit's. What the program hands in without one is the case's result too.
fn leads(case: &Case, assignment: Option<u32>) -> bool {
    let assignment = assignment.and_then(|number| case.assignment(number));
    assignment.is_none_or(|assignment| assignment.part == Part::Lead)
}

impl Move<'_> {
    fn overtakes(&self, request: &Request) -> bool {
        let granted = granted(self.case, self.fact);
        if matches!(self.fact, CaseFact::Decided { request: decided, .. } if *decided == request.number) {
            return false;
        }
        // Granting one of these answers every other of its kind.
        let answered = |kind: RequestKind| granted.is_some_and(|granted| granted.kind == kind);
        match request.kind {
            RequestKind::Return => self.closes || self.ends_part(request),
            RequestKind::Extend => self.closes || self.ends_work,
            RequestKind::Suspend => self.closes || self.ends_work || answered(RequestKind::Suspend),
            RequestKind::Merge => self.closes,
            RequestKind::Exclude => answered(RequestKind::Exclude),
            RequestKind::Reopen => self.reopens,
        }
    }

    /// Whether there is nothing left to return after this.
    fn ends_part(&self, request: &Request) -> bool {
        match self.fact {
            CaseFact::HandedIn { assignment, .. } => *assignment == request.assignment,
            // Sent elsewhere, or given back by the lead: everybody's part ends.
            _ => self.ends_work,
        }
    }
}
