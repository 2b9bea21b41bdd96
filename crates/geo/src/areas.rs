//! Which areas hold a point: the index behind "in whose district, street, community and grid does this lie?".
//!
//! **A point on a border belongs to one area.** Outlines of one level share their borders, so a point may lie on several
//! of them and in none. The rule, the same for every reader of the index and every order of building it:
//!
//! 1. an area of the level that has the point strictly inside holds it (all of them, should outlines overlap);
//! 2. if there is none, then of the areas on whose border the point lies the one with the **lowest key** holds it.
//!
//! With division codes as keys (区划代码: a child's code begins with its parent's) the lowest grid on a border lies in
//! the lowest community on it, so the levels agree with each other.

use std::ops::ControlFlow;

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{BoundingRect, Coord, CoordsIter, LineString, MultiPolygon, Polygon};
use rstar::{AABB, RTree, RTreeObject};
use thiserror::Error;

use crate::point::Point;

/// An outline with a key, at a level of the tree of areas (0 is the topmost, e.g. district, street, community, grid).
#[derive(Debug, Clone, PartialEq)]
pub struct Area<K> {
    /// What [`AreaIndex::locate`] answers with.
    pub key: K,
    /// The level: areas of one level are expected to lie beside each other, areas of different levels on top.
    pub level: u8,
    /// The outline in CGCS2000 degrees.
    pub outline: MultiPolygon<f64>,
}

/// Areas, ready to be asked which of them hold a point. It never changes; a new division builds a new index.
#[derive(Debug)]
pub struct AreaIndex<K> {
    /// Ordered, so that comparing positions in this list compares levels and then keys.
    names: Vec<(u8, K)>,
    tree: RTree<Part>,
}

/// A polygon as its rings: the exterior and then its holes.
pub type Rings = Vec<Vec<[f64; 2]>>;

/// Areas that cannot be indexed. `position` counts the areas in the given order, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AreaIndexError {
    /// An area without an outline would silently never be found.
    #[error("area {position} has no outline: leave it out or give it one")]
    EmptyOutline {
        /// Which area.
        position: usize,
    },
    /// A coordinate is NaN or infinite.
    #[error("the outline of area {position} has a coordinate that is not a number")]
    NotFinite {
        /// Which area.
        position: usize,
    },
    /// Two areas of a level have the same key; several polygons of one area belong into one outline.
    #[error("area {position} has a key that an earlier area of its level already has: join the two outlines")]
    DuplicateKey {
        /// The later of the two areas.
        position: usize,
    },
}

/// One polygon of an outline. Polygons, not outlines, are indexed: the envelope of a scattered outline says little.
#[derive(Debug)]
struct Part {
    /// Position in [`AreaIndex::names`].
    area: usize,
    level: u8,
    envelope: AABB<[f64; 2]>,
    polygon: Polygon<f64>,
}

impl RTreeObject for Part {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

impl<K: Ord> AreaIndex<K> {
    /// Builds the index; the order of the areas does not matter.
    pub fn new(areas: impl IntoIterator<Item = Area<K>>) -> Result<Self, AreaIndexError> {
        let mut areas: Vec<(usize, Area<K>)> = areas.into_iter().enumerate().collect();
        areas.sort_by(|(_, a), (_, b)| (a.level, &a.key).cmp(&(b.level, &b.key)));
        if let Some([_, (position, _)]) = areas
            .array_windows()
            .find(|[(_, a), (_, b)]| (a.level, &a.key) == (b.level, &b.key))
        {
            return Err(AreaIndexError::DuplicateKey { position: *position });
        }

        let mut names = Vec::with_capacity(areas.len());
        let mut parts = Vec::with_capacity(areas.len());
        for (position, Area { key, level, outline }) in areas {
            if outline
                .coords_iter()
                .any(|coord| !(coord.x.is_finite() && coord.y.is_finite()))
            {
                return Err(AreaIndexError::NotFinite { position });
            }
            let parts_before = parts.len();
            for polygon in outline {
                if let Some(rect) = polygon.bounding_rect() {
                    let envelope = AABB::from_corners(rect.min().into(), rect.max().into());
                    parts.push(Part {
                        area: names.len(),
                        level,
                        envelope,
                        polygon,
                    });
                }
            }
            if parts.len() == parts_before {
                return Err(AreaIndexError::EmptyOutline { position });
            }
            names.push((level, key));
        }
        Ok(Self {
            names,
            tree: RTree::bulk_load(parts),
        })
    }

    /// How many areas there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no areas.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The outline of every area, in the order of levels and then keys: polygons, each of an exterior ring and holes, each
    /// ring of longitudes and latitudes in CGCS2000 degrees.
    pub fn outlines(&self) -> Vec<(u8, &K, Vec<Rings>)> {
        let mut outlines: Vec<(u8, &K, Vec<Rings>)> = self
            .names
            .iter()
            .map(|(level, key)| (*level, key, Vec::new()))
            .collect();
        for part in &self.tree {
            let rings = std::iter::once(part.polygon.exterior()).chain(part.polygon.interiors());
            let corners = |ring: &LineString<f64>| ring.coords().map(|corner| [corner.x, corner.y]).collect();
            outlines[part.area].2.push(rings.map(corners).collect());
        }
        outlines
    }

    /// All areas that hold the point, with their levels, ordered by level and then key.
    pub fn locate(&self, point: Point) -> Vec<(u8, &K)> {
        self.holding(point, |_| true)
            .into_iter()
            .map(|area| (self.names[area].0, &self.names[area].1))
            .collect()
    }

    /// The area of the level that holds the point: the lowest key, should outlines of the level overlap.
    pub fn locate_at(&self, point: Point, level: u8) -> Option<&K> {
        self.holding(point, |part| part == level)
            .first()
            .map(|&area| &self.names[area].1)
    }

    /// Positions in `names` of the areas of the wanted levels that hold the point, rising.
    fn holding(&self, point: Point, wanted: impl Fn(u8) -> bool) -> Vec<usize> {
        let coord = Coord::from(point);
        let mut touched: Vec<(usize, CoordPos)> = Vec::new();
        let visit = |part: &Part| {
            if wanted(part.level) {
                match part.polygon.coordinate_position(&coord) {
                    CoordPos::Outside => {}
                    position => touched.push((part.area, position)),
                }
            }
            ControlFlow::<()>::Continue(())
        };
        let _: ControlFlow<()> = self
            .tree
            .locate_in_envelope_intersecting_int(AABB::from_point([coord.x, coord.y]), visit);

        touched.sort_unstable_by_key(|&(area, position)| (area, position == CoordPos::OnBoundary));
        touched.dedup_by_key(|(area, _)| *area);
        if touched.iter().all(|(_, position)| *position == CoordPos::Inside) {
            return touched.into_iter().map(|(area, _)| area).collect();
        }
        touched
            .chunk_by(|(a, _), (b, _)| self.names[*a].0 == self.names[*b].0)
            .flat_map(|level| {
                let inside = |(_, position): &&(usize, CoordPos)| *position == CoordPos::Inside;
                let on_borders_only = !level.iter().any(|touched| inside(&touched));
                level
                    .iter()
                    .filter(inside)
                    .chain(level.iter().take(usize::from(on_borders_only)))
            })
            .map(|(area, _)| *area)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{point, polygon, rectangle};

    fn area(key: &'static str, level: u8, outline: MultiPolygon<f64>) -> Area<&'static str> {
        Area { key, level, outline }
    }

    /// Two blocks of two plots each; the plots' codes begin with their block's.
    fn town() -> Vec<Area<&'static str>> {
        vec![
            area("2", 0, rectangle(2.0, 0.0, 4.0, 2.0)),
            area("1", 0, rectangle(0.0, 0.0, 2.0, 2.0)),
            area("22", 1, rectangle(3.0, 0.0, 4.0, 2.0)),
            area("21", 1, rectangle(2.0, 0.0, 3.0, 2.0)),
            area("11", 1, rectangle(0.0, 0.0, 1.0, 2.0)),
            area("12", 1, rectangle(1.0, 0.0, 2.0, 2.0)),
        ]
    }

    #[test]
    fn every_level_answers() {
        let index = AreaIndex::new(town()).unwrap();
        assert_eq!(index.len(), 6);
        assert_eq!(index.locate(point(2.5, 1.0)), [(0, &"2"), (1, &"21")]);
        assert_eq!(index.locate_at(point(2.5, 1.0), 1), Some(&"21"));
        assert_eq!(index.locate_at(point(2.5, 1.0), 2), None);
        assert_eq!(index.locate(point(4.5, 1.0)), []);
    }

    #[test]
    fn a_border_belongs_to_the_lowest_key_and_the_levels_agree() {
        for areas in [town(), town().into_iter().rev().collect()] {
            let index = AreaIndex::new(areas).unwrap();
            assert_eq!(index.locate(point(1.0, 1.0)), [(0, &"1"), (1, &"11")]);
            assert_eq!(index.locate(point(2.0, 1.0)), [(0, &"1"), (1, &"12")]);
            assert_eq!(index.locate(point(2.0, 2.0)), [(0, &"1"), (1, &"12")]);
            assert_eq!(index.locate(point(4.0, 0.0)), [(0, &"2"), (1, &"22")]);
            assert_eq!(index.locate_at(point(3.0, 0.5), 1), Some(&"21"));
        }
    }

    #[test]
    fn the_inside_of_one_area_goes_before_the_border_of_another() {
        let index = AreaIndex::new([
            area("a", 0, rectangle(0.0, 0.0, 1.0, 1.0)),
            area("b", 0, rectangle(0.5, 0.0, 2.0, 1.0)),
            area("c", 0, rectangle(0.5, 0.0, 3.0, 1.0)),
        ])
        .unwrap();
        assert_eq!(index.locate(point(1.0, 0.5)), [(0, &"b"), (0, &"c")]);
        assert_eq!(index.locate(point(0.75, 0.5)), [(0, &"a"), (0, &"b"), (0, &"c")]);
        assert_eq!(index.locate_at(point(0.75, 0.5), 0), Some(&"a"));
        assert_eq!(index.locate(point(0.75, 1.0)), [(0, &"a")]);
    }

    #[test]
    fn holes_are_outside_and_scattered_parts_are_one_area() {
        let ring = polygon(
            &[(0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0)],
            &[&[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0)]],
        );
        // The second part touches the first in the corner (3, 3).
        let far = polygon(&[(3.0, 3.0), (4.0, 3.0), (4.0, 4.0), (3.0, 4.0)], &[]);
        let index = AreaIndex::new([area("a", 0, MultiPolygon(vec![ring, far]))]).unwrap();
        assert_eq!(index.locate(point(1.5, 1.5)), []);
        assert_eq!(index.locate(point(1.0, 1.5)), [(0, &"a")]);
        assert_eq!(index.locate(point(3.5, 3.5)), [(0, &"a")]);
        assert_eq!(index.locate(point(3.0, 3.0)), [(0, &"a")]);
    }

    #[test]
    fn areas_that_could_never_be_found_are_refused() {
        let good = || area("a", 0, rectangle(0.0, 0.0, 1.0, 1.0));
        let empty = area("b", 0, MultiPolygon(vec![]));
        assert_eq!(
            AreaIndex::new([good(), empty]).unwrap_err(),
            AreaIndexError::EmptyOutline { position: 1 }
        );
        let nan = area("b", 0, rectangle(0.0, f64::NAN, 1.0, 1.0));
        assert_eq!(
            AreaIndex::new([nan, good()]).unwrap_err(),
            AreaIndexError::NotFinite { position: 0 }
        );
        assert_eq!(
            AreaIndex::new([good(), good()]).unwrap_err(),
            AreaIndexError::DuplicateKey { position: 1 }
        );
        let other_level = Area { level: 1, ..good() };
        assert!(AreaIndex::new([good(), other_level]).is_ok());
        assert!(AreaIndex::<u8>::new([]).unwrap().locate(point(0.0, 0.0)).is_empty());
    }

    proptest! {
        // Whole and half degrees put every second point on borders and corners.
        #[test]
        fn the_index_finds_what_looking_at_every_area_finds(
            boxes in prop::collection::vec((0..6_i32, 0..6_i32, 1..4_i32, 1..4_i32, 0..3_u8), 1..40),
            x in 0..20_i32,
            y in 0..20_i32,
        ) {
            let areas: Vec<Area<usize>> = boxes.iter().enumerate().map(|(key, &(west, south, width, height, level))| {
                let [west, south, width, height] = [west, south, width, height].map(f64::from);
                Area { key, level, outline: rectangle(west, south, west + width, south + height) }
            }).collect();
            let place = point(f64::from(x) / 2.0, f64::from(y) / 2.0);
            let mut expected = Vec::new();
            for level in 0..3 {
                let at = |wanted: CoordPos| areas.iter()
                    .filter(|area| area.level == level && area.outline.coordinate_position(&place.into()) == wanted)
                    .map(|area| (level, area.key))
                    .collect::<Vec<_>>();
                let inside = at(CoordPos::Inside);
                expected.extend(if inside.is_empty() { at(CoordPos::OnBoundary).into_iter().take(1).collect() } else { inside });
            }
            let index = AreaIndex::new(areas.iter().rev().cloned()).unwrap();
            let found: Vec<(u8, usize)> = index.locate(place).into_iter().map(|(level, key)| (level, *key)).collect();
            prop_assert_eq!(&found, &expected);
            for level in 0..3 {
                let lowest = expected.iter().find(|(at, _)| *at == level).map(|(_, key)| key);
                prop_assert_eq!(index.locate_at(place, level), lowest);
            }
        }
    }
}
