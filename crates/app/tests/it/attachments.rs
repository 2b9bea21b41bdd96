//! Files: what is let in, who sees it, and what becomes of what nobody uses.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use jiff::tz::Offset;
use quanyu_app::attachments::{MAX_BYTES, Opened, Swept};
use quanyu_app::cases::{Caller, CaseDraft, Idempotency, StepDraft};
use quanyu_app::error::AppError;
use quanyu_app::tables::{ATTACHMENT, AttachmentRow, CONTENT, ContentRow};
use quanyu_domain::access::Role::{Dispatcher, Handler, Operator};
use quanyu_domain::cases::Evidence;
use quanyu_domain::ids::Id;
use quanyu_store::{ChangeSet, Expect, Query, Records, Store, Write};

use crate::support::{EAST_DESK, EAST_ROADS, WEST_DESK, World, code, draft, refused};

/// 36°38'28.6" N, 101°43'31.2" E as EXIF writes it: six fractions of 32-bit numbers.
const PLACE: [u32; 12] = [36, 1, 38, 1, 286, 10, 101, 1, 43, 1, 312, 10];

/// A file in pieces of a few bytes.
fn pieces(bytes: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let pieces: Vec<_> = bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// EXIF with an orientation and a place: two directories of TIFF.
fn exif() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [
            tag.to_be_bytes().as_slice(),
            &kind.to_be_bytes(),
            &count.to_be_bytes(),
            &value,
        ]
        .concat()
    };
    let at = |offset: u32| offset.to_be_bytes();
    // The header has 8 bytes, the first directory 2 + 2 × 12 + 4, the second 2 + 4 × 12 + 4.
    let (gps, values) = (38, 92);
    [
        b"MM\0\x2a\0\0\0\x08".as_slice(),
        &[0, 2],
        &entry(0x0112, 3, 1, [0, 6, 0, 0]),
        &entry(0x8825, 4, 1, at(gps)),
        &[0; 4],
        &[0, 4],
        &entry(1, 2, 2, *b"N\0\0\0"),
        &entry(2, 5, 3, at(values)),
        &entry(3, 2, 2, *b"E\0\0\0"),
        &entry(4, 5, 3, at(values + 24)),
        &[0; 4],
        &place(),
    ]
    .concat()
}

fn place() -> Vec<u8> {
    PLACE.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A JPEG of 2 × 2 points as a telephone takes it.
fn photo(scan: &[u8]) -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), contents].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xe1, &[b"Exif\0\0".as_slice(), &exif()].concat()),
        segment(
            0xe1,
            b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>36.6412907N</x:xmpmeta>",
        ),
        segment(0xdb, &[1; 65]),
        segment(0xc0, &[8, 0, 2, 0, 2, 1, 1, 0x11, 0]),
        segment(0xc4, &[2; 20]),
        segment(0xda, &[1, 1, 0, 0, 0x3f, 0]),
        scan.to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

async fn read(opened: Opened) -> Vec<u8> {
    let pieces: Vec<Bytes> = opened.content.try_collect().await.unwrap();
    let bytes = pieces.concat();
    assert_eq!(u64::try_from(bytes.len()).unwrap(), opened.bytes);
    bytes
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn evidence(kind: &str, row: &AttachmentRow) -> Vec<Evidence> {
    vec![Evidence {
        kind: kind.to_owned(),
        attachment: Id(row.id),
    }]
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

impl World {
    fn objects(&self) -> BTreeSet<PathBuf> {
        files(&self.folder.path().join("files")).into_iter().collect()
    }

    async fn attachments(&self) -> Vec<AttachmentRow> {
        self.store.page(&Query::by_key(&ATTACHMENT, 100)).await.unwrap()
    }

    /// Lets an attachment be as if its case had never taken it.
    async fn forget_case_of(&self, row: &AttachmentRow) {
        let back = ChangeSet::new().write(Write::put(row, Expect::Any));
        self.store.commit(back).await.unwrap();
    }

    async fn contents(&self) -> Vec<ContentRow> {
        self.store.page(&Query::by_key(&CONTENT, 100)).await.unwrap()
    }

    async fn uploaded(&self, caller: &Caller, name: &str, bytes: &[u8]) -> AttachmentRow {
        self.app.upload(caller, name, pieces(bytes)).await.unwrap()
    }
}

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
async fn too_much_is_refused_while_it_comes() {
    let world = World::new().await;
    let pulled = Arc::new(AtomicUsize::new(0));
    let counted = pulled.clone();
    let endless = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        io::Result::Ok(Bytes::from(vec![b'a'; 1 << 20]))
    });
    let outcome = world.app.upload(&Caller::reporter(), "long.txt", endless).await;
    assert_eq!(refused(outcome), "file_too_large");
    assert_eq!(
        pulled.load(Ordering::SeqCst),
        (MAX_BYTES >> 20) + 1,
        "no more is read than needed"
    );
    assert_eq!(
        (
            world.objects().len(),
            world.attachments().await.len(),
            world.journal().await.len()
        ),
        (0, 0, 0)
    );

    let exactly = stream::iter([io::Result::Ok(Bytes::from(vec![b'a'; MAX_BYTES]))]);
    let row = world
        .app
        .upload(&Caller::reporter(), "long.txt", exactly)
        .await
        .unwrap();
    assert_eq!(row.bytes, i64::try_from(MAX_BYTES).unwrap());
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let world = World::new().await;
    let broken = pieces(&photo(b"x"))
        .take(3)
        .chain(stream::iter([Err(io::ErrorKind::ConnectionReset.into())]));
    assert_eq!(
        refused(world.app.upload(&Caller::reporter(), "a.jpg", broken).await),
        "upload_interrupted"
    );
    let nothing = stream::iter(Vec::<io::Result<Bytes>>::new());
    assert_eq!(
        refused(world.app.upload(&Caller::reporter(), "a.jpg", nothing).await),
        "empty_file"
    );
    assert_eq!((world.objects().len(), world.attachments().await.len()), (0, 0));
}

#[tokio::test]
async fn a_script_is_no_photo_whatever_it_is_called() {
    let world = World::new().await;
    let reporter = Caller::reporter();
    for (disguised, code) in [
        (b"#!/bin/sh\nrm -rf /\n".as_slice(), "file_type_not_allowed"),
        (b"<html><script>alert(1)</script></html>", "file_type_not_allowed"),
        (
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            "file_type_not_allowed",
        ),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", "file_type_not_allowed"),
        (b"alert(document.cookie)", "not_what_it_is_called"),
        (b"\xff\xd8\xff<script>alert(1)</script>", "damaged_photo"),
    ] {
        let outcome = world.app.upload(&reporter, "photo.jpg", pieces(disguised)).await;
        assert_eq!(refused(outcome), code, "{disguised:?}");
    }
    assert_eq!((world.objects().len(), world.attachments().await.len()), (0, 0));
}

#[tokio::test]
async fn a_name_leads_nowhere() {
    let world = World::new().await;
    let reporter = Caller::reporter();
    for (name, kept) in [
        ("../../../etc/cron.d/evil.pdf", "evil.pdf"),
        ("..\\..\\windows\\system.ini", "system.pdf"),
        ("/", "file.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("photo.jpg\0.pdf", "photo.jpg.pdf"),
    ] {
        assert_eq!(
            world.uploaded(&reporter, name, b"%PDF-1.4").await.name,
            kept,
            "{name:?}"
        );
    }
    let inside = world.folder.path().join("files/objects").canonicalize().unwrap();
    for object in world.objects() {
        assert!(object.canonicalize().unwrap().starts_with(&inside), "{object:?}");
    }
}

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
    let health = world.store.health().await.unwrap();
    assert_eq!(health.trouble, None);
}
