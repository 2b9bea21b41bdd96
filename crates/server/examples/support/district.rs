//! A demonstration district, filled and served by the real program.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::Outcome;
use crate::program::{program, resident_mb};

/// Somebody's session.
#[derive(Clone)]
pub struct Session {
    /// The role for which the account was made.
    pub role: String,
    /// What the requests carry.
    pub token: String,
}

/// The district, served.
pub struct District {
    data: PathBuf,
    servers: Vec<Child>,
    client: reqwest::Client,
    /// Where it is served: by the first server.
    pub address: SocketAddr,
    /// By each of them.
    pub addresses: Vec<SocketAddr>,
    /// A session for every demo account that works on cases.
    pub sessions: Vec<Session>,
}

impl District {
    /// Fills a folder with so many cases; what the program says of it, the accounts among them.
    pub fn fill(data: &Path, cases: usize) -> Outcome<String> {
        let filled = demo(data)?
            .args(["--no-serve", "--scale", &cases.to_string()])
            .output()?;
        if !filled.status.success() {
            return Err(String::from_utf8_lossy(&filled.stderr).into());
        }
        Ok(String::from_utf8(filled.stdout)?)
    }

    /// Serves a folder, or the database beside it, and signs everybody in of whom filling it told.
    pub async fn serve(data: &Path, told: &str) -> Outcome<Self> {
        let (_, rest) = told.split_once("password ").ok_or("no password is told")?;
        let password = rest.split_once(')').ok_or("no password is told")?.0.to_owned();
        let mut district = Self {
            data: data.to_owned(),
            servers: Vec::new(),
            client: reqwest::Client::new(),
            address: ([127, 0, 0, 1], 0).into(),
            addresses: Vec::new(),
            sessions: Vec::new(),
        };
        district.serve_by(1)?;
        district.address = district.addresses[0];
        for line in told.lines().filter_map(|line| line.strip_prefix("  ")) {
            let mut words = line.split_whitespace();
            let (Some(login), Some(role)) = (words.next(), words.next()) else {
                continue;
            };
            if !role.ends_with("_admin") {
                let sign_in = json!({"login": login, "password": password});
                let url = format!("http://{}/api/v1/sessions", district.address);
                let begun: Value = district.client.post(url).json(&sign_in).send().await?.json().await?;
                district.sessions.push(Session {
                    role: role.to_owned(),
                    token: begun["token"].as_str().ok_or_else(|| begun.to_string())?.to_owned(),
                });
            }
        }
        Ok(district)
    }

    /// Starts servers, or kills the latest, until there are so many: more than one need a database.
    pub fn serve_by(&mut self, servers: usize) -> Outcome<()> {
        while self.servers.len() > servers {
            self.addresses.pop();
            if let Some(mut server) = self.servers.pop() {
                server.kill()?;
                server.wait()?;
            }
        }
        while self.servers.len() < servers {
            self.start()?;
        }
        Ok(())
    }

    /// Starts one server more.
    fn start(&mut self) -> Outcome<()> {
        let mut server = demo(&self.data)?
            .args(["--listen", "127.0.0.1:0", "--no-limits", "--log", "warn"])
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
        self.servers.push(server);
        for line in lines {
            let line = line?;
            let word = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
            if let Some(word) = word {
                self.addresses.push(word.parse()?);
                return Ok(());
            }
        }
        Err("the server says no address".into())
    }

    /// What the first of the sessions is told.
    pub async fn get(&self, path: &str) -> Outcome<Value> {
        let request = self.client.get(format!("http://{}{path}", self.address));
        let request = request.bearer_auth(&self.sessions.first().ok_or("nobody is signed in")?.token);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Resident memory of the servers.
    pub fn resident_mb(&self) -> Option<u64> {
        self.servers.iter().map(|server| resident_mb(server.id())).sum()
    }
}

impl Drop for District {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // It may have ended already.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// `quanyu demo` in this folder, from the project's root, where packs and places are.
fn demo(data: &Path) -> Outcome<Command> {
    let mut command = Command::new(program()?);
    command.args(["demo", "--data"]).arg(data);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    Ok(command)
}
