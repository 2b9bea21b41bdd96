//! One server to a directory; older databases become newer ones; what the tables look like.

use std::path::Path;

use quanyu_store::schema::{Migration, Step};
use quanyu_store::tables::Cursor;
use quanyu_store::{ChangeSet, Query, Records, Schema, Store, StoreError, Table, Value, Write};
use quanyu_store_sqlite::{DATABASE_FILE, OpenError, Options, SqliteStore};
use rusqlite::Connection;

mod before {
    quanyu_store::table! {
        /// A stall.
        pub static STALL = "stall", Derived, key 2;
        /// A stall.
        pub struct Stall {
            /// District.
            district: i64,
            /// Number.
            id: i64,
            /// What the sign says.
            title: String,
            /// What nobody needs any more.
            colour: Option<String>,
        }
        index by_title(district, title) "finding one";
        index by_colour(colour) "a question that nobody asks any more";
    }

    quanyu_store::table! {
        /// Something given up later.
        pub static LEDGER = "ledger", Derived, key 1;
        /// A line.
        pub struct Line {
            /// Number.
            id: i64,
        }
    }
}

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
            note: Option<String>,
        }
        index by_title(district, sign) "finding one";
        index by_state(district, state) "stalls in a state";
    }
}

static STEPS: [Migration; 2] = [
    Migration {
        to: 2,
        what: "stalls have a state",
        steps: &[
            Step::RenameColumn {
                table: "stall",
                from: "title",
                to: "sign",
            },
            Step::DropTable { table: "ledger" },
        ],
    },
    Migration {
        to: 3,
        what: "stalls have a state, at first their sign, and a note, and no colour",
        steps: &[
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
                column: "note",
                fill: Value::Null,
            },
            Step::DropColumn {
                table: "stall",
                column: "colour",
            },
            Step::BeginCursor { name: "signs" },
        ],
    },
];

fn schema(version: i64, tables: impl IntoIterator<Item = &'static Table>, steps: &'static [Migration]) -> Schema {
    Schema::new(version, tables, steps).expect("sound")
}

async fn open(directory: &Path, schema: Schema) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(directory, schema, Options::default()).await
}

async fn first_version(directory: &Path) {
    let store = open(directory, schema(1, [&before::STALL, &before::LEDGER], &[]))
        .await
        .expect("a new database");
    let stall = before::Stall {
        district: 1,
        id: 7,
        title: "面".to_owned(),
        colour: Some("red".to_owned()),
    };
    let set = ChangeSet::new()
        .write(Write::insert(&stall))
        .write(Write::insert(&before::Line { id: 1 }));
    store.commit(set).await.expect("committed");
    store.close().await;
}

#[tokio::test]
async fn a_second_server_is_told_that_the_directory_is_in_use() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path(), schema(1, [], &[]))
        .await
        .expect("a new database");
    let second = open(directory.path(), schema(1, [], &[])).await.err().expect("refused");
    assert!(matches!(second, OpenError::InUse { .. }));
    let line = second.to_string();
    assert!(line.contains("another server") && !line.contains('\n'), "{line}");
    assert!(store.health().await.is_ok(), "the first one is not disturbed");
    store.close().await;
    assert!(
        open(directory.path(), schema(1, [], &[])).await.is_ok(),
        "free again once it is closed"
    );
}

#[tokio::test]
async fn an_older_database_is_copied_and_brought_up_to_date() {
    let directory = tempfile::tempdir().expect("a directory");
    first_version(directory.path()).await;
    let store = open(directory.path(), schema(3, [&after::STALL], &STEPS))
        .await
        .expect("a way leads here");
    let stalls = store
        .page::<after::Stall>(&Query::by_index(&after::STALL, "by_state", 9).equal(1))
        .await;
    let old = after::Stall {
        district: 1,
        id: 7,
        sign: "面".to_owned(),
        state: "面".to_owned(),
        note: None,
    };
    assert_eq!(stalls, Ok(vec![old]));
    let begun = store.record::<Cursor>(vec!["signs".into()]).await;
    assert_eq!(begun.map(|cursor| cursor.map(|cursor| cursor.position)), Ok(Some(0)));
    store.close().await;
    let copy = Connection::open(directory.path().join("before-v3.db")).expect("the copy from before");
    let title: String = copy
        .query_row("SELECT title FROM stall", [], |row| row.get(0))
        .expect("as it was");
    assert_eq!(title, "面");

    let older = open(directory.path(), schema(1, [&before::STALL, &before::LEDGER], &[]))
        .await
        .err()
        .expect("refused");
    assert!(older.to_string().contains("newer program"), "{older}");
    assert!(
        open(directory.path(), schema(3, [&after::STALL], &STEPS)).await.is_ok(),
        "the same program again"
    );
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_old_database_alone() {
    static WRONG: [Migration; 1] = [Migration {
        to: 2,
        what: "a mistake in its second step",
        steps: &[
            Step::DropTable { table: "ledger" },
            Step::RenameColumn {
                table: "stall",
                from: "name",
                to: "sign",
            },
        ],
    }];
    let directory = tempfile::tempdir().expect("a directory");
    first_version(directory.path()).await;
    let refused = open(directory.path(), schema(2, [&after::STALL], &WRONG))
        .await
        .err()
        .expect("no such column");
    assert!(refused.to_string().contains("name"), "{refused}");
    let store = open(directory.path(), schema(1, [&before::STALL, &before::LEDGER], &[]))
        .await
        .expect("as it was");
    let lines = store.list(&Query::by_key(&before::LEDGER, 9)).await;
    assert_eq!(lines.map(|lines| lines.len()), Ok(1));
    let red = store
        .list(&Query::by_index(&before::STALL, "by_colour", 9).equal("red"))
        .await;
    assert_eq!(red.map(|stalls| stalls.len()), Ok(1));
    store.close().await;
}

#[tokio::test]
async fn a_forgotten_migration_is_noticed() {
    let directory = tempfile::tempdir().expect("a directory");
    first_version(directory.path()).await;
    let forgotten = open(directory.path(), schema(1, [&after::STALL, &before::LEDGER], &[]))
        .await
        .err()
        .expect("noticed");
    let line = forgotten.to_string();
    assert!(
        line.contains("[colour, title]") && line.contains("[note, sign, state]"),
        "{line}"
    );
    let no_way = open(directory.path(), schema(2, [&after::STALL], &[]))
        .await
        .err()
        .expect("no migration leads there");
    assert!(no_way.to_string().contains("older release"), "{no_way}");
}

#[tokio::test]
async fn tables_and_indexes_follow_their_declaration_without_a_migration() {
    mod more {
        quanyu_store::table! {
            /// A stall.
            pub static STALL = "stall", Derived, key 2;
            /// A stall.
            pub struct Stall {
                /// District.
                district: i64,
                /// Number.
                id: i64,
                /// What the sign says.
                title: String,
                /// Its colour.
                colour: Option<String>,
            }
            index by_title(title) "finding one in all districts";
            index by_district_and_colour(district, colour) "a street of one colour";
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    first_version(directory.path()).await;
    let store = open(directory.path(), schema(1, [&more::STALL], &[]))
        .await
        .expect("only indexes differ");
    let found = store
        .page::<more::Stall>(&Query::by_index(&more::STALL, "by_title", 9).equal("面"))
        .await;
    assert_eq!(found.map(|stalls| stalls.len()), Ok(1));
    store.close().await;
    let database = Connection::open(directory.path().join(DATABASE_FILE)).expect("a database");
    let mut statement =
        database.prepare("SELECT name FROM sqlite_schema WHERE tbl_name = 'stall' AND type = 'index' ORDER BY 1");
    let names: Vec<String> = statement
        .as_mut()
        .expect("SQL")
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .expect("names");
    assert_eq!(names, ["stall__by_district_and_colour", "stall__by_title"]);
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join(DATABASE_FILE);
    Connection::open(&file)
        .and_then(|other| other.execute_batch("CREATE TABLE recipes (id INTEGER)"))
        .expect("made");
    let refused = open(directory.path(), schema(1, [], &[])).await.err().expect("refused");
    assert!(matches!(refused, OpenError::NotOurs), "{refused}");
    std::fs::write(&file, [b'x'; 20_000]).expect("written");
    let refused = open(directory.path(), schema(1, [], &[])).await.err().expect("refused");
    assert!(refused.to_string().contains("not a database"), "{refused}");
}

#[tokio::test]
async fn the_database_explains_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    first_version(directory.path()).await;
    assert!(
        !directory.path().join(format!("{DATABASE_FILE}-wal")).exists(),
        "closing empties the log"
    );
    let database = Connection::open(directory.path().join(DATABASE_FILE)).expect("a database");
    let sql = |name: &str| -> String {
        database
            .query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .expect("made")
    };
    let stall = sql("stall");
    assert!(
        stall.contains("STRICT, WITHOUT ROWID") && stall.contains("-- What the sign says."),
        "{stall}"
    );
    let journal = sql("journal");
    assert!(
        journal.contains("\"position\" INTEGER NOT NULL PRIMARY KEY, -- Dense position"),
        "{journal}"
    );
    let sparse = sql("stall__by_colour");
    assert!(sparse.ends_with("WHERE \"colour\" IS NOT NULL"), "{sparse}");
}

#[tokio::test]
async fn a_row_changed_by_other_means_is_reported() {
    mod flags {
        quanyu_store::table! {
            /// A flag.
            pub static FLAG = "flag", Kept, key 1;
            /// A flag.
            #[derive(Debug)]
            pub struct Flag {
                /// Number.
                id: i64,
                /// Up or down.
                up: bool,
            }
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path(), schema(1, [&flags::FLAG], &[]))
        .await
        .expect("a new database");
    store
        .commit(ChangeSet::new().write(Write::insert(&flags::Flag { id: 1, up: true })))
        .await
        .expect("committed");
    let database = Connection::open(directory.path().join(DATABASE_FILE)).expect("a database");
    database
        .execute_batch("UPDATE flag SET up = 2")
        .expect("changed behind its back");
    let damaged = store
        .record::<flags::Flag>(vec![1.into()])
        .await
        .expect_err("neither up nor down");
    assert!(
        matches!(damaged, StoreError::Damaged(_)) && damaged.to_string().contains("flag.up"),
        "{damaged}"
    );
    store.close().await;
}
