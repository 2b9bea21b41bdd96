//! A trial, or a measurement, in namespaces of its own: what it mounts and what it starts is gone with it, whichever way it ends, be it killed.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::told;

/// Tells the trial inside under which number its folder goes: inside, the number of its process means nothing.
const NUMBER: &str = "QUANYU_TRIAL";

/// Goes on inside, where the system has `unshare` and allows it; returns where it goes on as it is, inside or not.
pub fn enter() {
    if std::env::var_os(NUMBER).is_some() {
        return;
    }
    let unshare = || {
        let mut command = Command::new("unshare");
        // A process of its own namespace that ends takes every other one in it along.
        command.args(["--mount", "--pid", "--fork", "--kill-child"]);
        command
    };
    let allowed = unshare().arg("true").output().is_ok_and(|probe| probe.status.success());
    if let (true, Ok(own)) = (allowed, std::env::current_exe()) {
        let mut inside = unshare();
        inside
            .arg(own)
            .args(std::env::args_os().skip(1))
            .env(NUMBER, std::process::id().to_string());
        // It returns only where it did not work, and then the trial runs unconfined.
        let _ = inside.exec();
    }
}

/// The number of the trial.
fn number() -> String {
    std::env::var(NUMBER).unwrap_or_else(|_| std::process::id().to_string())
}

/// A folder among the builds that goes when the trial ends.
pub struct Folder(PathBuf);

/// What such folders are called.
const KINDS: [&str; 2] = ["trial-", "bench-"];

impl Folder {
    /// Makes one; what trials that were killed have left is removed before.
    pub fn new(root: &Path, kind: &str) -> Result<Self, String> {
        let builds = root.join("target");
        sweep(&builds);
        let path = builds.join(format!("{kind}-{}", number()));
        std::fs::create_dir_all(&path).map_err(told(&path))?;
        Ok(Self(path))
    }

    /// The path of something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is in the folder of builds.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = KINDS
            .iter()
            .find_map(|kind| name.strip_prefix(kind)?.parse::<u32>().ok());
        if number.is_some_and(|number| !Path::new("/proc").join(number.to_string()).exists()) {
            // What cannot be removed is in the folder of builds.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
