//! What servers wait for of one another: the head of the journal, and for how long.

use std::time::Duration;

use quanyu_store::{Claim, CommitError, Json, Records, Store, Write};
use tokio_postgres::Client;

use crate::cluster::{Namespace, namespace};
use crate::servers::{Stall, operator, seen, server, stall};

/// Waits until so many commits wait for a lock.
async fn until_waiting(operator: &Client, namespace: &Namespace, commits: i64) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = $1";
    for _ in 0..500 {
        let found = operator.query_one(sql, &[&format!("quanyu/{}", namespace.name)]).await;
        if found.expect("an answer").get::<_, i64>(0) == commits {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{commits} commits should wait");
}

async fn lock(operator: &Client, namespace: &Namespace) {
    let lock = format!("BEGIN; SELECT position FROM {}._head FOR UPDATE", namespace.name);
    operator.batch_execute(&lock).await.expect("locked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_rows_are_written_before_it_is_their_turn() {
    let Some(namespace) = namespace().await else { return };
    let (store, holder) = (server(&namespace).await, operator(&namespace).await);
    lock(&holder, &namespace).await;
    let committing = {
        let store = store.clone();
        tokio::spawn(async move { store.commit(seen(1).write(Write::insert(&stall(1)))).await })
    };
    let other = operator(&namespace).await;
    until_waiting(&other, &namespace, 1).await;
    // Whoever would write the same row now waits for it.
    let same = format!(
        "SET lock_timeout = '50ms'; INSERT INTO {}.stall (district, id, title) VALUES (1, 1, 'the same')",
        namespace.name
    );
    let waited = other.batch_execute(&same).await.expect_err("it is written");
    assert_eq!(waited.code().map(|code| code.code()), Some("55P03"), "{waited}");
    assert_eq!(
        store.record::<Stall>(vec![1.into(), 1.into()]).await,
        Ok(None),
        "not committed yet"
    );
    holder.batch_execute("COMMIT").await.expect("let go");
    let receipt = committing.await.expect("the task ends").expect("committed");
    assert_eq!((receipt.first_position, receipt.last_position), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_write_the_same_new_row_in_each_others_turn_both_come_to_an_end() {
    let Some(namespace) = namespace().await else { return };
    let servers = [server(&namespace).await, server(&namespace).await];
    let (holder, other) = (operator(&namespace).await, operator(&namespace).await);
    lock(&holder, &namespace).await;
    let commit = |server: usize, set| {
        let store = servers[server].clone();
        tokio::spawn(async move { store.commit(set).await })
    };
    // The first must look at something and therefore waits for its turn; the second writes and then waits behind it.
    let claim = Claim {
        space: "command".to_owned(),
        key: "1".to_owned(),
        holds: Json::empty(),
    };
    let looking = commit(0, seen(1).claim(claim).write(Write::insert(&stall(1))));
    until_waiting(&other, &namespace, 1).await;
    let writing = commit(1, seen(2).write(Write::insert(&stall(1))));
    until_waiting(&other, &namespace, 2).await;
    holder.batch_execute("COMMIT").await.expect("let go");
    let outcomes = [looking.await.expect("it ends"), writing.await.expect("it ends")];
    let committed = outcomes.iter().flatten().count();
    let late = |outcome: &Result<_, CommitError>| matches!(outcome, Err(CommitError::Conflict { .. }));
    assert_eq!(
        (committed, outcomes.iter().filter(|one| late(one)).count()),
        (1, 1),
        "{outcomes:?}"
    );
    assert_eq!(servers[0].last_position().await, Ok(1));
}
