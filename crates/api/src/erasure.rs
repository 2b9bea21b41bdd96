//! Erasing people (删除个人信息).

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Body;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Number;

/// The route of erasing.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::ERASE, routes!(erase)))
}

/// Who is erased, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"case": "240315-093022-100123", "reason": "本人申请删除"}))]
pub struct NewErasure {
    /// A case that the person reported.
    case: Number,
    /// Why; the journal keeps it.
    #[schema(max_length = 2000)]
    reason: String,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct Erasure {
    /// The cases whose texts are gone: all that the person reported; of an anonymous case that one.
    cases: Vec<Number>,
}

/// Erases who reported a case
///
/// The key of the person and the texts of every case that they reported are destroyed; the history stays whole. It cannot
/// be undone.
#[utoipa::path(post, path = "/erasures", tag = "accounts", request_body = NewErasure,
    responses((status = OK, description = "It is erased", body = Erasure)))]
async fn erase(State(api): State<Api>, signed: Signed, Body(body): Body<NewErasure>) -> Result<Json<Erasure>, Problem> {
    let cases = api.app.erase(signed.caller(), body.case.0, &body.reason).await?;
    Ok(Json(Erasure {
        cases: cases.into_iter().map(Number).collect(),
    }))
}
