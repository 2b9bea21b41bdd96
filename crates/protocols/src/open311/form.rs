//! Parameters of a query or a form, as they came.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::BytesMut;
use futures::StreamExt as _;

use super::answer::Fault;

/// Largest form, in bytes: four thousand Chinese characters, escaped, take 36 kB.
pub(super) const MAX_FORM: usize = 256 * 1024;
/// How much more is read and thrown away, so that a client that sends before it listens gets its answer.
const MAX_DRAINED: usize = 16 * 1024 * 1024;
/// Most parameters of one request.
const MAX_FIELDS: usize = 100;
/// How long a form may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Parameters in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// From `a=1&b=2`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if percent_encoding::percent_decode(bytes).decode_utf8().is_err() {
            return Err(Fault::bad(
                "参数不是 UTF-8 编码",
                "the parameters are not UTF-8: encode them as UTF-8 before escaping them",
            ));
        }
        let mut fields = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            fields.push(name.into_owned(), value.into_owned())?;
        }
        Ok(fields)
    }

    /// Adds a parameter.
    pub fn push(&mut self, name: String, value: String) -> Result<(), Fault> {
        if self.0.len() == MAX_FIELDS {
            return Err(too_many());
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(Fault::bad(
                "参数含有不允许的字符 U+0000，请删除",
                "a parameter holds the character U+0000: remove it",
            ));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// These and others after them.
    pub fn and(mut self, others: Self) -> Result<Self, Fault> {
        self.0.extend(others.0);
        if self.0.len() > MAX_FIELDS {
            Err(too_many())
        } else {
            Ok(self)
        }
    }

    /// The first value of a name that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().filter(|(own, _)| own == name);
        found.map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }

    /// The parts of a value that is a list with commas.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let parts = self.get(name).unwrap_or_default().split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// What was answered: `attribute[code]` and `attribute[code][]`.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| {
            let rest = name.strip_prefix("attribute[")?;
            let code = rest.strip_suffix("][]").or_else(|| rest.strip_suffix(']'))?;
            Some((code, value.trim()))
        })
    }
}

fn too_many() -> Fault {
    Fault::bad(
        format!("参数过多，至多 {MAX_FIELDS} 个"),
        format!("too many parameters: there may be {MAX_FIELDS}"),
    )
}

/// Reads the form of a request.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Fields, Fault> {
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // Nothing but a form is parsed, XML with its entities least of all.
    if !media.is_empty() && media != "application/x-www-form-urlencoded" {
        return Err(Fault::bad(
            "请以 application/x-www-form-urlencoded 表单提交（带文件的用 multipart/form-data），不接受 XML 或 JSON",
            "send a form (application/x-www-form-urlencoded, with files multipart/form-data): XML and JSON are not taken",
        ));
    }
    let reading = tokio::time::timeout(BODY_TIME, collect(body));
    match reading.await {
        Ok(bytes) => Fields::parse(&bytes?),
        Err(_) => Err(Fault::bad(
            "表单接收超时，请重试",
            "the form did not arrive in time: send it again",
        )),
    }
}

async fn collect(body: Body) -> Result<BytesMut, Fault> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut total) = (BytesMut::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Fault::bad("表单未完整到达，请重试", "the form broke off: send it again"))?;
        total += chunk.len();
        if total <= MAX_FORM {
            bytes.extend_from_slice(&chunk);
        } else if total > MAX_FORM + MAX_DRAINED {
            break;
        }
    }
    if total > MAX_FORM {
        return Err(Fault::bad(
            format!("表单超过 {} KB", MAX_FORM / 1024),
            format!("the form is larger than {} kB", MAX_FORM / 1024),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_came() {
        let fields =
            Fields::parse("a=&a=+2+&list=x,+y,,&attribute[p]=1&attribute[q][]=2&attribute%5Bq%5D%5B%5D=3".as_bytes());
        let fields = fields.unwrap();
        assert_eq!(fields.get("a"), Some("2"));
        assert_eq!(fields.get("b"), None);
        assert_eq!(fields.list("list"), ["x", "y"]);
        let answers: Vec<_> = fields.attributes().collect();
        assert_eq!(answers, [("p", "1"), ("q", "2"), ("q", "3")]);
        assert!(Fields::parse(b"a=%ff").is_err());
        assert!(Fields::parse(b"a=%00").is_err());
        assert!(Fields::parse("a=1&".repeat(100).as_bytes()).is_ok());
        assert!(Fields::parse("a=1&".repeat(101).as_bytes()).is_err());
    }
}
