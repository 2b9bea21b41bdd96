//! Which packs and places are in force, and which were when a record was made.

use std::sync::Arc;

use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Model;

use crate::App;
use crate::error::AppError;

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
