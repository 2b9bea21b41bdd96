//! Keeping the snapshot of the rules up to date with what other servers change.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::App;
use crate::directory::DIRECTORY_NOUN;
use crate::error::AppError;
use crate::sources::RULES_NOUN;
use crate::trail::{Ahead, Trail};
use crate::units::UNIT_NOUN;

/// How long commits may gather before they are looked through: under load there are hundreds a second.
const PACE: Duration = Duration::from_millis(50);
/// The wait after a failure.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Follows the journal in memory, from a position on: every server for itself, because every server has a snapshot.
pub struct Refresher {
    trail: Trail,
}

impl Refresher {
    /// From what is committed now. To be made before the rules are loaded, so that nothing falls between.
    pub fn new(app: &App) -> Self {
        Self {
            trail: Trail::new(*app.store.watch().borrow()),
        }
    }

    /// Looks at what has been committed since, and loads the rules anew if units, directory or sources are concerned.
    ///
    /// # Errors
    /// When the store does not answer, or what is in force cannot be loaded; the same events are looked at again then.
    pub async fn refresh(&mut self, app: &App) -> Result<(), AppError> {
        loop {
            let mut trail = self.trail.clone();
            let concerned = match trail.nouns_ahead(app.store.as_ref()).await? {
                Ahead::Nothing => return Ok(()),
                Ahead::New(nouns) => nouns.iter().any(|noun| concerns_rules(noun)),
                Ahead::OtherPast => true,
            };
            if concerned {
                app.refresh_rules().await?;
            }
            self.trail = trail;
        }
    }

    /// Refreshes with every commit, or those that gathered since the last, until it is told to stop.
    pub async fn run(mut self, app: Arc<App>, stop: CancellationToken) {
        let mut committed = app.store.watch();
        loop {
            committed.borrow_and_update();
            let refreshed = self.refresh(&app).await;
            if let Err(fault) = &refreshed {
                tracing::error!(%fault, "the rules cannot be loaded anew; those of before stay in force");
            }
            let next = async {
                if refreshed.is_err() {
                    tokio::time::sleep(BACK_OFF).await;
                    return true;
                }
                tokio::time::sleep(PACE).await;
                committed.changed().await.is_ok()
            };
            tokio::select! {
                () = stop.cancelled() => return,
                open = next => if !open { return },
            }
        }
    }
}

fn concerns_rules(noun: &str) -> bool {
    matches!(noun, UNIT_NOUN | DIRECTORY_NOUN | RULES_NOUN)
}
