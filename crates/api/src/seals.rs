//! Seals over the journal (封存), for the audit administrator: which blocks there are, and whether they still hold.

use axum::Json;
use axum::extract::State;
use jiff::tz::Offset;
use quanyu_app::followers::seals::{SealLook, look_at_seals, seal_of};
use quanyu_app::vault::hex;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::{FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Moment;
use crate::words::offset;

/// Most blocks of one page: each is verified, and each has up to a thousand events.
const MAX_BLOCKS: usize = 50;

/// The routes of seals.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_AUDIT, routes!(list_seals)))
        .routes(route(action::READ_AUDIT, routes!(read_seal)))
}

/// A sealed block of the journal. Bytes are hexadecimal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Seal)]
pub struct SealView {
    /// 1, 2, 3, … without gaps.
    number: i64,
    /// Position of its first event.
    first: i64,
    /// Position of its last event.
    last: i64,
    /// When it was sealed.
    sealed_at: Moment,
    /// Which key signed it.
    key_id: String,
    /// Merkle root over the block before it and its events.
    root: String,
    /// The hash of the block before it.
    previous: String,
    /// Its own hash, by which the next block refers to it.
    hash: String,
    /// Whether it holds: signature, place in the chain, and every event as the journal has it now.
    holds: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl SealView {
    fn new(look: SealLook, offset: Offset) -> Self {
        let SealLook { block, hash, fault } = look;
        Self {
            number: block.number,
            first: block.first,
            last: block.last,
            sealed_at: Moment {
                at: block.sealed_at,
                offset,
            },
            root: hex(&block.root),
            previous: hex(&block.previous),
            hash: hex(&hash),
            key_id: block.key_id,
            holds: fault.is_none(),
            fault: fault.map(|fault| fault.to_string()),
        }
    }
}

/// Which blocks are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SealFilter {
    /// Only blocks after this number.
    after: Option<i64>,
    /// Blocks of a page, 1 to 50; 10 unless told.
    limit: Option<usize>,
}

/// Blocks, and how far the journal is sealed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Seals {
    /// The blocks, the oldest first, each verified against the journal as it is now.
    items: Vec<SealView>,
    /// How many blocks there are.
    count: i64,
    /// The last position that is sealed; 0 for none.
    sealed: i64,
    /// The last position of the journal.
    last_position: i64,
}

/// Lists seals
///
/// Each is verified while it is read. Who reads all pages has verified the whole chain, as `quanyu audit verify` does.
#[utoipa::path(get, path = "/audit/seals", tag = "audit", params(SealFilter),
    responses((status = OK, description = "Some blocks", body = Seals)))]
async fn list_seals(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<SealFilter>,
) -> Result<Json<Seals>, Problem> {
    let limit = filter.limit.unwrap_or(10);
    if !(1..=MAX_BLOCKS).contains(&limit) {
        return Err(Problem::invalid(
            "limit_out_of_bounds",
            "limit",
            format!("每页 1 至 {MAX_BLOCKS} 个封存块"),
            format!("a page has 1 to {MAX_BLOCKS} blocks"),
        ));
    }
    let after = filter.after.unwrap_or(0).max(0);
    let page = look_at_seals(&api.app, signed.caller(), after, limit).await?;
    let offset = offset(&api.app.rules());
    Ok(Json(Seals {
        items: page
            .blocks
            .into_iter()
            .map(|look| SealView::new(look, offset))
            .collect(),
        count: page.count,
        sealed: page.sealed,
        last_position: page.last_position,
    }))
}

/// The seal of one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealOfEvent {
    /// The block that covers it, verified; absent where it is not sealed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<SealView>,
}

/// Reads the seal of an event
///
/// Verified while it is read: all events of its block, the signature, and the link to the block before it.
#[utoipa::path(get, path = "/audit/{position}/seal", tag = "audit", params(("position" = i64, Path)),
    responses((status = OK, description = "The block, where there is one", body = SealOfEvent)))]
async fn read_seal(
    State(api): State<Api>,
    signed: Signed,
    FromPath(position): FromPath<i64>,
) -> Result<Json<SealOfEvent>, Problem> {
    let look = seal_of(&api.app, signed.caller(), position).await?;
    let offset = offset(&api.app.rules());
    Ok(Json(SealOfEvent {
        seal: look.map(|look| SealView::new(look, offset)),
    }))
}
