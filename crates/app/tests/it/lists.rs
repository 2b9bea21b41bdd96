//! Lists are narrowed: a page at a time shows what looking at everything would.

use jiff::Timestamp;
use quanyu_app::cases::{Caller, CaseDraft, ListQuery, Only};
use quanyu_domain::access::Relation;
use quanyu_domain::cases::Case;
use quanyu_domain::model::{Phase, RequestKind};

use crate::mills::{desk, file, handler, mills, request, supervisor, walk, wheel};
use crate::support::{EAST_ROADS, World, at, refused};
use crate::timers::timers;

/// Every case of a list, by pages of so many.
async fn pages(world: &World, by: &Caller, mut query: ListQuery, limit: usize) -> Vec<Case> {
    query.limit = limit;
    let mut cases = Vec::new();
    loop {
        let page = world.app.list(by, &query).await.unwrap();
        assert!(page.cases.len() <= limit);
        cases.extend(page.cases);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return cases,
        }
    }
}

/// Whether a case is in a narrowed list.
type Wanted<'a> = &'a dyn Fn(&Case) -> bool;

/// When a case stands in a list: its limit, or its end.
fn sorts_at(case: &Case) -> Timestamp {
    case.closed_at().unwrap_or_else(|| case.next_due())
}

#[tokio::test]
async fn pages_of_a_narrowed_list_hold_what_looking_at_everything_finds() {
    let world = mills().await;
    for nth in 0..12 {
        world.minutes_later(50);
        let steps: &[&str] = match nth % 4 {
            0 => &[],
            1 => &["dispatch"],
            2 => &["dispatch", "accept"],
            _ => &["dispatch", "accept", "hand_in", "pass", "call_back"],
        };
        walk(&world.app, file(&world.app).await, steps).await;
    }
    let matter = CaseDraft {
        matter: Some("0101".to_owned()),
        ..wheel()
    };
    for _ in 0..2 {
        world.app.take_in(&desk(), matter.clone(), None).await.unwrap();
    }
    for open in [true, false] {
        let all = pages(&world, &supervisor(), ListQuery::all(open, 1), 200).await;
        assert_eq!(all.len(), if open { 11 } else { 3 });
        let middle = sorts_at(&all[all.len() / 2]);
        let state = all[0].state.clone();
        let narrowed: [(Only, Wanted<'_>); 5] = [
            (Only::default(), &|_| true),
            (
                Only {
                    state: Some(state.clone()),
                    ..Only::default()
                },
                &|case| case.state == state,
            ),
            (
                Only {
                    matter: Some("01".to_owned()),
                    ..Only::default()
                },
                &|case| case.matter.is_some(),
            ),
            (
                Only {
                    demand: Some("grumble".to_owned()),
                    ..Only::default()
                },
                &|case| case.demand == "grumble",
            ),
            (
                Only {
                    channel: Some("mill_line".to_owned()),
                    ..Only::default()
                },
                &|case| case.channel == "mill_line",
            ),
        ];
        for (only, wanted) in narrowed {
            for (from, until) in [
                (None, None),
                (Some(middle), None),
                (None, Some(middle)),
                (Some(middle), Some(middle)),
            ] {
                let within = |case: &Case| {
                    from.is_none_or(|from| sorts_at(case) >= from) && until.is_none_or(|until| sorts_at(case) < until)
                };
                let expected: Vec<_> = all
                    .iter()
                    .filter(|case| wanted(case) && within(case))
                    .map(|case| case.id)
                    .collect();
                let query = ListQuery {
                    from,
                    until,
                    only: only.clone(),
                    ..ListQuery::all(open, 1)
                };
                for limit in [1, 2, 200] {
                    let found: Vec<_> = pages(&world, &supervisor(), query.clone(), limit)
                        .await
                        .iter()
                        .map(|case| case.id)
                        .collect();
                    assert_eq!(found, expected, "{query:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_escalated_is_listed_and_counted_until_it_is_met() {
    let world = mills().await;
    let timers = timers(&world.app);
    // Monday: one stays at the desk, one with a unit that accepted it, one with a unit that wants to give it back.
    let waiting = file(&world.app).await;
    let handled = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    let asked = walk(&world.app, file(&world.app).await, &["dispatch"]).await;
    world.clock.set(at("2024-03-04T16:00"));
    let met = walk(&world.app, file(&world.app).await, &["dispatch", "accept"]).await;
    let escalated = ListQuery {
        only: Only {
            escalated: true,
            ..Only::default()
        },
        ..ListQuery::all(true, 1)
    };
    let listed = async |by: &Caller, relation: Option<Relation>, limit: usize| {
        let query = ListQuery {
            relation,
            ..escalated.clone()
        };
        let mut found: Vec<_> = pages(&world, by, query, limit)
            .await
            .iter()
            .map(|case| case.id)
            .collect();
        found.sort();
        found
    };
    let counted = async || {
        let standing = world.app.standing(&supervisor(), None).await.unwrap();
        let phases: u64 = standing.phases.values().map(|stand| stand.escalated).sum();
        let units: u64 = standing.units.values().map(|stand| stand.escalated).sum();
        assert_eq!((phases, units), (standing.total.escalated, standing.total.escalated));
        standing
    };

    // Tuesday noon: the desk is overdue, and nobody above has been told.
    world.clock.set(at("2024-03-05T12:00"));
    timers.run_due().await.unwrap();
    let standing = counted().await;
    assert_eq!((standing.total.overdue, standing.total.escalated), (1, 0));
    assert_eq!(listed(&supervisor(), None, 1).await, []);

    // Friday: everything that was filed on Monday is escalated; what was filed since is not.
    world.clock.set(at("2024-03-08T12:00"));
    timers.run_due().await.unwrap();
    let fresh = file(&world.app).await;
    let number = world
        .app
        .request(&handler(EAST_ROADS), asked.id, None, request(RequestKind::Return))
        .await;
    number.expect("it may be asked for");
    let everything = vec![waiting.id, handled.id, asked.id, met.id];
    for limit in [1, 2, 200] {
        assert_eq!(listed(&supervisor(), None, limit).await, everything);
    }
    let of_roads = [handled.id, asked.id, met.id];
    assert_eq!(listed(&handler(EAST_ROADS), Some(Relation::Lead), 2).await, of_roads);
    assert_eq!(listed(&desk(), Some(Relation::Dispatch), 2).await, [waiting.id]);
    assert_eq!(listed(&desk(), Some(Relation::Decide), 2).await, [asked.id]);
    let standing = counted().await;
    let stand = standing.total;
    assert_eq!((stand.open, stand.overdue, stand.escalated), (5, 4, 4));
    assert_eq!(standing.phases[&Phase::Dispatch].escalated, 1);

    // Whoever meets a limit ends it.
    walk(&world.app, met, &["hand_in"]).await;
    walk(&world.app, asked, &["accept", "hand_in"]).await;
    walk(&world.app, waiting, &["dispatch"]).await;
    assert_eq!(listed(&supervisor(), None, 200).await, [handled.id]);
    assert_eq!(counted().await.total.escalated, 1);
    // No page looks beyond what is overdue: the only one found is the last, though others are open.
    let page = world.app.list(&supervisor(), &escalated).await.unwrap();
    assert_eq!((page.cases.len(), page.next), (1, None));
    assert!(fresh.closed_at().is_none());

    let closed = ListQuery {
        open: false,
        ..escalated.clone()
    };
    assert_eq!(
        refused(world.app.list(&supervisor(), &closed).await),
        "escalated_is_open"
    );
}

#[tokio::test]
async fn a_filter_that_names_nothing_is_refused_and_not_answered_with_an_empty_list() {
    let world = mills().await;
    let name = || Some("no_such_thing".to_owned());
    for (only, field) in [
        (
            Only {
                state: name(),
                ..Only::default()
            },
            "state",
        ),
        (
            Only {
                matter: name(),
                ..Only::default()
            },
            "matter",
        ),
        (
            Only {
                demand: name(),
                ..Only::default()
            },
            "demand",
        ),
        (
            Only {
                channel: name(),
                ..Only::default()
            },
            "channel",
        ),
    ] {
        let query = ListQuery {
            only,
            ..ListQuery::all(true, 10)
        };
        assert_eq!(
            refused(world.app.list(&desk(), &query).await),
            "unknown_filter",
            "{field}"
        );
    }
}
