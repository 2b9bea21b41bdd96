//! `quanyu demo`: a district that has lived since the beginning of 2023, until now.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp, Unit};
use quanyu_app::App;
use quanyu_app::cases::Caller;
use quanyu_app::figures::Period;
use quanyu_app::ports::{Clock, SetClock, SystemClock};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::UnitKind;
use quanyu_pack::Sources;
use quanyu_sim::{
    DEMO_PASSWORD, DemoAccount, Life, Period as Lived, Plan, Quiet, Scale, demo_accounts, fill_bulk, publish_lately,
};
use quanyu_store::{ChangeSet, carry};
use serde::{Deserialize, Serialize};

use super::{Fault, pack, rates, serve};
use crate::settings::Settings;
use crate::{database, terminal, wiring};

/// What to do.
pub struct Demo {
    /// How many cases.
    pub scale: usize,
    /// The last day that is lived; `None`: it ends now.
    pub until: Option<Date>,
    /// Seed of the simulated life.
    pub seed: u64,
    /// Folder with packs/ and places/.
    pub sources: PathBuf,
    /// Whether to serve it then.
    pub serve: bool,
}

/// What is kept beside the data, to be told again at every start.
#[derive(Serialize, Deserialize)]
struct Filled {
    /// The database that holds it, where it is not the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    seed: u64,
    /// Until when it lived, in local time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<DateTime>,
    cases: u64,
    accounts: Vec<Account>,
}

/// A demo account, as it is told.
#[derive(Serialize, Deserialize)]
struct Account {
    login: String,
    role: String,
    unit: String,
}

/// Name of the file that says what the data folder was filled with.
const FILLED: &str = "demo.json";

/// Fills the data folder where it is empty, and serves it.
pub async fn demo(settings: &Settings, demo: &Demo) -> Result<(), Fault> {
    let file = settings.data.join(FILLED);
    // Interrupted, it is begun anew: what there is of it has a mark, and nobody else could open it.
    let begun = match &settings.database {
        Some(address) => wiring::empty_unfinished_demonstration(address).await?,
        None => false,
    };
    let filled: Filled = if file.exists() && !begun {
        let text = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
        let filled: Filled =
            serde_json::from_str(&text).map_err(|fault| Fault::Other(format!("{}: {fault}", file.display())))?;
        let asked = settings.database.as_ref().map(ToString::to_string);
        if filled.database != asked {
            return Err(Fault::Other(format!(
                "the demonstration of {} is in {}, not in {}: name another folder with --data",
                settings.data.display(),
                filled.database.as_deref().unwrap_or("the folder itself"),
                asked.as_deref().unwrap_or("the folder itself")
            )));
        }
        filled
    } else if settings.database.is_some() {
        live(settings, demo).await?
    } else {
        filled(settings, demo).await?
    };
    terminal::say(&format!(
        "演示数据 demonstration data: {}, {} cases{}, seed {}",
        database::shown(settings.database.as_ref(), &settings.data),
        filled.cases,
        filled.until.map_or_else(String::new, |until| format!(
            ", 至 until {}",
            until.strftime("%Y-%m-%d %H:%M")
        )),
        filled.seed
    ));
    terminal::say(&format!("演示账号 accounts (password {DEMO_PASSWORD}):"));
    for account in &filled.accounts {
        terminal::say(&format!(
            "  {:<18} {:<16} {}",
            account.login, account.role, account.unit
        ));
    }
    if demo.serve {
        // The accounts are as old as the life; their passwords, which everybody knows, do not grow old.
        let settings = Settings {
            password_days: 0,
            ..settings.clone()
        };
        serve::serve(&settings).await
    } else {
        Ok(())
    }
}

/// Fills a folder beside and renames it at the end: a data folder of the demonstration is whole, or not there.
async fn filled(settings: &Settings, demo: &Demo) -> Result<Filled, Fault> {
    let taken = std::fs::read_dir(&settings.data).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(Fault::Other(format!(
            "{} holds something else than demonstration data: name an empty folder with --data",
            settings.data.display()
        )));
    }
    let mut beside = settings.data.as_os_str().to_owned();
    beside.push(".filling");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        std::fs::remove_dir_all(&beside).map_err(Fault::file(&beside))?;
    }
    let key_file = match settings.key_file.strip_prefix(&settings.data) {
        Ok(inside) => beside.join(inside),
        Err(_) => settings.key_file.clone(),
    };
    let there = Settings {
        data: beside.clone(),
        key_file,
        ..settings.clone()
    };
    let filled = live(&there, demo).await?;
    if settings.data.exists() {
        std::fs::remove_dir(&settings.data).map_err(Fault::file(&settings.data))?;
    }
    std::fs::rename(&beside, &settings.data).map_err(Fault::file(&beside))?;
    Ok(filled)
}

/// Says beside the data what it was filled with.
fn told_beside(data: &Path, filled: &Filled) -> Result<(), Fault> {
    let file = data.join(FILLED);
    let text = serde_json::to_string_pretty(filled).map_err(|fault| Fault::Other(fault.to_string()))?;
    std::fs::write(&file, text).map_err(Fault::file(&file))
}

/// Fills what is empty, and says beside it with what.
async fn live(settings: &Settings, demo: &Demo) -> Result<Filled, Fault> {
    let sources = sources(&demo.sources)?;
    let from = Plan::default().period.from;
    let until = until(from, demo.until, SystemClock.now())?;
    let plan = Plan {
        seed: demo.seed,
        scale: Scale::Cases(demo.scale),
        period: Lived { from, until },
        quiet: quiet(until.date()),
    };
    let life = Life::load(&sources).map_err(|fault| Fault::Other(fault.to_string()))?;
    // Units, packs and accounts are as old as the life that they are to have.
    let first = plan.period.from.to_datetime(Time::midnight());
    let first = wiring::OFFSET
        .to_timestamp(first)
        .map_err(|fault| Fault::Other(fault.to_string()))?;
    let clock = Arc::new(SetClock::at(first));
    let app = wiring::open_for_filling(settings, clock.clone()).await?;
    if settings.database.is_some() {
        begin(&app, settings).await?;
    }
    app.initialise(&sources).await?;
    let accounts = match shown_district(&app) {
        Some(district) => demo_accounts(&app, district).await?,
        None => Vec::new(),
    };
    let bar = terminal::progress(demo.scale as u64, "案件 cases");
    // Nobody else uses the store meanwhile, and what is half filled is thrown away.
    let summary = fill_bulk(&app, Arc::new(life), plan, |progress| bar.set_position(progress.cases))
        .await
        .map_err(|fault| Fault::Other(fault.to_string()))?;
    bar.finish_and_clear();
    if summary.cases > 0 {
        let end = wiring::OFFSET.to_timestamp(plan.period.until).unwrap_or(first);
        let shown = publish_lately(&app, &clock, plan, end)
            .await
            .map_err(|fault| Fault::Other(fault.to_string()))?;
        tracing::info!(cases = shown.cases, supporters = shown.supporters, "published");
        draw_samples(&app, plan.period.from).await?;
    }
    let filled = Filled {
        database: settings.database.as_ref().map(ToString::to_string),
        seed: demo.seed,
        until: (summary.cases > 0).then_some(plan.period.until),
        cases: summary.cases,
        accounts: accounts.into_iter().map(told).collect(),
    };
    // The mark goes last: what has none is whole, and its accounts are told.
    told_beside(&settings.data, &filled)?;
    let whole = app
        .store
        .commit(ChangeSet::new().write(carry::unmark(wiring::DEMONSTRATION)));
    whole.await.map_err(|fault| Fault::Other(fault.to_string()))?;
    app.store.close().await;
    Ok(filled)
}

/// Marks a database as half filled, which must be empty.
async fn begin(app: &App, settings: &Settings) -> Result<(), Fault> {
    let told = database::shown(settings.database.as_ref(), &settings.data);
    let fault = |fault: String| Fault::Other(format!("{told}: {fault}"));
    let empty = carry::refuse_unless_empty(app.store.as_ref()).await;
    empty.map_err(|full| fault(full.to_string()))?;
    let marked = app
        .store
        .commit(ChangeSet::new().write(carry::mark(wiring::DEMONSTRATION)));
    marked.await.map_err(|refused| fault(refused.to_string()))?;
    Ok(())
}

/// When the last working day of a life ends, in local time: everybody has something on the desk.
const AFTERNOON: Time = Time::constant(16, 30, 0, 0);

/// The first day on which less comes in: 2023 and 2024 are those of which figures are shown.
const QUIET_FROM: Date = Date::constant(2025, 1, 1);
/// The days before the end that are as dense as those years: what a day is set against, and what is in flight.
const DENSE_DAYS: i64 = 75;
/// What comes in meanwhile, as a share of the usual.
const QUIET_SHARE: f64 = 0.15;

/// The time between the years of which figures are shown and the last weeks, where there is any.
fn quiet(until: Date) -> Option<Quiet> {
    let dense = until.saturating_sub(Span::new().days(DENSE_DAYS));
    (dense > QUIET_FROM).then_some(Quiet {
        from: QUIET_FROM,
        until: dense,
        share: QUIET_SHARE,
    })
}

/// Until when is lived: to the afternoon of the day, and never beyond now.
fn until(from: Date, day: Option<Date>, now: Timestamp) -> Result<DateTime, Fault> {
    let now = wiring::OFFSET.to_datetime(now);
    let now = now.round(Unit::Minute).map_or(now, |minute| minute.min(now));
    let Some(day) = day else { return Ok(now) };
    if day <= from || day > now.date() {
        return Err(Fault::Other(format!(
            "--until {day}: 演示数据自 {from} 起，至今日止 the life begins on {from} and ends today at the latest"
        )));
    }
    Ok(day.to_datetime(AFTERNOON).min(now))
}

/// Draws the sample of every month that is over, in every district, and lets the figures catch up.
async fn draw_samples(app: &App, from: Date) -> Result<(), Fault> {
    let today = wiring::OFFSET.to_datetime(app.now()).date();
    let mut month = from.first_of_month();
    let units = app.rules();
    let districts = units
        .tree
        .all()
        .into_iter()
        .filter(|unit| unit.kind == UnitKind::District);
    let districts: Vec<DistrictId> = districts.map(|unit| unit.code.district()).collect();
    while month.last_of_month() < today {
        for district in &districts {
            app.draw_sample(&Caller::program(), *district, Period::month_of(month), None)
                .await?;
        }
        month = month.last_of_month().saturating_add(Span::new().days(1));
    }
    rates::catch_up(app).await
}

/// The district that has a place of its own, beside its city's.
fn shown_district(app: &App) -> Option<DistrictId> {
    app.rules().models.keys().copied().find(|id| id.0 % 100 != 0)
}

fn told(account: DemoAccount) -> Account {
    Account {
        login: account.login,
        role: account.role.name().to_owned(),
        unit: account.unit_name,
    }
}

fn sources(folder: &Path) -> Result<Sources, Fault> {
    pack::read(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    #[test]
    fn a_life_ends_on_the_day_asked_for_and_never_in_the_future() {
        let from = date(2023, 1, 1);
        let now = wiring::OFFSET.to_timestamp(datetime(2025, 3, 5, 9, 41, 50, 0)).unwrap();
        let until = |day| until(from, day, now).map_err(|fault| fault.to_string());
        let ended = until(None).unwrap();
        assert!(ended <= datetime(2025, 3, 5, 9, 41, 50, 0) && ended >= datetime(2025, 3, 5, 9, 41, 0, 0));
        assert_eq!(
            until(Some(date(2024, 12, 31))),
            Ok(datetime(2024, 12, 31, 16, 30, 0, 0))
        );
        assert_eq!(until(Some(date(2025, 3, 5))), Ok(datetime(2025, 3, 5, 9, 41, 50, 0)));
        assert!(until(Some(date(2025, 3, 6))).unwrap_err().contains("2025-03-06"));
        assert!(until(Some(from)).is_err());
        assert_eq!(quiet(date(2024, 12, 31)), None);
        assert_eq!(
            quiet(date(2025, 3, 16)),
            None,
            "the last weeks begin with the quiet time"
        );
        let between = quiet(date(2026, 11, 23)).unwrap();
        assert_eq!((between.from, between.until), (date(2025, 1, 1), date(2026, 9, 9)));
    }
}
