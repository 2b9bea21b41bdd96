//! Tests of [`super`].

use super::*;

struct Kite {
    colour: Option<&'static str>,
    length: i64,
}

impl Fields for Kite {
    fn field(&self, name: &str) -> ExprValue<'_> {
        match name {
            "colour" => self.colour.into(),
            "length" => self.length.into(),
            "lied" => "not a number".into(),
            _ => ExprValue::Null,
        }
    }
}

fn text(name: &str) -> Box<Expr> {
    Box::new(Expr::Field {
        name: name.into(),
        expr_type: ExprType::Text,
    })
}

fn number(name: &str) -> Box<Expr> {
    Box::new(Expr::Field {
        name: name.into(),
        expr_type: ExprType::Number,
    })
}

fn constant(value: impl Into<Constant>) -> Box<Expr> {
    Box::new(Expr::Constant(value.into()))
}

const RED: Kite = Kite {
    colour: Some("red"),
    length: 3,
};
const BARE: Kite = Kite {
    colour: None,
    length: 0,
};

#[test]
fn no_value_equals_nothing_and_is_ordered_before_nothing() {
    for how in [
        Comparison::Equal,
        Comparison::Less,
        Comparison::AtMost,
        Comparison::More,
        Comparison::AtLeast,
    ] {
        assert_eq!(
            Expr::Compare(text("colour"), how, constant("red")).holds(&BARE),
            Ok(false),
            "{}",
            how.sign()
        );
        assert_eq!(
            Expr::Compare(text("colour"), how, text("colour")).holds(&BARE),
            Ok(false),
            "{}",
            how.sign()
        );
    }
    let other = Expr::Compare(text("colour"), Comparison::NotEqual, constant("red"));
    assert_eq!((other.holds(&BARE), other.holds(&RED)), (Ok(true), Ok(false)));
    let has = Expr::Has("colour".into());
    assert_eq!((has.holds(&BARE), has.holds(&RED)), (Ok(false), Ok(true)));
    let listed = Expr::In(text("colour"), vec!["red".into(), "blue".into()]);
    assert_eq!((listed.holds(&BARE), listed.holds(&RED)), (Ok(false), Ok(true)));
    let starts = Expr::TextTest(text("colour"), TextTest::StartsWith, constant("re"));
    assert_eq!((starts.holds(&BARE), starts.holds(&RED)), (Ok(false), Ok(true)));
    assert_eq!(Expr::Size(text("colour")).eval(&BARE), Ok(ExprValue::Null));
    assert_eq!(Expr::Size(text("colour")).eval(&RED), Ok(3_i64.into()));
}

#[test]
fn arithmetic_is_exact_and_says_where_it_fails() {
    let tenth: Decimal = "0.1".parse().unwrap();
    let sum = Expr::Arithmetic(constant(tenth), Arithmetic::Add, constant(Decimal::from(2) * tenth));
    assert_eq!(sum.eval(&RED), Ok("0.3".parse::<Decimal>().unwrap().into()));
    let quotient = Expr::Arithmetic(constant(1_i64), Arithmetic::Divide, number("length"));
    assert_eq!(quotient.eval(&BARE), Err(EvalError::DividedByZero("1 / length".into())));
    let huge = Expr::Arithmetic(constant(Decimal::MAX), Arithmetic::Multiply, number("length"));
    assert!(matches!(huge.eval(&RED), Err(EvalError::TooLarge(_))));
    let lied = Expr::Compare(number("lied"), Comparison::More, constant(1_i64));
    assert_eq!(
        lied.holds(&RED),
        Err(EvalError::WrongType {
            part: "lied".into(),
            expected: ExprType::Number
        })
    );
}

#[test]
fn and_and_or_stop_where_the_answer_is_known() {
    let broken = Expr::Compare(
        Box::new(Expr::Arithmetic(constant(1_i64), Arithmetic::Divide, constant(0_i64))),
        Comparison::More,
        constant(0_i64),
    );
    let short = Expr::Compare(number("length"), Comparison::Less, constant(9_i64));
    assert_eq!(Expr::Or(vec![short.clone(), broken.clone()]).holds(&RED), Ok(true));
    assert!(Expr::And(vec![short.clone(), broken.clone()]).holds(&RED).is_err());
    assert_eq!(
        Expr::And(vec![Expr::Not(Box::new(short)), broken]).holds(&RED),
        Ok(false)
    );
}

#[test]
fn displays_with_just_the_parentheses_that_are_needed() {
    let long = Expr::Compare(
        Box::new(Expr::Arithmetic(
            Box::new(Expr::Arithmetic(number("length"), Arithmetic::Add, constant(1_i64))),
            Arithmetic::Multiply,
            constant(2_i64),
        )),
        Comparison::AtLeast,
        constant(10_i64),
    );
    let red = Expr::Compare(text("colour"), Comparison::Equal, constant("it's\\red"));
    let either = Expr::Or(vec![red.clone(), Expr::Has("colour".into())]);
    let all = Expr::And(vec![long, Expr::Not(Box::new(either))]);
    assert_eq!(
        all.to_string(),
        r"(length + 1) * 2 >= 10 && !(colour == 'it\'s\\red' || has(colour))"
    );
    assert_eq!(all.fields().into_iter().collect::<Vec<_>>(), ["colour", "length"]);
    assert!(!all.is_filter());
    assert!(Expr::And(vec![red, Expr::In(text("colour"), vec!["red".into()])]).is_filter());
}
