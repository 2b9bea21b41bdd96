//! Steps of the workflow.

use jiff::Timestamp;

use super::input::{check_evidence, short, words};
use super::{AnswersInput, Deciding, Happening, StepInput, dispatch, wake};
use crate::access::{Actor, ActorRef};
use crate::cases::snapshot::CaseFields;
use crate::cases::{Answers, Assignment, AssignmentState, Case, CaseFact, CaseResult, Evidence, Part};
use crate::model::{Act, Milestone, Phase, Step};
use crate::refusal::Refusal;
use crate::units::UnitCode;

/// Takes a step.
pub(super) fn take(deciding: &mut Deciding<'_>, name: &str, mut input: StepInput) -> Result<(), Refusal> {
    let step = deciding.workflow.step(name).ok_or_else(|| {
        let known: Vec<&str> = deciding.workflow.steps.iter().map(|s| s.name.as_str()).collect();
        Refusal::not_found(
            "unknown_step",
            format!("流程中没有步骤 {name}，可选：{}", known.join("、")),
            format!("the workflow has no step {name}; it has {}", known.join(", ")),
        )
    })?;
    let assignment = may_take(deciding, step, input.unit.as_ref(), &input.evidence)?;
    check_evidence(&deciding.context, deciding.case.evidence.len(), &input.evidence)?;
    check_needs(deciding, step, &input.evidence)?;
    if input.remaining.is_some() && !deciding.is_program() {
        return Err(Refusal::invalid(
            "remaining_not_allowed",
            "remaining",
            "剩余时限只用于导入在途案件",
            "`remaining` is for importing cases in flight only",
        ));
    }
    let evidence = std::mem::take(&mut input.evidence);
    let happening = match step.act {
        Act::Answer => {
            let result = result(deciding, &mut input)?;
            Happening::of(CaseFact::Answered { result }).to(step.to.as_deref())
        }
        Act::Reject => {
            let reason = words(input.note, "note")?;
            Happening::of(CaseFact::Rejected { reason }).to(step.to.as_deref())
        }
        Act::Dispatch => dispatch::dispatch(deciding, input)?.to(step.to.as_deref()),
        Act::Accept | Act::Contact | Act::HandIn => work(deciding, step, assignment, input)?,
        Act::Pass => Happening::of(CaseFact::Passed)
            .to(step.to.as_deref())
            .reaching(Milestone::Verified),
        Act::Rework => {
            let reason = words(input.note, "note")?;
            Happening::of(CaseFact::Reworked { reason })
                .to(step.to.as_deref().map(|to| deciding.handled_again(to)))
                .reaching(Milestone::Reworked)
        }
        Act::CallBack | Act::Rate => ask(deciding, step, input.answers, input.note)?,
        Act::Reopen => {
            let reason = words(input.note, "note")?;
            Happening::of(CaseFact::Reopened { reason })
                .to(step.to.as_deref().map(|to| deciding.handled_again(to)))
                .reaching(Milestone::Reopened)
        }
        Act::Urge => {
            let words = words(input.note, "note")?;
            Happening::of(CaseFact::Urged { words }).to(step.to.as_deref())
        }
        Act::Move => {
            let fact = CaseFact::Moved {
                step: step.name.clone(),
                note: short(input.note, "note")?,
            };
            Happening::of(fact).to(step.to.as_deref())
        }
    };
    deciding.emit(happening.with(evidence))?;
    // A unit that works again may have ended meanwhile, and a place that was found may be another desk's.
    match step.act {
        Act::Dispatch | Act::Rework | Act::Reopen => wake::transfer_ended(deciding),
        _ => Ok(()),
    }
}

fn check_needs(deciding: &Deciding<'_>, step: &Step, brought: &[Evidence]) -> Result<(), Refusal> {
    let missing = deciding.case.missing_evidence(step, brought);
    if missing.is_empty() {
        return Ok(());
    }
    let known = &deciding.context.model.evidence;
    let titles = missing
        .iter()
        .map(|kind| known.get(*kind).map_or(*kind, |e| &e.title.zh));
    Err(Refusal::invalid(
        "evidence_missing",
        "evidence",
        format!("“{}”须附：{}", step.title.zh, titles.collect::<Vec<_>>().join("、")),
        format!("`{}` needs evidence of these kinds: {}", step.name, missing.join(", ")),
    ))
}

/// Whether the actor may take a step now, and with which assignment. The one rule behind both deciding and offering.
pub(super) fn may_take(
    deciding: &Deciding<'_>,
    step: &Step,
    unit: Option<&UnitCode>,
    brought: &[Evidence],
) -> Result<Option<(u32, Part)>, Refusal> {
    let case = &deciding.case;
    if !deciding.allows(&step.by) {
        return Err(Refusal::forbidden(
            "role_forbids",
            format!("您的岗位不能对此案件“{}”", step.title.zh),
            format!("your roles do not allow `{}` on this case", step.name),
        ));
    }
    let assignment = match step.act {
        Act::Accept | Act::Contact | Act::HandIn => own_assignment(deciding, step, unit)?,
        _ if step.from.contains(&case.state) => None,
        _ => return Err(wrong_state(deciding, step)),
    };
    match step.act {
        Act::Answer => may_answer(deciding)?,
        Act::Pass | Act::Rework => may_verify(deciding)?,
        Act::Reopen if !deciding.is_program() => may_reopen(deciding)?,
        Act::CallBack if case.phase == Phase::Closed && !case.is_sampled() => {
            return Err(Refusal::not_now(
                "not_sampled",
                "该案件未被抽中回访，办结后只回访抽中的案件",
                "this case was not drawn: of closed cases only those that were drawn are called back",
            ));
        }
        Act::Rate if case.is_rated() => {
            return Err(Refusal::not_now(
                "already_rated",
                "您已评价过",
                "you have rated this result already",
            ));
        }
        _ => {}
    }
    if let Some(when) = &step.when {
        let fields = CaseFields {
            now: deciding.context.now,
            brought,
            ..CaseFields::of(&deciding.context, case)
        };
        if !when.holds(&fields).unwrap_or(false) {
            return Err(Refusal::not_now(
                "condition_not_met",
                format!("尚不满足“{}”的条件：{when}", step.title.zh),
                format!("the condition of `{}` does not hold: {when}", step.name),
            ));
        }
    }
    Ok(assignment)
}

fn wrong_state(deciding: &Deciding<'_>, step: &Step) -> Refusal {
    let here = &deciding.case.state;
    let state = deciding.workflow.states.get(here);
    let possible = deciding.workflow.steps.iter().filter(|step| step.from.contains(here));
    let (zh, en): (Vec<&str>, Vec<&str>) = possible.map(|s| (s.title.zh.as_str(), s.name.as_str())).unzip();
    Refusal::not_now(
        "state_forbids",
        format!(
            "案件处于“{}”，不能“{}”；现在可以：{}",
            state.map_or(here.as_str(), |s| s.title.zh.as_str()),
            step.title.zh,
            zh.join("、")
        ),
        format!(
            "the case is {here}, which does not allow `{}`; now possible: {}",
            step.name,
            en.join(", ")
        ),
    )
}

/// The assignment that the actor works on with a step: of the unit named, or the lead before the assisting.
///
/// States are the lead unit's; an assisting unit works at its own pace while the case is being handled. The program
/// records what happened elsewhere: it works for the lead unit, where there is one.
fn own_assignment(
    deciding: &Deciding<'_>,
    step: &Step,
    unit: Option<&UnitCode>,
) -> Result<Option<(u32, Part)>, Refusal> {
    let case = &deciding.case;
    let here = step.from.contains(&case.state);
    let wanted = match step.act {
        Act::Accept => AssignmentState::Offered,
        _ => AssignmentState::Accepted,
    };
    if deciding.is_program() {
        let lead = case.lead().filter(|lead| lead.is_open());
        return match lead.filter(|lead| step.act != Act::Accept || lead.state == wanted) {
            _ if !here => Err(wrong_state(deciding, step)),
            None if step.act == Act::Accept => Err(no_assignment(wanted)),
            lead => Ok(lead.map(|lead| (lead.number, lead.part))),
        };
    }
    let is_mine = |assignment: &&Assignment| {
        assignment.state == wanted
            && unit.is_none_or(|unit| *unit == assignment.unit)
            && deciding.grants_as(&step.by).any(|grant| grant.unit == assignment.unit)
    };
    let mut mine: Vec<&Assignment> = case.assignments.iter().filter(is_mine).collect();
    if mine.is_empty() {
        return Err(no_assignment(wanted));
    }
    mine.sort_by_key(|assignment| assignment.part);
    let usable = |a: &&&Assignment| here || (a.part == Part::Assist && case.phase == Phase::Handling);
    match mine.iter().find(usable) {
        Some(assignment) => Ok(Some((assignment.number, assignment.part))),
        None => Err(wrong_state(deciding, step)),
    }
}

fn no_assignment(wanted: AssignmentState) -> Refusal {
    let (zh, en) = match wanted {
        AssignmentState::Offered => (
            "没有待您单位签收的任务",
            "no assignment waits for your unit's acceptance",
        ),
        _ => (
            "您单位没有已签收的在办任务，请先签收",
            "your unit has no accepted assignment here: accept it first",
        ),
    };
    Refusal::not_now("no_assignment", zh, en)
}

fn may_answer(deciding: &Deciding<'_>) -> Result<(), Refusal> {
    let demand = deciding.context.model.demands.get(&deciding.case.demand);
    if demand.is_some_and(|demand| demand.answerable_at_intake) {
        return Ok(());
    }
    Err(Refusal::not_now(
        "not_answerable",
        "此诉求类型须派单办理，不能即答办结",
        "this demand type must be dispatched: it cannot be answered at intake",
    ))
}

fn may_verify(deciding: &Deciding<'_>) -> Result<(), Refusal> {
    match deciding.actor.reference() {
        ActorRef::Account(account) if deciding.case.was_worked_on_by(account) => Err(Refusal::forbidden(
            "handler_may_not_verify",
            "承办人不能核查自己办理的案件，请由他人核查",
            "whoever handled a case may not verify it: somebody else must",
        )),
        _ => Ok(()),
    }
}

/// A merged case lives on in another.
pub(super) fn not_merged(case: &Case) -> Result<(), Refusal> {
    if case.merged_into.is_none() {
        return Ok(());
    }
    Err(Refusal::not_now(
        "merged",
        "案件已并入其他案件，请在主案件中操作",
        "the case was merged into another: act on that one",
    ))
}

fn may_reopen(deciding: &Deciding<'_>) -> Result<(), Refusal> {
    let case = &deciding.case;
    not_merged(case)?;
    let Some(case_type) = deciding.context.model.case_types.get(&case.case_type) else {
        return Ok(());
    };
    let too_late = || {
        Refusal::not_now(
            "reopen_too_late",
            "已超过可重办的期限，请重新提交诉求",
            "the time for reopening is over: file a new case",
        )
    };
    let within = case_type.reopen_within.ok_or_else(too_late)?;
    let closed = case.closed_at().ok_or_else(too_late)?;
    // Outside the loaded calendars no limit is guessed, to the reporter's benefit.
    let last = deciding.context.model.work_time.after(closed, within);
    if deciding.context.now > last.unwrap_or(Timestamp::MAX) {
        return Err(too_late());
    }
    if case.times(Milestone::Reopened) >= case_type.reopen_at_most {
        return Err(Refusal::not_now(
            "reopened_too_often",
            format!("一个案件至多重办 {} 次，请重新提交诉求", case_type.reopen_at_most),
            format!(
                "a case is reopened at most {} times: file a new one",
                case_type.reopen_at_most
            ),
        ));
    }
    Ok(())
}

/// A unit takes its assignment, is in touch with the reporter, or hands in its result. The state and the milestones of
/// acceptance and result are the lead unit's.
fn work<'w>(
    deciding: &Deciding<'w>,
    step: &'w Step,
    assignment: Option<(u32, Part)>,
    mut input: StepInput,
) -> Result<Happening<'w>, Refusal> {
    let number = assignment.map(|(number, _)| number);
    let leads = assignment.is_none_or(|(_, part)| part == Part::Lead);
    let (fact, milestone) = match (step.act, number) {
        (Act::Accept, Some(assignment)) => {
            let holder = match deciding.actor.reference() {
                ActorRef::Account(id) => Some(id),
                ActorRef::Reporter | ActorRef::Program => None,
            };
            (CaseFact::Accepted { assignment, holder }, Milestone::Accepted)
        }
        (Act::Accept, None) => return Err(no_assignment(AssignmentState::Offered)),
        (Act::Contact, assignment) => {
            let note = words(input.note, "note")?;
            (CaseFact::Contacted { assignment, note }, Milestone::Contacted)
        }
        (_, assignment) => {
            let result = result(deciding, &mut input)?;
            (CaseFact::HandedIn { assignment, result }, Milestone::HandedIn)
        }
    };
    let happening = Happening::of(fact).to(step.to.as_deref().filter(|_| leads));
    // Somebody was in touch, whichever unit it was.
    Ok(if leads || milestone == Milestone::Contacted {
        happening.reaching(milestone)
    } else {
        happening
    })
}

/// The result that comes along: an outcome and a reply.
fn result(deciding: &Deciding<'_>, input: &mut StepInput) -> Result<CaseResult, Refusal> {
    let outcomes = &deciding.context.model.outcomes;
    let outcome = input.outcome.take().filter(|outcome| outcomes.contains_key(outcome));
    let outcome = outcome.ok_or_else(|| {
        let known: Vec<&str> = outcomes.keys().map(String::as_str).collect();
        Refusal::invalid(
            "unknown_outcome",
            "outcome",
            format!("请选择办结类型：{}", known.join("、")),
            format!("choose an outcome: {}", known.join(", ")),
        )
    })?;
    let reply = input.reply.take().ok_or_else(|| {
        Refusal::invalid(
            "reply_missing",
            "reply",
            "请填写给诉求人的答复",
            "say what the reporter is told",
        )
    })?;
    Ok(CaseResult {
        outcome,
        reply,
        at: deciding.context.now,
    })
}

/// Answers to the three questions, asked for by a clerk or given unasked.
fn ask<'w>(
    deciding: &Deciding<'w>,
    step: &'w Step,
    answers: Option<AnswersInput>,
    note: Option<String>,
) -> Result<Happening<'w>, Refusal> {
    let input = answers.ok_or_else(|| {
        Refusal::invalid(
            "answers_missing",
            "answers",
            "请填写三项回访问题",
            "`answers` to the three questions are needed",
        )
    })?;
    let given = [
        input.responded.is_some(),
        input.solved.is_some(),
        input.satisfaction.is_some(),
    ];
    // Whoever rates unasked was reached.
    let must_answer = input.reached || matches!(deciding.actor, Actor::Reporter);
    if given != [must_answer; 3] || must_answer != input.reached {
        return Err(Refusal::invalid(
            "answers_incomplete",
            "answers",
            "接通时三项均须填写，未接通时均须留空；评价须三项均填",
            "all three answers are needed when the reporter was reached or rates, and none when nobody answered",
        ));
    }
    let answers = Answers {
        reached: input.reached,
        responded: input.responded,
        solved: input.solved,
        satisfaction: input.satisfaction,
        by: deciding.actor.reference(),
        at: deciding.context.now,
    };
    // What was answered before is corrected with a reason, or not at all.
    let corrects = deciding.case.phase == Phase::Closed
        && step.act == Act::CallBack
        && deciding.case.answers_to_result().any(|known| known.reached);
    let note = if corrects { Some(words(note, "note")?) } else { None };
    let asked = Happening::of(CaseFact::Asked { answers, note });
    // Nobody answered: the case stays where it is, and the attempt counts.
    Ok(if input.reached {
        asked.to(step.to.as_deref()).reaching(Milestone::CalledBack)
    } else {
        asked
    })
}

impl Case {
    /// Kinds of evidence still missing for a step, given what comes along.
    pub fn missing_evidence<'s>(&self, step: &'s Step, brought: &[Evidence]) -> Vec<&'s str> {
        let has = |kind: &str| self.evidence.iter().chain(brought).any(|e| e.kind == kind);
        step.needs
            .iter()
            .map(String::as_str)
            .filter(|kind| !has(kind))
            .collect()
    }
}
