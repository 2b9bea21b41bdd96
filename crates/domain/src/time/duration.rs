//! How long a limit is, as written down and as what is left of it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// What a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// Minutes of 紧急工作时: as [`LimitUnit::UrgentHours`].
    UrgentMinutes,
    /// 紧急工作时: time that runs day and night. 2 urgent hours from Saturday 23:30 end on Sunday at 01:30.
    UrgentHours,
    /// Minutes of 工作时: as [`LimitUnit::WorkHours`].
    WorkMinutes,
    /// 工作时: time that runs only within the working hours of working days. With hours 08:30–12:00 and 14:30–18:00,
    /// 4 working hours from Friday 16:00 end on the next working day at 10:30.
    WorkHours,
    /// 工作日: the day of the start is not counted; due at the close of business of the n-th working day after it.
    /// 1 working day from any time of Friday, Saturday or Sunday ends on Monday at 18:00.
    Workdays,
    /// 自然日: the day of the start is not counted; due at the end (24:00) of the n-th calendar day after it.
    Days,
}

impl LimitUnit {
    /// All units, from the shortest.
    pub const ALL: [Self; 6] = [
        Self::UrgentMinutes,
        Self::UrgentHours,
        Self::WorkMinutes,
        Self::WorkHours,
        Self::Workdays,
        Self::Days,
    ];

    /// The word for one and for several in the text form.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::UrgentMinutes => ("urgent_minute", "urgent_minutes"),
            Self::UrgentHours => ("urgent_hour", "urgent_hours"),
            Self::WorkMinutes => ("work_minute", "work_minutes"),
            Self::WorkHours => ("work_hour", "work_hours"),
            Self::Workdays => ("workday", "workdays"),
            Self::Days => ("day", "days"),
        }
    }
}

impl fmt::Display for LimitUnit {
    /// The plural of the text form: `workdays`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().1)
    }
}

/// A limit (时限) as packs write it: a whole number from 1 to [`LimitDuration::MAX_AMOUNT`] and a unit.
///
/// Text form, also in JSON: `2 urgent_hours`, `1 workday`, `30 days`; singular and plural are both read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LimitDuration {
    amount: u32,
    unit: LimitUnit,
}

/// Why a text is not a limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LimitError {
    /// Not two words.
    #[error("`{text}` is not a limit: write a whole number, a space and a unit, such as `7 workdays`")]
    Shape {
        /// The text.
        text: String,
    },
    /// The first word is not a number in range.
    #[error(
        "`{amount}` is not the amount of a limit: write a whole number from 1 to {}",
        LimitDuration::MAX_AMOUNT
    )]
    Amount {
        /// The first word.
        amount: String,
    },
    /// The second word is not a unit.
    #[error("`{unit}` is not the unit of a limit: write one of {}", units())]
    Unit {
        /// The second word.
        unit: String,
    },
}

fn units() -> String {
    LimitUnit::ALL.map(|unit| unit.to_string()).join(", ")
}

impl LimitDuration {
    /// The largest amount. More is a slip of the pen: 100,000 hours are eleven years.
    pub const MAX_AMOUNT: u32 = 100_000;

    /// A limit of this many units.
    ///
    /// # Errors
    /// [`LimitError::Amount`] unless the amount is from 1 to [`Self::MAX_AMOUNT`].
    pub fn new(amount: u32, unit: LimitUnit) -> Result<Self, LimitError> {
        if !(1..=Self::MAX_AMOUNT).contains(&amount) {
            return Err(LimitError::Amount {
                amount: amount.to_string(),
            });
        }
        Ok(Self { amount, unit })
    }

    /// How many units.
    pub fn amount(self) -> u32 {
        self.amount
    }

    /// Which unit.
    pub fn unit(self) -> LimitUnit {
        self.unit
    }

    /// The whole limit as something that is left to run.
    pub fn whole(self) -> Remaining {
        let amount = i64::from(self.amount);
        match self.unit {
            LimitUnit::UrgentMinutes => Remaining::Elapsed(SignedDuration::from_mins(amount)),
            LimitUnit::UrgentHours => Remaining::Elapsed(SignedDuration::from_hours(amount)),
            LimitUnit::WorkMinutes => Remaining::Working(SignedDuration::from_mins(amount)),
            LimitUnit::WorkHours => Remaining::Working(SignedDuration::from_hours(amount)),
            LimitUnit::Workdays => Remaining::Workdays(self.amount),
            LimitUnit::Days => Remaining::Days(self.amount),
        }
    }

    /// In Chinese: `7 个工作日`.
    pub fn label_zh(self) -> String {
        let unit = match self.unit {
            LimitUnit::UrgentMinutes => "紧急工作分钟",
            LimitUnit::UrgentHours => "个紧急工作时",
            LimitUnit::WorkMinutes => "工作分钟",
            LimitUnit::WorkHours => "个工作时",
            LimitUnit::Workdays => "个工作日",
            LimitUnit::Days => "个自然日",
        };
        format!("{} {unit}", self.amount)
    }

    /// In English: `7 working days`.
    pub fn label_en(self) -> String {
        let unit = match self.unit {
            LimitUnit::UrgentMinutes => "urgent minute",
            LimitUnit::UrgentHours => "urgent hour",
            LimitUnit::WorkMinutes => "working minute",
            LimitUnit::WorkHours => "working hour",
            LimitUnit::Workdays => "working day",
            LimitUnit::Days => "calendar day",
        };
        plural(self.amount, unit)
    }
}

impl FromStr for LimitDuration {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [amount, unit] = words[..] else {
            return Err(LimitError::Shape { text: text.to_owned() });
        };
        let number = if amount.bytes().all(|byte| byte.is_ascii_digit()) {
            amount.parse().ok()
        } else {
            None
        };
        let number = number.ok_or_else(|| LimitError::Amount {
            amount: amount.to_owned(),
        })?;
        let unit = LimitUnit::ALL
            .into_iter()
            .find(|known| known.words().0 == unit || known.words().1 == unit)
            .ok_or_else(|| LimitError::Unit { unit: unit.to_owned() })?;
        Self::new(number, unit)
    }
}

impl fmt::Display for LimitDuration {
    /// The text form that packs use: `7 workdays`, `1 workday`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, several) = self.unit.words();
        write!(f, "{} {}", self.amount, if self.amount == 1 { one } else { several })
    }
}

impl TryFrom<String> for LimitDuration {
    type Error = LimitError;

    fn try_from(text: String) -> Result<Self, LimitError> {
        text.parse()
    }
}

impl From<LimitDuration> for String {
    fn from(limit: LimitDuration) -> Self {
        limit.to_string()
    }
}

/// What is left of a limit, in the clock's own way of counting.
///
/// In JSON: `{"elapsed": "PT1H30M"}`, `{"working": "PT4H"}`, `{"workdays": 3}`, `{"days": 12}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remaining {
    /// Time that runs day and night (urgent hours and minutes). Never negative.
    Elapsed(SignedDuration),
    /// Time within working hours (working hours and minutes). Never negative.
    Working(SignedDuration),
    /// Working days after the day it is counted from; 0 means until the next close of business.
    Workdays(u32),
    /// Calendar days after the day it is counted from; 0 means until the end of the day.
    Days(u32),
}

impl Remaining {
    /// Nothing left, counted as the unit counts.
    pub fn none(unit: LimitUnit) -> Self {
        match unit {
            LimitUnit::UrgentMinutes | LimitUnit::UrgentHours => Self::Elapsed(SignedDuration::ZERO),
            LimitUnit::WorkMinutes | LimitUnit::WorkHours => Self::Working(SignedDuration::ZERO),
            LimitUnit::Workdays => Self::Workdays(0),
            LimitUnit::Days => Self::Days(0),
        }
    }

    /// Whether a limit in this unit can have this left: the same way of counting, and not below zero.
    pub fn fits(self, unit: LimitUnit) -> bool {
        let same_way = std::mem::discriminant(&self) == std::mem::discriminant(&Self::none(unit));
        let not_below_zero = match self {
            Self::Elapsed(time) | Self::Working(time) => !time.is_negative(),
            Self::Workdays(_) | Self::Days(_) => true,
        };
        same_way && not_below_zero
    }

    /// In Chinese: `3 个工作日`, `2 小时 30 分（工作时）`.
    pub fn label_zh(self) -> String {
        match self {
            Self::Elapsed(time) => format!("{}（紧急工作时）", span_zh(time)),
            Self::Working(time) => format!("{}（工作时）", span_zh(time)),
            Self::Workdays(days) => format!("{days} 个工作日"),
            Self::Days(days) => format!("{days} 个自然日"),
        }
    }

    /// In English: `3 working days`, `2 h 30 min of working time`.
    pub fn label_en(self) -> String {
        match self {
            Self::Elapsed(time) => format!("{} day and night", span_en(time)),
            Self::Working(time) => format!("{} of working time", span_en(time)),
            Self::Workdays(days) => plural(days, "working day"),
            Self::Days(days) => plural(days, "calendar day"),
        }
    }
}

/// `1 working day`, `2 working days`.
fn plural(amount: u32, one: &str) -> String {
    format!("{amount} {one}{}", if amount == 1 { "" } else { "s" })
}

/// A length of time in Chinese: `7 小时`, `3 小时 20 分`, `12.5 秒`.
pub(super) fn span_zh(time: SignedDuration) -> String {
    span(time, ["小时", "分", "秒"])
}

/// A length of time in English: `7 h`, `3 h 20 min`, `12.5 s`.
pub(super) fn span_en(time: SignedDuration) -> String {
    span(time, ["h", "min", "s"])
}

fn span(time: SignedDuration, [hour, minute, second]: [&str; 3]) -> String {
    let seconds = time.as_secs();
    let mut parts = Vec::new();
    if seconds >= 3600 {
        parts.push(format!("{} {hour}", seconds / 3600));
    }
    if seconds / 60 % 60 > 0 {
        parts.push(format!("{} {minute}", seconds / 60 % 60));
    }
    let (whole, nanos) = (seconds % 60, time.subsec_nanos());
    if nanos > 0 {
        parts.push(format!(
            "{} {second}",
            format!("{whole}.{nanos:09}").trim_end_matches('0')
        ));
    } else if whole > 0 {
        parts.push(format!("{whole} {second}"));
    }
    if parts.is_empty() {
        format!("0 {minute}")
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_and_written() {
        for (text, amount, unit, zh, en) in [
            (
                "2 urgent_hours",
                2,
                LimitUnit::UrgentHours,
                "2 个紧急工作时",
                "2 urgent hours",
            ),
            (
                "1 urgent_minute",
                1,
                LimitUnit::UrgentMinutes,
                "1 紧急工作分钟",
                "1 urgent minute",
            ),
            ("4 work_hours", 4, LimitUnit::WorkHours, "4 个工作时", "4 working hours"),
            (
                "90 work_minutes",
                90,
                LimitUnit::WorkMinutes,
                "90 工作分钟",
                "90 working minutes",
            ),
            ("7 workdays", 7, LimitUnit::Workdays, "7 个工作日", "7 working days"),
            ("1 workday", 1, LimitUnit::Workdays, "1 个工作日", "1 working day"),
            ("30 days", 30, LimitUnit::Days, "30 个自然日", "30 calendar days"),
        ] {
            let limit: LimitDuration = text.parse().expect(text);
            assert_eq!((limit.amount(), limit.unit()), (amount, unit));
            assert_eq!(limit.to_string(), text);
            assert_eq!((limit.label_zh().as_str(), limit.label_en().as_str()), (zh, en));
            let json = serde_json::to_string(&limit).expect("a string");
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<LimitDuration>(&json).expect("round trip"), limit);
        }
        assert_eq!(
            " 1  workdays ".parse::<LimitDuration>(),
            LimitDuration::new(1, LimitUnit::Workdays)
        );
    }

    #[test]
    fn errors_say_what_is_accepted() {
        for (text, part) in [
            ("", "7 workdays"),
            ("7workdays", "7 workdays"),
            ("7 work days", "7 workdays"),
            ("0 days", "from 1 to 100000"),
            ("+1 days", "from 1 to 100000"),
            ("-1 days", "from 1 to 100000"),
            ("1.5 days", "from 1 to 100000"),
            ("100001 days", "from 1 to 100000"),
            ("99999999999 days", "from 1 to 100000"),
            (
                "7 weeks",
                "urgent_minutes, urgent_hours, work_minutes, work_hours, workdays, days",
            ),
        ] {
            let error = text.parse::<LimitDuration>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(serde_json::from_str::<LimitDuration>("\"7 weeks\"").is_err());
    }

    #[test]
    fn what_is_left_has_labels_and_a_json_form() {
        let time = SignedDuration::from_mins(150);
        for (left, zh, en, json) in [
            (
                Remaining::Working(time),
                "2 小时 30 分（工作时）",
                "2 h 30 min of working time",
                r#"{"working":"PT2H30M"}"#,
            ),
            (
                Remaining::Elapsed(time),
                "2 小时 30 分（紧急工作时）",
                "2 h 30 min day and night",
                r#"{"elapsed":"PT2H30M"}"#,
            ),
            (
                Remaining::Workdays(3),
                "3 个工作日",
                "3 working days",
                r#"{"workdays":3}"#,
            ),
            (Remaining::Days(1), "1 个自然日", "1 calendar day", r#"{"days":1}"#),
        ] {
            assert_eq!((left.label_zh().as_str(), left.label_en().as_str()), (zh, en));
            assert_eq!(serde_json::to_string(&left).expect("plain data"), json);
            assert_eq!(serde_json::from_str::<Remaining>(json).expect("round trip"), left);
        }
        assert_eq!(span_en(SignedDuration::from_millis(3_612_500)), "1 h 12.5 s");
        assert_eq!(span_zh(SignedDuration::ZERO), "0 分");
    }

    #[test]
    fn what_is_left_fits_limits_that_count_alike() {
        assert!(Remaining::Workdays(9).fits(LimitUnit::Workdays));
        assert!(!Remaining::Workdays(9).fits(LimitUnit::Days));
        assert!(Remaining::Working(SignedDuration::ZERO).fits(LimitUnit::WorkMinutes));
        assert!(!Remaining::Working(SignedDuration::from_secs(-1)).fits(LimitUnit::WorkHours));
    }
}
