//! The words of a text (分词), for the index and for questions: one function each, the same on every engine.
//!
//! A text gives every dictionary word that stands anywhere in it and every single ideograph; a question is cut once, into
//! the words that it most likely means. So whatever a question is cut into is found in every text that holds it, however
//! the text around it would be cut. Runs of seven digits or more are numbers of people and are never words.

use std::sync::OnceLock;

use jieba_rs::Jieba;
use unicode_normalization::UnicodeNormalization as _;

use crate::masking::MASKED_DIGITS;

/// Longest word of letters and digits that is kept; longer ones are cut off there.
const MAX_LATIN: usize = 40;
/// Most words that one question is asked by.
const MAX_ASKED: usize = 16;

/// A word of a text, or a range of a scope, as the index keeps it: 47 bits of a hash, and whether it is a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub(super) u64);

impl Term {
    /// A word.
    fn word(word: &str) -> Self {
        Self(hash(word.as_bytes()) << 1)
    }

    /// Something that is not a word of a text: a relation of a unit.
    pub(super) fn mark(mark: &str) -> Self {
        Self(hash(mark.as_bytes()) << 1 | 1)
    }

    /// Whether it is a word, which goes when the text goes.
    pub(super) fn is_word(self) -> bool {
        self.0 & 1 == 0
    }
}

/// 47 bits of FNV-1a, finished so that every bit of the input tells. It is stored: it must never change.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash >> 17
}

/// The terms under which a text is found, sorted and without repeats.
pub fn terms_of(text: &str) -> Vec<Term> {
    let mut terms = Vec::with_capacity(text.len() / 3);
    let mut letter = [0; 4];
    for run in runs(&folded(text)) {
        match run {
            Run::Ideographs(run) => {
                terms.extend(run.chars().map(|c| Term::word(c.encode_utf8(&mut letter))));
                terms.extend(dictionary().cut_all(run).iter().map(|token| Term::word(token.word)));
            }
            Run::Letters(word) => terms.push(Term::word(word)),
        }
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// The terms of a question: all of them must be found. Empty where nothing in it can be looked for.
pub fn asked(question: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for run in runs(&folded(question)) {
        match run {
            Run::Ideographs(run) => {
                terms.extend(dictionary().cut(run, false).iter().map(|token| Term::word(token.word)));
            }
            Run::Letters(word) => terms.push(Term::word(word)),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    terms.retain(|term| seen.insert(*term));
    terms.truncate(MAX_ASKED);
    terms
}

/// The dictionary, read when the first text needs it.
fn dictionary() -> &'static Jieba {
    static DICTIONARY: OnceLock<Jieba> = OnceLock::new();
    DICTIONARY.get_or_init(Jieba::new)
}

/// A text in one width and one case.
fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

enum Run<'t> {
    Ideographs(&'t str),
    Letters(&'t str),
}

/// The runs of ideographs, and those of other letters and digits, without the numbers of people.
fn runs(text: &str) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = kind(first);
        let end = rest.find(|c| self::kind(c) != kind).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        match kind {
            Kind::Ideograph => found.push(Run::Ideographs(run)),
            Kind::Letter if holds_number(run) => {}
            Kind::Letter => found.push(Run::Letters(short(run))),
            Kind::Neither => {}
        }
    }
    found
}

/// Whether a run of letters and digits holds a number of a person: then nothing of it is a word.
fn holds_number(run: &str) -> bool {
    let digits = run.split(|c: char| !c.is_numeric());
    digits.map(|digits| digits.chars().count()).max() >= Some(MASKED_DIGITS)
}

/// A word of letters and digits, cut off where it is too long.
fn short(word: &str) -> &str {
    let end = word.char_indices().nth(MAX_LATIN).map_or(word.len(), |(at, _)| at);
    &word[..end]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ideograph,
    Letter,
    Neither,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            Kind::Ideograph
        }
        _ if c.is_alphanumeric() => Kind::Letter,
        _ => Kind::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(question: &str, text: &str) -> bool {
        let (asked, terms) = (asked(question), terms_of(text));
        !asked.is_empty() && asked.iter().all(|term| terms.contains(term))
    }

    #[test]
    fn what_stands_in_a_text_is_found() {
        let text = "人民路与柳树巷交叉口的雨水井盖破损，请尽快维修路灯。ＡＢ座 Wi-Fi G109 国道";
        for question in [
            "井盖",
            "雨水井盖",
            "井盖 破损",
            "破损井盖",
            "修路灯",
            "树巷交",
            "ab座",
            "WI fi",
            "ｇ109",
            "国道",
        ] {
            assert!(finds(question, text), "{question}");
        }
        for question in ["沙井", "井盖 丢失", "G10", ""] {
            assert!(!finds(question, text), "{question}");
        }
    }

    #[test]
    fn any_part_of_a_text_is_found() {
        let text = "小区物业停水三天无人处理业主多次反映均未得到答复希望有关部门尽快解决研究生命起源";
        let letters: Vec<char> = text.chars().collect();
        for from in 0..letters.len() {
            for to in from + 1..=letters.len().min(from + 9) {
                let part: String = letters[from..to].iter().collect();
                assert!(finds(&part, text), "{part}");
            }
        }
    }

    #[test]
    fn numbers_of_people_are_no_words() {
        let text = "电话13800001234，证号11010519491231002X，单号a1234567b，楼号123456";
        for number in [
            "13800001234",
            "１３８００００１２３４",
            "11010519491231002x",
            "1234567",
            "138",
        ] {
            assert!(!finds(number, text), "{number}");
        }
        assert!(finds("123456", text));
        assert_eq!(asked("13800001234"), Vec::new());
    }

    #[test]
    fn a_stored_hash_never_changes() {
        assert_eq!(Term::word("井盖").0, 16_187_327_002_488);
        assert!(Term::word("井盖").is_word() && !Term::mark("井盖").is_word());
    }
}
