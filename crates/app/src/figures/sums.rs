//! Reading sums: what the follower has added up, and what it has not taken in yet.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::civil::Date;
use quanyu_domain::access::Relation;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Query, Records};

use super::tables::{TALLY, TallyRow};
use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, damaged};
use crate::followers::tally::{self, Counts, Cut, TallyKey};
use crate::rules::Rules;
use crate::scan::every;
use crate::units::served_districts;

/// Days that are read at once: those of one year fit.
const PAGE: usize = 500;
/// Events that are added up on top of what the follower has taken in. Under a burst the follower may be further behind: the
/// figures are then exact at an earlier position, which they name.
const UNFOLDED: usize = 500;
/// How often a read is tried again because the follower moved meanwhile.
const ATTEMPTS: usize = 20;

/// What was read, and the position of the journal at which it is exact.
#[derive(Debug, Clone, PartialEq)]
pub struct AtPosition<T> {
    /// What was read.
    pub what: T,
    /// The last event that counts.
    pub position: i64,
}

impl App {
    /// The sums under these keys, in their order, exact at one position.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sums(&self, keys: &[TallyKey]) -> Result<AtPosition<Vec<Counts>>, AppError> {
        for _ in 0..ATTEMPTS {
            let unread = self.unread().await?;
            let stored = self
                .store
                .records::<TallyRow>(keys.iter().map(TallyKey::values).collect())
                .await?;
            if !self.stands_at(&unread).await? {
                continue;
            }
            let mut what = Vec::with_capacity(keys.len());
            for (key, row) in keys.iter().zip(stored) {
                let mut counts = row.as_ref().map(tally::counts_of).transpose()?.unwrap_or_default();
                if let Some(more) = unread.sums.get(key) {
                    add(&mut counts, more);
                }
                what.push(counts);
            }
            let position = unread.position;
            return Ok(AtPosition { what, position });
        }
        Err(busy().into())
    }

    /// What was counted on each of some days: in an area ([`Relation::Area`]), or of cases that a unit or one below it
    /// answers for ([`Relation::Lead`]). Days on which nothing was are left out.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn daily(
        &self,
        unit: &UnitCode,
        relation: Relation,
        from: Date,
        to: Date,
    ) -> Result<AtPosition<BTreeMap<Date, Counts>>, AppError> {
        let rules = self.rules();
        let sources = counted_under(&rules, unit, relation);
        let span = from.to_string()..=to.to_string();
        for _ in 0..ATTEMPTS {
            let unread = self.unread().await?;
            let mut found: Vec<(String, Counts)> = Vec::new();
            for (district, unit) in &sources {
                let query = Query::by_key(&TALLY, PAGE)
                    .equal(i64::from(district.0))
                    .equal(unit.as_str())
                    .equal(relation.name())
                    .equal(Cut::Day.name())
                    .equal("")
                    .between(
                        Bound::Included(span.start().as_str().into()),
                        Bound::Included(span.end().as_str().into()),
                    );
                for row in every::<TallyRow>(self.store.as_ref(), query).await? {
                    let counts = tally::counts_of(&row)?;
                    found.push((row.period, counts));
                }
                let more = unread.sums.iter().filter(|(key, _)| {
                    key.cut == Cut::Day
                        && key.relation == relation
                        && key.unit == unit.as_str()
                        && key.district == i64::from(district.0)
                        && span.contains(&key.period)
                });
                found.extend(more.map(|(key, counts)| (key.period.clone(), counts.clone())));
            }
            if !self.stands_at(&unread).await? {
                continue;
            }
            let mut what: BTreeMap<Date, Counts> = BTreeMap::new();
            for (day, counts) in found {
                let day = day.parse().map_err(|fault| damaged("day of a sum", fault))?;
                add(what.entry(day).or_default(), &counts);
            }
            what.retain(|_, counts| {
                counts.retain(|_, count| *count != 0);
                !counts.is_empty()
            });
            let position = unread.position;
            return Ok(AtPosition { what, position });
        }
        Err(busy().into())
    }

    /// What the follower has not taken in yet.
    async fn unread(&self) -> Result<Unread, AppError> {
        let from = self.store.cursor(tally::NAME).await?;
        let events = self.store.journal(from, UNFOLDED).await?;
        Ok(Unread {
            from,
            position: events.last().map_or(from, |event| event.position),
            sums: tally::sums(&events)?,
        })
    }

    /// Whether the follower has not moved since. It moves a few times a second at most, and a read takes some milliseconds, so
    /// that trying again soon succeeds.
    async fn stands_at(&self, unread: &Unread) -> Result<bool, AppError> {
        Ok(self.store.cursor(tally::NAME).await? == unread.from)
    }
}

/// What the follower has not taken in yet.
struct Unread {
    /// Where the follower stands.
    from: i64,
    /// The last event of it.
    position: i64,
    sums: BTreeMap<TallyKey, Counts>,
}

fn busy() -> Refusal {
    Refusal::not_now(
        "busy",
        "数据更新繁忙，请稍后重试",
        "the figures are changing too fast to be read: try again",
    )
}

/// Adds counts to others.
pub(crate) fn add(to: &mut Counts, more: &Counts) {
    for (measure, count) in more {
        *to.entry(measure.clone()).or_default() += count;
    }
}

/// The districts and units under which a unit's sums stand: an area's in its district, a city's in those of its
/// districts, a city's department's in every district that it works for.
pub(crate) fn counted_under(rules: &Rules, unit: &UnitCode, relation: Relation) -> Vec<(DistrictId, UnitCode)> {
    if relation == Relation::Area {
        let areas = rules.tree.case_areas_under(unit).into_iter();
        return areas.map(|area| (area.district(), area)).collect();
    }
    let districts = served_districts(rules, unit);
    districts.into_iter().map(|district| (district, unit.clone())).collect()
}

/// Refuses who does not see the cases that are counted: whoever sees them may count them.
///
/// # Errors
/// When the unit lies outside the caller's scope.
pub fn may_count(caller: &Caller, rules: &Rules, unit: &UnitCode, relation: Relation) -> Result<(), Refusal> {
    let scope = caller.actor.scope(&rules.tree);
    let seen = scope.ranges.iter().any(|(seen, how)| match how {
        Relation::Area => rules.tree.is_within(unit, seen),
        _ => *how == relation && seen == unit,
    });
    if seen || *caller == Caller::program() {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "outside_scope",
        "该单位不在您的权限范围内",
        "this unit lies outside what your roles let you see",
    ))
}
