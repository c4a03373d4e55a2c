//! Counts are kept and not counted: each batch adds its differences, in its own transaction.

use rusqlite::Connection;
use std::collections::HashMap;

/// What is counted, by up to two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Invoices by state and stage.
    State = 1,
    /// Open dead letters by stage and code.
    Letter = 2,
    /// Events by day and what happened.
    Day = 3,
    /// Picodollars by day and model.
    Spent = 4,
    /// Listed invoices by word of the vendor's name.
    Word = 5,
    /// Records that could not be read, by topic.
    Skipped = 6,
}

/// Differences that are to be added.
#[derive(Debug, Default)]
pub(super) struct Counts {
    differences: HashMap<(Kind, String, String), i64>,
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) a: String,
    pub(super) b: String,
    pub(super) n: i64,
}

impl Counts {
    pub(super) fn add(&mut self, kind: Kind, a: &str, b: &str, n: i64) {
        *self.differences.entry((kind, a.to_owned(), b.to_owned())).or_default() += n;
    }

    pub(super) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let add = "INSERT INTO count (kind, a, b, n) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET n = n + ?4 RETURNING n";
        let (mut add, mut remove) = (
            connection.prepare_cached(add)?,
            connection.prepare_cached("DELETE FROM count WHERE kind = ?1 AND a = ?2 AND b = ?3")?,
        );
        for ((kind, a, b), n) in self.differences.into_iter().filter(|(_, n)| *n != 0) {
            let left: i64 = add.query_row((kind as i64, &a, &b, n), |row| row.get(0))?;
            if left == 0 {
                // A vendor's word must not outlive the vendor.
                remove.execute((kind as i64, &a, &b))?;
            }
        }
        Ok(())
    }
}

/// All counts of a kind whose first name is not before `from`.
pub(super) fn read(connection: &Connection, kind: Kind, from: &str) -> rusqlite::Result<Vec<Count>> {
    let mut statement =
        connection.prepare_cached("SELECT a, b, n FROM count WHERE kind = ?1 AND a >= ?2 ORDER BY a, b")?;
    let rows =
        statement.query_map((kind as i64, from), |row| Ok(Count { a: row.get(0)?, b: row.get(1)?, n: row.get(2)? }))?;
    rows.collect()
}

/// The words of vendors that begin so, unless there are more than `most`.
pub(super) fn words_begun_by(
    connection: &Connection,
    prefix: &str,
    most: usize,
) -> rusqlite::Result<Option<Vec<String>>> {
    let sql = "SELECT a FROM count WHERE kind = ?1 AND a >= ?2 AND a < ?3 LIMIT ?4";
    let end = format!("{prefix}{}", char::MAX);
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((Kind::Word as i64, prefix, end, limit), |row| row.get(0))?;
    let words: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(Some(words).filter(|words| words.len() <= most))
}
