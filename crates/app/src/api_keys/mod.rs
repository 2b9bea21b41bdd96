//! API keys (接口密钥): what other systems prove themselves with, kept by the system administrator.
//!
//! A key is `quanyu-`, its number and 32 random bytes; it is shown once and only its hash is kept. It opens what its
//! rights name, in its districts, until it is revoked or its time is up. When it was last used is kept to the hour.

mod cases;
mod table;

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use quanyu_domain::access::Role;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::value::canonical_text;
use quanyu_store::{ChangeSet, Expect, Json, NewEvent, Query, Records, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::rules::Rules;
use crate::scan::every;
use crate::vault::hex;

pub use cases::{FiledWindow, KeyFiling};
pub use table::{API_KEY, ApiKeyRow, FILED_WITH, FiledWithRow};

/// The noun of keys in the journal.
pub const KEY_NOUN: &str = "api_key";
/// What every key begins with, so that one that leaked is recognised.
const PREFIX: &str = "quanyu-";
/// Random bytes of a key.
const SECRET_BYTES: usize = 32;
/// Most keys of one installation.
const MAX_KEYS: usize = 1000;
/// Longest name, in characters.
const MAX_NAME: usize = 100;
/// How exactly it is kept when a key was last used.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How often a change is tried anew when somebody else is quicker.
const ATTEMPTS: usize = 8;

/// What a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRight {
    /// Filing requests over Open311.
    Open311File,
    /// Seeing over Open311 what was filed with the same key, whether it is published or not.
    Open311ReadOwn,
}

impl KeyRight {
    /// Every right.
    pub const ALL: [Self; 2] = [Self::Open311File, Self::Open311ReadOwn];

    /// The name used in the API, the command line and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open311File => "open311_file",
            Self::Open311ReadOwn => "open311_read_own",
        }
    }

    /// The right of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.name() == name)
    }
}

/// What a key shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyDraft {
    /// Who it is for, in words.
    pub name: String,
    /// The districts in which it holds; a city stands for all of its districts.
    pub districts: BTreeSet<DistrictId>,
    /// What it opens.
    pub rights: BTreeSet<KeyRight>,
    /// When it ends; `None`: not by itself.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A key, without what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Its number.
    pub id: Id,
    /// Counts changes.
    pub version: i64,
    /// What it is.
    #[serde(flatten)]
    pub draft: KeyDraft,
    /// Whether it holds.
    pub active: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key holds in a district.
    pub fn reaches(&self, district: DistrictId) -> bool {
        let city = DistrictId(district.0 / 100 * 100);
        self.draft.districts.contains(&district) || self.draft.districts.contains(&city)
    }

    /// Whether the key opens something.
    pub fn may(&self, right: KeyRight) -> bool {
        self.draft.rights.contains(&right)
    }
}

/// A key that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeKey {
    /// The key.
    pub key: ApiKey,
    /// What proves it; nobody can read it again.
    pub token: String,
}

impl fmt::Debug for MadeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token: answers get into logs.
        f.debug_struct("MadeKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Makes a key.
    ///
    /// # Errors
    /// When the caller is no system administrator over every district, or the draft does not make sense.
    pub async fn make_key(&self, caller: &Caller, draft: KeyDraft) -> Result<MadeKey, AppError> {
        let now = self.now();
        let draft = checked(&self.rules(), caller, draft, now)?;
        if self.key_rows().await?.len() >= MAX_KEYS {
            return Err(Refusal::not_now(
                "too_many_keys",
                format!("至多 {MAX_KEYS} 个接口密钥，请先清理不用的"),
                format!("there are {MAX_KEYS} keys already"),
            )
            .into());
        }
        let mut secret = [0; SECRET_BYTES];
        self.random.fill(&mut secret);
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let row = ApiKeyRow {
            id: self.ids.mint(now).0,
            version: 1,
            secret_hash: hash(&secret),
            body: json(&draft)?,
            active: true,
            made_at: now,
            used_at: None,
        };
        let set = ChangeSet::new()
            .event(event(caller, &row, &draft, "made", now, json(&draft)?)?)
            .write(Write::insert(&row));
        match self.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => Ok(MadeKey {
                token: format!("{PREFIX}{:018}-{secret}", row.id),
                key: key_of(row)?,
            }),
            Err(Failed::Fatal(fault)) => Err(fault),
            Err(Failed::Conflict | Failed::Held(..)) => Err(busy()),
        }
    }

    /// The keys within the caller's reach, the oldest first.
    ///
    /// # Errors
    /// When the caller is no system administrator.
    pub async fn keys(&self, caller: &Caller) -> Result<Vec<ApiKey>, AppError> {
        must_manage(caller)?;
        let rules = self.rules();
        let keys: Vec<ApiKey> = self
            .key_rows()
            .await?
            .into_iter()
            .map(key_of)
            .collect::<Result<_, _>>()?;
        let within = |key: &ApiKey| must_reach(&rules, caller, &key.draft.districts).is_ok();
        Ok(keys.into_iter().filter(within).collect())
    }

    /// Revokes a key, or lets it hold again.
    ///
    /// # Errors
    /// When the caller is no system administrator over it, there is none, or it has changed since it was seen.
    pub async fn set_key_active(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        active: bool,
    ) -> Result<ApiKey, AppError> {
        must_manage(caller)?;
        for _ in 0..ATTEMPTS {
            let row: ApiKeyRow = self.store.record(vec![id.0.into()]).await?.ok_or_else(unknown_key)?;
            let key = key_of(row.clone())?;
            must_reach(&self.rules(), caller, &key.draft.districts).map_err(|_| unknown_key())?;
            if seen.is_some_and(|seen| seen != row.version) {
                return Err(AppError::Stale { current: row.version });
            }
            if row.active == active {
                return Ok(key);
            }
            let after = ApiKeyRow {
                version: row.version + 1,
                active,
                ..row
            };
            let kind = if active { "reinstated" } else { "revoked" };
            let set = ChangeSet::new()
                .event(event(caller, &after, &key.draft, kind, self.now(), Json::empty())?)
                .write(Write::update(&after, row.version));
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return key_of(after),
                Err(Failed::Conflict) => {}
                Err(Failed::Held(..)) => return Err(busy()),
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// The key that a token proves. Notes, at most once an hour, that it is in use.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when it proves none, or one that was revoked or whose time is up: all alike.
    pub async fn key_of_token(&self, token: &str) -> Result<ApiKey, AppError> {
        let (id, secret) = token
            .trim()
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_at_checked(18))
            .and_then(|(id, rest)| Some((id.parse::<Id>().ok()?, rest.strip_prefix('-')?)))
            .ok_or(AppError::Unauthenticated)?;
        let row: Option<ApiKeyRow> = self.store.record(vec![id.0.into()]).await?;
        // The hashes of 32 random bytes: comparing them tells nobody anything by the time it takes.
        let row = row
            .filter(|row| row.secret_hash == hash(secret) && row.active)
            .ok_or(AppError::Unauthenticated)?;
        let (now, used_at) = (self.now(), row.used_at);
        let key = key_of(row.clone())?;
        if key.draft.expires_at.is_some_and(|end| now >= end) {
            return Err(AppError::Unauthenticated);
        }
        if used_at.is_none_or(|used| now.duration_since(used) >= TOUCH_EVERY) {
            let used = ApiKeyRow {
                version: row.version + 1,
                used_at: Some(now),
                ..row
            };
            let set = ChangeSet::new().write(Write::put(&used, Expect::Version(row.version)));
            // Somebody else noted it, or the store cannot write now: the key holds all the same.
            if let Err(fault) = self.store.commit(set).await {
                tracing::debug!(%fault, "could not note that a key is in use");
            }
        }
        Ok(key)
    }

    async fn key_rows(&self) -> Result<Vec<ApiKeyRow>, AppError> {
        Ok(every(self.store.as_ref(), Query::by_key(&API_KEY, MAX_KEYS)).await?)
    }
}

fn checked(rules: &Rules, caller: &Caller, draft: KeyDraft, now: Timestamp) -> Result<KeyDraft, Refusal> {
    must_manage(caller)?;
    let name = canonical_text(draft.name.trim()).unwrap_or_default();
    if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "bad_name",
            "name",
            format!("名称应为 1 至 {MAX_NAME} 字，不含控制字符，例如“市民应用”"),
            format!("a name has 1 to {MAX_NAME} characters, none of them control characters"),
        ));
    }
    if draft.rights.is_empty() {
        return Err(Refusal::invalid(
            "rights_missing",
            "rights",
            "请至少选择一项权限",
            "name at least one right",
        ));
    }
    if draft.districts.is_empty() {
        return Err(Refusal::invalid(
            "districts_missing",
            "districts",
            "请至少选择一个区县",
            "name at least one district",
        ));
    }
    let known = rules.case_districts();
    if let Some(unknown) = draft.districts.iter().find(|district| !known.contains(district)) {
        return Err(Refusal::invalid(
            "unknown_district",
            "districts",
            format!("没有区划 {unknown}"),
            format!("there is no district {unknown}"),
        ));
    }
    must_reach(rules, caller, &draft.districts)?;
    if draft.expires_at.is_some_and(|end| end <= now) {
        return Err(Refusal::invalid(
            "expired_already",
            "expires_at",
            "到期时间须晚于现在",
            "the key would have expired already: name a time to come",
        ));
    }
    Ok(KeyDraft {
        name,
        expires_at: draft.expires_at.map(quanyu_store::value::whole_microseconds),
        ..draft
    })
}

fn must_manage(caller: &Caller) -> Result<(), Refusal> {
    if *caller == Caller::program() {
        Ok(())
    } else {
        caller.must_hold(Role::SystemAdmin)
    }
}

/// Refuses districts beyond the area of an administrator.
fn must_reach(rules: &Rules, caller: &Caller, districts: &BTreeSet<DistrictId>) -> Result<(), Refusal> {
    if *caller == Caller::program() {
        return Ok(());
    }
    let held = caller
        .actor
        .grants()
        .iter()
        .filter(|grant| grant.role == Role::SystemAdmin);
    let areas: Vec<UnitCode> = held.filter_map(|grant| rules.tree.area_of(&grant.unit)).collect();
    let reached = |district: &DistrictId| {
        let unit: Option<UnitCode> = format!("{district}000000").parse().ok();
        unit.is_some_and(|unit| areas.iter().any(|area| rules.tree.is_within(&unit, area)))
    };
    match districts.iter().find(|district| !reached(district)) {
        None => Ok(()),
        Some(beyond) => Err(Refusal::forbidden(
            "beyond_your_area",
            format!("区划 {beyond} 不在您的管理范围内"),
            format!("the district {beyond} lies beyond what you administer"),
        )),
    }
}

fn key_of(row: ApiKeyRow) -> Result<ApiKey, AppError> {
    Ok(ApiKey {
        id: Id(row.id),
        version: row.version,
        draft: row.body.to().map_err(|fault| damaged("key", fault))?,
        active: row.active,
        made_at: row.made_at,
        used_at: row.used_at,
    })
}

fn event(
    caller: &Caller,
    row: &ApiKeyRow,
    draft: &KeyDraft,
    kind: &str,
    at: Timestamp,
    body: Json,
) -> Result<NewEvent, AppError> {
    let district = draft.districts.first().map_or(0, |district| i64::from(district.0));
    Ok(NewEvent {
        district,
        noun: KEY_NOUN.to_owned(),
        id: row.id,
        kind: kind.to_owned(),
        actor: caller.actor.reference().to_string(),
        at,
        reason: None,
        body,
    })
}

/// What is kept of a key.
fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn json(value: &impl Serialize) -> Result<Json, AppError> {
    Json::of(value).map_err(|fault| damaged("key", fault))
}

fn unknown_key() -> Refusal {
    Refusal::not_found(
        "unknown_key",
        "没有这个密钥，或不在您的管理范围内",
        "there is no such key, or it lies beyond what you administer",
    )
}

fn busy() -> AppError {
    Refusal::not_now(
        "busy",
        "密钥正被他人修改，请稍后重试",
        "somebody else is changing this key: try again",
    )
    .into()
}
