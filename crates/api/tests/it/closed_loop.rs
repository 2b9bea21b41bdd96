//! The closed loop over HTTP: taken, sent out, handled, verified, called back, rated, opened again.

use axum::http::Method;
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{World, photo, text};

#[tokio::test]
async fn a_demand_goes_round_by_the_hands_of_every_role() {
    let world = World::new().await;
    let staff = world.staff().await;
    let public = world.public();

    // 接: a resident hands in a photo and a demand.
    let octets = [("content-type", "application/octet-stream")];
    let path = "/api/v1/public/attachments?name=%E7%8E%B0%E5%9C%BA.jpg";
    let upload = public.raw(Method::POST, path, &octets, photo()).await.ok();
    assert_eq!(upload["media"], "image/jpeg");
    let kind = world.named("evidence", |kind| kind["media"].to_string().contains("image/"));
    let mut demand = world.demand();
    demand["evidence"] = json!([{"kind": kind, "attachment": upload["id"]}]);
    let filed = public.post("/api/v1/public/cases", demand.clone()).await;
    assert_eq!(filed.status, 201);
    assert!(filed.header("location").ends_with(&text(&filed.body["number"])));
    let (number, secret) = (text(&filed.body["number"]), text(&filed.body["tracking_secret"]));
    assert_eq!(
        filed.body["filed_at"], "2024-03-04T09:00:00+08:00",
        "the place's offset"
    );
    let path = format!("/api/v1/cases/{number}");

    // The desk finds it among what is to be dispatched, with its photo.
    let list = staff.dispatcher.get("/api/v1/cases?relation=dispatch").await.ok();
    assert_eq!(list["items"][0]["number"], number.as_str());
    assert_eq!(list["items"][0]["headline"], "井盖破损");
    let case = staff.dispatcher.get(&path).await;
    assert_eq!(case.header("etag"), "\"1\"");
    assert_eq!(case.body["text"], demand["text"]);
    assert_eq!(
        case.body["areas"].as_array().unwrap().len(),
        4,
        "grid, community, subdistrict, district"
    );
    assert_eq!(case.body["evidence"][0]["file"]["media"], "image/jpeg");
    let seen = staff
        .dispatcher
        .get(&format!("{path}/attachments/{}", text(&upload["id"])))
        .await;
    assert_eq!((seen.status.as_u16(), seen.header("content-type")), (200, "image/jpeg"));
    assert_eq!(seen.bytes, photo());

    // 派: as the directory proposes.
    let proposal = staff.dispatcher.get(&format!("{path}/proposal")).await.ok();
    assert_eq!(proposal["suggestions"][0]["matter"]["code"], demand["matter"]);
    let lead = text(&proposal["proposal"]["lead"]["code"]);
    let case = staff.dispatcher.step(&number, "dispatch", json!({})).await;
    assert_eq!(case["lead"]["code"], lead.as_str());
    let limits = staff.dispatcher.get(&format!("{path}/limits")).await.ok();
    for limit in limits["limits"].as_array().unwrap() {
        let last = limit["steps"].as_array().unwrap().last().unwrap();
        assert!(
            !text(&last["zh"]).is_empty() && !text(&last["en"]).is_empty(),
            "{limit}"
        );
    }

    // 办: the unit accepts, speaks to the reporter, hands in.
    let handler = world.somebody(Role::Handler, &lead.parse().unwrap()).await;
    handler.step(&number, "accept", json!({})).await;
    let purpose = json!({"purpose": "联系诉求人约定查看时间"});
    let reporter = handler.post(&format!("{path}/reporter"), purpose).await.ok();
    assert_eq!(reporter["reporter"]["phone"], "13800001234");
    world.minutes_later(20);
    handler
        .step(&number, "contact", json!({"note": "已电话联系，约明早查看"}))
        .await;
    // 督: a supervisor presses.
    staff
        .supervisor
        .step(&number, "urge", json!({"note": "涉及行车安全，请今日内处理"}))
        .await;
    let outcome = world.named("outcomes", |outcome| outcome["solved"] == true);
    let result = json!({"outcome": outcome, "reply": "井盖已更换。"});
    handler.step(&number, "hand_in", result.clone()).await;
    // The reply is not told before somebody else has found it right.
    let followed = follow(&world, &number, &secret).await;
    assert_eq!(followed["phase"], "verification");
    assert!(followed["result"].is_null(), "{followed}");

    // 核查、返工、再办.
    staff
        .verifier
        .step(&number, "rework", json!({"note": "井圈未修补"}))
        .await;
    handler.step(&number, "hand_in", result).await;
    staff.verifier.step(&number, "pass", json!({})).await;

    // 评: called back; the answers are kept apart from who gave them.
    let answers = json!({"reached": true, "responded": true, "solved": true, "satisfaction": "basically_satisfied"});
    let case = staff
        .call_back
        .step(&number, "call_back", json!({"answers": answers}))
        .await;
    assert_eq!(case["phase"], "closed");
    let timeline = staff.dispatcher.get(&format!("{path}/timeline")).await.ok();
    let kinds: Vec<&str> = timeline["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "filed",
            "dispatched",
            "accepted",
            "contacted",
            "urged",
            "handed_in",
            "reworked",
            "handed_in",
            "passed",
            "asked"
        ]
    );
    assert_eq!(timeline["entries"][2]["by"]["name"], "handler 本人");

    // The reporter sees the way, the reply and the photo, and nobody's name or note.
    let followed = follow(&world, &number, &secret).await;
    assert_eq!(followed["result"]["reply"], "井盖已更换。");
    let told = followed.to_string();
    for kept in [
        "本人",
        "account",
        "井圈未修补",
        "涉及行车安全",
        "约明早查看",
        "13800001234",
        "张三",
    ] {
        assert!(!told.contains(kept), "{kept} is told: {told}");
    }
    let photo_path = format!("/api/v1/tracking/{number}/attachments/{}", text(&followed["photos"][0]));
    let shown = public.post(&photo_path, json!({"secret": secret})).await;
    assert_eq!(
        (shown.status.as_u16(), shown.header("content-type")),
        (200, "image/jpeg")
    );
    assert_eq!(followed["may_reopen"], true);

    // Rated unasked, then opened again.
    let rating = json!({"secret": secret, "responded": true, "solved": false, "satisfaction": "dissatisfied"});
    let rated = public
        .post(&format!("/api/v1/tracking/{number}/rating"), rating.clone())
        .await
        .ok();
    assert_eq!(rated["may_rate"], false);
    assert_eq!(
        (&rated["rating"]["solved"], &rated["rating"]["here"]),
        (&json!(false), &json!(true)),
        "who rated reads it again"
    );
    assert_eq!(rated["earlier"], json!([]), "what was sent back was never told");
    let again = public.post(&format!("/api/v1/tracking/{number}/rating"), rating).await;
    assert_eq!(again.problem(), (409, "already_rated"));
    let reopening = json!({"secret": secret, "reason": "井盖又响了"});
    let reopened = public
        .post(&format!("/api/v1/tracking/{number}/reopen"), reopening)
        .await
        .ok();
    assert_eq!(reopened["phase"], "handling");
    // What is disputed can be read again, with what was said of it.
    assert_eq!((&reopened["result"], &reopened["rating"]), (&Value::Null, &Value::Null));
    assert_eq!(reopened["earlier"].as_array().unwrap().len(), 1);
    assert_eq!(reopened["earlier"][0]["reply"], "井盖已更换。");
    assert_eq!(reopened["earlier"][0]["rating"]["satisfaction"], "dissatisfied");
    assert_eq!(
        reopened["timeline"].as_array().unwrap().last().unwrap()["words"],
        "井盖又响了"
    );
    let list = handler.get("/api/v1/cases?relation=lead").await.ok();
    assert_eq!(list["items"][0]["number"], number.as_str());
}

async fn follow(world: &World, number: &str, secret: &str) -> Value {
    world
        .public()
        .post(&format!("/api/v1/tracking/{number}"), json!({"secret": secret}))
        .await
        .ok()
}

#[tokio::test]
async fn what_is_asked_for_is_decided_outside_the_unit() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(world.demand()).await;
    let path = format!("/api/v1/cases/{number}");
    let case = staff.dispatcher.step(&number, "dispatch", json!({})).await;
    let lead = text(&case["lead"]["code"]);
    let handler = world.somebody(Role::Handler, &lead.parse().unwrap()).await;
    handler.step(&number, "accept", json!({})).await;

    // Nobody waits for a merger that cannot be granted.
    let merging = async |into: &str| {
        let body = json!({"kind": "merge", "reason": "同一件事", "into": into});
        staff.dispatcher.post(&format!("{path}/requests"), body).await
    };
    let nowhere = merging("999999999999999999").await;
    assert_eq!(nowhere.problem(), (422, "unknown_target"));
    assert_eq!(nowhere.body["field"], "into", "{nowhere:?}");
    assert_eq!(merging(&number).await.problem(), (422, "into_itself"));

    let requests = handler.get(&path).await.ok()["available"]["requests"].clone();
    assert!(
        requests
            .as_array()
            .unwrap()
            .iter()
            .any(|request| request["name"] == "extend"),
        "{requests}"
    );
    let before = handler.get(&path).await.ok();
    let asked = handler
        .post(
            &format!("{path}/requests"),
            json!({"kind": "extend", "reason": "等待配件"}),
        )
        .await
        .ok();
    let request = &asked["requests"][0];
    assert_eq!(
        (request["state"].as_str(), request["number"].as_u64()),
        (Some("pending"), Some(1))
    );
    let decision_path = format!("{path}/requests/1/decision");
    let own = handler
        .post(&decision_path, json!({"grant": true, "reason": "同意"}))
        .await;
    assert_eq!(own.problem(), (403, "role_forbids"));

    // Whoever decides finds it in the list of what is to be decided.
    let decider = world.app.rules();
    let policy = world.model["requests"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["kind"] == "extend")
        .unwrap()
        .clone();
    let role = Role::by_name(policy["decided_by"][0].as_str().unwrap()).unwrap();
    let unit = text(&request["decider"]["code"]).parse().unwrap();
    assert!(decider.tree.get(&unit).is_some());
    let leader = world.person("the.decider", &[(role, &unit)]).await;
    let list = leader.get("/api/v1/cases?relation=decide").await.ok();
    assert_eq!(list["items"][0]["number"], number.as_str());
    let stale = leader
        .post(&decision_path, json!({"grant": true, "reason": "同意", "version": 1}))
        .await;
    assert_eq!(stale.problem(), (409, "stale_version"));
    assert_eq!(stale.body["current_version"], asked["version"]);
    let granted = leader
        .post(&decision_path, json!({"grant": true, "reason": "情况属实"}))
        .await
        .ok();
    assert_eq!(granted["requests"][0]["state"], "granted");
    assert_ne!(granted["clocks"], before["clocks"], "the limit has moved");
    let twice = leader
        .post(&decision_path, json!({"grant": false, "reason": "再想想"}))
        .await;
    assert_eq!(twice.problem(), (409, "already_decided"));
    assert_eq!(
        leader
            .post(
                &format!("{path}/requests/7/decision"),
                json!({"grant": true, "reason": "?"})
            )
            .await
            .problem(),
        (404, "unknown_request")
    );
}

#[tokio::test]
async fn the_same_thing_told_twice_is_noticed_and_the_caller_known() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (first, _) = staff.operator.file(world.demand()).await;
    let similar = staff
        .operator
        .post(
            "/api/v1/similar",
            json!({
                "text": "雨水井盖破损，车辆经过有响声", "position": world.demand()["position"],
            }),
        )
        .await
        .ok();
    assert_eq!(similar["items"][0]["case"]["number"], first.as_str());
    assert!(similar["items"][0]["score"].as_f64().unwrap() > 0.5, "{similar}");
    assert_eq!(similar["items"][0]["reasons"][0]["reason"], "near");

    let (second, _) = staff.operator.file(world.demand()).await;
    let similar = staff
        .dispatcher
        .get(&format!("/api/v1/cases/{second}/similar"))
        .await
        .ok();
    assert_eq!(similar["items"][0]["case"]["number"], first.as_str());

    let call = json!({"phone": "+86 138-0000-1234", "purpose": "来电受理"});
    let known = staff.operator.post("/api/v1/callers/lookup", call).await.ok();
    let numbers: Vec<&Value> = known["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| &case["number"])
        .collect();
    assert_eq!(numbers, [second.as_str(), first.as_str()]);
    let without = staff
        .operator
        .post(
            "/api/v1/callers/lookup",
            json!({"phone": "13800001234", "purpose": " "}),
        )
        .await;
    assert_eq!(without.problem(), (422, "purpose_missing"));
}

#[tokio::test]
async fn a_question_is_answered_at_intake() {
    let world = World::new().await;
    let staff = world.staff().await;
    let mut demand = world.demand();
    demand["demand"] = world
        .named("demands", |demand| demand["answerable_at_intake"] == true)
        .into();
    demand["answer"] = json!({
        "outcome": world.named("outcomes", |outcome| outcome["solved"] == false), "reply": "办事指南已发送。",
    });
    let (number, _) = staff.operator.file(demand.clone()).await;
    let case = staff.operator.get(&format!("/api/v1/cases/{number}")).await.ok();
    assert_eq!(
        (case["phase"].as_str(), case["result"]["reply"].as_str()),
        (Some("closed"), Some("办事指南已发送。"))
    );
    assert!(case["due_at"].is_null());
    // Nobody answers for the office from outside.
    let public = world.public().post("/api/v1/public/cases", demand).await;
    assert_eq!(public.status, 403, "{public:?}");
}
