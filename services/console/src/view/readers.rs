//! Connections that read while the writer writes.

use super::{Error, Place, schema};
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Readings at once; further ones wait. Each has its own cache of pages.
const CONNECTIONS: usize = 4;
const STATEMENTS_KEPT: usize = 64;

/// Connections to one file. They are opened when they are needed first.
pub(super) struct Readers {
    file: Option<PathBuf>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<(u64, Connection)>>,
    /// Counts the files that have stood at the path: a connection to an earlier one is of no use.
    generation: AtomicU64,
}

impl Readers {
    pub(super) fn new(place: &Place) -> Self {
        let file = match place {
            Place::File(path) => Some(path.clone()),
            Place::Memory => None,
        };
        Self {
            file,
            permits: Arc::new(Semaphore::new(CONNECTIONS)),
            idle: Mutex::new(Vec::new()),
            generation: AtomicU64::new(0),
        }
    }

    /// Waits until one of the connections is free.
    pub(super) async fn permit(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.permits).acquire_owned().await.expect("nobody closes the semaphore")
    }

    pub(super) fn with<T>(&self, query: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let generation = self.generation.load(Ordering::Acquire);
        let idle = self.idle().pop().filter(|(of, _)| *of == generation);
        let connection = idle.map_or_else(|| self.open(), |(_, connection)| Ok(connection))?;
        // All that one reading asks for is of one moment.
        let moment = connection.unchecked_transaction()?;
        let answer = query(&moment);
        drop(moment);
        self.idle().push((generation, connection));
        answer
    }

    /// The file is another one from now on.
    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.idle().clear();
    }

    fn open(&self) -> Result<Connection, Error> {
        let path = self.file.as_deref().unwrap_or(std::path::Path::new(":memory:"));
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch(schema::READER)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Connection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
