//! The tests of packs themselves: that one that is wrong fails, and says where.

use quanyu_pack::{Sources, scenario};

const HEAD: &str = r#"[place]
utc_offset = "+08:00"
work_hours = { intervals = ["09:00-12:00", "13:00-17:00"] }
calendar = { years = [2024], off = ["2024-10-01"], work = ["2024-09-29"] }
parameter = { short_limit = "1 workday" }

[[test]]
title = "A kite"
case = { type = "lost_kite", demand = "kite_wanted", channel = "kite_post", at = "2024-09-30T14:00+08:00" }
"#;

fn sources(rest: &str) -> Sources {
    let test = format!("{HEAD}{rest}");
    [
        ("p/kites/pack.toml", include_str!("kites.toml")),
        ("p/kites/tests/a.toml", &test),
    ]
    .into_iter()
    .collect()
}

fn played(rest: &str) -> Vec<String> {
    let files = scenario::read(&sources(rest)).unwrap_or_else(|findings| panic!("{findings}"));
    assert_eq!(files.len(), 1);
    let results = scenario::run(&files[0].model, &files[0].tests);
    results
        .iter()
        .flat_map(|result| &result.failures)
        .map(ToString::to_string)
        .collect()
}

fn told(rest: &str) -> Vec<String> {
    let findings = scenario::read(&sources(rest)).expect_err("it is broken");
    findings
        .to_string()
        .lines()
        .map(|line| line.replace("p/kites/tests/a.toml:", ""))
        .collect()
}

const SENT: &str = r#"
[[test.do]]
at = "2024-09-30T15:00+08:00"
step = "dispatch"
by = "dispatcher"
limit_class = "short"
"#;

#[test]
fn a_test_that_says_what_happens_passes() {
    let expect = "expect = { state = \"aloft\", phase = \"handling\", milestones = [\"dispatched\"], due = { search = \"2024-10-02T17:00+08:00\" } }\n";
    assert_eq!(played(&format!("{SENT}{expect}")), [""; 0]);
}

#[test]
fn a_test_that_says_otherwise_fails_at_its_line() {
    let after = |expect: &str| played(&format!("{SENT}expect = {{ {expect} }}\n"));
    for (expect, said) in [
        (
            "state = \"landed\"",
            "16:20: expected the state `landed`, found `aloft`",
        ),
        (
            "state = \"land\"",
            "16:20: expected the state `land`, found `aloft`, and its workflow has no such state",
        ),
        ("phase = \"closed\"", "16:20: expected the phase closed, found handling"),
        (
            "due = { search = \"2024-10-01T17:00+08:00\" }",
            "16:20: expected `search` due at 2024-10-01T17:00:00+08, found it due at 2024-10-02T17:00:00+08",
        ),
        (
            "due = { search = \"stopped\" }",
            "16:20: expected `search` stopped, found it due at 2024-10-02T17:00:00+08",
        ),
        (
            "due = { serch = \"stopped\" }",
            "16:20: no clock `serch` has started; did you mean `search`?",
        ),
        (
            "milestones = [\"accepted\"]",
            "16:25: expected the milestones [\"accepted\"], found [\"dispatched\"]",
        ),
        (
            "told = [\"search.shout\"]",
            "16:19: expected the steps [\"search.shout\"], found []",
        ),
        ("suspended = true", "16:24: expected the case to be suspended"),
        (
            "refused = \"state_forbids\"",
            "16:22: expected the refusal `state_forbids`, but it was allowed",
        ),
    ] {
        assert_eq!(after(expect), [format!("p/kites/tests/a.toml:{said}")], "{expect}");
    }
    let unasked = played("\n[[test.do]]\nat = \"2024-09-30T15:00+08:00\"\nstep = \"accept\"\nby = \"dispatcher\"\n");
    assert_eq!(unasked.len(), 1);
    assert!(
        unasked[0].starts_with("p/kites/tests/a.toml:11:1: it was refused as `role_forbids`"),
        "{unasked:?}"
    );
    let early = played(&SENT.replace("09-30T15", "09-30T13"));
    assert_eq!(
        early,
        ["p/kites/tests/a.toml:11:1: this happens before what stands above it"]
    );
}

#[test]
fn a_broken_test_is_told_like_a_broken_pack() {
    let rows: &[(&str, &[&str])] = &[
        (
            "expect = { stat = \"aloft\" }\n",
            &["10:12: error: there is no `stat` in an expect; did you mean `state`?"],
        ),
        (
            "[[test.do]]\nat = \"2024-09-30T15:00+08:00\"\nby = \"dispatcher\"\n",
            &["10:1: error: this does not say what happens; write one of step, ask, decide, wake"],
        ),
        (
            "[[test.do]]\nat = \"2024-09-30T15:00\"\nstep = \"dispatch\"\n",
            &[
                "10:1: error: this does not say who does it; add `by`",
                "11:6: error: `2024-09-30T15:00` is no instant; write \"2024-09-30T14:05+08:00\", with its offset",
            ],
        ),
        (
            "[[test.do]]\nat = \"2024-09-30T15:00+08:00\"\nask = \"rturn\"\nby = \"handler\"\n",
            &["12:7: error: `rturn` is not known here; did you mean `return`?"],
        ),
        (
            "[[test.do]]\nat = \"2024-09-30T15:00+08:00\"\ndecide = \"return\"\nby = \"dispatcher\"\n",
            &["10:1: error: this does not say what is decided; add `grant`: true or false"],
        ),
        (
            "[[test.do]]\nat = \"2024-09-30T15:00+08:00\"\nstep = \"dispatch\"\nby = \"dispatcher\"\nlimit_class = \"shirt\"\nexpect = { due = { search = \"soon\" } }\n",
            &[
                "14:15: error: no pack declares the class of limit `shirt`; did you mean `short`?",
                "15:29: error: this is no due instant; write \"2024-10-08T18:00+08:00\", \"paused\", \"stopped\" or \"no_calendar\"",
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (rest, expected) in rows {
        let found = told(rest);
        if found != *expected {
            wrong.push(format!("{rest}    {}", found.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
