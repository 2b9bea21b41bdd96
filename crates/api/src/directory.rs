//! The dispatch directory (派单目录): whose job a matter is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use quanyu_app::directory::{RowKey, VersionedRow};
use quanyu_domain::directory::{DirectoryRow, UnitRef};
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
use crate::edge::wire::{Page, page_size};

/// The routes of the directory.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_DIRECTORY, routes!(list_rows)))
        .routes(route(action::CHANGE_DIRECTORY, routes!(put_rows)))
        .routes(route(action::CHANGE_DIRECTORY, routes!(put_row)))
        .routes(route(action::CHANGE_DIRECTORY, routes!(delete_row)))
}

/// A row of the directory.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DirectoryRow, example = json!({
    "matter": "0101", "lead": "@function:housing", "assist": ["@level:subdistrict"], "limit_class": "a_limit_class",
    "valid_from": "2024-01-01", "basis": "三定方案"
}))]
pub struct RowBody {
    /// The matter; the row holds for everything below it that has no row of its own.
    matter: String,
    /// The demand type for which it holds; absent: for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    demand: Option<String>,
    /// The lead unit: a unit's code, `@function:NAME` (the department that does this in the case's place) or
    /// `@level:subdistrict|community|grid|district` (the area in which the case lies).
    #[schema(value_type = String)]
    lead: UnitRef,
    /// The assisting units.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    assist: Vec<UnitRef>,
    /// The class of limit.
    limit_class: String,
    /// First day on which it holds.
    #[schema(value_type = String, format = Date)]
    valid_from: Date,
    /// First day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<Date>,
    /// Where it comes from: a standard, a decision.
    #[serde(default)]
    basis: String,
}

impl From<RowBody> for DirectoryRow {
    fn from(row: RowBody) -> Self {
        let RowBody {
            matter,
            demand,
            lead,
            assist,
            limit_class,
            valid_from,
            valid_to,
            basis,
        } = row;
        Self {
            matter,
            demand,
            lead,
            assist,
            limit_class,
            valid_from,
            valid_to,
            basis,
        }
    }
}

impl From<DirectoryRow> for RowBody {
    fn from(row: DirectoryRow) -> Self {
        let DirectoryRow {
            matter,
            demand,
            lead,
            assist,
            limit_class,
            valid_from,
            valid_to,
            basis,
        } = row;
        Self {
            matter,
            demand,
            lead,
            assist,
            limit_class,
            valid_from,
            valid_to,
            basis,
        }
    }
}

/// A row with its version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionedDirectoryRow)]
pub struct RowView {
    /// Counts changes.
    version: i64,
    /// The row.
    #[serde(flatten)]
    row: RowBody,
}

/// Which rows are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RowFilter {
    /// Only rows of this matter and those below it.
    matter: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Rows of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// Lists the directory of a city or district
///
/// Its own rows, in the order of their matters; a district without a row for a matter follows its city.
#[utoipa::path(get, path = "/directory/{district}/rows", tag = "directory",
    params(("district" = u32, Path, description = "The six digits of a city or district"), RowFilter),
    responses((status = OK, description = "A page of rows", body = Page<RowView>)))]
async fn list_rows(
    State(api): State<Api>,
    FromPath(district): FromPath<u32>,
    Parameters(filter): Parameters<RowFilter>,
) -> Result<Json<Page<RowView>>, Problem> {
    let limit = page_size(filter.limit)?;
    let matter = filter.matter.unwrap_or_default();
    // Before every row of the matter: no demand and the earliest day sort first.
    let start = || RowKey {
        matter: matter.clone(),
        demand: None,
        valid_from: Date::MIN,
    };
    let after = filter.after.as_deref().map(cursor).transpose()?.unwrap_or_else(start);
    let mut rows = api
        .app
        .directory_rows(DistrictId(district), Some(&after), limit + 1)
        .await?;
    rows.retain(|row| row.row.matter.starts_with(&matter));
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(place);
    let items = rows
        .into_iter()
        .map(|row| RowView {
            version: row.version,
            row: row.row.into(),
        })
        .collect();
    Ok(Json(Page { items, next }))
}

/// The place of a row in the list.
fn place(row: &VersionedRow) -> String {
    let row = &row.row;
    format!(
        "{}/{}/{}",
        row.valid_from,
        row.matter,
        row.demand.as_deref().unwrap_or_default()
    )
}

fn cursor(text: &str) -> Result<RowKey, Problem> {
    let read = || {
        let mut parts = text.splitn(3, '/');
        let valid_from = parts.next()?.parse().ok()?;
        let matter = parts.next()?.to_owned();
        let demand = parts.next()?.to_owned();
        Some(RowKey {
            matter,
            demand: Some(demand).filter(|demand| !demand.is_empty()),
            valid_from,
        })
    };
    read().ok_or_else(|| {
        Problem::invalid(
            "bad_cursor",
            "after",
            "翻页位置无效，请使用上一页返回的 next",
            "`after` is not a place in a list: use the `next` of the page before",
        )
    })
}

/// Rows to be put.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRows {
    /// The rows; the last of several with one key counts.
    rows: Vec<RowBody>,
}

/// What came of putting rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct PutRows {
    /// Rows that are new or were changed.
    changed: usize,
    /// Rows that were so already.
    unchanged: usize,
}

/// Puts rows
///
/// All of them or none; other rows stay. Whole directories come in with the command line's import.
#[utoipa::path(put, path = "/directory/{district}/rows", tag = "directory", request_body = NewRows,
    params(("district" = u32, Path, description = "The six digits of a city or district")),
    responses((status = OK, description = "Put", body = PutRows)))]
async fn put_rows(
    State(api): State<Api>,
    signed: Signed,
    FromPath(district): FromPath<u32>,
    Body(body): Body<NewRows>,
) -> Result<Json<PutRows>, Problem> {
    let rows = body.rows.into_iter().map(DirectoryRow::from).collect();
    let put = api.app.put_rows(signed.caller(), DistrictId(district), rows).await?;
    Ok(Json(PutRows {
        changed: put.changed,
        unchanged: put.unchanged,
    }))
}

/// A row to be put over the version that was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRow {
    /// The version that the caller has seen; 0: there must be none yet.
    version: Option<i64>,
    /// The row; matter, demand and first day name it.
    row: RowBody,
}

/// Puts one row
#[utoipa::path(put, path = "/directory/{district}/row", tag = "directory", request_body = NewRow,
    params(("district" = u32, Path, description = "The six digits of a city or district")),
    responses((status = OK, description = "Put", body = PutRows)))]
async fn put_row(
    State(api): State<Api>,
    signed: Signed,
    FromPath(district): FromPath<u32>,
    Body(body): Body<NewRow>,
) -> Result<Json<PutRows>, Problem> {
    let put = api
        .app
        .put_row(signed.caller(), DistrictId(district), body.version, body.row.into())
        .await?;
    Ok(Json(PutRows {
        changed: put.changed,
        unchanged: put.unchanged,
    }))
}

/// Which row is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RowName {
    /// The matter.
    matter: String,
    /// The demand type for which it holds.
    demand: Option<String>,
    /// First day on which it holds.
    #[param(value_type = String, format = Date)]
    valid_from: Date,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// Deletes one row
#[utoipa::path(delete, path = "/directory/{district}/row", tag = "directory",
    params(("district" = u32, Path, description = "The six digits of a city or district"), RowName),
    responses((status = NO_CONTENT, description = "Deleted")))]
async fn delete_row(
    State(api): State<Api>,
    signed: Signed,
    FromPath(district): FromPath<u32>,
    Parameters(row): Parameters<RowName>,
) -> Result<StatusCode, Problem> {
    let key = RowKey {
        matter: row.matter,
        demand: row.demand,
        valid_from: row.valid_from,
    };
    api.app
        .delete_row(signed.caller(), DistrictId(district), &key, row.version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
