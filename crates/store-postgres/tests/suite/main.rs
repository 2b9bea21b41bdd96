//! The server engine against the suite that every engine passes, and what is its own.

mod cluster;
mod servers;

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
