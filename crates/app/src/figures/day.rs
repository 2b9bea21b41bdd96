//! A day against the usual (今日与常日): the cases that came in, hour by hour, by place and matter, beside those of the same
//! weekday in the weeks before. Whether it storms is then a matter of looking.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp};
use quanyu_domain::access::Relation;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::{Query, Record, Records};

use super::places::Places;
use super::rates::subject;
use super::sums::counted_under;
use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, damaged};
use crate::scan::Pages;
use crate::tables::{CASE, CaseRow};

/// Most weeks that a day is compared with.
pub const MAX_WEEKS: usize = 26;
/// Cases that are read at once.
const PAGE: usize = 500;
/// Most cases that are looked at for one answer, on all days together: a city of a thousand cases a day compares a day with
/// eight weeks before. Whoever sees more asks for one of its areas.
const MAX_LOOKED_AT: usize = 12_000;
/// Hours of a day.
const HOURS: usize = 24;

/// A number of the day beside what is usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Against {
    /// The number of the day.
    pub count: u64,
    /// The same number on each of the days before, in their order.
    pub usual: Vec<u64>,
}

/// A day against the usual.
#[derive(Debug, Clone, PartialEq)]
pub struct DayAgainstUsual {
    /// The area.
    pub unit: UnitCode,
    /// The local day.
    pub day: Date,
    /// Where the day is not over: the local time up to which it, and the days before, are counted.
    pub until: Option<Time>,
    /// The days before, the oldest first.
    pub past: Vec<Date>,
    /// Everything.
    pub total: Against,
    /// By hour, from midnight; whole hours on the days before.
    pub hours: Vec<Against>,
    /// By the areas of the next level, where they are told apart.
    pub below: BTreeMap<UnitCode, Against>,
    /// By matter of the first level; cases without one are left out.
    pub matters: BTreeMap<String, Against>,
    /// The position of the journal when it was read.
    pub position: i64,
    /// When it was read.
    pub at: Timestamp,
}

impl App {
    /// A day against the same weekday of some weeks before. Days before anything was filed in the area's districts count as
    /// no days.
    ///
    /// Numbers of cases begin with their time, so that a day is a range of their key.
    ///
    /// # Errors
    /// When the unit is no area or lies outside the caller's scope, or too many cases would have to be looked at.
    pub async fn day_against_usual(
        &self,
        caller: &Caller,
        unit: Option<&UnitCode>,
        day: Date,
        weeks: usize,
    ) -> Result<DayAgainstUsual, AppError> {
        let rules = self.rules();
        let (unit, relation) = subject(&rules, caller, unit)?;
        if relation != Relation::Area {
            return Err(not_an_area().into());
        }
        let offset = self.ids.offset();
        let (at, position) = (self.now(), *self.store.watch().borrow());
        let now = offset.to_datetime(at);
        let until = (day == now.date()).then(|| now.time());
        let mut districts: Vec<DistrictId> = counted_under(&rules, &unit, relation)
            .into_iter()
            .map(|(district, _)| district)
            .collect();
        districts.dedup();
        let first = self.first_day(&districts).await?;
        let mut past: Vec<Date> = (1..=weeks.clamp(1, MAX_WEEKS))
            .filter_map(|back| day.checked_sub(Span::new().weeks(i64::try_from(back).ok()?)).ok())
            .filter(|day| first.is_some_and(|first| *day >= first))
            .collect();
        past.reverse();
        let mut places = Places::new(&rules, unit.clone());
        let mut sheet = Sheet::new(past.len());
        let mut looked_at = 0;
        for (nth, one) in past.iter().chain([&day]).enumerate() {
            for district in &districts {
                let mut pages = Pages::of(of_day(*district, *one, offset));
                while let Some(rows) = pages.next(self.store.as_ref()).await? {
                    looked_at += rows.len();
                    if looked_at > MAX_LOOKED_AT {
                        return Err(too_many().into());
                    }
                    for row in rows {
                        let row = CaseRow::from_row(row).map_err(|fault| damaged("case", fault))?;
                        let Some(below) = places.of(&row.area)? else { continue };
                        let matter = rules.top_matter(row.matter.as_deref());
                        let time = offset.to_datetime(row.filed_at).time();
                        sheet.count(nth, time, until, below.as_ref(), matter);
                    }
                }
            }
        }
        let Sheet {
            total,
            hours,
            below,
            matters,
            ..
        } = sheet;
        Ok(DayAgainstUsual {
            unit,
            day,
            until,
            past,
            total,
            hours,
            below,
            matters,
            position,
            at,
        })
    }

    /// The local day of the first case of some districts.
    async fn first_day(&self, districts: &[DistrictId]) -> Result<Option<Date>, AppError> {
        let mut first = None;
        for district in districts {
            let query = Query::by_key(&CASE, 1).equal(i64::from(district.0));
            let oldest: Option<CaseRow> = self.store.page(&query).await?.pop();
            let day = oldest.map(|row| self.ids.offset().to_datetime(row.filed_at).date());
            first = first.into_iter().chain(day).min();
        }
        Ok(first)
    }
}

/// The cases whose numbers were given on a local day.
fn of_day(district: DistrictId, day: Date, offset: jiff::tz::Offset) -> Query {
    let begins = |day: Date| {
        let midnight = offset.to_timestamp(day.at(0, 0, 0, 0));
        Id::compose(midnight.unwrap_or(Timestamp::MAX), offset, 0).0
    };
    let next = day.tomorrow().unwrap_or(day);
    Query::by_key(&CASE, PAGE).equal(i64::from(district.0)).between(
        Bound::Included(begins(day).into()),
        Bound::Excluded(begins(next).into()),
    )
}

/// What is added up. The last of the days is the day itself.
struct Sheet {
    past: usize,
    total: Against,
    hours: Vec<Against>,
    below: BTreeMap<UnitCode, Against>,
    matters: BTreeMap<String, Against>,
}

impl Sheet {
    fn new(past: usize) -> Self {
        Self {
            past,
            total: nothing(past),
            hours: vec![nothing(past); HOURS],
            below: BTreeMap::new(),
            matters: BTreeMap::new(),
        }
    }

    /// Counts a case that was filed on the `nth` day at a time.
    fn count(&mut self, nth: usize, time: Time, until: Option<Time>, below: Option<&UnitCode>, matter: Option<&str>) {
        let past = self.past;
        let hour = usize::from(time.hour().unsigned_abs());
        add(&mut self.hours[hour], nth);
        if until.is_some_and(|until| time > until) {
            return;
        }
        add(&mut self.total, nth);
        if let Some(below) = below {
            add(self.below.entry(below.clone()).or_insert_with(|| nothing(past)), nth);
        }
        if let Some(matter) = matter {
            add(
                self.matters.entry(matter.to_owned()).or_insert_with(|| nothing(past)),
                nth,
            );
        }
    }
}

fn nothing(past: usize) -> Against {
    Against {
        count: 0,
        usual: vec![0; past],
    }
}

fn add(to: &mut Against, nth: usize) {
    match to.usual.get_mut(nth) {
        Some(usual) => *usual += 1,
        None => to.count += 1,
    }
}

/// What is asked about areas alone.
pub(super) fn not_an_area() -> Refusal {
    Refusal::invalid(
        "not_an_area",
        "unit",
        "此项按区划统计，请选择市、区县、街道或社区",
        "this is told of areas: name a city, district, subdistrict or community",
    )
}

fn too_many() -> Refusal {
    Refusal::invalid(
        "too_many_cases",
        "unit",
        format!("案件超过 {MAX_LOOKED_AT} 件，请选择更小的区划或更少的周数"),
        format!("more than {MAX_LOOKED_AT} cases: name a smaller area or fewer weeks"),
    )
}
