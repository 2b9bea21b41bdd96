//! Journeys through the real program, over HTTP and the command line, on the shipped packs and places.

mod bring;
mod civic;
mod demo;
mod desk;
mod district;
mod operator;
mod privacy;
mod support;
