//! Services that residents ask for through other systems (对外服务事项): what each is called, which matter and kind of
//! case it becomes, and what is asked beside the description.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Title;

/// What a place offers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Services {
    /// Whom to turn to about the interface itself.
    pub contact: Title,
    /// How a key is got.
    pub key_service: Title,
    /// The services by code.
    pub by_code: BTreeMap<String, Service>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Service {
    /// snake_case code.
    pub code: String,
    /// What it is called.
    pub title: Title,
    /// What belongs here, in a sentence.
    pub description: Title,
    /// Under which heading it stands.
    pub group: Title,
    /// Words by which it is found.
    pub keywords: Vec<String>,
    /// The kind of case that it becomes.
    pub case_type: String,
    /// The demand type.
    pub demand: String,
    /// The channel; people without an account may file through it.
    pub channel: String,
    /// The matter; without one the desk decides.
    pub matter: Option<String>,
    /// What is asked, in order.
    pub attributes: Vec<Attribute>,
}

/// Something that is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attribute {
    /// snake_case code, unique within the service.
    pub code: String,
    /// The question.
    pub title: Title,
    /// What kind of answer fits.
    pub datatype: Datatype,
    /// Whether it must be answered.
    pub required: bool,
    /// What helps to answer it.
    pub hint: Option<Title>,
    /// The answers to choose from, in order; of lists alone.
    pub choices: Vec<(String, Title)>,
}

/// What kind of answer fits; the names are those of GeoReport v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    /// A line.
    String,
    /// A number.
    Number,
    /// A date with its time.
    DateTime,
    /// Several lines.
    Text,
    /// One of the choices.
    SingleValueList,
    /// Some of the choices.
    MultiValueList,
}

impl Datatype {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::String,
        Self::Number,
        Self::DateTime,
        Self::Text,
        Self::SingleValueList,
        Self::MultiValueList,
    ];

    /// The name in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::DateTime => "datetime",
            Self::Text => "text",
            Self::SingleValueList => "singlevaluelist",
            Self::MultiValueList => "multivaluelist",
        }
    }

    /// The kind of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|datatype| datatype.name() == name)
    }

    /// Whether the answer is chosen.
    pub fn is_list(self) -> bool {
        matches!(self, Self::SingleValueList | Self::MultiValueList)
    }
}

impl Services {
    /// The service under which a case of this matter is shown: the one with the nearest matter at or above it.
    pub fn of_matter(&self, matter: &str) -> Option<&Service> {
        let own = |service: &&Service| service.matter.as_deref().is_some_and(|own| matter.starts_with(own));
        self.by_code
            .values()
            .filter(own)
            .max_by_key(|service| service.matter.as_ref().map_or(0, String::len))
    }
}
