//! What a district decides, and nothing else.
//!
//! The crate holds the nouns of the product as types (units, cases, clocks, roles), the checked model that packs and
//! places amount to, and the functions that decide: `decide(model, snapshot, command, now) → events | refusal`.
//! It does no I/O and reads neither clock nor randomness: time, ids and secrets are parameters, so that everything can
//! be replayed, simulated and property-tested.

pub mod access;
pub mod cases;
pub mod directory;
#[cfg(test)]
mod directory_tests;
pub mod expr;
pub mod ids;
pub mod model;
pub mod refusal;
pub mod services;
pub mod text;
pub mod time;
pub mod units;
