//! Measurements, on either engine.

use std::path::Path;

use crate::confined::{self, Folder};
use crate::postgres::cluster::Cluster;
use crate::run::{build_program, cargo, run};

/// What a measurement is run with to reach a database.
const DATABASE: &str = "QUANYU_DATABASE";
/// Settings of a cluster of our own: what a machine with some memory is given, with every commit on disk before it is
/// answered (`fsync` and `synchronous_commit` as PostgreSQL has them).
const SETTINGS: &str = "-c shared_buffers=512MB -c max_wal_size=4GB -c checkpoint_timeout=15min";

/// Runs a measurement; each prints one line of JSON, described in `docs/bench.md`. With `--database postgres://…` it runs
/// on that database, which must be empty, and with `--database temporary` on a cluster that is made for it.
pub fn bench(root: &Path, bench: &str, arguments: &[&str]) -> Result<String, String> {
    let (package, example, anywhere) = match bench {
        "locate" => ("quanyu-geo", "bench_locate", false),
        "import" => ("quanyu-app", "bench_import", false),
        "commit" => ("quanyu-store-sqlite", "bench_commit", false),
        "start" => ("quanyu-server", "bench_start", false),
        "intake" => ("quanyu-server", "bench_intake", true),
        "rates" => ("quanyu-app", "bench_rates", true),
        "search" => ("quanyu-app", "bench_search", false),
        "lists" => ("quanyu-server", "bench_lists", true),
        other => {
            return Err(format!(
                "there is no measurement `{other}`: locate, import, commit, start, intake, lists, rates, search"
            ));
        }
    };
    let (database, arguments) = database_of(arguments)?;
    if database.is_some() && !anywhere {
        return Err(format!("{bench} has no --database: intake, lists and rates have one"));
    }
    if database == Some("temporary") {
        // Whichever way it ends, the cluster ends with it.
        confined::enter();
    }
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
    let (address, _cluster) = match database {
        None => (None, None),
        Some("temporary") => {
            let folder = Folder::new(root, "bench")?;
            let cluster = Cluster::primary_with(&folder.join("cluster"), SETTINGS)?;
            (Some(Cluster::address(&[&cluster])), Some((cluster, folder)))
        }
        Some(address) => (Some(address.to_owned()), None),
    };
    let environment = address.as_deref().map(|address| (DATABASE, address));
    run(root, &cargo(), &all, environment.as_slice())?;
    Ok(String::new())
}

/// Takes `--database WHERE` out of the arguments.
fn database_of<'a>(arguments: &[&'a str]) -> Result<(Option<&'a str>, Vec<&'a str>), String> {
    let Some(at) = arguments.iter().position(|argument| *argument == "--database") else {
        return Ok((None, arguments.to_vec()));
    };
    let named = arguments
        .get(at + 1)
        .filter(|named| **named == "temporary" || named.contains("://"));
    let named = named.ok_or("--database takes postgres://… or `temporary`")?;
    let rest = [&arguments[..at], &arguments[at + 2..]].concat();
    Ok((Some(named), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_anywhere_among_the_arguments() {
        assert_eq!(database_of(&["30"]), Ok((None, vec!["30"])));
        let named = ["5", "--database", "temporary", "--servers", "2"];
        assert_eq!(
            database_of(&named),
            Ok((Some("temporary"), vec!["5", "--servers", "2"]))
        );
        for odd in [&["--database"][..], &["--database", "5"]] {
            assert!(database_of(odd).is_err(), "{odd:?}");
        }
    }
}
