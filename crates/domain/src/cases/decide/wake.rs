//! What time and reorganisation ask for: ladders, the end of suspensions, units that end.

use super::Deciding;
use crate::cases::CaseFact;
use crate::cases::clocks::{self, Change};
use crate::model::LadderAudience;
use crate::refusal::Refusal;
use crate::units::UnitCode;

/// Ends a suspension that is over and takes every step of a ladder that is due, in the order of their clocks.
///
/// Nothing due is not an error: the timer was early, or the case has moved on.
pub(super) fn wake(deciding: &mut Deciding<'_>) -> Result<(), Refusal> {
    program_only(deciding)?;
    let now = deciding.context.now;
    if let Some(until) = deciding.case.suspended_until.filter(|until| *until <= now) {
        // The clocks run from the end that was granted, however late the program comes to say so.
        deciding.emit(CaseFact::Resumed, None, Vec::new(), Change::Resume(until))?;
    }
    for clock in deciding.case.clocks.clone() {
        for (step, steps_taken) in clocks::steps_due(&deciding.context, &deciding.case, &clock) {
            let fact = CaseFact::Escalated {
                clock: clock.name.clone(),
                step: step.name.clone(),
                tells: told(deciding, &step.tells),
            };
            deciding.emit(
                fact,
                None,
                Vec::new(),
                Change::Climb {
                    name: clock.name.clone(),
                    steps_taken,
                },
            )?;
        }
    }
    Ok(())
}

/// Hands open assignments of units that have ended to their first successor.
pub(super) fn transfer(deciding: &mut Deciding<'_>) -> Result<(), Refusal> {
    program_only(deciding)?;
    let date = deciding.context.model.work_time.date(deciding.context.now);
    for assignment in deciding.case.assignments.clone().into_iter().filter(|a| a.is_open()) {
        let successor = deciding
            .context
            .tree
            .in_force(&assignment.unit, date)
            .into_iter()
            .next();
        if let Some(to) = successor.filter(|to| *to != assignment.unit) {
            let fact = CaseFact::Transferred {
                assignment: assignment.number,
                to,
            };
            deciding.emit(fact, None, Vec::new(), Change::None)?;
        }
    }
    Ok(())
}

fn program_only(deciding: &Deciding<'_>) -> Result<(), Refusal> {
    if deciding.is_program() {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "program_only",
        "此操作由系统自动进行",
        "only the program itself does this",
    ))
}

/// The units that a step of a ladder tells.
fn told(deciding: &Deciding<'_>, audiences: &[LadderAudience]) -> Vec<UnitCode> {
    let case = &deciding.case;
    let mut units: Vec<UnitCode> = Vec::new();
    for audience in audiences {
        match audience {
            LadderAudience::Assigned => {
                let open: Vec<_> = case
                    .assignments
                    .iter()
                    .filter(|a| a.is_open())
                    .map(|a| a.unit.clone())
                    .collect();
                if open.is_empty() {
                    units.push(case.desk.clone());
                } else {
                    units.extend(open);
                }
            }
            LadderAudience::Desk => units.push(case.desk.clone()),
            LadderAudience::Supervisors | LadderAudience::Leaders => units.extend(case.place.areas.last().cloned()),
        }
    }
    units.sort();
    units.dedup();
    units
}
