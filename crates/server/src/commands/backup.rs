//! `quanyu backup` and `quanyu restore`.
//!
//! A backup is a folder, the same whichever engine holds the records: the database as of one moment in the embedded form,
//! the attachments that were there by then, and a manifest that says which root key the personal values in it need. The key
//! itself is not in it: keep it elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use quanyu_app::beside::look_for_objects;
use quanyu_app::blobs::Blobs;
use quanyu_app::ports::{Clock, SystemClock};
use quanyu_store::Store;
use quanyu_store::carry::{Carried, Step, carry};
use quanyu_store_sqlite::{DATABASE_FILE, LOCK_FILE, copy_live};
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::settings::Settings;
use crate::wiring::For;
use crate::{database, terminal, wiring};

/// Name of the manifest in a backup's folder.
const MANIFEST: &str = "manifest.json";

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The form of the backup; a program that knows only older ones refuses it.
    format: u32,
    /// When the copy of the database was taken.
    taken_at: Timestamp,
    /// The root key that opens the personal values in it.
    key_id: String,
    /// The master key that wraps them; absent before the first renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    master_id: Option<String>,
    /// Attachments in it.
    attachments: u64,
}

/// The form of backups that this program writes and reads.
const FORMAT: u32 = 1;

/// Copies database and attachments into a new folder.
pub async fn backup(settings: &Settings, to: &Path) -> Result<(), Fault> {
    if to.exists() {
        return Err(Fault::Other(format!(
            "{} exists already: name a folder that does not",
            to.display()
        )));
    }
    // Made under another name and renamed at the end: a folder of that name is a whole backup.
    let partial = with_suffix(to, ".partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial).map_err(Fault::file(&partial))?;
    }
    std::fs::create_dir_all(&partial).map_err(Fault::file(&partial))?;
    let made = make(settings, &partial, to).await;
    if made.is_err() {
        // Why there is no backup is told; what cannot be removed is begun anew by the next one.
        let _ = std::fs::remove_dir_all(&partial);
    }
    made
}

async fn make(settings: &Settings, partial: &Path, to: &Path) -> Result<(), Fault> {
    let vault = wiring::vault(settings)?;
    let (key_id, master_id) = (vault.key_id(), vault.master_id());
    let taken_at = SystemClock.now();
    // The database first: attachments are on disk before a row refers to them and are never changed, so that every
    // attachment that the copy refers to is still there.
    match &settings.database {
        None => {
            let (from, file) = (settings.data.clone(), partial.join(DATABASE_FILE));
            let copied = tokio::task::spawn_blocking(move || copy_live(&from, &file));
            let copied = copied.await.map_err(|fault| Fault::Other(fault.to_string()))?;
            copied.map_err(|fault| Fault::Other(fault.to_string()))?;
        }
        Some(address) => {
            let from = wiring::open_moment(address).await?;
            carry_into(from, wiring::open_embedded(partial, For::Filling).await?).await?;
            let lock = partial.join(LOCK_FILE);
            std::fs::remove_file(&lock).map_err(Fault::file(&lock))?;
        }
    }
    let (from, into) = (wiring::attachments(&settings.data), wiring::attachments(partial));
    let copied = tokio::task::spawn_blocking(move || copy_tree(&from, &into));
    let attachments = copied.await.map_err(|fault| Fault::Other(fault.to_string()))??;
    // Named apart from the database, the folder may be another one.
    let missing = match &settings.database {
        Some(_) => missing_attachments(partial).await?,
        None => Vec::new(),
    };
    let manifest = Manifest {
        format: FORMAT,
        taken_at,
        master_id: (master_id != key_id).then_some(master_id),
        key_id: key_id.clone(),
        attachments,
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|fault| Fault::Other(fault.to_string()))?;
    let file = partial.join(MANIFEST);
    std::fs::write(&file, text).map_err(Fault::file(&file))?;
    sync(&file)?;
    std::fs::rename(partial, to).map_err(Fault::file(to))?;
    if settings.json {
        terminal::say_json(&manifest);
    } else {
        terminal::say(&format!(
            "backed up to {} with {attachments} attachments; it needs the root key {key_id}, which is not in it",
            to.display()
        ));
    }
    match missing.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(Fault::Other(format!(
            "the backup is made, but {} of the files to which it refers are not in {}, {first} the first of them: name the \
             folder of the servers with --data; what is lost can be taken from an older backup",
            missing.len(),
            wiring::attachments(&settings.data).display()
        ))),
    }
}

/// The objects that are not there of the attachments to which the database in a folder refers.
async fn missing_attachments(folder: &Path) -> Result<Vec<String>, Fault> {
    let attachments = wiring::attachments(folder);
    let blobs = Blobs::folder(&attachments).map_err(Fault::file(&attachments))?;
    let store = wiring::open_embedded(folder, For::Use).await?;
    let looked = look_for_objects(store.as_ref(), &blobs, usize::MAX).await;
    store.close().await;
    let lock = folder.join(LOCK_FILE);
    std::fs::remove_file(&lock).map_err(Fault::file(&lock))?;
    Ok(looked?.missing)
}

/// Fills an empty data folder from a backup.
pub async fn restore(settings: &Settings, from: &Path) -> Result<(), Fault> {
    let file = from.join(MANIFEST);
    let text = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|fault| Fault::Other(format!("{}: {fault}", file.display())))?;
    if manifest.format > FORMAT {
        return Err(Fault::Other(format!(
            "{} was written by a newer program: restore it with that",
            from.display()
        )));
    }
    if settings.database.is_none() && settings.data.join(DATABASE_FILE).exists() {
        return Err(Fault::Other(format!(
            "{} holds a database already: restore into an empty folder",
            settings.data.display()
        )));
    }
    if !settings.key_file.exists() {
        return Err(Fault::Other(format!(
            "the backup needs the root key {}: put its file at {} or name it with --key-file",
            manifest.key_id,
            settings.key_file.display()
        )));
    }
    let vault = wiring::vault(settings)?;
    let held = vault.key_id();
    if let Some(master) = manifest.master_id.as_deref().filter(|master| !vault.holds(master)) {
        return Err(Fault::Other(format!(
            "the backup needs the master key {master}, but {} holds {}: take the file of keys of that time, or its copy",
            settings.key_file.display(),
            vault.master_id()
        )));
    }
    if held != manifest.key_id {
        return Err(Fault::Other(format!(
            "the backup needs the root key {}, but {} holds {held}",
            manifest.key_id,
            settings.key_file.display()
        )));
    }
    std::fs::create_dir_all(&settings.data).map_err(Fault::file(&settings.data))?;
    copy_tree(&wiring::attachments(from), &wiring::attachments(&settings.data))?;
    // The database last: a folder with a database is a whole one.
    match &settings.database {
        None => {
            let (database, partial) = (settings.data.join(DATABASE_FILE), settings.data.join("restoring"));
            std::fs::copy(from.join(DATABASE_FILE), &partial).map_err(Fault::file(&database))?;
            sync(&partial)?;
            std::fs::rename(&partial, &database).map_err(Fault::file(&database))?;
        }
        Some(address) => {
            // Opened as a copy: a backup is not to be changed, and an older one is brought up to date first.
            let copy = settings.data.join("restoring");
            std::fs::create_dir_all(&copy).map_err(Fault::file(&copy))?;
            let file = copy.join(DATABASE_FILE);
            std::fs::copy(from.join(DATABASE_FILE), &file).map_err(Fault::file(&file))?;
            let source = wiring::open_embedded(&copy, For::Use).await?;
            carry_into(
                source,
                wiring::open_server(address, settings.connections, For::Alone).await?,
            )
            .await?;
            std::fs::remove_dir_all(&copy).map_err(Fault::file(&copy))?;
        }
    }
    terminal::say(&format!(
        "restored {} as of {}",
        database::shown(settings.database.as_ref(), &settings.data),
        manifest.taken_at
    ));
    Ok(())
}

/// Carries everything from one store into another, with progress, and closes both.
pub async fn carry_into(from: Arc<dyn Store>, to: Arc<dyn Store>) -> Result<Carried, Fault> {
    let count = terminal::count();
    let told = |step: Step| match step {
        Step::Carried(table, rows) => count.tell(table, rows),
        Step::Same(table, rows) => count.tell(&format!("{table} ✓"), rows),
    };
    let carried = carry(from.as_ref(), to.as_ref(), &told).await;
    count.end();
    from.close().await;
    to.close().await;
    carried.map_err(|fault| Fault::Other(fault.to_string()))
}

/// Copies a folder's files that are not there yet; attachments never change under their names.
fn copy_tree(from: &Path, to: &Path) -> Result<u64, Fault> {
    let mut copied = 0;
    if !from.exists() {
        return Ok(0);
    }
    std::fs::create_dir_all(to).map_err(Fault::file(to))?;
    for entry in std::fs::read_dir(from).map_err(Fault::file(from))? {
        let path = entry.map_err(Fault::file(from))?.path();
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            copied += copy_tree(&path, &target)?;
        } else if path.extension().is_none_or(|kind| kind != "partial") {
            std::fs::copy(&path, &target).map_err(Fault::file(&path))?;
            sync(&target)?;
            copied += 1;
        }
    }
    sync(to)?;
    Ok(copied)
}

/// Puts a file's (or folder's) content on disk.
pub fn sync(path: &Path) -> Result<(), Fault> {
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(Fault::file(path))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
