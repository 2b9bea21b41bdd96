//! The language of packs, places and their tests, table by table.

mod figures;

use quanyu_domain::access::Role;
use quanyu_domain::model::{Act, LadderAudience, Milestone, Performer, Phase, RequestKind};

use crate::shape::{Key, Kind, Noun, ParameterType, Shape};

/// A file of a pack.
pub(crate) static PACK_FILE: Shape = Shape {
    name: "pack_file",
    doc: "A file of a pack: what one mechanism of a district is made of.",
    keys: &[
        Key::optional(
            "pack",
            Kind::Table(&PACK),
            "What the pack is; stands in pack.toml and nowhere else.",
        ),
        Key::optional("case", Kind::Named(&CASE), "Kinds of case (案件类型)."),
        Key::optional("workflow", Kind::Named(&WORKFLOW), "Workflows (流程)."),
        Key::optional("limit", Kind::Named(&LIMIT), "Classes of limit (时限类别)."),
        Key::optional("ladder", Kind::Named(&LADDER), "Ladders of escalation (催办与预警)."),
        Key::optional("demand", Kind::Named(&DEMAND), "Demand types (诉求类型)."),
        Key::optional("channel", Kind::Named(&CHANNEL), "Channels (来源渠道)."),
        Key::optional("outcome", Kind::Named(&OUTCOME), "Outcomes (办结类型)."),
        Key::optional("evidence", Kind::Named(&EVIDENCE), "Kinds of evidence (佐证材料)."),
        Key::optional(
            "request",
            Kind::NamedBy(requests, &REQUEST),
            "What may be asked for, and by whom (申请).",
        ),
        Key::optional("measure", Kind::Named(&figures::MEASURE), "What is counted (计数)."),
        Key::optional("rate", Kind::Named(&figures::RATE), "Rates over what is counted (率)."),
        Key::optional(
            "score",
            Kind::Named(&figures::SCORE),
            "Scores over rates, for rankings (得分).",
        ),
        Key::optional(
            "sample",
            Kind::Named(&figures::SAMPLE),
            "Closed cases that are drawn and asked about (抽样).",
        ),
        Key::optional("parameter", Kind::Named(&PARAMETER), "What a place may set (参数)."),
    ],
};

static PACK: Shape = Shape {
    name: "pack",
    doc: "What the pack is.",
    keys: &[
        Key::required("name", Kind::NewName, "Its name: that of its folder."),
        Key::required("title", Kind::Title, "Its title."),
        Key::optional(
            "needs",
            Kind::List(&Kind::Name(Noun::Pack)),
            "The packs whose names it uses.",
        ),
    ],
};

static CASE: Shape = Shape {
    name: "case",
    doc: "A kind of case: which workflow it walks and what clocks it carries.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("workflow", Kind::Name(Noun::Workflow), "The workflow that it walks."),
        Key::required(
            "default_limit",
            Kind::Name(Noun::Limit),
            "The class of limit where neither the directory nor the dispatcher names one.",
        ),
        Key::optional(
            "reopen_within",
            Kind::Setting(ParameterType::Duration),
            "How long after closing the reporter may reopen it; without it, not at all.",
        ),
        Key::optional(
            "reopen_at_most",
            Kind::Setting(ParameterType::Number),
            "How often the reporter may reopen it; goes with reopen_within.",
        ),
        Key::optional("clock", Kind::Tables(&CLOCK), "The clocks that it carries (计时)."),
    ],
};

static CLOCK: Shape = Shape {
    name: "clock",
    doc: "A clock between two milestones. Closing always stops it.",
    keys: &[
        Key::required("name", Kind::NewName, "Its name, unique within the kind of case."),
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "starts",
            Kind::Word(milestones),
            "The milestone that starts it, anew where it ran before.",
        ),
        Key::required(
            "stops",
            Kind::List(&Kind::Word(milestones)),
            "The milestones that stop it.",
        ),
        Key::required(
            "limit",
            Kind::NameOr(Noun::Limit, BY_CLASS),
            "A class of limit, or `by_class`: the class decided at dispatch.",
        ),
        Key::optional("ladder", Kind::Name(Noun::Ladder), "The ladder that it walks."),
        Key::optional(
            "extendable",
            Kind::Flag,
            "Whether a granted extension moves it (延期); no by default.",
        ),
    ],
};

/// The word for the class of limit that was decided at dispatch.
pub(crate) const BY_CLASS: &str = "by_class";

static WORKFLOW: Shape = Shape {
    name: "workflow",
    doc: "A workflow: states inside the phases that the program knows, and the steps between them.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "start",
            Kind::Beside,
            "The state of a newly filed case (phase intake or dispatch).",
        ),
        Key::required(
            "returned",
            Kind::Beside,
            "The state after a granted return (phase dispatch).",
        ),
        Key::required(
            "merged",
            Kind::Beside,
            "The state after a granted merger (phase closed).",
        ),
        Key::required(
            "reopened",
            Kind::Beside,
            "The state after a granted reopening (phase dispatch or handling).",
        ),
        Key::required("state", Kind::Named(&STATE), "The states."),
        Key::required("step", Kind::Tables(&STEP), "The steps, in the order of the buttons."),
    ],
};

static STATE: Shape = Shape {
    name: "state",
    doc: "A state inside a phase.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("phase", Kind::Word(phases), "The phase in which it lies."),
    ],
};

static STEP: Shape = Shape {
    name: "step",
    doc: "A step from one state to another.",
    keys: &[
        Key::optional(
            "name",
            Kind::NewName,
            "Its name, unique within the workflow; that of its act by default.",
        ),
        Key::required("title", Kind::Title, "What the button says."),
        Key::required("act", Kind::Word(acts), "What the program does."),
        Key::required(
            "from",
            Kind::List(&Kind::Beside),
            "The states from which it may be taken.",
        ),
        Key::optional(
            "to",
            Kind::Beside,
            "The state to which it leads; without it the state stays.",
        ),
        Key::required("by", Kind::List(&Kind::Word(performers)), "Who may take it."),
        Key::optional(
            "needs",
            Kind::List(&Kind::Name(Noun::Evidence)),
            "Evidence without which it is refused.",
        ),
        Key::optional("when", Kind::Condition, "A condition over the case, in CEL."),
    ],
};

static LIMIT: Shape = Shape {
    name: "limit",
    doc: "A class of limit.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "duration",
            Kind::Setting(ParameterType::Duration),
            "The time allowed: \"3 workdays\".",
        ),
    ],
};

static LADDER: Shape = Shape {
    name: "ladder",
    doc: "A ladder of escalation: what happens before, at and after a limit.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("step", Kind::Tables(&LADDER_STEP), "Its steps, in the order of time."),
    ],
};

static LADDER_STEP: Shape = Shape {
    name: "ladder_step",
    doc: "A step of a ladder.",
    keys: &[
        Key::required("name", Kind::NewName, "Its name, unique within the ladder."),
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "at",
            Kind::Moment,
            "When: \"before 1 workday\", \"limit\", \"after 4 work_hours\".",
        ),
        Key::required("tells", Kind::List(&Kind::Word(audiences)), "Whom it tells."),
    ],
};

static DEMAND: Shape = Shape {
    name: "demand",
    doc: "A demand type.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::optional(
            "answerable_at_intake",
            Kind::Setting(ParameterType::Flag),
            "Whether an operator may answer it and close it at once (即答); no by default.",
        ),
        Key::optional(
            "counts_in_rates",
            Kind::Setting(ParameterType::Flag),
            "Whether such cases count in the rates; yes by default.",
        ),
    ],
};

static CHANNEL: Shape = Shape {
    name: "channel",
    doc: "A channel through which cases come.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::optional(
            "public",
            Kind::Flag,
            "Whether people without an account may file through it; no by default.",
        ),
    ],
};

static OUTCOME: Shape = Shape {
    name: "outcome",
    doc: "How a case ended.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("solved", Kind::Flag, "Whether the matter itself was solved."),
    ],
};

static EVIDENCE: Shape = Shape {
    name: "evidence",
    doc: "A kind of evidence.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required(
            "media",
            Kind::List(&Kind::Text),
            "The media types that count as it: \"image/*\".",
        ),
    ],
};

static REQUEST: Shape = Shape {
    name: "request",
    doc: "Who may ask for something, who decides, and within what bounds.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("asked_by", Kind::List(&Kind::Word(performers)), "Who may ask."),
        Key::required(
            "decided_by",
            Kind::List(&Kind::Word(roles)),
            "Who decides; never the account that asked.",
        ),
        Key::required(
            "phases",
            Kind::List(&Kind::Word(phases)),
            "The phases in which it may be asked for.",
        ),
        Key::required("limit", Kind::Name(Noun::Limit), "The class of limit for the decision."),
        Key::optional(
            "grants_at_most",
            Kind::Setting(ParameterType::Number),
            "How often it may be granted for one case; without it, as often as it is asked for.",
        ),
        Key::optional(
            "cut_off",
            Kind::Setting(ParameterType::TimeOfDay),
            "The hour before which it must be made.",
        ),
        Key::optional(
            "before_due",
            Kind::Flag,
            "Whether it must be made before the limit has passed; no by default.",
        ),
        Key::optional(
            "at_most",
            Kind::Setting(ParameterType::Duration),
            "The longest time that may be asked for; for an extension without it, once more the original limit.",
        ),
    ],
};

static PARAMETER: Shape = Shape {
    name: "parameter",
    doc: "Something that a place may set.",
    keys: &[
        Key::required("title", Kind::Title, "Its title."),
        Key::required("type", Kind::Word(parameter_types), "What it is."),
        Key::required("default", Kind::Scalar, "Its value where no place sets it."),
        Key::optional("min", Kind::Scalar, "The least that a place may set."),
        Key::optional("max", Kind::Scalar, "The most that a place may set."),
    ],
};

/// `place.toml`.
pub(crate) static PLACE_FILE: Shape = Shape {
    name: "place_file",
    doc: "A city or a district: which packs are in force there, its calendar and hours, its tables, its parameters.",
    keys: &[
        Key::required("place", Kind::Table(&PLACE), "What the place is."),
        Key::optional(
            "work_hours",
            Kind::Table(&WORK_HOURS),
            "When work is done on a working day; else the city's.",
        ),
        Key::optional(
            "files",
            Kind::Table(&FILES),
            "Its tables, as paths seen from its folder.",
        ),
        Key::optional("parameter", Kind::Values, "What it sets."),
    ],
};

static PLACE: Shape = Shape {
    name: "place",
    doc: "What the place is.",
    keys: &[
        Key::required("code", Kind::Text, "The twelve digits of its division code."),
        Key::required("title", Kind::Title, "Its name."),
        Key::optional(
            "part_of",
            Kind::Text,
            "The folder, beside this one, of the city whose packs, tables and parameters hold here too.",
        ),
        Key::optional(
            "needs",
            Kind::List(&Kind::Name(Noun::Pack)),
            "The packs in force, beside the city's.",
        ),
        Key::optional(
            "utc_offset",
            Kind::Text,
            "Its distance from UTC: \"+08:00\"; else the city's.",
        ),
        Key::optional(
            "calendars",
            Kind::List(&Kind::Text),
            "Holiday tables, or folders of them, as paths seen from its folder; else the city's.",
        ),
    ],
};

/// The working hours of a place, and of the stub in a test.
pub(crate) static WORK_HOURS: Shape = Shape {
    name: "work_hours",
    doc: "When work is done on a working day.",
    keys: &[
        Key::required(
            "intervals",
            Kind::List(&Kind::Text),
            "In order: [\"08:30-12:00\", \"14:30-18:00\"].",
        ),
        Key::optional(
            "season",
            Kind::Table(&SEASON),
            "Other hours for a part of each year (夏令作息).",
        ),
    ],
};

static SEASON: Shape = Shape {
    name: "season",
    doc: "Other hours for a part of each year.",
    keys: &[
        Key::required("from", Kind::Text, "The first day: \"05-01\"."),
        Key::required("to", Kind::Text, "The last day."),
        Key::required("intervals", Kind::List(&Kind::Text), "In order."),
    ],
};

static FILES: Shape = Shape {
    name: "files",
    doc: "The tables of a place, as paths seen from its folder.",
    keys: &[
        Key::optional("units", Kind::Text, "Units (CSV)."),
        Key::optional("areas", Kind::Text, "Their polygons (GeoJSON)."),
        Key::optional("directory", Kind::Text, "The dispatch directory (CSV)."),
        Key::optional("matters", Kind::Text, "The tree of matters (CSV)."),
        Key::optional("gazetteer", Kind::Text, "Names of places (CSV)."),
        Key::optional(
            "services",
            Kind::Text,
            "Services for residents through other systems (TOML).",
        ),
        Key::optional("cases", Kind::Text, "Cases in flight, to be taken over (CSV)."),
    ],
};

pub(crate) fn phases() -> Vec<&'static str> {
    Phase::ALL.map(Phase::name).to_vec()
}

pub(crate) fn acts() -> Vec<&'static str> {
    Act::ALL.map(Act::name).to_vec()
}

pub(crate) fn milestones() -> Vec<&'static str> {
    Milestone::ALL.map(Milestone::name).to_vec()
}

pub(crate) fn requests() -> Vec<&'static str> {
    RequestKind::ALL.map(RequestKind::name).to_vec()
}

fn parameter_types() -> Vec<&'static str> {
    ParameterType::ALL.map(ParameterType::name).to_vec()
}

/// The roles that have to do with cases; the three administrators have not (三员分立).
pub(crate) fn roles() -> Vec<&'static str> {
    Role::ALL
        .into_iter()
        .filter(|role| !role.is_administrator())
        .map(Role::name)
        .collect()
}

/// Those without an account.
const OTHERS: [(&str, Performer); 2] = [("reporter", Performer::REPORTER), ("program", Performer::PROGRAM)];

pub(crate) fn performers() -> Vec<&'static str> {
    roles().into_iter().chain(OTHERS.map(|(name, _)| name)).collect()
}

/// The performer of this name.
pub(crate) fn performer(name: &str) -> Option<Performer> {
    let role = Role::by_name(name)
        .filter(|role| !role.is_administrator())
        .map(Performer::Role);
    role.or_else(|| {
        OTHERS
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, performer)| performer)
    })
}

const AUDIENCES: [(&str, LadderAudience); 4] = [
    ("assigned", LadderAudience::Assigned),
    ("desk", LadderAudience::Desk),
    ("supervisors", LadderAudience::Supervisors),
    ("leaders", LadderAudience::Leaders),
];

fn audiences() -> Vec<&'static str> {
    AUDIENCES.map(|(name, _)| name).to_vec()
}

/// The audience of this name.
pub(crate) fn audience(name: &str) -> Option<LadderAudience> {
    AUDIENCES
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, audience)| audience)
}
