//! Cases (案件/诉求): filing, listing and reading them.

mod acts;
mod bodies;
mod clocks;
mod discretion;
mod insight;
mod parts;
mod search;
mod sheet;
mod summary;
mod timeline;
mod view;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use quanyu_app::cases::{Caller, Idempotency, Intake, ListCursor, ListQuery, Only};
use quanyu_app::masking::masked;
use quanyu_app::tables::TextRow;
use quanyu_app::{App, AppError};
use quanyu_domain::access::{ActorRef, Relation};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::RelationName;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::language::Language;
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Named, Number, Page, page_size};
use crate::words::Words;

use bodies::NewCase;
pub use parts::ResultView;
pub use summary::{CaseSummary, Texts, due_at, masked_case, near_from};
pub use timeline::title as timeline_title;
use view::{CaseView, Read};

/// The routes of cases.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::LIST_CASES, routes!(list_cases)))
        .routes(route(action::FILE_CASE, routes!(file_case)))
        .routes(route(action::FILE_PUBLIC_CASE, routes!(file_public_case)))
        .routes(route(action::READ_CASE, routes!(read_case)))
        .merge(acts::routes())
        .merge(insight::routes())
        .merge(discretion::routes())
        .merge(search::routes())
}

/// The header that makes a repeated request the same request.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How a list is given.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ListFormat {
    /// A page, for programs.
    #[default]
    Json,
    /// A sheet, for people (Office Open XML).
    Xlsx,
}

/// Which cases are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseFilter {
    /// Only what stands in this relation: `dispatch`, `verify`, `call_back` and `decide` are the work lists of a desk,
    /// `lead` and `assist` those of a unit, `area` everything that lies there. Absent: everything that the caller may see.
    #[param(inline, value_type = Option<RelationName>)]
    relation: Option<Relation>,
    /// Only what concerns this unit.
    #[param(value_type = Option<String>)]
    unit: Option<UnitCode>,
    /// `true` (the default): what is open, by limit, the nearest first. `false`: what is not, the last first.
    open: Option<bool>,
    /// Only what sorts at this time or later: the nearest limit of what is open, the end of what is not.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only what sorts before this time. What is open and `until` now is overdue.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Only cases in this state.
    state: Option<String>,
    /// Only cases of this matter, and of those below it.
    matter: Option<String>,
    /// Only demands of this type.
    demand: Option<String>,
    /// Only what came in this way.
    channel: Option<String>,
    /// Only what this account works on (经办人): holds an assignment of, of what is open one that is open.
    holder: Option<Number>,
    /// `true`: only what is escalated, of what is open: supervisors or leaders have been told of a limit that has passed.
    #[serde(default)]
    escalated: bool,
    /// `true`: only what has a limit that is near and has not passed, of what is open.
    #[serde(default)]
    near: bool,
    /// The `next` of the page before.
    after: Option<String>,
    /// `json` (the default): a page. `xlsx`: the list from here on as a sheet, up to 10,000 cases of it.
    #[serde(default)]
    #[param(inline)]
    format: ListFormat,
    /// Cases of a page, 1 to 200; 50 unless told. A page may hold fewer, or none, and still have a next one: state, matter,
    /// demand, channel, holder, escalated and near are looked at in up to 500 cases for a page.
    limit: Option<usize>,
}

/// Lists cases
///
/// Everything that the caller's roles let them see, or a work list of it, page by page or as a sheet. The journal keeps
/// who took a sheet.
#[utoipa::path(get, path = "/cases", tag = "cases", params(CaseFilter),
    responses((status = OK, description = "A page of cases, or a sheet", content(
        (Page<CaseSummary> = "application/json"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn list_cases(
    State(api): State<Api>,
    signed: Signed,
    headers: HeaderMap,
    Parameters(filter): Parameters<CaseFilter>,
) -> Result<Response, Problem> {
    let after = filter.after.as_deref().map(str::parse::<ListCursor>).transpose()?;
    let query = ListQuery {
        relation: filter.relation,
        unit: filter.unit,
        open: filter.open.unwrap_or(true),
        from: filter.from,
        until: filter.until,
        only: Only {
            state: filter.state,
            matter: filter.matter,
            demand: filter.demand,
            channel: filter.channel,
            holder: filter.holder.map(|holder| holder.0),
            escalated: filter.escalated,
            near: filter.near,
        },
        after,
        limit: page_size(filter.limit)?,
    };
    if filter.format == ListFormat::Xlsx {
        return sheet::of_list(&api, signed.caller(), query, Language::of(&headers)).await;
    }
    let list = api.app.list(signed.caller(), &query).await?;
    let items = summaries(&api.app, signed.caller(), &list.cases).await?;
    Ok(Json(Page {
        items,
        next: list.next.map(|next| next.to_string()),
    })
    .into_response())
}

/// Cases as lists show them, in their order.
pub async fn summaries(app: &App, caller: &Caller, cases: &[Case]) -> Result<Vec<CaseSummary>, Problem> {
    let (rules, now) = (app.rules(), app.now());
    let cases = &app.told(cases.to_vec()).await?;
    let mut by_district: BTreeMap<DistrictId, Vec<_>> = BTreeMap::new();
    for case in cases {
        by_district.entry(case.district).or_default().push(&case.text);
    }
    let mut texts = Texts::default();
    let names = names(app, cases.iter().flat_map(holders).collect()).await?;
    let mut words = BTreeMap::new();
    for (district, refs) in by_district {
        texts.extend(Texts::read(app, district, &refs).await?);
        words.insert(district, Words::of(&rules, district)?.with_names(names.clone()));
    }
    let summary = |case: &Case| {
        let words = &words[&case.district];
        let text = texts.get(&case.text);
        if app.may_reveal(caller, case) {
            return CaseSummary::new(words, case, text, now);
        }
        let text = text.map(|text| TextRow {
            title: text.title.as_deref().map(masked),
            body: masked(&text.body),
            ..text.clone()
        });
        CaseSummary::new(words, &masked_case(case), text.as_ref(), now)
    };
    Ok(cases.iter().map(summary).collect())
}

/// A case that was filed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiledCase {
    /// Its number, which the reporter is told.
    pub number: Number,
    /// The secret with which the reporter follows, rates and reopens it: told here and never again.
    #[schema(example = "7KQ2-M0XR-9TBD")]
    pub tracking_secret: String,
    /// Its version.
    pub version: i64,
    /// Its state.
    pub state: Named,
    /// When it was filed.
    pub filed_at: Moment,
    /// Its next limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Moment>,
}

/// Files a case
///
/// Takes a demand in for somebody who calls, comes or was met. Send an `Idempotency-Key` of your own making (a UUID) and
/// repeat it with every retry: a request that got through before is answered with the case that it filed (200 instead of
/// 201) and files no second one.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase,
    params(("Idempotency-Key" = Option<String>, Header, description = "8 to 200 characters; needed for safe retries")),
    responses((status = CREATED, description = "Filed", body = FiledCase),
        (status = OK, description = "Was filed by an earlier request with the same key", body = FiledCase)))]
async fn file_case(
    State(api): State<Api>,
    signed: Signed,
    headers: HeaderMap,
    Body(body): Body<NewCase>,
) -> Result<Response, Problem> {
    take_in(&api, signed.caller(), &headers, body).await
}

/// Files a case without an account
///
/// For residents; the channel must be a public one. An `Idempotency-Key` works as with `POST /cases`.
#[utoipa::path(post, path = "/public/cases", tag = "public", request_body = NewCase,
    params(("Idempotency-Key" = Option<String>, Header, description = "8 to 200 characters; needed for safe retries")),
    responses((status = CREATED, description = "Filed", body = FiledCase),
        (status = OK, description = "Was filed by an earlier request with the same key", body = FiledCase)))]
async fn file_public_case(
    State(api): State<Api>,
    headers: HeaderMap,
    Body(body): Body<NewCase>,
) -> Result<Response, Problem> {
    take_in(&api, &Caller::reporter(), &headers, body).await
}

async fn take_in(api: &Api, caller: &Caller, headers: &HeaderMap, body: NewCase) -> Result<Response, Problem> {
    let key = idempotency(caller, headers)?;
    let Intake { case, secret, created } = api.app.take_in(caller, body.draft()?, key).await?;
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let filed = FiledCase {
        number: Number(case.id),
        tracking_secret: secret,
        version: case.version,
        state: words.state(&case.case_type, &case.state),
        filed_at: words.moment(case.filed_at),
        due_at: due_at(&case).map(|due| words.moment(due)),
    };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let location = [(LOCATION, format!("/api/v1/cases/{}", case.id))];
    Ok((status, location, Json(filed)).into_response())
}

/// The key of a request that may be repeated. Everybody has keys of their own.
pub fn idempotency(caller: &Caller, headers: &HeaderMap) -> Result<Option<Idempotency>, Problem> {
    let Some(value) = headers.get(&IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    if !(8..=200).contains(&key.len()) {
        return Err(Problem::invalid(
            "bad_idempotency_key",
            "Idempotency-Key",
            "Idempotency-Key 须为 8 至 200 个 ASCII 字符，建议用 UUID",
            "Idempotency-Key has 8 to 200 ASCII characters: a UUID does well",
        ));
    }
    Ok(Some(Idempotency {
        space: "idempotency",
        key: format!("{}/{key}", caller.actor.reference()),
    }))
}

/// Reads a case
///
/// The whole case with its texts, the titles of everything in it, and what the caller may do with it now. The `ETag` is
/// its version: send it back as `If-Match` (or as `version`) with an act.
#[utoipa::path(get, path = "/cases/{number}", tag = "cases", params(("number" = Number, Path)),
    responses((status = OK, description = "The case", body = CaseView, headers(("ETag" = String)))))]
async fn read_case(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
) -> Result<Response, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    case_response(&api, signed.caller(), &case).await
}

/// A case as an answer, with its version as `ETag`.
async fn case_response(api: &Api, caller: &Caller, case: &Case) -> Result<Response, Problem> {
    let rules = api.app.rules();
    let case = &api.app.told_case(case).await?;
    let mut refs = vec![&case.text];
    refs.extend(case.result.as_ref().map(|result| &result.reply));
    let mut texts = Texts::read(&api.app, case.district, &refs).await?;
    let hidden = (!api.app.may_reveal(caller, case)).then(|| masked_case(case));
    let shown = hidden.as_ref().unwrap_or(case);
    if hidden.is_some() {
        texts.mask();
    }
    let read = Read {
        reporter: api.app.masked_reporter(case).await?,
        texts,
        files: api.app.attachments_of(case).await?,
        supporters: api.app.supporters(case.id).await?,
    };
    let mut actors = vec![case.filed_by];
    for request in &case.requests {
        actors.push(request.by);
        actors.extend(request.decision.as_ref().map(|decision| decision.by));
    }
    actors.extend(case.answers.iter().map(|answers| answers.by));
    actors.extend(holders(case));
    let circle = case.confidential.iter().flat_map(|circle| &circle.people);
    actors.extend(circle.copied().map(ActorRef::Account));
    let words = Words::of(&rules, case.district)?.with_names(names(&api.app, actors).await?);
    // Whoever acts may hand a case on and no longer see it: the answer to that very act still shows it.
    let available = api.app.available(caller, case)?;
    let view = CaseView::new(&words, shown, &read, &available, api.app.now());
    let mut response = Json(view).into_response();
    if let Ok(version) = HeaderValue::from_str(&format!("\"{}\"", case.version)) {
        response.headers_mut().insert(ETAG, version);
    }
    Ok(response)
}

/// Who works, or has worked last, on the assignments of a case.
fn holders(case: &Case) -> impl Iterator<Item = ActorRef> {
    let held = case.assignments.iter().filter_map(|assignment| assignment.holder);
    held.map(ActorRef::Account)
}

/// The names of accounts among actors.
async fn names(app: &App, actors: Vec<ActorRef>) -> Result<BTreeMap<Id, String>, AppError> {
    let account = |actor| match actor {
        ActorRef::Account(id) => Some(id),
        ActorRef::Reporter | ActorRef::Program => None,
    };
    let mut ids: Vec<Id> = actors.into_iter().filter_map(account).collect();
    ids.sort();
    ids.dedup();
    let names = app.account_names(&ids).await?;
    Ok(ids
        .into_iter()
        .zip(names)
        .filter_map(|(id, name)| Some((id, name?)))
        .collect())
}
