//! The JSON Schema of packs, places and their tests, for editors that complete and check while one types.
//!
//! It comes from the same description that drives the reading, so it cannot say anything else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::language::{PACK_FILE, PLACE_FILE};
use crate::scenario::language::TEST_FILE;
use crate::shape::{Kind, ParameterType, Shape};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
const NAME: &str = "^[a-z][a-z0-9_]{0,63}$";
const PARAMETER: &str = r"^\{[a-z][a-z0-9_]*\}$";
const DURATION: &str = "^[1-9][0-9]* (urgent_minute|urgent_hour|work_minute|work_hour|workday|day)s?$";

/// The schema of a pack's files.
pub fn schema() -> Value {
    of(&PACK_FILE, "A file of a pack")
}

/// The schema of `place.toml`.
pub fn place_schema() -> Value {
    of(&PLACE_FILE, "place.toml")
}

/// The schema of a pack's `tests/*.toml`.
pub fn test_schema() -> Value {
    of(&TEST_FILE, "Tests of a pack")
}

fn of(shape: &'static Shape, title: &str) -> Value {
    let mut definitions = BTreeMap::new();
    let Value::Object(mut root) = table(shape, &mut definitions) else {
        return Value::Null;
    };
    root.insert("$schema".into(), DRAFT.into());
    root.insert("title".into(), title.into());
    let definitions: Map<String, Value> = definitions
        .into_iter()
        .map(|(name, definition)| (name.to_owned(), definition))
        .collect();
    root.insert("$defs".into(), definitions.into());
    root.into()
}

type Definitions = BTreeMap<&'static str, Value>;

fn table(shape: &'static Shape, definitions: &mut Definitions) -> Value {
    let mut properties = Map::new();
    for key in shape.keys {
        let mut value = kind(key.kind, definitions);
        if let Value::Object(fields) = &mut value {
            fields.insert("description".into(), key.doc.into());
        }
        properties.insert(key.name.into(), value);
    }
    let required: Vec<&str> = shape
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "description": shape.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn reference(shape: &'static Shape, definitions: &mut Definitions) -> Value {
    if !definitions.contains_key(shape.name) {
        // Held free first, so that a shape inside itself would end here.
        definitions.insert(shape.name, Value::Null);
        let definition = table(shape, definitions);
        definitions.insert(shape.name, definition);
    }
    json!({ "$ref": format!("#/$defs/{}", shape.name) })
}

fn kind(kind_: Kind, definitions: &mut Definitions) -> Value {
    match kind_ {
        Kind::Title => json!({
            "type": "object",
            "properties": { "zh": { "type": "string", "minLength": 1 }, "en": { "type": "string", "minLength": 1 } },
            "required": ["zh", "en"],
            "additionalProperties": false,
        }),
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Condition => json!({ "type": "string", "minLength": 1, "maxLength": crate::condition::MAX_LENGTH }),
        Kind::NewName | Kind::Beside | Kind::Name(_) | Kind::NameOr(..) => json!({ "type": "string", "pattern": NAME }),
        Kind::Word(words) => json!({ "enum": words() }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Setting(wanted) => {
            json!({ "anyOf": [literal(wanted), { "type": "string", "pattern": PARAMETER }] })
        }
        Kind::Moment => json!({ "type": "string", "pattern": "^(limit|(before|after) .+)$" }),
        Kind::Instant => json!({ "type": "string", "examples": ["2024-09-30T14:05+08:00"] }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Kind::List(item) => json!({ "type": "array", "items": kind(*item, definitions) }),
        Kind::Table(shape) => reference(shape, definitions),
        Kind::Tables(shape) => json!({ "type": "array", "items": reference(shape, definitions) }),
        Kind::Named(shape) => json!({
            "type": "object",
            "propertyNames": { "pattern": NAME },
            "additionalProperties": reference(shape, definitions),
        }),
        Kind::NamedBy(words, shape) => json!({
            "type": "object",
            "propertyNames": { "enum": words() },
            "additionalProperties": reference(shape, definitions),
        }),
        Kind::Values => json!({
            "type": "object",
            "propertyNames": { "pattern": NAME },
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        }),
    }
}

fn literal(wanted: ParameterType) -> Value {
    match wanted {
        ParameterType::Duration => json!({ "type": "string", "pattern": DURATION }),
        ParameterType::Number => json!({ "type": "number" }),
        ParameterType::TimeOfDay => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$" }),
        ParameterType::Text => json!({ "type": "string" }),
        ParameterType::Flag => json!({ "type": "boolean" }),
    }
}
