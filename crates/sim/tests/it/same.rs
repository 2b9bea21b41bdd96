//! The same plan gives the same store, whichever way the commits take.

use jiff::civil::{date, datetime};
use quanyu_sim::Plan;

use crate::support::{Town, Way, plan};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_journal_and_another_seed_another() {
    let first = date(2024, 7, 1);
    let seeded = |seed| Plan {
        seed,
        ..plan(250, first, datetime(2024, 7, 31, 16, 0, 0, 0))
    };
    let (a, b, c) = (Town::new(first).await, Town::new(first).await, Town::new(first).await);
    let lived = a.live(seeded(11), Way::UseCases).await;
    assert_eq!(lived, b.live(seeded(11), Way::UseCases).await);
    assert_ne!(lived, c.live(seeded(12), Way::UseCases).await);
    let (a, b, c) = (a.digests().await, b.digests().await, c.digests().await);
    assert_eq!(a, b, "ids, times, texts, positions: everything is the same");
    assert_ne!(a["journal"], c["journal"]);
    assert!(a["journal"].0 > 250 * 4 && a["text"].0 > 250, "{a:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bulk_path_writes_what_the_use_cases_write() {
    let first = date(2024, 6, 20);
    let plan = plan(1_000, first, datetime(2024, 8, 20, 16, 0, 0, 0));
    let (one_by_one, bulk) = (Town::new(first).await, Town::new(first).await);
    assert_eq!(
        one_by_one.live(plan, Way::UseCases).await,
        bulk.live(plan, Way::Bulk).await
    );
    assert_eq!(
        one_by_one.digests().await,
        bulk.digests().await,
        "every table, row by row, and every position"
    );
}
