//! How the server is, and the description of the API.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::gate::route;
use crate::edge::problem::Problem;

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
    /// Engine and version.
    #[schema(example = "SQLite 3.50.4")]
    engine: String,
    /// Last position of the journal.
    last_position: i64,
    /// Why commits fail at present; absent while they succeed.
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
/// 200 when the store answers, commits succeed and rules are in force, 503 otherwise.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = OK, description = "Ready", body = Readiness),
        (status = SERVICE_UNAVAILABLE, description = "Not ready", body = Readiness)))]
async fn is_ready(State(api): State<Api>) -> Result<Response, Problem> {
    let health = api.app.store.health().await.map_err(quanyu_app::AppError::from)?;
    let mut lag = BTreeMap::new();
    for follower in quanyu_app::followers::all() {
        let cursor = api
            .app
            .store
            .cursor(follower.name())
            .await
            .map_err(quanyu_app::AppError::from)?;
        lag.insert(follower.name().to_owned(), health.last_position - cursor);
    }
    let rules = api.app.rules();
    let readiness = Readiness {
        engine: health.engine,
        last_position: health.last_position,
        trouble: health.trouble,
        rules: (!rules.districts.is_empty()).then(|| rules.source.clone()),
        lag,
    };
    let ready = readiness.trouble.is_none() && readiness.rules.is_some();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Ok((status, Json(readiness)).into_response())
}

/// Describes the API
#[utoipa::path(get, path = "/openapi.json", tag = "health",
    responses((status = OK, description = "This document", body = Object)))]
async fn read_openapi(State(api): State<Api>) -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (json, api.document).into_response()
}
