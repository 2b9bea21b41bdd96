//! Where the open cases of an area stand now (在办情况): how many are overdue, escalated, or near, by
//! phase, unit, place and matter.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quanyu_domain::access::Relation;
use quanyu_domain::model::Phase;
use quanyu_domain::time::MOST_NEAR;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Query, Record as _, Records, StoreError};

use super::day::not_an_area;
use super::places::Places;
use super::rates::subject;
use super::sums::counted_under;
use crate::App;
use crate::cases::{Caller, case_of};
use crate::error::{AppError, damaged};
use crate::scan::Pages;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow};

/// Most open cases that are looked at for one answer. They come by limit, so that whatever is overdue or near is counted
/// before it.
const MAX_LOOKED_AT: usize = 10_000;
/// Rows that are read at once.
const PAGE: usize = 500;

/// How many cases are open, and how many of them press.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stand {
    /// Open cases.
    pub open: u64,
    /// Of them, those with a limit that has passed.
    pub overdue: u64,
    /// Of them, those with a limit that is near ([`Case::near_from`](quanyu_domain::cases::Case::near_from)).
    pub near: u64,
    /// Of those that are overdue, those of which supervisors or leaders have been told.
    pub escalated: u64,
}

/// How an open case presses.
#[derive(Clone, Copy)]
struct Presses {
    overdue: bool,
    near: bool,
    escalated: bool,
}

impl Stand {
    fn count(&mut self, presses: Presses) {
        self.open += 1;
        self.overdue += u64::from(presses.overdue);
        self.near += u64::from(presses.near);
        self.escalated += u64::from(presses.escalated);
    }
}

/// Where the open cases of an area stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The area.
    pub unit: UnitCode,
    /// Everything.
    pub total: Stand,
    /// By phase.
    pub phases: BTreeMap<Phase, Stand>,
    /// By the unit that leads; `None`: those with a desk.
    pub units: BTreeMap<Option<UnitCode>, Stand>,
    /// By the areas of the next level, where they are told apart.
    pub below: BTreeMap<UnitCode, Stand>,
    /// By matter of the first level; cases without one are left out.
    pub matters: BTreeMap<String, Stand>,
    /// Whether there are more open cases than were looked at; those that press the least are missing.
    pub truncated: bool,
    /// The position of the journal when it was read.
    pub position: i64,
    /// When it was read.
    pub at: Timestamp,
}

impl App {
    /// Where the open cases of an area stand now.
    ///
    /// # Errors
    /// When the unit is no area or lies outside the caller's scope.
    pub async fn standing(&self, caller: &Caller, unit: Option<&UnitCode>) -> Result<Standing, AppError> {
        let rules = self.rules();
        let (unit, relation) = subject(&rules, caller, unit)?;
        if relation != Relation::Area {
            return Err(not_an_area().into());
        }
        let mut standing = Standing {
            unit: unit.clone(),
            total: Stand::default(),
            phases: BTreeMap::new(),
            units: BTreeMap::new(),
            below: BTreeMap::new(),
            matters: BTreeMap::new(),
            truncated: false,
            position: *self.store.watch().borrow(),
            at: self.now(),
        };
        let now = standing.at;
        let mut places = Places::new(&rules, unit.clone());
        let areas = counted_under(&rules, &unit, relation);
        // Every area has its share, so that none is left out for another.
        let share = MAX_LOOKED_AT / areas.len().max(1);
        for (district, area) in areas {
            let query = Query::by_key(&CASE_PARTY, PAGE)
                .equal(i64::from(district.0))
                .equal(area.as_str())
                .equal(relation.name())
                .equal(true);
            let mut pages = Pages::of(query);
            let mut looked_at = 0;
            while let Some(rows) = pages.next(self.store.as_ref()).await? {
                if looked_at >= share {
                    standing.truncated = true;
                    break;
                }
                looked_at += rows.len();
                let parties = rows.into_iter().map(CasePartyRow::from_row);
                let keys = parties.map(|row| row.map(|row| vec![row.district.into(), row.case.into()]));
                let keys = keys.collect::<Result<_, _>>().map_err(StoreError::from)?;
                // A case that was closed between the two questions is open no more.
                let cases = self.store.records::<CaseRow>(keys).await?.into_iter().flatten();
                for row in cases.filter(|row| row.open) {
                    let is_overdue = row.due_at.is_some_and(|due| due < now);
                    // What is escalated is overdue, what is near is due within a day: the others need not be read whole.
                    let is_soon = row.due_at.is_some_and(|due| due < now + MOST_NEAR);
                    let case = is_soon.then(|| case_of(&row)).transpose()?;
                    let presses = Presses {
                        overdue: is_overdue,
                        near: case.as_ref().is_some_and(|case| case.is_near(now)),
                        escalated: is_overdue && case.is_some_and(|case| rules.is_escalated(&case, now)),
                    };
                    standing.total.count(presses);
                    if let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.name() == row.phase) {
                        standing.phases.entry(phase).or_default().count(presses);
                    }
                    let lead = row.lead.as_deref().map(str::parse).transpose();
                    let lead = lead.map_err(|fault| damaged("lead of a case", fault))?;
                    standing.units.entry(lead).or_default().count(presses);
                    if let Some(below) = places.of(&row.area)?.flatten() {
                        standing.below.entry(below).or_default().count(presses);
                    }
                    if let Some(matter) = rules.top_matter(row.matter.as_deref()) {
                        let known = standing.matters.entry(matter.to_owned()).or_default();
                        known.count(presses);
                    }
                }
            }
        }
        Ok(standing)
    }
}
