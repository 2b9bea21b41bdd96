//! Making, stopping and looking after webhooks: the system administrator's.

use quanyu_domain::access::Role;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::refusal::Refusal;
use quanyu_store::value::canonical_text;
use quanyu_store::{ChangeSet, Json, NewEvent, Query, Records, Write};
use serde::{Deserialize, Serialize};

use super::{NOUNS, Targets, WEBHOOK_NOUN};
use crate::App;
use crate::cases::{CASE_NOUN, Caller};
use crate::directory::DIRECTORY_NOUN;
use crate::error::{AppError, Failed, damaged};
use crate::outbox::{DELIVERED, GIVEN_UP, WAITING};
use crate::scan::every;
use crate::tables::{DELIVERY, DeliveryRow, WEBHOOK, WebhookRow};
use crate::timers::nudge;
use crate::units::UNIT_NOUN;
use crate::vault::hex;

/// Most webhooks of one installation.
const MAX_WEBHOOKS: usize = 100;
/// Most deliveries of one page.
const MAX_PAGE: usize = 200;
/// How often a change is tried anew when somebody else is quicker.
const ATTEMPTS: usize = 8;

/// The kinds of event of a case.
const CASE_KINDS: [&str; 28] = [
    "filed",
    "answered",
    "rejected",
    "dispatched",
    "accepted",
    "handed_over",
    "contacted",
    "handed_in",
    "passed",
    "reworked",
    "asked",
    "reopened",
    "urged",
    "moved",
    "requested",
    "decided",
    "escalated",
    "resumed",
    "absorbed",
    "transferred",
    "desk_moved",
    "reckoned",
    "confided",
    "disclosed",
    "published",
    "withdrawn",
    "erased",
    "sampled",
];
/// The kinds of event of units.
const UNIT_KINDS: [&str; 4] = ["added", "amended", "merged", "split"];
/// The kinds of event of the dispatch directory.
const DIRECTORY_KINDS: [&str; 2] = ["put", "deleted"];

/// What somebody wants to be told, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The district whose events are wanted; a city stands for all of its districts.
    pub district: DistrictId,
    /// Where to post.
    pub url: String,
    /// Kinds of event, `case.filed`; empty for all.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Webhook {
    /// Its id.
    pub id: Id,
    /// Counts changes.
    pub version: i64,
    /// What is told, and where.
    #[serde(flatten)]
    pub subscription: Subscription,
    /// Whether anything is sent.
    pub active: bool,
}

/// A webhook that was just made, with the secret that is shown only now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscribed {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// The secret with which deliveries are signed.
    pub secret: String,
}

impl App {
    /// Makes a webhook.
    ///
    /// # Errors
    /// When the caller is no system administrator, the address may not be posted to, or a kind is unknown.
    pub async fn subscribe(
        &self,
        caller: &Caller,
        targets: &Targets,
        wanted: Subscription,
    ) -> Result<Subscribed, AppError> {
        must_manage(caller)?;
        let url = targets.check(&wanted.url)?;
        check_kinds(&wanted.kinds)?;
        if !self.rules().case_districts().contains(&wanted.district) {
            return Err(Refusal::invalid(
                "unknown_district",
                "district",
                format!("没有区划 {}", wanted.district),
                format!("there is no district {}", wanted.district),
            )
            .into());
        }
        if self.all_webhooks().await?.len() >= MAX_WEBHOOKS {
            return Err(Refusal::not_now(
                "too_many_webhooks",
                format!("至多 {MAX_WEBHOOKS} 个推送订阅"),
                format!("there are {MAX_WEBHOOKS} webhooks already"),
            )
            .into());
        }
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        let secret = hex(&bytes);
        let sealed = self.vault.seal(secret.as_bytes());
        let row = WebhookRow {
            id: self.ids.mint(self.now()).0,
            version: 1,
            district: i64::from(wanted.district.0),
            url: canonical_text(url.as_str()).map_err(|fault| damaged("url", fault))?,
            kinds: Json::of(&wanted.kinds).map_err(|fault| damaged("kinds", fault))?,
            since: self.store.last_position().await?,
            key_id: sealed.key_id,
            wrapped_key: sealed.wrapped_key,
            sealed_secret: sealed.sealed,
            active: true,
        };
        // The host alone: an address may hold what only the receiver should know.
        let told = serde_json::json!({ "host": url.host_str(), "kinds": wanted.kinds });
        let set = ChangeSet::new()
            .event(self.webhook_event(caller, &row, "subscribed", &told)?)
            .write(Write::insert(&row));
        match self.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => Ok(Subscribed {
                webhook: webhook(row)?,
                secret,
            }),
            Err(Failed::Fatal(fault)) => Err(fault),
            Err(Failed::Conflict | Failed::Held(..)) => Err(busy()),
        }
    }

    /// Every webhook, the oldest first.
    ///
    /// # Errors
    /// When the caller is no system administrator.
    pub async fn webhooks(&self, caller: &Caller) -> Result<Vec<Webhook>, AppError> {
        must_manage(caller)?;
        self.all_webhooks().await?.into_iter().map(webhook).collect()
    }

    async fn all_webhooks(&self) -> Result<Vec<WebhookRow>, AppError> {
        Ok(every(self.store.as_ref(), Query::by_key(&WEBHOOK, MAX_WEBHOOKS)).await?)
    }

    /// Stops a webhook, or lets it go on: what waited is sent then, what happened meanwhile is not told.
    ///
    /// # Errors
    /// When the caller is no system administrator, there is no such webhook, or it has changed since it was seen.
    pub async fn set_webhook_active(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        active: bool,
    ) -> Result<Webhook, AppError> {
        must_manage(caller)?;
        for _ in 0..ATTEMPTS {
            let before = self.webhook_row(id).await?;
            if let Some(current) = seen.filter(|seen| *seen != before.version).map(|_| before.version) {
                return Err(AppError::Stale { current });
            }
            if before.active == active {
                return webhook(before);
            }
            let row = WebhookRow {
                version: before.version + 1,
                active,
                // What happened while it was stopped is not told afterwards, however far the outbox has come.
                since: if active {
                    self.store.last_position().await?
                } else {
                    before.since
                },
                ..before
            };
            let kind = if active { "activated" } else { "deactivated" };
            let mut set = ChangeSet::new()
                .event(self.webhook_event(caller, &row, kind, &serde_json::json!({}))?)
                .write(Write::update(&row, row.version - 1));
            if active {
                set.writes
                    .push(nudge(self, row.district, WEBHOOK_NOUN, row.id, self.now()).await?);
            }
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return webhook(row),
                Err(Failed::Conflict) => {}
                Err(Failed::Held(..)) => return Err(busy()),
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// The deliveries of a webhook in one state (`waiting`, `delivered`, `given_up`), in the order of the journal, after
    /// a position.
    ///
    /// # Errors
    /// When the caller is no system administrator, there is no such webhook, or the state is none.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        id: Id,
        state: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, AppError> {
        must_manage(caller)?;
        let row = self.webhook_row(id).await?;
        if ![WAITING, DELIVERED, GIVEN_UP].contains(&state) {
            return Err(Refusal::invalid(
                "unknown_state",
                "state",
                format!("状态只能是 {WAITING}、{DELIVERED} 或 {GIVEN_UP}"),
                format!("the state of a delivery is {WAITING}, {DELIVERED} or {GIVEN_UP}"),
            )
            .into());
        }
        let query = Query::by_index(&DELIVERY, "by_state", limit.clamp(1, MAX_PAGE))
            .equal(state)
            .equal(row.id)
            .after(vec![state.into(), row.id.into(), after.into()]);
        Ok(self.store.page(&query).await?)
    }

    /// Sends a delivery again, from now on and as often as a new one: one that was given up, or one that the receiver has
    /// lost.
    ///
    /// # Errors
    /// When the caller is no system administrator, or there is no such delivery (one that was delivered is remembered for
    /// thirty days).
    pub async fn redeliver(&self, caller: &Caller, id: Id, position: i64) -> Result<(), AppError> {
        must_manage(caller)?;
        for _ in 0..ATTEMPTS {
            let webhook = self.webhook_row(id).await?;
            let key = vec![id.0.into(), position.into()];
            let before: DeliveryRow = self.store.record(key).await?.ok_or_else(|| {
                Refusal::not_found(
                    "unknown_delivery",
                    format!("没有推送记录 {id}.{position}"),
                    format!("there is no delivery of the event at {position} to the webhook {id}"),
                )
            })?;
            let now = self.now();
            let row = DeliveryRow {
                version: before.version + 1,
                state: WAITING.to_owned(),
                queued_at: now,
                due: Some(now),
                attempts: 0,
                delivered_at: None,
                ..before
            };
            let told = serde_json::json!({ "position": position });
            let set = ChangeSet::new()
                .event(self.webhook_event(caller, &webhook, "redelivered", &told)?)
                .write(Write::update(&row, row.version - 1))
                .write(nudge(self, webhook.district, WEBHOOK_NOUN, webhook.id, now).await?);
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return Ok(()),
                Err(Failed::Conflict) => {}
                Err(Failed::Held(..)) => return Err(busy()),
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    async fn webhook_row(&self, id: Id) -> Result<WebhookRow, AppError> {
        Ok(self.store.record(vec![id.0.into()]).await?.ok_or_else(|| {
            Refusal::not_found(
                "unknown_webhook",
                format!("没有推送订阅 {id}"),
                format!("there is no webhook {id}"),
            )
        })?)
    }

    fn webhook_event(
        &self,
        caller: &Caller,
        row: &WebhookRow,
        kind: &str,
        body: &serde_json::Value,
    ) -> Result<NewEvent, AppError> {
        Ok(NewEvent {
            district: row.district,
            noun: WEBHOOK_NOUN.to_owned(),
            id: row.id,
            kind: kind.to_owned(),
            actor: caller.actor.reference().to_string(),
            at: self.now(),
            reason: None,
            body: Json::of(body).map_err(|fault| damaged("event", fault))?,
        })
    }
}

fn must_manage(caller: &Caller) -> Result<(), Refusal> {
    if *caller == Caller::program() {
        Ok(())
    } else {
        caller.must_hold(Role::SystemAdmin)
    }
}

fn webhook(row: WebhookRow) -> Result<Webhook, AppError> {
    let kinds = row.kinds.to().map_err(|fault| damaged("webhook", fault))?;
    let district = u32::try_from(row.district).map_err(|fault| damaged("webhook", fault))?;
    Ok(Webhook {
        id: Id(row.id),
        version: row.version,
        subscription: Subscription {
            district: DistrictId(district),
            url: row.url,
            kinds,
        },
        active: row.active,
    })
}

/// A kind that no event ever has would be waited for in vain.
fn check_kinds(kinds: &[String]) -> Result<(), Refusal> {
    let known = |kind: &str| {
        let (noun, kind) = kind.split_once('.')?;
        let kinds: &[&str] = match noun {
            CASE_NOUN => &CASE_KINDS,
            UNIT_NOUN => &UNIT_KINDS,
            DIRECTORY_NOUN => &DIRECTORY_KINDS,
            _ => return None,
        };
        kinds.contains(&kind).then_some(())
    };
    match kinds.iter().find(|kind| known(kind).is_none()) {
        None => Ok(()),
        Some(unknown) => Err(Refusal::invalid(
            "unknown_kind",
            "kinds",
            format!("没有事件类型 {unknown}；例如 case.filed；留空表示全部"),
            format!(
                "there is no kind of event {unknown:?}: write one of {} with its kind (case.filed), or none for all",
                NOUNS.join(", ")
            ),
        )),
    }
}

fn busy() -> AppError {
    Refusal::not_now(
        "busy",
        "订阅正被他人修改，请稍后重试",
        "somebody else is changing this webhook: try again",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quanyu_domain::cases::CaseFact;

    /// What serde says of an unknown variant lists those that there are.
    #[test]
    fn every_kind_of_a_case_can_be_asked_for() {
        let said = serde_json::from_str::<CaseFact>(r#"{"fact":"?"}"#)
            .unwrap_err()
            .to_string();
        let kinds: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        assert_eq!(kinds, CASE_KINDS);
    }

    #[test]
    fn kinds_are_named_with_their_noun() {
        for good in [
            vec![],
            vec!["case.filed".to_owned()],
            vec!["unit.merged".to_owned(), "directory.put".to_owned()],
        ] {
            assert!(check_kinds(&good).is_ok(), "{good:?}");
        }
        for bad in ["filed", "case", "case.", "case.Filed", "person.revealed", ".", ""] {
            assert_eq!(
                check_kinds(&[bad.to_owned()]).unwrap_err().code,
                "unknown_kind",
                "{bad}"
            );
        }
    }
}
