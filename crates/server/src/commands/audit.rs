//! `quanyu audit`: the journal, as an auditor looks at it.

use std::path::Path;
use std::sync::Arc;

use quanyu_app::followers::seals::{Kept, Verified, read_kept, verify_seals};

use super::Fault;
use crate::cli::AuditCommand;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: AuditCommand) -> Result<(), Fault> {
    match command {
        AuditCommand::Verify { exported } => verify(settings, exported.as_deref()).await,
    }
}

async fn verify(settings: &Settings, exported: Option<&Path>) -> Result<(), Fault> {
    let kept = match exported {
        Some(folder) => read_kept(folder)?,
        None => Kept::default(),
    };
    let app = Arc::new(wiring::open(settings).await?);
    let verified = verify_seals(&app, kept).await;
    app.store.close().await;
    match verified? {
        Verified::Holds { report, unsealed } => {
            if settings.json {
                terminal::say_json(&serde_json::json!({
                    "holds": true,
                    "blocks": report.blocks,
                    "sealed_events": report.sealed_events,
                    "unsealed_events": unsealed,
                }));
            } else {
                terminal::say(&format!(
                    "every seal holds: {} blocks over {} events; {unsealed} newer events are not sealed yet",
                    report.blocks, report.sealed_events
                ));
            }
            Ok(())
        }
        Verified::Broken(fault) => Err(Fault::Other(format!("the past is not what was sealed: {fault}"))),
    }
}
