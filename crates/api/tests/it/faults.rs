//! When something behind the API fails, its clients are told when to come back, and nothing of what is inside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use futures::StreamExt as _;
use quanyu_api::ApiConfig;
use quanyu_app::ports::{Random, SeededRandom};
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, World, photo, text};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_store_that_is_gone_is_told_as_unavailable() {
    let world = World::new().await;
    let staff = world.staff().await;
    assert_eq!(world.public().get("/healthz").await.status, 204);
    let ready = world.public().get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(
        ready.body["engine"].as_str().unwrap().starts_with("SQLite"),
        "{ready:?}"
    );
    world.app.store.close().await;
    let gone = staff.operator.post("/api/v1/cases", world.demand()).await;
    assert_eq!(gone.problem(), (503, "unavailable"));
    assert!(gone.header("retry-after").parse::<u32>().unwrap() > 0);
    let ready = world.public().get("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), ready.body["trouble"].is_string()),
        (503, true),
        "{ready:?}"
    );
    assert_eq!(world.public().get("/healthz").await.status, 204, "the process lives");
    // What needs no store is still told.
    assert_eq!(world.public().get("/api/v1/matters").await.status, 200);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let world = World::new().await;
    // From here on time passes as soon as everybody waits.
    tokio::time::pause();
    for (seconds, status, code) in [(60, 408, "body_too_slow"), (10, 503, "too_slow")] {
        let config = ApiConfig {
            time_limit: Duration::from_secs(seconds),
            ..ApiConfig::default()
        };
        let client = Client {
            router: quanyu_api::router(world.app.clone(), config),
            token: None,
        };
        let never = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let slow = client
            .stream(Method::POST, "/api/v1/public/cases", &[JSON], never)
            .await;
        assert_eq!(slow.problem(), (status, code));
        assert_eq!(slow.header("retry-after").is_empty(), status == 408);
    }
}

#[tokio::test]
async fn a_file_that_stops_coming_is_given_up() {
    let world = World::new().await;
    let begun = futures::stream::iter([Ok::<_, std::io::Error>(photo()[..20].to_vec())]);
    let stalled = Body::from_stream(begun.chain(futures::stream::pending()));
    tokio::time::pause();
    let path = "/api/v1/public/attachments?name=a.jpg";
    let answer = world.public().stream(Method::POST, path, &[], stalled).await;
    assert_eq!(answer.problem(), (408, "upload_interrupted"));
    let broken = futures::stream::iter([Ok(photo()[..20].to_vec()), Err(std::io::Error::other("reset by peer"))]);
    let answer = world
        .public()
        .stream(Method::POST, path, &[], Body::from_stream(broken))
        .await;
    assert_eq!(answer.problem(), (408, "upload_interrupted"));
}

/// Randomness that can be made to fail.
struct Brittle {
    random: SeededRandom,
    breaks: AtomicBool,
}

impl Random for Brittle {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(
            !self.breaks.load(Ordering::SeqCst),
            "told to panic, with a secret in the message"
        );
        self.random.fill(bytes);
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_that_tells_nothing() {
    let random = Arc::new(Brittle {
        random: SeededRandom::new(1),
        breaks: AtomicBool::new(false),
    });
    let world = World::over(ApiConfig::default(), random.clone()).await;
    world.account("operator", &[(Role::Operator, &world.desk)]).await;
    random.breaks.store(true, Ordering::SeqCst);
    let body = json!({"login": "operator", "password": PASSWORD})
        .to_string()
        .into_bytes();
    let headers = [JSON, ("x-request-id", "4711-a-request")];
    let failed = world
        .public()
        .raw(Method::POST, "/api/v1/sessions", &headers, body)
        .await;
    assert_eq!(failed.problem(), (500, "internal_error"));
    assert_eq!(
        failed.header("x-request-id"),
        "4711-a-request",
        "by which the log is searched"
    );
    assert!(!String::from_utf8(failed.bytes).unwrap().contains("secret"));
    random.breaks.store(false, Ordering::SeqCst);
    assert_eq!(
        world.public().get("/api/v1/model").await.status,
        200,
        "the next request is answered"
    );
}

#[tokio::test]
async fn every_answer_is_safe_to_show() {
    let world = World::new().await;
    let public = world.public();
    let paths = [
        "/api/v1/model",
        "/api/v1/nothing",
        "/api/v1/me",
        "/healthz",
        "/readyz",
        "/api/v1/openapi.json",
    ];
    for path in paths {
        let answer = public.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'; sandbox",
            ),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
    }
    // An id that is none is replaced: it goes into the log.
    let odd = public
        .raw(Method::GET, "/healthz", &[("x-request-id", "a\" onerror=")], Vec::new())
        .await;
    assert_eq!(odd.header("x-request-id").len(), 16);
    let english = public
        .raw(Method::GET, "/api/v1/me", &[("accept-language", "en")], Vec::new())
        .await;
    let chinese = public.get("/api/v1/me").await;
    assert_eq!(
        (&english.body["detail"], english.header("content-language")),
        (&json!("sign in first"), "en")
    );
    assert_eq!(
        (&chinese.body["detail"], chinese.header("content-language")),
        (&json!("请先登录"), "zh-CN")
    );
    assert_eq!(english.body["code"], chinese.body["code"]);
    assert_eq!(english.body["field"], Value::Null);
}

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_says_who_did_what_and_nothing_about_anybody() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, secret) = staff.operator.file(world.demand()).await;
    let path = format!("/api/v1/cases/{number}");
    staff
        .operator
        .post(&format!("{path}/reporter"), json!({"purpose": "联系诉求人"}))
        .await
        .ok();
    let call = json!({"phone": "13800001234", "purpose": "来电受理"});
    staff.operator.post("/api/v1/callers/lookup", call).await.ok();
    world
        .public()
        .post(&format!("/api/v1/tracking/{number}"), json!({"secret": secret}))
        .await
        .ok();
    world.public().get("/api/v1/matters?q=13800001234").await.ok();
    let wrong = json!({"login": "operator", "password": "not-the-Password-1"});
    world.public().post("/api/v1/sessions", wrong).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for said in [
        "route=\"/api/v1/cases/{number}/reporter\"",
        "action=\"reveal_reporter\"",
        "status=201",
        "took_ms=",
    ] {
        assert!(log.contains(said), "{said} is not logged");
    }
    let account = text(&staff.operator.get("/api/v1/me").await.ok()["account"]).replace('-', "");
    assert!(log.contains(&format!("actor=account:{account}")), "who did it");
    let token = staff.operator.token.unwrap();
    for kept in [
        "13800001234",
        "张三",
        "井盖",
        secret.as_str(),
        token.as_str(),
        PASSWORD,
        "not-the-Password-1",
    ] {
        assert!(!log.contains(kept), "{kept} is logged");
    }
}
