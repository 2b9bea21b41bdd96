//! Change sets: whole or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Fixture, NOTE, Note, THING, Thing, at, claim, conflict, event, key, must, note, open, thing};
use crate::change::{ChangeSet, Expect, Write};
use crate::record::Record;
use crate::store::{CommitError, Receipt, Records, Store};
use crate::tables::{CLAIM, HeldClaim};
use crate::value::{Json, Value};

/// A set's event, claim and rows are all there afterwards, under the positions of its receipt.
pub async fn files_and_reads_back(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let filed = Thing {
        due: Some(at(5)),
        class: Some("pothole".to_owned()),
        ..thing(1)
    };
    let set = ChangeSet::new()
        .event(event(1, "filed"))
        .event(event(1, "dispatched"))
        .claim(claim("A-1", 1))
        .write(Write::insert(&filed))
        .write(Write::insert(&note("A-1", "路面塌陷")));
    assert_eq!(
        must(&store, set).await,
        Receipt {
            first_position: 1,
            last_position: 2
        }
    );
    let none = must(&store, ChangeSet::new().write(Write::insert(&thing(2)))).await;
    assert_eq!(
        none,
        Receipt {
            first_position: 3,
            last_position: 2
        },
        "no event takes no position"
    );

    assert_eq!(store.record::<Thing>(key(1)).await, Ok(Some(filed)));
    assert_eq!(
        store.record::<Note>(vec!["A-1".into()]).await,
        Ok(Some(note("A-1", "路面塌陷")))
    );
    assert_eq!(store.get(&THING, key(9)).await, Ok(None));
    assert_eq!(store.last_position().await, Ok(2));
    let journal = store.journal(0, 10).await.expect("readable");
    assert_eq!(
        journal,
        [event(1, "filed").at_position(1), event(1, "dispatched").at_position(2)]
    );
    let held: HeldClaim = store
        .record(vec!["code".into(), "A-1".into()])
        .await
        .expect("readable")
        .expect("held");
    assert_eq!(held.holds.as_str(), "1");
}

/// Each kind of write under each expectation, upon a row that is absent, as expected, or not as expected.
pub async fn judges_every_expectation(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    must(&store, ChangeSet::new().write(Write::insert(&thing(1)))).await;
    must(
        &store,
        ChangeSet::new().write(Write::update(&Thing { version: 2, ..thing(1) }, 1)),
    )
    .await;
    must(&store, ChangeSet::new().write(Write::insert(&note("kept", "as read")))).await;
    let same = |text| Expect::Same(note("kept", text).to_row());
    let gone = || Expect::Same(note("gone", "x").to_row());
    let (kept_key, gone_key): (Vec<Value>, Vec<Value>) = (vec!["kept".into()], vec!["gone".into()]);

    // Nothing of these may be left: each stands beside a note that would show it.
    let failing = [
        Write::put(&thing(1), Expect::Absent),
        Write::put(&Thing { version: 2, ..thing(1) }, Expect::Version(1)),
        Write::put(&Thing { version: 4, ..thing(1) }, Expect::Version(3)),
        Write::put(&Thing { version: 2, ..thing(9) }, Expect::Version(1)),
        Write::delete(&THING, key(1), Expect::Absent),
        Write::delete(&THING, key(1), Expect::Version(1)),
        Write::delete(&THING, key(9), Expect::Version(1)),
        Write::check(&THING, key(1), Expect::Absent),
        Write::check(&THING, key(1), Expect::Version(3)),
        Write::check(&THING, key(9), Expect::Version(1)),
        Write::put(&note("kept", "new"), same("not as read")),
        Write::put(&note("gone", "new"), gone()),
        Write::delete(&NOTE, kept_key.clone(), same("not as read")),
        Write::delete(&NOTE, gone_key.clone(), gone()),
        Write::check(&NOTE, kept_key.clone(), same("not as read")),
        Write::check(&NOTE, gone_key.clone(), gone()),
    ];
    for write in failing {
        let expected = write.key().to_vec();
        let set = ChangeSet::new()
            .event(event(1, "x"))
            .claim(claim("x", 1))
            .write(Write::insert(&note("x", "x")));
        assert_eq!(conflict(&store, set.write(write.clone())).await, expected, "{write:?}");
        assert_eq!(
            store.get(&NOTE, vec!["x".into()]).await,
            Ok(None),
            "{write:?} left a row"
        );
        assert_eq!(
            store.get(&CLAIM, vec!["code".into(), "x".into()]).await,
            Ok(None),
            "{write:?} left a claim"
        );
        assert_eq!(store.last_position().await, Ok(0), "{write:?} left an event");
    }
    assert_eq!(
        store
            .record::<Thing>(key(1))
            .await
            .map(|found| found.map(|thing| thing.version)),
        Ok(Some(2))
    );

    let holding = [
        Write::check(&THING, key(1), Expect::Version(2)),
        Write::check(&THING, key(9), Expect::Absent),
        Write::check(&THING, key(9), Expect::Any),
        Write::check(&NOTE, kept_key.clone(), same("as read")),
        Write::delete(&THING, key(9), Expect::Absent),
        Write::delete(&THING, key(9), Expect::Any),
        Write::put(&note("kept", "new"), same("as read")),
        Write::put(&note("kept", "newer"), Expect::Any),
        Write::put(&note("other", "made"), Expect::Any),
        Write::delete(&NOTE, kept_key.clone(), same("newer")),
        Write::put(&Thing { version: 3, ..thing(1) }, Expect::Version(2)),
        Write::put(&Thing { version: 9, ..thing(1) }, Expect::Any),
        Write::delete(&THING, key(1), Expect::Version(9)),
    ];
    for write in holding {
        let set = ChangeSet::new().write(write.clone());
        assert!(store.commit(set).await.is_ok(), "{write:?}");
    }
    assert_eq!(store.get(&NOTE, kept_key).await, Ok(None));
    assert_eq!(
        store.record::<Note>(vec!["other".into()]).await,
        Ok(Some(note("other", "made")))
    );
    assert_eq!(store.get(&THING, key(1)).await, Ok(None));
}

/// Of two that read the same version, one writes; the other is told to read again, and nothing of it is stored.
pub async fn lets_one_of_two_racing_writers_win(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    must(&store, ChangeSet::new().write(Write::insert(&thing(1)))).await;
    for round in 1..=20_i64 {
        let attempt = |writer: i64| {
            let store = store.clone();
            let name = format!("{round}/{writer}");
            let set = ChangeSet::new()
                .event(event(writer, "renamed"))
                .write(Write::insert(&note(&name, "mine")))
                .write(Write::update(
                    &Thing {
                        name,
                        version: round + 1,
                        ..thing(1)
                    },
                    round,
                ));
            tokio::spawn(async move { store.commit(set).await })
        };
        let both = [attempt(1), attempt(2)];
        let mut winners = Vec::new();
        for (writer, outcome) in (1..).zip(both) {
            match outcome.await.expect("the task ends") {
                Ok(receipt) => {
                    assert_eq!(receipt.last_position, round);
                    winners.push(format!("{round}/{writer}"));
                }
                Err(CommitError::Conflict {
                    table,
                    key: conflicting,
                }) => {
                    assert_eq!((table, conflicting), (&THING, key(1)));
                }
                Err(other) => panic!("neither done nor a conflict: {other:?}"),
            }
        }
        let stored = store
            .record::<Thing>(key(1))
            .await
            .expect("readable")
            .expect("still there");
        assert_eq!(winners, [stored.name], "exactly one wins, and it is the one stored");
        assert_eq!(stored.version, round + 1);
    }
    assert_eq!(store.last_position().await, Ok(20), "no loser left an event");
    let notes = store.list(&crate::Query::by_key(&NOTE, 100)).await.expect("readable");
    assert_eq!(notes.len(), 20, "no loser left a row");
}

/// The second claimant, in another set, the same batch or at the same time, is told what the first one wrote.
pub async fn refuses_a_second_claim_and_tells_what_is_held(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    must(&store, ChangeSet::new().claim(claim("A-1", 1))).await;
    let duplicate = |key: &str, holder: i64| {
        let held = Json::of(&holder).expect("a number is JSON");
        Err(CommitError::Duplicate {
            space: "code".to_owned(),
            key: key.to_owned(),
            held,
        })
    };
    // The claim speaks before the conflict: a command sent twice must learn of its first outcome.
    let second = ChangeSet::new()
        .write(Write::update(&Thing { version: 8, ..thing(1) }, 7))
        .claim(claim("A-1", 2));
    assert_eq!(store.commit(second).await, duplicate("A-1", 1));
    let batch = vec![
        ChangeSet::new().claim(claim("B-2", 5)),
        ChangeSet::new().claim(claim("B-2", 6)),
    ];
    assert_eq!(store.commit_all(batch).await[1], duplicate("B-2", 5));

    let tasks: Vec<_> = (0..8)
        .map(|holder| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(ChangeSet::new().claim(claim("C-3", holder))).await.is_ok() })
        })
        .collect();
    let mut held = 0;
    for task in tasks {
        held += i64::from(task.await.expect("the task ends"));
    }
    assert_eq!(held, 1, "one of eight holds it");

    let release = Write::delete(&CLAIM, vec!["code".into(), "A-1".into()], Expect::Any);
    must(&store, ChangeSet::new().write(release)).await;
    must(&store, ChangeSet::new().claim(claim("A-1", 3))).await;
}

/// In a batch every set stands for itself: the ones that fail in its middle leave no trace, the others are committed with
/// dense positions.
pub async fn keeps_the_good_sets_of_a_batch(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    assert!(store.commit_all(Vec::new()).await.is_empty());
    must(&store, ChangeSet::new().claim(claim("taken", 0))).await;
    let sound = |id| {
        ChangeSet::new()
            .event(event(id, "filed"))
            .write(Write::insert(&thing(id)))
    };
    let trace = || Write::insert(&note("trace", "of a failed set"));
    let batch = vec![
        sound(1),
        sound(2).write(trace()).write(Write::update(
            &Thing {
                version: 2,
                ..thing(99)
            },
            1,
        )),
        sound(3),
        sound(4).write(trace()).claim(claim("taken", 4)),
        ChangeSet::new().event(event(5, "bad\0kind")).write(trace()),
        sound(1).write(trace()),
        sound(6),
    ];
    let outcomes = store.commit_all(batch).await;
    let at = |position| {
        Ok(Receipt {
            first_position: position,
            last_position: position,
        })
    };
    assert_eq!(outcomes.len(), 7);
    assert_eq!(outcomes[0], at(1));
    assert!(matches!(&outcomes[1], Err(CommitError::Conflict { key: missing, .. }) if *missing == key(99)));
    assert_eq!(outcomes[2], at(2));
    assert!(matches!(&outcomes[3], Err(CommitError::Duplicate { key, .. }) if key == "taken"));
    assert!(
        matches!(&outcomes[4], Err(CommitError::Invalid(_))),
        "{:?}",
        outcomes[4]
    );
    assert!(matches!(&outcomes[5], Err(CommitError::Conflict { key: there, .. }) if *there == key(1)));
    assert_eq!(outcomes[6], at(3));
    let journal = store.journal(0, 10).await.expect("readable");
    assert_eq!(
        journal
            .iter()
            .map(|event| (event.position, event.id))
            .collect::<Vec<_>>(),
        [(1, 1), (2, 3), (3, 6)]
    );
    let rows = store
        .get_many(&THING, (1..=6).map(key).collect())
        .await
        .expect("readable");
    assert_eq!(
        rows.iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, false, true, false, false, true]
    );
    assert_eq!(store.get(&NOTE, vec!["trace".into()]).await, Ok(None));

    let all_bad = vec![sound(1), sound(3)];
    assert!(store.commit_all(all_bad).await.iter().all(Result::is_err));
    assert_eq!(
        must(&store, sound(7)).await.first_position,
        4,
        "failed sets take no positions"
    );
}

/// What a later set of a batch makes of a row hides from none before it what was there.
pub async fn judges_each_set_of_a_batch_that_touches_a_row(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    for name in ["deleted", "replaced"] {
        must(&store, ChangeSet::new().write(Write::insert(&note(name, "old")))).await;
    }
    let set = |write| ChangeSet::new().write(write);
    let put = |name, text| set(Write::put(&note(name, text), Expect::Any));
    let insert = |name, text| set(Write::insert(&note(name, text)));
    let delete = |name: &str| set(Write::delete(&NOTE, vec![name.into()], Expect::Any));
    // Each by itself: a refusal that is seen in one must not be what brings another to light.
    let batches = [
        (
            "deleted",
            vec![(insert("deleted", "new"), false), (delete("deleted"), true)],
            None,
        ),
        (
            "deleted",
            vec![(insert("deleted", "new"), true), (delete("deleted"), true)],
            None,
        ),
        (
            "replaced",
            vec![(insert("replaced", "new"), false), (put("replaced", "newer"), true)],
            Some("newer"),
        ),
        (
            "replaced",
            vec![(put("replaced", "new"), true), (insert("replaced", "newer"), false)],
            Some("new"),
        ),
        (
            "made",
            vec![(put("made", "new"), true), (insert("made", "newer"), false)],
            Some("new"),
        ),
        (
            "made",
            vec![(delete("made"), true), (insert("made", "newer"), true)],
            Some("newer"),
        ),
    ];
    for (nth, (name, sets, left)) in batches.into_iter().enumerate() {
        let (sets, accepted): (Vec<_>, Vec<_>) = sets.into_iter().unzip();
        let outcomes = store.commit_all(sets).await;
        assert_eq!(
            outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(),
            accepted,
            "batch {nth}"
        );
        let stored = store.record::<Note>(vec![name.into()]).await;
        assert_eq!(stored, Ok(left.map(|text| note(name, text))), "batch {nth}");
    }
}

/// Sets of one batch happen one after another.
pub async fn lets_later_sets_of_a_batch_see_earlier_ones(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let mut batch = vec![ChangeSet::new().write(Write::insert(&thing(1)))];
    for version in 2..=100 {
        let name = format!("version {version}");
        batch.push(ChangeSet::new().write(Write::update(
            &Thing {
                name,
                version,
                ..thing(1)
            },
            version - 1,
        )));
    }
    assert!(store.commit_all(batch).await.iter().all(Result::is_ok));
    let stored = store.record::<Thing>(key(1)).await.expect("readable").expect("there");
    assert_eq!((stored.version, stored.name.as_str()), (100, "version 100"));
    // Sets without events stand between others and take no positions.
    let silent = |id: i64| ChangeSet::new().write(Write::insert(&thing(id)));
    let batch = vec![
        silent(2),
        silent(3).event(event(3, "filed")),
        silent(4),
        silent(5).event(event(5, "filed")),
    ];
    let outcomes = store
        .commit_all(batch)
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .expect("all are sound");
    assert_eq!(
        outcomes.iter().map(|done| done.first_position).collect::<Vec<_>>(),
        [1, 1, 2, 2]
    );
    assert_eq!(
        outcomes.iter().map(|done| done.last_position).collect::<Vec<_>>(),
        [0, 1, 1, 2]
    );
}

/// 16 tasks with 50 sets each: every position from 1 is given exactly once, and the journal shows no gap at any moment.
pub async fn gives_dense_positions_to_concurrent_sets(fixture: &dyn Fixture) {
    const TASKS: i64 = 16;
    const SETS: i64 = 50;
    let store = open(fixture).await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for nth in 0..SETS {
                    let id = task * SETS + nth;
                    let mut set = ChangeSet::new()
                        .event(event(id, "filed"))
                        .write(Write::insert(&thing(id)));
                    if nth % 3 == 0 {
                        set = set.event(event(id, "dispatched"));
                    }
                    let receipt = must(&store, set).await;
                    mine.extend((receipt.first_position..=receipt.last_position).map(|position| (position, id)));
                }
                mine
            })
        })
        .collect();
    let follower = tokio::spawn(follow(store.clone(), TASKS * (SETS + SETS.div_euclid(3) + 1)));
    let mut given = BTreeSet::new();
    for task in tasks {
        for (position, id) in task.await.expect("the task ends") {
            assert!(given.insert((position, id)), "position {position} was given twice");
        }
    }
    let seen = follower.await.expect("the follower sees no gap");
    assert_eq!(seen, given, "the journal holds what the receipts say");
}

/// Reads the journal while it grows and fails at the first gap.
async fn follow(store: Arc<dyn Store>, until: i64) -> BTreeSet<(i64, i64)> {
    let mut watch = store.watch();
    let mut seen = BTreeSet::new();
    let mut last = 0;
    while last < until {
        for event in store.journal(last, 100).await.expect("readable") {
            assert_eq!(event.position, last + 1, "a follower would have skipped a late commit");
            last = event.position;
            seen.insert((event.position, event.id));
        }
        if last < until && *watch.borrow_and_update() <= last {
            watch.changed().await.expect("the store is open");
        }
    }
    seen
}

/// What is deleted is gone from the key and from every index, and its key is free.
pub async fn deletes_rows(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let first = Thing {
        due: Some(at(1)),
        class: Some("a".to_owned()),
        weight: Some(1),
        ..thing(1)
    };
    must(
        &store,
        ChangeSet::new()
            .write(Write::insert(&first))
            .write(Write::insert(&thing(2))),
    )
    .await;
    must(
        &store,
        ChangeSet::new().write(Write::delete(&THING, key(1), Expect::Version(1))),
    )
    .await;
    assert_eq!(store.get(&THING, key(1)).await, Ok(None));
    let due = crate::Query::by_index(&THING, "by_due", 10).equal(1);
    assert_eq!(store.list(&due).await, Ok(Vec::new()));
    assert_eq!(
        store.page::<Thing>(&crate::Query::by_key(&THING, 10)).await,
        Ok(vec![thing(2)])
    );
    must(&store, ChangeSet::new().write(Write::insert(&first))).await;
    assert_eq!(store.page::<Thing>(&due).await, Ok(vec![first]));
}
