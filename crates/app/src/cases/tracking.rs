//! What the reporter may do with number and tracking secret: follow, rate, reopen.

use quanyu_domain::cases::{AnswersInput, Case, Command, StepInput};
use quanyu_domain::ids::Id;
use quanyu_domain::model::{Act, Performer};
use quanyu_domain::refusal::Refusal;

use super::Caller;
use crate::App;
use crate::error::AppError;

impl App {
    /// The case of a number, for whoever holds its secret.
    ///
    /// A wrong secret and a number that does not exist give the same answer, at the same cost.
    ///
    /// # Errors
    /// When number and secret do not belong together.
    pub async fn follow(&self, id: Id, secret: &str) -> Result<Case, AppError> {
        let right = self.vault.is_tracking_secret(id, secret);
        let case = self.load_case(&self.rules(), None, id).await?;
        case.filter(|_| right).ok_or_else(|| {
            Refusal::not_found(
                "unknown_case_or_secret",
                "案件编号与查询码不符，请核对",
                "number and secret do not belong together: check both",
            )
            .into()
        })
    }

    /// The reporter answers the three questions.
    ///
    /// # Errors
    /// A refusal; a wrong secret is told as [`App::follow`] tells it.
    pub async fn rate(&self, id: Id, secret: &str, answers: AnswersInput) -> Result<Case, AppError> {
        let input = StepInput {
            answers: Some(answers),
            ..StepInput::default()
        };
        self.reporter_step(id, secret, Act::Rate, input).await
    }

    /// The reporter opens a closed case again.
    ///
    /// # Errors
    /// A refusal; a wrong secret is told as [`App::follow`] tells it.
    pub async fn reopen(&self, id: Id, secret: &str, why: &str) -> Result<Case, AppError> {
        let input = StepInput {
            note: Some(why.to_owned()),
            ..StepInput::default()
        };
        self.reporter_step(id, secret, Act::Reopen, input).await
    }

    /// Takes the first step of the workflow that does this, from where the case stands, and is the reporter's.
    async fn reporter_step(&self, id: Id, secret: &str, act: Act, input: StepInput) -> Result<Case, AppError> {
        let case = self.follow(id, secret).await?;
        let rules = self.rules();
        let context = rules.context(case.district, self.now())?;
        let steps = context
            .model
            .workflow_of(&case.case_type)
            .map(|workflow| workflow.steps.as_slice());
        let own = || {
            steps
                .unwrap_or_default()
                .iter()
                .filter(|s| s.act == act && s.by.contains(&Performer::REPORTER))
        };
        // Where none starts here, any of them gives the refusal that says what is possible instead.
        let step = own()
            .find(|step| step.from.contains(&case.state))
            .or_else(|| own().next())
            .ok_or_else(|| {
                Refusal::not_now(
                    "not_offered",
                    "此类案件不支持该操作",
                    "this kind of case does not offer that to its reporter",
                )
            })?;
        let command = || Command::Step {
            step: step.name.clone(),
            input: Box::new(input.clone()),
        };
        self.act(&rules, &Caller::reporter(), case, None, &[], command).await
    }
}
