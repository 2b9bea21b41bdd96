//! The server engine against the suite that every engine passes, and what is its own.

#[allow(dead_code, reason = "the journeys of the program use the rest of it")]
mod cluster;
mod head;
mod questions;
mod references;
mod rights;
mod scrub;
mod servers;
mod settings;
mod tls;
mod told;
mod upgrades;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use quanyu_store::conformance::Fixture;
use quanyu_store::{Schema, Store};
use quanyu_store_postgres::{Options, PostgresStore};

use cluster::Namespace;

#[async_trait]
impl Fixture for Namespace {
    async fn open(&self, schema: Schema) -> Arc<dyn Store> {
        let options = Options {
            namespace: self.name.clone(),
            ..Options::default()
        };
        let store = PostgresStore::open(self.address, schema, options).await;
        Arc::new(store.expect("an empty namespace can be opened, and an old one again"))
    }
}

mod conformance {
    quanyu_store::conformance_tests!(super::cluster::namespace);
}

/// The suite's questions about order, on a database that orders text as a Chinese dictionary does.
mod collation {
    use super::cluster::{Namespace, database, fresh};

    async fn chinese() -> Option<Namespace> {
        let made = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LOCALE 'C'";
        let database = database(made).await?;
        // One of a cluster that was lent would have to be taken away again.
        database.address_of("anybody")?;
        Some(fresh(database))
    }

    quanyu_store::conformance_tests! { chinese:
        orders_text_by_its_bytes
        answers_every_question_like_a_plain_filter
        judges_every_expectation
        refuses_a_second_claim_and_tells_what_is_held
    }
}

#[test]
#[should_panic(expected = "install its server")]
fn a_test_without_a_database_fails() {
    cluster::without(false);
}

#[test]
fn a_test_without_a_database_is_skipped_where_that_is_meant() {
    cluster::without(true);
}
