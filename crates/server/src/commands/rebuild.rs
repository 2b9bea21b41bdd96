//! `quanyu rebuild`: everything that follows from the journal, made anew.

use std::sync::Arc;

use quanyu_app::rebuild::{derived_digest, rebuild as rebuild_all};

use super::Fault;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Rebuilds the derived tables; with `verify`, compares them with what was kept.
pub async fn rebuild(settings: &Settings, verify: bool) -> Result<(), Fault> {
    let app = Arc::new(wiring::open_alone(settings).await?);
    app.reload_rules().await?;
    let kept = if verify {
        // What followers have not taken in yet would look like a difference.
        quanyu_app::followers::run_until_caught_up(&app, &quanyu_app::followers::all()).await?;
        Some(derived_digest(&app).await?)
    } else {
        None
    };
    let bar = terminal::progress(0, "events");
    let progress = |done: i64, total: i64| {
        bar.set_length(u64::try_from(total).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    };
    rebuild_all(&app, &progress).await?;
    bar.finish_and_clear();
    let rebuilt = derived_digest(&app).await?;
    app.store.close().await;
    let mut differ = Vec::new();
    for (table, now) in &rebuilt {
        let same = kept.as_ref().is_none_or(|kept| kept.get(table) == Some(now));
        if !same {
            differ.push(table.to_string());
        }
        let verdict = match (verify, same) {
            (false, _) => "",
            (true, true) => "  as kept",
            (true, false) => "  DIFFERS",
        };
        terminal::say(&format!("{table}: {} rows{verdict}", now.rows));
    }
    if differ.is_empty() {
        Ok(())
    } else {
        Err(Fault::Other(format!(
            "rebuilt differs from kept: {}",
            differ.join(", ")
        )))
    }
}
