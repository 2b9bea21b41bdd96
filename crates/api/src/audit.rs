//! The journal, for the audit administrator.

use axum::Json;
use axum::extract::State;
use quanyu_app::audit::{AuditQuery, Audited};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Number, Page, page_size};
use crate::words::offset;
use quanyu_domain::ids::Id;

/// The routes of the journal.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_AUDIT, routes!(read_audit)))
}

/// Which events are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Only events of this kind of thing (`case`, `account`, `person` …); together with `id`.
    noun: Option<String>,
    /// Only events of this thing.
    id: Option<Number>,
    /// The `next` of the page before.
    after: Option<i64>,
    /// Events of a page, 1 to 200; 50 unless told. A page may hold fewer and still have a next one.
    limit: Option<usize>,
}

/// An event of the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditedEvent {
    /// Its position.
    position: i64,
    /// When it was decided.
    at: Moment,
    /// Who did it.
    #[schema(example = "account:240315093022100123")]
    actor: String,
    /// The district that it belongs to; 0 for none.
    district: i64,
    /// What kind of thing it is about.
    noun: String,
    /// Which one.
    id: Number,
    /// What happened.
    kind: String,
    /// Why, in the actor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The decided facts, as the journal seals them: canonical JSON. Absent where they are withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
    /// Whether reason and facts are withheld: the event is about a confidential case, and the caller is none of the named
    /// people.
    withheld: bool,
}

/// Reads the journal
///
/// The newest first. Personal values stand in it only by reference; who looked at them does stand in it.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditFilter),
    responses((status = OK, description = "A page of events", body = Page<AuditedEvent>)))]
async fn read_audit(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<AuditFilter>,
) -> Result<Json<Page<AuditedEvent>>, Problem> {
    let thing = match (filter.noun, filter.id) {
        (Some(noun), Some(id)) => Some((noun, id.0)),
        (None, None) => None,
        _ => {
            return Err(Problem::invalid(
                "noun_and_id",
                "id",
                "noun 与 id 须同时填写",
                "`noun` and `id` come together",
            ));
        }
    };
    let query = AuditQuery {
        thing,
        before: filter.after,
        limit: page_size(filter.limit)?,
    };
    let page = api.app.audit(signed.caller(), &query).await?;
    let offset = offset(&api.app.rules());
    let items = page.events.into_iter().map(|Audited { event, withheld }| AuditedEvent {
        position: event.position,
        at: Moment { at: event.at, offset },
        actor: event.actor,
        district: event.district,
        noun: event.noun,
        id: Number(Id(event.id)),
        kind: event.kind,
        reason: event.reason,
        facts: (!withheld).then(|| event.body.as_str().to_owned()),
        withheld,
    });
    Ok(Json(Page {
        items: items.collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}
