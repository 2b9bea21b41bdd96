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
use mimalloc::MiMalloc;

/// Requests allocate on one thread and free on another, which costs the C library's allocator a tenth of intake.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
