//! The mapping of a file: which column is what, what the words in it mean, how its times are written.
//!
//! A mapping is a TOML file that belongs to the place which brings the records. Everything that can be said of it
//! without the data is said when it is read, with the line at fault; the columns are held against the file's header and
//! the names against the rules in force before the first row goes in.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use jiff::tz::Offset;
use quanyu_geo::Datum;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::rows::Encoding;
use super::times::TimeFormats;
use crate::vault::hex;

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What the row is called where it comes from: with it a row is imported once, however often the file is read.
    ExternalId,
    /// Kind of case.
    CaseType,
    /// Demand type.
    Demand,
    /// Channel.
    Channel,
    /// Matter.
    Matter,
    /// A short title.
    Title,
    /// What was said.
    Text,
    /// When it was said.
    FiledAt,
    /// The reporter's name, or the name that stands for it.
    Reporter,
    /// The reporter's telephone number.
    Phone,
    /// The reporter's address.
    Address,
    /// The place in words.
    Place,
    /// The code of the area.
    Area,
    /// Longitude of the point.
    Lon,
    /// Latitude of the point.
    Lat,
    /// What was replied.
    Reply,
    /// When.
    RepliedAt,
    /// The outcome of what has a reply.
    Outcome,
    /// The unit that leads what has none yet: its code or its name.
    Lead,
    /// The class of limit of such a case.
    LimitClass,
    /// The time that is left of its limit: `3 workdays`.
    Remaining,
}

impl Field {
    /// Its name in mappings and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::CaseType => "case_type",
            Self::Demand => "demand",
            Self::Channel => "channel",
            Self::Matter => "matter",
            Self::Title => "title",
            Self::Text => "text",
            Self::FiledAt => "filed_at",
            Self::Reporter => "reporter",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Place => "place",
            Self::Area => "area",
            Self::Lon => "lon",
            Self::Lat => "lat",
            Self::Reply => "reply",
            Self::RepliedAt => "replied_at",
            Self::Outcome => "outcome",
            Self::Lead => "lead",
            Self::LimitClass => "limit_class",
            Self::Remaining => "remaining",
        }
    }
}

/// What is wrong with a mapping, or between a mapping and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// The mapping's file.
    pub file: String,
    /// The line at fault, from 1; `None` where something is missing.
    pub line: Option<usize>,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        write!(f, "{}{line}: {} / {}", self.file, self.zh, self.en)
    }
}

impl std::error::Error for MappingError {}

/// A value with the line on which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub value: T,
    pub line: usize,
}

/// How a mapping points at a column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum ColumnRef {
    /// By its name in the header.
    Name(String),
    /// By its number, from 1.
    Number(usize),
}

/// A mapping, read and checked in itself.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Its file, for messages.
    pub file: String,
    /// SHA-256 of its text, hex.
    pub hash: String,
    /// Where the records come from. A row's external id is unique within its source.
    pub source: String,
    pub(super) encoding: Encoding,
    pub(super) delimiter: u8,
    pub(super) header: bool,
    pub(super) datum: Datum,
    pub(super) columns: BTreeMap<Field, Placed<ColumnRef>>,
    pub(super) defaults: BTreeMap<Field, Placed<String>>,
    pub(super) values: BTreeMap<Field, HashMap<String, Placed<String>>>,
    pub(super) formats: Placed<Vec<String>>,
    pub(super) offset: Option<Offset>,
    pub(super) taken_over_at: Option<Placed<String>>,
    pub(super) reply_step: Option<Placed<String>>,
    pub(super) dispatch_step: Option<Placed<String>>,
}

/// The mapping as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: Spanned<String>,
    #[serde(default)]
    file: WrittenFile,
    columns: BTreeMap<Field, Spanned<ColumnRef>>,
    #[serde(default)]
    defaults: BTreeMap<Field, Spanned<String>>,
    #[serde(default)]
    values: BTreeMap<Field, BTreeMap<String, Spanned<String>>>,
    #[serde(default)]
    times: WrittenTimes,
    #[serde(default)]
    steps: WrittenSteps,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenFile {
    encoding: Encoding,
    delimiter: Spanned<String>,
    header: bool,
    datum: Datum,
}

impl Default for WrittenFile {
    fn default() -> Self {
        let delimiter = Spanned::new(0..0, ",".to_owned());
        Self {
            encoding: Encoding::Utf8,
            delimiter,
            header: true,
            datum: Datum::Cgcs2000,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WrittenTimes {
    formats: Option<Spanned<Vec<String>>>,
    utc_offset: Option<Spanned<String>>,
    taken_over_at: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WrittenSteps {
    reply: Option<Spanned<String>>,
    dispatch: Option<Spanned<String>>,
}

/// The ways of writing times that are tried where a mapping names none.
const USUAL_FORMATS: [&str; 9] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y年%m月%d日",
];
/// Longest name of a source, in bytes.
const MAX_SOURCE: usize = 100;

impl Mapping {
    /// Reads a mapping; `file` is its name for messages.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let reading = Reading { file, text };
        let written: Written = toml::from_str(text).map_err(|fault| reading.syntax(&fault))?;
        let source = written.source.get_ref().trim();
        if source.is_empty() || source.len() > MAX_SOURCE {
            return Err(reading.wrong(
                &written.source,
                format!("请写明数据来源的名称（至多 {MAX_SOURCE} 字节）"),
                format!("name the source, in at most {MAX_SOURCE} bytes"),
            ));
        }
        let delimiter = match written.file.delimiter.get_ref().as_bytes() {
            [one] if written.file.encoding.keeps_apart(*one) && !matches!(one, b'"' | b'\n' | b'\r' | 0) => *one,
            _ => {
                return Err(reading.wrong(
                    &written.file.delimiter,
                    "分隔符须为一个 ASCII 字符，如 \",\" 或 \"\\t\"；gb18030 编码时不能是 | 等可能属于汉字的字节",
                    "the delimiter is one ASCII character, such as \",\" or \"\\t\"; in gb18030 not one that may be half of \
                     another, such as |",
                ));
            }
        };
        let offset = match &written.times.utc_offset {
            None => None,
            Some(text) => Some(
                parse_offset(text.get_ref())
                    .ok_or_else(|| reading.wrong(text, "时差写作 \"+08:00\"", "write the offset as \"+08:00\""))?,
            ),
        };
        let formats = match &written.times.formats {
            None => Placed {
                value: USUAL_FORMATS.map(str::to_owned).to_vec(),
                line: 0,
            },
            Some(formats) => reading.placed(formats),
        };
        if let Err((at, fault)) = TimeFormats::new(formats.value.clone(), offset.unwrap_or(Offset::UTC)) {
            let format = &formats.value[at];
            return Err(reading.at_line(
                formats.line,
                format!("时间格式 {format} 无法使用：{fault}"),
                format!("the time format {format} does not work: {fault}"),
            ));
        }
        let mapping = Self {
            file: file.to_owned(),
            hash: hex(&Sha256::digest(text.as_bytes())),
            source: source.to_owned(),
            encoding: written.file.encoding,
            delimiter,
            header: written.file.header,
            datum: written.file.datum,
            columns: written
                .columns
                .iter()
                .map(|(field, column)| (*field, reading.placed(column)))
                .collect(),
            defaults: written
                .defaults
                .iter()
                .map(|(field, value)| (*field, reading.placed(value)))
                .collect(),
            values: written
                .values
                .iter()
                .map(|(field, words)| {
                    let words = words
                        .iter()
                        .map(|(word, meaning)| (word.trim().to_owned(), reading.placed(meaning)));
                    (*field, words.collect())
                })
                .collect(),
            formats,
            offset,
            taken_over_at: written.times.taken_over_at.as_ref().map(|at| reading.placed(at)),
            reply_step: written.steps.reply.as_ref().map(|step| reading.placed(step)),
            dispatch_step: written.steps.dispatch.as_ref().map(|step| reading.placed(step)),
        };
        mapping.check_fields()?;
        Ok(mapping)
    }

    /// What no row can do without must have a column or a default; what goes in pairs must come in pairs.
    fn check_fields(&self) -> Result<(), MappingError> {
        let missing = |fields: String, zh: &str, en: &str| {
            Err(self.wrong(
                None,
                format!("缺少 {fields}：{zh}"),
                format!("{fields} is missing: {en}"),
            ))
        };
        for field in [Field::Text, Field::FiledAt] {
            if !self.columns.contains_key(&field) {
                return missing(
                    format!("columns.{}", field.name()),
                    "请写明对应的列",
                    "name the column that holds it",
                );
            }
        }
        for field in [Field::CaseType, Field::Demand, Field::Channel] {
            if !self.gives(field) {
                let fields = format!("defaults.{}", field.name());
                return missing(
                    fields,
                    "请写默认值，或在 columns 中写明对应的列",
                    "give a default, or name a column",
                );
            }
        }
        for (one, other) in [(Field::Lon, Field::Lat), (Field::Reply, Field::RepliedAt)] {
            for (one, other) in [(one, other), (other, one)] {
                if self.columns.contains_key(&one) && !self.columns.contains_key(&other) {
                    let fields = format!("columns.{}", other.name());
                    return missing(
                        fields,
                        "两列须同时写明",
                        &format!("it goes together with {}", one.name()),
                    );
                }
            }
        }
        if self.columns.contains_key(&Field::Reply) && !self.gives(Field::Outcome) {
            return missing(
                "defaults.outcome".to_owned(),
                "有答复的行须有办结类型",
                "what has a reply needs an outcome",
            );
        }
        if !self.gives(Field::Area) && !self.columns.contains_key(&Field::Lon) {
            return missing(
                "defaults.area".to_owned(),
                "每行须有区划代码或坐标",
                "every row needs the code of an area or a point",
            );
        }
        let fixed = [
            Field::ExternalId,
            Field::Text,
            Field::FiledAt,
            Field::Reply,
            Field::RepliedAt,
        ];
        if let Some((field, at)) = self.defaults.iter().find(|(field, _)| fixed.contains(field)) {
            return Err(self.wrong(
                Some(at.line),
                format!("{} 不能有默认值", field.name()),
                format!("{} cannot be the same for every row", field.name()),
            ));
        }
        Ok(())
    }

    fn gives(&self, field: Field) -> bool {
        self.defaults.contains_key(&field) || self.columns.contains_key(&field)
    }

    /// Whether rows may be cases that have been sent to a unit and have no reply yet.
    pub(super) fn has_cases_in_flight(&self) -> bool {
        self.gives(Field::Lead) || self.gives(Field::Remaining)
    }

    /// An error at a line of the mapping.
    pub(super) fn wrong(&self, line: Option<usize>, zh: impl Into<String>, en: impl Into<String>) -> MappingError {
        // Line 0 is what was not written at all.
        let line = line.filter(|line| *line > 0);
        MappingError {
            file: self.file.clone(),
            line,
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// Where each column of the mapping lies in a file.
    ///
    /// # Errors
    /// When the file lacks one of them: one error for all, with the columns that it has.
    pub(super) fn layout(&self, data: &str, header: &[&str]) -> Result<Layout, MappingError> {
        let names: Vec<&str> = header.iter().map(|name| name.trim()).collect();
        let mut found = Layout::default();
        let mut missing = Vec::new();
        for (field, column) in &self.columns {
            let at = match &column.value {
                ColumnRef::Number(number) => number.checked_sub(1).filter(|at| *at < names.len()),
                ColumnRef::Name(_) if !self.header => None,
                ColumnRef::Name(name) => {
                    let mut places = names.iter().enumerate().filter(|(_, found)| **found == name.trim());
                    let first = places.next().map(|(at, _)| at);
                    if places.next().is_some() {
                        return Err(self.wrong(
                            Some(column.line),
                            format!("{data} 有不止一列“{name}”，请改写列号"),
                            format!("{data} has more than one column `{name}`: give its number instead"),
                        ));
                    }
                    first
                }
            };
            match at {
                Some(at) => found.0.push((*field, at)),
                None => missing.push(column),
            }
        }
        let Some(first) = missing.first() else { return Ok(found) };
        let named = |column: &&Placed<ColumnRef>| match &column.value {
            ColumnRef::Name(name) => name.clone(),
            ColumnRef::Number(number) => number.to_string(),
        };
        let absent: Vec<String> = missing.iter().map(named).collect();
        let (zh, en) = if self.header {
            (
                format!("该文件的列为：{}", names.join("、")),
                format!("it has: {}", names.join(", ")),
            )
        } else {
            let count = names.len();
            (
                format!("该文件无标题行，列号为 1 至 {count}"),
                format!("it has no header and {count} columns: give numbers"),
            )
        };
        Err(self.wrong(
            Some(first.line),
            format!("{data} 没有列 {}；{zh}", absent.join("、")),
            format!("{data} has no column {}; {en}", absent.join(", ")),
        ))
    }
}

/// Where each field lies in the rows of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout(Vec<(Field, usize)>);

impl Layout {
    /// The column of a field.
    pub fn at(&self, field: Field) -> Option<usize> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, at)| *at)
    }
}

/// A mapping's text while it is read.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reading<'_> {
    fn line_of(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    fn placed<T: Clone>(&self, value: &Spanned<T>) -> Placed<T> {
        Placed {
            value: value.get_ref().clone(),
            line: self.line_of(value.span().start),
        }
    }

    fn wrong<T>(&self, at: &Spanned<T>, zh: impl Into<String>, en: impl Into<String>) -> MappingError {
        self.at_line(self.line_of(at.span().start), zh, en)
    }

    fn at_line(&self, line: usize, zh: impl Into<String>, en: impl Into<String>) -> MappingError {
        MappingError {
            file: self.file.to_owned(),
            line: Some(line),
            zh: zh.into(),
            en: en.into(),
        }
    }

    fn syntax(&self, fault: &toml::de::Error) -> MappingError {
        let line = fault.span().map(|span| self.line_of(span.start));
        let what = fault.message();
        MappingError {
            file: self.file.to_owned(),
            line,
            zh: format!("映射文件有误：{what}"),
            en: format!("the mapping cannot be read: {what}"),
        }
    }
}

/// `+08:00`.
fn parse_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() == 2);
    Offset::from_seconds(sign * (number(hours)? * 3600 + number(minutes)? * 60)).ok()
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
