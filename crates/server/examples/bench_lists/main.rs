//! How long the lists of the desks take, with 10⁶ cases behind them.
//!
//! Fills a demonstration district with [`LIVED`] cases that were lived through, and multiplies their rows until there are
//! as many as asked for: the tables of cases and of parties are what lists read. Every account of the demonstration then
//! asks for every list, by its first page and by the one after it, one request at a time, over HTTP from the real program.
//!
//! `cargo xtask bench lists [CASES] [--database …]` prints one line of JSON: `p99_ms` and `worst_ms` of all requests, `lists` with the
//! 99th percentile of each, and `roles` with that of each role.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the purpose")]

#[path = "../support/client.rs"]
mod client;
#[path = "../support/district.rs"]
mod district;
mod multiply;
#[path = "../support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use client::Connection;
use district::{District, Session};

/// Cases that the simulator lives through.
const LIVED: usize = 20_000;
const CASES: usize = 1_000_000;
/// How often everybody asks for everything.
const ROUNDS: usize = 20;
const PAGE: usize = 50;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The lists that are measured: a name, and what is asked for.
fn lists(model: &Value, matters: &Value, open: &Value) -> Outcome<Vec<(&'static str, String)>> {
    // Everything is overdue in a district whose life ended long ago: a day in the midst of its limits stands for today.
    let limit = open["items"]
        .as_array()
        .and_then(|cases| cases.iter().rev().find_map(|case| case["due_at"].as_str()));
    let today: Timestamp = limit.ok_or("no open case has a limit")?.parse()?;
    let tomorrow = today + SignedDuration::from_hours(24);
    // The state that is reached last is a rare one among what is open.
    let states = model["workflows"][0]["states"].as_array().ok_or("no states")?;
    let open = states
        .iter()
        .rfind(|state| state["phase"]["name"] != "closed" && state["phase"] != "closed");
    let state = open.and_then(|state| state["name"].as_str()).ok_or("no open state")?;
    let matter = matters["items"][0]["code"].as_str().ok_or("no matters")?;
    Ok(vec![
        ("to_dispatch", "relation=dispatch".to_owned()),
        ("to_verify", "relation=verify".to_owned()),
        ("to_call_back", "relation=call_back".to_owned()),
        ("to_decide", "relation=decide".to_owned()),
        ("to_handle", "relation=lead".to_owned()),
        ("to_assist", "relation=assist".to_owned()),
        ("handled", "relation=lead&open=false".to_owned()),
        ("open", "open=true".to_owned()),
        ("closed", "open=false".to_owned()),
        ("overdue", format!("until={today}")),
        ("due_within_a_day", format!("from={today}&until={tomorrow}")),
        ("of_a_rare_state", format!("state={state}")),
        ("of_a_matter", format!("open=false&matter={matter}")),
    ])
}

/// How long requests took, by list and by role, in milliseconds.
#[derive(Default)]
struct Times {
    by_list: BTreeMap<&'static str, Vec<f64>>,
    by_role: BTreeMap<String, Vec<f64>>,
    shown: BTreeMap<&'static str, usize>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let cases: usize = std::env::args().nth(1).map_or(Ok(CASES), |cases| cases.parse())?;
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let data = folder.path().join("data");
    eprintln!("living through {LIVED} cases");
    let told = District::fill(&data, LIVED)?;
    let (cases, parties) = multiply::until(&data, cases).await?;
    eprintln!("{cases} cases with {parties} rows of the party index");
    let district = District::serve(&data, &told).await?;
    let (model, matters) = (
        district.get("/api/v1/model").await?,
        district.get("/api/v1/matters").await?,
    );
    let lists = lists(&model, &matters, &district.get("/api/v1/cases?limit=200").await?)?;
    let mut times = Times::default();
    for round in 0..=ROUNDS {
        // The first round fills the page cache of a server that has just started; those after it are counted.
        for session in &district.sessions {
            ask(&district, session, &lists, (round > 0).then_some(&mut times)).await?;
        }
    }
    let all: Vec<f64> = times.by_list.values().flatten().copied().collect();
    println!(
        "{}",
        json!({
            "bench": "lists",
            "engine": district.get("/readyz").await?["engine"],
            "cases": cases,
            "party_rows": parties,
            "requests": all.len(),
            "p50_ms": at(all.clone(), 0.5),
            "p99_ms": at(all.clone(), 0.99),
            "worst_ms": at(all, 1.0),
            "lists": p99s(times.by_list),
            "roles": p99s(times.by_role),
            "shown": times.shown,
            "rss_mb": district.resident_mb(),
        })
    );
    Ok(())
}

/// One account asks for every list that its role has, and for the second page of it.
async fn ask(
    district: &District,
    session: &Session,
    lists: &[(&'static str, String)],
    mut times: Option<&mut Times>,
) -> Outcome<()> {
    let mut connection = Connection::open(district.address).await?;
    for (name, question) in lists {
        let mut path = format!("/api/v1/cases?{question}&limit={PAGE}");
        for _ in 0..2 {
            let began = Instant::now();
            let status = connection.send("GET", &path, Some(&session.token), None).await?;
            let took = began.elapsed().as_secs_f64() * 1e3;
            // Not every role has every list.
            if status == 403 {
                break;
            }
            let answer = connection.answer();
            if status != 200 {
                return Err(format!("{path} is answered to {} with {status}: {answer}", session.role).into());
            }
            let (_, body) = answer.split_once("\r\n\r\n").ok_or("an answer without a body")?;
            let page: Value = serde_json::from_str(body)?;
            if let Some(times) = &mut times {
                times.by_list.entry(name).or_default().push(took);
                times.by_role.entry(session.role.clone()).or_default().push(took);
                *times.shown.entry(name).or_default() += page["items"].as_array().map_or(0, Vec::len);
            }
            match page["next"].as_str() {
                Some(next) => path = format!("/api/v1/cases?{question}&limit={PAGE}&after={next}"),
                None => break,
            }
        }
    }
    Ok(())
}

/// The value below which this share lies, in milliseconds to the hundredth.
fn at(mut times: Vec<f64>, share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let last = times.len().saturating_sub(1);
    let place = ((times.len() as f64 * share) as usize).min(last);
    times.get(place).map_or(0.0, |time| (time * 100.0).round() / 100.0)
}

fn p99s<K: Ord>(times: BTreeMap<K, Vec<f64>>) -> BTreeMap<K, f64> {
    times.into_iter().map(|(name, times)| (name, at(times, 0.99))).collect()
}
