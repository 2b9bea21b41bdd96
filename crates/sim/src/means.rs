//! What a deed takes: who does it, what proves it, what is said with it.

use bytes::Bytes;
use quanyu_app::AppError;
use quanyu_app::cases::Caller;
use quanyu_domain::access::Role;
use quanyu_domain::cases::{Assignment, Case, Evidence, Part};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Act, Model, Performer};
use quanyu_domain::units::UnitCode;

use crate::crew::unit_for;
use crate::deeds::Doing;
use crate::life::Subject;
use crate::photo::photo;
use crate::text::{Scene, Template};

impl Doing {
    /// The first step that does one of these and that somebody of the staff may take now; with who, and the evidence that
    /// it needs.
    pub(crate) fn step(&mut self, case: &Case, acts: &[Act]) -> Option<(String, Act, Caller, Vec<String>)> {
        let world = self.world.clone();
        let workflow = world.model(self.tale.district)?.workflow_of(&case.case_type)?;
        let workers: Vec<Id> = case
            .assignments
            .iter()
            .flat_map(|a| a.workers.iter().copied())
            .collect();
        for act in acts {
            let here = workflow
                .steps
                .iter()
                .filter(|step| step.act == *act && step.from.contains(&case.state));
            for step in here {
                for performer in &step.by {
                    let Performer::Role(role) = performer else { continue };
                    let Some(unit) = unit_for(*role, case, &world.rules.tree) else {
                        continue;
                    };
                    let caller = world.crew().someone(*role, unit, &workers, &mut self.dice).cloned();
                    let Some(caller) = caller else { continue };
                    let available = self.app.available(&caller, case).ok()?;
                    if available.steps.iter().any(|offered| offered.name == step.name) {
                        return Some((step.name.clone(), *act, caller, step.needs.clone()));
                    }
                }
            }
        }
        None
    }

    /// The step by which a unit does something with its assignment.
    pub(crate) fn unit_step(
        &mut self,
        case: &Case,
        of: &Assignment,
        act: Act,
    ) -> Option<(String, Caller, Vec<String>)> {
        let world = self.world.clone();
        let workflow = world.model(self.tale.district)?.workflow_of(&case.case_type)?;
        let caller = world
            .crew()
            .someone(Role::Handler, &of.unit, &[], &mut self.dice)
            .cloned()?;
        let by_unit = workflow
            .steps
            .iter()
            .filter(|step| step.act == act && step.by.contains(&Performer::Role(Role::Handler)));
        // States are the lead unit's; an assisting unit works at its own pace.
        let mut fits = by_unit.filter(|step| of.part == Part::Assist || step.from.contains(&case.state));
        fits.next().map(|step| (step.name.clone(), caller, step.needs.clone()))
    }

    /// Evidence of the kinds that a step needs and the case does not have.
    pub(crate) async fn bring(
        &mut self,
        caller: &Caller,
        case: &Case,
        needs: &[String],
    ) -> Result<Vec<Evidence>, AppError> {
        let world = self.world.clone();
        let Some(model) = world.model(self.tale.district) else {
            return Ok(Vec::new());
        };
        let missing: Vec<String> = needs
            .iter()
            .filter(|kind| !case.evidence.iter().any(|e| e.kind == **kind))
            .cloned()
            .collect();
        self.evidence(caller, &missing, model).await
    }

    /// Files handed in as evidence of these kinds: a photo, or where none counts a text.
    pub(crate) async fn evidence(
        &mut self,
        caller: &Caller,
        kinds: &[String],
        model: &Model,
    ) -> Result<Vec<Evidence>, AppError> {
        let mut evidence = Vec::new();
        for kind in kinds {
            let media = model.evidence.get(kind).map_or(&[][..], |kind| &kind.media);
            let pictures = media
                .iter()
                .any(|pattern| pattern.starts_with("image/") || pattern == "*/*");
            let (name, bytes) = if pictures {
                (format!("{}.png", self.tale.scene.day), photo(self.photo))
            } else {
                (
                    format!("{}.txt", self.tale.scene.day),
                    self.tale.scene.matter.clone().into_bytes(),
                )
            };
            let content = futures::stream::iter([Ok::<Bytes, std::convert::Infallible>(bytes.into())]);
            let row = self.app.upload(caller, &name, content).await?;
            evidence.push(Evidence {
                kind: kind.clone(),
                attachment: Id(row.id),
            });
        }
        Ok(evidence)
    }

    pub(crate) fn scene(&self, caller: &Caller) -> Scene {
        match caller.actor.grants().first() {
            Some(grant) => self.scene_of(&grant.unit),
            None => self.tale.scene.clone(),
        }
    }

    pub(crate) fn scene_of(&self, unit: &UnitCode) -> Scene {
        let title = self
            .world
            .rules
            .tree
            .get(unit)
            .map(|unit| unit.title.zh.clone())
            .unwrap_or_default();
        let local = self.model().map(|model| model.work_time.local(self.at));
        let day = local
            .map(|local| format!("{}月{}日", local.month(), local.day()))
            .unwrap_or_default();
        Scene {
            unit: title,
            day,
            ..self.tale.scene.clone()
        }
    }

    pub(crate) fn say(&mut self, texts: &[Template], scene: &Scene) -> String {
        self.world.life.words.say(texts, scene, &mut self.dice)
    }

    pub(crate) fn reply(&mut self, scene: &Scene, usual: &[Template]) -> String {
        let world = self.world.clone();
        let subject = Subject {
            matter: &self.tale.leaf,
            demand: &self.tale.demand,
            month: self.tale.month,
        };
        let own = world.life.words.reply(subject, scene, &mut self.dice);
        own.unwrap_or_else(|| self.say(usual, scene))
    }
}
