//! Rates, scores and rankings over sums.

use std::collections::BTreeMap;

use quanyu_domain::access::Relation;
use quanyu_domain::model::{Figures, Model, Rate, Score, Term};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::text::Title;
use quanyu_domain::units::{UnitCode, UnitKind};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::Period;
use super::sums::{add, counted_under, may_count};
use crate::App;
use crate::cases::Caller;
use crate::error::AppError;
use crate::followers::tally::{Counts, Cut, TallyKey};
use crate::rules::Rules;

/// Digits behind the point of a value: 0.946866 is shown as 94.69 %.
const DIGITS: u32 = 6;

/// What the rows of a table of rates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// 区县.
    District,
    /// 街道、乡镇.
    Subdistrict,
    /// 社区、村.
    Community,
    /// The units that answer for cases (承办单位).
    Department,
    /// 月.
    Month,
    /// 事项, of the first level or below one.
    Matter,
    /// 渠道.
    Channel,
}

impl By {
    /// Every way.
    pub const ALL: [Self; 7] = [
        Self::District,
        Self::Subdistrict,
        Self::Community,
        Self::Department,
        Self::Month,
        Self::Matter,
        Self::Channel,
    ];

    /// The name used in the API and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Subdistrict => "subdistrict",
            Self::Community => "community",
            Self::Department => "department",
            Self::Month => "month",
            Self::Matter => "matter",
            Self::Channel => "channel",
        }
    }

    /// The way of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// Whether the rows are units, which are ranked.
    pub fn is_units(self) -> bool {
        matches!(
            self,
            Self::District | Self::Subdistrict | Self::Community | Self::Department
        )
    }

    /// The level of the areas that are the rows.
    fn level(self) -> Option<u8> {
        match self {
            Self::District => Some(1),
            Self::Subdistrict => Some(2),
            Self::Community => Some(3),
            _ => None,
        }
    }
}

/// Which rates are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct RatesQuery {
    /// When.
    pub period: Period,
    /// What the rows are.
    pub by: By,
    /// Where: an area, or a unit that answers for cases. `None`: everything that the caller sees.
    pub within: Option<UnitCode>,
    /// By matter: those below this one instead of those of the first level.
    pub under: Option<String>,
}

/// A rate of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateValue {
    /// Which.
    pub rate: String,
    /// What is divided; weights may make it a fraction.
    pub numerator: Decimal,
    /// By what.
    pub denominator: Decimal,
    /// The quotient, `None` where the denominator is 0.
    pub value: Option<Decimal>,
    /// How many cases were drawn, for a rate that comes from a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<i64>,
    /// How many cases were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<i64>,
}

/// A score of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreValue {
    /// Which.
    pub score: String,
    /// 0 to 1; `None` where one of its rates has no value.
    pub value: Option<Decimal>,
    /// Its place among the rows; `None` where it has no value or too few cases stand behind it.
    pub rank: Option<u32>,
    /// The smallest denominator of its rates.
    pub cases: Decimal,
    /// Whether that is too small for a rank.
    pub too_few: bool,
}

/// A row of a table of rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatesRow {
    /// A unit's code, a month, a matter's code or a channel's name.
    pub code: String,
    /// Its name.
    pub title: Title,
    /// What was counted.
    pub counts: Counts,
    /// The rates, in the order of the packs.
    pub rates: Vec<RateValue>,
    /// The scores, in the order of the packs.
    pub scores: Vec<ScoreValue>,
}

/// A table of rates.
#[derive(Debug, Clone, PartialEq)]
pub struct RatesTable {
    /// Where.
    pub within: UnitCode,
    /// When.
    pub period: Period,
    /// What the rows are.
    pub by: By,
    /// Everything together.
    pub total: RatesRow,
    /// The rows: units by rank, the others in their own order.
    pub rows: Vec<RatesRow>,
    /// The position of the journal at which the figures are exact.
    pub position: i64,
    /// Version of the rules that say how rates come of counts.
    pub model: String,
}

/// A row before it is filled: which sums are added up for it.
struct Group {
    code: String,
    title: Title,
    keys: Vec<TallyKey>,
    /// Left out where nothing was counted.
    only_if_counted: bool,
}

impl App {
    /// A table of rates.
    ///
    /// Reads one row for each month, row of the table and district, however many cases there are.
    ///
    /// # Errors
    /// When the unit is unknown, lies outside the caller's scope, or has no such rows.
    pub async fn rates(&self, caller: &Caller, query: &RatesQuery) -> Result<RatesTable, AppError> {
        let rules = self.rules();
        let (within, relation) = subject(&rules, caller, query.within.as_ref())?;
        let model = &rules.of(within.district())?.model;
        let mut groups = vec![Group {
            code: within.to_string(),
            title: unit_title(&rules, &within),
            keys: keys(&rules, &within, relation, Cut::Month, "", &query.period),
            only_if_counted: false,
        }];
        groups.extend(self::groups(&rules, model, &within, relation, query)?);
        let keys: Vec<TallyKey> = groups.iter().flat_map(|group| group.keys.iter().cloned()).collect();
        let sums = self.sums(&keys).await?;
        let mut sums_left = sums.what.into_iter();
        let mut rows = Vec::with_capacity(groups.len());
        for group in groups {
            let mut counts = Counts::new();
            for part in sums_left.by_ref().take(group.keys.len()) {
                add(&mut counts, &part);
            }
            counts.retain(|_, count| *count != 0);
            if group.only_if_counted && counts.is_empty() {
                continue;
            }
            rows.push(row(&model.figures, group.code, group.title, counts));
        }
        let total = rows.remove(0);
        if query.by.is_units() {
            rank(&model.figures, &mut rows);
        }
        Ok(RatesTable {
            within,
            period: query.period,
            by: query.by,
            total,
            rows,
            position: sums.position,
            model: model.version.clone(),
        })
    }
}

/// The area or unit that is asked about, and how it is related to what is counted.
pub(crate) fn subject(
    rules: &Rules,
    caller: &Caller,
    within: Option<&UnitCode>,
) -> Result<(UnitCode, Relation), Refusal> {
    let within = match within {
        Some(unit) => unit.clone(),
        None => whole_scope(rules, caller).ok_or_else(|| {
            Refusal::forbidden(
                "outside_scope",
                "您的岗位没有可统计的范围",
                "your roles let you see nothing that could be counted",
            )
        })?,
    };
    let unit = rules.tree.get(&within).ok_or_else(|| {
        Refusal::invalid(
            "unknown_unit",
            "within",
            format!("没有单位 {within}"),
            format!("there is no unit {within}"),
        )
    })?;
    let relation = if unit.kind.is_area() {
        Relation::Area
    } else {
        Relation::Lead
    };
    may_count(caller, rules, &within, relation)?;
    Ok((within, relation))
}

/// The widest area that a caller sees; without one, a unit that the caller works for.
fn whole_scope(rules: &Rules, caller: &Caller) -> Option<UnitCode> {
    let level = |unit: &UnitCode| {
        rules
            .tree
            .get(unit)
            .and_then(|unit| unit.kind.level())
            .unwrap_or(u8::MAX)
    };
    if *caller == Caller::program() {
        let areas = rules.tree.iter().filter(|unit| unit.kind.is_area());
        return areas
            .map(|unit| unit.code.clone())
            .min_by_key(|code| (level(code), code.clone()));
    }
    let scope = caller.actor.scope(&rules.tree).ranges.into_iter();
    let counted = scope.filter(|(_, relation)| matches!(relation, Relation::Area | Relation::Lead));
    counted
        .map(|(unit, _)| unit)
        .min_by_key(|unit| (level(unit), unit.clone()))
}

fn keys(rules: &Rules, unit: &UnitCode, relation: Relation, cut: Cut, part: &str, period: &Period) -> Vec<TallyKey> {
    let sources = counted_under(rules, unit, relation);
    keys_of(&sources, relation, cut, part, period)
}

fn keys_of(
    sources: &[(quanyu_domain::ids::DistrictId, UnitCode)],
    relation: Relation,
    cut: Cut,
    part: &str,
    period: &Period,
) -> Vec<TallyKey> {
    let months = period.months();
    let key = |(district, unit): &(quanyu_domain::ids::DistrictId, UnitCode), month: &String| TallyKey {
        district: i64::from(district.0),
        unit: unit.to_string(),
        relation,
        cut,
        part: part.to_owned(),
        period: month.clone(),
    };
    sources
        .iter()
        .flat_map(|source| months.iter().map(move |month| key(source, month)))
        .collect()
}

fn groups(
    rules: &Rules,
    model: &Model,
    within: &UnitCode,
    relation: Relation,
    query: &RatesQuery,
) -> Result<Vec<Group>, Refusal> {
    let period = &query.period;
    let part = |cut: Cut, code: &str, title: &Title| Group {
        code: code.to_owned(),
        title: title.clone(),
        keys: keys(rules, within, relation, cut, code, period),
        only_if_counted: true,
    };
    Ok(match query.by {
        By::Month => period
            .parts()
            .iter()
            .map(|month| Group {
                code: month.to_string(),
                title: Title::new(month.to_string(), month.to_string()),
                keys: keys(rules, within, relation, Cut::Month, "", month),
                only_if_counted: false,
            })
            .collect(),
        By::Channel => model
            .channels
            .values()
            .map(|channel| part(Cut::Channel, &channel.name, &channel.title))
            .collect(),
        By::Matter => {
            let path = query.under.as_deref().map(|code| rules.matters.path(code));
            let depth = path.as_ref().map_or(0, Vec::len);
            let below = path
                .as_ref()
                .and_then(|path| path.last())
                .map(|matter| matter.code.clone());
            if depth >= quanyu_domain::cases::MATTER_LEVELS || (query.under.is_some() && below != query.under) {
                return Err(Refusal::invalid(
                    "no_such_matters",
                    "under",
                    "按事项统计只到前两级，请写一级事项代码",
                    "figures are kept for the first two levels of matters: name one of the first",
                ));
            }
            let of_level = rules.matters.all().filter(|matter| {
                let path = rules.matters.path(&matter.code);
                path.len() == depth + 1
                    && below
                        .as_ref()
                        .is_none_or(|below| path.first().is_some_and(|first| first.code == *below))
            });
            of_level
                .map(|matter| part(Cut::Matter, &matter.code, &matter.title))
                .collect()
        }
        By::District | By::Subdistrict | By::Community => {
            if relation != Relation::Area {
                return Err(no_rows(query.by));
            }
            let level = query.by.level();
            let mut units: Vec<_> = rules.tree.iter().filter(|unit| unit.kind.level() == level).collect();
            units.retain(|unit| rules.tree.is_within(&unit.code, within));
            units.sort_by(|a, b| a.code.cmp(&b.code));
            if units.is_empty() {
                return Err(no_rows(query.by));
            }
            let group = |code: &UnitCode, only_if_counted| Group {
                code: code.to_string(),
                title: unit_title(rules, code),
                keys: keys(rules, code, Relation::Area, Cut::Month, "", period),
                only_if_counted,
            };
            // A unit that has ended is shown for the time when something was counted for it.
            units
                .into_iter()
                .map(|unit| group(&unit.code, unit.valid_to.is_some()))
                .collect()
        }
        By::Department => {
            // The cases are those of the districts within; who answers for them may be a unit of the city.
            let districts: Vec<_> = match relation {
                Relation::Area => counted_under(rules, within, Relation::Area),
                _ => counted_under(rules, within, Relation::Lead),
            };
            let mut districts: Vec<_> = districts.into_iter().map(|(district, _)| district).collect();
            districts.sort();
            districts.dedup();
            let is_wide = rules
                .tree
                .get(within)
                .is_some_and(|unit| matches!(unit.kind, UnitKind::City | UnitKind::District));
            let mut units: Vec<_> = rules.tree.iter().collect();
            units.retain(|unit| {
                let answers = !matches!(unit.kind, UnitKind::City | UnitKind::District);
                let citywide = is_wide && unit.code.district().0.is_multiple_of(100);
                answers && (rules.tree.is_within(&unit.code, within) || citywide)
            });
            units.sort_by(|a, b| a.code.cmp(&b.code));
            let group = |unit: &UnitCode| {
                let own = districts
                    .iter()
                    .filter(|district| unit.district().0.is_multiple_of(100) || **district == unit.district());
                let sources: Vec<_> = own.map(|district| (*district, unit.clone())).collect();
                Group {
                    code: unit.to_string(),
                    title: unit_title(rules, unit),
                    keys: keys_of(&sources, Relation::Lead, Cut::Month, "", period),
                    only_if_counted: true,
                }
            };
            units.into_iter().map(|unit| group(&unit.code)).collect()
        }
    })
}

fn no_rows(by: By) -> Refusal {
    Refusal::invalid(
        "no_such_rows",
        "by",
        format!("该范围内没有可按 {} 分列的单位", by.name()),
        format!("there is nothing within it that could be told by {}", by.name()),
    )
}

fn unit_title(rules: &Rules, code: &UnitCode) -> Title {
    let unit = rules.tree.get(code).map(|unit| unit.title.clone());
    unit.unwrap_or_else(|| Title::new(code.to_string(), code.to_string()))
}

/// A row of counts with its rates and scores; without ranks.
pub fn row(figures: &Figures, code: String, title: Title, counts: Counts) -> RatesRow {
    let rates: Vec<RateValue> = figures.rates.iter().map(|rate| rate_of(rate, &counts)).collect();
    let scores = figures
        .scores
        .iter()
        .map(|score| score_of(figures, score, &rates))
        .collect();
    RatesRow {
        code,
        title,
        counts,
        rates,
        scores,
    }
}

fn count(counts: &Counts, measure: &str) -> i64 {
    counts.get(measure).copied().unwrap_or(0)
}

fn sum(terms: &[Term], counts: &Counts) -> Decimal {
    let parts = terms
        .iter()
        .map(|term| term.times * Decimal::from(count(counts, &term.measure)));
    parts.sum::<Decimal>().normalize()
}

/// One number over another, rounded; nothing over 0.
fn quotient(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    let value = numerator.checked_div(denominator)?;
    Some(
        value
            .round_dp_with_strategy(DIGITS, RoundingStrategy::MidpointAwayFromZero)
            .normalize(),
    )
}

fn rate_of(rate: &Rate, counts: &Counts) -> RateValue {
    let numerator = sum(&rate.numerator, counts);
    let denominator = sum(&rate.denominator, counts);
    RateValue {
        rate: rate.name.clone(),
        numerator,
        denominator,
        value: quotient(numerator, denominator),
        sample: rate.sample.as_deref().map(|measure| count(counts, measure)),
        excluded: rate.excluded.as_deref().map(|measure| count(counts, measure)),
    }
}

fn score_of(figures: &Figures, score: &Score, rates: &[RateValue]) -> ScoreValue {
    let mut weighted = Some(Decimal::ZERO);
    let mut cases: Option<Decimal> = None;
    for term in score.terms.iter().filter(|term| !term.weight.is_zero()) {
        let value = rates.iter().find(|rate| rate.rate == term.rate);
        let less = figures.rate(&term.rate).is_some_and(|rate| rate.less_is_better);
        let good = value
            .and_then(|rate| rate.value)
            .map(|value| if less { Decimal::ONE - value } else { value });
        weighted = weighted.zip(good).map(|(sum, value)| sum + value * term.weight);
        let behind = value.map_or(Decimal::ZERO, |rate| rate.denominator);
        cases = Some(cases.map_or(behind, |least| least.min(behind)));
    }
    let weights: Decimal = score.terms.iter().map(|term| term.weight).sum();
    let cases = cases.unwrap_or_default();
    ScoreValue {
        score: score.name.clone(),
        value: weighted.and_then(|sum| quotient(sum, weights)),
        rank: None,
        cases,
        too_few: cases < score.minimum,
    }
}

/// Gives places to rows by each score, the first score deciding their order. Equal scores have equal places; who has too
/// few cases has none and stands behind.
fn rank(figures: &Figures, rows: &mut [RatesRow]) {
    for at in 0..figures.scores.len() {
        let ranked: Vec<Decimal> = rows
            .iter()
            .map(|row| &row.scores[at])
            .filter(|score| !score.too_few)
            .filter_map(|score| score.value)
            .collect();
        for row in rows.iter_mut() {
            let score = &mut row.scores[at];
            if let Some(value) = score.value.filter(|_| !score.too_few) {
                let better = ranked.iter().filter(|other| **other > value).count();
                score.rank = u32::try_from(better + 1).ok();
            }
        }
    }
    rows.sort_by_key(|row| row.scores.first().and_then(|score| score.rank).unwrap_or(u32::MAX));
}

/// A rate in words: `（满意×1 + 基本满意×0.6 + 不满意×0）÷ 回访成功`, in Chinese and English.
pub fn formula(figures: &Figures, rate: &Rate) -> Title {
    let side = |terms: &[Term], name: &dyn Fn(&Title) -> String| {
        let words: Vec<String> = terms
            .iter()
            .map(|term| {
                let title = figures.measure(&term.measure).map(|measure| name(&measure.title));
                let title = title.unwrap_or_else(|| term.measure.clone());
                let times = term.times.normalize();
                if times == Decimal::ONE && terms.len() == 1 {
                    title
                } else {
                    format!("{title}×{times}")
                }
            })
            .collect();
        words.join(" + ")
    };
    let whole = |name: &dyn Fn(&Title) -> String, open: &str, close: &str| {
        let over = side(&rate.numerator, name);
        let over = if rate.numerator.len() > 1 {
            format!("{open}{over}{close}")
        } else {
            over
        };
        format!("{over} ÷ {}", side(&rate.denominator, name))
    };
    Title::new(
        whole(&|title| title.zh.clone(), "（", "）"),
        whole(&|title| title.en.clone(), "(", ")"),
    )
}

/// Rows by their code, for comparing tables.
pub(crate) fn by_code(rows: &[RatesRow]) -> BTreeMap<&str, &RatesRow> {
    rows.iter().map(|row| (row.code.as_str(), row)).collect()
}
