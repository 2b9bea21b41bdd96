//! How soon the demonstration district is ready after a start, and how much memory it takes.
//!
//! Needs a filled data folder (`cargo xtask demo --no-serve`); its path is the first argument, `demo-data` without one.
//! Prints one line of JSON: `{"ready_ms":…,"rss_mb":…,"starts":…}`, the median of the starts.

#[path = "support/program.rs"]
mod program;

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use program::{program, resident_mb};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const STARTS: usize = 5;
const ADDRESS: &str = "127.0.0.1:18631";

#[expect(clippy::print_stdout, reason = "the figures are the purpose")]
fn main() -> Outcome<()> {
    let data = std::env::args().nth(1).unwrap_or_else(|| "demo-data".to_owned());
    let program = program()?;
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut server = Command::new(&program)
            .args(["serve", "--data", &data, "--listen", ADDRESS, "--log", "error"])
            .stdout(Stdio::null())
            .spawn()?;
        while !is_ready() {
            if began.elapsed() > Duration::from_secs(30) {
                let _ = server.kill();
                return Err("not ready within 30 s".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        memory.push(resident_mb(server.id()).ok_or("no figure of memory")?);
        server.kill()?;
        server.wait()?;
    }
    times.sort_by(f64::total_cmp);
    memory.sort_unstable();
    println!(
        "{{\"ready_ms\":{:.0},\"rss_mb\":{},\"starts\":{STARTS}}}",
        times[STARTS / 2],
        memory[STARTS / 2]
    );
    Ok(())
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
