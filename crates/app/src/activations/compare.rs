//! What is different between two models, piece by piece, in the words of packs.

use std::collections::BTreeMap;

use quanyu_domain::expr::Expr;
use quanyu_domain::model::Model;
use quanyu_domain::text::Title;
use serde::Serialize;
use serde_json::Value;

/// What happened to a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It says something else.
    Changed,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 3] = [Self::Added, Self::Removed, Self::Changed];
}

/// A piece of a model that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What kind of piece: `state`, `step`, `limit`, `rate` …
    pub what: &'static str,
    /// The piece that it belongs to: the workflow of a step, the ladder of its steps, the kind of case of a clock.
    pub within: Option<Title>,
    /// Its name.
    pub name: String,
    /// Its title: the new one, of what is removed the old one.
    pub title: Title,
    /// What happened to it.
    pub change: Change,
    /// What it says differently, where it changed.
    pub fields: Vec<FieldDifference>,
}

/// A field that says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// The field, as packs and the API call it.
    pub field: String,
    /// What it said; empty where it said nothing.
    pub before: String,
    /// What it says; empty where it says nothing.
    pub after: String,
}

/// The key under which a piece is the same piece in two models: its kind, what it belongs to, its name.
type Key = (&'static str, String, String);

struct Piece {
    within: Option<Title>,
    title: Title,
    fields: BTreeMap<String, String>,
}

/// Everything that is different between two models; without a first one everything of the second is new. In the order of
/// kinds and names.
pub fn differences(before: Option<&Model>, after: &Model) -> Vec<Difference> {
    let mut old = before.map(pieces).unwrap_or_default();
    let mut found = Vec::new();
    for (key, piece) in pieces(after) {
        let (change, fields) = match old.remove(&key) {
            None => (Change::Added, Vec::new()),
            Some(was) => {
                let mut fields = fields(&was.fields, &piece.fields);
                if was.title != piece.title {
                    fields.insert(0, field("title", &title_text(&was.title), &title_text(&piece.title)));
                }
                (Change::Changed, fields)
            }
        };
        if change == Change::Added || !fields.is_empty() {
            found.push(difference(key, piece, change, fields));
        }
    }
    let removed = old.into_iter();
    found.extend(removed.map(|(key, piece)| difference(key, piece, Change::Removed, Vec::new())));
    found.sort_by_key(|one| order(one.what));
    found
}

/// Kinds of piece in the order in which somebody reads about them.
const KINDS: [&str; 20] = [
    "pack",
    "case_type",
    "clock",
    "workflow",
    "state",
    "step",
    "limit",
    "ladder",
    "ladder_step",
    "request",
    "evidence",
    "demand",
    "channel",
    "outcome",
    "measure",
    "rate",
    "score",
    "sample",
    "parameter",
    "calendar",
];

fn order(what: &str) -> usize {
    KINDS.iter().position(|kind| *kind == what).unwrap_or(KINDS.len())
}

fn difference(key: Key, piece: Piece, change: Change, fields: Vec<FieldDifference>) -> Difference {
    Difference {
        what: key.0,
        within: piece.within,
        name: key.2,
        title: piece.title,
        change,
        fields,
    }
}

fn field(name: &str, before: &str, after: &str) -> FieldDifference {
    FieldDifference {
        field: name.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    }
}

fn fields(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<FieldDifference> {
    let nothing = String::new();
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let pair = |name: &String| {
        let value = |of: &BTreeMap<String, String>| of.get(name).unwrap_or(&nothing).clone();
        field(name, &value(before), &value(after))
    };
    let pairs = names.into_iter().map(pair);
    pairs.filter(|pair| pair.before != pair.after).collect()
}

fn title_text(title: &Title) -> String {
    format!("{} / {}", title.zh, title.en)
}

/// Every piece of a model.
fn pieces(model: &Model) -> BTreeMap<Key, Piece> {
    let mut all = Pieces::default();
    for pack in &model.packs {
        // Which packs are in force matters; that one of them has another hash shows in its pieces.
        all.put("pack", None, &pack.name, &pack.title, &(), &[]);
    }
    for kind in model.case_types.values() {
        all.put("case_type", None, &kind.name, &kind.title, kind, &["clocks"]);
        for clock in &kind.clocks {
            all.put("clock", Some(&kind.title), &clock.name, &clock.title, clock, &[]);
        }
    }
    for workflow in model.workflows.values() {
        let (name, title) = (&workflow.name, &workflow.title);
        all.put("workflow", None, name, title, workflow, &["states", "steps"]);
        for state in workflow.states.values() {
            all.put("state", Some(title), &state.name, &state.title, state, &[]);
        }
        for step in &workflow.steps {
            all.put("step", Some(title), &step.name, &step.title, step, &[]);
            all.condition("step", Some(title), &step.name, step.when.as_ref());
        }
    }
    for limit in model.limits.values() {
        all.put("limit", None, &limit.name, &limit.title, limit, &[]);
    }
    for ladder in model.ladders.values() {
        all.put("ladder", None, &ladder.name, &ladder.title, ladder, &["steps"]);
        for step in &ladder.steps {
            all.put("ladder_step", Some(&ladder.title), &step.name, &step.title, step, &[]);
        }
    }
    for request in model.requests.values() {
        all.put("request", None, request.kind.name(), &request.title, request, &["kind"]);
    }
    for kind in model.evidence.values() {
        all.put("evidence", None, &kind.name, &kind.title, kind, &[]);
    }
    for demand in model.demands.values() {
        all.put("demand", None, &demand.name, &demand.title, demand, &[]);
    }
    for channel in model.channels.values() {
        all.put("channel", None, &channel.name, &channel.title, channel, &[]);
    }
    for outcome in model.outcomes.values() {
        all.put("outcome", None, &outcome.name, &outcome.title, outcome, &[]);
    }
    for measure in &model.figures.measures {
        all.put("measure", None, &measure.name, &measure.title, measure, &[]);
        all.condition("measure", None, &measure.name, measure.condition.as_ref());
    }
    for rate in &model.figures.rates {
        all.put("rate", None, &rate.name, &rate.title, rate, &[]);
    }
    for score in &model.figures.scores {
        all.put("score", None, &score.name, &score.title, score, &[]);
    }
    for plan in &model.figures.samples {
        all.put("sample", None, &plan.name, &plan.title, plan, &[]);
        all.condition("sample", None, &plan.name, plan.condition.as_ref());
    }
    for parameter in model.parameters.values() {
        all.put("parameter", None, &parameter.name, &parameter.title, parameter, &[]);
    }
    let calendar = &model.work_time.calendar;
    for year in calendar.years() {
        let name = year.to_string();
        let days: Vec<String> = calendar
            .exceptions_in(year)
            .map(|day| format!("{} {}{}", day.date, if day.is_off_day { "−" } else { "+" }, day.name))
            .collect();
        all.put("calendar", None, &name, &Title::new(&name, &name), &Days { days }, &[]);
    }
    all.0
}

#[derive(Serialize)]
struct Days {
    days: Vec<String>,
}

#[derive(Default)]
struct Pieces(BTreeMap<Key, Piece>);

impl Pieces {
    /// Adds a piece with the fields that its serialised form has, but for some.
    fn put(
        &mut self,
        what: &'static str,
        within: Option<&Title>,
        name: &str,
        title: &Title,
        value: &impl Serialize,
        but: &[&str],
    ) {
        let mut fields = BTreeMap::new();
        if let Ok(Value::Object(object)) = serde_json::to_value(value) {
            let own = object
                .into_iter()
                .filter(|(field, _)| !matches!(field.as_str(), "name" | "title") && !but.contains(&field.as_str()));
            fields.extend(own.map(|(field, value)| (field, text(&value))));
        }
        let piece = Piece {
            within: within.cloned(),
            title: title.clone(),
            fields,
        };
        self.0.insert(key(what, within, name), piece);
    }

    /// Adds the condition of a piece that is there, as packs write it.
    fn condition(&mut self, what: &'static str, within: Option<&Title>, name: &str, condition: Option<&Expr>) {
        if let (Some(piece), Some(condition)) = (self.0.get_mut(&key(what, within, name)), condition) {
            piece.fields.insert("condition".to_owned(), condition.to_string());
        }
    }
}

fn key(what: &'static str, within: Option<&Title>, name: &str) -> Key {
    (
        what,
        within.map_or_else(String::new, |title| title.zh.clone()),
        name.to_owned(),
    )
}

/// A value as somebody reads it: words, lists with commas, and what is within braces.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(object) => {
            let pairs = object.iter().map(|(name, value)| format!("{name} {}", text(value)));
            pairs.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use quanyu_domain::model::{Act, Channel, LimitClass, Performer, Phase, State, Step, Workflow};
    use quanyu_domain::time::{CalendarDay, WorkCalendar, WorkHours, WorkTime, YearTable};

    use super::*;

    fn model() -> Model {
        let hours = WorkHours::new(vec!["08:30-12:00".parse().unwrap()]).unwrap();
        let state = |name: &str, phase| State {
            name: name.to_owned(),
            title: Title::new(name, name),
            phase,
        };
        let step = Step {
            name: "take".to_owned(),
            title: Title::new("接", "Take"),
            act: Act::Accept,
            from: vec!["waiting".to_owned()],
            to: Some("taken".to_owned()),
            by: vec![Performer::PROGRAM],
            needs: Vec::new(),
            when: None,
        };
        let workflow = Workflow {
            name: "way".to_owned(),
            title: Title::new("路", "Way"),
            start: "waiting".to_owned(),
            returned: "waiting".to_owned(),
            merged: "taken".to_owned(),
            reopened: "waiting".to_owned(),
            states: [state("waiting", Phase::Dispatch), state("taken", Phase::Closed)]
                .into_iter()
                .map(|state| (state.name.clone(), state))
                .collect(),
            steps: vec![step],
        };
        let limit = LimitClass {
            name: "quick".to_owned(),
            title: Title::new("急", "Quick"),
            duration: "1 workday".parse().unwrap(),
        };
        Model {
            version: "one".to_owned(),
            packs: Vec::new(),
            work_time: WorkTime {
                calendar: WorkCalendar::from_tables(&[YearTable {
                    year: 2024,
                    days: Vec::new(),
                }])
                .unwrap(),
                hours,
                offset: jiff::tz::Offset::constant(8),
            },
            case_types: BTreeMap::new(),
            workflows: [(workflow.name.clone(), workflow)].into(),
            limits: [(limit.name.clone(), limit)].into(),
            ladders: BTreeMap::new(),
            demands: BTreeMap::new(),
            channels: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            evidence: BTreeMap::new(),
            requests: BTreeMap::new(),
            figures: Default::default(),
            parameters: BTreeMap::new(),
        }
    }

    fn told(found: &[Difference]) -> Vec<String> {
        let fields = |one: &Difference| {
            let fields = one.fields.iter();
            fields
                .map(|field| format!(" {}: {} → {}", field.field, field.before, field.after))
                .collect::<String>()
        };
        found
            .iter()
            .map(|one| format!("{:?} {} {}{}", one.change, one.what, one.name, fields(one)))
            .collect()
    }

    #[test]
    fn what_is_the_same_is_not_told() {
        let mut other = model();
        other.version = "two".to_owned();
        assert_eq!(differences(Some(&model()), &other), []);
        assert!(differences(None, &other).iter().all(|one| one.change == Change::Added));
    }

    #[test]
    fn pieces_are_told_by_what_they_say() {
        let mut other = model();
        other.limits.get_mut("quick").unwrap().duration = "2 workdays".parse().unwrap();
        let phone = Channel {
            name: "phone".to_owned(),
            title: Title::new("电话", "Telephone"),
            public: true,
        };
        other.channels.insert(phone.name.clone(), phone);
        let workflow = other.workflows.get_mut("way").unwrap();
        workflow.steps[0].when = Some(Expr::Has("lead".into()));
        workflow.steps[0].title.zh = "签收".to_owned();
        workflow.states.remove("taken");
        let holiday = CalendarDay {
            date: "2024-01-01".parse().unwrap(),
            is_off_day: true,
            name: "元旦".to_owned(),
        };
        other.work_time.calendar = WorkCalendar::from_tables(&[YearTable {
            year: 2024,
            days: vec![holiday],
        }])
        .unwrap();
        let condition = Expr::Has("lead".into()).to_string();
        assert_eq!(
            told(&differences(Some(&model()), &other)),
            [
                "Removed state taken".to_owned(),
                format!("Changed step take title: 接 / Take → 签收 / Take condition:  → {condition}"),
                "Changed limit quick duration: 1 workday → 2 workdays".to_owned(),
                "Added channel phone".to_owned(),
                "Changed calendar 2024 days:  → 2024-01-01 −元旦".to_owned(),
            ]
        );
    }
}
