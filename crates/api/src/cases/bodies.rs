//! What is sent to file a case and to act on one.

use jiff::Timestamp;
use quanyu_app::cases::{AnswerDraft, CaseDraft, StepDraft};
use quanyu_app::people::Person;
use quanyu_domain::cases::{AnswersInput, Evidence, RequestInput, Satisfaction};
use quanyu_domain::model::RequestKind;
use quanyu_domain::time::LimitDuration;
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::choices::{RequestKindName, SatisfactionName};
use crate::edge::problem::Problem;
use crate::edge::wire::{Number, PositionInput};

/// A demand as it comes in. The names are those that `GET /api/v1/model` declares.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "case_type": "a_case_type",
    "demand": "a_demand_type",
    "channel": "a_channel",
    "title": "路面塌陷",
    "text": "柳树巷口路面塌了一块，积水很深，晚上看不清。",
    "place": "柳树巷口",
    "position": {"lon": 100.0012, "lat": 36.0031, "datum": "gcj02"},
    "reporter": {"name": "张三", "phone": "13800001234"}
}))]
pub struct NewCase {
    /// Kind of case.
    pub case_type: String,
    /// Demand type.
    pub demand: String,
    /// Channel.
    pub channel: String,
    /// Matter, where it is known.
    pub matter: Option<String>,
    /// A short title.
    #[schema(max_length = 2000)]
    pub title: Option<String>,
    /// What was said.
    #[schema(max_length = 10000)]
    pub text: String,
    /// The place in words.
    #[schema(max_length = 2000)]
    pub place: Option<String>,
    /// The point. It decides in which areas the case lies.
    pub position: Option<PositionInput>,
    /// The area, where it is known without a point.
    #[schema(value_type = Option<String>)]
    pub area: Option<UnitCode>,
    /// Who reports; absent for somebody who stays anonymous.
    pub reporter: Option<PersonBody>,
    /// Evidence that was uploaded before.
    #[serde(default)]
    pub evidence: Vec<EvidenceBody>,
    /// The reply, where it is answered at once (即答); not for the public.
    pub answer: Option<AnswerBody>,
    /// Whether whoever reports wants it kept confidential (保密).
    #[serde(default)]
    pub confidential: bool,
}

impl NewCase {
    /// The draft for the use case.
    ///
    /// # Errors
    /// When the point lies on no map.
    pub fn draft(self) -> Result<CaseDraft, Problem> {
        Ok(CaseDraft {
            case_type: self.case_type,
            demand: self.demand,
            channel: self.channel,
            matter: self.matter,
            title: self.title,
            text: self.text,
            place: self.place,
            position: self.position.map(PositionInput::stored).transpose()?,
            area: self.area,
            reporter: self.reporter.map(Person::from),
            evidence: self.evidence.into_iter().map(Evidence::from).collect(),
            answer: self.answer.map(|answer| AnswerDraft {
                outcome: answer.outcome,
                reply: answer.reply,
            }),
            confidential: self.confidential,
        })
    }
}

/// What is known of a person. It is sealed; lists and searches never show it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Person)]
pub struct PersonBody {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub email: Option<String>,
    /// Address, where it differs from the place of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub address: Option<String>,
}

impl From<PersonBody> for Person {
    fn from(person: PersonBody) -> Self {
        Self {
            name: person.name,
            phone: person.phone,
            email: person.email,
            address: person.address,
        }
    }
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        Self {
            name: person.name,
            phone: person.phone,
            email: person.email,
            address: person.address,
        }
    }
}

/// An answer at intake.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AnswerAtIntake)]
pub struct AnswerBody {
    /// The outcome.
    pub outcome: String,
    /// The reply.
    #[schema(max_length = 10000)]
    pub reply: String,
}

/// A file that proves something.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvidence)]
pub struct EvidenceBody {
    /// Kind of evidence.
    pub kind: String,
    /// The attachment, as its upload named it.
    pub attachment: Number,
}

impl From<EvidenceBody> for Evidence {
    fn from(EvidenceBody { kind, attachment }: EvidenceBody) -> Self {
        Self {
            kind,
            attachment: attachment.0,
        }
    }
}

/// A step, with what comes along. Which fields are needed depends on the step's `act`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "a_step", "version": 3, "note": "已与诉求人约定明早现场查看"}))]
pub struct NewStep {
    /// The step's name, one of the case's `available.steps`.
    pub step: String,
    /// The version that the caller has seen; `If-Match` says the same. Without either the step is taken on the case as it
    /// is.
    pub version: Option<i64>,
    /// A reason, note or words: needed for reject, rework, reopen, urge and contact.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// The reply to the reporter: needed for answer and hand_in.
    #[schema(max_length = 10000)]
    pub reply: Option<String>,
    /// The outcome: needed for answer and hand_in.
    pub outcome: Option<String>,
    /// Evidence that was uploaded before.
    #[serde(default)]
    pub evidence: Vec<EvidenceBody>,
    /// Dispatch: the lead unit; absent: as the directory proposes.
    #[schema(value_type = Option<String>)]
    pub lead: Option<UnitCode>,
    /// Dispatch: the assisting units; absent: as the directory proposes.
    #[schema(value_type = Option<Vec<String>>)]
    pub assist: Option<Vec<UnitCode>>,
    /// Dispatch: the class of limit; absent: as the directory proposes.
    pub limit_class: Option<String>,
    /// Dispatch: the matter, where it is another than was filed.
    pub matter: Option<String>,
    /// Dispatch: the point, where one was found.
    pub position: Option<PositionInput>,
    /// The unit for which the caller acts, where the caller works for several that have a part in the case.
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitCode>,
    /// Call-back and rating: the answers to the three questions.
    pub answers: Option<AnswersBody>,
}

impl NewStep {
    /// The step's name, and the draft for the use case.
    ///
    /// # Errors
    /// When the point lies on no map.
    pub fn draft(self) -> Result<(String, StepDraft), Problem> {
        let draft = StepDraft {
            note: self.note,
            reply: self.reply,
            outcome: self.outcome,
            evidence: self.evidence.into_iter().map(Evidence::from).collect(),
            lead: self.lead,
            assist: self.assist,
            limit_class: self.limit_class,
            matter: self.matter,
            position: self.position.map(PositionInput::stored).transpose()?,
            unit: self.unit,
            answers: self.answers.map(AnswersInput::from),
        };
        Ok((self.step, draft))
    }
}

/// Answers to the three questions: all of them when the reporter was reached, none when not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAnswers)]
pub struct AnswersBody {
    /// Whether anybody answered.
    pub reached: bool,
    /// Was somebody in touch?
    pub responded: Option<bool>,
    /// Is it solved?
    pub solved: Option<bool>,
    /// How content?
    #[schema(value_type = Option<SatisfactionName>)]
    pub satisfaction: Option<Satisfaction>,
}

impl From<AnswersBody> for AnswersInput {
    fn from(
        AnswersBody {
            reached,
            responded,
            solved,
            satisfaction,
        }: AnswersBody,
    ) -> Self {
        Self {
            reached,
            responded,
            solved,
            satisfaction,
        }
    }
}

/// Something that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "extend", "reason": "管线权属单位周五进场，需顺延", "more": "2 workdays"}))]
pub struct NewRequest {
    /// What is asked for.
    #[schema(value_type = RequestKindName)]
    pub kind: RequestKind,
    /// The version that the caller has seen; `If-Match` says the same.
    pub version: Option<i64>,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// Extend: how much more time; absent: once more the original limit.
    #[schema(value_type = Option<String>, example = "2 workdays")]
    pub more: Option<LimitDuration>,
    /// Suspend: until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Merge: into which case.
    pub into: Option<Number>,
    /// The unit for which the caller asks, where the caller works for several.
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitCode>,
}

impl From<NewRequest> for RequestInput {
    fn from(body: NewRequest) -> Self {
        Self {
            kind: body.kind,
            reason: body.reason,
            more: body.more,
            until: body.until,
            into: body.into.map(|into| into.0),
            target: None,
            unit: body.unit,
        }
    }
}

/// Who works on an assignment from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignment": 1, "to": "240315-093022-100123", "reason": "休病假", "version": 4}))]
pub struct NewHandover {
    /// The assignment's number within the case; `available.handovers` names those that the caller may hand over.
    pub assignment: u32,
    /// The account that takes over: somebody who works for the same unit, see `GET /units/{code}/colleagues`.
    pub to: Number,
    /// Why; the timeline tells it.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// The version that the caller has seen; `If-Match` says the same.
    pub version: Option<i64>,
}

/// How a request is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant": true, "reason": "情况属实", "version": 4}))]
pub struct NewDecision {
    /// Whether it is granted.
    pub grant: bool,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// The version that the caller has seen; `If-Match` says the same.
    pub version: Option<i64>,
}
