//! Files: what is let in, who sees it, and what becomes of what nobody uses.

mod cases;
mod keeping;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use quanyu_app::attachments::{MAX_BYTES, Opened};
use quanyu_app::cases::Caller;
use quanyu_app::tables::{ATTACHMENT, AttachmentRow, CONTENT, ContentRow};
use quanyu_domain::cases::Evidence;
use quanyu_domain::ids::Id;
use quanyu_store::{ChangeSet, Expect, Query, Records, Store, Write};

use crate::support::{World, refused};

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
pub fn photo(scan: &[u8]) -> Vec<u8> {
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

pub fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

pub fn evidence(kind: &str, row: &AttachmentRow) -> Vec<Evidence> {
    vec![Evidence {
        kind: kind.to_owned(),
        attachment: Id(row.id),
    }]
}

/// The files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
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

    pub async fn uploaded(&self, caller: &Caller, name: &str, bytes: &[u8]) -> AttachmentRow {
        self.app.upload(caller, name, pieces(bytes)).await.unwrap()
    }
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
