//! Packs in force (规则包): which came into force when, and putting others into force after looking at what they change.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use quanyu_app::activations::{COUNTED_AT_MOST, Change, Difference, DistrictPreview, FieldDifference, Preview};
use quanyu_app::tables::InForceRow;
use quanyu_pack::{Both, Finding, MAX_FILE, Severity, Sources, is_read};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::ChangeName;
use crate::edge::extract::{Body, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::language::Language;
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Page, Title, page_size};
use crate::words::{ActorView, actors, offset};

/// Largest body with sources, in bytes.
const MAX_BODY: usize = 24 * 1024 * 1024;
/// Most files of sources.
const MAX_FILES: usize = 2_000;
/// Longest path of a file, in bytes.
const MAX_PATH: usize = 300;
/// Most findings that are told.
const MAX_FINDINGS: usize = 500;
/// Longest line of a file that is shown with a finding, in characters.
const MAX_LINE: usize = 200;
/// The folders that sources consist of.
const PARTS: [&str; 2] = ["packs/", "places/"];

/// The routes of activations.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_ACTIVATIONS, routes!(list_activations)))
        .routes(route(action::ACTIVATE_RULES, routes!(activate)))
        .routes(route(action::ACTIVATE_RULES, routes!(preview)))
}

/// An activation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activation)]
pub struct ActivationView {
    /// 1, 2, 3, …; the last is in force.
    number: i64,
    /// Hash of the sources.
    source: String,
    /// When.
    at: Moment,
    /// Who did it.
    by: ActorView,
    /// Whether it is in force now.
    in_force: bool,
}

/// Which activations are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActivationFilter {
    /// The `next` of the page before.
    after: Option<i64>,
    /// Activations of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// Lists what came into force
///
/// The newest first.
#[utoipa::path(get, path = "/activations", tag = "rules", params(ActivationFilter),
    responses((status = OK, description = "A page of activations", body = Page<ActivationView>)))]
async fn list_activations(
    State(api): State<Api>,
    Parameters(filter): Parameters<ActivationFilter>,
) -> Result<Json<Page<ActivationView>>, Problem> {
    let limit = page_size(filter.limit)?;
    let mut rows = api.app.activations(filter.after, limit + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.number.to_string());
    let last = api.app.last_activation().await?.map(|row| row.number);
    Ok(Json(Page {
        items: shown(&api, rows, last).await?,
        next,
    }))
}

async fn shown(api: &Api, rows: Vec<InForceRow>, last: Option<i64>) -> Result<Vec<ActivationView>, Problem> {
    let who = actors(&api.app, rows.iter().map(|row| row.by.as_str())).await?;
    let offset = offset(&api.app.rules());
    let view = |(row, by): (InForceRow, ActorView)| ActivationView {
        in_force: Some(row.number) == last,
        number: row.number,
        source: row.source,
        at: Moment { at: row.at, offset },
        by,
    };
    Ok(rows.into_iter().zip(who).map(view).collect())
}

/// Packs and places, as files.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"files": {"packs/core/pack.toml": "[pack]\nname = \"core\"", "places/990101/place.toml": "[place]"}}))]
pub struct NewSources {
    /// The texts by path, `packs/…` and `places/…` with `/`; files of other kinds are left alone.
    files: BTreeMap<String, String>,
}

/// Packs and places that were previewed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "files": {"packs/core/pack.toml": "[pack]\nname = \"core\"", "places/990101/place.toml": "[place]"},
    "source": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "after": 1
}))]
pub struct PreviewedSources {
    /// The texts by path, as they were previewed.
    files: BTreeMap<String, String>,
    /// The `source` of the preview.
    source: String,
    /// The `after` of the preview.
    after: i64,
}

/// What putting sources into force would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivationPreview)]
pub struct PreviewView {
    /// Hash of the sources: what is activated must have it.
    source: String,
    /// The activation that is in force; 0 for none. What is activated must come right after it.
    after: i64,
    /// Whether they can come into force.
    sound: bool,
    /// How many files were read.
    files: usize,
    /// Why they cannot although nothing in them is wrong in itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<Title>,
    /// What is wrong with them, or probably not meant; the first five hundred.
    findings: Vec<FindingView>,
    /// What changes, by district or city; empty where they cannot come into force.
    districts: Vec<DistrictView>,
}

/// Something that is wrong in a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// `error`: it cannot come into force like this; `warning`: it probably says something else than was meant.
    severity: &'static str,
    /// The file.
    file: String,
    /// The line, from 1.
    line: u32,
    /// The column in characters, from 1.
    column: u32,
    /// Stable snake_case code.
    #[schema(example = "unknown_name")]
    code: &'static str,
    /// What is wrong, by `Accept-Language` in Chinese (the default) or English.
    what: String,
    /// What to do instead, in the same language.
    advice: String,
    /// The line as it stands there.
    text: String,
}

/// What changes in a district or city.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DistrictPreview)]
pub struct DistrictView {
    /// Its six digits.
    district: u32,
    /// Its name.
    title: Title,
    /// The version of its rules in force; absent: it has none of its own yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// The version that it would have.
    version: String,
    /// What is different between the two.
    differences: Vec<DifferenceView>,
    /// The open cases that go by its rules, counted up to 5000.
    open: usize,
    /// Those of them with a limit that was set under another version than the one that would be in force. They keep it.
    open_older: usize,
    /// Whether there are more open cases than were counted.
    open_more: bool,
}

/// A piece of the rules that is different.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
pub struct DifferenceView {
    /// What kind of piece: `state`, `step`, `limit`, `rate` …
    what: &'static str,
    /// What it belongs to: the workflow of a step, the ladder of its steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<Title>,
    /// Its name.
    name: String,
    /// Its title.
    title: Title,
    /// What happened to it.
    #[schema(value_type = ChangeName)]
    change: Change,
    /// What it says differently, where it changed.
    fields: Vec<FieldView>,
}

/// A field that says something else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldDifference)]
pub struct FieldView {
    /// The field.
    field: String,
    /// What it said.
    before: String,
    /// What it says.
    after: String,
}

impl From<Difference> for DifferenceView {
    fn from(one: Difference) -> Self {
        let fields = one.fields.into_iter();
        Self {
            what: one.what,
            within: one.within.as_ref().map(Title::from),
            name: one.name,
            title: Title::from(&one.title),
            change: one.change,
            fields: fields
                .map(|FieldDifference { field, before, after }| FieldView { field, before, after })
                .collect(),
        }
    }
}

impl From<DistrictPreview> for DistrictView {
    fn from(one: DistrictPreview) -> Self {
        Self {
            district: one.district.0,
            title: Title::from(&one.title),
            before: one.before,
            version: one.after,
            differences: one.differences.into_iter().map(DifferenceView::from).collect(),
            open: one.open.all,
            open_older: one.open.older,
            open_more: one.open.all >= COUNTED_AT_MOST,
        }
    }
}

impl FindingView {
    fn new(finding: &Finding, sources: &Sources, language: Language) -> Self {
        let told = |words: &Both| language.pick(&words.zh, &words.en).to_owned();
        let line = usize::try_from(finding.line).unwrap_or(1).saturating_sub(1);
        let text = sources.get(&finding.file).and_then(|text| text.lines().nth(line));
        Self {
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            file: finding.file.clone(),
            line: finding.line,
            column: finding.column,
            code: finding.code,
            what: told(&finding.what),
            advice: told(&finding.advice),
            text: text.unwrap_or_default().chars().take(MAX_LINE).collect(),
        }
    }
}

/// The files as sources: those of kinds that are read, below the two folders.
fn sources(files: BTreeMap<String, String>) -> Result<Sources, Problem> {
    if files.len() > MAX_FILES {
        return Err(Problem::invalid(
            "too_many_files",
            "files",
            format!("文件超过 {MAX_FILES} 个，请只选择含 packs/ 与 places/ 的文件夹"),
            format!("more than {MAX_FILES} files: choose the folder that holds packs/ and places/ and nothing else"),
        ));
    }
    let mut sources = Sources::default();
    for (path, text) in files {
        let inside = PARTS.iter().any(|part| path.starts_with(part));
        let plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !inside || !plain || path.len() > MAX_PATH || path.contains('\\') {
            return Err(Problem::invalid(
                "bad_path",
                "files",
                format!("路径 {path} 无效：须以 packs/ 或 places/ 开头，以 / 分隔，不含 .."),
                format!(
                    "`{path}` is no path of sources: it begins with packs/ or places/, has `/` between names and no `..`"
                ),
            ));
        }
        if text.len() > MAX_FILE {
            let most = MAX_FILE / 1024 / 1024;
            return Err(Problem::invalid(
                "file_too_large",
                "files",
                format!("文件 {path} 超过 {most} MB，请删减或拆分"),
                format!("{path} is larger than {most} MB: leave out what is not needed, or split it"),
            ));
        }
        if is_read(&path) {
            sources.insert(path, text);
        }
    }
    Ok(sources)
}

/// Shows what putting packs and places into force would do
///
/// Nothing changes. Findings are no problem but the answer.
#[utoipa::path(post, path = "/activations/preview", tag = "rules", request_body = NewSources,
    responses((status = OK, description = "What would change, and what is wrong", body = PreviewView)))]
async fn preview(
    State(api): State<Api>,
    signed: Signed,
    headers: HeaderMap,
    Body(body): Body<NewSources, MAX_BODY>,
) -> Result<Json<PreviewView>, Problem> {
    let sources = sources(body.files)?;
    let shown = api.app.preview_sources(signed.caller(), sources.clone()).await?;
    let sound = shown.is_sound();
    let Preview {
        source,
        after,
        findings,
        refusal,
        districts,
    } = shown;
    let language = Language::of(&headers);
    let findings = findings.iter().take(MAX_FINDINGS);
    Ok(Json(PreviewView {
        source,
        after,
        sound,
        files: sources.iter().count(),
        trouble: refusal.map(|refusal| Title::new(refusal.zh, refusal.en)),
        findings: findings
            .map(|finding| FindingView::new(finding, &sources, language))
            .collect(),
        districts: districts.into_iter().map(DistrictView::from).collect(),
    }))
}

/// Puts packs and places into force
///
/// Exactly those that were previewed, right after what was in force then. Cases keep the version under which their limits
/// were set; units and the dispatch directory stay as they are.
#[utoipa::path(post, path = "/activations", tag = "rules", request_body = PreviewedSources,
    responses((status = CREATED, description = "In force", body = ActivationView)))]
async fn activate(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<PreviewedSources, MAX_BODY>,
) -> Result<(StatusCode, Json<ActivationView>), Problem> {
    let sources = sources(body.files)?;
    let activated = api
        .app
        .activate_previewed(signed.caller(), &sources, &body.source, body.after)
        .await?;
    let rows = api.app.activations(Some(activated.number + 1), 1).await?;
    let made = shown(&api, rows, Some(activated.number)).await?.pop();
    let made = made.ok_or_else(|| Problem::internal("the activation is not there"))?;
    Ok((StatusCode::CREATED, Json(made)))
}
