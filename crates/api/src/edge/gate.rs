//! The gate: who asks, and whether the action is theirs. Nothing of a request is read before it.

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use quanyu_app::cases::Caller;
use quanyu_app::guard::{Class, ClientAddress, Subject};
use quanyu_app::sessions::{Origin, Signed as Session};
use quanyu_domain::access::Role;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;

use super::action::{Action, Who};
use super::doors;
use super::problem::{Problem, Retry};
use crate::Api;

/// The cookie that carries the session of a browser.
pub const SESSION_COOKIE: &str = "quanyu_session";

/// A route with the action that it is: the gate stands before its handlers, and the OpenAPI document says so.
pub fn route(action: Action, (schemas, mut paths, router): UtoipaMethodRouter<Api>) -> UtoipaMethodRouter<Api> {
    for operation in paths.paths.values_mut().flat_map(operations_mut) {
        let says: [(&str, serde_json::Value); 2] =
            [("x-action", action.name.into()), ("x-who", action.who.names().into())];
        operation
            .extensions
            .get_or_insert_with(Extensions::default)
            .merge(says.into_iter().collect());
        if action.who.needs_account() {
            let empty: [&str; 0] = [];
            operation.security = Some(vec![
                SecurityRequirement::new("session", empty),
                SecurityRequirement::new("token", empty),
            ]);
        }
    }
    // Only the routes: a method that the path does not take is told before who asks.
    let router = router.route_layer(from_fn(move |request: Request, next: Next| {
        admit(action, request, next)
    }));
    (schemas, paths, router)
}

/// The operations of a path.
pub fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

/// Somebody who is signed in; the gate has put it into the request.
#[derive(Clone)]
pub struct Signed {
    /// Who it is.
    pub session: Session,
    /// The token of the session, for ending it.
    pub token: String,
}

impl Signed {
    /// To the use cases.
    pub fn caller(&self) -> &Caller {
        &self.session.caller
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // A handler behind an action for everybody that asks for an account is a mistake that a test would see.
        parts.extensions.get().cloned().ok_or_else(Problem::unauthenticated)
    }
}

async fn admit(action: Action, mut request: Request, next: Next) -> Result<Response, Problem> {
    tracing::Span::current().record("action", action.name);
    let api = request.extensions().get::<Api>().cloned();
    let api = api.ok_or_else(|| Problem::internal("the router was built without its shell"))?;
    let from = request.extensions().get::<ClientAddress>().copied().unwrap_or_default();
    let class = doors::class(action, request.method());
    let mut counted = vec![from.subject()];
    if action.who.needs_account() {
        let signed = match signed(&api, request.method(), request.headers(), from).await {
            Ok(signed) => signed,
            Err(problem) => {
                if problem.status == StatusCode::UNAUTHORIZED && presents_proof(request.headers()) {
                    doors::count_wrong_proof(&api, from)?;
                }
                return Err(problem);
            }
        };
        counted = vec![Some(Subject::Account(signed.session.account))];
        tracing::Span::current().record("actor", tracing::field::display(signed.caller().actor.reference()));
        admitted(action, &signed)?;
        request.extensions_mut().insert(signed);
    }
    if class == Some(Class::Tracking) {
        counted.push(doors::tracked_case(request.uri().path()));
    }
    for subject in &counted {
        class.map_or(Ok(()), |class| doors::count(&api, class, *subject))?;
    }
    let response = in_time(&api, action, request, next).await?;
    let guard = &api.config.guard;
    match class {
        // Only wrong passwords and wrong secrets are to be few; who holds the right one is not in the way of others.
        Some(Class::SignIn) if response.status().is_success() || needs_code(&response) => {
            guard.forgive(Class::SignIn, from.subject())
        }
        Some(Class::Tracking) if response.status() != StatusCode::NOT_FOUND => {
            counted
                .iter()
                .for_each(|subject| guard.forgive(Class::Tracking, *subject));
        }
        _ => {}
    }
    Ok(response)
}

/// Whether the password was right, and a code is asked for.
fn needs_code(response: &Response) -> bool {
    let problem = response.extensions().get::<Problem>();
    problem.is_some_and(|problem| problem.code == "code_needed")
}

/// Whether a request says who asks, be it true or not.
fn presents_proof(headers: &HeaderMap) -> bool {
    bearer(headers).is_some() || cookie(headers, SESSION_COOKIE).is_some()
}

async fn in_time(api: &Api, action: Action, request: Request, next: Next) -> Result<Response, Problem> {
    // What comes in in pieces has its own patience for each piece.
    if matches!(action, super::action::UPLOAD | super::action::UPLOAD_PUBLICLY) {
        return Ok(next.run(request).await);
    }
    tokio::time::timeout(api.config.time_limit, next.run(request))
        .await
        .map_err(|_| Problem {
            retry: Some(Retry::After(5)),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too_slow",
                "处理超时，请稍后重试；重试请使用同一 Idempotency-Key",
                "this took too long: try again later, with the same Idempotency-Key",
            )
        })
}

fn admitted(action: Action, signed: &Signed) -> Result<(), Problem> {
    let Who::Roles(_) = action.who else { return Ok(()) };
    if signed.session.change_due {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "password_change_due",
            "请先修改口令：PUT /api/v1/me/password",
            "change your password first: PUT /api/v1/me/password",
        ));
    }
    if signed.session.factor_due {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "second_factor_due",
            "您的岗位须先绑定双因素：POST /api/v1/me/second-factor",
            "your role needs a second factor first: POST /api/v1/me/second-factor",
        ));
    }
    if signed
        .caller()
        .actor
        .grants()
        .iter()
        .any(|grant| action.who.admits(grant.role))
    {
        return Ok(());
    }
    Err(forbidden(action))
}

fn forbidden(action: Action) -> Problem {
    let roles: Vec<Role> = match action.who {
        Who::Roles(roles) => roles.to_vec(),
        _ => Vec::new(),
    };
    let zh: Vec<String> = roles.iter().map(|role| super::wire::role_title(*role).zh).collect();
    let en: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    Problem::new(
        StatusCode::FORBIDDEN,
        "role_forbids",
        format!("您的岗位不能执行此操作，需要以下岗位之一：{}", zh.join("、")),
        format!(
            "your roles do not allow `{}`; it takes one of {}",
            action.name,
            en.join(", ")
        ),
    )
}

/// Who asks, by token or by cookie.
async fn signed(api: &Api, method: &Method, headers: &HeaderMap, from: ClientAddress) -> Result<Signed, Problem> {
    let token = match bearer(headers) {
        Some(token) => token,
        None => {
            let token = cookie(headers, SESSION_COOKIE).ok_or_else(Problem::unauthenticated)?;
            // A browser sends the cookie along with whatever page makes it ask; a token is never sent unasked.
            if !method.is_safe() {
                same_origin(api, headers)?;
            }
            token
        }
    };
    let session = api.app.authenticate_from(token, Some(&origin(headers, from))).await?;
    Ok(Signed {
        session,
        token: token.to_owned(),
    })
}

/// Where a request comes from, as a session is bound to it.
pub fn origin(headers: &HeaderMap, from: ClientAddress) -> Origin<'_> {
    Origin {
        agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        address: from.0,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A cookie's value.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

/// Refuses what another site made the browser ask.
///
/// # Errors
/// When neither `Sec-Fetch-Site` nor `Origin` says that the page is ours.
pub fn same_origin(api: &Api, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => match &api.config.public_origin {
            Some(public) => origin == public,
            None => origin
                .split_once("://")
                .is_some_and(|(_, host)| Some(host) == text(HOST.as_str())),
        },
        (None, None) => false,
    };
    if ours {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "other_origin",
        "请求来自其他网站；程序调用请改用 Authorization: Bearer",
        "the request comes from another site; programs use `Authorization: Bearer` instead of the cookie",
    ))
}
