//! How many change sets a second are committed, beside how fast the same disk takes the same bytes.
//!
//! One set files a case: an event, a claim, five rows (one with 300 Chinese characters) and three secondary index entries
//! beside the journal's own. Prints one line of JSON: `cargo run --profile demo -p quanyu-store-sqlite --example
//! bench_commit [sets]`.

#![allow(clippy::print_stdout, reason = "the figures are the purpose")]

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use quanyu_store::Store;
use quanyu_store::conformance::load::{GROUP, bytes_of, filing, measure, schema, text};
use quanyu_store_sqlite::{Options, SqliteStore};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let directory = tempfile::tempdir_in(std::env::current_dir()?)?;
    let size = bytes_of(&filing(1, &text()));

    let mut file = File::create(directory.path().join("plain"))?;
    let group = vec![b'x'; size * GROUP];
    let begin = Instant::now();
    for _ in 0..count.div_ceil(GROUP) {
        file.write_all(&group)?;
        file.sync_data()?;
    }
    let plain = count as f64 / begin.elapsed().as_secs_f64();

    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&directory.path().join("data"), schema(), Options::default()).await?);
    let rates = measure(store.clone(), count).await?;
    let (health, resident) = (store.health().await?, resident_mb());
    store.close().await;
    println!(
        "{}",
        serde_json::json!({
            "bench": "commit",
            "engine": health.engine,
            "sets": count,
            "bytes_per_set": size,
            "database_bytes_per_set": health.bytes / u64::try_from(health.last_position)?,
            "batches_per_s": rates.batches.round(),
            "callers_per_s": rates.callers.round(),
            "alone_per_s": rates.alone.round(),
            "plain_file_per_s": plain.round(),
            "batches_to_plain_file": (rates.batches / plain * 1000.0).round() / 1000.0,
            "resident_mb": resident,
        })
    );
    Ok(())
}

/// Resident memory of this process, where the system tells (Linux).
fn resident_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
