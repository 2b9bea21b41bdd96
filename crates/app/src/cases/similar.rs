//! Cases that may be the same thing: by place, time, matter and text.

use std::collections::BTreeSet;
use std::ops::Bound;

use jiff::SignedDuration;
use quanyu_domain::cases::{Case, Position};
use quanyu_domain::ids::Id;
use quanyu_geo::{Nearby, Point, distance_m};
use quanyu_store::{Query, Records};
use serde::Serialize;

use super::{Caller, case_of};
use crate::App;
use crate::error::{AppError, damaged};
use crate::rules::Rules;
use crate::tables::{CASE, CASE_PARTY, CasePartyRow, CaseRow};

/// A case that may be the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// The other case.
    pub case: Case,
    /// How likely it is the same, 0 to 1.
    pub score: f64,
    /// What speaks for it.
    pub reasons: Vec<SimilarReason>,
}

/// What speaks for two cases being the same thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum SimilarReason {
    /// They are this far apart.
    Near {
        /// Metres.
        metres: f64,
    },
    /// They lie in the same community or grid, and one has no point.
    SameArea,
    /// They share so many levels of the matter's tree.
    SameMatter {
        /// Levels, 1 to 5.
        levels: usize,
    },
    /// Their texts share this part of their pairs of characters.
    AlikeText {
        /// 0 to 1.
        share: f64,
    },
}

/// What is compared with the open cases around.
struct Subject<'a> {
    id: Option<Id>,
    position: Option<Position>,
    areas: Vec<quanyu_domain::units::UnitCode>,
    matter: Option<&'a str>,
    text: &'a str,
    at: jiff::Timestamp,
}

/// Cases further away than this are not the same thing.
const RADIUS_M: f64 = 300.0;
/// Nor are cases filed so long before.
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many candidates are compared at most, each with its text.
const MAX_CANDIDATES: usize = 100;
/// How many are suggested.
const MAX_SUGGESTED: usize = 5;
/// Below this score two cases are not worth a look.
const LEAST_SCORE: f64 = 0.35;

impl App {
    /// Open cases that may be the same thing as this one, the likeliest first, as far as the caller may see them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn similar_to(&self, caller: &Caller, case: &Case) -> Result<Vec<Similar>, AppError> {
        let texts = self.texts(case.district, &[&case.text]).await?;
        let text = texts
            .first()
            .and_then(Option::as_ref)
            .map(|text| text.body.as_str())
            .unwrap_or_default();
        let subject = Subject {
            id: Some(case.id),
            position: case.place.position,
            areas: case.place.areas.clone(),
            matter: case.matter.as_deref(),
            text,
            at: case.filed_at,
        };
        self.similar(caller, &subject).await
    }

    /// Open cases that may be the same thing as what is being told, before it is filed.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn similar_to_draft(
        &self,
        caller: &Caller,
        text: &str,
        matter: Option<&str>,
        position: Position,
    ) -> Result<Vec<Similar>, AppError> {
        let areas = self.rules().locate(position);
        let subject = Subject {
            id: None,
            position: Some(position),
            areas,
            matter,
            text,
            at: self.now(),
        };
        self.similar(caller, &subject).await
    }

    async fn similar(&self, caller: &Caller, subject: &Subject<'_>) -> Result<Vec<Similar>, AppError> {
        let rules = self.rules();
        let mut found = Vec::new();
        let mut candidates = self.around(&rules, subject).await?;
        candidates.retain(|other| {
            Some(other.id) != subject.id
                && other.filed_at.duration_since(subject.at).abs() <= WINDOW
                && !caller.actor.standing(other, &rules.tree).is_empty()
        });
        let own = pairs(subject.text);
        for other in candidates {
            let texts = self.texts(other.district, &[&other.text]).await?;
            let text = texts
                .first()
                .and_then(Option::as_ref)
                .map(|text| text.body.as_str())
                .unwrap_or_default();
            let (score, reasons) = compare(subject, &own, &other, text);
            if score >= LEAST_SCORE {
                found.push(Similar {
                    case: other,
                    score,
                    reasons,
                });
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.case.id.cmp(&a.case.id)));
        found.truncate(MAX_SUGGESTED);
        Ok(found)
    }

    /// Open cases near the point; without one, those of the finest area that is no larger than a community.
    async fn around(&self, rules: &Rules, subject: &Subject<'_>) -> Result<Vec<Case>, AppError> {
        let Some(district) = subject.areas.last().map(|area| i64::from(area.district().0)) else {
            return Ok(Vec::new());
        };
        let mut rows: Vec<CaseRow> = Vec::new();
        if let Some(point) = subject.position.and_then(|at| Point::new(at.lon, at.lat).ok()) {
            let nearby = Nearby::new(point, RADIUS_M).map_err(|fault| damaged("radius", fault))?;
            for range in nearby.ranges(8) {
                let (low, high) = (range.first().as_i64(), range.last().as_i64());
                let query = Query::by_index(&CASE, "by_place", MAX_CANDIDATES)
                    .equal(district)
                    .equal(true)
                    .between(Bound::Included(low.into()), Bound::Included(high.into()));
                rows.extend(self.store.page::<CaseRow>(&query).await?);
            }
        } else if let Some(area) = subject.areas.first().filter(|area| {
            rules
                .tree
                .get(area)
                .and_then(|unit| unit.kind.level())
                .is_some_and(|level| level >= COMMUNITY_LEVEL)
        }) {
            let query = Query::by_key(&CASE_PARTY, MAX_CANDIDATES)
                .equal(district)
                .equal(area.as_str())
                .equal("area")
                .equal(true);
            let parties = self.store.page::<CasePartyRow>(&query).await?;
            let keys = parties
                .into_iter()
                .map(|row| vec![row.district.into(), row.case.into()])
                .collect();
            rows.extend(self.store.records::<CaseRow>(keys).await?.into_iter().flatten());
        }
        // The newest are the likeliest to be told twice.
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        rows.truncate(MAX_CANDIDATES);
        rows.iter().map(case_of).collect()
    }
}

/// The level of communities, see `UnitKind::level`.
const COMMUNITY_LEVEL: u8 = 3;

/// How alike two cases are: place and matter and text each give up to their weight.
fn compare(subject: &Subject<'_>, own: &BTreeSet<(char, char)>, other: &Case, text: &str) -> (f64, Vec<SimilarReason>) {
    let mut score = 0.0;
    let mut reasons = Vec::new();
    let point = |at: Position| Point::new(at.lon, at.lat).ok();
    match (subject.position.and_then(point), other.place.position.and_then(point)) {
        (Some(a), Some(b)) => {
            let metres = distance_m(a, b);
            if metres > RADIUS_M {
                return (0.0, reasons);
            }
            score += 0.4 * (1.0 - metres / RADIUS_M);
            reasons.push(SimilarReason::Near { metres });
        }
        _ if subject.areas.first() == Some(other.place.area()) => {
            score += 0.15;
            reasons.push(SimilarReason::SameArea);
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (subject.matter, other.matter.as_deref()) {
        let levels = (1..=5)
            .take_while(|level| a.get(..level * 2).is_some_and(|head| b.starts_with(head)))
            .count();
        if levels >= 2 {
            score += 0.06 * levels as f64;
            reasons.push(SimilarReason::SameMatter { levels });
        }
    }
    let theirs = pairs(text);
    let shared = own.intersection(&theirs).count() as f64;
    let smaller = own.len().min(theirs.len()) as f64;
    if smaller > 0.0 {
        let share = shared / smaller;
        score += 0.4 * share;
        if share >= 0.2 {
            reasons.push(SimilarReason::AlikeText { share });
        }
    }
    (score.min(1.0), reasons)
}

/// The pairs of neighbouring letters and characters of a text: robust for Chinese, where words have no blanks between.
fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
}
