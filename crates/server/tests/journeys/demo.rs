//! The demonstration: filled once, whole or not at all, and usable at once.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Server, fails, quanyu, root, succeeds, text};

/// The program.
fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_quanyu"))
}

#[tokio::test]
async fn everybody_of_the_demonstration_can_work_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("demo");
    let told = succeeds(
        &data,
        &["demo", "--scale", "300", "--until", "2024-12-31", "--no-serve"],
    );
    let accounts: Vec<(String, String)> = told
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        })
        .collect();
    assert!(accounts.len() >= 12, "one for every role: {told}");
    let password = told
        .split_once("password ")
        .and_then(|(_, rest)| rest.split_once(')'))
        .expect("the password is told")
        .0;

    // What was filled holds together.
    assert!(succeeds(&data, &["audit", "verify"]).contains("every seal holds"));
    assert!(succeeds(&data, &["rebuild", "--verify"]).contains("as kept"));

    // A second start fills nothing: what it tells is the same, and the database is not written anew.
    let before = std::fs::metadata(data.join("demo.json"))
        .and_then(|meta| meta.modified())
        .expect("kept");
    let server = Server::start_as(program(), &["demo", "--scale", "300"], &data);
    let after = std::fs::metadata(data.join("demo.json"))
        .and_then(|meta| meta.modified())
        .expect("kept");
    assert_eq!(before, after);
    let mut seen = 0;
    for (login, role) in &accounts {
        let person = server.sign_in_with(login, password).await;
        let me = server.get("/api/v1/me", &person).await;
        assert_eq!(me["grants"][0]["role"], Value::from(role.as_str()), "{me}");
        if !role.ends_with("_admin") {
            let closed = server.get("/api/v1/cases?open=false&limit=5", &person).await;
            seen += closed["items"].as_array().expect("a list").len();
        }
    }
    assert!(seen >= 30, "those who work see what was done: {seen}");
}

#[test]
fn a_scale_of_nothing_gives_units_and_accounts_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("demo");
    let told = succeeds(&data, &["demo", "--scale", "0", "--no-serve"]);
    assert!(told.contains(", 0 cases") && told.contains("dispatcher1"), "{told}");
    // Other data is never overwritten.
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("made");
    std::fs::write(other.join("letter.txt"), "mine").expect("written");
    assert!(fails(&other, &["demo", "--no-serve"]).contains("something else"));
    assert_eq!(
        std::fs::read_to_string(other.join("letter.txt")).expect("still there"),
        "mine"
    );
}

#[test]
fn a_demonstration_that_was_killed_begins_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("demo");
    let mut filling = program()
        .args(["demo", "--scale", "20000", "--no-serve", "--data"])
        .arg(&data)
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    // Until cases are being written: the log of the database has grown past units and accounts.
    let beside = folder.path().join("demo.filling");
    let began = Instant::now();
    let size = || std::fs::metadata(beside.join("quanyu.db-wal")).map_or(0, |meta| meta.len());
    while size() < 8 << 20 {
        assert!(began.elapsed() < Duration::from_secs(60), "it fills");
        assert!(
            filling.try_wait().expect("it is there").is_none(),
            "it is still filling"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    filling.kill().expect("it dies");
    filling.wait().expect("it is dead");
    assert!(
        !data.exists() && beside.exists(),
        "what is half filled is not taken for whole"
    );

    let output = quanyu(&data, &["demo", "--scale", "50", "--no-serve"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains(", 50 cases"));
    assert!(!beside.exists());
}
