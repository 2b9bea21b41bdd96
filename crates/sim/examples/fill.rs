//! How long it takes a city to live for two years, through the use cases and in bulk.
//!
//! `cargo run --profile demo -p quanyu-sim --example fill -- [CASES] [bulk] [DIRECTORY]`: fills a new store in the
//! directory (by default a temporary one beside the current folder) with the packs and places of the repository, and
//! prints one line of JSON.

#![allow(clippy::print_stdout, reason = "the figures are the purpose")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::ports::{Ids, SeededRandom, SetClock};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::{KEY_BYTES, Vault};
use quanyu_pack::{Sources, read_folder};
use quanyu_sim::{Life, Plan, Scale, demo_accounts, fill, fill_bulk};
use quanyu_store::Store;
use quanyu_store_sqlite::{Options, SqliteStore};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let cases: usize = arguments.next().map_or(Ok(20_000), |cases| cases.parse())?;
    let bulk = arguments.next_if_eq("bulk").is_some();
    let here = std::env::current_dir()?;
    let temporary = tempfile::tempdir_in(&here)?;
    let directory = arguments
        .next()
        .map_or_else(|| temporary.path().to_owned(), PathBuf::from);

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for folder in ["packs", "places"] {
        let findings = read_folder(&mut sources, &root.join(folder), folder);
        if findings.has_errors() {
            return Err(format!("{folder}: {findings:?}").into());
        }
    }
    let options = Options {
        writer_cache: 256 << 20,
        checkpoint_after: 256 << 20,
        group: 4096,
        ..Options::default()
    };
    let store = Arc::new(SqliteStore::open(&directory, schema(), options).await?);
    let random = Arc::new(SeededRandom::new(7));
    let plan = Plan {
        scale: Scale::Cases(cases),
        ..Plan::default()
    };
    let first =
        jiff::tz::Offset::constant(8).to_timestamp(plan.period.from.to_datetime(jiff::civil::Time::midnight()))?;
    let app = App::new(
        store.clone(),
        Arc::new(SetClock::at(first)),
        Ids::new(jiff::tz::Offset::constant(8), 0, 0),
        random.clone(),
        Vault::new([7; KEY_BYTES], random),
        Blobs::folder(&directory.join("files"))?,
        SignInPolicy::default(),
    );
    let began = Instant::now();
    app.initialise(&sources).await?;
    let initialised = began.elapsed();
    let district = app.rules().models.keys().copied().find(|id| id.0 % 100 != 0);
    if let Some(district) = district {
        demo_accounts(&app, district).await?;
    }
    let accounts = began.elapsed();
    let life = Arc::new(Life::load(&sources)?);
    let began = Instant::now();
    let summary = if bulk {
        fill_bulk(&app, life, plan, |_| {}).await?
    } else {
        fill(&app, life, plan, |_| {}).await?
    };
    let filled = began.elapsed();
    let health = store.health().await?;
    store.close().await;
    println!(
        "{}",
        serde_json::json!({
            "path": if bulk { "bulk" } else { "use_cases" },
            "initialise_seconds": initialised.as_secs_f64(),
            "accounts_seconds": (accounts - initialised).as_secs_f64(),
            "fill_seconds": filled.as_secs_f64(),
            "commands_per_second": summary.commands as f64 / filled.as_secs_f64(),
            "events": health.last_position,
            "megabytes": health.bytes >> 20,
            "summary": summary,
        })
    );
    Ok(())
}
