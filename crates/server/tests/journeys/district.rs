//! Another district: its own units, areas, parameters, directory, and the cases that it had in flight.

use crate::support::{Server, account, fails, root, succeeds};
use serde_json::Value;

/// The district of the guide, copied to where its clerks would keep it.
fn my_district() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("my-district");
    std::fs::create_dir(&place).expect("made");
    for entry in std::fs::read_dir(root().join("docs/guides/my-district")).expect("the guide has it") {
        let path = entry.expect("readable").path();
        std::fs::copy(&path, place.join(path.file_name().expect("a name"))).expect("copied");
    }
    (folder, place)
}

fn district_of(place: &std::path::Path) -> String {
    let text = std::fs::read_to_string(place.join("place.toml")).expect("a place");
    let (_, rest) = text.split_once("code = \"").expect("a code");
    rest[..12].to_owned()
}

#[tokio::test]
async fn a_district_starts_with_the_cases_that_it_has_in_flight() {
    let (folder, place) = my_district();
    let data = folder.path().join("data");
    let district = district_of(&place);
    let told = succeeds(&data, &["init", "--place", place.to_str().expect("UTF-8")]);
    assert!(told.contains("2 cases in flight taken over, 0 rows left out"), "{told}");
    account(&data, "roads", &[format!("handler@{district}-roads")]);
    account(&data, "desk", &[format!("dispatcher@{district}-command_centre")]);
    let server = Server::start(&data);
    let (roads, desk) = (server.sign_in("roads").await, server.sign_in("desk").await);

    // The unit that had it goes on with it: two working days were left on Friday, 1 March 2024 at 09:00, of days of
    // 9 to 17 o'clock as this district has them.
    let mine = server.get("/api/v1/cases?limit=10", &roads).await;
    let cases = mine["items"].as_array().expect("a list");
    assert_eq!(cases.len(), 1, "{mine}");
    let case = server
        .get(
            &format!("/api/v1/cases/{}", cases[0]["number"].as_str().expect("a number")),
            &roads,
        )
        .await;
    let text = case.to_string();
    assert!(text.contains("2024-03-04T17:00:00+08:00"), "{text}");
    assert!(
        text.contains("2024-02-26T09:30:00+08:00"),
        "it keeps the time of its filing: {text}"
    );
    let all = server.get("/api/v1/cases?limit=10", &desk).await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2), "{all}");

    // Its own names and directory hold: nothing of the shipped places is there.
    let units = server.get("/api/v1/units?limit=100", &desk).await;
    let foreign = |unit: &Value| {
        !unit["code"]
            .as_str()
            .is_some_and(|code| code.starts_with(&district[..6]))
    };
    let units = units["items"].as_array().expect("units");
    assert!(!units.is_empty() && !units.iter().any(foreign), "{units:?}");
}

#[test]
fn a_row_in_flight_that_nobody_can_read_is_told_and_the_rest_goes_in() {
    let (folder, place) = my_district();
    let cases = place.join("cases.csv");
    let text = std::fs::read_to_string(&cases).expect("read");
    std::fs::write(
        &cases,
        format!("{text}A-3,2024-02-30 09:00,楼道灯不亮,求助,01,,,1 workday\n"),
    )
    .expect("written");
    let told = succeeds(
        &folder.path().join("data"),
        &["init", "--place", place.to_str().expect("UTF-8")],
    );
    assert!(told.contains("2 cases in flight taken over, 1 rows left out"), "{told}");
    let report = std::fs::read_to_string(place.join("cases.csv.rejects.csv")).expect("a report");
    assert!(report.contains("\n4,4,") && report.contains("filed_at"), "{report}");

    // What is wrong with the place itself is told with its line, and nothing is kept.
    let toml = place.join("place.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    std::fs::write(&toml, text.replace("10 workdays", "10 wrkdays")).expect("written");
    let told = fails(
        &folder.path().join("other"),
        &["init", "--place", place.to_str().expect("UTF-8")],
    );
    assert!(
        told.contains("place.toml:") && told.contains("`wrkdays` is not the unit of a limit"),
        "{told}"
    );
}
