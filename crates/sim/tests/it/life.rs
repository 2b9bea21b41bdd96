//! What is lived looks like life.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Weekday, date, datetime};
use quanyu_app::tables::{AccountRow, TextRow};
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Case, RequestState, Satisfaction};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::{Milestone, Phase, RequestKind};
use quanyu_sim::{Plan, Scale, Summary, request_name};

use crate::support::{OFFSET, Town, Way, plan};

/// The only reasons for which people are turned down: who asks for more time in the evening, or too late.
const EXPECTED_REFUSALS: [&str; 2] = ["after_cut_off", "already_overdue"];
/// Drainage, noise and ecology in the shipped tree of matters.
const DRAINAGE: &str = "0402";
const NOISE: &str = "0502";
const ECOLOGY: &str = "05";

#[tokio::test(flavor = "multi_thread")]
async fn two_years_of_a_city() {
    let plan = Plan {
        scale: Scale::Cases(6_000),
        ..Plan::default()
    };
    let town = Town::new(plan.period.from).await;
    let summary = town.live(plan, Way::Bulk).await;
    let cases = town.cases().await;
    assert_eq!((summary.cases, cases.len()), (6_000, 6_000));
    nothing_unexpected_happened(&summary);
    people_come_by_day_and_on_working_days(&cases);
    the_storm_is_seen(&cases);
    ecology_gets_better(&cases);
    questions_are_answered_at_once(&town, &cases);
    every_request_is_granted_and_refused(&summary);
    limits_are_missed_sometimes(&cases);
    people_tell_at_length(&town).await;
    the_district_of_its_own_is_ranked_first(&town, &cases);
    real_accounts_did_it(&town, &cases).await;
}

fn nothing_unexpected_happened(summary: &Summary) {
    assert!(summary.unmet.is_empty(), "{:?}", summary.unmet);
    let unexpected: Vec<_> = summary
        .refused
        .keys()
        .filter(|code| !EXPECTED_REFUSALS.contains(code))
        .collect();
    assert!(unexpected.is_empty(), "{:?}", summary.refused);
    assert_eq!(
        summary.districts.len(),
        7,
        "every district has cases: {:?}",
        summary.districts
    );
    assert!(
        summary.districts.values().all(|count| *count > 200),
        "{:?}",
        summary.districts
    );
    assert_eq!(summary.phases.values().sum::<u64>(), summary.cases);
}

fn local(case: &Case) -> jiff::civil::DateTime {
    OFFSET.to_datetime(case.filed_at)
}

fn is_about(case: &Case, matter: &str) -> bool {
    case.matter.as_deref().is_some_and(|code| code.starts_with(matter))
}

fn people_come_by_day_and_on_working_days(cases: &[Case]) {
    let on = |day: Weekday| cases.iter().filter(|case| local(case).weekday() == day).count() as f64;
    assert!(on(Weekday::Monday) > 1.2 * on(Weekday::Sunday));
    let share = |matter: &str, hours: std::ops::Range<i8>| {
        let about: Vec<&Case> = cases.iter().filter(|case| is_about(case, matter)).collect();
        about.iter().filter(|case| hours.contains(&local(case).hour())).count() as f64 / about.len() as f64
    };
    assert!(share("", 0..6) < 0.04, "few at night: {}", share("", 0..6));
    assert!(share("", 8..18) > 0.6, "most by day: {}", share("", 8..18));
    assert!(
        share(NOISE, 19..24) > 2.0 * share("", 19..24),
        "noise is an evening's matter"
    );
}

fn the_storm_is_seen(cases: &[Case]) {
    let storm = date(2024, 7, 19)..=date(2024, 7, 22);
    let drainage = cases.iter().filter(|case| is_about(case, DRAINAGE));
    let (stormy, other): (Vec<&Case>, Vec<&Case>) = drainage.partition(|case| storm.contains(&local(case).date()));
    let (stormy, other) = (stormy.len() as f64 / 4.0, other.len() as f64 / 727.0);
    assert!(stormy > 8.0 * other, "{stormy} a day in the storm, {other} on others");
}

fn ecology_gets_better(cases: &[Case]) {
    let count = |year: i16, matter: &str| {
        cases
            .iter()
            .filter(|case| local(case).year() == year && is_about(case, matter))
            .count() as f64
    };
    let change = count(2024, ECOLOGY) / count(2023, ECOLOGY) - 1.0;
    assert!((change + 0.141).abs() < 0.03, "{change}");
    assert!(count(2024, "") > count(2023, ""), "all together there are more");
}

fn questions_are_answered_at_once(town: &Town, cases: &[Case]) {
    let rules = town.app.rules();
    let outside_rates = |case: &&Case| {
        let demand = &rules.of(case.district).unwrap().model.demands[&case.demand];
        demand.answerable_at_intake && case.reporter.is_some()
    };
    let questions: Vec<&Case> = cases.iter().filter(outside_rates).collect();
    let share = questions.len() as f64 / cases.len() as f64;
    assert!((0.12..0.3).contains(&share), "{share} of all are questions and thanks");
    let at_once = questions
        .iter()
        .filter(|case| case.phase == Phase::Closed && case.assignments.is_empty())
        .count();
    assert!(at_once as f64 > 0.85 * questions.len() as f64);
}

fn every_request_is_granted_and_refused(summary: &Summary) {
    for kind in RequestKind::ALL {
        for state in [RequestState::Granted, RequestState::Refused] {
            let name = request_name(kind, state);
            assert!(
                summary.requests.get(&name).is_some_and(|count| *count > 0),
                "no {name}: {:?}",
                summary.requests
            );
        }
    }
}

fn limits_are_missed_sometimes(cases: &[Case]) {
    let handed_in = cases
        .iter()
        .filter(|case| case.reached(Milestone::HandedIn).is_some())
        .count() as f64;
    // A step of a ladder is taken at the earliest before a limit; some cases climb to its top.
    let escalated = cases
        .iter()
        .filter(|case| case.clocks.iter().any(|clock| clock.steps_taken > 2))
        .count() as f64;
    assert!(
        escalated > 0.002 * handed_in && escalated < 0.2 * handed_in,
        "{escalated} of {handed_in}"
    );
    for (milestone, least) in [
        (Milestone::Reworked, 0.02),
        (Milestone::Returned, 0.01),
        (Milestone::Reopened, 0.003),
    ] {
        let reached = cases.iter().filter(|case| case.times(milestone) > 0).count() as f64;
        assert!(reached > least * handed_in, "{milestone:?}: {reached} of {handed_in}");
    }
    assert!(
        cases.iter().any(|case| !case.absorbed.is_empty()),
        "some were told twice"
    );
    assert!(cases.iter().any(|case| case.excluded));
}

async fn people_tell_at_length(town: &Town) {
    let texts: Vec<TextRow> = town.records().await;
    let told: Vec<&TextRow> = texts.iter().filter(|text| text.title.is_some()).collect();
    let lengths: Vec<usize> = told.iter().map(|text| text.body.chars().count()).collect();
    let mean = lengths.iter().sum::<usize>() as f64 / lengths.len() as f64;
    assert!(mean >= 80.0, "{mean} characters on average");
    assert!(
        lengths.iter().max() > Some(&800),
        "some tell everything: {:?}",
        lengths.iter().max()
    );
    let different: BTreeSet<&str> = told.iter().map(|text| text.body.as_str()).collect();
    assert!(
        different.len() as f64 > 0.99 * told.len() as f64,
        "{} of {}",
        different.len(),
        told.len()
    );
    for text in texts {
        let whole = format!("{}{}", text.title.unwrap_or_default(), text.body);
        assert!(
            !whole.contains(['{', '}']) && !whole.contains("，，") && !whole.contains("。。"),
            "{whole}"
        );
    }
}

fn the_district_of_its_own_is_ranked_first(town: &Town, cases: &[Case]) {
    let own = town
        .app
        .rules()
        .models
        .keys()
        .copied()
        .find(|id| id.0 % 100 != 0)
        .unwrap();
    let mut answers: BTreeMap<DistrictId, [f64; 4]> = BTreeMap::new();
    for case in cases {
        for given in case.answers.iter().filter(|answers| answers.reached) {
            let sums = answers.entry(case.district).or_default();
            sums[0] += 1.0;
            sums[1] += f64::from(u8::from(given.responded == Some(true)));
            sums[2] += f64::from(u8::from(given.solved == Some(true)));
            sums[3] += match given.satisfaction {
                Some(Satisfaction::Satisfied) => 1.0,
                Some(Satisfaction::BasicallySatisfied) => 0.6,
                _ => 0.0,
            };
        }
    }
    let rates = |district: &DistrictId| {
        let [asked, responded, solved, content] = answers[district];
        [responded / asked, solved / asked, content / asked]
    };
    let (first, others): (Vec<_>, Vec<_>) = answers.keys().partition(|district| **district == own);
    assert_eq!((first.len(), others.len()), (1, 6));
    for other in others {
        for (mine, theirs) in rates(&own).into_iter().zip(rates(other)) {
            assert!(mine > theirs, "{own} {:?}, {other} {:?}", rates(&own), rates(other));
        }
    }
    let [_, solved, _] = rates(&own);
    assert!(solved < 1.0, "nobody is perfect");
}

async fn real_accounts_did_it(town: &Town, cases: &[Case]) {
    let accounts: BTreeSet<i64> = town
        .records::<AccountRow>()
        .await
        .into_iter()
        .map(|row| row.id)
        .collect();
    for case in cases {
        let filed = match case.filed_by {
            ActorRef::Account(id) => Some(id),
            _ => None,
        };
        let workers = case
            .assignments
            .iter()
            .flat_map(|assignment| assignment.workers.iter().copied());
        for id in workers.chain(filed) {
            assert!(accounts.contains(&id.0), "{id} has no account");
        }
    }
    let reporters = cases.iter().filter(|case| case.filed_by == ActorRef::Reporter).count();
    assert!(reporters * 10 > cases.len(), "many come by themselves: {reporters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_busy_day_there_is_something_in_every_phase() {
    let first = date(2024, 7, 12);
    let town = Town::new(first).await;
    let summary = town
        .live(plan(2_500, first, datetime(2024, 7, 23, 10, 40, 0, 0)), Way::Bulk)
        .await;
    nothing_is_left_out(&summary);
    let pending = |kind: RequestKind| {
        summary
            .requests
            .get(&request_name(kind, RequestState::Pending))
            .copied()
    };
    let waiting: u64 = RequestKind::ALL.into_iter().filter_map(pending).sum();
    assert!(waiting > 0, "{:?}", summary.requests);
}

fn nothing_is_left_out(summary: &Summary) {
    for phase in Phase::ALL {
        assert!(
            summary.phases.get(phase.name()).is_some_and(|count| *count > 0),
            "{phase:?}: {:?}",
            summary.phases
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_may_end_before_the_first_hour_of_a_day_is_over() {
    let (from, until) = (date(2024, 3, 1), datetime(2024, 3, 3, 0, 20, 0, 0));
    let town = Town::new(from).await;
    assert_eq!(town.live(plan(60, from, until), Way::Bulk).await.cases, 60);
    assert!(town.cases().await.iter().all(|case| local(case) < until));
    // There is no time at all in which anything might come.
    let at_midnight = plan(60, until.date(), until);
    let town = Town::new(from).await;
    assert_eq!(town.live(at_midnight, Way::Bulk).await.cases, 0);
}
