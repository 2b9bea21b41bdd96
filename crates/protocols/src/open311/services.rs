//! Discovery, the list of services, and what a service asks.

use std::collections::BTreeMap;

use quanyu_app::rules::Rules;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::services::{Attribute, Service, Services};

use super::answer::{Answer, Fault, Node};
use super::words::{Language, w3c};
use super::{Asked, PREFIX};

/// What the interface is.
pub(super) async fn discovery(asked: &Asked<'_>, origin: &str) -> Result<Answer, Fault> {
    let rules = asked.app.rules();
    let language = asked.language;
    let offset = asked.app.ids.offset();
    let since = asked
        .app
        .last_activation()
        .await?
        .map(|activation| w3c(activation.at, offset));
    let offers = match asked.jurisdiction {
        Some(district) => rules.services_of(district),
        None => rules
            .services
            .values()
            .map(AsRef::as_ref)
            .find(|s: &&Services| !s.by_code.is_empty()),
    };
    let endpoint = Node::Fields(vec![
        ("specification", "http://wiki.open311.org/GeoReport_v2".into()),
        ("url", format!("{origin}{PREFIX}").into()),
        ("changeset", Node::or_nothing(since.clone())),
        ("type", "production".into()),
        (
            "formats",
            Node::List("format", vec!["text/xml".into(), "application/json".into()]),
        ),
    ]);
    Ok(Answer::of(
        "discovery",
        Node::Fields(vec![
            ("changeset", Node::or_nothing(since)),
            (
                "contact",
                Node::or_nothing(offers.map(|offers| language.title(&offers.contact))),
            ),
            (
                "key_service",
                Node::or_nothing(offers.map(|offers| language.title(&offers.key_service))),
            ),
            ("endpoints", Node::List("endpoint", vec![endpoint])),
        ]),
    ))
}

/// What is offered in a district, or anywhere.
pub(super) fn offered(rules: &Rules, district: Option<DistrictId>) -> BTreeMap<&str, &Service> {
    let all: Vec<&Services> = match district {
        Some(district) => rules.services_of(district).into_iter().collect(),
        None => rules.services.values().map(AsRef::as_ref).collect(),
    };
    let services = all.into_iter().flat_map(|services| services.by_code.iter());
    services.map(|(code, service)| (code.as_str(), service)).collect()
}

/// The services.
pub(super) fn list(asked: &Asked<'_>) -> Result<Answer, Fault> {
    let rules = asked.app.rules();
    let services = offered(&rules, asked.jurisdiction);
    let items = services.into_values().map(|service| summary(service, asked.language));
    Ok(Answer::of("services", Node::List("service", items.collect())))
}

fn summary(service: &Service, language: Language) -> Node {
    Node::Fields(vec![
        ("service_code", service.code.as_str().into()),
        ("service_name", language.title(&service.title).into()),
        ("description", language.title(&service.description).into()),
        ("metadata", Node::Flag(!service.attributes.is_empty())),
        ("type", "realtime".into()),
        ("keywords", service.keywords.join(",").into()),
        ("group", language.title(&service.group).into()),
    ])
}

/// What a service asks.
pub(super) fn definition(asked: &Asked<'_>, code: &str) -> Result<Answer, Fault> {
    let rules = asked.app.rules();
    let service = offered(&rules, asked.jurisdiction)
        .remove(code)
        .ok_or_else(|| unknown(code, Fault::unknown))?;
    let attributes = service
        .attributes
        .iter()
        .zip(1..)
        .map(|(attribute, order)| question(attribute, order, asked.language));
    Ok(Answer::of(
        "service_definition",
        Node::Fields(vec![
            ("service_code", service.code.as_str().into()),
            ("attributes", Node::List("attribute", attributes.collect())),
        ]),
    ))
}

/// The fault of a service that does not exist.
pub(super) fn unknown(code: &str, fault: fn(String, String) -> Fault) -> Fault {
    let code: String = code.chars().take(64).collect();
    fault(
        format!("没有服务 {code}；请见 services"),
        format!("there is no service `{code}`: see services"),
    )
}

fn question(attribute: &Attribute, order: u64, language: Language) -> Node {
    let choice = |(key, title): &(String, quanyu_domain::text::Title)| {
        Node::Fields(vec![
            ("key", key.as_str().into()),
            ("name", language.title(title).into()),
        ])
    };
    let mut fields = vec![
        ("variable", Node::Flag(true)),
        ("code", attribute.code.as_str().into()),
        ("datatype", attribute.datatype.name().into()),
        ("required", Node::Flag(attribute.required)),
        (
            "datatype_description",
            Node::or_nothing(attribute.hint.as_ref().map(|hint| language.title(hint))),
        ),
        ("order", Node::Whole(order)),
        ("description", language.title(&attribute.title).into()),
    ];
    if attribute.datatype.is_list() {
        fields.push((
            "values",
            Node::List("value", attribute.choices.iter().map(choice).collect()),
        ));
    }
    Node::Fields(fields)
}
