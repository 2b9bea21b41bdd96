//! Steps of the workflow.

use jiff::Timestamp;

use super::{AnswersInput, Deciding, StepInput, check_evidence, short, steps_from, words};
use crate::access::{ActorRef, Role};
use crate::cases::clocks::Change;
use crate::cases::snapshot::CaseFields;
use crate::cases::{Answers, Assignment, AssignmentState, Case, CaseFact, CaseResult, Evidence, MAX_ASSIST, Part};
use crate::directory::Proposal;
use crate::model::{Act, Milestone, Performer, Phase, Step};
use crate::refusal::Refusal;
use crate::units::{UnitCode, UnitKind};

/// Takes a step.
pub(super) fn take(deciding: &mut Deciding<'_>, name: &str, input: StepInput) -> Result<(), Refusal> {
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
    let missing = deciding.case.missing_evidence(step, &input.evidence);
    if !missing.is_empty() {
        let titles = missing.iter().map(|kind| {
            deciding
                .context
                .model
                .evidence
                .get(*kind)
                .map_or(*kind, |e| &e.title.zh)
        });
        return Err(Refusal::invalid(
            "evidence_missing",
            "evidence",
            format!("“{}”须附：{}", step.title.zh, titles.collect::<Vec<_>>().join("、")),
            format!("`{}` needs evidence of these kinds: {}", step.name, missing.join(", ")),
        ));
    }
    if input.remaining.is_some() && !deciding.is_program() {
        return Err(Refusal::invalid(
            "remaining_not_allowed",
            "remaining",
            "剩余时限只用于导入在途案件",
            "`remaining` is for importing cases in flight only",
        ));
    }
    // A suspended case that moves on is no longer suspended: its clocks run again before anything else happens.
    if deciding.case.suspended_until.is_some() && step.act != Act::Urge {
        let now = deciding.context.now;
        deciding.emit(CaseFact::Resumed, None, Vec::new(), Change::Resume(now))?;
    }
    let to = step.to.as_deref();
    match step.act {
        Act::Answer => {
            let demand = &deciding.case.demand;
            if !deciding
                .context
                .model
                .demands
                .get(demand)
                .is_some_and(|d| d.answerable_at_intake)
            {
                return Err(Refusal::invalid(
                    "not_answerable",
                    "demand",
                    "此诉求类型须派单办理，不能即答办结",
                    "this demand type must be dispatched: it cannot be answered at intake",
                ));
            }
            let result = result(deciding, &input)?;
            deciding.emit(CaseFact::Answered { result }, to, Vec::new(), Change::None)
        }
        Act::Reject => {
            let reason = words(input.note, "note")?;
            deciding.emit(CaseFact::Rejected { reason }, to, Vec::new(), Change::None)
        }
        Act::Dispatch => dispatch(deciding, to, input),
        Act::Accept => {
            let (number, part) = required(assignment)?;
            let lead = part == Part::Lead;
            let milestones = if lead { vec![Milestone::Accepted] } else { Vec::new() };
            let fact = CaseFact::Accepted { assignment: number };
            deciding.emit(fact, to.filter(|_| lead), milestones, Change::None)
        }
        Act::Contact => {
            let note = words(input.note, "note")?;
            deciding.emit(
                CaseFact::Contacted { note },
                to,
                vec![Milestone::Contacted],
                Change::None,
            )
        }
        Act::HandIn => {
            let result = result(deciding, &input)?;
            let lead = assignment.is_none_or(|(_, part)| part == Part::Lead);
            let milestones = if lead { vec![Milestone::HandedIn] } else { Vec::new() };
            let assignment = assignment.map(|(number, _)| number);
            let fact = CaseFact::HandedIn {
                assignment,
                result,
                evidence: input.evidence,
            };
            deciding.emit(fact, to.filter(|_| lead), milestones, Change::None)
        }
        Act::Pass => {
            let fact = CaseFact::Passed {
                evidence: input.evidence,
            };
            deciding.emit(fact, to, vec![Milestone::Verified], Change::None)
        }
        Act::Rework => {
            let reason = words(input.note, "note")?;
            deciding.emit(
                CaseFact::Reworked { reason },
                to,
                vec![Milestone::Reworked],
                Change::None,
            )
        }
        Act::CallBack | Act::Rate => ask(deciding, step, input.answers),
        Act::Reopen => {
            let reason = words(input.note, "note")?;
            let to = to.map(|to| reopens_to(deciding, to));
            deciding.emit(
                CaseFact::Reopened { reason },
                to,
                vec![Milestone::Reopened],
                Change::None,
            )
        }
        Act::Urge => {
            let words = words(input.note, "note")?;
            deciding.emit(CaseFact::Urged { words }, to, Vec::new(), Change::None)
        }
        Act::Move => {
            let fact = CaseFact::Moved {
                step: step.name.clone(),
                note: short(input.note, "note")?,
            };
            deciding.emit(fact, to, Vec::new(), Change::None)
        }
    }
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
        Act::Accept => Some(own_assignment(deciding, unit, AssignmentState::Offered)?),
        Act::Contact | Act::HandIn if !deciding.is_program() => {
            Some(own_assignment(deciding, unit, AssignmentState::Accepted)?)
        }
        _ => None,
    };
    // An assisting unit works at its own pace while the case is being handled; states are the lead unit's.
    let assists = assignment.is_some_and(|(_, part)| part == Part::Assist) && case.phase == Phase::Handling;
    if !assists && !step.from.contains(&case.state) {
        return Err(wrong_state(deciding, step));
    }
    if matches!(step.act, Act::Pass | Act::Rework)
        && let ActorRef::Account(account) = deciding.actor.reference()
        && case.was_worked_on_by(account)
    {
        return Err(Refusal::forbidden(
            "handler_may_not_verify",
            "承办人不能核查自己办理的案件，请由他人核查",
            "whoever handled a case may not verify it: somebody else must",
        ));
    }
    if step.act == Act::Reopen && !deciding.is_program() {
        may_reopen(deciding)?;
    }
    if step.act == Act::Rate && case.answers.iter().any(|a| a.reached && a.by == ActorRef::Reporter) {
        return Err(Refusal::not_now(
            "already_rated",
            "您已评价过",
            "you have rated this case already",
        ));
    }
    if let Some(when) = &step.when {
        let fields = CaseFields {
            case,
            now: deciding.context.now,
            brought,
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
    let state = deciding.workflow.states.get(&deciding.case.state);
    let possible: Vec<&Step> = steps_from(deciding.workflow, &deciding.case).collect();
    let zh: Vec<&str> = possible.iter().map(|s| s.title.zh.as_str()).collect();
    let en: Vec<&str> = possible.iter().map(|s| s.name.as_str()).collect();
    Refusal::not_now(
        "state_forbids",
        format!(
            "案件处于“{}”，不能“{}”；现在可以：{}",
            state.map_or(deciding.case.state.as_str(), |s| s.title.zh.as_str()),
            step.title.zh,
            zh.join("、")
        ),
        format!(
            "the case is {}, which does not allow `{}`; now possible: {}",
            deciding.case.state,
            step.name,
            en.join(", ")
        ),
    )
}

/// The open assignment in this state that the actor works on: of the unit named, or the lead before the assisting.
fn own_assignment(
    deciding: &Deciding<'_>,
    unit: Option<&UnitCode>,
    state: AssignmentState,
) -> Result<(u32, Part), Refusal> {
    let units: Vec<&UnitCode> = deciding.units_as(Role::Handler).collect();
    let mut mine: Vec<&Assignment> = deciding
        .case
        .assignments
        .iter()
        .filter(|a| a.state == state && units.contains(&&a.unit) && unit.is_none_or(|unit| *unit == a.unit))
        .collect();
    mine.sort_by_key(|a| a.part);
    mine.first().map(|a| (a.number, a.part)).ok_or_else(|| {
        let (zh, en) = match state {
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
    })
}

fn required(assignment: Option<(u32, Part)>) -> Result<(u32, Part), Refusal> {
    assignment.ok_or_else(|| Refusal::not_now("no_assignment", "没有可办理的任务", "there is no assignment to act on"))
}

fn may_reopen(deciding: &Deciding<'_>) -> Result<(), Refusal> {
    let case = &deciding.case;
    let Some(case_type) = deciding.context.model.case_types.get(&case.case_type) else {
        return Ok(());
    };
    if case.merged_into.is_some() {
        return Err(Refusal::not_now(
            "merged",
            "案件已并入其他案件，请在主案件中操作",
            "the case was merged into another: act on that one",
        ));
    }
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
    let last = deciding
        .context
        .model
        .work_time
        .after(closed, within)
        .unwrap_or(Timestamp::MAX);
    if deciding.context.now > last {
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

/// Where a case is opened again: with the unit that led it, or at the desk where none did.
pub(super) fn reopens_to<'w>(deciding: &Deciding<'w>, to: &'w str) -> &'w str {
    let workflow = deciding.workflow;
    if deciding.case.lead().is_none() && workflow.phase(to) == Phase::Handling {
        &workflow.returned
    } else {
        to
    }
}

/// The result that comes along: an outcome and a reply. Evidence that the step needs must be there by now.
fn result(deciding: &Deciding<'_>, input: &StepInput) -> Result<CaseResult, Refusal> {
    let Some(outcome) = input
        .outcome
        .clone()
        .filter(|o| deciding.context.model.outcomes.contains_key(o))
    else {
        let known: Vec<&str> = deciding.context.model.outcomes.keys().map(String::as_str).collect();
        return Err(Refusal::invalid(
            "unknown_outcome",
            "outcome",
            format!("请选择办结类型：{}", known.join("、")),
            format!("choose an outcome: {}", known.join(", ")),
        ));
    };
    let reply = input.reply.clone().ok_or_else(|| {
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

fn dispatch(deciding: &mut Deciding<'_>, to: Option<&str>, input: StepInput) -> Result<(), Refusal> {
    let context = deciding.context;
    let case = &deciding.case;
    let date = context.model.work_time.date(context.now);
    let place = input.place.unwrap_or_else(|| case.place.clone());
    if place.areas.last() != case.place.areas.last() {
        return Err(Refusal::invalid(
            "other_district",
            "place",
            "新位置在另一区县，请退单后由该区县受理",
            "the new place lies in another district: reject the case and file it there",
        ));
    }
    let matter = input.matter.or_else(|| case.matter.clone());
    if let Some(unknown) = matter.as_ref().filter(|code| context.matters.get(code).is_none()) {
        return Err(Refusal::invalid(
            "unknown_matter",
            "matter",
            format!("事项目录中没有 {unknown}"),
            format!("there is no matter {unknown}"),
        ));
    }
    let proposal = matter.as_ref().and_then(|matter| {
        context
            .directory
            .propose(matter, &case.demand, context.tree, place.area(), date)
    });
    let lead = input
        .lead
        .or_else(|| proposal.as_ref().map(|p| p.lead.clone()))
        .ok_or_else(|| {
            Refusal::invalid(
                "no_lead",
                "lead",
                "派单目录没有匹配的条目，请选择主办单位",
                "the dispatch directory has no row for this matter: name a lead unit",
            )
        })?;
    let mut assist = input
        .assist
        .unwrap_or_else(|| proposal_assist(proposal.as_ref(), &lead));
    let mut seen = std::collections::BTreeSet::from([lead.clone()]);
    assist.retain(|unit| seen.insert(unit.clone()));
    if assist.len() > MAX_ASSIST {
        return Err(Refusal::invalid(
            "too_many_units",
            "assist",
            format!("协办单位至多 {MAX_ASSIST} 个"),
            format!("at most {MAX_ASSIST} units may assist"),
        ));
    }
    for unit in std::iter::once(&lead).chain(&assist) {
        check_unit(deciding, unit, date)?;
    }
    let limit_class = input
        .limit_class
        .or_else(|| proposal.map(|p| p.limit_class))
        .or_else(|| {
            context
                .model
                .case_types
                .get(&case.case_type)
                .map(|t| t.default_limit.clone())
        })
        .unwrap_or_default();
    if !context.model.limits.contains_key(&limit_class) {
        let known: Vec<&str> = context.model.limits.keys().map(String::as_str).collect();
        return Err(Refusal::invalid(
            "unknown_limit_class",
            "limit_class",
            format!("没有时限类别 {limit_class}，可选：{}", known.join("、")),
            format!(
                "there is no class of limit {limit_class}: choose one of {}",
                known.join(", ")
            ),
        ));
    }
    let first = case.assignments.iter().map(|a| a.number).max().unwrap_or(0) + 1;
    let parts = std::iter::once(Part::Lead).chain(std::iter::repeat(Part::Assist));
    let units = std::iter::once(lead).chain(assist);
    let assignments = (first..)
        .zip(units.zip(parts))
        .map(|(number, (unit, part))| Assignment {
            number,
            unit,
            part,
            state: AssignmentState::Offered,
            offered_at: context.now,
            accepted_at: None,
            ended_at: None,
            workers: std::collections::BTreeSet::new(),
        });
    let fact = CaseFact::Dispatched {
        assignments: assignments.collect(),
        matter,
        limit_class,
        place: (place != case.place).then_some(place),
        note: short(input.note, "note")?,
    };
    let change = input.remaining.map_or(Change::None, Change::Remaining);
    deciding.emit(fact, to, vec![Milestone::Dispatched], change)
}

fn proposal_assist(proposal: Option<&Proposal>, lead: &UnitCode) -> Vec<UnitCode> {
    // Where the dispatcher names another lead, the directory's assisting units were meant for another reading.
    proposal
        .filter(|p| p.lead == *lead)
        .map(|p| p.assist.clone())
        .unwrap_or_default()
}

/// A unit that gets a case must exist today and work for the district: lie in it, or serve an area above it.
fn check_unit(deciding: &Deciding<'_>, code: &UnitCode, date: jiff::civil::Date) -> Result<(), Refusal> {
    let tree = deciding.context.tree;
    let invalid = |code: &'static str, zh: String, en: String| Refusal::invalid(code, "lead", zh, en);
    let Some(unit) = tree.get(code) else {
        return Err(invalid(
            "unknown_unit",
            format!("没有单位 {code}"),
            format!("there is no unit {code}"),
        ));
    };
    if !unit.is_valid_on(date) {
        let now: Vec<String> = tree.in_force(code, date).iter().map(ToString::to_string).collect();
        return Err(invalid(
            "unit_ended",
            format!("单位 {code} 已撤销，现由 {} 承担", now.join("、")),
            format!("unit {code} has ended; its work is done by {}", now.join(", ")),
        ));
    }
    let district = deciding.case.place.areas.last();
    let serves = district
        .zip(tree.area_of(code))
        .is_some_and(|(district, area)| tree.is_within(&area, district) || tree.is_within(district, &area));
    if !serves || unit.kind == UnitKind::City {
        return Err(invalid(
            "unit_elsewhere",
            format!("单位 {code} 不在本区县，也不服务本区县"),
            format!("unit {code} neither lies in this district nor serves it"),
        ));
    }
    Ok(())
}

fn ask(deciding: &mut Deciding<'_>, step: &Step, answers: Option<AnswersInput>) -> Result<(), Refusal> {
    let input = answers.ok_or_else(|| {
        Refusal::invalid(
            "answers_missing",
            "answers",
            "请填写三项回访问题",
            "`answers` to the three questions are needed",
        )
    })?;
    let complete = input.responded.is_some() && input.solved.is_some() && input.satisfaction.is_some();
    let empty = input.responded.is_none() && input.solved.is_none() && input.satisfaction.is_none();
    if input.reached && !complete || !input.reached && !empty {
        return Err(Refusal::invalid(
            "answers_incomplete",
            "answers",
            "接通时三项均须填写，未接通时均须留空",
            "all three answers are needed when the reporter was reached, and none when not",
        ));
    }
    if !input.reached && step.by.contains(&Performer::REPORTER) && deciding.allows(&[Performer::REPORTER]) {
        return Err(Refusal::invalid(
            "answers_incomplete",
            "answers",
            "请填写三项评价",
            "answer all three questions",
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
    // Nobody answered: the case stays where it is, and the attempt counts.
    let (to, milestones) = if input.reached {
        (step.to.as_deref(), vec![Milestone::CalledBack])
    } else {
        (None, Vec::new())
    };
    deciding.emit(CaseFact::Asked { answers }, to, milestones, Change::None)
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
