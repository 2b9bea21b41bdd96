//! Whatever somebody uploads: findings or a model, never a panic.

use quanyu_pack::{Sources, Style, load, place_schema, report, scenario, schema, test_schema};

use crate::packs;

/// A small generator (xorshift), so that a failure comes again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap_or_default()
    }
}

/// Takes characters out, puts others in, repeats and swaps stretches.
fn mutate(text: &str, chance: &mut Chance) -> String {
    const LETTERS: [char; 28] = [
        '"', '\'', '[', ']', '{', '}', '=', ',', '.', '\n', '\r', '\0', ' ', '#', '\\', '0', '9', 'a', '_', '-', '&',
        '|', '!', '<', '(', ')', '中', '🪁',
    ];
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(8) {
        let at = chance.below(letters.len() + 1);
        let end = (at + chance.below(24)).min(letters.len());
        match chance.below(5) {
            0 => drop(letters.drain(at..end)),
            1 | 2 => letters.insert(at, LETTERS[chance.below(LETTERS.len())]),
            3 => {
                let stretch = letters[at..end].to_vec();
                let to = chance.below(letters.len() + 1);
                letters.splice(to..to, stretch);
            }
            _ => letters[at..end].reverse(),
        }
    }
    letters.into_iter().collect()
}

fn all_that_can_be_done_with(sources: &Sources) -> bool {
    let loaded = load(sources);
    if let Err(findings) = &loaded {
        assert!(findings.has_errors());
        assert!(report(findings, sources, Style::Plain).len() > findings.to_string().len());
        assert!(findings.iter().all(|finding| finding.line >= 1 && finding.column >= 1));
    }
    if let Ok(files) = scenario::read(sources) {
        files
            .iter()
            .for_each(|file| drop(scenario::run(&file.model, &file.tests)));
    }
    loaded.is_ok()
}

#[test]
fn no_mutation_of_the_packs_panics() {
    let sound = packs();
    assert!(all_that_can_be_done_with(&sound));
    let files: Vec<(String, String)> = sound
        .iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut refused = 0;
    for round in 0..600 {
        let (path, text) = &files[round % files.len()];
        let mut sources = sound.clone();
        sources.insert(path.clone(), mutate(text, &mut chance));
        refused += usize::from(!all_that_can_be_done_with(&sources));
    }
    assert!(
        refused > 300,
        "only {refused} of 600 were refused: the mutations are too tame"
    );
}

#[test]
fn no_mutation_of_a_place_panics() {
    let files = crate::places::files();
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let mut refused = 0;
    for round in 0..1_000 {
        let mut sources: Sources = files.iter().cloned().collect();
        let (path, text) = &files[round % files.len()];
        sources.insert(*path, mutate(text, &mut chance));
        refused += usize::from(load(&sources).is_err());
    }
    assert!(
        refused > 500,
        "only {refused} of 1,000 were refused: the mutations are too tame"
    );
}

#[test]
fn the_schemas_describe_every_table() {
    for (schema, definitions) in [(schema(), 21), (place_schema(), 4), (test_schema(), 9)] {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(
            schema["$defs"].as_object().map(|defs| defs.len()),
            Some(definitions),
            "{schema:#}"
        );
        assert!(!schema.to_string().contains("null,"), "every definition is filled in");
    }
    let step = &schema()["$defs"]["step"];
    assert_eq!(step["required"], serde_json::json!(["title", "act", "from", "by"]));
    assert_eq!(step["additionalProperties"], false);
    assert!(
        step["properties"]["act"]["enum"]
            .as_array()
            .is_some_and(|acts| acts.contains(&"hand_in".into()))
    );
}
