//! Living: rounds of people who act at about the same time, until the period is over.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quanyu_app::cases::Caller;
use quanyu_app::passwords::Hashing;
use quanyu_app::ports::{Ids, SeededRandom, SetClock};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::{App, AppError};
use quanyu_domain::access::Role;
use quanyu_domain::cases::Case;
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::{Phase, RequestKind};
use quanyu_store::{CommitError, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::arrivals::Arrivals;
use crate::bulk::Bulk;
use crate::crew::{Crew, Hire};
use crate::deeds::{Doing, Done};
use crate::dice::Dice;
use crate::life::{Filer, Life, LifeError};
use crate::needs::Need;
use crate::plan::Plan;
use crate::round::Round;
use crate::story::{Deed, Story};
use crate::summary::{Progress, Summary};
use crate::world::{Tale, World, departments};

/// Why a run ends before its time.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A `life.toml` does not fit.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// A use case failed; a refusal does not end a run.
    #[error(transparent)]
    App(#[from] AppError),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A batch of the bulk path was not written.
    #[error("a batch was not written: {0}")]
    Batch(#[from] CommitError),
    /// The program made a mistake.
    #[error("{0}")]
    Broken(String),
}

/// People who act in one round at most.
const PEOPLE: usize = 192;
/// Simulated time that a round spans at most: nobody acts so long before what was done already.
const SPAN: SignedDuration = SignedDuration::from_hours(10);
/// Ids that one command mints at most.
const IDS_PER_COMMAND: u64 = 8;
/// The node digit of simulated ids: none that a server would have, whose ids they must not meet.
const NODE: u32 = 9;
/// Accounts that are made in one round.
const HIRED_AT_ONCE: usize = 32;
/// Open cases of a stream in a district that somebody may tell again.
const TOLD_LATELY: usize = 60;
/// Streams of dice.
const WORDS: u64 = 6;
const AGAIN: u64 = 7;
const BYTES: u64 = 8;

/// Lets the districts live: every command goes through the use cases of `app`, one commit each.
///
/// # Errors
/// When the life does not fit the rules in force, or the store fails.
pub async fn fill(
    app: &App,
    life: Arc<Life>,
    plan: Plan,
    progress: impl Fn(&Progress) + Send,
) -> Result<Summary, SimError> {
    run(app, app.store.clone(), life, plan, progress).await
}

/// The same life, written in large batches: for stores that nobody else uses meanwhile. What `fill` would have written is
/// written, in the same order.
///
/// # Errors
/// As [`fill`]; what was written before stays.
pub async fn fill_bulk(
    app: &App,
    life: Arc<Life>,
    plan: Plan,
    progress: impl Fn(&Progress) + Send,
) -> Result<Summary, SimError> {
    let bulk = Bulk::over(app.store.clone()).await?;
    let lived = run(app, bulk.clone(), life, plan, progress).await;
    // What the writer met says more than what came of it.
    bulk.finish().await?;
    lived
}

async fn run(
    app: &App,
    store: Arc<dyn Store>,
    life: Arc<Life>,
    plan: Plan,
    progress: impl Fn(&Progress) + Send,
) -> Result<Summary, SimError> {
    let rules = app.rules();
    life.check(&rules)?;
    let count = plan.cases(&life);
    let Some(id) = life.districts.keys().next().copied().filter(|_| count > 0) else {
        return Ok(Summary::default());
    };
    let work = rules.of(id).map_err(AppError::from)?.model.work_time.clone();
    let arrivals = Arrivals::draw(&life, &plan, count, &work);
    let crew = Crew::load(app).await?;
    let world = World::new(rules, life, plan, count, arrivals.districts.clone(), crew);
    let living = Living {
        app,
        store,
        world: Arc::new(world),
        arrivals,
        came: 0,
        stories: BTreeMap::new(),
        agenda: BinaryHeap::new(),
        numbers: BTreeMap::new(),
        lately: BTreeMap::new(),
        busy: BTreeSet::new(),
        commands: 0,
        rounds: 0,
        over: watch::Sender::new(true).subscribe(),
        summary: Summary::default(),
        end: work.offset.to_timestamp(plan.period.until).unwrap_or(Timestamp::MAX),
    };
    living.live(progress).await
}

/// Cases that came in lately, by district and stream, the newest last.
type Lately = BTreeMap<(usize, usize), VecDeque<(Id, Arc<Tale>)>>;

struct Living<'a> {
    app: &'a App,
    store: Arc<dyn Store>,
    world: Arc<World>,
    arrivals: Arrivals,
    /// How many arrivals have begun.
    came: usize,
    /// What goes on, by arrival.
    stories: BTreeMap<u64, Story>,
    /// When something is to be done next in which story.
    agenda: BinaryHeap<Reverse<(Timestamp, u64)>>,
    /// The stories of open cases by number.
    numbers: BTreeMap<Id, u64>,
    /// Cases that came in lately, by district and stream.
    lately: Lately,
    /// Stories that somebody acts in now.
    busy: BTreeSet<u64>,
    commands: u64,
    rounds: u64,
    /// Whether the last round is over.
    over: watch::Receiver<bool>,
    summary: Summary,
    end: Timestamp,
}

/// Something that is to be done in a round.
struct Item {
    story: u64,
    at: Timestamp,
    deed: Deed,
}

/// What came of it.
type Outcome = (Item, Result<Option<Done>, AppError>);

/// A round under way.
type Under = JoinSet<(usize, Outcome)>;

impl Living<'_> {
    async fn live(mut self, progress: impl Fn(&Progress) + Send) -> Result<Summary, SimError> {
        self.want_departments();
        let mut under: Option<Under> = None;
        loop {
            let next = self.compose();
            let wanting = self.world.crew().is_wanting();
            if wanting {
                // Who joins joins between rounds, so that everybody in a round knows the same people.
                self.settle(under.take()).await?;
                self.hire().await?;
            }
            let begun = (!next.is_empty()).then(|| self.begin(next)).transpose()?;
            // While the commits of one round are written, the people of the next decide.
            self.settle(under.take()).await?;
            if begun.is_none() && self.is_over() {
                break;
            }
            under = begun;
            let at = self.coming().unwrap_or(self.end);
            let (cases, of) = (self.summary.cases, self.arrivals.all.len() as u64);
            progress(&Progress {
                cases,
                of,
                commands: self.commands,
                at,
            });
        }
        for story in self.stories.values() {
            if let Some(case) = &story.case {
                self.summary.ended(case);
            }
        }
        self.summary.commands = self.commands;
        Ok(self.summary)
    }

    /// Departments are staffed from the first day; who works for an area joins when the area has something to do.
    fn want_departments(&self) {
        let districts: &[DistrictId] = &self.arrivals.districts;
        let rules = &self.world.rules;
        let mut crew = self.world.crew_mut();
        for unit in departments(rules, districts) {
            crew.want(Role::Handler, &unit);
        }
        for at in 0..districts.len() {
            let (Some(district), Some(model)) = (self.world.setting.district(at), self.world.model(at)) else {
                continue;
            };
            let desk = rules.tree.desk(district, model.work_time.date(self.arrivals.start));
            for role in [Role::Operator, Role::Dispatcher, Role::Verifier, Role::CallBackClerk] {
                crew.want(role, &desk);
            }
            crew.want(Role::Supervisor, district);
            crew.want(Role::Leader, district);
        }
    }

    /// When the next case comes in.
    fn coming(&self) -> Option<Timestamp> {
        self.arrivals.all.get(self.came).map(|next| self.arrivals.at(next))
    }

    /// When the next thing is to be done about a case that has come in.
    fn planned(&self) -> Option<Timestamp> {
        self.agenda.peek().map(|Reverse((at, _))| *at)
    }

    fn is_over(&self) -> bool {
        let mut ahead = self.coming().into_iter().chain(self.planned());
        ahead.all(|at| at >= self.end)
    }

    /// What is to be done next: the earliest, one thing for each case, none for a case in which somebody acts.
    fn compose(&mut self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut later = Vec::new();
        while items.len() < PEOPLE {
            let until = items
                .first()
                .map_or(self.end, |first: &Item| self.end.min(first.at + SPAN));
            let is_of_round = |at: &Timestamp| *at < until;
            match (self.coming().filter(is_of_round), self.planned().filter(is_of_round)) {
                (None, None) => break,
                (Some(at), planned) if planned.is_none_or(|planned| at <= planned) => {
                    if let Some(story) = self.arrive(at) {
                        items.push(Item {
                            story,
                            at,
                            deed: Deed::File,
                        });
                    }
                }
                _ => {
                    let Some(Reverse((at, story))) = self.agenda.pop() else {
                        break;
                    };
                    // An entry that was overtaken by another plan is passed over.
                    let Some((when, deed)) = self.stories.get(&story).and_then(Story::next) else {
                        continue;
                    };
                    if when != at {
                        continue;
                    }
                    let other = self.other(story, &deed);
                    if self.busy.contains(&story) || other.is_some_and(|other| self.busy.contains(&other)) {
                        later.push(Reverse((at, story)));
                        continue;
                    }
                    self.busy.extend(other);
                    self.busy.insert(story);
                    items.push(Item { story, at, deed });
                }
            }
        }
        self.agenda.extend(later);
        items
    }

    /// The other story that a deed touches: a merger changes two cases.
    fn other(&self, story: u64, deed: &Deed) -> Option<u64> {
        let Deed::Meet(Need::Decide(number)) = deed else {
            return None;
        };
        let case = self.stories.get(&story)?.case.as_ref()?;
        let request = case
            .requests
            .iter()
            .find(|r| r.number == *number && r.kind == RequestKind::Merge)?;
        self.numbers.get(&request.into?).copied()
    }

    /// The next arrival becomes a story.
    fn arrive(&mut self, at: Timestamp) -> Option<u64> {
        let ordinal = self.came as u64;
        let arrival = self.arrivals.all[self.came];
        self.came += 1;
        let (district, matter) = (
            usize::from(arrival.district),
            self.arrivals.matters[usize::from(arrival.matter)],
        );
        let world = self.world.clone();
        let stream = &world.life.streams[matter.0];
        let mut dice = Dice::of(&[world.plan.seed, AGAIN, ordinal]);
        let again = dice
            .happens(stream.duplicates)
            .then(|| self.told_lately(district, matter, &mut dice))
            .flatten();
        let tale = world.tale(
            ordinal,
            at,
            district,
            matter,
            again.as_ref().map(|(_, tale)| tale.as_ref()),
        )?;
        if let Filer::Role(role) = stream.channels[tale.channel].by
            && let Some(unit) = world.filing_unit(role, &tale.spot.areas, at, world.model(district)?)
        {
            world.crew_mut().want(role, &unit);
        }
        self.busy.insert(ordinal);
        self.stories
            .insert(ordinal, Story::begin(tale, again.map(|(id, _)| id), world.plan.seed));
        Some(ordinal)
    }

    /// An open case of the same part of the tree of matters that came in lately.
    fn told_lately(&self, district: usize, of: (usize, usize), dice: &mut Dice) -> Option<(Id, Arc<Tale>)> {
        let lately = self.lately.get(&(district, of.0))?;
        let alike = lately.iter().filter(|(_, tale)| tale.matter == of.1);
        let open: Vec<&(Id, Arc<Tale>)> = alike.filter(|(id, _)| self.is_open(*id)).collect();
        dice.pick(&open).map(|(id, tale)| (*id, tale.clone()))
    }

    fn is_open(&self, id: Id) -> bool {
        let case = self
            .numbers
            .get(&id)
            .and_then(|story| self.stories.get(story)?.case.as_ref());
        case.is_some_and(|case| case.phase < Phase::Verification && case.merged_into.is_none())
    }

    /// Seats everybody and lets them act.
    fn begin(&mut self, items: Vec<Item>) -> Result<Under, SimError> {
        // Two rounds are under way at the same time: they do not use the same photos.
        let mut photo = self.rounds % 2 * PEOPLE as u64;
        self.rounds += 1;
        let round = Round::new(self.store.clone(), self.over.clone(), items.len());
        self.over = round.over();
        let mut under = JoinSet::new();
        for (number, item) in items.into_iter().enumerate() {
            let app = self.view(Arc::new(round.seat(number)), item.at, self.commands);
            self.commands += 1;
            let first = self
                .stories
                .get(&item.story)
                .and_then(|story| story.told_before)
                .filter(|id| self.is_open(*id));
            let Some(story) = self.stories.get_mut(&item.story) else {
                return Err(SimError::Broken(format!("the story {} is nowhere", item.story)));
            };
            story.before(&item.deed, &self.world);
            story.commands += 1;
            let doing = Doing {
                world: self.world.clone(),
                app,
                at: item.at,
                deed: item.deed.clone(),
                tale: story.tale.clone(),
                case: story.case.clone(),
                secret: story.secret.clone(),
                verdict: story.verdict,
                first,
                photo,
                dice: Dice::of(&[self.world.plan.seed, WORDS, item.story, story.commands]),
            };
            photo += u64::from(self.world.hands_in_photos(&story.tale));
            under.spawn(async move {
                let done = doing.go().await;
                (number, (item, done))
            });
        }
        Ok(under)
    }

    /// The application for one command: its time, its numbers, its bytes.
    fn view(&self, store: Arc<dyn Store>, at: Timestamp, command: u64) -> App {
        let offset = self
            .world
            .model(0)
            .map_or(jiff::tz::Offset::UTC, |model| model.work_time.offset);
        let start = u32::try_from(command * IDS_PER_COMMAND % 100_000).unwrap_or(0);
        let mut dice = Dice::of(&[self.world.plan.seed, BYTES, command]);
        // Simulated staff never sign in.
        let sign_in = SignInPolicy {
            hashing: Hashing::CHEAP,
            ..SignInPolicy::default()
        };
        let random = Arc::new(SeededRandom::new(dice.next()));
        self.app.over(
            store,
            Arc::new(SetClock::at(at)),
            Ids::new(offset, NODE, start),
            random,
            sign_in,
        )
    }

    /// Waits for a round and takes in what came of it, in the order of the seats.
    async fn settle(&mut self, under: Option<Under>) -> Result<(), SimError> {
        let Some(mut under) = under else { return Ok(()) };
        let mut outcomes: Vec<(usize, Outcome)> = Vec::with_capacity(under.len());
        while let Some(ended) = under.join_next().await {
            outcomes.push(ended.map_err(|fault| SimError::Broken(format!("somebody broke down: {fault}")))?);
        }
        outcomes.sort_by_key(|(number, _)| *number);
        for (_, (item, done)) in outcomes {
            self.take_in(item, done)?;
        }
        Ok(())
    }

    fn take_in(&mut self, item: Item, done: Result<Option<Done>, AppError>) -> Result<(), SimError> {
        let world = self.world.clone();
        if let Some(other) = self.other(item.story, &item.deed) {
            self.busy.remove(&other);
        }
        self.busy.remove(&item.story);
        let Some(story) = self.stories.get_mut(&item.story) else {
            return Ok(());
        };
        match done {
            Ok(Some(done)) => {
                if let Some(secret) = done.secret {
                    self.summary.filed(&done.case);
                    self.numbers.insert(done.case.id, item.story);
                    story.secret = Some(secret);
                    let lately = self.lately.entry((story.tale.district, story.tale.stream)).or_default();
                    lately.push_back((done.case.id, story.tale.clone()));
                    if lately.len() > TOLD_LATELY {
                        lately.pop_front();
                    }
                }
                world.crew_mut().want_for(&done.case);
                story.happened(&item.deed, done.case, item.at, &world);
                if let Some(other) = done.absorbed_by {
                    self.absorbed(other, item.at);
                }
            }
            // The other case of a merger may have ended meanwhile: it is sent out after all.
            Ok(None) if item.deed == Deed::Meet(Need::Ask(RequestKind::Merge)) => {
                story.refused(&item.deed, item.at, &world);
            }
            Ok(None) => {
                *self.summary.unmet.entry(item.deed.name().to_owned()).or_default() += 1;
                story.refused(&item.deed, item.at, &world);
            }
            // What time asks for is never turned down, and asking again would not change it.
            Err(AppError::Refused(refusal)) if item.deed != Deed::Wake => {
                *self.summary.refused.entry(refusal.code).or_default() += 1;
                story.refused(&item.deed, item.at, &world);
            }
            Err(fault) => return Err(fault.into()),
        }
        self.go_on(item.story);
        Ok(())
    }

    /// A case has taken up another.
    fn absorbed(&mut self, case: Case, at: Timestamp) {
        let Some(number) = self.numbers.get(&case.id).copied() else {
            return;
        };
        let world = self.world.clone();
        if let Some(story) = self.stories.get_mut(&number) {
            story.happened(&Deed::Wake, case, at, &world);
        }
        self.go_on(number);
    }

    /// Puts a story on the agenda, or ends it when nothing more is to come.
    fn go_on(&mut self, number: u64) {
        let Some(story) = self.stories.get(&number) else { return };
        match story.next() {
            Some((at, _)) => self.agenda.push(Reverse((at, number))),
            None => {
                if let Some(case) = self.stories.remove(&number).and_then(|story| story.case) {
                    self.numbers.remove(&case.id);
                    self.summary.ended(&case);
                }
            }
        }
    }

    /// Makes accounts for everybody who is wanted.
    async fn hire(&mut self) -> Result<(), SimError> {
        let hires = self.world.crew_mut().hires(&self.world.life, self.world.plan.seed);
        let at = self
            .agenda
            .peek()
            .map_or(self.arrivals.start, |Reverse((at, _))| *at)
            .min(self.end);
        for together in hires.chunks(HIRED_AT_ONCE) {
            let round = Round::new(self.store.clone(), self.over.clone(), together.len());
            self.over = round.over();
            let mut making: JoinSet<(usize, Result<Caller, AppError>)> = JoinSet::new();
            for (number, hire) in together.iter().enumerate() {
                let app = self.view(Arc::new(round.seat(number)), at, self.commands);
                self.commands += 1;
                let hire: Hire = hire.clone();
                making.spawn(async move { (number, hire.hire(&app).await) });
            }
            let mut made = Vec::with_capacity(together.len());
            while let Some(ended) = making.join_next().await {
                made.push(ended.map_err(|fault| SimError::Broken(format!("hiring broke down: {fault}")))?);
            }
            made.sort_by_key(|(number, _)| *number);
            for (_, caller) in made {
                self.world.crew_mut().join(&caller?);
                self.summary.accounts += 1;
            }
        }
        Ok(())
    }
}
