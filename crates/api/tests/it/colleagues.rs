//! Who of a unit works on a case, handing it over, and finding what somebody has in hand.

use quanyu_domain::access::Role;
use quanyu_domain::units::UnitCode;
use serde_json::{Value, json};

use crate::support::{Client, Staff, World, text};

/// A case that somebody of its lead unit has accepted, and that unit.
async fn in_hand(world: &World, staff: &Staff) -> (String, UnitCode, Client) {
    let (number, _) = staff.operator.file(world.demand()).await;
    let case = staff.dispatcher.step(&number, "dispatch", json!({})).await;
    let lead: UnitCode = text(&case["lead"]["code"]).parse().unwrap();
    let handler = world.somebody(Role::Handler, &lead).await;
    let case = handler.step(&number, "accept", json!({})).await;
    assert_eq!(case["holder"]["name"], "handler 本人");
    (number, lead, handler)
}

fn numbers(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["number"]))
        .collect()
}

#[tokio::test]
async fn work_in_hand_is_found_and_handed_over() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, lead, handler) = in_hand(&world, &staff).await;
    let colleague = world.account("colleague", &[(Role::Handler, &lead)]).await;
    let stranger = world.account("stranger", &[(Role::Handler, &world.desk)]).await;

    let colleagues = format!("/api/v1/units/{lead}/colleagues");
    let known = handler.get(&colleagues).await.ok();
    let names: Vec<String> = known["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["name"]))
        .collect();
    assert_eq!(names, ["colleague 本人", "handler 本人"]);
    let mine = text(&known["items"][1]["id"]);
    assert_eq!(staff.supervisor.get(&colleagues).await.status, 200, "who sees the area");
    let elsewhere = format!("/api/v1/units/{}/colleagues", world.desk);
    assert_eq!(handler.get(&elsewhere).await.problem(), (403, "outside_scope"));
    assert_eq!(
        staff
            .supervisor
            .get("/api/v1/units/990909000000/colleagues")
            .await
            .problem(),
        (404, "unknown_unit")
    );

    let held_by = |holder: &str, open: bool| format!("/api/v1/cases?open={open}&holder={holder}");
    assert_eq!(
        numbers(&handler.get(&held_by(&mine, true)).await.ok()),
        [number.as_str()]
    );
    assert!(numbers(&handler.get(&held_by(&colleague, true)).await.ok()).is_empty());

    let path = format!("/api/v1/cases/{number}/handover");
    let to = |account: &str| json!({"assignment": 1, "to": account, "reason": "休病假，电话 13800001234"});
    assert_eq!(
        handler.post(&path, to(&stranger)).await.problem(),
        (422, "not_of_the_unit")
    );
    let nobody = to("240101-000000-000001");
    assert_eq!(handler.post(&path, nobody).await.problem(), (422, "unknown_account"));
    assert_eq!(
        staff.dispatcher.post(&path, to(&colleague)).await.problem(),
        (403, "role_forbids")
    );
    let mut stale = to(&colleague);
    stale["version"] = json!(1);
    assert_eq!(handler.post(&path, stale).await.problem(), (409, "stale_version"));

    // Whoever supervises hands over what somebody who is away has in hand.
    let case = staff.supervisor.post(&path, to(&colleague)).await.ok();
    assert_eq!(case["assignments"][0]["holder"]["name"], "colleague 本人");
    assert_eq!(case["available"]["handovers"], json!([1]));
    assert!(numbers(&handler.get(&held_by(&mine, true)).await.ok()).is_empty());
    let page = handler.get(&held_by(&colleague, true)).await.ok();
    assert_eq!(page["items"][0]["holder"]["name"], "colleague 本人");
    let timeline = handler.get(&format!("/api/v1/cases/{number}/timeline")).await.ok();
    let last = timeline["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["kind"], &last["holder"]["name"]),
        (&json!("handed_over"), &json!("colleague 本人"))
    );

    // What is done is in nobody's hand, and is still found as somebody's.
    handler.step(&number, "contact", json!({"note": "已电话联系"})).await;
    handler
        .step(
            &number,
            "hand_in",
            json!({"reply": "已修复", "outcome": world.named("outcomes", |_| true)}),
        )
        .await;
    assert!(numbers(&handler.get(&held_by(&colleague, true)).await.ok()).is_empty());
    assert_eq!(
        numbers(&handler.get(&held_by(&colleague, false)).await.ok()),
        [number.as_str()]
    );
}

#[tokio::test]
async fn somebody_who_is_switched_off_takes_nothing_over() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, lead, handler) = in_hand(&world, &staff).await;
    let left = world.account("has.left", &[(Role::Handler, &lead)]).await;
    let admin = world.somebody(Role::SystemAdmin, &world.city).await;
    admin
        .put(&format!("/api/v1/accounts/{left}/active"), json!({"active": false}))
        .await
        .ok();
    let known = handler.get(&format!("/api/v1/units/{lead}/colleagues")).await.ok();
    assert_eq!(known["items"].as_array().unwrap().len(), 1);
    let over = json!({"assignment": 1, "to": left, "reason": "休假"});
    let refused = handler.post(&format!("/api/v1/cases/{number}/handover"), over).await;
    assert_eq!(refused.problem(), (422, "unknown_account"));
}

#[tokio::test]
async fn a_list_is_given_as_a_sheet() {
    let world = World::new().await;
    let staff = world.staff().await;
    let mut demand = world.demand();
    demand["title"] = json!("=HYPERLINK(\"http://x\")");
    demand["place"] = json!("路口，联系 13800001234");
    staff.operator.file(demand).await;
    let (other, _) = staff.operator.file(world.demand()).await;
    let (number, ..) = in_hand(&world, &staff).await;
    let answer = staff.supervisor.get("/api/v1/cases?format=xlsx&limit=1").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").contains("spreadsheetml"));
    assert!(answer.header("content-disposition").contains("cases.xlsx"));
    let mut sheet = zip::ZipArchive::new(std::io::Cursor::new(answer.bytes)).unwrap();
    let mut part = |name: &str| std::io::read_to_string(sheet.by_name(name).unwrap()).unwrap();
    let (texts, cells) = (part("xl/sharedStrings.xml"), part("xl/worksheets/sheet1.xml"));
    for told in [
        &other,
        &number,
        "编号",
        "已升级",
        "handler 本人",
        "=HYPERLINK",
        "井盖破损",
    ] {
        assert!(texts.contains(told), "{told} is missing in {texts}");
    }
    assert!(!cells.contains("<f>"), "a title is never a formula");
    assert_eq!(
        cells.matches("<row ").count(),
        4,
        "a head, and the whole list whatever a page holds"
    );
    assert!(
        !texts.contains("13800001234"),
        "numbers of people are masked for whom they are not revealed to"
    );
    let dispatch = "/api/v1/cases?format=xlsx&relation=dispatch";
    let narrowed = staff.dispatcher.get(dispatch).await;
    let mut sheet = zip::ZipArchive::new(std::io::Cursor::new(narrowed.bytes)).unwrap();
    let cells = std::io::read_to_string(sheet.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert_eq!(cells.matches("<row ").count(), 3, "what the filter lets through");
    let auditor = world.somebody(Role::AuditAdmin, &world.city).await;
    let journal = auditor.get("/api/v1/audit?limit=200").await.ok();
    let exports = journal["items"].as_array().unwrap().iter();
    assert_eq!(
        exports.filter(|entry| entry["noun"] == "export").count(),
        2,
        "the journal keeps who took a sheet: {journal}"
    );
}
