//! How the domain says no: a stable code, what is wrong, where, and what to do instead.

use std::borrow::Cow;

use serde::Serialize;

/// What kind of no it is. The HTTP edge maps each to one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The command itself is wrong, whatever the state of the record (422).
    Invalid,
    /// The actor may not do this to this record (403).
    Forbidden,
    /// The record is not in a state that allows it (409).
    NotNow,
    /// What the command names does not exist, or the actor may not know that it does (404).
    NotFound,
}

/// A command that was understood and turned down. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What kind of no it is.
    pub kind: RefusalKind,
    /// Stable snake_case code for programs.
    pub code: &'static str,
    /// What is wrong and what to do instead, in Chinese.
    pub zh: Cow<'static, str>,
    /// The same in English.
    pub en: Cow<'static, str>,
    /// The field of the command that is at fault, where there is one.
    pub field: Option<&'static str>,
}

impl Refusal {
    /// A refusal of any kind.
    pub fn new(
        kind: RefusalKind,
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            code,
            zh: zh.into(),
            en: en.into(),
            field: None,
        }
    }

    /// A command that is wrong in itself.
    pub fn invalid(
        code: &'static str,
        field: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: Some(field),
            ..Self::new(RefusalKind::Invalid, code, zh, en)
        }
    }

    /// An act that this actor may not do.
    pub fn forbidden(code: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::Forbidden, code, zh, en)
    }

    /// An act that the record's state does not allow now.
    pub fn not_now(code: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::NotNow, code, zh, en)
    }

    /// Something that is not there, or not there for this actor.
    pub fn not_found(code: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::NotFound, code, zh, en)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} / {}", self.code, self.zh, self.en)
    }
}

impl std::error::Error for Refusal {}
