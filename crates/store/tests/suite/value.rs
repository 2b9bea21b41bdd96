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

/// The canonical text by way of a tree of values: what the one pass of `Json::of` is held against.
fn by_tree(value: &serde_json::Value) -> String {
    use serde_json::Value::{Array, Object, String as Text};
    let joined = |parts: Vec<String>| parts.join(",");
    match value {
        Array(items) => format!("[{}]", joined(items.iter().map(by_tree).collect())),
        Object(members) => {
            let mut members: Vec<(String, String)> = members
                .iter()
                .map(|(key, value)| (canonical_text(key).expect("a key"), by_tree(value)))
                .collect();
            members.sort();
            let written = |(key, value): (String, String)| format!("{}:{value}", serde_json::json!(key));
            format!("{{{}}}", joined(members.into_iter().map(written).collect()))
        }
        Text(text) => serde_json::json!(canonical_text(text).expect("a text")).to_string(),
        plain => plain.to_string(),
    }
}

fn values() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    // Escapes, characters that compose, and keys whose order changes when they are escaped.
    let text = "[a-c\"\\\\/\n\u{1}\u{7f}é\u{301}e路面\u{FF0C}𠮷 ]{0,6}";
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let members = proptest::collection::vec((text, inner.clone()), 0..6);
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(serde_json::Value::Array),
            members.prop_map(|members| {
                // Keys that compose to the same text are refused, which is tested elsewhere.
                let mut seen = std::collections::BTreeSet::new();
                let apart = members
                    .into_iter()
                    .filter(|(key, _)| seen.insert(canonical_text(key).expect("a key")));
                serde_json::Value::Object(apart.collect())
            }),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn one_pass_writes_what_the_tree_would(value in values()) {
        let json = Json::of(&value).expect("JSON");
        proptest::prop_assert_eq!(json.as_str(), by_tree(&value));
        proptest::prop_assert_eq!(Json::parse(json.as_str()), Ok(json.clone()));
    }
}

#[test]
fn every_shape_of_rust_value_has_its_json() {
    use std::collections::BTreeMap;

    #[derive(serde::Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(u8, f32),
        Struct { b: Option<char>, a: () },
    }
    #[derive(serde::Serialize)]
    struct Marker;
    #[derive(serde::Serialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Wrapped(i16);
    #[derive(serde::Serialize)]
    struct Outer {
        z: Vec<Shape>,
        #[serde(flatten)]
        inner: Inner,
        keys: BTreeMap<Wrapped, (bool, Marker)>,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
        at: Timestamp,
        wide: (i128, u128),
    }
    #[derive(serde::Serialize)]
    struct Inner {
        y: u64,
        b: f64,
    }
    let value = Outer {
        z: vec![
            Shape::Unit,
            Shape::New(1),
            Shape::Tuple(2, 0.1),
            Shape::Struct { b: Some('字'), a: () },
        ],
        inner: Inner {
            y: u64::MAX,
            b: f64::NAN,
        },
        keys: [(Wrapped(9), (true, Marker)), (Wrapped(10), (false, Marker))].into(),
        absent: None,
        at: Timestamp::UNIX_EPOCH,
        wide: (-1, 2),
    };
    let json = Json::of(&value).expect("JSON");
    assert_eq!(json.as_str(), by_tree(&serde_json::to_value(&value).expect("JSON")));
    assert_eq!(
        json.as_str(),
        concat!(
            r#"{"at":"1970-01-01T00:00:00Z","b":null,"keys":{"10":[false,null],"9":[true,null]},"wide":[-1,2],"#,
            r#""y":18446744073709551615,"#,
            r#""z":["Unit",{"New":1},{"Tuple":[2,0.10000000149011612]},{"Struct":{"a":null,"b":"字"}}]}"#
        )
    );
    assert!(matches!(Json::of(&u128::MAX), Err(ValueError::NotJson { .. })));
    assert!(matches!(
        Json::of(&BTreeMap::from([((1, 2), 3)])),
        Err(ValueError::NotJson { .. })
    ));
}
