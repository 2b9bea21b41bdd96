//! Lists: ranges of the party index, merged and paged by key, and narrowed.
//!
//! Relation, unit and time are ranges of the index. What else a list is narrowed by is looked at case by case, and a page
//! looks at [`MAX_LOOKED_AT`] cases at most: a page of a rare state may be short, or empty, and still have a next one, so
//! that no question costs more than another however large a district is.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::str::FromStr;

use jiff::Timestamp;
use quanyu_domain::access::Relation;
use quanyu_domain::cases::Case;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::time::MOST_NEAR;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Query, Records};

use super::{Caller, case_of};
use crate::App;
use crate::error::AppError;
use crate::rules::Rules;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow};

/// Most cases of one page.
pub const MAX_PAGE: usize = 200;

/// Most cases that are looked at for one page.
pub const MAX_LOOKED_AT: usize = 500;

/// Which cases are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Only what stands in this relation; `None`: everything in the caller's scope.
    pub relation: Option<Relation>,
    /// Only what concerns this unit, which must lie in the caller's scope.
    pub unit: Option<UnitCode>,
    /// What is open, by limit, the nearest first; or what is not, the last first.
    pub open: bool,
    /// Only what sorts at this time or later: the limit of what is open, the end of what is not.
    pub from: Option<Timestamp>,
    /// Only what sorts before this time.
    pub until: Option<Timestamp>,
    /// Only such cases.
    pub only: Only,
    /// After this place.
    pub after: Option<ListCursor>,
    /// How many, 1 to [`MAX_PAGE`].
    pub limit: usize,
}

impl ListQuery {
    /// Everything that is open, or everything that is not.
    pub fn all(open: bool, limit: usize) -> Self {
        Self {
            relation: None,
            unit: None,
            open,
            from: None,
            until: None,
            only: Only::default(),
            after: None,
            limit,
        }
    }
}

/// What the cases of a list have in common; `None`: it does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// State, as packs declare them.
    pub state: Option<String>,
    /// Code of a matter: this one and those below it.
    pub matter: Option<String>,
    /// Demand type.
    pub demand: Option<String>,
    /// Channel.
    pub channel: Option<String>,
    /// Somebody who works on it: holds an assignment, of open lists one that is open.
    pub holder: Option<Id>,
    /// Only what is escalated ([`Case::is_escalated`]), of what is open.
    pub escalated: bool,
    /// Only what has a limit that is near ([`Case::near_from`]) and has not passed, of what is open.
    pub near: bool,
}

impl Only {
    /// Whether every case is wanted.
    fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a case may be wanted, as far as its row tells.
    fn wants(&self, rules: &Rules, case: &CaseRow) -> bool {
        let is = |wanted: &Option<String>, held: &str| wanted.as_deref().is_none_or(|wanted| wanted == held);
        let concerns = |matter: &String| {
            let held = case.matter.as_deref().map(|held| rules.matters.path(held));
            held.is_some_and(|path| path.iter().any(|above| above.code == *matter))
        };
        is(&self.state, &case.state)
            && is(&self.demand, &case.demand)
            && is(&self.channel, &case.channel)
            && self.matter.as_ref().is_none_or(concerns)
    }

    /// Whether a case that is wanted by its row is wanted by what its row does not tell.
    fn wants_whole(&self, rules: &Rules, case: &Case, query: &ListQuery, now: Timestamp) -> bool {
        let is_held = |holder| {
            let mut assignments = case.assignments.iter();
            assignments.any(|held| held.holder == Some(holder) && (held.is_open() || !query.open))
        };
        self.holder.is_none_or(is_held)
            && (!self.escalated || rules.is_escalated(case, now))
            && (!self.near || case.is_near(now))
    }

    /// Refuses names that nothing here has, and what cannot be: an empty list would say that all is well.
    fn check(&self, rules: &Rules, ranges: &[Range], open: bool) -> Result<(), Refusal> {
        if self.near && !open {
            return Err(Refusal::invalid(
                "near_is_open",
                "near",
                "只有在办的案件会临近期限：请去掉 `open=false`",
                "only what is open has a limit that is near: leave `open=false` out",
            ));
        }
        if self.escalated && !open {
            return Err(Refusal::invalid(
                "escalated_is_open",
                "escalated",
                "只有在办的案件会升级：请去掉 `open=false`",
                "only what is open is escalated: leave `open=false` out",
            ));
        }
        let districts: BTreeSet<DistrictId> = ranges.iter().map(|range| range.district).collect();
        let models: Vec<_> = districts
            .into_iter()
            .filter_map(|district| rules.of(district).ok())
            .map(|rules| &rules.model)
            .collect();
        let check = |named: &Option<String>, field: &'static str, is_known: &dyn Fn(&str) -> bool| match named {
            Some(name) if !is_known(name) => Err(Refusal::invalid(
                "unknown_filter",
                field,
                format!("没有 `{name}`：可选的名称见 /api/v1/model 与 /api/v1/matters"),
                format!("there is no `{name}`: /api/v1/model and /api/v1/matters tell the names there are"),
            )),
            _ => Ok(()),
        };
        check(&self.state, "state", &|name| {
            let mut workflows = models.iter().flat_map(|model| model.workflows.values());
            workflows.any(|workflow| workflow.states.contains_key(name))
        })?;
        check(&self.demand, "demand", &|name| {
            models.iter().any(|model| model.demands.contains_key(name))
        })?;
        check(&self.channel, "channel", &|name| {
            models.iter().any(|model| model.channels.contains_key(name))
        })?;
        check(&self.matter, "matter", &|code| rules.matters.get(code).is_some())
    }
}

/// A place in a list: the last row of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListCursor {
    /// What the list sorts by.
    pub sort_at: Timestamp,
    /// The case.
    pub case: Id,
}

impl std::fmt::Display for ListCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.sort_at.as_microsecond(), self.case.0)
    }
}

impl FromStr for ListCursor {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let parse = || {
            let (at, case) = text.split_once('.')?;
            let sort_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
            Some(Self {
                sort_at,
                case: Id(case.parse().ok()?),
            })
        };
        parse().ok_or_else(|| {
            Refusal::invalid(
                "bad_cursor",
                "after",
                "翻页位置无效，请使用上一页返回的 next",
                "`after` is not a place in a list: use the `next` of the page before",
            )
        })
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseList {
    /// The cases.
    pub cases: Vec<Case>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<ListCursor>,
}

/// One range of the party index.
struct Range {
    district: DistrictId,
    unit: UnitCode,
    relation: Relation,
}

impl App {
    /// A page of the cases that a caller may see.
    ///
    /// Reads one page of each range of the caller's scope: a handler has two, a desk one, a city as many as districts.
    ///
    /// # Errors
    /// When the unit lies outside the caller's scope, or a filter names what does not exist.
    pub async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<CaseList, AppError> {
        let rules = self.rules();
        let ranges = ranges(&rules, caller, query)?;
        query.only.check(&rules, &ranges, query.open)?;
        let now = self.now();
        let limit = query.limit.clamp(1, MAX_PAGE);
        let step = if query.only.is_any() { limit } else { MAX_LOOKED_AT };
        let (rows, more) = self.next_rows(&ranges, query, step, now).await?;
        let mut cases = Vec::with_capacity(limit);
        // A few at a time: most narrowed pages are full long before everything is looked at.
        for (part, some) in rows.chunks(limit).enumerate() {
            let keys = some
                .iter()
                .map(|(_, row)| vec![row.district.into(), row.case.into()])
                .collect();
            let found = self.store.records::<CaseRow>(keys).await?;
            for (nth, ((at, party), row)) in some.iter().zip(found).enumerate() {
                let Some(row) = row.filter(|row| query.only.wants(&rules, row)) else {
                    continue;
                };
                let case = case_of(&row)?;
                // A case that stands in two of the caller's ranges is shown by the first of them alone, on whichever page.
                let shown = case.confidential.is_none() || !caller.actor.standing(&case, &rules.tree).is_empty();
                if shown
                    && query.only.wants_whole(&rules, &case, query, now)
                    && !in_earlier_range(&case, &ranges[..*at], query.open)
                {
                    cases.push(case);
                }
                if cases.len() == limit {
                    let is_last = part * limit + nth + 1 == rows.len() && !more;
                    let next = (!is_last).then(|| cursor(party));
                    return Ok(CaseList { cases, next });
                }
            }
        }
        let next = rows.last().filter(|_| more).map(|(_, row)| cursor(row));
        Ok(CaseList { cases, next })
    }

    /// The next rows of the ranges in the order of the list, with the number of the range, and whether there are more.
    async fn next_rows(
        &self,
        ranges: &[Range],
        query: &ListQuery,
        step: usize,
        now: Timestamp,
    ) -> Result<(Vec<(usize, CasePartyRow)>, bool), AppError> {
        let mut rows: Vec<(usize, CasePartyRow)> = Vec::new();
        for (at, range) in ranges.iter().enumerate() {
            // One more than is looked at shows whether there is a next page.
            let mut ask = Query::by_key(&CASE_PARTY, step + 1)
                .equal(i64::from(range.district.0))
                .equal(range.unit.as_str())
                .equal(range.relation.name())
                .equal(query.open);
            if !query.open {
                ask = ask.descending();
            }
            if let Some(after) = query.after {
                let mut place = ask.prefix.clone();
                place.extend([after.sort_at.into(), after.case.0.into()]);
                ask = ask.after(place);
            }
            // What is escalated is overdue, and what waits for a decision sorts by the limit of that.
            let overdue = query.only.escalated && range.relation != Relation::Decide;
            // What is near is due within a day.
            let near = query.only.near && range.relation != Relation::Decide;
            let near = (near.then_some(now), near.then(|| now + MOST_NEAR));
            let from = query.from.into_iter().chain(near.0).max();
            let until = query
                .until
                .into_iter()
                .chain(overdue.then_some(now))
                .chain(near.1)
                .min();
            if from.is_some() || until.is_some() {
                let low = from.map_or(Bound::Unbounded, |from| Bound::Included(from.into()));
                let high = until.map_or(Bound::Unbounded, |until| Bound::Excluded(until.into()));
                ask = ask.between(low, high);
            }
            let page = self.store.page::<CasePartyRow>(&ask).await?;
            rows.extend(page.into_iter().map(|row| (at, row)));
        }
        rows.sort_by(|(i, a), (j, b)| {
            let order = (a.sort_at, a.case).cmp(&(b.sort_at, b.case));
            (if query.open { order } else { order.reverse() }).then(i.cmp(j))
        });
        // Beyond the first rows a range may have more that would come earlier: they are left for later pages.
        let more = rows.len() > step;
        rows.truncate(step);
        Ok((rows, more))
    }
}

fn cursor(row: &CasePartyRow) -> ListCursor {
    ListCursor {
        sort_at: row.sort_at,
        case: Id(row.case),
    }
}

fn in_earlier_range(case: &Case, ranges: &[Range], open: bool) -> bool {
    let parties = case.parties();
    ranges.iter().any(|range| {
        range.district == case.district
            && parties
                .iter()
                .any(|p| p.open == open && p.unit == range.unit && p.relation == range.relation)
    })
}

/// The ranges that a query asks for, within the caller's scope.
fn ranges(rules: &Rules, caller: &Caller, query: &ListQuery) -> Result<Vec<Range>, AppError> {
    let scope = caller.actor.scope(&rules.tree).ranges;
    let mut wanted: Vec<(UnitCode, Relation)> = Vec::new();
    for (unit, relation) in &scope {
        match relation {
            // Whoever sees an area sees what a desk in it has to do, and every area below it.
            Relation::Area => match (query.relation, &query.unit) {
                (None | Some(Relation::Area), None) => wanted.push((unit.clone(), Relation::Area)),
                (None | Some(Relation::Area), Some(named)) if rules.tree.is_within(named, unit) => {
                    wanted.push((named.clone(), Relation::Area));
                }
                (Some(asked), Some(named)) if rules.tree.is_within(named, unit) => {
                    wanted.push((named.clone(), asked));
                }
                (Some(asked), None) => {
                    wanted.extend(own_units(rules, caller, unit).into_iter().map(|own| (own, asked)));
                }
                _ => {}
            },
            _ => {
                let asked = query.relation.is_none_or(|asked| asked == *relation);
                if asked && query.unit.as_ref().is_none_or(|named| named == unit) {
                    wanted.push((unit.clone(), *relation));
                }
            }
        }
    }
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return Err(Refusal::forbidden(
            "outside_scope",
            "该单位或关系不在您的权限范围内",
            "this unit or relation lies outside what your roles let you see",
        )
        .into());
    }
    let all = rules.case_districts();
    let mut ranges = Vec::new();
    for (unit, relation) in wanted {
        let own = unit.district();
        // A unit of the city works for every district; one of a district has cases of that district alone.
        let citywide = own.0 % 100 == 0 && relation != Relation::Area;
        let districts = if citywide { all.clone() } else { vec![own] };
        ranges.extend(districts.into_iter().map(|district| Range {
            district,
            unit: unit.clone(),
            relation,
        }));
    }
    Ok(ranges)
}

/// The caller's own desks that serve an area: their work lists.
fn own_units(rules: &Rules, caller: &Caller, area: &UnitCode) -> Vec<UnitCode> {
    let grants = caller.actor.grants().iter();
    let served = grants.filter(|grant| {
        rules
            .tree
            .area_of(&grant.unit)
            .is_some_and(|of| of == *area || rules.tree.is_within(area, &of))
    });
    let mut units: Vec<UnitCode> = served.map(|grant| grant.unit.clone()).collect();
    units.sort();
    units.dedup();
    units
}
