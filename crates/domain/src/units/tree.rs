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
