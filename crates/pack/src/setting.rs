//! Values as packs and places write them: literals and `"{parameter}"`.

use std::collections::BTreeMap;

use quanyu_domain::model::{Parameter, ParameterValue};
use quanyu_domain::time::{LimitDuration, TimeOfDay};
use rust_decimal::Decimal;

use crate::both::{Both, Explained};
use crate::finding::{Notes, Spot};
use crate::shape::ParameterType;

/// A scalar of TOML, before anybody has said what it has to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Number(Decimal),
    Flag(bool),
}

/// What is wrong with a value: what, and what to do instead.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub code: &'static str,
    pub what: Both,
    pub advice: Both,
}

impl Fault {
    pub fn new(code: &'static str, what: impl Into<Both>, advice: impl Into<Both>) -> Self {
        Self {
            code,
            what: what.into(),
            advice: advice.into(),
        }
    }

    /// From an error of the domain.
    pub fn from_error(error: &impl Explained) -> Self {
        let (what, advice) = error.both();
        Self::new(error.code(), what, advice)
    }
}

impl ParameterType {
    /// Reads a literal of this type.
    pub fn read(self, scalar: &Scalar) -> Result<ParameterValue, Fault> {
        match (self, scalar) {
            (Self::Duration, Scalar::Text(text)) => text
                .parse()
                .map(ParameterValue::Duration)
                .map_err(|error| Fault::from_error(&error)),
            (Self::TimeOfDay, Scalar::Text(text)) => text
                .parse()
                .map(ParameterValue::TimeOfDay)
                .map_err(|error| Fault::from_error(&error)),
            (Self::Text, Scalar::Text(text)) => Ok(ParameterValue::Text(text.clone())),
            (Self::Number, Scalar::Number(number)) => Ok(ParameterValue::Number(*number)),
            (Self::Flag, Scalar::Flag(flag)) => Ok(ParameterValue::Flag(*flag)),
            _ => Err(Fault::new(
                "other_type",
                (format!("这不是{}", self.zh()), format!("this is no {}", self.name())),
                (
                    format!("请写{}", self.example().0),
                    format!("write {}", self.example().1),
                ),
            )),
        }
    }
}

/// A setting: a literal, or the name of the parameter that holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    Literal(ParameterValue),
    Parameter(String),
}

impl Setting {
    /// Reads one: a text in braces names a parameter, anything else is a literal.
    pub fn read(wanted: ParameterType, scalar: &Scalar) -> Result<Self, Fault> {
        if let Scalar::Text(text) = scalar
            && let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        {
            return Ok(Self::Parameter(name.trim().to_owned()));
        }
        wanted.read(scalar).map(Self::Literal)
    }

    /// The value that holds. `None` where it names an unknown parameter, which has been told already.
    pub fn value<'a>(&'a self, parameters: &'a BTreeMap<String, Parameter>) -> Option<&'a ParameterValue> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Parameter(name) => parameters.get(name).map(|parameter| &parameter.value),
        }
    }
}

/// When a step of a ladder is due.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Moment {
    Before(Setting),
    Limit,
    After(Setting),
}

impl Moment {
    pub fn read(text: &str) -> Result<Self, Fault> {
        let setting = |rest: &str| Setting::read(ParameterType::Duration, &Scalar::Text(rest.trim().to_owned()));
        match text.trim().split_once(' ') {
            Some(("before", rest)) => setting(rest).map(Self::Before),
            Some(("after", rest)) => setting(rest).map(Self::After),
            None if text.trim() == "limit" => Ok(Self::Limit),
            _ => Err(Fault::new(
                "not_a_moment",
                (
                    format!("`{text}` 不是提醒的时刻"),
                    format!("`{text}` is no moment of a ladder"),
                ),
                (
                    "请写 \"before 1 workday\"、\"limit\" 或 \"after 4 work_hours\"",
                    "write \"before 1 workday\", \"limit\" or \"after 4 work_hours\"",
                ),
            )),
        }
    }

    /// The setting inside.
    pub fn setting(&self) -> Option<&Setting> {
        match self {
            Self::Before(setting) | Self::After(setting) => Some(setting),
            Self::Limit => None,
        }
    }
}

/// Settings of a model, resolved against the parameters that hold for it; what does not fit is noted.
pub(crate) struct Resolver<'a, 's> {
    pub parameters: &'a BTreeMap<String, Parameter>,
    pub notes: &'a mut Notes<'s>,
}

impl Resolver<'_, '_> {
    pub fn duration(&mut self, setting: &Setting) -> Option<LimitDuration> {
        match setting.value(self.parameters)? {
            ParameterValue::Duration(duration) => Some(*duration),
            _ => None,
        }
    }

    pub fn time_of_day(&mut self, setting: &Setting) -> Option<TimeOfDay> {
        match setting.value(self.parameters)? {
            ParameterValue::TimeOfDay(time) => Some(*time),
            _ => None,
        }
    }

    pub fn flag(&mut self, setting: &Setting) -> Option<bool> {
        match setting.value(self.parameters)? {
            ParameterValue::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    pub fn number(&mut self, setting: &Setting) -> Option<Decimal> {
        match setting.value(self.parameters)? {
            ParameterValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number from 0.
    pub fn count(&mut self, setting: &Setting, spot: Spot) -> Option<u32> {
        let ParameterValue::Number(number) = *setting.value(self.parameters)? else {
            return None;
        };
        let whole = u32::try_from(number.normalize())
            .ok()
            .filter(|whole| Decimal::from(*whole) == number);
        if whole.is_none() {
            let source = match setting {
                Setting::Literal(_) => Both::default(),
                Setting::Parameter(name) => {
                    let set_by = self.parameters.get(name).map_or("", |parameter| &parameter.set_by);
                    (
                        format!("（`{name}`，由 {set_by} 设定）"),
                        format!(" (`{name}` as set by {set_by})"),
                    )
                        .into()
                }
            };
            self.notes.error(
                spot,
                "not_a_count",
                (
                    format!("{number} 不是个数{}", source.zh),
                    format!("{number} is no count{}", source.en),
                ),
                ("请写不小于 0 的整数", "write a whole number from 0"),
            );
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_literals_or_parameters() {
        let text = |text: &str| Scalar::Text(text.into());
        let days: LimitDuration = "3 workdays".parse().unwrap();
        assert_eq!(
            Setting::read(ParameterType::Duration, &text("3 workdays")),
            Ok(Setting::Literal(ParameterValue::Duration(days)))
        );
        assert_eq!(
            Setting::read(ParameterType::Duration, &text("{kite_limit}")),
            Ok(Setting::Parameter("kite_limit".into()))
        );
        let fault = Setting::read(ParameterType::Duration, &text("3 weeks")).unwrap_err();
        assert_eq!(fault.what.en, "`weeks` is not the unit of a limit");
        assert!(fault.advice.en.starts_with("write one of"), "{fault:?}");
        assert_eq!(fault.what.zh, "`weeks` 不是时限的单位");
        let fault = Setting::read(ParameterType::Flag, &text("yes")).unwrap_err();
        assert_eq!(
            (fault.what.en.as_str(), fault.advice.en.as_str()),
            ("this is no flag", "write true or false")
        );
        assert_eq!(Moment::read("limit"), Ok(Moment::Limit));
        assert_eq!(
            Moment::read("before {kite}"),
            Ok(Moment::Before(Setting::Parameter("kite".into())))
        );
        assert!(Moment::read("around noon").is_err());
    }
}
