//! Feeding the view: what was read goes in, and how far it was read comes out.

use super::batch::{Batch, Outcome};
use super::position::{self, Positions, Seen};
use super::schema::meta;
use super::writer::Writer;
use super::{Change, Error, View, index};
use rusqlite::{Connection, TransactionBehavior};
use std::sync::atomic::Ordering;

impl View {
    /// The last record that was read, of each topic and partition: reading goes on there.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn positions(&self) -> Result<Positions, Error> {
        Ok(position::read(self.inner.writer().connection())?)
    }

    /// Takes in what was read, in one transaction; within a partition in the order of its offsets. A record that is in the view
    /// already changes nothing, one that cannot be read is counted. Blocks.
    ///
    /// # Errors
    /// [`Error::Replaced`] when a topic was made anew, and then nothing of the batch is taken in; else when the file cannot be
    /// written.
    pub fn apply(&self, batch: Vec<Seen>) -> Result<Vec<Change>, Error> {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        self.inner.records_read.fetch_add(count, Ordering::Relaxed);
        let mut writer = self.inner.writer();
        let Outcome { changes, erased } = take_in(&mut writer, batch)?;
        if erased {
            truncate_log(writer.connection())?;
        }
        drop(writer);
        if self.caught_up() {
            changes.iter().for_each(|change| self.tell(change.clone()));
        }
        Ok(changes)
    }

    /// Says of which topics the view is to be: `identity` names the cluster and the prefix. A view of other topics is thrown away;
    /// returns whether that was so.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn belong_to(&self, identity: &str) -> Result<bool, Error> {
        let known = meta::get(self.inner.writer().connection(), meta::IDENTITY)?;
        if known.as_deref() == Some(identity) {
            return Ok(false);
        }
        if known.is_some() {
            self.rebuild()?;
        }
        meta::set(self.inner.writer().connection(), meta::IDENTITY, identity)?;
        Ok(known.is_some())
    }

    /// Throws everything away, so that it is read from the beginning. Readings that are under way still see what was there.
    ///
    /// # Errors
    /// When the file cannot be made anew.
    pub fn rebuild(&self) -> Result<(), Error> {
        let mut writer = self.inner.writer();
        let identity = meta::get(writer.connection(), meta::IDENTITY).ok().flatten();
        self.inner.caught_up.store(false, Ordering::Release);
        writer.replace(&self.inner.place)?;
        self.inner.readers.forget();
        if let Some(identity) = identity {
            meta::set(writer.connection(), meta::IDENTITY, &identity)?;
        }
        drop(writer);
        self.tell(Change::Rebuilding);
        Ok(())
    }

    /// Says that all topics were read to their end. The first time in a file's life this takes seconds for a million invoices:
    /// the index is put in order, and from then on no vendor's name that is taken out of it leaves a trace.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_caught_up(&self) -> Result<(), Error> {
        let writer = self.inner.writer();
        complete(writer.connection())?;
        drop(writer);
        if !self.inner.caught_up.swap(true, Ordering::AcqRel) {
            self.tell(Change::CaughtUp);
        }
        Ok(())
    }

    /// What has to be done now and then: forgets events and dead letters from before these moments (in milliseconds since 1970),
    /// which the topics do not keep either, and tries again to cut off a log that still holds what was erased.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn tidy(&self, history_since_ms: i64, letters_since_ms: i64) -> Result<(), Error> {
        let mut writer = self.inner.writer();
        super::prune::prune(writer.connection_mut(), history_since_ms, letters_since_ms)?;
        if meta::get(writer.connection(), meta::TO_BE_TRUNCATED)?.is_some() {
            truncate_log(writer.connection())?;
        }
        Ok(())
    }

    fn tell(&self, change: Change) {
        // Nobody has to listen.
        self.inner.changes.send(change).ok();
    }
}

fn take_in(writer: &mut Writer, records: Vec<Seen>) -> Result<Outcome, Error> {
    let transaction = writer.connection_mut().transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut batch = Batch::begin(&transaction)?;
    for seen in records {
        batch.take(seen)?;
    }
    let outcome = batch.finish()?;
    if outcome.erased {
        meta::set(&transaction, meta::TO_BE_TRUNCATED, "yes")?;
    }
    transaction.commit()?;
    Ok(outcome)
}

/// While the view is made for the first time, what leaves the index only gets a mark, which is faster; here the marks are carried
/// out.
fn complete(connection: &Connection) -> Result<(), Error> {
    if meta::get(connection, meta::COMPLETE)?.is_some() {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    index::put_in_order(&transaction)?;
    meta::set(&transaction, meta::COMPLETE, "yes")?;
    meta::set(&transaction, meta::TO_BE_TRUNCATED, "yes")?;
    transaction.commit()?;
    truncate_log(connection)
}

/// Moves everything from the log into the file and cuts the log off, unless a reading is under way: then the next [`View::tidy`]
/// tries again.
fn truncate_log(connection: &Connection) -> Result<(), Error> {
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !is_busy && meta::get(connection, meta::TO_BE_TRUNCATED)?.is_some() {
        meta::remove(connection, meta::TO_BE_TRUNCATED)?;
    }
    Ok(())
}
