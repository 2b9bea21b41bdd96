//! Starting the demonstration district.

use std::path::Path;

use crate::run::{cargo, run};
use crate::web;

/// Builds the program, optimised, and runs `quanyu demo` with the project's packs and places.
#[allow(clippy::print_stderr)] // A chore talks to the person at the terminal.
pub fn demo(root: &Path, arguments: &[&str]) -> Result<String, String> {
    eprintln!("{}", web::bundle_if_possible(root)?);
    let mut all = vec![
        "run",
        "--quiet",
        "--profile",
        "demo",
        "--package",
        "quanyu-server",
        "--bin",
        "quanyu",
        "--",
    ];
    all.push("demo");
    // The data folder is part of the project's folder and ignored by git, unless the person chose another.
    if !arguments.contains(&"--data") && std::env::var_os("QUANYU_DATA").is_none() {
        all.extend(["--data", "demo-data"]);
    }
    all.extend(arguments);
    run(root, &cargo(), &all, &[])?;
    Ok(String::new())
}
