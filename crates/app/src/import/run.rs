//! One reading of one file, on a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
use super::mapping::{Field, Layout, Mapping};
use super::record::{Incoming, Understanding};
use super::rows::{BrokenRow, Flaw, MAX_ROW_BYTES, Next, Rows};
use super::times::TimeFormats;
use super::{ImportError, ImportNews, ImportProgress, ImportReject, ImportSummary};
use crate::App;
use crate::error::{AppError, damaged};
use crate::rules::Rules;
use crate::tables::ImportRow;
use crate::vault::hex;

/// Most rows that are committed at once …
const BATCH_ROWS: usize = 1_000;
/// … and most bytes of text.
const BATCH_BYTES: usize = 4 << 20;
/// How often a case gets another number when the one it got is taken.
const ATTEMPTS: u32 = 8;

/// Rows being committed, and what will be said of each.
struct Committing {
    rows: Vec<Incoming>,
    answers: JoinHandle<Vec<Result<Receipt, CommitError>>>,
    attempt: u32,
    /// Where the rows behind them begin.
    offset: u64,
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
    rows: Rows<File>,
    /// A row was read that belongs to the next batch.
    ahead: bool,
    runtime: Handle,
    news: Sender<ImportNews>,
    /// Which reading of which file this is.
    id: String,
    /// Before this place rows have probably been imported: whether they have is asked before they are decided.
    known_below: u64,
    /// What lies before this place is done.
    done_below: u64,
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
        let unreadable = |error| ImportError::File {
            path: path.clone(),
            error,
        };
        let file = File::open(&path).map_err(unreadable)?;
        let total = file.metadata().map_err(unreadable)?.len();
        let id = identity(&mapping, &file, total).map_err(unreadable)?;
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
        let mut rows = Rows::new(file, mapping.encoding, mapping.delimiter);
        let layout = begin(&mut rows, &mapping, &path)?;
        let known = runtime
            .block_on(app.store.record::<ImportRow>(vec![id.as_str().into()]))
            .map_err(AppError::from)?;
        Ok(Self {
            app,
            decider,
            ahead: !mapping.header,
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
            known_below: known.map_or(0, |known| u64::try_from(known.offset).unwrap_or(0)),
            done_below: 0,
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

    /// Reads and decides one batch while the one before is committed.
    fn batches(&mut self) -> Result<(), Ending> {
        let mut committing: Option<Committing> = None;
        loop {
            let begins = self.rows.offset();
            let (mut batch, ended) = self.read()?;
            if begins < self.known_below {
                batch = self.without_known(batch)?;
            }
            let decided = self.decide(batch, 0)?;
            if let Some(before) = committing.take() {
                self.settle(before)?;
            }
            committing = Some(self.commit(decided, 0));
            if ended {
                break;
            }
        }
        if let Some(last) = committing {
            self.settle(last)?;
        }
        // The last batch is on disk: now it may be said.
        let last = self.commit(Decided::default(), 0);
        self.settle(last)
    }

    /// The next rows, and whether they are the last.
    fn read(&mut self) -> Result<(Vec<Incoming>, bool), Ending> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let next = if std::mem::take(&mut self.ahead) {
                Ok(Next::Row)
            } else {
                self.rows.read()
            };
            self.progress.bytes = self.rows.bytes_read();
            match next.map_err(|error| ImportError::File {
                path: self.path.clone(),
                error,
            })? {
                Next::End => return Ok((batch, true)),
                Next::Broken(broken) => self.reject(broken.line, broken.last_line, flawed(&broken))?,
                Next::Row => match self.understanding.read(self.rows.row()) {
                    Ok(row) => {
                        bytes += row.bytes();
                        batch.push(row);
                    }
                    Err(refusal) => self.reject(self.rows.row().line, self.rows.row().line, refusal)?,
                },
            }
        }
        Ok((batch, false))
    }

    /// The rows whose cases are not there yet.
    fn without_known(&mut self, batch: Vec<Incoming>) -> Result<Vec<Incoming>, Ending> {
        let space = self.decider.space();
        let keys = batch
            .iter()
            .map(|row| vec![space.as_str().into(), row.key.as_str().into()])
            .collect();
        let held = self
            .runtime
            .block_on(self.app.store.records::<HeldClaim>(keys))
            .map_err(AppError::from)?;
        if held.iter().all(Option::is_none) {
            // From here on the rows are new: asking would be in vain.
            self.known_below = 0;
        }
        let mut fresh = Vec::new();
        for (row, held) in batch.into_iter().zip(held) {
            match held {
                Some(held) => self.known(&row, &held.holds)?,
                None => fresh.push(row),
            }
        }
        Ok(fresh)
    }

    /// Counts a row that was imported before; one that has changed since is not taken for it.
    fn known(&mut self, row: &Incoming, held: &Json) -> Result<(), Ending> {
        let held: HeldRow = held.to().map_err(|fault| damaged("claim of a row", fault))?;
        if held.content == row.content {
            self.progress.already += 1;
            self.count(row);
            return Ok(());
        }
        let refusal = Refusal::invalid(
            "changed_since_import",
            Field::ExternalId.name(),
            format!(
                "同一编号已导入为案件 {}，但内容不同；原案件保持不变，请在系统中更正",
                held.case
            ),
            format!(
                "a row of this id, but with other content, is case {} already: it stays as it is, correct it there",
                held.case
            ),
        );
        self.reject(row.line, row.line, refusal)
    }

    fn decide(&mut self, batch: Vec<Incoming>, attempt: u32) -> Result<Decided, Ending> {
        let mut decided = Decided::default();
        for row in batch {
            match self.decider.decide(&row, attempt) {
                Ok(set) => {
                    decided.sets.push(set);
                    decided.rows.push(row);
                }
                Err(AppError::Refused(refusal)) => self.reject(row.line, row.line, refusal)?,
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(decided)
    }

    /// Begins to commit rows, and with them what is certain of the run so far.
    fn commit(&self, decided: Decided, attempt: u32) -> Committing {
        let Decided { rows, mut sets } = decided;
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let ImportProgress {
            imported,
            rejected,
            already,
            ..
        } = self.progress;
        let record = ImportRow {
            id: self.id.clone(),
            offset: number(self.done_below),
            rows: number(imported + rejected + already),
            imported: number(imported),
            rejected: number(rejected),
            already: number(already),
        };
        sets.push(ChangeSet::new().write(Write::put(&record, Expect::Any)));
        let store = Arc::clone(&self.app.store);
        let answers = self.runtime.spawn(async move { store.commit_all(sets).await });
        Committing {
            rows,
            answers,
            attempt,
            offset: self.rows.offset(),
        }
    }

    /// Waits for a commit and takes note of what became of each row.
    fn settle(&mut self, committing: Committing) -> Result<(), Ending> {
        let Committing {
            rows,
            answers,
            attempt,
            offset,
        } = committing;
        let answers = self
            .runtime
            .block_on(answers)
            .map_err(|fault| AppError::Internal(fault.to_string()))?;
        let (mut taken, mut held_before, count) = (Vec::new(), 0, rows.len());
        for (row, answer) in rows.into_iter().zip(answers) {
            match answer {
                Ok(_) => {
                    self.progress.imported += 1;
                    self.count(&row);
                }
                Err(CommitError::Duplicate { held, .. }) => {
                    held_before += 1;
                    self.known(&row, &held)?;
                }
                Err(CommitError::Conflict { .. }) => taken.push(row),
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
            self.known_below = u64::MAX;
        }
        if !taken.is_empty() {
            self.number_again(taken, attempt + 1)?;
        }
        self.done_below = offset;
        self.tell(ImportNews::Progress(self.progress))
    }

    /// Gives other numbers to cases whose numbers are taken.
    fn number_again(&mut self, rows: Vec<Incoming>, attempt: u32) -> Result<(), Ending> {
        if attempt < ATTEMPTS {
            let decided = self.decide(rows, attempt)?;
            let committing = Committing {
                offset: self.done_below,
                ..self.commit(decided, attempt)
            };
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

    fn reject(&mut self, line: u64, last_line: u64, reason: Refusal) -> Result<(), Ending> {
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

/// Rows, and the change set of each.
#[derive(Default)]
struct Decided {
    rows: Vec<Incoming>,
    sets: Vec<ChangeSet>,
}

/// Reads the first row: the header, or in a file without one the first row of data, which is then still to be taken.
fn begin(rows: &mut Rows<File>, mapping: &Mapping, path: &Path) -> Result<Layout, ImportError> {
    let unfit = |zh: &str, en: &str| ImportError::Header {
        path: path.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    match rows.read().map_err(|error| ImportError::File {
        path: path.to_owned(),
        error,
    })? {
        Next::Row => {}
        Next::End => return Err(unfit("文件是空的", "the file is empty")),
        Next::Broken(BrokenRow {
            flaw: Flaw::Characters, ..
        }) => {
            return Err(unfit(
                "首行不是所写的编码，请改映射的 file.encoding（utf-8 或 gb18030）",
                "the first row is not in the encoding given: change the mapping's file.encoding (utf-8 or gb18030)",
            ));
        }
        Next::Broken(_) => {
            return Err(unfit(
                "首行无法识别，请检查引号和 file.delimiter",
                "the first row cannot be taken apart: check its quotation marks and the mapping's file.delimiter",
            ));
        }
    }
    let header: Vec<&str> = rows.row().fields().collect();
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let layout = mapping.layout(&name, &header)?;
    let columns = header.len();
    rows.expect_fields(columns);
    Ok(layout)
}

/// Tells one reading from another: the mapping, the length of the file and how it begins.
fn identity(mapping: &Mapping, file: &File, total: u64) -> io::Result<String> {
    const BEGINNING: u64 = 64 * 1024;
    let mut beginning = Vec::new();
    let mut file = file.try_clone()?;
    (&mut file).take(BEGINNING).read_to_end(&mut beginning)?;
    io::Seek::rewind(&mut file)?;
    let hash = Sha256::new()
        .chain_update(&mapping.hash)
        .chain_update(total.to_le_bytes())
        .chain_update(&beginning);
    Ok(hex(&hash.finalize()))
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

fn flawed(broken: &BrokenRow) -> Refusal {
    let (code, zh, en) = match broken.flaw {
        Flaw::Fields { found, wanted } => (
            "wrong_number_of_fields",
            format!("该行有 {found} 列，应有 {wanted} 列"),
            format!("the row has {found} fields where the header has {wanted}"),
        ),
        Flaw::Quotes => (
            "broken_quotes",
            "引号不成对：字段内的引号须写两次".to_owned(),
            "quotation marks do not match: inside a quoted field each is written twice".to_owned(),
        ),
        Flaw::Long => (
            "row_too_long",
            format!("该行超过 {} KB", MAX_ROW_BYTES / 1024),
            format!("the row has more than {} kB", MAX_ROW_BYTES / 1024),
        ),
        Flaw::Characters => (
            "not_in_encoding",
            "该行含有不属于所写编码的字节".to_owned(),
            "the row holds bytes that are no characters in the encoding given".to_owned(),
        ),
    };
    Refusal::new(RefusalKind::Invalid, code, zh, en)
}
