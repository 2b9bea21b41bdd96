//! The dispatch directory: rows put, replaced, deleted and checked, by people at the same time.

use quanyu_app::cases::Caller;
use quanyu_app::directory::{Put, RowKey, load_directories};
use quanyu_app::error::AppError;
use quanyu_app::refresh::Refresher;
use quanyu_domain::access::Role::{Dispatcher, Handler, SystemAdmin};
use quanyu_domain::directory::DirectoryRow;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::{Unit, UnitKind};
use quanyu_store::Store;

use crate::mills::{WATER, admin, another, caller, desk, file, handler, mills, unit};
use crate::support::{EAST, EAST_ROADS, WEST, WEST_DESK, code, refused};
use crate::units::{BOTH, merger};

const EAST_ID: DistrictId = DistrictId(990_101);
const CITY_ID: DistrictId = DistrictId(990_100);

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
