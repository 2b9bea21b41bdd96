//! Webhooks: who else is told of what happens, and what became of each delivery.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::tz::Offset;
use quanyu_app::tables::DeliveryRow;
use quanyu_app::webhooks::{PostError, Subscription, Webhook};
use quanyu_domain::ids::DistrictId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Number, Page, Title, page_size};
use crate::words::offset;

/// The routes of webhooks.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::KEEP_WEBHOOKS, routes!(list_webhooks, subscribe)))
        .routes(route(action::KEEP_WEBHOOKS, routes!(switch_webhook)))
        .routes(route(action::KEEP_WEBHOOKS, routes!(list_deliveries)))
        .routes(route(action::KEEP_WEBHOOKS, routes!(redeliver)))
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Its id.
    id: Number,
    /// Counts changes.
    version: i64,
    /// The six digits of the district whose events it gets; a city stands for all of its districts.
    district: u32,
    /// Where to.
    url: String,
    /// Kinds of event; none for all.
    kinds: Vec<String>,
    /// Whether anything is sent.
    active: bool,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let Webhook {
            id,
            version,
            subscription: Subscription { district, url, kinds },
            active,
        } = webhook;
        Self {
            id: Number(id),
            version,
            district: district.0,
            url,
            kinds,
            active,
        }
    }
}

/// Every webhook, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhooks {
    /// The webhooks.
    items: Vec<WebhookView>,
}

/// Lists webhooks
#[utoipa::path(get, path = "/webhooks", tag = "webhooks",
    responses((status = OK, description = "The webhooks", body = Webhooks)))]
async fn list_webhooks(State(api): State<Api>, signed: Signed) -> Result<Json<Webhooks>, Problem> {
    let webhooks = api.app.webhooks(signed.caller()).await?;
    Ok(Json(Webhooks {
        items: webhooks.into_iter().map(WebhookView::from).collect(),
    }))
}

/// What somebody wants to be told, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"district": 990101, "url": "https://hall.example/quanyu", "kinds": ["case.filed"]}))]
pub struct NewWebhook {
    /// The six digits of the district whose events are wanted; a city stands for all of its districts.
    district: u32,
    /// Where to post.
    url: String,
    /// Kinds of event, `case.filed`; none for all.
    #[serde(default)]
    kinds: Vec<String>,
}

/// A webhook that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeWebhook {
    /// The webhook.
    #[serde(flatten)]
    webhook: WebhookView,
    /// The secret with which deliveries are signed: told here and never again.
    secret: String,
}

/// Makes a webhook
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = CREATED, description = "Made", body = MadeWebhook)))]
async fn subscribe(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<NewWebhook>,
) -> Result<(StatusCode, Json<MadeWebhook>), Problem> {
    let wanted = Subscription {
        district: DistrictId(body.district),
        url: body.url,
        kinds: body.kinds,
    };
    let made = api
        .app
        .subscribe(signed.caller(), &api.config.webhook_targets, wanted)
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(MadeWebhook {
            webhook: made.webhook.into(),
            secret: made.secret,
        }),
    ))
}

/// Whether anything is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false, "version": 1}))]
pub struct WebhookActivity {
    /// Whether anything is sent.
    active: bool,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// Stops a webhook, or lets it go on
#[utoipa::path(put, path = "/webhooks/{id}/active", tag = "webhooks", request_body = WebhookActivity,
    params(("id" = Number, Path)),
    responses((status = OK, description = "The webhook after it", body = WebhookView)))]
async fn switch_webhook(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
    Body(body): Body<WebhookActivity>,
) -> Result<Json<WebhookView>, Problem> {
    let webhook = api
        .app
        .set_webhook_active(signed.caller(), id.0, body.version, body.active)
        .await?;
    Ok(Json(webhook.into()))
}

/// Which deliveries are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// `waiting`, `delivered` or `given_up`.
    #[param(example = "given_up")]
    state: String,
    /// The `next` of the page before.
    after: Option<i64>,
    /// Deliveries of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Position of the event in the journal.
    position: i64,
    /// What is posted, JSON.
    body: String,
    /// Where it stands.
    state: String,
    /// When it came into the outbox.
    queued_at: Moment,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Moment>,
    /// How often it was tried.
    attempts: i64,
    /// What came of the last attempt that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reason: Option<Title>,
    /// When it was last tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<Moment>,
}

impl DeliveryView {
    fn new(row: DeliveryRow, offset: Offset) -> Self {
        let moment = |at| Moment { at, offset };
        Self {
            position: row.position,
            body: row.body.as_str().to_owned(),
            state: row.state,
            queued_at: moment(row.queued_at),
            due: row.due.map(moment),
            attempts: row.attempts,
            last_reason: row.last_reason.map(|kept| {
                let (zh, en) = PostError::in_words(&kept);
                Title::new(zh, en)
            }),
            last_at: row.last_at.map(moment),
        }
    }
}

/// Lists the deliveries of a webhook
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = Number, Path), DeliveryFilter),
    responses((status = OK, description = "A page of deliveries, in the order of the journal", body = Page<DeliveryView>)))]
async fn list_deliveries(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
    Parameters(filter): Parameters<DeliveryFilter>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    let limit = page_size(filter.limit)?;
    let after = filter.after.unwrap_or(0);
    let rows = api
        .app
        .deliveries(signed.caller(), id.0, &filter.state, after, limit)
        .await?;
    // A full page may be the last; the one after it is then empty.
    let next = rows
        .last()
        .filter(|_| rows.len() == limit)
        .map(|row| row.position.to_string());
    let offset = offset(&api.app.rules());
    Ok(Json(Page {
        items: rows.into_iter().map(|row| DeliveryView::new(row, offset)).collect(),
        next,
    }))
}

/// Sends a delivery again
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{position}/again", tag = "webhooks",
    params(("id" = Number, Path), ("position" = i64, Path)),
    responses((status = ACCEPTED, description = "It is sent again from now on")))]
async fn redeliver(
    State(api): State<Api>,
    signed: Signed,
    FromPath((id, position)): FromPath<(Number, i64)>,
) -> Result<StatusCode, Problem> {
    api.app.redeliver(signed.caller(), id.0, position).await?;
    Ok(StatusCode::ACCEPTED)
}
