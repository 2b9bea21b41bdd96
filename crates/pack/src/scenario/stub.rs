//! The made-up place where tests happen.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanyu_domain::access::{Actor, Grant, Role};
use quanyu_domain::cases::{Place, Position};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Other, Performer};
use quanyu_domain::text::Title;
use quanyu_domain::units::{DESK_FUNCTION, Unit, UnitCode, UnitKind, UnitTree};

use super::Who;

/// The units to which cases are sent.
pub(super) const UNITS: [&str; 3] = ["first", "second", "third"];

const DISTRICT: &str = "990101000000";
const SUBDISTRICT: &str = "990101001000";
const COMMUNITY: &str = "990101001001";
const DESK: &str = "990101000000-desk";

/// The people and units of a test.
pub(super) struct Stub {
    pub tree: UnitTree,
    people: BTreeMap<String, i64>,
    minted: i64,
}

impl Stub {
    pub fn new() -> Self {
        let unit = |code: &str, kind, parent: Option<&str>, function: Option<&str>| Unit {
            code: self::code(code),
            kind,
            title: Title::new(code, code),
            parent: parent.map(self::code),
            function: function.map(str::to_owned),
            valid_from: Date::constant(1, 1, 1),
            valid_to: None,
            successors: Vec::new(),
        };
        let areas = [
            unit(DISTRICT, UnitKind::District, None, None),
            unit(SUBDISTRICT, UnitKind::Subdistrict, Some(DISTRICT), None),
            unit(COMMUNITY, UnitKind::Community, Some(SUBDISTRICT), None),
            unit(DESK, UnitKind::Department, Some(DISTRICT), Some(DESK_FUNCTION)),
        ];
        let departments = UNITS.map(|name| unit(department(name).as_str(), UnitKind::Department, Some(DISTRICT), None));
        Self {
            tree: UnitTree::new(areas.into_iter().chain(departments)),
            people: BTreeMap::new(),
            minted: 0,
        }
    }

    /// A number that nothing else of the test has.
    pub fn mint(&mut self) -> Id {
        self.minted += 1;
        Id(self.minted)
    }

    /// Who acts.
    pub fn actor(&mut self, who: &Who) -> Actor {
        let role = match who.part {
            Performer::Other(Other::Program) => return Actor::Program,
            Performer::Other(Other::Reporter) => return Actor::Reporter,
            Performer::Role(role) => role,
        };
        let unit = match role {
            Role::Handler => department(who.unit.as_deref().unwrap_or(UNITS[0])),
            Role::GridWorker => code(COMMUNITY),
            Role::Supervisor | Role::Leader => code(DISTRICT),
            _ => code(DESK),
        };
        let person = who
            .person
            .clone()
            .unwrap_or_else(|| format!("{} of {unit}", role.name()));
        let id = match self.people.get(&person) {
            Some(id) => Id(*id),
            None => {
                let id = self.mint();
                self.people.insert(person, id.0);
                id
            }
        };
        Actor::Account {
            id,
            grants: vec![Grant { role, unit }],
        }
    }

    /// Where the case lies.
    pub fn place(has_point: bool) -> Place {
        Place {
            words: None,
            position: has_point.then_some(Position { lon: 0.0, lat: 0.0 }),
            areas: [COMMUNITY, SUBDISTRICT, DISTRICT].map(code).to_vec(),
        }
    }
}

/// The code of one of the [`UNITS`].
pub(super) fn department(name: &str) -> UnitCode {
    code(&format!("{DISTRICT}-{name}"))
}

fn code(text: &str) -> UnitCode {
    text.parse().expect("the codes of the made-up place are written above")
}
