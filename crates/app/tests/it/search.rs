//! Finding cases by words: what stands in a text is found by whoever may see the case, and by nobody else.

use quanyu_app::cases::{Caller, CaseDraft, StepDraft};
use quanyu_app::followers::{Follower, Taken};
use quanyu_app::rebuild::{derived_digest, verify_rebuild};
use quanyu_app::search::{self, Search, SearchQuery};
use quanyu_domain::access::Role::{AuditAdmin, Handler, Leader, Supervisor};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::tables::advance_cursor;
use quanyu_store::{ChangeSet, Store};

use crate::followers::tally_now;
use crate::mills::{LOWER, UPPER, WATER, caller, desk, handler, mills, sent_to, walk, wheel, with};
use crate::support::{CITY, EAST, EAST_ROADS, MILL, WEST, World, code, refused};

pub fn words(words: &str) -> SearchQuery {
    SearchQuery {
        words: words.to_owned(),
        district: None,
        open: None,
        limit: search::MAX_HITS,
    }
}

pub async fn indexed(world: &World) {
    tally_now(&world.app).await;
}

async fn found(world: &World, by: &Caller, query: &SearchQuery) -> Vec<Id> {
    let found = world.app.search(by, query).await.unwrap();
    found.cases.iter().map(|case| case.id).collect()
}

async fn told(world: &World, text: &str, area: &str) -> Case {
    world.minutes_later(1);
    let draft = CaseDraft {
        text: text.to_owned(),
        area: Some(code(area)),
        ..wheel()
    };
    world.app.take_in(&desk(), draft, None).await.unwrap().case
}

#[tokio::test]
async fn words_are_found_by_whoever_may_see_the_case() {
    let world = mills().await;
    let first = told(&world, "上游的水轮卡住了，电话13800001234", UPPER).await;
    let second = told(&world, "下游的雨水井盖破损", LOWER).await;
    let draft = CaseDraft {
        title: Some("闸门生锈".to_owned()),
        place: Some("柳树巷口".to_owned()),
        text: "水轮旁的闸门".to_owned(),
        ..wheel()
    };
    world.minutes_later(1);
    let third = world.app.take_in(&desk(), draft, None).await.unwrap().case;
    indexed(&world).await;

    let leader = |unit| caller(7, &[(Leader, unit)]);
    for by in [desk(), leader(EAST), leader(CITY), leader(MILL)] {
        assert_eq!(
            found(&world, &by, &words("水轮")).await,
            [third.id, first.id],
            "newest first"
        );
        assert_eq!(found(&world, &by, &words("井盖 破损")).await, [second.id]);
        assert_eq!(
            found(&world, &by, &words("柳树巷 生锈")).await,
            [third.id],
            "title and place"
        );
        assert_eq!(found(&world, &by, &words("水轮 破损")).await, [], "all words");
    }
    assert_eq!(found(&world, &leader(UPPER), &words("游")).await, [first.id]);
    assert_eq!(found(&world, &leader(WEST), &words("水轮")).await, []);
    assert_eq!(found(&world, &handler(WATER), &words("水轮")).await, []);
    assert_eq!(
        refused(world.app.search(&desk(), &words("13800001234")).await),
        "nothing_to_look_for"
    );
    assert_eq!(
        refused(world.app.search(&desk(), &words(&"水".repeat(201))).await),
        "text_too_long"
    );
    let auditor = caller(8, &[(AuditAdmin, CITY)]);
    assert_eq!(
        refused(world.app.search(&auditor, &words("水轮")).await),
        "outside_scope"
    );

    // Who is sent a case finds it, and what is replied is found.
    let app = &world.app;
    app.step(&desk(), first.id, None, "dispatch", sent_to(WATER))
        .await
        .unwrap();
    let first = walk(app, app.case(&desk(), first.id).await.unwrap(), &["accept"]).await;
    let reply = StepDraft {
        reply: Some("已更换传动皮带".to_owned()),
        ..with("hand_in")
    };
    app.step(&handler(WATER), first.id, None, "hand_in", reply)
        .await
        .unwrap();
    indexed(&world).await;
    let of_water = caller(9, &[(Supervisor, WATER)]);
    for by in [desk(), handler(WATER), of_water] {
        assert_eq!(found(&world, &by, &words("传动皮带")).await, [first.id]);
    }
    assert_eq!(found(&world, &handler(WATER), &words("水轮")).await, [first.id]);
    assert_eq!(
        found(&world, &caller(5, &[(Handler, EAST_ROADS)]), &words("水轮")).await,
        []
    );

    let walked = walk(app, app.case(&desk(), first.id).await.unwrap(), &["pass", "call_back"]).await;
    assert!(walked.closed_at().is_some());
    let open = |open| SearchQuery {
        open: Some(open),
        ..words("水轮")
    };
    assert_eq!(found(&world, &desk(), &open(true)).await, [third.id]);
    assert_eq!(found(&world, &desk(), &open(false)).await, [first.id]);
    let elsewhere = SearchQuery {
        district: Some(DistrictId(990_102)),
        ..words("水轮")
    };
    assert_eq!(found(&world, &leader(CITY), &elsewhere).await, []);
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
    assert_eq!(found(&world, &desk(), &words("水轮")).await, [third.id, first.id]);
}

#[tokio::test]
async fn many_are_found_the_newest_and_the_index_does_not_depend_on_batches() {
    let world = mills().await;
    let app = &world.app;
    let mut newest = Vec::new();
    for hundred in 0..45 {
        world.minutes_later(1);
        let mut sets = Vec::new();
        for nth in 0..100 {
            let draft = CaseDraft {
                text: format!(
                    "第{}号水轮{}",
                    hundred * 100 + nth,
                    if nth % 10 == 0 { "漏水" } else { "卡住" }
                ),
                ..wheel()
            };
            let (case, set) = app.filing(&app.rules(), &desk(), draft).unwrap();
            sets.push(set);
            if nth % 10 == 0 {
                newest.push(case.id);
            }
        }
        for outcome in app.store.commit_all(sets).await {
            outcome.unwrap();
        }
    }
    newest.reverse();
    indexed(&world).await;
    let query = words("漏水");
    let hits = app.search(&desk(), &query).await.unwrap();
    assert!(hits.truncated);
    assert_eq!(hits.cases.iter().map(|case| case.id).collect::<Vec<_>>(), newest[..200]);
    let one = app.search(&desk(), &words("4007")).await.unwrap();
    assert_eq!((one.cases.len(), one.truncated), (1, false));
    let all = SearchQuery {
        open: Some(false),
        ..words("水轮")
    };
    let none = app.search(&desk(), &all).await.unwrap();
    assert_eq!(
        (none.cases.len(), none.truncated),
        (0, true),
        "who looks at 4,000 says so"
    );

    let kept = derived_digest(app).await.unwrap();
    for size in [7, 1_000] {
        app.store.clear_derived(&[search::NAME]).await.unwrap();
        let events = world.store.journal(0, 10_000).await.unwrap();
        for some in events.chunks(size) {
            let from = world.store.cursor(search::NAME).await.unwrap();
            let Taken::In(mut set) = Search.take(app, some).await.unwrap() else {
                panic!("nothing is left for later");
            };
            set.writes
                .push(advance_cursor(search::NAME, from, some.last().unwrap().position));
            world.store.commit(ChangeSet { ..set }).await.unwrap();
        }
        let again = derived_digest(app).await.unwrap();
        for table in ["search_run", "search_terms"] {
            assert_eq!(kept[table], again[table], "{table} in batches of {size}");
        }
    }
}
