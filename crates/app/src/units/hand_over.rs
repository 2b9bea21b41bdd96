//! Handing over: what ended units had to do goes to their successors.

use jiff::Timestamp;
use quanyu_domain::access::{Actor, Relation};
use quanyu_domain::cases::{Command, decide};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::units::{DESK_FUNCTION, Unit, UnitCode};
use quanyu_store::tables::TimerRow;
use quanyu_store::{ChangeSet, CommitError, Query, Record, Records, StoreError, Timer};

use super::{load_tree, served_districts};
use crate::App;
use crate::cases::{Caller, case_of, change_set};
use crate::error::{AppError, Failed, damaged};
use crate::rules::Rules;
use crate::scan::Pages;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow};
use crate::timers;

/// Cases that are handed over in one transaction.
const CASES_AT_ONCE: usize = 200;

/// Hands what the ended units of a district had to do to their successors, and sets the timer to the next day on which a
/// unit ends.
pub(crate) async fn transfer_ended(app: &App, timer: &Timer) -> Result<(), AppError> {
    let mut lease = Lease {
        app,
        timer: timer.clone(),
        row: None,
        nudged: false,
    };
    loop {
        // The timer is read first: whoever changes units after this nudges it, and is seen at the end.
        if !lease.renew().await? {
            return Ok(());
        }
        lease.nudged = false;
        app.refresh_rules().await?;
        let (rules, tree) = (app.rules(), load_tree(app.store.as_ref()).await?);
        let district = DistrictId(u32::try_from(timer.id).map_err(|fault| damaged("timer", fault))?);
        let today = app.ids.offset().to_datetime(app.now()).date();
        let own = || tree.all().into_iter().filter(|unit| unit.code.district() == district);
        for unit in own().filter(|unit| unit.valid_to.is_some_and(|ends| ends <= today)) {
            for (district, code, relation) in ranges(&rules, unit) {
                if !transfer_range(&mut lease, &rules, district, &code, relation).await? {
                    return Ok(());
                }
            }
        }
        let next = own()
            .filter_map(|unit| unit.valid_to)
            .filter(|ends| *ends > today)
            .min();
        let next = next.map(|day| app.midnight(day)).transpose()?;
        if lease.rest(next).await? {
            return Ok(());
        }
    }
}

/// A timer that is held for longer than one lease.
struct Lease<'a> {
    app: &'a App,
    timer: Timer,
    /// Its row as it was last seen.
    row: Option<TimerRow>,
    /// Whether somebody has nudged it.
    nudged: bool,
}

impl Lease<'_> {
    /// Holds the timer for another lease; `false` when it is lost.
    async fn renew(&mut self) -> Result<bool, AppError> {
        let Some(row) = timers::renew(self.app, &mut self.timer).await? else {
            return Ok(false);
        };
        self.nudged |= self.row.as_ref().is_some_and(|seen| seen.due != row.due);
        self.row = Some(row);
        Ok(true)
    }

    /// Puts the timer to rest; `false` when somebody has nudged it, and what it asks for is to be looked at again.
    async fn rest(&mut self, next: Option<Timestamp>) -> Result<bool, AppError> {
        let Some(row) = self.row.as_ref().filter(|_| !self.nudged) else {
            return Ok(false);
        };
        match self
            .app
            .store
            .commit(ChangeSet::new().write(timers::rest(row, next, None)))
            .await
            .map_err(Failed::from)
        {
            Ok(_) => Ok(true),
            Err(Failed::Conflict) => Ok(false),
            Err(Failed::Held(space, _)) => Err(AppError::Internal(format!("a timer holds no claim in {space}"))),
            Err(Failed::Fatal(fault)) => Err(fault),
        }
    }
}

/// The ranges of the party index in which cases stand that an ended unit had to do with: in every relation of its own,
/// and for a desk in the area that it served, where cases that are being handled do not show it.
fn ranges(rules: &Rules, unit: &Unit) -> Vec<(DistrictId, UnitCode, Relation)> {
    let districts = served_districts(rules, &unit.code);
    let mut ranges = Vec::new();
    for relation in Relation::ALL {
        ranges.extend(
            districts
                .iter()
                .map(|district| (*district, unit.code.clone(), relation)),
        );
    }
    if unit.function.as_deref() == Some(DESK_FUNCTION)
        && let Some(area) = rules.tree.area_of(&unit.code)
    {
        let areas = rules.tree.case_areas_under(&area).into_iter();
        ranges.extend(areas.map(|area| (area.district(), area, Relation::Area)));
    }
    ranges
}

/// Hands over the open cases of a range, page by page; `false` when the lease was lost.
async fn transfer_range(
    lease: &mut Lease<'_>,
    rules: &Rules,
    district: DistrictId,
    unit: &UnitCode,
    relation: Relation,
) -> Result<bool, AppError> {
    let app = lease.app;
    let open = Query::by_key(&CASE_PARTY, CASES_AT_ONCE)
        .equal(i64::from(district.0))
        .equal(unit.as_str())
        .equal(relation.name())
        .equal(true);
    let mut pages = Pages::of(open);
    while let Some(page) = pages.next(app.store.as_ref()).await? {
        let mut keys = Vec::with_capacity(page.len());
        for row in page {
            let row = CasePartyRow::from_row(row).map_err(StoreError::from)?;
            keys.push(vec![row.district.into(), row.case.into()]);
        }
        let cases = app.store.records::<CaseRow>(keys).await?;
        transfer_cases(app, rules, cases.into_iter().flatten().collect()).await?;
        if !lease.renew().await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Hands over these cases in one transaction; one that somebody changes at the same time is decided anew by itself. A
/// case that cannot be handed over is told in the log and keeps nobody else waiting.
async fn transfer_cases(app: &App, rules: &Rules, rows: Vec<CaseRow>) -> Result<(), AppError> {
    let (mut ids, mut sets) = (Vec::new(), Vec::new());
    for row in rows {
        let case = case_of(&row)?;
        let context = rules.context(case.district, app.now())?;
        match decide(&context, &case, &Actor::Program, Command::Transfer) {
            Ok(decided) if decided.events.is_empty() => {}
            Ok(mut decided) => {
                sets.push(change_set(app.random.as_ref(), Some(&case), &mut decided)?);
                ids.push(case.id);
            }
            Err(refusal) => tracing::error!(case = %case.id, %refusal, "a case cannot be handed over"),
        }
    }
    if sets.is_empty() {
        return Ok(());
    }
    let outcomes = app.store.commit_all(sets).await;
    for (id, outcome) in ids.into_iter().zip(outcomes) {
        match outcome {
            Ok(_) => {}
            Err(CommitError::Unavailable(fault)) => return Err(fault.into()),
            Err(_) => transfer_one(app, rules, id).await,
        }
    }
    Ok(())
}

async fn transfer_one(app: &App, rules: &Rules, id: Id) {
    if let Err(fault) = app
        .act(rules, &Caller::program(), id, None, &[], || Command::Transfer)
        .await
    {
        tracing::error!(case = %id, %fault, "a case cannot be handed over");
    }
}
