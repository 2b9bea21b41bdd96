//! Two cases about the same thing become one (并案); and what the program decides.

use super::testing::*;
use super::{Command, Filing, Place, RequestInput, absorb};
use crate::access::{Actor, Role};
use crate::ids::Id;
use crate::model::{Performer, Phase, RequestKind};

fn ask(kind: RequestKind) -> Command {
    Command::Request(request(kind))
}

#[test]
fn the_same_thing_becomes_one_case() {
    let mut story = Story::handled();
    let mut main = Story::of(
        World::new(),
        Filing {
            id: Id(240_304_080_000_100_001),
            ..filing()
        },
    );
    let merging = |into: Option<Id>, target: Option<&Story>| {
        Command::Request(RequestInput {
            into,
            target: target.map(|story| Box::new(story.case.clone())),
            ..request(RequestKind::Merge)
        })
    };
    let granting = |target: Option<&Story>| Command::Decide {
        request: 1,
        grant: true,
        reason: "同一处塌陷".to_owned(),
        target: target.map(|story| Box::new(story.case.clone())),
    };
    assert_eq!(story.refused(&dispatcher(), merging(None, None)), "into_missing");
    let itself = merging(Some(story.case.id), Some(&story));
    assert_eq!(story.refused(&dispatcher(), itself), "into_itself");
    // Nobody waits for what cannot be granted: a case that is not there, or one that takes up nothing any more.
    let (nowhere, into) = (Some(Id(999_999_999_999_999_999)), Some(main.case.id));
    assert_eq!(story.refused(&dispatcher(), merging(nowhere, None)), "unknown_target");
    let mut over = main.clone();
    over.takes(&dispatcher(), "reject");
    assert_eq!(
        story.refused(&dispatcher(), merging(into, Some(&over))),
        "target_closed"
    );
    story.does(&dispatcher(), merging(into, Some(&main)));
    assert_eq!(story.refused(&dispatcher_2(), granting(None)), "unknown_target");
    let wrong = Story::begin();
    assert_eq!(story.refused(&dispatcher_2(), granting(Some(&wrong))), "unknown_target");

    let mut closed = main.clone();
    closed.takes(&dispatcher(), "reject");
    assert_eq!(story.refused(&dispatcher_2(), granting(Some(&closed))), "target_closed");
    story.does(&dispatcher_2(), granting(Some(&main)));
    let absorbed = absorb(&main.world.context(main.now), &main.case, story.case.id).unwrap();
    main.accepts(absorbed);

    assert_eq!((story.case.state.as_str(), story.case.phase), ("merged", Phase::Closed));
    assert_eq!(story.case.merged_into, Some(main.case.id));
    assert_eq!(main.case.absorbed, [story.case.id]);
    assert!(story.case.assignments.iter().all(|a| !a.is_open()));
    // The merged case has no life of its own any more.
    assert_eq!(story.refused(&Actor::Reporter, take("reopen", input())), "merged");
    assert_eq!(story.refused(&supervisor(), ask(RequestKind::Reopen)), "merged");
    let twice = absorb(&main.world.context(main.now), &story.case, main.case.id).unwrap_err();
    assert_eq!(twice.code, "target_closed");
}

#[test]
fn a_case_is_merged_into_one_that_asker_and_decider_may_see() {
    let mut story = Story::handled();
    let hidden = Filing {
        id: Id(240_304_080_000_100_001),
        place: Place {
            areas: vec![code(WEST)],
            ..filing().place
        },
        ..filing()
    };
    let world = World::new();
    let hidden = super::file(&world.context(story.now), hidden, &Actor::Program)
        .unwrap()
        .case;
    let merge = || RequestInput {
        into: Some(hidden.id),
        target: Some(Box::new(hidden.clone())),
        ..request(RequestKind::Merge)
    };
    // Whoever asks must see it as well, and whoever sees both keeps them apart: each district answers for its own.
    let ask = |actor: &Actor| story.refused(actor, Command::Request(merge()));
    assert_eq!(ask(&dispatcher()), "unknown_target");
    let city = person(20, &[(Role::Dispatcher, CITY)]);
    assert_eq!(ask(&city), "other_district");
    // What was asked for may have changed until it is decided.
    let near = Filing {
        id: hidden.id,
        ..filing()
    };
    let near = super::file(&world.context(story.now), near, &Actor::Program)
        .unwrap()
        .case;
    let merge = RequestInput {
        target: Some(Box::new(near)),
        ..merge()
    };
    story.asks(&dispatcher(), merge);
    let grant = || Command::Decide {
        request: 1,
        grant: true,
        reason: "同一件事".to_owned(),
        target: Some(Box::new(hidden.clone())),
    };
    assert_eq!(story.refused(&dispatcher_2(), grant()), "unknown_target");
    assert_eq!(story.refused(&city, grant()), "other_district");
}

#[test]
fn the_program_may_decide_where_a_pack_says_so() {
    let mut story = Story::handled();
    let policy = story.world.model.requests.get_mut(&RequestKind::Return).unwrap();
    policy.decided_by.push(Performer::PROGRAM);
    let number = story.asks(&roads(), request(RequestKind::Return));
    story.grants(&Actor::Program, number);
    assert_eq!(story.case.phase, Phase::Dispatch);
}
