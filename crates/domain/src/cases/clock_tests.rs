//! The clocks of a case: standstills, ladders, long down-times, missing calendars.

use super::testing::*;
use super::{CaseFact, Command, RequestInput, StepInput};
use crate::access::Actor;
use crate::model::{ClockLimit, LadderAt, RequestKind};
use crate::time::{CalendarDay, Due, WorkCalendar, YearTable};

fn suspend(story: &mut Story, until: &str) {
    let asked = RequestInput {
        until: Some(at(until)),
        ..request(RequestKind::Suspend)
    };
    let number = story.asks(&roads(), asked);
    story.grants(&dispatcher(), number);
}

/// Handled under a limit of four hours that run day and night, from 09:00.
fn urgent() -> Story {
    let mut story = Story::begin();
    let urgent = StepInput {
        limit_class: Some("rush".to_owned()),
        ..input()
    };
    story
        .does(&dispatcher(), take("dispatch", urgent))
        .takes(&roads(), "accept");
    assert_eq!(story.due("handling"), at("2024-03-04T13:00"));
    story
}

#[test]
fn a_standstill_shifts_the_limit_exactly() {
    for late in ["2024-03-10T09:00", "2024-03-10T11:23:45", "2024-03-12T00:00"] {
        let mut story = urgent();
        story.at("2024-03-04T10:30");
        suspend(&mut story, "2024-03-10T09:00");
        assert_eq!(story.case.clock("handling").and_then(|c| c.running_due()), None);
        assert_eq!(story.case.wake_at(), Some(at("2024-03-10T09:00")));
        // However late the program comes to it: two and a half hours were left when it stood still.
        story.at(late).wakes();
        assert_eq!(story.due("handling"), at("2024-03-10T11:30"), "woken at {late}");
        assert_eq!(story.case.suspended_until, None);
    }
}

#[test]
fn a_standstill_that_is_over_is_over_for_everybody() {
    // The unit is quicker than the program.
    let mut story = urgent();
    story.at("2024-03-04T10:30");
    suspend(&mut story, "2024-03-10T09:00");
    story.at("2024-03-10T12:30");
    let mut asking = story.clone();
    assert_eq!(
        asking.refused(&roads(), Command::Request(request(RequestKind::Extend))),
        "already_overdue"
    );
    asking.takes(&supervisor(), "urge");
    assert_eq!(asking.last(2), ["resumed", "urged"]);
    assert_eq!(asking.due("handling"), at("2024-03-10T11:30"));
    story.takes(&roads(), "hand_in");
    let handling = &story.case.clock("handling").expect("it ran").clock;
    assert_eq!(handling.due(), Due::At(at("2024-03-10T11:30")), "an hour late");
}

#[test]
fn who_moves_a_suspended_case_ends_the_standstill() {
    let mut story = urgent();
    story.at("2024-03-04T10:30");
    suspend(&mut story, "2024-03-10T09:00");
    // Words and the assisting unit's own work do not.
    story
        .later(5)
        .takes(&supervisor(), "urge")
        .takes(&roads(), "contact")
        .takes(&water(), "accept");
    story.takes(&water(), "hand_in");
    assert_eq!(story.case.suspended_until, Some(at("2024-03-10T09:00")));
    let mut back = story.clone();
    let number = back.asks(&roads(), request(RequestKind::Return));
    back.grants(&dispatcher(), number);
    assert_eq!((back.case.state.as_str(), back.case.suspended_until), ("at_desk", None));

    story.at("2024-03-05T09:00").takes(&roads(), "hand_in");
    assert_eq!(story.last(2), ["resumed", "handed_in"]);
    assert_eq!(story.case.suspended_until, None);
    let handling = &story.case.clock("handling").expect("it ran").clock;
    assert_eq!(handling.due(), Due::At(at("2024-03-05T11:30")));
}

#[test]
fn a_clock_that_starts_in_a_standstill_stands_still() {
    let mut story = urgent();
    let case_type = story.world.model.case_types.get_mut("grievance").unwrap();
    let mut after_contact = case_type.clocks[1].clone();
    after_contact.name = "following".to_owned();
    after_contact.starts = crate::model::Milestone::Contacted;
    after_contact.stops = Vec::new();
    case_type.clocks.push(after_contact);
    suspend(&mut story, "2024-03-06T09:00");
    story.later(1).takes(&roads(), "contact");
    assert_eq!(story.case.clock("following").and_then(|c| c.running_due()), None);
    story.at("2024-03-06T09:00").wakes();
    assert_eq!(story.due("following"), at("2024-03-07T17:00"));
}

#[test]
fn time_that_was_granted_in_a_standstill_is_added() {
    let mut story = urgent();
    story.at("2024-03-04T10:30");
    let more = story.asks(&roads(), request(RequestKind::Extend));
    suspend(&mut story, "2024-03-10T09:00");
    assert!(story.available(&dispatcher()).decisions.contains(&more));
    story.later(600).grants(&dispatcher(), more);
    story.at("2024-03-10T10:00").wakes();
    assert_eq!(
        story.due("handling"),
        at("2024-03-10T15:30"),
        "what was left and four hours more"
    );
}

#[test]
fn a_limit_that_was_missed_before_a_standstill_stays_missed() {
    let mut story = urgent();
    story.at("2024-03-04T14:00").wakes();
    assert_eq!(story.escalated(), [("handling", "yellow")]);
    suspend(&mut story, "2024-03-10T09:00");
    let climbed = story.escalated().len();
    // Nobody is pressed while it stands still, though the day after the limit passes.
    story.at("2024-03-08T09:00").wakes();
    assert_eq!(story.escalated().len(), climbed);
    assert_eq!(story.case.wake_at(), Some(at("2024-03-10T09:00")));
    story.at("2024-03-10T09:00").wakes();
    assert_eq!(story.due("handling"), at("2024-03-04T13:00"));
    assert_eq!(story.escalated().last(), Some(&("handling", "red")));
}

#[test]
fn a_case_that_nobody_was_given_is_pressed_too() {
    let mut story = Story::begin();
    assert_eq!(story.case.wake_at(), Some(at("2024-03-04T11:00")));
    story.at("2024-03-04T10:59").wakes();
    assert_eq!(story.escalated(), []);
    story.at("2024-03-04T11:00").wakes();
    let told = |story: &Story| match &story.events.last().expect("it was pressed").fact {
        CaseFact::Escalated { tells, .. } => tells.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&story), [DESK], "the desk, where no unit holds an assignment");
    assert_eq!(story.case.wake_at(), Some(at("2024-03-04T15:00")));
    story.at("2024-03-04T15:00").wakes();
    assert_eq!(told(&story), [EAST, DESK]);
    assert_eq!(story.case.wake_at(), None);
    assert_eq!(story.escalated(), [("dispatching", "nudge"), ("dispatching", "report")]);
}

#[test]
fn after_a_long_night_every_step_is_taken_in_the_order_of_time() {
    let mut story = Story::handled();
    story.takes(&roads(), "hand_in").takes(&verifier(), "rework");
    assert_eq!(story.due("again"), at("2024-03-05T17:00"));
    story.at("2024-03-20T09:00").wakes();
    assert_eq!(
        story.escalated(),
        [("again", "remind"), ("again", "yellow"), ("again", "red")]
    );
    assert_eq!(story.case.wake_at(), None);
    let versions: i64 = story.events.iter().map(|event| i64::from(!event.continues)).sum();
    assert_eq!(versions, story.case.version);

    // Two clocks with ladders: their steps come in the order of time, not of clocks.
    let mut world = World::new();
    let clocks = &mut world.model.case_types.get_mut("grievance").unwrap().clocks;
    let whole = clocks.iter_mut().find(|c| c.name == "whole").unwrap();
    (whole.ladder, whole.limit) = (Some("cards".to_owned()), ClockLimit::Class("one_day".to_owned()));
    clocks.reverse();
    let mut story = Story::of(world, filing());
    story.at("2024-03-20T09:00").wakes();
    let by_time = [
        ("dispatching", "nudge"),
        ("dispatching", "report"),
        ("whole", "remind"),
        ("whole", "yellow"),
        ("whole", "red"),
    ];
    assert_eq!(story.escalated(), by_time);
}

#[test]
fn an_extension_does_not_repeat_what_has_been_said() {
    let mut story = Story::handled();
    story.at("2024-03-08T17:00").wakes();
    assert_eq!(story.escalated(), [("handling", "remind")]);
    story.at("2024-03-11T10:00");
    let one_day = RequestInput {
        more: Some(limit("1 workday")),
        ..request(RequestKind::Extend)
    };
    let number = story.asks(&roads(), one_day);
    story.at("2024-03-11T17:00").wakes();
    assert_eq!(story.escalated(), [("handling", "remind"), ("handling", "yellow")]);
    story.at("2024-03-11T18:00").grants(&dispatcher(), number);
    assert_eq!(story.due("handling"), at("2024-03-12T17:00"));
    // The reminder for the new limit would have come at 17:00; the yellow card comes again with the new limit.
    assert_eq!(story.case.wake_at(), Some(at("2024-03-12T17:00")));
    story.at("2024-03-12T17:00").wakes();
    assert_eq!(story.escalated().last(), Some(&("handling", "yellow")));
}

#[test]
fn a_case_is_escalated_while_a_limit_that_supervisors_were_told_of_runs() {
    let is_escalated = |story: &Story| story.case.is_escalated(&story.world.model, story.now);
    let mut story = Story::handled();
    // Reminded, then overdue: nobody above has been told.
    story.at("2024-03-11T17:01").wakes();
    assert_eq!(story.escalated(), [("handling", "remind"), ("handling", "yellow")]);
    assert!(!is_escalated(&story));
    story.at("2024-03-12T17:01");
    assert!(!is_escalated(&story), "what is due and not told yet");
    story.wakes();
    assert_eq!(story.escalated().last(), Some(&("handling", "red")));
    assert!(is_escalated(&story));

    // A standstill ends it for as long as it lasts; the limit that was missed before stays missed.
    let mut still = story.clone();
    suspend(&mut still, "2024-03-20T09:00");
    assert!(!is_escalated(&still));
    still.at("2024-03-20T09:00").wakes();
    assert!(is_escalated(&still));
    // Rules that tell somebody else make it none, and so does a step before the limit, whomever it tells.
    for step in &mut still.world.model.ladders.get_mut("cards").unwrap().steps {
        step.at = LadderAt::Before(limit("1 workday"));
    }
    assert!(!is_escalated(&still));
    still.world.model.ladders.clear();
    assert!(!is_escalated(&still));

    // Whoever meets the limit ends it.
    story.takes(&roads(), "hand_in");
    assert!(!is_escalated(&story));
}

#[test]
fn only_the_program_wakes() {
    let story = Story::begin();
    assert_eq!(story.refused(&dispatcher(), Command::Wake), "program_only");
    assert_eq!(story.refused(&dispatcher(), Command::Transfer), "program_only");
    assert_eq!(story.tries(&Actor::Program, Command::Wake).unwrap().events, []);
}

#[test]
fn no_limit_is_guessed_without_a_calendar_and_none_is_forgotten() {
    let mut story = Story::begin();
    story
        .at("2024-12-30T09:00")
        .takes(&dispatcher(), "dispatch")
        .takes(&roads(), "accept");
    let handling = story.case.clock("handling").expect("it runs");
    assert_eq!(handling.clock.due(), Due::NoCalendar(2025));
    assert_eq!(story.case.wake_at(), None);
    assert_eq!(
        story.tries(&Actor::Program, Command::Wake).unwrap().events,
        [],
        "nothing has become known"
    );

    let new_year = CalendarDay {
        date: "2025-01-01".parse().unwrap(),
        is_off_day: true,
        name: "元旦".to_owned(),
    };
    let table = |year, days| YearTable { year, days };
    let tables = [table(2024, Vec::new()), table(2025, vec![new_year])];
    story.world.model.work_time.calendar = WorkCalendar::from_tables(&tables).unwrap();
    story.at("2025-01-02T09:00").wakes();
    assert_eq!(story.last(1), ["reckoned"]);
    assert_eq!(story.due("handling"), at("2025-01-07T17:00"));
    assert_eq!(story.case.wake_at(), Some(at("2025-01-06T17:00")));
    story.at("2025-01-06T17:00").wakes();
    assert_eq!(story.escalated().last(), Some(&("handling", "remind")));
}

#[test]
fn time_is_granted_though_nobody_knows_the_limit_yet() {
    let mut story = Story::begin();
    story
        .at("2024-12-30T09:00")
        .takes(&dispatcher(), "dispatch")
        .takes(&roads(), "accept");
    let number = story.asks(&roads(), request(RequestKind::Extend));
    story.grants(&dispatcher(), number);
    let table = |year| YearTable { year, days: Vec::new() };
    story.world.model.work_time.calendar = WorkCalendar::from_tables(&[table(2024), table(2025)]).unwrap();
    story.wakes();
    assert_eq!(story.due("handling"), at("2025-01-13T17:00"), "ten working days in all");
}

#[test]
fn the_desk_is_told_when_the_desk_is_waited_for() {
    let mut world = World::new();
    let clocks = &mut world.model.case_types.get_mut("grievance").unwrap().clocks;
    let whole = clocks.iter_mut().find(|c| c.name == "whole").unwrap();
    whole.ladder = Some("nudges".to_owned());
    let mut story = Story::of(world, filing());
    story.takes(&dispatcher(), "dispatch").takes(&roads(), "accept");
    let mut checking = story.clone();
    checking.takes(&roads(), "hand_in");
    let told = |story: &mut Story| {
        story.at("2024-04-04T00:00").wakes();
        let told = story.events.iter().rev().find_map(|event| match &event.fact {
            CaseFact::Escalated { clock, tells, .. } if clock == "whole" => Some(tells.clone()),
            _ => None,
        });
        told.expect("it was pressed")
    };
    assert_eq!(told(&mut story), [code(ROADS), code(WATER)]);
    assert_eq!(told(&mut checking), [code(DESK)], "the assisting unit holds up nobody");
}

#[test]
fn a_ladder_that_changed_does_not_wake_a_case_for_ever() {
    let mut story = Story::begin();
    story.world.model.ladders.get_mut("nudges").unwrap().steps.clear();
    story.at("2024-03-04T12:00").wakes();
    assert_eq!(story.last(1), ["reckoned"]);
    assert_eq!(story.case.wake_at(), None);
}

#[test]
fn a_class_that_is_no_longer_declared_keeps_nobody_from_reopening() {
    let mut story = Story::closed();
    story.world.model.limits.remove("week");
    story.world.model.case_types.get_mut("grievance").unwrap().default_limit = "one_day".to_owned();
    story.later(5).takes(&Actor::Reporter, "reopen");
    assert_eq!(story.due("anew"), at("2024-03-05T17:00"));
}
