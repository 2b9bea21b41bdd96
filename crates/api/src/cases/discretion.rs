//! Who else sees a case: named people alone (保密), or everybody, redacted (公开).

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use quanyu_app::cases::PublicationDraft;
use quanyu_app::masking::Masked;
use quanyu_domain::ids::Id;
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case_response;
use super::view::CaseView;
use crate::Api;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::Number;
use crate::words::{UnitName, Words};

/// The routes of confidence and publication.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::CONFIDE_CASE, routes!(confide)))
        .routes(route(action::CONFIDE_CASE, routes!(disclose)))
        .routes(route(action::PUBLISH_CASE, routes!(propose, publish)))
        .routes(route(action::PUBLISH_CASE, routes!(withdraw)))
}

/// Who alone is to see a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"people": ["240315-093022-100123"], "reason": "举报人要求保密"}))]
pub struct Confidence {
    /// The accounts, all of them: who was named before and is not here no longer sees it. Whoever decides is added.
    #[schema(max_items = 50)]
    people: Vec<Number>,
    /// Why; the journal keeps it.
    #[schema(max_length = 2000)]
    reason: String,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// Why something is lifted or taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已征得本人同意"}))]
pub struct Reason {
    /// Why; the journal keeps it.
    #[schema(max_length = 2000)]
    reason: String,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// Makes a case confidential, or names others for it
///
/// 保密: from then on it exists for the named people alone, each as far as their roles reach it.
#[utoipa::path(put, path = "/cases/{number}/confidence", tag = "cases", request_body = Confidence,
    params(("number" = Number, Path)), responses((status = OK, description = "The case after it", body = CaseView)))]
async fn confide(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Confidence>,
) -> Result<Response, Problem> {
    let people: BTreeSet<Id> = body.people.iter().map(|number| number.0).collect();
    let case = api
        .app
        .confide(signed.caller(), number.0, body.version, Some(people), &body.reason)
        .await?;
    case_response(&api, signed.caller(), &case).await
}

/// Lifts a case's confidence
#[utoipa::path(post, path = "/cases/{number}/disclosure", tag = "cases", request_body = Reason,
    params(("number" = Number, Path)), responses((status = OK, description = "The case after it", body = CaseView)))]
async fn disclose(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Reason>,
) -> Result<Response, Problem> {
    let case = api
        .app
        .confide(signed.caller(), number.0, body.version, None, &body.reason)
        .await?;
    case_response(&api, signed.caller(), &case).await
}

/// A redacted text.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedactedText {
    /// The text with `***` in place of what was masked.
    text: String,
    /// What was masked, in the order of the text.
    masked: Vec<MaskedPart>,
}

/// Something that was masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaskedPart {
    /// `reporter`, `identity`, `phone`, `number`, `plate`, `door` or `name`.
    #[schema(example = "phone")]
    kind: &'static str,
    /// What stood there; absent for whom the reporter is not revealed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
}

impl RedactedText {
    fn new((text, masked): (String, Vec<Masked>), reveals: bool) -> Self {
        let masked = masked.into_iter().map(|masked| MaskedPart {
            kind: masked.kind.name(),
            was: reveals.then_some(masked.was),
        });
        Self {
            text,
            masked: masked.collect(),
        }
    }
}

/// What may be published of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationProposal {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<RedactedText>,
    /// What was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<RedactedText>,
    /// The reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<RedactedText>,
    /// The area, no finer than a community.
    area: UnitName,
}

/// Proposes what to publish of a case
///
/// The texts with names, numbers, plates and doors masked by rule, and what was masked: a clerk reads and corrects it. A
/// rule knows no people.
#[utoipa::path(get, path = "/cases/{number}/publication", tag = "cases", params(("number" = Number, Path)),
    responses((status = OK, description = "The proposal", body = PublicationProposal)))]
async fn propose(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
) -> Result<Json<PublicationProposal>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    let proposed = api.app.propose_publication(signed.caller(), &case).await?;
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let reveals = api.app.may_reveal(signed.caller(), &case);
    let redacted = |text| RedactedText::new(text, reveals);
    Ok(Json(PublicationProposal {
        title: proposed.title.map(redacted),
        text: proposed.text.map(redacted),
        reply: proposed.reply.map(redacted),
        area: words.unit(&proposed.area),
    }))
}

/// What is published of a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPublication, example = json!({"title": "井盖破损", "text": "路口的井盖破损", "place": "人民路"}))]
pub struct PublicationBody {
    /// The title.
    #[schema(max_length = 2000)]
    title: Option<String>,
    /// The redacted text.
    #[schema(max_length = 10000)]
    text: String,
    /// The redacted reply.
    #[schema(max_length = 10000)]
    reply: Option<String>,
    /// The area in which it is said to lie: its community (unless told), or one above it.
    #[schema(value_type = Option<String>)]
    area: Option<UnitCode>,
    /// A road or neighbourhood, without a number.
    #[schema(max_length = 100)]
    place: Option<String>,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// Publishes a case
///
/// 公开: what is sent here is all that anybody sees of it; the point is generalised to a cell of about a kilometre.
#[utoipa::path(put, path = "/cases/{number}/publication", tag = "cases", request_body = PublicationBody,
    params(("number" = Number, Path)), responses((status = OK, description = "The case after it", body = CaseView)))]
async fn publish(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Body(body): Body<PublicationBody>,
) -> Result<Response, Problem> {
    let draft = PublicationDraft {
        title: body.title,
        text: body.text,
        reply: body.reply,
        area: body.area,
        words: body.place,
    };
    let case = api.app.publish(signed.caller(), number.0, body.version, draft).await?;
    case_response(&api, signed.caller(), &case).await
}

/// Takes a published case back
#[utoipa::path(post, path = "/cases/{number}/withdrawal", tag = "cases", request_body = Reason,
    params(("number" = Number, Path)), responses((status = OK, description = "The case after it", body = CaseView)))]
async fn withdraw(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Reason>,
) -> Result<Response, Problem> {
    let case = api
        .app
        .withdraw(signed.caller(), number.0, body.version, &body.reason)
        .await?;
    case_response(&api, signed.caller(), &case).await
}
