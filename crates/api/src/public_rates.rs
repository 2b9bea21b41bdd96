//! How the district is doing (办理情况), for everybody.

use axum::Json;
use axum::extract::State;
use quanyu_app::cases::Caller;
use quanyu_app::figures::rates::{By, RatesQuery};
use quanyu_domain::units::UnitCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::rates::RatesView;

/// The route of public rates.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_PUBLIC_RATES, routes!(read_public_rates)))
}

/// What the rows of a public table are: nothing finer than a subdistrict or a matter of the first level, where single
/// cases would show through the figures.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicRatesBy {
    /// 区县.
    District,
    /// 街道、乡镇.
    Subdistrict,
    /// 月.
    Month,
    /// 事项, of the first level.
    Matter,
}

impl From<PublicRatesBy> for By {
    fn from(by: PublicRatesBy) -> Self {
        match by {
            PublicRatesBy::District => Self::District,
            PublicRatesBy::Subdistrict => Self::Subdistrict,
            PublicRatesBy::Month => Self::Month,
            PublicRatesBy::Matter => Self::Matter,
        }
    }
}

/// Which rates are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PublicRatesFilter {
    /// `2024`, `2024-03` or `2024-01..2024-06`.
    #[param(example = "2024-03")]
    period: String,
    /// What the rows are.
    #[param(inline)]
    by: PublicRatesBy,
    /// A city, district or subdistrict; everything unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    within: Option<UnitCode>,
}

/// Reads how the district is doing
///
/// The same figures as `GET /rates`, with what each is made of, for areas down to the subdistrict.
#[utoipa::path(get, path = "/public/rates", tag = "public", params(PublicRatesFilter),
    responses((status = OK, description = "The rates", body = RatesView)))]
async fn read_public_rates(
    State(api): State<Api>,
    Parameters(filter): Parameters<PublicRatesFilter>,
) -> Result<Json<RatesView>, Problem> {
    let rules = api.app.rules();
    let unit = filter.within.as_ref().and_then(|code| rules.tree.get(code));
    if unit.is_some_and(|unit| unit.kind.level().is_none_or(|level| level > 2)) {
        return Err(Problem::invalid(
            "too_fine",
            "within",
            "公开的数据最细到街道、乡镇",
            "what is public goes down to the subdistrict",
        ));
    }
    let query = RatesQuery {
        period: filter.period.parse()?,
        by: filter.by.into(),
        within: filter.within,
        under: None,
    };
    let table = api.app.rates(&Caller::program(), &query).await?;
    let edition = api.app.standing_of(&table).await?;
    Ok(Json(RatesView::new(&rules, &table, edition, api.app.now())?))
}
