//! The server engine: PostgreSQL, for several servers on one database.
//!
//! One task of each server groups the change sets that wait into one transaction. Every such transaction first locks the
//! one row of `_head`, which holds the last position: positions are dense and become visible in their order, and sets of
//! different servers are judged one after another, so that a follower never skips a late commit. `NOTIFY` wakes the
//! followers of all servers.
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
