//! The file of keys: the root key, and below it the master keys that came after, each a line of hexadecimal digits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanyu_app::ports::{Random, SystemRandom};
use quanyu_app::vault::{KEY_BYTES, Vault, hex};

use crate::wiring::WiringError;

/// The keys of a file.
pub struct Keys {
    /// The root key.
    pub root: [u8; KEY_BYTES],
    /// The master keys that came after it, the newest last.
    pub masters: Vec<[u8; KEY_BYTES]>,
}

impl Keys {
    /// Reads a file; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, WiringError> {
        let wrong = |what: String| wrong(path, what);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(wrong(fault.to_string())),
        };
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            keys.push(
                from_hex(line)
                    .ok_or_else(|| wrong(format!("must hold {} hexadecimal digits on each line", KEY_BYTES * 2)))?,
            );
        }
        let mut keys = keys.into_iter();
        let root = keys
            .next()
            .ok_or_else(|| wrong(format!("must hold {} hexadecimal digits", KEY_BYTES * 2)))?;
        Ok(Some(Self {
            root,
            masters: keys.collect(),
        }))
    }

    /// A random root key.
    pub fn fresh() -> Self {
        Self {
            root: random_key(),
            masters: Vec::new(),
        }
    }

    /// The vault over these keys.
    pub fn vault(&self) -> Vault {
        Vault::with_masters(self.root, self.masters.clone(), Arc::new(SystemRandom))
    }

    /// Puts the keys on disk in place of what was there, all or nothing, for their owner alone.
    pub fn write(&self, path: &Path) -> Result<(), WiringError> {
        let keys = std::iter::once(&self.root).chain(&self.masters);
        let text: String = keys.map(|key| hex(key) + "\n").collect();
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let put = || {
            if partial.exists() {
                std::fs::remove_file(&partial)?;
            }
            write_private(&partial, &text)?;
            std::fs::rename(&partial, path)?;
            path.parent()
                .map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
        };
        put().map_err(|fault: std::io::Error| wrong(path, fault.to_string()))
    }
}

/// A key that nobody can guess.
pub fn random_key() -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    SystemRandom.fill(&mut key);
    key
}

/// The key that hexadecimal digits write.
pub fn from_hex(digits: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if digits.len() != KEY_BYTES * 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(key)
}

/// Writes a new file that only its owner may read, and puts it on disk before anything is sealed with it.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn wrong(path: &Path, what: String) -> WiringError {
    WiringError::Key {
        path: path.to_owned(),
        what,
    }
}
