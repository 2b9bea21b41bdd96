//! What may be asked for, by whom, within what bounds, and what becomes of it.

use super::testing::*;
use super::{AssignmentState, Command, Filing, MAX_REQUESTS, RequestInput, RequestState, StepInput};
use crate::access::{Actor, Relation, Role};
use crate::ids::Id;
use crate::model::{Performer, Phase, RequestKind};

fn ask(kind: RequestKind) -> Command {
    Command::Request(request(kind))
}

fn state(story: &Story, number: u32) -> RequestState {
    let found = story.case.requests.iter().find(|r| r.number == number);
    found.expect("there is such a request").state
}

fn clock_runs(story: &Story, number: u32) -> bool {
    let clock = story.case.clocks.iter().find(|c| c.request == Some(number));
    clock.is_some_and(|c| c.clock.stopped().is_none())
}

#[test]
fn a_unit_returns_what_is_not_its_job() {
    let mut story = Story::handled();
    let number = story.asks(&roads(), request(RequestKind::Return));
    assert!(clock_runs(&story, number));
    assert_eq!(story.case.requests[0].unit, Some(code(ROADS)));
    let waits: Vec<_> = story
        .case
        .parties()
        .into_iter()
        .filter(|row| row.relation == Relation::Decide)
        .collect();
    assert_eq!(waits[0].unit, code(DESK));
    assert_eq!(
        waits[0].sort_at,
        at("2024-03-05T17:00"),
        "the decision has a limit of its own"
    );
    assert_eq!(story.refused(&roads(), ask(RequestKind::Return)), "already_asked");
    assert_eq!(story.available(&dispatcher()).decisions, [number]);
    assert_eq!(story.refused(&roads(), settle(number, true)), "role_forbids");
    assert_eq!(story.refused(&dispatcher(), settle(9, true)), "unknown_request");

    story.later(60).grants(&dispatcher(), number);
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("at_desk", Phase::Dispatch)
    );
    assert_eq!(story.case.assignments[0].state, AssignmentState::Returned);
    assert_eq!(
        story.case.assignments[1].state,
        AssignmentState::Released,
        "nobody assists without a lead"
    );
    assert!(!clock_runs(&story, number));
    assert!(
        story
            .case
            .clock("handling")
            .is_some_and(|c| c.clock.stopped().is_some())
    );
    assert_eq!(story.refused(&dispatcher(), settle(number, true)), "already_decided");

    let to_parks = StepInput {
        lead: Some(code(PARKS)),
        ..input()
    };
    story.later(60).does(&dispatcher(), take("dispatch", to_parks));
    assert_eq!(
        story.case.lead().map(|lead| (lead.number, lead.unit.as_str())),
        Some((3, PARKS))
    );
    assert!(story.steps(&roads()).is_empty());
    // Whoever gave it back may check what others made of it.
    assert!(!story.case.was_worked_on_by(Id(3)));
}

#[test]
fn a_refused_return_changes_nothing_else() {
    let mut story = Story::handled();
    let number = story.asks(&roads(), request(RequestKind::Return));
    let before = story.due("handling");
    story.does(&dispatcher(), settle(number, false));
    assert_eq!((story.case.state.as_str(), story.due("handling")), ("in_work", before));
    assert_eq!(state(&story, number), RequestState::Refused);
    assert!(!clock_runs(&story, number));
    story.asks(&roads(), request(RequestKind::Return));
}

#[test]
fn an_assisting_unit_returns_its_own_part_only() {
    let mut story = Story::handled();
    let number = story.asks(&water(), request(RequestKind::Return));
    story.grants(&dispatcher(), number);
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("in_work", Phase::Handling)
    );
    assert_eq!(story.case.assignments[1].state, AssignmentState::Returned);
    assert_eq!(
        story.case.lead().map(|lead| lead.state),
        Some(AssignmentState::Accepted)
    );
    assert_eq!(story.refused(&water(), ask(RequestKind::Return)), "no_assignment");
    assert_eq!(story.refused(&water(), ask(RequestKind::Suspend)), "no_assignment");
    assert_eq!(story.refused(&water(), ask(RequestKind::Extend)), "no_assignment");
}

#[test]
fn requests_fall_away_with_the_work_that_they_were_about() {
    let mut story = Story::handled();
    let back = story.asks(&roads(), request(RequestKind::Return));
    let more = story.asks(&roads(), request(RequestKind::Extend));
    let out = story.asks(&roads(), request(RequestKind::Exclude));
    let assisting = story.asks(&water(), request(RequestKind::Return));
    let mut sent_anew = story.clone();
    sent_anew.later(10).takes(&dispatcher(), "dispatch");
    for number in [back, more, assisting] {
        assert_eq!(state(&sent_anew, number), RequestState::Lapsed);
        assert!(!clock_runs(&sent_anew, number));
        assert_eq!(
            sent_anew.refused(&dispatcher(), settle(number, true)),
            "already_decided"
        );
    }
    assert_eq!(state(&sent_anew, out), RequestState::Pending);

    story.later(10).takes(&roads(), "hand_in");
    assert_eq!(state(&story, back), RequestState::Lapsed);
    assert_eq!(state(&story, more), RequestState::Lapsed);
    assert_eq!(
        state(&story, assisting),
        RequestState::Pending,
        "the assisting unit has not handed in"
    );
    story.takes(&verifier(), "pass").takes(&caller(), "call_back");
    assert_eq!(state(&story, assisting), RequestState::Lapsed);
    assert_eq!(
        state(&story, out),
        RequestState::Pending,
        "about a closed case as about an open one"
    );
    assert!(clock_runs(&story, out));
    story.grants(&supervisor(), out);
    assert!(story.case.excluded);
    assert!(!clock_runs(&story, out));
}

#[test]
fn a_unit_that_hands_in_takes_back_its_own_return() {
    let mut story = Story::handled();
    story.takes(&water(), "accept");
    let number = story.asks(&water(), request(RequestKind::Return));
    story.takes(&water(), "hand_in");
    assert_eq!(state(&story, number), RequestState::Lapsed);
}

#[test]
fn more_time_is_asked_for_before_the_hour_and_at_most_twice() {
    let mut story = Story::handled();
    let mut due = story.due("handling");
    assert_eq!(due, at("2024-03-11T17:00"));
    for (day, next) in [("2024-03-06", "2024-03-19T17:00"), ("2024-03-07", "2024-03-26T17:00")] {
        story.at(&format!("{day}T15:59:59"));
        let number = story.asks(&roads(), request(RequestKind::Extend));
        story.grants(&dispatcher(), number);
        // Once more the original limit on top of the present one; Friday the 15th is a holiday.
        assert!(story.due("handling") > due);
        due = story.due("handling");
        assert_eq!(due, at(next));
    }
    assert_eq!(story.refused(&roads(), ask(RequestKind::Extend)), "granted_too_often");
}

#[test]
fn the_hour_the_limit_and_the_part_bound_an_extension() {
    let mut story = Story::handled();
    story.at("2024-03-06T16:00");
    assert_eq!(story.refused(&roads(), ask(RequestKind::Extend)), "after_cut_off");
    story.at("2024-03-07T10:00");
    assert_eq!(story.refused(&water(), ask(RequestKind::Extend)), "lead_only");
    let asking = |more: &str| {
        Command::Request(RequestInput {
            more: Some(limit(more)),
            ..request(RequestKind::Extend)
        })
    };
    assert_eq!(story.refused(&roads(), asking("6 workdays")), "more_than_allowed");
    assert_eq!(
        story.refused(&roads(), asking("3 days")),
        "more_than_allowed",
        "another unit cannot be compared"
    );
    story.does(&roads(), asking("3 workdays")).grants(&dispatcher(), 1);
    assert_eq!(story.due("handling"), at("2024-03-14T17:00"));
    story.at("2024-03-18T09:00");
    assert_eq!(story.refused(&roads(), ask(RequestKind::Extend)), "already_overdue");
    story.takes(&roads(), "hand_in");
    assert_eq!(story.refused(&roads(), ask(RequestKind::Extend)), "phase_forbids");
}

#[test]
fn an_extension_needs_a_limit_that_runs() {
    let mut story = Story::handled();
    let until = RequestInput {
        until: Some(at("2024-03-20T09:00")),
        ..request(RequestKind::Suspend)
    };
    let number = story.asks(&roads(), until);
    story.grants(&dispatcher(), number);
    assert_eq!(story.refused(&roads(), ask(RequestKind::Extend)), "nothing_to_extend");
}

#[test]
fn an_extension_asked_for_after_reopening_is_bound_by_the_clock_that_runs() {
    let mut story = Story::closed();
    story.at("2024-03-05T09:00").takes(&Actor::Reporter, "reopen");
    let too_much = RequestInput {
        more: Some(limit("50 workdays")),
        ..request(RequestKind::Extend)
    };
    assert_eq!(story.refused(&roads(), Command::Request(too_much)), "more_than_allowed");
    let number = story.asks(&roads(), request(RequestKind::Extend));
    story.grants(&dispatcher(), number);
    assert_eq!(story.due("anew"), at("2024-03-20T17:00"));
}

#[test]
fn whoever_asks_for_no_time_in_particular_asks_for_what_is_allowed() {
    let mut story = Story::handled();
    let policy = story.world.model.requests.get_mut(&RequestKind::Extend).unwrap();
    policy.at_most = Some(limit("2 workdays"));
    let number = story.asks(&roads(), request(RequestKind::Extend));
    story.grants(&dispatcher(), number);
    assert_eq!(
        story.due("handling"),
        at("2024-03-13T17:00"),
        "not once more the five days of the limit"
    );
}

#[test]
fn two_extensions_in_waiting_are_not_both_granted_beyond_the_bound() {
    let mut story = Story::begin();
    let policy = story.world.model.requests.get_mut(&RequestKind::Extend).unwrap();
    policy.grants_at_most = Some(1);
    policy.asked_by.push(Performer::Role(Role::Dispatcher));
    story.takes(&dispatcher(), "dispatch").takes(&roads(), "accept");
    let (a, b) = (
        story.asks(&roads(), request(RequestKind::Extend)),
        story.asks(&dispatcher(), request(RequestKind::Extend)),
    );
    story.grants(&dispatcher_2(), a);
    assert_eq!(story.refused(&dispatcher_2(), settle(b, true)), "granted_too_often");
    story.does(&dispatcher_2(), settle(b, false));
}

#[test]
fn a_standstill_has_an_end() {
    let mut story = Story::handled();
    let until = |until: Option<&str>| {
        Command::Request(RequestInput {
            until: until.map(at),
            ..request(RequestKind::Suspend)
        })
    };
    assert_eq!(story.refused(&roads(), until(None)), "until_missing");
    assert_eq!(
        story.refused(&roads(), until(Some("2024-03-04T08:00"))),
        "until_out_of_bounds"
    );
    assert_eq!(
        story.refused(&roads(), until(Some("2024-04-05T00:00"))),
        "until_out_of_bounds"
    );
    story.does(&roads(), until(Some("2024-03-06T09:00")));
    story.does(&dispatcher(), until(Some("2024-03-20T09:00")));
    story.at("2024-03-06T10:00");
    assert_eq!(story.refused(&dispatcher(), settle(1, true)), "until_passed");
    story.grants(&dispatcher_2(), 2);
    assert_eq!(story.case.suspended_until, Some(at("2024-03-20T09:00")));
    assert_eq!(
        state(&story, 1),
        RequestState::Lapsed,
        "the other request has been overtaken"
    );
    assert_eq!(
        story.refused(&roads(), until(Some("2024-03-25T09:00"))),
        "granted_too_often"
    );
    let policy = story.world.model.requests.get_mut(&RequestKind::Suspend).unwrap();
    policy.grants_at_most = None;
    assert_eq!(
        story.refused(&roads(), until(Some("2024-03-25T09:00"))),
        "already_suspended"
    );
}

#[test]
fn an_exclusion_is_decided_outside_the_unit() {
    let mut story = Story::handled();
    // The unit's own supervisor, and one of the district who also works for the unit.
    let own = person(20, &[(Role::Supervisor, ROADS)]);
    let number = story.asks(&roads(), request(RequestKind::Exclude));
    assert_eq!(story.refused(&own, settle(number, true)), "decided_outside");
    assert!(story.available(&own).decisions.is_empty());
    // A role elsewhere gives no say here.
    let elsewhere = person(21, &[(Role::Supervisor, ROADS), (Role::Supervisor, WEST)]);
    assert_eq!(story.refused(&elsewhere, settle(number, true)), "decided_outside");
    story.grants(&supervisor(), number);
    assert!(story.case.excluded);
    assert_eq!(story.refused(&roads(), ask(RequestKind::Exclude)), "already_excluded");
}

#[test]
fn nobody_decides_what_they_asked_for_themselves() {
    let mut story = Story::handled();
    let number = story.asks(&supervisor(), request(RequestKind::Exclude));
    assert_eq!(story.case.requests[0].unit, Some(code(EAST)));
    assert_eq!(story.refused(&supervisor(), settle(number, true)), "decided_outside");
    let colleague = person(20, &[(Role::Supervisor, EAST)]);
    assert_eq!(story.refused(&colleague, settle(number, true)), "decided_outside");
    story.grants(&person(21, &[(Role::Supervisor, CITY)]), number);

    // The desk settles what the desk asked for: by another hand, and nothing that changes the figures.
    let mut story = Story::handled();
    let other = Filing { id: Id(1), ..filing() };
    let other = super::file(&story.world.context(story.now), other, &Actor::Program);
    let merge = RequestInput {
        into: Some(Id(1)),
        target: Some(Box::new(other.unwrap().case)),
        ..request(RequestKind::Merge)
    };
    let number = story.asks(&dispatcher(), merge);
    assert_eq!(story.refused(&dispatcher(), settle(number, false)), "decided_outside");
    story.does(&dispatcher_2(), settle(number, false));
}

#[test]
fn not_even_the_desk_leaves_its_own_cases_out() {
    let mut story = Story::handled();
    let policy = story.world.model.requests.get_mut(&RequestKind::Exclude).unwrap();
    policy.asked_by.push(Performer::Role(Role::Dispatcher));
    policy.decided_by.push(Performer::Role(Role::Dispatcher));
    let number = story.asks(&dispatcher(), request(RequestKind::Exclude));
    assert_eq!(story.refused(&dispatcher_2(), settle(number, true)), "decided_outside");
    story.grants(&person(20, &[(Role::Dispatcher, CITY)]), number);
}

#[test]
fn a_unit_is_asked_for_by_whoever_stands_to_the_case() {
    let mut story = Story::handled();
    // The first grant has nothing to do with the case.
    let busy = person(
        20,
        &[
            (Role::Handler, WEST_ROADS),
            (Role::Supervisor, WEST),
            (Role::Supervisor, EAST),
        ],
    );
    story.asks(&busy, request(RequestKind::Exclude));
    assert_eq!(story.case.requests[0].unit, Some(code(EAST)));
    let for_another = RequestInput {
        unit: Some(code(WATER)),
        ..request(RequestKind::Return)
    };
    assert_eq!(story.refused(&roads(), Command::Request(for_another)), "not_your_unit");
}

#[test]
fn a_unit_with_two_people_asks_once() {
    let mut story = Story::handled();
    story.asks(&roads(), request(RequestKind::Return));
    let colleague = person(20, &[(Role::Handler, ROADS)]);
    assert_eq!(story.refused(&colleague, ask(RequestKind::Return)), "already_asked");
    story.asks(&water(), request(RequestKind::Return));
}

#[test]
fn a_closed_case_is_reopened_by_request() {
    let mut story = Story::closed();
    assert_eq!(story.refused(&supervisor(), ask(RequestKind::Merge)), "role_forbids");
    assert_eq!(
        story.refused(&dispatcher(), ask(RequestKind::Merge)),
        "phase_forbids",
        "whatever the pack says"
    );
    let number = story.asks(&supervisor(), request(RequestKind::Reopen));
    // The time for the reporter is over; what is asked for officially is decided officially.
    story.at("2024-05-06T09:00").grants(&dispatcher(), number);
    assert_eq!(story.case.state, "in_work");
    assert_eq!(story.due("anew"), at("2024-05-13T17:00"));
    assert_eq!(story.refused(&supervisor(), ask(RequestKind::Reopen)), "phase_forbids");
}

#[test]
fn a_case_that_was_opened_needs_no_request_to_open_it() {
    let mut story = Story::closed();
    let number = story.asks(&supervisor(), request(RequestKind::Reopen));
    story.later(5).takes(&Actor::Reporter, "reopen");
    assert_eq!(state(&story, number), RequestState::Lapsed);
    assert!(!clock_runs(&story, number));
}

#[test]
fn the_reporter_may_ask_too() {
    let mut story = Story::closed();
    let number = story.asks(&Actor::Reporter, request(RequestKind::Reopen));
    assert_eq!(story.case.requests[0].unit, None);
    assert_eq!(
        story.refused(&Actor::Reporter, ask(RequestKind::Reopen)),
        "already_asked"
    );
    story.grants(&dispatcher(), number);
}

#[test]
fn requests_need_rules_and_words_and_have_a_bound() {
    let mut story = Story::handled();
    let mute = RequestInput {
        reason: String::new(),
        ..request(RequestKind::Return)
    };
    assert_eq!(story.refused(&roads(), Command::Request(mute)), "words_missing");
    for _ in 0..MAX_REQUESTS {
        let number = story.asks(&roads(), request(RequestKind::Return));
        story.does(&dispatcher(), settle(number, false));
    }
    assert_eq!(story.refused(&roads(), ask(RequestKind::Return)), "too_many_requests");
    story.world.model.requests.remove(&RequestKind::Return);
    assert_eq!(
        story.refused(&roads(), ask(RequestKind::Return)),
        "request_not_in_force"
    );
    assert_eq!(story.refused(&dispatcher(), settle(1, true)), "request_not_in_force");
}
