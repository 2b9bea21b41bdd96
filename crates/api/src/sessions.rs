//! Signing in and out, and who one is.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use quanyu_app::guard::ClientAddress;
use quanyu_app::sessions::Signed as Session;
use quanyu_domain::access::{Grant, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::RoleName;
use crate::edge::extract::Body;
use crate::edge::gate::{SESSION_COOKIE, Signed, origin, route, same_origin};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Number, Title, role_title};
use crate::words::{UnitName, offset, unit_name};
use quanyu_app::rules::Rules;

/// The routes of sessions.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::SIGN_IN, routes!(sign_in)))
        .routes(route(action::READ_ME, routes!(list_sessions)))
        .routes(route(action::SIGN_OUT, routes!(sign_out_everywhere)))
        .routes(route(action::SIGN_OUT, routes!(sign_out)))
        .routes(route(action::READ_ME, routes!(read_me)))
        .routes(route(action::CHANGE_OWN_PASSWORD, routes!(change_password)))
}

/// What proves who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"login": "zhang.san", "password": "a long password"}))]
pub struct Credentials {
    /// The name to sign in with.
    login: String,
    /// The password.
    password: String,
    /// The code of the authenticator app, or one of those on paper, where the account has a second factor.
    #[serde(default)]
    #[schema(max_length = 64)]
    code: Option<String>,
}

/// A session that has begun.
#[derive(Serialize, ToSchema)]
pub struct BegunSession {
    /// The token, for programs: `Authorization: Bearer …`. Browsers have it in the cookie.
    token: String,
    /// When the session ends at the latest.
    ends_at: Moment,
    /// Who has signed in.
    me: Me,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    account: Number,
    /// The name to sign in with.
    login: String,
    /// The person's name.
    name: String,
    /// The roles that the account holds, each at a unit.
    grants: Vec<GrantView>,
    /// Whether the password is to be changed before anything else.
    password_change_due: bool,
    /// Whether a second factor is to be enrolled before anything else.
    second_factor_due: bool,
    /// Whether the account has a second factor.
    second_factor: bool,
}

/// A role at a unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    /// The role.
    #[schema(value_type = RoleName)]
    role: Role,
    /// Its title.
    title: Title,
    /// The unit at which it is held.
    unit: UnitName,
}

impl GrantView {
    /// From a grant.
    pub fn new(rules: &Rules, grant: &Grant) -> Self {
        Self {
            role: grant.role,
            title: role_title(grant.role),
            unit: unit_name(rules, &grant.unit),
        }
    }
}

fn me(rules: &Rules, session: &Session) -> Me {
    Me {
        account: Number(session.account),
        login: session.login.clone(),
        name: session.name.clone(),
        grants: session
            .grants
            .iter()
            .map(|grant| GrantView::new(rules, grant))
            .collect(),
        password_change_due: session.change_due,
        second_factor_due: session.factor_due,
        second_factor: session.has_factor,
    }
}

/// Signs in
///
/// Sets the session cookie for browsers and answers with the token for programs. A session is bound to the program that
/// began it (`User-Agent`). `code_needed`: the account has a second factor, send the same again with its `code`.
#[utoipa::path(post, path = "/sessions", tag = "sessions", request_body = Credentials,
    responses((status = CREATED, description = "Signed in", body = BegunSession)))]
async fn sign_in(
    State(api): State<Api>,
    Extension(from): Extension<ClientAddress>,
    headers: HeaderMap,
    Body(body): Body<Credentials>,
) -> Result<Response, Problem> {
    // A page elsewhere must not sign a browser in as somebody else. Programs send neither header.
    let from_a_page = headers.contains_key(ORIGIN) || headers.contains_key(HeaderName::from_static("sec-fetch-site"));
    if from_a_page {
        same_origin(&api, &headers)?;
    }
    let begun = api
        .app
        .sign_in_from(
            &body.login,
            &body.password,
            body.code.as_deref(),
            Some(&origin(&headers, from)),
        )
        .await
        .map_err(|fault| match fault {
            quanyu_app::AppError::Unauthenticated => Problem::new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "登录名或口令不正确，或账号已停用",
                "login and password do not belong together, or the account is switched off",
            ),
            other => other.into(),
        })?;
    let rules = api.app.rules();
    let ends_at = Moment {
        at: begun.signed.ends_at,
        offset: offset(&rules),
    };
    let lasts = begun.signed.ends_at.duration_since(api.app.now()).as_secs();
    let cookie = cookie(&api, &begun.token, lasts)?;
    let body = BegunSession {
        ends_at,
        me: me(&rules, &begun.signed),
        token: begun.token,
    };
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(body)).into_response())
}

/// The session cookie: no script reads it, no other site makes a browser send it.
fn cookie(api: &Api, token: &str, lasts: i64) -> Result<HeaderValue, Problem> {
    let secure = if api.config.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts}{secure}");
    HeaderValue::from_str(&cookie).map_err(Problem::internal)
}

/// Signs out
#[utoipa::path(delete, path = "/sessions/current", tag = "sessions",
    responses((status = NO_CONTENT, description = "Signed out")))]
async fn sign_out(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    api.app.sign_out(&signed.token).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie(&api, "", 0)?)]).into_response())
}

/// Signs out everywhere
#[utoipa::path(delete, path = "/sessions", tag = "sessions",
    responses((status = NO_CONTENT, description = "Every session of the account has ended")))]
async fn sign_out_everywhere(State(api): State<Api>, signed: Signed) -> Result<Response, Problem> {
    api.app.sign_out_everywhere(signed.caller()).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie(&api, "", 0)?)]).into_response())
}

/// The sessions of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// Those that are not over, the last begun first.
    items: Vec<SessionView>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// When it began.
    began_at: Moment,
    /// When it was last used, to the minute.
    used_at: Moment,
    /// When it ends at the latest.
    ends_at: Moment,
}

/// Lists one's own sessions
#[utoipa::path(get, path = "/sessions", tag = "sessions",
    responses((status = OK, description = "The sessions", body = Sessions)))]
async fn list_sessions(State(api): State<Api>, signed: Signed) -> Result<Json<Sessions>, Problem> {
    let offset = offset(&api.app.rules());
    let moment = |at| Moment { at, offset };
    let sessions = api
        .app
        .sessions(signed.caller())
        .await?
        .into_iter()
        .map(|session| SessionView {
            began_at: moment(session.began_at),
            used_at: moment(session.used_at),
            ends_at: moment(session.ends_at),
        });
    Ok(Json(Sessions {
        items: sessions.collect(),
    }))
}

/// Says who one is
#[utoipa::path(get, path = "/me", tag = "sessions",
    responses((status = OK, description = "Who is signed in", body = Me)))]
async fn read_me(State(api): State<Api>, signed: Signed) -> Json<Me> {
    Json(me(&api.app.rules(), &signed.session))
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"present": "a long password", "new": "another long password"}))]
pub struct PasswordChange {
    /// The password that holds now.
    present: String,
    /// The password that shall hold.
    new: String,
}

/// Changes one's own password
///
/// Every session ends: sign in with the new one.
#[utoipa::path(put, path = "/me/password", tag = "sessions", request_body = PasswordChange,
    responses((status = NO_CONTENT, description = "Changed")))]
async fn change_password(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<PasswordChange>,
) -> Result<Response, Problem> {
    api.app
        .change_password(signed.caller(), &body.present, &body.new)
        .await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie(&api, "", 0)?)]).into_response())
}
