//! The rules in force: models, matters, directories, areas and units, as one immutable snapshot.
//!
//! Every use case takes one [`Rules`] at its beginning and decides everything with it. A change of units, directory or
//! packs builds the next snapshot and swaps it in; nobody waits for anybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use quanyu_domain::cases::{Case, Context, Position};
use quanyu_domain::directory::{Directory, Matters};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Model;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::services::Services;
use quanyu_domain::units::{UnitCode, UnitKind, UnitTree};
use quanyu_geo::{AreaIndex, Point};

use crate::gazetteer::Gazetteer;

/// What is in force.
pub struct Rules {
    /// Hash of the sources in force.
    pub source: String,
    /// The units, past and present.
    pub tree: Arc<UnitTree>,
    /// The matters.
    pub matters: Arc<Matters>,
    /// Where areas lie.
    pub areas: Arc<AreaIndex<UnitCode>>,
    /// Roads, compounds and other names of places.
    pub gazetteer: Arc<Gazetteer>,
    /// What the places in force offer to residents through other systems.
    pub services: BTreeMap<DistrictId, Arc<Services>>,
    /// The models of the places in force.
    pub models: BTreeMap<DistrictId, Arc<Model>>,
    /// What each district goes by; one without an entry follows its city.
    pub districts: BTreeMap<DistrictId, DistrictRules>,
}

/// What a district (or the city, for all of its districts that say nothing else) goes by.
#[derive(Clone)]
pub struct DistrictRules {
    /// Its model.
    pub model: Arc<Model>,
    /// Its dispatch directory.
    pub directory: Arc<Directory>,
}

impl Rules {
    /// What a district goes by: its own rules or those of its city.
    ///
    /// # Errors
    /// When neither has any: no place was set up for it.
    pub fn of(&self, district: DistrictId) -> Result<&DistrictRules, Refusal> {
        let city = DistrictId(district.0 / 100 * 100);
        self.districts
            .get(&district)
            .or_else(|| self.districts.get(&city))
            .ok_or_else(|| {
                Refusal::not_found(
                    "unknown_district",
                    format!("没有为区划 {district} 配置规则，请先初始化"),
                    format!("no place is set up for the district {district}: initialise one"),
                )
            })
    }

    /// What a district offers: its own services or those of its city. `None`: no place is set up for it.
    pub fn services_of(&self, district: DistrictId) -> Option<&Services> {
        let city = DistrictId(district.0 / 100 * 100);
        let found = self.services.get(&district).or_else(|| self.services.get(&city));
        found.map(Arc::as_ref)
    }

    /// The surroundings of a decision in a district at a time.
    ///
    /// # Errors
    /// When the district has no rules.
    pub fn context(&self, district: DistrictId, now: Timestamp) -> Result<Context<'_>, Refusal> {
        let rules = self.of(district)?;
        Ok(Context {
            model: &rules.model,
            tree: &self.tree,
            matters: &self.matters,
            directory: &rules.directory,
            now,
        })
    }

    /// Whether a case is escalated under the rules of its district, see [`Case::is_escalated`]; not where it has none.
    pub fn is_escalated(&self, case: &Case, now: Timestamp) -> bool {
        self.of(case.district)
            .is_ok_and(|rules| case.is_escalated(&rules.model, now))
    }

    /// The code of the matter of the first level above a matter, or of that one itself.
    pub fn top_matter(&self, code: Option<&str>) -> Option<&str> {
        let path = self.matters.path(code?);
        path.first().map(|matter| matter.code.as_str())
    }

    /// The areas in which a point lies, the finest first, down from the district: what a case's place keeps. Empty where
    /// the point lies in no district known here.
    pub fn locate(&self, position: Position) -> Vec<UnitCode> {
        let Ok(point) = Point::new(position.lon, position.lat) else {
            return Vec::new();
        };
        let mut found = self.areas.locate(point);
        found.sort_by(|(a, _), (b, _)| b.cmp(a));
        // Polygons may overlap at borders; the chain above the finest area is the truth.
        match found.first() {
            Some((level, code)) if *level >= DISTRICT_LEVEL => self.chain(code),
            _ => Vec::new(),
        }
    }

    /// An area and those above it up to the district, the finest first.
    pub fn chain(&self, area: &UnitCode) -> Vec<UnitCode> {
        let above = self
            .tree
            .ancestors(area)
            .filter(|u| u.kind.level().is_some_and(|level| level >= DISTRICT_LEVEL));
        let chain: Vec<UnitCode> = above.map(|unit| unit.code.clone()).collect();
        if chain.is_empty() && self.tree.get(area).is_some_and(|unit| unit.kind == UnitKind::City) {
            // A city without a district known is the place of a case that nobody could locate any better.
            return vec![area.clone()];
        }
        chain
    }

    /// Every district (and the city) under which cases are kept: what a look-up by number alone has to try.
    pub fn case_districts(&self) -> Vec<DistrictId> {
        let units = self
            .tree
            .iter()
            .filter(|u| matches!(u.kind, UnitKind::City | UnitKind::District));
        let mut districts: Vec<DistrictId> = units.map(|unit| unit.code.district()).collect();
        districts.sort();
        districts.dedup();
        districts
    }
}

/// The level of districts, see [`UnitKind::level`].
const DISTRICT_LEVEL: u8 = 1;
