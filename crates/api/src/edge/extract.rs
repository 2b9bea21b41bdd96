//! Reading bodies, queries and paths; everything that does not fit is told with the field at fault.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use quanyu_domain::ids::InvalidId;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Largest JSON body, in bytes.
pub const MAX_JSON: usize = 256 * 1024;
/// How much more is read and thrown away, so that a client that sends before it listens gets its answer.
const MAX_DRAINED: usize = 16 * 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(20);

/// A JSON body of at most so many bytes.
#[derive(Debug)]
pub struct Body<T, const MOST: usize = MAX_JSON>(pub T);

impl<S: Send + Sync, T: DeserializeOwned, const MOST: usize> FromRequest<S> for Body<T, MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "请求体须为 JSON：请设置 Content-Type: application/json",
                "the body must be JSON: send `Content-Type: application/json`",
            ));
        }
        let reading = tokio::time::timeout(BODY_TIME, read(request, MOST));
        let bytes = reading.await.unwrap_or_else(|_| Err(too_slow()))?;
        from_json(&bytes).map(Self)
    }
}

fn is_json(request: &Request) -> bool {
    let value = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || media.starts_with("application/") && media.ends_with("+json")
}

/// The problem of a body that does not arrive.
pub fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "请求体接收超时，请检查网络后重试",
        "the body did not arrive in time: check the network and try again",
    )
}

/// The problem of a body that breaks off.
pub fn broken_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "body_incomplete",
        "请求体未完整到达，请重试",
        "the body broke off: send it again",
    )
}

async fn read(request: Request, most: usize) -> Result<Bytes, Problem> {
    let too_large = Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("请求体超过 {} KB；长文字请作为附件上传", most / 1024),
        format!(
            "the body is larger than {} kB: attach long texts as a file",
            most / 1024
        ),
    );
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most + MAX_DRAINED) {
        return Err(too_large);
    }
    let mut body = request.into_body().into_data_stream();
    let mut bytes = BytesMut::new();
    let mut total = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| broken_off())?;
        total += chunk.len();
        if total > most + MAX_DRAINED {
            return Err(too_large);
        } else if total <= most {
            bytes.extend_from_slice(&chunk);
        }
    }
    if total > most {
        Err(too_large)
    } else {
        Ok(bytes.freeze())
    }
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        let at = fault.valid_up_to();
        Problem::new(
            StatusCode::BAD_REQUEST,
            "not_utf8",
            format!("请求体第 {at} 字节起不是 UTF-8 编码，请以 UTF-8 发送"),
            format!("the body is not UTF-8 from byte {at} on: send it in UTF-8"),
        )
    })?;
    // Only a text that holds the escape at all is looked through for the field.
    if text.contains("\\u0000")
        && let Ok(value) = serde_json::from_str(text)
        && let Some(path) = nul_in(&value, String::new())
    {
        return Err(nul(path));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let path = fault.path().to_string();
        misread(fault.into_inner(), &path)
    })?;
    reader.end().map_err(|fault| misread(fault, "."))?;
    Ok(read)
}

/// The path of the first text that holds U+0000.
fn nul_in(value: &serde_json::Value, path: String) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| nul_in(item, format!("{path}[{at}]"))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let dot = if path.is_empty() { "" } else { "." };
            if name.contains('\0') {
                Some(path.clone())
            } else {
                nul_in(field, format!("{path}{dot}{name}"))
            }
        }),
        _ => None,
    }
}

fn nul(field: impl Into<Box<str>>) -> Problem {
    Problem::invalid(
        "text_not_allowed",
        field,
        "文字含有不允许的字符 U+0000，请删除",
        "the text holds the character U+0000: remove it",
    )
}

fn misread(fault: serde_json::Error, path: &str) -> Problem {
    if !fault.is_data() {
        let (line, column) = (fault.line(), fault.column());
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed_json",
            format!("请求体不是合法的 JSON：第 {line} 行第 {column} 列"),
            format!("the body is not JSON: {fault}"),
        );
    }
    let message = fault.to_string();
    // The place in the text says less than the path.
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(what, _)| what);
    unfit(message, path)
}

/// A value that can be read but does not fit, as serde says it.
fn unfit(message: &str, path: &str) -> Problem {
    let path = if path == "." { "" } else { path };
    let within = |name: &str| match path {
        "" => name.to_owned(),
        // For an unknown field the path names the field itself.
        path if path.rsplit('.').next() == Some(name) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let named = |before: &str| message.strip_prefix(before).and_then(|rest| rest.split('`').next());
    if let Some(name) = named("unknown field `") {
        let field = within(name);
        let zh = format!("没有字段 {field}，请删除或更正");
        return Problem::invalid("unknown_field", field, zh, message.to_owned());
    }
    if let Some(name) = named("missing field `") {
        let field = within(name);
        let zh = format!("缺少字段 {field}");
        return Problem::invalid("missing_field", field, zh, message.to_owned());
    }
    if message == InvalidId.to_string() {
        let zh = "编号为 18 位数字，形如 240315-093022-100123，短横线可省";
        return Problem::invalid(
            "invalid_number",
            if path.is_empty() { "number" } else { path },
            zh,
            message.to_owned(),
        );
    }
    let (zh, en) = match path {
        "" => (format!("内容不符合要求：{message}"), message.to_owned()),
        path => (
            format!("字段 {path} 不符合要求：{message}"),
            format!("`{path}`: {message}"),
        ),
    };
    Problem {
        field: (!path.is_empty()).then(|| path.into()),
        ..Problem::invalid("invalid_field", "", zh, en)
    }
}

/// The parameters after `?`.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        from_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let decoded = percent_encoding::percent_decode_str(query).decode_utf8().map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "not_utf8",
            "地址参数不是 UTF-8 编码，请以 UTF-8 编码后再转义",
            "the parameters are not UTF-8: encode them as UTF-8 before escaping them",
        )
    })?;
    if decoded.contains('\0') {
        let pairs = form_urlencoded::parse(query.as_bytes());
        let field = pairs
            .into_iter()
            .find(|(_, value)| value.contains('\0'))
            .map(|(name, _)| name.into_owned());
        return Err(nul(field.unwrap_or_default()));
    }
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|fault| {
        let path = fault.path().to_string();
        unfit(&fault.into_inner().to_string(), &path)
    })
}

/// A value out of the path, read from its text.
#[derive(Debug)]
pub struct FromPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for FromPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        use axum::extract::path::ErrorKind;
        use axum::extract::rejection::PathRejection;
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(fault)) => {
                let (field, message) = match fault.into_kind() {
                    ErrorKind::DeserializeError { key, message, .. } => (key, message),
                    ErrorKind::InvalidUtf8InPathParam { key } => (key, "is not UTF-8".to_owned()),
                    ErrorKind::ParseErrorAtKey {
                        key,
                        value,
                        expected_type,
                    } => (key, format!("`{value}` is not a {expected_type}")),
                    other => (String::new(), other.to_string()),
                };
                Err(unfit(&message, &field))
            }
            Err(other) => Err(Problem::internal(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        size: u8,
    }

    fn refused(json: &str) -> (String, Option<String>) {
        let problem = from_json::<Outer>(json.as_bytes()).unwrap_err();
        (problem.code.to_owned(), problem.field.map(String::from))
    }

    fn code(code: &str, field: &str) -> (String, Option<String>) {
        (code.to_owned(), (!field.is_empty()).then(|| field.to_owned()))
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_path() {
        assert!(from_json::<Outer>(br#"{"inner": [{"size": 3}]}"#).is_ok());
        assert_eq!(
            refused(r#"{"inner": [{"size": 3, "colour": 1}]}"#),
            code("unknown_field", "inner[0].colour")
        );
        assert_eq!(
            refused(r#"{"inner": [], "colour": 1}"#),
            code("unknown_field", "colour")
        );
        assert_eq!(refused(r#"{"inner": [{}]}"#), code("missing_field", "inner[0].size"));
        assert_eq!(refused("{}"), code("missing_field", "inner"));
        assert_eq!(
            refused(r#"{"inner": [{"size": 300}]}"#),
            code("invalid_field", "inner[0].size")
        );
        assert_eq!(
            refused(r#"{"inner": [{"size": "a\u0000"}]}"#),
            code("text_not_allowed", "inner[0].size")
        );
        assert_eq!(refused(r#"{"inner": [}"#), code("malformed_json", ""));
        assert_eq!(refused(r#"{"inner": []} and more"#), code("malformed_json", ""));
        assert_eq!(
            from_json::<Outer>(b"{\"inner\": \"\xff\"}").unwrap_err().code,
            "not_utf8"
        );
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Flat {
        #[expect(dead_code, reason = "only read")]
        limit: Option<u8>,
        text: Option<String>,
    }

    #[test]
    fn parameters_are_checked_like_bodies() {
        assert_eq!(
            from_query::<Flat>("text=%E6%9F%B3+1").unwrap().text.as_deref(),
            Some("柳 1")
        );
        let refused = |query: &str| {
            let problem = from_query::<Flat>(query).unwrap_err();
            (problem.code.to_owned(), problem.field.map(String::from))
        };
        assert_eq!(refused("limit=many"), code("invalid_field", "limit"));
        assert_eq!(refused("colour=1"), code("unknown_field", "colour"));
        assert_eq!(refused("text=a%00b"), code("text_not_allowed", "text"));
        assert_eq!(refused("text=%ff"), code("not_utf8", ""));
    }
}
