//! Figures that packs declare: what is counted, which rates and scores come of it, and which closed cases are drawn to be
//! asked about.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::expr::Expr;
use crate::model::Milestone;
use crate::text::Title;

/// Everything that packs say about figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// What is counted (计数), in the order of the packs.
    pub measures: Vec<Measure>,
    /// Rates over it (率), in the order of the packs.
    pub rates: Vec<Rate>,
    /// Scores over rates (综合得分), in the order of the packs.
    pub scores: Vec<Score>,
    /// Drawings of closed cases (抽样), in the order of the packs.
    pub samples: Vec<SamplePlan>,
}

/// The moment whose day a case is counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedOn {
    /// The day of a milestone.
    Milestone(Milestone),
    /// The day of the closing for which the case was drawn into a sample.
    Sampled,
}

impl CountedOn {
    /// The word in packs for [`CountedOn::Sampled`].
    pub const SAMPLED: &'static str = "sampled";

    /// The name used in packs and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Milestone(milestone) => milestone.name(),
            Self::Sampled => Self::SAMPLED,
        }
    }

    /// The moment of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        let milestone = Milestone::ALL.into_iter().find(|known| known.name() == name);
        let sampled = (name == Self::SAMPLED).then_some(Self::Sampled);
        milestone.map(Self::Milestone).or(sampled)
    }
}

/// Something that is counted of cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Which cases count (see [`crate::cases::MEASURE_FIELDS`]); `None`: every one.
    #[serde(skip)]
    pub condition: Option<Expr>,
    /// On which day.
    pub on: CountedOn,
    /// Whether a case counts as often as the moment came; otherwise once, on the day on which it came last.
    pub every_time: bool,
    /// Whether everybody is told how many there are, beside the rates.
    pub told: bool,
}

/// A measure with its weight in a sum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    /// The measure.
    pub measure: String,
    /// What one counts for.
    pub times: Decimal,
}

/// A rate: one sum of measures over another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// What is divided.
    pub numerator: Vec<Term>,
    /// By what.
    pub denominator: Vec<Term>,
    /// Whether less of it is better (退单率).
    pub less_is_better: bool,
    /// The measure that says how many cases were drawn, for a rate that comes from a sample.
    pub sample: Option<String>,
    /// The measure that says how many cases were left out (剔除).
    pub excluded: Option<String>,
}

/// A rate with its weight in a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreTerm {
    /// The rate.
    pub rate: String,
    /// Its weight.
    pub weight: Decimal,
}

/// A score: the weighted mean of rates, by which units are ranked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The rates.
    pub terms: Vec<ScoreTerm>,
    /// The smallest denominator of its rates with which a unit is ranked: below it figures say little.
    pub minimum: Decimal,
}

/// How closed cases are drawn to be asked about: a share of every responsible unit's, and at least so many.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SamplePlan {
    /// snake_case name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Which closed cases may be drawn; `None`: every one.
    #[serde(skip)]
    pub condition: Option<Expr>,
    /// The share of a unit's cases, 0 to 1.
    pub share: Decimal,
    /// At least so many of a unit's cases, where it has them.
    pub minimum: u32,
}

impl Figures {
    /// The measure of this name.
    pub fn measure(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// The rate of this name.
    pub fn rate(&self, name: &str) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.name == name)
    }
}
