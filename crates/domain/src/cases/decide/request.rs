//! Asking for something: return, extend, suspend, exclude, merge, reopen.

use super::act::not_merged;
use super::input::words;
use super::lapse::outlives_case;
use super::settle::{check_target, not_confidential};
use super::{Deciding, Happening, RequestInput};
use crate::access::{Actor, Role};
use crate::cases::clocks::{self, Change};
use crate::cases::{Assignment, CaseClock, CaseFact, MAX_REQUESTS, Part, Request, RequestState};
use crate::model::{Performer, Phase, RequestKind, RequestPolicy};
use crate::refusal::Refusal;
use crate::units::UnitCode;

/// Asks for something.
pub(super) fn ask(deciding: &mut Deciding<'_>, input: RequestInput) -> Result<(), Refusal> {
    let (policy, unit) = may_ask_for(deciding, input.kind, input.unit.as_ref())?;
    let returned = unit.as_ref().filter(|_| input.kind == RequestKind::Return);
    let assignment = returned
        .and_then(|unit| deciding.case.open_assignment_of(unit))
        .map(|a| a.number);
    let now = deciding.context.now;
    let number = deciding.case.requests.iter().map(|r| r.number).max().unwrap_or(0) + 1;
    let request = Request {
        number,
        kind: input.kind,
        reason: words(Some(input.reason), "reason")?,
        by: deciding.actor.reference(),
        unit,
        at: now,
        assignment,
        decider: decider(deciding, policy),
        more: input
            .more
            .or(policy.at_most)
            .filter(|_| input.kind == RequestKind::Extend),
        until: input.until.filter(|_| input.kind == RequestKind::Suspend),
        into: input.into.filter(|_| input.kind == RequestKind::Merge),
        state: RequestState::Pending,
        decision: None,
    };
    check_terms(deciding, policy, &request)?;
    if request.kind == RequestKind::Merge {
        let into = |refusal: Refusal| Refusal::invalid(refusal.code, "into", refusal.zh, refusal.en);
        check_target(deciding, request.into, input.target.as_deref()).map_err(into)?;
    }
    let clock = clocks::for_request(&deciding.context, &policy.limit, request.kind.name(), number)?;
    let started = Change::StartRequest(Box::new(clock));
    deciding.emit(Happening::of(CaseFact::Requested { request }).changing(started))
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
    // A case that has ended is only opened again or left out; one that has not cannot be opened again.
    let phase_fits = match kind {
        RequestKind::Exclude => true,
        RequestKind::Reopen => case.phase == Phase::Closed,
        _ => case.phase != Phase::Closed,
    };
    if !phase_fits || !policy.phases.contains(&case.phase) {
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
    if kind == RequestKind::Reopen {
        not_merged(case)?;
    }
    if kind == RequestKind::Merge {
        not_confidential(case)?;
    }
    let unit = asking_unit(deciding, policy, unit)?;
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
    check_grants(deciding, policy)?;
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
    let overdue = |clock: &CaseClock| clock.running_due().is_some_and(|due| due < context.now);
    if policy.before_due && extendable(deciding).any(overdue) {
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
    if kind == RequestKind::Exclude && case.excluded {
        return Err(Refusal::not_now(
            "already_excluded",
            "案件已剔除",
            "the case is left out of the figures already",
        ));
    }
    Ok((policy, unit))
}

/// Whether something has not been granted as often as it may be: asked when it is asked for and when it is granted.
pub(super) fn check_grants(deciding: &Deciding<'_>, policy: &RequestPolicy) -> Result<(), Refusal> {
    let granted = deciding.case.granted(policy.kind);
    if policy.grants_at_most.is_none_or(|most| granted < most) {
        return Ok(());
    }
    Err(Refusal::not_now(
        "granted_too_often",
        format!("{}已达批准次数上限", policy.title.zh),
        format!("`{}` has been granted as often as is allowed", policy.kind.name()),
    ))
}

/// The clocks that an extension would move.
fn extendable<'d>(deciding: &'d Deciding<'_>) -> impl Iterator<Item = &'d CaseClock> {
    let case_type = deciding.context.model.case_types.get(&deciding.case.case_type);
    let rules = case_type.map_or(&[][..], |case_type| &case_type.clocks);
    let own = deciding.case.clocks.iter().filter(|c| c.request.is_none() && c.runs());
    own.filter(|clock| rules.iter().any(|rule| rule.extendable && rule.name == clock.name))
}

/// The unit that asks: the one that holds an open assignment; otherwise the one through whose grant the actor may ask.
/// None for who has no account.
fn asking_unit(
    deciding: &Deciding<'_>,
    policy: &RequestPolicy,
    named: Option<&UnitCode>,
) -> Result<Option<UnitCode>, Refusal> {
    let kind = policy.kind;
    if !matches!(deciding.actor, Actor::Account { .. }) && kind != RequestKind::Return {
        return Ok(None);
    }
    let asking = || {
        let grants = deciding.grants_as(&policy.asked_by);
        grants.filter(|grant| named.is_none_or(|unit| *unit == grant.unit))
    };
    if named.is_some() && asking().next().is_none() {
        return Err(Refusal::forbidden(
            "not_your_unit",
            "您不能代表该单位提出申请",
            "you may not ask on behalf of this unit",
        ));
    }
    let held = asking().filter_map(|grant| deciding.case.open_assignment_of(&grant.unit));
    if let Some(Assignment { part, unit, .. }) = held.min_by_key(|assignment| assignment.part) {
        if kind == RequestKind::Extend && *part != Part::Lead {
            return Err(Refusal::forbidden(
                "lead_only",
                "只有主办单位可以申请延期",
                "only the lead unit may ask for more time",
            ));
        }
        return Ok(Some(unit.clone()));
    }
    // Who no longer works on a case may only ask for what is asked for about closed ones.
    let other = asking().find(|grant| grant.role != Role::Handler || outlives_case(kind));
    match other.filter(|_| kind != RequestKind::Return) {
        Some(grant) => Ok(Some(grant.unit.clone())),
        None => Err(Refusal::not_now(
            "no_assignment",
            "您单位没有在办任务",
            "your unit has no open assignment here",
        )),
    }
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
                let first = extendable(deciding).next().map(|clock| clock.clock.duration());
                let most = policy.at_most.or(first);
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
        RequestKind::Merge | RequestKind::Return | RequestKind::Exclude | RequestKind::Reopen => {}
    }
    Ok(())
}
