//! Units and the dispatch directory: changed by people at the same time, and what follows for the cases.

use jiff::SignedDuration;
use quanyu_app::cases::{CASE_NOUN, Caller, ListQuery};
use quanyu_app::directory::{Put, RowKey, load_directories};
use quanyu_app::error::AppError;
use quanyu_app::refresh::Refresher;
use quanyu_app::units::{UNIT_NOUN, load_tree};
use quanyu_domain::access::Relation;
use quanyu_domain::access::Role::{Dispatcher, Handler, SystemAdmin};
use quanyu_domain::cases::Case;
use quanyu_domain::directory::DirectoryRow;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::text::Title;
use quanyu_domain::units::{Unit, UnitCommand, UnitKind};
use quanyu_store::tables::TimerRow;
use quanyu_store::{Records, Store};

use crate::mills::{LOWER, UPPER, WATER, admin, another, caller, desk, file, handler, mills, sent_to, unit, walk};
use crate::support::{CITY, EAST, EAST_DESK, EAST_ROADS, MILL, WEST, WEST_DESK, World, at, code, refused};
use crate::timers::timers;

const BOTH: &str = "990101000000-roads_and_water";
const EAST_ID: DistrictId = DistrictId(990_101);
const CITY_ID: DistrictId = DistrictId(990_100);

fn merger(on: &str) -> UnitCommand {
    UnitCommand::Merge {
        from: vec![code(EAST_ROADS), code(WATER)],
        into: unit(BOTH, UnitKind::Department, EAST),
        on: on.parse().unwrap(),
    }
}

async fn leads(world: &World, unit: &str) -> Vec<Case> {
    let query = ListQuery {
        relation: Some(Relation::Lead),
        unit: None,
        open: true,
        after: None,
        limit: 200,
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
        unit: None,
        open: true,
        after: None,
        limit: 200,
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

fn row(matter: &str, lead: &str, limit_class: &str) -> DirectoryRow {
    DirectoryRow {
        matter: matter.to_owned(),
        demand: None,
        lead: lead.parse().unwrap(),
        assist: Vec::new(),
        limit_class: limit_class.to_owned(),
        valid_from: "2024-01-01".parse().unwrap(),
        valid_to: None,
        basis: "新规".to_owned(),
    }
}

#[tokio::test]
async fn rows_are_put_replaced_and_deleted() {
    let world = mills().await;
    let app = &world.app;
    let lead = || {
        let rules = app.rules();
        let directory = &rules.of(EAST_ID).unwrap().directory;
        directory
            .row("0101", "grumble", "2024-03-04".parse().unwrap())
            .map(|row| row.lead.to_string())
    };
    assert_eq!(lead().unwrap(), WATER, "as the sources say");
    let new = row("0101", EAST_ROADS, "brief");
    assert_eq!(
        app.put_row(&desk(), EAST_ID, Some(0), new.clone()).await.unwrap(),
        Put {
            changed: 1,
            unchanged: 0
        }
    );
    assert_eq!(lead().unwrap(), EAST_ROADS, "the later row holds");
    // The same once more is no event.
    let events = world.journal().await.len();
    assert_eq!(
        app.put_rows(&desk(), EAST_ID, vec![new.clone()]).await.unwrap(),
        Put {
            changed: 0,
            unchanged: 1
        }
    );
    assert_eq!(world.journal().await.len(), events);
    // Replaced over the version that was seen.
    let other = DirectoryRow {
        lead: "@function:water".parse().unwrap(),
        ..new.clone()
    };
    app.put_row(&desk(), EAST_ID, Some(1), other.clone()).await.unwrap();
    assert_eq!(lead().unwrap(), "@function:water");
    let stale = app.put_row(&desk(), EAST_ID, Some(1), new.clone()).await;
    assert!(matches!(stale, Err(AppError::Stale { current: 2 })), "{stale:?}");
    let key = RowKey {
        matter: "0101".to_owned(),
        demand: None,
        valid_from: new.valid_from,
    };
    let stale = app.delete_row(&desk(), EAST_ID, &key, Some(1)).await;
    assert!(matches!(stale, Err(AppError::Stale { current: 2 })), "{stale:?}");
    app.delete_row(&desk(), EAST_ID, &key, Some(2)).await.unwrap();
    assert_eq!(lead().unwrap(), WATER, "the row of before holds again");
    assert_eq!(
        refused(app.delete_row(&desk(), EAST_ID, &key, None).await),
        "unknown_row"
    );

    let rows = app.directory_rows(EAST_ID, None, 10).await.unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| (row.version, row.row.matter.as_str()))
            .collect::<Vec<_>>(),
        [(1, "0101")]
    );
    let first = RowKey {
        matter: "0101".to_owned(),
        demand: None,
        valid_from: rows[0].row.valid_from,
    };
    assert!(app.directory_rows(EAST_ID, Some(&first), 10).await.unwrap().is_empty());
    let stored = load_directories(world.store.as_ref()).await.unwrap();
    assert_eq!(stored.keys().copied().collect::<Vec<_>>(), [CITY_ID, EAST_ID]);
}

#[tokio::test]
async fn rows_are_checked_and_none_is_put_when_one_is_wrong() {
    let world = mills().await;
    let good = row("01", "@level:subdistrict", "brief");
    let wrong = |change: &dyn Fn(&mut DirectoryRow)| {
        let mut row = good.clone();
        change(&mut row);
        row
    };
    let cases: [(&str, DirectoryRow); 10] = [
        ("no matter", wrong(&|row| row.matter = "99".to_owned())),
        ("no demand type", wrong(&|row| row.demand = Some("wish".to_owned()))),
        (
            "no class of limit",
            wrong(&|row| row.limit_class = "forever".to_owned()),
        ),
        ("must come after", wrong(&|row| row.valid_to = Some(row.valid_from))),
        (
            "names no unit",
            wrong(&|row| row.lead = "990101000000-ghosts".parse().unwrap()),
        ),
        (
            "names no unit",
            wrong(&|row| row.lead = "@function:ghosts".parse().unwrap()),
        ),
        (
            "names no unit",
            wrong(&|row| row.assist = vec!["990109000000".parse().unwrap()]),
        ),
        ("at most 20", wrong(&|row| row.assist = vec![row.lead.clone(); 21])),
        ("at most 500", wrong(&|row| row.basis = "长".repeat(501))),
        ("U+0000", wrong(&|row| row.basis = "坏\0".to_owned())),
    ];
    for (said, bad) in cases {
        match world.app.put_rows(&desk(), EAST_ID, vec![good.clone(), bad]).await {
            Err(AppError::Refused(refusal)) => {
                assert_eq!(refusal.code, "bad_row");
                assert!(
                    refusal.en.starts_with("row 2: ") && refusal.en.contains(said),
                    "{}",
                    refusal.en
                );
                assert!(refusal.zh.starts_with("第 2 条："), "{}", refusal.zh);
            }
            other => panic!("{said}: {other:?}"),
        }
    }
    assert!(
        world
            .app
            .directory_rows(EAST_ID, None, 10)
            .await
            .unwrap()
            .iter()
            .all(|row| row.row.matter != "01")
    );
    // A function that only the west has is nobody's in the east, but the city may name it.
    let west = Unit {
        function: Some("snow".to_owned()),
        ..unit("990102000000-snow", UnitKind::Department, WEST)
    };
    world.app.add_units(&admin(), vec![west]).await.unwrap();
    let snow = row("01", "@function:snow", "brief");
    assert_eq!(
        refused(world.app.put_rows(&desk(), EAST_ID, vec![snow.clone()]).await),
        "bad_row"
    );
    world.app.put_rows(&admin(), CITY_ID, vec![snow]).await.unwrap();
}

#[tokio::test]
async fn a_directory_is_edited_by_its_own_people() {
    let world = mills().await;
    let put = async |caller: &Caller, district| {
        world
            .app
            .put_rows(caller, district, vec![row("01", EAST_ROADS, "brief")])
            .await
    };
    let west = caller(7, &[(Dispatcher, WEST_DESK)]);
    for (nobody, district) in [
        (&west, EAST_ID),
        (&desk(), CITY_ID),
        (&handler(EAST_ROADS), EAST_ID),
        (&caller(8, &[(Handler, EAST)]), EAST_ID),
        (&caller(8, &[(SystemAdmin, WEST)]), EAST_ID),
        (&Caller::reporter(), EAST_ID),
        (&desk(), DistrictId(990_109)),
    ] {
        assert_eq!(
            refused(put(nobody, district).await),
            "may_not_edit_directory",
            "{nobody:?}"
        );
    }
    put(&desk(), EAST_ID).await.unwrap();
    assert_eq!(
        refused(put(&Caller::program(), DistrictId(990_109)).await),
        "unknown_district"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn edits_at_the_same_time_lose_nothing() {
    let mut world = mills().await;
    let other = another(&mut world).await;
    let mut running = tokio::task::JoinSet::new();
    for nth in 0..16_i8 {
        let app = if nth % 2 == 0 { world.app.clone() } else { other.clone() };
        running.spawn(async move {
            // Everybody changes a row of their own and one that all of them want.
            let own = DirectoryRow {
                valid_from: jiff::civil::date(2024, 1, nth + 2),
                ..row("01", WATER, "brief")
            };
            let shared = DirectoryRow {
                basis: format!("第 {nth} 版"),
                ..row("0101", WATER, "brief")
            };
            app.put_rows(&desk(), EAST_ID, vec![own, shared]).await
        });
    }
    let mut busy = 0;
    for outcome in running.join_all().await {
        match outcome {
            Ok(put) => assert_eq!(put.changed, 2),
            Err(AppError::Refused(refusal)) if refusal.code == "busy" => busy += 1,
            Err(fault) => panic!("{fault}"),
        }
    }
    let rows = world.app.directory_rows(EAST_ID, None, 100).await.unwrap();
    let own = rows.iter().filter(|row| row.row.matter == "01").count();
    assert_eq!(own, 16 - busy);
    let shared = rows
        .iter()
        .find(|row| row.row.valid_from == jiff::civil::date(2024, 1, 1))
        .unwrap();
    assert_eq!(
        shared.version,
        i64::try_from(own).unwrap(),
        "each of them was a change of its own"
    );
    // One of several with the same seen version is first; the others are told.
    let mut racing = tokio::task::JoinSet::new();
    let seen = shared.version;
    for nth in 0..8 {
        let app = world.app.clone();
        let row = DirectoryRow {
            basis: format!("争 {nth}"),
            ..row("0101", EAST_ROADS, "brief")
        };
        racing.spawn(async move { app.put_row(&desk(), EAST_ID, Some(seen), row).await });
    }
    let won = racing.join_all().await.into_iter().filter(|outcome| match outcome {
        Ok(_) => true,
        Err(AppError::Stale { current }) => {
            assert_eq!(*current, seen + 1);
            false
        }
        Err(fault) => panic!("{fault}"),
    });
    assert_eq!(won.count(), 1);
}

#[tokio::test]
async fn an_import_of_thousands_is_a_few_events() {
    let world = mills().await;
    let rows: Vec<DirectoryRow> = (0..1_200)
        .map(|nth| {
            let day = jiff::civil::date(2024, 1, 1)
                .checked_add(jiff::Span::new().days(nth))
                .unwrap();
            DirectoryRow {
                valid_from: day,
                ..row("0101", WATER, "brief")
            }
        })
        .collect();
    let before = world.kinds("directory").await.len();
    let put = world.app.put_rows(&desk(), EAST_ID, rows.clone()).await.unwrap();
    assert_eq!(
        put,
        Put {
            changed: 1_200,
            unchanged: 0
        }
    );
    assert_eq!(world.kinds("directory").await.len(), before + 3);
    let again = world.app.put_rows(&desk(), EAST_ID, rows).await.unwrap();
    assert_eq!(
        again,
        Put {
            changed: 0,
            unchanged: 1_200
        }
    );
}

#[tokio::test]
async fn another_server_learns_of_it() {
    let mut world = mills().await;
    let other = another(&mut world).await;
    let mut refresher = Refresher::new(&other);
    let lead = |app: &quanyu_app::App| {
        let rules = app.rules();
        let directory = rules.of(EAST_ID).unwrap().directory.clone();
        directory
            .row("0101", "grumble", "2024-03-04".parse().unwrap())
            .map(|row| row.lead.to_string())
            .unwrap()
    };
    world
        .app
        .put_rows(&desk(), EAST_ID, vec![row("0101", EAST_ROADS, "brief")])
        .await
        .unwrap();
    world.app.change_units(&admin(), merger("2024-03-04")).await.unwrap();
    assert_eq!(lead(&other), WATER);
    assert!(other.rules().tree.get(&code(BOTH)).is_none());
    refresher.refresh(&other).await.unwrap();
    assert_eq!(lead(&other), EAST_ROADS);
    assert!(other.rules().tree.get(&code(BOTH)).is_some());
    // What concerns no rules changes none.
    let before = std::sync::Arc::as_ptr(&other.rules());
    file(&world.app).await;
    refresher.refresh(&other).await.unwrap();
    assert_eq!(std::sync::Arc::as_ptr(&other.rules()), before);
    // By itself, in the background.
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(refresher.run(other.clone(), stop.clone()));
    world
        .app
        .put_rows(&desk(), EAST_ID, vec![row("0101", "@level:district", "brief")])
        .await
        .unwrap();
    for _ in 0..200 {
        if lead(&other) == "@level:district" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(lead(&other), "@level:district");
    stop.cancel();
    running.await.unwrap();
    assert!(world.store.last_position().await.unwrap() > 0);
}
