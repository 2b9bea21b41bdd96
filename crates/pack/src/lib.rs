//! Packs and places: TOML and tables → the checked model of the domain.
//!
//! A **pack** declares what one mechanism of a district is made of: kinds of case, workflows, limits, ladders, the words
//! for demands, channels and outcomes, and parameters. A **place** says which packs are in force there, when people work,
//! who they are, and what it sets the parameters to. [`load`] reads both from [`Sources`] and either gives a model for
//! every district or says everything that is wrong: each [`Finding`] points at a file, a line and a column, and says
//! what to write instead.
//!
//! Reading is driven by one description of the language, which also gives the JSON Schema for editors ([`schema()`]).
//! `tests/*.toml` of a pack hold scenarios, run through the same decisions as everything else ([`scenario`]).

mod both;
mod condition;
mod figures;
mod finding;
mod folder;
mod gather;
mod language;
mod load;
mod names;
mod parameters;
mod place;
mod read;
mod record;
mod report;
mod rules;
pub mod scenario;
mod schema;
mod services;
mod setting;
mod shape;
mod sources;
mod table;
mod tables;
mod workflows;

pub use both::Both;
pub use finding::{Finding, Findings, Severity};
pub use folder::{is_read, read_folder};
pub use load::{District, Loaded, load};
pub use report::{Style, report};
pub use schema::{place_schema, schema, test_schema};
pub use shape::Noun;
pub use sources::{MAX_FILE, MAX_TOTAL, Sources, content_hash};
pub use tables::GazetteerRow;

/// A name that a pack declares, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredName {
    /// What it names.
    pub noun: Noun,
    /// The name.
    pub name: String,
    /// `file:line`.
    pub place: String,
}

/// Every name that the packs among the sources give, also to states, steps and clocks. What they only take from the
/// program, such as the kinds of request and steps that are called like their act, is not among them.
pub fn declared_names(sources: &Sources) -> Vec<DeclaredName> {
    let mut notes = finding::Notes::new(sources);
    let packs = gather::Packs::read(sources, &mut notes);
    let declared = packs.declared().into_iter();
    declared
        .map(|(noun, word)| DeclaredName {
            noun,
            name: word.text,
            place: notes.line_of(word.spot),
        })
        .collect()
}
