//! Rates, samples, exclusions and editions.

use quanyu_app::cases::{Caller, StepDraft};
use quanyu_app::figures::rates::{By, RatesQuery, RatesRow, RatesTable, formula, row};
use quanyu_app::figures::{BehindQuery, Period};
use quanyu_app::followers::tally::Counts;
use quanyu_app::rebuild::verify_rebuild;
use quanyu_domain::access::Role::{Handler, Leader, Supervisor};
use quanyu_domain::cases::{AnswersInput, Case, Satisfaction};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::{Figures, Measure, RequestKind};
use quanyu_domain::text::Title;
use quanyu_store::{Query, Records};

use crate::followers::{kept, recount, tally_now};
use crate::mills::{WATER, caller, desk, file, handler, mills, request, sent_to, supervisor, walk};
use crate::support::{CITY, EAST, EAST_ROADS, World, at, code, refused};

const EAST_ID: DistrictId = DistrictId(990_101);

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

/// A case that was closed; `answered` says what the reporter said when called back.
async fn closed(world: &World, unit: &str) -> Case {
    let app = &world.app;
    let case = file(app).await;
    app.step(&desk(), case.id, None, "dispatch", sent_to(unit))
        .await
        .unwrap();
    let case = app.case(&desk(), case.id).await.unwrap();
    walk(app, case, &["accept", "hand_in", "pass", "call_back"]).await
}

async fn rates(world: &World, by: By) -> RatesTable {
    let query = RatesQuery {
        period: period("2024-03"),
        by,
        within: Some(code(EAST)),
        under: None,
    };
    world.app.rates(&supervisor(), &query).await.unwrap()
}

/// Numerator, denominator, value, sample and exclusions of a rate.
fn told(row: &RatesRow, name: &str) -> (String, String, Option<String>, Option<i64>, Option<i64>) {
    let rate = row.rates.iter().find(|rate| rate.rate == name).unwrap();
    (
        rate.numerator.to_string(),
        rate.denominator.to_string(),
        rate.value.map(|value| value.to_string()),
        rate.sample,
        rate.excluded,
    )
}

fn said(
    text: (&str, &str, Option<&str>, Option<i64>, Option<i64>),
) -> (String, String, Option<String>, Option<i64>, Option<i64>) {
    (
        text.0.to_owned(),
        text.1.to_owned(),
        text.2.map(str::to_owned),
        text.3,
        text.4,
    )
}

fn answers(satisfaction: Satisfaction, solved: bool) -> StepDraft {
    StepDraft {
        answers: Some(AnswersInput {
            reached: true,
            responded: Some(true),
            solved: Some(solved),
            satisfaction: Some(satisfaction),
        }),
        ..StepDraft::default()
    }
}

/// The published figures of a city: 663 of 670 are 98.96 %, (614 + 0.6 × 34) ÷ 670 is 94.69 %.
#[test]
fn rates_are_what_was_published() {
    let loaded = quanyu_pack::load(&crate::mills::sources()).unwrap_or_else(|findings| panic!("{findings}"));
    let figures: &Figures = &loaded.districts[&DistrictId(990_100)].model.figures;
    let counts: Counts = [
        ("picked", 700),
        ("picked_reached", 670),
        ("picked_turning", 663),
        ("picked_happy", 614),
        ("picked_middling", 34),
        ("filed", 0),
    ]
    .map(|(name, count)| (name.to_owned(), count))
    .into();
    let row = row(figures, "x".to_owned(), Title::new("某地", "Somewhere"), counts);
    assert_eq!(
        told(&row, "turning"),
        said(("663", "670", Some("0.989552"), Some(700), Some(0)))
    );
    assert_eq!(
        told(&row, "happiness"),
        said(("634.4", "670", Some("0.946866"), Some(700), Some(0)))
    );
    assert_eq!(
        told(&row, "timeliness"),
        said(("0", "0", None, None, Some(0))),
        "nothing over nothing"
    );
    assert_eq!(row.scores[0].value, None, "a rate of the score has no value");
    let happiness = formula(figures, figures.rate("happiness").unwrap());
    assert_eq!(happiness.zh, "（高兴×1 + 还行×0.6） ÷ 问到");
    assert_eq!(happiness.en, "(Happy×1 + Middling×0.6) ÷ Reached");
}

#[tokio::test]
async fn a_sample_is_drawn_once_by_unit_and_its_answers_make_the_rates() {
    let world = mills().await;
    let app = &world.app;
    for unit in [EAST_ROADS, EAST_ROADS, EAST_ROADS, EAST_ROADS, EAST_ROADS, WATER] {
        closed(&world, unit).await;
    }
    let before = rates(&world, By::Department).await;
    assert_eq!(
        told(&before.total, "turning"),
        said(("0", "0", None, Some(0), Some(0))),
        "answers of no sample count for nothing"
    );

    let march = period("2024-03");
    let draw = async || app.draw_sample(&supervisor(), EAST_ID, march, None).await;
    assert_eq!(refused(draw().await), "month_not_over");
    world.clock.set(at("2024-04-01T09:00"));
    let leader = caller(9, &[(Leader, EAST)]);
    assert_eq!(
        refused(app.draw_sample(&leader, EAST_ID, march, None).await),
        "role_forbids"
    );
    let roads = caller(10, &[(Supervisor, EAST_ROADS)]);
    assert_eq!(
        refused(app.draw_sample(&roads, EAST_ID, march, None).await),
        "outside_scope"
    );
    let (sample, new) = draw().await.unwrap();
    // Half of five, rounded up, and at least one of one.
    assert!(new && (sample.population, sample.drawn) == (6, 4), "{sample:?}");
    let (again, new) = draw().await.unwrap();
    assert!(!new && again == sample, "a month is drawn once");

    let list = async |answered| {
        let list = app
            .sample_cases(&desk(), EAST_ID, Id(sample.id), answered, None, 50)
            .await
            .unwrap();
        list.cases
    };
    // All of them were called back in the course of things: those answers count.
    assert_eq!((list(true).await.len(), list(false).await.len()), (4, 0));
    let table = rates(&world, By::Department).await;
    assert_eq!(
        told(&table.total, "turning"),
        said(("4", "4", Some("1"), Some(4), Some(0)))
    );
    let units: Vec<(&str, Option<i64>, Option<u32>, bool)> = table
        .rows
        .iter()
        .map(|row| {
            (
                row.code.as_str(),
                told(row, "turning").3,
                row.scores[0].rank,
                row.scores[0].too_few,
            )
        })
        .collect();
    assert_eq!(
        units,
        [(EAST_ROADS, Some(3), Some(1), false), (WATER, Some(1), None, true)],
        "one answer gives no rank"
    );

    // A clerk corrects an answer: with a reason, and the last one counts.
    let drawn = list(true).await[0].clone();
    let worse = answers(Satisfaction::BasicallySatisfied, false);
    assert_eq!(
        refused(app.step(&desk(), drawn.id, None, "ring_picked", worse.clone()).await),
        "words_missing"
    );
    let note = Some("记录有误，重新回访".to_owned());
    app.step(&desk(), drawn.id, None, "ring_picked", StepDraft { note, ..worse })
        .await
        .unwrap();
    let table = rates(&world, By::Month).await;
    assert_eq!(
        told(&table.total, "turning"),
        said(("3", "4", Some("0.75"), Some(4), Some(0)))
    );
    assert_eq!(
        told(&table.rows[0], "happiness"),
        said(("3.6", "4", Some("0.9"), Some(4), Some(0)))
    );

    // What was not drawn is not called back once it is closed.
    let query = Query::by_key(&quanyu_app::tables::CASE, 50);
    let rows: Vec<quanyu_app::tables::CaseRow> = world.store.page(&query).await.unwrap();
    let cases = rows.iter().map(|row| quanyu_app::cases::case_of(row).unwrap());
    let other = cases.into_iter().find(|case| case.samples.is_empty()).unwrap();
    let answers = answers(Satisfaction::Satisfied, true);
    assert_eq!(
        refused(app.step(&desk(), other.id, None, "ring_picked", answers).await),
        "not_sampled"
    );

    tally_now(app).await;
    assert_eq!(kept(&world).await, recount(&world).await);
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
}

#[tokio::test]
async fn behind_every_number_stand_its_cases() {
    let world = mills().await;
    let app = &world.app;
    for unit in [EAST_ROADS, WATER, EAST_ROADS, WATER, EAST_ROADS] {
        closed(&world, unit).await;
    }
    let open = file(app).await;
    let query = |measure: &str, unit: &str, limit| BehindQuery {
        days: period("2024-03").into(),
        unit: Some(code(unit)),
        answers: false,
        measures: vec![measure.to_owned()],
        matter: None,
        channel: None,
        after: None,
        limit,
    };
    let all = async |measure: &str, unit: &str, limit: usize| {
        let mut query = query(measure, unit, limit);
        let mut found = Vec::new();
        loop {
            let page = app.behind(&supervisor(), &query).await.unwrap();
            assert!(page.cases.len() <= limit);
            found.extend(page.cases.into_iter().map(|case| case.id));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return found,
            }
        }
    };
    for (measure, by, unit) in [("filed", By::Month, EAST), ("closed", By::Month, EAST)] {
        let table = rates(&world, by).await;
        for limit in [1, 2, 200] {
            let found = all(measure, unit, limit).await;
            assert_eq!(
                i64::try_from(found.len()).unwrap(),
                table.total.counts[measure],
                "{measure} {limit}"
            );
        }
    }
    assert!(all("filed", EAST, 3).await.contains(&open.id));
    let roads = caller(3, &[(Handler, EAST_ROADS)]);
    let page = app.behind(&roads, &query("closed", EAST_ROADS, 50)).await.unwrap();
    assert_eq!(page.cases.len(), 3, "a unit's own");
    assert_eq!(
        refused(app.behind(&roads, &query("closed", EAST, 50)).await),
        "outside_scope"
    );
    assert_eq!(
        refused(app.behind(&supervisor(), &query("sung", EAST, 50)).await),
        "unknown_measure"
    );
    let later = BehindQuery {
        days: period("2024-04").into(),
        ..query("closed", EAST, 50)
    };
    assert_eq!(app.behind(&supervisor(), &later).await.unwrap().cases.len(), 0);
    let bad = BehindQuery {
        after: Some("x".to_owned()),
        ..query("closed", EAST, 50)
    };
    assert_eq!(refused(app.behind(&supervisor(), &bad).await), "bad_cursor");
}

#[tokio::test]
async fn an_exclusion_is_decided_outside_the_unit_that_answers() {
    let world = mills().await;
    let app = &world.app;
    let case = closed(&world, EAST_ROADS).await;
    closed(&world, EAST_ROADS).await;
    // The desk asks: even then nobody of the unit that gains by it decides.
    let input = request(RequestKind::Exclude);
    let case = app.request(&desk(), case.id, None, input).await.unwrap();
    let number = case.pending_requests().next().unwrap().number;
    let roads = caller(11, &[(Supervisor, EAST_ROADS)]);
    let decide = async |by| app.settle(by, case.id, None, number, true, "超出职责").await;
    assert_eq!(refused(decide(&roads).await), "decided_outside");
    let before = rates(&world, By::Month).await;
    assert_eq!(
        told(&before.total, "timeliness"),
        said(("2", "2", Some("1"), None, Some(0)))
    );
    let case = decide(&supervisor()).await.unwrap();
    assert!(case.excluded);
    let shown = app.told_case(&case).await.unwrap();
    assert_eq!(shown.requests[0].reason.text(), Some("缘由"));
    let after = rates(&world, By::Month).await;
    assert_eq!(
        told(&after.total, "timeliness"),
        said(("1", "1", Some("1"), None, Some(1))),
        "neither side, and said so"
    );
    assert_eq!(after.total.counts["closed"], 2, "what was done is done");
    let own = app
        .request(&handler(EAST_ROADS), case.id, None, request(RequestKind::Exclude))
        .await;
    assert_eq!(refused(own), "already_excluded");
}

#[tokio::test]
async fn a_closed_period_is_never_edited_only_followed() {
    let world = mills().await;
    let app = &world.app;
    for unit in [EAST_ROADS, EAST_ROADS, WATER] {
        closed(&world, unit).await;
    }
    let march = period("2024-03");
    let east = Some(code(EAST));
    let close = async |by: Caller| {
        app.close_rates(&by, east.as_ref(), march, Some("月报".to_owned()))
            .await
    };
    assert_eq!(refused(close(supervisor()).await), "period_not_over");
    world.clock.set(at("2024-04-02T09:00"));
    app.draw_sample(&supervisor(), EAST_ID, march, None).await.unwrap();
    assert_eq!(refused(close(caller(9, &[(Leader, EAST)])).await), "role_forbids");
    let roads = Some(code(EAST_ROADS));
    let by_roads = app
        .close_rates(&caller(10, &[(Supervisor, EAST_ROADS)]), roads.as_ref(), march, None)
        .await;
    assert_eq!(refused(by_roads), "not_published_here");

    let first = close(supervisor()).await.unwrap();
    assert_eq!((first.number, first.changes().unwrap().len()), (1, 0));
    assert_eq!(refused(close(supervisor()).await), "nothing_changed");
    let table = rates(&world, By::Department).await;
    let (edition, differs) = app.standing_of(&table).await.unwrap().unwrap();
    assert!(edition == first && !differs);
    // What is closed is drawn no more.
    let west = app
        .draw_sample(&caller(9, &[(Supervisor, CITY)]), DistrictId(990_102), march, None)
        .await;
    assert!(west.is_ok(), "the west is not closed: {west:?}");
    world.clock.set(at("2024-05-02T09:00"));
    app.close_rates(&supervisor(), east.as_ref(), period("2024-04"), None)
        .await
        .unwrap();
    let late = app.draw_sample(&supervisor(), EAST_ID, period("2024-04"), None).await;
    assert_eq!(refused(late), "period_closed");

    // A correction: an exclusion is granted of a case that was drawn.
    let drawn = app.samples(&supervisor(), EAST_ID).await.unwrap()[0].id;
    let list = app
        .sample_cases(&desk(), EAST_ID, Id(drawn), true, None, 50)
        .await
        .unwrap();
    let case = app
        .request(&desk(), list.cases[0].id, None, request(RequestKind::Exclude))
        .await
        .unwrap();
    let number = case.pending_requests().next().unwrap().number;
    app.settle(&supervisor(), case.id, None, number, true, "属实")
        .await
        .unwrap();
    let table = rates(&world, By::Department).await;
    let (edition, differs) = app.standing_of(&table).await.unwrap().unwrap();
    assert!(
        edition == first && differs,
        "the edition stays, and says that it differs"
    );

    let second = close(supervisor()).await.unwrap();
    assert_eq!(second.number, 2);
    let changes = second.changes().unwrap();
    let total = changes
        .iter()
        .find(|change| change.by.is_none() && change.rate == "timeliness")
        .unwrap();
    let (was, is) = (total.before.unwrap(), total.after.unwrap());
    assert_eq!((was.0.to_string(), is.0.to_string()), ("3".to_owned(), "2".to_owned()));
    assert!(
        changes.iter().any(|change| change.by == Some(By::Department)),
        "also unit by unit"
    );
    let kept_first = app.edition(&supervisor(), east.as_ref(), march, 1).await.unwrap();
    assert_eq!(kept_first, first, "what was published stays as it was");
    let list = app.editions(&supervisor(), east.as_ref(), march).await.unwrap();
    assert_eq!(list.iter().map(|edition| edition.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(
        refused(app.edition(&supervisor(), east.as_ref(), march, 3).await),
        "unknown_edition"
    );
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
}

#[tokio::test]
async fn rates_are_told_in_every_way() {
    let world = mills().await;
    let app = &world.app;
    for unit in [EAST_ROADS, WATER] {
        closed(&world, unit).await;
    }
    let city = |by, period: &str, within: Option<&str>| RatesQuery {
        period: period.parse().unwrap(),
        by,
        within: within.map(code),
        under: None,
    };
    let leader = caller(9, &[(Leader, CITY)]);
    for (by, rows) in [
        (By::District, vec![(EAST, 2), ("990102000000", 0)]),
        (By::Subdistrict, vec![("990101001000", 2)]),
        (By::Community, vec![("990101001001", 2), ("990101001002", 0)]),
        (By::Department, vec![(EAST_ROADS, 1), (WATER, 1)]),
        (By::Channel, vec![("mill_line", 2)]),
        (By::Matter, vec![]),
    ] {
        let table = app.rates(&leader, &city(by, "2024", None)).await.unwrap();
        assert_eq!(table.within, code(CITY), "everything that the caller sees");
        let found: Vec<(&str, i64)> = table
            .rows
            .iter()
            .map(|row| (row.code.as_str(), row.counts.get("closed").copied().unwrap_or(0)))
            .collect();
        assert_eq!(found, rows, "{by:?}");
        assert_eq!(table.total.counts["closed"], 2, "{by:?}");
    }
    let months = app
        .rates(&leader, &city(By::Month, "2024-02..2024-04", Some(EAST)))
        .await
        .unwrap();
    let found: Vec<(&str, usize)> = months
        .rows
        .iter()
        .map(|row| (row.code.as_str(), row.counts.len()))
        .collect();
    assert!(
        found[0] == ("2024-02", 0) && found[1].1 > 0 && found[2] == ("2024-04", 0),
        "{found:?}"
    );
    let roads = caller(10, &[(Handler, EAST_ROADS)]);
    let own = app.rates(&roads, &city(By::Month, "2024-03", None)).await.unwrap();
    assert_eq!((own.within, own.total.counts["closed"]), (code(EAST_ROADS), 1));
    assert_eq!(
        refused(app.rates(&roads, &city(By::Month, "2024-03", Some(EAST))).await),
        "outside_scope"
    );
    assert_eq!(
        refused(
            app.rates(&leader, &city(By::District, "2024-03", Some("990101001001")))
                .await
        ),
        "no_such_rows"
    );
    assert_eq!(
        refused(
            app.rates(&leader, &city(By::District, "2024-03", Some("990109000000")))
                .await
        ),
        "unknown_unit"
    );
}

/// A measure of the packs in force is what a rate is made of: its name is found again.
#[test]
fn figures_are_found_by_name() {
    let loaded = quanyu_pack::load(&crate::mills::sources()).unwrap_or_else(|findings| panic!("{findings}"));
    let figures = &loaded.districts[&EAST_ID].model.figures;
    let found: Option<&Measure> = figures.measure("late_hand_ins");
    assert!(found.is_some_and(|measure| measure.condition.is_some()));
    assert_eq!(figures.measure("sung"), None);
}

#[tokio::test]
async fn what_is_given_back_counts_for_who_gave_it_back() {
    let world = mills().await;
    let app = &world.app;
    let case = walk(app, file(app).await, &["dispatch", "accept"]).await;
    world.minutes_later(5);
    let case = app
        .request(&handler(EAST_ROADS), case.id, None, request(RequestKind::Return))
        .await
        .unwrap();
    assert!(
        case.responsible_at(app.now())
            .is_some_and(|unit| *unit == code(EAST_ROADS))
    );
    world.minutes_later(5);
    let case = app.settle(&desk(), case.id, None, 1, true, "确非职责").await.unwrap();
    world.minutes_later(5);
    assert_eq!(
        case.responsible_at(app.now()),
        None,
        "nobody, until it is sent out again"
    );
    app.step(&desk(), case.id, None, "dispatch", sent_to(WATER))
        .await
        .unwrap();
    let case = app.case(&desk(), case.id).await.unwrap();
    walk(app, case, &["accept", "hand_in", "pass", "call_back"]).await;
    let table = rates(&world, By::Department).await;
    let counts = |unit: &str| {
        let row = table.rows.iter().find(|row| row.code == unit);
        row.map(|row| row.counts.clone()).unwrap_or_default()
    };
    let (roads, water) = (counts(EAST_ROADS), counts(WATER));
    assert_eq!((roads.get("hand_backs"), roads.get("closed")), (Some(&1), None));
    assert_eq!((water.get("hand_backs"), water.get("closed")), (None, Some(&1)));
    assert_eq!(
        water.get("filed"),
        Some(&1),
        "who leads it now answers for it from the beginning"
    );
    tally_now(app).await;
    assert_eq!(kept(&world).await, recount(&world).await);
}

#[tokio::test]
async fn a_sample_keeps_the_answers_of_its_own_closing() {
    let world = mills().await;
    let app = &world.app;
    let case = closed(&world, EAST_ROADS).await;
    world.clock.set(at("2024-04-01T09:00"));
    app.draw_sample(&supervisor(), EAST_ID, period("2024-03"), None)
        .await
        .unwrap();
    let turning = async || told(&rates(&world, By::Month).await.total, "turning");
    assert_eq!(turning().await, said(("1", "1", Some("1"), Some(1), Some(0))));
    // Opened again and closed in April with another answer: March says what it said.
    app.reopen(case.id, &app.vault.tracking_secret(case.id), "又卡住了")
        .await
        .unwrap();
    world.minutes_later(5);
    let case = app.case(&desk(), case.id).await.unwrap();
    let case = walk(app, case, &["hand_in", "pass"]).await;
    world.minutes_later(5);
    let worse = answers(Satisfaction::Dissatisfied, false);
    let case = app.step(&desk(), case.id, None, "call_back", worse).await.unwrap();
    assert!(!case.is_sampled(), "the new closing was not drawn");
    assert_eq!(turning().await, said(("1", "1", Some("1"), Some(1), Some(0))));
    world.clock.set(at("2024-05-01T09:00"));
    let (may, _) = app
        .draw_sample(&supervisor(), EAST_ID, period("2024-04"), None)
        .await
        .unwrap();
    assert_eq!((may.population, may.drawn), (1, 1));
    let query = RatesQuery {
        period: period("2024-03..2024-04"),
        by: By::Month,
        within: Some(code(EAST)),
        under: None,
    };
    let table = app.rates(&supervisor(), &query).await.unwrap();
    assert_eq!(
        told(&table.rows[0], "turning"),
        said(("1", "1", Some("1"), Some(1), Some(0)))
    );
    assert_eq!(
        told(&table.rows[1], "turning"),
        said(("0", "1", Some("0"), Some(1), Some(0)))
    );
    tally_now(app).await;
    assert_eq!(kept(&world).await, recount(&world).await);
}
