//! What administrators set for a user or a database, and what stands in a transaction's way for a moment.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use quanyu_store::{CommitError, Expect, Store, Write};
use quanyu_store_postgres::{OpenError, Options, PostgresStore};

use crate::cluster::{Database, database};
use crate::servers::{STALL, Stall, committed, schema, seen, stall};
use crate::told::Told;
use quanyu_store::{ChangeSet, Records};

async fn open(database: &Database) -> Result<PostgresStore, OpenError> {
    PostgresStore::open(&database.address, schema(1, &STALL, &[]), Options::default()).await
}

/// Sets something for everybody in a database.
async fn set(database: &Database, setting: &str) {
    let all = format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END $$");
    database.run(&all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_work_alike_whatever_isolation_the_database_is_set_to() {
    for level in ["repeatable read", "serializable"] {
        let Some(database) = database("").await else { return };
        set(&database, &format!("default_transaction_isolation = ''{level}''")).await;
        let servers = tokio::join!(open(&database), open(&database), open(&database));
        let servers = [servers.0, servers.1, servers.2].map(|opened| Arc::new(opened.expect("it opens")));
        let mut tasks = Vec::new();
        for task in 0..6_i64 {
            let store = servers[usize::try_from(task % 3).expect("small")].clone();
            tasks.push(tokio::spawn(async move {
                for nth in 0..30 {
                    let set = seen(nth).write(Write::insert(&stall(task * 100 + nth)));
                    store.commit(set).await.expect("committed");
                }
            }));
        }
        for task in tasks {
            task.await.expect("the task ends");
        }
        assert_eq!(servers[0].health().await.expect("it answers").last_position, 180);
    }
}

/// Refuses so many insertions, and then no more.
fn refusing(times: u32, code: &str) -> String {
    format!(
        "DROP SEQUENCE IF EXISTS public.tries; CREATE SEQUENCE public.tries;
         CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('public.tries') <= {times} THEN
             RAISE EXCEPTION 'somebody stands in the way' USING ERRCODE = '{code}';
           END IF;
           RETURN NEW;
         END $$;
         CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON quanyu.stall FOR EACH STATEMENT EXECUTE FUNCTION public.refuse()"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_the_way_for_a_moment_is_waited_for() {
    let Some(database) = database("").await else { return };
    let store = open(&database).await.expect("it opens");
    for (id, code) in [(1, "40001"), (2, "40P01"), (3, "55P03")] {
        database.run(&refusing(3, code)).await;
        let receipt = store.commit(seen(id).write(Write::insert(&stall(id)))).await;
        assert_eq!(receipt.expect(code).first_position, id, "as if nothing had been");
    }
    // Not for ever; and what is in nobody's power to pass is not tried again.
    database.run(&refusing(1_000, "40001")).await;
    let refused = store.commit(seen(4).write(Write::insert(&stall(4)))).await;
    assert!(matches!(refused, Err(CommitError::Unavailable(_))), "{refused:?}");
    let tries = database.ask("SELECT last_value FROM public.tries").await;
    assert!(
        (3..20).contains(&tries[0].parse::<u32>().expect("a number")),
        "{tries:?}"
    );
    database.run(&refusing(1, "XX000")).await;
    let refused = store.commit(seen(4).write(Write::insert(&stall(4)))).await;
    assert!(matches!(refused, Err(CommitError::Unavailable(_))), "{refused:?}");
    committed(&store, 4).await;

    // A user whose statements wait for no lock for long.
    set(&database, "lock_timeout = ''50ms''").await;
    let store = open(&database).await.expect("it opens");
    let holder = tokio_postgres::connect(&database.address, tokio_postgres::NoTls).await;
    let (holder, connection) = holder.expect("an operator");
    tokio::spawn(connection);
    let lock = "BEGIN; SELECT position FROM quanyu._head FOR UPDATE";
    holder.batch_execute(lock).await.expect("locked");
    let let_go = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        holder.batch_execute("COMMIT").await.expect("let go");
    };
    let (receipt, ()) = tokio::join!(store.commit(seen(5)), let_go);
    assert_eq!(receipt.expect("committed").first_position, 5);
}

#[tokio::test]
async fn a_start_waits_for_what_stands_in_its_way() {
    let Some(database) = database("").await else { return };
    database
        .run(
            "CREATE SEQUENCE public.tries;
             CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
               IF nextval('public.tries') <= 2 THEN
                 RAISE EXCEPTION 'somebody stands in the way' USING ERRCODE = '40001';
               END IF;
             END $$;
             CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION public.refuse()",
        )
        .await;
    let opened = open(&database).await;
    database.run("DROP EVENT TRIGGER refuse").await;
    opened.expect("it opens").close().await;
}

/// What the connection that commits has been set to: the one that last told others of a commit.
const OF_COMMITS: &str = "SELECT what FROM public.settings ORDER BY at DESC LIMIT 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_on_disk_whatever_the_user_is_set_to() {
    let Some(database) = database("").await else { return };
    database
        .run(
            "CREATE TABLE public.settings (at timestamptz DEFAULT clock_timestamp(), what text);
             CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               INSERT INTO public.settings (what) VALUES (current_setting('synchronous_commit'));
               RETURN NEW;
             END $$",
        )
        .await;
    for (of_database, in_session) in [
        ("off", "on"),
        ("local", "on"),
        ("remote_write", "on"),
        ("on", "on"),
        ("remote_apply", "remote_apply"),
    ] {
        set(&database, &format!("synchronous_commit = ''{of_database}''")).await;
        let store = open(&database).await.expect("it opens");
        database
            .run("CREATE OR REPLACE TRIGGER note AFTER UPDATE ON quanyu._head FOR EACH ROW EXECUTE FUNCTION public.note()")
            .await;
        store.commit(seen(1)).await.expect("committed");
        assert_eq!(database.ask(OF_COMMITS).await, [in_session], "{of_database}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_acknowledged_is_warned_of() {
    // Every cluster of the tests has `fsync` off; one that was lent has not.
    let Some(database) = database("").await else { return };
    let off = database.ask("SELECT current_setting('fsync')").await == ["off"];
    let told = Told::listen();
    open(&database).await.expect("it opens").close().await;
    if off {
        let warning = told.warning("fsync");
        assert!(
            warning.contains("fsync") && !warning.contains("full_page_writes"),
            "{warning}"
        );
    } else {
        assert_eq!(told.warnings(""), Vec::<String>::new());
    }
}

/// A server that stands still as if the machine had forgotten it: its thread sleeps, and nothing that came over its
/// connections is read.
fn standing_still(address: String, before: impl AsyncFnOnce(&Arc<PostgresStore>) + Send + 'static) -> mpsc::Sender<()> {
    let (go_on, wait) = mpsc::channel();
    let (ready, is_ready) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let store = PostgresStore::open(&address, schema(1, &STALL, &[]), Options::default()).await;
            let store = Arc::new(store.expect("it opens"));
            before(&store).await;
            ready.send(()).expect("the test waits");
            let _ = wait.recv();
        });
    });
    is_ready.recv().expect("it is ready");
    go_on
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_in_a_transaction_is_not_waited_for_long() {
    let Some(database) = database("").await else { return };
    let other = open(&database).await.expect("it opens");
    other
        .commit(seen(1).write(Write::insert(&stall(1))))
        .await
        .expect("committed");
    let lock = tokio_postgres::connect(&database.address, tokio_postgres::NoTls).await;
    let (lock, connection) = lock.expect("an operator");
    tokio::spawn(connection);
    // It has locked the head and asked for a row that it must wait for.
    lock.batch_execute("BEGIN; LOCK TABLE quanyu.stall")
        .await
        .expect("locked");
    let go_on = standing_still(database.address.clone(), async |store: &Arc<PostgresStore>| {
        let store = store.clone();
        tokio::spawn(async move {
            let changed = Stall {
                colour: None,
                ..stall(1)
            };
            store
                .commit(ChangeSet::new().write(Write::put(
                    &changed,
                    Expect::Same(quanyu_store::Record::to_row(&stall(1))),
                )))
                .await
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
    });
    lock.batch_execute("COMMIT").await.expect("unlocked");
    let begun = Instant::now();
    other.commit(seen(2)).await.expect("committed");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let found = other.record::<Stall>(vec![1.into(), 1.into()]).await;
    assert_eq!(found, Ok(Some(stall(1))), "nothing of it was committed");
    drop(go_on);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_loses_what_it_leads() {
    let Some(database) = database("").await else { return };
    if database
        .ask("SELECT name FROM pg_settings WHERE name = 'idle_session_timeout'")
        .await
        .is_empty()
    {
        return;
    }
    let other = open(&database).await.expect("it opens");
    assert_eq!(other.leads("outbox").await, Ok(true));
    let go_on = standing_still(database.address.clone(), async |store: &Arc<PostgresStore>| {
        assert_eq!(store.leads("tallies").await, Ok(true));
    });
    assert_eq!(other.leads("tallies").await, Ok(false));
    let taken_over = async {
        while other.leads("tallies").await != Ok(true) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let taken_over = tokio::time::timeout(Duration::from_secs(15), taken_over).await;
    taken_over.expect("the lead does not stay with a server that does nothing");
    // Whoever works but has nothing to commit keeps what it has.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let ours = database.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = hashtext('lead/outbox')::bit(32)::bigint").await;
    assert_eq!(ours, ["1"]);
    drop(go_on);
}
