//! `quanyu import`: records from files become cases.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quanyu_app::App;
use quanyu_app::import::{ImportNews, ImportReject, ImportSummary, Mapping};
use quanyu_app::ports::SystemClock;

use super::Fault;
use crate::cli::ImportCommand;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: ImportCommand) -> Result<(), Fault> {
    let ImportCommand::Cases { mapping, file, rejects } = command;
    let app = Arc::new(wiring::open_for_filling(settings, Arc::new(SystemClock)).await?);
    app.reload_rules().await?;
    let summary = cases(&app, &mapping, &file, rejects).await;
    app.store.close().await;
    terminal::say_json(&summary?);
    Ok(())
}

/// Imports a file of cases, with a progress bar, and writes the rows that were left out beside it.
pub async fn cases(
    app: &Arc<App>,
    mapping: &Path,
    file: &Path,
    rejects: Option<PathBuf>,
) -> Result<ImportSummary, Fault> {
    let text = std::fs::read_to_string(mapping).map_err(Fault::file(mapping))?;
    let mapping =
        Mapping::parse(&mapping.display().to_string(), &text).map_err(|fault| Fault::Other(fault.to_string()))?;
    let rejects = rejects.unwrap_or_else(|| {
        let mut name = file.as_os_str().to_owned();
        name.push(".rejects.csv");
        PathBuf::from(name)
    });
    let bar = terminal::progress(0, "bytes");
    let mut report: Option<std::io::BufWriter<std::fs::File>> = None;
    let summary = app
        .import_cases(&mapping, file, |news| {
            match news {
                ImportNews::Progress(progress) => {
                    bar.set_length(progress.total);
                    bar.set_position(progress.bytes);
                }
                ImportNews::Rejected(reject) => {
                    // Made with the first row that needs it: a clean import leaves no file behind.
                    if report.is_none() {
                        let mut made = std::io::BufWriter::new(std::fs::File::create(&rejects)?);
                        writeln!(made, "line,last_line,code,field,zh,en")?;
                        report = Some(made);
                    }
                    if let Some(report) = &mut report {
                        writeln!(report, "{}", row(&reject))?;
                    }
                }
            }
            Ok(())
        })
        .await
        .map_err(|fault| Fault::Other(fault.to_string()))?;
    bar.finish_and_clear();
    if let Some(mut report) = report {
        report.flush().map_err(Fault::file(&rejects))?;
        tracing::warn!(rows = summary.rejected, report = %rejects.display(), "rows were left out");
    }
    Ok(summary)
}

fn row(reject: &ImportReject) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let reason = &reject.reason;
    format!(
        "{},{},{},{},{},{}",
        reject.line,
        reject.last_line,
        reason.code,
        reason.field.unwrap_or_default(),
        quoted(&reason.zh),
        quoted(&reason.en)
    )
}

/// Takes over the cases in flight that places bring along: `[files] cases` of a `place.toml`, with the mapping of the same
/// name and the ending `.toml` beside it.
pub async fn in_flight(app: &Arc<App>, places: &[PathBuf]) -> Result<Vec<(PathBuf, ImportSummary)>, Fault> {
    let mut taken = Vec::new();
    for place in places {
        let file = place.join("place.toml");
        let text = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
        let table: toml::Table = text
            .parse()
            .map_err(|fault| Fault::Other(format!("{}: {fault}", file.display())))?;
        let named = table
            .get("files")
            .and_then(|files| files.get("cases"))
            .and_then(toml::Value::as_str);
        let Some(cases_file) = named.map(|name| place.join(name)) else {
            continue;
        };
        let mapping = cases_file.with_extension("toml");
        let summary = cases(app, &mapping, &cases_file, None).await?;
        taken.push((cases_file, summary));
    }
    Ok(taken)
}
