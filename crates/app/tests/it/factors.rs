//! Second factors, what sessions are bound to, and passwords that were used before.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::Caller;
use quanyu_app::error::AppError;
use quanyu_app::factors::SecondFactorRow;
use quanyu_app::ports::{Ids, SeededRandom};
use quanyu_app::sessions::{Origin, SignInPolicy};
use quanyu_app::vault::Vault;
use quanyu_domain::access::Role::{Operator, SecurityAdmin};
use quanyu_store::Records;

use crate::support::{EAST, EAST_DESK, PASSWORD, World, policy, refused};

/// What an authenticator app shows, worked out apart from the program: HOTP over SHA-1 (RFC 4226) of Base32.
fn app_code(secret: &str, second: i64) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let bits: String = secret
        .bytes()
        .map(|letter| {
            let value = if letter.is_ascii_uppercase() {
                letter - b'A'
            } else {
                letter - b'2' + 26
            };
            format!("{value:05b}")
        })
        .collect();
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let mut mac = <Hmac<sha1::Sha1> as KeyInit>::new_from_slice(&bytes).unwrap();
    mac.update(&(second / 30).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let word = u32::from_be_bytes([mac[at] & 0x7f, mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", word % 1_000_000)
}

#[track_caller]
fn unauthenticated<T: std::fmt::Debug>(outcome: Result<T, AppError>) {
    assert!(matches!(outcome, Err(AppError::Unauthenticated)), "{outcome:?}");
}

/// The same world as another policy would have it.
fn app_with(world: &World, policy: SignInPolicy) -> App {
    let random = Arc::new(SeededRandom::new(77));
    let app = App::new(
        world.store.clone(),
        world.clock.clone(),
        Ids::new(jiff::tz::Offset::constant(8), 7, 0),
        random.clone(),
        Vault::new([7; 32], random),
        Blobs::folder(&world.folder.path().join("files")).unwrap(),
        policy,
    );
    app.set_rules(crate::support::rules());
    app
}

#[tokio::test]
async fn a_code_is_asked_for_and_good_once() {
    let world = World::new().await;
    let account = world.account("li.lei", &[(Operator, EAST_DESK)]).await;
    let caller = world.app.sign_in("li.lei", PASSWORD).await.unwrap().signed.caller;
    unauthenticated(world.app.begin_second_factor(&caller, "Wrong-Word-1").await);
    assert_eq!(
        refused(world.app.confirm_second_factor(&caller, "000000").await),
        "second_factor_not_begun"
    );
    let enrolment = world.app.begin_second_factor(&caller, PASSWORD).await.unwrap();
    assert!(!format!("{enrolment:?}").contains(&enrolment.secret));
    assert_eq!(
        enrolment.uri,
        format!("otpauth://totp/quanyu:li.lei?secret={}&issuer=quanyu", enrolment.secret)
    );
    let code = || app_code(&enrolment.secret, world.app.now().as_second());
    // What was only begun is not asked for, and may be begun again.
    world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    assert_eq!(
        refused(world.app.confirm_second_factor(&caller, "12345").await),
        "wrong_code"
    );
    let paper = world.app.confirm_second_factor(&caller, &code()).await.unwrap();
    assert_eq!((paper.len(), paper[0].len()), (10, 11));
    assert_eq!(
        refused(world.app.begin_second_factor(&caller, PASSWORD).await),
        "second_factor_held"
    );
    let row: SecondFactorRow = world.store.record(vec![account.id.0.into()]).await.unwrap().unwrap();
    assert!(!row.paper.as_str().contains(&paper[0].replace('-', "")));

    let sign_in =
        async |password: &str, code: Option<&str>| world.app.sign_in_from("li.lei", password, code, None).await;
    assert!(matches!(sign_in(PASSWORD, None).await, Err(AppError::CodeNeeded)));
    // Who does not know the password does not learn that there is a second factor.
    unauthenticated(sign_in("Wrong-Word-1", None).await);
    unauthenticated(sign_in("Wrong-Word-1", Some(&code())).await);
    unauthenticated(sign_in(PASSWORD, Some(&code())).await);
    world.later(SignedDuration::from_secs(30));
    let now = code();
    let begun = sign_in(PASSWORD, Some(&format!("{} {}", &now[..3], &now[3..])))
        .await
        .unwrap();
    assert!(begun.signed.has_factor);
    unauthenticated(sign_in(PASSWORD, Some(&now)).await);
    // Those on paper are good once each.
    sign_in(PASSWORD, Some(&paper[3].to_lowercase())).await.unwrap();
    unauthenticated(sign_in(PASSWORD, Some(&paper[3])).await);
    sign_in(PASSWORD, Some(&paper[4].replace('-', ""))).await.unwrap();
    // Wrong codes count towards locking.
    for _ in 0..4 {
        unauthenticated(sign_in(PASSWORD, Some("000000")).await);
    }
    assert!(matches!(
        sign_in(PASSWORD, Some("000000")).await,
        Err(AppError::Locked { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_at_once_is_good_for_one() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let caller = world.app.sign_in("li.lei", PASSWORD).await.unwrap().signed.caller;
    let secret = world.app.begin_second_factor(&caller, PASSWORD).await.unwrap().secret;
    let code = app_code(&secret, world.app.now().as_second());
    world.app.confirm_second_factor(&caller, &code).await.unwrap();
    world.later(SignedDuration::from_secs(60));
    let code = app_code(&secret, world.app.now().as_second());
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (app, code) = (world.app.clone(), code.clone());
        tries.spawn(async move { app.sign_in_from("li.lei", PASSWORD, Some(&code), None).await.is_ok() });
    }
    let passed = tries.join_all().await.into_iter().filter(|passed| *passed).count();
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn a_lost_telephone_is_the_security_administrators_business() {
    let world = World::new().await;
    let security = world.somebody("security", &[(SecurityAdmin, EAST)]).await;
    let operator = world.somebody("operator", &[(Operator, EAST_DESK)]).await;
    let account = world.account("li.lei", &[(Operator, EAST_DESK)]).await;
    let begun = world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    let secret = world
        .app
        .begin_second_factor(&begun.signed.caller, PASSWORD)
        .await
        .unwrap()
        .secret;
    let code = app_code(&secret, world.app.now().as_second());
    world
        .app
        .confirm_second_factor(&begun.signed.caller, &code)
        .await
        .unwrap();
    let reset = world.app.reset_second_factor(&operator, account.id).await;
    assert_eq!(refused(reset), "role_forbids");
    let own = world.account("own", &[]).await;
    let own = world
        .app
        .reset_second_factor(&Caller::account(own.id, security.actor.grants().to_vec()), own.id)
        .await;
    assert_eq!(refused(own), "own_account");
    world.app.reset_second_factor(&security, account.id).await.unwrap();
    unauthenticated(world.app.authenticate(&begun.token).await);
    world.app.sign_in("li.lei", PASSWORD).await.unwrap();
    let kinds = world.kinds("account").await;
    assert!(kinds.contains(&"second_factor_confirmed".to_owned()));
    assert!(kinds.contains(&"second_factor_reset".to_owned()));
    // Nothing to reset is nothing to journal.
    world.app.reset_second_factor(&security, account.id).await.unwrap();
    assert_eq!(world.kinds("account").await.len(), kinds.len());
}

#[tokio::test]
async fn roles_that_need_a_second_factor_hold_nothing_without() {
    let world = World::new().await;
    world.account("security", &[(SecurityAdmin, EAST)]).await;
    world.account("operator", &[(Operator, EAST_DESK)]).await;
    let strict = SignInPolicy {
        second_factor: BTreeSet::from([SecurityAdmin]),
        ..policy()
    };
    let app = app_with(&world, strict);
    let free = app.sign_in("operator", PASSWORD).await.unwrap().signed;
    assert!(!free.factor_due && !free.caller.actor.grants().is_empty());
    let begun = app.sign_in("security", PASSWORD).await.unwrap();
    let caller = begun.signed.caller;
    assert!(begun.signed.factor_due && caller.actor.grants().is_empty());
    let secret = app.begin_second_factor(&caller, PASSWORD).await.unwrap().secret;
    let code = app_code(&secret, world.app.now().as_second());
    app.confirm_second_factor(&caller, &code).await.unwrap();
    let signed = app.authenticate(&begun.token).await.unwrap();
    assert!(!signed.factor_due && !signed.caller.actor.grants().is_empty());
}

#[tokio::test]
async fn a_session_that_is_used_from_elsewhere_ends() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let desk = Origin {
        agent: Some("Firefox/140"),
        address: "192.0.2.1".parse().ok(),
    };
    let home = Origin {
        address: "192.0.2.9".parse().ok(),
        ..desk
    };
    let thief = Origin {
        agent: Some("curl/8"),
        ..desk
    };
    let begun = world
        .app
        .sign_in_from("li.lei", PASSWORD, None, Some(&desk))
        .await
        .unwrap();
    let token = &begun.token;
    world.app.authenticate_from(token, Some(&desk)).await.unwrap();
    world.app.authenticate_from(token, Some(&home)).await.unwrap();
    unauthenticated(world.app.authenticate_from(token, Some(&thief)).await);
    unauthenticated(world.app.authenticate_from(token, Some(&desk)).await);
    assert_eq!(world.kinds("account").await.last().unwrap(), "session_misused");
    assert_eq!(world.journal().await.last().unwrap().actor, "program");

    let strict = SignInPolicy {
        bind_address: true,
        ..policy()
    };
    let app = app_with(&world, strict);
    let begun = app.sign_in_from("li.lei", PASSWORD, None, Some(&desk)).await.unwrap();
    app.authenticate_from(&begun.token, Some(&desk)).await.unwrap();
    unauthenticated(app.authenticate_from(&begun.token, Some(&home)).await);
}

#[tokio::test]
async fn a_password_that_was_given_up_stays_so() {
    let world = World::new().await;
    world.account("li.lei", &[]).await;
    let mut present = PASSWORD.to_owned();
    let change = async |present: &str, new: &str| {
        let caller = world.app.sign_in("li.lei", present).await.unwrap().signed.caller;
        world.app.change_password(&caller, present, new).await
    };
    for nth in 0..5 {
        let new = format!("Barley-Wine-{nth}");
        change(&present, &new).await.unwrap();
        present = new;
        if nth < 4 {
            assert_eq!(
                refused(change(&present, PASSWORD).await),
                "password_used_before",
                "{nth}"
            );
        }
    }
    assert_eq!(refused(change(&present, "Barley-Wine-2").await), "password_used_before");
    // Five later it is forgotten.
    change(&present, PASSWORD).await.unwrap();
}
