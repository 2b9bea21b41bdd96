//! The units that have a part in a case: leading, assisting, ending, handing over.

use super::testing::*;
use super::{AssignmentState, CaseFact, Command, Filing, Place, StepInput};
use crate::access::{Actor, ActorRef, Relation, Role};
use crate::ids::Id;
use crate::model::{Milestone, Phase, RequestKind};
use crate::units::{Unit, UnitCode, UnitKind};

fn worker(actor: &Actor) -> Id {
    match actor.reference() {
        ActorRef::Account(id) => id,
        other => panic!("{other} has no account"),
    }
}

#[test]
fn the_dispatcher_may_know_better_than_the_directory() {
    let mut story = Story::begin();
    let named = StepInput {
        lead: Some(code(PARKS)),
        limit_class: Some("rush".to_owned()),
        matter: Some("0102".to_owned()),
        place: Some(Place {
            words: Some("池边".into()),
            position: None,
            areas: [POND, MILL, EAST].map(code).to_vec(),
        }),
        ..input()
    };
    story.does(&dispatcher(), take("dispatch", named));
    assert_eq!(story.case.lead().map(|lead| lead.unit.as_str()), Some(PARKS));
    assert_eq!(
        story.case.assignments.len(),
        1,
        "the directory's assisting units were meant for its own lead"
    );
    assert_eq!(story.due("handling"), at("2024-03-04T13:00"));
    assert_eq!(story.case.place.area(), &code(POND));
    assert_eq!(story.case.matter.as_deref(), Some("0102"));

    // Sent elsewhere: the clocks start anew, and what was open falls away.
    story.later(60).takes(&person(9, &[(Role::Handler, PARKS)]), "accept");
    let again = StepInput {
        matter: Some("0101".to_owned()),
        ..input()
    };
    story.later(60).does(&dispatcher(), take("dispatch", again));
    assert_eq!(story.case.assignments[0].state, AssignmentState::Released);
    assert_eq!(
        story.case.lead().map(|lead| (lead.number, lead.unit.as_str())),
        Some((2, ROADS))
    );
    assert_eq!(story.due("handling"), at("2024-03-11T17:00"));
    assert_eq!(
        story.refused(&person(9, &[(Role::Handler, PARKS)]), take("hand_in", input())),
        "no_assignment"
    );
}

#[test]
fn the_desk_follows_the_place() {
    let mut world = World::new();
    let mill_desk = "990101001000-command_centre";
    world.tree.put(unit(mill_desk, UnitKind::Department, Some(MILL)));
    let unplaced = Filing {
        place: Place {
            words: None,
            position: None,
            areas: vec![code(EAST)],
        },
        ..filing()
    };
    let mut story = Story::of(world, unplaced);
    assert_eq!(story.case.desk, code(DESK));
    let found = StepInput {
        place: Some(filing().place),
        ..input()
    };
    story.does(&dispatcher(), take("dispatch", found));
    assert_eq!(story.case.desk, code(mill_desk));
    story.takes(&roads(), "accept").takes(&roads(), "hand_in");
    assert_eq!(story.open_units(Relation::Verify), [mill_desk]);
}

#[test]
fn an_assisting_unit_works_at_its_own_pace() {
    let mut story = Story::begin();
    story.takes(&dispatcher(), "dispatch");
    // Before the lead has accepted; the state is the lead's.
    story.takes(&water(), "accept");
    assert_eq!(story.case.state, "sent");
    assert_eq!(story.case.times(Milestone::Accepted), 0);
    story.takes(&water(), "hand_in");
    assert_eq!((story.case.state.as_str(), story.case.phase), ("sent", Phase::Handling));
    assert_eq!(story.case.result, None, "the result is the lead's");
    assert_eq!(story.case.assignments[1].state, AssignmentState::Done);
    assert_eq!(story.case.times(Milestone::HandedIn), 0);
    assert_eq!(story.refused(&water(), take("hand_in", input())), "no_assignment");
    story.takes(&roads(), "accept").takes(&roads(), "hand_in");
    assert_eq!(story.case.phase, Phase::Verification);
}

#[test]
fn an_assisting_unit_that_makes_contact_leaves_the_state_alone() {
    let mut world = World::new();
    let contact = world.model.workflows.get_mut("loop").unwrap();
    contact.steps.iter_mut().find(|s| s.name == "contact").unwrap().to = Some("in_work".to_owned());
    let mut story = Story::of(world, filing());
    story
        .takes(&dispatcher(), "dispatch")
        .takes(&water(), "accept")
        .takes(&water(), "contact");
    assert_eq!(story.case.state, "sent", "nobody has accepted for the lead unit");
}

#[test]
fn who_works_for_two_units_may_act_for_either() {
    let mut story = Story::begin();
    let both = person(9, &[(Role::Handler, WATER), (Role::Handler, ROADS)]);
    let for_water = StepInput {
        unit: Some(code(WATER)),
        ..input()
    };
    story.takes(&dispatcher(), "dispatch").takes(&both, "accept");
    assert_eq!(
        story.case.assignments[0].state,
        AssignmentState::Accepted,
        "the lead comes first"
    );
    // The lead has accepted already, and nothing else waits in this state but the assisting unit's part.
    assert_eq!(story.steps(&both), ["accept", "contact", "hand_in"]);
    story.does(&both, take("accept", for_water.clone()));
    story.does(&both, take("hand_in", for_water));
    assert_eq!(story.case.assignments[1].state, AssignmentState::Done);
    assert_eq!(story.case.phase, Phase::Handling);
}

#[test]
fn whoever_handled_a_case_may_not_verify_it() {
    let mut story = Story::begin();
    let janus = person(9, &[(Role::Handler, ROADS), (Role::Verifier, DESK)]);
    let chatty = person(10, &[(Role::Handler, ROADS), (Role::Verifier, DESK)]);
    story
        .takes(&dispatcher(), "dispatch")
        .takes(&janus, "accept")
        .takes(&chatty, "contact")
        .takes(&roads(), "hand_in");
    for handler in [&janus, &chatty] {
        assert_eq!(story.refused(handler, take("pass", input())), "handler_may_not_verify");
        assert_eq!(
            story.refused(handler, take("rework", input())),
            "handler_may_not_verify"
        );
        assert!(story.steps(handler).is_empty());
    }
    assert_eq!(story.steps(&verifier()), ["pass", "rework"]);
    assert!(story.case.was_worked_on_by(worker(&chatty)));
}

#[test]
fn an_import_is_taken_over_in_flight() {
    let mut story = Story::begin();
    let flying = || StepInput {
        remaining: Some(limit("2 workdays")),
        ..input()
    };
    assert_eq!(
        story.refused(&dispatcher(), take("dispatch", flying())),
        "remaining_not_allowed"
    );
    let hours = StepInput {
        remaining: Some(limit("3 work_hours")),
        ..input()
    };
    assert_eq!(
        story.refused(&Actor::Program, take("dispatch", hours)),
        "remaining_in_other_unit"
    );
    story.does(&Actor::Program, take("dispatch", flying()));
    assert_eq!(story.due("handling"), at("2024-03-06T17:00"));
    assert_eq!(
        story.due("contacting"),
        at("2024-03-05T17:00"),
        "only the limit by class was running elsewhere"
    );
    story.takes(&Actor::Program, "accept");
    assert_eq!(
        story.case.lead().map(|lead| lead.state),
        Some(AssignmentState::Accepted)
    );
    story.takes(&Actor::Program, "hand_in");
    assert_eq!(
        story.case.lead().map(|lead| lead.state),
        Some(AssignmentState::Done),
        "the lead's part is done"
    );
    story.takes(&verifier(), "rework");
    assert_eq!(story.open_units(Relation::Lead), [ROADS]);
}

#[test]
fn a_result_without_a_unit_is_reworked_at_the_desk() {
    let mut world = World::new();
    let workflow = world.model.workflows.get_mut("loop").unwrap();
    let import = workflow.steps.iter_mut().find(|s| s.name == "queue").unwrap();
    import.to = Some("in_work".to_owned());
    let mut story = Story::of(world, filing());
    story
        .takes(&Actor::Program, "queue")
        .takes(&Actor::Program, "hand_in")
        .takes(&verifier(), "rework");
    assert_eq!(story.case.state, "at_desk");
}

#[test]
fn units_that_end_hand_over_to_their_successors() {
    let mut story = Story::handled();
    end(&mut story, ROADS, "2024-03-06", &[PARKS]);
    story.at("2024-03-06T09:00").does(&Actor::Program, Command::Transfer);
    assert_eq!(story.last(1), ["transferred"]);
    assert_eq!(story.case.lead().map(|lead| lead.unit.as_str()), Some(PARKS));
    assert_eq!(story.tries(&Actor::Program, Command::Transfer).unwrap().events, []);
    story.takes(&person(9, &[(Role::Handler, PARKS)]), "hand_in");

    // A unit without a successor leaves its work to the desk.
    end(&mut story, PARKS, "2024-03-08", &[]);
    story
        .takes(&verifier(), "rework")
        .at("2024-03-08T09:00")
        .does(&Actor::Program, Command::Transfer);
    assert_eq!(story.case.lead().map(|lead| lead.unit.as_str()), Some(DESK));
}

#[test]
fn a_desk_that_ends_hands_over_too() {
    let mut story = Story::handled();
    let request = story.asks(&roads(), request(RequestKind::Return));
    let new_desk = "990101000000-new_centre";
    let mut unit = unit(new_desk, UnitKind::Department, Some(EAST));
    unit.function = Some("command_centre".to_owned());
    story.world.tree.put(unit);
    end(&mut story, DESK, "2024-03-06", &[new_desk]);
    story.at("2024-03-06T09:00").does(&Actor::Program, Command::Transfer);
    assert_eq!(story.case.desk, code(new_desk));
    assert_eq!(story.open_units(Relation::Decide), [new_desk]);
    assert_eq!(story.case.requests[0].number, request);
}

#[test]
fn a_case_is_reopened_with_the_successor_of_its_unit() {
    let mut story = Story::closed();
    end(&mut story, ROADS, "2024-03-06", &[PARKS]);
    story.at("2024-03-06T09:00").takes(&Actor::Reporter, "reopen");
    assert_eq!(story.last(2), ["reopened", "transferred"]);
    assert_eq!(story.case.lead().map(|lead| lead.unit.as_str()), Some(PARKS));
    assert_eq!(story.open_units(Relation::Lead), [PARKS]);
}

#[test]
fn units_that_merge_may_hold_a_case_twice() {
    let mut story = Story::handled();
    story.takes(&water(), "accept");
    end(&mut story, WATER, "2024-03-06", &[ROADS]);
    story.at("2024-03-06T09:00").does(&Actor::Program, Command::Transfer);
    let number = story.asks(&roads(), request(RequestKind::Return));
    story.grants(&dispatcher(), number);
    assert_eq!(
        story.case.state, "at_desk",
        "the lead's part goes back, and the other with it"
    );
    assert_eq!(story.case.assignments[0].state, AssignmentState::Returned);
    assert_eq!(story.case.assignments[1].state, AssignmentState::Released);
}

#[test]
fn what_a_unit_asked_for_before_it_merged_stays_about_its_own_part() {
    let mut story = Story::handled();
    let number = story.asks(&water(), request(RequestKind::Return));
    end(&mut story, WATER, "2024-03-06", &[ROADS]);
    story.at("2024-03-06T09:00").does(&Actor::Program, Command::Transfer);
    assert_eq!(story.case.requests[0].unit, Some(code(ROADS)));
    story.grants(&dispatcher(), number);
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("in_work", Phase::Handling)
    );
    assert_eq!(
        story.case.assignments[0].state,
        AssignmentState::Accepted,
        "nobody gave the lead back"
    );
    assert_eq!(story.case.assignments[1].state, AssignmentState::Returned);
}

#[test]
fn an_assisting_unit_is_not_waited_for_once_the_lead_has_handed_in() {
    let mut story = Story::handled();
    story.takes(&water(), "accept");
    assert_eq!(story.open_units(Relation::Assist), [WATER]);
    story.takes(&roads(), "hand_in");
    assert_eq!(story.open_units(Relation::Assist), [""; 0]);
    assert_eq!(story.refused(&water(), take("hand_in", input())), "state_forbids");
    story.takes(&verifier(), "rework");
    assert_eq!(story.open_units(Relation::Assist), [WATER]);
    story.takes(&water(), "hand_in");
}

/// Ends a unit of the story's tree.
fn end(story: &mut Story, unit: &str, on: &str, successors: &[&str]) {
    let mut unit = story.world.tree.get(&code(unit)).expect("there is such a unit").clone();
    unit.valid_to = Some(on.parse().expect("a date"));
    unit.successors = successors.iter().map(|unit| code(unit)).collect();
    story.world.tree.put(unit);
}

#[test]
fn a_case_may_lie_in_the_city_at_large() {
    let at_large = Filing {
        matter: None,
        place: Place {
            words: Some("某座桥".into()),
            position: None,
            areas: vec![code(CITY)],
        },
        ..filing()
    };
    let mut story = Story::of(World::new(), at_large);
    assert_eq!(story.case.district.0, 990_100);
    assert_eq!(story.case.desk, code(CITY), "a city without a desk is its own");
    let city_desk = person(9, &[(Role::Dispatcher, CITY)]);
    assert_eq!(
        story.refused(&dispatcher(), take("dispatch", input())),
        "unknown_case",
        "not the district's"
    );
    let to = |unit: &str| StepInput {
        lead: Some(code(unit)),
        ..input()
    };
    assert_eq!(story.refused(&city_desk, take("dispatch", to(CITY))), "unit_elsewhere");
    story.does(&city_desk, take("dispatch", to(BRIDGES)));
    story.later(1).does(&city_desk, take("dispatch", to(WEST_ROADS)));
    assert_eq!(story.case.lead().map(|lead| lead.unit.as_str()), Some(WEST_ROADS));
}

#[test]
fn at_most_twenty_units_assist() {
    let mut story = Story::begin();
    let many: Vec<UnitCode> = (0..21).map(|n| code(&format!("990101000000-unit_{n}"))).collect();
    for unit in &many {
        story.world.tree.put(unit_of(unit));
    }
    let with = |assist: &[UnitCode]| StepInput {
        assist: Some(assist.to_vec()),
        ..input()
    };
    assert_eq!(
        story.refused(&dispatcher(), take("dispatch", with(&many))),
        "too_many_units"
    );
    // The lead and repeats are passed over.
    let mut named = many[..20].to_vec();
    named.extend([code(ROADS), many[0].clone()]);
    story.does(&dispatcher(), take("dispatch", with(&named)));
    assert_eq!(story.case.assignments.len(), 21);
    assert!(matches!(story.events.last().unwrap().fact, CaseFact::Dispatched { .. }));
}

fn unit_of(code: &UnitCode) -> Unit {
    unit(code.as_str(), UnitKind::Department, Some(EAST))
}
