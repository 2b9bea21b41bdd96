//! What quanyu asks of a database, as data: tables and their indexes, rows, change sets, queries, and the [`Store`] trait
//! that an engine implements in a few hundred generic lines.
//!
//! * **Tables are declared, not written in SQL** ([`schema`], [`table!`]): every engine makes the same readable tables.
//! * **Nothing scans**: a [`Query`] names the primary key or a declared index, an equality prefix, at most one range and
//!   a limit; there is no other way to ask.
//! * **A [`ChangeSet`] is committed whole or not at all**: its expectations hold, its claims are free, its events get the
//!   next dense positions of the journal, and only then is it answered.
//! * **The past is sealed** ([`seal`]): chained, signed blocks over the journal.
//!
//! This crate holds no SQL and opens no file; `quanyu-store-sqlite` and `quanyu-store-postgres` do. The
//! `conformance` feature holds the suite that both pass.

mod canonical;
pub mod carry;
pub mod change;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod digest;
pub mod query;
pub mod record;
pub mod schema;
pub mod seal;
pub mod store;
pub mod tables;
pub mod value;

pub use change::{ChangeSet, Claim, Expect, NewEvent, Write};
pub use query::{Direction, Query};
pub use record::{Record, Row};
pub use schema::{Schema, Table, TableClass};
pub use store::{CommitError, Health, Receipt, Records, Store, StoreError, Unavailable};
pub use tables::{Event, Timer};
pub use value::{Field, Json, Kind, Value};
