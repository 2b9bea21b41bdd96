//! Rebuilding: everything derived equals what the journal amounts to, whatever has been lived and whoever was interrupted.

use jiff::SignedDuration;
use jiff::tz::Offset;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use quanyu_app::App;
use quanyu_app::cases::{AnswerDraft, CASE_NOUN, Caller, CaseDraft, PublicationDraft};
use quanyu_app::error::AppError;
use quanyu_app::figures::Period;
use quanyu_app::followers;
use quanyu_app::followers::tally::Tally;
use quanyu_app::rebuild::{self, derived_digest, verify_rebuild};
use quanyu_domain::cases::{CaseEvent, CaseFact, RequestInput};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::RequestKind;
use quanyu_domain::units::{UnitCommand, UnitKind};
use quanyu_store::tables::{CURSOR, Cursor};
use quanyu_store::{ChangeSet, Expect, Query, Record, Records, Store, Write};

use crate::followers::{kept, recount, tally_now};
use crate::mills::{
    WATER, admin, desk, file, handler, mills, request, sent_to, sources, step, supervisor, unit, walk, wheel,
};
use crate::support::{CITY, EAST, EAST_ROADS, World, code};
use crate::timers::timers;

/// What somebody tries to do in a random history.
#[derive(Debug, Clone, Copy)]
enum Deed {
    File {
        answered: bool,
    },
    Step {
        case: usize,
        step: &'static str,
    },
    SendTo {
        case: usize,
        water: bool,
    },
    Ask {
        case: usize,
        kind: RequestKind,
        other: usize,
    },
    Settle {
        case: usize,
        grant: bool,
    },
    Reopen {
        case: usize,
    },
    Wait {
        hours: i64,
    },
    Count,
    MergeUnits,
    Draw,
    Publish,
    Support {
        case: usize,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let case = 0_usize..30;
    let steps = [
        "accept",
        "accept",
        "hand_in",
        "hand_in",
        "pass",
        "pass",
        "rework",
        "call_back",
        "call_back",
        "ring_picked",
    ];
    let kinds = [
        RequestKind::Return,
        RequestKind::Extend,
        RequestKind::Suspend,
        RequestKind::Merge,
        RequestKind::Exclude,
    ];
    prop_oneof![
        3 => any::<bool>().prop_map(|answered| Deed::File { answered }),
        12 => (case.clone(), prop::sample::select(steps.to_vec())).prop_map(|(case, step)| Deed::Step { case, step }),
        5 => (case.clone(), any::<bool>()).prop_map(|(case, water)| Deed::SendTo { case, water }),
        3 => (case.clone(), prop::sample::select(kinds.to_vec()), case.clone())
            .prop_map(|(case, kind, other)| Deed::Ask { case, kind, other }),
        3 => (case.clone(), prop::bool::weighted(0.7)).prop_map(|(case, grant)| Deed::Settle { case, grant }),
        1 => case.clone().prop_map(|case| Deed::Reopen { case }),
        4 => (1_i64..60).prop_map(|hours| Deed::Wait { hours }),
        1 => Just(Deed::Count),
        1 => Just(Deed::MergeUnits),
        1 => Just(Deed::Draw),
        1 => Just(Deed::Publish),
        2 => case.prop_map(|case| Deed::Support { case }),
    ]
}

/// Does a deed; what the rules refuse is refused.
async fn live(world: &World, cases: &mut Vec<Id>, deed: Deed) -> Result<(), AppError> {
    let app = &world.app;
    let current = async |nth: usize| app.case(&desk(), cases[nth % cases.len()]).await;
    match deed {
        Deed::File { answered } => {
            let answer = AnswerDraft {
                outcome: "turns_again".to_owned(),
                reply: "马上就转".to_owned(),
            };
            let draft = CaseDraft {
                answer: answered.then_some(answer),
                ..wheel()
            };
            cases.push(app.take_in(&desk(), draft, None).await?.case.id);
        }
        Deed::Step { case, step: name } => {
            step(app, &current(case).await?, name).await?;
        }
        Deed::SendTo { case, water } => {
            let unit = if water { WATER } else { EAST_ROADS };
            let id = current(case).await?.id;
            app.step(&desk(), id, None, "dispatch", sent_to(unit)).await?;
        }
        Deed::Ask { case, kind, other } => {
            let case = current(case).await?;
            let until = Some(app.now() + SignedDuration::from_hours(50));
            let input = RequestInput {
                until,
                into: Some(current(other).await?.id),
                ..request(kind)
            };
            let lead = case.lead().map_or(EAST_ROADS.to_owned(), |lead| lead.unit.to_string());
            app.request(&handler(&lead), case.id, None, input).await?;
        }
        Deed::Settle { case, grant } => {
            let case = current(case).await?;
            let pending = case.pending_requests().next();
            let excludes = pending.is_some_and(|request| request.kind == RequestKind::Exclude);
            let by = if excludes { supervisor() } else { desk() };
            let number = pending.map_or(0, |request| request.number);
            app.settle(&by, case.id, None, number, grant, "缘由").await?;
        }
        Deed::Reopen { case } => {
            let id = current(case).await?.id;
            app.reopen(id, &app.vault.tracking_secret(id), "又卡住了").await?;
        }
        Deed::Wait { hours } => {
            world.later(SignedDuration::from_hours(hours));
            timers(app).run_due().await?;
        }
        Deed::Count => tally_now(app).await,
        Deed::Draw => {
            app.draw_sample(&supervisor(), DistrictId(990_101), last_month(app), None)
                .await?;
        }
        Deed::Publish => {
            app.close_rates(&Caller::program(), Some(&code(CITY)), last_month(app), None)
                .await?;
        }
        Deed::Support { case } => {
            let case = current(case).await?;
            if case.publication.is_none() {
                let draft = PublicationDraft {
                    title: None,
                    text: "水轮卡住了".to_owned(),
                    reply: None,
                    area: None,
                    words: None,
                };
                app.publish(&desk(), case.id, None, draft).await?;
            }
            app.support(case.id, Some("13800001234"), None).await?;
        }
        Deed::MergeUnits => {
            let on = Offset::constant(8).to_datetime(app.now()).date();
            let into = unit("990101000000-roads_and_water", UnitKind::Department, EAST);
            let from = vec![code(WATER), code(EAST_ROADS)];
            app.change_units(&admin(), UnitCommand::Merge { from, into, on })
                .await?;
        }
    }
    Ok(())
}

/// The month before this one.
fn last_month(app: &App) -> Period {
    let today = Offset::constant(8).to_datetime(app.now()).date();
    Period::month_of(today.first_of_month().yesterday().unwrap())
}

/// Thirty cases and more live random lives; then the counters equal a recount, and everything derived equals a rebuild.
#[test]
fn kept_equals_recounted_and_rebuilt() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 6,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..Config::default()
    });
    let histories = prop::collection::vec(deed(), 350..450);
    let lived = runner.run(&histories, |history| {
        runtime.block_on(async {
            let world = mills().await;
            let mut cases = Vec::new();
            for _ in 0..30 {
                live(&world, &mut cases, Deed::File { answered: false }).await.unwrap();
            }
            for deed in history {
                match live(&world, &mut cases, deed).await {
                    Ok(()) | Err(AppError::Refused(_)) => {}
                    Err(fault) => panic!("{deed:?}: {fault}"),
                }
            }
            // One at least waits for its first bell.
            live(&world, &mut cases, Deed::File { answered: false }).await.unwrap();
            tally_now(&world.app).await;
            assert_eq!(kept(&world).await, recount(&world).await);
            let before = derived_digest(&world.app).await.unwrap();
            let differences = verify_rebuild(&world.app, &|_, _| {}).await.unwrap();
            assert_eq!(differences, []);
            assert_eq!(derived_digest(&world.app).await.unwrap(), before);
            let tables = [
                "case",
                "case_party",
                "unit",
                "directory",
                "in_force",
                "tally",
                "search_run",
                "search_terms",
                "timer",
                "edition",
                "published",
                "support",
            ];
            for table in tables {
                assert!(before[table].rows > 0, "{table}");
            }
        });
        Ok(())
    });
    lived.unwrap();
}

#[tokio::test]
async fn a_rebuild_mends_what_was_changed_by_hand_and_says_where() {
    let world = mills().await;
    let app = &world.app;
    let case = walk(app, file(app).await, &["dispatch"]).await;
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
    let row = quanyu_app::cases::case_row(&case).unwrap();
    let other = quanyu_app::tables::CaseRow {
        open: false,
        version: row.version + 1,
        ..row.clone()
    };
    let timer = quanyu_store::tables::clear_timer(CASE_NOUN, case.id.0);
    world
        .store
        .commit(ChangeSet::new().write(Write::update(&other, row.version)).write(timer))
        .await
        .unwrap();
    let differences = verify_rebuild(app, &|_, _| {}).await.unwrap();
    let tables: Vec<&str> = differences.iter().map(|difference| difference.table).collect();
    assert_eq!(tables, ["case", "timer"]);
    assert_eq!((differences[1].kept.rows, differences[1].rebuilt.rows), (0, 1));
    let rebuilt: quanyu_app::tables::CaseRow = world.store.record(row.key()).await.unwrap().unwrap();
    assert_eq!(rebuilt, row);
}

#[tokio::test]
async fn a_decision_that_lies_across_two_batches_is_rebuilt() {
    let world = mills().await;
    let app = &world.app;
    let batch = i64::try_from(followers::BATCH).unwrap();
    while world.store.last_position().await.unwrap() < batch - 1 {
        file(app).await;
    }
    // Filed with the last event of the batch, answered with the first of the next.
    let mut cases = Vec::new();
    live(&world, &mut cases, Deed::File { answered: true }).await.unwrap();
    let event = &world.journal().await[followers::BATCH - 1];
    assert!(event.body.as_str().contains("\"continues\":true"), "{event:?}");
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
}

impl World {
    fn rebuild_cursor(at: i64) -> Cursor {
        Cursor {
            name: "rebuild".to_owned(),
            position: at,
        }
    }
}

#[tokio::test]
async fn an_interrupted_rebuild_goes_on() {
    let world = mills().await;
    let app = &world.app;
    for _ in 0..3 {
        walk(app, file(app).await, &["dispatch", "accept", "hand_in"]).await;
    }
    tally_now(app).await;
    let whole = derived_digest(app).await.unwrap();
    // Interrupted before the first batch: the tables may be empty or not.
    world
        .store
        .commit(ChangeSet::new().write(Write::insert(&World::rebuild_cursor(0))))
        .await
        .unwrap();
    assert!(rebuild::is_unfinished(app).await.unwrap());
    rebuild::rebuild(app, &|_, _| {}).await.unwrap();
    assert_eq!(derived_digest(app).await.unwrap(), whole);
    assert!(!rebuild::is_unfinished(app).await.unwrap());
    // Interrupted behind the last batch: what is left are timers and followers.
    let last = world.store.last_position().await.unwrap();
    let timer = Query::by_key(&quanyu_store::tables::TIMER, 100);
    let timers: Vec<quanyu_store::tables::TimerRow> = world.store.page(&timer).await.unwrap();
    let mut set = ChangeSet::new().write(Write::insert(&World::rebuild_cursor(last)));
    set.writes.extend(
        timers
            .iter()
            .map(|timer| quanyu_store::tables::clear_timer(&timer.noun, timer.id)),
    );
    world.store.commit(set).await.unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    rebuild::rebuild(app, &|done, of| told.lock().unwrap().push((done, of)))
        .await
        .unwrap();
    assert_eq!(*told.lock().unwrap(), [(last, last)]);
    assert_eq!(derived_digest(app).await.unwrap(), whole);
}

#[tokio::test]
async fn a_rebuild_does_not_post_or_seal_again() {
    let world = mills().await;
    let app = &world.app;
    file(app).await;
    followers::run_until_caught_up(app, &followers::all()).await.unwrap();
    let cursors: Vec<Cursor> = world.store.page(&Query::by_key(&CURSOR, 10)).await.unwrap();
    rebuild::rebuild(app, &|_, _| {}).await.unwrap();
    let after: Vec<Cursor> = world.store.page(&Query::by_key(&CURSOR, 10)).await.unwrap();
    assert_eq!(after, cursors);
    assert!(cursors.iter().any(|cursor| cursor.name == "outbox"));
}

#[tokio::test]
async fn a_damaged_journal_is_said_to_be() {
    let world = mills().await;
    let app = &world.app;
    let case = file(app).await;
    // An event that never happened: nobody accepted a case that nobody was sent.
    let lie = CaseEvent {
        fact: CaseFact::Accepted {
            assignment: 1,
            holder: None,
        },
        ..world.journal().await.last().unwrap().body.to().unwrap()
    };
    let set = ChangeSet::new().event(quanyu_store::NewEvent {
        district: i64::from(case.district.0),
        noun: CASE_NOUN.to_owned(),
        id: case.id.0,
        kind: "accepted".to_owned(),
        actor: "program".to_owned(),
        at: app.now(),
        reason: None,
        body: quanyu_store::Json::of(&lie).unwrap(),
    });
    let position = world.store.commit(set).await.unwrap().last_position;
    let fault = rebuild::rebuild(app, &|_, _| {}).await.unwrap_err().to_string();
    assert!(fault.contains(&format!("position {position}")), "{fault}");
    assert!(rebuild::is_unfinished(app).await.unwrap());
    // What an event adds to the figures is read as well, and an event of a case that does not say is damaged.
    let torn = ChangeSet::new().event(quanyu_store::NewEvent {
        body: quanyu_store::Json::parse(r#"{"tally": 3}"#).unwrap(),
        district: i64::from(case.district.0),
        noun: CASE_NOUN.to_owned(),
        id: case.id.0,
        kind: "accepted".to_owned(),
        actor: "program".to_owned(),
        at: app.now(),
        reason: None,
    });
    let position = world.store.commit(torn).await.unwrap().last_position;
    let fault = followers::catch_up(app, &Tally).await.unwrap_err().to_string();
    assert!(fault.contains(&format!("position {position}")), "{fault}");
}

#[tokio::test]
async fn a_store_that_is_written_to_is_not_rebuilt() {
    let world = mills().await;
    let app = &world.app;
    file(app).await;
    // Another rebuild has moved the cursor meanwhile: the first batch finds another one than it began with.
    let meddling = std::sync::Once::new();
    let store = world.store.clone();
    let handle = tokio::runtime::Handle::current();
    let progress = move |_: i64, _: i64| {
        let (store, handle) = (store.clone(), handle.clone());
        meddling.call_once(|| {
            std::thread::spawn(move || {
                let other = Write::put(&World::rebuild_cursor(1), Expect::Any);
                handle.block_on(store.commit(ChangeSet::new().write(other))).unwrap();
            })
            .join()
            .unwrap();
        });
    };
    let app = app.clone();
    let outcome = tokio::task::spawn_blocking(move || {
        tokio::runtime::Handle::current().block_on(rebuild::rebuild(&app, &progress))
    });
    assert_eq!(crate::support::refused(outcome.await.unwrap()), "rebuilt_meanwhile");
}

/// The sources are sound by themselves.
#[test]
fn the_mills_are_a_pack() {
    let loaded = quanyu_pack::load(&sources()).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(loaded.warnings.to_string().is_empty(), "{}", loaded.warnings);
}
