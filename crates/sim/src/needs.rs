//! What a case needs of people as it stands, and when they turn to it.
//!
//! [`needs`] reads the case alone: whatever happened to it and through whichever path, the same people are asked for the
//! same things. A need that was there before keeps its time; one that is new gets one; one that is gone is forgotten.

use jiff::Timestamp;
use quanyu_domain::cases::{Assignment, AssignmentState, Case, CaseClock, Part};
use quanyu_domain::model::{Act, Milestone, Model, Phase, RequestKind};
use quanyu_domain::time::{LimitUnit, Remaining, WorkTime};

use crate::dice::Dice;
use crate::life::{Quality, Staffing};

/// Something that somebody has to do, or wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Need {
    /// The desk files it, sends it out or turns it away.
    Desk,
    /// A unit takes its assignment.
    Accept(u32),
    /// The lead unit speaks to the reporter.
    Contact(u32),
    /// A unit hands in its result; with the limit that it works towards.
    HandIn(u32, Option<Timestamp>),
    /// Something is asked for.
    Ask(RequestKind),
    /// A request is decided.
    Decide(u32),
    /// The result is looked at.
    Verify,
    /// The reporter is called, for the so-many-th time.
    Call(usize),
    /// A supervisor presses.
    Urge,
    /// The reporter rates.
    Rate,
    /// The reporter opens it again.
    Reopen,
}

/// What people have made up their minds to do with a case, beyond what it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Wishes {
    /// The lead unit wants to give it back.
    pub give_back: bool,
    /// It wants more time.
    pub extend: bool,
    /// It wants the clocks to stand still.
    pub suspend: bool,
    /// It is late.
    pub late: bool,
    /// The desk thinks that it is the same as another.
    pub merge: bool,
    /// Somebody wants it left out of the figures.
    pub exclude: bool,
    /// Somebody wants it opened again.
    pub ask_reopen: bool,
    /// The reporter wants that.
    pub reopen: bool,
    /// The reporter wants to rate.
    pub rate: bool,
    /// A supervisor wants to press.
    pub urge: bool,
}

/// Everything that the case needs now.
pub(crate) fn needs(case: &Case, wishes: &Wishes, model: &Model) -> Vec<Need> {
    let mut needs: Vec<Need> = case
        .pending_requests()
        .map(|request| Need::Decide(request.number))
        .collect();
    let pending = |kind: RequestKind| case.pending_requests().any(|request| request.kind == kind);
    let mut wish = |wanted: bool, need: Need| {
        if wanted {
            needs.push(need);
        }
    };
    match case.phase {
        Phase::Intake | Phase::Dispatch if pending(RequestKind::Merge) => {}
        Phase::Intake | Phase::Dispatch => {
            wish(wishes.merge, Need::Ask(RequestKind::Merge));
            wish(!wishes.merge, Need::Desk);
        }
        Phase::Handling => {
            // Who waits for a decision about the work does nothing meanwhile.
            let waits = [RequestKind::Return, RequestKind::Extend, RequestKind::Suspend]
                .into_iter()
                .any(pending);
            for assignment in case.assignments.iter().filter(|a| a.is_open() && !waits) {
                unit_needs(case, assignment, wishes, model, &mut wish);
            }
        }
        Phase::Verification => wish(true, Need::Verify),
        Phase::CallBack => {
            wish(true, Need::Call(case.answers_to_result().count()));
            wish(wishes.rate, Need::Rate);
        }
        Phase::Closed => {
            wish(wishes.rate, Need::Rate);
            wish(wishes.reopen, Need::Reopen);
            wish(
                wishes.ask_reopen && !pending(RequestKind::Reopen),
                Need::Ask(RequestKind::Reopen),
            );
            wish(
                wishes.exclude && !pending(RequestKind::Exclude),
                Need::Ask(RequestKind::Exclude),
            );
        }
    }
    wish(wishes.urge && offers(case, model, Act::Urge, true), Need::Urge);
    needs
}

fn unit_needs(case: &Case, assignment: &Assignment, wishes: &Wishes, model: &Model, wish: &mut impl FnMut(bool, Need)) {
    let leads = assignment.part == Part::Lead;
    if assignment.state == AssignmentState::Offered {
        let give_back = leads && wishes.give_back;
        wish(give_back, Need::Ask(RequestKind::Return));
        wish(!give_back, Need::Accept(assignment.number));
        return;
    }
    let contacts = case.reporter.is_some() && offers(case, model, Act::Contact, false);
    let in_touch = case.reached(Milestone::Contacted) >= Some(assignment.offered_at);
    if contacts && !in_touch {
        // The lead unit speaks to the reporter; those who assist wait for what comes of it.
        return wish(leads, Need::Contact(assignment.number));
    }
    if leads {
        wish(wishes.extend, Need::Ask(RequestKind::Extend));
        wish(wishes.suspend, Need::Ask(RequestKind::Suspend));
    }
    let asks_first = leads && (wishes.extend || wishes.suspend);
    if case.suspended_until.is_none() && !asks_first {
        wish(
            true,
            Need::HandIn(assignment.number, limit(case, model).and_then(CaseClock::running_due)),
        );
    }
}

/// Whether the workflow of a case has a step that does this, from where the case stands or from anywhere.
fn offers(case: &Case, model: &Model, act: Act, from_here: bool) -> bool {
    let steps = model
        .workflow_of(&case.case_type)
        .map_or(&[][..], |workflow| &workflow.steps);
    steps
        .iter()
        .any(|step| step.act == act && (!from_here || step.from.contains(&case.state)))
}

/// The clock by which the lead unit's work is measured now: of those that its result stops, the one that ends first.
pub(crate) fn limit<'c>(case: &'c Case, model: &Model) -> Option<&'c CaseClock> {
    let rules = &model.case_types.get(&case.case_type)?.clocks;
    let measures_work = |clock: &&CaseClock| {
        let rule = rules
            .iter()
            .find(|rule| clock.request.is_none() && rule.name == clock.name);
        rule.is_some_and(|rule| {
            rule.stops.contains(&Milestone::HandedIn) && !rule.stops.contains(&Milestone::Contacted)
        })
    };
    let running = case
        .clocks
        .iter()
        .filter(measures_work)
        .filter(|clock| clock.running_due().is_some());
    running.min_by_key(|clock| clock.running_due())
}

/// When a unit hands in its result: some part of the limit, or some time after it.
pub(crate) fn handed_in_at(
    now: Timestamp,
    clock: Option<&CaseClock>,
    staff: &Staffing,
    late: bool,
    work: &WorkTime,
    dice: &mut Dice,
) -> Timestamp {
    // Without a limit that could be reckoned, a unit takes its time: three days' work.
    const WITHOUT_LIMIT_HOURS: f64 = 21.0;
    const LEAST_SECONDS: f64 = 300.0;
    let urgent = clock.is_some_and(|c| {
        matches!(
            c.clock.duration().unit(),
            LimitUnit::UrgentHours | LimitUnit::UrgentMinutes
        )
    });
    let due = clock.and_then(CaseClock::running_due);
    let left = match due {
        None => WITHOUT_LIMIT_HOURS * 3_600.0,
        Some(due) if urgent => due.duration_since(now).as_secs_f64(),
        Some(due) => work.working_time(now, due).map_or(0.0, |time| time.as_secs_f64()),
    };
    let part = dice.log_normal(staff.handling.median, staff.handling.spread);
    let (from, seconds) = match due.filter(|_| late) {
        // After the limit: by a part of what the limit was.
        Some(due) => {
            let whole = left.max(3_600.0 * 4.0);
            (
                due.max(now),
                (dice.unit() * (staff.handling.late_up_to - 1.0) * whole).max(LEAST_SECONDS),
            )
        }
        // Nobody who means to be in time hands in at the last minute.
        None => (now, (part.min(0.94) * left).max(LEAST_SECONDS)),
    };
    let time = jiff::SignedDuration::from_secs(seconds as i64);
    if urgent {
        from + time
    } else {
        work.due(from, Remaining::Working(time)).unwrap_or(from + time)
    }
}

/// What people make up their minds to when a case is sent to a lead unit.
pub(crate) fn wishes_of_lead(case: &Case, staff: &Staffing, quality: &Quality, dice: &mut Dice) -> Wishes {
    let mut asked = |kind: RequestKind| {
        let share = staff.requests.get(&kind).map_or(0.0, |asking| asking.asked);
        dice.happens(share)
    };
    // A unit that was sent a case once more keeps it.
    let give_back = asked(RequestKind::Return) && case.granted(RequestKind::Return) == 0;
    let (extend, suspend) = (asked(RequestKind::Extend), asked(RequestKind::Suspend));
    Wishes {
        give_back,
        extend,
        suspend: suspend && !extend,
        late: dice.happens(quality.late),
        ..Wishes::default()
    }
}
