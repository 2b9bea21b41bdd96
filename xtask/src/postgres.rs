//! PostgreSQL for tests, trials and measurements: found, lent, or installed.

pub mod cluster;

use std::path::{Path, PathBuf};

use crate::run::{is_there, run};

/// Makes sure that the tests find a PostgreSQL: the one at `DATABASE_URL`, or the programs from which they start one of
/// their own. On Debian, as root, these are installed where they are missing.
pub fn ready(root: &Path) -> Result<(), String> {
    if std::env::var_os("DATABASE_URL").is_some() || programs().is_some() {
        return Ok(());
    }
    let debian = Path::new("/etc/debian_version").exists() && is_there(root, "apt-get", &["--version"]);
    if !debian || !is_there(root, "sh", &["-c", "[ \"$(id -u)\" = 0 ]"]) {
        return Err(
            "there is no PostgreSQL for the tests: install its server (on Debian: sudo apt-get install postgresql), or \
             name one with DATABASE_URL=postgres://user:password@host/name, whose user may make databases"
                .to_owned(),
        );
    }
    // No cluster is made for the machine: the tests start and stop their own.
    let install = "apt-get update --quiet && mkdir --parents /etc/postgresql-common && \
                   echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf && \
                   apt-get install --quiet --yes --no-install-recommends postgresql";
    run(root, "sh", &["-c", install], &[("DEBIAN_FRONTEND", "noninteractive")])?;
    if programs().is_some() {
        Ok(())
    } else {
        Err("PostgreSQL was installed, but initdb and pg_ctl are not found".to_owned())
    }
}

/// Where the programs of a server are: on the PATH, or where Debian keeps them, the newest version first.
pub fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |folder: &PathBuf| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let mut debian: Vec<PathBuf> = debian.map(|entry| entry.path()).collect();
    debian.sort_unstable_by_key(|folder| std::cmp::Reverse(version(folder)));
    std::env::split_paths(&path)
        .chain(debian.into_iter().map(|folder| folder.join("bin")))
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_basebackup").exists())
}
