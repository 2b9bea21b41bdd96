//! How soon the demonstration district is ready after a start, and how much memory it takes.
//!
//! Needs a filled data folder (`cargo xtask demo --no-serve`); its path is the first argument, `demo-data` without one.
//! Prints one line of JSON: `{"ready_ms":…,"rss_mb":…,"starts":…}`, the median of the starts.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 5;
const ADDRESS: &str = "127.0.0.1:18631";

#[expect(clippy::print_stdout, reason = "the figures are the purpose")]
fn main() -> Result<(), String> {
    let data = std::env::args().nth(1).unwrap_or_else(|| "demo-data".to_owned());
    let program = program()?;
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut server = Command::new(&program)
            .args(["serve", "--data", &data, "--listen", ADDRESS, "--log", "error"])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|fault| fault.to_string())?;
        while !is_ready() {
            if began.elapsed() > Duration::from_secs(30) {
                let _ = server.kill();
                return Err("not ready within 30 s".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        memory.push(resident_mb(server.id())?);
        server.kill().map_err(|fault| fault.to_string())?;
        server.wait().map_err(|fault| fault.to_string())?;
    }
    times.sort_by(f64::total_cmp);
    memory.sort_by(f64::total_cmp);
    println!(
        "{{\"ready_ms\":{:.0},\"rss_mb\":{:.1},\"starts\":{STARTS}}}",
        times[STARTS / 2],
        memory[STARTS / 2]
    );
    Ok(())
}

/// The program beside this example: target/PROFILE/quanyu.
fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|fault| fault.to_string())?;
    let folder = own
        .parent()
        .and_then(|examples| examples.parent())
        .ok_or("an odd place for an example")?;
    Ok(folder.join("quanyu"))
}

fn is_ready() -> bool {
    let Ok(mut stream) = TcpStream::connect(ADDRESS) else {
        return false;
    };
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {ADDRESS}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

fn resident_mb(process: u32) -> Result<f64, String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).map_err(|fault| fault.to_string())?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .ok_or("no VmRSS")?;
    let kilobytes: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .ok_or("no figure in VmRSS")?;
    Ok(kilobytes / 1024.0)
}
