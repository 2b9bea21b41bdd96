//! The tables of API keys and of what was filed with them.

use jiff::Timestamp;
use quanyu_store::{Json, table};

table! {
    /// API keys of other systems (接口密钥).
    pub static API_KEY = "api_key", Kept, key 1;
    /// A key.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ApiKeyRow {
        /// Its number, which is part of the key itself.
        id: i64,
        /// Counts changes.
        version: i64,
        /// SHA-256 of the secret part, hex: who steals the table cannot use the key.
        secret_hash: String,
        /// Name, districts, rights and expiry.
        body: Json,
        /// Whether it holds.
        active: bool,
        /// When it was made.
        made_at: Timestamp,
        /// When it was last used, to the hour.
        used_at: Option<Timestamp>,
    }
}

table! {
    /// What was filed with which key: another system may follow its own requests.
    pub static FILED_WITH = "filed_with", Kept, key 2;
    /// A case that was filed with a key.
    #[derive(Clone, Debug, PartialEq)]
    pub struct FiledWithRow {
        /// The key.
        key: i64,
        /// The case.
        case: i64,
        /// The district that owned it at first.
        district: i64,
        /// The service that it was filed for.
        service: String,
        /// When.
        at: Timestamp,
    }
    index by_time(key, at) "what a system has filed within some time";
    reference key to API_KEY;
}
