//! In which language a problem is told.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese, the default.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language that a client likes best, by `Accept-Language` (RFC 9110, 12.5.4). Chinese where it says nothing that
    /// we speak.
    pub fn of(headers: &HeaderMap) -> Self {
        let header = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut best = (0.0, Self::Zh);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let language = match tag.split('-').next() {
                Some("zh") => Self::Zh,
                Some("en") => Self::En,
                _ => continue,
            };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            // Between equals the one named first.
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Of words in both languages those in this one.
    pub fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// The tag for `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
        Language::of(&headers)
    }

    #[test]
    fn the_language_that_is_liked_best_is_spoken() {
        assert_eq!(Language::of(&HeaderMap::new()), Language::Zh);
        assert_eq!(of("en-GB,en;q=0.9,zh-CN;q=0.8"), Language::En);
        assert_eq!(of("zh-CN,en;q=0.9"), Language::Zh);
        assert_eq!(of("fr, en;q=0.3"), Language::En);
        assert_eq!(of("fr, *;q=0.1"), Language::Zh);
        assert_eq!(of("en;q=0"), Language::Zh);
    }
}
