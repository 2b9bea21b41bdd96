//! A story: what people have in mind about one case, from the moment somebody picks up the telephone.

use std::sync::Arc;

use jiff::Timestamp;
use quanyu_domain::cases::{AnswersInput, Case, Satisfaction};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Milestone, Phase, RequestKind};

use crate::dice::Dice;
use crate::life::Quality;
use crate::needs::{Need, Wishes, handed_in_at, limit, needs, wishes_of_lead};
use crate::world::{Tale, World};

/// Something that somebody does at a time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    /// It comes in.
    File,
    /// Somebody meets a need.
    Meet(Need),
    /// Time has come for what time asks for.
    Wake,
}

impl Deed {
    /// What it is called in figures.
    pub fn name(&self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Wake => "wake",
            Self::Meet(Need::Desk) => "desk",
            Self::Meet(Need::Accept(_)) => "accept",
            Self::Meet(Need::Contact(_)) => "contact",
            Self::Meet(Need::HandIn(..)) => "hand_in",
            Self::Meet(Need::Ask(_)) => "ask",
            Self::Meet(Need::Decide(_)) => "decide",
            Self::Meet(Need::Verify) => "verify",
            Self::Meet(Need::Call(_)) => "call",
            Self::Meet(Need::Urge) => "urge",
            Self::Meet(Need::Rate) => "rate",
            Self::Meet(Need::Reopen) => "reopen",
        }
    }
}

/// What people have in mind about a case.
#[derive(Debug)]
pub(crate) struct Story {
    pub tale: Arc<Tale>,
    /// The case as it stands; `None` before it is filed.
    pub case: Option<Case>,
    /// The secret that the reporter holds.
    pub secret: Option<String>,
    /// The open case that has told the same already.
    pub told_before: Option<Id>,
    pub wishes: Wishes,
    pub verdict: Verdict,
    /// How many commands it has given: each has dice of its own.
    pub commands: u64,
    planned: Vec<(Timestamp, Need)>,
    /// What was turned down and is not tried again while it is still wanted.
    given_up: Vec<Need>,
    dice: Dice,
}

/// What the reporter thinks of the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    pub responded: bool,
    pub solved: bool,
    pub satisfaction: Satisfaction,
}

impl Verdict {
    fn draw(quality: &Quality, dice: &mut Dice) -> Self {
        let solved = dice.happens(quality.solved);
        // Who is content has seen it solved; of the others some are lenient.
        let lenient = quality.basically_satisfied / 2.0;
        let satisfaction = match dice.unit() {
            luck if solved && luck < quality.satisfied / quality.solved.max(quality.satisfied) => {
                Satisfaction::Satisfied
            }
            luck if solved && luck < 1.0 - lenient => Satisfaction::BasicallySatisfied,
            luck if !solved && luck < lenient * 4.0 => Satisfaction::BasicallySatisfied,
            _ => Satisfaction::Dissatisfied,
        };
        Self {
            responded: dice.happens(quality.responded),
            solved,
            satisfaction,
        }
    }

    /// As it is told on the telephone.
    pub fn answers(&self) -> AnswersInput {
        AnswersInput {
            reached: true,
            responded: Some(self.responded),
            solved: Some(self.solved),
            satisfaction: Some(self.satisfaction),
        }
    }
}

/// Streams of dice.
const MINDS: u64 = 5;

impl Story {
    /// A story that begins.
    pub fn begin(tale: Tale, told_before: Option<Id>, seed: u64) -> Self {
        Self {
            dice: Dice::of(&[seed, MINDS, tale.ordinal]),
            tale: Arc::new(tale),
            case: None,
            secret: None,
            told_before,
            wishes: Wishes::default(),
            verdict: Verdict {
                responded: true,
                solved: true,
                satisfaction: Satisfaction::Satisfied,
            },
            commands: 0,
            planned: Vec::new(),
            given_up: Vec::new(),
        }
    }

    /// What happens next, and when. `None`: nothing any more.
    pub fn next(&self) -> Option<(Timestamp, Deed)> {
        let case = self.case.as_ref()?;
        let wake = case.wake_at().map(|at| (at.max(case.changed_at), Deed::Wake));
        let planned = self
            .planned
            .iter()
            .min_by_key(|(at, _)| *at)
            .map(|(at, need)| (*at, Deed::Meet(need.clone())));
        match (wake, planned) {
            // Time is asked first: what happens at the same instant comes after.
            (Some(wake), Some(planned)) if planned.0 < wake.0 => Some(planned),
            (Some(wake), _) => Some(wake),
            (None, planned) => planned,
        }
    }

    /// Before a deed is done: what the result will be worth is settled when it is handed in.
    pub fn before(&mut self, deed: &Deed, world: &World) {
        if let Deed::Meet(Need::HandIn(..)) = deed {
            self.verdict = Verdict::draw(&world.district(self.tale.district).quality, &mut self.dice);
        }
    }

    /// A deed was done at a time and led to this case. Another case may have done it: a merger changes two.
    pub fn happened(&mut self, deed: &Deed, case: Case, now: Timestamp, world: &World) {
        let before = self.case.replace(case);
        self.no_longer_wish(deed);
        self.make_up_minds(deed, before.as_ref(), world);
        self.plan(now, world);
    }

    /// A deed was turned down: it is not tried again.
    pub fn refused(&mut self, deed: &Deed, now: Timestamp, world: &World) {
        self.no_longer_wish(deed);
        if let Deed::Meet(need) = deed {
            self.planned.retain(|(_, planned)| planned != need);
            self.given_up.push(need.clone());
        }
        if self.case.is_some() {
            self.plan(now, world);
        }
    }

    fn no_longer_wish(&mut self, deed: &Deed) {
        let wishes = &mut self.wishes;
        match deed {
            Deed::Meet(Need::Ask(RequestKind::Return)) => wishes.give_back = false,
            Deed::Meet(Need::Ask(RequestKind::Extend)) => wishes.extend = false,
            Deed::Meet(Need::Ask(RequestKind::Suspend)) => wishes.suspend = false,
            Deed::Meet(Need::Ask(RequestKind::Merge)) => wishes.merge = false,
            Deed::Meet(Need::Ask(RequestKind::Exclude)) => wishes.exclude = false,
            Deed::Meet(Need::Ask(RequestKind::Reopen)) => wishes.ask_reopen = false,
            Deed::Meet(Need::Urge) => wishes.urge = false,
            Deed::Meet(Need::Rate) => wishes.rate = false,
            Deed::Meet(Need::Reopen) => wishes.reopen = false,
            _ => {}
        }
    }

    fn make_up_minds(&mut self, deed: &Deed, before: Option<&Case>, world: &World) {
        let Some(case) = &self.case else { return };
        let staff = &world.life.staff;
        let chance = &staff.chance;
        let dice = &mut self.dice;
        let asked = |kind: RequestKind| staff.requests.get(&kind).map_or(0.0, |asking| asking.asked);
        if *deed == Deed::File && self.told_before.is_some() && case.phase <= Phase::Dispatch {
            self.wishes.merge = dice.happens(asked(RequestKind::Merge));
        }
        let dispatched = |case: &Case| case.times(Milestone::Dispatched);
        if before.map_or(0, dispatched) < dispatched(case) {
            self.wishes = wishes_of_lead(case, staff, &world.district(self.tale.district).quality, dice);
        }
        let own = self.secret.is_some() && case.reporter.is_some();
        let entered = |phase: Phase| case.phase == phase && before.is_none_or(|before| before.phase != phase);
        if entered(Phase::CallBack) {
            self.wishes.rate = own && dice.happens(chance.rate);
        }
        if entered(Phase::Closed) {
            let rated = case.answers_to_result().any(|answers| answers.reached);
            let unhappy = case.result.is_some() && !self.verdict.solved;
            let first = case.times(Milestone::Reopened) == 0 && case.merged_into.is_none();
            let called = case.reached(Milestone::CalledBack).is_some();
            self.wishes = Wishes {
                rate: own && called && !rated && dice.happens(chance.rate_afterwards),
                reopen: own && called && unhappy && first && dice.happens(chance.reopen),
                ask_reopen: case.result.is_some() && unhappy && first && dice.happens(asked(RequestKind::Reopen)),
                exclude: called && unhappy && dice.happens(asked(RequestKind::Exclude)),
                ..Wishes::default()
            };
            // One way of opening it again is enough.
            self.wishes.ask_reopen &= !self.wishes.reopen;
        }
        if *deed == Deed::Wake {
            let overdue = case
                .clocks
                .iter()
                .any(|c| c.running_due().is_some_and(|due| due <= case.changed_at));
            self.wishes.urge = self.wishes.urge || overdue && case.phase != Phase::Closed && dice.happens(chance.urge);
        }
    }

    /// Gives every need a time: those known keep theirs.
    fn plan(&mut self, now: Timestamp, world: &World) {
        let (Some(case), Some(model)) = (&self.case, world.model(self.tale.district)) else {
            return;
        };
        let staff = &world.life.staff;
        let work = &model.work_time;
        let wanted = needs(case, &self.wishes, model);
        self.planned.retain(|(_, need)| wanted.contains(need));
        self.given_up.retain(|need| wanted.contains(need));
        for need in wanted {
            if self.given_up.contains(&need) || self.planned.iter().any(|(_, planned)| *planned == need) {
                continue;
            }
            let dice = &mut self.dice;
            let delay = &staff.delay;
            let at = match &need {
                Need::Desk | Need::Ask(RequestKind::Merge) => staff.after(now, delay.dispatch, work, dice),
                Need::Accept(_) | Need::Ask(RequestKind::Return) => staff.after(now, delay.accept, work, dice),
                Need::Contact(_) => staff.after(now, delay.contact, work, dice),
                Need::Verify => staff.after(now, delay.verify, work, dice),
                Need::Call(0) => staff.after(now, delay.call_back, work, dice),
                Need::Call(_) => staff.after(now, delay.call_again, work, dice),
                Need::Decide(_) => staff.after(now, delay.decide, work, dice),
                Need::Urge => staff.after(now, delay.urge, work, dice),
                Need::Rate | Need::Reopen | Need::Ask(RequestKind::Reopen | RequestKind::Exclude) => {
                    staff.after(now, delay.reporter, work, dice)
                }
                Need::HandIn(..) => handed_in_at(now, limit(case, model), staff, self.wishes.late, work, dice),
                // Who needs more time notices before it is over.
                Need::Ask(RequestKind::Extend | RequestKind::Suspend) => {
                    let done = handed_in_at(now, limit(case, model), staff, false, work, dice);
                    let seconds = done.duration_since(now).as_secs() * 2 / 3;
                    staff.after(
                        now + jiff::SignedDuration::from_secs(seconds),
                        delay.contact,
                        work,
                        dice,
                    )
                }
            };
            self.planned.push((at, need));
        }
    }
}
