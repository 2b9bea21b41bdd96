//! Export (导出): cases as rows, for spreadsheets and other programs.

use std::io;

use quanyu_domain::access::Actor;
use quanyu_domain::cases::{Case, Satisfaction};
use quanyu_domain::model::Milestone;
use quanyu_domain::time::{ClockState, Due};
use quanyu_store::{Query, Record};

use crate::App;
use crate::cases::{Caller, case_of};
use crate::error::AppError;
use crate::rules::Rules;
use crate::scan::Pages;
use crate::tables::{CASE, CaseRow};

/// The columns of an export, in their order. The last three are there only with texts.
pub const COLUMNS: [&str; 27] = [
    "number",
    "case_type",
    "demand",
    "channel",
    "matter",
    "matter_title",
    "phase",
    "state",
    "state_title",
    "area",
    "area_title",
    "lead",
    "lead_title",
    "limit_class",
    "filed_at",
    "dispatched_at",
    "accepted_at",
    "handed_in_at",
    "closed_at",
    "due_at",
    "handled_in_time",
    "outcome",
    "satisfaction",
    "place",
    "title",
    "text",
    "reply",
];
/// How many of them are texts.
const TEXT_COLUMNS: usize = 3;
/// Cases that are read at once.
const PAGE: usize = 500;
/// Runs of this many digits or more are telephone and identity numbers.
const MASKED_DIGITS: usize = 7;

/// Why an export came to an end before the last case.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Whoever writes the rows could not.
    #[error("the export cannot be written: {0}")]
    Write(#[from] io::Error),
    /// The application cannot go on.
    #[error(transparent)]
    App(#[from] AppError),
}

/// The columns of an export with or without texts.
pub fn columns(texts: bool) -> &'static [&'static str] {
    if texts {
        &COLUMNS
    } else {
        &COLUMNS[..COLUMNS.len() - TEXT_COLUMNS]
    }
}

impl App {
    /// Gives every case that the caller may see as a row of [`columns`], in the order of districts and numbers; memory is
    /// that of one page. Long runs of digits in texts and places are masked: an export leaves the house.
    ///
    /// # Errors
    /// When a row cannot be written or the store does not answer.
    pub async fn export_cases(
        &self,
        caller: &Caller,
        texts: bool,
        mut write: impl FnMut(&[String]) -> io::Result<()>,
    ) -> Result<u64, ExportError> {
        let rules = self.rules();
        let mut written = 0;
        for district in rules.case_districts() {
            let query = Query::by_key(&CASE, PAGE).equal(i64::from(district.0));
            let mut pages = Pages::of(query);
            while let Some(rows) = pages.next(self.store.as_ref()).await.map_err(AppError::from)? {
                for row in rows {
                    let row = CaseRow::from_row(row).map_err(|fault| AppError::Internal(fault.to_string()))?;
                    let case = case_of(&row)?;
                    if caller.actor != Actor::Program && caller.actor.standing(&case, &rules.tree).is_empty() {
                        continue;
                    }
                    let mut cells = cells(&rules, &case);
                    if texts {
                        cells.extend(self.told(&case).await?);
                    }
                    write(&cells)?;
                    written += 1;
                }
            }
        }
        Ok(written)
    }

    /// Title, text and reply.
    async fn told(&self, case: &Case) -> Result<[String; TEXT_COLUMNS], AppError> {
        let mut wanted = vec![&case.text];
        wanted.extend(case.result.as_ref().map(|result| &result.reply));
        let mut found = self.texts(case.district, &wanted).await?.into_iter();
        let text = found.next().flatten();
        let reply = found.next().flatten().map(|row| row.body).unwrap_or_default();
        let (title, body) = text
            .map(|row| (row.title.unwrap_or_default(), row.body))
            .unwrap_or_default();
        Ok([title, body, reply].map(|text| masked(&text)))
    }
}

fn cells(rules: &Rules, case: &Case) -> Vec<String> {
    let offset = rules.of(case.district).map(|of| of.model.work_time.offset).ok();
    let local = |at: jiff::Timestamp| match offset {
        Some(offset) => at.display_with_offset(offset).to_string(),
        None => at.to_string(),
    };
    let reached = |milestone| case.reached(milestone).map(local).unwrap_or_default();
    let unit = |code: &quanyu_domain::units::UnitCode| {
        rules
            .tree
            .get(code)
            .map(|unit| unit.title.zh.clone())
            .unwrap_or_default()
    };
    let workflow = rules
        .of(case.district)
        .ok()
        .and_then(|of| of.model.workflow_of(&case.case_type));
    let state = workflow
        .and_then(|workflow| workflow.states.get(&case.state))
        .map(|state| state.title.zh.clone());
    let matter = case
        .matter
        .as_deref()
        .and_then(|code| rules.matters.get(code))
        .map(|matter| matter.title.zh.clone());
    let lead = case.lead().map(|lead| lead.unit.clone());
    // The clock that runs by the class decided at dispatch is the one that a unit is measured by.
    let handling = case
        .clocks
        .iter()
        .find(|c| Some(c.clock.class()) == case.limit_class.as_deref());
    let in_time = handling.and_then(
        |clock| match clock.clock.state(case.closed_at().unwrap_or(case.filed_at)) {
            ClockState::Stopped { in_time, .. } => Some(if in_time { "yes" } else { "no" }),
            _ => None,
        },
    );
    let due = handling.and_then(|clock| match clock.clock.due() {
        Due::At(due) => Some(local(due)),
        _ => None,
    });
    let satisfaction = case
        .answers
        .iter()
        .rev()
        .find_map(|answers| answers.satisfaction)
        .map(|said| match said {
            Satisfaction::Satisfied => "satisfied",
            Satisfaction::BasicallySatisfied => "basically_satisfied",
            Satisfaction::Dissatisfied => "dissatisfied",
        });
    vec![
        case.id.to_string(),
        case.case_type.clone(),
        case.demand.clone(),
        case.channel.clone(),
        case.matter.clone().unwrap_or_default(),
        matter.unwrap_or_default(),
        case.phase.name().to_owned(),
        case.state.clone(),
        state.unwrap_or_default(),
        case.place.area().to_string(),
        unit(case.place.area()),
        lead.as_ref().map(ToString::to_string).unwrap_or_default(),
        lead.as_ref().map(unit).unwrap_or_default(),
        case.limit_class.clone().unwrap_or_default(),
        local(case.filed_at),
        reached(Milestone::Dispatched),
        reached(Milestone::Accepted),
        reached(Milestone::HandedIn),
        case.closed_at().map(local).unwrap_or_default(),
        due.unwrap_or_default(),
        in_time.unwrap_or_default().to_owned(),
        case.result
            .as_ref()
            .map(|result| result.outcome.clone())
            .unwrap_or_default(),
        satisfaction.unwrap_or_default().to_owned(),
        case.place.words.as_deref().map(masked).unwrap_or_default(),
    ]
}

/// A text whose long runs of digits show only their first three.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for character in text.chars().chain(std::iter::once('\0')) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if digits.len() >= MASKED_DIGITS {
            out.push_str(&digits[..3]);
            out.extend(std::iter::repeat_n('*', digits.len() - 3));
        } else {
            out.push_str(&digits);
        }
        digits.clear();
        if character != '\0' {
            out.push(character);
        }
    }
    out
}

/// A cell that a spreadsheet program does not take for a formula.
pub fn spreadsheet_safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_do_not_leave_the_house() {
        assert_eq!(
            masked("电话13800001234，3号楼2单元501室"),
            "电话138********，3号楼2单元501室"
        );
        assert_eq!(masked("1234567"), "123****");
        assert_eq!(masked("123456"), "123456");
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(spreadsheet_safe("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(spreadsheet_safe("井盖"), "井盖");
    }

    #[test]
    fn every_cell_has_a_column() {
        assert_eq!(columns(true).len(), columns(false).len() + TEXT_COLUMNS);
    }
}
