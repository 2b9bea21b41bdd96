//! How people sign in, as the settings say it: `[sign_in]` in the file; how old passwords become is told by `password_days`.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use quanyu_app::passwords::PasswordRules;
use quanyu_app::sessions::SignInPolicy;
use quanyu_domain::access::Role;
use serde::Deserialize;

/// What the file may say; what it does not say is as [`SignInPolicy::default`] has it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInSettings {
    password_at_least: Option<usize>,
    password_classes: Option<usize>,
    passwords_remembered: Option<usize>,
    lock_after: Option<i64>,
    locked_minutes: Option<i64>,
    idle_minutes: Option<i64>,
    session_hours: Option<i64>,
    bind_address: Option<bool>,
    second_factor: Option<BTreeSet<Role>>,
}

/// A value that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sign_in.{name} is {value}; it must be {least} to {most}")]
pub struct OutOfBounds {
    name: &'static str,
    value: i64,
    least: i64,
    most: i64,
}

impl SignInSettings {
    /// The policy that they make.
    pub fn policy(self) -> Result<SignInPolicy, OutOfBounds> {
        let usual = SignInPolicy::default();
        let bounded = |name, value: Option<i64>, least, most| match value {
            Some(value) if !(least..=most).contains(&value) => Err(OutOfBounds {
                name,
                value,
                least,
                most,
            }),
            value => Ok(value),
        };
        let count = |name, value: Option<usize>, least, most| {
            let value = value.map(|value| i64::try_from(value).unwrap_or(i64::MAX));
            let value = bounded(name, value, least, most)?;
            Ok(value.and_then(|value| usize::try_from(value).ok()))
        };
        let passwords = PasswordRules {
            at_least: count("password_at_least", self.password_at_least, 8, 64)?.unwrap_or(usual.passwords.at_least),
            classes: count("password_classes", self.password_classes, 1, 4)?.unwrap_or(usual.passwords.classes),
            remembered: count("passwords_remembered", self.passwords_remembered, 1, 24)?
                .unwrap_or(usual.passwords.remembered),
            ..usual.passwords
        };
        let minutes = |name, value, usual| -> Result<SignedDuration, OutOfBounds> {
            Ok(bounded(name, value, 1, 24 * 60)?.map_or(usual, SignedDuration::from_mins))
        };
        Ok(SignInPolicy {
            passwords,
            lock_after: bounded("lock_after", self.lock_after, 1, 100)?.unwrap_or(usual.lock_after),
            locked_for: minutes("locked_minutes", self.locked_minutes, usual.locked_for)?,
            idle_after: minutes("idle_minutes", self.idle_minutes, usual.idle_after)?,
            ends_after: bounded("session_hours", self.session_hours, 1, 24 * 7)?
                .map_or(usual.ends_after, SignedDuration::from_hours),
            bind_address: self.bind_address.unwrap_or(usual.bind_address),
            second_factor: self.second_factor.unwrap_or(usual.second_factor),
            hashing: usual.hashing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SignInPolicy, String> {
        let settings: SignInSettings = toml::from_str(text).map_err(|fault| fault.to_string())?;
        settings.policy().map_err(|fault| fault.to_string())
    }

    #[test]
    fn what_is_not_said_is_as_usual() {
        assert_eq!(read("").unwrap(), SignInPolicy::default());
        let policy = read("idle_minutes = 15\nsecond_factor = [\"security_admin\"]").unwrap();
        assert_eq!(policy.idle_after, SignedDuration::from_mins(15));
        assert!(policy.second_factor.contains(&Role::SecurityAdmin));
        for (wrong, says) in [
            ("password_at_least = 4", "8 to 64"),
            ("idle_minutes = 0", "idle_minutes is 0"),
            ("second_factor = [\"king\"]", "king"),
            ("idle = 1", "idle"),
        ] {
            let fault = read(wrong).unwrap_err();
            assert!(fault.contains(says), "{fault}");
        }
    }
}
