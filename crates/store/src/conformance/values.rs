//! What goes in comes out.

use jiff::Timestamp;

use super::{Fixture, NOTE, Thing, claim, event, key, must, note, open, thing};
use crate::change::{ChangeSet, Claim, Expect, NewEvent, Write};
use crate::store::{CommitError, Records};
use crate::value::{Json, Value};

/// Every kind of value, at its edges and absent.
pub async fn keeps_every_kind_of_value(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let microsecond = Timestamp::from_microsecond(1_900_000_000_123_457).expect("in range");
    let year_one: Timestamp = "0001-01-01T00:00:00Z".parse().expect("a time");
    let latest: Timestamp = "9999-12-30T21:59:59.999999Z".parse().expect("a time");
    let things = [
        thing(1),
        Thing {
            class: Some(String::new()),
            due: Some(microsecond),
            mark: Some(Vec::new()),
            open: Some(false),
            weight: Some(0),
            facts: Some(Json::empty()),
            ..thing(2)
        },
        Thing {
            name: "“引号” 'n' \\ \" \t\r\n 🏙 \u{1} \u{10ffff}".to_owned(),
            class: Some("%_;--".to_owned()),
            due: Some(year_one),
            mark: Some((0..=255).collect()),
            open: Some(true),
            weight: Some(i64::MAX),
            facts: Some(Json::parse(r#"{"a":[1,-2.5e300,null,"\u0001\\u0000"],"中":{"":true}}"#).expect("JSON")),
            ..thing(i64::MAX)
        },
        Thing {
            due: Some(latest),
            weight: Some(i64::MIN),
            district: i64::MIN,
            ..thing(i64::MIN)
        },
        Thing {
            due: Some(Timestamp::from_microsecond(-1).expect("in range")),
            ..thing(-1)
        },
    ];
    for thing in &things {
        must(&store, ChangeSet::new().write(Write::insert(thing))).await;
        let key = vec![thing.district.into(), thing.id.into()];
        assert_eq!(store.record::<Thing>(key).await, Ok(Some(thing.clone())));
    }
    // Nulls replace values and values nulls.
    let filled = Thing {
        id: 1,
        district: 1,
        version: 2,
        ..things[2].clone()
    };
    must(&store, ChangeSet::new().write(Write::update(&filled, 1))).await;
    assert_eq!(store.record::<Thing>(key(1)).await, Ok(Some(filled)));
    must(
        &store,
        ChangeSet::new().write(Write::update(&Thing { version: 3, ..thing(1) }, 2)),
    )
    .await;
    assert_eq!(
        store.record::<Thing>(key(1)).await,
        Ok(Some(Thing { version: 3, ..thing(1) }))
    );

    // What is finer than a microsecond is cut, in rows and in events, and an expected row still equals the stored one.
    let fine = Timestamp::new(1_900_000_000, 999_999_999).expect("in range");
    let cut = Timestamp::new(1_900_000_000, 999_999_000).expect("in range");
    let set = ChangeSet::new().write(Write::insert(&Thing {
        due: Some(fine),
        ..thing(7)
    }));
    must(
        &store,
        set.event(NewEvent {
            at: fine,
            reason: Some(String::new()),
            ..event(7, "filed")
        }),
    )
    .await;
    assert_eq!(
        store
            .record::<Thing>(key(7))
            .await
            .map(|found| found.and_then(|thing| thing.due)),
        Ok(Some(cut))
    );
    let filed = store.journal(0, 1).await.expect("readable").remove(0);
    assert_eq!(
        (filed.at, filed.reason),
        (cut, Some(String::new())),
        "an empty reason is not an absent one"
    );
}

/// A megabyte of text and of JSON in a row and in an event.
pub async fn keeps_large_values(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let text = "路面塌陷，".repeat(80_000);
    let facts = Json::of(&vec![text.as_str(); 2]).expect("JSON");
    let set = ChangeSet::new()
        .event(NewEvent {
            body: facts.clone(),
            ..event(1, "filed")
        })
        .write(Write::insert(&note("long", &text)))
        .write(Write::insert(&Thing {
            facts: Some(facts.clone()),
            ..thing(1)
        }));
    must(&store, set).await;
    assert_eq!(store.record(vec!["long".into()]).await, Ok(Some(note("long", &text))));
    assert_eq!(
        store
            .record::<Thing>(key(1))
            .await
            .map(|found| found.and_then(|thing| thing.facts)),
        Ok(Some(facts.clone()))
    );
    assert_eq!(
        store.journal(0, 1).await.map(|events| events[0].body.clone()),
        Ok(facts)
    );
}

/// U+0000, keys beyond the longest, times before our era: refused with the place named, and nothing stored.
pub async fn refuses_what_is_not_canonical(fixture: &dyn Fixture) {
    let store = open(fixture).await;
    let beyond = Timestamp::MAX;
    let before_christ: Timestamp = "-000044-03-15T12:00:00Z".parse().expect("a time");
    let long = "x".repeat(crate::value::MAX_INDEXED_BYTES + 1);
    let sets = [
        (ChangeSet::new().write(Write::insert(&note("a\0", ""))), "note.code"),
        (ChangeSet::new().write(Write::insert(&note("a", "b\0"))), "note.text"),
        (ChangeSet::new().write(Write::insert(&note(&long, ""))), "note.code"),
        (
            ChangeSet::new().write(Write::insert(&Thing {
                due: Some(before_christ),
                ..thing(1)
            })),
            "thing.due",
        ),
        (
            ChangeSet::new().write(Write::insert(&Thing {
                due: Some(beyond),
                ..thing(1)
            })),
            "thing.due",
        ),
        (
            ChangeSet::new().write(Write::insert(&Thing {
                name: long.clone(),
                ..thing(1)
            })),
            "thing.name",
        ),
        (ChangeSet::new().claim(claim("a\0", 1)), "claim.key"),
        (
            ChangeSet::new().claim(Claim {
                space: long.clone(),
                ..claim("a", 1)
            }),
            "claim.space",
        ),
        (
            ChangeSet::new().event(NewEvent {
                actor: "\0".to_owned(),
                ..event(1, "filed")
            }),
            "actor",
        ),
        (
            ChangeSet::new().event(NewEvent {
                reason: Some("\0".to_owned()),
                ..event(1, "filed")
            }),
            "reason",
        ),
        (
            ChangeSet::new().write(Write::delete(&NOTE, vec![Value::Null], Expect::Any)),
            "note.code",
        ),
    ];
    for (set, place) in sets {
        match store.commit(set.clone()).await {
            Err(CommitError::Invalid(invalid)) => {
                assert!(invalid.place.contains(place), "{invalid} does not name {place}")
            }
            other => panic!("{set:?} gave {other:?}"),
        }
    }
    assert_eq!(store.last_position().await, Ok(0));
    // At the edge it is accepted.
    let longest = "字".repeat(crate::value::MAX_INDEXED_BYTES / 3);
    must(
        &store,
        ChangeSet::new()
            .write(Write::insert(&note(&longest, &long)))
            .claim(claim(&longest, 1)),
    )
    .await;
}
