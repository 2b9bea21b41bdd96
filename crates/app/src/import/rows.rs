//! Rows of a separated file as they lie in it: decoded, split, counted by line, in bounded memory.
//!
//! Files that people export hold broken rows, and one quotation mark too many must not swallow what comes after it. So
//! this reader is strict where usual CSV readers are lenient (nothing may follow a closing quotation mark but the
//! delimiter, every row has as many fields as the header), and after a row that is not to be understood it begins anew
//! at the very next line.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030};
use memchr::{memchr, memchr_iter, memchr2};
use serde::Deserialize;

/// Most bytes of one row, in UTF-8. The longest text and the longest reply that a case may have need 80,000.
pub const MAX_ROW_BYTES: usize = 256 * 1024;
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// No encoding of a character begins with this byte in UTF-8: it stands where the file's bytes were no character.
const NO_CHARACTER: u8 = 0xFF;
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

/// A row, taken apart. Made once and filled again and again.
#[derive(Debug, Default)]
pub struct Row {
    /// The line on which it begins; the first line of the file is 1.
    pub line: u64,
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
        let begin = if at == 0 {
            0
        } else {
            self.ends.get(at - 1).copied().unwrap_or(self.text.len())
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
    pub line: u64,
    /// The last of them.
    pub last_line: u64,
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

/// Reads a file row by row.
pub struct Rows<R> {
    input: R,
    encoding: Encoding,
    decoder: Option<Decoder>,
    delimiter: u8,
    /// Bytes as they lie in the file, waiting to be decoded.
    raw: Vec<u8>,
    /// Decoded and not yet taken, from `start`.
    text: Vec<u8>,
    start: usize,
    /// Everything was read and decoded.
    ended: bool,
    begun: bool,
    /// The line on which `start` lies.
    line: u64,
    wanted: Option<usize>,
    bytes_read: u64,
    taken: u64,
    row: Row,
    spans: Vec<Span>,
    /// What was found behind a broken row while looking for where to go on.
    held: Option<Attempt>,
}

/// Where a field lies in a text.
struct Span {
    from: usize,
    to: usize,
    /// It holds quotation marks, written twice.
    doubled: bool,
}

/// What came of reading one row: [`Rows::row`] holds it, or something is wrong, or nothing is left.
type Attempt = Option<Result<(), Fault>>;

struct Fault {
    line: u64,
    flaw: Flaw,
    /// Only the first line was given up of what may have been meant to go on over several.
    torn: bool,
    /// The line has a third of the fields or more: it seems to be meant as a row of its own.
    row_like: bool,
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

impl<R: Read> Rows<R> {
    /// Rows of a file whose fields are set apart by `delimiter`, an ASCII character.
    pub fn new(input: R, encoding: Encoding, delimiter: u8) -> Self {
        Self {
            input,
            encoding,
            decoder: None,
            delimiter,
            raw: Vec::new(),
            text: Vec::new(),
            start: 0,
            ended: false,
            begun: false,
            line: 1,
            wanted: None,
            bytes_read: 0,
            taken: 0,
            row: Row::default(),
            spans: Vec::new(),
            held: None,
        }
    }

    /// Bytes of the file that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// How much of the decoded text was taken so far, in bytes.
    pub fn offset(&self) -> u64 {
        self.taken
    }

    /// How many fields every row from now on has to have.
    pub fn expect_fields(&mut self, wanted: usize) {
        self.wanted = Some(wanted);
    }

    /// The row last read.
    pub fn row(&self) -> &Row {
        &self.row
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
        while fault.torn {
            match self.attempt()? {
                Some(Err(rest)) if !rest.row_like => broken.last_line = rest.line,
                found => {
                    self.held = Some(found);
                    break;
                }
            }
        }
        Ok(Next::Broken(broken))
    }

    /// Takes one row, or the first line of what is none.
    fn attempt(&mut self) -> io::Result<Attempt> {
        loop {
            let blank = match &self.text[self.start..] {
                [] if self.ended => return Ok(None),
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => 0,
            };
            self.take(blank);
            if blank > 0 {
                continue;
            }
            let parsed = self.parse();
            let text = &self.text[self.start..];
            let fault = match parsed {
                Parsed::Unfinished if text.len() < MAX_ROW_BYTES => {
                    self.fill()?;
                    continue;
                }
                Parsed::Unfinished => Fault::new(Flaw::Long, true),
                Parsed::Quotes => Fault::new(Flaw::Quotes, true),
                Parsed::Row(bytes) => match self.wanted {
                    Some(wanted) if wanted != self.spans.len() => {
                        let row = text[..bytes].strip_suffix(b"\n").unwrap_or(&text[..bytes]);
                        Fault::new(
                            Flaw::Fields {
                                found: self.spans.len(),
                                wanted,
                            },
                            row.contains(&b'\n'),
                        )
                    }
                    _ => {
                        let (line, sound) = (self.line, self.keep(bytes));
                        self.take(bytes);
                        return Ok(Some(sound.map_err(|flaw| Fault {
                            line,
                            ..Fault::new(flaw, false)
                        })));
                    }
                },
            };
            return self.give_up_line(fault).map(|fault| Some(Err(fault)));
        }
    }

    /// Fills the row from the spans of the text. A row of bytes that are no characters is not kept.
    fn keep(&mut self, bytes: usize) -> Result<(), Flaw> {
        let Self {
            text,
            start,
            row,
            spans,
            line,
            ..
        } = self;
        let text = std::str::from_utf8(&text[*start..*start + bytes]).map_err(|_| Flaw::Characters)?;
        row.text.clear();
        row.ends.clear();
        row.line = *line;
        for span in spans {
            let field = &text[span.from..span.to];
            if span.doubled {
                row.text.push_str(&field.replace("\"\"", "\""));
            } else {
                row.text.push_str(field);
            }
            row.ends.push(row.text.len());
        }
        Ok(())
    }

    /// Passes over the line that begins here, however long it is.
    fn give_up_line(&mut self, mut fault: Fault) -> io::Result<Fault> {
        fault.line = self.line;
        let mut delimiters = 0;
        loop {
            let text = &self.text[self.start..];
            let end = memchr(b'\n', text);
            let line = end.map_or(text, |end| &text[..end]);
            delimiters += memchr_iter(self.delimiter, line).count();
            let taken = end.map_or(text.len(), |end| end + 1);
            self.take(taken);
            if end.is_some() || self.ended {
                break;
            }
            self.fill()?;
        }
        fault.row_like = self.wanted.is_some_and(|wanted| (delimiters + 1) * 3 >= wanted);
        Ok(fault)
    }

    /// Takes the text at `start` apart, into `spans`.
    fn parse(&mut self) -> Parsed {
        let Self {
            text,
            start,
            spans,
            ended,
            delimiter,
            ..
        } = self;
        let (text, ended, delimiter) = (&text[*start..], *ended, *delimiter);
        spans.clear();
        let mut at = 0;
        loop {
            let (span, after) = if text.get(at) == Some(&b'"') {
                let mut doubled = false;
                let mut from = at + 1;
                let close = loop {
                    let Some(mark) = memchr(b'"', &text[from..]).map(|mark| from + mark) else {
                        return if ended { Parsed::Quotes } else { Parsed::Unfinished };
                    };
                    match text.get(mark + 1) {
                        Some(b'"') => (doubled, from) = (true, mark + 2),
                        None if !ended => return Parsed::Unfinished,
                        _ => break mark,
                    }
                };
                (
                    Span {
                        from: at + 1,
                        to: close,
                        doubled,
                    },
                    close + 1,
                )
            } else {
                let Some(length) = memchr2(delimiter, b'\n', &text[at..]).or(ended.then_some(text.len() - at)) else {
                    return Parsed::Unfinished;
                };
                // The carriage return of the end of a line is no part of its last field.
                let end = at + length;
                let returned = text.get(end) != Some(&delimiter) && text[at..end].ends_with(b"\r");
                (
                    Span {
                        from: at,
                        to: end - usize::from(returned),
                        doubled: false,
                    },
                    end - usize::from(returned),
                )
            };
            spans.push(span);
            match &text[after..] {
                [next, ..] if *next == delimiter => at = after + 1,
                [b'\n', ..] => return Parsed::Row(after + 1),
                [b'\r', b'\n', ..] => return Parsed::Row(after + 2),
                [b'\r'] if !ended => return Parsed::Unfinished,
                [] | [b'\r'] => return Parsed::Row(text.len()),
                _ => return Parsed::Quotes,
            }
        }
    }

    fn take(&mut self, bytes: usize) {
        let lines = memchr_iter(b'\n', &self.text[self.start..self.start + bytes]).count();
        self.line += lines as u64;
        self.taken += bytes as u64;
        self.start += bytes;
    }

    /// Reads and decodes more.
    fn fill(&mut self) -> io::Result<()> {
        self.text.drain(..self.start);
        self.start = 0;
        if !self.begun {
            self.begun = true;
            while self.raw.len() < BOM.len() && self.read_chunk()? {}
            if self.raw.starts_with(BOM) {
                self.raw.drain(..BOM.len());
            } else if self.encoding == Encoding::Gb18030 {
                self.decoder = Some(GB18030.new_decoder_without_bom_handling());
            }
        }
        let more = !self.raw.is_empty() || self.read_chunk()?;
        match &mut self.decoder {
            None => self.text.append(&mut self.raw),
            Some(decoder) => {
                decode(decoder, &self.raw, !more, &mut self.text);
                self.raw.clear();
            }
        }
        self.ended = !more;
        Ok(())
    }

    /// Whether there was something to read.
    fn read_chunk(&mut self) -> io::Result<bool> {
        let before = self.raw.len();
        self.raw.resize(before + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.raw[before..]) {
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.raw.truncate(before + *read.as_ref().unwrap_or(&0));
        let read = read?;
        self.bytes_read += read as u64;
        Ok(read > 0)
    }
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

/// Decodes to UTF-8, with a byte that is none where the source has no character.
fn decode(decoder: &mut Decoder, mut raw: &[u8], last: bool, text: &mut Vec<u8>) {
    loop {
        let room = decoder
            .max_utf8_buffer_length_without_replacement(raw.len())
            .unwrap_or(raw.len() * 4 + 16);
        let before = text.len();
        text.resize(before + room, 0);
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(raw, &mut text[before..], last);
        text.truncate(before + written);
        raw = &raw[read..];
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => text.push(NO_CHARACTER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file of three columns reads as: a row as its fields with `|`, a broken one as its lines and flaw.
    fn read(bytes: &[u8], encoding: Encoding) -> Vec<String> {
        let mut rows = Rows::new(Dribble(bytes), encoding, b',');
        rows.expect_fields(3);
        let mut found = Vec::new();
        loop {
            match rows.read().unwrap() {
                Next::Row => {
                    let fields: Vec<&str> = rows.row().fields().collect();
                    found.push(format!("{}:{}", rows.row().line, fields.join("|")));
                }
                Next::Broken(row) => found.push(format!("{}-{} {:?}", row.line, row.last_line, row.flaw)),
                Next::End => break,
            }
        }
        assert_eq!(rows.bytes_read(), bytes.len() as u64);
        found
    }

    /// Gives one byte at a time: whatever begins in one chunk ends in another.
    struct Dribble<'a>(&'a [u8]);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(1);
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn rows_are_taken_apart() {
        let text = "\u{feff}a,b,c\r\n\r\n\"1,\n一\",\"say \"\"hi\"\"\",\r\n,5\" wide,\"\"\n\n7,8,9";
        assert_eq!(
            read(text.as_bytes(), Encoding::Utf8),
            ["1:a|b|c", "3:1,\n一|say \"hi\"|", "5:|5\" wide|", "7:7|8|9"]
        );
        assert_eq!(read(b"", Encoding::Utf8), [""; 0]);
        assert_eq!(read(b"1,2,\"3\"", Encoding::Utf8), ["1:1|2|3"]);
        assert_eq!(read(b"1,2,3\r", Encoding::Utf8), ["1:1|2|3"]);
    }

    #[test]
    fn a_broken_row_takes_nothing_else_with_it() {
        // An unclosed mark runs on to the next mark, or to the end of the file.
        assert_eq!(
            read(b"1,\"2,3\n4,5,6\n7,\"8\",9\n", Encoding::Utf8),
            ["1-1 Quotes", "2:4|5|6", "3:7|8|9"]
        );
        assert_eq!(read(b"1,2,\"3\n4,5,6\n", Encoding::Utf8), ["1-1 Quotes", "2:4|5|6"]);
        // What a lenient reader would take for one row of three fields.
        assert_eq!(read(b"1,\"2,3\n4,\"5\",6\n", Encoding::Utf8), ["1-1 Quotes", "2:4|5|6"]);
        // Too many and too few, side by side.
        assert_eq!(
            read(b"1,2\n3,4,5,6\n7,8,9\n", Encoding::Utf8),
            [
                "1-1 Fields { found: 2, wanted: 3 }",
                "2-2 Fields { found: 4, wanted: 3 }",
                "3:7|8|9"
            ]
        );
        // Inner marks that were not doubled, in a text of several lines: what is left of it is the same broken row, as
        // long as it does not look like one of its own.
        let wide = |text: &str| {
            let mut rows = Rows::new(Dribble(text.as_bytes()), Encoding::Utf8, b',');
            rows.expect_fields(7);
            let mut broken = Vec::new();
            loop {
                match rows.read().unwrap() {
                    Next::Broken(row) => broken.push((row.line, row.last_line)),
                    Next::Row => broken.push((rows.row().line, 0)),
                    Next::End => return broken,
                }
            }
        };
        assert_eq!(
            wide("1,\"he said \"no\"\nand went\naway\",3\n4,5,6,7,8,9,0\n"),
            [(1, 3), (4, 0)]
        );
        assert_eq!(
            wide("1,\"he said\n\"no\" and went\naway\nand\",3\n4,5,6,7,8,9,0\n"),
            [(1, 4), (5, 0)]
        );
        assert_eq!(
            wide("1,2,\"3,4,5,6,7\n1,2,3,4\n1,2,3,4\n4,5,6,7,8,9,0\n"),
            [(1, 1), (2, 2), (3, 3), (4, 0)]
        );
    }

    #[test]
    fn bytes_that_are_no_characters_break_one_row() {
        assert_eq!(
            read(b"1,\xC3\x28,3\n4,5,6\n", Encoding::Utf8),
            ["1-1 Characters", "2:4|5|6"]
        );
        let (gb, _, _) = GB18030.encode("编号,主题,𠮷\n1,\"路灯\n不亮\",3\n");
        let mut broken = gb.into_owned();
        broken.extend_from_slice(b"1,\xFF\xFF,3\n4,5,6\n1,2,\x81");
        assert_eq!(
            read(&broken, Encoding::Gb18030),
            [
                "1:编号|主题|𠮷",
                "2:1|路灯\n不亮|3",
                "4-4 Characters",
                "5:4|5|6",
                "6-6 Characters"
            ]
        );
        // A byte order mark says more than whoever wrote the mapping.
        assert_eq!(read("\u{feff}1,二,3".as_bytes(), Encoding::Gb18030), ["1:1|二|3"]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut bytes = b"1,\"".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 5 * MAX_ROW_BYTES));
        bytes.extend_from_slice(b"\n4,5,6\n");
        let mut rows = Rows::new(bytes.as_slice(), Encoding::Utf8, b',');
        rows.expect_fields(3);
        assert_eq!(
            rows.read().unwrap(),
            Next::Broken(BrokenRow {
                line: 1,
                last_line: 1,
                flaw: Flaw::Long
            })
        );
        assert_eq!(rows.read().unwrap(), Next::Row);
        assert_eq!(rows.row().field(1), "5");
        assert_eq!(rows.read().unwrap(), Next::End);
        assert!(rows.text.capacity() < 3 * MAX_ROW_BYTES);
    }
}
