//! Lists are paged by key: nothing is missed, nothing comes twice.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Client, World, text};

/// Everything of a list, page by page.
async fn all(client: &Client, path: &str, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut after = String::new();
    for _ in 0..1_000 {
        let page = client.get(&format!("{path}{after}")).await.ok();
        found.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item[key])));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
    panic!("{path} has no end");
}

fn has_repeats(items: &[String]) -> bool {
    items.iter().collect::<BTreeSet<_>>().len() != items.len()
}

#[tokio::test]
async fn pages_of_cases_have_no_gaps() {
    let world = World::new().await;
    let staff = world.staff().await;
    let mut filed = Vec::new();
    for _ in 0..23 {
        // Several with the same limit, in the same second.
        if filed.len() % 5 == 0 {
            world.minutes_later(1);
        }
        filed.push(staff.operator.file(world.demand()).await.0);
    }
    for (limit, relation) in [
        (1, ""),
        (4, ""),
        (23, ""),
        (200, ""),
        (4, "&relation=dispatch"),
        (7, "&relation=area"),
    ] {
        let path = format!("/api/v1/cases?limit={limit}{relation}");
        assert_eq!(
            all(&staff.dispatcher, &path, "number").await,
            filed,
            "{path}: by limit, the nearest first"
        );
    }
    assert!(
        all(&staff.dispatcher, "/api/v1/cases?open=false", "number")
            .await
            .is_empty()
    );
    // What is dispatched leaves the work list between two pages; what is left is found all the same.
    let first = staff
        .dispatcher
        .get("/api/v1/cases?relation=dispatch&limit=5")
        .await
        .ok();
    staff.dispatcher.step(&filed[4], "dispatch", json!({})).await;
    staff.dispatcher.step(&filed[5], "dispatch", json!({})).await;
    let path = format!(
        "/api/v1/cases?relation=dispatch&limit=50&after={}",
        text(&first["next"])
    );
    let rest = staff.dispatcher.get(&path).await.ok();
    let rest: Vec<String> = rest["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| text(&case["number"]))
        .collect();
    assert_eq!(rest, filed[6..]);
}

#[tokio::test]
async fn pages_of_units_and_matters_have_no_gaps() {
    let world = World::new().await;
    let public = world.public();
    let units = all(&public, "/api/v1/units?limit=150", "code").await;
    assert!(
        units.len() > 300 && units.is_sorted() && !has_repeats(&units),
        "{}",
        units.len()
    );
    let path = format!("/api/v1/units?limit=3&parent={}", world.district);
    let below = all(&public, &path, "code").await;
    assert!(below.len() > 5 && !has_repeats(&below));
    let unit = public.get(&format!("/api/v1/units/{}", below[0])).await.ok();
    assert_eq!(unit["above"][0]["code"], world.district.as_str());
    let grids = all(&public, "/api/v1/units?limit=50&kind=grid", "code").await;
    assert!(grids.iter().all(|code| code.len() == 15));

    // The whole tree of matters, level by level.
    let mut found = BTreeSet::new();
    let mut waiting = vec![String::new()];
    while let Some(parent) = waiting.pop() {
        let parameter = if parent.is_empty() {
            String::new()
        } else {
            format!("&parent={parent}")
        };
        for code in all(&public, &format!("/api/v1/matters?limit=7{parameter}"), "code").await {
            assert!(found.insert(code.clone()), "{code} came twice");
            waiting.push(code);
        }
    }
    assert_eq!(found.len(), world.app.rules().matters.all().count());
    let suggested = public
        .get("/api/v1/matters/suggestions?text=%E4%BA%95%E7%9B%96%E7%A0%B4%E6%8D%9F")
        .await
        .ok();
    assert!(
        text(&suggested["items"][0]["title"]["zh"]).contains("井盖"),
        "{suggested}"
    );
    assert!(suggested["items"][0]["score"].as_u64() >= suggested["items"][1]["score"].as_u64());
}
