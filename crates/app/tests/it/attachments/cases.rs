//! Files as evidence of cases: who may use one, and who sees it.

use std::collections::BTreeSet;

use quanyu_app::cases::{Caller, CaseDraft, Idempotency, StepDraft};
use quanyu_app::error::AppError;
use quanyu_domain::access::Role::{Dispatcher, Handler, Operator};
use quanyu_domain::cases::Evidence;
use quanyu_domain::ids::Id;

use super::{evidence, holds, photo, place, read};
use crate::support::{EAST_DESK, EAST_ROADS, WEST_DESK, World, code, draft, refused};

#[tokio::test]
async fn a_photo_loses_its_place_for_the_public_alone() {
    let world = World::new().await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let original = photo(b"the picture");
    assert!(holds(&original, &place()));
    let row = world.uploaded(&operator, "现场.jpg", &original).await;
    assert_eq!(
        (row.media.as_str(), row.name.as_str(), row.district),
        ("image/jpeg", "现场.jpg", 990_101)
    );
    assert_eq!(row.bytes, i64::try_from(original.len()).unwrap());

    let filed = CaseDraft {
        evidence: evidence("photo", &row),
        ..draft()
    };
    let intake = world.app.take_in(&operator, filed, None).await.unwrap();
    let (case, id) = (intake.case.id, Id(row.id));
    let staff = world.app.attachment_of_case(&operator, case, id).await.unwrap();
    assert_eq!((staff.name.as_str(), staff.media.as_str()), ("现场.jpg", "image/jpeg"));
    assert_eq!(read(staff).await, original);

    let public = read(
        world
            .app
            .public_attachment_of_case(case, &intake.secret, id)
            .await
            .unwrap(),
    )
    .await;
    assert!(holds(&public, b"the picture\xff\xd9") && public.starts_with(&[0xff, 0xd8]));
    for gone in [
        place().as_slice(),
        b"36.6412907N",
        b"http://ns.adobe.com",
        &[0x88, 0x25],
    ] {
        assert!(!holds(&public, gone), "{gone:?}");
    }
    // Which way is up stays: tag 0x0112, one 16-bit number, 6.
    assert!(holds(&public, &[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]));
    let wrong = world.app.public_attachment_of_case(case, "0000-0000-0000", id).await;
    assert_eq!(refused(wrong.map(|_| ())), "unknown_case_or_secret");
}

#[tokio::test]
async fn what_cannot_be_cleaned_is_not_shown_to_the_public() {
    let world = World::new().await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let paper = world.uploaded(&operator, "a.pdf", b"%PDF-1.7 somebody's name").await;
    let heic = world
        .uploaded(&operator, "b.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
        .await;
    let mut both = evidence("paper", &paper);
    both.extend(evidence("photo", &heic));
    let intake = world
        .app
        .take_in(
            &operator,
            CaseDraft {
                evidence: both,
                ..draft()
            },
            None,
        )
        .await
        .unwrap();
    for row in [&paper, &heic] {
        assert_eq!(row.public_object, None);
        let public = world
            .app
            .public_attachment_of_case(intake.case.id, &intake.secret, Id(row.id))
            .await;
        assert_eq!(refused(public.map(|_| ())), "no_public_copy");
        world
            .app
            .attachment_of_case(&operator, intake.case.id, Id(row.id))
            .await
            .unwrap();
    }
    let listed = world.app.attachments_of(&intake.case).await.unwrap();
    assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [paper.id, heic.id]);
}

#[tokio::test]
async fn only_who_may_see_the_case_sees_its_attachments() {
    let world = World::new().await;
    let app = &world.app;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let colleague = world.somebody("colleague", &[(Dispatcher, EAST_DESK)]).await;
    let stranger = world.somebody("stranger", &[(Operator, WEST_DESK)]).await;
    let row = world.uploaded(&operator, "a.jpg", &photo(b"x")).await;
    let id = Id(row.id);
    app.own_attachment(&operator, id).await.unwrap();
    for caller in [&colleague, &stranger] {
        assert_eq!(
            refused(app.own_attachment(caller, id).await.map(|_| ())),
            "unknown_attachment"
        );
    }
    assert!(matches!(
        app.own_attachment(&Caller::reporter(), id).await.map(|_| ()),
        Err(AppError::Unauthenticated)
    ));

    let filed = CaseDraft {
        evidence: evidence("photo", &row),
        ..draft()
    };
    let case = app.take_in(&operator, filed, None).await.unwrap().case.id;
    let without = app.take_in(&operator, draft(), None).await.unwrap().case.id;
    app.attachment_of_case(&operator, case, id).await.unwrap();
    app.own_attachment(&operator, id).await.unwrap();
    app.attachment_of_case(&colleague, case, id).await.unwrap();
    assert_eq!(
        refused(app.attachment_of_case(&stranger, case, id).await.map(|_| ())),
        "unknown_case"
    );
    assert_eq!(
        refused(app.attachment_of_case(&colleague, without, id).await.map(|_| ())),
        "unknown_attachment"
    );
    assert_eq!(
        refused(app.attachment_of_case(&colleague, case, Id(1)).await.map(|_| ())),
        "unknown_attachment"
    );
    let nobody = app.attachment_of_case(&Caller::reporter(), case, id).await.map(|_| ());
    assert!(matches!(nobody, Err(AppError::Unauthenticated)), "{nobody:?}");
    // Who uploaded it is not among the people who are named for the case.
    app.confide(&colleague, case, None, Some(BTreeSet::new()), "举报人要求保密")
        .await
        .unwrap();
    assert_eq!(
        refused(app.own_attachment(&operator, id).await.map(|_| ())),
        "unknown_attachment"
    );
    app.attachment_of_case(&colleague, case, id).await.unwrap();
}

#[tokio::test]
async fn a_file_belongs_to_one_case_and_to_who_handed_it_in() {
    let world = World::new().await;
    let app = &world.app;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let other = world.somebody("other", &[(Operator, EAST_DESK)]).await;
    let row = world.uploaded(&operator, "a.jpg", &photo(b"x")).await;
    let with = |evidence: Vec<Evidence>| CaseDraft { evidence, ..draft() };
    let photo_of = with(evidence("photo", &row));
    // Whoever sees or guesses the number of somebody else's file gets nothing by it.
    assert_eq!(
        refused(app.take_in(&other, photo_of.clone(), None).await),
        "unknown_attachment"
    );
    assert_eq!(
        refused(app.take_in(&operator, with(evidence("paper", &row)), None).await),
        "wrong_media"
    );
    assert_eq!(
        refused(app.take_in(&operator, with(evidence("poem", &row)), None).await),
        "unknown_evidence_kind"
    );

    let key = || {
        Some(Idempotency {
            space: "idempotency",
            key: "k".to_owned(),
        })
    };
    let twice = with([evidence("photo", &row), evidence("photo", &row)].concat());
    let first = app.take_in(&operator, twice.clone(), key()).await.unwrap();
    assert!(first.created);
    let repeated = app.take_in(&operator, twice, key()).await.unwrap();
    assert_eq!((repeated.created, repeated.case.id), (false, first.case.id));
    assert_eq!(
        refused(app.take_in(&operator, photo_of, None).await),
        "attachment_in_use"
    );
    let stored = world.attachments().await.pop().unwrap();
    assert_eq!(
        (stored.case, stored.expires_at, stored.district),
        (Some(first.case.id.0), None, 990_101)
    );
}

#[tokio::test]
async fn a_step_takes_its_evidence_along() {
    let world = World::new().await;
    let app = &world.app;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let dispatcher = world.somebody("dispatcher", &[(Dispatcher, EAST_DESK)]).await;
    let handler = world.somebody("handler", &[(Handler, EAST_ROADS)]).await;
    let case = app.take_in(&operator, draft(), None).await.unwrap().case.id;
    let to_roads = StepDraft {
        lead: Some(code(EAST_ROADS)),
        limit_class: Some("week".to_owned()),
        ..StepDraft::default()
    };
    app.step(&dispatcher, case, None, "dispatch", to_roads).await.unwrap();
    app.step(&handler, case, None, "accept", StepDraft::default())
        .await
        .unwrap();
    let row = world.uploaded(&handler, "修好了.jpg", &photo(b"mended")).await;
    let result = |evidence| StepDraft {
        reply: Some("已修复".to_owned()),
        outcome: Some("repaired".to_owned()),
        evidence,
        ..StepDraft::default()
    };
    let foreign = world.uploaded(&operator, "x.jpg", &photo(b"foreign")).await;
    let outcome = app
        .step(&handler, case, None, "hand_in", result(evidence("photo", &foreign)))
        .await;
    assert_eq!(refused(outcome), "unknown_attachment");
    app.step(&handler, case, None, "hand_in", result(evidence("photo", &row)))
        .await
        .unwrap();
    let opened = app.attachment_of_case(&dispatcher, case, Id(row.id)).await.unwrap();
    assert_eq!(read(opened).await, photo(b"mended"));
}
