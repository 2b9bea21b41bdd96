//! Accounts: three administrators who each can do one thing, and nobody anything about themselves.

use quanyu_app::accounts::{AccountDraft, AccountFilter};
use quanyu_app::cases::Caller;
use quanyu_app::error::AppError;
use quanyu_domain::access::Role::{self, AuditAdmin, Handler, Leader, Operator, SecurityAdmin, SystemAdmin};
use quanyu_domain::ids::Id;

use crate::support::{CITY, EAST, EAST_DESK, EAST_ROADS, PASSWORD, WEST, WEST_ROADS, World, grant, refused};

fn draft(login: &str) -> AccountDraft {
    AccountDraft {
        login: login.to_owned(),
        name: "韩梅梅".to_owned(),
        password: PASSWORD.to_owned(),
        grants: Vec::new(),
    }
}

#[tokio::test]
async fn each_administrator_does_one_thing() {
    let world = World::new().await;
    let app = &world.app;
    let system = world.somebody("system", &[(SystemAdmin, EAST)]).await;
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let audit = world.somebody("audit", &[(AuditAdmin, EAST)]).await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;

    let made = app.create_account(&system, draft("Han.Meimei")).await.unwrap();
    assert_eq!(
        (made.login.as_str(), made.grants.len(), made.active),
        ("han.meimei", 0, true)
    );
    for caller in [&security, &audit, &operator, &Caller::reporter()] {
        assert_eq!(
            refused(app.create_account(caller, draft("another")).await),
            "role_forbids"
        );
        assert_eq!(refused(app.deactivate(caller, made.id).await), "role_forbids");
        assert_eq!(refused(app.activate(caller, made.id).await), "role_forbids");
    }
    let with_grants = AccountDraft {
        grants: vec![grant(Operator, EAST_DESK)],
        ..draft("another")
    };
    assert_eq!(
        refused(app.create_account(&system, with_grants).await),
        "grants_are_separate"
    );

    let handler = vec![grant(Handler, EAST_ROADS)];
    let granted = app
        .change_grants(&security, made.id, Some(made.version), handler.clone())
        .await
        .unwrap();
    assert_eq!(granted.grants, handler);
    for caller in [&system, &audit, &operator] {
        assert_eq!(
            refused(app.change_grants(caller, made.id, None, Vec::new()).await),
            "role_forbids"
        );
        assert_eq!(
            refused(app.set_password(caller, made.id, "Another-Pass-1").await),
            "role_forbids"
        );
    }

    for reader in [&system, &security, &audit] {
        assert_eq!(
            app.accounts(reader, &AccountFilter::default(), None, 100)
                .await
                .unwrap()
                .accounts
                .len(),
            5
        );
    }
    assert_eq!(
        refused(app.accounts(&operator, &AccountFilter::default(), None, 100).await),
        "administrators_only"
    );
    assert_eq!(refused(app.account(&operator, made.id).await), "administrators_only");
    assert_eq!(
        world.kinds("account").await,
        ["created", "signed_in"]
            .repeat(4)
            .into_iter()
            .chain(["created", "granted"])
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn nobody_decides_about_themselves() {
    let world = World::new().await;
    let app = &world.app;
    let account = world.account("security", &[(SecurityAdmin, EAST)]).await;
    let security = app.sign_in("security", PASSWORD).await.unwrap().signed.caller;
    let system_account = world.account("system", &[(SystemAdmin, EAST)]).await;
    let system = app.sign_in("system", PASSWORD).await.unwrap().signed.caller;
    let more = vec![grant(SystemAdmin, EAST)];
    assert_eq!(
        refused(app.change_grants(&security, account.id, None, more.clone()).await),
        "own_account"
    );
    assert_eq!(
        refused(app.set_password(&security, account.id, "Another-Pass-1").await),
        "own_account"
    );
    assert_eq!(refused(app.deactivate(&system, system_account.id).await), "own_account");
    // Of somebody else they decide; everybody may see their own account.
    app.change_grants(&security, system_account.id, None, Vec::new())
        .await
        .unwrap();
    assert_eq!(app.account(&security, account.id).await.unwrap().id, account.id);
}

#[tokio::test]
async fn an_administrator_holds_no_other_role() {
    let world = World::new().await;
    let security = world.somebody("security", &[(SecurityAdmin, CITY)]).await;
    let person = world.account("person", &[]).await;
    let all = [SystemAdmin, SecurityAdmin, AuditAdmin];
    for administrator in all {
        for other in Role::ALL.into_iter().filter(|other| *other != administrator) {
            let both = vec![grant(administrator, EAST), grant(other, EAST)];
            let outcome = world.app.change_grants(&security, person.id, None, both.clone()).await;
            assert_eq!(
                refused(outcome),
                "administrator_not_alone",
                "{administrator:?} and {other:?}"
            );
            let born = AccountDraft {
                grants: both,
                ..draft("born")
            };
            assert_eq!(
                refused(world.app.create_account(&Caller::program(), born).await),
                "administrator_not_alone"
            );
        }
        let twice = vec![grant(administrator, EAST), grant(administrator, WEST)];
        world
            .app
            .change_grants(&security, person.id, None, twice)
            .await
            .unwrap();
    }
    let unknown = vec![grant(Operator, "990109000000")];
    assert_eq!(
        refused(world.app.change_grants(&security, person.id, None, unknown).await),
        "unknown_unit"
    );
}

#[tokio::test]
async fn administrators_of_a_district_stay_in_it() {
    let world = World::new().await;
    let app = &world.app;
    let security = world.somebody("east.security", &[(SecurityAdmin, EAST)]).await;
    let system = world.somebody("east.system", &[(SystemAdmin, EAST)]).await;
    let new = world.account("new", &[]).await;
    let west = world.account("west", &[(Handler, WEST_ROADS)]).await;
    let chief = world.account("chief", &[(Leader, CITY)]).await;
    let beyond = "beyond_your_area";
    assert_eq!(
        refused(
            app.change_grants(&security, new.id, None, vec![grant(Leader, CITY)])
                .await
        ),
        beyond
    );
    assert_eq!(
        refused(
            app.change_grants(&security, west.id, None, vec![grant(Handler, EAST_ROADS)])
                .await
        ),
        beyond
    );
    assert_eq!(
        refused(app.set_password(&security, chief.id, "Another-Pass-1").await),
        beyond
    );
    assert_eq!(refused(app.deactivate(&system, west.id).await), beyond);
    assert_eq!(refused(app.account(&system, chief.id).await), "unknown_account");
    let seen = app
        .accounts(&system, &AccountFilter::default(), None, 100)
        .await
        .unwrap()
        .accounts;
    let logins: Vec<&str> = seen.iter().map(|account| account.login.as_str()).collect();
    assert_eq!(logins, ["east.security", "east.system", "new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_taken_once_however_it_is_written() {
    let world = World::new().await;
    let mut racing = tokio::task::JoinSet::new();
    for nth in 0..8 {
        let app = world.app.clone();
        let login = if nth % 2 == 0 { "Li.Lei" } else { " li.lei " };
        racing.spawn(async move { app.create_account(&Caller::program(), draft(login)).await });
    }
    let outcomes = racing.join_all().await;
    let (made, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for outcome in lost {
        assert_eq!(refused(outcome), "login_taken");
    }
    assert_eq!(world.kinds("account").await, ["created"]);
}

#[tokio::test]
async fn drafts_are_checked() {
    let world = World::new().await;
    let code = async |draft| refused(world.app.create_account(&Caller::program(), draft).await);
    for login in ["ab", &"a".repeat(41), "han mei", "韩梅梅", "a/b", "a\0b", ""] {
        assert_eq!(code(draft(login)).await, "bad_login", "{login:?}");
    }
    for name in ["", "   ", "a\nb", "a\0b", &"长".repeat(101)] {
        assert_eq!(
            code(AccountDraft {
                name: name.to_owned(),
                ..draft("name")
            })
            .await,
            "bad_name",
            "{name:?}"
        );
    }
    assert_eq!(
        code(AccountDraft {
            password: "short1A".into(),
            ..draft("pass")
        })
        .await,
        "password_length"
    );
    assert_eq!(
        code(AccountDraft {
            password: "Person-2024".into(),
            ..draft("person")
        })
        .await,
        "password_holds_login"
    );
    let debugged = format!("{:?}", draft("debug"));
    assert!(!debugged.contains(PASSWORD), "{debugged}");
}

#[tokio::test]
async fn whoever_has_seen_an_old_version_decides_again() {
    let world = World::new().await;
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let person = world.account("person", &[]).await;
    let operator = vec![grant(Operator, EAST_DESK)];
    let changed = world
        .app
        .change_grants(&security, person.id, Some(1), operator.clone())
        .await
        .unwrap();
    assert_eq!(changed.version, 2);
    let stale = world.app.change_grants(&security, person.id, Some(1), Vec::new()).await;
    assert!(matches!(stale, Err(AppError::Stale { current: 2 })), "{stale:?}");
    // What is so already is no change.
    let same = world
        .app
        .change_grants(&security, person.id, Some(2), operator)
        .await
        .unwrap();
    assert_eq!(same.version, 2);
    assert_eq!(
        refused(world.app.change_grants(&security, Id(1), None, Vec::new()).await),
        "unknown_account"
    );
}

#[tokio::test]
async fn accounts_are_read_page_by_page() {
    let world = World::new().await;
    let mut made = Vec::new();
    for nth in 0..5 {
        made.push(world.account(&format!("person{nth}"), &[]).await.id);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world
            .app
            .accounts(&Caller::program(), &AccountFilter::default(), after, 2)
            .await
            .unwrap();
        seen.extend(page.accounts.iter().map(|account| account.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, made);
    let names = world.app.account_names(&[made[1], Id(1)]).await.unwrap();
    assert_eq!(names, [Some("person1 同志".to_owned()), None]);
}
