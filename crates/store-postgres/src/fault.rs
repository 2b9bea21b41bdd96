//! What an error of PostgreSQL means for whoever waits.

use std::time::Duration;

use deadpool_postgres::{PoolError, TimeoutType};
use quanyu_store::change::Invalid;
use quanyu_store::{CommitError, Unavailable};
use tokio_postgres::error::SqlState;

/// Why a change set, or the whole transaction around it, did not go through.
#[derive(Debug)]
pub(crate) enum Fault {
    /// This set alone is refused; the others of its transaction can still be committed.
    Refused(CommitError),
    /// Another transaction stood in the way: nothing of this one is committed, and the same may go through in a moment.
    Passing(Unavailable),
    /// The engine failed: nothing of the transaction is committed.
    Engine(Unavailable),
}

impl Fault {
    /// A failure that no single set is to blame for.
    pub(crate) fn of_all(error: &tokio_postgres::Error) -> Fault {
        let unavailable = unavailable(error);
        if passes(error) {
            Fault::Passing(unavailable)
        } else {
            Fault::Engine(unavailable)
        }
    }
}

/// Whether another transaction stood in the way: serialization, a deadlock, or a lock that was not waited for any longer.
pub(crate) fn passes(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|code| matches!(code.code(), "40001" | "40P01" | "55P03"))
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Fault {
        // Rows are checked against their tables before they come here, so these are values that only PostgreSQL itself
        // can judge (longer than a gigabyte).
        let of_one_set = error
            .code()
            .is_some_and(|code| matches!(code.code().get(..2), Some("22" | "23" | "54")));
        if of_one_set {
            Fault::Refused(Invalid::new("change set", sentence(&error)).into())
        } else {
            Fault::of_all(&error)
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
    let reason = match what_helps(error) {
        Some(help) => format!("PostgreSQL: {}: {help}", sentence(error)),
        None => format!("PostgreSQL: {}", sentence(error)),
    };
    Unavailable {
        reason,
        retry_after: Duration::from_secs(seconds),
    }
}

/// What the administrator can do about it, where it is known.
fn what_helps(error: &tokio_postgres::Error) -> Option<&'static str> {
    let Some(code) = error.code() else {
        if let Some(help) = crate::tls::what_helps(error) {
            return Some(help);
        }
        return error.is_closed().then_some("the server ended the connection").or(Some(
            "look at host and port of the database address, and whether the server runs",
        ));
    };
    Some(match code.code() {
        "28P01" | "28000" => "look at user and password of the database address, and at pg_hba.conf",
        "3D000" => "make it: createdb --encoding UTF8 --template template0 NAME",
        "42501" | "3F000" => "the user must own the schema, or be allowed to make it: GRANT CREATE ON DATABASE … TO …",
        "53300" => "let the server take more (max_connections), or each program fewer (connections)",
        "57014" => "it took longer than a statement may",
        "25006" => "this server is a standby; name the primary, or both with target_session_attrs=read-write",
        "53100" => "the server's disk is full",
        "55P03" => {
            "somebody's open transaction or long question holds what is needed: look for it in pg_stat_activity, and end it"
        }
        _ => return None,
    })
}

/// The server's own message, where it sent one, or what lies beneath.
pub(crate) fn sentence(error: &tokio_postgres::Error) -> String {
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
        PoolError::Timeout(TimeoutType::Wait) => Unavailable {
            reason: "PostgreSQL: every connection of this server is busy (connections)".to_owned(),
            retry_after: Duration::from_secs(1),
        },
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
