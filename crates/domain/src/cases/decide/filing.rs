//! Filing (立案): a demand becomes a case.

use super::input::{check_evidence, sound_place};
use super::{Context, Decided, Deciding, StepInput, inconsistent};
use crate::access::{Actor, Role};
use crate::cases::clocks;
use crate::cases::event::Filed;
use crate::cases::{Case, CaseEvent, CaseFact, Evidence, Place, StateChange, TextRef};
use crate::ids::Id;
use crate::model::{Act, Milestone, Phase};
use crate::refusal::Refusal;

/// What is known when a case is filed. Ids, hashes and areas have been found by the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Filing {
    /// The number that it gets.
    pub id: Id,
    /// Kind of case.
    pub case_type: String,
    /// Demand type.
    pub demand: String,
    /// Channel.
    pub channel: String,
    /// Matter, where it is known.
    pub matter: Option<String>,
    /// What was reported.
    pub text: TextRef,
    /// Where it lies; `areas` are those in which the point lies, or the district alone.
    pub place: Place,
    /// The person who reported it.
    pub reporter: Option<Id>,
    /// Whether it is confidential from the beginning (保密).
    pub confidential: bool,
    /// Evidence brought along.
    pub evidence: Vec<Evidence>,
    /// The reply, where it is answered at once (即答): the case is filed and closed in one commit.
    pub answer: Option<Answer>,
}

/// An answer at intake.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The outcome.
    pub outcome: String,
    /// The reply.
    pub reply: TextRef,
}

/// Files a case.
///
/// # Errors
/// When a name is unknown, the place has no area, or the actor may not file here or through this channel.
pub fn file(context: &Context<'_>, filing: Filing, actor: &Actor) -> Result<Decided, Refusal> {
    let model = context.model;
    let workflow = model
        .workflow_of(&filing.case_type)
        .ok_or_else(|| unknown("case_type", &filing.case_type))?;
    if !model.demands.contains_key(&filing.demand) {
        return Err(unknown("demand", &filing.demand));
    }
    let channel = model
        .channels
        .get(&filing.channel)
        .ok_or_else(|| unknown("channel", &filing.channel))?;
    if let Some(matter) = filing
        .matter
        .as_ref()
        .filter(|code| context.matters.get(code).is_none())
    {
        return Err(Refusal::invalid(
            "unknown_matter",
            "matter",
            format!("事项目录中没有 {matter}；可留空，由派单员确定"),
            format!("there is no matter {matter}: leave it empty and the dispatcher will choose"),
        ));
    }
    let district = filing.place.areas.last().cloned().ok_or_else(|| {
        Refusal::invalid(
            "no_area",
            "place",
            "该位置不在本地任何区县内，请检查坐标或留空",
            "the place lies in no district known here: check the point or leave it out",
        )
    })?;
    may_file(context, actor, &district, channel.public)?;
    check_evidence(context, 0, &filing.evidence)?;
    let place = sound_place(filing.place)?;
    let clocks = clocks::at_filing(context, &filing.case_type)?;

    let date = model.work_time.date(context.now);
    let filed = Filed {
        id: filing.id,
        district: district.district(),
        case_type: filing.case_type,
        demand: filing.demand,
        channel: filing.channel,
        matter: filing.matter,
        text: filing.text,
        desk: context.tree.desk(place.area(), date),
        place,
        reporter: filing.reporter,
        confidential: filing.confidential,
    };
    let event = CaseEvent {
        continues: filing.answer.is_some(),
        at: context.now,
        by: actor.reference(),
        fact: CaseFact::Filed(Box::new(filed)),
        state: Some(StateChange {
            state: workflow.start.clone(),
            phase: workflow.phase(&workflow.start),
        }),
        milestones: vec![Milestone::Filed],
        clocks,
        evidence: filing.evidence,
        lapses: Vec::new(),
    };
    let case = Case::from_first(&event).map_err(|fault| inconsistent(&fault))?;
    let Some(answer) = filing.answer else {
        return Ok(Decided {
            case,
            events: vec![event],
        });
    };

    let step = workflow
        .steps
        .iter()
        .find(|step| step.act == Act::Answer && step.from.contains(&workflow.start))
        .ok_or_else(|| {
            Refusal::invalid(
                "not_answerable",
                "answer",
                "此类案件不能即答办结，请按流程受理",
                "this kind of case cannot be answered at intake: file it",
            )
        })?;
    // Who may file for the whole district need not see every part of it.
    let mut deciding = Deciding::new(context, &case, actor).map_err(|_| {
        Refusal::forbidden(
            "role_forbids",
            "您的岗位不能答复该位置的案件，请只受理",
            "your roles do not reach this place: file the case without an answer",
        )
    })?;
    let input = StepInput {
        reply: Some(answer.reply),
        outcome: Some(answer.outcome),
        ..StepInput::default()
    };
    super::act::take(&mut deciding, &step.name, input)?;
    deciding.events.insert(0, event);
    debug_assert_eq!(deciding.case.phase, Phase::Closed);
    Ok(deciding.into_decided())
}

/// Who may file: people without an account through public channels; operators, dispatchers and grid workers anywhere in
/// the district that they work in, for a caller may report what lies elsewhere.
fn may_file(
    context: &Context<'_>,
    actor: &Actor,
    district: &crate::units::UnitCode,
    public: bool,
) -> Result<(), Refusal> {
    let allowed = match actor {
        Actor::Program => true,
        Actor::Reporter => public,
        Actor::Account { grants, .. } => grants.iter().any(|grant| {
            matches!(grant.role, Role::Operator | Role::Dispatcher | Role::GridWorker)
                && context.tree.area_of(&grant.unit).is_some_and(|area| {
                    context.tree.is_within(district, &area) || context.tree.is_within(&area, district)
                })
        }),
    };
    if allowed {
        return Ok(());
    }
    Err(match actor {
        Actor::Reporter => Refusal::forbidden(
            "channel_not_public",
            "该渠道不对公众开放，请使用网页或应用渠道",
            "this channel is not open to the public: use a public one",
        ),
        _ => Refusal::forbidden(
            "may_not_file_here",
            "您的岗位不能在该区县受理案件",
            "your roles do not allow you to file cases in this district",
        ),
    })
}

fn unknown(field: &'static str, name: &str) -> Refusal {
    Refusal::invalid(
        "unknown_name",
        field,
        format!("生效的规则包没有声明 {field} “{name}”"),
        format!("no pack in force declares the {field} `{name}`"),
    )
}
