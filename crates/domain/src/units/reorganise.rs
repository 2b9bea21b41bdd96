//! Changes of the unit tree: adding, amending, merging, splitting, ending.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Unit, UnitCode, UnitTree};
use crate::refusal::Refusal;

/// What an administrator can do to the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum UnitCommand {
    /// Add units; parents first, or in the same command.
    Add {
        /// The new units.
        units: Vec<Unit>,
    },
    /// Change the name, parent or function of a unit.
    Amend {
        /// The unit as it shall be; its code and dates stay.
        unit: Unit,
    },
    /// 合并: several units become one.
    Merge {
        /// The units that end.
        from: Vec<UnitCode>,
        /// The unit that takes their place: a new one, or one that exists already.
        into: Unit,
        /// First day of the new order.
        on: Date,
    },
    /// 拆分: one unit becomes several.
    Split {
        /// The unit that ends.
        from: UnitCode,
        /// The new units.
        into: Vec<Unit>,
        /// First day of the new order.
        on: Date,
    },
}

/// A change of the tree as the journal keeps it: the units as they are after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitEvent {
    /// What was done: `added`, `amended`, `merged`, `split`.
    pub what: UnitChange,
    /// Every unit that is new or changed, whole.
    pub units: Vec<Unit>,
}

/// What was done to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitChange {
    /// Units were added.
    Added,
    /// A unit was changed.
    Amended,
    /// Several became one.
    Merged,
    /// One became several.
    Split,
}

/// Decides a change of the tree.
///
/// What lies below units that merge lies below the one that takes their place; what lies below a unit that splits stays
/// where it is until it is amended, because nobody but the administrator knows which half it belongs to.
///
/// # Errors
/// When a code is taken, unknown or named twice, a parent is missing or of a lower level, a unit would be its own
/// ancestor, or dates contradict.
pub fn decide_units(tree: &UnitTree, command: UnitCommand) -> Result<UnitEvent, Refusal> {
    let event = match command {
        UnitCommand::Add { units } => {
            if let Some(taken) = units.iter().find(|unit| tree.get(&unit.code).is_some()) {
                return Err(invalid(
                    "units",
                    format!("{} 已存在", taken.code),
                    format!("{} exists already", taken.code),
                ));
            }
            UnitEvent {
                what: UnitChange::Added,
                units,
            }
        }
        UnitCommand::Amend { unit } => {
            let old = known(tree, &unit.code)?;
            let unit = Unit {
                valid_from: old.valid_from,
                valid_to: old.valid_to,
                successors: old.successors.clone(),
                ..unit
            };
            UnitEvent {
                what: UnitChange::Amended,
                units: vec![unit],
            }
        }
        UnitCommand::Merge { from, into, on } => {
            if from.len() < 2 && from.contains(&into.code) || from.is_empty() {
                return Err(invalid(
                    "from",
                    "合并至少涉及两个单位",
                    "a merger takes at least two units",
                ));
            }
            let mut units = Vec::new();
            for code in from.iter().filter(|code| **code != into.code) {
                units.push(ended(known(tree, code)?, on, vec![into.code.clone()])?);
                let below = tree
                    .children(code)
                    .filter(|unit| unit.valid_to.is_none_or(|to| on < to));
                units.extend(below.filter(|unit| !from.contains(&unit.code)).map(|unit| Unit {
                    parent: Some(into.code.clone()),
                    ..unit.clone()
                }));
            }
            units.push(starting(tree, into, on)?);
            UnitEvent {
                what: UnitChange::Merged,
                units,
            }
        }
        UnitCommand::Split { from, into, on } => {
            if into.len() < 2 || into.iter().any(|unit| unit.code == from) {
                return Err(invalid(
                    "into",
                    "拆分须产生至少两个新代码的单位",
                    "a split makes at least two units with codes of their own",
                ));
            }
            let successors = into.iter().map(|unit| unit.code.clone()).collect();
            let mut units = vec![ended(known(tree, &from)?, on, successors)?];
            for unit in into {
                units.push(starting(tree, unit, on)?);
            }
            UnitEvent {
                what: UnitChange::Split,
                units,
            }
        }
    };
    check(tree, &event)?;
    Ok(event)
}

/// Applies a change to the tree.
pub fn apply_unit_event(tree: &mut UnitTree, event: &UnitEvent) {
    for unit in &event.units {
        tree.put(unit.clone());
    }
}

fn known<'a>(tree: &'a UnitTree, code: &UnitCode) -> Result<&'a Unit, Refusal> {
    tree.get(code).ok_or_else(|| {
        Refusal::not_found(
            "unknown_unit",
            format!("没有单位 {code}"),
            format!("there is no unit {code}"),
        )
    })
}

fn ended(unit: &Unit, on: Date, successors: Vec<UnitCode>) -> Result<Unit, Refusal> {
    if !unit.is_valid_on(on) || unit.valid_from == on {
        return Err(invalid(
            "on",
            format!("{} 在该日之前并未存续", unit.code),
            format!(
                "{} does not exist on the day before: choose a day within its validity",
                unit.code
            ),
        ));
    }
    Ok(Unit {
        valid_to: Some(on),
        successors,
        ..unit.clone()
    })
}

fn starting(tree: &UnitTree, unit: Unit, on: Date) -> Result<Unit, Refusal> {
    match tree.get(&unit.code) {
        Some(old) if !old.is_valid_on(on) => Err(invalid(
            "into",
            format!("{} 届时不存续", old.code),
            format!("{} does not exist on that day: choose another", old.code),
        )),
        Some(old) => Ok(Unit {
            title: unit.title,
            ..old.clone()
        }),
        None => Ok(Unit {
            valid_from: on,
            valid_to: None,
            successors: Vec::new(),
            ..unit
        }),
    }
}

/// The tree after the event must still be a tree.
fn check(tree: &UnitTree, event: &UnitEvent) -> Result<(), Refusal> {
    let mut after = tree.clone();
    apply_unit_event(&mut after, event);
    let mut seen = HashSet::new();
    for unit in &event.units {
        if !seen.insert(&unit.code) {
            return Err(invalid(
                "units",
                format!("{} 出现两次", unit.code),
                format!("{} is named twice", unit.code),
            ));
        }
        if unit.valid_to.is_some_and(|to| to <= unit.valid_from) {
            return Err(invalid(
                "valid_to",
                format!("{} 在设立之前已撤销", unit.code),
                format!("{} ends before it begins", unit.code),
            ));
        }
        if let Some(parent) = &unit.parent {
            let Some(above) = after.get(parent) else {
                return Err(invalid(
                    "parent",
                    format!("{} 的上级 {parent} 不存在", unit.code),
                    format!("{}'s parent {parent} does not exist: add it first", unit.code),
                ));
            };
            if after.is_within(parent, &unit.code) {
                return Err(invalid(
                    "parent",
                    format!("{} 不能是自己的上级", unit.code),
                    format!("{} cannot lie above itself", unit.code),
                ));
            }
            // A department may lie below anything; a piece of land lies in a larger one.
            if unit
                .kind
                .level()
                .is_some_and(|level| above.kind.level().is_none_or(|above| above >= level))
            {
                return Err(invalid(
                    "parent",
                    format!("{} 的上级 {parent} 不是更高一级的区划", unit.code),
                    format!("{}'s parent {parent} is no area of a higher level", unit.code),
                ));
            }
        }
        if unit.title.zh.is_empty() {
            return Err(invalid(
                "title",
                format!("{} 没有名称", unit.code),
                format!("{} has no name", unit.code),
            ));
        }
    }
    Ok(())
}

fn invalid(
    field: &'static str,
    zh: impl Into<std::borrow::Cow<'static, str>>,
    en: impl Into<std::borrow::Cow<'static, str>>,
) -> Refusal {
    Refusal::invalid("invalid_unit", field, zh, en)
}

#[cfg(test)]
mod tests {
    use super::super::UnitKind;
    use super::*;
    use crate::text::Title;

    fn unit(code: &str, kind: UnitKind, parent: Option<&str>) -> Unit {
        Unit {
            code: code.parse().unwrap(),
            kind,
            title: Title::new(code, code),
            parent: parent.map(|p| p.parse().unwrap()),
            function: None,
            valid_from: "2020-01-01".parse().unwrap(),
            valid_to: None,
            successors: Vec::new(),
        }
    }

    fn tree() -> UnitTree {
        UnitTree::new([
            unit("990100000000", UnitKind::City, None),
            unit("990101000000", UnitKind::District, Some("990100000000")),
            unit("990101001000", UnitKind::Subdistrict, Some("990101000000")),
            unit("990101001001", UnitKind::Community, Some("990101001000")),
            unit("990101001002", UnitKind::Community, Some("990101001000")),
        ])
    }

    #[test]
    fn a_merger_ends_units_and_their_past_stays() {
        let mut tree = tree();
        let (a, b): (UnitCode, UnitCode) = ("990101001001".parse().unwrap(), "990101001002".parse().unwrap());
        let into = unit("990101001003", UnitKind::Community, Some("990101001000"));
        let on: Date = "2024-07-01".parse().unwrap();
        let command = UnitCommand::Merge {
            from: vec![a.clone(), b.clone()],
            into,
            on,
        };
        let event = decide_units(&tree, command.clone()).unwrap();
        apply_unit_event(&mut tree, &event);
        assert!(tree.get(&a).unwrap().is_valid_on("2024-06-30".parse().unwrap()));
        assert!(!tree.get(&a).unwrap().is_valid_on(on));
        assert_eq!(tree.in_force(&b, on), vec!["990101001003".parse().unwrap()]);
        assert_eq!(tree.in_force(&b, "2024-06-30".parse().unwrap()), vec![b]);
        let again = decide_units(&tree, command).unwrap_err();
        assert_eq!(again.code, "invalid_unit", "a unit ends once");
    }

    #[test]
    fn a_split_has_at_least_two_successors_and_the_tree_stays_a_tree() {
        let tree = tree();
        let from: UnitCode = "990101001001".parse().unwrap();
        let half = |n: u8| unit(&format!("99010100101{n}"), UnitKind::Community, Some("990101001000"));
        let on = "2024-07-01".parse().unwrap();
        let one = UnitCommand::Split {
            from: from.clone(),
            into: vec![half(1)],
            on,
        };
        assert!(decide_units(&tree, one).is_err());
        let two = UnitCommand::Split {
            from: from.clone(),
            into: vec![half(1), half(2)],
            on,
        };
        let mut after = tree.clone();
        apply_unit_event(&mut after, &decide_units(&tree, two).unwrap());
        assert_eq!(after.in_force(&from, on).len(), 2);
        let mut looped = tree.get(&"990101000000".parse().unwrap()).unwrap().clone();
        looped.parent = Some(from);
        assert!(decide_units(&tree, UnitCommand::Amend { unit: looped }).is_err());
    }

    #[test]
    fn codes_are_checked() {
        for good in ["990101000000", "990101001001003", "990101000000-water_works"] {
            assert!(good.parse::<UnitCode>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "9901",
            "99010100000x",
            "990101000000-",
            "990101000000-Water",
            "990101001001003-x",
            "９９０１０１０００００",
        ] {
            assert!(bad.parse::<UnitCode>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_lies_below_units_that_merge_goes_with_them() {
        let mut tree = tree();
        tree.put(unit("990101002000", UnitKind::Subdistrict, Some("990101000000")));
        tree.put(unit("990101002001", UnitKind::Community, Some("990101002000")));
        let (mill, hill): (UnitCode, UnitCode) = ("990101001000".parse().unwrap(), "990101002000".parse().unwrap());
        let into = tree.get(&mill).unwrap().clone();
        let command = UnitCommand::Merge {
            from: vec![mill.clone(), hill.clone()],
            into,
            on: "2024-07-01".parse().unwrap(),
        };
        let event = decide_units(&tree, command).unwrap();
        apply_unit_event(&mut tree, &event);
        assert!(tree.is_within(&"990101002001".parse().unwrap(), &mill));
        assert!(tree.children(&hill).next().is_none());
        assert!(
            tree.get(&mill).unwrap().valid_to.is_none(),
            "the one that takes the other up goes on"
        );
        assert_eq!(tree.get(&hill).unwrap().successors, [mill]);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let tree = tree();
        let refused =
            |command: UnitCommand| decide_units(&tree, command).map_err(|refusal| (refusal.code, refusal.field));
        let add = |units: Vec<Unit>| refused(UnitCommand::Add { units });
        let new = |kind, parent| unit("990101001009", kind, parent);
        let district = Some("990101000000");
        assert!(add(vec![new(UnitKind::Community, Some("990101001000"))]).is_ok());
        let taken = add(vec![unit("990101001001", UnitKind::Community, Some("990101001000"))]);
        assert_eq!(taken, Err(("invalid_unit", Some("units"))));
        let twice = add(vec![
            new(UnitKind::Community, district),
            new(UnitKind::Community, district),
        ]);
        assert_eq!(twice, Err(("invalid_unit", Some("units"))));
        let orphan = add(vec![new(UnitKind::Community, Some("990109000000"))]);
        assert_eq!(orphan, Err(("invalid_unit", Some("parent"))));
        let upside_down = add(vec![new(UnitKind::Subdistrict, Some("990101001001"))]);
        assert_eq!(upside_down, Err(("invalid_unit", Some("parent"))));
        let nameless = Unit {
            title: Title::default(),
            ..new(UnitKind::Community, district)
        };
        assert_eq!(add(vec![nameless]), Err(("invalid_unit", Some("title"))));
        let backwards = Unit {
            valid_to: Some("2020-01-01".parse().unwrap()),
            ..new(UnitKind::Community, district)
        };
        assert_eq!(add(vec![backwards]), Err(("invalid_unit", Some("valid_to"))));
        // Departments lie beside the tree; offices below them too.
        let bureau = unit("990101000000-works", UnitKind::Department, district);
        let office = unit("990101000000-roads", UnitKind::Department, Some("990101000000-works"));
        assert!(add(vec![bureau.clone(), office]).is_ok());
        let in_bureau = new(UnitKind::Community, Some("990101000000-works"));
        assert_eq!(add(vec![bureau, in_bureau]), Err(("invalid_unit", Some("parent"))));

        let unknown = new(UnitKind::Community, district);
        assert_eq!(
            refused(UnitCommand::Amend { unit: unknown.clone() }),
            Err(("unknown_unit", None))
        );
        let on: Date = "2024-07-01".parse().unwrap();
        let merge = |from: &[&str], into: Unit, on| {
            let from = from.iter().map(|code| code.parse().unwrap()).collect();
            refused(UnitCommand::Merge { from, into, on })
        };
        assert_eq!(merge(&[], unknown.clone(), on), Err(("invalid_unit", Some("from"))));
        assert_eq!(
            merge(&["990101001009"], unknown.clone(), on),
            Err(("invalid_unit", Some("from")))
        );
        let first_day = "2020-01-01".parse().unwrap();
        assert_eq!(
            merge(&["990101001001"], unknown, first_day),
            Err(("invalid_unit", Some("on")))
        );
    }

    #[test]
    fn nothing_merges_into_a_unit_that_has_ended() {
        let mut tree = tree();
        let gone = Unit {
            valid_to: Some("2024-01-01".parse().unwrap()),
            ..unit("990101001003", UnitKind::Community, Some("990101001000"))
        };
        tree.put(gone.clone());
        let command = UnitCommand::Merge {
            from: vec!["990101001001".parse().unwrap()],
            into: gone,
            on: "2024-07-01".parse().unwrap(),
        };
        assert_eq!(decide_units(&tree, command).unwrap_err().field, Some("into"));
    }
}
