//! Seals: the past is what it was, and who rewrites it is found out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::followers::seals::{
    Kept, Sealer, Verified, export_seals, look_at_seals, read_kept, seal_of, verify_seals,
};
use quanyu_app::followers::{self, Follower, Standing};
use quanyu_app::ports::{Ids, SeededRandom};
use quanyu_app::vault::Vault;
use quanyu_domain::access::Role;
use quanyu_store::Store;
use quanyu_store::tables::{SEAL, SealBlock};
use quanyu_store::{Query, Records};

use crate::mills::{another, caller, file, mills, walk};
use crate::support::{CITY, World, at, policy, refused};

/// Blocks of few events, so that there are many.
fn small() -> Sealer {
    Sealer {
        events: 5,
        age: Duration::from_secs(600),
    }
}

async fn seal(world: &World, sealer: Sealer) -> Standing {
    followers::catch_up(&world.app, &sealer).await.unwrap()
}

async fn blocks(world: &World) -> Vec<SealBlock> {
    world.store.page(&Query::by_key(&SEAL, 1000)).await.unwrap()
}

async fn verified(world: &World, kept: Kept) -> Verified {
    verify_seals(&world.app, kept).await.unwrap()
}

#[track_caller]
fn holds(verified: &Verified) -> (i64, i64, i64) {
    match verified {
        Verified::Holds { report, unsealed } => (report.blocks, report.sealed_events, *unsealed),
        Verified::Broken(fault) => panic!("{fault}"),
    }
}

#[track_caller]
fn broken(verified: &Verified) -> String {
    match verified {
        Verified::Holds { .. } => panic!("it holds"),
        Verified::Broken(fault) => fault.to_string(),
    }
}

/// A server over the same store whose vault holds another root key.
fn with_another_root(world: &World) -> App {
    let random = Arc::new(SeededRandom::new(8));
    let blobs = Blobs::folder(&world.folder.path().join("files")).unwrap();
    let vault = Vault::new([8; 32], random.clone());
    let ids = Ids::new(Offset::constant(8), 8, 0);
    App::new(
        world.store.clone(),
        world.clock.clone(),
        ids,
        random,
        vault,
        blobs,
        policy(),
    )
}

/// Changes the database behind the back of the program.
fn by_hand(world: &World, sql: &str) {
    let database = world.folder.path().join("db").join(quanyu_store_sqlite::DATABASE_FILE);
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
}

#[tokio::test]
async fn a_block_is_sealed_when_it_is_full_or_old() {
    let world = mills().await;
    // What the set-up made is old enough by and by.
    assert_eq!(seal(&world, Sealer::default()).await, Standing::Waiting);
    world.later(SignedDuration::from_secs(599));
    assert_eq!(seal(&world, Sealer::default()).await, Standing::Waiting);
    world.later(SignedDuration::from_secs(1));
    assert_eq!(seal(&world, Sealer::default()).await, Standing::CaughtUp);
    let first = blocks(&world).await;
    let last = world.store.last_position().await.unwrap();
    assert_eq!((first.len(), first[0].first, first[0].last), (1, 1, last));
    // Four events wait, five do not.
    for _ in 0..4 {
        file(&world.app).await;
    }
    assert_eq!(seal(&world, small()).await, Standing::Waiting);
    file(&world.app).await;
    assert_eq!(seal(&world, small()).await, Standing::CaughtUp);
    assert_eq!(blocks(&world).await[1].last, last + 5);
    assert_eq!(holds(&verified(&world, Kept::default()).await), (2, last + 5, 0));
    file(&world.app).await;
    assert_eq!(holds(&verified(&world, Kept::default()).await), (2, last + 5, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_make_one_chain() {
    let mut world = mills().await;
    let other = another(&mut world).await;
    let mut running = tokio::task::JoinSet::new();
    for app in [world.app.clone(), other] {
        running.spawn(async move {
            for _ in 0..10 {
                walk(&app, file(&app).await, &["dispatch", "accept"]).await;
                followers::catch_up(&app, &small()).await.unwrap();
            }
        });
    }
    running.join_all().await;
    world.minutes_later(10);
    seal(&world, small()).await;
    let (blocks, sealed, unsealed) = holds(&verified(&world, Kept::default()).await);
    assert!(blocks > 5, "{blocks}");
    assert_eq!((sealed, unsealed), (world.store.last_position().await.unwrap(), 0));
}

#[tokio::test]
async fn a_row_changed_by_hand_is_found() {
    for (sql, said) in [
        (
            "UPDATE journal SET actor = 'reporter' WHERE position = 7",
            "is not what was sealed",
        ),
        (
            "UPDATE journal SET reason = 'so' WHERE position = 8",
            "is not what was sealed",
        ),
        (
            "UPDATE journal SET at = at + 1 WHERE position = 9",
            "is not what was sealed",
        ),
        (
            "UPDATE journal SET body = replace(body, 'mill_line', 'web_line') WHERE position = 10",
            "not what was sealed",
        ),
        (
            "DELETE FROM journal WHERE position = 8",
            "at position 8: position 9 stands in its place",
        ),
        (
            "UPDATE seal SET last = last + 1 WHERE number = 2",
            "signature does not fit",
        ),
        (
            "UPDATE seal SET last = 9223372036854775807 WHERE number = 2",
            "which no block does",
        ),
        (
            "UPDATE seal SET root = zeroblob(32) WHERE number = 3",
            "signature does not fit",
        ),
        ("UPDATE seal SET key_id = 'another' WHERE number = 1", "unknown key"),
        ("DELETE FROM seal WHERE number = 2", "block 3 stands in its place"),
    ] {
        let world = mills().await;
        for _ in 0..20 {
            file(&world.app).await;
            seal(&world, small()).await;
        }
        holds(&verified(&world, Kept::default()).await);
        by_hand(&world, sql);
        let found = broken(&verified(&world, Kept::default()).await);
        assert!(found.contains(said), "{sql}: {found}");
    }
}

#[tokio::test]
async fn a_past_that_its_owner_rewrote_is_found_with_a_seal_kept_elsewhere() {
    let world = mills().await;
    let elsewhere = world.folder.path().join("elsewhere");
    let today: Date = "2024-03-04".parse().unwrap();
    assert_eq!(
        export_seals(&world.app, &elsewhere, today).await.unwrap(),
        None,
        "nothing is sealed yet"
    );
    for _ in 0..10 {
        file(&world.app).await;
    }
    seal(&world, small()).await;
    let path = export_seals(&world.app, &elsewhere, today).await.unwrap().unwrap();
    assert_eq!(path, elsewhere.join("seal-2024-03-04.json"));
    assert_eq!(
        export_seals(&world.app, &elsewhere, today).await.unwrap(),
        Some(path.clone()),
        "as often as one likes"
    );
    // Half past midnight in the place: another day, though not in UTC.
    world.clock.set(at("2024-03-05T00:30"));
    for _ in 0..5 {
        file(&world.app).await;
    }
    seal(&world, small()).await;
    let tomorrow: Date = "2024-03-05".parse().unwrap();
    export_seals(&world.app, &elsewhere, tomorrow).await.unwrap().unwrap();
    assert_eq!(
        export_seals(&world.app, &elsewhere, "2024-03-06".parse().unwrap())
            .await
            .unwrap(),
        None
    );
    let kept = read_kept(&elsewhere).unwrap();
    assert_eq!(kept.blocks.len(), 2);
    assert_eq!(kept.keys.keys().collect::<Vec<_>>(), [&world.app.vault.key_id()]);
    holds(&verified(&world, kept.clone()).await);

    // The owner of database and key forges an event and seals everything anew.
    by_hand(&world, "UPDATE journal SET reason = 'never said' WHERE position = 4");
    let database = world.folder.path().join("db").join(quanyu_store_sqlite::DATABASE_FILE);
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection
        .execute_batch("DELETE FROM seal; DELETE FROM cursor WHERE name = 'seals'")
        .unwrap();
    drop(connection);
    world.minutes_later(10);
    seal(&world, small()).await;
    holds(&verified(&world, Kept::default()).await);
    let found = broken(&verified(&world, kept.clone()).await);
    assert!(found.contains("kept elsewhere"), "{found}");

    // Or cuts off the end of it.
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection
        .execute_batch("DELETE FROM seal; DELETE FROM cursor WHERE name = 'seals'")
        .unwrap();
    drop(connection);
    let found = broken(&verified(&world, kept).await);
    assert!(found.contains("cut off"), "{found}");
    assert_eq!(export_seals(&world.app, &elsewhere, tomorrow).await.unwrap(), None);
}

#[tokio::test]
async fn a_later_seal_of_the_day_is_not_written_over() {
    let world = mills().await;
    let elsewhere = world.folder.path().join("elsewhere");
    let today: Date = "2024-03-04".parse().unwrap();
    for _ in 0..10 {
        file(&world.app).await;
        seal(&world, small()).await;
    }
    export_seals(&world.app, &elsewhere, today).await.unwrap().unwrap();
    let last = blocks(&world).await.pop().unwrap().number;
    by_hand(&world, &format!("DELETE FROM seal WHERE number = {last}"));
    assert_eq!(
        refused(export_seals(&world.app, &elsewhere, today).await),
        "bad_seal_file"
    );
}

#[tokio::test]
async fn a_seal_of_an_older_key_is_verified_with_the_key_kept_beside_it() {
    let world = mills().await;
    let elsewhere = world.folder.path().join("elsewhere");
    for _ in 0..10 {
        file(&world.app).await;
    }
    seal(&world, small()).await;
    export_seals(&world.app, &elsewhere, "2024-03-04".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let kept = read_kept(&elsewhere).unwrap();
    let renamed = |kept: &Kept| Kept {
        keys: BTreeMap::new(),
        ..kept.clone()
    };
    // A server with another root key knows the old one only from what was kept.
    let app = Arc::new(with_another_root(&world));
    let found = broken(&verify_seals(&app, renamed(&kept)).await.unwrap());
    assert!(found.contains("unknown key"), "{found}");
    assert_eq!(holds(&verify_seals(&app, kept).await.unwrap()).2, 0);
}

#[test]
fn files_that_are_no_seals_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read_kept(folder.path()).unwrap(), Kept::default());
    std::fs::write(folder.path().join("notes.txt"), "not a seal").unwrap();
    assert_eq!(read_kept(folder.path()).unwrap(), Kept::default());
    let hex = "0".repeat(64);
    let forged = format!(
        r#"{{"number":1,"first":1,"last":2,"root":"{hex}","previous":"{hex}","sealed_at":"2024-03-04T01:00:00Z",
            "signature":"{hex}{hex}","key_id":"k","public_key":"{hex}","hash":"{hex}"}}"#
    );
    for text in ["", "{}", "[]", &forged, &forged.replace('0', "ü")] {
        std::fs::write(folder.path().join("seal-2024-03-04.json"), text).unwrap();
        assert_eq!(refused(read_kept(folder.path())), "bad_seal_file", "{text}");
    }
    assert_eq!(refused(read_kept(Path::new("/nowhere/at/all"))), "bad_seal_file");
    assert!(!small().is_rebuilt());
}

#[tokio::test]
async fn an_auditor_looks_at_some_seals_and_at_that_of_one_event() {
    let world = mills().await;
    let auditor = caller(1, &[(Role::AuditAdmin, CITY)]);
    for _ in 0..5 {
        for _ in 0..5 {
            file(&world.app).await;
        }
        seal(&world, small()).await;
    }
    let all = blocks(&world).await;
    assert!(all.len() > 3, "{}", all.len());
    let page = look_at_seals(&world.app, &auditor, 1, 2).await.unwrap();
    assert_eq!((page.count, page.sealed), (all.len() as i64, all.last().unwrap().last));
    let numbers: Vec<i64> = page.blocks.iter().map(|look| look.block.number).collect();
    assert_eq!(numbers, [2, 3]);
    assert!(page.blocks.iter().all(|look| look.fault.is_none()), "{page:?}");
    for position in all.iter().flat_map(|block| [block.first, block.last]) {
        let look = seal_of(&world.app, &auditor, position).await.unwrap().unwrap();
        assert!((look.block.first..=look.block.last).contains(&position), "{position}");
        assert_eq!(look.fault, None);
    }
    for position in [0, -1, page.sealed + 1, i64::MAX] {
        assert_eq!(
            seal_of(&world.app, &auditor, position).await.unwrap(),
            None,
            "{position}"
        );
    }
    let stranger = caller(2, &[(Role::SystemAdmin, CITY)]);
    assert_eq!(
        refused(look_at_seals(&world.app, &stranger, 0, 1).await),
        "role_forbids"
    );
    assert_eq!(refused(seal_of(&world.app, &stranger, 1).await), "role_forbids");

    by_hand(
        &world,
        &format!("UPDATE journal SET actor = 'nobody' WHERE position = {}", all[1].last),
    );
    let page = look_at_seals(&world.app, &auditor, 0, 50).await.unwrap();
    let broken: Vec<i64> = page
        .blocks
        .iter()
        .filter(|look| look.fault.is_some())
        .map(|look| look.block.number)
        .collect();
    assert_eq!(broken, [2], "the block whose event was rewritten, and no other");
    let look = seal_of(&world.app, &auditor, all[1].first).await.unwrap().unwrap();
    assert!(look.fault.is_some());
}
