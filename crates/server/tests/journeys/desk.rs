//! A case from the telephone to the rating, through every desk, with a power cut in the middle.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, Server, account, district, fails, initialised, succeeds};

struct Desks {
    operator: Person,
    dispatcher: Person,
    verifier: Person,
    clerk: Person,
}

impl Desks {
    async fn sign_in(server: &Server) -> Self {
        Self {
            operator: server.sign_in("operator").await,
            dispatcher: server.sign_in("dispatcher").await,
            verifier: server.sign_in("verifier").await,
            clerk: server.sign_in("clerk").await,
        }
    }
}

/// The names that the packs in force give to things, as a client finds them.
async fn words(server: &Server, who: &Person) -> (Value, String, String, String, String) {
    let model = server.get("/api/v1/model", who).await;
    let first = |list: &str, wanted: &dyn Fn(&Value) -> bool| -> String {
        let list = model[list].as_array().unwrap_or_else(|| panic!("{list} in {model}"));
        list.iter().find(|entry| wanted(entry)).expect("one of them")["name"]
            .as_str()
            .expect("a name")
            .to_owned()
    };
    let case_type = first("case_types", &|t| !t["reopen_within"].is_null());
    let demand = first("demands", &|d| {
        d["answerable_at_intake"] == false && d["counts_in_rates"] == true
    });
    let channel = first("channels", &|c| c["public"] == true);
    let outcome = first("outcomes", &|o| o["solved"] == true);
    (model.clone(), case_type, demand, channel, outcome)
}

#[tokio::test]
async fn a_call_becomes_a_case_and_ends_with_a_rating() {
    let folder = initialised();
    let data = folder.path();
    let district = district();
    let desk = format!("{district}-command_centre");
    for (login, role) in [
        ("operator", "operator"),
        ("dispatcher", "dispatcher"),
        ("verifier", "verifier"),
        ("clerk", "call_back_clerk"),
    ] {
        account(data, login, &[format!("{role}@{desk}")]);
    }
    assert!(
        fails(
            data,
            &["user", "add", "--login", "x1", "--name", "x", "--grant", "king@1"]
        )
        .contains("king")
    );

    let server = Server::start(data);
    assert!(
        fails(data, &["rebuild"]).contains("another server"),
        "one server works on a data folder"
    );
    let desks = Desks::sign_in(&server).await;
    let (_, case_type, demand, channel, outcome) = words(&server, &desks.operator).await;

    // A road by its initials, a matter by the words of the caller.
    let found = server.get("/api/v1/gazetteer?q=wsdj", &desks.operator).await;
    let place = &found["items"][0];
    let text = "五四大街路口的井盖破损，车辆经过时有响声，夜间有安全隐患。";
    let filed = server
        .post(
            "/api/v1/cases",
            &desks.operator,
            json!({
                "case_type": case_type, "demand": demand, "channel": channel, "text": text,
                "place": "五四大街路口", "position": {"lon": place["position"]["lon"], "lat": place["position"]["lat"]},
                "reporter": {"name": "马女士", "phone": "13800001234"},
            }),
        )
        .await;
    let number = filed["number"].as_str().expect("a number").to_owned();
    let secret = filed["tracking_secret"].as_str().expect("a secret").to_owned();
    let path = format!("/api/v1/cases/{number}");
    let earlier = server
        .post(
            "/api/v1/callers/lookup",
            &desks.operator,
            json!({"phone": "138-0000-1234", "purpose": "来电"}),
        )
        .await;
    assert_eq!(earlier["items"][0]["number"], number, "{earlier}");

    // The dispatcher is told what the directory proposes, and sends it out.
    let proposal = server.get(&format!("{path}/proposal"), &desks.dispatcher).await;
    let matter = proposal["suggestions"][0]["matter"]["code"]
        .as_str()
        .expect("a matter is suggested")
        .to_owned();
    let case = server
        .act(&number, &desks.dispatcher, "dispatch", json!({"matter": matter}))
        .await;
    let lead = case["lead"]["code"].as_str().expect("a lead unit").to_owned();
    let limits = server.get(&format!("{path}/limits"), &desks.dispatcher).await;
    assert!(
        limits.to_string().contains("到期") || limits.to_string().contains("截止"),
        "{limits}"
    );

    // The power fails. Whatever was answered is there afterwards, and so are the sessions.
    server.kill();
    account(data, "handler", &[format!("handler@{lead}")]);
    let server = Server::start(data);
    let handler = server.sign_in("handler").await;
    let after = server.get(&path, &desks.dispatcher).await;
    assert_eq!(after["version"], case["version"]);

    server.act(&number, &handler, "accept", json!({})).await;
    server
        .act(&number, &handler, "contact", json!({"note": "已与来电人联系"}))
        .await;
    let stale = json!({"step": "hand_in", "version": 1, "reply": "已更换。", "outcome": outcome});
    let (status, problem) = server
        .ask(Method::POST, &format!("{path}/steps"), Some(&handler), Some(stale))
        .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::CONFLICT, Some("stale_version")),
        "{problem}"
    );
    server
        .act(
            &number,
            &handler,
            "hand_in",
            json!({"reply": "井盖已更换。", "outcome": outcome}),
        )
        .await;
    let (status, _) = server.ask(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    server.act(&number, &desks.verifier, "pass", json!({})).await;
    let answers = json!({"reached": true, "responded": true, "solved": true, "satisfaction": "satisfied"});
    let closed = server
        .act(&number, &desks.clerk, "call_back", json!({"answers": answers}))
        .await;
    assert_eq!(closed["phase"], "closed");

    // The reporter follows with number and secret; a wrong secret and an unknown number look alike.
    let tracking = format!("/api/v1/tracking/{number}");
    let (status, followed) = server
        .ask(Method::POST, &tracking, None, Some(json!({"secret": secret})))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(followed.to_string().contains("井盖已更换"), "{followed}");
    let (wrong, one) = server
        .ask(Method::POST, &tracking, None, Some(json!({"secret": "0000-0000-0000"})))
        .await;
    let other = "/api/v1/tracking/990101-000000-000000";
    let (unknown, two) = server
        .ask(Method::POST, other, None, Some(json!({"secret": secret})))
        .await;
    assert_eq!(
        (wrong, &one["code"], &one["detail"]),
        (unknown, &two["code"], &two["detail"])
    );
    let why = json!({"secret": secret, "reason": "井盖又响了"});
    let (status, reopened) = server
        .ask(Method::POST, &format!("{tracking}/reopen"), None, Some(why))
        .await;
    assert_eq!(
        (status, reopened["phase"].as_str()),
        (StatusCode::OK, Some("handling")),
        "{reopened}"
    );

    // Backed up while it serves, restored elsewhere: the same district.
    let backup = folder.path().join("backup");
    let backup_text = backup.to_str().expect("UTF-8");
    succeeds(data, &["backup", backup_text]);
    server.kill();
    let elsewhere = tempfile::tempdir().expect("a folder");
    assert!(fails(elsewhere.path(), &["restore", backup_text]).contains("root key"));
    let key = data.join("keys").join("root.key");
    let key = key.to_str().expect("UTF-8");
    succeeds(elsewhere.path(), &["restore", backup_text, "--key-file", key]);
    assert!(fails(elsewhere.path(), &["restore", backup_text, "--key-file", key]).contains("already"));
    assert!(succeeds(elsewhere.path(), &["rebuild", "--verify", "--key-file", key]).contains("as kept"));
    assert!(succeeds(elsewhere.path(), &["audit", "verify", "--key-file", key]).contains("every seal holds"));
    let exported = succeeds(elsewhere.path(), &["export", "cases", "--key-file", key]);
    assert!(exported.contains(&number), "{exported}");
}
