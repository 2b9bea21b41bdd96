//! What conditions may say, and what is said of those that may not.

use super::*;

const FIELDS: &[(&str, ExprType)] = &[
    ("colour", ExprType::Text),
    ("tail.length", ExprType::Number),
    ("flying", ExprType::Bool),
    ("weight", ExprType::Number),
];

fn check(text: &str) -> Result<Expr, At> {
    let values = |field: &str| (field == "colour").then(|| vec!["red".to_owned(), "green".to_owned()]);
    parse(
        text,
        &Vocabulary {
            fields: FIELDS,
            values: &values,
        },
    )
}

#[test]
fn what_is_read_displays_as_itself() {
    for text in [
        "colour == 'red' && tail.length > 1.50",
        "flying || !(colour in ['red', 'green']) && has(tail.length)",
        "(weight + 1) * 2 / 3 >= weight - (1 - weight)",
        "size(colour) <= 3 && colour.startsWith('r') && colour.contains('e')",
        "flying != true",
        r"colour.contains('\\\'\n中')",
        "weight == -0.1",
    ] {
        let expr = check(text).unwrap_or_else(|at| panic!("{text}: {at:?}"));
        assert_eq!(expr.to_string(), text);
        assert_eq!(check(&expr.to_string()), Ok(expr));
    }
    assert_eq!(check("1 < weight").unwrap().to_string(), "weight > 1");
    assert_eq!(
        check("flying && flying && (flying && flying)").unwrap().to_string(),
        ["flying"; 4].join(" && ")
    );
    assert_eq!(check("-weight < 0").unwrap().to_string(), "0 - weight < 0");
    assert_eq!(
        check("colour.size() == 0x10").unwrap().to_string(),
        "size(colour) == 16"
    );
}

#[test]
fn faults_point_at_the_part_and_say_what_to_write() {
    for (text, part, what, advice) in [
        (
            "color == 'red'",
            "color",
            "there is no field `color`",
            "did you mean `colour`?",
        ),
        (
            "tail.width > 1",
            ".",
            "there is no field `tail.width`",
            "write one of colour, flying, tail.length, weight",
        ),
        (
            "colour == 'rot'",
            "'rot'",
            "`colour` is never `rot`",
            "write one of green, red",
        ),
        (
            "colour in ['red', 'grean']",
            "'grean'",
            "`colour` is never `grean`",
            "did you mean `green`?",
        ),
        (
            "colour == 1",
            "==",
            "a text is compared with a number",
            "compare `colour` with a text",
        ),
        ("flying < true", "<", "yes and no have no order", "write `==` or `!=`"),
        (
            "weight && flying",
            "weight",
            "`weight` is a number",
            "a bool belongs here",
        ),
        (
            "weight + 1",
            "weight + 1",
            "this is a number, not a condition",
            "compare it with something: `… == …`",
        ),
        ("colour = 'red'", "=", "a single `=` compares nothing", "write `==`"),
        (
            "flying & flying",
            "&",
            "a single sign joins nothing",
            "write `&&` or `||`",
        ),
        (
            "flying &&",
            "",
            "the condition breaks off here",
            "write the rest, such as `a == 'x'`",
        ),
        (
            "colour == “red”",
            "“",
            "these are not the quotes of a text",
            "write '…' or \"…\"",
        ),
        (
            "colour == null",
            "null",
            "`null` compares with nothing",
            "write `has(field)`",
        ),
        (
            "1 == 1",
            "==",
            "two constants are compared",
            "compare a field with a constant",
        ),
        (
            "weight in []",
            "[",
            "nothing is in an empty list",
            "write the values, or leave the part out",
        ),
        (
            "weight in colour",
            "colour",
            "`in` needs a list of constants",
            "write `field in ['a', 'b']`",
        ),
        (
            "weight % 2 == 0",
            "%",
            "`%` is not part of the language of conditions",
            "",
        ),
        (
            "flying ? flying : flying",
            "?",
            "`?_:` is not part of the language of conditions",
            "",
        ),
        (
            "[1].exists(x, x > 0)",
            "(",
            "`exists` is not part of the language of conditions",
            "",
        ),
        ("has(1)", "1", "this is no field", "write the name of a field"),
    ] {
        let at = check(text).expect_err(text);
        assert_eq!(
            (&text[at.range.clone()], at.fault.what.en.as_str()),
            (part, what),
            "{text}"
        );
        assert!(
            advice.is_empty() || at.fault.advice.en == advice,
            "{text}: {}",
            at.fault.advice.en
        );
    }
}

#[test]
fn long_and_deep_conditions_are_turned_down_before_they_cost_anything() {
    let long = format!("colour == '{}'", "x".repeat(MAX_LENGTH));
    let chain = format!("weight > 1{}", " + 1".repeat(120));
    let many = format!("weight > 1{}", "+1".repeat(400));
    let brackets = format!("{}flying{}", "(".repeat(40), ")".repeat(40));
    let choices = format!("{}flying", "flying ? flying : ".repeat(60));
    for (text, what) in [
        (long, "this is longer than 2000 characters"),
        (chain, "this is nested deeper than 32 levels"),
        (many, "this has more than 256 signs"),
        (brackets, "this is nested deeper than 32 levels"),
    ] {
        assert_eq!(check(&text).unwrap_err().fault.what.en, what);
    }
    assert!(check(&choices).is_err());
    let flat = vec!["flying"; 100].join(" && ");
    assert!(check(&flat).is_ok(), "a flat chain is not deep");
}
