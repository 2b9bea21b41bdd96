//! A simulated district over the embedded engine, with the packs and places of the repository.

mod demo;
mod life;
mod same;
mod support;
mod wrong;
