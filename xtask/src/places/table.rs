//! Tables as CSV: a header row, UTF-8, line feeds.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a step of the generator gives: its result, or a sentence that says which source is at fault and how.
pub type Result<T> = std::result::Result<T, String>;

/// The rows of a table under the project's root.
pub fn read<T: DeserializeOwned>(root: &Path, path: &str) -> Result<Vec<T>> {
    let text = read_text(root, path)?;
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| format!("{path}: {error}"))
}

/// The text of a file under the project's root.
pub fn read_text(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: cannot be read: {error}"))
}

/// The table's text. The columns are the fields of `T` in the order of their declaration.
pub fn write<T: Serialize>(rows: &[T]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
