//! Trials: the real program under load, and then the power fails, the process dies or the disk is full. What was answered
//! must be there afterwards, the seals must hold, and what follows from the journal must be what is rebuilt from it.

pub mod contract;
mod failover;
mod full_disk;
mod kill;
mod load;
mod power_cut;
mod receiver;
mod server;
mod servers;
mod steady;

use std::path::Path;

use crate::confined::{self, Folder};
use crate::run::{build_program, told};

/// Runs a trial; `arguments` may name how often.
pub fn trial(root: &Path, trial: &str, arguments: &[&str]) -> Result<String, String> {
    let (rounds, liar) = match arguments {
        [] => (None, false),
        ["--rounds", rounds] => (Some(rounds), false),
        ["--synchronous-off"] if trial == "power-cut" => (None, true),
        _ => return Err("a trial takes --rounds N; power-cut also --synchronous-off, which must fail".to_owned()),
    };
    confined::enter();
    let rounds = rounds.map(|rounds| rounds.parse::<usize>()).transpose();
    let rounds = rounds.map_err(|_| "--rounds takes a number".to_owned())?;
    build_program(root, "demo")?;
    let folder = Folder::new(root, "trial")?;
    match trial {
        "kill" => kill::kill(root, &folder, rounds.unwrap_or(20)),
        "power-cut" => power_cut::power_cut(root, &folder, rounds.unwrap_or(5), liar),
        "failover" => failover::failover(root, &folder),
        "servers" => servers::servers(root, &folder, rounds.unwrap_or(12)),
        "full-disk" => full_disk::full_disk(root, &folder),
        other => Err(format!(
            "there is no trial `{other}`: kill, power-cut, full-disk, failover, servers, contract"
        )),
    }
}

/// Tells whoever waits how far the trial is.
#[allow(clippy::print_stderr)] // A chore talks to the person at the terminal.
fn progress(what: &str) {
    eprintln!("{what}");
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(told(to))?;
    for entry in std::fs::read_dir(from).map_err(told(from))? {
        let path = entry.map_err(told(from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(told(&path))?;
        }
    }
    Ok(())
}
