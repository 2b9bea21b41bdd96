//! `cargo xtask`: the chores of the project.

mod places;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <chore>

  places            regenerate the tables of places/ from their sources
  places --check    compare the committed tables with what their sources give, and check that they fit together";

#[allow(clippy::print_stdout, clippy::print_stderr)] // A chore talks to the person at the terminal.
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["places"] => places::regenerate(&places::project_root()),
        ["places", "--check"] => places::check(&places::project_root()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(report) => {
            eprintln!("{report}");
            ExitCode::FAILURE
        }
    }
}
