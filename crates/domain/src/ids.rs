//! Identifiers. All are minted by a port outside this crate and handed in.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Number of decimal digits behind the second in an [`Id`]: one for the node that minted it, five for its counter.
pub const SERIAL_DIGITS: u32 = 6;

/// An identifier that a person can read out over the telephone: eighteen decimal digits `yyMMddHHmmss` + node + counter.
///
/// It sorts by the time at which it was minted (in the place's fixed offset, which knows no daylight saving), so that
/// "newest first" needs no index of its own, and it fits an `i64` and a database's `bigint`. Cases show it as their
/// number (工单编号) in the form `240315-093022-100123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub i64);

impl Id {
    /// Composes an id from the minting time and a serial below 10⁶ (node × 10⁵ + counter).
    pub fn compose(at: Timestamp, offset: Offset, serial: u32) -> Self {
        let local = offset.to_datetime(at);
        let mut digits = i64::from(local.year().rem_euclid(100));
        for part in [local.month(), local.day(), local.hour(), local.minute(), local.second()] {
            digits = digits * 100 + i64::from(part);
        }
        Self(digits * 10_i64.pow(SERIAL_DIGITS) + i64::from(serial % 10_u32.pow(SERIAL_DIGITS)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:018}", self.0);
        write!(f, "{}-{}-{}", &digits[..6], &digits[6..12], &digits[12..])
    }
}

/// Why a text is not an [`Id`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a number has 18 digits, written 240315-093022-100123 or without the dashes")]
pub struct InvalidId;

impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        if digits.len() != 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidId);
        }
        digits.parse().map(Self).map_err(|_| InvalidId)
    }
}

/// The six-digit division code of the district (or city) that owns a record: 990101. It begins every primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DistrictId(pub u32);

impl fmt::Display for DistrictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_time_and_survive_a_telephone() {
        let offset = Offset::constant(8);
        let early = Id::compose("2024-03-15T01:30:22Z".parse().unwrap(), offset, 100_123);
        let late = Id::compose("2024-03-15T01:30:23Z".parse().unwrap(), offset, 0);
        assert!(early < late);
        assert_eq!(early.to_string(), "240315-093022-100123");
        assert_eq!("240315 093022 100123".parse(), Ok(early));
        assert_eq!("240315-093022-10012".parse::<Id>(), Err(InvalidId));
        assert_eq!("24031509302210012３".parse::<Id>(), Err(InvalidId));
    }
}
