//! Deciding: a command against a case, a model and a moment gives events or a refusal.

mod act;
mod discretion;
mod dispatch;
mod filing;
mod hand_over;
mod input;
mod lapse;
mod request;
mod sample;
mod settle;
mod wake;

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clocks::{self, Change, Effect};
use super::{
    Case, CaseEvent, CaseFact, Discretion, Evidence, Place, Publication, Sampled, Satisfaction, StateChange, TextRef,
    add, any_of, counted, difference,
};
use crate::access::{Actor, ActorRef, Grant};
use crate::directory::{Directory, Matters};
use crate::ids::Id;
use crate::model::{Act, Milestone, Model, Performer, Phase, RequestKind, Workflow};
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
    /// The events, in order. Empty where nothing was to be done (only [`Command::Wake`] and [`Command::Transfer`]).
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
    /// Have somebody else of the unit work on an assignment.
    HandOver {
        /// The assignment's number.
        assignment: u32,
        /// Who works on it from now on: an account with what it holds.
        to: Actor,
        /// Why.
        reason: String,
    },
    /// Make the case confidential for these people and whoever decides; `None`: no longer.
    Confide {
        /// Who sees it from now on.
        people: Option<BTreeSet<Id>>,
        /// Why.
        reason: String,
    },
    /// Publish it.
    Publish(Box<Publication>),
    /// Take it back.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Note that its texts and its reporter are erased with this commit. Only the program may.
    Erase {
        /// Why.
        reason: String,
    },
    /// Do what time asks for: end a suspension, reckon limits whose calendar has been loaded meanwhile, take the steps of
    /// ladders that are due. Only the program may.
    Wake,
    /// Record that the case was drawn into a sample. Only the program may: nobody picks by hand.
    Sample(Sampled),
    /// Hand what units that no longer exist had to do to their successors. Only the program may.
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
    /// Evidence; the case keeps it, whatever the step.
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
    /// Extend: how much more time; `None`: as much as may be asked for, which is once more the original limit where the
    /// policy sets no other bound.
    pub more: Option<LimitDuration>,
    /// Suspend: until when.
    pub until: Option<Timestamp>,
    /// Merge: into which case.
    pub into: Option<Id>,
    /// Merge: that case as it is now, where there is one.
    #[serde(skip)]
    pub target: Option<Box<Case>>,
    /// The unit for which the actor asks, where the actor works for several.
    pub unit: Option<UnitCode>,
}

/// What an actor may do with a case now: exactly what [`decide`] would not refuse for who they are and where the case
/// stands. What comes along (evidence, words, dates) may still be refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Available {
    /// Steps, in the order of the pack.
    pub steps: Vec<AvailableStep>,
    /// Requests that may be made.
    pub requests: Vec<RequestKind>,
    /// Numbers of the requests that may be decided.
    pub decisions: Vec<u32>,
    /// Numbers of the assignments that may be handed over to somebody else of their unit.
    pub handovers: Vec<u32>,
    /// What may be done about who else sees it.
    pub discretion: Vec<Discretion>,
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
            settle::settle(&mut deciding, request, grant, reason, target.as_deref())?;
        }
        Command::HandOver { assignment, to, reason } => hand_over::hand_over(&mut deciding, assignment, &to, reason)?,
        Command::Confide { people, reason } => discretion::confide(&mut deciding, people, reason)?,
        Command::Publish(publication) => discretion::publish(&mut deciding, *publication)?,
        Command::Withdraw { reason } => discretion::withdraw(&mut deciding, reason)?,
        Command::Erase { reason } => discretion::erase(&mut deciding, reason)?,
        Command::Wake => wake::wake(&mut deciding)?,
        Command::Sample(sample) => sample::draw(&mut deciding, sample)?,
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
        .filter(|r| settle::may_settle(&deciding, r).is_ok());
    let handovers = case
        .assignments
        .iter()
        .filter(|assignment| hand_over::may(&deciding, assignment).is_ok());
    let discretion = Discretion::ALL
        .into_iter()
        .filter(|what| discretion::may(&deciding, *what).is_ok());
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
        handovers: handovers.map(|assignment| assignment.number).collect(),
        discretion: discretion.collect(),
    }
}

/// Records in a case that another was merged into it; goes into the same commit as the merger itself.
///
/// # Errors
/// When the case is closed, or was itself merged into another.
pub fn absorb(context: &Context<'_>, target: &Case, merged: Id) -> Result<Decided, Refusal> {
    let mut deciding = Deciding::new(context, target, &Actor::Program)?;
    settle::may_absorb(target, merged)?;
    deciding.emit(Happening::of(CaseFact::Absorbed { case: merged }))?;
    Ok(deciding.into_decided())
}

/// Something that happens to a case: the fact, and what goes with it.
struct Happening<'t> {
    fact: CaseFact,
    /// Who did it; `None`: the actor of the decision.
    by: Option<ActorRef>,
    /// The state to which it leads.
    to: Option<&'t str>,
    milestones: Vec<Milestone>,
    evidence: Vec<Evidence>,
    /// What it does to the clocks beside starting and stopping them by milestones.
    change: Change,
}

impl<'t> Happening<'t> {
    fn of(fact: CaseFact) -> Self {
        Self {
            fact,
            by: None,
            to: None,
            milestones: Vec::new(),
            evidence: Vec::new(),
            change: Change::None,
        }
    }

    /// Time or a reorganisation does it, whoever acts.
    fn by_program(self) -> Self {
        let by = Some(ActorRef::Program);
        Self { by, ..self }
    }

    fn to(self, to: Option<&'t str>) -> Self {
        Self { to, ..self }
    }

    fn reaching(self, milestone: Milestone) -> Self {
        Self {
            milestones: vec![milestone],
            ..self
        }
    }

    fn with(self, evidence: Vec<Evidence>) -> Self {
        Self { evidence, ..self }
    }

    fn changing(self, change: Change) -> Self {
        Self { change, ..self }
    }
}

/// A decision in the making: the case as it is after the events so far.
struct Deciding<'a> {
    context: Context<'a>,
    workflow: &'a Workflow,
    actor: &'a Actor,
    /// The actor's grants that reach the case.
    grants: Vec<&'a Grant>,
    standing: BTreeSet<Performer>,
    /// The version of the case before the decision.
    version: i64,
    case: Case,
    events: Vec<CaseEvent>,
}

impl<'a> Deciding<'a> {
    fn new(context: &Context<'a>, case: &'a Case, actor: &'a Actor) -> Result<Self, Refusal> {
        let grants: Vec<&Grant> = actor.grants_toward(case, context.tree).collect();
        let standing = actor.standing_through(grants.iter().copied());
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
        let mut deciding = Self {
            context: Context {
                // The clocks of two machines differ by some milliseconds; what happens to a case never goes back in time.
                now: context.now.max(case.changed_at),
                ..*context
            },
            workflow,
            actor,
            grants,
            standing,
            version: case.version,
            case: case.clone(),
            events: Vec::new(),
        };
        deciding.end_standstill()?;
        Ok(deciding)
    }

    /// A suspension that is over is over, however late the program comes to say so: the clocks run from the end that was
    /// granted before anything else is decided.
    fn end_standstill(&mut self) -> Result<(), Refusal> {
        match self.case.suspended_until {
            Some(until) if until <= self.context.now => {
                let resumed = Happening::of(CaseFact::Resumed).by_program();
                self.happen(resumed.changing(Change::Resume(until)))
            }
            _ => Ok(()),
        }
    }

    /// All events of a decision are committed together and make one new version.
    fn into_decided(mut self) -> Decided {
        let last = self.events.len().saturating_sub(1);
        for event in &mut self.events[..last] {
            event.continues = true;
        }
        if let Some(event) = self.events.last_mut() {
            let tally = counted(&self.context, &self.case);
            event.tally = difference(&self.case.tally, &tally);
            // Built as a rebuild builds it, so that the two are the same to the byte.
            add(&mut self.case.tally, &event.tally);
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

    /// The actor's grants that reach the case and whose role is among the performers.
    fn grants_as<'s>(&'s self, performers: &'s [Performer]) -> impl Iterator<Item = &'a Grant> + 's {
        let grants = self.grants.iter().copied();
        grants.filter(|grant| performers.contains(&Performer::Role(grant.role)))
    }

    /// Where a case is handled again: with the unit that led it, or at the desk where none did.
    fn handled_again(&self, to: &'a str) -> &'a str {
        if self.case.lead().is_none() && self.workflow.phase(to) == Phase::Handling {
            &self.workflow.returned
        } else {
            to
        }
    }

    /// Something happens. A suspended case that moves on is no longer suspended: its clocks run again before that.
    fn emit(&mut self, happening: Happening<'_>) -> Result<(), Refusal> {
        let moves = happening.to.is_some_and(|to| to != self.case.state)
            || matches!(happening.fact, CaseFact::Dispatched { .. });
        if moves && self.case.suspended_until.is_some() {
            let now = self.context.now;
            self.happen(Happening::of(CaseFact::Resumed).changing(Change::Resume(now)))?;
        }
        self.happen(happening)
    }

    /// Adds an event: moves to a state, reaches milestones, starts and stops the clocks that hang on them.
    fn happen(&mut self, happening: Happening<'_>) -> Result<(), Refusal> {
        let Happening {
            fact,
            by,
            to,
            mut milestones,
            evidence,
            change,
        } = happening;
        let state = to.map(|state| StateChange {
            state: state.to_owned(),
            phase: self.workflow.phase(state),
        });
        let phase = state.as_ref().map_or(self.case.phase, |change| change.phase);
        let closes = self.case.phase != Phase::Closed && phase == Phase::Closed;
        if closes && !milestones.contains(&Milestone::Closed) {
            milestones.push(Milestone::Closed);
        }
        let limit_class = match &fact {
            CaseFact::Dispatched { limit_class, .. } => Some(limit_class.as_str()),
            _ => self.case.limit_class.as_deref(),
        };
        let lapses = lapse::lapses(&self.case, &fact, phase);
        let effect = Effect {
            limit_class,
            milestones: &milestones,
            closes,
            lapses: &lapses,
            change,
        };
        let clocks = clocks::after(&self.context, &self.case, effect)?;
        let event = CaseEvent {
            at: self.context.now,
            by: by.unwrap_or_else(|| self.actor.reference()),
            fact,
            state,
            milestones,
            clocks,
            evidence,
            lapses,
            tally: Vec::new(),
            continues: false,
        };
        // An event that was just decided for this very case names only what the case has.
        self.case.apply(&event).map_err(|fault| inconsistent(&fault))?;
        self.events.push(event);
        Ok(())
    }
}

/// A refusal that nothing can reach as long as this module and the journal are sound; it is none of the actor's fault.
pub(in crate::cases) fn inconsistent(fault: &dyn Display) -> Refusal {
    Refusal::not_now(
        "internal_inconsistency",
        format!("案件数据不一致，请联系管理员：{fault}"),
        format!("the case contradicts itself, tell the administrator: {fault}"),
    )
}

fn unknown_case() -> Refusal {
    Refusal::not_found(
        "unknown_case",
        "没有这个案件，或您无权查看",
        "there is no such case, or you may not see it",
    )
}
