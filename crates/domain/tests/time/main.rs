//! Random clocks in random worlds, compared with an oracle that walks minute by minute and day by day.

mod world;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use quanyu_domain::time::*;
use world::{DAY, Fate, Kind, Missing, Oracle, Summer, World, month_day, year};

/// A world, its distance from UTC in minutes, and whether its tables name dates of the year before.
#[derive(Debug, Clone)]
struct Place {
    world: World,
    offset: i32,
    next_table: bool,
}

impl Place {
    fn work_time(&self) -> WorkTime {
        let mut tables: Vec<YearTable> = self
            .world
            .loaded
            .iter()
            .map(|year| YearTable {
                year: *year,
                days: Vec::new(),
            })
            .collect();
        for (day, worked) in &self.world.exceptions {
            let own = year(*day);
            let entry = CalendarDay {
                date: date(*day),
                is_off_day: !worked,
                name: "made up".into(),
            };
            // The table of the next year if there is one and it is its turn; else its own, else one beside it.
            let wanted = if self.next_table {
                [own + 1, own, own - 1]
            } else {
                [own, own + 1, own - 1]
            };
            if let Some(year) = wanted.into_iter().find(|year| self.world.loaded.contains(year)) {
                let table = tables
                    .iter_mut()
                    .find(|table| table.year == year)
                    .expect("there is one for each");
                table.days.push(entry);
            }
        }
        let hours = WorkHours::new(intervals(&self.world.hours)).expect("generated in order");
        let hours = match &self.world.season {
            None => hours,
            Some(Summer { from, to, hours: daily }) => {
                let day = |(month, day): (i64, i64)| format!("{month:02}-{day:02}").parse().expect("a day of the year");
                hours
                    .with_season(Season {
                        from: day(*from),
                        to: day(*to),
                        daily: intervals(daily),
                    })
                    .expect("generated in order")
            }
        };
        let calendar = WorkCalendar::from_tables(&tables).expect("generated without contradictions");
        WorkTime {
            calendar,
            hours,
            offset: Offset::from_seconds(self.offset * 60).expect("within range"),
        }
    }

    fn instant(&self, minute: i64) -> Timestamp {
        let midnight = Offset::UTC
            .to_timestamp(date(0).to_datetime(Time::midnight()))
            .expect("within range");
        midnight + SignedDuration::from_mins(minute - i64::from(self.offset))
    }
}

fn date(day: i64) -> Date {
    Date::constant(2024, 1, 1).saturating_add(SignedDuration::from_hours(24 * day))
}

fn intervals(minutes: &[(i64, i64)]) -> Vec<WorkInterval> {
    let text = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    minutes
        .iter()
        .map(|(from, to)| format!("{}-{}", text(*from), text(*to)).parse().expect("in order"))
        .collect()
}

fn hours() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let usual = select(vec![
        vec![(510, 720), (870, 1080)],
        vec![(540, 720), (780, 1020)],
        vec![(0, 1440)],
        vec![(0, 360), (1080, 1440)],
    ]);
    let cuts = select(vec![2_usize, 4, 6]).prop_flat_map(|cuts| btree_set(0..=288_i64, cuts));
    let random = cuts.prop_map(|cuts| {
        let cuts: Vec<i64> = cuts.into_iter().map(|cut| cut * 5).collect();
        cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    });
    // Short days would only make the walks long.
    let long_enough = |hours: &Vec<(i64, i64)>| hours.iter().map(|(from, to)| to - from).sum::<i64>() >= 150;
    prop_oneof![usual, random.prop_filter("too short a day", long_enough)]
}

fn place() -> impl Strategy<Value = Place> {
    let years = prop_oneof![
        3 => Just(vec![2024, 2025, 2026]),
        1 => subsequence(vec![2024_i16, 2025, 2026], 1..=2),
    ];
    let exceptions = btree_map(280..830_i64, any::<bool>(), 0..60);
    let holidays = vec((280..830_i64, 2..10_i64), 0..6);
    let year_day = || (0..366_i64).prop_map(month_day);
    let summer = (year_day(), year_day(), hours()).prop_map(|(from, to, hours)| Summer { from, to, hours });
    let season = prop::option::weighted(0.3, summer);
    let offset = select(vec![480, 480, 0, -300, 345]);
    (years, exceptions, holidays, hours(), season, offset, any::<bool>()).prop_map(
        |(years, exceptions, holidays, hours, season, offset, next_table)| {
            let off = holidays
                .into_iter()
                .flat_map(|(first, days)| (first..first + days).map(|day| (day, false)));
            let exceptions = off.chain(exceptions).collect();
            let world = World {
                loaded: years.into_iter().collect(),
                exceptions,
                hours,
                season,
            };
            Place {
                world,
                offset,
                next_table,
            }
        },
    )
}

/// From November 2024 to February 2026, half of them close to a turn of the year, some on the stroke of midnight.
fn start() -> impl Strategy<Value = i64> {
    let day = prop_oneof![305..790_i64, 350..372_i64, 715..737_i64];
    let minute = prop_oneof![4 => 0..DAY, 1 => Just(0)];
    (day, minute).prop_map(|(day, minute)| day * DAY + minute)
}

/// A limit with its kind and its size in the oracle's units.
#[derive(Debug, Clone, Copy)]
struct Limit {
    duration: LimitDuration,
    kind: Kind,
    units: i64,
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        (1..1500_u32).prop_map(|n| (n, LimitUnit::UrgentMinutes)),
        (1..72_u32).prop_map(|n| (n, LimitUnit::UrgentHours)),
        (1..600_u32).prop_map(|n| (n, LimitUnit::WorkMinutes)),
        (1..16_u32).prop_map(|n| (n, LimitUnit::WorkHours)),
        (1..16_u32).prop_map(|n| (n, LimitUnit::Workdays)),
        (1..31_u32).prop_map(|n| (n, LimitUnit::Days)),
    ]
    .prop_map(|(amount, unit)| {
        let (kind, each) = match unit {
            LimitUnit::UrgentMinutes => (Kind::Urgent, 1),
            LimitUnit::UrgentHours => (Kind::Urgent, 60),
            LimitUnit::WorkMinutes => (Kind::Working, 1),
            LimitUnit::WorkHours => (Kind::Working, 60),
            LimitUnit::Workdays => (Kind::Workdays, 1),
            LimitUnit::Days => (Kind::Days, 1),
        };
        Limit {
            duration: LimitDuration::new(amount, unit).expect("small"),
            kind,
            units: i64::from(amount) * each,
        }
    })
}

/// When the next act happens, seen from the one before.
#[derive(Debug, Clone, Copy)]
enum Gap {
    Minutes(i64),
    /// On the stroke of the next midnight.
    Midnight,
    /// At the close of that day, if that is still to come.
    Close,
    /// At the due instant, or this many minutes beside it, if that is still to come.
    Due(i64),
}

#[derive(Debug, Clone, Copy)]
struct Act {
    gap: Gap,
    /// Pause rather than extend, if there is a choice.
    pause: bool,
    /// Extend by this; in the clock's own unit, or by the other limit in another one.
    own: i64,
    other: Option<Limit>,
}

fn act() -> impl Strategy<Value = Act> {
    let gap = prop_oneof![
        4 => (0..2000_i64).prop_map(Gap::Minutes),
        2 => (0..12_000_i64).prop_map(Gap::Minutes),
        1 => Just(Gap::Midnight),
        1 => Just(Gap::Close),
        3 => (-1..=1_i64).prop_map(Gap::Due),
    ];
    (
        gap,
        prop::bool::weighted(0.7),
        1..8_i64,
        prop::option::weighted(0.2, limit()),
    )
        .prop_map(|(gap, pause, own, other)| Act { gap, pause, own, other })
}

/// The oracle's fate as the product would say it.
fn due_of(place: &Place, kind: Kind, fate: Fate) -> Due {
    match fate {
        Fate::At(minute) => Due::At(place.instant(minute)),
        Fate::Missing(year) => Due::NoCalendar(year),
        Fate::Paused(left) => Due::Paused(remaining_of(kind, left)),
    }
}

fn remaining_of(kind: Kind, left: i64) -> Remaining {
    let days = || u32::try_from(left).expect("never negative");
    match kind {
        Kind::Urgent => Remaining::Elapsed(SignedDuration::from_mins(left)),
        Kind::Working => Remaining::Working(SignedDuration::from_mins(left)),
        Kind::Workdays => Remaining::Workdays(days()),
        Kind::Days => Remaining::Days(days()),
    }
}

/// A remaining amount as a plain number, to be added up.
fn number(left: Remaining) -> i128 {
    match left {
        Remaining::Elapsed(time) | Remaining::Working(time) => time.as_nanos(),
        Remaining::Workdays(days) | Remaining::Days(days) => days.into(),
    }
}

/// The last step is the due instant, and what the steps count is what was granted.
fn check_explanation(clock: &Clock, work_time: &WorkTime, same_unit: bool) -> Result<(), TestCaseError> {
    let steps = explain(clock, work_time);
    let mut left = 0;
    match (steps.last(), clock.due()) {
        (Some(Step::Due { at }), Due::At(due)) => prop_assert_eq!(*at, work_time.local(due)),
        (Some(Step::NoCalendar { year }), Due::NoCalendar(missing)) => prop_assert_eq!(*year, missing),
        (Some(Step::Paused { left: told, .. }), Due::Paused(frozen)) => {
            prop_assert_eq!(*told, frozen);
            left = number(frozen);
        }
        (last, due) => prop_assert!(false, "{last:?} does not explain {due:?}"),
    }
    if same_unit && !matches!(clock.due(), Due::NoCalendar(_)) {
        let counted = |step: &Step| match step {
            Step::Workdays { days, from, to, .. } | Step::Days { days, from, to, .. } => {
                assert_eq!(
                    to.duration_since(*from).as_hours() / 24 + 1,
                    i64::from(*days),
                    "{step:?}"
                );
                i128::from(*days)
            }
            Step::Working { time, stretches, .. } => {
                let sum = |sum, (from, to): &(_, _)| sum + jiff::civil::DateTime::duration_until(*from, *to);
                assert_eq!(stretches.iter().fold(SignedDuration::ZERO, sum), *time, "{step:?}");
                time.as_nanos()
            }
            Step::Elapsed { time, .. } => time.as_nanos(),
            _ => 0,
        };
        let told: i128 = steps.iter().map(counted).sum();
        let granted: i128 = clock.extensions().iter().map(|by| number(by.whole())).sum();
        let surplus = told + left - number(clock.left_at_start()) - granted;
        // With no working day left the clock runs until the next close, which may lie on another day: paused before
        // that day, it has one left again.
        let nothing_left = |step: &&Step| match step {
            Step::Started { left, .. } | Step::Resumed { left, .. } => *left == Some(Remaining::Workdays(0)),
            _ => false,
        };
        let until_close = steps.iter().filter(nothing_left).count() as i128;
        prop_assert!((0..=until_close).contains(&surplus), "{surplus} too much in {steps:#?}");
    }
    Ok(())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(10_000))]

    /// Start, pauses, resumptions and extensions, at whole minutes.
    #[test]
    fn every_clock_falls_due_when_the_oracle_says(
        place in place(),
        start in start(),
        limit in limit(),
        in_flight in prop::option::weighted(0.2, 0..20_i64),
        acts in vec(act(), 0..6),
    ) {
        let (world, work_time) = (&place.world, place.work_time());
        let (mut clock, mut oracle) = match in_flight {
            None => {
                let clock = Clock::start("made_up", limit.duration, place.instant(start), &work_time);
                (clock, Oracle::start(world, limit.kind, limit.units, start))
            }
            Some(left) => {
                let (kind, at) = (limit.kind, place.instant(start));
                let clock = Clock::starting_with_remaining(
                    "made_up", limit.duration, at, remaining_of(kind, left), &work_time,
                );
                (clock.expect("the same unit"), Oracle::start(world, kind, left, start))
            }
        };
        prop_assert_eq!(clock.due(), due_of(&place, limit.kind, oracle.fate), "at the start");

        let mut now = start;
        let mut paused = false;
        let mut same_unit = true;
        for act in acts {
            let later = match (act.gap, oracle.fate) {
                (Gap::Minutes(minutes), _) => now + minutes,
                (Gap::Midnight, _) => (now + DAY - 1).div_euclid(DAY) * DAY,
                (Gap::Close, _) => world.close(now.div_euclid(DAY)),
                (Gap::Due(beside), Fate::At(due)) => due + beside,
                (Gap::Due(_), _) => now,
            };
            now = now.max(later);
            let at = place.instant(now);
            if paused {
                clock.resume(at, &work_time).expect("paused");
                oracle.resume(now);
                paused = false;
            } else if act.pause {
                clock.pause(at, &work_time).expect("running");
                oracle.pause(now);
                paused = true;
            } else if let Some(by) = act.other {
                clock.extend(at, by.duration, &work_time).expect("running");
                oracle.extend(by.kind, by.units);
                same_unit &= by.kind == limit.kind;
            } else {
                let by = LimitDuration::new(act.own as u32, limit.duration.unit()).expect("small");
                clock.extend(at, by, &work_time).expect("running");
                oracle.extend(limit.kind, act.own * limit.units / i64::from(limit.duration.amount()));
            }
            prop_assert_eq!(clock.due(), due_of(&place, limit.kind, oracle.fate), "after {:?} at {}", act, now);
            check_explanation(&clock, &work_time, same_unit)?;
        }

        check_explanation(&clock, &work_time, same_unit)?;
        prop_assert_eq!(&clock.recomputed(&work_time), &clock);
        let json = serde_json::to_string(&clock).expect("plain data");
        prop_assert_eq!(&serde_json::from_str::<Clock>(&json).expect("round trip"), &clock);
        // What is left at any time is what pausing then would freeze.
        let later = place.instant(now + 600);
        if !paused && let Due::At(due) = clock.due() && later <= due {
            let mut frozen = clock.clone();
            frozen.pause(later, &work_time).expect("running");
            prop_assert_eq!(clock.remaining(later, &work_time).map(Due::Paused).unwrap_or(frozen.due()), frozen.due());
        }
    }
}

proptest! {
    #![proptest_config(config(3_000))]

    /// Rungs of a ladder, on both sides of an instant.
    #[test]
    fn before_and_after_are_what_the_oracle_walks_to(place in place(), due in start(), limit in limit()) {
        let (world, work_time, at) = (&place.world, place.work_time(), place.instant(due));
        let told = |walked: Result<i64, Missing>| walked.map(|minute| place.instant(minute)).map_err(|Missing(year)| year);
        prop_assert_eq!(
            work_time.before(at, limit.duration).map_err(NoCalendar::year),
            told(world.walk_back(due, limit.kind, limit.units))
        );
        prop_assert_eq!(
            work_time.after(at, limit.duration).map_err(NoCalendar::year),
            told(world.walk(due, world::closing_day(due), limit.kind, limit.units))
        );
    }

    /// Seconds and microseconds of starts, pauses and resumptions count exactly.
    #[test]
    fn nothing_is_rounded_to_minutes(
        place in place(),
        start in start(),
        limit in limit(),
        pause in (0..3000_i64, 0..3000_i64),
        shifts in [0..60_000_000_i64, 0..60_000_000_i64, 0..60_000_000_i64],
    ) {
        let (world, work_time) = (&place.world, place.work_time());
        let micros = |minute: i64, shift: i64| minute * 60_000_000 + shift;
        let starts = micros(start, shifts[0]);
        let pauses = micros(start + 1 + pause.0, shifts[1]);
        let resumes = micros(start + 2 + pause.0 + pause.1, shifts[2]);
        let instant = |micros: i64| place.instant(0) + SignedDuration::from_micros(micros);

        let mut clock = Clock::start("made_up", limit.duration, instant(starts), &work_time);
        let paused_in_time = matches!(clock.due(), Due::At(due) if instant(pauses) <= due);
        let mut nothing_left = false;
        if paused_in_time {
            clock.pause(instant(pauses), &work_time).expect("running");
            nothing_left = clock.due() == Due::Paused(Remaining::none(limit.duration.unit()));
            clock.resume(instant(resumes), &work_time).expect("paused");
        }
        let Due::At(due) = clock.due() else { return Ok(()) };
        let due_micros = i64::try_from(due.duration_since(place.instant(0)).as_micros()).expect("a few years");
        let ran = if paused_in_time { vec![(starts, pauses), (resumes, due_micros)] } else { vec![(starts, due_micros)] };
        match limit.kind {
            Kind::Urgent => {
                prop_assert_eq!(ran.iter().map(|(from, to)| to - from).sum::<i64>(), micros(limit.units, 0));
            }
            Kind::Working => {
                let mut worked = 0;
                for (from, to) in ran.iter().copied() {
                    for minute in from.div_euclid(60_000_000)..=to.div_euclid(60_000_000) {
                        let part = micros(minute + 1, 0).min(to) - micros(minute, 0).max(from);
                        if part > 0 && world.is_working_minute(minute).expect("the clock knew it") {
                            worked += part;
                        }
                    }
                }
                prop_assert_eq!(worked, micros(limit.units, 0));
                let last_minute = (due_micros - 1).div_euclid(60_000_000);
                let at_once = paused_in_time && due_micros == resumes;
                prop_assert!(at_once || world.is_working_minute(last_minute).expect("the clock knew it"), "not the first instant");
            }
            // Seconds do not matter to a count of days, save that a close is missed by any of them.
            Kind::Workdays | Kind::Days => {
                let mut aligned = Oracle::start(world, limit.kind, limit.units, start);
                if paused_in_time {
                    aligned.pause(start + 1 + pause.0);
                    let missed = i64::from(nothing_left && shifts[2] > 0);
                    aligned.resume(start + 2 + pause.0 + pause.1 + missed);
                }
                prop_assert_eq!(clock.due(), due_of(&place, limit.kind, aligned.fate));
            }
        }
    }
}
