//! Renewing the master key (密钥轮换): everything that is sealed is wrapped anew, while the old key is still held.

use quanyu_store::{ChangeSet, Expect, Query, Record, Row, StoreError, Table, Write};

use crate::App;
use crate::error::{AppError, Failed, damaged};
use crate::scan::Pages;
use crate::tables::{PERSON, PersonRow, WEBHOOK, WebhookRow};
use crate::vault::Sealed;

/// Rows that are rewrapped in one commit.
const PAGE: usize = 500;

/// How far a renewal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// Values that were wrapped anew.
    pub renewed: u64,
    /// Values that were wrapped with the newest key already, or erased.
    pub left: u64,
}

impl App {
    /// Wraps everything that is sealed with the vault's newest master key. It may be interrupted and called again; when it
    /// returns, nothing needs an older key.
    ///
    /// # Errors
    /// When the vault does not hold the key of a value, or the store does not answer.
    pub async fn rewrap(&self) -> Result<Rewrapped, AppError> {
        let mut all = Rewrapped::default();
        for table in [&PERSON, &WEBHOOK] {
            self.rewrap_table(table, &mut all).await?;
        }
        Ok(all)
    }

    async fn rewrap_table(&self, table: &'static Table, all: &mut Rewrapped) -> Result<(), AppError> {
        let mut pages = Pages::of(Query::by_key(table, PAGE));
        while let Some(page) = pages.next(self.store.as_ref()).await? {
            let mut set = ChangeSet::new();
            for row in page {
                match self.rewrapped_row(table, row)? {
                    Some(write) => set.writes.push(write),
                    None => all.left += 1,
                }
            }
            let renewed = set.writes.len() as u64;
            if renewed == 0 {
                continue;
            }
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => all.renewed += renewed,
                Err(Failed::Fatal(fault)) => return Err(fault),
                Err(Failed::Conflict | Failed::Held(..)) => {
                    return Err(AppError::Internal(
                        "somebody else writes while keys are renewed: stop every server and call it again".into(),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The write that keeps a row under the newest key; none where it is already.
    fn rewrapped_row(&self, table: &'static Table, row: Row) -> Result<Option<Write>, AppError> {
        let renewed = |sealed: Sealed| {
            self.vault
                .rewrapped(&sealed)
                .map_err(|fault| damaged(&format!("a value of {}", table.name), fault))
        };
        if table == &PERSON {
            let person = PersonRow::from_row(row).map_err(StoreError::from)?;
            let sealed = Sealed {
                key_id: person.key_id.clone(),
                wrapped_key: person.wrapped_key.clone(),
                sealed: person.sealed.clone(),
            };
            return Ok(renewed(sealed)?.map(|new| {
                let before = Expect::Same(person.to_row());
                let after = PersonRow {
                    key_id: new.key_id,
                    wrapped_key: new.wrapped_key,
                    ..person
                };
                Write::put(&after, before)
            }));
        }
        let webhook = WebhookRow::from_row(row).map_err(StoreError::from)?;
        let sealed = Sealed {
            key_id: webhook.key_id.clone(),
            wrapped_key: webhook.wrapped_key.clone(),
            sealed: webhook.sealed_secret.clone(),
        };
        Ok(renewed(sealed)?.map(|new| {
            let after = WebhookRow {
                version: webhook.version + 1,
                key_id: new.key_id,
                wrapped_key: new.wrapped_key,
                ..webhook
            };
            Write::update(&after, after.version - 1)
        }))
    }
}
