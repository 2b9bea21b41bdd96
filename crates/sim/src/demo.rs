//! Accounts for trying the product out: one for each role, with a password that everybody may know.

use std::collections::BTreeMap;

use quanyu_app::accounts::AccountDraft;
use quanyu_app::cases::Caller;
use quanyu_app::{App, AppError};
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::{UnitCode, UnitKind};
use serde::Serialize;

/// The password of all demo accounts. They are for demonstrations alone.
pub const DEMO_PASSWORD: &str = "Quanyu-Demo-2024";

/// An account for trying the product out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoAccount {
    /// The name to sign in with.
    pub login: String,
    /// The person's name: what they do.
    pub name: String,
    /// What they hold.
    pub role: Role,
    /// Where.
    pub unit: UnitCode,
    /// The name of the unit.
    pub unit_name: String,
}

/// How many departments have a handler among the demo accounts: those that are sent the most kinds of matters.
const DEPARTMENTS: usize = 6;

/// Makes the demo accounts of a district: its desk, its busiest departments, a street and a community, supervisor and
/// leader, the three administrators, and a dispatcher of the city. Those that exist already are left as they are.
///
/// # Errors
/// When the district is unknown, or the store fails.
pub async fn demo_accounts(app: &App, district: DistrictId) -> Result<Vec<DemoAccount>, AppError> {
    let mut accounts = wanted(app, district)?;
    for account in &accounts {
        let draft = AccountDraft {
            login: account.login.clone(),
            name: account.name.clone(),
            password: DEMO_PASSWORD.to_owned(),
            grants: vec![Grant {
                role: account.role,
                unit: account.unit.clone(),
            }],
        };
        match app.create_account(&Caller::program(), draft).await {
            Ok(_) => {}
            Err(AppError::Refused(refusal)) if refusal.code == "login_taken" => {}
            Err(fault) => return Err(fault),
        }
    }
    accounts.sort_by(|a, b| a.login.cmp(&b.login));
    Ok(accounts)
}

fn wanted(app: &App, id: DistrictId) -> Result<Vec<DemoAccount>, AppError> {
    let rules = app.rules();
    let tree = &rules.tree;
    let of = rules.of(id)?;
    let date = of.model.work_time.date(app.now());
    let unit = tree
        .all()
        .into_iter()
        .find(|unit| unit.kind == UnitKind::District && unit.code.district() == id);
    let district = unit.map(|unit| unit.code.clone()).ok_or_else(|| {
        Refusal::not_found(
            "unknown_district",
            format!("没有区划 {id}"),
            format!("there is no district {id}"),
        )
    })?;
    let desk = tree.desk(&district, date);
    let mut found: Vec<DemoAccount> = Vec::new();
    let mut add = |word: &str, title: &str, role: Role, unit: &UnitCode| {
        let number = 1 + found.iter().filter(|known| known.login.starts_with(word)).count();
        let unit_name = tree.get(unit).map(|unit| unit.title.zh.clone()).unwrap_or_default();
        found.push(DemoAccount {
            login: format!("{word}{number}"),
            name: format!("{title}{number}（演示）"),
            role,
            unit: unit.clone(),
            unit_name,
        });
    };
    add("operator", "接线员", Role::Operator, &desk);
    // Nobody decides what they asked for themselves.
    add("dispatcher", "派单员", Role::Dispatcher, &desk);
    add("dispatcher", "派单员", Role::Dispatcher, &desk);
    add("verifier", "核查员", Role::Verifier, &desk);
    add("callback", "回访员", Role::CallBackClerk, &desk);
    add("supervisor", "督办", Role::Supervisor, &district);
    add("leader", "领导", Role::Leader, &district);

    let mut leads: BTreeMap<UnitCode, usize> = BTreeMap::new();
    for matter in rules.matters.all() {
        if let Some(proposal) = of.directory.propose(&matter.code, "", tree, &district, date) {
            *leads.entry(proposal.lead).or_default() += 1;
        }
    }
    let mut busiest: Vec<(UnitCode, usize)> = leads
        .into_iter()
        .filter(|(code, _)| tree.get(code).is_some_and(|u| u.kind == UnitKind::Department))
        .collect();
    busiest.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    for (department, _) in busiest.iter().take(DEPARTMENTS) {
        add("handler", "承办人", Role::Handler, department);
    }
    let street = tree.children(&district).find(|unit| unit.kind.level() == Some(2));
    if let Some(street) = street {
        add("handler", "承办人", Role::Handler, &street.code);
        if let Some(community) = tree.children(&street.code).find(|unit| unit.kind.level() == Some(3)) {
            add("gridworker", "网格员", Role::GridWorker, &community.code);
        }
    }
    add("sysadmin", "系统管理员", Role::SystemAdmin, &district);
    add("secadmin", "安全管理员", Role::SecurityAdmin, &district);
    add("auditadmin", "审计管理员", Role::AuditAdmin, &district);
    if let Some(city) = tree.get(&district).and_then(|unit| unit.parent.clone()) {
        add(
            "citydispatcher",
            "市级派单员",
            Role::Dispatcher,
            &tree.desk(&city, date),
        );
    }
    Ok(found)
}
