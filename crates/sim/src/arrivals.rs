//! When what comes in, and from where: every arrival of a period, in order.
//!
//! Arrivals are drawn from the density that `life.toml` describes, stratified over districts, matters and days: the
//! n-th of N is somewhere in the n-th part of the whole. So a thousand cases have the same shape as a million, and a
//! year-on-year change that the file says is the change that the cases show.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::time::WorkTime;

use crate::dice::Dice;
use crate::life::{Life, Stream};
use crate::plan::Plan;

/// Something comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival {
    /// Seconds since the period began.
    pub second: u32,
    /// Position of the district.
    pub district: u16,
    /// Position of the matter among those of all streams.
    pub matter: u16,
}

/// The arrivals of a period, in order.
#[derive(Debug)]
pub(crate) struct Arrivals {
    pub all: Vec<Arrival>,
    /// The districts that arrivals refer to.
    pub districts: Vec<DistrictId>,
    /// Stream and matter within the stream that arrivals refer to.
    pub matters: Vec<(usize, usize)>,
    /// When the period began.
    pub start: Timestamp,
}

/// Streams of dice.
const MOMENT: u64 = 1;

impl Arrivals {
    /// Draws `count` arrivals. The working time is that of the place: its days off are everybody's.
    pub fn draw(life: &Life, plan: &Plan, count: usize, work: &WorkTime) -> Self {
        let (period, seed) = (plan.period, plan.seed);
        let share = |day: &Date| plan.quiet.map_or(1.0, |quiet| quiet.share_of(*day));
        let (last_day, last_hours) = (period.until.date(), usize::try_from(period.until.hour()).unwrap_or(24));
        // Before its first hour is over nothing has come in on the last day.
        let days: Vec<Date> = period
            .from
            .series(Span::new().days(1))
            .take_while(|day| *day < last_day || *day == last_day && last_hours > 0)
            .collect();
        let districts: Vec<DistrictId> = life.districts.keys().copied().collect();
        let people = sums(life.districts.values().map(|district| district.people));
        let matters: Vec<(usize, usize)> = life
            .streams
            .iter()
            .enumerate()
            .flat_map(|(at, stream)| (0..stream.matters.len()).map(move |matter| (at, matter)))
            .collect();
        // One row of days for each matter, all rows end to end: the whole density of a district.
        let density = sums(matters.iter().flat_map(|(stream, matter)| {
            let stream = &life.streams[*stream];
            let weights: Vec<f64> = days
                .iter()
                .map(|day| share(day) * weight(life, stream, *matter, *day, days[0], work))
                .collect();
            weights
        }));
        let (total_people, total) = (
            people.last().copied().unwrap_or(0.0),
            density.last().copied().unwrap_or(0.0),
        );
        let mut all = Vec::with_capacity(count);
        if total > 0.0 && total_people > 0.0 && !days.is_empty() {
            for n in 0..count {
                let mut dice = Dice::of(&[seed, MOMENT, n as u64]);
                let place = (n as f64 + dice.unit()) / count as f64 * total_people;
                let district = find(&people, place);
                let (low, high) = (if district == 0 { 0.0 } else { people[district - 1] }, people[district]);
                let cell = find(&density, (place - low) / (high - low) * total);
                let (matter, day) = (cell / days.len(), cell % days.len());
                let (stream, within) = matters[matter];
                let hours = &life.streams[stream].matters[within].hours;
                // The last day ends before its evening.
                let open = if days[day] == last_day { last_hours } else { 24 };
                let hour = dice.weigh(hours.iter().take(open).copied()).unwrap_or(0);
                let second = day * 86_400 + hour * 3_600 + dice.below(3_600);
                all.push(Arrival {
                    second: u32::try_from(second).unwrap_or(u32::MAX),
                    district: u16::try_from(district).unwrap_or(u16::MAX),
                    matter: u16::try_from(matter).unwrap_or(u16::MAX),
                });
            }
        }
        all.sort_unstable();
        let start = period.from.to_datetime(Time::midnight());
        Self {
            all,
            districts,
            matters,
            start: work.offset.to_timestamp(start).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// When an arrival happens.
    pub fn at(&self, arrival: &Arrival) -> Timestamp {
        self.start + SignedDuration::from_secs(i64::from(arrival.second))
    }
}

/// How much of a matter comes on a day, relative to other matters and days.
fn weight(life: &Life, stream: &Stream, matter: usize, day: Date, first: Date, work: &WorkTime) -> f64 {
    let share = &stream.matters[matter];
    let weights: f64 = stream.matters.iter().map(|matter| matter.weight).sum();
    let years = f64::from(day.year() - first.year());
    let storms: f64 = life.storms.iter().map(|storm| storm.factor(day, &share.code)).product();
    let month = share.months[usize::try_from(day.month() - 1).unwrap_or(0)];
    // Months are shapes: their mean is 1, so that a matter's weight is its share of the year.
    let mean: f64 = share.months.iter().sum::<f64>() / 12.0;
    stream.per_thousand * share.weight / weights * month / mean
        * weekday(stream, day, work)
        * libm::pow(share.year_on_year, years)
        * storms
}

fn weekday(stream: &Stream, day: Date, work: &WorkTime) -> f64 {
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
    let (monday, sunday) = (stream.weekdays[0], stream.weekdays[6]);
    match work.calendar.is_workday(day) {
        // Work is made up on a weekend.
        Ok(true) if weekday > 4 => monday,
        // A holiday in the week.
        Ok(false) if weekday < 5 => sunday,
        _ => stream.weekdays[weekday],
    }
}

/// Running sums.
fn sums(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

/// The position at which a running sum passes a value.
fn find(sums: &[f64], value: f64) -> usize {
    sums.partition_point(|sum| *sum <= value)
        .min(sums.len().saturating_sub(1))
}
