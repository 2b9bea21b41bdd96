//! The live feed (实时动态) as server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use quanyu_app::cases::CASE_NOUN;
use quanyu_app::live::{Feed, Happened, MAX_FEEDS, News};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::Parameters;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::{Problem, Retry};
use crate::edge::wire::Number;

/// The routes of the live feed.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::WATCH_LIVE, routes!(watch)))
}

/// What browsers send when they come back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveFrom {
    /// The last position that was seen; `Last-Event-ID` comes before it. Absent: what happens from now on.
    since: Option<i64>,
}

/// What happened, as the `data` of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveEvent)]
pub struct LiveEvent<'a> {
    /// Position in the journal; also the event's id.
    position: i64,
    /// What kind of thing it happened to.
    #[schema(example = "case")]
    noun: &'a str,
    /// Which one.
    id: Number,
    /// What happened.
    #[schema(example = "dispatched")]
    kind: &'a str,
}

/// Watches the caller's cases live
///
/// Server-sent events by position in the journal: each names a case that the caller may see and what happened to it, as a
/// `LiveEvent`; whoever wants to know more reads the case. Resumable: browsers send `Last-Event-ID` by themselves, others
/// `since`. The feed ends with the session, and when the client is too slow; come back with the last position. An account
/// has at most four feeds.
#[utoipa::path(get, path = "/live", tag = "cases",
    params(LiveFrom, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen")),
    responses((status = OK, description = "Events, each with a `LiveEvent` as its data", body = LiveEvent,
        content_type = "text/event-stream")))]
async fn watch(
    State(api): State<Api>,
    signed: Signed,
    Parameters(from): Parameters<LiveFrom>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let since = match headers.get(&LAST_EVENT_ID) {
        None => from.since,
        Some(id) => Some(id.to_str().ok().and_then(|id| id.parse().ok()).ok_or_else(|| {
            Problem::invalid(
                "bad_last_event_id",
                "Last-Event-ID",
                "Last-Event-ID 须为之前收到的事件编号",
                "Last-Event-ID is the id of an event that was sent before",
            )
        })?),
    };
    let feed = api.app.watch_live(&signed.token, since).await?.ok_or_else(|| Problem {
        retry: Some(Retry::After(30)),
        ..Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_feeds",
            format!("同一账号至多同时打开 {MAX_FEEDS} 个实时动态，请先关闭其他页面"),
            format!("an account has at most {MAX_FEEDS} live feeds at once: close another first"),
        )
    })?;
    Ok(Sse::new(events(feed)).into_response())
}

/// What a feed passes on, as events. A position without news is an event without data: browsers keep its id and tell
/// nobody.
fn events(feed: Feed) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(feed, |mut feed| async move {
        let event = match feed.next().await? {
            News::Happened(happened) => told(&happened),
            News::Until(position) => Event::default().id(position.to_string()).comment("."),
        };
        Some((Ok(event), feed))
    })
}

fn told(happened: &Happened) -> Event {
    let Happened { position, case, kind } = happened;
    let data = LiveEvent {
        position: *position,
        noun: CASE_NOUN,
        id: Number(*case),
        kind,
    };
    // Numbers and strings always have a JSON form.
    let data = serde_json::to_string(&data).unwrap_or_default();
    Event::default().id(position.to_string()).data(data)
}
