//! The language of figures: measures, rates, scores, samples.

use quanyu_domain::model::{CountedOn, Milestone};

use crate::shape::{Key, Kind, Noun, ParameterType, Shape};

pub(crate) static MEASURE: Shape = Shape {
    name: "measure",
    doc: "Something that is counted of cases.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "on",
            Kind::Word(moments),
            "The moment whose day a case is counted on: a milestone, or `sampled`, the closing for which it was drawn.",
        ),
        Key::optional(
            "where",
            Kind::Condition,
            "Which cases count, in CEL: fields against constants, `in`, `has`, joined by && and ||; all by default.",
        ),
        Key::optional(
            "every_time",
            Kind::Flag,
            "Whether a case counts as often as the moment came; once, the last time, by default.",
        ),
        Key::optional(
            "told",
            Kind::Flag,
            "Whether everybody is told how many there are, beside the rates; they are not by default.",
        ),
    ],
};

pub(crate) static RATE: Shape = Shape {
    name: "rate",
    doc: "One sum of measures divided by another.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("numerator", Kind::Tables(&TERM), "What is divided."),
        Key::required("denominator", Kind::Tables(&TERM), "By what."),
        Key::optional(
            "less_is_better",
            Kind::Flag,
            "Whether less of it is better; more is by default.",
        ),
        Key::optional(
            "sample",
            Kind::Name(Noun::Measure),
            "The measure that says how many cases were drawn, where it comes from a sample.",
        ),
        Key::optional(
            "excluded",
            Kind::Name(Noun::Measure),
            "The measure that says how many cases were left out.",
        ),
    ],
};

static TERM: Shape = Shape {
    name: "term",
    doc: "A measure in a sum.",
    keys: &[
        Key::required("measure", Kind::Name(Noun::Measure), "The measure."),
        Key::optional(
            "times",
            Kind::Setting(ParameterType::Number),
            "What one counts for; 1 by default.",
        ),
    ],
};

pub(crate) static SCORE: Shape = Shape {
    name: "score",
    doc: "The weighted mean of rates, by which units are ranked. A rate of which less is better counts as 1 less it.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("rates", Kind::Tables(&SCORE_TERM), "The rates."),
        Key::required(
            "minimum",
            Kind::Setting(ParameterType::Number),
            "The smallest denominator of its rates with which a unit is ranked.",
        ),
    ],
};

static SCORE_TERM: Shape = Shape {
    name: "score_term",
    doc: "A rate in a score.",
    keys: &[
        Key::required("rate", Kind::Name(Noun::Rate), "The rate."),
        Key::required("weight", Kind::Setting(ParameterType::Number), "Its weight."),
    ],
};

pub(crate) static SAMPLE: Shape = Shape {
    name: "sample",
    doc: "How closed cases are drawn to be asked about: a share of every responsible unit's, and at least so many.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "share",
            Kind::Setting(ParameterType::Number),
            "The share of a unit's cases, 0 to 1.",
        ),
        Key::required(
            "minimum",
            Kind::Setting(ParameterType::Number),
            "At least so many of a unit's cases, where it has them.",
        ),
        Key::optional(
            "where",
            Kind::Condition,
            "Which closed cases may be drawn; all by default.",
        ),
    ],
};

fn moments() -> Vec<&'static str> {
    let milestones = Milestone::ALL.map(Milestone::name).into_iter();
    milestones.chain([CountedOn::SAMPLED]).collect()
}
