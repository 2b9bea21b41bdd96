use super::*;

/// What a file of three columns reads as: a row as its fields with `|`, a broken one as its lines and flaw.
fn read(bytes: &[u8], encoding: Encoding) -> Vec<String> {
    let mut rows = Rows::new(Dribble(bytes), encoding, b',');
    rows.expect_fields(3);
    let mut found = Vec::new();
    let shown = |row: &Row| format!("{}:{}", row.place.line, row.fields().collect::<Vec<_>>().join("|"));
    loop {
        match rows.read().unwrap() {
            Next::Row => {
                let row = shown(rows.row());
                // A row reads the same by its place.
                let mut picker = rows.picker(io::Cursor::new(bytes));
                assert_eq!(shown(picker.read(rows.row().place).unwrap()), row);
                found.push(row);
            }
            Next::Broken(row) => found.push(format!("{}-{} {:?}", row.line, row.last_line, row.flaw)),
            Next::End => break,
        }
    }
    assert_eq!(rows.offset, bytes.len() as u64);
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
    // Inner marks that were not doubled, in a text of several lines: what is left of it is the same broken row, as long
    // as it does not look like one of its own.
    let wide = |text: &str| {
        let mut rows = Rows::new(Dribble(text.as_bytes()), Encoding::Utf8, b',');
        rows.expect_fields(7);
        let mut broken = Vec::new();
        loop {
            match rows.read().unwrap() {
                Next::Broken(row) => broken.push((row.line, row.last_line)),
                Next::Row => broken.push((rows.row().place.line, 0)),
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
fn what_splits_rows_is_no_part_of_a_character() {
    let apart: Vec<u8> = (0..=0x7F).filter(|byte| Encoding::Gb18030.keeps_apart(*byte)).collect();
    assert!(b",;\t\n\r\"".iter().all(|byte| apart.contains(byte)) && !apart.contains(&b'|'));
    for character in (0x80..=0x10FFFF).filter_map(char::from_u32) {
        let text = character.to_string();
        let (bytes, _, lossy) = GB18030.encode(&text);
        assert!(lossy || bytes.iter().all(|byte| !apart.contains(byte)), "{character:?}");
    }
}

#[test]
fn memory_is_bounded() {
    let mut bytes = b"1,\"".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 5 * MAX_ROW_BYTES));
    bytes.extend_from_slice(b"\n4,5,6\n");
    let mut rows = Rows::new(bytes.as_slice(), Encoding::Utf8, b',');
    rows.expect_fields(3);
    let long = BrokenRow {
        line: 1,
        last_line: 1,
        flaw: Flaw::Long,
    };
    assert_eq!(rows.read().unwrap(), Next::Broken(long));
    assert_eq!(rows.read().unwrap(), Next::Row);
    assert_eq!(rows.row().field(1), "5");
    assert_eq!(rows.read().unwrap(), Next::End);
    assert!(rows.text.capacity() < 3 * MAX_ROW_BYTES);
}

#[test]
fn a_file_that_changes_meanwhile_is_noticed() {
    let mut rows = Rows::new(&b"1,2,3\n4,5,6\n"[..], Encoding::Utf8, b',');
    rows.expect_fields(3);
    rows.read().unwrap();
    rows.read().unwrap();
    let place = rows.row().place;
    for changed in ["1,2,3\n4,5\n6\n", "1,2,3\n4,5,\"\n", "1,2,3"] {
        assert!(rows.picker(io::Cursor::new(changed)).read(place).is_err(), "{changed}");
    }
}
