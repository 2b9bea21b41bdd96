//! Acting on cases: steps, requests, decisions, and asking who reported.

use axum::Json;
use axum::extract::State;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use quanyu_domain::cases::RequestInput;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{NewDecision, NewHandover, NewRequest, NewStep, PersonBody};
use super::case_response;
use super::view::CaseView;
use crate::Api;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Number;

/// The routes of acts on cases.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::STEP_CASE, routes!(take_step)))
        .routes(route(action::REQUEST, routes!(make_request)))
        .routes(route(action::DECIDE_REQUEST, routes!(decide_request)))
        .routes(route(action::HAND_OVER, routes!(hand_over)))
        .routes(route(action::REVEAL_REPORTER, routes!(reveal_reporter)))
}

/// Takes a step on a case
///
/// Which steps there are, who may take them and what they need is declared by the packs in force;
/// `available.steps` of the case names those that the caller may take now.
#[utoipa::path(post, path = "/cases/{number}/steps", tag = "cases", request_body = NewStep,
    params(("number" = Number, Path), ("If-Match" = Option<String>, Header, description = "The version seen")),
    responses((status = OK, description = "The case after it", body = CaseView, headers(("ETag" = String)))))]
async fn take_step(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    headers: HeaderMap,
    Body(body): Body<NewStep>,
) -> Result<Response, Problem> {
    let seen = seen(body.version, &headers)?;
    let (step, draft) = body.draft()?;
    let case = api.app.step(signed.caller(), number.0, seen, &step, draft).await?;
    case_response(&api, signed.caller(), &case).await
}

/// Asks for something about a case
///
/// 退单、延期、挂账、剔除、并案、重办: somebody outside the unit that asks decides.
#[utoipa::path(post, path = "/cases/{number}/requests", tag = "cases", request_body = NewRequest,
    params(("number" = Number, Path), ("If-Match" = Option<String>, Header, description = "The version seen")),
    responses((status = OK, description = "The case after it", body = CaseView, headers(("ETag" = String)))))]
async fn make_request(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    headers: HeaderMap,
    Body(body): Body<NewRequest>,
) -> Result<Response, Problem> {
    let seen = seen(body.version, &headers)?;
    let case = api
        .app
        .request(signed.caller(), number.0, seen, RequestInput::from(body))
        .await?;
    case_response(&api, signed.caller(), &case).await
}

/// Decides a request
#[utoipa::path(post, path = "/cases/{number}/requests/{request}/decision", tag = "cases", request_body = NewDecision,
    params(("number" = Number, Path), ("request" = u32, Path, description = "The request's number within the case"),
        ("If-Match" = Option<String>, Header, description = "The version seen")),
    responses((status = OK, description = "The case after it", body = CaseView, headers(("ETag" = String)))))]
async fn decide_request(
    State(api): State<Api>,
    signed: Signed,
    FromPath((number, request)): FromPath<(Number, u32)>,
    headers: HeaderMap,
    Body(body): Body<NewDecision>,
) -> Result<Response, Problem> {
    let seen = seen(body.version, &headers)?;
    let case = api
        .app
        .settle(signed.caller(), number.0, seen, request, body.grant, &body.reason)
        .await?;
    case_response(&api, signed.caller(), &case).await
}

/// Hands an assignment over to a colleague
///
/// 移交经办人: somebody else of the same unit works on it; unit and limits stay. People of the unit may, and supervisors.
#[utoipa::path(post, path = "/cases/{number}/handover", tag = "cases", request_body = NewHandover,
    params(("number" = Number, Path), ("If-Match" = Option<String>, Header, description = "The version seen")),
    responses((status = OK, description = "The case after it", body = CaseView, headers(("ETag" = String)))))]
async fn hand_over(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    headers: HeaderMap,
    Body(body): Body<NewHandover>,
) -> Result<Response, Problem> {
    let seen = seen(body.version, &headers)?;
    let case = api
        .app
        .hand_over(
            signed.caller(),
            number.0,
            seen,
            body.assignment,
            body.to.0,
            &body.reason,
        )
        .await?;
    case_response(&api, signed.caller(), &case).await
}

/// The version that the caller has seen, from the body or from `If-Match`.
fn seen(version: Option<i64>, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let header = headers.get(IF_MATCH).map(|value| value.to_str().unwrap_or_default());
    let matched = match header {
        None | Some("*") => None,
        Some(tag) => {
            let read = tag
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'))
                .and_then(|tag| tag.parse().ok());
            Some(read.ok_or_else(|| {
                Problem::invalid(
                    "bad_version",
                    "If-Match",
                    "If-Match 须为读取案件时返回的 ETag",
                    "If-Match takes the ETag that came with the case",
                )
            })?)
        }
    };
    match (version, matched) {
        (Some(a), Some(b)) if a != b => Err(Problem::invalid(
            "bad_version",
            "version",
            "version 与 If-Match 不一致，请只填一个",
            "`version` and If-Match contradict each other: send one of them",
        )),
        _ => Ok(version.or(matched)),
    }
}

/// Why somebody wants to see a personal value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "联系诉求人约定查看时间"}))]
pub struct Purpose {
    /// What it is for; the journal keeps it.
    #[schema(max_length = 200)]
    purpose: String,
}

/// Who reported a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevealedReporter {
    /// What is known; absent for somebody who stayed anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    reporter: Option<PersonBody>,
}

/// Shows who reported a case
///
/// For those who have to speak with the reporter. The journal keeps who looked, when, and what for.
#[utoipa::path(post, path = "/cases/{number}/reporter", tag = "cases", request_body = Purpose,
    params(("number" = Number, Path)),
    responses((status = OK, description = "The reporter", body = RevealedReporter)))]
async fn reveal_reporter(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Purpose>,
) -> Result<Json<RevealedReporter>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    // The gate knows which roles somebody has; here it counts which they have towards this very case.
    if !api.app.may_reveal(signed.caller(), &case) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "role_forbids",
            "您对此案件的岗位不能查看诉求人信息",
            "your roles towards this case do not let you see who reported it",
        ));
    }
    let person = api.app.reveal_person(signed.caller(), &case, &body.purpose).await?;
    Ok(Json(RevealedReporter {
        reporter: person.map(PersonBody::from),
    }))
}
