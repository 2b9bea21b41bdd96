//! Signing in, locking out, and how sessions end.

use jiff::SignedDuration;
use quanyu_app::accounts::AccountDraft;
use quanyu_app::cases::Caller;
use quanyu_app::error::AppError;
use quanyu_app::tables::{AccountRow, SESSION, SessionRow};
use quanyu_domain::access::Actor;
use quanyu_domain::access::Role::{Handler, Operator, SecurityAdmin, SystemAdmin};
use quanyu_domain::ids::Id;
use quanyu_store::{Query, Records};

use crate::support::{EAST, EAST_DESK, EAST_ROADS, PASSWORD, World, grant, refused};

const WRONG: &str = "Wrong-Password-1";

#[track_caller]
fn unauthenticated<T: std::fmt::Debug>(outcome: Result<T, AppError>) {
    assert!(matches!(outcome, Err(AppError::Unauthenticated)), "{outcome:?}");
}

async fn rows(world: &World) -> Vec<SessionRow> {
    world.store.page(&Query::by_key(&SESSION, 100)).await.unwrap()
}

#[tokio::test]
async fn somebody_signs_in_and_is_known() {
    let world = World::new().await;
    let account = world.account("li.lei", &[(Operator, EAST_DESK)]).await;
    let begun = world.app.sign_in(" LI.LEI", PASSWORD).await.unwrap();
    assert_eq!(begun.token.len(), 43, "32 bytes in base64url without padding");
    let signed = world.app.authenticate(&begun.token).await.unwrap();
    assert_eq!(signed, begun.signed);
    assert_eq!((signed.account, signed.change_due), (account.id, false));
    assert_eq!(
        signed.caller,
        Caller::account(account.id, vec![grant(Operator, EAST_DESK)])
    );

    let stored = rows(&world).await.pop().unwrap();
    assert!(!stored.token_hash.contains(&begun.token) && stored.token_hash.len() == 64);
    assert!(!format!("{begun:?}").contains(&begun.token));
    for nothing in ["", "x", &stored.token_hash, &begun.token[1..]] {
        unauthenticated(world.app.authenticate(nothing).await);
    }
    unauthenticated(world.app.sign_in("nobody", PASSWORD).await);
    unauthenticated(world.app.sign_in("", "").await);
    unauthenticated(world.app.sign_in("li.lei", "").await);
}

#[tokio::test]
async fn five_wrong_passwords_lock_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    let account = world.account("li.lei", &[]).await;
    for _ in 0..4 {
        unauthenticated(world.app.sign_in("li.lei", WRONG).await);
    }
    // A right one makes the four void.
    let begun = world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    for _ in 0..4 {
        unauthenticated(world.app.sign_in("li.lei", WRONG).await);
    }
    let until = match world.app.sign_in("li.lei", WRONG).await {
        Err(AppError::Locked { until }) => until,
        other => panic!("not locked: {other:?}"),
    };
    assert_eq!(until, world.app.now() + SignedDuration::from_mins(15));
    world.later(SignedDuration::from_secs(14 * 60 + 59));
    for password in [PASSWORD, WRONG] {
        let outcome = world.app.sign_in("li.lei", password).await;
        assert!(
            matches!(outcome, Err(AppError::Locked { until: told }) if told == until),
            "{outcome:?}"
        );
    }
    // Who is inside stays inside: locking somebody else out is no way to throw them out.
    world.app.authenticate(&begun.token).await.unwrap();
    world.later(SignedDuration::from_secs(1));
    // The next four are free again, and the lock is gone with a success.
    for _ in 0..4 {
        unauthenticated(world.app.sign_in("li.lei", WRONG).await);
    }
    world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    let row: AccountRow = world.store.record(vec![account.id.0.into()]).await.unwrap().unwrap();
    assert_eq!((row.failures, row.locked_until), (0, None));
    let kinds = world.kinds("account").await;
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(
        (count("sign_in_failed"), count("locked"), count("signed_in")),
        (12, 1, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_once_are_no_more_than_as_many() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let mut guesses = tokio::task::JoinSet::new();
    for nth in 0..30 {
        let app = world.app.clone();
        guesses.spawn(async move { app.sign_in("li.lei", &format!("Guess-Number-{nth}")).await });
    }
    for outcome in guesses.join_all().await {
        let busy = matches!(&outcome, Err(AppError::Refused(refusal)) if refusal.code == "busy");
        assert!(
            busy || matches!(outcome, Err(AppError::Unauthenticated | AppError::Locked { .. })),
            "{outcome:?}"
        );
    }
    let kinds = world.kinds("account").await;
    let wrong = kinds
        .iter()
        .filter(|kind| *kind == "sign_in_failed" || *kind == "locked")
        .count();
    assert_eq!((wrong, kinds.last().unwrap().as_str()), (5, "locked"));
    assert!(matches!(
        world.app.sign_in("li.lei", PASSWORD).await,
        Err(AppError::Locked { .. })
    ));
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let token = world.app.sign_in("li.lei", PASSWORD).await.unwrap().token;
    // Used again and again it lasts.
    for _ in 0..4 {
        world.minutes_later(29);
        world.app.authenticate(&token).await.unwrap();
    }
    world.minutes_later(30);
    unauthenticated(world.app.authenticate(&token).await);
    unauthenticated(world.app.authenticate(&token).await);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_however_much_it_is_used() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let begun = world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    assert_eq!(begun.signed.ends_at, world.app.now() + SignedDuration::from_hours(12));
    for _ in 0..(12 * 6 - 1) {
        world.minutes_later(10);
        world.app.authenticate(&begun.token).await.unwrap();
    }
    world.later(SignedDuration::from_secs(599));
    world.app.authenticate(&begun.token).await.unwrap();
    world.later(SignedDuration::from_secs(1));
    unauthenticated(world.app.authenticate(&begun.token).await);
    assert_eq!(world.app.sweep_sessions(world.app.now()).await.unwrap(), 1);
    assert_eq!(rows(&world).await, []);
}

#[tokio::test]
async fn use_is_noted_once_a_minute() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let token = world.app.sign_in("li.lei", PASSWORD).await.unwrap().token;
    let began = world.app.now();
    for second in 0..150 {
        world.clock.set(began + SignedDuration::from_secs(second));
        world.app.authenticate(&token).await.unwrap();
        let noted = rows(&world).await[0].used_at;
        assert_eq!(
            noted,
            began + SignedDuration::from_mins(second / 60),
            "after {second} s"
        );
    }
}

#[tokio::test]
async fn sessions_end_with_what_they_stood_on() {
    let mut world = World::new().await;
    let elsewhere = world.another_server();
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let system = world.somebody("system", &[(SystemAdmin, EAST)]).await;
    let account = world.account("li.lei", &[(Operator, EAST_DESK)]).await;
    for what in ["grants", "password", "deactivated", "own password", "everywhere"] {
        let password = if what == "deactivated" || what == "own password" {
            "Reset-Word-1"
        } else {
            PASSWORD
        };
        let begun = world.app.sign_in("li.lei", password).await.unwrap();
        let (token, caller) = (begun.token, begun.signed.caller);
        world.app.authenticate(&token).await.unwrap();
        elsewhere.authenticate(&token).await.unwrap();
        match what {
            "grants" => {
                let less = vec![grant(Handler, EAST_ROADS)];
                world
                    .app
                    .change_grants(&security, account.id, None, less)
                    .await
                    .unwrap();
            }
            "password" => {
                world
                    .app
                    .set_password(&security, account.id, "Reset-Word-1")
                    .await
                    .unwrap();
            }
            "deactivated" => {
                world.app.deactivate(&system, account.id).await.unwrap();
            }
            "own password" => {
                world.app.change_password(&caller, password, PASSWORD).await.unwrap();
            }
            _ => world.app.sign_out_everywhere(&caller).await.unwrap(),
        }
        unauthenticated(world.app.authenticate(&token).await);
        // Another server believes for five seconds what it has read.
        world.later(SignedDuration::from_millis(4_999));
        elsewhere.authenticate(&token).await.unwrap();
        world.later(SignedDuration::from_millis(1));
        unauthenticated(elsewhere.authenticate(&token).await);
        if what == "deactivated" {
            unauthenticated(world.app.sign_in("li.lei", password).await);
            world.app.activate(&system, account.id).await.unwrap();
            // What was ended does not come back.
            unauthenticated(world.app.authenticate(&token).await);
        }
    }
}

#[tokio::test]
async fn signing_out_ends_one_session() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let one = world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    world.minutes_later(5);
    let other = world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    let listed = world.app.sessions(&one.signed.caller).await.unwrap();
    let began: Vec<_> = listed.iter().map(|session| session.began_at).collect();
    assert_eq!(began, [other.signed.began_at, one.signed.began_at]);
    world.app.authenticate(&one.token).await.unwrap();
    world.app.sign_out(&one.token).await.unwrap();
    world.app.sign_out(&one.token).await.unwrap();
    unauthenticated(world.app.authenticate(&one.token).await);
    world.app.authenticate(&other.token).await.unwrap();
    assert_eq!(world.app.sessions(&one.signed.caller).await.unwrap().len(), 1);
    world.app.sign_out_everywhere(&other.signed.caller).await.unwrap();
    assert_eq!(world.app.sessions(&one.signed.caller).await.unwrap(), []);
    unauthenticated(world.app.sessions(&Caller::reporter()).await);
    unauthenticated(world.app.sign_out_everywhere(&Caller::program()).await);
    let kinds = world.kinds("account").await;
    assert_eq!(
        kinds,
        [
            "created",
            "signed_in",
            "signed_in",
            "signed_out",
            "signed_out_everywhere"
        ]
    );
}

#[tokio::test]
async fn whoever_has_a_password_of_somebody_else_changes_it_first() {
    let world = World::new().await;
    let system = world.somebody("system", &[(SystemAdmin, EAST)]).await;
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let draft = AccountDraft {
        login: "han.meimei".to_owned(),
        name: "韩梅梅".to_owned(),
        password: PASSWORD.to_owned(),
        grants: Vec::new(),
    };
    let account = world.app.create_account(&system, draft).await.unwrap();
    let operator = vec![grant(Operator, EAST_DESK)];
    world
        .app
        .change_grants(&security, account.id, None, operator.clone())
        .await
        .unwrap();
    let signed = world.app.sign_in("han.meimei", PASSWORD).await.unwrap().signed;
    assert!(signed.change_due && signed.grants == operator);
    assert_eq!(
        signed.caller.actor,
        Actor::Account {
            id: account.id,
            grants: Vec::new()
        },
        "it holds nothing yet"
    );

    unauthenticated(world.app.change_password(&signed.caller, WRONG, "My-Own-Word-1").await);
    assert_eq!(
        refused(world.app.change_password(&signed.caller, PASSWORD, PASSWORD).await),
        "password_unchanged"
    );
    assert_eq!(
        refused(world.app.change_password(&signed.caller, PASSWORD, "short").await),
        "password_length"
    );
    world
        .app
        .change_password(&signed.caller, PASSWORD, "My-Own-Word-1")
        .await
        .unwrap();
    unauthenticated(world.app.sign_in("han.meimei", PASSWORD).await);
    let signed = world.app.sign_in("han.meimei", "My-Own-Word-1").await.unwrap().signed;
    assert!(!signed.change_due);
    assert_eq!(signed.caller, Caller::account(account.id, operator));
    // After ninety days it is due again.
    world.later(SignedDuration::from_hours(90 * 24));
    assert!(
        world
            .app
            .sign_in("han.meimei", "My-Own-Word-1")
            .await
            .unwrap()
            .signed
            .change_due
    );
}

#[tokio::test]
async fn a_reset_opens_a_locked_account() {
    let world = World::new().await;
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let account = world.account("li.lei", &[(Operator, EAST_DESK)]).await;
    for _ in 0..5 {
        assert!(world.app.sign_in("li.lei", WRONG).await.is_err());
    }
    assert!(matches!(
        world.app.sign_in("li.lei", PASSWORD).await,
        Err(AppError::Locked { .. })
    ));
    world
        .app
        .set_password(&security, account.id, "Reset-Word-1")
        .await
        .unwrap();
    assert!(
        world
            .app
            .sign_in("li.lei", "Reset-Word-1")
            .await
            .unwrap()
            .signed
            .change_due
    );
}

#[tokio::test]
async fn the_journal_holds_nothing_that_proves_anybody() {
    let world = World::new().await;
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let account = world.account("li.lei", &[(Operator, EAST_DESK)]).await;
    let begun = world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    unauthenticated(world.app.sign_in("li.lei", WRONG).await);
    unauthenticated(world.app.sign_in("My-Password-In-The-Wrong-Field", WRONG).await);
    world
        .app
        .set_password(&security, account.id, "Reset-Word-1")
        .await
        .unwrap();
    let row: AccountRow = world.store.record(vec![account.id.0.into()]).await.unwrap().unwrap();
    let journal = format!("{:?}", world.journal().await);
    for secret in [
        PASSWORD,
        WRONG,
        "Reset-Word-1",
        "Wrong-Field",
        "argon2",
        &row.password,
        &begun.token,
        "li.lei",
        "同志",
    ] {
        assert!(!journal.contains(secret), "{secret} in {journal}");
    }
    // Who did it is there, and for whom nobody has proven to be: the program.
    let events = world.store_events(account.id).await;
    let by: Vec<(&str, &str)> = events.iter().map(|e| (e.kind.as_str(), e.actor.as_str())).collect();
    let own = format!("account:{:018}", account.id.0);
    let admin = security.actor.reference().to_string();
    let expected = [
        ("created", "program"),
        ("signed_in", &own),
        ("sign_in_failed", "program"),
        ("password_set", &admin),
    ];
    assert_eq!(by, expected);
    assert!(events.iter().all(|event| event.district == 990_101));
}

impl World {
    async fn store_events(&self, account: Id) -> Vec<quanyu_store::Event> {
        use quanyu_store::Store;
        self.store.journal_of("account", account.0, 0, 100).await.unwrap()
    }
}
