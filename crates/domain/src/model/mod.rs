//! The checked model: what packs and places amount to for one district.
//!
//! The crate `pack` reads TOML and builds a [`Model`]; everything in it has been checked, so that deciding needs no
//! further checks: names resolve, states are reachable, limits have durations. All values are immutable; a new version
//! of a pack gives a new model with another [`Model::version`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Title;
use crate::time::{CutOff, LimitDuration, WorkTime};

mod figures;
mod workflow;

pub use figures::{CountedOn, Figures, Measure, Rate, SamplePlan, Score, ScoreTerm, Term};
pub use workflow::{Act, Milestone, Other, Performer, Phase, State, Step, Workflow};

/// Everything that the packs in force and the place's parameters say, checked and resolved.
#[derive(Debug, Clone)]
pub struct Model {
    /// Content hash of the packs and places that this was built from (hex). Records keep it.
    pub version: String,
    /// The packs in force, in the order in which they build on one another.
    pub packs: Vec<PackInfo>,
    /// The working calendar, hours and offset of the place.
    pub work_time: WorkTime,
    /// Kinds of case by name.
    pub case_types: BTreeMap<String, CaseType>,
    /// Workflows by name.
    pub workflows: BTreeMap<String, Workflow>,
    /// Classes of limit (时限类别) by name.
    pub limits: BTreeMap<String, LimitClass>,
    /// Ladders of escalation by name.
    pub ladders: BTreeMap<String, Ladder>,
    /// Demand types (诉求类型) by name.
    pub demands: BTreeMap<String, Demand>,
    /// Channels (来源渠道) by name.
    pub channels: BTreeMap<String, Channel>,
    /// Outcomes (办结类型) by name.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Kinds of evidence by name.
    pub evidence: BTreeMap<String, EvidenceKind>,
    /// What may be asked for, by kind; a kind that no pack declares cannot be asked for.
    pub requests: BTreeMap<RequestKind, RequestPolicy>,
    /// What is counted, and the rates that come of it.
    pub figures: Figures,
    /// The parameters with the values that hold here.
    pub parameters: BTreeMap<String, Parameter>,
}

/// A pack in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackInfo {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Content hash of its files (hex).
    pub hash: String,
}

/// A kind of case: which workflow it walks, what clocks it carries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseType {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Name of its workflow.
    pub workflow: String,
    /// The clocks that such a case carries.
    pub clocks: Vec<ClockRule>,
    /// Class of limit where neither the directory nor the dispatcher names one.
    pub default_limit: String,
    /// How long after closing it may be reopened by a step, whoever takes it (the reporter, or a clerk on the reporter's
    /// behalf); `None`: not at all. A granted request to reopen is bound by nothing but its own policy.
    pub reopen_within: Option<LimitDuration>,
    /// How often it may have been reopened, in whatever way, for a step to reopen it once more.
    pub reopen_at_most: u32,
}

/// Which limit a clock follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockLimit {
    /// The class that was decided at dispatch.
    ByClass,
    /// Always the class of this name.
    Class(String),
}

/// A clock that a kind of case carries, between two milestones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockRule {
    /// snake_case name, unique within the kind of case.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Reaching this milestone starts it (anew, where it ran before).
    pub starts: Milestone,
    /// Reaching one of these milestones stops it. Closing always stops every clock.
    pub stops: Vec<Milestone>,
    /// Its limit.
    pub limit: ClockLimit,
    /// The ladder of escalation that it walks.
    pub ladder: Option<String>,
    /// Whether a granted extension moves it.
    pub extendable: bool,
}

/// A class of limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimitClass {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The time allowed.
    pub duration: LimitDuration,
}

/// When a step of a ladder is due, seen from the limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LadderAt {
    /// So long before the limit.
    Before(LimitDuration),
    /// At the limit.
    Limit,
    /// So long after the limit.
    After(LimitDuration),
}

/// Whom a step of a ladder tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LadderAudience {
    /// The units that hold an open assignment while the case is handled; the desk where nobody does, and when it is
    /// the desk that is waited for.
    Assigned,
    /// The desk that dispatches.
    Desk,
    /// Supervisors of the district.
    Supervisors,
    /// Leaders of the district.
    Leaders,
}

/// One step of a ladder (催办、黄牌、红牌 …).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LadderStep {
    /// snake_case name, unique within its ladder.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// When it is due.
    pub at: LadderAt,
    /// Whom it tells.
    pub tells: Vec<LadderAudience>,
}

/// A ladder of escalation: steps in the order of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ladder {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The steps.
    pub steps: Vec<LadderStep>,
}

/// A demand type: 投诉、咨询、求助、建议、感谢、举报.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Demand {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Whether an operator may answer it and close it at intake (即答).
    pub answerable_at_intake: bool,
    /// Whether such cases count in the rates.
    pub counts_in_rates: bool,
}

/// A channel: hotline, web, grid worker, import …
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Channel {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Whether people without an account may file through it.
    pub public: bool,
}

/// How a case ended (办结类型).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Whether the matter itself was solved (as against explained, referred, withdrawn).
    pub solved: bool,
}

/// A kind of evidence: photo, document, …
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceKind {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Media types that count as it, `image/*` style.
    pub media: Vec<String>,
}

/// The requests that Rust knows; packs say who may ask, who decides, and within what bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// 退单: the unit says that the case is not its job.
    Return,
    /// 延期: more time.
    Extend,
    /// 挂账: the clocks stand still until a date.
    Suspend,
    /// 剔除: leave the case out of the figures.
    Exclude,
    /// 并案: the case is the same thing as another.
    Merge,
    /// 重办: a closed case is to be opened again.
    Reopen,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Return,
        Self::Extend,
        Self::Suspend,
        Self::Exclude,
        Self::Merge,
        Self::Reopen,
    ];

    /// The name used in packs, the API and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Extend => "extend",
            Self::Suspend => "suspend",
            Self::Exclude => "exclude",
            Self::Merge => "merge",
            Self::Reopen => "reopen",
        }
    }
}

/// What a pack says of one kind of request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestPolicy {
    /// The kind.
    pub kind: RequestKind,
    /// Its title.
    pub title: Title,
    /// Who may ask.
    pub asked_by: Vec<Performer>,
    /// Who decides. Never the account that asked, nor anybody of the unit that asked; only what a desk asked for may be
    /// settled by another hand at the same desk, exclusions excepted.
    pub decided_by: Vec<Performer>,
    /// The phases in which it may be asked for. Reopening is only asked for about closed cases, and of the rest nothing
    /// but leaving them out of the figures.
    pub phases: Vec<Phase>,
    /// Class of limit for the decision.
    pub limit: String,
    /// How often it may be granted for one case, to whichever unit; `None`: without bound.
    pub grants_at_most: Option<u32>,
    /// Daily hour before which it must be made.
    pub cut_off: Option<CutOff>,
    /// Whether it must be made before the limit that it touches has passed.
    pub before_due: bool,
    /// The longest time that may be asked for: of more time (extend) or of standstill (suspend). For an extension
    /// `None` means once more the original limit.
    pub at_most: Option<LimitDuration>,
}

/// A parameter's value, after the place has had its say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The value that holds.
    pub value: ParameterValue,
    /// Where the value comes from: a pack's name or a place's code.
    pub set_by: String,
}

/// The types that parameters have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum ParameterValue {
    /// A limit such as `3 workdays`.
    Duration(LimitDuration),
    /// A decimal number.
    Number(rust_decimal::Decimal),
    /// A time of day, `17:00`.
    TimeOfDay(crate::time::TimeOfDay),
    /// Free text.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

impl Model {
    /// The workflow that a kind of case walks. `None` for a kind that no pack in force declares.
    pub fn workflow_of(&self, case_type: &str) -> Option<&Workflow> {
        self.workflows.get(&self.case_types.get(case_type)?.workflow)
    }

    /// Whether a class of limit is meant for handling, so that a dispatcher may choose it: one that a kind of case begins with,
    /// or that neither a clock of its own nor the deciding of requests is measured by.
    pub fn is_for_handling(&self, class: &str) -> bool {
        let mut kinds = self.case_types.values();
        let mut clocks = self.case_types.values().flat_map(|kind| &kind.clocks);
        kinds.any(|kind| kind.default_limit == class)
            || !(clocks.any(|clock| matches!(&clock.limit, ClockLimit::Class(name) if name == class))
                || self.requests.values().any(|policy| policy.limit == class))
    }

    /// The classes of limit that are meant for handling, by name.
    pub fn handling_limits(&self) -> impl Iterator<Item = &LimitClass> {
        self.limits.values().filter(|class| self.is_for_handling(&class.name))
    }
}
