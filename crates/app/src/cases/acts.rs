//! Acting on cases: steps, requests, decisions.

use quanyu_domain::access::Actor;
use quanyu_domain::cases::{
    AnswersInput, Available, Case, Command, Evidence, Place, Position, RequestInput, StepInput, absorb, available,
    decide,
};
use quanyu_domain::ids::Id;
use quanyu_domain::model::RequestKind;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Records, Write};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, Caller, change_set, unknown_case};
use crate::App;
use crate::accounts::grants_of;
use crate::error::{AppError, Failed};
use crate::rules::Rules;
use crate::tables::AccountRow;

/// What comes along with a step, as people write it: texts instead of references.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepDraft {
    /// A reason, note or words.
    pub note: Option<String>,
    /// The reply to the reporter.
    pub reply: Option<String>,
    /// The outcome.
    pub outcome: Option<String>,
    /// Evidence that was uploaded before.
    pub evidence: Vec<Evidence>,
    /// Dispatch: the lead unit.
    pub lead: Option<UnitCode>,
    /// Dispatch: the assisting units.
    pub assist: Option<Vec<UnitCode>>,
    /// Dispatch: the class of limit.
    pub limit_class: Option<String>,
    /// Dispatch: the matter.
    pub matter: Option<String>,
    /// Dispatch: the point, where one was found.
    pub position: Option<Position>,
    /// The unit for which the caller acts.
    pub unit: Option<UnitCode>,
    /// Call-back and rating: the answers.
    pub answers: Option<AnswersInput>,
}

impl App {
    /// Takes a step on a case. `seen` is the version that the caller has seen; `None` takes it as it is.
    ///
    /// # Errors
    /// A refusal, or that the case has changed since.
    pub async fn step(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        step: &str,
        draft: StepDraft,
    ) -> Result<Case, AppError> {
        let rules = self.rules();
        let case = self.case(caller, id).await?;
        let mut writes = self.evidence_writes(&rules, caller, &case, &draft.evidence).await?;
        let reply = match &draft.reply {
            None => None,
            Some(reply) => {
                let (reply, write) = self.text(case.district, None, reply, "reply")?;
                writes.push(write);
                Some(reply)
            }
        };
        let place = draft
            .position
            .map(|position| located(&rules, &case, position))
            .transpose()?;
        let input = StepInput {
            note: draft.note,
            reply,
            outcome: draft.outcome,
            evidence: draft.evidence,
            lead: draft.lead,
            assist: draft.assist,
            limit_class: draft.limit_class,
            matter: draft.matter,
            place,
            remaining: None,
            unit: draft.unit,
            answers: draft.answers,
        };
        let command = || Command::Step {
            step: step.to_owned(),
            input: Box::new(input.clone()),
        };
        self.act(&rules, caller, case, seen, &writes, command).await
    }

    /// Asks for something about a case.
    ///
    /// # Errors
    /// A refusal, or that the case has changed since.
    pub async fn request(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        input: RequestInput,
    ) -> Result<Case, AppError> {
        let rules = self.rules();
        // The caller must know of the case before anything is told about another.
        let case = self.case(caller, id).await?;
        let target = match input.into.filter(|_| input.kind == RequestKind::Merge) {
            Some(into) => self.load_case(&rules, Some(case.district), into).await?.map(Box::new),
            None => None,
        };
        let input = RequestInput { target, ..input };
        self.act(&rules, caller, case, seen, &[], || Command::Request(input.clone()))
            .await
    }

    /// Grants or refuses a request.
    ///
    /// # Errors
    /// A refusal, or that the case has changed since.
    pub async fn settle(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        request: u32,
        grant: bool,
        reason: &str,
    ) -> Result<Case, AppError> {
        let rules = self.rules();
        for _ in 0..ATTEMPTS {
            let case = self.case(caller, id).await?;
            fresh(&case, seen)?;
            // A merger changes two cases in one commit.
            let into = case.requests.iter().find(|r| r.number == request).and_then(|r| r.into);
            let target = match into.filter(|_| grant) {
                Some(into) => self.load_case(&rules, Some(case.district), into).await?,
                None => None,
            };
            let context = rules.context(case.district, self.now())?;
            let command = Command::Decide {
                request,
                grant,
                reason: reason.to_owned(),
                target: target.clone().map(Box::new),
            };
            let mut decided = decide(&context, &case, &caller.actor, command)?;
            let mut set = change_set(self.random.as_ref(), Some(&case), &mut decided)?;
            if let Some(target) = target {
                let mut absorbed = absorb(&context, &target, case.id)?;
                let other = change_set(self.random.as_ref(), Some(&target), &mut absorbed)?;
                set.events.extend(other.events);
                set.writes.extend(other.writes);
            }
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return Ok(decided.case),
                Err(failed) => retry(failed)?,
            }
        }
        Err(busy())
    }

    /// Hands an assignment over to somebody else of its unit (移交经办人).
    ///
    /// # Errors
    /// A refusal, or that the case has changed since.
    pub async fn hand_over(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        assignment: u32,
        to: Id,
        reason: &str,
    ) -> Result<Case, AppError> {
        let rules = self.rules();
        // The caller must know of the case before anything is told about accounts.
        let case = self.case(caller, id).await?;
        let row: Option<AccountRow> = self.store.record(vec![to.0.into()]).await?;
        let row = row.filter(|row| row.active).ok_or_else(|| {
            Refusal::invalid(
                "unknown_account",
                "to",
                format!("没有可用的账号 {to}"),
                format!("there is no account {to} that is switched on"),
            )
        })?;
        let grants = grants_of(&row)?;
        let command = || Command::HandOver {
            assignment,
            to: Actor::Account {
                id: to,
                grants: grants.clone(),
            },
            reason: reason.to_owned(),
        };
        self.act(&rules, caller, case, seen, &[], command).await
    }

    /// Does with one case what time asks for: ends a standstill that is over, takes the steps of ladders that are due. The
    /// runner of timers ([`crate::timers`]) does it for many at once.
    ///
    /// # Errors
    /// When there is no such case.
    pub async fn wake(&self, id: Id) -> Result<Case, AppError> {
        let rules = self.rules();
        self.act(&rules, &Caller::program(), id, None, &[], || Command::Wake)
            .await
    }

    /// What the caller may do with a case now.
    ///
    /// # Errors
    /// When the district has no rules.
    pub fn available(&self, caller: &Caller, case: &Case) -> Result<Available, AppError> {
        let rules = self.rules();
        Ok(available(
            &rules.context(case.district, self.now())?,
            case,
            &caller.actor,
        ))
    }

    /// Loads, decides and commits until nobody was quicker.
    pub(crate) async fn act(
        &self,
        rules: &Rules,
        caller: &Caller,
        on: impl Into<On>,
        seen: Option<i64>,
        writes: &[Write],
        command: impl Fn() -> Command,
    ) -> Result<Case, AppError> {
        let (id, mut loaded) = match on.into() {
            On::Number(id) => (id, None),
            On::Loaded(case) => (case.id, Some(*case)),
        };
        for _ in 0..ATTEMPTS {
            let case = match loaded.take() {
                Some(case) => case,
                None => self
                    .load_case(rules, caller.home(rules), id)
                    .await?
                    .ok_or_else(unknown_case)?,
            };
            // Whether the caller may know of the case comes before how it stands.
            if caller.actor.standing(&case, &rules.tree).is_empty() {
                return Err(unknown_case().into());
            }
            fresh(&case, seen)?;
            let context = rules.context(case.district, self.now())?;
            let mut decided = decide(&context, &case, &caller.actor, command())?;
            let mut set = change_set(self.random.as_ref(), Some(&case), &mut decided)?;
            set.writes.extend(writes.iter().cloned());
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return Ok(decided.case),
                Err(failed) => retry(failed)?,
            }
        }
        Err(busy())
    }
}

/// The case that is acted on.
pub(crate) enum On {
    /// To be loaded.
    Number(Id),
    /// As it was loaded a moment ago, to prepare the command; loaded again only after a conflict.
    Loaded(Box<Case>),
}

impl From<Id> for On {
    fn from(id: Id) -> Self {
        Self::Number(id)
    }
}

impl From<Case> for On {
    fn from(case: Case) -> Self {
        Self::Loaded(Box::new(case))
    }
}

/// Refuses when the caller has seen another version.
fn fresh(case: &Case, seen: Option<i64>) -> Result<(), AppError> {
    match seen {
        Some(seen) if seen != case.version => Err(AppError::Stale { current: case.version }),
        _ => Ok(()),
    }
}

/// Whether to decide again.
fn retry(failed: Failed) -> Result<(), AppError> {
    match failed {
        Failed::Conflict => Ok(()),
        Failed::Held(space, _) => Err(AppError::Internal(format!("an act holds no claim in {space}"))),
        Failed::Fatal(fault) => Err(fault),
    }
}

fn busy() -> AppError {
    AppError::Refused(Refusal::not_now(
        "busy",
        "案件正被多人同时操作，请稍后重试",
        "many people are changing this case at once: try again",
    ))
}

/// The place of a case with a point that was found later; its words stay.
fn located(rules: &Rules, case: &Case, position: Position) -> Result<Place, Refusal> {
    let areas = rules.locate(position);
    if areas.is_empty() {
        return Err(Refusal::invalid(
            "point_outside",
            "position",
            "该坐标不在本市任何区县内，请重新选点",
            "the point lies in no district known here: pick another",
        ));
    }
    Ok(Place {
        words: case.place.words.clone(),
        position: Some(position),
        areas,
    })
}
