//! How the API says no: problem details (RFC 9457) with stable codes, in the caller's language.

use std::borrow::Cow;

use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use quanyu_app::AppError;
use quanyu_domain::refusal::{Refusal, RefusalKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::language::Language;

/// Why a request was not fulfilled. Handlers return it; the shell around all routes writes it in the caller's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
    pub field: Option<Box<str>>,
    pub current_version: Option<i64>,
    pub retry: Option<Retry>,
}

/// When trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// So many seconds from now.
    After(u32),
    /// At this second since 1970.
    At(i64),
}

/// A problem (RFC 9457). `code` is stable and for programs, `detail` is for people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/state_forbids")]
    kind: String,
    /// What kind of problem it is.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// What is wrong and what to do instead, by `Accept-Language` in Chinese (the default) or English.
    detail: &'a str,
    /// Stable snake_case code.
    #[schema(example = "state_forbids")]
    code: &'a str,
    /// The field at fault, as a path into the request: `evidence[0].kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Where the record has changed since the caller saw it: its version now.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<i64>,
}

impl Problem {
    /// A problem of a status.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (zh, en) = (zh.into(), en.into());
        Self {
            status,
            code,
            zh,
            en,
            field: None,
            current_version: None,
            retry: None,
        }
    }

    /// A request that can be read but means nothing (422).
    pub fn invalid(
        code: &'static str,
        field: impl Into<Box<str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, zh, en)
        }
    }

    /// Nobody is signed in (401).
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "请先登录", "sign in first")
    }

    /// The program made a mistake (500): the details are in the log alone.
    pub fn internal(details: impl std::fmt::Display) -> Self {
        tracing::error!(%details, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "系统内部错误，请稍后重试；如反复出现，请将响应头 X-Request-Id 告知管理员",
            "an internal error: try again later; if it stays, tell an administrator the X-Request-Id of the answer",
        )
    }

    /// The problem that a bare status of the framework stands for.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, zh, en) = match status {
            StatusCode::NOT_FOUND => (
                "no_such_path",
                "没有此地址，请查看接口文档",
                "there is no such path: see the OpenAPI document",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "此地址不支持该方法，可用方法见响应头 Allow",
                "this path does not take that method: the Allow header names those it takes",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "请求体过大", "the body is too large"),
            _ => ("request_refused", "请求无法处理", "the request cannot be handled"),
        };
        Self::new(status, code, zh, en)
    }

    /// The response in a language.
    pub fn render(&self, language: Language, now: Timestamp) -> Response {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: title(self.status, language),
            status: self.status.as_u16(),
            detail: language.pick(&self.zh, &self.en),
            code: self.code,
            field: self.field.as_deref(),
            current_version: self.current_version,
        };
        // Strings and numbers always have a JSON form.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if let Some(retry) = self.retry {
            let seconds = match retry {
                Retry::After(seconds) => i64::from(seconds),
                Retry::At(second) => second - now.as_second(),
            };
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

fn title(status: StatusCode, language: Language) -> &'static str {
    let (zh, en) = match status.as_u16() {
        400 => ("请求格式错误", "Malformed request"),
        401 => ("未登录", "Not signed in"),
        403 => ("无权操作", "Forbidden"),
        404 => ("没有找到", "Not found"),
        405 => ("方法不支持", "Method not allowed"),
        408 => ("请求接收超时", "Request timed out"),
        409 => ("当前不能操作", "Not possible now"),
        413 => ("内容过大", "Too large"),
        414 | 431 => ("请求头过大", "Request head too large"),
        415 => ("内容类型不支持", "Unsupported media type"),
        422 => ("内容有误", "Invalid content"),
        429 => ("尝试过多", "Too many attempts"),
        501 => ("不支持", "Not supported"),
        503 => ("暂时不可用", "Unavailable for now"),
        500.. => ("系统错误", "Internal error"),
        _ => ("请求无法处理", "Request refused"),
    };
    language.pick(zh, en)
}

/// The problem travels in the response's extensions; the shell knows the language and writes it.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::NotNow => StatusCode::CONFLICT,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
        };
        let field = refusal.field.map(Box::from);
        Self {
            field,
            ..Self::new(status, refusal.code, refusal.zh, refusal.en)
        }
    }
}

impl From<AppError> for Problem {
    fn from(fault: AppError) -> Self {
        match fault {
            AppError::Refused(refusal) => refusal.into(),
            AppError::Stale { current } => Self {
                current_version: Some(current),
                ..Self::new(
                    StatusCode::CONFLICT,
                    "stale_version",
                    format!("记录已被他人修改，当前版本为 {current}，请刷新后重试"),
                    format!("the record has version {current} now: read it again and decide again"),
                )
            },
            AppError::KeyReused => Self::new(
                StatusCode::CONFLICT,
                "key_reused",
                "该 Idempotency-Key 已用于另一请求，请换用新的",
                "this Idempotency-Key was used for another request: use a new one",
            ),
            AppError::Unauthenticated => Self::unauthenticated(),
            AppError::CodeNeeded => Self::new(
                StatusCode::UNAUTHORIZED,
                "code_needed",
                "请输入动态口令（或备用码）",
                "the code of the authenticator app is needed, or one of those on paper",
            ),
            AppError::Locked { until } => Self {
                retry: Some(Retry::At(until.as_second())),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "account_locked",
                    "密码错误次数过多，账号已暂时锁定，请稍后再试",
                    "too many wrong passwords: the account is locked for a while, try again later",
                )
            },
            AppError::Unavailable(fault) => {
                tracing::warn!(reason = %fault.reason, "the store is unavailable");
                Self {
                    retry: Some(Retry::After(
                        u32::try_from(fault.retry_after.as_secs()).unwrap_or(u32::MAX),
                    )),
                    ..Self::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "unavailable",
                        "数据暂时无法读写，请稍后重试",
                        "the data cannot be read or written now: try again later",
                    )
                }
            }
            AppError::Unsupported(what) => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "unsupported",
                format!("此部署不支持：{what}"),
                what,
            ),
            AppError::Internal(details) => Self::internal(details),
        }
    }
}
