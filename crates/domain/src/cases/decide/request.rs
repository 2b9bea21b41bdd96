//! Requests: asking (return, extend, suspend, exclude, merge, reopen) and deciding.

use jiff::Timestamp;

use super::{Deciding, RequestInput, words};
use crate::access::{Actor, Role};
use crate::cases::clocks::{self, Change};
use crate::cases::{Case, CaseFact, Decision, MAX_REQUESTS, Part, Request, RequestState};
use crate::ids::Id;
use crate::model::{Milestone, Performer, Phase, RequestKind, RequestPolicy};
use crate::refusal::Refusal;
use crate::units::UnitCode;

/// Asks for something.
pub(super) fn ask(deciding: &mut Deciding<'_>, input: RequestInput) -> Result<(), Refusal> {
    let (policy, unit) = may_ask_for(deciding, input.kind, input.unit.as_ref())?;
    let now = deciding.context.now;
    let number = deciding.case.requests.iter().map(|r| r.number).max().unwrap_or(0) + 1;
    let request = Request {
        number,
        kind: input.kind,
        reason: words(Some(input.reason), "reason")?,
        by: deciding.actor.reference(),
        unit,
        at: now,
        decider: decider(deciding, policy),
        more: input.more.filter(|_| input.kind == RequestKind::Extend),
        until: input.until.filter(|_| input.kind == RequestKind::Suspend),
        into: input.into.filter(|_| input.kind == RequestKind::Merge),
        state: RequestState::Pending,
        decision: None,
    };
    check_terms(deciding, policy, &request)?;
    let clock = clocks::for_request(&deciding.context, &policy.limit, request.kind.name(), number)?;
    deciding.emit(
        CaseFact::Requested { request },
        None,
        Vec::new(),
        Change::StartRequest(Box::new(clock)),
    )
}

/// Whether the actor may ask for this kind of thing now.
pub(super) fn may_ask(deciding: &Deciding<'_>, kind: RequestKind) -> Result<(), Refusal> {
    may_ask_for(deciding, kind, None).map(|_| ())
}

fn may_ask_for<'m>(
    deciding: &Deciding<'m>,
    kind: RequestKind,
    unit: Option<&UnitCode>,
) -> Result<(&'m RequestPolicy, Option<UnitCode>), Refusal> {
    let case = &deciding.case;
    let context = &deciding.context;
    let policy = context.model.requests.get(&kind).ok_or_else(|| {
        Refusal::not_now(
            "request_not_in_force",
            "生效的规则包没有规定此类申请",
            "no pack in force allows this kind of request",
        )
    })?;
    let title = &policy.title.zh;
    if !deciding.allows(&policy.asked_by) {
        return Err(Refusal::forbidden(
            "role_forbids",
            format!("您的岗位不能申请{title}"),
            format!("your roles do not allow you to ask for `{}`", kind.name()),
        ));
    }
    let unit = asking_unit(deciding, kind, unit)?;
    if !policy.phases.contains(&case.phase) {
        return Err(Refusal::not_now(
            "phase_forbids",
            format!("当前环节不能申请{title}"),
            format!(
                "`{}` cannot be asked for in the phase {}",
                kind.name(),
                case.phase.name()
            ),
        ));
    }
    if case.pending_requests().any(|r| r.kind == kind && r.unit == unit) {
        return Err(Refusal::not_now(
            "already_asked",
            format!("{title}申请已在审批中"),
            "the same request is already waiting for a decision",
        ));
    }
    if case.requests.len() >= MAX_REQUESTS {
        return Err(Refusal::not_now(
            "too_many_requests",
            "申请次数过多",
            "too many requests were made on this case",
        ));
    }
    if policy.grants_at_most.is_some_and(|most| case.granted(kind) >= most) {
        return Err(Refusal::not_now(
            "granted_too_often",
            format!("{title}已达批准次数上限"),
            format!("`{}` has been granted as often as is allowed", kind.name()),
        ));
    }
    if let Some(cut_off) = policy
        .cut_off
        .filter(|cut_off| !context.model.work_time.is_before_cut_off(context.now, *cut_off))
    {
        return Err(Refusal::not_now(
            "after_cut_off",
            format!("{title}申请须在当日 {} 前提出", cut_off.time),
            format!("`{}` must be asked for before {} on the day", kind.name(), cut_off.time),
        ));
    }
    if policy.before_due && extendable(deciding).any(|due| context.now > due) {
        return Err(Refusal::not_now(
            "already_overdue",
            format!("案件已超期，不能申请{title}"),
            "the limit has passed: it is too late to ask",
        ));
    }
    if kind == RequestKind::Extend && extendable(deciding).next().is_none() {
        return Err(Refusal::not_now(
            "nothing_to_extend",
            "没有正在计时的办理时限",
            "no limit is running that could be extended",
        ));
    }
    if kind == RequestKind::Suspend && case.suspended_until.is_some() {
        return Err(Refusal::not_now(
            "already_suspended",
            "案件已挂账",
            "the case is suspended already",
        ));
    }
    Ok((policy, unit))
}

/// The limits that an extension would move.
fn extendable<'d>(deciding: &'d Deciding<'_>) -> impl Iterator<Item = Timestamp> + 'd {
    let rules = deciding
        .context
        .model
        .case_types
        .get(&deciding.case.case_type)
        .into_iter()
        .flat_map(|t| &t.clocks);
    let names: Vec<&str> = rules
        .filter(|rule| rule.extendable)
        .map(|rule| rule.name.as_str())
        .collect();
    let clocks = deciding
        .case
        .clocks
        .iter()
        .filter(move |c| c.request.is_none() && names.contains(&c.name.as_str()));
    clocks.filter_map(|c| c.running_due())
}

/// The unit that asks: for a return the unit that holds an assignment; otherwise the unit through which the actor
/// stands to the case.
fn asking_unit(
    deciding: &Deciding<'_>,
    kind: RequestKind,
    named: Option<&UnitCode>,
) -> Result<Option<UnitCode>, Refusal> {
    let Actor::Account { grants, .. } = deciding.actor else {
        return Ok(None);
    };
    let handled: Vec<&UnitCode> = deciding.units_as(Role::Handler).collect();
    let mut open: Vec<_> = deciding
        .case
        .assignments
        .iter()
        .filter(|a| a.is_open() && handled.contains(&&a.unit) && named.is_none_or(|unit| *unit == a.unit))
        .collect();
    open.sort_by_key(|a| a.part);
    if let Some(assignment) = open.first() {
        if kind == RequestKind::Extend && assignment.part != Part::Lead {
            return Err(Refusal::forbidden(
                "lead_only",
                "只有主办单位可以申请延期",
                "only the lead unit may ask for more time",
            ));
        }
        return Ok(Some(assignment.unit.clone()));
    }
    if kind == RequestKind::Return {
        return Err(Refusal::not_now(
            "no_assignment",
            "您单位没有可退的在办任务",
            "your unit has no open assignment to return",
        ));
    }
    let unit = grants
        .iter()
        .map(|g| &g.unit)
        .find(|unit| named.is_none_or(|named| named == *unit));
    Ok(unit.cloned())
}

/// Who decides: the desk where a desk's role decides, otherwise the district itself.
fn decider(deciding: &Deciding<'_>, policy: &RequestPolicy) -> UnitCode {
    let desk = policy.decided_by.iter().any(|p| {
        matches!(
            p,
            Performer::Role(Role::Operator | Role::Dispatcher | Role::Verifier | Role::CallBackClerk)
        )
    });
    match deciding.case.place.areas.last() {
        Some(district) if !desk => district.clone(),
        _ => deciding.case.desk.clone(),
    }
}

/// The terms of a request must lie within the policy's bounds.
fn check_terms(deciding: &Deciding<'_>, policy: &RequestPolicy, request: &Request) -> Result<(), Refusal> {
    let now = deciding.context.now;
    match request.kind {
        RequestKind::Suspend => {
            let until = request.until.ok_or_else(|| {
                Refusal::invalid(
                    "until_missing",
                    "until",
                    "请写明挂账到何时",
                    "say until when it shall be suspended",
                )
            })?;
            let last = policy
                .at_most
                .and_then(|most| deciding.context.model.work_time.after(now, most).ok());
            if until <= now || last.is_some_and(|last| until > last) {
                return Err(Refusal::invalid(
                    "until_out_of_bounds",
                    "until",
                    format!(
                        "挂账期限须晚于现在，且不超过{}",
                        policy.at_most.map_or_else(|| "规定期限".into(), |m| m.label_zh())
                    ),
                    format!(
                        "`until` must lie ahead, by at most {}",
                        policy
                            .at_most
                            .map_or_else(|| "the time allowed".into(), |m| m.label_en())
                    ),
                ));
            }
        }
        RequestKind::Extend => {
            if let Some(more) = request.more {
                let most = policy.at_most.or_else(|| original_limit(deciding));
                if most.is_some_and(|most| most.unit() != more.unit() || more.amount() > most.amount()) {
                    let most = most.map_or_else(String::new, |m| m.to_string());
                    return Err(Refusal::invalid(
                        "more_than_allowed",
                        "more",
                        format!("延期至多 {most}，且单位相同"),
                        format!("at most {most} may be asked for, in the same unit"),
                    ));
                }
            }
        }
        RequestKind::Merge => {
            if request.into.is_none_or(|into| into == deciding.case.id) {
                return Err(Refusal::invalid(
                    "into_missing",
                    "into",
                    "请写明并入哪个案件",
                    "say into which other case",
                ));
            }
        }
        RequestKind::Return | RequestKind::Exclude | RequestKind::Reopen => {}
    }
    Ok(())
}

fn original_limit(deciding: &Deciding<'_>) -> Option<crate::time::LimitDuration> {
    let rules = &deciding.context.model.case_types.get(&deciding.case.case_type)?.clocks;
    let rule = rules.iter().find(|rule| rule.extendable)?;
    Some(deciding.case.clock(&rule.name)?.clock.duration())
}

/// Grants or refuses a request.
pub(super) fn settle(
    deciding: &mut Deciding<'_>,
    number: u32,
    granted: bool,
    reason: String,
    target: Option<&Case>,
) -> Result<(), Refusal> {
    let request = deciding
        .case
        .requests
        .iter()
        .find(|r| r.number == number)
        .cloned()
        .ok_or_else(|| {
            Refusal::not_found(
                "unknown_request",
                format!("案件没有第 {number} 号申请"),
                format!("the case has no request number {number}"),
            )
        })?;
    may_settle(deciding, &request)?;
    let decision = Decision {
        by: deciding.actor.reference(),
        at: deciding.context.now,
        reason: words(Some(reason), "reason")?,
    };
    let fact = CaseFact::Decided {
        request: number,
        granted,
        decision,
    };
    if !granted {
        return deciding.emit(fact, None, Vec::new(), Change::StopRequest(number));
    }
    let workflow = deciding.workflow;
    let is_open_lead = |unit: &UnitCode| {
        deciding
            .case
            .lead()
            .is_some_and(|lead| lead.is_open() && lead.unit == *unit)
    };
    let (to, milestones, change) = match request.kind {
        RequestKind::Return if request.unit.as_ref().is_some_and(is_open_lead) => (
            Some(workflow.returned.as_str()),
            vec![Milestone::Returned],
            Change::None,
        ),
        RequestKind::Return | RequestKind::Exclude => (None, Vec::new(), Change::None),
        RequestKind::Extend => (None, Vec::new(), Change::Extend(request.more)),
        RequestKind::Suspend => {
            if request.until.is_some_and(|until| until <= deciding.context.now) {
                return Err(Refusal::not_now(
                    "until_passed",
                    "申请的挂账期限已过，只能不同意",
                    "the time asked for has passed: it can only be refused",
                ));
            }
            (None, Vec::new(), Change::Pause)
        }
        RequestKind::Merge => {
            let target = target.filter(|t| Some(t.id) == request.into).ok_or_else(|| {
                Refusal::not_now(
                    "unknown_target",
                    "没有要并入的案件",
                    "the case to merge into does not exist",
                )
            })?;
            may_absorb(target, deciding.case.id)?;
            (Some(workflow.merged.as_str()), Vec::new(), Change::None)
        }
        RequestKind::Reopen => {
            if deciding.case.phase != Phase::Closed {
                return Err(Refusal::not_now("not_closed", "案件未办结", "the case is not closed"));
            }
            (
                Some(super::act::reopens_to(deciding, &workflow.reopened)),
                vec![Milestone::Reopened],
                Change::None,
            )
        }
    };
    deciding.emit(fact, to, milestones, Change::Grant(number, Box::new(change)))
}

/// Whether the actor may decide a request.
pub(super) fn may_settle(deciding: &Deciding<'_>, request: &Request) -> Result<(), Refusal> {
    let policy = deciding.context.model.requests.get(&request.kind).ok_or_else(|| {
        Refusal::not_now(
            "request_not_in_force",
            "生效的规则包没有规定此类申请",
            "no pack in force says who decides this kind of request",
        )
    })?;
    if !deciding.allows(&policy.decided_by) {
        return Err(Refusal::forbidden(
            "role_forbids",
            format!("您的岗位不能审批{}", policy.title.zh),
            format!("your roles do not allow you to decide `{}`", request.kind.name()),
        ));
    }
    // Nobody decides for the unit that asks, nor what they asked for themselves; the desk may settle what the desk asked.
    let outside = deciding.actor.grants().iter().any(|grant| {
        policy.decided_by.contains(&Performer::Role(grant.role)) && Some(&grant.unit) != request.unit.as_ref()
    });
    let own_desk = request.unit.as_ref() == Some(&request.decider);
    if !own_desk && (!outside || request.by == deciding.actor.reference()) {
        return Err(Refusal::forbidden(
            "decided_outside",
            "申请须由申请单位以外的人审批",
            "a request is decided by somebody outside the unit that asks",
        ));
    }
    if request.state != RequestState::Pending {
        return Err(Refusal::not_now(
            "already_decided",
            "该申请已审批",
            "the request has been decided already",
        ));
    }
    Ok(())
}

/// Whether a case may take up another.
pub(super) fn may_absorb(target: &Case, merged: Id) -> Result<(), Refusal> {
    if target.id == merged || target.merged_into.is_some() || target.phase == Phase::Closed {
        return Err(Refusal::not_now(
            "target_closed",
            "主案件已办结或已并入其他案件，请选择另一个",
            "the case to merge into is closed or merged itself: choose another",
        ));
    }
    Ok(())
}
