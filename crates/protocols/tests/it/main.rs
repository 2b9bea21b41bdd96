//! The interfaces as their clients meet them: the real routes over the embedded engine, with the shipped packs and places
//! in force.

mod media;
mod open311;
mod outer;
mod support;
