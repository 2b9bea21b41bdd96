//! What can be wrong with a GeoJSON text, said so that whoever drew it can put it right.

use std::fmt;

use thiserror::Error;

use super::{MAX_FEATURES, MAX_TEXT_BYTES, MAX_VERTICES};
use crate::point::PointError;

/// Why a text cannot be read as areas.
#[derive(Debug, Error)]
pub enum GeoJsonError {
    /// Longer than [`MAX_TEXT_BYTES`].
    #[error("the text has {0} bytes, more than {MAX_TEXT_BYTES}: split it into several files")]
    TooLong(usize),
    /// Not JSON, or not a FeatureCollection.
    #[error("the text is no GeoJSON FeatureCollection: {0}")]
    NotACollection(String),
    /// More than [`MAX_FEATURES`].
    #[error("the collection has {0} features, more than {MAX_FEATURES}: split it into several files")]
    TooManyFeatures(usize),
    /// The outdated member `crs` names another system than geographic CGCS2000 or WGS 84.
    #[error("coordinates are in {0}: convert them to CGCS2000 degrees (EPSG:4490) and leave \"crs\" out")]
    CoordinateSystem(String),
    /// One feature is wrong.
    #[error("feature {feature}: {problem}")]
    Feature {
        /// Which feature, counted from 1.
        feature: usize,
        /// What is wrong with it.
        problem: FeatureProblem,
    },
}

/// What is wrong with a feature.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FeatureProblem {
    /// Its JSON does not have the shape of a feature.
    #[error("it is no GeoJSON feature: {0}")]
    Malformed(String),
    /// `geometry` is null or missing.
    #[error("it has no geometry: give it a Polygon or MultiPolygon, or leave it out")]
    NoGeometry,
    /// Another kind of geometry.
    #[error("its geometry is a {0}: an area is a Polygon or MultiPolygon")]
    NotAnArea(&'static str),
    /// A MultiPolygon without polygons or a Polygon without rings.
    #[error("its outline is empty: give at least one ring")]
    NoRing,
    /// A ring with fewer than four positions cannot enclose anything.
    #[error("{ring} has {positions} positions: a closed ring has at least 4, the last equal to the first")]
    ShortRing {
        /// Where.
        ring: RingNumber,
        /// How many there are.
        positions: usize,
    },
    /// The last position is not the first.
    #[error("{ring} is not closed: repeat its first position at its end")]
    UnclosedRing {
        /// Where.
        ring: RingNumber,
    },
    /// All corners lie on one line.
    #[error("{ring} encloses no area: its corners lie on one line")]
    FlatRing {
        /// Where.
        ring: RingNumber,
    },
    /// A position has fewer than two numbers.
    #[error("position {position} of {ring} has fewer than 2 numbers")]
    ShortPosition {
        /// Where.
        ring: RingNumber,
        /// Which position, counted from 1.
        position: usize,
    },
    /// A position lies outside the world.
    #[error("position {position} of {ring}: {error}")]
    Position {
        /// Where.
        ring: RingNumber,
        /// Which position, counted from 1.
        position: usize,
        /// What is wrong with it.
        error: PointError,
    },
    /// More than [`MAX_VERTICES`].
    #[error("its outline has {0} positions, more than {MAX_VERTICES}: simplify it")]
    TooManyVertices(usize),
    /// Two edges cross, so that inside and outside are not certain.
    #[error("its outline crosses itself near ({lon}, {lat}): correct the drawing there")]
    CrossesItself {
        /// Degrees.
        lon: f64,
        /// Degrees.
        lat: f64,
    },
}

/// A ring of an outline, both numbers counted from 1; ring 1 of a polygon is its exterior, the others are holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingNumber {
    /// Which polygon of the outline.
    pub polygon: usize,
    /// Which ring of the polygon.
    pub ring: usize,
}

impl fmt::Display for RingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ring {} of polygon {}", self.ring, self.polygon)
    }
}
