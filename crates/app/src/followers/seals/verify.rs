//! Verifying: the whole chain against the whole journal, in the memory of one block.

use std::sync::Arc;

use ed25519_dalek::{SigningKey, VerifyingKey};
use quanyu_store::seal::{Report, SealFault, Verifier};
use quanyu_store::tables::{SEAL, SealBlock};
use quanyu_store::{Event, Query, Record, StoreError};

use super::Kept;
use crate::App;
use crate::error::{AppError, damaged};
use crate::followers::BATCH;
use crate::scan::Pages;

/// Blocks that are read at once.
const PAGE: usize = 100;
/// The largest block that is believed: [`super::Sealer`] makes none beyond [`BATCH`], and a forged one must not fill the
/// memory.
const MAX_BLOCK: i64 = 100 * BATCH as i64;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Every block holds.
    Holds {
        /// What was gone through.
        report: Report,
        /// Events that are not sealed yet; about them nothing is said.
        unsealed: i64,
    },
    /// The past is not what was sealed.
    Broken(SealFault),
}

/// Verifies all seals, with those that were kept elsewhere.
///
/// Reads the whole journal: about half a second for every hundred thousand events. Runs on a thread of its own, because it
/// hashes more than it waits.
///
/// # Errors
/// When the store does not answer. A past that does not hold is no error but the answer.
pub async fn verify_seals(app: &Arc<App>, kept: Kept) -> Result<Verified, AppError> {
    let app = Arc::clone(app);
    let runtime = tokio::runtime::Handle::current();
    let verifying = tokio::task::spawn_blocking(move || runtime.block_on(verify(&app, &kept)));
    verifying
        .await
        .map_err(|fault| AppError::Internal(format!("verifying the seals: {fault}")))?
}

async fn verify(app: &App, kept: &Kept) -> Result<Verified, AppError> {
    let own_id = app.vault.key_id();
    let own = SigningKey::from_bytes(&app.vault.seal_seed()).verifying_key();
    let key = |id: &str| -> Option<VerifyingKey> {
        let kept = || VerifyingKey::from_bytes(kept.keys.get(id)?).ok();
        if id == own_id { Some(own) } else { kept() }
    };
    let mut verifier = Verifier::new(&key, &kept.blocks);
    let mut sealed = 0;
    let mut number = 0;
    let mut pages = Pages::of(Query::by_key(&SEAL, PAGE));
    while let Some(rows) = pages.next(app.store.as_ref()).await? {
        for row in rows {
            number += 1;
            let block = SealBlock::from_row(row).map_err(|fault| damaged("seal", fault))?;
            let verified = match events(app, number, &block, sealed).await? {
                Ok(events) => verifier.block(&block, &events),
                Err(fault) => Err(fault),
            };
            if let Err(fault) = verified {
                return Ok(Verified::Broken(fault));
            }
            sealed = block.last;
        }
    }
    let last = app.store.last_position().await?;
    Ok(match verifier.finish() {
        Ok(report) => Verified::Holds {
            unsealed: last - report.sealed_events,
            report,
        },
        Err(fault) => Verified::Broken(fault),
    })
}

/// The events of a block, as the journal has them now.
pub(super) async fn events(
    app: &App,
    number: i64,
    block: &SealBlock,
    sealed: i64,
) -> Result<Result<Vec<Event>, SealFault>, AppError> {
    let broken = |what: String| {
        Ok(Err(SealFault {
            block: number,
            position: None,
            what,
        }))
    };
    let count = block.last.saturating_sub(sealed);
    if !(1..=MAX_BLOCK).contains(&count) {
        return broken(format!(
            "claims to reach from {} to {}, which no block does",
            sealed + 1,
            block.last
        ));
    }
    let mut found: Vec<Event> = Vec::new();
    while (found.len() as i64) < count {
        let after = found.last().map_or(sealed, |event| event.position);
        let limit = usize::try_from(count)
            .unwrap_or(BATCH)
            .saturating_sub(found.len())
            .min(BATCH);
        match app.store.journal(after, limit).await {
            Ok(page) if page.is_empty() => break,
            // An event beyond the block stands where one inside it is missing; the verifier says which.
            Ok(page) => found.extend(page),
            Err(StoreError::Damaged(fault)) => return broken(format!("an event in it does not read back: {fault}")),
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(Ok(found))
}
