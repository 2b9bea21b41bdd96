//! How many cases a second the program takes in over HTTP, answered after they are on disk.
//!
//! Fills a small demonstration district, serves it with the real program, and files cases as the public does over 64
//! connections that never wait. The texts are as long as those of 2,816 real messages. The generator runs on the same
//! cores as the server. Before and after, the same bytes are appended to a plain file with one fdatasync for a group of 64:
//! the ceiling that the disk sets at that time.
//!
//! On a database the peer is another: a bare axum handler that inserts the same bytes into the same database, measured in
//! the same run before and after. `--servers 2` files at two servers that share the database; their peer is one server,
//! in turn with them on the same database: one, two, two, one, so that a machine that drifts drifts for both.
//!
//! `cargo xtask bench intake [SECONDS] [--database … [--servers N]]` prints one line of JSON: `burst_per_second` over that
//! many seconds (30 unless told); `caught_up_seconds` until every follower of the journal has taken it all in, and
//! `sustained_per_second`, the cases over both together; `ratio_to_append`, on a database also `ratio_to_peer`, of several
//! servers also `burst_to_one_server` and `sustained_to_one_server`; `p99_ms` of filing 300 cases a second while 50 desk
//! sessions list and filter.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the purpose")]

#[path = "../support/client.rs"]
mod client;
#[path = "../support/district.rs"]
mod district;
mod peer;
#[path = "../support/program.rs"]
mod program;

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::ops::AddAssign;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use client::Connection;
use district::District;

/// Cases that were there before.
const BEFORE: usize = 2_000;
const CONNECTIONS: usize = 64;
const SESSIONS: usize = 50;
/// Cases a second while desks list and filter.
const PACE: u64 = 300;
/// What the desks ask for, over and over.
const LISTS: [&str; 4] = [
    "open=true&limit=50",
    "open=true&limit=20",
    "open=false&limit=50",
    "open=false&limit=20",
];

/// How long the peer is measured, each time.
const PEER: Duration = Duration::from_secs(8);
/// How long is filed before anything is counted.
const WARM_UP: Duration = Duration::from_secs(5);
/// How often the followers are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Lengths of texts in characters: the middles of forty equal parts of 2,816 real messages. Their mean is 314.
const LENGTHS: [usize; 40] = [
    28, 37, 47, 55, 63, 70, 76, 84, 90, 98, 105, 115, 121, 129, 138, 147, 157, 166, 175, 187, 197, 210, 224, 236, 251,
    266, 283, 301, 330, 354, 382, 422, 464, 517, 586, 655, 767, 960, 1234, 1844,
];
const PHRASES: [&str; 6] = [
    "小区门口路面塌陷约两米见方，夜间无照明，来往车辆只能绕行。",
    "楼下餐馆油烟直排居民窗口，多次沟通无果。",
    "路口红绿灯故障已有一周，早晚高峰非常拥堵。",
    "垃圾桶满溢无人清运，天热气味难闻，老人和孩子不敢开窗。",
    "物业公司擅自提高停车费，没有召开业主大会。",
    "请有关部门尽快核实处理，谢谢。",
];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (seconds, servers) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // On as many threads as the program has.
        [peer::ARGUMENT, database] => return tokio::runtime::Runtime::new()?.block_on(peer::serve(database)),
        [] => (30, 1),
        [seconds] => (seconds.parse()?, 1),
        ["--servers", servers] => (30, servers.parse()?),
        [seconds, "--servers", servers] => (seconds.parse()?, servers.parse()?),
        _ => return Err("it takes SECONDS and --servers N".into()),
    };
    let generator = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    generator.block_on(measure(seconds, servers))
}

async fn measure(seconds: u64, servers: usize) -> Outcome<()> {
    let database = std::env::var("QUANYU_DATABASE").ok();
    if servers != 1 && database.is_none() {
        return Err("several servers need a database: --database postgres://… or --database temporary".into());
    }
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let data = folder.path().join("data");
    let mut district = District::serve(&data, &District::fill(&data, BEFORE)?).await?;
    let bodies = Arc::new(bodies(&what_is_filed(&district).await?));
    let mean = bodies.iter().map(String::len).sum::<usize>() / bodies.len();

    let before = append(folder.path(), mean)?;
    let peers_before = peer(database.as_deref(), &bodies).await?;
    // Files of the journal are made anew in the first seconds: those belong to nobody's figure.
    Filing::run(&district, &bodies, WARM_UP).await?;
    let turns: &[usize] = if servers == 1 { &[1] } else { &[1, servers, servers, 1] };
    let (mut filing, mut alone) = (Filing::default(), Filing::default());
    for &turn in turns {
        district.serve_by(turn)?;
        wait_for_followers(&district).await?;
        let filed = Filing::run(&district, &bodies, Duration::from_secs(seconds)).await?;
        if turn == servers {
            filing += filed;
        } else {
            alone += filed;
        }
    }
    district.serve_by(servers)?;
    let after = append(folder.path(), mean)?;
    let peers_after = peer(database.as_deref(), &bodies).await?;
    eprintln!("desks list and filter");
    let mut waits = mixed(&district, &bodies, Duration::from_secs(10)).await?;
    waits.sort_unstable();
    let at = |share: f64| {
        waits
            .get((waits.len() as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };

    let append = (before + after) / 2.0;
    let burst_per_second = filing.burst_per_second();
    let mut told = json!({
            "bench": "intake",
            "engine": district.get("/readyz").await?["engine"],
            "servers": servers,
            "connections": CONNECTIONS,
            "cases": filing.cases,
            "bytes_per_case": mean,
            "events": district.get("/readyz").await?["last_position"],
            "burst_per_second": burst_per_second.round(),
            "sustained_per_second": filing.sustained_per_second().round(),
            "caught_up_seconds": (filing.catching_up.as_secs_f64() * 10.0).round() / 10.0,
            "append_per_second": append.round(),
            "ratio_to_append": thousandths(burst_per_second / append),
            "p50_ms": at(0.5).as_secs_f64() * 1000.0,
            "p99_ms": at(0.99).as_secs_f64() * 1000.0,
            "rss_mb": district.resident_mb(),
    });
    if let (Some(before), Some(after)) = (peers_before, peers_after) {
        let peer = (before.per_second + after.per_second) / 2.0;
        told["peer_per_second"] = peer.round().into();
        told["ratio_to_peer"] = thousandths(burst_per_second / peer).into();
        told["fsync"] = after.fsync.into();
        told["synchronous_commit"] = after.synchronous_commit.into();
    }
    if servers != 1 {
        let ratio = |of: fn(&Filing) -> f64| thousandths(of(&filing) / of(&alone));
        told["one_server_burst_per_second"] = alone.burst_per_second().round().into();
        told["burst_to_one_server"] = ratio(Filing::burst_per_second).into();
        told["sustained_to_one_server"] = ratio(Filing::sustained_per_second).into();
    }
    println!("{told}");
    Ok(())
}

/// A ratio as it is told.
fn thousandths(ratio: f64) -> f64 {
    (ratio * 1000.0).round() / 1000.0
}

/// Cases that were filed without a pause, and how long it took.
#[derive(Default)]
struct Filing {
    cases: u64,
    filing: Duration,
    /// From the last answer until every follower had taken it all in.
    catching_up: Duration,
}

impl Filing {
    /// Files for so long, then waits for the followers.
    async fn run(district: &District, bodies: &Arc<Vec<String>>, long: Duration) -> Outcome<Self> {
        eprintln!("filing at {} for {} s", district.addresses.len(), long.as_secs());
        let begin = Instant::now();
        let cases = burst(district, bodies, long).await?;
        let filing = begin.elapsed();
        eprintln!("{cases} cases in {:.1} s; catching up", filing.as_secs_f64());
        wait_for_followers(district).await?;
        let catching_up = begin.elapsed() - filing;
        Ok(Self {
            cases,
            filing,
            catching_up,
        })
    }

    fn burst_per_second(&self) -> f64 {
        self.cases as f64 / self.filing.as_secs_f64()
    }

    fn sustained_per_second(&self) -> f64 {
        self.cases as f64 / (self.filing + self.catching_up).as_secs_f64()
    }
}

impl AddAssign for Filing {
    fn add_assign(&mut self, other: Self) {
        self.cases += other.cases;
        self.filing += other.filing;
        self.catching_up += other.catching_up;
    }
}

/// The peer on a database, for a few seconds; there is none beside a data folder.
async fn peer(database: Option<&str>, bodies: &Arc<Vec<String>>) -> Outcome<Option<peer::Peer>> {
    match database {
        None => Ok(None),
        Some(database) => {
            eprintln!("the bare handler inserts for {} s", PEER.as_secs());
            peer::measure(database, bodies, PEER).await.map(Some)
        }
    }
}

/// A demand at a place that has a point, in the words of the packs in force.
async fn what_is_filed(district: &District) -> Outcome<Value> {
    let model = district.get("/api/v1/model").await?;
    let first = |list: &str, wanted: &dyn Fn(&Value) -> bool| -> Outcome<Value> {
        let entries = model[list].as_array().ok_or("a list")?;
        let found = entries.iter().find(|entry| wanted(entry)).ok_or("an entry of it")?;
        Ok(found["name"].clone())
    };
    let places = district.get("/api/v1/gazetteer?q=%E8%B7%AF").await?;
    Ok(json!({
        "case_type": first("case_types", &|kind| !kind["reopen_within"].is_null())?,
        "demand": first("demands", &|demand| demand["counts_in_rates"] == true)?,
        "channel": first("channels", &|channel| channel["public"] == true)?,
        "position": {
            "lon": places["items"][0]["position"]["lon"],
            "lat": places["items"][0]["position"]["lat"],
        },
    }))
}

/// Waits until every follower has taken in the whole journal.
async fn wait_for_followers(district: &District) -> Outcome<()> {
    loop {
        let ready = district.get("/readyz").await?;
        let lags = ready["lag"].as_object().ok_or("no lag is told")?;
        // The seals leave the last, unfinished block for later.
        let behind = lags.iter().filter(|(name, _)| *name != "seals");
        if behind.filter_map(|(_, lag)| lag.as_i64()).all(|lag| lag == 0) {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Requests to file, with texts of every length.
fn bodies(filing: &Value) -> Vec<String> {
    let phrases: Vec<char> = PHRASES.concat().chars().collect();
    let body = |(nth, length): (usize, &usize)| {
        let text: String = phrases.iter().cycle().skip(nth * 7).take(*length).collect();
        let mut filing = filing.clone();
        filing["text"] = text.into();
        filing["reporter"] = json!({"name": "来信人", "phone": format!("139{:08}", 10_000_000 + nth)});
        filing.to_string()
    };
    // Neighbours differ in length: long texts do not come in a row.
    let mut bodies: Vec<String> = LENGTHS.iter().enumerate().map(body).collect();
    let spread: Vec<String> = (0..bodies.len())
        .map(|nth| std::mem::take(&mut bodies[nth * 17 % LENGTHS.len()]))
        .collect();
    spread
}

/// How many pieces of this size a plain file takes in a second, synchronised in groups of as many as there are connections.
fn append(folder: &Path, bytes: usize) -> Outcome<f64> {
    let mut file = File::create(folder.join("plain"))?;
    let group = vec![b'x'; bytes * CONNECTIONS];
    let (begin, mut groups) = (Instant::now(), 0);
    while begin.elapsed() < Duration::from_secs(3) {
        file.write_all(&group)?;
        file.sync_data()?;
        groups += 1;
    }
    Ok((groups * CONNECTIONS) as f64 / begin.elapsed().as_secs_f64())
}

/// Files over every connection for so long; the number of cases that were answered.
async fn burst(district: &District, bodies: &Arc<Vec<String>>, long: Duration) -> Outcome<u64> {
    let (filed, begin) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut running = tokio::task::JoinSet::new();
    for nth in 0..CONNECTIONS {
        let (filed, bodies) = (Arc::clone(&filed), Arc::clone(bodies));
        let mut connection = Connection::open(district.addresses[nth % district.addresses.len()]).await?;
        running.spawn(async move {
            let mut turn = nth;
            while begin.elapsed() < long {
                let status = connection
                    .send("POST", "/api/v1/public/cases", None, Some(&bodies[turn % bodies.len()]))
                    .await?;
                if status != 201 {
                    return Err::<(), Box<dyn Error + Send + Sync>>(
                        format!("filing is answered with {status}: {}", connection.answer()).into(),
                    );
                }
                filed.fetch_add(1, Ordering::Relaxed);
                turn += 1;
            }
            Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(filed.load(Ordering::Relaxed))
}

/// How long filings took, at an even pace, while desk sessions list and filter.
async fn mixed(district: &District, bodies: &Arc<Vec<String>>, long: Duration) -> Outcome<Vec<Duration>> {
    let begin = Instant::now();
    let mut desks = tokio::task::JoinSet::new();
    for nth in 0..SESSIONS {
        let mut connection = Connection::open(district.address).await?;
        let session = district.sessions[nth % district.sessions.len()].clone();
        desks.spawn(async move {
            let mut turn = nth;
            while begin.elapsed() < long {
                let path = format!("/api/v1/cases?{}", LISTS[turn % LISTS.len()]);
                let status = connection.send("GET", &path, Some(&session.token), None).await?;
                if status != 200 {
                    return Err::<(), Box<dyn Error + Send + Sync>>(
                        format!(
                            "{path} is answered to {} with {status}: {}",
                            session.role,
                            connection.answer()
                        )
                        .into(),
                    );
                }
                turn += 1;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Ok(())
        });
    }
    let mut filing = tokio::task::JoinSet::new();
    let lanes = 8;
    for lane in 0..lanes {
        let (bodies, mut connection) = (Arc::clone(bodies), Connection::open(district.address).await?);
        let every = Duration::from_secs(lanes) / u32::try_from(PACE)?;
        filing.spawn(async move {
            let mut pace = tokio::time::interval(every);
            let (mut waits, mut turn) = (Vec::new(), usize::try_from(lane)?);
            while begin.elapsed() < long {
                // From when it was due: a server that stalls is not asked less for that.
                let due = pace.tick().await;
                let status = connection
                    .send("POST", "/api/v1/public/cases", None, Some(&bodies[turn % bodies.len()]))
                    .await?;
                if status != 201 {
                    return Err::<Vec<Duration>, Box<dyn Error + Send + Sync>>(
                        format!("filing is answered with {status}: {}", connection.answer()).into(),
                    );
                }
                waits.push(due.elapsed());
                turn += 1;
            }
            Ok(waits)
        });
    }
    let mut waits = Vec::new();
    while let Some(lane) = filing.join_next().await {
        waits.extend(lane??);
    }
    while let Some(desk) = desks.join_next().await {
        desk??;
    }
    Ok(waits)
}
