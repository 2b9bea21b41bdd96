//! Who calls: the earlier cases of a telephone number.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::cases::{CaseSummary, summaries};
use crate::edge::action;
use crate::edge::extract::Body;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;

/// The routes of callers.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::LOOK_UP_CALLER, routes!(look_up)))
}

/// Whose earlier cases are looked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "13800001234", "purpose": "来电受理"}))]
pub struct CallerLookup {
    /// The telephone number, however it is written.
    phone: String,
    /// What it is for; the journal keeps it.
    #[schema(max_length = 200)]
    purpose: String,
}

/// The earlier cases of a caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallerCases {
    /// The cases, the newest first, at most 50.
    items: Vec<CaseSummary>,
}

/// Finds the earlier cases of a caller
///
/// Only those that the operator may see. The look-up itself is journalled, without the number.
#[utoipa::path(post, path = "/callers/lookup", tag = "cases", request_body = CallerLookup,
    responses((status = OK, description = "The cases", body = CallerCases)))]
async fn look_up(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<CallerLookup>,
) -> Result<Json<CallerCases>, Problem> {
    let cases = api
        .app
        .cases_of_phone(signed.caller(), &body.phone, &body.purpose)
        .await?;
    Ok(Json(CallerCases {
        items: summaries(&api.app, signed.caller(), &cases).await?,
    }))
}
