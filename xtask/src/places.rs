//! Tables of the places (地方数据): what lies under `places/*/source` is written by hand or by others; the tables beside
//! it that the product loads are made from it here, always the same from the same sources.

mod areas;
mod consistency;
mod directory;
mod gazetteer;
mod matters;
mod romanise;
mod table;
mod units;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use table::Result;

/// The first day of the divisions' edition of 2023; everything generated holds from then on.
const VALID_FROM: &str = "2023-01-01";

/// The root of the project, wherever the command was started: as cargo says now, for clones that share a target folder
/// share this program too.
pub fn project_root() -> PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&package).join("..")
}

/// Everything that is generated: the files' texts by their path from the project's root.
type Files = BTreeMap<&'static str, String>;

/// Writes the generated tables. The report says how large they are; an error says which source is at fault.
pub fn regenerate(root: &Path) -> Result<String> {
    let files = generate(root)?;
    for (path, text) in &files {
        fs::write(root.join(path), text).map_err(|error| format!("{path}: cannot be written: {error}"))?;
    }
    Ok(sizes(&files))
}

/// Compares the committed tables with what the sources give.
pub fn check(root: &Path) -> Result<String> {
    let files = generate(root)?;
    let stale: Vec<&str> = files
        .iter()
        .filter(|(path, text)| fs::read_to_string(root.join(path)).as_deref().ok() != Some(text.as_str()))
        .map(|(path, _)| *path)
        .collect();
    if stale.is_empty() {
        Ok(format!("{}\nall as their sources say", sizes(&files)))
    } else {
        Err(format!(
            "not what their sources give (run `cargo xtask places` and commit): {}",
            stale.join(", ")
        ))
    }
}

fn sizes(files: &Files) -> String {
    let lines = files
        .iter()
        .map(|(path, text)| format!("{path}: {} lines, {} bytes", text.lines().count(), text.len()));
    lines.collect::<Vec<_>>().join("\n")
}

fn generate(root: &Path) -> Result<Files> {
    let city_units = units::of_city(root)?;
    let district_units = units::of_district(root, &city_units)?;
    let tree = matters::tree(root)?;
    let city_directory = directory::of_city(&tree)?;
    let district_directory = directory::of_district(root, &tree, &city_directory)?;
    let drawn = areas::draw(root, &city_units, &district_units)?;
    let city_names = gazetteer::place(root, "places/6301", &drawn.city)?;
    let district_names = gazetteer::place(root, "places/630104", &drawn.city)?;

    consistency::units(&[&city_units, &district_units])?;
    consistency::matters(&tree)?;
    consistency::directory(&city_directory, &tree, &city_units, None)?;
    let all_units: Vec<units::Unit> = city_units.iter().chain(&district_units).cloned().collect();
    consistency::directory(&district_directory, &tree, &all_units, Some(units::OWN_DISTRICT))?;
    consistency::areas(&drawn.city, &city_units)?;
    consistency::areas(&drawn.district, &district_units)?;
    consistency::gazetteer(&city_names, &drawn.city)?;
    consistency::gazetteer(&district_names, &drawn.city)?;

    Ok(Files::from([
        ("places/6301/units.csv", table::write(&city_units)?),
        ("places/6301/matters.csv", table::write(&tree.rows())?),
        ("places/6301/urban-management-classes.csv", table::write(&tree.classes)?),
        ("places/6301/directory.csv", table::write(&city_directory)?),
        ("places/6301/gazetteer.csv", table::write(&city_names)?),
        ("places/6301/outlines.geojson", drawn.outlines),
        ("places/6301/areas.geojson", areas::text(&drawn.city)?),
        ("places/630104/units.csv", table::write(&district_units)?),
        ("places/630104/directory.csv", table::write(&district_directory)?),
        ("places/630104/gazetteer.csv", table::write(&district_names)?),
        ("places/630104/areas.geojson", areas::text(&drawn.district)?),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_tables_are_what_their_sources_give() {
        check(&project_root()).unwrap();
    }
}
