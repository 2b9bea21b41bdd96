//! Accounts for trying the product out.

use std::collections::BTreeSet;

use jiff::civil::{date, datetime};
use quanyu_app::ports::Clock;
use quanyu_app::rebuild::verify_rebuild;
use quanyu_app::sessions::SignInPolicy;
use quanyu_domain::access::Role;
use quanyu_domain::cases::Case;
use quanyu_domain::model::Phase;
use quanyu_sim::{DEMO_PASSWORD, Plan, Quiet, demo_accounts, publish_lately};

use crate::support::{OFFSET, Town, Way, plan};

#[tokio::test(flavor = "multi_thread")]
async fn there_is_an_account_for_every_role_and_it_signs_in() {
    let first = date(2024, 1, 1);
    let town = Town::new(first).await;
    let district = town
        .app
        .rules()
        .models
        .keys()
        .copied()
        .find(|id| id.0 % 100 != 0)
        .unwrap();
    let accounts = demo_accounts(&town.app, district).await.unwrap();
    let roles: BTreeSet<Role> = accounts.iter().map(|account| account.role).collect();
    assert_eq!(roles, Role::ALL.into_iter().collect());
    assert!(accounts.iter().filter(|account| account.role == Role::Handler).count() >= 4);
    assert!(
        accounts.iter().any(|account| account.unit.district() != district),
        "somebody works for the city"
    );
    for account in &accounts {
        let signed = town.app.sign_in(&account.login, DEMO_PASSWORD).await.unwrap();
        assert!(!signed.token.is_empty(), "{}", account.login);
    }
    // Again: what is there already stays.
    assert_eq!(demo_accounts(&town.app, district).await.unwrap(), accounts);
    // A life without cases leaves units and accounts alone.
    let before = town.digests().await;
    let nothing = town
        .live(plan(0, first, datetime(2024, 2, 1, 0, 0, 0, 0)), Way::UseCases)
        .await;
    assert_eq!(nothing.cases + nothing.accounts, 0);
    assert_eq!(town.digests().await, before);
    assert!(
        SignInPolicy::default()
            .passwords
            .check(DEMO_PASSWORD, "operator1")
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_quiet_days_less_comes_in() {
    let first = date(2024, 1, 1);
    let town = Town::new(first).await;
    let quiet = Quiet {
        from: date(2024, 3, 1),
        until: date(2024, 6, 1),
        share: 0.1,
    };
    let plan = Plan {
        quiet: Some(quiet),
        ..plan(400, first, datetime(2024, 6, 30, 16, 30, 0, 0))
    };
    town.live(plan, Way::Bulk).await;
    let mut months = [0; 7];
    for case in town.cases().await {
        months[usize::try_from(OFFSET.to_datetime(case.filed_at).month()).unwrap()] += 1;
    }
    assert_eq!(months.iter().sum::<i32>(), 400);
    for month in 3..6 {
        assert!(
            months[month] > 0 && months[month] * 4 < months[2].min(months[6]),
            "{months:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clerks_publish_some_of_what_was_lived_lately() {
    let first = date(2024, 7, 1);
    let until = datetime(2024, 10, 31, 16, 30, 0, 0);
    let town = Town::new(first).await;
    let plan = plan(400, first, until);
    town.live(plan, Way::Bulk).await;
    let end = OFFSET.to_timestamp(until).unwrap();
    let shown = publish_lately(&town.app, &town.clock, plan, end).await.unwrap();
    assert_eq!(town.clock.now(), end);

    let cases = town.cases().await;
    let published: Vec<&Case> = cases.iter().filter(|case| case.publication.is_some()).collect();
    assert_eq!(published.len() as u64, shown.cases);
    let (closed, open): (Vec<&Case>, Vec<&Case>) = published.iter().partition(|case| case.phase == Phase::Closed);
    assert!(
        closed.len() > 20 && !open.is_empty(),
        "{} and {}",
        closed.len(),
        open.len()
    );
    let weeks_before = end - jiff::SignedDuration::from_hours(24 * 75);
    for case in &published {
        assert!(case.filed_at >= weeks_before && case.changed_at <= end && case.confidential.is_none());
        assert_ne!(case.publication.as_ref().unwrap().position, case.place.position);
    }
    assert!(
        closed
            .iter()
            .any(|case| case.publication.as_ref().unwrap().reply.is_some())
    );
    assert!(shown.supporters > 0);
    let mut supporters = 0;
    for case in &published {
        supporters += town.app.supporters(case.id).await.unwrap();
    }
    assert_eq!(supporters, shown.supporters);
    // A clerk did it, with an account that may.
    let events = town.records::<quanyu_store::Event>().await;
    let acts: Vec<_> = events.iter().filter(|event| event.kind == "published").collect();
    assert!(acts.len() as u64 == shown.cases && acts.iter().all(|event| event.actor.starts_with("account")));
    assert_eq!(verify_rebuild(&town.app, &|_, _| {}).await.unwrap(), []);
}
