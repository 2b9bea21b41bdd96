//! What explanations say. That they always lead to the due instant is tested with random clocks.

use super::samples::{at, work_time};
use super::*;
use jiff::SignedDuration;
use jiff::civil::{date, datetime};

fn clock(limit: &str, start: &str) -> Clock {
    Clock::start("made_up", limit.parse().expect("a limit"), at(start), &work_time())
}

fn zh(clock: &Clock) -> Vec<String> {
    explain(clock, &work_time()).iter().map(Step::zh).collect()
}

fn en(clock: &Clock) -> Vec<String> {
    explain(clock, &work_time()).iter().map(Step::en).collect()
}

#[test]
fn working_days_are_told_with_holidays_and_make_up_days() {
    let clock = clock("6 workdays", "2024-09-30T14:05");
    assert_eq!(
        zh(&clock),
        [
            "2024-09-30（周一）14:05 起算，当日不计，时限 6 个工作日",
            "10-01 至 10-07 国庆节放假，不计",
            "10-08 至 10-11 计第 1–4 个工作日",
            "10-12（周六）调休上班，计第 5 个工作日",
            "10-13（周日）周末，不计",
            "10-14（周一）计第 6 个工作日",
            "到期 2024-10-14（周一）18:00",
        ]
    );
    assert_eq!(
        en(&clock),
        [
            "2024-09-30 (Mon) 14:05 starts, that day not counted, limit 6 working days",
            "10-01 to 10-07 National Day, off, not counted",
            "10-08 to 10-11 working day 1–4",
            "10-12 (Sat) make-up day, working day 5",
            "10-13 (Sun) weekend, off, not counted",
            "10-14 (Mon) working day 6",
            "due 2024-10-14 (Mon) 18:00",
        ]
    );
}

#[test]
fn working_time_is_told_day_by_day() {
    let clock = clock("10 work_hours", "2024-09-30T11:15:30");
    assert_eq!(
        zh(&clock),
        [
            "2024-09-30（周一）11:15:30 起算，时限 10 个工作时",
            "09-30（周一）11:15:30–12:00、14:30–18:00 计 4 小时 14 分 30 秒，累计 4 小时 14 分 30 秒",
            "10-01 至 10-07 国庆节放假，不计",
            "10-08（周二）08:30–12:00、14:30–16:45:30 计 5 小时 45 分 30 秒，累计 10 小时",
            "到期 2024-10-08（周二）16:45:30",
        ]
    );
}

#[test]
fn pauses_and_extensions_are_told_in_their_place() {
    let work_time = work_time();
    let mut clock = clock("6 workdays", "2024-09-30T14:05");
    clock.pause(at("2024-10-09T08:00"), &work_time).expect("running");
    clock.resume(at("2024-10-10T17:00"), &work_time).expect("paused");
    clock
        .extend(
            at("2024-10-11T17:00"),
            "1 workday".parse().expect("a limit"),
            &work_time,
        )
        .expect("running");
    clock.pause(at("2024-10-14T09:00"), &work_time).expect("running");
    let told = zh(&clock);
    assert_eq!(
        told[1..],
        [
            "10-01 至 10-07 国庆节放假，不计",
            "10-08 至 10-09 计第 1–2 个工作日",
            "2024-10-09（周三）08:00 中止计时，剩余 4 个工作日",
            "2024-10-10（周四）17:00 恢复计时，剩余 4 个工作日，当日不计",
            "10-11（周五）计第 3 个工作日",
            "10-12（周六）调休上班，计第 4 个工作日",
            "10-13（周日）周末，不计",
            "10-14（周一）计第 5 个工作日",
            "2024-10-11（周五）17:00 延期 1 个工作日，自原到期 2024-10-15（周二）18:00 起续计",
            "2024-10-14（周一）09:00 中止计时，剩余 2 个工作日",
        ]
    );
    clock.resume(at("2024-10-18T09:00"), &work_time).expect("paused");
    clock.pause(at("2024-10-30T09:00"), &work_time).expect("running");
    clock.resume(at("2024-10-31T09:00"), &work_time).expect("paused");
    assert_eq!(
        zh(&clock)[told.len()..],
        [
            "2024-10-18（周五）09:00 恢复计时，剩余 2 个工作日，当日不计",
            "10-19 至 10-20 周末，不计",
            "10-21 至 10-22 计第 6–7 个工作日",
            "2024-10-30（周三）09:00 中止计时，但时限已于 2024-10-22（周二）18:00 届满，到期时间不变",
            "2024-10-31（周四）09:00 恢复计时，到期时间不变",
            "到期 2024-10-22（周二）18:00",
        ]
    );
}

#[test]
fn the_other_ways_of_counting_are_told_too() {
    assert_eq!(
        zh(&clock("2 urgent_hours", "2024-09-30T22:00"))[1..],
        [
            "2024-09-30（周一）22:00 至 2024-09-30（周一）24:00 昼夜连续，计 2 小时，累计 2 小时",
            "到期 2024-09-30（周一）24:00"
        ]
    );
    assert_eq!(
        en(&clock("30 days", "2024-12-20T22:00"))[1..],
        ["12-21 to 01-19 calendar day 1–30", "due 2025-01-19 (Sun) 24:00"]
    );
    let (left, work_time) = (Remaining::Workdays(0), work_time());
    let limit = "6 workdays".parse().expect("a limit");
    let at_last = Clock::starting_with_remaining("made_up", limit, at("2024-10-11T19:00"), left, &work_time);
    assert_eq!(
        en(&at_last.expect("same unit")),
        [
            "2024-10-11 (Fri) 19:00 starts, that day not counted, limit 6 working days, taken over with 0 working days left",
            "due 2024-10-12 (Sat) 18:00"
        ]
    );
}

#[test]
fn where_the_calendar_ends_the_explanation_says_so() {
    let clock = clock("6 workdays", "2026-12-29T22:00");
    assert_eq!(
        zh(&clock)[1..],
        [
            "12-30 至 12-31 计第 1–2 个工作日",
            "未载入 2027 年工作日历，到期时间不作推定"
        ]
    );
}

fn check(step: Step, zh: &str, en: &str) {
    assert_eq!((step.zh().as_str(), step.en().as_str()), (zh, en));
}

#[test]
fn steps_read_well_in_both_languages() {
    let (from, to) = (date(2025, 10, 1), date(2025, 10, 8));
    check(
        Step::DaysOff {
            from,
            to,
            holidays: vec!["国庆节、中秋节".into()],
        },
        "10-01 至 10-08 国庆节、中秋节放假，不计",
        "10-01 to 10-08 National Day and Mid-Autumn Festival, off, not counted",
    );
    check(
        Step::Days {
            from,
            to,
            first: 3,
            days: 8,
        },
        "10-01 至 10-08 计第 3–10 天",
        "10-01 to 10-08 calendar day 3–10",
    );
    let midnight = datetime(2025, 10, 9, 0, 0, 0, 0);
    check(
        Step::Due { at: midnight },
        "到期 2025-10-08（周三）24:00",
        "due 2025-10-08 (Wed) 24:00",
    );
    check(
        Step::Paused {
            at: midnight,
            left: Remaining::Days(2),
        },
        "2025-10-09（周四）00:00 中止计时，剩余 2 个自然日",
        "2025-10-09 (Thu) 00:00 paused, 2 calendar days left",
    );
    check(
        Step::Working {
            date: date(2025, 10, 11),
            make_up: true,
            stretches: vec![
                (datetime(2025, 10, 11, 9, 0, 7, 0), datetime(2025, 10, 11, 12, 0, 0, 0)),
                (datetime(2025, 10, 11, 14, 30, 0, 0), datetime(2025, 10, 12, 0, 0, 0, 0)),
            ],
            time: SignedDuration::from_secs(44_993),
            total: SignedDuration::from_secs(44_993),
        },
        "10-11（周六）调休上班，09:00:07–12:00、14:30–24:00 计 12 小时 29 分 53 秒，累计 12 小时 29 分 53 秒",
        "10-11 (Sat) make-up day, 09:00:07–12:00, 14:30–24:00 is 12 h 29 min 53 s, 12 h 29 min 53 s in all",
    );
    check(
        Step::Elapsed {
            from: datetime(2025, 10, 8, 22, 30, 0, 0),
            to: midnight,
            time: SignedDuration::from_mins(90),
            total: SignedDuration::from_mins(90),
        },
        "2025-10-08（周三）22:30 至 2025-10-08（周三）24:00 昼夜连续，计 1 小时 30 分，累计 1 小时 30 分",
        "2025-10-08 (Wed) 22:30 to 2025-10-08 (Wed) 24:00 day and night is 1 h 30 min, 1 h 30 min in all",
    );
    check(
        Step::DaysOff {
            from,
            to: from,
            holidays: vec!["泼水节".into()],
        },
        "10-01（周三）泼水节放假，不计",
        "10-01 (Wed) 泼水节, off, not counted",
    );
}

#[test]
fn a_step_is_plain_data() {
    let step = Step::Workdays {
        from: date(2024, 10, 12),
        to: date(2024, 10, 12),
        first: 5,
        days: 1,
        make_up: true,
    };
    assert_eq!(
        serde_json::to_string(&step).expect("plain data"),
        r#"{"step":"workdays","from":"2024-10-12","to":"2024-10-12","first":5,"days":1,"make_up":true}"#
    );
}
