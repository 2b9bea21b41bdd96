//! Published cases near a place, for somebody who is about to report something there.

use quanyu_domain::cases::{Case, Position};
use quanyu_domain::model::Phase;
use quanyu_geo::{Nearby, Point, distance_m};

use super::{Lies, PublishedQuery};
use crate::App;
use crate::error::AppError;

/// How far is near, in metres: published points are the middles of cells of about a kilometre.
const NEAR: f64 = 1_500.0;
/// How many of the newest are looked at.
const LOOKED_AT: usize = 200;

/// A published case near a place.
#[derive(Debug, Clone, PartialEq)]
pub struct NearbyCase {
    /// The case.
    pub case: Case,
    /// From the place to the published point, in metres.
    pub metres: f64,
    /// How many levels its matter has in common with the one asked about.
    pub same_levels: usize,
}

impl App {
    /// What is published and open near a place: first what shares more levels of the matter, then the nearer, then the
    /// newer.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn published_near(
        &self,
        position: Position,
        matter: Option<&str>,
        limit: usize,
    ) -> Result<Vec<NearbyCase>, AppError> {
        let point = |at: Position| Point::new(at.lon, at.lat).ok();
        let Some(circle) = point(position).and_then(|at| Nearby::new(at, NEAR).ok()) else {
            return Ok(Vec::new());
        };
        let query = PublishedQuery {
            lies: Lies::Around(circle),
            limit: LOOKED_AT,
            ..PublishedQuery::default()
        };
        let (cases, _) = self.published(&query).await?;
        let found = cases.into_iter().filter(|case| case.phase != Phase::Closed);
        let mut found: Vec<NearbyCase> = found
            .filter_map(|case| {
                let lies = case.publication.as_ref()?.position?;
                Some(NearbyCase {
                    metres: distance_m(point(position)?, point(lies)?),
                    same_levels: same_levels(matter, case.matter.as_deref()),
                    case,
                })
            })
            .collect();
        found.sort_by(|a, b| {
            let levels = b.same_levels.cmp(&a.same_levels);
            let nearer = levels.then(a.metres.total_cmp(&b.metres));
            nearer.then(b.case.id.cmp(&a.case.id))
        });
        found.truncate(limit);
        Ok(found)
    }
}

/// How many levels two matters have in common, two digits each.
fn same_levels(one: Option<&str>, other: Option<&str>) -> usize {
    let (Some(one), Some(other)) = (one, other) else {
        return 0;
    };
    let levels = one.as_bytes().chunks(2).zip(other.as_bytes().chunks(2));
    levels.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::same_levels;

    #[test]
    fn matters_share_levels_from_the_first() {
        assert_eq!(same_levels(Some("010203"), Some("010204")), 2);
        assert_eq!(same_levels(Some("010203"), Some("020203")), 0);
        assert_eq!(same_levels(Some("01"), Some("010203")), 1);
        assert_eq!(same_levels(None, Some("01")), 0);
    }
}
