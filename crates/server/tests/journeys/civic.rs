//! A civic app files a request over Open311 and follows it, until its key is revoked.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Server, account, district, fails, free_address, initialised, succeeds};

#[tokio::test]
async fn an_app_files_and_follows_with_a_key() {
    let folder = initialised();
    let data = folder.path();
    let code = district();
    account(data, "operator", &[format!("operator@{code}-command_centre")]);
    let code = &code[..6];
    assert!(
        fails(
            data,
            &[
                "api-key",
                "add",
                "--name",
                "app",
                "--district",
                code,
                "--right",
                "everything"
            ]
        )
        .contains("open311_file")
    );
    let made = succeeds(
        data,
        &[
            "api-key",
            "add",
            "--name",
            "市民应用",
            "--district",
            code,
            "--right",
            "open311_file",
            "--right",
            "open311_read_own",
            "--json",
        ],
    );
    let made: Value = serde_json::from_str(made.trim()).expect("JSON");
    let (id, key) = (
        made["id"].as_str().expect("an id"),
        made["token"].as_str().expect("a key"),
    );
    let listed = succeeds(data, &["api-key", "list"]);
    assert!(listed.contains("市民应用") && !listed.contains(key), "{listed}");

    let metrics = free_address();
    let server = Server::start_with(data, &["--metrics-listen", &metrics]);
    let base = "/open311/v2";
    let (status, services) = server
        .ask(Method::GET, &format!("{base}/services.json"), None, None)
        .await;
    assert_eq!(status, StatusCode::OK);
    let service = services
        .as_array()
        .expect("services")
        .iter()
        .find(|service| service["metadata"] == false);
    let service = service.expect("one without questions")["service_code"]
        .as_str()
        .expect("a code");
    let form = [
        ("service_code", service),
        ("address_string", "路口东侧"),
        ("description", "气味很大，晚上开不了窗。"),
        ("client_request_id", "0c7b2f"),
    ];
    let filed = server.form(&format!("{base}/requests.json"), key, &form).await;
    let again = server.form(&format!("{base}/requests.json"), key, &form).await;
    assert_eq!(
        (filed.0, again.0),
        (StatusCode::CREATED, StatusCode::OK),
        "{filed:?} {again:?}"
    );
    let number = filed.1[0]["service_request_id"].as_str().expect("an id");
    assert_eq!(again.1[0]["service_request_id"], number);
    let path = format!("{base}/requests/{number}");
    let (status, _) = server.ask(Method::GET, &format!("{path}.json"), None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody has published it");
    let (status, own) = server
        .ask(Method::GET, &format!("{path}.xml?api_key={key}"), None, None)
        .await;
    let own = own.as_str().expect("XML");
    assert!(status.is_success() && own.contains("<status>open</status>"), "{own}");

    // The desk has it like any other.
    let operator = server.sign_in("operator").await;
    let case = server.get(&format!("/api/v1/cases/{number}"), &operator).await;
    assert_eq!(case["text"], "气味很大，晚上开不了窗。", "{case}");
    // Whoever watches the server sees what it did, at another address.
    let (status, _) = server.ask(Method::GET, "/metrics", None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let figures = reqwest::get(format!("http://{metrics}/metrics"))
        .await
        .expect("figures");
    let figures = figures.text().await.expect("a text");
    for line in [
        "quanyu_http_request_duration_seconds_count{method=\"POST\",route=\"/open311/v2/{resource}\",status=\"201\"} 1",
        "quanyu_http_in_hand 0",
        "quanyu_store_up 1",
        "quanyu_store_trouble 0",
        "quanyu_sessions 1",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line}\n{figures}");
    }
    assert!(
        figures.contains("quanyu_follower_lag_events{follower=") && !figures.contains(number),
        "{figures}"
    );
    server.kill();
    succeeds(data, &["api-key", "revoke", id]);
    let server = Server::start(data);
    let refused = server.form(&format!("{base}/requests.json"), key, &form).await;
    assert_eq!(
        (refused.0, &refused.1[0]["code"]),
        (StatusCode::FORBIDDEN, &Value::from(403))
    );
    server.kill();
    assert!(succeeds(data, &["rebuild", "--verify"]).contains("as kept"));
}

/// Whatever refuses: the interface, the shell around it, or nobody at all.
#[tokio::test]
async fn every_refusal_below_its_root_is_told_as_the_standard_wants() {
    let folder = initialised();
    let server = Server::start(folder.path());
    let client = reqwest::Client::new();
    let long = "x".repeat(9_000);
    for (path, format, status) in [
        ("/open311/v2/nothing.json", "json", 404),
        ("/open311/v2/a/b/c.xml", "xml", 404),
        ("/open311/v2", "json", 404),
        ("/open311", "json", 404),
        ("/open311/v2/requests.json?start_date=soon", "json", 400),
        ("/open311/v2/requests.xml?api_key=wrong", "xml", 403),
        (&format!("/open311/v2/requests.xml?api_key={long}"), "xml", 414),
        (&format!("/open311/v2/requests.json?api_key={long}"), "json", 414),
    ] {
        let url = format!("{}{path}", server.address);
        let answer = client.get(url).send().await.expect("an answer");
        let media = answer.headers()["content-type"].to_str().expect("a text").to_owned();
        assert_eq!(answer.status(), status, "{path}");
        let body = answer.text().await.expect("a text");
        match format {
            "xml" => {
                assert_eq!(media, "text/xml; charset=utf-8");
                let begins = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><errors><error><code>{status}</code>");
                assert!(body.starts_with(&begins), "{body}");
            }
            _ => {
                assert_eq!(media, "application/json; charset=utf-8");
                let errors: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!(errors[0]["code"], status, "{body}");
            }
        }
    }
    let many = "y".repeat(40_000);
    let url = format!("{}/open311/v2/requests.json", server.address);
    let answer = client.get(&url).header("x-much", many).send().await.expect("an answer");
    let (status, errors) = (answer.status(), answer.text().await.expect("a text"));
    assert!(
        status == 431 && errors.starts_with(r#"[{"code":431"#),
        "{status} {errors}"
    );
    // The API beside it keeps its own form.
    let answer = client.get(format!("{}/api/v1/nothing", server.address)).send().await;
    assert_eq!(
        answer.expect("an answer").headers()["content-type"],
        "application/problem+json"
    );
    server.kill();
}
