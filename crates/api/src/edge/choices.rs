//! Fixed sets of names, described in the OpenAPI document from the domain's own types, so that the two cannot differ.

use std::borrow::Cow;

use quanyu_app::activations::Change;
use quanyu_app::api_keys::KeyRight;
use quanyu_domain::access::{Relation, Role};
use quanyu_domain::cases::{AssignmentState, Discretion, Part, RequestState, Satisfaction};
use quanyu_domain::model::{Act, Milestone, Phase, RequestKind};
use quanyu_domain::units::UnitKind;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $name:ident = $values:expr;)+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let names = $values.into_iter().filter_map(|value| serde_json::to_value(value).ok());
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),+).trim_ascii()))
                    .enum_values(Some(names.collect::<Vec<_>>()))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+ };
}

choices! {
    /// Where a case is in the closed loop (受理、派单、办理、核查、回访、办结).
    PhaseName = Phase::ALL;
    /// What a step does; it decides which fields come along.
    ActName = Act::ALL;
    /// A moment that every case has in common.
    MilestoneName = Milestone::ALL;
    /// What can be asked for: 退单、延期、挂账、剔除、并案、重办.
    RequestKindName = RequestKind::ALL;
    /// What may be done about who else sees a case: 设为保密、解除保密、公开、撤回公开.
    DiscretionName = Discretion::ALL;
    /// A role (岗位).
    RoleName = Role::ALL;
    /// What an API key opens.
    KeyRightName = KeyRight::ALL;
    /// How a unit is related to a case.
    RelationName = Relation::ALL;
    /// 主办 or 协办.
    PartName = [Part::Lead, Part::Assist];
    /// Where an assignment stands.
    AssignmentStateName = [
        AssignmentState::Offered,
        AssignmentState::Accepted,
        AssignmentState::Done,
        AssignmentState::Returned,
        AssignmentState::Released,
    ];
    /// Where a request stands.
    RequestStateName =
        [RequestState::Pending, RequestState::Granted, RequestState::Refused, RequestState::Lapsed];
    /// How content the reporter is.
    SatisfactionName =
        [Satisfaction::Satisfied, Satisfaction::BasicallySatisfied, Satisfaction::Dissatisfied];
    /// What happened to a piece of the rules.
    ChangeName = Change::ALL;
    /// What a unit is.
    UnitKindName = [
        UnitKind::City,
        UnitKind::District,
        UnitKind::Subdistrict,
        UnitKind::Town,
        UnitKind::Township,
        UnitKind::Community,
        UnitKind::Village,
        UnitKind::Grid,
        UnitKind::Department,
    ];
}
