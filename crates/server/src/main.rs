//! `quanyu`: the program that runs a district.
//!
//! The command line ([`cli`]), the settings ([`settings`]), the wiring of engine, keys and application ([`wiring`]), and
//! one module for each command. Everything that happens is in `quanyu-app`; nothing here decides.

mod cli;
mod commands;
mod database;
mod key_file;
mod settings;
mod sign_in;
mod telemetry;
mod terminal;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => return terminal::fail(&format!("cannot start: {fault}")),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => terminal::fail(&fault.to_string()),
    }
}
