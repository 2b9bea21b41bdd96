//! What a district is described by: units, directory, places; and who else is told.

use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{Answer, World, text};

#[tokio::test]
async fn outlines_hold_the_points_that_are_located_in_them() {
    let world = World::new().await;
    let public = world.public();
    let (lon, lat) = world.place();
    let located = public
        .get(&format!("/api/v1/areas/locate?lon={lon}&lat={lat}"))
        .await
        .ok();
    for level in 1..=4 {
        let outlines = public.get(&format!("/api/v1/areas/outlines?level={level}")).await.ok();
        assert_eq!(outlines["type"], "FeatureCollection");
        let mine = located["areas"][4 - level]["code"].clone();
        let features = outlines["features"].as_array().unwrap();
        let of_mine = features.iter().find(|one| one["properties"]["code"] == mine);
        let ring = &of_mine.expect("its outline")["geometry"]["coordinates"][0][0];
        let corners: Vec<(f64, f64)> = ring
            .as_array()
            .unwrap()
            .iter()
            .map(|corner| (corner[0].as_f64().unwrap(), corner[1].as_f64().unwrap()))
            .collect();
        assert_eq!(corners.first(), corners.last(), "a ring is closed");
        let holds = |of: fn(&(f64, f64)) -> f64, at: f64| {
            corners.iter().any(|corner| of(corner) <= at) && corners.iter().any(|corner| of(corner) >= at)
        };
        assert!(holds(|corner| corner.0, lon) && holds(|corner| corner.1, lat), "{mine}");
        let below = format!("/api/v1/areas/outlines?level={level}&within={}", world.district);
        for one in public.get(&below).await.ok()["features"].as_array().unwrap() {
            assert!(
                text(&one["properties"]["code"]).starts_with(&world.district.as_str()[..6]),
                "{one}"
            );
        }
    }
    let wrong = public.get("/api/v1/areas/outlines?level=5").await;
    assert_eq!(wrong.problem(), (422, "level_out_of_bounds"));
}

#[tokio::test]
async fn places_are_found_by_name_and_point() {
    let world = World::new().await;
    let public = world.public();
    let (lon, lat) = world.place();
    let found = public
        .get(&format!("/api/v1/areas/locate?lon={lon}&lat={lat}"))
        .await
        .ok();
    let codes: Vec<String> = found["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|area| text(&area["code"]))
        .collect();
    assert_eq!(codes.len(), 4);
    assert_eq!(codes[3], world.district.as_str());
    let shifted = public
        .get(&format!("/api/v1/areas/locate?lon={lon}&lat={lat}&datum=gcj02"))
        .await
        .ok();
    assert_ne!(shifted["position"], found["position"], "told in CGCS2000");
    let nowhere = public.get("/api/v1/areas/locate?lon=0&lat=0").await.ok();
    assert_eq!(nowhere["areas"], json!([]));

    let near = format!(
        "/api/v1/gazetteer?q=%E8%A1%97&limit=5&near={lon},{lat}&area={}",
        world.district
    );
    let places = public.get(&near).await.ok();
    let distances: Vec<f64> = places["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["distance"].as_f64().unwrap())
        .collect();
    assert!(distances.len() == 5 && distances.is_sorted(), "{distances:?}");
    let by_name = public.get("/api/v1/gazetteer?q=%E8%A1%97&limit=3").await.ok();
    assert!(by_name["items"][0]["distance"].is_null());
}

#[tokio::test]
async fn the_directory_is_kept_row_by_row() {
    let world = World::new().await;
    let dispatcher = world.somebody(Role::Dispatcher, &world.desk).await;
    let operator = world.somebody(Role::Operator, &world.desk).await;
    let path = format!("/api/v1/directory/{}", world.district.district());
    let limit = text(&world.model["limits"][0]["name"]);
    let matter = text(&world.demand()["matter"]);
    let row = json!({
        "matter": matter, "lead": world.desk, "limit_class": limit, "valid_from": "2023-01-01", "basis": "测试",
    });
    assert_eq!(
        operator
            .put(&format!("{path}/row"), json!({"row": row}))
            .await
            .problem(),
        (403, "role_forbids")
    );
    let put = dispatcher
        .put(&format!("{path}/row"), json!({"row": row, "version": 0}))
        .await
        .ok();
    assert_eq!(put, json!({"changed": 1, "unchanged": 0}));
    let again = dispatcher
        .put(&format!("{path}/row"), json!({"row": row, "version": 0}))
        .await;
    assert_eq!(again.problem(), (409, "stale_version"));
    let put = dispatcher
        .put(&format!("{path}/rows"), json!({"rows": [row]}))
        .await
        .ok();
    assert_eq!(put, json!({"changed": 0, "unchanged": 1}));
    let mut wrong = row.clone();
    wrong["lead"] = json!("@function:");
    let refused = dispatcher
        .put(&format!("{path}/rows"), json!({"rows": [row, wrong]}))
        .await;
    assert_eq!(
        (refused.problem(), refused.body["field"].as_str()),
        ((422, "invalid_field"), Some("rows[1].lead"))
    );

    let listed = operator.get(&format!("{path}/rows?matter={matter}")).await.ok();
    let found = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["basis"] == "测试")
        .unwrap()
        .clone();
    assert_eq!(found["version"], 1);
    // Every row is listed once, whatever the page.
    let mut keys: Vec<Value> = Vec::new();
    let mut after = String::new();
    loop {
        let page = operator.get(&format!("{path}/rows?limit=3{after}")).await.ok();
        keys.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|r| json!([r["matter"], r["demand"], r["valid_from"]])),
        );
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let unique: std::collections::BTreeSet<String> = keys.iter().map(Value::to_string).collect();
    assert_eq!(unique.len(), keys.len());
    let all = world
        .app
        .directory_rows(world.district.district(), None, 10_000)
        .await
        .unwrap();
    assert_eq!(keys.len(), all.len());

    // The proposal follows the row at once.
    let (number, _) = operator.file(world.demand()).await;
    let proposal = operator.get(&format!("/api/v1/cases/{number}/proposal")).await.ok();
    assert_eq!(proposal["proposal"]["lead"]["code"], world.desk.as_str());
    let gone = dispatcher
        .delete(&format!("{path}/row?matter={matter}&valid_from=2023-01-01&version=1"))
        .await;
    assert_eq!(gone.status, 204);
    let proposal = operator.get(&format!("/api/v1/cases/{number}/proposal")).await.ok();
    assert_ne!(proposal["proposal"]["basis"], "测试");
    let twice = dispatcher
        .delete(&format!("{path}/row?matter={matter}&valid_from=2023-01-01"))
        .await;
    assert_eq!(twice.problem(), (404, "unknown_row"));
}

#[tokio::test]
async fn units_are_merged_and_their_past_stays() {
    let world = World::new().await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    let rules = world.app.rules();
    let street = rules
        .tree
        .children(&world.district)
        .find(|unit| unit.kind.level() == Some(2))
        .unwrap()
        .code
        .clone();
    let unit = |code: String, name: &str| {
        json!({"code": code, "kind": "community", "title": {"zh": name, "en": name}, "parent": street,
            "valid_from": "2024-03-04"})
    };
    let code = |tail: &str| format!("{}{tail}", &street.as_str()[..9]);
    let path = "/api/v1/units/changes";
    let added = admin
        .post(
            path,
            json!({"command": "add", "units": [unit(code("981"), "甲"), unit(code("982"), "乙")]}),
        )
        .await;
    assert_eq!(items(&added), 2, "{added:?}");
    let merge = json!({"command": "merge", "from": [code("981"), code("982")], "into": unit(code("983"), "丙"), "on": "2024-07-01"});
    let merged = admin.post(path, merge.clone()).await;
    assert_eq!(items(&merged), 3, "{merged:?}");
    assert_eq!(admin.post(path, merge).await.problem(), (422, "invalid_unit"));
    let unknown = admin.post(path, json!({"command": "abolish"})).await;
    assert_eq!(unknown.status, 422, "{unknown:?}");
    let list = async |on: &str| {
        let page = world
            .public()
            .get(&format!("/api/v1/units?parent={street}&limit=200&on={on}"))
            .await
            .ok();
        let codes: Vec<String> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|unit| text(&unit["code"]))
            .collect();
        (codes.contains(&code("981")), codes.contains(&code("983")))
    };
    assert_eq!(list("2024-06-30").await, (true, false));
    assert_eq!(list("2024-07-01").await, (false, true));
}

fn items(answer: &Answer) -> usize {
    answer.body["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn others_are_told_and_counters_follow() {
    let world = World::new().await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    let staff = world.staff().await;
    let hook =
        json!({"district": world.district.district().0, "url": "https://hall.example/quanyu", "kinds": ["case.filed"]});
    let made = admin.post("/api/v1/webhooks", hook.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(!text(&made.body["secret"]).is_empty());
    let id = text(&made.body["id"]);
    let mut inside = hook.clone();
    inside["url"] = json!("https://127.0.0.1/");
    assert_eq!(
        admin.post("/api/v1/webhooks", inside).await.problem(),
        (422, "bad_webhook_url")
    );
    let mut unknown = hook;
    unknown["kinds"] = json!(["case.sung"]);
    assert_eq!(
        admin.post("/api/v1/webhooks", unknown).await.problem(),
        (422, "unknown_kind")
    );

    staff.operator.file(world.demand()).await;
    let ready = world.public().get("/readyz").await.ok();
    assert!(ready["lag"]["tally"].as_i64().unwrap() > 0, "{ready}");
    quanyu_app::followers::run_until_caught_up(&world.app, &quanyu_app::followers::all())
        .await
        .unwrap();
    let list = admin.get("/api/v1/webhooks").await.ok();
    assert!(list["items"][0]["secret"].is_null(), "told once");
    let path = format!("/api/v1/webhooks/{id}");
    let waiting = admin.get(&format!("{path}/deliveries?state=waiting")).await.ok();
    assert!(
        text(&waiting["items"][0]["body"]).contains("\"kind\":\"filed\""),
        "{waiting}"
    );
    assert!(!waiting.to_string().contains("井盖"), "ids only");
    assert_eq!(
        admin.get(&format!("{path}/deliveries?state=lost")).await.problem(),
        (422, "unknown_state")
    );
    let position = waiting["items"][0]["position"].as_i64().unwrap();
    assert_eq!(
        admin
            .post(&format!("{path}/deliveries/{position}/again"), Value::Null)
            .await
            .status,
        202
    );
    assert_eq!(
        admin
            .put(&format!("{path}/active"), json!({"active": false, "version": 7}))
            .await
            .problem(),
        (409, "stale_version")
    );
    assert_eq!(
        admin
            .put(&format!("{path}/active"), json!({"active": false}))
            .await
            .ok()["active"],
        false
    );

    let days = "from=2024-03-01&to=2024-03-31";
    let tallies = format!("/api/v1/tallies?unit={}&measures=filed,closed&{days}", world.district);
    let counted = staff.supervisor.get(&tallies).await.ok();
    let filed = &counted["items"][0];
    assert_eq!(
        (&filed["measure"], &filed["total"], &filed["days"]),
        (&json!("filed"), &json!(1), &json!([{"day": "2024-03-04", "count": 1}]))
    );
    assert!(counted["position"].as_i64().unwrap() > 0);
    assert_eq!(counted["items"][1]["total"], 0);
    let city = format!("/api/v1/tallies?unit={}&{days}", world.city);
    assert_eq!(staff.supervisor.get(&city).await.problem(), (403, "outside_scope"));
    let long = format!("/api/v1/tallies?unit={}&from=2020-01-01&to=2024-03-31", world.district);
    assert_eq!(staff.supervisor.get(&long).await.problem(), (422, "too_many_days"));
    let song = format!("/api/v1/tallies?unit={}&measures=sung&{days}", world.district);
    assert_eq!(staff.supervisor.get(&song).await.problem(), (422, "unknown_measure"));
}
