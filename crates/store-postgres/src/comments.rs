//! What every table and column is for, as the database tells whoever looks at it.

use std::collections::BTreeMap;

use quanyu_store::Schema;
use tokio_postgres::{Row, Transaction};

use crate::fault;
use crate::sql::{literal, quoted};

/// Of the tables that the engine keeps for itself: table, column, and what it is.
const OF_ENGINE: [(&str, Option<&str>, &str); 4] = [
    (
        "_version",
        None,
        "One row: which form the tables have (数据库结构版本).",
    ),
    (
        "_version",
        Some("version"),
        "Version of the schema; grows with every change that needs a migration.",
    ),
    (
        "_head",
        None,
        "One row, locked by whoever commits: where the journal ends (流水末尾).",
    ),
    (
        "_head",
        Some("position"),
        "Position of the last event that was committed; 0 before the first.",
    ),
];

/// Says of every table and column what is declared of it, where the database says nothing or something else. Somebody else's
/// tables, and one that is being vacuumed at this moment, are left until the next start: nothing depends on it.
pub(crate) async fn settle(
    transaction: &Transaction<'_>,
    namespace: &str,
    schema: &Schema,
) -> Result<(), tokio_postgres::Error> {
    let stored = "SELECT relation.relname::text, attribute.attname::text, said.description FROM pg_class relation
                  JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace
                  CROSS JOIN LATERAL (
                    SELECT 0 AS attnum, NULL AS attname UNION ALL
                    SELECT attnum, attname FROM pg_attribute
                    WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
                  ) AS attribute
                  LEFT JOIN pg_description said ON said.objoid = relation.oid AND said.objsubid = attribute.attnum
                    AND said.classoid = 'pg_class'::regclass
                  WHERE namespace.nspname = $1 AND relation.relkind = 'r' AND pg_has_role(relation.relowner, 'USAGE')";
    let rows = transaction.query(stored, &[&namespace]).await?;
    let sql = differing(schema, &rows);
    transaction.batch_execute("SAVEPOINT comments").await?;
    match transaction.batch_execute(&sql).await {
        Err(error) if fault::passes(&error) => {
            tracing::info!(
                reason = fault::sentence(&error),
                "comments are left as they are until the next start"
            );
            transaction.batch_execute("ROLLBACK TO SAVEPOINT comments").await
        }
        done => done,
    }
}

/// The statements that say what is declared and was not said like this, of the tables that were looked at.
fn differing(schema: &Schema, said: &[Row]) -> String {
    let said: BTreeMap<(&str, Option<&str>), Option<&str>> =
        said.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    let declared = schema.tables().iter().flat_map(|table| {
        let columns = table
            .columns
            .iter()
            .map(|column| (table.name, Some(column.name), column.doc));
        std::iter::once((table.name, None, table.doc)).chain(columns)
    });
    let mut sql = String::new();
    for (table, column, doc) in OF_ENGINE.into_iter().chain(declared) {
        if said.get(&(table, column)).is_none_or(|said| *said == Some(doc)) {
            continue;
        }
        let what = match column {
            None => format!("TABLE {}", quoted(table)),
            Some(column) => format!("COLUMN {}.{}", quoted(table), quoted(column)),
        };
        sql.push_str(&format!("COMMENT ON {what} IS {};", literal(doc)));
    }
    sql
}
