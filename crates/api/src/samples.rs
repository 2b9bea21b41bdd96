//! Samples (抽样): having closed cases drawn, and working through what was drawn.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use quanyu_app::App;
use quanyu_app::figures::Period;
use quanyu_app::figures::sampling::Stratum;
use quanyu_app::figures::tables::SampleRow;
use quanyu_app::rules::Rules;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::cases::{CaseSummary, summaries};
use crate::edge::action;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Named, Number, Page, page_size};
use crate::words::{UnitName, Words, unit_name};

/// The routes of samples.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_SAMPLES, routes!(list_samples)))
        .routes(route(action::DRAW_SAMPLE, routes!(draw_sample)))
        .routes(route(action::READ_SAMPLES, routes!(list_sampled_cases)))
}

/// Whose samples are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SampleFilter {
    /// The six digits of a district.
    #[param(example = 990101)]
    district: u32,
}

/// What is to be drawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"district": 990_101, "period": "2024-02"}))]
pub struct NewSample {
    /// The six digits of a district.
    #[schema(example = 990101)]
    district: u32,
    /// The month in which the cases were closed.
    #[schema(example = "2024-03")]
    period: String,
    /// The plan; the first that the packs in force declare unless told.
    plan: Option<String>,
}

/// Samples.
#[derive(Debug, Serialize, ToSchema)]
pub struct Samples {
    /// The newest month first.
    items: Vec<SampleView>,
}

/// A draw.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sample)]
pub struct SampleView {
    /// The draw.
    id: Number,
    /// The month in which the cases were closed.
    period: String,
    /// The plan by which they were drawn.
    plan: Named,
    /// The seed: with it the draw can be made again.
    seed: String,
    /// How many cases could be drawn.
    population: i64,
    /// How many were.
    drawn: i64,
    /// For how many of them an answer is recorded.
    answered: usize,
    /// By responsible unit.
    strata: Vec<StratumView>,
    /// Version of the rules that said how.
    model: String,
    /// When.
    at: Moment,
}

/// What was drawn of a unit's cases.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stratum)]
pub struct StratumView {
    /// The responsible unit; absent for cases that none answers for.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<UnitName>,
    /// How many could be drawn.
    population: usize,
    /// How many were.
    drawn: usize,
}

async fn view(app: &App, rules: &Rules, row: &SampleRow) -> Result<SampleView, Problem> {
    let district = DistrictId(u32::try_from(row.district).unwrap_or_default());
    let words = Words::of(rules, district)?;
    let plan = words.model.figures.samples.iter().find(|plan| plan.name == row.plan);
    let strata: Vec<Stratum> = row
        .strata
        .to()
        .map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    let stratum = |stratum: Stratum| StratumView {
        unit: stratum
            .unit
            .parse::<UnitCode>()
            .ok()
            .map(|unit| unit_name(rules, &unit)),
        population: stratum.population,
        drawn: stratum.drawn,
    };
    Ok(SampleView {
        id: Number(Id(row.id)),
        period: row.period.clone(),
        plan: Named::new(&row.plan, plan.map(|plan| &plan.title)),
        seed: row.seed.clone(),
        population: row.population,
        drawn: row.drawn,
        answered: app.answered_of(row).await?,
        strata: strata.into_iter().map(stratum).collect(),
        model: row.model.clone(),
        at: words.moment(row.at),
    })
}

/// Lists the samples of a district
///
/// The newest month first.
#[utoipa::path(get, path = "/samples", tag = "samples", params(SampleFilter),
    responses((status = OK, description = "The samples", body = Samples)))]
async fn list_samples(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<SampleFilter>,
) -> Result<Json<Samples>, Problem> {
    let rows = api.app.samples(signed.caller(), DistrictId(filter.district)).await?;
    let rules = api.app.rules();
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(view(&api.app, &rules, row).await?);
    }
    Ok(Json(Samples { items }))
}

/// Draws a sample
///
/// Of the cases that a district closed in a month that is over: a share of every responsible unit's, in an order that follows
/// from a recorded seed. A month is drawn once: asked again, the same draw is told (200 instead of 201).
#[utoipa::path(post, path = "/samples", tag = "samples", request_body = NewSample,
    responses((status = CREATED, description = "Drawn", body = SampleView),
        (status = OK, description = "Was drawn before", body = SampleView)))]
async fn draw_sample(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<NewSample>,
) -> Result<(StatusCode, Json<SampleView>), Problem> {
    let period: Period = body.period.parse()?;
    let (row, new) = api
        .app
        .draw_sample(signed.caller(), DistrictId(body.district), period, body.plan.as_deref())
        .await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view(&api.app, &api.app.rules(), &row).await?)))
}

/// Which cases of a sample are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SampledFilter {
    /// The six digits of a district.
    #[param(example = 990101)]
    district: u32,
    /// `false` (the default): those that nobody has answered for yet. `true`: those with an answer.
    answered: Option<bool>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Number>,
    /// Cases of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// A case of a sample.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampledCase {
    /// What lists show of it.
    #[serde(flatten)]
    summary: CaseSummary,
    /// How often somebody has called since it was closed and reached nobody.
    attempts: usize,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt_at: Option<Moment>,
}

/// Lists the cases of a sample
///
/// What a call-back clerk has to work through, as far as the caller may see it. Answers are recorded with a step of the case.
#[utoipa::path(get, path = "/samples/{id}/cases", tag = "samples", params(SampledFilter, ("id" = Number, Path)),
    responses((status = OK, description = "A page of cases", body = Page<SampledCase>)))]
async fn list_sampled_cases(
    State(api): State<Api>,
    signed: Signed,
    FromPath(draw): FromPath<Number>,
    Parameters(filter): Parameters<SampledFilter>,
) -> Result<Json<Page<SampledCase>>, Problem> {
    let list = api
        .app
        .sample_cases(
            signed.caller(),
            DistrictId(filter.district),
            draw.0,
            filter.answered.unwrap_or(false),
            filter.after.map(|after| after.0),
            page_size(filter.limit)?,
        )
        .await?;
    let rules = api.app.rules();
    let words = Words::of(&rules, DistrictId(filter.district))?;
    let summaries = summaries(&api.app, signed.caller(), &list.cases).await?;
    let items = summaries.into_iter().zip(&list.cases).map(|(summary, case)| {
        let drawn = case.samples.iter().find(|sample| sample.draw == draw.0);
        let answers = drawn.into_iter().flat_map(|sample| case.answers_in(sample));
        let missed: Vec<_> = answers
            .filter(|answers| !answers.reached)
            .map(|answers| answers.at)
            .collect();
        SampledCase {
            summary,
            attempts: missed.len(),
            last_attempt_at: missed.last().map(|at| words.moment(*at)),
        }
    });
    Ok(Json(Page {
        items: items.collect(),
        next: list.next.map(|next| next.to_string()),
    }))
}
