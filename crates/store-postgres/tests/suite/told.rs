//! What is logged on this thread while a test runs.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::subscriber::DefaultGuard;

/// Everything that was logged since it began to listen.
pub struct Told {
    lines: Lines,
    _listening: DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, said: &[u8]) -> std::io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(said);
        Ok(said.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Told {
    /// Listens to the thread of this test, whose runtime must have no other.
    pub fn listen() -> Told {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Told {
            lines,
            _listening: tracing::subscriber::set_default(subscriber),
        }
    }

    /// The one warning that has this word.
    pub fn warning(&self, word: &str) -> String {
        match self.warnings(word).as_slice() {
            [one] => one.clone(),
            _ => panic!("one warning of {word} was expected: {:?}", self.warnings("")),
        }
    }

    /// All warnings that have this word.
    pub fn warnings(&self, word: &str) -> Vec<String> {
        let lines = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = String::from_utf8_lossy(&lines);
        let warnings = lines
            .lines()
            .filter(|line| line.contains(" WARN ") && line.contains(word));
        warnings.map(str::to_owned).collect()
    }

    /// All that was logged.
    pub fn all(&self) -> String {
        let lines = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&lines).into_owned()
    }
}
