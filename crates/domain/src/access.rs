//! Who may see and do what: roles held at units, and the range of cases that follows from them.
//!
//! An account holds [`Grant`]s: a role at a unit. Towards one case a grant gives its role, or nothing, depending on
//! how the unit is related to the case ([`Actor::standing`]). For lists the same rule is a set of ranges of the party
//! index ([`Scope`]), so that a list and a single look can never disagree.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::cases::Case;
use crate::ids::Id;
use crate::model::Performer;
use crate::units::{UnitCode, UnitTree};

/// The roles of the product (岗位角色). They are fixed: packs say what a role may do, not which roles there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 接线员: takes calls, answers or files.
    Operator,
    /// 派单员: sends cases out, decides requests.
    Dispatcher,
    /// 承办人: works for a unit on what was sent to it.
    Handler,
    /// 核查员: checks results; never the one who handled.
    Verifier,
    /// 回访员: asks the reporter.
    CallBackClerk,
    /// 网格员: finds, reports and looks after an area.
    GridWorker,
    /// 督办: watches over an area or a department, and presses.
    Supervisor,
    /// 领导: sees an area's cases and figures.
    Leader,
    /// 系统管理员: units, packs, accounts without rights.
    SystemAdmin,
    /// 安全管理员: who holds which role.
    SecurityAdmin,
    /// 审计管理员: reads the journal of everybody, changes nothing.
    AuditAdmin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 11] = [
        Self::Operator,
        Self::Dispatcher,
        Self::Handler,
        Self::Verifier,
        Self::CallBackClerk,
        Self::GridWorker,
        Self::Supervisor,
        Self::Leader,
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
    ];

    /// The name used in packs, the API and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Dispatcher => "dispatcher",
            Self::Handler => "handler",
            Self::Verifier => "verifier",
            Self::CallBackClerk => "call_back_clerk",
            Self::GridWorker => "grid_worker",
            Self::Supervisor => "supervisor",
            Self::Leader => "leader",
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::AuditAdmin => "audit_admin",
        }
    }

    /// The role of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The three administrators (三员分立, GB/T 22239-2019) exclude one another and every role that touches cases.
    pub fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }
}

/// A role at a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The unit at which it is held.
    pub unit: UnitCode,
}

/// Why a set of grants cannot be held by one account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// Two administrators in one person, or an administrator who also works on cases.
    #[error(
        "{} cannot be held together with another role: the three administrators are three people (三员分立)",
        .role.name()
    )]
    AdministratorNotAlone {
        /// The administrator's role.
        role: Role,
    },
}

/// Checks that one account may hold these grants together.
///
/// # Errors
/// When an administrator's role is held together with any other role.
pub fn check_grants(grants: &[Grant]) -> Result<(), GrantFault> {
    let roles: BTreeSet<Role> = grants.iter().map(|g| g.role).collect();
    match roles.iter().find(|r| r.is_administrator()) {
        Some(admin) if roles.len() > 1 => Err(GrantFault::AdministratorNotAlone { role: *admin }),
        _ => Ok(()),
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person with an account.
    Account {
        /// The account.
        id: Id,
        /// What it holds.
        grants: Vec<Grant>,
    },
    /// The person who reported the case, holding its tracking secret.
    Reporter,
    /// The program itself: timers, imports.
    Program,
}

/// An actor as the journal keeps it: by reference, without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorRef {
    /// A person with an account.
    Account(Id),
    /// The reporter.
    Reporter,
    /// The program.
    Program,
}

impl std::fmt::Display for ActorRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account:{:018}", id.0),
            Self::Reporter => f.write_str("reporter"),
            Self::Program => f.write_str("program"),
        }
    }
}

/// How a unit is related to a case; with the unit it is one range of the party index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The case lies in this area.
    Area,
    /// The unit leads (主办); open while something is wanted of it.
    Lead,
    /// The unit assists (协办); open while something is wanted of it.
    Assist,
    /// The desk has to dispatch it.
    Dispatch,
    /// The unit has to decide a request about it.
    Decide,
    /// The desk has to verify it.
    Verify,
    /// The desk has to call back.
    CallBack,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 7] = [
        Self::Area,
        Self::Lead,
        Self::Assist,
        Self::Dispatch,
        Self::Decide,
        Self::Verify,
        Self::CallBack,
    ];

    /// The relations of a unit that was given a part in a case.
    const ASSIGNED: [Self; 2] = [Self::Lead, Self::Assist];

    /// The name used in the API and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Lead => "lead",
            Self::Assist => "assist",
            Self::Dispatch => "dispatch",
            Self::Decide => "decide",
            Self::Verify => "verify",
            Self::CallBack => "call_back",
        }
    }

    /// The relation of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relation| relation.name() == name)
    }
}

/// The cases that an actor may see in lists: a set of (unit, relation) ranges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// The ranges; a case is in the scope when one of its party rows is in one of them.
    pub ranges: BTreeSet<(UnitCode, Relation)>,
}

impl Actor {
    /// The actor as the journal keeps it.
    pub fn reference(&self) -> ActorRef {
        match self {
            Self::Account { id, .. } => ActorRef::Account(*id),
            Self::Reporter => ActorRef::Reporter,
            Self::Program => ActorRef::Program,
        }
    }

    /// The grants of an account; nothing for others.
    pub fn grants(&self) -> &[Grant] {
        match self {
            Self::Account { grants, .. } => grants,
            Self::Reporter | Self::Program => &[],
        }
    }

    /// Whether the account holds the role at any unit.
    pub fn holds(&self, role: Role) -> bool {
        self.grants().iter().any(|g| g.role == role)
    }

    /// The grants of an account that reach this case and, where it is confidential, open it.
    pub fn grants_toward<'a>(&'a self, case: &'a Case, tree: &'a UnitTree) -> impl Iterator<Item = &'a Grant> {
        self.grants().iter().filter(move |grant| {
            let reaches = match Reach::of(grant, tree) {
                Reach::Nothing => false,
                Reach::Area(area) => case.is_party(&area, Relation::Area, tree),
                Reach::Assigned => Relation::ASSIGNED.iter().any(|r| case.is_party(&grant.unit, *r, tree)),
            };
            reaches && matches!(self, Self::Account { id, .. } if case.is_open_to(*id, grant))
        })
    }

    /// The parts that this actor plays towards this case. Empty: the actor may not even know that it exists.
    pub fn standing(&self, case: &Case, tree: &UnitTree) -> BTreeSet<Performer> {
        self.standing_through(self.grants_toward(case, tree))
    }

    /// The parts that this actor plays towards a case that these grants reach.
    pub(crate) fn standing_through<'a>(&self, grants: impl Iterator<Item = &'a Grant>) -> BTreeSet<Performer> {
        match self {
            Self::Reporter => BTreeSet::from([Performer::REPORTER]),
            Self::Program => BTreeSet::from([Performer::PROGRAM]),
            Self::Account { .. } => grants.map(|grant| Performer::Role(grant.role)).collect(),
        }
    }

    /// Where the cases are that this actor may see: those of them to which the actor has a [standing](Self::standing),
    /// which are all but the confidential ones.
    pub fn scope(&self, tree: &UnitTree) -> Scope {
        let mut ranges = BTreeSet::new();
        for grant in self.grants() {
            match Reach::of(grant, tree) {
                Reach::Nothing => {}
                Reach::Area(area) => {
                    let areas = tree.case_areas_under(&area).into_iter();
                    ranges.extend(areas.map(|area| (area, Relation::Area)));
                }
                Reach::Assigned => ranges.extend(Relation::ASSIGNED.map(|r| (grant.unit.clone(), r))),
            }
        }
        Scope { ranges }
    }
}

/// The cases that one grant opens.
enum Reach {
    /// None: administrators see no case.
    Nothing,
    /// Those that lie in this area.
    Area(UnitCode),
    /// Those that were sent to the unit of the grant.
    Assigned,
}

impl Reach {
    /// A desk's roles cover the area that the desk serves. A handler sees what was sent to the unit. A supervisor or
    /// leader of an area sees the area; of a department, what was sent to the department.
    fn of(grant: &Grant, tree: &UnitTree) -> Self {
        let area = || tree.area_of(&grant.unit).map_or(Self::Nothing, Self::Area);
        match grant.role {
            Role::Operator | Role::Dispatcher | Role::Verifier | Role::CallBackClerk | Role::GridWorker => area(),
            Role::Handler => Self::Assigned,
            Role::Supervisor | Role::Leader => {
                if tree.get(&grant.unit).is_some_and(|unit| unit.kind.is_area()) {
                    area()
                } else {
                    Self::Assigned
                }
            }
            Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role, unit: &str) -> Grant {
        Grant {
            role,
            unit: unit.parse().expect("a unit code"),
        }
    }

    #[test]
    fn the_three_administrators_are_three_people() {
        let unit = "990101000000";
        let work = [grant(Role::Operator, unit), grant(Role::Dispatcher, unit)];
        assert_eq!(check_grants(&work), Ok(()));
        assert_eq!(check_grants(&[]), Ok(()));
        for admin in Role::ALL.into_iter().filter(|role| role.is_administrator()) {
            let alone = [grant(admin, unit), grant(admin, "990102000000")];
            assert_eq!(check_grants(&alone), Ok(()), "one kind of administrator at two units");
            for other in Role::ALL.into_iter().filter(|other| *other != admin) {
                let both = [grant(other, unit), grant(admin, unit)];
                let fault = check_grants(&both).expect_err("not together");
                assert!(matches!(fault, GrantFault::AdministratorNotAlone { role } if role.is_administrator()));
            }
        }
    }

    #[test]
    fn names_lead_back() {
        for role in Role::ALL {
            assert_eq!(Role::by_name(role.name()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        for relation in Relation::ALL {
            assert_eq!(Relation::by_name(relation.name()), Some(relation));
            assert_eq!(serde_json::to_value(relation).unwrap(), relation.name());
        }
        assert_eq!(Role::by_name("emperor"), None);
        assert_eq!(Relation::by_name("Area"), None);
    }

    #[test]
    fn performers_read_as_one_word() {
        for performer in [
            Performer::REPORTER,
            Performer::PROGRAM,
            Performer::Role(Role::GridWorker),
        ] {
            let word = serde_json::to_value(performer).unwrap();
            assert!(word.is_string(), "{word}");
            assert_eq!(serde_json::from_value::<Performer>(word).unwrap(), performer);
        }
    }
}
