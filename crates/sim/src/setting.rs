//! Where cases lie: places that the gazetteer names, and points between them.

use std::collections::BTreeMap;

use quanyu_app::gazetteer::NamedPlace;
use quanyu_app::rules::Rules;
use quanyu_domain::cases::Position;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::{UnitCode, UnitKind};

use crate::dice::Dice;

/// The places of the districts that live.
pub(crate) struct Setting {
    districts: Vec<Local>,
}

/// The places of a district.
struct Local {
    /// The district itself.
    unit: UnitCode,
    named: Vec<NamedPlace>,
    /// South-west and north-east of the named places.
    bounds: Option<(Position, Position)>,
}

/// Somewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spot {
    /// The name of the place.
    pub name: String,
    /// What it is: road, compound … or `area` where only the area has a name.
    pub kind: String,
    /// Where it is.
    pub position: Position,
    /// The areas in which it lies, the finest first.
    pub areas: Vec<UnitCode>,
    /// The name of the community around it, or of the finest area above.
    pub area: String,
}

/// The share of spots at a place with a name; the others are anywhere in the district.
const NAMED: f64 = 0.72;
/// How far spots lie from the place by whose name they are told, in metres.
const SPREAD_M: f64 = 90.0;
/// How often a point is thrown before a named place is taken instead.
const THROWS: usize = 12;
/// How far beyond the named places the district is looked for, in degrees.
const MARGIN: f64 = 0.008;
const METRES_PER_DEGREE: f64 = 111_320.0;

impl Setting {
    /// The places of these districts, in their order.
    pub fn of(rules: &Rules, districts: &[DistrictId]) -> Self {
        let mut named: BTreeMap<DistrictId, Vec<NamedPlace>> = BTreeMap::new();
        for place in rules.gazetteer.places() {
            // A name may be known without its area; the point tells.
            if let Some(district) = rules.locate(place.position).last() {
                named.entry(district.district()).or_default().push(place.clone());
            }
        }
        let local = |id: &DistrictId| {
            let named = named.remove(id).unwrap_or_default();
            let unit = rules
                .tree
                .all()
                .into_iter()
                .find(|unit| unit.kind == UnitKind::District && unit.code.district() == *id);
            let bounds = named
                .iter()
                .map(|place| place.position)
                .fold(None, |bounds, at| match bounds {
                    None => Some((at, at)),
                    Some((low, high)) => Some((
                        Position {
                            lon: f64::min(low.lon, at.lon),
                            lat: f64::min(low.lat, at.lat),
                        },
                        Position {
                            lon: f64::max(high.lon, at.lon),
                            lat: f64::max(high.lat, at.lat),
                        },
                    )),
                });
            unit.map(|unit| Local {
                unit: unit.code.clone(),
                named,
                bounds,
            })
        };
        Self {
            districts: districts.iter().filter_map(local).collect(),
        }
    }

    /// The district itself.
    pub fn district(&self, at: usize) -> Option<&UnitCode> {
        self.districts.get(at).map(|local| &local.unit)
    }

    /// Somewhere in a district. `None`: nothing is known of where anything lies there.
    pub fn somewhere(&self, rules: &Rules, district: usize, dice: &mut Dice) -> Option<Spot> {
        let local = self.districts.get(district)?;
        if let Some((low, high)) = local.bounds.filter(|_| !dice.happens(NAMED)) {
            for _ in 0..THROWS {
                let across = |from: f64, to: f64, part: f64| from - MARGIN + part * (to - from + 2.0 * MARGIN);
                let position = Position {
                    lon: across(low.lon, high.lon, dice.unit()),
                    lat: across(low.lat, high.lat, dice.unit()),
                };
                let areas = rules.locate(position);
                if areas.last() == Some(&local.unit) {
                    let area = area_name(rules, &areas);
                    return Some(Spot {
                        name: area.clone(),
                        kind: "area".to_owned(),
                        position,
                        areas,
                        area,
                    });
                }
            }
        }
        let place = dice.pick(&local.named)?;
        self.near(rules, place.position, &place.name, &place.kind, SPREAD_M, dice)
    }

    /// Somewhere near a point, in the same district.
    pub fn near(
        &self,
        rules: &Rules,
        centre: Position,
        name: &str,
        kind: &str,
        spread_m: f64,
        dice: &mut Dice,
    ) -> Option<Spot> {
        let home = rules.locate(centre);
        let north = dice.normal() * spread_m / METRES_PER_DEGREE;
        let east = dice.normal() * spread_m / (METRES_PER_DEGREE * libm::cos(centre.lat.to_radians()));
        let moved = Position {
            lon: rounded(centre.lon + east),
            lat: rounded(centre.lat + north),
        };
        let areas = rules.locate(moved);
        let (position, areas) = if areas.last() == home.last() {
            (moved, areas)
        } else {
            (centre, home)
        };
        let area = area_name(rules, &areas);
        (!areas.is_empty()).then(|| Spot {
            name: name.to_owned(),
            kind: kind.to_owned(),
            position,
            areas,
            area,
        })
    }
}

/// Six decimals of a degree are a tenth of a metre.
fn rounded(degrees: f64) -> f64 {
    libm::round(degrees * 1e6) / 1e6
}

/// The name of the community among some areas, or of the finest area above it.
fn area_name(rules: &Rules, areas: &[UnitCode]) -> String {
    let units = areas.iter().filter_map(|code| rules.tree.get(code));
    let known = units.filter(|unit| unit.kind != UnitKind::Grid);
    known.map(|unit| unit.title.zh.clone()).next().unwrap_or_default()
}
