//! Reads a folder of packs or places from the disk into [`Sources`]. The only place in the crate that touches files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::both::Both;
use crate::finding::{Finding, Findings, Severity, line_and_column};
use crate::sources::{MAX_FILE, Sources};

/// The kinds of file that are read; others, such as `README.md`, are left alone.
const ENDINGS: [&str; 4] = ["toml", "csv", "json", "geojson"];
/// Folders that are left alone: what tables are made from is no table.
const RAW: &str = "source";
/// Folders within folders within folders …
const MAX_DEPTH: usize = 8;

/// Whether a path below a folder of packs or places is one that is read at all: its kind is, and no folder on the way is
/// left alone.
pub fn is_read(path: &str) -> bool {
    let mut folders = path.split('/');
    let name = folders.next_back().unwrap_or_default();
    let kind = name.rsplit_once('.').map(|(_, ending)| ending);
    kind.is_some_and(|kind| ENDINGS.contains(&kind))
        && !name.starts_with('.')
        && !folders.any(|folder| folder == RAW || folder.starts_with('.'))
}

/// Adds every file below `folder` to the sources, under `name/…`. What begins with a dot is left out, as are folders
/// called `source`: they hold what the tables of a place are made from.
///
/// What cannot be read is left out and told: a link that leads out of the folder, a file that is too large
/// ([`MAX_FILE`]) or no UTF-8, whatever the system refuses.
pub fn read_folder(sources: &mut Sources, folder: &Path, name: &str) -> Findings {
    let mut reader = Reader {
        sources,
        findings: Vec::new(),
        root: PathBuf::new(),
    };
    match fs::canonicalize(folder) {
        Ok(root) => {
            reader.root.clone_from(&root);
            reader.folder(&root, name, 0);
        }
        Err(error) => reader.tell(
            name,
            (format!("无法读取：{error}"), format!("cannot be read: {error}")),
            ("请写存在的文件夹", "name a folder that exists"),
        ),
    }
    Findings::new(reader.findings)
}

struct Reader<'a> {
    sources: &'a mut Sources,
    findings: Vec<Finding>,
    root: PathBuf,
}

impl Reader<'_> {
    fn folder(&mut self, folder: &Path, path: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return self.tell(
                path,
                ("层次太深", "lies too deep"),
                (
                    "规则包或地区在 `tests` 之下没有文件夹",
                    "a pack or place has no folders below `tests`",
                ),
            );
        }
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => {
                return self.tell(
                    path,
                    (format!("无法读取：{error}"), format!("cannot be read: {error}")),
                    ("请使文件夹可读", "make the folder readable"),
                );
            }
        };
        for entry in entries {
            let file_name = entry.file_name();
            let Some(name) = file_name.to_str() else {
                self.tell(
                    path,
                    (
                        format!("含有 {file_name:?}，其名称不是 UTF-8"),
                        format!("holds {file_name:?}, which is no UTF-8 name"),
                    ),
                    ("请重命名该文件", "rename the file"),
                );
                continue;
            };
            if name.starts_with('.') || name == RAW {
                continue;
            }
            let below = format!("{path}/{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&entry.path(), &below, depth + 1),
                Ok(kind) if kind.is_file() || kind.is_symlink() => self.file(&entry.path(), below),
                Ok(_) => self.tell(
                    &below,
                    ("既不是文件也不是文件夹", "is neither a file nor a folder"),
                    ("请删去", "remove it"),
                ),
                Err(error) => self.tell(
                    &below,
                    (format!("无法读取：{error}"), format!("cannot be read: {error}")),
                    ("请使其可读", "make it readable"),
                ),
            }
        }
    }

    fn file(&mut self, file: &Path, path: String) {
        if !ENDINGS
            .iter()
            .any(|ending| file.extension().is_some_and(|found| found == *ending))
        {
            return;
        }
        match fs::canonicalize(file) {
            Ok(target) if !target.starts_with(&self.root) => {
                return self.tell(
                    &path,
                    ("是指向文件夹之外的链接", "is a link that leads out of the folder"),
                    ("请改为复制文件", "copy the file instead"),
                );
            }
            Ok(target) if !target.is_file() => {
                return self.tell(
                    &path,
                    ("是指向非文件的链接", "is a link to something that is no file"),
                    ("请改为复制文件", "copy the file instead"),
                );
            }
            Err(error) => {
                return self.tell(
                    &path,
                    (format!("无法读取：{error}"), format!("cannot be read: {error}")),
                    ("请修复或删去该链接", "mend or remove the link"),
                );
            }
            Ok(_) => {}
        }
        if fs::metadata(file).is_ok_and(|about| about.len() > MAX_FILE as u64) {
            return self.tell(
                &path,
                (
                    format!("超过 {} MB", MAX_FILE / 1024 / 1024),
                    format!("is larger than {} MB", MAX_FILE / 1024 / 1024),
                ),
                (
                    "请去掉不需要的内容，或拆成几个文件",
                    "leave out what is not needed, or split it into several files",
                ),
            );
        }
        match fs::read(file).map(String::from_utf8) {
            Ok(Ok(text)) => self.sources.insert(path, text),
            Ok(Err(error)) => {
                let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let (line, column) = line_and_column(&String::from_utf8_lossy(sound), sound.len());
                self.findings.push(Finding {
                    severity: Severity::Error,
                    file: path,
                    line,
                    column,
                    span: sound.len()..sound.len(),
                    code: "not_utf8",
                    what: ("从此处起不是 UTF-8 编码", "is not UTF-8 from here on").into(),
                    advice: (
                        "请以 UTF-8 保存（电子表格中选“CSV UTF-8”）",
                        "save the file as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
                    )
                        .into(),
                });
            }
            Err(error) => self.tell(
                &path,
                (format!("无法读取：{error}"), format!("cannot be read: {error}")),
                ("请使文件可读", "make the file readable"),
            ),
        }
    }

    fn tell(&mut self, path: &str, what: impl Into<Both>, advice: impl Into<Both>) {
        self.findings.push(Finding {
            severity: Severity::Error,
            file: path.to_owned(),
            line: 1,
            column: 1,
            span: 0..0,
            code: "unreadable_file",
            what: what.into(),
            advice: advice.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::is_read;

    #[test]
    fn only_what_packs_and_places_are_made_of_is_read() {
        for read in ["packs/x/pack.toml", "places/1/units.csv", "places/1/areas.geojson"] {
            assert!(is_read(read), "{read}");
        }
        for left in [
            "packs/x/README.md",
            "places/1/source/raw.csv",
            "packs/.git/config.toml",
            "packs/x/.hidden.toml",
            "packs/toml",
            "",
        ] {
            assert!(!is_read(left), "{left}");
        }
    }
}
