//! What happens in a district, by resource: the use cases between the edges (HTTP, command line, simulator) and the
//! domain that decides.
//!
//! A use case takes the rules in force, loads what it needs with versions, asks the domain to decide, and commits the
//! outcome as one change set; on a conflict it loads and decides again. [`App`] holds the ports.

pub mod accounts;
pub mod activations;
pub mod api_keys;
pub mod attachments;
pub mod audit;
pub mod beside;
pub mod blobs;
pub mod cases;
pub mod directory;
mod erasure;
pub mod error;
pub mod export;
pub mod factors;
pub mod figures;
pub mod followers;
pub mod gazetteer;
pub mod guard;
pub mod import;
pub mod keys;
pub mod live;
pub mod masking;
mod media;
pub mod outbox;
pub mod passwords;
pub mod people;
pub mod ports;
pub mod rebuild;
pub mod refresh;
pub mod rules;
mod scan;
pub mod search;
pub mod sessions;
pub mod sources;
pub mod tables;
pub mod timers;
mod trail;
pub mod units;
pub mod vault;
pub mod vitals;
pub mod webhooks;

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use quanyu_store::Store;

use blobs::Blobs;
pub use error::AppError;
use ports::{Clock, Ids, Random};
use rules::Rules;
use sessions::{SignIn, SignInPolicy};
use vault::Vault;

/// The application: everything that a use case needs.
pub struct App {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Ids,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Keys.
    pub vault: Vault,
    /// Where the bytes of attachments are kept.
    pub blobs: Blobs,
    /// Who watches the journal live.
    pub live: live::Hub,
    sign_in: SignIn,
    rules: RwLock<Arc<Rules>>,
    models: sources::ModelCache,
}

impl App {
    /// An application over its ports, without rules: [`App::initialise`] or [`App::reload_rules`] comes next.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Ids,
        random: Arc<dyn Random>,
        vault: Vault,
        blobs: Blobs,
        sign_in: SignInPolicy,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            random,
            vault,
            blobs,
            live: live::Hub::default(),
            sign_in: SignIn::new(sign_in),
            rules: RwLock::new(Arc::new(Rules::none())),
            models: sources::ModelCache::default(),
        }
    }

    /// The same application over other ports: same rules, keys and bytes, for somebody whose time, numbers and commits are
    /// their own. Rules that come into force later do not reach it. The simulator's people act through such.
    pub fn over(
        &self,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Ids,
        random: Arc<dyn Random>,
        sign_in: SignInPolicy,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            vault: self.vault.with_random(Arc::clone(&random)),
            random,
            blobs: self.blobs.apart(),
            live: live::Hub::default(),
            sign_in: SignIn::new(sign_in),
            rules: RwLock::new(self.rules()),
            models: sources::ModelCache::default(),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The rules in force, as one snapshot.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the next snapshot in.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}
