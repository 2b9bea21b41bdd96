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
        if error.is_closed() {
            return Some("连接被数据库关闭 the server ended the connection");
        }
        let source = std::error::Error::source(error);
        // Whatever else has no code was found by the program itself, over a connection that is sound.
        let out_of_reach = source.is_none_or(|source| source.is::<std::io::Error>());
        let said = error.to_string();
        return if said.starts_with("invalid configuration") || said.starts_with("authentication error") {
            Some("请检查数据库地址中的用户与密码 look at user and password of the database address")
        } else if out_of_reach && !said.starts_with("query returned") && !said.starts_with("unexpected message") {
            Some(
                "请检查数据库地址中的主机与端口 look at host and port of the database address, and whether the server runs",
            )
        } else {
            None
        };
    };
    Some(match code.code() {
        "28P01" | "28000" => {
            "请检查用户、密码与 pg_hba.conf look at user and password of the database address, and at pg_hba.conf"
        }
        "3D000" => "请先创建数据库 make it: createdb --encoding UTF8 --template template0 NAME",
        "42501" | "3F000" => {
            "权限不足 the schema and every table in it must be the user's own: ALTER SCHEMA … OWNER TO …, ALTER TABLE … OWNER TO …"
        }
        "53300" => "数据库连接数已满 let the server take more (max_connections), or each program fewer (connections)",
        "57014" => "语句超时 it took longer than a statement may",
        "25006" => {
            "数据库只读 either this server is a standby: name the primary, or both with target_session_attrs=read-write; or \
             default_transaction_read_only is switched on for the user, the database or the server: ALTER … RESET it"
        }
        "2BP01" => "请先删除依赖它的对象 drop what others built on it, start once, and make that again",
        "53100" => "数据库磁盘已满 the server's disk is full",
        "55P03" => {
            "请在 pg_stat_activity 中查找并结束占用者 somebody's open transaction or long question holds what is needed: look for it \
             in pg_stat_activity, and end it"
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
