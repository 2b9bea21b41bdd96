//! The language of tests, table by table.

use crate::language::{WORK_HOURS, milestones, performers, phases, requests};
use crate::shape::{Key, Kind, Noun, ParameterType, Shape};

/// A file of tests.
pub(crate) static TEST_FILE: Shape = Shape {
    name: "test_file",
    doc: "Tests of a pack.",
    keys: &[
        Key::required("place", Kind::Table(&STUB), "The made-up place where they happen."),
        Key::required("test", Kind::Tables(&TEST), "The tests."),
    ],
};

static STUB: Shape = Shape {
    name: "stub",
    doc: "A made-up place.",
    keys: &[
        Key::required("utc_offset", Kind::Text, "Its distance from UTC: \"+08:00\"."),
        Key::required(
            "work_hours",
            Kind::Table(&WORK_HOURS),
            "When work is done on a working day.",
        ),
        Key::required("calendar", Kind::Table(&CALENDAR), "Which days are worked."),
        Key::optional("parameter", Kind::Values, "What it sets."),
    ],
};

static CALENDAR: Shape = Shape {
    name: "calendar",
    doc: "Which days are worked: Monday to Friday of the years, but for these.",
    keys: &[
        Key::required("years", Kind::List(&Kind::Scalar), "The years that are known."),
        Key::optional("off", Kind::List(&Kind::Date), "Days off."),
        Key::optional(
            "work",
            Kind::List(&Kind::Date),
            "Saturdays and Sundays that are worked (调休).",
        ),
    ],
};

static TEST: Shape = Shape {
    name: "test",
    doc: "A case, and what happens to it.",
    keys: &[
        Key::required("title", Kind::Text, "What it shows."),
        Key::required("case", Kind::Table(&FILED), "The case as it is filed."),
        Key::optional("expect", Kind::Table(&EXPECT), "What comes of filing it."),
        Key::optional("do", Kind::Tables(&DO), "What happens then, in order."),
    ],
};

static FILED: Shape = Shape {
    name: "filed",
    doc: "A case as it is filed.",
    keys: &[
        Key::required("type", Kind::Name(Noun::Case), "Its kind."),
        Key::required("demand", Kind::Name(Noun::Demand), "Its demand type."),
        Key::required("channel", Kind::Name(Noun::Channel), "Its channel."),
        Key::required("at", Kind::Instant, "When it is filed."),
        Key::optional("by", Kind::Word(performers), "Who files it; an operator by default."),
        Key::optional("matter", Kind::Text, "The code of its matter."),
        Key::optional("anonymous", Kind::Flag, "Whether nobody knows who reported it."),
        Key::optional("has_point", Kind::Flag, "Whether its place is known to the point."),
        Key::optional(
            "evidence",
            Kind::List(&Kind::Name(Noun::Evidence)),
            "Evidence that it brings along.",
        ),
        Key::optional(
            "answer",
            Kind::Name(Noun::Outcome),
            "The outcome, where it is answered at once (即答).",
        ),
    ],
};

static DO: Shape = Shape {
    name: "do",
    doc: "Something that happens: one of step, ask, decide and wake.",
    keys: &[
        Key::required("at", Kind::Instant, "When."),
        Key::optional("step", Kind::Beside, "A step of the workflow."),
        Key::optional("ask", Kind::Word(requests), "A request is made."),
        Key::optional(
            "decide",
            Kind::Word(requests),
            "The waiting request of this kind is decided.",
        ),
        Key::optional("wake", Kind::Flag, "The program does what time asks for."),
        Key::optional("by", Kind::Word(performers), "Who does it; not for wake."),
        Key::optional("unit", Kind::Word(units), "The unit of a handler; `first` by default."),
        Key::optional("person", Kind::Text, "A name: the same name is the same person."),
        Key::optional(
            "lead",
            Kind::Word(units),
            "Dispatch: the lead unit; `first` by default.",
        ),
        Key::optional(
            "assist",
            Kind::List(&Kind::Word(units)),
            "Dispatch: the assisting units.",
        ),
        Key::optional("limit_class", Kind::Name(Noun::Limit), "Dispatch: the class of limit."),
        Key::optional(
            "outcome",
            Kind::Name(Noun::Outcome),
            "The outcome that is handed in or answered.",
        ),
        Key::optional(
            "evidence",
            Kind::List(&Kind::Name(Noun::Evidence)),
            "Evidence that comes along.",
        ),
        Key::optional("answers", Kind::Table(&ANSWERS), "What the reporter says."),
        Key::optional("grant", Kind::Flag, "Decide: whether it is granted."),
        Key::optional(
            "more",
            Kind::Setting(ParameterType::Duration),
            "Ask for more time: how much.",
        ),
        Key::optional("until", Kind::Instant, "Ask for a suspension: until when."),
        Key::optional("expect", Kind::Table(&EXPECT), "What comes of it."),
    ],
};

static ANSWERS: Shape = Shape {
    name: "answers",
    doc: "What the reporter says to the three questions.",
    keys: &[
        Key::required("reached", Kind::Flag, "Whether anybody answered."),
        Key::optional("responded", Kind::Flag, "Was somebody in touch?"),
        Key::optional("solved", Kind::Flag, "Is it solved?"),
        Key::optional("satisfaction", Kind::Word(satisfactions), "How content?"),
    ],
};

static EXPECT: Shape = Shape {
    name: "expect",
    doc: "What must come of it.",
    keys: &[
        Key::optional(
            "refused",
            Kind::Text,
            "It is refused with this code; otherwise it must not be.",
        ),
        Key::optional("state", Kind::Beside, "The state afterwards."),
        Key::optional("phase", Kind::Word(phases), "The phase afterwards."),
        Key::optional(
            "due",
            Kind::Values,
            "By clock: the instant at which it falls due, or \"paused\", \"stopped\", \"no_calendar\".",
        ),
        Key::optional(
            "told",
            Kind::List(&Kind::Text),
            "The steps of ladders that are taken: \"clock.step\".",
        ),
        Key::optional(
            "milestones",
            Kind::List(&Kind::Word(milestones)),
            "The milestones that are reached.",
        ),
        Key::optional("suspended", Kind::Flag, "Whether it is suspended afterwards (挂账)."),
        Key::optional(
            "excluded",
            Kind::Flag,
            "Whether it is left out of the figures afterwards (剔除).",
        ),
    ],
};

fn units() -> Vec<&'static str> {
    super::stub::UNITS.to_vec()
}

pub(super) const SATISFACTIONS: [(&str, quanyu_domain::cases::Satisfaction); 3] = {
    use quanyu_domain::cases::Satisfaction::{BasicallySatisfied, Dissatisfied, Satisfied};
    [
        ("satisfied", Satisfied),
        ("basically_satisfied", BasicallySatisfied),
        ("dissatisfied", Dissatisfied),
    ]
};

fn satisfactions() -> Vec<&'static str> {
    SATISFACTIONS.map(|(name, _)| name).to_vec()
}
