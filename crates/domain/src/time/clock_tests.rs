//! The life of a clock, act by act.

use super::samples::{at, official, work_time};
use super::*;
use jiff::{SignedDuration, Timestamp};

fn started(limit: &str, start: &str) -> Clock {
    Clock::start("made_up", limit.parse().expect("a limit"), at(start), &work_time())
}

fn paused_and_resumed(limit: &str, start: &str, from: &str, to: &str) -> (Due, Due) {
    let mut clock = started(limit, start);
    clock.pause(at(from), &work_time()).expect("running");
    let while_paused = clock.due();
    clock.resume(at(to), &work_time()).expect("paused");
    (while_paused, clock.due())
}

/// Round National Day 2024: 10-01 to 10-07 off, 10-12 (Saturday) worked.
#[test]
fn a_pause_freezes_what_is_left_in_the_clocks_own_unit() {
    let minutes = SignedDuration::from_mins;
    for (limit, start, from, to, left, due) in [
        // 4 hours from 16:00; one hour has run by 17:00, and 20:00 adds no working time.
        (
            "4 work_hours",
            "2024-09-30T16:00",
            "2024-09-30T17:00",
            "2024-10-08T09:00",
            Remaining::Working(minutes(180)),
            "2024-10-08T12:00",
        ),
        (
            "4 work_hours",
            "2024-09-30T16:00",
            "2024-09-30T20:00",
            "2024-10-03T09:00",
            Remaining::Working(minutes(120)),
            "2024-10-08T10:30",
        ),
        (
            "2 urgent_hours",
            "2024-09-30T23:30",
            "2024-10-01T00:00",
            "2024-10-02T07:00",
            Remaining::Elapsed(minutes(90)),
            "2024-10-02T08:30",
        ),
        // Due on 10-14. The day of the pause is used up, the day of the resumption does not count.
        (
            "6 workdays",
            "2024-09-30T14:05",
            "2024-10-09T08:00",
            "2024-10-10T17:00",
            Remaining::Workdays(4),
            "2024-10-15T18:00",
        ),
        (
            "6 workdays",
            "2024-09-30T14:05",
            "2024-10-09T08:00",
            "2024-10-09T17:00",
            Remaining::Workdays(4),
            "2024-10-14T18:00",
        ),
        (
            "6 workdays",
            "2024-09-30T14:05",
            "2024-10-14T08:00",
            "2024-10-14T19:00",
            Remaining::Workdays(0),
            "2024-10-15T18:00",
        ),
        (
            "6 workdays",
            "2024-09-30T14:05",
            "2024-10-14T18:00",
            "2024-10-19T11:00",
            Remaining::Workdays(0),
            "2024-10-21T18:00",
        ),
        (
            "3 days",
            "2024-09-30T14:05",
            "2024-10-01T14:05",
            "2024-10-20T10:00",
            Remaining::Days(2),
            "2024-10-23T00:00",
        ),
        (
            "3 days",
            "2024-09-30T14:05",
            "2024-10-04T00:00",
            "2024-10-20T10:00",
            Remaining::Days(0),
            "2024-10-21T00:00",
        ),
    ] {
        let expected = (Due::Paused(left), Due::At(at(due)));
        assert_eq!(
            paused_and_resumed(limit, start, from, to),
            expected,
            "{limit} from {start}, paused {from} to {to}"
        );
    }
}

#[test]
fn a_pause_after_the_due_instant_leaves_it_missed() {
    let due = Due::At(at("2024-09-30T18:00"));
    let (while_paused, after) = paused_and_resumed(
        "2 work_hours",
        "2024-09-30T16:00",
        "2024-09-30T18:00:00.000001",
        "2024-10-09T09:00",
    );
    assert_eq!((while_paused, after), (due, due));
    let mut clock = started("2 work_hours", "2024-09-30T16:00");
    clock.pause(at("2024-09-30T19:00"), &work_time()).expect("running");
    assert_eq!(clock.state(at("2024-10-20T00:00")), ClockState::Overdue);
    assert_eq!(
        clock.running_due(),
        Some(at("2024-09-30T18:00")),
        "what was missed stays to be chased"
    );
    let nothing = Some(Remaining::Working(SignedDuration::ZERO));
    assert_eq!(clock.remaining(at("2024-10-20T00:00"), &work_time()), nothing);
}

#[test]
fn extensions_count_on_from_the_due_instant() {
    for (limit, start, by, due) in [
        ("6 workdays", "2024-09-30T14:05", "6 workdays", "2024-10-22T18:00"),
        ("3 days", "2024-09-30T14:05", "3 days", "2024-10-07T00:00"),
        ("4 work_hours", "2024-09-30T16:00", "4 work_hours", "2024-10-08T17:00"),
        (
            "2 urgent_hours",
            "2024-09-30T23:30",
            "2 urgent_hours",
            "2024-10-01T03:30",
        ),
        // Another unit counts in its own way.
        ("4 work_hours", "2024-09-30T16:00", "1 workday", "2024-10-09T18:00"),
        ("3 days", "2024-09-30T14:05", "1 workday", "2024-10-08T18:00"),
        ("6 workdays", "2024-09-30T14:05", "2 urgent_hours", "2024-10-14T20:00"),
    ] {
        let mut clock = started(limit, start);
        // Long after it fell due: an extension does not count from the day it is granted.
        clock
            .extend(at("2024-12-02T09:00"), by.parse().expect("a limit"), &work_time())
            .expect("running");
        assert_eq!(clock.due(), Due::At(at(due)), "{limit} from {start} and {by}");
    }
}

#[test]
fn done_at_the_due_instant_is_on_time() {
    let clock = started("6 workdays", "2024-09-30T14:05");
    let due = at("2024-10-14T18:00");
    let late = due + SignedDuration::from_micros(1);
    assert_eq!(
        (clock.state(due), clock.state(late)),
        (ClockState::Running, ClockState::Overdue)
    );
    let stop = |at: Timestamp| {
        let mut clock = clock.clone();
        clock.stop(at).expect("running");
        assert_eq!((clock.stopped(), clock.running_due()), (Some(at), None));
        clock.state(Timestamp::MAX)
    };
    assert_eq!(
        stop(due),
        ClockState::Stopped {
            in_time: true,
            late_by: SignedDuration::ZERO
        }
    );
    assert_eq!(
        stop(late),
        ClockState::Stopped {
            in_time: false,
            late_by: SignedDuration::from_micros(1)
        }
    );
    let mut paused = clock.clone();
    paused.pause(at("2024-10-09T09:00"), &work_time()).expect("running");
    assert_eq!((paused.state(late), paused.running_due()), (ClockState::Paused, None));
    paused.stop(late).expect("paused clocks may be stopped");
    assert_eq!(
        paused.state(late),
        ClockState::Stopped {
            in_time: true,
            late_by: SignedDuration::ZERO
        }
    );
}

#[test]
fn what_remains_is_told_at_any_time() {
    let work_time = work_time();
    let clock = started("6 workdays", "2024-09-30T14:05");
    for (now, left) in [
        ("2024-09-01T00:00", 6),
        ("2024-09-30T23:00", 6),
        ("2024-10-07T23:00", 6),
        ("2024-10-08T00:00", 5),
        ("2024-10-14T18:00", 0),
        ("2024-10-20T18:00", 0),
    ] {
        assert_eq!(
            clock.remaining(at(now), &work_time),
            Some(Remaining::Workdays(left)),
            "{now}"
        );
    }
    let clock = started("4 work_hours", "2024-09-30T16:00");
    let left = clock.remaining(at("2024-10-08T09:12:30"), &work_time);
    assert_eq!(left, Some(Remaining::Working(SignedDuration::from_secs(77 * 60 + 30))));
    let mut stopped = clock.clone();
    stopped.stop(at("2024-10-08T09:12:30")).expect("running");
    assert_eq!(
        stopped.remaining(at("2024-12-08T00:00"), &work_time),
        left,
        "what was left when it was stopped"
    );
}

#[test]
fn a_clock_taken_over_in_flight_is_one_that_was_resumed() {
    let limit: LimitDuration = "6 workdays".parse().expect("a limit");
    let take_over = |left| Clock::starting_with_remaining("made_up", limit, at("2024-10-10T17:00"), left, &work_time());
    let clock = take_over(Remaining::Workdays(4)).expect("same unit");
    assert_eq!(clock.due(), Due::At(at("2024-10-15T18:00")));
    assert_eq!(
        (clock.left_at_start(), clock.duration()),
        (Remaining::Workdays(4), limit)
    );
    let last_day = take_over(Remaining::Workdays(0)).expect("same unit");
    assert_eq!(last_day.due(), Due::At(at("2024-10-10T18:00")));
    let left = Remaining::Days(4);
    assert_eq!(
        take_over(left),
        Err(ClockError::Left {
            left,
            unit: LimitUnit::Workdays
        })
    );
}

#[test]
fn impossible_acts_are_refused_and_change_nothing() {
    let work_time = work_time();
    let by: LimitDuration = "1 workday".parse().expect("a limit");
    let (start, later, latest) = (at("2024-09-30T14:05"), at("2024-10-08T09:00"), at("2024-10-09T09:00"));
    let mut clock = started("6 workdays", "2024-09-30T14:05");
    let early = at("2024-09-30T14:04");
    let before = clock.clone();
    assert_eq!(
        clock.stop(early),
        Err(ClockError::Backwards {
            at: early,
            latest: start
        })
    );
    assert_eq!(
        clock.pause(early, &work_time),
        Err(ClockError::Backwards {
            at: early,
            latest: start
        })
    );
    assert_eq!(
        clock.extend(early, by, &work_time),
        Err(ClockError::Backwards {
            at: early,
            latest: start
        })
    );
    assert_eq!(clock.resume(later, &work_time), Err(ClockError::NotPaused));
    assert_eq!(clock, before);

    clock.pause(later, &work_time).expect("running");
    let before = clock.clone();
    assert_eq!(
        clock.pause(latest, &work_time),
        Err(ClockError::AlreadyPaused { since: later })
    );
    assert_eq!(
        clock.extend(latest, by, &work_time),
        Err(ClockError::ExtendedWhilePaused { since: later })
    );
    assert_eq!(
        clock.resume(start, &work_time),
        Err(ClockError::Backwards {
            at: start,
            latest: later
        })
    );
    assert_eq!(
        clock.stop(start),
        Err(ClockError::Backwards {
            at: start,
            latest: later
        })
    );
    assert_eq!(clock, before);

    clock
        .resume(later, &work_time)
        .expect("at the same instant is not backwards");
    clock.stop(latest).expect("running");
    let before = clock.clone();
    let stopped = ClockError::Stopped { at: latest };
    assert_eq!(clock.stop(latest), Err(stopped.clone()));
    assert_eq!(clock.pause(latest, &work_time), Err(stopped.clone()));
    assert_eq!(clock.resume(latest, &work_time), Err(stopped.clone()));
    assert_eq!(clock.extend(latest, by, &work_time), Err(stopped));
    assert_eq!(clock, before);
}

#[test]
fn without_a_calendar_the_clock_keeps_its_acts_until_it_is_loaded() {
    let until_2025 = WorkTime {
        calendar: official(2024..=2025),
        ..work_time()
    };
    let mut clock = Clock::start(
        "made_up",
        "6 workdays".parse().expect("a limit"),
        at("2025-12-30T10:00"),
        &until_2025,
    );
    assert_eq!(clock.due(), Due::NoCalendar(2026));
    clock.pause(at("2026-01-05T10:00"), &until_2025).expect("running");
    clock.resume(at("2026-01-08T10:00"), &until_2025).expect("paused");
    clock
        .extend(
            at("2026-01-08T11:00"),
            "1 workday".parse().expect("a limit"),
            &until_2025,
        )
        .expect("running");
    assert_eq!((clock.due(), clock.running_due()), (Due::NoCalendar(2026), None));
    assert_eq!(clock.state(at("2030-01-01T00:00")), ClockState::NoCalendar(2026));
    assert_eq!(clock.remaining(at("2026-01-09T00:00"), &until_2025), None);

    // 2025-12-31 is the first; 2026-01-04 (Sunday, make-up) the second; 01-05 the third; three and one are left.
    let known = clock.recomputed(&work_time());
    assert_eq!(known.due(), Due::At(at("2026-01-14T18:00")));
    assert_eq!(known.changes(), clock.changes());
    let mut stopped = clock.clone();
    stopped.stop(at("2026-01-15T00:00")).expect("running");
    assert_eq!(stopped.state(at("2030-01-01T00:00")), ClockState::NoCalendar(2026));
    let late_by = SignedDuration::from_hours(6);
    let known = stopped.recomputed(&work_time());
    assert_eq!(
        known.state(at("2030-01-01T00:00")),
        ClockState::Stopped {
            in_time: false,
            late_by
        }
    );
}

#[test]
fn a_clock_is_plain_data_and_is_checked_when_read() {
    let mut clock = started("6 workdays", "2024-09-30T14:05");
    let short = r#"{"class":"made_up","limit":"6 workdays","start":"2024-09-30T06:05:00Z","due":{"at":"2024-10-14T10:00:00Z"}}"#;
    assert_eq!(serde_json::to_string(&clock).expect("plain data"), short);
    clock.pause(at("2024-10-09T08:00"), &work_time()).expect("running");
    clock.resume(at("2024-10-10T17:00"), &work_time()).expect("paused");
    clock
        .extend(
            at("2024-10-11T17:00"),
            "1 workday".parse().expect("a limit"),
            &work_time(),
        )
        .expect("running");
    clock.pause(at("2024-10-14T09:00"), &work_time()).expect("running");
    clock.stop(at("2024-10-15T09:00")).expect("paused");
    let json = serde_json::to_string(&clock).expect("plain data");
    let acts = concat!(
        r#""changes":[{"paused":"2024-10-09T00:00:00Z"},{"resumed":"2024-10-10T09:00:00Z"},"#,
        r#"{"extended":{"at":"2024-10-11T09:00:00Z","by":"1 workday"}},{"paused":"2024-10-14T01:00:00Z"}],"#,
        r#""stopped":"2024-10-15T01:00:00Z","due":{"paused":{"workdays":2}}}"#,
    );
    assert!(json.ends_with(acts), "{json}");
    assert_eq!(serde_json::from_str::<Clock>(&json).expect("round trip"), clock);
    assert_eq!(clock.extensions(), ["1 workday".parse().expect("a limit")]);
    let open = Pause {
        from: at("2024-10-14T09:00"),
        to: None,
    };
    assert_eq!(
        clock.pauses(),
        [
            Pause {
                from: at("2024-10-09T08:00"),
                to: Some(at("2024-10-10T17:00"))
            },
            open
        ]
    );

    for (from, to) in [
        ("\"resumed\":", "\"paused\":"),
        ("\"extended\":", "\"suspended\":"),
        ("2024-10-15T01", "2024-10-14T00"),
        ("6 workdays", "6 weeks"),
        ("\"stopped\":", "\"left\":{\"days\":1},\"stopped\":"),
    ] {
        let broken = json.replacen(from, to, 1);
        assert_ne!(broken, json);
        assert!(serde_json::from_str::<Clock>(&broken).is_err(), "{broken}");
    }
}

#[test]
fn a_limit_is_near_for_its_last_quarter_and_its_last_day_at_most() {
    // A short limit does not press from its first second on.
    let short = started("2 work_hours", "2024-09-30T09:00");
    assert_eq!(short.due(), Due::At(at("2024-09-30T11:00")));
    assert_eq!(short.near_from(), Some(at("2024-09-30T10:30")));
    let long = started("7 days", "2024-09-02T09:00");
    let Due::At(due) = long.due() else {
        panic!("its calendar is loaded")
    };
    assert_eq!(long.near_from(), Some(due - SignedDuration::from_hours(24)));
    let mut standing = long;
    standing.pause(at("2024-09-03T09:00"), &work_time()).expect("running");
    assert_eq!(standing.near_from(), None);
}
