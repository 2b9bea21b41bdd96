//! A database that an older release wrote opens, and nothing in it is lost.

use quanyu_app::cases::CASE_NOUN;
use quanyu_app::rebuild::{derived_digest, is_unfinished, rebuild, verify_rebuild};
use quanyu_app::tables::{SCHEMA_VERSION, schema};
use quanyu_app::timers::LEASE;
use quanyu_store::Store;
use quanyu_store::tables::{TIMER, TimerRow};
use quanyu_store::{Query, Records};
use quanyu_store_sqlite::{Options, SqliteStore};

use crate::mills::{desk, file, mills};

/// Version 2 had one time for each timer: when it is due, or until when somebody held it.
const AS_VERSION_2: &str = "
    DROP INDEX timer__by_take;
    ALTER TABLE timer DROP COLUMN take_at;
    CREATE INDEX timer__by_due ON timer (due, noun, id);
    PRAGMA user_version = 2;";

#[tokio::test]
async fn timers_of_version_2_are_due_when_they_were() {
    let world = mills().await;
    let first = file(&world.app).await;
    world.minutes_later(1);
    file(&world.app).await;
    let wake_at = first.wake_at().expect("a bell");
    let before: Vec<TimerRow> = world.store.page(&Query::by_key(&TIMER, 10)).await.unwrap();
    assert_eq!(before.len(), 2);
    world.store.close().await;
    let folder = world.folder.path().join("db");
    let database = rusqlite::Connection::open(folder.join(quanyu_store_sqlite::DATABASE_FILE)).unwrap();
    database.execute_batch(AS_VERSION_2).unwrap();
    drop(database);

    let store = SqliteStore::open(&folder, schema(), Options::default())
        .await
        .expect("an older database is brought up to date");
    let after: Vec<TimerRow> = store.page(&Query::by_key(&TIMER, 10)).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(store.next_timer().await.unwrap(), Some(wake_at));
    let taken = store.take_timers(wake_at, wake_at + LEASE, 1).await.unwrap();
    assert_eq!(
        taken
            .iter()
            .map(|timer| (timer.noun.as_str(), timer.id, timer.due))
            .collect::<Vec<_>>(),
        [(CASE_NOUN, first.id.0, wake_at)]
    );
    store.close().await;
    let copy = folder.join(format!("before-v{SCHEMA_VERSION}.db"));
    assert!(copy.exists(), "the database from before is kept");
}

#[tokio::test]
async fn from_version_3_what_follows_from_the_journal_is_made_anew() {
    let world = mills().await;
    let case = file(&world.app).await;
    world.store.close().await;
    let folder = world.folder.path().join("db");
    let database = rusqlite::Connection::open(folder.join(quanyu_store_sqlite::DATABASE_FILE)).unwrap();
    database.execute_batch("PRAGMA user_version = 3;").unwrap();
    drop(database);

    let world = world.opened_again().await;
    assert!(is_unfinished(&world.app).await.unwrap(), "no server starts before");
    rebuild(&world.app, &|_, _| {}).await.unwrap();
    assert!(!is_unfinished(&world.app).await.unwrap());
    assert_eq!(world.app.case(&desk(), case.id).await.unwrap(), case);
}

#[tokio::test]
async fn what_a_killed_server_had_in_hand_is_no_difference() {
    let world = mills().await;
    let case = file(&world.app).await;
    let wake_at = case.wake_at().expect("a bell");
    world.clock.set(wake_at);
    let before = derived_digest(&world.app).await.unwrap();
    let taken = world.store.take_timers(wake_at, wake_at + LEASE, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        derived_digest(&world.app).await.unwrap(),
        before,
        "a lease is no content"
    );
    // The server is gone. Nothing of what the rules set is.
    assert_eq!(verify_rebuild(&world.app, &|_, _| {}).await.unwrap(), []);
    let left: Vec<TimerRow> = world.store.page(&Query::by_key(&TIMER, 10)).await.unwrap();
    assert_eq!((left[0].due, left[0].take_at), (wake_at, wake_at + LEASE));
}
