//! Time: ladders are climbed in order and once, however late and by however many servers.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use quanyu_app::App;
use quanyu_app::cases::{CASE_NOUN, case_of};
use quanyu_app::tables::{CASE, CaseRow};
use quanyu_app::timers::{BACK_OFF, LEASE, Timers};
use quanyu_app::webhooks::{Post, PostError, Poster};
use quanyu_domain::cases::{Case, CaseEvent, CaseFact};
use quanyu_domain::ids::Id;
use quanyu_domain::model::RequestKind;
use quanyu_store::tables::{TIMER, TimerRow, set_timer};
use quanyu_store::{ChangeSet, Expect, Json, Query, Records, Store, Write};

use crate::mills::{another, desk, file, handler, mills, request, step, walk};
use crate::support::{EAST_ROADS, World, at};

/// Nobody to post to.
pub struct Nowhere;

#[async_trait]
impl Poster for Nowhere {
    async fn post(&self, _: &Post) -> Result<(), PostError> {
        Err(PostError::Unreachable("nobody is there".to_owned()))
    }
}

pub fn timers(app: &Arc<App>) -> Timers {
    Timers::new(app.clone(), Arc::new(Nowhere))
}

/// Every escalation of a case in the order of the journal: when, clock and step.
async fn bells(world: &World, case: Id) -> Vec<(Timestamp, String, String)> {
    let events = world.store.journal_of(CASE_NOUN, case.0, 0, 1000).await.unwrap();
    let escalated = |body: CaseEvent| match body.fact {
        CaseFact::Escalated { clock, step, .. } => Some((body.at, clock, step)),
        _ => None,
    };
    events
        .into_iter()
        .filter_map(|event| escalated(event.body.to().unwrap()))
        .collect()
}

fn named(bells: &[(Timestamp, String, String)]) -> Vec<&str> {
    bells.iter().map(|(_, _, step)| step.as_str()).collect()
}

async fn timer(world: &World, case: Id) -> Option<TimerRow> {
    world.store.record(vec![CASE_NOUN.into(), case.0.into()]).await.unwrap()
}

async fn reload(world: &World, case: &Case) -> Case {
    let key = vec![i64::from(case.district.0).into(), case.id.0.into()];
    case_of(&world.store.record::<CaseRow>(key).await.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn each_bell_rings_when_it_is_due() {
    let world = mills().await;
    let timers = timers(&world.app);
    // Monday 09:00; two workdays end on Wednesday at 17:00 by the calendar of the place.
    let case = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    let due = case.clock("mending").unwrap().running_due().unwrap();
    assert_eq!(timers.run_due().await.unwrap(), 0);
    let mut rung = Vec::new();
    for _ in 0..3 {
        let next = reload(&world, &case).await.wake_at().expect("another bell");
        assert_eq!(
            timer(&world, case.id).await.unwrap().due,
            next,
            "the timer is where the case wants it"
        );
        world.clock.set(next - SignedDuration::from_secs(1));
        assert_eq!(timers.run_due().await.unwrap(), 0, "not before its time");
        world.clock.set(next);
        assert_eq!(timers.run_due().await.unwrap(), 1);
        rung.push(next);
    }
    let bells = bells(&world, case.id).await;
    assert_eq!(named(&bells), ["first_bell", "second_bell", "third_bell"]);
    assert_eq!(bells.iter().map(|(at, ..)| *at).collect::<Vec<_>>(), rung);
    assert_eq!(rung[1], due);
    assert_eq!(timer(&world, case.id).await, None, "nothing is left to be woken for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_long_night_everything_happens_in_order_and_once() {
    let mut world = mills().await;
    let mut cases = Vec::new();
    for nth in 0..40 {
        world.minutes_later(1);
        let case = file(&world.app).await;
        // Some wait at the desk, some with a unit, some are done.
        let steps: &[&str] = match nth % 4 {
            0 => &[],
            1 => &["dispatch"],
            2 => &["dispatch", "accept"],
            _ => &["dispatch", "accept", "hand_in"],
        };
        cases.push(walk(&world.app, case, steps).await);
    }
    // Everything was down for three weeks.
    world.clock.set(at("2024-03-25T08:00"));
    let servers = [world.app.clone(), another(&mut world).await, another(&mut world).await];
    let mut running = tokio::task::JoinSet::new();
    for server in &servers {
        let timers = timers(server);
        running.spawn(async move { timers.run_due().await.unwrap() });
    }
    let taken: usize = running.join_all().await.into_iter().sum();
    let woken = 30;
    assert!(taken >= woken, "{taken}");
    for (nth, case) in cases.iter().enumerate() {
        let bells = bells(&world, case.id).await;
        let expected: &[&str] = match nth % 4 {
            // A bell a workday before a limit of four hours would ring before the demand came.
            0 => &["second_bell", "third_bell"],
            1 | 2 => &["first_bell", "second_bell", "third_bell"],
            _ => &[],
        };
        assert_eq!(named(&bells), expected, "case {nth}");
        assert_eq!(timer(&world, case.id).await, None, "case {nth}");
    }
    // The one that was due first was woken first.
    let escalated: Vec<i64> = world
        .journal()
        .await
        .iter()
        .filter(|event| event.kind == "escalated")
        .map(|event| event.id)
        .collect();
    let waiting: Vec<i64> = cases.iter().step_by(4).map(|case| case.id.0).collect();
    let order: Vec<i64> = escalated.iter().copied().filter(|id| waiting.contains(id)).collect();
    let mut once = order.clone();
    once.dedup();
    assert_eq!(once.len(), waiting.len(), "the bells of a case ring together");
}

#[tokio::test]
async fn the_oldest_is_woken_first() {
    let world = mills().await;
    let mut filed = Vec::new();
    for _ in 0..100 {
        world.minutes_later(1);
        filed.push(file(&world.app).await.id.0);
    }
    world.clock.set(at("2024-03-04T17:00"));
    timers(&world.app).run_due().await.unwrap();
    let woken: Vec<i64> = world
        .journal()
        .await
        .iter()
        .filter(|event| event.kind == "escalated")
        .map(|event| event.id)
        .collect();
    assert_eq!(woken, filed);
}

#[tokio::test]
async fn a_server_that_died_is_followed_by_another() {
    let mut world = mills().await;
    let case = walk(&world.app, file(&world.app).await, &["dispatch"]).await;
    world.clock.set(reload(&world, &case).await.wake_at().unwrap());
    // One takes the timer and dies.
    let now = quanyu_app::ports::Clock::now(world.clock.as_ref());
    let taken = world.store.take_timers(now, now + LEASE, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    let second = another(&mut world).await;
    assert_eq!(timers(&second).run_due().await.unwrap(), 0, "it is the first one's");
    world.later(LEASE);
    assert_eq!(timers(&second).run_due().await.unwrap(), 1);
    assert_eq!(named(&bells(&world, case.id).await), ["first_bell"]);
    // The first one was only asleep. What it does now does not count.
    let late = world.store.commit(ChangeSet::new().write(taken[0].done())).await;
    assert!(late.is_err());
    assert!(timer(&world, case.id).await.is_some());
}

#[tokio::test]
async fn a_case_that_moves_on_takes_its_timer_along() {
    let world = mills().await;
    let case = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    let now = quanyu_app::ports::Clock::now(world.clock.as_ref());
    world.clock.set(case.wake_at().unwrap());
    // While a server holds the timer, somebody hands the result in: nothing is to be woken any more.
    let held = quanyu_app::ports::Clock::now(world.clock.as_ref());
    assert_eq!(world.store.take_timers(held, held + LEASE, 10).await.unwrap().len(), 1);
    walk(&world.app, case.clone(), &["hand_in"]).await;
    assert_eq!(timer(&world, case.id).await, None);
    world.clock.set(now + SignedDuration::from_hours(24 * 30));
    assert_eq!(timers(&world.app).run_due().await.unwrap(), 0);
    assert!(bells(&world, case.id).await.is_empty());
}

#[tokio::test]
async fn a_suspension_ends_with_its_timer() {
    let world = mills().await;
    let case = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    let until = at("2024-03-20T10:00");
    let asked = quanyu_domain::cases::RequestInput {
        until: Some(until),
        ..request(RequestKind::Suspend)
    };
    let case = world
        .app
        .request(&handler(EAST_ROADS), case.id, None, asked)
        .await
        .unwrap();
    let number = case.requests.last().unwrap().number;
    let case = world
        .app
        .settle(&desk(), case.id, None, number, true, "同意")
        .await
        .unwrap();
    assert_eq!(timer(&world, case.id).await.unwrap().due, until);
    world.clock.set(until);
    timers(&world.app).run_due().await.unwrap();
    let resumed = reload(&world, &case).await;
    assert_eq!(resumed.suspended_until, None);
    assert_eq!(timer(&world, case.id).await.map(|timer| timer.due), resumed.wake_at());
}

#[tokio::test]
async fn a_case_that_cannot_be_woken_holds_nobody_up() {
    let world = mills().await;
    let broken = file(&world.app).await;
    world.minutes_later(1);
    let sound = file(&world.app).await;
    // A row that does not read back, a case that is not there, and a timer that nobody knows.
    let row: CaseRow = world
        .store
        .record(vec![i64::from(broken.district.0).into(), broken.id.0.into()])
        .await
        .unwrap()
        .unwrap();
    let damaged = CaseRow {
        body: Json::parse("{}").unwrap(),
        version: row.version + 1,
        ..row.clone()
    };
    let now = quanyu_app::ports::Clock::now(world.clock.as_ref());
    let set = ChangeSet::new()
        .write(Write::put(&damaged, Expect::Version(row.version)))
        .write(set_timer(990_101, CASE_NOUN, 1, now))
        .write(set_timer(990_101, "weather", 1, now));
    world.store.commit(set).await.unwrap();
    world.clock.set(at("2024-03-04T17:00"));
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(named(&bells(&world, sound.id).await), ["second_bell"]);
    let later = at("2024-03-04T17:00") + BACK_OFF;
    let waiting = timer(&world, broken.id).await.unwrap();
    assert_eq!(Some(waiting.due), broken.wake_at(), "what the rules set stays");
    assert_eq!(waiting.take_at, later);
    assert_eq!(timer(&world, Id(1)).await, None, "what is gone needs no timer");
    let unknown: Option<TimerRow> = world.store.record(vec!["weather".into(), 1.into()]).await.unwrap();
    assert_eq!(unknown.map(|timer| (timer.due, timer.take_at)), Some((now, later)));
    // Once it reads back again it is woken.
    let mended = Case {
        version: damaged.version + 1,
        ..case_of(&row).unwrap()
    };
    let mended = CaseRow {
        version: mended.version,
        body: Json::of(&mended).unwrap(),
        ..row
    };
    world
        .store
        .commit(ChangeSet::new().write(Write::update(&mended, damaged.version)))
        .await
        .unwrap();
    world.clock.set(later);
    timers(&world.app).run_due().await.unwrap();
    assert_eq!(
        world
            .kinds(CASE_NOUN)
            .await
            .iter()
            .filter(|kind| *kind == "escalated")
            .count(),
        2
    );
}

#[tokio::test]
async fn the_runner_wakes_by_itself_and_stops_when_told() {
    let world = mills().await;
    let case = file(&world.app).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let (runner, told) = (timers(&world.app), stop.clone());
    let running = tokio::spawn(async move { runner.run(told).await });
    world.clock.set(at("2024-03-04T17:00"));
    // A commit wakes it, whatever it had meant to sleep.
    step(&world.app, &file(&world.app).await, "dispatch").await.unwrap();
    for _ in 0..200 {
        if !bells(&world, case.id).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(named(&bells(&world, case.id).await), ["second_bell"]);
    stop.cancel();
    tokio::time::timeout(std::time::Duration::from_secs(5), running)
        .await
        .expect("it stops")
        .unwrap();
    assert_eq!(
        world
            .store
            .page::<TimerRow>(&Query::by_key(&TIMER, 10))
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        world
            .store
            .page::<CaseRow>(&Query::by_key(&CASE, 10))
            .await
            .unwrap()
            .len(),
        2
    );
}
