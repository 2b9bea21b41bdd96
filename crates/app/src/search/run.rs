//! A run of the index: consecutive entries, turned round into the entries of each term, in a few rows of bytes.

use std::collections::BTreeMap;

use super::words::Term;
use crate::error::{AppError, damaged};

/// How many entries a full run of each level holds. A level's run is made of sixteen full runs of the level below.
pub const SIZES: [usize; 3] = [16, 256, 4096];
/// Into how many rows the terms of a run of each level are spread: rows of all levels are about equally long.
pub const BUCKETS: [u64; 3] = [1, 32, 1024];

/// Entries one after another, each a case with its terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The case of each entry.
    pub cases: Vec<i64>,
    /// The entries in which a term stands, by their place in the run, ascending.
    pub terms: BTreeMap<Term, Vec<u32>>,
}

/// In which row of a level a term stands.
pub fn bucket(level: usize, term: Term) -> u64 {
    (term.0 >> 1) % BUCKETS[level]
}

impl Run {
    /// Adds an entry.
    pub fn push(&mut self, case: i64, terms: &[Term]) {
        let place = u32::try_from(self.cases.len()).expect("a run holds a few thousand entries");
        self.cases.push(case);
        for term in terms {
            self.terms.entry(*term).or_default().push(place);
        }
    }

    /// Adds the entries of another run behind.
    pub fn append(&mut self, other: Self) {
        let offset = u32::try_from(self.cases.len()).expect("a run holds a few thousand entries");
        self.cases.extend(other.cases);
        for (term, places) in other.terms {
            let places = places.into_iter().map(|place| place + offset);
            self.terms.entry(term).or_default().extend(places);
        }
    }

    /// Takes the words of a case's entries out; whether there were any.
    pub fn forget(&mut self, case: i64) -> bool {
        let own: Vec<u32> = (0..)
            .zip(&self.cases)
            .filter(|(_, of)| **of == case)
            .map(|(place, _)| place)
            .collect();
        let mut changed = false;
        self.terms.retain(|term, places| {
            if term.is_word() {
                let before = places.len();
                places.retain(|place| !own.contains(place));
                changed |= places.len() != before;
            }
            !places.is_empty()
        });
        changed
    }

    /// The terms of each row of a level, as bytes. Rows without terms are left out.
    pub fn rows(&self, level: usize) -> BTreeMap<u64, Vec<u8>> {
        let mut rows: BTreeMap<u64, (u64, Vec<u8>)> = BTreeMap::new();
        let mut list = Vec::new();
        for (term, places) in &self.terms {
            let (last, row) = rows.entry(bucket(level, *term)).or_default();
            put(row, term.0 - std::mem::replace(last, term.0));
            list.clear();
            put_ascending(&mut list, places);
            put(row, list.len() as u64);
            row.extend_from_slice(&list);
        }
        rows.into_iter().map(|(bucket, (_, row))| (bucket, row)).collect()
    }

    /// Takes in one row of a stored run.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn read_row(&mut self, row: &[u8]) -> Result<(), AppError> {
        let mut lists = Lists { row, term: 0 };
        while let Some((term, list)) = lists.next()? {
            self.terms.insert(term, places(list)?);
        }
        Ok(())
    }
}

/// The entries of one term in a stored row, by their place in the run.
///
/// # Errors
/// When the row is damaged.
pub fn find(row: &[u8], wanted: Term) -> Result<Vec<u32>, AppError> {
    let mut lists = Lists { row, term: 0 };
    while let Some((term, list)) = lists.next()? {
        if term >= wanted {
            return if term == wanted { places(list) } else { Ok(Vec::new()) };
        }
    }
    Ok(Vec::new())
}

/// The lists of a row, one term after another.
struct Lists<'r> {
    row: &'r [u8],
    term: u64,
}

impl<'r> Lists<'r> {
    fn next(&mut self) -> Result<Option<(Term, &'r [u8])>, AppError> {
        if self.row.is_empty() {
            return Ok(None);
        }
        self.term = self.term.wrapping_add(take(&mut self.row)?);
        let length = usize::try_from(take(&mut self.row)?).map_err(|fault| damaged("search index", fault))?;
        let (list, rest) = self.row.split_at_checked(length).ok_or_else(cut_off)?;
        self.row = rest;
        Ok(Some((Term(self.term), list)))
    }
}

fn places(mut list: &[u8]) -> Result<Vec<u32>, AppError> {
    let mut places = Vec::with_capacity(list.len());
    let mut last = 0_u64;
    while !list.is_empty() {
        last = take(&mut list)?.wrapping_add(last);
        places.push(u32::try_from(last).map_err(|fault| damaged("search index", fault))?);
    }
    Ok(places)
}

/// The cases of a run as bytes: each as its distance from the one before.
pub fn cases_to_bytes(cases: &[i64]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::with_capacity(cases.len() * 5), 0_i64);
    for case in cases {
        let distance = case.wrapping_sub(last);
        // Small distances in both directions become small numbers.
        put(&mut bytes, ((distance << 1) ^ (distance >> 63)).cast_unsigned());
        last = *case;
    }
    bytes
}

/// The cases of a stored run.
///
/// # Errors
/// When the bytes are damaged.
pub fn cases_from_bytes(mut bytes: &[u8]) -> Result<Vec<i64>, AppError> {
    let (mut cases, mut last) = (Vec::with_capacity(bytes.len() / 3), 0_i64);
    while !bytes.is_empty() {
        let number = take(&mut bytes)?;
        let distance = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        last = last.wrapping_add(distance);
        cases.push(last);
    }
    Ok(cases)
}

fn put_ascending(bytes: &mut Vec<u8>, numbers: &[u32]) {
    let mut last = 0;
    for number in numbers {
        put(bytes, u64::from(number - std::mem::replace(&mut last, *number)));
    }
}

/// Seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take(bytes: &mut &[u8]) -> Result<u64, AppError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or_else(cut_off)?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(damaged("search index", "a number is too long"))
}

fn cut_off() -> AppError {
    damaged("search index", "a row is cut off")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<(i64, Vec<Term>)>> {
        let term = prop_oneof![0_u64..40, any::<u64>().prop_map(|n| n >> 16)].prop_map(Term);
        let terms = prop::collection::btree_set(term, 0..12).prop_map(|terms| terms.into_iter().collect());
        prop::collection::vec((prop_oneof![0_i64..9, any::<i64>()], terms), 0..60)
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(entries in entries(), cut in 0_usize..60, level in 0_usize..3) {
            let mut whole = Run::default();
            let (mut first, mut second) = (Run::default(), Run::default());
            for (nth, (case, terms)) in entries.iter().enumerate() {
                whole.push(*case, terms);
                if nth < cut { &mut first } else { &mut second }.push(*case, terms);
            }
            first.append(second);
            prop_assert_eq!(&first, &whole);
            let rows = whole.rows(level);
            let mut read = Run { cases: cases_from_bytes(&cases_to_bytes(&whole.cases)).unwrap(), ..Run::default() };
            for row in rows.values() {
                read.read_row(row).unwrap();
            }
            prop_assert_eq!(&read, &whole);
            for (term, places) in &whole.terms {
                prop_assert_eq!(&find(&rows[&bucket(level, *term)], *term).unwrap(), places);
            }
        }

        #[test]
        fn what_is_forgotten_is_as_if_it_never_had_words(entries in entries(), case in 0_i64..9) {
            let (mut kept, mut never) = (Run::default(), Run::default());
            for (of, terms) in &entries {
                kept.push(*of, terms);
                let marks: Vec<Term> = terms.iter().copied().filter(|term| !term.is_word()).collect();
                never.push(*of, if *of == case { &marks } else { terms });
            }
            let changes = kept != never;
            prop_assert_eq!(kept.forget(case), changes);
            prop_assert_eq!(kept, never);
        }

        #[test]
        fn damage_is_told(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Run::default().read_row(&bytes);
            let _ = cases_from_bytes(&bytes);
        }
    }
}
