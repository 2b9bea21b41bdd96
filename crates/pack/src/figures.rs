//! From the tables of packs to the figures of the model.

use quanyu_domain::cases::{MEASURE_FIELDS, Satisfaction, clock_fields};
use quanyu_domain::expr::{Expr, ExprType};
use quanyu_domain::model::{CountedOn, Measure, Rate, SamplePlan, Score, ScoreTerm, Term};
use rust_decimal::Decimal;

use crate::condition::Vocabulary;
use crate::finding::Spot;
use crate::gather::{Pack, Packs};
use crate::language::phases;
use crate::record::{Record, Word};
use crate::rules::Rules;
use crate::setting::Resolver;
use crate::shape::Noun;
use crate::workflows::condition;

/// Builds what a pack says about figures, upon the rules of the packs in force.
pub(crate) fn build(packs: &Packs, pack: &Pack, rules: &mut Rules, resolver: &mut Resolver<'_, '_>) {
    let mut builder = Builder {
        packs,
        pack,
        rules,
        resolver,
    };
    for (name, record) in pack.section("measure") {
        builder.measure(name, record);
    }
    for (name, record) in pack.section("rate") {
        builder.rate(name, record);
    }
    for (name, record) in pack.section("score") {
        builder.score(name, record);
    }
    for (name, record) in pack.section("sample") {
        builder.sample(name, record);
    }
}

struct Builder<'b, 'a, 's> {
    packs: &'b Packs,
    pack: &'b Pack,
    rules: &'b mut Rules,
    resolver: &'b mut Resolver<'a, 's>,
}

impl Builder<'_, '_, '_> {
    fn measure(&mut self, name: &Word, record: &Record) {
        let Some(on) = CountedOn::by_name(&record.text("on")) else {
            return;
        };
        let every_time = record.flag("every_time");
        if every_time && on == CountedOn::Sampled {
            self.resolver.notes.error(
                record.spot_of("every_time"),
                "sampled_once",
                ("每次抽样本来就只计一次", "a case counts once for every sample as it is"),
                ("请删去", "leave it out"),
            );
        }
        let measure = Measure {
            name: name.text.clone(),
            title: record.title("title"),
            condition: self.condition(record),
            on,
            every_time,
            told: record.flag("told"),
        };
        self.rules.figures.measures.push(measure);
    }

    /// The condition under `where`, which has to be a filter: what a store could ask its rows.
    fn condition(&mut self, record: &Record) -> Option<Expr> {
        let word = record.word("where")?;
        let clocks: Vec<(String, ExprType)> = self.rules.case_types.values().flat_map(clock_fields).collect();
        let clocks = clocks.iter().map(|(name, expr_type)| (name.as_str(), *expr_type));
        let fields: Vec<(&str, ExprType)> = MEASURE_FIELDS.iter().copied().chain(clocks).collect();
        let names = |noun| -> Vec<String> {
            let names = self.packs.names(noun, &self.pack.sees).into_iter();
            names.map(str::to_owned).collect()
        };
        let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        let values = |field: &str| {
            Some(match field {
                "kind" => names(Noun::Case),
                "demand" => names(Noun::Demand),
                "channel" => names(Noun::Channel),
                "limit_class" => names(Noun::Limit),
                "outcome" => names(Noun::Outcome),
                "phase" => words(phases()),
                "satisfaction" => words(Satisfaction::ALL.map(Satisfaction::name).to_vec()),
                _ => return None,
            })
        };
        let vocabulary = Vocabulary {
            fields: &fields,
            values: &values,
        };
        let expr = condition(&word, &vocabulary, self.resolver.notes)?;
        if !expr.is_filter() {
            self.resolver.notes.error(
                word.spot,
                "not_a_filter",
                (
                    "统计口径只能由字段和常量组成",
                    "what is counted is said by fields and constants alone",
                ),
                (
                    "请写 `field`、`field == 常量`、`field in [..]` 或 `has(field)`，用 && 和 || 连接；\
                     `!field` 请写成 `field == false`",
                    "write `field`, `field == constant`, `field in [..]` or `has(field)`, joined by && and ||; \
                     `field == false` instead of `!field`",
                ),
            );
        }
        Some(expr)
    }

    fn rate(&mut self, name: &Word, record: &Record) {
        let rate = Rate {
            name: name.text.clone(),
            title: record.title("title"),
            numerator: self.terms(record, "numerator"),
            denominator: self.terms(record, "denominator"),
            less_is_better: record.flag("less_is_better"),
            sample: record.word("sample").map(|word| word.text),
            excluded: record.word("excluded").map(|word| word.text),
        };
        self.rules.figures.rates.push(rate);
    }

    fn terms(&mut self, record: &Record, key: &'static str) -> Vec<Term> {
        let terms = record.records(key);
        if terms.is_empty() && record.has(key) {
            let advice = (
                "请至少写一个量：[{ measure = \"…\" }]",
                "name at least one measure: [{ measure = \"…\" }]",
            );
            self.resolver.notes.error(
                record.spot_of(key),
                "no_terms",
                (format!("`{key}` 没有可加的量"), format!("`{key}` adds up nothing")),
                advice,
            );
        }
        let resolver = &mut self.resolver;
        let term = |term: &Record| Term {
            measure: term.text("measure"),
            times: term
                .setting("times")
                .and_then(|setting| resolver.number(setting))
                .unwrap_or(Decimal::ONE),
        };
        terms.iter().map(term).collect()
    }

    fn score(&mut self, name: &Word, record: &Record) {
        let mut terms = Vec::new();
        for term in record.records("rates") {
            let weight = term.setting("weight").and_then(|setting| self.resolver.number(setting));
            let Some(weight) = weight else { continue };
            self.within(weight, Decimal::ZERO..=Decimal::from(1000), term.spot_of("weight"));
            terms.push(ScoreTerm {
                rate: term.text("rate"),
                weight,
            });
        }
        if terms.iter().map(|term| term.weight).sum::<Decimal>().is_zero() {
            self.resolver.notes.error(
                record.spot_of("rates"),
                "no_weight",
                ("此评分的权重合计为零", "the weights of this score add up to nothing"),
                ("请至少给一个率大于 0 的权重", "give at least one rate a weight above 0"),
            );
        }
        let minimum = record.setting("minimum");
        let Some(minimum) = minimum.and_then(|setting| self.resolver.number(setting)) else {
            return;
        };
        self.rules.figures.scores.push(Score {
            name: name.text.clone(),
            title: record.title("title"),
            terms,
            minimum,
        });
    }

    fn sample(&mut self, name: &Word, record: &Record) {
        let condition = self.condition(record);
        let share = record.setting("share");
        let share = share.and_then(|setting| self.resolver.number(setting));
        let minimum = record.setting("minimum");
        let minimum = minimum.and_then(|setting| self.resolver.count(setting, record.spot_of("minimum")));
        let (Some(share), Some(minimum)) = (share, minimum) else {
            return;
        };
        self.within(share, Decimal::ZERO..=Decimal::ONE, record.spot_of("share"));
        self.rules.figures.samples.push(SamplePlan {
            name: name.text.clone(),
            title: record.title("title"),
            condition,
            share,
            minimum,
        });
    }

    fn within(&mut self, number: Decimal, bounds: std::ops::RangeInclusive<Decimal>, spot: Spot) {
        if !bounds.contains(&number) {
            let (low, high) = bounds.into_inner();
            let what = (
                format!("{number} 不在 {low} 与 {high} 之间"),
                format!("{number} does not lie between {low} and {high}"),
            );
            self.resolver.notes.error(
                spot,
                "out_of_bounds",
                what,
                ("请写其间的数", "choose a number between them"),
            );
        }
    }
}
