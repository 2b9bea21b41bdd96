//! What a table holds, in short: for comparing what was kept with what was rebuilt, and one store with another.

use sha2::{Digest, Sha256};

use crate::query::Query;
use crate::record::Row;
use crate::schema::Table;
use crate::store::{Store, StoreError};
use crate::value::Value;

/// Rows that are read at once.
const PAGE: usize = 500;

/// What a table holds, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDigest {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 over the rows in the order of their keys, hex.
    pub sha256: String,
}

/// The digest of a table. Two stores in which it is the same hold the same rows of it, whatever their engines.
///
/// # Errors
/// When the store does not answer.
pub async fn digest(store: &dyn Store, table: &'static Table) -> Result<TableDigest, StoreError> {
    digest_as(store, table, Ok).await
}

/// The digest of a table whose rows are first made into what is compared of them.
///
/// # Errors
/// When the store does not answer, or a row cannot be made so.
pub async fn digest_as(
    store: &dyn Store,
    table: &'static Table,
    compared: impl Fn(Row) -> Result<Row, StoreError> + Send,
) -> Result<TableDigest, StoreError> {
    let (mut hash, mut rows) = (Sha256::new(), 0);
    let mut next = Some(Query::by_key(table, PAGE));
    while let Some(query) = next.take() {
        let page = store.list(&query).await?;
        next = page
            .last()
            .filter(|_| page.len() == PAGE)
            .map(|last| query.next_page(last));
        for row in page {
            hash.update(bytes(&compared(row)?));
            rows += 1;
        }
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(TableDigest { rows, sha256 })
}

/// A row as bytes that no other row has: each value is a letter for its kind, its length, and itself.
fn bytes(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut push = |kind: u8, value: &[u8]| {
        bytes.push(kind);
        bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
        bytes.extend_from_slice(value);
    };
    for value in &row.0 {
        match value {
            Value::Null => push(b'n', b""),
            Value::Int(value) => push(b'i', &value.to_be_bytes()),
            Value::Text(text) => push(b't', text.as_bytes()),
            Value::Bytes(value) => push(b'b', value),
            Value::Time(at) => push(b'@', &at.as_microsecond().to_be_bytes()),
            Value::Json(json) => push(b'j', json.as_str().as_bytes()),
            Value::Bool(value) => push(b'?', &[u8::from(*value)]),
        }
    }
    bytes
}
