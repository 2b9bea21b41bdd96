//! Finding cases by words over HTTP.

use quanyu_app::followers;

use crate::support::World;

#[tokio::test]
async fn cases_are_found_by_words() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (first, _) = staff.operator.file(world.demand()).await;
    world.minutes_later(1);
    let (second, _) = staff.operator.file(world.demand()).await;
    followers::run_until_caught_up(&world.app, &followers::all())
        .await
        .unwrap();
    let find = async |query: &str| staff.verifier.get(&format!("/api/v1/cases/search?{query}")).await;
    let found = find("q=%E4%BA%95%E7%9B%96+%E7%A0%B4%E6%8D%9F").await.ok();
    let numbers: Vec<_> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["number"].clone())
        .collect();
    assert_eq!(numbers, [second.clone(), first], "the newest first");
    assert_eq!(found["truncated"], false);
    let one = find("q=%E4%BA%95%E7%9B%96&limit=1&open=true").await.ok();
    assert_eq!(
        (&one["items"][0]["number"], &one["truncated"]),
        (&second.into(), &true.into())
    );
    assert_eq!(
        find("q=%E4%BA%95%E7%9B%96&district=1").await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert_eq!(find("q=13800001234").await.problem(), (422, "nothing_to_look_for"));
    assert_eq!(find("q=").await.problem(), (422, "nothing_to_look_for"));
    assert_eq!(find("q=a&limit=201").await.problem(), (422, "limit_out_of_bounds"));
}
