//! Keeping the index: entries come in at the end, runs that are full are turned into larger ones, and what was erased
//! loses its words. What is stored is a function of the entries alone, not of how many came at once.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_store::{Expect, Query, Records, Store, Value, Write};

use super::rows::{SEARCH_RUN, SEARCH_TERMS, SearchRunRow, SearchTermsRow};
use super::run::{BUCKETS, Run, SIZES, cases_from_bytes, cases_to_bytes};
use super::words::Term;
use crate::error::AppError;
use crate::scan::every;

/// Runs that are read at once.
const PAGE: usize = 1_000;

/// The index of one district while a batch is taken in: what is stored, and what is to be.
pub struct Index<'s> {
    store: &'s dyn Store,
    district: i64,
    /// The runs of the lower levels, and of the top level those that were touched; by level and first entry.
    runs: BTreeMap<(usize, i64), Run>,
    /// The runs that differ from what is stored.
    changed: BTreeSet<(usize, i64)>,
    /// The runs that were stored in rows which these no longer are.
    stored: BTreeMap<(usize, i64), BTreeSet<u64>>,
    /// How many entries there are.
    end: i64,
}

impl<'s> Index<'s> {
    /// The index of a district, with the run that grows; full ones are read when they are needed.
    pub async fn open(store: &'s dyn Store, district: i64) -> Result<Self, AppError> {
        let mut index = Self {
            store,
            district,
            runs: BTreeMap::new(),
            changed: BTreeSet::new(),
            stored: BTreeMap::new(),
            end: 0,
        };
        for level in 0..SIZES.len() {
            let last: Option<SearchRunRow> = store.page(&index.runs_of(level, 1).descending()).await?.pop();
            if let Some(last) = last {
                let entries = cases_from_bytes(&last.cases)?.len();
                index.end = index.end.max(last.first + count(entries));
                if level == 0 && entries < SIZES[0] {
                    index.read(level, last).await?;
                }
            }
        }
        Ok(index)
    }

    fn runs_of(&self, level: usize, limit: usize) -> Query {
        Query::by_key(&SEARCH_RUN, limit)
            .equal(self.district)
            .equal(count(level))
    }

    /// Reads a run with all of its terms.
    async fn read(&mut self, level: usize, row: SearchRunRow) -> Result<(), AppError> {
        let mut run = Run {
            cases: cases_from_bytes(&row.cases)?,
            ..Run::default()
        };
        let key = |bucket: u64| terms_key(self.district, level, bucket, row.first);
        let keys = (0..BUCKETS[level]).map(key).collect();
        let mut stored = BTreeSet::new();
        for part in self.store.records::<SearchTermsRow>(keys).await?.into_iter().flatten() {
            run.read_row(&part.terms)?;
            stored.insert(part.bucket.cast_unsigned());
        }
        self.stored.insert((level, row.first), stored);
        self.runs.insert((level, row.first), run);
        Ok(())
    }

    /// Adds an entry at the end.
    pub async fn push(&mut self, case: i64, terms: &[Term]) -> Result<(), AppError> {
        let first = self.end - self.end % count(SIZES[0]);
        self.runs.entry((0, first)).or_default().push(case, terms);
        self.changed.insert((0, first));
        self.end += 1;
        for (level, size) in SIZES.iter().enumerate().skip(1) {
            if self.end % count(*size) == 0 {
                self.merge(level).await?;
            }
        }
        Ok(())
    }

    /// Makes the last sixteen full runs of the level below one of this level.
    async fn merge(&mut self, level: usize) -> Result<(), AppError> {
        let below = level - 1;
        let first = self.end - count(SIZES[level]);
        let mut whole = Run::default();
        for at in (first..self.end).step_by(SIZES[below]) {
            if !self.runs.contains_key(&(below, at)) {
                let key = vec![self.district.into(), count(below).into(), at.into()];
                if let Some(row) = self.store.record::<SearchRunRow>(key).await? {
                    self.read(below, row).await?;
                }
            }
            whole.append(self.runs.remove(&(below, at)).unwrap_or_default());
            self.changed.insert((below, at));
        }
        self.runs.insert((level, first), whole);
        self.changed.insert((level, first));
        Ok(())
    }

    /// Takes the words of some cases out.
    pub async fn forget(&mut self, cases: &BTreeSet<i64>) -> Result<(), AppError> {
        for level in 0..SIZES.len() {
            let stored: Vec<SearchRunRow> = every(self.store, self.runs_of(level, PAGE)).await?;
            for row in stored {
                let known = (level, row.first);
                let held = cases_from_bytes(&row.cases)?.iter().any(|case| cases.contains(case));
                if held && !self.runs.contains_key(&known) && !self.changed.contains(&known) {
                    self.read(level, row).await?;
                }
            }
        }
        for (known, run) in &mut self.runs {
            for case in cases {
                if run.forget(*case) {
                    self.changed.insert(*known);
                }
            }
        }
        Ok(())
    }

    /// What is to be written.
    pub fn writes(self) -> Vec<Write> {
        let mut writes = Vec::new();
        for known in self.changed {
            let (level, first) = known;
            let before = self.stored.get(&known);
            let rows = match self.runs.get(&known) {
                Some(run) => {
                    let row = SearchRunRow {
                        district: self.district,
                        level: count(level),
                        first,
                        cases: cases_to_bytes(&run.cases),
                    };
                    writes.push(Write::put(&row, Expect::Any));
                    run.rows(level)
                }
                // A run that came and went within the batch was never stored.
                None if before.is_none() => continue,
                None => {
                    let key = vec![self.district.into(), count(level).into(), first.into()];
                    writes.push(Write::delete(&SEARCH_RUN, key, Expect::Any));
                    BTreeMap::new()
                }
            };
            let gone = before.into_iter().flatten().filter(|bucket| !rows.contains_key(bucket));
            writes.extend(gone.map(|bucket| {
                let key = terms_key(self.district, level, *bucket, first);
                Write::delete(&SEARCH_TERMS, key, Expect::Any)
            }));
            writes.extend(rows.into_iter().map(|(bucket, terms)| {
                let row = SearchTermsRow {
                    district: self.district,
                    level: count(level),
                    bucket: bucket.cast_signed(),
                    first,
                    terms,
                };
                Write::put(&row, Expect::Any)
            }));
        }
        writes
    }
}

fn terms_key(district: i64, level: usize, bucket: u64, first: i64) -> Vec<Value> {
    vec![
        district.into(),
        count(level).into(),
        bucket.cast_signed().into(),
        first.into(),
    ]
}

pub(super) fn count(count: usize) -> i64 {
    i64::try_from(count).expect("counts of entries are far below 2^63")
}
