//! Forgetting what the topics have forgotten.

use super::Error;
use super::counts::{Counts, Kind};
use super::events::stage;
use super::order::Order;
use super::schema::meta;
use super::totals::day_of;
use rusqlite::Connection;

/// Rows that one transaction deletes, so that nobody waits long for it.
const CHUNK: usize = 5_000;

pub(super) fn prune(connection: &mut Connection, history_since_ms: i64, letters_since_ms: i64) -> Result<(), Error> {
    meta::set(connection, meta::HISTORY_SINCE, &history_since_ms.to_string())?;
    let chunk = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let history =
        "DELETE FROM history WHERE place IN (SELECT place FROM history WHERE place < ?1 ORDER BY place LIMIT ?2)";
    while connection.execute(history, (Order::from_ms(history_since_ms).get(), chunk))? == CHUNK {}
    let days = "DELETE FROM count WHERE kind IN (?1, ?2) AND a < ?3";
    connection.execute(days, (Kind::Day as i64, Kind::Spent as i64, day_of(history_since_ms)))?;
    while letters(connection, letters_since_ms)? == CHUNK {}
    Ok(())
}

fn letters(connection: &mut Connection, since_ms: i64) -> Result<usize, Error> {
    let transaction = connection.transaction()?;
    let before = Order::from_ms(since_ms).get();
    let chunk = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let oldest = "SELECT place FROM letter WHERE place < ?1 ORDER BY place LIMIT ?2";
    let delete = format!("DELETE FROM letter WHERE place IN ({oldest}) RETURNING stage, code, open");
    let mut counts = Counts::default();
    let mut deleted = 0;
    {
        let mut statement = transaction.prepare_cached(&delete)?;
        let mut rows = statement.query((before, chunk))?;
        while let Some(row) = rows.next()? {
            deleted += 1;
            if row.get(2)? {
                counts.add(Kind::Letter, stage(row.get(0)?).as_str(), &row.get::<_, String>(1)?, -1);
            }
        }
    }
    counts.write(&transaction)?;
    transaction.commit()?;
    Ok(deleted)
}
