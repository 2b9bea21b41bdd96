//! The embedded engine against the suite that every engine passes, and what is its own.

use std::sync::Arc;

use async_trait::async_trait;
use quanyu_store::conformance::Fixture;
use quanyu_store::{Schema, Store};
use quanyu_store_sqlite::{Options, SqliteStore};

struct Directory(tempfile::TempDir);

#[async_trait]
impl Fixture for Directory {
    async fn open(&self, schema: Schema) -> Arc<dyn Store> {
        let store = SqliteStore::open(self.0.path(), schema, Options::default()).await;
        Arc::new(store.expect("an empty directory can be opened, and an old one again"))
    }
}

async fn make() -> Option<Directory> {
    Some(Directory(
        tempfile::tempdir().expect("a temporary directory can be made"),
    ))
}

mod conformance {
    quanyu_store::conformance_tests!(super::make);
}

mod disk;
mod opening;
