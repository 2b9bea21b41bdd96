//! Read-only connections, each used by one question at a time on a blocking thread.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use quanyu_store::StoreError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::fault::{closed, read_failure};
use crate::open::connect_reading;

/// The readers of a store.
pub(crate) struct Readers {
    shared: Arc<Shared>,
    free: Arc<Semaphore>,
    count: usize,
}

struct Shared {
    file: PathBuf,
    cache: u64,
    idle: Mutex<Vec<Connection>>,
}

impl Shared {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect_reading(&self.file, self.cache), Ok)
    }

    fn put_back(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

impl Readers {
    pub fn new(file: PathBuf, count: usize, cache: u64) -> Readers {
        let count = count.max(1);
        let shared = Arc::new(Shared {
            file,
            cache,
            idle: Mutex::new(Vec::new()),
        });
        Readers {
            shared,
            free: Arc::new(Semaphore::new(count)),
            count,
        }
    }

    /// Runs a question on a free connection.
    pub async fn read<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = self.free.clone().acquire_owned().await.map_err(|_| closed())?;
        let shared = self.shared.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = shared.take().map_err(|error| read_failure(&error))?;
            let answer = question(&connection);
            shared.put_back(connection);
            answer
        });
        match answer.await {
            Ok(answer) => answer,
            Err(stopped) => match stopped.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(closed().into()),
            },
        }
    }

    /// Waits for the questions under way, then refuses any other.
    pub async fn close(&self) {
        // Waiting fails only when it was closed before.
        if let Ok(all) = self
            .free
            .acquire_many(u32::try_from(self.count).unwrap_or(u32::MAX))
            .await
        {
            self.free.close();
            drop(all);
        }
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
