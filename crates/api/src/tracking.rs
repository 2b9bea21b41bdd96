//! What a reporter may do with number and tracking secret: follow, rate, reopen.
//!
//! The answers hold nothing of what others know: no accounts, no notes, no requests, no other cases, and the reply only
//! once somebody else has found it right.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use quanyu_app::cases::{Caller, Followed, TimelineEntry};
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Answers, AnswersInput, Case, CaseEvent, CaseFact, CaseResult, Satisfaction};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Act, Phase};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::cases::{ResultView, Texts, due_at, near_from, timeline_title};
use crate::edge::action;
use crate::edge::choices::{PhaseName, SatisfactionName};
use crate::edge::extract::{Body, FromPath};
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Number, Title};
use crate::words::Words;

/// The routes of reporters.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::FOLLOW, routes!(follow)))
        .routes(route(action::RATE, routes!(rate)))
        .routes(route(action::REOPEN, routes!(reopen)))
}

/// The secret that came with the number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "7KQ2-M0XR-9TBD"}))]
pub struct Secret {
    /// The tracking secret; capitals, dashes and spaces do not matter.
    pub secret: String,
}

/// A case as its reporter sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedCase {
    /// Its number.
    number: Number,
    /// Where it is in the closed loop.
    #[schema(value_type = PhaseName)]
    phase: Phase,
    /// Its state.
    state: Title,
    /// Demand type.
    demand: Title,
    /// The title under which it was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// What was reported; absent once it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The place in words, as it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The unit that leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<Title>,
    /// When it was filed.
    filed_at: Moment,
    /// Its next limit while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Moment>,
    /// From when on that limit is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    near_from: Option<Moment>,
    /// When it was closed, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Moment>,
    /// What happened so far.
    timeline: Vec<FollowedEntry>,
    /// What came of it, once it was found right.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<ResultView>,
    /// What the reporter said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<GivenRating>,
    /// Replies that were told before it was opened or worked on again, the latest first.
    earlier: Vec<EarlierReply>,
    /// Photos that may be looked at: those that came with the report, and once there is a result those of the units.
    photos: Vec<Number>,
    /// Whether it was joined with another report of the same thing.
    merged: bool,
    /// The published case to which the number was added (附议): then what is told is what was published of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    supports: Option<Number>,
    /// Whether it may be rated now.
    may_rate: bool,
    /// Whether it may be opened again now.
    may_reopen: bool,
}

/// A reply that was told before, and what the reporter said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarlierReply {
    #[serde(flatten)]
    result: ResultView,
    /// What the reporter said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<GivenRating>,
}

/// What the reporter said to the three questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenRating {
    /// Was somebody in touch?
    #[serde(skip_serializing_if = "Option::is_none")]
    responded: Option<bool>,
    /// Is it solved?
    #[serde(skip_serializing_if = "Option::is_none")]
    solved: Option<bool>,
    /// How content?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SatisfactionName>)]
    satisfaction: Option<Satisfaction>,
    /// Whether it was given here, not on the telephone.
    here: bool,
    /// When.
    at: Moment,
}

impl GivenRating {
    fn new(words: &Words<'_>, answers: &Answers) -> Self {
        Self {
            responded: answers.responded,
            solved: answers.solved,
            satisfaction: answers.satisfaction,
            here: answers.by == ActorRef::Reporter,
            at: words.moment(answers.at),
        }
    }
}

/// A result that the reporter was told, and the last answers to it.
type Told<'t> = (&'t CaseResult, Option<&'t Answers>);

/// The results that the reporter was told, in their order: those that were found right.
fn told_results(timeline: &[TimelineEntry]) -> Vec<Told<'_>> {
    let mut told: Vec<Told<'_>> = Vec::new();
    let mut unseen = None;
    for event in timeline.iter().map(|entry| &entry.event) {
        match &event.fact {
            CaseFact::Answered { result } | CaseFact::HandedIn { result, .. } => unseen = Some(result),
            CaseFact::Reworked { .. } => unseen = None,
            CaseFact::Asked { answers, .. } if answers.reached => {
                if let Some((_, given)) = told.last_mut() {
                    *given = Some(answers);
                }
            }
            _ => {}
        }
        let is_told = |phase| matches!(phase, Phase::CallBack | Phase::Closed);
        if event.state.as_ref().is_some_and(|change| is_told(change.phase)) {
            told.extend(unseen.take().map(|result| (result, None)));
        }
    }
    told
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedEntry {
    /// What.
    title: Title,
    /// When.
    at: Moment,
    /// Why it was turned down, or what the reporter said.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

/// Follows a case
#[utoipa::path(post, path = "/tracking/{number}", tag = "public", request_body = Secret,
    params(("number" = Number, Path)),
    responses((status = OK, description = "The case", body = FollowedCase)))]
async fn follow(
    State(api): State<Api>,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Secret>,
) -> Result<Json<FollowedCase>, Problem> {
    match api.app.followed(number.0, &body.secret).await? {
        Followed::Case(case) => followed(&api, &case).await,
        Followed::Supported { number, at, case } => supported(&api, number, at, &case).await,
    }
}

/// The case as somebody sees it who added themselves to it: what was published of it, and how it stands. Nothing that only
/// its reporter is told.
async fn supported(api: &Api, number: Id, at: Timestamp, case: &Case) -> Result<Json<FollowedCase>, Problem> {
    let reporter = Caller::reporter();
    let case = &api.app.told_case(case).await?;
    let timeline = api.app.timeline(&reporter, case).await?;
    let publication = case.publication.as_ref();
    let refs: Vec<_> = publication
        .iter()
        .flat_map(|shown| std::iter::once(&shown.text).chain(&shown.reply))
        .collect();
    let texts = Texts::read(&api.app, case.district, &refs).await?;
    let text = publication.and_then(|shown| texts.get(&shown.text));
    let reply = publication.and_then(|shown| texts.get(shown.reply.as_ref()?));
    let result = case.result.as_ref().filter(|_| case.phase == Phase::Closed);
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let mut entries: Vec<FollowedEntry> = timeline
        .iter()
        .filter(|entry| !matches!(entry.event.fact, CaseFact::Asked { .. }))
        .filter_map(|entry| told(&words, &entry.event))
        .map(|entry| FollowedEntry { words: None, ..entry })
        .collect();
    let own = FollowedEntry {
        title: Title::new("您附议了此案件", "You added yourself to it"),
        at: words.moment(at),
        words: None,
    };
    let place = entries.partition_point(|entry| entry.at.at <= own.at.at);
    entries.insert(place, own);
    Ok(Json(FollowedCase {
        number: Number(number),
        phase: case.phase,
        state: words.state(&case.case_type, &case.state).title,
        demand: words.demand(&case.demand).title,
        title: text.and_then(|text| text.title.clone()),
        text: text.map(|text| text.body.clone()),
        place: publication
            .and_then(|shown| shown.words.as_ref()?.text())
            .map(str::to_owned),
        lead: case.lead().map(|lead| words.unit(&lead.unit).title),
        filed_at: words.moment(case.filed_at),
        due_at: due_at(case).map(|due| words.moment(due)),
        near_from: near_from(case).map(|near| words.moment(near)),
        closed_at: case.closed_at().map(|at| words.moment(at)),
        timeline: entries,
        result: result.map(|result| ResultView {
            reply: reply.map(|reply| reply.body.clone()),
            ..ResultView::new(&words, result, &texts)
        }),
        rating: None,
        earlier: Vec::new(),
        photos: Vec::new(),
        merged: case.merged_into.is_some(),
        supports: Some(Number(case.id)),
        may_rate: false,
        may_reopen: false,
    }))
}

/// The answers to the three questions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "secret": "7KQ2-M0XR-9TBD", "responded": true, "solved": true, "satisfaction": "basically_satisfied"
}))]
pub struct Rating {
    /// The tracking secret.
    secret: String,
    /// Was somebody in touch?
    responded: bool,
    /// Is it solved?
    solved: bool,
    /// How content?
    #[schema(value_type = SatisfactionName)]
    satisfaction: Satisfaction,
}

/// Rates a case
#[utoipa::path(post, path = "/tracking/{number}/rating", tag = "public", request_body = Rating,
    params(("number" = Number, Path)),
    responses((status = OK, description = "The case after it", body = FollowedCase)))]
async fn rate(
    State(api): State<Api>,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Rating>,
) -> Result<Json<FollowedCase>, Problem> {
    let answers = AnswersInput {
        reached: true,
        responded: Some(body.responded),
        solved: Some(body.solved),
        satisfaction: Some(body.satisfaction),
    };
    let case = api.app.rate(number.0, &body.secret, answers).await?;
    followed(&api, &case).await
}

/// Why a case is opened again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "7KQ2-M0XR-9TBD", "reason": "昨天又塌了"}))]
pub struct Reopening {
    /// The tracking secret.
    secret: String,
    /// Why.
    #[schema(max_length = 2000)]
    reason: String,
}

/// Opens a closed case again
#[utoipa::path(post, path = "/tracking/{number}/reopen", tag = "public", request_body = Reopening,
    params(("number" = Number, Path)),
    responses((status = OK, description = "The case after it", body = FollowedCase)))]
async fn reopen(
    State(api): State<Api>,
    FromPath(number): FromPath<Number>,
    Body(body): Body<Reopening>,
) -> Result<Json<FollowedCase>, Problem> {
    let case = api.app.reopen(number.0, &body.secret, &body.reason).await?;
    followed(&api, &case).await
}

async fn followed(api: &Api, case: &Case) -> Result<Json<FollowedCase>, Problem> {
    let reporter = Caller::reporter();
    let case = &api.app.told_case(case).await?;
    let timeline = api.app.timeline(&reporter, case).await?;
    let result = case
        .result
        .as_ref()
        .filter(|_| matches!(case.phase, Phase::CallBack | Phase::Closed));
    let mut earlier = told_results(&timeline);
    // The last one is the current one, as long as there is one.
    let current = if result.is_some() { earlier.pop() } else { None };
    let rating = current.and_then(|(_, answers)| answers);
    let mut refs = vec![&case.text];
    refs.extend(result.map(|result| &result.reply));
    refs.extend(earlier.iter().map(|(result, _)| &result.reply));
    let texts = Texts::read(&api.app, case.district, &refs).await?;
    // The first entry is the filing: what came with it is the reporter's own.
    let own: Vec<_> = timeline
        .iter()
        .take(1)
        .flat_map(|entry| &entry.event.evidence)
        .map(|e| e.attachment.0)
        .collect();
    let files = api.app.attachments_of(case).await?;
    let shown = files.iter().filter(|file| file.public_object.is_some());
    let shown = shown.filter(|file| result.is_some() || own.contains(&file.id));
    let photos = shown.map(|file| Number(Id(file.id))).collect();
    let available = api.app.available(&reporter, case)?;
    let may = |act| available.steps.iter().any(|step| step.act == act);
    let rules = api.app.rules();
    let words = Words::of(&rules, case.district)?;
    let text = texts.get(&case.text);
    Ok(Json(FollowedCase {
        number: Number(case.id),
        phase: case.phase,
        state: words.state(&case.case_type, &case.state).title,
        demand: words.demand(&case.demand).title,
        title: text.and_then(|text| text.title.clone()),
        text: text.map(|text| text.body.clone()),
        place: case.place.told().map(str::to_owned),
        lead: case.lead().map(|lead| words.unit(&lead.unit).title),
        filed_at: words.moment(case.filed_at),
        due_at: due_at(case).map(|due| words.moment(due)),
        near_from: near_from(case).map(|near| words.moment(near)),
        closed_at: case.closed_at().map(|at| words.moment(at)),
        timeline: timeline.iter().filter_map(|entry| told(&words, &entry.event)).collect(),
        result: result.map(|result| ResultView::new(&words, result, &texts)),
        rating: rating.map(|answers| GivenRating::new(&words, answers)),
        earlier: (earlier.iter().rev())
            .map(|(result, answers)| EarlierReply {
                result: ResultView::new(&words, result, &texts),
                rating: answers.map(|answers| GivenRating::new(&words, answers)),
            })
            .collect(),
        photos,
        merged: case.merged_into.is_some(),
        supports: None,
        may_rate: may(Act::Rate),
        may_reopen: may(Act::Reopen),
    }))
}

/// What the reporter is told of an event; most of them are between the units.
fn told(words: &Words<'_>, event: &CaseEvent) -> Option<FollowedEntry> {
    let said = match &event.fact {
        // 不予受理 is told with its reason.
        CaseFact::Rejected { reason } => reason.text().map(str::to_owned),
        CaseFact::Reopened { reason } if event.by == ActorRef::Reporter => reason.text().map(str::to_owned),
        CaseFact::Filed(_)
        | CaseFact::Answered { .. }
        | CaseFact::Dispatched { .. }
        | CaseFact::Accepted { .. }
        | CaseFact::Contacted { .. }
        | CaseFact::HandedIn { .. }
        | CaseFact::Passed
        | CaseFact::Asked { .. }
        | CaseFact::Reopened { .. } => None,
        CaseFact::Reworked { .. }
        | CaseFact::Urged { .. }
        | CaseFact::Moved { .. }
        | CaseFact::Requested { .. }
        | CaseFact::Decided { .. }
        | CaseFact::Escalated { .. }
        | CaseFact::Resumed
        | CaseFact::Absorbed { .. }
        | CaseFact::Transferred { .. }
        | CaseFact::HandedOver { .. }
        | CaseFact::DeskMoved { .. }
        | CaseFact::Sampled { .. }
        | CaseFact::Reckoned
        | CaseFact::Confided { .. }
        | CaseFact::Disclosed { .. }
        | CaseFact::Published { .. }
        | CaseFact::Withdrawn { .. }
        | CaseFact::Erased { .. } => return None,
    };
    Some(FollowedEntry {
        title: timeline_title(&event.fact),
        at: words.moment(event.at),
        words: said,
    })
}
