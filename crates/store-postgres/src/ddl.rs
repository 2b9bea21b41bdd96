//! Making the tables and indexes of a schema in one namespace, and checking that what is there is what is declared.

use std::collections::BTreeMap;

use quanyu_store::schema::{Column, Index, Step};
use quanyu_store::tables::CURSOR;
use quanyu_store::{Kind, Schema, Table, Value};
use tokio_postgres::{Client, Transaction};

use crate::bi::Views;
use crate::comments;
use crate::link::{ALONE_FOR_NOW, granted};
use crate::open::OpenError;
use crate::rights::{may_change, may_use, stored_version};
use crate::sql::{literal, names, order, quoted, type_name};

/// Makes or brings up to date everything that the schema declares, within the caller's transaction, unless somebody else is
/// about it.
pub(crate) async fn bring_up_to_date(
    transaction: &Transaction<'_>,
    namespace: &str,
    schema: &Schema,
) -> Result<(), OpenError> {
    let mine = "SELECT pg_try_advisory_xact_lock(hashtext($1))";
    let mine = transaction.query_one(mine, &[&format!("quanyu/{namespace}")]).await?;
    if !mine.get::<_, bool>(0) {
        return Err(OpenError::Starting);
    }
    let views = Views::look(transaction, namespace).await?;
    // Asked for first: a user who may use the schema need not be allowed to make one.
    let stored = if may_use(transaction, namespace).await? {
        stored_version(transaction, namespace).await?
    } else {
        let make = format!("CREATE SCHEMA {}", quoted(namespace));
        transaction.batch_execute(&make).await?;
        None
    };
    match stored {
        None => {
            let make = format!(
                "CREATE TABLE _version (version bigint NOT NULL); INSERT INTO _version VALUES ({});
                 CREATE TABLE _head (position bigint NOT NULL); INSERT INTO _head VALUES (0)",
                schema.version()
            );
            transaction.batch_execute(&make).await?;
            drop_stale(transaction, namespace, schema).await?;
        }
        Some(stored) => {
            let way = schema.way_from(stored)?;
            if !way.is_empty() {
                let aside = format!("{namespace}_before_v{}", schema.version());
                may_change(transaction, namespace, Some(&aside)).await?;
                take_alone(transaction, namespace).await?;
                views.take_away(transaction, namespace).await?;
                copy_aside(transaction, namespace, &aside).await?;
            }
            drop_stale(transaction, namespace, schema).await?;
            for migration in way {
                tracing::info!(to = migration.to, what = migration.what, "migrating");
                for step in migration.steps {
                    transaction.batch_execute(&step_sql(schema, step)?).await?;
                }
            }
            transaction
                .execute("UPDATE _version SET version = $1", &[&schema.version()])
                .await?;
            let retyped = retyped(transaction, namespace, schema).await?;
            if !retyped.is_empty() {
                may_change(transaction, namespace, None).await?;
                take_alone(transaction, namespace).await?;
                tracing::info!("columns of JSON, which were text, are made json; their bytes stay as they are");
                views.take_away(transaction, namespace).await?;
                transaction.batch_execute(&retyped).await?;
            }
        }
    }
    settle(transaction, namespace, schema).await?;
    comments::settle(transaction, namespace, schema).await?;
    views.make(transaction, namespace, schema).await
}

/// Refuses where somebody else has the database open, and locks every table before any of the work is done that would be
/// lost at one that somebody holds.
async fn take_alone(transaction: &Transaction<'_>, namespace: &str) -> Result<(), OpenError> {
    let alone = transaction.query_one(ALONE_FOR_NOW, &[&namespace]).await?;
    if !alone.get::<_, bool>(0) {
        return Err(OpenError::InUse {
            what: "the database must be brought up to date",
        });
    }
    let tables = tables_of(transaction, namespace).await?;
    let lock = format!("LOCK TABLE {}", names(tables.iter().map(String::as_str)));
    Ok(transaction.batch_execute(&lock).await?)
}

/// The names of all tables of a namespace.
async fn tables_of(transaction: &Transaction<'_>, namespace: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let tables = "SELECT relation.relname::text FROM pg_class relation
                  JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace
                  WHERE namespace.nspname = $1 AND relation.relkind = 'r' ORDER BY 1";
    let rows = transaction.query(tables, &[&namespace]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The statements that make the type of columns what it is declared to be where an earlier program kept JSON as text.
async fn retyped(
    transaction: &Transaction<'_>,
    namespace: &str,
    schema: &Schema,
) -> Result<String, tokio_postgres::Error> {
    let mut sql = String::new();
    for table in schema.tables() {
        let stored = stored_columns(transaction, namespace, table.name).await?;
        let was_text = |column: &&Column| stored.get(column.name).is_some_and(|(kind, _)| kind == "text");
        let columns = table.columns.iter().filter(|column| column.kind == Kind::Json);
        let changes: Vec<String> = columns
            .filter(was_text)
            .map(|column| format!("ALTER {0} TYPE json USING {0}::json", quoted(column.name)))
            .collect();
        if !changes.is_empty() {
            sql.push_str(&format!("ALTER TABLE {} {};", quoted(table.name), changes.join(", ")));
        }
    }
    Ok(sql)
}

/// Refuses a database that is not of this very schema, without changing anything.
pub(crate) async fn check_version(client: &Client, namespace: &str, schema: &Schema) -> Result<(), OpenError> {
    let stored = stored_version(client, namespace).await?.ok_or(OpenError::Empty)?;
    match schema.way_from(stored)? {
        [] => Ok(()),
        _ => Err(OpenError::Older),
    }
}

/// Empties every table that the schema declares, where a mark of this name says that they are half filled.
pub(crate) async fn empty_if_marked(
    transaction: &Transaction<'_>,
    namespace: &str,
    schema: &Schema,
    name: &str,
) -> Result<bool, OpenError> {
    let there = "SELECT to_regclass($1) IS NOT NULL";
    let cursors = quoted(CURSOR.name);
    if !transaction.query_one(there, &[&cursors]).await?.get::<_, bool>(0) {
        return Ok(false);
    }
    let marked = format!("SELECT 1 FROM {cursors} WHERE name = $1");
    if transaction.query_opt(&marked, &[&name]).await?.is_none() {
        return Ok(false);
    }
    if !granted(transaction, ALONE_FOR_NOW, namespace).await? {
        return Err(OpenError::InUse {
            what: "it is half filled",
        });
    }
    // An older program may have begun it, which did not know all of them.
    let known: Vec<&str> = schema.tables().iter().map(|table| table.name).collect();
    let there = "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NOT NULL";
    let rows = transaction.query(there, &[&known]).await?;
    let tables = names(rows.iter().map(|row| row.get(0)));
    let empty = format!("TRUNCATE {tables}; UPDATE _head SET position = 0");
    transaction.batch_execute(&empty).await?;
    Ok(true)
}

/// Copies every table into a namespace of its own, within the transaction of the migration: whoever has to go back to the
/// older program drops the new namespace and renames this one.
async fn copy_aside(transaction: &Transaction<'_>, namespace: &str, aside: &str) -> Result<(), tokio_postgres::Error> {
    tracing::info!(copy = aside, "copying the database before it is brought up to date");
    let mut sql = format!("CREATE SCHEMA {};", quoted(aside));
    for table in tables_of(transaction, namespace).await? {
        let table = quoted(&table);
        let (from, to) = (
            format!("{}.{table}", quoted(namespace)),
            format!("{}.{table}", quoted(aside)),
        );
        sql.push_str(&format!(
            "CREATE TABLE {to} (LIKE {from} INCLUDING ALL); INSERT INTO {to} SELECT * FROM {from};"
        ));
    }
    transaction.batch_execute(&sql).await
}

async fn settle(transaction: &Transaction<'_>, namespace: &str, schema: &Schema) -> Result<(), OpenError> {
    for table in schema.tables() {
        let stored = stored_columns(transaction, namespace, table.name).await?;
        if stored.is_empty() {
            transaction.batch_execute(&create_table(table)).await?;
        } else {
            check_columns(table, &stored)?;
        }
    }
    for kind in [INDEX, REFERENCE] {
        let stored = kind.stored(transaction, namespace).await?;
        for (name, declared) in (kind.declared)(schema) {
            if !stored.contains_key(&name) {
                let comment = format!("COMMENT ON {} IS {}", declared.comment_on, literal(&declared.sql));
                transaction
                    .batch_execute(&format!("{}; {comment}", declared.sql))
                    .await?;
            }
        }
    }
    Ok(())
}

fn create_table(table: &Table) -> String {
    let mut columns: Vec<String> = table.columns.iter().map(column_definition).collect();
    columns.push(format!(
        "PRIMARY KEY ({})",
        names(table.key_columns().iter().map(|column| column.name))
    ));
    format!("CREATE TABLE {} ({})", quoted(table.name), columns.join(", "))
}

/// A column without its default, as in `"due" timestamp with time zone NOT NULL`.
fn column_definition(column: &Column) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!(
        "{} {}{}{null}",
        quoted(column.name),
        type_name(column.kind),
        order(column.kind)
    )
}

fn step_sql(schema: &Schema, step: &Step) -> Result<String, OpenError> {
    Ok(match step {
        Step::AddColumn { table, column, fill } => {
            let declared = schema
                .table(table)
                .and_then(|known| known.columns.iter().find(|known| known.name == *column))
                .ok_or(OpenError::UnknownColumn { table, column })?;
            let (definition, table, column) = (column_definition(declared), quoted(table), quoted(column));
            match fill {
                Value::Null => format!("ALTER TABLE {table} ADD COLUMN {definition}"),
                value => format!(
                    "ALTER TABLE {table} ADD COLUMN {definition} DEFAULT {}; ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT",
                    value_literal(value)
                ),
            }
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
        Step::BeginCursor { name } => format!(
            "INSERT INTO {} (name, position) VALUES ({}, 0) ON CONFLICT DO NOTHING",
            quoted(CURSOR.name),
            literal(name)
        ),
    })
}

fn value_literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Text(value) => literal(value),
        Value::Json(json) => literal(json.as_str()),
        Value::Bytes(bytes) => format!(
            "'\\x{}'",
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        ),
        Value::Time(at) => literal(&at.to_string()),
        Value::Bool(value) => value.to_string(),
    }
}

/// Type and whether null is refused, by column name.
type StoredColumns = BTreeMap<String, (String, bool)>;

async fn stored_columns(
    transaction: &Transaction<'_>,
    namespace: &str,
    table: &str,
) -> Result<StoredColumns, tokio_postgres::Error> {
    let rows = transaction
        .query(
            "SELECT attribute.attname::text, format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull
             FROM pg_attribute attribute
             JOIN pg_class relation ON relation.oid = attribute.attrelid
             JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace
             WHERE namespace.nspname = $1 AND relation.relname = $2 AND attribute.attnum > 0 AND NOT attribute.attisdropped",
            &[&namespace, &table],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
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
    let only = |one: &StoredColumns, other: &StoredColumns| {
        let differing = one.iter().filter(|(name, form)| other.get(*name) != Some(*form));
        differing.map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ")
    };
    Err(OpenError::OtherColumns {
        table: table.name,
        stored: only(stored, &declared),
        declared: only(&declared, stored),
    })
}

/// Something beside the tables that follows the declaration without a migration: it is made where it is missing and made anew
/// where it is declared otherwise. The statement that made it is its comment, for the server's own description of it is
/// written differently and could not be compared; what has no such comment is not ours.
struct Beside {
    declared: fn(&Schema) -> BTreeMap<String, Declared>,
    /// Name, comment and table of each, in the namespace `$1`, among them those that are not ours.
    list: &'static str,
    /// How the statements begin that make them.
    begins: &'static str,
    drop: fn(&str, &str) -> String,
}

/// What is declared of one of them.
struct Declared {
    sql: String,
    comment_on: String,
}

const INDEX: Beside = Beside {
    declared: declared_indexes,
    list: "SELECT relation.relname::text, obj_description(relation.oid, 'pg_class'), ''
           FROM pg_class relation JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace
           WHERE namespace.nspname = $1 AND relation.relkind = 'i'",
    begins: "CREATE INDEX ",
    drop: |name, _| format!("DROP INDEX {}", quoted(name)),
};

const REFERENCE: Beside = Beside {
    declared: declared_references,
    list: "SELECT reference.conname::text, obj_description(reference.oid, 'pg_constraint'), relation.relname::text
           FROM pg_constraint reference JOIN pg_class relation ON relation.oid = reference.conrelid
           JOIN pg_namespace namespace ON namespace.oid = reference.connamespace
           WHERE namespace.nspname = $1 AND reference.contype = 'f'",
    begins: "ALTER TABLE ",
    drop: |name, table| format!("ALTER TABLE {} DROP CONSTRAINT {}", quoted(table), quoted(name)),
};

impl Beside {
    /// The statement that made each, and its table, by name.
    async fn stored(
        &self,
        transaction: &Transaction<'_>,
        namespace: &str,
    ) -> Result<BTreeMap<String, (String, String)>, tokio_postgres::Error> {
        let rows = transaction.query(self.list, &[&namespace]).await?;
        let ours = rows.iter().filter_map(|row| {
            let sql: String = row.get::<_, Option<String>>(1)?;
            sql.starts_with(self.begins).then(|| (row.get(0), (sql, row.get(2))))
        });
        Ok(ours.collect())
    }
}

fn declared_indexes(schema: &Schema) -> BTreeMap<String, Declared> {
    let all = schema
        .tables()
        .iter()
        .flat_map(|table| table.indexes.iter().map(move |index| (table, index)));
    all.map(|(table, index)| {
        let name = format!("{}__{}", table.name, index.name);
        let declared = Declared {
            sql: create_index(table, index),
            comment_on: format!("INDEX {}", quoted(&name)),
        };
        (name, declared)
    })
    .collect()
}

fn declared_references(schema: &Schema) -> BTreeMap<String, Declared> {
    let all = schema
        .tables()
        .iter()
        .flat_map(|table| table.references.iter().map(move |reference| (table, reference)));
    all.map(|(table, reference)| {
        let name = format!("{}__{}", table.name, reference.column);
        // Judged with the whole transaction: its rows are written table by table.
        let sql = format!(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} DEFERRABLE INITIALLY DEFERRED",
            quoted(table.name),
            quoted(&name),
            quoted(reference.column),
            quoted(reference.to.name)
        );
        let comment_on = format!("CONSTRAINT {} ON {}", quoted(&name), quoted(table.name));
        (name, Declared { sql, comment_on })
    })
    .collect()
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
        "CREATE INDEX \"{}__{}\" ON {} ({columns}){sparse}",
        table.name,
        index.name,
        quoted(table.name)
    )
}

/// Drops what is not declared, or not like this. It comes before migrations, so that a column is never under an index that
/// nobody declares any more.
async fn drop_stale(
    transaction: &Transaction<'_>,
    namespace: &str,
    schema: &Schema,
) -> Result<(), tokio_postgres::Error> {
    for kind in [INDEX, REFERENCE] {
        let declared = (kind.declared)(schema);
        for (name, (sql, table)) in kind.stored(transaction, namespace).await? {
            if declared.get(&name).is_none_or(|declared| declared.sql != sql) {
                tracing::info!(name, "dropping what is no longer declared like this");
                transaction.batch_execute(&(kind.drop)(&name, &table)).await?;
            }
        }
    }
    Ok(())
}
