//! A load to measure engines with: filing cases, as an import and as many callers do it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::change::{ChangeSet, Claim, NewEvent, Write};
use crate::record::{Record, Row};
use crate::schema::Schema;
use crate::store::{CommitError, Store};
use crate::tables::set_timer;
use crate::value::{Json, Value};

crate::table! {
    /// A case.
    static CASE = "case", Derived, key 2;
    /// A case.
    struct Case {
        /// District.
        district: i64,
        /// Number.
        id: i64,
        /// Responsible unit.
        unit: i64,
        /// State.
        state: String,
        /// Where, as a Morton key.
        place: i64,
        /// Limit; null once closed.
        due: Option<Timestamp>,
        /// Version.
        version: i64,
    }
    index by_unit(district, unit, state) "the list of a unit";
    index by_due(district, due) "what is due next";
}

crate::table! {
    /// What the reporter said.
    static CASE_TEXT = "case_text", Kept, key 2;
    /// What the reporter said.
    struct CaseText {
        /// District.
        district: i64,
        /// Case.
        id: i64,
        /// The text.
        text: String,
    }
}

crate::table! {
    /// Who works on it.
    static ASSIGNMENT = "assignment", Derived, key 3;
    /// Who works on it.
    struct Assignment {
        /// District.
        district: i64,
        /// Case.
        case: i64,
        /// Which one.
        nth: i64,
        /// Unit.
        unit: i64,
        /// Version.
        version: i64,
    }
}

crate::table! {
    /// Differences to be added to tallies.
    static TALLY_DELTA = "tally_delta", Derived, key 2;
    /// A difference.
    struct TallyDelta {
        /// District.
        district: i64,
        /// Which one.
        id: i64,
        /// Measure.
        measure: String,
        /// Difference.
        by: i64,
    }
}

/// The tables of the load.
pub fn schema() -> Schema {
    Schema::new(1, [&CASE, &CASE_TEXT, &ASSIGNMENT, &TALLY_DELTA], &[]).expect("the load's schema is sound")
}

/// How many sets a batch has, and how many callers there are.
pub const GROUP: usize = 256;

/// Change sets a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// In batches of [`GROUP`], one made while the other is written.
    pub batches: f64,
    /// From [`GROUP`] callers that each wait for their own answer.
    pub callers: f64,
    /// From one caller alone.
    pub alone: f64,
}

/// One filing: an event, a claim, five rows (one with the text) and three secondary index entries beside the journal's own.
pub fn filing(id: i64, text: &str) -> ChangeSet {
    let at = Timestamp::from_second(1_790_000_000 + id).expect("a time in this century");
    // Spread over units and places as a district's cases are, so that index pages are not simply appended to.
    let scattered = id.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64);
    let (unit, place) = (scattered.rem_euclid(400), scattered >> 2);
    let case = Case {
        district: 1,
        id,
        unit,
        state: "dispatched".to_owned(),
        place,
        due: Some(at),
        version: 1,
    };
    ChangeSet::new()
        .claim(Claim {
            space: "idempotency".to_owned(),
            key: format!("{scattered:016x}-{id}"),
            holds: Json::of(&id).expect("a number is JSON"),
        })
        .write(Write::insert(&case))
        .write(Write::insert(&CaseText {
            district: 1,
            id,
            text: text.to_owned(),
        }))
        .write(Write::insert(&Assignment {
            district: 1,
            case: id,
            nth: 1,
            unit,
            version: 1,
        }))
        .write(Write::insert(&TallyDelta {
            district: 1,
            id,
            measure: "filed".to_owned(),
            by: 1,
        }))
        .write(set_timer(1, "case", id, at))
        .event(NewEvent {
            district: 1,
            noun: "case".to_owned(),
            id,
            kind: "filed".to_owned(),
            actor: "operator:17".to_owned(),
            at,
            reason: None,
            body: Json::of(
                &serde_json::json!({"unit": unit, "place": place, "channel": "hotline", "state": "dispatched"}),
            )
            .expect("JSON"),
        })
}

/// 300 Chinese characters, as a reporter writes.
pub fn text() -> String {
    let text = "路面塌陷约两米见方，夜间无照明，来往车辆绕行，请尽快派人围挡并修复。".repeat(10);
    text.chars().take(300).collect()
}

/// The bytes of all values of a set: what it would take in a plain file.
pub fn bytes_of(set: &ChangeSet) -> usize {
    let values = |row: Row| -> usize {
        row.0
            .iter()
            .map(|value| match value {
                Value::Null => 0,
                Value::Int(_) | Value::Time(_) => 8,
                Value::Bool(_) => 1,
                Value::Text(text) => text.len(),
                Value::Json(json) => json.as_str().len(),
                Value::Bytes(bytes) => bytes.len(),
            })
            .sum()
    };
    let rows: usize = set
        .writes
        .iter()
        .map(|write| match write {
            Write::Put { row, .. } => values(row.clone()),
            Write::Delete { .. } | Write::Check { .. } => 0,
        })
        .sum();
    let claims: usize = set.claims.iter().map(|claim| values(claim.to_row())).sum();
    let events: usize = set
        .events
        .iter()
        .map(|event| values(event.at_position(1).to_row()))
        .sum();
    rows + claims + events
}

fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Files about `count` cases in batches, a quarter as many by callers, and a few alone, into an empty store.
pub async fn measure(store: Arc<dyn Store>, count: usize) -> Result<Rates, CommitError> {
    let text: Arc<str> = text().into();
    let ids = Arc::new(AtomicI64::new(0));
    let next = {
        let (text, ids) = (text.clone(), ids.clone());
        move || filing(ids.fetch_add(1, Ordering::Relaxed) + 1, &text)
    };

    let begin = Instant::now();
    let rounds = count.div_ceil(GROUP);
    let mut under_way = None;
    for _ in 0..rounds {
        let sets: Vec<ChangeSet> = std::iter::repeat_with(&next).take(GROUP).collect();
        let store = store.clone();
        let batch = tokio::spawn(async move { store.commit_all(sets).await });
        if let Some(previous) = under_way.replace(batch) {
            confirm(previous).await?;
        }
    }
    if let Some(last) = under_way {
        confirm(last).await?;
    }
    let batches = rate(rounds * GROUP, begin.elapsed());

    let each = count.div_ceil(4 * GROUP);
    let begin = Instant::now();
    let callers: Vec<_> = (0..GROUP)
        .map(|_| {
            let (store, next) = (store.clone(), next.clone());
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                for _ in 0..each {
                    outcomes.push(store.commit(next()).await);
                }
                outcomes
            })
        })
        .collect();
    for caller in callers {
        confirm(caller).await?;
    }
    let callers = rate(each * GROUP, begin.elapsed());

    let few = 200;
    let begin = Instant::now();
    for _ in 0..few {
        store.commit(next()).await?;
    }
    Ok(Rates {
        batches,
        callers,
        alone: rate(few, begin.elapsed()),
    })
}

async fn confirm<T>(task: tokio::task::JoinHandle<Vec<Result<T, CommitError>>>) -> Result<(), CommitError> {
    let outcomes = task.await.expect("the load's tasks do not panic");
    outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
}
