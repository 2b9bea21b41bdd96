//! What stands around every route: limits of the head, the request's id and span, panics, problems, safe headers.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt as _;
use quanyu_app::guard::ClientAddress;
use quanyu_app::vault::hex;
use tracing::Instrument as _;

use super::doors;
use super::language::Language;
use super::problem::Problem;
use crate::Api;

/// Longest path and query, in bytes.
const MAX_URI: usize = 8 * 1024;
/// Longest names and values of all headers together, in bytes.
const MAX_HEADERS: usize = 32 * 1024;
/// The header by which an answer is found in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The shell. The application travels in the request's extensions from here on: the gate finds it there.
pub async fn shell(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    let id = request_id(&api, request.headers());
    // The route as declared, never the path itself: numbers and secrets have no place in a log.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        route = route.as_str(),
        id,
        action = tracing::field::Empty,
        actor = tracing::field::Empty,
    );
    let client = client(&api, &request);
    request.extensions_mut().insert(client);
    // How the server is must be told above all when it is busy.
    let is_health = matches!(route.as_str(), "/healthz" | "/readyz");
    let in_hand = api.config.guard.take_in_hand(request.method().is_safe());
    let method = request.method().clone();
    let head = check_head(&request).and_then(|()| {
        if in_hand.is_some() || is_health {
            Ok(())
        } else {
            Err(doors::overloaded())
        }
    });
    request.extensions_mut().insert(api.clone());
    let answer = async {
        let started = tokio::time::Instant::now();
        let response = match head {
            Err(problem) => Err(problem),
            Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await.map_err(|_| {
                // The panic hook has written where and why.
                Problem::internal("a handler panicked")
            }),
        };
        let response = match response {
            Ok(response) => told(response, language, &api),
            Err(problem) => problem.render(language, api.app.now()),
        };
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), took_ms = took, "answered");
        response
    };
    let started = tokio::time::Instant::now();
    let mut response = answer.instrument(span).await;
    api.config
        .metrics
        .answered(&method, &route, response.status(), started.elapsed());
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if api.config.secure_cookies {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// Writes a problem that a handler returned, or that the framework meant with a bare status.
fn told(mut response: Response, language: Language, api: &Api) -> Response {
    let status = response.status();
    let is_own = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .is_some_and(|media| {
            ["application/json", "text/xml"]
                .iter()
                .any(|own| media.starts_with(own))
        });
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        // A bare status of the framework comes without JSON; other interfaces say themselves what is wrong.
        None if (status.is_client_error() || status.is_server_error()) && !is_own => Problem::of_status(status),
        None => return response,
    };
    let mut told = problem.render(language, api.app.now());
    for name in [ALLOW, SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            told.headers_mut().append(&name, value.clone());
        }
    }
    told
}

/// Where a request comes from.
fn client(api: &Api, request: &Request) -> ClientAddress {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let forwarded = request.headers().get_all("x-forwarded-for");
    let forwarded: Vec<&str> = forwarded.into_iter().filter_map(|value| value.to_str().ok()).collect();
    api.config.guard.client(peer.map(|peer| peer.0.ip()), &forwarded)
}

/// The client's own id where it is one, otherwise a random one.
fn request_id(api: &Api, headers: &HeaderMap) -> String {
    let own = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fits = |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match own.filter(fits) {
        Some(id) => id.to_owned(),
        None => {
            let mut bytes = [0; 8];
            api.app.random.fill(&mut bytes);
            hex(&bytes)
        }
    }
}

fn check_head(request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI {
        return Err(Problem::new(
            StatusCode::URI_TOO_LONG,
            "uri_too_long",
            format!("地址超过 {MAX_URI} 字节；长文字请放在请求体中"),
            format!("the address is longer than {MAX_URI} bytes: put long texts into the body"),
        ));
    }
    let bytes: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if bytes > MAX_HEADERS {
        return Err(Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "headers_too_large",
            format!("请求头合计超过 {MAX_HEADERS} 字节"),
            format!("the headers together are longer than {MAX_HEADERS} bytes"),
        ));
    }
    Ok(())
}
