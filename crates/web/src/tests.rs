use axum::body::Body;
use axum::http::HeaderName;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use axum::routing::get;
use tower::ServiceExt as _;

use super::*;

fn app(base_map: BaseMap) -> Router {
    let problem = |_: Request| async {
        let mut response = Response::new(Body::from("{}"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        let media = "application/problem+json".parse().expect("a value");
        response.headers_mut().insert(CONTENT_TYPE, media);
        response
    };
    let others = Router::new()
        .route("/api/v1/me", get(|| async { "me" }))
        .fallback(problem);
    let config = WebConfig {
        https_only: true,
        base_map,
    };
    over(others, config)
}

async fn ask(path: &str, headers: &[(HeaderName, &str)]) -> Response {
    ask_over(BaseMap::default(), path, headers).await
}

async fn ask_over(base_map: BaseMap, path: &str, headers: &[(HeaderName, &str)]) -> Response {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    app(base_map).oneshot(request).await.expect("an answer")
}

#[tokio::test]
async fn the_api_stays_the_apis() {
    assert_eq!(ask("/api/v1/me", &[]).await.status(), StatusCode::OK);
    // Even a browser that asks for a page gets the problem there.
    let unknown = ask("/api/v2/nothing", &[(ACCEPT, "text/html,*/*")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(unknown.headers()[CONTENT_TYPE], "application/problem+json");
    // A program that mistypes a path is no reader of pages.
    let unknown = ask("/nothing", &[(ACCEPT, "application/json")]).await;
    assert_eq!(unknown.headers()[CONTENT_TYPE], "application/problem+json");
}

#[tokio::test]
async fn pages_have_one_document_for_all_their_paths() {
    let expected = if is_embedded() {
        StatusCode::OK
    } else {
        StatusCode::NOT_IMPLEMENTED
    };
    for path in ["/", "/report", "/cases/250101000000000001", "/desk", "/desk/cases"] {
        let page = ask(path, &[]).await;
        assert_eq!(page.status(), expected, "{path}");
        assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
        let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(
            policy.contains("script-src 'self';") && !policy.contains("unsafe"),
            "{policy}"
        );
    }
    if is_embedded() {
        let unknown = ask("/no/such/page", &[(ACCEPT, "text/html")]).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
        assert_eq!(unknown.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn tiles_come_from_where_they_were_set_up_and_from_nowhere_else() {
    let layer = Layer {
        tiles: vec!["https://tiles.example/{z}/{x}/{y}.png".to_owned()],
        attribution: "某图".to_owned(),
        max_zoom: 17,
    };
    let set = BaseMap::new(vec![layer], Some("审图号".to_owned())).expect("it is one");
    for (map, expected) in [(BaseMap::default(), ""), (set.clone(), " https://tiles.example")] {
        let page = ask_over(map, "/", &[]).await;
        let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text");
        let pictures = format!("img-src 'self' data: blob:{expected}; ");
        let questions = format!("connect-src 'self'{expected}; ");
        assert!(policy.contains(&pictures) && policy.contains(&questions), "{policy}");
        assert!(policy.contains("script-src 'self';"), "{policy}");
    }
    let told = async |map| {
        let answer = ask_over(map, "/base-map.json", &[]).await;
        let bytes = axum::body::to_bytes(answer.into_body(), 10_000).await.expect("a body");
        String::from_utf8(bytes.to_vec()).expect("text")
    };
    assert_eq!(told(BaseMap::default()).await, r#"{"layers":[]}"#);
    assert_eq!(
        told(set).await,
        r#"{"layers":[{"tiles":["https://tiles.example/{z}/{x}/{y}.png"],"attribution":"某图","max_zoom":17}],"approval_number":"审图号"}"#
    );
}

#[tokio::test]
async fn what_was_seen_is_not_sent_again() {
    if !is_embedded() {
        return;
    }
    let plain = ask("/", &[]).await;
    assert!(plain.headers().get(CONTENT_ENCODING).is_none());
    let packed = ask("/", &[(ACCEPT_ENCODING, "gzip, br;q=0")]).await;
    assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
    let packed = ask("/", &[(ACCEPT_ENCODING, "gzip, deflate, br")]).await;
    assert_eq!(packed.headers()[CONTENT_ENCODING], "br");
    let tag = packed.headers()[ETAG].to_str().expect("text").to_owned();
    let again = [(ACCEPT_ENCODING, "br"), (IF_NONE_MATCH, tag.as_str())];
    assert_eq!(ask("/", &again).await.status(), StatusCode::NOT_MODIFIED);
    // The same file in another encoding is another representation.
    let other = [(IF_NONE_MATCH, tag.as_str())];
    assert_eq!(ask("/", &other).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_stands_beside_the_bundle_is_not_served() {
    for path in [
        "/index.html",
        "/index.html.br",
        "/manifest.json",
        "/../Cargo.toml",
        "/assets/../index.html",
    ] {
        assert_eq!(ask(path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
