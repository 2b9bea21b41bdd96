//! Every method of the trait is asked for by the suite that every engine passes.

const TRAIT: &str = include_str!("../../src/store.rs");
const SUITE: [&str; 5] = [
    include_str!("../../src/conformance/commits.rs"),
    include_str!("../../src/conformance/followers.rs"),
    include_str!("../../src/conformance/life.rs"),
    include_str!("../../src/conformance/lists.rs"),
    include_str!("../../src/conformance/values.rs"),
];
const RUN: &str = include_str!("../../src/conformance/mod.rs");

fn functions(of: &str, before: &str) -> Vec<String> {
    let name = |line: &str| line.strip_prefix(before)?.split(['(', '<']).next().map(str::to_owned);
    of.lines().filter_map(name).collect()
}

#[test]
fn every_method_is_asked_for() {
    let begin = TRAIT.find("pub trait Store").expect("the trait is in its file");
    let body = TRAIT[begin..].split("\n}").next().expect("it ends");
    let methods: Vec<String> = ["    fn ", "    async fn "]
        .iter()
        .flat_map(|before| functions(body, before))
        .collect();
    assert!(methods.len() >= 15, "{methods:?}");
    for method in methods {
        let call = format!(".{method}(");
        assert!(
            SUITE.iter().any(|part| part.contains(&call)),
            "no test of the suite asks for `{method}`"
        );
    }
}

#[test]
fn every_test_of_the_suite_is_run() {
    for test in SUITE.iter().flat_map(|part| functions(part, "pub async fn ")) {
        assert!(
            RUN.contains(&format!("            {test}\n")),
            "`{test}` is not in the list of `conformance_tests!`"
        );
    }
}
