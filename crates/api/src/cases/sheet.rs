//! A list of cases as a sheet (Office Open XML) that clerks open, sort and pass on.
//!
//! It holds what the list shows to the same person, numbers of people masked, and times as times.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::civil::DateTime;
use quanyu_app::cases::{Caller, ListQuery};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::summaries;
use super::summary::CaseSummary;
use crate::Api;
use crate::edge::language::Language;
use crate::edge::problem::Problem;
use crate::edge::wire::{MAX_PAGE, Moment, Title};
use crate::words::ActorView;

/// Most cases of one sheet: as many as somebody still reads, and a bounded piece of work for the server.
const MAX_CASES: usize = 10_000;
/// The media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A column: its head in Chinese and English, its width in characters.
struct Column(&'static str, &'static str, f64);

const COLUMNS: [Column; 16] = [
    Column("编号", "Number", 20.0),
    Column("标题", "Title", 40.0),
    Column("状态", "State", 12.0),
    Column("诉求类型", "Demand", 10.0),
    Column("渠道", "Channel", 12.0),
    Column("事项", "Matter", 28.0),
    Column("区划", "Area", 18.0),
    Column("地点", "Place", 28.0),
    Column("主办单位", "Lead unit", 24.0),
    Column("经办人", "Handler", 10.0),
    Column("受理时间", "Filed", 17.0),
    Column("时限", "Due", 17.0),
    Column("超期", "Overdue", 8.0),
    Column("已升级", "Escalated", 8.0),
    Column("挂账", "Suspended", 8.0),
    Column("办结时间", "Closed", 17.0),
];

/// The list from where the query begins, as a sheet.
pub(super) async fn of_list(
    api: &Api,
    caller: &Caller,
    query: ListQuery,
    language: Language,
) -> Result<Response, Problem> {
    let mut query = ListQuery {
        limit: MAX_PAGE,
        ..query
    };
    let mut cases = Vec::new();
    let is_cut = loop {
        let page = api.app.list(caller, &query).await?;
        cases.extend(summaries(&api.app, caller, &page.cases).await?);
        query.after = page.next;
        if cases.len() >= MAX_CASES || query.after.is_none() {
            break cases.len() > MAX_CASES || query.after.is_some();
        }
    };
    cases.truncate(MAX_CASES);
    api.app.journal_list_export(caller, cases.len()).await?;
    let written = tokio::task::spawn_blocking(move || workbook(&cases, is_cut, language));
    let bytes = written
        .await
        .map_err(|fault| Problem::internal(&fault))?
        .map_err(|fault| Problem::internal(&fault))?;
    let headers = [
        (CONTENT_TYPE, XLSX),
        (CONTENT_DISPOSITION, "attachment; filename=\"cases.xlsx\""),
    ];
    Ok((headers, bytes).into_response())
}

/// The workbook. `is_cut`: there would have been more.
fn workbook(cases: &[CaseSummary], is_cut: bool, language: Language) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(language.pick("案件", "Cases"))?;
    let bold = Format::new().set_bold();
    for (Column(zh, en, width), nth) in COLUMNS.iter().zip(0..) {
        sheet.write_string_with_format(0, nth, language.pick(zh, en), &bold)?;
        sheet.set_column_width(nth, *width)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let mut row = 0;
    for case in cases {
        row += 1;
        write_case(sheet, row, case, &time, language)?;
    }
    let last = u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, row, last)?;
    if is_cut {
        let (zh, en) = (
            "仅含前 10000 件，请缩小筛选范围后再导出",
            "The first 10,000 cases only: narrow the list and export again",
        );
        sheet.write_string_with_format(row + 1, 0, language.pick(zh, en), &bold)?;
    }
    workbook.save_to_buffer()
}

fn write_case(
    sheet: &mut Worksheet,
    row: u32,
    case: &CaseSummary,
    time: &Format,
    language: Language,
) -> Result<(), XlsxError> {
    let told = |title: &Title| match language {
        Language::En if !title.en.is_empty() => title.en.clone(),
        _ => title.zh.clone(),
    };
    let yes = |is: bool| if is { language.pick("是", "yes") } else { "" }.to_owned();
    let matter = case.matter.as_ref().map(|matter| {
        let path = matter.path.iter().chain([&matter.title]);
        path.map(told).collect::<Vec<_>>().join(" / ")
    });
    let holder = match &case.holder {
        Some(ActorView::Account { name: Some(name), .. }) => name.clone(),
        _ => String::new(),
    };
    // Written as texts: none of them is ever taken for a formula.
    let texts = [
        case.number.to_string(),
        case.headline.clone(),
        told(&case.state.title),
        told(&case.demand.title),
        told(&case.channel.title),
        matter.unwrap_or_default(),
        told(&case.area.title),
        case.place.clone().unwrap_or_default(),
        case.lead.as_ref().map(|lead| told(&lead.title)).unwrap_or_default(),
        holder,
    ];
    for (text, nth) in texts.iter().zip(0..) {
        sheet.write_string(row, nth, text)?;
    }
    write_time(sheet, row, 10, Some(&case.filed_at), time)?;
    write_time(sheet, row, 11, case.due_at.as_ref(), time)?;
    sheet.write_string(row, 12, yes(case.overdue))?;
    sheet.write_string(row, 13, yes(case.escalated))?;
    sheet.write_string(row, 14, yes(case.suspended))?;
    write_time(sheet, row, 15, case.closed_at.as_ref(), time)
}

/// A time as the place's clocks show it.
fn write_time(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    moment: Option<&Moment>,
    format: &Format,
) -> Result<(), XlsxError> {
    let Some(moment) = moment else { return Ok(()) };
    let local: DateTime = moment.offset.to_datetime(moment.at);
    sheet.write_datetime_with_format(row, column, local, format)?;
    Ok(())
}
