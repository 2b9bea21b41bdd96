//! Webhooks: receivers that fail, hang, or lead elsewhere; what is told, signed and given up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quanyu_app::cases::Caller;
use quanyu_app::error::AppError;
use quanyu_app::outbox::{DELIVERED, WAITING, delivery_id};
use quanyu_app::tables::{WEBHOOK, WebhookRow};
use quanyu_app::timers::{LEASE, Timers};
use quanyu_app::webhooks::{HttpPoster, Post, PostError, Poster, Subscription, Targets, WEBHOOK_NOUN, is_signed};
use quanyu_domain::access::Role::SecurityAdmin;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::{Query, Records};

use crate::mills::{admin, caller, desk, file, mills, walk};
use crate::receiver::{Receiver, Reply, fill, header, here, send, states, subscribed, timer, wanted};
use crate::support::{CITY, refused};

#[tokio::test]
async fn a_receiver_is_told_what_it_asked_for_and_can_check_it() {
    let world = mills().await;
    let receiver = Receiver::new(vec![Reply::Status(204)]).await;
    let webhook = subscribed(&world, &receiver.url, &["case.filed", "case.accepted"]).await;
    let case = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    world
        .app
        .put_rows(&desk(), DistrictId(990_101), Vec::new())
        .await
        .unwrap();
    fill(&world.app).await;
    send(&world.app).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    let journal = world.journal().await;
    for (request, kind) in requests.iter().zip(["filed", "accepted"]) {
        let (head, body) = request;
        assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
        assert_eq!(header(head, "content-type"), Some("application/json"));
        let event = journal.iter().find(|event| event.kind == kind).unwrap();
        let told: serde_json::Value = serde_json::from_str(body).unwrap();
        let expected = serde_json::json!({
            "noun": "case", "id": case.id.0, "number": case.id.to_string(), "kind": kind,
            "position": event.position, "at": event.at, "district": 990_101,
        });
        assert_eq!(told, expected, "ids and nothing else");
        assert_eq!(
            header(head, "quanyu-delivery").unwrap(),
            delivery_id(webhook.webhook.id.0, event.position)
        );
        let signature = header(head, "quanyu-signature").unwrap();
        let now = world.app.now();
        assert!(is_signed(
            webhook.secret.as_bytes(),
            signature,
            body,
            now,
            SignedDuration::from_mins(5)
        ));
        assert!(!is_signed(
            b"another",
            signature,
            body,
            now,
            SignedDuration::from_mins(5)
        ));
    }
    assert_eq!(states(&world, &webhook, DELIVERED).await.len(), 2);
    assert_eq!(timer(&world, &webhook).await, None, "nothing waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_hangs_does_not_hold_the_others_up() {
    let world = mills().await;
    let hanging = Receiver::new(vec![Reply::Hang]).await;
    let quick = Receiver::new(vec![Reply::Status(200)]).await;
    let slow = subscribed(&world, &hanging.url, &["case.filed"]).await;
    let fast = subscribed(&world, &quick.url, &["case.filed"]).await;
    for _ in 0..20 {
        file(&world.app).await;
    }
    fill(&world.app).await;
    let begun = std::time::Instant::now();
    send(&world.app).await;
    // Twenty time-outs one after another would be six seconds.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(quick.requests().len(), 20);
    assert_eq!(states(&world, &fast, DELIVERED).await.len(), 20);
    assert_eq!(
        hanging.requests().len(),
        1,
        "where nobody answers the rest is not tried"
    );
    let waiting = states(&world, &slow, WAITING).await;
    assert_eq!(waiting.len(), 20);
    assert_eq!(waiting[0].2.as_deref(), Some("timed_out"));
    assert!(waiting[1..].iter().all(|(_, attempts, _)| *attempts == 0));
    let rests = timer(&world, &slow)
        .await
        .unwrap()
        .take_at
        .duration_since(world.app.now());
    assert!(rests >= SignedDuration::from_secs(3) && rests <= LEASE, "{rests:?}");
    // What comes meanwhile does not cut the rest short.
    file(&world.app).await;
    fill(&world.app).await;
    send(&world.app).await;
    assert_eq!((hanging.requests().len(), quick.requests().len()), (1, 21));
}

#[tokio::test]
async fn redirects_are_not_followed_and_long_answers_not_read() {
    let world = mills().await;
    let inside = Receiver::new(vec![Reply::Status(200)]).await;
    let leading = Receiver::new(vec![Reply::Redirect(inside.url.clone())]).await;
    let endless = Receiver::new(vec![Reply::Endless]).await;
    let led = subscribed(&world, &leading.url, &["case.filed"]).await;
    let told = subscribed(&world, &endless.url, &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    send(&world.app).await;
    assert!(inside.requests().is_empty());
    let waiting = states(&world, &led, WAITING).await;
    let why = waiting[0].2.as_deref().unwrap();
    assert_eq!(why, "redirected 302");
    let (zh, en) = PostError::in_words(why);
    assert!(
        zh.contains("302") && en.contains("redirects are not followed"),
        "{zh} {en}"
    );
    assert_eq!(states(&world, &told, DELIVERED).await.len(), 1);
}

#[tokio::test]
async fn what_is_inside_is_not_posted_to() {
    let world = mills().await;
    let inside = Receiver::new(vec![Reply::Status(200)]).await;
    let strict = Targets {
        allow_internal: false,
        ..here()
    };
    let refusal = world.app.subscribe(&admin(), &strict, wanted(&inside.url, &[])).await;
    assert_eq!(refused(refusal), "bad_webhook_url");
    // Subscribed while it was allowed, or under a name that resolves to something else by now.
    let port = inside.url.split(':').nth(2).unwrap().to_owned();
    let named = Targets {
        http_hosts: BTreeSet::from(["localhost".to_owned()]),
        allow_internal: true,
    };
    let by_name = format!("http://localhost:{port}");
    let webhook = world
        .app
        .subscribe(&admin(), &named, wanted(&by_name, &["case.filed"]))
        .await
        .unwrap();
    let other = subscribed(&world, &inside.url, &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    let hosts = ["localhost", "127.0.0.1"].map(str::to_owned);
    let strict = Targets {
        http_hosts: BTreeSet::from(hosts),
        allow_internal: false,
    };
    let poster = Arc::new(HttpPoster::new(strict.clone()).unwrap());
    Timers::new(world.app.clone(), poster).run_due().await.unwrap();
    assert!(inside.requests().is_empty());
    for webhook in [webhook, other] {
        let reason = states(&world, &webhook, WAITING).await[0].2.clone().unwrap();
        assert!(reason.contains("internal address"), "{reason}");
    }
    // The resolver alone, where the name gives nothing away.
    let post = Post {
        url: format!("http://inside.example.test:{port}"),
        delivery: "1.1".to_owned(),
        signature: "t=1,v1=00".to_owned(),
        body: "{}".to_owned(),
    };
    let public = Targets {
        http_hosts: BTreeSet::from(["inside.example.test".to_owned()]),
        ..strict
    };
    let outcome = HttpPoster::new(public).unwrap().post(&post).await;
    assert!(matches!(outcome, Err(PostError::Unreachable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_stopped_webhook_keeps_what_waits() {
    let world = mills().await;
    let receiver = Receiver::new(vec![Reply::Status(200)]).await;
    let webhook = subscribed(&world, &receiver.url, &["case.filed"]).await;
    let id = webhook.webhook.id;
    file(&world.app).await;
    fill(&world.app).await;
    let stopped = world
        .app
        .set_webhook_active(&admin(), id, Some(1), false)
        .await
        .unwrap();
    assert_eq!((stopped.version, stopped.active), (2, false));
    let stale = world.app.set_webhook_active(&admin(), id, Some(1), true).await;
    assert!(matches!(stale, Err(AppError::Stale { current: 2 })), "{stale:?}");
    file(&world.app).await;
    fill(&world.app).await;
    send(&world.app).await;
    assert!(receiver.requests().is_empty());
    world.app.set_webhook_active(&admin(), id, None, true).await.unwrap();
    send(&world.app).await;
    assert_eq!(
        receiver.requests().len(),
        1,
        "what happened while it was stopped is not told"
    );
    assert_eq!(
        world.kinds(WEBHOOK_NOUN).await,
        ["subscribed", "deactivated", "activated"]
    );
}

#[tokio::test]
async fn webhooks_are_the_system_administrators() {
    let world = mills().await;
    let good = wanted("https://example.org/hook", &["case.filed"]);
    let targets = Targets::default();
    for nobody in [desk(), caller(9, &[(SecurityAdmin, CITY)]), Caller::reporter()] {
        assert_eq!(
            refused(world.app.subscribe(&nobody, &targets, good.clone()).await),
            "role_forbids"
        );
        assert_eq!(refused(world.app.webhooks(&nobody).await), "role_forbids");
        assert_eq!(
            refused(world.app.deliveries(&nobody, Id(1), WAITING, 0, 1).await),
            "role_forbids"
        );
        assert_eq!(
            refused(world.app.set_webhook_active(&nobody, Id(1), None, true).await),
            "role_forbids"
        );
    }
    let made = world.app.subscribe(&admin(), &targets, good.clone()).await.unwrap();
    assert_eq!(made.secret.len(), 64);
    let row: WebhookRow = world
        .store
        .page(&Query::by_key(&WEBHOOK, 1))
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert!(
        !row.sealed_secret
            .windows(16)
            .any(|part| part == &made.secret.as_bytes()[..16]),
        "it is kept sealed"
    );
    assert!(
        !world.journal().await.last().unwrap().body.as_str().contains("hook"),
        "the path may be a secret"
    );
    assert_eq!(
        world.app.webhooks(&admin()).await.unwrap(),
        std::slice::from_ref(&made.webhook)
    );
    let unknown = Subscription {
        kinds: vec!["case.eaten".to_owned()],
        ..good.clone()
    };
    assert_eq!(
        refused(world.app.subscribe(&admin(), &targets, unknown).await),
        "unknown_kind"
    );
    let elsewhere = Subscription {
        district: DistrictId(990_109),
        ..good.clone()
    };
    assert_eq!(
        refused(world.app.subscribe(&admin(), &targets, elsewhere).await),
        "unknown_district"
    );
    assert_eq!(
        refused(world.app.deliveries(&admin(), made.webhook.id, "lost", 0, 1).await),
        "unknown_state"
    );
    assert_eq!(
        refused(world.app.redeliver(&admin(), Id(1), 1).await),
        "unknown_webhook"
    );
    // The city's hears of all its districts, a district's of itself.
    let city = Subscription {
        district: DistrictId(990_100),
        ..good.clone()
    };
    let city = world.app.subscribe(&admin(), &targets, city).await.unwrap();
    let west = Subscription {
        district: DistrictId(990_102),
        ..good
    };
    let west = world.app.subscribe(&admin(), &targets, west).await.unwrap();
    file(&world.app).await;
    fill(&world.app).await;
    for (webhook, count) in [(made, 1), (city, 1), (west, 0)] {
        assert_eq!(states(&world, &webhook, WAITING).await.len(), count);
    }
}
