//! Map tiles (瓦片): the quad cells of the web-mercator square, as ranges of Morton keys.

use thiserror::Error;

use crate::morton::{BITS_PER_AXIS, CELLS_PER_AXIS, KeyRange, MortonKey, cell_of, position};
use crate::point::{BoundingBox, Point};

/// The finest zoom, at which a tile is one cell.
pub const MAX_ZOOM: u8 = BITS_PER_AXIS as u8;

/// A quad cell of the world: at zoom `z` there are 2ᶻ columns `x` from the west and 2ᶻ rows `y` from the north, numbered
/// from 0 as in `/{z}/{x}/{y}` of web maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    z: u8,
    x: u32,
    y: u32,
}

/// A tile that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TileError {
    /// Finer than the keys are.
    #[error("zoom {0} is finer than the finest, {MAX_ZOOM}")]
    Zoom(u8),
    /// Outside the world.
    #[error("tile {z}/{x}/{y} lies outside the world: at zoom {z} columns and rows go from 0 to {}", (1_u64 << z) - 1)]
    Outside {
        /// Zoom, at most [`MAX_ZOOM`].
        z: u8,
        /// Column as given.
        x: u32,
        /// Row as given.
        y: u32,
    },
}

impl Tile {
    /// The tile in column `x` and row `y` at zoom `z`.
    pub fn new(z: u8, x: u32, y: u32) -> Result<Self, TileError> {
        if z > MAX_ZOOM {
            Err(TileError::Zoom(z))
        } else if x >> z != 0 || y >> z != 0 {
            Err(TileError::Outside { z, x, y })
        } else {
            Ok(Self { z, x, y })
        }
    }

    /// The tile at zoom `z` that holds the point.
    pub fn at(point: Point, z: u8) -> Result<Self, TileError> {
        let (column, row) = cell_of(point);
        let shift = BITS_PER_AXIS.checked_sub(u32::from(z)).ok_or(TileError::Zoom(z))?;
        Self::new(z, upper(column, shift), upper(row, shift))
    }

    /// The tile whose keys are exactly this range, if there is one.
    pub fn of_range(range: &KeyRange) -> Option<Self> {
        let keys = range.last().as_i64() - range.first().as_i64() + 1;
        let shift = keys.ilog2() / 2;
        let (column, row) = range.first().cell();
        let tile = Self {
            z: MAX_ZOOM - shift as u8,
            x: upper(column, shift),
            y: upper(row, shift),
        };
        (tile.key_range() == *range).then_some(tile)
    }

    /// Zoom.
    pub fn z(&self) -> u8 {
        self.z
    }

    /// Column from the west.
    pub fn x(&self) -> u32 {
        self.x
    }

    /// Row from the north.
    pub fn y(&self) -> u32 {
        self.y
    }

    /// The keys of the tile's cells: all of them, and no others.
    pub fn key_range(&self) -> KeyRange {
        let shift = self.shift();
        let first = MortonKey::of_cell(lower(self.x, shift), lower(self.y, shift));
        let last = MortonKey::of_cell(
            lower(self.x, shift) | !(!0 << shift),
            lower(self.y, shift) | !(!0 << shift),
        );
        KeyRange::between(first, last)
    }

    /// The tile at zoom `z` around this one; this one where it is no finer than that.
    pub fn around(&self, z: u8) -> Self {
        let levels = u32::from(self.z.saturating_sub(z));
        Self {
            z: self.z.min(z),
            x: upper(self.x, levels),
            y: upper(self.y, levels),
        }
    }

    /// The tile's edges, cut off at the latitudes where points end.
    pub fn bounds(&self) -> BoundingBox {
        let cells = f64::from(self.shift()).exp2();
        let corner = |x: u32, y: u32| position(f64::from(x) * cells, f64::from(y) * cells);
        BoundingBox::new(corner(self.x, self.y + 1), corner(self.x + 1, self.y))
            .expect("position() rises with the column and falls with the row")
    }

    fn shift(&self) -> u32 {
        BITS_PER_AXIS - u32::from(self.z)
    }
}

/// The smallest block of equally large tiles, at most `at_most` of them, that holds the box. At least one tile is
/// returned (in the end, the world). With `at_most` ≥ 4 the tiles are of about the box's size or smaller.
pub fn cells_covering(bounds: &BoundingBox, at_most: usize) -> Vec<Tile> {
    let (west, south) = cell_of(bounds.south_west());
    let (east, north) = cell_of(bounds.north_east());
    // A computed mercator row may be off by the last bit of a logarithm, and so by one finest cell.
    let (north, south) = (north.saturating_sub(1), (south + 1).min(CELLS_PER_AXIS - 1));

    let block = |z: u8| {
        let shift = BITS_PER_AXIS - u32::from(z);
        (
            upper(west, shift)..=upper(east, shift),
            upper(north, shift)..=upper(south, shift),
        )
    };
    let fits = |z: &u8| {
        let (columns, rows) = block(*z);
        let count = u64::from(columns.end() - columns.start() + 1) * u64::from(rows.end() - rows.start() + 1);
        count <= at_most as u64
    };
    let z = (0..=MAX_ZOOM).rev().find(fits).unwrap_or(0);
    let (columns, rows) = block(z);
    rows.flat_map(|y| columns.clone().map(move |x| Tile { z, x, y }))
        .collect()
}

/// The number without its lowest `shift` (0 to 31) bits.
fn upper(number: u32, shift: u32) -> u32 {
    number >> shift
}

/// The opposite of [`upper`], with zeros for the lost bits.
fn lower(number: u32, shift: u32) -> u32 {
    number << shift
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_point, box_and_point, point};

    #[test]
    fn tiles_are_those_of_web_maps() {
        // By the formula with logarithm and secant that web maps publish, computed apart from this crate.
        assert_eq!(Tile::at(point(13.3777, 52.5163), 15), Tile::new(15, 17_601, 10_746));
        let world = Tile::new(0, 0, 0).unwrap();
        assert_eq!(world.key_range(), KeyRange::between(MortonKey::FIRST, MortonKey::LAST));
        assert_eq!(Tile::new(15, 17_601, 10_746).unwrap().around(0), world);
        assert_eq!(world.bounds().north_east(), point(180.0, crate::point::MAX_LATITUDE));
    }

    #[test]
    fn tiles_outside_the_world_are_refused() {
        assert_eq!(Tile::new(32, 0, 0), Err(TileError::Zoom(32)));
        assert_eq!(Tile::at(point(0.0, 0.0), 32), Err(TileError::Zoom(32)));
        assert_eq!(Tile::new(3, 8, 0), Err(TileError::Outside { z: 3, x: 8, y: 0 }));
        assert_eq!(
            Tile::new(3, 0, 9).unwrap_err().to_string(),
            "tile 3/0/9 lies outside the world: at zoom 3 columns and rows go from 0 to 7"
        );
        assert!(Tile::new(31, u32::MAX >> 1, 0).is_ok());
        assert!(Tile::new(31, u32::MAX, 0).is_err());
    }

    #[test]
    fn a_range_that_is_no_tile_has_none() {
        let key = |value| MortonKey::from_i64(value).unwrap();
        assert!(Tile::of_range(&KeyRange::between(key(0), key(3))).is_some());
        assert_eq!(Tile::of_range(&KeyRange::between(key(1), key(4))), None);
        assert_eq!(Tile::of_range(&KeyRange::between(key(0), key(4))), None);
        assert_eq!(Tile::of_range(&KeyRange::between(key(0), key(7))), None);
    }

    proptest! {
        #[test]
        fn a_tile_is_one_range_and_back(point in any_point(), z in 0..=MAX_ZOOM, coarser in 0..=MAX_ZOOM) {
            let tile = Tile::at(point, z).unwrap();
            prop_assert!(tile.key_range().contains(MortonKey::of(point)));
            prop_assert_eq!(Tile::of_range(&tile.key_range()), Some(tile));
            prop_assert_eq!(Tile::new(tile.z(), tile.x(), tile.y()), Ok(tile));
            let larger = tile.around(coarser);
            prop_assert_eq!(Tile::at(point, z.min(coarser)), Ok(larger));
            prop_assert!(larger.key_range().contains(tile.key_range().first()));
            prop_assert!(larger.key_range().contains(tile.key_range().last()));
        }

        #[test]
        fn keys_lie_in_the_range_exactly_when_cells_lie_in_the_tile(a in any_point(), b in any_point(), z in 0..6_u8) {
            let tile = Tile::at(a, z).unwrap();
            prop_assert_eq!(tile.key_range().contains(MortonKey::of(b)), Tile::at(b, z) == Ok(tile));
        }

        #[test]
        fn tile_bounds_hold_their_points(point in any_point(), z in 0..=24_u8) {
            let bounds = Tile::at(point, z).unwrap().bounds();
            // Edges are computed back from columns and rows, to the last digits of a degree.
            prop_assert!(bounds.south_west().lon() <= point.lon() + 1e-12);
            prop_assert!(bounds.north_east().lon() >= point.lon() - 1e-12);
            prop_assert!(bounds.south_west().lat() <= point.lat() + 1e-12);
            prop_assert!(bounds.north_east().lat() >= point.lat() - 1e-12);
        }

        #[test]
        fn few_cells_hold_every_point_of_the_box((bounds, inside) in box_and_point(), at_most in 0..64usize) {
            let cells = cells_covering(&bounds, at_most);
            prop_assert!(!cells.is_empty() && cells.len() <= at_most.max(1));
            prop_assert!(cells.iter().any(|cell| cell.key_range().contains(MortonKey::of(inside))));
        }
    }
}
