//! Several servers on one database: what one does, the others know, and none is missed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster::{Database, database};
use crate::support::{Person, Server, fails, succeeds};

/// Two servers, and what was told about the accounts.
struct Pair {
    servers: Vec<Server>,
    desk: String,
    password: String,
}

fn serve(database: &Database, data: &Path) -> Server {
    let arguments = ["--database", &database.address, "--no-limits", "--password-days", "0"];
    Server::start_with(data, &arguments)
}

/// Fills a database, and serves it twice.
fn pair(database: &Database, data: &Path, scale: &str) -> Pair {
    let arguments = [
        "demo",
        "--scale",
        scale,
        "--until",
        "2024-12-31",
        "--no-serve",
        "--database",
        &database.address,
    ];
    let told = succeeds(data, &arguments);
    let (_, rest) = told.split_once("password ").expect("a password");
    let password = rest.split_once(')').expect("its end").0.to_owned();
    let desk = told
        .lines()
        .find(|line| line.contains(" dispatcher "))
        .expect("a dispatcher");
    let desk = desk.split_whitespace().next().expect("a login").to_owned();
    Pair {
        servers: vec![serve(database, data), serve(database, data)],
        desk,
        password,
    }
}

/// A demand, in the words of the packs in force.
pub async fn demand(server: &Server, who: &Person) -> Value {
    let model = server.get("/api/v1/model", who).await;
    let name = |list: &str, wanted: &dyn Fn(&Value) -> bool| {
        let found = model[list]
            .as_array()
            .expect("a list")
            .iter()
            .find(|entry| wanted(entry));
        found.expect("an entry")["name"].clone()
    };
    let places = server.get("/api/v1/gazetteer?q=%E8%B7%AF", who).await;
    json!({
        "case_type": name("case_types", &|kind| !kind["reopen_within"].is_null()),
        "demand": name("demands", &|demand| demand["counts_in_rates"] == true),
        "channel": name("channels", &|channel| channel["public"] == true),
        "position": {
            "lon": places["items"][0]["position"]["lon"],
            "lat": places["items"][0]["position"]["lat"],
        },
        "text": "楼下的路灯不亮，请尽快修理",
        "reporter": {"name": "来信人", "phone": "13910000000"},
    })
}

/// Files a demand under a key; the case's number where it was taken.
pub async fn file(client: &reqwest::Client, address: &str, demand: &Value, key: &str) -> Result<String, String> {
    let request = client.post(format!("{address}/api/v1/public/cases")).json(demand);
    let answer = request
        .header("Idempotency-Key", key)
        .send()
        .await
        .map_err(|fault| fault.to_string())?;
    let (status, text) = (answer.status(), answer.text().await.map_err(|fault| fault.to_string())?);
    let body: Value = serde_json::from_str(&text).map_err(|fault| fault.to_string())?;
    match body["number"].as_str() {
        Some(number) if status.is_success() => Ok(number.to_owned()),
        _ => Err(format!("{status}: {text}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_does_the_other_knows() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let pair = pair(&database, folder.path(), "80");
    let (one, other) = (&pair.servers[0], &pair.servers[1]);

    // Each has a digit of its own in the numbers that it gives, and no third takes one of theirs.
    let taken = [
        "serve",
        "--node",
        "1",
        "--listen",
        "127.0.0.1:0",
        "--database",
        &database.address,
    ];
    let refused = fails(folder.path(), &taken);
    assert!(refused.contains("others with the digit 1"), "{refused}");

    // A session that began at one is one at the other, and its end is an end there as well.
    let desk = one.sign_in_with(&pair.desk, &pair.password).await;
    let me = other.get("/api/v1/me", &desk).await;
    assert_eq!(me["login"], pair.desk, "{me}");

    // What happens at one is told at the other, within a second.
    let demand = demand(one, &desk).await;
    let client = reqwest::Client::new();
    let watching = client
        .get(format!("{}/api/v1/live", other.address))
        .bearer_auth(desk.token());
    let mut feed = watching.send().await.expect("a feed");
    assert_eq!(feed.status(), StatusCode::OK);
    feed.chunk().await.expect("its position").expect("is told first");
    let filed = Instant::now();
    let number = file(&client, &one.address, &demand, "the-first-of-all")
        .await
        .expect("taken");
    let mut heard = String::new();
    while !heard.contains(&number) {
        let chunk = tokio::time::timeout(Duration::from_secs(5), feed.chunk()).await;
        heard.push_str(&String::from_utf8_lossy(
            &chunk.expect("news").expect("open").expect("more"),
        ));
    }
    assert!(
        filed.elapsed() < Duration::from_secs(1),
        "told after {:?}",
        filed.elapsed()
    );
    drop(feed);

    // The same key at both, at once and later: one case.
    for nth in 0..10 {
        let key = format!("sent-twice-{nth}");
        let both = tokio::join!(
            file(&client, &one.address, &demand, &key),
            file(&client, &other.address, &demand, &key)
        );
        let first = both.0.expect("taken");
        assert_eq!(both.1.as_ref(), Ok(&first));
        assert_eq!(file(&client, &other.address, &demand, &key).await, Ok(first));
    }

    // What time asked for since the demonstration ended was done by both servers together, each thing once.
    let waiting = "SELECT count(*) FROM quanyu.timer WHERE take_at < now() AND noun = 'case'";
    let patience = Instant::now();
    while database.ask(waiting).await != ["0"] {
        assert!(patience.elapsed() < Duration::from_secs(30), "timers wait");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let twice = "SELECT string_agg(kind, ',') FROM quanyu.journal
                 WHERE noun = 'case' AND actor = 'program' AND at > now() - interval '1 hour'
                 GROUP BY id, kind, body::jsonb - 'at' HAVING count(*) > 1";
    assert_eq!(database.ask(twice).await, Vec::<String>::new());

    let (status, _) = other
        .ask(Method::DELETE, "/api/v1/sessions/current", Some(&desk), None)
        .await;
    assert!(status.is_success(), "{status}");
    let (status, _) = one.ask(Method::GET, "/api/v1/me", Some(&desk), None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut pair = pair(&database, folder.path(), "0");
    let desk = pair.servers[0].sign_in_with(&pair.desk, &pair.password).await;
    let demand = Arc::new(demand(&pair.servers[0], &desk).await);
    let (stop, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(BTreeSet::new())));
    let mut filing = Vec::new();
    for lane in 0..12 {
        let addresses: Vec<String> = pair.servers.iter().map(|server| server.address.clone()).collect();
        let (stop, taken, demand) = (Arc::clone(&stop), Arc::clone(&taken), Arc::clone(&demand));
        filing.push(tokio::spawn(async move {
            let client = reqwest::Client::new();
            let mut refused = 0;
            for nth in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                // Whoever got no answer sends it again, to the other server.
                let key = format!("lane-{lane}-{nth}");
                let first = lane % 2;
                let number = match file(&client, &addresses[first], &demand, &key).await {
                    Ok(number) => number,
                    Err(_) => {
                        refused += 1;
                        file(&client, &addresses[1 - first], &demand, &key)
                            .await
                            .expect("one of two takes it")
                    }
                };
                assert!(taken.lock().expect("sound").insert(number), "a case was given twice");
            }
            refused
        }));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let killed = Instant::now();
    // The one that began first, and therefore does what only one does.
    pair.servers.remove(0).kill();
    let left = &pair.servers[0];
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.store(true, Ordering::Relaxed);
    let mut lanes = Vec::new();
    for lane in filing {
        lanes.push(lane.await.expect("every demand was taken"));
    }
    assert!(lanes.iter().step_by(2).all(|refused| *refused > 0), "{lanes:?}");

    // Its work is taken over.
    loop {
        let ready = left.get("/readyz", &desk).await;
        let behind: Vec<i64> = ready["lag"]
            .as_object()
            .expect("lags")
            .iter()
            .filter(|(name, _)| *name != "seals")
            .filter_map(|(_, lag)| lag.as_i64())
            .collect();
        if behind.iter().all(|lag| *lag == 0) {
            break;
        }
        assert!(killed.elapsed() < Duration::from_secs(10), "{ready}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let taken = taken.lock().expect("sound").clone();
    let stored: BTreeSet<String> = database
        .ask("SELECT lpad(id::text, 18, '0') FROM quanyu.\"case\"")
        .await
        .into_iter()
        .collect();
    assert!(taken.len() > 50, "{} cases", taken.len());
    let taken: BTreeSet<String> = taken.iter().map(|number| number.replace('-', "")).collect();
    let (lost, more) = (taken.difference(&stored).next(), stored.difference(&taken).next());
    assert_eq!(
        (lost, more),
        (None, None),
        "what was answered is there, and nothing else"
    );
    drop(pair);
    let verified = succeeds(folder.path(), &["rebuild", "--verify", "--database", &database.address]);
    assert!(!verified.contains("DIFFERS"), "{verified}");
}
