//! Services of a place: what holds, and what is said of broken ones.

use quanyu_domain::services::Datatype;
use quanyu_pack::{Sources, load};

use crate::places::files;

const SERVICES: &str = r#"
contact = { zh = "风筝局", en = "Office of kites" }
key_service = { zh = "来信", en = "Write to us" }

[service.cut_string]
title = { zh = "断线", en = "Cut string" }
description = { zh = "线断了", en = "The string is cut" }
group = { zh = "风筝", en = "Kites" }
case = "CASE"
demand = "kite_wanted"
channel = "CHANNEL"
matter = "0101"

[[service.cut_string.attribute]]
code = "colour"
title = { zh = "颜色", en = "Colour" }
type = "singlevaluelist"
required = true
choice = [{ key = "red", title = { zh = "红", en = "Red" } }]
"#;

/// The city with its services, one thing changed.
fn with(from: &str, to: &str) -> Sources {
    let pack: toml::Table = include_str!("kites.toml").parse().expect("TOML");
    let first = |table: &str, wanted: &dyn Fn(&toml::Value) -> bool| -> String {
        let table = pack[table].as_table().expect("a table");
        let found = table.iter().find(|(_, value)| wanted(value));
        found.unwrap_or_else(|| panic!("none in {table:?}")).0.clone()
    };
    let public = |value: &toml::Value| value.get("public").and_then(toml::Value::as_bool) == Some(true);
    let text = SERVICES
        .replace("CASE", &first("case", &|_| true))
        .replace("CHANNEL", &first("channel", &public));
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    let mut files = files();
    for (path, place) in &mut files {
        if *path == "places/9901/place.toml" {
            *place = place.replace("[files]", "[files]\nservices = \"services.toml\"");
        }
    }
    files.push(("places/9901/services.toml", text));
    files.into_iter().collect()
}

#[test]
fn a_district_offers_what_its_city_offers() {
    let loaded = load(&with("red", "red")).unwrap_or_else(|findings| panic!("{findings}"));
    for district in loaded.districts.values() {
        let services = &district.services;
        assert_eq!(services.contact.zh, "风筝局");
        let service = &services.by_code["cut_string"];
        assert_eq!(service.attributes[0].datatype, Datatype::SingleValueList);
        assert!(service.attributes[0].required && service.attributes[0].choices[0].0 == "red");
        assert_eq!(services.of_matter("010107"), Some(service));
        assert_eq!(services.of_matter("02"), None);
    }
    assert_eq!(loaded.districts.len(), 2);
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    for (from, to, says) in [
        ("kite_wanted", "kite_wnted", "did you mean `kite_wanted`?"),
        ("\"0101\"", "\"0102\"", "there is no matter 0102"),
        ("singlevaluelist", "string", "only lists have choices"),
        ("singlevaluelist", "list", "singlevaluelist"),
        (
            "choice = [{ key = \"red\", title = { zh = \"红\", en = \"Red\" } }]",
            "",
            "a list without choices",
        ),
        ("contact", "contct", "did you mean `contact`?"),
        (
            "[{ key = \"red\"",
            "[{ key = \"red\", title = { zh = \"朱\", en = \"Vermilion\" } }, { key = \"red\"",
            "the choice `red` is offered twice",
        ),
    ] {
        let findings = load(&with(from, to)).expect_err(to).to_string();
        assert!(
            findings.contains("places/9901/services.toml:") && findings.contains(says),
            "{findings}"
        );
    }
}
