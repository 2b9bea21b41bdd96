//! Tallies: how often things happened, day by day.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use quanyu_app::cases::Caller;
use quanyu_app::followers::tally::Measure;
use quanyu_app::rules::Rules;
use quanyu_domain::access::Relation;
use quanyu_domain::refusal::Refusal;
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
    /// Measures, divided by commas: milestones (`filed`, `dispatched`, `handed_in`, `closed` …), `answered_at_intake`,
    /// `handed_in_late`, `escalated`. All of them unless told.
    #[param(example = "filed,closed,handed_in_late")]
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
}

/// How often one thing happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tally)]
pub struct TallyView {
    /// What.
    measure: &'static str,
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
/// The counters follow the journal by a moment. A measure counts events: a case that is closed twice counts twice.
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
    let measures = measures(filter.measures.as_deref())?;
    let mut items = Vec::with_capacity(measures.len());
    for measure in measures {
        let counts = api
            .app
            .tally(&filter.unit, relation, measure, filter.from, filter.to)
            .await?;
        items.push(TallyView {
            measure: measure.name(),
            total: counts.values().sum(),
            days: counts.into_iter().map(|(day, count)| DayCount { day, count }).collect(),
        });
    }
    Ok(Json(Tallies {
        unit: unit_name(&rules, &filter.unit),
        items,
    }))
}

/// Whoever sees the cases may count them.
fn may_count(caller: &Caller, rules: &Rules, unit: &UnitCode, relation: Relation) -> Result<(), Refusal> {
    let scope = caller.actor.scope(&rules.tree);
    let seen = scope.ranges.iter().any(|(seen, how)| match how {
        Relation::Area => rules.tree.is_within(unit, seen),
        _ => *how == relation && seen == unit,
    });
    if seen {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "outside_scope",
        "该单位不在您的权限范围内",
        "this unit lies outside what your roles let you see",
    ))
}

fn measures(names: Option<&str>) -> Result<Vec<Measure>, Problem> {
    let Some(names) = names else {
        return Ok(Measure::all().collect());
    };
    let find = |name: &str| {
        Measure::by_name(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = Measure::all().map(Measure::name).collect();
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
