//! Accounts of staff (账号), kept by three separate administrators (三员分立, GB/T 22239-2019): the system administrator
//! makes accounts that may do nothing and switches them on and off, the security administrator says who holds which role
//! and resets passwords, the audit administrator reads. Nobody decides about themselves.
//!
//! An administrator's reach is the area of the unit at which the role is held: a district's administrators do not touch
//! who works for the city. The program itself may do everything, which is how the first accounts come to be.

mod checks;
mod colleagues;
mod list;

use std::fmt;

use jiff::Timestamp;
use quanyu_domain::access::{Actor, ActorRef, Grant, Role};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_store::tables::HeldClaim;
use quanyu_store::{ChangeSet, Claim, Expect, Json, NewEvent, Records, Write};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::passwords::PasswordHistoryRow;
use crate::rules::Rules;
use crate::tables::AccountRow;
use checks::{administration, checked_grants, checked_login, checked_name, must_administer, must_govern, not_own};
pub use colleagues::Colleague;

pub use list::{AccountFilter, AccountPage, MAX_PAGE};

/// The noun of accounts in the journal.
pub const ACCOUNT_NOUN: &str = "account";
/// The space of claims that keeps logins unique.
const LOGIN_SPACE: &str = "login";
/// How often a change is made anew when others change the same account at the same time.
pub(crate) const ATTEMPTS: usize = 8;

/// What an account begins with.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDraft {
    /// The name to sign in with: 3 to 40 small letters, digits, `.`, `_`, `-`, `@`; capitals are read as small letters.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The first password.
    pub password: String,
    /// What it holds; nothing, unless the program itself makes the account.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

impl fmt::Debug for AccountDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password: drafts get into logs.
        f.debug_struct("AccountDraft")
            .field("login", &self.login)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// An account, without what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its id.
    pub id: Id,
    /// Counts changes.
    pub version: i64,
    /// The name to sign in with.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it holds.
    pub grants: Vec<Grant>,
    /// Whether it may sign in.
    pub active: bool,
    /// Until when it is locked after wrong passwords; may have passed.
    pub locked_until: Option<Timestamp>,
    /// When the password was set.
    pub password_set_at: Timestamp,
    /// Whether somebody else set the password, so that it is to be changed first of all.
    pub provisional: bool,
}

/// What the claim of a login holds.
#[derive(Serialize, Deserialize)]
struct LoginHolder {
    account: Id,
}

impl App {
    /// Makes an account. The system administrator makes it without grants; the program may give some at once.
    ///
    /// # Errors
    /// When the caller may not, the login is taken or malformed, or the password breaks the rules.
    pub async fn create_account(&self, caller: &Caller, draft: AccountDraft) -> Result<Account, AppError> {
        let rules = self.rules();
        must_administer(caller, Role::SystemAdmin)?;
        if !draft.grants.is_empty() && caller.actor != Actor::Program {
            return Err(Refusal::forbidden(
                "grants_are_separate",
                "新账号不带权限，请由安全管理员授权",
                "a new account holds nothing: the security administrator grants roles afterwards",
            )
            .into());
        }
        let grants = checked_grants(&rules, draft.grants)?;
        let login = checked_login(&draft.login)?;
        let name = checked_name(&draft.name)?;
        let password = self.sign_in.policy.passwords.check(&draft.password, &login)?;
        let password = self.sign_in.hasher.hash(password, &*self.random).await?;
        for _ in 0..ATTEMPTS {
            let now = self.now();
            let row = AccountRow {
                id: self.ids.mint(now).0,
                version: 1,
                login: login.clone(),
                name: name.clone(),
                password: password.clone(),
                grants: json(&grants)?,
                active: true,
                failures: 0,
                locked_until: None,
                password_set_at: now,
                provisional: caller.actor != Actor::Program,
                epoch: 0,
            };
            let holds = json(&LoginHolder { account: Id(row.id) })?;
            let claim = Claim {
                space: LOGIN_SPACE.to_owned(),
                key: login.clone(),
                holds,
            };
            let event = account_event(&row, caller.actor.reference(), "created", now, granted(&grants)?)?;
            let set = ChangeSet::new().event(event).claim(claim).write(Write::insert(&row));
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => return account_of(row),
                // Another id was minted twice within a second: the next one is free.
                Err(Failed::Conflict) => {}
                Err(Failed::Held(..)) => {
                    return Err(Refusal::invalid(
                        "login_taken",
                        "login",
                        format!("登录名 {login} 已被使用，请换一个"),
                        format!("the login {login} is taken: choose another"),
                    )
                    .into());
                }
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// Says what an account holds from now on. Its sessions end. `seen` is the version that the caller has seen; `None`
    /// takes it as it is.
    ///
    /// # Errors
    /// When the caller is not a security administrator of every unit concerned, the account is the caller's own, an
    /// administrator would hold another role too, or a unit is unknown.
    pub async fn change_grants(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        grants: Vec<Grant>,
    ) -> Result<Account, AppError> {
        let rules = self.rules();
        must_administer(caller, Role::SecurityAdmin)?;
        not_own(caller, id)?;
        let grants = checked_grants(&rules, grants)?;
        must_govern(&rules, caller, Role::SecurityAdmin, &grants)?;
        let grants = json(&grants)?;
        self.change_account(&rules, caller, Role::SecurityAdmin, id, seen, |row| {
            if row.grants == grants {
                return Ok(None);
            }
            let body = json(&serde_json::json!({
                "before": row.grants.to::<serde_json::Value>().map_err(|fault| damaged("grants", fault))?,
                "grants": grants.to::<serde_json::Value>().map_err(|fault| damaged("grants", fault))?,
            }))?;
            row.grants = grants.clone();
            row.epoch += 1;
            Ok(Some(("granted", body)))
        })
        .await
    }

    /// Resets the password of somebody else, who has to change it before doing anything else. The account is no longer
    /// locked, and its sessions end.
    ///
    /// # Errors
    /// When the caller is not a security administrator over the account, or the password breaks the rules.
    pub async fn set_password(&self, caller: &Caller, id: Id, password: &str) -> Result<Account, AppError> {
        let rules = self.rules();
        must_administer(caller, Role::SecurityAdmin)?;
        not_own(caller, id)?;
        let login = self.account_row(id).await?.login;
        let password = self.sign_in.policy.passwords.check(password, &login)?;
        let password = self.sign_in.hasher.hash(password, &*self.random).await?;
        let provisional = caller.actor != Actor::Program;
        self.change_account(&rules, caller, Role::SecurityAdmin, id, None, |row| {
            self.put_password(row, &password, provisional);
            Ok(Some(("password_set", Json::empty())))
        })
        .await
    }

    /// Changes the caller's own password. Every session ends: sign in with the new one.
    ///
    /// # Errors
    /// When the present password is wrong (which counts towards locking), or the new one breaks the rules.
    pub async fn change_password(&self, caller: &Caller, present: &str, new: &str) -> Result<Account, AppError> {
        let ActorRef::Account(id) = caller.actor.reference() else {
            return Err(AppError::Unauthenticated);
        };
        if present == new {
            return Err(Refusal::invalid(
                "password_unchanged",
                "password",
                "新口令不能与原口令相同",
                "the new password is the present one: choose another",
            )
            .into());
        }
        let proven = self.proven(id, present).await?;
        let new = self.sign_in.policy.passwords.check(new, &proven.login)?;
        let history = self.history_with(&proven, &new).await?;
        let password = self.sign_in.hasher.hash(new, &*self.random).await?;
        for _ in 0..ATTEMPTS {
            let before = self.account_row(id).await?;
            if before.password != proven.password || !before.active {
                return Err(AppError::Unauthenticated);
            }
            let mut after = before.clone();
            self.put_password(&mut after, &password, false);
            let writes = vec![history.clone()];
            if self
                .put_account_and(caller, &before, &mut after, "password_set", Json::empty(), writes)
                .await?
            {
                return account_of(after);
            }
        }
        Err(busy())
    }

    /// What is remembered once this password was given up for a new one.
    async fn history_with(&self, row: &AccountRow, new: &str) -> Result<Write, AppError> {
        let history: Option<PasswordHistoryRow> = self.store.record(vec![row.id.into()]).await?;
        let mut hashes = vec![row.password.clone()];
        if let Some(history) = history {
            hashes.extend(
                history
                    .hashes
                    .to::<Vec<String>>()
                    .map_err(|fault| damaged("history", fault))?,
            );
        }
        hashes.truncate(self.sign_in.policy.passwords.remembered);
        for hash in &hashes {
            if self.sign_in.hasher.verify(new, Some(hash)).await? {
                return Err(Refusal::invalid(
                    "password_used_before",
                    "password",
                    format!("不能使用最近 {} 次用过的口令", self.sign_in.policy.passwords.remembered),
                    "this password was used before: choose another",
                )
                .into());
            }
        }
        Ok(Write::put(
            &PasswordHistoryRow {
                account: row.id,
                hashes: json(&hashes)?,
            },
            Expect::Any,
        ))
    }

    /// Changes somebody else's account together with what goes with it. `change` names the event; `None`: it is so
    /// already.
    pub(crate) async fn change_somebody(
        &self,
        caller: &Caller,
        role: Role,
        id: Id,
        writes: Vec<Write>,
        change: impl Fn(&mut AccountRow) -> Option<&'static str>,
    ) -> Result<Account, AppError> {
        must_administer(caller, role)?;
        not_own(caller, id)?;
        for _ in 0..ATTEMPTS {
            let before = self.account_row(id).await?;
            must_govern(&self.rules(), caller, role, &grants_of(&before)?)?;
            let mut after = before.clone();
            let Some(kind) = change(&mut after) else {
                return account_of(before);
            };
            let writes = writes.clone();
            if self
                .put_account_and(caller, &before, &mut after, kind, Json::empty(), writes)
                .await?
            {
                return account_of(after);
            }
        }
        Err(busy())
    }

    /// Forgets what was read of an account's sessions.
    pub(crate) fn forget_sessions_of(&self, account: Id) {
        self.sign_in.forget_account(account);
    }

    fn put_password(&self, row: &mut AccountRow, hash: &str, provisional: bool) {
        row.password = hash.to_owned();
        row.password_set_at = self.now();
        row.provisional = provisional;
        row.failures = 0;
        row.locked_until = None;
        row.epoch += 1;
    }

    /// Switches an account off. Its sessions end.
    ///
    /// # Errors
    /// When the caller is not a system administrator over the account, or it is the caller's own.
    pub async fn deactivate(&self, caller: &Caller, id: Id) -> Result<Account, AppError> {
        not_own(caller, id)?;
        self.switch(caller, id, false).await
    }

    /// Switches an account on again.
    ///
    /// # Errors
    /// When the caller is not a system administrator over the account.
    pub async fn activate(&self, caller: &Caller, id: Id) -> Result<Account, AppError> {
        self.switch(caller, id, true).await
    }

    async fn switch(&self, caller: &Caller, id: Id, active: bool) -> Result<Account, AppError> {
        must_administer(caller, Role::SystemAdmin)?;
        self.change_account(&self.rules(), caller, Role::SystemAdmin, id, None, |row| {
            if row.active == active {
                return Ok(None);
            }
            row.active = active;
            row.epoch += 1;
            Ok(Some((if active { "activated" } else { "deactivated" }, Json::empty())))
        })
        .await
    }

    /// An account, for an administrator over it or the person whose it is.
    ///
    /// # Errors
    /// When there is none, or the caller may not see it.
    pub async fn account(&self, caller: &Caller, id: Id) -> Result<Account, AppError> {
        let own = caller.actor.reference() == ActorRef::Account(id);
        let role = if own { None } else { Some(administration(caller)?) };
        let account = account_of(self.account_row(id).await?)?;
        if let Some(role) = role {
            must_govern(&self.rules(), caller, role, &account.grants).map_err(|_| unknown_account())?;
        }
        Ok(account)
    }

    /// The names of people by their accounts, for showing who did what; `None` where there is no such account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account_names(&self, ids: &[Id]) -> Result<Vec<Option<String>>, AppError> {
        let rows = self
            .store
            .records::<AccountRow>(ids.iter().map(|id| vec![id.0.into()]).collect())
            .await?;
        Ok(rows.into_iter().map(|row| row.map(|row| row.name)).collect())
    }

    /// The account of a login, if there is one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account_of_login(&self, login: &str) -> Result<Option<Id>, AppError> {
        let Ok(login) = checked_login(login) else {
            return Ok(None);
        };
        let held = self
            .store
            .record::<HeldClaim>(vec![LOGIN_SPACE.into(), login.into()])
            .await?;
        held.map(|held| held.holds.to::<LoginHolder>().map(|holder| holder.account))
            .transpose()
            .map_err(|fault| damaged("login", fault))
    }

    pub(crate) async fn account_row(&self, id: Id) -> Result<AccountRow, AppError> {
        Ok(self
            .store
            .record::<AccountRow>(vec![id.0.into()])
            .await?
            .ok_or_else(unknown_account)?)
    }

    /// Loads an account within the caller's reach, changes it and commits, until nobody was quicker. `change` gives the
    /// kind and body of the event; `None`: it is so already.
    async fn change_account(
        &self,
        rules: &Rules,
        caller: &Caller,
        role: Role,
        id: Id,
        seen: Option<i64>,
        change: impl Fn(&mut AccountRow) -> Result<Option<(&'static str, Json)>, AppError>,
    ) -> Result<Account, AppError> {
        for _ in 0..ATTEMPTS {
            let before = self.account_row(id).await?;
            must_govern(rules, caller, role, &grants_of(&before)?)?;
            if seen.is_some_and(|seen| seen != before.version) {
                return Err(AppError::Stale {
                    current: before.version,
                });
            }
            let mut after = before.clone();
            let Some((kind, body)) = change(&mut after)? else {
                return account_of(before);
            };
            if self.put_account(caller, &before, &mut after, kind, body).await? {
                return account_of(after);
            }
        }
        Err(busy())
    }

    /// Commits a change of an account with its event. `false`: somebody else was quicker.
    pub(crate) async fn put_account(
        &self,
        caller: &Caller,
        before: &AccountRow,
        after: &mut AccountRow,
        kind: &str,
        body: Json,
    ) -> Result<bool, AppError> {
        self.put_account_and(caller, before, after, kind, body, Vec::new())
            .await
    }

    /// The same, together with what goes with it.
    async fn put_account_and(
        &self,
        caller: &Caller,
        before: &AccountRow,
        after: &mut AccountRow,
        kind: &str,
        body: Json,
        writes: Vec<Write>,
    ) -> Result<bool, AppError> {
        after.version = before.version + 1;
        let event = account_event(after, caller.actor.reference(), kind, self.now(), body)?;
        let mut set = ChangeSet::new()
            .event(event)
            .write(Write::update(after, before.version));
        set.writes.extend(writes);
        match self.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => {
                self.sign_in.forget_account(Id(after.id));
                Ok(true)
            }
            Err(Failed::Conflict) => Ok(false),
            Err(Failed::Held(space, _)) => Err(AppError::Internal(format!("a change holds no claim in {space}"))),
            Err(Failed::Fatal(fault)) => Err(fault),
        }
    }
}

/// An event of an account. It belongs to the district of what the account holds, or to none.
pub(crate) fn account_event(
    row: &AccountRow,
    actor: ActorRef,
    kind: &str,
    at: Timestamp,
    body: Json,
) -> Result<NewEvent, AppError> {
    let district = grants_of(row)?
        .first()
        .map_or(0, |grant| i64::from(grant.unit.district().0));
    Ok(NewEvent {
        district,
        noun: ACCOUNT_NOUN.to_owned(),
        id: row.id,
        kind: kind.to_owned(),
        actor: actor.to_string(),
        at,
        reason: None,
        body,
    })
}

/// The grants that a row holds.
pub(crate) fn grants_of(row: &AccountRow) -> Result<Vec<Grant>, AppError> {
    row.grants.to().map_err(|fault| damaged("grants", fault))
}

pub(crate) fn busy() -> AppError {
    AppError::Refused(Refusal::not_now(
        "busy",
        "账号正被多人同时操作，请稍后重试",
        "this account is being changed by many at once: try again",
    ))
}

fn account_of(row: AccountRow) -> Result<Account, AppError> {
    Ok(Account {
        id: Id(row.id),
        version: row.version,
        grants: grants_of(&row)?,
        login: row.login,
        name: row.name,
        active: row.active,
        locked_until: row.locked_until,
        password_set_at: row.password_set_at,
        provisional: row.provisional,
    })
}

fn json(value: &impl Serialize) -> Result<Json, AppError> {
    Json::of(value).map_err(|fault| damaged("account", fault))
}

fn granted(grants: &[Grant]) -> Result<Json, AppError> {
    json(&serde_json::json!({ "grants": grants }))
}

fn unknown_account() -> Refusal {
    Refusal::not_found(
        "unknown_account",
        "没有这个账号，或您无权查看",
        "there is no such account, or you may not see it",
    )
}
