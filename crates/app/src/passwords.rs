//! Passwords: what they must be like, and how they are hashed without starving the machine.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::SignedDuration;
use quanyu_domain::refusal::Refusal;
use quanyu_store::value::canonical_text;
use quanyu_store::{Json, Unavailable, table};
use tokio::sync::Semaphore;

use crate::error::{AppError, damaged};
use crate::ports::Random;
use crate::tables::ACCOUNT;

/// What hashing a password with argon2id costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashing(Params);

impl Hashing {
    /// 19 MiB, two passes, one lane: the first choice of the OWASP Password Storage Cheat Sheet for argon2id.
    pub const OWASP: Self = Self::checked(19 * 1024, 2, 1);
    /// As cheap as argon2id can be: for simulated people and tests, never for real ones.
    pub const CHEAP: Self = Self::checked(8, 1, 1);

    /// Memory in KiB, passes over it, lanes.
    ///
    /// # Errors
    /// When argon2 does not do it: less than 8 KiB a lane, or no pass.
    pub fn new(memory: u32, passes: u32, lanes: u32) -> Result<Self, argon2::Error> {
        Params::new(memory, passes, lanes, None).map(Self)
    }

    const fn checked(memory: u32, passes: u32, lanes: u32) -> Self {
        match Params::new(memory, passes, lanes, None) {
            Ok(params) => Self(params),
            Err(_) => panic!("argon2 does not do this"),
        }
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
    }
}

/// What a password must be like (口令复杂度与更换周期, GB/T 22239-2019 8.1.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRules {
    /// Fewest characters.
    pub at_least: usize,
    /// Most characters.
    pub at_most: usize,
    /// How many of the four classes it holds at least: small letters, capitals, digits, everything else.
    pub classes: usize,
    /// How many passwords, the present one among them, may not be taken again.
    pub remembered: usize,
    /// After how long it is to be changed; `None`: never.
    pub changed_every: Option<SignedDuration>,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            at_least: 10,
            at_most: 128,
            classes: 3,
            remembered: 5,
            changed_every: Some(SignedDuration::from_hours(90 * 24)),
        }
    }
}

impl PasswordRules {
    /// Checks a new password, and gives it in the form that is hashed.
    ///
    /// # Errors
    /// When it is too short, too long, too uniform, or holds the login.
    pub fn check(&self, password: &str, login: &str) -> Result<String, Refusal> {
        let refuse = |code, zh: String, en: String| Err(Refusal::invalid(code, "password", zh, en));
        let Ok(password) = canonical_text(password) else {
            return refuse(
                "text_not_allowed",
                "口令不能含有字符 U+0000".into(),
                "a password holds no U+0000".into(),
            );
        };
        let length = password.chars().count();
        if !(self.at_least..=self.at_most).contains(&length) {
            return refuse(
                "password_length",
                format!("口令应为 {} 至 {} 个字符", self.at_least, self.at_most),
                format!("a password has {} to {} characters", self.at_least, self.at_most),
            );
        }
        let classes: [fn(char) -> bool; 4] = [
            |c| c.is_ascii_lowercase(),
            |c| c.is_ascii_uppercase(),
            |c| c.is_ascii_digit(),
            |c| !c.is_ascii_alphanumeric(),
        ];
        if classes.iter().filter(|class| password.chars().any(class)).count() < self.classes {
            return refuse(
                "password_too_simple",
                format!("口令应含小写字母、大写字母、数字、其他字符中的至少 {} 类", self.classes),
                format!(
                    "use at least {} of: small letters, capitals, digits, other characters",
                    self.classes
                ),
            );
        }
        if password.to_lowercase().contains(&login.to_lowercase()) {
            return refuse(
                "password_holds_login",
                "口令不能包含登录名".into(),
                "a password does not hold the login".into(),
            );
        }
        Ok(password)
    }
}

table! {
    /// Passwords that accounts had before.
    pub static PASSWORD_HISTORY = "password_history", Kept, key 1;
    /// The passwords that the owner of an account has given up.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PasswordHistoryRow {
        /// The account.
        account: i64,
        /// Their hashes, the last one first; an array.
        hashes: Json,
    }
    reference account to ACCOUNT;
}

/// How many passwords are hashed at the same time: each takes a core and its memory for a while.
const AT_ONCE: usize = 2;
/// How many may wait for that; more are told to try again, so that a flood passes quickly.
const WAITING: usize = 64;

/// Hashes passwords, a few at a time, on threads of their own.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    hashing: Hashing,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Hasher {
    pub(crate) fn new(hashing: Hashing) -> Self {
        Self {
            hashing,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }

    /// Hashes a password with a salt of its own; in PHC form.
    pub(crate) async fn hash(&self, password: String, random: &dyn Random) -> Result<String, AppError> {
        let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
        random.fill(&mut salt);
        let argon2 = self.hashing.argon2();
        self.run(move || {
            let hash: Result<PasswordHash, _> = argon2.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
                .map_err(|fault| damaged("password", fault))
        })
        .await?
    }

    /// Whether a password is the one that was hashed. Without a hash it never is, at the same cost: nobody learns from
    /// the time it takes whether there is such an account.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        let password = canonical_text(password).unwrap_or_default();
        let stored = hash
            .map(PasswordHash::new)
            .transpose()
            .map_err(|fault| damaged("password", fault))?;
        let argon2 = self.hashing.argon2();
        self.run(move || match stored {
            Some(stored) => argon2.verify_password(password.as_bytes(), &stored).is_ok(),
            None => {
                let salt = [0; argon2::RECOMMENDED_SALT_LEN];
                let _: Result<PasswordHash, _> = argon2.hash_password_with_salt(password.as_bytes(), &salt);
                false
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let _waiting = self.queue.try_acquire().map_err(|_| {
            AppError::Unavailable(Unavailable {
                reason: "too many people sign in at once".to_owned(),
                retry_after: Duration::from_secs(2),
            })
        })?;
        let closed = |fault| AppError::Internal(format!("hashing: {fault}"));
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|fault| closed(fault.to_string()))?;
        // The place goes along: a caller that gives up leaves a thread at work that still counts.
        let work = move || {
            let _place = place;
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|fault| closed(fault.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SeededRandom;

    #[test]
    fn rules_name_what_is_missing() {
        let rules = PasswordRules::default();
        let code = |password: &str| rules.check(password, "li.lei").map_err(|refusal| refusal.code);
        assert_eq!(code("Ab1!Ab1!A"), Err("password_length"));
        assert_eq!(code(&"Ab1!".repeat(33)), Err("password_length"));
        assert_eq!(code("abcdefghij1"), Err("password_too_simple"));
        assert_eq!(code("sunny-LI.LEI-2024"), Err("password_holds_login"));
        assert_eq!(code("Abcdefghi\u{0}1"), Err("text_not_allowed"));
        assert_eq!(code("abcdefgh1湖"), Ok("abcdefgh1湖".to_owned()));
        assert_eq!(code("Abcdefghi1"), Ok("Abcdefghi1".to_owned()));
    }

    #[test]
    fn the_default_is_what_owasp_says() {
        let Hashing(params) = Hashing::OWASP;
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19_456, 2, 1));
        assert!(Hashing::new(4, 1, 1).is_err());
    }

    #[tokio::test]
    async fn a_password_is_the_one_that_was_hashed() {
        let hasher = Hasher::new(Hashing::CHEAP);
        let random = SeededRandom::new(7);
        // The same letter, composed and decomposed.
        let hash = hasher.hash("caf\u{e9} Abcdef1".to_owned(), &random).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(hasher.verify("cafe\u{301} Abcdef1", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("cafe Abcdef1", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("", None).await.unwrap());
        assert_ne!(
            hash,
            hasher.hash("caf\u{e9} Abcdef1".to_owned(), &random).await.unwrap()
        );
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_back() {
        let hasher = Hasher::new(Hashing::CHEAP);
        let _busy = Arc::clone(&hasher.places).acquire_many_owned(2).await.unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE + WAITING {
            let hasher = hasher.clone();
            waiting.spawn(async move { hasher.verify("x", None).await });
        }
        tokio::task::yield_now().await;
        while hasher.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.verify("x", None).await, Err(AppError::Unavailable(_))));
        drop(_busy);
        while let Some(done) = waiting.join_next().await {
            assert!(!done.unwrap().unwrap());
        }
    }
}
