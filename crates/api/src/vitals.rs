//! How the program itself is doing (运行状况), for those who run it: what the metrics know, as one answer.

use axum::Json;
use axum::extract::State;
use quanyu_app::tables::SCHEMA_VERSION;
use quanyu_app::vitals::COUNTED_AT_MOST;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Moment;
use crate::words::offset;

/// The route of vitals.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_VITALS, routes!(read_vitals)))
}

/// How the program is doing at this moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Vitals)]
pub struct VitalsView {
    /// The program's version.
    program: &'static str,
    /// The engine of the database, with its version.
    #[schema(example = "SQLite 3.50.4")]
    engine: String,
    /// The version of the tables.
    schema_version: i64,
    /// When this was told.
    at: Moment,
    /// Last position of the journal.
    last_position: i64,
    /// Why commits fail at present; absent while they succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    /// By how many events each follower of the journal lags behind.
    followers: Vec<FollowerLag>,
    /// Change sets that this server has committed since it started.
    committed: u64,
    /// Transactions of this server that failed.
    failed: u64,
    /// Requests that this server is answering right now.
    in_hand: usize,
    /// Bytes that the database takes.
    database_bytes: u64,
    /// The disk on which files arrive; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<DiskRoom>,
    /// Timers that were to go off already.
    timers_overdue: usize,
    /// When the next timer goes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_timer: Option<Moment>,
    /// Deliveries to webhooks that wait.
    outbox_waiting: usize,
    /// Deliveries to webhooks that were given up.
    outbox_given_up: usize,
    /// Sessions whose time is not up.
    sessions: usize,
    /// Counts of timers, deliveries and sessions end here.
    counted_at_most: usize,
}

/// How far a follower of the journal has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowerLag {
    /// Its name.
    name: &'static str,
    /// By how many events it lags behind.
    behind: i64,
}

/// How much room a disk has.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiskRoom {
    /// Bytes that are free for this program.
    free: u64,
    /// Bytes altogether.
    total: u64,
}

/// Reads how the program is doing
#[utoipa::path(get, path = "/vitals", tag = "health",
    responses((status = OK, description = "The figures of this moment", body = VitalsView)))]
async fn read_vitals(State(api): State<Api>, _: Signed) -> Result<Json<VitalsView>, Problem> {
    let vitals = api.app.vitals().await?;
    let offset = offset(&api.app.rules());
    let moment = |at| Moment { at, offset };
    let lag = vitals.lag.into_iter();
    Ok(Json(VitalsView {
        program: env!("CARGO_PKG_VERSION"),
        engine: vitals.engine,
        schema_version: SCHEMA_VERSION,
        at: moment(api.app.now()),
        last_position: vitals.last_position,
        trouble: vitals.trouble,
        followers: lag.map(|(name, behind)| FollowerLag { name, behind }).collect(),
        committed: vitals.counts.sets,
        failed: vitals.counts.failed,
        in_hand: api.config.guard.in_hand(),
        database_bytes: vitals.bytes,
        disk: api.app.blobs.room().map(|(free, total)| DiskRoom { free, total }),
        timers_overdue: vitals.timers_overdue,
        next_timer: vitals.next_timer.map(moment),
        outbox_waiting: vitals.outbox_waiting,
        outbox_given_up: vitals.outbox_given_up,
        sessions: vitals.sessions,
        counted_at_most: COUNTED_AT_MOST,
    }))
}
