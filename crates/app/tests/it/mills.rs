//! A small world put into force from sources: units, directory and a pack with clocks, as an installation has them.

use std::sync::Arc;

use quanyu_app::App;
use quanyu_app::cases::{Caller, CaseDraft, StepDraft};
use quanyu_app::error::AppError;
use quanyu_domain::access::Role::{
    self, CallBackClerk, Dispatcher, Handler, Operator, Supervisor, SystemAdmin, Verifier,
};
use quanyu_domain::cases::{AnswersInput, Case, RequestInput, Satisfaction};
use quanyu_domain::ids::Id;
use quanyu_domain::model::RequestKind;
use quanyu_domain::text::Title;
use quanyu_domain::units::{Unit, UnitKind};
use quanyu_pack::Sources;

use crate::support::{CITY, EAST, EAST_DESK, EAST_ROADS, MILL, World, code, grant};

/// Two departments of the east that could be one, and two communities of its subdistrict.
pub const WATER: &str = "990101000000-water";
pub const UPPER: &str = "990101001001";
pub const LOWER: &str = "990101001002";

const CITY_PLACE: &str = r#"
[place]
code = "990100000000"
title = { zh = "磨坊市", en = "Mill City" }
needs = ["mills"]
utc_offset = "+08:00"
calendars = ["../calendar"]

[work_hours]
intervals = ["09:00-12:00", "13:00-17:00"]

[files]
units = "units.csv"
matters = "matters.csv"
directory = "directory.csv"
"#;

const EAST_PLACE: &str = r#"
[place]
code = "990101000000"
title = { zh = "东区", en = "East" }
part_of = "9901"

[files]
directory = "directory.csv"
"#;

const CALENDAR: &str = r#"{ "year": 2024, "days": [{ "name": "国庆节", "date": "2024-10-01", "isOffDay": true }] }"#;

const UNITS: &str = "code,kind,zh,en,parent,function,valid_from,valid_to,note
990100000000,city,磨坊市,Mill City,,,2020-01-01,,
990101000000,district,东区,East,990100000000,,2020-01-01,,
990101000000-command_centre,department,东区指挥中心,East Desk,990101000000,command_centre,2020-01-01,,
990101000000-roads,department,东区道路,East Roads,990101000000,roads,2020-01-01,,
990101000000-water,department,东区水务,East Water,990101000000,water,2020-01-01,,
990101001000,subdistrict,磨坊街道,Mill Street,990101000000,,2020-01-01,,
990101001001,community,上磨社区,Upper Mill,990101001000,,2020-01-01,,
990101001002,community,下磨社区,Lower Mill,990101001000,,2020-01-01,,
990102000000,district,西区,West,990100000000,,2020-01-01,,
990102000000-command_centre,department,西区指挥中心,West Desk,990102000000,command_centre,2020-01-01,,
990102000000-roads,department,西区道路,West Roads,990102000000,roads,2020-01-01,,
";
const MATTERS: &str = "code,level,parent,zh,en,demand,keywords,filing,closing
01,1,,水轮,Wheels,grumble,水轮,,
0101,2,01,卡住,Stuck,grumble,卡住,,
";
const CITY_DIRECTORY: &str = "matter,lead,assist,limit_class,demand,valid_from,valid_to,basis
01,@function:roads,@level:subdistrict,brief,,2020-01-01,,惯例
";
const EAST_DIRECTORY: &str = "matter,lead,assist,limit_class,demand,valid_from,valid_to,basis
0101,990101000000-water,,lengthy,,2020-01-01,,东区惯例
";

/// The sources of the world.
pub fn sources() -> Sources {
    [
        ("packs/mills/pack.toml", include_str!("mills/pack.toml")),
        ("places/calendar/2024.json", CALENDAR),
        ("places/9901/place.toml", CITY_PLACE),
        ("places/9901/units.csv", UNITS),
        ("places/9901/matters.csv", MATTERS),
        ("places/9901/directory.csv", CITY_DIRECTORY),
        ("places/990101/place.toml", EAST_PLACE),
        ("places/990101/directory.csv", EAST_DIRECTORY),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into_iter()
    .collect()
}

/// A world in which the sources are in force.
pub async fn mills() -> World {
    let world = World::new().await;
    world
        .app
        .initialise(&sources())
        .await
        .expect("the sources go into force");
    world
}

/// A caller with roles, without an account behind it.
pub fn caller(number: i64, grants: &[(Role, &str)]) -> Caller {
    Caller::account(
        Id(number),
        grants.iter().map(|(role, unit)| grant(*role, unit)).collect(),
    )
}

/// Who sits at the desk of the east.
pub fn desk() -> Caller {
    caller(
        1,
        &[
            (Operator, EAST_DESK),
            (Dispatcher, EAST_DESK),
            (CallBackClerk, EAST_DESK),
        ],
    )
}

/// Who looks at results.
pub fn verifier() -> Caller {
    caller(2, &[(Verifier, EAST_DESK)])
}

/// Who works for a unit.
pub fn handler(unit: &str) -> Caller {
    caller(3, &[(Handler, unit)])
}

/// Who watches over the east.
pub fn supervisor() -> Caller {
    caller(5, &[(Supervisor, EAST)])
}

/// Who looks after units, webhooks and the directory.
pub fn admin() -> Caller {
    caller(4, &[(SystemAdmin, CITY)])
}

/// A demand in the upper community.
pub fn wheel() -> CaseDraft {
    CaseDraft {
        case_type: "stuck_wheel".to_owned(),
        demand: "grumble".to_owned(),
        channel: "mill_line".to_owned(),
        matter: None,
        title: None,
        text: "水轮卡住了".to_owned(),
        place: None,
        position: None,
        area: Some(code(UPPER)),
        reporter: None,
        evidence: Vec::new(),
        answer: None,
        confidential: false,
    }
}

pub async fn file(app: &App) -> Case {
    app.take_in(&desk(), wheel(), None).await.expect("filed").case
}

pub fn sent_to(unit: &str) -> StepDraft {
    StepDraft {
        lead: Some(code(unit)),
        assist: Some(Vec::new()),
        ..StepDraft::default()
    }
}

/// What comes along with each step that needs something.
pub fn with(step: &str) -> StepDraft {
    let words = Some("说明".to_owned());
    match step {
        "dispatch" => sent_to(EAST_ROADS),
        "hand_in" => StepDraft {
            reply: words,
            outcome: Some("turns_again".to_owned()),
            ..StepDraft::default()
        },
        "rework" => StepDraft {
            note: words,
            ..StepDraft::default()
        },
        "call_back" | "ring_picked" => StepDraft {
            note: words,
            answers: Some(AnswersInput {
                reached: true,
                responded: Some(true),
                solved: Some(true),
                satisfaction: Some(Satisfaction::Satisfied),
            }),
            ..StepDraft::default()
        },
        _ => StepDraft::default(),
    }
}

/// Takes a step as whoever may.
pub async fn step(app: &App, case: &Case, step: &str) -> Result<Case, AppError> {
    let lead = case
        .lead()
        .map_or_else(|| EAST_ROADS.to_owned(), |lead| lead.unit.to_string());
    let by = match step {
        "accept" | "hand_in" => handler(&lead),
        "pass" | "rework" => verifier(),
        _ => desk(),
    };
    app.step(&by, case.id, None, step, with(step)).await
}

/// Takes steps one after another.
pub async fn walk(app: &App, mut case: Case, steps: &[&str]) -> Case {
    for name in steps {
        case = step(app, &case, name)
            .await
            .unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    case
}

/// What a handler asks for.
pub fn request(kind: RequestKind) -> RequestInput {
    RequestInput {
        kind,
        reason: "缘由".to_owned(),
        more: None,
        until: None,
        into: None,
        target: None,
        unit: None,
    }
}

/// A unit like the others of the world.
pub fn unit(code_text: &str, kind: UnitKind, parent: &str) -> Unit {
    Unit {
        code: code(code_text),
        kind,
        title: Title::new(format!("单位{code_text}"), code_text),
        parent: Some(code(parent)),
        function: code_text.split_once('-').map(|(_, name)| name.to_owned()),
        valid_from: "2020-01-01".parse().expect("a date"),
        valid_to: None,
        successors: Vec::new(),
    }
}

/// Another server over the same store, with the same rules in force.
pub async fn another(world: &mut World) -> Arc<App> {
    let app = world.another_server();
    app.reload_rules().await.expect("the rules are in force");
    app
}

/// The areas in which the demand of [`wheel`] lies.
pub fn areas() -> [&'static str; 3] {
    [UPPER, MILL, EAST]
}
