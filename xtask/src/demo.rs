//! Starting the demonstration district, and measuring.

use std::path::Path;

use crate::run::{build_program, cargo, run};
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

/// Runs a measurement; each prints one line of JSON, described in `docs/bench.md`.
pub fn bench(root: &Path, bench: &str, arguments: &[&str]) -> Result<String, String> {
    let (package, example) = match bench {
        "locate" => ("quanyu-geo", "bench_locate"),
        "import" => ("quanyu-app", "bench_import"),
        "commit" => ("quanyu-store-sqlite", "bench_commit"),
        "start" => ("quanyu-server", "bench_start"),
        "intake" => ("quanyu-server", "bench_intake"),
        "rates" => ("quanyu-app", "bench_rates"),
        "search" => ("quanyu-app", "bench_search"),
        "lists" => ("quanyu-server", "bench_lists"),
        other => {
            return Err(format!(
                "there is no measurement `{other}`: locate, import, commit, start, intake, lists, rates, search"
            ));
        }
    };
    if package == "quanyu-server" {
        build_program(root, "demo")?;
    }
    let mut all = vec![
        "run",
        "--quiet",
        "--profile",
        "demo",
        "--package",
        package,
        "--example",
        example,
        "--",
    ];
    all.extend(arguments);
    run(root, &cargo(), &all, &[])?;
    Ok(String::new())
}
