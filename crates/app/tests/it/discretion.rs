//! Who sees which case: lists, single looks, search, live feed and export agree, whatever is confidential; what is
//! published and what is erased.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use quanyu_app::cases::{Caller, CaseDraft, Lies, ListQuery, PublicationDraft, PublishedQuery};
use quanyu_app::error::AppError;
use quanyu_app::export::ExportOptions;
use quanyu_app::live::News;
use quanyu_app::people::Person;
use quanyu_app::rebuild::verify_rebuild;
use quanyu_app::tables::PersonRow;
use quanyu_domain::access::Role::{self, Dispatcher, Handler, Leader, Operator, SecurityAdmin, Supervisor, Verifier};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Records, Store};

use crate::mills::{LOWER, UPPER, WATER, caller, desk, mills, sent_to, walk, wheel};
use crate::search::{indexed, words};
use crate::support::{CITY, EAST, EAST_DESK, EAST_ROADS, MILL, PASSWORD, WEST, WEST_DESK, World, code, refused};

/// Somebody with a session.
struct Colleague {
    id: Id,
    caller: Caller,
    login: &'static str,
}

const STAFF: [(&str, Role, &str); 11] = [
    ("operator", Operator, EAST_DESK),
    ("dispatcher", Dispatcher, EAST_DESK),
    ("second", Dispatcher, EAST_DESK),
    ("verifier", Verifier, EAST_DESK),
    ("west", Dispatcher, WEST_DESK),
    ("roads", Handler, EAST_ROADS),
    ("water", Handler, WATER),
    ("street", Supervisor, MILL),
    ("roads.head", Supervisor, EAST_ROADS),
    ("leader", Leader, EAST),
    ("mayor", Leader, CITY),
];

async fn staff(world: &World) -> Vec<Colleague> {
    let mut staff = Vec::new();
    for (login, role, unit) in STAFF {
        let account = world.account(login, &[(role, unit)]).await;
        let begun = world.app.sign_in(login, PASSWORD).await.unwrap();
        staff.push(Colleague {
            id: account.id,
            caller: begun.signed.caller,
            login,
        });
    }
    staff
}

#[derive(Debug, Clone)]
enum Deed {
    File { area: &'static str, confidential: bool },
    Send { case: usize, to: &'static str },
    Confide { case: usize, people: Vec<usize> },
    Disclose { case: usize },
    Publish { case: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    let case = 0_usize..20;
    let area = prop::sample::select(vec![UPPER, LOWER, MILL, EAST, WEST]);
    let unit = prop::sample::select(vec![EAST_ROADS, WATER]);
    prop_oneof![
        4 => (area, any::<bool>()).prop_map(|(area, confidential)| Deed::File { area, confidential }),
        3 => (case.clone(), unit).prop_map(|(case, to)| Deed::Send { case, to }),
        3 => (case.clone(), prop::collection::vec(0..STAFF.len(), 0..5))
            .prop_map(|(case, people)| Deed::Confide { case, people }),
        1 => case.clone().prop_map(|case| Deed::Disclose { case }),
        1 => case.prop_map(|case| Deed::Publish { case }),
    ]
}

/// Does a deed as whoever of the desks may.
async fn live(world: &World, staff: &[Colleague], cases: &mut Vec<Id>, deed: Deed) {
    let app = &world.app;
    world.minutes_later(1);
    let at = |nth: usize| cases.get(nth).copied();
    for who in [1, 2, 4] {
        let by = &staff[who].caller;
        let done = match &deed {
            Deed::File { area, confidential } => {
                let draft = CaseDraft {
                    area: Some(code(area)),
                    confidential: *confidential,
                    ..wheel()
                };
                app.take_in(by, draft, None).await.map(|intake| intake.case)
            }
            Deed::Send { case, to } => match at(*case) {
                Some(case) => app.step(by, case, None, "dispatch", sent_to(to)).await,
                None => return,
            },
            Deed::Confide { case, people } => match at(*case) {
                Some(case) => {
                    let people = people.iter().map(|nth| staff[*nth].id).collect();
                    app.confide(by, case, None, Some(people), "要求保密").await
                }
                None => return,
            },
            Deed::Disclose { case } => match at(*case) {
                Some(case) => app.confide(by, case, None, None, "已无必要").await,
                None => return,
            },
            Deed::Publish { case } => match at(*case) {
                Some(case) => app.publish(by, case, None, shown("水轮卡住了")).await,
                None => return,
            },
        };
        match done {
            Ok(case) => {
                if !cases.contains(&case.id) {
                    cases.push(case.id);
                }
                return;
            }
            Err(AppError::Refused(_)) => {}
            Err(fault) => panic!("{deed:?}: {fault}"),
        }
    }
}

fn shown(text: &str) -> PublicationDraft {
    PublicationDraft {
        title: None,
        text: text.to_owned(),
        reply: None,
        area: None,
        words: None,
    }
}

async fn listed(world: &World, by: &Caller) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    for open in [true, false] {
        let mut query = ListQuery::all(open, 3);
        loop {
            let page = world.app.list(by, &query).await.unwrap();
            found.extend(page.cases.iter().map(|case| case.id));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    found
}

async fn looked_at(world: &World, by: &Caller, cases: &[Id]) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    for id in cases {
        match world.app.case(by, *id).await {
            Ok(case) => drop(found.insert(case.id)),
            Err(AppError::Refused(refusal)) => assert_eq!(refusal.code, "unknown_case"),
            Err(fault) => panic!("{fault}"),
        }
    }
    found
}

async fn heard(world: &World, by: &Colleague) -> BTreeSet<Id> {
    let token = world.app.sign_in(by.login, PASSWORD).await.unwrap().token;
    let last = world.store.last_position().await.unwrap();
    let mut feed = world.app.watch_live(&token, Some(0)).await.unwrap().expect("a place");
    let mut found = BTreeSet::new();
    let listening = async {
        loop {
            match feed.next().await.expect("it goes on") {
                News::Happened(happened) => drop(found.insert(happened.case)),
                News::Until(position) if position >= last => break,
                News::Until(_) => {}
            }
        }
    };
    // What comes last may be somebody else's: then nothing more is told, and the feed only says how far it is.
    let _ = tokio::time::timeout(std::time::Duration::from_millis(150), listening).await;
    found
}

async fn exported(world: &World, by: &Caller) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    world
        .app
        .export_cases(by, &ExportOptions::default(), |cells| {
            found.insert(cells[0].parse().expect("a number"));
            Ok(())
        })
        .await
        .unwrap();
    found
}

#[test]
fn lists_looks_search_feed_and_export_agree() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 4,
        failure_persistence: None,
        max_shrink_iters: 10,
        ..Config::default()
    });
    let lived = runner.run(&prop::collection::vec(deed(), 25..40), |deeds| {
        runtime.block_on(async {
            let world = mills().await;
            let staff = staff(&world).await;
            let mut cases = Vec::new();
            for confidential in [true, false] {
                live(
                    &world,
                    &staff,
                    &mut cases,
                    Deed::File {
                        area: UPPER,
                        confidential,
                    },
                )
                .await;
            }
            for deed in deeds {
                live(&world, &staff, &mut cases, deed).await;
            }
            indexed(&world).await;
            let mut differing = BTreeSet::new();
            for (person, (login, _, _)) in staff.iter().zip(STAFF) {
                let seen = looked_at(&world, &person.caller, &cases).await;
                assert_eq!(listed(&world, &person.caller).await, seen, "{login}: list");
                let found = world.app.search(&person.caller, &words("水轮")).await.unwrap();
                let found: BTreeSet<Id> = found.cases.iter().map(|case| case.id).collect();
                assert_eq!(found, seen, "{login}: search");
                assert_eq!(heard(&world, person).await, seen, "{login}: live");
                assert_eq!(exported(&world, &person.caller).await, seen, "{login}: export");
                differing.insert(seen.len());
            }
            assert!(differing.len() > 1, "not everybody sees the same");
            // What everybody sees is exactly what was published, and nothing of it is confidential.
            let everybody = world.app.published(&published(None)).await.unwrap().0;
            assert!(everybody.iter().all(|case| case.confidential.is_none()));
            assert_eq!(verify_rebuild(&world.app, &|_, _| {}).await.unwrap(), []);
        });
        Ok(())
    });
    lived.unwrap();
}

fn published(area: Option<UnitCode>) -> PublishedQuery {
    PublishedQuery {
        lies: area.map_or(Lies::Anywhere, Lies::In),
        limit: 2,
        ..PublishedQuery::default()
    }
}

#[tokio::test]
async fn a_confidential_case_is_handled_by_named_people_and_told_to_nobody_else() {
    let world = mills().await;
    let staff = staff(&world).await;
    let app = &world.app;
    let [dispatcher, second, water] = [1, 2, 6].map(|nth| &staff[nth]);
    let filed = app
        .take_in(
            &Caller::reporter(),
            CaseDraft {
                confidential: true,
                channel: "mill_web".to_owned(),
                ..wheel()
            },
            None,
        )
        .await;
    // Whether the pack has a channel for residents or not: the desk may file it as they say.
    let case = match filed {
        Ok(intake) => intake.case,
        Err(_) => {
            let draft = CaseDraft {
                confidential: true,
                ..wheel()
            };
            app.take_in(&dispatcher.caller, draft, None).await.unwrap().case
        }
    };
    let secret = app.vault.tracking_secret(case.id);
    app.step(&second.caller, case.id, None, "dispatch", sent_to(WATER))
        .await
        .unwrap();
    assert_eq!(refused(app.case(&water.caller, case.id).await), "unknown_case");
    let unknown = app
        .confide(&dispatcher.caller, case.id, None, Some([Id(5)].into()), "保密")
        .await;
    assert_eq!(refused(unknown), "unknown_account");
    app.confide(&dispatcher.caller, case.id, None, Some([water.id].into()), "保密")
        .await
        .unwrap();
    assert_eq!(refused(app.case(&second.caller, case.id).await), "unknown_case");
    let step = quanyu_app::cases::StepDraft::default;
    app.step(&water.caller, case.id, None, "accept", step()).await.unwrap();
    assert_eq!(
        app.follow(case.id, &secret).await.unwrap().id,
        case.id,
        "the reporter follows it"
    );
    assert_eq!(exported(&world, &Caller::program()).await, BTreeSet::new());
    // Another desk's case beside it does not learn of it.
    let twin = app.take_in(&second.caller, wheel(), None).await.unwrap().case;
    assert!(app.similar_to(&second.caller, &twin).await.unwrap().is_empty());
    assert_eq!(app.similar_to(&dispatcher.caller, &twin).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_published_is_listed_and_nothing_else_is_shown() {
    let world = mills().await;
    let app = &world.app;
    let mut cases: Vec<Case> = Vec::new();
    for area in [UPPER, LOWER, UPPER, WEST] {
        world.minutes_later(1);
        let draft = CaseDraft {
            area: Some(code(area)),
            matter: Some("0101".to_owned()),
            text: "我叫做王小明，电话13800001234，水轮卡住了".to_owned(),
            ..wheel()
        };
        let by = if area == WEST {
            caller(9, &[(Dispatcher, WEST_DESK)])
        } else {
            desk()
        };
        cases.push(app.take_in(&by, draft, None).await.unwrap().case);
    }
    let proposed = app.propose_publication(&desk(), &cases[0]).await.unwrap();
    let (text, masked) = proposed.text.unwrap();
    assert_eq!((text.as_str(), masked.len()), ("我叫做***，电话***，水轮卡住了", 2));
    assert_eq!(proposed.area, code(UPPER));
    assert_eq!(
        refused(app.publish(&desk(), cases[0].id, None, shown("电话13800001234")).await),
        "not_redacted"
    );
    assert_eq!(refused(app.published_case(cases[0].id).await), "not_published");
    for case in &cases[..3] {
        app.publish(&desk(), case.id, None, shown(&text)).await.unwrap();
    }
    let west = caller(9, &[(Dispatcher, WEST_DESK)]);
    assert_eq!(
        refused(app.publish(&west, cases[0].id, None, shown("水轮")).await),
        "unknown_case"
    );
    app.publish(&west, cases[3].id, None, shown("西边的水轮"))
        .await
        .unwrap();
    let listed = async |query: PublishedQuery| {
        let (cases, next) = app.published(&query).await.unwrap();
        (cases.iter().map(|case| case.id).collect::<Vec<_>>(), next)
    };
    let ids: Vec<Id> = cases.iter().map(|case| case.id).collect();
    assert_eq!(
        listed(published(None)).await,
        (vec![ids[3], ids[2]], Some(ids[2])),
        "the newest first"
    );
    let second = PublishedQuery {
        after: Some(ids[2]),
        ..published(None)
    };
    assert_eq!(listed(second).await, (vec![ids[1], ids[0]], None));
    assert_eq!(listed(published(Some(code(UPPER)))).await, (vec![ids[2], ids[0]], None));
    for (matter, found) in [("01", 2), ("0101", 2), ("02", 0)] {
        let query = PublishedQuery {
            matter: Some(matter.to_owned()),
            ..published(Some(code(UPPER)))
        };
        assert_eq!(listed(query).await.0.len(), found, "{matter}");
    }
    app.withdraw(&desk(), ids[0], None, "内容有误").await.unwrap();
    assert_eq!(listed(published(Some(code(UPPER)))).await, (vec![ids[2]], None));
    assert_eq!(refused(app.published_case(ids[0]).await), "not_published");
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
}

#[tokio::test]
async fn whoever_is_erased_is_gone_and_the_history_is_whole() {
    let world = mills().await;
    let app = &world.app;
    let person = Some(Person {
        email: None,
        name: Some("王小明".to_owned()),
        phone: Some("13800001234".to_owned()),
        address: None,
    });
    let draft = CaseDraft {
        place: Some("上磨路王家".to_owned()),
        reporter: person,
        ..wheel()
    };
    let told = app.take_in(&desk(), draft, None).await.unwrap().case;
    let other = app.take_in(&desk(), wheel(), None).await.unwrap().case;
    let closed = walk(app, told, &["dispatch", "accept", "hand_in", "pass", "call_back"]).await;
    app.publish(&desk(), closed.id, None, shown("水轮卡住了"))
        .await
        .unwrap();
    indexed(&world).await;
    assert_eq!(app.search(&desk(), &words("水轮")).await.unwrap().cases.len(), 2);
    assert_eq!(app.search(&desk(), &words("上磨路")).await.unwrap().cases.len(), 1);

    let admin = caller(30, &[(SecurityAdmin, CITY)]);
    assert_eq!(refused(app.erase(&desk(), closed.id, "本人申请").await), "role_forbids");
    assert_eq!(refused(app.erase(&admin, closed.id, " ").await), "reason_missing");
    assert_eq!(refused(app.erase(&admin, Id(5), "本人申请").await), "unknown_case");
    assert_eq!(app.erase(&admin, closed.id, "本人申请").await.unwrap(), [closed.id]);
    let erased = app.case(&desk(), closed.id).await.unwrap();
    assert_eq!((erased.reporter, erased.publication), (None, None));
    let reply = erased.result.as_ref().map(|result| &result.reply).unwrap();
    assert_eq!(
        app.texts(erased.district, &[&erased.text, reply]).await.unwrap(),
        [None, None]
    );
    let row: PersonRow = app
        .store
        .record(vec![closed.reporter.unwrap().0.into()])
        .await
        .unwrap()
        .unwrap();
    assert!(row.wrapped_key.is_empty() && row.sealed.is_empty() && row.phone_hash.is_none());
    assert!(
        app.cases_of_phone(&desk(), "13800001234", "来电")
            .await
            .unwrap()
            .is_empty()
    );
    indexed(&world).await;
    let left = app.search(&desk(), &words("水轮")).await.unwrap();
    assert_eq!(left.cases.iter().map(|case| case.id).collect::<Vec<_>>(), [other.id]);
    assert!(app.search(&desk(), &words("上磨路")).await.unwrap().cases.is_empty());
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
    let events = world.journal().await;
    let erasures: Vec<_> = events.iter().filter(|event| event.kind == "erased").collect();
    assert_eq!(
        erasures.len(),
        2,
        "one of the case, one of the person, by whoever did it"
    );
    assert!(erasures.iter().any(|event| event.actor.contains("30")));
}

#[tokio::test]
async fn keys_are_renewed_under_what_is_sealed() {
    use quanyu_app::App;
    use quanyu_app::keys::Rewrapped;
    use quanyu_app::ports::SeededRandom;
    use quanyu_app::vault::Vault;
    use std::sync::Arc;

    let mut world = mills().await;
    let draft = CaseDraft {
        reporter: Some(Person {
            email: None,
            name: Some("王小明".to_owned()),
            phone: Some("13800001234".to_owned()),
            address: None,
        }),
        ..wheel()
    };
    let case = world.app.take_in(&desk(), draft, None).await.unwrap().case;
    let with = |app: Arc<App>, masters: Vec<[u8; 32]>| {
        let mut app = Arc::into_inner(app).expect("nobody else holds it");
        app.vault = Vault::with_masters([7; 32], masters, Arc::new(SeededRandom::new(9)));
        app
    };
    let renewed = with(crate::mills::another(&mut world).await, vec![[8; 32]]);
    assert_eq!(renewed.rewrap().await.unwrap(), Rewrapped { renewed: 1, left: 0 });
    assert_eq!(renewed.rewrap().await.unwrap(), Rewrapped { renewed: 0, left: 1 });
    let known = renewed.reveal_person(&desk(), &case, "回访").await.unwrap().unwrap();
    assert_eq!(known.name.as_deref(), Some("王小明"));
    assert_eq!(
        renewed
            .cases_of_phone(&desk(), "13800001234", "来电")
            .await
            .unwrap()
            .len(),
        1
    );
    let shown = renewed.masked_reporter(&case).await.unwrap().unwrap();
    assert_eq!(
        (shown.name.as_deref(), shown.phone.as_deref()),
        (Some("王*"), Some("138****1234"))
    );
    // Without the new key nobody opens it; the message names the key that is needed.
    let fault = world
        .app
        .reveal_person(&desk(), &case, "回访")
        .await
        .unwrap_err()
        .to_string();
    assert!(fault.contains(&renewed.vault.master_id()), "{fault}");
    let without = with(crate::mills::another(&mut world).await, vec![[9; 32]]);
    assert!(without.rewrap().await.is_err());
}
