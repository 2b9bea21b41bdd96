//! Values as packs and places write them: literals and `"{parameter}"`.

use std::collections::BTreeMap;

use quanyu_domain::model::{Parameter, ParameterValue};
use quanyu_domain::time::{LimitDuration, TimeOfDay};
use rust_decimal::Decimal;

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
    pub what: String,
    pub advice: String,
}

impl Fault {
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
        }
    }

    /// From an error of the domain, whose text is `what: what to do`.
    pub fn from_error(error: &dyn std::error::Error) -> Self {
        let text = error.to_string();
        match text.split_once(": ") {
            Some((what, advice)) => Self::new(what, advice),
            None => Self::new(text, "write another value"),
        }
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
                format!("this is no {}", self.name()),
                format!("write {}", self.example()),
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
                format!("`{text}` is no moment of a ladder"),
                "write \"before 1 workday\", \"limit\" or \"after 4 work_hours\"",
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
                Setting::Literal(_) => String::new(),
                Setting::Parameter(name) => {
                    let set_by = self.parameters.get(name).map_or("", |parameter| &parameter.set_by);
                    format!(" (`{name}` as set by {set_by})")
                }
            };
            self.notes.error(
                spot,
                format!("{number} is no count{source}"),
                "write a whole number from 0",
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
        assert_eq!(fault.what, "`weeks` is not the unit of a limit");
        assert!(fault.advice.starts_with("write one of"), "{}", fault.advice);
        let fault = Setting::read(ParameterType::Flag, &text("yes")).unwrap_err();
        assert_eq!(
            (fault.what.as_str(), fault.advice.as_str()),
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
