//! The disk is full: a small file system of its own where this may mount one, else a limit on the length of files.

use std::path::Path;
use std::process::Command;

use super::Folder;
use super::copy;
use super::load::{file_until_it_ends, filing, holds_together, missing, onlooker};
use super::server::{Connection, Server, fill, program};
use crate::run::told;

/// Refusals after which the disk counts as full.
const ENOUGH: usize = 200;
/// Room beyond what is there at the beginning, in MiB.
const ROOM: u64 = 24;

/// Files until the disk is full, makes room, and goes on.
pub fn full_disk(root: &Path, folder: &Folder) -> Result<String, String> {
    let (filled, data) = (folder.join("filled"), folder.join("data"));
    let password = fill(root, &filled)?;
    let taken = size(&filled)? >> 20;
    std::fs::create_dir_all(&data).map_err(told(&data))?;
    let mounted = Mount::new(&data, taken + ROOM);
    copy(&filled, &data)?;
    let mut command = Command::new(program(root));
    if mounted.is_none() {
        let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", (taken + ROOM) << 10);
        command = Command::new("bash");
        command.args(["-c", &limit]).arg(program(root));
    }
    let server = Server::start(root, &data, command)?;
    let filing = filing(&server.address)?;
    let mut eyes = onlooker(&server, &password)?;
    let (mut filed, refused) = file_until_it_ends(&server.address, &filing, ENOUGH);
    if refused < ENOUGH {
        return Err(format!(
            "the disk was never full: {} filed, {refused} refused",
            filed.len()
        ));
    }
    // Reading goes on.
    if missing(&mut eyes, &filed[..filed.len().min(50)])? > 0 {
        return Err("a case cannot be read while the disk is full".to_owned());
    }
    if let Some(mount) = &mounted {
        mount.resize(taken + 2 * ROOM)?;
        // With room the server goes on by itself.
        let (more, _) = file_until_it_ends(&server.address, &filing, ENOUGH);
        if more.is_empty() {
            return Err("with room again nothing is taken in".to_owned());
        }
        filed.extend(more);
    }
    server.kill()?;
    if let Some(mount) = &mounted {
        mount.resize(4096)?;
    }
    let server = Server::start(root, &data, Command::new(program(root)))?;
    let lost = missing(&mut onlooker(&server, &password)?, &filed)?;
    Connection::open(&server.address)?.get("/readyz")?;
    server.kill()?;
    holds_together(root, &data)?;
    let how = if mounted.is_some() {
        "file system"
    } else {
        "limit of files"
    };
    let report = format!(
        "{{\"trial\":\"full-disk\",\"by\":\"{how}\",\"answered\":{},\"refused\":{refused},\"lost\":{lost}}}",
        filed.len()
    );
    if lost == 0 { Ok(report) } else { Err(report) }
}

fn size(folder: &Path) -> Result<u64, String> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).map_err(told(folder))? {
        let path = entry.map_err(told(folder))?.path();
        bytes += match path.metadata().map_err(told(&path))? {
            meta if meta.is_dir() => size(&path)?,
            meta => meta.len(),
        };
    }
    Ok(bytes)
}

/// A file system in memory.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    /// Mounts one of so many MiB, where that is allowed.
    fn new(at: &'a Path, mib: u64) -> Option<Self> {
        let options = format!("size={mib}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at)
            .output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }

    fn resize(&self, mib: u64) -> Result<(), String> {
        let options = format!("remount,size={mib}m");
        let output = Command::new("mount")
            .args(["-o", &options])
            .arg(self.0)
            .output()
            .map_err(told(self.0))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // Lazily: whatever still looks into it keeps what it sees.
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}
