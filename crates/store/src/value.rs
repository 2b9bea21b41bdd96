//! Values in the one canonical form that every engine stores alike: text without U+0000, times in microseconds, JSON as
//! sorted, compact text.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::canonical::canonical_json;

/// The longest text or byte string, in bytes, that a key or an index may hold: the narrowest engine (PostgreSQL) refuses
/// index entries beyond a third of its 8 kB pages, and an entry may hold several columns.
pub const MAX_INDEXED_BYTES: usize = 512;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A signed 64-bit integer.
    Int,
    /// Unicode text without U+0000; ordered by its UTF-8 bytes.
    Text,
    /// Raw bytes; ordered byte by byte.
    Bytes,
    /// A moment in UTC, in whole microseconds, from the year 1 until 9999-12-30T22:00:00Z.
    Time,
    /// Canonical JSON text, see [`Json`]; not ordered, so not allowed in a key or an index.
    Json,
    /// True or false; false comes first.
    Bool,
}

/// One value of a row or a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value.
    Null,
    /// See [`Kind::Int`].
    Int(i64),
    /// See [`Kind::Text`].
    Text(String),
    /// See [`Kind::Bytes`].
    Bytes(Vec<u8>),
    /// See [`Kind::Time`]. Made through `From<Timestamp>` it is already cut to microseconds.
    Time(Timestamp),
    /// See [`Kind::Json`].
    Json(Json),
    /// See [`Kind::Bool`].
    Bool(bool),
}

/// Why a value cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// U+0000 in a text: PostgreSQL cannot store it, and it means nothing in a record.
    #[error("text holds the character U+0000 at byte {at}; remove it")]
    Nul {
        /// Byte offset of the first one.
        at: usize,
    },
    /// Not JSON, or a Rust value that has no JSON form.
    #[error("not JSON: {what}")]
    NotJson {
        /// What the parser or the serializer said.
        what: String,
    },
    /// Two keys of one object are the same text once normalised.
    #[error("JSON object holds the key {key:?} twice (after Unicode normalisation)")]
    TwinKeys {
        /// The normalised key.
        key: String,
    },
    /// A time outside the years 1 to 9999 (the last day of 9999 is outside as well).
    #[error("time {at} lies outside the years 1 to 9999")]
    FarTime {
        /// The time.
        at: Timestamp,
    },
    /// A key or index column is longer than [`MAX_INDEXED_BYTES`].
    #[error("{bytes} bytes are too many for a key or an index column (at most {MAX_INDEXED_BYTES})")]
    TooLongForIndex {
        /// Its length in UTF-8 bytes.
        bytes: usize,
    },
}

/// Text as it enters the system: refused with U+0000, otherwise in Unicode normalisation form C.
pub fn canonical_text(text: &str) -> Result<String, ValueError> {
    refuse_nul(text)?;
    Ok(if is_canonical(text) {
        text.to_owned()
    } else {
        text.nfc().collect()
    })
}

/// Whether a text is in canonical form already.
pub(crate) fn is_canonical(text: &str) -> bool {
    !text.as_bytes().contains(&0) && (text.chars().all(is_inert) || is_nfc(text))
}

/// Characters that neither change nor move when a text is composed, whatever stands beside them: most of what is written
/// here, told without a table.
fn is_inert(character: char) -> bool {
    matches!(character, '\0'..='\u{2FF}' | '\u{2010}'..='\u{2027}' | '\u{3001}'..='\u{3029}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF5E}')
}

fn refuse_nul(text: &str) -> Result<(), ValueError> {
    if !text.as_bytes().contains(&0) {
        return Ok(());
    }
    match text.bytes().position(|byte| byte == 0) {
        Some(at) => Err(ValueError::Nul { at }),
        None => Ok(()),
    }
}

/// The time without its nanoseconds below a microsecond, which no engine keeps.
pub fn whole_microseconds(at: Timestamp) -> Timestamp {
    let nanoseconds = at.subsec_nanosecond();
    Timestamp::new(at.as_second(), nanoseconds - nanoseconds % 1000)
        .expect("cutting digits off a valid time leaves a valid time")
}

impl Value {
    /// The kind of the value, or `None` for [`Value::Null`], which fits every nullable column.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Value::Null => return None,
            Value::Int(_) => Kind::Int,
            Value::Text(_) => Kind::Text,
            Value::Bytes(_) => Kind::Bytes,
            Value::Time(_) => Kind::Time,
            Value::Json(_) => Kind::Json,
            Value::Bool(_) => Kind::Bool,
        })
    }

    /// The order that every engine's indexes have between values of one kind: numbers and times by size, text and bytes
    /// byte by byte, false before true. Values of different kinds, which never share a column, are ordered by kind.
    pub fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Int(one), Value::Int(other)) => one.cmp(other),
            (Value::Text(one), Value::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
            (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
            (Value::Time(one), Value::Time(other)) => one.cmp(other),
            (Value::Json(one), Value::Json(other)) => one.as_str().cmp(other.as_str()),
            (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
            _ => self.kind().cmp(&other.kind()),
        }
    }

    /// Whether the value is in canonical form; `indexed` says that it stands in a key or an index column.
    pub fn check(&self, indexed: bool) -> Result<(), ValueError> {
        match self {
            Value::Text(text) => {
                refuse_nul(text)?;
                fits_index(text.len(), indexed)
            }
            Value::Bytes(bytes) => fits_index(bytes.len(), indexed),
            Value::Time(at) => {
                // 0001-01-01T00:00:00Z; PostgreSQL starts in 4713 BC, and nothing here happened before the common era.
                const FIRST_SECOND: i64 = -62_135_596_800;
                // The last whole second that every fraction of can be had back from a count of microseconds.
                const LAST_SECOND: i64 = 253_402_207_199;
                let near = (FIRST_SECOND..=LAST_SECOND).contains(&at.as_second());
                if near {
                    Ok(())
                } else {
                    Err(ValueError::FarTime { at: *at })
                }
            }
            Value::Null | Value::Int(_) | Value::Json(_) | Value::Bool(_) => Ok(()),
        }
    }
}

fn fits_index(bytes: usize, indexed: bool) -> Result<(), ValueError> {
    if indexed && bytes > MAX_INDEXED_BYTES {
        Err(ValueError::TooLongForIndex { bytes })
    } else {
        Ok(())
    }
}

/// JSON in canonical text: compact, object keys sorted by their bytes, strings in NFC and without U+0000. It is stored
/// and hashed byte for byte.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(String);

impl Json {
    /// The canonical JSON of a Rust value.
    pub fn of(value: &impl Serialize) -> Result<Json, ValueError> {
        canonical_json(value).map(Json)
    }

    /// The canonical form of JSON text from anywhere.
    pub fn parse(text: &str) -> Result<Json, ValueError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|fault| ValueError::NotJson {
            what: fault.to_string(),
        })?;
        Json::of(&value)
    }

    /// For engines: text that was a [`Json`] when it was stored. It is not looked at again.
    pub fn from_stored(text: String) -> Json {
        Json(text)
    }

    /// The empty object `{}`.
    pub fn empty() -> Json {
        Json("{}".to_owned())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Rust value that the JSON describes.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, ValueError> {
        serde_json::from_str(&self.0).map_err(|fault| ValueError::NotJson {
            what: fault.to_string(),
        })
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Rust type that one column holds; what lets [`crate::table!`] tie a struct to its table. Types of the domain (an
/// enum kept as text, an id kept as an integer) implement it beside their definition.
pub trait Field: Sized {
    /// The kind of the column.
    const KIND: Kind;
    /// Whether the column may be null; true only for `Option`.
    const NULLABLE: bool;
    /// The value to store.
    fn to_value(&self) -> Value;
    /// The value read back, or `None` when it is not one of this type's.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! plain_field {
    ($($type:ty => $kind:ident),+ $(,)?) => { $(
        impl Field for $type {
            const KIND: Kind = Kind::$kind;
            const NULLABLE: bool = false;
            fn to_value(&self) -> Value {
                Value::from(self.clone())
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$kind(inner) => Some(inner),
                    _ => None,
                }
            }
        }
    )+ };
}

plain_field!(i64 => Int, String => Text, Vec<u8> => Bytes, Timestamp => Time, Json => Json, bool => Bool);

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_value)
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            some => T::from_value(some).map(Some),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Bytes(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Value {
        Value::Time(whole_microseconds(value))
    }
}

impl From<Json> for Value {
    fn from(value: Json) -> Value {
        Value::Json(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::canonical_combining_class;

    use super::*;

    #[test]
    fn inert_characters_are_composed_whatever_stands_before_them() {
        for character in (0..=0x10FFFF)
            .filter_map(char::from_u32)
            .filter(|character| is_inert(*character))
        {
            assert_eq!(canonical_combining_class(character), 0, "{character:?}");
            for before in ["", "e", "\u{1100}", "が", "\u{9FFF}"] {
                assert!(is_nfc(&format!("{before}{character}")), "{before}{character:?}");
            }
        }
    }
}
