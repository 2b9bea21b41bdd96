//! Conditions in words, for those who read rules and write none.

use super::{Comparison, Constant, Expr, ExprValue, TextTest};
use crate::text::Title;

/// What fields and their values are called.
pub trait Terms {
    /// A field: `回访未接通次数`; of a condition, that it holds: `已联系诉求人`.
    fn field(&self, name: &str) -> Title;

    /// That a field that is a condition does not hold: `未联系诉求人`.
    fn not(&self, name: &str) -> Title;

    /// A value of a field.
    fn value(&self, field: &str, value: &str) -> Title;
}

impl Expr {
    /// The condition in words.
    pub fn words(&self, terms: &dyn Terms) -> Title {
        match self {
            Self::Constant(value) => constant(value, None, terms),
            Self::Field { name, .. } => terms.field(name),
            Self::Has(name) => around(("有", ""), ("has ", ""), &terms.field(name)),
            Self::Not(inner) => match inner.as_ref() {
                Self::Field { name, .. } => terms.not(name),
                Self::Has(name) => around(("没有", ""), ("has no ", ""), &terms.field(name)),
                other => around(("并非（", "）"), ("not (", ")"), &other.words(terms)),
            },
            Self::And(parts) => joined(parts, ("，且", ", and "), terms),
            Self::Or(parts) => joined(parts, ("，或", ", or "), terms),
            Self::Compare(left, how, right) => compared(left, *how, right, terms),
            Self::In(what, list) => {
                let field = name_of(what);
                let items: Vec<Title> = list.iter().map(|item| constant(item, field, terms)).collect();
                let what = what.words(terms);
                let zh: Vec<&str> = items.iter().map(|item| item.zh.as_str()).collect();
                let en: Vec<&str> = items.iter().map(|item| item.en.as_str()).collect();
                Title::new(
                    format!("{}为{}", what.zh, zh.join("、")),
                    format!("{} is one of {}", what.en, en.join(", ")),
                )
            }
            Self::Arithmetic(left, how, right) => {
                let (left, right) = (left.words(terms), right.words(terms));
                let sign = how.sign();
                Title::new(
                    format!("（{} {sign} {}）", left.zh, right.zh),
                    format!("({} {sign} {})", left.en, right.en),
                )
            }
            Self::TextTest(text, test, part) => {
                let (text, part) = (text.words(terms), part.words(terms));
                match test {
                    TextTest::StartsWith => Title::new(
                        format!("{}以{}开头", text.zh, part.zh),
                        format!("{} begins with {}", text.en, part.en),
                    ),
                    TextTest::Contains => Title::new(
                        format!("{}含有{}", text.zh, part.zh),
                        format!("{} contains {}", text.en, part.en),
                    ),
                }
            }
            Self::Size(text) => around(("", "的字数"), ("the length of ", ""), &text.words(terms)),
        }
    }
}

fn around(zh: (&str, &str), en: (&str, &str), inner: &Title) -> Title {
    Title::new(
        format!("{}{}{}", zh.0, inner.zh, zh.1),
        format!("{}{}{}", en.0, inner.en, en.1),
    )
}

/// The field that an expression is, if it is one.
fn name_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Field { name, .. } => Some(name),
        _ => None,
    }
}

fn constant(value: &Constant, field: Option<&str>, terms: &dyn Terms) -> Title {
    match (value, field) {
        (ExprValue::Bool(true), _) => Title::new("是", "yes"),
        (ExprValue::Bool(false), _) => Title::new("否", "no"),
        (ExprValue::Text(text), Some(field)) => around(("“", "”"), ("“", "”"), &terms.value(field, text)),
        (ExprValue::Text(text), None) => Title::new(format!("“{text}”"), format!("“{text}”")),
        (other, _) => Title::new(other.to_string(), other.to_string()),
    }
}

fn joined(parts: &[Expr], by: (&str, &str), terms: &dyn Terms) -> Title {
    let words = parts.iter().map(|part| {
        let words = part.words(terms);
        // What is joined otherwise stands in brackets: who reads words knows no order of binding.
        match part {
            Expr::And(_) | Expr::Or(_) => around(("（", "）"), ("(", ")"), &words),
            _ => words,
        }
    });
    let words: Vec<Title> = words.collect();
    let zh: Vec<&str> = words.iter().map(|part| part.zh.as_str()).collect();
    let en: Vec<&str> = words.iter().map(|part| part.en.as_str()).collect();
    Title::new(zh.join(by.0), en.join(by.1))
}

fn compared(left: &Expr, how: Comparison, right: &Expr, terms: &dyn Terms) -> Title {
    // `contacted == false` says no more than `!contacted`.
    if let (Expr::Field { name, .. }, Expr::Constant(ExprValue::Bool(yes))) = (left, right) {
        return if (how == Comparison::Equal) == *yes {
            terms.field(name)
        } else {
            terms.not(name)
        };
    }
    let side = |side: &Expr, other: &Expr| match side {
        Expr::Constant(value) => constant(value, name_of(other), terms),
        other => other.words(terms),
    };
    let (left, right) = (side(left, right), side(right, left));
    let (zh, en) = match how {
        Comparison::Equal => ("为", "is"),
        Comparison::NotEqual => ("不是", "is not"),
        Comparison::Less => ("少于", "is less than"),
        Comparison::AtMost => ("不超过", "is at most"),
        Comparison::More => ("多于", "is more than"),
        Comparison::AtLeast => ("不少于", "is at least"),
    };
    let spaced = if right.zh.starts_with(|first: char| first.is_ascii_digit()) {
        " "
    } else {
        ""
    };
    Title::new(
        format!("{}{zh}{spaced}{}", left.zh, right.zh),
        format!("{} {en} {}", left.en, right.en),
    )
}
