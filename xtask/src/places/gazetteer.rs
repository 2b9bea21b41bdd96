//! Names of roads, compounds and venues (地名), each put somewhere inside the community that it belongs to. The position is
//! illustrative like the community's outline; the community is what the name tells.

use std::path::Path;

use quanyu_geo::{Area, AreaIndex, Point, bounds};
use serde::{Deserialize, Serialize};

use super::areas::DrawnArea;
use super::table::{self, Result};

/// A row of `gazetteer.csv`.
#[derive(Debug, Clone, Serialize)]
pub struct Name {
    pub name: String,
    /// Other names, separated by spaces.
    pub aliases: String,
    /// `road`, `compound` or `place`.
    pub kind: String,
    pub lon: f64,
    pub lat: f64,
    /// The community's code.
    pub area: String,
}

#[derive(Deserialize)]
struct NameSource {
    name: String,
    aliases: String,
    kind: String,
    area: String,
}

/// Gives every name of the folder's source a position.
pub fn place(root: &Path, folder: &str, areas: &[DrawnArea]) -> Result<Vec<Name>> {
    let path = format!("{folder}/source/gazetteer-names.csv");
    let names: Vec<NameSource> = table::read(root, &path)?;
    let located = names.into_iter().map(|row| {
        let area = areas.iter().find(|area| area.code == row.area);
        let area = area.ok_or_else(|| format!("{path}: {} lies in {}, which has no outline", row.name, row.area))?;
        let point = somewhere(area, &row.name).ok_or_else(|| format!("{path}: no room for {}", row.name))?;
        let NameSource {
            name,
            aliases,
            kind,
            area,
        } = row;
        Ok(Name {
            name,
            aliases,
            kind,
            lon: point.lon(),
            lat: point.lat(),
            area,
        })
    });
    located.collect()
}

/// An index that holds one area alone.
pub fn index(area: &DrawnArea) -> Result<AreaIndex<()>> {
    AreaIndex::new([Area {
        key: (),
        level: 0,
        outline: area.outline.clone(),
    }])
    .map_err(|error| error.to_string())
}

/// A point in the area that depends on nothing but the area and the name.
fn somewhere(area: &DrawnArea, name: &str) -> Option<Point> {
    let frame = bounds(&area.outline)?;
    let (from, to) = (frame.south_west(), frame.north_east());
    let index = index(area).ok()?;
    (0..1000_u32).find_map(|attempt| {
        let dice = scatter(&format!("{}{name}{attempt}", area.code));
        let share = |bits: u64| bits as f64 / f64::from(u32::MAX);
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        let lon = from.lon() + (to.lon() - from.lon()) * share(dice >> 32);
        let lat = from.lat() + (to.lat() - from.lat()) * share(dice & u64::from(u32::MAX));
        let point = Point::new(round(lon), round(lat)).ok()?;
        index.locate_at(point, 0).map(|()| point)
    })
}

/// FNV-1a, with its bits mixed once more so that names that differ in their last character lie apart.
fn scatter(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}
