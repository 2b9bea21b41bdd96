//! What follows the journal: counters that equal a recount, whoever dies on the way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::cases::{AnswerDraft, CASE_NOUN, CaseDraft};
use quanyu_app::error::AppError;
use quanyu_app::followers::tally::{Measure, Tally};
use quanyu_app::followers::{self, Follower, Taken};
use quanyu_app::tables::{TALLY, TallyRow};
use quanyu_domain::access::Relation;
use quanyu_domain::cases::{Case, CaseEvent, CaseFact};
use quanyu_domain::model::Milestone;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Event, Query, Records, Store};
use tokio_util::sync::CancellationToken;

use crate::mills::{WATER, another, areas, desk, file, mills, walk, wheel};
use crate::support::{EAST, EAST_ROADS, World, at, code};
use crate::timers::timers;

/// District, unit, relation, measure and day.
pub type Counter = (i64, String, String, String, String);

pub async fn kept(world: &World) -> BTreeMap<Counter, i64> {
    let rows: Vec<TallyRow> = world.store.page(&Query::by_key(&TALLY, 10_000)).await.unwrap();
    rows.into_iter()
        .map(|row| ((row.district, row.unit, row.relation, row.measure, row.day), row.count))
        .collect()
}

/// Counts by living every case again from its events, without looking at what an event says of whom it concerns.
pub async fn recount(world: &World) -> BTreeMap<Counter, i64> {
    let mut counts = BTreeMap::new();
    let mut histories: BTreeMap<i64, Vec<CaseEvent>> = BTreeMap::new();
    for event in world
        .journal()
        .await
        .into_iter()
        .filter(|event| event.noun == CASE_NOUN)
    {
        histories.entry(event.id).or_default().push(event.body.to().unwrap());
    }
    for history in histories.into_values() {
        let mut case: Option<Case> = None;
        let mut rest = history.as_slice();
        while !rest.is_empty() {
            let length = rest.iter().position(|event| !event.continues).unwrap() + 1;
            let (decision, others) = rest.split_at(length);
            rest = others;
            let before = case.clone();
            for event in decision {
                match &mut case {
                    Some(case) => case.apply(event).unwrap(),
                    None => case = Some(Case::from_first(event).unwrap()),
                }
            }
            let after = case.as_ref().unwrap();
            for event in decision {
                count(&mut counts, before.as_ref(), after, event);
            }
        }
    }
    counts
}

fn count(counts: &mut BTreeMap<Counter, i64>, before: Option<&Case>, after: &Case, event: &CaseEvent) {
    let mut measures: Vec<&str> = event.milestones.iter().map(|milestone| milestone.name()).collect();
    match &event.fact {
        CaseFact::Answered { .. } => measures.push("answered"),
        CaseFact::Escalated { .. } => measures.push("escalated"),
        CaseFact::HandedIn { .. } => {
            let due = before.and_then(|case| case.clock("mending")?.running_due());
            if event.milestones.contains(&Milestone::HandedIn) && due.is_some_and(|due| due < event.at) {
                measures.push("handed_in_late");
            }
        }
        _ => {}
    }
    let day = Offset::constant(8).to_datetime(event.at).date().to_string();
    let lead = after
        .lead()
        .or_else(|| before.and_then(Case::lead))
        .map(|lead| (&lead.unit, "lead"));
    let units: Vec<(&UnitCode, &str)> = after
        .place
        .areas
        .iter()
        .map(|area| (area, "area"))
        .chain(lead)
        .collect();
    for measure in measures {
        for (unit, relation) in &units {
            let district = i64::from(after.district.0);
            let counter = (
                district,
                unit.to_string(),
                (*relation).to_owned(),
                measure.to_owned(),
                day.clone(),
            );
            *counts.entry(counter).or_default() += 1;
        }
    }
}

pub async fn tally_now(app: &App) {
    let derived = followers::all().into_iter().filter(|follower| follower.is_rebuilt());
    followers::run_until_caught_up(app, &derived.collect::<Vec<_>>())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_happened_is_counted_for_areas_and_for_the_lead() {
    let world = mills().await;
    let app = &world.app;
    let case = walk(app, file(app).await, &["dispatch", "accept"]).await;
    // Three weeks later; a quarter past midnight in the place is still the day before in UTC.
    world.clock.set(at("2024-03-25T00:15"));
    timers(app).run_due().await.unwrap();
    walk(app, case, &["hand_in", "rework", "hand_in", "pass", "call_back"]).await;
    let answer = Some(AnswerDraft {
        outcome: "turns_again".to_owned(),
        reply: "马上就转".to_owned(),
    });
    app.take_in(&desk(), CaseDraft { answer, ..wheel() }, None)
        .await
        .unwrap();
    tally_now(app).await;

    let day = |text: &str| text.parse::<Date>().unwrap();
    let (first, last) = (day("2024-03-04"), day("2024-03-25"));
    let counted = async |unit: &str, relation, measure: &str| {
        let measure = Measure::by_name(measure).unwrap();
        let counts = app.tally(&code(unit), relation, measure, first, last).await.unwrap();
        counts
            .into_iter()
            .map(|(day, count)| (day.to_string(), count))
            .collect::<Vec<_>>()
    };
    let on = |days: &[(&str, i64)]| {
        days.iter()
            .map(|(day, count)| ((*day).to_owned(), *count))
            .collect::<Vec<_>>()
    };
    for area in areas() {
        assert_eq!(
            counted(area, Relation::Area, "filed").await,
            on(&[("2024-03-04", 1), ("2024-03-25", 1)])
        );
        assert_eq!(
            counted(area, Relation::Area, "escalated").await,
            on(&[("2024-03-25", 3)])
        );
        // The clock is stopped by the first result; the second one is measured by none.
        assert_eq!(
            counted(area, Relation::Area, "handed_in_late").await,
            on(&[("2024-03-25", 1)])
        );
        assert_eq!(
            counted(area, Relation::Area, "handed_in").await,
            on(&[("2024-03-25", 2)])
        );
        assert_eq!(counted(area, Relation::Area, "closed").await, on(&[("2024-03-25", 2)]));
    }
    let city = counted("990100000000", Relation::Area, "filed").await;
    assert_eq!(city, on(&[("2024-03-04", 1), ("2024-03-25", 1)]));
    assert_eq!(
        counted(EAST_ROADS, Relation::Lead, "closed").await,
        on(&[("2024-03-25", 1)])
    );
    assert_eq!(counted(EAST_ROADS, Relation::Lead, "filed").await, on(&[]));
    assert_eq!(
        counted(EAST, Relation::Area, "answered").await,
        on(&[("2024-03-25", 1)])
    );
    assert_eq!(counted(WATER, Relation::Lead, "closed").await, on(&[]));
    let before = app
        .tally(
            &code(EAST),
            Relation::Area,
            Measure::by_name("filed").unwrap(),
            first,
            first,
        )
        .await
        .unwrap();
    assert_eq!(before.values().sum::<i64>(), 1, "the days are those asked for");
    assert_eq!(kept(&world).await, recount(&world).await);
}

/// A follower that counts, but dies on every other batch, and takes a while.
struct Mortal(AtomicUsize);

#[async_trait]
impl Follower for Mortal {
    fn name(&self) -> &'static str {
        Tally.name()
    }

    fn is_rebuilt(&self) -> bool {
        true
    }

    fn pace(&self) -> Duration {
        Duration::from_millis(1)
    }

    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError> {
        let some = &events[..events.len().min(7)];
        let taken = Tally.take(app, some).await?;
        tokio::time::sleep(Duration::from_millis(2)).await;
        if self.0.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
            return Err(AppError::Internal("died".to_owned()));
        }
        // Only so much: the rest is the next one's.
        Ok(if some.len() == events.len() {
            taken
        } else {
            Taken::Later
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn followers_that_die_neither_lose_nor_double() {
    let mut world = mills().await;
    let other = another(&mut world).await;
    let stop = CancellationToken::new();
    for _ in 0..12 {
        let running: Vec<_> = [world.app.clone(), other.clone()]
            .into_iter()
            .flat_map(|app| {
                let mortal: Arc<dyn Follower> = Arc::new(Mortal(AtomicUsize::new(0)));
                let sound: Arc<dyn Follower> = Arc::new(Tally);
                [mortal, sound].map(|follower| tokio::spawn(followers::run(app.clone(), follower, stop.clone())))
            })
            .collect();
        for _ in 0..4 {
            walk(
                &world.app,
                file(&world.app).await,
                &["dispatch", "accept", "hand_in", "pass"],
            )
            .await;
        }
        // Killed wherever they are.
        running.iter().for_each(tokio::task::JoinHandle::abort);
        for ended in running {
            assert!(ended.await.is_err_and(|fault| fault.is_cancelled()));
        }
    }
    tally_now(&world.app).await;
    assert_eq!(kept(&world).await, recount(&world).await);
    let last = world.store.last_position().await.unwrap();
    assert_eq!(world.store.cursor(Tally.name()).await.unwrap(), last);
}

#[tokio::test]
async fn a_follower_stops_when_it_is_told() {
    let world = mills().await;
    let stop = CancellationToken::new();
    let all = followers::all();
    let (app, told) = (world.app.clone(), stop.clone());
    let running = tokio::spawn(async move { followers::run_all(&app, all, &told).await });
    file(&world.app).await;
    for _ in 0..200 {
        if world.store.cursor(Tally.name()).await.unwrap() == world.store.last_position().await.unwrap() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(kept(&world).await, recount(&world).await);
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), running)
        .await
        .expect("they stop")
        .unwrap();
}
