//! The commands, one module each.

mod api_key;
mod audit;
mod backup;
mod demo;
mod erase;
mod export;
mod import;
mod init;
mod keys;
mod move_over;
mod pack;
mod rates;
mod rebuild;
mod sample;
mod serve;
mod user;

use quanyu_app::AppError;

use crate::cli::{Cli, Command, ServeArgs};
use crate::settings::{Settings, SettingsError};
use crate::telemetry;
use crate::wiring::WiringError;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Engine, keys or application could not be put together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The application says no.
    #[error(transparent)]
    App(#[from] AppError),
    /// A file.
    #[error("{path}: {fault}")]
    File {
        /// Which.
        path: String,
        /// What the system says.
        fault: std::io::Error,
    },
    /// Anything else, said in full.
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// A file that could not be read or written.
    pub fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |fault| Self::File { path, fault }
    }
}

/// Runs a command.
pub async fn run(cli: Cli) -> Result<(), Fault> {
    let global = cli.global;
    let settings = |serve: &ServeArgs| -> Result<Settings, Fault> {
        let settings = Settings::read(&global, serve)?;
        telemetry::start(&settings);
        Ok(settings)
    };
    let plain = ServeArgs::default();
    match cli.command {
        Command::Serve(serve) => serve::serve(&settings(&serve)?).await,
        Command::Demo {
            scale,
            until,
            no_serve,
            seed,
            sources,
            serve,
        } => {
            demo::demo(
                &settings(&serve)?,
                &demo::Demo {
                    scale,
                    until,
                    seed,
                    sources,
                    serve: !no_serve,
                },
            )
            .await
        }
        Command::Init { place, packs } => init::init(&settings(&plain)?, &place, packs.as_deref()).await,
        Command::Pack { command } => pack::run(&settings(&plain)?, command).await,
        Command::Import { command } => import::run(&settings(&plain)?, command).await,
        Command::Export { command } => export::run(&settings(&plain)?, command).await,
        Command::Backup { to } => backup::backup(&settings(&plain)?, &to).await,
        Command::Restore { from } => backup::restore(&settings(&plain)?, &from).await,
        Command::Move { from, to } => move_over::move_over(&settings(&plain)?, &from, &to).await,
        Command::Audit { command } => audit::run(&settings(&plain)?, command).await,
        Command::Keys { command } => keys::run(&settings(&plain)?, command).await,
        Command::Erase { case, reason } => erase::erase(&settings(&plain)?, &case, &reason).await,
        Command::User { command } => user::run(&settings(&plain)?, command).await,
        Command::ApiKey { command } => api_key::run(&settings(&plain)?, command).await,
        Command::Rates { command, show } => rates::run(&settings(&plain)?, command, &show).await,
        Command::Sample { command } => sample::run(&settings(&plain)?, command).await,
        Command::Rebuild { verify } => rebuild::rebuild(&settings(&plain)?, verify).await,
    }
}
