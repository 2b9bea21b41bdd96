//! What the fields of a case are called where conditions are told in words.

use super::Satisfaction;
use crate::expr::Terms;
use crate::model::{Model, Phase};
use crate::text::Title;

/// Field, what it is called, and for conditions what is said where they do not hold.
type Called = (
    &'static str,
    (&'static str, &'static str),
    Option<(&'static str, &'static str)>,
);

const CALLED: &[Called] = &[
    ("kind", ("案件类型", "the kind of case"), None),
    ("state", ("状态", "the state"), None),
    ("phase", ("环节", "the phase"), None),
    ("demand", ("诉求类型", "the demand type"), None),
    ("channel", ("渠道", "the channel"), None),
    ("matter", ("事项", "the matter"), None),
    ("limit_class", ("时限类别", "the class of limit"), None),
    ("lead", ("主办单位", "the lead unit"), None),
    (
        "anonymous",
        ("匿名诉求", "the report is anonymous"),
        Some(("实名诉求", "the report is signed")),
    ),
    (
        "has_point",
        ("已定位", "the place has a point"),
        Some(("未定位", "the place has no point")),
    ),
    (
        "contacted",
        ("已联系诉求人", "the reporter was contacted"),
        Some(("未联系诉求人", "the reporter was not contacted")),
    ),
    (
        "suspended",
        ("挂账中", "it is suspended"),
        Some(("未挂账", "it is not suspended")),
    ),
    (
        "merged",
        ("已并入其他案件", "it was merged into another"),
        Some(("未并案", "it was not merged")),
    ),
    ("evidence", ("材料件数", "the number of files"), None),
    ("returns", ("退单次数", "the number of returns"), None),
    ("extensions", ("延期次数", "the number of extensions"), None),
    ("reworks", ("返工次数", "the number of times sent back"), None),
    ("reopens", ("重办次数", "the number of times reopened"), None),
    (
        "call_attempts",
        ("回访未接通次数", "the number of calls without an answer"),
        None,
    ),
    (
        "rated",
        ("已评价", "it was rated"),
        Some(("未评价", "it was not rated")),
    ),
    (
        "counts_in_rates",
        ("计入考核", "it counts in the rates"),
        Some(("不计入考核", "it does not count in the rates")),
    ),
    (
        "excluded",
        ("已剔除", "it was left out of the figures"),
        Some(("未剔除", "it was not left out of the figures")),
    ),
    (
        "answered_at_intake",
        ("即时答复办结", "it was answered at intake"),
        Some(("不是即时答复", "it was not answered at intake")),
    ),
    ("outcome", ("办结类型", "the outcome"), None),
    (
        "sampled",
        ("被抽中回访", "it was drawn into a sample"),
        Some(("未被抽中", "it was not drawn into a sample")),
    ),
    (
        "reached",
        ("回访接通", "the reporter answered"),
        Some(("回访未接通", "the reporter did not answer")),
    ),
    (
        "responded",
        ("有人联系过", "somebody was in touch"),
        Some(("没有人联系过", "nobody was in touch")),
    ),
    (
        "solved",
        ("已解决", "it is solved"),
        Some(("未解决", "it is not solved")),
    ),
    ("satisfaction", ("满意程度", "how content the reporter is"), None),
    ("age_hours", ("受理至今的小时数", "the hours since it was filed"), None),
];

/// The words of a model for conditions over cases.
#[derive(Debug, Clone, Copy)]
pub struct CaseTerms<'m>(pub &'m Model);

impl CaseTerms<'_> {
    /// The clock of a field such as `late.handling`.
    fn clock(&self, name: &str) -> Title {
        let mut clocks = self.0.case_types.values().flat_map(|kind| &kind.clocks);
        let clock = clocks.find(|clock| clock.name == name);
        clock.map_or_else(|| Title::new(name, name), |clock| clock.title.clone())
    }

    fn of_clock(&self, name: &str, zh: [&str; 2], en: [&str; 2]) -> Title {
        let (at, clock) = match name.split_once('.') {
            Some(("in_time", clock)) => (0, clock),
            Some(("late", clock)) => (1, clock),
            _ => return Title::new(name, name),
        };
        let clock = self.clock(clock);
        Title::new(format!("{}{}", clock.zh, zh[at]), format!("{} {}", clock.en, en[at]))
    }
}

impl Terms for CaseTerms<'_> {
    fn field(&self, name: &str) -> Title {
        match CALLED.iter().find(|(field, ..)| *field == name) {
            Some((_, (zh, en), _)) => Title::new(*zh, *en),
            None => self.of_clock(name, ["按期", "超期"], ["was kept", "was exceeded"]),
        }
    }

    fn not(&self, name: &str) -> Title {
        match CALLED.iter().find(|(field, ..)| *field == name) {
            Some((_, _, Some((zh, en)))) => Title::new(*zh, *en),
            Some((_, (zh, en), None)) => Title::new(format!("不是{zh}"), format!("not {en}")),
            None => self.of_clock(name, ["未按期完成", "未超期完成"], ["was not kept", "was not exceeded"]),
        }
    }

    fn value(&self, field: &str, value: &str) -> Title {
        let model = self.0;
        let title = match field {
            "kind" => model.case_types.get(value).map(|kind| kind.title.clone()),
            "state" => (model.workflows.values())
                .find_map(|workflow| workflow.states.get(value))
                .map(|state| state.title.clone()),
            "demand" => model.demands.get(value).map(|demand| demand.title.clone()),
            "channel" => model.channels.get(value).map(|channel| channel.title.clone()),
            "limit_class" => model.limits.get(value).map(|limit| limit.title.clone()),
            "outcome" => model.outcomes.get(value).map(|outcome| outcome.title.clone()),
            "phase" => Phase::ALL
                .into_iter()
                .find(|phase| phase.name() == value)
                .map(phase_words),
            "satisfaction" => (Satisfaction::ALL.into_iter())
                .find(|satisfaction| satisfaction.name() == value)
                .map(satisfaction_words),
            _ => None,
        };
        title.unwrap_or_else(|| Title::new(value, value))
    }
}

fn phase_words(phase: Phase) -> Title {
    match phase {
        Phase::Intake => Title::new("受理", "intake"),
        Phase::Dispatch => Title::new("派单", "dispatch"),
        Phase::Handling => Title::new("办理", "handling"),
        Phase::Verification => Title::new("核查", "verification"),
        Phase::CallBack => Title::new("回访", "call-back"),
        Phase::Closed => Title::new("办结", "closed"),
    }
}

fn satisfaction_words(satisfaction: Satisfaction) -> Title {
    match satisfaction {
        Satisfaction::Satisfied => Title::new("满意", "satisfied"),
        Satisfaction::BasicallySatisfied => Title::new("基本满意", "fairly satisfied"),
        Satisfaction::Dissatisfied => Title::new("不满意", "dissatisfied"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::FIELDS;
    use crate::cases::testing::World;
    use crate::expr::{Comparison, Expr, ExprType};

    fn field(name: &str, expr_type: ExprType) -> Expr {
        let name = name.to_owned();
        Expr::Field { name, expr_type }
    }

    #[test]
    fn every_field_has_a_name_and_every_condition_its_opposite() {
        for (name, expr_type) in FIELDS {
            let called = CALLED.iter().find(|(field, ..)| field == name);
            let (_, (zh, en), not) = called.unwrap_or_else(|| panic!("`{name}` has no name"));
            assert!(!zh.is_ascii() && en.is_ascii(), "{name}");
            assert_eq!(not.is_some(), *expr_type == ExprType::Bool, "{name}");
        }
        assert_eq!(CALLED.len(), FIELDS.len());
    }

    #[test]
    fn a_condition_is_told_in_words() {
        let model = World::new().model;
        let terms = CaseTerms(&model);
        let words = |expr: Expr| expr.words(&terms);
        let contacted = || field("contacted", ExprType::Bool);
        let either = Expr::Or(vec![contacted(), field("anonymous", ExprType::Bool)]);
        assert_eq!(
            words(either.clone()),
            Title::new(
                "已联系诉求人，或匿名诉求",
                "the reporter was contacted, or the report is anonymous"
            )
        );
        let no = Expr::Constant(false.into());
        for not in [
            Expr::Not(Box::new(contacted())),
            Expr::Compare(Box::new(contacted()), Comparison::Equal, Box::new(no)),
        ] {
            assert_eq!(words(not).zh, "未联系诉求人");
        }
        let calls = Expr::Compare(
            Box::new(field("call_attempts", ExprType::Number)),
            Comparison::AtLeast,
            Box::new(Expr::Constant(3_u32.into())),
        );
        assert_eq!(words(calls.clone()).zh, "回访未接通次数不少于 3");
        assert_eq!(
            words(Expr::And(vec![either, calls])).en,
            "(the reporter was contacted, or the report is anonymous), and the number of calls without an answer is at least 3"
        );
        let phase = Expr::Compare(
            Box::new(field("phase", ExprType::Text)),
            Comparison::NotEqual,
            Box::new(Expr::Constant("closed".to_owned().into())),
        );
        assert_eq!(words(phase), Title::new("环节不是“办结”", "the phase is not “closed”"));
        let late = field("late.whole", ExprType::Bool);
        assert_eq!(words(Expr::Not(Box::new(late))).zh, "《whole》未超期完成");
        let of = Expr::In(
            Box::new(field("limit_class", ExprType::Text)),
            vec!["week".to_owned().into(), "unheard_of".to_owned().into()],
        );
        assert_eq!(words(of).zh, "时限类别为“《week》”、“unheard_of”");
    }
}
