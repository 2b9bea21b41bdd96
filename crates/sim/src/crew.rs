//! The staff: real accounts with real grants, found or made where somebody is needed.

use std::collections::{BTreeMap, BTreeSet};

use quanyu_app::accounts::AccountDraft;
use quanyu_app::cases::Caller;
use quanyu_app::tables::{ACCOUNT, AccountRow};
use quanyu_app::vault::hex;
use quanyu_app::{App, AppError};
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;
use quanyu_domain::units::{UnitCode, UnitKind, UnitTree};
use quanyu_store::{Query, Records};

use crate::dice::Dice;
use crate::life::Life;
use crate::text::Scene;

/// A role at a unit: what somebody is needed for.
pub(crate) type Post = (Role, UnitCode);

/// Who works where.
#[derive(Debug, Default)]
pub(crate) struct Crew {
    members: BTreeMap<Post, Vec<Caller>>,
    /// Posts for which nobody is there yet.
    wanted: BTreeSet<Post>,
    /// How many accounts the simulator has made, ever: the next login.
    hired: usize,
}

/// Somebody to be hired.
#[derive(Debug, Clone)]
pub(crate) struct Hire {
    pub post: Post,
    pub login: String,
    pub name: String,
    pub password: String,
}

/// Accounts read at once.
const PAGE: usize = 200;
/// What the logins of simulated staff begin with.
const LOGIN: &str = "staff";

impl Crew {
    /// Everybody who has an account already.
    pub async fn load(app: &App) -> Result<Self, AppError> {
        let mut crew = Self::default();
        let mut query = Query::by_key(&ACCOUNT, PAGE);
        loop {
            let rows: Vec<AccountRow> = app.store.page(&query).await?;
            let Some(last) = rows.last() else { return Ok(crew) };
            query = query.after_record(last);
            for row in rows {
                let number = row.login.strip_prefix(LOGIN).and_then(|number| number.parse().ok());
                crew.hired = crew.hired.max(number.unwrap_or(0));
                let grants: Vec<Grant> = row
                    .grants
                    .to()
                    .map_err(|fault| AppError::Internal(format!("the grants of {}: {fault}", row.login)))?;
                if row.active {
                    crew.join(&Caller::account(Id(row.id), grants));
                }
            }
        }
    }

    /// Somebody starts to work.
    pub fn join(&mut self, caller: &Caller) {
        for grant in caller.actor.grants() {
            let post = (grant.role, grant.unit.clone());
            self.wanted.remove(&post);
            self.members.entry(post).or_default().push(caller.clone());
        }
    }

    /// Somebody is needed.
    pub fn want(&mut self, role: Role, unit: &UnitCode) {
        let post = (role, unit.clone());
        if self.members.get(&post).is_none_or(|there| there.len() < needed(role)) {
            self.wanted.insert(post);
        }
    }

    /// Whether somebody is needed who is not there.
    pub fn is_wanting(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Who is to be hired now: as many for each post as it needs.
    pub fn hires(&mut self, life: &Life, seed: u64) -> Vec<Hire> {
        let mut hires = Vec::new();
        for post in std::mem::take(&mut self.wanted) {
            let there = self.members.get(&post).map_or(0, Vec::len);
            for _ in there..needed(post.0) {
                self.hired += 1;
                let mut dice = Dice::of(&[seed, HIRING, self.hired as u64]);
                let bytes: Vec<u8> = (0..2).flat_map(|_| dice.next().to_be_bytes()).collect();
                hires.push(Hire {
                    post: post.clone(),
                    login: format!("{LOGIN}{:04}", self.hired),
                    name: life.words.say(&life.staff.notes.names, &Scene::default(), &mut dice),
                    // Nobody signs in with it; it is there because an account has a password, of every class.
                    password: format!("Z-{}", hex(&bytes)),
                });
            }
        }
        hires
    }

    /// One of those at a post, but not one of `except`.
    pub fn someone(&self, role: Role, unit: &UnitCode, except: &[Id], dice: &mut Dice) -> Option<&Caller> {
        let there = self.members.get(&(role, unit.clone()))?;
        let free: Vec<&Caller> = there
            .iter()
            .filter(|caller| !except.contains(&account(caller)))
            .collect();
        dice.pick(&free).copied()
    }

    /// Everybody whom a case may need as it stands.
    pub fn want_for(&mut self, case: &Case) {
        for role in [Role::Operator, Role::Dispatcher, Role::Verifier, Role::CallBackClerk] {
            self.want(role, &case.desk);
        }
        if let Some(district) = case.place.areas.last() {
            self.want(Role::Supervisor, district);
            self.want(Role::Leader, district);
        }
        for assignment in case.assignments.iter().filter(|assignment| assignment.is_open()) {
            self.want(Role::Handler, &assignment.unit);
        }
    }
}

/// The unit at which somebody with a role would look after a case.
pub(crate) fn unit_for<'c>(role: Role, case: &'c Case, tree: &UnitTree) -> Option<&'c UnitCode> {
    match role {
        Role::Operator | Role::Dispatcher | Role::Verifier | Role::CallBackClerk => Some(&case.desk),
        Role::Supervisor | Role::Leader => case.place.areas.last(),
        Role::GridWorker => patch(&case.place.areas, tree),
        Role::Handler => case.lead().map(|lead| &lead.unit),
        Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => None,
    }
}

/// The area that a grid worker looks after: the community, or the finest area above it.
pub(crate) fn patch<'a>(areas: &'a [UnitCode], tree: &UnitTree) -> Option<&'a UnitCode> {
    areas
        .iter()
        .find(|code| tree.get(code).is_some_and(|unit| unit.kind != UnitKind::Grid))
}

/// The account behind a caller.
pub(crate) fn account(caller: &Caller) -> Id {
    match caller.actor.reference() {
        quanyu_domain::access::ActorRef::Account(id) => id,
        _ => Id(0),
    }
}

impl Hire {
    /// Makes the account.
    pub async fn hire(self, app: &App) -> Result<Caller, AppError> {
        let (role, unit) = self.post;
        let grants = vec![Grant { role, unit }];
        let draft = AccountDraft {
            login: self.login,
            name: self.name,
            password: self.password,
            grants,
        };
        let made = app.create_account(&Caller::program(), draft).await?;
        Ok(Caller::account(made.id, made.grants))
    }
}

/// Streams of dice.
const HIRING: u64 = 2;

/// How many work at a post: a desk has several, so that another hand decides what one has asked for.
fn needed(role: Role) -> usize {
    match role {
        Role::Operator | Role::Dispatcher => 3,
        Role::Handler | Role::Verifier | Role::CallBackClerk | Role::Supervisor => 2,
        _ => 1,
    }
}
