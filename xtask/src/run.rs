//! Running other programs.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Names a program `quanyu` that was built already and is to be used as it is.
const BUILT: &str = "QUANYU_PROGRAM";

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

/// Runs a program that must have ended by then, with what it prints where it is not sent elsewhere.
pub fn within(mut command: Command, limit: Duration) -> Result<Output, String> {
    let shown = format!("{command:?}");
    let fault = |fault: std::io::Error| format!("{shown}: {fault}");
    let mut child = command.spawn().map_err(fault)?;
    // What it prints is read while it runs: a pipe that is full would stop it.
    let out = child.stdout.take().map(read_on_the_side);
    let err = child.stderr.take().map(read_on_the_side);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fault)? {
            break status;
        }
        if begun.elapsed() > limit {
            // It may end just now.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{shown} took longer than {} s", limit.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let all =
        |reading: Option<JoinHandle<Vec<u8>>>| reading.and_then(|reading| reading.join().ok()).unwrap_or_default();
    Ok(Output {
        status,
        stdout: all(out),
        stderr: all(err),
    })
}

fn read_on_the_side(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before it broke is told.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

/// Builds the program `quanyu` with a profile of cargo; where it then lies.
pub fn build_program(root: &Path, profile: &str) -> Result<PathBuf, String> {
    if std::env::var_os(BUILT).is_some() {
        return Ok(program(root, profile));
    }
    let package = ["--package", "quanyu-server", "--bin", "quanyu"];
    let build = [&["build", "--quiet", "--profile", profile][..], &package].concat();
    run(root, &cargo(), &build, &[])?;
    Ok(program(root, profile))
}

/// Where the program lies once it is built with a profile of cargo.
pub fn program(root: &Path, profile: &str) -> PathBuf {
    if let Some(built) = std::env::var_os(BUILT) {
        return PathBuf::from(built);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    // The folder of the profile `dev` is called otherwise.
    let folder = if profile == "dev" { "debug" } else { profile };
    target.join(folder).join("quanyu")
}

/// What a fault of the system amounts to in a report.
pub fn told(what: &Path) -> impl FnOnce(std::io::Error) -> String {
    let what = what.display().to_string();
    move |fault| format!("{what}: {fault}")
}

/// Whether a program can be run at all.
pub fn is_there(root: &Path, program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).current_dir(root).output();
    output.is_ok_and(|output| output.status.success())
}
