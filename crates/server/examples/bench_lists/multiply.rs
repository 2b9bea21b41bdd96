//! Many more cases from some: rows of the tables that lists read, under other numbers.

use std::path::Path;

use jiff::SignedDuration;
use quanyu_app::tables::{CASE, CASE_PARTY, CasePartyRow, CaseRow, schema};
use quanyu_store::{ChangeSet, Expect, Json, Query, Record, Records, Row, Store, Write};
use quanyu_store_postgres::PostgresStore;
use quanyu_store_sqlite::{Options, SqliteStore};

use crate::Outcome;

const PAGE: usize = 500;
/// From the number of a case to that of its copy: a second later, and a little, so that copies do not meet other cases.
const STEP: i64 = 1_000_003;
/// From where a case stands in a list to where its copy does.
const LATER: SignedDuration = SignedDuration::from_secs(37);

/// Copies the rows of every case until there are about as many cases as wanted; how many cases and party rows there are.
pub async fn until(data: &Path, wanted: usize) -> Outcome<(usize, usize)> {
    let store = open(data).await?;
    let store = store.as_ref();
    let cases = every::<CaseRow>(store, Query::by_key(&CASE, PAGE)).await?;
    let parties = every::<CasePartyRow>(store, Query::by_key(&CASE_PARTY, PAGE)).await?;
    let copies = (wanted / cases.len().max(1)).max(1);
    let mut rows = (cases.len(), parties.len());
    for nth in 1..i64::try_from(copies)? {
        for part in cases.chunks(PAGE) {
            let writes = part
                .iter()
                .map(|case| copied(case, nth))
                .collect::<Outcome<Vec<Write>>>()?;
            rows.0 += writes.len();
            put(store, writes).await?;
        }
        for part in parties.chunks(PAGE * 4) {
            let writes: Vec<Write> = part.iter().map(|party| copied_party(party, nth)).collect();
            rows.1 += writes.len();
            put(store, writes).await?;
        }
    }
    store.close().await;
    Ok(rows)
}

/// The store that the demonstration was filled into.
async fn open(data: &Path) -> Outcome<Box<dyn Store>> {
    if let Ok(address) = std::env::var("QUANYU_DATABASE") {
        let options = quanyu_store_postgres::Options::default();
        return Ok(Box::new(PostgresStore::open(&address, schema(), options).await?));
    }
    let options = Options {
        writer_cache: 256 << 20,
        checkpoint_after: 256 << 20,
        ..Options::default()
    };
    Ok(Box::new(SqliteStore::open(data, schema(), options).await?))
}

async fn put(store: &dyn Store, writes: Vec<Write>) -> Outcome<()> {
    let set = ChangeSet {
        writes,
        ..ChangeSet::new()
    };
    store.commit(set).await?;
    Ok(())
}

async fn every<R: Record>(store: &dyn Store, mut query: Query) -> Outcome<Vec<R>> {
    let mut all = Vec::new();
    loop {
        let page: Vec<R> = store.page(&query).await?;
        let Some(last) = page.last() else { return Ok(all) };
        let last: Row = last.to_row();
        query = query.next_page(&last);
        all.extend(page);
    }
}

fn copied(case: &CaseRow, nth: i64) -> Outcome<Write> {
    let id = case.id + nth * STEP;
    let body = case.body.as_str().replace(&case.id.to_string(), &id.to_string());
    let row = CaseRow {
        id,
        version: 1,
        body: Json::parse(&body)?,
        ..case.clone()
    };
    Ok(Write::put(&row, Expect::Absent))
}

fn copied_party(party: &CasePartyRow, nth: i64) -> Write {
    let copied = CasePartyRow {
        case: party.case + nth * STEP,
        sort_at: party.sort_at + LATER * i32::try_from(nth).unwrap_or(i32::MAX),
        ..party.clone()
    };
    Write::put(&copied, Expect::Any)
}
