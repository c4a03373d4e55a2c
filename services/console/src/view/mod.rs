//! What the console shows: the latest state of every invoice, its history and the open dead letters, in one SQLite file that is
//! made from the topics and from nothing else.
//!
//! Architecture invariant: the view holds nothing that cannot be read again. The offsets stand in the transaction that wrote what
//! was read up to them, so a restart continues, a record that comes twice changes nothing, and a file that is gone, of another
//! version or of other topics is made anew. Nobody decides anything about an invoice by it: it may be behind.

mod apply;
mod batch;
mod change;
mod counts;
mod error;
mod events;
mod filter;
mod index;
mod invoice;
mod letters;
mod order;
mod position;
mod prune;
mod readers;
mod row;
mod schema;
mod search;
mod totals;
mod words;
mod writer;

pub use change::Change;
pub use error::Error;
pub use filter::{Cursor, Filter, InvalidCursor, Page};
pub use invoice::Invoice;
pub use letters::{Group, Letter};
pub use position::{Position, Positions, Seen, Source};
pub use totals::{Day, Spend, StageCount, StateCount, Totals};

use crate::view::readers::Readers;
use crate::view::writer::Writer;
use contract::{HistoryEvent, InvoiceId};
use operations::Selection;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// Changes that a listener may be behind before it is told that it has missed some.
const CHANGES_KEPT: usize = 1024;

/// Where the view is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of this replica's own; two more stand beside it while it is open.
    File(PathBuf),
    /// Gone with the process; for tests.
    Memory,
}

/// The view. Cloning is cheap; all clones are one.
#[derive(Clone)]
pub struct View {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    writer: Mutex<Writer>,
    readers: Readers,
    changes: broadcast::Sender<Change>,
    caught_up: AtomicBool,
    records_read: AtomicU64,
}

impl View {
    /// Opens the view, or makes an empty one if there is none, or none of this version.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn open(place: &Place) -> Result<Self, Error> {
        let writer = Writer::open(place)?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let inner = Inner {
            place: place.clone(),
            writer: Mutex::new(writer),
            readers: Readers::new(place),
            changes,
            caught_up: AtomicBool::new(false),
            records_read: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What happens to the view from now on, told after it is in the file. A listener that is too slow is told that it is: it
    /// reads anew what it shows. While the view is being made from the beginning, nothing is told.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// Whether all topics have been read to their end once since the process began.
    #[must_use]
    pub fn caught_up(&self) -> bool {
        self.inner.caught_up.load(Ordering::Acquire)
    }

    /// How many records were handed to it since the process began, those that it had already included.
    #[must_use]
    pub fn records_read(&self) -> u64 {
        self.inner.records_read.load(Ordering::Relaxed)
    }

    /// The invoice, if the pipeline knows it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn invoice(&self, id: &InvoiceId) -> Result<Option<Invoice>, Error> {
        let id = id.clone();
        self.read(move |connection| invoice::find(connection, &id)).await
    }

    /// The invoices that are as the filter says, the one that changed last first: at most `limit` of them, from behind `after` on.
    /// An invoice that does not change meanwhile is on exactly one page.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn invoices(
        &self,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Invoice>, Error> {
        let (filter, after) = (filter.clone(), after.copied());
        self.read(move |connection| search::invoices(connection, &filter, after, limit)).await
    }

    /// What happened to an invoice, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn history(&self, id: &InvoiceId) -> Result<Vec<HistoryEvent>, Error> {
        let id = id.clone();
        self.read(move |connection| events::of_invoice(connection, &id)).await
    }

    /// What happened to all invoices, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn events(&self, after: Option<&Cursor>, limit: usize) -> Result<Page<HistoryEvent>, Error> {
        let after = after.copied();
        self.read(move |connection| events::newest(connection, after, limit)).await
    }

    /// The selected dead letters that still wait for somebody, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn letters(
        &self,
        selection: &Selection,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Letter>, Error> {
        let (selection, after) = (selection.clone(), after.copied());
        self.read(move |connection| letters::open(connection, &selection, after, limit)).await
    }

    /// The selected dead letters that still wait for somebody, counted by stage and code; the most frequent first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn letter_groups(&self, selection: &Selection) -> Result<Vec<Group>, Error> {
        let selection = selection.clone();
        self.read(move |connection| letters::groups(connection, &selection)).await
    }

    /// The dead letter of an invoice that waits for somebody; `id` may also be the key of what was refused before it had an
    /// invoice of its own. Of several, one that can be replayed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn letter_of(&self, id: &str) -> Result<Option<Letter>, Error> {
        let id = id.to_owned();
        self.read(move |connection| letters::of(connection, &id)).await
    }

    /// What there is in all, and for each day (UTC) from that of `since_ms` on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn totals(&self, since_ms: i64) -> Result<Totals, Error> {
        self.read(move |connection| totals::read(connection, since_ms)).await
    }

    /// Runs a reading on a connection of its own, off the runtime's threads.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.inner);
        let permit = inner.readers.permit().await;
        let read = move || {
            let _permit = permit;
            match inner.place {
                Place::File(_) => inner.readers.with(query),
                // A database in memory has one connection.
                Place::Memory => query(inner.writer().connection()),
            }
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| Error::Interrupted)?
    }
}

impl Inner {
    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A transaction that a panic interrupted was rolled back when it was dropped.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("place", &self.inner.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
