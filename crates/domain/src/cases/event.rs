//! What happened to a case, as the journal keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Answers, Assignment, CaseClock, CaseResult, Cell, Circle, Decision, Evidence, Place, Publication, Request, Said,
    Sampled, TextRef,
};
use crate::access::ActorRef;
use crate::ids::{DistrictId, Id};
use crate::model::{Milestone, Phase};
use crate::units::UnitCode;

/// One change of a case: when, by whom, what, and everything that was decided with it.
///
/// An event carries results, never rules: the state it led to, the clocks as they stand after it, the milestones it
/// reached. Applying it needs neither the model nor the calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseEvent {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub by: ActorRef,
    /// What happened.
    #[serde(flatten)]
    pub fact: CaseFact,
    /// The state to which it led, where it led to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateChange>,
    /// Milestones reached with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    /// The clocks that it started or changed, whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<CaseClock>,
    /// Evidence that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Numbers of the requests that fell away with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapses: Vec<u32>,
    /// What the decision adds to the figures and takes back from them; stands in its last event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tally: Vec<Cell>,
    /// Whether the next event of the case belongs to the same decision: the two were committed together, and the case
    /// has a new version only after the last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continues: bool,
}

/// The state to which an event led.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state.
    pub state: String,
    /// Its phase.
    pub phase: Phase,
}

/// The facts of an event. The tag is the event's kind in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum CaseFact {
    /// 立案: it was filed.
    Filed(Box<Filed>),
    /// 即答: answered at intake.
    Answered {
        /// The answer.
        result: CaseResult,
    },
    /// 不予受理: turned down.
    Rejected {
        /// Why.
        reason: Said,
    },
    /// 派单: sent to units.
    Dispatched {
        /// The new assignments, the lead first. Open ones of before are released.
        assignments: Vec<Assignment>,
        /// The matter, as the dispatcher found it.
        matter: Option<String>,
        /// The class of limit.
        limit_class: String,
        /// Where it lies, where the dispatcher has found out more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
        /// The dispatcher's words to the units.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Said>,
    },
    /// 签收: an assignment was accepted.
    Accepted {
        /// The assignment.
        assignment: u32,
        /// Who works on it from now on; `None` where the program records what was accepted elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<Id>,
    },
    /// 移交经办人: somebody else of the unit works on an assignment from now on.
    HandedOver {
        /// The assignment.
        assignment: u32,
        /// Who works on it from now on.
        holder: Id,
        /// Why.
        reason: Said,
    },
    /// 联系诉求人: the unit has been in touch with the reporter.
    Contacted {
        /// The assignment; `None` where the program records what happened elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignment: Option<u32>,
        /// What came of it.
        note: Said,
    },
    /// 办结上报: a result was handed in.
    HandedIn {
        /// The assignment; `None` where the program hands in what was recorded elsewhere and no unit leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignment: Option<u32>,
        /// The result; an assisting unit's goes into the timeline only.
        result: CaseResult,
    },
    /// 核查通过.
    Passed,
    /// 返工.
    Reworked {
        /// Why.
        reason: Said,
    },
    /// 回访 or 评价: the reporter answered, or could not be reached.
    Asked {
        /// The answers.
        answers: Answers,
        /// Why answers that had been recorded are recorded anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Said>,
    },
    /// 重办: opened again.
    Reopened {
        /// Why.
        reason: Said,
    },
    /// 督办: a supervisor pressed.
    Urged {
        /// The words.
        words: Said,
    },
    /// A step of the pack's own.
    Moved {
        /// The step.
        step: String,
        /// Words with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Said>,
    },
    /// Something was asked for.
    Requested {
        /// The request.
        request: Request,
    },
    /// A request was granted or refused.
    Decided {
        /// Its number.
        request: u32,
        /// Whether it was granted.
        granted: bool,
        /// Who, when, why.
        decision: Decision,
    },
    /// Steps of a ladder were reached.
    Escalated {
        /// The clock.
        clock: String,
        /// The step.
        step: String,
        /// The units that are told.
        tells: Vec<UnitCode>,
    },
    /// A suspension ended.
    Resumed,
    /// Another case was merged into this one.
    Absorbed {
        /// The other case.
        case: Id,
    },
    /// A unit that ended handed its assignment to its successor; without one, to the desk.
    Transferred {
        /// The assignment.
        assignment: u32,
        /// The successor.
        to: UnitCode,
    },
    /// Another desk looks after it: its place was found to lie elsewhere, or the desk of before has ended.
    DeskMoved {
        /// The desk.
        desk: UnitCode,
    },
    /// Clocks or their ladders were reckoned again: a missing calendar has been loaded, or a ladder has changed.
    Reckoned,
    /// 设为保密: named people alone see it from now on; or others are named.
    Confided {
        /// Who sees it from now on.
        circle: Circle,
        /// Why.
        reason: Said,
    },
    /// 解除保密.
    Disclosed {
        /// Why.
        reason: Said,
    },
    /// 公开: everybody may see this of it.
    Published {
        /// What they see.
        publication: Box<Publication>,
    },
    /// 撤回公开.
    Withdrawn {
        /// Why.
        reason: Said,
    },
    /// 删除个人信息: its texts and its reporter were erased.
    Erased {
        /// Why.
        reason: Said,
    },
    /// 抽样: it was drawn into a sample.
    Sampled {
        /// The sample.
        sample: Sampled,
    },
}

/// What is known when a case is filed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filed {
    /// Its number.
    pub id: Id,
    /// The district that owns it.
    pub district: DistrictId,
    /// Kind of case.
    pub case_type: String,
    /// Demand type.
    pub demand: String,
    /// Channel.
    pub channel: String,
    /// Matter, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// What was reported.
    pub text: TextRef,
    /// Where it lies.
    pub place: Place,
    /// The person who reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter: Option<Id>,
    /// The desk that is to dispatch it.
    pub desk: UnitCode,
    /// Whether it is confidential from the beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

impl CaseFact {
    /// The kind of the event in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Filed(_) => "filed",
            Self::Answered { .. } => "answered",
            Self::Rejected { .. } => "rejected",
            Self::Dispatched { .. } => "dispatched",
            Self::Accepted { .. } => "accepted",
            Self::HandedOver { .. } => "handed_over",
            Self::Contacted { .. } => "contacted",
            Self::HandedIn { .. } => "handed_in",
            Self::Passed => "passed",
            Self::Reworked { .. } => "reworked",
            Self::Asked { .. } => "asked",
            Self::Reopened { .. } => "reopened",
            Self::Urged { .. } => "urged",
            Self::Moved { .. } => "moved",
            Self::Requested { .. } => "requested",
            Self::Decided { .. } => "decided",
            Self::Escalated { .. } => "escalated",
            Self::Resumed => "resumed",
            Self::Absorbed { .. } => "absorbed",
            Self::Transferred { .. } => "transferred",
            Self::DeskMoved { .. } => "desk_moved",
            Self::Reckoned => "reckoned",
            Self::Confided { .. } => "confided",
            Self::Disclosed { .. } => "disclosed",
            Self::Published { .. } => "published",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Erased { .. } => "erased",
            Self::Sampled { .. } => "sampled",
        }
    }

    /// The words of the actor that explain it.
    pub fn reason(&self) -> Option<&Said> {
        match self {
            Self::Rejected { reason }
            | Self::Reworked { reason }
            | Self::Reopened { reason }
            | Self::Confided { reason, .. }
            | Self::Disclosed { reason }
            | Self::Withdrawn { reason }
            | Self::HandedOver { reason, .. }
            | Self::Erased { reason } => Some(reason),
            Self::Urged { words } => Some(words),
            Self::Requested { request } => Some(&request.reason),
            Self::Decided { decision, .. } => Some(&decision.reason),
            Self::Contacted { note, .. } => Some(note),
            Self::Dispatched { note, .. } | Self::Moved { note, .. } | Self::Asked { note, .. } => note.as_ref(),
            _ => None,
        }
    }
}
