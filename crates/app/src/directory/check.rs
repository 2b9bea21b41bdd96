//! Who may edit a directory, and what its rows may say.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanyu_domain::access::Role;
use quanyu_domain::directory::{DirectoryRow, UnitRef};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::{UnitCode, UnitTree};
use quanyu_store::value::canonical_text;

use super::RowKey;
use crate::cases::Caller;
use crate::rules::Rules;

/// Most rows that are put at once.
pub const MAX_ROWS: usize = 20_000;
/// Most assisting units of a row.
const MAX_ASSIST: usize = quanyu_domain::cases::MAX_ASSIST;
/// Longest text that says where a row comes from, in characters.
const MAX_BASIS: usize = 500;

/// A dispatcher of the district or of what lies above it, or the system administrator.
pub(super) fn may_edit(caller: &Caller, rules: &Rules, district: DistrictId) -> Result<(), Refusal> {
    let own = |unit: &UnitCode| {
        let area = rules.tree.area_of(unit)?;
        let code = district_unit(&rules.tree, district)?;
        rules.tree.is_within(&code, &area).then_some(())
    };
    let editor = |role| matches!(role, Role::Dispatcher | Role::SystemAdmin);
    let mut grants = caller.actor.grants().iter();
    if *caller == Caller::program() || grants.any(|grant| editor(grant.role) && own(&grant.unit).is_some()) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "may_not_edit_directory",
        "只有本区县（或上级）的派单员和系统管理员可以修改派单目录",
        "only a dispatcher or system administrator of this district, or of the city above it, edits its directory",
    ))
}

/// The unit that a district's number stands for.
fn district_unit(tree: &UnitTree, district: DistrictId) -> Option<UnitCode> {
    let code: UnitCode = format!("{district}000000").parse().ok()?;
    tree.get(&code).map(|unit| unit.code.clone())
}

/// Rows in canonical form, checked against what exists; the last of several with one key counts.
pub(super) fn checked(
    rules: &Rules,
    district: DistrictId,
    rows: Vec<DirectoryRow>,
    today: Date,
) -> Result<Vec<DirectoryRow>, Refusal> {
    if rows.len() > MAX_ROWS {
        return Err(Refusal::invalid(
            "too_many_rows",
            "rows",
            format!("一次至多 {MAX_ROWS} 条，请分批提交"),
            format!("at most {MAX_ROWS} rows are put at once: send them in parts"),
        ));
    }
    let area = district_unit(&rules.tree, district).ok_or_else(|| {
        Refusal::invalid(
            "unknown_district",
            "district",
            format!("没有区划 {district}"),
            format!("there is no district {district}"),
        )
    })?;
    let mut by_key = BTreeMap::new();
    for (nth, row) in rows.into_iter().enumerate() {
        let row = checked_row(rules, &area, row, today).map_err(|(zh, en)| {
            let nth = nth + 1;
            Refusal::invalid(
                "bad_row",
                "rows",
                format!("第 {nth} 条：{zh}"),
                format!("row {nth}: {en}"),
            )
        })?;
        by_key.insert(RowKey::of(&row), row);
    }
    Ok(by_key.into_values().collect())
}

/// A row in canonical form, or what is wrong with it in Chinese and English.
fn checked_row(
    rules: &Rules,
    area: &UnitCode,
    row: DirectoryRow,
    today: Date,
) -> Result<DirectoryRow, (String, String)> {
    let model = &rules
        .of(area.district())
        .map_err(|fault| (fault.zh.into_owned(), fault.en.into_owned()))?
        .model;
    let wrong = |zh: String, en: String| Err((zh, en));
    if rules.matters.get(&row.matter).is_none() {
        return wrong(
            format!("没有事项 {}", row.matter),
            format!("there is no matter {:?}", row.matter),
        );
    }
    if let Some(unknown) = row
        .demand
        .as_ref()
        .filter(|demand| !model.demands.contains_key(*demand))
    {
        let known: Vec<&str> = model.demands.keys().map(String::as_str).collect();
        return wrong(
            format!("没有诉求类型 {unknown}，可选：{}", known.join("、")),
            format!(
                "there is no demand type {unknown:?}: choose one of {}, or none",
                known.join(", ")
            ),
        );
    }
    if !model.limits.contains_key(&row.limit_class) {
        let known: Vec<&str> = model.limits.keys().map(String::as_str).collect();
        return wrong(
            format!("没有时限类别 {}，可选：{}", row.limit_class, known.join("、")),
            format!(
                "there is no class of limit {:?}: choose one of {}",
                row.limit_class,
                known.join(", ")
            ),
        );
    }
    if row.valid_to.is_some_and(|to| to <= row.valid_from) {
        return wrong(
            "失效日期须晚于生效日期".to_owned(),
            "valid_to must come after valid_from".to_owned(),
        );
    }
    if row.assist.len() > MAX_ASSIST {
        return wrong(
            format!("协办单位至多 {MAX_ASSIST} 个"),
            format!("at most {MAX_ASSIST} units may assist"),
        );
    }
    // A row may hold from tomorrow on for a unit that begins tomorrow; what counts is whether it ever comes true.
    let day = row.valid_from.max(today);
    for unit in std::iter::once(&row.lead).chain(&row.assist) {
        if !resolves(&rules.tree, area, unit, day) {
            return wrong(
                format!("单位 {unit} 不存在，或在 {day} 已撤销且无承接单位"),
                format!("{unit} names no unit here, or none that exists on {day}"),
            );
        }
    }
    if row.basis.chars().count() > MAX_BASIS {
        return wrong(
            format!("依据至多 {MAX_BASIS} 字"),
            format!("basis has at most {MAX_BASIS} characters"),
        );
    }
    let basis = canonical_text(&row.basis).map_err(|fault| ("依据含有不允许的字符".to_owned(), fault.to_string()))?;
    Ok(DirectoryRow { basis, ..row })
}

/// Whether a row's unit exists: a code does, or is carried on by successors; a function is somebody's in the district, or
/// for a city's row in one of its districts; a level always is.
fn resolves(tree: &UnitTree, area: &UnitCode, unit: &UnitRef, day: Date) -> bool {
    match unit {
        UnitRef::Level(_) => true,
        UnitRef::Unit(code) => {
            let begins_later = tree.get(code).is_some_and(|unit| unit.valid_from > day);
            begins_later || !tree.in_force(code, day).is_empty()
        }
        UnitRef::Function(function) => tree.all().iter().any(|unit| {
            let near =
                tree.is_within(&unit.code, area) || unit.parent.as_ref().is_some_and(|p| tree.is_within(area, p));
            unit.function.as_ref() == Some(function) && near && unit.valid_to.is_none_or(|to| day < to)
        }),
    }
}
