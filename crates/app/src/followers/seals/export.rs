//! Seals outside the database: one file a day, to be kept where the owner of the database cannot reach it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use jiff::civil::Date;
use quanyu_domain::refusal::Refusal;
use quanyu_store::seal::block_hash;
use quanyu_store::tables::{SEAL, SealBlock};
use quanyu_store::{Query, Record};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::error::{AppError, damaged};
use crate::scan::Pages;
use crate::vault::hex;

/// How often a server looks whether a day's seal is to be written.
const EVERY: Duration = Duration::from_secs(600);
/// Blocks that are read at once on the way back to a day.
const PAGE: usize = 100;

/// Seals that were kept outside the database, and the public keys that signed them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The seals.
    pub blocks: Vec<SealBlock>,
    /// Public keys by key id. A seal of a key that the vault no longer holds is verified with the key kept beside it.
    pub keys: BTreeMap<String, [u8; 32]>,
}

/// A file: a seal with everything that somebody without this program needs to verify it. Bytes are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealFile {
    number: i64,
    first: i64,
    last: i64,
    root: String,
    previous: String,
    sealed_at: Timestamp,
    signature: String,
    key_id: String,
    /// The Ed25519 public key of the signature.
    public_key: String,
    /// The hash of the block, by which the next one refers to it.
    hash: String,
}

impl SealFile {
    fn of(block: &SealBlock, public_key: &[u8; 32]) -> Self {
        Self {
            number: block.number,
            first: block.first,
            last: block.last,
            root: hex(&block.root),
            previous: hex(&block.previous),
            sealed_at: block.sealed_at,
            signature: hex(&block.signature),
            key_id: block.key_id.clone(),
            public_key: hex(public_key),
            hash: hex(&block_hash(block)),
        }
    }

    /// The block and the key; `None` where a field is not what it should be or the hash is another block's.
    fn block(self) -> Option<(SealBlock, [u8; 32])> {
        let block = SealBlock {
            number: self.number,
            first: self.first,
            last: self.last,
            root: bytes(&self.root)?,
            previous: bytes(&self.previous)?,
            sealed_at: self.sealed_at,
            signature: bytes(&self.signature)?,
            key_id: self.key_id,
        };
        let key = bytes(&self.public_key)?.try_into().ok()?;
        (hex(&block_hash(&block)) == self.hash).then_some((block, key))
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Writes the last seal of a local day into a directory, as `seal-2024-03-15.json`, durably. `None` where nothing was
/// sealed on that day. A file of that name is replaced: by the same seal, or by a later one of the same day.
///
/// # Errors
/// When the file cannot be written, or holds a later seal than the database: the database is then not the one that was
/// sealed.
pub async fn export_seals(app: &App, directory: &Path, day: Date) -> Result<Option<PathBuf>, AppError> {
    let Some(block) = last_of(app, day).await? else {
        return Ok(None);
    };
    let key = SigningKey::from_bytes(&app.vault.seal_seed())
        .verifying_key()
        .to_bytes();
    if block.key_id != app.vault.key_id() {
        return Err(AppError::Internal(format!(
            "seal {} was signed with the key {}, the vault holds {}: only the holder of a key can say which it is",
            block.number,
            block.key_id,
            app.vault.key_id()
        )));
    }
    let text = serde_json::to_string_pretty(&SealFile::of(&block, &key)).map_err(|fault| damaged("seal", fault))?;
    let (directory, path) = (directory.to_owned(), directory.join(format!("seal-{day}.json")));
    let target = path.clone();
    let writing = tokio::task::spawn_blocking(move || {
        if let Some(older) = read_file(&target)?.filter(|(older, _)| older.number > block.number) {
            return Err(broken_file(
                &target,
                format!("holds seal {}, the database only {}", older.0.number, block.number),
            ));
        }
        write_durably(&directory, &target, &text).map_err(|fault| unwritable(&target, &fault))
    });
    writing.await.map_err(|fault| damaged("seal file", fault))??;
    Ok(Some(path))
}

/// The last block that was sealed on a local day.
async fn last_of(app: &App, day: Date) -> Result<Option<SealBlock>, AppError> {
    let mut pages = Pages::of(Query::by_key(&SEAL, PAGE).descending());
    while let Some(rows) = pages.next(app.store.as_ref()).await? {
        for row in rows {
            let block = SealBlock::from_row(row).map_err(|fault| damaged("seal", fault))?;
            let sealed_on = app.ids.offset().to_datetime(block.sealed_at).date();
            if sealed_on <= day {
                return Ok(Some(block).filter(|_| sealed_on == day));
            }
        }
    }
    Ok(None)
}

/// Reads the seals that [`export_seals`] wrote into a directory.
///
/// # Errors
/// When the directory or one of its `seal-….json` files cannot be read or is not what was written.
pub fn read_kept(directory: &Path) -> Result<Kept, AppError> {
    let mut kept = Kept::default();
    for entry in fs::read_dir(directory).map_err(|fault| unwritable(directory, &fault))? {
        let path = entry.map_err(|fault| unwritable(directory, &fault))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !(name.starts_with("seal-") && name.ends_with(".json")) {
            continue;
        }
        if let Some((block, key)) = read_file(&path)? {
            kept.keys.insert(block.key_id.clone(), key);
            kept.blocks.push(block);
        }
    }
    Ok(kept)
}

fn read_file(path: &Path) -> Result<Option<(SealBlock, [u8; 32])>, AppError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(unwritable(path, &fault)),
    };
    let file: SealFile = serde_json::from_str(&text).map_err(|fault| broken_file(path, fault.to_string()))?;
    let block = file
        .block()
        .ok_or_else(|| broken_file(path, "its hash is not that of its seal".to_owned()))?;
    Ok(Some(block))
}

fn write_durably(directory: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    let partial = path.with_extension("partial");
    let mut file = fs::File::create(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    fs::File::open(directory)?.sync_all()
}

fn broken_file(path: &Path, what: String) -> AppError {
    Refusal::invalid(
        "bad_seal_file",
        "seals",
        format!("封存文件 {} 与数据库不符或已损坏：{what}", path.display()),
        format!("{}: {what}", path.display()),
    )
    .into()
}

fn unwritable(path: &Path, fault: &std::io::Error) -> AppError {
    Refusal::invalid(
        "bad_seal_file",
        "seals",
        format!("无法读写封存文件 {}：{fault}", path.display()),
        format!("{}: {fault}", path.display()),
    )
    .into()
}

/// Keeps the directory up to date until it is told to stop: today's file with the last seal of today, and yesterday's
/// with what was sealed before midnight after the last look.
pub async fn run_exports(app: Arc<App>, directory: PathBuf, stop: CancellationToken) {
    loop {
        let today = app.ids.offset().to_datetime(app.now()).date();
        for day in today.yesterday().into_iter().chain([today]) {
            if let Err(fault) = export_seals(&app, &directory, day).await {
                tracing::error!(%day, %fault, "the seal of the day cannot be kept outside the database");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
