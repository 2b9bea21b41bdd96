//! The server engine: PostgreSQL, for several servers on one database.
//!
//! One task of each server groups the change sets that wait into one transaction. Every such transaction locks the one row
//! of `_head`, which holds the last position, before it writes the journal: positions are dense and become visible in their
//! order, so that a follower never skips a late commit. A transaction that depends on rows locks it first, so that sets of
//! different servers are judged one after another; one that only brings new rows, as when cases come in, writes them before
//! it waits for its turn, beside what other servers write. `NOTIFY` wakes the followers of all servers.
//!
//! JSON is kept in `json` columns, byte for byte: seals hash what was stored, and `jsonb` would write it anew.

mod bi;
mod comments;
mod ddl;
mod fault;
mod group;
mod link;
mod open;
mod rights;
mod sequencer;
mod sql;
mod start;
mod store;
mod tls;

pub use open::{OpenError, Options};
pub use store::PostgresStore;
