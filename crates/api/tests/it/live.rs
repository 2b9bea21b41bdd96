//! The live feed: what happens is told in order to whoever may see it, goes on where it was left, and ends with the session.

use axum::body::BodyDataStream;
use futures::StreamExt as _;
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{Client, World, text};

/// The next event with data of a feed, and its id; `None` when the feed has ended.
async fn next(stream: &mut BodyDataStream) -> Option<(i64, Value)> {
    loop {
        let piece = stream.next().await?.expect("a piece");
        let event = String::from_utf8(piece.to_vec()).expect("UTF-8");
        let field = |name: &str| {
            let lines = event.lines().find_map(|line| line.strip_prefix(name));
            lines.map(|value| value.trim().to_owned())
        };
        let id = field("id:")
            .expect("every event has an id")
            .parse()
            .expect("a position");
        if let Some(data) = field("data:") {
            return Some((id, serde_json::from_str(&data).expect("JSON")));
        }
    }
}

async fn opened(client: &Client, path: &str) -> BodyDataStream {
    let (head, stream) = client.open(path).await;
    assert!(head.status.is_success(), "{head:?}");
    assert_eq!(head.header("content-type"), "text/event-stream");
    stream
}

#[tokio::test]
async fn what_happens_is_told_to_whoever_may_see_it() {
    let world = World::new().await;
    let staff = world.staff().await;
    let mut desk = opened(&staff.dispatcher, "/api/v1/live").await;
    let (number, _) = staff.operator.file(world.demand()).await;
    let (first, filed) = next(&mut desk).await.unwrap();
    assert_eq!(
        filed,
        json!({"position": first, "noun": "case", "id": number, "kind": "filed"}),
        "nothing else is told"
    );
    let case = staff.dispatcher.step(&number, "dispatch", json!({})).await;
    assert_eq!(next(&mut desk).await.unwrap().1["kind"], "dispatched");

    // The unit to which it was sent sees it from the beginning; another unit sees nothing of it.
    let lead = text(&case["lead"]["code"]).parse().unwrap();
    let handler = world.somebody(Role::Handler, &lead).await;
    let stranger = world.person("stranger", &[(Role::Handler, &world.desk)]).await;
    let mut own = opened(&handler, &format!("/api/v1/live?since={}", first - 1)).await;
    let mut others = opened(&stranger, &format!("/api/v1/live?since={}", first - 1)).await;
    assert_eq!(next(&mut own).await.unwrap(), (first, filed));
    let (seen, _) = next(&mut own).await.unwrap();
    drop(own);
    handler.step(&number, "accept", json!({})).await;
    let mut again = opened(&handler, &format!("/api/v1/live?since={seen}")).await;
    assert_eq!(
        next(&mut again).await.unwrap().1["kind"],
        "accepted",
        "it goes on where it was"
    );
    tokio::select! {
        told = next(&mut others) => panic!("a stranger was told {told:?}"),
        () = tokio::time::sleep(std::time::Duration::from_millis(300)) => {}
    }
}

#[tokio::test]
async fn a_feed_ends_with_its_session_and_an_account_has_few() {
    let world = World::new().await;
    let staff = world.staff().await;
    staff.operator.file(world.demand()).await;
    let mut feeds = Vec::new();
    for _ in 0..4 {
        feeds.push(opened(&staff.operator, "/api/v1/live").await);
    }
    assert_eq!(
        staff.operator.open("/api/v1/live").await.0.problem(),
        (429, "too_many_feeds")
    );
    feeds.pop();
    let mut last = opened(&staff.operator, "/api/v1/live?since=1").await;
    for since in ["since=999999999", "since=-1"] {
        let path = format!("/api/v1/live?{since}");
        assert_eq!(
            staff.verifier.open(&path).await.0.problem(),
            (422, "position_out_of_reach")
        );
    }
    assert_eq!(next(&mut last).await.unwrap().1["kind"], "filed");
    staff.operator.delete("/api/v1/sessions/current").await.ok();
    staff.dispatcher.post("/api/v1/cases", world.demand()).await.ok();
    let told = tokio::time::timeout(std::time::Duration::from_secs(20), next(&mut last)).await;
    assert_eq!(told.expect("it ends"), None);
    // A server that stops ends every feed.
    let mut other = opened(&staff.verifier, "/api/v1/live").await;
    world.app.live.close();
    assert_eq!(next(&mut other).await, None);
}
