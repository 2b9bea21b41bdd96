//! Journeys through the real program, over HTTP and the command line, on the shipped packs and places.

mod away;
mod beside;
mod bring;
mod civic;
#[expect(dead_code, reason = "the suite of the engine uses the rest of it")]
#[path = "../../../store-postgres/tests/suite/cluster.rs"]
mod cluster;
mod demo;
mod desk;
mod district;
mod engines;
mod figures;
mod gone_back;
mod move_over;
mod operator;
mod postgres;
mod privacy;
mod rules;
mod servers;
mod support;
