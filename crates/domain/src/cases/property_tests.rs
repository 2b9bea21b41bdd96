//! What holds of every case, whatever happens to it: random commands of random people at random times, in a district
//! whose units end and whose calendar is loaded late.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::testing::*;
use super::{
    Assignment, AssignmentState, Case, Command, Decided, Filing, Part, Place, Position, Request, RequestInput,
    RequestState, StepInput, file,
};
use crate::access::{Actor, ActorRef, Relation, Role};
use crate::ids::Id;
use crate::model::{Act, Milestone, Phase, RequestKind};
use crate::refusal::Refusal;
use crate::time::{WorkCalendar, YearTable};
use crate::units::{UnitCode, UnitKind};

/// Everybody who may come near the case, and some who may not.
fn people() -> Vec<Actor> {
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
enum Move {
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
struct Terms {
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
const CLASSES: [&str; 3] = ["urgent", "day", "week"];

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

fn moves() -> impl Strategy<Value = Vec<Move>> {
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
    code(*index.get(units))
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
        more: terms.reached.then(|| limit("1 workday")),
        unit: terms.unit.as_ref().map(|unit| a_unit(unit, &UNITS)),
        ..request(kind)
    }
}

fn decision(story: &Story, number: u32, grant: bool) -> Command {
    let into = story
        .case
        .requests
        .iter()
        .find(|r| r.number == number)
        .and_then(|r| r.into);
    let target = into.map(|into| {
        let other = Filing { id: into, ..filing() };
        let filed = file(&story.world.context(story.now), other, &Actor::Program);
        Box::new(filed.expect("it may be filed").case)
    });
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
    steps.chain(requests).chain(decisions).collect()
}

/// Carries out a move; what is refused changes nothing.
fn happen(story: &mut Story, people: &[Actor], one: &Move) {
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
fn accept(story: &mut Story, decided: Decided) {
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

/// What holds of a case at any time.
fn check_case(story: &Story) {
    let case = &story.case;
    let workflow = &story.world.model.workflows["loop"];
    assert_eq!(workflow.phase(&case.state), case.phase);
    let json = serde_json::to_string(case).expect("a case is JSON");
    let read: Case = serde_json::from_str(&json).expect("it reads back");
    assert!(read == *case, "{json}");
    assert!(case.milestones.is_sorted_by_key(|(_, at)| *at));

    let open: Vec<&Assignment> = case.assignments.iter().filter(|a| a.is_open()).collect();
    assert!(open.iter().filter(|a| a.part == Part::Lead).count() <= 1);
    match case.phase {
        Phase::Handling => assert!(
            open.iter().any(|a| a.part == Part::Lead),
            "somebody leads what is handled"
        ),
        Phase::Closed => assert!(open.is_empty()),
        _ => assert!(
            open.iter().all(|a| a.part == Part::Assist),
            "the lead has handed in or given back"
        ),
    }
    for assignment in &case.assignments {
        assert_eq!(assignment.is_open(), assignment.ended_at.is_none());
        assert!(assignment.state != AssignmentState::Done || assignment.accepted_at.is_some() || by_program(story));
    }

    for request in &case.requests {
        let clock = case
            .clocks
            .iter()
            .find(|c| c.request == Some(request.number))
            .expect("it has a clock");
        let pending = request.state == RequestState::Pending;
        assert_eq!(
            clock.clock.stopped().is_none(),
            pending,
            "a decision is measured until it is made"
        );
        let decided = matches!(request.state, RequestState::Granted | RequestState::Refused);
        assert_eq!(request.decision.is_some(), decided);
        let answered = request.decision.as_ref().map(|decision| decision.by);
        assert_ne!(answered, Some(request.by), "nobody decides what they asked for");
        if pending {
            check_pending(case, request);
        }
    }
    let own = || case.clocks.iter().filter(|c| c.request.is_none());
    if case.phase == Phase::Closed {
        assert!(
            own().all(|c| c.clock.stopped().is_some()),
            "nothing runs when it is done"
        );
        assert_eq!(case.wake_at(), None);
        assert!(case.reached(Milestone::Closed).is_some());
    }
    if case.suspended_until.is_some() {
        assert!(
            own().all(|c| c.running_due().is_none() && c.next_step_at.is_none()),
            "everything stands still"
        );
    }
}

fn by_program(story: &Story) -> bool {
    story
        .events
        .iter()
        .any(|event| event.by == ActorRef::Program && event.fact.kind() == "handed_in")
}

fn check_pending(case: &Case, request: &Request) {
    match request.kind {
        RequestKind::Return => {
            let unit = request.unit.as_ref().expect("a unit gives back");
            assert!(case.open_assignment_of(unit).is_some(), "what could be given back?");
        }
        RequestKind::Reopen => assert_eq!(case.phase, Phase::Closed),
        RequestKind::Exclude => assert!(!case.excluded),
        RequestKind::Extend | RequestKind::Suspend | RequestKind::Merge => assert_ne!(case.phase, Phase::Closed),
    }
}

/// Lists and single looks agree, and the rows of the party index are sorted and without repeats.
fn check_access(story: &Story, people: &[Actor]) {
    let case = &story.case;
    let tree = &story.world.tree;
    let parties = case.parties();
    let keys: Vec<_> = parties.iter().map(|row| (&row.unit, row.relation)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    for unit in tree.all() {
        for relation in Relation::ALL {
            let listed = |unit| keys.contains(&(unit, relation));
            let is_party = case.is_party(&unit.code, relation, tree);
            if relation == Relation::Area && unit.kind == UnitKind::City {
                assert_eq!(is_party, tree.case_areas_under(&unit.code).iter().any(listed));
            } else {
                assert_eq!(is_party, listed(&unit.code), "{} {relation:?}", unit.code);
            }
        }
    }
    for actor in people.iter().filter(|actor| !actor.grants().is_empty()) {
        let ranges = actor.scope(tree).ranges;
        let listed = parties
            .iter()
            .any(|row| ranges.contains(&(row.unit.clone(), row.relation)));
        assert_eq!(listed, !actor.standing(case, tree).is_empty(), "{actor:?}");
    }
}

/// Waking a case when it wants to be woken gets on, and comes to an end.
fn check_waking(story: &Story) {
    let mut story = story.clone();
    for _ in 0..40 {
        let Some(at) = story.case.wake_at() else { return };
        story.now = story.now.max(at);
        let decided = story
            .tries(&Actor::Program, Command::Wake)
            .expect("the program may wake it");
        assert!(!decided.events.is_empty(), "woken for nothing at {at}");
        let next = decided.case.wake_at();
        assert!(
            next.is_none_or(|next| next > story.now),
            "{next:?} is not after {}",
            story.now
        );
        accept(&mut story, decided);
    }
    panic!("it never sleeps: {:?}", story.events.last());
}

/// What is offered is what is not refused to somebody with everything that a step needs.
fn check_offers(story: &Story, people: &[Actor]) {
    let named = |act| StepInput {
        lead: (act == Act::Dispatch).then(|| code(BRIDGES)),
        limit_class: Some("week".to_owned()),
        ..input()
    };
    for actor in people {
        let available = story.available(actor);
        let steps: Vec<&str> = available.steps.iter().map(|step| step.name.as_str()).collect();
        for step in &story.world.model.workflows["loop"].steps {
            let tried = story.tries(actor, take(&step.name, named(step.act)));
            let refusal = tried.err();
            assert_eq!(
                steps.contains(&step.name.as_str()),
                refusal.is_none(),
                "{actor:?} {} {refusal:?}",
                step.name
            );
        }
        for kind in RequestKind::ALL {
            let tomorrow = RequestInput {
                until: Some(story.now + SignedDuration::from_hours(24)),
                into: Some(Id(1)),
                ..request(kind)
            };
            let refusal = story.tries(actor, Command::Request(tomorrow)).err();
            assert_eq!(
                available.requests.contains(&kind),
                refusal.is_none(),
                "{actor:?} {kind:?} {refusal:?}"
            );
        }
        for request in &story.case.requests {
            let refusal = story.tries(actor, settle(request.number, false)).err();
            assert_eq!(
                available.decisions.contains(&request.number),
                refusal.is_none(),
                "{actor:?} {refusal:?}"
            );
        }
    }
}

/// How a walk begins.
#[derive(Debug, Clone)]
struct Beginning {
    question: bool,
    end_of_year: bool,
    position: Option<Position>,
    known_matter: bool,
    mill_desk: bool,
}

fn beginning() -> impl Strategy<Value = Beginning> {
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
    fn begin(&self) -> Story {
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

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(128, |cases| cases.parse().expect("a number")),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_a_case_stays_sound(moves in moves(), beginning in beginning()) {
        let people = people();
        let mut story = beginning.begin();
        for one in &moves {
            happen(&mut story, &people, one);
            check_case(&story);
        }
        check_access(&story, &people);
        check_waking(&story);
        check_offers(&story, &people);
        prop_assert_eq!(replayed(&story.events), story.case);
    }
}

/// The random walks are worth something only if they get around.
#[test]
fn random_walks_get_everywhere() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let people = people();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..256 {
        let walk = (moves(), beginning()).new_tree(&mut runner);
        let (moves, beginning) = walk.expect("there are walks").current();
        let mut story = beginning.begin();
        for one in &moves {
            happen(&mut story, &people, one);
        }
        seen.extend(story.events.iter().map(|event| event.fact.kind()));
        seen.extend(
            story
                .case
                .requests
                .iter()
                .filter(|r| r.state == RequestState::Granted)
                .map(|r| r.kind.name()),
        );
        seen.extend(
            story
                .case
                .requests
                .iter()
                .filter(|r| r.state == RequestState::Lapsed)
                .map(|_| "lapsed"),
        );
    }
    for wanted in [
        "filed",
        "answered",
        "rejected",
        "dispatched",
        "accepted",
        "contacted",
        "handed_in",
        "passed",
        "reworked",
        "asked",
        "reopened",
        "urged",
        "moved",
        "requested",
        "decided",
        "escalated",
        "resumed",
        "transferred",
        "return",
        "extend",
        "suspend",
        "exclude",
        "merge",
        "reopen",
        "lapsed",
        "desk_moved",
        "reckoned",
    ] {
        assert!(seen.contains(wanted), "no walk came to `{wanted}`");
    }
}
