//! Where areas lie, for maps.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use quanyu_domain::units::{UnitCode, UnitKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::UnitKindName;
use crate::edge::extract::Parameters;
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::Title;

/// The route of outlines.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_OUTLINES, routes!(read_outlines)))
}

/// Whose outlines are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutlineFilter {
    /// Which level: 0 cities, 1 districts, 2 subdistricts and towns, 3 communities and villages, 4 grids.
    #[param(maximum = 4, example = 1)]
    level: u8,
    /// Only areas within this one, itself included.
    #[param(value_type = Option<String>, example = "990101000000")]
    within: Option<UnitCode>,
}

/// Outlines of areas, as GeoJSON (RFC 7946) in CGCS2000.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outlines {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    #[schema(example = "FeatureCollection")]
    class: &'static str,
    /// The areas, by code.
    features: Vec<Outline>,
}

/// An area's outline.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outline {
    /// `Feature`.
    #[serde(rename = "type")]
    #[schema(example = "Feature")]
    class: &'static str,
    /// Which area it is.
    properties: OutlinedArea,
    /// Where it lies.
    geometry: Geometry,
}

/// The area that an outline belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutlinedArea {
    /// Its code.
    code: String,
    /// What it is.
    #[schema(value_type = UnitKindName)]
    kind: UnitKind,
    /// Its name.
    title: Title,
}

/// Polygons.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutlineGeometry)]
pub struct Geometry {
    /// `MultiPolygon`.
    #[serde(rename = "type")]
    #[schema(example = "MultiPolygon")]
    class: &'static str,
    /// Polygons of rings of corners: longitude and latitude in degrees, to about a decimetre.
    coordinates: Vec<Vec<Vec<[f64; 2]>>>,
}

/// Reads outlines of areas
#[utoipa::path(get, path = "/areas/outlines", tag = "places", params(OutlineFilter),
    responses((status = OK, description = "The outlines that are known", body = Outlines)))]
async fn read_outlines(
    State(api): State<Api>,
    Parameters(filter): Parameters<OutlineFilter>,
) -> Result<Response, Problem> {
    if filter.level > 4 {
        return Err(Problem::invalid(
            "level_out_of_bounds",
            "level",
            "level 为 0 至 4：市、区县、街道乡镇、社区村、网格",
            "`level` is 0 to 4: cities, districts, subdistricts and towns, communities and villages, grids",
        ));
    }
    let rules = api.app.rules();
    let within = |code: &UnitCode| {
        let outer = filter.within.as_ref();
        outer.is_none_or(|outer| rules.tree.is_within(code, outer))
    };
    let outlines = rules.areas.outlines().into_iter();
    let features = outlines.filter_map(|(level, code, polygons)| {
        let unit = rules.tree.get(code)?;
        (level == filter.level && within(code)).then(|| Outline {
            class: "Feature",
            properties: OutlinedArea {
                code: code.to_string(),
                kind: unit.kind,
                title: Title::from(&unit.title),
            },
            geometry: Geometry {
                class: "MultiPolygon",
                coordinates: polygons.into_iter().map(rounded).collect(),
            },
        })
    });
    let outlines = Outlines {
        class: "FeatureCollection",
        features: features.collect(),
    };
    // Borders move with the rules, which is seldom.
    Ok(([(CACHE_CONTROL, "public, max-age=600")], Json(outlines)).into_response())
}

fn rounded(polygon: Vec<Vec<[f64; 2]>>) -> Vec<Vec<[f64; 2]>> {
    let degrees = |value: f64| (value * 1e6).round() / 1e6;
    let ring = |ring: Vec<[f64; 2]>| ring.into_iter().map(|corner| corner.map(degrees)).collect();
    polygon.into_iter().map(ring).collect()
}
