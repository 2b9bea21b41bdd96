//! What a case lives through, from intake to a closed loop.

use super::testing::*;
use super::{Answer, AnswersInput, AssignmentState, Filing, Part, Satisfaction, StepInput, file};
use crate::access::{Actor, ActorRef, Relation, Role};
use crate::model::{Milestone, Phase};

#[test]
fn a_case_walks_the_loop() {
    let mut story = Story::begin();
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("received", Phase::Intake)
    );
    assert_eq!(story.case.desk, code(DESK));
    assert_eq!(story.open_units(Relation::Dispatch), [DESK]);
    assert_eq!(story.steps(&dispatcher()), ["reject", "queue", "dispatch"]);

    story.later(30).takes(&dispatcher(), "dispatch");
    let parts: Vec<(&str, Part)> = story
        .case
        .assignments
        .iter()
        .map(|a| (a.unit.as_str(), a.part))
        .collect();
    assert_eq!(
        parts,
        [(ROADS, Part::Lead), (WATER, Part::Assist)],
        "as the directory says"
    );
    assert_eq!(story.case.limit_class.as_deref(), Some("week"));
    assert_eq!(story.due("handling"), at("2024-03-11T17:00"));
    assert_eq!(story.open_units(Relation::Lead), [ROADS]);
    assert_eq!(story.open_units(Relation::Assist), [WATER]);
    assert_eq!(story.open_units(Relation::Dispatch), [""; 0]);

    story.later(30).takes(&roads(), "accept");
    assert_eq!(story.case.state, "in_work");
    story.later(30).takes(&roads(), "contact");
    assert!(
        story
            .case
            .clock("contacting")
            .is_some_and(|c| c.clock.stopped().is_some())
    );

    story.at("2024-03-08T10:00").takes(&roads(), "hand_in");
    assert_eq!(story.case.phase, Phase::Verification);
    assert_eq!(story.open_units(Relation::Verify), [DESK]);
    assert_eq!(story.open_units(Relation::Lead), [""; 0]);
    let handling = story.case.clock("handling").expect("it ran");
    assert_eq!(handling.clock.stopped(), Some(story.now));

    story.later(60).takes(&verifier(), "pass");
    assert_eq!(story.open_units(Relation::CallBack), [DESK]);
    story.later(60).takes(&caller(), "call_back");
    assert_eq!((story.case.state.as_str(), story.case.phase), ("done", Phase::Closed));
    assert_eq!(story.case.closed_at(), Some(story.now));
    let reached: Vec<Milestone> = story.case.milestones.iter().map(|(milestone, _)| *milestone).collect();
    use Milestone::{Accepted, CalledBack, Closed, Contacted, Dispatched, Filed, HandedIn, Verified};
    assert_eq!(
        reached,
        [
            Filed, Dispatched, Accepted, Contacted, HandedIn, Verified, CalledBack, Closed
        ]
    );
    assert!(story.case.parties().iter().all(|row| !row.open));
    assert!(story.case.clocks.iter().all(|c| c.clock.stopped().is_some()));
    assert_eq!(story.case.wake_at(), None);
    assert_eq!(story.case.version, 7);
}

#[test]
fn a_question_is_answered_at_intake_in_one_commit() {
    let world = World::new();
    let question = Filing {
        demand: "question".to_owned(),
        answer: Some(Answer {
            outcome: "explained".to_owned(),
            reply: text_ref(22),
        }),
        ..filing()
    };
    let decided = file(&world.context(at("2024-03-04T09:00")), question.clone(), &operator()).unwrap();
    let continues: Vec<bool> = decided.events.iter().map(|event| event.continues).collect();
    assert_eq!(continues, [true, false]);
    assert_eq!(decided.case.version, 1, "one decision, one version");
    assert_eq!(decided.case.phase, Phase::Closed);
    assert_eq!(replayed(&decided.events), decided.case);
    assert_eq!(
        decided.case.clock("dispatching").and_then(|c| c.clock.stopped()),
        Some(at("2024-03-04T09:00"))
    );

    let refused = |filing: Filing, actor: &Actor| {
        let refusal = file(&world.context(at("2024-03-04T09:00")), filing, actor).unwrap_err();
        refusal.code
    };
    let trouble = Filing {
        demand: "trouble".to_owned(),
        ..question.clone()
    };
    assert_eq!(refused(trouble, &operator()), "not_answerable");
    assert_eq!(refused(question.clone(), &dispatcher()), "role_forbids");
    // Somebody who may file here without seeing the area in which the case lies.
    let elsewhere = person(9, &[(Role::Operator, POND)]);
    assert_eq!(refused(question, &elsewhere), "role_forbids");
}

#[test]
fn an_answer_is_offered_only_where_the_demand_allows_it() {
    let trouble = Story::begin();
    assert_eq!(trouble.steps(&operator()), ["reject", "queue"]);
    assert_eq!(trouble.refused(&operator(), take("answer", input())), "not_answerable");
    let question = Filing {
        demand: "question".to_owned(),
        ..filing()
    };
    let mut story = Story::of(World::new(), question);
    assert_eq!(story.steps(&operator()), ["answer", "reject", "queue"]);
    story.takes(&operator(), "answer");
    assert_eq!(story.case.state, "done");
}

#[test]
fn what_is_not_for_the_district_is_turned_down() {
    let mut story = Story::begin();
    let mute = StepInput {
        note: Some("  ".to_owned()),
        ..input()
    };
    assert_eq!(story.refused(&operator(), take("reject", mute)), "words_missing");
    story.takes(&operator(), "reject");
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("turned_down", Phase::Closed)
    );
    assert_eq!(story.case.evidence, [photo(33)], "what was brought along is kept");
}

#[test]
fn evidence_is_kept_whatever_the_step() {
    let mut story = Story::handled();
    let before = story.case.evidence.len();
    story.takes(&roads(), "contact");
    assert_eq!(story.case.evidence.len(), before + 1);
    assert!(
        story
            .case
            .missing_evidence(story.world.model.workflows["loop"].step("hand_in").unwrap(), &[])
            .is_empty()
    );
}

#[test]
fn a_result_needs_its_evidence() {
    let mut story = Story::begin();
    let bare = || StepInput {
        evidence: Vec::new(),
        ..input()
    };
    story
        .does(&dispatcher(), take("dispatch", bare()))
        .does(&roads(), take("accept", bare()));
    assert_eq!(story.refused(&roads(), take("hand_in", bare())), "evidence_missing");
    story.takes(&roads(), "hand_in");
}

#[test]
fn a_wrong_result_goes_back_to_the_unit() {
    let mut story = Story::handled();
    story
        .takes(&roads(), "hand_in")
        .at("2024-03-05T10:00")
        .takes(&verifier(), "rework");
    assert_eq!(story.case.state, "in_work");
    assert_eq!(
        story.case.lead().map(|lead| lead.state),
        Some(AssignmentState::Accepted)
    );
    assert_eq!(story.case.lead().and_then(|lead| lead.ended_at), None);
    assert_eq!(story.due("again"), at("2024-03-06T17:00"));
    story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
    // The reporter says no on the telephone.
    story.takes(&caller(), "rework").takes(&roads(), "hand_in");
    assert_eq!(story.case.times(Milestone::Reworked), 2);
    assert_eq!(story.case.times(Milestone::HandedIn), 3);
}

#[test]
fn unanswered_calls_count_and_end() {
    let mut story = Story::handled();
    story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
    for attempt in 1..=3 {
        assert_eq!(story.refused(&caller(), take("give_up", input())), "condition_not_met");
        story.later(60).does(&caller(), take("call_back", unreached()));
        assert_eq!(story.case.answers.len(), attempt);
        assert_eq!(story.case.phase, Phase::CallBack);
    }
    story.takes(&caller(), "give_up");
    assert_eq!(story.case.phase, Phase::Closed);
    assert_eq!(story.case.times(Milestone::CalledBack), 0, "nobody answered");

    // Attempts of an earlier round do not count for the next.
    story.takes(&Actor::Reporter, "reopen").later(1);
    story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
    assert_eq!(story.refused(&caller(), take("give_up", input())), "condition_not_met");
}

#[test]
fn answers_are_whole_or_none() {
    let mut story = Story::handled();
    story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
    let with = |answers: Option<AnswersInput>| StepInput { answers, ..input() };
    let half = AnswersInput {
        solved: None,
        ..answers()
    };
    let ghost = AnswersInput {
        reached: false,
        ..answers()
    };
    assert_eq!(
        story.refused(&caller(), take("call_back", with(None))),
        "answers_missing"
    );
    assert_eq!(
        story.refused(&caller(), take("call_back", with(Some(half)))),
        "answers_incomplete"
    );
    assert_eq!(
        story.refused(&caller(), take("call_back", with(Some(ghost)))),
        "answers_incomplete"
    );
    assert_eq!(
        story.refused(&Actor::Reporter, take("rate", unreached())),
        "answers_incomplete"
    );
}

#[test]
fn the_reporter_rates_each_result_once() {
    let mut story = Story::handled();
    story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
    let bad = StepInput {
        answers: Some(AnswersInput {
            satisfaction: Some(Satisfaction::Dissatisfied),
            solved: Some(false),
            ..answers()
        }),
        ..StepInput::default()
    };
    story.later(5).does(&Actor::Reporter, take("rate", bad));
    assert_eq!(story.case.phase, Phase::Closed, "who has answered need not be asked");
    assert_eq!(story.case.answers[0].by, ActorRef::Reporter);
    assert_eq!(story.refused(&Actor::Reporter, take("rate", input())), "already_rated");
    assert_eq!(story.steps(&Actor::Reporter), ["reopen"]);

    story
        .later(5)
        .takes(&Actor::Reporter, "reopen")
        .later(5)
        .takes(&roads(), "hand_in");
    story
        .takes(&verifier(), "pass")
        .takes(&caller(), "call_back")
        .later(5)
        .takes(&Actor::Reporter, "rate");
    assert_eq!(story.case.answers.len(), 3);
    assert_eq!(story.refused(&Actor::Reporter, take("rate", input())), "already_rated");
}

#[test]
fn a_false_closure_is_reopened_in_time_and_not_too_often() {
    let mut story = Story::closed();
    assert_eq!(story.now, at("2024-03-04T09:00"));
    // Fifteen days after the fourth: until the end of the nineteenth.
    story.at("2024-03-20T00:00:01");
    assert_eq!(
        story.refused(&Actor::Reporter, take("reopen", input())),
        "reopen_too_late"
    );
    assert_eq!(story.refused(&operator(), take("reopen", input())), "role_forbids");
    story.now = at("2024-03-19T23:59");
    story.takes(&Actor::Reporter, "reopen");
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("in_work", Phase::Handling)
    );
    assert_eq!(story.case.closed_at(), None);
    let lead = story.case.lead().expect("the unit that led it leads again");
    assert_eq!((lead.unit.as_str(), lead.state), (ROADS, AssignmentState::Accepted));
    assert_eq!(story.due("anew"), at("2024-03-26T17:00"), "with a whole limit");
    assert_eq!(story.open_units(Relation::Lead), [ROADS]);

    for _ in 0..2 {
        story
            .takes(&roads(), "hand_in")
            .takes(&verifier(), "pass")
            .takes(&caller(), "call_back");
        if story.case.times(Milestone::Reopened) == 1 {
            story.takes(&Actor::Reporter, "reopen");
        }
    }
    assert_eq!(
        story.refused(&Actor::Reporter, take("reopen", input())),
        "reopened_too_often"
    );
}

#[test]
fn a_case_that_no_unit_led_is_reopened_at_the_desk() {
    let mut story = Story::begin();
    story.takes(&operator(), "reject").takes(&Actor::Reporter, "reopen");
    assert_eq!(
        (story.case.state.as_str(), story.case.phase),
        ("at_desk", Phase::Dispatch)
    );
    story.takes(&dispatcher(), "dispatch");
}

#[test]
fn a_workflow_may_reopen_at_the_desk() {
    let mut world = World::new();
    let workflow = world.model.workflows.get_mut("loop").unwrap();
    workflow.steps.iter_mut().find(|s| s.name == "reopen").unwrap().to = Some("at_desk".to_owned());
    let mut story = Story::closed();
    story.world = world;
    story.takes(&Actor::Reporter, "reopen");
    assert_eq!(story.open_units(Relation::Dispatch), [DESK]);
    assert_eq!(
        story.open_units(Relation::Lead),
        [""; 0],
        "nothing is wanted of the unit yet"
    );
}

#[test]
fn a_supervisor_presses_and_the_state_stays() {
    let mut story = Story::handled();
    story.takes(&supervisor(), "urge");
    assert_eq!((story.case.state.as_str(), story.last(1)), ("in_work", vec!["urged"]));
    assert_eq!(story.steps(&supervisor()), ["urge"]);
}
