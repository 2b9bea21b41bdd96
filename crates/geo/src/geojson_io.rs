//! Outlines as GeoJSON text (RFC 7946): what comes in is checked down to the last corner, what goes out is plain.
//!
//! Only areas are read: every feature has a Polygon or a MultiPolygon in CGCS2000 degrees, longitude first. Heights are
//! dropped. Outlines are kept with their exteriors running counter-clockwise and holes clockwise, as the RFC asks.

use geo::orient::Direction;
use geo::sweep::Intersections;
use geo::{Area, Coord, LineIntersection, LineString, LinesIter, MultiPolygon, Orient, Polygon};
use geojson::{Feature, FeatureCollection, GeometryValue, Position};
use serde_json::{Map, Value};

use crate::point::Point;

mod problem;

pub use problem::{FeatureProblem, GeoJsonError, RingNumber};

/// The longest text that is read, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 << 20;

/// The most features in one text: more than any city has grids.
pub const MAX_FEATURES: usize = 20_000;

/// The most corners of one outline, all rings together: a province's border in fine detail.
pub const MAX_VERTICES: usize = 20_000;

/// A feature that is an area: its properties as they were given, and its outline in CGCS2000 degrees.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaFeature {
    /// The feature's `properties`; empty if it had none.
    pub properties: Map<String, Value>,
    /// Its outline.
    pub outline: MultiPolygon<f64>,
}

/// Reads the areas of a GeoJSON FeatureCollection, in the order of the text. A leading byte order mark is allowed.
pub fn read_areas(text: &str) -> Result<Vec<AreaFeature>, GeoJsonError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(GeoJsonError::TooLong(text.len()));
    }
    let text = text.trim_start_matches('\u{feff}');
    let collection: FeatureCollection = serde_json::from_str(text).map_err(|error| find_culprit(text, &error))?;
    if let Some(crs) = collection
        .foreign_members
        .as_ref()
        .and_then(|members| members.get("crs"))
        && !is_geographic(crs)
    {
        return Err(GeoJsonError::CoordinateSystem(
            crs.pointer("/properties/name").unwrap_or(crs).to_string(),
        ));
    }
    if collection.features.len() > MAX_FEATURES {
        return Err(GeoJsonError::TooManyFeatures(collection.features.len()));
    }
    let numbered = collection.features.into_iter().zip(1..);
    numbered
        .map(|(read, feature)| area(read).map_err(|problem| GeoJsonError::Feature { feature, problem }))
        .collect()
}

/// Writes areas as a GeoJSON FeatureCollection, in the given order, with coordinates at full precision (reading them
/// back may differ by the last digit of 17). Coordinates are expected to be finite, as those of read outlines are.
pub fn write_areas<'a>(areas: impl IntoIterator<Item = &'a AreaFeature>) -> String {
    let feature = |area: &AreaFeature| Feature {
        geometry: Some(GeometryValue::from(&area.outline).into()),
        properties: Some(area.properties.clone()),
        ..Feature::default()
    };
    let features = areas.into_iter().map(feature).collect();
    FeatureCollection {
        bbox: None,
        features,
        foreign_members: None,
    }
    .to_string()
}

/// The parser says only that some feature is wrong; reading them one by one tells which.
fn find_culprit(text: &str, error: &serde_json::Error) -> GeoJsonError {
    let document = serde_json::from_str::<Value>(text).ok();
    let features = document
        .as_ref()
        .and_then(|document| document.get("features")?.as_array());
    let mut problems = features.into_iter().flatten().zip(1..).filter_map(|(value, feature)| {
        let error = serde_json::from_value::<Feature>(value.clone()).err()?;
        Some(GeoJsonError::Feature {
            feature,
            problem: FeatureProblem::Malformed(error.to_string()),
        })
    });
    problems
        .next()
        .unwrap_or_else(|| GeoJsonError::NotACollection(error.to_string()))
}

/// Whether a `crs` member (GeoJSON of 2008) names CGCS2000 (4490) or WGS 84 (4326, CRS84) in degrees.
fn is_geographic(crs: &Value) -> bool {
    crs.is_null()
        || crs
            .pointer("/properties/name")
            .and_then(Value::as_str)
            .and_then(|name| name.rsplit([':', '/']).next())
            .is_some_and(|code| ["4490", "4326", "CRS84"].contains(&code))
}

fn area(feature: Feature) -> Result<AreaFeature, FeatureProblem> {
    let geometry = feature.geometry.ok_or(FeatureProblem::NoGeometry)?;
    let polygons = match geometry.value {
        GeometryValue::Polygon { coordinates } => vec![coordinates],
        GeometryValue::MultiPolygon { coordinates } => coordinates,
        other => return Err(FeatureProblem::NotAnArea(other.type_name())),
    };
    let outline = outline(&polygons)?;
    Ok(AreaFeature {
        properties: feature.properties.unwrap_or_default(),
        outline,
    })
}

fn outline(polygons: &[Vec<Vec<Position>>]) -> Result<MultiPolygon<f64>, FeatureProblem> {
    let vertices: usize = polygons.iter().flatten().map(Vec::len).sum();
    if vertices > MAX_VERTICES {
        return Err(FeatureProblem::TooManyVertices(vertices));
    }
    let mut parts = Vec::with_capacity(polygons.len());
    for (rings, polygon) in polygons.iter().zip(1..) {
        let numbered = rings.iter().zip(1..);
        let mut rings = numbered.map(|(positions, number)| ring(positions, RingNumber { polygon, ring: number }));
        let exterior = rings.next().ok_or(FeatureProblem::NoRing)??;
        parts.push(Polygon::new(exterior, rings.collect::<Result<_, _>>()?));
    }
    if parts.is_empty() {
        return Err(FeatureProblem::NoRing);
    }
    let outline = MultiPolygon(parts).orient(Direction::Default);
    // Crossings first: the two halves of a bow tie cancel out, but its corners are on no line.
    if let Some(at) = first_crossing(&outline) {
        return Err(FeatureProblem::CrossesItself { lon: at.x, lat: at.y });
    }
    match first_flat_ring(&outline) {
        Some(ring) => Err(FeatureProblem::FlatRing { ring }),
        None => Ok(outline),
    }
}

fn ring(positions: &[Position], ring: RingNumber) -> Result<LineString<f64>, FeatureProblem> {
    if positions.len() < 4 {
        return Err(FeatureProblem::ShortRing {
            ring,
            positions: positions.len(),
        });
    }
    let mut corners: Vec<Coord<f64>> = Vec::with_capacity(positions.len());
    for (numbers, position) in positions.iter().zip(1..) {
        let &[lon, lat, ..] = numbers.as_slice() else {
            return Err(FeatureProblem::ShortPosition { ring, position });
        };
        let point = Point::new(lon, lat).map_err(|error| FeatureProblem::Position { ring, position, error })?;
        corners.push(point.into());
    }
    if corners.first() != corners.last() {
        return Err(FeatureProblem::UnclosedRing { ring });
    }
    Ok(LineString(corners))
}

/// Where two edges of the outline cross in the middle of both. Rings that only touch are left alone.
fn first_crossing(outline: &MultiPolygon<f64>) -> Option<Coord<f64>> {
    Intersections::from_iter(outline.lines_iter()).find_map(|(_, _, meeting)| match meeting {
        LineIntersection::SinglePoint {
            intersection,
            is_proper: true,
        } => Some(intersection),
        _ => None,
    })
}

fn first_flat_ring(outline: &MultiPolygon<f64>) -> Option<RingNumber> {
    outline.iter().zip(1..).find_map(|(polygon, number)| {
        let mut rings = std::iter::once(polygon.exterior()).chain(polygon.interiors()).zip(1..);
        let flat = rings.find(|(ring, _)| Polygon::new((*ring).clone(), vec![]).unsigned_area() == 0.0);
        flat.map(|(_, ring)| RingNumber { polygon: number, ring })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::point::PointError;
    use crate::samples::{jagged_outline, rectangle};

    fn collection(features: Value) -> String {
        json!({ "type": "FeatureCollection", "features": features }).to_string()
    }

    fn feature(kind: &str, coordinates: Value) -> Value {
        json!({ "type": "Feature", "properties": { "code": "7" }, "geometry": { "type": kind, "coordinates": coordinates } })
    }

    /// What is wrong with a polygon that comes after a good one.
    fn problem_of(coordinates: Value) -> FeatureProblem {
        let good = feature("Polygon", json!([[[1, 1], [2, 1], [2, 2], [1, 1]]]));
        match read_areas(&collection(json!([good, feature("Polygon", coordinates)]))) {
            Err(GeoJsonError::Feature { feature: 2, problem }) => problem,
            other => panic!("expected a problem with feature 2, got {other:?}"),
        }
    }

    fn ring_1() -> RingNumber {
        RingNumber { polygon: 1, ring: 1 }
    }

    #[test]
    fn polygons_and_multipolygons_become_outlines() {
        let text = collection(json!([
            feature("Polygon", json!([[[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]])),
            feature(
                "MultiPolygon",
                json!([[[[3, 3, 250.0], [4, 3, 251.0], [4, 4, 252.0], [3, 3, 250.0]]]])
            ),
        ]));
        let areas = read_areas(&format!("\u{feff}{text}")).unwrap();
        assert_eq!(areas.len(), 2);
        assert_eq!(areas[0].properties["code"], "7");
        assert_eq!(areas[0].outline.unsigned_area(), 1.0);
        assert!(
            areas[0].outline.signed_area() > 0.0,
            "a clockwise exterior is turned round"
        );
        assert_eq!(areas[1].outline.unsigned_area(), 0.5);
    }

    #[test]
    fn problems_say_what_is_wrong_and_where() {
        assert_eq!(problem_of(json!([])), FeatureProblem::NoRing);
        assert_eq!(
            problem_of(json!([[]])),
            FeatureProblem::ShortRing {
                ring: ring_1(),
                positions: 0
            }
        );
        assert_eq!(
            problem_of(json!([[[1, 1], [2, 1], [1, 1]]])),
            FeatureProblem::ShortRing {
                ring: ring_1(),
                positions: 3
            }
        );
        assert_eq!(
            problem_of(json!([[[1, 1], [2, 1], [2, 2], [1, 2]]])),
            FeatureProblem::UnclosedRing { ring: ring_1() }
        );
        assert_eq!(
            problem_of(json!([[[1, 1], [2, 2], [3, 3], [1, 1]]])),
            FeatureProblem::FlatRing { ring: ring_1() }
        );
        assert_eq!(
            problem_of(json!([[[1, 1], [2, 1], [2], [1, 1]]])),
            FeatureProblem::ShortPosition {
                ring: ring_1(),
                position: 3
            }
        );
        assert_eq!(
            problem_of(json!([
                [[1, 1], [9, 1], [9, 9], [1, 1]],
                [[2, 1], [3, 91], [3, 2], [2, 1]]
            ])),
            FeatureProblem::Position {
                ring: RingNumber { polygon: 1, ring: 2 },
                position: 2,
                error: PointError::Latitude(91.0)
            }
        );
        let projected = problem_of(json!([[[4e5, 3e6], [4e5, 3.1e6], [4.1e5, 3e6], [4e5, 3e6]]]));
        assert_eq!(
            projected.to_string(),
            "position 1 of ring 1 of polygon 1: longitude 400000 lies outside -180..180: give CGCS2000 degrees (EPSG:4490), \
             longitude first, not projected metres"
        );
        assert_eq!(
            problem_of(json!([[[1, 1], [3, 3], [3, 1], [1, 3], [1, 1]]])),
            FeatureProblem::CrossesItself { lon: 2.0, lat: 2.0 }
        );
        let mut long: Vec<Value> = (0..MAX_VERTICES)
            .map(|i| json!([i as f64 / 1e3, (i * i % 7) as f64]))
            .collect();
        long.push(json!([0, 0]));
        assert_eq!(
            problem_of(json!([long])),
            FeatureProblem::TooManyVertices(MAX_VERTICES + 1)
        );
        assert!(matches!(problem_of(json!([["a", "b"]])), FeatureProblem::Malformed(_)));
        assert!(matches!(problem_of(Value::Null), FeatureProblem::Malformed(_)));
    }

    #[test]
    fn only_areas_are_read() {
        let point = collection(json!([feature("Point", json!([1, 1]))]));
        let error = read_areas(&point).unwrap_err();
        assert_eq!(
            error.to_string(),
            "feature 1: its geometry is a Point: an area is a Polygon or MultiPolygon"
        );
        let nowhere = collection(json!([{ "type": "Feature", "properties": null, "geometry": null }]));
        let error = read_areas(&nowhere).unwrap_err();
        assert!(matches!(
            error,
            GeoJsonError::Feature {
                feature: 1,
                problem: FeatureProblem::NoGeometry
            }
        ));
        let empty = collection(json!([feature("MultiPolygon", json!([]))]));
        let error = read_areas(&empty).unwrap_err();
        assert!(matches!(
            error,
            GeoJsonError::Feature {
                feature: 1,
                problem: FeatureProblem::NoRing
            }
        ));
    }

    #[test]
    fn texts_that_are_no_collection_are_refused() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"type":"Point","coordinates":[1,1]}"#,
            r#"{"type":"FeatureCollection"}"#,
        ] {
            assert!(
                matches!(read_areas(text), Err(GeoJsonError::NotACollection(_))),
                "{text}"
            );
        }
        let many = collection(json!(vec![feature("Polygon", json!([])); MAX_FEATURES + 1]));
        assert!(matches!(read_areas(&many), Err(GeoJsonError::TooManyFeatures(_))));
        let long = " ".repeat(MAX_TEXT_BYTES + 1);
        assert!(matches!(read_areas(&long), Err(GeoJsonError::TooLong(_))));
    }

    #[test]
    fn other_coordinate_systems_are_refused_by_name() {
        let named = |name: &str| {
            json!({ "type": "FeatureCollection", "features": [], "crs": { "type": "name", "properties": { "name": name } } })
                .to_string()
        };
        for name in [
            "urn:ogc:def:crs:EPSG::4490",
            "EPSG:4326",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
        ] {
            assert!(read_areas(&named(name)).is_ok(), "{name}");
        }
        let error = read_areas(&named("urn:ogc:def:crs:EPSG::4547")).unwrap_err();
        assert!(error.to_string().contains("EPSG::4547"), "{error}");
    }

    #[test]
    fn touching_rings_are_no_crossing() {
        // A hole that touches the exterior in a corner, and a second part that touches the first in one.
        let areas = read_areas(&collection(json!([feature(
            "MultiPolygon",
            json!([
                [
                    [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]],
                    [[0, 0], [1, 2], [2, 1], [0, 0]]
                ],
                [[[4, 4], [5, 4], [5, 5], [4, 4]]]
            ])
        )])))
        .unwrap();
        assert_eq!(areas[0].outline.unsigned_area(), 16.0 - 1.5 + 0.5);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(outlines in prop::collection::vec(jagged_outline(), 0..4)) {
            let areas: Vec<AreaFeature> = outlines.into_iter().zip(0..).map(|(outline, i)| AreaFeature {
                properties: Map::from_iter([("名称".to_owned(), json!("甲")), ("number".to_owned(), json!(i))]),
                outline,
            }).collect();
            let read = read_areas(&write_areas(&areas)).unwrap();
            prop_assert_eq!(read.len(), areas.len());
            for (read, written) in read.iter().zip(&areas) {
                prop_assert_eq!(&read.properties, &written.properties);
                let corners = |area: &AreaFeature| area.outline.lines_iter().map(|line| line.start).collect::<Vec<_>>();
                prop_assert_eq!(corners(read).len(), corners(written).len());
                for (a, b) in corners(read).iter().zip(corners(written)) {
                    prop_assert!((a.x - b.x).abs() < 1e-12 && (a.y - b.y).abs() < 1e-12);
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}:,\"a-z0-9 .-]{0,80}") {
            let _ = read_areas(&text);
        }
    }

    #[test]
    fn pieces_of_an_outline_can_be_written_and_read() {
        let pieces = crate::partition::split(&rectangle(100.0, 30.0, 100.3, 30.2), 12).unwrap();
        let areas: Vec<AreaFeature> = pieces
            .into_iter()
            .map(|outline| AreaFeature {
                properties: Map::new(),
                outline,
            })
            .collect();
        assert_eq!(read_areas(&write_areas(&areas)).unwrap().len(), 12);
    }
}
