//! Adding oneself to a published case (附议、我也遇到), and what is published near a place.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use quanyu_app::cases::{Caller, Support, Supported};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::cases::idempotency;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Datum, Moment, Number, Page, PositionInput, page_size};
use crate::published::{PublishedCase, shown};
use crate::words::Words;

/// The routes of those who add themselves.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_PUBLISHED, routes!(list_nearby)))
        .routes(route(action::SUPPORT_CASE, routes!(support)))
        .routes(route(action::READ_CASE, routes!(list_supporters)))
        .routes(route(action::REVEAL_REPORTER, routes!(reveal_supporter)))
}

/// Around which place, and of which matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NearbyFilter {
    /// Longitude in degrees.
    #[param(example = 100.0012)]
    lon: f64,
    /// Latitude in degrees.
    #[param(example = 36.0031)]
    lat: f64,
    /// What they are measured against; CGCS2000 unless told.
    #[serde(default)]
    #[param(inline)]
    datum: Datum,
    /// The matter that is about to be reported: cases that share its levels come first.
    matter: Option<String>,
    /// Cases, 1 to 200; 5 unless told.
    limit: Option<usize>,
}

/// A published case near a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyPublished {
    /// The case.
    #[serde(flatten)]
    case: PublishedCase,
    /// From the place to the middle of the cell in which the case is said to lie, in metres: right to some 700 metres.
    metres: u32,
    /// How many levels its matter shares with the one asked about.
    same_levels: usize,
}

/// What is published near a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyList {
    /// The cases: first what shares more levels of the matter, then the nearer.
    items: Vec<NearbyPublished>,
}

/// Cases near a place unless told otherwise.
const NEARBY: usize = 5;

/// Lists what is published and open near a place
///
/// For somebody who is about to report something there: it may have been reported.
#[utoipa::path(get, path = "/public/nearby", tag = "public", params(NearbyFilter),
    responses((status = OK, description = "Published cases within about a kilometre", body = NearbyList)))]
async fn list_nearby(
    State(api): State<Api>,
    Parameters(filter): Parameters<NearbyFilter>,
) -> Result<Json<NearbyList>, Problem> {
    let position = PositionInput {
        lon: filter.lon,
        lat: filter.lat,
        datum: filter.datum,
    }
    .stored()?;
    let limit = page_size(filter.limit.or(Some(NEARBY)))?;
    let near = api
        .app
        .published_near(position, filter.matter.as_deref(), limit)
        .await?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most some kilometres"
    )]
    let (cases, how): (Vec<_>, Vec<_>) = near
        .into_iter()
        .map(|found| (found.case, (found.metres.round() as u32, found.same_levels)))
        .unzip();
    let shown = shown(&api, cases).await?.into_iter().zip(how);
    let items = shown.filter_map(|(case, (metres, same_levels))| {
        Some(NearbyPublished {
            case: case?,
            metres,
            same_levels,
        })
    });
    Ok(Json(NearbyList { items: items.collect() }))
}

/// Somebody who adds themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "13800001234"}))]
pub struct NewSupport {
    /// A telephone number under which to hear of the outcome; sealed, and shown to nobody but those who speak with
    /// reporters.
    #[schema(max_length = 200)]
    phone: Option<String>,
}

/// What came of adding oneself.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiledSupport {
    /// The number with which the case is followed.
    number: Number,
    /// The secret that goes with it: told here and never again.
    #[schema(example = "7KQ2-M0XR-9TBD")]
    tracking_secret: String,
    /// The case.
    case: Number,
    /// How many have added themselves to it.
    supporters: u64,
}

/// Adds somebody to a published case, without an account
///
/// Only while it is open, and a telephone number once. Gives a number and a secret of its own, with which
/// `POST /tracking/{number}` tells how the case stands. An `Idempotency-Key` works as with `POST /cases`.
#[utoipa::path(post, path = "/public/cases/{number}/supporters", tag = "public", request_body = NewSupport,
    params(("number" = Number, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 200 characters; needed for safe retries")),
    responses((status = CREATED, description = "Added", body = FiledSupport),
        (status = OK, description = "Was added by an earlier request with the same key", body = FiledSupport)))]
async fn support(
    State(api): State<Api>,
    FromPath(number): FromPath<Number>,
    headers: HeaderMap,
    Body(body): Body<NewSupport>,
) -> Result<Response, Problem> {
    let key = idempotency(&Caller::reporter(), &headers)?;
    let phone = body.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty());
    let Supported {
        number: own,
        secret,
        supporters,
        created,
    } = api.app.support(number.0, phone, key).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let filed = FiledSupport {
        number: Number(own),
        tracking_secret: secret,
        case: number,
        supporters,
    };
    Ok((status, Json(filed)).into_response())
}

/// Which of those who added themselves are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SupporterFilter {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// Somebody who added themselves to a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Supporter {
    /// The number that they were given.
    number: Number,
    /// When.
    at: Moment,
    /// The telephone number under which they want to hear of it, masked; absent for who left none.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

/// Lists who added themselves to a case
#[utoipa::path(get, path = "/cases/{number}/supporters", tag = "cases",
    params(("number" = Number, Path), SupporterFilter),
    responses((status = OK, description = "A page of them, in their order", body = Page<Supporter>)))]
async fn list_supporters(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Parameters(filter): Parameters<SupporterFilter>,
) -> Result<Json<Page<Supporter>>, Problem> {
    let after = match &filter.after {
        None => 0,
        Some(after) => after.parse().map_err(|_| {
            Problem::invalid(
                "bad_cursor",
                "after",
                "after 须为上一页的 next",
                "`after` is the `next` of the page before",
            )
        })?,
    };
    let limit = page_size(filter.limit)?;
    let case = api.app.case(signed.caller(), number.0).await?;
    let mut found = api.app.supports(signed.caller(), number.0, after, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.nth.to_string());
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let item = |Support { number, at, phone, .. }| Supporter {
        number: Number(number),
        at: words.moment(at),
        phone,
    };
    Ok(Json(Page {
        items: found.into_iter().map(item).collect(),
        next,
    }))
}

/// Why somebody who added themselves is looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"supporter": "240315-093022-100123", "purpose": "告知办理结果"}))]
pub struct SupporterPurpose {
    /// The number that they were given.
    supporter: Number,
    /// What it is for; the journal keeps it.
    #[schema(max_length = 200)]
    purpose: String,
}

/// Somebody who added themselves, by telephone.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevealedSupporter {
    /// The telephone number; absent for who left none, or was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

/// Shows the telephone number of somebody who added themselves
///
/// For those who have to speak with them. The journal keeps who looked, when, and what for.
#[utoipa::path(post, path = "/cases/{number}/supporters/reveal", tag = "cases", request_body = SupporterPurpose,
    params(("number" = Number, Path)),
    responses((status = OK, description = "The number", body = RevealedSupporter)))]
async fn reveal_supporter(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Body(body): Body<SupporterPurpose>,
) -> Result<Json<RevealedSupporter>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    if !api.app.may_reveal(signed.caller(), &case) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "role_forbids",
            "您对此案件的岗位不能查看附议人信息",
            "your roles towards this case do not let you see who added themselves to it",
        ));
    }
    let person = api
        .app
        .reveal_supporter(signed.caller(), &case, body.supporter.0, &body.purpose)
        .await?;
    Ok(Json(RevealedSupporter {
        phone: person.and_then(|person| person.phone),
    }))
}
