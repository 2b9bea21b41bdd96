//! Filing with a key, and following what was filed with it.

use std::ops::Bound;

use jiff::Timestamp;
use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;
use quanyu_store::{Query, Records, Write};

use super::{ApiKey, FILED_WITH, FiledWithRow};
use crate::App;
use crate::cases::{Caller, CaseDraft, Idempotency, Intake};
use crate::error::AppError;

/// The space of claims that keeps the request ids of other systems.
const REQUEST_SPACE: &str = "api_key";
/// Rows that are read at once.
const PAGE: usize = 1000;

/// When something was filed that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FiledWindow {
    /// At this time or after it.
    pub from: Timestamp,
    /// At this time or before it.
    pub to: Timestamp,
}

/// A case, and what it was filed for.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyFiling {
    /// The case as it stands.
    pub case: Case,
    /// The service that it was filed for.
    pub service: String,
}

impl App {
    /// Takes in a demand of somebody who uses another system. The request id is the client's: the same one gives the same
    /// case.
    ///
    /// # Errors
    /// A refusal with the field at fault, or a request id that was used for something else.
    pub async fn take_in_with_key(
        &self,
        key: &ApiKey,
        service: &str,
        draft: CaseDraft,
        request_id: Option<&str>,
    ) -> Result<Intake, AppError> {
        let claim = request_id.map(|id| Idempotency {
            space: REQUEST_SPACE,
            key: format!("{:018}/{id}", key.id.0),
        });
        let filed_with = |case: &Case| {
            let row = FiledWithRow {
                key: key.id.0,
                case: case.id.0,
                district: i64::from(case.district.0),
                service: service.to_owned(),
                at: case.filed_at,
            };
            vec![Write::insert(&row)]
        };
        self.take_in_with(&Caller::reporter(), draft, claim, filed_with).await
    }

    /// A case that was filed with this key; `None` where it was not.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn filed_with(&self, key: &ApiKey, case: Id) -> Result<Option<KeyFiling>, AppError> {
        let row = self
            .store
            .record::<FiledWithRow>(vec![key.id.0.into(), case.0.into()])
            .await?;
        let Some(row) = row else { return Ok(None) };
        let case = self.load_case(&self.rules(), None, case).await?;
        Ok(case.map(|case| KeyFiling {
            case,
            service: row.service,
        }))
    }

    /// What was filed with this key within some time and is wanted, the newest first, at most so many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn all_filed_with(
        &self,
        key: &ApiKey,
        window: FiledWindow,
        at_most: usize,
        wanted: impl Fn(&KeyFiling) -> bool,
    ) -> Result<Vec<KeyFiling>, AppError> {
        let rules = self.rules();
        let mut query = Query::by_index(&FILED_WITH, "by_time", PAGE)
            .equal(key.id.0)
            .between(Bound::Included(window.from.into()), Bound::Included(window.to.into()))
            .descending();
        let mut found = Vec::new();
        loop {
            let rows: Vec<FiledWithRow> = self.store.page(&query).await?;
            for row in &rows {
                let Some(case) = self.load_case(&rules, None, Id(row.case)).await? else {
                    continue;
                };
                let filing = KeyFiling {
                    case,
                    service: row.service.clone(),
                };
                if wanted(&filing) {
                    found.push(filing);
                }
                if found.len() == at_most {
                    return Ok(found);
                }
            }
            match rows.last().filter(|_| rows.len() == PAGE) {
                Some(last) => query = query.after_record(last),
                None => return Ok(found),
            }
        }
    }
}
