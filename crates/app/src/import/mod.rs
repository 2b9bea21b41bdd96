//! Import (导入): records from elsewhere become cases, once each, with their own times.
//!
//! A mapping says what a file's columns mean ([`Mapping`]). Each row goes through the same decisions as a case that is
//! taken in here: filed at its own time, then replied to at the time of the reply, or sent to the unit that is at work on
//! it with the time that is left. Both are committed together with a claim on the row, so that a row that was imported is
//! imported never again, whoever reads the file, however often, and wherever an earlier reading stopped.
//!
//! Memory does not grow with the file: rows go in batches, one being decided while those before are committed. They go
//! in the order of their times, not of the file: numbers follow the time, and a store that is filled in the order of its
//! keys writes a third of what it would write otherwise. A row that is wrong is told of and left out; the others go in.

mod decide;
mod delays;
mod mapping;
mod order;
mod record;
mod rows;
mod run;
mod times;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanyu_domain::refusal::Refusal;
use serde::Serialize;
use tokio::sync::mpsc;

pub use delays::{Delays, ReplyDays};
pub use mapping::{Field, Mapping, MappingError};
pub use rows::{Encoding, MAX_ROW_BYTES};

use crate::App;
use crate::error::AppError;

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportSummary {
    /// Rows that became cases now.
    pub imported: u64,
    /// Rows that were wrong and were left out.
    pub rejected: u64,
    /// Rows whose cases had been there before.
    pub already: u64,
    /// How long replies took, over the rows that have one and are cases now; `None` where none has.
    pub reply_days: Option<ReplyDays>,
    /// How many rows these figures are about.
    pub replies: u64,
    /// How many times of these rows name a day and no hour. They count as its beginning; a reply on the day of the
    /// question as given at once.
    pub days_without_hour: u64,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportReject {
    /// The line on which it begins; the first line of the file is 1.
    pub line: u32,
    /// The last line that was left out with it.
    pub last_line: u32,
    /// Why: a code, the field at fault, and words in both languages.
    #[serde(flatten)]
    pub reason: Refusal,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ImportProgress {
    /// Bytes of the file that are done.
    pub bytes: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Rows that became cases now, on disk.
    pub imported: u64,
    /// Rows that were left out.
    pub rejected: u64,
    /// Rows whose cases had been there before.
    pub already: u64,
}

/// What an import tells while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportNews {
    /// How far it has come; after every batch.
    Progress(ImportProgress),
    /// A row that was left out.
    Rejected(ImportReject),
}

/// Why an import came to an end before the file did. What is in stays in; run again, it goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The mapping is wrong, or does not fit the file or the rules in force.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The file cannot be read.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file has no row to begin with.
    #[error("{}: {zh} / {en}", .path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// Whoever was told of the progress could not take it.
    #[error("the import was stopped, because its report cannot be written: {0}")]
    Report(io::Error),
    /// The application cannot go on.
    #[error(transparent)]
    App(#[from] AppError),
}

/// News that wait to be told.
const NEWS_WAITING: usize = 64;

impl App {
    /// Imports a file.
    ///
    /// `tell` is told of every row that is left out, and of the progress; an error from it stops the import. A future that is dropped stops it too, after the batch in hand.
    ///
    /// # Errors
    /// When the mapping does not fit, the file cannot be read, or the store does not take anything now.
    pub async fn import_cases(
        self: &Arc<Self>,
        mapping: &Mapping,
        path: &Path,
        mut tell: impl FnMut(ImportNews) -> io::Result<()> + Send,
    ) -> Result<ImportSummary, ImportError> {
        let (news, mut heard) = mpsc::channel(NEWS_WAITING);
        let (app, mapping, path) = (Arc::clone(self), Arc::new(mapping.clone()), path.to_owned());
        let runtime = tokio::runtime::Handle::current();
        // Reading and deciding keep a processor busy: they get a thread of their own.
        let run = tokio::task::spawn_blocking(move || run::Run::open(app, mapping, path, runtime, news)?.run());
        let mut told = Ok(());
        while let Some(news) = heard.recv().await {
            told = tell(news);
            if told.is_err() {
                // Nobody listens any more: the run stops where it is.
                drop(heard);
                break;
            }
        }
        let summary = match run.await {
            Ok(summary) => summary,
            Err(stopped) => match stopped.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(AppError::Internal("the import was cancelled".into()).into()),
            },
        };
        told.map_err(ImportError::Report)?;
        summary
    }
}
