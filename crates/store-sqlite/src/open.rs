//! Opening a data directory.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use quanyu_store::Schema;
use quanyu_store::schema::SchemaFault;
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::migrate;

/// The database's file name inside its directory.
pub const DATABASE_FILE: &str = "quanyu.db";

/// The file inside it that says whether a program works on it.
pub const LOCK_FILE: &str = "LOCK";

/// Bytes of a page: fewer, fuller pages than SQLite's 4096 for rows of about a kilobyte.
pub(crate) const PAGE_BYTES: u64 = 8192;

/// How the engine uses the machine. The defaults keep a small server below 200 MB.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of pages that the writer keeps in memory.
    pub writer_cache: u64,
    /// Bytes of pages that each reader keeps in memory.
    pub reader_cache: u64,
    /// How many questions are answered at the same time.
    pub readers: usize,
    /// How many change sets share a transaction at most; one larger batch still goes as one.
    pub group: usize,
    /// Bytes of write-ahead log after which a checkpoint begins. At four times as many, commits wait for it.
    pub checkpoint_after: u64,
    /// Bytes that the database file may take; commits beyond are refused as on a full disk.
    pub quota: Option<u64>,
}

impl Default for Options {
    fn default() -> Options {
        const MIB: u64 = 1 << 20;
        Options {
            writer_cache: 64 * MIB,
            reader_cache: 8 * MIB,
            readers: 4,
            group: 256,
            checkpoint_after: 16 * MIB,
            quota: None,
        }
    }
}

/// Why a data directory was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be made or read.
    #[error("{}: {error}", .path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Another server works on this directory.
    #[error("{}: another server has this data directory open; stop it, or give this one a directory of its own", .directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// The file is somebody else's database.
    #[error("{DATABASE_FILE} is an SQLite database of another program; choose another data directory")]
    NotOurs,
    /// There is no way from the stored schema to the declared one.
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    /// A table has other columns than declared, though the schema version is the same.
    #[error(
        "table {table}: the database has [{stored}] where this program declares [{declared}]; a migration is missing"
    )]
    OtherColumns {
        /// The table.
        table: &'static str,
        /// Columns found only there, or differently.
        stored: String,
        /// Columns declared only here, or differently.
        declared: String,
    },
    /// A migration adds a column that the schema does not declare.
    #[error("a migration adds {table}.{column}, which the schema does not declare")]
    UnknownColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// SQLite itself.
    #[error("{DATABASE_FILE}: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// An opened directory: its lock, held as long as this lives, and the write connection with everything up to date.
pub(crate) struct Opened {
    pub lock: File,
    pub connection: Connection,
    pub file: PathBuf,
}

pub(crate) fn open(directory: &Path, schema: &Schema, options: &Options) -> Result<Opened, OpenError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Path { path, error }
    };
    fs::create_dir_all(directory).map_err(at(directory))?;
    let lock_file = directory.join(LOCK_FILE);
    let lock = File::options()
        .create(true)
        .append(true)
        .open(&lock_file)
        .map_err(at(&lock_file))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse {
                directory: directory.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(at(&lock_file)(error)),
    }
    let file = directory.join(DATABASE_FILE);
    let connection = connect_writing(&file, options.writer_cache)?;
    migrate::bring_up_to_date(&connection, schema, directory)?;
    if let Some(quota) = options.quota {
        set_quota(&connection, quota)?;
    }
    // The database and its log were perhaps made just now: their names must survive a power cut like what they hold.
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(at(directory))?;
    Ok(Opened { lock, connection, file })
}

/// A connection that may write: the writer's and the checkpointer's.
pub(crate) fn connect_writing(file: &Path, cache: u64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA secure_delete = FAST;
         PRAGMA cache_size = -{};
         PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF",
        cache / 1024
    ))?;
    connection.set_prepared_statement_cache_capacity(1024);
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn connect_reading(file: &Path, cache: u64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(&format!(
        "PRAGMA cache_size = -{}; PRAGMA trusted_schema = OFF",
        cache / 1024
    ))?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

pub(crate) fn set_quota(connection: &Connection, bytes: u64) -> rusqlite::Result<()> {
    let pages = (bytes / PAGE_BYTES).max(1);
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
}

/// Copies the database of a data directory to a file that does not exist yet, whether or not a server works on it: for
/// backups from another process.
pub fn copy_live(directory: &Path, to: &Path) -> Result<(), OpenError> {
    let file = directory.join(DATABASE_FILE);
    if !file.is_file() {
        return Err(OpenError::Path {
            path: file,
            error: std::io::ErrorKind::NotFound.into(),
        });
    }
    copy_database(&connect_reading(&file, 1 << 20)?, to)
}

/// Copies a whole database in one read transaction, so that the copy is of one moment and writers need not wait. The file
/// appears under its name only when it is complete and on disk.
pub(crate) fn copy_database(from: &Connection, to: &Path) -> Result<(), OpenError> {
    let at = |error| OpenError::Path {
        path: to.to_owned(),
        error,
    };
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    if fs::exists(to).map_err(at)? {
        return Err(at(std::io::ErrorKind::AlreadyExists.into()));
    }
    if fs::exists(&partial).map_err(at)? {
        fs::remove_file(&partial).map_err(at)?;
    }
    {
        let mut copy = Connection::open(&partial)?;
        let backup = Backup::new(from, &mut copy)?;
        // All pages in one step: one read transaction, whatever the writer does meanwhile.
        backup.run_to_completion(i32::MAX, Duration::from_millis(10), None)?;
    }
    let file = File::open(&partial).map_err(at)?;
    file.sync_all().map_err(at)?;
    fs::rename(&partial, to).map_err(at)?;
    let directory = to
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(at)
}
