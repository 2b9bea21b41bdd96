//! `quanyu export`: records as files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use quanyu_app::cases::Caller;
use quanyu_app::export::{ExportOptions, columns, spreadsheet_safe};

use super::Fault;
use crate::cli::{ExportCommand, ExportFormat};
use crate::settings::Settings;
use crate::wiring;

/// What spreadsheet programs want to see before they believe that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: ExportCommand) -> Result<(), Fault> {
    let ExportCommand::Cases { to, format, texts, bom } = command;
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    let mut out: Box<dyn Write + Send> = if to == Path::new("-") {
        Box::new(io::stdout())
    } else {
        Box::new(BufWriter::new(File::create(&to).map_err(Fault::file(&to))?))
    };
    if bom {
        out.write_all(BYTE_ORDER_MARK.as_bytes()).map_err(Fault::file(&to))?;
    }
    let options = ExportOptions {
        texts,
        ..ExportOptions::default()
    };
    let exported = match format {
        ExportFormat::Csv => {
            let mut writer = csv::Writer::from_writer(&mut out);
            writer
                .write_record(columns(texts))
                .map_err(|fault| Fault::Other(fault.to_string()))?;
            let exported = app
                .export_cases(&Caller::program(), &options, |cells| {
                    writer
                        .write_record(cells.iter().map(|cell| spreadsheet_safe(cell)))
                        .map_err(io::Error::other)
                })
                .await;
            writer.flush().map_err(Fault::file(&to))?;
            exported
        }
        ExportFormat::Jsonl => {
            app.export_cases(&Caller::program(), &options, |cells| {
                let row: serde_json::Map<String, serde_json::Value> = columns(texts)
                    .iter()
                    .zip(cells)
                    .map(|(column, cell)| ((*column).to_owned(), cell.as_str().into()))
                    .collect();
                writeln!(out, "{}", serde_json::Value::Object(row))
            })
            .await
        }
    };
    out.flush().map_err(Fault::file(&to))?;
    app.store.close().await;
    let exported = exported.map_err(|fault| Fault::Other(fault.to_string()))?;
    tracing::info!(cases = exported, "exported");
    Ok(())
}
