//! Deciding a request.

use super::input::words;
use super::request::check_grants;
use super::{Deciding, Happening, wake};
use crate::cases::clocks::Change;
use crate::cases::{Case, CaseFact, Decision, Part, Request, RequestState};
use crate::ids::Id;
use crate::model::{Milestone, Phase, RequestKind, RequestPolicy};
use crate::refusal::Refusal;

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
    let policy = may_settle(deciding, &request)?;
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
        return deciding.emit(Happening::of(fact).changing(Change::StopRequest(number)));
    }
    check_grants(deciding, policy)?;
    let workflow = deciding.workflow;
    let happening = Happening::of(fact);
    let (happening, change) = match request.kind {
        RequestKind::Return => {
            let assignment = request.assignment.and_then(|number| deciding.case.assignment(number));
            let happening = if assignment.is_some_and(|assignment| assignment.part == Part::Lead) {
                happening.to(Some(&workflow.returned)).reaching(Milestone::Returned)
            } else {
                happening
            };
            (happening, Change::None)
        }
        RequestKind::Exclude => (happening, Change::None),
        RequestKind::Extend => (happening, Change::Extend(request.more)),
        RequestKind::Suspend => {
            if request.until.is_some_and(|until| until <= deciding.context.now) {
                return Err(Refusal::not_now(
                    "until_passed",
                    "申请的挂账期限已过，只能不同意",
                    "the time asked for has passed: it can only be refused",
                ));
            }
            (happening, Change::Pause)
        }
        RequestKind::Merge => {
            check_target(deciding, request.into, target)?;
            (happening.to(Some(&workflow.merged)), Change::None)
        }
        RequestKind::Reopen => {
            let to = deciding.handled_again(&workflow.reopened);
            (happening.to(Some(to)).reaching(Milestone::Reopened), Change::None)
        }
    };
    deciding.emit(happening.changing(Change::Grant(number, Box::new(change))))?;
    if request.kind == RequestKind::Reopen {
        wake::transfer_ended(deciding)?;
    }
    Ok(())
}

/// Whether the actor may decide a request.
pub(super) fn may_settle<'m>(deciding: &Deciding<'m>, request: &Request) -> Result<&'m RequestPolicy, Refusal> {
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
    // Nobody decides what they asked for themselves, nor does the unit that asked. The desk alone may settle what the desk
    // asked for, by another hand; but whether a case is left out of the figures is always decided outside.
    let by_itself = !deciding.is_program() && request.by == deciding.actor.reference();
    let desk_settles = request.kind != RequestKind::Exclude && request.unit.as_ref() == Some(&deciding.case.desk);
    let tree = deciding.context.tree;
    // The unit that answers for the case gains by an exclusion, whoever asks for it: nobody in it decides that.
    let gains = deciding.case.responsible_at(deciding.context.now);
    let gains = gains.filter(|_| request.kind == RequestKind::Exclude);
    let outside = deciding.grants_as(&policy.decided_by).any(|grant| {
        Some(&grant.unit) != request.unit.as_ref() && gains.is_none_or(|unit| !tree.is_within(&grant.unit, unit))
    });
    if by_itself || !(outside || desk_settles || deciding.is_program()) {
        return Err(Refusal::forbidden(
            "decided_outside",
            "申请须由申请人和申请单位以外的人审批",
            "a request is decided by somebody else than who asks, outside the unit that asks",
        ));
    }
    if request.state != RequestState::Pending {
        return Err(Refusal::not_now(
            "already_decided",
            "该申请已审批或已失效",
            "the request has been decided already, or has fallen away",
        ));
    }
    Ok(policy)
}

/// Whether a case can be merged into another: asked when it is asked for, so that nobody waits for what cannot be granted, and
/// when it is granted. `target`: the case as it is now; nobody is told of one that they may not see.
pub(super) fn check_target(deciding: &Deciding<'_>, into: Option<Id>, target: Option<&Case>) -> Result<(), Refusal> {
    let case = &deciding.case;
    let into =
        into.ok_or_else(|| Refusal::not_now("into_missing", "请写明并入哪个案件", "say into which other case"))?;
    if into == case.id {
        return Err(Refusal::not_now(
            "into_itself",
            "不能并入案件自身，请填写另一件案件的编号",
            "a case is not merged into itself: give the number of another one",
        ));
    }
    let visible = |target: &&Case| !deciding.actor.standing(target, deciding.context.tree).is_empty();
    let target = target.filter(|target| target.id == into).filter(visible);
    let target = target.ok_or_else(|| {
        Refusal::not_now(
            "unknown_target",
            "没有要并入的案件，或您无权查看",
            "the case to merge into does not exist, or you may not see it",
        )
    })?;
    not_confidential(case).and(not_confidential(target))?;
    if target.district != case.district {
        return Err(Refusal::not_now(
            "other_district",
            "主案件属于另一区县，不能并案",
            "the case to merge into belongs to another district: the two stay apart",
        ));
    }
    may_absorb(target, case.id)
}

/// Whether it may be part of a merger, as far as who sees it goes.
pub(super) fn not_confidential(case: &Case) -> Result<(), Refusal> {
    if case.confidential.is_none() {
        return Ok(());
    }
    Err(Refusal::not_now(
        "is_confidential",
        "保密案件不能并案",
        "confidential cases are not merged: each would tell of the other",
    ))
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
