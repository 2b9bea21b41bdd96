//! How often somebody may ask, and what is turned away when there is too much in hand.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use quanyu_api::ApiConfig;
use quanyu_app::guard::{Guard, Limits, Rate, TrustedProxies};
use quanyu_domain::access::Role;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{PASSWORD, World};

const FEW: Rate = Rate {
    burst: 3,
    per_minute: 2,
};

async fn world(limits: Limits, trusted: &str) -> (World, Arc<Guard>) {
    let proxies = trusted.split_whitespace().map(|text| text.parse().unwrap()).collect();
    let guard = Arc::new(Guard::new(limits, TrustedProxies(proxies)));
    let config = ApiConfig {
        secure_cookies: false,
        guard: Arc::clone(&guard),
        ..ApiConfig::default()
    };
    (World::with(config).await, guard)
}

/// A request from an address: status, code and when to come back.
async fn ask(world: &World, from: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> (u16, String, String) {
    let peer = SocketAddr::new(from.parse().unwrap(), 4000);
    let mut request = Request::post(path)
        .header("content-type", "application/json")
        .extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let retry = parts
        .headers
        .get("retry-after")
        .map_or("", |value| value.to_str().unwrap());
    let code = body["code"].as_str().unwrap_or_default();
    (parts.status.as_u16(), code.to_owned(), retry.to_owned())
}

fn too_many(seconds: u32) -> (u16, String, String) {
    (429, "too_many_requests".to_owned(), seconds.to_string())
}

#[tokio::test]
async fn wrong_passwords_from_one_address_become_slow() {
    let limits = Limits {
        sign_in: FEW,
        read: FEW,
        ..Limits::default()
    };
    let (world, _) = world(limits, "10.0.0.0/8").await;
    world.account("li.lei", &[(Role::Operator, &world.desk)]).await;
    let wrong = json!({"login": "nobody", "password": "Wrong-Word-1"});
    let right = json!({"login": "li.lei", "password": PASSWORD});
    let sign_in = async |from: &str, body: &Value, headers: &[(&str, &str)]| {
        ask(&world, from, "/api/v1/sessions", body.clone(), headers).await
    };
    // Right ones are not counted, however many there are.
    for _ in 0..10 {
        assert_eq!(sign_in("192.0.2.1", &right, &[]).await.0, 201);
    }
    for _ in 0..3 {
        assert_eq!(sign_in("192.0.2.1", &wrong, &[]).await.0, 401);
    }
    assert_eq!(sign_in("192.0.2.1", &wrong, &[]).await, too_many(30));
    assert_eq!(sign_in("192.0.2.1", &right, &[]).await, too_many(30));
    assert_eq!(sign_in("192.0.2.2", &right, &[]).await.0, 201);
    // Nobody lies about where they come from, unless a proxy that is trusted says so.
    let forwarded = [("x-forwarded-for", "198.51.100.1, 192.0.2.1")];
    assert_eq!(
        sign_in("192.0.2.1", &wrong, &[("x-forwarded-for", "198.51.100.9")])
            .await
            .0,
        429
    );
    assert_eq!(sign_in("10.0.0.1", &wrong, &forwarded).await, too_many(30));
    assert_eq!(
        sign_in("10.0.0.1", &wrong, &[("x-forwarded-for", "198.51.100.9")])
            .await
            .0,
        401
    );
    // Tokens that prove nothing count as well, apart from passwords.
    for expected in [401, 401, 401, 429] {
        let guess = ask(
            &world,
            "192.0.2.3",
            "/api/v1/cases",
            json!({}),
            &[("authorization", "Bearer guess")],
        )
        .await;
        assert_eq!(guess.0, expected, "{guess:?}");
    }
    world.minutes_later(1);
    assert_eq!(sign_in("192.0.2.1", &wrong, &[]).await.0, 401);
}

#[tokio::test]
async fn secrets_cannot_be_guessed_from_one_address_nor_for_one_case() {
    let limits = Limits {
        tracking: FEW,
        case_secret: Rate {
            burst: 5,
            per_minute: 1,
        },
        ..Limits::default()
    };
    let (world, _) = world(limits, "").await;
    let operator = world.somebody(Role::Operator, &world.desk).await;
    let (number, secret) = operator.file(world.demand()).await;
    let (other, other_secret) = operator.file(world.demand()).await;
    let follow = async |from: &str, number: &str, secret: &str| {
        let path = format!("/api/v1/tracking/{number}");
        ask(&world, from, &path, json!({ "secret": secret }), &[]).await
    };
    for _ in 0..20 {
        assert_eq!(follow("192.0.2.9", &number, &secret).await.0, 200);
    }
    for expected in [404, 404, 404, 429] {
        assert_eq!(follow("192.0.2.1", &number, "0000-0000-0000").await.0, expected);
    }
    // Elsewhere again, until the case itself has had enough; an unknown number behaves the same.
    for (host, expected) in [(2, 404), (3, 404), (4, 429), (5, 429)] {
        let from = format!("192.0.2.{host}");
        assert_eq!(follow(&from, &number, "0000-0000-0000").await.0, expected, "{from}");
    }
    for (host, expected) in [(11, 404), (12, 404), (13, 404), (14, 404), (15, 404), (16, 429)] {
        let from = format!("192.0.2.{host}");
        assert_eq!(
            follow(&from, "990101-000000-000000", &secret).await.0,
            expected,
            "{from}"
        );
    }
    assert_eq!(follow("192.0.2.20", &other, &other_secret).await.0, 200);
    assert_eq!(follow("192.0.2.20", &number, &secret).await, too_many(60));
    world.minutes_later(1);
    assert_eq!(follow("192.0.2.20", &number, &secret).await.0, 200);
}

#[tokio::test]
async fn accounts_and_addresses_have_shares_of_their_own() {
    let limits = Limits {
        public_filing: FEW,
        read: FEW,
        write: FEW,
        ..Limits::default()
    };
    let (world, _) = world(limits, "").await;
    let one = world.somebody(Role::Operator, &world.desk).await;
    let two = world.somebody(Role::Dispatcher, &world.desk).await;
    for _ in 0..3 {
        one.get("/api/v1/me").await.ok();
        one.file(world.demand()).await;
    }
    assert_eq!(one.get("/api/v1/me").await.problem(), (429, "too_many_requests"));
    let filed = one.post("/api/v1/cases", world.demand()).await;
    assert_eq!(
        (filed.problem(), filed.header("retry-after")),
        ((429, "too_many_requests"), "30")
    );
    two.get("/api/v1/me").await.ok();
    let file = async || {
        ask(&world, "2001:db8::1", "/api/v1/public/cases", world.demand(), &[])
            .await
            .0
    };
    assert_eq!(
        [file().await, file().await, file().await, file().await],
        [201, 201, 201, 429]
    );
    let neighbour = ask(&world, "2001:db8::2", "/api/v1/public/cases", world.demand(), &[]).await;
    assert_eq!(neighbour.0, 429, "the same household");
    // How the server is can always be asked.
    for _ in 0..10 {
        world.public().get("/healthz").await.ok();
    }
}

#[tokio::test]
async fn whoever_adds_themselves_has_the_share_of_their_address_and_few_words() {
    let limits = Limits {
        public_filing: FEW,
        ..Limits::default()
    };
    let (world, _) = world(limits, "").await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(world.demand()).await;
    let publication = json!({"title": "井盖破损", "text": "路口的井盖破损", "place": "人民路"});
    let published = format!("/api/v1/cases/{number}/publication");
    staff.dispatcher.put(&published, publication).await.ok();
    let path = format!("/api/v1/public/cases/{number}/supporters");
    let add = async |from: &str, body: Value| ask(&world, from, &path, body, &[]).await;
    for _ in 0..3 {
        assert_eq!(add("192.0.2.1", json!({})).await.0, 201);
    }
    assert_eq!(add("192.0.2.1", json!({})).await, too_many(30));
    let filed = ask(&world, "192.0.2.1", "/api/v1/public/cases", world.demand(), &[]).await;
    assert_eq!(
        filed,
        too_many(30),
        "one share for whatever is filed without an account"
    );
    assert_eq!(add("192.0.2.2", json!({"phone": "13912345678"})).await.0, 201);

    // What is refused counts as well: nobody tries numbers for long.
    let refused = |status: u16, code: &str| (status, code.to_owned(), String::new());
    let phone = |text: String| json!({ "phone": text });
    let far_too_long = phone("1".repeat(300 * 1024));
    assert_eq!(
        add("192.0.2.3", phone("1".repeat(201))).await,
        refused(422, "text_too_long")
    );
    assert_eq!(add("192.0.2.3", far_too_long).await, refused(413, "body_too_large"));
    assert_eq!(
        add("192.0.2.3", phone("13912345678".to_owned())).await,
        refused(409, "already_supported")
    );
    assert_eq!(add("192.0.2.3", phone("13912345679".to_owned())).await, too_many(30));
    for (nth, key) in ["1234567".to_owned(), "k".repeat(201)].into_iter().enumerate() {
        let headers = [("idempotency-key", key.as_str())];
        let answer = ask(&world, &format!("198.51.100.{nth}"), &path, json!({}), &headers).await;
        assert_eq!(answer, refused(422, "bad_idempotency_key"), "{}", key.len());
    }
    let shown = world.public().get(&format!("/api/v1/public/cases/{number}")).await.ok();
    assert_eq!(shown["supporters"], 4, "and nothing of it was added");
    world.minutes_later(1);
    assert_eq!(add("192.0.2.1", json!({})).await.0, 201);
}

#[tokio::test]
async fn a_busy_server_turns_reads_away_before_writes() {
    let limits = Limits {
        in_hand: 8,
        ..Limits::default()
    };
    let (world, guard) = world(limits, "").await;
    let operator = world.somebody(Role::Operator, &world.desk).await;
    let busy: Vec<_> = (0..6).map(|_| guard.take_in_hand(true).unwrap()).collect();
    let answer = operator.get("/api/v1/me").await;
    assert_eq!(
        (answer.problem(), answer.header("retry-after")),
        ((503, "overloaded"), "2")
    );
    operator.file(world.demand()).await;
    let busier: Vec<_> = (0..2).map(|_| guard.take_in_hand(false).unwrap()).collect();
    let refused = operator.post("/api/v1/cases", world.demand()).await;
    assert_eq!(refused.problem(), (503, "overloaded"));
    assert_eq!(world.public().get("/healthz").await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.public().get("/readyz").await.status, StatusCode::OK);
    drop((busy, busier));
    operator.get("/api/v1/me").await.ok();
    assert_eq!(guard.in_hand(), 0);
}

/// Whoever does not know a secret is told nothing by a case's number, not even that there is such a case.
#[tokio::test]
async fn a_number_without_its_secret_is_like_one_that_nobody_has() {
    let (world, _) = world(Limits::default(), "").await;
    let operator = world.somebody(Role::Operator, &world.desk).await;
    let (number, secret) = operator.file(world.demand()).await;
    let mut hidden = world.demand();
    hidden["confidential"] = json!(true);
    let (hidden, _) = operator.file(hidden).await;
    let ask = async |path: &str, body: Option<Value>| {
        let request = match &body {
            Some(_) => Request::post(path).header("content-type", "application/json"),
            None => Request::get(path),
        };
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let response = world.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (mut parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        // Only the number of the request itself differs, as with any two requests.
        assert!(parts.headers.remove("x-request-id").is_some());
        (parts.status, format!("{:?}", parts.headers), bytes)
    };
    let nobody = "240101-000000-000000";
    let wrong = "0000-0000-0000";
    let rating = json!({"responded": true, "solved": true, "satisfaction": "satisfied"});
    for (path, body, secrets) in [
        (
            "/api/v1/tracking/{number}",
            Some(json!({})),
            vec![wrong, "", "x", &secret[1..]],
        ),
        ("/api/v1/tracking/{number}/rating", Some(rating), vec![wrong]),
        (
            "/api/v1/tracking/{number}/reopen",
            Some(json!({"reason": "再看看"})),
            vec![wrong],
        ),
        (
            "/api/v1/tracking/{number}/attachments/000000-000000-000001",
            Some(json!({})),
            vec![wrong],
        ),
        ("/api/v1/public/cases/{number}", None, vec![""]),
        ("/api/v1/cases/{number}", None, vec![""]),
    ] {
        for guess in secrets {
            let with = |guess: &str| {
                body.clone().map(|mut body| {
                    body["secret"] = json!(guess);
                    body
                })
            };
            let at = |number: &str| path.replace("{number}", number);
            let unknown = ask(&at(nobody), with(guess)).await;
            assert!(unknown.0.is_client_error(), "{path}: {unknown:?}");
            for number in [&number, &hidden] {
                assert_eq!(ask(&at(number), with(guess)).await, unknown, "{path} with {guess:?}");
            }
        }
    }
}

#[tokio::test]
async fn of_a_hundred_thousand_guesses_a_handful_is_tried() {
    let (world, _) = world(Limits::default(), "").await;
    let operator = world.somebody(Role::Operator, &world.desk).await;
    let (number, secret) = operator.file(world.demand()).await;
    let (other, other_secret) = operator.file(world.demand()).await;
    let path = format!("/api/v1/tracking/{number}");
    let mut tried = 0;
    // A thousand addresses guess at once, for ten minutes.
    for guess in 0..100_000_u32 {
        if guess % 10_000 == 9_999 {
            world.minutes_later(1);
        }
        let from = format!("198.18.{}.{}", guess % 1_000 / 250, guess % 250);
        let secret = format!("{:04}-{:04}-0000", guess / 10_000, guess % 10_000);
        match ask(&world, &from, &path, json!({ "secret": secret }), &[]).await.0 {
            404 => tried += 1,
            429 => {}
            status => panic!("guess {guess}: {status}"),
        }
    }
    // Ten at once, and one more a minute.
    assert!((10..=20).contains(&tried), "{tried} guesses were tried");
    // Others are followed as ever, and this one as soon as nobody guesses.
    let follow = async |number: &str, secret: &str| {
        let path = format!("/api/v1/tracking/{number}");
        ask(&world, "192.0.2.1", &path, json!({ "secret": secret }), &[])
            .await
            .0
    };
    assert_eq!(follow(&other, &other_secret).await, 200);
    world.minutes_later(1);
    assert_eq!(follow(&number, &secret).await, 200);
}
