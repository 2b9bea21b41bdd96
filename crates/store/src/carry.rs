//! Carrying everything from one store into another that is empty, whatever their engines: for moving to a server, for
//! backups of one engine in the form of another, and for restoring them.
//!
//! Tables are carried one after another in the order of their keys, so that what is there already says where to go on: a
//! carrying that was interrupted is called again. A cursor of its own exists as long as it is not finished. At the end
//! both stores are read once more and compared, row by row.

use crate::change::{ChangeSet, Expect, NewEvent, Write};
use crate::digest::digest;
use crate::query::Query;
use crate::record::{Record, Row};
use crate::schema::Table;
use crate::store::{CommitError, Records, Store, StoreError};
use crate::tables::{CURSOR, Cursor, Event, JOURNAL};

/// The name of the cursor that an unfinished carrying leaves in the store that is filled.
const NAME: &str = "carry";
/// Rows that are carried at once.
const PAGE: usize = 1_000;

/// What was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Events of the journal.
    pub events: u64,
    /// Rows of every table, the journal's among them.
    pub rows: u64,
}

/// Why not everything was carried.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// One of the stores does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store that is filled does not take it.
    #[error("cannot be written: {0}")]
    Commit(#[from] CommitError),
    /// There is something in it already.
    #[error("it is not empty: the table {table} has rows; name one that holds nothing")]
    NotEmpty {
        /// The first table that has some.
        table: &'static str,
    },
    /// It was begun with another journal.
    #[error(
        "it was half filled from a journal that ended at position {begun}; this one ends at {now}: empty it and begin anew"
    )]
    OtherSource {
        /// The last position then.
        begun: i64,
        /// The last position of this source.
        now: i64,
    },
    /// The journal has a gap.
    #[error("the journal lacks position {position}: the source is damaged, restore a backup of it")]
    Gap {
        /// The position that is missing.
        position: i64,
    },
    /// What was carried is not what is there.
    #[error(
        "{table} differs after everything was carried: the source was changed meanwhile; empty the target and begin anew"
    )]
    Differs {
        /// The table.
        table: &'static str,
    },
}

/// What happens, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many rows of the table have been carried.
    Carried(&'static str, u64),
    /// The table is the same in both.
    Same(&'static str, u64),
}

/// Whether a carrying into this store was begun and not finished: it is no whole store then.
///
/// # Errors
/// When the store does not answer.
pub async fn is_unfinished(store: &dyn Store) -> Result<bool, StoreError> {
    is_marked(store, NAME).await
}

/// The write that marks a store as half filled, by whatever has this name.
pub fn mark(name: &str) -> Write {
    Write::insert(&Cursor {
        name: name.to_owned(),
        position: 0,
    })
}

/// The write that takes such a mark away.
pub fn unmark(name: &str) -> Write {
    Write::delete(&CURSOR, vec![name.into()], Expect::Any)
}

/// Whether a store has such a mark.
///
/// # Errors
/// When the store does not answer.
pub async fn is_marked(store: &dyn Store, name: &str) -> Result<bool, StoreError> {
    Ok(store.record::<Cursor>(vec![name.into()]).await?.is_some())
}

/// Carries everything from one store into another that is empty, or that an earlier call has begun to fill. Nobody else may
/// write to either meanwhile.
///
/// # Errors
/// When the target holds something else, or a store does not answer; called again, it goes on where it was.
pub async fn carry(
    from: &dyn Store,
    to: &dyn Store,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<Carried, CarryError> {
    let now = from.last_position().await?;
    let mark = Cursor {
        name: NAME.to_owned(),
        position: now,
    };
    match to.record::<Cursor>(vec![NAME.into()]).await? {
        None => {
            refuse_unless_empty(to).await?;
            to.commit(ChangeSet::new().write(Write::insert(&mark))).await?;
        }
        Some(begun) if begun.position != now => {
            return Err(CarryError::OtherSource {
                begun: begun.position,
                now,
            });
        }
        Some(_) => {}
    }
    for table in from.schema().tables().iter().filter(|table| ***table != CURSOR) {
        carry_table(from, to, table, progress).await?;
    }
    let mut carried = Carried { events: 0, rows: 0 };
    for table in from.schema().tables().iter().filter(|table| ***table != CURSOR) {
        let (there, here) = (digest(from, table).await?, digest(to, table).await?);
        if there != here {
            return Err(CarryError::Differs { table: table.name });
        }
        progress(Step::Same(table.name, here.rows));
        carried.rows += here.rows;
        if **table == JOURNAL {
            carried.events = here.rows;
        }
    }
    // The cursors last, with the end of the mark: a store with cursors and without the mark is a whole one.
    let cursors = from.list(&Query::by_key(&CURSOR, crate::query::MAX_LIMIT)).await?;
    carried.rows += cursors.len() as u64;
    let mut set = ChangeSet::new().write(Write::delete(&CURSOR, vec![NAME.into()], Expect::Same(mark.to_row())));
    set.writes.extend(cursors.into_iter().map(|row| put(&CURSOR, row)));
    to.commit(set).await?;
    Ok(carried)
}

/// Refuses a store that holds anything.
///
/// # Errors
/// When it does, or does not answer.
pub async fn refuse_unless_empty(store: &dyn Store) -> Result<(), CarryError> {
    for table in store.schema().tables() {
        if !store.list(&Query::by_key(table, 1)).await?.is_empty() {
            return Err(CarryError::NotEmpty { table: table.name });
        }
    }
    Ok(())
}

/// Carries one table, from behind the last row that is there already. The next page is read while one is written.
async fn carry_table(
    from: &dyn Store,
    to: &dyn Store,
    table: &'static Table,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<(), CarryError> {
    let last = to.list(&Query::by_key(table, 1).descending()).await?.pop();
    let mut query = Query::by_key(table, PAGE);
    query.after = last.and_then(|row| row.place_in(table, None));
    let mut page = from.list(&query).await?;
    let mut carried = 0;
    while let Some(last) = page.last() {
        query = query.next_page(last);
        let whole = page.len() == PAGE;
        carried += page.len() as u64;
        let next = async { if whole { from.list(&query).await } else { Ok(Vec::new()) } };
        let (written, next) = tokio::join!(write(to, table, page), next);
        written?;
        page = next?;
        progress(Step::Carried(table.name, carried));
    }
    Ok(())
}

async fn write(to: &dyn Store, table: &'static Table, rows: Vec<Row>) -> Result<(), CarryError> {
    let mut set = ChangeSet::new();
    if *table != JOURNAL {
        set.writes = rows.into_iter().map(|row| put(table, row)).collect();
        to.commit(set).await?;
        return Ok(());
    }
    // Positions are given anew, and are the same: they are dense from 1 in every journal.
    let mut wanted = Vec::with_capacity(rows.len());
    for row in rows {
        let event = Event::from_row(row).map_err(StoreError::from)?;
        wanted.push(event.position);
        set.events.push(NewEvent {
            district: event.district,
            noun: event.noun,
            id: event.id,
            kind: event.kind,
            actor: event.actor,
            at: event.at,
            reason: event.reason,
            body: event.body,
        });
    }
    let first = to.last_position().await? + 1;
    if let Some(position) = (first..).zip(&wanted).find_map(|(due, is)| (due != *is).then_some(due)) {
        return Err(CarryError::Gap { position });
    }
    to.commit(set).await?;
    Ok(())
}

fn put(table: &'static Table, row: Row) -> Write {
    Write::Put {
        table,
        row,
        expect: Expect::Any,
    }
}
