//! Everything that is said to PostgreSQL about a table, and how values travel.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::ops::Bound;

use bytes::BytesMut;
use jiff::Timestamp;
use quanyu_store::query::{Direction, Plan};
use quanyu_store::record::RowError;
use quanyu_store::schema::{Column, VERSION};
use quanyu_store::{Json, Kind, Query, Row, Schema, Table, Value};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The statements of one table, written once. Parameter `$n` is the table's n-th column; where a version is expected it is
/// the parameter after the last one bound.
pub(crate) struct TableSql {
    /// One row by its key.
    pub select: String,
    /// Inserts unless the key is taken.
    pub insert: String,
    /// Inserts or replaces.
    pub upsert: String,
    /// Replaces the row if its version is as expected.
    pub update: String,
    /// Deletes whatever is there.
    pub delete: String,
    /// Deletes the row if its version is as expected.
    pub delete_version: String,
}

/// The statements of every table of a schema, by table name.
pub(crate) type SchemaSql = HashMap<&'static str, TableSql>;

pub(crate) fn schema_sql(schema: &Schema) -> SchemaSql {
    schema
        .tables()
        .iter()
        .map(|table| (table.name, TableSql::of(table)))
        .collect()
}

/// `"a", "b"`
pub(crate) fn names<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    columns.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A text in a statement that takes no parameters.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl TableSql {
    fn of(table: &Table) -> TableSql {
        let name = quoted(table.name);
        let all = names(table.columns.iter().map(|column| column.name));
        let assign = |(nth, column): (usize, &Column)| format!("\"{}\" = ${}", column.name, nth + 1);
        let by_key = table
            .key_columns()
            .iter()
            .enumerate()
            .map(assign)
            .collect::<Vec<_>>()
            .join(" AND ");
        let changes = table
            .columns
            .iter()
            .enumerate()
            .skip(table.key_len)
            .map(assign)
            .collect::<Vec<_>>()
            .join(", ");
        let values = (1..=table.columns.len())
            .map(|nth| format!("${nth}"))
            .collect::<Vec<_>>()
            .join(", ");
        let insert = format!("INSERT INTO {name} ({all}) VALUES ({values})");
        let key = names(table.key_columns().iter().map(|column| column.name));
        let on_conflict = if changes.is_empty() {
            "DO NOTHING".to_owned()
        } else {
            format!("({key}) DO UPDATE SET {changes}")
        };
        let if_version = |parameters: usize| format!("\"{VERSION}\" = ${}", parameters + 1);
        TableSql {
            select: format!("SELECT {all} FROM {name} WHERE {by_key}"),
            upsert: format!("{insert} ON CONFLICT {on_conflict}"),
            insert: format!("{insert} ON CONFLICT DO NOTHING"),
            update: format!(
                "UPDATE {name} SET {changes} WHERE {by_key} AND {}",
                if_version(table.columns.len())
            ),
            delete: format!("DELETE FROM {name} WHERE {by_key}"),
            delete_version: format!("DELETE FROM {name} WHERE {by_key} AND {}", if_version(table.key_len)),
        }
    }
}

/// The statement for a question, and its parameters.
pub(crate) fn list<'a>(query: &Query, plan: &'a Plan) -> (String, Vec<&'a Value>) {
    let table = query.table;
    let column = |at: usize| quoted(table.columns[at].name);
    let mut sql = format!(
        "SELECT {} FROM {}",
        names(table.columns.iter().map(|column| column.name)),
        quoted(table.name)
    );
    let mut values = Vec::new();
    let mut conditions = Vec::new();
    let mut parameter = |value: &'a Value| {
        values.push(value);
        format!("${}", values.len())
    };
    for (at, value) in plan.order.iter().zip(&plan.equal) {
        conditions.push(format!("{} = {}", column(*at), parameter(value)));
    }
    let rest = &plan.order[plan.equal.len()..];
    for (bound, open, closed) in [(&plan.low, ">", ">="), (&plan.high, "<", "<=")] {
        let (operator, value) = match bound {
            Bound::Unbounded => continue,
            Bound::Excluded(value) => (open, value),
            Bound::Included(value) => (closed, value),
        };
        conditions.push(format!("{} {operator} {}", column(rest[0]), parameter(value)));
    }
    let (operator, suffix) = match query.direction {
        Direction::Ascending => (">", ""),
        Direction::Descending => ("<", " DESC"),
    };
    if let Some(after) = &plan.after {
        let columns = rest.iter().map(|at| column(*at)).collect::<Vec<_>>().join(", ");
        let place = after.iter().map(&mut parameter).collect::<Vec<_>>().join(", ");
        conditions.push(format!("({columns}) {operator} ({place})"));
    }
    for at in plan.order.iter().filter(|at| table.columns[**at].nullable) {
        conditions.push(format!("{} IS NOT NULL", column(*at)));
    }
    if !conditions.is_empty() {
        let _ = write!(sql, " WHERE {}", conditions.join(" AND "));
    }
    let order = plan
        .order
        .iter()
        .map(|at| format!("{}{suffix}", column(*at)))
        .collect::<Vec<_>>()
        .join(", ");
    let _ = write!(sql, " ORDER BY {order} LIMIT {}", query.limit);
    (sql, values)
}

/// A value on its way to PostgreSQL, borrowed.
#[derive(Debug)]
pub(crate) struct Bind<'a>(pub &'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self, to: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(value) => value.to_sql(to, out),
            Value::Text(text) => text.to_sql(to, out),
            Value::Bytes(bytes) => bytes.to_sql(to, out),
            Value::Time(at) => at.to_sql(to, out),
            Value::Json(json) => json.as_str().to_sql(to, out),
            Value::Bool(value) => value.to_sql(to, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Values were checked against their columns' kinds, and the tables against their declaration.
        true
    }

    to_sql_checked!();
}

/// The type of a column.
pub(crate) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Text | Kind::Json => "text",
        Kind::Bytes => "bytea",
        Kind::Time => "timestamp with time zone",
        Kind::Bool => "boolean",
    }
}

/// A row of all columns as PostgreSQL gives it, or what does not fit the table.
pub(crate) fn decode(table: &'static Table, row: &tokio_postgres::Row) -> Result<Row, RowError> {
    let values = table.columns.iter().enumerate().map(|(nth, column)| {
        decode_value(column.kind, row, nth).map_err(|fault| RowError {
            table: table.name,
            column: column.name,
            what: format!("holds something else than {:?}: {fault}", column.kind),
        })
    });
    Ok(Row(values.collect::<Result<_, _>>()?))
}

fn decode_value(kind: Kind, row: &tokio_postgres::Row, nth: usize) -> Result<Value, tokio_postgres::Error> {
    fn value<T>(found: Option<T>, of: impl FnOnce(T) -> Value) -> Value {
        found.map_or(Value::Null, of)
    }
    Ok(match kind {
        Kind::Int => value(row.try_get(nth)?, Value::Int),
        Kind::Text => value(row.try_get(nth)?, Value::Text),
        Kind::Bytes => value(row.try_get(nth)?, Value::Bytes),
        Kind::Time => value(row.try_get::<_, Option<Timestamp>>(nth)?, Value::Time),
        Kind::Json => value(row.try_get(nth)?, |text| Value::Json(Json::from_stored(text))),
        Kind::Bool => value(row.try_get(nth)?, Value::Bool),
    })
}
