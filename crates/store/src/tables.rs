//! The tables that the store itself needs, in every schema.

use jiff::Timestamp;

use crate::change::{Expect, Write};
use crate::record::Record;
use crate::schema::Table;
use crate::value::{Json, Value};

/// The store's own tables.
pub static OWN: [&Table; 5] = [&JOURNAL, &CLAIM, &TIMER, &CURSOR, &SEAL];

crate::table! {
    /// Every change, in the order in which it was committed (流水).
    pub static JOURNAL = "journal", Kept, key 1;
    /// A committed event.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Event {
        /// Dense position: 1, 2, 3, … without gaps, in the order of commits.
        position: i64,
        /// The district that it belongs to.
        district: i64,
        /// What kind of thing changed (case, entry, unit, …).
        noun: String,
        /// Which one.
        id: i64,
        /// What happened.
        kind: String,
        /// Who did it.
        actor: String,
        /// When it was decided, in UTC.
        at: Timestamp,
        /// Why, in the actor's words, where a reason is asked for.
        reason: Option<String>,
        /// The decided facts; personal values only by reference.
        body: Json,
    }
    index of_thing(noun, id, position) "the history of one thing";
}

crate::table! {
    /// Things that may exist only once, and what holds them.
    pub static CLAIM = "claim", Kept, key 2;
    /// A held claim.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HeldClaim {
        /// The kind of uniqueness (idempotency keys, register codes, …).
        space: String,
        /// What is unique in it.
        key: String,
        /// Who or what holds it, as the claimant wrote it.
        holds: Json,
    }
}

crate::table! {
    /// What is to be looked at again, and when: at most one time for each thing.
    pub static TIMER = "timer", Kept, key 2;
    /// A timer as stored.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TimerRow {
        /// What kind of thing waits.
        noun: String,
        /// Which one.
        id: i64,
        /// The district that it belongs to.
        district: i64,
        /// When it is due: what the rules set.
        due: Timestamp,
        /// When it may be taken next: when it is due, or when the lease of whoever works on it, or its wait after a
        /// failure, ends.
        take_at: Timestamp,
    }
    index by_take(take_at) "taking what is due, the oldest first; when to wake up next";
}

impl TimerRow {
    /// A timer that nobody works on.
    pub fn new(district: i64, noun: &str, id: i64, due: Timestamp) -> TimerRow {
        TimerRow {
            noun: noun.to_owned(),
            id,
            district,
            due,
            take_at: due,
        }
    }

    /// The timer in the hands of whoever has taken it.
    pub fn leased_until(self, lease_until: Timestamp) -> Timer {
        Timer {
            district: self.district,
            noun: self.noun,
            id: self.id,
            due: self.due,
            lease_until,
        }
    }
}

crate::table! {
    /// How far each follower of the journal has come.
    pub static CURSOR = "cursor", Kept, key 1;
    /// A follower's cursor.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Cursor {
        /// The follower.
        name: String,
        /// The last position that it has taken in.
        position: i64,
    }
}

crate::table! {
    /// Signed blocks over the journal, see [`crate::seal`] (封存).
    pub static SEAL = "seal", Kept, key 1;
    /// One sealed block of the journal.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SealBlock {
        /// 1, 2, 3, … without gaps.
        number: i64,
        /// Position of its first event: one after the block before it.
        first: i64,
        /// Position of its last event.
        last: i64,
        /// Merkle root over the previous block's hash and the block's events, 32 bytes.
        root: Vec<u8>,
        /// Hash of the previous block, 32 bytes; zeros for the first.
        previous: Vec<u8>,
        /// When it was sealed, in UTC.
        sealed_at: Timestamp,
        /// Ed25519 signature over all the other columns, 64 bytes.
        signature: Vec<u8>,
        /// Which key signed.
        key_id: String,
    }
}

/// A timer that a server has taken to work on: no other server takes it before the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The district.
    pub district: i64,
    /// What kind of thing waits.
    pub noun: String,
    /// Which one.
    pub id: i64,
    /// When it was due.
    pub due: Timestamp,
    /// Until when it is leased to the taker.
    pub lease_until: Timestamp,
}

impl Timer {
    /// The write that ends the timer in the transaction of its outcome. It conflicts when the lease has run out and
    /// somebody else took the timer, or when it was set anew meanwhile: the outcome then happens exactly once.
    pub fn done(&self) -> Write {
        Write::delete(&TIMER, self.key(), Expect::Same(self.leased().to_row()))
    }

    /// The write that sets the timer to its next due time in the transaction of its outcome; guarded like
    /// [`done`](Timer::done).
    pub fn again_at(&self, due: Timestamp) -> Write {
        self.again_not_before(due, due)
    }

    /// As [`again_at`](Timer::again_at), but left alone until `wait`, though it is due before.
    pub fn again_not_before(&self, due: Timestamp, wait: Timestamp) -> Write {
        let next = TimerRow {
            due,
            take_at: due.max(wait),
            ..self.leased()
        };
        Write::put(&next, Expect::Same(self.leased().to_row()))
    }

    fn key(&self) -> Vec<Value> {
        vec![self.noun.as_str().into(), self.id.into()]
    }

    fn leased(&self) -> TimerRow {
        TimerRow {
            noun: self.noun.clone(),
            id: self.id,
            district: self.district,
            due: self.due,
            take_at: self.lease_until,
        }
    }
}

/// The write that sets (or moves) the timer of a thing.
pub fn set_timer(district: i64, noun: &str, id: i64, due: Timestamp) -> Write {
    Write::put(&TimerRow::new(district, noun, id, due), Expect::Any)
}

/// The write that takes the timer of a thing away, whether or not there is one.
pub fn clear_timer(noun: &str, id: i64) -> Write {
    Write::delete(&TIMER, vec![noun.into(), id.into()], Expect::Any)
}

/// The write that moves a follower's cursor on, in the transaction of the rows that it derived. It conflicts when another
/// server has moved the same cursor meanwhile. `from` is what [`crate::Store::cursor`] said: 0 for a follower that has
/// taken nothing in yet.
pub fn advance_cursor(name: &str, from: i64, to: i64) -> Write {
    let at = |position| Cursor {
        name: name.to_owned(),
        position,
    };
    let expect = if from == 0 {
        Expect::Absent
    } else {
        Expect::Same(at(from).to_row())
    };
    Write::put(&at(to), expect)
}
