//! Answers with files and pages: encodings, caching, and what a page may load.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;

use crate::bundle::{Bundle, File};
use crate::{BaseMap, Head, Page, WebConfig};

/// What a page may load: what this server serves, and nothing that is written into a page. Pictures may also be those that
/// the app makes itself; and tiles come from where somebody has set them up, which the map asks for as data.
fn policy(base_map: &BaseMap) -> String {
    let tiles: String = base_map.origins().iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{tiles}; \
        connect-src 'self'{tiles}; font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
        form-action 'self'; frame-ancestors 'none'"
    )
}
/// A telephone may tell where it is and take photos for a report, and nothing else.
const PERMISSIONS: &str = "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()";

/// Answers with a file of the bundle.
pub fn file(file: File, head: &Head, config: &WebConfig) -> Response {
    let caching = if file.is_immutable {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    answer(&file, StatusCode::OK, caching, head, config)
}

/// Answers with the document of a page, or says that there is none.
pub fn page(page: Page, status: StatusCode, head: &Head, config: &WebConfig) -> Response {
    match Bundle::page(page) {
        Some(file) => answer(&file, status, "no-cache", head, config),
        None => {
            let mut response = Response::new(Body::from(NOT_EMBEDDED));
            *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            guard(headers, config);
            response
        }
    }
}

/// What is shown where no bundle was embedded.
pub const NOT_EMBEDDED: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>quanyu</title>\
    <h1>此程序编译时未包含网页</h1>\
    <p>接口可用：<a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>。要包含网页，请安装 Node.js 20.19 以上版本，\
    运行 <code>cargo xtask web</code> 后重新编译；<code>cargo xtask demo</code> 会自动完成。</p>\
    <h1 lang=\"en\">This program was built without its web pages</h1>\
    <p lang=\"en\">The API works: <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>. To have the pages, install \
    Node.js 20.19 or later, run <code>cargo xtask web</code> and build again; <code>cargo xtask demo</code> does both.</p>\
    </html>\n";

fn answer(file: &File, status: StatusCode, caching: &'static str, head: &Head, config: &WebConfig) -> Response {
    let accepted = list(&head.headers, ACCEPT_ENCODING);
    let Some(encoded) = file.encoded(|encoding| accepts(&accepted, encoding)) else {
        // Found a moment ago, and part of the program.
        return Response::new(Body::empty());
    };
    let tag = match encoded.encoding {
        Some(encoding) => format!("\"{}-{encoding}\"", file.tag),
        None => format!("\"{}\"", file.tag),
    };
    let seen = list(&head.headers, IF_NONE_MATCH);
    let is_seen = seen
        .split(',')
        .any(|seen| seen.trim() == "*" || seen.trim().trim_start_matches("W/") == tag);
    let mut response = Response::new(Body::empty());
    if is_seen && status == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.status_mut() = status;
        if head.method != Method::HEAD {
            *response.body_mut() = match encoded.bytes {
                std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
                std::borrow::Cow::Owned(bytes) => Body::from(bytes),
            };
        }
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.media));
    if let Some(encoding) = encoded.encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    // Hex digits, dashes and quotes.
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    guard(headers, config);
    response
}

fn guard(headers: &mut HeaderMap, config: &WebConfig) {
    // Hosts of letters, digits, dots and dashes.
    if let Ok(policy) = HeaderValue::from_str(&policy(&config.base_map)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    let more = [
        ("permissions-policy", PERMISSIONS),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in more {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if config.https_only {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// All values of a header that is a list.
fn list(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

/// Whether a client takes an encoding (RFC 9110, 12.5.3).
fn accepts(accepted: &str, encoding: &str) -> bool {
    let mut any = false;
    for range in accepted.split(',') {
        let mut parts = range.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok());
        let wanted = weight.is_none_or(|weight| weight > 0.0);
        if name.eq_ignore_ascii_case(encoding) {
            return wanted;
        }
        any |= name == "*" && wanted;
    }
    any
}
