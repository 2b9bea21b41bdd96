//! A sound pack, broken in one place at a time, and what is said of it. The wording is part of the product.

use quanyu_pack::{Sources, load};

const KITES: &str = include_str!("kites.toml");

/// Blocks apart by blank lines: `- ` lines of the pack, `+ ` what stands there instead, `! ` the findings.
const BROKEN: &str = include_str!("broken.txt");

/// What is said of these files, one line for each finding.
pub(crate) fn said(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Sources = files.iter().copied().collect();
    let findings = match load(&sources) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    };
    findings.to_string().lines().map(str::to_owned).collect()
}

fn said_of_kites(text: &str) -> Vec<String> {
    let short = |line: String| line.replace("packs/kites/pack.toml:", "").replace(": error: ", ": ");
    said(&[("packs/kites/pack.toml", text)])
        .into_iter()
        .map(short)
        .collect()
}

#[test]
fn the_pack_is_sound_before_it_is_broken() {
    assert_eq!(said_of_kites(KITES), [""; 0]);
}

#[test]
fn every_fault_is_told_where_it_stands_with_what_to_write_instead() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for block in BROKEN.trim().split("\n\n") {
        count += 1;
        let marked = |mark: &str| -> Vec<&str> { block.lines().filter_map(|line| line.strip_prefix(mark)).collect() };
        let (old, new, expected) = (marked("- ").join("\n"), marked("+ ").join("\n"), marked("! "));
        assert!(
            !old.is_empty() && KITES.contains(&old),
            "the pack has no such lines:\n{block}"
        );
        assert!(!expected.is_empty(), "nothing is expected of\n{block}");
        let found = said_of_kites(&KITES.replacen(&old, &new, 1));
        if found != expected {
            wrong.push(format!("{block}\nfound instead\n! {}", found.join("\n! ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count > 60);
}

#[test]
fn every_fault_is_told_in_chinese_as_well() {
    let is_chinese = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    for block in BROKEN.trim().split("\n\n") {
        let marked = |mark: &str| -> Vec<&str> { block.lines().filter_map(|line| line.strip_prefix(mark)).collect() };
        let text = KITES.replacen(&marked("- ").join("\n"), &marked("+ ").join("\n"), 1);
        let sources: Sources = [("packs/kites/pack.toml", text.as_str())].into_iter().collect();
        let findings = load(&sources).map_or_else(|findings| findings, |loaded| loaded.warnings);
        assert!(!findings.is_empty(), "{block}");
        for finding in findings.iter() {
            assert!(
                is_chinese(&finding.what.zh) && is_chinese(&finding.advice.zh),
                "{}",
                finding.zh()
            );
            let is_code = finding.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(is_code && !finding.code.is_empty(), "{}", finding.code);
        }
    }
    let told = |old: &str, new: &str| {
        let text = KITES.replacen(old, new, 1);
        let sources: Sources = [("packs/kites/pack.toml", text.as_str())].into_iter().collect();
        load(&sources).expect_err("it is broken").zh()
    };
    assert_eq!(
        told("measure = \"flights\"", "measure = \"flight\""),
        "packs/kites/pack.toml:125:26：错误：没有规则包声明量 `flight`；是否为 `flights`？\n"
    );
    assert_eq!(
        told("share = 0.25", "share = 1.5"),
        "packs/kites/pack.toml:135:9：错误：1.5 不在 0 与 1 之间；请写其间的数\n"
    );
}

#[test]
fn names_belong_to_one_pack_and_are_seen_by_those_who_need_it() {
    let pack = |name: &str, needs: &str, rest: &str| {
        format!("[pack]\nname = \"{name}\"\ntitle = {{ zh = \"包\", en = \"Pack\" }}\nneeds = [{needs}]\n{rest}")
    };
    let channel = "[channel.post]\ntitle = { zh = \"邮\", en = \"Post\" }\n";
    let limit = "[limit.long]\ntitle = { zh = \"长\", en = \"Long\" }\nduration = \"9 days\"\n";
    let request = "[request.return]\ntitle = { zh = \"退\", en = \"Return\" }\nasked_by = [\"handler\"]\n\
                   decided_by = [\"dispatcher\"]\nphases = [\"handling\"]\nlimit = \"long\"\n";
    let one = pack("one", "", &format!("{channel}{limit}"));
    let files = |two: &str, three: &str| {
        said(&[
            ("p/one/pack.toml", &one),
            ("p/two/pack.toml", two),
            ("p/three/pack.toml", three),
        ])
    };
    let nothing = pack("three", "", "");
    assert_eq!(files(&pack("two", "\"one\"", request), &nothing), [""; 0]);
    assert_eq!(
        files(&pack("two", "\"three\"", request), &pack("three", "\"one\"", "")),
        [""; 0],
        "through another"
    );
    assert_eq!(
        files(&pack("two", "", request), &nothing),
        [
            "p/two/pack.toml:10:9: error: the class of limit `long` is declared by the pack `one`, which is not needed \
          here; add \"one\" to `needs`"
        ]
    );
    assert_eq!(
        files(&pack("two", "", channel), &nothing),
        [
            "p/two/pack.toml:5:10: error: the channel `post` is declared twice: the pack `one` has it too; choose another \
          name; the other stands at p/one/pack.toml:5"
        ]
    );
    assert_eq!(
        files(&pack("two", "\"three\"", ""), &pack("three", "\"one\", \"two\"", "")),
        [
            "p/three/pack.toml:4:9: error: the packs need one another in a circle: three → two → three; move what both \
          use into a pack that both need"
        ]
    );
    let more = [
        ("p/one/pack.toml", one.as_str()),
        ("p/one/more.toml", "[pack]\nname = \"one\"\n"),
    ];
    assert_eq!(
        said(&more),
        [
            "p/one/more.toml:1:2: error: `[pack]` stands in pack.toml and nowhere else; remove it here",
            "p/one/more.toml:1:2: error: this pack has no `title`; add `title = { zh = \"…\", en = \"…\" }`",
        ]
    );
}

#[test]
fn one_file_that_is_no_toml_does_not_drown_in_what_follows_from_it() {
    let elsewhere = KITES
        .replace("[evidence.snapshot]", "[channel.snapshot]")
        .replace("media = [\"image/*\"]", "");
    assert_eq!(
        said(&[("p/kites/pack.toml", &elsewhere), ("p/kites/more.toml", "[evidence\n")]),
        [
            "p/kites/more.toml:1:10: error: this is no TOML: unclosed table, expected `]`; mend the line; nothing after it was read"
        ]
    );
}

#[test]
fn what_nobody_could_follow_is_turned_down() {
    let many = |line: &dyn Fn(usize) -> String, count: usize| (0..count).map(line).collect::<String>();
    let state = |n: usize| format!("s{n} = {{ title = {{ zh = \"态\", en = \"State\" }}, phase = \"closed\" }}\n");
    let states = KITES.replace("landed = {", &format!("{}landed = {{", many(&state, 200)));
    assert!(said_of_kites(&states)[0].ends_with(
        "203 states are more than anybody can follow; a workflow has at most 200: make two kinds of case of it"
    ));
    let step = |n: usize| {
        format!(
            "[[workflow.flight.step]]\nname = \"s{n}\"\nact = \"urge\"\ntitle = {{ zh = \"催\", en = \"Urge\" }}\n\
             from = [\"aloft\"]\nby = [\"leader\"]\n"
        )
    };
    let steps = KITES.replace("[limit.short]", &format!("{}[limit.short]", many(&step, 500)));
    let found = said_of_kites(&steps);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("503 steps are more than anybody can follow"),
        "{found:?}"
    );
    let long = KITES.replace("returns < 2", &format!("matter == '{}'", "x".repeat(2_000)));
    assert!(said_of_kites(&long)[0].contains("longer than 2000 characters"));
    let huge = "#".repeat(quanyu_pack::MAX_TOTAL);
    assert_eq!(
        said(&[("p/kites/pack.toml", &huge)]),
        ["p/kites/pack.toml:1:1: error: all files together have more than 64 MB; leave out what is not needed"]
    );
    let faults = many(&|n| format!("[channel.c{n}]\n"), 3_000);
    assert_eq!(
        said_of_kites(&format!("{KITES}{faults}")).len(),
        1_000,
        "no more than anybody reads"
    );
}
