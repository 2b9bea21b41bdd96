//! The one canonical form.

use jiff::Timestamp;
use quanyu_store::value::{MAX_INDEXED_BYTES, ValueError, canonical_text};
use quanyu_store::{Field, Json, Value};

#[test]
fn text_is_composed_and_without_nul() {
    assert_eq!(canonical_text("cafe\u{301}").as_deref(), Ok("café"));
    assert_eq!(canonical_text("路面 塌陷").as_deref(), Ok("路面 塌陷"));
    assert_eq!(canonical_text("ab\0"), Err(ValueError::Nul { at: 2 }));
}

#[test]
fn json_has_one_text() {
    let one = Json::parse(r#" { "b" : [1, 2.50, null, true], "a" : "e\u0301/\u4e2d" } "#).expect("JSON");
    assert_eq!(one.as_str(), r#"{"a":"é/中","b":[1,2.5,null,true]}"#);
    assert_eq!(
        Json::parse(one.as_str()),
        Ok(one.clone()),
        "canonical text is its own canonical text"
    );
    assert_eq!(
        Json::of(&serde_json::json!({"b": [1, 2.5, null, true], "a": "é/中"})),
        Ok(one)
    );
}

#[test]
fn json_refuses_what_cannot_be_stored() {
    assert!(matches!(Json::parse(r#"{"a":"x\u0000"}"#), Err(ValueError::Nul { .. })));
    assert!(matches!(Json::parse(r#"{"a\u0000":1}"#), Err(ValueError::Nul { .. })));
    assert!(
        Json::parse(r#"{"a":"\\u0000"}"#).is_ok(),
        "a written backslash is not an escape"
    );
    assert_eq!(
        Json::parse("{\"é\":1,\"e\u{301}\":2}"),
        Err(ValueError::TwinKeys { key: "é".to_owned() })
    );
    assert!(matches!(Json::parse("{"), Err(ValueError::NotJson { .. })));
}

#[test]
fn times_are_whole_microseconds_of_our_era() {
    let fine = Timestamp::new(5, 123_456_789).expect("in range");
    assert_eq!(
        Value::from(fine),
        Value::Time(Timestamp::new(5, 123_456_000).expect("in range"))
    );
    let year_zero = Timestamp::from_second(-62_135_596_801).expect("in range");
    assert_eq!(
        Value::Time(year_zero).check(false),
        Err(ValueError::FarTime { at: year_zero })
    );
    let year_one = Timestamp::from_second(-62_135_596_800).expect("in range");
    assert_eq!(Value::Time(year_one).check(false), Ok(()));
    assert!(Value::from(Timestamp::MAX).check(false).is_err());
    assert!(Value::from(Timestamp::MIN).check(false).is_err());
}

#[test]
fn only_indexed_text_has_a_longest() {
    let long = Value::Text("字".repeat(MAX_INDEXED_BYTES / 3 + 1));
    assert_eq!(long.check(false), Ok(()));
    assert!(matches!(long.check(true), Err(ValueError::TooLongForIndex { .. })));
    assert_eq!(Value::Bytes(vec![0; MAX_INDEXED_BYTES]).check(true), Ok(()));
}

#[test]
fn an_option_is_a_nullable_column() {
    assert_eq!(Option::<i64>::from_value(Value::Null), Some(None));
    assert_eq!(Option::<i64>::from_value(Value::Int(4)), Some(Some(4)));
    assert_eq!(Option::<i64>::from_value(Value::Bool(true)), None);
    assert_eq!(i64::from_value(Value::Null), None);
    assert_eq!(None::<String>.to_value(), Value::Null);
}
