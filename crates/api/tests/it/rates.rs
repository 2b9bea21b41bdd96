//! Rates, samples and editions over HTTP.

use jiff::SignedDuration;
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{World, text};

#[tokio::test]
async fn a_leader_reads_rates_and_the_cases_behind_them() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (number, _) = staff.operator.file(world.demand()).await;
    let march = "/api/v1/rates?period=2024-03&by=month";
    let rates = staff.supervisor.get(march).await.ok();
    assert_eq!(
        rates["within"]["code"],
        world.district.as_str(),
        "the district, unless told"
    );
    assert_eq!(rates["total"]["counts"]["filed"], 1);
    assert_eq!(rates["rows"][0]["code"], "2024-03");
    assert!(rates["position"].as_i64().unwrap() > 0 && !text(&rates["model"]).is_empty());
    for rate in rates["rates"].as_array().unwrap() {
        assert!(text(&rate["formula"]["zh"]).contains(" ÷ "), "{rate}");
        let told = &rates["total"]["rates"][text(&rate["name"])];
        assert!(
            told["denominator"] == 0.0 && told["value"].is_null(),
            "nothing over nothing: {told}"
        );
    }
    let units = staff
        .supervisor
        .get("/api/v1/rates?period=2024&by=community")
        .await
        .ok();
    let counted = units["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["counts"]["filed"] == 1);
    assert_eq!(counted.count(), 1);

    let behind = "/api/v1/rates/cases?period=2024-03&measures=filed";
    let cases = staff.supervisor.get(behind).await.ok();
    assert_eq!(cases["items"][0]["number"], number.as_str());
    assert!(cases["next"].is_null());
    let by = |path: &str| format!("{path}&within={}", world.city);
    assert_eq!(staff.supervisor.get(&by(march)).await.problem(), (403, "outside_scope"));
    let bad = staff.supervisor.get("/api/v1/rates?period=2024-13&by=month").await;
    assert_eq!(bad.problem(), (422, "bad_period"));
    let sung = staff
        .supervisor
        .get("/api/v1/rates/cases?period=2024-03&measures=sung")
        .await;
    assert_eq!(sung.problem(), (422, "unknown_measure"));
}

#[tokio::test]
async fn a_month_is_drawn_and_published_once_it_is_over() {
    let world = World::new().await;
    let staff = world.staff().await;
    let district = world.district.district();
    let sample = json!({"district": district.0, "period": "2024-03"});
    let draw = async || staff.supervisor.post("/api/v1/samples", sample.clone()).await;
    assert_eq!(draw().await.problem(), (422, "month_not_over"));
    let closing = json!({"period": "2024-03", "within": world.district, "reason": "月报"});
    let close = async || staff.supervisor.post("/api/v1/rates/editions", closing.clone()).await;
    assert_eq!(close().await.problem(), (409, "period_not_over"));

    // Sessions end meanwhile: everybody signs in again.
    world.clock.set(world.app.now() + SignedDuration::from_hours(24 * 30));
    let supervisor = world
        .person("the.publisher", &[(Role::Supervisor, &world.district)])
        .await;
    let drawn = supervisor.post("/api/v1/samples", sample.clone()).await;
    assert_eq!(drawn.status, 201, "{drawn:?}");
    assert_eq!(
        supervisor.post("/api/v1/samples", sample).await.status,
        200,
        "drawn once"
    );
    let list = supervisor
        .get(&format!("/api/v1/samples?district={district}"))
        .await
        .ok();
    assert_eq!(list["items"][0]["seed"], drawn.body["seed"]);
    let cases = format!("/api/v1/samples/{}/cases?district={district}", text(&drawn.body["id"]));
    assert_eq!(
        supervisor.get(&cases).await.ok()["items"],
        json!([]),
        "nobody closed anything"
    );

    let published = supervisor.post("/api/v1/rates/editions", closing.clone()).await;
    assert_eq!(published.status, 201, "{published:?}");
    assert_eq!(published.body["number"], 1);
    let again = supervisor.post("/api/v1/rates/editions", closing).await;
    assert_eq!(again.problem(), (409, "nothing_changed"));
    let live = supervisor.get("/api/v1/rates?period=2024-03&by=district").await.ok();
    assert_eq!(
        (&live["edition"]["number"], &live["edition"]["differs"]),
        (&json!(1), &json!(false))
    );
    let frozen = supervisor.get("/api/v1/rates/editions/1?period=2024-03").await.ok();
    assert_eq!(frozen["tables"]["district"], live["rows"]);
    assert_eq!(frozen["sha256"], live["edition"]["sha256"]);
    let list = supervisor.get("/api/v1/rates/editions?period=2024-03").await.ok();
    assert_eq!(list["items"][0]["reason"], "月报");
    let missing = supervisor.get("/api/v1/rates/editions/2?period=2024-03").await;
    assert_eq!(missing.problem(), (404, "unknown_edition"));
}

#[tokio::test]
async fn everybody_reads_how_the_district_is_doing_and_nothing_finer() {
    let world = World::new().await;
    let staff = world.staff().await;
    staff.operator.file(world.demand()).await;
    let public = world.public();
    let shown = public
        .get("/api/v1/public/rates?period=2024-03&by=subdistrict")
        .await
        .ok();
    assert_eq!(shown["total"]["counts"]["filed"], 1);
    // What was filed, closed and is open is told beside the rates, while the month still runs.
    let told = shown["told"].as_array().unwrap();
    let count = |on: &str, conditional: bool| {
        let of = |measure: &&Value| measure["on"] == on && measure["conditional"] == conditional;
        let name = text(&told.iter().find(of).expect("it is told")["name"]);
        shown["total"]["counts"].get(&name).cloned().unwrap_or_default()
    };
    assert_eq!(count("filed", false), 1);
    assert_eq!(count("filed", true), 1, "it is open");
    assert_eq!(count("closed", false), Value::Null, "none is closed");
    assert_eq!(shown["runs"], true);
    let past = public
        .get("/api/v1/public/rates?period=2024-02&by=subdistrict")
        .await
        .ok();
    assert_eq!(past["runs"], false);
    let inside = staff
        .supervisor
        .get("/api/v1/rates?period=2024-03&by=subdistrict")
        .await
        .ok();
    assert_eq!(shown["total"]["counts"], inside["total"]["counts"], "the same figures");
    let finer = public.get("/api/v1/public/rates?period=2024-03&by=community").await;
    assert!(finer.status.is_client_error(), "{finer:?}");
    let (lon, lat) = world.place();
    let located = public
        .get(&format!("/api/v1/areas/locate?lon={lon}&lat={lat}"))
        .await
        .ok();
    let community = text(&located["areas"][1]["code"]);
    let finer = public
        .get(&format!(
            "/api/v1/public/rates?period=2024-03&by=month&within={community}"
        ))
        .await;
    assert_eq!(finer.problem(), (422, "too_fine"));
}
