//! Signing in, staying signed in, and what other sites cannot make a browser do.

use axum::http::Method;
use quanyu_api::ApiConfig;
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{PASSWORD, World, text};

#[tokio::test]
async fn a_browser_is_signed_in_by_a_cookie_that_others_cannot_use() {
    let world = World::with(ApiConfig::default()).await;
    world.account("operator", &[(Role::Operator, &world.desk)]).await;
    let public = world.public();
    let credentials = json!({"login": "operator", "password": PASSWORD});
    let signed = public.post("/api/v1/sessions", credentials.clone()).await;
    assert_eq!(signed.status, 201);
    let cookie = signed.header("set-cookie").to_owned();
    for part in [
        "quanyu_session=",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Secure",
        "; Path=/",
        "; Max-Age=43200",
    ] {
        assert!(cookie.contains(part), "{part} is missing: {cookie}");
    }
    assert_eq!(signed.body["me"]["grants"][0]["title"]["zh"], "接线员");
    assert_eq!(signed.header("cache-control"), "no-store");
    let pair = cookie.split(';').next().unwrap().to_owned();

    let ask = |method: Method, path: &'static str, headers: Vec<(&'static str, &'static str)>, body: Value| {
        let (public, pair) = (public.clone(), pair.clone());
        async move {
            let mut all = vec![("cookie", pair.as_str()), ("content-type", "application/json")];
            all.extend(headers);
            public.raw(method, path, &all, body.to_string().into_bytes()).await
        }
    };
    let me = ask(Method::GET, "/api/v1/me", vec![], Value::Null).await.ok();
    assert_eq!(me["name"], "operator 本人");
    // Reading is harmless, changing is not: the page must be ours.
    let lookup = json!({"phone": "13800001234", "purpose": "来电受理"});
    let path = "/api/v1/callers/lookup";
    for (headers, status) in [
        (vec![], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![("origin", "https://evil.example"), ("host", "city.example")], 403),
        (vec![("origin", "https://city.example"), ("host", "city.example")], 200),
        (vec![("origin", "null"), ("host", "city.example")], 403),
    ] {
        let answer = ask(Method::POST, path, headers.clone(), lookup.clone()).await;
        assert_eq!(answer.status, status, "{headers:?}");
        if status == 403 {
            assert_eq!(answer.problem(), (403, "other_origin"));
        }
    }
    // Nor can another site sign a browser in as somebody else.
    let headers = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let body = credentials.to_string().into_bytes();
    let forced = public.raw(Method::POST, "/api/v1/sessions", &headers, body).await;
    assert_eq!(forced.problem(), (403, "other_origin"));

    let out = ask(
        Method::DELETE,
        "/api/v1/sessions/current",
        vec![("sec-fetch-site", "same-origin")],
        Value::Null,
    )
    .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("quanyu_session=; ") && out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        ask(Method::GET, "/api/v1/me", vec![], Value::Null).await.problem(),
        (401, "unauthenticated")
    );
}

#[tokio::test]
async fn behind_a_proxy_the_configured_origin_counts() {
    let config = ApiConfig {
        public_origin: Some("https://city.example".into()),
        ..ApiConfig::default()
    };
    let world = World::with(config).await;
    world.account("operator", &[(Role::Operator, &world.desk)]).await;
    let body = json!({"login": "operator", "password": PASSWORD})
        .to_string()
        .into_bytes();
    for (origin, status) in [("https://city.example", 201), ("http://127.0.0.1:8080", 403)] {
        let headers = [
            ("content-type", "application/json"),
            ("origin", origin),
            ("host", "127.0.0.1:8080"),
        ];
        let answer = world
            .public()
            .raw(Method::POST, "/api/v1/sessions", &headers, body.clone())
            .await;
        assert_eq!(answer.status, status, "{origin}");
    }
}

#[tokio::test]
async fn wrong_passwords_lock_and_say_for_how_long() {
    let world = World::new().await;
    world.account("operator", &[(Role::Operator, &world.desk)]).await;
    let public = world.public();
    let sign_in = async |login: &str, password: &str| {
        public
            .post("/api/v1/sessions", json!({"login": login, "password": password}))
            .await
    };
    let wrong = sign_in("operator", "Yak-Butter-2023").await;
    assert_eq!(wrong.problem(), (401, "wrong_credentials"));
    assert_eq!(
        sign_in("nobody", "Yak-Butter-2023").await.bytes,
        wrong.bytes,
        "whether there is such a login is not told"
    );
    for _ in 0..3 {
        sign_in("operator", "Yak-Butter-2023").await;
    }
    let locked = sign_in("operator", "Yak-Butter-2023").await;
    assert_eq!(locked.problem(), (429, "account_locked"));
    assert_eq!(locked.header("retry-after"), "900");
    assert_eq!(sign_in("operator", PASSWORD).await.problem(), (429, "account_locked"));
    world.minutes_later(15);
    assert_eq!(sign_in("operator", PASSWORD).await.status, 201);
}

#[tokio::test]
async fn three_administrators_make_an_account_that_works() {
    let world = World::new().await;
    let system = world.somebody(Role::SystemAdmin, &world.city).await;
    let security = world.somebody(Role::SecurityAdmin, &world.city).await;
    let audit = world.somebody(Role::AuditAdmin, &world.city).await;
    let made = system
        .post(
            "/api/v1/accounts",
            json!({"login": "li.si", "name": "李四", "password": PASSWORD}),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = text(&made.body["id"]);
    let path = format!("/api/v1/accounts/{id}");
    let taken = system
        .post(
            "/api/v1/accounts",
            json!({"login": "LI.SI", "name": "李四", "password": PASSWORD}),
        )
        .await;
    assert_eq!(taken.problem(), (422, "login_taken"));
    let grants = json!({"grants": [{"role": "operator", "unit": world.desk}], "version": 1});
    assert_eq!(
        system.put(&format!("{path}/grants"), grants.clone()).await.problem(),
        (403, "role_forbids")
    );
    let granted = security.put(&format!("{path}/grants"), grants.clone()).await.ok();
    assert_eq!(granted["grants"][0]["unit"]["code"], world.desk.as_str());
    assert_eq!(
        security.put(&format!("{path}/grants"), grants).await.problem(),
        (409, "stale_version")
    );

    // The first password is somebody else's: it is changed before anything else.
    let credentials = json!({"login": "li.si", "password": PASSWORD});
    let signed = world.public().post("/api/v1/sessions", credentials).await.ok();
    assert_eq!(signed["me"]["password_change_due"], true);
    let mut fresh = world.public();
    fresh.token = Some(text(&signed["token"]));
    assert_eq!(fresh.get("/api/v1/cases").await.problem(), (403, "password_change_due"));
    let change = json!({"present": PASSWORD, "new": "Barley-Wine-2025"});
    assert_eq!(fresh.put("/api/v1/me/password", change).await.status, 204);
    assert_eq!(
        fresh.get("/api/v1/me").await.problem(),
        (401, "unauthenticated"),
        "every session has ended"
    );
    let credentials = json!({"login": "li.si", "password": "Barley-Wine-2025"});
    fresh.token = Some(text(
        &world.public().post("/api/v1/sessions", credentials).await.ok()["token"],
    ));
    assert_eq!(fresh.get("/api/v1/cases").await.status, 200);
    assert_eq!(
        fresh.get("/api/v1/sessions").await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // Every page of accounts, and who did what to this one.
    let mut logins = Vec::new();
    let mut next = String::new();
    loop {
        let page = audit.get(&format!("/api/v1/accounts?limit=2{next}")).await.ok();
        logins.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|account| text(&account["login"])),
        );
        match page["next"].as_str() {
            Some(after) => next = format!("&after={after}"),
            None => break,
        }
    }
    assert_eq!(logins, ["system_admin", "security_admin", "audit_admin", "li.si"]);
    let events = audit.get(&format!("/api/v1/audit?noun=account&id={id}")).await.ok();
    let kinds: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["signed_in", "password_set", "signed_in", "granted", "created"]);
    assert_eq!(
        system
            .put(&format!("{path}/active"), json!({"active": false}))
            .await
            .ok()["active"],
        false
    );
    assert_eq!(fresh.get("/api/v1/me").await.problem(), (401, "unauthenticated"));
}
