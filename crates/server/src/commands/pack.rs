//! `quanyu pack`: checking, testing and activating packs.

use std::io::IsTerminal;
use std::path::Path;

use quanyu_app::cases::Caller;
use quanyu_pack::{Sources, Style, load, read_folder, report};

use super::Fault;
use crate::cli::PackCommand;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: PackCommand) -> Result<(), Fault> {
    match command {
        PackCommand::Check(args) => check(settings, &args.sources),
        PackCommand::Test(args) => test(settings, &args.sources),
        PackCommand::Activate(args) => activate(settings, &args.sources).await,
        PackCommand::Schema => {
            terminal::say_json(&quanyu_pack::schema());
            Ok(())
        }
    }
}

/// Colours where somebody looks.
fn style() -> Style {
    if std::io::stdout().is_terminal() {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// Reads packs/ and places/ below a folder.
pub fn read(folder: &Path) -> Result<Sources, Fault> {
    let mut sources = Sources::default();
    for part in ["packs", "places"] {
        let findings = read_folder(&mut sources, &folder.join(part), part);
        if findings.has_errors() {
            return Err(Fault::Other(format!("{}{findings}", findings.zh())));
        }
    }
    Ok(sources)
}

fn check(settings: &Settings, folder: &Path) -> Result<(), Fault> {
    let sources = read(folder)?;
    let (findings, sound) = match load(&sources) {
        Ok(loaded) => (loaded.warnings, true),
        Err(findings) => (findings, false),
    };
    if settings.json {
        terminal::say_json(&findings);
    } else {
        terminal::say(&report(&findings, &sources, style()));
    }
    if sound {
        Ok(())
    } else {
        Err(Fault::Other("the packs have errors".to_owned()))
    }
}

fn test(settings: &Settings, folder: &Path) -> Result<(), Fault> {
    let sources = read(folder)?;
    let files =
        quanyu_pack::scenario::read(&sources).map_err(|findings| Fault::Other(report(&findings, &sources, style())))?;
    let results: Vec<_> = files
        .iter()
        .flat_map(|file| quanyu_pack::scenario::run(&file.model, &file.tests))
        .collect();
    let failed = results.iter().filter(|result| !result.passed()).count();
    if settings.json {
        terminal::say_json(&results);
    } else {
        for result in &results {
            terminal::say(&format!(
                "{} {}",
                if result.passed() { "ok  " } else { "FAIL" },
                result.title
            ));
            for failure in &result.failures {
                terminal::say(&format!("     {failure}"));
            }
        }
        terminal::say(&format!("{} passed, {failed} failed", results.len() - failed));
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(Fault::Other(format!("{failed} scenarios failed")))
    }
}

async fn activate(settings: &Settings, folder: &Path) -> Result<(), Fault> {
    let sources = read(folder)?;
    let app = wiring::open(settings).await?;
    let activated = app.activate_sources(&Caller::program(), &sources).await?;
    app.store.close().await;
    if settings.json {
        terminal::say_json(&activated);
    } else {
        terminal::say(&format!(
            "activation {} is in force: sources {}",
            activated.number, activated.source
        ));
    }
    Ok(())
}
