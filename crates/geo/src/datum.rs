//! The offset coordinates of Chinese web maps, at the display edge.
//!
//! The product stores CGCS2000 only. A map or a phone that speaks **GCJ-02** (国测局坐标系, "火星坐标") or **BD-09** (百度
//! 坐标系) is converted where it is shown or read, and the source datum is recorded beside the point; coordinates of
//! different datums are never mixed. The transforms are the published ones: GCJ-02 as in the open `eviltransform`, on the
//! Krasovsky 1940 ellipsoid, BD-09 as a further twist of GCJ-02. CGCS2000 and WGS 84 are taken as equal (they differ by
//! centimetres). Outside the transform's box around China all three are the same.

use serde::{Deserialize, Serialize};

use crate::point::Point;

/// What a pair of longitude and latitude is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// CGCS2000 (EPSG:4490), what everything is stored in; satellite positions (WGS 84) count as such.
    Cgcs2000,
    /// GCJ-02, offset by up to some 700 m.
    Gcj02,
    /// BD-09, offset by up to some 1 500 m.
    Bd09,
}

/// Semi-major axis of the Krasovsky 1940 ellipsoid in metres, and the square of its eccentricity.
const KRASOVSKY_A: f64 = 6_378_245.0;
const KRASOVSKY_EE: f64 = 0.006_693_421_622_965_943;

/// The box in which the transform applies, in degrees.
const WEST: f64 = 72.004;
const EAST: f64 = 137.8347;
const SOUTH: f64 = 0.8293;
const NORTH: f64 = 55.8271;

/// More than any offset, in degrees.
const LARGEST_OFFSET: f64 = 0.1;

/// The inverse is iterated until the transform meets the given point to so many degrees (0.1 mm)…
const PRECISION: f64 = 1e-9;
/// … which takes 4 to 8 steps, as the offset changes by less than 3 % of the way.
const MOST_STEPS: usize = 30;

/// The stored point for one that was read in another datum. Exact to less than 10⁻⁷ degrees (1 cm).
pub fn to_cgcs2000(point: Point, datum: Datum) -> Point {
    let shown = (point.lon(), point.lat());
    if datum == Datum::Cgcs2000 || !in_box(shown, LARGEST_OFFSET) {
        return point;
    }
    let mut guess = shown;
    for _ in 0..MOST_STEPS {
        let image = transform(guess, datum);
        let (lon_error, lat_error) = (image.0 - shown.0, image.1 - shown.1);
        guess = (guess.0 - lon_error, guess.1 - lat_error);
        if lon_error.abs().max(lat_error.abs()) < PRECISION {
            break;
        }
    }
    // A point whose original lies outside the box was never moved.
    if in_box(guess, 0.0) {
        Point::clamped(guess.0, guess.1)
    } else {
        point
    }
}

/// Where a map in another datum shows a stored point.
pub fn from_cgcs2000(point: Point, datum: Datum) -> Point {
    let stored = (point.lon(), point.lat());
    if datum == Datum::Cgcs2000 || !in_box(stored, 0.0) {
        return point;
    }
    let (lon, lat) = transform(stored, datum);
    Point::clamped(lon, lat)
}

fn in_box((lon, lat): (f64, f64), margin: f64) -> bool {
    (WEST - margin..=EAST + margin).contains(&lon) && (SOUTH - margin..=NORTH + margin).contains(&lat)
}

fn transform(stored: (f64, f64), datum: Datum) -> (f64, f64) {
    match datum {
        Datum::Cgcs2000 => stored,
        Datum::Gcj02 => gcj02(stored),
        Datum::Bd09 => bd09(gcj02(stored)),
    }
}

fn gcj02((lon, lat): (f64, f64)) -> (f64, f64) {
    use std::f64::consts::PI;

    let (x, y) = (lon - 105.0, lat - 35.0);
    let short_waves = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + short_waves
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + short_waves
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;

    // Metres to degrees with the ellipsoid's radii of curvature at this latitude.
    let (sin, cos) = lat.to_radians().sin_cos();
    let magic = 1.0 - KRASOVSKY_EE * sin * sin;
    let meridian_radius = KRASOVSKY_A * (1.0 - KRASOVSKY_EE) / (magic * magic.sqrt());
    let parallel_radius = KRASOVSKY_A / magic.sqrt() * cos;
    (
        lon + (east / parallel_radius).to_degrees(),
        lat + (north / meridian_radius).to_degrees(),
    )
}

fn bd09((lon, lat): (f64, f64)) -> (f64, f64) {
    let waves = std::f64::consts::PI * 3000.0 / 180.0;
    let radius = lon.hypot(lat) + 0.000_02 * (lat * waves).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * waves).cos();
    (radius * angle.cos() + 0.0065, radius * angle.sin() + 0.006)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nearby::distance_m;
    use crate::samples::{any_point, point};

    fn assert_near(found: Point, lon: f64, lat: f64, degrees: f64) {
        let off = (found.lon() - lon).abs().max((found.lat() - lat).abs());
        assert!(off < degrees, "{found:?} is {off} degrees from ({lon}, {lat})");
    }

    #[test]
    fn published_pairs_are_met() {
        for ((lon, lat), (gcj_lon, gcj_lat)) in [
            ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
            ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
            ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        ] {
            assert_near(from_cgcs2000(point(lon, lat), Datum::Gcj02), gcj_lon, gcj_lat, 1e-9);
            assert_near(to_cgcs2000(point(gcj_lon, gcj_lat), Datum::Gcj02), lon, lat, 1e-8);
        }
        let (bd_lon, bd_lat) = bd09((116.404, 39.915));
        assert_near(point(bd_lon, bd_lat), 116.41036949371029, 39.92133699351021, 1e-9);
    }

    #[test]
    fn elsewhere_nothing_moves() {
        for place in [
            point(-0.12, 51.5),
            point(179.999, 10.0),
            point(71.99, 30.0),
            point(72.05, 0.5),
        ] {
            for datum in [Datum::Cgcs2000, Datum::Gcj02, Datum::Bd09] {
                assert_eq!(from_cgcs2000(place, datum), place);
                assert_eq!(to_cgcs2000(place, datum), place);
            }
        }
    }

    #[test]
    fn names_are_stable() {
        assert_eq!(
            serde_json::to_string(&[Datum::Cgcs2000, Datum::Gcj02, Datum::Bd09]).unwrap(),
            r#"["cgcs2000","gcj02","bd09"]"#
        );
    }

    proptest! {
        #[test]
        fn there_and_back_is_within_a_decimetre(lon in WEST..EAST, lat in SOUTH..NORTH) {
            let place = point(lon, lat);
            for (datum, least, most) in [(Datum::Gcj02, 0.0, 2_000.0), (Datum::Bd09, 1.0, 3_500.0)] {
                let shown = from_cgcs2000(place, datum);
                let moved = distance_m(place, shown);
                prop_assert!((least..most).contains(&moved), "moved by {moved} m");
                let back = to_cgcs2000(shown, datum);
                prop_assert!(distance_m(place, back) < 0.1);
                prop_assert!((back.lon() - lon).abs() < 1e-7 && (back.lat() - lat).abs() < 1e-7);
            }
        }

        #[test]
        fn the_stored_datum_is_left_alone(place in any_point()) {
            prop_assert_eq!(to_cgcs2000(place, Datum::Cgcs2000), place);
            prop_assert_eq!(from_cgcs2000(place, Datum::Cgcs2000), place);
        }
    }
}
