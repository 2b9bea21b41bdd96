//! What everybody in the simulation shares: the rules, the life, the places, the staff.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use quanyu_app::rules::Rules;
use quanyu_domain::access::Role;
use quanyu_domain::directory::Matters;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Model;
use quanyu_domain::units::{UnitCode, UnitKind};

use crate::crew::{Crew, patch};
use crate::dice::Dice;
use crate::life::{DistrictLife, Filer, Life, Stream};
use crate::plan::Plan;
use crate::setting::{Setting, Spot};
use crate::text::Scene;

/// What everybody shares.
pub(crate) struct World {
    pub rules: Arc<Rules>,
    pub life: Arc<Life>,
    pub plan: Plan,
    pub setting: Setting,
    districts: Vec<DistrictId>,
    /// The leaves below each matter of each stream.
    leaves: BTreeMap<(usize, usize), Vec<Leaf>>,
    /// How many cases are to come: people call more than once.
    callers: usize,
    crew: RwLock<Crew>,
}

/// A matter of the last level.
struct Leaf {
    code: String,
    title: String,
    demands: Vec<String>,
    weight: f64,
}

/// What somebody comes with: it is settled before anybody has heard of it.
#[derive(Debug)]
pub(crate) struct Tale {
    /// Which arrival it is.
    pub ordinal: u64,
    /// The stream.
    pub stream: usize,
    /// The matter within the stream.
    pub matter: usize,
    /// The district, as a position.
    pub district: usize,
    /// Demand type.
    pub demand: String,
    /// The matter of the last level.
    pub leaf: String,
    /// Where it is.
    pub spot: Spot,
    /// What texts are about.
    pub scene: Scene,
    /// Full name and telephone number; `None`: anonymous.
    pub person: Option<(String, String)>,
    /// The position of the channel in the stream.
    pub channel: usize,
    /// Local month, for texts that belong to a season.
    pub month: i8,
}

/// Streams of dice.
const TALE: u64 = 3;
const PERSON: u64 = 4;
/// People for each hundred cases.
const PEOPLE_PER_HUNDRED: usize = 82;

impl World {
    /// A world of these districts.
    pub fn new(
        rules: Arc<Rules>,
        life: Arc<Life>,
        plan: Plan,
        count: usize,
        districts: Vec<DistrictId>,
        crew: Crew,
    ) -> Self {
        let setting = Setting::of(&rules, &districts);
        let mut leaves = BTreeMap::new();
        for (at, stream) in life.streams.iter().enumerate() {
            for (within, share) in stream.matters.iter().enumerate() {
                leaves.insert((at, within), leaves_below(&rules.matters, &share.code));
            }
        }
        let callers = (count * PEOPLE_PER_HUNDRED / 100).max(1);
        Self {
            rules,
            life,
            plan,
            setting,
            districts,
            leaves,
            callers,
            crew: RwLock::new(crew),
        }
    }

    /// The staff, to look somebody up.
    pub fn crew(&self) -> RwLockReadGuard<'_, Crew> {
        self.crew.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The staff, to change it.
    pub fn crew_mut(&self) -> RwLockWriteGuard<'_, Crew> {
        self.crew.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stream of a tale.
    pub fn stream(&self, tale: &Tale) -> &Stream {
        &self.life.streams[tale.stream]
    }

    /// How a district lives.
    pub fn district(&self, at: usize) -> DistrictLife {
        self.life.districts[&self.districts[at]]
    }

    /// The model in force in a district.
    pub fn model(&self, at: usize) -> Option<&Model> {
        self.rules.of(self.districts[at]).ok().map(|rules| rules.model.as_ref())
    }

    /// Whether somebody may have to hand in a photo on the way.
    pub fn hands_in_photos(&self, tale: &Tale) -> bool {
        let stream = self.stream(tale);
        let workflow = self
            .model(tale.district)
            .and_then(|model| model.workflow_of(&stream.case_type));
        stream.photo.is_some()
            || workflow.is_some_and(|workflow| workflow.steps.iter().any(|step| !step.needs.is_empty()))
    }

    /// The unit that files for a channel's filer.
    pub fn filing_unit(&self, role: Role, areas: &[UnitCode], at: Timestamp, model: &Model) -> Option<UnitCode> {
        match role {
            Role::GridWorker => patch(areas, &self.rules.tree).cloned(),
            _ => Some(self.rules.tree.desk(areas.last()?, model.work_time.date(at))),
        }
    }

    /// What somebody comes with. `None` where nothing is known of the district's places.
    pub fn tale(
        &self,
        ordinal: u64,
        at: Timestamp,
        district: usize,
        (stream, matter): (usize, usize),
        again: Option<&Tale>,
    ) -> Option<Tale> {
        let mut dice = Dice::of(&[self.plan.seed, TALE, ordinal]);
        let life = &self.life.streams[stream];
        let share = &life.matters[matter];
        let model = self.model(district)?;
        let local = model.work_time.local(at);
        let channel = dice.weigh(life.channels.iter().map(|channel| channel.weight))?;
        let demand = dice
            .weigh(share.demands.values().copied())
            .and_then(|at| share.demands.keys().nth(at));
        let leaf = self.leaf((stream, matter), demand?, &mut dice)?;
        let (demand, code, title) = match again {
            Some(first) => (first.demand.clone(), first.leaf.clone(), first.scene.matter.clone()),
            None => (demand?.clone(), leaf.code.clone(), leaf.title.clone()),
        };
        let spot = match again {
            Some(first) => {
                let spot = &first.spot;
                self.setting.near(
                    &self.rules,
                    spot.position,
                    &spot.name,
                    &spot.kind,
                    SAME_PLACE_M,
                    &mut dice,
                )?
            }
            None => self.setting.somewhere(&self.rules, district, &mut dice)?,
        };
        // Who works for the district reports in its name.
        let on_duty = life.channels[channel].by == Filer::Role(Role::GridWorker);
        let person = (!on_duty && !dice.happens(share.anonymous)).then(|| self.person(dice.below(self.callers)));
        let called = self
            .life
            .words
            .say(&self.life.staff.notes.called, &Scene::default(), &mut dice);
        let family: String = person.iter().flat_map(|(name, _)| name.chars().take(1)).collect();
        let scene = Scene {
            place: spot.name.clone(),
            area: spot.area.clone(),
            matter: title,
            day: format!("{}月{}日", local.month(), local.day()),
            person: format!("{family}{called}"),
            unit: String::new(),
        };
        Some(Tale {
            ordinal,
            stream,
            matter,
            district,
            demand,
            leaf: code,
            spot,
            scene,
            person,
            channel,
            month: local.month(),
        })
    }

    fn leaf(&self, of: (usize, usize), demand: &str, dice: &mut Dice) -> Option<&Leaf> {
        let leaves = self.leaves.get(&of)?;
        let fits = |leaf: &&Leaf| leaf.demands.iter().any(|known| known == demand);
        let fitting: Vec<&Leaf> = leaves.iter().filter(fits).collect();
        let among: Vec<&Leaf> = if fitting.is_empty() {
            leaves.iter().collect()
        } else {
            fitting
        };
        dice.weigh(among.iter().map(|leaf| leaf.weight)).map(|at| among[at])
    }

    /// Somebody who calls: the same number is always the same person. Numbers beginning with 100 are nobody's mobile.
    fn person(&self, number: usize) -> (String, String) {
        let mut dice = Dice::of(&[self.plan.seed, PERSON, number as u64]);
        let phone = format!("100{:08}", dice.next() % 100_000_000);
        (
            self.life
                .words
                .say(&self.life.staff.notes.names, &Scene::default(), &mut dice),
            phone,
        )
    }
}

/// How far apart two people say the same thing is, in metres.
const SAME_PLACE_M: f64 = 25.0;

fn leaves_below(matters: &Matters, code: &str) -> Vec<Leaf> {
    let below: Vec<_> = matters.all().filter(|matter| matter.code.starts_with(code)).collect();
    // In the order of codes a matter comes right before those below it.
    let last = below.iter().enumerate().filter(|(at, matter)| {
        below
            .get(at + 1)
            .is_none_or(|next| !next.code.starts_with(&matter.code))
    });
    last.map(|(_, matter)| {
        // Few matters make most of the cases; which ones follows from their codes.
        let rank = matter
            .code
            .bytes()
            .fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
            % 24;
        let title = spoken(&matter.title.zh);
        Leaf {
            code: matter.code.clone(),
            title,
            demands: matter.demands.clone(),
            weight: 1.0 / (1.0 + rank as f64),
        }
    })
    .collect()
}

/// How people call a matter: `井盖：破损、缺失或移位` is 井盖破损 to them, and of a long description they say what it is about.
fn spoken(title: &str) -> String {
    const LONGEST: usize = 4;
    let Some((about, what)) = title.split_once('：') else {
        return title.to_owned();
    };
    let first = what.split(['、', '，', '或', '；']).next().unwrap_or_default();
    if first.chars().count() <= LONGEST {
        format!("{about}{first}")
    } else {
        about.to_owned()
    }
}

/// The departments of the districts that live and of their city: everybody who may be sent a case.
pub(crate) fn departments(rules: &Rules, districts: &[DistrictId]) -> Vec<UnitCode> {
    let serves = |code: &UnitCode| {
        let of = code.district();
        districts
            .iter()
            .any(|district| *district == of || district.0 / 100 * 100 == of.0)
    };
    let units = rules
        .tree
        .all()
        .into_iter()
        .filter(|unit| unit.kind == UnitKind::Department && serves(&unit.code));
    units.map(|unit| unit.code.clone()).collect()
}
