//! The shipped packs and places, and what is said of broken ones.

mod broken;
mod folder;
mod mutated;
mod places;
mod services;
mod shipped;
mod tests_of_packs;

use std::path::PathBuf;

use quanyu_pack::{Sources, read_folder};

/// A folder of the repository.
fn repository(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
}

/// The shipped packs.
fn packs() -> Sources {
    let mut sources = Sources::default();
    let findings = read_folder(&mut sources, &repository("packs"), "packs");
    assert!(findings.is_empty(), "{findings}");
    sources
}
