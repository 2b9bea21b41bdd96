//! The follower that adds up what cases count as, behind the commit.
//!
//! An event says everything that is counted of it ([`quanyu_domain::cases::Cell`]): nothing else is read and no rule is
//! evaluated, so that adding up anew from the beginning gives the same sums.

use std::collections::BTreeMap;

use async_trait::async_trait;
use quanyu_domain::access::Relation;
use quanyu_domain::cases::Cell;
use quanyu_store::{ChangeSet, Event, Expect, Json, Records, Value, Write};
use serde::Deserialize;

use super::{Follower, Taken};
use crate::App;
use crate::cases::CASE_NOUN;
use crate::error::{AppError, damaged};
use crate::figures::tables::{TALLY, TallyRow};

/// The name of the follower's cursor.
pub const NAME: &str = "tally";

/// By measure, how much.
pub type Counts = BTreeMap<String, i64>;

/// What a row of sums is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// Everything, on a day.
    Day,
    /// Everything, in a month.
    Month,
    /// A kind of case, in a month.
    Kind,
    /// A matter of one of the first levels, in a month.
    Matter,
    /// A channel, in a month.
    Channel,
}

impl Cut {
    /// The name used in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Kind => "kind",
            Self::Matter => "matter",
            Self::Channel => "channel",
        }
    }
}

/// The key of a row of sums.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TallyKey {
    /// The district that owns the cases.
    pub district: i64,
    /// The unit that is counted for.
    pub unit: String,
    /// [`Relation::Area`] or [`Relation::Lead`].
    pub relation: Relation,
    /// What the row is about.
    pub cut: Cut,
    /// Which of them.
    pub part: String,
    /// The day or month.
    pub period: String,
}

impl TallyKey {
    /// The key as the table has it.
    pub fn values(&self) -> Vec<Value> {
        vec![
            self.district.into(),
            self.unit.as_str().into(),
            self.relation.name().into(),
            self.cut.name().into(),
            self.part.as_str().into(),
            self.period.as_str().into(),
        ]
    }

    fn row(&self, counts: &Counts) -> Result<TallyRow, AppError> {
        Ok(TallyRow {
            district: self.district,
            unit: self.unit.clone(),
            relation: self.relation.name().to_owned(),
            cut: self.cut.name().to_owned(),
            part: self.part.clone(),
            period: self.period.clone(),
            counts: Json::of(counts).map_err(|fault| damaged("sums", fault))?,
        })
    }
}

/// What is looked at of an event's body.
#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    tally: Vec<Cell>,
}

/// What events add to every sum. Sums to which they add nothing, taken together, are left out.
///
/// # Errors
/// When an event is damaged.
pub fn sums(events: &[Event]) -> Result<BTreeMap<TallyKey, Counts>, AppError> {
    let mut sums: BTreeMap<TallyKey, Counts> = BTreeMap::new();
    for event in events.iter().filter(|event| event.noun == CASE_NOUN) {
        let Counted { tally } = event
            .body
            .to()
            .map_err(|fault| damaged(&format!("event at position {}", event.position), fault))?;
        for cell in &tally {
            add_cell(&mut sums, event.district, cell);
        }
    }
    for counts in sums.values_mut() {
        counts.retain(|_, count| *count != 0);
    }
    sums.retain(|_, counts| !counts.is_empty());
    Ok(sums)
}

/// Adds a cell to every sum that it belongs to.
pub fn add_cell(sums: &mut BTreeMap<TallyKey, Counts>, district: i64, cell: &Cell) {
    let areas = cell.areas.iter().map(|unit| (unit, Relation::Area));
    let leads = cell.lead.iter().map(|unit| (unit, Relation::Lead));
    for (unit, relation) in areas.chain(leads) {
        for (day, counts) in &cell.days {
            let day = day.to_string();
            let month = &day[..MONTH];
            let mut add = |cut: Cut, part: &str, period: &str| {
                let key = TallyKey {
                    district,
                    unit: unit.to_string(),
                    relation,
                    cut,
                    part: part.to_owned(),
                    period: period.to_owned(),
                };
                let sum = sums.entry(key).or_default();
                for (measure, count) in counts {
                    *sum.entry(measure.clone()).or_default() += count;
                }
            };
            add(Cut::Day, "", &day);
            add(Cut::Month, "", month);
            add(Cut::Kind, &cell.kind, month);
            add(Cut::Channel, &cell.channel, month);
            for matter in &cell.matter {
                add(Cut::Matter, matter, month);
            }
        }
    }
}

/// The letters of `2024-03` in `2024-03-15`.
const MONTH: usize = 7;

/// The counts that a row holds.
pub(crate) fn counts_of(row: &TallyRow) -> Result<Counts, AppError> {
    row.counts.to().map_err(|fault| damaged("sums", fault))
}

/// The follower that counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally;

#[async_trait]
impl Follower for Tally {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_rebuilt(&self) -> bool {
        true
    }

    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError> {
        let sums = sums(events)?;
        let keys: Vec<Vec<Value>> = sums.keys().map(TallyKey::values).collect();
        let stored = app.store.records::<TallyRow>(keys).await?;
        let mut set = ChangeSet::new();
        for ((key, more), stored) in sums.into_iter().zip(stored) {
            let mut counts = stored.as_ref().map(counts_of).transpose()?.unwrap_or_default();
            for (measure, count) in more {
                *counts.entry(measure).or_default() += count;
            }
            counts.retain(|_, count| *count != 0);
            // Nobody else writes sums, and the cursor keeps other servers out: the rows are as they were read.
            set.writes.push(if counts.is_empty() {
                Write::delete(&TALLY, key.values(), Expect::Any)
            } else {
                Write::put(&key.row(&counts)?, Expect::Any)
            });
        }
        Ok(Taken::In(set))
    }
}
