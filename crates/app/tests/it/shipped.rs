//! The shipped packs and places, put into force; a case walks the closed loop in the district that they describe.

use std::path::PathBuf;
use std::sync::Arc;

use quanyu_app::App;
use quanyu_app::cases::{Caller, CaseDraft, ListQuery, StepDraft};
use quanyu_app::ports::{Clock, SetClock};
use quanyu_domain::access::{Relation, Role};
use quanyu_domain::cases::{AnswersInput, Case, Position, Satisfaction};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Act, Phase, RequestKind};
use quanyu_domain::units::UnitKind;
use quanyu_pack::{Sources, read_folder};

use crate::support::{World, at, refused};

pub fn shipped() -> Sources {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for part in ["packs", "places"] {
        let findings = read_folder(&mut sources, &root.join(part), part);
        assert!(findings.is_empty(), "{findings}");
    }
    sources
}

/// A caller with a role at a unit, without an account behind it.
fn with(number: i64, role: Role, unit: &str) -> Caller {
    Caller::account(Id(number), vec![crate::support::grant(role, unit)])
}

fn steps(app: &App, caller: &Caller, case: &Case, act: Act) -> String {
    let available = app.available(caller, case).expect("rules");
    let step = available.steps.into_iter().find(|step| step.act == act);
    step.unwrap_or_else(|| panic!("{act:?} is not offered in {}", case.state))
        .name
}

async fn take(app: &Arc<App>, caller: &Caller, case: &Case, act: Act, draft: StepDraft) -> Case {
    let step = steps(app, caller, case, act);
    app.step(caller, case.id, Some(case.version), &step, draft)
        .await
        .expect("the step is offered")
}

fn later(clock: &SetClock, minutes: i64) {
    clock.set(clock.now() + jiff::SignedDuration::from_mins(minutes));
}

#[tokio::test]
async fn a_case_walks_the_closed_loop_in_the_shipped_district() {
    let world = World::new().await;
    let app = &world.app;
    app.initialise(&shipped())
        .await
        .expect("the shipped packs go into force");
    assert_eq!(refused(app.initialise(&shipped()).await), "initialised_already");
    let rules = app.rules();

    // The district that has grids, its desk, and a place in it that the gazetteer knows.
    let grid = rules
        .tree
        .all()
        .into_iter()
        .find(|u| u.kind == UnitKind::Grid)
        .expect("grids are shipped")
        .code
        .clone();
    let district = rules.chain(&grid).pop().expect("a district");
    let desk = rules.tree.desk(&district, "2024-03-04".parse().unwrap()).to_string();
    let road = rules
        .gazetteer
        .search("wsdj", 5, |area| rules.tree.is_within(area, &district));
    let position: Position = road.first().expect("a road by its initials").position;

    let operator = with(1, Role::Operator, &desk);
    let dispatcher = with(2, Role::Dispatcher, &desk);
    let verifier = with(4, Role::Verifier, &desk);
    let caller_back = with(5, Role::CallBackClerk, &desk);
    let model = &rules.of(district.district()).unwrap().model;
    let demand = model
        .demands
        .values()
        .find(|d| !d.answerable_at_intake)
        .unwrap()
        .name
        .clone();
    let case_type = model
        .case_types
        .values()
        .find(|t| t.reopen_within.is_some())
        .unwrap()
        .name
        .clone();
    let text = "五四大街路口的雨水井盖破损，车辆经过时有响声，夜间存在安全隐患，请尽快处理。";
    let (matter, _) = *rules.matters.suggest(text, 1).first().expect("a matter is suggested");
    let draft = CaseDraft {
        case_type,
        demand,
        channel: model.channels.values().find(|c| c.public).unwrap().name.clone(),
        matter: Some(matter.code.clone()),
        title: Some("井盖破损".into()),
        text: text.into(),
        place: Some("五四大街路口".into()),
        position: Some(position),
        area: None,
        reporter: Some(quanyu_app::people::Person {
            name: Some("马女士".into()),
            phone: Some("138 0000 1234".into()),
            email: None,
            address: None,
        }),
        evidence: Vec::new(),
        answer: None,
        confidential: false,
    };
    let intake = app.take_in(&operator, draft.clone(), None).await.expect("filed");
    let case = intake.case;
    assert_eq!(case.phase, Phase::Dispatch);
    assert_eq!(
        case.place.areas.len(),
        4,
        "grid, community, subdistrict, district: {:?}",
        case.place.areas
    );
    assert_eq!(case.desk.as_str(), desk);

    // The caller rings again: the earlier case is found by the number, however it is written.
    let earlier = app
        .cases_of_phone(&operator, "+86 13800001234", "来电查询")
        .await
        .unwrap();
    assert_eq!(earlier.iter().map(|c| c.id).collect::<Vec<_>>(), [case.id]);
    let twin = app
        .take_in(
            &operator,
            CaseDraft {
                text: format!("{text}还没修好。"),
                ..draft
            },
            None,
        )
        .await
        .unwrap()
        .case;
    let similar = app.similar_to(&dispatcher, &twin).await.unwrap();
    assert_eq!(
        similar.first().map(|s| s.case.id),
        Some(case.id),
        "the same thing, told twice"
    );

    // Dispatch by the directory; the limit explains itself.
    let query = ListQuery {
        relation: Some(Relation::Dispatch),
        ..ListQuery::all(true, 10)
    };
    assert_eq!(app.list(&dispatcher, &query).await.unwrap().cases.len(), 2);
    let case = take(app, &dispatcher, &case, Act::Dispatch, StepDraft::default()).await;
    let lead = case.lead().expect("the directory names a lead unit").unit.clone();
    for explained in app.explain_limits(&case).await.unwrap() {
        assert!(!explained.steps.is_empty(), "{} explains itself", explained.name);
    }

    // The unit works; the desk may not hand in, the handler may not verify.
    let handler = with(3, Role::Handler, lead.as_str());
    later(&world.clock, 30);
    let case = take(app, &handler, &case, Act::Accept, StepDraft::default()).await;
    let spoke = StepDraft {
        note: Some("已与来电人联系".into()),
        ..StepDraft::default()
    };
    let case = take(app, &handler, &case, Act::Contact, spoke).await;
    let outcome = model.outcomes.values().find(|o| o.solved).unwrap().name.clone();
    let result = StepDraft {
        reply: Some("井盖已更换。".into()),
        outcome: Some(outcome),
        ..StepDraft::default()
    };
    assert_eq!(
        refused(app.step(&dispatcher, case.id, None, "hand_in", result.clone()).await),
        "role_forbids"
    );
    later(&world.clock, 60);
    let case = take(app, &handler, &case, Act::HandIn, result).await;
    assert_eq!(case.phase, Phase::Verification);
    let case = take(app, &verifier, &case, Act::Pass, StepDraft::default()).await;
    let answers = AnswersInput {
        reached: true,
        responded: Some(true),
        solved: Some(true),
        satisfaction: Some(Satisfaction::Satisfied),
    };
    let asked = StepDraft {
        answers: Some(answers),
        ..StepDraft::default()
    };
    let case = take(app, &caller_back, &case, Act::CallBack, asked).await;
    assert_eq!(case.phase, Phase::Closed);

    // The reporter follows with number and secret, and opens it again.
    assert_eq!(app.follow(case.id, &intake.secret).await.unwrap().version, case.version);
    assert_eq!(
        refused(app.follow(case.id, "0000-0000-0000").await),
        "unknown_case_or_secret"
    );
    let case = app.reopen(case.id, &intake.secret, "井盖又响了").await.unwrap();
    assert_eq!(case.phase, Phase::Handling);
    assert!(
        app.list(
            &handler,
            &ListQuery {
                relation: Some(Relation::Lead),
                ..query
            }
        )
        .await
        .unwrap()
        .cases
        .len()
            == 1
    );

    // Another founder's table: what the journal holds is what the case is.
    let timeline = app.timeline(&dispatcher, &case).await.unwrap();
    let mut replayed = Case::from_first(&timeline[0].event).unwrap();
    for entry in &timeline[1..] {
        replayed.apply(&entry.event).unwrap();
    }
    assert_eq!(replayed, app.told_case(&case).await.unwrap());
    assert!(
        app.available(&handler, &case)
            .unwrap()
            .requests
            .contains(&RequestKind::Return)
    );
    let _ = at("2024-03-04T09:00");
}

#[tokio::test]
async fn earlier_rules_explain_the_limits_that_they_set() {
    let world = World::new().await;
    let app = &world.app;
    let sources = shipped();
    app.initialise(&sources).await.unwrap();
    let before = app.rules().source.clone();
    // The place sets another number; records of before keep theirs.
    let path = sources
        .iter()
        .find(|(p, t)| p.ends_with("place.toml") && !t.contains("part_of"))
        .unwrap()
        .0
        .to_owned();
    let mut changed: Sources = sources.iter().collect();
    let text = sources.get(&path).unwrap().replace("\"3 workdays\"", "\"4 workdays\"");
    assert_ne!(
        Some(text.as_str()),
        sources.get(&path),
        "the place sets a limit of 3 workdays"
    );
    changed.insert(path, text);
    let activated = app.activate_sources(&Caller::program(), &changed).await.unwrap();
    assert_eq!(activated.number, 2);
    assert_ne!(app.rules().source, before);
    let units = app.rules().tree.len();
    app.reload_rules().await.unwrap();
    assert_eq!(app.rules().tree.len(), units, "registers stay as they are");
}
