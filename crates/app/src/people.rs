//! People who report: personal values sealed in the vault, referred to by id.

use quanyu_domain::access::{ActorRef, Role};
use quanyu_domain::cases::{Case, SaidRef};
use quanyu_domain::ids::Id;
use quanyu_domain::model::Performer;
use quanyu_domain::refusal::Refusal;
use quanyu_store::value::canonical_text;
use quanyu_store::{ChangeSet, Json, NewEvent, Query, Records, Write};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::cases::{Caller, case_of, kept};
use crate::error::{AppError, Failed, damaged};
use crate::masking::{masked_name, masked_phone};
use crate::tables::{CASE, CaseRow, PERSON, PersonRow};
use crate::vault::Sealed;

/// The noun of people in the journal.
pub(crate) const PERSON_NOUN: &str = "person";
/// The district under which what was said of people is kept: they belong to none.
pub(crate) const OF_PEOPLE: i64 = 0;

/// The body of what the journal says of a person.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OfPerson {
    /// What for somebody looked at the person, kept where it can be erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<SaidRef>,
    /// The cases that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Id>,
}

/// What is known of a person. All of it is sealed; only the id leaves the vault.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Address, where it differs from the place of the case.
    pub address: Option<String>,
}

/// The roles that speak with reporters: towards a case they may have its reporter revealed, and its texts are not masked.
pub const SPEAKING: &[Role] = &[
    Role::Operator,
    Role::Dispatcher,
    Role::Handler,
    Role::Verifier,
    Role::CallBackClerk,
    Role::GridWorker,
];

/// Longest of each, in characters.
const MAX_FIELD: usize = 200;
/// How many people one number may be found for, and how many of their cases are shown.
const MAX_FOUND: usize = 50;

impl Person {
    fn checked(self) -> Result<Option<Self>, Refusal> {
        let field = |text: Option<String>| match text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) {
            Some(text) if text.chars().count() > MAX_FIELD => Err(Refusal::invalid(
                "text_too_long",
                "reporter",
                format!("诉求人信息每项至多 {MAX_FIELD} 字"),
                format!("each field of `reporter` has at most {MAX_FIELD} characters"),
            )),
            Some(text) => canonical_text(&text).map(Some).map_err(|fault| {
                Refusal::invalid(
                    "text_not_allowed",
                    "reporter",
                    "文字含有不允许的字符",
                    fault.to_string(),
                )
            }),
            None => Ok(None),
        };
        let person = Self {
            name: field(self.name)?,
            phone: field(self.phone)?,
            email: field(self.email)?,
            address: field(self.address)?,
        };
        let digits = person
            .phone
            .as_ref()
            .map(|p| p.chars().filter(char::is_ascii_digit).count());
        if digits.is_some_and(|digits| !(3..=20).contains(&digits)) {
            return Err(Refusal::invalid(
                "not_a_phone_number",
                "reporter.phone",
                "电话号码应有 3 至 20 位数字",
                "a telephone number has 3 to 20 digits",
            ));
        }
        let is_mail = |mail: &str| {
            mail.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && host.contains('.') && !mail.contains(char::is_whitespace)
            })
        };
        if person.email.as_deref().is_some_and(|mail| !is_mail(mail)) {
            return Err(Refusal::invalid(
                "not_a_mail_address",
                "reporter.email",
                "电子邮箱格式错误，形如 name@example.com",
                "an e-mail address looks like name@example.com",
            ));
        }
        Ok((person != Self::default()).then_some(person))
    }
}

impl App {
    /// Whether a caller may have the reporter of a case revealed; who may not is shown its texts with numbers masked.
    pub fn may_reveal(&self, caller: &Caller, case: &Case) -> bool {
        let standing = caller.actor.standing(case, &self.rules().tree);
        let speaks = |role: &Role| standing.contains(&Performer::Role(*role));
        SPEAKING.iter().any(speaks) || standing.contains(&Performer::REPORTER)
    }

    /// Who reported a case, so far that somebody who knows them recognises them: 张*, 138****1234.
    ///
    /// # Errors
    /// When the vault does not hold the key.
    pub async fn masked_reporter(&self, case: &Case) -> Result<Option<Person>, AppError> {
        self.masked_person(case.reporter).await
    }

    /// The same of any person.
    pub(crate) async fn masked_person(&self, person: Option<Id>) -> Result<Option<Person>, AppError> {
        let Some(id) = person else { return Ok(None) };
        let row = self.store.record::<PersonRow>(vec![id.0.into()]).await?;
        let person = row.map(|row| self.opened(row)).transpose()?;
        Ok(person.map(|person| Person {
            name: person.name.as_deref().map(masked_name),
            phone: person.phone.as_deref().map(masked_phone),
            email: None,
            address: None,
        }))
    }

    /// Seals a person; the write belongs into the change set that refers to the id. `None` for somebody of whom nothing
    /// is known (匿名).
    pub(crate) fn sealed_person(&self, person: Person, id: Id) -> Result<Option<Write>, AppError> {
        let Some(person) = person.checked()? else {
            return Ok(None);
        };
        let plain = serde_json::to_vec(&person).map_err(|fault| damaged("person", fault))?;
        let Sealed {
            key_id,
            wrapped_key,
            sealed,
        } = self.vault.seal(&plain);
        let phone_hash = person.phone.as_deref().map(|phone| self.vault.phone_hash(phone));
        Ok(Some(Write::insert(&PersonRow {
            id: id.0,
            phone_hash,
            key_id,
            wrapped_key,
            sealed,
        })))
    }

    /// Opens a person's values for a purpose, which the journal keeps.
    ///
    /// # Errors
    /// When there is no purpose, the person was erased, or the vault holds another key.
    pub async fn reveal_person(&self, caller: &Caller, case: &Case, purpose: &str) -> Result<Option<Person>, AppError> {
        match case.reporter {
            Some(id) => self.reveal(caller, id, case, purpose).await,
            None => Ok(None),
        }
    }

    /// Opens the values of somebody who has to do with a case.
    pub(crate) async fn reveal(
        &self,
        caller: &Caller,
        id: Id,
        case: &Case,
        purpose: &str,
    ) -> Result<Option<Person>, AppError> {
        self.journal_access(
            caller,
            "revealed",
            id,
            i64::from(case.district.0),
            purpose,
            Some(case.id),
        )
        .await?;
        let Some(row) = self.store.record::<PersonRow>(vec![id.0.into()]).await? else {
            return Ok(None);
        };
        self.opened(row).map(Some)
    }

    /// What is known of who reported a case, for finding it in a text; nobody is shown it.
    pub(crate) async fn known_of_reporter(&self, case: &Case) -> Result<Vec<String>, AppError> {
        let Some(id) = case.reporter else { return Ok(Vec::new()) };
        let row = self.store.record::<PersonRow>(vec![id.0.into()]).await?;
        let Some(person) = row.map(|row| self.opened(row)).transpose()? else {
            return Ok(Vec::new());
        };
        Ok([person.name, person.phone, person.address]
            .into_iter()
            .flatten()
            .collect())
    }

    /// A person's values.
    fn opened(&self, row: PersonRow) -> Result<Person, AppError> {
        let sealed = Sealed {
            key_id: row.key_id,
            wrapped_key: row.wrapped_key,
            sealed: row.sealed,
        };
        let plain = self.vault.open(&sealed).map_err(|fault| damaged("person", fault))?;
        serde_json::from_slice(&plain).map_err(|fault| damaged("person", fault))
    }

    /// The earlier cases of whoever calls from a number, newest first, as far as the caller may see them. The look-up
    /// is journalled.
    ///
    /// # Errors
    /// When the number is none, or no purpose is given.
    pub async fn cases_of_phone(&self, caller: &Caller, phone: &str, purpose: &str) -> Result<Vec<Case>, AppError> {
        let number = Person {
            phone: Some(phone.to_owned()),
            ..Person::default()
        };
        let Some(number) = number.checked()?.and_then(|person| person.phone) else {
            return Ok(Vec::new());
        };
        let rules = self.rules();
        let query = Query::by_index(&PERSON, "by_phone", MAX_FOUND)
            .equal(self.vault.phone_hash(&number))
            .descending();
        let people: Vec<PersonRow> = self.store.page(&query).await?;
        let district = caller.home(&rules).map_or(0, |district| i64::from(district.0));
        self.journal_access(
            caller,
            "looked_up",
            people.first().map_or(Id(0), |p| Id(p.id)),
            district,
            purpose,
            None,
        )
        .await?;
        let mut found = Vec::new();
        for person in people {
            let query = Query::by_index(&CASE, "by_reporter", MAX_FOUND)
                .equal(person.id)
                .descending();
            for row in self.store.page::<CaseRow>(&query).await? {
                let case = case_of(&row)?;
                if !caller.actor.standing(&case, &rules.tree).is_empty() {
                    found.push(case);
                }
            }
        }
        found.sort_by_key(|case| std::cmp::Reverse(case.id));
        found.truncate(MAX_FOUND);
        Ok(found)
    }

    async fn journal_access(
        &self,
        caller: &Caller,
        kind: &str,
        person: Id,
        district: i64,
        purpose: &str,
        case: Option<Id>,
    ) -> Result<(), AppError> {
        let purpose = purpose.trim();
        if purpose.is_empty() || purpose.chars().count() > MAX_FIELD {
            return Err(Refusal::invalid(
                "purpose_missing",
                "purpose",
                format!("请写明查询用途（至多 {MAX_FIELD} 字）"),
                format!("say what it is for, in at most {MAX_FIELD} characters"),
            )
            .into());
        }
        let ActorRef::Account(_) = caller.actor.reference() else {
            return Err(AppError::Unauthenticated);
        };
        let number = self.ids.mint(self.now());
        let of = (PERSON_NOUN, person);
        let (purpose, row) = kept(self.random.as_ref(), OF_PEOPLE, of, (number.0, 0), purpose)?;
        let told = OfPerson {
            purpose: Some(purpose),
            cases: case.into_iter().collect(),
        };
        let event = NewEvent {
            district,
            noun: PERSON_NOUN.to_owned(),
            id: person.0,
            kind: kind.to_owned(),
            actor: caller.actor.reference().to_string(),
            at: self.now(),
            reason: None,
            body: Json::of(&told).map_err(|fault| damaged("access", fault))?,
        };
        match self
            .store
            .commit(ChangeSet::new().event(event).write(Write::insert(&row)))
            .await
            .map_err(Failed::from)
        {
            Ok(_) => Ok(()),
            Err(Failed::Fatal(fault)) => Err(fault),
            // Its row has a number of its own.
            Err(Failed::Conflict | Failed::Held(..)) => Err(AppError::Internal("a fresh purpose conflicted".into())),
        }
    }
}
