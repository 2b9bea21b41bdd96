//! Finding cases by words.

use axum::Json;
use axum::extract::State;
use quanyu_app::search::SearchQuery;
use quanyu_domain::ids::DistrictId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CaseSummary, summaries};
use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::page_size;

/// The route of finding cases.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::SEARCH_CASES, routes!(search_cases)))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseSearch {
    /// Words: all of them must be found in what was reported (with its title and place), or in replies. Runs of seven
    /// digits or more are not indexed.
    #[param(max_length = 200, example = "井盖 破损")]
    q: String,
    /// Only cases of this district, by the six digits of its code.
    #[param(example = 990_101)]
    district: Option<u32>,
    /// Only what is open, or only what is not.
    open: Option<bool>,
    /// Cases at most, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// The cases that were found, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundCases {
    /// The cases.
    items: Vec<CaseSummary>,
    /// Whether there may be more than are shown: ask for more words.
    truncated: bool,
}

/// Finds cases by words
///
/// As far as the caller may see them, the newest first. What was just filed is found a moment later.
#[utoipa::path(get, path = "/cases/search", tag = "cases", params(CaseSearch),
    responses((status = OK, description = "The cases", body = FoundCases)))]
async fn search_cases(
    State(api): State<Api>,
    signed: Signed,
    Parameters(search): Parameters<CaseSearch>,
) -> Result<Json<FoundCases>, Problem> {
    let query = SearchQuery {
        words: search.q,
        district: search.district.map(DistrictId),
        open: search.open,
        limit: page_size(search.limit)?,
    };
    let found = api.app.search(signed.caller(), &query).await?;
    Ok(Json(FoundCases {
        items: summaries(&api.app, signed.caller(), &found.cases).await?,
        truncated: found.truncated,
    }))
}
