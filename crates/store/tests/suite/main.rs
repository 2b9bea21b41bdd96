//! What the store's own types promise.

mod change;
mod coverage;
mod query;
mod schema;
mod seal;
mod value;
