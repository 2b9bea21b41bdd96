//! What came of a run: counts to be looked at.

use std::collections::BTreeMap;

use quanyu_domain::cases::{Case, RequestState};
use quanyu_domain::model::{Phase, RequestKind};
use serde::Serialize;

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Cases filed.
    pub cases: u64,
    /// Commands given, also those that were refused.
    pub commands: u64,
    /// Accounts made for staff.
    pub accounts: u64,
    /// Cases filed, by district.
    pub districts: BTreeMap<u32, u64>,
    /// Cases at the end, by phase.
    pub phases: BTreeMap<&'static str, u64>,
    /// Cases at the end, by kind of case and state.
    pub states: BTreeMap<String, u64>,
    /// Requests at the end, by kind and how they stand.
    pub requests: BTreeMap<String, u64>,
    /// Commands refused, by the code of the refusal.
    pub refused: BTreeMap<&'static str, u64>,
    /// Needs that nobody could meet, by what was to be done. Empty where the life fits the rules.
    pub unmet: BTreeMap<String, u64>,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Cases filed.
    pub cases: u64,
    /// Cases that are to come in.
    pub of: u64,
    /// Commands given.
    pub commands: u64,
    /// The simulated time.
    pub at: jiff::Timestamp,
}

impl Summary {
    pub(crate) fn filed(&mut self, case: &Case) {
        self.cases += 1;
        *self.districts.entry(case.district.0).or_default() += 1;
    }

    /// Counts a case as it stands at the end.
    pub(crate) fn ended(&mut self, case: &Case) {
        *self.phases.entry(Phase::name(case.phase)).or_default() += 1;
        *self
            .states
            .entry(format!("{}.{}", case.case_type, case.state))
            .or_default() += 1;
        for request in &case.requests {
            *self
                .requests
                .entry(request_name(request.kind, request.state))
                .or_default() += 1;
        }
    }
}

/// The name under which requests are counted: `extend.granted`.
pub fn request_name(kind: RequestKind, state: RequestState) -> String {
    let state = match state {
        RequestState::Pending => "pending",
        RequestState::Granted => "granted",
        RequestState::Refused => "refused",
        RequestState::Lapsed => "lapsed",
    };
    format!("{}.{state}", kind.name())
}
