//! Random walks: commands of random people at random times, in a district whose units end and whose calendar is loaded
//! late.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::cases::Decided;
use crate::model::Act;
use crate::time::{WorkCalendar, YearTable};

/// Everybody who may come near the case, and some who may not.
pub(crate) fn people() -> Vec<Actor> {
    vec![
        Actor::Reporter,
        Actor::Program,
        operator(),
        dispatcher(),
        dispatcher_2(),
        roads(),
        water(),
        person(9, &[(Role::Handler, PARKS)]),
        verifier(),
        caller(),
        supervisor(),
        person(
            10,
            &[(Role::Handler, WATER), (Role::Handler, ROADS), (Role::Verifier, DESK)],
        ),
        person(11, &[(Role::Supervisor, ROADS), (Role::Supervisor, WEST)]),
        person(12, &[(Role::Supervisor, CITY)]),
        person(13, &[(Role::Dispatcher, WEST_DESK), (Role::Handler, WEST_ROADS)]),
        person(14, &[(Role::GridWorker, WELL)]),
        person(15, &[(Role::GridWorker, POND), (Role::Leader, MILL)]),
        person(16, &[(Role::Handler, DESK), (Role::Handler, BRIDGES)]),
        person(17, &[(Role::SystemAdmin, EAST)]),
    ]
}

/// Something that may happen in the district.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// Somebody does one of the things that are offered to them.
    Offered(prop::sample::Index, prop::sample::Index, Terms),
    /// Somebody tries a step, whoever and wherever they are.
    Step(prop::sample::Index, prop::sample::Index, Terms),
    /// Somebody asks for something.
    Ask(prop::sample::Index, prop::sample::Index, Terms),
    /// Somebody decides the request of this number.
    Decide(prop::sample::Index, u32, bool),
    /// The program looks what time asks for.
    Wake,
    /// A unit ends today, with this successor.
    End(prop::sample::Index, Option<prop::sample::Index>),
    /// Time passes.
    Pass(i64),
    /// The calendar of the next year is loaded.
    Load,
}

/// What comes along.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    unit: Option<prop::sample::Index>,
    reached: bool,
    evidence: bool,
    class: Option<prop::sample::Index>,
    place: Option<prop::sample::Index>,
    remaining: bool,
    hours: i64,
}

/// Units that may be given a part; the first four may end.
const UNITS: [&str; 6] = [ROADS, WATER, PARKS, DESK, BRIDGES, WEST_ROADS];
const CLASSES: [&str; 3] = ["rush", "one_day", "week"];

fn terms() -> impl Strategy<Value = Terms> {
    use prop::option::weighted;
    let index = any::<prop::sample::Index>;
    (
        weighted(0.3, index()),
        any::<bool>(),
        any::<bool>(),
        weighted(0.5, index()),
        weighted(0.2, index()),
        prop::bool::weighted(0.05),
        1..700_i64,
    )
        .prop_map(|(unit, reached, evidence, class, place, remaining, hours)| Terms {
            unit,
            reached,
            evidence,
            class,
            place,
            remaining,
            hours,
        })
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let index = any::<prop::sample::Index>;
    let minutes = prop_oneof![Just(1), 1..180_i64, 180..3_000_i64, 3_000..40_000_i64];
    let one = prop_oneof![
        12 => (index(), index(), terms()).prop_map(|(who, what, terms)| Move::Offered(who, what, terms)),
        2 => (index(), index(), terms()).prop_map(|(who, what, terms)| Move::Step(who, what, terms)),
        2 => (index(), index(), terms()).prop_map(|(who, what, terms)| Move::Ask(who, what, terms)),
        2 => (index(), 0..4_u32, any::<bool>()).prop_map(|(who, number, grant)| Move::Decide(who, number, grant)),
        3 => Just(Move::Wake),
        1 => (index(), prop::option::of(index())).prop_map(|(unit, next)| Move::End(unit, next)),
        5 => minutes.prop_map(Move::Pass),
        1 => Just(Move::Load),
    ];
    prop::collection::vec(one, 1..60)
}

fn a_unit(index: &prop::sample::Index, units: &[&str]) -> UnitCode {
    code(index.get::<&str>(units))
}

fn step_input(story: &Story, act: Act, terms: &Terms) -> StepInput {
    let unit = terms.unit.as_ref().map(|unit| a_unit(unit, &UNITS));
    let places = [
        vec![POND, MILL, EAST],
        vec![EAST],
        vec![WEST],
        vec![WELL_GRID, WELL, MILL, EAST],
    ];
    let place = terms.place.as_ref().map(|place| Place {
        words: None,
        position: None,
        areas: place.get(&places).iter().map(|area| code(area)).collect(),
    });
    let (unit, lead) = if act == Act::Dispatch {
        (None, unit)
    } else {
        (unit, None)
    };
    let answers = if terms.reached { input() } else { unreached() }.answers;
    let brings = terms.evidence && story.case.evidence.len() < 90;
    StepInput {
        evidence: if brings { vec![photo(1)] } else { Vec::new() },
        unit,
        lead,
        limit_class: terms.class.as_ref().map(|class| (*class.get(&CLASSES)).to_owned()),
        place: place.filter(|_| act == Act::Dispatch),
        remaining: terms.remaining.then(|| limit("1 workday")),
        answers,
        ..input()
    }
}

fn request_input(story: &Story, kind: RequestKind, terms: &Terms) -> RequestInput {
    RequestInput {
        until: Some(story.now + SignedDuration::from_hours(terms.hours)),
        into: Some(Id(1)),
        target: another(story, Some(Id(1))),
        more: terms.reached.then(|| limit("1 workday")),
        unit: terms.unit.as_ref().map(|unit| a_unit(unit, &UNITS)),
        ..request(kind)
    }
}

/// Another case, as it was filed.
fn another(story: &Story, id: Option<Id>) -> Option<Box<Case>> {
    let other = Filing { id: id?, ..filing() };
    let filed = file(&story.world.context(story.now), other, &Actor::Program);
    Some(Box::new(filed.expect("it may be filed").case))
}

fn decision(story: &Story, number: u32, grant: bool) -> Command {
    let into = story
        .case
        .requests
        .iter()
        .find(|r| r.number == number)
        .and_then(|r| r.into);
    let target = another(story, into);
    Command::Decide {
        request: number,
        grant,
        reason: "研究决定".to_owned(),
        target,
    }
}

/// What somebody is offered, as commands.
fn offered(story: &Story, actor: &Actor, terms: &Terms) -> Vec<Command> {
    let available = story.available(actor);
    let steps = available
        .steps
        .iter()
        .map(|step| take(&step.name, step_input(story, step.act, terms)));
    let requests = available
        .requests
        .iter()
        .map(|kind| Command::Request(request_input(story, *kind, terms)));
    let decisions = available
        .decisions
        .iter()
        .map(|number| decision(story, *number, terms.evidence));
    let taking_over = person(
        10,
        &[(Role::Handler, WATER), (Role::Handler, ROADS), (Role::Verifier, DESK)],
    );
    let handovers = available.handovers.iter().map(|number| Command::HandOver {
        assignment: *number,
        to: taking_over.clone(),
        reason: "休假".to_owned(),
    });
    steps.chain(requests).chain(decisions).chain(handovers).collect()
}

/// Carries out a move; what is refused changes nothing.
pub(crate) fn happen(story: &mut Story, people: &[Actor], one: &Move) {
    let attempt = match one {
        Move::Offered(who, what, terms) => {
            // The next who is offered something, if there is anybody.
            let first = who.index(people.len());
            let around = people.iter().cycle().skip(first).take(people.len());
            let busy = around.map(|actor| (actor, offered(story, actor, terms)));
            let Some((actor, commands)) = busy.into_iter().find(|(_, commands)| !commands.is_empty()) else {
                return;
            };
            story.tries(actor, what.get(&commands).clone())
        }
        Move::Step(who, what, terms) => {
            let steps = &story.world.model.workflows["loop"].steps;
            let step = what.get(steps);
            story.tries(who.get(people), take(&step.name, step_input(story, step.act, terms)))
        }
        Move::Ask(who, what, terms) => {
            let kind = *what.get(&RequestKind::ALL);
            story.tries(who.get(people), Command::Request(request_input(story, kind, terms)))
        }
        Move::Decide(who, number, grant) => story.tries(who.get(people), decision(story, *number, *grant)),
        Move::Wake => story.tries(&Actor::Program, Command::Wake),
        Move::End(unit, next) => {
            let mut unit = story
                .world
                .tree
                .get(&a_unit(unit, &UNITS[..4]))
                .expect("it exists")
                .clone();
            let today = story.world.model.work_time.date(story.now);
            unit.valid_to = unit.valid_to.or(Some(today));
            let next = next.as_ref().map(|next| a_unit(next, &UNITS));
            unit.successors = next.into_iter().filter(|next| *next != unit.code).collect();
            story.world.tree.put(unit);
            story.tries(&Actor::Program, Command::Transfer)
        }
        Move::Pass(minutes) => {
            story.later(*minutes);
            return;
        }
        Move::Load => {
            let table = |year| YearTable { year, days: Vec::new() };
            let loaded = WorkCalendar::from_tables(&[table(2024), table(2025)]);
            story.world.model.work_time.calendar = loaded.expect("sound tables");
            return;
        }
    };
    match attempt {
        Ok(decided) => accept(story, decided),
        Err(Refusal { code, .. }) => assert_ne!(code, "internal_inconsistency"),
    }
}

/// Takes over what was decided, holding it against what its events amount to.
pub(crate) fn accept(story: &mut Story, decided: Decided) {
    let mut rebuilt = story.case.clone();
    for event in &decided.events {
        let json = serde_json::to_string(event).expect("an event is JSON");
        rebuilt
            .apply(&serde_json::from_str(&json).expect("it reads back"))
            .expect("it fits");
    }
    let same = rebuilt == decided.case;
    assert!(same, "a case is what its events amount to: {:?}", decided.events);
    let grown = i64::from(!decided.events.is_empty());
    assert_eq!(
        decided.case.version,
        story.case.version + grown,
        "one version for a decision"
    );
    let times = decided.events.iter().map(|event| event.at);
    assert!(times.clone().is_sorted() && times.clone().all(|at| at >= story.case.changed_at));
    story.case = decided.case;
    story.events.extend(decided.events);
}

/// How a walk begins.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    question: bool,
    end_of_year: bool,
    position: Option<Position>,
    known_matter: bool,
    mill_desk: bool,
}

pub(crate) fn beginning() -> impl Strategy<Value = Beginning> {
    let position = prop::option::of((-180.0..=180.0, -90.0..=90.0).prop_map(|(lon, lat)| Position { lon, lat }));
    let late = prop::bool::weighted(0.2);
    (any::<bool>(), late, position, any::<bool>(), any::<bool>()).prop_map(
        |(question, end_of_year, position, known_matter, mill_desk)| Beginning {
            question,
            end_of_year,
            position,
            known_matter,
            mill_desk,
        },
    )
}

impl Beginning {
    pub fn begin(&self) -> Story {
        let mut world = World::new();
        if self.mill_desk {
            world
                .tree
                .put(unit("990101001000-command_centre", UnitKind::Department, Some(MILL)));
        }
        let filing = Filing {
            demand: if self.question { "question" } else { "trouble" }.to_owned(),
            matter: self.known_matter.then(|| "010101".to_owned()),
            place: Place {
                position: self.position,
                ..filing().place
            },
            ..filing()
        };
        let mut story = Story::of(world, filing);
        if self.end_of_year {
            story.at("2024-12-20T09:00");
        }
        story
    }
}
