//! What the store's own types promise.

mod change;
mod query;
mod schema;
mod seal;
mod value;
