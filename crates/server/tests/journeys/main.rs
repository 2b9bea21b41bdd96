//! Journeys through the real program, over HTTP and the command line, on the shipped packs and places.

mod desk;
mod figures;
mod operator;
mod support;
