//! What conditions of packs can read of a case.

use jiff::Timestamp;

use super::{Case, Evidence};
use crate::expr::{ExprType, ExprValue, Fields};
use crate::model::{Milestone, RequestKind};

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
    ("age_hours", ExprType::Number),
];

/// A case as conditions see it at an instant, with the evidence that comes along with the command.
pub(super) struct CaseFields<'a> {
    pub case: &'a Case,
    pub now: Timestamp,
    pub brought: &'a [Evidence],
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
            "age_hours" => (self.now.duration_since(case.filed_at).as_hours()).into(),
            _ => ExprValue::Null,
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
        };
        assert_eq!(fields.field("lead"), ExprValue::Null, "nobody leads it yet");
        assert_eq!(fields.field("evidence"), ExprValue::from(1_u32));
        assert_eq!(fields.field("age_hours"), ExprValue::from(25_u32));
    }
}
