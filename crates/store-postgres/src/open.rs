//! How a database is reached.

use quanyu_store::schema::SchemaFault;
use tokio_postgres::Config;

/// How the engine uses the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// The PostgreSQL schema that holds the tables; made when it is missing.
    pub namespace: String,
    /// How many questions are asked at the same time.
    pub connections: usize,
    /// How many change sets share a transaction at most; one larger batch still goes as one.
    pub group: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            namespace: "quanyu".to_owned(),
            connections: 8,
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
    /// The server cannot be reached, or refuses.
    #[error("{}", crate::fault::unavailable(.0).reason)]
    Server(#[from] tokio_postgres::Error),
}

/// The connection settings for an address: everything in UTC, names without a schema mean the namespace's,
/// and the server's list of connections shows whose they are.
pub(crate) fn config(address: &str, namespace: &str) -> Result<Config, OpenError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let named = namespace.len() <= 40 && namespace.starts_with(|first: char| first.is_ascii_lowercase());
    if !named || !namespace.bytes().all(plain) {
        return Err(OpenError::Namespace(namespace.to_owned()));
    }
    let mut config: Config = address.parse().map_err(OpenError::Address)?;
    let settings = format!("-c search_path={namespace} -c timezone=UTC -c client_min_messages=warning");
    let settings = match config.get_options() {
        Some(given) => format!("{given} {settings}"),
        None => settings,
    };
    config.options(settings).application_name(format!("quanyu/{namespace}"));
    Ok(config)
}
