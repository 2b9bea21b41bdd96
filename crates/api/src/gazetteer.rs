//! Where things are: places by name, areas by point.

use axum::Json;
use axum::extract::State;
use quanyu_app::gazetteer::NamedPlace;
use quanyu_domain::cases::Position as StoredPosition;
use quanyu_geo::{Point, distance_m};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Datum, Position, PositionInput, unit_code};
use crate::words::{UnitName, unit_name};

/// The routes of places.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_GAZETTEER, routes!(search)))
        .routes(route(action::LOCATE, routes!(locate)))
}

/// Which places are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlaceFilter {
    /// Words of the caller, a name, an alias, or pinyin initials.
    q: String,
    /// Only places within this unit's area.
    area: Option<String>,
    /// `lon,lat` in CGCS2000: of the best fifty, the nearest first.
    #[param(example = "100.0012,36.0031")]
    near: Option<String>,
    /// How many, 1 to 50; 10 unless told.
    limit: Option<usize>,
}

/// Places that a text may mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct Places {
    /// The best first, or the nearest where `near` was given.
    items: Vec<PlaceView>,
}

/// A named place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Place)]
pub struct PlaceView {
    /// Its name.
    name: String,
    /// Other names.
    aliases: Vec<String>,
    /// What it is.
    kind: String,
    /// Where it is.
    position: Position,
    /// The area in which it lies, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<UnitName>,
    /// Metres from `near`.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<f64>,
}

/// Most places of one answer.
const MAX_PLACES: usize = 50;

/// Finds places by name
#[utoipa::path(get, path = "/gazetteer", tag = "places", params(PlaceFilter),
    responses((status = OK, description = "The places", body = Places)))]
async fn search(State(api): State<Api>, Parameters(filter): Parameters<PlaceFilter>) -> Result<Json<Places>, Problem> {
    let rules = api.app.rules();
    let area = filter.area.as_deref().map(|area| unit_code("area", area)).transpose()?;
    let near = filter.near.as_deref().map(near).transpose()?;
    let limit = filter.limit.unwrap_or(10).clamp(1, MAX_PLACES);
    let within = |code: &_| area.as_ref().is_none_or(|area| rules.tree.is_within(code, area));
    let found = rules
        .gazetteer
        .search(&filter.q, if near.is_some() { MAX_PLACES } else { limit }, within);
    let mut found: Vec<(Option<f64>, &NamedPlace)> = found
        .into_iter()
        .map(|place| {
            (
                near.zip(point(place.position)).map(|(near, at)| distance_m(near, at)),
                place,
            )
        })
        .collect();
    if near.is_some() {
        found.sort_by(|(a, _), (b, _)| a.unwrap_or(f64::MAX).total_cmp(&b.unwrap_or(f64::MAX)));
    }
    let items = found.into_iter().take(limit).map(|(distance, place)| PlaceView {
        name: place.name.clone(),
        aliases: place.aliases.clone(),
        kind: place.kind.clone(),
        position: place.position.into(),
        area: place.area.as_ref().map(|area| unit_name(&rules, area)),
        distance: distance.map(f64::round),
    });
    Ok(Json(Places { items: items.collect() }))
}

fn point(at: StoredPosition) -> Option<Point> {
    Point::new(at.lon, at.lat).ok()
}

fn near(text: &str) -> Result<Point, Problem> {
    let parsed = text
        .split_once(',')
        .and_then(|(lon, lat)| Point::new(lon.trim().parse().ok()?, lat.trim().parse().ok()?).ok());
    parsed.ok_or_else(|| {
        Problem::invalid(
            "bad_position",
            "near",
            "near 须为“经度,纬度”，单位为度",
            "`near` is `lon,lat` in degrees",
        )
    })
}

/// A point.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PointFilter {
    /// Longitude in degrees.
    #[param(example = 100.0012)]
    lon: f64,
    /// Latitude in degrees.
    #[param(example = 36.0031)]
    lat: f64,
    /// What they are measured against; CGCS2000 unless told.
    #[serde(default)]
    #[param(inline)]
    datum: Datum,
}

/// Where a point lies.
#[derive(Debug, Serialize, ToSchema)]
pub struct Located {
    /// The point in CGCS2000.
    position: Position,
    /// The areas in which it lies, the finest first; none outside every district known here.
    areas: Vec<UnitName>,
}

/// Finds the areas of a point
#[utoipa::path(get, path = "/areas/locate", tag = "places", params(PointFilter),
    responses((status = OK, description = "The areas", body = Located)))]
async fn locate(State(api): State<Api>, Parameters(filter): Parameters<PointFilter>) -> Result<Json<Located>, Problem> {
    let position = PositionInput {
        lon: filter.lon,
        lat: filter.lat,
        datum: filter.datum,
    }
    .stored()?;
    let rules = api.app.rules();
    let areas = rules
        .locate(position)
        .iter()
        .map(|area| unit_name(&rules, area))
        .collect();
    Ok(Json(Located {
        position: position.into(),
        areas,
    }))
}
