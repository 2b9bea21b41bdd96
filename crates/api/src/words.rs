//! What people call things: titles, local times and names, for everything that answers show.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::Offset;
use quanyu_app::rules::Rules;
use quanyu_app::{App, AppError};
use quanyu_domain::access::ActorRef;
use quanyu_domain::cases::{Case, CaseClock};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::model::{Model, RequestKind};
use quanyu_domain::refusal::Refusal;
use quanyu_domain::text::Title as DomainTitle;
use quanyu_domain::units::UnitCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::edge::wire::{Moment, Named, Number, Title};

/// The words of one district.
pub struct Words<'a> {
    pub rules: &'a Rules,
    pub model: &'a Model,
    names: BTreeMap<Id, String>,
}

/// A unit by code and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitName {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: Title,
}

/// A matter by code and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MatterName {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: Title,
    /// The names of the matters above it, from the first level down.
    pub path: Vec<Title>,
}

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Actor)]
pub enum ActorView {
    /// Somebody with an account.
    Account {
        /// The account.
        id: Number,
        /// The person's name, where the account still exists.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// The reporter.
    Reporter,
    /// The program itself.
    Program,
}

impl<'a> Words<'a> {
    /// The words of a district.
    ///
    /// # Errors
    /// When no place is set up for it.
    pub fn of(rules: &'a Rules, district: DistrictId) -> Result<Self, Refusal> {
        Ok(Self {
            rules,
            model: &rules.of(district)?.model,
            names: BTreeMap::new(),
        })
    }

    /// With the names of accounts.
    pub fn with_names(self, names: BTreeMap<Id, String>) -> Self {
        Self { names, ..self }
    }

    /// A time as the place's clocks show it.
    pub fn moment(&self, at: Timestamp) -> Moment {
        Moment {
            at,
            offset: self.model.work_time.offset,
        }
    }

    /// A unit.
    pub fn unit(&self, code: &UnitCode) -> UnitName {
        unit_name(self.rules, code)
    }

    /// A matter.
    pub fn matter(&self, code: &str) -> MatterName {
        let mut path: Vec<Title> = self
            .rules
            .matters
            .path(code)
            .into_iter()
            .map(|m| Title::from(&m.title))
            .collect();
        let known = self.rules.matters.get(code).is_some();
        let title = path.pop_if(|_| known).unwrap_or_else(|| Title::new(code, code));
        MatterName {
            code: code.to_owned(),
            title,
            path,
        }
    }

    /// Somebody.
    pub fn actor(&self, actor: ActorRef) -> ActorView {
        match actor {
            ActorRef::Account(id) => ActorView::Account {
                id: Number(id),
                name: self.names.get(&id).cloned(),
            },
            ActorRef::Reporter => ActorView::Reporter,
            ActorRef::Program => ActorView::Program,
        }
    }

    /// A kind of case.
    pub fn case_type(&self, name: &str) -> Named {
        named(&self.model.case_types, name, |t| &t.title)
    }

    /// A state of a case.
    pub fn state(&self, case_type: &str, name: &str) -> Named {
        let state = self
            .model
            .workflow_of(case_type)
            .and_then(|workflow| workflow.states.get(name));
        Named::new(name, state.map(|state| &state.title))
    }

    /// A step of a kind of case.
    pub fn step(&self, case_type: &str, name: &str) -> Named {
        let step = self
            .model
            .workflow_of(case_type)
            .and_then(|workflow| workflow.step(name));
        Named::new(name, step.map(|step| &step.title))
    }

    /// A demand type.
    pub fn demand(&self, name: &str) -> Named {
        named(&self.model.demands, name, |d| &d.title)
    }

    /// A channel.
    pub fn channel(&self, name: &str) -> Named {
        named(&self.model.channels, name, |c| &c.title)
    }

    /// A class of limit.
    pub fn limit_class(&self, name: &str) -> Named {
        named(&self.model.limits, name, |l| &l.title)
    }

    /// An outcome.
    pub fn outcome(&self, name: &str) -> Named {
        named(&self.model.outcomes, name, |o| &o.title)
    }

    /// A kind of evidence.
    pub fn evidence(&self, name: &str) -> Named {
        named(&self.model.evidence, name, |e| &e.title)
    }

    /// A kind of request.
    pub fn request(&self, kind: RequestKind) -> Named {
        Named::new(kind.name(), self.model.requests.get(&kind).map(|policy| &policy.title))
    }

    /// A clock of a case: by its rule, or by the request whose decision it measures.
    pub fn clock(&self, case: &Case, clock: &CaseClock) -> Named {
        if clock.request.is_some() {
            let policy = self
                .model
                .requests
                .values()
                .find(|policy| policy.kind.name() == clock.name);
            return Named::new(&clock.name, policy.map(|policy| &policy.title));
        }
        let rules = self
            .model
            .case_types
            .get(&case.case_type)
            .map(|t| t.clocks.as_slice())
            .unwrap_or_default();
        Named::new(
            &clock.name,
            rules
                .iter()
                .find(|rule| rule.name == clock.name)
                .map(|rule| &rule.title),
        )
    }

    /// A step of the ladder that a clock walks.
    pub fn ladder_step(&self, case_type: &str, clock: &str, step: &str) -> Named {
        let rules = self
            .model
            .case_types
            .get(case_type)
            .map(|t| t.clocks.as_slice())
            .unwrap_or_default();
        let ladder = rules
            .iter()
            .find(|rule| rule.name == clock)
            .and_then(|rule| rule.ladder.as_ref());
        let steps = ladder
            .and_then(|name| self.model.ladders.get(name))
            .map(|ladder| ladder.steps.as_slice());
        let step_rule = steps.unwrap_or_default().iter().find(|found| found.name == step);
        Named::new(step, step_rule.map(|found| &found.title))
    }
}

fn named<T>(map: &BTreeMap<String, T>, name: &str, title: impl Fn(&T) -> &DomainTitle) -> Named {
    Named::new(name, map.get(name).map(title))
}

/// A unit by code and name; one that is not known goes by its code.
pub fn unit_name(rules: &Rules, code: &UnitCode) -> UnitName {
    let title = rules.tree.get(code).map(|unit| Title::from(&unit.title));
    UnitName {
        code: code.to_string(),
        title: title.unwrap_or_else(|| Title::new(code.as_str(), code.as_str())),
    }
}

/// Who stands behind references of the journal, with names where accounts exist; `account:…`, `reporter`, otherwise the
/// program.
///
/// # Errors
/// When the store does not answer.
pub async fn actors<'a>(app: &App, references: impl Iterator<Item = &'a str>) -> Result<Vec<ActorView>, AppError> {
    let account = |text: &str| text.strip_prefix("account:")?.parse::<Id>().ok();
    let references: Vec<(Option<Id>, bool)> = references
        .map(|text| (account(text), text == ActorRef::Reporter.to_string()))
        .collect();
    let mut ids: Vec<Id> = references.iter().filter_map(|(id, _)| *id).collect();
    ids.sort();
    ids.dedup();
    let names: BTreeMap<Id, Option<String>> = ids.iter().copied().zip(app.account_names(&ids).await?).collect();
    let view = |(id, is_reporter): (Option<Id>, bool)| match id {
        Some(id) => ActorView::Account {
            id: Number(id),
            name: names.get(&id).cloned().flatten(),
        },
        None if is_reporter => ActorView::Reporter,
        None => ActorView::Program,
    };
    Ok(references.into_iter().map(view).collect())
}

/// The offset of the place: that of any district, for records that belong to none.
pub fn offset(rules: &Rules) -> Offset {
    rules
        .districts
        .values()
        .next()
        .map_or(Offset::UTC, |district| district.model.work_time.offset)
}
