//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The cargo that runs this chore.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs a program to its end, with its output where the person sees it.
pub fn run(root: &Path, program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let shown = format!("{program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root)
        .status()
        .map_err(|fault| format!("`{shown}` cannot be started: {fault}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` failed ({status})"))
    }
}

/// Builds the program `quanyu` with a profile of cargo; where it then lies.
pub fn build_program(root: &Path, profile: &str) -> Result<PathBuf, String> {
    let package = ["--package", "quanyu-server", "--bin", "quanyu"];
    let build = [&["build", "--quiet", "--profile", profile][..], &package].concat();
    run(root, &cargo(), &build, &[])?;
    Ok(program(root, profile))
}

/// Where the program lies once it is built with a profile of cargo.
pub fn program(root: &Path, profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    // The folder of the profile `dev` is called otherwise.
    let folder = if profile == "dev" { "debug" } else { profile };
    target.join(folder).join("quanyu")
}

/// Whether a program can be run at all.
pub fn is_there(root: &Path, program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).current_dir(root).output();
    output.is_ok_and(|output| output.status.success())
}
