//! Who else than its parties sees a case: nobody but named people (保密), or everybody, redacted (公开).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Case, Position, Said, TextRef};
use crate::access::{ActorRef, Grant, Role};
use crate::ids::Id;
use crate::units::UnitCode;

/// Most people who may be named for one confidential case.
pub const MAX_CIRCLE: usize = 50;

/// Who sees a confidential case (知情范围).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Circle {
    /// The accounts that see it, each as far as its roles reach it anyway. Empty as long as nobody was named: then those
    /// who dispatch and supervise there see it and have to name people, and whoever filed it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<Id>,
}

/// What everybody sees of a published case. Texts are redacted, the place is generalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// What was reported, as it is shown.
    pub text: TextRef,
    /// The reply, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<TextRef>,
    /// The areas in which it is said to lie, the finest first: no finer than a community.
    pub areas: Vec<UnitCode>,
    /// A road or neighbourhood in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Said>,
    /// The middle of a coarse cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// What may be done about who else sees a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discretion {
    /// 设为保密: make it confidential, or name others.
    Confide,
    /// 解除保密.
    Disclose,
    /// 公开: publish it, or show something else of it.
    Publish,
    /// 撤回公开.
    Withdraw,
}

impl Discretion {
    /// All of it.
    pub const ALL: [Self; 4] = [Self::Confide, Self::Disclose, Self::Publish, Self::Withdraw];
}

/// The roles that name people for a confidential case, and see it until anybody is named.
const KEEPERS: [Role; 2] = [Role::Dispatcher, Role::Supervisor];

impl Case {
    /// Whether a grant of an account opens the case, as far as it is confidential: everything that anybody sees of a
    /// case passes here, by [`Actor::grants_toward`](crate::access::Actor::grants_toward).
    pub fn is_open_to(&self, account: Id, grant: &Grant) -> bool {
        match &self.confidential {
            None => true,
            Some(circle) if circle.people.is_empty() => {
                KEEPERS.contains(&grant.role) || self.filed_by == ActorRef::Account(account)
            }
            Some(circle) => circle.people.contains(&account),
        }
    }
}

/// Whether a role may say who sees a case.
pub(super) fn is_keeper(role: Role) -> bool {
    KEEPERS.contains(&role)
}
