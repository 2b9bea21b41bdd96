//! Which packs and places are in force, and which were when a record was made.

use std::sync::Arc;

use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Model;

use crate::App;
use crate::error::AppError;

/// Models of earlier versions that somebody has asked about.
#[derive(Default)]
pub(crate) struct ModelCache(std::sync::Mutex<std::collections::HashMap<String, Arc<Model>>>);

impl App {
    /// The model of a version that a record of a district refers to.
    pub(crate) async fn model_version(&self, district: DistrictId, version: &str) -> Result<Arc<Model>, AppError> {
        let rules = self.rules();
        let model = &rules.of(district)?.model;
        if model.version == version {
            return Ok(Arc::clone(model));
        }
        Err(AppError::Internal(format!("the rules of version {version} are not kept")))
    }
}

impl crate::rules::Rules {
    /// No rules at all: what an application has before anything is in force.
    pub fn none() -> Self {
        Self {
            source: String::new(),
            tree: Arc::default(),
            matters: Arc::default(),
            areas: Arc::new(quanyu_geo::AreaIndex::new([]).expect("no areas cannot be wrong")),
            gazetteer: Arc::default(),
            models: std::collections::BTreeMap::new(),
            districts: std::collections::BTreeMap::new(),
        }
    }
}
