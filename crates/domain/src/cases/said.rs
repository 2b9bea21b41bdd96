//! What people said beside the texts (理由、说明、地点描述): words that may tell of somebody, kept outside the journal.
//!
//! A decision is made upon the words themselves. Before it is committed they are put where they can be erased, and event
//! and case keep a reference to them.

use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseFact, Request};

/// A reason, a note, or a place in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// The words themselves: while it is decided, and in what was committed before words were kept apart.
    Inline(String),
    /// Where they are kept.
    Kept(SaidRef),
}

/// Where words are kept, as long as they are not erased.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SaidRef {
    /// The decision with which they were said: the version of the case after it.
    pub decision: i64,
    /// Which words of that decision, from 0.
    pub nth: u32,
    /// SHA-256 over salt and words, hex. The salt is kept and erased with the words, so that nobody finds out by trying
    /// which words they were.
    pub sha256: String,
}

impl Said {
    /// The words, where they are at hand; `None` where they are kept elsewhere, or erased.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Inline(text) => Some(text),
            Self::Kept(_) => None,
        }
    }

    /// Where they are kept.
    pub fn kept(&self) -> Option<&SaidRef> {
        match self {
            Self::Inline(_) => None,
            Self::Kept(kept) => Some(kept),
        }
    }

    /// Replaces the words where they are at hand.
    pub fn map(&mut self, change: impl FnOnce(&str) -> String) {
        if let Self::Inline(text) = self {
            *text = change(text);
        }
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self::Inline(text)
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        Self::Inline(text.to_owned())
    }
}

impl Request {
    fn said_mut(&mut self) -> impl Iterator<Item = &mut Said> {
        let decision = self.decision.as_mut().map(|decision| &mut decision.reason);
        std::iter::once(&mut self.reason).chain(decision)
    }
}

impl Case {
    /// Everything that was said and that the case still holds.
    pub fn said_mut(&mut self) -> Vec<&mut Said> {
        let mut said: Vec<&mut Said> = self.place.words.iter_mut().collect();
        said.extend(self.requests.iter_mut().flat_map(Request::said_mut));
        said.extend(self.publication.iter_mut().filter_map(|shown| shown.words.as_mut()));
        said
    }
}

impl CaseEvent {
    /// Everything that was said with the event and may tell of somebody.
    pub fn said_mut(&mut self) -> Vec<&mut Said> {
        match &mut self.fact {
            CaseFact::Filed(filed) => filed.place.words.iter_mut().collect(),
            CaseFact::Rejected { reason }
            | CaseFact::Reworked { reason }
            | CaseFact::Reopened { reason }
            | CaseFact::Confided { reason, .. }
            | CaseFact::Disclosed { reason }
            | CaseFact::HandedOver { reason, .. }
            | CaseFact::Withdrawn { reason } => vec![reason],
            CaseFact::Urged { words } => vec![words],
            CaseFact::Contacted { note, .. } => vec![note],
            CaseFact::Asked { note, .. } | CaseFact::Moved { note, .. } => note.iter_mut().collect(),
            CaseFact::Dispatched { note, place, .. } => {
                let place = place.as_mut().and_then(|place| place.words.as_mut());
                note.iter_mut().chain(place).collect()
            }
            CaseFact::Requested { request } => request.said_mut().collect(),
            CaseFact::Decided { decision, .. } => vec![&mut decision.reason],
            CaseFact::Published { publication } => publication.words.iter_mut().collect(),
            // Why somebody was erased is what answers for it, and is checked to name nobody.
            CaseFact::Erased { .. }
            | CaseFact::Answered { .. }
            | CaseFact::Accepted { .. }
            | CaseFact::HandedIn { .. }
            | CaseFact::Passed
            | CaseFact::Escalated { .. }
            | CaseFact::Resumed
            | CaseFact::Absorbed { .. }
            | CaseFact::Transferred { .. }
            | CaseFact::DeskMoved { .. }
            | CaseFact::Reckoned
            | CaseFact::Sampled { .. } => Vec::new(),
        }
    }
}
