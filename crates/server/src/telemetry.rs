//! Logs: to standard error, for people or as JSON lines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// Starts logging. A filter that does not parse is told and replaced by `info`.
pub fn start(settings: &Settings) {
    let (filter, bad) = match EnvFilter::try_new(&settings.log) {
        Ok(filter) => (filter, None),
        Err(fault) => (EnvFilter::new("info"), Some(fault)),
    };
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for terminals, not for files that the output is sent to.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if settings.json {
        logs.json().try_init()
    } else {
        logs.try_init()
    };
    if let Some(fault) = bad {
        tracing::warn!(%fault, filter = settings.log, "the log filter is not understood, using info");
    }
}
