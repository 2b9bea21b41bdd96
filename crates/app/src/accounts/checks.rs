//! Who may decide about accounts, and what an account must be like.

use quanyu_domain::access::{Actor, ActorRef, Grant, Role, check_grants};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_store::value::canonical_text;

use crate::cases::Caller;
use crate::rules::Rules;

/// Shortest and longest login, in characters.
const LOGIN_CHARS: std::ops::RangeInclusive<usize> = 3..=40;
/// Longest name of a person, in characters.
const MAX_NAME: usize = 100;
/// Most grants of one account.
const MAX_GRANTS: usize = 50;

/// Refuses who is not this administrator; the program is every one.
pub(super) fn must_administer(caller: &Caller, role: Role) -> Result<(), Refusal> {
    match caller.actor {
        Actor::Program => Ok(()),
        _ => caller.must_hold(role),
    }
}

/// As which administrator somebody reads accounts.
pub(super) fn administration(caller: &Caller) -> Result<Role, Refusal> {
    let roles = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    match roles.into_iter().find(|role| must_administer(caller, *role).is_ok()) {
        Some(role) => Ok(role),
        None => Err(Refusal::forbidden(
            "administrators_only",
            "仅系统、安全、审计管理员可查看账号",
            "only the system, security and audit administrators see accounts",
        )),
    }
}

/// Refuses units beyond the area of an administrator.
pub(super) fn must_govern(rules: &Rules, caller: &Caller, role: Role, grants: &[Grant]) -> Result<(), Refusal> {
    if caller.actor == Actor::Program {
        return Ok(());
    }
    let held = caller.actor.grants().iter().filter(|grant| grant.role == role);
    let areas: Vec<_> = held.filter_map(|grant| rules.tree.area_of(&grant.unit)).collect();
    match grants
        .iter()
        .find(|grant| !areas.iter().any(|area| rules.tree.is_within(&grant.unit, area)))
    {
        None => Ok(()),
        Some(beyond) => Err(Refusal::forbidden(
            "beyond_your_area",
            format!("单位 {} 不在您的管理范围内", beyond.unit),
            format!("the unit {} lies beyond what you administer", beyond.unit),
        )),
    }
}

/// Refuses a decision of somebody about their own account.
pub(super) fn not_own(caller: &Caller, id: Id) -> Result<(), Refusal> {
    if caller.actor.reference() == ActorRef::Account(id) {
        return Err(Refusal::forbidden(
            "own_account",
            "不能对本人账号执行此操作，请由另一位管理员办理",
            "nobody decides about their own account: ask another administrator",
        ));
    }
    Ok(())
}

/// Grants in order, each once, that one account may hold together.
pub(super) fn checked_grants(rules: &Rules, mut grants: Vec<Grant>) -> Result<Vec<Grant>, Refusal> {
    grants.sort();
    grants.dedup();
    if grants.len() > MAX_GRANTS {
        return Err(Refusal::invalid(
            "too_many_grants",
            "grants",
            format!("一个账号至多 {MAX_GRANTS} 项授权"),
            format!("an account holds at most {MAX_GRANTS} grants"),
        ));
    }
    if let Some(unknown) = grants.iter().find(|grant| rules.tree.get(&grant.unit).is_none()) {
        return Err(Refusal::invalid(
            "unknown_unit",
            "grants",
            format!("没有单位 {}", unknown.unit),
            format!("there is no unit {}", unknown.unit),
        ));
    }
    check_grants(&grants).map_err(|fault| {
        Refusal::invalid(
            "administrator_not_alone",
            "grants",
            "管理员岗位不能与其他岗位兼任（三员分立）",
            fault.to_string(),
        )
    })?;
    Ok(grants)
}

/// A login in the form in which it is unique.
pub(super) fn checked_login(login: &str) -> Result<String, Refusal> {
    let login = login.trim().to_ascii_lowercase();
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@');
    if LOGIN_CHARS.contains(&login.chars().count()) && login.chars().all(sound) {
        return Ok(login);
    }
    let (least, most) = (LOGIN_CHARS.start(), LOGIN_CHARS.end());
    Err(Refusal::invalid(
        "bad_login",
        "login",
        format!("登录名应为 {least} 至 {most} 个字母、数字或 . _ - @"),
        format!("a login has {least} to {most} letters, digits or . _ - @"),
    ))
}

/// A name in canonical form.
pub(super) fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    match canonical_text(name) {
        Ok(name) if (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control) => Ok(name),
        _ => Err(Refusal::invalid(
            "bad_name",
            "name",
            format!("姓名应为 1 至 {MAX_NAME} 字，不含控制字符"),
            format!("a name has 1 to {MAX_NAME} characters, none of them control characters"),
        )),
    }
}
