//! How large an outline is and where its middle lies.

use geo::orient::Direction;
use geo::{BoundingRect, Centroid, GeodesicArea, InteriorPoint, MultiPolygon, Orient};

use crate::point::{BoundingBox, Point};

/// The area on the ellipsoid in square metres, holes taken out, whichever way the rings run. (Computed on WGS 84, whose
/// flattening differs from CGCS2000's in the ninth digit.)
pub fn area_m2(outline: &MultiPolygon<f64>) -> f64 {
    outline.orient(Direction::Default).geodesic_area_unsigned()
}

/// The centre of gravity of the outline drawn in degrees. It may lie outside a bent outline; none if there is no outline.
pub fn centroid(outline: &MultiPolygon<f64>) -> Option<Point> {
    Point::try_from(outline.centroid()?.0).ok()
}

/// A point that surely lies in the outline, near the middle of its widest part: where a label or a marker goes. None if
/// there is no outline.
pub fn label_point(outline: &MultiPolygon<f64>) -> Option<Point> {
    Point::try_from(outline.interior_point()?.0).ok()
}

/// The smallest box around the outline; none if there is no outline or it leaves the world.
pub fn bounds(outline: &MultiPolygon<f64>) -> Option<BoundingBox> {
    let rect = outline.bounding_rect()?;
    BoundingBox::new(Point::try_from(rect.min()).ok()?, Point::try_from(rect.max()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use geo::{Contains, Coord};
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{jagged_outline, point, polygon, rectangle};

    #[test]
    fn areas_are_those_of_the_ellipsoid() {
        // One degree by one degree at the equator is 12 308.78 km² on WGS 84.
        let degree = area_m2(&rectangle(10.0, 0.0, 11.0, 1.0));
        assert!((degree / 1e6 - 12_308.78).abs() < 1.5, "{degree}");
    }

    #[test]
    fn holes_count_less_whichever_way_they_run() {
        let ring = [(10.0, 20.0), (10.2, 20.0), (10.2, 20.2), (10.0, 20.2)];
        let mut hole = [(10.05, 20.05), (10.15, 20.05), (10.15, 20.15), (10.05, 20.15)];
        let whole = area_m2(&polygon(&ring, &[]).into());
        let inner = area_m2(&polygon(&hole, &[]).into());
        let left = area_m2(&polygon(&ring, &[&hole]).into());
        assert!((left - (whole - inner)).abs() < 1e-3);
        hole.reverse();
        assert_eq!(area_m2(&polygon(&ring, &[&hole]).into()), left);
    }

    #[test]
    fn the_label_of_a_ring_road_stands_on_the_road() {
        let ring: MultiPolygon<f64> = polygon(
            &[(10.0, 20.0), (10.2, 20.0), (10.2, 20.2), (10.0, 20.2)],
            &[&[(10.02, 20.02), (10.18, 20.02), (10.18, 20.18), (10.02, 20.18)]],
        )
        .into();
        let middle = centroid(&ring).unwrap();
        assert!((middle.lon() - 10.1).abs() < 1e-9 && (middle.lat() - 20.1).abs() < 1e-9);
        assert!(!ring.contains(&Coord::from(middle)));
        assert!(ring.contains(&Coord::from(label_point(&ring).unwrap())));
    }

    #[test]
    fn no_outline_has_no_middle() {
        let nothing = MultiPolygon(vec![]);
        assert_eq!(
            (centroid(&nothing), label_point(&nothing), bounds(&nothing)),
            (None, None, None)
        );
        assert_eq!(area_m2(&nothing), 0.0);
        let bounds = bounds(&rectangle(10.0, 20.0, 11.0, 22.0)).unwrap();
        assert_eq!(
            (bounds.south_west(), bounds.north_east()),
            (point(10.0, 20.0), point(11.0, 22.0))
        );
    }

    proptest! {
        #[test]
        fn labels_stand_inside(outline in jagged_outline()) {
            prop_assert!(outline.contains(&Coord::from(label_point(&outline).unwrap())));
        }
    }
}
