//! The HTTP interface: `/api/v1` by resource, described by an OpenAPI 3.1 document.
//!
//! One module for each noun holds its handlers, what they take and give, and how the document describes them. Around
//! them stands [`edge`]: the gate that knows who may ask, reading of bodies and queries, problems in the caller's
//! language. A route exists only together with its action, so that every endpoint stands in the authorization-coverage
//! test.

#![allow(unused_qualifications, reason = "utoipa's macros qualify the types of parameters")]

mod accounts;
mod activations;
mod api_keys;
mod attachments;
mod audit;
mod callers;
mod cases;
mod directory;
mod edge;
mod erasure;
mod factors;
mod gazetteer;
mod health;
mod live;
mod matters;
mod metrics;
mod model;
mod outlines;
mod public_rates;
mod published;
mod rates;
mod rulebook;
mod samples;
mod seals;
mod sessions;
mod supports;
mod tallies;
mod today;
mod tracking;
mod unit_history;
mod units;
mod vitals;
mod webhooks;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use bytes::Bytes;
use quanyu_app::App;
use quanyu_app::guard::Guard;
use quanyu_app::webhooks::Targets;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;

pub use metrics::{Metrics, metrics_router};

use edge::gate::{SESSION_COOKIE, operations_mut};
use edge::problem::{Problem, ProblemBody};

/// How the API is served.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Whether session cookies are sent over HTTPS alone. Off only on a machine without TLS.
    pub secure_cookies: bool,
    /// The origin under which browsers see the server, `https://city.example`, where a proxy changes the Host header.
    /// `None`: the Host header tells it.
    pub public_origin: Option<String>,
    /// How long a request may take; uploads are measured by their pieces instead.
    pub time_limit: Duration,
    /// Where webhooks may post to.
    pub webhook_targets: Targets,
    /// How often somebody may ask, and whose word about addresses is taken.
    pub guard: Arc<Guard>,
    /// Where answers are counted.
    pub metrics: Arc<Metrics>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            secure_cookies: true,
            public_origin: None,
            time_limit: Duration::from_secs(30),
            webhook_targets: Targets::default(),
            guard: Arc::default(),
            metrics: Arc::default(),
        }
    }
}

/// What every handler holds.
#[derive(Clone)]
struct Api {
    app: Arc<App>,
    config: Arc<ApiConfig>,
    document: Bytes,
}

/// The routes of the API over an application: `/api/v1/…`, `/healthz` and `/readyz`. Paths outside are left to whoever
/// mounts it.
pub fn router(app: Arc<App>, config: ApiConfig) -> Router {
    router_beside(app, config, Router::new())
}

/// The same, with routes of other interfaces beside it in the same shell.
pub fn router_beside(app: Arc<App>, config: ApiConfig, others: Router) -> Router {
    let (router, document) = resources().split_for_parts();
    // The document is made of strings, numbers and lists: it always has a JSON form.
    let document = serde_json::to_vec(&finish(document)).unwrap_or_default();
    let api = Api {
        app,
        config: Arc::new(config),
        document: document.into(),
    };
    router
        .merge(others.with_state(()))
        .layer(from_fn_with_state(api.clone(), edge::shell::shell))
        .with_state(api)
}

/// The description of the API (OpenAPI 3.1).
pub fn openapi() -> OpenApi {
    finish(resources().into_openapi())
}

/// Every resource.
fn resources() -> OpenApiRouter<Api> {
    let v1 = OpenApiRouter::new()
        .merge(health::document_routes())
        .merge(sessions::routes())
        .merge(factors::routes())
        .merge(accounts::routes())
        .merge(model::routes())
        .merge(activations::routes())
        .merge(rulebook::routes())
        .merge(matters::routes())
        .merge(gazetteer::routes())
        .merge(outlines::routes())
        .merge(units::routes())
        .merge(unit_history::routes())
        .merge(directory::routes())
        .merge(cases::routes())
        .merge(callers::routes())
        .merge(live::routes())
        .merge(erasure::routes())
        .merge(published::routes())
        .merge(supports::routes())
        .merge(public_rates::routes())
        .merge(attachments::routes())
        .merge(tracking::routes())
        .merge(tallies::routes())
        .merge(today::routes())
        .merge(rates::routes())
        .merge(samples::routes())
        .merge(webhooks::routes())
        .merge(api_keys::routes())
        .merge(audit::routes())
        .merge(seals::routes())
        .merge(vitals::routes())
        .fallback(nothing_here);
    OpenApiRouter::with_openapi(about())
        .merge(health::routes())
        .nest("/api/v1", v1)
}

async fn nothing_here() -> Problem {
    Problem::of_status(StatusCode::NOT_FOUND)
}

fn about() -> OpenApi {
    let info = InfoBuilder::new()
        .title("quanyu 全域")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Runs a city district: complaints, dispatch, deadlines, verification, call-back, rates.\n\n\
             Times are RFC 3339 in the place's offset, points are CGCS2000 unless a `datum` says otherwise, ids are \
             strings of eighteen digits. Lists are paged by key: `next` is opaque. Every problem is an \
             `application/problem+json` with a stable `code`, told in Chinese or English by `Accept-Language`. \
             `x-who` names who may call an operation.",
        ))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what all operations have in common: the ways to sign in, and how problems look.
fn finish(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    let session = ApiKey::Cookie(ApiKeyValue::with_description(
        SESSION_COOKIE,
        "Set by POST /api/v1/sessions, for browsers. Requests that change something must come from the same origin.",
    ));
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The `token` that POST /api/v1/sessions answers with, for programs.",
        ))
        .build();
    components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    components.add_security_scheme("token", SecurityScheme::Http(token));
    components
        .schemas
        .insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ProblemBody::name())))
        .build();
    let told = ResponseBuilder::new()
        .description("Why it was not done")
        .content("application/problem+json", problem)
        .build();
    for operation in document.paths.paths.values_mut().flat_map(operations_mut) {
        operation
            .responses
            .responses
            .insert("default".to_owned(), told.clone().into());
    }
    document
}
