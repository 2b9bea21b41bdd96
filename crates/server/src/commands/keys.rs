//! `quanyu keys`: renewing the master key, and a copy of the keys that is kept elsewhere.

use std::path::Path;

use quanyu_app::vault::{KEY_BYTES, hex};
use sha2::{Digest, Sha256};

use super::Fault;
use crate::cli::KeysCommand;
use crate::key_file::{Keys, from_hex, random_key, write_private};
use crate::settings::Settings;
use crate::{terminal, wiring};

/// What a copy begins with.
const HEAD: &str = "quanyu keys 1";
/// Digits of a check at the end of a line.
const CHECK: usize = 4;

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: KeysCommand) -> Result<(), Fault> {
    match command {
        KeysCommand::Show => show(settings),
        KeysCommand::Rotate => rotate(settings).await,
        KeysCommand::Escrow { to } => escrow(settings, &to),
        KeysCommand::Recover { from } => recover(settings, &from),
    }
}

fn held(settings: &Settings) -> Result<Keys, Fault> {
    Keys::read(&settings.key_file)?.ok_or_else(|| {
        Fault::Other(format!(
            "{} does not exist: name the file of keys with --key-file",
            settings.key_file.display()
        ))
    })
}

fn show(settings: &Settings) -> Result<(), Fault> {
    let vault = held(settings)?.vault();
    let (root, master) = (vault.key_id(), vault.master_id());
    if settings.json {
        terminal::say_json(&serde_json::json!({ "root": root, "master": master }));
    } else {
        terminal::say(&format!("root key {root}, master key {master}"));
    }
    Ok(())
}

/// Makes a new master key and wraps everything with it. What an earlier call left unfinished is finished first, with the
/// key that it made; the keys before are let go when nothing needs them any more.
async fn rotate(settings: &Settings) -> Result<(), Fault> {
    let mut keys = held(settings)?;
    // Nobody else has the store open from here on.
    let app = wiring::open_alone(settings).await?;
    let unfinished = app.rewrap().await;
    app.store.close().await;
    let finished = unfinished?.renewed;
    if finished == 0 {
        keys.masters.push(random_key());
        // The new key is on disk before anything is wrapped with it.
        keys.write(&settings.key_file)?;
    }
    let app = wiring::open_alone(settings).await?;
    let renewed = app.rewrap().await;
    app.store.close().await;
    let renewed = finished + renewed?.renewed;
    let newest = keys.masters.pop();
    keys.masters = newest.into_iter().collect();
    keys.write(&settings.key_file)?;
    let master = keys.vault().master_id();
    if settings.json {
        terminal::say_json(&serde_json::json!({ "master": master, "renewed": renewed }));
    } else {
        terminal::say(&format!(
            "{renewed} values are wrapped with the master key {master}; backups from before still need the keys from \
             before. Keep a new copy: quanyu keys escrow FILE"
        ));
    }
    Ok(())
}

/// Writes a copy that can be printed, locked away and typed in again.
fn escrow(settings: &Settings, to: &Path) -> Result<(), Fault> {
    let keys = held(settings)?;
    let vault = keys.vault();
    let mut sheet = format!(
        "{HEAD}\n# root key {}, master key {}\n",
        vault.key_id(),
        vault.master_id()
    );
    sheet.push_str("# Whoever holds this sheet opens every personal value. Lock it away, apart from the backups.\n");
    for (nth, key) in std::iter::once(&keys.root).chain(&keys.masters).enumerate() {
        let digits = hex(key);
        for half in 0..2 {
            let part = &digits[half * KEY_BYTES..(half + 1) * KEY_BYTES];
            let groups: Vec<&str> = (0..part.len()).step_by(4).map(|at| &part[at..at + 4]).collect();
            let name = format!("{nth}{}", if half == 0 { 'a' } else { 'b' });
            sheet.push_str(&format!("{name}  {}  {}\n", groups.join(" "), check(&name, part)));
        }
    }
    write_private(to, &sheet).map_err(Fault::file(to))?;
    terminal::say(&format!(
        "a copy of the root key {} and the master key {} is in {}: print it, lock it away, delete the file",
        vault.key_id(),
        vault.master_id(),
        to.display()
    ));
    Ok(())
}

/// Makes the file of keys from a copy that was typed in again.
fn recover(settings: &Settings, from: &Path) -> Result<(), Fault> {
    if settings.key_file.exists() {
        return Err(Fault::Other(format!(
            "{} exists already: nothing is overwritten",
            settings.key_file.display()
        )));
    }
    let text = std::fs::read_to_string(from).map_err(Fault::file(from))?;
    let keys = read_sheet(&text).map_err(|what| Fault::Other(format!("{}: {what}", from.display())))?;
    if let Some(folder) = settings.key_file.parent() {
        std::fs::create_dir_all(folder).map_err(Fault::file(folder))?;
    }
    keys.write(&settings.key_file)?;
    show(settings)
}

/// The check of a line: what is mistyped is found where it stands.
fn check(name: &str, part: &str) -> String {
    hex(&Sha256::digest(format!("{name} {part}")))[..CHECK].to_owned()
}

fn read_sheet(text: &str) -> Result<Keys, String> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(nth, line)| (nth + 1, line.trim().to_lowercase()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    if lines.next().is_none_or(|(_, line)| line != HEAD) {
        return Err(format!("does not begin with `{HEAD}`"));
    }
    let mut digits = String::new();
    for (nth, line) in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, groups @ .., last] = words.as_slice() else {
            return Err(format!("line {nth} is cut off"));
        };
        let part = groups.concat();
        let wanted = format!(
            "{}{}",
            digits.len() / (KEY_BYTES * 2),
            if digits.len().is_multiple_of(KEY_BYTES * 2) {
                'a'
            } else {
                'b'
            }
        );
        if *name != wanted {
            return Err(format!("line {nth} should be `{wanted}`"));
        }
        if part.len() != KEY_BYTES || *last != check(name, &part) {
            return Err(format!("line {nth} is mistyped"));
        }
        digits.push_str(&part);
    }
    let key = |at: usize| digits.get(at..at + KEY_BYTES * 2).and_then(from_hex);
    let root = key(0).ok_or("the root key is not complete")?;
    let mut masters = Vec::new();
    for at in (KEY_BYTES * 2..digits.len()).step_by(KEY_BYTES * 2) {
        masters.push(key(at).ok_or("the last key is not complete")?);
    }
    Ok(Keys { root, masters })
}
