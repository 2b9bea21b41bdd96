//! The process dies under load, again and again.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::Folder;
use super::load::{file_until_it_ends, filing, holds_together, missing, onlooker};
use super::server::{Server, fill, program};

/// Kills the server `rounds` times, each a little later than the time before.
pub fn kill(root: &Path, folder: &Folder, rounds: usize) -> Result<String, String> {
    let data = folder.join("data");
    let password = fill(root, &data)?;
    let mut filed = Vec::new();
    for round in 0..rounds {
        let server = Server::start(root, &data, Command::new(program(root)))?;
        let filing = filing(&server.address)?;
        let address = server.address.clone();
        let load = std::thread::spawn(move || file_until_it_ends(&address, &filing, 0));
        std::thread::sleep(Duration::from_millis(300 + 70 * round as u64));
        server.kill()?;
        let (answered, _) = load.join().map_err(|_| "the load failed")?;
        if answered.is_empty() {
            return Err(format!("round {round}: nothing was filed"));
        }
        filed.extend(answered);
    }
    holds_together(root, &data)?;
    let server = Server::start(root, &data, Command::new(program(root)))?;
    match missing(&mut onlooker(&server, &password)?, &filed)? {
        0 => Ok(format!(
            "{{\"trial\":\"kill\",\"rounds\":{rounds},\"answered\":{},\"lost\":0}}",
            filed.len()
        )),
        lost => Err(format!("{lost} of {} answered cases are lost", filed.len())),
    }
}
