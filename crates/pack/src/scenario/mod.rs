//! The tests of packs: `tests/*.toml` beside a `pack.toml`.
//!
//! A test files a case at a made-up place, lets people act on it at given instants, and says what must come of it: a
//! state, a due instant, a refusal. [`run`] plays it through the same decisions that the product makes, so a test that
//! passes says what will happen. See [`crate::test_schema`] for every key.
//!
//! ```toml
//! [place]
//! utc_offset = "+08:00"
//! work_hours = { intervals = ["09:00-12:00", "13:00-17:00"] }
//! calendar = { years = [2024], off = ["2024-10-01"], work = ["2024-09-29"] }
//! parameter = { short_limit = "3 workdays" }
//!
//! [[test]]
//! title = "A kite is sent out and brought back in time"
//! case = { type = "lost_kite", demand = "kite_wanted", channel = "kite_post", at = "2024-09-30T14:05+08:00" }
//! expect = { state = "waiting", due = { sending = "2024-09-30T16:05+08:00" } }
//!
//! [[test.do]]
//! at = "2024-09-30T14:30+08:00"
//! step = "dispatch"
//! by = "dispatcher"
//! limit_class = "short"
//! expect = { state = "flying", due = { returning = "2024-10-08T17:00+08:00" } }
//! ```
//!
//! The place has one district with a desk and three units, `first`, `second` and `third`; a handler works for `first`
//! and a case is sent to `first` unless the test says otherwise. Notes, reasons and replies are filled in.

pub(crate) mod language;
mod parse;
mod play;
mod stub;

use quanyu_domain::cases::AnswersInput;
use quanyu_domain::model::{Milestone, Model, Performer, Phase, RequestKind};
use quanyu_domain::time::LimitDuration;

use jiff::Timestamp;
use serde::Serialize;

pub use parse::read;
pub use play::run;

/// The tests of one file, with the model that its pack amounts to at the made-up place.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// The path of the file within the sources.
    pub path: String,
    /// The pack.
    pub pack: String,
    /// What holds there.
    pub model: Model,
    /// The tests.
    pub tests: Vec<Test>,
}

/// Where something stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The path within the sources.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// A test: a case, and what happens to it.
#[derive(Debug, Clone)]
pub struct Test {
    /// What it shows.
    pub title: String,
    /// Where it stands.
    pub line: Line,
    filed: Filed,
    acts: Vec<ActAt>,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestResult {
    /// What it shows.
    pub title: String,
    /// Where it stands.
    pub line: Line,
    /// Where it went otherwise than it says; empty: it passed.
    pub failures: Vec<Failure>,
}

impl TestResult {
    /// Whether everything went as the test says.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// A difference between what a test says and what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What the test says stands here.
    pub line: Line,
    /// What was expected and what happened.
    pub what: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.line.file, self.line.line, self.line.column, self.what
        )
    }
}

/// A value of a test, with the place where it stands.
#[derive(Debug, Clone)]
struct Told<T> {
    value: T,
    line: Line,
}

#[derive(Debug, Clone)]
struct Filed {
    case_type: String,
    demand: String,
    channel: String,
    at: Timestamp,
    by: Who,
    matter: Option<String>,
    anonymous: bool,
    has_point: bool,
    evidence: Vec<String>,
    answer: Option<String>,
    line: Line,
    expect: Expect,
}

/// Who acts.
#[derive(Debug, Clone)]
struct Who {
    part: Performer,
    /// The unit of a handler.
    unit: Option<String>,
    /// A name that makes two parts the same person.
    person: Option<String>,
}

#[derive(Debug, Clone)]
struct ActAt {
    at: Timestamp,
    by: Who,
    what: What,
    line: Line,
    expect: Expect,
}

#[derive(Debug, Clone)]
enum What {
    Step(Box<StepTold>),
    Ask {
        kind: RequestKind,
        more: Option<LimitDuration>,
        until: Option<Timestamp>,
    },
    Decide {
        kind: RequestKind,
        grant: bool,
    },
    Wake,
}

#[derive(Debug, Clone)]
struct StepTold {
    name: String,
    lead: Option<String>,
    assist: Vec<String>,
    limit_class: Option<String>,
    outcome: Option<String>,
    evidence: Vec<String>,
    answers: Option<AnswersInput>,
}

/// What must come of it.
#[derive(Debug, Clone, Default)]
struct Expect {
    refused: Option<Told<String>>,
    state: Option<Told<String>>,
    phase: Option<Told<Phase>>,
    due: Vec<(String, Told<DueTold>)>,
    told: Option<Told<Vec<String>>>,
    milestones: Option<Told<Vec<Milestone>>>,
    suspended: Option<Told<bool>>,
    excluded: Option<Told<bool>>,
}

/// How a clock must stand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum DueTold {
    At(Timestamp),
    Paused,
    Stopped,
    NoCalendar,
}
