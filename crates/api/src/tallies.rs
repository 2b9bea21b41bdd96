//! Tallies: how often things happened, day by day.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use quanyu_app::figures::sums::may_count;
use quanyu_app::followers::tally::Counts;
use quanyu_domain::access::Relation;
use quanyu_domain::model::{Figures, Measure};
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Title;
use crate::words::{UnitName, unit_name};

/// The routes of tallies.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_TALLIES, routes!(read_tallies)))
}

/// Most days of one answer: a leap year and its neighbours.
const MAX_DAYS: i32 = 400;

/// What is counted where, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TallyFilter {
    /// An area, or a unit that leads cases.
    #[param(value_type = String, example = "990101000000")]
    unit: UnitCode,
    /// `area` (the default): what lies in the unit; `lead`: what the unit leads.
    #[param(inline)]
    relation: Option<TallyRelation>,
    /// Measures that the packs in force declare, divided by commas. All of them unless told.
    #[param(example = "filed,closed")]
    measures: Option<String>,
    /// First local day.
    #[param(value_type = String, format = Date)]
    from: Date,
    /// Last local day; at most 400 days are told at once.
    #[param(value_type = String, format = Date)]
    to: Date,
}

/// How a unit is related to what is counted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TallyRelation {
    /// It lies in the unit.
    Area,
    /// The unit leads.
    Lead,
}

impl From<TallyRelation> for Relation {
    fn from(relation: TallyRelation) -> Self {
        match relation {
            TallyRelation::Area => Self::Area,
            TallyRelation::Lead => Self::Lead,
        }
    }
}

/// How often things happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tallies {
    /// Where.
    unit: UnitName,
    /// One for each measure.
    items: Vec<TallyView>,
    /// The position of the journal at which the counts are exact.
    position: i64,
}

/// How often one thing happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tally)]
pub struct TallyView {
    /// What.
    measure: String,
    /// Its title.
    title: Title,
    /// The moment of a case that is counted: a milestone, or `sampled`.
    #[schema(example = "closed")]
    on: &'static str,
    /// Whether only cases count that a condition holds for.
    conditional: bool,
    /// Whether a case counts as often as the moment came, not only the last time.
    every_time: bool,
    /// On all days together.
    total: i64,
    /// The days on which it happened.
    days: Vec<DayCount>,
}

/// How often it happened on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayCount {
    /// The local day.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// How often.
    count: i64,
}

/// Counts what happened
///
/// Exact at the position that is told. A measure counts cases on the day of its moment, as the packs in force say: what is
/// corrected later moves from day to day, or away.
#[utoipa::path(get, path = "/tallies", tag = "tallies", params(TallyFilter),
    responses((status = OK, description = "The counts", body = Tallies)))]
async fn read_tallies(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<TallyFilter>,
) -> Result<Json<Tallies>, Problem> {
    let rules = api.app.rules();
    let relation = filter.relation.unwrap_or(TallyRelation::Area).into();
    may_count(signed.caller(), &rules, &filter.unit, relation)?;
    let span = filter.to.since(filter.from).map_or(MAX_DAYS, |span| span.get_days());
    if !(0..MAX_DAYS).contains(&span) {
        return Err(Problem::invalid(
            "too_many_days",
            "to",
            format!("起止日期须先后有序，且不超过 {MAX_DAYS} 天"),
            format!("`to` lies after `from`, by less than {MAX_DAYS} days"),
        ));
    }
    let figures = &rules.of(filter.unit.district())?.model.figures;
    let measures = measures(figures, filter.measures.as_deref())?;
    let counted = api.app.daily(&filter.unit, relation, filter.from, filter.to).await?;
    let mut items = Vec::with_capacity(measures.len());
    for measure in measures {
        let day = |(day, counts): (&Date, &Counts)| {
            let count = *counts.get(&measure.name)?;
            Some(DayCount { day: *day, count })
        };
        let days: Vec<DayCount> = counted.what.iter().filter_map(day).collect();
        items.push(TallyView {
            measure: measure.name.clone(),
            title: Title::from(&measure.title),
            on: measure.on.name(),
            conditional: measure.condition.is_some(),
            every_time: measure.every_time,
            total: days.iter().map(|day| day.count).sum(),
            days,
        });
    }
    Ok(Json(Tallies {
        unit: unit_name(&rules, &filter.unit),
        items,
        position: counted.position,
    }))
}

/// The measures that are asked for, of those that the packs in force declare.
fn measures<'f>(figures: &'f Figures, names: Option<&str>) -> Result<Vec<&'f Measure>, Problem> {
    let Some(names) = names else {
        return Ok(figures.measures.iter().collect());
    };
    let find = |name: &str| {
        figures.measure(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = figures.measures.iter().map(|measure| measure.name.as_str()).collect();
            Problem::invalid(
                "unknown_measure",
                "measures",
                format!("没有指标 {name}，可选：{}", known.join("、")),
                format!("there is no measure {name}: choose of {}", known.join(", ")),
            )
        })
    };
    names.split(',').map(find).collect()
}
