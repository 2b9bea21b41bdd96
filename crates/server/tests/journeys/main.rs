//! Journeys through the real program, over HTTP and the command line, on the shipped packs and places.

mod civic;
mod desk;
mod operator;
mod support;
