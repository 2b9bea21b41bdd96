//! Requests with files: who may send them, what becomes of them, and what is never fetched.

use std::net::TcpListener;

use quanyu_app::api_keys::KeyRight;
use quanyu_app::cases::case_of;
use quanyu_app::tables::{ATTACHMENT, AttachmentRow, CASE, CaseRow};
use quanyu_domain::cases::Case;
use quanyu_store::{Query, Records};

use crate::support::{Answer, World};

/// A JPEG of 2 × 2 points.
fn photo(scan: &[u8]) -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), contents].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xdb, &[1; 65]),
        segment(0xc0, &[8, 0, 2, 0, 2, 1, 1, 0x11, 0]),
        segment(0xc4, &[2; 20]),
        segment(0xda, &[1, 1, 0, 0, 0x3f, 0]),
        scan.to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

/// A part of a form: name, name of the file where it is one, content.
type Part<'p> = (&'p str, Option<&'p str>, &'p [u8]);

fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        let head = format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--line--\r\n");
    body
}

async fn send(world: &World, parts: &[Part<'_>]) -> Answer {
    let media = "multipart/form-data; boundary=line";
    world.post_as("requests.json", media, multipart(parts)).await
}

async fn cases(world: &World) -> Vec<Case> {
    let rows: Vec<CaseRow> = world.app.store.page(&Query::by_key(&CASE, 100)).await.unwrap();
    rows.iter().map(|row| case_of(row).unwrap()).collect()
}

async fn files(world: &World) -> Vec<AttachmentRow> {
    world.app.store.page(&Query::by_key(&ATTACHMENT, 100)).await.unwrap()
}

#[tokio::test]
async fn files_are_evidence_of_the_case() {
    let world = World::new().await;
    let key = world.key(world.district).await;
    let district = world.district.to_string();
    let (first, second) = (photo(b"first"), photo(b"second"));
    let parts: Vec<Part<'_>> = vec![
        ("api_key", None, key.as_bytes()),
        ("jurisdiction_id", None, district.as_bytes()),
        ("service_code", None, b"something_else"),
        ("client_request_id", None, b"7"),
        ("media", Some("一.jpg"), &first),
        ("media", Some("二.jpg"), &second),
        ("media", Some(""), b""),
        ("address_string", None, "路口东侧".as_bytes()),
    ];
    let filed = send(&world, &parts).await;
    assert_eq!(filed.status, 201, "{filed:?}");
    let case = cases(&world).await.remove(0);
    let stored = files(&world).await;
    assert_eq!(case.evidence.len(), 2);
    assert_eq!(stored.len(), 2);
    for row in &stored {
        assert_eq!(
            (row.case, row.by.as_str(), row.media.as_str()),
            (Some(case.id.0), "reporter", "image/jpeg")
        );
        assert!(case.evidence.iter().any(|evidence| evidence.attachment.0 == row.id));
    }
    let told = world.app.told_case(&case).await.unwrap();
    assert_eq!(told.place.told(), Some("路口东侧"));
    // Repeated with the same files, it is the same request; with others it is not.
    let again = send(&world, &parts).await;
    assert_eq!((again.status, cases(&world).await.len()), (200, 1), "{again:?}");
    let mut changed = parts.clone();
    changed[5].2 = &first;
    let (status, why) = send(&world, &changed).await.refused();
    assert!(status == 400 && why.contains("client_request_id"), "{why}");
    // Nobody is shown them here: nothing publishes pictures.
    let own = world
        .get(&format!("requests/{}.json?api_key={key}", case.id))
        .await
        .json();
    assert_eq!(own[0]["media_url"], serde_json::Value::Null, "{own}");
}

#[tokio::test]
async fn nothing_of_a_file_is_read_for_who_may_not_file() {
    let world = World::new().await;
    let key = world.key(world.district).await;
    let reader = world.key_with(world.district, &[KeyRight::Open311ReadOwn]).await;
    let picture = photo(b"x");
    let key_of = |key: &'static str| -> Part<'static> { ("api_key", None, key.as_bytes()) };
    let file: Part<'_> = ("media", Some("a.jpg"), &picture);
    for (parts, status, says) in [
        (vec![file], 403, "api_key"),
        (vec![key_of("wrong"), file], 403, "api_key"),
        (vec![("api_key", None, reader.as_bytes()), file], 403, "权限"),
        // A key behind the file comes too late.
        (vec![file, ("api_key", None, key.as_bytes())], 403, "api_key"),
    ] {
        let (told, why) = send(&world, &parts).await.refused();
        assert!(told == status && why.contains(says), "{says}: {told} {why}");
        assert!(files(&world).await.is_empty(), "{says}");
    }
    let proved = |more: Vec<Part<'static>>| [vec![("api_key", None, key.as_bytes())], more].concat();
    let long: &'static [u8] = vec![b'x'; 300 * 1024].leak();
    let picture: &'static [u8] = picture.leak();
    for (parts, says) in [
        (proved(vec![("media", Some("a.exe"), b"MZ\x90\0")]), "文件"),
        (proved(vec![("photo", Some("a.jpg"), picture)]), "media"),
        (proved(vec![("media", Some("a.jpg"), picture); 6]), "5"),
        (proved(vec![("description", None, long)]), "256 KB"),
        (proved(vec![("description", None, b"\xff\xfe")]), "UTF-8"),
        (proved(vec![("x", None, b"1"); 101]), "参数过多"),
        (proved(vec![]), "address_string"),
    ] {
        let (status, why) = send(&world, &parts).await.refused();
        assert!(status == 400 && why.contains(says), "{says}: {status} {why}");
    }
    for (media, body) in [
        ("multipart/form-data", multipart(&[])),
        ("multipart/form-data; boundary=line", b"--line\r\nContent-Dis".to_vec()),
        (
            "multipart/form-data; boundary=line",
            b"<!DOCTYPE r [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>&a;".to_vec(),
        ),
    ] {
        let (status, why) = world.post_as("requests.json", media, body).await.refused();
        assert!(status == 400 && why.contains("multipart/form-data"), "{why}");
    }
    assert!(cases(&world).await.is_empty());
}

#[tokio::test]
async fn a_media_url_is_kept_and_never_fetched() {
    let world = World::new().await;
    let key = world.key(world.district).await;
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let address = inside.local_addr().unwrap();
    let form = format!(
        "api_key={key}&jurisdiction_id={}&service_code=something_else&address_string=x&media_url=http://{address}/1.jpg",
        world.district
    );
    let filed = world.post("requests.json", &form).await;
    assert_eq!(filed.status, 201, "{filed:?}");
    let case = cases(&world).await.remove(0);
    let texts = world.app.texts(case.district, &[&case.text]).await.unwrap();
    assert_eq!(
        texts[0].as_ref().unwrap().body,
        format!("图片链接：http://{address}/1.jpg")
    );
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(
        inside.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "somebody came to fetch it"
    );
}
