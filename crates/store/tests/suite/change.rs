//! A malformed change set is refused before any engine sees it.

use jiff::Timestamp;
use quanyu_store::tables::{CLAIM, TIMER, advance_cursor, set_timer};
use quanyu_store::{ChangeSet, Claim, Expect, Json, NewEvent, Record, Row, Schema, Value, Write};

use crate::schema::{STALL, Stall};

fn stall(version: i64) -> Stall {
    Stall {
        district: 1,
        id: 2,
        title: "面".to_owned(),
        due: None,
        version,
    }
}

fn refused(write: Write) -> String {
    refused_set(ChangeSet::new().write(write))
}

fn refused_set(set: ChangeSet) -> String {
    let schema = Schema::new(1, [&STALL], &[]).expect("sound");
    set.check(&schema).expect_err("malformed").to_string()
}

#[test]
fn sound_sets_pass() {
    let schema = Schema::new(1, [&STALL], &[]).expect("sound");
    let key = stall(1).key();
    for write in [
        Write::insert(&stall(1)),
        Write::update(&stall(8), 7),
        Write::put(&stall(5), Expect::Any),
        Write::delete(&STALL, key.clone(), Expect::Version(3)),
        Write::check(&STALL, key, Expect::Absent),
        set_timer(1, "stall", 2, Timestamp::UNIX_EPOCH),
        advance_cursor("tallies", 5, 9),
    ] {
        assert_eq!(
            ChangeSet::new().write(write.clone()).check(&schema),
            Ok(()),
            "{write:?}"
        );
    }
}

#[test]
fn versions_count_up() {
    assert!(refused(Write::insert(&stall(2))).contains("not 1"));
    assert!(refused(Write::update(&stall(7), 7)).contains("carries the next"));
    assert!(refused(Write::put(&stall(0), Expect::Any)).contains("below 1"));
    let of_timer = Write::delete(&TIMER, vec!["case".into(), 1.into()], Expect::Version(1));
    assert!(refused(of_timer).contains("no versions"));
    assert!(refused(Write::put(&stall(2), Expect::Same(stall(1).to_row()))).contains("has versions"));
}

#[test]
fn rows_and_keys_fit_their_table() {
    let put = |values: Vec<Value>| Write::Put {
        table: &STALL,
        row: Row(values),
        expect: Expect::Any,
    };
    assert!(refused(put(vec![1.into()])).contains("1 values where 5"));
    let with = |at: usize, value: Value| {
        let mut row = stall(1).to_row();
        row.0[at] = value;
        put(row.0)
    };
    assert!(refused(with(0, Value::Null)).contains("stall.district: may not be null"));
    assert!(refused(with(2, 1.into())).contains("Int where Text"));
    assert!(refused(with(2, "a\0b".into())).contains("U+0000"));
    assert!(refused(with(2, "x".repeat(513).into())).contains("513 bytes"));
    assert!(refused(Write::delete(&STALL, vec![1.into()], Expect::Any)).contains("1 values where 2"));
    assert!(refused(Write::delete(&STALL, vec![1.into(), "2".into()], Expect::Any)).contains("Text where Int"));
}

#[test]
fn a_row_or_claim_stands_once_in_a_set() {
    let twice = ChangeSet::new()
        .write(Write::insert(&stall(1)))
        .write(Write::update(&stall(2), 1));
    assert!(refused_set(twice).contains("written twice"));
    let claim = Claim {
        space: "code".to_owned(),
        key: "A-1".to_owned(),
        holds: Json::empty(),
    };
    assert!(refused_set(ChangeSet::new().claim(claim.clone()).claim(claim.clone())).contains("claimed twice"));
    let release = Write::delete(&CLAIM, vec!["code".into(), "A-1".into()], Expect::Any);
    assert!(refused_set(ChangeSet::new().claim(claim).write(release)).contains("claimed twice"));
}

#[test]
fn events_are_canonical_and_the_journal_is_only_appended_to() {
    let event = NewEvent {
        district: 1,
        noun: "stall".to_owned(),
        id: 2,
        kind: "moved".to_owned(),
        actor: "somebody".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        reason: Some("because\0".to_owned()),
        body: Json::empty(),
    };
    let fault = refused_set(ChangeSet::new().event(event.clone()));
    assert!(
        fault.contains("event 1 (stall moved), reason") && fault.contains("U+0000"),
        "{fault}"
    );
    let written = Write::put(&event.at_position(4), Expect::Any);
    assert!(refused(written).contains("only appended to"));
}

#[test]
fn tables_of_another_schema_are_refused() {
    let other = Schema::new(1, [], &[]).expect("sound");
    let fault = ChangeSet::new()
        .write(Write::insert(&stall(1)))
        .check(&other)
        .expect_err("unknown");
    assert!(
        fault.to_string().contains("not a table of the opened schema"),
        "{fault}"
    );
}
