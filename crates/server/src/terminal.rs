//! Talking to the person at the terminal: answers on standard output, everything else on standard error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one place that talks to the terminal"
)]

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// Something that is counted and of which nobody knows the end: a line on standard error that changes, and where nobody looks
/// a line every few seconds, for a log.
pub struct Count {
    bar: ProgressBar,
    told: Mutex<Instant>,
}

/// How often a log is told of what is counted.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Begins to count.
pub fn count() -> Count {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos}  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(200));
    Count {
        bar,
        told: Mutex::new(Instant::now()),
    }
}

impl Count {
    /// So many of these, by now.
    pub fn tell(&self, what: &str, number: u64) {
        self.bar.set_message(what.to_owned());
        self.bar.set_position(number);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && told.elapsed() >= TELL_EVERY {
            *told = Instant::now();
            eprintln!("{what}: {number}");
        }
    }

    /// Nothing is counted any more.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
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
