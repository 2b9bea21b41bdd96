//! Deciding: a command against a case, a model and a moment gives events or a refusal.

mod act;
mod filing;
mod request;
mod wake;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clocks::{self, Change};
use super::{Case, CaseEvent, CaseFact, Evidence, Place, Satisfaction, StateChange, TextRef, any_of};
use crate::access::{Actor, Role};
use crate::directory::{Directory, Matters};
use crate::ids::Id;
use crate::model::{Act, Milestone, Model, Performer, Phase, RequestKind, Step, Workflow};
use crate::refusal::Refusal;
use crate::text::Title;
use crate::time::LimitDuration;
use crate::units::{UnitCode, UnitTree};

pub use filing::{Answer, Filing, file};

/// What surrounds a decision: the district's rules and units, and the time.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The model in force.
    pub model: &'a Model,
    /// The units.
    pub tree: &'a UnitTree,
    /// The matters.
    pub matters: &'a Matters,
    /// The dispatch directory.
    pub directory: &'a Directory,
    /// The time of the decision.
    pub now: Timestamp,
}

/// What is decided: the events, and the case after them.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The case as it is after the events.
    pub case: Case,
    /// The events, in order. Empty where nothing was to be done (only [`Command::Wake`]).
    pub events: Vec<CaseEvent>,
}

/// What somebody wants to happen to a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Take a step of the workflow.
    Step {
        /// The step's name.
        step: String,
        /// What comes along.
        input: Box<StepInput>,
    },
    /// Ask for something.
    Request(RequestInput),
    /// Grant or refuse a request.
    Decide {
        /// The request's number.
        request: u32,
        /// Whether it is granted.
        grant: bool,
        /// Why.
        reason: String,
        /// For a merger: the other case, as it is now.
        target: Option<Box<Case>>,
    },
    /// Do what time asks for: take the steps of ladders that are due, end a suspension. Only the program may.
    Wake,
    /// Hand the assignments of units that no longer exist to their successors. Only the program may.
    Transfer,
}

/// What comes along with a step. Which fields are needed depends on the step's act.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepInput {
    /// A reason, note or words: needed for reject, rework, reopen, urge and contact.
    pub note: Option<String>,
    /// The reply to the reporter: needed for answer and hand_in.
    pub reply: Option<TextRef>,
    /// The outcome: needed for answer and hand_in.
    pub outcome: Option<String>,
    /// Evidence.
    pub evidence: Vec<Evidence>,
    /// Dispatch: the lead unit; `None`: as the directory proposes.
    pub lead: Option<UnitCode>,
    /// Dispatch: the assisting units; `None`: as the directory proposes.
    pub assist: Option<Vec<UnitCode>>,
    /// Dispatch: the class of limit; `None`: as the directory proposes.
    pub limit_class: Option<String>,
    /// Dispatch: the matter, where it is another than was filed.
    pub matter: Option<String>,
    /// Dispatch: the place, where more is known than was filed.
    pub place: Option<Place>,
    /// Dispatch of a case that was in flight elsewhere: the time that is left of its limit. Only the program may.
    pub remaining: Option<LimitDuration>,
    /// The unit for which the actor acts, where the actor works for several that have a part in the case.
    pub unit: Option<UnitCode>,
    /// Call-back and rating: the answers.
    pub answers: Option<AnswersInput>,
}

/// Answers to the three questions, as they are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswersInput {
    /// Whether anybody answered.
    pub reached: bool,
    /// Was somebody in touch?
    #[serde(default)]
    pub responded: Option<bool>,
    /// Is it solved?
    #[serde(default)]
    pub solved: Option<bool>,
    /// How content?
    #[serde(default)]
    pub satisfaction: Option<Satisfaction>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestInput {
    /// The kind.
    pub kind: RequestKind,
    /// Why.
    pub reason: String,
    /// Extend: how much more time; `None`: once more the original limit.
    pub more: Option<LimitDuration>,
    /// Suspend: until when.
    pub until: Option<Timestamp>,
    /// Merge: into which case.
    pub into: Option<Id>,
    /// The unit for which the actor asks, where the actor works for several.
    pub unit: Option<UnitCode>,
}

/// What an actor may do with a case now: exactly what [`decide`] would not refuse for who they are and where the case
/// stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Available {
    /// Steps, in the order of the pack.
    pub steps: Vec<AvailableStep>,
    /// Requests that may be made.
    pub requests: Vec<RequestKind>,
    /// Numbers of the requests that may be decided.
    pub decisions: Vec<u32>,
}

/// A step that may be taken now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AvailableStep {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// What it does.
    pub act: Act,
    /// Kinds of evidence that it needs.
    pub evidence: Vec<String>,
}

/// Decides a command.
///
/// # Errors
/// A [`Refusal`]; nothing has changed then. An actor who stands in no relation to the case is told that there is none.
pub fn decide(context: &Context<'_>, case: &Case, actor: &Actor, command: Command) -> Result<Decided, Refusal> {
    let mut deciding = Deciding::new(context, case, actor)?;
    match command {
        Command::Step { step, input } => act::take(&mut deciding, &step, *input)?,
        Command::Request(input) => request::ask(&mut deciding, input)?,
        Command::Decide {
            request,
            grant,
            reason,
            target,
        } => {
            request::settle(&mut deciding, request, grant, reason, target.as_deref())?;
        }
        Command::Wake => wake::wake(&mut deciding)?,
        Command::Transfer => wake::transfer(&mut deciding)?,
    }
    Ok(deciding.into_decided())
}

/// What an actor may do with a case now.
pub fn available(context: &Context<'_>, case: &Case, actor: &Actor) -> Available {
    let Ok(deciding) = Deciding::new(context, case, actor) else {
        return Available::default();
    };
    let steps = deciding
        .workflow
        .steps
        .iter()
        .filter(|step| act::may_take(&deciding, step, None, &[]).is_ok());
    let requests = RequestKind::ALL
        .into_iter()
        .filter(|kind| request::may_ask(&deciding, *kind).is_ok());
    let decisions = case
        .pending_requests()
        .filter(|r| request::may_settle(&deciding, r).is_ok());
    Available {
        steps: steps
            .map(|step| AvailableStep {
                name: step.name.clone(),
                title: step.title.clone(),
                act: step.act,
                evidence: step.needs.clone(),
            })
            .collect(),
        requests: requests.collect(),
        decisions: decisions.map(|r| r.number).collect(),
    }
}

/// Records in a case that another was merged into it; goes into the same commit as the merger itself.
///
/// # Errors
/// When the case is closed, or was itself merged into another.
pub fn absorb(context: &Context<'_>, target: &Case, merged: Id) -> Result<Decided, Refusal> {
    let mut deciding = Deciding::new(context, target, &Actor::Program)?;
    request::may_absorb(target, merged)?;
    deciding.emit(CaseFact::Absorbed { case: merged }, None, Vec::new(), Change::None)?;
    Ok(deciding.into_decided())
}

/// A decision in the making: the case as it is after the events so far.
struct Deciding<'a> {
    context: Context<'a>,
    workflow: &'a Workflow,
    actor: &'a Actor,
    standing: BTreeSet<Performer>,
    /// The version of the case before the decision.
    version: i64,
    case: Case,
    events: Vec<CaseEvent>,
}

impl<'a> Deciding<'a> {
    fn new(context: &Context<'a>, case: &Case, actor: &'a Actor) -> Result<Self, Refusal> {
        let standing = actor.standing(case, context.tree);
        if standing.is_empty() {
            return Err(unknown_case());
        }
        let workflow = context.model.workflow_of(&case.case_type).ok_or_else(|| {
            Refusal::not_now(
                "case_type_not_in_force",
                format!("案件类型 {} 不在生效的规则包中，请启用相应规则包", case.case_type),
                format!(
                    "no pack in force declares the case type {}: activate one that does",
                    case.case_type
                ),
            )
        })?;
        Ok(Self {
            context: *context,
            workflow,
            actor,
            standing,
            version: case.version,
            case: case.clone(),
            events: Vec::new(),
        })
    }

    /// All events of a decision are committed together and make one new version.
    fn into_decided(mut self) -> Decided {
        let last = self.events.len().saturating_sub(1);
        for event in &mut self.events[..last] {
            event.continues = true;
        }
        self.case.version = self.version + i64::from(!self.events.is_empty());
        Decided {
            case: self.case,
            events: self.events,
        }
    }

    fn allows(&self, performers: &[Performer]) -> bool {
        any_of(performers, &self.standing)
    }

    fn is_program(&self) -> bool {
        matches!(self.actor, Actor::Program)
    }

    /// The units at which the actor holds a role.
    fn units_as(&self, role: Role) -> impl Iterator<Item = &UnitCode> {
        self.actor
            .grants()
            .iter()
            .filter(move |g| g.role == role)
            .map(|g| &g.unit)
    }

    /// Adds an event: moves to a state, reaches milestones, starts and stops the clocks that hang on them.
    fn emit(
        &mut self,
        fact: CaseFact,
        to: Option<&str>,
        mut milestones: Vec<Milestone>,
        change: Change,
    ) -> Result<(), Refusal> {
        let state = to.map(|state| StateChange {
            state: state.to_owned(),
            phase: self.workflow.phase(state),
        });
        let closes =
            self.case.phase != Phase::Closed && state.as_ref().is_some_and(|change| change.phase == Phase::Closed);
        if closes && !milestones.contains(&Milestone::Closed) {
            milestones.push(Milestone::Closed);
        }
        let limit_class = match &fact {
            CaseFact::Dispatched { limit_class, .. } => Some(limit_class.as_str()),
            _ => self.case.limit_class.as_deref(),
        };
        let clocks = clocks::after(&self.context, &self.case, limit_class, &milestones, closes, change)?;
        let event = CaseEvent {
            at: self.context.now,
            by: self.actor.reference(),
            fact,
            state,
            milestones,
            clocks,
            continues: false,
        };
        self.case.apply(&event).map_err(|fault| {
            // An event that was just decided for this very case names only what the case has.
            Refusal::not_now("internal_inconsistency", fault.to_string(), fault.to_string())
        })?;
        self.events.push(event);
        Ok(())
    }
}

fn unknown_case() -> Refusal {
    Refusal::not_found(
        "unknown_case",
        "没有这个案件，或您无权查看",
        "there is no such case, or you may not see it",
    )
}

/// A text that must not be empty nor too long.
fn words(text: Option<String>, field: &'static str) -> Result<String, Refusal> {
    let text = text.map(|t| t.trim().to_owned()).unwrap_or_default();
    if text.is_empty() {
        return Err(Refusal::invalid(
            "words_missing",
            field,
            "请写明理由或说明",
            format!("`{field}` must say why"),
        ));
    }
    short(Some(text), field).map(Option::unwrap_or_default)
}

/// A text that must not be too long.
fn short(text: Option<String>, field: &'static str) -> Result<Option<String>, Refusal> {
    match text {
        Some(text) if text.chars().count() > super::MAX_REASON => Err(Refusal::invalid(
            "text_too_long",
            field,
            format!("文字超过 {} 字，请缩短", super::MAX_REASON),
            format!("`{field}` is longer than {} characters: shorten it", super::MAX_REASON),
        )),
        other => Ok(other.filter(|t| !t.trim().is_empty())),
    }
}

fn check_evidence(context: &Context<'_>, case_has: usize, evidence: &[Evidence]) -> Result<(), Refusal> {
    if case_has + evidence.len() > super::MAX_EVIDENCE {
        return Err(Refusal::invalid(
            "too_much_evidence",
            "evidence",
            format!("一个案件至多 {} 件证据材料", super::MAX_EVIDENCE),
            format!("a case carries at most {} pieces of evidence", super::MAX_EVIDENCE),
        ));
    }
    match evidence.iter().find(|e| !context.model.evidence.contains_key(&e.kind)) {
        None => Ok(()),
        Some(unknown) => Err(Refusal::invalid(
            "unknown_evidence_kind",
            "evidence",
            format!("没有证据类型 {}", unknown.kind),
            format!("no pack declares the kind of evidence {}", unknown.kind),
        )),
    }
}

/// The steps that start where the case stands, for a refusal that says what would work.
fn steps_from<'a>(workflow: &'a Workflow, case: &Case) -> impl Iterator<Item = &'a Step> {
    workflow
        .steps
        .iter()
        .filter(move |step| step.from.contains(&case.state))
}
