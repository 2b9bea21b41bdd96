//! Expressions back as CEL text, which reads as the same tree.

use std::fmt;

use super::{Arithmetic, Expr, ExprValue};

impl Expr {
    /// How tightly it binds: an operand that binds less tightly than its place asks for gets parentheses.
    fn binding(&self) -> u8 {
        match self {
            Self::Or(_) => 1,
            Self::And(_) => 2,
            Self::Compare(..) | Self::In(..) => 3,
            Self::Arithmetic(_, Arithmetic::Add | Arithmetic::Subtract, _) => 4,
            Self::Arithmetic(..) => 5,
            Self::Not(_) => 6,
            Self::Constant(_) | Self::Field { .. } | Self::Has(_) | Self::TextTest(..) | Self::Size(_) => 7,
        }
    }

    fn write_operand(&self, f: &mut fmt::Formatter<'_>, at_least: u8) -> fmt::Result {
        if self.binding() < at_least {
            write!(f, "({self})")
        } else {
            write!(f, "{self}")
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tight = self.binding();
        match self {
            Self::Constant(value) => write!(f, "{value}"),
            Self::Field { name, .. } => f.write_str(name),
            Self::Has(name) => write!(f, "has({name})"),
            Self::Not(inner) => {
                f.write_str("!")?;
                inner.write_operand(f, 7)
            }
            Self::And(parts) | Self::Or(parts) => {
                let sign = if matches!(self, Self::And(_)) { " && " } else { " || " };
                for (position, part) in parts.iter().enumerate() {
                    if position > 0 {
                        f.write_str(sign)?;
                    }
                    part.write_operand(f, tight + 1)?;
                }
                Ok(())
            }
            Self::Compare(left, how, right) => {
                left.write_operand(f, tight + 1)?;
                write!(f, " {} ", how.sign())?;
                right.write_operand(f, tight + 1)
            }
            Self::In(what, list) => {
                what.write_operand(f, tight + 1)?;
                f.write_str(" in [")?;
                for (position, item) in list.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Arithmetic(left, how, right) => {
                left.write_operand(f, tight)?;
                write!(f, " {} ", how.sign())?;
                right.write_operand(f, tight + 1)
            }
            Self::TextTest(text, test, part) => {
                text.write_operand(f, tight)?;
                write!(f, ".{}({part})", test.name())
            }
            Self::Size(text) => write!(f, "size({text})"),
        }
    }
}

impl fmt::Display for ExprValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => {
                f.write_str("'")?;
                for letter in text.chars() {
                    match letter {
                        '\\' => f.write_str("\\\\")?,
                        '\'' => f.write_str("\\'")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        other => write!(f, "{other}")?,
                    }
                }
                f.write_str("'")
            }
        }
    }
}
