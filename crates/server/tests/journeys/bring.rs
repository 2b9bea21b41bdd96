//! Records brought in from files, through the program: with faults, with a kill in the middle, on a disk that is full.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, account, district, initialised, quanyu, root, succeeds, text};

/// A file like the one that the shipped mapping reads; `broken` rows have a time that is none.
fn messages(rows: usize, broken: &[usize]) -> String {
    let mut text = "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间\n".to_owned();
    for row in 1..=rows {
        let month = row % 12 + 1;
        let filed = if broken.contains(&row) {
            "昨天".to_owned()
        } else {
            format!("2019/{month}/5 9:32:09")
        };
        let reply = format!("2019/{month}/{} 9:32:09", 6 + row % 20);
        writeln!(
            text,
            "{row},U{row},第{row}件,{filed},\"楼下的路灯\n不亮，请尽快修理\",已经修好,{reply}"
        )
        .expect("a text");
    }
    text
}

fn mapping() -> String {
    let folder = root().join("places/demo-import");
    let mut found = std::fs::read_dir(folder)
        .expect("shipped")
        .map(|entry| entry.expect("readable").path());
    let mapping = found
        .find(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .expect("a mapping");
    mapping.to_str().expect("UTF-8").to_owned()
}

/// The last line that the program printed, which is for programs.
fn last_line(out: &str) -> Value {
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

#[test]
fn three_broken_rows_are_told_and_the_rest_goes_in() {
    let data = initialised();
    let file = data.path().join("messages.csv");
    std::fs::write(&file, messages(500, &[7, 250, 499])).expect("written");
    let arguments = [
        "import",
        "cases",
        "--mapping",
        &mapping(),
        file.to_str().expect("UTF-8"),
    ];
    let summary = last_line(&succeeds(data.path(), &arguments));
    assert_eq!(
        [&summary["imported"], &summary["rejected"], &summary["already"]],
        [497, 3, 0]
    );
    // Half of the replies took less than half of 1 to 20 days, give or take.
    let median = summary["reply_days"]["median"].as_f64().expect("a median");
    assert!((9.0..=12.0).contains(&median), "{summary}");
    let report = std::fs::read_to_string(data.path().join("messages.csv.rejects.csv")).expect("a report");
    // Each record takes two lines of the file, after one of headings.
    for line in ["14,", "500,", "998,"] {
        assert!(report.contains(&format!("\n{line}")), "{line} in {report}");
    }
    let again = last_line(&succeeds(data.path(), &arguments));
    assert_eq!([&again["imported"], &again["already"]], [0, 497], "{again}");
}

#[test]
fn an_import_that_was_killed_goes_on_and_doubles_nothing() {
    let data = initialised();
    let file = data.path().join("messages.csv");
    std::fs::write(&file, messages(30_000, &[])).expect("written");
    let mapping = mapping();
    let arguments = ["import", "cases", "--mapping", &mapping, file.to_str().expect("UTF-8")];
    let mut importing = Command::new(env!("CARGO_BIN_EXE_quanyu"))
        .args(arguments)
        .arg("--data")
        .arg(data.path())
        .current_dir(root())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let wal = data.path().join("quanyu.db-wal");
    let began = Instant::now();
    while std::fs::metadata(&wal).map_or(0, |meta| meta.len()) < 16 << 20 {
        assert!(began.elapsed() < Duration::from_secs(60), "rows go in");
        assert!(
            importing.try_wait().expect("it is there").is_none(),
            "it is still importing"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    importing.kill().expect("it dies");
    importing.wait().expect("it is dead");
    // What was in is whole, and some was in.
    let before = cases(&succeeds(data.path(), &["rebuild", "--verify"]));
    assert!((1..30_000).contains(&before), "{before}");
    let summary = last_line(&succeeds(data.path(), &arguments));
    assert_eq!(summary["rejected"], 0, "{summary}");
    assert_eq!(cases(&succeeds(data.path(), &["rebuild", "--verify"])), 30_000);
    assert!(succeeds(data.path(), &["audit", "verify"]).contains("every seal holds"));
}

/// How many cases a rebuild tells of, which must be as they were kept.
fn cases(told: &str) -> u64 {
    let line = told
        .lines()
        .find(|line| line.starts_with("case: "))
        .expect("cases are told");
    assert!(line.ends_with("as kept"), "{told}");
    line.split_whitespace()
        .nth(1)
        .and_then(|rows| rows.parse().ok())
        .expect("a count")
}

/// A file may grow to so many KiB and no further, as on a disk that is full.
fn with_little_room(kib: u64) -> Command {
    let mut shell = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_quanyu")]);
    shell
}

#[tokio::test]
async fn a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing() {
    let data = initialised();
    let desk = format!("{}-command_centre", district());
    account(data.path(), "operator", &[format!("operator@{desk}")]);
    let largest = ["quanyu.db", "quanyu.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(data.path().join(name)).ok())
        .map(|meta| meta.len())
        .max()
        .expect("a database");
    let server = Server::start_as(with_little_room(largest / 1024 + 64), &["serve"], data.path());
    let operator = server.sign_in("operator").await;
    let model = server.get("/api/v1/model", &operator).await;
    let filing = filing(&model);
    let mut taken = Vec::new();
    let mut refused = 0;
    for _ in 0..4_000 {
        let (status, answer) = server
            .ask(Method::POST, "/api/v1/cases", Some(&operator), Some(filing.clone()))
            .await;
        if status.is_success() {
            taken.push(
                answer["case"]["number"]
                    .as_str()
                    .or(answer["number"].as_str())
                    .expect("a number")
                    .to_owned(),
            );
        } else {
            assert_eq!(status, 503, "{answer}");
            assert!(
                answer["detail"].as_str().is_some_and(|told| !told.is_empty()),
                "{answer}"
            );
            refused += 1;
        }
        if refused == 5 {
            break;
        }
    }
    assert!(
        !taken.is_empty() && refused == 5,
        "{} taken, {refused} refused",
        taken.len()
    );
    // Reading goes on meanwhile.
    server.get(&format!("/api/v1/cases/{}", taken[0]), &operator).await;
    server.kill();

    // With room again everything that was taken is there, and the district goes on.
    let server = Server::start(data.path());
    let operator = server.sign_in("operator").await;
    for number in &taken {
        server.get(&format!("/api/v1/cases/{number}"), &operator).await;
    }
    server.post("/api/v1/cases", &operator, filing).await;
    drop(server);
    assert_eq!(
        cases(&succeeds(data.path(), &["rebuild", "--verify"])),
        taken.len() as u64 + 1
    );

    // The command line says so in one line, too.
    let file = data.path().join("messages.csv");
    std::fs::write(&file, messages(20_000, &[])).expect("written");
    let output = with_little_room(8 * 1024)
        .args([
            "import",
            "cases",
            "--mapping",
            &mapping(),
            file.to_str().expect("UTF-8"),
            "--data",
        ])
        .arg(data.path())
        .current_dir(root())
        .output()
        .expect("it runs");
    let told = text(&output.stderr);
    assert!(
        !output.status.success() && told.contains("disk") && !told.contains("panicked"),
        "{told}"
    );
    let rest = quanyu(
        data.path(),
        &[
            "import",
            "cases",
            "--mapping",
            &mapping(),
            file.to_str().expect("UTF-8"),
        ],
    );
    let summary = last_line(&text(&rest.stdout));
    assert_eq!(
        summary["imported"]
            .as_u64()
            .zip(summary["already"].as_u64())
            .map(|(new, old)| new + old),
        Some(20_000),
        "{summary}"
    );
}

/// A case that an operator may file, in the words of the packs in force.
fn filing(model: &Value) -> Value {
    let first = |list: &str, wanted: &dyn Fn(&Value) -> bool| {
        let entries = model[list].as_array().expect("a list");
        entries.iter().find(|entry| wanted(entry)).expect("one of them")["name"].clone()
    };
    json!({
        "case_type": first("case_types", &|kind| !kind["reopen_within"].is_null()),
        "demand": first("demands", &|demand| demand["answerable_at_intake"] == false),
        "channel": first("channels", &|channel| channel["public"] == false),
        "text": "路灯不亮，请修理。".repeat(400),
        "area": district(),
    })
}
