//! Drawing samples of closed cases (抽样): seeded, by responsible unit, once for each month; nobody picks by hand.
//!
//! The draw is one journalled act with its seed and the cases that it drew. Each case then records that it was drawn, so that
//! it counts; should that be interrupted, drawing again goes on with the same draw. The clerks' list follows from the cases.

use std::collections::BTreeMap;
use std::ops::Bound;

use async_trait::async_trait;
use quanyu_domain::access::{Relation, Role};
use quanyu_domain::cases::{Case, CaseFields, Command, Sampled, decide};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::SamplePlan;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitKind;
use quanyu_store::{ChangeSet, CommitError, Event, Expect, Json, NewEvent, Query, Record, Records, Write};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Period;
use super::editions::closed_for;
use super::sums::may_count;
use super::tables::{SAMPLE, SAMPLE_CASE, SampleCaseRow, SampleRow};
use crate::App;
use crate::cases::{Caller, case_of, change_set};
use crate::error::{AppError, Failed, damaged};
use crate::rebuild::Applier;
use crate::rules::Rules;
use crate::scan::Pages;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow};
use quanyu_store::StoreError;

/// The noun of draws in the journal.
pub const SAMPLE_NOUN: &str = "sample";
/// Rows that are read at once, and cases that are marked in one commit.
const PAGE: usize = 200;

/// How many could be drawn of a unit's cases, and how many were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// The responsible unit; empty for cases that none answers for.
    pub unit: String,
    /// How many could be drawn.
    pub population: usize,
    /// How many were.
    pub drawn: usize,
}

/// A draw, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The month in which the cases were closed.
    pub period: String,
    /// The plan by which they were drawn.
    pub plan: String,
    /// The seed, hex. A unit's cases are drawn in the order of SHA-256 over the seed's bytes and their number (eight bytes,
    /// big-endian).
    pub seed: String,
    /// Version of the rules that said how.
    pub model: String,
    /// The units.
    pub strata: Vec<Stratum>,
    /// The cases, with the closing for which each was drawn.
    pub cases: Vec<(Id, jiff::Timestamp)>,
}

impl Drawn {
    fn row(&self, district: i64, id: i64, at: jiff::Timestamp, by: &str) -> Result<SampleRow, AppError> {
        let population: usize = self.strata.iter().map(|stratum| stratum.population).sum();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Ok(SampleRow {
            district,
            period: self.period.clone(),
            plan: self.plan.clone(),
            id,
            seed: self.seed.clone(),
            population: count(population),
            drawn: count(self.cases.len()),
            strata: Json::of(&self.strata).map_err(|fault| damaged("strata", fault))?,
            model: self.model.clone(),
            at,
            by: by.to_owned(),
        })
    }
}

/// Rebuilds the rows of draws.
pub(crate) struct Samples;

#[async_trait]
impl Applier for Samples {
    fn noun(&self) -> &'static str {
        SAMPLE_NOUN
    }

    async fn apply(&self, _app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        let row = |event: &&Event| {
            let drawn: Drawn = event.body.to().map_err(|fault| damaged("draw", fault))?;
            let row = drawn.row(event.district, event.id, event.at, &event.actor)?;
            Ok(Write::put(&row, Expect::Any))
        };
        events.iter().map(row).collect()
    }
}

/// The rows of the clerks' lists that come or go with a case.
pub(crate) fn sample_writes(before: Option<&Case>, after: &Case, expect: &Expect) -> Vec<Write> {
    if after.samples.is_empty() {
        return Vec::new();
    }
    let rows = |case: &Case| -> Vec<SampleCaseRow> {
        let row = |sample: &Sampled| SampleCaseRow {
            district: i64::from(case.district.0),
            draw: sample.draw.0,
            answered: case.answers_in(sample).any(|answers| answers.reached),
            case: case.id.0,
        };
        case.samples.iter().map(row).collect()
    };
    let old = before.map(rows).unwrap_or_default();
    let new = rows(after);
    let gone = old.iter().filter(|row| !new.contains(row));
    let gone = gone.map(|row| Write::delete(&SAMPLE_CASE, row.key(), Expect::Any));
    let come = new.iter().filter(|row| !old.contains(row));
    gone.chain(come.map(|row| Write::put(row, expect.clone()))).collect()
}

/// How many of a unit's cases are drawn: the share, rounded up, and at least the minimum.
pub fn size(plan: &SamplePlan, population: usize) -> usize {
    let share = (plan.share * Decimal::from(population)).ceil().to_usize().unwrap_or(0);
    let minimum = usize::try_from(plan.minimum).unwrap_or(usize::MAX);
    share.max(minimum).min(population)
}

/// A page of a clerk's list.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleList {
    /// The cases.
    pub cases: Vec<Case>,
    /// The number of the last, where there may be more.
    pub next: Option<Id>,
}

impl App {
    /// Draws the sample of a month in a district. Where it has been drawn already, nothing is drawn again: the same draw is
    /// told, and the second value is `false`.
    ///
    /// # Errors
    /// When the caller is no supervisor of the district, the month is not over or its figures are published, or no pack in
    /// force says how to draw.
    pub async fn draw_sample(
        &self,
        caller: &Caller,
        district: DistrictId,
        period: Period,
        plan: Option<&str>,
    ) -> Result<(SampleRow, bool), AppError> {
        let rules = self.rules();
        may_draw(caller, &rules, district)?;
        let (_, ends) = period.bounds(self.ids.offset());
        if !period.is_month() || ends > self.now() {
            return Err(Refusal::invalid(
                "month_not_over",
                "period",
                "抽样按已结束的自然月进行，如 2024-03",
                "samples are drawn of a month that is over, such as 2024-03",
            )
            .into());
        }
        let model = &rules.of(district)?.model;
        let plans = &model.figures.samples;
        let found = plans.iter().find(|known| plan.is_none_or(|name| known.name == name));
        let plan = found.ok_or_else(|| {
            Refusal::not_found(
                "unknown_plan",
                "生效的规则包没有规定这种抽样",
                "no pack in force says how to draw this sample",
            )
        })?;
        let key = vec![
            i64::from(district.0).into(),
            period.to_string().as_str().into(),
            plan.name.as_str().into(),
        ];
        if let Some(row) = self.store.record::<SampleRow>(key).await? {
            self.mark_drawn(&rules, &row).await?;
            return Ok((row, false));
        }
        if let Some(edition) = closed_for(self, &rules, district, period).await? {
            return Err(Refusal::not_now(
                "period_closed",
                format!("{period} 已定版（第 {} 版），不能再抽样", edition.number),
                format!(
                    "the figures of {period} are published (edition {}): no sample is drawn any more",
                    edition.number
                ),
            )
            .into());
        }
        let row = self.draw(&rules, caller, district, period, plan).await?;
        self.mark_drawn(&rules, &row).await?;
        Ok((row, true))
    }

    async fn draw(
        &self,
        rules: &Rules,
        caller: &Caller,
        district: DistrictId,
        period: Period,
        plan: &SamplePlan,
    ) -> Result<SampleRow, AppError> {
        let mut seed = [0_u8; 16];
        self.random.fill(&mut seed);
        let mut units: BTreeMap<String, Vec<([u8; 32], Id, jiff::Timestamp)>> = BTreeMap::new();
        for case in self.closed_in(rules, district, period, plan).await? {
            let Some(closed) = case.closed_at() else { continue };
            let unit = case.responsible_at(closed).map(ToString::to_string).unwrap_or_default();
            let mut hash = Sha256::new();
            hash.update(seed);
            hash.update(case.id.0.to_be_bytes());
            let order: [u8; 32] = hash.finalize().into();
            units.entry(unit).or_default().push((order, case.id, closed));
        }
        let mut strata = Vec::with_capacity(units.len());
        let mut cases = Vec::new();
        for (unit, mut of_unit) in units {
            of_unit.sort();
            let drawn = size(plan, of_unit.len());
            strata.push(Stratum {
                unit,
                population: of_unit.len(),
                drawn,
            });
            cases.extend(of_unit.into_iter().take(drawn).map(|(_, id, closed)| (id, closed)));
        }
        let (at, by) = (self.now(), caller.actor.reference().to_string());
        let drawn = Drawn {
            period: period.to_string(),
            plan: plan.name.clone(),
            seed: crate::vault::hex(&seed),
            model: rules.of(district)?.model.version.clone(),
            strata,
            cases,
        };
        let id = self.ids.mint(at);
        let row = drawn.row(i64::from(district.0), id.0, at, &by)?;
        let set = ChangeSet::new()
            .event(NewEvent {
                district: i64::from(district.0),
                noun: SAMPLE_NOUN.to_owned(),
                id: id.0,
                kind: "drawn".to_owned(),
                actor: by,
                at,
                reason: None,
                body: Json::of(&drawn).map_err(|fault| damaged("draw", fault))?,
            })
            .write(Write::insert(&row));
        match self.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => Ok(row),
            // Somebody else drew at the same moment: theirs is the draw.
            Err(Failed::Conflict) => self
                .store
                .record(row.key())
                .await?
                .ok_or_else(|| AppError::Internal("a draw conflicts with none".to_owned())),
            Err(Failed::Held(space, _)) => Err(AppError::Internal(format!("a draw holds no claim in {space}"))),
            Err(Failed::Fatal(fault)) => Err(fault),
        }
    }

    /// The cases of a district that were closed in a period, are closed still, and may be drawn.
    async fn closed_in(
        &self,
        rules: &Rules,
        district: DistrictId,
        period: Period,
        plan: &SamplePlan,
    ) -> Result<Vec<Case>, AppError> {
        let context = rules.context(district, self.now())?;
        let (from, until) = period.bounds(self.ids.offset());
        let area = rules
            .tree
            .iter()
            .find(|unit| unit.kind == UnitKind::District && unit.code.district() == district)
            .ok_or_else(|| unknown_district(district))?;
        let query = Query::by_key(&CASE_PARTY, PAGE)
            .equal(i64::from(district.0))
            .equal(area.code.as_str())
            .equal(Relation::Area.name())
            .equal(false)
            .between(Bound::Included(from.into()), Bound::Excluded(until.into()));
        let mut pages = Pages::of(query);
        let mut cases = Vec::new();
        while let Some(page) = pages.next(self.store.as_ref()).await? {
            let mut keys = Vec::with_capacity(page.len());
            for row in page {
                let row = CasePartyRow::from_row(row).map_err(StoreError::from)?;
                keys.push(vec![row.district.into(), row.case.into()]);
            }
            for row in self.store.records::<CaseRow>(keys).await?.into_iter().flatten() {
                let case = case_of(&row)?;
                let fields = CaseFields::of(&context, &case);
                let may = plan
                    .condition
                    .as_ref()
                    .is_none_or(|when| when.holds(&fields).unwrap_or(false));
                if may {
                    cases.push(case);
                }
            }
        }
        Ok(cases)
    }

    /// Records in every case of a draw that it was drawn, where that is not recorded yet.
    async fn mark_drawn(&self, rules: &Rules, row: &SampleRow) -> Result<(), AppError> {
        let events = self.store.journal_of(SAMPLE_NOUN, row.id, 0, 1).await?;
        let event = events
            .first()
            .ok_or_else(|| AppError::Internal(format!("the draw {} is not in the journal", row.id)))?;
        let drawn: Drawn = event.body.to().map_err(|fault| damaged("draw", fault))?;
        for part in drawn.cases.chunks(PAGE) {
            let keys = part
                .iter()
                .map(|(id, _)| vec![row.district.into(), id.0.into()])
                .collect();
            let rows = self.store.records::<CaseRow>(keys).await?;
            let mut sets = Vec::with_capacity(part.len());
            let mut marked = Vec::with_capacity(part.len());
            for ((id, closed_at), stored) in part.iter().zip(rows) {
                let Some(stored) = stored else { continue };
                let sample = Sampled {
                    draw: Id(row.id),
                    closed_at: *closed_at,
                };
                let case = case_of(&stored)?;
                let context = rules.context(case.district, self.now())?;
                let command = Command::Sample(sample.clone());
                let mut decided = decide(&context, &case, &Caller::program().actor, command)?;
                if !decided.events.is_empty() {
                    sets.push(change_set(self.random.as_ref(), Some(&case), &mut decided)?);
                    marked.push((*id, sample));
                }
            }
            for (outcome, (id, sample)) in self.store.commit_all(sets).await.into_iter().zip(marked) {
                match outcome {
                    Ok(_) => {}
                    // Somebody acted on the case meanwhile: once more, by itself.
                    Err(CommitError::Conflict { .. }) => {
                        self.act(rules, &Caller::program(), id, None, &[], || {
                            Command::Sample(sample.clone())
                        })
                        .await?;
                    }
                    Err(fault) => match Failed::from(fault) {
                        Failed::Fatal(fault) => return Err(fault),
                        _ => return Err(AppError::Internal("marking a case holds no claim".to_owned())),
                    },
                }
            }
        }
        Ok(())
    }

    /// The draws of a district, the newest month first.
    ///
    /// # Errors
    /// When the district lies outside the caller's scope.
    pub async fn samples(&self, caller: &Caller, district: DistrictId) -> Result<Vec<SampleRow>, AppError> {
        may_see(caller, &self.rules(), district)?;
        let query = Query::by_key(&SAMPLE, PAGE).equal(i64::from(district.0)).descending();
        Ok(self.store.page(&query).await?)
    }

    /// How many cases of a draw have an answer.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn answered_of(&self, sample: &SampleRow) -> Result<usize, AppError> {
        let query = Query::by_key(&SAMPLE_CASE, PAGE)
            .equal(sample.district)
            .equal(sample.id)
            .equal(true);
        let mut pages = Pages::of(query);
        let mut answered = 0;
        while let Some(rows) = pages.next(self.store.as_ref()).await? {
            answered += rows.len();
        }
        Ok(answered)
    }

    /// A page of the cases of a draw: those without an answer yet, or those with one, in the order of their numbers.
    ///
    /// # Errors
    /// When the district lies outside the caller's scope.
    pub async fn sample_cases(
        &self,
        caller: &Caller,
        district: DistrictId,
        draw: Id,
        answered: bool,
        after: Option<Id>,
        limit: usize,
    ) -> Result<SampleList, AppError> {
        let rules = self.rules();
        may_see(caller, &rules, district)?;
        let limit = limit.clamp(1, PAGE);
        let mut query = Query::by_key(&SAMPLE_CASE, limit)
            .equal(i64::from(district.0))
            .equal(draw.0)
            .equal(answered);
        if let Some(after) = after {
            let mut place = query.prefix.clone();
            place.push(after.0.into());
            query = query.after(place);
        }
        let rows: Vec<SampleCaseRow> = self.store.page(&query).await?;
        let next = rows.last().filter(|_| rows.len() == limit).map(|row| Id(row.case));
        let keys = rows
            .iter()
            .map(|row| vec![row.district.into(), row.case.into()])
            .collect();
        let mut cases = Vec::with_capacity(rows.len());
        for row in self.store.records::<CaseRow>(keys).await?.into_iter().flatten() {
            let case = case_of(&row)?;
            if *caller == Caller::program() || !caller.actor.standing(&case, &rules.tree).is_empty() {
                cases.push(case);
            }
        }
        Ok(SampleList { cases, next })
    }
}

fn unknown_district(district: DistrictId) -> Refusal {
    Refusal::not_found(
        "unknown_district",
        format!("没有区县 {district}"),
        format!("there is no district {district}"),
    )
}

/// The code of a district that the caller sees.
fn may_see(caller: &Caller, rules: &Rules, district: DistrictId) -> Result<(), Refusal> {
    let area = rules
        .tree
        .iter()
        .find(|unit| unit.kind == UnitKind::District && unit.code.district() == district)
        .ok_or_else(|| unknown_district(district))?;
    may_count(caller, rules, &area.code, Relation::Area)
}

/// A supervisor of the district, or of its city, has samples drawn.
fn may_draw(caller: &Caller, rules: &Rules, district: DistrictId) -> Result<(), Refusal> {
    may_see(caller, rules, district)?;
    if *caller == Caller::program() {
        return Ok(());
    }
    caller.must_hold(Role::Supervisor)
}
