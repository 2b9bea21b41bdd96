//! The rules in force, for whoever shows or checks them: kinds of case, workflows, limits, demands, parameters.

use axum::Json;
use axum::extract::State;
use quanyu_app::rules::Rules;
use quanyu_domain::cases::CaseTerms;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::{
    Act, CaseType, ClockLimit, ClockRule, LadderAt, LadderAudience, Milestone, Model, Performer, Phase, RequestKind,
    RequestPolicy, Workflow,
};
use quanyu_domain::time::LimitDuration;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::{ActName, MilestoneName, PhaseName, RequestKindName};
use crate::edge::extract::Parameters;
use crate::edge::gate::route;
use crate::edge::problem::Problem;
use crate::edge::wire::{Named, Title};

/// The routes of the model.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(route(action::READ_MODEL, routes!(read_model)))
}

/// Whose rules are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ModelFilter {
    /// The six digits of a district or city; the first that has rules of its own unless told.
    #[param(example = 990101)]
    district: Option<u32>,
}

impl ModelFilter {
    /// The district that is asked for.
    pub fn chosen(&self, rules: &Rules) -> DistrictId {
        let first = rules.districts.keys().next().copied();
        self.district.map(DistrictId).or(first).unwrap_or(DistrictId(0))
    }
}

/// The rules in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub struct ModelView {
    /// Its version; records keep it.
    version: String,
    /// The packs in force, in the order in which they build on one another.
    packs: Vec<Named>,
    /// Kinds of case.
    case_types: Vec<CaseTypeView>,
    /// Workflows.
    workflows: Vec<WorkflowView>,
    /// Classes of limit.
    limits: Vec<LimitView>,
    /// Demand types.
    demands: Vec<DemandView>,
    /// Channels.
    channels: Vec<ChannelView>,
    /// Outcomes.
    outcomes: Vec<OutcomeView>,
    /// Kinds of evidence.
    evidence: Vec<EvidenceKindView>,
    /// What may be asked for.
    requests: Vec<RequestPolicyView>,
    /// Ladders of escalation.
    ladders: Vec<LadderView>,
    /// Parameters with the values that hold here.
    parameters: Vec<ParameterView>,
    /// The years whose working calendar is loaded.
    calendar_years: Vec<i16>,
}

/// A kind of case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseType)]
pub struct CaseTypeView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// The name of its workflow.
    workflow: String,
    /// The clocks that such a case carries.
    clocks: Vec<ClockRuleView>,
    /// The class of limit where neither directory nor dispatcher names one.
    default_limit: String,
    /// How long after closing its reporter may reopen it; absent: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    reopen_within: Option<DurationView>,
    /// How often.
    reopen_at_most: u32,
}

/// A clock between milestones.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClockRule)]
pub struct ClockRuleView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// What starts it.
    #[schema(value_type = MilestoneName)]
    starts: Milestone,
    /// What stops it; closing always does.
    #[schema(value_type = Vec<MilestoneName>)]
    stops: Vec<Milestone>,
    /// Its class of limit; absent: the class decided at dispatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    /// The ladder that it walks.
    #[serde(skip_serializing_if = "Option::is_none")]
    ladder: Option<String>,
    /// Whether a granted extension moves it.
    extendable: bool,
}

/// A time allowed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitDuration)]
pub struct DurationView {
    /// As packs write it.
    #[schema(example = "7 workdays")]
    limit: String,
    /// In words.
    title: Title,
}

impl From<LimitDuration> for DurationView {
    fn from(limit: LimitDuration) -> Self {
        Self {
            limit: limit.to_string(),
            title: Title::new(limit.label_zh(), limit.label_en()),
        }
    }
}

/// A workflow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workflow)]
pub struct WorkflowView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// The state in which a filed case starts.
    start: String,
    /// The state to which a granted return (退单) leads.
    returned: String,
    /// The state of a case that was merged into another (并案).
    merged: String,
    /// The state in which a reopened case goes on.
    reopened: String,
    /// Its states.
    states: Vec<StateView>,
    /// Its steps in the order of the buttons.
    steps: Vec<StepView>,
}

/// A state inside a phase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = State)]
pub struct StateView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Its phase.
    #[schema(value_type = PhaseName)]
    phase: Phase,
}

/// A step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Step)]
pub struct StepView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// What it does.
    #[schema(value_type = ActName)]
    act: Act,
    /// The states from which it may be taken.
    from: Vec<String>,
    /// The state to which it leads; absent: the state stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Who may take it: roles, `reporter`, `program`.
    #[schema(value_type = Vec<String>)]
    by: Vec<Performer>,
    /// Kinds of evidence without which it is refused.
    needs: Vec<String>,
    /// The condition under which alone it may be taken, as packs write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    when_title: Option<Title>,
}

/// A class of limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitClass)]
pub struct LimitView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// The time allowed.
    duration: DurationView,
    /// Whether it is meant for handling, so that a dispatcher may choose it; the others measure a step of their own.
    for_handling: bool,
}

/// A demand type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Demand)]
pub struct DemandView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Whether an operator may answer it at intake.
    answerable_at_intake: bool,
    /// Whether it counts in the rates.
    counts_in_rates: bool,
}

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Whether people without an account may file through it.
    public: bool,
}

/// How a case ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outcome)]
pub struct OutcomeView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Whether the matter itself was solved.
    solved: bool,
}

/// A kind of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceKind)]
pub struct EvidenceKindView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Media types that count as it, `image/*` style.
    media: Vec<String>,
}

/// What the packs say of one kind of request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestPolicy)]
pub struct RequestPolicyView {
    /// The kind.
    #[schema(value_type = RequestKindName)]
    kind: RequestKind,
    /// Its title.
    title: Title,
    /// Who may ask.
    #[schema(value_type = Vec<String>)]
    asked_by: Vec<Performer>,
    /// Who decides; never the account that asked.
    #[schema(value_type = Vec<String>)]
    decided_by: Vec<Performer>,
    /// The phases in which it may be asked for.
    #[schema(value_type = Vec<PhaseName>)]
    phases: Vec<Phase>,
    /// The class of limit for the decision.
    limit: String,
    /// How often it may be granted for one case; absent: without bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    grants_at_most: Option<u32>,
    /// The longest time that may be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<DurationView>,
    /// Daily hour before which it must be made, `17:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_off: Option<String>,
    /// Whether it must be made before the limit that it touches has passed.
    before_due: bool,
}

/// A ladder of escalation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ladder)]
pub struct LadderView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Its steps in the order of time.
    steps: Vec<LadderStepView>,
}

/// A step of a ladder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LadderStep)]
pub struct LadderStepView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// `before`, `at` or `after` the limit.
    #[schema(example = "before")]
    when: &'static str,
    /// How long before or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<DurationView>,
    /// Whom it tells: `assigned`, `desk`, `supervisors`, `leaders`.
    #[schema(value_type = Vec<String>)]
    tells: Vec<LadderAudience>,
}

/// A parameter with the value that holds here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Parameter)]
pub struct ParameterView {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// Its type and value.
    value: serde_json::Value,
    /// Where the value comes from: a pack's name or a place's code.
    set_by: String,
}

impl From<&Model> for ModelView {
    fn from(model: &Model) -> Self {
        Self {
            version: model.version.clone(),
            packs: model
                .packs
                .iter()
                .map(|pack| Named::new(&pack.name, Some(&pack.title)))
                .collect(),
            case_types: model.case_types.values().map(CaseTypeView::from).collect(),
            workflows: (model.workflows.values())
                .map(|workflow| WorkflowView::new(workflow, model))
                .collect(),
            limits: (model.limits.values())
                .map(|l| LimitView {
                    named: Named::new(&l.name, Some(&l.title)),
                    duration: l.duration.into(),
                    for_handling: model.is_for_handling(&l.name),
                })
                .collect(),
            demands: (model.demands.values())
                .map(|d| DemandView {
                    named: Named::new(&d.name, Some(&d.title)),
                    answerable_at_intake: d.answerable_at_intake,
                    counts_in_rates: d.counts_in_rates,
                })
                .collect(),
            channels: (model.channels.values())
                .map(|c| ChannelView {
                    named: Named::new(&c.name, Some(&c.title)),
                    public: c.public,
                })
                .collect(),
            outcomes: (model.outcomes.values())
                .map(|o| OutcomeView {
                    named: Named::new(&o.name, Some(&o.title)),
                    solved: o.solved,
                })
                .collect(),
            evidence: (model.evidence.values())
                .map(|e| EvidenceKindView {
                    named: Named::new(&e.name, Some(&e.title)),
                    media: e.media.clone(),
                })
                .collect(),
            requests: model.requests.values().map(RequestPolicyView::from).collect(),
            ladders: (model.ladders.values())
                .map(|ladder| LadderView {
                    named: Named::new(&ladder.name, Some(&ladder.title)),
                    steps: ladder.steps.iter().map(LadderStepView::from).collect(),
                })
                .collect(),
            parameters: (model.parameters.values())
                .map(|parameter| ParameterView {
                    named: Named::new(&parameter.name, Some(&parameter.title)),
                    // Numbers, texts and flags always have a JSON form.
                    value: serde_json::to_value(&parameter.value).unwrap_or_default(),
                    set_by: parameter.set_by.clone(),
                })
                .collect(),
            calendar_years: model.work_time.calendar.years().collect(),
        }
    }
}

impl From<&CaseType> for CaseTypeView {
    fn from(kind: &CaseType) -> Self {
        Self {
            named: Named::new(&kind.name, Some(&kind.title)),
            workflow: kind.workflow.clone(),
            clocks: kind.clocks.iter().map(ClockRuleView::from).collect(),
            default_limit: kind.default_limit.clone(),
            reopen_within: kind.reopen_within.map(DurationView::from),
            reopen_at_most: kind.reopen_at_most,
        }
    }
}

impl From<&ClockRule> for ClockRuleView {
    fn from(rule: &ClockRule) -> Self {
        Self {
            named: Named::new(&rule.name, Some(&rule.title)),
            starts: rule.starts,
            stops: rule.stops.clone(),
            limit: match &rule.limit {
                ClockLimit::ByClass => None,
                ClockLimit::Class(class) => Some(class.clone()),
            },
            ladder: rule.ladder.clone(),
            extendable: rule.extendable,
        }
    }
}

impl WorkflowView {
    fn new(workflow: &Workflow, model: &Model) -> Self {
        let terms = CaseTerms(model);
        let states = workflow.states.values();
        let steps = workflow.steps.iter();
        Self {
            named: Named::new(&workflow.name, Some(&workflow.title)),
            start: workflow.start.clone(),
            returned: workflow.returned.clone(),
            merged: workflow.merged.clone(),
            reopened: workflow.reopened.clone(),
            states: states
                .map(|state| StateView {
                    named: Named::new(&state.name, Some(&state.title)),
                    phase: state.phase,
                })
                .collect(),
            steps: steps
                .map(|step| StepView {
                    named: Named::new(&step.name, Some(&step.title)),
                    act: step.act,
                    from: step.from.clone(),
                    to: step.to.clone(),
                    by: step.by.clone(),
                    needs: step.needs.clone(),
                    when: step.when.as_ref().map(ToString::to_string),
                    when_title: step.when.as_ref().map(|when| Title::from(&when.words(&terms))),
                })
                .collect(),
        }
    }
}

impl From<&RequestPolicy> for RequestPolicyView {
    fn from(policy: &RequestPolicy) -> Self {
        Self {
            kind: policy.kind,
            title: Title::from(&policy.title),
            asked_by: policy.asked_by.clone(),
            decided_by: policy.decided_by.clone(),
            phases: policy.phases.clone(),
            limit: policy.limit.clone(),
            grants_at_most: policy.grants_at_most,
            at_most: policy.at_most.map(DurationView::from),
            cut_off: policy.cut_off.map(|cut_off| cut_off.time.to_string()),
            before_due: policy.before_due,
        }
    }
}

impl From<&quanyu_domain::model::LadderStep> for LadderStepView {
    fn from(step: &quanyu_domain::model::LadderStep) -> Self {
        let (when, by) = match step.at {
            LadderAt::Before(time) => ("before", Some(time)),
            LadderAt::Limit => ("at", None),
            LadderAt::After(time) => ("after", Some(time)),
        };
        Self {
            named: Named::new(&step.name, Some(&step.title)),
            when,
            by: by.map(DurationView::from),
            tells: step.tells.clone(),
        }
    }
}

/// Reads the rules in force
#[utoipa::path(get, path = "/model", tag = "rules", params(ModelFilter),
    responses((status = OK, description = "The rules", body = ModelView)))]
async fn read_model(
    State(api): State<Api>,
    Parameters(filter): Parameters<ModelFilter>,
) -> Result<Json<ModelView>, Problem> {
    let rules = api.app.rules();
    Ok(Json(ModelView::from(rules.of(filter.chosen(&rules))?.model.as_ref())))
}
