//! Several servers on one database, and a server that is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use quanyu_store::schema::Migration;
use quanyu_store::tables::set_timer;
use quanyu_store::{
    ChangeSet, Claim, CommitError, Expect, Json, NewEvent, Query, Record, Records, Schema, Store, StoreError, Table,
    Write,
};
use quanyu_store_postgres::{OpenError, Options, PostgresStore};
use tokio_postgres::NoTls;

use crate::cluster::{Namespace, namespace};

quanyu_store::table! {
    /// A stall, the owner's own.
    pub static STALL = "stall", Derived, key 2;
    /// A stall.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Stall {
        /// District.
        district: i64,
        /// Number.
        id: i64,
        /// What the owner's sign says.
        title: String,
        /// Its colour.
        colour: Option<String>,
    }
    index by_title(district, title) "finding one";
    index by_colour(colour) "a question that nobody asks any more";
}

pub fn schema(version: i64, table: &'static Table, steps: &'static [Migration]) -> Schema {
    Schema::new(version, [table], steps).expect("sound")
}

pub async fn open(namespace: &Namespace, schema: Schema) -> Result<PostgresStore, OpenError> {
    let options = Options {
        namespace: namespace.name.clone(),
        ..Options::default()
    };
    PostgresStore::open(namespace.address, schema, options).await
}

pub async fn server(namespace: &Namespace) -> Arc<PostgresStore> {
    Arc::new(open(namespace, schema(1, &STALL, &[])).await.expect("it opens"))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

pub fn seen(id: i64) -> ChangeSet {
    ChangeSet::new().event(NewEvent {
        district: 1,
        noun: "stall".to_owned(),
        id,
        kind: "seen".to_owned(),
        actor: "somebody".to_owned(),
        at: at(id),
        reason: None,
        body: Json::empty(),
    })
}

pub fn stall(id: i64) -> Stall {
    Stall {
        district: 1,
        id,
        title: format!("stall {id}"),
        colour: Some("red".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_one_dense_journal() {
    let Some(namespace) = namespace().await else { return };
    let servers = [server(&namespace).await, server(&namespace).await];
    let mut tasks = Vec::new();
    for task in 0..8_i64 {
        let store = servers[usize::try_from(task % 2).expect("0 or 1")].clone();
        tasks.push(tokio::spawn(async move {
            for nth in 0..40 {
                let id = task * 40 + nth;
                store
                    .commit(seen(id).write(Write::insert(&stall(id))))
                    .await
                    .expect("committed");
            }
        }));
    }
    // A follower on the other server sees every position in turn, woken by the servers' notifications alone.
    let follower = {
        let store = servers[1].clone();
        tokio::spawn(async move {
            let (mut watch, mut last) = (store.watch(), 0);
            while last < 320 {
                for event in store.journal(last, 50).await.expect("readable") {
                    assert_eq!(event.position, last + 1);
                    last = event.position;
                }
                if last < 320 && *watch.borrow_and_update() <= last {
                    watch.changed().await.expect("open");
                }
            }
        })
    };
    for task in tasks {
        task.await.expect("the task ends");
    }
    tokio::time::timeout(Duration::from_secs(20), follower)
        .await
        .expect("woken")
        .expect("no gap");
    // The same row from both at once: one of them is too late.
    let race = |store: &Arc<PostgresStore>| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(ChangeSet::new().write(Write::insert(&stall(1000)))).await })
    };
    let (one, other) = (race(&servers[0]), race(&servers[1]));
    let outcomes = [one.await.expect("the task ends"), other.await.expect("the task ends")];
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{outcomes:?}"
    );
    assert!(
        outcomes
            .iter()
            .any(|outcome| matches!(outcome, Err(CommitError::Conflict { .. }))),
        "{outcomes:?}"
    );
}

/// Without events, so that no position is taken twice where two servers judge the same row at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_lose_no_change_of_a_row() {
    const CHANGES: usize = 30;
    let Some(namespace) = namespace().await else { return };
    let servers = [server(&namespace).await, server(&namespace).await];
    let counted = |count: usize| Stall {
        title: count.to_string(),
        ..stall(1)
    };
    let made = ChangeSet::new().write(Write::insert(&counted(0)));
    servers[0].commit(made).await.expect("committed");
    let mut tasks = Vec::new();
    for task in 0..6 {
        let store = servers[task % 2].clone();
        tasks.push(tokio::spawn(async move {
            for _ in 0..CHANGES {
                loop {
                    let found = store.record::<Stall>(vec![1.into(), 1.into()]).await;
                    let found = found.expect("readable").expect("there");
                    let count: usize = found.title.parse().expect("a count");
                    let set = ChangeSet::new().write(Write::put(&counted(count + 1), Expect::Same(found.to_row())));
                    match store.commit(set).await {
                        Ok(_) => break,
                        Err(CommitError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("the task ends");
    }
    let found = servers[0].record::<Stall>(vec![1.into(), 1.into()]).await;
    assert_eq!(found, Ok(Some(counted(6 * CHANGES))));
}

/// Answers come in pieces, and nothing after them comes until they were taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_looked_at_may_be_large() {
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    let claiming = || {
        let claim = |nth: usize| Claim {
            space: "command".to_owned(),
            key: nth.to_string(),
            holds: Json::from_stored(format!("\"{}\"", "long ".repeat(50_000))),
        };
        let free = Write::check(&STALL, vec![1.into(), 1.into()], Expect::Absent);
        let set = (0..8).map(claim).fold(ChangeSet::new(), ChangeSet::claim);
        store.commit(set.write(free))
    };
    claiming().await.expect("committed");
    let again = tokio::time::timeout(Duration::from_secs(20), claiming()).await;
    let told = again.expect("it ends").expect_err("it is held");
    assert!(matches!(told, CommitError::Duplicate { .. }), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_never_take_the_same_timer() {
    let Some(namespace) = namespace().await else { return };
    let servers = [server(&namespace).await, server(&namespace).await];
    let set = (0..200).fold(ChangeSet::new(), |set, id| set.write(set_timer(1, "stall", id, at(id))));
    servers[0].commit(set).await.expect("committed");
    let takers: Vec<_> = (0..6)
        .map(|taker: usize| {
            let store = servers[taker % 2].clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let taken = store.take_timers(at(1000), at(2000), 7).await.expect("due or not");
                    if taken.is_empty() {
                        return mine;
                    }
                    mine.extend(taken.into_iter().map(|timer| timer.id));
                    assert!(mine.len() <= 300, "timers are taken again and again");
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for taker in takers {
        all.extend(taker.await.expect("the task ends"));
    }
    all.sort_unstable();
    assert_eq!(all, (0..200).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_leads_and_the_next_takes_over() {
    let Some(namespace) = namespace().await else { return };
    let (first, second) = (server(&namespace).await, server(&namespace).await);
    assert_eq!(first.leads("tallies").await, Ok(true));
    assert_eq!(second.leads("tallies").await, Ok(false));
    assert_eq!(second.leads("outbox").await, Ok(true), "each thing for itself");
    assert_eq!(first.leads("outbox").await, Ok(false));
    assert_eq!(first.leads("tallies").await, Ok(true), "it stays with the first");
    first.close().await;
    let taken_over = async {
        while second.leads("tallies").await != Ok(true) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), taken_over)
        .await
        .expect("the lead ends with the connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_two_servers_have_one_digit_though_connections_are_lost() {
    let Some(namespace) = namespace().await else { return };
    let (one, other) = (server(&namespace).await, server(&namespace).await);
    let number = |cell: &Arc<AtomicU32>| cell.load(Ordering::Relaxed);
    let ones = one.digit(None).await.expect("it answers").expect("free");
    let others = other.digit(Some(7)).await.expect("it answers").expect("free");
    assert_eq!((number(&ones), number(&others)), (0, 7));
    assert!(other.digit(Some(0)).await.expect("it answers").is_none(), "taken");
    // Both lose their connections, and somebody who waits for their digits has them before they come back.
    let thief = operator(&namespace).await;
    let steal = "SELECT pg_advisory_lock(hashtext('quanyu/' || $1::text), hashtext('lead/node ' || digit)) \
                 FROM unnest(ARRAY[0, 7]) AS digit";
    let stolen = async {
        thief.query(steal, &[&namespace.name]).await.expect("stolen");
    };
    let lost = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(lose_connections(&namespace).await >= 2);
    };
    tokio::join!(stolen, lost);
    // Whoever asked for none gets on with another one; whoever asked for this one commits nothing without it.
    committed(&one, 1).await;
    assert_eq!(number(&ones), 1);
    for _ in 0..20 {
        let refused = other.commit(seen(2)).await;
        assert!(matches!(refused, Err(CommitError::Unavailable(_))), "{refused:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(thief);
    committed(&other, 2).await;
    assert_eq!(number(&others), 7);
}

/// Commits as soon as the database is there.
pub async fn committed(store: &PostgresStore, id: i64) {
    for _ in 0..200 {
        match store.commit(seen(id)).await {
            Ok(_) => return,
            Err(CommitError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(fault) => panic!("{fault}"),
        }
    }
    panic!("the database does not come back");
}

/// A connection of somebody who may do everything.
pub async fn operator(namespace: &Namespace) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(namespace.address, NoTls)
        .await
        .expect("an operator");
    tokio::spawn(connection);
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_needs_the_database_alone_has_it_alone() {
    let Some(namespace) = namespace().await else { return };
    let alone = || {
        let options = Options {
            namespace: namespace.name.clone(),
            alone: true,
            ..Options::default()
        };
        PostgresStore::open(namespace.address, schema(1, &STALL, &[]), options)
    };
    let first = server(&namespace).await;
    let refused = alone().await.err().expect("somebody is there");
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    first.close().await;
    drop(first);
    let only = alone().await.expect("nobody is there any more");
    let refused = open(&namespace, schema(1, &STALL, &[])).await.err().expect("refused");
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    only.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_is_read_while_servers_go_on() {
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    store
        .commit(seen(1).write(Write::insert(&stall(1))))
        .await
        .expect("committed");
    let options = Options {
        namespace: namespace.name.clone(),
        ..Options::default()
    };
    let moment = PostgresStore::open_moment(namespace.address, schema(1, &STALL, &[]), options.clone())
        .await
        .expect("it opens");
    assert_eq!(moment.last_position().await, Ok(1));
    store
        .commit(seen(2).write(Write::insert(&stall(2))))
        .await
        .expect("committed");
    assert_eq!(moment.last_position().await, Ok(1));
    let stalls = moment.page::<Stall>(&Query::by_key(&STALL, 9)).await;
    assert_eq!(stalls, Ok(vec![stall(1)]), "as of then");
    assert!(matches!(moment.commit(seen(3)).await, Err(CommitError::Unavailable(_))));
    // Without its connection there is no such moment any more: no other is read in its place.
    lose_connections(&namespace).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(moment.last_position().await.is_err());
    assert!(moment.last_position().await.is_err());
    let older = Options {
        namespace: format!("{}_none", namespace.name),
        ..options
    };
    let empty = PostgresStore::open_moment(namespace.address, schema(1, &STALL, &[]), older).await;
    assert!(matches!(empty.err(), Some(OpenError::Empty)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_is_exhausted_waits_and_then_says_so() {
    let Some(namespace) = namespace().await else { return };
    let options = Options {
        namespace: namespace.name.clone(),
        connections: 1,
        patience: Duration::from_millis(300),
        ..Options::default()
    };
    let store = Arc::new(
        PostgresStore::open(namespace.address, schema(1, &STALL, &[]), options)
            .await
            .expect("it opens"),
    );
    let (client, connection) = tokio_postgres::connect(namespace.address, NoTls)
        .await
        .expect("an operator");
    tokio::spawn(connection);
    // An operator locks the table for a while: the first question waits for that, the second for the first.
    let lock = format!("BEGIN; LOCK TABLE {}.stall", namespace.name);
    client.batch_execute(&lock).await.expect("locked");
    let ask = || {
        let store = store.clone();
        tokio::spawn(async move { store.list(&Query::by_key(&STALL, 1)).await })
    };
    let (first, second) = (ask(), ask());
    tokio::time::sleep(Duration::from_millis(600)).await;
    client.batch_execute("COMMIT").await.expect("unlocked");
    let answers = [first.await.expect("ended"), second.await.expect("ended")];
    let busy = |answer: &Result<_, StoreError>| match answer {
        Err(StoreError::Unavailable(fault)) => fault.reason.contains("busy"),
        _ => false,
    };
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert!(answers.iter().any(busy), "{answers:?}");
    assert!(store.list(&Query::by_key(&STALL, 1)).await.is_ok(), "and goes on");
}

/// Ends every connection of the servers on a namespace, as a lost database does.
async fn lose_connections(namespace: &Namespace) -> i64 {
    let client = operator(namespace).await;
    let lose = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
    let ours = format!("quanyu/{}", namespace.name);
    client.query_one(lose, &[&ours]).await.expect("allowed").get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_are_made_again() {
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    let other = server(&namespace).await;
    store.commit(seen(1)).await.expect("committed");
    let lost = lose_connections(&namespace).await;
    assert!(lost >= 2, "{lost} connections were there to lose");
    let mut refused = 0;
    let receipt = loop {
        match store.commit(seen(2)).await {
            Ok(receipt) => break receipt,
            Err(CommitError::Unavailable(_)) if refused < 100 => refused += 1,
            Err(fault) => panic!("{fault}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(receipt.first_position, 2);
    let mut watch = other.watch();
    let heard = async { while *watch.borrow_and_update() < 2 && watch.changed().await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), heard)
        .await
        .expect("the other server listens again");
    let journal = async {
        loop {
            if let Ok(events) = store.journal(0, 9).await {
                return events.len();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), journal).await, Ok(2));
    assert_eq!(store.health().await.expect("it answers").trouble, None);
}

#[tokio::test]
async fn addresses_and_namespaces_are_checked() {
    let open = |address: &'static str, namespace: &str| {
        let options = Options {
            namespace: namespace.to_owned(),
            ..Options::default()
        };
        PostgresStore::open(address, schema(1, &STALL, &[]), options)
    };
    assert!(matches!(
        open("host=localhost", "public; DROP").await,
        Err(OpenError::Namespace(_))
    ));
    assert!(matches!(open("host=", "Quanyu").await, Err(OpenError::Namespace(_))));
    assert!(matches!(open("nonsense", "quanyu").await, Err(OpenError::Address(_))));
    let nobody = open("host=/no/such/directory user=nobody", "quanyu")
        .await
        .err()
        .expect("nobody is there");
    assert!(matches!(nobody, OpenError::Server(_)), "{nobody}");
}
