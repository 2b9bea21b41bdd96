//! Webhooks: receivers that fail, hang, or lead elsewhere; what is told, signed and given up.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use quanyu_app::App;
use quanyu_app::cases::Caller;
use quanyu_app::error::AppError;
use quanyu_app::followers;
use quanyu_app::outbox::{ATTEMPTS, DELIVERED, GIVEN_UP, Outbox, WAITING, delivery_id, retry_after};
use quanyu_app::tables::{WEBHOOK, WebhookRow};
use quanyu_app::timers::{LEASE, Timers};
use quanyu_app::webhooks::{
    HttpPoster, Post, PostError, Poster, Subscribed, Subscription, Targets, WEBHOOK_NOUN, is_signed,
};
use quanyu_domain::access::Role::SecurityAdmin;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::tables::TimerRow;
use quanyu_store::{Query, Records, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::mills::{admin, another, caller, desk, file, mills, walk};
use crate::support::{CITY, World, refused};

/// What a receiver does with one request.
#[derive(Clone)]
enum Reply {
    Status(u16),
    Redirect(String),
    /// Nothing, ever.
    Hang,
    /// Success, and then bytes without end.
    Endless,
}

/// A request as a receiver sees it: the head, the body.
type Request = (String, String);

/// A receiver on this machine.
struct Receiver {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    /// Does with the nth request what the nth reply says, and with all later ones what the last says.
    async fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (seen, replies) = (seen.clone(), replies.clone());
                tokio::spawn(async move {
                    while let Some(request) = read(&mut stream).await {
                        let nth = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(request);
                            seen.len() - 1
                        };
                        answer(&mut stream, &replies[nth.min(replies.len() - 1)]).await;
                    }
                });
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length: usize = header(head, "content-length").unwrap().parse().unwrap();
        if body.len() >= length {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

async fn answer(stream: &mut tokio::net::TcpStream, reply: &Reply) {
    let text = match reply {
        Reply::Status(status) => format!("HTTP/1.1 {status} Said\r\ncontent-length: 2\r\n\r\nok"),
        Reply::Redirect(to) => format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"),
        Reply::Hang => return std::future::pending().await,
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let piece = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            let mut sending = stream.write_all(head.as_bytes()).await;
            while sending.is_ok() {
                sending = stream.write_all(piece.as_bytes()).await;
            }
            return;
        }
    };
    let _ = stream.write_all(text.as_bytes()).await;
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// Receivers of these tests are on this machine.
fn here() -> Targets {
    Targets {
        http_hosts: BTreeSet::from(["127.0.0.1".to_owned()]),
        allow_internal: true,
    }
}

fn poster() -> Arc<dyn Poster> {
    Arc::new(HttpPoster::with_time_out(here(), Duration::from_millis(300)).unwrap())
}

fn wanted(url: &str, kinds: &[&str]) -> Subscription {
    Subscription {
        district: DistrictId(990_101),
        url: url.to_owned(),
        kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(),
    }
}

/// A webhook for what is filed from now on.
async fn subscribed(world: &World, url: &str, kinds: &[&str]) -> Subscribed {
    let subscribed = world
        .app
        .subscribe(&admin(), &here(), wanted(url, kinds))
        .await
        .unwrap();
    fill(&world.app).await;
    subscribed
}

/// Lets the outbox take in what has happened.
async fn fill(app: &App) {
    followers::catch_up(app, &Outbox, &CancellationToken::new())
        .await
        .unwrap();
}

async fn send(app: &Arc<App>) {
    Timers::new(app.clone(), poster()).run_due().await.unwrap();
}

async fn states(world: &World, webhook: &Subscribed, state: &str) -> Vec<(i64, i64, Option<String>)> {
    let rows = world
        .app
        .deliveries(&admin(), webhook.webhook.id, state, 0, 200)
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| (row.position, row.attempts, row.last_reason))
        .collect()
}

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

async fn timer(world: &World, webhook: &Subscribed) -> Option<TimerRow> {
    world
        .store
        .record(vec![WEBHOOK_NOUN.into(), webhook.webhook.id.0.into()])
        .await
        .unwrap()
}

#[tokio::test]
async fn a_receiver_that_fails_twice_is_told_a_third_time() {
    let world = mills().await;
    let receiver = Receiver::new(vec![Reply::Status(500), Reply::Status(503), Reply::Status(200)]).await;
    let webhook = subscribed(&world, &receiver.url, &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    let mut attempts = Vec::new();
    for _ in 0..3 {
        send(&world.app).await;
        // Not before its time.
        send(&world.app).await;
        attempts.push(receiver.requests().len());
        if let Some(timer) = timer(&world, &webhook).await {
            assert!(timer.due > world.app.now());
            world.clock.set(timer.due);
        }
    }
    assert_eq!(attempts, [1, 2, 3]);
    let requests = receiver.requests();
    let ids: BTreeSet<&str> = requests
        .iter()
        .map(|(head, _)| header(head, "quanyu-delivery").unwrap())
        .collect();
    assert_eq!(ids.len(), 1, "the same delivery each time");
    let signatures: BTreeSet<&str> = requests
        .iter()
        .map(|(head, _)| header(head, "quanyu-signature").unwrap())
        .collect();
    assert_eq!(signatures.len(), 3, "signed anew each time");
    let delivered = states(&world, &webhook, DELIVERED).await;
    assert_eq!((delivered[0].1, delivered[0].2.as_deref()), (3, Some("answered 503")));
}

#[tokio::test]
async fn a_delivery_is_given_up_after_three_days_and_sent_again_on_demand() {
    let world = mills().await;
    let refusing: Vec<Reply> = (0..ATTEMPTS)
        .map(|_| Reply::Status(404))
        .chain([Reply::Status(200)])
        .collect();
    let receiver = Receiver::new(refusing).await;
    let webhook = subscribed(&world, &receiver.url, &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    let begun = world.app.now();
    send(&world.app).await;
    while let Some(timer) = timer(&world, &webhook).await {
        world.clock.set(timer.due);
        send(&world.app).await;
    }
    let lasted = world.app.now().duration_since(begun);
    assert!(
        (SignedDuration::from_hours(72)..SignedDuration::from_hours(96)).contains(&lasted),
        "{lasted:?}"
    );
    assert_eq!(receiver.requests().len(), 12);
    let given_up = states(&world, &webhook, GIVEN_UP).await;
    let (position, attempts, reason) = given_up[0].clone();
    assert_eq!((attempts, reason.as_deref()), (12, Some("answered 404")));
    assert!(states(&world, &webhook, WAITING).await.is_empty());

    let id = webhook.webhook.id;
    assert_eq!(
        refused(world.app.redeliver(&desk(), id, position).await),
        "role_forbids"
    );
    assert_eq!(
        refused(world.app.redeliver(&admin(), id, position + 1000).await),
        "unknown_delivery"
    );
    world.app.redeliver(&admin(), id, position).await.unwrap();
    assert_eq!(states(&world, &webhook, WAITING).await.len(), 1);
    send(&world.app).await;
    let delivered = states(&world, &webhook, DELIVERED).await;
    assert_eq!((delivered[0].0, delivered[0].1), (position, 1));
    assert!(states(&world, &webhook, GIVEN_UP).await.is_empty());
    assert_eq!(world.kinds(WEBHOOK_NOUN).await, ["subscribed", "redelivered"]);
}

#[test]
fn retries_are_spread_and_repeatable() {
    assert_eq!(retry_after(1, 2, 3), retry_after(1, 2, 3));
    let spread: BTreeSet<_> = (0..100).map(|position| retry_after(1, position, 8)).collect();
    assert!(
        spread.len() > 50,
        "a thousand that failed together do not come back together"
    );
    for attempts in 1..ATTEMPTS {
        let (least, most) = (3_i64.pow(attempts as u32), 3_i64.pow(attempts as u32) * 5 / 4);
        let after = retry_after(7, 7, attempts);
        assert!(
            SignedDuration::from_secs(least) <= after && after <= SignedDuration::from_secs(most + 1),
            "{after:?}"
        );
    }
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
    assert_eq!(waiting[0].2.as_deref(), Some("no answer: the time-out has passed"));
    assert!(waiting[1..].iter().all(|(_, attempts, _)| *attempts == 0));
    let rests = timer(&world, &slow).await.unwrap().due.duration_since(world.app.now());
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
    assert!(
        waiting[0]
            .2
            .as_deref()
            .unwrap()
            .starts_with("answered 302: redirects are not followed")
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
    assert!(matches!(outcome, Err(PostError::Silent(_))), "{outcome:?}");
}

/// A receiver within the program that takes a while, and counts how many come at once.
#[derive(Default)]
struct Busy {
    now: Mutex<(usize, usize)>,
    posts: Mutex<Vec<String>>,
}

#[async_trait]
impl Poster for Busy {
    async fn post(&self, post: &Post) -> Result<(), PostError> {
        {
            let mut now = self.now.lock().unwrap();
            *now = (now.0 + 1, now.1.max(now.0 + 1));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.now.lock().unwrap().0 -= 1;
        self.posts.lock().unwrap().push(post.delivery.clone());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_fill_and_empty_one_outbox_and_tell_everything_once() {
    let mut world = mills().await;
    let mut webhooks = Vec::new();
    for nth in 0..3 {
        let url = format!("http://127.0.0.1:1/{nth}");
        webhooks.push(subscribed(&world, &url, &[]).await);
    }
    let receiver = Arc::new(Busy::default());
    let other = another(&mut world).await;
    let stop = CancellationToken::new();
    let mut running = tokio::task::JoinSet::new();
    for app in [world.app.clone(), other] {
        running.spawn(followers::run(app.clone(), Arc::new(Outbox), stop.clone()));
        let (timers, stop) = (Timers::new(app, receiver.clone()), stop.clone());
        running.spawn(async move { timers.run(stop).await });
    }
    let before = world.store.last_position().await.unwrap();
    for _ in 0..15 {
        // Time passes, so that no two timers fall together by a clock that stands still.
        world.later(SignedDuration::from_millis(7));
        walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    }
    let after = world.store.last_position().await.unwrap();
    let expected: BTreeSet<String> = webhooks
        .iter()
        .flat_map(|webhook| (before + 1..=after).map(|position| delivery_id(webhook.webhook.id.0, position)))
        .collect();
    for _ in 0..400 {
        world.later(SignedDuration::from_millis(50));
        if receiver.posts.lock().unwrap().len() >= expected.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), running.join_all())
        .await
        .expect("they stop");
    let posts = receiver.posts.lock().unwrap().clone();
    assert_eq!(posts.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(posts.len(), expected.len(), "each of them once");
    assert!(receiver.now.lock().unwrap().1 <= 3, "one at a time for each webhook");
    for webhook in &webhooks {
        assert_eq!(states(&world, webhook, DELIVERED).await.len(), 45);
        assert_eq!(timer(&world, webhook).await, None);
    }
}

#[tokio::test]
async fn what_came_of_a_post_is_kept_though_the_lease_was_lost() {
    let world = mills().await;
    let receiver = Receiver::new(vec![Reply::Status(200)]).await;
    let webhook = subscribed(&world, &receiver.url, &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    /// Posts so slowly that somebody else takes the timer meanwhile.
    struct Slow(Arc<dyn Store>, jiff::Timestamp);
    #[async_trait]
    impl Poster for Slow {
        async fn post(&self, _: &Post) -> Result<(), PostError> {
            let later = self.1 + LEASE;
            assert_eq!(self.0.take_timers(later, later + LEASE, 10).await.unwrap().len(), 1);
            Ok(())
        }
    }
    let slow = Slow(world.store.clone(), world.app.now());
    Timers::new(world.app.clone(), Arc::new(slow)).run_due().await.unwrap();
    assert_eq!(states(&world, &webhook, DELIVERED).await.len(), 1);
    let taken = timer(&world, &webhook)
        .await
        .expect("it is the other's, who puts it to rest");
    world.clock.set(taken.due);
    send(&world.app).await;
    assert_eq!(timer(&world, &webhook).await, None);
    assert!(receiver.requests().is_empty(), "it was delivered already");
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
async fn what_was_delivered_long_ago_is_forgotten() {
    let world = mills().await;
    let receiver = Receiver::new(vec![Reply::Status(200)]).await;
    let webhook = subscribed(&world, &receiver.url, &["case.filed"]).await;
    for days in [0, 29, 2] {
        world.later(SignedDuration::from_hours(24 * days));
        file(&world.app).await;
        fill(&world.app).await;
        send(&world.app).await;
    }
    assert_eq!(states(&world, &webhook, DELIVERED).await.len(), 2);
    assert_eq!(receiver.requests().len(), 3);
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
    assert_eq!(world.app.webhooks(&admin()).await.unwrap(), std::slice::from_ref(&made.webhook));
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
