//! People who add themselves to a published case, and what is published near a place.

use quanyu_app::audit::{AuditQuery, Narrow};
use quanyu_app::cases::{CaseDraft, Followed, Idempotency, PublicationDraft, SUPPORT_NOUN};
use quanyu_app::error::AppError;
use quanyu_app::people::Person;
use quanyu_app::rebuild::verify_rebuild;
use quanyu_domain::access::Role::{AuditAdmin, SecurityAdmin};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;
use quanyu_store::{Query, Records};

use crate::mills::{caller, desk, file, mills, walk, wheel};
use crate::support::{CITY, World, refused};

const PHONE: &str = "138 0000 1234";

async fn published(world: &World, case: Case) -> Case {
    let draft = PublicationDraft {
        title: Some("水轮".to_owned()),
        text: "水轮卡住了".to_owned(),
        reply: None,
        area: None,
        words: None,
    };
    world.app.publish(&desk(), case.id, None, draft).await.unwrap()
}

fn key(name: &str) -> Option<Idempotency> {
    Some(Idempotency {
        space: "idempotency",
        key: format!("reporter/{name}"),
    })
}

#[tokio::test]
async fn whoever_has_met_it_too_is_counted_once_and_the_case_stays_as_it_is() {
    let world = mills().await;
    let app = &world.app;
    let case = file(app).await;
    assert_eq!(refused(app.support(case.id, None, None).await), "not_published");
    let case = published(&world, case).await;
    let first = app.support(case.id, Some(PHONE), key("one")).await.unwrap();
    assert_eq!((first.supporters, first.created), (1, true));
    // The same request again, however often; with the key of another one it is a mistake.
    let again = app.support(case.id, Some(PHONE), key("one")).await.unwrap();
    assert_eq!(
        (again.number, again.secret.as_str()),
        (first.number, first.secret.as_str())
    );
    assert_eq!((again.supporters, again.created), (1, false));
    assert!(matches!(
        app.support(case.id, None, key("one")).await,
        Err(AppError::KeyReused)
    ));
    // The same number, written in another way.
    let twice = app.support(case.id, Some("+86-13800001234"), key("two")).await;
    assert_eq!(refused(twice), "already_supported");
    assert_eq!(
        refused(app.support(case.id, Some("12"), None).await),
        "not_a_phone_number"
    );
    // Without a number nobody knows who it is; to another case the same number may be added.
    assert_eq!(app.support(case.id, None, None).await.unwrap().supporters, 2);
    let other = published(&world, file(app).await).await;
    assert_eq!(app.support(other.id, Some(PHONE), None).await.unwrap().supporters, 1);
    assert_eq!(
        app.case(&desk(), case.id).await.unwrap(),
        case,
        "nothing of the case has changed"
    );

    let closed = walk(app, case, &["dispatch", "accept", "hand_in", "pass", "call_back"]).await;
    assert_eq!(refused(app.support(closed.id, None, None).await), "already_closed");
    let repeated = app.support(closed.id, Some(PHONE), key("one")).await.unwrap();
    assert!(!repeated.created, "who repeats a request is told what it did");
    assert_eq!(app.supporters(closed.id).await.unwrap(), 2);
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
    assert_eq!(app.supporters(closed.id).await.unwrap(), 2);
    assert_eq!(world.kinds(SUPPORT_NOUN).await, ["added", "added", "added"]);
}

#[tokio::test]
async fn those_who_come_at_once_are_all_counted_and_one_number_once() {
    let world = mills().await;
    let app = &world.app;
    let case = published(&world, file(app).await).await;
    let phones = (0..12).map(|nth| (nth % 4 != 3).then(|| format!("1380000{:04}", nth / 2)));
    let outcomes = futures::future::join_all(phones.map(|phone| {
        let case = case.id;
        async move { app.support(case, phone.as_deref(), None).await }
    }))
    .await;
    let added = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    // Of the twelve three come without a number; the other nine have six different ones.
    assert_eq!(added, 9);
    assert_eq!(app.supporters(case.id).await.unwrap(), 9);
}

#[tokio::test]
async fn a_supporter_follows_what_was_published_and_is_erased() {
    let world = mills().await;
    let app = &world.app;
    let draft = CaseDraft {
        reporter: Some(Person {
            phone: Some("13900005678".to_owned()),
            ..Person::default()
        }),
        ..wheel()
    };
    let case = app.take_in(&desk(), draft, None).await.unwrap().case;
    let case = published(&world, case).await;
    let own = app.support(case.id, Some(PHONE), None).await.unwrap();
    let followed = app.followed(own.number, &own.secret).await.unwrap();
    let Followed::Supported { number, case: seen, .. } = followed else {
        panic!("{followed:?}")
    };
    assert_eq!((number, seen.id), (own.number, case.id));
    // The secret opens neither the case itself, nor is there anything else to it.
    assert_eq!(
        refused(app.follow(case.id, &own.secret).await),
        "unknown_case_or_secret"
    );
    assert_eq!(
        refused(app.follow(own.number, &own.secret).await),
        "unknown_case_or_secret"
    );
    assert_eq!(
        refused(app.followed(own.number, "0000-0000-0000").await),
        "unknown_case_or_secret"
    );
    assert_eq!(
        refused(app.reopen(own.number, &own.secret, "又卡住了").await),
        "unknown_case_or_secret"
    );
    assert!(matches!(
        app.followed(case.id, &app.vault.tracking_secret(case.id)).await,
        Ok(Followed::Case(_))
    ));

    let listed = app.supports(&desk(), case.id, 0, 10).await.unwrap();
    assert_eq!(listed[0].phone.as_deref(), Some("138****1234"));
    assert_eq!(app.supports(&desk(), case.id, 1, 10).await.unwrap(), []);
    let revealed = app
        .reveal_supporter(&desk(), &case, own.number, "告知结果")
        .await
        .unwrap();
    assert_eq!(revealed.unwrap().phone.as_deref(), Some(PHONE));
    assert_eq!(
        refused(app.reveal_supporter(&desk(), &case, case.id, "告知结果").await),
        "unknown_case"
    );
    assert_eq!(
        refused(app.reveal_supporter(&desk(), &case, own.number, " ").await),
        "purpose_missing"
    );

    let admin = caller(30, &[(SecurityAdmin, CITY)]);
    assert_eq!(
        refused(app.erase(&desk(), own.number, "本人申请").await),
        "role_forbids"
    );
    assert_eq!(refused(app.erase(&admin, own.number, " ").await), "reason_missing");
    assert_eq!(
        refused(app.erase(&admin, own.number, "13800001234 申请").await),
        "names_somebody"
    );
    assert_eq!(app.erase(&admin, own.number, "本人申请").await.unwrap(), []);
    let listed = app.supports(&desk(), case.id, 0, 10).await.unwrap();
    assert_eq!(
        (listed.len(), listed[0].phone.clone()),
        (1, None),
        "that somebody did stays"
    );
    let people = Query::by_key(&quanyu_app::tables::PERSON, 10);
    let people: Vec<quanyu_app::tables::PersonRow> = world.store.page(&people).await.unwrap();
    let left = people.iter().filter(|person| person.phone_hash.is_some()).count();
    assert_eq!(left, 1, "of the reporter alone");
    // Whoever was erased may add themselves anew.
    assert_eq!(app.support(case.id, Some(PHONE), None).await.unwrap().supporters, 2);
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
    assert_eq!(refused(app.erase(&admin, Id(7), "本人申请").await), "unknown_case");
}

#[tokio::test]
async fn who_added_themselves_to_a_case_that_became_confidential_is_told_to_nobody_outside() {
    let world = mills().await;
    let app = &world.app;
    let case = published(&world, file(app).await).await;
    let own = app.support(case.id, None, None).await.unwrap().number;
    let auditor = caller(31, &[(AuditAdmin, CITY)]);
    let query = AuditQuery {
        thing: Some((SUPPORT_NOUN.to_owned(), own)),
        narrow: Narrow::default(),
        before: None,
        limit: 10,
    };
    let withheld = async || {
        let page = app.audit(&auditor, &query).await.unwrap();
        page.events.iter().map(|audited| audited.withheld).collect::<Vec<_>>()
    };
    assert_eq!(withheld().await, [false]);
    app.withdraw(&desk(), case.id, None, "内容有误").await.unwrap();
    app.confide(&desk(), case.id, None, Some([].into()), "要求保密")
        .await
        .unwrap();
    assert_eq!(withheld().await, [true]);
}
