//! The OpenAPI document: what it says is what the server does, and the committed copy is what regenerating gives.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use quanyu_domain::access::Role;
use serde_json::Value;

use crate::support::{Client, World, compare_generated};

/// An operation of the document.
#[derive(Debug)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub action: String,
    pub who: Vec<String>,
    pub value: Value,
}

fn document() -> Value {
    serde_json::to_value(quanyu_api::openapi()).unwrap()
}

/// Every operation, by path and method.
pub fn operations() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let who = operation["x-who"]
                .as_array()
                .unwrap_or_else(|| panic!("{method} {path} has no x-who"));
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                action: operation["x-action"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{method} {path} has no action"))
                    .into(),
                who: who.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                value: operation.clone(),
            });
        }
    }
    operations
}

#[test]
fn generated_openapi_document() {
    let mut text = serde_json::to_string_pretty(&sorted(document())).unwrap();
    text.push('\n');
    compare_generated("openapi.json", &text);
}

/// Objects by key: the document keeps some of them in the order of a hash.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[tokio::test]
async fn the_server_tells_the_same_document() {
    let world = World::new().await;
    let served = world.public().get("/api/v1/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(sorted(served.ok()), sorted(document()));
}

#[test]
fn every_operation_says_what_it_is() {
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let Operation {
            method, path, value, ..
        } = &operation;
        assert!(
            ids.insert(value["operationId"].as_str().unwrap().to_owned()),
            "{method} {path}: its id is taken"
        );
        assert!(
            !value["summary"].as_str().unwrap_or_default().is_empty(),
            "{method} {path} has no summary"
        );
        assert_eq!(
            value["tags"].as_array().map_or(0, Vec::len),
            1,
            "{method} {path} stands in one group"
        );
        let problem = &value["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem");
        let public = operation
            .who
            .iter()
            .any(|who| who == "everyone" || who == "tracking_secret");
        assert_eq!(
            value["security"].is_null(),
            public,
            "{method} {path} says how to sign in"
        );
    }
    assert!(ids.len() > 50, "{}", ids.len());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut waiting = vec![&document];
    let mut references = 0;
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = reference
                        .strip_prefix('#')
                        .unwrap_or_else(|| panic!("{reference} leads outside"));
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                    references += 1;
                }
                waiting.extend(fields.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    assert!(references > 100);
}

/// What a body that cannot be read is refused with.
const UNREAD: [&str; 7] = [
    "malformed_json",
    "not_json",
    "not_utf8",
    "unknown_field",
    "missing_field",
    "invalid_field",
    "invalid_number",
];

#[tokio::test]
async fn every_example_can_be_sent() {
    let world = World::new().await;
    let document = document();
    let mut people: BTreeMap<&str, Client> = BTreeMap::new();
    for role in [
        Role::Dispatcher,
        Role::Supervisor,
        Role::SystemAdmin,
        Role::SecurityAdmin,
    ] {
        let unit = if role == Role::Dispatcher {
            &world.desk
        } else {
            &world.city
        };
        people.insert(role.name(), world.somebody(role, unit).await);
    }
    let mut sent = 0;
    for operation in operations() {
        let Operation {
            method,
            path,
            value,
            who,
            ..
        } = &operation;
        let schema = &value["requestBody"]["content"]["application/json"]["schema"];
        let Some(reference) = schema["$ref"].as_str() else {
            continue;
        };
        let body = document.pointer(&reference[1..]).unwrap();
        // A body made of another schema's value is exemplified there.
        let Some(example) = body.get("example").or_else(|| body["examples"].get(0)) else {
            let nested = body["properties"]
                .as_object()
                .is_some_and(|fields| fields.values().any(|f| f.to_string().contains("$ref")));
            assert!(nested, "{method} {path} takes {reference}, which has no example");
            continue;
        };
        let person = who.iter().find_map(|who| people.get(who.as_str()));
        let client = person.cloned().unwrap_or_else(|| match who[0].as_str() {
            "staff" => people[Role::Dispatcher.name()].clone(),
            _ => world.public(),
        });
        let number = "240101-000000-000000";
        let concrete = path
            .replace("{number}", number)
            .replace("{id}", number)
            .replace("{request}", "1");
        let concrete = concrete.replace("{district}", &world.district.district().to_string());
        let answer = client.send(method.clone(), &concrete, Some(example.clone())).await;
        let code = answer.body["code"].as_str().unwrap_or_default();
        assert!(!UNREAD.contains(&code), "{method} {path}: {example}\n{answer:?}");
        assert!(
            !matches!(answer.status.as_u16(), 403 | 405 | 500..),
            "{method} {path}: {answer:?}"
        );
        sent += 1;
    }
    assert!(sent >= 20, "{sent}");
}
