//! Keeping what people said where it can be erased, and giving it back to whoever may read it.

use quanyu_domain::cases::{Case, CaseEvent, Decided, Said, SaidRef};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_store::value::canonical_text;
use quanyu_store::{Expect, Query, Record, Records, Value, Write, table};
use sha2::{Digest, Sha256};

use super::CASE_NOUN;
use crate::App;
use crate::error::{AppError, damaged};
use crate::ports::Random;
use crate::scan::every;
use crate::vault::hex;

table! {
    /// Words that the journal refers to: reasons, notes, places as they were told (理由、说明、地点描述).
    pub static SAID = "said", Kept, key 5;
    /// Something that somebody said.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SaidRow {
        /// The district of the case; 0 for what was said of a person.
        district: i64,
        /// `case` or `person`.
        noun: String,
        /// The case or the person.
        of: i64,
        /// The decision with which it was said; of a person, a number of its own.
        decision: i64,
        /// Which words of the decision, from 0.
        nth: i64,
        /// Random bytes, over which and the words the journal's hash goes.
        salt: Vec<u8>,
        /// The words.
        words: String,
    }
}

/// Length of a salt, in bytes.
const SALT_BYTES: usize = 16;
/// Words that are read at once.
const PAGE: usize = 500;

/// Words that are to be kept: the reference for the journal, and the row.
pub(crate) fn kept(
    random: &dyn Random,
    district: i64,
    (noun, of): (&str, Id),
    (decision, nth): (i64, u32),
    words: &str,
) -> Result<(SaidRef, SaidRow), AppError> {
    let words = canonical_text(words).map_err(|fault| damaged("words", fault))?;
    let mut salt = vec![0; SALT_BYTES];
    random.fill(&mut salt);
    let reference = SaidRef {
        decision,
        nth,
        sha256: hash(&salt, &words),
    };
    let row = SaidRow {
        district,
        noun: noun.to_owned(),
        of: of.0,
        decision,
        nth: i64::from(nth),
        salt,
        words,
    };
    Ok((reference, row))
}

fn hash(salt: &[u8], words: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(words.as_bytes());
    hex(&hash.finalize())
}

/// Takes the words out of a decision on a case that stood as `before`: its events and the case after it refer to them
/// from here on. The case is what applying the events gives, so that rebuilding gives the same.
pub(super) fn keep_apart(
    random: &dyn Random,
    before: Option<&Case>,
    decided: &mut Decided,
) -> Result<Vec<Write>, AppError> {
    let (district, id, version) = (
        i64::from(decided.case.district.0),
        decided.case.id,
        decided.case.version,
    );
    let mut writes = Vec::new();
    let mut nth = 0;
    for said in decided.events.iter_mut().flat_map(CaseEvent::said_mut) {
        if let Said::Inline(words) = said {
            let (reference, row) = kept(random, district, (CASE_NOUN, id), (version, nth), words)?;
            writes.push(Write::insert(&row));
            *said = Said::Kept(reference);
            nth += 1;
        }
    }
    if writes.is_empty() {
        return Ok(writes);
    }
    let mut events = decided.events.iter();
    let at = |fault: &dyn std::fmt::Display| damaged("decision", fault);
    let mut case = match before {
        Some(before) => before.clone(),
        None => {
            let first = events.next().ok_or_else(|| at(&"a new case has no event"))?;
            Case::from_first(first).map_err(|fault| at(&fault))?
        }
    };
    for event in events {
        case.apply(event).map_err(|fault| at(&fault))?;
    }
    decided.case = case;
    Ok(writes)
}

/// The key under which words are kept.
pub(crate) fn said_key(district: i64, noun: &str, of: Id, kept: &SaidRef) -> Vec<Value> {
    vec![
        district.into(),
        noun.into(),
        of.0.into(),
        kept.decision.into(),
        i64::from(kept.nth).into(),
    ]
}

impl App {
    /// The same cases with the words that they refer to, as far as these are not erased: for showing, never for deciding.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn told(&self, mut cases: Vec<Case>) -> Result<Vec<Case>, AppError> {
        let mut said: Vec<(DistrictId, Id, &mut Said)> = Vec::new();
        for case in &mut cases {
            let (district, id) = (case.district, case.id);
            said.extend(case.said_mut().into_iter().map(|said| (district, id, said)));
        }
        self.fill(said).await?;
        Ok(cases)
    }

    /// As [`told`](App::told) for one case.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn told_case(&self, case: &Case) -> Result<Case, AppError> {
        let mut told = self.told(vec![case.clone()]).await?;
        told.pop()
            .ok_or_else(|| damaged("case", "it was lost while it was read"))
    }

    /// Gives events of cases the words that they refer to, as far as these are not erased.
    pub(crate) async fn tell<'e>(
        &self,
        events: impl Iterator<Item = (DistrictId, Id, &'e mut CaseEvent)>,
    ) -> Result<(), AppError> {
        let said = events.flat_map(|(district, case, event)| {
            let said = event.said_mut().into_iter();
            said.map(move |said| (district, case, said))
        });
        self.fill(said.collect()).await
    }

    async fn fill(&self, said: Vec<(DistrictId, Id, &mut Said)>) -> Result<(), AppError> {
        let (mut keys, mut places) = (Vec::new(), Vec::new());
        for (district, case, said) in said {
            if let Some(kept) = said.kept() {
                keys.push(said_key(i64::from(district.0), CASE_NOUN, case, kept));
                places.push(said);
            }
        }
        let rows = self.store.records::<SaidRow>(keys).await?;
        for (row, place) in rows.into_iter().zip(places) {
            if let Some(row) = row {
                *place = Said::Inline(row.words);
            }
        }
        Ok(())
    }

    /// The writes after which nothing is left of what was said of a case or a person.
    pub(crate) async fn unsay(&self, district: i64, noun: &str, of: Id) -> Result<Vec<Write>, AppError> {
        let query = Query::by_key(&SAID, PAGE).equal(district).equal(noun).equal(of.0);
        let rows: Vec<SaidRow> = every(self.store.as_ref(), query).await?;
        Ok(rows
            .iter()
            .map(|row| Write::delete(&SAID, row.key(), Expect::Any))
            .collect())
    }
}
