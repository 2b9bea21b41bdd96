//! The rows of a file in the order of their times.

use std::fs::File;
use std::io;
use std::path::Path;

use quanyu_domain::refusal::{Refusal, RefusalKind};

use super::ImportError;
use super::mapping::{Layout, Mapping};
use super::record::{Incoming, Understanding};
use super::rows::{BrokenRow, Flaw, MAX_ROW_BYTES, Next, Place, RowPicker, Rows};

/// Most rows that are put into order at once: 24 bytes each while they wait, 24 MB. A longer file comes in so many orders.
const MOST_WAITING: usize = 1 << 20;

/// A row that waits for its turn.
struct Waiting {
    /// When it was filed, in seconds.
    filed: i64,
    place: Place,
}

/// Finds the rows of a file, and takes them in the order of their times.
pub(super) struct InOrder {
    rows: Rows<File>,
    picker: RowPicker<File>,
    /// Rows that were found and not taken yet; in taking, the last is the next.
    waiting: Vec<Waiting>,
    state: State,
}

#[derive(PartialEq)]
enum State {
    /// Looking for more rows.
    Finding,
    /// Taking those that were found.
    Taking,
    /// Taking the last that there are.
    TakingLast,
}

/// What was taken.
pub(super) enum Taken {
    /// A row that is understood.
    Row(Box<Incoming>),
    /// Lines that are left out.
    LeftOut {
        /// The first of them.
        line: u32,
        /// The last of them.
        last_line: u32,
        /// Why.
        reason: Refusal,
    },
    /// Nothing is left.
    End,
}

impl InOrder {
    /// Opens a file and finds the mapping's columns in it.
    pub fn open(path: &Path, mapping: &Mapping) -> Result<(Self, Layout), ImportError> {
        let unreadable = |error| ImportError::File {
            path: path.to_owned(),
            error,
        };
        let open = || File::open(path).map_err(unreadable);
        let mut rows = Rows::new(open()?, mapping.encoding, mapping.delimiter);
        let unfit = |zh: &str, en: &str| {
            let (zh, en) = (zh.to_owned(), en.to_owned());
            Err(ImportError::Header {
                path: path.to_owned(),
                zh,
                en,
            })
        };
        match rows.read().map_err(unreadable)? {
            Next::Row => {}
            Next::End => return unfit("文件是空的", "the file is empty"),
            Next::Broken(BrokenRow {
                flaw: Flaw::Characters, ..
            }) => {
                return unfit(
                    "首行不是所写的编码，请改映射的 file.encoding（utf-8 或 gb18030）",
                    "the first row is not in the encoding given: change the mapping's file.encoding (utf-8 or gb18030)",
                );
            }
            Next::Broken(_) => {
                return unfit(
                    "首行无法识别，请检查引号和 file.delimiter",
                    "the first row cannot be taken apart: check its quotation marks and the mapping's file.delimiter",
                );
            }
        }
        let header: Vec<&str> = rows.row().fields().collect();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let layout = mapping.layout(&name, &header)?;
        let columns = header.len();
        rows.expect_fields(columns);
        if !mapping.header {
            rows.put_back();
        }
        let picker = rows.picker(open()?);
        Ok((
            Self {
                rows,
                picker,
                waiting: Vec::new(),
                state: State::Finding,
            },
            layout,
        ))
    }

    /// Takes the next row, or says what is left out. The second value is the length of a row that was taken, in bytes.
    pub fn take(&mut self, understanding: &Understanding) -> io::Result<(Taken, u32)> {
        loop {
            if self.state == State::Finding {
                match self.find(understanding)? {
                    Some(left_out) => return Ok((left_out, 0)),
                    None => self
                        .waiting
                        .sort_unstable_by_key(|row| std::cmp::Reverse((row.filed, row.place.offset))),
                }
            }
            let Some(Waiting { place, .. }) = self.waiting.pop() else {
                if self.state == State::TakingLast {
                    return Ok((Taken::End, 0));
                }
                self.state = State::Finding;
                continue;
            };
            let taken = match understanding.read(self.picker.read(place)?) {
                Ok(row) => Taken::Row(Box::new(row)),
                Err(reason) => Taken::LeftOut {
                    line: place.line,
                    last_line: place.line,
                    reason,
                },
            };
            return Ok((taken, place.bytes));
        }
    }

    /// Finds rows until enough wait or none is left, or something is to be left out.
    fn find(&mut self, understanding: &Understanding) -> io::Result<Option<Taken>> {
        while self.waiting.len() < MOST_WAITING {
            match self.rows.read()? {
                Next::End => {
                    self.state = State::TakingLast;
                    return Ok(None);
                }
                Next::Broken(broken) => {
                    let BrokenRow { line, last_line, flaw } = broken;
                    return Ok(Some(Taken::LeftOut {
                        line,
                        last_line,
                        reason: told(flaw),
                    }));
                }
                Next::Row => {
                    let row = self.rows.row();
                    match understanding.filed_at(row) {
                        Ok(at) => self.waiting.push(Waiting {
                            filed: at.as_second(),
                            place: row.place,
                        }),
                        Err(reason) => {
                            let line = row.place.line;
                            return Ok(Some(Taken::LeftOut {
                                line,
                                last_line: line,
                                reason,
                            }));
                        }
                    }
                }
            }
        }
        self.state = State::Taking;
        Ok(None)
    }
}

/// Why lines are not a row.
fn told(flaw: Flaw) -> Refusal {
    let (code, zh, en) = match flaw {
        Flaw::Fields { found, wanted } => (
            "wrong_number_of_fields",
            format!("该行有 {found} 列，应有 {wanted} 列"),
            format!("the row has {found} fields where the header has {wanted}"),
        ),
        Flaw::Quotes => (
            "broken_quotes",
            "引号不成对：字段内的引号须写两次".to_owned(),
            "quotation marks do not match: inside a quoted field each is written twice".to_owned(),
        ),
        Flaw::Long => (
            "row_too_long",
            format!("该行超过 {} KB", MAX_ROW_BYTES / 1024),
            format!("the row has more than {} kB", MAX_ROW_BYTES / 1024),
        ),
        Flaw::Characters => (
            "not_in_encoding",
            "该行含有不属于所写编码的字节".to_owned(),
            "the row holds bytes that are no characters in the encoding given".to_owned(),
        ),
    };
    Refusal::new(RefusalKind::Invalid, code, zh, en)
}
