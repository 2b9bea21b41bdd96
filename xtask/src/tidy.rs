//! The invariants of ARCHITECTURE.md as checks over the tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quanyu_domain::model::{Act, Milestone, Phase, RequestKind};
use regex::Regex;

/// Who may depend on whom, among the project's own crates.
const ARROWS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("geo", &[]),
    ("store", &[]),
    ("pack", &["domain"]),
    ("store-sqlite", &["store"]),
    ("store-postgres", &["store"]),
    ("app", &["domain", "geo", "pack", "store"]),
    ("api", &["app", "domain", "geo", "pack", "store"]),
    ("protocols", &["app", "domain", "geo", "pack", "store"]),
    ("sim", &["app", "domain", "geo", "pack", "store"]),
    ("web", &[]),
    (
        "server",
        &[
            "api",
            "app",
            "domain",
            "geo",
            "pack",
            "protocols",
            "sim",
            "store",
            "store-sqlite",
            "store-postgres",
            "web",
        ],
    ),
];

/// Crates that know no I/O, time or randomness, and what they must therefore not depend on.
const PURE: [&str; 3] = ["domain", "pack", "geo"];
const IMPURE: [&str; 10] = [
    "tokio",
    "rusqlite",
    "tokio-postgres",
    "axum",
    "reqwest",
    "rand",
    "tracing",
    "futures",
    "tower",
    "async-trait",
];

/// Lines after which a file has a second idea in it.
const LONG: usize = 650;
/// The same for tests, which tell one story after another.
const LONG_TESTS: usize = 800;

/// Checks every invariant and reports all that do not hold.
pub fn tidy(root: &Path) -> Result<String, String> {
    let tree = Tree::read(root)?;
    let mut faults = Vec::new();
    check_arrows(root, &mut faults)?;
    check_words(&tree, &mut faults);
    check_names(root, &tree, &mut faults)?;
    check_length(&tree, &mut faults);
    if faults.is_empty() {
        return Ok(format!("{} files hold the invariants", tree.files.len()));
    }
    faults.sort();
    Err(format!(
        "{}\n{} faults; the invariants stand in ARCHITECTURE.md",
        faults.join("\n"),
        faults.len()
    ))
}

/// The texts of the tree.
struct Tree {
    files: Vec<File>,
}

struct File {
    /// Path from the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// Tests, examples and fixtures may name what the product's code must not.
    fn is_test(&self) -> bool {
        [
            "/tests/",
            "/examples/",
            "/benches/",
            "/conformance/",
            "/testing/",
            "_tests/",
        ]
        .iter()
        .any(|part| self.path.contains(part))
            || ["tests.rs", "testing.rs", "samples.rs"]
                .iter()
                .any(|end| self.path.ends_with(end))
    }

    /// The code above the tests that stand beside it.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
    }
}

impl Tree {
    fn read(root: &Path) -> Result<Self, String> {
        let mut files = Vec::new();
        let mut folders: Vec<PathBuf> = ["crates", "xtask", "packs"]
            .iter()
            .map(|folder| root.join(folder))
            .collect();
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
            for entry in entries {
                let path = entry.map_err(|fault| format!("{}: {fault}", folder.display()))?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let kind = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
                if !matches!(kind, "rs" | "toml" | "md") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
                let path = path
                    .strip_prefix(root)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push(File { path, text });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

fn check_arrows(root: &Path, faults: &mut Vec<String>) -> Result<(), String> {
    for (name, allowed) in ARROWS {
        let path = root.join("crates").join(name).join("Cargo.toml");
        let text = std::fs::read_to_string(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        let manifest: toml::Table = text.parse().map_err(|fault| format!("{}: {fault}", path.display()))?;
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        for dependency in dependencies.into_iter().flat_map(toml::Table::keys) {
            if let Some(ours) = dependency.strip_prefix("quanyu-") {
                if !allowed.contains(&ours) {
                    faults.push(format!(
                        "crates/{name}/Cargo.toml: may not depend on {dependency} (code map)"
                    ));
                }
            } else if PURE.contains(&name) && IMPURE.contains(&dependency.as_str()) {
                faults.push(format!(
                    "crates/{name}/Cargo.toml: a pure crate may not depend on {dependency} (invariant 1)"
                ));
            }
        }
    }
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for entry in std::fs::read_dir(root.join("crates"))
        .map_err(|fault| fault.to_string())?
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !known.contains(name.as_str()) {
            faults.push(format!(
                "crates/{name}: stands in no arrow; add it to xtask/src/tidy.rs and ARCHITECTURE.md"
            ));
        }
    }
    Ok(())
}

/// Words that may stand in some places only.
fn check_words(tree: &Tree, faults: &mut Vec<String>) {
    let word = |pattern: &str| Regex::new(pattern).expect("the patterns below are sound");
    let sql = word(r"\b(SELECT|INSERT INTO|DELETE FROM|CREATE TABLE|ALTER TABLE|PRAGMA)\b");
    let engines = word(r"\b(rusqlite|tokio_postgres|quanyu_store_sqlite|quanyu_store_postgres)\b");
    let axum = word(r"\baxum(::|_)");
    let unfinished = word(r"\b(TODO|FIXME|XXX)\b|\b(todo|unimplemented)!");
    let machine = word(r"(^|[^\w.])/(work|root|home|farm)/");
    for file in tree.rust() {
        let own = |folders: &[&str]| folders.iter().any(|folder| file.is_in(folder));
        let mut check = |pattern: &Regex, allowed: bool, text: &str, why: &str| {
            if allowed {
                return;
            }
            for found in pattern.find_iter(text) {
                let line = text[..found.start()].matches('\n').count() + 1;
                faults.push(format!("{}:{line}: `{}` {why}", file.path, found.as_str().trim()));
            }
        };
        let exempt = file.is_test() || file.is_in("xtask/");
        check(
            &sql,
            exempt || own(&["crates/store-sqlite/", "crates/store-postgres/"]),
            file.code(),
            "is SQL outside an engine (invariant 2)",
        );
        check(
            &engines,
            exempt || own(&["crates/store-sqlite/", "crates/store-postgres/", "crates/server/"]),
            file.code(),
            "names an engine (invariant 2)",
        );
        check(
            &axum,
            exempt || own(&["crates/api/", "crates/protocols/", "crates/server/", "crates/web/"]),
            file.code(),
            "names axum outside api, protocols and web (invariant 2)",
        );
        check(
            &unfinished,
            file.path == "xtask/src/tidy.rs",
            &file.text,
            "is unfinished",
        );
        check(
            &machine,
            file.path == "xtask/src/tidy.rs",
            &file.text,
            "is a path of some machine",
        );
    }
}

/// No identifier of a pack in the code, no name of a place in packs or code.
fn check_names(root: &Path, tree: &Tree, faults: &mut Vec<String>) -> Result<(), String> {
    let mut sources = quanyu_pack::Sources::default();
    let findings = quanyu_pack::read_folder(&mut sources, &root.join("packs"), "packs");
    if findings.has_errors() {
        return Err(format!("packs/ cannot be read: {findings}"));
    }
    let declared = quanyu_pack::declared_names(&sources);
    let engine = engine_words();
    let places = place_names(root)?;
    for file in &tree.files {
        let in_crates = file.is_in("crates/");
        if in_crates && file.path.ends_with(".rs") && !file.is_test() {
            let words = names_in(file.code());
            let foreign = declared.iter().filter(|name| !engine.contains(name.name.as_str()));
            for name in foreign.filter(|name| words.contains(name.name.as_str())) {
                faults.push(format!(
                    "{}: names `{}`, which {} declares ({}) (invariant 6)",
                    file.path, name.name, name.place, name.noun
                ));
            }
        }
        if in_crates || file.is_in("packs/") {
            for name in places.iter().filter(|name| file.text.contains(name.as_str())) {
                faults.push(format!("{}: names the place `{name}` (invariant 6)", file.path));
            }
        }
    }
    Ok(())
}

/// Names and codes of the city and its districts.
fn place_names(root: &Path) -> Result<Vec<String>, String> {
    let path = root.join("places/6301/units.csv");
    let mut reader = csv::Reader::from_path(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    let mut names = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|fault| format!("{}: {fault}", path.display()))?;
        let (code, kind, zh, en) = (&row[0], &row[1], &row[2], &row[3]);
        if matches!(kind, "city" | "district") {
            names.push(code[..6].to_owned());
            names.push(zh.to_owned());
            // Half of "Chengzhong District" is a name, the other half is not.
            names.extend(en.split(' ').next().map(str::to_owned));
        }
    }
    Ok(names)
}

/// What Rust itself declares and packs refer to: a pack's step may be called as its act is.
fn engine_words() -> BTreeSet<&'static str> {
    let acts = Act::ALL.map(Act::name).into_iter();
    let requests = RequestKind::ALL.map(RequestKind::name).into_iter();
    acts.chain(requests)
        .chain(Phase::ALL.map(Phase::name))
        .chain(Milestone::ALL.map(Milestone::name))
        .collect()
}

/// The names that a text uses: identifiers of several words wherever they stand, and string literals that are one word.
/// A single English word outside a literal is prose or a local variable, whatever some pack calls itself.
fn names_in(text: &str) -> BTreeSet<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let identifiers = text.split(|c: char| !is_word(c)).filter(|word| word.contains('_'));
    let literals = text
        .split('"')
        .filter(|part| !part.is_empty() && part.chars().all(is_word));
    identifiers.chain(literals).collect()
}

fn check_length(tree: &Tree, faults: &mut Vec<String>) {
    for file in tree.rust() {
        let lines = file.text.lines().count();
        if lines > if file.is_test() { LONG_TESTS } else { LONG } {
            faults.push(format!(
                "{}: {lines} lines; look for the second idea in it (invariant 9)",
                file.path
            ));
        }
    }
}
