//! What a leader looks at first: where the open cases stand, and how a day goes against the usual.

use axum::Json;
use axum::extract::State;
use jiff::civil::{Date, Time};
use quanyu_app::figures::day::{Against, MAX_WEEKS};
use quanyu_app::figures::standing::Stand;
use quanyu_app::rules::Rules;
use quanyu_domain::model::Phase;
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::PhaseName;
use crate::edge::extract::Parameters;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Title};
use crate::words::{UnitName, Words, unit_name};

/// The routes of the day.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_TALLIES, routes!(read_standing)))
        .routes(route(action::READ_TALLIES, routes!(read_day)))
}

/// Whose cases are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StandingFilter {
    /// An area; the widest that the caller sees unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    unit: Option<UnitCode>,
}

/// How many cases are open, and how many of them press.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stand)]
pub struct StandView {
    /// Open cases.
    open: u64,
    /// Of them, those with a limit that has passed.
    overdue: u64,
    /// Of them, those with a limit that is near: in its last quarter, and in its last day.
    near: u64,
    /// Of those that are overdue, those of which supervisors or leaders have been told (升级).
    escalated: u64,
}

impl From<Stand> for StandView {
    fn from(stand: Stand) -> Self {
        Self {
            open: stand.open,
            overdue: stand.overdue,
            near: stand.near,
            escalated: stand.escalated,
        }
    }
}

/// The open cases of a phase.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhaseStand {
    /// The phase.
    #[schema(value_type = PhaseName)]
    phase: Phase,
    #[serde(flatten)]
    stand: StandView,
}

/// The open cases of a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitStand {
    /// The unit; absent for those with a desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<UnitName>,
    #[serde(flatten)]
    stand: StandView,
}

/// The open cases of a matter.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterStand {
    /// The code of the matter.
    code: String,
    /// Its name.
    title: Title,
    #[serde(flatten)]
    stand: StandView,
}

/// Where the open cases of an area stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standing {
    /// The area.
    unit: UnitName,
    /// Everything.
    #[serde(flatten)]
    stand: StandView,
    /// By phase, in the order of the loop.
    phases: Vec<PhaseStand>,
    /// By the unit that leads, the most overdue first.
    units: Vec<UnitStand>,
    /// By the districts of a city or the subdistricts of a district; empty below.
    below: Vec<UnitStand>,
    /// By matter of the first level.
    matters: Vec<MatterStand>,
    /// Whether there are more open cases than the 10,000 that press the most, which are counted.
    truncated: bool,
    /// The position of the journal when it was read.
    position: i64,
    /// When it was read.
    at: Moment,
}

/// Counts where the open cases stand
///
/// How many are overdue, escalated, or will be overdue within a day: by phase, unit, place and matter.
#[utoipa::path(get, path = "/tallies/standing", tag = "tallies", params(StandingFilter),
    responses((status = OK, description = "Where they stand", body = Standing)))]
async fn read_standing(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<StandingFilter>,
) -> Result<Json<Standing>, Problem> {
    let found = api.app.standing(signed.caller(), filter.unit.as_ref()).await?;
    let rules = api.app.rules();
    let words = Words::of(&rules, found.unit.district())?;
    let unit_stand = |(unit, stand): (Option<&UnitCode>, Stand)| UnitStand {
        unit: unit.map(|unit| unit_name(&rules, unit)),
        stand: stand.into(),
    };
    let mut units: Vec<(Option<&UnitCode>, Stand)> = found
        .units
        .iter()
        .map(|(unit, stand)| (unit.as_ref(), *stand))
        .collect();
    units.sort_by_key(|(_, stand)| std::cmp::Reverse((stand.overdue, stand.near, stand.open)));
    let phases = found.phases.iter().map(|(phase, stand)| PhaseStand {
        phase: *phase,
        stand: (*stand).into(),
    });
    let matters = found.matters.iter().map(|(code, stand)| MatterStand {
        title: matter_title(&rules, code),
        code: code.clone(),
        stand: (*stand).into(),
    });
    Ok(Json(Standing {
        unit: unit_name(&rules, &found.unit),
        stand: found.total.into(),
        phases: phases.collect(),
        units: units.into_iter().map(unit_stand).collect(),
        below: found
            .below
            .iter()
            .map(|(unit, stand)| unit_stand((Some(unit), *stand)))
            .collect(),
        matters: matters.collect(),
        truncated: found.truncated,
        position: found.position,
        at: words.moment(found.at),
    }))
}

/// Which day is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DayFilter {
    /// An area; the widest that the caller sees unless told.
    #[param(value_type = Option<String>, example = "990101000000")]
    unit: Option<UnitCode>,
    /// The local day; today unless told.
    #[param(value_type = Option<String>, format = Date)]
    day: Option<Date>,
    /// With how many weeks before it is compared, 1 to 26; 8 unless told.
    weeks: Option<usize>,
}

/// A number of the day beside what is usual.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountAgainstUsual {
    /// The number of the day.
    count: u64,
    /// The same number on each of the days before, in the order of `past`.
    usual: Vec<u64>,
}

impl From<&Against> for CountAgainstUsual {
    fn from(against: &Against) -> Self {
        Self {
            count: against.count,
            usual: against.usual.clone(),
        }
    }
}

/// An hour of the day beside what is usual.
#[derive(Debug, Serialize, ToSchema)]
pub struct HourAgainstUsual {
    /// 0 to 23.
    hour: usize,
    #[serde(flatten)]
    against: CountAgainstUsual,
}

/// A place beside what is usual there.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitAgainstUsual {
    /// The area.
    unit: UnitName,
    #[serde(flatten)]
    against: CountAgainstUsual,
}

/// A matter beside what is usual.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterAgainstUsual {
    /// The code of the matter.
    code: String,
    /// Its name.
    title: Title,
    #[serde(flatten)]
    against: CountAgainstUsual,
}

/// A day against the usual: the cases that were filed on it beside those of the same weekday in the weeks before.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayAgainstUsual {
    /// The area.
    unit: UnitName,
    /// The local day.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// For today: the local time `15:42` up to which it, and the days before, are counted; hours of days before are whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The days before, the oldest first.
    #[schema(value_type = Vec<String>)]
    past: Vec<Date>,
    /// Everything.
    total: CountAgainstUsual,
    /// By hour, from midnight.
    hours: Vec<HourAgainstUsual>,
    /// By the districts of a city or the subdistricts of a district; empty below.
    below: Vec<UnitAgainstUsual>,
    /// By matter of the first level.
    matters: Vec<MatterAgainstUsual>,
    /// The position of the journal when it was read.
    position: i64,
    /// When it was read.
    at: Moment,
}

/// Counts a day against the usual
///
/// The cases filed on a day, by hour, place and matter, beside those of the same weekday in the weeks before. At most 12,000
/// cases are looked at: a larger city asks for one of its districts, or fewer weeks.
#[utoipa::path(get, path = "/tallies/day", tag = "tallies", params(DayFilter),
    responses((status = OK, description = "The day", body = DayAgainstUsual)))]
async fn read_day(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<DayFilter>,
) -> Result<Json<DayAgainstUsual>, Problem> {
    const WEEKS: usize = 8;
    let weeks = filter.weeks.unwrap_or(WEEKS);
    if !(1..=MAX_WEEKS).contains(&weeks) {
        return Err(Problem::invalid(
            "weeks_out_of_bounds",
            "weeks",
            format!("对比周数为 1 至 {MAX_WEEKS}"),
            format!("a day is compared with 1 to {MAX_WEEKS} weeks"),
        ));
    }
    let rules = api.app.rules();
    let today = crate::words::offset(&rules).to_datetime(api.app.now()).date();
    let day = filter.day.unwrap_or(today);
    let found = api
        .app
        .day_against_usual(signed.caller(), filter.unit.as_ref(), day, weeks)
        .await?;
    let words = Words::of(&rules, found.unit.district())?;
    let clock = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
    let hours = found.hours.iter().enumerate().map(|(hour, against)| HourAgainstUsual {
        hour,
        against: against.into(),
    });
    let below = found.below.iter().map(|(unit, against)| UnitAgainstUsual {
        unit: unit_name(&rules, unit),
        against: against.into(),
    });
    let matters = found.matters.iter().map(|(code, against)| MatterAgainstUsual {
        title: matter_title(&rules, code),
        code: code.clone(),
        against: against.into(),
    });
    Ok(Json(DayAgainstUsual {
        unit: unit_name(&rules, &found.unit),
        day: found.day,
        until: found.until.map(clock),
        past: found.past,
        total: (&found.total).into(),
        hours: hours.collect(),
        below: below.collect(),
        matters: matters.collect(),
        position: found.position,
        at: words.moment(found.at),
    }))
}

fn matter_title(rules: &Rules, code: &str) -> Title {
    let matter = rules.matters.get(code);
    matter.map_or_else(|| Title::new(code, code), |matter| Title::from(&matter.title))
}
