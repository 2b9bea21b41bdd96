//! What is known around a case: its timeline, why its limits are what they are, whose job it is, what resembles it.

use axum::Json;
use axum::extract::State;
use quanyu_app::cases::{Caller, Similar, SimilarReason};
use quanyu_app::masking::masked;
use quanyu_app::rules::Rules;
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::Case;
use quanyu_domain::cases::CaseFact;
use quanyu_domain::directory::Proposal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::clocks::ClockStanding;
use super::summary::{CaseSummary, Texts};
use super::timeline::{TimelineView, text_of};
use super::{names, summaries};
use crate::Api;
use crate::edge::action;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Named, Number, PositionInput, Title};
use crate::words::{MatterName, UnitName, Words};

/// The routes of what is known around cases.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_CASE, routes!(read_timeline)))
        .routes(route(action::READ_CASE, routes!(read_limits)))
        .routes(route(action::READ_CASE, routes!(read_proposal)))
        .routes(route(action::READ_CASE, routes!(read_similar)))
        .routes(route(action::FIND_SIMILAR, routes!(find_similar)))
}

/// Everything that happened to a case, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// The entries.
    entries: Vec<TimelineView>,
}

/// Reads a case's timeline
#[utoipa::path(get, path = "/cases/{number}/timeline", tag = "cases", params(("number" = Number, Path)),
    responses((status = OK, description = "The timeline", body = Timeline)))]
async fn read_timeline(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
) -> Result<Json<Timeline>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    let entries = api.app.timeline(signed.caller(), &case).await?;
    let refs: Vec<_> = entries.iter().filter_map(|entry| text_of(&entry.event.fact)).collect();
    let mut texts = Texts::read(&api.app, case.district, &refs).await?;
    let masks = !api.app.may_reveal(signed.caller(), &case);
    if masks {
        texts.mask();
    }
    let rules = api.app.rules();
    let mut actors: Vec<ActorRef> = entries.iter().map(|entry| entry.event.by).collect();
    actors.extend(entries.iter().filter_map(|entry| match &entry.event.fact {
        CaseFact::HandedOver { holder, .. } => Some(ActorRef::Account(*holder)),
        _ => None,
    }));
    let names = names(&api.app, actors).await?;
    let words = Words::of(&rules, case.district)?.with_names(names);
    let entries = entries
        .iter()
        .map(|entry| {
            let mut view = TimelineView::new(&words, &case, entry, &texts);
            if masks {
                view.details.words = view.details.words.as_deref().map(masked);
                if let Some(request) = &mut view.details.request {
                    request.reason = masked(&request.reason);
                }
            }
            view
        })
        .collect();
    Ok(Json(Timeline { entries }))
}

/// The clocks of a case with their explanations.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedLimits {
    /// One for each clock.
    limits: Vec<ExplainedLimit>,
}

/// A clock with its explanation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedLimit {
    /// Which clock.
    clock: Named,
    /// The class of limit.
    class: Named,
    /// How it stands.
    #[serde(flatten)]
    standing: ClockStanding,
    /// Version of the rules that set it.
    model: String,
    /// Step by step: what is counted, what is passed over and why.
    steps: Vec<Title>,
}

/// Explains a case's limits
///
/// Step by step in both languages, with the calendar and rules of the version that set each.
#[utoipa::path(get, path = "/cases/{number}/limits", tag = "cases", params(("number" = Number, Path)),
    responses((status = OK, description = "The limits", body = ExplainedLimits)))]
async fn read_limits(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
) -> Result<Json<ExplainedLimits>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    let explained = api.app.explain_limits(&case).await?;
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let limits = case
        .clocks
        .iter()
        .zip(explained)
        .map(|(clock, explained)| ExplainedLimit {
            clock: words.clock(&case, clock),
            class: words.limit_class(&explained.class),
            standing: ClockStanding::new(&words, explained.due, explained.state),
            model: explained.model,
            steps: explained
                .steps
                .iter()
                .map(|step| Title::new(step.zh(), step.en()))
                .collect(),
        });
    Ok(Json(ExplainedLimits {
        limits: limits.collect(),
    }))
}

/// For which matter a proposal is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProposalFilter {
    /// Another matter than the case's own.
    matter: Option<String>,
}

/// What the dispatch directory and the text propose for a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct DispatchProposal {
    /// For the case's matter, or the one asked for; absent where there is none or no row of the directory holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
    /// Matters that the text points to, the likeliest first.
    suggestions: Vec<MatterSuggestion>,
}

/// What the dispatch directory proposes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
pub struct ProposalView {
    /// The matter of the row that was used.
    row: MatterName,
    /// Where the row comes from.
    basis: String,
    /// The lead unit.
    lead: UnitName,
    /// The assisting units.
    assist: Vec<UnitName>,
    /// The class of limit.
    limit_class: Named,
}

/// A matter that a text points to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterSuggestion {
    /// The matter.
    matter: MatterName,
    /// How strongly the text points to it; only for comparing.
    score: u32,
    /// What the directory proposes for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
}

/// How many matters are suggested.
const SUGGESTED: usize = 5;

/// Proposes whose job a case is
#[utoipa::path(get, path = "/cases/{number}/proposal", tag = "cases",
    params(("number" = Number, Path), ProposalFilter),
    responses((status = OK, description = "The proposal", body = DispatchProposal)))]
async fn read_proposal(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
    Parameters(filter): Parameters<ProposalFilter>,
) -> Result<Json<DispatchProposal>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    let texts = Texts::read(&api.app, case.district, &[&case.text]).await?;
    let text = texts.get(&case.text);
    let text = text.map(|text| format!("{}\n{}", text.title.as_deref().unwrap_or_default(), text.body));
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let date = words.model.work_time.date(api.app.now());
    let propose = |matter: &str| propose(&rules, &words, &case, matter, date);
    let matter = filter.matter.as_deref().or(case.matter.as_deref());
    let suggested = rules.matters.suggest(text.as_deref().unwrap_or_default(), SUGGESTED);
    let suggestions = suggested.into_iter().map(|(matter, score)| MatterSuggestion {
        matter: words.matter(&matter.code),
        score,
        proposal: propose(&matter.code),
    });
    Ok(Json(DispatchProposal {
        proposal: matter.and_then(propose),
        suggestions: suggestions.collect(),
    }))
}

fn propose(
    rules: &Rules,
    words: &Words<'_>,
    case: &Case,
    matter: &str,
    date: jiff::civil::Date,
) -> Option<ProposalView> {
    let directory = &rules.of(case.district).ok()?.directory;
    let proposal = directory.propose(matter, &case.demand, &rules.tree, case.place.area(), date)?;
    let Proposal {
        lead,
        assist,
        limit_class,
        matter,
        basis,
    } = proposal;
    Some(ProposalView {
        row: words.matter(&matter),
        basis,
        lead: words.unit(&lead),
        assist: assist.iter().map(|unit| words.unit(unit)).collect(),
        limit_class: words.limit_class(&limit_class),
    })
}

/// Open cases that may be the same thing, the likeliest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarCases {
    /// The cases.
    items: Vec<SimilarView>,
}

/// A case that may be the same thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarCase)]
pub struct SimilarView {
    /// The other case.
    case: CaseSummary,
    /// How likely it is the same, 0 to 1.
    score: f64,
    /// What speaks for it.
    reasons: Vec<SimilarReasonView>,
}

/// What speaks for two cases being the same thing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[schema(as = SimilarReason)]
pub enum SimilarReasonView {
    /// They are this far apart.
    Near {
        /// Metres.
        metres: f64,
    },
    /// They lie in the same area, and one has no point.
    SameArea,
    /// They share levels of the tree of matters.
    SameMatter {
        /// How many, 1 to 5.
        levels: usize,
    },
    /// Their texts are alike.
    AlikeText {
        /// Which part they share, 0 to 1.
        share: f64,
    },
}

impl From<&SimilarReason> for SimilarReasonView {
    fn from(reason: &SimilarReason) -> Self {
        match *reason {
            SimilarReason::Near { metres } => Self::Near { metres: metres.round() },
            SimilarReason::SameArea => Self::SameArea,
            SimilarReason::SameMatter { levels } => Self::SameMatter { levels },
            SimilarReason::AlikeText { share } => Self::AlikeText {
                share: hundredths(share),
            },
        }
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

async fn similar_cases(api: &Api, caller: &Caller, found: Vec<Similar>) -> Result<Json<SimilarCases>, Problem> {
    let cases: Vec<Case> = found.iter().map(|similar| similar.case.clone()).collect();
    let summaries = summaries(&api.app, caller, &cases).await?;
    let items = found.iter().zip(summaries).map(|(similar, case)| SimilarView {
        case,
        score: hundredths(similar.score),
        reasons: similar.reasons.iter().map(SimilarReasonView::from).collect(),
    });
    Ok(Json(SimilarCases { items: items.collect() }))
}

/// Finds cases that may be the same thing
#[utoipa::path(get, path = "/cases/{number}/similar", tag = "cases", params(("number" = Number, Path)),
    responses((status = OK, description = "Open cases that may be the same thing", body = SimilarCases)))]
async fn read_similar(
    State(api): State<Api>,
    signed: Signed,
    FromPath(number): FromPath<Number>,
) -> Result<Json<SimilarCases>, Problem> {
    let case = api.app.case(signed.caller(), number.0).await?;
    let found = api.app.similar_to(signed.caller(), &case).await?;
    similar_cases(&api, signed.caller(), found).await
}

/// What is being told, before it is filed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "柳树巷口路面塌了一块", "position": {"lon": 100.0012, "lat": 36.0031}}))]
pub struct SimilarDraft {
    /// What is said.
    text: String,
    /// Matter, where it is known.
    matter: Option<String>,
    /// The point.
    position: PositionInput,
}

/// Finds cases that may be the same thing as what is being told
#[utoipa::path(post, path = "/similar", tag = "cases", request_body = SimilarDraft,
    responses((status = OK, description = "Open cases that may be the same thing", body = SimilarCases)))]
async fn find_similar(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<SimilarDraft>,
) -> Result<Json<SimilarCases>, Problem> {
    let position = body.position.stored()?;
    let found = api
        .app
        .similar_to_draft(signed.caller(), &body.text, body.matter.as_deref(), position)
        .await?;
    similar_cases(&api, signed.caller(), found).await
}
