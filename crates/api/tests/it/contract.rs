//! Every answer that any test gets is held against what the OpenAPI document says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(quanyu_api::openapi()).unwrap());

/// Checks an answer: its status is declared, its body has the declared shape.
#[track_caller]
pub fn check(method: &Method, path: &str, status: StatusCode, media: &str, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else {
        assert!(
            status.is_client_error(),
            "{method} {path} stands in no document, yet answers {status}"
        );
        return;
    };
    let responses = &operation["responses"];
    let declared = responses.get(status.as_str()).unwrap_or(&responses["default"]);
    assert!(
        responses.get(status.as_str()).is_some() || status.is_client_error() || status.is_server_error(),
        "{method} {path} does not declare {status}"
    );
    let told = media.split(';').next().unwrap_or_default();
    let declared = declared["content"].as_object();
    // What is declared of one kind is that kind; of several the answer names which it is.
    let content = declared.and_then(|content| match content.len() {
        0 | 1 => content.values().next(),
        _ => Some(
            content
                .get(told)
                .unwrap_or_else(|| panic!("{method} {path} does not declare {told}")),
        ),
    });
    let Some(content) = content else {
        assert!(body.is_null(), "{method} {path} declares no body for {status}: {body}");
        return;
    };
    let Some(schema) = content.get("schema") else { return };
    if told.ends_with("sheet") {
        assert_eq!(schema["type"], "string", "{method} {path} declares a file");
        return;
    }
    // A file has no JSON; a declared object that is not described further is anything.
    if let Err(fault) = fits(body, schema, "") {
        panic!("{method} {path} answers {status} otherwise than declared: {fault}\n{body}");
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    let is_like = |template: &str| {
        let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || a.starts_with('{'))
    };
    // A path as it stands before one with parameters.
    let item = paths.get(path).or_else(|| {
        paths
            .iter()
            .find(|(template, _)| is_like(template))
            .map(|(_, item)| item)
    });
    item?.get(method.as_str().to_lowercase())
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolved(DOCUMENT.pointer(&reference[1..]).expect("references lead somewhere")),
        None => schema,
    }
}

fn fits(value: &Value, schema: &'static Value, place: &str) -> Result<(), String> {
    let schema = resolved(schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let faults: Vec<String> = choices
            .iter()
            .filter_map(|choice| fits(value, choice, place).err())
            .collect();
        return if faults.len() < choices.len() {
            Ok(())
        } else {
            Err(faults.join(" and "))
        };
    }
    if let Some(names) = schema["enum"].as_array() {
        return if names.contains(value) {
            Ok(())
        } else {
            Err(format!("{place}: {value} is none of {names:?}"))
        };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_of = |name: &str| types.is_empty() || types.contains(&name);
    // Every integer is a number.
    let fits_type = is_of(own) || own == "integer" && is_of("number");
    if !fits_type {
        return Err(format!("{place}: {value} is no {types:?}"));
    }
    match value {
        Value::Array(items) if schema.get("items").is_some() => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| fits(item, &schema["items"], &format!("{place}[{at}]"))),
        Value::Object(fields) => {
            let mut shape = Shape::default();
            shape.gather(schema);
            if let Some(missing) = shape.required.iter().find(|name| !fields.contains_key(**name)) {
                return Err(format!("{place} lacks `{missing}`"));
            }
            for (name, field) in fields {
                match shape.properties.get(name.as_str()).copied().or(shape.others) {
                    Some(schema) => fits(field, schema, &format!("{place}.{name}"))?,
                    None if shape.properties.is_empty() => {}
                    None => return Err(format!("{place}: `{name}` is not declared")),
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What an object may and must hold, with everything that it is made of.
#[derive(Default)]
struct Shape {
    properties: BTreeMap<&'static str, &'static Value>,
    required: BTreeSet<&'static str>,
    others: Option<&'static Value>,
}

impl Shape {
    fn gather(&mut self, schema: &'static Value) {
        let schema = resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.gather(part);
        }
        self.properties.extend(
            schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.as_str(), v)),
        );
        self.required.extend(
            schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        );
        self.others = self
            .others
            .or(schema.get("additionalProperties").filter(|others| others.is_object()));
    }
}
