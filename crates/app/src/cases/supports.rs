//! People who add themselves to a published case (附议、我也遇到): it is counted, they follow the case, they hear the outcome.
//!
//! A noun of its own in the journal, and one row each, in the order in which they came: the last one's place is how many
//! there are. The case does not change by it, nor does any figure: who adds themselves has filed no demand, nothing is
//! owed to them by a limit, and they are not asked the three questions. What is known of them is a telephone number in
//! the vault, as a reporter's is.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use quanyu_domain::access::Actor;
use quanyu_domain::cases::{Case, may_be_supported};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_store::tables::HeldClaim;
use quanyu_store::{ChangeSet, Claim, Event, Expect, Json, NewEvent, Query, Records, Write, table};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::intake::Held;
use super::{Caller, Idempotency, unknown_case};
use crate::App;
use crate::error::{AppError, Failed, damaged};
use crate::people::Person;
use crate::rebuild::Applier;
use crate::tables::{PERSON, PersonRow};
use crate::vault::hex;

/// The noun of supports in the journal.
pub const SUPPORT_NOUN: &str = "support";

table! {
    /// People who added themselves to published cases (附议).
    pub static SUPPORT = "support", Derived, key 2;
    /// Somebody who added themselves to a case.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SupportRow {
        /// The case.
        case: i64,
        /// 1, 2, 3, … within the case: the last is how many there are.
        nth: i64,
        /// The number with which it is followed.
        id: i64,
        /// The district of the case.
        district: i64,
        /// What is known of who it was, by reference, as long as it is not erased.
        person: Option<i64>,
        /// When.
        at: Timestamp,
    }
    index by_number(id) "following one";
    index by_person(person) "adding oneself once";
}

/// The body of what the journal says of a support: the row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OfSupport {
    /// The case.
    pub case: Id,
    nth: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<Id>,
    added_at: Timestamp,
}

impl OfSupport {
    fn row(&self, district: i64, id: i64) -> SupportRow {
        SupportRow {
            case: self.case.0,
            nth: self.nth,
            id,
            district,
            person: self.person.map(|person| person.0),
            at: self.added_at,
        }
    }
}

/// Makes the rows anew from the journal.
pub(crate) struct Supports;

#[async_trait]
impl Applier for Supports {
    fn noun(&self) -> &'static str {
        SUPPORT_NOUN
    }

    async fn apply(&self, _app: &App, events: &[&Event]) -> Result<Vec<Write>, AppError> {
        // An erased one's row is said whole again, without the person: what was said last counts.
        let mut rows = BTreeMap::new();
        for event in events {
            let of: OfSupport = event.body.to().map_err(|fault| damaged("support", fault))?;
            rows.insert((of.case, of.nth), of.row(event.district, event.id));
        }
        Ok(rows.values().map(|row| Write::put(row, Expect::Any)).collect())
    }
}

/// What came of adding oneself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supported {
    /// The number with which it is followed.
    pub number: Id,
    /// The secret that goes with it.
    pub secret: String,
    /// How many have added themselves to the case.
    pub supporters: u64,
    /// Whether this request did it; `false` where an earlier one with the same key had.
    pub created: bool,
}

/// Somebody who added themselves, as the desk sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The number with which it is followed.
    pub number: Id,
    /// 1, 2, 3, … within the case.
    pub nth: u64,
    /// When.
    pub at: Timestamp,
    /// The telephone number under which they want to hear of it, masked.
    pub phone: Option<String>,
}

/// What a number with its secret opens.
#[derive(Debug, Clone, PartialEq)]
pub enum Followed {
    /// A case, to its reporter.
    Case(Box<Case>),
    /// A case to somebody who added themselves to it: what was published of it, and how it stands.
    Supported {
        /// The number that was asked with.
        number: Id,
        /// When they added themselves.
        at: Timestamp,
        /// The case.
        case: Box<Case>,
    },
}

/// How often it is tried while others add themselves to the same case: one of those who come at once gets through each time.
const ATTEMPTS: usize = 64;
/// How many people one number may be found for.
const MAX_FOUND: usize = 100;

impl App {
    /// Adds somebody without an account to a published case.
    ///
    /// # Errors
    /// A refusal: the case is not published or is closed, the number has added itself to it before, or is none.
    pub async fn support(
        &self,
        case: Id,
        phone: Option<&str>,
        key: Option<Idempotency>,
    ) -> Result<Supported, AppError> {
        let person = Person {
            phone: phone.map(str::to_owned),
            ..Person::default()
        };
        // Sealed once to learn whether the number is one.
        let phone_hash = self
            .sealed_person(person.clone(), Id(0))?
            .and(phone)
            .map(|phone| self.vault.phone_hash(phone));
        // The keyed hash stands for the number: a plain one could be guessed by trying all numbers.
        let told = format!("support/{case}/{}", phone_hash.as_deref().unwrap_or_default());
        let request = hex(&Sha256::digest(told.as_bytes()));
        if let Some(key) = &key {
            let claim = vec![key.space.into(), key.key.as_str().into()];
            // Whatever has become of the case since.
            if let Some(held) = self.store.record::<HeldClaim>(claim).await? {
                return self.held_support(&held.holds, &request).await;
            }
        }
        for _ in 0..ATTEMPTS {
            let case = self.published_case(case).await?;
            may_be_supported(&case)?;
            // Read before the number is looked for: whoever adds themselves meanwhile takes the place, and it is looked for anew.
            let nth = self.last_nth(case.id).await? + 1;
            if let Some(hash) = &phone_hash {
                self.must_be_new(case.id, hash).await?;
            }
            let now = self.now();
            let number = self.ids.mint(now);
            let person_id = self.ids.mint(now);
            let sealed = self.sealed_person(person.clone(), person_id)?;
            let of = OfSupport {
                case: case.id,
                nth,
                person: sealed.as_ref().map(|_| person_id),
                added_at: now,
            };
            let district = i64::from(case.district.0);
            let mut set = ChangeSet::new()
                .event(support_event(&of, district, number, "added", &Actor::Reporter, now)?)
                .write(Write::insert(&of.row(district, number.0)));
            set.writes.extend(sealed);
            if let Some(key) = &key {
                let held = Held {
                    request: request.clone(),
                    case: number,
                };
                set.claims.push(Claim {
                    space: key.space.to_owned(),
                    key: key.key.clone(),
                    holds: Json::of(&held).map_err(|fault| damaged("claim", fault))?,
                });
            }
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return Ok(self.supported(number, nth, true)),
                Err(Failed::Conflict) => {}
                Err(Failed::Held(_, held)) => return self.held_support(&held, &request).await,
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(AppError::Refused(Refusal::not_now(
            "busy",
            "附议的人正多，请稍后重试",
            "many people are adding themselves at once: try again",
        )))
    }

    fn supported(&self, number: Id, nth: i64, created: bool) -> Supported {
        Supported {
            number,
            secret: self.vault.tracking_secret(number),
            supporters: count(nth),
            created,
        }
    }

    /// What an earlier request with the same key did.
    async fn held_support(&self, held: &Json, request: &str) -> Result<Supported, AppError> {
        let held: Held = held.to().map_err(|fault| damaged("claim", fault))?;
        if held.request != request {
            return Err(AppError::KeyReused);
        }
        let row = self.support_row(held.case).await?.ok_or_else(|| {
            AppError::Internal(format!("a claim names the support {}, which does not exist", held.case))
        })?;
        let nth = self.last_nth(Id(row.case)).await?;
        Ok(self.supported(held.case, nth, false))
    }

    async fn last_nth(&self, case: Id) -> Result<i64, AppError> {
        let query = Query::by_key(&SUPPORT, 1).equal(case.0).descending();
        let last: Vec<SupportRow> = self.store.page(&query).await?;
        Ok(last.first().map_or(0, |row| row.nth))
    }

    async fn support_row(&self, number: Id) -> Result<Option<SupportRow>, AppError> {
        let query = Query::by_index(&SUPPORT, "by_number", 1).equal(number.0);
        Ok(self.store.page(&query).await?.pop())
    }

    /// Refuses a telephone number that has added itself to the case before.
    async fn must_be_new(&self, case: Id, phone_hash: &str) -> Result<(), AppError> {
        let query = Query::by_index(&PERSON, "by_phone", MAX_FOUND)
            .equal(phone_hash)
            .descending();
        let people: Vec<PersonRow> = self.store.page(&query).await?;
        for person in people {
            let query = Query::by_index(&SUPPORT, "by_person", 1).equal(person.id);
            let own: Vec<SupportRow> = self.store.page(&query).await?;
            if own.iter().any(|row| row.case == case.0) {
                return Err(Refusal::not_now(
                    "already_supported",
                    "该号码已附议过此案件，无需重复附议",
                    "this number has been added to the case before: once is enough",
                )
                .into());
            }
        }
        Ok(())
    }

    /// How many have added themselves to a case.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn supporters(&self, case: Id) -> Result<u64, AppError> {
        Ok(count(self.last_nth(case).await?))
    }

    /// Those who added themselves to a case, in their order, after a place; numbers are masked.
    ///
    /// # Errors
    /// When the caller may not see the case.
    pub async fn supports(
        &self,
        caller: &Caller,
        case: Id,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Support>, AppError> {
        let case = self.case(caller, case).await?;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let query = Query::by_key(&SUPPORT, limit)
            .equal(case.id.0)
            .after(vec![case.id.0.into(), after.into()]);
        let rows: Vec<SupportRow> = self.store.page(&query).await?;
        let mut supports = Vec::with_capacity(rows.len());
        for row in rows {
            let person = self.masked_person(row.person.map(Id)).await?;
            supports.push(Support {
                number: Id(row.id),
                nth: count(row.nth),
                at: row.at,
                phone: person.and_then(|person| person.phone),
            });
        }
        Ok(supports)
    }

    /// The telephone number of somebody who added themselves, for a purpose, which the journal keeps.
    ///
    /// # Errors
    /// When there is no purpose, or nobody of this number added themselves to the case.
    pub async fn reveal_supporter(
        &self,
        caller: &Caller,
        case: &Case,
        number: Id,
        purpose: &str,
    ) -> Result<Option<Person>, AppError> {
        let row = self.support_row(number).await?.filter(|row| row.case == case.id.0);
        let row = row.ok_or_else(unknown_case)?;
        let Some(person) = row.person else { return Ok(None) };
        self.reveal(caller, Id(person), case, purpose).await
    }

    /// What a number opens to whoever holds its secret.
    ///
    /// # Errors
    /// When number and secret do not belong together; it costs the same whether there is such a number.
    pub async fn followed(&self, number: Id, secret: &str) -> Result<Followed, AppError> {
        let support = self.support_row(number).await?;
        let case = self.follow(number, secret).await;
        // The secret is judged by the number alone: it holds for what has the number, whichever that is.
        let (Err(_), Some(row)) = (&case, support) else {
            return case.map(|case| Followed::Case(Box::new(case)));
        };
        if !self.vault.is_tracking_secret(number, secret) {
            return case.map(|case| Followed::Case(Box::new(case)));
        }
        let case = self.load_case(&self.rules(), None, Id(row.case)).await?;
        let case = case.ok_or_else(|| AppError::Internal(format!("a support names the case {}", row.case)))?;
        Ok(Followed::Supported {
            number,
            at: row.at,
            case: Box::new(case),
        })
    }

    /// What erasing somebody who added themselves amounts to; `None` where nobody of this number did. That somebody did
    /// stays, and stays counted.
    pub(crate) async fn forget_supporter(&self, caller: &Caller, number: Id) -> Result<Option<Forgotten>, AppError> {
        let Some(row) = self.support_row(number).await? else {
            return Ok(None);
        };
        let of = OfSupport {
            case: Id(row.case),
            nth: row.nth,
            person: None,
            added_at: row.at,
        };
        let set = ChangeSet::new()
            .event(support_event(
                &of,
                row.district,
                number,
                "erased",
                &caller.actor,
                self.now(),
            )?)
            .write(Write::put(&of.row(row.district, number.0), Expect::Any));
        Ok(Some(Forgotten {
            person: row.person.map(Id),
            district: row.district,
            set,
        }))
    }
}

/// What is left to be committed when somebody who added themselves is erased.
pub(crate) struct Forgotten {
    /// The person whose values are to go.
    pub person: Option<Id>,
    /// The district of the case.
    pub district: i64,
    /// What is said of the support itself.
    pub set: ChangeSet,
}

fn support_event(
    of: &OfSupport,
    district: i64,
    number: Id,
    kind: &str,
    by: &Actor,
    at: Timestamp,
) -> Result<NewEvent, AppError> {
    Ok(NewEvent {
        district,
        noun: SUPPORT_NOUN.to_owned(),
        id: number.0,
        kind: kind.to_owned(),
        actor: by.reference().to_string(),
        at,
        reason: None,
        body: Json::of(of).map_err(|fault| damaged("support", fault))?,
    })
}

fn count(nth: i64) -> u64 {
    u64::try_from(nth).unwrap_or_default()
}
