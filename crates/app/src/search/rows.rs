//! The tables of the text index. It holds no words and no personal values, only hashes and numbers of cases.

use quanyu_store::table;

table! {
    /// Which cases the entries of a run of the text index are.
    pub static SEARCH_RUN = "search_run", Derived, key 3;
    /// The cases of a run.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SearchRunRow {
        /// The district that owns the cases.
        district: i64,
        /// How large the run is when it is full: 0, 1 or 2.
        level: i64,
        /// How many entries of the district came before it.
        first: i64,
        /// The cases, see `search::run`.
        cases: Vec<u8>,
    }
}

table! {
    /// Under which terms the entries of a run are found (倒排索引).
    pub static SEARCH_TERMS = "search_terms", Derived, key 4;
    /// A part of the terms of a run.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SearchTermsRow {
        /// The district that owns the cases.
        district: i64,
        /// As in the run.
        level: i64,
        /// Which part: where a term stands follows from its hash.
        bucket: i64,
        /// As in the run.
        first: i64,
        /// The terms, each with its entries, see `search::run`.
        terms: Vec<u8>,
    }
}
