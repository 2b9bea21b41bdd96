//! Closing a period (定版): its figures are published as a table that nobody changes; what is corrected later makes another
//! edition, which shows what differs.

use std::collections::BTreeMap;

use async_trait::async_trait;
use quanyu_domain::access::{Relation, Role};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::text::Title;
use quanyu_domain::units::{UnitCode, UnitKind};
use quanyu_store::{ChangeSet, Event, Expect, Json, NewEvent, Query, Records, Write};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Period;
use super::rates::{By, RatesQuery, RatesRow, RatesTable, by_code, subject};
use super::tables::{EDITION, EditionRow};
use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::rebuild::Applier;
use crate::rules::Rules;
use crate::vault::hex;

/// The noun of editions in the journal.
pub const EDITION_NOUN: &str = "rates";

/// What an edition tells, one table after another, where there is such a table.
const TOLD: [By; 5] = [By::District, By::Subdistrict, By::Department, By::Matter, By::Channel];

/// How often closing is tried when somebody else closes at the same time.
const ATTEMPTS: usize = 4;

/// The figures of an edition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// Everything together.
    pub total: RatesRow,
    /// The tables by what their rows are.
    pub tables: BTreeMap<By, Vec<RatesRow>>,
}

/// A rate that differs between two editions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateDifference {
    /// Which table; `None`: the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// The row.
    pub code: String,
    /// Its name.
    pub title: Title,
    /// The rate.
    pub rate: String,
    /// Numerator, denominator and value before; `None` where the row was not there.
    pub before: Option<(Decimal, Decimal, Option<Decimal>)>,
    /// The same now.
    pub after: Option<(Decimal, Decimal, Option<Decimal>)>,
}

/// An edition, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Published {
    unit: UnitCode,
    period: String,
    number: i64,
    position: i64,
    model: String,
    sha256: String,
    figures: Frozen,
    differences: Vec<RateDifference>,
}

impl Published {
    fn row(&self, at: jiff::Timestamp, by: &str, reason: Option<&str>) -> Result<EditionRow, AppError> {
        let json = |fault| damaged("edition", fault);
        Ok(EditionRow {
            district: i64::from(self.unit.district().0),
            unit: self.unit.to_string(),
            period: self.period.clone(),
            number: self.number,
            position: self.position,
            model: self.model.clone(),
            sha256: self.sha256.clone(),
            figures: Json::of(&self.figures).map_err(json)?,
            differences: Json::of(&self.differences).map_err(json)?,
            reason: reason.map(str::to_owned),
            at,
            by: by.to_owned(),
        })
    }
}

/// Rebuilds the rows of editions.
pub(crate) struct Editions;

#[async_trait]
impl Applier for Editions {
    fn noun(&self) -> &'static str {
        EDITION_NOUN
    }

    async fn apply(&self, _app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        let row = |event: &&Event| {
            let published: Published = event.body.to().map_err(|fault| damaged("edition", fault))?;
            let row = published.row(event.at, &event.actor, event.reason.as_deref())?;
            Ok(Write::put(&row, Expect::Any))
        };
        events.iter().map(row).collect()
    }
}

impl EditionRow {
    /// The figures.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn frozen(&self) -> Result<Frozen, AppError> {
        self.figures.to().map_err(|fault| damaged("edition", fault))
    }

    /// What differs from the edition before.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn changes(&self) -> Result<Vec<RateDifference>, AppError> {
        self.differences.to().map_err(|fault| damaged("edition", fault))
    }
}

impl App {
    /// Publishes the figures of a period as they are: edition 1, or the next where they have changed since the last.
    ///
    /// # Errors
    /// When the caller is no supervisor of the area, the period is not over, or nothing differs from the last edition.
    pub async fn close_rates(
        &self,
        caller: &Caller,
        within: Option<&UnitCode>,
        period: Period,
        reason: Option<String>,
    ) -> Result<EditionRow, AppError> {
        let rules = self.rules();
        let (unit, relation) = subject(&rules, caller, within)?;
        if *caller != Caller::program() {
            caller.must_hold(Role::Supervisor)?;
        }
        let is_wide = rules
            .tree
            .get(&unit)
            .is_some_and(|unit| matches!(unit.kind, UnitKind::City | UnitKind::District));
        if relation != Relation::Area || !is_wide {
            return Err(Refusal::invalid(
                "not_published_here",
                "within",
                "定版按市或区县进行",
                "figures are published for a city or a district",
            )
            .into());
        }
        let (_, ends) = period.bounds(self.ids.offset());
        if ends > self.now() {
            return Err(Refusal::not_now(
                "period_not_over",
                format!("{period} 尚未结束，不能定版"),
                format!("{period} is not over: it cannot be closed yet"),
            )
            .into());
        }
        for _ in 0..ATTEMPTS {
            let last = self.last_edition(&unit, period).await?;
            let frozen = self.freeze(caller, &unit, period).await?;
            let before = last.as_ref().map(EditionRow::frozen).transpose()?;
            let differences = before
                .as_ref()
                .map_or_else(Vec::new, |before| compare(before, &frozen.figures));
            if let Some(last) = last.as_ref().filter(|_| before.as_ref() == Some(&frozen.figures)) {
                return Err(Refusal::not_now(
                    "nothing_changed",
                    format!(
                        "{period} 已定版（第 {} 版），数据没有变化；定版不能修改，更正案件后可再次定版",
                        last.number
                    ),
                    format!(
                        "{period} is closed (edition {}) and nothing differs: an edition is never changed; correct the cases, \
                         then close again",
                        last.number
                    ),
                )
                .into());
            }
            let text = Json::of(&frozen.figures).map_err(|fault| damaged("edition", fault))?;
            let published = Published {
                unit: unit.clone(),
                period: period.to_string(),
                number: last.map_or(0, |last| last.number) + 1,
                position: frozen.position,
                model: frozen.model,
                sha256: hex(&Sha256::digest(text.as_str().as_bytes())),
                figures: frozen.figures,
                differences,
            };
            let (at, by) = (self.now(), caller.actor.reference().to_string());
            let row = published.row(at, &by, reason.as_deref())?;
            let set = ChangeSet::new()
                .event(NewEvent {
                    district: i64::from(unit.district().0),
                    noun: EDITION_NOUN.to_owned(),
                    id: self.ids.mint(at).0,
                    kind: "published".to_owned(),
                    actor: by,
                    at,
                    reason: reason.clone(),
                    body: Json::of(&published).map_err(|fault| damaged("edition", fault))?,
                })
                .write(Write::insert(&row));
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return Ok(row),
                Err(Failed::Conflict) => {}
                Err(Failed::Held(space, _)) => {
                    return Err(AppError::Internal(format!("an edition holds no claim in {space}")));
                }
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(AppError::Internal("editions are published without end".to_owned()))
    }

    /// The editions of a period, the newest first.
    ///
    /// # Errors
    /// When the unit lies outside the caller's scope.
    pub async fn editions(
        &self,
        caller: &Caller,
        within: Option<&UnitCode>,
        period: Period,
    ) -> Result<Vec<EditionRow>, AppError> {
        let (unit, _) = subject(&self.rules(), caller, within)?;
        let query = editions_of(&unit, period, 100);
        Ok(self.store.page(&query).await?)
    }

    /// One edition.
    ///
    /// # Errors
    /// When there is none, or the unit lies outside the caller's scope.
    pub async fn edition(
        &self,
        caller: &Caller,
        within: Option<&UnitCode>,
        period: Period,
        number: i64,
    ) -> Result<EditionRow, AppError> {
        let (unit, _) = subject(&self.rules(), caller, within)?;
        let key = vec![
            i64::from(unit.district().0).into(),
            unit.as_str().into(),
            period.to_string().as_str().into(),
            number.into(),
        ];
        let found: Option<EditionRow> = self.store.record(key).await?;
        found.ok_or_else(|| {
            Refusal::not_found(
                "unknown_edition",
                format!("{period} 没有第 {number} 版"),
                format!("{period} has no edition {number}"),
            )
            .into()
        })
    }

    /// The last edition of the period of a table, and whether the table differs from it by now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn standing_of(&self, table: &RatesTable) -> Result<Option<(EditionRow, bool)>, AppError> {
        let Some(edition) = self.last_edition(&table.within, table.period).await? else {
            return Ok(None);
        };
        let frozen = edition.frozen()?;
        let differs = match frozen.tables.get(&table.by) {
            Some(rows) => *rows != table.rows || frozen.total != table.total,
            None => frozen.total != table.total,
        };
        Ok(Some((edition, differs)))
    }

    async fn last_edition(&self, unit: &UnitCode, period: Period) -> Result<Option<EditionRow>, AppError> {
        Ok(self.store.page(&editions_of(unit, period, 1)).await?.pop())
    }

    /// Every table of a period, exact at one position.
    async fn freeze(&self, caller: &Caller, unit: &UnitCode, period: Period) -> Result<Freshly, AppError> {
        for _ in 0..ATTEMPTS {
            let mut tables = BTreeMap::new();
            let mut found: Option<(RatesRow, i64, String)> = None;
            let mut together = true;
            for by in TOLD {
                let query = RatesQuery {
                    period,
                    by,
                    within: Some(unit.clone()),
                    under: None,
                };
                let table = match self.rates(caller, &query).await {
                    Ok(table) => table,
                    Err(AppError::Refused(refusal)) if refusal.code == "no_such_rows" => continue,
                    Err(fault) => return Err(fault),
                };
                together &= found
                    .as_ref()
                    .is_none_or(|(_, position, _)| *position == table.position);
                found = Some((table.total, table.position, table.model));
                tables.insert(by, table.rows);
            }
            if let Some((total, position, model)) = found.filter(|_| together) {
                return Ok(Freshly {
                    figures: Frozen { total, tables },
                    position,
                    model,
                });
            }
        }
        Err(Refusal::not_now(
            "busy",
            "数据更新繁忙，请稍后重试",
            "the figures are changing too fast to be closed: try again",
        )
        .into())
    }
}

/// Figures that were just read.
struct Freshly {
    figures: Frozen,
    position: i64,
    model: String,
}

fn editions_of(unit: &UnitCode, period: Period, limit: usize) -> Query {
    Query::by_key(&EDITION, limit)
        .equal(i64::from(unit.district().0))
        .equal(unit.as_str())
        .equal(period.to_string())
        .descending()
}

/// The last edition in which the figures of a district's month were published: its own or its city's.
pub(crate) async fn closed_for(
    app: &App,
    rules: &Rules,
    district: DistrictId,
    period: Period,
) -> Result<Option<EditionRow>, AppError> {
    let units = rules.tree.iter().filter(|unit| {
        let own = unit.kind == UnitKind::District && unit.code.district() == district;
        let city = unit.kind == UnitKind::City && unit.code.district().0 == district.0 / 100 * 100;
        own || city
    });
    for unit in units {
        if let Some(edition) = app.last_edition(&unit.code, period).await? {
            return Ok(Some(edition));
        }
    }
    Ok(None)
}

/// What differs between two editions, rate by rate.
fn compare(before: &Frozen, after: &Frozen) -> Vec<RateDifference> {
    let mut differences = Vec::new();
    let one = std::slice::from_ref;
    rows_compared(None, one(&before.total), one(&after.total), &mut differences);
    let none = Vec::new();
    for by in TOLD {
        let rows = |frozen: &'_ Frozen| frozen.tables.get(&by).cloned().unwrap_or_else(|| none.clone());
        rows_compared(Some(by), &rows(before), &rows(after), &mut differences);
    }
    differences
}

fn rows_compared(by: Option<By>, before: &[RatesRow], after: &[RatesRow], found: &mut Vec<RateDifference>) {
    let (old, new) = (by_code(before), by_code(after));
    let codes: std::collections::BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for code in codes {
        let (was, is) = (old.get(code), new.get(code));
        let Some(row) = is.or(was) else { continue };
        let value = |row: Option<&&RatesRow>, name: &str| {
            let rate = row?.rates.iter().find(|rate| rate.rate == name)?;
            Some((rate.numerator, rate.denominator, rate.value))
        };
        for rate in &row.rates {
            let (before, after) = (value(was, &rate.rate), value(is, &rate.rate));
            if before != after {
                found.push(RateDifference {
                    by,
                    code: code.to_owned(),
                    title: row.title.clone(),
                    rate: rate.rate.clone(),
                    before,
                    after,
                });
            }
        }
    }
}
