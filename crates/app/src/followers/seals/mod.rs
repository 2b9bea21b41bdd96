//! Seals over the journal (封存): blocks are signed behind the commit, kept outside the database every day, and verified.
//!
//! What a block is and how it is signed stands in [`quanyu_store::seal`]. The key follows from the vault, so that the
//! owner of the database alone cannot seal another past; and whoever keeps one exported seal elsewhere can tell whether
//! anything before it was rewritten, even by the owner of the key.

mod export;
mod look;
mod verify;

use std::time::Duration;

use async_trait::async_trait;
use ed25519_dalek::SigningKey;
use quanyu_store::seal::seal;
use quanyu_store::tables::{SEAL, SealBlock};
use quanyu_store::{ChangeSet, Event, Query, Records, Write};

use super::{BATCH, Follower, Taken};
use crate::App;
use crate::error::{AppError, damaged};

pub use export::{Kept, export_seals, read_kept, run_exports};
pub use look::{SealLook, SealPage, look_at_seals, seal_of};
pub use verify::{Verified, verify_seals};

/// The name of the follower's cursor.
pub const NAME: &str = "seals";

/// The follower that seals.
#[derive(Debug, Clone, Copy)]
pub struct Sealer {
    /// Events of a block at which it is sealed at once; at most [`BATCH`].
    pub events: usize,
    /// Age of the oldest event at which a block is sealed with fewer.
    pub age: Duration,
}

impl Default for Sealer {
    fn default() -> Self {
        Self {
            events: BATCH,
            age: Duration::from_secs(600),
        }
    }
}

#[async_trait]
impl Follower for Sealer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_rebuilt(&self) -> bool {
        false
    }

    fn pace(&self) -> Duration {
        // Every look reads the events that wait.
        Duration::from_secs(10)
    }

    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError> {
        let now = app.now();
        let age = |event: &Event| Duration::try_from(now.duration_since(event.at)).unwrap_or_default();
        let full = events.len() >= self.events.min(BATCH);
        if !full && events.first().is_none_or(|oldest| age(oldest) < self.age) {
            return Ok(Taken::Later);
        }
        let newest = Query::by_key(&SEAL, 1).descending();
        let previous = app.store.page::<SealBlock>(&newest).await?.pop();
        let sealed = previous.as_ref().map_or(0, |block| block.last);
        if events.first().is_none_or(|first| first.position <= sealed) {
            // Another server has sealed them between the reading of the two.
            return Ok(Taken::Later);
        }
        let key = SigningKey::from_bytes(&app.vault.seal_seed());
        let block = seal(previous.as_ref(), events, now, &app.vault.key_id(), &key)
            .map_err(|fault| damaged("journal", fault))?;
        Ok(Taken::In(ChangeSet::new().write(Write::insert(&block))))
    }
}
