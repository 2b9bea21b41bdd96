//! Making the tables and indexes of a schema, and checking that what is there is what is declared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quanyu_store::schema::{Column, Index};
use quanyu_store::{Kind, Schema, Table};
use rusqlite::Connection;

use crate::open::OpenError;
use crate::sql::{index_name, names, quoted, type_name};

/// Makes missing tables and indexes, and checks the columns of the tables that are there.
pub(crate) fn settle(connection: &Connection, schema: &Schema) -> Result<(), OpenError> {
    for table in schema.tables() {
        let stored = stored_columns(connection, table.name)?;
        if stored.is_empty() {
            connection.execute_batch(&create_table(table))?;
        } else {
            check_columns(table, &stored)?;
        }
    }
    let stored = stored_indexes(connection)?;
    for (name, sql) in declared_indexes(schema) {
        if !stored.contains_key(&name) {
            connection.execute_batch(&sql)?;
        }
    }
    Ok(())
}

/// Drops the indexes that are not declared, or not like this. It comes before migrations, for a column under an index
/// cannot be dropped.
pub(crate) fn drop_stale_indexes(connection: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    let declared = declared_indexes(schema);
    for (name, sql) in stored_indexes(connection)? {
        if declared.get(&name) != Some(&sql) {
            tracing::info!(index = name, "dropping an index that is no longer declared like this");
            connection.execute_batch(&format!("DROP INDEX {}", quoted(&name)))?;
        }
    }
    Ok(())
}

/// The statements that make the declared indexes, by their name in the database.
fn declared_indexes(schema: &Schema) -> BTreeMap<String, String> {
    let all = schema
        .tables()
        .iter()
        .flat_map(|table| table.indexes.iter().map(move |index| (table, index)));
    all.map(|(table, index)| (index_name(table, index.name), create_index(table, index)))
        .collect()
}

fn stored_indexes(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// The statement that makes a table. SQLite keeps its text with the comments, so the database explains itself to whoever
/// opens it.
fn create_table(table: &Table) -> String {
    let mut sql = format!("CREATE TABLE {} ( -- {}\n", quoted(table.name), one_line(table.doc));
    let single_integer = is_single_integer(table);
    for (nth, column) in table.columns.iter().enumerate() {
        let key = if single_integer && nth == 0 { " PRIMARY KEY" } else { "" };
        let comma = if single_integer && nth + 1 == table.columns.len() {
            ""
        } else {
            ","
        };
        let _ = writeln!(
            sql,
            "  {}{key}{comma} -- {}",
            column_definition(column),
            one_line(column.doc)
        );
    }
    if single_integer {
        sql.push_str(") STRICT");
    } else {
        let key = names(table.key_columns().iter().map(|column| column.name));
        let _ = write!(sql, "  PRIMARY KEY ({key})\n) STRICT, WITHOUT ROWID");
    }
    sql
}

/// A single integer is SQLite's own row number; any other key orders the table itself, without a second tree.
fn is_single_integer(table: &Table) -> bool {
    table.key_len == 1 && table.columns[0].kind == Kind::Int
}

/// A column without its default, as in `"due" INTEGER NOT NULL`.
pub(crate) fn column_definition(column: &Column) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{null}", quoted(column.name), type_name(column.kind))
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Type and whether null is refused, by column name.
type StoredColumns = BTreeMap<String, (String, bool)>;

fn stored_columns(connection: &Connection, table: &str) -> rusqlite::Result<StoredColumns> {
    let mut statement = connection.prepare("SELECT name, type, \"notnull\" FROM pragma_table_info(?1)")?;
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    rows.collect()
}

fn check_columns(table: &Table, stored: &StoredColumns) -> Result<(), OpenError> {
    let declared: StoredColumns = table
        .columns
        .iter()
        .map(|column| {
            (
                column.name.to_owned(),
                (type_name(column.kind).to_owned(), !column.nullable),
            )
        })
        .collect();
    if &declared == stored {
        return Ok(());
    }
    let differs = |(name, form): &(&String, &(String, bool)), other: &StoredColumns| other.get(*name) != Some(*form);
    let of = |one: &StoredColumns, other: &StoredColumns| {
        one.iter()
            .filter(|column| differs(column, other))
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
            .join(", ")
    };
    Err(OpenError::OtherColumns {
        table: table.name,
        stored: of(stored, &declared),
        declared: of(&declared, stored),
    })
}

fn create_index(table: &Table, index: &Index) -> String {
    let order = table
        .order_of(Some(index.name))
        .expect("the schema was checked when it was made");
    let columns = names(order.iter().map(|at| table.columns[*at].name));
    let present: Vec<String> = order
        .iter()
        .filter(|at| table.columns[**at].nullable)
        .map(|at| format!("{} IS NOT NULL", quoted(table.columns[*at].name)))
        .collect();
    let sparse = if present.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", present.join(" AND "))
    };
    format!(
        "CREATE INDEX {} ON {} ({columns}){sparse}",
        quoted(&index_name(table, index.name)),
        quoted(table.name)
    )
}
