//! Every check there is, in the order in which they fail fastest.

use std::path::Path;
use std::time::Instant;

use crate::run::{cargo, is_there, run};
use crate::{places, postgres, tidy, web};

/// A check, ready to be run.
type Check<'a> = dyn Fn() -> Result<(), String> + 'a;

/// Runs every check; stops at the first that fails.
#[allow(clippy::print_stderr, clippy::disallowed_methods)] // A chore talks to the person at the terminal.
pub fn all(root: &Path) -> Result<String, String> {
    let cargo = cargo();
    let nextest = is_there(root, &cargo, &["nextest", "--version"]);
    let checks: [(&str, &Check<'_>); 8] = [
        ("format", &|| run(root, &cargo, &["fmt", "--all", "--check"], &[])),
        ("invariants", &|| tidy::tidy(root).map(|_| ())),
        ("tables of places", &|| places::check(root).map(|_| ())),
        // Before the program is built, which embeds the bundle.
        ("web app", &|| web::bundle(root).and_then(|_| web::check(root))),
        ("lints", &|| {
            let lints = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--quiet",
                "--",
                "--deny",
                "warnings",
            ];
            run(root, &cargo, &lints, &[])
        }),
        ("PostgreSQL", &|| postgres::ready(root)),
        ("tests", &|| {
            // The program itself is what the journeys run.
            run(root, &cargo, &["build", "--locked", "--package", "quanyu-server"], &[])?;
            let tests: &[&str] = if nextest {
                &["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]
            } else {
                &["test", "--workspace", "--locked", "--no-fail-fast"]
            };
            run(root, &cargo, tests, &[])
        }),
        ("journeys in a browser", &|| web::journeys(root)),
    ];
    let mut report = String::new();
    for (name, check) in checks {
        eprintln!("── {name}");
        let began = Instant::now();
        check().map_err(|fault| format!("{name}: {fault}"))?;
        report.push_str(&format!("{name}: {:.0} s\n", began.elapsed().as_secs_f64()));
    }
    Ok(format!("{report}all checks passed"))
}
