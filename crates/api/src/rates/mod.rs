//! Rates (率): with what they are made of, the cases behind them, and what was published.

mod editions;
mod view;

use axum::Json;
use axum::extract::State;
use quanyu_app::figures::BehindQuery;
use quanyu_app::figures::rates::{By, RatesQuery};
use quanyu_domain::units::UnitCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::cases::{CaseSummary, summaries};
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Page, page_size};

pub use view::RatesView;

/// The routes of rates.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_RATES, routes!(read_rates)))
        .routes(route(action::READ_RATES, routes!(read_cases_behind)))
        .merge(editions::routes())
}

/// What the rows of a table of rates are.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RatesBy {
    /// 区县.
    District,
    /// 街道、乡镇.
    Subdistrict,
    /// 社区、村.
    Community,
    /// The units that answer for cases (承办单位).
    Department,
    /// 月.
    Month,
    /// 事项.
    Matter,
    /// 渠道.
    Channel,
}

impl From<RatesBy> for By {
    fn from(by: RatesBy) -> Self {
        match by {
            RatesBy::District => Self::District,
            RatesBy::Subdistrict => Self::Subdistrict,
            RatesBy::Community => Self::Community,
            RatesBy::Department => Self::Department,
            RatesBy::Month => Self::Month,
            RatesBy::Matter => Self::Matter,
            RatesBy::Channel => Self::Channel,
        }
    }
}

/// Which rates are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RatesFilter {
    /// `2024`, `2024-03` or `2024-01..2024-06`.
    #[param(example = "2024-03")]
    period: String,
    /// What the rows are.
    #[param(inline)]
    by: RatesBy,
    /// An area, or a unit that answers for cases; the widest that the caller sees unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    within: Option<UnitCode>,
    /// By matter: those below this matter of the first level.
    under: Option<String>,
}

/// Reads rates
///
/// Each with numerator, denominator, sample and exclusions; the version of the rules that say how they are reckoned, and the
/// position of the journal at which they are exact. Units are ranked by the first score; who has too few cases behind it is
/// shown without a rank.
#[utoipa::path(get, path = "/rates", tag = "rates", params(RatesFilter),
    responses((status = OK, description = "The rates", body = RatesView)))]
async fn read_rates(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<RatesFilter>,
) -> Result<Json<RatesView>, Problem> {
    let query = RatesQuery {
        period: filter.period.parse()?,
        by: filter.by.into(),
        within: filter.within,
        under: filter.under,
    };
    let table = api.app.rates(signed.caller(), &query).await?;
    let edition = api.app.standing_of(&table).await?;
    Ok(Json(RatesView::new(&api.app.rules(), &table, edition, api.app.now())?))
}

/// Which cases are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BehindFilter {
    /// `2024`, `2024-03` or `2024-01..2024-06`; or days, `2024-03-15` or `2024-03-11..2024-03-17`, at most 400.
    #[param(example = "2024-03")]
    period: String,
    /// The measures of a numerator or denominator, divided by commas.
    #[param(example = "closed")]
    measures: String,
    /// The area, or the unit that answers for the cases; the widest that the caller sees unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    unit: Option<UnitCode>,
    /// For an area: the cases that it answers for itself instead of those that lie in it.
    answers: Option<bool>,
    /// Only of this matter of the first two levels.
    matter: Option<String>,
    /// Only of this channel.
    channel: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Cases of a page, 1 to 200; 50 unless told. A page may hold fewer, even none, and still have a next one.
    limit: Option<usize>,
}

/// Reads the cases behind a number
///
/// Exactly those that the number counts, as far as the caller may see them, page by page.
#[utoipa::path(get, path = "/rates/cases", tag = "rates", params(BehindFilter),
    responses((status = OK, description = "A page of cases", body = Page<CaseSummary>)))]
async fn read_cases_behind(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<BehindFilter>,
) -> Result<Json<Page<CaseSummary>>, Problem> {
    let measures = filter.measures.split(',').map(|name| name.trim().to_owned());
    let query = BehindQuery {
        days: filter.period.parse()?,
        unit: filter.unit,
        answers: filter.answers.unwrap_or(false),
        measures: measures.collect(),
        matter: filter.matter,
        channel: filter.channel,
        after: filter.after,
        limit: page_size(filter.limit)?,
    };
    let behind = api.app.behind(signed.caller(), &query).await?;
    Ok(Json(Page {
        items: summaries(&api.app, signed.caller(), &behind.cases).await?,
        next: behind.next,
    }))
}
