//! The contract of the API on trial: the real program on a data folder of its own, asked by every role what schemathesis
//! (from PyPI) makes of the OpenAPI document. An error of the server, or an answer that the document does not describe,
//! fails the trial.

use std::path::{Path, PathBuf};
use std::process::Command;

use quanyu_domain::access::Role;

use super::Folder;
use super::server::{AGENT, Connection, Server};
use crate::run::{build_program, run};

/// The release that the trial was written with.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// The password of everybody on trial.
const PASSWORD: &str = "Spring-Water-2024";
/// What is held against the document.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";
/// Seconds for each role unless told otherwise: twelve of them take a few minutes.
const SECONDS: &str = "20";

/// Runs the trial; `--seconds N` for each role.
pub fn contract(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let seconds = match arguments {
        [] => SECONDS,
        ["--seconds", seconds] if seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0) => seconds,
        _ => return Err("usage: cargo xtask trial contract [--seconds N]".to_owned()),
    };
    let folder = Folder::new(root, "trial")?;
    let venv = folder.join("venv");
    let venv_text = venv.to_string_lossy().into_owned();
    run(root, "python3", &["-m", "venv", &venv_text], &[])?;
    let pip = venv.join("bin/pip").to_string_lossy().into_owned();
    run(
        root,
        &pip,
        &["install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS],
        &[],
    )?;
    let data = folder.join("data");
    let program = Program {
        root,
        path: build_program(root, "dev")?,
        data: data.to_string_lossy().into_owned(),
    };
    let (place, district) = district(root)?;
    program.runs(&["init", "--place", &place])?;
    for role in Role::ALL {
        let unit = unit_of(role, &district);
        let grant = format!("{}@{unit}", role.name());
        let login = role.name();
        program.runs(&["user", "add", "--login", login, "--name", login, "--grant", &grant])?;
    }
    let server = Server::serving(program.command(&["serve", "--log", "error"]))?;
    let st = venv.join("bin/st");
    let mut report = Vec::new();
    for role in [None].into_iter().chain(Role::ALL.map(Some)) {
        let name = role.map_or("nobody", Role::name);
        let mut connection = Connection::open(&server.address)?;
        if role.is_some() {
            connection.sign_in(name, PASSWORD)?;
        }
        let tried = try_role(&st, &server, connection.token(), seconds, name)?;
        if role.is_some() {
            // Whoever was signed out on the way has tried nothing but doors that are shut.
            let me = connection.get("/api/v1/me");
            me.map_err(|fault| format!("{name}: the session ended on the way: {fault}"))?;
        }
        report.push(format!("{name:16} {tried}"));
    }
    report.push("0 errors of the server, 0 answers outside of the contract".to_owned());
    Ok(report.join("\n"))
}

/// Has schemathesis ask what it likes; what would end the session itself is left out.
fn try_role(st: &Path, server: &Server, token: Option<&str>, seconds: &str, name: &str) -> Result<String, String> {
    let mut command = Command::new(st);
    command
        .args(["run", &format!("http://{}/api/v1/openapi.json", server.address)])
        .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS])
        .args([
            "--max-examples",
            "8",
            "--max-time",
            seconds,
            "--seed",
            "1",
            "--no-shrink",
        ])
        .args([
            "--continue-on-failure",
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
        ])
        .args([
            "--exclude-operation-id",
            "sign_out",
            "--exclude-operation-id",
            "sign_out_everywhere",
        ])
        .args(["--header", &format!("User-Agent: {AGENT}")])
        // It keeps what it found beside where it runs.
        .current_dir(st.parent().unwrap_or(st));
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let output = command
        .output()
        .map_err(|fault| format!("schemathesis cannot be started: {fault}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let cases = told.lines().map(str::trim).find(|line| line.contains(" generated"));
    match (output.status.success(), cases) {
        (true, Some(cases)) => Ok(cases.to_owned()),
        _ => Err(format!("{name}:\n{told}\n{}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// Where a role is held: those of the desk at the desk, the others at the district.
fn unit_of(role: Role, district: &str) -> String {
    match role {
        Role::Operator | Role::Dispatcher | Role::Verifier | Role::CallBackClerk | Role::Handler => {
            format!("{district}-command_centre")
        }
        _ => district.to_owned(),
    }
}

/// A shipped district: its folder, and its code.
fn district(root: &Path) -> Result<(String, String), String> {
    let places = std::fs::read_dir(root.join("places")).map_err(|fault| format!("places/: {fault}"))?;
    let mut folders: Vec<PathBuf> = places.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let found = folders
        .into_iter()
        .find(|place| std::fs::read_to_string(place.join("place.toml")).is_ok_and(|text| text.contains("part_of")));
    let place = found.ok_or("no district is shipped")?;
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((place.to_string_lossy().into_owned(), format!("{name:0<12}")))
}

/// The program on its data folder.
struct Program<'a> {
    root: &'a Path,
    path: PathBuf,
    data: String,
}

impl Program<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .args(["--data", &self.data])
            .env("QUANYU_PASSWORD", PASSWORD)
            .current_dir(self.root);
        command
    }

    fn runs(&self, arguments: &[&str]) -> Result<(), String> {
        let output = self.command(arguments).output().map_err(|fault| fault.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("quanyu {}: {why}", arguments.join(" ")))
    }
}
