//! `quanyu demo`: a district that has lived for two years.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanyu_app::App;
use quanyu_app::cases::Caller;
use quanyu_app::figures::Period;
use quanyu_app::ports::SetClock;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::UnitKind;
use quanyu_pack::Sources;
use quanyu_sim::{DEMO_PASSWORD, DemoAccount, Life, Plan, Scale, demo_accounts, fill};
use quanyu_store::{ChangeSet, carry};
use serde::{Deserialize, Serialize};

use super::{Fault, pack, rates, serve};
use crate::settings::Settings;
use crate::{database, terminal, wiring};

/// What to do.
pub struct Demo {
    /// How many cases.
    pub scale: usize,
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
        "演示数据 demonstration data: {}, {} cases, seed {}",
        database::shown(settings.database.as_ref(), &settings.data),
        filled.cases,
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
    let plan = Plan {
        seed: demo.seed,
        scale: Scale::Cases(demo.scale),
        ..Plan::default()
    };
    let life = Life::load(&sources).map_err(|fault| Fault::Other(fault.to_string()))?;
    // Units, packs and accounts are as old as the life that they are to have.
    let first = plan.period.from.to_datetime(jiff::civil::Time::midnight());
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
    let summary = fill(&app, Arc::new(life), plan, |progress| bar.set_position(progress.cases))
        .await
        .map_err(|fault| Fault::Other(fault.to_string()))?;
    bar.finish_and_clear();
    if summary.cases > 0 {
        clock.set(wiring::OFFSET.to_timestamp(plan.period.until).unwrap_or(first));
        draw_samples(&app, plan.period.from).await?;
    }
    let filled = Filled {
        database: settings.database.as_ref().map(ToString::to_string),
        seed: demo.seed,
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

/// Draws the sample of every month that is over, in every district, and lets the figures catch up.
async fn draw_samples(app: &App, from: jiff::civil::Date) -> Result<(), Fault> {
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
        month = month.last_of_month().saturating_add(jiff::Span::new().days(1));
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
