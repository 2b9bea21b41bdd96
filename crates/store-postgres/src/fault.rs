//! What an error of PostgreSQL means for whoever waits.

use std::time::Duration;

use deadpool_postgres::PoolError;
use quanyu_store::change::Invalid;
use quanyu_store::{CommitError, Unavailable};
use tokio_postgres::error::SqlState;

/// Why a change set, or the whole transaction around it, did not go through.
#[derive(Debug)]
pub(crate) enum Fault {
    /// This set alone is refused; the others of its transaction can still be committed.
    Refused(CommitError),
    /// The engine failed: nothing of the transaction is committed.
    Engine(Unavailable),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Fault {
        // Rows are checked against their tables before they come here, so these are values that only PostgreSQL itself
        // can judge (longer than a gigabyte). Without savepoints later statements then say that the transaction is
        // aborted, which is a refusal of one of its sets as well.
        let of_one_set = error.code().is_some_and(|code| {
            *code == SqlState::IN_FAILED_SQL_TRANSACTION || matches!(code.code().get(..2), Some("22" | "23" | "54"))
        });
        if of_one_set {
            Fault::Refused(Invalid::new("change set", sentence(&error)).into())
        } else {
            Fault::Engine(unavailable(&error))
        }
    }
}

impl From<Unavailable> for Fault {
    fn from(unavailable: Unavailable) -> Fault {
        Fault::Engine(unavailable)
    }
}

/// The operator's sentence for a failure of the server.
pub(crate) fn unavailable(error: &tokio_postgres::Error) -> Unavailable {
    let seconds = match error.code() {
        Some(code) if *code == SqlState::DISK_FULL => 10,
        Some(_) => 5,
        // No code: the connection itself was lost.
        None => 2,
    };
    Unavailable {
        reason: format!("PostgreSQL: {}", sentence(error)),
        retry_after: Duration::from_secs(seconds),
    }
}

/// The server's own message, where it sent one, or what lies beneath.
fn sentence(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(server), _) => format!("{} ({})", server.message(), server.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// No connection from the pool.
pub(crate) fn no_connection(error: &PoolError) -> Unavailable {
    match error {
        PoolError::Backend(error) => unavailable(error),
        PoolError::Closed => closed(),
        other => Unavailable {
            reason: format!("PostgreSQL: {other}"),
            retry_after: Duration::from_secs(2),
        },
    }
}

/// The answer after [`quanyu_store::Store::close`].
pub(crate) fn closed() -> Unavailable {
    Unavailable {
        reason: "the store is closed".to_owned(),
        retry_after: Duration::from_secs(5),
    }
}
