//! What every request goes through, whatever its resource: languages, problems, reading of bodies and queries, the gate.

pub mod action;
pub mod choices;
pub mod doors;
pub mod extract;
pub mod gate;
pub mod language;
pub mod problem;
pub mod shell;
pub mod wire;
