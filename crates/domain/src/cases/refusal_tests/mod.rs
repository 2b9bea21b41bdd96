//! Every refusal that deciding about cases can give, reached at least once; the list is held against the sources.

mod discretion;
mod requests;

use std::collections::BTreeSet;

use super::testing::*;
use super::{
    Answer, AnswersInput, Command, Evidence, Filing, MAX_REASON, MAX_REQUESTS, Place, Position, RequestInput,
    RequestState, StepInput, absorb, file,
};
use crate::access::{Actor, Role};
use crate::ids::Id;
use crate::model::{Performer, RequestKind};
use crate::refusal::{Refusal, RefusalKind};

/// How a step is refused to somebody, with what comes along.
fn step(story: &Story, actor: &Actor, step: &str, with: StepInput) -> Refusal {
    let tried = story.tries(actor, take(step, with));
    tried.expect_err("it is refused")
}

fn asking(story: &Story, actor: &Actor, with: RequestInput) -> Refusal {
    let tried = story.tries(actor, Command::Request(with));
    tried.expect_err("it is refused")
}

fn deciding(story: &Story, actor: &Actor, command: Command) -> Refusal {
    story.tries(actor, command).expect_err("it is refused")
}

fn filed(filing: Filing, actor: &Actor) -> Refusal {
    let world = World::new();
    let tried = file(&world.context(at("2024-03-04T09:00")), filing, actor);
    tried.expect_err("it is refused")
}

fn at_place(position: Option<Position>, areas: &[&str]) -> Place {
    Place {
        words: None,
        position,
        areas: areas.iter().map(|area| code(area)).collect(),
    }
}

fn note(note: &str) -> StepInput {
    StepInput {
        note: Some(note.to_owned()),
        ..input()
    }
}

fn to(unit: &str) -> StepInput {
    StepInput {
        lead: Some(code(unit)),
        ..input()
    }
}

fn until(time: &str) -> RequestInput {
    RequestInput {
        until: Some(at(time)),
        ..request(RequestKind::Suspend)
    }
}

/// Asks to be merged into a case that is there.
fn into_another(story: &Story) -> RequestInput {
    let other = Filing { id: Id(1), ..filing() };
    let filed = file(&story.world.context(story.now), other, &Actor::Program);
    RequestInput {
        into: Some(Id(1)),
        target: Some(Box::new(filed.expect("it may be filed").case)),
        ..request(RequestKind::Merge)
    }
}

fn asked(kind: RequestKind) -> Story {
    let mut story = Story::handled();
    story.asks(&roads(), request(kind));
    story
}

fn suspended() -> Story {
    let mut story = Story::handled();
    story.asks(&roads(), until("2024-03-20T09:00"));
    story.grants(&dispatcher(), 1);
    story
}

/// Code and kind of each refusal, and how it comes about.
type Row = (&'static str, RefusalKind, fn() -> Refusal);

const INVALID: RefusalKind = RefusalKind::Invalid;
const FORBIDDEN: RefusalKind = RefusalKind::Forbidden;
const NOT_NOW: RefusalKind = RefusalKind::NotNow;
const NOT_FOUND: RefusalKind = RefusalKind::NotFound;

const FILING: &[Row] = &[
    ("unknown_name", INVALID, || {
        let channel = "pigeon".to_owned();
        filed(Filing { channel, ..filing() }, &operator())
    }),
    ("unknown_matter", INVALID, || {
        let matter = Some("99".to_owned());
        filed(Filing { matter, ..filing() }, &operator())
    }),
    ("no_area", INVALID, || {
        let place = at_place(None, &[]);
        filed(Filing { place, ..filing() }, &operator())
    }),
    ("invalid_position", INVALID, || {
        let place = at_place(Some(Position { lon: 200.0, lat: 0.0 }), &[EAST]);
        filed(Filing { place, ..filing() }, &operator())
    }),
    ("channel_not_public", FORBIDDEN, || filed(filing(), &Actor::Reporter)),
    ("may_not_file_here", FORBIDDEN, || {
        filed(filing(), &person(1, &[(Role::Operator, WEST_DESK)]))
    }),
    ("may_not_file_here", FORBIDDEN, || filed(filing(), &roads())),
    ("not_answerable", INVALID, || {
        let mut world = World::new();
        let workflow = world.model.workflows.get_mut("loop").expect("there is one");
        workflow.steps.retain(|step| step.name != "answer");
        let answer = Some(Answer {
            outcome: "explained".to_owned(),
            reply: text_ref(1),
        });
        let demand = "question".to_owned();
        let filing = Filing {
            answer,
            demand,
            ..filing()
        };
        file(&world.context(at("2024-03-04T09:00")), filing, &operator()).expect_err("nothing answers it")
    }),
];

const STEPS: &[Row] = &[
    ("unknown_case", NOT_FOUND, || {
        step(&Story::begin(), &roads(), "accept", input())
    }),
    ("case_type_not_in_force", NOT_NOW, || {
        let mut story = Story::begin();
        story.world.model.case_types.clear();
        step(&story, &dispatcher(), "dispatch", input())
    }),
    ("unknown_step", NOT_FOUND, || {
        step(&Story::begin(), &operator(), "fly", input())
    }),
    ("role_forbids", FORBIDDEN, || {
        step(&Story::begin(), &operator(), "dispatch", input())
    }),
    ("state_forbids", NOT_NOW, || {
        step(&Story::begin(), &verifier(), "pass", input())
    }),
    ("state_forbids", NOT_NOW, || {
        let mut story = Story::handled();
        story.takes(&roads(), "hand_in");
        step(&story, &Actor::Program, "hand_in", input())
    }),
    ("no_assignment", NOT_NOW, || {
        step(&Story::handled(), &roads(), "accept", input())
    }),
    ("not_answerable", NOT_NOW, || {
        step(&Story::begin(), &operator(), "answer", input())
    }),
    ("evidence_missing", INVALID, || {
        let mut story = Story::handled();
        story.case.evidence.clear();
        let evidence = Vec::new();
        step(&story, &roads(), "hand_in", StepInput { evidence, ..input() })
    }),
    ("unknown_evidence_kind", INVALID, || {
        let evidence = vec![Evidence {
            kind: "song".to_owned(),
            attachment: Id(1),
        }];
        step(
            &Story::begin(),
            &operator(),
            "reject",
            StepInput { evidence, ..input() },
        )
    }),
    ("too_much_evidence", INVALID, || {
        let evidence = vec![photo(1); 101];
        step(
            &Story::begin(),
            &operator(),
            "reject",
            StepInput { evidence, ..input() },
        )
    }),
    ("words_missing", INVALID, || {
        step(&Story::begin(), &operator(), "reject", note(" "))
    }),
    ("text_too_long", INVALID, || {
        step(
            &Story::begin(),
            &operator(),
            "reject",
            note(&"长".repeat(MAX_REASON + 1)),
        )
    }),
    ("text_not_allowed", INVALID, || {
        step(&Story::begin(), &operator(), "reject", note("\0"))
    }),
    ("unknown_outcome", INVALID, || {
        let outcome = Some("magic".to_owned());
        step(&Story::handled(), &roads(), "hand_in", StepInput { outcome, ..input() })
    }),
    ("reply_missing", INVALID, || {
        let reply = None;
        step(&Story::handled(), &roads(), "hand_in", StepInput { reply, ..input() })
    }),
    ("handler_may_not_verify", FORBIDDEN, || {
        let mut story = Story::begin();
        let janus = person(9, &[(Role::Handler, ROADS), (Role::Verifier, DESK)]);
        story
            .takes(&dispatcher(), "dispatch")
            .takes(&janus, "accept")
            .takes(&janus, "hand_in");
        step(&story, &janus, "pass", input())
    }),
    ("answers_missing", INVALID, || {
        let mut story = Story::handled();
        story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
        let answers = None;
        step(&story, &caller(), "call_back", StepInput { answers, ..input() })
    }),
    ("answers_incomplete", INVALID, || {
        let mut story = Story::handled();
        story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
        let answers = Some(AnswersInput {
            reached: false,
            ..answers()
        });
        step(&story, &caller(), "call_back", StepInput { answers, ..input() })
    }),
    ("condition_not_met", NOT_NOW, || {
        let mut story = Story::handled();
        story.takes(&roads(), "hand_in").takes(&verifier(), "pass");
        step(&story, &caller(), "give_up", input())
    }),
    ("not_sampled", NOT_NOW, || {
        let mut story = Story::closed();
        let workflow = story.world.model.workflows.values_mut().next().expect("there is one");
        let asks = workflow
            .steps
            .iter_mut()
            .find(|step| step.name == "call_back")
            .expect("there is one");
        asks.from.push("done".to_owned());
        step(&story, &caller(), "call_back", input())
    }),
    ("already_rated", NOT_NOW, || {
        let mut story = Story::closed();
        story.takes(&Actor::Reporter, "rate");
        step(&story, &Actor::Reporter, "rate", input())
    }),
    ("reopen_too_late", NOT_NOW, || {
        let mut story = Story::closed();
        story.at("2024-04-01T09:00");
        step(&story, &Actor::Reporter, "reopen", input())
    }),
    ("reopen_too_late", NOT_NOW, || {
        let mut story = Story::closed();
        let case_type = story.world.model.case_types.get_mut("grievance").expect("there is one");
        case_type.reopen_within = None;
        step(&story, &Actor::Reporter, "reopen", input())
    }),
    ("reopened_too_often", NOT_NOW, || {
        let mut story = Story::closed();
        let case_type = story.world.model.case_types.get_mut("grievance").expect("there is one");
        case_type.reopen_at_most = 0;
        step(&story, &Actor::Reporter, "reopen", input())
    }),
    ("merged", NOT_NOW, || {
        let mut story = Story::closed();
        story.case.merged_into = Some(Id(1));
        step(&story, &Actor::Reporter, "reopen", input())
    }),
    ("program_only", FORBIDDEN, || {
        deciding(&Story::begin(), &supervisor(), Command::Wake)
    }),
];

const DISPATCH: &[Row] = &[
    ("other_district", INVALID, || {
        let place = Some(at_place(None, &[WEST]));
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { place, ..input() },
        )
    }),
    ("other_district", INVALID, || {
        let place = Some(at_place(None, &[]));
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { place, ..input() },
        )
    }),
    ("unknown_matter", INVALID, || {
        let matter = Some("99".to_owned());
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { matter, ..input() },
        )
    }),
    ("no_lead", INVALID, || {
        let matter = Some("0102".to_owned());
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { matter, ..input() },
        )
    }),
    ("unknown_unit", INVALID, || {
        step(&Story::begin(), &dispatcher(), "dispatch", to("990101000000-magic"))
    }),
    ("unit_elsewhere", INVALID, || {
        step(&Story::begin(), &dispatcher(), "dispatch", to(WEST_ROADS))
    }),
    ("unit_ended", INVALID, || {
        let mut story = Story::begin();
        let mut parks = story.world.tree.get(&code(PARKS)).expect("it exists").clone();
        parks.valid_to = Some("2024-01-01".parse().expect("a date"));
        story.world.tree.put(parks);
        step(&story, &dispatcher(), "dispatch", to(PARKS))
    }),
    ("too_many_units", INVALID, || {
        let assist = (0..21).map(|n| code(&format!("990101000000-unit_{n}"))).collect();
        let assist = Some(assist);
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { assist, ..input() },
        )
    }),
    ("limit_not_for_handling", INVALID, || {
        // A class that a clock of its own is measured by.
        let limit_class = Some("month".to_owned());
        let with = StepInput { limit_class, ..input() };
        step(&Story::begin(), &dispatcher(), "dispatch", with)
    }),
    ("unknown_limit_class", INVALID, || {
        let limit_class = Some("soon".to_owned());
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { limit_class, ..input() },
        )
    }),
    ("remaining_not_allowed", INVALID, || {
        let remaining = Some(limit("1 workday"));
        step(
            &Story::begin(),
            &dispatcher(),
            "dispatch",
            StepInput { remaining, ..input() },
        )
    }),
    ("remaining_in_other_unit", INVALID, || {
        let remaining = Some(limit("1 day"));
        step(
            &Story::begin(),
            &Actor::Program,
            "dispatch",
            StepInput { remaining, ..input() },
        )
    }),
];

#[test]
fn every_refusal_is_reached() {
    let tables = [
        FILING,
        STEPS,
        DISPATCH,
        requests::REQUESTS,
        requests::DECISIONS,
        discretion::DISCRETION,
    ];
    for (code, kind, come_about) in tables.into_iter().flatten() {
        let refusal = come_about();
        assert_eq!((refusal.code, refusal.kind), (*code, *kind), "{refusal}");
        assert!(!refusal.zh.is_empty() && !refusal.en.is_empty());
        assert_eq!(refusal.field.is_some(), *kind == RefusalKind::Invalid, "{refusal}");
    }

    let sources = [
        include_str!("../clocks.rs"),
        include_str!("../decide/act.rs"),
        include_str!("../decide/discretion.rs"),
        include_str!("../decide/dispatch.rs"),
        include_str!("../decide/filing.rs"),
        include_str!("../decide/input.rs"),
        include_str!("../decide/lapse.rs"),
        include_str!("../decide/mod.rs"),
        include_str!("../decide/request.rs"),
        include_str!("../decide/sample.rs"),
        include_str!("../decide/settle.rs"),
        include_str!("../decide/wake.rs"),
    ];
    let mut written: BTreeSet<&str> = sources.into_iter().flat_map(codes).collect();
    // What only a damaged journal or a mistake in the program gives.
    assert!(written.remove("internal_inconsistency"));
    let reached: BTreeSet<&str> = tables.into_iter().flatten().map(|(code, ..)| *code).collect();
    assert_eq!(reached, written);
}

/// The codes of the refusals in a source text.
fn codes(source: &str) -> impl Iterator<Item = &str> {
    let constructors = ["invalid(", "forbidden(", "not_now(", "not_found("];
    source.split("Refusal::").skip(1).filter_map(move |after| {
        let arguments = constructors.iter().find_map(|name| after.strip_prefix(name))?;
        arguments.trim_start().strip_prefix('"')?.split('"').next()
    })
}

#[test]
fn the_program_may_not_return_what_nobody_gave_it() {
    let mut story = Story::handled();
    let policy = story
        .world
        .model
        .requests
        .get_mut(&RequestKind::Return)
        .expect("there is one");
    policy.asked_by.push(Performer::PROGRAM);
    let refusal = asking(&story, &Actor::Program, request(RequestKind::Return));
    assert_eq!(refusal.code, "no_assignment");
}
