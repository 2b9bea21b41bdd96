//! What a leader looks at first.

use jiff::SignedDuration;
use quanyu_domain::access::Role;
use serde_json::{Value, json};

use crate::support::{World, text};

#[tokio::test]
async fn a_day_is_set_against_the_same_weekday_before() {
    let world = World::new().await;
    let staff = world.staff().await;
    // Monday, 4 March, from nine: three cases within the hour, one in the afternoon.
    for later in [0, 5, 5] {
        world.minutes_later(later);
        staff.operator.file(world.demand()).await;
    }
    world.minutes_later(360);
    let operator = world.person("operator.later", &[(Role::Operator, &world.desk)]).await;
    operator.file(world.demand()).await;
    // Two Mondays later, at half past nine, one.
    world
        .clock
        .set(world.app.now() + SignedDuration::from_hours(24 * 14 - 6));
    world.minutes_later(20);
    let operator = world.person("operator.again", &[(Role::Operator, &world.desk)]).await;
    let leader = world.somebody(Role::Leader, &world.district).await;
    operator.file(world.demand()).await;
    let day = leader.get("/api/v1/tallies/day?weeks=4").await.ok();
    assert_eq!(day["unit"]["code"], world.district.as_str());
    assert_eq!(day["day"], "2024-03-18");
    assert_eq!(day["until"], "09:30");
    assert_eq!(
        day["past"],
        json!(["2024-03-04", "2024-03-11"]),
        "no day before the first case"
    );
    assert_eq!(
        day["total"],
        json!({"count": 1, "usual": [3, 0]}),
        "up to the time of day"
    );
    assert_eq!(day["hours"][9], json!({"hour": 9, "count": 1, "usual": [3, 0]}));
    assert_eq!(
        day["hours"][15],
        json!({"hour": 15, "count": 0, "usual": [1, 0]}),
        "whole days before"
    );
    assert_eq!(day["below"].as_array().unwrap().len(), 1);
    assert_eq!(day["below"][0]["usual"], json!([3, 0]));
    assert_eq!(day["matters"][0]["count"], 1);

    let whole = leader.get("/api/v1/tallies/day?day=2024-03-04&weeks=1").await.ok();
    assert_eq!((&whole["total"]["count"], &whole["past"]), (&json!(4), &json!([])));
    assert!(whole["until"].is_null());
    let narrow = format!("/api/v1/tallies/day?unit={}", text(&day["below"][0]["unit"]["code"]));
    let narrow = leader.get(&narrow).await.ok();
    assert_eq!((&narrow["total"]["count"], &narrow["below"]), (&json!(1), &json!([])));
    let outside = format!("/api/v1/tallies/day?unit={}", world.city);
    assert_eq!(leader.get(&outside).await.problem(), (403, "outside_scope"));
    assert_eq!(
        leader.get("/api/v1/tallies/day?weeks=27").await.problem(),
        (422, "weeks_out_of_bounds")
    );
    let desk = format!("/api/v1/tallies/day?unit={}", world.desk);
    assert!(leader.get(&desk).await.status.is_client_error());

    // The number of the day opens its cases.
    let behind = "/api/v1/rates/cases?period=2024-03-18&measures=filed";
    assert_eq!(leader.get(behind).await.ok()["items"].as_array().unwrap().len(), 1);
    let week = "/api/v1/rates/cases?period=2024-03-04..2024-03-10&measures=filed";
    assert_eq!(leader.get(week).await.ok()["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn open_cases_are_counted_by_how_they_press() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (first, _) = staff.operator.file(world.demand()).await;
    let case = staff.dispatcher.step(&first, "dispatch", json!({})).await;
    let (second, _) = staff.operator.file(world.demand()).await;
    let path = "/api/v1/tallies/standing";
    let standing = staff.supervisor.get(path).await.ok();
    assert_eq!((&standing["open"], &standing["overdue"]), (&json!(2), &json!(0)));
    assert_eq!(standing["truncated"], false);
    let of = |list: &str, holds: &dyn Fn(&Value) -> bool| {
        standing[list]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| holds(item))
            .cloned()
            .unwrap()
    };
    let lead = &case["lead"]["code"];
    assert_eq!(of("units", &|item| item["unit"]["code"] == *lead)["open"], 1);
    assert_eq!(of("units", &|item| item["unit"].is_null())["open"], 1, "with the desk");
    assert_eq!(of("phases", &|item| item["phase"] == "handling")["open"], 1);
    assert_eq!(of("phases", &|item| item["phase"] == "dispatch")["open"], 1);
    assert_eq!(of("below", &|_| true)["open"], 2);
    assert_eq!(of("matters", &|_| true)["open"], 2);

    // A day before a limit a case is near, after it overdue; the list has as many.
    let second = staff.dispatcher.get(&format!("/api/v1/cases/{second}")).await.ok();
    let due: jiff::Timestamp = text(&second["due_at"]).parse().unwrap();
    world.clock.set(due - SignedDuration::from_mins(5));
    let supervisor = world
        .person("supervisor.again", &[(Role::Supervisor, &world.district)])
        .await;
    assert!(supervisor.get(path).await.ok()["near"].as_u64().unwrap() >= 1);
    world.clock.set(due + SignedDuration::from_mins(5));
    let late = supervisor.get(path).await.ok();
    let until = world.app.now();
    let list = supervisor.get(&format!("/api/v1/cases?until={until}")).await.ok();
    let listed = list["items"].as_array().unwrap().len() as u64;
    assert!(listed >= 1 && late["overdue"] == listed, "{late}");
    assert_eq!(late["escalated"], 0, "nobody has been told yet");

    // Supervisors are told of what waits at the desk: it is escalated, and the number opens its list.
    let number = text(&second["number"]);
    world.app.wake(number.parse().unwrap()).await.unwrap();
    let escalated = supervisor.get(path).await.ok();
    assert_eq!(
        (&escalated["escalated"], &escalated["overdue"]),
        (&json!(1), &late["overdue"])
    );
    let list = supervisor.get("/api/v1/cases?escalated=true").await.ok();
    let items = list["items"].as_array().unwrap();
    assert_eq!((items.len(), &list["next"]), (1, &Value::Null));
    assert_eq!(
        (text(&items[0]["number"]), &items[0]["escalated"]),
        (number, &json!(true))
    );
    let closed = supervisor.get("/api/v1/cases?escalated=true&open=false").await;
    assert_eq!(closed.problem(), (422, "escalated_is_open"));
}

#[tokio::test]
async fn an_edition_names_the_cases_that_moved_it() {
    let world = World::new().await;
    let staff = world.staff().await;
    staff.operator.file(world.demand()).await;
    world.clock.set(world.app.now() + SignedDuration::from_hours(24 * 30));
    let supervisor = world
        .person("the.publisher", &[(Role::Supervisor, &world.district)])
        .await;
    let dispatcher = world
        .person("dispatcher.again", &[(Role::Dispatcher, &world.desk)])
        .await;
    let closing = json!({"period": "2024-03", "within": world.district});
    supervisor.post("/api/v1/rates/editions", closing.clone()).await.ok();
    let cases = |edition: u8| format!("/api/v1/rates/editions/{edition}/cases?period=2024-03");
    assert_eq!(supervisor.get(&cases(1)).await.problem(), (422, "first_edition"));
    assert_eq!(supervisor.get(&cases(2)).await.problem(), (404, "unknown_edition"));
    // A case of March gets a unit that answers for it: the figures of March change.
    let open = supervisor.get("/api/v1/cases").await.ok();
    let number = text(&open["items"][0]["number"]);
    dispatcher.step(&number, "dispatch", json!({})).await;
    let second = supervisor.post("/api/v1/rates/editions", closing).await;
    assert_eq!(second.body["number"], 2, "{second:?}");
    let moved = supervisor.get(&cases(2)).await.ok();
    assert_eq!(moved["items"][0]["case"]["number"], number.as_str(), "{moved}");
    assert_eq!(moved["items"][0]["kind"], "dispatched");
    assert_eq!(
        moved["items"][0]["changes"],
        json!([]),
        "counted for a unit now, no more often"
    );
    assert!(moved["next"].is_null());
}
