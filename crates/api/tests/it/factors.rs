//! Second factors, and sessions that are used from elsewhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::Method;
use quanyu_api::ApiConfig;
use quanyu_app::ports::{Clock as _, SeededRandom};
use quanyu_app::sessions::SignInPolicy;
use quanyu_domain::access::Role;
use serde_json::json;

use crate::support::{Answer, PASSWORD, World, text};

/// What an authenticator app shows (RFC 6238 over a Base32 secret), worked out apart from the program.
fn app_code(secret: &str, second: i64) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let value = |letter: u8| {
        if letter.is_ascii_uppercase() {
            letter - b'A'
        } else {
            letter - b'2' + 26
        }
    };
    let bits: String = secret.bytes().map(|letter| format!("{:05b}", value(letter))).collect();
    let bytes: Vec<u8> = (0..bits.len() / 8)
        .map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap())
        .collect();
    let mut mac = <Hmac<sha1::Sha1> as KeyInit>::new_from_slice(&bytes).unwrap();
    mac.update(&(second / 30).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let word = u32::from_be_bytes([mac[at] & 0x7f, mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", word % 1_000_000)
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_enrols_first() {
    let policy = SignInPolicy {
        second_factor: BTreeSet::from([Role::SystemAdmin]),
        ..SignInPolicy::default()
    };
    let config = ApiConfig {
        secure_cookies: false,
        ..ApiConfig::default()
    };
    let world = World::under(policy, config, Arc::new(SeededRandom::new(1))).await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    let security = world.somebody(Role::SecurityAdmin, &world.city).await;
    assert_eq!(
        admin.get("/api/v1/accounts").await.problem(),
        (403, "second_factor_due")
    );
    let me = admin.get("/api/v1/me").await.ok();
    assert_eq!(
        (&me["second_factor_due"], &me["second_factor"]),
        (&json!(true), &json!(false))
    );
    let (begin, confirm) = ("/api/v1/me/second-factor", "/api/v1/me/second-factor/confirmation");
    let nothing = admin.post(confirm, json!({"code": "000000"})).await;
    assert_eq!(nothing.problem(), (409, "second_factor_not_begun"));
    let begun = admin.post(begin, json!({"present": PASSWORD})).await.ok();
    let secret = text(&begun["secret"]);
    assert!(text(&begun["uri"]).contains(&secret));
    assert_eq!(
        admin.post(confirm, json!({"code": "12"})).await.problem(),
        (422, "wrong_code")
    );
    let code = || app_code(&secret, world.clock.now().as_second());
    let paper = admin.post(confirm, json!({"code": code()})).await.ok();
    assert_eq!(paper["recovery_codes"].as_array().map(Vec::len), Some(10));
    admin.get("/api/v1/accounts").await.ok();

    let sign_in = async |body| -> Answer { world.public().post("/api/v1/sessions", body).await };
    let login = Role::SystemAdmin.name();
    let plain = json!({"login": login, "password": PASSWORD});
    assert_eq!(sign_in(plain.clone()).await.problem(), (401, "code_needed"));
    let wrong = json!({"login": login, "password": "Wrong-Word-1"});
    let with = |code: &str| json!({"login": login, "password": PASSWORD, "code": code});
    let (wrong, used) = (sign_in(wrong).await, sign_in(with(&code())).await);
    assert_eq!(wrong.problem(), (401, "wrong_credentials"));
    assert_eq!(
        used.bytes, wrong.bytes,
        "a code that was used before is told like a wrong password"
    );
    world.minutes_later(1);
    let signed = sign_in(with(&code())).await.ok();
    assert_eq!(signed["me"]["second_factor"], true);
    sign_in(with(&text(&paper["recovery_codes"][0]))).await.ok();

    // Lost: the security administrator takes it away, and every session ends.
    let path = format!("/api/v1/accounts/{}/second-factor", text(&signed["me"]["account"]));
    assert_eq!(admin.delete(&path).await.problem(), (403, "role_forbids"));
    security.delete(&path).await.ok();
    assert_eq!(admin.get("/api/v1/me").await.problem(), (401, "unauthenticated"));
    assert_eq!(sign_in(plain).await.ok()["me"]["second_factor_due"], true);
}

#[tokio::test]
async fn a_stolen_token_ends_with_its_first_use_elsewhere() {
    let world = World::new().await;
    world.account("li.si", &[(Role::Operator, &world.desk)]).await;
    let firefox = [("user-agent", "Firefox/140"), ("content-type", "application/json")];
    let body = json!({"login": "li.si", "password": PASSWORD}).to_string().into_bytes();
    let begun = world
        .public()
        .raw(Method::POST, "/api/v1/sessions", &firefox, body)
        .await
        .ok();
    let mut client = world.public();
    client.token = Some(text(&begun["token"]));
    let me = async |agent: &str| {
        client
            .raw(Method::GET, "/api/v1/me", &[("user-agent", agent)], Vec::new())
            .await
    };
    me("Firefox/140").await.ok();
    assert_eq!(me("curl/8").await.problem(), (401, "unauthenticated"));
    assert_eq!(me("Firefox/140").await.problem(), (401, "unauthenticated"));
    let audit = world.somebody(Role::AuditAdmin, &world.city).await;
    let journal = audit.get("/api/v1/audit?limit=200").await.ok();
    assert!(journal.to_string().contains("session_misused"), "{journal}");
}

#[tokio::test]
async fn answers_carry_what_keeps_browsers_safe() {
    let world = World::with(ApiConfig::default()).await;
    let answer = world.public().get("/api/v1/openapi.json").await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ),
    ] {
        assert_eq!(answer.header(name), value);
    }
    let plain = World::new().await.public().get("/healthz").await;
    assert_eq!(plain.header("strict-transport-security"), "");
}
