//! A small demonstration district, filled and served by the real program.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Outcome;

/// Cases that were there before.
const SCALE: &str = "2000";
/// How often the followers are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// The district, served.
pub struct District {
    server: Child,
    client: reqwest::Client,
    /// Where it is served.
    pub address: SocketAddr,
    /// Somebody's session for every demo account that works on cases.
    pub sessions: Vec<String>,
    /// What a resident files, without the text.
    pub filing: Value,
}

impl District {
    /// Fills a folder and serves it.
    pub async fn open(data: &Path) -> Outcome<Self> {
        let program = program()?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let filled = Command::new(&program)
            .args(["demo", "--scale", SCALE, "--no-serve", "--data"])
            .arg(data)
            .current_dir(&root)
            .output()?;
        if !filled.status.success() {
            return Err(String::from_utf8_lossy(&filled.stderr).into());
        }
        let told = String::from_utf8(filled.stdout)?;
        let (_, rest) = told.split_once("password ").ok_or("no password is told")?;
        let password = rest.split_once(')').ok_or("no password is told")?.0.to_owned();
        let mut server = Command::new(&program)
            .args([
                "demo",
                "--listen",
                "127.0.0.1:0",
                "--no-limits",
                "--log",
                "warn",
                "--data",
            ])
            .arg(data)
            .current_dir(&root)
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
        let mut address = None;
        for line in lines {
            let line = line?;
            let word = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
            if let Some(word) = word {
                address = Some(word.parse()?);
                break;
            }
        }
        let mut district = Self {
            server,
            client: reqwest::Client::new(),
            address: address.ok_or("the server says no address")?,
            sessions: Vec::new(),
            filing: Value::Null,
        };
        for line in told.lines().filter_map(|line| line.strip_prefix("  ")) {
            let mut words = line.split_whitespace();
            let (Some(login), Some(role)) = (words.next(), words.next()) else {
                continue;
            };
            if !role.ends_with("_admin") {
                let sign_in = json!({"login": login, "password": password});
                let url = format!("http://{}/api/v1/sessions", district.address);
                let begun: Value = district.client.post(url).json(&sign_in).send().await?.json().await?;
                district
                    .sessions
                    .push(begun["token"].as_str().ok_or_else(|| begun.to_string())?.to_owned());
            }
        }
        district.filing = district.what_is_filed().await?;
        Ok(district)
    }

    async fn get(&self, path: &str) -> Outcome<Value> {
        let request = self.client.get(format!("http://{}{path}", self.address));
        let request = request.bearer_auth(self.sessions.first().ok_or("nobody is signed in")?);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// A demand at a place that has a point, in the words of the packs in force.
    async fn what_is_filed(&self) -> Outcome<Value> {
        let model = self.get("/api/v1/model").await?;
        let first = |list: &str, wanted: &dyn Fn(&Value) -> bool| -> Outcome<Value> {
            let entries = model[list].as_array().ok_or("a list")?;
            let found = entries.iter().find(|entry| wanted(entry)).ok_or("an entry of it")?;
            Ok(found["name"].clone())
        };
        let places = self.get("/api/v1/gazetteer?q=%E8%B7%AF").await?;
        Ok(json!({
            "case_type": first("case_types", &|kind| !kind["reopen_within"].is_null())?,
            "demand": first("demands", &|demand| demand["counts_in_rates"] == true)?,
            "channel": first("channels", &|channel| channel["public"] == true)?,
            "position": {
                "lon": places["items"][0]["position"]["lon"],
                "lat": places["items"][0]["position"]["lat"],
            },
        }))
    }

    /// Waits until every follower has taken in the whole journal; its last position.
    pub async fn wait_for_followers(&self) -> Outcome<i64> {
        loop {
            let ready = self.get("/readyz").await?;
            let lags = ready["lag"].as_object().ok_or("no lag is told")?;
            // The seals leave the last, unfinished block for later.
            let behind = lags.iter().filter(|(name, _)| *name != "seals");
            if behind.filter_map(|(_, lag)| lag.as_i64()).all(|lag| lag == 0) {
                return ready["last_position"].as_i64().ok_or_else(|| "no position".into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Resident memory of the server.
    pub fn resident_mb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
    }
}

impl Drop for District {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program, built beside this example.
fn program() -> Outcome<PathBuf> {
    let example = std::env::current_exe()?;
    let built = example.parent().and_then(Path::parent).ok_or("no folder of builds")?;
    Ok(built.join("quanyu"))
}
