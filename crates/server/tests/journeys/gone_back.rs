//! A database that goes back to what it was a while ago, as where a standby takes over that had not received everything:
//! what it lost is lost, and everything goes on from there.

use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::away::served;
use crate::cluster::Cluster;
use crate::servers::{demand, file};
use crate::support::{Person, Server};

/// Asks until it is as wished, for as long as a server is given to go on.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn is_ready(server: &Server) -> bool {
    let answer = reqwest::get(format!("{}/readyz", server.address))
        .await
        .expect("an answer");
    answer.status() == StatusCode::OK
}

/// A feed of what happens, where it has begun.
async fn feed(server: &Server, who: &Person) -> reqwest::Response {
    let watching = reqwest::Client::new().get(format!("{}/api/v1/live", server.address));
    let mut feed = watching.bearer_auth(who.token()).send().await.expect("a feed");
    assert_eq!(feed.status(), StatusCode::OK);
    feed.chunk().await.expect("its position").expect("is told first");
    feed
}

/// Listens until something is told of a case.
async fn hear(feed: &mut reqwest::Response, number: &str) {
    let mut heard = String::new();
    until("the feed tells", async || {
        if let Ok(Ok(Some(chunk))) = tokio::time::timeout(Duration::from_secs(1), feed.chunk()).await {
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
        heard.contains(number)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_follows_from_the_journal_goes_on_from_there() {
    let Some(mut cluster) = Cluster::start("", "") else {
        return;
    };
    let (_folder, server, desk) = served(&cluster).await;
    let client = reqwest::Client::new();
    let demand = demand(&server, &desk).await;
    let taken = async |key: &str| file(&client, &server.address, &demand, key).await.expect("taken");
    taken("filed-before").await;
    cluster.order("keep");
    until("ready again", async || is_ready(&server).await).await;
    let mut old = feed(&server, &desk).await;
    let mut lost = String::new();
    for nth in 0..40 {
        lost = taken(&format!("filed-and-lost-{nth}")).await;
    }
    hear(&mut old, &lost).await;
    cluster.order("back");
    until("ready again", async || is_ready(&server).await).await;

    // The feed from before ends: its position was never reached.
    until("the feed ends", async || {
        let heard = tokio::time::timeout(Duration::from_millis(100), old.chunk()).await;
        matches!(heard, Ok(Ok(None) | Err(_)))
    })
    .await;
    let mut new = feed(&server, &desk).await;
    let number = taken("filed-after").await;
    hear(&mut new, &number).await;
    until("followers have taken it in", async || {
        let ready = server.get("/readyz", &desk).await;
        let lag = |follower: &str| ready["lag"][follower].as_i64();
        ["tally", "search", "outbox"]
            .iter()
            .all(|follower| lag(follower) == Some(0))
    })
    .await;
    // A case that was lost is not there, and whoever sends it once more is given a number.
    taken("filed-and-lost-0").await;
}
