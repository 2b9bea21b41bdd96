//! What is committed: one [`ChangeSet`], whole or not at all.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::record::{Record, Row, RowError, check_key};
use crate::schema::{Schema, Table};
use crate::tables::{CLAIM, Event, HeldClaim, JOURNAL};
use crate::value::{Json, Value, whole_microseconds};

/// Everything that one decision changes. Expectations and claims are judged against what was stored before the set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// What happened; appended to the journal in this order.
    pub events: Vec<NewEvent>,
    /// What must not exist twice.
    pub claims: Vec<Claim>,
    /// Rows put, deleted or relied upon; each row at most once.
    pub writes: Vec<Write>,
}

/// An event before it has a position. Columns as in [`Event`].
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The district that it belongs to.
    pub district: i64,
    /// What kind of thing changed.
    pub noun: String,
    /// Which one.
    pub id: i64,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// When it was decided.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// The decided facts.
    pub body: Json,
}

/// A claim on something unique. It stays until its row of the `claim` table is deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The kind of uniqueness.
    pub space: String,
    /// What is unique in it.
    pub key: String,
    /// What a later claimant is told.
    pub holds: Json,
}

/// One row put, deleted or relied upon.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The row as it is from now on.
    Put {
        /// The table.
        table: &'static Table,
        /// The whole row.
        row: Row,
        /// What must be stored under its key.
        expect: Expect,
    },
    /// The row is no more.
    Delete {
        /// The table.
        table: &'static Table,
        /// Its key.
        key: Vec<Value>,
        /// What must be stored under the key.
        expect: Expect,
    },
    /// The row is not changed, but the decision holds only while it is as expected.
    Check {
        /// The table.
        table: &'static Table,
        /// Its key.
        key: Vec<Value>,
        /// What must be stored under the key.
        expect: Expect,
    },
}

/// What must be stored under a key for a write to hold; otherwise the whole set conflicts.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// No row.
    Absent,
    /// A row of this version. A row put upon it carries the version after it. Versioned tables only.
    Version(i64),
    /// Exactly this row; for tables without versions.
    Same(Row),
    /// Whatever there is, or nothing.
    Any,
}

/// Why a change set or a question is malformed: the caller's mistake, not the data's or the machine's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Invalid {
    /// Where: a table and column, an event, a claim.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl Invalid {
    /// A mistake at a place.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Invalid {
        Invalid {
            place: place.into(),
            what: what.into(),
        }
    }
}

impl From<RowError> for Invalid {
    fn from(fault: RowError) -> Invalid {
        Invalid {
            place: format!("{}.{}", fault.table, fault.column),
            what: fault.what,
        }
    }
}

impl NewEvent {
    /// The event with its position.
    pub fn at_position(&self, position: i64) -> Event {
        Event {
            position,
            district: self.district,
            noun: self.noun.clone(),
            id: self.id,
            kind: self.kind.clone(),
            actor: self.actor.clone(),
            at: whole_microseconds(self.at),
            reason: self.reason.clone(),
            body: self.body.clone(),
        }
    }
}

impl Claim {
    /// The row of the `claim` table.
    pub fn to_row(&self) -> Row {
        HeldClaim {
            space: self.space.clone(),
            key: self.key.clone(),
            holds: self.holds.clone(),
        }
        .to_row()
    }
}

impl Write {
    /// Puts a record.
    pub fn put<R: Record>(record: &R, expect: Expect) -> Write {
        Write::Put {
            table: R::table(),
            row: record.to_row(),
            expect,
        }
    }

    /// Puts a record that must not exist yet.
    pub fn insert<R: Record>(record: &R) -> Write {
        Write::put(record, Expect::Absent)
    }

    /// Puts a versioned record over the version that was read; the record carries the version after it.
    pub fn update<R: Record>(record: &R, read_version: i64) -> Write {
        Write::put(record, Expect::Version(read_version))
    }

    /// Deletes a row.
    pub fn delete(table: &'static Table, key: Vec<Value>, expect: Expect) -> Write {
        Write::Delete { table, key, expect }
    }

    /// Relies on a row.
    pub fn check(table: &'static Table, key: Vec<Value>, expect: Expect) -> Write {
        Write::Check { table, key, expect }
    }

    /// The table.
    pub fn table(&self) -> &'static Table {
        match self {
            Write::Put { table, .. } | Write::Delete { table, .. } | Write::Check { table, .. } => table,
        }
    }

    /// The key of the row.
    pub fn key(&self) -> &[Value] {
        match self {
            Write::Put { table, row, .. } => &row.0[..table.key_len.min(row.0.len())],
            Write::Delete { key, .. } | Write::Check { key, .. } => key,
        }
    }

    /// The expectation.
    pub fn expect(&self) -> &Expect {
        match self {
            Write::Put { expect, .. } | Write::Delete { expect, .. } | Write::Check { expect, .. } => expect,
        }
    }

    fn check_form(&self, schema: &Schema) -> Result<(), Invalid> {
        let table = self.table();
        schema.check_table(table)?;
        if table.name == JOURNAL.name {
            return Err(Invalid::new(
                table.name,
                "is only appended to; put an event into the set",
            ));
        }
        match self {
            Write::Put { row, .. } => row.check(table)?,
            Write::Delete { key, .. } | Write::Check { key, .. } => check_key(table, key)?,
        }
        if let Expect::Same(row) = self.expect() {
            row.check(table)?;
            if &row.0[..table.key_len] != self.key() {
                return Err(Invalid::new(table.name, "expects a row of another key"));
            }
        }
        self.check_version(table)
    }

    fn check_version(&self, table: &'static Table) -> Result<(), Invalid> {
        let place = || format!("{}.version", table.name);
        let carried = match (self, table.version_at()) {
            (Write::Put { row, .. }, Some(at)) => match row.0[at] {
                Value::Int(version) => Some(version),
                _ => return Err(Invalid::new(place(), "is not an integer")),
            },
            _ => None,
        };
        match (self.expect(), table.version_at()) {
            (Expect::Version(_), None) => Err(Invalid::new(table.name, "has no versions to expect one of")),
            (Expect::Same(_), Some(_)) => Err(Invalid::new(table.name, "has versions: expect one instead of a row")),
            (Expect::Version(read), Some(_)) => match carried {
                Some(version) if Some(version) != read.checked_add(1) => Err(Invalid::new(
                    place(),
                    format!("is {version}; a row put upon version {read} carries the next"),
                )),
                _ => Ok(()),
            },
            (Expect::Absent, Some(_)) if carried.is_some_and(|version| version != 1) => {
                Err(Invalid::new(place(), "is not 1 in a new row"))
            }
            _ if carried.is_some_and(|version| version < 1) => Err(Invalid::new(place(), "is below 1")),
            _ => Ok(()),
        }
    }
}

impl ChangeSet {
    /// A set that changes nothing yet.
    pub fn new() -> ChangeSet {
        ChangeSet::default()
    }

    /// With one more event.
    pub fn event(mut self, event: NewEvent) -> ChangeSet {
        self.events.push(event);
        self
    }

    /// With one more claim.
    pub fn claim(mut self, claim: Claim) -> ChangeSet {
        self.claims.push(claim);
        self
    }

    /// With one more write.
    pub fn write(mut self, write: Write) -> ChangeSet {
        self.writes.push(write);
        self
    }

    /// What every engine asks before it touches anything: known tables, rows that fit them in canonical form, versions
    /// that count up, no row or claim twice.
    pub fn check(&self, schema: &Schema) -> Result<(), Invalid> {
        for (nth, event) in self.events.iter().enumerate() {
            event.at_position(1).to_row().check(&JOURNAL).map_err(|fault| {
                Invalid::new(
                    format!("event {} ({} {}), {}", nth + 1, event.noun, event.kind, fault.column),
                    fault.what,
                )
            })?;
        }
        let mut touched: HashSet<(&str, &[Value])> = HashSet::with_capacity(self.writes.len());
        for write in &self.writes {
            write.check_form(schema)?;
            if !touched.insert((write.table().name, write.key())) {
                return Err(Invalid::new(
                    write.table().name,
                    format!("the row {:?} is written twice", write.key()),
                ));
            }
        }
        let mut claimed = HashSet::with_capacity(self.claims.len());
        for claim in &self.claims {
            let row = claim.to_row();
            row.check(&CLAIM)?;
            let key = row.key(&CLAIM);
            if touched.contains(&(CLAIM.name, key.as_slice())) || !claimed.insert(key) {
                return Err(Invalid::new(
                    format!("claim {}", claim.space),
                    format!("{:?} is claimed twice", claim.key),
                ));
            }
        }
        Ok(())
    }
}
