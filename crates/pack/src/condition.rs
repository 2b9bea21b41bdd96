//! Conditions: CEL text → the checked expression of the domain.
//!
//! The crate `cel` parses; everything that it understands and the product does not (lists of anything but constants,
//! maps, macros, `? :`, `%`) is turned down here with what to write instead. Fields are those that are declared for the
//! thing at hand, and where a field only has certain values (a state, a demand type), a constant that it is compared
//! with has to be one of them.

use std::ops::Range;

use cel::common::ast::{CallExpr, Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};
use quanyu_domain::expr::{Arithmetic, Comparison, Constant, Expr, ExprType, ExprValue, TextTest};
use rust_decimal::Decimal;

use crate::both::Both;
use crate::names::instead;
use crate::setting::Fault;

/// The longest condition, in characters.
pub const MAX_LENGTH: usize = 2_000;
/// How deep brackets and operators may be nested.
pub const MAX_DEPTH: usize = 32;
/// The most operators, dots and brackets. The parser's own recursion follows long chains such as `a + b + c + …`.
const MAX_SIGNS: usize = 256;

/// What a condition may speak of.
pub(crate) struct Vocabulary<'a> {
    /// The fields and their types.
    pub fields: &'a [(&'a str, ExprType)],
    /// The values that a text field can have; `None`: any.
    pub values: &'a dyn Fn(&str) -> Option<Vec<String>>,
}

/// A fault at a stretch of the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct At {
    pub range: Range<usize>,
    pub fault: Box<Fault>,
}

/// Parses and checks a condition; the result is of type bool.
pub(crate) fn parse(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Expr, At> {
    check_size(text)?;
    // An environment without macros: `has(field)` stays a call, and `exists` and the like are calls nobody knows.
    let parser = cel::Env::default().parser().max_recursion_depth(MAX_DEPTH as u16);
    let (tree, source) = parser
        .parse_with_source_info(text)
        .map_err(|errors| syntax(text, &errors))?;
    let checker = Checker {
        text,
        source: &source,
        vocabulary,
    };
    let expr = checker.expr(&tree, 0)?;
    match expr.expr_type() {
        ExprType::Bool => Ok(expr),
        other => Err(At {
            range: 0..text.len(),
            fault: Box::new(Fault::new(
                "not_a_condition",
                (
                    format!("这是{}，不是条件", zh(other)),
                    format!("this is a {other}, not a condition"),
                ),
                ("请与某个值比较：`… == …`", "compare it with something: `… == …`"),
            )),
        }),
    }
}

fn check_size(text: &str) -> Result<(), At> {
    let too_much = |range: Range<usize>, what: (String, String)| {
        Err(At {
            range,
            fault: Box::new(Fault::new(
                "condition_too_large",
                what,
                (
                    "请写短一些，或分成几个步骤",
                    "make it shorter, or say it with several steps",
                ),
            )),
        })
    };
    if text.chars().count() > MAX_LENGTH {
        return too_much(
            0..text.len(),
            (
                format!("超过 {MAX_LENGTH} 个字符"),
                format!("this is longer than {MAX_LENGTH} characters"),
            ),
        );
    }
    let (mut depth, mut signs) = (0_usize, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Counting inside quotes as well keeps this honest without a lexer of its own; no text needs 256 signs.
        signs += usize::from(letter.is_ascii_punctuation() && !matches!(letter, '_' | '\'' | '"' | ','));
        if depth > MAX_DEPTH {
            return too_much(
                at..at + 1,
                (
                    format!("嵌套超过 {MAX_DEPTH} 层"),
                    format!("this is nested deeper than {MAX_DEPTH} levels"),
                ),
            );
        }
        if signs > MAX_SIGNS {
            return too_much(
                at..at + 1,
                (
                    format!("符号超过 {MAX_SIGNS} 个"),
                    format!("this has more than {MAX_SIGNS} signs"),
                ),
            );
        }
    }
    Ok(())
}

fn syntax(text: &str, errors: &cel::ParseErrors) -> At {
    let Some(first) = errors.errors.first() else {
        return At {
            range: 0..0,
            fault: Box::new(Fault::new(
                "not_cel",
                ("这不是 CEL 表达式", "this is no CEL"),
                ("请写成如 `a == 'x' && b < 2`", "write such as `a == 'x' && b < 2`"),
            )),
        };
    };
    let (line, column) = first.pos;
    let before: usize = text
        .split_inclusive('\n')
        .take(usize::try_from(line - 1).unwrap_or(0))
        .map(str::len)
        .sum();
    let rest = &text[before.min(text.len())..];
    let offset = rest
        .char_indices()
        .nth(usize::try_from(column - 1).unwrap_or(0))
        .map_or(rest.len(), |(at, _)| at);
    let start = before + offset;
    let letter = text[start..].chars().next();
    let fault = match letter {
        None => Fault::new(
            "condition_breaks_off",
            ("条件到此中断", "the condition breaks off here"),
            ("请写完整，如 `a == 'x'`", "write the rest, such as `a == 'x'`"),
        ),
        Some('=') => Fault::new(
            "single_sign",
            ("单个 `=` 不作比较", "a single `=` compares nothing"),
            ("请写 `==`", "write `==`"),
        ),
        Some('&' | '|') => Fault::new(
            "single_sign",
            ("单个符号不起连接作用", "a single sign joins nothing"),
            ("请写 `&&` 或 `||`", "write `&&` or `||`"),
        ),
        Some('“' | '”' | '‘' | '’') => Fault::new(
            "wrong_quotes",
            ("这不是文字的引号", "these are not the quotes of a text"),
            ("请写 '…' 或 \"…\"", "write '…' or \"…\""),
        ),
        Some(letter) => Fault::new(
            "does_not_belong",
            (
                format!("`{letter}` 不应出现在此处"),
                format!("`{letter}` does not belong here"),
            ),
            ("请写成如 `a == 'x' && b < 2`", "write such as `a == 'x' && b < 2`"),
        ),
    };
    At {
        range: start..start + letter.map_or(0, char::len_utf8),
        fault: Box::new(fault),
    }
}

struct Checker<'a> {
    text: &'a str,
    source: &'a SourceInfo,
    vocabulary: &'a Vocabulary<'a>,
}

impl Checker<'_> {
    fn expr(&self, node: &IdedExpr, depth: usize) -> Result<Expr, At> {
        if depth > MAX_DEPTH {
            return Err(self.fault(
                node,
                "condition_too_large",
                (
                    format!("嵌套超过 {MAX_DEPTH} 层"),
                    format!("this is nested deeper than {MAX_DEPTH} levels"),
                ),
                ("请减少嵌套", "make it flatter"),
            ));
        }
        match &node.expr {
            Cel::Literal(literal) => self.literal(node, literal).map(Expr::Constant),
            Cel::Ident(_) | Cel::Select(_) => {
                let (name, expr_type) = self.field(node)?;
                Ok(Expr::Field { name, expr_type })
            }
            Cel::Call(call) => self.call(node, call, depth + 1),
            Cel::List(_) => Err(self.fault(
                node,
                "list_alone",
                ("列表不能单独出现", "a list stands alone"),
                ("请写 `field in ['a', 'b']`", "write `field in ['a', 'b']`"),
            )),
            _ => Err(self.unknown(node, "…")),
        }
    }

    fn call(&self, node: &IdedExpr, call: &CallExpr, depth: usize) -> Result<Expr, At> {
        let of = |expr_type: ExprType| move |part: &IdedExpr| self.of_type(part, expr_type, depth);
        let (bool, number, text) = (of(ExprType::Bool), of(ExprType::Number), of(ExprType::Text));
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), &call.args[..]) {
            (operators::LOGICAL_AND, None, [left, right]) => {
                Ok(Expr::And(join(bool(left)?, bool(right)?, |expr| match expr {
                    Expr::And(parts) => Ok(parts),
                    other => Err(other),
                })))
            }
            (operators::LOGICAL_OR, None, [left, right]) => {
                Ok(Expr::Or(join(bool(left)?, bool(right)?, |expr| match expr {
                    Expr::Or(parts) => Ok(parts),
                    other => Err(other),
                })))
            }
            (operators::LOGICAL_NOT, None, [part]) => Ok(Expr::Not(Box::new(bool(part)?))),
            (operators::NEGATE, None, [part]) => {
                let zero = Expr::Constant(ExprValue::Number(Decimal::ZERO));
                Ok(Expr::Arithmetic(
                    Box::new(zero),
                    Arithmetic::Subtract,
                    Box::new(number(part)?),
                ))
            }
            (operators::IN, None, [what, list]) => self.listed(what, list, depth),
            ("has", None, [field]) => Ok(Expr::Has(self.field(field)?.0)),
            ("size", None, [part]) | ("size", Some(part), []) => Ok(Expr::Size(Box::new(text(part)?))),
            ("startsWith" | "contains", Some(whole), [part]) => {
                let test = if name == "contains" {
                    TextTest::Contains
                } else {
                    TextTest::StartsWith
                };
                Ok(Expr::TextTest(Box::new(text(whole)?), test, Box::new(text(part)?)))
            }
            (sign, None, [left, right]) => {
                if let Some(how) = comparison(sign) {
                    return self.compare(node, left, how, right, depth);
                }
                let Some(how) = arithmetic(sign) else {
                    return Err(self.unknown(node, name));
                };
                Ok(Expr::Arithmetic(Box::new(number(left)?), how, Box::new(number(right)?)))
            }
            _ => Err(self.unknown(node, name)),
        }
    }

    fn compare(
        &self,
        node: &IdedExpr,
        left_node: &IdedExpr,
        how: Comparison,
        right_node: &IdedExpr,
        depth: usize,
    ) -> Result<Expr, At> {
        let (left, right) = (self.expr(left_node, depth)?, self.expr(right_node, depth)?);
        let (found, other) = (left.expr_type(), right.expr_type());
        if found != other {
            return Err(self.fault(
                node,
                "other_types",
                (
                    format!("{}与{}不能比较", zh(found), zh(other)),
                    format!("a {found} is compared with a {other}"),
                ),
                (
                    format!("请把 `{left}` 与{}比较", zh(found)),
                    format!("compare `{left}` with a {found}"),
                ),
            ));
        }
        if found == ExprType::Bool && !matches!(how, Comparison::Equal | Comparison::NotEqual) {
            return Err(self.fault(
                node,
                "no_order",
                ("是与否没有大小之分", "yes and no have no order"),
                ("请写 `==` 或 `!=`", "write `==` or `!=`"),
            ));
        }
        if matches!((&left, &right), (Expr::Constant(_), Expr::Constant(_))) {
            return Err(self.fault(
                node,
                "two_constants",
                ("比较的是两个常量", "two constants are compared"),
                ("请把字段与常量比较", "compare a field with a constant"),
            ));
        }
        for (field, constant, at) in [(&left, &right, right_node), (&right, &left, left_node)] {
            if let (Expr::Field { name, .. }, Expr::Constant(constant)) = (field, constant) {
                self.check_value(name, constant, at)?;
            }
        }
        let (left, right) = (Box::new(left), Box::new(right));
        Ok(match *left {
            Expr::Constant(_) => Expr::Compare(right, how.exchanged(), left),
            _ => Expr::Compare(left, how, right),
        })
    }

    fn listed(&self, what: &IdedExpr, list: &IdedExpr, depth: usize) -> Result<Expr, At> {
        let value = self.expr(what, depth)?;
        let Cel::List(items) = &list.expr else {
            return Err(self.fault(
                list,
                "list_needed",
                ("`in` 后须为常量列表", "`in` needs a list of constants"),
                ("请写 `field in ['a', 'b']`", "write `field in ['a', 'b']`"),
            ));
        };
        if items.elements.is_empty() {
            return Err(self.fault(
                list,
                "empty_list",
                ("空列表不含任何值", "nothing is in an empty list"),
                ("请写出各值，或删去这一部分", "write the values, or leave the part out"),
            ));
        }
        let mut constants = Vec::new();
        for item in &items.elements {
            let Cel::Literal(literal) = &item.expr else {
                return Err(self.fault(
                    item,
                    "constants_only",
                    ("列表中只能写常量", "only constants stand in a list"),
                    ("请写文字或数", "write texts or numbers"),
                ));
            };
            let constant = self.literal(item, literal)?;
            if constant.expr_type() != Some(value.expr_type()) {
                return Err(self.fault(
                    item,
                    "other_types",
                    (
                        format!("这不是{}", zh(value.expr_type())),
                        format!("this is no {}", value.expr_type()),
                    ),
                    (
                        format!("`{value}` 是{}：请列出这样的值", zh(value.expr_type())),
                        format!("`{value}` is a {}: list such values", value.expr_type()),
                    ),
                ));
            }
            if let Expr::Field { name, .. } = &value {
                self.check_value(name, &constant, item)?;
            }
            constants.push(constant);
        }
        Ok(Expr::In(Box::new(value), constants))
    }

    fn of_type(&self, node: &IdedExpr, wanted: ExprType, depth: usize) -> Result<Expr, At> {
        let expr = self.expr(node, depth)?;
        match expr.expr_type() {
            found if found == wanted => Ok(expr),
            found => Err(self.fault(
                node,
                "other_types",
                (format!("`{expr}` 是{}", zh(found)), format!("`{expr}` is a {found}")),
                (format!("此处应为{}", zh(wanted)), format!("a {wanted} belongs here")),
            )),
        }
    }

    /// The dotted path of a declared field.
    fn field(&self, node: &IdedExpr) -> Result<(String, ExprType), At> {
        let path = path(node).ok_or_else(|| {
            self.fault(
                node,
                "not_a_field",
                ("这不是字段", "this is no field"),
                ("请写字段名", "write the name of a field"),
            )
        })?;
        match self.vocabulary.fields.iter().find(|(name, _)| *name == path) {
            Some((_, expr_type)) => Ok((path, *expr_type)),
            None => {
                let advice = instead(&path, self.vocabulary.fields.iter().map(|(name, _)| *name));
                Err(self.fault(
                    node,
                    "unknown_field",
                    (format!("没有字段 `{path}`"), format!("there is no field `{path}`")),
                    advice,
                ))
            }
        }
    }

    fn check_value(&self, field: &str, constant: &Constant, at: &IdedExpr) -> Result<(), At> {
        let (Some(known), ExprValue::Text(text)) = ((self.vocabulary.values)(field), constant) else {
            return Ok(());
        };
        if known.iter().any(|value| value == text) {
            return Ok(());
        }
        let advice = instead(text, known.iter().map(String::as_str));
        Err(self.fault(
            at,
            "never_so",
            (
                format!("`{field}` 不会是 `{text}`"),
                format!("`{field}` is never `{text}`"),
            ),
            advice,
        ))
    }

    fn literal(&self, node: &IdedExpr, literal: &LiteralValue) -> Result<Constant, At> {
        let exact = |number: Option<Decimal>| {
            number.map(ExprValue::Number).ok_or_else(|| {
                self.fault(
                    node,
                    "number_too_long",
                    ("此数无法精确保存", "this number cannot be held exactly"),
                    ("请至多写 28 位", "write at most 28 digits"),
                )
            })
        };
        match literal {
            LiteralValue::Boolean(flag) => Ok(ExprValue::Bool(*flag.inner())),
            LiteralValue::String(text) => Ok(text.inner().to_owned().into()),
            LiteralValue::Int(whole) => exact(Some((*whole.inner()).into())),
            LiteralValue::Double(double) => {
                // The digits as they were written: 0.1 is a tenth.
                let written = self.text.get(self.range(node)).unwrap_or_default();
                let number = written.parse().or_else(|_| Decimal::from_scientific(written)).ok();
                exact(number.map(|n: Decimal| if double.inner().is_sign_negative() { -n.abs() } else { n }))
            }
            LiteralValue::Null => Err(self.fault(
                node,
                "no_null",
                ("`null` 不能比较", "`null` compares with nothing"),
                ("请写 `has(field)`", "write `has(field)`"),
            )),
            LiteralValue::UInt(_) => Err(self.fault(
                node,
                "no_suffix",
                ("数没有后缀", "numbers have no suffix"),
                ("请删去 `u`", "leave out the `u`"),
            )),
            LiteralValue::Bytes(_) => Err(self.fault(
                node,
                "no_bytes",
                ("此处没有字节", "there are no bytes here"),
                ("请删去 `b`", "leave out the `b`"),
            )),
        }
    }

    fn unknown(&self, node: &IdedExpr, name: &str) -> At {
        let name = name.trim_matches('_');
        self.fault(
            node,
            "not_in_language",
            (
                format!("`{name}` 不属于条件语言"),
                format!("`{name}` is not part of the language of conditions"),
            ),
            (
                "可用 == != < <= > >= && || ! in + - * /、has(field)、size(text)、startsWith 和 contains",
                "there are == != < <= > >= && || ! in + - * /, has(field), size(text), startsWith and contains",
            ),
        )
    }

    fn range(&self, node: &IdedExpr) -> Range<usize> {
        // The parser counts the last byte in.
        self.source
            .offset_for(node.id)
            .map_or(0..self.text.len(), |(start, last)| {
                let (start, end) = (start as usize, last as usize + 1);
                if start < end && end <= self.text.len() {
                    start..end
                } else {
                    0..self.text.len()
                }
            })
    }

    fn fault(&self, node: &IdedExpr, code: &'static str, what: impl Into<Both>, advice: impl Into<Both>) -> At {
        At {
            range: self.range(node),
            fault: Box::new(Fault::new(code, what, advice)),
        }
    }
}

/// A type in Chinese.
fn zh(of: ExprType) -> &'static str {
    match of {
        ExprType::Bool => "是否值",
        ExprType::Number => "数",
        ExprType::Text => "文字",
    }
}

/// One flat list of the parts of `&&` or `||`.
fn join(left: Expr, right: Expr, parts_of: impl Fn(Expr) -> Result<Vec<Expr>, Expr>) -> Vec<Expr> {
    [left, right]
        .into_iter()
        .flat_map(|side| parts_of(side).unwrap_or_else(|single| vec![single]))
        .collect()
}

fn path(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Cel::Ident(name) => Some(name.clone()),
        Cel::Select(select) => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        _ => None,
    }
}

fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::More,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return None,
    })
}

fn arithmetic(sign: &str) -> Option<Arithmetic> {
    Some(match sign {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
