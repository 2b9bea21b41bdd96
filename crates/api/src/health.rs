//! How the server is, and the description of the API.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use quanyu_store::{Health, StoreError, Unavailable};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::gate::route;

/// How long a balancer waits at most for what it asks: a store that takes longer is one that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The routes beside `/api/v1`.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_HEALTH, routes!(lives)))
        .routes(route(action::READ_HEALTH, routes!(is_ready)))
}

/// The routes within `/api/v1`.
pub fn document_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_OPENAPI, routes!(read_openapi)))
}

/// Says that the process lives
#[utoipa::path(get, path = "/healthz", tag = "health",
    responses((status = NO_CONTENT, description = "It lives")))]
async fn lives() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Engine and version; absent while the store does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "SQLite 3.50.4")]
    engine: Option<String>,
    /// Last position of the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_position: Option<i64>,
    /// Why the store does not answer, or commits fail; absent while all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    /// The sources of the rules in force; absent while there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<String>,
    /// By how many events each follower of the journal lags behind.
    lag: BTreeMap<String, i64>,
}

/// Says whether the server can work
///
/// 200 when the store answers within two seconds, commits succeed and rules are in force, 503 otherwise.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = OK, description = "Ready", body = Readiness),
        (status = SERVICE_UNAVAILABLE, description = "Not ready", body = Readiness)))]
async fn is_ready(State(api): State<Api>) -> Response {
    let rules = api.app.rules();
    let rules = (!rules.districts.is_empty()).then(|| rules.source.clone());
    let stored = tokio::time::timeout(PATIENCE, stored(&api)).await.unwrap_or_else(|_| {
        Err(StoreError::Unavailable(Unavailable {
            reason: format!("no answer within {} s", PATIENCE.as_secs()),
            retry_after: PATIENCE,
        }))
    });
    let readiness = match stored {
        Ok((health, lag)) => Readiness {
            engine: Some(health.engine),
            last_position: Some(health.last_position),
            trouble: health.trouble,
            rules,
            lag,
        },
        Err(fault) => {
            let trouble = Some(fault.to_string());
            Readiness {
                engine: None,
                last_position: None,
                trouble,
                rules,
                lag: BTreeMap::new(),
            }
        }
    };
    let ready = readiness.trouble.is_none() && readiness.rules.is_some();
    if ready {
        return Json(readiness).into_response();
    }
    let again = [(RETRY_AFTER, HeaderValue::from(PATIENCE.as_secs()))];
    (StatusCode::SERVICE_UNAVAILABLE, again, Json(readiness)).into_response()
}

/// How the store is, and how far each follower has come.
async fn stored(api: &Api) -> Result<(Health, BTreeMap<String, i64>), StoreError> {
    let health = api.app.store.health().await?;
    let mut lag = BTreeMap::new();
    for follower in quanyu_app::followers::all() {
        let cursor = api.app.store.cursor(follower.name()).await?;
        lag.insert(follower.name().to_owned(), health.last_position - cursor);
    }
    Ok((health, lag))
}

/// Describes the API
#[utoipa::path(get, path = "/openapi.json", tag = "health",
    responses((status = OK, description = "This document", body = Object)))]
async fn read_openapi(State(api): State<Api>) -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (json, api.document).into_response()
}
