//! A database that is away, busy or slow, and one that was left half filled: what is answered meanwhile, and how it goes on.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;

use crate::cluster::{Cluster, database};
use crate::servers::{demand, file};
use crate::support::{Person, Server, fails, root, succeeds};

/// Asks for something that the database must know; the status, and what stands in an answer that it is away.
async fn ask(server: &Server, path: &str, who: &Person) -> (StatusCode, Option<Value>) {
    let request = reqwest::Client::new().get(format!("{}{path}", server.address));
    let answer = request.bearer_auth(who.token()).send().await.expect("an answer");
    let status = answer.status();
    if status != StatusCode::SERVICE_UNAVAILABLE {
        return (status, None);
    }
    let header = |name| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(header(CONTENT_TYPE), "application/problem+json", "{path}");
    let after: u64 = header(RETRY_AFTER)
        .parse()
        .unwrap_or_else(|_| panic!("{path} says when to come again"));
    assert!((1..=60).contains(&after), "{path}: {after} s");
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["status"], 503, "{problem}");
    (status, Some(problem))
}

/// The status of a page that monitoring looks at.
async fn status(server: &Server, path: &str) -> StatusCode {
    reqwest::get(format!("{}{path}", server.address))
        .await
        .expect("an answer")
        .status()
}

/// Fills a database with units and accounts alone; somebody's login, and the password.
fn filled(data: &std::path::Path, address: &str) -> (String, String) {
    let told = succeeds(data, &["demo", "--scale", "0", "--no-serve", "--database", address]);
    let (_, rest) = told.split_once("password ").expect("a password");
    let password = rest.split_once(')').expect("its end").0.to_owned();
    let desk = told
        .lines()
        .find(|line| line.contains(" dispatcher "))
        .expect("a dispatcher");
    (desk.split_whitespace().next().expect("a login").to_owned(), password)
}

/// A district on a database of its own, served, with somebody at its desk; and the folder that it needs beside.
pub async fn served(cluster: &Cluster) -> (tempfile::TempDir, Server, Person) {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("postgres:///postgres?user=postgres&host={}", cluster.place);
    let (login, password) = filled(folder.path(), &address);
    let server = Server::start_with(
        folder.path(),
        &["--database", &address, "--no-limits", "--password-days", "0"],
    );
    let desk = server.sign_in_with(&login, &password).await;
    (folder, server, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_it_says_so_and_then_goes_on_by_itself() {
    let Some(mut cluster) = Cluster::start("", "") else {
        return;
    };
    let (_folder, server, desk) = served(&cluster).await;
    assert_eq!(ask(&server, "/api/v1/cases", &desk).await.0, StatusCode::OK);
    assert_eq!(status(&server, "/readyz").await, StatusCode::OK);

    cluster.order("stop");
    for path in ["/api/v1/cases", "/api/v1/cases?open=false"] {
        let begun = Instant::now();
        let (status, problem) = ask(&server, path, &desk).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let told = problem.expect("told").to_string();
        assert!(
            !told.contains(&cluster.place),
            "nobody outside is told where it is: {told}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(8),
            "{path}: {:?}",
            begun.elapsed()
        );
    }
    assert_eq!(status(&server, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    let itself = status(&server, "/healthz").await;
    assert!(itself.is_success(), "the program itself is well: {itself}");

    cluster.order("start");
    let begun = Instant::now();
    loop {
        let (listed, ready) = (
            ask(&server, "/api/v1/cases", &desk).await.0,
            status(&server, "/readyz").await,
        );
        if (listed, ready) == (StatusCode::OK, StatusCode::OK) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "{listed} {ready}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Somebody who sends demand after demand until told to stop, each under a key of its own and again and again until it is
/// taken: the keys with the numbers, and how often it was told to come again.
async fn resident(
    address: String,
    demand: Value,
    name: usize,
    stop: Arc<AtomicBool>,
) -> (Vec<(String, String)>, usize) {
    let client = reqwest::Client::new();
    let (mut taken, mut refused) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let key = format!("resident-{name}-{}", taken.len());
        let number = loop {
            match file(&client, &address, &demand, &key).await {
                Ok(number) => break number,
                Err(told) => {
                    assert!(told.starts_with("503"), "{told}");
                    refused += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        taken.push((key, number));
    }
    (taken, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_filed_while_the_database_goes_away_is_taken_once() {
    let Some(mut cluster) = Cluster::start("", "") else {
        return;
    };
    let (_folder, server, desk) = served(&cluster).await;
    let demand = demand(&server, &desk).await;
    let stop = Arc::new(AtomicBool::new(false));
    let residents: Vec<_> = (0..6)
        .map(|name| resident(server.address.clone(), demand.clone(), name, Arc::clone(&stop)))
        .map(tokio::spawn)
        .collect();
    let pause = || tokio::time::sleep(Duration::from_secs(1));
    pause().await;
    cluster.order("stop");
    pause().await;
    cluster.order("start");
    pause().await;
    stop.store(true, Ordering::Relaxed);
    let (mut taken, mut refused) = (Vec::new(), 0);
    for resident in residents {
        let (their, told_to_come_again) = resident.await.expect("each is taken in the end");
        taken.extend(their);
        refused += told_to_come_again;
    }
    assert!(refused > 0, "it was away");

    // Who sends it once more is told the same number, and there are no cases but these.
    let client = reqwest::Client::new();
    for (key, number) in &taken {
        assert_eq!(
            file(&client, &server.address, &demand, key).await.as_ref(),
            Ok(number),
            "{key}"
        );
    }
    let mut listed = BTreeSet::new();
    let mut path = "/api/v1/cases?limit=200".to_owned();
    loop {
        let page = server.get(&path, &desk).await;
        let items = page["items"].as_array().expect("cases");
        listed.extend(
            items
                .iter()
                .map(|case| case["number"].as_str().expect("a number").to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/cases?limit=200&after={next}"),
            None => break,
        }
    }
    let numbers: BTreeSet<String> = taken.into_iter().map(|(_, number)| number).collect();
    assert_eq!(listed, numbers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_and_what_waits_for_it_is_told_to_come_again() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (login, password) = filled(folder.path(), &database.address);
    let separator = if database.address.contains('?') { '&' } else { '?' };
    // Shorter than the usual thirty seconds, and longer than one waits for a connection.
    let address = format!("{}{separator}options=-c%20statement_timeout%3D7s", database.address);
    let arguments = [
        "--database",
        &address,
        "--connections",
        "1",
        "--no-limits",
        "--password-days",
        "0",
    ];
    let server = Server::start_with(folder.path(), &arguments);
    let desk = server.sign_in_with(&login, &password).await;
    let (client, connection) = tokio_postgres::connect(&database.address, tokio_postgres::NoTls)
        .await
        .expect("an operator");
    tokio::spawn(connection);
    client
        .batch_execute("BEGIN; LOCK TABLE quanyu.session")
        .await
        .expect("locked");
    let slow = ask(&server, "/api/v1/me", &desk);
    let waiting = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begun = Instant::now();
        (ask(&server, "/api/v1/me", &desk).await, begun.elapsed())
    };
    let ((slow, _), ((waiting, _), waited)) = tokio::join!(slow, waiting);
    assert_eq!(
        (slow, waiting),
        (StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE)
    );
    assert!(
        (4..7).contains(&waited.as_secs()),
        "it waits five seconds for a connection: {waited:?}"
    );
    client.batch_execute("COMMIT").await.expect("unlocked");
    assert_eq!(ask(&server, "/api/v1/me", &desk).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demonstration_that_was_interrupted_is_begun_anew() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let demo = ["demo", "--scale", "600", "--no-serve", "--database", &database.address];
    let mut filling = Command::new(env!("CARGO_BIN_EXE_quanyu"))
        .args(demo)
        .arg("--data")
        .arg(&data)
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    let some = "SELECT count(*) > 50 FROM quanyu.\"case\"";
    let there = "SELECT to_regclass('quanyu.\"case\"') IS NOT NULL";
    while database.ask(there).await != ["t"] || database.ask(some).await != ["t"] {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is filled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    filling.kill().expect("it dies");
    filling.wait().expect("it is dead");

    // Nobody works on half a demonstration.
    let half = fails(&data, &["user", "list", "--database", &database.address]);
    assert!(half.contains("half filled by `quanyu demo`"), "{half}");
    let again = ["demo", "--scale", "40", "--no-serve", "--database", &database.address];
    let told = succeeds(&data, &again);
    assert!(told.contains("40 cases"), "{told}");
    assert_eq!(database.ask("SELECT count(*) FROM quanyu.\"case\"").await, ["40"]);
    let rebuilt = succeeds(&data, &["rebuild", "--verify", "--database", &database.address]);
    assert!(rebuilt.contains("case: 40 rows  as kept"), "{rebuilt}");

    // One that is whole, or holds anything else, is left alone.
    let other = folder.path().join("other");
    let full = fails(&other, &["demo", "--no-serve", "--database", &database.address]);
    assert!(full.contains("what this database holds is sealed"), "{full}");
    assert_eq!(database.ask("SELECT count(*) FROM quanyu.\"case\"").await, ["40"]);
}
