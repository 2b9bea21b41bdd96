//! What conditions of packs can read of a case.

use jiff::Timestamp;

use super::decide::Context;
use super::{Answers, Case, Evidence, Sampled, Satisfaction};
use crate::expr::{ExprType, ExprValue, Fields};
use crate::model::{CaseType, Milestone, RequestKind};
use crate::time::ClockState;

/// The fields of a case that a pack's `when` may name, with their types.
pub const FIELDS: &[(&str, ExprType)] = &[
    ("kind", ExprType::Text),
    ("state", ExprType::Text),
    ("phase", ExprType::Text),
    ("demand", ExprType::Text),
    ("channel", ExprType::Text),
    ("matter", ExprType::Text),
    ("limit_class", ExprType::Text),
    ("lead", ExprType::Text),
    ("anonymous", ExprType::Bool),
    ("has_point", ExprType::Bool),
    ("contacted", ExprType::Bool),
    ("suspended", ExprType::Bool),
    ("merged", ExprType::Bool),
    ("evidence", ExprType::Number),
    ("returns", ExprType::Number),
    ("extensions", ExprType::Number),
    ("reworks", ExprType::Number),
    ("reopens", ExprType::Number),
    ("call_attempts", ExprType::Number),
    ("rated", ExprType::Bool),
    ("counts_in_rates", ExprType::Bool),
    ("excluded", ExprType::Bool),
    ("answered_at_intake", ExprType::Bool),
    ("outcome", ExprType::Text),
    ("sampled", ExprType::Bool),
    ("reached", ExprType::Bool),
    ("responded", ExprType::Bool),
    ("solved", ExprType::Bool),
    ("satisfaction", ExprType::Text),
    ("age_hours", ExprType::Number),
];

/// The fields that a measure's `where` may name, beside those of clocks ([`clock_fields`]): those that only change when
/// something happens to the case. Of a measure that is counted when a case is drawn, the answers are those to the sample.
pub const MEASURE_FIELDS: &[(&str, ExprType)] = FIELDS.split_at(FIELDS.len() - 1).0;

/// What measures may ask of the clocks of a kind of case: `in_time.NAME` (stopped in time) and `late.NAME` (stopped too
/// late); a clock that runs, or whose limit nobody knows, is neither.
pub fn clock_fields(case_type: &CaseType) -> Vec<(String, ExprType)> {
    let names = case_type.clocks.iter().map(|clock| &clock.name);
    names
        .flat_map(|name| ["in_time", "late"].map(|what| (format!("{what}.{name}"), ExprType::Bool)))
        .collect()
}

/// A case as conditions see it at an instant, with the evidence that comes along with the command.
pub struct CaseFields<'a> {
    /// The case.
    pub case: &'a Case,
    /// The instant.
    pub now: Timestamp,
    /// The evidence that comes along.
    pub brought: &'a [Evidence],
    /// Whether its demand type counts in the rates, and it was neither left out nor merged into another.
    pub counts_in_rates: bool,
    /// The sample that is asked about.
    pub sample: Option<&'a Sampled>,
}

impl<'a> CaseFields<'a> {
    /// A case as it stands, without regard to a sample; its instant is that of its last change.
    pub fn of(context: &Context<'a>, case: &'a Case) -> Self {
        let demand = context.model.demands.get(&case.demand);
        Self {
            case,
            now: case.changed_at,
            brought: &[],
            counts_in_rates: demand.is_some_and(|demand| demand.counts_in_rates)
                && !case.excluded
                && case.merged_into.is_none(),
            sample: None,
        }
    }

    /// The answers that count: to the sample, or to the last result.
    fn answers(&self) -> Option<&'a Answers> {
        match self.sample {
            Some(sample) => self.case.answers_in(sample).rfind(|answers| answers.reached),
            None => self.case.answers_to_result().filter(|answers| answers.reached).last(),
        }
    }

    fn clock(&self, name: &str, wanted: bool) -> ExprValue<'a> {
        let Some(clock) = self.case.clock(name) else {
            return ExprValue::Null;
        };
        let state = clock.clock.state(self.case.changed_at);
        matches!(state, ClockState::Stopped { in_time, .. } if in_time == wanted).into()
    }
}

impl Fields for CaseFields<'_> {
    fn field(&self, name: &str) -> ExprValue<'_> {
        let case = self.case;
        let count = |n: usize| ExprValue::from(u32::try_from(n).unwrap_or(u32::MAX));
        match name {
            "kind" => case.case_type.as_str().into(),
            "state" => case.state.as_str().into(),
            "phase" => case.phase.name().into(),
            "demand" => case.demand.as_str().into(),
            "channel" => case.channel.as_str().into(),
            "matter" => case.matter.as_deref().into(),
            "limit_class" => case.limit_class.as_deref().into(),
            "lead" => case.lead().map(|lead| lead.unit.as_str()).into(),
            "anonymous" => case.reporter.is_none().into(),
            "has_point" => case.place.position.is_some().into(),
            "contacted" => case.reached(Milestone::Contacted).is_some().into(),
            "suspended" => case.suspended_until.is_some().into(),
            "merged" => case.merged_into.is_some().into(),
            "evidence" => count(case.evidence.len() + self.brought.len()),
            "returns" => case.granted(RequestKind::Return).into(),
            "extensions" => case.granted(RequestKind::Extend).into(),
            "reworks" => case.times(Milestone::Reworked).into(),
            "reopens" => case.times(Milestone::Reopened).into(),
            "call_attempts" => count(case.answers_to_result().filter(|a| !a.reached).count()),
            "rated" => case.is_rated().into(),
            "counts_in_rates" => self.counts_in_rates.into(),
            "excluded" => case.excluded.into(),
            "answered_at_intake" => (case.result.is_some() && case.reached(Milestone::HandedIn).is_none()).into(),
            "outcome" => case.result.as_ref().map(|result| result.outcome.as_str()).into(),
            "sampled" => (self.sample.is_some() || !case.samples.is_empty()).into(),
            "reached" => self.answers().is_some().into(),
            "responded" => self.answers().and_then(|answers| answers.responded).into(),
            "solved" => self.answers().and_then(|answers| answers.solved).into(),
            "satisfaction" => self
                .answers()
                .and_then(|answers| answers.satisfaction)
                .map(Satisfaction::name)
                .into(),
            "age_hours" => (self.now.duration_since(case.filed_at).as_hours()).into(),
            _ => match name.split_once('.') {
                Some(("in_time", clock)) => self.clock(clock, true),
                Some(("late", clock)) => self.clock(clock, false),
                _ => ExprValue::Null,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::testing::*;

    #[test]
    fn every_declared_field_has_a_value_of_its_type() {
        let story = Story::closed();
        let fields = CaseFields {
            case: &story.case,
            now: story.now,
            brought: &[],
            counts_in_rates: true,
            sample: None,
        };
        for (name, expr_type) in FIELDS {
            assert_eq!(fields.field(name).expr_type(), Some(*expr_type), "{name}");
        }
        assert_eq!(fields.field("nonsense"), ExprValue::Null);
        assert_eq!(fields.field("lead"), ROADS.into());
        assert_eq!(fields.field("evidence"), ExprValue::from(5_u32));
        let filed = Story::begin();
        let fields = CaseFields {
            case: &filed.case,
            now: at("2024-03-05T10:59"),
            brought: &[photo(1)],
            counts_in_rates: true,
            sample: None,
        };
        assert_eq!(fields.field("lead"), ExprValue::Null, "nobody leads it yet");
        assert_eq!(fields.field("evidence"), ExprValue::from(1_u32));
        assert_eq!(fields.field("age_hours"), ExprValue::from(25_u32));
    }
}
