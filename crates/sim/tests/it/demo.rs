//! Accounts for trying the product out.

use std::collections::BTreeSet;

use jiff::civil::{date, datetime};
use quanyu_app::sessions::SignInPolicy;
use quanyu_domain::access::Role;
use quanyu_sim::{DEMO_PASSWORD, demo_accounts};

use crate::support::{Town, Way, plan};

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
