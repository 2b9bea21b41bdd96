//! What became of units (沿革), and what they have in hand: for whoever changes the tree.

use axum::Json;
use axum::extract::State;
use quanyu_app::units::{OpenWork, PastChange};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::{UnitChange, UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::{FromPath, Parameters};
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Page, page_size, unit_code};
use crate::units::UnitView;
use crate::words::{ActorView, actors, offset};

/// The routes of the history of units.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_UNIT_HISTORY, routes!(list_changes)))
        .routes(route(action::READ_UNIT_HISTORY, routes!(read_open_work)))
}

/// Units of one change that are shown; the rest are counted.
const SHOWN: usize = 20;

/// A change of the tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastUnitChange {
    /// Its position in the journal.
    position: i64,
    /// When it was decided.
    at: Moment,
    /// Who decided it.
    by: ActorView,
    /// `added`, `amended`, `merged` or `split`.
    #[schema(value_type = String)]
    what: UnitChange,
    /// The units that it made or changed, as they were after it; the first twenty.
    units: Vec<UnitView>,
    /// How many units it made or changed.
    count: usize,
}

/// Whose changes are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangeFilter {
    /// The six digits of a city or district.
    #[param(example = 990101)]
    district: u32,
    /// The `next` of the page before.
    after: Option<i64>,
    /// Changes of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// Lists what became of units
///
/// The newest first.
#[utoipa::path(get, path = "/units/changes", tag = "places", params(ChangeFilter),
    responses((status = OK, description = "A page of changes", body = Page<PastUnitChange>)))]
async fn list_changes(
    State(api): State<Api>,
    Parameters(filter): Parameters<ChangeFilter>,
) -> Result<Json<Page<PastUnitChange>>, Problem> {
    let limit = page_size(filter.limit)?;
    let district = DistrictId(filter.district);
    let mut found = api.app.unit_changes(district, filter.after, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|change| change.position.to_string());
    let who = actors(&api.app, found.iter().map(|change| change.actor.as_str())).await?;
    let rules = api.app.rules();
    let offset = offset(&rules);
    let view = |(change, by): (PastChange, ActorView)| PastUnitChange {
        position: change.position,
        at: Moment { at: change.at, offset },
        by,
        what: change.event.what,
        count: change.event.units.len(),
        units: (change.event.units.iter().take(SHOWN))
            .map(|unit| UnitView::new(&rules, unit))
            .collect(),
    };
    Ok(Json(Page {
        items: found.into_iter().zip(who).map(view).collect(),
        next,
    }))
}

/// What a unit has in hand: open cases by how it is related to them, each counted up to ten thousand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenWork)]
pub struct OpenWorkView {
    /// It leads (主办).
    lead: usize,
    /// It assists (协办).
    assist: usize,
    /// It has to dispatch, verify, call back or decide.
    desk: usize,
    /// They lie in it.
    area: usize,
    /// How many accounts hold a role at it.
    accounts: usize,
    /// The units below it that exist today.
    below: usize,
}

/// Reads what a unit has in hand
#[utoipa::path(get, path = "/units/{code}/open-work", tag = "places", params(("code" = String, Path)),
    responses((status = OK, description = "How much", body = OpenWorkView)))]
async fn read_open_work(
    State(api): State<Api>,
    FromPath(code): FromPath<String>,
) -> Result<Json<OpenWorkView>, Problem> {
    let code: UnitCode = unit_code("code", &code)?;
    let OpenWork {
        lead,
        assist,
        desk,
        area,
        accounts,
        below,
    } = api.app.open_work(&code).await?;
    Ok(Json(OpenWorkView {
        lead,
        assist,
        desk,
        area,
        accounts,
        below,
    }))
}
