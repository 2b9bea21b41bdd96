//! How the language of packs is described: tables, their keys, and what each key holds.
//!
//! One description serves three ends: it drives the reading ([`crate::read`]), the finding of unknown and missing keys,
//! and the JSON Schema for editors ([`crate::schema`]). The descriptions themselves stand in [`crate::language`].

use std::fmt;

/// A table of the language.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its name among the definitions of the JSON Schema.
    pub name: &'static str,
    /// What it says, for editors.
    pub doc: &'static str,
    /// What it may hold.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    /// The key.
    pub name: &'static str,
    /// Whether the table is nothing without it.
    pub required: bool,
    /// What it holds.
    pub kind: Kind,
    /// What it says, for editors.
    pub doc: &'static str,
}

impl Key {
    /// A key without which the table is nothing.
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            required: true,
            kind,
            doc,
        }
    }

    /// A key that may be left out.
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            required: false,
            kind,
            doc,
        }
    }
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A title in both languages: `{ zh = "…", en = "…" }`.
    Title,
    /// A text that is not empty.
    Text,
    /// A name that is given here.
    NewName,
    /// A name of something beside it in the same table, such as a state of the workflow; checked by whoever builds it.
    Beside,
    /// The name of something that a pack declares.
    Name(Noun),
    /// The same, or one word with a meaning of its own.
    NameOr(Noun, &'static str),
    /// One of the words that the program knows.
    Word(fn() -> Vec<&'static str>),
    /// Yes or no.
    Flag,
    /// A value written out, or `"{parameter}"`.
    Setting(ParameterType),
    /// `before 1 workday`, `limit`, `after {delay}`.
    Moment,
    /// A condition in CEL.
    Condition,
    /// An instant with its offset: `2024-09-30T14:05+08:00`, as a text.
    Instant,
    /// A civil date: `2024-09-30`, as a text.
    Date,
    /// A text, a number, or yes or no; what it has to be is said elsewhere.
    Scalar,
    /// Several of a kind.
    List(&'static Kind),
    /// A table.
    Table(&'static Shape),
    /// Several tables in order: `[[step]]`.
    Tables(&'static Shape),
    /// Tables by the names that they declare: `[kite.red]`.
    Named(&'static Shape),
    /// Tables by words that the program knows: `[request.extend]`.
    NamedBy(fn() -> Vec<&'static str>, &'static Shape),
    /// Scalars by the names of parameters: `kite_limit = "2 urgent_hours"`.
    Values,
}

/// What packs declare and refer to by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noun {
    /// A pack.
    Pack,
    /// A kind of case.
    Case,
    /// A workflow.
    Workflow,
    /// A class of limit.
    Limit,
    /// A ladder of escalation.
    Ladder,
    /// A demand type.
    Demand,
    /// A channel.
    Channel,
    /// An outcome.
    Outcome,
    /// A kind of evidence.
    Evidence,
    /// A kind of request.
    Request,
    /// A measure.
    Measure,
    /// A rate.
    Rate,
    /// A score.
    Score,
    /// A plan for drawing samples.
    Sample,
    /// A parameter.
    Parameter,
    /// A state of a workflow.
    State,
    /// A step of a workflow.
    Step,
    /// A clock of a kind of case.
    Clock,
    /// A step of a ladder.
    LadderStep,
}

impl Noun {
    /// How findings call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Case => "kind of case",
            Self::Workflow => "workflow",
            Self::Limit => "class of limit",
            Self::Ladder => "ladder",
            Self::Demand => "demand type",
            Self::Channel => "channel",
            Self::Outcome => "outcome",
            Self::Evidence => "kind of evidence",
            Self::Request => "kind of request",
            Self::Measure => "measure",
            Self::Rate => "rate",
            Self::Score => "score",
            Self::Sample => "sample",
            Self::Parameter => "parameter",
            Self::State => "state",
            Self::Step => "step",
            Self::Clock => "clock",
            Self::LadderStep => "step of a ladder",
        }
    }

    /// The same in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Pack => "规则包",
            Self::Case => "案件类型",
            Self::Workflow => "流程",
            Self::Limit => "时限类别",
            Self::Ladder => "提醒方案",
            Self::Demand => "诉求类型",
            Self::Channel => "渠道",
            Self::Outcome => "办结类型",
            Self::Evidence => "材料类型",
            Self::Request => "申请类型",
            Self::Measure => "量",
            Self::Rate => "率",
            Self::Score => "评分",
            Self::Sample => "抽样",
            Self::Parameter => "参数",
            Self::State => "状态",
            Self::Step => "步骤",
            Self::Clock => "时限",
            Self::LadderStep => "提醒步骤",
        }
    }

    /// The key of a pack's file under which it is declared. States, steps and clocks stand below others.
    pub(crate) const SECTIONS: [(&'static str, Self); 14] = [
        ("case", Self::Case),
        ("workflow", Self::Workflow),
        ("limit", Self::Limit),
        ("ladder", Self::Ladder),
        ("demand", Self::Demand),
        ("channel", Self::Channel),
        ("outcome", Self::Outcome),
        ("evidence", Self::Evidence),
        ("request", Self::Request),
        ("measure", Self::Measure),
        ("rate", Self::Rate),
        ("score", Self::Score),
        ("sample", Self::Sample),
        ("parameter", Self::Parameter),
    ];
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The types that parameters and settings have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ParameterType {
    /// A limit: `3 workdays`.
    Duration,
    /// A decimal number.
    Number,
    /// A time of day: `17:00`.
    TimeOfDay,
    /// Free text.
    Text,
    /// Yes or no.
    Flag,
}

impl ParameterType {
    pub const ALL: [Self; 5] = [Self::Duration, Self::Number, Self::TimeOfDay, Self::Text, Self::Flag];

    /// The word in packs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Number => "number",
            Self::TimeOfDay => "time_of_day",
            Self::Text => "text",
            Self::Flag => "flag",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// What it is, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Duration => "时长",
            Self::Number => "数",
            Self::TimeOfDay => "时刻",
            Self::Text => "文字",
            Self::Flag => "是否值",
        }
    }

    /// How one is written, for advice, in Chinese and English.
    pub fn example(self) -> (&'static str, &'static str) {
        match self {
            Self::Duration => ("时限，如 \"3 workdays\"", "a limit such as \"3 workdays\""),
            Self::Number => ("数，如 3 或 0.6", "a number such as 3 or 0.6"),
            Self::TimeOfDay => ("时刻，如 \"17:00\"", "a time of day such as \"17:00\""),
            Self::Text => ("带引号的文字", "a text in quotes"),
            Self::Flag => ("true 或 false", "true or false"),
        }
    }
}
