//! Confidence, publication, masking and erasing over HTTP.

use quanyu_app::followers;
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{World, text};

const SAID: &str = "路口的井盖破损，请联系13800001234，我叫做张三，住3号楼2单元501室。";

fn demand(world: &World) -> Value {
    let mut demand = world.demand();
    demand["text"] = SAID.into();
    demand["place"] = "路口13900002345".into();
    demand
}

#[tokio::test]
async fn a_case_is_published_redacted_and_taken_back() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(demand(&world)).await;
    let public = world.public();
    let path = format!("/api/v1/cases/{number}/publication");
    assert_eq!(public.get("/api/v1/public/cases").await.ok()["items"], json!([]));
    let proposal = staff.dispatcher.get(&path).await.ok();
    let redacted = text(&proposal["text"]["text"]);
    for gone in ["13800001234", "张三", "501"] {
        assert!(!redacted.contains(gone), "{redacted}");
    }
    let kinds: Vec<&Value> = proposal["text"]["masked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| &part["kind"])
        .collect();
    assert_eq!(kinds, ["reporter", "reporter", "door"]);
    assert_eq!(proposal["text"]["masked"][0]["was"], "13800001234");
    let told = staff.supervisor.get(&path).await.ok().to_string();
    assert!(!told.contains("13800001234"), "{told}");
    assert_eq!(
        staff.dispatcher.put(&path, json!({"text": SAID})).await.problem(),
        (422, "not_redacted")
    );
    assert_eq!(
        staff.operator.put(&path, json!({"text": redacted})).await.problem(),
        (403, "role_forbids")
    );
    let shown = json!({"title": "井盖破损", "text": redacted, "place": "人民路"});
    let case = staff.dispatcher.put(&path, shown).await.ok();
    assert_eq!(case["published"], true);

    let listed = public.get("/api/v1/public/cases?limit=1").await.ok();
    let one = public.get(&format!("/api/v1/public/cases/{number}")).await.ok();
    assert_eq!(listed["items"][0], one);
    let mut fields: Vec<&str> = one.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "area",
            "case_type",
            "filed_on",
            "matter",
            "number",
            "phase",
            "place",
            "position",
            "supporters",
            "text",
            "title"
        ],
        "nothing but what was published"
    );
    assert_eq!(one["text"], Value::from(redacted));
    let (lon, lat) = world.place();
    let near = |value: &Value, real: f64| (value.as_f64().unwrap() - real).abs();
    assert!(near(&one["position"]["lon"], lon) < 0.0051 && near(&one["position"]["lat"], lat) < 0.0051);
    assert_ne!(one["position"]["lon"].as_f64().unwrap(), lon, "a point is generalised");
    let area = text(&one["area"]["code"]);
    assert_eq!(area.len(), 12, "no finer than a community");
    let of_area = public.get(&format!("/api/v1/public/cases?area={area}")).await.ok();
    assert_eq!(of_area["items"].as_array().unwrap().len(), 1);
    let reason = json!({"reason": "内容有误"});
    staff
        .dispatcher
        .post(&format!("/api/v1/cases/{number}/withdrawal"), reason)
        .await
        .ok();
    let gone = public.get(&format!("/api/v1/public/cases/{number}")).await;
    assert_eq!(gone.problem(), (404, "not_published"));
    let timeline = staff
        .dispatcher
        .get(&format!("/api/v1/cases/{number}/timeline"))
        .await
        .ok();
    let kinds: Vec<&Value> = timeline["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["kind"])
        .collect();
    assert_eq!(kinds, ["filed", "published", "withdrawn"]);
}

#[tokio::test]
async fn a_confidential_case_is_unknown_to_everybody_else() {
    let world = World::new().await;
    let staff = world.staff().await;
    let other = world.person("other", &[(Role::Dispatcher, &world.desk)]).await;
    let mut said = demand(&world);
    said["confidential"] = true.into();
    let filed = world.public().post("/api/v1/public/cases", said).await.ok();
    let number = text(&filed["number"]);
    let path = format!("/api/v1/cases/{number}");
    // Until somebody is named, those who dispatch and supervise see it.
    assert_eq!(staff.dispatcher.get(&path).await.ok()["confidential"], json!([]));
    assert_eq!(staff.verifier.get(&path).await.problem(), (404, "unknown_case"));
    let confidence = format!("{path}/confidence");
    let nobody = json!({"people": ["240315-093022-100123"], "reason": "要求保密"});
    assert_eq!(
        staff.dispatcher.put(&confidence, nobody).await.problem(),
        (422, "unknown_account")
    );
    let named = json!({"people": [], "reason": "要求保密"});
    let case = staff.dispatcher.put(&confidence, named.clone()).await.ok();
    assert_eq!(case["confidential"].as_array().unwrap().len(), 1, "whoever decides");
    followers::run_until_caught_up(&world.app, &followers::all())
        .await
        .unwrap();
    for hidden in ["", "/timeline", "/limits", "/publication", "/similar", "/proposal"] {
        let asked = other.get(&format!("{path}{hidden}")).await;
        assert!(matches!(asked.problem(), (404, "unknown_case")), "{hidden}: {asked:?}");
    }
    assert_eq!(other.put(&confidence, named).await.problem(), (404, "unknown_case"));
    for list in [
        "/api/v1/cases?limit=50",
        "/api/v1/cases?relation=dispatch",
        "/api/v1/cases/search?q=%E4%BA%95%E7%9B%96",
    ] {
        assert_eq!(other.get(list).await.ok()["items"], json!([]), "{list}");
        assert_eq!(
            staff.dispatcher.get(list).await.ok()["items"][0]["number"],
            number.as_str(),
            "{list}"
        );
    }
    // Whoever reported it follows it all the same.
    let secret = json!({"secret": filed["tracking_secret"]});
    world
        .public()
        .post(&format!("/api/v1/tracking/{number}"), secret)
        .await
        .ok();
    let reason = json!({"reason": "本人同意"});
    staff.dispatcher.post(&format!("{path}/disclosure"), reason).await.ok();
    assert!(other.get(&path).await.ok()["confidential"].is_null());
}

#[tokio::test]
async fn numbers_are_masked_for_whom_they_are_not_revealed() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(demand(&world)).await;
    let path = format!("/api/v1/cases/{number}");
    let plain = staff.verifier.get(&path).await.ok();
    assert_eq!(
        (text(&plain["text"]), text(&plain["place"])),
        (SAID.to_owned(), "路口13900002345".to_owned())
    );
    assert_eq!(plain["reporter"], json!({"name": "张*", "phone": "138****1234"}));
    followers::run_until_caught_up(&world.app, &followers::all())
        .await
        .unwrap();
    for path in [
        path.as_str(),
        "/api/v1/cases",
        "/api/v1/cases/search?q=%E4%BA%95%E7%9B%96",
    ] {
        let told = staff.supervisor.get(path).await.ok().to_string();
        assert!(told.contains("139********"), "{told}");
        assert!(!told.contains("13900002345") && !told.contains("13800001234"), "{told}");
    }
}

#[tokio::test]
async fn a_security_administrator_erases_somebody() {
    let world = World::new().await;
    let staff = world.staff().await;
    let admin = world.somebody(Role::SecurityAdmin, &world.city).await;
    let (first, secret) = staff.operator.file(demand(&world)).await;
    let body = json!({"case": first, "reason": "本人申请删除"});
    assert_eq!(
        staff.dispatcher.post("/api/v1/erasures", body.clone()).await.problem(),
        (403, "role_forbids")
    );
    assert_eq!(
        admin.post("/api/v1/erasures", body).await.ok(),
        json!({"cases": [first]})
    );
    let case = staff.operator.get(&format!("/api/v1/cases/{first}")).await.ok();
    for gone in ["text", "title", "place", "reporter"] {
        assert!(case[gone].is_null(), "{gone}: {case}");
    }
    let looked = json!({"phone": "13800001234", "purpose": "来电"});
    assert_eq!(
        staff.operator.post("/api/v1/callers/lookup", looked).await.ok()["items"],
        json!([])
    );
    let followed = world
        .public()
        .post(&format!("/api/v1/tracking/{first}"), json!({"secret": secret}))
        .await
        .ok();
    assert!(followed["text"].is_null());
}

#[tokio::test]
async fn the_map_asks_for_what_is_published_in_a_box() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(demand(&world)).await;
    let shown = json!({"title": "井盖破损", "text": "路口的井盖破损"});
    staff
        .dispatcher
        .put(&format!("/api/v1/cases/{number}/publication"), shown)
        .await
        .ok();
    let (lon, lat) = world.place();
    let public = world.public();
    let within = async |half: f64, rest: &str| {
        let edges = format!("{},{},{},{}", lon - half, lat - half, lon + half, lat + half);
        public.get(&format!("/api/v1/public/cases?box={edges}{rest}")).await
    };
    let matter = text(&world.demand()["matter"]).to_owned();
    // A street, a district, a province, the whole country.
    for half in [0.011, 0.1, 2.0, 15.0] {
        for wanted in [
            String::new(),
            format!("&matter={matter}"),
            format!("&matter={}", &matter[..2]),
        ] {
            let found = within(half, &wanted).await.ok();
            assert_eq!(
                found["items"][0]["number"],
                Value::from(number.as_str()),
                "{half} {wanted}"
            );
        }
        assert_eq!(within(half, "&matter=99").await.ok()["items"], json!([]), "{half}");
    }
    // A few steps to either side, which is in the same tile at least on one.
    let position = within(0.1, "").await.ok()["items"][0]["position"].clone();
    let at = |of: &str| position[of].as_f64().unwrap();
    for west in [at("lon") - 0.0002, at("lon") + 0.0001] {
        let (east, south, north) = (west + 0.0001, at("lat") - 0.01, at("lat") + 0.01);
        let beside = format!("/api/v1/public/cases?box={west},{south},{east},{north}");
        assert_eq!(public.get(&beside).await.ok()["items"], json!([]));
    }
    let both = within(0.1, &format!("&area={}", world.district.as_str())).await;
    assert_eq!(both.problem(), (422, "area_and_box"));
    for odd in [
        "1,2,3",
        "a,b,c,d",
        "2,1,1,2",
        "1,2,2,1",
        "100,36,101,95",
        "NaN,1,2,3",
        "1,2,3,4,5",
        "",
    ] {
        let refused = public.get(&format!("/api/v1/public/cases?box={odd}")).await;
        assert_eq!(refused.problem(), (422, "bad_box"), "{odd}");
    }
}

#[tokio::test]
async fn whoever_has_met_it_too_adds_themselves_and_hears_of_it() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(demand(&world)).await;
    let public = world.public();
    let (lon, lat) = world.place();
    let near = async |matter: &str| {
        let path = format!("/api/v1/public/nearby?lon={lon}&lat={lat}&matter={matter}");
        public.get(&path).await.ok()["items"].clone()
    };
    let matter = world.demand()["matter"].clone();
    let matter = text(&matter).to_owned();
    assert_eq!(near(&matter).await, json!([]));
    let added = format!("/api/v1/public/cases/{number}/supporters");
    assert_eq!(public.post(&added, json!({})).await.problem(), (404, "not_published"));
    let publication = format!("/api/v1/cases/{number}/publication");
    let shown = json!({"title": "井盖破损", "text": "路口的井盖破损", "place": "人民路"});
    staff.dispatcher.put(&publication, shown).await.ok();
    let found = near(&matter).await;
    assert_eq!(found[0]["number"], Value::from(number.as_str()));
    assert_eq!(found[0]["same_levels"], matter.len() / 2);
    assert!(found[0]["metres"].as_u64().unwrap() < 800, "{found}");
    let far = public.get("/api/v1/public/nearby?lon=80.5&lat=30.5").await.ok();
    assert_eq!(far["items"], json!([]));
    let nowhere = public.get("/api/v1/public/nearby?lon=80.5&lat=95").await;
    assert_eq!(nowhere.problem(), (422, "bad_position"));

    let own = public.post(&added, json!({"phone": "13912345678"})).await;
    assert_eq!(own.status, 201);
    assert_eq!(own.body["supporters"], 1);
    assert_eq!(own.body["case"], Value::from(number.as_str()));
    let twice = public.post(&added, json!({"phone": "139-1234-5678"})).await;
    assert_eq!(twice.problem(), (409, "already_supported"));
    let one = public.get(&format!("/api/v1/public/cases/{number}")).await.ok();
    assert_eq!(one["supporters"], 1);
    let case = staff.dispatcher.get(&format!("/api/v1/cases/{number}")).await.ok();
    assert_eq!((&case["supporters"], &case["version"]), (&json!(1), &json!(2)));

    let secret = json!({"secret": own.body["tracking_secret"]});
    let follow = format!("/api/v1/tracking/{}", text(&own.body["number"]));
    let followed = public.post(&follow, secret.clone()).await.ok();
    assert_eq!(followed["supports"], Value::from(number.as_str()));
    assert_eq!(followed["text"], "路口的井盖破损");
    assert_eq!(followed["place"], "人民路");
    assert_eq!(followed["photos"], json!([]));
    assert_eq!(followed["timeline"].as_array().unwrap().len(), 2);
    assert!(!followed.to_string().contains("13800001234"), "{followed}");
    let reopen = json!({"secret": own.body["tracking_secret"], "reason": "又坏了"});
    let reopened = public.post(&format!("{follow}/reopen"), reopen).await;
    assert_eq!(reopened.problem(), (404, "unknown_case_or_secret"));
    // Taken back, nothing is told but how it stands.
    let reason = json!({"reason": "内容有误"});
    staff
        .dispatcher
        .post(&format!("/api/v1/cases/{number}/withdrawal"), reason)
        .await
        .ok();
    let followed = public.post(&follow, secret).await.ok();
    assert!(followed["text"].is_null() && followed["place"].is_null() && followed["state"].is_object());

    let listed = format!("/api/v1/cases/{number}/supporters");
    let page = staff.dispatcher.get(&listed).await.ok();
    assert_eq!(page["items"][0]["phone"], "139****5678");
    let purpose = json!({"supporter": own.body["number"], "purpose": "告知结果"});
    let reveal = format!("{listed}/reveal");
    let phone = staff.dispatcher.post(&reveal, purpose.clone()).await.ok();
    assert_eq!(phone["phone"], "13912345678");
    let supervisor = staff.supervisor.post(&reveal, purpose).await;
    assert_eq!(supervisor.status, 403);
    assert_eq!(
        staff.dispatcher.get(&format!("{listed}?after=x")).await.problem(),
        (422, "bad_cursor")
    );
}
