//! Everything that is said to SQLite about a table, and how values travel.

use std::fmt::Write as _;
use std::ops::Bound;

use jiff::Timestamp;
use quanyu_store::query::{Direction, Plan};
use quanyu_store::record::RowError;
use quanyu_store::{Json, Kind, Query, Row, Schema, Table, Value};
use rusqlite::Statement;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::collections::HashMap;

/// The statements of one table, written once. Parameter `?n` is the table's n-th column; where a version is expected it
/// is the parameter after the last column's.
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

/// The name of an index in the database.
pub(crate) fn index_name(table: &Table, index: &str) -> String {
    format!("{}__{index}", table.name)
}

impl TableSql {
    fn of(table: &Table) -> TableSql {
        let name = quoted(table.name);
        let all = names(table.columns.iter().map(|column| column.name));
        let assign =
            |(nth, column): (usize, &quanyu_store::schema::Column)| format!("\"{}\" = ?{}", column.name, nth + 1);
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
            .map(|nth| format!("?{nth}"))
            .collect::<Vec<_>>()
            .join(", ");
        let insert = format!("INSERT INTO {name} ({all}) VALUES ({values})");
        let key = names(table.key_columns().iter().map(|column| column.name));
        let on_conflict = if changes.is_empty() {
            "DO NOTHING".to_owned()
        } else {
            format!("({key}) DO UPDATE SET {changes}")
        };
        let if_version = format!("\"{}\" = ?{}", quanyu_store::schema::VERSION, table.columns.len() + 1);
        TableSql {
            select: format!("SELECT {all} FROM {name} WHERE {by_key}"),
            upsert: format!("{insert} ON CONFLICT {on_conflict}"),
            insert: format!("{insert} ON CONFLICT DO NOTHING"),
            update: format!("UPDATE {name} SET {changes} WHERE {by_key} AND {if_version}"),
            delete: format!("DELETE FROM {name} WHERE {by_key}"),
            delete_version: format!("DELETE FROM {name} WHERE {by_key} AND {if_version}"),
        }
    }
}

/// The statement for a question, and its parameters. `INDEXED BY` makes SQLite refuse rather than walk over the table,
/// should the index not serve.
pub(crate) fn list<'a>(query: &Query, plan: &'a Plan) -> (String, Vec<&'a Value>) {
    let table = query.table;
    let column = |at: usize| quoted(table.columns[at].name);
    let mut sql = format!(
        "SELECT {} FROM {}",
        names(table.columns.iter().map(|column| column.name)),
        quoted(table.name)
    );
    if let Some(index) = query.index {
        let _ = write!(sql, " INDEXED BY {}", quoted(&index_name(table, index)));
    }
    let mut values = Vec::new();
    let mut conditions = Vec::new();
    let mut parameter = |value: &'a Value| {
        values.push(value);
        format!("?{}", values.len())
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

/// A value on its way into SQLite, borrowed.
pub(crate) struct Bind<'a>(pub &'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(*value),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Time(at) => ValueRef::Integer(at.as_microsecond()),
            Value::Json(json) => ValueRef::Text(json.as_str().as_bytes()),
            Value::Bool(value) => ValueRef::Integer(i64::from(*value)),
        }))
    }
}

/// Binds values to the first parameters of a statement.
pub(crate) fn bind<'a>(
    statement: &mut Statement<'_>,
    values: impl IntoIterator<Item = &'a Value>,
) -> rusqlite::Result<()> {
    for (nth, value) in values.into_iter().enumerate() {
        statement.raw_bind_parameter(nth + 1, Bind(value))?;
    }
    Ok(())
}

/// The type of a column in a STRICT table.
pub(crate) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int | Kind::Time | Kind::Bool => "INTEGER",
        Kind::Text | Kind::Json => "TEXT",
        Kind::Bytes => "BLOB",
    }
}

/// A row of all columns as SQLite gives it, or what does not fit the table.
pub(crate) fn decode(table: &'static Table, row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Row, RowError>> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (nth, column) in table.columns.iter().enumerate() {
        match decode_value(column.kind, row.get_ref(nth)?) {
            Some(value) => values.push(value),
            None => {
                let what = format!("holds something else than {:?}", column.kind);
                return Ok(Err(RowError {
                    table: table.name,
                    column: column.name,
                    what,
                }));
            }
        }
    }
    Ok(Ok(Row(values)))
}

fn decode_value(kind: Kind, stored: ValueRef<'_>) -> Option<Value> {
    Some(match (kind, stored) {
        (_, ValueRef::Null) => Value::Null,
        (Kind::Int, ValueRef::Integer(value)) => Value::Int(value),
        (Kind::Time, ValueRef::Integer(value)) => Value::Time(Timestamp::from_microsecond(value).ok()?),
        (Kind::Bool, ValueRef::Integer(value @ (0 | 1))) => Value::Bool(value == 1),
        (Kind::Text, ValueRef::Text(text)) => Value::Text(str::from_utf8(text).ok()?.to_owned()),
        (Kind::Json, ValueRef::Text(text)) => Value::Json(Json::from_stored(str::from_utf8(text).ok()?.to_owned())),
        (Kind::Bytes, ValueRef::Blob(bytes)) => Value::Bytes(bytes.to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use quanyu_store::tables::{JOURNAL, TIMER};
    use quanyu_store::{Direction, Query, Schema, Table, Value};
    use rusqlite::Connection;

    quanyu_store::table! {
        /// A stall.
        pub static STALL = "stall", Derived, key 2;
        /// A stall.
        pub struct Stall {
            /// District.
            district: i64,
            /// Number.
            id: i64,
            /// Kind.
            kind: String,
            /// Next inspection.
            due: Option<jiff::Timestamp>,
        }
        index by_due(district, due) "a round";
        index by_kind(kind, due) "a kind";
        index by_kind_of(district, kind) "a kind in a district";
    }

    fn some(table: &Table, column: usize) -> Value {
        match table.columns[column].kind {
            quanyu_store::Kind::Int => 1.into(),
            quanyu_store::Kind::Time => jiff::Timestamp::UNIX_EPOCH.into(),
            _ => "x".into(),
        }
    }

    /// Whatever is asked, SQLite searches the named tree, reads it in order and stops at the limit.
    #[test]
    fn no_question_scans_or_sorts() {
        let schema = Schema::new(1, [&STALL], &[]).expect("sound");
        let connection = Connection::open_in_memory().expect("SQLite has memory");
        crate::ddl::settle(&connection, &schema).expect("tables are made");
        for table in [&STALL, &TIMER, &JOURNAL] {
            for index in std::iter::once(None).chain(table.indexes.iter().map(|index| Some(index.name))) {
                let order = table.order_of(index).expect("declared");
                let place: Vec<Value> = order.iter().map(|at| some(table, *at)).collect();
                for equal in 0..order.len() {
                    for after in [None, Some(place.clone())] {
                        for bound in [Bound::Unbounded, Bound::Included(place[equal].clone())] {
                            for direction in [Direction::Ascending, Direction::Descending] {
                                let query = Query {
                                    table,
                                    index,
                                    prefix: place[..equal].to_vec(),
                                    range: Some((bound.clone(), bound.clone())),
                                    after: after.clone(),
                                    direction,
                                    limit: 5,
                                };
                                let plan = query.plan().expect("sound");
                                let (sql, values) = super::list(&query, &plan);
                                let explained = explain(&connection, &sql, &values);
                                let whole = equal == 0 && after.is_none() && bound == Bound::Unbounded;
                                let searches = if whole {
                                    explained.starts_with("SCAN")
                                } else {
                                    explained.starts_with("SEARCH")
                                };
                                assert!(searches && !explained.contains("TEMP"), "{explained}: {sql}");
                                match index {
                                    Some(name) => {
                                        assert!(explained.contains(&format!("{}__{name}", table.name)), "{explained}")
                                    }
                                    None => assert!(!explained.contains("__"), "{explained}: {sql}"),
                                }
                                // Every column after the equal ones that can narrow the search does.
                                if after.is_some() {
                                    let used = explained.matches(['<', '>', '=']).count();
                                    assert!(used > equal, "{explained}: {sql}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn explain(connection: &Connection, sql: &str, values: &[&Value]) -> String {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("SQLite can plan it");
        super::bind(&mut statement, values.iter().copied()).expect("as many parameters");
        let mut rows = statement.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().expect("a plan") {
            lines.push(row.get::<_, String>(3).expect("its text"));
        }
        lines.join(" / ")
    }
}
