//! How a database is reached.

use std::time::Duration;

use quanyu_store::schema::SchemaFault;
use tokio_postgres::Client;

use crate::tls::{self, Way};

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
    #[error("the database address is not one PostgreSQL understands: {0}")]
    Address(tokio_postgres::Error),
    /// The address can be read in two ways.
    #[error("in user, password and parameters of the database address write `?` as %3F and `@` as %40")]
    Credentials,
    /// The address asks for an encryption that there is not.
    #[error("sslmode={0} is not known: write disable, prefer, require, verify-ca or verify-full")]
    SslMode(String),
    /// The roots that are to be trusted cannot be read.
    #[error("the certificates that the database is to be known by: {what}")]
    Certificates {
        /// What is wrong, and with which file.
        what: String,
    },
    /// The namespace is not a plain name.
    #[error("{0:?} cannot be a namespace: use lower-case letters, digits and _, at most 40, a letter first")]
    Namespace(String),
    /// There is no way from the stored schema to the declared one.
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    /// A table has other columns than declared, though the schema version is the same.
    #[error(
        "table {table}: the database has [{stored}] where this program declares [{declared}]; a migration is missing"
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
    #[error("other servers or commands work on this database: stop them first ({what})")]
    InUse {
        /// What needs it alone.
        what: &'static str,
    },
    /// There is nothing to read yet.
    #[error("the database is empty: fill it with `quanyu init` or `quanyu move` first")]
    Empty,
    /// It must be brought up to date before it is read.
    #[error("the database was written by an older program: start a server on it once, which brings it up to date")]
    Older,
    /// The database cannot hold every text.
    #[error(
        "the database is encoded in {0}; texts need UTF8: make another with createdb --encoding UTF8 --template template0 NAME"
    )]
    Encoding(String),
    /// The server is older than what the statements need.
    #[error("the server is PostgreSQL {0}; version 13 or a newer one is needed")]
    TooOld(String),
    /// The server cannot be reached, or refuses.
    #[error("{}", crate::fault::unavailable(.0).reason)]
    Server(#[from] tokio_postgres::Error),
}

/// What holds for every connection. Every question goes along a key or an index that gives its order, which a planner that
/// knows a table only from when it was empty must be told; and nothing may hang: a server that was cut off in the middle of
/// a transaction gives the head's lock back when the database notices, or after the idle time.
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
    ("idle_in_transaction_session_timeout", "15s"),
    ("tcp_keepalives_idle", "3"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "2"),
];

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
