//! Times as files have them: several ways of writing in one column, some with a day and no hour.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::Offset;

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTime {
    /// The instant; where only the day is known, its beginning.
    pub at: Timestamp,
    /// Whether only the day is known.
    pub day_only: bool,
}

/// The ways of writing that are tried, in their order, and the offset of local times.
#[derive(Debug, Clone)]
pub struct TimeFormats {
    formats: Vec<String>,
    offset: Offset,
}

impl TimeFormats {
    /// From formats as `strftime` has them: `%Y/%m/%d %H:%M:%S`. Each number may be written with fewer digits.
    ///
    /// # Errors
    /// The place of a format that names no day or is none, and why.
    pub fn new(formats: Vec<String>, offset: Offset) -> Result<Self, (usize, String)> {
        let sample = Timestamp::UNIX_EPOCH.to_zoned(offset.to_time_zone());
        for (at, format) in formats.iter().enumerate() {
            // What cannot be read back in the form in which it was written tells no time.
            let written = strtime::format(format, &sample).map_err(|fault| (at, fault.to_string()))?;
            read(format, &written, offset).map_err(|fault| (at, fault.to_string()))?;
        }
        Ok(Self { formats, offset })
    }

    /// The time that a text says, by the first format that fits. `None`: none does.
    pub fn read(&self, text: &str) -> Option<ReadTime> {
        self.formats
            .iter()
            .find_map(|format| read(format, text, self.offset).ok())
    }

    /// The formats.
    pub fn formats(&self) -> &[String] {
        &self.formats
    }

    /// The offset of times without one.
    pub fn offset(&self) -> Offset {
        self.offset
    }
}

fn read(format: &str, text: &str, offset: Offset) -> Result<ReadTime, jiff::Error> {
    let parts = strtime::parse(format, text)?;
    let day = parts.to_date()?;
    // Midnight where there is no hour; an error where there are minutes without one.
    let time = parts.to_time()?;
    let at = parts.offset().unwrap_or(offset).to_timestamp(day.to_datetime(time))?;
    Ok(ReadTime {
        at,
        day_only: parts.hour().is_none(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(formats: &[&str]) -> Result<TimeFormats, (usize, String)> {
        TimeFormats::new(
            formats.iter().map(|&format| format.to_owned()).collect(),
            Offset::constant(8),
        )
    }

    #[test]
    fn formats_are_tried_in_order() {
        let formats = formats(&[
            "%Y/%m/%d %H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y年%m月%d日",
            "%Y-%m-%dT%H:%M:%S%:z",
        ])
        .unwrap();
        let read = |text: &str| formats.read(text).map(|time| (time.at.to_string(), time.day_only));
        let at = |at: &str, day_only| Some((at.to_owned(), day_only));
        assert_eq!(read("2019/4/25 9:32:09"), at("2019-04-25T01:32:09Z", false));
        assert_eq!(read("2019/04/25 09:32:09"), at("2019-04-25T01:32:09Z", false));
        assert_eq!(read("2019-4-8 8:37"), at("2019-04-08T00:37:00Z", false));
        assert_eq!(read("2018年4月24日"), at("2018-04-23T16:00:00Z", true));
        assert_eq!(read("2019-04-08T08:37:20+00:00"), at("2019-04-08T08:37:20Z", false));
        for bad in [
            "",
            "2019/4/25",
            "2019/2/30 9:32:09",
            "2019/4/25 9:32:09 左右",
            "2019/4/25 24:00:00",
            "昨天",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_format_that_tells_no_day_is_refused() {
        for bad in ["%H:%M", "%Y-%m", "%Q", "%Y-%m-%d %M", "一"] {
            assert_eq!(formats(&["%Y-%m-%d", bad]).unwrap_err().0, 1, "{bad}");
        }
    }
}
