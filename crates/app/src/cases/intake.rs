//! Intake (接): a demand comes in and is filed, or is answered at once.

use jiff::Timestamp;
use quanyu_domain::access::Actor;
use quanyu_domain::cases::{Answer, Case, Decided, Evidence, Filing, Place, Position, Said, file};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::tables::HeldClaim;
use quanyu_store::{Claim, Json, Records, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ATTEMPTS, Caller, change_set};
use crate::App;
use crate::error::{AppError, Failed, damaged};
use crate::people::Person;
use crate::rules::Rules;
use crate::tables::AttachmentRow;
use crate::vault::hex;

/// What is told when a demand comes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseDraft {
    /// Kind of case, as packs declare them.
    pub case_type: String,
    /// Demand type.
    pub demand: String,
    /// Channel.
    pub channel: String,
    /// Matter, where it is known.
    #[serde(default)]
    pub matter: Option<String>,
    /// A short title.
    #[serde(default)]
    pub title: Option<String>,
    /// What was said.
    pub text: String,
    /// The place in words.
    #[serde(default)]
    pub place: Option<String>,
    /// The point.
    #[serde(default)]
    pub position: Option<Position>,
    /// The area, where it is known without a point; with a point the point decides.
    #[serde(default)]
    pub area: Option<UnitCode>,
    /// Who reports; nothing for somebody who stays anonymous.
    #[serde(default)]
    pub reporter: Option<Person>,
    /// Evidence that was uploaded before.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// The reply, where it is answered at once.
    #[serde(default)]
    pub answer: Option<AnswerDraft>,
    /// Whether it is confidential from the beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

/// An answer at intake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerDraft {
    /// The outcome.
    pub outcome: String,
    /// The reply.
    pub reply: String,
}

/// What makes a repeated request the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The kind of key: `idempotency` for clients, `import` for rows of a file.
    pub space: &'static str,
    /// The key.
    pub key: String,
}

/// What came of an intake.
#[derive(Debug, Clone, PartialEq)]
pub struct Intake {
    /// The case.
    pub case: Case,
    /// The secret with which the reporter follows it.
    pub secret: String,
    /// Whether this request filed it; `false` where an earlier one with the same key had.
    pub created: bool,
}

/// What a claim of a key holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Held {
    /// What tells the request from another one.
    pub request: String,
    /// The number that it was given: of a case, or of a support.
    pub case: Id,
}

impl App {
    /// Takes in a demand.
    ///
    /// # Errors
    /// A refusal with the field at fault, or an idempotency key that was used for something else.
    pub async fn take_in(
        &self,
        caller: &Caller,
        draft: CaseDraft,
        key: Option<Idempotency>,
    ) -> Result<Intake, AppError> {
        self.take_in_with(caller, draft, key, |_| Vec::new()).await
    }

    /// Takes in a demand and writes in the same transaction what else follows from the case.
    ///
    /// # Errors
    /// As [`App::take_in`].
    pub(crate) async fn take_in_with(
        &self,
        caller: &Caller,
        draft: CaseDraft,
        key: Option<Idempotency>,
        follows: impl Fn(&Case) -> Vec<Write>,
    ) -> Result<Intake, AppError> {
        let rules = self.rules();
        let request = self.fingerprint(&draft).await?;
        for _ in 0..ATTEMPTS {
            let (case, mut set) = self.filing(&rules, caller, draft.clone())?;
            set.writes.extend(follows(&case));
            match self.evidence_writes(&rules, caller, &case, &draft.evidence).await {
                Ok(writes) => set.writes.extend(writes),
                // The case of an earlier request with this key may have them.
                Err(refused) => {
                    let Some(key) = &key else { return Err(refused) };
                    let claim = vec![key.space.into(), key.key.as_str().into()];
                    let held = self.store.record::<HeldClaim>(claim).await?.ok_or(refused)?;
                    return self.held(&rules, &held.holds, &request).await;
                }
            }
            if let Some(key) = &key {
                let holds = Json::of(&Held {
                    request: request.clone(),
                    case: case.id,
                })
                .map_err(|fault| damaged("claim", fault))?;
                set.claims.push(Claim {
                    space: key.space.to_owned(),
                    key: key.key.clone(),
                    holds,
                });
            }
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    let secret = self.vault.tracking_secret(case.id);
                    return Ok(Intake {
                        case,
                        secret,
                        created: true,
                    });
                }
                // Another id was minted twice within a second: the next one is free.
                Err(Failed::Conflict) => {}
                Err(Failed::Held(_, held)) => return self.held(&rules, &held, &request).await,
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(AppError::Internal("no free case number was found".into()))
    }

    /// What tells a repeated request from another one: everything in it, with the contents of its files instead of their
    /// numbers, for whoever repeats a request may hand them in again.
    async fn fingerprint(&self, draft: &CaseDraft) -> Result<String, AppError> {
        let json = |draft: &CaseDraft| serde_json::to_value(draft).map_err(|fault| damaged("draft", fault));
        let mut told = json(draft)?;
        if !draft.evidence.is_empty() {
            let keys = draft.evidence.iter().map(|e| vec![e.attachment.0.into()]).collect();
            let rows = self.store.records::<AttachmentRow>(keys).await?;
            let files = draft.evidence.iter().zip(rows);
            let files: Vec<_> = files.map(|(e, row)| (&e.kind, row.map(|row| row.sha256))).collect();
            told["evidence"] = serde_json::to_value(files).map_err(|fault| damaged("draft", fault))?;
        }
        Ok(hex(&Sha256::digest(told.to_string().as_bytes())))
    }

    /// The case that an earlier request with the same key filed.
    async fn held(&self, rules: &Rules, held: &Json, request: &str) -> Result<Intake, AppError> {
        let held: Held = held.to().map_err(|fault| damaged("claim", fault))?;
        if held.request != request {
            return Err(AppError::KeyReused);
        }
        let case = self
            .load_case(rules, None, held.case)
            .await?
            .ok_or_else(|| AppError::Internal(format!("a claim names the case {}, which does not exist", held.case)))?;
        let secret = self.vault.tracking_secret(case.id);
        Ok(Intake {
            case,
            secret,
            created: false,
        })
    }

    /// Decides a filing: the case, and the change set that keeps it. Nothing is committed: the bulk path collects many.
    ///
    /// # Errors
    /// A refusal with the field at fault.
    pub fn filing(
        &self,
        rules: &Rules,
        caller: &Caller,
        draft: CaseDraft,
    ) -> Result<(Case, quanyu_store::ChangeSet), AppError> {
        let now = self.now();
        let (mut decided, writes) = self.decide_filing(rules, caller, draft, self.ids.mint(now), now)?;
        let mut set = change_set(self.random.as_ref(), None, &mut decided)?;
        set.writes.extend(writes);
        Ok((decided.case, set))
    }

    /// Decides a filing of this number at this time, and what else is to be written with it: texts, the reporter.
    ///
    /// # Errors
    /// A refusal with the field at fault.
    pub(crate) fn decide_filing(
        &self,
        rules: &Rules,
        caller: &Caller,
        draft: CaseDraft,
        id: Id,
        now: Timestamp,
    ) -> Result<(Decided, Vec<Write>), AppError> {
        let place = place(rules, caller, &draft)?;
        let district = place.area().district();
        let context = rules.context(district, now)?;
        let (text, text_write) = self.text(district, draft.title, &draft.text, "text")?;
        let mut writes = vec![text_write];
        let mut reporter = None;
        if let Some(person) = draft.reporter {
            let id = self.ids.mint(self.now());
            if let Some(write) = self.sealed_person(person, id)? {
                writes.push(write);
                reporter = Some(id);
            }
        }
        let answer = match draft.answer {
            None => None,
            Some(answer) => {
                let (reply, write) = self.text(district, None, &answer.reply, "answer.reply")?;
                writes.push(write);
                Some(Answer {
                    outcome: answer.outcome,
                    reply,
                })
            }
        };
        let filing = Filing {
            id,
            case_type: draft.case_type,
            demand: draft.demand,
            channel: draft.channel,
            matter: draft.matter,
            text,
            place,
            reporter,
            confidential: draft.confidential,
            evidence: draft.evidence,
            answer,
        };
        Ok((file(&context, filing, &caller.actor)?, writes))
    }
}

/// Where a demand lies: by its point, by the area named, or in the district of whoever takes it in.
fn place(rules: &Rules, caller: &Caller, draft: &CaseDraft) -> Result<Place, Refusal> {
    let words = draft.place.clone().map(Said::from);
    if let Some(position) = draft.position {
        let areas = rules.locate(position);
        if areas.is_empty() {
            return Err(Refusal::invalid(
                "point_outside",
                "position",
                "该坐标不在本市任何区县内，请重新选点，或不填坐标只写地址",
                "the point lies in no district known here: pick another, or leave it out and describe the place in words",
            ));
        }
        return Ok(Place {
            words,
            position: Some(position),
            areas,
        });
    }
    let area = match &draft.area {
        Some(area) => area.clone(),
        None => home_district(rules, caller)?,
    };
    let areas = rules.chain(&area);
    if areas.is_empty() {
        return Err(Refusal::invalid(
            "unknown_area",
            "area",
            format!("没有区划 {area}"),
            format!("there is no area {area}"),
        ));
    }
    Ok(Place {
        words,
        position: None,
        areas,
    })
}

fn home_district(rules: &Rules, caller: &Caller) -> Result<UnitCode, Refusal> {
    let home = match &caller.actor {
        Actor::Account { grants, .. } => grants.first().and_then(|grant| {
            let area = rules.tree.area_of(&grant.unit)?;
            rules.chain(&area).pop()
        }),
        Actor::Reporter | Actor::Program => None,
    };
    home.ok_or_else(|| {
        Refusal::invalid(
            "place_missing",
            "area",
            "请选择所在区县、地图选点或填写区划代码",
            "say where it is: a point, or at least the area",
        )
    })
}
