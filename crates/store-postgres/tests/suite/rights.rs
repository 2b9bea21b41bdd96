//! What is told to an administrator whose database is not as it must be, before anything is changed in it.

use std::time::Duration;

use quanyu_store::schema::{Migration, Step};
use quanyu_store::{Records, Store, Value, Write};
use quanyu_store_postgres::{Options, PostgresStore};
use tokio_postgres::NoTls;

use crate::cluster::{Database, database};
use crate::servers::{STALL, Stall, schema, seen, stall};
use crate::told::Told;

mod later {
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
            /// What the owner's sign says.
            title: String,
            /// Its colour.
            colour: Option<String>,
            /// Its state.
            state: String,
        }
        index by_title(district, title) "finding one";
        index by_colour(colour) "a question that nobody asks any more";
    }
}

static STEPS: [Migration; 1] = [Migration {
    to: 2,
    what: "stalls have a state",
    steps: &[Step::AddColumn {
        table: "stall",
        column: "state",
        fill: Value::Text(String::new()),
    }],
}];

async fn opened(address: &str) -> PostgresStore {
    PostgresStore::open(address, schema(1, &STALL, &[]), Options::default())
        .await
        .unwrap_or_else(|fault| panic!("{fault}"))
}

/// Why a database is not opened, in one line.
async fn refused(address: &str) -> String {
    let refused = PostgresStore::open(address, schema(1, &STALL, &[]), Options::default()).await;
    one_line(refused)
}

/// The same of a newer program.
async fn not_upgraded(address: &str) -> String {
    one_line(PostgresStore::open(address, schema(2, &later::STALL, &STEPS), Options::default()).await)
}

async fn upgraded(address: &str) -> PostgresStore {
    PostgresStore::open(address, schema(2, &later::STALL, &STEPS), Options::default())
        .await
        .unwrap_or_else(|fault| panic!("{fault}"))
}

fn one_line(refused: Result<PostgresStore, quanyu_store_postgres::OpenError>) -> String {
    let told = refused.err().expect("it is refused").to_string();
    assert!(!told.contains('\n'), "{told}");
    told
}

/// A database, with a user who may do nothing in it, and that user's address; `None` where users are not ours to make.
async fn restricted(user: &str) -> Option<(Database, String)> {
    let database = database("").await?;
    let address = database.address_of(user)?;
    database.run(&format!("CREATE ROLE {user} LOGIN")).await;
    Some((database, address))
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_with_what_gives_it() {
    let Some((database, clerk)) = restricted("clerk").await else {
        return;
    };
    let name = &database.ask("SELECT current_database()").await[0];
    let install = refused(&clerk).await;
    for word in [
        "clerk",
        "CREATE SCHEMA quanyu AUTHORIZATION clerk",
        &format!("GRANT CREATE ON DATABASE {name} TO clerk"),
    ] {
        assert!(install.contains(word), "{install}");
    }
    // Somebody else's schema, which the user may not even look into.
    database.run("CREATE SCHEMA quanyu").await;
    let others = refused(&clerk).await;
    assert!(others.contains("ALTER SCHEMA quanyu OWNER TO clerk"), "{others}");
    database
        .run("DROP SCHEMA quanyu; CREATE SCHEMA quanyu AUTHORIZATION clerk")
        .await;

    // That suffices until a newer program comes, which copies everything first.
    let store = opened(&clerk).await;
    store
        .commit(seen(1).write(Write::insert(&stall(1))))
        .await
        .expect("committed");
    store.close().await;
    let upgrade = not_upgraded(&clerk).await;
    assert!(
        upgrade.contains("quanyu_before_v2") && upgrade.contains(&format!("GRANT CREATE ON DATABASE {name} TO clerk")),
        "{upgrade}"
    );
    let store = opened(&clerk).await;
    assert_eq!(
        store.record::<Stall>(vec![1.into(), 1.into()]).await,
        Ok(Some(stall(1))),
        "as it was"
    );
    store.close().await;
    database
        .run(&format!(
            "GRANT CREATE ON DATABASE {name} TO clerk; CREATE SCHEMA quanyu_before_v2"
        ))
        .await;
    let left_over = not_upgraded(&clerk).await;
    assert!(
        left_over.contains("ALTER SCHEMA quanyu_before_v2 RENAME TO"),
        "{left_over}"
    );
    assert!(!left_over.contains("GRANT"), "{left_over}");
    database.run("DROP SCHEMA quanyu_before_v2").await;
    upgraded(&clerk).await.close().await;
    assert_eq!(database.ask("SELECT count(*) FROM quanyu_before_v2.stall").await, ["1"]);
}

#[tokio::test]
async fn tables_of_somebody_else_are_told_of_before_they_are_copied() {
    let Some((database, clerk)) = restricted("clerk_of_others").await else {
        return;
    };
    opened(&database.address).await.close().await;
    database
        .run(
            "GRANT USAGE, CREATE ON SCHEMA quanyu TO clerk_of_others;
             GRANT ALL ON ALL TABLES IN SCHEMA quanyu TO clerk_of_others;
             DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO clerk_of_others', current_database()); END $$",
        )
        .await;
    let told = not_upgraded(&clerk).await;
    assert!(
        told.contains("must be owner") && told.contains("ALTER TABLE quanyu._head OWNER TO clerk_of_others"),
        "{told}"
    );
}

#[tokio::test]
async fn a_database_that_was_damaged_by_hand_is_left_alone() {
    let Some(database) = database("").await else { return };
    for (damage, table) in [
        ("DELETE FROM quanyu._version", "_version"),
        ("INSERT INTO quanyu._version VALUES (1)", "_version"),
        ("DELETE FROM quanyu._head", "_head"),
        ("INSERT INTO quanyu._head VALUES (7)", "_head"),
        ("DROP TABLE quanyu._head", "_head"),
    ] {
        opened(&database.address).await.close().await;
        database.run(damage).await;
        let told = refused(&database.address).await;
        assert!(
            told.contains(&format!("quanyu.{table}")) && told.contains("restore"),
            "{damage}: {told}"
        );
        let moment = PostgresStore::open_moment(&database.address, schema(1, &STALL, &[]), Options::default()).await;
        let told = one_line(moment);
        assert!(told.contains(&format!("quanyu.{table}")), "{damage}: {told}");
        database.run("DROP SCHEMA quanyu CASCADE").await;
    }
}

#[tokio::test]
async fn what_is_told_fits_what_is_wrong() {
    let Some(database) = database("").await else { return };
    opened(&database.address).await.close().await;
    database
        .run("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'right';
              DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$")
        .await;
    let told = refused(&database.address).await;
    assert!(
        told.contains("default_transaction_read_only") && told.contains("standby"),
        "{told}"
    );
    let told = refused("postgres://clerk@127.0.0.1:1/city?sslmod=disable").await;
    assert!(told.contains("sslmod"), "{told}");
    // Each is in the language of whoever runs it.
    assert!(told.starts_with("数据库地址"), "{told}");
    if let Some(guarded) = database.address_of("guarded") {
        let told = refused(&guarded).await;
        assert!(
            told.contains("password missing") && !told.contains("host and port"),
            "{told}"
        );
        assert!(told.contains("user and password"), "{told}");
    }
    let told = refused("postgres://clerk@127.0.0.1:1/city").await;
    assert!(told.contains("host and port"), "{told}");
}

#[tokio::test]
async fn an_upgrade_waits_for_a_report_before_it_begins_and_says_so() {
    let Some(database) = database("").await else { return };
    opened(&database.address).await.close().await;
    let (report, connection) = tokio_postgres::connect(&database.address, NoTls)
        .await
        .expect("a report");
    tokio::spawn(connection);
    report
        .batch_execute("BEGIN; SELECT count(*) FROM quanyu.stall")
        .await
        .expect("read");
    let told = Told::listen();
    let done = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(
            database.ask("SELECT to_regnamespace('quanyu_before_v2') IS NULL").await,
            ["t"]
        );
        report.batch_execute("COMMIT").await.expect("read");
    };
    let (store, ()) = tokio::join!(upgraded(&database.address), done);
    store.close().await;
    let warning = told.warning("waiting");
    assert!(warning.contains("pg_stat_activity"), "{warning}");
    assert_eq!(told.all().matches("copying the database").count(), 1, "{}", told.all());
}
