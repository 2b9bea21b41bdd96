//! Telling the cases of an area apart by the areas of the next level.

use std::collections::HashMap;

use quanyu_domain::units::UnitCode;

use crate::error::{AppError, damaged};
use crate::rules::Rules;

/// The level below which places are told apart no further, see `UnitKind::level`: a district's subdistricts are, theirs
/// are not.
const FINEST: u8 = 1;

/// Which area of the next level a case lies in, by its finest area.
pub(super) struct Places<'r> {
    rules: &'r Rules,
    unit: UnitCode,
    /// The level of the areas that are told apart; `None`: none are.
    level: Option<u8>,
    /// `None`: outside; `Some(None)`: inside, in no area that is told apart.
    known: HashMap<String, Option<Option<UnitCode>>>,
}

impl<'r> Places<'r> {
    /// For what lies in an area.
    pub(super) fn new(rules: &'r Rules, unit: UnitCode) -> Self {
        let level = rules.tree.get(&unit).and_then(|unit| unit.kind.level());
        Self {
            rules,
            unit,
            level: level.filter(|level| *level <= FINEST).map(|level| level + 1),
            known: HashMap::new(),
        }
    }

    /// Of the finest area of a case: `None` outside, `Some(None)` inside but in no area that is told apart.
    ///
    /// # Errors
    /// When it is no code of an area.
    pub(super) fn of(&mut self, area: &str) -> Result<Option<Option<UnitCode>>, AppError> {
        if let Some(known) = self.known.get(area) {
            return Ok(known.clone());
        }
        let code: UnitCode = area.parse().map_err(|fault| damaged("area of a case", fault))?;
        let tree = &self.rules.tree;
        let found = tree.is_within(&code, &self.unit).then(|| {
            let mut above = tree.ancestors(&code);
            let below = above.find(|unit| self.level.is_some() && unit.kind.level() == self.level);
            below.map(|unit| unit.code.clone())
        });
        self.known.insert(area.to_owned(), found.clone());
        Ok(found)
    }
}
