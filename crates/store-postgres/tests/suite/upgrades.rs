//! Databases of before, and what the tables of this one are.

use quanyu_store::schema::{Migration, Step};
use quanyu_store::tables::Cursor;
use quanyu_store::{ChangeSet, Json, Query, Records, Store, Value, Write};
use quanyu_store_postgres::PostgresStore;
use tokio_postgres::NoTls;

use crate::cluster::namespace;
use crate::servers::{STALL, Stall, open, operator, schema, seen, server, stall};

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
