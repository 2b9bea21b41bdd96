//! Figures (指标): what is counted, the rates that come of it, the samples that are asked, and what was published.
//!
//! Everything is derived from the journal. A case's events carry what they add to the figures; one follower
//! ([`crate::followers::tally`]) adds it up by unit and period; a read takes the sums and what the follower has not taken in
//! yet, and says at which position of the journal it is exact.

mod behind;
pub mod day;
pub mod editions;
pub mod moved;
mod period;
mod places;
pub mod rates;
pub mod sampling;
pub mod standing;
pub mod sums;
pub mod tables;

pub use behind::{Behind, BehindQuery};
pub use period::{Days, Period};
