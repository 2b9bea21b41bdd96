//! Handing an assignment over to somebody else of the same unit: a colleague who is ill or has left, or too much on one
//! desk (移交经办人). The unit, its limits and the figures stay as they are.

use super::discretion::sound_reason;
use super::{Deciding, Happening};
use crate::access::{Actor, ActorRef, Role};
use crate::cases::{Assignment, AssignmentState, CaseFact};
use crate::model::{Act, Performer};
use crate::refusal::Refusal;

/// Refuses where who the actor is, or where the assignment stands, forbids it: whoever it goes to.
///
/// Whoever could have accepted it for the unit may, and whoever supervises the unit's cases.
pub(super) fn may(deciding: &Deciding<'_>, assignment: &Assignment) -> Result<(), Refusal> {
    if assignment.state != AssignmentState::Accepted {
        return Err(Refusal::not_now(
            "not_in_hand",
            "只有已签收且未办结的任务可以移交",
            "only an assignment that was accepted and is not done can be handed over",
        ));
    }
    let supervises = deciding.standing.contains(&Performer::Role(Role::Supervisor));
    if deciding.is_program() || supervises || works_for(deciding, deciding.actor, assignment) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "role_forbids",
        "只有承办单位的人员和督办员可以移交任务",
        "only people of the unit and supervisors hand its assignments over",
    ))
}

/// Hands an assignment over.
pub(super) fn hand_over(
    deciding: &mut Deciding<'_>,
    assignment: u32,
    to: &Actor,
    reason: String,
) -> Result<(), Refusal> {
    let held = deciding.case.assignments.iter().find(|held| held.number == assignment);
    let held = held.ok_or_else(|| {
        Refusal::not_found(
            "unknown_assignment",
            format!("案件没有第 {assignment} 号任务"),
            format!("the case has no assignment {assignment}"),
        )
    })?;
    may(deciding, held)?;
    let holder = match to.reference() {
        ActorRef::Account(id) if works_for(deciding, to, held) => id,
        _ => {
            return Err(Refusal::invalid(
                "not_of_the_unit",
                "to",
                "接手人须是该承办单位的承办人员，且有权查看此案件",
                "whoever takes over works for the unit of the assignment and may see the case",
            ));
        }
    };
    if held.holder == Some(holder) {
        return Err(Refusal::invalid(
            "holds_it_already",
            "to",
            "此人已是经办人，请另选接手人",
            "this person holds it already: choose somebody else",
        ));
    }
    let reason = sound_reason(reason)?;
    deciding.emit(Happening::of(CaseFact::HandedOver {
        assignment,
        holder,
        reason,
    }))
}

/// Whether somebody could accept this assignment: holds, at its unit, a role that accepts, and sees the case.
fn works_for(deciding: &Deciding<'_>, somebody: &Actor, assignment: &Assignment) -> bool {
    let steps = deciding.workflow.steps.iter();
    let accepting: Vec<&Performer> = steps
        .filter(|step| step.act == Act::Accept)
        .flat_map(|step| &step.by)
        .collect();
    somebody
        .grants_toward(&deciding.case, deciding.context.tree)
        .any(|grant| grant.unit == assignment.unit && accepting.contains(&&Performer::Role(grant.role)))
}
