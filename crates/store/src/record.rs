//! Rows, and the Rust structs that they are.

use crate::schema::Table;
use crate::value::{Field, Value};

/// The values of one row, in the order of the table's columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row(pub Vec<Value>);

/// Why a row is not one of its table's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column}: {what}")]
pub struct RowError {
    /// Table name.
    pub table: &'static str,
    /// Column name, or `*` when the row as a whole is wrong.
    pub column: &'static str,
    /// What is wrong.
    pub what: String,
}

/// A Rust struct that is a row of one table. [`crate::table!`] writes the struct, the table and this together.
pub trait Record: Sized {
    /// The table.
    fn table() -> &'static Table;
    /// The row that is stored.
    fn to_row(&self) -> Row;
    /// The struct that a stored row is.
    fn from_row(row: Row) -> Result<Self, RowError>;
    /// The row's key.
    fn key(&self) -> Vec<Value> {
        self.to_row().key(Self::table())
    }
}

impl Row {
    /// The key of the row.
    pub fn key(&self, table: &Table) -> Vec<Value> {
        self.0.iter().take(table.key_len).cloned().collect()
    }

    /// The place of the row in an index (or in the primary key, for `None`), which is what a following page starts after;
    /// `None` when the table has no such index.
    pub fn place_in(&self, table: &Table, index: Option<&str>) -> Option<Vec<Value>> {
        let order = table.order_of(index)?;
        order.into_iter().map(|at| self.0.get(at).cloned()).collect()
    }

    /// One value by its column name.
    pub fn value(&self, table: &'static Table, column: &'static str) -> Result<&Value, RowError> {
        let wrong = |what: &str| RowError {
            table: table.name,
            column,
            what: what.to_owned(),
        };
        let at = table
            .column_at(column)
            .ok_or_else(|| wrong("the table has no such column"))?;
        self.0.get(at).ok_or_else(|| wrong("the row is too short"))
    }

    /// One column as a Rust value.
    pub fn get<T: Field>(&self, table: &'static Table, column: &'static str) -> Result<T, RowError> {
        let value = self.value(table, column)?;
        T::from_value(value.clone()).ok_or_else(|| mismatch::<T>(table, column))
    }

    /// Whether the row fits its table: as many values as columns, each of its column's kind and in canonical form.
    pub fn check(&self, table: &'static Table) -> Result<(), RowError> {
        check_values(table, &self.0, table.columns.len())
    }
}

/// Whether the values are a key of the table: as many as its key columns, each of its column's kind, none null.
pub fn check_key(table: &'static Table, key: &[Value]) -> Result<(), RowError> {
    check_values(table, key, table.key_len)
}

fn check_values(table: &'static Table, values: &[Value], expected: usize) -> Result<(), RowError> {
    if values.len() != expected {
        let what = format!("{} values where {expected} are needed", values.len());
        return Err(RowError {
            table: table.name,
            column: "*",
            what,
        });
    }
    for (at, (value, column)) in values.iter().zip(table.columns).enumerate() {
        let wrong = |what: String| RowError {
            table: table.name,
            column: column.name,
            what,
        };
        match value.kind() {
            None if column.nullable => {}
            None => return Err(wrong("may not be null".to_owned())),
            Some(kind) if kind == column.kind => {
                value
                    .check(table.is_indexed(at))
                    .map_err(|fault| wrong(fault.to_string()))?;
            }
            Some(kind) => return Err(wrong(format!("holds {kind:?} where {:?} is declared", column.kind))),
        }
    }
    Ok(())
}

fn mismatch<T: Field>(table: &'static Table, column: &'static str) -> RowError {
    let what = format!("the stored value is not one of {}", std::any::type_name::<T>());
    RowError {
        table: table.name,
        column,
        what,
    }
}

/// Takes a row apart, column by column, in order.
pub struct RowParts {
    table: &'static Table,
    values: std::vec::IntoIter<Value>,
    at: usize,
}

impl RowParts {
    /// Begins with the first column; refuses a row of the wrong length.
    pub fn new(table: &'static Table, row: Row) -> Result<RowParts, RowError> {
        if row.0.len() == table.columns.len() {
            return Ok(RowParts {
                table,
                values: row.0.into_iter(),
                at: 0,
            });
        }
        let what = format!("{} values where {} are needed", row.0.len(), table.columns.len());
        Err(RowError {
            table: table.name,
            column: "*",
            what,
        })
    }

    /// The next column.
    pub fn take<T: Field>(&mut self) -> Result<T, RowError> {
        let column = self.table.columns.get(self.at).map_or("*", |column| column.name);
        self.at += 1;
        self.values
            .next()
            .and_then(T::from_value)
            .ok_or_else(|| mismatch::<T>(self.table, column))
    }
}

/// Declares a table and the struct that its rows are, so that the two cannot differ.
///
/// ```
/// quanyu_store::table! {
///     /// A stall at a market.
///     pub static STALL = "stall", Derived, key 2;
///     /// One stall.
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Stall {
///         /// The district that it lies in.
///         district: i64,
///         /// Its number.
///         id: i64,
///         /// What the sign says.
///         title: String,
///         /// When it is inspected next; null when it is not to be.
///         due: Option<jiff::Timestamp>,
///         /// See [`quanyu_store::schema::VERSION`].
///         version: i64,
///     }
///     index by_due(district, due) "the round of an inspector, the most overdue first";
/// }
/// quanyu_store::table! {
///     /// Who holds stalls.
///     pub static HOLDER = "holder", Kept, key 1;
///     /// A holder.
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Holder {
///         /// Their number.
///         id: i64,
///     }
/// }
/// quanyu_store::table! {
///     /// Licences to trade.
///     pub static LICENCE = "licence", Kept, key 1;
///     /// A licence.
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Licence {
///         /// Its number.
///         id: i64,
///         /// Whose it is.
///         holder: i64,
///     }
///     reference holder to HOLDER;
/// }
/// # fn main() { assert_eq!(STALL.columns[3].kind, quanyu_store::Kind::Time); }
/// ```
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $table_doc:literal])+
        $table_vis:vis static $table:ident = $name:literal, $class:ident, key $key_len:literal;
        $(#[$struct_meta:meta])*
        $struct_vis:vis struct $record:ident {
            $( $(#[doc = $column_doc:literal])+ $column:ident: $type:ty ),+ $(,)?
        }
        $( index $index:ident($($index_column:ident),+ $(,)?) $serves:literal; )*
        $( reference $referring:ident to $to:path; )*
    ) => {
        $(#[doc = $table_doc])+
        $table_vis static $table: $crate::schema::Table = $crate::schema::Table {
            name: $name,
            doc: concat!($($table_doc),+).trim_ascii(),
            columns: &[ $( $crate::schema::Column {
                name: stringify!($column),
                kind: <$type as $crate::value::Field>::KIND,
                nullable: <$type as $crate::value::Field>::NULLABLE,
                doc: concat!($($column_doc),+).trim_ascii(),
            } ),+ ],
            key_len: $key_len,
            indexes: &[ $( $crate::schema::Index {
                name: stringify!($index),
                columns: &[ $( stringify!($index_column) ),+ ],
                serves: $serves,
            } ),* ],
            references: &[ $( $crate::schema::Reference {
                column: stringify!($referring),
                to: &$to,
            } ),* ],
            class: $crate::schema::TableClass::$class,
        };

        $(#[$struct_meta])*
        $struct_vis struct $record {
            $( $(#[doc = $column_doc])+ pub $column: $type ),+
        }

        impl $crate::record::Record for $record {
            fn table() -> &'static $crate::schema::Table {
                &$table
            }
            fn to_row(&self) -> $crate::record::Row {
                $crate::record::Row(vec![ $( $crate::value::Field::to_value(&self.$column) ),+ ])
            }
            fn from_row(row: $crate::record::Row) -> Result<Self, $crate::record::RowError> {
                let mut parts = $crate::record::RowParts::new(&$table, row)?;
                Ok(Self { $( $column: parts.take::<$type>()? ),+ })
            }
        }
    };
}
