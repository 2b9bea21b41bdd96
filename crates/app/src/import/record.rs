//! From a row to what is to be filed: fields found, words translated, times read.

use std::sync::Arc;

use jiff::Timestamp;
use quanyu_domain::cases::Position;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::time::LimitDuration;
use quanyu_geo::{Point, to_cgcs2000};
use sha2::{Digest, Sha256};

use super::mapping::{Field, Layout, Mapping};
use super::rows::Row;
use super::times::{ReadTime, TimeFormats};
use crate::cases::CaseDraft;
use crate::people::Person;
use crate::vault::hex;

/// A row, understood.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    /// The line on which it begins.
    pub line: u32,
    /// What makes it this row and no other of its source.
    pub key: String,
    /// Hash of all its fields: shows that it has changed since it was imported.
    pub content: String,
    /// What is filed.
    pub draft: CaseDraft,
    /// When it was filed.
    pub filed: ReadTime,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a case before it was brought here.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// Nothing is known.
    Open,
    /// It was replied to.
    Replied {
        /// When.
        at: ReadTime,
        /// What was said.
        text: String,
        /// The outcome.
        outcome: String,
    },
    /// A unit is at work on it.
    InFlight {
        /// The unit: its code or its name; `None`: as the directory says.
        lead: Option<String>,
        /// The class of limit; `None`: as the directory says.
        limit_class: Option<String>,
        /// The time that is left; `None`: the whole limit.
        remaining: Option<LimitDuration>,
    },
}

impl Incoming {
    /// How long the reply took, in seconds.
    pub fn delay(&self) -> Option<u64> {
        match &self.fate {
            Fate::Replied { at, .. } => u64::try_from(at.at.duration_since(self.filed.at).as_secs()).ok(),
            _ => None,
        }
    }

    /// How many of its times are days without an hour.
    pub fn days_only(&self) -> u64 {
        let replied = matches!(&self.fate, Fate::Replied { at, .. } if at.day_only);
        u64::from(self.filed.day_only) + u64::from(replied)
    }
}

/// Longest external id, in bytes: it is kept in an index.
const MAX_EXTERNAL_ID: usize = 200;
/// Nothing that is brought here is older: an earlier year is a slip of the pen.
const FIRST_YEAR: i16 = 1900;
/// So much of a value is repeated in a complaint about it, in characters.
const MAX_QUOTED: usize = 40;

/// Understands the rows of one file.
pub(super) struct Understanding {
    pub mapping: Arc<Mapping>,
    pub layout: Layout,
    pub times: TimeFormats,
    /// The time of the import: nothing was said after it.
    pub now: Timestamp,
}

impl Understanding {
    /// What a row says.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(&self, row: &Row) -> Result<Incoming, Refusal> {
        let text = |field| self.text(row, field);
        let content = fingerprint(row);
        let key = match text(Field::ExternalId) {
            None => format!("row:{content}"),
            Some(id) if id.len() <= MAX_EXTERNAL_ID => format!("id:{id}"),
            Some(id) => return Err(bad(Field::ExternalId, "编号过长", "this id is too long", &id)),
        };
        let filed = self.time(row, Field::FiledAt)?;
        let reporter = Person {
            name: text(Field::Reporter),
            phone: text(Field::Phone),
            email: None,
            address: text(Field::Address),
        };
        let area = match text(Field::Area) {
            None => None,
            Some(code) => {
                let code = code.parse();
                Some(code.map_err(|fault: quanyu_domain::units::InvalidUnitCode| {
                    bad(Field::Area, "不是区划代码", "this is no area's code", &fault.0)
                })?)
            }
        };
        let draft = CaseDraft {
            case_type: text(Field::CaseType).unwrap_or_default(),
            demand: text(Field::Demand).unwrap_or_default(),
            channel: text(Field::Channel).unwrap_or_default(),
            matter: text(Field::Matter),
            title: text(Field::Title),
            text: text(Field::Text).unwrap_or_default(),
            place: text(Field::Place),
            position: self.position(row)?,
            area,
            reporter: (reporter != Person::default()).then_some(reporter),
            evidence: Vec::new(),
            answer: None,
            confidential: false,
        };
        let fate = self.fate(row, filed)?;
        Ok(Incoming {
            line: row.place.line,
            key,
            content,
            draft,
            filed,
            fate,
        })
    }

    /// When a row was filed: what its place in the order is.
    ///
    /// # Errors
    /// When it says none.
    pub fn filed_at(&self, row: &Row) -> Result<Timestamp, Refusal> {
        self.time(row, Field::FiledAt).map(|time| time.at)
    }

    fn fate(&self, row: &Row, filed: ReadTime) -> Result<Fate, Refusal> {
        let written = |field| self.cell(row, field).is_some();
        match (self.cell(row, Field::Reply), written(Field::RepliedAt)) {
            (Some(reply), true) => {
                let at = self.time_of_reply(row, filed)?;
                let outcome = self.text(row, Field::Outcome).unwrap_or_default();
                return Ok(Fate::Replied {
                    at,
                    text: reply.to_owned(),
                    outcome,
                });
            }
            (Some(_), false) => {
                return Err(Refusal::invalid(
                    "reply_without_time",
                    Field::RepliedAt.name(),
                    "有答复而无答复时间，请补上",
                    "there is a reply, but not when: add it",
                ));
            }
            (None, true) => {
                return Err(Refusal::invalid(
                    "reply_missing",
                    Field::Reply.name(),
                    "有答复时间而无答复内容，请补上或去掉时间",
                    "there is a time of reply, but no reply: add it, or leave the time out",
                ));
            }
            (None, false) => {}
        }
        // A lead that is the same for every row does not say that this one was sent to it.
        if !self.mapping.has_cases_in_flight() || !(written(Field::Lead) || written(Field::Remaining)) {
            return Ok(Fate::Open);
        }
        let remaining = match self.text(row, Field::Remaining) {
            None => None,
            Some(text) => Some(text.parse().map_err(|fault| {
                let zh = format!("剩余时限“{}”无法识别，请写如 3 workdays", quoted(&text));
                Refusal::invalid("bad_remaining", Field::Remaining.name(), zh, format!("{fault}"))
            })?),
        };
        Ok(Fate::InFlight {
            lead: self.text(row, Field::Lead),
            limit_class: self.text(row, Field::LimitClass),
            remaining,
        })
    }

    /// The time of a reply. A reply of which only the day is known, and that is the day of the question, came no earlier
    /// than the question.
    fn time_of_reply(&self, row: &Row, filed: ReadTime) -> Result<ReadTime, Refusal> {
        let mut replied = self.time(row, Field::RepliedAt)?;
        let day = |time: ReadTime| self.times.offset().to_datetime(time.at).date();
        if replied.day_only && day(replied) == day(filed) {
            replied.at = filed.at;
        }
        if replied.at < filed.at {
            return Err(Refusal::invalid(
                "reply_before_filing",
                Field::RepliedAt.name(),
                "答复时间早于诉求时间，请核对两列",
                "the reply is earlier than what it replies to: check both times",
            ));
        }
        Ok(replied)
    }

    fn time(&self, row: &Row, field: Field) -> Result<ReadTime, Refusal> {
        let Some(text) = self.cell(row, field) else {
            return Err(Refusal::invalid(
                "time_missing",
                field.name(),
                "缺少时间",
                "the time is missing",
            ));
        };
        let Some(read) = self.times.read(text) else {
            let formats = self.times.formats();
            return Err(Refusal::invalid(
                "bad_time",
                field.name(),
                format!("时间“{}”不符合任何一种格式（{}）", quoted(text), formats.join("、")),
                format!(
                    "`{}` is written in none of the formats {}",
                    quoted(text),
                    formats.join(", ")
                ),
            ));
        };
        if read.at > self.now {
            return Err(bad(field, "时间在将来", "this time is yet to come", text));
        }
        if self.times.offset().to_datetime(read.at).year() < FIRST_YEAR {
            return Err(bad(field, "年份过早", "this year is too long ago", text));
        }
        Ok(read)
    }

    fn position(&self, row: &Row) -> Result<Option<Position>, Refusal> {
        let number = |field| match self.cell(row, field) {
            None => Ok(None),
            Some(text) => match text.parse::<f64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(bad(field, "不是数字", "this is no number", text)),
            },
        };
        let (lon, lat) = match (number(Field::Lon)?, number(Field::Lat)?) {
            (Some(lon), Some(lat)) => (lon, lat),
            _ => return Ok(None),
        };
        // Nothing lies where the equator meets the meridian of Greenwich: it is how programs write "unknown".
        if lon == 0.0 && lat == 0.0 {
            return Ok(None);
        }
        let point = Point::new(lon, lat)
            .map_err(|fault| Refusal::invalid("bad_point", Field::Lon.name(), "坐标超出范围", fault.to_string()))?;
        let point = to_cgcs2000(point, self.mapping.datum);
        Ok(Some(Position {
            lon: point.lon(),
            lat: point.lat(),
        }))
    }

    /// What a field says: its cell, translated, or the default.
    fn text(&self, row: &Row, field: Field) -> Option<String> {
        match self.cell(row, field) {
            Some(cell) => {
                let meaning = self.mapping.values.get(&field).and_then(|words| words.get(cell));
                Some(meaning.map_or(cell, |meaning| &meaning.value).to_owned())
            }
            None => self.mapping.defaults.get(&field).map(|default| default.value.clone()),
        }
    }

    /// What is written in a field's cell, where something is.
    fn cell<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        self.layout
            .at(field)
            .map(|at| row.field(at).trim())
            .filter(|cell| !cell.is_empty())
    }
}

/// A hash of all fields.
fn fingerprint(row: &Row) -> String {
    let mut hash = Sha256::new();
    for field in row.fields() {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    // Half of it tells any number of rows apart.
    hex(&hash.finalize()[..16])
}

fn bad(field: Field, zh: &str, en: &str, text: &str) -> Refusal {
    let text = quoted(text);
    Refusal::invalid(
        "bad_value",
        field.name(),
        format!("{zh}：“{text}”"),
        format!("{en}: `{text}`"),
    )
}

fn quoted(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}
