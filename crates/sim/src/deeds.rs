//! Doing: every deed goes through the same use cases as everybody's.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quanyu_app::cases::{AnswerDraft, Caller, CaseDraft, StepDraft};
use quanyu_app::people::Person;
use quanyu_app::{App, AppError};
use quanyu_domain::access::Role;
use quanyu_domain::cases::{AnswersInput, Case, Part, RequestInput};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Act, Milestone, Model, Performer, Phase, RequestKind};
use quanyu_domain::units::UnitCode;

use crate::crew::unit_for;
use crate::dice::Dice;
use crate::life::{Filer, Subject};
use crate::needs::Need;
use crate::story::{Deed, Verdict};
use crate::world::{Tale, World};

/// Somebody who does something.
pub(crate) struct Doing {
    pub world: Arc<World>,
    /// The application, with the time and numbers of this deed.
    pub app: App,
    pub at: Timestamp,
    pub deed: Deed,
    pub tale: Arc<Tale>,
    pub case: Option<Case>,
    pub secret: Option<String>,
    pub verdict: Verdict,
    /// The case that has told the same, while it is open.
    pub first: Option<Id>,
    /// The number of the photo to be handed in, should one be needed.
    pub photo: u64,
    pub dice: Dice,
}

/// What came of it.
pub(crate) struct Done {
    pub case: Case,
    /// The secret of a case that was filed.
    pub secret: Option<String>,
    /// The other case of a merger, as it is now.
    pub absorbed_by: Option<Case>,
}

impl Done {
    fn of(case: Case) -> Self {
        Self {
            case,
            secret: None,
            absorbed_by: None,
        }
    }
}

/// The longest that anybody asks the clocks to stand still, in days.
const SUSPENDED_DAYS: usize = 45;

impl Doing {
    /// Does it. `None`: nobody could do anything, as things stand.
    pub async fn go(mut self) -> Result<Option<Done>, AppError> {
        let Some(case) = self.case.take() else {
            return self.file().await;
        };
        let done = match self.deed.clone() {
            Deed::File => return Ok(None),
            Deed::Wake => return self.app.wake(case.id).await.map(Done::of).map(Some),
            Deed::Meet(need) => match need {
                Need::Desk => self.desk(&case).await?,
                Need::Accept(number) => self.work(&case, number, Act::Accept).await?,
                Need::Contact(number) => self.work(&case, number, Act::Contact).await?,
                Need::HandIn(number, _) => self.work(&case, number, Act::HandIn).await?,
                Need::Ask(kind) => self.ask(&case, kind).await?,
                Need::Decide(number) => return self.decide(&case, number).await,
                Need::Verify => self.verify(&case).await?,
                Need::Call(attempts) => self.call(&case, attempts).await?,
                Need::Urge => self.urge(&case).await?,
                Need::Rate => self.rate(&case).await?,
                Need::Reopen => self.reopen(&case).await?,
            },
        };
        Ok(done.map(Done::of))
    }

    pub(crate) fn model(&self) -> Option<&Model> {
        self.world.model(self.tale.district)
    }

    /// Somebody files.
    async fn file(mut self) -> Result<Option<Done>, AppError> {
        let world = self.world.clone();
        let (stream, tale) = (world.stream(&self.tale), self.tale.clone());
        let Some(model) = world.model(tale.district) else {
            return Ok(None);
        };
        let (life, share) = (&world.life, &stream.matters[tale.matter]);
        let dice = &mut self.dice;
        let channel = &stream.channels[tale.channel];
        let caller = match channel.by {
            Filer::Reporter => Caller::reporter(),
            Filer::Role(role) => {
                let unit = world.filing_unit(role, &tale.spot.areas, self.at, model);
                let Some(caller) = unit.and_then(|unit| world.crew().someone(role, &unit, &[], dice).cloned()) else {
                    return Ok(None);
                };
                caller
            }
        };
        let subject = Subject {
            matter: &tale.leaf,
            demand: &tale.demand,
            month: tale.month,
        };
        let title = life.words.say(&stream.titles, &tale.scene, dice);
        let mut text = life.words.tell(subject, &tale.scene, life.staff.length, dice);
        if self.first.is_some() {
            text.insert_str(0, &life.words.say(&life.staff.notes.again, &tale.scene, dice));
        }
        let nowhere = dice.happens(stream.nowhere);
        let pointed = !nowhere && dice.happens(share.point);
        let place = (!nowhere).then(|| {
            life.words
                .say(life.staff.notes.spots(&tale.spot.kind), &tale.scene, dice)
        });
        // Who takes a call finds the community by its name, mostly; from the public comes the district alone. Who walks the
        // streets knows where they stand.
        let finds_area = match channel.by {
            Filer::Reporter => false,
            Filer::Role(Role::GridWorker) => true,
            Filer::Role(_) => !nowhere && dice.happens(0.7),
        };
        let told_area = if finds_area {
            tale.spot.areas.first()
        } else {
            tale.spot.areas.last()
        };
        let area = told_area.cloned();
        let answered = self.answered(model, channel.by) && self.dice.happens(stream.answered);
        let answer = answered.then(|| AnswerDraft {
            outcome: stream.answer_outcome.clone(),
            reply: self.reply(&self.tale.scene.clone(), &life.staff.notes.solved),
        });
        let mut evidence = Vec::new();
        if let Some(photo) = stream.photo.as_ref().filter(|_| channel.by != Filer::Reporter)
            && (answered || self.dice.happens(photo.share))
        {
            evidence = self
                .evidence(&caller, std::slice::from_ref(&photo.evidence), model)
                .await?;
        }
        let known = self.dice.happens(stream.matter_known);
        let draft = CaseDraft {
            confidential: false,
            case_type: stream.case_type.clone(),
            demand: tale.demand.clone(),
            channel: channel.name.clone(),
            matter: known.then(|| tale.leaf.clone()),
            title: Some(title),
            text,
            place,
            position: pointed.then_some(tale.spot.position),
            area,
            reporter: tale.person.clone().map(|(name, phone)| Person {
                name: Some(name),
                phone: Some(phone),
                email: None,
                address: None,
            }),
            evidence,
            answer,
        };
        let intake = self.app.take_in(&caller, draft, None).await?;
        Ok(Some(Done {
            case: intake.case,
            secret: Some(intake.secret),
            absorbed_by: None,
        }))
    }

    /// Whether who files may answer at once.
    fn answered(&self, model: &Model, by: Filer) -> bool {
        let stream = self.world.stream(&self.tale);
        let answerable = model
            .demands
            .get(&self.tale.demand)
            .is_some_and(|demand| demand.answerable_at_intake);
        let Some(workflow) = model.workflow_of(&stream.case_type).filter(|_| answerable) else {
            return false;
        };
        let Filer::Role(role) = by else { return false };
        let step = workflow
            .steps
            .iter()
            .find(|step| step.act == Act::Answer && step.from.contains(&workflow.start));
        step.is_some_and(|step| step.by.contains(&Performer::Role(role)))
    }

    /// The desk sends it out, or does whatever else leads there.
    async fn desk(&mut self, case: &Case) -> Result<Option<Case>, AppError> {
        let world = self.world.clone();
        let staff = &world.life.staff;
        let mut acts = vec![Act::Dispatch, Act::Move, Act::Reject];
        let first_time = case.times(Milestone::Dispatched) == 0;
        let stream = world.stream(&self.tale);
        // What came in without anybody to answer it is answered by whoever reads it first.
        if first_time && stream.channels[self.tale.channel].by == Filer::Reporter && self.dice.happens(stream.answered)
        {
            acts.insert(0, Act::Answer);
        }
        if first_time && self.dice.happens(staff.chance.reject) {
            acts.insert(0, Act::Reject);
        }
        let Some((step, act, caller, needs)) = self.step(case, &acts) else {
            return Ok(None);
        };
        let scene = self.scene(&caller);
        let mut draft = StepDraft::default();
        match act {
            Act::Reject => draft.note = Some(self.say(&staff.notes.reject, &scene)),
            Act::Answer => {
                draft.outcome = Some(stream.answer_outcome.clone());
                draft.reply = Some(self.reply(&scene, &staff.notes.solved));
            }
            Act::Dispatch => {
                draft.note = self.dice.happens(0.6).then(|| self.say(&staff.notes.dispatch, &scene));
                draft.matter = case.matter.is_none().then(|| self.tale.leaf.clone());
                draft.lead = self.another_lead(case);
                // Nobody sends a case to a district at large: where it lies is found out first.
                let found = self.dice.happens(staff.chance.located) || draft.lead.is_none() && self.is_vague(case);
                if case.place.position.is_none() && found {
                    draft.position = Some(self.tale.spot.position);
                }
            }
            _ => {}
        }
        draft.evidence = self.bring(&caller, case, &needs).await?;
        self.app.step(&caller, case.id, None, &step, draft).await.map(Some)
    }

    /// Whether the directory knows no nearer unit than the district itself.
    fn is_vague(&self, case: &Case) -> bool {
        let rules = &self.world.rules;
        let (Ok(of), Some(model)) = (rules.of(case.district), self.model()) else {
            return false;
        };
        let matter = case.matter.as_ref().unwrap_or(&self.tale.leaf);
        let date = model.work_time.date(self.at);
        let proposal = of
            .directory
            .propose(matter, &case.demand, &rules.tree, case.place.area(), date);
        proposal.is_some_and(|proposal| Some(&proposal.lead) == case.place.areas.last())
    }

    /// Where a case goes whose lead unit has given it back: to a unit that was to assist, or to those who look after the
    /// place. `None`: where the directory says.
    fn another_lead(&self, case: &Case) -> Option<UnitCode> {
        if case.granted(RequestKind::Return) == 0 {
            return None;
        }
        let units = |part: Part| case.assignments.iter().filter(move |a| a.part == part).map(|a| &a.unit);
        let had: Vec<&UnitCode> = units(Part::Lead).chain(case.place.areas.last()).collect();
        let level = |area: &&UnitCode| self.world.rules.tree.get(area).and_then(|unit| unit.kind.level());
        let local = case
            .place
            .areas
            .iter()
            .rev()
            .filter(|area| matches!(level(area), Some(2 | 3)));
        units(Part::Assist)
            .chain(local)
            .find(|unit| !had.contains(unit))
            .cloned()
    }

    /// A unit works on its assignment.
    async fn work(&mut self, case: &Case, number: u32, act: Act) -> Result<Option<Case>, AppError> {
        let world = self.world.clone();
        let staff = &world.life.staff;
        let Some(assignment) = case.assignments.iter().find(|a| a.number == number) else {
            return Ok(None);
        };
        let Some((step, caller, needs)) = self.unit_step(case, assignment, act) else {
            return Ok(None);
        };
        let mut draft = StepDraft {
            unit: Some(assignment.unit.clone()),
            ..StepDraft::default()
        };
        let scene = self.scene_of(&assignment.unit);
        match act {
            Act::Contact => draft.note = Some(self.say(&staff.notes.contact, &scene)),
            Act::HandIn => {
                let solved = self.verdict.solved || self.dice.happens(0.35);
                let outcomes = if solved {
                    &staff.outcomes.solved
                } else {
                    &staff.outcomes.not_solved
                };
                let drawn = self.dice.weigh(outcomes.values().copied());
                draft.outcome = drawn.and_then(|at| outcomes.keys().nth(at)).cloned();
                draft.reply = Some(match (assignment.part, solved) {
                    (Part::Assist, _) => self.say(&staff.notes.assisted, &scene),
                    (Part::Lead, true) => self.reply(&scene, &staff.notes.solved),
                    (Part::Lead, false) => self.say(&staff.notes.not_solved, &scene),
                });
                draft.evidence = self.bring(&caller, case, &needs).await?;
            }
            _ => {}
        }
        self.app.step(&caller, case.id, None, &step, draft).await.map(Some)
    }

    /// Somebody else looks at the result.
    async fn verify(&mut self, case: &Case) -> Result<Option<Case>, AppError> {
        let world = self.world.clone();
        let staff = &world.life.staff;
        // Twice is enough: what is sent back for ever is decided otherwise.
        let back = case.times(Milestone::Reworked) < 2 && self.dice.happens(staff.chance.rework);
        let acts = if back {
            [Act::Rework, Act::Pass]
        } else {
            [Act::Pass, Act::Move]
        };
        let Some((step, act, caller, needs)) = self.step(case, &acts) else {
            return Ok(None);
        };
        let note = (act == Act::Rework).then(|| self.say(&staff.notes.rework, &self.scene(&caller)));
        let evidence = self.bring(&caller, case, &needs).await?;
        let draft = StepDraft {
            note,
            evidence,
            ..StepDraft::default()
        };
        self.app.step(&caller, case.id, None, &step, draft).await.map(Some)
    }

    /// A clerk calls the reporter.
    async fn call(&mut self, case: &Case, attempts: usize) -> Result<Option<Case>, AppError> {
        let world = self.world.clone();
        let staff = &world.life.staff;
        // After some calls in vain there is another way to the end; until then it is not offered.
        if attempts > 0
            && let Some((step, _, caller, _)) = self.step(case, &[Act::Move])
        {
            return self
                .app
                .step(&caller, case.id, None, &step, StepDraft::default())
                .await
                .map(Some);
        }
        let reached = self.dice.happens(staff.chance.reached);
        let back = reached
            && !self.verdict.solved
            && case.times(Milestone::Reworked) < 2
            && self.dice.happens(staff.chance.rework_after_call);
        let acts = if back {
            [Act::Rework, Act::CallBack]
        } else {
            [Act::CallBack, Act::Move]
        };
        let Some((step, act, caller, _)) = self.step(case, &acts) else {
            return Ok(None);
        };
        let mut draft = StepDraft::default();
        match act {
            Act::Rework => draft.note = Some(self.say(&staff.notes.reopen, &self.scene(&caller))),
            Act::CallBack => {
                let nobody = AnswersInput {
                    reached: false,
                    responded: None,
                    solved: None,
                    satisfaction: None,
                };
                draft.answers = Some(if reached { self.verdict.answers() } else { nobody });
            }
            _ => {}
        }
        self.app.step(&caller, case.id, None, &step, draft).await.map(Some)
    }

    async fn urge(&mut self, case: &Case) -> Result<Option<Case>, AppError> {
        let Some((step, _, caller, _)) = self.step(case, &[Act::Urge]) else {
            return Ok(None);
        };
        let note = Some(self.say(&self.world.clone().life.staff.notes.urge, &self.scene(&caller)));
        self.app
            .step(
                &caller,
                case.id,
                None,
                &step,
                StepDraft {
                    note,
                    ..StepDraft::default()
                },
            )
            .await
            .map(Some)
    }

    async fn rate(&mut self, case: &Case) -> Result<Option<Case>, AppError> {
        let Some(secret) = &self.secret else { return Ok(None) };
        self.app.rate(case.id, secret, self.verdict.answers()).await.map(Some)
    }

    async fn reopen(&mut self, case: &Case) -> Result<Option<Case>, AppError> {
        let why = self.say(&self.world.clone().life.staff.notes.reopen, &self.tale.scene.clone());
        let Some(secret) = &self.secret else { return Ok(None) };
        self.app.reopen(case.id, secret, &why).await.map(Some)
    }

    /// Somebody asks for something.
    async fn ask(&mut self, case: &Case, kind: RequestKind) -> Result<Option<Case>, AppError> {
        let world = self.world.clone();
        let Some(asking) = world.life.staff.requests.get(&kind) else {
            return Ok(None);
        };
        if kind == RequestKind::Merge && self.first.is_none() {
            return Ok(None);
        }
        let Some(policy) = self.model().and_then(|model| model.requests.get(&kind)) else {
            return Ok(None);
        };
        let mut callers: Vec<(Caller, UnitCode)> = Vec::new();
        for performer in policy.asked_by.clone() {
            let Performer::Role(role) = performer else { continue };
            let Some(unit) = unit_for(role, case, &world.rules.tree) else {
                continue;
            };
            if let Some(caller) = world.crew().someone(role, unit, &[], &mut self.dice) {
                callers.push((caller.clone(), unit.clone()));
            }
        }
        let Some((caller, unit)) = self.dice.pick(&callers).cloned() else {
            return Ok(None);
        };
        let scene = self.scene_of(&unit);
        let days = 5 + self.dice.below(SUSPENDED_DAYS - 5);
        let input = RequestInput {
            kind,
            reason: self.say(&asking.reasons, &scene),
            more: None,
            until: (kind == RequestKind::Suspend)
                .then(|| self.at + SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(1))),
            into: self.first.filter(|_| kind == RequestKind::Merge),
            target: None,
            unit: Some(unit),
        };
        self.app.request(&caller, case.id, None, input).await.map(Some)
    }

    /// Somebody decides what was asked for.
    async fn decide(&mut self, case: &Case, number: u32) -> Result<Option<Done>, AppError> {
        let world = self.world.clone();
        let Some(request) = case.requests.iter().find(|r| r.number == number) else {
            return Ok(None);
        };
        let Some(policy) = self.model().and_then(|m| m.requests.get(&request.kind)) else {
            return Ok(None);
        };
        let asker = match request.by {
            quanyu_domain::access::ActorRef::Account(id) => vec![id],
            _ => Vec::new(),
        };
        let mut decider = None;
        for performer in policy.decided_by.clone() {
            let Performer::Role(role) = performer else { continue };
            let Some(unit) = unit_for(role, case, &world.rules.tree) else {
                continue;
            };
            if let Some(caller) = world.crew().someone(role, unit, &asker, &mut self.dice) {
                decider = decider.or_else(|| Some(caller.clone()));
            }
        }
        let Some(caller) = decider else { return Ok(None) };
        let staff = &world.life.staff;
        let share = staff.requests.get(&request.kind).map_or(0.0, |asking| asking.granted);
        let possible = match request.kind {
            RequestKind::Merge => self.first.is_some() && self.first == request.into,
            RequestKind::Suspend => request.until.is_some_and(|until| until > self.at),
            RequestKind::Reopen => case.phase == Phase::Closed,
            _ => true,
        };
        let grant = possible && self.dice.happens(share);
        let words = if grant {
            &staff.notes.granted
        } else {
            &staff.notes.refused
        };
        let reason = self.say(words, &self.scene(&caller));
        let decided = self.app.settle(&caller, case.id, None, number, grant, &reason).await?;
        let absorbed_by = match request.into.filter(|_| grant) {
            Some(into) => Some(self.app.case(&Caller::program(), into).await?),
            None => None,
        };
        Ok(Some(Done {
            case: decided,
            secret: None,
            absorbed_by,
        }))
    }
}
