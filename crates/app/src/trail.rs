//! Following the journal in memory, from wherever it ends. What follows in the database goes back with the database when a
//! standby takes over that had not received everything; what follows in memory has to notice.

use std::collections::BTreeSet;

use quanyu_store::{Event, Store, StoreError};

use crate::followers::BATCH;

/// Most events that are looked through at once for what they are about.
const LOOKED_THROUGH: i64 = 100_000;

/// How far a server has read for itself.
#[derive(Clone)]
pub(crate) struct Trail {
    position: i64,
    /// What stood at the position, once it was read.
    last: Option<Event>,
}

/// What lies ahead on a trail.
#[derive(Debug, PartialEq)]
pub(crate) enum Ahead<T> {
    /// Nothing new.
    Nothing,
    /// This has come since.
    New(T),
    /// The journal has another past than the one that was read: the database is one from before, or a copy of it that went
    /// on by itself. The trail begins anew where it ends.
    OtherPast,
}

impl Trail {
    /// From a position that was reached.
    pub fn new(position: i64) -> Self {
        Self { position, last: None }
    }

    /// Takes in the events that lie ahead, in their order, at most a batch of them.
    ///
    /// # Errors
    /// When the store does not answer; the same is read again then.
    pub async fn ahead(&mut self, store: &dyn Store) -> Result<Ahead<Vec<Event>>, StoreError> {
        // One more than is wanted: the last that was read must still be what it was.
        let mut events = store.journal((self.position - 1).max(0), BATCH).await?;
        if self.position > 0 {
            let before = (!events.is_empty()).then(|| events.remove(0));
            if !self.is_on(before) {
                return self.begin_anew(store).await;
            }
        }
        let Some(last) = events.last() else {
            return Ok(Ahead::Nothing);
        };
        self.position = last.position;
        self.last = Some(last.clone());
        Ok(Ahead::New(events))
    }

    /// Passes what lies ahead, and takes in only what it is about: the nouns.
    ///
    /// # Errors
    /// When the store does not answer; the same is passed again then.
    pub async fn nouns_ahead(&mut self, store: &dyn Store) -> Result<Ahead<BTreeSet<String>>, StoreError> {
        let until = (*store.watch().borrow()).min(self.position + LOOKED_THROUGH);
        let mut passed = None;
        if until > self.position {
            // The end is read before what leads to it: where the database goes back between the two, the next look notices.
            let end = store.journal(until - 1, 1).await?.pop();
            passed = Some((end, store.nouns(self.position, until).await?));
        }
        if self.position > 0 {
            let before = store.journal(self.position - 1, 1).await?.pop();
            if !self.is_on(before) {
                return self.begin_anew(store).await;
            }
        }
        let Some((end, nouns)) = passed else {
            return Ok(Ahead::Nothing);
        };
        self.position = until;
        self.last = end;
        Ok(Ahead::New(nouns))
    }

    /// Whether what stands at the position now is what was read there; from then on that is known.
    fn is_on(&mut self, now: Option<Event>) -> bool {
        let now = now.filter(|event| event.position == self.position);
        let is_same = match (&now, &self.last) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(now), Some(then)) => now == then,
        };
        if is_same {
            self.last = now;
        }
        is_same
    }

    async fn begin_anew<T>(&mut self, store: &dyn Store) -> Result<Ahead<T>, StoreError> {
        let last = store.last_position().await?;
        tracing::warn!(
            read = self.position,
            last,
            "the database has gone back to an earlier state"
        );
        *self = Self::new(last);
        Ok(Ahead::OtherPast)
    }
}

#[cfg(test)]
mod tests {
    use quanyu_store::{ChangeSet, Json, NewEvent};
    use quanyu_store_sqlite::{Options, SqliteStore};

    use super::*;

    /// A store whose journal holds events of these things, one after another.
    async fn journal_of(folder: &tempfile::TempDir, things: &[i64]) -> SqliteStore {
        let store = SqliteStore::open(folder.path(), crate::tables::schema(), Options::default()).await;
        let store = store.expect("it opens");
        for thing in things {
            happens(&store, *thing).await;
        }
        store
    }

    async fn happens(store: &SqliteStore, thing: i64) {
        let event = NewEvent {
            district: 1,
            noun: "thing".to_owned(),
            id: thing,
            kind: "seen".to_owned(),
            actor: "program".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            reason: None,
            body: Json::from_stored("{}".to_owned()),
        };
        store.commit(ChangeSet::new().event(event)).await.expect("committed");
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    async fn ids(trail: &mut Trail, store: &SqliteStore) -> Option<Vec<i64>> {
        match trail.ahead(store).await.expect("it answers") {
            Ahead::Nothing => Some(Vec::new()),
            Ahead::New(events) => Some(events.iter().map(|event| event.id).collect()),
            Ahead::OtherPast => None,
        }
    }

    #[tokio::test]
    async fn a_trail_tells_what_has_come_since_it_began() {
        let folder = folder();
        let store = journal_of(&folder, &[1, 2]).await;
        let (mut late, mut whole) = (Trail::new(2), Trail::new(0));
        assert_eq!(ids(&mut late, &store).await, Some(vec![]));
        assert_eq!(ids(&mut whole, &store).await, Some(vec![1, 2]));
        happens(&store, 3).await;
        for trail in [&mut late, &mut whole] {
            assert_eq!(ids(trail, &store).await, Some(vec![3]));
            assert_eq!(ids(trail, &store).await, Some(vec![]));
        }
    }

    async fn nouns(trail: &mut Trail, store: &SqliteStore) -> Option<Vec<String>> {
        match trail.nouns_ahead(store).await.expect("it answers") {
            Ahead::Nothing => Some(Vec::new()),
            Ahead::New(nouns) => Some(nouns.into_iter().collect()),
            Ahead::OtherPast => None,
        }
    }

    #[tokio::test]
    async fn a_trail_tells_what_it_passes_is_about() {
        let folders = [folder(), folder(), folder()];
        let store = journal_of(&folders[0], &[1, 2]).await;
        let (mut late, mut whole) = (Trail::new(2), Trail::new(0));
        assert_eq!(nouns(&mut late, &store).await, Some(vec![]));
        assert_eq!(nouns(&mut whole, &store).await, Some(vec!["thing".to_owned()]));
        happens(&store, 3).await;
        for trail in [&mut late, &mut whole] {
            assert_eq!(nouns(trail, &store).await, Some(vec!["thing".to_owned()]));
            assert_eq!(nouns(trail, &store).await, Some(vec![]));
        }
        let shorter = journal_of(&folders[1], &[1, 2]).await;
        let other = journal_of(&folders[2], &[1, 2, 4, 5]).await;
        assert_eq!(nouns(&mut late, &shorter).await, None);
        assert_eq!(nouns(&mut late, &shorter).await, Some(vec![]));
        assert_eq!(nouns(&mut whole, &other).await, None, "though it is longer");
    }

    #[tokio::test]
    async fn a_journal_that_went_back_is_noticed_even_when_it_is_as_long_again() {
        let folders = [folder(), folder(), folder()];
        let read = journal_of(&folders[0], &[1, 2, 3]).await;
        let shorter = journal_of(&folders[1], &[1, 2]).await;
        let other = journal_of(&folders[2], &[1, 2, 4, 5]).await;
        for now in [&shorter, &other] {
            let mut trail = Trail::new(0);
            assert_eq!(ids(&mut trail, &read).await, Some(vec![1, 2, 3]));
            assert_eq!(ids(&mut trail, now).await, None);
            assert_eq!(
                ids(&mut trail, now).await,
                Some(vec![]),
                "it begins where the journal ends"
            );
            happens(now, 6).await;
            assert_eq!(ids(&mut trail, now).await, Some(vec![6]));
        }
    }
}
