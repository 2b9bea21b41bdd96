//! `quanyu sample`: samples of closed cases.

use quanyu_app::App;
use quanyu_app::cases::Caller;
use quanyu_app::figures::Period;
use quanyu_app::figures::tables::SampleRow;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::UnitKind;

use super::Fault;
use crate::cli::SampleCommand;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: SampleCommand) -> Result<(), Fault> {
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    let done = act(&app, settings, command).await;
    app.store.close().await;
    done
}

async fn act(app: &App, settings: &Settings, command: SampleCommand) -> Result<(), Fault> {
    let caller = Caller::program();
    match command {
        SampleCommand::Draw { period, district } => {
            let period: Period = period.parse().map_err(quanyu_app::AppError::from)?;
            for district in districts(app, district) {
                let (row, new) = app.draw_sample(&caller, district, period, None).await?;
                tell(
                    app,
                    settings,
                    &row,
                    if new {
                        "新抽取 drawn"
                    } else {
                        "已抽取 drawn before"
                    },
                );
            }
        }
        SampleCommand::List { district } => {
            for district in districts(app, district) {
                for row in app.samples(&caller, district).await? {
                    tell(app, settings, &row, "");
                }
            }
        }
    }
    Ok(())
}

fn tell(app: &App, settings: &Settings, row: &SampleRow, note: &str) {
    if settings.json {
        terminal::say_json(&serde_json::json!({
            "district": row.district,
            "period": row.period,
            "plan": row.plan,
            "id": format!("{:018}", row.id),
            "seed": row.seed,
            "population": row.population,
            "drawn": row.drawn,
        }));
        return;
    }
    let rules = app.rules();
    let unit = rules
        .tree
        .iter()
        .find(|unit| unit.kind == UnitKind::District && i64::from(unit.code.district().0) == row.district);
    let name = unit.map_or("", |unit| unit.title.zh.as_str());
    terminal::say(&format!(
        "{}  {}  {name}  抽取 {} / {} 件  种子 seed {}  {note}",
        row.period, row.district, row.drawn, row.population, row.seed
    ));
}

/// The district that is meant, or every one.
fn districts(app: &App, district: Option<u32>) -> Vec<DistrictId> {
    if let Some(district) = district {
        return vec![DistrictId(district)];
    }
    let rules = app.rules();
    let units = rules.tree.iter().filter(|unit| unit.kind == UnitKind::District);
    let mut districts: Vec<DistrictId> = units.map(|unit| unit.code.district()).collect();
    districts.sort();
    districts
}
