//! Answers and refusals, in XML and in JSON.

use std::time::Duration;

use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use quanyu_app::AppError;
use quanyu_domain::refusal::{Refusal, RefusalKind};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::words::Language;

/// What stands in an answer, in the order of its fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Nothing,
    Text(String),
    Number(f64),
    Whole(u64),
    Flag(bool),
    /// Things of one name; the name shows in XML alone.
    List(&'static str, Vec<Node>),
    Fields(Vec<(&'static str, Node)>),
}

impl Node {
    /// A text, or nothing.
    pub fn or_nothing(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.into()))
    }
}

impl<T: Into<String>> From<T> for Node {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Whole(number) => serializer.serialize_u64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(_, items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// An answer under the name of its root, which shows in XML alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub root: &'static str,
    pub node: Node,
}

impl Answer {
    /// An answer to a question.
    pub fn of(root: &'static str, node: Node) -> Self {
        Self {
            status: StatusCode::OK,
            root,
            node,
        }
    }
}

/// Why something is not answered: in the terms of the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub status: StatusCode,
    zh: String,
    en: String,
    retry_after: Option<u64>,
}

impl Fault {
    fn new(status: StatusCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            status,
            zh: zh.into(),
            en: en.into(),
            retry_after: None,
        }
    }

    /// Something is missing or wrong (400).
    pub fn bad(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, zh, en)
    }

    /// The key is missing, wrong or does not open this (403).
    pub fn forbidden(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, zh, en)
    }

    /// There is no such thing (404).
    pub fn unknown(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, zh, en)
    }

    /// What stands around the interface has refused.
    pub fn from_outside(status: StatusCode, why: &str) -> Self {
        Self::new(status, why, why)
    }

    /// There is no such path (404).
    pub fn unknown_path() -> Self {
        Self::unknown(
            "没有此地址；可用 discovery、services、requests、tokens，后缀 .xml 或 .json",
            "there is no such path: there are discovery, services, requests and tokens, each with .xml or .json",
        )
    }

    /// Too often (429).
    pub fn too_often(retry_after: Duration) -> Self {
        let seconds = u64::try_from(retry_after.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
        Self {
            retry_after: Some(seconds.max(1)),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "请求过于频繁，请稍后再试",
                "too many requests: try again later",
            )
        }
    }

    /// Not now (503).
    pub fn later(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            retry_after: Some(5),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, zh, en)
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::Invalid | RefusalKind::NotNow => StatusCode::BAD_REQUEST,
        };
        Self::new(status, refusal.zh, refusal.en)
    }
}

impl From<AppError> for Fault {
    fn from(fault: AppError) -> Self {
        match fault {
            AppError::Refused(refusal) => refusal.into(),
            AppError::KeyReused => Self::bad(
                "client_request_id 已用于另一请求，请换用新的",
                "this client_request_id was used for another request: use a new one",
            ),
            AppError::Unauthenticated => Self::forbidden("api_key 无效", "the api_key is wrong"),
            AppError::Unavailable(fault) => Self {
                retry_after: Some(fault.retry_after.as_secs().max(1)),
                ..Self::later(
                    "数据暂时无法读写，请稍后重试",
                    "the data cannot be read or written now: try again later",
                )
            },
            other => {
                tracing::error!(details = %other, "internal error");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "系统内部错误，请稍后重试",
                    "an internal error: try again later",
                )
            }
        }
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
}

impl Format {
    /// The last part of a path, taken apart into format and name.
    pub fn of(last: &str) -> (Option<Self>, &str) {
        match last.rsplit_once('.') {
            Some((name, "xml")) => (Some(Self::Xml), name),
            Some((name, "json")) => (Some(Self::Json), name),
            _ => (None, last),
        }
    }

    /// The format that is asked for where a path names none: by `Accept`, JSON unless XML is liked better.
    pub fn wanted(path: &str, headers: &HeaderMap) -> Self {
        if let (Some(format), _) = Self::of(path) {
            return format;
        }
        let accept = headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let at = |media: &str| accept.find(media).unwrap_or(usize::MAX);
        match at("/xml") < at("/json") {
            true => Self::Xml,
            false => Self::Json,
        }
    }

    /// Writes an answer.
    pub fn render(self, answer: &Answer) -> Response {
        let (media, body) = match self {
            Self::Json => (
                "application/json; charset=utf-8",
                // Texts, numbers and lists always have a JSON form.
                serde_json::to_vec(&answer.node).unwrap_or_default(),
            ),
            Self::Xml => ("text/xml; charset=utf-8", xml(answer.root, &answer.node)),
        };
        let mut response = (answer.status, body).into_response();
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(media));
        response
    }

    /// Writes a refusal.
    pub fn refuse(self, fault: &Fault, language: Language) -> Response {
        let error = Node::Fields(vec![
            ("code", Node::Whole(u64::from(fault.status.as_u16()))),
            ("description", language.choose(&fault.zh, &fault.en).into()),
        ]);
        let mut response = self.render(&Answer {
            status: fault.status,
            root: "errors",
            node: Node::List("error", vec![error]),
        });
        if let Some(seconds) = fault.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn xml(root: &str, node: &Node) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
    let _ = element(&mut writer, root, node);
    writer.into_inner()
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, node: &Node) -> std::io::Result<()> {
    if *node == Node::Nothing {
        return writer.write_event(Event::Empty(BytesStart::new(name)));
    }
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    match node {
        Node::Nothing => {}
        Node::Text(text) => writer.write_event(Event::Text(BytesText::new(&sayable(text))))?,
        Node::Number(number) => writer.write_event(Event::Text(BytesText::new(&number.to_string())))?,
        Node::Whole(number) => writer.write_event(Event::Text(BytesText::new(&number.to_string())))?,
        Node::Flag(flag) => writer.write_event(Event::Text(BytesText::new(&flag.to_string())))?,
        Node::List(item, nodes) => {
            for node in nodes {
                element(writer, item, node)?;
            }
        }
        Node::Fields(fields) => {
            for (name, node) in fields {
                element(writer, name, node)?;
            }
        }
    }
    writer.write_event(Event::End(BytesEnd::new(name)))
}

/// A text without the characters that XML 1.0 cannot hold, however they are escaped.
fn sayable(text: &str) -> String {
    let says =
        |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if says(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tree_is_both_forms() {
        let node = Node::List(
            "kite",
            vec![Node::Fields(vec![
                ("name", "<红> & \"青\"\u{1}".into()),
                ("tail", Node::Nothing),
                ("long", Node::Number(101.5)),
                ("flies", Node::Flag(true)),
                ("winds", Node::List("wind", vec!["东".into(), "西".into()])),
            ])],
        );
        assert_eq!(
            String::from_utf8(xml("kites", &node)).unwrap(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><kites><kite><name>&lt;红&gt; &amp; &quot;青&quot;\u{fffd}</name>\
             <tail/><long>101.5</long><flies>true</flies><winds><wind>东</wind><wind>西</wind></winds></kite></kites>"
        );
        assert_eq!(
            serde_json::to_string(&node).unwrap(),
            r#"[{"name":"<红> & \"青\"\u0001","tail":null,"long":101.5,"flies":true,"winds":["东","西"]}]"#
        );
        assert_eq!(Format::of("a.b.xml"), (Some(Format::Xml), "a.b"));
        assert_eq!(Format::of("requests"), (None, "requests"));
        assert_eq!(Format::of("requests.html"), (None, "requests.html"));
    }
}
