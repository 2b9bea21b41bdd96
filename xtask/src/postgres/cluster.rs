//! Clusters of PostgreSQL that a trial makes for itself: a primary, and a standby that streams from it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::programs;
use crate::run::{told, within};

/// How long a program of the server may take.
const ANSWERS: Duration = Duration::from_secs(90);

/// A cluster with its socket in its own folder; it is stopped at the end.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
}

impl Cluster {
    /// Makes a cluster and starts it. With `synchronous` a commit is answered when a standby has it on disk as well.
    pub fn primary(folder: &Path, synchronous: bool) -> Result<Self, String> {
        let standbys = if synchronous { "*" } else { "" };
        Self::primary_with(folder, &format!("-c synchronous_standby_names={standbys}"))
    }

    /// Makes a cluster and starts it with these settings.
    pub fn primary_with(folder: &Path, settings: &str) -> Result<Self, String> {
        let cluster = Self::at(folder)?;
        let data = cluster.data();
        cluster.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
            ],
        )?;
        let hba = "local all all trust\nlocal replication all trust\n";
        let file = Path::new(&data).join("pg_hba.conf");
        std::fs::write(&file, hba).map_err(told(&file))?;
        cluster.start(settings)?;
        Ok(cluster)
    }

    /// Copies a running cluster and starts the copy as its standby.
    pub fn standby(folder: &Path, of: &Cluster) -> Result<Self, String> {
        let cluster = Self::at(folder)?;
        let from = of.folder.display().to_string();
        let copy = [
            "-h",
            &from,
            "-U",
            "postgres",
            "-D",
            &cluster.data(),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        ];
        cluster.run("pg_basebackup", &copy)?;
        cluster.start("")?;
        Ok(cluster)
    }

    fn at(folder: &Path) -> Result<Self, String> {
        let programs = programs().ok_or("there is no PostgreSQL on this machine: run `cargo xtask test` once")?;
        std::fs::create_dir_all(folder).map_err(told(folder))?;
        if is_root() {
            // PostgreSQL does not run as root.
            crate::run::run(folder, "chown", &["postgres", "."], &[])?;
        }
        Ok(Self {
            programs,
            folder: folder.to_owned(),
        })
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn start(&self, settings: &str) -> Result<(), String> {
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} {settings}",
            self.folder.display()
        );
        let log = self.folder.join("log").display().to_string();
        self.run(
            "pg_ctl",
            &["-D", &self.data(), "-l", &log, "-w", "-o", &options, "start"],
        )
    }

    /// Stops it as a power cut would.
    pub fn stop_at_once(&self) -> Result<(), String> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"])
    }

    /// Makes a standby the primary.
    pub fn promote(&self) -> Result<(), String> {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "promote"])
    }

    /// Runs statements in its first database.
    pub fn ask(&self, sql: &str) -> Result<String, String> {
        let socket = self.folder.display().to_string();
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-h", &socket, "-U", "postgres", "-d", "postgres", "-At", "-c", sql]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = within(command, ANSWERS)?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(format!("{sql}: {}", String::from_utf8_lossy(&output.stderr)))
        }
    }

    /// The address of the database that these clusters hold, whichever of them takes writes.
    pub fn address(clusters: &[&Cluster]) -> String {
        let hosts: String = clusters
            .iter()
            .map(|cluster| format!("&host={}", cluster.folder.display()))
            .collect();
        format!("postgres:///postgres?user=postgres&target_session_attrs=read-write{hosts}")
    }

    /// What it is, in a word for whoever waits.
    pub fn shown(&self) -> String {
        self.folder.display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(&path);
            command
        } else {
            Command::new(&path)
        };
        command
            .args(arguments)
            .current_dir(&self.folder)
            // A server that stays must not hold on to what reads the output.
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let said = within(command, ANSWERS)?.status;
        if said.success() {
            Ok(())
        } else {
            Err(format!("{program} {} failed ({said})", arguments.join(" ")))
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.stop_at_once();
    }
}

fn is_root() -> bool {
    crate::run::is_there(Path::new("/"), "sh", &["-c", "[ \"$(id -u)\" = 0 ]"])
}
