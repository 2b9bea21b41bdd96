//! The journal, timers and cursors.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Fixture, NOTE, Note, Thing, at, conflict, event, key, must, note, open, thing};
use crate::change::{ChangeSet, NewEvent, Write};
use crate::query::Query;
use crate::record::Record;
use crate::store::Records;
use crate::tables::{TIMER, TimerRow, advance_cursor, clear_timer, set_timer};

/// Page by page, the whole journal and that of one thing.
pub async fn reads_the_journal_in_order(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    assert_eq!(store.last_position().await, Ok(0));
    assert_eq!(store.journal(0, 10).await, Ok(Vec::new()));
    let sets = (1..=90)
        .map(|nth| ChangeSet::new().event(event(nth % 3, "seen")))
        .collect();
    assert!(store.commit_all(sets).await.iter().all(Result::is_ok));
    let pages = |of: Option<i64>| {
        let store = store.clone();
        async move {
            let mut after = 0;
            let mut seen = Vec::new();
            loop {
                let page = match of {
                    None => store.journal(after, 7).await,
                    Some(id) => store.journal_of("thing", id, after, 7).await,
                };
                let page = page.expect("readable");
                let Some(last) = page.last() else { return seen };
                after = last.position;
                seen.extend(page.iter().map(|event| event.position));
            }
        }
    };
    assert_eq!(pages(None).await, (1..=90).collect::<Vec<_>>());
    assert_eq!(
        pages(Some(2)).await,
        (1..=90).filter(|position| position % 3 == 2).collect::<Vec<_>>()
    );
    assert_eq!(store.journal_of("other", 2, 0, 10).await, Ok(Vec::new()));
    assert_eq!(store.journal(90, 10).await, Ok(Vec::new()));
    assert_eq!(store.last_position().await, Ok(90));
    let other = NewEvent {
        noun: "other".to_owned(),
        ..event(1, "seen")
    };
    must(&store, ChangeSet::new().event(other)).await;
    for (after, until, nouns) in [
        (0, 90, &["thing"][..]),
        (0, 91, &["other", "thing"]),
        (90, 91, &["other"]),
        (91, 99, &[]),
    ] {
        let found = store.nouns(after, until).await.expect("readable");
        assert!(found.iter().eq(nouns), "after {after} until {until}: {found:?}");
    }
}

/// However many are due, the oldest come first; what is taken is out of reach until its lease ends.
pub async fn takes_due_timers_oldest_first_and_leases_them(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    assert_eq!(store.next_timer().await, Ok(None));
    assert_eq!(store.take_timers(at(100), at(200), 10).await, Ok(Vec::new()));
    // Due at 50, 49, …: the newest rows are the oldest timers.
    let mut set = ChangeSet::new();
    for id in 1..=50 {
        set = set.write(set_timer(1, "thing", id, at(51 - id)));
    }
    must(&store, set).await;
    assert_eq!(store.next_timer().await, Ok(Some(at(1))));
    let taken = store.take_timers(at(30), at(60), 20).await.expect("due");
    assert_eq!(
        taken.iter().map(|timer| timer.id).collect::<Vec<_>>(),
        (31..=50).rev().collect::<Vec<_>>()
    );
    assert!(
        taken
            .iter()
            .all(|timer| timer.due == at(51 - timer.id) && timer.lease_until == at(60))
    );
    assert_eq!((taken[0].district, taken[0].noun.as_str()), (1, "thing"));
    let rest = store.take_timers(at(30), at(60), 20).await.expect("due");
    assert_eq!(
        rest.iter().map(|timer| timer.id).collect::<Vec<_>>(),
        (21..=30).rev().collect::<Vec<_>>()
    );
    assert_eq!(store.take_timers(at(30), at(60), 20).await, Ok(Vec::new()));
    assert_eq!(store.next_timer().await, Ok(Some(at(31))));
    // When it is due stays what was set, whoever has it.
    let leased: Option<TimerRow> = store.record(vec!["thing".into(), 50.into()]).await.expect("readable");
    assert_eq!(leased.map(|timer| (timer.due, timer.take_at)), Some((at(1), at(60))));
    // The takers have died: when the lease ends, the timers come again, behind those that were due before its end.
    let again = store.take_timers(at(60), at(90), 100).await.expect("due");
    assert_eq!(again.len(), 50);
    assert_eq!(
        again.iter().take(20).map(|timer| timer.id).collect::<Vec<_>>(),
        (1..=20).rev().collect::<Vec<_>>()
    );
    assert!(again.iter().all(|timer| timer.due == at(51 - timer.id)));
    // Set anew or cleared by somebody else.
    must(
        &store,
        ChangeSet::new()
            .write(set_timer(2, "thing", 7, at(5)))
            .write(clear_timer("thing", 8)),
    )
    .await;
    let moved = store.take_timers(at(60), at(90), 100).await.expect("due");
    assert_eq!(
        moved
            .iter()
            .map(|timer| (timer.district, timer.id, timer.due))
            .collect::<Vec<_>>(),
        [(2, 7, at(5))]
    );
    assert_eq!(store.get(&TIMER, vec!["thing".into(), 8.into()]).await, Ok(None));
}

/// Many servers take at the same time: every timer goes to exactly one of them.
pub async fn gives_a_timer_to_one_of_many_takers(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let mut set = ChangeSet::new();
    for id in 1..=300 {
        set = set.write(set_timer(1, "thing", id, at(id)));
    }
    must(&store, set).await;
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let taken = store.take_timers(at(1000), at(2000), 9).await.expect("due or not");
                    if taken.is_empty() {
                        return mine;
                    }
                    mine.extend(taken.into_iter().map(|timer| timer.id));
                    assert!(mine.len() <= 300, "timers are taken again and again");
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for taker in takers {
        all.extend(taker.await.expect("the task ends"));
    }
    all.sort_unstable();
    assert_eq!(all, (1..=300).collect::<Vec<_>>());
}

/// A server that was too slow, so that its lease ended and another did the work, cannot do it again.
pub async fn lets_a_timer_take_effect_once(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    must(&store, ChangeSet::new().write(set_timer(1, "thing", 1, at(10)))).await;
    let slow = store.take_timers(at(10), at(20), 1).await.expect("due").remove(0);
    let quick = store
        .take_timers(at(20), at(30), 1)
        .await
        .expect("the lease has ended")
        .remove(0);
    let outcome = |name: &str| {
        ChangeSet::new()
            .event(event(1, "escalated"))
            .write(Write::insert(&note(name, "did it")))
    };
    must(&store, outcome("quick").write(quick.again_at(at(50)))).await;
    assert_eq!(
        conflict(&store, outcome("slow").write(slow.done())).await,
        vec!["thing".into(), 1.into()]
    );
    assert_eq!(
        conflict(&store, outcome("quick again").write(quick.done())).await.len(),
        2
    );
    assert_eq!(store.last_position().await, Ok(1));
    assert_eq!(store.next_timer().await, Ok(Some(at(50))));
    let last = store.take_timers(at(50), at(60), 1).await.expect("due").remove(0);
    // A command sets the timer anew while the taker thinks: its outcome no longer holds.
    must(&store, ChangeSet::new().write(set_timer(1, "thing", 1, at(55)))).await;
    conflict(&store, outcome("last").write(last.done())).await;
    let last = store.take_timers(at(55), at(65), 1).await.expect("due").remove(0);
    // It is left alone for a while, and is still due when it was.
    must(&store, ChangeSet::new().write(last.again_not_before(at(55), at(70)))).await;
    assert_eq!(store.take_timers(at(69), at(75), 1).await, Ok(Vec::new()));
    conflict(&store, outcome("last").write(last.done())).await;
    let last = store.take_timers(at(70), at(80), 1).await.expect("due").remove(0);
    assert_eq!((last.due, last.lease_until), (at(55), at(80)));
    must(&store, outcome("last").write(last.done())).await;
    assert_eq!(store.next_timer().await, Ok(None));
    let notes = store.page::<Note>(&Query::by_key(&NOTE, 9)).await.expect("readable");
    assert_eq!(
        notes.iter().map(|note| note.code.as_str()).collect::<Vec<_>>(),
        ["last", "quick"]
    );
}

/// Two servers run the same follower: what it counts is counted once, because the cursor and the rows commit together.
pub async fn moves_a_cursor_with_its_rows(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    assert_eq!(store.cursor("tallies").await, Ok(0));
    let sets = (0..60)
        .map(|nth| ChangeSet::new().event(event(nth % 4, "seen")))
        .collect();
    assert!(store.commit_all(sets).await.iter().all(Result::is_ok));
    let followers: Vec<_> = (0..3)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut refused = 0;
                loop {
                    let from = store.cursor("tallies").await.expect("readable");
                    let events = store.journal(from, 7).await.expect("readable");
                    let Some(to) = events.last().map(|event| event.position) else {
                        return refused;
                    };
                    let mut seen: BTreeMap<i64, i64> = BTreeMap::new();
                    for event in events {
                        *seen.entry(event.id).or_default() += 1;
                    }
                    let mut set = ChangeSet::new().write(advance_cursor("tallies", from, to));
                    for (id, seen) in seen {
                        let stored = store.record::<Thing>(key(id)).await.expect("readable");
                        set = set.write(match stored {
                            None => Write::insert(&Thing {
                                weight: Some(seen),
                                ..thing(id)
                            }),
                            Some(stored) => {
                                let read = stored.version;
                                let weight = stored.weight.map(|before| before + seen);
                                Write::update(
                                    &Thing {
                                        weight,
                                        version: read + 1,
                                        ..stored
                                    },
                                    read,
                                )
                            }
                        });
                    }
                    refused += i64::from(store.commit(set).await.is_err());
                }
            })
        })
        .collect();
    for follower in followers {
        follower.await.expect("the task ends");
    }
    assert_eq!(store.cursor("tallies").await, Ok(60));
    let counted = store
        .records::<Thing>((0..4).map(key).collect())
        .await
        .expect("readable");
    let weights: Vec<Option<i64>> = counted
        .into_iter()
        .map(|thing| thing.and_then(|thing| thing.weight))
        .collect();
    assert_eq!(weights, [Some(15); 4]);
    let stale = ChangeSet::new()
        .write(advance_cursor("tallies", 50, 60))
        .write(Write::insert(&thing(9)));
    assert_eq!(conflict(&store, stale).await, vec!["tallies".into()]);
    assert_eq!(store.get(Thing::table(), key(9)).await, Ok(None));
    must(&store, ChangeSet::new().write(advance_cursor("outbox", 0, 3))).await;
    assert_eq!(store.cursor("outbox").await, Ok(3));
}

/// A watcher knows the last position at once and hears of every later one; sets without events are silent.
pub async fn wakes_those_who_watch(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    must(&store, ChangeSet::new().event(event(1, "filed"))).await;
    let mut watch = store.watch();
    assert_eq!(*watch.borrow_and_update(), 1);
    let waiting = tokio::spawn(async move {
        let mut heard = Vec::new();
        while heard.last() != Some(&3) {
            watch.changed().await.expect("the store is open");
            heard.push(*watch.borrow_and_update());
        }
        heard
    });
    must(&store, ChangeSet::new().write(Write::insert(&thing(1)))).await;
    must(&store, ChangeSet::new().event(event(1, "dispatched"))).await;
    must(&store, ChangeSet::new().event(event(1, "closed"))).await;
    let heard = tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("woken")
        .expect("the task ends");
    assert!(heard == [2, 3] || heard == [3], "{heard:?}");
}

/// The only server does everything itself, however often it asks.
pub async fn leads_where_it_is_alone(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    for what in ["tallies", "outbox", "tallies"] {
        assert_eq!(store.leads(what).await, Ok(true), "{what}");
    }
}

/// The only server has the digit that it asks for, and one of the ten where it asks for none.
pub async fn has_a_digit_where_it_is_alone(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let digit = async |asked: Option<u32>| {
        let cell = store.digit(asked).await.expect("answered").expect("one is free");
        cell.load(Ordering::Relaxed)
    };
    assert_eq!(digit(Some(7)).await, 7);
    assert!(digit(None).await <= 9);
}
