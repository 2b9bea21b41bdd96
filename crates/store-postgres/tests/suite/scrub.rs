//! What was deleted goes from the files, and nobody waits for it long.

use std::time::{Duration, Instant};

use quanyu_store::{ChangeSet, Query, Records, Store, StoreError, Write};
use tokio_postgres::NoTls;

use crate::cluster::namespace;
use crate::servers::{STALL, Stall, server, stall};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_somebody_reads_it_is_refused_and_others_go_on() {
    let Some(namespace) = namespace().await else { return };
    let store = server(&namespace).await;
    let filled = ChangeSet::new().write(Write::insert(&stall(7)));
    store.commit(filled).await.expect("committed");
    let (reader, connection) = tokio_postgres::connect(namespace.address, NoTls)
        .await
        .expect("a reader");
    tokio::spawn(connection);
    let report = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM {}.stall",
        namespace.name
    );
    reader.batch_execute(&report).await.expect("a report begins");

    let begun = Instant::now();
    let scrubbing = tokio::spawn({
        let store = store.clone();
        async move { store.scrub(&[&STALL]).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Whoever comes after the one that waits for its turn waits behind it.
    let stalls = store.page::<Stall>(&Query::by_key(&STALL, 9)).await;
    assert_eq!(stalls, Ok(vec![stall(7)]));
    let refused = scrubbing.await.expect("it ends");
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    reader.batch_execute("COMMIT").await.expect("the report ends");
    assert_eq!(store.scrub(&[&STALL]).await, Ok(()));
    assert_eq!(store.page::<Stall>(&Query::by_key(&STALL, 9)).await, Ok(vec![stall(7)]));
}
