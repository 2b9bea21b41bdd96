//! What is said to the server for a question, and how it goes about it.

use quanyu_store::{ChangeSet, Query, Store, Write};
use quanyu_store_postgres::{Options, PostgresStore};
use tokio_postgres::NoTls;

use crate::cluster::database;
use crate::servers::{STALL, Stall, schema, stall};

/// A stall of one of ten colours.
fn painted(id: i64) -> Stall {
    Stall {
        colour: Some(format!("colour {}", id % 10)),
        ..stall(id)
    }
}

/// Pages differ in their length. Were that part of the text, a server would keep a statement for each length.
#[tokio::test]
async fn one_statement_serves_pages_of_every_length_along_the_same_index() {
    let Some(database) = database("").await else { return };
    let options = Options {
        connections: 1,
        ..Options::default()
    };
    let store = PostgresStore::open(&database.address, schema(1, &STALL, &[]), options);
    let store = store.await.expect("it opens");
    let all = (0..3_000).fold(ChangeSet::new(), |set, id| set.write(Write::insert(&painted(id))));
    store.commit(all).await.expect("committed");
    database.run("ANALYZE quanyu.stall").await;
    let (client, connection) = tokio_postgres::connect(&database.address, NoTls)
        .await
        .expect("an operator");
    tokio::spawn(connection);
    // As every connection of a server is set.
    client
        .batch_execute(
            "SET search_path = quanyu; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
             SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off;
             SET enable_incremental_sort = off; SET jit = off",
        )
        .await
        .expect("set");
    let by_key = || Query::by_key(&STALL, 1);
    let by_index = |index| Query::by_index(&STALL, index, 1);
    for (question, index) in [
        (by_key(), "stall_pkey"),
        (by_key().equal(1), "stall_pkey"),
        (by_key().equal(1).descending(), "Scan Backward using stall_pkey"),
        (by_index("by_title").equal(1), "stall__by_title"),
        (by_index("by_colour").equal("colour 7"), "stall__by_colour"),
    ] {
        for goes_on in [false, true] {
            let mut said = Vec::new();
            for limit in [1, 9, 100] {
                let mut question = Query {
                    limit,
                    ..question.clone()
                };
                if goes_on {
                    question = question.after_record(&painted(1_507));
                }
                assert_eq!(store.list(&question).await.expect("an answer").len(), limit);
                let last = "SELECT query FROM pg_stat_activity WHERE application_name = 'quanyu/quanyu'
                            AND query LIKE 'SELECT %LIMIT%' ORDER BY state_change DESC LIMIT 1";
                said.push(client.query_one(last, &[]).await.expect("asked").get::<_, String>(0));
            }
            assert!(said.iter().all(|text| *text == said[0]), "{said:?}");
            let count = (1..).find(|nth| !said[0].contains(&format!("${nth}"))).expect("an end") - 1;
            let nulls = vec!["NULL"; count].join(", ");
            client
                .batch_execute(&format!("PREPARE page AS {}", said[0]))
                .await
                .expect("prepared");
            let plan = client
                .query(&format!("EXPLAIN EXECUTE page({nulls})"), &[])
                .await
                .expect("a plan");
            let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
            let plan = plan.join("\n");
            // From a place on, the key itself may be the shorter way to the same order.
            let along = plan.contains("Index Scan") && !plan.contains("Sort") && (goes_on || plan.contains(index));
            assert!(along, "{}: {plan}", said[0]);
            client.batch_execute("DEALLOCATE page").await.expect("done");
        }
    }
    store.close().await;
}
