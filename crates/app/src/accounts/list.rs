//! Reading accounts: a page of those within an administrator's reach, narrowed by words, role and whether they are on.

use quanyu_domain::access::Role;
use quanyu_domain::ids::Id;
use quanyu_store::{Query, Record as _, Records};

use super::checks::{administration, must_govern};
use super::{Account, account_of};
use crate::App;
use crate::cases::Caller;
use crate::error::{AppError, damaged};
use crate::factors::SecondFactorRow;
use crate::scan::Pages;
use crate::tables::{ACCOUNT, AccountRow};

/// Most accounts of one page.
pub const MAX_PAGE: usize = 200;
/// Most accounts that one page looks at; what it found then is the page, and the next one goes on there.
const MAX_LOOKED_AT: usize = 5_000;
/// Accounts that are read at once.
const LOOK: usize = 500;

/// Which accounts are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// Those whose login or name holds this.
    pub words: Option<String>,
    /// Those that hold this role anywhere.
    pub role: Option<Role>,
    /// Those that may sign in, or may not.
    pub active: Option<bool>,
}

impl AccountFilter {
    fn admits(&self, account: &Account) -> bool {
        let holds = |words: &String| {
            let words = words.trim().to_lowercase();
            account.login.contains(&words) || account.name.to_lowercase().contains(&words)
        };
        self.words.as_ref().is_none_or(holds)
            && self.active.is_none_or(|active| account.active == active)
            && (self.role).is_none_or(|role| account.grants.iter().any(|grant| grant.role == role))
    }
}

/// A page of accounts, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPage {
    /// Those that were asked for and that the administrator's reach covers.
    pub accounts: Vec<Account>,
    /// After which account the next page begins; `None` on the last.
    pub next: Option<Id>,
}

impl App {
    /// A page of the accounts that an administrator's reach covers; an account that holds nothing is within every reach.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn accounts(
        &self,
        caller: &Caller,
        wanted: &AccountFilter,
        after: Option<Id>,
        limit: usize,
    ) -> Result<AccountPage, AppError> {
        let rules = self.rules();
        let role = administration(caller)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let mut query = Query::by_key(&ACCOUNT, LOOK);
        if let Some(after) = after {
            query = query.after(vec![after.0.into()]);
        }
        let mut page = AccountPage {
            accounts: Vec::new(),
            next: None,
        };
        let (mut pages, mut looked_at) = (Pages::of(query), 0);
        while let Some(rows) = pages.next(self.store.as_ref()).await? {
            for row in rows {
                // There is at least this one more.
                if page.accounts.len() == limit || looked_at == MAX_LOOKED_AT {
                    return Ok(page);
                }
                let row = AccountRow::from_row(row).map_err(|fault| damaged("account", fault))?;
                let account = account_of(row)?;
                looked_at += 1;
                page.next = Some(account.id);
                if wanted.admits(&account) && must_govern(&rules, caller, role, &account.grants).is_ok() {
                    page.accounts.push(account);
                }
            }
        }
        page.next = None;
        Ok(page)
    }

    /// Which of some accounts have a second factor in force, in their order.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn have_second_factor(&self, accounts: &[Id]) -> Result<Vec<bool>, AppError> {
        let keys = accounts.iter().map(|id| vec![id.0.into()]).collect();
        let rows = self.store.records::<SecondFactorRow>(keys).await?;
        let confirmed = |row: Option<SecondFactorRow>| row.is_some_and(|row| row.confirmed);
        Ok(rows.into_iter().map(confirmed).collect())
    }
}
