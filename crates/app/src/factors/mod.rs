//! The second factor of staff (双因素): a code of an authenticator app beside the password, and codes on paper for the day
//! on which the telephone is lost.
//!
//! The secret is sealed in the vault, the codes on paper are kept as hashes, and none of either is good twice.

mod totp;

use jiff::Timestamp;
use quanyu_domain::access::{ActorRef, Role};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_store::{ChangeSet, Expect, Json, Records, Write, table};
use sha2::{Digest, Sha256};

use crate::App;
use crate::accounts::{ATTEMPTS, Account, account_event, busy};
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::tables::ACCOUNT;
use crate::vault::{Sealed, hex};

/// Random bytes of a secret: as many as SHA-1 gives (RFC 4226).
const SECRET_BYTES: usize = 20;
/// How many codes on paper there are, and how many characters of 5 bits each has.
const PAPER_CODES: usize = 10;
const PAPER_CHARS: usize = 10;
/// Crockford's alphabet: no I, L, O or U to misread.
const PAPER_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

table! {
    /// Second factors of accounts (双因素).
    pub static SECOND_FACTOR = "second_factor", Kept, key 1;
    /// What an account proves itself with beside its password.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SecondFactorRow {
        /// The account.
        account: i64,
        /// Counts changes.
        version: i64,
        /// Which master key wraps the secret's key.
        key_id: String,
        /// The secret's own key, wrapped.
        wrapped_key: Vec<u8>,
        /// The secret, sealed.
        sealed: Vec<u8>,
        /// Whether a code has shown that the app has the secret; before that it proves nothing.
        confirmed: bool,
        /// The step of the last code that was used.
        last_step: i64,
        /// SHA-256 of the codes on paper that are left; an array.
        paper: Json,
    }
    reference account to ACCOUNT;
}

/// What an authenticator app is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in Base32, for typing.
    pub secret: String,
    /// The same as `otpauth://` address, for showing as a picture.
    pub uri: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the secret: answers get into logs.
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

impl App {
    /// Begins to enrol the caller: a new secret, which proves nothing until a code of it was shown.
    ///
    /// # Errors
    /// When the password is wrong (which counts towards locking), or there is a second factor already.
    pub async fn begin_second_factor(&self, caller: &Caller, present: &str) -> Result<Enrolment, AppError> {
        let account = own(caller)?;
        let row = self.proven(account, present).await?;
        let before = self.second_factor(account).await?;
        if before.as_ref().is_some_and(|factor| factor.confirmed) {
            return Err(held());
        }
        let mut secret = [0; SECRET_BYTES];
        self.random.fill(&mut secret);
        let Sealed {
            key_id,
            wrapped_key,
            sealed,
        } = self.vault.seal(&secret);
        let factor = SecondFactorRow {
            account: account.0,
            version: before.as_ref().map_or(1, |before| before.version + 1),
            key_id,
            wrapped_key,
            sealed,
            confirmed: false,
            last_step: 0,
            paper: Json::of(&[""; 0]).map_err(|fault| damaged("second factor", fault))?,
        };
        let expect = before.map_or(Expect::Absent, |before| Expect::Version(before.version));
        match self
            .store
            .commit(ChangeSet::new().write(Write::put(&factor, expect)))
            .await
            .map_err(Failed::from)
        {
            Ok(_) => {}
            Err(Failed::Fatal(fault)) => return Err(fault),
            Err(Failed::Conflict | Failed::Held(..)) => return Err(busy()),
        }
        let secret = totp::base32(&secret);
        // The login holds letters, digits and . _ - @; only the last has a meaning in an address, and none here.
        let uri = format!("otpauth://totp/quanyu:{}?secret={secret}&issuer=quanyu", row.login);
        Ok(Enrolment { secret, uri })
    }

    /// Puts the caller's second factor into force, and gives the codes on paper: they are told this once.
    ///
    /// # Errors
    /// When the code is not the app's, or nothing was begun.
    pub async fn confirm_second_factor(&self, caller: &Caller, code: &str) -> Result<Vec<String>, AppError> {
        let account = own(caller)?;
        for _ in 0..ATTEMPTS {
            let before = self.second_factor(account).await?.ok_or_else(|| {
                Refusal::not_now(
                    "second_factor_not_begun",
                    "请先申请绑定：POST /api/v1/me/second-factor",
                    "begin first: POST /api/v1/me/second-factor",
                )
            })?;
            if before.confirmed {
                return Err(held());
            }
            let step = totp::step_of(&self.secret(&before)?, &plain(code), self.now(), before.last_step);
            let step = step.ok_or_else(|| {
                Refusal::invalid(
                    "wrong_code",
                    "code",
                    "动态口令不正确，请核对手机时间后输入当前的六位数字",
                    "this is not the code: check the clock of the telephone and type the six digits of now",
                )
            })?;
            let codes: Vec<String> = (0..PAPER_CODES).map(|_| self.paper_code()).collect();
            let hashes: Vec<String> = codes.iter().map(|code| paper_hash(code)).collect();
            let after = SecondFactorRow {
                version: before.version + 1,
                confirmed: true,
                last_step: step,
                paper: Json::of(&hashes).map_err(|fault| damaged("second factor", fault))?,
                ..before.clone()
            };
            let row = self.account_row(account).await?;
            let actor = ActorRef::Account(account);
            let event = account_event(&row, actor, "second_factor_confirmed", self.now(), Json::empty())?;
            let set = ChangeSet::new()
                .event(event)
                .write(Write::update(&after, before.version));
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    self.forget_sessions_of(account);
                    return Ok(codes);
                }
                Err(Failed::Conflict | Failed::Held(..)) => {}
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// Takes the second factor of somebody else away, who has lost it. The sessions of the account end.
    ///
    /// # Errors
    /// When the caller is not a security administrator over the account, or it is the caller's own.
    pub async fn reset_second_factor(&self, caller: &Caller, id: Id) -> Result<Account, AppError> {
        let delete = Write::delete(&SECOND_FACTOR, vec![id.0.into()], Expect::Any);
        let is_there = self.second_factor(id).await?.is_some();
        self.change_somebody(caller, Role::SecurityAdmin, id, vec![delete], |row| {
            row.epoch += 1;
            is_there.then_some("second_factor_reset")
        })
        .await
    }

    /// The second factor of an account, in force or only begun.
    pub(crate) async fn second_factor(&self, account: Id) -> Result<Option<SecondFactorRow>, AppError> {
        Ok(self.store.record(vec![account.0.into()]).await?)
    }

    /// The factor after a code was used; `None` where the code is none.
    pub(crate) fn use_code(
        &self,
        factor: &SecondFactorRow,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<SecondFactorRow>, AppError> {
        let code = plain(code);
        let next = SecondFactorRow {
            version: factor.version + 1,
            ..factor.clone()
        };
        if code.len() == totp::DIGITS {
            let step = totp::step_of(&self.secret(factor)?, &code, now, factor.last_step);
            return Ok(step.map(|last_step| SecondFactorRow { last_step, ..next }));
        }
        let mut left: Vec<String> = factor.paper.to().map_err(|fault| damaged("second factor", fault))?;
        let hash = paper_hash(&code);
        let Some(at) = left.iter().position(|known| *known == hash) else {
            return Ok(None);
        };
        left.remove(at);
        let paper = Json::of(&left).map_err(|fault| damaged("second factor", fault))?;
        Ok(Some(SecondFactorRow { paper, ..next }))
    }

    fn secret(&self, factor: &SecondFactorRow) -> Result<Vec<u8>, AppError> {
        let sealed = Sealed {
            key_id: factor.key_id.clone(),
            wrapped_key: factor.wrapped_key.clone(),
            sealed: factor.sealed.clone(),
        };
        self.vault
            .open(&sealed)
            .map_err(|fault| damaged("second factor", fault))
    }

    fn paper_code(&self) -> String {
        let mut bytes = [0; PAPER_CHARS];
        self.random.fill(&mut bytes);
        let mut text: String = bytes
            .iter()
            .map(|byte| char::from(PAPER_ALPHABET[usize::from(byte % 32)]))
            .collect();
        text.insert(PAPER_CHARS / 2, '-');
        text
    }
}

/// A code without what people put between its characters, in capitals.
fn plain(code: &str) -> String {
    let code = code.chars().take(64).filter(|c| !matches!(c, ' ' | '-'));
    code.map(|c| c.to_ascii_uppercase()).collect()
}

fn paper_hash(code: &str) -> String {
    hex(&Sha256::digest(plain(code).as_bytes()))
}

fn own(caller: &Caller) -> Result<Id, AppError> {
    match caller.actor.reference() {
        ActorRef::Account(id) => Ok(id),
        ActorRef::Reporter | ActorRef::Program => Err(AppError::Unauthenticated),
    }
}

fn held() -> AppError {
    Refusal::not_now(
        "second_factor_held",
        "已绑定双因素；如需更换，请由安全管理员重置",
        "there is a second factor already: a security administrator resets it",
    )
    .into()
}
