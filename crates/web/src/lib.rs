//! The web app inside the program: the portal for everybody at `/`, the desk for those with an account at `/desk`.
//!
//! `web/` is built to `web/dist` and embedded with what is compressed already. Files whose name holds their content's
//! hash are kept by browsers for ever; the two pages are asked for every time and mostly answered with "not modified".
//! Without a bundle the program builds all the same, and says in place of the pages how to build one.

mod base_map;
mod bundle;
mod headers;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

pub use base_map::{BaseMap, Layer};
use bundle::Bundle;

/// How the web app is served.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// Whether browsers are told to come over HTTPS alone.
    pub https_only: bool,
    /// What lies under our own maps.
    pub base_map: BaseMap,
}

/// The pages of the portal by the first part of their path; `web/src/portal/router.ts` has the same.
const PORTAL_PATHS: &str = include_str!("../../../web/portal-paths.txt");

/// Whether this program was built with the web app.
pub fn is_embedded() -> bool {
    Bundle::page(Page::Portal).is_some()
}

/// The two pages; everything else in the app is reached from one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// For everybody.
    Portal,
    /// For those with an account.
    Desk,
}

/// Puts the web app before other routes: it answers for its own files and pages and leaves everything else to them.
pub fn over(others: Router, config: WebConfig) -> Router {
    others.layer(from_fn_with_state(Arc::new(config), answer))
}

async fn answer(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() || request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    let head = Head {
        method: request.method().clone(),
        headers: request.headers().clone(),
    };
    let path = request.uri().path().to_owned();
    if path == base_map::PATH {
        return config.base_map.answer(&head.method);
    }
    if let Some(file) = Bundle::file(&path) {
        return headers::file(file, &head, &config);
    }
    if let Some(page) = page_of(&path) {
        return headers::page(page, StatusCode::OK, &head, &config);
    }
    let response = next.run(request).await;
    // Somebody who mistyped an address gets a page with a way on; a program gets the problem as it is.
    if is_unknown(&response) && !path.starts_with("/api/") && wants_page(&head.headers) {
        return headers::page(Page::Portal, StatusCode::NOT_FOUND, &head, &config);
    }
    response
}

/// What of a request decides on how it is answered.
struct Head {
    method: Method,
    headers: HeaderMap,
}

/// The page behind a path, where there is one.
fn page_of(path: &str) -> Option<Page> {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if first == "desk" {
        return Some(Page::Desk);
    }
    let known = first.is_empty() || PORTAL_PATHS.lines().any(|line| line == first);
    known.then_some(Page::Portal)
}

/// Whether no route knew the path; other interfaces say in their own forms that a record is not there.
fn is_unknown(response: &Response) -> bool {
    let media = response.headers().get(CONTENT_TYPE);
    let is_problem = media.is_none_or(|media| media.as_bytes().starts_with(b"application/problem+json"));
    response.status() == StatusCode::NOT_FOUND && is_problem
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

#[cfg(test)]
mod tests;
