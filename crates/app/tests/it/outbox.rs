//! The outbox: what is tried again, given up, ordered anew and forgotten; and two servers that empty one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use quanyu_app::followers;
use quanyu_app::outbox::{ATTEMPTS, DELIVERED, GIVEN_UP, Outbox, WAITING, delivery_id, retry_after};
use quanyu_app::timers::{LEASE, REST, Timers};
use quanyu_app::webhooks::{Post, PostError, Poster, WEBHOOK_NOUN};
use quanyu_store::Store;
use tokio_util::sync::CancellationToken;

use crate::mills::{admin, another, desk, file, mills, walk};
use crate::receiver::{Receiver, Reply, fill, header, send, states, subscribed, timer};
use crate::support::refused;

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
            assert!(timer.take_at > world.app.now());
            world.clock.set(timer.take_at);
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
    assert_eq!((delivered[0].1, delivered[0].2.as_deref()), (3, Some("status 503")));
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
        world.clock.set(timer.take_at);
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
    assert_eq!((attempts, reason.as_deref()), (12, Some("status 404")));
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
    world.clock.set(taken.take_at);
    send(&world.app).await;
    assert_eq!(timer(&world, &webhook).await, None);
    assert!(receiver.requests().is_empty(), "it was delivered already");
}

/// A receiver that takes a post and does not answer.
#[derive(Default)]
struct Mute(Mutex<usize>);

#[async_trait]
impl Poster for Mute {
    async fn post(&self, _: &Post) -> Result<(), PostError> {
        *self.0.lock().unwrap() += 1;
        std::future::pending().await
    }
}

#[tokio::test]
async fn what_takes_long_is_left_to_whoever_does_it_and_taken_over_when_that_one_dies() {
    let mut world = mills().await;
    let webhook = subscribed(&world, "http://127.0.0.1:1/", &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    let (mute, busy) = (Arc::new(Mute::default()), Arc::new(Busy::default()));
    let first = Timers::new(world.app.clone(), mute.clone());
    let first = tokio::spawn(async move { first.run_due().await });
    let second = Timers::new(another(&mut world).await, busy.clone());
    // A hundred milliseconds count for three hundred: well over two leases pass, and each renewal comes in time.
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.later(SignedDuration::from_millis(300));
        if *mute.0.lock().unwrap() == 1 {
            assert_eq!(second.run_due().await.unwrap(), 0, "the first one works on it");
        }
    }
    assert_eq!(*mute.0.lock().unwrap(), 1);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    world.later(LEASE);
    assert_eq!(second.run_due().await.unwrap(), 1, "one lease after it died");
    assert_eq!(busy.posts.lock().unwrap().len(), 1);
    assert_eq!(states(&world, &webhook, DELIVERED).await.len(), 1);
}

#[tokio::test]
async fn news_do_not_cut_short_the_rest_of_a_webhook_that_does_not_answer() {
    let world = mills().await;
    let webhook = subscribed(&world, "http://127.0.0.1:1/", &["case.filed"]).await;
    file(&world.app).await;
    fill(&world.app).await;
    let timers = Timers::new(world.app.clone(), Arc::new(crate::timers::Nowhere));
    // The longer it does not answer, the longer the rest: up to a minute, longer than a lease.
    world.later(SignedDuration::from_mins(10));
    timers.run_due().await.unwrap();
    let resting = timer(&world, &webhook).await.unwrap();
    assert_eq!(resting.take_at, world.app.now() + REST);
    file(&world.app).await;
    fill(&world.app).await;
    assert_eq!(timer(&world, &webhook).await.unwrap().take_at, resting.take_at);
    assert_eq!(timers.run_due().await.unwrap(), 0);
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
