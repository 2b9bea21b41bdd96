//! Where things lie (空间): points, keys, areas and outlines of a district, as pure functions.
//!
//! Every coordinate in the product is **CGCS2000 longitude and latitude in degrees** (EPSG:4490, 2000国家大地坐标系),
//! longitude first. Other datums exist at the display edge only (see [`datum`]). Lengths are metres, areas square metres.
//!
//! | question | answer |
//! |---|---|
//! | is this a place at all? | [`Point`], [`BoundingBox`] – checked when made, so nothing later has to ask again |
//! | which index rows hold the points of a tile or a box? | [`MortonKey`], [`KeyRange`], [`Tile`], [`ranges_covering`] |
//! | what lies within so many metres? | [`Nearby`], [`distance_m`] |
//! | which district, street, community, grid (区、街道、社区、网格) is this? | [`AreaIndex`] |
//! | what would another map show here? | [`Datum`], [`to_cgcs2000`], [`from_cgcs2000`] |
//! | how do outlines come in and go out? | [`read_areas`], [`write_areas`] |
//! | how large is an outline, where does its label stand? | [`area_m2`], [`centroid`], [`label_point`] |
//! | how do I draw grids where no survey exists? | [`split`] |
//!
//! A database index on one integer column answers questions about the plane: a point is stored with its [`MortonKey`],
//! a box becomes a few [`KeyRange`]s, and the rows found are checked again with the exact test. The ranges may hold
//! too much but never too little; the property tests of [`morton`] and [`nearby`] hold them to it.
//!
//! The crate reads no clock, file or random number, and the same input gives the same result on every machine: keys are
//! stored, so their arithmetic does not depend on a platform's mathematics library.

pub mod areas;
pub mod datum;
pub mod geojson_io;
pub mod measure;
pub mod morton;
pub mod nearby;
pub mod partition;
pub mod point;
pub mod tile;

pub use areas::{Area, AreaIndex, AreaIndexError, Rings};
pub use datum::{Datum, from_cgcs2000, to_cgcs2000};
pub use geo::{Coord, LineString, MultiPolygon, Polygon};
pub use geojson_io::{AreaFeature, FeatureProblem, GeoJsonError, RingNumber, read_areas, write_areas};
pub use measure::{area_m2, bounds, centroid, label_point};
pub use morton::{KeyError, KeyRange, MortonKey, ranges_covering};
pub use nearby::{Nearby, RadiusError, distance_m};
pub use partition::{PartitionError, split};
pub use point::{BoundingBox, BoundsError, Point, PointError};
pub use tile::{Tile, TileError, cells_covering};

#[cfg(test)]
mod samples;
