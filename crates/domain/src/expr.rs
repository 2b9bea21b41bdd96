//! Conditions that packs write: a small typed expression, checked when the pack is read and evaluated here.
//!
//! The language is a subset of CEL (Common Expression Language): constants, fields, comparison, `&& || !`, `in` a list
//! of constants, `+ - * /`, `has(field)`, `size(text)`, `text.startsWith(text)` and `text.contains(text)`. The crate
//! `pack` parses the text and checks its types; this module only knows the checked tree, so that deciding depends on no
//! parser. [`Expr`] displays as the CEL text that reads back as the same tree.
//!
//! # No value
//!
//! A field may have no value ([`ExprValue::Null`]): a case that nobody has dispatched has no lead unit. *No value is
//! not a value*: it equals nothing, is in no list, stands in no order, starts with and contains nothing. So `==`, `<`,
//! `in` and the functions of text give `false`, `!=` gives `true` (it is always the opposite of `==`), and a condition
//! without a value does not hold. Arithmetic with no value, and the size of no text, have no value. `has(field)` asks
//! whether there is one. There is no third truth value: a store that turns a filter into SQL writes `!=` as
//! `IS DISTINCT FROM`.

mod text;
mod words;

pub use words::Terms;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;

/// The types that fields, constants and expressions have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExprType {
    /// Yes or no.
    Bool,
    /// A decimal number; there is no separate type for whole numbers.
    Number,
    /// Text, compared by the bytes of its UTF-8 form.
    Text,
}

impl ExprType {
    /// How findings call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for ExprType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value: what a field holds, what a constant says, what an expression comes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExprValue<'a> {
    /// No value.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A decimal number.
    Number(Decimal),
    /// Text.
    Text(Cow<'a, str>),
}

impl ExprValue<'_> {
    /// The type; `None` where there is no value.
    pub fn expr_type(&self) -> Option<ExprType> {
        match self {
            Self::Null => None,
            Self::Bool(_) => Some(ExprType::Bool),
            Self::Number(_) => Some(ExprType::Number),
            Self::Text(_) => Some(ExprType::Text),
        }
    }
}

impl<'a> From<&'a str> for ExprValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for ExprValue<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for ExprValue<'_> {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<Decimal> for ExprValue<'_> {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for ExprValue<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for ExprValue<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for ExprValue<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(ExprValue::Null, Into::into)
    }
}

/// A value that stands in an expression itself.
pub type Constant = ExprValue<'static>;

/// What an expression reads from: a case, an entry, an observation.
pub trait Fields {
    /// The value of a field; [`ExprValue::Null`] where the record has none or knows no such field.
    fn field(&self, name: &str) -> ExprValue<'_>;
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Its sign in CEL.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// The comparison that says the same with the two sides exchanged.
    pub fn exchanged(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
        }
    }
}

/// How two numbers are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Arithmetic {
    /// Its sign in CEL.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

/// What may be asked of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// `a.startsWith(b)`
    StartsWith,
    /// `a.contains(b)`
    Contains,
}

impl TextTest {
    /// Its name in CEL.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "startsWith",
            Self::Contains => "contains",
        }
    }
}

/// A checked expression. The types of the parts fit; [`EvalError::WrongType`] can only come from a [`Fields`] that
/// breaks its declaration or from a tree that was put together by hand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A constant; never [`ExprValue::Null`].
    Constant(Constant),
    /// A declared field, by its dotted path.
    Field {
        /// The path as declared.
        name: String,
        /// The declared type.
        expr_type: ExprType,
    },
    /// `has(field)`: whether the field has a value.
    Has(String),
    /// `!a`
    Not(Box<Expr>),
    /// `a && b && …`, from left to right until one does not hold.
    And(Vec<Expr>),
    /// `a || b || …`, from left to right until one holds.
    Or(Vec<Expr>),
    /// `a == b` and the like. A constant stands on the right wherever only one side is one.
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// `a in [constants]`
    In(Box<Expr>, Vec<Constant>),
    /// `a + b` and the like.
    Arithmetic(Box<Expr>, Arithmetic, Box<Expr>),
    /// `a.startsWith(b)`, `a.contains(b)`
    TextTest(Box<Expr>, TextTest, Box<Expr>),
    /// `size(text)`: its number of characters.
    Size(Box<Expr>),
}

/// Why a checked expression has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// The right side of `/` was zero.
    #[error("`{0}` divides by zero")]
    DividedByZero(String),
    /// A result beyond what a decimal of 28 digits holds.
    #[error("`{0}` is too large a number")]
    TooLarge(String),
    /// A part has a value of another type than the expression was checked for.
    #[error("`{part}` is not of type {expected}")]
    WrongType {
        /// The part as CEL text.
        part: String,
        /// The type that was declared.
        expected: ExprType,
    },
}

impl Expr {
    /// The type of the result.
    pub fn expr_type(&self) -> ExprType {
        match self {
            Self::Constant(value) => value.expr_type().unwrap_or(ExprType::Bool),
            Self::Field { expr_type, .. } => *expr_type,
            Self::Arithmetic(..) | Self::Size(_) => ExprType::Number,
            Self::Has(_)
            | Self::Not(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Compare(..)
            | Self::In(..)
            | Self::TextTest(..) => ExprType::Bool,
        }
    }

    /// What the expression comes to for this record.
    ///
    /// # Errors
    /// Division by zero, a number that is too large, or a field that is not of its declared type.
    pub fn eval<'a>(&'a self, fields: &'a dyn Fields) -> Result<ExprValue<'a>, EvalError> {
        Ok(match self {
            Self::Constant(value) => value.clone(),
            Self::Field { name, expr_type } => {
                let value = fields.field(name);
                if value.expr_type().is_some_and(|found| found != *expr_type) {
                    return Err(self.wrong(*expr_type));
                }
                value
            }
            Self::Arithmetic(left, how, right) => self.arithmetic(left, *how, right, fields)?.into(),
            Self::Size(text) => text
                .text(fields)?
                .map(|text| Decimal::from(text.chars().count()))
                .into(),
            condition => ExprValue::Bool(condition.holds(fields)?),
        })
    }

    /// Whether a condition holds for this record; one without a value does not.
    ///
    /// # Errors
    /// As [`Expr::eval`]; also where the expression is no condition.
    pub fn holds(&self, fields: &dyn Fields) -> Result<bool, EvalError> {
        match self {
            Self::Has(name) => Ok(fields.field(name) != ExprValue::Null),
            Self::Not(inner) => Ok(!inner.holds(fields)?),
            Self::And(parts) => {
                for part in parts {
                    if !part.holds(fields)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(parts) => {
                for part in parts {
                    if part.holds(fields)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Compare(left, how, right) => self.compare(&left.eval(fields)?, *how, &right.eval(fields)?),
            Self::In(what, list) => {
                let value = what.eval(fields)?;
                Ok(value != ExprValue::Null && list.contains(&value))
            }
            Self::TextTest(text, test, part) => Ok(match (text.text(fields)?, part.text(fields)?) {
                (Some(text), Some(part)) => match test {
                    TextTest::StartsWith => text.starts_with(&*part),
                    TextTest::Contains => text.contains(&*part),
                },
                _ => false,
            }),
            value => match value.eval(fields)? {
                ExprValue::Bool(yes) => Ok(yes),
                ExprValue::Null => Ok(false),
                _ => Err(self.wrong(ExprType::Bool)),
            },
        }
    }

    /// Whether it lies in the subset that a store can turn into a query: a field against a constant, a field in a
    /// list, a yes-or-no field, `has(field)`, joined by `&&` and `||`.
    pub fn is_filter(&self) -> bool {
        let is_field = |expr: &Self| matches!(expr, Self::Field { .. });
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::is_filter),
            Self::Compare(left, _, right) => is_field(left) && matches!(**right, Self::Constant(_)),
            Self::In(what, _) => is_field(what),
            Self::Has(_) => true,
            Self::Field { expr_type, .. } => *expr_type == ExprType::Bool,
            _ => false,
        }
    }

    /// The fields that it reads: only when one of them changes can the result change.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.collect_fields(&mut found);
        found
    }

    fn collect_fields<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        match self {
            Self::Constant(_) => {}
            Self::Field { name, .. } | Self::Has(name) => {
                found.insert(name);
            }
            Self::Not(inner) | Self::Size(inner) | Self::In(inner, _) => inner.collect_fields(found),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect_fields(found)),
            Self::Compare(left, _, right) | Self::Arithmetic(left, _, right) | Self::TextTest(left, _, right) => {
                left.collect_fields(found);
                right.collect_fields(found);
            }
        }
    }

    fn compare(&self, left: &ExprValue<'_>, how: Comparison, right: &ExprValue<'_>) -> Result<bool, EvalError> {
        let order = match (left, right) {
            (ExprValue::Null, _) | (_, ExprValue::Null) => return Ok(how == Comparison::NotEqual),
            (ExprValue::Bool(left), ExprValue::Bool(right)) => left.cmp(right),
            (ExprValue::Number(left), ExprValue::Number(right)) => left.cmp(right),
            (ExprValue::Text(left), ExprValue::Text(right)) => left.cmp(right),
            (left, _) => return Err(self.wrong(left.expr_type().unwrap_or(ExprType::Text))),
        };
        Ok(match how {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::More => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
        })
    }

    fn arithmetic(
        &self,
        left: &Self,
        how: Arithmetic,
        right: &Self,
        fields: &dyn Fields,
    ) -> Result<Option<Decimal>, EvalError> {
        let (Some(left), Some(right)) = (left.number(fields)?, right.number(fields)?) else {
            return Ok(None);
        };
        match how {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Divide if right.is_zero() => return Err(EvalError::DividedByZero(self.to_string())),
            Arithmetic::Divide => left.checked_div(right),
        }
        .map(Some)
        .ok_or_else(|| EvalError::TooLarge(self.to_string()))
    }

    fn number(&self, fields: &dyn Fields) -> Result<Option<Decimal>, EvalError> {
        match self.eval(fields)? {
            ExprValue::Number(number) => Ok(Some(number)),
            ExprValue::Null => Ok(None),
            _ => Err(self.wrong(ExprType::Number)),
        }
    }

    fn text<'a>(&'a self, fields: &'a dyn Fields) -> Result<Option<Cow<'a, str>>, EvalError> {
        match self.eval(fields)? {
            ExprValue::Text(text) => Ok(Some(text)),
            ExprValue::Null => Ok(None),
            _ => Err(self.wrong(ExprType::Text)),
        }
    }

    fn wrong(&self, expected: ExprType) -> EvalError {
        EvalError::WrongType {
            part: self.to_string(),
            expected,
        }
    }
}

#[cfg(test)]
#[path = "expr_tests.rs"]
mod tests;
