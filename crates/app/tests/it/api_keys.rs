//! API keys: who makes them, what they open, and how they end.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use quanyu_app::AppError;
use quanyu_app::api_keys::{API_KEY, ApiKeyRow, FiledWindow, KeyDraft, KeyRight};
use quanyu_app::cases::{Caller, CaseDraft};
use quanyu_app::people::Person;
use quanyu_app::tables::{CASE, CaseRow};
use quanyu_domain::access::Role;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::{Query, Records};

use crate::support::{CITY, EAST, World, draft, refused};

const EAST_ID: DistrictId = DistrictId(990_101);
const WEST_ID: DistrictId = DistrictId(990_102);

fn key(districts: &[DistrictId]) -> KeyDraft {
    KeyDraft {
        name: " 市民应用 ".to_owned(),
        districts: districts.iter().copied().collect(),
        rights: BTreeSet::from([KeyRight::Open311File]),
        expires_at: None,
    }
}

#[track_caller]
fn unknown<T: std::fmt::Debug>(outcome: Result<T, AppError>) {
    assert!(matches!(outcome, Err(AppError::Unauthenticated)), "{outcome:?}");
}

async fn row(world: &World) -> ApiKeyRow {
    let rows: Vec<ApiKeyRow> = world.store.page(&Query::by_key(&API_KEY, 10)).await.unwrap();
    rows.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_until_it_is_revoked() {
    let world = World::new().await;
    let admin = world.somebody("admin", &[(Role::SystemAdmin, CITY)]).await;
    let made = world.app.make_key(&admin, key(&[EAST_ID])).await.unwrap();
    assert_eq!(made.key.draft.name, "市民应用");
    assert!(!format!("{made:?}").contains(&made.token));
    let stored = row(&world).await;
    let secret = &made.token[26..];
    assert!(
        secret.len() == 43 && !format!("{stored:?}").contains(secret),
        "{stored:?}"
    );
    let journal = world.journal().await;
    assert!(!journal.iter().any(|event| event.body.as_str().contains(secret)));

    let known = world.app.key_of_token(&format!(" {} ", made.token)).await.unwrap();
    assert_eq!(known.id, made.key.id);
    assert!(known.may(KeyRight::Open311File) && !known.may(KeyRight::Open311ReadOwn));
    assert!(known.reaches(EAST_ID) && !known.reaches(WEST_ID));
    let other = format!("{}A", &made.token[..made.token.len() - 1]);
    let foreign = made.token.replacen("quanyu-2", "quanyu-1", 1);
    for wrong in [
        "",
        "quanyu-",
        "x",
        &made.token[1..],
        &other,
        &foreign,
        &stored.secret_hash,
    ] {
        unknown(world.app.key_of_token(wrong).await);
    }

    let revoked = world
        .app
        .set_key_active(&admin, made.key.id, None, false)
        .await
        .unwrap();
    assert!(!revoked.active);
    unknown(world.app.key_of_token(&made.token).await);
    assert!(matches!(
        world.app.set_key_active(&admin, made.key.id, Some(1), true).await,
        Err(AppError::Stale { .. })
    ));
    world.app.set_key_active(&admin, made.key.id, None, true).await.unwrap();
    world.app.key_of_token(&made.token).await.unwrap();
    assert_eq!(world.kinds("api_key").await, ["made", "revoked", "reinstated"]);
}

#[tokio::test]
async fn a_key_ends_and_its_use_is_noted_by_the_hour() {
    let world = World::new().await;
    let (began, program) = (world.app.now(), Caller::program());
    let until = began + SignedDuration::from_hours(3);
    let draft = KeyDraft {
        expires_at: Some(until),
        ..key(&[EAST_ID])
    };
    let made = world.app.make_key(&program, draft.clone()).await.unwrap();
    assert_eq!(row(&world).await.used_at, None);
    let mut noted = Vec::new();
    for _ in 0..9 {
        world.app.key_of_token(&made.token).await.unwrap();
        noted.push(row(&world).await.used_at.unwrap().duration_since(began).as_mins());
        world.minutes_later(20);
    }
    assert_eq!(noted, [0, 0, 0, 60, 60, 60, 120, 120, 120]);
    unknown(world.app.key_of_token(&made.token).await);
    assert_eq!(refused(world.app.make_key(&program, draft).await), "expired_already");
}

#[tokio::test]
async fn an_administrator_keeps_the_keys_of_the_own_area() {
    let world = World::new().await;
    let city = world.somebody("city", &[(Role::SystemAdmin, CITY)]).await;
    let east = world.somebody("east", &[(Role::SystemAdmin, EAST)]).await;
    let security = world.somebody("security", &[(Role::SecurityAdmin, CITY)]).await;
    let own = world.app.make_key(&east, key(&[EAST_ID])).await.unwrap();
    let both = world.app.make_key(&city, key(&[EAST_ID, WEST_ID])).await.unwrap();
    let whole = world.app.make_key(&city, key(&[DistrictId(990_100)])).await.unwrap();
    assert!(whole.key.reaches(WEST_ID) && !whole.key.reaches(DistrictId(990_201)));
    assert_eq!(
        refused(world.app.make_key(&east, key(&[EAST_ID, WEST_ID])).await),
        "beyond_your_area"
    );
    for nobody in [&security, &Caller::reporter()] {
        assert_eq!(
            refused(world.app.make_key(nobody, key(&[EAST_ID])).await),
            "role_forbids"
        );
        assert_eq!(refused(world.app.keys(nobody).await), "role_forbids");
        let switched = world.app.set_key_active(nobody, own.key.id, None, false).await;
        assert_eq!(refused(switched), "role_forbids");
    }
    let listed = |keys: Vec<quanyu_app::api_keys::ApiKey>| -> Vec<Id> { keys.into_iter().map(|key| key.id).collect() };
    assert_eq!(listed(world.app.keys(&east).await.unwrap()), [own.key.id]);
    assert_eq!(
        listed(world.app.keys(&city).await.unwrap()),
        [own.key.id, both.key.id, whole.key.id]
    );
    let beyond = world.app.set_key_active(&east, both.key.id, None, false).await;
    assert_eq!(refused(beyond), "unknown_key");
    for (wrong, code) in [
        (
            KeyDraft {
                name: "  ".into(),
                ..key(&[EAST_ID])
            },
            "bad_name",
        ),
        (
            KeyDraft {
                rights: BTreeSet::new(),
                ..key(&[EAST_ID])
            },
            "rights_missing",
        ),
        (key(&[]), "districts_missing"),
        (key(&[DistrictId(110_101)]), "unknown_district"),
    ] {
        assert_eq!(refused(world.app.make_key(&city, wrong).await), code);
    }
}

#[tokio::test]
async fn the_same_request_id_gives_the_same_case() {
    let world = World::new().await;
    let program = Caller::program();
    let one = world.app.make_key(&program, key(&[EAST_ID])).await.unwrap().key;
    let two = world.app.make_key(&program, key(&[EAST_ID])).await.unwrap().key;
    let demand = CaseDraft {
        channel: "web".to_owned(),
        reporter: Some(Person {
            phone: Some("13800001234".to_owned()),
            ..Person::default()
        }),
        ..draft()
    };
    let file = |key, id| {
        let (app, demand) = (world.app.clone(), demand.clone());
        async move { app.take_in_with_key(key, "potholes", demand, id).await }
    };
    let first = file(&one, Some("request-1")).await.unwrap();
    let again = file(&one, Some("request-1")).await.unwrap();
    assert!(first.created && !again.created && first.case.id == again.case.id);
    let mut other = demand.clone();
    other.text.push('！');
    let reused = world
        .app
        .take_in_with_key(&one, "potholes", other, Some("request-1"))
        .await;
    assert!(matches!(reused, Err(AppError::KeyReused)), "{reused:?}");
    // Every key has request ids of its own, and without one every request is another.
    let foreign = file(&two, Some("request-1")).await.unwrap();
    world.minutes_later(1);
    let unnamed = file(&one, None).await.unwrap();
    assert!(foreign.created && unnamed.created);
    let cases: Vec<CaseRow> = world.store.page(&Query::by_key(&CASE, 10)).await.unwrap();
    assert_eq!(cases.len(), 3);

    // Who files follows what was filed, and nothing else.
    let window = FiledWindow {
        from: world.app.now() - SignedDuration::from_hours(1),
        to: world.app.now(),
    };
    let all = world.app.all_filed_with(&one, window, 10, |_| true).await.unwrap();
    let ids: Vec<Id> = all.iter().map(|filing| filing.case.id).collect();
    assert_eq!(ids, [unnamed.case.id, first.case.id]);
    assert_eq!(all[0].service, "potholes");
    let few = world.app.all_filed_with(&one, window, 1, |_| true).await.unwrap();
    assert_eq!(few.len(), 1);
    assert!(world.app.filed_with(&one, first.case.id).await.unwrap().is_some());
    assert_eq!(world.app.filed_with(&two, first.case.id).await.unwrap(), None);
    let early = FiledWindow {
        to: world.app.now() - SignedDuration::from_secs(30),
        ..window
    };
    assert_eq!(
        world.app.all_filed_with(&one, early, 10, |_| true).await.unwrap().len(),
        1
    );
}
