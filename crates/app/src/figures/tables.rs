//! The tables of figures.

use jiff::Timestamp;
use quanyu_store::{Json, table};

table! {
    /// Sums that follow the journal: one row for all measures of a unit in a period.
    pub static TALLY = "tally", Derived, key 6;
    /// What was counted for a unit.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TallyRow {
        /// The district that owns the cases.
        district: i64,
        /// The unit that is counted for.
        unit: String,
        /// `area`: cases that lie in the unit; `lead`: cases that the unit, or one below it, answers for.
        relation: String,
        /// What the row is about: `day` and `month` (everything), `kind`, `matter` and `channel` (one of them, in a month).
        cut: String,
        /// Which kind of case, matter or channel; empty for `day` and `month`.
        part: String,
        /// The local day `2024-03-15`, otherwise the month `2024-03`.
        period: String,
        /// By measure, how much; measures that come to nothing are left out, and so are rows without any.
        counts: Json,
    }
}

table! {
    /// Samples of closed cases (抽样).
    pub static SAMPLE = "sample", Derived, key 3;
    /// A draw.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SampleRow {
        /// The district whose cases were drawn from.
        district: i64,
        /// The month in which they were closed, `2024-03`.
        period: String,
        /// The plan by which they were drawn.
        plan: String,
        /// The draw.
        id: i64,
        /// The seed, hex: with it the draw can be made again.
        seed: String,
        /// How many cases could be drawn.
        population: i64,
        /// How many were.
        drawn: i64,
        /// By responsible unit, how many could be drawn and how many were.
        strata: Json,
        /// Version of the rules that said how.
        model: String,
        /// When.
        at: Timestamp,
        /// By whose act.
        by: String,
    }
}

table! {
    /// The cases of samples; follows from the cases.
    pub static SAMPLE_CASE = "sample_case", Derived, key 4;
    /// A case that was drawn.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SampleCaseRow {
        /// The district that owns it.
        district: i64,
        /// The draw.
        draw: i64,
        /// Whether an answer is recorded.
        answered: bool,
        /// The case.
        case: i64,
    }
}

table! {
    /// Published tables (定版): never changed, only followed by another edition.
    pub static EDITION = "edition", Derived, key 4;
    /// An edition.
    #[derive(Clone, Debug, PartialEq)]
    pub struct EditionRow {
        /// The district, or the city.
        district: i64,
        /// The city or district whose figures they are.
        unit: String,
        /// The period, `2024-03`.
        period: String,
        /// 1, 2, 3, …
        number: i64,
        /// Position of the journal at which the figures were exact.
        position: i64,
        /// Version of the rules.
        model: String,
        /// SHA-256 of the table, hex.
        sha256: String,
        /// The table.
        figures: Json,
        /// What differs from the edition before.
        differences: Json,
        /// Why it was published.
        reason: Option<String>,
        /// When.
        at: Timestamp,
        /// By whom.
        by: String,
    }
}
