//! A receiver of webhooks: it takes every delivery, and tells repeats by their stable id.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

type Seen = Arc<Mutex<HashMap<String, usize>>>;

/// A receiver that listens as long as the trial runs.
pub struct Receiver {
    /// Where it is told.
    pub url: String,
    seen: Seen,
}

impl Receiver {
    /// Lets one listen.
    pub fn listen() -> Result<Self, String> {
        let fault = |fault: std::io::Error| format!("the receiver: {fault}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(fault)?;
        let url = format!("http://{}/told", listener.local_addr().map_err(fault)?);
        let seen = Seen::default();
        let all = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&all);
                // A server that is killed ends its connection in the middle of a request.
                std::thread::spawn(move || while take(&stream, &seen).unwrap_or(false) {});
            }
        });
        Ok(Self { url, seen })
    }

    /// Every delivery by its id, and how often it came.
    pub fn seen(&self) -> HashMap<String, usize> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes one request; whether there may be another one.
fn take(mut stream: &TcpStream, seen: &Seen) -> std::io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let (mut delivery, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("quanyu-delivery") => delivery = Some(value.to_owned()),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let mut told = "400 Bad Request";
    if let Some(delivery) = delivery {
        told = "200 OK";
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen.entry(delivery).or_default() += 1;
    }
    stream.write_all(format!("HTTP/1.1 {told}\r\nContent-Length: 0\r\n\r\n").as_bytes())?;
    Ok(true)
}
