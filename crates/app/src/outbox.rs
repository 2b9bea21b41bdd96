//! The outbox (发件箱): what other systems are told of the journal, and the sending of it.
//!
//! The follower [`Outbox`] turns events into deliveries behind the commit. One timer for each webhook says when it is to
//! be sent something next; whoever takes it posts what is due, in the order of the journal as far as nothing fails, and
//! commits what came of it. A receiver may be told twice (a server died between posting and committing) and knows that by
//! the stable id of the delivery.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use quanyu_domain::ids::Id;
use quanyu_store::{ChangeSet, Event, Expect, Json, Query, Records, Timer, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::cases::{About, CASE_NOUN};
use crate::error::{AppError, Failed, damaged};
use crate::followers::{Follower, Taken};
use crate::scan::every;
use crate::tables::{DELIVERY, DeliveryRow, WEBHOOK, WebhookRow};
use crate::timers::{self, held, nudge};
use crate::vault::Sealed;
use crate::webhooks::{NOUNS, Post, PostError, Poster, WEBHOOK_NOUN, signature};

/// The name of the follower's cursor.
pub const NAME: &str = "outbox";

/// How often a delivery is tried before it is given up: with [`retry_after`] over some three days.
pub const ATTEMPTS: i64 = 12;
/// Deliveries of one webhook that are posted while its timer is held once.
const POSTS_AT_ONCE: usize = 32;
/// How long a webhook may keep one of the few places for posting.
const TURN: Duration = Duration::from_secs(30);
/// How long what was delivered is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The shortest and the longest rest of a webhook whose receiver does not answer at all. New events do not cut it short,
/// see [`nudge`].
const RESTS: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(3), timers::REST);
/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 300;
/// Webhooks that are read at once.
const PAGE: usize = 100;

/// A delivery waits to be sent.
pub const WAITING: &str = "waiting";
/// The receiver has taken it.
pub const DELIVERED: &str = "delivered";
/// It was tried too often.
pub const GIVEN_UP: &str = "given_up";

/// The follower that fills the outbox.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outbox;

/// What a receiver is told: ids only. Whoever may know more asks the API for it.
#[derive(Serialize)]
struct Told<'a> {
    noun: &'a str,
    id: i64,
    /// A case's number as people read it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    kind: &'a str,
    position: i64,
    at: Timestamp,
    district: i64,
}

#[async_trait]
impl Follower for Outbox {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_rebuilt(&self) -> bool {
        false
    }

    async fn take(&self, app: &App, events: &[Event]) -> Result<Taken, AppError> {
        let webhooks = active_webhooks(app).await?;
        let mut set = ChangeSet::new();
        let mut told = BTreeSet::new();
        for event in events.iter().filter(|event| NOUNS.contains(&event.noun.as_str())) {
            let wanting: Vec<&Wants> = webhooks.iter().filter(|webhook| webhook.wants(event)).collect();
            if wanting.is_empty() || event.noun == CASE_NOUN && is_confidential(event)? {
                continue;
            }
            for webhook in wanting {
                set.writes
                    .push(Write::insert(&delivery(webhook.row.id, event, app.now())?));
                told.insert((webhook.row.district, webhook.row.id));
            }
        }
        for (district, id) in told {
            set.writes
                .push(nudge(app, district, WEBHOOK_NOUN, id, app.now()).await?);
        }
        Ok(Taken::In(set))
    }
}

/// Whether an event is of a confidential case: of that nobody outside is told.
fn is_confidential(event: &Event) -> Result<bool, AppError> {
    #[derive(Deserialize)]
    struct Concerns {
        about: About,
    }
    let at = |fault| damaged(&format!("event at position {}", event.position), fault);
    let concerns: Concerns = event.body.to().map_err(at)?;
    Ok(concerns.about.confidential)
}

/// A webhook with its kinds read.
struct Wants {
    row: WebhookRow,
    kinds: Vec<String>,
}

impl Wants {
    fn wants(&self, event: &Event) -> bool {
        // The city's code ends in 00 and stands for all of its districts.
        let own = self.row.district;
        let here = own == event.district || own % 100 == 0 && own == event.district / 100 * 100;
        let named = |kind: &String| kind.split_once('.') == Some((event.noun.as_str(), event.kind.as_str()));
        here && event.position > self.row.since && (self.kinds.is_empty() || self.kinds.iter().any(named))
    }
}

async fn active_webhooks(app: &App) -> Result<Vec<Wants>, AppError> {
    let rows: Vec<WebhookRow> = every(app.store.as_ref(), Query::by_key(&WEBHOOK, PAGE)).await?;
    let read = |row: WebhookRow| {
        Ok(Wants {
            kinds: row.kinds.to().map_err(|fault| damaged("webhook", fault))?,
            row,
        })
    };
    rows.into_iter().filter(|row| row.active).map(read).collect()
}

fn delivery(webhook: i64, event: &Event, now: Timestamp) -> Result<DeliveryRow, AppError> {
    let told = Told {
        noun: &event.noun,
        id: event.id,
        number: (event.noun == CASE_NOUN).then(|| Id(event.id).to_string()),
        kind: &event.kind,
        position: event.position,
        at: event.at,
        district: event.district,
    };
    Ok(DeliveryRow {
        webhook,
        position: event.position,
        version: 1,
        body: Json::of(&told).map_err(|fault| damaged("delivery", fault))?,
        state: WAITING.to_owned(),
        queued_at: now,
        due: Some(now),
        attempts: 0,
        last_reason: None,
        last_at: None,
        delivered_at: None,
    })
}

/// The stable id of a delivery: the webhook and the position of the event.
pub fn delivery_id(webhook: i64, position: i64) -> String {
    format!("{webhook}.{position}")
}

/// How long a delivery rests after so many attempts: three seconds, tripled with every further one, and up to a quarter
/// more. The quarter follows from the id, so that a thousand deliveries that failed together do not come back together.
pub fn retry_after(webhook: i64, position: i64, attempts: i64) -> SignedDuration {
    let tripled = 3_i64.pow(u32::try_from(attempts.clamp(1, ATTEMPTS)).unwrap_or(1));
    let digest = Sha256::digest(format!("{}.{attempts}", delivery_id(webhook, position)));
    let quarter_of_256 = i64::from(digest[0]);
    SignedDuration::from_millis(tripled * 1000 + tripled * 1000 * quarter_of_256 / 1024)
}

/// Posts what a webhook is due, and puts its timer to rest. Nothing more is posted once `ends` is cancelled.
pub(crate) async fn send_due(
    app: &App,
    poster: &dyn Poster,
    mut timer: Timer,
    ends: &CancellationToken,
) -> Result<(), AppError> {
    // It may have waited long for its turn.
    if held(app.store.as_ref(), &timer).await?.is_none() {
        return Ok(());
    }
    let webhook: Option<WebhookRow> = app.store.record(vec![timer.id.into()]).await?;
    let Some(webhook) = webhook.filter(|webhook| webhook.active) else {
        // What waits goes on waiting; activating the webhook sets its timer again.
        return put_to_rest(app, &timer, Vec::new(), Rest::ForGood).await;
    };
    let posting = post_due(app, poster, &webhook, ends);
    let (tried, rest) = timers::while_held(app, &mut timer, ends, posting).await?;
    put_to_rest(app, &timer, tried, rest).await
}

/// Posts some of what a webhook is due; the deliveries as they are after it, and how long to rest.
async fn post_due(
    app: &App,
    poster: &dyn Poster,
    webhook: &WebhookRow,
    ends: &CancellationToken,
) -> Result<(Vec<DeliveryRow>, Rest), AppError> {
    let begun = tokio::time::Instant::now();
    let sealed = Sealed {
        key_id: webhook.key_id.clone(),
        wrapped_key: webhook.wrapped_key.clone(),
        sealed: webhook.sealed_secret.clone(),
    };
    let secret = app.vault.open(&sealed).map_err(|fault| damaged("webhook", fault))?;
    let due = Query::by_index(&DELIVERY, "by_due", POSTS_AT_ONCE)
        .equal(webhook.id)
        .between(Bound::Unbounded, Bound::Included(app.now().into()));
    let mut tried = Vec::new();
    for delivery in app.store.page::<DeliveryRow>(&due).await? {
        if begun.elapsed() > TURN || ends.is_cancelled() {
            break;
        }
        let (body, now) = (delivery.body.as_str().to_owned(), app.now());
        let post = Post {
            url: webhook.url.clone(),
            delivery: delivery_id(delivery.webhook, delivery.position),
            signature: signature(&secret, now, &body),
            body,
        };
        let outcome = poster.post(&post).await;
        let silent = outcome.as_ref().is_err_and(PostError::is_silent);
        let queued_at = delivery.queued_at;
        tried.push(after_attempt(
            delivery,
            outcome.map_err(|fault| fault.to_string()),
            app.now(),
        ));
        if silent {
            // Nobody answers: the others would wait in vain as long. The longer it lasts, the longer the rest.
            let waiting = app.now().duration_since(queued_at);
            let until = app.now() + (waiting / 4).clamp(RESTS.0, RESTS.1);
            return Ok((tried, Rest::AtLeast(until)));
        }
    }
    Ok((tried, Rest::UntilNext))
}

/// A delivery after an attempt at `now`.
fn after_attempt(before: DeliveryRow, outcome: Result<(), String>, now: Timestamp) -> DeliveryRow {
    let attempts = before.attempts + 1;
    let mut after = DeliveryRow {
        version: before.version + 1,
        attempts,
        last_at: Some(now),
        ..before
    };
    match outcome {
        Ok(()) => {
            after.state = DELIVERED.to_owned();
            after.due = None;
            after.delivered_at = Some(now);
        }
        Err(reason) => {
            let name = delivery_id(after.webhook, after.position);
            tracing::warn!(delivery = name, attempts, reason, "a delivery failed");
            after.last_reason = Some(reason.chars().filter(|c| *c != '\0').take(MAX_REASON).collect());
            if attempts >= ATTEMPTS {
                after.state = GIVEN_UP.to_owned();
                after.due = None;
            } else {
                after.due = Some(now + retry_after(after.webhook, after.position, attempts));
            }
        }
    }
    after
}

/// When a webhook's timer fires next.
#[derive(Clone, Copy)]
enum Rest {
    /// When the next delivery is due.
    UntilNext,
    /// When the next delivery is due, but not before this.
    AtLeast(Timestamp),
    /// Not at all.
    ForGood,
}

/// Commits what came of the attempts, with the timer's next time if it is still held. Whatever comes into the outbox
/// meanwhile nudges the timer, which makes this look again.
async fn put_to_rest(app: &App, timer: &Timer, mut tried: Vec<DeliveryRow>, rest: Rest) -> Result<(), AppError> {
    loop {
        let mut set = ChangeSet::new();
        if let Some(row) = held(app.store.as_ref(), timer).await? {
            let (next, wait) = match rest {
                Rest::ForGood => (None, None),
                Rest::UntilNext => (next_due(app, timer.id, &tried).await?, None),
                Rest::AtLeast(at) => (next_due(app, timer.id, &tried).await?, Some(at)),
            };
            set.writes.push(timers::rest(&row, next, wait));
        }
        set.writes
            .extend(tried.iter().map(|row| Write::update(row, row.version - 1)));
        if !tried.is_empty() {
            set.writes.extend(forget(app, timer.id).await?);
        }
        match app.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => return Ok(()),
            Err(Failed::Conflict) => tried = still_as_read(app, tried).await?,
            Err(Failed::Held(space, _)) => {
                return Err(AppError::Internal(format!("a delivery holds no claim in {space}")));
            }
            Err(Failed::Fatal(fault)) => return Err(fault),
        }
    }
}

/// The attempts whose deliveries nobody has changed since: one that was ordered again is sent again.
async fn still_as_read(app: &App, tried: Vec<DeliveryRow>) -> Result<Vec<DeliveryRow>, AppError> {
    let keys = tried
        .iter()
        .map(|row| vec![row.webhook.into(), row.position.into()])
        .collect();
    let stored = app.store.records::<DeliveryRow>(keys).await?;
    let same = |row: &DeliveryRow, stored: Option<DeliveryRow>| stored.is_some_and(|s| s.version == row.version - 1);
    Ok(tried
        .into_iter()
        .zip(stored)
        .filter_map(|(row, stored)| same(&row, stored).then_some(row))
        .collect())
}

/// When the webhook's next delivery is due, once these attempts are committed.
async fn next_due(app: &App, webhook: i64, tried: &[DeliveryRow]) -> Result<Option<Timestamp>, AppError> {
    let query = Query::by_index(&DELIVERY, "by_due", tried.len() + 1).equal(webhook);
    let stored: Vec<DeliveryRow> = app.store.page(&query).await?;
    let tried_now = |row: &&DeliveryRow| tried.iter().any(|tried| tried.position == row.position);
    let others = stored.iter().filter(|row| !tried_now(row)).filter_map(|row| row.due);
    Ok(others.chain(tried.iter().filter_map(|row| row.due)).min())
}

/// Forgets what was delivered long ago, a few at a time.
async fn forget(app: &App, webhook: i64) -> Result<Vec<Write>, AppError> {
    let long_ago = app.now() - REMEMBERED;
    let query = Query::by_index(&DELIVERY, "by_delivered", 2 * POSTS_AT_ONCE)
        .equal(webhook)
        .between(Bound::Unbounded, Bound::Excluded(long_ago.into()));
    let old: Vec<DeliveryRow> = app.store.page(&query).await?;
    let key = |row: &DeliveryRow| vec![row.webhook.into(), row.position.into()];
    Ok(old
        .iter()
        .map(|row| Write::delete(&DELIVERY, key(row), Expect::Version(row.version)))
        .collect())
}
