//! Parameters: what packs let a place set, and what holds once the place has had its say.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::model::{Parameter, ParameterValue};
use quanyu_domain::text::Title;
use quanyu_domain::time::{LimitDuration, Remaining};

use crate::finding::Notes;
use crate::gather::Packs;
use crate::record::{Located, Record, Value, Word};
use crate::setting::{Fault, Scalar};
use crate::shape::{Noun, ParameterType};

/// A parameter as a pack declares it.
pub(crate) struct Declared {
    pack: usize,
    title: Title,
    of: ParameterType,
    default: ParameterValue,
    min: Option<ParameterValue>,
    max: Option<ParameterValue>,
}

/// What a place sets: a name and a value, from a file of the place.
pub(crate) type Setting<'a> = (&'a Word, &'a Located);

/// All parameters of all packs.
pub(crate) struct Parameters {
    declared: BTreeMap<String, Declared>,
}

impl Parameters {
    /// Reads what the packs declare. Defaults that do not fit their type or their bounds are noted.
    pub fn read(packs: &Packs, notes: &mut Notes<'_>) -> Self {
        let mut declared = BTreeMap::new();
        for (position, pack) in packs.all.iter().enumerate() {
            for (name, record) in pack.section("parameter") {
                if let Some(read) = read(position, record, notes) {
                    declared.entry(name.text.clone()).or_insert(read);
                }
            }
        }
        Self { declared }
    }

    /// The parameters of these packs with the values that hold: defaults, over them each layer, the nearest last.
    /// Values that do not fit are noted, as are those of the last layer that nobody declares.
    pub fn resolve(
        &self,
        packs: &Packs,
        in_force: &BTreeSet<usize>,
        layers: &[(&str, Vec<Setting<'_>>)],
        notes: &mut Notes<'_>,
    ) -> BTreeMap<String, Parameter> {
        let mut resolved: BTreeMap<String, Parameter> = self
            .declared
            .iter()
            .filter(|(_, declared)| in_force.contains(&declared.pack))
            .map(|(name, declared)| {
                let Declared {
                    pack, title, default, ..
                } = declared;
                let set_by = packs.all[*pack].name.clone();
                let (name, title, value) = (name.clone(), title.clone(), default.clone());
                (
                    name.clone(),
                    Parameter {
                        name,
                        title,
                        value,
                        set_by,
                    },
                )
            })
            .collect();
        for (place, settings) in layers {
            for (name, located) in settings {
                packs.check_name(Noun::Parameter, &name.text, name.spot, in_force, notes);
                let (Some(declared), Value::Scalar(scalar)) = (self.declared.get(&name.text), &located.value) else {
                    continue;
                };
                match declared.accept(scalar, ("规则包", "the pack allows")) {
                    Ok(value) => {
                        if let Some(parameter) = resolved.get_mut(&name.text) {
                            parameter.value = value;
                            parameter.set_by = (*place).to_owned();
                        }
                    }
                    Err(fault) => notes.fault(located.spot, fault),
                }
            }
        }
        resolved
    }
}

impl Declared {
    /// The value, if it lies within the bounds; who sets these is told in both languages.
    fn accept(&self, scalar: &Scalar, allows: (&str, &str)) -> Result<ParameterValue, Fault> {
        let value = self.of.read(scalar)?;
        for (bound, wrong, (side_zh, side, word_zh, word)) in [
            (&self.min, Ordering::Less, ("小", "less", "不小于", "least")),
            (&self.max, Ordering::Greater, ("大", "more", "不大于", "most")),
        ] {
            let Some(bound) = bound else { continue };
            match order(&value, bound) {
                Some(found) if found == wrong => {
                    let bound = written(bound);
                    return Err(Fault::new(
                        "out_of_bounds",
                        (
                            format!("比{}允许的{side_zh}", allows.0),
                            format!("this is {side} than {}", allows.1),
                        ),
                        (
                            format!("请写{word_zh} {bound} 的值"),
                            format!("write at {word} {bound}"),
                        ),
                    ));
                }
                Some(_) => {}
                None => {
                    return Err(Fault::new(
                        "not_comparable",
                        (
                            format!("无法与 {} 比较", written(bound)),
                            format!("this cannot be held against {}", written(bound)),
                        ),
                        ("请用相同的单位", "write it in the same unit"),
                    ));
                }
            }
        }
        Ok(value)
    }
}

fn read(pack: usize, record: &Record, notes: &mut Notes<'_>) -> Option<Declared> {
    let of = ParameterType::by_name(&record.text("type"))?;
    let mut value = |key: &'static str| {
        let located = record.get(key)?;
        let Value::Scalar(scalar) = &located.value else {
            return None;
        };
        of.read(scalar).map_err(|fault| notes.fault(located.spot, fault)).ok()
    };
    let (default, min, max) = (value("default"), value("min"), value("max"));
    for (key, bound) in [("min", &min), ("max", &max)] {
        if let Some(bound) = bound
            && order(bound, bound).is_none()
        {
            notes.error(
                record.spot_of(key),
                "no_order",
                (
                    format!("{}没有大小之分", of.zh()),
                    format!("a {} has no order", of.name()),
                ),
                (
                    format!("请删去 `{key}`；数、时刻和时长才有大小之分"),
                    format!("leave out `{key}`; numbers, times of day and durations have one"),
                ),
            );
            return None;
        }
    }
    let default = default?;
    let declared = Declared {
        pack,
        title: record.title("title"),
        of,
        default,
        min,
        max,
    };
    if let Some(located) = record.get("default")
        && let Value::Scalar(scalar) = &located.value
        && let Err(fault) = declared.accept(scalar, (" `min` 与 `max` ", "`min` and `max` allow"))
    {
        notes.fault(located.spot, fault);
    }
    Some(declared)
}

/// The order of two values; `None` where they have none.
fn order(a: &ParameterValue, b: &ParameterValue) -> Option<Ordering> {
    match (a, b) {
        (ParameterValue::Number(a), ParameterValue::Number(b)) => Some(a.cmp(b)),
        (ParameterValue::TimeOfDay(a), ParameterValue::TimeOfDay(b)) => Some(a.cmp(b)),
        (ParameterValue::Duration(a), ParameterValue::Duration(b)) => order_durations(*a, *b),
        _ => None,
    }
}

/// The order of two durations that count alike: working days and working hours do not, without a calendar.
pub(crate) fn order_durations(a: LimitDuration, b: LimitDuration) -> Option<Ordering> {
    match (a.whole(), b.whole()) {
        (Remaining::Elapsed(a), Remaining::Elapsed(b)) | (Remaining::Working(a), Remaining::Working(b)) => {
            Some(a.cmp(&b))
        }
        (Remaining::Workdays(a), Remaining::Workdays(b)) | (Remaining::Days(a), Remaining::Days(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

fn written(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Duration(duration) => duration.to_string(),
        ParameterValue::Number(number) => number.to_string(),
        ParameterValue::TimeOfDay(time) => time.to_string(),
        ParameterValue::Text(text) => text.clone(),
        ParameterValue::Flag(flag) => flag.to_string(),
    }
}

/// A place's settings, for [`Parameters::resolve`].
pub(crate) fn settings(record: &Record) -> Vec<Setting<'_>> {
    record
        .values("parameter")
        .iter()
        .map(|(name, located)| (name, located))
        .collect()
}
