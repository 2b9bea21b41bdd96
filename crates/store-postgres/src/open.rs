//! How a database is reached.

use std::time::Duration;

use quanyu_store::schema::SchemaFault;
use tokio_postgres::Client;

use crate::tls::{self, Way};

impl OpenError {
    /// Whether the same may go through in a moment.
    pub(crate) fn passes(&self) -> bool {
        match self {
            OpenError::Starting => true,
            OpenError::Server(error) => crate::fault::passes(error),
            _ => false,
        }
    }
}

/// How the engine uses the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The PostgreSQL schema that holds the tables; made when it is missing.
    pub namespace: String,
    /// How many questions are asked at the same time, each on a connection. One more connection commits and listens.
    pub connections: usize,
    /// How long a question waits for a connection before it is told that all are busy.
    pub patience: Duration,
    /// Whether nobody else may have the database open meanwhile: for commands that make everything anew.
    pub alone: bool,
    /// How many change sets share a transaction at most; one larger batch still goes as one.
    pub group: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            namespace: "quanyu".to_owned(),
            connections: 8,
            patience: Duration::from_secs(5),
            alone: false,
            group: 256,
        }
    }
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is malformed.
    #[error("数据库地址有误 the database address is not one PostgreSQL understands: {}", crate::fault::sentence(.0))]
    Address(tokio_postgres::Error),
    /// The address can be read in two ways.
    #[error("in user, password and parameters of the database address write `?` as %3F and `@` as %40")]
    Credentials,
    /// The address asks for an encryption that there is not.
    #[error("数据库地址有误 sslmode={0} is not known: write disable, prefer, require, verify-ca or verify-full")]
    SslMode(String),
    /// The roots that are to be trusted cannot be read.
    #[error("证书无法使用 the certificates that the database is to be known by: {what}")]
    Certificates {
        /// What is wrong, and with which file.
        what: String,
    },
    /// The namespace is not a plain name.
    #[error("{0:?} cannot be a namespace: use lower-case letters, digits and _, at most 40, a letter first")]
    Namespace(String),
    /// There is no way from the stored schema to the declared one.
    #[error("数据库结构版本不符 {0}")]
    Schema(#[from] SchemaFault),
    /// A table has other columns than declared, though the schema version is the same.
    #[error(
        "数据表结构不符 table {table}: the database has [{stored}] where this program declares [{declared}]; a migration is missing"
    )]
    OtherColumns {
        /// The table.
        table: &'static str,
        /// Columns found only there, or differently.
        stored: String,
        /// Columns declared only here, or differently.
        declared: String,
    },
    /// A migration adds a column that the schema does not declare.
    #[error("a migration adds {table}.{column}, which the schema does not declare")]
    UnknownColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Others have the database open, and must not.
    #[error(
        "数据库正被其他程序使用，请先停止它们 other servers or commands work on this database: stop them first ({what})"
    )]
    InUse {
        /// What needs it alone.
        what: &'static str,
    },
    /// Another server or command makes it what it must be, and takes long.
    #[error(
        "其他程序正在升级数据库，请稍后再启动 another server or command is just bringing the database up to date: start this one again when that is done"
    )]
    Starting,
    /// The user lacks a right, and nothing was changed.
    #[error("{lacks}: {remedy}")]
    Right {
        /// Which, and what for.
        lacks: String,
        /// What an administrator runs to give it.
        remedy: String,
    },
    /// The copy that an earlier upgrade made is still there, under the name of the next one.
    #[error(
        "存在以前升级留下的模式 {0} the schema {0} is left from an earlier upgrade, and the next one needs its name: rename it \
         (ALTER SCHEMA {0} RENAME TO …) or drop it (DROP SCHEMA {0} CASCADE), and start again"
    )]
    LeftOver(String),
    /// Somebody has changed what only the program writes.
    #[error(
        "数据库已损坏 the table {table} has {rows} rows where it has exactly one, which the program itself never changes: restore \
         the last backup"
    )]
    Damaged {
        /// The table.
        table: String,
        /// How many rows it has.
        rows: i64,
    },
    /// There is nothing to read yet.
    #[error(
        "数据库为空，请先运行 quanyu init 或 quanyu move the database is empty: fill it with `quanyu init` or `quanyu move` first"
    )]
    Empty,
    /// It must be brought up to date before it is read.
    #[error(
        "数据库由旧版程序写入，请先启动一次服务以升级 the database was written by an older program: start a server on it once, which brings it up to date"
    )]
    Older,
    /// The database cannot hold every text.
    #[error(
        "数据库编码必须为 UTF8 the database is encoded in {0}; texts need UTF8: make another with createdb --encoding UTF8 --template template0 NAME"
    )]
    Encoding(String),
    /// The server is older than what the statements need.
    #[error("PostgreSQL 版本过低 the server is PostgreSQL {0}; version 13 or a newer one is needed")]
    TooOld(String),
    /// The server cannot be reached, or refuses.
    #[error("{}", crate::fault::unavailable(.0).reason)]
    Server(#[from] tokio_postgres::Error),
}

/// What holds for every connection. Every question goes along a key or an index that gives its order, which a planner that
/// knows a table only from when it was empty must be told; and nothing may hang: a server that was cut off in the middle of
/// a transaction gives the head's lock back when the database notices, or after the idle time, which one that stands still
/// keeps everybody waiting for. Between two statements of a transaction a server does what it has in memory: 5 seconds are a
/// thousand times that, and what is lost with a connection that was given up is answered with 503 and lost to nobody.
const SESSION: [(&str, &str); 15] = [
    ("timezone", "UTC"),
    ("client_min_messages", "warning"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_sort", "off"),
    ("enable_incremental_sort", "off"),
    ("jit", "off"),
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("tcp_keepalives_idle", "3"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "2"),
];

/// What holds whatever a user, a database or an address is set to. Servers are judged one after another under the lock of the
/// head, and each must read what the one before it has committed while it waited: a stricter isolation shows it what was
/// there when it began to wait, and refuses it.
const PINNED: [(&str, &str); 1] = [("default_transaction_isolation", "read\\ committed")];

/// How the connection that commits is set, which depends on the server.
///
/// Long values are packed by the faster of two ways where the server was built with it: the usual one costs more than
/// everything else that is done for a row of two kilobytes and more.
///
/// What is acknowledged is on disk here and, where there are synchronous standbys, there: `off`, `local` and `remote_write`
/// can each lose it, and without such standbys the last two gain nothing. What waits for more stays. It is set even to what
/// it is, so that it does not change with the server's configuration.
///
/// And a server that stands still, though its machine holds its connections, does not keep what it leads: it is known by
/// [`HEARTBEAT`], where the server can tell (14 and newer).
pub(crate) const COMMITS: &str = "
    SELECT set_config(name, 'lz4', false) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals);
    SELECT set_config(name, CASE setting WHEN 'remote_apply' THEN setting ELSE 'on' END, false)
    FROM pg_settings WHERE name = 'synchronous_commit';
    SELECT set_config(name, '10s', false) FROM pg_settings WHERE name = 'idle_session_timeout'";

/// How often the connection that commits is heard of, at least.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(2);

/// The connection settings for an address: names without a schema mean the namespace's, and the server's list of
/// connections shows whose they are.
pub(crate) fn config(address: &str, namespace: &str) -> Result<Way, OpenError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let named = namespace.len() <= 40 && namespace.starts_with(|first: char| first.is_ascii_lowercase());
    if !named || !namespace.bytes().all(plain) {
        return Err(OpenError::Namespace(namespace.to_owned()));
    }
    let mut way = tls::way(address)?;
    let config = &mut way.config;
    let mut settings = String::new();
    for (name, value) in SESSION {
        settings.push_str(&format!(" -c {name}={value}"));
    }
    // What the address says goes before what is usual.
    if let Some(said) = config.get_options() {
        settings.push_str(&format!(" {said}"));
    }
    for (name, value) in PINNED {
        settings.push_str(&format!(" -c {name}={value}"));
    }
    settings.push_str(&format!(" -c search_path={namespace}"));
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    config
        .keepalives_idle(Duration::from_secs(3))
        .keepalives_interval(Duration::from_secs(2))
        .keepalives_retries(2)
        .tcp_user_timeout(Duration::from_secs(10))
        .options(settings.trim_start())
        .application_name(format!("quanyu/{namespace}"));
    Ok(way)
}

/// Refuses a database that cannot hold what is to be stored, before anything is made in it. Its collation is no matter:
/// every text column has its own.
pub(crate) async fn check_server(client: &Client) -> Result<(), OpenError> {
    let asked = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
                 current_setting('server_encoding')";
    let row = client.query_one(asked, &[]).await?;
    if row.get::<_, i32>(0) < 130_000 {
        return Err(OpenError::TooOld(row.get(1)));
    }
    match row.get::<_, String>(2).as_str() {
        "UTF8" => Ok(()),
        other => Err(OpenError::Encoding(other.to_owned())),
    }
}

/// Warns of a server that may lose what it has acknowledged, which is nobody's to forbid: a trial may want it so.
pub(crate) async fn warn_of_losses(client: &Client) -> Result<(), OpenError> {
    let asked = "SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings
                 WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'";
    if let Some(off) = client.query_one(asked, &[]).await?.get::<_, Option<String>>(0) {
        tracing::warn!(
            "数据库服务器已关闭 {off}，断电可能丢失或损坏数据 the database server has {off} switched off: a power cut may lose or \
             damage what was acknowledged; switch it on in postgresql.conf"
        );
    }
    Ok(())
}
