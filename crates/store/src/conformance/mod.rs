//! The suite that every engine passes. An engine's test binary says
//!
//! ```ignore
//! quanyu_store::conformance_tests!(make);
//! ```
//!
//! where `async fn make() -> Option<impl Fixture>` gives an empty database, or `None` (having said why) when the machine
//! has none to give.

mod commits;
mod followers;
mod life;
mod lists;
pub mod load;
mod values;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::change::{ChangeSet, Claim, NewEvent};
use crate::record::Record;
use crate::schema::Schema;
use crate::store::{CommitError, Receipt, Store};
use crate::value::{Json, Value};

pub use commits::*;
pub use followers::*;
pub use life::*;
pub use lists::*;
pub use values::*;

/// A database of an engine, empty at first.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Opens it; whatever store was open on it before has been closed.
    async fn open(&self, schema: Schema) -> Arc<dyn Store>;
}

/// One `#[tokio::test]` for each function of the suite.
#[macro_export]
macro_rules! conformance_tests {
    ($make:path) => {
        $crate::conformance_tests! { $make:
            files_and_reads_back
            judges_every_expectation
            lets_one_of_two_racing_writers_win
            refuses_a_second_claim_and_tells_what_is_held
            keeps_the_good_sets_of_a_batch
            judges_each_set_of_a_batch_that_touches_a_row
            lets_later_sets_of_a_batch_see_earlier_ones
            gives_dense_positions_to_concurrent_sets
            deletes_rows
            answers_every_question_like_a_plain_filter
            pages_without_gaps_or_repeats_while_rows_are_added
            orders_text_by_its_bytes
            refuses_malformed_questions
            gives_many_rows_in_the_order_of_their_keys
            keeps_every_kind_of_value
            keeps_large_values
            refuses_what_is_not_canonical
            reads_the_journal_in_order
            takes_due_timers_oldest_first_and_leases_them
            gives_a_timer_to_one_of_many_takers
            lets_a_timer_take_effect_once
            moves_a_cursor_with_its_rows
            wakes_those_who_watch
            leads_where_it_is_alone
            has_a_digit_where_it_is_alone
            clears_only_what_is_derived
            keeps_everything_when_opened_again
            copies_itself_or_says_what_does
            tells_its_health
            scrubs_what_was_deleted
            is_unavailable_when_closed
        }
    };
    ($make:path: $($name:ident)+) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if let Some(fixture) = $make().await {
                $crate::conformance::$name(&fixture).await;
            }
        }
    )+ };
}

crate::table! {
    /// Something with a value of every kind.
    pub(crate) static THING = "thing", Derived, key 2;
    /// A thing.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Thing {
        /// District.
        district: i64,
        /// Number.
        id: i64,
        /// A name.
        name: String,
        /// Its class.
        class: Option<String>,
        /// When it is due.
        due: Option<Timestamp>,
        /// Its mark.
        mark: Option<Vec<u8>>,
        /// Whether it is open.
        open: Option<bool>,
        /// A weight.
        weight: Option<i64>,
        /// Its facts.
        facts: Option<Json>,
        /// Version.
        version: i64,
    }
    index by_due(district, due) "what is due in a district";
    index by_class(class, weight) "a class, the lightest first";
    index by_open(district, open, mark) "what is open";
    index by_name(name) "finding by name";
}

crate::table! {
    /// What somebody wrote; the primary source.
    pub(crate) static NOTE = "note", Kept, key 1;
    /// A note.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Note {
        /// Its code.
        code: String,
        /// Its text.
        text: String,
    }
}

pub(crate) fn schema() -> Schema {
    Schema::new(1, [&THING, &NOTE], &[]).expect("the suite's schema is sound")
}

pub(crate) async fn open(fixture: &dyn Fixture) -> Arc<dyn Store> {
    fixture.open(schema()).await
}

/// A thing with nothing but its key and a name.
pub(crate) fn thing(id: i64) -> Thing {
    Thing {
        district: 1,
        id,
        name: format!("thing {id}"),
        class: None,
        due: None,
        mark: None,
        open: None,
        weight: None,
        facts: None,
        version: 1,
    }
}

pub(crate) fn key(id: i64) -> Vec<Value> {
    thing(id).key()
}

pub(crate) fn note(code: &str, text: &str) -> Note {
    Note {
        code: code.to_owned(),
        text: text.to_owned(),
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + second).expect("a time in this century")
}

pub(crate) fn event(id: i64, kind: &str) -> NewEvent {
    NewEvent {
        district: 1,
        noun: "thing".to_owned(),
        id,
        kind: kind.to_owned(),
        actor: "clerk:7".to_owned(),
        at: at(id),
        reason: None,
        body: Json::parse(&format!(r#"{{"id":{id}}}"#)).expect("JSON"),
    }
}

pub(crate) fn claim(key: &str, holder: i64) -> Claim {
    Claim {
        space: "code".to_owned(),
        key: key.to_owned(),
        holds: Json::of(&holder).expect("a number is JSON"),
    }
}

pub(crate) async fn must(store: &Arc<dyn Store>, set: ChangeSet) -> Receipt {
    store
        .commit(set)
        .await
        .expect("the set is sound and nothing stands against it")
}

pub(crate) async fn conflict(store: &Arc<dyn Store>, set: ChangeSet) -> Vec<Value> {
    match store.commit(set).await {
        Err(CommitError::Conflict { key, .. }) => key,
        other => panic!("a conflict was expected, not {other:?}"),
    }
}
