//! Words in both languages, and what errors of the domain say in Chinese.

use std::error::Error;

use quanyu_domain::directory::InvalidUnitRef;
use quanyu_domain::time::{CalendarError, HoursError, LimitDuration, LimitError, LimitUnit};
use quanyu_domain::units::InvalidUnitCode;
use serde::Serialize;

/// Words in the languages of the product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Both {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl<Z: Into<String>, E: Into<String>> From<(Z, E)> for Both {
    fn from((zh, en): (Z, E)) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// An error of the domain whose English text is `what: what to do`, and that is explained in Chinese here.
pub(crate) trait Explained: Error {
    /// A stable code.
    fn code(&self) -> &'static str;

    /// What is wrong and what to do instead, in Chinese.
    fn zh(&self) -> (String, String);

    /// Both in both languages.
    fn both(&self) -> (Both, Both) {
        let en = self.to_string();
        let (what, advice) = en.split_once(": ").unwrap_or((&en, "write another value"));
        let (zh_what, zh_advice) = self.zh();
        ((zh_what, what).into(), (zh_advice, advice).into())
    }
}

impl Explained for LimitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } => "not_a_limit",
            Self::Amount { .. } => "not_an_amount",
            Self::Unit { .. } => "not_a_unit_of_time",
        }
    }

    fn zh(&self) -> (String, String) {
        match self {
            Self::Shape { text } => (
                format!("`{text}` 不是时限"),
                "请写整数、空格和单位，如 `7 workdays`".to_owned(),
            ),
            Self::Amount { amount } => (
                format!("`{amount}` 不是时限的数量"),
                format!("请写 1 至 {} 的整数", LimitDuration::MAX_AMOUNT),
            ),
            Self::Unit { unit } => (
                format!("`{unit}` 不是时限的单位"),
                format!("请从中选择：{}", LimitUnit::ALL.map(|unit| unit.to_string()).join("、")),
            ),
        }
    }
}

impl Explained for HoursError {
    fn code(&self) -> &'static str {
        match self {
            Self::Time { .. } => "not_a_time_of_day",
            Self::Interval { .. } => "not_an_interval",
            Self::Empty => "no_working_hours",
            Self::Order { .. } => "hours_overlap",
            Self::MonthDay { .. } => "not_a_day_of_the_year",
        }
    }

    fn zh(&self) -> (String, String) {
        match self {
            Self::Time { text } => (
                format!("`{text}` 不是一天中的时刻"),
                "请写 00:00 至 24:00 的时和分，如 `08:30`".to_owned(),
            ),
            Self::Interval { text } => (
                format!("`{text}` 不是工作时段"),
                "请先写较早、后写较晚的时刻，如 `08:30-12:00`".to_owned(),
            ),
            Self::Empty => ("没有工作时段".to_owned(), "请至少写一段，如 `08:30-12:00`".to_owned()),
            Self::Order { earlier, later } => (
                format!("工作时段 {later} 在 {earlier} 结束之前开始"),
                "请按先后排列，互不重叠".to_owned(),
            ),
            Self::MonthDay { text } => (
                format!("`{text}` 不是一年中的某一天"),
                "请写月和日，如 `05-01`".to_owned(),
            ),
        }
    }
}

impl Explained for CalendarError {
    fn code(&self) -> &'static str {
        match self {
            Self::Year { .. } => "not_a_year",
            Self::FarDate { .. } => "date_of_another_year",
            Self::Contradiction { .. } => "date_named_twice",
        }
    }

    fn zh(&self) -> (String, String) {
        match self {
            Self::Year { year } => (
                format!("放假安排表的年份是 {year}"),
                "请写 1 至 9999 之间的年份".to_owned(),
            ),
            Self::FarDate { year, date } => (
                format!("{year} 年的放假安排表中有 {date}"),
                format!("只能写 {year} 年及其前后一年的日期"),
            ),
            Self::Contradiction { year, date } => (
                format!("{year} 年的放假安排表中，{date} 既是休息日又是工作日"),
                "请只保留一种".to_owned(),
            ),
        }
    }
}

impl Explained for InvalidUnitCode {
    fn code(&self) -> &'static str {
        "not_a_unit_code"
    }

    fn zh(&self) -> (String, String) {
        (
            format!("`{}` 不是单位代码", self.0),
            "区划为 12 位数字，网格为 15 位，部门为 12 位数字、连字符和小写下划线名称".to_owned(),
        )
    }
}

impl Explained for InvalidUnitRef {
    fn code(&self) -> &'static str {
        "not_a_unit"
    }

    fn zh(&self) -> (String, String) {
        (
            format!("`{}` 指不到任何单位", self.0),
            "请写单位代码、@function:名称，或 @level:subdistrict|community|grid|district".to_owned(),
        )
    }
}
