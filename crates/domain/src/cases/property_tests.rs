//! What holds of every case, whatever happens to it.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::testing::walk::{accept, beginning, happen, moves, people};
use super::testing::*;
use super::{
    Assignment, AssignmentState, Case, Command, Discretion, Part, Publication, Request, RequestInput, RequestState,
    StepInput,
};
use crate::access::{Actor, ActorRef, Relation};
use crate::ids::Id;
use crate::model::{Act, Milestone, Phase, RequestKind};
use crate::units::UnitKind;

/// What holds of a case at any time.
fn check_case(story: &Story) {
    let case = &story.case;
    let workflow = &story.world.model.workflows["loop"];
    assert_eq!(workflow.phase(&case.state), case.phase);
    let json = serde_json::to_string(case).expect("a case is JSON");
    let read: Case = serde_json::from_str(&json).expect("it reads back");
    assert!(read == *case, "{json}");
    assert!(case.milestones.is_sorted_by_key(|(_, at)| *at));

    let open: Vec<&Assignment> = case.assignments.iter().filter(|a| a.is_open()).collect();
    assert!(open.iter().filter(|a| a.part == Part::Lead).count() <= 1);
    match case.phase {
        Phase::Handling => assert!(
            open.iter().any(|a| a.part == Part::Lead),
            "somebody leads what is handled"
        ),
        Phase::Closed => assert!(open.is_empty()),
        _ => assert!(
            open.iter().all(|a| a.part == Part::Assist),
            "the lead has handed in or given back"
        ),
    }
    for assignment in &case.assignments {
        assert_eq!(assignment.is_open(), assignment.ended_at.is_none());
        assert!(assignment.state != AssignmentState::Done || assignment.accepted_at.is_some() || by_program(story));
    }

    for request in &case.requests {
        let clock = case
            .clocks
            .iter()
            .find(|c| c.request == Some(request.number))
            .expect("it has a clock");
        let pending = request.state == RequestState::Pending;
        assert_eq!(
            clock.clock.stopped().is_none(),
            pending,
            "a decision is measured until it is made"
        );
        let decided = matches!(request.state, RequestState::Granted | RequestState::Refused);
        assert_eq!(request.decision.is_some(), decided);
        let answered = request.decision.as_ref().map(|decision| decision.by);
        assert_ne!(answered, Some(request.by), "nobody decides what they asked for");
        if pending {
            check_pending(case, request);
        }
    }
    let own = || case.clocks.iter().filter(|c| c.request.is_none());
    if case.phase == Phase::Closed {
        assert!(
            own().all(|c| c.clock.stopped().is_some()),
            "nothing runs when it is done"
        );
        assert_eq!(case.wake_at(), None);
        assert!(case.reached(Milestone::Closed).is_some());
    }
    if case.suspended_until.is_some() {
        assert!(
            own().all(|c| c.running_due().is_none() && c.next_step_at.is_none()),
            "everything stands still"
        );
    }
}

fn by_program(story: &Story) -> bool {
    story
        .events
        .iter()
        .any(|event| event.by == ActorRef::Program && event.fact.kind() == "handed_in")
}

fn check_pending(case: &Case, request: &Request) {
    match request.kind {
        RequestKind::Return => {
            let unit = request.unit.as_ref().expect("a unit gives back");
            assert!(case.open_assignment_of(unit).is_some(), "what could be given back?");
        }
        RequestKind::Reopen => assert_eq!(case.phase, Phase::Closed),
        RequestKind::Exclude => assert!(!case.excluded),
        RequestKind::Extend | RequestKind::Suspend | RequestKind::Merge => assert_ne!(case.phase, Phase::Closed),
    }
}

/// Lists and single looks agree, and the rows of the party index are sorted and without repeats.
fn check_access(story: &Story, people: &[Actor]) {
    let case = &story.case;
    let tree = &story.world.tree;
    let parties = case.parties();
    let keys: Vec<_> = parties.iter().map(|row| (&row.unit, row.relation)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    for unit in tree.all() {
        for relation in Relation::ALL {
            let listed = |unit| keys.contains(&(unit, relation));
            let is_party = case.is_party(&unit.code, relation, tree);
            if relation == Relation::Area && unit.kind == UnitKind::City {
                assert_eq!(is_party, tree.case_areas_under(&unit.code).iter().any(listed));
            } else {
                assert_eq!(is_party, listed(&unit.code), "{} {relation:?}", unit.code);
            }
        }
    }
    for actor in people.iter().filter(|actor| !actor.grants().is_empty()) {
        let ranges = actor.scope(tree).ranges;
        let listed = parties
            .iter()
            .any(|row| ranges.contains(&(row.unit.clone(), row.relation)));
        assert_eq!(listed, !actor.standing(case, tree).is_empty(), "{actor:?}");
    }
}

/// Waking a case when it wants to be woken gets on, and comes to an end.
fn check_waking(story: &Story) {
    let mut story = story.clone();
    for _ in 0..40 {
        let Some(at) = story.case.wake_at() else { return };
        story.now = story.now.max(at);
        let decided = story
            .tries(&Actor::Program, Command::Wake)
            .expect("the program may wake it");
        assert!(!decided.events.is_empty(), "woken for nothing at {at}");
        let next = decided.case.wake_at();
        assert!(
            next.is_none_or(|next| next > story.now),
            "{next:?} is not after {}",
            story.now
        );
        accept(&mut story, decided);
    }
    panic!("it never sleeps: {:?}", story.events.last());
}

/// What everybody may see of the case of a story.
fn publication(story: &Story) -> Publication {
    Publication {
        text: text_ref(91),
        reply: None,
        areas: story.case.place.areas.clone(),
        words: None,
        position: None,
    }
}

/// The command that does it, with everything that it needs.
fn discreet(story: &Story, what: Discretion) -> Command {
    let reason = "研究决定".to_owned();
    match what {
        Discretion::Confide => Command::Confide {
            // Everybody who comes near it, so that the walk goes on.
            people: Some((1..20).map(Id).collect()),
            reason,
        },
        Discretion::Disclose => Command::Confide { people: None, reason },
        Discretion::Publish => Command::Publish(Box::new(publication(story))),
        Discretion::Withdraw => Command::Withdraw { reason },
    }
}

/// What is offered is what is not refused to somebody with everything that a step needs.
fn check_offers(story: &Story, people: &[Actor]) {
    let named = |act| StepInput {
        lead: (act == Act::Dispatch).then(|| code(BRIDGES)),
        limit_class: Some("week".to_owned()),
        ..input()
    };
    for actor in people {
        let available = story.available(actor);
        let steps: Vec<&str> = available.steps.iter().map(|step| step.name.as_str()).collect();
        for step in &story.world.model.workflows["loop"].steps {
            let tried = story.tries(actor, take(&step.name, named(step.act)));
            let refusal = tried.err();
            assert_eq!(
                steps.contains(&step.name.as_str()),
                refusal.is_none(),
                "{actor:?} {} {refusal:?}",
                step.name
            );
        }
        for kind in RequestKind::ALL {
            let tomorrow = RequestInput {
                until: Some(story.now + SignedDuration::from_hours(24)),
                into: Some(Id(1)),
                // Whoever sees the one sees the other.
                target: Some(Box::new(Case {
                    id: Id(1),
                    ..story.case.clone()
                })),
                ..request(kind)
            };
            let refusal = story.tries(actor, Command::Request(tomorrow)).err();
            assert_eq!(
                available.requests.contains(&kind),
                refusal.is_none(),
                "{actor:?} {kind:?} {refusal:?}"
            );
        }
        for request in &story.case.requests {
            let refusal = story.tries(actor, settle(request.number, false)).err();
            assert_eq!(
                available.decisions.contains(&request.number),
                refusal.is_none(),
                "{actor:?} {refusal:?}"
            );
        }
        for what in Discretion::ALL {
            let refusal = story.tries(actor, discreet(story, what)).err();
            assert_eq!(
                available.discretion.contains(&what),
                refusal.is_none(),
                "{actor:?} {what:?} {refusal:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(128, |cases| cases.parse().expect("a number")),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_a_case_stays_sound(moves in moves(), beginning in beginning()) {
        let people = people();
        let mut story = beginning.begin();
        for one in &moves {
            happen(&mut story, &people, one);
            check_case(&story);
        }
        check_access(&story, &people);
        check_waking(&story);
        check_offers(&story, &people);
        // The same where named people alone see it, and where everybody does.
        for what in [Discretion::Confide, Discretion::Publish] {
            let mut other = story.clone();
            let decided = other.tries(&dispatcher(), discreet(&other, what));
            if let Ok(decided) = decided {
                accept(&mut other, decided);
                check_offers(&other, &people);
            }
        }
        prop_assert_eq!(replayed(&story.events), story.case);
    }
}

/// The random walks are worth something only if they get around.
#[test]
fn random_walks_get_everywhere() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let people = people();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..256 {
        let walk = (moves(), beginning()).new_tree(&mut runner);
        let (moves, beginning) = walk.expect("there are walks").current();
        let mut story = beginning.begin();
        for one in &moves {
            happen(&mut story, &people, one);
        }
        seen.extend(story.events.iter().map(|event| event.fact.kind()));
        seen.extend(
            story
                .case
                .requests
                .iter()
                .filter(|r| r.state == RequestState::Granted)
                .map(|r| r.kind.name()),
        );
        seen.extend(
            story
                .case
                .requests
                .iter()
                .filter(|r| r.state == RequestState::Lapsed)
                .map(|_| "lapsed"),
        );
    }
    for wanted in [
        "filed",
        "answered",
        "rejected",
        "dispatched",
        "accepted",
        "contacted",
        "handed_in",
        "passed",
        "reworked",
        "asked",
        "reopened",
        "urged",
        "moved",
        "requested",
        "decided",
        "escalated",
        "resumed",
        "transferred",
        "return",
        "extend",
        "suspend",
        "exclude",
        "merge",
        "reopen",
        "lapsed",
        "desk_moved",
        "reckoned",
    ] {
        assert!(seen.contains(wanted), "no walk came to `{wanted}`");
    }
}
