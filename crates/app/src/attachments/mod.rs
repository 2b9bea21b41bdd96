//! Attachments (附件): photos and documents that prove something.
//!
//! Whoever uploads a file gets its number, which is random: until the file belongs to a case, knowing the number and
//! being who uploaded it is what allows to use it. A case that takes it as evidence keeps it, and from then on everyone
//! sees it who may see the case. What no case takes within [`KEPT_UNUSED_FOR`] is removed.
//!
//! The same bytes are kept once. [`ContentRow`] counts their uses and its version orders uploads and removals, so that no
//! attachment ever refers to bytes that somebody removed meanwhile; a place in the object store is never used twice.
//! Bytes are on disk before a row refers to them, and no row refers to them any more when they go. What a crash between
//! the two leaves behind is found by walking the store, a part at a time ([`App::sweep_attachments`]).

mod sweep;

use std::fmt::Display;
use std::io::{Read, Seek};
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Case, Evidence};
use quanyu_domain::ids::Id;
use quanyu_domain::model::EvidenceKind;
use quanyu_domain::refusal::Refusal;
use quanyu_store::{ChangeSet, Expect, Json, NewEvent, Record, Records, Write};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::App;
use crate::accounts::ATTEMPTS;
use crate::blobs::{BlobStream, failed};
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::media::{Examined, examine};
use crate::rules::Rules;
use crate::tables::{AttachmentRow, ContentRow};
use crate::vault::hex;

pub use sweep::Swept;

/// The noun of attachments in the journal.
pub const ATTACHMENT_NOUN: &str = "attachment";
/// Longest file, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// How long a file is kept that no case refers to.
pub const KEPT_UNUSED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// An attachment to be read.
pub struct Opened {
    /// Its name, safe to show and to save under.
    pub name: String,
    /// Its media type, found from its content. Browsers must be told not to look for another (`nosniff`).
    pub media: String,
    /// How many bytes come.
    pub bytes: u64,
    /// The bytes.
    pub content: BlobStream,
}

/// What has come in, examined.
struct Arrived {
    bytes: Bytes,
    sha256: String,
    examined: Examined,
}

impl App {
    /// Takes a file in. It is on disk when this returns.
    ///
    /// # Errors
    /// When it is empty, longer than [`MAX_BYTES`], of a kind that is not let in, or does not arrive whole.
    pub async fn upload<E: Display>(
        &self,
        caller: &Caller,
        name: &str,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<AttachmentRow, AppError> {
        let spooled = self.spooled(content).await?;
        let place = Arc::clone(&self.blobs.in_memory)
            .acquire_owned()
            .await
            .map_err(failed)?;
        let name = name.to_owned();
        let arrived = tokio::task::spawn_blocking(move || arrived(spooled, &name));
        let arrived = arrived
            .await
            .map_err(|fault| AppError::Internal(format!("examining a file: {fault}")))??;
        let kept = self.keep(caller, arrived).await;
        drop(place);
        kept
    }

    /// Writes what comes in to a file without a name, so that a slow sender costs no memory.
    async fn spooled<E: Display>(
        &self,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<std::fs::File, AppError> {
        let mut content = pin!(content);
        let mut file = tokio::fs::File::from_std(self.blobs.spool().map_err(failed)?);
        let mut length = 0;
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(|fault| {
                Refusal::invalid(
                    "upload_interrupted",
                    "file",
                    "文件未完整收到，请重新上传",
                    format!("the file did not arrive whole ({fault}): send it again"),
                )
            })?;
            length += piece.len();
            if length > MAX_BYTES {
                return Err(Refusal::invalid(
                    "file_too_large",
                    "file",
                    format!("文件超过 {} MB，请压缩或分成几个文件", MAX_BYTES >> 20),
                    format!(
                        "the file is longer than {} MB: compress it or split it",
                        MAX_BYTES >> 20
                    ),
                )
                .into());
            }
            file.write_all(&piece).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        Ok(file.into_std().await)
    }

    async fn keep(&self, caller: &Caller, arrived: Arrived) -> Result<AttachmentRow, AppError> {
        let Arrived {
            bytes,
            sha256,
            examined: Examined {
                media,
                name,
                public_copy,
            },
        } = arrived;
        let length = i64::try_from(bytes.len()).map_err(|fault| damaged("length", fault))?;
        let district = caller.home(&self.rules()).map_or(0, |district| i64::from(district.0));
        let body = serde_json::json!({ "sha256": sha256, "media": media, "bytes": length });
        let body = Json::of(&body).map_err(|fault| damaged("attachment", fault))?;
        let mut put: Option<ContentRow> = None;
        for _ in 0..ATTEMPTS {
            let now = self.now();
            let known = self.store.record::<ContentRow>(vec![sha256.as_str().into()]).await?;
            let (content, write) = match known {
                Some(known) => {
                    let used = ContentRow {
                        version: known.version + 1,
                        uses: known.uses + 1,
                        ..known
                    };
                    let write = Write::update(&used, used.version - 1);
                    (used, write)
                }
                None => {
                    let content = match &put {
                        Some(content) => content.clone(),
                        None => {
                            let object = object_name(&sha256, self.ids.mint(now));
                            let public_object = public_copy.as_ref().map(|_| format!("{object}-public"));
                            self.blobs.put(&object, bytes.clone()).await?;
                            if let (Some(name), Some(copy)) = (&public_object, &public_copy) {
                                self.blobs.put(name, copy.clone()).await?;
                            }
                            ContentRow {
                                sha256: sha256.clone(),
                                version: 1,
                                object,
                                public_object,
                                uses: 1,
                            }
                        }
                    };
                    put = Some(content.clone());
                    let write = Write::insert(&content);
                    (content, write)
                }
            };
            let row = AttachmentRow {
                id: self.random_number().0,
                district,
                name: name.clone(),
                media: media.to_owned(),
                bytes: length,
                sha256: sha256.clone(),
                object: content.object.clone(),
                public_object: content.public_object.clone(),
                by: caller.actor.reference().to_string(),
                at: now,
                case: None,
                expires_at: Some(now + KEPT_UNUSED_FOR),
            };
            let event = attachment_event(&row, caller.actor.reference(), "uploaded", now, body.clone());
            let set = ChangeSet::new().event(event).write(Write::insert(&row)).write(write);
            match self.store.commit(set).await.map_err(Failed::from) {
                Ok(_) => {
                    // Somebody else kept the same bytes at the same time: ours are one too many.
                    if let Some(put) = put.filter(|put| put.object != row.object) {
                        self.delete_objects(&put).await?;
                    }
                    return Ok(row);
                }
                Err(Failed::Conflict) => {}
                Err(Failed::Held(space, _)) => {
                    return Err(AppError::Internal(format!("an upload holds no claim in {space}")));
                }
                // Whether it was kept is not known then; the sweep finds out.
                Err(Failed::Fatal(fault)) => return Err(fault),
            }
        }
        Err(busy())
    }

    /// The writes by which a case takes the attachments of its evidence; they belong into the change set that refers to
    /// them. What the case has already needs none.
    ///
    /// # Errors
    /// When an attachment does not exist or somebody else uploaded it, belongs to another case, or is not of a kind that
    /// counts as this evidence.
    pub(crate) async fn evidence_writes(
        &self,
        rules: &Rules,
        caller: &Caller,
        case: &Case,
        evidence: &[Evidence],
    ) -> Result<Vec<Write>, AppError> {
        let mut ids: Vec<Id> = evidence.iter().map(|e| e.attachment).collect();
        ids.sort();
        ids.dedup();
        let rows = self
            .store
            .records::<AttachmentRow>(ids.iter().map(|id| vec![id.0.into()]).collect())
            .await?;
        let mut writes = Vec::new();
        for (id, row) in ids.into_iter().zip(rows) {
            let own =
                |row: &AttachmentRow| row.case == Some(case.id.0) || row.by == caller.actor.reference().to_string();
            let row = row.filter(own).ok_or_else(|| {
                Refusal::invalid(
                    "unknown_attachment",
                    "evidence",
                    format!("没有附件 {id}，请先上传"),
                    format!("there is no attachment {id}: upload it first"),
                )
            })?;
            self.check_media(rules, case, evidence, &row)?;
            match row.case {
                Some(of) if of == case.id.0 => {}
                Some(_) => {
                    return Err(Refusal::invalid(
                        "attachment_in_use",
                        "evidence",
                        format!("附件 {id} 已属于另一案件，请重新上传"),
                        format!("the attachment {id} belongs to another case: upload the file again"),
                    )
                    .into());
                }
                None => {
                    let taken = AttachmentRow {
                        district: i64::from(case.district.0),
                        case: Some(case.id.0),
                        expires_at: None,
                        ..row.clone()
                    };
                    writes.push(Write::put(&taken, Expect::Same(row.to_row())));
                }
            }
        }
        Ok(writes)
    }

    /// Refuses an attachment as evidence of a kind for which its media type does not count.
    fn check_media(
        &self,
        rules: &Rules,
        case: &Case,
        evidence: &[Evidence],
        row: &AttachmentRow,
    ) -> Result<(), AppError> {
        let kinds = &rules.of(case.district)?.model.evidence;
        let of_row = evidence.iter().filter(|e| e.attachment.0 == row.id);
        // A kind that no pack declares is refused where the case is decided.
        for kind in of_row.filter_map(|e| kinds.get(&e.kind)) {
            if !counts_as(kind, &row.media) {
                return Err(Refusal::invalid(
                    "wrong_media",
                    "evidence",
                    format!(
                        "“{}”不能是 {} 文件，可用：{}",
                        kind.title.zh,
                        row.media,
                        kind.media.join("、")
                    ),
                    format!(
                        "{} cannot be of the type {}: use one of {}",
                        kind.title.en,
                        row.media,
                        kind.media.join(", ")
                    ),
                )
                .into());
            }
        }
        Ok(())
    }

    /// An attachment of a case, for staff who may see the case.
    ///
    /// # Errors
    /// When the caller may not see the case, or the attachment is none of its evidence.
    pub async fn attachment_of_case(&self, caller: &Caller, case: Id, attachment: Id) -> Result<Opened, AppError> {
        // A reporter proves by the secret which case is theirs, and sees the copy for the public.
        if caller.actor.reference() == ActorRef::Reporter {
            return Err(AppError::Unauthenticated);
        }
        let row = self.evidence_of(&self.case(caller, case).await?, attachment).await?;
        self.open(&row, &row.object).await
    }

    /// The copy for the public of an attachment of a case, for whoever holds the case's secret.
    ///
    /// # Errors
    /// When number and secret do not belong together, the attachment is none of the case's evidence, or it has no copy
    /// for the public: only photos as JPEG, PNG and WebP do.
    pub async fn public_attachment_of_case(&self, case: Id, secret: &str, attachment: Id) -> Result<Opened, AppError> {
        let row = self.evidence_of(&self.follow(case, secret).await?, attachment).await?;
        match &row.public_object {
            Some(object) => self.open(&row, object).await,
            None => Err(Refusal::not_found(
                "no_public_copy",
                "该附件不对外提供",
                "this attachment is not shown to the public",
            )
            .into()),
        }
    }

    /// An attachment that the caller uploaded. Once a case has taken it, who uploaded it sees it as far as they see the
    /// case.
    ///
    /// # Errors
    /// When there is none, somebody else uploaded it, or the caller may not see the case that has it.
    pub async fn own_attachment(&self, caller: &Caller, attachment: Id) -> Result<Opened, AppError> {
        let by = caller.actor.reference();
        let ActorRef::Account(_) = by else {
            return Err(AppError::Unauthenticated);
        };
        let row = self.store.record::<AttachmentRow>(vec![attachment.0.into()]).await?;
        let row = row
            .filter(|row| row.by == by.to_string())
            .ok_or_else(unknown_attachment)?;
        if let Some(case) = row.case {
            match self.case(caller, Id(case)).await {
                Ok(_) => {}
                Err(AppError::Refused(_)) => return Err(unknown_attachment().into()),
                Err(fault) => return Err(fault),
            }
        }
        self.open(&row, &row.object).await
    }

    /// What is kept beside the bytes of a case's attachments, in the order of its evidence.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn attachments_of(&self, case: &Case) -> Result<Vec<AttachmentRow>, AppError> {
        let keys = case.evidence.iter().map(|e| vec![e.attachment.0.into()]).collect();
        Ok(self
            .store
            .records::<AttachmentRow>(keys)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    async fn evidence_of(&self, case: &Case, attachment: Id) -> Result<AttachmentRow, AppError> {
        let row = match case.evidence.iter().any(|e| e.attachment == attachment) {
            true => self.store.record::<AttachmentRow>(vec![attachment.0.into()]).await?,
            false => None,
        };
        Ok(row.ok_or_else(unknown_attachment)?)
    }

    async fn open(&self, row: &AttachmentRow, object: &str) -> Result<Opened, AppError> {
        let (bytes, content) = self.blobs.get(object).await?;
        Ok(Opened {
            name: row.name.clone(),
            media: row.media.clone(),
            bytes,
            content,
        })
    }

    async fn delete_objects(&self, content: &ContentRow) -> Result<(), AppError> {
        self.blobs.delete(&content.object).await?;
        match &content.public_object {
            Some(object) => self.blobs.delete(object).await,
            None => Ok(()),
        }
    }

    /// A number of eighteen digits that nobody can guess.
    fn random_number(&self) -> Id {
        const NUMBERS: u64 = 10_u64.pow(18);
        loop {
            let mut bytes = [0; 8];
            self.random.fill(&mut bytes);
            // 60 bits reach a little beyond eighteen digits; what lies beyond is thrown again.
            let number = u64::from_le_bytes(bytes) >> 4;
            if let Some(number) = Some(number)
                .filter(|n| *n < NUMBERS)
                .and_then(|n| i64::try_from(n).ok())
            {
                return Id(number);
            }
        }
    }
}

/// Reads what was spooled and looks at it.
fn arrived(mut file: std::fs::File, name: &str) -> Result<Arrived, AppError> {
    let mut bytes = Vec::new();
    file.rewind()
        .and_then(|()| file.read_to_end(&mut bytes))
        .map_err(failed)?;
    let bytes = Bytes::from(bytes);
    let examined = examine(name, &bytes)?;
    Ok(Arrived {
        sha256: hex(&Sha256::digest(&bytes)),
        bytes,
        examined,
    })
}

/// Where new bytes go: two levels of folders by their hash, and a number that makes the place a new one each time.
fn object_name(sha256: &str, minted: Id) -> String {
    format!("{}/{}/{sha256}-{:018}", &sha256[..2], &sha256[2..4], minted.0)
}

/// Whether a file of this media type counts as evidence of a kind.
pub fn counts_as(kind: &EvidenceKind, media: &str) -> bool {
    kind.media.iter().any(|pattern| matches_media(pattern, media))
}

/// Whether a media type is one of a pattern such as `image/*`.
fn matches_media(pattern: &str, media: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(kind) => media.starts_with(kind),
        None => pattern == media,
    }
}

fn attachment_event(row: &AttachmentRow, actor: ActorRef, kind: &str, at: Timestamp, body: Json) -> NewEvent {
    NewEvent {
        district: row.district,
        noun: ATTACHMENT_NOUN.to_owned(),
        id: row.id,
        kind: kind.to_owned(),
        actor: actor.to_string(),
        at,
        reason: None,
        body,
    }
}

fn unknown_attachment() -> Refusal {
    Refusal::not_found(
        "unknown_attachment",
        "没有这个附件，或您无权查看",
        "there is no such attachment, or you may not see it",
    )
}

fn busy() -> AppError {
    AppError::Refused(Refusal::not_now(
        "busy",
        "同一文件正被多人上传，请稍后重试",
        "many people hand in the same file: try again",
    ))
}
