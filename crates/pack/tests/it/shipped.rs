use quanyu_domain::model::ParameterValue;
use quanyu_pack::{Sources, Style, declared_names, load, read_folder, report, scenario};

use crate::{packs, repository};

fn everything() -> Sources {
    let mut sources = packs();
    let findings = read_folder(&mut sources, &repository("places"), "places");
    assert!(findings.is_empty(), "{findings}");
    sources
}

#[test]
fn packs_and_places_are_sound() {
    let sources = everything();
    let loaded = load(&sources).unwrap_or_else(|findings| panic!("{}", report(&findings, &sources, Style::Plain)));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert!(loaded.districts.len() >= 2);
    for district in loaded.districts.values() {
        let unit = district.units.iter().find(|unit| unit.code == district.unit);
        assert!(unit.is_some(), "{} is one of its units", district.unit);
        assert!(!district.matters.is_empty() && !district.areas.is_empty());
        assert!(
            district
                .model
                .parameters
                .values()
                .all(|parameter| !parameter.set_by.is_empty())
        );
    }
}

#[test]
fn a_district_lies_over_its_city() {
    let loaded = load(&everything()).unwrap();
    let district = loaded
        .districts
        .values()
        .find(|district| district.part_of.is_some())
        .expect("one is shipped");
    let city = &loaded.districts[&district.part_of.unwrap()];
    assert_ne!(district.model.version, city.model.version);
    assert!(district.units.len() > city.units.len());
    for (name, parameter) in &district.model.parameters {
        if parameter.set_by == city.unit.as_str() {
            assert_eq!(parameter.value, city.model.parameters[name].value);
        }
    }
    let inherited = district
        .model
        .parameters
        .values()
        .filter(|parameter| parameter.set_by == city.unit.as_str());
    assert!(inherited.count() > 3, "the city's limits hold in the district");
    let weights = district
        .model
        .parameters
        .values()
        .filter(|p| p.name.ends_with("_weight"));
    assert!(weights.clone().count() >= 3 && weights.clone().all(|p| matches!(p.value, ParameterValue::Number(_))));
}

#[test]
fn every_test_of_the_packs_passes() {
    let sources = packs();
    let files =
        scenario::read(&sources).unwrap_or_else(|findings| panic!("{}", report(&findings, &sources, Style::Plain)));
    let results: Vec<_> = files
        .iter()
        .flat_map(|file| scenario::run(&file.model, &file.tests))
        .collect();
    let failed = results.iter().filter(|result| !result.passed());
    let failed: Vec<String> = failed
        .map(|result| {
            let failures: Vec<String> = result.failures.iter().map(ToString::to_string).collect();
            format!("{}\n  {}", result.title, failures.join("\n  "))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(results.len() >= 15, "only {} tests were found", results.len());
}

#[test]
fn names_are_declared_once_and_listed() {
    let names = declared_names(&packs());
    let states = names.iter().filter(|name| name.noun == quanyu_pack::Noun::State);
    assert!(states.count() > 10);
    assert!(names.iter().all(|name| name.place.starts_with("packs/")));
}
