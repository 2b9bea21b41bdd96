//! Talking to the person at the terminal: answers on standard output, everything else on standard error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one place that talks to the terminal"
)]

use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Prints an answer.
pub fn say(text: &str) {
    println!("{text}");
}

/// Prints an answer for a program.
pub fn say_json(value: &impl serde::Serialize) {
    // Everything that is answered is made of strings and numbers.
    println!(
        "{}",
        serde_json::to_string(value).unwrap_or_else(|fault| format!("{{\"error\":\"{fault}\"}}"))
    );
}

/// Prints why something did not work, and gives the exit code that says so.
pub fn fail(why: &str) -> ExitCode {
    eprintln!("quanyu: {why}");
    ExitCode::FAILURE
}

/// A progress bar on standard error; invisible where nobody looks.
pub fn progress(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
