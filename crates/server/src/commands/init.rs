//! `quanyu init`: an empty data folder becomes a district.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanyu_app::ports::SystemClock;
use quanyu_pack::{Sources, read_folder};

use super::Fault;
use crate::settings::Settings;
use crate::{database, terminal, wiring};

/// Fills an empty data folder with places.
pub async fn init(settings: &Settings, places: &[PathBuf], packs: Option<&Path>) -> Result<(), Fault> {
    let sources = read(places, packs)?;
    let app = Arc::new(wiring::open_for_filling(settings, Arc::new(SystemClock)).await?);
    let activated = app.initialise(&sources).await?;
    let rules = app.rules();
    terminal::say(&format!(
        "initialised {}: {} units, {} matters, {} names of places, rules {}",
        database::shown(settings.database.as_ref(), &settings.data),
        rules.tree.len(),
        rules.matters.all().count(),
        rules.gazetteer.len(),
        activated.source,
    ));
    for (file, summary) in super::import::in_flight(&app, places).await? {
        terminal::say(&format!(
            "{}: {} cases in flight taken over, {} rows left out",
            file.display(),
            summary.imported,
            summary.rejected
        ));
    }
    app.store.close().await;
    Ok(())
}

/// Reads the packs, the places named, and what these refer to: their city and calendars, which lie beside them or among the
/// places that come with the packs.
fn read(places: &[PathBuf], packs: Option<&Path>) -> Result<Sources, Fault> {
    let mut sources = Sources::default();
    let mut read = |folder: &Path, name: &str| {
        let findings = read_folder(&mut sources, folder, name);
        if findings.has_errors() {
            Err(Fault::Other(format!("{}{findings}", findings.zh())))
        } else {
            Ok(())
        }
    };
    let places: Vec<PathBuf> = places
        .iter()
        .map(|place| place.canonicalize().map_err(Fault::file(place)))
        .collect::<Result<_, _>>()?;
    let packs = packs.map_or_else(|| packs_of(&places), Path::to_owned);
    let shipped = packs.join("..").join("places");
    read(&packs, "packs")?;
    for place in &places {
        let folder = place.parent().unwrap_or(place);
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        read(place, &format!("places/{name}"))?;
        for reference in references(place)? {
            let found = [folder, &shipped].map(|folder| folder.join(&reference));
            let named = places.iter().any(|other| other.ends_with(&reference));
            if let Some(found) = found.iter().find(|path| path.is_dir() && !named) {
                read(found, &format!("places/{reference}"))?;
            }
        }
    }
    Ok(sources)
}

/// The packs beside the folder of the last place that has some there; else those of the working folder.
fn packs_of(places: &[PathBuf]) -> PathBuf {
    let beside = places
        .iter()
        .rev()
        .filter_map(|place| Some(place.parent()?.parent()?.join("packs")));
    beside
        .into_iter()
        .find(|packs| packs.is_dir())
        .unwrap_or_else(|| PathBuf::from("packs"))
}

/// The folders beside a place that its `place.toml` refers to: the city that it is part of, and calendars.
fn references(place: &Path) -> Result<Vec<String>, Fault> {
    let file = place.join("place.toml");
    let text = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
    // Whatever else is wrong with the file is told, with its place, when the packs are loaded.
    let Ok(table) = text.parse::<toml::Table>() else {
        return Ok(Vec::new());
    };
    let place = table.get("place").and_then(toml::Value::as_table);
    let mut found: Vec<String> = Vec::new();
    if let Some(city) = place
        .and_then(|place| place.get("part_of"))
        .and_then(toml::Value::as_str)
    {
        let city = city.trim_end_matches('0');
        found.push(city.to_owned());
        found.push(format!("{city:0<4}"));
    }
    let calendars = place
        .and_then(|place| place.get("calendars"))
        .and_then(toml::Value::as_array);
    found.extend(
        calendars
            .into_iter()
            .flatten()
            .filter_map(|c| c.as_str()?.strip_prefix("../").map(str::to_owned)),
    );
    // A city's calendars stand in its own file; the usual folder is read where it is there.
    found.push("calendar-cn".to_owned());
    found.sort();
    found.dedup();
    Ok(found)
}
