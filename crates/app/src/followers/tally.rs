//! Counters by unit, measure and local day, kept behind the commit.
//!
//! An event says everything that is counted of it: the milestones that it reached, and whom it concerned
//! ([`About`](crate::cases::About)). Nothing else is read, so that counting anew from the beginning gives the same
//! counts.

use std::collections::BTreeMap;
use std::ops::Bound;

use async_trait::async_trait;
use jiff::civil::Date;
use quanyu_domain::access::Relation;
use quanyu_domain::cases::CaseClock;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Milestone;
use quanyu_domain::time::ClockState;
use quanyu_domain::units::UnitCode;
use quanyu_store::{ChangeSet, Event, Expect, Query, Records, Value, Write};
use serde::Deserialize;

use super::{Follower, Taken};
use crate::App;
use crate::cases::{About, CASE_NOUN};
use crate::error::{AppError, damaged};
use crate::scan::every;
use crate::tables::{TALLY, TallyRow};
use crate::units::served_districts;

/// The name of the follower's cursor.
pub const NAME: &str = "tally";

/// Counters that are read at once: those of one year fit.
const PAGE: usize = 500;

/// What is counted of the events of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// A milestone was reached; named like it.
    Reached(Milestone),
    /// 即答: answered at intake.
    Answered,
    /// 超期办结: the lead unit handed in after the limit of the case's class.
    HandedInLate,
    /// A step of a ladder was taken.
    Escalated,
}

impl Measure {
    /// Every measure.
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [Self::Answered, Self::HandedInLate, Self::Escalated];
        Milestone::ALL.into_iter().map(Self::Reached).chain(others)
    }

    /// The name used in the API and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reached(milestone) => milestone.name(),
            Self::Answered => "answered",
            Self::HandedInLate => "handed_in_late",
            Self::Escalated => "escalated",
        }
    }

    /// The measure of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|measure| measure.name() == name)
    }
}

/// The follower that counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally;

/// What of an event's body is looked at for every event.
#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    milestones: Vec<Milestone>,
    about: About,
}

/// What is looked at besides when a result was handed in.
#[derive(Deserialize)]
struct Clocks {
    #[serde(default)]
    clocks: Vec<CaseClock>,
}

/// The key of a counter: district, unit, relation, measure, day.
type Counter = (i64, String, &'static str, &'static str, String);

#[async_trait]
impl Follower for Tally {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_rebuilt(&self) -> bool {
        true
    }

    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError> {
        let mut counts: BTreeMap<Counter, i64> = BTreeMap::new();
        for event in events.iter().filter(|event| event.noun == CASE_NOUN) {
            let day = app.ids.offset().to_datetime(event.at).date().to_string();
            let (about, measures) = measures(event)?;
            for measure in measures {
                let areas = about.areas.iter().map(|area| (area, Relation::Area));
                let lead = about.lead.iter().map(|lead| (lead, Relation::Lead));
                for (unit, relation) in areas.chain(lead) {
                    let counter = (
                        event.district,
                        unit.to_string(),
                        relation.name(),
                        measure.name(),
                        day.clone(),
                    );
                    *counts.entry(counter).or_default() += 1;
                }
            }
        }
        let keys: Vec<Vec<Value>> = counts.keys().map(key).collect();
        let stored = app.store.records::<TallyRow>(keys).await?;
        let mut set = ChangeSet::new();
        for (((district, unit, relation, measure, day), more), stored) in counts.into_iter().zip(stored) {
            let row = TallyRow {
                district,
                unit,
                relation: relation.to_owned(),
                measure: measure.to_owned(),
                day,
                count: stored.map_or(0, |row| row.count) + more,
            };
            // Nobody else writes counters, and the cursor keeps other servers out: the rows are as they were read.
            set.writes.push(Write::put(&row, Expect::Any));
        }
        Ok(Taken::In(set))
    }
}

fn key((district, unit, relation, measure, day): &Counter) -> Vec<Value> {
    vec![
        (*district).into(),
        unit.as_str().into(),
        (*relation).into(),
        (*measure).into(),
        day.as_str().into(),
    ]
}

/// What an event of a case counts as, and for whom.
fn measures(event: &Event) -> Result<(About, Vec<Measure>), AppError> {
    let at = |fault| damaged(&format!("event at position {}", event.position), fault);
    let Counted { milestones, about } = event.body.to().map_err(at)?;
    let mut measures: Vec<Measure> = milestones.iter().copied().map(Measure::Reached).collect();
    match event.kind.as_str() {
        "answered" => measures.push(Measure::Answered),
        "escalated" => measures.push(Measure::Escalated),
        _ => {}
    }
    if milestones.contains(&Milestone::HandedIn) {
        let Clocks { clocks } = event.body.to().map_err(at)?;
        if clocks.iter().any(|clock| is_late(clock, &about, event)) {
            measures.push(Measure::HandedInLate);
        }
    }
    Ok((about, measures))
}

/// Whether a clock is that of the limit decided at dispatch, and was stopped too late by this event.
fn is_late(clock: &CaseClock, about: &About, event: &Event) -> bool {
    clock.request.is_none()
        && about.limit_class.as_deref() == Some(clock.clock.class())
        && clock.clock.stopped() == Some(event.at)
        && matches!(clock.clock.state(event.at), ClockState::Stopped { in_time: false, .. })
}

impl App {
    /// How often something happened on each of some days: in an area ([`Relation::Area`]), or to cases that a unit leads
    /// ([`Relation::Lead`]). Days on which nothing happened are left out. The counts follow the commit by a moment.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn tally(
        &self,
        unit: &UnitCode,
        relation: Relation,
        measure: Measure,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Date, i64>, AppError> {
        let mut counts = BTreeMap::new();
        for (district, unit) in self.counted_under(unit, relation) {
            let query = Query::by_key(&TALLY, PAGE)
                .equal(i64::from(district.0))
                .equal(unit.as_str())
                .equal(relation.name())
                .equal(measure.name())
                .between(
                    Bound::Included(from.to_string().into()),
                    Bound::Included(to.to_string().into()),
                );
            for row in every::<TallyRow>(self.store.as_ref(), query).await? {
                let day: Date = row.day.parse().map_err(|fault| damaged("day of a counter", fault))?;
                *counts.entry(day).or_default() += row.count;
            }
        }
        Ok(counts)
    }

    /// The districts and units under which a unit's counters stand: an area's in its district, a city's in those of its
    /// districts, a city's department's in every district that it works for.
    fn counted_under(&self, unit: &UnitCode, relation: Relation) -> Vec<(DistrictId, UnitCode)> {
        let rules = self.rules();
        if relation == Relation::Area {
            let areas = rules.tree.case_areas_under(unit).into_iter();
            return areas.map(|area| (area.district(), area)).collect();
        }
        let districts = served_districts(&rules, unit);
        districts.into_iter().map(|district| (district, unit.clone())).collect()
    }
}
