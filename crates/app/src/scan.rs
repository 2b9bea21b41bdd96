//! Reading whole ranges page by page.

use quanyu_store::{Query, Record, Row, Store, StoreError};

/// Every row that a question asks for, however many pages that takes; for registers that fit into memory.
pub(crate) async fn every<R: Record>(store: &dyn Store, query: Query) -> Result<Vec<R>, StoreError> {
    let mut found = Vec::new();
    let mut pages = Pages::of(query);
    while let Some(rows) = pages.next(store).await? {
        for row in rows {
            found.push(R::from_row(row)?);
        }
    }
    Ok(found)
}

/// The pages of a question, one after another; memory is that of one page.
pub(crate) struct Pages {
    query: Option<Query>,
}

impl Pages {
    /// The pages of a question; its limit is their size.
    pub(crate) fn of(query: Query) -> Self {
        Self { query: Some(query) }
    }

    /// The next page, which holds at least one row; `None` after the last.
    pub(crate) async fn next(&mut self, store: &dyn Store) -> Result<Option<Vec<Row>>, StoreError> {
        let Some(query) = self.query.take() else {
            return Ok(None);
        };
        let rows = store.list(&query).await?;
        if let Some(last) = rows.last().filter(|_| rows.len() == query.limit) {
            self.query = Some(query.next_page(last));
        }
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }
}
