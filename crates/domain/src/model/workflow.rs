//! Workflows: the shape that Rust fixes (phases, acts, milestones) and the names that packs give (states, steps).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::expr::Expr;
use crate::text::Title;

/// Where a case is in the closed loop. Packs name states inside a phase; lists, figures and access speak of phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// 受理: being taken down.
    Intake,
    /// 派单: waits for somebody to say whose job it is.
    Dispatch,
    /// 办理: units are at work.
    Handling,
    /// 核查: the result is checked by somebody else.
    Verification,
    /// 回访: the reporter is asked.
    CallBack,
    /// 办结: done.
    Closed,
}

impl Phase {
    /// Every phase in the order of the loop.
    pub const ALL: [Self; 6] = [
        Self::Intake,
        Self::Dispatch,
        Self::Handling,
        Self::Verification,
        Self::CallBack,
        Self::Closed,
    ];

    /// The name used in packs, the API, the journal and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Dispatch => "dispatch",
            Self::Handling => "handling",
            Self::Verification => "verification",
            Self::CallBack => "call_back",
            Self::Closed => "closed",
        }
    }
}

/// What the program can do to a case. A pack's step names one of these; the act decides which facts the command must
/// carry and what happens to assignments, milestones and clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// 即答: answer a demand at intake and close it, outside the rates.
    Answer,
    /// 不予受理: turn it down with a reason.
    Reject,
    /// 派单: name the lead and assisting units and the class of limit.
    Dispatch,
    /// 签收: a unit takes its assignment.
    Accept,
    /// 联系诉求人: the unit has spoken to the reporter.
    Contact,
    /// 办结上报: a unit hands in its result with evidence.
    HandIn,
    /// 核查通过: somebody else finds the result right.
    Pass,
    /// 返工: somebody else finds it wrong, with a reason.
    Rework,
    /// 回访: the reporter's answers are recorded.
    CallBack,
    /// 评价: the reporter answers the three questions unasked.
    Rate,
    /// 重办: a closed case is opened again.
    Reopen,
    /// 督办: a supervisor presses, with words; the state stays.
    Urge,
    /// A step that only changes the state, within a phase or into the next.
    Move,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 13] = [
        Self::Answer,
        Self::Reject,
        Self::Dispatch,
        Self::Accept,
        Self::Contact,
        Self::HandIn,
        Self::Pass,
        Self::Rework,
        Self::CallBack,
        Self::Rate,
        Self::Reopen,
        Self::Urge,
        Self::Move,
    ];

    /// The name used in packs and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Reject => "reject",
            Self::Dispatch => "dispatch",
            Self::Accept => "accept",
            Self::Contact => "contact",
            Self::HandIn => "hand_in",
            Self::Pass => "pass",
            Self::Rework => "rework",
            Self::CallBack => "call_back",
            Self::Rate => "rate",
            Self::Reopen => "reopen",
            Self::Urge => "urge",
            Self::Move => "move",
        }
    }

    /// The phases from which and to which a step with this act may lead; the pack checker holds steps to it.
    pub fn leads(self) -> (&'static [Phase], &'static [Phase]) {
        use Phase::{CallBack, Closed, Dispatch, Handling, Intake, Verification};
        match self {
            Self::Answer => (&[Intake, Dispatch], &[Closed]),
            Self::Reject => (&[Intake, Dispatch], &[Closed]),
            Self::Dispatch => (&[Intake, Dispatch, Handling], &[Handling]),
            Self::Accept | Self::Contact => (&[Handling], &[Handling]),
            Self::HandIn => (&[Handling], &[Verification, CallBack, Closed]),
            Self::Pass => (&[Verification], &[CallBack, Closed]),
            Self::Rework => (&[Verification, CallBack], &[Handling]),
            // What was closed is asked about as well, where it was drawn into a sample.
            Self::CallBack => (&[CallBack, Closed], &[Closed]),
            Self::Rate => (&[CallBack, Closed], &[Closed]),
            Self::Reopen => (&[Closed], &[Handling, Dispatch]),
            Self::Urge => (&[Dispatch, Handling, Verification, CallBack], &[]),
            Self::Move => (&Phase::ALL, &Phase::ALL),
        }
    }
}

/// A moment that every case has in common, whatever its pack calls its states. Timeliness is counted between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// 受理/立案.
    Filed,
    /// 派单.
    Dispatched,
    /// 签收 by the lead unit.
    Accepted,
    /// 联系诉求人 (响应).
    Contacted,
    /// 退单: the lead unit's return was granted.
    Returned,
    /// 办结上报 by the lead unit.
    HandedIn,
    /// 核查通过.
    Verified,
    /// 返工.
    Reworked,
    /// 回访 answered.
    CalledBack,
    /// 办结.
    Closed,
    /// 重办.
    Reopened,
}

impl Milestone {
    /// Every milestone.
    pub const ALL: [Self; 11] = [
        Self::Filed,
        Self::Dispatched,
        Self::Accepted,
        Self::Contacted,
        Self::Returned,
        Self::HandedIn,
        Self::Verified,
        Self::Reworked,
        Self::CalledBack,
        Self::Closed,
        Self::Reopened,
    ];

    /// The name used in packs, the API and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Dispatched => "dispatched",
            Self::Accepted => "accepted",
            Self::Contacted => "contacted",
            Self::Returned => "returned",
            Self::HandedIn => "handed_in",
            Self::Verified => "verified",
            Self::Reworked => "reworked",
            Self::CalledBack => "called_back",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
        }
    }
}

/// Who may take a step: somebody with a role in relation to the case, the reporter with the secret, or the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Performer {
    /// An account that holds this role towards the case (see [`crate::access`]).
    Role(Role),
    /// Somebody without an account.
    Other(Other),
}

/// Performers without an account; a type of its own so that a [`Performer`] reads as one word in TOML and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Other {
    /// 诉求人, holding the tracking secret.
    Reporter,
    /// The program: imports, timers.
    Program,
}

impl Performer {
    /// The reporter.
    pub const REPORTER: Self = Self::Other(Other::Reporter);
    /// The program.
    pub const PROGRAM: Self = Self::Other(Other::Program);
}

/// A state inside a phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct State {
    /// snake_case name, unique within the workflow.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The phase in which it lies.
    pub phase: Phase,
}

/// A step that a workflow allows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// snake_case name, unique within the workflow: what the API calls the action.
    pub name: String,
    /// Its title: what the button says.
    pub title: Title,
    /// What the program does.
    pub act: Act,
    /// The states from which it may be taken.
    pub from: Vec<String>,
    /// The state to which it leads; `None` leaves the state as it is.
    pub to: Option<String>,
    /// Who may take it.
    pub by: Vec<Performer>,
    /// Kinds of evidence without which it is refused.
    pub needs: Vec<String>,
    /// A condition over the case's fields (see [`crate::cases::FIELDS`]).
    #[serde(skip)]
    pub when: Option<Expr>,
}

/// A workflow: states and the steps between them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Workflow {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The state in which a filed case starts.
    pub start: String,
    /// The state to which a case goes back when a unit's return is granted (phase dispatch).
    pub returned: String,
    /// The state in which a case ends that was merged into another (phase closed).
    pub merged: String,
    /// The state to which a granted request to reopen leads.
    pub reopened: String,
    /// States by name.
    pub states: BTreeMap<String, State>,
    /// Steps in the order of the pack, which is the order of the buttons.
    pub steps: Vec<Step>,
}

impl Workflow {
    /// The phase of a state; checked models name no unknown state, so an unknown one is a closed one.
    pub fn phase(&self, state: &str) -> Phase {
        self.states.get(state).map_or(Phase::Closed, |s| s.phase)
    }

    /// The step of this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.name == name)
    }
}
