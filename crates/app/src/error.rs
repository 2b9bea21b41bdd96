//! Why the application does not do what was asked.

use jiff::Timestamp;
use quanyu_domain::refusal::Refusal;
use quanyu_store::{CommitError, Json, StoreError, store::Unavailable};

/// What went wrong.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppError {
    /// The domain says no, and says why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The record has changed since the caller saw it.
    #[error("the record has version {current} now, not the one that was seen: read it again and decide again")]
    Stale {
        /// Its version now.
        current: i64,
    },
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request: use a new one")]
    KeyReused,
    /// Nobody is signed in, or not with these credentials.
    #[error("sign in first")]
    Unauthenticated,
    /// The password is right, and the account has a second factor: its code is asked for.
    #[error("the code of the second factor is needed")]
    CodeNeeded,
    /// The account is locked for a while.
    #[error("too many wrong passwords: the account is locked until {until}")]
    Locked {
        /// Until when.
        until: Timestamp,
    },
    /// The store cannot do it now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine does not do this; the sentence names what to use instead.
    #[error("{0}")]
    Unsupported(String),
    /// Something stored does not fit, or the program made a mistake. The details are for the log.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<StoreError> for AppError {
    fn from(fault: StoreError) -> Self {
        match fault {
            StoreError::Unavailable(fault) => Self::Unavailable(fault),
            StoreError::Unsupported(what) => Self::Unsupported(what),
            other => Self::Internal(other.to_string()),
        }
    }
}

/// What a commit that did not succeed means to a use case.
pub(crate) enum Failed {
    /// Read again and decide again.
    Conflict,
    /// A claim is held, and this is what the holder wrote.
    Held(String, Json),
    /// It cannot succeed.
    Fatal(AppError),
}

impl From<CommitError> for Failed {
    fn from(fault: CommitError) -> Self {
        match fault {
            CommitError::Conflict { .. } => Self::Conflict,
            CommitError::Duplicate { space, held, .. } => Self::Held(space, held),
            CommitError::Unavailable(fault) => Self::Fatal(AppError::Unavailable(fault)),
            CommitError::Invalid(fault) => Self::Fatal(AppError::Internal(fault.to_string())),
        }
    }
}

/// A stored value that does not read back.
pub(crate) fn damaged(what: &str, fault: impl std::fmt::Display) -> AppError {
    AppError::Internal(format!("{what}: {fault}"))
}
