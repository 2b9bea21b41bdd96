//! A case as people with an account see it.

use jiff::Timestamp;
use quanyu_app::people::Person;
use quanyu_app::tables::AttachmentRow;
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Available, Case, Discretion, Evidence};
use quanyu_domain::model::Act;
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::PersonBody;
use super::clocks::ClockView;
use super::parts::{AnswersView, AssignmentView, EvidenceView, MilestoneView, RequestView, ResultView};
use super::summary::{CaseSummary, Texts};
use crate::edge::choices::{ActName, DiscretionName};
use crate::edge::wire::{Moment, Named, Number};
use crate::words::{ActorView, UnitName, Words};

/// A case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Case)]
pub struct CaseView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// The district that owns it.
    pub district: UnitName,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was reported; absent once it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The areas in which it lies, the finest first.
    pub areas: Vec<UnitName>,
    /// Whether nothing is known of who reported it.
    pub anonymous: bool,
    /// Who reported it, masked: the first character of the name, the beginning and end of the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporter: Option<PersonBody>,
    /// Who filed it.
    pub filed_by: ActorView,
    /// The desk that dispatches, verifies and calls back.
    pub desk: UnitName,
    /// The class of limit decided at dispatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_class: Option<Named>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// Assignments, past and present.
    pub assignments: Vec<AssignmentView>,
    /// Requests, past and present.
    pub requests: Vec<RequestView>,
    /// Milestones in the order of time.
    pub milestones: Vec<MilestoneView>,
    /// The result last handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultView>,
    /// Call-back attempts and answers.
    pub answers: Vec<AnswersView>,
    /// Evidence.
    pub evidence: Vec<EvidenceView>,
    /// Until when its clocks stand still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Moment>,
    /// Whether it is left out of the figures.
    pub excluded: bool,
    /// The case into which it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Number>,
    /// The cases that were merged into it.
    pub absorbed: Vec<Number>,
    /// The people who alone see it, where it is confidential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidential: Option<Vec<ActorView>>,
    /// Whether it is published.
    pub published: bool,
    /// How many have added themselves to it since it was published (附议).
    pub supporters: u64,
    /// What the caller may do with it now.
    pub available: AvailableView,
}

/// What the caller may do with a case now. Anything else would be refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Available)]
pub struct AvailableView {
    /// Steps that may be taken, in the order of the buttons.
    pub steps: Vec<AvailableStepView>,
    /// Requests that may be made.
    pub requests: Vec<Named>,
    /// Numbers of the requests that may be decided.
    pub decisions: Vec<u32>,
    /// Numbers of the assignments that may be handed over to a colleague.
    pub handovers: Vec<u32>,
    /// What may be done about who else sees it: `confide` and `disclose`, `publish` and `withdraw`.
    #[schema(value_type = Vec<DiscretionName>)]
    pub discretion: Vec<Discretion>,
}

/// A step that may be taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailableStep)]
pub struct AvailableStepView {
    /// What to send as `step`.
    pub step: Named,
    /// What it does.
    #[schema(value_type = ActName)]
    pub act: Act,
    /// Kinds of evidence that it needs.
    pub evidence: Vec<Named>,
}

impl AvailableView {
    /// From what is available.
    pub fn new(words: &Words<'_>, available: &Available) -> Self {
        let steps = available.steps.iter().map(|step| AvailableStepView {
            step: Named::new(&step.name, Some(&step.title)),
            act: step.act,
            evidence: step.evidence.iter().map(|kind| words.evidence(kind)).collect(),
        });
        Self {
            steps: steps.collect(),
            requests: available.requests.iter().map(|kind| words.request(*kind)).collect(),
            decisions: available.decisions.clone(),
            handovers: available.handovers.clone(),
            discretion: available.discretion.clone(),
        }
    }
}

impl CaseView {
    /// From the case with its texts and what the caller may do, at a time.
    pub fn new(words: &Words<'_>, case: &Case, read: &Read, available: &Available, now: Timestamp) -> Self {
        let Read {
            reporter,
            texts,
            files,
            supporters,
        } = read;
        let text = texts.get(&case.text);
        Self {
            summary: CaseSummary::new(words, case, text, now),
            district: words.unit(case.place.areas.last().unwrap_or(case.place.area())),
            title: text.and_then(|text| text.title.clone()),
            text: text.map(|text| text.body.clone()),
            areas: case.place.areas.iter().map(|area| words.unit(area)).collect(),
            anonymous: case.reporter.is_none(),
            reporter: reporter.clone().map(PersonBody::from),
            filed_by: words.actor(case.filed_by),
            desk: words.unit(&case.desk),
            limit_class: case.limit_class.as_deref().map(|class| words.limit_class(class)),
            clocks: case
                .clocks
                .iter()
                .map(|clock| ClockView::new(words, case, clock, now))
                .collect(),
            assignments: case.assignments.iter().map(|a| AssignmentView::new(words, a)).collect(),
            requests: case
                .requests
                .iter()
                .map(|request| RequestView::new(words, request))
                .collect(),
            milestones: case
                .milestones
                .iter()
                .map(|(milestone, at)| MilestoneView {
                    milestone: *milestone,
                    at: words.moment(*at),
                })
                .collect(),
            result: case.result.as_ref().map(|result| ResultView::new(words, result, texts)),
            answers: case
                .answers
                .iter()
                .map(|answers| AnswersView::new(words, answers))
                .collect(),
            evidence: case
                .evidence
                .iter()
                .map(|evidence| EvidenceView::new(words, evidence, file_of(files, evidence)))
                .collect(),
            suspended_until: case.suspended_until.map(|until| words.moment(until)),
            excluded: case.excluded,
            merged_into: case.merged_into.map(Number),
            absorbed: case.absorbed.iter().copied().map(Number).collect(),
            confidential: case.confidential.as_ref().map(|circle| {
                let people = circle.people.iter().copied().map(ActorRef::Account);
                people.map(|account| words.actor(account)).collect()
            }),
            published: case.publication.is_some(),
            supporters: *supporters,
            available: AvailableView::new(words, available),
        }
    }
}

/// What is read beside a case to show it.
#[derive(Debug)]
pub struct Read {
    /// Who reported it, masked.
    pub reporter: Option<Person>,
    /// Its texts.
    pub texts: Texts,
    /// Its files.
    pub files: Vec<AttachmentRow>,
    /// How many have added themselves to it.
    pub supporters: u64,
}

fn file_of<'f>(files: &'f [AttachmentRow], evidence: &Evidence) -> Option<&'f AttachmentRow> {
    files.iter().find(|file| file.id == evidence.attachment.0)
}
