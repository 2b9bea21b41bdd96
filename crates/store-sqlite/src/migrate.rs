//! Bringing an older database to the declared schema.

use std::path::Path;

use quanyu_store::schema::{Migration, Step};
use quanyu_store::tables::CURSOR;
use quanyu_store::{Schema, Value};
use rusqlite::Connection;

use crate::ddl;
use crate::open::{OpenError, copy_database};
use crate::sql::quoted;

/// Marks a file as one of ours (`quan` in ASCII), shown by `file(1)` and by `PRAGMA application_id`.
const APPLICATION_ID: i64 = 0x7175_616e;

/// Makes or brings up to date everything that the schema declares, in one transaction. A database that needs migrations
/// is first copied to `<directory>/before-v<version>.db`.
pub(crate) fn bring_up_to_date(connection: &Connection, schema: &Schema, directory: &Path) -> Result<(), OpenError> {
    let stored: i64 = pragma(connection, "user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let way: &[Migration] = if tables == 0 {
        &[]
    } else if pragma(connection, "application_id")? == APPLICATION_ID {
        schema.way_from(stored)?
    } else {
        return Err(OpenError::NotOurs);
    };
    if !way.is_empty() {
        let copy = directory.join(format!("before-v{}.db", schema.version()));
        copy_database(connection, &copy)?;
        tracing::info!(from = stored, to = schema.version(), copy = %copy.display(), "bringing the database up to date");
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let settled = apply(connection, schema, way);
    if settled.is_err() {
        connection.execute_batch("ROLLBACK")?;
    }
    settled
}

fn apply(connection: &Connection, schema: &Schema, way: &[Migration]) -> Result<(), OpenError> {
    ddl::drop_stale_indexes(connection, schema)?;
    for migration in way {
        tracing::info!(to = migration.to, what = migration.what, "migrating");
        for step in migration.steps {
            connection.execute_batch(&step_sql(schema, step)?)?;
        }
    }
    ddl::settle(connection, schema)?;
    connection.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT",
        schema.version()
    ))?;
    Ok(())
}

fn step_sql(schema: &Schema, step: &Step) -> Result<String, OpenError> {
    Ok(match step {
        Step::AddColumn { table, column, fill } => {
            let declared = schema
                .table(table)
                .and_then(|known| known.columns.iter().find(|known| known.name == *column))
                .ok_or_else(|| OpenError::UnknownColumn { table, column })?;
            let definition = ddl::column_definition(declared);
            let default = match fill {
                Value::Null => String::new(),
                value => format!(" DEFAULT {}", literal(value)),
            };
            format!("ALTER TABLE {} ADD COLUMN {definition}{default}", quoted(table))
        }
        Step::CopyColumn { table, from, to } => {
            format!("UPDATE {} SET {} = {}", quoted(table), quoted(to), quoted(from))
        }
        Step::RenameColumn { table, from, to } => {
            format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {}",
                quoted(table),
                quoted(from),
                quoted(to)
            )
        }
        Step::DropColumn { table, column } => format!("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(column)),
        Step::DropTable { table } => format!("DROP TABLE {}", quoted(table)),
        Step::BeginCursor { name } => {
            let (cursor, name) = (quoted(CURSOR.name), literal(&Value::from(*name)));
            format!("INSERT OR IGNORE INTO {cursor} (name, position) VALUES ({name}, 0)")
        }
    })
}

fn literal(value: &Value) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Text(value) => text(value),
        Value::Json(json) => text(json.as_str()),
        Value::Bytes(bytes) => format!(
            "x'{}'",
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        ),
        Value::Time(at) => at.as_microsecond().to_string(),
        Value::Bool(value) => i64::from(*value).to_string(),
    }
}

pub(crate) fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}
