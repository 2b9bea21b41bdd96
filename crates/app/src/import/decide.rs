//! From what a row says to the change set that keeps it, through the same decisions as everything else.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quanyu_domain::cases::{Command, Decided, StepInput, decide};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Act, Model, Performer, Step};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::{ChangeSet, Claim, Json};
use serde::{Deserialize, Serialize};

use super::mapping::{Field, Mapping, MappingError, Placed};
use super::record::{Fate, Incoming};
use crate::App;
use crate::cases::{Caller, change_set, together};
use crate::error::{AppError, damaged};
use crate::rules::Rules;

/// What a row's claim holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HeldRow {
    /// The case that it became.
    pub case: Id,
    /// Hash of its fields as they were imported.
    pub content: String,
}

/// Decides what becomes of rows, under one snapshot of the rules.
pub(super) struct Decider {
    app: Arc<App>,
    rules: Arc<Rules>,
    caller: Caller,
    mapping: Arc<Mapping>,
    /// When cases in flight are sent to their units.
    taken_over_at: Timestamp,
    /// Units by their names in either language.
    named: HashMap<String, Vec<UnitCode>>,
}

impl Decider {
    /// Holds a mapping against the rules in force.
    ///
    /// # Errors
    /// When the mapping names something that they do not know.
    pub fn new(app: Arc<App>, mapping: Arc<Mapping>, taken_over_at: Timestamp) -> Result<Self, MappingError> {
        let rules = app.rules();
        check_names(&mapping, &rules)?;
        let mut named: HashMap<String, Vec<UnitCode>> = HashMap::new();
        if mapping.has_cases_in_flight() {
            for unit in rules.tree.all() {
                for name in [&unit.title.zh, &unit.title.en] {
                    named.entry(name.clone()).or_default().push(unit.code.clone());
                }
            }
        }
        Ok(Self {
            app,
            rules,
            caller: Caller::program(),
            mapping,
            taken_over_at,
            named,
        })
    }

    /// The space of the claims on this source's rows.
    pub fn space(&self) -> String {
        format!("import:{}", self.mapping.source)
    }

    /// What a row amounts to. `attempt` counts how often its case's number was found to be taken.
    ///
    /// # Errors
    /// A refusal with the field at fault.
    pub fn decide(&self, row: &Incoming, attempt: u32) -> Result<ChangeSet, AppError> {
        let filed_at = row.filed.at;
        let id = self.app.ids.mint(number_time(row, attempt));
        let (filed, mut writes) = self
            .app
            .decide_filing(&self.rules, &self.caller, row.draft.clone(), id, filed_at)?;
        let mut decided = match &row.fate {
            Fate::Open => filed,
            Fate::Replied { at, text, outcome } => {
                let (reply, write) = self.app.text(filed.case.district, None, text, Field::Reply.name())?;
                writes.push(write);
                let input = StepInput {
                    reply: Some(reply),
                    outcome: Some(outcome.clone()),
                    ..StepInput::default()
                };
                self.step(filed, Act::HandIn, self.mapping.reply_step.as_ref(), at.at, input)?
            }
            Fate::InFlight {
                lead,
                limit_class,
                remaining,
            } => {
                let lead = lead.as_ref().map(|lead| self.unit(lead, &filed)).transpose()?;
                let input = StepInput {
                    lead,
                    limit_class: limit_class.clone(),
                    remaining: *remaining,
                    ..StepInput::default()
                };
                let at = self.taken_over_at.max(filed_at);
                self.step(filed, Act::Dispatch, self.mapping.dispatch_step.as_ref(), at, input)?
            }
        };
        let mut set = change_set(self.app.random.as_ref(), None, &mut decided)?;
        set.writes.extend(writes);
        let holds = Json::of(&HeldRow {
            case: id,
            content: row.content.clone(),
        });
        let holds = holds.map_err(|fault| damaged("claim", fault))?;
        set.claims.push(Claim {
            space: self.space(),
            key: row.key.clone(),
            holds,
        });
        Ok(set)
    }

    /// Takes a step after the filing, as one decision with it.
    fn step(
        &self,
        filed: Decided,
        act: Act,
        named: Option<&Placed<String>>,
        at: Timestamp,
        input: StepInput,
    ) -> Result<Decided, AppError> {
        let context = self.rules.context(filed.case.district, at)?;
        let way =
            way(context.model, &filed.case.case_type, act, named).ok_or_else(|| no_way(&filed.case.case_type, act))?;
        let take = |decided: Decided, step: &Step, input: StepInput| {
            let command = Command::Step {
                step: step.name.clone(),
                input: Box::new(input),
            };
            let then = decide(&context, &decided.case, &self.caller.actor, command)?;
            Ok::<_, Refusal>(together(decided, then))
        };
        let begun = match way.first {
            None => filed,
            Some(first) => take(filed, first, StepInput::default())?,
        };
        Ok(take(begun, way.step, input)?)
    }

    /// The unit that a text means: by its code, or by its name among those that serve the case's district.
    fn unit(&self, text: &str, filed: &Decided) -> Result<UnitCode, Refusal> {
        if let Ok(code) = text.parse() {
            return Ok(code);
        }
        let tree = &self.rules.tree;
        let district = filed.case.place.areas.last();
        let serves = |unit: &&UnitCode| {
            let area = tree.area_of(unit);
            area.zip(district)
                .is_some_and(|(area, district)| tree.is_within(&area, district) || tree.is_within(district, &area))
        };
        let units: Vec<&UnitCode> = self.named.get(text).into_iter().flatten().filter(serves).collect();
        match units[..] {
            [one] => Ok(one.clone()),
            [] => Err(Refusal::invalid(
                "unknown_unit",
                Field::Lead.name(),
                format!("本区县没有名为“{text}”的单位，请写单位代码，或在映射 values.lead 中对应"),
                format!("no unit here is called `{text}`: give its code, or translate it in values.lead"),
            )),
            _ => Err(Refusal::invalid(
                "ambiguous_unit",
                Field::Lead.name(),
                format!("名为“{text}”的单位不止一个，请写单位代码"),
                format!("several units are called `{text}`: give the code"),
            )),
        }
    }
}

/// The time whose number a row's case gets: that of its filing. Where that second is full, a later one; where only the
/// day is known, any of the day.
fn number_time(row: &Incoming, attempt: u32) -> Timestamp {
    const DAY: u32 = 86_400;
    let later = match attempt {
        0 => 0,
        _ if row.filed.day_only => {
            let spread = u32::from_str_radix(row.content.get(..6).unwrap_or_default(), 16).unwrap_or_default();
            (spread + attempt) % DAY
        }
        _ => attempt,
    };
    row.filed.at + SignedDuration::from_secs(i64::from(later))
}

/// How the program gets a newly filed case to where an act has been done.
struct Way<'m> {
    /// The step before, where there has to be one.
    first: Option<&'m Step>,
    /// The step that does it.
    step: &'m Step,
}

/// The way by the step of this name, or by the first that does this: from where such cases begin, or one move later.
fn way<'m>(model: &'m Model, case_type: &str, act: Act, named: Option<&Placed<String>>) -> Option<Way<'m>> {
    let workflow = model.workflow_of(case_type)?;
    let mine = || {
        workflow
            .steps
            .iter()
            .filter(|step| step.by.contains(&Performer::PROGRAM))
    };
    let wanted = || mine().filter(|step| step.act == act && named.is_none_or(|named| named.value == step.name));
    if let Some(step) = wanted().find(|step| step.from.contains(&workflow.start)) {
        return Some(Way { first: None, step });
    }
    let moves = || mine().filter(|step| step.act == Act::Move && step.from.contains(&workflow.start));
    wanted().find_map(|step| {
        let first = moves().find(|first| first.to.as_ref().is_some_and(|to| step.from.contains(to)))?;
        Some(Way {
            first: Some(first),
            step,
        })
    })
}

fn no_way(case_type: &str, act: Act) -> Refusal {
    Refusal::invalid(
        "no_step_for_imports",
        Field::CaseType.name(),
        format!(
            "案件类型 {case_type} 的流程没有系统可以对新立案件进行的 {} 步骤",
            act.name()
        ),
        format!(
            "the workflow of {case_type} has no step `{}` that the program may take on a new case",
            act.name()
        ),
    )
}

/// Holds the names in a mapping against the rules of the district in which its rows lie by default.
fn check_names(mapping: &Mapping, rules: &Rules) -> Result<(), MappingError> {
    let written = |field: Field| {
        let meanings = mapping.values.get(&field).into_iter().flat_map(|words| words.values());
        mapping.defaults.get(&field).into_iter().chain(meanings)
    };
    let unknown = |field: Field, name: &Placed<String>, known: Vec<&str>| {
        let (zh, en) = match known[..] {
            [] => (String::new(), String::new()),
            _ => (
                format!("，可选：{}", known.join("、")),
                format!("; there are {}", known.join(", ")),
            ),
        };
        Err(mapping.wrong(
            Some(name.line),
            format!("生效的规则中没有 {} “{}”{zh}", field.name(), name.value),
            format!("the rules in force know no {} `{}`{en}", field.name(), name.value),
        ))
    };
    let mut district = None;
    for name in written(Field::Area) {
        let area: Option<UnitCode> = name.value.parse().ok();
        let Some(area) = area.filter(|area| !rules.chain(area).is_empty()) else {
            return unknown(Field::Area, name, Vec::new());
        };
        district.get_or_insert(area.district());
    }
    // Without a district of its own a mapping leaves it to each row's point, and the names to each row.
    let Some(district) = district else { return Ok(()) };
    let model = &rules
        .of(district)
        .map_err(|refusal| mapping.wrong(None, refusal.zh, refusal.en))?
        .model;
    for (field, known) in [
        (Field::CaseType, model.case_types.keys().collect::<Vec<_>>()),
        (Field::Demand, model.demands.keys().collect()),
        (Field::Channel, model.channels.keys().collect()),
        (Field::Outcome, model.outcomes.keys().collect()),
        (Field::LimitClass, model.limits.keys().collect()),
    ] {
        if let Some(name) = written(field).find(|name| !known.contains(&&name.value)) {
            return unknown(field, name, known.into_iter().map(String::as_str).collect());
        }
    }
    if let Some(name) = written(Field::Matter).find(|name| rules.matters.get(&name.value).is_none()) {
        return unknown(Field::Matter, name, Vec::new());
    }
    let replied = mapping.columns.contains_key(&Field::Reply);
    for (wanted, act, named) in [
        (replied, Act::HandIn, mapping.reply_step.as_ref()),
        (
            mapping.has_cases_in_flight(),
            Act::Dispatch,
            mapping.dispatch_step.as_ref(),
        ),
    ] {
        let lacking = written(Field::CaseType).find(|name| way(model, &name.value, act, named).is_none());
        if let Some(name) = lacking.filter(|_| wanted) {
            let refusal = no_way(&name.value, act);
            return Err(mapping.wrong(Some(named.unwrap_or(name).line), refusal.zh, refusal.en));
        }
    }
    Ok(())
}
