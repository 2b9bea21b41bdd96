//! Units: changed by people at the same time, and what follows for the cases.

use jiff::SignedDuration;
use quanyu_app::cases::{CASE_NOUN, ListQuery};
use quanyu_app::units::{UNIT_NOUN, load_tree};
use quanyu_domain::access::Relation;
use quanyu_domain::access::Role::Dispatcher;
use quanyu_domain::cases::Case;
use quanyu_domain::text::Title;
use quanyu_domain::units::{Unit, UnitCommand, UnitKind};
use quanyu_store::Records;
use quanyu_store::tables::TimerRow;

use crate::mills::{LOWER, UPPER, WATER, admin, another, caller, desk, file, handler, mills, sent_to, unit, walk};
use crate::support::{CITY, EAST, EAST_DESK, EAST_ROADS, MILL, World, at, code, refused};
use crate::timers::timers;

pub const BOTH: &str = "990101000000-roads_and_water";

pub fn merger(on: &str) -> UnitCommand {
    UnitCommand::Merge {
        from: vec![code(EAST_ROADS), code(WATER)],
        into: unit(BOTH, UnitKind::Department, EAST),
        on: on.parse().unwrap(),
    }
}

async fn leads(world: &World, unit: &str) -> Vec<Case> {
    let query = ListQuery {
        relation: Some(Relation::Lead),
        ..ListQuery::all(true, 200)
    };
    world.app.list(&handler(unit), &query).await.unwrap().cases
}

async fn sent(world: &World, unit: &str, count: usize) {
    for _ in 0..count {
        let case = file(&world.app).await;
        world
            .app
            .step(&desk(), case.id, None, "dispatch", sent_to(unit))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_merger_moves_what_is_open_and_leaves_what_is_done() {
    let world = mills().await;
    // More than one page of them.
    sent(&world, EAST_ROADS, 230).await;
    sent(&world, WATER, 3).await;
    let done = walk(
        &world.app,
        file(&world.app).await,
        &["dispatch", "accept", "hand_in", "pass", "call_back"],
    )
    .await;
    assert_eq!(
        refused(world.app.change_units(&desk(), merger("2024-03-04")).await),
        "role_forbids"
    );
    world.app.change_units(&admin(), merger("2024-03-04")).await.unwrap();
    timers(&world.app).run_due().await.unwrap();
    assert!(leads(&world, EAST_ROADS).await.is_empty() && leads(&world, WATER).await.is_empty());
    let mut moved = 0;
    let mut query = ListQuery {
        relation: Some(Relation::Lead),
        ..ListQuery::all(true, 200)
    };
    loop {
        let page = world.app.list(&handler(BOTH), &query).await.unwrap();
        moved += page.cases.len();
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(moved, 233);
    let done = world.app.case(&desk(), done.id).await.unwrap();
    assert_eq!(done.lead().unwrap().unit, code(EAST_ROADS), "the past stays");
    let transferred = world
        .kinds(CASE_NOUN)
        .await
        .iter()
        .filter(|kind| *kind == "transferred")
        .count();
    assert_eq!(transferred, 233);
    assert_eq!(timer(&world).await, None);
    // The successor goes on with them.
    let case = leads(&world, BOTH).await.pop().unwrap();
    walk(&world.app, case, &["accept", "hand_in"]).await;
}

async fn timer(world: &World) -> Option<TimerRow> {
    world
        .store
        .record(vec![UNIT_NOUN.into(), 990_101.into()])
        .await
        .unwrap()
}

#[tokio::test]
async fn a_merger_takes_place_on_its_day() {
    let world = mills().await;
    sent(&world, EAST_ROADS, 2).await;
    world.app.change_units(&admin(), merger("2024-07-01")).await.unwrap();
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(leads(&world, EAST_ROADS).await.len(), 2);
    assert_eq!(timer(&world).await.unwrap().due, at("2024-07-01T00:00"));
    // Another one before it: the timer fires for both, each on its day.
    let into = unit("990101001003", UnitKind::Community, MILL);
    let from = vec![code(UPPER), code(LOWER)];
    let sooner = UnitCommand::Merge {
        from,
        into,
        on: "2024-05-01".parse().unwrap(),
    };
    world.app.change_units(&admin(), sooner).await.unwrap();
    assert_eq!(timer(&world).await.unwrap().due, at("2024-05-01T00:00"));
    world.clock.set(at("2024-05-01T00:00"));
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(timer(&world).await.unwrap().due, at("2024-07-01T00:00"));
    assert_eq!(leads(&world, EAST_ROADS).await.len(), 2);
    world.clock.set(at("2024-07-01T00:00") - SignedDuration::from_secs(1));
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(leads(&world, EAST_ROADS).await.len(), 2);
    world.clock.set(at("2024-07-01T00:00"));
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(leads(&world, BOTH).await.len(), 2);
    assert_eq!(timer(&world).await, None);
}

#[tokio::test]
async fn cases_follow_their_desk() {
    let world = mills().await;
    let at_desk = file(&world.app).await;
    let handled = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    let new = Unit {
        function: Some("command_centre".to_owned()),
        ..unit("990101000000-new_desk", UnitKind::Department, EAST)
    };
    let from = vec![code(EAST_DESK)];
    let command = UnitCommand::Merge {
        from,
        into: new,
        on: "2024-03-04".parse().unwrap(),
    };
    world.app.change_units(&admin(), command).await.unwrap();
    timers(&world.app).run_due().await.unwrap();
    let new_desk = caller(9, &[(Dispatcher, "990101000000-new_desk")]);
    for case in [at_desk, handled] {
        assert_eq!(
            world.app.case(&new_desk, case.id).await.unwrap().desk,
            code("990101000000-new_desk")
        );
    }
}

#[tokio::test]
async fn units_are_added_with_their_parents_and_checked() {
    let world = mills().await;
    let grids: Vec<Unit> = (0..600)
        .map(|nth| unit(&format!("990101001009{nth:03}"), UnitKind::Grid, "990101001009"))
        .chain([unit("990101001009", UnitKind::Community, MILL)])
        .collect();
    let before = world.kinds(UNIT_NOUN).await.len();
    world.app.add_units(&admin(), grids.clone()).await.unwrap();
    let rules = world.app.rules();
    assert!(rules.tree.is_within(&code("990101001009599"), &code(EAST)));
    assert_eq!(
        world.kinds(UNIT_NOUN).await.len(),
        before + 2,
        "an event for each five hundred"
    );
    assert_eq!(refused(world.app.add_units(&admin(), grids).await), "invalid_unit");
    let orphan = unit("990101077001", UnitKind::Community, "990101077000");
    assert_eq!(
        refused(world.app.add_units(&admin(), vec![orphan]).await),
        "invalid_unit"
    );
    let nul = Unit {
        title: Title::new("坏\0名", "bad"),
        ..unit("990101001008", UnitKind::Community, MILL)
    };
    assert_eq!(refused(world.app.add_units(&admin(), vec![nul]).await), "invalid_unit");
    let long = Unit {
        title: Title::new("长".repeat(101), ""),
        ..unit("990101001008", UnitKind::Community, MILL)
    };
    assert_eq!(refused(world.app.add_units(&admin(), vec![long]).await), "invalid_unit");
    assert!(
        world
            .app
            .add_units(&admin(), Vec::new())
            .await
            .unwrap()
            .units
            .is_empty()
    );
    assert_eq!(load_tree(world.store.as_ref()).await.unwrap().len(), rules.tree.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_the_same_time_leave_a_tree() {
    let mut world = mills().await;
    let other = another(&mut world).await;
    // Each by itself is sound; both together would be a ring.
    let under = |child: &str, parent: &str| UnitCommand::Amend {
        unit: unit(child, UnitKind::Department, parent),
    };
    let (app, one, two) = (world.app.clone(), under(EAST_ROADS, WATER), under(WATER, EAST_ROADS));
    let (one, two) = tokio::join!(
        tokio::spawn(async move { app.change_units(&admin(), one).await }),
        tokio::spawn(async move { other.change_units(&admin(), two).await }),
    );
    let outcomes = [one.unwrap(), two.unwrap()];
    let refusals: Vec<&'static str> = outcomes.into_iter().filter(Result::is_err).map(refused).collect();
    assert_eq!(refusals, ["invalid_unit"]);
    let tree = load_tree(world.store.as_ref()).await.unwrap();
    for code in [EAST_ROADS, WATER].map(code) {
        assert_eq!(tree.ancestors(&code).last().unwrap().code, crate::support::code(CITY));
    }
}

#[tokio::test]
async fn what_a_unit_has_in_hand_and_what_became_of_it_can_be_read() {
    let world = mills().await;
    sent(&world, EAST_ROADS, 3).await;
    let somebody = world.account("roads.one", &[(Dispatcher, EAST_ROADS)]).await;
    let work = world.app.open_work(&code(EAST_ROADS)).await.unwrap();
    assert_eq!(
        (work.lead, work.assist, work.area, work.accounts),
        (3, 0, 0, 1),
        "{work:?} {somebody:?}"
    );
    let district = world.app.open_work(&code(EAST)).await.unwrap();
    assert_eq!((district.area, district.lead), (3, 0));
    assert!(district.below > 0);
    assert_eq!(
        refused(world.app.open_work(&code("990101000000-nobody")).await),
        "unknown_unit"
    );

    let day = "2024-03-04".parse().unwrap();
    world.app.change_units(&admin(), merger("2024-03-04")).await.unwrap();
    let district = code(EAST).district();
    let changes = world.app.unit_changes(district, None, 10).await.unwrap();
    let newest = &changes[0];
    assert_eq!(newest.event.what, quanyu_domain::units::UnitChange::Merged);
    assert!(
        newest
            .event
            .units
            .iter()
            .any(|unit| unit.code == code(WATER) && unit.valid_to == Some(day))
    );
    let earlier = world
        .app
        .unit_changes(district, Some(newest.position), 10)
        .await
        .unwrap();
    assert!(!earlier.is_empty() && earlier.iter().all(|change| change.position < newest.position));
    let work = world.app.open_work(&code(BOTH)).await.unwrap();
    assert_eq!(work.lead, 0, "handed over by a timer");
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(world.app.open_work(&code(BOTH)).await.unwrap().lead, 3);
}
