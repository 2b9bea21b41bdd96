//! What administrators do beside the registers: rules into force, seals, how the program is doing.

use quanyu_domain::access::Role;
use serde_json::{Map, Value, json};

use crate::support::{World, shipped, text};

/// The shipped files, with one of them changed.
fn files(changed: Option<(&str, &str, &str)>) -> Value {
    let mut files = Map::new();
    for (path, content) in shipped().iter() {
        let content = match changed {
            Some((kind, from, to)) if path.ends_with(kind) => content.replace(from, to),
            _ => content.to_owned(),
        };
        files.insert(path.to_owned(), content.into());
    }
    Value::Object(files)
}

#[tokio::test]
async fn rules_come_into_force_as_they_were_previewed() {
    let world = World::new().await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    let listed = admin.get("/api/v1/activations").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["by"]["kind"], "program");

    let broken = json!({"files": files(Some(("place.toml", "[", "[[[")))});
    let shown = admin.post("/api/v1/activations/preview", broken).await.ok();
    assert_eq!(shown["sound"], false);
    let finding = &shown["findings"][0];
    assert!(text(&finding["file"]).ends_with("place.toml"), "{finding}");
    assert!(
        finding["line"].as_i64().unwrap() > 0 && !text(&finding["text"]).is_empty(),
        "{finding}"
    );
    assert_eq!(finding["code"], "not_toml");
    assert!(text(&finding["what"]).starts_with("这不是 TOML"), "{finding}");
    assert!(text(&finding["advice"]).starts_with("请改正"), "{finding}");

    let limit = text(&world.model["limits"][0]["title"]["zh"]);
    let renamed = files(Some((".toml", &format!("\"{limit}\""), "\"另一个名称\"")));
    let shown = admin
        .post("/api/v1/activations/preview", json!({"files": renamed}))
        .await
        .ok();
    assert_eq!(
        (&shown["sound"], &shown["after"]),
        (&json!(true), &json!(1)),
        "{}",
        shown["findings"]
    );
    let told: Vec<&Value> = shown["districts"].as_array().unwrap().iter().collect();
    let told = told
        .iter()
        .flat_map(|district| district["differences"].as_array().unwrap());
    assert!(
        told.into_iter()
            .any(|one| one["what"] == "limit" && one["title"]["zh"] == "另一个名称"),
        "{shown}"
    );

    let order = json!({"files": renamed, "source": shown["source"], "after": shown["after"]});
    let made = admin.post("/api/v1/activations", order.clone()).await.ok();
    assert_eq!((&made["number"], &made["in_force"]), (&json!(2), &json!(true)));
    assert!(text(&made["by"]["name"]).starts_with("system_admin"));
    let again = admin.post("/api/v1/activations", order).await;
    assert_eq!(again.problem(), (409, "activated_meanwhile"));
    let model = world.public().get("/api/v1/model").await.ok();
    assert!(model["limits"].to_string().contains("另一个名称"));
    let listed = admin.get("/api/v1/activations?limit=1").await.ok();
    assert_eq!(
        (&listed["items"][0]["number"], &listed["next"]),
        (&json!(2), &json!("2"))
    );
}

#[tokio::test]
async fn sources_are_bounded_and_stay_in_their_folders() {
    let world = World::new().await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    let path = "/api/v1/activations/preview";
    for wrong in [
        "pack.toml",
        "packs/../x.toml",
        "packs//x.toml",
        "/packs/x.toml",
        "packs\\x.toml",
        "packs/./x.toml",
    ] {
        let answer = admin.post(path, json!({"files": {wrong: ""}})).await;
        assert_eq!(answer.problem(), (422, "bad_path"), "{wrong}");
    }
    let many: Map<String, Value> = (0..2_001).map(|n| (format!("packs/x/{n}.toml"), json!(""))).collect();
    assert_eq!(
        admin.post(path, json!({"files": many})).await.problem(),
        (422, "too_many_files")
    );
    let large = "#".repeat(5 * 1024 * 1024 + 1);
    let large = admin.post(path, json!({"files": {"packs/x/pack.toml": large}})).await;
    assert_eq!(large.problem(), (422, "file_too_large"));
    let huge = "#".repeat(25 * 1024 * 1024);
    let huge = admin.post(path, json!({"files": {"packs/x/pack.toml": huge}})).await;
    assert_eq!(huge.problem(), (413, "body_too_large"));
    // What is no source is left alone, as the command line leaves it alone.
    let other = json!({"files": {"packs/README.md": "[", "packs/x/source/raw.toml": "["}});
    let shown = admin.post(path, other).await.ok();
    assert_eq!((&shown["files"], &shown["findings"]), (&json!(0), &json!([])));
    assert!(text(&shown["trouble"]["en"]).contains("place.toml"));
}

#[tokio::test]
async fn the_rulebook_tells_what_is_counted_and_when_people_work() {
    let world = World::new().await;
    let public = world.public();
    let district = world.district.district();
    let models = public.get("/api/v1/model/districts").await.ok();
    let own = |one: &&Value| one["district"] == district.0;
    let own = models["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(own)
        .expect("the district");
    assert_eq!(own["version"], world.model["version"]);
    let figures = public
        .get(&format!("/api/v1/model/figures?district={district}"))
        .await
        .ok();
    let rate = &figures["rates"][0];
    assert!(!text(&rate["numerator"][0]["title"]["zh"]).is_empty(), "{rate}");
    assert!(
        figures["measures"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["condition"].is_string())
    );
    let time = public
        .get(&format!("/api/v1/model/work-time?district={district}"))
        .await
        .ok();
    let year = |one: &&Value| one["year"] == 2024;
    let year = time["years"].as_array().unwrap().iter().find(year).expect("2024");
    let new_year = json!({"date": "2024-01-01", "off": true, "name": "元旦",
        "title": {"zh": "元旦", "en": "New Year's Day"}});
    assert!(year["exceptions"].as_array().unwrap().contains(&new_year), "{year}");
    assert!(!time["daily"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn accounts_are_found_by_words_role_and_whether_they_are_on() {
    let world = World::new().await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    for login in ["li.si", "wang.wu"] {
        world.account(login, &[(Role::Dispatcher, &world.desk)]).await;
    }
    let off = world.account("zhao.liu", &[]).await;
    admin
        .put(&format!("/api/v1/accounts/{off}/active"), json!({"active": false}))
        .await
        .ok();
    let found = async |query: &str| {
        let page = admin.get(&format!("/api/v1/accounts?{query}")).await.ok();
        let items = page["items"].as_array().unwrap().clone();
        (
            items.iter().map(|one| text(&one["login"])).collect::<Vec<_>>(),
            page["next"].clone(),
        )
    };
    assert_eq!(found("q=LI.S").await.0, ["li.si"]);
    assert_eq!(
        found("q=%E6%9C%AC%E4%BA%BA&role=dispatcher").await.0,
        ["li.si", "wang.wu"]
    );
    assert_eq!(found("active=false").await.0, ["zhao.liu"]);
    let (first, next) = found("role=dispatcher&limit=1").await;
    assert_eq!(first, ["li.si"]);
    let rest = found(&format!("role=dispatcher&limit=1&after={}", text(&next))).await;
    assert_eq!(rest.0, ["wang.wu"]);
}

#[tokio::test]
async fn seals_and_vitals_are_told_to_those_who_answer_for_them() {
    let world = World::new().await;
    let auditor = world.somebody(Role::AuditAdmin, &world.city).await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    let seals = auditor.get("/api/v1/audit/seals").await.ok();
    assert_eq!((&seals["count"], &seals["items"]), (&json!(0), &json!([])));
    world.minutes_later(11);
    quanyu_app::followers::run_until_caught_up(&world.app, &quanyu_app::followers::all())
        .await
        .unwrap();
    let seals = auditor.get("/api/v1/audit/seals").await.ok();
    assert_eq!(seals["items"][0]["holds"], true, "{seals}");
    let of_first = auditor.get("/api/v1/audit/1/seal").await.ok();
    assert_eq!(of_first["seal"]["hash"], seals["items"][0]["hash"]);
    let newest = seals["last_position"].as_i64().unwrap() + 1;
    assert_eq!(
        auditor.get(&format!("/api/v1/audit/{newest}/seal")).await.ok(),
        json!({})
    );
    assert_eq!(
        auditor.get("/api/v1/audit/seals?limit=51").await.problem(),
        (422, "limit_out_of_bounds")
    );

    let vitals = admin.get("/api/v1/vitals").await.ok();
    assert!(text(&vitals["engine"]).starts_with("SQLite"), "{vitals}");
    assert!(vitals["disk"]["free"].as_u64().unwrap() > 0, "{vitals}");
    assert!(
        vitals["followers"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == "seals")
    );

    // A search says who acted, by name.
    let made = auditor.get("/api/v1/audit?noun=account&limit=2").await.ok();
    let by: Vec<&Value> = made["items"].as_array().unwrap().iter().map(|one| &one["by"]).collect();
    assert!(text(&by[0]["name"]).starts_with("system_admin"), "signed in: {made}");
    assert_eq!(by[1]["kind"], "program", "{made}");
    let without_noun = auditor.get("/api/v1/audit?id=240315-093022-100123").await;
    assert_eq!(without_noun.problem(), (422, "noun_and_id"));
    let late = auditor.get("/api/v1/audit?from=2024-03-05").await.ok();
    assert_eq!(late["items"], json!([]));
}
