//! Tables, columns and indexes as data. An engine makes them; nobody else writes a table down.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::change::Invalid;
use crate::tables;
use crate::value::{Kind, Value};

/// One table. Two tables are the same when their names are.
pub struct Table {
    /// Name in snake_case, unique in the schema.
    pub name: &'static str,
    /// What a row is; engines that can attach a comment to a table do.
    pub doc: &'static str,
    /// The columns; the first [`key_len`](Table::key_len) of them are the primary key.
    pub columns: &'static [Column],
    /// How many leading columns are the primary key; at least 1.
    pub key_len: usize,
    /// The ways, besides the key, in which rows are listed.
    pub indexes: &'static [Index],
    /// Which of its columns name a row of another table.
    pub references: &'static [Reference],
    /// Whether it can be rebuilt.
    pub class: TableClass,
}

/// One column.
pub struct Column {
    /// Name in snake_case, unique in the table. A column called [`VERSION`] makes the table versioned.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null; never in the primary key.
    pub nullable: bool,
    /// What it means.
    pub doc: &'static str,
}

/// One secondary index. It lists the rows in which **none of its columns is null**, ordered by its columns and then by
/// the key columns that it does not name, so that the place of every row is unique and paging has no ties.
pub struct Index {
    /// Name in snake_case, unique in the table.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [&'static str],
    /// Which list or look-up needs it; an index that serves nothing is not worth its writes.
    pub serves: &'static str,
}

/// A column that holds the key of a row of another table, which is there for as long as this one is. An engine whose
/// tables others look at as well declares it as a foreign key, judged when a change set is committed.
///
/// What is written for every case refers to nothing: a key costs more than the row itself. And nothing refers to a derived
/// table, which is emptied when it is rebuilt.
pub struct Reference {
    /// The column.
    pub column: &'static str,
    /// The table, whose key is one column of the same kind. It stands before this one in the schema, so that tables can be
    /// carried one after another.
    pub to: &'static Table,
}

/// Where the truth of a table lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableClass {
    /// Primary: the journal, texts, personal values, attachments' metadata, credentials, claims, seals.
    Kept,
    /// What the journal amounts to: may be emptied and rebuilt by applying events.
    Derived,
}

/// The name of the column that makes a table versioned: an integer, 1 in a new row and one more with every change.
pub const VERSION: &str = "version";

impl Table {
    /// The position of a column.
    pub fn column_at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The key columns.
    pub fn key_columns(&self) -> &'static [Column] {
        &self.columns[..self.key_len]
    }

    /// The position of the version column, if the table is versioned.
    pub fn version_at(&self) -> Option<usize> {
        self.column_at(VERSION)
    }

    /// The positions of the columns by which an index orders (or the primary key, for `None`): its own columns, then the
    /// key columns it does not name. `None` when the table has no such index.
    pub fn order_of(&self, index: Option<&str>) -> Option<Vec<usize>> {
        let mut order = Vec::new();
        if let Some(name) = index {
            let index = self.indexes.iter().find(|index| index.name == name)?;
            for column in index.columns {
                order.push(self.column_at(column)?);
            }
        }
        for key in 0..self.key_len {
            if !order.contains(&key) {
                order.push(key);
            }
        }
        Some(order)
    }

    /// Whether a column stands in the key or in an index, where values must stay short.
    pub fn is_indexed(&self, column: usize) -> bool {
        column < self.key_len
            || self
                .indexes
                .iter()
                .any(|index| index.columns.contains(&self.columns[column].name))
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.name == other.name
    }
}

impl Eq for Table {}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A step from one version of a schema to the next, as data. Tables and indexes need no step: an engine makes those that
/// are missing, and makes an index anew when its columns change.
#[derive(Clone, Debug)]
pub enum Step {
    /// A column that the table did not have; rows from before get `fill`.
    AddColumn {
        /// Table name.
        table: &'static str,
        /// Column name; it is a column of the table as now declared.
        column: &'static str,
        /// Value in the rows from before; null only in a nullable column.
        fill: Value,
    },
    /// What one column holds, into another of the same kind, in every row.
    CopyColumn {
        /// Table name.
        table: &'static str,
        /// Column that is read.
        from: &'static str,
        /// Column that is filled.
        to: &'static str,
    },
    /// A column under a new name.
    RenameColumn {
        /// Table name.
        table: &'static str,
        /// Old name.
        from: &'static str,
        /// New name.
        to: &'static str,
    },
    /// A column that is no more, with what it held.
    DropColumn {
        /// Table name.
        table: &'static str,
        /// Column name.
        column: &'static str,
    },
    /// A table that is no more, with what it held.
    DropTable {
        /// Table name.
        table: &'static str,
    },
    /// A cursor at the beginning of the journal, where there is none of this name: whoever goes by it has all of it to do.
    BeginCursor {
        /// Name of the cursor.
        name: &'static str,
    },
}

/// The steps that lead to version `to` from the version before it.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The version reached.
    pub to: i64,
    /// What changes and why, for the log.
    pub what: &'static str,
    /// The steps, in order.
    pub steps: &'static [Step],
}

/// All tables of a program, and how older databases become such ones.
#[derive(Clone)]
pub struct Schema {
    version: i64,
    tables: Vec<&'static Table>,
    by_name: HashMap<&'static str, &'static Table>,
    migrations: &'static [Migration],
}

/// What is wrong with a declared schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct SchemaFault {
    /// Table, or table and column or index, or migration.
    pub place: String,
    /// What is wrong and what to write instead.
    pub what: String,
}

fn fault(place: impl Into<String>, what: impl Into<String>) -> SchemaFault {
    SchemaFault {
        place: place.into(),
        what: what.into(),
    }
}

impl Schema {
    /// The given tables and the ones that the store itself needs ([`tables::OWN`]), checked. `version` starts at 1 and
    /// grows by one with every change that needs a [`Migration`].
    pub fn new(
        version: i64,
        tables: impl IntoIterator<Item = &'static Table>,
        migrations: &'static [Migration],
    ) -> Result<Schema, SchemaFault> {
        let tables: Vec<&'static Table> = tables::OWN.iter().copied().chain(tables).collect();
        let mut by_name = HashMap::new();
        for table in &tables {
            check_table(table)?;
            check_references(table, &by_name)?;
            if by_name.insert(table.name, *table).is_some() {
                return Err(fault(table.name, "two tables have this name"));
            }
        }
        if version < 1 {
            return Err(fault("schema", format!("version {version} is below 1")));
        }
        for (nth, migration) in migrations.iter().enumerate() {
            let in_order = nth == 0 || migrations[nth - 1].to + 1 == migration.to;
            if migration.to < 2 || migration.to > version || !in_order {
                return Err(fault(
                    format!("migration to {}", migration.to),
                    format!("migrations must follow one another without gaps, from 2 at the earliest to {version}"),
                ));
            }
        }
        if version > 1 && !migrations.is_empty() && migrations[migrations.len() - 1].to != version {
            return Err(fault(
                "schema",
                format!("the last migration does not lead to version {version}"),
            ));
        }
        Ok(Schema {
            version,
            tables,
            by_name,
            migrations,
        })
    }

    /// The version that the program expects.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// All tables, the store's own first.
    pub fn tables(&self) -> &[&'static Table] {
        &self.tables
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&'static Table> {
        self.by_name.get(name).copied()
    }

    /// Refuses a table that the schema does not hold, so that an engine never meets one that it did not make.
    pub fn check_table(&self, table: &'static Table) -> Result<(), Invalid> {
        if self.table(table.name).is_some_and(|known| std::ptr::eq(known, table)) {
            Ok(())
        } else {
            Err(Invalid::new(table.name, "is not a table of the opened schema"))
        }
    }

    /// The migrations that lead from an older version to this one, in order; a fault when there is no way, because the
    /// database is newer than the program or older than its first migration.
    pub fn way_from(&self, stored: i64) -> Result<&'static [Migration], SchemaFault> {
        if stored > self.version {
            return Err(fault(
                format!("database of schema version {stored}"),
                format!(
                    "this program knows only version {}; run the newer program that wrote it, or restore a backup",
                    self.version
                ),
            ));
        }
        if stored == self.version {
            return Ok(&[]);
        }
        match self.migrations.iter().position(|migration| migration.to == stored + 1) {
            Some(first) => Ok(&self.migrations[first..]),
            None => Err(fault(
                format!("database of schema version {stored}"),
                format!(
                    "this program cannot bring it to version {}; open it with an older release first",
                    self.version
                ),
            )),
        }
    }
}

fn check_table(table: &Table) -> Result<(), SchemaFault> {
    check_name(table.name, table.name)?;
    if table.key_len == 0 || table.key_len > table.columns.len() {
        return Err(fault(
            table.name,
            format!("key_len {} is not 1..={}", table.key_len, table.columns.len()),
        ));
    }
    let mut seen = HashSet::new();
    for (nth, column) in table.columns.iter().enumerate() {
        let place = format!("{}.{}", table.name, column.name);
        check_name(&place, column.name)?;
        if !seen.insert(column.name) {
            return Err(fault(place, "two columns have this name"));
        }
        if nth < table.key_len && column.nullable {
            return Err(fault(place, "a key column may not be nullable"));
        }
        if nth < table.key_len && column.kind == Kind::Json {
            return Err(fault(place, "JSON has no order and cannot stand in a key"));
        }
        if column.name == VERSION && (nth < table.key_len || column.kind != Kind::Int || column.nullable) {
            return Err(fault(
                place,
                "the version is a plain integer outside the key, never null",
            ));
        }
    }
    let mut names = HashSet::new();
    for index in table.indexes {
        let place = format!("{}/{}", table.name, index.name);
        check_name(&place, index.name)?;
        if !names.insert(index.name) {
            return Err(fault(place, "two indexes have this name"));
        }
        let mut inside = HashSet::new();
        for name in index.columns {
            let Some(at) = table.column_at(name) else {
                return Err(fault(place, format!("the table has no column {name:?}")));
            };
            if table.columns[at].kind == Kind::Json {
                return Err(fault(place, format!("column {name:?} is JSON, which has no order")));
            }
            if !inside.insert(*name) {
                return Err(fault(place, format!("names column {name:?} twice")));
            }
        }
        if index.columns.is_empty() {
            return Err(fault(place, "names no column"));
        }
    }
    Ok(())
}

/// `before` are the tables that stand before this one.
fn check_references(table: &Table, before: &HashMap<&'static str, &'static Table>) -> Result<(), SchemaFault> {
    for Reference { column, to } in table.references {
        let place = format!("{}.{column}", table.name);
        let Some(at) = table.column_at(column) else {
            return Err(fault(place, "refers to another table, and is no column"));
        };
        if !before.contains_key(to.name) {
            return Err(fault(
                place,
                format!("refers to {}, which must stand before it", to.name),
            ));
        }
        if to.class != TableClass::Kept {
            return Err(fault(place, format!("refers to {}, which a rebuild empties", to.name)));
        }
        if to.key_len != 1 || to.columns[0].kind != table.columns[at].kind {
            return Err(fault(
                place,
                format!("is not of the same kind as the key of {}", to.name),
            ));
        }
    }
    Ok(())
}

/// Names go into SQL and into file names of exports: short snake_case. 30 bytes leave room for `table__index` within the
/// 63 that PostgreSQL keeps.
fn check_name(place: &str, name: &str) -> Result<(), SchemaFault> {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain && name.len() <= 30 && name.starts_with(|first: char| first.is_ascii_lowercase()) {
        Ok(())
    } else {
        Err(fault(
            place,
            format!("{name:?} is not a snake_case name of at most 30 letters"),
        ))
    }
}
