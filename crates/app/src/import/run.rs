//! One reading of one file, on a thread of its own.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;
use quanyu_domain::refusal::{Refusal, RefusalKind};
use quanyu_domain::units::UnitCode;
use quanyu_store::tables::HeldClaim;
use quanyu_store::{ChangeSet, CommitError, Expect, Json, Receipt, Records, Write};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use super::decide::{Decider, HeldRow};
use super::delays::Delays;
use super::mapping::{Field, Mapping};
use super::order::{InOrder, Taken};
use super::record::{Incoming, Understanding};
use super::times::TimeFormats;
use super::{ImportError, ImportNews, ImportProgress, ImportReject, ImportSummary};
use crate::App;
use crate::error::{AppError, damaged};
use crate::rules::Rules;
use crate::tables::ImportRow;
use crate::vault::hex;

/// Most rows that are committed at once …
const BATCH_ROWS: usize = 2_000;
/// … and most bytes of text.
const BATCH_BYTES: usize = 4 << 20;
/// Batches that are being committed while the next is decided: the store always has one waiting.
const COMMITTING: usize = 2;
/// How often a case gets another number when the one it got is taken.
const ATTEMPTS: u32 = 8;

/// Rows on their way into the store.
#[derive(Default)]
struct Batch {
    rows: Vec<Incoming>,
    /// What each of them amounts to, once it is decided.
    sets: Vec<ChangeSet>,
    /// How often their cases had to be given other numbers.
    attempt: u32,
    /// How many rows, and bytes of the file, are done with them.
    done: u64,
    bytes: u64,
}

/// Rows that are being committed, and what will be said of each.
struct Committing {
    batch: Batch,
    answers: JoinHandle<Vec<Result<Receipt, CommitError>>>,
}

/// Why a run ends early.
enum Ending {
    /// It cannot go on.
    Fault(ImportError),
    /// Nobody listens any more.
    Unheard,
}

impl<E: Into<ImportError>> From<E> for Ending {
    fn from(fault: E) -> Self {
        Self::Fault(fault.into())
    }
}

/// A run, and how far it has come.
pub(super) struct Run {
    app: Arc<App>,
    decider: Decider,
    understanding: Understanding,
    path: PathBuf,
    rows: InOrder,
    runtime: Handle,
    news: Sender<ImportNews>,
    /// Which reading of which file this is.
    id: String,
    began_at: Timestamp,
    /// So many of the first rows have probably been imported: whether they have is asked before they are decided.
    known: u64,
    /// How many rows, and bytes of the file, were taken.
    taken: u64,
    taken_bytes: u64,
    /// How many of them are done.
    done: u64,
    progress: ImportProgress,
    delays: Delays,
    replies: u64,
    days_without_hour: u64,
}

impl Run {
    /// Opens the file and holds the mapping against it and against the rules in force.
    pub fn open(
        app: Arc<App>,
        mapping: Arc<Mapping>,
        path: PathBuf,
        runtime: Handle,
        news: Sender<ImportNews>,
    ) -> Result<Self, ImportError> {
        let (id, total) = identity(&mapping, &path).map_err(|error| ImportError::File {
            path: path.clone(),
            error,
        })?;
        let now = app.now();
        let offset = mapping.offset.unwrap_or_else(|| usual_offset(&mapping, &app.rules()));
        let times = TimeFormats::new(mapping.formats.value.clone(), offset)
            .map_err(|(_, fault)| mapping.wrong(Some(mapping.formats.line), fault.clone(), fault))?;
        let taken_over_at = match &mapping.taken_over_at {
            None => now,
            Some(written) => times.read(&written.value).map(|time| time.at).ok_or_else(|| {
                mapping.wrong(
                    Some(written.line),
                    "接管时间不符合任何一种时间格式",
                    "the time of taking over is written in none of the formats",
                )
            })?,
        };
        let decider = Decider::new(Arc::clone(&app), Arc::clone(&mapping), taken_over_at)?;
        let (rows, layout) = InOrder::open(&path, &mapping)?;
        let known: Option<ImportRow> = runtime
            .block_on(app.store.record(vec![id.as_str().into()]))
            .map_err(AppError::from)?;
        Ok(Self {
            app,
            decider,
            understanding: Understanding {
                mapping,
                layout,
                times,
                now,
            },
            path,
            rows,
            runtime,
            news,
            id,
            began_at: now,
            known: known.map_or(0, |known| u64::try_from(known.done).unwrap_or(0)),
            taken: 0,
            taken_bytes: 0,
            done: 0,
            progress: ImportProgress {
                total,
                ..ImportProgress::default()
            },
            delays: Delays::default(),
            replies: 0,
            days_without_hour: 0,
        })
    }

    /// Imports what the file holds.
    pub fn run(mut self) -> Result<ImportSummary, ImportError> {
        match self.batches() {
            // Whoever does not listen does not wait for an answer either.
            Ok(()) | Err(Ending::Unheard) => Ok(ImportSummary {
                imported: self.progress.imported,
                rejected: self.progress.rejected,
                already: self.progress.already,
                reply_days: self.delays.figures(),
                replies: self.replies,
                days_without_hour: self.days_without_hour,
            }),
            Err(Ending::Fault(fault)) => Err(fault),
        }
    }

    /// Reads and decides one batch while those before are committed.
    fn batches(&mut self) -> Result<(), Ending> {
        let mut committing = VecDeque::new();
        loop {
            let asked_first = self.taken < self.known;
            let (mut batch, ended) = self.read()?;
            if asked_first {
                batch.rows = self.without_known(batch.rows)?;
            }
            self.decide(&mut batch)?;
            if committing.len() >= COMMITTING
                && let Some(first) = committing.pop_front()
            {
                self.settle(first)?;
            }
            committing.push_back(self.commit(batch));
            if ended {
                break;
            }
        }
        for batch in committing {
            self.settle(batch)?;
        }
        // The last batch is on disk: now it may be said.
        self.progress.bytes = self.progress.total;
        let end = self.commit(Batch::default());
        self.settle(end)
    }

    /// The next rows, and whether they are the last.
    fn read(&mut self) -> Result<(Batch, bool), Ending> {
        let mut batch = Batch::default();
        let mut bytes = 0;
        let mut ended = false;
        while !ended && batch.rows.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let taken = self.rows.take(&self.understanding);
            let (taken, length) = taken.map_err(|error| ImportError::File {
                path: self.path.clone(),
                error,
            })?;
            self.taken += u64::from(length > 0);
            self.taken_bytes += u64::from(length);
            match taken {
                Taken::Row(row) => {
                    bytes += length as usize;
                    batch.rows.push(*row);
                }
                Taken::LeftOut {
                    line,
                    last_line,
                    reason,
                } => self.reject(line, last_line, reason)?,
                Taken::End => ended = true,
            }
        }
        (batch.done, batch.bytes) = (self.taken, self.taken_bytes);
        Ok((batch, ended))
    }

    /// The rows whose cases are not there yet.
    fn without_known(&mut self, rows: Vec<Incoming>) -> Result<Vec<Incoming>, Ending> {
        let space = self.decider.space();
        let keys = rows
            .iter()
            .map(|row| vec![space.as_str().into(), row.key.as_str().into()])
            .collect();
        let held: Vec<Option<HeldClaim>> = self
            .runtime
            .block_on(self.app.store.records(keys))
            .map_err(AppError::from)?;
        if held.iter().all(Option::is_none) {
            // From here on the rows are new: asking would be in vain.
            self.known = 0;
        }
        let mut fresh = Vec::new();
        for (row, held) in rows.into_iter().zip(held) {
            match held {
                Some(held) => self.held(&row, &held.holds)?,
                None => fresh.push(row),
            }
        }
        Ok(fresh)
    }

    /// Counts a row that was imported before; one that has changed since is not taken for it.
    fn held(&mut self, row: &Incoming, holds: &Json) -> Result<(), Ending> {
        let held: HeldRow = holds.to().map_err(|fault| damaged("claim of a row", fault))?;
        if held.content == row.content {
            self.progress.already += 1;
            self.count(row);
            return Ok(());
        }
        let case = held.case;
        let refusal = Refusal::invalid(
            "changed_since_import",
            Field::ExternalId.name(),
            format!("同一编号已导入为案件 {case}，但内容不同；原案件保持不变，请在系统中更正"),
            format!(
                "a row of this id, but with other content, is case {case} already: it stays as it is, correct it there"
            ),
        );
        self.reject(row.line, row.line, refusal)
    }

    /// Decides the rows of a batch. Those that are refused are left out.
    fn decide(&mut self, batch: &mut Batch) -> Result<(), Ending> {
        batch.sets.reserve(batch.rows.len() + 1);
        for row in std::mem::take(&mut batch.rows) {
            match self.decider.decide(&row, batch.attempt) {
                Ok(set) => {
                    batch.sets.push(set);
                    batch.rows.push(row);
                }
                Err(AppError::Refused(refusal)) => self.reject(row.line, row.line, refusal)?,
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// Begins to commit rows, and with them what is certain of the run so far.
    fn commit(&self, mut batch: Batch) -> Committing {
        let mut sets = std::mem::take(&mut batch.sets);
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let record = ImportRow {
            id: self.id.clone(),
            source: self.understanding.mapping.source.clone(),
            file: name_of(&self.path),
            at: self.began_at,
            done: number(self.done),
            imported: number(self.progress.imported),
            rejected: number(self.progress.rejected),
            already: number(self.progress.already),
        };
        sets.push(ChangeSet::new().write(Write::put(&record, Expect::Any)));
        let store = Arc::clone(&self.app.store);
        let answers = self.runtime.spawn(async move { store.commit_all(sets).await });
        Committing { batch, answers }
    }

    /// Waits for a commit and takes note of what became of each row.
    fn settle(&mut self, committing: Committing) -> Result<(), Ending> {
        let Committing { batch, answers } = committing;
        let answers = self
            .runtime
            .block_on(answers)
            .map_err(|fault| AppError::Internal(fault.to_string()))?;
        let (mut unlucky, mut held_before, count) = (Vec::new(), 0, batch.rows.len());
        for (row, answer) in batch.rows.into_iter().zip(answers) {
            match answer {
                Ok(_) => {
                    self.progress.imported += 1;
                    self.count(&row);
                }
                Err(CommitError::Duplicate { held, .. }) => {
                    held_before += 1;
                    self.held(&row, &held)?;
                }
                Err(CommitError::Conflict { .. }) => unlucky.push(row),
                Err(CommitError::Unavailable(fault)) => return Err(AppError::Unavailable(fault).into()),
                Err(CommitError::Invalid(fault)) => {
                    let zh = format!("该行无法保存：{fault}");
                    let refusal = Refusal::new(RefusalKind::Invalid, "not_storable", zh, fault.to_string());
                    self.reject(row.line, row.line, refusal)?;
                }
            }
        }
        // One surprise rarely comes alone: asking first is cheaper than being refused.
        if held_before * 2 > count {
            self.known = u64::MAX;
        }
        if !unlucky.is_empty() {
            self.number_again(unlucky, batch.attempt + 1)?;
        }
        self.done = self.done.max(batch.done);
        self.progress.bytes = self.progress.bytes.max(batch.bytes);
        self.tell(ImportNews::Progress(self.progress))
    }

    /// Gives other numbers to cases whose numbers are taken.
    fn number_again(&mut self, rows: Vec<Incoming>, attempt: u32) -> Result<(), Ending> {
        if attempt < ATTEMPTS {
            let mut batch = Batch {
                rows,
                attempt,
                ..Batch::default()
            };
            self.decide(&mut batch)?;
            let committing = self.commit(batch);
            return self.settle(committing);
        }
        for row in rows {
            let refusal = Refusal::new(
                RefusalKind::NotNow,
                "no_free_number",
                "同一时刻的案件过多，编号已用尽，请再次导入",
                "too many cases of one moment, no number is free: import again",
            );
            self.reject(row.line, row.line, refusal)?;
        }
        Ok(())
    }

    /// Counts what a row that is a case adds to the figures.
    fn count(&mut self, row: &Incoming) {
        self.days_without_hour += row.days_only();
        if let Some(seconds) = row.delay() {
            self.replies += 1;
            self.delays.add(seconds);
        }
    }

    fn reject(&mut self, line: u32, last_line: u32, reason: Refusal) -> Result<(), Ending> {
        self.progress.rejected += 1;
        self.tell(ImportNews::Rejected(ImportReject {
            line,
            last_line,
            reason,
        }))
    }

    fn tell(&self, news: ImportNews) -> Result<(), Ending> {
        self.news.blocking_send(news).map_err(|_| Ending::Unheard)
    }
}

/// Tells one reading from another (by the mapping, the length of the file and how it begins), and the file's length.
fn identity(mapping: &Mapping, path: &Path) -> io::Result<(String, u64)> {
    const BEGINNING: u64 = 64 * 1024;
    let file = File::open(path)?;
    let total = file.metadata()?.len();
    let mut beginning = Vec::new();
    file.take(BEGINNING).read_to_end(&mut beginning)?;
    let hash = Sha256::new()
        .chain_update(&mapping.hash)
        .chain_update(total.to_le_bytes())
        .chain_update(&beginning);
    Ok((hex(&hash.finalize()), total))
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The offset of the place in which the rows lie.
fn usual_offset(mapping: &Mapping, rules: &Rules) -> Offset {
    let area: Option<UnitCode> = mapping
        .defaults
        .get(&Field::Area)
        .and_then(|area| area.value.parse().ok());
    let own = area
        .and_then(|area| rules.of(area.district()).ok())
        .map(|rules| &rules.model);
    own.or_else(|| rules.models.values().next())
        .map_or(Offset::UTC, |model| model.work_time.offset)
}
