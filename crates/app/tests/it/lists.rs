//! Lists are narrowed: a page at a time shows what looking at everything would.

use jiff::Timestamp;
use quanyu_app::cases::{Caller, CaseDraft, ListQuery, Only};
use quanyu_domain::cases::Case;

use crate::mills::{desk, file, mills, supervisor, walk, wheel};
use crate::support::{World, refused};

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
