//! Attachments: photos and documents that prove something.

use quanyu_domain::cases::Evidence;
use quanyu_domain::refusal::Refusal;
use quanyu_store::Records;

use crate::App;
use crate::error::AppError;
use crate::tables::AttachmentRow;

impl App {
    /// Refuses evidence that refers to attachments that do not exist.
    pub(crate) async fn check_attachments(&self, evidence: &[Evidence]) -> Result<(), AppError> {
        if evidence.is_empty() {
            return Ok(());
        }
        let keys = evidence.iter().map(|e| vec![e.attachment.0.into()]).collect();
        let rows = self.store.records::<AttachmentRow>(keys).await?;
        match evidence.iter().zip(rows).find(|(_, row)| row.is_none()) {
            None => Ok(()),
            Some((missing, _)) => Err(Refusal::invalid(
                "unknown_attachment",
                "evidence",
                format!("没有附件 {}，请先上传", missing.attachment),
                format!("there is no attachment {}: upload it first", missing.attachment),
            )
            .into()),
        }
    }
}
