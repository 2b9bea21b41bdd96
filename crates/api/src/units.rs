//! Units (单位/区划).

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use quanyu_app::rules::Rules;
use quanyu_domain::access::Role;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::{Unit, UnitCode, UnitCommand, UnitKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::{RoleName, UnitKindName};
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Number, Page, Title, page_after, page_size, unit_code};
use crate::words::{UnitName, offset, unit_name};

/// The routes of units.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_UNITS, routes!(list_units)))
        .routes(route(action::READ_UNITS, routes!(read_unit)))
        .routes(route(action::READ_COLLEAGUES, routes!(list_colleagues)))
        .routes(route(action::CHANGE_UNITS, routes!(change_units)))
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unit)]
pub struct UnitView {
    /// Its code.
    code: String,
    /// What it is.
    #[schema(value_type = UnitKindName)]
    kind: UnitKind,
    /// Its name.
    title: Title,
    /// The unit above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<UnitName>,
    /// What a department does, so that a directory can name it in any district.
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    /// First day on which it exists.
    #[schema(value_type = String, format = Date)]
    valid_from: Date,
    /// First day on which it no longer exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<Date>,
    /// The units that took its place.
    successors: Vec<UnitName>,
    /// Whether there are units below it.
    has_below: bool,
}

impl UnitView {
    /// From a unit.
    pub fn new(rules: &Rules, unit: &Unit) -> Self {
        Self {
            code: unit.code.to_string(),
            kind: unit.kind,
            title: Title::from(&unit.title),
            parent: unit.parent.as_ref().map(|parent| unit_name(rules, parent)),
            function: unit.function.clone(),
            valid_from: unit.valid_from,
            valid_to: unit.valid_to,
            successors: unit.successors.iter().map(|next| unit_name(rules, next)).collect(),
            has_below: rules.tree.children(&unit.code).next().is_some(),
        }
    }
}

/// Which units are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitFilter {
    /// Only units directly below this one.
    parent: Option<String>,
    /// Only units of this kind.
    #[param(inline, value_type = Option<UnitKindName>)]
    kind: Option<UnitKind>,
    /// Only units whose name or code holds this.
    q: Option<String>,
    /// As things stood on this day; today unless told.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<Date>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Units of a page, 1 to 200; 50 unless told.
    limit: Option<usize>,
}

/// Lists units
#[utoipa::path(get, path = "/units", tag = "places", params(UnitFilter),
    responses((status = OK, description = "A page of units, by code", body = Page<UnitView>)))]
async fn list_units(
    State(api): State<Api>,
    Parameters(filter): Parameters<UnitFilter>,
) -> Result<Json<Page<UnitView>>, Problem> {
    let limit = page_size(filter.limit)?;
    let parent = filter
        .parent
        .as_deref()
        .map(|parent| unit_code("parent", parent))
        .transpose()?;
    let after = filter
        .after
        .as_deref()
        .map(|after| unit_code("after", after))
        .transpose()?;
    let rules = api.app.rules();
    let on = filter
        .on
        .unwrap_or_else(|| offset(&rules).to_datetime(api.app.now()).date());
    let q = filter.q.as_deref().map(|q| q.trim().to_lowercase());
    let wanted = |unit: &&Unit| {
        unit.is_valid_on(on)
            && parent
                .as_ref()
                .is_none_or(|parent| unit.parent.as_ref() == Some(parent))
            && filter.kind.is_none_or(|kind| unit.kind == kind)
            && q.as_ref().is_none_or(|q| holds(unit, q))
    };
    let units = rules.tree.all().into_iter().filter(wanted);
    let (page, next) = page_after(units, |unit| unit.code.clone(), after.as_ref(), limit);
    Ok(Json(Page {
        items: page.into_iter().map(|unit| UnitView::new(&rules, unit)).collect(),
        next,
    }))
}

fn holds(unit: &Unit, q: &str) -> bool {
    unit.code.as_str().contains(q) || unit.title.zh.contains(q) || unit.title.en.to_lowercase().contains(q)
}

/// A unit with those above it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitInTree {
    /// The unit.
    #[serde(flatten)]
    unit: UnitView,
    /// The units above it, the nearest first.
    above: Vec<UnitName>,
}

/// Reads a unit
#[utoipa::path(get, path = "/units/{code}", tag = "places", params(("code" = String, Path)),
    responses((status = OK, description = "The unit", body = UnitInTree)))]
async fn read_unit(State(api): State<Api>, FromPath(code): FromPath<String>) -> Result<Json<UnitInTree>, Problem> {
    let code = unit_code("code", &code)?;
    let rules = api.app.rules();
    let unit = rules.tree.get(&code).ok_or_else(|| {
        Refusal::not_found(
            "unknown_unit",
            format!("没有单位 {code}"),
            format!("there is no unit {code}"),
        )
    })?;
    let above = rules
        .tree
        .ancestors(&code)
        .skip(1)
        .map(|unit| unit_name(&rules, &unit.code))
        .collect();
    Ok(Json(UnitInTree {
        unit: UnitView::new(&rules, unit),
        above,
    }))
}

/// A change of the tree.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({
    "command": "merge",
    "from": ["990101001001", "990101001002"],
    "into": {"code": "990101001003", "kind": "community", "title": {"zh": "柳树社区", "en": "Willow Community"},
        "parent": "990101001000", "valid_from": "2024-07-01"},
    "on": "2024-07-01"
}))]
pub enum UnitChange {
    /// Adds units; parents first, or in the same command.
    Add {
        /// The new units.
        units: Vec<NewUnit>,
    },
    /// Changes the name, parent or function of a unit.
    Amend {
        /// The unit as it shall be; its code and dates stay.
        unit: NewUnit,
    },
    /// 合并: several units become one.
    Merge {
        /// The units that end.
        #[schema(value_type = Vec<String>)]
        from: Vec<UnitCode>,
        /// The unit that takes their place: a new one, or one that exists already.
        into: NewUnit,
        /// First day of the new order.
        #[schema(value_type = String, format = Date)]
        on: Date,
    },
    /// 拆分: one unit becomes several.
    Split {
        /// The unit that ends.
        #[schema(value_type = String)]
        from: UnitCode,
        /// The new units.
        into: Vec<NewUnit>,
        /// First day of the new order.
        #[schema(value_type = String, format = Date)]
        on: Date,
    },
}

/// A unit as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnit {
    /// Its code.
    #[schema(value_type = String)]
    code: UnitCode,
    /// What it is.
    #[schema(value_type = UnitKindName)]
    kind: UnitKind,
    /// Its name.
    title: Title,
    /// The unit above it.
    #[schema(value_type = Option<String>)]
    parent: Option<UnitCode>,
    /// What a department does.
    function: Option<String>,
    /// First day on which it exists.
    #[schema(value_type = String, format = Date)]
    valid_from: Date,
}

impl From<NewUnit> for Unit {
    fn from(unit: NewUnit) -> Self {
        Self {
            code: unit.code,
            kind: unit.kind,
            title: unit.title.into(),
            parent: unit.parent,
            function: unit.function,
            valid_from: unit.valid_from,
            valid_to: None,
            successors: Vec::new(),
        }
    }
}

impl From<UnitChange> for UnitCommand {
    fn from(change: UnitChange) -> Self {
        match change {
            UnitChange::Add { units } => Self::Add {
                units: units.into_iter().map(Unit::from).collect(),
            },
            UnitChange::Amend { unit } => Self::Amend { unit: unit.into() },
            UnitChange::Merge { from, into, on } => Self::Merge {
                from,
                into: into.into(),
                on,
            },
            UnitChange::Split { from, into, on } => Self::Split {
                from,
                into: into.into_iter().map(Unit::from).collect(),
                on,
            },
        }
    }
}

/// The units that a change made or changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedUnits {
    /// As they are after it.
    items: Vec<UnitView>,
}

/// Changes the tree of units
///
/// What units that end had to do is handed to their successors on the first day of the new order.
#[utoipa::path(post, path = "/units/changes", tag = "places", request_body = UnitChange,
    responses((status = OK, description = "The units that are new or changed", body = ChangedUnits)))]
async fn change_units(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<UnitChange>,
) -> Result<Json<ChangedUnits>, Problem> {
    let event = api.app.change_units(signed.caller(), body.into()).await?;
    let rules = api.app.rules();
    Ok(Json(ChangedUnits {
        items: event.units.iter().map(|unit| UnitView::new(&rules, unit)).collect(),
    }))
}

/// Somebody who works for a unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Colleague)]
pub struct ColleagueView {
    /// The account.
    id: Number,
    /// The person's name.
    name: String,
    /// What they hold at the unit.
    #[schema(value_type = Vec<RoleName>)]
    roles: Vec<Role>,
}

/// Who works for a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Colleagues {
    /// Everybody who may sign in, by name.
    items: Vec<ColleagueView>,
}

/// Lists who works for a unit
///
/// For those who work there, and those who see the cases of its area: to whom work may be handed, and who may be named
/// for a confidential case.
#[utoipa::path(get, path = "/units/{code}/colleagues", tag = "places", params(("code" = String, Path)),
    responses((status = OK, description = "Everybody who works there", body = Colleagues)))]
async fn list_colleagues(
    State(api): State<Api>,
    signed: Signed,
    FromPath(code): FromPath<String>,
) -> Result<Json<Colleagues>, Problem> {
    let colleagues = api.app.colleagues(signed.caller(), &unit_code("code", &code)?).await?;
    let items = colleagues.into_iter().map(|colleague| ColleagueView {
        id: Number(colleague.id),
        name: colleague.name,
        roles: colleague.roles,
    });
    Ok(Json(Colleagues { items: items.collect() }))
}
