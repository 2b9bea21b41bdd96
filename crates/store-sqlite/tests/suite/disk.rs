//! Full disks, long logs, copies of a busy database, and a process that simply ends.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use quanyu_store::{ChangeSet, CommitError, Json, NewEvent, Query, Records, Schema, Store, Write};
use quanyu_store_sqlite::{DATABASE_FILE, OpenError, Options, SqliteStore, copy_live};

quanyu_store::table! {
    /// What somebody wrote.
    pub static NOTE = "note", Kept, key 2;
    /// A note.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Note {
        /// District.
        district: i64,
        /// Number.
        id: i64,
        /// Text.
        text: String,
    }
}

fn schema() -> Schema {
    Schema::new(1, [&NOTE], &[]).expect("sound")
}

async fn open(directory: &Path, options: Options) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(directory, schema(), options).await.expect("it opens"))
}

/// One event and one row of the same number, and some bytes.
fn noted(id: i64) -> ChangeSet {
    let text = format!("{id:06}").repeat(200);
    ChangeSet::new()
        .write(Write::insert(&Note { district: 1, id, text }))
        .event(NewEvent {
            district: 1,
            noun: "note".to_owned(),
            id,
            kind: "written".to_owned(),
            actor: "clerk".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            reason: None,
            body: Json::empty(),
        })
}

/// The numbers of all notes, after checking that the journal has exactly one event for each, densely.
async fn numbers(store: &SqliteStore) -> Vec<i64> {
    let mut query = Query::by_key(&NOTE, 1000);
    let (mut notes, mut events) = (Vec::new(), Vec::new());
    loop {
        let page = store.page::<Note>(&query).await.expect("readable");
        let Some(last) = page.last() else { break };
        query = query.after_record(last);
        notes.extend(page.iter().map(|note| note.id));
    }
    loop {
        let after = i64::try_from(events.len()).expect("few");
        let page = store.journal(after, 1000).await.expect("readable");
        if page.is_empty() {
            break;
        }
        for event in page {
            events.push(event.id);
            assert_eq!(event.position, i64::try_from(events.len()).expect("few"));
        }
    }
    events.sort_unstable();
    assert_eq!(events, notes, "rows and events are of the same transactions");
    notes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_everything_and_loses_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(
        directory.path(),
        Options {
            quota: Some(1 << 20),
            ..Options::default()
        },
    )
    .await;
    let mut acknowledged = Vec::new();
    let mut next = 1;
    let refused = loop {
        assert!(next < 2000, "a megabyte holds no 2000 notes");
        let ids = next..next + 50;
        next += 50;
        let outcomes = store.commit_all(ids.clone().map(noted).collect()).await;
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert!(done == 0 || done == 50, "a group fails as a whole");
        if done == 50 {
            acknowledged.extend(ids);
        } else {
            break outcomes;
        }
    };
    assert!(acknowledged.len() >= 100, "the quota was not full from the beginning");
    for outcome in refused {
        match outcome {
            Err(CommitError::Unavailable(unavailable)) => {
                assert!(unavailable.reason.contains("full"), "{unavailable}");
                assert!(unavailable.retry_after > Duration::ZERO);
            }
            other => panic!("{other:?}"),
        }
    }
    // Many callers at once are all told; readers go on; the operator sees why.
    let callers: Vec<_> = (0..20_i64)
        .map(|nth| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .commit_all((0..60).map(|id| noted(100_000 + nth * 60 + id)).collect())
                    .await
            })
        })
        .collect();
    for caller in callers {
        let outcomes = caller.await.expect("answered");
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Err(CommitError::Unavailable(_))))
        );
    }
    assert_eq!(numbers(&store).await, acknowledged);
    let trouble = store.health().await.expect("it answers").trouble.expect("commits fail");
    assert!(trouble.contains("full"), "{trouble}");

    store.set_quota(64 << 20).await.expect("space is back");
    for id in next..next + 200 {
        store.commit(noted(id)).await.expect("commits go on");
        acknowledged.push(id);
    }
    assert_eq!(store.health().await.expect("it answers").trouble, None);
    assert_eq!(numbers(&store).await, acknowledged);
    store.close().await;
    let store = open(directory.path(), Options::default()).await;
    assert_eq!(numbers(&store).await, acknowledged);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_short_under_steady_load() {
    const CHECKPOINT_AFTER: u64 = 1 << 20;
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(
        directory.path(),
        Options {
            checkpoint_after: CHECKPOINT_AFTER,
            ..Options::default()
        },
    )
    .await;
    let log = directory.path().join(format!("{DATABASE_FILE}-wal"));
    let mut longest = 0;
    // About 40 MB of log, and readers that come and go.
    for batch in 0..150 {
        let outcomes = store
            .commit_all((0..100).map(|nth| noted(batch * 100 + nth)).collect())
            .await;
        assert!(outcomes.iter().all(Result::is_ok));
        store.journal(batch * 100, 10).await.expect("readable");
        longest = longest.max(std::fs::metadata(&log).expect("a log").len());
    }
    assert!(
        longest >= CHECKPOINT_AFTER,
        "{longest} bytes of log: nothing was tested"
    );
    assert!(longest <= 8 * CHECKPOINT_AFTER, "{longest} bytes of log");
    store.close().await;
    assert!(!log.exists(), "closing empties the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_busy_database_is_of_one_moment() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(&directory.path().join("data"), Options::default()).await;
    assert!(
        store
            .commit_all((1..=2000).map(noted).collect())
            .await
            .iter()
            .all(Result::is_ok)
    );
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, stop) = (store.clone(), stop.clone());
        tokio::spawn(async move {
            let mut id = 2000;
            while !stop.load(Ordering::Relaxed) {
                id += 1;
                store.commit(noted(id)).await.expect("commits go on");
            }
            id
        })
    };
    let copies = directory.path().join("copies");
    for copy in ["one", "two", "three"] {
        std::fs::create_dir_all(copies.join(copy)).expect("a directory");
        store
            .backup_to(&copies.join(copy).join(DATABASE_FILE))
            .await
            .expect("copied while commits go on");
    }
    stop.store(true, Ordering::Relaxed);
    let last = writer.await.expect("the task ends");
    store.close().await;
    let mut before = 2000;
    for copy in ["one", "two", "three"] {
        let copied = open(&copies.join(copy), Options::default()).await;
        let count = i64::try_from(numbers(&copied).await.len()).expect("few");
        assert!(
            (before..=last).contains(&count),
            "{count} notes in a copy, {before} in the one before, {last} at the end"
        );
        before = count;
        copied
            .commit(noted(1_000_000))
            .await
            .expect("a copy is a database like any other");
        copied.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_in_a_place_that_does_not_exist_is_an_error_and_no_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path(), Options::default()).await;
    let nowhere = directory.path().join("no such directory").join("copy.db");
    assert!(store.backup_to(&nowhere).await.is_err());
    assert!(!nowhere.exists());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_copies_a_directory_in_use_or_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    assert!(
        copy_live(&data, &directory.path().join("nothing")).is_err(),
        "there is no database yet"
    );
    let store = open(&data, Options::default()).await;
    assert!(
        store
            .commit_all((1..=100).map(noted).collect())
            .await
            .iter()
            .all(Result::is_ok)
    );
    for (copy, in_use) in [("one", true), ("two", false)] {
        if !in_use {
            store.close().await;
        }
        let copies = directory.path().join(copy);
        std::fs::create_dir_all(&copies).expect("a directory");
        copy_live(&data, &copies.join(DATABASE_FILE)).expect("copied");
        assert!(
            copy_live(&data, &copies.join(DATABASE_FILE)).is_err(),
            "an old copy is not written over"
        );
        let copied = open(&copies, Options::default()).await;
        assert_eq!(numbers(&copied).await, (1..=100).collect::<Vec<_>>());
        copied.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_dropped_unclosed_finishes_and_lets_go() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path(), Options::default()).await;
    assert!(
        store
            .commit_all((1..=300).map(noted).collect())
            .await
            .iter()
            .all(Result::is_ok)
    );
    drop(store);
    let mut tries = 0;
    let store = loop {
        match SqliteStore::open(directory.path(), schema(), Options::default()).await {
            Ok(store) => break store,
            Err(OpenError::InUse { .. }) if tries < 500 => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(other) => panic!("{other}"),
        }
        tries += 1;
    };
    assert_eq!(numbers(&store).await, (1..=300).collect::<Vec<_>>());
    store.close().await;
}
