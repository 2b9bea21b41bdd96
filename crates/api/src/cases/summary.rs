//! A case as lists show it, and the texts of cases.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quanyu_app::masking::masked;
use quanyu_app::tables::TextRow;
use quanyu_app::{App, AppError};
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Case, FAR_FUTURE, TextRef};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::Phase;
use serde::Serialize;
use utoipa::ToSchema;

use crate::edge::choices::PhaseName;
use crate::edge::wire::{Moment, Named, Number, Position};
use crate::words::{ActorView, MatterName, UnitName, Words};

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSummary {
    /// Its number.
    pub number: Number,
    /// Its version.
    pub version: i64,
    /// What kind of case it is.
    pub case_type: Named,
    /// Phase.
    #[schema(value_type = PhaseName)]
    pub phase: Phase,
    /// State.
    pub state: Named,
    /// Demand type.
    pub demand: Named,
    /// Channel.
    pub channel: Named,
    /// Matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterName>,
    /// Its title, or the beginning of its text.
    pub headline: String,
    /// Where it lies, the finest area known.
    pub area: UnitName,
    /// The place in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// The lead unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<UnitName>,
    /// Who of the lead unit works on it (经办人).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<ActorView>,
    /// When it was filed.
    pub filed_at: Moment,
    /// Its next limit while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Moment>,
    /// From when on that limit is near: for its last quarter, and for its last day at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near_from: Option<Moment>,
    /// Whether a limit has passed and is not met yet.
    pub overdue: bool,
    /// Whether supervisors or leaders have been told of a limit that has passed and is not met yet (升级).
    pub escalated: bool,
    /// When it was closed, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Moment>,
    /// Whether its clocks stand still.
    pub suspended: bool,
}

/// Characters of a text that stand for a missing title.
const HEADLINE: usize = 60;

impl CaseSummary {
    /// From the case and its text, at a time.
    pub fn new(words: &Words<'_>, case: &Case, text: Option<&TextRow>, now: Timestamp) -> Self {
        let due = case.next_due();
        let headline = text.map(|text| match &text.title {
            Some(title) => title.clone(),
            None => headline(&text.body),
        });
        Self {
            number: Number(case.id),
            version: case.version,
            case_type: words.case_type(&case.case_type),
            phase: case.phase,
            state: words.state(&case.case_type, &case.state),
            demand: words.demand(&case.demand),
            channel: words.channel(&case.channel),
            matter: case.matter.as_deref().map(|code| words.matter(code)),
            headline: headline.unwrap_or_default(),
            area: words.unit(case.place.area()),
            place: case.place.told().map(str::to_owned),
            position: case.place.position.map(Position::from),
            lead: case.lead().map(|lead| words.unit(&lead.unit)),
            holder: case
                .lead()
                .and_then(|lead| lead.holder)
                .map(|id| words.actor(ActorRef::Account(id))),
            filed_at: words.moment(case.filed_at),
            due_at: due_at(case).map(|due| words.moment(due)),
            near_from: near_from(case).map(|near| words.moment(near)),
            overdue: case.phase != Phase::Closed && due < now,
            escalated: case.is_escalated(words.model, now),
            closed_at: case.closed_at().map(|at| words.moment(at)),
            suspended: case.suspended_until.is_some(),
        }
    }
}

/// The beginning of a text, and `…` where it goes on.
fn headline(text: &str) -> String {
    match text.char_indices().nth(HEADLINE) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The next limit of an open case.
pub fn due_at(case: &Case) -> Option<Timestamp> {
    let due = case.next_due();
    (case.phase != Phase::Closed && due < FAR_FUTURE).then_some(due)
}

/// From when on the next limit of an open case is near.
pub fn near_from(case: &Case) -> Option<Timestamp> {
    case.near_from().filter(|_| case.phase != Phase::Closed)
}

/// A case as it is shown to somebody to whom its reporter is not revealed: numbers of people in words are masked.
pub fn masked_case(case: &Case) -> Case {
    let mut case = case.clone();
    for said in case.said_mut() {
        said.map(masked);
    }
    case
}

/// Texts by reference, as far as they have not been erased.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<Id, TextRow>);

impl Texts {
    /// Reads the texts of a district's cases.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(app: &App, district: DistrictId, refs: &[&TextRef]) -> Result<Self, AppError> {
        let rows = app.texts(district, refs).await?;
        Ok(Self(rows.into_iter().flatten().map(|row| (Id(row.id), row)).collect()))
    }

    /// Takes in the texts of another district.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Masks the numbers of people in every one of them, for somebody to whom they are not revealed.
    pub fn mask(&mut self) {
        for text in self.0.values_mut() {
            text.body = masked(&text.body);
            text.title = text.title.as_deref().map(masked);
        }
    }

    /// The text of a reference.
    pub fn get(&self, text: &TextRef) -> Option<&TextRow> {
        self.0.get(&text.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_goes_on_says_so() {
        assert_eq!(headline("路灯不亮"), "路灯不亮");
        let whole: String = "灯".repeat(HEADLINE);
        assert_eq!(headline(&whole), whole);
        assert_eq!(headline(&format!("{whole}亮")), format!("{whole}…"));
    }
}
