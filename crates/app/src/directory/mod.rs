//! The dispatch directory (派单目录) as a register: clerks edit rows, imports bring thousands.
//!
//! A row is known by district, matter, demand type and first day. Putting rows says what they shall be: rows that are so
//! already change nothing, so that an import can be repeated.

mod check;

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanyu_domain::directory::DirectoryRow;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_store::{ChangeSet, Event, Expect, Json, NewEvent, Query, Records, Store, Value, Write};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::scan::every;
use crate::tables::{DIRECTORY, DirectoryEntry};

pub use check::MAX_ROWS;
use check::{checked, may_edit};

/// The noun of the directory in the journal; the id is the number of a city or district.
pub const DIRECTORY_NOUN: &str = "directory";

/// Most rows of one event.
const ROWS_PER_EVENT: usize = 500;
/// Rows that are read at once.
const PAGE: usize = 1_000;
/// How often a change is tried anew when others change the same rows.
const ATTEMPTS: usize = 8;

/// What names a row within its district.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowKey {
    /// The matter.
    pub matter: String,
    /// The demand type for which it holds; `None`: for every one.
    #[serde(default)]
    pub demand: Option<String>,
    /// First day on which it holds.
    pub valid_from: Date,
}

/// A row with its version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionedRow {
    /// Counts changes.
    pub version: i64,
    /// The row.
    #[serde(flatten)]
    pub row: DirectoryRow,
}

/// What came of putting rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Put {
    /// Rows that are new or were changed.
    pub changed: usize,
    /// Rows that were so already.
    pub unchanged: usize,
}

/// The facts of an event that puts rows.
#[derive(Serialize, Deserialize)]
struct PutFacts {
    rows: Vec<DirectoryRow>,
}

/// The facts of an event that deletes a row.
#[derive(Serialize, Deserialize)]
struct DeletedFacts {
    row: RowKey,
}

impl RowKey {
    fn of(row: &DirectoryRow) -> Self {
        Self {
            matter: row.matter.clone(),
            demand: row.demand.clone(),
            valid_from: row.valid_from,
        }
    }

    fn stored(&self, district: i64) -> Vec<Value> {
        let demand = self.demand.as_deref().unwrap_or_default();
        vec![
            district.into(),
            self.matter.as_str().into(),
            demand.into(),
            self.valid_from.to_string().into(),
        ]
    }
}

/// The rows of every city and district that has some.
///
/// # Errors
/// When the store does not answer.
pub async fn load_directories(store: &dyn Store) -> Result<BTreeMap<DistrictId, Vec<DirectoryRow>>, AppError> {
    let mut directories: BTreeMap<DistrictId, Vec<DirectoryRow>> = BTreeMap::new();
    let entries: Vec<DirectoryEntry> = every(store, Query::by_key(&DIRECTORY, PAGE)).await?;
    for entry in entries {
        let district = u32::try_from(entry.district).map_err(|fault| damaged("directory", fault))?;
        directories
            .entry(DistrictId(district))
            .or_default()
            .push(row_of(&entry)?);
    }
    Ok(directories)
}

fn row_of(entry: &DirectoryEntry) -> Result<DirectoryRow, AppError> {
    entry.body.to().map_err(|fault| damaged("directory", fault))
}

fn entry(district: i64, row: &DirectoryRow, version: i64) -> Result<DirectoryEntry, AppError> {
    Ok(DirectoryEntry {
        district,
        matter: row.matter.clone(),
        demand: row.demand.clone().unwrap_or_default(),
        valid_from: row.valid_from.to_string(),
        version,
        body: Json::of(row).map_err(|fault| damaged("directory", fault))?,
    })
}

impl App {
    /// The rows of a city or district in the order of their matters, after a row. The directory is no secret: whoever
    /// works here sees it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn directory_rows(
        &self,
        district: DistrictId,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<VersionedRow>, AppError> {
        let district = i64::from(district.0);
        let mut query = Query::by_key(&DIRECTORY, limit.clamp(1, PAGE)).equal(district);
        if let Some(after) = after {
            query = query.after(after.stored(district));
        }
        let entries: Vec<DirectoryEntry> = self.store.page(&query).await?;
        entries
            .iter()
            .map(|entry| {
                Ok(VersionedRow {
                    version: entry.version,
                    row: row_of(entry)?,
                })
            })
            .collect()
    }

    /// Puts rows: all of them or none. Other rows stay.
    ///
    /// # Errors
    /// When the caller may not edit this directory, or a row names what does not exist; the refusal says which row.
    pub async fn put_rows(
        &self,
        caller: &Caller,
        district: DistrictId,
        rows: Vec<DirectoryRow>,
    ) -> Result<Put, AppError> {
        self.put_checked(caller, district, rows, None).await
    }

    /// Puts one row over the version that the caller has seen; 0: there must be none yet.
    ///
    /// # Errors
    /// As [`App::put_rows`]; or the row has changed since.
    pub async fn put_row(
        &self,
        caller: &Caller,
        district: DistrictId,
        seen: Option<i64>,
        row: DirectoryRow,
    ) -> Result<Put, AppError> {
        self.put_checked(caller, district, vec![row], seen).await
    }

    async fn put_checked(
        &self,
        caller: &Caller,
        district: DistrictId,
        rows: Vec<DirectoryRow>,
        seen: Option<i64>,
    ) -> Result<Put, AppError> {
        let rules = self.rules();
        may_edit(caller, &rules, district)?;
        let rows = checked(&rules, district, rows, self.today())?;
        let number = i64::from(district.0);
        for _ in 0..ATTEMPTS {
            let keys = rows.iter().map(|row| RowKey::of(row).stored(number)).collect();
            let stored = self.store.records::<DirectoryEntry>(keys).await?;
            let mut changed = Vec::new();
            let mut set = ChangeSet::new();
            for (row, stored) in rows.iter().zip(stored) {
                let version = stored.as_ref().map_or(0, |entry| entry.version);
                if seen.is_some_and(|seen| seen != version) {
                    return Err(AppError::Stale { current: version });
                }
                let next = entry(number, row, version + 1)?;
                if stored.is_some_and(|stored| stored.body == next.body) {
                    continue;
                }
                let expect = if version == 0 {
                    Expect::Absent
                } else {
                    Expect::Version(version)
                };
                set.writes.push(Write::put(&next, expect));
                changed.push(row.clone());
            }
            let put = Put {
                changed: changed.len(),
                unchanged: rows.len() - changed.len(),
            };
            for part in changed.chunks(ROWS_PER_EVENT) {
                let facts = PutFacts { rows: part.to_vec() };
                set.events.push(self.directory_event(caller, number, "put", &facts)?);
            }
            if changed.is_empty() || self.committed(set).await? {
                return Ok(put);
            }
        }
        Err(busy())
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// When the caller may not edit this directory, there is no such row, or it has changed since it was seen.
    pub async fn delete_row(
        &self,
        caller: &Caller,
        district: DistrictId,
        row: &RowKey,
        seen: Option<i64>,
    ) -> Result<(), AppError> {
        may_edit(caller, &self.rules(), district)?;
        let number = i64::from(district.0);
        for _ in 0..ATTEMPTS {
            let stored: Option<DirectoryEntry> = self.store.record(row.stored(number)).await?;
            let current = stored.map(|entry| entry.version).ok_or_else(|| {
                Refusal::not_found("unknown_row", "派单目录中没有这一条", "the directory has no such row")
            })?;
            if seen.is_some_and(|seen| seen != current) {
                return Err(AppError::Stale { current });
            }
            let facts = DeletedFacts { row: row.clone() };
            let set = ChangeSet::new()
                .event(self.directory_event(caller, number, "deleted", &facts)?)
                .write(Write::delete(&DIRECTORY, row.stored(number), Expect::Version(current)));
            if self.committed(set).await? {
                return Ok(());
            }
        }
        Err(busy())
    }

    /// Commits and loads the rules anew; `false` when somebody else was quicker.
    async fn committed(&self, set: ChangeSet) -> Result<bool, AppError> {
        match self.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => self.refresh_rules().await.map(|()| true),
            Err(Failed::Conflict) => Ok(false),
            Err(Failed::Held(space, _)) => Err(AppError::Internal(format!("the directory holds no claim in {space}"))),
            Err(Failed::Fatal(fault)) => Err(fault),
        }
    }

    fn directory_event(
        &self,
        caller: &Caller,
        district: i64,
        kind: &str,
        facts: &impl Serialize,
    ) -> Result<NewEvent, AppError> {
        Ok(NewEvent {
            district,
            noun: DIRECTORY_NOUN.to_owned(),
            id: district,
            kind: kind.to_owned(),
            actor: caller.actor.reference().to_string(),
            at: self.now(),
            reason: None,
            body: Json::of(facts).map_err(|fault| damaged("directory", fault))?,
        })
    }

    fn today(&self) -> Date {
        self.ids.offset().to_datetime(self.now()).date()
    }
}

fn busy() -> AppError {
    Refusal::not_now(
        "busy",
        "派单目录正被他人修改，请稍后重试",
        "others are changing the same rows of the directory: try again",
    )
    .into()
}

/// The rows that events of the directory amount to, upon what is stored.
pub(crate) async fn applied(store: &dyn Store, events: &[&Event]) -> Result<Vec<Write>, AppError> {
    let mut changes: Vec<(i64, RowKey, Option<DirectoryRow>)> = Vec::new();
    for event in events {
        let at = |fault| damaged(&format!("event at position {}", event.position), fault);
        if event.kind == "put" {
            let PutFacts { rows } = event.body.to().map_err(at)?;
            changes.extend(
                rows.into_iter()
                    .map(|row| (event.district, RowKey::of(&row), Some(row))),
            );
        } else {
            let DeletedFacts { row } = event.body.to().map_err(at)?;
            changes.push((event.district, row, None));
        }
    }
    let keys = changes.iter().map(|(district, key, _)| key.stored(*district)).collect();
    let stored = store.records::<DirectoryEntry>(keys).await?;
    let mut after: BTreeMap<(i64, RowKey), Option<DirectoryEntry>> = BTreeMap::new();
    for ((district, key, row), stored) in changes.into_iter().zip(stored) {
        let slot = after.entry((district, key)).or_insert(stored);
        let version = slot.as_ref().map_or(0, |entry| entry.version);
        *slot = row.map(|row| entry(district, &row, version + 1)).transpose()?;
    }
    let write = |((district, key), entry): ((i64, RowKey), Option<DirectoryEntry>)| match entry {
        Some(entry) => Write::put(&entry, Expect::Any),
        None => Write::delete(&DIRECTORY, key.stored(district), Expect::Any),
    };
    Ok(after.into_iter().map(write).collect())
}
