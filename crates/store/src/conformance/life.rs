//! Opening, copying, clearing, closing.

use std::time::Duration;

use super::{Fixture, NOTE, Note, THING, Thing, at, claim, event, key, must, note, open, thing};
use crate::change::{ChangeSet, Expect, Write};
use crate::query::Query;
use crate::store::{CommitError, Records, StoreError};
use crate::tables::{CLAIM, advance_cursor, set_timer};

/// Derived tables are emptied and the named followers begin again; whatever is primary stays.
pub async fn clears_only_what_is_derived(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let set = ChangeSet::new()
        .event(event(1, "filed"))
        .claim(claim("A-1", 1))
        .write(Write::insert(&Thing {
            due: Some(at(1)),
            ..thing(1)
        }))
        .write(Write::insert(&note("A-1", "words")))
        .write(set_timer(1, "thing", 1, at(5)))
        .write(advance_cursor("tallies", 0, 1))
        .write(advance_cursor("outbox", 0, 1));
    must(&store, set).await;
    store.clear_derived(&["tallies", "never seen"]).await.expect("cleared");
    assert_eq!(store.get(&THING, key(1)).await, Ok(None));
    assert_eq!(
        store.list(&Query::by_index(&THING, "by_due", 9).equal(1)).await,
        Ok(Vec::new())
    );
    assert_eq!(store.cursor("tallies").await, Ok(0));
    assert_eq!(store.cursor("outbox").await, Ok(1));
    assert_eq!(store.journal(0, 9).await.map(|events| events.len()), Ok(1));
    assert_eq!(
        store.record::<Note>(vec!["A-1".into()]).await,
        Ok(Some(note("A-1", "words")))
    );
    assert!(
        store
            .get(&CLAIM, vec!["code".into(), "A-1".into()])
            .await
            .expect("readable")
            .is_some()
    );
    assert_eq!(store.next_timer().await, Ok(Some(at(5))));
    must(&store, ChangeSet::new().write(Write::insert(&thing(1)))).await;
}

/// Closed and opened again, everything is as it was, and positions go on where they ended.
pub async fn keeps_everything_when_opened_again(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    for id in 1..=5 {
        let set = ChangeSet::new()
            .event(event(id, "filed"))
            .claim(claim(&id.to_string(), id));
        must(
            &store,
            set.write(Write::insert(&thing(id)))
                .write(set_timer(1, "thing", id, at(id))),
        )
        .await;
    }
    must(&store, ChangeSet::new().write(advance_cursor("tallies", 0, 4))).await;
    store.close().await;
    drop(store);
    let store = open(fixture).await;
    assert_eq!(*store.watch().borrow(), 5);
    assert_eq!(store.last_position().await, Ok(5));
    let things = store
        .records::<Thing>((1..=5).map(key).collect())
        .await
        .expect("readable");
    assert_eq!(things, (1..=5).map(|id| Some(thing(id))).collect::<Vec<_>>());
    assert_eq!(store.cursor("tallies").await, Ok(4));
    assert_eq!(store.next_timer().await, Ok(Some(at(1))));
    let again = store.commit(ChangeSet::new().claim(claim("3", 9))).await;
    assert!(matches!(again, Err(CommitError::Duplicate { held, .. }) if held.as_str() == "3"));
    assert_eq!(
        must(&store, ChangeSet::new().event(event(6, "filed")))
            .await
            .first_position,
        6
    );
}

/// A copy of the running store in a new file, never over an old one; or a sentence that names the tool to use.
pub async fn copies_itself_or_says_what_does(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    must(
        &store,
        ChangeSet::new()
            .event(event(1, "filed"))
            .write(Write::insert(&note("A-1", "words"))),
    )
    .await;
    let directory = std::env::temp_dir().join(format!("quanyu-copy-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory can be made");
    let file = directory.join("copy");
    let copied = store.backup_to(&file).await;
    let size = std::fs::metadata(&file).map(|file| file.len()).unwrap_or(0);
    let again = store.backup_to(&file).await;
    std::fs::remove_dir_all(&directory).expect("what was made can be removed");
    match copied {
        Ok(()) => {
            assert!(size > 1000, "a copy of {size} bytes");
            assert!(
                matches!(again, Err(StoreError::Invalid(_))),
                "an old copy was written over: {again:?}"
            );
        }
        Err(StoreError::Unsupported(instead)) => assert!(instead.len() > 20 && size == 0, "{instead}"),
        Err(other) => panic!("{other}"),
    }
}

/// Engine, size and position, and no trouble.
pub async fn tells_its_health(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    assert_eq!(store.schema().version(), 1);
    assert_eq!(store.schema().table("thing"), Some(&THING));
    must(
        &store,
        ChangeSet::new().event(event(1, "filed")).event(event(1, "closed")),
    )
    .await;
    let health = store.health().await.expect("it answers");
    assert_eq!((health.last_position, health.trouble), (2, None));
    assert!(
        health.engine.contains(' ') && health.bytes > 1000,
        "{} with {} bytes",
        health.engine,
        health.bytes
    );
}

/// Scrubbing takes nothing that is there, and goes on beside commits.
pub async fn scrubs_what_was_deleted(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    for name in ["kept", "gone"] {
        must(&store, ChangeSet::new().write(Write::insert(&note(name, "words")))).await;
    }
    let gone = Write::delete(&NOTE, vec!["gone".into()], Expect::Any);
    must(&store, ChangeSet::new().write(gone)).await;
    assert_eq!(store.scrub(&[&NOTE]).await, Ok(()));
    let left = store.page::<Note>(&Query::by_key(&NOTE, 9)).await;
    assert_eq!(left, Ok(vec![note("kept", "words")]));
    must(&store, ChangeSet::new().write(Write::insert(&note("new", "words")))).await;
}

/// Sets accepted before closing are finished; after it nothing is, and everybody is told so.
pub async fn is_unavailable_when_closed(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let waiting: Vec<_> = (0..20)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(ChangeSet::new().event(event(id, "filed"))).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    store.close().await;
    store.close().await;
    let mut committed = 0;
    for outcome in waiting {
        match outcome.await.expect("the task ends") {
            Ok(_) => committed += 1,
            Err(CommitError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let unavailable = |answer: Result<(), StoreError>| assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    assert!(matches!(
        store.commit(ChangeSet::new()).await,
        Err(CommitError::Unavailable(_))
    ));
    unavailable(store.get(&NOTE, vec!["x".into()]).await.map(drop));
    unavailable(store.get_many(&NOTE, vec![vec!["x".into()]]).await.map(drop));
    unavailable(store.journal(0, 1).await.map(drop));
    unavailable(store.take_timers(at(1), at(2), 1).await.map(drop));
    unavailable(store.clear_derived(&[]).await);
    unavailable(store.scrub(&[&NOTE]).await);
    unavailable(store.health().await.map(drop));
    drop(store);
    let store = open(fixture).await;
    assert_eq!(
        store.last_position().await,
        Ok(committed),
        "what was answered is there, and nothing else"
    );
}
