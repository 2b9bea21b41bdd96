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
use quanyu_store::tables::{JOURNAL, TIMER};
use quanyu_store::{Json, Kind, Query, Row, Schema, Table, Value};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// The statements of one table, written once. Statements about many rows take one array for each column, so that a group
/// of change sets is a few statements and not a few for each set.
pub(crate) struct TableSql {
    /// One row by its key; parameter `$n` is the n-th key column.
    pub select: String,
    /// Of many keys those that are there: the place of each in the arrays, from 1, and its version or, in a table without
    /// versions, the row.
    pub look: String,
    /// Inserts or replaces rows.
    pub put: String,
    /// Inserts rows that are new. Those of the journal come with positions from 1 on, behind the statement that moved the head
    /// on by all of them; how many they are is its last parameter.
    pub append: String,
    /// Deletes whatever is there under the keys.
    pub delete: String,
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
        let (all, key) = (
            names(table.columns.iter().map(|column| column.name)),
            names(table.key_columns().iter().map(|column| column.name)),
        );
        let by_key = joined(table.key_columns(), " AND ", |nth, column| {
            format!("{} = ${nth}", quoted(column.name))
        });
        // Arrays bring no collation along that their columns would have.
        let matched = joined(table.key_columns(), " AND ", |nth, column| {
            format!("t.{} = k.k{nth}{}", quoted(column.name), order(column.kind))
        });
        let arrays = |columns| {
            joined(columns, ", ", |nth, column| {
                format!("${nth}::{}[]", type_name(column.kind))
            })
        };
        let keys = joined(table.key_columns(), ", ", |nth, _| format!("k{nth}"));
        let changes = joined(&table.columns[table.key_len..], ", ", |_, column| {
            format!("{0} = EXCLUDED.{0}", quoted(column.name))
        });
        let rows = format!("unnest({})", arrays(table.columns));
        let append = if table == &JOURNAL {
            let (position, others) = (
                "(SELECT position FROM _head)",
                names(table.columns[1..].iter().map(|c| c.name)),
            );
            let count = table.columns.len() + 1;
            format!(
                "INSERT INTO {name} ({all}) SELECT {position} - ${count} + position, {others} FROM {rows} AS e({all})"
            )
        } else {
            format!("INSERT INTO {name} ({all}) SELECT * FROM {rows}")
        };
        let on_conflict = if changes.is_empty() {
            "DO NOTHING".to_owned()
        } else {
            format!("({key}) DO UPDATE SET {changes}")
        };
        let looked_at = match table.version_at() {
            Some(_) => format!("t.{}", quoted(VERSION)),
            None => joined(table.columns, ", ", |_, column| format!("t.{}", quoted(column.name))),
        };
        // Whoever takes timers does so beside the sequencer, see [`crate::group`].
        let lock = if table == &TIMER { " FOR UPDATE OF t" } else { "" };
        TableSql {
            select: format!("SELECT {all} FROM {name} WHERE {by_key}"),
            look: format!(
                "SELECT k.nth, {looked_at} FROM unnest({}) WITH ORDINALITY AS k({keys}, nth) JOIN {name} AS t ON {matched}{lock}",
                arrays(table.key_columns())
            ),
            put: format!("{append} ON CONFLICT {on_conflict}"),
            append,
            delete: format!(
                "DELETE FROM {name} AS t USING unnest({}) AS k({keys}) WHERE {matched}",
                arrays(table.key_columns())
            ),
        }
    }
}

/// Something said of each column, which is told its number from 1.
fn joined(columns: &[Column], between: &str, said: impl Fn(usize, &Column) -> String) -> String {
    let each = columns.iter().enumerate().map(|(nth, column)| said(nth + 1, column));
    each.collect::<Vec<_>>().join(between)
}

/// The order of a column's values: of text that of its bytes, whatever the database is set to.
pub(crate) fn order(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => " COLLATE \"C\"",
        _ => "",
    }
}

/// The statement for a question, and its parameters, the last of which is its limit: statements are kept prepared, so that
/// there must be no more of them than the program has kinds of questions.
pub(crate) fn list<'a>(query: &Query, plan: &'a Plan, limit: &'a Value) -> (String, Vec<&'a Value>) {
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
    let _ = write!(sql, " ORDER BY {order} LIMIT {}", parameter(limit));
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

/// JSON on its way from PostgreSQL, as it was stored.
struct JsonText(String);

impl<'a> FromSql<'a> for JsonText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(JsonText(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        // A database of before is read as well while it is copied: it held JSON as text.
        matches!(*kind, Type::JSON | Type::TEXT)
    }
}

/// The type of a column.
pub(crate) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        // Not `jsonb`, which would write anew what seals hash.
        Kind::Json => "json",
        Kind::Bytes => "bytea",
        Kind::Time => "timestamp with time zone",
        Kind::Bool => "boolean",
    }
}

/// A row of all columns as PostgreSQL gives it, or what does not fit the table.
pub(crate) fn decode(table: &'static Table, row: &tokio_postgres::Row) -> Result<Row, RowError> {
    decode_from(table, row, 0)
}

/// The same where the row's columns begin at `first`.
pub(crate) fn decode_from(table: &'static Table, row: &tokio_postgres::Row, first: usize) -> Result<Row, RowError> {
    let values = table.columns.iter().enumerate().map(|(nth, column)| {
        decode_value(column.kind, row, first + nth).map_err(|fault| RowError {
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
        Kind::Json => value(row.try_get::<_, Option<JsonText>>(nth)?, |JsonText(text)| {
            Value::Json(Json::from_stored(text))
        }),
        Kind::Bool => value(row.try_get(nth)?, Value::Bool),
    })
}
