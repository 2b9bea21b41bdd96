//! The journal, for the audit administrator.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use quanyu_app::audit::{AuditQuery, Audited, Narrow};
use quanyu_domain::access::ActorRef;
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
use crate::words::{ActorView, actors, offset};
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
    /// Only events of this kind of thing (`case`, `account`, `person` …).
    noun: Option<String>,
    /// Only events of this thing; together with `noun`.
    id: Option<Number>,
    /// Only events of this kind (`filed`, `activated` …).
    kind: Option<String>,
    /// Only what this account did.
    actor: Option<Number>,
    /// Only what was done on or after this day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Only what was done on or before this day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
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
    /// The same with a name.
    by: ActorView,
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
/// The newest first: what happened in the area of the role, what belongs to no district, what came into force, and the
/// units and the dispatch directory of the areas above. Personal values stand in it only by reference; who looked at them
/// does stand in it.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditFilter),
    responses((status = OK, description = "A page of events", body = Page<AuditedEvent>)))]
async fn read_audit(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<AuditFilter>,
) -> Result<Json<Page<AuditedEvent>>, Problem> {
    let rules = api.app.rules();
    let offset = offset(&rules);
    let (thing, noun) = match (filter.noun, filter.id) {
        (Some(noun), Some(id)) => (Some((noun, id.0)), None),
        (noun, None) => (None, noun),
        (None, Some(_)) => {
            return Err(Problem::invalid(
                "noun_and_id",
                "id",
                "填写 id 时须同时填写 noun",
                "`id` needs a `noun`",
            ));
        }
    };
    let midnight = |day: Date| offset.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let narrow = Narrow {
        noun,
        kind: filter.kind,
        actor: filter.actor.map(|id| ActorRef::Account(id.0).to_string()),
        from: filter.from.and_then(midnight),
        // The day after the last, at midnight; no bound where the calendar ends.
        until: filter.to.and_then(|day| day.tomorrow().ok()).and_then(midnight),
    };
    let query = AuditQuery {
        thing,
        narrow,
        before: filter.after,
        limit: page_size(filter.limit)?,
    };
    let page = api.app.audit(signed.caller(), &query).await?;
    let who = actors(&api.app, page.events.iter().map(|audited| audited.event.actor.as_str())).await?;
    let events = page.events.into_iter().zip(who);
    let items = events.map(|(Audited { event, withheld }, by)| AuditedEvent {
        by,
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
