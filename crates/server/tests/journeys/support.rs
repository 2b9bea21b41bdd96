//! A data folder, the program on it, and people who are signed in.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::Value;

/// The password of everybody here, and the one they are given at first.
const FIRST_PASSWORD: &str = "Spring-Water-2024";
const PASSWORD: &str = "Autumn-Barley-2024";

/// The root of the project, where packs/ and places/ are.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A place of the shipped ones that has grids, by its folder.
pub fn district_folder() -> PathBuf {
    let places = std::fs::read_dir(root().join("places")).expect("places are shipped");
    places
        .map(|entry| entry.expect("readable").path())
        .find(|place| std::fs::read_to_string(place.join("place.toml")).is_ok_and(|text| text.contains("part_of")))
        .expect("a district is shipped")
}

/// The code of that district.
pub fn district() -> String {
    let name = district_folder()
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    format!("{name:0<12}")
}

/// Runs the program to its end.
pub fn quanyu(data: &Path, arguments: &[&str]) -> Output {
    quanyu_with(data, arguments, &[])
}

pub fn quanyu_with(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quanyu"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .envs(environment.iter().copied())
        .current_dir(root())
        .output()
        .expect("the program runs")
}

/// The same, which must succeed; gives what it printed.
#[track_caller]
pub fn succeeds(data: &Path, arguments: &[&str]) -> String {
    let output = quanyu(data, arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "quanyu {}: {err}{out}", arguments.join(" "));
    out
}

/// The same, which must fail with one clear line; gives that line.
#[track_caller]
pub fn fails(data: &Path, arguments: &[&str]) -> String {
    let output = quanyu(data, arguments);
    assert!(!output.status.success(), "quanyu {} succeeded", arguments.join(" "));
    let err = text(&output.stderr);
    assert!(!err.contains("panicked"), "{err}");
    err
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A data folder that was initialised with the shipped district.
pub fn initialised() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let place = district_folder();
    succeeds(folder.path(), &["init", "--place", place.to_str().expect("UTF-8")]);
    folder
}

/// An address that nobody listens on.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The program, serving.
pub struct Server {
    child: Child,
    pub address: String,
    client: reqwest::Client,
}

impl Server {
    /// Starts on a free port.
    pub fn start(data: &Path) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_quanyu")), &["serve"], data)
    }

    /// Starts on a free port, with more arguments.
    pub fn start_with(data: &Path, arguments: &[&str]) -> Self {
        let all = [&["serve"], arguments].concat();
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_quanyu")), &all, data)
    }

    /// Starts a command that serves; `program` is the program, or what runs it.
    pub fn start_as(mut program: Command, arguments: &[&str], data: &Path) -> Self {
        let mut child = program
            .args(arguments)
            .args(["--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(data)
            .current_dir(root())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let told = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = told
            .map(|line| line.expect("UTF-8"))
            .find_map(|line| {
                line.split_whitespace()
                    .find(|word| word.starts_with("http://"))
                    .map(str::to_owned)
            })
            .expect("it says its address");
        Self {
            child,
            address,
            client: reqwest::Client::new(),
        }
    }

    /// Stops it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it dies");
        self.child.wait().expect("it is dead");
    }

    /// Asks for something.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        who: Option<&Person>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        if let Some(who) = who {
            request = request.bearer_auth(&who.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Sends a form with a key.
    pub async fn form(&self, path: &str, key: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}{path}", self.address)).bearer_auth(key);
        let escaped = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(pairs.join("&")).send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Asks for something that must be given.
    pub async fn get(&self, path: &str, who: &Person) -> Value {
        let (status, body) = self.ask(Method::GET, path, Some(who), None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// Sends something that must be taken.
    pub async fn post(&self, path: &str, who: &Person, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(who), Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// Takes the step of a case that does an act, as far as it is offered.
    pub async fn act(&self, number: &str, who: &Person, act: &str, mut with: Value) -> Value {
        let path = format!("/api/v1/cases/{number}");
        let case = self.get(&path, who).await;
        let steps = case["available"]["steps"].as_array().expect("steps");
        let step = steps
            .iter()
            .find(|step| step["act"] == act)
            .unwrap_or_else(|| panic!("{act} is not offered: {case}"));
        with["step"] = step["step"]["name"].clone();
        with["version"] = case["version"].clone();
        self.post(&format!("{path}/steps"), who, with).await
    }

    /// Signs in somebody who has a password of their own.
    pub async fn sign_in_with(&self, login: &str, password: &str) -> Person {
        let given = serde_json::json!({"login": login, "password": password});
        let (status, begun) = self.ask(Method::POST, "/api/v1/sessions", None, Some(given)).await;
        assert!(status.is_success(), "{login} signs in: {status} {begun}");
        assert_eq!(begun["me"]["password_change_due"], false, "{begun}");
        Person {
            token: begun["token"].as_str().expect("a token").to_owned(),
        }
    }

    /// Signs somebody in whose account was made here, and lets them set a password of their own the first time.
    pub async fn sign_in(&self, login: &str) -> Person {
        let given = serde_json::json!({"login": login, "password": FIRST_PASSWORD});
        let (status, begun) = self.ask(Method::POST, "/api/v1/sessions", None, Some(given)).await;
        if status.is_success() {
            let person = Person {
                token: begun["token"].as_str().expect("a token").to_owned(),
            };
            if begun["me"]["password_change_due"] == true {
                let change = serde_json::json!({"present": FIRST_PASSWORD, "new": PASSWORD});
                let (status, answer) = self
                    .ask(Method::PUT, "/api/v1/me/password", Some(&person), Some(change))
                    .await;
                assert!(status.is_success(), "{status} {answer}");
            } else {
                return person;
            }
        }
        self.sign_in_with(login, PASSWORD).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who is signed in.
pub struct Person {
    token: String,
}

impl Person {
    /// What they prove it with.
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// Makes an account from the machine itself.
pub fn account(data: &Path, login: &str, grants: &[String]) {
    let mut arguments = vec!["user", "add", "--login", login, "--name", login];
    for grant in grants {
        arguments.extend(["--grant", grant.as_str()]);
    }
    let output = quanyu_with(data, &arguments, &[("QUANYU_PASSWORD", FIRST_PASSWORD)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}
