//! The power fails under load: every write that no synchronisation covered is gone.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::load::{file_until_it_ends, filing, holds_together, missing, onlooker};
use super::server::{Server, fill, program};
use super::{Folder, copy};
use crate::run::run;
use crate::run::told;

/// Cuts the power `rounds` times. With `liar` nothing is synchronised, as with `synchronous=OFF`: the trial must find that
/// cases are lost.
pub fn power_cut(root: &Path, folder: &Folder, rounds: usize, liar: bool) -> Result<String, String> {
    let shim = folder.join("power_cut.so");
    let source = root.join("xtask/src/trial/power_cut.c");
    let (shim_text, source) = (shim.display().to_string(), source.display().to_string());
    let compile = [
        "-shared",
        "-fPIC",
        "-O2",
        "-Wall",
        "-o",
        &shim_text,
        &source,
        "-ldl",
        "-lpthread",
    ];
    run(root, "cc", &compile, &[])?;
    let (data, disk) = (folder.join("data"), folder.join("disk"));
    let password = fill(root, &data)?;
    let mut filed = Vec::new();
    for round in 0..rounds {
        copy(&data, &disk)?;
        let mut command = Command::new(program(root));
        command
            .env("LD_PRELOAD", &shim)
            .env("TRIAL_DATA", &data)
            .env("TRIAL_DISK", &disk);
        if liar {
            command.env("TRIAL_LIAR", "1");
        }
        let server = Server::start(root, &data, command)?;
        let filing = filing(&server.address)?;
        let address = server.address.clone();
        let load = std::thread::spawn(move || file_until_it_ends(&address, &filing, 0));
        std::thread::sleep(Duration::from_millis(700 + 300 * round as u64));
        server.kill()?;
        let (answered, _) = load.join().map_err(|_| "the load failed")?;
        if answered.is_empty() {
            return Err(format!("round {round}: nothing was filed"));
        }
        filed.extend(answered);
        // What the machine finds when it comes up again.
        std::fs::remove_dir_all(&data).map_err(told(&data))?;
        std::fs::rename(&disk, &data).map_err(told(&disk))?;
    }
    let whole = holds_together(root, &data);
    let server = Server::start(root, &data, Command::new(program(root)))?;
    let lost = missing(&mut onlooker(&server, &password)?, &filed)?;
    let answered = filed.len();
    let report = format!("{{\"trial\":\"power-cut\",\"rounds\":{rounds},\"answered\":{answered},\"lost\":{lost}}}");
    match (liar, lost) {
        (false, 0) => whole.map(|()| report),
        (true, 1..) => Ok(format!("{report}\nas it must be when nothing is synchronised")),
        (true, 0) => Err(format!(
            "{report}\nnothing is lost without synchronising: the trial cannot fail"
        )),
        (false, _) => Err(report),
    }
}
