//! Where the bytes of attachments are kept: an object store, which is a folder unless the configuration says otherwise.
//!
//! The crate `object_store` does the work. Its folder writes an object to a file beside its place, and with
//! `with_fsync(true)` flushes that file, renames it, and flushes the folder and every folder that it had to make
//! before it answers: what a row refers to is on disk. Another store (S3) goes in through [`Blobs::over`].

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use quanyu_store::Unavailable;
use tokio::sync::Semaphore;

use crate::error::AppError;

/// When trying again makes sense after the object store has failed.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The bytes of an object, piece by piece.
pub type BlobStream = BoxStream<'static, io::Result<Bytes>>;

/// Objects by name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    spool: PathBuf,
    /// Places for those whose whole content is in memory.
    pub(crate) in_memory: Arc<Semaphore>,
}

/// How many files are held in memory at the same time, each once and once more as its copy for the public.
const IN_MEMORY: usize = 2;

impl Blobs {
    /// Objects in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn folder(folder: &Path) -> io::Result<Self> {
        let (objects, spool) = (folder.join("objects"), folder.join("incoming"));
        std::fs::create_dir_all(&objects)?;
        std::fs::create_dir_all(&spool)?;
        // The folder may be new: its name has to survive a power cut like what it holds.
        for made in [Some(folder), folder.parent()]
            .into_iter()
            .flatten()
            .filter(|made| !made.as_os_str().is_empty())
        {
            File::open(made)?.sync_all()?;
        }
        let store = LocalFileSystem::new_with_prefix(&objects)
            .map_err(io::Error::other)?
            .with_fsync(true);
        Ok(Self::over(Arc::new(store), spool))
    }

    /// Objects in any store. `spool` is a folder on this machine for what is still coming in.
    pub fn over(store: Arc<dyn ObjectStore>, spool: PathBuf) -> Self {
        Self {
            store,
            spool,
            in_memory: Arc::new(Semaphore::new(IN_MEMORY)),
        }
    }

    /// Bytes that are free for the program on the disk on which files arrive, and bytes altogether; `None` where the system
    /// does not tell.
    pub fn room(&self) -> Option<(u64, u64)> {
        let disk = rustix::fs::statvfs(&self.spool).ok()?;
        Some((disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize))
    }

    /// The same objects with places of its own for what is held in memory: who waits for somebody else's commit while it
    /// holds a place would otherwise keep that somebody waiting.
    pub(crate) fn apart(&self) -> Self {
        Self {
            in_memory: Arc::new(Semaphore::new(IN_MEMORY)),
            ..self.clone()
        }
    }

    /// A file without a name for what is coming in: it is gone with its last handle, whatever happens.
    pub(crate) fn spool(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.spool)
    }

    /// Keeps an object. It is on disk when this returns.
    pub(crate) async fn put(&self, name: &str, bytes: Bytes) -> Result<(), AppError> {
        self.store
            .put(&ObjectPath::from(name), PutPayload::from_bytes(bytes))
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// An object's length and bytes.
    pub(crate) async fn get(&self, name: &str) -> Result<(u64, BlobStream), AppError> {
        match self.store.get(&ObjectPath::from(name)).await {
            Ok(found) => Ok((found.meta.size, found.into_stream().map_err(io::Error::other).boxed())),
            Err(object_store::Error::NotFound { .. }) => Err(AppError::Internal(format!(
                "the object {name} is missing: restore it from a backup"
            ))),
            Err(fault) => Err(failed(fault)),
        }
    }

    /// Whether there is an object of this name.
    pub(crate) async fn has(&self, name: &str) -> Result<bool, AppError> {
        match self.store.head(&ObjectPath::from(name)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(fault) => Err(failed(fault)),
        }
    }

    /// Removes an object, whether or not it is there.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), AppError> {
        match self.store.delete(&ObjectPath::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(fault) => Err(failed(fault)),
        }
    }

    /// The names of all objects in a folder of the store, however deep.
    pub(crate) fn names(&self, folder: &str) -> BoxStream<'static, Result<String, AppError>> {
        let listed = self.store.list(Some(&ObjectPath::from(folder)));
        listed.map_ok(|meta| meta.location.to_string()).map_err(failed).boxed()
    }
}

/// What the machine's failure is to a caller.
pub(crate) fn failed(fault: impl std::fmt::Display) -> AppError {
    AppError::Unavailable(Unavailable {
        reason: format!("attachments: {fault}"),
        retry_after: RETRY_AFTER,
    })
}
