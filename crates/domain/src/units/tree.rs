//! The unit tree, held in memory: a district has a few thousand units.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::{DESK_FUNCTION, Unit, UnitCode};

/// All units, past and present, by code.
#[derive(Debug, Clone, Default)]
pub struct UnitTree {
    units: HashMap<UnitCode, Unit>,
    children: HashMap<UnitCode, Vec<UnitCode>>,
}

/// No path from a unit to the root is longer; a longer one is a cycle.
const MAX_DEPTH: usize = 16;

impl UnitTree {
    /// A tree from its units. Later units replace earlier ones of the same code.
    pub fn new(units: impl IntoIterator<Item = Unit>) -> Self {
        let mut tree = Self::default();
        for unit in units {
            tree.put(unit);
        }
        tree
    }

    /// Adds or replaces a unit.
    pub fn put(&mut self, unit: Unit) {
        if let Some(old) = self.units.get(&unit.code)
            && let Some(siblings) = old.parent.as_ref().and_then(|parent| self.children.get_mut(parent))
        {
            siblings.retain(|code| *code != unit.code);
        }
        if let Some(parent) = &unit.parent {
            let siblings = self.children.entry(parent.clone()).or_default();
            let at = siblings.binary_search(&unit.code).unwrap_or_else(|at| at);
            siblings.insert(at, unit.code.clone());
        }
        self.units.insert(unit.code.clone(), unit);
    }

    /// The unit of this code.
    pub fn get(&self, code: &UnitCode) -> Option<&Unit> {
        self.units.get(code)
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// All units, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// All units, in the order of their codes.
    pub fn all(&self) -> Vec<&Unit> {
        let mut all: Vec<&Unit> = self.units.values().collect();
        all.sort_by(|a, b| a.code.cmp(&b.code));
        all
    }

    /// The units directly below, in the order of their codes.
    pub fn children(&self, code: &UnitCode) -> impl Iterator<Item = &Unit> {
        self.children
            .get(code)
            .into_iter()
            .flatten()
            .filter_map(|child| self.units.get(child))
    }

    /// The unit itself and everything above it, from itself to the root.
    pub fn ancestors(&self, code: &UnitCode) -> impl Iterator<Item = &Unit> {
        std::iter::successors(self.units.get(code), |unit| self.units.get(unit.parent.as_ref()?)).take(MAX_DEPTH)
    }

    /// Whether `code` is `above` or lies below it.
    pub fn is_within(&self, code: &UnitCode, above: &UnitCode) -> bool {
        self.ancestors(code).any(|unit| unit.code == *above)
    }

    /// The area that a unit is or serves: itself, or the nearest area above a department.
    pub fn area_of(&self, code: &UnitCode) -> Option<UnitCode> {
        self.ancestors(code)
            .find(|unit| unit.kind.is_area())
            .map(|unit| unit.code.clone())
    }

    /// The areas under which the party index keeps cases that lie in `area`: the area itself, and for a city its
    /// districts too, because cases are not indexed under their city (it would be one more row for every case).
    pub fn case_areas_under(&self, area: &UnitCode) -> Vec<UnitCode> {
        let mut areas = vec![area.clone()];
        if self.get(area).is_some_and(|unit| unit.kind == super::UnitKind::City) {
            areas.extend(
                self.children(area)
                    .filter(|u| u.kind == super::UnitKind::District)
                    .map(|u| u.code.clone()),
            );
        }
        areas
    }

    /// The department with a function that serves an area: its own, or that of the nearest area above it.
    pub fn department(&self, area: &UnitCode, function: &str, date: Date) -> Option<&Unit> {
        self.ancestors(area).find_map(|above| {
            self.children(&above.code)
                .find(|unit| unit.function.as_deref() == Some(function) && unit.is_valid_on(date))
        })
    }

    /// The desk that takes, dispatches, verifies and calls back for an area. An area without a desk of its own or
    /// above it is its own desk.
    pub fn desk(&self, area: &UnitCode, date: Date) -> UnitCode {
        self.department(area, DESK_FUNCTION, date)
            .map_or_else(|| area.clone(), |unit| unit.code.clone())
    }

    /// The units that do a unit's work on a day: itself while it is valid, otherwise its successors, theirs, and so on.
    /// Empty where nobody took its place.
    pub fn in_force(&self, code: &UnitCode, date: Date) -> Vec<UnitCode> {
        let mut found = Vec::new();
        let mut waiting = vec![(code.clone(), 0)];
        while let Some((code, depth)) = waiting.pop() {
            match self.units.get(&code) {
                Some(unit) if unit.is_valid_on(date) => found.push(code),
                Some(unit) if depth < MAX_DEPTH => {
                    waiting.extend(unit.successors.iter().rev().map(|next| (next.clone(), depth + 1)));
                }
                _ => {}
            }
        }
        // Two that split a unit may have merged again.
        let mut seen = HashSet::new();
        found.retain(|code| seen.insert(code.clone()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Title;
    use crate::units::UnitKind;

    fn code(text: &str) -> UnitCode {
        text.parse().expect("a unit code")
    }

    fn unit(text: &str, kind: UnitKind, parent: Option<&str>) -> Unit {
        Unit {
            code: code(text),
            kind,
            title: Title::new(text, text),
            parent: parent.map(code),
            function: text.split_once('-').map(|(_, function)| function.to_owned()),
            valid_from: "2020-01-01".parse().expect("a date"),
            valid_to: None,
            successors: Vec::new(),
        }
    }

    fn ended(unit: Unit, on: &str, successors: &[&str]) -> Unit {
        Unit {
            valid_to: Some(on.parse().expect("a date")),
            successors: successors.iter().map(|text| code(text)).collect(),
            ..unit
        }
    }

    const CITY: &str = "990100000000";
    const EAST: &str = "990101000000";
    const WEST: &str = "990102000000";
    const MILL: &str = "990101001000";
    const DESK: &str = "990101000000-command_centre";

    fn tree() -> UnitTree {
        UnitTree::new([
            unit(CITY, UnitKind::City, None),
            unit(WEST, UnitKind::District, Some(CITY)),
            unit(EAST, UnitKind::District, Some(CITY)),
            unit(DESK, UnitKind::Department, Some(EAST)),
            unit(MILL, UnitKind::Subdistrict, Some(EAST)),
        ])
    }

    #[test]
    fn a_unit_that_is_put_again_hangs_in_one_place() {
        let mut tree = tree();
        tree.put(unit(MILL, UnitKind::Subdistrict, Some(WEST)));
        assert_eq!(tree.len(), 5);
        assert!(tree.is_within(&code(MILL), &code(WEST)) && !tree.is_within(&code(MILL), &code(EAST)));
        let below = |parent: &str| {
            tree.children(&code(parent))
                .map(|unit| unit.code.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(below(EAST), [DESK]);
        assert_eq!(below(WEST), [MILL]);
        assert_eq!(below(CITY), [EAST, WEST], "in the order of codes");
        assert_eq!(tree.all()[0].code, code(CITY));
    }

    #[test]
    fn a_cycle_ends() {
        let mut tree = tree();
        tree.put(unit(CITY, UnitKind::City, Some(MILL)));
        assert_eq!(tree.ancestors(&code(MILL)).count(), MAX_DEPTH);
        assert!(!tree.is_within(&code(MILL), &code(WEST)));
    }

    #[test]
    fn the_desk_is_the_nearest_that_exists() {
        let mut tree = tree();
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let desk = |tree: &UnitTree, area: &str, date: &str| tree.desk(&code(area), day(date)).to_string();
        assert_eq!(desk(&tree, MILL, "2024-03-04"), DESK);
        assert_eq!(
            desk(&tree, WEST, "2024-03-04"),
            WEST,
            "an area without a desk is its own"
        );
        assert_eq!(desk(&tree, MILL, "2019-12-31"), MILL, "no desk existed yet");
        let own = "990101001000-command_centre";
        tree.put(ended(unit(own, UnitKind::Department, Some(MILL)), "2024-06-01", &[]));
        assert_eq!(desk(&tree, MILL, "2024-05-31"), own);
        assert_eq!(desk(&tree, MILL, "2024-06-01"), DESK);
        assert_eq!(tree.area_of(&code(own)), Some(code(MILL)));
        assert_eq!(tree.area_of(&code("990109000000")), None);
    }

    #[test]
    fn work_passes_to_successors_and_theirs() {
        let mut tree = tree();
        let names = ["990101003000", "990101004000", "990101005000", "990101006000"];
        let [a, b, c, d] = names;
        let new = |text: &str| unit(text, UnitKind::Subdistrict, Some(EAST));
        tree.put(ended(new(a), "2022-01-01", &[b, c]));
        tree.put(ended(new(b), "2023-01-01", &[d]));
        tree.put(ended(new(c), "2024-01-01", &[d]));
        tree.put(new(d));
        let on = |date: &str| {
            let units = tree.in_force(&code(a), date.parse().expect("a date"));
            units.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(on("2021-12-31"), [a]);
        assert_eq!(on("2022-06-01"), [b, c]);
        assert_eq!(on("2023-06-01"), [d, c]);
        assert_eq!(on("2024-06-01"), [d], "once, though both passed it on");
        assert_eq!(on("2019-06-01"), [d; 0], "before its time nobody did its work");
        let gone = ended(new(d), "2025-01-01", &[]);
        tree.put(gone);
        assert!(
            tree.in_force(&code(a), "2025-01-01".parse().expect("a date"))
                .is_empty()
        );
    }
}
