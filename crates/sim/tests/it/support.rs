//! A store in a folder of its own, filled with the shipped packs and places.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::case_of;
use quanyu_app::passwords::Hashing;
use quanyu_app::ports::{Ids, SeededRandom, SetClock};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::{CASE, CaseRow, schema};
use quanyu_app::vault::{KEY_BYTES, Vault};
use quanyu_domain::cases::Case;
use quanyu_pack::{Sources, read_folder};
use quanyu_sim::{Life, Period, Plan, Scale, Summary, fill, fill_bulk};
use quanyu_store::query::MAX_LIMIT;
use quanyu_store::{Query, Record, Row, Table};
use quanyu_store_sqlite::{Options, SqliteStore};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub const OFFSET: Offset = Offset::constant(8);

/// A district that can live.
pub struct Town {
    pub app: App,
    pub life: Arc<Life>,
    pub clock: Arc<SetClock>,
    _folder: TempDir,
}

/// Which path the commits take.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    UseCases,
    Bulk,
}

pub fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for folder in ["packs", "places"] {
        let findings = read_folder(&mut sources, &root.join(folder), folder);
        assert!(!findings.has_errors(), "{findings:?}");
    }
    sources
}

impl Town {
    /// A new store with units, rules and directory, as of a day.
    pub async fn new(first: Date) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), schema(), Options::default())
            .await
            .unwrap();
        let random = Arc::new(SeededRandom::new(3));
        let clock = Arc::new(SetClock::at(
            OFFSET.to_timestamp(first.to_datetime(Time::midnight())).unwrap(),
        ));
        let app = App::new(
            Arc::new(store),
            clock.clone(),
            Ids::new(OFFSET, 0, 0),
            random.clone(),
            Vault::new([3; KEY_BYTES], random),
            Blobs::folder(&folder.path().join("files")).unwrap(),
            SignInPolicy {
                hashing: Hashing::CHEAP,
                ..SignInPolicy::default()
            },
        );
        let sources = sources();
        app.initialise(&sources).await.unwrap();
        let life = Arc::new(Life::load(&sources).unwrap());
        Self {
            app,
            life,
            clock,
            _folder: folder,
        }
    }

    pub async fn live(&self, plan: Plan, way: Way) -> Summary {
        let life = self.life.clone();
        match way {
            Way::UseCases => fill(&self.app, life, plan, |_| {}).await.unwrap(),
            Way::Bulk => fill_bulk(&self.app, life, plan, |_| {}).await.unwrap(),
        }
    }

    /// Every row of a table, in the order of its key.
    pub async fn rows(&self, table: &'static Table) -> Vec<Row> {
        let mut all: Vec<Row> = Vec::new();
        loop {
            let mut query = Query::by_key(table, MAX_LIMIT);
            if let Some(last) = all.last() {
                query = query.after(last.key(table));
            }
            let page = self.app.store.list(&query).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    pub async fn records<R: Record>(&self) -> Vec<R> {
        self.rows(R::table())
            .await
            .into_iter()
            .map(|row| R::from_row(row).unwrap())
            .collect()
    }

    pub async fn cases(&self) -> Vec<Case> {
        let rows: Vec<CaseRow> = self.records().await;
        assert!(rows.iter().all(|row| CASE.columns.len() == row.to_row().0.len()));
        rows.iter().map(|row| case_of(row).unwrap()).collect()
    }

    /// A digest of every table, so that two stores are compared by what differs.
    pub async fn digests(&self) -> BTreeMap<&'static str, (usize, String)> {
        let mut digests = BTreeMap::new();
        for table in self.app.store.schema().tables() {
            let rows = self.rows(table).await;
            let mut digest = Sha256::new();
            for row in &rows {
                digest.update(format!("{row:?}\n"));
            }
            digests.insert(table.name, (rows.len(), format!("{:x?}", digest.finalize())));
        }
        digests
    }
}

pub fn plan(cases: usize, from: Date, until: DateTime) -> Plan {
    Plan {
        seed: 11,
        scale: Scale::Cases(cases),
        period: Period { from, until },
        quiet: None,
    }
}
