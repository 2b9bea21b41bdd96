//! Signing in, and the sessions of those who have.
//!
//! A session is proven by a token of 32 random bytes, of which only the hash is kept. It ends when it is signed out, when
//! nobody has used it for a while, when its time is up, and when its account is switched off or gets another password or
//! other grants: the account counts those occasions ([`AccountRow::epoch`]), and a session of an earlier count is void.
//! What was read of a session is believed for [`BELIEVED_FOR`], so that a request need not ask the store.
//!
//! A login that does not exist costs as much as a wrong password and gets the same answer. A lock-out does tell that the
//! account exists; that is the price of telling its owner why nothing helps for now.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use quanyu_domain::access::{ActorRef, Grant, Role};
use quanyu_domain::ids::Id;
use quanyu_store::{ChangeSet, Expect, Json, Query, Record, Records, Write};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::App;
use crate::accounts::{ATTEMPTS, account_event, busy, grants_of};
use crate::cases::Caller;
use crate::error::{AppError, Failed};
use crate::passwords::{Hasher, Hashing, PasswordRules};
use crate::tables::{ACCOUNT, AccountRow, SESSION, SessionRow};
use crate::vault::hex;

/// For how long what was read of a session is believed: a revocation on another server holds here after that time.
pub const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(5);
/// How exactly it is kept when a session was last used; it may end that much early for want of use.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// How many sessions are remembered; a server that serves more reads more.
const REMEMBERED: usize = 10_000;
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Most sessions that are listed of one account, and removed at once.
const MAX_LISTED: usize = 200;

/// How people sign in (身份鉴别, GB/T 22239-2019 8.1.4.1; the numbers are what inspectors commonly expect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInPolicy {
    /// What passwords must be like.
    pub passwords: PasswordRules,
    /// What hashing one costs.
    pub hashing: Hashing,
    /// How many wrong passwords in a row lock an account.
    pub lock_after: i64,
    /// For how long.
    pub locked_for: SignedDuration,
    /// After how long without use a session ends.
    pub idle_after: SignedDuration,
    /// After how long it ends, however much it is used.
    pub ends_after: SignedDuration,
    /// Whether a session ends when it is used from another address than the one where it began.
    pub bind_address: bool,
    /// The roles that need a second factor.
    pub second_factor: BTreeSet<Role>,
}

/// Where somebody signs in from, or uses a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin<'a> {
    /// What the client says that it is.
    pub agent: Option<&'a str>,
    /// Its address.
    pub address: Option<IpAddr>,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self {
            passwords: PasswordRules::default(),
            hashing: Hashing::OWASP,
            lock_after: 5,
            locked_for: SignedDuration::from_mins(15),
            idle_after: SignedDuration::from_mins(30),
            ends_after: SignedDuration::from_hours(12),
            bind_address: false,
            second_factor: BTreeSet::new(),
        }
    }
}

/// Who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The account.
    pub account: Id,
    /// The name to sign in with.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the account holds.
    pub grants: Vec<Grant>,
    /// Whether the password is to be changed before anything else, because somebody else set it or it is too old. Until
    /// then the caller holds nothing.
    pub change_due: bool,
    /// Whether a second factor is to be enrolled before anything else, because a role needs one. Until then the caller
    /// holds nothing.
    pub factor_due: bool,
    /// Whether the account has a second factor.
    pub has_factor: bool,
    /// Who calls, for use cases.
    pub caller: Caller,
    /// When the session began.
    pub began_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// A session that has just begun.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// What proves it; nobody can read it again.
    pub token: String,
    /// Whose it is.
    pub signed: Signed,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the token: answers get into logs.
        f.debug_struct("Begun")
            .field("signed", &self.signed)
            .finish_non_exhaustive()
    }
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionInfo {
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// What signing in needs besides the store.
pub(crate) struct SignIn {
    pub policy: SignInPolicy,
    pub hasher: Hasher,
    remembered: Mutex<HashMap<String, Known>>,
}

/// What was read of a session.
#[derive(Clone)]
struct Known {
    session: SessionRow,
    signed: Signed,
    read_at: Timestamp,
}

impl SignIn {
    pub(crate) fn new(policy: SignInPolicy) -> Self {
        let hasher = Hasher::new(policy.hashing.clone());
        Self {
            policy,
            hasher,
            remembered: Mutex::default(),
        }
    }

    /// Forgets what was read of an account's sessions.
    pub(crate) fn forget_account(&self, account: Id) {
        self.remembered().retain(|_, known| known.signed.account != account);
    }

    fn forget(&self, token_hash: &str) {
        self.remembered().remove(token_hash);
    }

    fn recall(&self, token_hash: &str, now: Timestamp) -> Option<Known> {
        let remembered = self.remembered();
        let known = remembered.get(token_hash)?;
        let believed = known.read_at <= now && now.duration_since(known.read_at) < BELIEVED_FOR;
        believed.then(|| known.clone())
    }

    fn remember(&self, known: Known) {
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED {
            // What is needed comes back with one read each.
            remembered.clear();
        }
        remembered.insert(known.session.token_hash.clone(), known);
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, session: &SessionRow, now: Timestamp) -> bool {
        now >= session.ends_at || now.duration_since(session.used_at) >= self.policy.idle_after
    }

    /// What a session is bound to.
    fn bond(&self, from: &Origin<'_>) -> String {
        let agent = from.agent.unwrap_or_default();
        let address = from
            .address
            .filter(|_| self.policy.bind_address)
            .map(|address| address.to_string());
        hex(&Sha256::digest(format!("{}\n{agent}", address.unwrap_or_default())))
    }

    fn signed(
        &self,
        row: AccountRow,
        session: &SessionRow,
        has_factor: bool,
        now: Timestamp,
    ) -> Result<Signed, AppError> {
        let grants = grants_of(&row)?;
        let every = self.policy.passwords.changed_every;
        let aged = every.is_some_and(|every| now.duration_since(row.password_set_at) >= every);
        let change_due = row.provisional || aged;
        let factor_due = !has_factor
            && grants
                .iter()
                .any(|grant| self.policy.second_factor.contains(&grant.role));
        let held = if change_due || factor_due {
            Vec::new()
        } else {
            grants.clone()
        };
        Ok(Signed {
            account: Id(row.id),
            login: row.login,
            name: row.name,
            grants,
            change_due,
            factor_due,
            has_factor,
            caller: Caller::account(Id(row.id), held),
            began_at: session.began_at,
            ends_at: session.ends_at,
        })
    }
}

impl App {
    /// Signs somebody in.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when login and password do not belong together or the account is switched off,
    /// [`AppError::Locked`] after too many wrong passwords.
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<Begun, AppError> {
        self.sign_in_from(login, password, None, None).await
    }

    /// Signs somebody in who may have a second factor, from somewhere: the session is bound to it.
    ///
    /// # Errors
    /// As [`App::sign_in`]; [`AppError::CodeNeeded`] when the password is right and a code is asked for. A wrong code is
    /// told, and counts, like a wrong password.
    pub async fn sign_in_from(
        &self,
        login: &str,
        password: &str,
        code: Option<&str>,
        from: Option<&Origin<'_>>,
    ) -> Result<Begun, AppError> {
        let Some(account) = self.account_of_login(login).await? else {
            self.sign_in.hasher.verify(password, None).await?;
            tracing::info!("somebody tried to sign in with a login that does not exist");
            return Err(AppError::Unauthenticated);
        };
        for _ in 0..ATTEMPTS {
            let row = self.proven(account, password).await?;
            let factor = self.second_factor(account).await?.filter(|factor| factor.confirmed);
            let mut factor_write = None;
            if let Some(factor) = &factor {
                let code = code.ok_or(AppError::CodeNeeded)?;
                match self.use_code(factor, code, self.now())? {
                    Some(used) => factor_write = Some(Write::update(&used, factor.version)),
                    None => match self.count_failure(&row, self.now()).await? {
                        Some(refused) => return Err(refused),
                        None => continue,
                    },
                }
            }
            let mut token = [0; TOKEN_BYTES];
            self.random.fill(&mut token);
            let token = URL_SAFE_NO_PAD.encode(token);
            let now = self.now();
            let session = SessionRow {
                token_hash: token_hash(&token),
                account: account.0,
                epoch: row.epoch,
                began_at: now,
                used_at: now,
                ends_at: now + self.sign_in.policy.ends_after,
                bond: from.map(|from| self.sign_in.bond(from)),
            };
            let event = account_event(&row, ActorRef::Account(account), "signed_in", now, Json::empty())?;
            // The account is as it was when the password was proven; a success makes earlier failures void.
            let account_write = if row.failures == 0 && row.locked_until.is_none() {
                Write::check(&ACCOUNT, row.key(), Expect::Version(row.version))
            } else {
                let cleared = AccountRow {
                    failures: 0,
                    locked_until: None,
                    version: row.version + 1,
                    ..row.clone()
                };
                Write::update(&cleared, row.version)
            };
            let mut set = ChangeSet::new()
                .event(event)
                .write(Write::insert(&session))
                .write(account_write);
            set.writes.extend(factor_write);
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    return Ok(Begun {
                        token,
                        signed: self.sign_in.signed(row, &session, factor.is_some(), now)?,
                    });
                }
                Err(Failed::Conflict) => {}
                Err(Failed::Held(space, _)) => {
                    return Err(AppError::Internal(format!("a session holds no claim in {space}")));
                }
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// The account, where the password is right and it may sign in. A wrong one counts. What follows is committed upon
    /// the version of the account that was judged: many guesses at once are no more than as many.
    pub(crate) async fn proven(&self, account: Id, password: &str) -> Result<AccountRow, AppError> {
        let mut checked: Option<(String, bool)> = None;
        for _ in 0..ATTEMPTS {
            let row = self.account_row(account).await?;
            let now = self.now();
            if let Some(until) = row.locked_until.filter(|until| now < *until) {
                return Err(AppError::Locked { until });
            }
            let right = match &checked {
                Some((hash, right)) if *hash == row.password => *right,
                _ => self.sign_in.hasher.verify(password, Some(&row.password)).await?,
            };
            if right && row.active {
                return Ok(row);
            }
            if let Some(refused) = self.count_failure(&row, now).await? {
                return Err(refused);
            }
            checked = Some((row.password, right));
        }
        Err(busy())
    }

    /// Counts a wrong password and says what to tell. `None`: somebody else was quicker.
    async fn count_failure(&self, row: &AccountRow, now: Timestamp) -> Result<Option<AppError>, AppError> {
        let policy = &self.sign_in.policy;
        let mut after = AccountRow {
            failures: row.failures + 1,
            ..row.clone()
        };
        let locked = after.failures >= policy.lock_after;
        if locked {
            after.failures = 0;
            after.locked_until = Some(now + policy.locked_for);
        }
        // Whoever it is has not proven to be the account's owner: the program notes it.
        let kind = if locked { "locked" } else { "sign_in_failed" };
        if !self
            .put_account(&Caller::program(), row, &mut after, kind, Json::empty())
            .await?
        {
            return Ok(None);
        }
        Ok(Some(match after.locked_until.filter(|_| locked) {
            Some(until) => AppError::Locked { until },
            None => AppError::Unauthenticated,
        }))
    }

    /// Who holds a token. Notes, at most once a minute, that the session is in use.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when the token proves no session, or one that is over.
    pub async fn authenticate(&self, token: &str) -> Result<Signed, AppError> {
        self.authenticate_from(token, None).await
    }

    /// Who holds a token, and uses it from somewhere. A session that is used from elsewhere than where it began ends, and
    /// the journal says so.
    ///
    /// # Errors
    /// As [`App::authenticate`].
    pub async fn authenticate_from(&self, token: &str, from: Option<&Origin<'_>>) -> Result<Signed, AppError> {
        let now = self.now();
        let token_hash = token_hash(token);
        let known = match self.sign_in.recall(&token_hash, now) {
            Some(known) => Some(known),
            None => self.read_session(&token_hash, now).await?,
        };
        let Some(mut known) = known.filter(|known| !self.sign_in.is_over(&known.session, now)) else {
            self.sign_in.forget(&token_hash);
            return Err(AppError::Unauthenticated);
        };
        if let (Some(bond), Some(from)) = (&known.session.bond, from)
            && *bond != self.sign_in.bond(from)
        {
            self.end_session(&known.session, ActorRef::Program, "session_misused")
                .await?;
            return Err(AppError::Unauthenticated);
        }
        if now.duration_since(known.session.used_at) >= TOUCH_EVERY {
            let used = SessionRow {
                used_at: now,
                ..known.session.clone()
            };
            let set = ChangeSet::new().write(Write::put(&used, Expect::Same(known.session.to_row())));
            match self.store.commit(set).await {
                Ok(_) => known.session = used,
                // Somebody else noted it, or ended the session: the next request reads what is true.
                Err(quanyu_store::CommitError::Conflict { .. }) => {
                    self.sign_in.forget(&token_hash);
                    return Ok(known.signed);
                }
                // A store that cannot write now can still be read from.
                Err(fault) => tracing::warn!(%fault, "could not note that a session is in use"),
            }
        }
        let signed = known.signed.clone();
        self.sign_in.remember(known);
        Ok(signed)
    }

    /// Who holds a token, without noting that the session is in use: for what goes on without anybody doing anything.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn still_signed_in(&self, token: &str) -> Result<Option<Signed>, AppError> {
        let now = self.now();
        let token_hash = token_hash(token);
        let known = match self.sign_in.recall(&token_hash, now) {
            Some(known) => Some(known),
            None => self.read_session(&token_hash, now).await?,
        };
        Ok(known
            .filter(|known| !self.sign_in.is_over(&known.session, now))
            .map(|known| known.signed))
    }

    /// A session that its account still stands by.
    async fn read_session(&self, token_hash: &str, now: Timestamp) -> Result<Option<Known>, AppError> {
        let Some(session) = self.store.record::<SessionRow>(vec![token_hash.into()]).await? else {
            return Ok(None);
        };
        let account = self.store.record::<AccountRow>(vec![session.account.into()]).await?;
        let Some(row) = account.filter(|row| row.active && row.epoch == session.epoch) else {
            return Ok(None);
        };
        let factor = self.second_factor(Id(row.id)).await?;
        let has_factor = factor.is_some_and(|factor| factor.confirmed);
        let signed = self.sign_in.signed(row, &session, has_factor, now)?;
        Ok(Some(Known {
            session,
            signed,
            read_at: now,
        }))
    }

    /// Ends the session of a token; one that has ended already may be ended again.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sign_out(&self, token: &str) -> Result<(), AppError> {
        let token_hash = token_hash(token);
        let Some(session) = self
            .store
            .record::<SessionRow>(vec![token_hash.as_str().into()])
            .await?
        else {
            return Ok(());
        };
        self.end_session(&session, ActorRef::Account(Id(session.account)), "signed_out")
            .await
    }

    async fn end_session(&self, session: &SessionRow, actor: ActorRef, kind: &str) -> Result<(), AppError> {
        let row = self.account_row(Id(session.account)).await?;
        let event = account_event(&row, actor, kind, self.now(), Json::empty())?;
        let delete = Write::delete(&SESSION, session.key(), Expect::Any);
        let committed = self.store.commit(ChangeSet::new().event(event).write(delete)).await;
        self.sign_in.forget(&session.token_hash);
        match committed.map_err(Failed::from) {
            Err(Failed::Fatal(fault)) => Err(fault),
            // Neither expectation nor claim: the set cannot conflict.
            _ => Ok(()),
        }
    }

    /// Ends every session of the caller.
    ///
    /// # Errors
    /// When the caller has not signed in.
    pub async fn sign_out_everywhere(&self, caller: &Caller) -> Result<(), AppError> {
        let ActorRef::Account(account) = caller.actor.reference() else {
            return Err(AppError::Unauthenticated);
        };
        for _ in 0..ATTEMPTS {
            let before = self.account_row(account).await?;
            let mut after = AccountRow {
                epoch: before.epoch + 1,
                ..before.clone()
            };
            if self
                .put_account(caller, &before, &mut after, "signed_out_everywhere", Json::empty())
                .await?
            {
                return Ok(());
            }
        }
        Err(busy())
    }

    /// The caller's sessions that are not over, the last begun first.
    ///
    /// # Errors
    /// When the caller has not signed in.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<SessionInfo>, AppError> {
        let ActorRef::Account(account) = caller.actor.reference() else {
            return Err(AppError::Unauthenticated);
        };
        let row = self.account_row(account).await?;
        let now = self.now();
        let query = Query::by_index(&SESSION, "by_account", MAX_LISTED).equal(account.0);
        let sessions: Vec<SessionRow> = self.store.page(&query).await?;
        let live = sessions
            .into_iter()
            .filter(|s| s.epoch == row.epoch && !self.sign_in.is_over(s, now));
        let mut live: Vec<SessionInfo> = live
            .map(|s| SessionInfo {
                began_at: s.began_at,
                used_at: s.used_at,
                ends_at: s.ends_at,
            })
            .collect();
        live.sort_by_key(|session| std::cmp::Reverse(session.began_at));
        Ok(live)
    }

    /// Removes the rows of sessions whose time is up, and says how many there were. For a timer.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sweep_sessions(&self, now: Timestamp) -> Result<usize, AppError> {
        let ended =
            Query::by_index(&SESSION, "by_end", MAX_LISTED).between(Bound::Unbounded, Bound::Included(now.into()));
        let mut removed = 0;
        loop {
            let rows: Vec<SessionRow> = self.store.page(&ended).await?;
            if rows.is_empty() {
                return Ok(removed);
            }
            let deletes = rows.iter().map(|row| Write::delete(&SESSION, row.key(), Expect::Any));
            let set = ChangeSet {
                writes: deletes.collect(),
                ..ChangeSet::default()
            };
            match self.store.commit(set).await.map_err(Failed::from) {
                Err(Failed::Fatal(fault)) => return Err(fault),
                // Neither expectation nor claim: the set cannot conflict.
                _ => removed += rows.len(),
            }
        }
    }
}

/// What is kept of a token.
fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}
