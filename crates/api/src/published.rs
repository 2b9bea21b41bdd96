//! Published cases (公开案件), for everybody: nothing but what a clerk has published.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use quanyu_app::cases::{Lies, PublishedQuery};
use quanyu_domain::cases::{Case, Publication, Said, TextRef};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::Phase;
use quanyu_domain::units::UnitCode;
use quanyu_geo::BoundingBox;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::cases::Texts;
use crate::edge::action;
use crate::edge::choices::PhaseName;
use crate::edge::extract::{FromPath, Parameters};
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Named, Number, Page, Position, page_size};
use crate::words::{MatterName, UnitName, Words};

/// The routes of published cases.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_PUBLISHED, routes!(list_published)))
        .routes(route(action::READ_PUBLISHED, routes!(read_published)))
}

/// Which published cases are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PublishedFilter {
    /// Only what is said to lie in this area: a community, or one above it up to the district.
    #[param(value_type = Option<String>)]
    area: Option<UnitCode>,
    /// `west,south,east,north` in CGCS2000: only what is said to lie in this box, instead of an area. A page may have fewer
    /// cases than its limit then, even none, while there is a `next`.
    #[serde(rename = "box")]
    #[param(rename = "box")]
    bounds: Option<String>,
    /// Only this matter, and those below it.
    matter: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<Number>)]
    after: Option<Number>,
    /// Cases of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

impl PublishedFilter {
    fn lies(&self) -> Result<Lies, Problem> {
        match (&self.area, &self.bounds) {
            (None, None) => Ok(Lies::Anywhere),
            (Some(area), None) => Ok(Lies::In(area.clone())),
            (None, Some(bounds)) => bounds_of(bounds).map(Lies::Within),
            (Some(_), Some(_)) => Err(Problem::invalid(
                "area_and_box",
                "box",
                "area 与 box 只能给出其一",
                "give an `area` or a `box`, not both",
            )),
        }
    }
}

fn bounds_of(text: &str) -> Result<BoundingBox, Problem> {
    let edges: Result<Vec<f64>, _> = text.split(',').map(|edge| edge.trim().parse()).collect();
    let bounds = match edges.as_deref() {
        Ok([west, south, east, north]) => BoundingBox::of_edges(*west, *south, *east, *north).ok(),
        _ => None,
    };
    bounds.ok_or_else(|| {
        Problem::invalid(
            "bad_box",
            "box",
            "box 须为“西,南,东,北”四个经纬度，单位为度，西不大于东，南不大于北",
            "`box` is `west,south,east,north` in degrees, west not beyond east and south not beyond north",
        )
    })
}

/// A published case.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedCase {
    /// Its number.
    number: Number,
    /// What kind of case it is.
    case_type: Named,
    /// Where it is in the closed loop.
    #[schema(value_type = PhaseName)]
    phase: Phase,
    /// Matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    matter: Option<MatterName>,
    /// The published title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The published text.
    text: String,
    /// The published reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
    /// The area in which it is said to lie.
    area: UnitName,
    /// A road or neighbourhood.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The middle of a cell of about a kilometre.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    /// The local day on which it was filed.
    #[schema(value_type = String, format = Date)]
    filed_on: String,
    /// The local day on which it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    closed_on: Option<String>,
    /// How many have added themselves to it (附议).
    supporters: u64,
}

/// Lists published cases
#[utoipa::path(get, path = "/public/cases", tag = "public", params(PublishedFilter),
    responses((status = OK, description = "A page of published cases, the newest first", body = Page<PublishedCase>)))]
async fn list_published(
    State(api): State<Api>,
    Parameters(filter): Parameters<PublishedFilter>,
) -> Result<Json<Page<PublishedCase>>, Problem> {
    let query = PublishedQuery {
        lies: filter.lies()?,
        matter: filter.matter,
        after: filter.after.map(|number| number.0),
        limit: page_size(filter.limit)?,
    };
    let (cases, next) = api.app.published(&query).await?;
    let items = shown(&api, cases).await?;
    Ok(Json(Page {
        items: items.into_iter().flatten().collect(),
        next: next.map(|next: Id| next.to_string()),
    }))
}

/// Reads a published case
#[utoipa::path(get, path = "/public/cases/{number}", tag = "public", params(("number" = Number, Path)),
    responses((status = OK, description = "The case", body = PublishedCase)))]
async fn read_published(
    State(api): State<Api>,
    FromPath(number): FromPath<Number>,
) -> Result<Json<PublishedCase>, Problem> {
    let case = api.app.published_case(number.0).await?;
    let shown = shown(&api, vec![case]).await?;
    // It was published a moment ago.
    let mut shown = shown.into_iter().flatten();
    shown
        .next()
        .map(Json)
        .ok_or_else(|| Problem::internal("a published case has no publication"))
}

/// Published cases as everybody sees them, in their order; none of what is not published any more.
pub async fn shown(api: &Api, cases: Vec<Case>) -> Result<Vec<Option<PublishedCase>>, Problem> {
    let cases = api.app.told(cases).await?;
    let mut refs: BTreeMap<DistrictId, Vec<&TextRef>> = BTreeMap::new();
    for case in &cases {
        let own = refs.entry(case.district).or_default();
        let publication = case.publication.iter();
        own.extend(publication.flat_map(|shown| std::iter::once(&shown.text).chain(&shown.reply)));
    }
    let mut texts = Texts::default();
    for (district, refs) in refs {
        texts.extend(Texts::read(&api.app, district, &refs).await?);
    }
    let rules = api.app.rules();
    let mut shown = Vec::with_capacity(cases.len());
    for case in &cases {
        let supporters = api.app.supporters(case.id).await?;
        let words = Words::of(&rules, case.district)?;
        let publication = case.publication.as_ref();
        shown.push(publication.map(|publication| view(case, publication, &texts, &words, supporters)));
    }
    Ok(shown)
}

fn view(case: &Case, publication: &Publication, texts: &Texts, words: &Words<'_>, supporters: u64) -> PublishedCase {
    let day = |at| words.model.work_time.date(at).to_string();
    let text = texts.get(&publication.text);
    let reply = publication.reply.as_ref().and_then(|reply| texts.get(reply));
    PublishedCase {
        number: Number(case.id),
        case_type: words.case_type(&case.case_type),
        phase: case.phase,
        matter: case.matter.as_deref().map(|code| words.matter(code)),
        title: text.and_then(|text| text.title.clone()),
        text: text.map(|text| text.body.clone()).unwrap_or_default(),
        reply: reply.map(|reply| reply.body.clone()),
        area: words.unit(publication.areas.first().unwrap_or(case.place.area())),
        place: publication.words.as_ref().and_then(Said::text).map(str::to_owned),
        position: publication.position.map(Position::from),
        filed_on: day(case.filed_at),
        closed_on: case.closed_at().map(day),
        supporters,
    }
}
