//! Rows of a separated file as they lie in it: split, decoded, counted by line, in bounded memory.
//!
//! Files that people export hold broken rows, and one quotation mark too many must not swallow what comes after it. So
//! this reader is strict where usual CSV readers are lenient (nothing may follow a closing quotation mark but the
//! delimiter, every row has as many fields as the header), and after a row that is not to be understood it begins anew
//! at the very next line. It says where each row lies, so that it can be read again by itself.

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::GB18030;
use memchr::{memchr, memchr_iter, memchr2};
use serde::Deserialize;

/// Most bytes of one row. The longest text and the longest reply that a case may have need 80,000 in UTF-8.
pub const MAX_ROW_BYTES: usize = 256 * 1024;
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// The byte order mark that many spreadsheet programs put before UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How the characters of a file are written. A UTF-8 byte order mark is believed whatever was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB 18030, which holds GBK and GB 2312: what spreadsheet programs on Chinese Windows write.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl Encoding {
    /// Whether a byte never is a part of another character, so that rows can be split before they are decoded. The bytes
    /// of GB 18030 from the second on are digits, or 0x40 and above; quotation marks and line ends are below.
    pub fn keeps_apart(self, byte: u8) -> bool {
        match self {
            Self::Utf8 => byte.is_ascii(),
            Self::Gb18030 => byte < 0x40 && !byte.is_ascii_digit(),
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }
}

/// Where a row lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The line on which it begins; the first line of the file is 1.
    pub line: u32,
    /// Its length in bytes, the end of its last line included.
    pub bytes: u32,
    /// Where it begins, in bytes.
    pub offset: u64,
}

/// A row, taken apart. Made once and filled again and again.
#[derive(Debug, Default)]
pub struct Row {
    /// Where it lies.
    pub place: Place,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The field at a place, from 0; empty where there is none.
    pub fn field(&self, at: usize) -> &str {
        let begin = match at.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or(self.text.len()),
        };
        let end = self.ends.get(at).copied().unwrap_or(begin);
        self.text.get(begin..end).unwrap_or_default()
    }

    /// Its fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.field(at))
    }
}

/// Lines that are not a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRow {
    /// The first of them.
    pub line: u32,
    /// The last of them.
    pub last_line: u32,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong with lines that are not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Too few or too many fields.
    Fields {
        /// How many there are.
        found: usize,
        /// How many the header has.
        wanted: usize,
    },
    /// A quotation mark that is opened and not closed, or closed in the middle of a field.
    Quotes,
    /// More than [`MAX_ROW_BYTES`].
    Long,
    /// Bytes that are no character in the file's encoding.
    Characters,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A row.
    Row,
    /// Something that is none.
    Broken(BrokenRow),
    /// The end of the file.
    End,
}

/// Where a field lies in the bytes of its row.
struct Span {
    from: usize,
    to: usize,
    /// It holds quotation marks, written twice.
    doubled: bool,
}

/// What the bytes at the beginning of a text are.
enum Parsed {
    /// A row of so many bytes, the end of its line with them.
    Row(usize),
    /// Quotation marks that are not to be understood.
    Quotes,
    /// More bytes are needed to say.
    Unfinished,
}

/// Takes bytes apart into one row.
struct Splitter {
    encoding: Encoding,
    delimiter: u8,
    wanted: Option<usize>,
    spans: Vec<Span>,
    row: Row,
}

impl Splitter {
    /// Finds the fields of the row with which a text begins. `whole`: nothing follows the text.
    fn parse(&mut self, text: &[u8], whole: bool) -> Parsed {
        self.spans.clear();
        let mut at = 0;
        loop {
            let (span, after) = if text.get(at) == Some(&b'"') {
                let mut doubled = false;
                let mut from = at + 1;
                let close = loop {
                    let Some(mark) = memchr(b'"', &text[from..]).map(|mark| from + mark) else {
                        return if whole { Parsed::Quotes } else { Parsed::Unfinished };
                    };
                    match text.get(mark + 1) {
                        Some(b'"') => (doubled, from) = (true, mark + 2),
                        None if !whole => return Parsed::Unfinished,
                        _ => break mark,
                    }
                };
                let from = at + 1;
                (
                    Span {
                        from,
                        to: close,
                        doubled,
                    },
                    close + 1,
                )
            } else {
                let end = memchr2(self.delimiter, b'\n', &text[at..]).or(whole.then_some(text.len() - at));
                let Some(end) = end.map(|length| at + length) else {
                    return Parsed::Unfinished;
                };
                // The carriage return of the end of a line is no part of its last field.
                let returned = text.get(end) != Some(&self.delimiter) && text[at..end].ends_with(b"\r");
                let to = end - usize::from(returned);
                (
                    Span {
                        from: at,
                        to,
                        doubled: false,
                    },
                    to,
                )
            };
            self.spans.push(span);
            match &text[after..] {
                [next, ..] if *next == self.delimiter => at = after + 1,
                [b'\n', ..] => return Parsed::Row(after + 1),
                [b'\r', b'\n', ..] => return Parsed::Row(after + 2),
                [b'\r'] if !whole => return Parsed::Unfinished,
                [] | [b'\r'] => return Parsed::Row(text.len()),
                _ => return Parsed::Quotes,
            }
        }
    }

    /// Keeps the fields that were found as the row, if it is a sound one.
    fn keep(&mut self, text: &[u8]) -> Result<(), Flaw> {
        if let Some(wanted) = self.wanted.filter(|wanted| *wanted != self.spans.len()) {
            return Err(Flaw::Fields {
                found: self.spans.len(),
                wanted,
            });
        }
        self.row.text.clear();
        self.row.ends.clear();
        for span in &self.spans {
            let field = self
                .encoding
                .decode(&text[span.from..span.to])
                .ok_or(Flaw::Characters)?;
            if span.doubled {
                self.row.text.push_str(&field.replace("\"\"", "\""));
            } else {
                self.row.text.push_str(&field);
            }
            self.row.ends.push(self.row.text.len());
        }
        Ok(())
    }
}

/// Reads a file row by row.
pub struct Rows<R> {
    input: R,
    splitter: Splitter,
    /// Read and not yet taken, from `start`.
    text: Vec<u8>,
    start: usize,
    /// Everything was read.
    ended: bool,
    /// Where `start` lies in the file.
    offset: u64,
    line: u32,
    /// What was found behind a broken row while looking for where to go on.
    held: Option<Attempt>,
}

/// What came of reading one row: [`Rows::row`] holds it, or something is wrong, or nothing is left.
type Attempt = Option<Result<(), Fault>>;

struct Fault {
    line: u32,
    flaw: Flaw,
    /// Only the first line was given up of what may have been meant to go on over several.
    torn: bool,
    /// The line has a third of the fields or more: it seems to be meant as a row of its own.
    row_like: bool,
}

impl Fault {
    fn new(flaw: Flaw, torn: bool) -> Self {
        Self {
            line: 0,
            flaw,
            torn,
            row_like: false,
        }
    }
}

impl<R: Read> Rows<R> {
    /// Rows of a file whose fields are set apart by `delimiter`, which [`Encoding::keeps_apart`] from everything else.
    pub fn new(input: R, encoding: Encoding, delimiter: u8) -> Self {
        Self {
            input,
            splitter: Splitter {
                encoding,
                delimiter,
                wanted: None,
                spans: Vec::new(),
                row: Row::default(),
            },
            text: Vec::new(),
            start: 0,
            ended: false,
            offset: 0,
            line: 1,
            held: None,
        }
    }

    /// How many fields every row from now on has to have.
    pub fn expect_fields(&mut self, wanted: usize) {
        self.splitter.wanted = Some(wanted);
    }

    /// The row last read.
    pub fn row(&self) -> &Row {
        &self.splitter.row
    }

    /// Lets the row last read be read once more.
    pub fn put_back(&mut self) {
        self.held = Some(Some(Ok(())));
    }

    /// Reads the next row, or says what is there instead. Empty lines are passed over.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self) -> io::Result<Next> {
        let attempt = match self.held.take() {
            Some(held) => held,
            None => self.attempt()?,
        };
        let Some(outcome) = attempt else { return Ok(Next::End) };
        let Err(fault) = outcome else { return Ok(Next::Row) };
        let mut broken = BrokenRow {
            line: fault.line,
            last_line: fault.line,
            flaw: fault.flaw,
        };
        // A torn row has left lines of its text behind: they are no rows, and not worth a complaint each.
        if fault.torn {
            self.held = Some(loop {
                match self.attempt()? {
                    Some(Err(rest)) if !rest.row_like => broken.last_line = rest.line,
                    found => break found,
                }
            });
        }
        Ok(Next::Broken(broken))
    }

    /// Takes one row, or the first line of what is none.
    fn attempt(&mut self) -> io::Result<Attempt> {
        loop {
            let text = &self.text[self.start..];
            let blank = match text {
                [] if self.ended => return Ok(None),
                _ if self.offset == 0 && text.starts_with(BOM) => {
                    self.splitter.encoding = Encoding::Utf8;
                    BOM.len()
                }
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => 0,
            };
            if blank > 0 {
                self.take(blank);
                continue;
            }
            let fault = match self.splitter.parse(text, self.ended) {
                Parsed::Unfinished if text.len() < MAX_ROW_BYTES => {
                    self.fill()?;
                    continue;
                }
                Parsed::Unfinished => Fault::new(Flaw::Long, true),
                Parsed::Quotes => Fault::new(Flaw::Quotes, true),
                Parsed::Row(bytes) => match self.splitter.keep(&text[..bytes]) {
                    Ok(()) => {
                        let bytes_of_row = u32::try_from(bytes).unwrap_or(u32::MAX);
                        self.splitter.row.place = Place {
                            line: self.line,
                            bytes: bytes_of_row,
                            offset: self.offset,
                        };
                        self.take(bytes);
                        return Ok(Some(Ok(())));
                    }
                    Err(Flaw::Characters) => {
                        let line = self.line;
                        self.take(bytes);
                        return Ok(Some(Err(Fault {
                            line,
                            ..Fault::new(Flaw::Characters, false)
                        })));
                    }
                    Err(flaw) => {
                        let row = text[..bytes].strip_suffix(b"\n").unwrap_or(&text[..bytes]);
                        Fault::new(flaw, row.contains(&b'\n'))
                    }
                },
            };
            return self.give_up_line(fault).map(|fault| Some(Err(fault)));
        }
    }

    /// Passes over the line that begins here, however long it is.
    fn give_up_line(&mut self, mut fault: Fault) -> io::Result<Fault> {
        fault.line = self.line;
        let mut delimiters = 0;
        loop {
            let text = &self.text[self.start..];
            let end = memchr(b'\n', text);
            let line = end.map_or(text, |end| &text[..end]);
            delimiters += memchr_iter(self.splitter.delimiter, line).count();
            let taken = end.map_or(text.len(), |end| end + 1);
            self.take(taken);
            if end.is_some() || self.ended {
                break;
            }
            self.fill()?;
        }
        fault.row_like = self
            .splitter
            .wanted
            .is_some_and(|wanted| (delimiters + 1) * 3 >= wanted);
        Ok(fault)
    }

    fn take(&mut self, bytes: usize) {
        let lines = memchr_iter(b'\n', &self.text[self.start..self.start + bytes]).count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.offset += bytes as u64;
        self.start += bytes;
    }

    /// Reads more.
    fn fill(&mut self) -> io::Result<()> {
        self.text.drain(..self.start);
        self.start = 0;
        let before = self.text.len();
        self.text.resize(before + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.text[before..]) {
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.text.truncate(before + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// Reads rows of the same file by their places, from a reader of its own.
    pub fn picker<S: Read + Seek>(&self, input: S) -> RowPicker<S> {
        let Splitter {
            encoding,
            delimiter,
            wanted,
            ..
        } = self.splitter;
        let splitter = Splitter {
            encoding,
            delimiter,
            wanted,
            spans: Vec::new(),
            row: Row::default(),
        };
        RowPicker {
            input,
            splitter,
            text: Vec::new(),
        }
    }
}

/// Reads rows by their places.
pub struct RowPicker<S> {
    input: S,
    splitter: Splitter,
    text: Vec<u8>,
}

impl<S: Read + Seek> RowPicker<S> {
    /// Reads the row at a place.
    ///
    /// # Errors
    /// When the file cannot be read, or has changed so that no row lies there.
    pub fn read(&mut self, place: Place) -> io::Result<&Row> {
        self.input.seek(SeekFrom::Start(place.offset))?;
        self.text.resize(place.bytes as usize, 0);
        self.input.read_exact(&mut self.text)?;
        let parsed = self.splitter.parse(&self.text, true);
        let whole = matches!(parsed, Parsed::Row(bytes) if bytes == self.text.len());
        if !whole || self.splitter.keep(&self.text).is_err() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file was changed while it was read",
            ));
        }
        self.splitter.row.place = place;
        Ok(&self.splitter.row)
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
