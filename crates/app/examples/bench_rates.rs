//! How long the ranking of all districts for a year takes, with 10⁵, 10⁶ and 10⁷ cases behind it.
//!
//! A read looks at sums, never at cases, so what matters is how many rows of sums there are and how large the numbers in
//! them. Under the shipped packs and places the cases of a year are spread evenly over the finest areas of every district
//! and over the days; those of one area and day share a matter and a channel, and are one cell whose counts stand for all
//! of them. The cells go through the same spreading over units, days, months, matters and channels as the follower's, into
//! the same table of an embedded store, or of the database that `QUANYU_DATABASE` names. Every measure that the packs declare is counted of every case. The ranking is then
//! asked for a hundred times; the median is told.
//!
//! `cargo xtask bench rates [CASES …] [--database …]`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the purpose")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::Date;
use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::Caller;
use quanyu_app::figures::rates::{By, RatesQuery};
use quanyu_app::figures::tables::TallyRow;
use quanyu_app::followers::tally::{Counts, TallyKey, add_cell};
use quanyu_app::ports::{Ids, SystemClock, SystemRandom};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::Vault;
use quanyu_domain::cases::Cell;
use quanyu_domain::units::{UnitCode, UnitKind};
use quanyu_pack::{Sources, read_folder};
use quanyu_store::{ChangeSet, Expect, Json, Store, Write};
use quanyu_store_postgres::PostgresStore;
use quanyu_store_sqlite::{Options, SqliteStore};

const SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];
const ASKED: usize = 100;
const BATCH: usize = 5_000;

/// A generator whose numbers are the same on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }
}

/// A store of its own for each size: a data folder, or a namespace in the database that the environment names.
async fn store_for(folder: &Path, cases: u64) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    if let Ok(address) = std::env::var("QUANYU_DATABASE") {
        let options = quanyu_store_postgres::Options {
            namespace: format!("bench_rates_{cases}"),
            ..quanyu_store_postgres::Options::default()
        };
        return Ok(Arc::new(PostgresStore::open(&address, schema(), options).await?));
    }
    let options = Options {
        writer_cache: 256 << 20,
        checkpoint_after: 256 << 20,
        ..Options::default()
    };
    Ok(Arc::new(
        SqliteStore::open(&folder.join("db"), schema(), options).await?,
    ))
}

async fn open(folder: &Path, sources: &Sources, cases: u64) -> Result<App, Box<dyn Error>> {
    let store = store_for(folder, cases).await?;
    let random = Arc::new(SystemRandom);
    let app = App::new(
        store,
        Arc::new(SystemClock),
        Ids::new(Offset::constant(8), 0, 0),
        random.clone(),
        Vault::new([7; 32], random),
        Blobs::folder(&folder.join("files"))?,
        SignInPolicy::default(),
    );
    app.initialise(sources).await?;
    Ok(app)
}

/// Fills in the sums of a year of so many cases, one district after another; how many rows they are.
async fn fill_year(app: &App, cases: u64) -> Result<usize, Box<dyn Error>> {
    let rules = app.rules();
    let districts: Vec<_> = rules
        .tree
        .iter()
        .filter(|unit| unit.kind == UnitKind::District)
        .collect();
    let model = &rules.of(districts[0].code.district())?.model;
    let measures: Vec<&String> = model.figures.measures.iter().map(|measure| &measure.name).collect();
    let channels: Vec<&String> = model.channels.keys().collect();
    let matters: Vec<Vec<String>> = rules
        .matters
        .all()
        .map(|matter| {
            rules
                .matters
                .path(&matter.code)
                .iter()
                .map(|m| m.code.clone())
                .collect()
        })
        .filter(|path: &Vec<String>| path.len() == 2)
        .collect();
    let kind = model.case_types.keys().next().ok_or("a kind of case")?;
    let is_finest = |code: &UnitCode| !rules.tree.children(code).any(|unit| unit.kind.is_area());
    let mut areas: Vec<UnitCode> = rules
        .tree
        .all()
        .into_iter()
        .filter(|unit| unit.kind.is_area() && is_finest(&unit.code))
        .map(|unit| unit.code.clone())
        .collect();
    areas.sort_by_key(UnitCode::district);
    let mut dice = Dice(7);
    let (mut sums, mut rows) = (BTreeMap::new(), 0);
    let first: Date = "2024-01-01".parse()?;
    let places = areas.len() as u64 * 366;
    let mut left = 0;
    for (nth, area) in areas.iter().enumerate() {
        let chain = rules.chain(area);
        for day in first.series(jiff::Span::new().days(1)).take(366) {
            // So many cases came here on this day, spread evenly over places and days.
            left += cases;
            let here = left / places;
            left %= places;
            if here == 0 {
                continue;
            }
            let stands_for = i64::try_from(here)?;
            let counts: Counts = measures.iter().map(|name| ((*name).clone(), stands_for)).collect();
            let cell = Cell {
                kind: kind.clone(),
                channel: (*dice.of(&channels)).clone(),
                areas: chain.clone(),
                lead: vec![chain[0].clone()],
                matter: dice.of(&matters).clone(),
                days: BTreeMap::from([(day, counts)]),
            };
            add_cell(&mut sums, i64::from(area.district().0), &cell);
        }
        // Rows of different districts are different rows.
        if areas.get(nth + 1).is_none_or(|next| next.district() != area.district()) {
            rows += fill(app, std::mem::take(&mut sums)).await?;
        }
    }
    Ok(rows)
}

async fn fill(app: &App, sums: BTreeMap<TallyKey, Counts>) -> Result<usize, Box<dyn Error>> {
    let rows: Vec<Write> = sums
        .into_iter()
        .map(|(key, counts)| {
            let row = TallyRow {
                district: key.district,
                unit: key.unit,
                relation: key.relation.name().to_owned(),
                cut: key.cut.name().to_owned(),
                part: key.part,
                period: key.period,
                counts: Json::of(&counts)?,
            };
            Ok(Write::put(&row, Expect::Any))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    for batch in rows.chunks(BATCH) {
        let set = ChangeSet {
            writes: batch.to_vec(),
            ..ChangeSet::new()
        };
        app.store.commit(set).await?;
    }
    Ok(rows.len())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for part in ["packs", "places"] {
        let findings = read_folder(&mut sources, &root.join(part), part);
        assert!(findings.is_empty(), "{findings}");
    }
    let named: Vec<u64> = std::env::args()
        .skip(1)
        .map(|size| size.parse())
        .collect::<Result<_, _>>()?;
    let sizes = if named.is_empty() { SIZES.to_vec() } else { named };
    let mut told = serde_json::Map::new();
    for cases in sizes {
        let folder = tempfile::tempdir()?;
        let app = open(folder.path(), &sources, cases).await?;
        let rows = fill_year(&app, cases).await?;
        let query = RatesQuery {
            period: "2024".parse().map_err(|fault| format!("{fault}"))?,
            by: By::District,
            within: None,
            under: None,
        };
        let mut times = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let begun = Instant::now();
            let table = app.rates(&Caller::program(), &query).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            assert!(table.rows.len() >= 7, "every district stands in it");
            let counted: i64 = table.total.counts.values().copied().max().unwrap_or(0);
            assert_eq!(u64::try_from(counted)?, cases, "every case is counted once");
        }
        times.sort_by(f64::total_cmp);
        told.insert("engine".to_owned(), app.store.health().await?.engine.into());
        let zeros = cases.ilog10();
        told.insert(format!("ms_at_1e{zeros}"), (times[ASKED / 2] * 1000.0).round().into());
        eprintln!(
            "{cases} cases: {rows} rows of sums, median {:.3} ms, worst {:.3} ms",
            times[ASKED / 2],
            times[ASKED - 1]
        );
        app.store.close().await;
    }
    for value in told.values_mut().filter(|value| value.is_number()) {
        *value = (value.as_f64().unwrap_or_default() / 1000.0).into();
    }
    println!("{}", serde_json::Value::Object(told));
    Ok(())
}
