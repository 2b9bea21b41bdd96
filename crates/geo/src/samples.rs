//! Made-up places and outlines for the tests.

use geo::{LineString, MultiPolygon, Polygon};
use proptest::prelude::*;

use crate::point::{BoundingBox, MAX_LATITUDE, Point};

pub(crate) fn point(lon: f64, lat: f64) -> Point {
    Point::new(lon, lat).unwrap()
}

pub(crate) fn any_point() -> impl Strategy<Value = Point> + Clone {
    (-180.0..=180.0_f64, -MAX_LATITUDE..=MAX_LATITUDE).prop_map(|(lon, lat)| point(lon, lat))
}

/// A box of any size from a single point to the world, and a point of it.
pub(crate) fn box_and_point() -> impl Strategy<Value = (BoundingBox, Point)> {
    let sizes = || prop_oneof![Just(0.0), (-9.0..2.2_f64).prop_map(|magnitude| 10_f64.powf(magnitude))];
    let shares = || prop_oneof![4 => 0.0..=1.0_f64, 1 => Just(0.0), 1 => Just(1.0)];
    (any_point(), sizes(), sizes(), shares(), shares()).prop_map(|(south_west, width, height, east, north)| {
        let north_east = Point::clamped(south_west.lon() + width, south_west.lat() + height);
        let between = |low: f64, high: f64, share: f64| (low + (high - low) * share).clamp(low, high);
        let inside = point(
            between(south_west.lon(), north_east.lon(), east),
            between(south_west.lat(), north_east.lat(), north),
        );
        (BoundingBox::new(south_west, north_east).unwrap(), inside)
    })
}

pub(crate) fn polygon(exterior: &[(f64, f64)], holes: &[&[(f64, f64)]]) -> Polygon<f64> {
    Polygon::new(
        LineString::from(exterior.to_vec()),
        holes.iter().map(|&hole| LineString::from(hole.to_vec())).collect(),
    )
}

pub(crate) fn rectangle(west: f64, south: f64, east: f64, north: f64) -> MultiPolygon<f64> {
    polygon(&[(west, south), (east, south), (east, north), (west, north)], &[]).into()
}

/// An outline around a centre, as jagged as a district's, without crossing itself: one corner in each direction.
pub(crate) fn jagged_outline() -> impl Strategy<Value = MultiPolygon<f64>> {
    let centre = (-170.0..170.0_f64, -60.0..60.0_f64);
    let size = (-2.5..0.0_f64).prop_map(|magnitude| 10_f64.powf(magnitude));
    let stretch = 0.3..3.0_f64;
    let reaches = prop::collection::vec(0.25..1.0_f64, 5..40);
    (centre, size, stretch, reaches).prop_map(|((lon, lat), size, stretch, reaches)| {
        let step = std::f64::consts::TAU / reaches.len() as f64;
        let corner = |(i, reach): (usize, &f64)| {
            let (sin, cos) = (step * i as f64).sin_cos();
            (lon + size * reach * cos * stretch, lat + size * reach * sin)
        };
        polygon(&reaches.iter().enumerate().map(corner).collect::<Vec<_>>(), &[]).into()
    })
}
