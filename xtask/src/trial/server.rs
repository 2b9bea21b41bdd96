//! The program, filled with the demonstration's units and accounts, serving, and asked over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::run::within;

/// What a trial calls itself: sessions are bound to it.
pub const AGENT: &str = "quanyu-trial";

/// How long a command of the program may take.
const ENDS: Duration = Duration::from_secs(900);
/// How long a server may take until it says where it is.
const BEGINS: Duration = Duration::from_secs(60);
/// How long it may take to take a connection, or an answer.
const ANSWERS: Duration = Duration::from_secs(30);

/// The program as `cargo xtask demo` builds it.
pub fn program(root: &Path) -> PathBuf {
    crate::run::program(root, "demo")
}

/// Runs a command of the program on a data folder to its end; what it printed.
pub fn command(root: &Path, data: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program(root));
    command.args(arguments).arg("--data").arg(data).current_dir(root);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = within(command, ENDS)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("quanyu {}: {}", arguments.join(" "), text(&output.stderr)))
    }
}

/// Makes a data folder with units and accounts; the password of all accounts.
pub fn fill(root: &Path, data: &Path) -> Result<String, String> {
    fill_on(root, data, &[])
}

/// The same with more arguments, such as a database.
pub fn fill_on(root: &Path, data: &Path, on: &[&str]) -> Result<String, String> {
    let told = command(root, data, &[&["demo", "--scale", "0", "--no-serve"], on].concat())?;
    let password = told
        .split_once("password ")
        .and_then(|(_, rest)| rest.split_once(')'))
        .ok_or("no password is told")?;
    Ok(password.0.to_owned())
}

/// The program, serving.
pub struct Server {
    child: Child,
    /// Where.
    pub address: String,
}

impl Server {
    /// Serves a data folder with this command, which is the program or runs it.
    pub fn start(root: &Path, data: &Path, mut command: Command) -> Result<Self, String> {
        command
            .args(["demo", "--log", "off", "--data"])
            .arg(data)
            .current_dir(root);
        Self::serving(command)
    }

    /// Lets a command serve, on a free port and without limits.
    pub fn serving(mut command: Command) -> Result<Self, String> {
        let fault = |fault: std::io::Error| format!("the server: {fault}");
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--no-limits"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(fault)?;
        let out = child.stdout.take().ok_or("no output")?;
        let (tell, told) = std::sync::mpsc::channel();
        // It is read to its end: a server must not find that nobody listens to what it says.
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let word = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
                if let Some(address) = word {
                    // Whoever asked has gone where the first address came too late.
                    let _ = tell.send(address.to_owned());
                }
            }
        });
        match told.recv_timeout(BEGINS) {
            Ok(address) => Ok(Self { child, address }),
            Err(silent) => {
                // It may have ended already.
                let _ = child.kill();
                let status = child.wait().map_err(fault)?;
                Err(format!("the server does not start ({silent}, {status})"))
            }
        }
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) -> Result<(), String> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(|_| ())
            .map_err(|fault| fault.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is kept open.
pub struct Connection {
    stream: BufReader<TcpStream>,
    token: Option<String>,
}

impl Connection {
    /// Opens one.
    pub fn open(address: &str) -> Result<Self, String> {
        let fault = |fault: &dyn std::fmt::Display| format!("{address}: {fault}");
        let place: SocketAddr = address.parse().map_err(|odd: std::net::AddrParseError| fault(&odd))?;
        let stream = TcpStream::connect_timeout(&place, ANSWERS).map_err(|refused| fault(&refused))?;
        stream
            .set_read_timeout(Some(ANSWERS))
            .and_then(|()| stream.set_write_timeout(Some(ANSWERS)))
            .and_then(|()| stream.set_nodelay(true))
            .map_err(|fault| fault.to_string())?;
        Ok(Self {
            stream: BufReader::new(stream),
            token: None,
        })
    }

    /// Signs in; later requests are made by this account, of which it is told.
    pub fn sign_in(&mut self, login: &str, password: &str) -> Result<Value, String> {
        let given = json!({"login": login, "password": password}).to_string();
        let (status, begun) = self.ask("POST", "/api/v1/sessions", "application/json", given.as_bytes())?;
        let token = begun["token"]
            .as_str()
            .ok_or_else(|| format!("{login} signs in: {status} {begun}"))?;
        self.token = Some(token.to_owned());
        Ok(begun)
    }

    /// What somebody who signed in proves it with.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Asks for something that must be given.
    pub fn get(&mut self, path: &str) -> Result<Value, String> {
        match self.ask("GET", path, "application/json", b"")? {
            (200, body) => Ok(body),
            (status, body) => Err(format!("GET {path}: {status} {body}")),
        }
    }

    /// One request; status and body of the answer. What is no JSON comes as its length in bytes.
    pub fn ask(&mut self, method: &str, path: &str, media: &str, body: &[u8]) -> Result<(u16, Value), String> {
        let token = self
            .token
            .as_ref()
            .map(|token| format!("Authorization: Bearer {token}\r\n"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: trial\r\nUser-Agent: {AGENT}\r\nContent-Type: {media}\r\n{}Content-Length: {}\r\n\r\n",
            token.unwrap_or_default(),
            body.len()
        );
        let exchanged = self.exchange(&[head.as_bytes(), body].concat());
        exchanged.map_err(|fault| format!("{method} {path}: {fault}"))
    }

    fn exchange(&mut self, request: &[u8]) -> Result<(u16, Value), String> {
        let fault = |fault: std::io::Error| fault.to_string();
        self.stream.get_mut().write_all(request).map_err(fault)?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).map_err(fault)? == 0 {
                return Err("the connection ended".to_owned());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().map_err(|_| format!("an odd length: {value}"))?;
                }
                Some(_) => {}
                None => status = line.split(' ').nth(1).and_then(|status| status.parse().ok()),
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).map_err(fault)?;
        let status = status.ok_or("an answer without a status")?;
        Ok((
            status,
            serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(body.len())),
        ))
    }
}
