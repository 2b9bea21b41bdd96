//! What follows the journal: counters that equal a recount, whoever dies on the way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use quanyu_app::App;
use quanyu_app::cases::{AnswerDraft, CASE_NOUN, CaseDraft};
use quanyu_app::error::AppError;
use quanyu_app::followers::tally::{Cut, Tally, TallyKey};
use quanyu_app::followers::{self, Follower, Taken};
use quanyu_app::tables::{TALLY, TallyRow};
use quanyu_domain::access::Relation;
use quanyu_domain::cases::{Case, CaseEvent, counted};
use quanyu_store::{Event, Query, Records, Store};
use tokio_util::sync::CancellationToken;

use crate::mills::{WATER, another, areas, desk, file, mills, walk, wheel};
use crate::support::{EAST, EAST_ROADS, World, at, code};
use crate::timers::timers;

/// District, unit, relation, cut, part, period and measure.
pub type Counter = (i64, String, String, String, String, String, String);

pub async fn kept(world: &World) -> BTreeMap<Counter, i64> {
    let mut kept = BTreeMap::new();
    let mut query = Query::by_key(&TALLY, 5_000);
    loop {
        let rows: Vec<TallyRow> = world.store.page(&query).await.unwrap();
        let Some(last) = rows.last().cloned() else { return kept };
        for row in rows {
            let counts: BTreeMap<String, i64> = row.counts.to().unwrap();
            assert!(!counts.is_empty(), "a row without counts is no row");
            for (measure, count) in counts {
                let (unit, relation) = (row.unit.clone(), row.relation.clone());
                let (cut, part, period) = (row.cut.clone(), row.part.clone(), row.period.clone());
                kept.insert((row.district, unit, relation, cut, part, period, measure), count);
            }
        }
        query = query.after_record(&last);
    }
}

/// Counts anew: every case as it stands, under the rules in force, without looking at what any event says it counted.
pub async fn recount(world: &World) -> BTreeMap<Counter, i64> {
    let mut cases: BTreeMap<i64, Case> = BTreeMap::new();
    for event in world.journal().await {
        if event.noun != CASE_NOUN {
            continue;
        }
        let mut happened: CaseEvent = event.body.to().unwrap();
        happened.tally.clear();
        match cases.get_mut(&event.id) {
            Some(case) => case.apply(&happened).unwrap(),
            None => {
                cases.insert(event.id, Case::from_first(&happened).unwrap());
            }
        }
    }
    let rules = world.app.rules();
    let mut counts: BTreeMap<Counter, i64> = BTreeMap::new();
    for case in cases.into_values() {
        let context = rules.context(case.district, world.app.now()).unwrap();
        for cell in counted(&context, &case) {
            let areas = cell.areas.iter().map(|unit| (unit, "area"));
            for (unit, relation) in areas.chain(cell.lead.iter().map(|unit| (unit, "lead"))) {
                for (day, measures) in &cell.days {
                    let (day, month) = (day.to_string(), day.strftime("%Y-%m").to_string());
                    let mut cuts = vec![
                        ("day", "", &day),
                        ("month", "", &month),
                        ("kind", cell.kind.as_str(), &month),
                        ("channel", cell.channel.as_str(), &month),
                    ];
                    cuts.extend(cell.matter.iter().map(|matter| ("matter", matter.as_str(), &month)));
                    for (cut, part, period) in cuts {
                        for (measure, count) in measures {
                            let [unit, relation, cut, part, period, measure] =
                                [unit.as_str(), relation, cut, part, period, measure].map(str::to_owned);
                            let counter = (i64::from(case.district.0), unit, relation, cut, part, period, measure);
                            *counts.entry(counter).or_default() += count;
                        }
                    }
                }
            }
        }
    }
    counts
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
        let counts = app.daily(&code(unit), relation, first, last).await.unwrap();
        let days = counts.what.into_iter();
        days.filter_map(|(day, counts)| Some((day.to_string(), *counts.get(measure)?)))
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
        // The clock is stopped by the first result; the second one is measured by none. A case counts once.
        for measure in ["late_hand_ins", "handed_in"] {
            assert_eq!(counted(area, Relation::Area, measure).await, on(&[("2024-03-25", 1)]));
        }
        assert_eq!(counted(area, Relation::Area, "timely_hand_ins").await, on(&[]));
        assert_eq!(counted(area, Relation::Area, "closed").await, on(&[("2024-03-25", 2)]));
    }
    let city = counted("990100000000", Relation::Area, "filed").await;
    assert_eq!(city, on(&[("2024-03-04", 1), ("2024-03-25", 1)]));
    for unit in [EAST_ROADS, EAST] {
        let closed = counted(unit, Relation::Lead, "closed").await;
        assert_eq!(closed, on(&[("2024-03-25", 1)]), "who answers for it, and those above");
        let filed = counted(unit, Relation::Lead, "filed").await;
        assert_eq!(filed, on(&[("2024-03-04", 1)]), "on the day on which it was filed");
    }
    assert_eq!(
        counted(EAST, Relation::Area, "on_the_spot").await,
        on(&[("2024-03-25", 1)])
    );
    assert_eq!(counted(WATER, Relation::Lead, "closed").await, on(&[]));
    let before = app.daily(&code(EAST), Relation::Area, first, first).await.unwrap();
    assert_eq!(before.what.len(), 1, "the days are those asked for");
    assert_eq!(kept(&world).await, recount(&world).await);
}

#[tokio::test]
async fn what_the_follower_has_not_taken_in_is_read_all_the_same() {
    let world = mills().await;
    let app = &world.app;
    let month = [TallyKey {
        district: 990_101,
        unit: EAST.to_owned(),
        relation: Relation::Area,
        cut: Cut::Month,
        part: String::new(),
        period: "2024-03".to_owned(),
    }];
    for filed in 1..=3 {
        file(app).await;
        let read = app.sums(&month).await.unwrap();
        assert_eq!(read.what[0]["filed"], filed);
        assert_eq!(read.position, world.store.last_position().await.unwrap());
        if filed == 2 {
            tally_now(app).await;
            assert_eq!(app.sums(&month).await.unwrap(), read, "folded or not, the same");
        }
    }
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
