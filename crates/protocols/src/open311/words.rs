//! In which language names are given, and how times look.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use jiff::Timestamp;
use jiff::tz::Offset;
use quanyu_domain::text::Title;

/// The language of names: Chinese unless the client likes English better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Zh,
    En,
}

impl Language {
    /// The first language of `Accept-Language` that there is.
    pub fn of(headers: &HeaderMap) -> Self {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let tags = header.unwrap_or_default().split(',').map(str::trim);
        for tag in tags {
            match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("zh") => return Self::Zh,
                Some("en") => return Self::En,
                _ => {}
            }
        }
        Self::Zh
    }

    /// A title; Chinese where there is no English one.
    pub fn title(self, title: &Title) -> String {
        match self {
            Self::En if !title.en.is_empty() => title.en.clone(),
            _ => title.zh.clone(),
        }
    }

    /// One of two texts.
    pub fn choose<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// A time as W3C writes it, with its offset, to the second.
pub(super) fn w3c(at: Timestamp, offset: Offset) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.display_with_offset(offset).to_string()
}

/// Reads a time as W3C writes it: date and time with an offset, or a date alone, which begins (or, as the end of a
/// range, ends) with the place's day.
pub(super) fn read_w3c(text: &str, offset: Offset, is_end: bool) -> Option<Timestamp> {
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && text.len() == 10
    {
        let time = if is_end {
            date.at(23, 59, 59, 999_999_000)
        } else {
            date.at(0, 0, 0, 0)
        };
        return offset.to_timestamp(time).ok();
    }
    // A plus sign that nobody escaped arrives as a space.
    let mended = match text.rsplit_once(' ') {
        Some((time, zone)) if zone.len() == 5 && zone.as_bytes().get(2) == Some(&b':') => format!("{time}+{zone}"),
        _ => text.to_owned(),
    };
    mended.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_offset() {
        let offset = Offset::constant(8);
        let at = |text: &str| read_w3c(text, offset, false).map(|at| w3c(at, offset));
        assert_eq!(at("2024-03-04T01:00:00Z").as_deref(), Some("2024-03-04T09:00:00+08:00"));
        assert_eq!(
            at("2024-03-04T09:00:00+08:00").as_deref(),
            Some("2024-03-04T09:00:00+08:00")
        );
        assert_eq!(
            at("2024-03-04T09:00:00 08:00").as_deref(),
            Some("2024-03-04T09:00:00+08:00")
        );
        assert_eq!(at("2024-03-04").as_deref(), Some("2024-03-04T00:00:00+08:00"));
        let end = read_w3c("2024-03-04", offset, true).map(|at| w3c(at, offset));
        assert_eq!(end.as_deref(), Some("2024-03-04T23:59:59+08:00"));
        for wrong in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-03-04T09:00:00",
            "04/03/2024",
            "99999-01-01",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
