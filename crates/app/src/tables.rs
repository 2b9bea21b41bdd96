//! The tables of the nouns. Engines make them; see `quanyu_store::schema`.
//!
//! *Derived* tables are what the journal amounts to and are rebuilt from it. *Kept* tables hold what the journal only
//! refers to: texts, personal values, attachments, credentials, the sources of packs.

use jiff::Timestamp;
use quanyu_store::schema::{Migration, Step};
use quanyu_store::{Json, Schema, Table, Value, table};

use crate::cases::{PUBLISHED, SAID, SUPPORT};
use crate::rebuild;
use crate::search::rows::{SEARCH_RUN, SEARCH_TERMS};

pub use crate::figures::tables::{EDITION, EditionRow, SAMPLE, SAMPLE_CASE, SampleCaseRow, SampleRow, TALLY, TallyRow};

/// Version of the schema; grows with every change that needs a migration.
pub const SCHEMA_VERSION: i64 = 4;

/// How older databases become such ones.
static MIGRATIONS: [Migration; 3] = [
    Migration {
        to: 2,
        what: "sessions are bound to where they began",
        steps: &[Step::AddColumn {
            table: "session",
            column: "bond",
            fill: Value::Null,
        }],
    },
    Migration {
        to: 3,
        what: "whoever works on a timer leaves alone when it is due",
        steps: &[
            Step::AddColumn {
                table: "timer",
                column: "take_at",
                fill: Value::Time(Timestamp::UNIX_EPOCH),
            },
            Step::CopyColumn {
                table: "timer",
                from: "due",
                to: "take_at",
            },
        ],
    },
    Migration {
        to: 4,
        what: "published cases are listed by tile of the map, which a rebuild makes of those from before",
        steps: &[Step::BeginCursor { name: rebuild::NAME }],
    },
];

/// The schema that every engine is opened with.
///
/// # Panics
/// Never in a released program: the declarations below are checked by a test.
pub fn schema() -> Schema {
    let tables: [&'static Table; 30] = [
        &CASE,
        &CASE_PARTY,
        &UNIT,
        &DIRECTORY,
        &TEXT,
        &PERSON,
        &ATTACHMENT,
        &CONTENT,
        &ACCOUNT,
        &SESSION,
        &SOURCE,
        &IN_FORCE,
        &MODEL_VERSION,
        &TALLY,
        &SAMPLE,
        &SAMPLE_CASE,
        &EDITION,
        &WEBHOOK,
        &DELIVERY,
        &IMPORT,
        &crate::beside::ROOT_KEY,
        &crate::api_keys::API_KEY,
        &crate::api_keys::FILED_WITH,
        &crate::factors::SECOND_FACTOR,
        &crate::passwords::PASSWORD_HISTORY,
        &SEARCH_RUN,
        &SEARCH_TERMS,
        &PUBLISHED,
        &SAID,
        &SUPPORT,
    ];
    Schema::new(SCHEMA_VERSION, tables, &MIGRATIONS).expect("the declared tables are checked by a test")
}

table! {
    /// Cases as they stand (案件).
    pub static CASE = "case", Derived, key 2;
    /// A case: its columns are what lists and figures need, its body is the whole.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CaseRow {
        /// The district that owns it.
        district: i64,
        /// Its number.
        id: i64,
        /// Number of decisions that it amounts to.
        version: i64,
        /// Kind of case.
        case_type: String,
        /// Phase.
        phase: String,
        /// State.
        state: String,
        /// Demand type.
        demand: String,
        /// Channel.
        channel: String,
        /// Matter.
        matter: Option<String>,
        /// Finest area known.
        area: String,
        /// Lead unit.
        lead: Option<String>,
        /// When it was filed.
        filed_at: Timestamp,
        /// Its next limit while it is open.
        due_at: Option<Timestamp>,
        /// When it was closed, while it is.
        closed_at: Option<Timestamp>,
        /// Whether it is not closed.
        open: bool,
        /// Morton key of its point.
        cell: Option<i64>,
        /// The person who reported it.
        reporter: Option<i64>,
        /// The whole case.
        body: Json,
    }
    index by_place(district, open, cell) "cases near a point, maps";
    index by_reporter(reporter) "earlier cases of a caller";
}

table! {
    /// Who a case concerns: the lists of every role are ranges of this key.
    pub static CASE_PARTY = "case_party", Derived, key 6;
    /// A unit's relation to a case.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CasePartyRow {
        /// The district that owns the case.
        district: i64,
        /// The unit.
        unit: String,
        /// How it is related to the case.
        relation: String,
        /// Whether something is wanted.
        open: bool,
        /// The next limit of an open row, the end of a closed one.
        sort_at: Timestamp,
        /// The case.
        case: i64,
    }
}

table! {
    /// Units, past and present (单位/区划).
    pub static UNIT = "unit", Derived, key 2;
    /// A unit.
    #[derive(Clone, Debug, PartialEq)]
    pub struct UnitRow {
        /// Its district, the first six digits of its code.
        district: i64,
        /// Its code.
        code: String,
        /// What it is.
        kind: String,
        /// The unit above it.
        parent: Option<String>,
        /// The whole unit.
        body: Json,
    }
}

table! {
    /// The dispatch directory (派单目录).
    pub static DIRECTORY = "directory", Derived, key 4;
    /// A row of the directory.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DirectoryEntry {
        /// The city or district whose row it is.
        district: i64,
        /// The matter.
        matter: String,
        /// The demand type for which it holds; empty: every one.
        demand: String,
        /// First day on which it holds, `2024-01-01`.
        valid_from: String,
        /// Counts changes.
        version: i64,
        /// The whole row.
        body: Json,
    }
}

table! {
    /// Texts that the journal refers to: what was reported, what was replied.
    pub static TEXT = "text", Kept, key 2;
    /// A text.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TextRow {
        /// The district of its case.
        district: i64,
        /// Its id.
        id: i64,
        /// A title, where it has one.
        title: Option<String>,
        /// The text.
        body: String,
    }
}

table! {
    /// Personal values, sealed with a key of their own (个人信息).
    pub static PERSON = "person", Kept, key 1;
    /// A person who reports.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PersonRow {
        /// Its id.
        id: i64,
        /// Keyed hash of the telephone number, for looking a caller up.
        phone_hash: Option<String>,
        /// Which master key wraps the value's key.
        key_id: String,
        /// The value's own key, wrapped; empty once the person was erased.
        wrapped_key: Vec<u8>,
        /// The value, sealed.
        sealed: Vec<u8>,
    }
    index by_phone(phone_hash) "looking a caller up";
}

table! {
    /// Attachments: what is kept of them beside their bytes.
    pub static ATTACHMENT = "attachment", Kept, key 1;
    /// An attachment.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AttachmentRow {
        /// Its id.
        id: i64,
        /// The district in which it was handed in.
        district: i64,
        /// Its name as handed in.
        name: String,
        /// Media type, found from its content.
        media: String,
        /// Its length in bytes.
        bytes: i64,
        /// SHA-256 of the bytes, hex.
        sha256: String,
        /// Where the bytes are kept.
        object: String,
        /// Where a copy without a location is kept, for what the public sees.
        public_object: Option<String>,
        /// Who handed it in.
        by: String,
        /// When.
        at: Timestamp,
        /// The case whose evidence it is, once it is one's.
        case: Option<i64>,
        /// When it is removed, as long as it is no case's evidence.
        expires_at: Option<Timestamp>,
    }
    index by_expiry(expires_at) "removing what no case refers to";
}

table! {
    /// What is kept once, however often it is handed in.
    pub static CONTENT = "content", Kept, key 1;
    /// Bytes in the object store.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ContentRow {
        /// SHA-256 of the bytes, hex.
        sha256: String,
        /// Counts changes: whoever refers to the bytes and whoever removes them cannot miss each other.
        version: i64,
        /// Where the bytes are kept; never used again for others once they are removed.
        object: String,
        /// Where a copy without a location is kept.
        public_object: Option<String>,
        /// How many attachments they are the bytes of.
        uses: i64,
    }
}

table! {
    /// Accounts of staff.
    pub static ACCOUNT = "account", Kept, key 1;
    /// An account.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AccountRow {
        /// Its id.
        id: i64,
        /// Counts changes.
        version: i64,
        /// The name to sign in with; unique (a claim holds it).
        login: String,
        /// The person's name.
        name: String,
        /// argon2id hash of the password, in PHC form.
        password: String,
        /// What it holds: an array of role and unit.
        grants: Json,
        /// Whether it may sign in.
        active: bool,
        /// Wrong passwords in a row.
        failures: i64,
        /// Until when it is locked.
        locked_until: Option<Timestamp>,
        /// When the password was set.
        password_set_at: Timestamp,
        /// Whether somebody else knows the password, because they set it.
        provisional: bool,
        /// Counts the times at which every session was ended; sessions of an earlier count are void.
        epoch: i64,
    }
}

table! {
    /// Sessions of people who have signed in.
    pub static SESSION = "session", Kept, key 1;
    /// A session.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SessionRow {
        /// SHA-256 of the token, hex: who steals the table cannot sign in with it.
        token_hash: String,
        /// The account.
        account: i64,
        /// The account's count when it began.
        epoch: i64,
        /// When it began.
        began_at: Timestamp,
        /// When it was last used; it ends some time after.
        used_at: Timestamp,
        /// When it ends at the latest.
        ends_at: Timestamp,
        /// Hash of what it is bound to: the program that began it and, where the policy says so, its address.
        bond: Option<String>,
    }
    index by_account(account) "the sessions of an account";
    index by_end(ends_at) "removing what has ended";
    reference account to ACCOUNT;
}

table! {
    /// Sources of packs and places by content hash; those that a record refers to are kept for ever.
    pub static SOURCE = "source", Kept, key 1;
    /// A set of files.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SourceRow {
        /// SHA-256 over the sorted files, hex.
        hash: String,
        /// The files: an object of path to text.
        files: Json,
    }
}

table! {
    /// Which sources were put into force, one after another.
    pub static IN_FORCE = "in_force", Derived, key 1;
    /// An activation.
    #[derive(Clone, Debug, PartialEq)]
    pub struct InForceRow {
        /// 1, 2, 3, …; the last is in force.
        number: i64,
        /// The sources.
        source: String,
        /// When they were put into force.
        at: Timestamp,
        /// By whom.
        by: String,
    }
    reference source to SOURCE;
}

table! {
    /// Which sources a model version was built from: with it a limit explains itself as it did on the day.
    pub static MODEL_VERSION = "model_version", Kept, key 1;
    /// A model version.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ModelVersionRow {
        /// The version that records keep.
        model: String,
        /// The district whose model it is.
        district: i64,
        /// The sources.
        source: String,
    }
    reference source to SOURCE;
}

table! {
    /// Where other systems want to be told.
    pub static WEBHOOK = "webhook", Kept, key 1;
    /// A subscription.
    #[derive(Clone, Debug, PartialEq)]
    pub struct WebhookRow {
        /// Its id.
        id: i64,
        /// Counts changes.
        version: i64,
        /// The district whose events it gets.
        district: i64,
        /// Where to post.
        url: String,
        /// Kinds of event, `noun.kind`; an array, empty for all.
        kinds: Json,
        /// Position in the journal after which events are told.
        since: i64,
        /// Which master key wraps the secret's key.
        key_id: String,
        /// The secret's own key, wrapped.
        wrapped_key: Vec<u8>,
        /// The secret that signs what is posted, sealed.
        sealed_secret: Vec<u8>,
        /// Whether anything is sent.
        active: bool,
    }
}

table! {
    /// The outbox: what is to be delivered, and what became of it.
    pub static DELIVERY = "delivery", Kept, key 2;
    /// A delivery.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeliveryRow {
        /// The webhook.
        webhook: i64,
        /// Position of the event in the journal; with the webhook the delivery's stable id.
        position: i64,
        /// Counts changes.
        version: i64,
        /// What is posted.
        body: Json,
        /// `waiting`, `delivered` or `given_up`.
        state: String,
        /// When it came into the outbox.
        queued_at: Timestamp,
        /// When it is tried next, while it waits.
        due: Option<Timestamp>,
        /// How often it was tried.
        attempts: i64,
        /// What came of the last attempt that failed: a code, and what belongs to it.
        last_reason: Option<String>,
        /// When it was last tried.
        last_at: Option<Timestamp>,
        /// When it was delivered; it is forgotten some time after.
        delivered_at: Option<Timestamp>,
    }
    index by_due(webhook, due) "what a webhook is sent next";
    index by_state(state) "failures first";
    index by_delivered(webhook, delivered_at) "forgetting what was delivered long ago";
    reference webhook to WEBHOOK;
}

table! {
    /// Imports: what was read, and what came of it, so far or in the end.
    pub static IMPORT = "import", Kept, key 1;
    /// An import of a file, the last one if it was read more than once.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ImportRow {
        /// Hash of the mapping and of the file.
        id: String,
        /// Where the records come from.
        source: String,
        /// Name of the file.
        file: String,
        /// When it began.
        at: Timestamp,
        /// Rows that are done, in the order of their times: an import that was interrupted goes on behind them.
        done: i64,
        /// Rows that became cases.
        imported: i64,
        /// Rows that were left out.
        rejected: i64,
        /// Rows whose cases had been there before.
        already: i64,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_declared_tables_are_a_schema() {
        assert!(super::schema().tables().len() > 16);
    }
}
