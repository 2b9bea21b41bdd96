//! One step of an explanation, in two languages.

use super::duration::{span_en, span_zh};
use super::{LimitDuration, Remaining};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};
use serde::Serialize;

/// A step in the explanation of a limit. Dates and times are local civil time.
///
/// `nth`, `first` and `total` count through the whole explanation, over pauses and extensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The clock starts.
    Started {
        /// When.
        at: DateTime,
        /// The limit.
        limit: LimitDuration,
        /// What was left of it, for a clock taken over in flight.
        left: Option<Remaining>,
    },
    /// Consecutive days off within a count of working days or working time.
    DaysOff {
        /// The first.
        from: Date,
        /// The last, which may be the first.
        to: Date,
        /// The holidays among them, in order; none on a plain weekend.
        holidays: Vec<String>,
    },
    /// Consecutive working days, each counted.
    Workdays {
        /// The first.
        from: Date,
        /// The last, which may be the first.
        to: Date,
        /// Which working day of the limit the first is, from 1.
        first: u32,
        /// How many they are.
        days: u32,
        /// Whether these are make-up days (调休上班).
        make_up: bool,
    },
    /// Consecutive calendar days, each counted.
    Days {
        /// The first.
        from: Date,
        /// The last, which may be the first.
        to: Date,
        /// Which day of the limit the first is, from 1.
        first: u32,
        /// How many they are.
        days: u32,
    },
    /// Working time of one day.
    Working {
        /// The day.
        date: Date,
        /// Whether it is a make-up day.
        make_up: bool,
        /// The stretches of working time that count, each from and to; the end of the day is the next midnight.
        stretches: Vec<(DateTime, DateTime)>,
        /// How much they are together.
        time: SignedDuration,
        /// All working time counted so far.
        total: SignedDuration,
    },
    /// Time that runs day and night.
    Elapsed {
        /// From when on.
        from: DateTime,
        /// Until when.
        to: DateTime,
        /// How much.
        time: SignedDuration,
        /// All that was counted so far.
        total: SignedDuration,
    },
    /// The clock is paused.
    Paused {
        /// When.
        at: DateTime,
        /// What is left.
        left: Remaining,
    },
    /// The clock is paused when it is overdue, which changes nothing.
    PausedOverdue {
        /// When.
        at: DateTime,
        /// The due instant that was missed.
        due: DateTime,
    },
    /// The clock is resumed.
    Resumed {
        /// When.
        at: DateTime,
        /// What is counted from here; `None` after [`Step::PausedOverdue`].
        left: Option<Remaining>,
    },
    /// The limit is extended.
    Extended {
        /// When that took effect.
        at: DateTime,
        /// By how much.
        by: LimitDuration,
        /// The due instant from which it counts on.
        from: DateTime,
    },
    /// The instant at which the limit falls due; always the last step.
    Due {
        /// When.
        at: DateTime,
    },
    /// The calendar ends here: there is no due instant. Always the last step.
    NoCalendar {
        /// The first year that is missing.
        year: i16,
    },
}

impl Step {
    /// In Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Started { at, limit, left } => {
                let own_day = if day_counted(&limit.whole()) {
                    "，当日不计"
                } else {
                    ""
                };
                let left = left
                    .map(|left| format!("，接续时剩余 {}", left.label_zh()))
                    .unwrap_or_default();
                format!("{} 起算{own_day}，时限 {}{left}", moment_zh(*at), limit.label_zh())
            }
            Self::DaysOff { from, to, holidays } => {
                let name = if holidays.is_empty() {
                    "周末".into()
                } else {
                    format!("{}放假", holidays.join("、"))
                };
                format!("{}{name}，不计", range_zh(*from, *to))
            }
            Self::Workdays {
                from,
                to,
                first,
                days,
                make_up,
            } => {
                let why = if *make_up { "调休上班，" } else { "" };
                format!("{}{why}计第 {} 个工作日", range_zh(*from, *to), ordinals(*first, *days))
            }
            Self::Days { from, to, first, days } => {
                format!("{}计第 {} 天", range_zh(*from, *to), ordinals(*first, *days))
            }
            Self::Working {
                date,
                make_up,
                stretches,
                time,
                total,
            } => {
                let why = if *make_up { "调休上班，" } else { "" };
                let (time, total) = (span_zh(*time), span_zh(*total));
                format!(
                    "{}{why}{} 计 {time}，累计 {total}",
                    range_zh(*date, *date),
                    times(stretches, "、")
                )
            }
            Self::Elapsed { from, to, time, total } => {
                let (from, to) = (moment_zh(*from), end_zh(*to));
                format!(
                    "{from} 至 {to} 昼夜连续，计 {}，累计 {}",
                    span_zh(*time),
                    span_zh(*total)
                )
            }
            Self::Paused { at, left } => format!("{} 中止计时，剩余 {}", moment_zh(*at), left.label_zh()),
            Self::PausedOverdue { at, due } => {
                format!(
                    "{} 中止计时，但时限已于 {} 届满，到期时间不变",
                    moment_zh(*at),
                    end_zh(*due)
                )
            }
            Self::Resumed { at, left: Some(left) } => {
                let rest = match left {
                    Remaining::Workdays(0) => "计至下一个下班时间".into(),
                    Remaining::Days(0) => "计至当日 24:00".into(),
                    left if day_counted(left) => format!("剩余 {}，当日不计", left.label_zh()),
                    left => format!("剩余 {}", left.label_zh()),
                };
                format!("{} 恢复计时，{rest}", moment_zh(*at))
            }
            Self::Resumed { at, left: None } => format!("{} 恢复计时，到期时间不变", moment_zh(*at)),
            Self::Extended { at, by, from } => {
                format!(
                    "{} 延期 {}，自原到期 {} 起续计",
                    moment_zh(*at),
                    by.label_zh(),
                    end_zh(*from)
                )
            }
            Self::Due { at } => format!("到期 {}", end_zh(*at)),
            Self::NoCalendar { year } => format!("未载入 {year} 年工作日历，到期时间不作推定"),
        }
    }

    /// In English.
    pub fn en(&self) -> String {
        match self {
            Self::Started { at, limit, left } => {
                let own_day = if day_counted(&limit.whole()) {
                    ", that day not counted"
                } else {
                    ""
                };
                let left = left
                    .map(|left| format!(", taken over with {} left", left.label_en()))
                    .unwrap_or_default();
                format!("{} starts{own_day}, limit {}{left}", moment_en(*at), limit.label_en())
            }
            Self::DaysOff { from, to, holidays } => {
                let english: Vec<&str> = holidays
                    .iter()
                    .flat_map(|name| name.split('、'))
                    .map(holiday_en)
                    .collect();
                let name = if holidays.is_empty() {
                    "weekend".into()
                } else {
                    english.join(" and ")
                };
                format!("{} {name}, off, not counted", range_en(*from, *to))
            }
            Self::Workdays {
                from,
                to,
                first,
                days,
                make_up,
            } => {
                let why = if *make_up { "make-up day, " } else { "" };
                format!("{} {why}working day {}", range_en(*from, *to), ordinals(*first, *days))
            }
            Self::Days { from, to, first, days } => {
                format!("{} calendar day {}", range_en(*from, *to), ordinals(*first, *days))
            }
            Self::Working {
                date,
                make_up,
                stretches,
                time,
                total,
            } => {
                let why = if *make_up { "make-up day, " } else { "" };
                let (time, total) = (span_en(*time), span_en(*total));
                format!(
                    "{} {why}{} is {time}, {total} in all",
                    range_en(*date, *date),
                    times(stretches, ", ")
                )
            }
            Self::Elapsed { from, to, time, total } => {
                let (from, to) = (moment_en(*from), end_en(*to));
                format!(
                    "{from} to {to} day and night is {}, {} in all",
                    span_en(*time),
                    span_en(*total)
                )
            }
            Self::Paused { at, left } => format!("{} paused, {} left", moment_en(*at), left.label_en()),
            Self::PausedOverdue { at, due } => {
                format!(
                    "{} paused, but overdue since {}, which stands",
                    moment_en(*at),
                    end_en(*due)
                )
            }
            Self::Resumed { at, left: Some(left) } => {
                let rest = match left {
                    Remaining::Workdays(0) => "until the next close of business".into(),
                    Remaining::Days(0) => "until 24:00".into(),
                    left if day_counted(left) => format!("{} left, that day not counted", left.label_en()),
                    left => format!("{} left", left.label_en()),
                };
                format!("{} resumed, {rest}", moment_en(*at))
            }
            Self::Resumed { at, left: None } => format!("{} resumed, the due instant stands", moment_en(*at)),
            Self::Extended { at, by, from } => {
                format!(
                    "{} extended by {}, counted on from {}",
                    moment_en(*at),
                    by.label_en(),
                    end_en(*from)
                )
            }
            Self::Due { at } => format!("due {}", end_en(*at)),
            Self::NoCalendar { year } => format!("no working calendar is loaded for {year}: no due instant is guessed"),
        }
    }
}

/// Whether the count is of days, so that the day it starts on is not counted.
fn day_counted(left: &Remaining) -> bool {
    matches!(left, Remaining::Workdays(_) | Remaining::Days(_))
}

/// `3` or `3–7`.
fn ordinals(first: u32, days: u32) -> String {
    if days == 1 {
        first.to_string()
    } else {
        format!("{first}–{}", first + days - 1)
    }
}

/// `08:30–12:00、14:30–16:05`.
fn times(stretches: &[(DateTime, DateTime)], separator: &str) -> String {
    let time = |(from, to): &(DateTime, DateTime)| format!("{}–{}", clock_time(*from), closing_time(*to));
    stretches.iter().map(time).collect::<Vec<_>>().join(separator)
}

/// One date with its weekday, or a range followed by a space.
fn range_zh(from: Date, to: Date) -> String {
    if from == to {
        format!("{}（{}）", short(from), weekday_zh(from))
    } else {
        format!("{} 至 {} ", short(from), short(to))
    }
}

fn range_en(from: Date, to: Date) -> String {
    if from == to {
        format!("{} ({})", short(from), weekday_en(from))
    } else {
        format!("{} to {}", short(from), short(to))
    }
}

fn short(date: Date) -> String {
    format!("{:02}-{:02}", date.month(), date.day())
}

fn moment_zh(at: DateTime) -> String {
    format!("{}（{}）{}", at.date(), weekday_zh(at.date()), clock_time(at))
}

fn moment_en(at: DateTime) -> String {
    format!("{} ({}) {}", at.date(), weekday_en(at.date()), clock_time(at))
}

fn end_zh(at: DateTime) -> String {
    let date = closing_date(at);
    format!("{date}（{}）{}", weekday_zh(date), closing_time(at))
}

fn end_en(at: DateTime) -> String {
    let date = closing_date(at);
    format!("{date} ({}) {}", weekday_en(date), closing_time(at))
}

/// `14:05`, with seconds only where there are some.
fn clock_time(at: DateTime) -> String {
    let minutes = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.second() == 0 {
        minutes
    } else {
        format!("{minutes}:{:02}", at.second())
    }
}

/// As [`clock_time`], with midnight as the end of the day before.
fn closing_time(at: DateTime) -> String {
    if is_midnight(at) {
        "24:00".into()
    } else {
        clock_time(at)
    }
}

fn closing_date(at: DateTime) -> Date {
    if is_midnight(at) {
        at.date().yesterday().unwrap_or(at.date())
    } else {
        at.date()
    }
}

fn is_midnight(at: DateTime) -> bool {
    at.time() == jiff::civil::Time::midnight()
}

fn weekday_zh(date: Date) -> &'static str {
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][weekday(date.weekday())]
}

fn weekday_en(date: Date) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][weekday(date.weekday())]
}

/// Days since Monday.
fn weekday(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

/// The public holidays of 全国年节及纪念日放假办法 in English; any other name stays as it is.
fn holiday_en(name: &str) -> &str {
    match name {
        "元旦" => "New Year's Day",
        "春节" => "Spring Festival",
        "清明节" => "Qingming Festival",
        "劳动节" => "Labour Day",
        "端午节" => "Dragon Boat Festival",
        "中秋节" => "Mid-Autumn Festival",
        "国庆节" => "National Day",
        other => other,
    }
}
