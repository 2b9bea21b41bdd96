//! The tree of matters (五级事项分类): by text, by word, level by level.

use axum::Json;
use axum::extract::State;
use quanyu_app::rules::Rules;
use quanyu_domain::directory::Matter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::extract::{FromPath, Parameters};
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Page, Title, page_after, page_size};

/// The routes of matters.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_MATTERS, routes!(list_matters)))
        .routes(route(action::READ_MATTERS, routes!(suggest_matters)))
        .routes(route(action::READ_MATTERS, routes!(read_matter)))
}

/// A matter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Matter)]
pub struct MatterView {
    /// Its code: two digits for each level.
    code: String,
    /// Its name.
    title: Title,
    /// The names of the matters above it, from the first level down.
    path: Vec<Title>,
    /// Demand types under which it usually comes.
    demands: Vec<String>,
    /// When such a case is filed (立案条件).
    filing: String,
    /// When it may be closed (结案条件).
    closing: String,
    /// Whether there are matters below it.
    has_below: bool,
}

impl MatterView {
    fn new(rules: &Rules, matter: &Matter) -> Self {
        let above = rules.matters.path(&matter.code);
        let below = rules.matters.all().any(|other| is_below(&other.code, &matter.code));
        Self {
            code: matter.code.clone(),
            title: Title::from(&matter.title),
            path: above
                .iter()
                .filter(|m| m.code != matter.code)
                .map(|m| Title::from(&m.title))
                .collect(),
            demands: matter.demands.clone(),
            filing: matter.filing.clone(),
            closing: matter.closing.clone(),
            has_below: below,
        }
    }
}

/// Whether a matter lies directly below another.
fn is_below(code: &str, parent: &str) -> bool {
    code.len() == parent.len() + 2 && code.starts_with(parent)
}

/// Which matters are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MatterFilter {
    /// Matters whose name, code or key words hold this, on every level.
    q: Option<String>,
    /// Matters directly below this one. With neither `q` nor `parent`: those of the first level.
    parent: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Matters of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// Lists matters
#[utoipa::path(get, path = "/matters", tag = "rules", params(MatterFilter),
    responses((status = OK, description = "A page of matters, by code", body = Page<MatterView>)))]
async fn list_matters(
    State(api): State<Api>,
    Parameters(filter): Parameters<MatterFilter>,
) -> Result<Json<Page<MatterView>>, Problem> {
    let limit = page_size(filter.limit)?;
    let rules = api.app.rules();
    let q = filter.q.as_deref().map(|q| q.trim().to_lowercase());
    let parent = filter.parent.as_deref().unwrap_or_default();
    let wanted = |matter: &&Matter| match &q {
        Some(q) => matter.code.starts_with(parent) && holds(matter, q),
        None => is_below(&matter.code, parent),
    };
    let matters = rules.matters.all().filter(wanted);
    let (page, next) = page_after(matters, |matter| matter.code.clone(), filter.after.as_ref(), limit);
    Ok(Json(Page {
        items: page.into_iter().map(|matter| MatterView::new(&rules, matter)).collect(),
        next,
    }))
}

fn holds(matter: &Matter, q: &str) -> bool {
    matter.code.starts_with(q)
        || matter.title.zh.contains(q)
        || matter.title.en.to_lowercase().contains(q)
        || matter.keywords.iter().any(|word| word.contains(q))
}

/// The text for which matters are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestionFilter {
    /// What is being told; its first 2,000 characters count.
    text: String,
    /// How many, 1 to 20; 5 unless told.
    limit: Option<usize>,
}

/// Matters that a text points to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedMatters {
    /// The likeliest first.
    items: Vec<SuggestedMatter>,
}

/// A matter that a text points to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedMatter {
    /// The matter.
    #[serde(flatten)]
    matter: MatterView,
    /// How strongly the text points to it; only for comparing.
    score: u32,
}

/// Suggests matters for a text
#[utoipa::path(get, path = "/matters/suggestions", tag = "rules", params(SuggestionFilter),
    responses((status = OK, description = "The matters", body = SuggestedMatters)))]
async fn suggest_matters(
    State(api): State<Api>,
    Parameters(filter): Parameters<SuggestionFilter>,
) -> Json<SuggestedMatters> {
    let rules = api.app.rules();
    let text: String = filter.text.chars().take(2_000).collect();
    let found = rules.matters.suggest(&text, filter.limit.unwrap_or(5).clamp(1, 20));
    let items = found.into_iter().map(|(matter, score)| SuggestedMatter {
        matter: MatterView::new(&rules, matter),
        score,
    });
    Json(SuggestedMatters { items: items.collect() })
}

/// Reads a matter
#[utoipa::path(get, path = "/matters/{code}", tag = "rules", params(("code" = String, Path)),
    responses((status = OK, description = "The matter", body = MatterView)))]
async fn read_matter(State(api): State<Api>, FromPath(code): FromPath<String>) -> Result<Json<MatterView>, Problem> {
    let rules = api.app.rules();
    let matter = rules.matters.get(&code).ok_or_else(|| {
        quanyu_domain::refusal::Refusal::not_found(
            "unknown_matter",
            format!("事项目录中没有 {code}"),
            format!("there is no matter {code}"),
        )
    })?;
    Ok(Json(MatterView::new(&rules, matter)))
}
