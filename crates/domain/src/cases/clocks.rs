//! The clocks of a case: which start, stop and move with an event, and when the next step of a ladder is due.

use jiff::Timestamp;

use super::{Case, CaseClock, Context};
use crate::model::{
    CaseType, ClockLimit, ClockRule, LadderAt, LadderAudience, LadderStep, LimitClass, Milestone, Model,
};
use crate::refusal::Refusal;
use crate::time::{Clock, ClockError, Due, LimitDuration, NoCalendar};

/// What an event does to the clocks beside starting and stopping them by its milestones.
pub(super) enum Change {
    /// Nothing.
    None,
    /// 挂账: every running clock of the case stands still.
    Pause,
    /// They run on, from this instant.
    Resume(Timestamp),
    /// 延期: the extendable clocks get more time. `None`: once more their original limit.
    Extend(Option<LimitDuration>),
    /// The clock that a request's decision is measured by starts.
    StartRequest(Box<CaseClock>),
    /// A request was decided: its clock stops.
    StopRequest(u32),
    /// Both at once: the request's clock stops, and the grant changes the case's.
    Grant(u32, Box<Change>),
    /// So many steps of a clock's ladder have been taken.
    Climb {
        /// The clock.
        name: String,
        /// Steps taken in all.
        steps_taken: u32,
    },
    /// A case that was in flight elsewhere: the clocks that start now have this much left.
    Remaining(LimitDuration),
    /// These were reckoned again, see [`reckoned`].
    Reckon(Vec<CaseClock>),
}

impl CaseClock {
    /// The instant at which it falls due while it runs. `None`: stopped, paused, or outside the loaded calendars.
    pub fn running_due(&self) -> Option<Timestamp> {
        match self.clock.due() {
            Due::At(due) if self.runs() => Some(due),
            _ => None,
        }
    }

    /// Whether it is neither stopped nor paused; whether its limit is known or has passed does not matter.
    pub(super) fn runs(&self) -> bool {
        self.clock.stopped().is_none() && !self.is_paused()
    }

    /// Whether it stands still. One that was overdue before keeps its limit, so that this does not show in it.
    fn is_paused(&self) -> bool {
        matches!(self.clock.changes().last(), Some(crate::time::Change::Paused(_)))
    }
}

impl Case {
    /// Whether it is escalated (升级): a limit that has passed runs on, and of its ladder, as the rules in force have it, a
    /// step at the limit or after it was taken that tells supervisors or leaders. What is escalated is overdue.
    pub fn is_escalated(&self, model: &Model, now: Timestamp) -> bool {
        let Some(case_type) = model.case_types.get(&self.case_type) else {
            return false;
        };
        let above = |step: &LadderStep| {
            let tells = |audience| step.tells.contains(&audience);
            !matches!(step.at, LadderAt::Before(_))
                && (tells(LadderAudience::Supervisors) || tells(LadderAudience::Leaders))
        };
        let passed = self
            .clocks
            .iter()
            .filter(|clock| clock.request.is_none() && clock.running_due().is_some_and(|due| due < now));
        let mut taken = passed.flat_map(|clock| {
            let steps = ladder(model, case_type, &clock.name);
            steps.iter().take(clock.steps_taken as usize)
        });
        taken.any(above)
    }
}

/// The clocks that start when a case of this type is filed.
pub(super) fn at_filing(context: &Context<'_>, case_type: &str) -> Result<Vec<CaseClock>, Refusal> {
    let Some(case_type) = context.model.case_types.get(case_type) else {
        return Ok(Vec::new());
    };
    let started = case_type.clocks.iter().filter(|rule| rule.starts == Milestone::Filed);
    started
        .map(|rule| start(context, case_type, rule, None, None))
        .collect()
}

/// What an event means to the clocks.
pub(super) struct Effect<'a> {
    /// The class of limit decided at dispatch (perhaps by this very event).
    pub limit_class: Option<&'a str>,
    /// The milestones that it reaches.
    pub milestones: &'a [Milestone],
    /// Whether the case ends with it.
    pub closes: bool,
    /// The requests that fall away with it.
    pub lapses: &'a [u32],
    /// What it does beside.
    pub change: Change,
}

/// The clocks that an event starts or changes, as they stand after it.
pub(super) fn after(context: &Context<'_>, case: &Case, effect: Effect<'_>) -> Result<Vec<CaseClock>, Refusal> {
    let Effect {
        limit_class,
        milestones,
        closes,
        lapses,
        change,
    } = effect;
    let Some(case_type) = context.model.case_types.get(&case.case_type) else {
        return Ok(Vec::new());
    };
    let now = context.now;
    let work_time = &context.model.work_time;
    let mut changed: Vec<CaseClock> = Vec::new();
    let mut remaining = None;

    let mut changes = vec![change];
    while let Some(change) = changes.pop() {
        match change {
            Change::None => {}
            Change::Remaining(left) => remaining = Some(left),
            Change::Reckon(clocks) => changed.extend(clocks),
            Change::Grant(request, inner) => changes.extend([*inner, Change::StopRequest(request)]),
            Change::StartRequest(clock) => changed.push(*clock),
            Change::StopRequest(request) => {
                for clock in case.clocks.iter().filter(|c| c.request == Some(request)) {
                    changed.push(stopped(clock, now)?);
                }
            }
            Change::Pause => changed.extend(each(case, |clock| {
                if !clock.runs() {
                    return Ok(None);
                }
                let mut clock = clock.clone();
                clock.clock.pause(now, work_time).map_err(clock_fault)?;
                clock.next_step_at = None;
                Ok(Some(clock))
            })?),
            Change::Resume(at) => changed.extend(each(case, |clock| {
                if clock.clock.stopped().is_some() || !clock.is_paused() {
                    return Ok(None);
                }
                let mut clock = clock.clone();
                clock.clock.resume(at, work_time).map_err(clock_fault)?;
                step_down(context, case_type, &mut clock);
                Ok(Some(clock))
            })?),
            Change::Extend(more) => changed.extend(each(case, |clock| {
                let extendable = case_type
                    .clocks
                    .iter()
                    .any(|rule| rule.name == clock.name && rule.extendable);
                if !extendable || clock.clock.stopped().is_some() {
                    return Ok(None);
                }
                let mut clock = clock.clone();
                let more = more.unwrap_or_else(|| clock.clock.duration());
                // Time granted in a standstill is added to what is left.
                let paused = clock.is_paused();
                if paused {
                    clock.clock.resume(now, work_time).map_err(clock_fault)?;
                }
                clock.clock.extend(now, more, work_time).map_err(clock_fault)?;
                if paused {
                    clock.clock.pause(now, work_time).map_err(clock_fault)?;
                }
                step_down(context, case_type, &mut clock);
                Ok(Some(clock))
            })?),
            Change::Climb { name, steps_taken } => changed.extend(each(case, |clock| {
                Ok((clock.name == name).then(|| {
                    let mut clock = CaseClock {
                        steps_taken,
                        ..clock.clone()
                    };
                    aim(context, case_type, &mut clock);
                    clock
                }))
            })?),
        }
    }

    for clock in &case.clocks {
        let rule = case_type
            .clocks
            .iter()
            .find(|rule| clock.request.is_none() && rule.name == clock.name);
        let stops = rule.is_some_and(|rule| rule.stops.iter().any(|m| milestones.contains(m)));
        let ends = match clock.request {
            // A request about a closed case outlives the case; its clock is stopped by the decision alone.
            Some(number) => lapses.contains(&number),
            None => closes,
        };
        if (stops || ends) && clock.clock.stopped().is_none() {
            let slot = changed
                .iter()
                .position(|c| c.name == clock.name && c.request == clock.request);
            let current = slot.map_or(clock, |at| &changed[at]);
            if current.clock.stopped().is_some() {
                continue;
            }
            let current = stopped(current, now)?;
            put(&mut changed, current);
        }
    }
    for rule in case_type
        .clocks
        .iter()
        .filter(|rule| !closes && milestones.contains(&rule.starts))
    {
        let mut clock = start(context, case_type, rule, limit_class, remaining)?;
        if case.suspended_until.is_some() {
            clock.clock.pause(now, work_time).map_err(clock_fault)?;
            clock.next_step_at = None;
        }
        put(&mut changed, clock);
    }
    Ok(changed)
}

/// The clocks of a case that look otherwise when they are reckoned again: the calendar of a limit that nobody knew has
/// been loaded, or the ladder is another than the one that was aimed at.
pub(super) fn reckoned(context: &Context<'_>, case: &Case) -> Vec<CaseClock> {
    let Some(case_type) = context.model.case_types.get(&case.case_type) else {
        return Vec::new();
    };
    let own = case.clocks.iter().filter(|c| c.request.is_none());
    let running = own.filter(|c| c.clock.stopped().is_none());
    running
        .filter_map(|clock| {
            let mut fresh = clock.clone();
            if matches!(fresh.clock.due(), Due::NoCalendar(_)) {
                fresh.clock = fresh.clock.recomputed(&context.model.work_time);
            }
            aim(context, case_type, &mut fresh);
            (fresh != *clock).then_some(fresh)
        })
        .collect()
}

/// The clock by which a request's decision is measured.
pub(super) fn for_request(context: &Context<'_>, class: &str, name: &str, number: u32) -> Result<CaseClock, Refusal> {
    let class = limit(context, class)?;
    Ok(CaseClock {
        name: name.to_owned(),
        request: Some(number),
        clock: Clock::start(
            class.name.clone(),
            class.duration,
            context.now,
            &context.model.work_time,
        ),
        model: context.model.version.clone(),
        steps_taken: 0,
        next_step_at: None,
    })
}

/// A step of a ladder that is due.
pub(super) struct DueStep<'a> {
    /// Since when.
    pub at: Timestamp,
    /// Of which clock.
    pub clock: &'a str,
    /// The step.
    pub step: &'a LadderStep,
    /// The steps that this clock has taken with it.
    pub steps_taken: u32,
}

/// The steps of all ladders that are due by now, in the order of time.
pub(super) fn steps_due<'a>(context: &Context<'a>, case: &'a Case) -> Vec<DueStep<'a>> {
    let Some(case_type) = context.model.case_types.get(&case.case_type) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for clock in case.clocks.iter().filter(|c| c.request.is_none()) {
        let Some(due) = clock.running_due() else { continue };
        // A ladder's steps stand in the order of time; where they do not, a later one waits for those before it.
        let mut since = Timestamp::MIN;
        let steps = (1..).zip(ladder(context.model, case_type, &clock.name));
        for (steps_taken, step) in steps.skip(clock.steps_taken as usize) {
            let Some(at) = step_at(context, step, due).ok().filter(|at| *at <= context.now) else {
                break;
            };
            since = since.max(at);
            found.push(DueStep {
                at: since,
                clock: &clock.name,
                step,
                steps_taken,
            });
        }
    }
    // Stable: the steps of one clock keep their order.
    found.sort_by_key(|due| due.at);
    found
}

fn start(
    context: &Context<'_>,
    case_type: &CaseType,
    rule: &ClockRule,
    limit_class: Option<&str>,
    remaining: Option<LimitDuration>,
) -> Result<CaseClock, Refusal> {
    let class = match &rule.limit {
        ClockLimit::Class(class) => limit(context, class)?,
        ClockLimit::ByClass => {
            // A class that has gone from the packs since it was decided keeps nobody from going on.
            let declared = limit_class.filter(|class| context.model.limits.contains_key(*class));
            limit(context, declared.unwrap_or(&case_type.default_limit))?
        }
    };
    let work_time = &context.model.work_time;
    let clock = match (remaining, &rule.limit) {
        (Some(left), ClockLimit::ByClass) => {
            Clock::starting_with_remaining(class.name.clone(), class.duration, context.now, left.whole(), work_time)
                .map_err(|fault| {
                    Refusal::invalid(
                        "remaining_in_other_unit",
                        "remaining",
                        format!("剩余时限须与时限“{}”单位相同", class.title.zh),
                        fault.to_string(),
                    )
                })?
        }
        _ => Clock::start(class.name.clone(), class.duration, context.now, work_time),
    };
    let mut clock = CaseClock {
        name: rule.name.clone(),
        request: None,
        clock,
        model: context.model.version.clone(),
        steps_taken: 0,
        next_step_at: None,
    };
    aim(context, case_type, &mut clock);
    Ok(clock)
}

/// Aims anew after the limit has moved: of the steps that were taken, those that lie ahead again are taken again.
fn step_down(context: &Context<'_>, case_type: &CaseType, clock: &mut CaseClock) {
    if let Some(due) = clock.running_due() {
        let taken = ladder(context.model, case_type, &clock.name)
            .iter()
            .take(clock.steps_taken as usize);
        let behind = taken.take_while(|step| step_at(context, step, due).is_ok_and(|at| at <= context.now));
        clock.steps_taken = u32::try_from(behind.count()).unwrap_or(clock.steps_taken);
    }
    aim(context, case_type, clock);
}

/// Sets when the next step of the clock's ladder is due. Steps that lie before the clock's start (a reminder two days
/// before a limit of one) are passed over.
fn aim(context: &Context<'_>, case_type: &CaseType, clock: &mut CaseClock) {
    clock.next_step_at = None;
    let Some(due) = clock.running_due() else { return };
    for step in ladder(context.model, case_type, &clock.name)
        .iter()
        .skip(clock.steps_taken as usize)
    {
        match step_at(context, step, due) {
            Ok(at) if at <= clock.clock.started() => clock.steps_taken += 1,
            Ok(at) => {
                clock.next_step_at = Some(at);
                return;
            }
            // The step lies outside the loaded calendars: it is taken once they are loaded and the clock is touched.
            Err(NoCalendar { .. }) => return,
        }
    }
}

fn step_at(context: &Context<'_>, step: &LadderStep, due: Timestamp) -> Result<Timestamp, NoCalendar> {
    match step.at {
        LadderAt::Before(time) => context.model.work_time.before(due, time),
        LadderAt::Limit => Ok(due),
        LadderAt::After(time) => context.model.work_time.after(due, time),
    }
}

fn ladder<'m>(model: &'m Model, case_type: &CaseType, clock: &str) -> &'m [LadderStep] {
    let rule = case_type.clocks.iter().find(|rule| rule.name == clock);
    let ladder = rule
        .and_then(|rule| rule.ladder.as_ref())
        .and_then(|name| model.ladders.get(name));
    ladder.map_or(&[], |ladder| &ladder.steps)
}

fn limit<'m>(context: &Context<'m>, class: &str) -> Result<&'m LimitClass, Refusal> {
    context.model.limits.get(class).ok_or_else(|| {
        Refusal::invalid(
            "unknown_limit_class",
            "limit_class",
            format!("没有时限类别 {class}，请从生效的规则包中选择"),
            format!("there is no class of limit {class}: choose one that a pack in force declares"),
        )
    })
}

/// Applies a change to each of the case's own clocks.
fn each(
    case: &Case,
    mut change: impl FnMut(&CaseClock) -> Result<Option<CaseClock>, Refusal>,
) -> Result<Vec<CaseClock>, Refusal> {
    case.clocks
        .iter()
        .filter(|c| c.request.is_none())
        .filter_map(|clock| change(clock).transpose())
        .collect()
}

fn stopped(clock: &CaseClock, now: Timestamp) -> Result<CaseClock, Refusal> {
    let mut clock = clock.clone();
    clock.clock.stop(now).map_err(clock_fault)?;
    clock.next_step_at = None;
    Ok(clock)
}

fn put(changed: &mut Vec<CaseClock>, clock: CaseClock) {
    match changed
        .iter_mut()
        .find(|c| c.name == clock.name && c.request == clock.request)
    {
        Some(slot) => *slot = clock,
        None => changed.push(clock),
    }
}

fn clock_fault(fault: ClockError) -> Refusal {
    super::decide::inconsistent(&fault)
}
