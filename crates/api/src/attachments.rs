//! Attachments (附件): photos and documents that prove something.

use std::time::Duration;

use axum::Json;
use axum::body::Body as Stream;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quanyu_app::attachments::Opened;
use quanyu_app::cases::Caller;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Number;
use crate::tracking::Secret;
use quanyu_domain::ids::Id;

/// The routes of attachments.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::UPLOAD, routes!(upload)))
        .routes(route(action::UPLOAD_PUBLICLY, routes!(upload_publicly)))
        .routes(route(action::UPLOAD, routes!(read_own)))
        .routes(route(action::READ_CASE, routes!(read_of_case)))
        .routes(route(action::FOLLOW, routes!(read_of_followed)))
}

/// How long each piece of a file may take to arrive.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// How much of a file that is too long is read and thrown away, so that its sender gets the answer.
const MAX_DRAINED: usize = 64 * 1024 * 1024;

/// What a file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileName {
    /// Its name.
    #[param(example = "现场.jpg")]
    name: String,
}

/// A file that was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// Its number, by which evidence refers to it.
    id: Number,
    /// Its name, safe to show and to save under.
    name: String,
    /// Media type, found from its content.
    #[schema(example = "image/jpeg")]
    media: String,
    /// Its length in bytes.
    bytes: i64,
    /// SHA-256 of its bytes, hex.
    sha256: String,
}

/// Uploads a file
///
/// The body is the file itself, at most 20 MB: JPEG, PNG, WebP, PDF and what else evidence may be; its type is found from
/// its content. Whoever uploaded it refers to it in `evidence` within 24 hours, or it is removed.
#[utoipa::path(post, path = "/attachments", tag = "attachments", params(FileName),
    request_body(content_type = "application/octet-stream", description = "The file"),
    responses((status = CREATED, description = "Taken in", body = Uploaded)))]
async fn upload(
    State(api): State<Api>,
    signed: Signed,
    Parameters(file): Parameters<FileName>,
    request: Request,
) -> Result<Response, Problem> {
    take_in(&api, signed.caller(), &file.name, request).await
}

/// Uploads a file without an account
///
/// For the evidence of `POST /public/cases`; as with `POST /attachments`.
#[utoipa::path(post, path = "/public/attachments", tag = "public", params(FileName),
    request_body(content_type = "application/octet-stream", description = "The file"),
    responses((status = CREATED, description = "Taken in", body = Uploaded)))]
async fn upload_publicly(
    State(api): State<Api>,
    Parameters(file): Parameters<FileName>,
    request: Request,
) -> Result<Response, Problem> {
    take_in(&api, &Caller::reporter(), &file.name, request).await
}

async fn take_in(api: &Api, caller: &Caller, name: &str, request: Request) -> Result<Response, Problem> {
    let mut content = Box::pin(pieces(request.into_body()).fuse());
    match api.app.upload(caller, name, &mut content).await {
        Ok(row) => {
            let uploaded = Uploaded {
                id: Number(Id(row.id)),
                name: row.name,
                media: row.media,
                bytes: row.bytes,
                sha256: row.sha256,
            };
            Ok((StatusCode::CREATED, Json(uploaded)).into_response())
        }
        Err(fault) => {
            let mut drained = 0;
            while let Some(Ok(piece)) = content.next().await {
                drained += piece.len();
                if drained > MAX_DRAINED {
                    break;
                }
            }
            let problem = Problem::from(fault);
            let status = match problem.code {
                "file_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
                "upload_interrupted" => StatusCode::REQUEST_TIMEOUT,
                _ => problem.status,
            };
            Err(Problem { status, ..problem })
        }
    }
}

/// The pieces of a body; one that takes too long ends it.
fn pieces(body: Stream) -> impl futures::Stream<Item = Result<Bytes, String>> + Send {
    let stream = body.into_data_stream();
    futures::stream::unfold(Some(stream), |stream| async {
        let mut stream = stream?;
        match tokio::time::timeout(PIECE_TIME, stream.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(stream))),
            Ok(Some(Err(fault))) => Some((Err(fault.to_string()), None)),
            Err(_) => Some((Err("nothing came for too long".to_owned()), None)),
        }
    })
}

/// Reads a file that one has uploaded
#[utoipa::path(get, path = "/attachments/{id}", tag = "attachments", params(("id" = Number, Path)),
    responses((status = OK, description = "The file", content_type = "application/octet-stream")))]
async fn read_own(State(api): State<Api>, signed: Signed, FromPath(id): FromPath<Number>) -> Result<Response, Problem> {
    file(api.app.own_attachment(signed.caller(), id.0).await?)
}

/// Reads an attachment of a case
#[utoipa::path(get, path = "/cases/{number}/attachments/{id}", tag = "cases",
    params(("number" = Number, Path), ("id" = Number, Path)),
    responses((status = OK, description = "The file", content_type = "application/octet-stream")))]
async fn read_of_case(
    State(api): State<Api>,
    signed: Signed,
    FromPath((number, id)): FromPath<(Number, Number)>,
) -> Result<Response, Problem> {
    file(api.app.attachment_of_case(signed.caller(), number.0, id.0).await?)
}

/// Reads a photo of a case with its secret
///
/// A copy without the place and time that cameras write into photos.
#[utoipa::path(post, path = "/tracking/{number}/attachments/{id}", tag = "public", request_body = Secret,
    params(("number" = Number, Path), ("id" = Number, Path)),
    responses((status = OK, description = "The file", content_type = "application/octet-stream")))]
async fn read_of_followed(
    State(api): State<Api>,
    FromPath((number, id)): FromPath<(Number, Number)>,
    Body(body): Body<Secret>,
) -> Result<Response, Problem> {
    file(api.app.public_attachment_of_case(number.0, &body.secret, id.0).await?)
}

/// A file as an answer. Photos are shown, everything else is saved: nothing that was handed in runs in a browser.
fn file(opened: Opened) -> Result<Response, Problem> {
    let Opened {
        name,
        media,
        bytes,
        content,
    } = opened;
    let shown = if media.starts_with("image/") {
        "inline"
    } else {
        "attachment"
    };
    let disposition = format!(
        "{shown}; filename*=UTF-8''{}",
        utf8_percent_encode(&name, NON_ALPHANUMERIC)
    );
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_str(&media).map_err(Problem::internal)?),
        (CONTENT_LENGTH, HeaderValue::from(bytes)),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(Problem::internal)?,
        ),
    ];
    Ok((headers, Stream::from_stream(content)).into_response())
}
