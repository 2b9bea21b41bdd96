//! Bad input is ordinary input: every kind of it gets a problem that says what, where, and what to do instead.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{World, photo, text};

const JSON: (&str, &str) = ("content-type", "application/json");
const CASES: &str = "/api/v1/public/cases";

#[tokio::test]
async fn what_a_demand_may_not_be() {
    let world = World::new().await;
    let public = world.public();
    let with = |field: &str, value: Value| {
        let mut demand = world.demand();
        demand[field] = value;
        demand
    };
    let kind = text(&world.model["evidence"][0]["name"]);
    let evidence = |kind: &str| json!([{"kind": kind, "attachment": "240315-093022-100123"}]);
    for (demand, status, code, field) in [
        (with("matter", json!("99887766")), 422, "unknown_matter", "matter"),
        (
            with("position", json!({"lon": 116.4, "lat": 39.9})),
            422,
            "point_outside",
            "position",
        ),
        (
            with("position", json!({"lon": 216.4, "lat": 39.9})),
            422,
            "bad_position",
            "position",
        ),
        (
            with("position", json!({"lon": 101.7, "lat": 36.6, "datum": "wgs"})),
            422,
            "invalid_field",
            "position.datum",
        ),
        (
            with("case_type", json!("no_such_type")),
            422,
            "unknown_name",
            "case_type",
        ),
        (with("demand", json!("no_such_demand")), 422, "unknown_name", "demand"),
        (
            with("channel", json!("no_such_channel")),
            422,
            "unknown_name",
            "channel",
        ),
        (with("text", json!("  ")), 422, "text_missing", "text"),
        (with("text", json!("字".repeat(10_001))), 422, "text_too_long", "text"),
        (with("text", json!("a\u{0}b")), 422, "text_not_allowed", "text"),
        (
            with("reporter", json!({"name": "\u{0}"})),
            422,
            "text_not_allowed",
            "reporter.name",
        ),
        (
            with("reporter", json!({"phone": "no number"})),
            422,
            "not_a_phone_number",
            "reporter.phone",
        ),
        (
            with("reporter", json!({"telephone": "1"})),
            422,
            "unknown_field",
            "reporter.telephone",
        ),
        (with("colour", json!("red")), 422, "unknown_field", "colour"),
        (with("area", json!("63")), 422, "invalid_field", "area"),
        (with("text", json!(7)), 422, "invalid_field", "text"),
        (
            with("evidence", evidence("no_such_kind")),
            422,
            "unknown_evidence_kind",
            "evidence",
        ),
        (with("evidence", evidence(&kind)), 422, "unknown_attachment", "evidence"),
        (
            with("evidence", json!([{"kind": "x", "attachment": "240315"}])),
            422,
            "invalid_number",
            "evidence[0].attachment",
        ),
    ] {
        let answer = public.post(CASES, demand.clone()).await;
        assert_eq!(answer.problem(), (status, code), "{demand}");
        assert_eq!(answer.body["field"], field, "{demand}");
    }
    let staff_channel = with(
        "channel",
        world.named("channels", |channel| channel["public"] == false).into(),
    );
    assert_eq!(
        public.post(CASES, staff_channel).await.problem(),
        (403, "channel_not_public")
    );
    let mut nowhere = world.demand();
    nowhere["position"] = Value::Null;
    assert_eq!(public.post(CASES, nowhere).await.problem(), (422, "place_missing"));
    // Another datum is shifted: the same place, another pair of numbers.
    let mut shifted = world.demand();
    shifted["position"]["datum"] = json!("gcj02");
    assert_eq!(public.post(CASES, shifted).await.status, 201);
}

#[tokio::test]
async fn what_a_body_may_not_be() {
    let world = World::new().await;
    let public = world.public();
    let send = async |headers: &[(&str, &str)], body: Vec<u8>| public.raw(Method::POST, CASES, headers, body).await;
    let demand = world.demand().to_string().into_bytes();
    assert_eq!(
        send(&[JSON], b"{\"text\": ".to_vec()).await.problem(),
        (400, "malformed_json")
    );
    assert_eq!(send(&[JSON], Vec::new()).await.problem(), (400, "malformed_json"));
    assert_eq!(
        send(&[JSON], b"{\"text\": \"\xff\xfe\"}".to_vec()).await.problem(),
        (400, "not_utf8")
    );
    assert_eq!(
        send(&[JSON], b"{\"text\": \"\x00\"}".to_vec()).await.problem(),
        (400, "malformed_json")
    );
    assert_eq!(send(&[], demand.clone()).await.problem(), (415, "not_json"));
    assert_eq!(
        send(&[("content-type", "text/plain")], demand.clone()).await.problem(),
        (415, "not_json")
    );
    assert_eq!(
        send(&[("content-type", "application/json; charset=utf-8")], demand)
            .await
            .status,
        201
    );

    // A description of five megabytes: the answer says the limit and the way out, in both languages.
    let mut long = world.demand();
    long["text"] = json!("字".repeat(5_000_000 / 3));
    let long = long.to_string().into_bytes();
    let answer = send(&[JSON], long.clone()).await;
    assert_eq!(answer.problem(), (413, "body_too_large"));
    let detail = text(&answer.body["detail"]);
    assert!(detail.contains("256 KB") && detail.contains("附件"), "{detail}");
    let answer = send(&[JSON, ("accept-language", "en-GB,en;q=0.9")], long).await;
    let detail = text(&answer.body["detail"]);
    assert!(detail.contains("256 kB") && detail.contains("attach"), "{detail}");
    assert_eq!(answer.header("content-language"), "en");
}

#[tokio::test]
async fn a_repeated_request_files_one_case() {
    let world = World::new().await;
    let staff = world.staff().await;
    let file = async |key: &str, demand: &Value| {
        let headers = [JSON, ("idempotency-key", key)];
        staff
            .operator
            .raw(Method::POST, "/api/v1/cases", &headers, demand.to_string().into_bytes())
            .await
    };
    let demand = world.demand();
    let first = file("0b0e7a4e-2d8c", &demand).await;
    let again = file("0b0e7a4e-2d8c", &demand).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.body, again.body, "number and secret too");
    let mut other = demand.clone();
    other["text"] = json!("别的事");
    assert_eq!(file("0b0e7a4e-2d8c", &other).await.problem(), (409, "key_reused"));
    assert_eq!(file("short", &demand).await.problem(), (422, "bad_idempotency_key"));
    let list = staff.dispatcher.get("/api/v1/cases").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    // Another person's keys are their own.
    let headers = [JSON, ("idempotency-key", "0b0e7a4e-2d8c")];
    let theirs = staff
        .dispatcher
        .raw(Method::POST, "/api/v1/cases", &headers, other.to_string().into_bytes())
        .await;
    assert_eq!(theirs.status, 201);
}

#[tokio::test]
async fn what_may_not_be_done_to_a_case() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, secret) = staff.operator.file(world.demand()).await;
    let path = format!("/api/v1/cases/{number}");
    let steps = format!("{path}/steps");
    let case = staff.dispatcher.get(&path).await.ok();
    let dispatch = case["available"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["act"] == "dispatch")
        .unwrap();
    let dispatch = text(&dispatch["step"]["name"]);

    let stale = staff
        .dispatcher
        .post(&steps, json!({"step": dispatch, "version": 7}))
        .await;
    assert_eq!(stale.problem(), (409, "stale_version"));
    assert_eq!(stale.body["current_version"], 1);
    let matched = |tag: &'static str| {
        let body = json!({"step": dispatch}).to_string().into_bytes();
        let (client, steps) = (staff.dispatcher.clone(), steps.clone());
        async move { client.raw(Method::POST, &steps, &[JSON, ("if-match", tag)], body).await }
    };
    assert_eq!(matched("\"7\"").await.problem(), (409, "stale_version"));
    assert_eq!(matched("seven").await.problem(), (422, "bad_version"));
    assert_eq!(
        staff.operator.post(&steps, json!({"step": dispatch})).await.problem(),
        (403, "role_forbids")
    );
    let unknown = staff.dispatcher.post(&steps, json!({"step": "no_such_step"})).await;
    assert_eq!(unknown.problem(), (404, "unknown_step"));
    assert!(
        text(&unknown.body["detail"]).contains(&dispatch),
        "says which steps there are"
    );
    let etag = matched("\"1\"").await;
    assert_eq!((etag.status.as_u16(), etag.header("etag")), (200, "\"2\""));
    // The verifier's step is not for now: the case is being handled.
    let pass = world.model["workflows"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|w| w["steps"].as_array().unwrap());
    let passes: Vec<&Value> = pass.filter(|step| step["act"] == "pass").collect();
    let early = staff.verifier.post(&steps, json!({"step": passes[0]["name"]})).await;
    assert_eq!(early.status, 409, "{early:?}");

    // Whoever may not see a case is told what somebody is told who asks for one that does not exist.
    let unknown = staff.dispatcher.get("/api/v1/cases/240101-000000-000000").await;
    assert_eq!(unknown.problem(), (404, "unknown_case"));
    let rules = world.app.rules();
    let is_other = |u: &&quanyu_domain::units::Unit| {
        u.kind == quanyu_domain::units::UnitKind::District && u.code != world.district
    };
    let elsewhere = rules.tree.all().into_iter().find(is_other).unwrap().code.clone();
    let stranger = world
        .person("stranger", &[(quanyu_domain::access::Role::Dispatcher, &elsewhere)])
        .await;
    let hidden = stranger.get(&path).await;
    assert_eq!(hidden.bytes, unknown.bytes);
    assert_eq!(
        stranger.post(&steps, json!({"step": dispatch})).await.bytes,
        unknown.bytes
    );
    assert_eq!(
        staff.dispatcher.get("/api/v1/cases/12").await.problem(),
        (422, "invalid_number")
    );

    // A wrong secret and a number that does not exist are told alike, byte for byte.
    let public = world.public();
    let wrong = json!({"secret": "0000-0000-0000"});
    let wrong_secret = public.post(&format!("/api/v1/tracking/{number}"), wrong.clone()).await;
    let right = json!({"secret": secret});
    let unknown_number = public.post("/api/v1/tracking/240101-000000-000000", right).await;
    assert_eq!(wrong_secret.problem(), (404, "unknown_case_or_secret"));
    assert_eq!(wrong_secret.bytes, unknown_number.bytes);
    for (path, extra) in [
        (
            "rating",
            json!({"responded": true, "solved": true, "satisfaction": "satisfied"}),
        ),
        ("reopen", json!({"reason": "再看看"})),
    ] {
        let mut body = extra;
        body["secret"] = wrong["secret"].clone();
        let answer = public.post(&format!("/api/v1/tracking/{number}/{path}"), body).await;
        assert_eq!(answer.bytes, wrong_secret.bytes);
    }
}

#[tokio::test]
async fn files_that_are_not_what_they_say() {
    let world = World::new().await;
    let staff = world.staff().await;
    let send = async |name: &str, content: Vec<u8>| {
        let path = format!("/api/v1/attachments?name={name}");
        staff
            .operator
            .raw(Method::POST, &path, &[("content-type", "image/jpeg")], content)
            .await
    };
    let script = b"#!/bin/sh\nrm -rf /\n".to_vec();
    let answer = send("photo.jpg", script).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    assert_eq!(send("photo.jpg", page.clone()).await.status, 422);
    assert_eq!(send("page.svg", page).await.status, 422);
    assert_eq!(send("empty.jpg", Vec::new()).await.problem(), (422, "empty_file"));
    let mut large = photo();
    large.resize(20 * 1024 * 1024 + 1, 0);
    assert_eq!(send("large.jpg", large).await.problem(), (413, "file_too_large"));
    assert_eq!(
        staff
            .operator
            .raw(Method::POST, "/api/v1/attachments", &[], photo())
            .await
            .problem(),
        (422, "missing_field")
    );

    let kept = send("photo.png", photo()).await.ok();
    assert_eq!(
        (kept["media"].as_str(), kept["name"].as_str()),
        (Some("image/jpeg"), Some("photo.jpg"))
    );
    let id = text(&kept["id"]);
    let own = staff.operator.get(&format!("/api/v1/attachments/{id}")).await;
    assert_eq!(own.header("x-content-type-options"), "nosniff");
    assert!(
        own.header("content-disposition")
            .starts_with("inline; filename*=UTF-8''photo%2Ejpg"),
        "{own:?}"
    );
    assert_eq!(
        staff
            .dispatcher
            .get(&format!("/api/v1/attachments/{id}"))
            .await
            .problem(),
        (404, "unknown_attachment")
    );
}

#[tokio::test]
async fn what_a_request_may_not_be() {
    let world = World::new().await;
    let staff = world.staff().await;
    let public = world.public();
    for (path, status, code) in [
        ("/api/v1/nothing", 404, "no_such_path"),
        ("/api/v1/", 404, "no_such_path"),
        ("/api/v1/matters?limit=0", 422, "limit_out_of_bounds"),
        ("/api/v1/matters?limit=201", 422, "limit_out_of_bounds"),
        ("/api/v1/matters?limit=many", 422, "invalid_field"),
        ("/api/v1/matters?colour=red", 422, "unknown_field"),
        ("/api/v1/matters?q=%ff", 400, "not_utf8"),
        ("/api/v1/matters?q=a%00b", 422, "text_not_allowed"),
        ("/api/v1/matters/99", 404, "unknown_matter"),
        ("/api/v1/units/99", 422, "bad_unit_code"),
        ("/api/v1/units/990199000000", 404, "unknown_unit"),
        ("/api/v1/areas/locate?lon=200&lat=0", 422, "bad_position"),
        ("/api/v1/areas/locate?lon=100", 422, "missing_field"),
        ("/api/v1/gazetteer?q=x&near=here", 422, "bad_position"),
        ("/api/v1/model?district=990101", 404, "unknown_district"),
    ] {
        let answer = public.get(path).await;
        assert_eq!(answer.problem(), (status, code), "{path}");
    }
    let long = format!("/api/v1/matters?q={}", "a".repeat(9_000));
    assert_eq!(public.get(&long).await.problem(), (414, "uri_too_long"));
    let padding = "a".repeat(40_000);
    let headers = [("x-padding", padding.as_str())];
    let heavy = public.raw(Method::GET, "/api/v1/matters", &headers, Vec::new()).await;
    assert_eq!(heavy.problem(), (431, "headers_too_large"));
    let method = public.delete("/api/v1/matters").await;
    assert_eq!(method.problem(), (405, "method_not_allowed"));
    assert!(method.header("allow").contains("GET"), "{method:?}");
    assert_eq!(
        staff.dispatcher.get("/api/v1/cases?after=nowhere").await.problem(),
        (422, "bad_cursor")
    );
    let other = staff
        .dispatcher
        .get(&format!("/api/v1/cases?unit={}", world.city))
        .await;
    assert_eq!(other.problem(), (403, "outside_scope"));
}
