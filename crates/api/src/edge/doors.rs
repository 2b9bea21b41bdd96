//! How often somebody may come through a door: which requests are counted as what, and for whom.

use axum::http::{Method, StatusCode};
use quanyu_app::guard::{Class, ClientAddress, Subject, TooOften};
use quanyu_domain::ids::Id;

use super::action::{self, Action};
use super::problem::{Problem, Retry};
use crate::Api;

/// What a request is counted as; `None`: it is not.
pub fn class(action: Action, method: &Method) -> Option<Class> {
    Some(match action {
        action::READ_HEALTH => return None,
        action::SIGN_IN => Class::SignIn,
        action::FOLLOW | action::RATE | action::REOPEN => Class::Tracking,
        action::FILE_PUBLIC_CASE | action::UPLOAD_PUBLICLY | action::SUPPORT_CASE => Class::PublicFiling,
        _ if method.is_safe() => Class::Read,
        _ => Class::Write,
    })
}

/// Counts a request of somebody.
///
/// # Errors
/// When there were too many.
pub fn count(api: &Api, class: Class, subject: Option<Subject>) -> Result<(), Problem> {
    let counted = api.config.guard.count(class, subject, api.app.now());
    counted.map_err(|TooOften { retry_after }| {
        let seconds = u32::try_from(retry_after.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        Problem {
            retry: Some(Retry::After(seconds)),
            ..Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "请求过于频繁，请按响应头 Retry-After 稍后再试",
                "too many requests: try again after the seconds that the Retry-After header names",
            )
        }
    })
}

/// Counts a token that proved nothing. Nobody guesses 32 random bytes, and a page whose session is over asks several
/// things at once: it counts as reading does.
///
/// # Errors
/// When there were too many.
pub fn count_wrong_proof(api: &Api, from: ClientAddress) -> Result<(), Problem> {
    count(api, Class::Read, from.subject())
}

/// The case whose secret a path asks with.
pub fn tracked_case(path: &str) -> Option<Subject> {
    let mut parts = path.split('/').skip_while(|part| *part != "tracking");
    let number: Id = parts.nth(1)?.parse().ok()?;
    Some(Subject::Case(number))
}

/// The problem of a server that has too much in hand.
pub fn overloaded() -> Problem {
    Problem {
        retry: Some(Retry::After(2)),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "系统繁忙，请稍后重试；重试请使用同一 Idempotency-Key",
            "the server is busy: try again later, with the same Idempotency-Key",
        )
    }
}
