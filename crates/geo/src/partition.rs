//! Cutting an outline into cells of equal area, to draw communities and grids (社区、单元网格) where no survey of them
//! exists yet.
//!
//! The cells are illustrative, but numbered as the standard wants it: GB/T 30428.1 counts the unit grids of a community
//! from west to east and from north to south. So the outline is first cut by parallels into rows, about as high as a
//! square cell, and each row by meridians into its cells; reading the rows like text gives the sequence numbers.

use geo::{Area, BooleanOps, BoundingRect, Coord, MultiPolygon, Polygon, Rect};
use thiserror::Error;

/// Into how many cells an outline may be cut at most.
pub const MAX_CELLS: usize = 10_000;

/// Why an outline cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PartitionError {
    /// Zero cells, or more than [`MAX_CELLS`].
    #[error("an outline can be cut into 1 to {MAX_CELLS} cells, not into {0}")]
    Cells(usize),
    /// Nothing to cut.
    #[error("the outline has no area: give closed rings of at least three different corners")]
    NoArea,
}

/// Cuts a valid outline (rings that do not cross, holes inside, parts apart) into `cells` pieces of equal area in
/// degrees, ordered row by row from north to south and from west to east in each row.
///
/// The pieces tile the outline: neighbours share their cuts to the last bit, and every piece has an area. A piece of a
/// bent outline may have several parts. Corners move by at most a billionth of the outline's extent, as coordinates are
/// put on one fine raster for all pieces. The same outline always gives the same pieces.
pub fn split(outline: &MultiPolygon<f64>, cells: usize) -> Result<Vec<MultiPolygon<f64>>, PartitionError> {
    if !(1..=MAX_CELLS).contains(&cells) {
        return Err(PartitionError::Cells(cells));
    }
    // All later clips have the same extent as this one and so the same raster: pieces are always cut from the whole.
    let extent = outline.bounding_rect().ok_or(PartitionError::NoArea)?;
    let whole = outline.intersection(&extent.to_polygon());
    let extent = whole.bounding_rect().ok_or(PartitionError::NoArea)?;
    if whole.unsigned_area() <= 0.0 {
        return Err(PartitionError::NoArea);
    }

    let mut pieces = Vec::with_capacity(cells);
    let rows = rows_of(&whole, extent, cells);
    let mut north = extent.max().y;
    let mut done = 0;
    for &upto in &rows {
        let south = if upto == cells {
            extent.min().y
        } else {
            -cut(
                &whole,
                Sweep::South,
                upto as f64 / cells as f64,
                -north,
                -extent.min().y,
            )
        };
        let clip = |west, east| whole.intersection(&cell(west, south, east, north));
        let row = clip(extent.min().x, extent.max().x);
        let in_row = upto - done;
        let mut west = extent.min().x;
        for i in 1..=in_row {
            let east = if i == in_row {
                extent.max().x
            } else {
                cut(&row, Sweep::East, i as f64 / in_row as f64, west, extent.max().x)
            };
            pieces.push(clip(west, east));
            west = east;
        }
        (north, done) = (south, upto);
    }
    Ok(pieces)
}

/// How many cells lie in the first row, the first two rows, … all rows. Rows are planned of equal height, about that of a
/// square cell, and then moved so that each holds a whole number of cells.
fn rows_of(whole: &MultiPolygon<f64>, extent: Rect<f64>, cells: usize) -> Vec<usize> {
    let east_shrinks = extent.center().y.to_radians().cos();
    let cell_height = (whole.unsigned_area() / cells as f64 * east_shrinks).sqrt();
    let count = (extent.height() / cell_height).round().clamp(1.0, cells as f64) as usize;
    let cells_north_of = |row: usize| {
        let edge = -extent.max().y + extent.height() * row as f64 / count as f64;
        (cells as f64 * share_before(whole, Sweep::South, edge)).round() as usize
    };
    let mut rows: Vec<usize> = (1..count)
        .map(cells_north_of)
        .filter(|upto| (1..cells).contains(upto))
        .collect();
    rows.push(cells);
    rows.dedup();
    rows
}

fn cell(west: f64, south: f64, east: f64, north: f64) -> Polygon<f64> {
    Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north }).to_polygon()
}

/// The way in which an outline is measured and cut.
#[derive(Clone, Copy)]
enum Sweep {
    /// Along the parallels; the way is the longitude.
    East,
    /// Along the meridians; the way is the negative latitude.
    South,
}

impl Sweep {
    /// Turns the plane so that the sweep goes along the first coordinate; a turn keeps the rings' direction.
    fn turn(self, coord: Coord<f64>) -> (f64, f64) {
        match self {
            Self::East => (coord.x, coord.y),
            Self::South => (-coord.y, coord.x),
        }
    }
}

/// How far the sweep has to go, between `from` and `to`, to pass that share of the outline's area.
fn cut(outline: &MultiPolygon<f64>, sweep: Sweep, share: f64, from: f64, to: f64) -> f64 {
    let (mut low, mut high) = (from, to);
    // Halved until the two are neighbouring numbers: the share only ever grows along the way.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if share_before(outline, sweep, middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The share of the outline's area that the sweep has passed at `way`. By Green's theorem the area with u < c is the
/// integral of min(u, c) dv along the rings; clipped outlines run counter-clockwise and their holes clockwise.
fn share_before(outline: &MultiPolygon<f64>, sweep: Sweep, way: f64) -> f64 {
    let (mut before, mut whole) = (0.0, 0.0);
    for polygon in outline {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            for line in ring.lines() {
                // Measured from the cut, so that large coordinates do not swallow small areas.
                let ((u0, v0), (u1, v1)) = (sweep.turn(line.start), sweep.turn(line.end));
                let (u0, u1, rise) = (u0 - way, u1 - way, v1 - v0);
                whole += (u0 + u1) / 2.0 * rise;
                before += match (u0 < 0.0, u1 < 0.0) {
                    (true, true) => (u0 + u1) / 2.0 * rise,
                    (true, false) => u0 / 2.0 * rise * (u0 / (u0 - u1)),
                    (false, true) => u1 / 2.0 * rise * (u1 / (u1 - u0)),
                    (false, false) => 0.0,
                };
            }
        }
    }
    before / whole
}

#[cfg(test)]
mod tests {
    use geo::{Contains, Intersects};
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{jagged_outline, polygon, rectangle};

    fn areas(pieces: &[MultiPolygon<f64>]) -> Vec<f64> {
        pieces.iter().map(Area::unsigned_area).collect()
    }

    fn assert_equal_and_complete(outline: &MultiPolygon<f64>, pieces: &[MultiPolygon<f64>]) {
        let whole = outline.unsigned_area();
        let sum: f64 = areas(pieces).iter().sum();
        assert!((sum / whole - 1.0).abs() < 1e-6, "the pieces make {sum} of {whole}");
        for area in areas(pieces) {
            let share = area / whole * pieces.len() as f64;
            assert!((share - 1.0).abs() < 1e-3, "one piece has {share} times its share");
        }
    }

    /// West to east in a row, rows from north to south: each next cell lies east of the last or begins a row south of it.
    fn assert_ordered(pieces: &[MultiPolygon<f64>]) {
        let boxes: Vec<Rect<f64>> = pieces.iter().map(|piece| piece.bounding_rect().unwrap()).collect();
        for [a, b] in boxes.array_windows() {
            let slack = 1e-8;
            let east = b.min().x >= a.max().x - slack && b.min().y < a.max().y && b.max().y > a.min().y;
            let south = b.max().y <= a.min().y + slack;
            assert!(east || south, "{b:?} comes after {a:?}");
        }
    }

    #[test]
    fn a_square_becomes_a_chessboard_numbered_like_text() {
        let pieces = split(&rectangle(0.0, 0.0, 3.0, 3.0), 9).unwrap();
        let corners: Vec<(f64, f64)> = pieces
            .iter()
            .map(|piece| piece.bounding_rect().unwrap().min())
            .map(|corner| (corner.x.round(), corner.y.round()))
            .collect();
        let expected = [
            (0.0, 2.0),
            (1.0, 2.0),
            (2.0, 2.0),
            (0.0, 1.0),
            (1.0, 1.0),
            (2.0, 1.0),
            (0.0, 0.0),
            (1.0, 0.0),
            (2.0, 0.0),
        ];
        assert_eq!(corners, expected);
        assert_equal_and_complete(&rectangle(0.0, 0.0, 3.0, 3.0), &pieces);
    }

    #[test]
    fn rows_are_as_high_as_a_square_on_the_ground() {
        // At 60° a degree of longitude is half a degree of latitude: 4° × 1° are two squares.
        let pieces = split(&rectangle(0.0, 59.5, 4.0, 60.5), 2).unwrap();
        assert_eq!(pieces.len(), 2);
        let first = pieces[0].bounding_rect().unwrap();
        assert!(
            (first.width() - 2.0).abs() < 1e-6 && (first.height() - 1.0).abs() < 1e-6,
            "{first:?}"
        );
    }

    #[test]
    fn holes_and_scattered_parts_stay_as_they_are() {
        let ring = polygon(
            &[(0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0)],
            &[&[(0.5, 0.5), (2.5, 0.7), (2.0, 2.5), (0.4, 2.0)]],
        );
        let island = polygon(&[(3.5, 1.0), (4.5, 1.2), (4.0, 2.5)], &[]);
        let outline = MultiPolygon(vec![ring, island]);
        let pieces = split(&outline, 57).unwrap();
        assert_eq!(pieces.len(), 57);
        assert_equal_and_complete(&outline, &pieces);
        assert_ordered(&pieces);
        assert!(pieces.iter().all(|piece| !piece.contains(&Coord { x: 1.5, y: 1.5 })));
    }

    #[test]
    fn rings_may_run_either_way() {
        let mut corners = [(0.0, 0.0), (2.0, 0.3), (1.7, 1.9), (0.2, 1.2)];
        let one_way = split(&polygon(&corners, &[]).into(), 7).unwrap();
        corners.reverse();
        let other_way = split(&polygon(&corners, &[]).into(), 7).unwrap();
        for (a, b) in areas(&one_way).iter().zip(areas(&other_way)) {
            assert!((a - b).abs() < 1e-8);
        }
    }

    #[test]
    fn a_city_is_cut_into_grids() {
        // Seven coarse outlines, 1 200 cells, as a whole city would be drawn.
        for (i, cells) in [171, 171, 171, 171, 172, 172, 172].into_iter().enumerate() {
            let corner = |k: usize| {
                let (sin, cos) = (std::f64::consts::TAU * k as f64 / 60.0).sin_cos();
                let reach = 0.2 + 0.05 * ((k * (i + 3)) % 7) as f64;
                (100.0 + i as f64 + reach * cos, 30.0 + reach * sin)
            };
            let outline = polygon(&(0..60).map(corner).collect::<Vec<_>>(), &[]).into();
            let pieces = split(&outline, cells).unwrap();
            assert_eq!(pieces.len(), cells);
            assert_equal_and_complete(&outline, &pieces);
            assert_ordered(&pieces);
        }
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let square = rectangle(0.0, 0.0, 1.0, 1.0);
        assert_eq!(split(&square, 0), Err(PartitionError::Cells(0)));
        assert_eq!(split(&square, MAX_CELLS + 1), Err(PartitionError::Cells(MAX_CELLS + 1)));
        assert_eq!(split(&MultiPolygon(vec![]), 3), Err(PartitionError::NoArea));
        let line = polygon(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], &[]);
        assert_eq!(split(&line.into(), 3), Err(PartitionError::NoArea));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pieces_tile_the_outline(
            outline in jagged_outline(),
            cells in 1..60usize,
            samples in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 50),
        ) {
            let pieces = split(&outline, cells).unwrap();
            prop_assert_eq!(pieces.len(), cells);
            assert_equal_and_complete(&outline, &pieces);
            assert_ordered(&pieces);
            prop_assert_eq!(&split(&outline, cells).unwrap(), &pieces);

            let extent = outline.bounding_rect().unwrap();
            for (east, north) in samples {
                let place = Coord { x: extent.min().x + east * extent.width(), y: extent.min().y + north * extent.height() };
                let holding = pieces.iter().filter(|piece| piece.intersects(&place)).count();
                prop_assert_eq!(holding, usize::from(outline.contains(&place)), "at {:?}", place);
            }
        }

        #[test]
        fn cuts_are_found_where_the_area_is(outline in jagged_outline(), share in 0.01..0.99_f64) {
            let whole = outline.intersection(&outline.bounding_rect().unwrap().to_polygon());
            let extent = whole.bounding_rect().unwrap();
            let east = cut(&whole, Sweep::East, share, extent.min().x, extent.max().x);
            let west_part = whole.intersection(&cell(extent.min().x, extent.min().y, east, extent.max().y));
            prop_assert!((west_part.unsigned_area() / whole.unsigned_area() - share).abs() < 1e-6);
            let south = -cut(&whole, Sweep::South, share, -extent.max().y, -extent.min().y);
            let north_part = whole.intersection(&cell(extent.min().x, south, extent.max().x, extent.max().y));
            prop_assert!((north_part.unsigned_area() / whole.unsigned_area() - share).abs() < 1e-6);
        }
    }
}
