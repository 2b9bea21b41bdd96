//! Webhooks: other systems that want to be told what happens.
//!
//! A receiver gets a POST for every event of the kinds that it asked for, with ids and no personal data, signed so that
//! it can tell whom it comes from:
//!
//! * `Quanyu-Delivery: <webhook>.<position>` stays the same however often a delivery is tried: a receiver that has seen it
//!   ignores it;
//! * `Quanyu-Signature: t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA-256>` over the text `<t>.<body>` with the secret
//!   that was shown when the webhook was made.

mod http;
mod manage;
mod target;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::cases::CASE_NOUN;
use crate::directory::DIRECTORY_NOUN;
use crate::units::UNIT_NOUN;
use crate::vault::hex;

pub use http::{HttpPoster, TIME_OUT};
pub use manage::{Subscribed, Subscription, Webhook};
pub use target::{Targets, is_internal};

/// The noun of webhooks in the journal and among timers.
pub const WEBHOOK_NOUN: &str = "webhook";

/// The nouns of the journal that others may be told of. Look-ups of people, sessions and accounts stay in the house.
pub const NOUNS: [&str; 3] = [CASE_NOUN, UNIT_NOUN, DIRECTORY_NOUN];

/// The header that names a delivery.
pub const DELIVERY_HEADER: &str = "Quanyu-Delivery";
/// The header that signs it.
pub const SIGNATURE_HEADER: &str = "Quanyu-Signature";

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// Value of [`DELIVERY_HEADER`].
    pub delivery: String,
    /// Value of [`SIGNATURE_HEADER`].
    pub signature: String,
    /// The body, JSON.
    pub body: String,
}

/// Why a post was not delivered. It is kept as it is shown, a code and what belongs to it (`status 503`), and read again to be
/// told in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The receiver answered, but not with success.
    #[error("status {0}")]
    Status(u16),
    /// The receiver wants it elsewhere.
    #[error("redirected {0}")]
    Redirected(u16),
    /// The address is none that may be posted to.
    #[error("forbidden {0}")]
    Forbidden(String),
    /// Nobody answered within [`TIME_OUT`].
    #[error("timed_out")]
    TimedOut,
    /// Nobody is there; what the system says.
    #[error("unreachable {0}")]
    Unreachable(String),
}

impl PostError {
    /// Whether nobody answered, so that nobody will answer the next one either.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Unreachable(_))
    }

    /// Why, in Chinese and English. What is none of these, as from an earlier release, is told as it was kept.
    pub fn in_words(kept: &str) -> (String, String) {
        let (code, rest) = kept.split_once(' ').unwrap_or((kept, ""));
        match code {
            "status" => (format!("对方返回 {rest}"), format!("answered {rest}")),
            "redirected" => (
                format!("对方返回 {rest}：不跟随重定向，请以最终地址重新订阅"),
                format!("answered {rest}: redirects are not followed, subscribe with the final address"),
            ),
            "forbidden" => (
                format!("地址不允许投递，未发送（{rest}）"),
                format!("the address is none that may be posted to: {rest}"),
            ),
            "timed_out" => (
                format!("{} 秒内没有应答", TIME_OUT.as_secs()),
                format!("no answer within {} s", TIME_OUT.as_secs()),
            ),
            "unreachable" => (format!("无法连接（{rest}）"), format!("nobody is there: {rest}")),
            _ => (kept.to_owned(), kept.to_owned()),
        }
    }
}

/// The port to the receivers.
#[async_trait]
pub trait Poster: Send + Sync {
    /// Posts once. Only an answer of 200 to 299 is success; whatever the answer holds besides is of no interest.
    ///
    /// # Errors
    /// Why it was not delivered.
    async fn post(&self, post: &Post) -> Result<(), PostError>;
}

/// The signature of a body that is posted at an instant.
pub fn signature(secret: &[u8], at: Timestamp, body: &str) -> String {
    let seconds = at.as_second();
    format!(
        "t={seconds},v1={}",
        hex(&mac(secret, seconds, body).finalize().into_bytes())
    )
}

/// Whether a signature is that of a body, made at most `tolerance` away from `now`: what a receiver checks.
pub fn is_signed(secret: &[u8], signature: &str, body: &str, now: Timestamp, tolerance: SignedDuration) -> bool {
    let part = |name: &str| {
        signature
            .split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let Some(seconds) = part("t").and_then(|text| text.parse::<i64>().ok()) else {
        return false;
    };
    let Ok(at) = Timestamp::from_second(seconds) else {
        return false;
    };
    let given: Option<Vec<u8>> = part("v1").and_then(|text| {
        let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        (0..text.len()).step_by(2).map(byte).collect()
    });
    // Compared in constant time.
    now.duration_since(at).abs() <= tolerance
        && given.is_some_and(|given| mac(secret, seconds, body).verify_slice(&given).is_ok())
}

fn mac(secret: &[u8], seconds: i64, body: &str) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_body_its_secret_and_its_time() {
        let now: Timestamp = "2024-03-15T01:30:22Z".parse().unwrap();
        let (secret, body) = (b"secret".as_slice(), r#"{"id":1}"#);
        let signed = signature(secret, now, body);
        let minutes = SignedDuration::from_mins(5);
        assert!(is_signed(
            secret,
            &signed,
            body,
            now + SignedDuration::from_mins(4),
            minutes
        ));
        assert!(!is_signed(
            secret,
            &signed,
            body,
            now + SignedDuration::from_mins(6),
            minutes
        ));
        assert!(!is_signed(b"other", &signed, body, now, minutes));
        assert!(!is_signed(secret, &signed, r#"{"id":2}"#, now, minutes));
        for bad in [
            "",
            "t=1",
            "v1=00",
            "t=x,v1=00",
            "t=1710466222,v1=0",
            "t=1710466222,v1=ü",
        ] {
            assert!(!is_signed(secret, bad, body, now, minutes), "{bad}");
        }
    }

    /// The value that any other program reckons: `printf '1710466222.{"id":1}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn a_signature_is_what_others_reckon() {
        let now: Timestamp = "2024-03-15T01:30:22Z".parse().unwrap();
        let expected = "2258e7962309e9d1d400192a579a4d9fb4cbeb4a37d5098d9970c807e12687fe";
        assert_eq!(
            signature(b"secret", now, r#"{"id":1}"#),
            format!("t=1710466222,v1={expected}")
        );
    }
}
