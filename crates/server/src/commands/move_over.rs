//! `quanyu move`: a district goes to another engine.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanyu_app::beside::look_for_objects;
use quanyu_app::followers::seals::{Kept, Verified, verify_seals};
use quanyu_store::Store;
use sha2::{Digest, Sha256};

use super::{Fault, backup};
use crate::database::Location;
use crate::settings::Settings;
use crate::wiring::For;
use crate::{terminal, wiring};

/// Carries records, attachments and keys, and verifies what has come.
pub async fn move_over(settings: &Settings, from: &Location, to: &Location) -> Result<(), Fault> {
    if from == to {
        return Err(Fault::Other(format!("{from} is where it is already")));
    }
    let (old, new) = (folder(settings, from), folder(settings, to));
    if let Location::Folder(folder) = from
        && !folder.join(quanyu_store_sqlite::DATABASE_FILE).is_file()
    {
        return Err(Fault::Other(format!("{} holds no database", folder.display())));
    }
    std::fs::create_dir_all(&new).map_err(Fault::file(&new))?;
    let source = open(settings, from).await?;
    let target = open(settings, to).await?;
    // Keys and attachments first: whatever a record refers to is there before it.
    let keys = moved_keys(settings, &old, &new)?;
    let (from_folder, to_folder) = (wiring::attachments(&old), wiring::attachments(&new));
    let copied = tokio::task::spawn_blocking(move || copy_verified(&from_folder, &to_folder));
    let attachments = copied.await.map_err(|fault| Fault::Other(fault.to_string()))??;
    let carried = backup::carry_into(source, target).await?;
    // As a server will see it: with the keys that were carried, the seals must hold.
    let there = Settings {
        data: new,
        key_file: keys,
        database: match to {
            Location::Folder(_) => None,
            Location::Server(address) => Some(address.clone()),
        },
        ..settings.clone()
    };
    let app = Arc::new(wiring::open_alone(&there).await?);
    let sealed = verify_seals(&app, Kept::default()).await;
    let looked = look_for_objects(app.store.as_ref(), &app.blobs, usize::MAX).await;
    app.store.close().await;
    let blocks = match sealed? {
        Verified::Holds { report, .. } => report.blocks,
        Verified::Broken(fault) => {
            return Err(Fault::Other(format!("the past is not what was sealed: {fault}")));
        }
    };
    if let Some(first) = looked?.missing.first() {
        return Err(Fault::Other(format!(
            "records and seals are whole, but attachments are missing, {first} the first of them: put them into {} from a backup",
            wiring::attachments(&there.data).display()
        )));
    }
    if settings.json {
        terminal::say_json(&serde_json::json!({
            "events": carried.events,
            "rows": carried.rows,
            "attachments": attachments,
            "sealed_blocks": blocks,
        }));
    } else {
        terminal::say(&format!(
            "moved to {to}: {} events and {} rows, the same in both; {blocks} sealed blocks hold; {attachments} attachments. \
             Do not serve {from} any more",
            carried.events, carried.rows
        ));
    }
    Ok(())
}

/// The folder with attachments and keys that goes with a place.
fn folder(settings: &Settings, place: &Location) -> PathBuf {
    match place {
        Location::Folder(folder) => folder.clone(),
        Location::Server(_) => settings.data.clone(),
    }
}

async fn open(settings: &Settings, place: &Location) -> Result<Arc<dyn Store>, Fault> {
    Ok(match place {
        Location::Folder(folder) => wiring::open_embedded(folder, For::Filling).await?,
        Location::Server(address) => wiring::open_server(address, settings.connections, For::Alone).await?,
    })
}

/// Copies the file of keys where it lies within the old folder; where it then is. Another one that is there already is not
/// written over: it opens other values.
fn moved_keys(settings: &Settings, old: &Path, new: &Path) -> Result<PathBuf, Fault> {
    let inside = Path::new("keys").join("root.key");
    // Named by hand, it stays where it is.
    if settings.key_file != settings.data.join(&inside) {
        return Ok(settings.key_file.clone());
    }
    let (from, to) = (old.join(&inside), new.join(&inside));
    if from == to {
        return Ok(to);
    }
    let held = std::fs::read_to_string(&from).map_err(Fault::file(&from))?;
    match std::fs::read_to_string(&to) {
        Ok(there) if there == held => {}
        Ok(_) => {
            return Err(Fault::Other(format!(
                "{} holds other keys than {}: name another folder with --data",
                to.display(),
                from.display()
            )));
        }
        Err(_) => {
            let folder = to.parent().unwrap_or(new);
            std::fs::create_dir_all(folder).map_err(Fault::file(folder))?;
            crate::key_file::write_private(&to, &held).map_err(Fault::file(&to))?;
        }
    }
    Ok(to)
}

/// Copies what is not there yet, and compares every file by its hash; how many there are. Where they stay they are counted.
fn copy_verified(from: &Path, to: &Path) -> Result<u64, Fault> {
    if !from.exists() {
        return Ok(0);
    }
    std::fs::create_dir_all(to).map_err(Fault::file(to))?;
    let mut count = 0;
    for entry in std::fs::read_dir(from).map_err(Fault::file(from))? {
        let path = entry.map_err(Fault::file(from))?.path();
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            count += copy_verified(&path, &target)?;
            continue;
        }
        if path.extension().is_some_and(|kind| kind == "partial") {
            continue;
        }
        count += 1;
        if from == to {
            continue;
        }
        let wanted = hash(&path)?;
        if !target.exists() || hash(&target)? != wanted {
            std::fs::copy(&path, &target).map_err(Fault::file(&path))?;
            backup::sync(&target)?;
        }
        if hash(&target)? != wanted {
            return Err(Fault::Other(format!(
                "{} is not what was copied: the disk fails",
                target.display()
            )));
        }
    }
    backup::sync(to)?;
    Ok(count)
}

fn hash(path: &Path) -> Result<[u8; 32], Fault> {
    let mut file = std::fs::File::open(path).map_err(Fault::file(path))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(Fault::file(path))? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}
