//! `quanyu rates`: rates at the terminal, and closing a period.

use quanyu_app::cases::Caller;
use quanyu_app::figures::Period;
use quanyu_app::figures::rates::{By, RatesQuery, RatesRow, formula};
use quanyu_app::figures::tables::EditionRow;
use quanyu_app::followers::tally::Tally;
use quanyu_app::{App, AppError, followers};
use quanyu_domain::model::Figures;
use quanyu_domain::units::UnitCode;
use rust_decimal::Decimal;
use serde_json::json;

use super::Fault;
use crate::cli::{RatesArgs, RatesCommand};
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: Option<RatesCommand>, show: &RatesArgs) -> Result<(), Fault> {
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    catch_up(&app).await?;
    let done = match command {
        Some(command) => act(&app, settings, command).await,
        None => shown(&app, settings, show).await,
    };
    app.store.close().await;
    done
}

/// Lets the figures take in everything that has happened: no server runs beside a command.
pub async fn catch_up(app: &App) -> Result<(), Fault> {
    let follower = std::sync::Arc::new(Tally);
    Ok(followers::run_until_caught_up(app, &[follower]).await?)
}

async fn act(app: &App, settings: &Settings, command: RatesCommand) -> Result<(), Fault> {
    let caller = Caller::program();
    match command {
        RatesCommand::Close { period, within, reason } => {
            let within = within.as_deref().map(unit).transpose()?;
            let edition = app
                .close_rates(&caller, within.as_ref(), self::period(&period)?, reason)
                .await?;
            tell_edition(app, settings, &edition)
        }
        RatesCommand::Editions { period, within } => {
            let within = within.as_deref().map(unit).transpose()?;
            let editions = app.editions(&caller, within.as_ref(), self::period(&period)?).await?;
            if editions.is_empty() && !settings.json {
                terminal::say("尚未定版 nothing is published of this period yet");
            }
            editions
                .iter()
                .try_for_each(|edition| tell_edition(app, settings, edition))
        }
    }
}

fn unit(text: &str) -> Result<UnitCode, Fault> {
    text.parse()
        .map_err(|_| Fault::Other(format!("`{text}` is no unit's code")))
}

fn period(text: &str) -> Result<Period, Fault> {
    text.parse().map_err(|refusal| AppError::Refused(refusal).into())
}

/// What a table shows, live or as it was published.
struct Table {
    title: String,
    position: i64,
    model: String,
    note: String,
    total: RatesRow,
    rows: Vec<RatesRow>,
}

async fn shown(app: &App, settings: &Settings, args: &RatesArgs) -> Result<(), Fault> {
    let by = By::by_name(&args.by).ok_or_else(|| {
        let known = By::ALL.map(By::name).join(", ");
        Fault::Other(format!("`{}` is no kind of row: choose of {known}", args.by))
    })?;
    let text = args
        .period
        .as_deref()
        .ok_or_else(|| Fault::Other("say for which time: --period 2024".to_owned()))?;
    let query = RatesQuery {
        period: period(text)?,
        by,
        within: args.within.as_deref().map(unit).transpose()?,
        under: args.under.clone(),
    };
    let caller = Caller::program();
    let live = app.rates(&caller, &query).await?;
    let rules = app.rules();
    let figures = &rules.of(live.within.district()).map_err(AppError::from)?.model.figures;
    let name = rules
        .tree
        .get(&live.within)
        .map_or_else(String::new, |unit| unit.title.zh.clone());
    let title = format!("{name} {}", live.period);
    let table = match args.edition {
        Some(number) => {
            let edition = app.edition(&caller, Some(&live.within), live.period, number).await?;
            let mut frozen = edition.frozen()?;
            Table {
                title: format!("{title} 第 {number} 版"),
                position: edition.position,
                model: edition.model,
                note: format!("sha256 {}", edition.sha256),
                rows: frozen.tables.remove(&by).unwrap_or_default(),
                total: frozen.total,
            }
        }
        None => {
            let note = match app.standing_of(&live).await? {
                None => "未定版 not published".to_owned(),
                Some((edition, true)) => format!(
                    "已定版第 {} 版，现有数据与其不同 edition {} is published, the live figures differ from it",
                    edition.number, edition.number
                ),
                Some((edition, false)) => {
                    format!(
                        "已定版第 {} 版，数据一致 as published in edition {}",
                        edition.number, edition.number
                    )
                }
            };
            Table {
                title,
                position: live.position,
                model: live.model,
                note,
                total: live.total,
                rows: live.rows,
            }
        }
    };
    if settings.json {
        terminal::say_json(&as_json(figures, by, &table));
    } else if args.csv {
        as_csv(figures, &table)?;
    } else {
        as_text(figures, &table);
    }
    Ok(())
}

fn as_json(figures: &Figures, by: By, table: &Table) -> serde_json::Value {
    let row = |row: &RatesRow| json!({"code": row.code, "title": row.title, "rates": row.rates, "scores": row.scores, "counts": row.counts});
    let formulas: serde_json::Map<String, serde_json::Value> = figures
        .rates
        .iter()
        .map(|rate| (rate.name.clone(), json!(formula(figures, rate))))
        .collect();
    json!({
        "by": by.name(),
        "position": table.position,
        "model": table.model,
        "formulas": formulas,
        "total": row(&table.total),
        "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn as_csv(figures: &Figures, table: &Table) -> Result<(), Fault> {
    let fault = |fault: csv::Error| Fault::Other(fault.to_string());
    let mut writer = csv::Writer::from_writer(std::io::stdout());
    let mut head = vec![
        "代码".to_owned(),
        "名称".to_owned(),
        "名次".to_owned(),
        "得分".to_owned(),
    ];
    for rate in &figures.rates {
        let title = &rate.title.zh;
        head.extend([
            title.clone(),
            format!("{title}分子"),
            format!("{title}分母"),
            format!("{title}剔除"),
        ]);
    }
    writer.write_record(&head).map_err(fault)?;
    let number = |value: Option<Decimal>| value.map_or_else(String::new, |value| value.to_string());
    for row in table.rows.iter().chain([&table.total]) {
        let score = row.scores.first();
        let mut cells = vec![
            row.code.clone(),
            row.title.zh.clone(),
            score
                .and_then(|score| score.rank)
                .map_or_else(String::new, |rank| rank.to_string()),
            number(score.and_then(|score| score.value)),
        ];
        for rate in &row.rates {
            cells.extend([
                number(rate.value),
                rate.numerator.to_string(),
                rate.denominator.to_string(),
                rate.excluded.map_or_else(String::new, |count| count.to_string()),
            ]);
        }
        writer.write_record(&cells).map_err(fault)?;
    }
    writer.flush().map_err(|fault| Fault::Other(fault.to_string()))
}

/// `98.96%`, or a dash where there is no value.
fn percent(value: Option<Decimal>) -> String {
    value.map_or_else(
        || "—".to_owned(),
        |value| {
            let percent = value * Decimal::ONE_HUNDRED;
            let rounded = percent.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            format!("{rounded:.2}%")
        },
    )
}

fn as_text(figures: &Figures, table: &Table) {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut head = vec![
        "名次".to_owned(),
        "名称".to_owned(),
        "得分".to_owned(),
        "回访".to_owned(),
    ];
    head.extend(figures.rates.iter().map(|rate| rate.title.zh.clone()));
    head.push("剔除".to_owned());
    lines.push(head);
    let mut total = table.total.clone();
    total.title.zh = "合计".to_owned();
    for row in table.rows.iter().chain([&total]) {
        let score = row.scores.first();
        let rank = match score {
            Some(score) if score.rank.is_some() => score.rank.map_or_else(String::new, |rank| rank.to_string()),
            // Too few cases stand behind it: the value is shown, the unit is not ranked.
            Some(score) if score.too_few && score.value.is_some() && row.code != table.total.code => {
                "样本少".to_owned()
            }
            _ => String::new(),
        };
        let mut cells = vec![
            rank,
            row.title.zh.clone(),
            percent(score.and_then(|score| score.value)),
            score.map_or_else(String::new, |score| score.cases.to_string()),
        ];
        cells.extend(row.rates.iter().map(|rate| percent(rate.value)));
        let excluded = row.rates.iter().find_map(|rate| rate.excluded);
        cells.push(excluded.unwrap_or(0).to_string());
        lines.push(cells);
    }
    terminal::say(&format!("{}  （{}）", table.title, table.note));
    for line in aligned(&lines) {
        terminal::say(&line);
    }
    terminal::say("");
    for rate in &figures.rates {
        terminal::say(&format!("{} = {}", rate.title.zh, formula(figures, rate).zh));
    }
    terminal::say(&format!(
        "流水位置 position {}，规则版本 rules {}",
        table.position, table.model
    ));
}

/// Columns of a terminal that a text takes: Chinese characters and their punctuation take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|letter| if u32::from(letter) >= 0x2E80 { 2 } else { 1 })
        .sum()
}

/// Cells in columns: names to the left, numbers to the right.
fn aligned(lines: &[Vec<String>]) -> Vec<String> {
    let columns = lines.first().map_or(0, Vec::len);
    let widest: Vec<usize> = (0..columns)
        .map(|at| {
            lines
                .iter()
                .filter_map(|line| line.get(at))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let pad = |(at, cell): (usize, &String)| {
        let gap = " ".repeat(widest[at] - width(cell));
        if at == 1 {
            format!("{cell}{gap}")
        } else {
            format!("{gap}{cell}")
        }
    };
    lines
        .iter()
        .map(|line| line.iter().enumerate().map(pad).collect::<Vec<_>>().join("  "))
        .collect()
}

fn tell_edition(app: &App, settings: &Settings, edition: &EditionRow) -> Result<(), Fault> {
    let differences = edition.changes()?;
    if settings.json {
        terminal::say_json(&json!({
            "unit": edition.unit,
            "period": edition.period,
            "edition": edition.number,
            "position": edition.position,
            "model": edition.model,
            "sha256": edition.sha256,
            "differences": differences,
        }));
        return Ok(());
    }
    let rules = app.rules();
    let unit: UnitCode = unit(&edition.unit)?;
    let name = rules.tree.get(&unit).map_or("", |unit| unit.title.zh.as_str());
    let figures = &rules.of(unit.district()).map_err(AppError::from)?.model.figures;
    terminal::say(&format!(
        "{name} {} 第 {} 版 edition {}  sha256 {}",
        edition.period, edition.number, edition.number, edition.sha256
    ));
    let said = |value: Option<(Decimal, Decimal, Option<Decimal>)>| {
        value.map_or_else(
            || "—".to_owned(),
            |(numerator, denominator, value)| format!("{}（{numerator}/{denominator}）", percent(value)),
        )
    };
    for difference in differences {
        let rate = figures
            .rate(&difference.rate)
            .map_or(difference.rate.as_str(), |rate| rate.title.zh.as_str());
        terminal::say(&format!(
            "  {} {rate}: {} → {}",
            difference.title.zh,
            said(difference.before),
            said(difference.after)
        ));
    }
    Ok(())
}
