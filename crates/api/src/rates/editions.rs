//! Editions: what was published of a period, and publishing it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use quanyu_app::figures::Period;
use quanyu_app::figures::editions::RateDifference;
use quanyu_app::figures::tables::EditionRow;
use quanyu_app::rules::Rules;
use quanyu_domain::units::UnitCode;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{RatesRowView, number};
use crate::Api;
use crate::cases::{CaseSummary, summaries};
use crate::edge::action;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Named, Page, Title};
use crate::words::{UnitName, Words, unit_name};

/// The routes of editions.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_RATES, routes!(list_editions)))
        .routes(route(action::READ_RATES, routes!(read_edition)))
        .routes(route(action::READ_RATES, routes!(list_moved)))
        .routes(route(action::CLOSE_RATES, routes!(close_period)))
}

/// Which editions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EditionFilter {
    /// The period that was closed: `2024-03`.
    #[param(example = "2024-03")]
    period: String,
    /// The city or district; the widest area that the caller sees unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    within: Option<UnitCode>,
}

/// A period to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"period": "2024-02", "reason": "月报"}))]
pub struct Closing {
    /// `2024-03`; a year or several months are closed as such.
    #[schema(example = "2024-03")]
    period: String,
    /// The city or district; the widest area that the caller sees unless told.
    #[schema(value_type = Option<String>)]
    within: Option<UnitCode>,
    /// Why, at most 2,000 characters.
    reason: Option<String>,
}

/// The editions of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Editions {
    /// The newest first.
    items: Vec<EditionSummary>,
}

/// An edition in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionSummary {
    /// 1, 2, 3, …
    number: i64,
    /// The city or district.
    unit: UnitName,
    /// The period.
    period: String,
    /// When it was published.
    at: Moment,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Position of the journal at which its figures were exact.
    position: i64,
    /// Version of the rules.
    model: String,
    /// SHA-256 of its figures.
    sha256: String,
    /// What differs from the edition before.
    differences: Vec<DifferenceView>,
}

/// An edition with its figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Edition)]
pub struct EditionView {
    /// What it is.
    #[serde(flatten)]
    summary: EditionSummary,
    /// Everything together.
    total: RatesRowView,
    /// The tables, by what their rows are.
    tables: BTreeMap<String, Vec<RatesRowView>>,
}

/// A rate that differs between two editions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RateDifference)]
pub struct DifferenceView {
    /// Which table; absent for the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// The row.
    code: String,
    /// Its name.
    title: Title,
    /// The rate.
    rate: String,
    /// Before; absent where the row was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Quotient>,
    /// Now; absent where the row is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Quotient>,
}

/// One number over another.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quotient {
    /// What is divided.
    numerator: f64,
    /// By what.
    denominator: f64,
    /// The quotient; absent where the denominator is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

fn summary(rules: &Rules, edition: &EditionRow) -> Result<EditionSummary, Problem> {
    let unit: UnitCode = edition
        .unit
        .parse()
        .map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    let words = Words::of(rules, unit.district())?;
    let quotient = |(numerator, denominator, value): (Decimal, Decimal, Option<Decimal>)| Quotient {
        numerator: number(numerator),
        denominator: number(denominator),
        value: value.map(number),
    };
    let difference = |difference: RateDifference| DifferenceView {
        by: difference.by.map(|by| by.name().to_owned()),
        code: difference.code,
        title: Title::from(&difference.title),
        rate: difference.rate,
        before: difference.before.map(quotient),
        after: difference.after.map(quotient),
    };
    Ok(EditionSummary {
        number: edition.number,
        unit: unit_name(rules, &unit),
        period: edition.period.clone(),
        at: words.moment(edition.at),
        reason: edition.reason.clone(),
        position: edition.position,
        model: edition.model.clone(),
        sha256: edition.sha256.clone(),
        differences: edition.changes()?.into_iter().map(difference).collect(),
    })
}

/// Lists the editions of a period
///
/// The newest first, each with what differs from the one before.
#[utoipa::path(get, path = "/rates/editions", tag = "rates", params(EditionFilter),
    responses((status = OK, description = "The editions", body = Editions)))]
async fn list_editions(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<EditionFilter>,
) -> Result<Json<Editions>, Problem> {
    let period: Period = filter.period.parse()?;
    let rules = api.app.rules();
    let editions = api
        .app
        .editions(signed.caller(), filter.within.as_ref(), period)
        .await?;
    let items = editions.iter().map(|edition| summary(&rules, edition));
    Ok(Json(Editions {
        items: items.collect::<Result<_, _>>()?,
    }))
}

/// Reads an edition
///
/// The figures as they were published.
#[utoipa::path(get, path = "/rates/editions/{edition}", tag = "rates", params(EditionFilter, ("edition" = i64, Path)),
    responses((status = OK, description = "The edition", body = EditionView)))]
async fn read_edition(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<i64>,
    Parameters(filter): Parameters<EditionFilter>,
) -> Result<Json<EditionView>, Problem> {
    let period: Period = filter.period.parse()?;
    let edition = api
        .app
        .edition(signed.caller(), filter.within.as_ref(), period, number)
        .await?;
    let frozen = edition.frozen()?;
    let tables = frozen.tables.iter().map(|(by, rows)| {
        let rows = rows.iter().map(RatesRowView::new).collect();
        (by.name().to_owned(), rows)
    });
    Ok(Json(EditionView {
        summary: summary(&api.app.rules(), &edition)?,
        total: RatesRowView::new(&frozen.total),
        tables: tables.collect(),
    }))
}

/// Closes a period
///
/// Publishes its figures as they are: edition 1, and after corrections the next one, which shows what differs. An edition is
/// never changed; where nothing differs from the last one, closing again is refused.
#[utoipa::path(post, path = "/rates/editions", tag = "rates", request_body = Closing,
    responses((status = CREATED, description = "Published", body = EditionSummary)))]
async fn close_period(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<Closing>,
) -> Result<(StatusCode, Json<EditionSummary>), Problem> {
    let period: Period = body.period.parse()?;
    if body
        .reason
        .as_ref()
        .is_some_and(|reason| reason.chars().count() > quanyu_domain::cases::MAX_REASON)
    {
        return Err(Problem::invalid(
            "text_too_long",
            "reason",
            "说明过长，请精简到 2000 字以内",
            "`reason` has at most 2,000 characters",
        ));
    }
    let edition = api
        .app
        .close_rates(signed.caller(), body.within.as_ref(), period, body.reason)
        .await?;
    Ok((StatusCode::CREATED, Json(summary(&api.app.rules(), &edition)?)))
}

/// Which cases are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MovedFilter {
    /// The period that was closed: `2024-03`.
    #[param(example = "2024-03")]
    period: String,
    /// The city or district; the widest area that the caller sees unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    within: Option<UnitCode>,
    /// The `next` of the page before.
    after: Option<i64>,
}

/// A case that moved the figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedCase {
    /// The case, as it is now.
    case: CaseSummary,
    /// When it moved them last, between the editions.
    at: Moment,
    /// What happened then, as the timeline calls it.
    #[schema(example = "asked")]
    kind: String,
    /// What is counted more, or less; empty where it is counted for another unit, place or matter alone.
    changes: Vec<MeasureChange>,
}

/// How much more, or less, is counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureChange {
    /// The measure.
    measure: Named,
    /// How much more; less where it is negative.
    change: i64,
}

/// Lists the cases that moved an edition
///
/// Those that were decided upon between the edition before and this one, and counted otherwise from then on: what was
/// corrected. A case may stand on more than one page; a page may be empty and still have a next one.
#[utoipa::path(get, path = "/rates/editions/{edition}/cases", tag = "rates", params(MovedFilter, ("edition" = i64, Path)),
    responses((status = OK, description = "A page of cases", body = Page<MovedCase>)))]
async fn list_moved(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<i64>,
    Parameters(filter): Parameters<MovedFilter>,
) -> Result<Json<Page<MovedCase>>, Problem> {
    let period: Period = filter.period.parse()?;
    let page = api
        .app
        .moved_by(signed.caller(), filter.within.as_ref(), period, number, filter.after)
        .await?;
    let cases: Vec<_> = page.items.iter().map(|moved| moved.case.clone()).collect();
    let summaries = summaries(&api.app, signed.caller(), &cases).await?;
    let rules = api.app.rules();
    let mut items = Vec::with_capacity(summaries.len());
    for (case, moved) in summaries.into_iter().zip(page.items) {
        let words = Words::of(&rules, moved.case.district)?;
        let figures = &words.model.figures;
        let change = |(name, change): (&String, &i64)| MeasureChange {
            measure: Named::new(name, figures.measure(name).map(|measure| &measure.title)),
            change: *change,
        };
        items.push(MovedCase {
            case,
            at: words.moment(moved.at),
            kind: moved.kind.clone(),
            changes: moved.changes.iter().map(change).collect(),
        });
    }
    Ok(Json(Page {
        items,
        next: page.next.map(|next| next.to_string()),
    }))
}
