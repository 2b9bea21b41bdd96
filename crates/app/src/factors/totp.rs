//! Codes that change with time (TOTP, RFC 6238), as authenticator apps make them: SHA-1, thirty seconds, six digits.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

/// Seconds for which a code holds.
const STEP: i64 = 30;
/// Digits of a code.
pub(super) const DIGITS: usize = 6;
/// How many steps a clock may be wrong, either way.
const DRIFT: i64 = 1;
/// The alphabet of Base32 (RFC 4648), in which apps take secrets.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a step.
fn code(secret: &[u8], step: i64, digits: usize) -> String {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(&step.to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[mac.len() - 1] & 0xf);
    let word = mac[at..at + 4]
        .iter()
        .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
        & 0x7fff_ffff;
    let modulus = 10_u64.pow(u32::try_from(digits).unwrap_or(0));
    format!("{:0digits$}", u64::from(word) % modulus)
}

/// The step whose code this is, later than the last one that was used: no code is good twice.
pub(super) fn step_of(secret: &[u8], given: &str, now: Timestamp, last: i64) -> Option<i64> {
    let current = now.as_second().div_euclid(STEP);
    let steps = (current - DRIFT..=current + DRIFT).filter(|step| *step > last);
    // Every step is compared, however early one fits.
    steps.filter(|step| same(&code(secret, *step, DIGITS), given)).max()
}

/// Compared in constant time.
fn same(right: &str, given: &str) -> bool {
    let differs = right.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    right.len() == given.len() && differs == 0
}

/// A secret as people type it into an app.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let word = chunk.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte)) << (8 * (5 - chunk.len()));
        for nth in 0..(chunk.len() * 8).div_ceil(5) {
            let letter = (word >> (35 - 5 * nth)) & 31;
            text.push(char::from(BASE32[usize::try_from(letter).unwrap_or(0)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B.
    #[test]
    fn the_vectors_of_the_standard() {
        let secret = b"12345678901234567890";
        for (second, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(secret, second / STEP, 8), expected, "{second}");
            let six = &expected[2..];
            assert_eq!(step_of(secret, six, at(second), 0), Some(second / STEP));
        }
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_holds_for_a_step_either_way_and_once() {
        let secret = b"12345678901234567890";
        let step = 41_152_263;
        let given = code(secret, step, DIGITS);
        let told = |second: i64, last| step_of(secret, &given, at(step * STEP + second), last);
        assert_eq!(
            [-31, -30, 0, 29, 30, 59, 60].map(|second| told(second, 0).is_some()),
            [false, true, true, true, true, true, false]
        );
        assert_eq!(told(0, step - 1), Some(step));
        assert_eq!(told(0, step), None);
        assert_eq!(step_of(secret, "", at(59), 0), None);
        assert_eq!(step_of(secret, "28708", at(59), 0), None);
    }
}
