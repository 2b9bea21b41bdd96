//! Other rules come into force: previewed with what is wrong with them, refused to who may not, in force for what comes,
//! while what was there before goes by the rules that set its limits.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::support::{Person, Server, account, district, initialised, root};

const PREVIEW: &str = "/api/v1/activations/preview";
const ACTIVATIONS: &str = "/api/v1/activations";

/// The folders that an administrator chooses.
fn files() -> Map<String, Value> {
    let mut sources = quanyu_pack::Sources::default();
    for part in ["packs", "places"] {
        let findings = quanyu_pack::read_folder(&mut sources, &root().join(part), part);
        assert!(findings.is_empty(), "{findings}");
    }
    sources
        .iter()
        .map(|(path, text)| (path.to_owned(), text.into()))
        .collect()
}

/// The files with the first line of a section of a pack that sets something set otherwise.
fn with_line(files: &Map<String, Value>, section: &str, key: &str, value: &str) -> Map<String, Value> {
    let header = format!("[{section}]\n");
    let mut files = files.clone();
    let (_, text) = files
        .iter_mut()
        .find(|(path, text)| path.starts_with("packs/") && text.as_str().is_some_and(|text| text.contains(&header)))
        .unwrap_or_else(|| panic!("a pack declares {section}"));
    let written = text.as_str().expect("a text").to_owned();
    let (before, after) = written.split_once(&header).expect("found above");
    let start = after.find(&format!("{key} = ")).expect("the section sets it");
    let end = start + after[start..].find('\n').expect("more lines");
    *text = format!("{before}{header}{}{key} = {value}{}", &after[..start], &after[end..]).into();
    files
}

/// A demand that is filed and sent out; its number.
async fn sent_out(server: &Server, operator: &Person, dispatcher: &Person) -> String {
    let model = server.get("/api/v1/model", operator).await;
    let first = |list: &str, wanted: &dyn Fn(&Value) -> bool| {
        let list = model[list].as_array().expect("a list");
        list.iter().find(|entry| wanted(entry)).expect("one of them")["name"].clone()
    };
    let demand = json!({
        "case_type": first("case_types", &|one| !one["reopen_within"].is_null()),
        "demand": first("demands", &|one| one["answerable_at_intake"] == false),
        "channel": first("channels", &|_| true),
        "text": "路口的井盖破损，车辆经过时有响声。",
    });
    let filed = server.post("/api/v1/cases", operator, demand).await;
    let number = filed["number"].as_str().expect("a number").to_owned();
    let proposal = server
        .get(&format!("/api/v1/cases/{number}/proposal"), dispatcher)
        .await;
    let matter = proposal["suggestions"][0]["matter"]["code"].clone();
    server
        .act(&number, dispatcher, "dispatch", json!({ "matter": matter }))
        .await;
    number
}

/// Why a limit of a case is what it is.
async fn explained(server: &Server, who: &Person, number: &str, clock: &Value) -> Value {
    let limits = server.get(&format!("/api/v1/cases/{number}/limits"), who).await;
    let all = limits["limits"].as_array().expect("limits");
    all.iter()
        .find(|one| one["clock"]["name"] == *clock)
        .unwrap_or_else(|| panic!("{clock} in {limits}"))
        .clone()
}

#[tokio::test]
async fn new_rules_hold_for_what_comes_and_old_ones_explain_what_was_there() {
    let folder = initialised();
    let data = folder.path();
    let (place, desk) = (district(), format!("{}-command_centre", district()));
    for (login, grant) in [
        ("operator", format!("operator@{desk}")),
        ("dispatcher", format!("dispatcher@{desk}")),
        ("admin", format!("system_admin@{place}")),
        ("security", format!("security_admin@{place}")),
        ("auditor", format!("audit_admin@{place}")),
    ] {
        account(data, login, &[grant]);
    }
    let server = Server::start(data);
    let (operator, dispatcher) = (server.sign_in("operator").await, server.sign_in("dispatcher").await);
    let admin = server.sign_in("admin").await;
    let old = sent_out(&server, &operator, &dispatcher).await;
    let case = server.get(&format!("/api/v1/cases/{old}"), &dispatcher).await;
    let clocks = case["clocks"].as_array().expect("clocks");
    let in_days = |clock: &&Value| {
        let limit = clock["limit"].as_str().expect("a limit");
        clock["standing"] == "running" && limit.contains("workday")
    };
    let clock = clocks.iter().find(in_days).expect("a limit in working days").clone();
    let (name, class) = (clock["clock"]["name"].clone(), clock["class"]["name"].clone());
    let before = explained(&server, &dispatcher, &old, &name).await;

    // A slip of the pen: told where it stands and in the reader's language, and kept out.
    let files = files();
    let section = format!("limit.{}", class.as_str().expect("a name"));
    let broken = with_line(&files, &section, "duration", "\"9 wokdays\"");
    let shown = server.post(PREVIEW, &admin, json!({ "files": broken })).await;
    assert_eq!((&shown["sound"], &shown["districts"]), (&json!(false), &json!([])));
    let finding = &shown["findings"][0];
    assert_eq!(
        (&finding["severity"], &finding["code"]),
        (&json!("error"), &json!("not_a_unit_of_time"))
    );
    assert_eq!(finding["what"], "`wokdays` 不是时限的单位");
    assert!(
        finding["text"].as_str().expect("the line").contains("9 wokdays"),
        "{finding}"
    );
    let order = |files: &Map<String, Value>, shown: &Value| json!({"files": files, "source": shown["source"], "after": shown["after"]});
    let refused = |answer: (StatusCode, Value)| (answer.0, answer.1["code"].as_str().unwrap_or_default().to_owned());
    let ask = async |who: Option<&Person>, path: &str, body: Value| {
        refused(server.ask(Method::POST, path, who, Some(body)).await)
    };
    assert_eq!(
        ask(Some(&admin), ACTIVATIONS, order(&broken, &shown)).await,
        (StatusCode::UNPROCESSABLE_ENTITY, "pack_findings".to_owned())
    );

    // Sound ones are for a system administrator alone, to look at and to put into force.
    let days: u32 = clock["limit"]
        .as_str()
        .and_then(|limit| limit.split(' ').next()?.parse().ok())
        .expect("so many working days");
    let slower = with_line(&files, &section, "duration", &format!("\"{} workdays\"", days + 2));
    let shown = server.post(PREVIEW, &admin, json!({ "files": slower })).await;
    assert_eq!(
        (&shown["sound"], &shown["after"]),
        (&json!(true), &json!(1)),
        "{}",
        shown["findings"]
    );
    let districts = shown["districts"].as_array().expect("districts");
    let differs = |one: &Value| one["what"] == "limit" && one["name"] == class && one["change"] == "changed";
    assert!(
        districts
            .iter()
            .any(|one| one["differences"].as_array().expect("a list").iter().any(differs)),
        "{districts:?}"
    );
    assert!(
        districts.iter().any(|one| one["open"] == 1 && one["open_older"] == 1),
        "{districts:?}"
    );
    let security = server.sign_in("security").await;
    for (who, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some(&dispatcher), StatusCode::FORBIDDEN),
        (Some(&security), StatusCode::FORBIDDEN),
    ] {
        // Nothing that they send is read, so that little is sent.
        assert_eq!(ask(who, PREVIEW, json!({ "files": {} })).await.0, status);
        assert_eq!(ask(who, ACTIVATIONS, order(&Map::new(), &shown)).await.0, status);
    }
    let made = server.post(ACTIVATIONS, &admin, order(&slower, &shown)).await;
    assert_eq!((&made["number"], &made["in_force"]), (&json!(2), &json!(true)));
    assert_eq!(
        ask(Some(&admin), ACTIVATIONS, order(&slower, &shown)).await,
        (StatusCode::CONFLICT, "activated_meanwhile".to_owned())
    );

    // What comes goes by the new rule; what was there keeps its limit, and why, word for word.
    let new = sent_out(&server, &operator, &dispatcher).await;
    let after = explained(&server, &dispatcher, &new, &name).await;
    assert_ne!(after["model"], before["model"]);
    assert!(
        after["due_at"].as_str() > before["due_at"].as_str(),
        "{after} and {before}"
    );
    assert_eq!(explained(&server, &dispatcher, &old, &name).await, before);

    // So it is after a start, and whoever audits the district finds who did it.
    server.kill();
    let server = Server::start(data);
    let dispatcher = server.sign_in("dispatcher").await;
    assert_eq!(explained(&server, &dispatcher, &old, &name).await, before);
    assert_eq!(explained(&server, &dispatcher, &new, &name).await, after);
    let auditor = server.sign_in("auditor").await;
    let events = server.get("/api/v1/audit?noun=rules", &auditor).await;
    let events = events["items"].as_array().expect("events");
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[0]["by"]["name"], "admin", "{events:?}");
}
