//! What happened to a case, entry by entry.

use quanyu_app::cases::TimelineEntry;
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Case, CaseEvent, CaseFact, Said, TextRef};
use quanyu_domain::model::{Milestone, Phase};
use serde::Serialize;
use utoipa::ToSchema;

use super::parts::{AnswersView, AssignmentView, EvidenceView, RequestView, ResultView};
use super::summary::Texts;
use crate::edge::choices::{MilestoneName, PhaseName};
use crate::edge::wire::{Moment, Named, Number, Title};
use crate::words::{ActorView, UnitName, Words};

/// An entry of a case's timeline. What a kind of entry has nothing to say about is absent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub struct TimelineView {
    /// Position in the journal.
    pub position: i64,
    /// What happened, for programs.
    #[schema(example = "dispatched")]
    pub kind: &'static str,
    /// What happened, for people.
    pub title: Title,
    /// When.
    pub at: Moment,
    /// Who did it.
    pub by: ActorView,
    /// The state to which it led.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Named>,
    /// The phase of that state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PhaseName>)]
    pub phase: Option<Phase>,
    /// Milestones reached with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<MilestoneName>)]
    pub milestones: Vec<Milestone>,
    /// What the entry says beside.
    #[serde(flatten)]
    pub details: Details,
}

/// What kinds of entries say beside.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = TimelineDetails)]
pub struct Details {
    /// A reason, note or words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// A result that was handed in, or an answer at intake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultView>,
    /// Evidence that came along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceView>,
    /// The assignments of a dispatch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<AssignmentView>,
    /// The class of limit of a dispatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_class: Option<Named>,
    /// The number of the assignment that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<u32>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestView>,
    /// The number of the request that was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<u32>,
    /// Who works on the assignment from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<ActorView>,
    /// Whether it was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<bool>,
    /// What the reporter answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswersView>,
    /// A step of the pack's own, or of a ladder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Named>,
    /// The units that were told, or that take over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitName>,
    /// The other case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Number>,
}

impl TimelineView {
    /// From an entry of a case's timeline.
    pub fn new(words: &Words<'_>, case: &Case, entry: &TimelineEntry, texts: &Texts) -> Self {
        let event = &entry.event;
        Self {
            position: entry.position,
            kind: event.fact.kind(),
            title: title(&event.fact),
            at: words.moment(event.at),
            by: words.actor(event.by),
            state: event
                .state
                .as_ref()
                .map(|change| words.state(&case.case_type, &change.state)),
            phase: event.state.as_ref().map(|change| change.phase),
            milestones: event.milestones.clone(),
            details: Details::new(words, case, event, texts),
        }
    }
}

impl Details {
    fn new(words: &Words<'_>, case: &Case, event: &CaseEvent, texts: &Texts) -> Self {
        let result = |result| Some(ResultView::new(words, result, texts));
        let base = Self {
            words: event.fact.reason().and_then(Said::text).map(str::to_owned),
            evidence: event
                .evidence
                .iter()
                .map(|evidence| EvidenceView::new(words, evidence, None))
                .collect(),
            ..Self::default()
        };
        match &event.fact {
            CaseFact::Answered { result: answer } => Self {
                result: result(answer),
                ..base
            },
            CaseFact::Dispatched {
                assignments,
                limit_class,
                ..
            } => Self {
                assignments: assignments.iter().map(|a| AssignmentView::new(words, a)).collect(),
                limit_class: Some(words.limit_class(limit_class)),
                ..base
            },
            CaseFact::Accepted { assignment, .. } => Self {
                assignment: Some(*assignment),
                ..base
            },
            CaseFact::HandedOver { assignment, holder, .. } => Self {
                assignment: Some(*assignment),
                holder: Some(words.actor(ActorRef::Account(*holder))),
                ..base
            },
            CaseFact::Contacted { assignment, .. } => Self {
                assignment: *assignment,
                ..base
            },
            CaseFact::HandedIn {
                assignment,
                result: handed_in,
            } => Self {
                assignment: *assignment,
                result: result(handed_in),
                ..base
            },
            CaseFact::Asked { answers, .. } => Self {
                answers: Some(AnswersView::new(words, answers)),
                ..base
            },
            CaseFact::Moved { step, .. } => Self {
                step: Some(words.step(&case.case_type, step)),
                ..base
            },
            CaseFact::Requested { request } => Self {
                request: Some(RequestView::new(words, request)),
                ..base
            },
            CaseFact::Decided { request, granted, .. } => Self {
                decided: Some(*request),
                granted: Some(*granted),
                ..base
            },
            CaseFact::Escalated { clock, step, tells } => Self {
                step: Some(words.ladder_step(&case.case_type, clock, step)),
                units: tells.iter().map(|unit| words.unit(unit)).collect(),
                ..base
            },
            CaseFact::Absorbed { case } => Self {
                other: Some(Number(*case)),
                ..base
            },
            CaseFact::Transferred { assignment, to } => Self {
                assignment: Some(*assignment),
                units: vec![words.unit(to)],
                ..base
            },
            CaseFact::DeskMoved { desk } => Self {
                units: vec![words.unit(desk)],
                ..base
            },
            CaseFact::Filed(_)
            | CaseFact::Rejected { .. }
            | CaseFact::Passed
            | CaseFact::Reworked { .. }
            | CaseFact::Reopened { .. }
            | CaseFact::Urged { .. }
            | CaseFact::Resumed
            | CaseFact::Sampled { .. }
            | CaseFact::Reckoned
            | CaseFact::Confided { .. }
            | CaseFact::Disclosed { .. }
            | CaseFact::Published { .. }
            | CaseFact::Withdrawn { .. }
            | CaseFact::Erased { .. } => base,
        }
    }
}

/// The texts that a fact refers to.
pub fn text_of(fact: &CaseFact) -> Option<&TextRef> {
    match fact {
        CaseFact::Answered { result } | CaseFact::HandedIn { result, .. } => Some(&result.reply),
        _ => None,
    }
}

/// What an entry is called.
pub fn title(fact: &CaseFact) -> Title {
    let (zh, en) = match fact {
        CaseFact::Filed(_) => ("立案", "Filed"),
        CaseFact::Answered { .. } => ("即答办结", "Answered at intake"),
        CaseFact::Rejected { .. } => ("不予受理", "Turned down"),
        CaseFact::Dispatched { .. } => ("派单", "Dispatched"),
        CaseFact::Accepted { .. } => ("签收", "Accepted"),
        CaseFact::Contacted { .. } => ("联系诉求人", "Reporter contacted"),
        CaseFact::HandedIn { .. } => ("办结上报", "Result handed in"),
        CaseFact::Passed => ("核查通过", "Verified"),
        CaseFact::Reworked { .. } => ("返工", "Sent back for rework"),
        CaseFact::Asked { answers, .. } if answers.by == quanyu_domain::access::ActorRef::Reporter => ("评价", "Rated"),
        CaseFact::Asked { .. } => ("回访", "Called back"),
        CaseFact::Reopened { .. } => ("重办", "Reopened"),
        CaseFact::Urged { .. } => ("督办", "Urged"),
        CaseFact::Moved { .. } => ("流转", "Moved on"),
        CaseFact::Requested { .. } => ("申请", "Requested"),
        CaseFact::Decided { granted: true, .. } => ("同意申请", "Request granted"),
        CaseFact::Decided { granted: false, .. } => ("不同意申请", "Request refused"),
        CaseFact::Escalated { .. } => ("时限提醒", "Reminded of a limit"),
        CaseFact::Resumed => ("恢复计时", "Clocks resumed"),
        CaseFact::Absorbed { .. } => ("并入案件", "Another case merged in"),
        CaseFact::Transferred { .. } => ("移交", "Handed over to a successor"),
        CaseFact::HandedOver { .. } => ("移交经办人", "Handed over to a colleague"),
        CaseFact::DeskMoved { .. } => ("变更指挥中心", "Looked after by another desk"),
        CaseFact::Sampled { .. } => ("抽中回访", "Drawn into a sample"),
        CaseFact::Reckoned => ("重新计算时限", "Limits reckoned again"),
        CaseFact::Confided { .. } => ("设为保密", "Made confidential"),
        CaseFact::Disclosed { .. } => ("解除保密", "No longer confidential"),
        CaseFact::Published { .. } => ("公开", "Published"),
        CaseFact::Withdrawn { .. } => ("撤回公开", "Taken back from the public"),
        CaseFact::Erased { .. } => ("删除个人信息", "Personal values erased"),
    };
    Title::new(zh, en)
}
