//! Who of a unit works on an assignment, and handing it over to a colleague.

use super::testing::*;
use super::{CaseFact, Command};
use crate::access::{Actor, Role};
use crate::ids::Id;
use crate::units::Unit;

fn colleague() -> Actor {
    person(30, &[(Role::Handler, ROADS)])
}

fn hand_over(to: Actor) -> Command {
    Command::HandOver {
        assignment: 1,
        to,
        reason: "休病假".to_owned(),
    }
}

fn accepted() -> Story {
    let mut story = Story::begin();
    story.takes(&dispatcher(), "dispatch").takes(&roads(), "accept");
    story
}

fn holder(story: &Story) -> Option<Id> {
    story.case.assignments[0].holder
}

#[test]
fn whoever_accepts_holds_it_until_it_is_handed_over() {
    let mut story = accepted();
    assert_eq!(holder(&story), Some(Id(3)));
    let due = story.due("handling");
    story.later(60).does(&roads(), hand_over(colleague()));
    assert_eq!(holder(&story), Some(Id(30)));
    assert_eq!(story.due("handling"), due, "limits stay");
    assert_eq!(story.last(1), ["handed_over"]);
    // Whoever holds it, everybody of the unit may still do the work; and it comes back to who held it.
    story.takes(&roads(), "hand_in").takes(&verifier(), "rework");
    assert_eq!(holder(&story), Some(Id(30)));
}

#[test]
fn colleagues_and_supervisors_hand_over() {
    for actor in [colleague(), supervisor(), Actor::Program] {
        let mut story = accepted();
        assert_eq!(story.available(&actor).handovers, [1]);
        story.does(&actor, hand_over(colleague()));
    }
    let story = accepted();
    for other in [dispatcher(), water(), verifier()] {
        assert!(story.available(&other).handovers.is_empty());
        assert_eq!(story.refused(&other, hand_over(colleague())), "role_forbids");
    }
}

#[test]
fn it_goes_to_somebody_else_of_the_unit_who_may_see_it() {
    let mut story = accepted();
    for other in [
        water(),
        dispatcher(),
        person(31, &[(Role::Leader, EAST)]),
        Actor::Reporter,
    ] {
        assert_eq!(story.refused(&roads(), hand_over(other)), "not_of_the_unit");
    }
    assert_eq!(story.refused(&roads(), hand_over(roads())), "holds_it_already");
    let nothing_said = Command::HandOver {
        assignment: 1,
        to: colleague(),
        reason: " ".to_owned(),
    };
    assert_eq!(story.refused(&roads(), nothing_said), "reason_missing");
    let confide = Command::Confide {
        people: Some([Id(3)].into()),
        reason: "举报人要求保密".to_owned(),
    };
    story.does(&dispatcher(), confide);
    assert_eq!(story.refused(&roads(), hand_over(colleague())), "not_of_the_unit");
}

#[test]
fn only_what_is_in_hand_is_handed_over() {
    let mut story = Story::begin();
    story.takes(&dispatcher(), "dispatch");
    assert_eq!(story.refused(&roads(), hand_over(colleague())), "not_in_hand");
    story.takes(&roads(), "accept").takes(&roads(), "hand_in");
    assert!(story.available(&roads()).handovers.is_empty());
    assert_eq!(story.refused(&roads(), hand_over(colleague())), "not_in_hand");
    let unknown = Command::HandOver {
        assignment: 9,
        to: colleague(),
        reason: "休病假".to_owned(),
    };
    assert_eq!(story.refused(&roads(), unknown), "unknown_assignment");
}

#[test]
fn the_successor_of_a_unit_says_who_takes_it() {
    let mut story = accepted();
    let ended = Unit {
        valid_to: Some("2024-03-05".parse().expect("a date")),
        successors: vec![code(PARKS)],
        ..story.world.tree.get(&code(ROADS)).expect("it is there").clone()
    };
    story.world.tree.put(ended);
    story.later(3 * 24 * 60).does(&Actor::Program, Command::Transfer);
    assert!(matches!(
        story.events.last().map(|event| &event.fact),
        Some(CaseFact::Transferred { .. })
    ));
    assert_eq!(holder(&story), None);
}
