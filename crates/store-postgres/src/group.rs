//! A group of change sets as one.
//!
//! What is stored under the rows that the sets depend on is read at once; the sets are judged one after another in
//! memory, each upon what the ones before it left; and what they amount to together is written at once. So a group costs a
//! few statements for each table that it touches, however many sets it has, and a set that is refused leaves no trace
//! because it was never written.
//!
//! It holds because of the lock on the head: nobody else changes these rows meanwhile. Timers alone are also moved by
//! those who take them, without that lock: their rows are locked as they are read.
//!
//! Most rows are those of new cases, which are meant to be absent and are. They are not looked for but taken as new
//! ([`Trust::New`]), and the server, which looks for their keys anyway as it inserts them, refuses the whole group where
//! one of them is not; the group is then judged once more with nothing taken on trust. A group of such rows alone needs the
//! head for the positions of its events only, at its end. Where two servers bring the same new row at once, one of them may
//! wait for the other's row while the other waits for the head: PostgreSQL ends one of the two, which is then judged anew.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use quanyu_store::change::Invalid;
use quanyu_store::tables::{CLAIM, HeldClaim, JOURNAL};
use quanyu_store::{ChangeSet, CommitError, Expect, Json, Receipt, Record, Row, Table, Value, Write};

use crate::fault::Fault;
use crate::link::{Ask, Param, Wants};
use crate::sql::{Bind, SchemaSql, decode_from};

/// Most rows, and about how many bytes, that one statement carries: far from the gigabyte at which PostgreSQL refuses, and
/// little enough to arrive over a slow line before the server takes a transaction that says nothing for one that stands still.
const MOST_ROWS: usize = 5_000;
const MOST_BYTES: usize = 4 << 20;

/// The rows that the sets of a group touch, and what becomes of them.
pub(crate) struct Group<'a> {
    slots: Vec<Slot<'a>>,
    /// For each set, the slots of its claims and then of its writes.
    touched: Vec<Vec<usize>>,
    /// What is to be looked at before anything is judged, by table.
    looks: Vec<Look>,
    /// The rows of the journal that the accepted sets amount to, with positions counted from 1.
    events: Vec<Row>,
}

/// What is taken on trust instead of being looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Rows that one set of the group puts and expects to be absent are: where one is not, its insertion fails.
    New,
    /// Nothing.
    Nothing,
}

impl Trust {
    /// Whether the row of this write must be looked at.
    fn looks(self, write: &Write) -> bool {
        match write.expect() {
            Expect::Any => false,
            _ if is_new(write) => self == Trust::Nothing,
            _ => true,
        }
    }
}

/// The slots of one table whose rows must be known.
struct Look {
    table: &'static Table,
    slots: Vec<usize>,
}

/// One row that the group touches.
struct Slot<'a> {
    table: &'static Table,
    key: Cow<'a, [Value]>,
    stored: Stored,
    is_looked_at: bool,
    change: Option<Change<'a>>,
}

/// What is stored before the group.
enum Stored {
    /// Nobody asks.
    Unknown,
    /// Nothing, as it was found or is trusted to be.
    Absent,
    /// A row of a versioned table, of this version.
    Version(i64),
    /// A row of a table without versions.
    Row(Row),
}

/// What the sets so far make of a row.
enum Change<'a> {
    Put(Cow<'a, [Value]>),
    Delete,
}

/// What becomes of the rows of one table.
struct Changes<'s> {
    table: &'static Table,
    deleted: Vec<&'s [Value]>,
    new: Vec<&'s [Value]>,
    put: Vec<&'s [Value]>,
}

impl Changes<'_> {
    fn of(table: &'static Table) -> Self {
        Changes {
            table,
            deleted: Vec::new(),
            new: Vec::new(),
            put: Vec::new(),
        }
    }
}

/// What a row is for the next set.
enum Now<'s> {
    Absent,
    Version(i64),
    Row(&'s [Value]),
}

impl Slot<'_> {
    fn now(&self) -> Now<'_> {
        match (&self.change, &self.stored) {
            (Some(Change::Put(row)), _) => Now::Row(row),
            (Some(Change::Delete), _) | (None, Stored::Absent | Stored::Unknown) => Now::Absent,
            (None, Stored::Version(version)) => Now::Version(*version),
            (None, Stored::Row(row)) => Now::Row(&row.0),
        }
    }

    fn is_as(&self, expect: &Expect) -> bool {
        match (expect, self.now()) {
            (Expect::Any, _) | (Expect::Absent, Now::Absent) => true,
            (Expect::Version(read), Now::Version(stored)) => *read == stored,
            (Expect::Version(read), Now::Row(row)) => {
                let at = self.table.version_at().expect("the set was checked");
                row[at] == Value::Int(*read)
            }
            (Expect::Same(read), Now::Row(row)) => read.0 == row,
            _ => false,
        }
    }
}

impl<'a> Group<'a> {
    /// The rows that the sets touch.
    pub fn of(sets: &[&'a ChangeSet], trust: Trust) -> Group<'a> {
        let mut group = Group {
            slots: Vec::new(),
            touched: Vec::with_capacity(sets.len()),
            looks: Vec::new(),
            events: Vec::new(),
        };
        let mut known: HashMap<(&'static str, Cow<'a, [Value]>), usize> = HashMap::new();
        let mut looks: BTreeMap<&'static str, Look> = BTreeMap::new();
        for set in sets {
            // Claims are looked for whatever is trusted: a command that is sent twice is nothing out of the ordinary.
            let claims = set.claims.iter().map(|claim| {
                let key = Cow::Owned(claim_key(&claim.space, &claim.key));
                (&CLAIM, key, &Expect::Absent, true)
            });
            let writes = set.writes.iter().map(|write| {
                let (key, expect) = (Cow::Borrowed(write.key()), write.expect());
                (write.table(), key, expect, trust.looks(write))
            });
            let mut touched = Vec::with_capacity(set.claims.len() + set.writes.len());
            for (table, key, expect, must_know) in claims.chain(writes) {
                let slots = &mut group.slots;
                let mut is_first = false;
                let slot = *known.entry((table.name, key)).or_insert_with_key(|(_, key)| {
                    is_first = true;
                    slots.push(Slot {
                        table,
                        key: key.clone(),
                        stored: Stored::Unknown,
                        is_looked_at: false,
                        change: None,
                    });
                    slots.len() - 1
                });
                if *expect != Expect::Any {
                    group.slots[slot].stored = Stored::Absent;
                }
                // What a second write leaves of a row tells nothing of whether the first one found it absent.
                let is_judged_again = !is_first && !matches!(group.slots[slot].stored, Stored::Unknown);
                if (must_know || is_judged_again) && !std::mem::replace(&mut group.slots[slot].is_looked_at, true) {
                    let look = looks.entry(table.name).or_insert(Look {
                        table,
                        slots: Vec::new(),
                    });
                    look.slots.push(slot);
                }
                touched.push(slot);
            }
            group.touched.push(touched);
        }
        group.looks = looks.into_values().collect();
        group
    }

    /// The questions that must be answered before the sets are judged.
    pub fn looks<'s>(&'s self, sql: &'s SchemaSql) -> Vec<Ask<'s>> {
        let ask = |look: &'s Look| Ask {
            sql: &sql[look.table.name].look,
            params: columns(
                look.table.key_len,
                look.slots.iter().map(|slot| &*self.slots[*slot].key),
            ),
            wants: Wants::Rows,
        };
        self.looks.iter().map(ask).collect()
    }

    /// Takes in the answers to [`looks`](Self::looks).
    pub fn found(&mut self, answers: Vec<Vec<tokio_postgres::Row>>) -> Result<(), Fault> {
        for (look, rows) in self.looks.iter().zip(answers) {
            for row in rows {
                let nth: i64 = row.try_get(0)?;
                let slot = usize::try_from(nth - 1).ok().and_then(|nth| look.slots.get(nth));
                let slot = *slot.expect("the place is one of those that were sent");
                self.slots[slot].stored = match look.table.version_at() {
                    Some(_) => Stored::Version(row.try_get(1)?),
                    None => Stored::Row(
                        decode_from(look.table, &row, 1)
                            .map_err(|damaged| Fault::Refused(Invalid::from(damaged).into()))?,
                    ),
                };
            }
        }
        Ok(())
    }

    /// Judges the sets one after another. In the answers positions are counted from the first event of the group, which has 1:
    /// where the journal ends is known when the head is locked, perhaps not before the end.
    pub fn judge(&mut self, sets: &[&'a ChangeSet]) -> Vec<Result<Receipt, CommitError>> {
        let mut position = 0;
        let mut outcomes = Vec::with_capacity(sets.len());
        let touched = std::mem::take(&mut self.touched);
        for (set, touched) in sets.iter().zip(&touched) {
            outcomes.push(match self.refusal(set, touched) {
                Some(refused) => Err(refused),
                None => {
                    let first_position = position + 1;
                    self.accept(set, touched, &mut position);
                    Ok(Receipt {
                        first_position,
                        last_position: position,
                    })
                }
            });
        }
        outcomes
    }

    fn refusal(&self, set: &ChangeSet, touched: &[usize]) -> Option<CommitError> {
        let (claims, writes) = touched.split_at(set.claims.len());
        // Claims first: a command sent twice is to be told what the first one did, not that a row has changed.
        for slot in claims {
            if let Now::Row(row) = self.slots[*slot].now() {
                return Some(held(row));
            }
        }
        let conflicting = |(write, slot): &(&Write, &usize)| !self.slots[**slot].is_as(write.expect());
        let (write, _) = set.writes.iter().zip(writes).find(conflicting)?;
        Some(CommitError::Conflict {
            table: write.table(),
            key: write.key().to_vec(),
        })
    }

    fn accept(&mut self, set: &'a ChangeSet, touched: &[usize], position: &mut i64) {
        let (claims, writes) = touched.split_at(set.claims.len());
        for (claim, slot) in set.claims.iter().zip(claims) {
            self.slots[*slot].change = Some(Change::Put(Cow::Owned(claim.to_row().0)));
        }
        for (write, slot) in set.writes.iter().zip(writes) {
            match write {
                Write::Put { row, .. } => self.slots[*slot].change = Some(Change::Put(Cow::Borrowed(&row.0))),
                Write::Delete { .. } => self.slots[*slot].change = Some(Change::Delete),
                Write::Check { .. } => {}
            }
        }
        for event in &set.events {
            *position += 1;
            self.events.push(event.at_position(*position).to_row());
        }
    }

    /// The statements that write what the accepted sets amount to, but for the journal.
    pub fn writes<'s>(&'s self, sql: &'s SchemaSql) -> Vec<Ask<'s>> {
        let mut tables: BTreeMap<&'static str, Changes<'_>> = BTreeMap::new();
        for slot in &self.slots {
            let of_table = tables.entry(slot.table.name).or_insert_with(|| Changes::of(slot.table));
            match (&slot.change, &slot.stored) {
                (None, _) | (Some(Change::Delete), Stored::Absent) => {}
                (Some(Change::Delete), _) => of_table.deleted.push(&slot.key),
                // Known to be new, it need not be looked for once more.
                (Some(Change::Put(row)), Stored::Absent) => of_table.new.push(row),
                (Some(Change::Put(row)), _) => of_table.put.push(row),
            }
        }
        let mut asks = Vec::new();
        for Changes {
            table,
            deleted,
            new,
            put,
        } in tables.values()
        {
            let (sql, all) = (&sql[table.name], table.columns.len());
            asks.extend(pieces(deleted).map(|keys| change(&sql.delete, table.key_len, keys)));
            asks.extend(pieces(new).map(|rows| change(&sql.append, all, rows)));
            asks.extend(pieces(put).map(|rows| change(&sql.put, all, rows)));
        }
        asks
    }

    /// How many events the accepted sets have.
    pub fn events(&self) -> i64 {
        i64::try_from(self.events.len()).expect("they are in memory")
    }

    /// The statements that write the journal, once the head has moved on by the events, of which there are `count`.
    pub fn journal<'s>(&'s self, sql: &'s SchemaSql, count: &'s Value) -> Vec<Ask<'s>> {
        let rows: Vec<&[Value]> = self.events.iter().map(|row| row.0.as_slice()).collect();
        let append = |rows| {
            let mut append = change(&sql[JOURNAL.name].append, JOURNAL.columns.len(), rows);
            append.params.push(Param::One(Bind(count)));
            append
        };
        pieces(&rows).map(append).collect()
    }
}

fn is_new(write: &Write) -> bool {
    matches!((write, write.expect()), (Write::Put { .. }, Expect::Absent))
}

/// Whether sets write nothing but rows that they expect to be absent, and claim nothing, as when cases come in.
pub(crate) fn are_of_new_rows(sets: &[&ChangeSet]) -> bool {
    sets.iter()
        .all(|set| set.claims.is_empty() && set.writes.iter().all(is_new))
}

fn claim_key(space: &str, key: &str) -> Vec<Value> {
    vec![space.into(), key.into()]
}

fn held(row: &[Value]) -> CommitError {
    match HeldClaim::from_row(Row(row.to_vec())) {
        Ok(held) => CommitError::Duplicate {
            space: held.space,
            key: held.key,
            held: held.holds,
        },
        Err(damaged) => CommitError::Invalid(Invalid::from(damaged)),
    }
}

fn change<'s>(sql: &'s str, width: usize, rows: &[&'s [Value]]) -> Ask<'s> {
    Ask {
        sql,
        params: columns(width, rows.iter().copied()),
        wants: Wants::Count,
    }
}

/// Rows turned into one array for each of their first `width` columns.
pub(crate) fn columns<'s>(width: usize, rows: impl Iterator<Item = &'s [Value]> + Clone) -> Vec<Param<'s>> {
    let column = |nth: usize| Param::Many(rows.clone().map(|row| Bind(&row[nth])).collect());
    (0..width).map(column).collect()
}

/// Rows in pieces that one statement each can carry.
fn pieces<'r, 's>(mut rows: &'r [&'s [Value]]) -> impl Iterator<Item = &'r [&'s [Value]]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |row: &&[Value]| {
            bytes += row.iter().map(size).sum::<usize>();
            bytes <= MOST_BYTES
        };
        let count = rows.iter().take(MOST_ROWS).copied().take_while(fits).count();
        // One row that is larger than that still goes.
        let (piece, rest) = rows.split_at(count.max(1).min(rows.len()));
        rows = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Int(_) | Value::Time(_) | Value::Bool(_) => 8,
        Value::Text(text) => text.len(),
        Value::Json(json) => Json::as_str(json).len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}
