//! Units (单位/区划): changing the tree, and handing the open cases of units that ended to their successors.
//!
//! A change is decided against the tree in the store, and committed with what it relied upon: two changes at the same
//! time that would make something else than a tree together conflict, and the second is decided anew. The handing over is
//! a timer's, so that it begins on the first day of the new order and is finished whatever happens to a server.

mod hand_over;
mod history;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use quanyu_domain::access::Role;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::{
    Unit, UnitChange, UnitCode, UnitCommand, UnitEvent, UnitTree, apply_unit_event, decide_units,
};
use quanyu_store::value::canonical_text;
use quanyu_store::{ChangeSet, Event, Expect, Json, NewEvent, Query, Record, Store, Write};

use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::rules::Rules;
use crate::scan::every;
use crate::tables::{UNIT, UnitRow};
use crate::timers::nudge;

pub(crate) use hand_over::transfer_ended;
pub use history::{OpenWork, PastChange};

/// The noun of units in the journal and among timers; the id is the number of a district.
pub const UNIT_NOUN: &str = "unit";

/// Most units of one command.
const MAX_UNITS: usize = 20_000;
/// Most units of one event.
const UNITS_PER_EVENT: usize = 500;
/// Longest name of a unit, in characters.
const MAX_TITLE: usize = 100;
/// Units or rows that are read at once.
const PAGE: usize = 1_000;
/// How often a change is decided anew when others change the same units.
const ATTEMPTS: usize = 8;

/// Every unit, past and present, as the store has them.
///
/// # Errors
/// When the store does not answer.
pub async fn load_tree(store: &dyn Store) -> Result<UnitTree, AppError> {
    let rows: Vec<UnitRow> = every(store, Query::by_key(&UNIT, PAGE)).await?;
    let units = rows.iter().map(unit_of).collect::<Result<Vec<Unit>, AppError>>()?;
    Ok(UnitTree::new(units))
}

fn unit_of(row: &UnitRow) -> Result<Unit, AppError> {
    row.body.to().map_err(|fault| damaged("unit", fault))
}

fn unit_row(unit: &Unit) -> Result<UnitRow, AppError> {
    Ok(UnitRow {
        district: i64::from(unit.code.district().0),
        code: unit.code.to_string(),
        kind: unit.kind.name().to_owned(),
        parent: unit.parent.as_ref().map(ToString::to_string),
        body: Json::of(unit).map_err(|fault| damaged("unit", fault))?,
    })
}

/// The districts whose cases a unit may have to do with: its own; for a unit of the city every district.
pub(crate) fn served_districts(rules: &Rules, unit: &UnitCode) -> Vec<DistrictId> {
    let own = unit.district();
    // The city's number ends in 00.
    if own.0.is_multiple_of(100) {
        rules.case_districts()
    } else {
        vec![own]
    }
}

impl App {
    /// Adds units; parents may be among them.
    ///
    /// # Errors
    /// As [`App::change_units`].
    pub async fn add_units(&self, caller: &Caller, units: Vec<Unit>) -> Result<UnitEvent, AppError> {
        if units.is_empty() {
            return Ok(UnitEvent {
                what: UnitChange::Added,
                units,
            });
        }
        self.change_units(caller, UnitCommand::Add { units }).await
    }

    /// Changes the tree: adds, amends, merges, splits. What units that end had to do is handed to their successors on
    /// the first day of the new order, at once if that day has come.
    ///
    /// # Errors
    /// When the caller is no system administrator, or the change would not leave a tree.
    pub async fn change_units(&self, caller: &Caller, command: UnitCommand) -> Result<UnitEvent, AppError> {
        if *caller != Caller::program() {
            caller.must_hold(Role::SystemAdmin)?;
        }
        for _ in 0..ATTEMPTS {
            let rows: Vec<UnitRow> = every(self.store.as_ref(), Query::by_key(&UNIT, PAGE)).await?;
            let stored: BTreeMap<String, UnitRow> = rows.into_iter().map(|row| (row.code.clone(), row)).collect();
            let tree = UnitTree::new(stored.values().map(unit_of).collect::<Result<Vec<Unit>, AppError>>()?);
            let mut event = decide_units(&tree, command.clone())?;
            check_units(&mut event.units)?;
            let mut after = tree;
            apply_unit_event(&mut after, &event);
            let mut set = ChangeSet::new();
            set.events = self.unit_events(caller, &event)?;
            set.writes = unit_writes(&event, &after, &stored)?;
            set.writes.extend(self.reorganisation_timers(&event).await?);
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    self.refresh_rules().await?;
                    return Ok(event);
                }
                Err(Failed::Conflict) => {}
                Err(Failed::Held(space, _)) => {
                    return Err(AppError::Internal(format!(
                        "a change of units holds no claim in {space}"
                    )));
                }
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(Refusal::not_now(
            "busy",
            "单位正被他人修改，请稍后重试",
            "others are changing the units at the same time: try again",
        )
        .into())
    }

    /// The events of a change: one, or for many new units one for each five hundred of a district.
    fn unit_events(&self, caller: &Caller, event: &UnitEvent) -> Result<Vec<NewEvent>, AppError> {
        let mut parts: Vec<Vec<Unit>> = Vec::new();
        if event.what == UnitChange::Added {
            let mut by_district: BTreeMap<DistrictId, Vec<Unit>> = BTreeMap::new();
            for unit in &event.units {
                by_district.entry(unit.code.district()).or_default().push(unit.clone());
            }
            parts.extend(
                by_district
                    .values()
                    .flat_map(|units| units.chunks(UNITS_PER_EVENT))
                    .map(<[Unit]>::to_vec),
            );
        } else {
            parts.push(event.units.clone());
        }
        let at = self.now();
        let journalled = parts.into_iter().map(|units| {
            let district = units.first().map_or(0, |unit| i64::from(unit.code.district().0));
            let part = UnitEvent {
                what: event.what,
                units,
            };
            Ok(NewEvent {
                district,
                noun: UNIT_NOUN.to_owned(),
                id: district,
                kind: kind(event.what).to_owned(),
                actor: caller.actor.reference().to_string(),
                at,
                reason: None,
                body: Json::of(&part).map_err(|fault| damaged("units", fault))?,
            })
        });
        journalled.collect()
    }

    /// The timers by which the cases of the units that end are handed over.
    async fn reorganisation_timers(&self, event: &UnitEvent) -> Result<Vec<Write>, AppError> {
        let now = self.now();
        let mut first: BTreeMap<DistrictId, Timestamp> = BTreeMap::new();
        for unit in &event.units {
            let Some(ends) = unit.valid_to else { continue };
            let at = self.midnight(ends)?.max(now);
            first
                .entry(unit.code.district())
                .and_modify(|known| *known = at.min(*known))
                .or_insert(at);
        }
        let mut writes = Vec::new();
        for (district, at) in first {
            let district = i64::from(district.0);
            writes.push(nudge(self, district, UNIT_NOUN, district, at).await?);
        }
        Ok(writes)
    }

    /// The beginning of a local day.
    fn midnight(&self, day: Date) -> Result<Timestamp, AppError> {
        self.ids.offset().to_timestamp(day.at(0, 0, 0, 0)).map_err(|fault| {
            Refusal::invalid(
                "far_date",
                "on",
                format!("日期 {day} 超出范围"),
                format!("{day} is too far: {fault}"),
            )
            .into()
        })
    }

    /// Loads the rules anew after a change of their registers. Before anything is in force there is nothing to load.
    pub(crate) async fn refresh_rules(&self) -> Result<(), AppError> {
        if self.last_activation().await?.is_some() {
            self.reload_rules().await
        } else {
            Ok(())
        }
    }
}

fn kind(what: UnitChange) -> &'static str {
    match what {
        UnitChange::Added => "added",
        UnitChange::Amended => "amended",
        UnitChange::Merged => "merged",
        UnitChange::Split => "split",
    }
}

/// Names that the store cannot keep, or nobody could read.
fn check_units(units: &mut [Unit]) -> Result<(), Refusal> {
    let invalid = |zh: String, en: String| Refusal::invalid("invalid_unit", "units", zh, en);
    if units.len() > MAX_UNITS {
        return Err(invalid(
            format!("一次至多 {MAX_UNITS} 个单位"),
            format!("at most {MAX_UNITS} units can be changed at once"),
        ));
    }
    for unit in units {
        let code = unit.code.clone();
        let names = [&mut unit.title.zh, &mut unit.title.en]
            .into_iter()
            .chain(&mut unit.function);
        for name in names {
            if name.chars().count() > MAX_TITLE {
                return Err(invalid(
                    format!("{code} 的名称超过 {MAX_TITLE} 字"),
                    format!("a name of {code} has more than {MAX_TITLE} characters"),
                ));
            }
            *name = canonical_text(name).map_err(|fault| {
                invalid(
                    format!("{code} 的名称含有不允许的字符"),
                    format!("a name of {code}: {fault}"),
                )
            })?;
        }
    }
    Ok(())
}

/// The rows of a change, and the rows that it relied upon: everything above the changed units, so that nobody can make a
/// ring of them at the same time.
fn unit_writes(
    event: &UnitEvent,
    after: &UnitTree,
    stored: &BTreeMap<String, UnitRow>,
) -> Result<Vec<Write>, AppError> {
    let changed: BTreeSet<&UnitCode> = event.units.iter().map(|unit| &unit.code).collect();
    // The last word counts where a command names a unit twice.
    let rows: BTreeMap<&UnitCode, &Unit> = event.units.iter().map(|unit| (&unit.code, unit)).collect();
    let mut writes = Vec::with_capacity(rows.len());
    for unit in rows.values() {
        let row = unit_row(unit)?;
        let expect = stored
            .get(&row.code)
            .map_or(Expect::Absent, |old| Expect::Same(old.to_row()));
        writes.push(Write::put(&row, expect));
    }
    let above: BTreeSet<&UnitCode> = event
        .units
        .iter()
        .flat_map(|unit| after.ancestors(&unit.code))
        .map(|unit| &unit.code)
        .collect();
    for code in above.difference(&changed) {
        if let Some(row) = stored.get(code.as_str()) {
            writes.push(Write::check(&UNIT, row.key(), Expect::Same(row.to_row())));
        }
    }
    Ok(writes)
}

/// The rows that events of units amount to.
pub(crate) fn applied(events: &[&Event]) -> Result<Vec<Write>, AppError> {
    let mut rows: BTreeMap<String, UnitRow> = BTreeMap::new();
    for event in events {
        let event: UnitEvent = event.body.to().map_err(|fault| damaged("units", fault))?;
        for unit in &event.units {
            rows.insert(unit.code.to_string(), unit_row(unit)?);
        }
    }
    Ok(rows.values().map(|row| Write::put(row, Expect::Any)).collect())
}
