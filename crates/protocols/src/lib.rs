//! Interfaces that others have defined, one folder each, over the same use cases as the API.

pub mod open311;
