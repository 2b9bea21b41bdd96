//! CSV tables: their columns, their rows, and where each row stands.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::both::Explained;
use crate::finding::{Notes, Spot};
use crate::names::instead;

/// The most rows that a table may have.
pub const MAX_ROWS: usize = 200_000;

/// A row of a table.
pub(crate) struct Row {
    cells: BTreeMap<&'static str, String>,
    pub spot: Spot,
}

impl Row {
    /// The cell of a column, without the spaces around it.
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    /// The cell, unless it is empty.
    pub fn optional(&self, column: &str) -> Option<&str> {
        Some(self.get(column)).filter(|cell| !cell.is_empty())
    }

    /// The words of a cell, apart by spaces or semicolons.
    pub fn words(&self, column: &str) -> impl Iterator<Item = &str> {
        self.get(column)
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | '；'))
            .filter(|word| !word.is_empty())
    }

    /// The cell, which must not be empty.
    pub fn needed(&self, column: &str, notes: &mut Notes<'_>) -> Option<&str> {
        let found = self.optional(column);
        if found.is_none() {
            notes.error(
                self.spot,
                "empty_cell",
                (format!("`{column}` 为空"), format!("`{column}` is empty")),
                ("请填写", "fill it in"),
            );
        }
        found
    }

    /// The cell as something that is written in a way of its own; empty: `None`.
    pub fn parsed<T: std::str::FromStr<Err: Explained>>(&self, column: &str, notes: &mut Notes<'_>) -> Option<T> {
        let cell = self.optional(column)?;
        self.parse(column, cell, notes)
    }

    /// A part of a cell as something that is written in a way of its own.
    pub fn parse<T: std::str::FromStr<Err: Explained>>(
        &self,
        column: &str,
        text: &str,
        notes: &mut Notes<'_>,
    ) -> Option<T> {
        let error: T::Err = match text.parse() {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let (what, advice) = error.both();
        let what = (format!("`{column}`：{}", what.zh), format!("`{column}`: {}", what.en));
        notes.error(self.spot, error.code(), what, advice);
        None
    }

    /// The two dates between which a row holds. The first one is needed; the second one is the first day after.
    pub fn validity(&self, notes: &mut Notes<'_>) -> Option<(Date, Option<Date>)> {
        let mut date = |column| {
            let cell = self.optional(column)?;
            let date: Option<Date> = cell.parse().ok();
            if date.is_none() {
                notes.error(
                    self.spot,
                    "not_a_date",
                    (
                        format!("`{column}`：`{cell}` 不是日期"),
                        format!("`{column}`: `{cell}` is no date"),
                    ),
                    ("请写成 2024-09-30", "write it as 2024-09-30"),
                );
            }
            date
        };
        let (from, to) = (date("valid_from"), date("valid_to"));
        self.needed("valid_from", notes)?;
        let from = from?;
        if let Some(to) = to.filter(|to| *to <= from) {
            notes.error(
                self.spot,
                "ends_before_it_begins",
                (
                    format!("终止日期 {to} 不晚于起始日期"),
                    format!("this ends on {to}, before it begins"),
                ),
                ("请更正其中一个日期", "correct one of the dates"),
            );
        }
        Some((from, to))
    }
}

/// Reads a table with exactly these columns, in any order. Rows that cannot be read are noted and left out.
pub(crate) fn read(file: usize, columns: &[&'static str], notes: &mut Notes<'_>) -> Vec<Row> {
    const BYTE_ORDER_MARK: char = '\u{feff}';
    let whole = notes.text(file);
    let text = whole.strip_prefix(BYTE_ORDER_MARK).unwrap_or(whole);
    let skipped = whole.len() - text.len();
    let line = |start: usize| {
        let start = (start + skipped).min(whole.len());
        let end = whole[start..]
            .find(['\r', '\n'])
            .map_or(whole.len(), |length| start + length);
        Spot { file, start, end }
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            notes.error(
                line(0),
                "unreadable_head",
                (
                    format!("首行无法读取：{error}"),
                    format!("the first line cannot be read: {error}"),
                ),
                ("首行应为各列的名称", "begin with the column names"),
            );
            return Vec::new();
        }
    };
    let mut places: Vec<(usize, &'static str)> = Vec::new();
    for (position, name) in header.iter().enumerate() {
        match columns.iter().find(|column| **column == name.trim()) {
            Some(column) => places.push((position, column)),
            None => {
                let what = (
                    format!("此表没有 `{}` 这一列", name.trim()),
                    format!("there is no column `{}` in this table", name.trim()),
                );
                notes.error(
                    line(0),
                    "unknown_column",
                    what,
                    instead(name.trim(), columns.iter().copied()),
                );
            }
        }
    }
    for missing in columns
        .iter()
        .filter(|column| !places.iter().any(|(_, found)| found == *column))
    {
        notes.error(
            line(0),
            "column_missing",
            (
                format!("缺少 `{missing}` 列"),
                format!("the column `{missing}` is missing"),
            ),
            (
                format!("请写 {}", columns.join(",")),
                format!("write {}", columns.join(",")),
            ),
        );
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let at = error.position().map_or(0, csv::Position::byte);
                let spot = line(usize::try_from(at).unwrap_or(0));
                notes.error(
                    spot,
                    "not_csv",
                    ("这一行不是 CSV", "this line is no CSV"),
                    (
                        "含逗号或引号的单元格请加引号",
                        "put cells with commas or quotes into quotes",
                    ),
                );
                break;
            }
        };
        // The reader's position may lie on line ends that it skipped before the row.
        let at = record
            .position()
            .map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let blank = text[at.min(text.len())..]
            .bytes()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        let spot = line(at + blank);
        if record.len() != header.len() {
            let what = (
                format!("这一行有 {} 个单元格，首行有 {} 个", record.len(), header.len()),
                format!("this row has {} cells, the first line {}", record.len(), header.len()),
            );
            notes.error(
                spot,
                "row_of_other_length",
                what,
                (
                    "每列之间写一个逗号，单元格为空也要写",
                    "write a comma for each column, also where a cell is empty",
                ),
            );
            continue;
        }
        if rows.len() == MAX_ROWS {
            notes.error(
                spot,
                "too_many_rows",
                (
                    format!("表格超过 {MAX_ROWS} 行"),
                    format!("the table has more than {MAX_ROWS} rows"),
                ),
                ("请拆分", "split it"),
            );
            break;
        }
        let cells = places
            .iter()
            .map(|(position, column)| (*column, record[*position].to_owned()))
            .collect();
        rows.push(Row { cells, spot });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn findings(text: &str) -> (Vec<Vec<String>>, String) {
        let sources: Sources = [("kites.csv", text)].into_iter().collect();
        let mut notes = Notes::new(&sources);
        let rows = read(0, &["name", "colour"], &mut notes);
        let cells = rows
            .iter()
            .map(|row| vec![row.get("name").to_owned(), row.get("colour").to_owned()])
            .collect();
        (cells, notes.finish().to_string())
    }

    #[test]
    fn columns_may_stand_in_any_order_and_rows_know_their_lines() {
        let (rows, found) = findings("\u{feff}colour,name\r\nred, Milan\r\n\r\n\"a, b\",x\nshort\n");
        assert_eq!(rows, [["Milan", "red"], ["x", "a, b"]]);
        assert_eq!(
            found,
            "kites.csv:5:1: error: this row has 1 cells, the first line 2; \
             write a comma for each column, also where a cell is empty\n"
        );
    }

    #[test]
    fn unknown_and_missing_columns_are_told() {
        let (_, found) = findings("name,color\na,b\n");
        assert_eq!(
            found,
            "kites.csv:1:1: error: the column `colour` is missing; write name,colour\n\
             kites.csv:1:1: error: there is no column `color` in this table; did you mean `colour`?\n"
        );
    }
}
