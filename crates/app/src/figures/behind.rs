//! The cases behind a number.

use jiff::Timestamp;
use quanyu_domain::access::Relation;
use quanyu_domain::cases::Case;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Query, Records};
use std::collections::BTreeSet;
use std::ops::Bound;

use super::Days;
use super::rates::subject;
use super::sums::counted_under;
use crate::App;
use crate::cases::{Caller, case_of};
use crate::error::AppError;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow};

/// Most cases of one page.
pub const MAX_PAGE: usize = 200;
/// Rows that are looked at for one page; with none among them that counts, a page may be empty and still have a next.
const LOOKED_AT: usize = 2_000;

/// Which cases are asked for: those that a number counts.
#[derive(Debug, Clone, PartialEq)]
pub struct BehindQuery {
    /// When.
    pub days: Days,
    /// The area, or the unit that answers for the cases. `None`: everything that the caller sees.
    pub unit: Option<UnitCode>,
    /// Whether the cases are meant that an area itself answers for (a street that leads), not those that lie in it.
    pub answers: bool,
    /// The measures; a case that counts as any of them is behind the number.
    pub measures: Vec<String>,
    /// Only of this matter of the first levels.
    pub matter: Option<String>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// After this place.
    pub after: Option<String>,
    /// How many, 1 to [`MAX_PAGE`].
    pub limit: usize,
}

/// Cases behind a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Behind {
    /// The cases.
    pub cases: Vec<Case>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

/// A place in the rows that are looked through: which range, and the last row seen in it.
#[derive(Clone, Copy)]
struct Place {
    range: usize,
    last: Option<(Timestamp, i64)>,
}

impl Place {
    fn text(self) -> String {
        let (at, case) = self.last.map_or((0, 0), |(at, case)| (at.as_microsecond(), case));
        format!("{}.{}.{at}.{case}", self.range, u8::from(self.last.is_some()))
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let parse = || {
            let mut parts = text.split('.').map(str::parse::<i64>);
            let mut next = || parts.next()?.ok();
            let (range, seen, at, case) = (next()?, next()?, next()?, next()?);
            let at = Timestamp::from_microsecond(at).ok()?;
            let range = usize::try_from(range).ok()?;
            let last = (seen == 1).then_some((at, case));
            Some(Self { range, last })
        };
        parse().ok_or_else(|| {
            Refusal::invalid(
                "bad_cursor",
                "after",
                "翻页位置无效，请使用上一页返回的 next",
                "`after` is not a place in this list: use the `next` of the page before",
            )
        })
    }
}

/// A range of the party index.
struct Range {
    district: DistrictId,
    unit: UnitCode,
    open: bool,
}

impl App {
    /// The cases that a number counts, as far as the caller may see them.
    ///
    /// Looks through the rows of the unit: its open cases, and those closed since the period began; a page looks at a bounded
    /// number of them.
    ///
    /// # Errors
    /// When the unit lies outside the caller's scope, or a measure is unknown.
    pub async fn behind(&self, caller: &Caller, query: &BehindQuery) -> Result<Behind, AppError> {
        let rules = self.rules();
        let (unit, mut relation) = subject(&rules, caller, query.unit.as_ref())?;
        if query.answers {
            relation = Relation::Lead;
        }
        let figures = &rules.of(unit.district())?.model.figures;
        if let Some(unknown) = query.measures.iter().find(|name| figures.measure(name).is_none()) {
            return Err(Refusal::invalid(
                "unknown_measure",
                "measures",
                format!("没有指标 {unknown}"),
                format!("there is no measure {unknown}"),
            )
            .into());
        }
        let begins = query.days.begins(self.ids.offset());
        let ranges: Vec<Range> = counted_under(&rules, &unit, relation)
            .into_iter()
            .flat_map(|(district, unit)| {
                [false, true].map(|open| Range {
                    district,
                    unit: unit.clone(),
                    open,
                })
            })
            .collect();
        let mut place = match &query.after {
            Some(text) => Place::read(text)?,
            None => Place { range: 0, last: None },
        };
        let limit = query.limit.clamp(1, MAX_PAGE);
        let mut cases: Vec<Case> = Vec::new();
        let mut looked_at = 0;
        while let Some(range) = ranges.get(place.range) {
            let rows = self.party_rows(range, relation, begins, place.last).await?;
            let full = rows.len() == MAX_PAGE;
            let keys = rows
                .iter()
                .map(|row| vec![row.district.into(), row.case.into()])
                .collect();
            let found = self.store.records::<CaseRow>(keys).await?;
            for (row, case) in rows.into_iter().zip(found) {
                place.last = Some((row.sort_at, row.case));
                looked_at += 1;
                let Some(case) = case else { continue };
                let case = case_of(&case)?;
                let counts = query.counts(&case, &range.unit, relation);
                if counts && (*caller == Caller::program() || !caller.actor.standing(&case, &rules.tree).is_empty()) {
                    cases.push(case);
                }
                if cases.len() == limit {
                    break;
                }
            }
            if !full && cases.len() < limit {
                place = Place {
                    range: place.range + 1,
                    last: None,
                };
            }
            if cases.len() == limit || looked_at >= LOOKED_AT {
                break;
            }
        }
        let seen: BTreeSet<Id> = cases.iter().map(|case| case.id).collect();
        debug_assert_eq!(seen.len(), cases.len(), "a unit has one row for each case");
        let next = (place.range < ranges.len()).then(|| place.text());
        Ok(Behind { cases, next })
    }

    async fn party_rows(
        &self,
        range: &Range,
        relation: Relation,
        begins: Timestamp,
        after: Option<(Timestamp, i64)>,
    ) -> Result<Vec<CasePartyRow>, AppError> {
        let mut ask = Query::by_key(&CASE_PARTY, MAX_PAGE)
            .equal(i64::from(range.district.0))
            .equal(range.unit.as_str())
            .equal(relation.name())
            .equal(range.open);
        // What is counted of a case happened before it ended; a row of a unit that handed in long ago sorts by that.
        if !range.open && relation == Relation::Area {
            ask = ask.between(Bound::Included(begins.into()), Bound::Unbounded);
        }
        if let Some((at, case)) = after {
            let mut place = ask.prefix.clone();
            place.extend([at.into(), case.into()]);
            ask = ask.after(place);
        }
        Ok(self.store.page(&ask).await?)
    }
}

impl BehindQuery {
    fn counts(&self, case: &Case, unit: &UnitCode, relation: Relation) -> bool {
        case.tally.iter().any(|cell| {
            let units = if relation == Relation::Area {
                &cell.areas
            } else {
                &cell.lead
            };
            units.contains(unit)
                && self.channel.as_ref().is_none_or(|channel| *channel == cell.channel)
                && self.matter.as_ref().is_none_or(|matter| cell.matter.contains(matter))
                && cell.days.iter().any(|(day, counts)| {
                    self.days.contains(*day) && self.measures.iter().any(|measure| counts.contains_key(measure))
                })
        })
    }
}
