//! The texts that packs and places consist of, wherever they are kept.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 5 * 1024 * 1024;
/// The most that all files together may have, in bytes.
pub const MAX_TOTAL: usize = 64 * 1024 * 1024;

/// Files by path: relative, with `/`, such as `packs/core/pack.toml`.
///
/// A folder with a `pack.toml` is a pack, a folder with a `place.toml` is a place; what lies above them does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    files: BTreeMap<String, String>,
}

impl Sources {
    /// Adds a file, or puts another text in its place.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// The text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every file, in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files directly in a folder, by their names in it.
    pub fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter_map(move |(path, text)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, text))
        })
    }

    /// The folders that directly hold a file of this name.
    pub fn folders_with<'a>(&'a self, file: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter_map(move |(path, _)| path.strip_suffix(file)?.strip_suffix('/'))
    }

    /// The path to which a file of a folder refers: `../calendar/2024.json` seen from `places/x`. `None` where it leads
    /// out of everything or is no relative path.
    pub fn resolve(folder: &str, reference: &str) -> Option<String> {
        let mut parts: Vec<&str> = folder.split('/').collect();
        for part in reference.split('/') {
            match part {
                "" => return None,
                "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(parts.join("/"))
    }
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Sources {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        Self {
            files: files
                .into_iter()
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        }
    }
}

/// The content hash (SHA-256, hex) of some files: equal exactly where paths and texts are.
pub fn content_hash<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = files.into_iter().collect();
    let mut hash = Sha256::new();
    for part in sorted.into_iter().flat_map(|(path, text)| [path, text]) {
        // The length before each part keeps "a" + "bc" apart from "ab" + "c".
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_knows_paths_texts_and_nothing_else() {
        let hash = |files: &[(&'static str, &'static str)]| content_hash(files.iter().copied());
        assert_eq!(hash(&[("a", "1"), ("b", "2")]), hash(&[("b", "2"), ("a", "1")]));
        assert_ne!(hash(&[("a", "bc")]), hash(&[("ab", "c")]));
        assert_ne!(hash(&[("a", "1")]), hash(&[("a", "2")]));
        assert_eq!(
            hash(&[]),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn references_stay_inside() {
        assert_eq!(
            Sources::resolve("places/x", "units.csv").as_deref(),
            Some("places/x/units.csv")
        );
        assert_eq!(
            Sources::resolve("places/x", "../cal/2024.json").as_deref(),
            Some("places/cal/2024.json")
        );
        for outside in ["../../../etc/passwd", "/etc/passwd", "a//b", ""] {
            assert_eq!(Sources::resolve("places/x", outside), None, "{outside}");
        }
    }

    #[test]
    fn folders_are_found_by_what_they_hold() {
        let sources: Sources = [
            ("p/a/pack.toml", ""),
            ("p/a/tests/x.toml", ""),
            ("p/b/place.toml", ""),
            ("pack.toml", ""),
        ]
        .into_iter()
        .collect();
        assert_eq!(sources.folders_with("pack.toml").collect::<Vec<_>>(), ["p/a"]);
        assert_eq!(
            sources.in_folder("p/a").map(|(name, _)| name).collect::<Vec<_>>(),
            ["pack.toml"]
        );
    }
}
