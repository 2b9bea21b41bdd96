//! How many change sets a second a PostgreSQL server commits, with the load of the embedded engine's example of this name.
//!
//! Prints one line of JSON: `DATABASE_URL=… cargo run --profile demo -p quanyu-store-postgres --example
//! bench_commit_postgres [sets]`.
//! It needs an empty namespace `bench`, and leaves it full.

#![allow(clippy::print_stdout, reason = "the figures are the purpose")]

use std::error::Error;
use std::sync::Arc;

use quanyu_store::Store;
use quanyu_store::conformance::load::{measure, schema};
use quanyu_store_postgres::{Options, PostgresStore};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(20_000), |count| count.parse())?;
    let address = std::env::var("DATABASE_URL")?;
    let options = Options {
        namespace: "bench".to_owned(),
        ..Options::default()
    };
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(&address, schema(), options).await?);
    let rates = measure(store.clone(), count).await?;
    let health = store.health().await?;
    store.close().await;
    println!(
        "{}",
        serde_json::json!({
            "bench": "commit",
            "engine": health.engine,
            "sets": count,
            "batches_per_s": rates.batches.round(),
            "callers_per_s": rates.callers.round(),
            "alone_per_s": rates.alone.round(),
        })
    );
    Ok(())
}
