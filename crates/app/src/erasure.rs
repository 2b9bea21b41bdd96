//! Erasing (删除个人信息, 个人信息保护法 art. 47): the key of a person and the texts of their cases go; the history stays whole.
//!
//! The journal holds references and hashes, so that it is verified and rebuilt as before. What it refers to goes: the
//! values of the person, the texts, everything that was said of the cases and of the person (places in words, reasons,
//! notes, purposes), the files of the cases. Why somebody was erased stays, and may name nobody.

use std::collections::BTreeSet;

use quanyu_domain::access::{Actor, ActorRef, Role};
use quanyu_domain::cases::{Case, CaseEvent, CaseFact, Command, MAX_REASON, TextRef, decide};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_store::tables::{CURSOR, Cursor};
use quanyu_store::value::canonical_text;
use quanyu_store::{ChangeSet, Expect, Json, NewEvent, Query, Record, Records, Write};

use crate::App;
use crate::cases::{CASE_NOUN, Caller, SAID, case_of, change_set, texts_of};
use crate::error::{AppError, Failed, damaged};
use crate::masking::redacted;
use crate::people::{OF_PEOPLE, OfPerson, PERSON_NOUN};
use crate::tables::{ATTACHMENT, CASE, CaseRow, PERSON, PersonRow, TEXT};

/// The name under which the store knows that it is to be scrubbed.
const SCRUB: &str = "scrub";
/// Most cases of one person that are erased at once.
const MAX_CASES: usize = 1_000;
/// Events of one case that are read for the texts that they refer to.
const MAX_EVENTS: usize = 2_000;
/// How often it is tried while others change the same cases.
const ATTEMPTS: usize = 8;

impl App {
    /// Erases who reported a case: the key of the person, and the texts of every case that the person reported; of an
    /// anonymous case its own texts. Returns the cases.
    ///
    /// # Errors
    /// When the caller is no security administrator, there is no such case, or no reason is given.
    pub async fn erase(&self, caller: &Caller, id: Id, reason: &str) -> Result<Vec<Id>, AppError> {
        if caller.actor != Actor::Program {
            caller.must_hold(Role::SecurityAdmin)?;
        }
        let rules = self.rules();
        for _ in 0..ATTEMPTS {
            let Some(case) = self.load_case(&rules, None, id).await? else {
                return self.erase_supporter(caller, id, reason).await;
            };
            let known = self.known_of_reporter(&case).await?;
            must_name_nobody(reason, &known)?;
            let (cases, mut set) = match case.reporter {
                Some(person) => (self.cases_of_person(person).await?, self.forget_person(person).await?),
                None => (vec![case], ChangeSet::new()),
            };
            for case in &cases {
                let context = rules.context(case.district, self.now())?;
                let command = Command::Erase {
                    reason: reason.to_owned(),
                };
                let mut decided = decide(&context, case, &Actor::Program, command)?;
                let of_case = change_set(self.random.as_ref(), Some(case), &mut decided)?;
                set.events.extend(of_case.events);
                set.writes.extend(of_case.writes);
                set.writes
                    .extend(self.unsay(i64::from(case.district.0), CASE_NOUN, case.id).await?);
                for text in self.every_text_of(case).await? {
                    let key = vec![i64::from(case.district.0).into(), text.0.into()];
                    set.writes.push(Write::delete(&TEXT, key, Expect::Any));
                }
            }
            let erased: Vec<Id> = cases.iter().map(|case| case.id).collect();
            // Files go first: should this break off, the next attempt still knows whose cases they are.
            for case in &cases {
                self.remove_attachments_of(case).await?;
            }
            set.events.push(self.erasure_event(
                caller.actor.reference(),
                cases[0].reporter,
                &cases[0],
                &erased,
                reason,
            )?);
            set.writes.push(self.scrub_is_due());
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    self.scrub_now_or_later().await;
                    return Ok(erased);
                }
                Err(Failed::Conflict) => {}
                Err(Failed::Held(space, _)) => {
                    return Err(AppError::Internal(format!("erasing holds no claim in {space}")));
                }
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// Erases what is known of somebody who added themselves to a published case (附议); returns no cases, for none of theirs
    /// was touched.
    async fn erase_supporter(&self, caller: &Caller, number: Id, reason: &str) -> Result<Vec<Id>, AppError> {
        must_name_nobody(reason, &[])?;
        let reason = sound(reason)?;
        for _ in 0..ATTEMPTS {
            let Some(forgotten) = self.forget_supporter(caller, number).await? else {
                return Err(Refusal::not_found("unknown_case", "没有这个案件", "there is no such case").into());
            };
            let mut set = forgotten.set;
            if let Some(person) = forgotten.person {
                let of_person = self.forget_person(person).await?;
                set.events.extend(of_person.events);
                set.writes.extend(of_person.writes);
            }
            set.events.push(NewEvent {
                district: forgotten.district,
                noun: PERSON_NOUN.to_owned(),
                id: forgotten.person.map_or(0, |person| person.0),
                kind: "erased".to_owned(),
                actor: caller.actor.reference().to_string(),
                at: self.now(),
                reason: Some(reason.clone()),
                body: Json::of(&OfPerson::default()).map_err(|fault| damaged("erasure", fault))?,
            });
            set.writes.push(self.scrub_is_due());
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    self.scrub_now_or_later().await;
                    return Ok(Vec::new());
                }
                Err(Failed::Conflict) => {}
                Err(Failed::Held(space, _)) => {
                    return Err(AppError::Internal(format!("erasing holds no claim in {space}")));
                }
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// Says, in the same transaction as an erasure, that the engine is to be scrubbed.
    fn scrub_is_due(&self) -> Write {
        let since = Cursor {
            name: SCRUB.to_owned(),
            position: self.now().as_microsecond(),
        };
        Write::put(&since, Expect::Any)
    }

    /// What was erased is gone for everybody; that it is gone from the engine's files may have to wait until nobody reads.
    async fn scrub_now_or_later(&self) {
        if let Err(fault) = self.scrub_what_is_due().await {
            tracing::warn!(%fault, "what was erased is still in files of the database; it is scrubbed later");
        }
    }

    /// Scrubs what earlier erasures left in the engine's files, where any did.
    ///
    /// # Errors
    /// When the engine cannot do it now.
    pub async fn scrub_what_is_due(&self) -> Result<(), AppError> {
        let Some(due) = self.store.record::<Cursor>(vec![SCRUB.into()]).await? else {
            return Ok(());
        };
        self.store.scrub(&[&TEXT, &SAID, &PERSON, &ATTACHMENT]).await?;
        // Somebody erased meanwhile: theirs is left.
        let done = Write::delete(&CURSOR, vec![SCRUB.into()], Expect::Same(due.to_row()));
        match self
            .store
            .commit(ChangeSet::new().write(done))
            .await
            .map_err(Failed::from)
        {
            Ok(_) | Err(Failed::Conflict | Failed::Held(..)) => Ok(()),
            Err(Failed::Fatal(fault)) => Err(fault),
        }
    }

    async fn cases_of_person(&self, person: Id) -> Result<Vec<Case>, AppError> {
        let query = Query::by_index(&CASE, "by_reporter", MAX_CASES).equal(person.0);
        let rows: Vec<CaseRow> = self.store.page(&query).await?;
        rows.iter().map(case_of).collect()
    }

    /// The write after which nobody opens a person's values, with whatever key.
    async fn forget_person(&self, person: Id) -> Result<ChangeSet, AppError> {
        let Some(row) = self.store.record::<PersonRow>(vec![person.0.into()]).await? else {
            return Ok(ChangeSet::new());
        };
        let erased = PersonRow {
            phone_hash: None,
            wrapped_key: Vec::new(),
            sealed: Vec::new(),
            ..row.clone()
        };
        let mut set = ChangeSet::new().write(Write::put(&erased, Expect::Same(row.to_row())));
        set.writes.extend(self.unsay(OF_PEOPLE, PERSON_NOUN, person).await?);
        Ok(set)
    }

    /// Every text that a case refers to, or ever referred to.
    async fn every_text_of(&self, case: &Case) -> Result<BTreeSet<Id>, AppError> {
        let mut texts: BTreeSet<Id> = texts_of(case).iter().map(|text| text.id).collect();
        for event in self.store.journal_of(CASE_NOUN, case.id.0, 0, MAX_EVENTS).await? {
            let body: CaseEvent = event.body.to().map_err(|fault| damaged("event", fault))?;
            let mut add = |text: &TextRef| texts.insert(text.id);
            match &body.fact {
                CaseFact::Answered { result } | CaseFact::HandedIn { result, .. } => {
                    add(&result.reply);
                }
                CaseFact::Published { publication } => {
                    add(&publication.text);
                    publication.reply.iter().for_each(|reply| {
                        add(reply);
                    });
                }
                _ => {}
            }
        }
        Ok(texts)
    }

    fn erasure_event(
        &self,
        by: ActorRef,
        person: Option<Id>,
        case: &Case,
        erased: &[Id],
        reason: &str,
    ) -> Result<NewEvent, AppError> {
        let body = OfPerson {
            cases: erased.to_vec(),
            ..OfPerson::default()
        };
        Ok(NewEvent {
            district: i64::from(case.district.0),
            noun: PERSON_NOUN.to_owned(),
            id: person.map_or(0, |person| person.0),
            kind: "erased".to_owned(),
            actor: by.to_string(),
            at: self.now(),
            reason: Some(canonical_text(reason.trim()).map_err(|fault| damaged("reason", fault))?),
            body: Json::of(&body).map_err(|fault| damaged("erasure", fault))?,
        })
    }
}

fn busy() -> AppError {
    AppError::Refused(Refusal::not_now(
        "busy",
        "案件正被多人同时操作，请稍后重试",
        "many people are changing these cases at once: try again",
    ))
}

/// A reason as the journal keeps it.
fn sound(reason: &str) -> Result<String, AppError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Refusal::invalid(
            "reason_missing",
            "reason",
            format!("请写明理由（至多 {MAX_REASON} 字）"),
            format!("say why, in at most {MAX_REASON} characters"),
        )
        .into());
    }
    canonical_text(reason).map_err(|fault| damaged("reason", fault))
}

/// Refuses a reason that names the person, or holds numbers of people: it stays.
fn must_name_nobody(reason: &str, known: &[String]) -> Result<(), Refusal> {
    let (_, masked) = redacted(reason, known);
    if masked.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(
        "names_somebody",
        "reason",
        "删除理由将永久保留，请勿写入姓名、电话、地址等个人信息",
        "the reason of an erasure stays: leave out names, numbers and addresses of people",
    ))
}
