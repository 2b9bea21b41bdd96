//! Cases (案件/诉求): something to be done, from intake to a closed loop.
//!
//! A [`Case`] is what its [`CaseEvent`]s amount to: [`Case::apply`] is the only thing that changes one. Deciding
//! ([`decide`], [`file()`]) reads a case, checks a [`Command`] against the model and returns events; rebuilding applies the
//! journal's events and never decides again. Everything else that is kept about a case (its party rows, its timer, its
//! place in lists) is a pure function of the case.

mod apply;
mod clocks;
mod decide;
mod discretion;
mod event;
mod party;
mod said;
mod snapshot;
mod support;
mod tally;
mod terms;

#[cfg(test)]
mod access_tests;
#[cfg(test)]
mod bound_tests;
#[cfg(test)]
mod clock_tests;
#[cfg(test)]
mod discretion_tests;
#[cfg(test)]
mod hand_over_tests;
#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod part_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
mod testing;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::ActorRef;
use crate::ids::{DistrictId, Id};
use crate::model::{Milestone, Performer, Phase, RequestKind};
use crate::time::Clock;
use crate::units::UnitCode;

pub use apply::ApplyError;
pub use decide::{
    Answer, AnswersInput, Available, AvailableStep, Command, Context, Decided, Filing, RequestInput, StepInput, absorb,
    available, decide, file,
};
pub use discretion::{Circle, Discretion, MAX_CIRCLE, Publication};
pub use event::{CaseEvent, CaseFact, Filed, StateChange};
pub use party::{FAR_FUTURE, PartyRow};
pub use said::{Said, SaidRef};
pub use snapshot::{CaseFields, FIELDS, MEASURE_FIELDS, clock_fields};
pub use support::may_be_supported;
pub use tally::{Cell, MATTER_LEVELS, add, counted, difference};
pub use terms::CaseTerms;

/// Longest text of a case or a reply, in characters. The longest of 2,816 real messages has 3,191, the longest reply
/// 7,883.
pub const MAX_TEXT: usize = 10_000;
/// Longest reason, note or place in words, in characters.
pub const MAX_REASON: usize = 2_000;
/// Most pieces of evidence on one case.
pub const MAX_EVIDENCE: usize = 100;
/// Most assisting units at once.
pub const MAX_ASSIST: usize = 20;
/// Most requests on one case over its life.
pub const MAX_REQUESTS: usize = 100;

/// A text kept outside the journal, so that it can be erased: by reference, with the hash that proves it unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRef {
    /// Where it is kept.
    pub id: Id,
    /// SHA-256 of its UTF-8 bytes, hex.
    pub sha256: String,
}

/// Degrees in CGCS2000 (EPSG:4490).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Longitude.
    pub lon: f64,
    /// Latitude.
    pub lat: f64,
}

/// Where a case lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The place in words, as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Said>,
    /// The point, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// The areas in which it lies, the finest first, at least the district: grid, community, subdistrict, district.
    pub areas: Vec<UnitCode>,
}

impl Place {
    /// The place in words, where they are at hand.
    pub fn told(&self) -> Option<&str> {
        self.words.as_ref().and_then(Said::text)
    }

    /// The finest area known.
    pub fn area(&self) -> &UnitCode {
        // Filing refuses a place without an area.
        &self.areas[0]
    }
}

/// How a unit takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 主办.
    Lead,
    /// 协办.
    Assist,
}

/// Where an assignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    /// 待签收.
    Offered,
    /// 办理中.
    Accepted,
    /// 已办结.
    Done,
    /// 已退单.
    Returned,
    /// No longer wanted: the case was sent elsewhere or ended.
    Released,
}

/// A unit's part in a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Number within the case, from 1.
    pub number: u32,
    /// The unit.
    pub unit: UnitCode,
    /// Lead or assisting.
    pub part: Part,
    /// Where it stands.
    pub state: AssignmentState,
    /// When it was offered.
    pub offered_at: Timestamp,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// When its result was handed in (or it was returned or released).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Who works on it (经办人): the account that accepted it, or to which it was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Id>,
    /// Accounts that worked on it: they may not verify.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub workers: BTreeSet<Id>,
}

impl Assignment {
    /// Whether something is wanted of the unit.
    pub fn is_open(&self) -> bool {
        matches!(self.state, AssignmentState::Offered | AssignmentState::Accepted)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// 待审.
    Pending,
    /// 同意.
    Granted,
    /// 不同意.
    Refused,
    /// Fell away because the case moved on without it.
    Lapsed,
}

/// Something that a party has asked for (退单、延期、挂账、剔除、并案、重办).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Number within the case, from 1.
    pub number: u32,
    /// What is asked for.
    pub kind: RequestKind,
    /// Why.
    pub reason: Said,
    /// Who asked.
    pub by: ActorRef,
    /// The unit for which it was asked; `None` for the reporter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
    /// When.
    pub at: Timestamp,
    /// The unit that has to decide.
    pub decider: UnitCode,
    /// Return: the assignment that is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<u32>,
    /// Extend: how much more time. `None`: once more the original limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<crate::time::LimitDuration>,
    /// Suspend: until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Merge: into which case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Id>,
    /// Where it stands.
    pub state: RequestState,
    /// Who decided, when, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// How a request was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided.
    pub by: ActorRef,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Said,
}

/// A clock that the case carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseClock {
    /// The name of the pack's clock rule; for a request's clock the request's kind.
    pub name: String,
    /// The request whose decision it measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u32>,
    /// The clock itself; its class is the class of limit.
    pub clock: Clock,
    /// Version of the model that set its limit: with it the limit explains itself as it did on the day.
    pub model: String,
    /// How many steps of its ladder have been taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps_taken: u32,
    /// When the next step of its ladder is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step_at: Option<Timestamp>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A file that proves something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Kind of evidence, as packs declare them.
    pub kind: String,
    /// The attachment.
    pub attachment: Id,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The outcome (办结类型), as packs declare them.
    pub outcome: String,
    /// The reply to the reporter.
    pub reply: TextRef,
    /// When it was handed in.
    pub at: Timestamp,
}

/// How content the reporter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    /// 满意.
    Satisfied,
    /// 基本满意.
    BasicallySatisfied,
    /// 不满意.
    Dissatisfied,
}

impl Satisfaction {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Satisfied, Self::BasicallySatisfied, Self::Dissatisfied];

    /// The name used in packs, the API and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::BasicallySatisfied => "basically_satisfied",
            Self::Dissatisfied => "dissatisfied",
        }
    }
}

/// What the reporter said to the three questions (响应、解决、满意), or that nobody answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Whether anybody answered; without it the other fields are empty.
    pub reached: bool,
    /// Was somebody in touch?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responded: Option<bool>,
    /// Is it solved?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solved: Option<bool>,
    /// How content?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<Satisfaction>,
    /// Whether the reporter answered by telephone to a clerk, or unasked with the secret.
    pub by: ActorRef,
    /// When.
    pub at: Timestamp,
}

/// That a case was drawn into a sample (抽样回访).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// The draw.
    pub draw: Id,
    /// The closing for which it was drawn.
    pub closed_at: Timestamp,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its number.
    pub id: Id,
    /// The district that owns it.
    pub district: DistrictId,
    /// Number of decisions that it amounts to; commands name the version that they saw.
    pub version: i64,
    /// Kind of case, as packs declare them.
    pub case_type: String,
    /// State, as its workflow declares them.
    pub state: String,
    /// The phase of that state.
    pub phase: Phase,
    /// Demand type.
    pub demand: String,
    /// Channel.
    pub channel: String,
    /// Matter, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// What was reported.
    pub text: TextRef,
    /// Where it lies.
    pub place: Place,
    /// The person who reported it, by reference; `None`: anonymous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter: Option<Id>,
    /// Who filed it.
    pub filed_by: ActorRef,
    /// When.
    pub filed_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// The desk that dispatches, verifies and calls back.
    pub desk: UnitCode,
    /// The class of limit decided at dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_class: Option<String>,
    /// Its clocks, running and stopped.
    pub clocks: Vec<CaseClock>,
    /// Assignments, past and present.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
    /// Requests, past and present.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Request>,
    /// Every milestone reached, in the order of time.
    pub milestones: Vec<(Milestone, Timestamp)>,
    /// The result last handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<CaseResult>,
    /// Call-back attempts and answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answers>,
    /// Evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Until when its clocks stand still (挂账).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Timestamp>,
    /// Whether it is left out of the figures (剔除).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excluded: bool,
    /// The samples into which it was drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sampled>,
    /// What it has been counted as in the figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tally: Vec<Cell>,
    /// The case into which it was merged (并案).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Id>,
    /// The cases that were merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absorbed: Vec<Id>,
    /// Who alone sees it, where it is confidential (保密).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidential: Option<Circle>,
    /// What everybody sees of it, where it is published (公开).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
}

impl Case {
    /// The last time at which a milestone was reached.
    pub fn reached(&self, milestone: Milestone) -> Option<Timestamp> {
        self.milestones
            .iter()
            .rev()
            .find(|(m, _)| *m == milestone)
            .map(|(_, at)| *at)
    }

    /// How often a milestone was reached.
    pub fn times(&self, milestone: Milestone) -> u32 {
        u32::try_from(self.milestones.iter().filter(|(m, _)| *m == milestone).count()).unwrap_or(u32::MAX)
    }

    /// When it was closed, while it is.
    pub fn closed_at(&self) -> Option<Timestamp> {
        if self.phase == Phase::Closed {
            self.reached(Milestone::Closed)
        } else {
            None
        }
    }

    /// The lead unit's assignment that counts now: the last one that was not returned or released.
    pub fn lead(&self) -> Option<&Assignment> {
        self.assignments
            .iter()
            .rev()
            .find(|a| a.part == Part::Lead && !matches!(a.state, AssignmentState::Returned | AssignmentState::Released))
    }

    /// The open assignment of a unit: its part as lead before one as assisting unit, for units that merged may hold both.
    pub fn open_assignment_of(&self, unit: &UnitCode) -> Option<&Assignment> {
        let open = self.assignments.iter().filter(|a| a.is_open() && a.unit == *unit);
        open.min_by_key(|a| a.part)
    }

    /// The assignment of this number.
    pub fn assignment(&self, number: u32) -> Option<&Assignment> {
        self.assignments.iter().find(|a| a.number == number)
    }

    /// Requests that wait for a decision.
    pub fn pending_requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|r| r.state == RequestState::Pending)
    }

    /// How many requests of a kind were granted.
    pub fn granted(&self, kind: RequestKind) -> u32 {
        let granted = self
            .requests
            .iter()
            .filter(|r| r.kind == kind && r.state == RequestState::Granted);
        u32::try_from(granted.count()).unwrap_or(u32::MAX)
    }

    /// Call-back attempts and answers about the last result: those of an earlier round do not count for this one.
    pub fn answers_to_result(&self) -> impl Iterator<Item = &Answers> {
        let since = self.reached(Milestone::HandedIn);
        self.answers
            .iter()
            .filter(move |answers| since.is_none_or(|since| answers.at >= since))
    }

    /// Whether the reporter has rated the last result.
    pub fn is_rated(&self) -> bool {
        self.answers_to_result()
            .any(|answers| answers.reached && answers.by == ActorRef::Reporter)
    }

    /// The clock of this name, running or not; clocks of requests have none.
    pub fn clock(&self, name: &str) -> Option<&CaseClock> {
        self.clocks.iter().find(|c| c.request.is_none() && c.name == name)
    }
}

/// Whether one of the performers is among those who stand to the case in a way that allows something.
fn any_of(performers: &[Performer], standing: &BTreeSet<Performer>) -> bool {
    performers.iter().any(|p| standing.contains(p))
}
