//! Moving the write-ahead log into the database file, beside the commits.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use quanyu_store::Unavailable;
use rusqlite::Connection;

use crate::fault::unavailable;
use crate::open::{OpenError, connect_writing};

/// A thread that runs a checkpoint whenever it is nudged.
pub(crate) struct Checkpointer {
    nudge: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    pub fn start(file: &Path) -> Result<Checkpointer, OpenError> {
        // It reads the log and writes the database file, both past SQLite's page cache.
        let connection = connect_writing(file, 1 << 20)?;
        let (nudge, nudged) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || {
                while nudged.recv().is_ok() {
                    passive(&connection);
                }
            });
        Ok(Checkpointer {
            nudge,
            thread: thread.map_err(OpenError::Thread)?,
        })
    }

    /// Asks for a checkpoint, unless one is already asked for.
    pub fn nudge(&self) {
        // A full channel means that one is already waiting; a closed one that the thread is gone, and the writer will
        // run the checkpoint itself when the log has grown.
        let _ = self.nudge.try_send(());
    }

    /// Waits for the thread to end.
    pub fn stop(self) {
        drop(self.nudge);
        if self.thread.join().is_err() {
            tracing::error!("the checkpoint thread had panicked");
        }
    }
}

/// Moves what can be moved without waiting for readers or the writer.
pub(crate) fn passive(connection: &Connection) {
    run(connection, "PASSIVE");
}

/// Moves everything and empties the log; for the end.
pub(crate) fn truncate(connection: &Connection) {
    run(connection, "TRUNCATE");
}

/// Moves everything and empties the log, so that nothing is left of what was deleted; says so where readers keep it from
/// that.
pub(crate) fn empty_log(connection: &Connection) -> Result<(), Unavailable> {
    let busy = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
        .map_err(|error| unavailable(&error))?;
    if busy {
        return Err(Unavailable {
            reason: "somebody reads for so long that the write-ahead log cannot be emptied".to_owned(),
            retry_after: Duration::from_secs(10),
        });
    }
    Ok(())
}

fn run(connection: &Connection, mode: &str) {
    let moved = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    });
    match moved {
        Ok((logged, moved)) => tracing::debug!(mode, logged, moved, "checkpoint"),
        // Nothing is lost: the log still holds everything, and the next checkpoint tries again.
        Err(error) => tracing::warn!(mode, %error, "checkpoint failed"),
    }
}
