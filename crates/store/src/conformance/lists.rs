//! Questions along the key and the indexes.

use std::cmp::Ordering;
use std::ops::Bound;

use super::{Fixture, NOTE, Note, THING, Thing, at, key, must, note, open, thing};
use crate::change::{ChangeSet, Write};
use crate::query::{Direction, MAX_LIMIT, Query};
use crate::record::{Record, Row};
use crate::schema::{Column, Table, TableClass};
use crate::store::{Records, StoreError};
use crate::tables::TIMER;
use crate::value::{Kind, Value};

/// What a question is to answer, worked out by filtering and sorting all rows.
fn plain_answer(rows: &[Row], query: &Query) -> Vec<Row> {
    let order = query.table.order_of(query.index).expect("a declared index");
    let place = |row: &Row| row.place_in(query.table, query.index).expect("a declared index");
    let compare = |one: &[Value], other: &[Value]| {
        one.iter()
            .zip(other)
            .map(|(one, other)| one.order(other))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let directed = |order: Ordering| {
        if query.direction == Direction::Descending {
            order.reverse()
        } else {
            order
        }
    };
    let equal = query.prefix.len();
    let inside = |place: &[Value]| {
        let (low, high) = query.range.clone().unwrap_or((Bound::Unbounded, Bound::Unbounded));
        let above = match &low {
            Bound::Unbounded => true,
            Bound::Included(low) => place[equal].order(low).is_ge(),
            Bound::Excluded(low) => place[equal].order(low).is_gt(),
        };
        let below = match &high {
            Bound::Unbounded => true,
            Bound::Included(high) => place[equal].order(high).is_le(),
            Bound::Excluded(high) => place[equal].order(high).is_lt(),
        };
        above && below
    };
    let mut answer: Vec<&Row> = rows
        .iter()
        .filter(|row| order.iter().all(|at| row.0[*at] != Value::Null))
        .filter(|row| place(row)[..equal] == query.prefix[..])
        .filter(|row| query.range.is_none() || inside(&place(row)))
        .filter(|row| {
            query
                .after
                .as_ref()
                .is_none_or(|after| directed(compare(&place(row), after)).is_gt())
        })
        .collect();
    answer.sort_by(|one, other| directed(compare(&place(one), &place(other))));
    answer.into_iter().take(query.limit).cloned().collect()
}

/// Rows in which every index column takes few values, so that ties and nulls are everywhere.
fn crowd() -> Vec<Thing> {
    let mut things = Vec::new();
    for id in 0..180_i64 {
        let pick = |salt: i64, of: i64| (id * 7919 + salt * 104_729).rem_euclid(1009).rem_euclid(of);
        things.push(Thing {
            district: 1 + pick(1, 2),
            name: ["", "a", "甲", "乙", "é"][usize::try_from(pick(2, 5)).expect("below 5")].to_owned(),
            class: [None, Some("pothole"), Some("lamp"), Some("")][usize::try_from(pick(3, 4)).expect("below 4")]
                .map(str::to_owned),
            due: (pick(4, 4) > 0).then(|| at(pick(5, 3) - 1)),
            mark: (pick(6, 5) > 0).then(|| vec![0xff; usize::try_from(pick(7, 3)).expect("below 3")]),
            open: [None, Some(false), Some(true)][usize::try_from(pick(8, 3)).expect("below 3")],
            weight: (pick(9, 6) > 0).then(|| pick(10, 3) - 1),
            ..thing(id)
        });
    }
    things
}

/// Every index and the key, with every prefix, range, place to go on after, direction and a small and a large limit,
/// against a plain filter over the same rows.
pub async fn answers_every_question_like_a_plain_filter(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let things = crowd();
    let sets = things
        .iter()
        .map(|thing| ChangeSet::new().write(Write::insert(thing)))
        .collect();
    assert!(store.commit_all(sets).await.iter().all(Result::is_ok));
    let rows: Vec<Row> = things.iter().map(Record::to_row).collect();

    let mut asked = 0;
    for index in std::iter::once(None).chain(THING.indexes.iter().map(|index| Some(index.name))) {
        let order = THING.order_of(index).expect("a declared index");
        let places: Vec<Vec<Value>> = rows
            .iter()
            .filter_map(|row| row.place_in(&THING, index))
            .filter(|place| !place.contains(&Value::Null))
            .collect();
        // A few rows stand for all: their values are the prefixes, bounds and places.
        for place in places.iter().step_by(places.len() / 3) {
            for equal in 0..=order.len() {
                let bounds = place
                    .get(equal)
                    .map_or(vec![None], |value| ranges(value, &places, equal));
                for range in bounds {
                    for after in [
                        None,
                        Some(place.clone()),
                        places.iter().rfind(|other| other[..equal] == place[..equal]).cloned(),
                    ] {
                        for direction in [Direction::Ascending, Direction::Descending] {
                            for limit in [3, 1000] {
                                let query = Query {
                                    table: &THING,
                                    index,
                                    prefix: place[..equal].to_vec(),
                                    range: range.clone(),
                                    after: after.clone(),
                                    direction,
                                    limit,
                                };
                                let answer = store.list(&query).await.expect("a sound question");
                                assert_eq!(answer, plain_answer(&rows, &query), "{query:?}");
                                asked += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(asked > 1000, "only {asked} questions");
}

fn ranges(value: &Value, places: &[Vec<Value>], column: usize) -> Vec<Option<(Bound<Value>, Bound<Value>)>> {
    let other = places
        .iter()
        .map(|place| &place[column])
        .max_by(|one, other| one.order(other))
        .expect("not empty")
        .clone();
    let value = value.clone();
    vec![
        None,
        Some((Bound::Included(value.clone()), Bound::Unbounded)),
        Some((Bound::Excluded(value.clone()), Bound::Included(other.clone()))),
        Some((Bound::Unbounded, Bound::Excluded(other.clone()))),
        Some((Bound::Included(other), Bound::Included(value))),
    ]
}

/// Whoever pages through an index while rows are added sees each row that was there from the beginning exactly once.
pub async fn pages_without_gaps_or_repeats_while_rows_are_added(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    // Even seconds from the beginning, odd ones added meanwhile; many rows share one second.
    let due = |id: i64, odd: i64| Thing {
        due: Some(at((id % 40) * 2 + odd)),
        ..thing(id)
    };
    let sets = (0..400)
        .map(|id| ChangeSet::new().write(Write::insert(&due(id, 0))))
        .collect();
    assert!(store.commit_all(sets).await.iter().all(Result::is_ok));
    let adding = {
        let store = store.clone();
        tokio::spawn(async move {
            for id in 1000..1200 {
                must(&store, ChangeSet::new().write(Write::insert(&due(id, id % 2)))).await;
            }
        })
    };
    for direction in [Direction::Ascending, Direction::Descending] {
        let mut query = Query {
            direction,
            ..Query::by_index(&THING, "by_due", 7).equal(1)
        };
        let mut seen: Vec<Thing> = Vec::new();
        loop {
            let page = store.page::<Thing>(&query).await.expect("a sound question");
            let Some(last) = page.last() else { break };
            query = query.after_record(last);
            seen.extend(page);
        }
        let mut order: Vec<_> = seen.iter().map(|thing| (thing.due, thing.id)).collect();
        if direction == Direction::Descending {
            order.reverse();
        }
        assert!(order.is_sorted_by(|one, next| one < next), "in order, none twice");
        let mut from_the_beginning: Vec<i64> = seen.iter().map(|thing| thing.id).filter(|id| *id < 400).collect();
        from_the_beginning.sort_unstable();
        assert_eq!(from_the_beginning, (0..400).collect::<Vec<_>>(), "none missing");
    }
    adding.await.expect("the task ends");
}

/// No language's rules, no case folding: the order is the same on every engine and in the program.
pub async fn orders_text_by_its_bytes(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let mut names = [
        "b", "B", "a", "é", "z", "甲", "乙", "A b", "a-b", "ab", "𠀀", "\u{ffee}", "10", "9", "", "_",
    ];
    let sets = names
        .iter()
        .map(|name| ChangeSet::new().write(Write::insert(&note(name, ""))))
        .collect();
    assert!(store.commit_all(sets).await.iter().all(Result::is_ok));
    let stored = store.page::<Note>(&Query::by_key(&NOTE, 100)).await.expect("readable");
    names.sort_unstable_by_key(|name| name.as_bytes());
    assert_eq!(stored.iter().map(|note| note.code.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(store.get(&NOTE, vec!["C".into()]).await, Ok(None));
    assert_eq!(store.get(&NOTE, vec!["Z".into()]).await, Ok(None), "case counts");
}

/// A question that would scan, or is about something else, is refused before the engine looks at it.
pub async fn refuses_malformed_questions(fixture: &dyn Fixture) {
    static STRANGER: Table = Table {
        name: "stranger",
        doc: "a table of no schema",
        columns: &[Column {
            name: "id",
            kind: Kind::Int,
            nullable: false,
            doc: "",
        }],
        key_len: 1,
        indexes: &[],
        references: &[],
        class: TableClass::Kept,
    };
    let store = open(fixture).await;
    let questions = [
        Query::by_key(&THING, 0),
        Query::by_key(&THING, MAX_LIMIT + 1),
        Query::by_index(&THING, "by_colour", 1),
        Query::by_key(&THING, 1).equal("1"),
        Query::by_index(&THING, "by_class", 1).equal(Value::Null),
        Query::by_key(&THING, 1).equal(1).equal(2).equal(3),
        Query::by_key(&THING, 1).after(vec![1.into()]),
        Query::by_key(&STRANGER, 1),
    ];
    for question in questions {
        let answer = store.list(&question).await;
        assert!(
            matches!(answer, Err(StoreError::Invalid(_))),
            "{question:?} gave {answer:?}"
        );
    }
    for key in [
        vec![],
        vec![1.into()],
        vec![1.into(), Value::Null],
        vec![1.into(), "2".into()],
    ] {
        let answer = store.get(&THING, key.clone()).await;
        assert!(matches!(answer, Err(StoreError::Invalid(_))), "{key:?} gave {answer:?}");
    }
    assert!(matches!(
        store.get(&STRANGER, vec![1.into()]).await,
        Err(StoreError::Invalid(_))
    ));
    assert!(matches!(store.scrub(&[&STRANGER]).await, Err(StoreError::Invalid(_))));
    assert!(matches!(
        store.page::<Thing>(&Query::by_key(&NOTE, 1)).await,
        Err(StoreError::Invalid(_))
    ));
    for (limit, lease) in [(0, 9), (MAX_LIMIT + 1, 9), (1, 5), (1, 4)] {
        let answer = store.take_timers(at(5), at(lease), limit).await;
        assert!(
            matches!(answer, Err(StoreError::Invalid(_))),
            "limit {limit}, lease {lease} gave {answer:?}"
        );
    }
    assert!(matches!(store.journal(0, 0).await, Err(StoreError::Invalid(_))));
    assert_eq!(
        store.list(&Query::by_index(&TIMER, "by_take", MAX_LIMIT)).await,
        Ok(Vec::new())
    );
}

/// As many answers as keys, in their order, also for keys that are missing or asked for twice.
pub async fn gives_many_rows_in_the_order_of_their_keys(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let sets = (1..=500)
        .map(|id| ChangeSet::new().write(Write::insert(&thing(id))))
        .collect();
    assert!(store.commit_all(sets).await.iter().all(Result::is_ok));
    let wanted = [500, 3, 777, 3, 1];
    let found = store
        .records::<Thing>(wanted.map(key).to_vec())
        .await
        .expect("readable");
    assert_eq!(
        found,
        [Some(thing(500)), Some(thing(3)), None, Some(thing(3)), Some(thing(1))]
    );
    assert_eq!(store.get_many(&THING, Vec::new()).await, Ok(Vec::new()));
    let all = store
        .records::<Thing>((1..=500).map(key).collect())
        .await
        .expect("readable");
    assert_eq!(all, (1..=500).map(|id| Some(thing(id))).collect::<Vec<_>>());
}
