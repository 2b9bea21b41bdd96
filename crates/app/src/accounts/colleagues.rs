//! Who works for a unit: to whom work may be handed, and who may be named for a confidential case.

use quanyu_domain::access::{Actor, Relation, Role};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::Query;

use super::grants_of;
use crate::App;
use crate::cases::Caller;
use crate::error::AppError;
use crate::rules::Rules;
use crate::scan::every;
use crate::tables::{ACCOUNT, AccountRow};

/// Accounts that are read at once.
const BATCH: usize = 500;

/// Somebody who works for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The account.
    pub id: Id,
    /// The person's name.
    pub name: String,
    /// What they hold at the unit.
    pub roles: Vec<Role>,
}

impl App {
    /// Everybody who works for a unit and may sign in, by name. For those who work there, and those who see the cases of
    /// its area.
    ///
    /// Reads every account, which are as many as a city has staff and no more with its cases; asked when work is handed
    /// over or people are named.
    ///
    /// # Errors
    /// When there is no such unit, or it is none of the caller's.
    pub async fn colleagues(&self, caller: &Caller, unit: &UnitCode) -> Result<Vec<Colleague>, AppError> {
        let rules = self.rules();
        if rules.tree.get(unit).is_none() {
            return Err(Refusal::not_found(
                "unknown_unit",
                format!("没有单位 {unit}"),
                format!("there is no unit {unit}"),
            )
            .into());
        }
        must_be_near(&rules, &caller.actor, unit)?;
        let mut found = Vec::new();
        for row in every::<AccountRow>(self.store.as_ref(), Query::by_key(&ACCOUNT, BATCH)).await? {
            let held = grants_of(&row)?.into_iter().filter(|grant| grant.unit == *unit);
            let roles: Vec<Role> = held.map(|grant| grant.role).collect();
            if row.active && !roles.is_empty() {
                found.push(Colleague {
                    id: Id(row.id),
                    name: row.name,
                    roles,
                });
            }
        }
        found.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(found)
    }
}

fn must_be_near(rules: &Rules, actor: &Actor, unit: &UnitCode) -> Result<(), Refusal> {
    let works_there = actor.grants().iter().any(|grant| grant.unit == *unit);
    let area = rules.tree.area_of(unit);
    let sees = |(seen, relation): &(UnitCode, Relation)| {
        *relation == Relation::Area && area.as_ref().is_some_and(|area| rules.tree.is_within(area, seen))
    };
    if works_there || actor.scope(&rules.tree).ranges.iter().any(sees) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "outside_scope",
        "该单位不在您的权限范围内",
        "this unit lies outside what your roles let you see",
    ))
}
