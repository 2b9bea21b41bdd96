//! Tables of rates as they look in JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quanyu_app::figures::rates::{RatesRow, RatesTable, formula};
use quanyu_app::figures::tables::EditionRow;
use quanyu_app::rules::Rules;
use quanyu_domain::model::Figures;
use quanyu_domain::refusal::Refusal;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use utoipa::ToSchema;

use crate::edge::wire::{Moment, Named, Title};
use crate::words::{UnitName, Words, unit_name};

/// A table of rates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rates)]
pub struct RatesView {
    /// Where.
    within: UnitName,
    /// When.
    period: String,
    /// What the rows are.
    by: &'static str,
    /// How the rates are reckoned, in words.
    rates: Vec<RateInWords>,
    /// The measures that everybody is told beside the rates, such as what was filed, closed and is open: how many there are
    /// stands in the `counts` of each row.
    told: Vec<ToldMeasure>,
    /// Everything together.
    total: RatesRowView,
    /// The rows: units by rank.
    rows: Vec<RatesRowView>,
    /// Until when it is counted.
    as_of: Moment,
    /// Whether the period still runs then, so that more will come.
    runs: bool,
    /// The position of the journal at which the figures are exact.
    position: i64,
    /// Version of the rules that say how rates come of counts.
    model: String,
    /// What was published of this period.
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<EditionStanding>,
}

/// A measure that everybody is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToldMeasure {
    /// Name and title.
    #[serde(flatten)]
    named: Named,
    /// The moment on whose day a case counts.
    #[schema(example = "filed")]
    on: &'static str,
    /// Whether only cases count that a condition holds for.
    conditional: bool,
}

/// How a rate is reckoned.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateInWords {
    /// Its name.
    name: String,
    /// Its title.
    title: Title,
    /// What is divided by what, in words.
    formula: Title,
    /// The measures of the numerator.
    numerator: Vec<String>,
    /// The measures of the denominator.
    denominator: Vec<String>,
    /// Whether less is better.
    less_is_better: bool,
}

/// A row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatesRowView {
    /// A unit's code, a month, a matter's code or a channel's name.
    code: String,
    /// Its name.
    title: Title,
    /// The rates by name.
    rates: BTreeMap<String, RateView>,
    /// The scores by name.
    scores: BTreeMap<String, ScoreView>,
    /// What was counted, by measure; what came to nothing is left out.
    counts: BTreeMap<String, i64>,
}

/// A rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rate)]
pub struct RateView {
    /// What is divided.
    numerator: f64,
    /// By what.
    denominator: f64,
    /// The quotient, rounded to six digits; absent where the denominator is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    /// How many cases were drawn, for a rate that comes from a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<i64>,
    /// How many cases were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    excluded: Option<i64>,
}

/// A score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Score)]
pub struct ScoreView {
    /// 0 to 1; absent where one of its rates has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    /// Its place; absent where it has no value or too few cases stand behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    /// The smallest denominator of its rates.
    cases: f64,
    /// Whether that is too small for a rank.
    too_few: bool,
}

/// What was published of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionStanding {
    /// The last edition.
    number: i64,
    /// When it was published.
    at: Moment,
    /// SHA-256 of its table.
    sha256: String,
    /// Whether the figures shown here, which are live, differ from it by now.
    differs: bool,
}

/// A decimal as a JSON number.
pub fn number(value: Decimal) -> f64 {
    // Counts and six digits behind the point lie well within what a double holds.
    value.to_f64().unwrap_or_default()
}

impl RatesRowView {
    /// From a row.
    pub fn new(row: &RatesRow) -> Self {
        let rates = row.rates.iter().map(|rate| {
            let view = RateView {
                numerator: number(rate.numerator),
                denominator: number(rate.denominator),
                value: rate.value.map(number),
                sample: rate.sample,
                excluded: rate.excluded,
            };
            (rate.rate.clone(), view)
        });
        let scores = row.scores.iter().map(|score| {
            let view = ScoreView {
                value: score.value.map(number),
                rank: score.rank,
                cases: number(score.cases),
                too_few: score.too_few,
            };
            (score.score.clone(), view)
        });
        Self {
            code: row.code.clone(),
            title: Title::from(&row.title),
            rates: rates.collect(),
            scores: scores.collect(),
            counts: row.counts.clone(),
        }
    }
}

fn in_words(figures: &Figures) -> Vec<RateInWords> {
    let view = |rate: &quanyu_domain::model::Rate| {
        let measures = |terms: &[quanyu_domain::model::Term]| terms.iter().map(|term| term.measure.clone()).collect();
        RateInWords {
            name: rate.name.clone(),
            title: Title::from(&rate.title),
            formula: Title::from(&formula(figures, rate)),
            numerator: measures(&rate.numerator),
            denominator: measures(&rate.denominator),
            less_is_better: rate.less_is_better,
        }
    };
    figures.rates.iter().map(view).collect()
}

impl RatesView {
    /// From a table and what was published of its period.
    ///
    /// # Errors
    /// When no place is set up for the unit.
    pub fn new(
        rules: &Rules,
        table: &RatesTable,
        edition: Option<(EditionRow, bool)>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let words = Words::of(rules, table.within.district())?;
        let measures = words.model.figures.measures.iter();
        let (_, end) = table.period.bounds(words.model.work_time.offset);
        Ok(Self {
            within: unit_name(rules, &table.within),
            period: table.period.to_string(),
            by: table.by.name(),
            rates: in_words(&words.model.figures),
            told: (measures.filter(|measure| measure.told))
                .map(|measure| ToldMeasure {
                    named: Named::new(&measure.name, Some(&measure.title)),
                    on: measure.on.name(),
                    conditional: measure.condition.is_some(),
                })
                .collect(),
            as_of: words.moment(now.min(end)),
            runs: now < end,
            total: RatesRowView::new(&table.total),
            rows: table.rows.iter().map(RatesRowView::new).collect(),
            position: table.position,
            model: table.model.clone(),
            edition: edition.map(|(edition, differs)| EditionStanding {
                number: edition.number,
                at: words.moment(edition.at),
                sha256: edition.sha256,
                differs,
            }),
        })
    }
}
