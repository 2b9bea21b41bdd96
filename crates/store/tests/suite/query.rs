//! A question that would scan cannot be put, and a wrong one is refused.

use std::ops::Bound;

use jiff::Timestamp;
use quanyu_store::query::MAX_LIMIT;
use quanyu_store::{Query, Value};

use crate::schema::{STALL, Stall};

fn refused(query: Query) -> String {
    query.plan().expect_err("malformed").to_string()
}

#[test]
fn index_arity_and_kinds_are_checked() {
    assert!(refused(Query::by_index(&STALL, "by_weight", 1)).contains("stall/by_weight: there is no such index"));
    assert!(refused(Query::by_key(&STALL, 1).equal(1).equal(2).equal(3)).contains("3 equal values for 2 columns"));
    assert!(refused(Query::by_key(&STALL, 1).equal("1")).contains("Text where Int"));
    assert!(refused(Query::by_key(&STALL, 1).equal(Value::Null)).contains("null"));
    assert!(refused(Query::by_index(&STALL, "by_title", 1).equal(1).equal("a\0")).contains("U+0000"));
    let bounds = |value: Value| (Bound::Included(value), Bound::Unbounded);
    let (low, high) = bounds("x".into());
    assert!(refused(Query::by_index(&STALL, "by_due", 1).between(low, high)).contains("Text where Time"));
    let (low, high) = bounds(1.into());
    assert!(refused(Query::by_key(&STALL, 1).equal(1).equal(2).between(low, high)).contains("no column is left"));
}

#[test]
fn every_question_has_a_limit() {
    assert!(refused(Query::by_key(&STALL, 0)).contains("limit 0"));
    assert!(refused(Query::by_key(&STALL, MAX_LIMIT + 1)).contains("page by page"));
    assert!(Query::by_key(&STALL, MAX_LIMIT).plan().is_ok());
}

#[test]
fn a_following_page_starts_at_a_place_of_the_same_question() {
    let query = Query::by_index(&STALL, "by_title", 1).equal(1);
    assert!(refused(query.clone().after(vec![1.into(), "a".into()])).contains("3 are needed"));
    assert!(refused(query.clone().after(vec![2.into(), "a".into(), 5.into()])).contains("must equal the prefix"));
    let plan = query
        .clone()
        .after(vec![1.into(), "a".into(), 5.into()])
        .plan()
        .expect("sound");
    assert_eq!(plan.after, Some(vec!["a".into(), 5.into()]));
    let stall = Stall {
        district: 1,
        id: 5,
        title: "a".to_owned(),
        due: None,
        version: 1,
    };
    assert_eq!(query.after_record(&stall).plan().expect("sound"), plan);
}

#[test]
fn the_place_replaces_the_bound_behind_it() {
    let at = |second| Value::from(Timestamp::from_second(second).expect("in range"));
    let page = |query: Query| {
        let query = query.between(Bound::Included(at(1)), Bound::Included(at(9)));
        query.after(vec![at(5), 1.into(), 2.into()]).plan().expect("sound")
    };
    let plan = page(Query::by_index(&STALL, "by_due", 1));
    assert_eq!((plan.low, plan.high), (Bound::Unbounded, Bound::Included(at(9))));
    let plan = page(Query::by_index(&STALL, "by_due", 1).descending());
    assert_eq!((plan.low, plan.high), (Bound::Included(at(1)), Bound::Unbounded));
}

#[test]
fn a_place_before_the_range_does_not_widen_it() {
    let at = |second| Value::from(Timestamp::from_second(second).expect("in range"));
    for (low, place) in [(Bound::Included(at(5)), 4), (Bound::Excluded(at(5)), 5)] {
        let query = Query::by_index(&STALL, "by_due", 1).between(low.clone(), Bound::Unbounded);
        let plan = query.after(vec![at(place), 1.into(), 2.into()]).plan().expect("sound");
        assert_eq!((plan.low, plan.after), (low, None));
    }
    for (high, place) in [(Bound::Included(at(5)), 6), (Bound::Excluded(at(5)), 5)] {
        let query = Query::by_index(&STALL, "by_due", 1)
            .between(Bound::Unbounded, high.clone())
            .descending();
        let plan = query.after(vec![at(place), 1.into(), 2.into()]).plan().expect("sound");
        assert_eq!((plan.high, plan.after), (high, None));
    }
}

#[test]
fn after_a_whole_key_there_is_nothing() {
    let plan = Query::by_key(&STALL, 1)
        .equal(1)
        .equal(2)
        .after(vec![1.into(), 2.into()])
        .plan()
        .expect("sound");
    assert!(plan.nothing);
}
