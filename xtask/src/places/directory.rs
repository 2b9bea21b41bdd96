//! The dispatch directory (派单目录): who handles a matter and by when. A row holds for everything below its matter, so only
//! matters that differ from what lies above them get one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::VALID_FROM;
use super::matters::Tree;
use super::table::{self, Result};

/// A row of `directory.csv`.
#[derive(Debug, Clone, Serialize)]
pub struct DirectoryRow {
    pub matter: String,
    /// A unit's code, `@function:…` or `@level:…`.
    pub lead: String,
    /// Several, separated by semicolons.
    pub assist: String,
    pub limit_class: String,
    /// The demand type for which it holds; blank: for every one.
    pub demand: String,
    pub valid_from: &'static str,
    pub valid_to: &'static str,
    pub basis: String,
}

#[derive(Deserialize)]
struct Override {
    /// Holds for every row of the city's directory at or below this matter.
    matter: String,
    lead: String,
    /// Besides the unit that leads by the city's directory: it assists.
    assist: String,
    basis: String,
}

/// The city's directory.
pub fn of_city(tree: &Tree) -> Result<Vec<DirectoryRow>> {
    let mut rows = Vec::new();
    for code in tree.matters.keys() {
        let handling = tree.handling(code)?;
        let above = code.get(..code.len() - 2).filter(|above| !above.is_empty());
        let inherited = above.map(|above| tree.handling(above)).transpose()?;
        // A filing rule keeps its row even where it agrees: its basis says which limit the source gave.
        if inherited == Some(handling) && code.len() < 10 {
            continue;
        }
        let row = row(tree, code)?;
        let consultation = above.is_none().then(|| DirectoryRow {
            limit_class: "class_a".to_owned(),
            demand: "consultation".to_owned(),
            basis: "未细分事项的咨询，不能即时答复的一日内答复，可修改".to_owned(),
            ..row.clone()
        });
        rows.push(row);
        rows.extend(consultation);
    }
    Ok(rows)
}

/// The district's own rows: what it gives to other units than the city's directory does, limits unchanged.
pub fn of_district(root: &Path, tree: &Tree, city: &[DirectoryRow]) -> Result<Vec<DirectoryRow>> {
    let overrides: Vec<Override> = table::read(root, "places/630104/source/directory-overrides.csv")?;
    let mut rows = city.to_vec();
    for own in &overrides {
        if !city.iter().any(|row| row.matter == own.matter) {
            rows.push(row(tree, &own.matter)?);
        }
    }
    rows.sort_by(|a, b| (&a.matter, &a.demand).cmp(&(&b.matter, &b.demand)));
    // The nearest override decides, as the nearest row does when the directory is read.
    let own = |row: DirectoryRow| {
        let above = overrides.iter().filter(|own| row.matter.starts_with(&own.matter));
        let nearest = above.max_by_key(|own| own.matter.len())?;
        let mut assist: Vec<&str> = nearest.assist.split(';').filter(|unit| !unit.is_empty()).collect();
        if row.lead != nearest.lead && !assist.contains(&row.lead.as_str()) {
            assist.push(&row.lead);
        }
        let (lead, assist) = (nearest.lead.clone(), assist.join(";"));
        let basis = format!("{}；{}", nearest.basis, row.basis);
        Some(DirectoryRow {
            lead,
            assist,
            basis,
            ..row
        })
    };
    Ok(rows.into_iter().filter_map(own).collect())
}

fn row(tree: &Tree, code: &str) -> Result<DirectoryRow> {
    let matter = tree
        .matters
        .get(code)
        .ok_or_else(|| format!("there is no matter {code}"))?;
    let handling = tree.handling(code)?;
    Ok(DirectoryRow {
        matter: code.to_owned(),
        lead: handling.lead,
        assist: handling.assist,
        limit_class: handling.limit,
        demand: String::new(),
        valid_from: VALID_FROM,
        valid_to: "",
        basis: matter.basis.clone(),
    })
}
