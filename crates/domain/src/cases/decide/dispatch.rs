//! Dispatching (派单): whose job it is, and by when.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::input::{short, sound_place};
use super::{Deciding, Happening, StepInput};
use crate::cases::clocks::Change;
use crate::cases::{Assignment, AssignmentState, CaseFact, MAX_ASSIST, Part};
use crate::directory::Proposal;
use crate::model::Milestone;
use crate::refusal::Refusal;
use crate::text::Title;
use crate::units::{UnitCode, UnitKind};

/// Sends a case to units: as the dispatcher says, and as the directory proposes where the dispatcher says nothing.
pub(super) fn dispatch<'w>(deciding: &Deciding<'w>, input: StepInput) -> Result<Happening<'w>, Refusal> {
    let context = &deciding.context;
    let case = &deciding.case;
    let date = context.model.work_time.date(context.now);
    let found = input.place.map(sound_place).transpose()?;
    let place = found.as_ref().unwrap_or(&case.place);
    if place.areas.last() != case.place.areas.last() {
        return Err(Refusal::invalid(
            "other_district",
            "place",
            "新位置在另一区县，请退单后由该区县受理",
            "the new place lies in another district: reject the case and file it there",
        ));
    }
    let matter = input.matter.or_else(|| case.matter.clone());
    if let Some(unknown) = matter.as_ref().filter(|code| context.matters.get(code).is_none()) {
        return Err(Refusal::invalid(
            "unknown_matter",
            "matter",
            format!("事项目录中没有 {unknown}"),
            format!("there is no matter {unknown}"),
        ));
    }
    let proposal = matter.as_ref().and_then(|matter| {
        context
            .directory
            .propose(matter, &case.demand, context.tree, place.area(), date)
    });
    let lead = input
        .lead
        .or_else(|| proposal.as_ref().map(|p| p.lead.clone()))
        .ok_or_else(|| {
            Refusal::invalid(
                "no_lead",
                "lead",
                "派单目录没有匹配的条目，请选择主办单位",
                "the dispatch directory has no row for this matter: name a lead unit",
            )
        })?;
    let mut assist = input
        .assist
        .unwrap_or_else(|| proposal_assist(proposal.as_ref(), &lead));
    let mut seen = BTreeSet::from([lead.clone()]);
    assist.retain(|unit| seen.insert(unit.clone()));
    if assist.len() > MAX_ASSIST {
        return Err(Refusal::invalid(
            "too_many_units",
            "assist",
            format!("协办单位至多 {MAX_ASSIST} 个"),
            format!("at most {MAX_ASSIST} units may assist"),
        ));
    }
    check_unit(deciding, &lead, "lead", date)?;
    for unit in &assist {
        check_unit(deciding, unit, "assist", date)?;
    }
    let default = || {
        let case_type = context.model.case_types.get(&case.case_type);
        case_type.map(|case_type| case_type.default_limit.clone())
    };
    // What the directory says stands; a dispatcher chooses of what is meant for handling.
    let proposed = proposal.map(|p| p.limit_class);
    let limit_class = input
        .limit_class
        .or_else(|| proposed.clone())
        .or_else(default)
        .unwrap_or_default();
    let model = context.model;
    let Some(class) = model.limits.get(&limit_class) else {
        let known: Vec<&str> = model.handling_limits().map(|class| class.name.as_str()).collect();
        return Err(Refusal::invalid(
            "unknown_limit_class",
            "limit_class",
            format!("没有时限类别 {limit_class}，可选：{}", known.join("、")),
            format!(
                "there is no class of limit {limit_class}: choose one of {}",
                known.join(", ")
            ),
        ));
    };
    if !model.is_for_handling(&limit_class) && proposed.as_ref() != Some(&limit_class) {
        let titles = |of: fn(&Title) -> &str| {
            model
                .handling_limits()
                .map(|class| of(&class.title))
                .collect::<Vec<_>>()
        };
        return Err(Refusal::invalid(
            "limit_not_for_handling",
            "limit_class",
            format!(
                "“{}”不是办理时限，可选：{}",
                class.title.zh,
                titles(|title| &title.zh).join("、")
            ),
            format!(
                "`{}` is no limit for handling: choose one of {}",
                class.title.en,
                titles(|title| &title.en).join(", ")
            ),
        ));
    }
    let first = case.assignments.iter().map(|a| a.number).max().unwrap_or(0) + 1;
    let parts = std::iter::once(Part::Lead).chain(std::iter::repeat(Part::Assist));
    let units = std::iter::once(lead).chain(assist);
    let assignments = (first..)
        .zip(units.zip(parts))
        .map(|(number, (unit, part))| Assignment {
            number,
            unit,
            part,
            state: AssignmentState::Offered,
            offered_at: context.now,
            accepted_at: None,
            ended_at: None,
            holder: None,
            workers: BTreeSet::new(),
        });
    let fact = CaseFact::Dispatched {
        assignments: assignments.collect(),
        matter,
        limit_class,
        place: found.filter(|found| *found != case.place),
        note: short(input.note, "note")?,
    };
    let change = input.remaining.map_or(Change::None, Change::Remaining);
    Ok(Happening::of(fact).reaching(Milestone::Dispatched).changing(change))
}

fn proposal_assist(proposal: Option<&Proposal>, lead: &UnitCode) -> Vec<UnitCode> {
    // Where the dispatcher names another lead, the directory's assisting units were meant for another reading.
    proposal
        .filter(|p| p.lead == *lead)
        .map(|p| p.assist.clone())
        .unwrap_or_default()
}

/// A unit that gets a case must exist today and work for the district: lie in it, or serve an area above it.
fn check_unit(deciding: &Deciding<'_>, code: &UnitCode, field: &'static str, date: Date) -> Result<(), Refusal> {
    let tree = deciding.context.tree;
    let Some(unit) = tree.get(code) else {
        return Err(Refusal::invalid(
            "unknown_unit",
            field,
            format!("没有单位 {code}"),
            format!("there is no unit {code}"),
        ));
    };
    if !unit.is_valid_on(date) {
        let now: Vec<String> = tree.in_force(code, date).iter().map(ToString::to_string).collect();
        let (zh, en) = if now.is_empty() {
            ("无单位承接".to_owned(), "nobody does its work now".to_owned())
        } else {
            let (zh, en) = (now.join("、"), now.join(", "));
            (format!("现由 {zh} 承担"), format!("its work is done by {en}"))
        };
        return Err(Refusal::invalid(
            "unit_ended",
            field,
            format!("单位 {code} 今日不存续，{zh}"),
            format!("unit {code} does not exist today; {en}"),
        ));
    }
    let district = deciding.case.place.areas.last();
    let serves = district
        .zip(tree.area_of(code))
        .is_some_and(|(district, area)| tree.is_within(&area, district) || tree.is_within(district, &area));
    // A city works through its departments.
    if !serves || unit.kind == UnitKind::City {
        return Err(Refusal::invalid(
            "unit_elsewhere",
            field,
            format!("单位 {code} 不在本区县，也不是服务本区县的部门"),
            format!("unit {code} neither lies in this district nor is a department that serves it"),
        ));
    }
    Ok(())
}
