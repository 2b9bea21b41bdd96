//! Putting other packs into force: shown before, done exactly as shown.

use quanyu_app::activations::{Change, OpenCases};
use quanyu_app::cases::Caller;
use quanyu_domain::access::Role;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_pack::Sources;

use crate::shipped::shipped;
use crate::support::{World, refused};

async fn world() -> (World, Caller, DistrictId) {
    let world = World::new().await;
    world
        .app
        .initialise(&shipped())
        .await
        .expect("the shipped packs go into force");
    let district = *world.app.rules().models.keys().next_back().expect("a district");
    let unit = format!("{district}000000");
    let admin = Caller::account(Id(1), vec![crate::support::grant(Role::SystemAdmin, &unit)]);
    (world, admin, district)
}

/// The sources with a text of one kind of file replaced wherever it stands.
fn with(kind: &str, from: &str, to: &str) -> Sources {
    let changed = |(path, text): (&str, &str)| {
        let text = if path.ends_with(kind) {
            text.replace(from, to)
        } else {
            text.to_owned()
        };
        (path.to_owned(), text)
    };
    shipped().iter().map(changed).collect()
}

/// The sources with another time for one class of limit: its name, and the sources.
fn slower(world: &World, district: DistrictId) -> (String, Sources) {
    let rules = world.app.rules();
    let limits = rules.of(district).unwrap().model.limits.clone();
    let limit = limits.values().next().expect("a class of limit");
    let written = format!("\"{}\"", limit.title.zh);
    (limit.name.clone(), with(".toml", &written, "\"另一个名称\""))
}

#[tokio::test]
async fn the_same_sources_change_nothing() {
    let (world, admin, _) = world().await;
    let shown = world.app.preview_sources(&admin, shipped()).await.unwrap();
    assert!(shown.is_sound(), "{:?}", shown.findings);
    assert_eq!(shown.after, 1);
    for district in &shown.districts {
        assert_eq!(district.differences, [], "{}", district.district);
        assert_eq!(district.before.as_ref(), Some(&district.after));
        assert_eq!(district.open, OpenCases::default());
    }
    let stranger = Caller::account(Id(2), vec![crate::support::grant(Role::SecurityAdmin, "990101000000")]);
    assert_eq!(
        refused(world.app.preview_sources(&stranger, shipped()).await),
        "role_forbids"
    );
    let twice = world
        .app
        .activate_previewed(&stranger, &shipped(), &shown.source, 1)
        .await;
    assert_eq!(refused(twice), "role_forbids");
}

#[tokio::test]
async fn what_is_activated_is_what_was_shown() {
    let (world, admin, district) = world().await;
    let (name, sources) = slower(&world, district);
    let shown = world.app.preview_sources(&admin, sources.clone()).await.unwrap();
    assert!(shown.is_sound(), "{:?}", shown.findings);
    let all: Vec<_> = shown
        .districts
        .iter()
        .flat_map(|district| &district.differences)
        .collect();
    let found = all.iter().find(|one| one.what == "limit" && one.name == name);
    let found = found.unwrap_or_else(|| panic!("{all:?}"));
    assert_eq!(found.change, Change::Changed);
    assert_eq!(found.fields[0].field, "title");

    let app = &world.app;
    let others = app.activate_previewed(&admin, &shipped(), &shown.source, 1).await;
    assert_eq!(refused(others), "other_sources");
    // Somebody else is quicker.
    app.activate_sources(&Caller::program(), &shipped()).await.unwrap();
    let late = app
        .activate_previewed(&admin, &sources, &shown.source, shown.after)
        .await;
    assert_eq!(refused(late), "activated_meanwhile");
    assert_ne!(app.rules().source, shown.source);

    let again = app.preview_sources(&admin, sources.clone()).await.unwrap();
    let activated = app
        .activate_previewed(&admin, &sources, &again.source, again.after)
        .await
        .unwrap();
    assert_eq!((activated.number, &app.rules().source), (3, &again.source));
    let numbers: Vec<i64> = app
        .activations(None, 2)
        .await
        .unwrap()
        .iter()
        .map(|row| row.number)
        .collect();
    assert_eq!(numbers, [3, 2]);
    assert_eq!(app.activations(Some(2), 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_shown_and_cannot_come_into_force() {
    let (world, admin, district) = world().await;
    let app = &world.app;
    let broken = with("place.toml", "[", "[[[");
    let shown = app.preview_sources(&admin, broken.clone()).await.unwrap();
    assert!(!shown.is_sound() && shown.districts.is_empty());
    let first = shown.findings.iter().next().expect("a finding");
    assert!(first.file.ends_with("place.toml") && first.line > 0, "{first}");
    let refusal = app
        .activate_previewed(&admin, &broken, &shown.source, shown.after)
        .await;
    assert_eq!(refused(refusal), "pack_findings");

    // Outlines are read where maps are made, not with the packs: they count all the same, before anything is committed.
    let outlines = with(".geojson", "coordinates", "co");
    let shown = app.preview_sources(&admin, outlines.clone()).await.unwrap();
    assert_eq!(shown.refusal.as_ref().map(|refusal| refusal.code), Some("bad_outline"));
    let refusal = app
        .activate_previewed(&admin, &outlines, &shown.source, shown.after)
        .await;
    assert_eq!(refused(refusal), "bad_outline");

    // A folder without one of the districts in force.
    let left_out = format!("places/{district}/");
    let fewer: Sources = shipped()
        .iter()
        .filter(|(path, _)| !path.starts_with(&left_out))
        .collect();
    let shown = app.preview_sources(&admin, fewer.clone()).await.unwrap();
    assert_eq!(
        shown.refusal.as_ref().map(|refusal| refusal.code),
        Some("district_left_out")
    );
    assert_eq!(
        refused(app.activate_sources(&Caller::program(), &fewer).await),
        "district_left_out"
    );
    assert_eq!(app.last_activation().await.unwrap().map(|row| row.number), Some(1));
}
