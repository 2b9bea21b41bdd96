//! What a case is made of: assignments, requests, results, answers, evidence.

use quanyu_app::tables::AttachmentRow;
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{
    Answers, Assignment, AssignmentState, CaseResult, Decision, Evidence, Part, Request, RequestState, Satisfaction,
};
use quanyu_domain::model::{Milestone, RequestKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::summary::Texts;
use crate::edge::choices::{
    AssignmentStateName, MilestoneName, PartName, RequestKindName, RequestStateName, SatisfactionName,
};
use crate::edge::wire::{Moment, Named, Number, Title};
use crate::words::{ActorView, UnitName, Words};

/// A unit's part in a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assignment)]
pub struct AssignmentView {
    /// Number within the case.
    pub number: u32,
    /// The unit.
    pub unit: UnitName,
    /// Lead or assisting.
    #[schema(value_type = PartName)]
    pub part: Part,
    /// Where it stands.
    #[schema(value_type = AssignmentStateName)]
    pub state: AssignmentState,
    /// Who works on it (经办人).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<ActorView>,
    /// When it was offered.
    pub offered_at: Moment,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Moment>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Moment>,
}

impl AssignmentView {
    /// From an assignment.
    pub fn new(words: &Words<'_>, assignment: &Assignment) -> Self {
        Self {
            number: assignment.number,
            unit: words.unit(&assignment.unit),
            part: assignment.part,
            state: assignment.state,
            holder: assignment.holder.map(|id| words.actor(ActorRef::Account(id))),
            offered_at: words.moment(assignment.offered_at),
            accepted_at: assignment.accepted_at.map(|at| words.moment(at)),
            ended_at: assignment.ended_at.map(|at| words.moment(at)),
        }
    }
}

/// Something that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Request)]
pub struct RequestView {
    /// Number within the case.
    pub number: u32,
    /// What is asked for.
    #[schema(value_type = RequestKindName)]
    pub kind: RequestKind,
    /// Its title.
    pub title: Title,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: ActorView,
    /// The unit for which it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitName>,
    /// When.
    pub at: Moment,
    /// The unit that decides.
    pub decider: UnitName,
    /// Extend: how much more time; absent: once more the original limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    /// Suspend: until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Merge: into which case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into: Option<Number>,
    /// Where it stands.
    #[schema(value_type = RequestStateName)]
    pub state: RequestState,
    /// How it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionView>,
}

impl RequestView {
    /// From a request.
    pub fn new(words: &Words<'_>, request: &Request) -> Self {
        Self {
            number: request.number,
            kind: request.kind,
            title: words.request(request.kind).title,
            reason: request.reason.text().unwrap_or_default().to_owned(),
            by: words.actor(request.by),
            unit: request.unit.as_ref().map(|unit| words.unit(unit)),
            at: words.moment(request.at),
            decider: words.unit(&request.decider),
            more: request.more.map(|more| more.to_string()),
            until: request.until.map(|until| words.moment(until)),
            into: request.into.map(Number),
            state: request.state,
            decision: request
                .decision
                .as_ref()
                .map(|decision| DecisionView::new(words, decision)),
        }
    }
}

/// How a request was decided.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView {
    /// Who decided.
    pub by: ActorView,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

impl DecisionView {
    /// From a decision.
    pub fn new(words: &Words<'_>, decision: &Decision) -> Self {
        let Decision { by, at, reason } = decision;
        Self {
            by: words.actor(*by),
            at: words.moment(*at),
            reason: reason.text().unwrap_or_default().to_owned(),
        }
    }
}

/// A milestone that was reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReachedMilestone)]
pub struct MilestoneView {
    /// Which.
    #[schema(value_type = MilestoneName)]
    pub milestone: Milestone,
    /// When.
    pub at: Moment,
}

/// What came of a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseResult)]
pub struct ResultView {
    /// The outcome.
    pub outcome: Named,
    /// The reply to the reporter; absent once it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// When it was handed in.
    pub at: Moment,
}

impl ResultView {
    /// From a result and its text.
    pub fn new(words: &Words<'_>, result: &CaseResult, texts: &Texts) -> Self {
        Self {
            outcome: words.outcome(&result.outcome),
            reply: texts.get(&result.reply).map(|text| text.body.clone()),
            at: words.moment(result.at),
        }
    }
}

/// What the reporter said to the three questions, or that nobody answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Answers)]
pub struct AnswersView {
    /// Whether anybody answered.
    pub reached: bool,
    /// Was somebody in touch?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded: Option<bool>,
    /// Is it solved?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solved: Option<bool>,
    /// How content?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SatisfactionName>)]
    pub satisfaction: Option<Satisfaction>,
    /// Who recorded it: a clerk by telephone, or the reporter unasked.
    pub by: ActorView,
    /// When.
    pub at: Moment,
}

impl AnswersView {
    /// From answers.
    pub fn new(words: &Words<'_>, answers: &Answers) -> Self {
        Self {
            reached: answers.reached,
            responded: answers.responded,
            solved: answers.solved,
            satisfaction: answers.satisfaction,
            by: words.actor(answers.by),
            at: words.moment(answers.at),
        }
    }
}

/// A file that proves something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceView {
    /// Its kind.
    pub kind: Named,
    /// The attachment.
    pub attachment: Number,
    /// The file; absent in timelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileView>,
}

/// What is kept of a file beside its bytes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = File)]
pub struct FileView {
    /// Its name.
    pub name: String,
    /// Media type.
    #[schema(example = "image/jpeg")]
    pub media: String,
    /// Its length in bytes.
    pub bytes: i64,
}

impl EvidenceView {
    /// From a piece of evidence, with its file where that was read.
    pub fn new(words: &Words<'_>, evidence: &Evidence, file: Option<&AttachmentRow>) -> Self {
        Self {
            kind: words.evidence(&evidence.kind),
            attachment: Number(evidence.attachment),
            file: file.map(|row| FileView {
                name: row.name.clone(),
                media: row.media.clone(),
                bytes: row.bytes,
            }),
        }
    }
}
