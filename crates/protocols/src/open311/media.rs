//! A request with files (`media`): a form as multipart/form-data.
//!
//! The key comes before the files: as parameter of the path, as bearer token, or as a part before the first file. Nothing
//! of a file is read for somebody who may not file requests.

use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use futures::Stream;
use quanyu_app::api_keys::ApiKey;
use quanyu_app::cases::Caller;
use quanyu_app::tables::AttachmentRow;

use super::Door;
use super::answer::Fault;
use super::file::may_file;
use super::form::{Fields, MAX_FORM};

/// Most files of one request.
const MAX_FILES: usize = 5;
/// How long a piece of a form may take to arrive.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// How much more is read and thrown away, so that a client that sends before it listens gets its answer.
const MAX_DRAINED: usize = 64 * 1024 * 1024;

/// Whether a request comes as multipart/form-data.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("multipart/form-data")
}

/// Reads a request: who files it, its parameters, and its files, which are taken in as they come. What no case takes is
/// removed after a day.
pub(super) async fn read(
    door: &Door<'_>,
    body: Body,
    query: Fields,
) -> Result<(ApiKey, Fields, Vec<AttachmentRow>), Fault> {
    let mut request = Request::new(body);
    *request.headers_mut() = door.headers.clone();
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let read = parts(door, &mut form, query).await;
    if read.is_err() {
        drain(form).await;
    }
    read
}

async fn parts(
    door: &Door<'_>,
    form: &mut Multipart,
    mut fields: Fields,
) -> Result<(ApiKey, Fields, Vec<AttachmentRow>), Fault> {
    let (mut key, mut files, mut length) = (None, Vec::new(), 0);
    while let Some(part) = in_time(form.next_field()).await? {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file_name) = part.file_name().map(str::to_owned) else {
            let value = text(part, &mut length).await?;
            fields.push(name, value)?;
            continue;
        };
        if !matches!(name.as_str(), "media" | "media[]") {
            return Err(Fault::bad("文件须放在 media 中", "files are sent as media"));
        }
        // A form of a browser in which no file was chosen.
        if file_name.is_empty() {
            continue;
        }
        if files.len() == MAX_FILES {
            return Err(Fault::bad(
                format!("文件过多，至多 {MAX_FILES} 个"),
                format!("too many files: there may be {MAX_FILES}"),
            ));
        }
        if key.is_none() {
            key = Some(may_file(door.key(&fields).await?)?);
        }
        files.push(
            door.open311
                .app
                .upload(&Caller::reporter(), &file_name, pieces(part))
                .await?,
        );
    }
    let key = match key {
        Some(key) => key,
        None => may_file(door.key(&fields).await?)?,
    };
    Ok((key, fields, files))
}

/// The value of a part that is no file. All values together are as long as those of a form without files.
async fn text(mut part: Field<'_>, length: &mut usize) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    while let Some(piece) = in_time(part.chunk()).await? {
        *length += piece.len();
        if *length > MAX_FORM {
            return Err(Fault::bad(
                format!("表单超过 {} KB", MAX_FORM / 1024),
                format!("the form is larger than {} kB", MAX_FORM / 1024),
            ));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| {
        Fault::bad(
            "参数不是 UTF-8 编码",
            "the parameters are not UTF-8: encode them as UTF-8",
        )
    })
}

/// The pieces of a file; one that takes too long ends it.
fn pieces(part: Field<'_>) -> impl Stream<Item = Result<Bytes, &'static str>> + Send {
    futures::stream::unfold(Some(part), |part| async {
        let mut part = part?;
        match tokio::time::timeout(PIECE_TIME, part.chunk()).await {
            Ok(Ok(None)) => None,
            Ok(Ok(Some(piece))) => Some((Ok(piece), Some(part))),
            Ok(Err(_)) => Some((Err("the form broke off"), None)),
            Err(_) => Some((Err("nothing came for too long"), None)),
        }
    })
}

async fn in_time<T>(coming: impl Future<Output = Result<T, MultipartError>>) -> Result<T, Fault> {
    match tokio::time::timeout(PIECE_TIME, coming).await {
        Ok(come) => come.map_err(|_| broken()),
        Err(_) => Err(Fault::bad(
            "表单接收超时，请重试",
            "the form did not arrive in time: send it again",
        )),
    }
}

async fn drain(mut form: Multipart) {
    let mut drained = 0;
    while let Ok(Ok(Some(mut part))) = tokio::time::timeout(PIECE_TIME, form.next_field()).await {
        while let Ok(Ok(Some(piece))) = tokio::time::timeout(PIECE_TIME, part.chunk()).await {
            drained += piece.len();
            if drained > MAX_DRAINED {
                return;
            }
        }
    }
}

fn broken() -> Fault {
    Fault::bad(
        "multipart/form-data 表单不完整或格式错误，请重试",
        "the multipart/form-data form is broken or incomplete: send it again",
    )
}
