//! Removing what nobody uses: attachments that no case has taken, and objects that no row refers to.

use std::ops::Bound;

use futures::TryStreamExt;
use jiff::Timestamp;
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;
use quanyu_store::{ChangeSet, Expect, Json, Query, Record, Records, Write};
use serde::Serialize;

use super::{KEPT_UNUSED_FOR, attachment_event, busy};
use crate::App;
use crate::accounts::ATTEMPTS;
use crate::error::{AppError, damaged};
use crate::tables::{ATTACHMENT, AttachmentRow, CONTENT, ContentRow};

/// How many rows a sweep reads at once.
const SWEPT_AT_ONCE: usize = 200;
/// Into how many parts the object store is divided by the first byte of a hash; a sweep walks one of them.
const PARTS: i64 = 256;

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Swept {
    /// Attachments that no case has taken.
    pub attachments: usize,
    /// Objects that no row referred to.
    pub objects: usize,
}

impl App {
    /// Removes what no case has taken in time, and objects that no row refers to from one part of the store: another part
    /// every hour. For a timer.
    ///
    /// # Errors
    /// When the store or the object store does not answer; the next sweep goes on.
    pub async fn sweep_attachments(&self, now: Timestamp) -> Result<Swept, AppError> {
        let mut swept = Swept::default();
        let mut expired = Query::by_index(&ATTACHMENT, "by_expiry", SWEPT_AT_ONCE)
            .between(Bound::Unbounded, Bound::Included(now.into()));
        loop {
            let rows: Vec<AttachmentRow> = self.store.page(&expired).await?;
            let Some(last) = rows.last() else { break };
            expired = expired.after_record(last);
            for row in rows {
                swept.attachments += usize::from(self.remove(&row, now).await?);
            }
        }
        swept.objects = self.sweep_objects(now).await?;
        Ok(swept)
    }

    /// Removes an attachment, and its bytes with their last use. `false`: a case took it at the last moment, or
    /// somebody else removed it.
    async fn remove(&self, row: &AttachmentRow, now: Timestamp) -> Result<bool, AppError> {
        for _ in 0..ATTEMPTS {
            let content = self
                .store
                .record::<ContentRow>(vec![row.sha256.as_str().into()])
                .await?;
            let Some(content) = content else {
                return match self.store.record::<AttachmentRow>(row.key()).await? {
                    None => Ok(false),
                    Some(_) => Err(damaged("content", format!("{} has no row", row.sha256))),
                };
            };
            let last = content.uses <= 1;
            let write = if last {
                Write::delete(&CONTENT, content.key(), Expect::Version(content.version))
            } else {
                let used = ContentRow {
                    version: content.version + 1,
                    uses: content.uses - 1,
                    ..content.clone()
                };
                Write::update(&used, content.version)
            };
            let event = attachment_event(row, ActorRef::Program, "removed", now, Json::empty());
            let delete = Write::delete(&ATTACHMENT, row.key(), Expect::Same(row.to_row()));
            match self
                .store
                .commit(ChangeSet::new().event(event).write(delete).write(write))
                .await
            {
                Ok(_) if last => return self.delete_objects(&content).await.map(|()| true),
                Ok(_) => return Ok(true),
                Err(quanyu_store::CommitError::Conflict { table, .. }) if table == &ATTACHMENT => return Ok(false),
                Err(quanyu_store::CommitError::Conflict { .. }) => {}
                Err(fault) => return Err(AppError::Internal(fault.to_string())),
            }
        }
        Err(busy())
    }

    /// Removes the files of a case, for erasing: rows, names and bytes, whoever handed them in.
    pub(crate) async fn remove_attachments_of(&self, case: &Case) -> Result<(), AppError> {
        for row in self.attachments_of(case).await? {
            self.remove(&row, self.now()).await?;
        }
        Ok(())
    }

    async fn sweep_objects(&self, now: Timestamp) -> Result<usize, AppError> {
        let folder = format!("{:02x}", (now.as_second() / 3_600).rem_euclid(PARTS));
        // An upload that is still under way has put its objects but not yet its rows.
        let settled = self.ids.mint(now - KEPT_UNUSED_FOR);
        let mut names = self.blobs.names(&folder);
        let mut removed = 0;
        while let Some(name) = names.try_next().await? {
            let Some((sha256, _)) = parts_of(&name).filter(|(_, minted)| *minted < settled) else {
                continue;
            };
            let content = self.store.record::<ContentRow>(vec![sha256.into()]).await?;
            let kept = content.is_some_and(|c| c.object == name || c.public_object.as_deref() == Some(&name));
            if !kept {
                self.blobs.delete(&name).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// The hash and the number of an object's name.
fn parts_of(name: &str) -> Option<(&str, Id)> {
    let mut parts = name.rsplit('/').next()?.split('-');
    let (sha256, minted) = (parts.next()?, parts.next()?);
    Some((sha256, minted.parse().ok()?))
}
