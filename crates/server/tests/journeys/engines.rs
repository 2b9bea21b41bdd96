//! Every statement that is ever said about the program's tables, on both engines, with the same answers.

use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use quanyu_app::tables::schema;
use quanyu_store::tables::JOURNAL;
use quanyu_store::{ChangeSet, Expect, Json, Kind, NewEvent, Query, Row, Store, Table, Value, Write};
use quanyu_store_postgres::PostgresStore;
use quanyu_store_sqlite::SqliteStore;

use crate::cluster::database;

/// The nth value of a kind; a column that may be null is so in every third row.
fn value(table: &Table, column: usize, nth: i64) -> Value {
    let declared = &table.columns[column];
    if declared.nullable && nth % 3 == 0 {
        return Value::Null;
    }
    if Some(column) == table.version_at() {
        return Value::Int(1);
    }
    match declared.kind {
        Kind::Int => Value::Int(nth),
        Kind::Text => format!("{nth} 号").into(),
        Kind::Bytes => vec![u8::try_from(nth).expect("few"), 0, 255].into(),
        Kind::Time => Timestamp::from_microsecond(1_700_000_000_000_001 + nth)
            .expect("near")
            .into(),
        Kind::Json => Json::of(&serde_json::json!({"编号": nth})).expect("JSON").into(),
        Kind::Bool => (nth % 2 == 0).into(),
    }
}

fn row(table: &Table, nth: i64) -> Row {
    Row((0..table.columns.len())
        .map(|column| value(table, column, nth))
        .collect())
}

/// Every form of question about a table along one of its orders.
fn questions(table: &'static Table, index: Option<&'static str>) -> Vec<Query> {
    let all = || match index {
        Some(index) => Query::by_index(table, index, 5),
        None => Query::by_key(table, 5),
    };
    let order = table.order_of(index).expect("declared");
    let of = |nth: i64| {
        order
            .iter()
            .map(|column| value(table, *column, nth))
            .collect::<Vec<_>>()
    };
    let mut questions = Vec::new();
    for known in 0..=order.len() {
        let equal = || {
            of(2)[..known]
                .iter()
                .fold(all(), |query, value| query.equal(value.clone()))
        };
        questions.push(equal());
        questions.push(equal().after(of(2)));
        if let Some(next) = order.get(known) {
            let bound = value(table, *next, 1);
            questions.push(equal().between(Bound::Included(bound.clone()), Bound::Unbounded));
            questions.push(equal().between(Bound::Excluded(bound.clone()), Bound::Included(value(table, *next, 4))));
            questions.push(equal().between(Bound::Unbounded, Bound::Excluded(bound)).after(of(2)));
        }
    }
    let backwards: Vec<Query> = questions.iter().cloned().map(Query::descending).collect();
    questions.extend(backwards);
    questions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_is_understood_and_answered_alike() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let embedded = SqliteStore::open(folder.path(), schema(), quanyu_store_sqlite::Options::default());
    let server = PostgresStore::open(&database.address, schema(), quanyu_store_postgres::Options::default());
    let stores: [Arc<dyn Store>; 2] = [
        Arc::new(embedded.await.expect("it opens")),
        Arc::new(server.await.expect("it opens")),
    ];
    let known = schema();
    let put = |table: &'static Table, nth: i64, expect: Expect| Write::Put {
        table,
        row: row(table, nth),
        expect,
    };
    let commit = async |set: ChangeSet, table: &Table| {
        for store in &stores {
            let done = store.commit(set.clone()).await;
            done.unwrap_or_else(|fault| panic!("{}: {fault}", table.name));
        }
    };
    for table in known.tables() {
        for nth in 1..=4 {
            let set = if **table == JOURNAL {
                let Value::Json(body) = value(table, table.columns.len() - 1, nth) else {
                    panic!("the journal ends with its body")
                };
                ChangeSet::new().event(NewEvent {
                    district: nth,
                    noun: format!("{nth} 号"),
                    id: nth,
                    kind: "seen".to_owned(),
                    actor: "program".to_owned(),
                    at: Timestamp::from_second(nth).expect("early"),
                    reason: None,
                    body,
                })
            } else {
                ChangeSet::new().write(put(table, nth, Expect::Absent))
            };
            commit(set, table).await;
        }
    }
    // Backwards, for rows name others of the tables before theirs.
    for table in known.tables().iter().rev().filter(|table| ***table != JOURNAL) {
        let delete = Write::Delete {
            table,
            key: row(table, 4).key(table),
            expect: Expect::Any,
        };
        let set = ChangeSet::new().write(put(table, 3, Expect::Any)).write(delete);
        commit(set, table).await;
    }
    let mut asked = 0;
    for table in known.tables() {
        let keys: Vec<Vec<Value>> = (1..=4).map(|nth| row(table, nth).key(table)).collect();
        let found = [
            stores[0].get_many(table, keys.clone()).await.expect("answered"),
            stores[1].get_many(table, keys).await.expect("answered"),
        ];
        assert_eq!(found[0], found[1], "{}", table.name);
        let indexes = table.indexes.iter().map(|index| Some(index.name));
        for index in indexes.chain([None]) {
            for question in questions(table, index) {
                // A question about nulls is malformed, and is told so before any engine sees it.
                let answers = [stores[0].list(&question).await, stores[1].list(&question).await];
                assert_eq!(answers[0], answers[1], "{question:?}");
                asked += usize::from(answers[0].is_ok());
            }
        }
    }
    assert!(asked > 1_000, "{asked} questions");
}
