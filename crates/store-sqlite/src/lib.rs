//! The embedded engine: SQLite in one data directory.
//!
//! One thread owns the write connection. It groups the change sets that wait into one durable transaction, so that a
//! hundred callers share one `fsync`. Readers are read-only connections on blocking threads. Checkpoints run on a
//! connection of their own. A directory belongs to one process at a time (`LOCK`).

mod checkpoint;
mod ddl;
mod fault;
mod migrate;
mod open;
mod reader;
mod sql;
mod store;
mod writer;

pub use open::{DATABASE_FILE, LOCK_FILE, OpenError, Options, copy_live};
pub use store::SqliteStore;
