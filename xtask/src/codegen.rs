//! Generated files: written by one command, compared by tests.

use std::path::Path;

use crate::places;
use crate::run::{cargo, run};
use crate::web;

/// The switch with which a test that compares a generated file writes it instead.
const REGENERATE: &str = "QUANYU_REGENERATE";

/// Writes every generated file anew.
pub fn write(root: &Path) -> Result<String, String> {
    let report = places::regenerate(root)?;
    for (package, test) in [("quanyu-api", "generated"), ("quanyu-pack", "generated")] {
        run(
            root,
            &cargo(),
            &["test", "--quiet", "--package", package, test],
            &[(REGENERATE, "1")],
        )?;
    }
    web::client(root)?;
    Ok(format!(
        "{report}\nthe OpenAPI document, its typed client and the schema of packs are written; look at the difference"
    ))
}
