//! The index of words, as it is written.
//!
//! Taking words out of it usually only marks them, and they go when the index next merges its parts. Vendors' names must not stay
//! so long: a transaction that takes out a name takes out all of its words for good (`secure-delete`), which costs some
//! milliseconds each. An invoice gets its name when it ends, so that is rare.

use super::Error;
use super::order::Order;
use super::schema::meta;
use super::words::Words;
use rusqlite::Connection;

/// What one transaction changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// By place; at the same place, what is taken out comes first.
    changes: Vec<(Order, Change, String)>,
    takes_out_names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    TakeOut,
    PutIn,
}

impl Changes {
    /// Replaces the words of one place by those of another.
    pub(super) fn replace(&mut self, old: Option<(Order, &Words)>, new: Option<(Order, &Words)>) {
        if old == new {
            return;
        }
        if let Some((place, words)) = old {
            self.changes.push((place, Change::TakeOut, words.text()));
            self.takes_out_names |= !words.names.is_empty();
        }
        if let Some((place, words)) = new {
            self.changes.push((place, Change::PutIn, words.text()));
        }
    }

    pub(super) fn write(mut self, connection: &Connection) -> Result<(), Error> {
        if self.changes.is_empty() {
            return Ok(());
        }
        // Before the first change: the index may write some of them before the transaction ends.
        set_secure(connection, self.takes_out_names)?;
        // In any other order the index begins a new part at each step back.
        self.changes.sort_unstable_by_key(|(place, change, _)| (*place, *change));
        let mut take_out =
            connection.prepare_cached("INSERT INTO word (word, rowid, words) VALUES ('delete', ?1, ?2)")?;
        let mut put_in = connection.prepare_cached("INSERT INTO word (rowid, words) VALUES (?1, ?2)")?;
        for (place, change, words) in self.changes {
            match change {
                Change::TakeOut => take_out.execute((place.get(), words))?,
                Change::PutIn => put_in.execute((place.get(), words))?,
            };
        }
        Ok(())
    }
}

/// Carries out all marks; takes seconds for a million invoices.
pub(super) fn put_in_order(connection: &Connection) -> Result<(), Error> {
    connection.execute("INSERT INTO word (word) VALUES ('optimize')", [])?;
    Ok(())
}

/// While the view is made for the first time, words are only marked: [`put_in_order`] follows.
fn set_secure(connection: &Connection, secure: bool) -> Result<(), Error> {
    let secure = secure && meta::get(connection, meta::COMPLETE)?.is_some();
    let is_set = meta::get(connection, meta::SECURE_DELETE)?.is_some();
    if secure == is_set {
        return Ok(());
    }
    connection.prepare_cached("INSERT INTO word (word, rank) VALUES ('secure-delete', ?)")?.execute([secure])?;
    if secure {
        meta::set(connection, meta::SECURE_DELETE, "yes")?;
    } else {
        meta::remove(connection, meta::SECURE_DELETE)?;
    }
    Ok(())
}
