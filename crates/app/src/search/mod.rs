//! Finding cases by words (全文检索): an index of its own in ordinary rows, kept behind the commit, the same on every engine.
//!
//! An *entry* is a text (what was reported, or a reply) or a change of whom a case concerns. Entries of a district follow
//! one another in the order of the journal and are kept in *runs* of 16, 256 and 4,096, turned round into lists of
//! entries by term, so that a word is one short row of each run. Units stand in the index as terms too: a scope is
//! looked for like words are, and nobody reads through what they may not see. What is found is shown only after the
//! same decision as a single look ([`Actor::standing`](quanyu_domain::access::Actor::standing)).

mod follower;
mod index;
pub mod rows;
mod run;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::access::Relation;
use quanyu_domain::cases::Case;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Query, Records, Value};

pub use follower::{NAME, Search};
pub use words::{Term, asked, terms_of};

use crate::App;
use crate::cases::{Caller, case_of};
use crate::error::AppError;
use crate::rules::Rules;
use crate::scan::every;
use crate::tables::CaseRow;

/// Most cases that one question finds.
pub const MAX_HITS: usize = 200;
/// Most cases that are looked at for one question; filters that most do not pass end there.
const MAX_EXAMINED: usize = 4_000;
/// Longest question, in characters.
const MAX_QUESTION: usize = 200;
/// Runs that are read at once.
const PAGE: usize = 2_000;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// The words, all of which must be found in what was reported or in replies.
    pub words: String,
    /// Only cases of this district.
    pub district: Option<DistrictId>,
    /// Only what is open, or only what is not.
    pub open: Option<bool>,
    /// How many at most, 1 to [`MAX_HITS`].
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The cases, the newest first.
    pub cases: Vec<Case>,
    /// Whether there may be more than are shown.
    pub truncated: bool,
}

impl App {
    /// Finds cases by words, the newest first, as far as the caller may see them. What was just filed is found a moment
    /// later.
    ///
    /// # Errors
    /// When there is nothing in the question that can be looked for, or the caller sees no cases.
    pub async fn search(&self, caller: &Caller, query: &SearchQuery) -> Result<Found, AppError> {
        let terms = checked(&query.words)?;
        let rules = self.rules();
        let mut candidates: Vec<(i64, i64)> = Vec::new();
        for (district, scope) in reach(&rules, caller)? {
            if query.district.is_some_and(|wanted| i64::from(wanted.0) != district) {
                continue;
            }
            let mut lists = Lists::new(self, district);
            let mut cases = lists.of_all(&terms).await?;
            if let (Some(scope), false) = (scope, cases.is_empty()) {
                let mut within = BTreeSet::new();
                for mark in scope {
                    within.extend(lists.of(mark).await?);
                }
                cases.retain(|case| within.contains(case));
            }
            candidates.extend(cases.into_iter().map(|case| (case, district)));
        }
        candidates.sort_unstable_by(|a, b| b.cmp(a));
        self.shown(&rules, caller, query, &candidates).await
    }

    /// The candidates that the caller may see and asks for.
    async fn shown(
        &self,
        rules: &Rules,
        caller: &Caller,
        query: &SearchQuery,
        candidates: &[(i64, i64)],
    ) -> Result<Found, AppError> {
        let limit = query.limit.clamp(1, MAX_HITS);
        let mut cases = Vec::new();
        let examined = &candidates[..candidates.len().min(MAX_EXAMINED)];
        for some in examined.chunks(limit) {
            let keys = some
                .iter()
                .map(|(case, district)| vec![(*district).into(), (*case).into()])
                .collect();
            for row in self.store.records::<CaseRow>(keys).await?.into_iter().flatten() {
                if query.open.is_some_and(|open| open != row.open) {
                    continue;
                }
                let case = case_of(&row)?;
                if caller.actor.standing(&case, &rules.tree).is_empty() {
                    continue;
                }
                if cases.len() == limit {
                    return Ok(Found { cases, truncated: true });
                }
                cases.push(case);
            }
        }
        Ok(Found {
            cases,
            truncated: candidates.len() > examined.len(),
        })
    }
}

fn checked(words: &str) -> Result<Vec<Term>, Refusal> {
    if words.chars().count() > MAX_QUESTION {
        return Err(Refusal::invalid(
            "text_too_long",
            "q",
            format!("检索词至多 {MAX_QUESTION} 字"),
            format!("`q` has at most {MAX_QUESTION} characters"),
        ));
    }
    let terms = asked(words);
    if terms.is_empty() {
        return Err(Refusal::invalid(
            "nothing_to_look_for",
            "q",
            "请输入检索词；7 位及以上的号码不建索引，按电话查找请用来电查询",
            "`q` holds no words: runs of seven digits or more are not indexed, look a telephone number up instead",
        ));
    }
    Ok(terms)
}

/// The districts of the caller's scope, each with the ranges that reach into it; none where all of it is reached.
fn reach(rules: &Rules, caller: &Caller) -> Result<BTreeMap<i64, Option<BTreeSet<Term>>>, Refusal> {
    let mut reach: BTreeMap<i64, Option<BTreeSet<Term>>> = BTreeMap::new();
    let all = rules.case_districts();
    for (unit, relation) in caller.actor.scope(&rules.tree).ranges {
        let own = unit.district();
        if relation == Relation::Area && is_whole(rules, &unit) {
            reach.insert(i64::from(own.0), None);
            continue;
        }
        // A unit of the city works for every district; one of a district has cases of that district alone.
        let districts = match own.0 % 100 {
            0 => all.clone(),
            _ => vec![own],
        };
        for district in districts {
            if let Some(scope) = reach
                .entry(i64::from(district.0))
                .or_insert_with(|| Some(BTreeSet::new()))
            {
                scope.insert(follower::mark(&unit, relation));
            }
        }
    }
    if reach.is_empty() {
        return Err(Refusal::forbidden(
            "outside_scope",
            "您的岗位看不到任何案件",
            "your roles let you see no cases",
        ));
    }
    Ok(reach)
}

/// Whether an area is all that its district code stands for.
fn is_whole(rules: &Rules, area: &UnitCode) -> bool {
    rules.chain(area).last() == Some(area)
}

/// Where a term stands: by level and first entry of a run, the places in that run.
type Places = Vec<(usize, i64, Vec<usize>)>;

/// The cases of terms in a district, with what was read for the terms before.
struct Lists<'a> {
    app: &'a App,
    district: i64,
    runs: BTreeMap<(usize, i64), Vec<i64>>,
}

impl<'a> Lists<'a> {
    fn new(app: &'a App, district: i64) -> Self {
        let runs = BTreeMap::new();
        Self { app, district, runs }
    }

    /// The cases with every one of some terms, ascending. The rarest term comes first: what is common to all is in its
    /// cases, and a term that stands nowhere ends the search before any case is read.
    async fn of_all(&mut self, terms: &[Term]) -> Result<Vec<i64>, AppError> {
        let mut all = Vec::with_capacity(terms.len());
        for term in terms {
            let places = self.places(*term).await?;
            if places.is_empty() {
                return Ok(Vec::new());
            }
            all.push(places);
        }
        all.sort_by_cached_key(|places| places.iter().map(|(_, _, places)| places.len()).sum::<usize>());
        let mut common: Option<Vec<i64>> = None;
        for places in all {
            let cases = self.cases(places).await?;
            let both = match common {
                None => cases,
                Some(common) => intersection(&common, &cases),
            };
            if both.is_empty() {
                return Ok(both);
            }
            common = Some(both);
        }
        Ok(common.unwrap_or_default())
    }

    /// The cases with a term, ascending and without repeats.
    async fn of(&mut self, term: Term) -> Result<Vec<i64>, AppError> {
        let places = self.places(term).await?;
        self.cases(places).await
    }

    async fn places(&mut self, term: Term) -> Result<Places, AppError> {
        let mut found = Places::new();
        for level in 0..run::SIZES.len() {
            let query = Query::by_key(&rows::SEARCH_TERMS, PAGE)
                .equal(self.district)
                .equal(index::count(level))
                .equal(run::bucket(level, term).cast_signed());
            let parts: Vec<rows::SearchTermsRow> = every(self.app.store.as_ref(), query).await?;
            let mut here = Places::new();
            for part in parts {
                let places = run::find(&part.terms, term)?.into_iter();
                let places: Vec<usize> = places.filter_map(|place| usize::try_from(place).ok()).collect();
                if !places.is_empty() {
                    here.push((level, part.first, places));
                }
            }
            // A small run may become part of a larger one at any time: it is read before the larger ones are asked, which
            // then have it. The largest stay, and are read when they are needed.
            if level + 1 < run::SIZES.len() {
                self.read(&here).await?;
            }
            found.extend(here);
        }
        Ok(found)
    }

    /// Reads the cases of runs that were not read before.
    async fn read(&mut self, places: &Places) -> Result<(), AppError> {
        let runs = places.iter().map(|(level, first, _)| (*level, *first));
        let keys = runs
            .filter(|run| !self.runs.contains_key(run))
            .map(|(level, first)| vec![self.district.into(), index::count(level).into(), first.into()]);
        let keys: Vec<Vec<Value>> = keys.collect();
        let read = self.app.store.records::<rows::SearchRunRow>(keys).await?;
        for row in read.into_iter().flatten() {
            let level = usize::try_from(row.level).unwrap_or(usize::MAX);
            self.runs.insert((level, row.first), run::cases_from_bytes(&row.cases)?);
        }
        Ok(())
    }

    /// The cases at some places, ascending and without repeats.
    async fn cases(&mut self, places: Places) -> Result<Vec<i64>, AppError> {
        self.read(&places).await?;
        let mut found = Vec::new();
        for (level, first, places) in places {
            // What became part of a larger run is found there.
            if let Some(cases) = self.runs.get(&(level, first)) {
                found.extend(places.into_iter().filter_map(|place| cases.get(place)));
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// What two ascending lists have in common.
fn intersection(a: &[i64], b: &[i64]) -> Vec<i64> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut both = Vec::new();
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                both.push(**x);
                a.next();
                b.next();
            }
        }
    }
    both
}
