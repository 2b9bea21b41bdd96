//! `cargo xtask`: the chores of the project.

mod bench;
mod codegen;
mod confined;
mod demo;
mod places;
mod postgres;
mod run;
mod test;
mod tidy;
mod trial;
mod web;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <chore>

  demo [ARGS]       build the program and start the demonstration district; ARGS go to `quanyu demo`
  test              run every check: format, lints, invariants, generated files, tests
  tidy              check the invariants of ARCHITECTURE.md
  web               build the web app into web/dist, where it changed
  codegen           write the generated files anew: OpenAPI document, schema of packs, tables of places
  places            regenerate the tables of places/ from their sources
  places --check    compare the committed tables with what their sources give, and check that they fit together
  bench locate      point in area, against a naive loop
  bench import      import of CSV rows, one million unless a number says otherwise
  bench commit      commits of the embedded engine, against appending the same bytes
  bench intake      cases taken in over HTTP, against appending the same bytes, or one bare insert of them
  bench lists       the lists of the desks, with a million cases behind them
  bench rates       the ranking of all districts for a year, with up to ten million cases behind it;
                    these three take --database postgres://… (empty), or --database temporary
  bench search      finding cases by words, and how the index follows
  bench start       time until the demonstration district is ready, and its memory
  trial kill        the process dies 20 times under load; nothing that was answered is lost
  trial power-cut   the same when the power fails; with --synchronous-off cases must be lost
  trial contract    every role asks what schemathesis makes of the OpenAPI document; needs python3 and its packages
  trial servers     two servers on one database, one killed every 10 s; nothing that was answered is lost
  trial failover    the database fails over to its standby under load; nothing that was answered is lost
  trial full-disk   a disk that is full refuses, loses nothing, and goes on with room again";

#[allow(clippy::print_stdout, clippy::print_stderr)] // A chore talks to the person at the terminal.
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = places::project_root();
    match chore(&root, &words) {
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

fn chore(root: &Path, words: &[&str]) -> Result<String, String> {
    match words {
        ["demo", arguments @ ..] => demo::demo(root, arguments),
        ["test"] => test::all(root),
        ["tidy"] => tidy::tidy(root),
        ["web"] => web::bundle(root),
        ["codegen"] => codegen::write(root),
        ["places"] => places::regenerate(root),
        ["places", "--check"] => places::check(root),
        ["bench", bench, arguments @ ..] => bench::bench(root, bench, arguments),
        ["trial", "contract", arguments @ ..] => trial::contract::contract(root, arguments),
        ["trial", trial, arguments @ ..] => trial::trial(root, trial, arguments),
        _ => Err(USAGE.to_owned()),
    }
}
