//! A place on the ground, and a box of such places.

use geo::Coord;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The furthest latitude from the equator that a point may have, in degrees: where the square web-mercator map ends.
pub const MAX_LATITUDE: f64 = 85.051128;

/// The furthest longitude from Greenwich, in degrees.
pub const MAX_LONGITUDE: f64 = 180.0;

/// A place in CGCS2000 degrees (EPSG:4490). Always finite and within the limits: [`Point::new`] and deserialisation check.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Point {
    lon: f64,
    lat: f64,
}

/// Why two numbers are not a [`Point`].
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PointError {
    /// NaN or an infinity.
    #[error("the position ({lon}, {lat}) is not a pair of numbers: give longitude and latitude in degrees")]
    NotFinite {
        /// As given, degrees.
        lon: f64,
        /// As given, degrees.
        lat: f64,
    },
    /// Beyond ±180°; metres of a projected system end up here.
    #[error(
        "longitude {0} lies outside -180..180: give CGCS2000 degrees (EPSG:4490), longitude first, not projected metres"
    )]
    Longitude(f64),
    /// Beyond ±[`MAX_LATITUDE`]; swapped coordinates end up here.
    #[error(
        "latitude {0} lies outside ±{MAX_LATITUDE}: give CGCS2000 degrees (EPSG:4490) and check that longitude comes first"
    )]
    Latitude(f64),
}

impl Point {
    /// A point from longitude and latitude in CGCS2000 degrees.
    pub fn new(lon: f64, lat: f64) -> Result<Self, PointError> {
        if !(lon.is_finite() && lat.is_finite()) {
            Err(PointError::NotFinite { lon, lat })
        } else if lon.abs() > MAX_LONGITUDE {
            Err(PointError::Longitude(lon))
        } else if lat.abs() > MAX_LATITUDE {
            Err(PointError::Latitude(lat))
        } else {
            Ok(Self { lon, lat })
        }
    }

    /// The nearest point that exists: for results of arithmetic on points, which are finite but may step over an edge.
    pub(crate) fn clamped(lon: f64, lat: f64) -> Self {
        debug_assert!(lon.is_finite() && lat.is_finite());
        Self {
            lon: lon.clamp(-MAX_LONGITUDE, MAX_LONGITUDE),
            lat: lat.clamp(-MAX_LATITUDE, MAX_LATITUDE),
        }
    }

    /// Longitude (经度) in degrees, east positive, within ±180.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Latitude (纬度) in degrees, north positive, within ±[`MAX_LATITUDE`].
    pub fn lat(self) -> f64 {
        self.lat
    }
}

impl From<Point> for Coord<f64> {
    fn from(point: Point) -> Self {
        Coord {
            x: point.lon,
            y: point.lat,
        }
    }
}

impl TryFrom<Coord<f64>> for Point {
    type Error = PointError;

    fn try_from(coord: Coord<f64>) -> Result<Self, PointError> {
        Self::new(coord.x, coord.y)
    }
}

#[derive(Deserialize)]
struct Unchecked {
    lon: f64,
    lat: f64,
}

impl TryFrom<Unchecked> for Point {
    type Error = PointError;

    fn try_from(unchecked: Unchecked) -> Result<Self, PointError> {
        Self::new(unchecked.lon, unchecked.lat)
    }
}

/// A box between two meridians and two parallels, edges included. It never crosses ±180°.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    south_west: Point,
    north_east: Point,
}

/// Why two corners are not a [`BoundingBox`].
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum BoundsError {
    /// An edge is not on the map.
    #[error(transparent)]
    Corner(#[from] PointError),
    /// The first corner lies east of the second.
    #[error("the west edge {west} lies east of the east edge {east}: a box does not cross ±180°, ask for two boxes")]
    WestOfEast {
        /// Longitude of the first corner, degrees.
        west: f64,
        /// Longitude of the second corner, degrees.
        east: f64,
    },
    /// The first corner lies north of the second.
    #[error("the south edge {south} lies north of the north edge {north}: give the south-west corner first")]
    SouthOfNorth {
        /// Latitude of the first corner, degrees.
        south: f64,
        /// Latitude of the second corner, degrees.
        north: f64,
    },
}

impl BoundingBox {
    /// A box from its south-west and north-east corners; a box of one point is allowed.
    pub fn new(south_west: Point, north_east: Point) -> Result<Self, BoundsError> {
        if south_west.lon > north_east.lon {
            Err(BoundsError::WestOfEast {
                west: south_west.lon,
                east: north_east.lon,
            })
        } else if south_west.lat > north_east.lat {
            Err(BoundsError::SouthOfNorth {
                south: south_west.lat,
                north: north_east.lat,
            })
        } else {
            Ok(Self { south_west, north_east })
        }
    }

    /// A box from its edges, in the order in which GeoJSON and Open311 give them (`bbox`): degrees.
    pub fn of_edges(west: f64, south: f64, east: f64, north: f64) -> Result<Self, BoundsError> {
        Self::new(Point::new(west, south)?, Point::new(east, north)?)
    }

    /// The corner with the smallest longitude and latitude.
    pub fn south_west(&self) -> Point {
        self.south_west
    }

    /// The corner with the largest longitude and latitude.
    pub fn north_east(&self) -> Point {
        self.north_east
    }

    /// Whether the point lies inside or on an edge.
    pub fn contains(&self, point: Point) -> bool {
        (self.south_west.lon..=self.north_east.lon).contains(&point.lon)
            && (self.south_west.lat..=self.north_east.lat).contains(&point.lat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_world_and_nothing_beyond_does() {
        assert!(Point::new(180.0, MAX_LATITUDE).is_ok());
        assert!(Point::new(-180.0, -MAX_LATITUDE).is_ok());
        assert_eq!(Point::new(180.000001, 0.0), Err(PointError::Longitude(180.000001)));
        assert_eq!(Point::new(36.5, 101.7), Err(PointError::Latitude(101.7)));
        assert!(matches!(Point::new(f64::NAN, 0.0), Err(PointError::NotFinite { .. })));
        assert!(matches!(
            Point::new(0.0, f64::INFINITY),
            Err(PointError::NotFinite { .. })
        ));
    }

    #[test]
    fn a_point_outside_the_world_cannot_be_deserialised() {
        let point: Point = serde_json::from_str(r#"{"lon":10.5,"lat":20.25}"#).unwrap();
        assert_eq!(point, Point::new(10.5, 20.25).unwrap());
        assert_eq!(serde_json::to_string(&point).unwrap(), r#"{"lon":10.5,"lat":20.25}"#);
        let error = serde_json::from_str::<Point>(r#"{"lon":10.5,"lat":91}"#).unwrap_err();
        assert!(error.to_string().contains("longitude comes first"), "{error}");
    }

    #[test]
    fn a_box_knows_its_edges() {
        let corner = |lon, lat| Point::new(lon, lat).unwrap();
        let bounds = BoundingBox::new(corner(10.0, 20.0), corner(11.0, 21.0)).unwrap();
        assert!(bounds.contains(corner(10.0, 21.0)));
        assert!(!bounds.contains(corner(9.999999, 20.5)));
        assert!(!bounds.contains(corner(10.5, 21.000001)));
        assert!(matches!(
            BoundingBox::new(corner(11.0, 20.0), corner(10.0, 21.0)),
            Err(BoundsError::WestOfEast { .. })
        ));
        assert!(matches!(
            BoundingBox::new(corner(10.0, 22.0), corner(10.0, 21.0)),
            Err(BoundsError::SouthOfNorth { .. })
        ));
    }
}
