//! Cases: taking them in, acting on them, listing and reading them.

mod acts;
mod change_set;
mod discretion;
mod explain;
mod intake;
mod lists;
mod nearby;
mod published;
mod said;
mod similar;
mod supports;
mod tracking;

use quanyu_domain::access::{Actor, Grant, Role};
use quanyu_domain::cases::{Case, TextRef};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::refusal::Refusal;
use quanyu_store::value::canonical_text;
use quanyu_store::{Records, Write};
use sha2::{Digest, Sha256};

use crate::App;
use crate::error::AppError;
use crate::rules::Rules;
use crate::tables::{CaseRow, TextRow};
use crate::vault::hex;

pub use acts::StepDraft;
pub(crate) use change_set::rows;
pub use change_set::{About, CASE_NOUN, case_of, case_row, change_set, together};
pub(crate) use discretion::texts_of;
pub use discretion::{Proposed, PublicationDraft};
pub use explain::{Explained, TimelineEntry};
pub use intake::{AnswerDraft, CaseDraft, Idempotency, Intake};
pub use lists::{CaseList, ListCursor, ListQuery, Only};
pub use nearby::NearbyCase;
pub use published::{Lies, PUBLISHED, PublishedQuery, PublishedRow};
pub use said::{SAID, SaidRow};
pub(crate) use said::{kept, said_key};
pub use similar::{Similar, SimilarReason};
pub use supports::{Followed, SUPPORT, SUPPORT_NOUN, Support, SupportRow, Supported};
pub(crate) use supports::{OfSupport, Supports};

/// Who calls a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is to the domain.
    pub actor: Actor,
}

impl Caller {
    /// An account with what it holds.
    pub fn account(id: Id, grants: Vec<Grant>) -> Self {
        Self {
            actor: Actor::Account { id, grants },
        }
    }

    /// A person without an account.
    pub fn reporter() -> Self {
        Self { actor: Actor::Reporter }
    }

    /// The program itself.
    pub fn program() -> Self {
        Self { actor: Actor::Program }
    }

    /// The district in which an account works, where it works in one; for who works for a city, the city.
    pub fn home(&self, rules: &Rules) -> Option<DistrictId> {
        let unit = &self.actor.grants().first()?.unit;
        rules.tree.area_of(unit).map(|area| area.district())
    }

    /// Refuses who does not hold a role.
    ///
    /// # Errors
    /// When the caller does not hold it.
    pub fn must_hold(&self, role: Role) -> Result<(), Refusal> {
        if self.actor.holds(role) {
            return Ok(());
        }
        Err(Refusal::forbidden(
            "role_forbids",
            format!("此操作需要岗位 {}", role.name()),
            format!("this needs the role {}", role.name()),
        ))
    }
}

/// How often a decision is made anew when others change the same case at the same time.
const ATTEMPTS: usize = 8;

impl App {
    /// The case of this number, whoever asks. It is looked for in the district that is named before all others; a city is
    /// none, who works for one has cases everywhere.
    pub(crate) async fn load_case(
        &self,
        rules: &Rules,
        near: Option<DistrictId>,
        id: Id,
    ) -> Result<Option<Case>, AppError> {
        let (first, others): (Vec<DistrictId>, Vec<DistrictId>) = rules
            .case_districts()
            .into_iter()
            .partition(|district| near == Some(*district) && district.0 % 100 != 0);
        for districts in [first, others] {
            if districts.is_empty() {
                continue;
            }
            let keys = districts
                .into_iter()
                .map(|district| vec![i64::from(district.0).into(), id.0.into()])
                .collect();
            if let Some(row) = self.store.records::<CaseRow>(keys).await?.into_iter().flatten().next() {
                return case_of(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// The case of this number for somebody who may see it.
    ///
    /// # Errors
    /// When there is none, or the caller may not know that there is.
    pub async fn case(&self, caller: &Caller, id: Id) -> Result<Case, AppError> {
        let rules = self.rules();
        match self.load_case(&rules, caller.home(&rules), id).await? {
            Some(case) if !caller.actor.standing(&case, &rules.tree).is_empty() => Ok(case),
            _ => Err(unknown_case().into()),
        }
    }

    /// The texts under these references, in their order. An erased text is empty.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn texts(&self, district: DistrictId, texts: &[&TextRef]) -> Result<Vec<Option<TextRow>>, AppError> {
        let keys = texts
            .iter()
            .map(|text| vec![i64::from(district.0).into(), text.id.0.into()])
            .collect();
        Ok(self.store.records(keys).await?)
    }

    /// A text that a change set is to keep: its reference for the event, and the write.
    pub(crate) fn text(
        &self,
        district: DistrictId,
        title: Option<String>,
        body: &str,
        field: &'static str,
    ) -> Result<(TextRef, Write), AppError> {
        let title = title
            .map(|title| checked_text(&title, field, quanyu_domain::cases::MAX_REASON))
            .transpose()?;
        let body = checked_text(body, field, quanyu_domain::cases::MAX_TEXT)?;
        let id = self.ids.mint(self.now());
        let sha256 = hex(&Sha256::digest(body.as_bytes()));
        let write = Write::insert(&TextRow {
            district: i64::from(district.0),
            id: id.0,
            title,
            body,
        });
        Ok((TextRef { id, sha256 }, write))
    }
}

/// A text in canonical form that is neither empty nor too long.
fn checked_text(text: &str, field: &'static str, at_most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::invalid(
            "text_missing",
            field,
            "请填写内容",
            format!("`{field}` must not be empty"),
        ));
    }
    // Counting characters of a huge text is cheap; keeping it is what is refused.
    if text.chars().count() > at_most {
        return Err(Refusal::invalid(
            "text_too_long",
            field,
            format!("内容超过 {at_most} 字，请精简或改用附件"),
            format!("`{field}` is longer than {at_most} characters: shorten it or attach it as a file"),
        ));
    }
    canonical_text(text).map_err(|fault| {
        Refusal::invalid(
            "text_not_allowed",
            field,
            "内容含有不允许的字符 U+0000，请删除",
            fault.to_string(),
        )
    })
}

fn unknown_case() -> Refusal {
    Refusal::not_found(
        "unknown_case",
        "没有这个案件，或您无权查看",
        "there is no such case, or you may not see it",
    )
}
