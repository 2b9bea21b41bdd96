//! Several servers on one database, and a server that is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use quanyu_store::schema::{Migration, Step};
use quanyu_store::tables::{Cursor, set_timer};
use quanyu_store::{
    ChangeSet, Claim, CommitError, Expect, Json, NewEvent, Query, Record, Records, Schema, Store, StoreError, Table,
    Value, Write,
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

async fn open(namespace: &Namespace, schema: Schema) -> Result<PostgresStore, OpenError> {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_database_is_brought_up_to_date() {
    mod after {
        quanyu_store::table! {
            /// A stall.
            pub static STALL = "stall", Derived, key 2;
            /// A stall.
            #[derive(Debug, PartialEq)]
            pub struct Stall {
                /// District.
                district: i64,
                /// Number.
                id: i64,
                /// The sign, under a better name.
                sign: String,
                /// New, and known of every stall.
                state: String,
                /// New, and not known of the old ones.
                due: Option<jiff::Timestamp>,
            }
            index by_title(district, sign) "finding one";
            index by_state(district, state) "stalls in a state";
        }
    }
    static STEPS: [Migration; 1] = [Migration {
        to: 2,
        what: "stalls have a state, at first their sign, and no colour",
        steps: &[
            Step::RenameColumn {
                table: "stall",
                from: "title",
                to: "sign",
            },
            Step::AddColumn {
                table: "stall",
                column: "state",
                fill: Value::Text(String::new()),
            },
            Step::CopyColumn {
                table: "stall",
                from: "sign",
                to: "state",
            },
            Step::AddColumn {
                table: "stall",
                column: "due",
                fill: Value::Null,
            },
            Step::DropColumn {
                table: "stall",
                column: "colour",
            },
            Step::BeginCursor { name: "signs" },
        ],
    }];
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    store
        .commit(ChangeSet::new().write(Write::insert(&stall(7))))
        .await
        .expect("committed");
    store.close().await;
    let forgotten = open(&namespace, schema(1, &after::STALL, &[]))
        .await
        .err()
        .expect("noticed");
    assert!(forgotten.to_string().contains("[colour, title]"), "{forgotten}");
    let store = open(&namespace, schema(2, &after::STALL, &STEPS))
        .await
        .expect("a way leads here");
    let stalls = store
        .page::<after::Stall>(&Query::by_index(&after::STALL, "by_state", 9).equal(1))
        .await;
    let old = after::Stall {
        district: 1,
        id: 7,
        sign: "stall 7".to_owned(),
        state: "stall 7".to_owned(),
        due: None,
    };
    assert_eq!(stalls, Ok(vec![old]));
    let begun = store.record::<Cursor>(vec!["signs".into()]).await;
    assert_eq!(begun.map(|cursor| cursor.map(|cursor| cursor.position)), Ok(Some(0)));
    store.close().await;
    let older = open(&namespace, schema(1, &STALL, &[])).await.err().expect("refused");
    assert!(older.to_string().contains("newer program"), "{older}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_was_kept_as_text_is_the_same_bytes_afterwards() {
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    // What `jsonb` would write anew: order, doubles, numbers. And what it refuses.
    let odd = [
        r#"{"b": 1.50 ,"a":[1e2,-0.0],  "b":"\u4e2d中"}"#,
        r#"{"a":"\u0000\ud83d"}"#,
    ];
    for (nth, body) in (1..).zip(odd) {
        let mut event = seen(nth);
        event.events[0].body = Json::from_stored(body.to_owned());
        store.commit(event).await.expect("committed");
    }
    let bodies = async |store: &PostgresStore| {
        let events = store.journal(0, 9).await.expect("readable");
        let bodies = events.iter().map(|event| event.body.as_str().to_owned());
        bodies.collect::<Vec<_>>()
    };
    assert_eq!(bodies(&store).await, odd);
    store.close().await;

    let client = operator(&namespace).await;
    let kind = format!(
        "SELECT pg_typeof(body)::text, body->>'a' FROM {}.journal WHERE position = 1",
        namespace.name
    );
    let before = format!(
        "ALTER TABLE {}.journal ALTER body TYPE text COLLATE \"C\"",
        namespace.name
    );
    client
        .batch_execute(&before)
        .await
        .expect("as an earlier program made it");
    let store = server(&namespace).await;
    assert_eq!(bodies(&store).await, odd);
    let row = client.query_one(&kind, &[]).await.expect("told");
    let (kind, looked_inside): (String, String) = (row.get(0), row.get(1));
    assert_eq!((kind.as_str(), looked_inside.as_str()), ("json", "[1e2,-0.0]"));

    // While another server works on it, nothing is rewritten under its hands.
    let before = format!("ALTER TABLE {}.journal ALTER body TYPE text", namespace.name);
    client.batch_execute(&before).await.expect("as before");
    let refused = open(&namespace, schema(1, &STALL, &[])).await.err().expect("refused");
    assert!(refused.to_string().contains("stop them first"), "{refused}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_explains_itself() {
    let Some(namespace) = namespace().await else { return };
    server(&namespace).await.close().await;
    let client = operator(&namespace).await;
    let table = format!("{}.stall", namespace.name);
    let described = async || {
        let of_stall = "SELECT obj_description($1::text::regclass), col_description($1::text::regclass, 3)";
        let row = client.query_one(of_stall, &[&table]).await.expect("described");
        let (stall, title): (Option<String>, Option<String>) = (row.get(0), row.get(1));
        assert_eq!(
            (stall.as_deref(), title.as_deref()),
            (Some("A stall, the owner's own."), Some("What the owner's sign says."))
        );
        // Every table, column and index, the engine's own among them; a key is its columns.
        let silent = "SELECT relation.relname || coalesce('.' || attribute.attname, '') FROM pg_class relation
            JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace
            CROSS JOIN generate_series(0, 99) AS nth
            LEFT JOIN pg_attribute attribute ON attribute.attrelid = relation.oid AND attribute.attnum = nth AND nth > 0
              AND NOT attribute.attisdropped
            LEFT JOIN pg_description said ON said.objoid = relation.oid AND said.classoid = 'pg_class'::regclass
              AND said.objsubid = nth
            WHERE namespace.nspname = $1 AND said.description IS NULL
              AND (nth = 0 OR (relation.relkind = 'r' AND attribute.attname IS NOT NULL))
              AND relation.relkind IN ('r', 'i') AND relation.relname NOT LIKE '%\\_pkey'";
        let silent = client.query(silent, &[&namespace.name]).await.expect("told");
        let silent: Vec<String> = silent.iter().map(|row| row.get(0)).collect();
        assert_eq!(silent, Vec::<String>::new());
    };
    described().await;
    // A database of a program that did not say so, or said something else, is told at the next start.
    let before = format!(
        "COMMENT ON TABLE {0}._head IS NULL; COMMENT ON COLUMN {0}._version.version IS NULL;
         COMMENT ON TABLE {0}.stall IS 'A hut.'; COMMENT ON COLUMN {0}.stall.title IS NULL",
        namespace.name
    );
    client
        .batch_execute(&before)
        .await
        .expect("as an earlier program made it");
    server(&namespace).await.close().await;
    described().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_values_are_packed_the_faster_way() {
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    let long = Stall {
        title: "路面塌陷约两米见方".repeat(18),
        colour: Some("夜间无照明，来往车辆绕行。".repeat(12)),
        ..stall(1)
    };
    let mut event = seen(1);
    event.events[0].body = Json::of(&serde_json::json!({"text": long.title.repeat(20)})).expect("JSON");
    store
        .commit(event.write(Write::insert(&long)))
        .await
        .expect("committed");
    let (client, connection) = tokio_postgres::connect(namespace.address, NoTls)
        .await
        .expect("an operator");
    tokio::spawn(connection);
    let offered = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'";
    let packed = format!("SELECT pg_column_compression(body) FROM {}.journal", namespace.name);
    let offered = client.query_opt(offered, &[]).await.expect("known");
    if offered.is_some_and(|row| row.get(0)) {
        let packed = client.query_one(&packed, &[]).await.expect("one event");
        assert_eq!(packed.get::<_, Option<String>>(0).as_deref(), Some("lz4"));
    }
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
