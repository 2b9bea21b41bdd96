//! What is wrong with a pack or a place, where, and what would mend it.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::both::Both;
use crate::setting::Fault;
use crate::sources::Sources;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot come into force like this.
    Error,
    /// It can, but probably says something else than was meant.
    Warning,
}

/// Something that is wrong, at a place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The path of the file within the sources.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The bytes of the file that are meant; empty where something is missing.
    pub span: Range<usize>,
    /// What kind of thing is wrong: a stable code in snake_case.
    pub code: &'static str,
    /// What is wrong.
    pub what: Both,
    /// What to do instead.
    pub advice: Both,
}

impl Finding {
    /// The finding on one line in Chinese, as its [`Display`](fmt::Display) is in English.
    pub fn zh(&self) -> String {
        let severity = match self.severity {
            Severity::Error => "错误",
            Severity::Warning => "提醒",
        };
        let place = format!("{}:{}:{}", self.file, self.line, self.column);
        format!("{place}：{severity}：{}；{}", self.what.zh, self.advice.zh)
    }
}

impl fmt::Display for Finding {
    /// `file:line:column: error: what; advice`, on one line, as editors and logs like it; in English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            what,
            advice,
            ..
        } = self;
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{file}:{line}:{column}: {severity}: {}; {}", what.en, advice.en)
    }
}

/// Everything that was found, in the order of files and lines. Displays as one line for each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Findings in any order.
    pub fn new(mut list: Vec<Finding>) -> Self {
        list.sort_by(|a, b| (&a.file, a.line, a.column, &a.what.en).cmp(&(&b.file, b.line, b.column, &b.what.en)));
        list.dedup();
        Self { list }
    }

    /// Each finding.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Finding> {
        self.list.iter()
    }

    /// One line for each in Chinese, as its [`Display`](fmt::Display) is in English.
    pub fn zh(&self) -> String {
        self.list.iter().map(|finding| finding.zh() + "\n").collect()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether something was found with which it cannot come into force.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// These and others.
    pub fn and(self, others: Self) -> Self {
        Self::new(self.list.into_iter().chain(others.list).collect())
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

impl std::error::Error for Findings {}

/// Line and column (in characters), both from 1, of a byte of a text. A byte inside a character counts as its start.
pub(crate) fn line_and_column(text: &str, byte: usize) -> (u32, u32) {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let lines = before.iter().filter(|b| **b == b'\n').count();
    // A character's first byte is the one that is no continuation byte (10xxxxxx).
    let characters = before[line_start..]
        .iter()
        .filter(|b| *b & 0b1100_0000 != 0b1000_0000)
        .count();
    let inside = byte < text.len() && !text.is_char_boundary(byte);
    let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    (count(lines), count(characters - usize::from(inside)))
}

/// A stretch of one of the files: what a finding points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Position of the file in the order of the sources.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Spot {
    /// The same file, another stretch.
    pub fn at(self, range: Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end,
            ..self
        }
    }
}

/// The most findings that are kept: nobody reads more at a time, and a bad table could give one for each row.
const MAX_FINDINGS: usize = 1_000;

/// Collects findings while the sources are read.
pub(crate) struct Notes<'s> {
    files: Vec<(&'s str, &'s str)>,
    list: Vec<Finding>,
    errors: usize,
}

impl<'s> Notes<'s> {
    pub fn new(sources: &'s Sources) -> Self {
        Self {
            files: sources.iter().collect(),
            list: Vec::new(),
            errors: 0,
        }
    }

    /// The position of a file. Paths come from the same sources; an unknown one would be the caller's slip and is
    /// counted to the first file rather than lost.
    pub fn file(&self, path: &str) -> usize {
        self.files
            .binary_search_by(|(known, _)| (*known).cmp(path))
            .unwrap_or(0)
    }

    pub fn path(&self, spot: Spot) -> &'s str {
        self.files.get(spot.file).map_or("", |(path, _)| path)
    }

    pub fn text(&self, file: usize) -> &'s str {
        self.files.get(file).map_or("", |(_, text)| text)
    }

    /// `file:line`, for advice that points at another place.
    pub fn line_of(&self, spot: Spot) -> String {
        format!(
            "{}:{}",
            self.path(spot),
            line_and_column(self.text(spot.file), spot.start).0
        )
    }

    /// How many errors there are so far. Whoever builds on something may leave it when there were new ones in it:
    /// what it would find follows from them.
    pub fn errors(&self) -> usize {
        self.errors
    }

    pub fn error(&mut self, spot: Spot, code: &'static str, what: impl Into<Both>, advice: impl Into<Both>) {
        self.fault(spot, Fault::new(code, what, advice));
    }

    /// An error that somebody else has put into words.
    pub fn fault(&mut self, spot: Spot, fault: Fault) {
        self.errors += 1;
        self.add(Severity::Error, spot, fault);
    }

    pub fn warn(&mut self, spot: Spot, code: &'static str, what: impl Into<Both>, advice: impl Into<Both>) {
        self.add(Severity::Warning, spot, Fault::new(code, what, advice));
    }

    /// Whether so much was found that nothing more will be kept: whoever reads long tables may stop.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MAX_FINDINGS
    }

    fn add(&mut self, severity: Severity, spot: Spot, fault: Fault) {
        if self.is_full() {
            return;
        }
        let (line, column) = line_and_column(self.text(spot.file), spot.start);
        let file = self.path(spot).to_owned();
        self.list.push(Finding {
            severity,
            file,
            line,
            column,
            span: spot.start..spot.end,
            code: fault.code,
            what: fault.what,
            advice: fault.advice,
        });
    }

    pub fn finish(self) -> Findings {
        Findings::new(self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a = 1\n标题 = \"x\"\n";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, 4), (1, 5));
        assert_eq!(line_and_column(text, 6), (2, 1));
        assert_eq!(line_and_column(text, text.find('=').unwrap()), (1, 3));
        assert_eq!(line_and_column(text, text.rfind('=').unwrap()), (2, 4));
        assert_eq!(line_and_column(text, 7), (2, 1), "inside a character");
        assert_eq!(line_and_column(text, text.len()), (3, 1));
        assert_eq!(line_and_column(text, 999), (3, 1));
    }
}
