//! One integer for a place on the plane: the Morton key (Z-order, 莫顿码) of its web-mercator position.
//!
//! The world's web-mercator square (EPSG:3857) is cut into 2³¹ × 2³¹ cells, about 19 mm wide at the equator. A cell's
//! column and row (row 0 in the north, as in map tiles) are interleaved bit by bit, row bit above column bit, into 62
//! bits: the two highest bits say which quarter of the world, the next two which quarter of that, and so on. So every
//! map tile is one unbroken range of keys, and an ordered index on the key answers boxes.

use thiserror::Error;

use crate::point::{BoundingBox, Point};
use crate::tile::cells_covering;

/// Bits per axis of a [`MortonKey`].
pub const BITS_PER_AXIS: u32 = 31;

/// Columns (and rows) of the finest cells.
pub(crate) const CELLS_PER_AXIS: u32 = 1 << BITS_PER_AXIS;

/// How finely a box is cut before neighbouring cells are merged into ranges. More cells follow the box's edges more
/// closely and take longer; 256 keep the excess small for any shape of box and cost some microseconds.
const CELLS_PER_COVER: usize = 256;

/// The place of a finest cell in Z-order: 62 bits, never negative, so that it orders alike in Rust and in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MortonKey(i64);

/// A number that is no [`MortonKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} is no place key: a key has 62 bits and is not negative")]
pub struct KeyError(pub i64);

impl MortonKey {
    /// The north-western cell of the world.
    pub const FIRST: Self = Self(0);
    /// The south-eastern cell of the world.
    pub const LAST: Self = Self((1 << (2 * BITS_PER_AXIS)) - 1);

    /// The key of the cell that holds the point.
    pub fn of(point: Point) -> Self {
        let (column, row) = cell_of(point);
        Self::of_cell(column, row)
    }

    /// A key as it was stored.
    pub fn from_i64(value: i64) -> Result<Self, KeyError> {
        if (Self::FIRST.0..=Self::LAST.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(KeyError(value))
        }
    }

    /// The key as it is stored.
    pub fn as_i64(self) -> i64 {
        self.0
    }

    /// The middle of the cell, at most half a cell per axis from every point with this key. Cells beyond
    /// [`MAX_LATITUDE`](crate::point::MAX_LATITUDE), which no point has, answer with that latitude.
    pub fn centre(self) -> Point {
        let (column, row) = self.cell();
        position(f64::from(column) + 0.5, f64::from(row) + 0.5)
    }

    pub(crate) fn of_cell(column: u32, row: u32) -> Self {
        Self((spread(row) << 1 | spread(column)) as i64)
    }

    pub(crate) fn cell(self) -> (u32, u32) {
        (gather(self.0 as u64), gather(self.0 as u64 >> 1))
    }
}

/// Keys from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyRange {
    first: MortonKey,
    last: MortonKey,
}

impl KeyRange {
    /// All keys from `first` to `last`; the other way round it is the same range.
    pub fn between(first: MortonKey, last: MortonKey) -> Self {
        Self {
            first: first.min(last),
            last: first.max(last),
        }
    }

    /// The lowest key.
    pub fn first(&self) -> MortonKey {
        self.first
    }

    /// The highest key.
    pub fn last(&self) -> MortonKey {
        self.last
    }

    /// Whether the key lies in the range.
    pub fn contains(&self, key: MortonKey) -> bool {
        (self.first..=self.last).contains(&key)
    }
}

/// At most `at_most` ranges of keys, in rising order and with gaps between them, that together hold the key of every
/// point in the box. They are a superset: the caller checks the points found against the box again. At least one range
/// is returned, whatever `at_most` says.
pub fn ranges_covering(bounds: &BoundingBox, at_most: usize) -> Vec<KeyRange> {
    let mut cells: Vec<KeyRange> = cells_covering(bounds, CELLS_PER_COVER)
        .iter()
        .map(|cell| cell.key_range())
        .collect();
    cells.sort_unstable();

    // A range ends where a gap begins. Only the widest gaps are worth a range of their own.
    let gap_after = |i: usize| cells[i + 1].first.0 - cells[i].last.0 - 1;
    let mut gaps: Vec<usize> = (0..cells.len() - 1).filter(|&i| gap_after(i) > 0).collect();
    gaps.sort_by_key(|&i| (std::cmp::Reverse(gap_after(i)), i));
    gaps.truncate(at_most.saturating_sub(1));
    gaps.sort_unstable();

    let starts = std::iter::once(0).chain(gaps.iter().map(|&i| i + 1));
    let ends = gaps.iter().copied().chain(std::iter::once(cells.len() - 1));
    starts
        .zip(ends)
        .map(|(start, end)| KeyRange {
            first: cells[start].first,
            last: cells[end].last,
        })
        .collect()
}

/// Column and row of the finest cell that holds the point.
pub(crate) fn cell_of(point: Point) -> (u32, u32) {
    // libm, not the platform: tangents differ in the last bit between C libraries, and keys are stored and compared.
    let x = (point.lon() + 180.0) / 360.0;
    let y = 0.5 - libm::asinh(libm::tan(point.lat().to_radians())) / std::f64::consts::TAU;
    let index = |fraction: f64| (fraction * f64::from(CELLS_PER_AXIS)).clamp(0.0, f64::from(CELLS_PER_AXIS - 1)) as u32;
    (index(x), index(y))
}

/// The point at so many finest columns from the west and rows from the north.
pub(crate) fn position(columns: f64, rows: f64) -> Point {
    let x = columns / f64::from(CELLS_PER_AXIS);
    let y = rows / f64::from(CELLS_PER_AXIS);
    let lat = libm::atan(libm::sinh(std::f64::consts::PI * (1.0 - 2.0 * y))).to_degrees();
    Point::clamped(x * 360.0 - 180.0, lat)
}

/// Moves bit i of the number to bit 2i.
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF;
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF;
    bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

/// Moves bit 2i back to bit i and drops the odd bits.
fn gather(bits: u64) -> u32 {
    let mut bits = bits & 0x5555_5555_5555_5555;
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333;
    bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F;
    bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF;
    bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF;
    (bits | bits >> 16) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_point, box_and_point, point};

    #[test]
    fn known_cells_have_known_keys() {
        // The four quarters of the world in Z-order: north-west, north-east, south-west, south-east.
        let quarter = |lon, lat| MortonKey::of(point(lon, lat)).as_i64() >> 60;
        assert_eq!(
            [
                quarter(-90.0, 45.0),
                quarter(90.0, 45.0),
                quarter(-90.0, -45.0),
                quarter(90.0, -45.0)
            ],
            [0, 1, 2, 3]
        );
        assert_eq!(MortonKey::of_cell(0b011, 0b101).as_i64(), 0b10_01_11);
        assert_eq!(
            MortonKey::of_cell(CELLS_PER_AXIS - 1, CELLS_PER_AXIS - 1),
            MortonKey::LAST
        );
        // Stored keys must never change: this is the value of the first release.
        assert_eq!(MortonKey::of(point(101.5, 36.5)).as_i64(), 2_168_485_000_073_918_160);
    }

    #[test]
    fn numbers_that_are_no_keys_are_refused() {
        assert_eq!(MortonKey::from_i64(-1), Err(KeyError(-1)));
        assert_eq!(MortonKey::from_i64(1 << 62), Err(KeyError(1 << 62)));
        assert_eq!(MortonKey::from_i64((1 << 62) - 1), Ok(MortonKey::LAST));
    }

    #[test]
    fn ranges_follow_the_box_closely() {
        // Boxes of a street or a district at many places: eight ranges must not read much more than the box holds.
        let (mut wanted, mut read) = (0.0, 0.0);
        for step in 0..200 {
            let (lon, lat) = (75.0 + 0.317 * f64::from(step), 18.0 + 0.171 * f64::from(step));
            let size = 0.002 * f64::from(1 + step % 60);
            let bounds = BoundingBox::new(point(lon, lat), point(lon + size, lat + size * 0.7)).unwrap();
            let ((west, south), (east, north)) = (cell_of(bounds.south_west()), cell_of(bounds.north_east()));
            let cells = f64::from(east - west) * f64::from(south - north);
            let keys: i64 = ranges_covering(&bounds, 8)
                .iter()
                .map(|range| range.last.0 - range.first.0 + 1)
                .sum();
            wanted += 1.0;
            read += keys as f64 / cells;
        }
        assert!(
            read / wanted < 2.0,
            "{} times the keys of the box are read on average",
            read / wanted
        );
    }

    proptest! {
        #[test]
        fn a_key_leads_back_to_its_cell(point in any_point()) {
            let key = MortonKey::of(point);
            let centre = key.centre();
            prop_assert_eq!(MortonKey::of(centre), key);
            // Half a cell is 8.4e-8 degrees; mercator rows are never taller than columns are wide, in degrees.
            prop_assert!((centre.lon() - point.lon()).abs() <= 8.5e-8);
            prop_assert!((centre.lat() - point.lat()).abs() <= 8.5e-8);
            prop_assert_eq!(MortonKey::from_i64(key.as_i64()), Ok(key));
        }

        #[test]
        fn cells_survive_interleaving(column in 0..CELLS_PER_AXIS, row in 0..CELLS_PER_AXIS) {
            prop_assert_eq!(MortonKey::of_cell(column, row).cell(), (column, row));
        }

        #[test]
        fn going_south_east_never_lowers_a_key(a in any_point(), b in any_point()) {
            let north_west = point(a.lon().min(b.lon()), a.lat().max(b.lat()));
            let south_east = point(a.lon().max(b.lon()), a.lat().min(b.lat()));
            prop_assert!(MortonKey::of(north_west) <= MortonKey::of(south_east));
        }

        #[test]
        fn every_point_of_the_box_lies_in_a_range((bounds, inside) in box_and_point(), at_most in 0..40usize) {
            let ranges = ranges_covering(&bounds, at_most);
            prop_assert!(ranges.len() <= at_most.max(1));
            for corner in [inside, bounds.south_west(), bounds.north_east()] {
                prop_assert!(ranges.iter().any(|range| range.contains(MortonKey::of(corner))));
            }
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].last.0 + 1 < pair[1].first.0, "ranges are ordered and apart");
            }
        }
    }
}
