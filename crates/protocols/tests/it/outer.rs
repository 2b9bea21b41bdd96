//! What stands around the interface refuses in the terms of the standard as well.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::middleware::from_fn;
use axum::response::Response;
use quanyu_protocols::open311::in_its_words;
use tower::ServiceExt as _;

/// What the shell of a server answers when it has too much in hand, whatever is asked.
async fn overloaded() -> Response {
    Response::builder()
        .status(StatusCode::SERVICE_UNAVAILABLE)
        .header("content-type", "application/problem+json")
        .header("content-length", "67")
        .header("retry-after", "3")
        .header("x-request-id", "abcdefgh")
        .body(Body::from(
            r#"{"title":"暂时不可用","status":503,"detail":"繁忙，请稍后"}"#,
        ))
        .unwrap()
}

async fn ask(router: &Router, path: &str, accept: &str) -> (u16, Vec<(String, String)>, String) {
    let request = Request::get(path).header("accept", accept).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (
        parts.status.as_u16(),
        headers.collect(),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn refusals_from_outside_are_told_as_the_standard_wants() {
    let router = Router::new().fallback(overloaded).layer(from_fn(in_its_words));
    let json = r#"[{"code":503,"description":"繁忙，请稍后"}]"#;
    let xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><errors><error><code>503</code><description>繁忙，请稍后\
               </description></error></errors>";
    for (path, accept, media, expected) in [
        (
            "/open311/v2/requests.json",
            "*/*",
            "application/json; charset=utf-8",
            json,
        ),
        (
            "/open311/v2/requests.xml",
            "application/json",
            "text/xml; charset=utf-8",
            xml,
        ),
        ("/open311/v2/a/b/c", "text/xml", "text/xml; charset=utf-8", xml),
        ("/open311", "text/html", "application/json; charset=utf-8", json),
        (
            "/open311/",
            "application/json, text/xml",
            "application/json; charset=utf-8",
            json,
        ),
    ] {
        let (status, headers, body) = ask(&router, path, accept).await;
        assert_eq!((status, body.as_str()), (503, expected), "{path}");
        let of = |name: &str| -> Vec<&str> {
            let own = headers.iter().filter(|(own, _)| own == name);
            own.map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!(of("content-type"), [media], "{path}");
        assert_eq!(
            (of("retry-after"), of("x-request-id")),
            (vec!["3"], vec!["abcdefgh"]),
            "{path}"
        );
        assert_ne!(of("content-length"), ["67"], "{path}");
    }
    for path in ["/api/v1/cases", "/open3110/v2/requests.json", "/"] {
        let (_, _, body) = ask(&router, path, "*/*").await;
        assert!(body.contains("detail"), "{path}: {body}");
    }
}
