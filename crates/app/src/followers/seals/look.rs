//! Looking at some seals, for the auditor: blocks with what verifying them finds, and the block of one event.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use quanyu_domain::access::Role;
use quanyu_store::seal::{SealFault, Verifier, block_hash};
use quanyu_store::tables::{SEAL, SealBlock};
use quanyu_store::{Query, Records};

use super::verify::events;
use crate::App;
use crate::cases::Caller;
use crate::error::AppError;

/// A block with what verifying it found.
#[derive(Debug, Clone, PartialEq)]
pub struct SealLook {
    /// The block.
    pub block: SealBlock,
    /// Its hash, by which the next block refers to it.
    pub hash: [u8; 32],
    /// Why it does not hold: its signature, its place in the chain, or the events that it covers. `None`: it holds.
    pub fault: Option<SealFault>,
}

/// Some blocks, the oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct SealPage {
    /// The blocks.
    pub blocks: Vec<SealLook>,
    /// How many blocks there are.
    pub count: i64,
    /// The last position that is sealed.
    pub sealed: i64,
    /// The last position of the journal.
    pub last_position: i64,
}

/// Blocks after a number, each verified against the journal as it is now: its own signature and events, and that it follows
/// from the block before it.
///
/// Hashes every event of the blocks: about half a second for every hundred thousand.
///
/// # Errors
/// When the caller is no audit administrator, or the store does not answer.
pub async fn look_at_seals(app: &Arc<App>, caller: &Caller, after: i64, limit: usize) -> Result<SealPage, AppError> {
    caller.must_hold(Role::AuditAdmin)?;
    let app = Arc::clone(app);
    let runtime = tokio::runtime::Handle::current();
    let looking = tokio::task::spawn_blocking(move || runtime.block_on(look(&app, after, limit)));
    looking
        .await
        .map_err(|fault| AppError::Internal(format!("looking at seals: {fault}")))?
}

/// The block that covers a position of the journal, verified; `None` where it is not sealed yet.
///
/// # Errors
/// As [`look_at_seals`].
pub async fn seal_of(app: &Arc<App>, caller: &Caller, position: i64) -> Result<Option<SealLook>, AppError> {
    caller.must_hold(Role::AuditAdmin)?;
    let newest = newest(app).await?;
    let (mut low, mut high) = (1, newest.as_ref().map_or(0, |block| block.number));
    if position < 1 || newest.is_none_or(|block| block.last < position) {
        return Ok(None);
    }
    // The first block whose last event does not come before the position.
    while low < high {
        let middle = low + (high - low) / 2;
        let block = block_at(app, middle).await?;
        if block.is_some_and(|block| block.last >= position) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(look_at_seals(app, caller, low - 1, 1).await?.blocks.pop())
}

async fn newest(app: &App) -> Result<Option<SealBlock>, AppError> {
    Ok(app.store.page(&Query::by_key(&SEAL, 1).descending()).await?.pop())
}

async fn block_at(app: &App, number: i64) -> Result<Option<SealBlock>, AppError> {
    Ok(app.store.record(vec![number.into()]).await?)
}

async fn look(app: &App, after: i64, limit: usize) -> Result<SealPage, AppError> {
    let own_id = app.vault.key_id();
    let own = SigningKey::from_bytes(&app.vault.seal_seed()).verifying_key();
    let key = |id: &str| (id == own_id).then_some(own);
    let newest = newest(app).await?;
    let mut before = if after > 0 { block_at(app, after).await? } else { None };
    let rows: Vec<SealBlock> = app
        .store
        .page(&Query::by_key(&SEAL, limit).after(vec![after.into()]))
        .await?;
    let mut blocks = Vec::with_capacity(rows.len());
    for block in rows {
        let mut verifier = match &before {
            Some(before) => Verifier::after(before, &key, &[]),
            None => Verifier::new(&key, &[]),
        };
        let sealed = before.as_ref().map_or(0, |before| before.last);
        let number = before.as_ref().map_or(0, |before| before.number) + 1;
        let verified = match events(app, number, &block, sealed).await? {
            Ok(events) => verifier.block(&block, &events),
            Err(fault) => Err(fault),
        };
        blocks.push(SealLook {
            hash: block_hash(&block),
            fault: verified.err(),
            block: block.clone(),
        });
        before = Some(block);
    }
    Ok(SealPage {
        blocks,
        count: newest.as_ref().map_or(0, |block| block.number),
        sealed: newest.map_or(0, |block| block.last),
        last_position: app.store.last_position().await?,
    })
}
