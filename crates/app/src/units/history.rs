//! What became of units, and what they have in hand.

use jiff::Timestamp;
use quanyu_domain::access::{Grant, Relation};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::{UnitCode, UnitEvent};
use quanyu_store::tables::JOURNAL;
use quanyu_store::{Event, Query, Records};

use super::{UNIT_NOUN, served_districts};
use crate::App;
use crate::error::{AppError, damaged};
use crate::scan::every;
use crate::tables::{ACCOUNT, AccountRow, CASE_PARTY, CasePartyRow};

/// Cases of one kind are counted up to here; more are not told apart.
pub const COUNTED_AT_MOST: usize = 10_000;
/// Rows that are read at once.
const PAGE: usize = 1_000;

/// A change of the tree, as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastChange {
    /// Its position.
    pub position: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// Who decided it, as the journal refers to people.
    pub actor: String,
    /// What was decided.
    pub event: UnitEvent,
}

/// What a unit has in hand, each counted up to [`COUNTED_AT_MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenWork {
    /// Open cases that it leads.
    pub lead: usize,
    /// Open cases in which it assists.
    pub assist: usize,
    /// Open cases that it has to dispatch, verify, call back or decide about.
    pub desk: usize,
    /// Open cases that lie in it.
    pub area: usize,
    /// Accounts that hold a role at it.
    pub accounts: usize,
    /// The units below it that exist today.
    pub below: usize,
}

impl App {
    /// Changes of the units of a city or district, the newest first; before a position, or from the newest on.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn unit_changes(
        &self,
        district: DistrictId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PastChange>, AppError> {
        let mut query = Query::by_index(&JOURNAL, "of_thing", limit)
            .equal(UNIT_NOUN)
            .equal(i64::from(district.0))
            .descending();
        if let Some(before) = before {
            let mut place = query.prefix.clone();
            place.push(before.into());
            query = query.after(place);
        }
        let events: Vec<Event> = self.store.page(&query).await?;
        let change = |event: Event| {
            Ok(PastChange {
                position: event.position,
                at: event.at,
                event: event.body.to().map_err(|fault| damaged("units", fault))?,
                actor: event.actor,
            })
        };
        events.into_iter().map(change).collect()
    }

    /// What a unit has in hand: what would go to its successors if it ended now.
    ///
    /// # Errors
    /// When there is no such unit, or the store does not answer.
    pub async fn open_work(&self, code: &UnitCode) -> Result<OpenWork, AppError> {
        let rules = self.rules();
        if rules.tree.get(code).is_none() {
            return Err(Refusal::not_found(
                "unknown_unit",
                format!("没有单位 {code}"),
                format!("there is no unit {code}"),
            )
            .into());
        }
        let today = self.ids.offset().to_datetime(self.now()).date();
        let mut work = OpenWork {
            below: rules.tree.children(code).filter(|unit| unit.is_valid_on(today)).count(),
            ..OpenWork::default()
        };
        for district in served_districts(&rules, code) {
            for relation in Relation::ALL {
                let query = Query::by_key(&CASE_PARTY, COUNTED_AT_MOST)
                    .equal(i64::from(district.0))
                    .equal(code.as_str())
                    .equal(relation.name())
                    .equal(true);
                let count = self.store.page::<CasePartyRow>(&query).await?.len();
                *match relation {
                    Relation::Lead => &mut work.lead,
                    Relation::Assist => &mut work.assist,
                    Relation::Area => &mut work.area,
                    Relation::Dispatch | Relation::Decide | Relation::Verify | Relation::CallBack => &mut work.desk,
                } += count;
            }
        }
        let accounts: Vec<AccountRow> = every(self.store.as_ref(), Query::by_key(&ACCOUNT, PAGE)).await?;
        for account in accounts.iter().filter(|account| account.active) {
            let grants: Vec<Grant> = account.grants.to().map_err(|fault| damaged("grants", fault))?;
            work.accounts += usize::from(grants.iter().any(|grant| grant.unit == *code));
        }
        Ok(work)
    }
}
