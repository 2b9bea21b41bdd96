//! What stands around the interface refuses in words of its own: limits of addresses and headers, overload, paths that
//! nobody serves, faults. Clients of this interface are told in the terms of the standard all the same.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::Response;
use serde::Deserialize;

use super::answer::{Fault, Format};
use super::words::Language;

/// Below this the interface speaks.
const ROOT: &str = "/open311";
/// Longest problem that is read, in bytes.
const MAX_PROBLEM: usize = 64 * 1024;

/// What a problem of the shell says (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

/// The layer around everything that is served.
pub async fn in_its_words(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path
        .strip_prefix(ROOT)
        .is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/'))
    {
        return next.run(request).await;
    }
    let format = Format::wanted(path, request.headers());
    let language = Language::of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_own(&response) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_PROBLEM).await.unwrap_or_default();
    let said = serde_json::from_slice::<Problem>(&body).ok();
    let said = said.and_then(|problem| problem.detail.or(problem.title));
    let fault = match said {
        _ if status == StatusCode::NOT_FOUND => Fault::unknown_path(),
        Some(said) => Fault::from_outside(status, &said),
        None => Fault::from_outside(status, status.canonical_reason().unwrap_or("error")),
    };
    let mut told = format.refuse(&fault, language);
    for (name, value) in &parts.headers {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            told.headers_mut().append(name, value.clone());
        }
    }
    told
}

/// Whether the interface itself has answered.
fn is_own(response: &Response) -> bool {
    let media = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|media| media.to_str().ok());
    media.is_some_and(|media| {
        ["application/json", "text/xml"]
            .iter()
            .any(|own| media.starts_with(own))
    })
}
