//! The parts of the rules in force that only readers of the rules want: what is counted and how, and when people work.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::{Measure, Model, Rate, SamplePlan, Score};
use quanyu_domain::time::holiday_title;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Named, Title};
use crate::model::ModelFilter;

/// The routes of the rulebook.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_MODEL, routes!(list_models)))
        .routes(route(action::READ_MODEL, routes!(read_figures)))
        .routes(route(action::READ_MODEL, routes!(read_work_time)))
}

/// A district or city with rules of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistrictModel {
    /// Its six digits.
    district: u32,
    /// Its name.
    title: Title,
    /// The version of its rules.
    version: String,
}

/// Every district or city with rules of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistrictModels {
    /// By their digits.
    items: Vec<DistrictModel>,
}

/// Lists the districts with rules of their own
///
/// Any other district of a city goes by the city's.
#[utoipa::path(get, path = "/model/districts", tag = "rules",
    responses((status = OK, description = "The districts", body = DistrictModels)))]
async fn list_models(State(api): State<Api>) -> Result<Json<DistrictModels>, Problem> {
    let rules = api.app.rules();
    let model = |(id, model): (&DistrictId, &std::sync::Arc<Model>)| {
        let unit = format!("{id}000000").parse().ok();
        let title = unit
            .and_then(|unit| rules.tree.get(&unit))
            .map(|unit| Title::from(&unit.title));
        DistrictModel {
            district: id.0,
            title: title.unwrap_or_else(|| Title::new(id.to_string(), id.to_string())),
            version: model.version.clone(),
        }
    };
    Ok(Json(DistrictModels {
        items: rules.models.iter().map(model).collect(),
    }))
}

/// What is counted in a district, and what is made of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Figures)]
pub struct FiguresView {
    /// What is counted.
    measures: Vec<MeasureView>,
    /// Rates over it.
    rates: Vec<RateView>,
    /// Scores over rates.
    scores: Vec<ScoreView>,
    /// Drawings of closed cases.
    samples: Vec<SamplePlanView>,
}

/// Something that is counted of cases.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Measure)]
pub struct MeasureView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// The moment on whose day a case counts.
    on: &'static str,
    /// Which cases count, as packs write it; absent: every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    /// Whether a case counts as often as the moment came.
    every_time: bool,
}

/// A measure or rate in a sum.
#[derive(Debug, Serialize, ToSchema)]
pub struct FigureTerm {
    /// Name and title of the measure or rate.
    #[serde(flatten)]
    of: Named,
    /// What one counts for.
    times: String,
}

/// A rate: one sum of measures over another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RateRule)]
pub struct RateView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// What is divided.
    numerator: Vec<FigureTerm>,
    /// By what.
    denominator: Vec<FigureTerm>,
    /// Whether less of it is better.
    less_is_better: bool,
}

/// A score: the weighted mean of rates, by which units are ranked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScoreRule)]
pub struct ScoreView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// The rates with their weights.
    terms: Vec<FigureTerm>,
    /// The smallest denominator of its rates with which a unit is ranked.
    minimum: String,
}

/// How closed cases are drawn to be asked about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SamplePlan)]
pub struct SamplePlanView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Which closed cases may be drawn, as packs write it; absent: every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    /// The share of a unit's cases, 0 to 1.
    share: String,
    /// At least so many of a unit's cases.
    minimum: u32,
}

impl FiguresView {
    fn new(model: &Model) -> Self {
        let figures = &model.figures;
        let measure = |name: &str, times: &dyn ToString| FigureTerm {
            of: Named::new(name, figures.measure(name).map(|found| &found.title)),
            times: times.to_string(),
        };
        let rate = |name: &str, times: &dyn ToString| FigureTerm {
            of: Named::new(name, figures.rate(name).map(|found| &found.title)),
            times: times.to_string(),
        };
        Self {
            measures: (figures.measures.iter())
                .map(|one: &Measure| MeasureView {
                    named: Named::new(&one.name, Some(&one.title)),
                    on: one.on.name(),
                    condition: one.condition.as_ref().map(ToString::to_string),
                    every_time: one.every_time,
                })
                .collect(),
            rates: (figures.rates.iter())
                .map(|one: &Rate| RateView {
                    named: Named::new(&one.name, Some(&one.title)),
                    numerator: one
                        .numerator
                        .iter()
                        .map(|term| measure(&term.measure, &term.times))
                        .collect(),
                    denominator: (one.denominator.iter())
                        .map(|term| measure(&term.measure, &term.times))
                        .collect(),
                    less_is_better: one.less_is_better,
                })
                .collect(),
            scores: (figures.scores.iter())
                .map(|one: &Score| ScoreView {
                    named: Named::new(&one.name, Some(&one.title)),
                    terms: one.terms.iter().map(|term| rate(&term.rate, &term.weight)).collect(),
                    minimum: one.minimum.to_string(),
                })
                .collect(),
            samples: (figures.samples.iter())
                .map(|one: &SamplePlan| SamplePlanView {
                    named: Named::new(&one.name, Some(&one.title)),
                    condition: one.condition.as_ref().map(ToString::to_string),
                    share: one.share.to_string(),
                    minimum: one.minimum,
                })
                .collect(),
        }
    }
}

/// Reads what is counted
#[utoipa::path(get, path = "/model/figures", tag = "rules", params(ModelFilter),
    responses((status = OK, description = "Measures, rates, scores and samples", body = FiguresView)))]
async fn read_figures(
    State(api): State<Api>,
    Parameters(filter): Parameters<ModelFilter>,
) -> Result<Json<FiguresView>, Problem> {
    let rules = api.app.rules();
    Ok(Json(FiguresView::new(&rules.of(filter.chosen(&rules))?.model)))
}

/// When people work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkTime)]
pub struct WorkTimeView {
    /// The hours of a working day, `08:30-12:00`.
    daily: Vec<String>,
    /// Other hours for a part of the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    season: Option<SeasonView>,
    /// The years whose calendar is loaded; no limit can reach beyond them.
    years: Vec<CalendarYear>,
}

/// Hours for a part of the year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Season)]
pub struct SeasonView {
    /// Its first day, `05-01`.
    from: String,
    /// Its last day.
    to: String,
    /// The hours of a working day.
    daily: Vec<String>,
}

/// The working calendar of a year.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarYear {
    /// The year.
    year: i16,
    /// How many of its days are worked.
    workdays: u32,
    /// The days that are not what their day of the week says.
    exceptions: Vec<CalendarException>,
}

/// A day off, or a weekend that is worked.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarException {
    /// The day.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// Whether nobody works; otherwise it makes up for a day off.
    off: bool,
    /// The holiday, as the table names it.
    name: String,
    /// The holiday in both languages.
    title: Title,
}

/// Reads when people work
#[utoipa::path(get, path = "/model/work-time", tag = "rules", params(ModelFilter),
    responses((status = OK, description = "Hours and calendar", body = WorkTimeView)))]
async fn read_work_time(
    State(api): State<Api>,
    Parameters(filter): Parameters<ModelFilter>,
) -> Result<Json<WorkTimeView>, Problem> {
    let rules = api.app.rules();
    let time = &rules.of(filter.chosen(&rules))?.model.work_time;
    let calendar = &time.calendar;
    let year = |year| CalendarYear {
        year,
        workdays: calendar.workdays_in(year).unwrap_or_default(),
        exceptions: calendar
            .exceptions_in(year)
            .map(|day| CalendarException {
                date: day.date,
                off: day.is_off_day,
                title: Title::from(&holiday_title(&day.name)),
                name: day.name,
            })
            .collect(),
    };
    Ok(Json(WorkTimeView {
        daily: time.hours.daily().iter().map(ToString::to_string).collect(),
        season: time.hours.season().map(|season| SeasonView {
            from: season.from.to_string(),
            to: season.to.to_string(),
            daily: season.daily.iter().map(ToString::to_string).collect(),
        }),
        years: calendar.years().map(year).collect(),
    }))
}
