//! Export (导出): cases as rows, for spreadsheets and other programs.

use std::io;

use quanyu_domain::access::Actor;
use quanyu_domain::cases::{Case, CaseClock, Satisfaction};
use quanyu_domain::model::{ClockLimit, Milestone, Model};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::time::{ClockState, Due};
use quanyu_store::value::canonical_text;
use quanyu_store::{ChangeSet, Json, NewEvent, Query, Record, Records, Value};
use serde_json::json;

use crate::App;
use crate::cases::{Caller, ListQuery, case_of};
use crate::error::{AppError, damaged};
use crate::masking::masked;
use crate::rules::Rules;
use crate::scan::Pages;
use crate::tables::{CASE, CaseRow, TextRow};

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
/// Longest purpose, in characters.
const MAX_PURPOSE: usize = 200;
/// The noun of exports in the journal.
const EXPORT_NOUN: &str = "export";

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportOptions {
    /// Whether title, text and reply are among the columns.
    pub texts: bool,
    /// What the numbers of people are wanted for, where they are not to be masked; the journal keeps it.
    pub unmasked_for: Option<String>,
}

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
    /// Gives every case that the caller may see as a row of [`columns`]; memory is that of one page. The program gets
    /// them in the order of districts and numbers; everybody else as their lists show them, what is open before what is
    /// closed.
    ///
    /// Long runs of digits in texts and places are masked, because an export leaves the house; with a purpose they are
    /// not. The journal keeps that there was an export, and its purpose.
    ///
    /// # Errors
    /// When the caller sees no cases, the purpose is empty, a row cannot be written or the store does not answer.
    pub async fn export_cases(
        &self,
        caller: &Caller,
        options: &ExportOptions,
        mut write: impl FnMut(&[String]) -> io::Result<()>,
    ) -> Result<u64, ExportError> {
        let rules = self.rules();
        self.journal_cases_export(caller, &rules, options).await?;
        let mut written = 0;
        let mut put = |rows: Vec<Vec<String>>| {
            written += rows.len() as u64;
            rows.iter().try_for_each(|cells| write(cells))
        };
        if caller.actor == Actor::Program {
            for district in rules.case_districts() {
                let mut pages = Pages::of(Query::by_key(&CASE, PAGE).equal(i64::from(district.0)));
                while let Some(rows) = pages.next(self.store.as_ref()).await.map_err(AppError::from)? {
                    let case = |row| case_of(&CaseRow::from_row(row).map_err(|fault| damaged("case", fault))?);
                    let mut cases = rows.into_iter().map(case).collect::<Result<Vec<_>, AppError>>()?;
                    // Confidential cases are for named people, and a program is none.
                    cases.retain(|case| case.confidential.is_none());
                    put(self.exported(&rules, &cases, options).await?)?;
                }
            }
            return Ok(written);
        }
        for open in [true, false] {
            let mut query = ListQuery::all(open, PAGE);
            loop {
                let page = self.list(caller, &query).await?;
                put(self.exported(&rules, &page.cases, options).await?)?;
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
        }
        Ok(written)
    }

    /// The rows of some cases.
    async fn exported(
        &self,
        rules: &Rules,
        cases: &[Case],
        options: &ExportOptions,
    ) -> Result<Vec<Vec<String>>, AppError> {
        let masks = options.unmasked_for.is_none();
        let cases = &self.told(cases.to_vec()).await?;
        let mut rows: Vec<Vec<String>> = cases.iter().map(|case| self.cells(rules, case, masks)).collect();
        if !options.texts {
            return Ok(rows);
        }
        // The text and the reply of every case, in one question.
        let refs = cases
            .iter()
            .map(|case| [Some(&case.text), case.result.as_ref().map(|result| &result.reply)]);
        let keys: Vec<Vec<Value>> = cases
            .iter()
            .zip(refs)
            .flat_map(|(case, refs)| {
                let key = |id: i64| vec![i64::from(case.district.0).into(), id.into()];
                // Nothing has the number 0: a case without a reply has an empty one.
                refs.map(|text| key(text.map_or(0, |text| text.id.0)))
            })
            .collect();
        let mut found = self.store.records::<TextRow>(keys).await?.into_iter();
        let shown = |text: String| if masks { masked(&text) } else { text };
        for row in &mut rows {
            let text = found.next().flatten();
            let reply = found.next().flatten().map(|reply| reply.body).unwrap_or_default();
            let (title, body) = text
                .map(|text| (text.title.unwrap_or_default(), text.body))
                .unwrap_or_default();
            row.extend([title, body, reply].map(shown));
        }
        Ok(rows)
    }

    /// Notes in the journal that somebody took a list of cases out of the house, as people read it: masked.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn journal_list_export(&self, caller: &Caller, cases: usize) -> Result<(), AppError> {
        let body = json!({ "of": "list", "cases": cases, "unmasked": false });
        self.journal_export(caller, &self.rules(), None, &body).await
    }

    async fn journal_cases_export(
        &self,
        caller: &Caller,
        rules: &Rules,
        options: &ExportOptions,
    ) -> Result<(), AppError> {
        let purpose = options.unmasked_for.as_deref().map(str::trim);
        if purpose.is_some_and(|purpose| purpose.is_empty() || purpose.chars().count() > MAX_PURPOSE) {
            return Err(Refusal::invalid(
                "purpose_missing",
                "purpose",
                format!("导出不遮盖号码的，请写明用途（至多 {MAX_PURPOSE} 字）"),
                format!("an export that does not mask numbers needs a purpose, in at most {MAX_PURPOSE} characters"),
            )
            .into());
        }
        let body = json!({ "of": "cases", "texts": options.texts, "unmasked": purpose.is_some() });
        self.journal_export(caller, rules, purpose, &body).await
    }

    async fn journal_export(
        &self,
        caller: &Caller,
        rules: &Rules,
        purpose: Option<&str>,
        body: &serde_json::Value,
    ) -> Result<(), AppError> {
        let event = NewEvent {
            district: caller.home(rules).map_or(0, |district| i64::from(district.0)),
            noun: EXPORT_NOUN.to_owned(),
            id: self.ids.mint(self.now()).0,
            kind: "exported".to_owned(),
            actor: caller.actor.reference().to_string(),
            at: self.now(),
            reason: purpose
                .map(canonical_text)
                .transpose()
                .map_err(|fault| damaged("purpose", fault))?,
            body: Json::of(body).map_err(|fault| damaged("export", fault))?,
        };
        match self.store.commit(ChangeSet::new().event(event)).await {
            Ok(_) => Ok(()),
            Err(quanyu_store::CommitError::Unavailable(fault)) => Err(AppError::Unavailable(fault)),
            Err(fault) => Err(AppError::Internal(fault.to_string())),
        }
    }

    fn cells(&self, rules: &Rules, case: &Case, masks: bool) -> Vec<String> {
        let model = rules.of(case.district).map(|of| of.model.as_ref()).ok();
        let local = |at: jiff::Timestamp| match model {
            Some(model) => at.display_with_offset(model.work_time.offset).to_string(),
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
        let workflow = model.and_then(|model| model.workflow_of(&case.case_type));
        let state = workflow
            .and_then(|workflow| workflow.states.get(&case.state))
            .map(|state| state.title.zh.clone());
        let matter = case.matter.as_deref().and_then(|code| rules.matters.get(code));
        let lead = case.lead().map(|lead| lead.unit.clone());
        let clock = model.and_then(|model| handling_clock(model, case));
        let due = clock.map(|clock| match clock.clock.due() {
            Due::At(due) => local(due),
            Due::NoCalendar(_) => NO_CALENDAR.to_owned(),
            Due::Paused(_) => "paused".to_owned(),
        });
        let in_time = clock.map(|clock| match clock.clock.state(self.now()) {
            ClockState::Stopped { in_time: true, .. } => "yes",
            // What is open and late will not be in time any more.
            ClockState::Stopped { in_time: false, .. } | ClockState::Overdue => "no",
            ClockState::NoCalendar(_) => NO_CALENDAR,
            ClockState::Running | ClockState::Paused => "",
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
        let place = case
            .place
            .told()
            .map(|words| if masks { masked(words) } else { words.to_owned() });
        vec![
            case.id.to_string(),
            case.case_type.clone(),
            case.demand.clone(),
            case.channel.clone(),
            case.matter.clone().unwrap_or_default(),
            matter.map(|matter| matter.title.zh.clone()).unwrap_or_default(),
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
            place.unwrap_or_default(),
        ]
    }
}

/// What stands in place of a limit that nobody can reckon, because its year's calendar is not loaded.
const NO_CALENDAR: &str = "no_calendar";

/// The clock by which the result of a case is measured: the one that runs by the class decided at dispatch; where a case
/// carries none such, the first that stops when the result is handed in.
fn handling_clock<'c>(model: &Model, case: &'c Case) -> Option<&'c CaseClock> {
    let rules = &model.case_types.get(&case.case_type)?.clocks;
    let stopping = rules.iter().filter(|rule| rule.stops.contains(&Milestone::HandedIn));
    let carried = stopping.filter_map(|rule| Some((rule, case.clock(&rule.name)?)));
    // Of equals the first is taken.
    carried
        .min_by_key(|(rule, _)| rule.limit != ClockLimit::ByClass)
        .map(|(_, clock)| clock)
}

/// A cell that a spreadsheet program does not take for a formula.
pub fn spreadsheet_safe(cell: &str) -> String {
    // Some take the full-width signs for the others.
    const SIGNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(SIGNS) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(spreadsheet_safe("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(spreadsheet_safe("＝1＋1"), "'＝1＋1");
        assert_eq!(spreadsheet_safe("井盖"), "井盖");
    }

    #[test]
    fn every_cell_has_a_column() {
        assert_eq!(columns(true).len(), columns(false).len() + TEXT_COLUMNS);
    }
}
