//! `services.toml` of a place: the services that residents ask for through other systems.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::model::Channel;
use quanyu_domain::services::{Attribute, Datatype, Service, Services};
use quanyu_domain::text::Title;

use crate::finding::Notes;
use crate::gather::Packs;
use crate::names::instead;
use crate::read::read_file;
use crate::record::{Record, Word};
use crate::shape::{Key, Kind, Noun, Shape};

static SERVICES_FILE: Shape = Shape {
    name: "services_file",
    doc: "The services that residents ask for through other systems (Open311).",
    keys: &[
        Key::required("contact", Kind::Title, "Whom to turn to about the interface."),
        Key::required("key_service", Kind::Title, "How a key is got."),
        Key::optional("service", Kind::Named(&SERVICE), "The services."),
    ],
};

static SERVICE: Shape = Shape {
    name: "service",
    doc: "A service: which kind of case it becomes and what is asked.",
    keys: &[
        Key::required("title", Kind::Title, "What it is called."),
        Key::required("description", Kind::Title, "What belongs here, in a sentence."),
        Key::required("group", Kind::Title, "Under which heading it stands."),
        Key::optional("keywords", Kind::List(&Kind::Text), "Words by which it is found."),
        Key::required("case", Kind::Name(Noun::Case), "The kind of case that it becomes."),
        Key::required("demand", Kind::Name(Noun::Demand), "The demand type."),
        Key::required("channel", Kind::Name(Noun::Channel), "The channel, a public one."),
        Key::optional(
            "matter",
            Kind::Text,
            "The code of the matter; without it the desk decides.",
        ),
        Key::optional("attribute", Kind::Tables(&ATTRIBUTE), "What is asked, in order."),
    ],
};

static ATTRIBUTE: Shape = Shape {
    name: "attribute",
    doc: "Something that is asked.",
    keys: &[
        Key::required("code", Kind::NewName, "Its code, unique within the service."),
        Key::required("title", Kind::Title, "The question."),
        Key::required("type", Kind::Word(datatypes), "What kind of answer fits."),
        Key::optional("required", Kind::Flag, "Whether it must be answered; no by default."),
        Key::optional("hint", Kind::Title, "What helps to answer it."),
        Key::optional(
            "choice",
            Kind::Tables(&CHOICE),
            "The answers to choose from; of lists alone.",
        ),
    ],
};

static CHOICE: Shape = Shape {
    name: "choice",
    doc: "An answer to choose.",
    keys: &[
        Key::required("key", Kind::NewName, "What is sent."),
        Key::required("title", Kind::Title, "What is shown."),
    ],
};

fn datatypes() -> Vec<&'static str> {
    Datatype::ALL.map(Datatype::name).to_vec()
}

/// What services may refer to.
pub(crate) struct Known<'a> {
    pub packs: &'a Packs,
    pub in_force: &'a BTreeSet<usize>,
    pub channels: &'a BTreeMap<String, Channel>,
    pub matters: &'a BTreeSet<String>,
}

/// Reads one file over what is known of the city's.
pub(crate) fn read(file: usize, known: &Known<'_>, services: &mut Services, notes: &mut Notes<'_>) {
    let Some(record) = read_file(notes, file, &SERVICES_FILE) else {
        return;
    };
    services.contact = record.title("contact");
    services.key_service = record.title("key_service");
    for (name, record) in record.named("service") {
        services
            .by_code
            .insert(name.text.clone(), service(name, record, known, notes));
    }
}

fn service(name: &Word, record: &Record, known: &Known<'_>, notes: &mut Notes<'_>) -> Service {
    let named = [
        (Noun::Case, "case"),
        (Noun::Demand, "demand"),
        (Noun::Channel, "channel"),
    ];
    for (noun, key) in named {
        if let Some(word) = record.word(key) {
            known
                .packs
                .check_name(noun, &word.text, word.spot, known.in_force, notes);
        }
    }
    if let Some(word) = record.word("channel")
        && known.channels.get(&word.text).is_some_and(|channel| !channel.public)
    {
        let public = known.channels.values().filter(|channel| channel.public);
        notes.error(
            word.spot,
            "channel_not_public",
            (
                format!("渠道 `{}` 不对公众开放", word.text),
                format!("the channel `{}` is not public", word.text),
            ),
            instead(&word.text, public.map(|channel| channel.name.as_str())),
        );
    }
    if let Some(word) = record.word("matter")
        && !known.matters.contains(&word.text)
    {
        notes.error(
            word.spot,
            "unknown_matter",
            (
                format!("没有事项 {}", word.text),
                format!("there is no matter {}", word.text),
            ),
            instead(&word.text, known.matters.iter().map(String::as_str)),
        );
    }
    let mut codes = BTreeSet::new();
    let mut attributes = Vec::new();
    for record in record.records("attribute") {
        let attribute = attribute(record, notes);
        if !codes.insert(attribute.code.clone()) {
            let what = (
                format!("问题 `{}` 重复", attribute.code),
                format!("the attribute `{}` is asked twice", attribute.code),
            );
            notes.error(
                record.spot_of("code"),
                "asked_twice",
                what,
                ("请各用一个代码", "give each its own code"),
            );
        }
        attributes.push(attribute);
    }
    Service {
        code: name.text.clone(),
        title: record.title("title"),
        description: record.title("description"),
        group: record.title("group"),
        keywords: record.words("keywords").into_iter().map(|word| word.text).collect(),
        case_type: record.text("case"),
        demand: record.text("demand"),
        channel: record.text("channel"),
        matter: record.word("matter").map(|word| word.text),
        attributes,
    }
}

fn attribute(record: &Record, notes: &mut Notes<'_>) -> Attribute {
    let datatype = Datatype::by_name(&record.text("type")).unwrap_or(Datatype::String);
    let mut choices: Vec<(String, Title)> = Vec::new();
    for choice in record.records("choice") {
        let key = choice.text("key");
        if choices.iter().any(|(known, _)| *known == key) {
            let what = (
                format!("选项 `{key}` 重复"),
                format!("the choice `{key}` is offered twice"),
            );
            notes.error(
                choice.spot_of("key"),
                "offered_twice",
                what,
                ("请各用一个 key", "give each its own key"),
            );
        }
        choices.push((key, choice.title("title")));
    }
    if record.has("type") && datatype.is_list() == choices.is_empty() {
        let (code, what, advice) = if datatype.is_list() {
            (
                "list_without_choices",
                ("没有选项的列表无法回答", "a list without choices cannot be answered"),
                ("请添加 `[[….choice]]`", "add `[[….choice]]`"),
            )
        } else {
            (
                "choices_without_list",
                ("只有列表才有选项", "only lists have choices"),
                (
                    "请删去选项，或写 singlevaluelist",
                    "remove them, or write singlevaluelist",
                ),
            )
        };
        notes.error(record.spot_of("type"), code, what, advice);
    }
    Attribute {
        code: record.text("code"),
        title: record.title("title"),
        datatype,
        required: record.flag("required"),
        hint: record.has("hint").then(|| record.title("hint")),
        choices,
    }
}
