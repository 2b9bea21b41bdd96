//! How many change sets a second are committed, beside how fast the same disk takes the same bytes.
//!
//! One set files a case: an event, a claim, five rows (one with 300 Chinese characters) and three secondary index entries
//! beside the journal's own. Prints one line of JSON. `cargo run --profile demo -p quanyu-store-sqlite --example
//! bench_commit [sets]`

#![allow(clippy::print_stdout, reason = "the figures are the purpose")]

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use quanyu_store::tables::set_timer;
use quanyu_store::{ChangeSet, Claim, Json, NewEvent, Record, Schema, Store, Value, Write};
use quanyu_store_sqlite::{Options, SqliteStore};

quanyu_store::table! {
    /// A case.
    pub static CASE = "case", Derived, key 2;
    /// A case.
    pub struct Case {
        /// District.
        district: i64,
        /// Number.
        id: i64,
        /// Responsible unit.
        unit: i64,
        /// State.
        state: String,
        /// Where, as a Morton key.
        place: i64,
        /// Limit; null once closed.
        due: Option<Timestamp>,
        /// Version.
        version: i64,
    }
    index by_unit(district, unit, state) "the list of a unit";
    index by_due(district, due) "what is due next";
}

quanyu_store::table! {
    /// What the reporter said.
    pub static CASE_TEXT = "case_text", Kept, key 2;
    /// What the reporter said.
    pub struct CaseText {
        /// District.
        district: i64,
        /// Case.
        id: i64,
        /// The text.
        text: String,
    }
}

quanyu_store::table! {
    /// Who works on it.
    pub static ASSIGNMENT = "assignment", Derived, key 3;
    /// Who works on it.
    pub struct Assignment {
        /// District.
        district: i64,
        /// Case.
        case: i64,
        /// Which one.
        nth: i64,
        /// Unit.
        unit: i64,
        /// Version.
        version: i64,
    }
}

quanyu_store::table! {
    /// Differences to be added to tallies.
    pub static TALLY_DELTA = "tally_delta", Derived, key 2;
    /// A difference.
    pub struct TallyDelta {
        /// District.
        district: i64,
        /// Which one.
        id: i64,
        /// Measure.
        measure: String,
        /// Difference.
        by: i64,
    }
}

fn filing(id: i64, text: &str) -> ChangeSet {
    let at = Timestamp::from_second(1_790_000_000 + id).expect("a time in this century");
    // Spread over units and places as a district's cases are, so that index pages are not simply appended to.
    let scattered = id.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64);
    let (unit, place) = (scattered.rem_euclid(400), scattered >> 2);
    let case = Case {
        district: 1,
        id,
        unit,
        state: "dispatched".to_owned(),
        place,
        due: Some(at),
        version: 1,
    };
    ChangeSet::new()
        .claim(Claim {
            space: "idempotency".to_owned(),
            key: format!("{scattered:016x}-{id}"),
            holds: Json::of(&id).expect("a number is JSON"),
        })
        .write(Write::insert(&case))
        .write(Write::insert(&CaseText {
            district: 1,
            id,
            text: text.to_owned(),
        }))
        .write(Write::insert(&Assignment {
            district: 1,
            case: id,
            nth: 1,
            unit,
            version: 1,
        }))
        .write(Write::insert(&TallyDelta {
            district: 1,
            id,
            measure: "filed".to_owned(),
            by: 1,
        }))
        .write(set_timer(1, "case", id, at))
        .event(NewEvent {
            district: 1,
            noun: "case".to_owned(),
            id,
            kind: "filed".to_owned(),
            actor: "operator:17".to_owned(),
            at,
            reason: None,
            body: Json::of(
                &serde_json::json!({"unit": unit, "place": place, "channel": "hotline", "state": "dispatched"}),
            )
            .expect("JSON"),
        })
}

fn bytes_of(set: &ChangeSet) -> usize {
    let values = |row: quanyu_store::Row| -> usize {
        row.0
            .iter()
            .map(|value| match value {
                Value::Null => 0,
                Value::Int(_) | Value::Time(_) => 8,
                Value::Bool(_) => 1,
                Value::Text(text) => text.len(),
                Value::Json(json) => json.as_str().len(),
                Value::Bytes(bytes) => bytes.len(),
            })
            .sum()
    };
    let rows: usize = set
        .writes
        .iter()
        .map(|write| match write {
            Write::Put { row, .. } => values(row.clone()),
            Write::Delete { .. } | Write::Check { .. } => 0,
        })
        .sum();
    let claims: usize = set.claims.iter().map(|claim| values(claim.to_row())).sum();
    let events: usize = set
        .events
        .iter()
        .map(|event| values(event.at_position(1).to_row()))
        .sum();
    rows + claims + events
}

fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let text = "路面塌陷约两米见方，夜间无照明，来往车辆绕行，请尽快派人围挡并修复。".repeat(10);
    let text: String = text.chars().take(300).collect();
    const GROUP: usize = 256;

    let directory = tempfile::tempdir_in(std::env::current_dir()?)?;
    let size = bytes_of(&filing(1, &text));
    let plain = {
        let mut file = File::create(directory.path().join("plain"))?;
        let group = vec![b'x'; size * GROUP];
        let begin = Instant::now();
        for _ in 0..count.div_ceil(GROUP) {
            file.write_all(&group)?;
            file.sync_data()?;
        }
        rate(count, begin.elapsed())
    };

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let schema = Schema::new(1, [&CASE, &CASE_TEXT, &ASSIGNMENT, &TALLY_DELTA], &[])?;
        let store = SqliteStore::open(&directory.path().join("data"), schema, Options::default()).await?;
        let store: Arc<dyn Store> = Arc::new(store);

        // Two batches under way, as an import does it: one is made while the other is written.
        let mut next_id = 0_i64;
        let begin = Instant::now();
        let mut under_way = None;
        for _ in 0..count.div_ceil(GROUP) {
            let ids = next_id + 1..=next_id + GROUP as i64;
            next_id = *ids.end();
            let sets: Vec<ChangeSet> = ids.map(|id| filing(id, &text)).collect();
            let store = store.clone();
            let batch = tokio::spawn(async move { store.commit_all(sets).await });
            if let Some(previous) = under_way.replace(batch) {
                confirm(previous.await?)?;
            }
        }
        if let Some(last) = under_way {
            confirm(last.await?)?;
        }
        let batches = rate(count, begin.elapsed());

        // 256 callers that each wait for their own answer.
        let singles = count / 4 / GROUP;
        let begin = Instant::now();
        let mut callers = Vec::new();
        let ids = Arc::new(AtomicI64::new(next_id));
        for _ in 0..GROUP {
            let (store, text, ids) = (store.clone(), text.clone(), ids.clone());
            callers.push(tokio::spawn(async move {
                for _ in 0..singles {
                    let id = ids.fetch_add(1, Ordering::Relaxed) + 1;
                    store.commit(filing(id, &text)).await?;
                }
                Ok::<(), quanyu_store::CommitError>(())
            }));
        }
        for caller in callers {
            caller.await??;
        }
        let concurrent = rate(singles * GROUP, begin.elapsed());

        let alone = 200;
        let begin = Instant::now();
        for nth in 0..alone {
            store.commit(filing(1_000_000_000 + nth, &text)).await?;
        }
        let one_by_one = rate(alone as usize, begin.elapsed());
        let health = store.health().await?;
        let resident = resident_mb();
        store.close().await;
        println!(
            "{}",
            serde_json::json!({
                "bench": "commit",
                "engine": health.engine,
                "sets": count,
                "bytes_per_set": size,
                "database_bytes_per_set": health.bytes / u64::try_from(health.last_position)?,
                "batches_of_256_per_s": batches.round(),
                "256_callers_per_s": concurrent.round(),
                "one_caller_per_s": one_by_one.round(),
                "plain_file_sets_per_s": plain.round(),
                "batches_to_plain_file": (batches / plain * 1000.0).round() / 1000.0,
                "resident_mb": resident,
            })
        );
        Ok(())
    })
}

fn confirm(outcomes: Vec<Result<quanyu_store::Receipt, quanyu_store::CommitError>>) -> Result<(), Box<dyn Error>> {
    outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(())
}

/// Resident memory of this process, where the system tells (Linux).
fn resident_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
