//! What time and reorganisation ask for: ladders, limits that become known, units that end.

use super::{Deciding, Happening};
use crate::cases::CaseFact;
use crate::cases::clocks::{self, Change, DueStep};
use crate::model::{LadderAudience, Phase};
use crate::refusal::Refusal;
use crate::units::UnitCode;

/// Reckons limits that have become known and takes every step of a ladder that is due, in the order of time. A
/// suspension that is over has ended before this.
///
/// Nothing due is not an error: the timer was early, or the case has moved on. After it the case wants to be woken later
/// than now, or not at all.
pub(super) fn wake(deciding: &mut Deciding<'_>) -> Result<(), Refusal> {
    program_only(deciding)?;
    let clocks = clocks::reckoned(&deciding.context, &deciding.case);
    if !clocks.is_empty() {
        deciding.emit(Happening::of(CaseFact::Reckoned).changing(Change::Reckon(clocks)))?;
    }
    let climbed = |due: DueStep<'_>| {
        let name = due.clock.to_owned();
        let fact = CaseFact::Escalated {
            clock: name.clone(),
            step: due.step.name.clone(),
            tells: told(deciding, &due.step.tells),
        };
        let steps_taken = due.steps_taken;
        Happening::of(fact).changing(Change::Climb { name, steps_taken })
    };
    let due = clocks::steps_due(&deciding.context, &deciding.case);
    let happenings: Vec<Happening<'_>> = due.into_iter().map(climbed).collect();
    for happening in happenings {
        deciding.emit(happening)?;
    }
    Ok(())
}

/// Hands what units that have ended had to do to their successors.
pub(super) fn transfer(deciding: &mut Deciding<'_>) -> Result<(), Refusal> {
    program_only(deciding)?;
    transfer_ended(deciding)
}

/// Hands open assignments of units that have ended to their first successor, or to the desk where there is none; and the
/// case to the desk of its place, where it has another than it had at filing or that one has ended.
pub(super) fn transfer_ended(deciding: &mut Deciding<'_>) -> Result<(), Refusal> {
    let context = deciding.context;
    let date = context.model.work_time.date(context.now);
    let ended = |unit: &UnitCode| context.tree.get(unit).is_some_and(|unit| !unit.is_valid_on(date));
    let desk = &deciding.case.desk;
    let moved = deciding
        .events
        .iter()
        .any(|event| matches!(&event.fact, CaseFact::Dispatched { place: Some(_), .. }));
    if moved || ended(desk) {
        let now = context.tree.desk(deciding.case.place.area(), date);
        if now != *desk {
            deciding.emit(Happening::of(CaseFact::DeskMoved { desk: now }).by_program())?;
        }
    }
    let open = deciding.case.assignments.iter();
    let transferred: Vec<CaseFact> = open
        .filter(|a| a.is_open() && ended(&a.unit))
        .filter_map(|a| {
            let successor = context.tree.in_force(&a.unit, date).into_iter().next();
            let to = successor.unwrap_or_else(|| deciding.case.desk.clone());
            let assignment = a.number;
            (to != a.unit).then_some(CaseFact::Transferred { assignment, to })
        })
        .collect();
    for fact in transferred {
        deciding.emit(Happening::of(fact).by_program())?;
    }
    Ok(())
}

pub(super) fn program_only(deciding: &Deciding<'_>) -> Result<(), Refusal> {
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
                // Once the lead has handed in, the desk is waited for, even if an assisting unit is not done yet.
                let handled = case.phase == Phase::Handling;
                let open = case.assignments.iter().filter(|a| handled && a.is_open());
                let before = units.len();
                units.extend(open.map(|a| a.unit.clone()));
                if units.len() == before {
                    units.push(case.desk.clone());
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
