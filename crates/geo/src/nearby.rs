//! What lies within so many metres of a place.

use geo::{Distance, Haversine};
use thiserror::Error;

use crate::morton::{KeyRange, ranges_covering};
use crate::point::{BoundingBox, MAX_LONGITUDE, Point};

/// What the box is wider than the circle, as an angle in radians (6 mm) – more than rounding can take away.
const MARGIN: f64 = 1e-9;

/// The distance between two points in metres: great circle on a sphere with the ellipsoid's mean radius (haversine), at
/// most about 0.5 % from the distance on the ellipsoid.
pub fn distance_m(a: Point, b: Point) -> f64 {
    Haversine.distance(geo::Point::new(a.lon(), a.lat()), geo::Point::new(b.lon(), b.lat()))
}

/// The circle of a radius around a centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearby {
    centre: Point,
    radius_m: f64,
}

/// A radius that is no length.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("a radius of {0} is no length: give metres, zero or more")]
pub struct RadiusError(pub f64);

impl Nearby {
    /// The places at most `radius_m` metres from the centre.
    pub fn new(centre: Point, radius_m: f64) -> Result<Self, RadiusError> {
        if radius_m.is_finite() && radius_m >= 0.0 {
            Ok(Self { centre, radius_m })
        } else {
            Err(RadiusError(radius_m))
        }
    }

    /// Whether the point lies in the circle: the exact test after an index was read by [`Nearby::ranges`].
    pub fn contains(&self, point: Point) -> bool {
        distance_m(self.centre, point) <= self.radius_m
    }

    /// The smallest box that holds the circle. Degrees of longitude shrink with the cosine of the latitude, so the box
    /// is wider in degrees than it is high. A circle that crosses ±180° or holds a pole gets the whole band.
    pub fn bounds(&self) -> BoundingBox {
        let angle = self.radius_m / Haversine.radius() + MARGIN;
        let lat = self.centre.lat().to_radians();
        // The circle's easternmost point is where a meridian touches it, not on the centre's parallel; beyond a pole
        // no meridian does.
        let half_width = if lat.abs() + angle < std::f64::consts::FRAC_PI_2 {
            (angle.sin() / lat.cos()).asin().to_degrees() + MARGIN
        } else {
            MAX_LONGITUDE
        };
        let (west, east) = (self.centre.lon() - half_width, self.centre.lon() + half_width);
        let (west, east) = if west < -MAX_LONGITUDE || east > MAX_LONGITUDE {
            (-MAX_LONGITUDE, MAX_LONGITUDE)
        } else {
            (west, east)
        };
        let (south, north) = ((lat - angle).to_degrees(), (lat + angle).to_degrees());
        BoundingBox::new(Point::clamped(west, south), Point::clamped(east, north))
            .expect("the margin keeps west below east and south below north")
    }

    /// At most `at_most` key ranges that hold every point of the circle (and more: check with [`Nearby::contains`]).
    pub fn ranges(&self, at_most: usize) -> Vec<KeyRange> {
        ranges_covering(&self.bounds(), at_most)
    }
}

#[cfg(test)]
mod tests {
    use geo::Destination;
    use proptest::prelude::*;

    use super::*;
    use crate::morton::MortonKey;
    use crate::point::MAX_LATITUDE;
    use crate::samples::{any_point, point};

    #[test]
    fn distances_are_those_of_the_sphere() {
        // A degree of latitude is 2πR/360 with R = 6 371 008.8 m.
        let degree = distance_m(point(100.0, 30.0), point(100.0, 31.0));
        assert!((degree - 111_195.08).abs() < 0.01, "{degree}");
        // At 60° a degree of longitude is half as long, a little less along the great circle.
        let degree = distance_m(point(100.0, 60.0), point(101.0, 60.0));
        assert!((degree - 55_596.0).abs() < 2.0, "{degree}");
        assert_eq!(distance_m(point(100.0, 30.0), point(100.0, 30.0)), 0.0);
    }

    #[test]
    fn the_box_is_wider_in_degrees_away_from_the_equator() {
        let bounds = Nearby::new(point(100.0, 60.0), 1_000.0).unwrap().bounds();
        let width = bounds.north_east().lon() - bounds.south_west().lon();
        let height = bounds.north_east().lat() - bounds.south_west().lat();
        assert!((width / height - 2.0).abs() < 0.001, "{width} × {height}");
        assert!((height / 2.0 * 111_195.08 - 1_000.0).abs() < 0.1, "{height}");
    }

    #[test]
    fn circles_over_the_edges_of_the_map_get_the_whole_band() {
        let crossing = Nearby::new(point(179.99, 10.0), 10_000.0).unwrap();
        assert!(crossing.contains(point(-179.99, 10.0)));
        assert!(crossing.bounds().contains(point(-179.99, 10.0)));
        let over_the_pole = Nearby::new(point(0.0, 85.0), 1_200_000.0).unwrap();
        assert!(over_the_pole.contains(point(179.0, 85.0)));
        assert!(over_the_pole.bounds().contains(point(179.0, 85.0)));
        let world = Nearby::new(point(0.0, 0.0), 3e7).unwrap();
        assert!(world.bounds().contains(point(-180.0, -MAX_LATITUDE)));
    }

    #[test]
    fn a_radius_is_a_length() {
        for radius in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Nearby::new(point(0.0, 0.0), radius).is_err());
        }
        let spot = Nearby::new(point(10.0, 10.0), 0.0).unwrap();
        assert!(spot.contains(point(10.0, 10.0)) && spot.bounds().contains(point(10.0, 10.0)));
    }

    proptest! {
        #[test]
        fn no_point_within_the_radius_is_missed(
            centre in any_point(),
            // From centimetres to the far side of the world, evenly over the magnitudes.
            magnitude in -2.0..7.4_f64,
            bearing in 0.0..360.0_f64,
            share in prop_oneof![0.0..1.0_f64, Just(1.0 - 1e-12), Just(1.0)],
            at_most in 1..20usize,
        ) {
            let radius = 10_f64.powf(magnitude);
            let nearby = Nearby::new(centre, radius).unwrap();
            let target = Haversine.destination(geo::Point::new(centre.lon(), centre.lat()), bearing, radius * share);
            if let Ok(inside) = Point::new(target.x(), target.y())
                && nearby.contains(inside)
            {
                prop_assert!(nearby.bounds().contains(inside));
                let key = MortonKey::of(inside);
                prop_assert!(nearby.ranges(at_most).iter().any(|range| range.contains(key)));
            }
        }
    }
}
