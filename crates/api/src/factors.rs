//! The second factor of staff: enrolling it, and taking it away from somebody who has lost it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::accounts::AccountView;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Number;

/// The routes of second factors.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::ENROL, routes!(begin)))
        .routes(route(action::ENROL, routes!(confirm)))
        .routes(route(action::GRANT, routes!(reset)))
}

/// What begins an enrolment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"present": "a long password"}))]
pub struct EnrolmentStart {
    /// The password that holds now.
    present: String,
}

/// What an authenticator app is told.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// The secret in Base32, for typing: told here and never again.
    secret: String,
    /// The same as an `otpauth://` address, for showing as a picture.
    uri: String,
}

/// Begins to enrol one's second factor
///
/// It is in force once a code was confirmed; until then this may be asked again.
#[utoipa::path(post, path = "/me/second-factor", tag = "sessions", request_body = EnrolmentStart,
    responses((status = CREATED, description = "Begun", body = Enrolment)))]
async fn begin(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<EnrolmentStart>,
) -> Result<(StatusCode, Json<Enrolment>), Problem> {
    let begun = api.app.begin_second_factor(signed.caller(), &body.present).await?;
    let enrolment = Enrolment {
        secret: begun.secret,
        uri: begun.uri,
    };
    Ok((StatusCode::CREATED, Json(enrolment)))
}

/// A code that shows that the app has the secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "287082"}))]
pub struct FirstCode {
    /// The six digits.
    #[schema(max_length = 64)]
    code: String,
}

/// Codes for the day on which the telephone is lost.
#[derive(Serialize, ToSchema)]
pub struct PaperCodes {
    /// Each is good once, in place of a code of the app: told here and never again.
    recovery_codes: Vec<String>,
}

/// Confirms one's second factor
#[utoipa::path(post, path = "/me/second-factor/confirmation", tag = "sessions", request_body = FirstCode,
    responses((status = OK, description = "In force", body = PaperCodes)))]
async fn confirm(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<FirstCode>,
) -> Result<Json<PaperCodes>, Problem> {
    let recovery_codes = api.app.confirm_second_factor(signed.caller(), &body.code).await?;
    Ok(Json(PaperCodes { recovery_codes }))
}

/// Takes a second factor away
///
/// For somebody who has lost it. The sessions of the account end.
#[utoipa::path(delete, path = "/accounts/{id}/second-factor", tag = "accounts", params(("id" = Number, Path)),
    responses((status = OK, description = "The account after it", body = AccountView)))]
async fn reset(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
) -> Result<Json<AccountView>, Problem> {
    let account = api.app.reset_second_factor(signed.caller(), id.0).await?;
    Ok(Json(AccountView::of(&api.app, account).await?))
}
