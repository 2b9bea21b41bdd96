//! Published cases (公开案件) as everybody lists them: by area and matter, and by tile of the map.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::cases::{Case, Position};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_geo::{BoundingBox, Nearby, Point, Tile, cells_covering};
use quanyu_store::{Expect, Query, Record, Records, Write, table};

use super::case_of;
use crate::App;
use crate::error::AppError;
use crate::tables::CaseRow;

table! {
    /// Published cases, under everything by which they are listed (公开案件).
    pub static PUBLISHED = "published", Derived, key 3;
    /// A published case in one list.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PublishedRow {
        /// The district that owns the case.
        district: i64,
        /// The list: an area or a tile of the map, with a matter or without.
        facet: String,
        /// The case.
        case: i64,
    }
}

/// The zooms at whose tiles published cases are listed: a tile is 1.4 degrees wide at the first, about four kilometres at
/// the last. A list is that of a neighbourhood then, and a whole city is a few of them.
const ZOOMS: std::ops::RangeInclusive<u8> = 8..=13;
/// How many tiles are read for a box: more follow its edges more closely, each is a question to the store.
const TILES: usize = 9;

/// Where what is asked for is said to lie.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Lies {
    /// Anywhere.
    #[default]
    Anywhere,
    /// In this area: a community, or one above it.
    In(UnitCode),
    /// In this box.
    Within(BoundingBox),
    /// In this circle.
    Around(Nearby),
}

impl Lies {
    /// Whether a case that is listed there lies there: lists of tiles hold more than a box or a circle.
    pub fn holds(&self, position: Option<Position>) -> bool {
        let point = position.and_then(|at| Point::new(at.lon, at.lat).ok());
        match self {
            Self::Anywhere | Self::In(_) => true,
            Self::Within(bounds) => point.is_some_and(|point| bounds.contains(point)),
            Self::Around(circle) => point.is_some_and(|point| circle.contains(point)),
        }
    }

    /// The lists that hold what lies there.
    fn facets(&self, matter: Option<&str>) -> Vec<String> {
        let bounds = match self {
            Self::Anywhere => return vec![facet(None, matter)],
            Self::In(area) => return vec![facet(Some(area), matter)],
            Self::Within(bounds) => *bounds,
            Self::Around(circle) => circle.bounds(),
        };
        match tiles(&bounds) {
            Some(tiles) => tiles.iter().map(|tile| tile_facet(tile, matter)).collect(),
            // So large a box leaves out little of what there is.
            None => vec![facet(None, matter)],
        }
    }
}

/// The listed tiles that hold a box; none where it is wider than they are.
fn tiles(bounds: &BoundingBox) -> Option<BTreeSet<Tile>> {
    let covering = cells_covering(bounds, TILES).into_iter();
    covering
        .map(|tile| tile.around(*ZOOMS.end()))
        .map(|tile| ZOOMS.contains(&tile.z()).then_some(tile))
        .collect()
}

/// Which published cases are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublishedQuery {
    /// Where they are said to lie.
    pub lies: Lies,
    /// Only this matter and those below it.
    pub matter: Option<String>,
    /// After this case.
    pub after: Option<Id>,
    /// How many.
    pub limit: usize,
}

impl App {
    /// Published cases, the newest first, and where the next page begins. In a box or a circle a page may hold fewer than
    /// were asked for, even none, while another follows.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn published(&self, query: &PublishedQuery) -> Result<(Vec<Case>, Option<Id>), AppError> {
        let rules = self.rules();
        let facets = query.lies.facets(query.matter.as_deref());
        let districts = match &query.lies {
            Lies::In(area) if area.district().0 % 100 != 0 => vec![area.district()],
            _ => rules.case_districts(),
        };
        let mut rows: Vec<PublishedRow> = Vec::new();
        let mut lists = Vec::with_capacity(districts.len() * facets.len());
        for district in districts {
            lists.extend(facets.iter().map(|facet| (district, facet)));
        }
        for (district, facet) in lists {
            let mut ask = Query::by_key(&PUBLISHED, query.limit + 1)
                .equal(i64::from(district.0))
                .equal(facet.as_str())
                .descending();
            if let Some(after) = query.after {
                let mut place = ask.prefix.clone();
                place.push(after.0.into());
                ask = ask.after(place);
            }
            rows.extend(self.store.page::<PublishedRow>(&ask).await?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.case));
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(|row| Id(row.case));
        let keys = rows
            .iter()
            .map(|row| vec![row.district.into(), row.case.into()])
            .collect();
        let mut cases = Vec::with_capacity(rows.len());
        for row in self.store.records::<CaseRow>(keys).await?.into_iter().flatten() {
            let case = case_of(&row)?;
            // Taken back between the two questions.
            let Some(publication) = &case.publication else { continue };
            if query.lies.holds(publication.position) {
                cases.push(case);
            }
        }
        Ok((cases, next))
    }

    /// A published case.
    ///
    /// # Errors
    /// When there is none of this number that is published.
    pub async fn published_case(&self, id: Id) -> Result<Case, AppError> {
        let case = self.load_case(&self.rules(), None, id).await?;
        case.filter(|case| case.publication.is_some()).ok_or_else(|| {
            Refusal::not_found(
                "not_published",
                "没有这个公开案件",
                "there is no published case of this number",
            )
            .into()
        })
    }
}

/// The list of published cases of an area, a matter, both or neither.
fn facet(area: Option<&UnitCode>, matter: Option<&str>) -> String {
    let area = area.map(UnitCode::as_str).unwrap_or_default();
    format!("{area}/{}", matter.unwrap_or_default())
}

/// The list of published cases of a tile, of a matter or of all.
fn tile_facet(tile: &Tile, matter: Option<&str>) -> String {
    format!("@{}/{}/{}/{}", tile.z(), tile.x(), tile.y(), matter.unwrap_or_default())
}

/// The tiles under which a point is listed.
fn tiles_of(position: Position) -> Vec<Tile> {
    let point = Point::new(position.lon, position.lat).ok();
    let finest = point.and_then(|point| Tile::at(point, *ZOOMS.end()).ok());
    finest.map_or_else(Vec::new, |finest| ZOOMS.map(|z| finest.around(z)).collect())
}

/// The rows by which a case is listed to the public.
fn published_rows(case: &Case) -> BTreeMap<String, PublishedRow> {
    let Some(publication) = &case.publication else {
        return BTreeMap::new();
    };
    let areas = publication.areas.iter().map(Some).chain([None]);
    let tiles = publication.position.map(tiles_of).unwrap_or_default();
    // A matter's code begins with that of the one above it, two digits a level.
    let code = case.matter.as_deref().unwrap_or_default();
    let matters = (2..=code.len()).step_by(2).filter_map(|end| code.get(..end)).map(Some);
    let matters: Vec<Option<&str>> = matters.chain([None]).collect();
    let mut facets: Vec<String> = Vec::new();
    for area in areas {
        facets.extend(matters.iter().map(|matter| facet(area, *matter)));
    }
    for tile in &tiles {
        facets.extend(matters.iter().map(|matter| tile_facet(tile, *matter)));
    }
    let row = |facet: String| PublishedRow {
        district: i64::from(case.district.0),
        facet,
        case: case.id.0,
    };
    facets.into_iter().map(|facet| (facet.clone(), row(facet))).collect()
}

/// The rows of the public lists, only those that come or go.
pub(super) fn published_writes(before: Option<&Case>, after: &Case, expect: &Expect) -> Vec<Write> {
    let old = before.map(published_rows).unwrap_or_default();
    let new = published_rows(after);
    let gone = old.iter().filter(|(facet, _)| !new.contains_key(*facet));
    let come = new.iter().filter(|(facet, _)| !old.contains_key(*facet));
    gone.map(|(_, row)| Write::delete(&PUBLISHED, row.key(), Expect::Any))
        .chain(come.map(|(_, row)| Write::put(row, expect.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_box_of_a_whole_country_reads_the_list_of_everything() {
        let country = BoundingBox::of_edges(73.0, 18.0, 135.0, 54.0).unwrap();
        assert_eq!(Lies::Within(country).facets(Some("0101")), ["/0101"]);
    }

    #[test]
    fn a_box_of_a_few_streets_reads_the_lists_of_a_neighbourhood() {
        let streets = BoundingBox::of_edges(101.70, 36.60, 101.71, 36.605).unwrap();
        let facets = Lies::Within(streets).facets(None);
        assert!(
            facets.len() <= 4 && facets.iter().all(|facet| facet.starts_with("@13/")),
            "{facets:?}"
        );
    }

    proptest! {
        #[test]
        fn what_lies_in_a_box_is_in_one_of_its_lists(
            (lon, lat) in (70.0..140.0, 3.0..54.0),
            (west, east) in (0.0..3.0, 0.0..3.0),
            (south, north) in (0.0..2.0, 0.0..2.0),
        ) {
            let bounds = BoundingBox::of_edges(lon - west, lat - south, lon + east, lat + north).unwrap();
            let listed = tiles_of(Position { lon, lat });
            prop_assert_eq!(listed.len(), ZOOMS.count());
            // Once, or a case would be told twice.
            if let Some(tiles) = tiles(&bounds) {
                prop_assert!(tiles.len() <= TILES);
                prop_assert_eq!(listed.iter().filter(|tile| tiles.contains(tile)).count(), 1);
            }
        }
    }
}
