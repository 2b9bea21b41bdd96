//! A trial in namespaces of its own: what it mounts and what it starts is gone with it, whichever way it ends, be it killed.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

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
pub fn number() -> String {
    std::env::var(NUMBER).unwrap_or_else(|_| std::process::id().to_string())
}
