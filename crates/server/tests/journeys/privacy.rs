//! A person is kept private: found by words, never shown to the public but redacted, erased on request; keys are renewed.

use serde_json::json;

use crate::support::{Server, account, district, fails, initialised, succeeds};

#[test]
fn keys_are_renewed_copied_and_recovered() {
    let data = initialised();
    let folder = data.path();
    let show = || succeeds(folder, &["keys", "show", "--json"]);
    let before: serde_json::Value = serde_json::from_str(&show()).expect("JSON");
    assert_eq!(before["root"], before["master"]);
    let told = succeeds(folder, &["keys", "rotate"]);
    let after: serde_json::Value = serde_json::from_str(&show()).expect("JSON");
    assert_eq!(after["root"], before["root"], "secrets that were told still hold");
    assert_ne!(after["master"], before["master"]);
    assert!(told.contains(after["master"].as_str().expect("a name")), "{told}");

    let elsewhere = tempfile::tempdir().expect("a folder");
    let path = |name: &str| elsewhere.path().join(name).to_str().expect("UTF-8").to_owned();
    let (backup, sheet, mistyped) = (path("backup"), path("sheet.txt"), path("mistyped.txt"));
    succeeds(folder, &["backup", &backup]);
    succeeds(folder, &["keys", "escrow", &sheet]);
    let other = elsewhere.path().join("other");
    let refused = fails(&other, &["restore", &backup]);
    assert!(refused.contains(before["root"].as_str().expect("a name")), "{refused}");
    let written = std::fs::read_to_string(&sheet).expect("a sheet");
    let line = written
        .lines()
        .find(|line| line.starts_with("1a"))
        .expect("the second key");
    let wrong = line.replacen(&line[4..8], if line[4..8] == *"0000" { "0001" } else { "0000" }, 1);
    std::fs::write(&mistyped, written.replace(line, &wrong)).expect("written");
    assert!(fails(&other, &["keys", "recover", &mistyped]).contains("mistyped"));
    // With the root key alone the master key is missed, by its name.
    let root_only: String = written
        .lines()
        .filter(|line| !line.starts_with('1'))
        .map(|line| format!("{line}\n"))
        .collect();
    let short = path("short.txt");
    std::fs::write(&short, root_only).expect("written");
    let third = elsewhere.path().join("third");
    succeeds(&third, &["keys", "recover", &short]);
    let refused = fails(&third, &["restore", &backup]);
    assert!(refused.contains(after["master"].as_str().expect("a name")), "{refused}");
    succeeds(&other, &["keys", "recover", &sheet]);
    succeeds(&other, &["restore", &backup]);
    assert!(fails(&other, &["keys", "recover", &sheet]).contains("exists already"));
}

#[tokio::test]
async fn who_asks_is_erased_and_the_history_holds() {
    let folder = initialised();
    let data = folder.path();
    let desk = format!("{}-command_centre", district());
    for role in ["operator", "dispatcher"] {
        account(data, role, &[format!("{role}@{desk}")]);
    }
    let server = Server::start(data);
    let operator = server.sign_in("operator").await;
    let dispatcher = server.sign_in("dispatcher").await;
    let model = server.get("/api/v1/model", &operator).await;
    let first = |list: &str| model[list][0]["name"].clone();
    let demand = json!({
        "case_type": first("case_types"), "demand": first("demands"), "channel": first("channels"),
        "text": "楼下的沙棘果摊占道，请联系13800001234。", "reporter": {"name": "马女士", "phone": "13800001234"},
    });
    let filed = server.post("/api/v1/cases", &operator, demand).await;
    let number = filed["number"].as_str().expect("a number").to_owned();
    let search = "/api/v1/cases/search?q=%E6%B2%99%E6%A3%98%E6%9E%9C";
    let mut found = serde_json::Value::Null;
    for _ in 0..100 {
        found = server.get(search, &dispatcher).await;
        if found["items"][0]["number"] == number.as_str() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(
        found["items"][0]["number"],
        number.as_str(),
        "found a moment later: {found}"
    );
    server.kill();

    let unknown = fails(data, &["erase", "990101-000000-000000", "--reason", "本人申请"]);
    assert!(unknown.contains("unknown_case"), "{unknown}");
    assert!(fails(data, &["erase", "12", "--reason", "x"]).contains("18 digits"));
    assert!(succeeds(data, &["keys", "rotate"]).starts_with("1 values"));
    assert!(succeeds(data, &["erase", &number, "--reason", "本人申请"]).contains(&number));
    assert!(!succeeds(data, &["rebuild", "--verify"]).contains("DIFFERS"));
    assert!(succeeds(data, &["audit", "verify"]).contains("every seal holds"));
    let exported = succeeds(data, &["export", "cases", "--texts"]);
    assert!(exported.contains(&number) && !exported.contains("沙棘果"), "{exported}");
    let server = Server::start(data);
    let dispatcher = server.sign_in("dispatcher").await;
    assert_eq!(server.get(search, &dispatcher).await["items"], json!([]));
    let case = server.get(&format!("/api/v1/cases/{number}"), &dispatcher).await;
    assert!(case["text"].is_null() && case["anonymous"] == true, "{case}");
}
