//! Clocks (时限) on the real working calendar.
//!
//! * [`WorkCalendar`] knows which civil dates are worked, make-up days (调休上班) included, and refuses to guess about a
//!   year that was not loaded.
//! * [`WorkHours`] knows when work is done on such a day; [`WorkTime`] joins both with the place's UTC offset and does
//!   all reckoning.
//! * [`LimitDuration`] is a limit as it is written down: `7 workdays`, `2 urgent_hours`.
//! * [`Clock`] is a limit that runs: started, paused, resumed, extended, stopped, with the instant it falls due.
//! * [`explain`] tells in steps how that instant comes about.
//!
//! # The instants that decide
//!
//! Something is on time if and only if it is done at or before the due instant. A due instant at midnight belongs to
//! the day that it ends: it is shown as 24:00, and "the date of the due" is that day. Elapsed and working time are
//! counted exactly, to the precision of [`jiff::Timestamp`]; nothing is rounded to minutes.
//!
//! Instants beyond what a timestamp can hold (the year 9999) come out as [`jiff::Timestamp::MAX`].

mod calendar;
mod clock;
mod duration;
mod explain;
mod hours;
mod step;
mod work_time;

pub use calendar::{CalendarDay, CalendarError, NoCalendar, WorkCalendar, YearTable, holiday_title};
pub use clock::{Change, Clock, ClockError, ClockState, Due, MOST_NEAR, Pause};
pub use duration::{LimitDuration, LimitError, LimitUnit, Remaining};
pub use explain::explain;
pub use hours::{CutOff, HoursError, MonthDay, Season, TimeOfDay, WorkHours, WorkInterval};
pub use step::Step;
pub use work_time::WorkTime;

#[cfg(test)]
mod clock_tests;
#[cfg(test)]
mod explain_tests;
#[cfg(test)]
mod samples;
