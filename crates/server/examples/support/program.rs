//! The program under measurement.

use std::path::PathBuf;

use crate::Outcome;

/// The program, built beside the example: target/PROFILE/quanyu.
pub fn program() -> Outcome<PathBuf> {
    let example = std::env::current_exe()?;
    let built = example.parent().and_then(|examples| examples.parent());
    Ok(built.ok_or("no folder of builds")?.join("quanyu"))
}

/// Resident memory of a process.
pub fn resident_mb(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
