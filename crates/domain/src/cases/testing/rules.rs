//! The rules of the made-up district: a workflow with every act, clocks with ladders, every kind of request.

use std::collections::BTreeMap;

use jiff::tz::Offset;

use super::title;
use crate::access::Role;
use crate::expr::{Comparison, Expr, ExprType};
use crate::model::{
    Act, CaseType, Channel, ClockLimit, ClockRule, Demand, EvidenceKind, Ladder, LadderAt, LadderAudience, LadderStep,
    LimitClass, Milestone, Model, Outcome, Performer, Phase, RequestKind, RequestPolicy, State, Step, Workflow,
};
use crate::time::{CalendarDay, CutOff, LimitDuration, WorkCalendar, WorkHours, WorkTime, YearTable};

const OPERATOR: Performer = Performer::Role(Role::Operator);
const DISPATCHER: Performer = Performer::Role(Role::Dispatcher);
const HANDLER: Performer = Performer::Role(Role::Handler);
const VERIFIER: Performer = Performer::Role(Role::Verifier);
const CALL_BACK: Performer = Performer::Role(Role::CallBackClerk);
const SUPERVISOR: Performer = Performer::Role(Role::Supervisor);
const REPORTER: Performer = Performer::REPORTER;
const PROGRAM: Performer = Performer::PROGRAM;

/// A limit such as `5 workdays`.
pub(crate) fn limit(text: &str) -> LimitDuration {
    text.parse().expect("a limit")
}

fn by_name<T>(values: impl IntoIterator<Item = T>, name: impl Fn(&T) -> &str) -> BTreeMap<String, T> {
    values
        .into_iter()
        .map(|value| (name(&value).to_owned(), value))
        .collect()
}

/// 2024 with one holiday (Friday 15 March) and no other exceptions; 09:00–12:00 and 14:00–17:00.
fn work_time() -> WorkTime {
    let off = CalendarDay {
        date: "2024-03-15".parse().expect("a date"),
        is_off_day: true,
        name: "丰收日".to_owned(),
    };
    let table = YearTable {
        year: 2024,
        days: vec![off],
    };
    let hours = ["09:00-12:00", "14:00-17:00"].map(|text| text.parse().expect("an interval"));
    WorkTime {
        calendar: WorkCalendar::from_tables(&[table]).expect("a sound table"),
        hours: WorkHours::new(hours.to_vec()).expect("in order"),
        offset: Offset::constant(8),
    }
}

fn states() -> BTreeMap<String, State> {
    let of = |name: &str, phase| State {
        name: name.to_owned(),
        title: title(name),
        phase,
    };
    let states = [
        of("received", Phase::Intake),
        of("at_desk", Phase::Dispatch),
        of("sent", Phase::Handling),
        of("in_work", Phase::Handling),
        of("checking", Phase::Verification),
        of("asking", Phase::CallBack),
        of("done", Phase::Closed),
        of("turned_down", Phase::Closed),
        of("merged", Phase::Closed),
    ];
    by_name(states, |state| &state.name)
}

fn step(name: &str, act: Act, from: &[&str], to: Option<&str>, by: &[Performer]) -> Step {
    Step {
        name: name.to_owned(),
        title: title(name),
        act,
        from: from.iter().map(|&state| state.to_owned()).collect(),
        to: to.map(str::to_owned),
        by: by.to_vec(),
        needs: Vec::new(),
        when: None,
    }
}

fn workflow() -> Workflow {
    let mut steps = vec![
        step(
            "answer",
            Act::Answer,
            &["received", "at_desk"],
            Some("done"),
            &[OPERATOR],
        ),
        step(
            "reject",
            Act::Reject,
            &["received", "at_desk"],
            Some("turned_down"),
            &[OPERATOR, DISPATCHER],
        ),
        step(
            "queue",
            Act::Move,
            &["received"],
            Some("at_desk"),
            &[OPERATOR, DISPATCHER, PROGRAM],
        ),
        step(
            "dispatch",
            Act::Dispatch,
            &["received", "at_desk", "sent", "in_work"],
            Some("sent"),
            &[DISPATCHER, PROGRAM],
        ),
        step("accept", Act::Accept, &["sent"], Some("in_work"), &[HANDLER, PROGRAM]),
        step("contact", Act::Contact, &["in_work"], None, &[HANDLER]),
        step(
            "hand_in",
            Act::HandIn,
            &["in_work"],
            Some("checking"),
            &[HANDLER, PROGRAM],
        ),
        step("pass", Act::Pass, &["checking"], Some("asking"), &[VERIFIER]),
        step(
            "rework",
            Act::Rework,
            &["checking", "asking"],
            Some("in_work"),
            &[VERIFIER, CALL_BACK],
        ),
        step("call_back", Act::CallBack, &["asking"], Some("done"), &[CALL_BACK]),
        step("give_up", Act::Move, &["asking"], Some("done"), &[CALL_BACK]),
        step("rate", Act::Rate, &["asking", "done"], Some("done"), &[REPORTER]),
        step(
            "reopen",
            Act::Reopen,
            &["done", "turned_down", "merged"],
            Some("in_work"),
            &[REPORTER],
        ),
        step(
            "urge",
            Act::Urge,
            &["at_desk", "sent", "in_work", "checking", "asking"],
            None,
            &[SUPERVISOR],
        ),
    ];
    for step in &mut steps {
        match step.name.as_str() {
            "hand_in" => step.needs = vec!["photo".to_owned()],
            "give_up" => {
                let attempts = Expr::Field {
                    name: "call_attempts".to_owned(),
                    expr_type: ExprType::Number,
                };
                let three = Expr::Constant(3_u32.into());
                step.when = Some(Expr::Compare(Box::new(attempts), Comparison::AtLeast, Box::new(three)));
            }
            _ => {}
        }
    }
    Workflow {
        name: "loop".to_owned(),
        title: title("loop"),
        start: "received".to_owned(),
        returned: "at_desk".to_owned(),
        merged: "merged".to_owned(),
        reopened: "in_work".to_owned(),
        states: states(),
        steps,
    }
}

fn clock(name: &str, starts: Milestone, stops: &[Milestone], class: Option<&str>, ladder: Option<&str>) -> ClockRule {
    ClockRule {
        name: name.to_owned(),
        title: title(name),
        starts,
        stops: stops.to_vec(),
        limit: class.map_or(ClockLimit::ByClass, |class| ClockLimit::Class(class.to_owned())),
        ladder: ladder.map(str::to_owned),
        extendable: class.is_none(),
    }
}

fn case_type() -> CaseType {
    use Milestone::{Contacted, Dispatched, Filed, HandedIn, Reopened, Returned, Reworked};
    CaseType {
        name: "grievance".to_owned(),
        title: title("grievance"),
        workflow: "loop".to_owned(),
        clocks: vec![
            clock("dispatching", Filed, &[Dispatched], Some("quick"), Some("nudges")),
            clock(
                "contacting",
                Dispatched,
                &[Contacted, HandedIn, Returned],
                Some("one_day"),
                None,
            ),
            clock("handling", Dispatched, &[HandedIn, Returned], None, Some("cards")),
            clock(
                "again",
                Reworked,
                &[HandedIn, Returned, Dispatched],
                Some("one_day"),
                Some("cards"),
            ),
            clock("anew", Reopened, &[HandedIn, Returned, Dispatched], None, Some("cards")),
            clock("whole", Filed, &[], Some("month"), None),
        ],
        default_limit: "week".to_owned(),
        reopen_within: Some(limit("15 days")),
        reopen_at_most: 2,
    }
}

fn ladders() -> BTreeMap<String, Ladder> {
    use LadderAudience::{Assigned, Desk, Leaders, Supervisors};
    let step = |name: &str, at, tells: &[LadderAudience]| LadderStep {
        name: name.to_owned(),
        title: title(name),
        at,
        tells: tells.to_vec(),
    };
    let ladder = |name: &str, steps| Ladder {
        name: name.to_owned(),
        title: title(name),
        steps,
    };
    let nudges = vec![
        step("nudge", LadderAt::Limit, &[Assigned]),
        step("report", LadderAt::After(limit("2 work_hours")), &[Desk, Supervisors]),
    ];
    let cards = vec![
        step("remind", LadderAt::Before(limit("1 workday")), &[Assigned]),
        step("yellow", LadderAt::Limit, &[Assigned, Desk]),
        step("red", LadderAt::After(limit("1 workday")), &[Supervisors, Leaders]),
    ];
    by_name([ladder("nudges", nudges), ladder("cards", cards)], |l| &l.name)
}

fn requests() -> BTreeMap<RequestKind, RequestPolicy> {
    let policy =
        |kind: RequestKind, asked_by: &[Performer], decided_by: &[Performer], phases: &[Phase]| RequestPolicy {
            kind,
            title: title(kind.name()),
            asked_by: asked_by.to_vec(),
            decided_by: decided_by.to_vec(),
            phases: phases.to_vec(),
            limit: "one_day".to_owned(),
            grants_at_most: None,
            cut_off: None,
            before_due: false,
            at_most: None,
        };
    let after_intake = &Phase::ALL[1..];
    let policies = [
        policy(RequestKind::Return, &[HANDLER], &[DISPATCHER], &[Phase::Handling]),
        RequestPolicy {
            grants_at_most: Some(2),
            cut_off: Some(CutOff {
                time: "16:00".parse().expect("a time of day"),
            }),
            before_due: true,
            ..policy(RequestKind::Extend, &[HANDLER], &[DISPATCHER], &[Phase::Handling])
        },
        RequestPolicy {
            grants_at_most: Some(1),
            at_most: Some(limit("30 days")),
            ..policy(
                RequestKind::Suspend,
                &[HANDLER, DISPATCHER],
                &[DISPATCHER],
                &[Phase::Handling],
            )
        },
        policy(
            RequestKind::Exclude,
            &[HANDLER, SUPERVISOR],
            &[SUPERVISOR],
            after_intake,
        ),
        policy(RequestKind::Merge, &[OPERATOR, DISPATCHER], &[DISPATCHER], &Phase::ALL),
        policy(
            RequestKind::Reopen,
            &[REPORTER, SUPERVISOR],
            &[DISPATCHER],
            &[Phase::Closed],
        ),
    ];
    policies.into_iter().map(|policy| (policy.kind, policy)).collect()
}

/// The model that the stories live by.
pub(crate) fn model() -> Model {
    let class = |name: &str, duration: &str| LimitClass {
        name: name.to_owned(),
        title: title(name),
        duration: limit(duration),
    };
    let limits = [
        class("quick", "2 work_hours"),
        class("one_day", "1 workday"),
        class("week", "5 workdays"),
        class("rush", "4 urgent_hours"),
        class("month", "30 days"),
    ];
    let demand = |name: &str, answerable_at_intake| Demand {
        name: name.to_owned(),
        title: title(name),
        answerable_at_intake,
        counts_in_rates: true,
    };
    let channel = |name: &str, public| Channel {
        name: name.to_owned(),
        title: title(name),
        public,
    };
    let outcome = |name: &str, solved| Outcome {
        name: name.to_owned(),
        title: title(name),
        solved,
    };
    let evidence = |name: &str| EvidenceKind {
        name: name.to_owned(),
        title: title(name),
        media: vec!["image/*".to_owned()],
    };
    Model {
        version: "0".repeat(64),
        packs: Vec::new(),
        work_time: work_time(),
        case_types: by_name([case_type()], |case_type| &case_type.name),
        workflows: by_name([workflow()], |workflow| &workflow.name),
        limits: by_name(limits, |limit| &limit.name),
        ladders: ladders(),
        demands: by_name([demand("trouble", false), demand("question", true)], |demand| {
            &demand.name
        }),
        channels: by_name([channel("telephone", false), channel("web", true)], |channel| {
            &channel.name
        }),
        outcomes: by_name([outcome("repaired", true), outcome("explained", false)], |outcome| {
            &outcome.name
        }),
        evidence: by_name([evidence("photo"), evidence("paper")], |evidence| &evidence.name),
        requests: requests(),
        figures: crate::model::Figures::default(),
        parameters: BTreeMap::new(),
    }
}
