//! How fast [`AreaIndex::locate`] is: 2,000 made-up areas on four levels (district, street, community, grid) over the
//! same ground, 32 corners each, and points spread evenly over it. Prints one line of JSON; the naive rate comes from
//! looking at every area's envelope and outline, on a sample of the same points.
#![allow(clippy::print_stdout, reason = "the line of JSON is what this example is for")]

use std::hint::black_box;
use std::time::Instant;

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{BoundingRect, Contains, Coord, LineString, MultiPolygon, Polygon, Rect};
use quanyu_geo::{Area, AreaIndex, Point};

/// Columns and rows of areas on each level: 10 + 90 + 400 + 1 500 = 2 000.
const LEVELS: [(u32, u32); 4] = [(5, 2), (10, 9), (20, 20), (50, 30)];
/// Pieces of an edge between two areas.
const PIECES: u32 = 8;
const POINTS: usize = 1_000_000;
const NAIVE_POINTS: usize = 20_000;
const WEST: f64 = 100.0;
const SOUTH: f64 = 30.0;
const EXTENT: f64 = 1.0;

fn main() {
    let areas: Vec<Area<u32>> = LEVELS
        .into_iter()
        .zip(0_u8..)
        .flat_map(|(lattice, level)| areas(lattice, level))
        .collect();
    let points: Vec<Point> = (0..POINTS as u64)
        .map(|i| {
            let (east, north) = (share(2 * i), share(2 * i + 1));
            Point::new(WEST + EXTENT * east, SOUTH + EXTENT * north).expect("the lattice lies inside the world")
        })
        .collect();
    let index = AreaIndex::new(areas.iter().cloned()).expect("the lattice's areas have outlines and keys of their own");

    let start = Instant::now();
    let found: usize = points.iter().map(|point| black_box(index.locate(*point)).len()).sum();
    let rate = POINTS as f64 / start.elapsed().as_secs_f64();

    let envelopes: Vec<(Rect<f64>, &Area<u32>)> = areas
        .iter()
        .filter_map(|area| Some((area.outline.bounding_rect()?, area)))
        .collect();
    let naive = |point: &Point| -> Vec<(u8, u32)> {
        let coord = Coord::from(*point);
        let holds =
            |(envelope, area): &&(Rect<f64>, &Area<u32>)| envelope.contains(&coord) && area.outline.contains(&coord);
        envelopes
            .iter()
            .filter(holds)
            .map(|(_, area)| (area.level, area.key))
            .collect()
    };
    let sample = &points[..NAIVE_POINTS];
    let start = Instant::now();
    for point in sample {
        black_box(naive(point));
    }
    let naive_rate = NAIVE_POINTS as f64 / start.elapsed().as_secs_f64();

    for point in sample {
        let on_border = || {
            areas
                .iter()
                .any(|area| area.outline.coordinate_position(&(*point).into()) == CoordPos::OnBoundary)
        };
        let located: Vec<(u8, u32)> = index
            .locate(*point)
            .into_iter()
            .map(|(level, key)| (level, *key))
            .collect();
        assert!(
            located == naive(point) || on_border(),
            "the two ways disagree at {point:?}"
        );
    }
    let line = serde_json::json!({
        "polygons": areas.len(),
        "points": POINTS,
        "areas_per_point": found as f64 / POINTS as f64,
        "points_per_second": rate.round(),
        "naive_points_per_second": naive_rate.round(),
        "ratio": (rate / naive_rate * 10.0).round() / 10.0,
    });
    println!("{line}");
}

/// The areas of one level: quadrilaterals whose edges are wavy and shared with their neighbours.
fn areas((columns, rows): (u32, u32), level: u8) -> impl Iterator<Item = Area<u32>> {
    let places = (0..rows).flat_map(move |row| (0..columns).map(move |column| (column, row)));
    places.zip(0..).map(move |((column, row), key)| {
        let (west, south) = (column * PIECES, row * PIECES);
        let east_bound = (0..PIECES).map(|i| (west + i, south));
        let north_bound = (0..PIECES).map(|i| (west + PIECES, south + i));
        let west_bound = (0..PIECES).map(|i| (west + PIECES - i, south + PIECES));
        let south_bound = (0..PIECES).map(|i| (west, south + PIECES - i));
        let ring = east_bound.chain(north_bound).chain(west_bound).chain(south_bound);
        let corner = |(x, y): (u32, u32)| corner((x, y), (columns * PIECES, rows * PIECES), level);
        let exterior = LineString(ring.map(corner).collect());
        Area {
            key,
            level,
            outline: MultiPolygon(vec![Polygon::new(exterior, vec![])]),
        }
    })
}

/// A point of the fine lattice, moved a little; the ground's outer edge stays straight.
fn corner((x, y): (u32, u32), (columns, rows): (u32, u32), level: u8) -> Coord<f64> {
    let seed = u64::from(level) << 48 | u64::from(x) << 24 | u64::from(y) << 1;
    let moved = |at: u32, end: u32, seed: u64| {
        let wave = if at == 0 || at == end {
            0.0
        } else {
            (share(seed) - 0.5) * 0.8
        };
        (f64::from(at) + wave) / f64::from(end) * EXTENT
    };
    Coord {
        x: WEST + moved(x, columns, seed),
        y: SOUTH + moved(y, rows, seed + 1),
    }
}

/// An even share of 0..1 from a number (SplitMix64), so that every run asks the same.
fn share(number: u64) -> f64 {
    let mut bits = number
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ bits >> 31) >> 11) as f64 / (1_u64 << 53) as f64
}
