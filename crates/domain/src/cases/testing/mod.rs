//! A made-up district, its rules and its people, for the tests of cases; and a [`Story`] that a case lives through.

mod rules;
pub(super) mod walk;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::{
    AnswersInput, Available, Case, CaseEvent, Command, Context, Decided, Evidence, Filing, Place, Position,
    RequestInput, Satisfaction, StepInput, TextRef, available, decide, file,
};
use crate::access::{Actor, Grant, Relation, Role};
use crate::directory::{Directory, DirectoryRow, Matter, Matters};
use crate::ids::Id;
use crate::model::{Model, RequestKind};
use crate::refusal::Refusal;
use crate::text::Title;
use crate::units::{Unit, UnitCode, UnitKind, UnitTree};

pub(super) use rules::{limit, model};

/// The district of the stories.
pub(super) const EAST: &str = "990101000000";
/// Its desk, departments, and a piece of its land.
pub(super) const DESK: &str = "990101000000-command_centre";
pub(super) const ROADS: &str = "990101000000-roads";
pub(super) const WATER: &str = "990101000000-water";
pub(super) const PARKS: &str = "990101000000-parks";
pub(super) const MILL: &str = "990101001000";
pub(super) const WELL: &str = "990101001001";
pub(super) const WELL_GRID: &str = "990101001001001";
pub(super) const POND: &str = "990101001002";
/// The city above it, a department of the city, and another district.
pub(super) const CITY: &str = "990100000000";
pub(super) const BRIDGES: &str = "990100000000-bridges";
pub(super) const WEST: &str = "990102000000";
pub(super) const WEST_DESK: &str = "990102000000-command_centre";
pub(super) const WEST_ROADS: &str = "990102000000-roads";

/// An instant from local civil time at UTC+8, such as `"2024-03-04T09:00"`.
pub(super) fn at(text: &str) -> Timestamp {
    let local: DateTime = text.parse().expect("a civil date and time");
    Offset::constant(8).to_timestamp(local).expect("within range")
}

pub(super) fn code(text: &str) -> UnitCode {
    text.parse().expect("a unit code")
}

pub(super) fn title(name: &str) -> Title {
    Title::new(format!("《{name}》"), name)
}

pub(super) fn text_ref(id: i64) -> TextRef {
    TextRef {
        id: Id(id),
        sha256: format!("{id:064x}"),
    }
}

/// Somebody with an account that holds these roles.
pub(super) fn person(id: i64, grants: &[(Role, &str)]) -> Actor {
    let grant = |(role, unit): &(Role, &str)| Grant {
        role: *role,
        unit: code(unit),
    };
    Actor::Account {
        id: Id(id),
        grants: grants.iter().map(grant).collect(),
    }
}

pub(super) fn operator() -> Actor {
    person(1, &[(Role::Operator, DESK)])
}

pub(super) fn dispatcher() -> Actor {
    person(2, &[(Role::Dispatcher, DESK)])
}

pub(super) fn roads() -> Actor {
    person(3, &[(Role::Handler, ROADS)])
}

pub(super) fn water() -> Actor {
    person(4, &[(Role::Handler, WATER)])
}

pub(super) fn verifier() -> Actor {
    person(5, &[(Role::Verifier, DESK)])
}

pub(super) fn caller() -> Actor {
    person(6, &[(Role::CallBackClerk, DESK)])
}

pub(super) fn supervisor() -> Actor {
    person(7, &[(Role::Supervisor, EAST)])
}

/// A second dispatcher: nobody decides what they asked for themselves.
pub(super) fn dispatcher_2() -> Actor {
    person(8, &[(Role::Dispatcher, DESK)])
}

/// Everything that surrounds a decision.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub model: Model,
    pub tree: UnitTree,
    pub matters: Matters,
    pub directory: Directory,
}

impl World {
    pub fn new() -> Self {
        Self {
            model: model(),
            tree: tree(),
            matters: matters(),
            directory: directory(),
        }
    }

    pub fn context(&self, now: Timestamp) -> Context<'_> {
        Context {
            model: &self.model,
            tree: &self.tree,
            matters: &self.matters,
            directory: &self.directory,
            now,
        }
    }
}

pub(super) fn unit(code_text: &str, kind: UnitKind, parent: Option<&str>) -> Unit {
    let function = code_text.split_once('-').map(|(_, name)| name.to_owned());
    Unit {
        code: code(code_text),
        kind,
        title: title(code_text),
        parent: parent.map(code),
        function,
        valid_from: "2020-01-01".parse().expect("a date"),
        valid_to: None,
        successors: Vec::new(),
    }
}

fn tree() -> UnitTree {
    use UnitKind::{City, Community, Department, District, Grid, Subdistrict};
    UnitTree::new([
        unit(CITY, City, None),
        unit(BRIDGES, Department, Some(CITY)),
        unit(EAST, District, Some(CITY)),
        unit(DESK, Department, Some(EAST)),
        unit(ROADS, Department, Some(EAST)),
        unit(WATER, Department, Some(EAST)),
        unit(PARKS, Department, Some(EAST)),
        unit(MILL, Subdistrict, Some(EAST)),
        unit(WELL, Community, Some(MILL)),
        unit(WELL_GRID, Grid, Some(WELL)),
        unit(POND, Community, Some(MILL)),
        unit(WEST, District, Some(CITY)),
        unit(WEST_DESK, Department, Some(WEST)),
        unit(WEST_ROADS, Department, Some(WEST)),
    ])
}

pub(super) fn matter(code: &str, keywords: &[&str]) -> Matter {
    Matter {
        code: code.to_owned(),
        title: title(code),
        demands: Vec::new(),
        keywords: keywords.iter().map(|&word| word.to_owned()).collect(),
        filing: String::new(),
        closing: String::new(),
    }
}

fn matters() -> Matters {
    Matters::new([
        matter("01", &[]),
        matter("0101", &["路面"]),
        matter("010101", &["路面塌陷"]),
        matter("0102", &[]),
    ])
}

pub(super) fn row(matter: &str, lead: &str, assist: &[&str], limit_class: &str) -> DirectoryRow {
    DirectoryRow {
        matter: matter.to_owned(),
        demand: None,
        lead: lead.parse().expect("a unit reference"),
        assist: assist
            .iter()
            .map(|unit| unit.parse().expect("a unit reference"))
            .collect(),
        limit_class: limit_class.to_owned(),
        valid_from: "2020-01-01".parse().expect("a date"),
        valid_to: None,
        basis: "made up".to_owned(),
    }
}

fn directory() -> Directory {
    Directory::new(vec![vec![row("0101", "@function:roads", &[WATER], "week")]])
}

/// A case that comes in by telephone: a road in a community, which the directory sends to the roads department.
pub(super) fn filing() -> Filing {
    Filing {
        id: Id(240_304_090_000_100_001),
        case_type: "grievance".to_owned(),
        demand: "trouble".to_owned(),
        channel: "telephone".to_owned(),
        matter: Some("010101".to_owned()),
        text: text_ref(11),
        place: Place {
            words: Some("井边三号门前".into()),
            position: Some(Position {
                lon: 101.7253418,
                lat: 36.6412907,
            }),
            areas: [WELL_GRID, WELL, MILL, EAST].map(code).to_vec(),
        },
        reporter: Some(Id(77)),
        confidential: false,
        evidence: Vec::new(),
        answer: None,
    }
}

pub(super) fn photo(id: i64) -> Evidence {
    Evidence {
        kind: "photo".to_owned(),
        attachment: Id(id),
    }
}

/// What every step of the made-up workflow is content with.
pub(super) fn input() -> StepInput {
    StepInput {
        note: Some("因为所以".to_owned()),
        reply: Some(text_ref(22)),
        outcome: Some("repaired".to_owned()),
        evidence: vec![photo(33)],
        answers: Some(answers()),
        ..StepInput::default()
    }
}

pub(super) fn answers() -> AnswersInput {
    AnswersInput {
        reached: true,
        responded: Some(true),
        solved: Some(true),
        satisfaction: Some(Satisfaction::Satisfied),
    }
}

pub(super) fn unreached() -> StepInput {
    StepInput {
        answers: Some(AnswersInput {
            reached: false,
            responded: None,
            solved: None,
            satisfaction: None,
        }),
        ..StepInput::default()
    }
}

pub(super) fn request(kind: RequestKind) -> RequestInput {
    RequestInput {
        kind,
        reason: "因为所以".to_owned(),
        more: None,
        until: None,
        into: None,
        target: None,
        unit: None,
    }
}

pub(super) fn take(step: &str, input: StepInput) -> Command {
    Command::Step {
        step: step.to_owned(),
        input: Box::new(input),
    }
}

pub(super) fn settle(request: u32, grant: bool) -> Command {
    Command::Decide {
        request,
        grant,
        reason: "研究决定".to_owned(),
        target: None,
    }
}

/// Applies events from the first, each through its JSON form.
pub(super) fn replayed(events: &[CaseEvent]) -> Case {
    let read = |event: &CaseEvent| -> CaseEvent {
        let text = serde_json::to_string(event).expect("an event is JSON");
        serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
    };
    let mut case = Case::from_first(&read(&events[0])).expect("the first event is the filing");
    for event in &events[1..] {
        case.apply(&read(event)).expect("the event fits");
    }
    case
}

/// A case and everything that has happened to it. What is decided is held against what its events amount to.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub world: World,
    pub now: Timestamp,
    pub case: Case,
    pub events: Vec<CaseEvent>,
}

impl Story {
    /// Filed on Monday, 4 March 2024, 09:00.
    pub fn begin() -> Self {
        Self::of(World::new(), filing())
    }

    pub fn of(world: World, filing: Filing) -> Self {
        let now = at("2024-03-04T09:00");
        let decided = file(&world.context(now), filing, &operator()).expect("it may be filed");
        assert_eq!(decided.case.version, 1);
        Self {
            world,
            now,
            case: decided.case,
            events: decided.events,
        }
    }

    /// Filed, dispatched to the roads department with the water department assisting, and accepted by the former.
    pub fn handled() -> Self {
        let mut story = Self::begin();
        story.takes(&dispatcher(), "dispatch");
        story.takes(&roads(), "accept");
        story
    }

    /// … and handed in, found right and closed with the reporter's answers.
    pub fn closed() -> Self {
        let mut story = Self::handled();
        story.takes(&roads(), "hand_in");
        story.takes(&verifier(), "pass");
        story.takes(&caller(), "call_back");
        story
    }

    pub fn at(&mut self, text: &str) -> &mut Self {
        let now = at(text);
        assert!(now >= self.now, "a story goes on");
        self.now = now;
        self
    }

    pub fn later(&mut self, minutes: i64) -> &mut Self {
        self.now += SignedDuration::from_mins(minutes);
        self
    }

    pub fn tries(&self, actor: &Actor, command: Command) -> Result<Decided, Refusal> {
        decide(&self.world.context(self.now), &self.case, actor, command)
    }

    /// The code with which a command is refused.
    #[track_caller]
    pub fn refused(&self, actor: &Actor, command: Command) -> &'static str {
        match self.tries(actor, command) {
            Ok(decided) => panic!("not refused: {:?}", decided.events),
            Err(refusal) => refusal.code,
        }
    }

    /// Something happens.
    #[track_caller]
    pub fn does(&mut self, actor: &Actor, command: Command) -> &mut Self {
        match self.tries(actor, command) {
            Ok(decided) => self.accepts(decided),
            Err(refusal) => panic!("refused: {refusal}"),
        }
    }

    #[track_caller]
    pub fn accepts(&mut self, decided: Decided) -> &mut Self {
        let grown = i64::from(!decided.events.is_empty());
        assert_eq!(
            decided.case.version,
            self.case.version + grown,
            "one version for a decision"
        );
        self.events.extend(decided.events);
        assert_eq!(
            replayed(&self.events),
            decided.case,
            "a case is what its events amount to"
        );
        self.case = decided.case;
        self
    }

    /// A step with all that it may need.
    #[track_caller]
    pub fn takes(&mut self, actor: &Actor, step: &str) -> &mut Self {
        self.does(actor, take(step, input()))
    }

    /// Asks for something, and gives the number of the request.
    #[track_caller]
    pub fn asks(&mut self, actor: &Actor, input: RequestInput) -> u32 {
        self.does(actor, Command::Request(input));
        self.case.requests.last().expect("it was asked for").number
    }

    #[track_caller]
    pub fn grants(&mut self, actor: &Actor, request: u32) -> &mut Self {
        self.does(actor, settle(request, true))
    }

    #[track_caller]
    pub fn wakes(&mut self) -> &mut Self {
        self.does(&Actor::Program, Command::Wake)
    }

    pub fn available(&self, actor: &Actor) -> Available {
        available(&self.world.context(self.now), &self.case, actor)
    }

    /// The names of the steps that an actor may take.
    pub fn steps(&self, actor: &Actor) -> Vec<String> {
        self.available(actor).steps.into_iter().map(|step| step.name).collect()
    }

    /// The kinds of the last events.
    pub fn last(&self, count: usize) -> Vec<&'static str> {
        let from = self.events.len() - count;
        self.events[from..].iter().map(|event| event.fact.kind()).collect()
    }

    /// The limit of a clock while it runs.
    #[track_caller]
    pub fn due(&self, clock: &str) -> Timestamp {
        let clock = self.case.clock(clock).expect("there is such a clock");
        clock.running_due().expect("it runs")
    }

    /// The steps of ladders that were taken, in order.
    pub fn escalated(&self) -> Vec<(&str, &str)> {
        self.events
            .iter()
            .filter_map(|event| match &event.fact {
                super::CaseFact::Escalated { clock, step, .. } => Some((clock.as_str(), step.as_str())),
                _ => None,
            })
            .collect()
    }

    /// The units of which something is wanted in a relation.
    pub fn open_units(&self, relation: Relation) -> Vec<String> {
        let rows = self.case.parties();
        let wanted = rows.iter().filter(|row| row.relation == relation && row.open);
        wanted.map(|row| row.unit.to_string()).collect()
    }
}
