//! What an error of SQLite means for whoever waits.

use std::time::Duration;

use quanyu_store::change::Invalid;
use quanyu_store::{CommitError, StoreError, Unavailable};
use rusqlite::ErrorCode;

/// Why a change set, or the whole transaction around it, did not go through.
#[derive(Debug)]
pub(crate) enum Fault {
    /// This set alone is refused; the others of its transaction can still be committed.
    Refused(CommitError),
    /// The engine failed: nothing of the transaction is committed.
    Engine(Unavailable),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        match error.sqlite_error_code() {
            // Rows are checked against their tables before they come here, so these are values that only SQLite itself
            // can judge (longer than a billion bytes).
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
                Fault::Refused(Invalid::new("change set", error.to_string()).into())
            }
            _ => Fault::Engine(unavailable(&error)),
        }
    }
}

/// The operator's sentence for an engine failure.
pub(crate) fn unavailable(error: &rusqlite::Error) -> Unavailable {
    let (what, seconds) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (
            "the disk is full or the database has reached its quota; free some space",
            10,
        ),
        Some(ErrorCode::SystemIoFailure) => ("the disk does not read or write; look at the system's log", 10),
        Some(ErrorCode::OutOfMemory) => ("memory has run out", 5),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ("the database file is damaged; restore the last backup", 60)
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ("another program holds the database", 1),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ("the database file cannot be written; look at its owner and rights", 10)
        }
        _ => ("SQLite failed", 5),
    };
    Unavailable {
        reason: format!("{what} ({error})"),
        retry_after: Duration::from_secs(seconds),
    }
}

/// The answer after [`quanyu_store::Store::close`], or when the writer's thread has died.
pub(crate) fn closed() -> Unavailable {
    Unavailable {
        reason: "the store is closed".to_owned(),
        retry_after: Duration::from_secs(5),
    }
}

/// A failed read.
pub(crate) fn read_failure(error: &rusqlite::Error) -> StoreError {
    unavailable(error).into()
}
