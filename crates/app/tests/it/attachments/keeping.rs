//! What is kept: the same bytes once, and nothing that nobody uses.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::Offset;
use quanyu_app::attachments::Swept;
use quanyu_app::beside::{Looked, look_for_objects};
use quanyu_app::cases::{Caller, CaseDraft};
use quanyu_domain::access::Role::Operator;
use quanyu_domain::ids::Id;

use super::{evidence, photo, pieces, read};
use crate::support::{EAST_DESK, World, draft, refused};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_kept_once() {
    let mut world = World::new().await;
    let servers = [world.app.clone(), world.another_server()];
    let mut racing = tokio::task::JoinSet::new();
    for nth in 0..8_usize {
        let app = servers[nth % 2].clone();
        racing.spawn(async move {
            app.upload(&Caller::reporter(), &format!("{nth}.jpg"), pieces(&photo(b"same")))
                .await
                .unwrap()
        });
    }
    let rows = racing.join_all().await;
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), 8, "each is an attachment of its own");
    let content = world.contents().await;
    assert_eq!((content.len(), content[0].uses), (1, 8));
    assert!(
        rows.iter()
            .all(|row| row.object == content[0].object && row.public_object == content[0].public_object)
    );
    assert_eq!(world.objects().len(), 2, "the original and its copy for the public");

    // One is taken by a case; the others go and leave the bytes.
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let kept = world.uploaded(&operator, "kept.jpg", &photo(b"same")).await;
    let filed = CaseDraft {
        evidence: evidence("photo", &kept),
        ..draft()
    };
    let intake = world.app.take_in(&operator, filed, None).await.unwrap();
    world.later(SignedDuration::from_hours(25));
    assert_eq!(
        world.app.sweep_attachments(world.app.now()).await.unwrap(),
        Swept {
            attachments: 8,
            objects: 0
        }
    );
    let opened = world
        .app
        .attachment_of_case(&operator, intake.case.id, Id(kept.id))
        .await
        .unwrap();
    assert_eq!(read(opened).await, photo(b"same"));
    assert_eq!(world.contents().await[0].uses, 1);
}

#[tokio::test]
async fn what_no_case_takes_goes_after_a_day() {
    let world = World::new().await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let orphan = world.uploaded(&operator, "a.jpg", &photo(b"orphan")).await;
    let taken = world.uploaded(&operator, "b.jpg", &photo(b"taken")).await;
    let filed = CaseDraft {
        evidence: evidence("photo", &taken),
        ..draft()
    };
    world.app.take_in(&operator, filed, None).await.unwrap();
    world.later(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    assert_eq!(
        world.app.sweep_attachments(world.app.now()).await.unwrap(),
        Swept::default()
    );
    assert_eq!(world.objects().len(), 4);
    world.later(SignedDuration::from_micros(1));
    assert_eq!(
        world.app.sweep_attachments(world.app.now()).await.unwrap(),
        Swept {
            attachments: 1,
            objects: 0
        }
    );
    let left: Vec<i64> = world.attachments().await.iter().map(|row| row.id).collect();
    assert_eq!(left, [taken.id]);
    assert_eq!(world.objects().len(), 2);
    // It can no longer be used, and the same bytes come in again as if for the first time.
    let late = CaseDraft {
        evidence: evidence("photo", &orphan),
        ..draft()
    };
    assert_eq!(
        refused(world.app.take_in(&operator, late, None).await),
        "unknown_attachment"
    );
    let again = world.uploaded(&operator, "a.jpg", &photo(b"orphan")).await;
    assert_ne!(again.object, orphan.object);
    let kinds = world.kinds("attachment").await;
    assert_eq!(kinds, ["uploaded", "uploaded", "removed", "uploaded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_takes_nothing_from_under_anybody() {
    const ROUNDS: i64 = 100;
    let mut world = World::new().await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let elsewhere = world.another_server();
    let (mut swept, mut taken) = (0, 0);
    for round in 0..ROUNDS {
        let old = world.uploaded(&operator, "old.jpg", &photo(b"same")).await;
        world.later(SignedDuration::from_hours(24));
        let now = world.app.now();
        let filed = CaseDraft {
            evidence: evidence("photo", &old),
            ..draft()
        };
        // At once: the old one, the last use of its bytes in most rounds, is removed on two servers, a case may take it,
        // and the same bytes come in again. Who is first differs from round to round.
        let after = |steps: i64| tokio::time::sleep(Duration::from_micros((round * steps % 40 * 100).unsigned_abs()));
        let (sweep, second, filed, again) = tokio::join!(
            async {
                after(7).await;
                elsewhere.sweep_attachments(now).await
            },
            async {
                after(11).await;
                world.app.sweep_attachments(now).await
            },
            async {
                if round % 3 > 0 {
                    return None;
                }
                after(13).await;
                Some(world.app.take_in(&operator, filed, None).await)
            },
            elsewhere.upload(&operator, "again.jpg", pieces(&photo(b"same"))),
        );
        swept += sweep.unwrap().attachments + second.unwrap().attachments;
        match filed {
            None => {}
            Some(Ok(intake)) => {
                taken += 1;
                let opened = world
                    .app
                    .attachment_of_case(&operator, intake.case.id, Id(old.id))
                    .await;
                assert_eq!(read(opened.unwrap()).await, photo(b"same"));
                // The next round shall meet bytes again that are used once.
                world.forget_case_of(&old).await;
            }
            Some(outcome) => assert_eq!(refused(outcome), "unknown_attachment"),
        }
        let again = Id(again.unwrap().id);
        let opened = world.app.own_attachment(&operator, again).await.unwrap();
        assert_eq!(read(opened).await, photo(b"same"));
        world.later(SignedDuration::from_hours(24));
        swept += world.app.sweep_attachments(world.app.now()).await.unwrap().attachments;
        assert_eq!(world.contents().await, [], "round {round}");
        assert_eq!(world.objects().len(), 0, "nothing is left behind in round {round}");
    }
    assert_eq!(i64::try_from(swept).unwrap(), 2 * ROUNDS);
    assert!(taken > 0, "a case came first at times");
}

#[tokio::test]
async fn what_a_crash_left_behind_is_found() {
    let world = World::new().await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let row = world.uploaded(&operator, "a.jpg", &photo(b"x")).await;
    let filed = CaseDraft {
        evidence: evidence("photo", &row),
        ..draft()
    };
    world.app.take_in(&operator, filed, None).await.unwrap();
    // Every hour another part of the store is walked: this one has its turn once in 256 hours.
    let folder = &row.object[..6];
    let part = i64::from_str_radix(&folder[..2], 16).unwrap();
    let hour = (0..256).find(|hour| (world.app.now().as_second() / 3_600 + hour) % 256 == part);
    let turn = world.app.now() + SignedDuration::from_hours(hour.unwrap());

    let objects = world.folder.path().join("files/objects");
    let left = |folder: &str, ago: SignedDuration, ending: &str| {
        let minted = Id::compose(turn - ago, Offset::constant(8), 1);
        let path = objects.join(format!("{folder}{}-{:018}{ending}", row.sha256, minted.0));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"left behind").unwrap();
        path
    };
    let (day, second) = (SignedDuration::from_hours(24), SignedDuration::from_secs(1));
    let long_ago = [left(folder, day + second, ""), left(folder, day + second, "-public")];
    // What was put less than a day ago may be about to get its row; another part has another turn.
    let lately = left(folder, day - second, "");
    let elsewhere = left(&format!("{:02x}/00/", (part + 1) % 256), day * 20, "");
    let foreign = objects.join(folder).join("README");
    std::fs::write(&foreign, b"somebody else's").unwrap();

    let before = world.objects();
    assert_eq!(world.app.sweep_attachments(turn).await.unwrap().objects, 2);
    let gone: Vec<PathBuf> = before.difference(&world.objects()).cloned().collect();
    assert_eq!(gone, long_ago);
    assert_eq!(
        world
            .app
            .sweep_attachments(turn + SignedDuration::from_hours(1))
            .await
            .unwrap()
            .objects,
        1
    );
    assert!(!elsewhere.exists() && lately.exists());
    assert_eq!(
        world
            .app
            .sweep_attachments(turn + SignedDuration::from_hours(256))
            .await
            .unwrap()
            .objects,
        1
    );
    let kept = [
        objects.join(&row.object),
        objects.join(row.public_object.unwrap()),
        foreign,
    ];
    assert_eq!(world.objects(), BTreeSet::from(kept));
}

/// A photo is kept as two objects. With one of them gone the folder is still the right one.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_has_lost_something_is_told_from_a_wrong_one() {
    let world = World::new().await;
    world.uploaded(&Caller::reporter(), "a.jpg", &photo(b"kept")).await;
    let content = world.contents().await.remove(0);
    let (original, copy) = (content.object, content.public_object.unwrap());
    let objects = world.folder.path().join("files/objects");
    for (gone, missing, found_nothing) in [
        (None, vec![], false),
        (Some(&original), vec![original.clone()], false),
        (Some(&copy), vec![original.clone(), copy.clone()], true),
    ] {
        if let Some(object) = gone {
            std::fs::remove_file(objects.join(object)).unwrap();
        }
        let looked = look_for_objects(world.app.store.as_ref(), &world.app.blobs, 8)
            .await
            .unwrap();
        assert_eq!(looked.found_nothing(), found_nothing);
        assert_eq!(looked, Looked { objects: 2, missing });
    }
    assert!(
        !Looked::default().found_nothing(),
        "without attachments any folder will do"
    );
}
