//! What the audit administrator reads of the journal: all that happened, and of confidential cases no more than that.

use quanyu_app::audit::{AuditPage, AuditQuery, Narrow};
use quanyu_app::cases::{CASE_NOUN, Caller, CaseDraft};
use quanyu_app::people::Person;
use quanyu_domain::access::Role::{AuditAdmin, Dispatcher, Operator, SystemAdmin};
use quanyu_domain::ids::Id;
use quanyu_domain::units::UnitKind;

use crate::mills::{admin, caller, mills, sources, unit, wheel};
use crate::support::{CITY, EAST, EAST_DESK, World, refused};

const MARK: &str = "霜降磨坊";

async fn read(world: &World, by: &Caller, thing: Option<(&str, Id)>) -> AuditPage {
    let query = AuditQuery {
        thing: thing.map(|(noun, id)| (noun.to_owned(), id)),
        narrow: Narrow::default(),
        before: None,
        limit: 200,
    };
    world.app.audit(by, &query).await.expect("the journal")
}

#[tokio::test]
async fn of_a_confidential_case_an_auditor_learns_that_something_happened() {
    let world = mills().await;
    let app = &world.app;
    let auditor = world.somebody("auditor", &[(AuditAdmin, CITY)]).await;
    let named = world.account("named.auditor", &[(AuditAdmin, CITY)]).await.id;
    let named = (named, caller(named.0, &[(AuditAdmin, CITY)]));
    let dispatcher = world
        .somebody("dispatcher", &[(Dispatcher, EAST_DESK), (Operator, EAST_DESK)])
        .await;
    let draft = CaseDraft {
        reporter: Some(Person {
            name: Some("王小明".to_owned()),
            ..Person::default()
        }),
        ..wheel()
    };
    let open = app.take_in(&dispatcher, draft.clone(), None).await.unwrap().case;
    let closed = app.take_in(&dispatcher, draft, None).await.unwrap().case;
    app.reveal_person(&dispatcher, &closed, &format!("{MARK}回访"))
        .await
        .unwrap();
    // As long as nothing is confidential, everything may be read.
    let page = read(&world, &auditor, None).await;
    assert!(page.events.iter().all(|audited| !audited.withheld));
    assert!(
        page.events
            .iter()
            .any(|audited| audited.event.reason.as_deref() == Some(&format!("{MARK}回访")))
    );

    app.confide(
        &dispatcher,
        closed.id,
        None,
        Some([named.0].into()),
        &format!("{MARK}要求保密"),
    )
    .await
    .unwrap();
    let page = read(&world, &auditor, None).await;
    let of_case = read(&world, &auditor, Some((CASE_NOUN, closed.id))).await;
    for audited in page.events.iter().chain(&of_case.events) {
        let text = format!("{:?}", audited.event);
        assert!(!text.contains(MARK), "{text}");
        let about = audited.event.id == closed.id.0 || Some(audited.event.id) == closed.reporter.map(|id| id.0);
        assert_eq!(audited.withheld, about, "{text}");
        if about {
            assert_eq!(
                (audited.event.reason.as_deref(), audited.event.body.as_str()),
                (None, "{}")
            );
            assert!(audited.event.actor.starts_with("account:"));
        }
    }
    let kinds: Vec<&str> = of_case
        .events
        .iter()
        .map(|audited| audited.event.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        ["confided", "filed"],
        "that it happened is told, the newest first"
    );
    assert!(page.events.iter().any(|audited| audited.event.id == open.id.0));

    let page = read(&world, &named.1, Some((CASE_NOUN, closed.id))).await;
    assert!(
        page.events.iter().all(|audited| !audited.withheld),
        "who is named reads it"
    );
    assert_eq!(
        refused(
            app.audit(
                &dispatcher,
                &AuditQuery {
                    thing: None,
                    narrow: Narrow::default(),
                    before: None,
                    limit: 1
                }
            )
            .await
        ),
        "role_forbids"
    );
}

#[tokio::test]
async fn an_auditor_is_shown_what_happens_in_the_area_and_what_applies_to_it() {
    let world = mills().await;
    let app = &world.app;
    let city_desk = unit("990100000000-hotline", UnitKind::Department, CITY);
    app.add_units(&admin(), vec![city_desk]).await.unwrap();
    let elsewhere = unit("990102000000-water", UnitKind::Department, "990102000000");
    app.add_units(&admin(), vec![elsewhere]).await.unwrap();
    let of_city = world.account("city.admin", &[(SystemAdmin, CITY)]).await;
    let of_east = world.account("east.operator", &[(Operator, EAST_DESK)]).await;
    app.activate_sources(&Caller::program(), &sources()).await.unwrap();
    let auditor = async |login: &str, area: &str| {
        let auditor = world.somebody(login, &[(AuditAdmin, area)]).await;
        let page = read(&world, &auditor, None).await;
        let mut seen: Vec<(String, i64)> = page
            .events
            .into_iter()
            .filter(|audited| {
                audited.event.noun != "account" || [of_city.id.0, of_east.id.0].contains(&audited.event.id)
            })
            .map(|audited| {
                (
                    format!("{} {}", audited.event.noun, audited.event.kind),
                    audited.event.district,
                )
            })
            .collect();
        seen.sort();
        seen.dedup();
        seen
    };
    let (city, east, west) = (990_100, 990_101, 990_102);
    let has = |seen: &[(String, i64)], noun: &str, district: i64| {
        seen.iter().any(|(what, of)| what.starts_with(noun) && *of == district)
    };
    let seen = auditor("east.auditor", EAST).await;
    for (noun, district, shown) in [
        // Rules of the city go for its districts, and so do its units and its directory.
        ("rules", city, true),
        ("unit", city, true),
        ("directory", city, true),
        ("unit", east, true),
        ("directory", east, true),
        ("account", east, true),
        // What else the city does, and what a neighbour does, is theirs.
        ("account", city, false),
        ("unit", west, false),
    ] {
        assert_eq!(has(&seen, noun, district), shown, "{noun} of {district}: {seen:?}");
    }
    let west_seen = auditor("west.auditor", "990102000000").await;
    assert!(
        has(&west_seen, "rules", city) && has(&west_seen, "unit", west),
        "{west_seen:?}"
    );
    assert!(
        !has(&west_seen, "directory", east) && !has(&west_seen, "account", east),
        "{west_seen:?}"
    );
    let all = auditor("city.auditor", CITY).await;
    for (noun, district) in [("account", city), ("account", east), ("unit", west), ("rules", city)] {
        assert!(has(&all, noun, district), "{noun} of {district}: {all:?}");
    }
}

#[tokio::test]
async fn a_search_of_the_journal_finds_what_it_asks_for_and_says_where_to_go_on() {
    let world = mills().await;
    let auditor = world.somebody("auditor", &[(AuditAdmin, CITY)]).await;
    let (early, late) = (world.app.now(), world.app.now() + jiff::SignedDuration::from_hours(48));
    let first = world.account("first", &[]).await;
    world.later(jiff::SignedDuration::from_hours(48));
    let second = world.account("second", &[]).await;
    let ask = async |narrow: Narrow, before: Option<i64>, limit: usize| {
        let query = AuditQuery {
            thing: None,
            narrow,
            before,
            limit,
        };
        let page = world.app.audit(&auditor, &query).await.expect("the journal");
        let ids: Vec<Id> = page.events.iter().map(|audited| Id(audited.event.id)).collect();
        (ids, page.next)
    };
    let accounts = Narrow {
        noun: Some("account".to_owned()),
        ..Narrow::default()
    };
    let (newest, next) = ask(accounts.clone(), None, 1).await;
    assert_eq!(newest, [second.id]);
    let (others, _) = ask(accounts.clone(), next, 200).await;
    assert!(others.contains(&first.id) && !others.contains(&second.id), "{others:?}");
    let since = Narrow {
        from: Some(late),
        ..accounts.clone()
    };
    assert_eq!(ask(since, None, 200).await.0, [second.id]);
    let until = Narrow {
        until: Some(early),
        ..accounts.clone()
    };
    assert!(!ask(until, None, 200).await.0.contains(&first.id));
    let nothing = Narrow {
        kind: Some("vanished".to_owned()),
        ..accounts.clone()
    };
    assert_eq!(ask(nothing, None, 200).await, (Vec::new(), None));
    let by_nobody = Narrow {
        actor: Some(format!("account:{}", first.id)),
        ..accounts
    };
    assert_eq!(ask(by_nobody, None, 200).await.0, []);
}
