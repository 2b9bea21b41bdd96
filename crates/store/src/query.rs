//! Questions as data: along the primary key or one declared index, never across a whole table.

use std::cmp::Ordering;
use std::ops::Bound;

use crate::change::Invalid;
use crate::record::{Record, Row};
use crate::schema::Table;
use crate::value::Value;

/// The most rows that one question may ask for.
pub const MAX_LIMIT: usize = 10_000;

/// A list of rows: those of one index whose first columns equal `prefix`, whose next column lies in `range`, that come
/// after the place `after`, at most `limit` of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The table.
    pub table: &'static Table,
    /// The index that gives the order and is searched; `None` for the primary key.
    pub index: Option<&'static str>,
    /// Values of the index's first columns.
    pub prefix: Vec<Value>,
    /// Bounds of the column after the prefix.
    pub range: Option<(Bound<Value>, Bound<Value>)>,
    /// The place (see [`Row::place_in`]) of the last row already seen.
    pub after: Option<Vec<Value>>,
    /// The order of the answer.
    pub direction: Direction,
    /// How many rows at most, 1..=[`MAX_LIMIT`].
    pub limit: usize,
}

/// Along an index or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Query {
    /// Rows in the order of the primary key.
    pub fn by_key(table: &'static Table, limit: usize) -> Query {
        Query {
            table,
            index: None,
            prefix: Vec::new(),
            range: None,
            after: None,
            direction: Direction::Ascending,
            limit,
        }
    }

    /// Rows in the order of a declared index: those in which none of its columns is null.
    pub fn by_index(table: &'static Table, index: &'static str, limit: usize) -> Query {
        Query {
            index: Some(index),
            ..Query::by_key(table, limit)
        }
    }

    /// Only rows whose next index column equals the value.
    pub fn equal(mut self, value: impl Into<Value>) -> Query {
        self.prefix.push(value.into());
        self
    }

    /// Only rows whose column after the equal ones lies between the bounds.
    pub fn between(mut self, low: Bound<Value>, high: Bound<Value>) -> Query {
        self.range = Some((low, high));
        self
    }

    /// Only rows after this place in the chosen direction: a following page.
    pub fn after(mut self, place: Vec<Value>) -> Query {
        self.after = Some(place);
        self
    }

    /// Only rows after this record in the chosen direction.
    pub fn after_record<R: Record>(self, last: &R) -> Query {
        let place = last.to_row().place_in(self.table, self.index);
        Query { after: place, ..self }
    }

    /// Largest first.
    pub fn descending(mut self) -> Query {
        self.direction = Direction::Descending;
        self
    }

    /// The question for the page after the one that ends with this row.
    pub fn next_page(&self, last: &Row) -> Query {
        Query {
            after: last.place_in(self.table, self.index),
            ..self.clone()
        }
    }

    /// Checks the question and works out what an engine is to look for.
    pub fn plan(&self) -> Result<Plan, Invalid> {
        let place = || format!("{}/{}", self.table.name, self.index.unwrap_or("key"));
        let wrong = |what: String| Invalid::new(place(), what);
        let order = self.table.order_of(self.index).ok_or_else(|| {
            wrong("there is no such index; lists follow the primary key or a declared index".to_owned())
        })?;
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return Err(wrong(format!(
                "limit {} is not 1..={MAX_LIMIT}; ask page by page",
                self.limit
            )));
        }
        if self.prefix.len() > order.len() {
            return Err(wrong(format!(
                "{} equal values for {} columns",
                self.prefix.len(),
                order.len()
            )));
        }
        let check = |nth: usize, value: &Value| self.check_value(order[nth], value);
        for (nth, value) in self.prefix.iter().enumerate() {
            check(nth, value)?;
        }
        let equal = self.prefix.len();
        let (mut low, mut high) = match &self.range {
            None => (Bound::Unbounded, Bound::Unbounded),
            Some(_) if equal == order.len() => return Err(wrong("no column is left for a range".to_owned())),
            Some((low, high)) => {
                for bound in [low, high] {
                    if let Bound::Included(value) | Bound::Excluded(value) = bound {
                        check(equal, value)?;
                    }
                }
                (low.clone(), high.clone())
            }
        };
        let mut nothing = false;
        let after = match &self.after {
            None => None,
            Some(after) => {
                if after.len() != order.len() || after[..equal] != self.prefix[..] {
                    return Err(wrong(format!(
                        "the place to go on after has {} values, {} are needed and the first {equal} must equal the prefix",
                        after.len(),
                        order.len(),
                    )));
                }
                for (nth, value) in after.iter().enumerate() {
                    check(nth, value)?;
                }
                // After the only row that a full key can name there is nothing.
                nothing = equal == order.len();
                let behind = match self.direction {
                    Direction::Ascending => &mut low,
                    Direction::Descending => &mut high,
                };
                if lies_before(after.get(equal), behind, self.direction) {
                    // A place before the range: the whole range comes after it.
                    None
                } else {
                    // The place is the tighter bound; beside it the engine might choose the other and walk over every
                    // row of the pages before.
                    *behind = Bound::Unbounded;
                    Some(after[equal..].to_vec())
                }
            }
        };
        Ok(Plan {
            order,
            equal: self.prefix.clone(),
            low,
            high,
            after,
            nothing,
        })
    }

    fn check_value(&self, column: usize, value: &Value) -> Result<(), Invalid> {
        let column = &self.table.columns[column];
        let place = format!("{}.{}", self.table.name, column.name);
        match value.kind() {
            Some(kind) if kind == column.kind => value
                .check(true)
                .map_err(|fault| Invalid::new(place, fault.to_string())),
            Some(kind) => Err(Invalid::new(
                place,
                format!("is asked for {kind:?} where {:?} is declared", column.kind),
            )),
            None => Err(Invalid::new(
                place,
                "is asked for null; rows with nulls are not in an index",
            )),
        }
    }
}

/// Whether a place whose first free value is this one comes before every row within the bound.
fn lies_before(first: Option<&Value>, bound: &Bound<Value>, direction: Direction) -> bool {
    let before = match direction {
        Direction::Ascending => Ordering::Less,
        Direction::Descending => Ordering::Greater,
    };
    match (first, bound) {
        (Some(first), Bound::Included(bound)) => first.order(bound) == before,
        (Some(first), Bound::Excluded(bound)) => first.order(bound) == before || first.order(bound) == Ordering::Equal,
        _ => false,
    }
}

/// A checked question: conditions on the columns `order`, which is also the order of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The index's columns, by their position in the table; the answer is ordered by them.
    pub order: Vec<usize>,
    /// The first columns of `order` equal these.
    pub equal: Vec<Value>,
    /// Lower bound of the column after them.
    pub low: Bound<Value>,
    /// Upper bound of the column after them.
    pub high: Bound<Value>,
    /// The columns after the equal ones, as a tuple, come after this one in the order of the answer.
    pub after: Option<Vec<Value>>,
    /// Nothing can answer: the engine need not be asked.
    pub nothing: bool,
}
