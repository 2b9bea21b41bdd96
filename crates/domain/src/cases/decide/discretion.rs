//! Deciding who else sees a case: confidential for named people, or published for everybody.

use std::collections::BTreeSet;

use super::{Deciding, Happening};
use crate::access::ActorRef;
use crate::cases::discretion::{Circle, Discretion, MAX_CIRCLE, Publication, is_keeper};
use crate::cases::{CaseFact, MAX_REASON, Said};
use crate::ids::Id;
use crate::model::Performer;
use crate::refusal::Refusal;

/// Refuses where who the actor is, or where the case stands, forbids it: whatever comes along.
pub(super) fn may(deciding: &Deciding<'_>, what: Discretion) -> Result<(), Refusal> {
    must_keep(deciding)?;
    let case = &deciding.case;
    match what {
        Discretion::Confide if case.publication.is_some() => Err(Refusal::not_now(
            "is_published",
            "案件已公开，请先撤回公开再设为保密",
            "the case is published: withdraw it first",
        )),
        Discretion::Disclose if case.confidential.is_none() => Err(Refusal::not_now(
            "not_confidential",
            "该案件未设为保密",
            "the case is not confidential",
        )),
        Discretion::Publish if case.confidential.is_some() => Err(Refusal::not_now(
            "is_confidential",
            "保密案件不得公开",
            "a confidential case cannot be published",
        )),
        Discretion::Withdraw if case.publication.is_none() => Err(Refusal::not_now(
            "not_published",
            "该案件未公开",
            "the case is not published",
        )),
        _ => Ok(()),
    }
}

/// Makes a case confidential, or names others for it; without people, lifts it.
pub(super) fn confide(
    deciding: &mut Deciding<'_>,
    people: Option<BTreeSet<Id>>,
    reason: String,
) -> Result<(), Refusal> {
    let Some(mut people) = people else {
        may(deciding, Discretion::Disclose)?;
        let reason = sound_reason(reason)?;
        return deciding.emit(Happening::of(CaseFact::Disclosed { reason }));
    };
    may(deciding, Discretion::Confide)?;
    let reason = sound_reason(reason)?;
    // Whoever decides stays in: nobody shuts everybody out, and another of them can take the first out.
    if let ActorRef::Account(own) = deciding.actor.reference() {
        people.insert(own);
    }
    if people.len() > MAX_CIRCLE {
        return Err(Refusal::invalid(
            "too_many_people",
            "people",
            format!("知情人员至多 {MAX_CIRCLE} 人"),
            format!("at most {MAX_CIRCLE} people may be named"),
        ));
    }
    let circle = Circle { people };
    deciding.emit(Happening::of(CaseFact::Confided { circle, reason }))
}

/// Publishes a case, or what is shown of it anew.
pub(super) fn publish(deciding: &mut Deciding<'_>, publication: Publication) -> Result<(), Refusal> {
    may(deciding, Discretion::Publish)?;
    let own = &deciding.case.place.areas;
    if publication.areas.is_empty() || publication.areas.iter().any(|area| !own.contains(area)) {
        return Err(Refusal::invalid(
            "not_its_area",
            "area",
            "公开的区划须是案件所在的区划之一",
            "a case is published in an area in which it lies",
        ));
    }
    deciding.emit(Happening::of(CaseFact::Published {
        publication: Box::new(publication),
    }))
}

/// Takes a published case back.
pub(super) fn withdraw(deciding: &mut Deciding<'_>, reason: String) -> Result<(), Refusal> {
    may(deciding, Discretion::Withdraw)?;
    let reason = sound_reason(reason)?;
    deciding.emit(Happening::of(CaseFact::Withdrawn { reason }))
}

/// Notes that the texts and the reporter of a case were erased; only the program does, for somebody who may.
pub(super) fn erase(deciding: &mut Deciding<'_>, reason: String) -> Result<(), Refusal> {
    if !deciding.is_program() {
        return Err(Refusal::forbidden(
            "role_forbids",
            "个人信息删除须由安全管理员办理",
            "only a security administrator erases",
        ));
    }
    let reason = sound_reason(reason)?;
    deciding.emit(Happening::of(CaseFact::Erased { reason }))
}

fn must_keep(deciding: &Deciding<'_>) -> Result<(), Refusal> {
    let keeps = |performer: &Performer| matches!(performer, Performer::Role(role) if is_keeper(*role));
    if deciding.is_program() || deciding.standing.iter().any(keeps) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "role_forbids",
        "须由派单员或督办员决定保密与公开",
        "dispatchers and supervisors decide what is confidential and what is published",
    ))
}

pub(super) fn sound_reason(reason: String) -> Result<Said, Refusal> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Refusal::invalid(
            "reason_missing",
            "reason",
            format!("请写明理由（至多 {MAX_REASON} 字）"),
            format!("say why, in at most {MAX_REASON} characters"),
        ));
    }
    Ok(reason.into())
}
