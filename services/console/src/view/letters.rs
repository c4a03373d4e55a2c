//! Dead letters without their contents, and which of them wait for somebody.
//!
//! A letter that was refused before it had an invoice, and one that cannot be read, cannot be closed: they wait until the topic
//! lets go of them.

use super::Error;
use super::counts::{self, Kind};
use super::events::{stage, stage_number};
use super::filter::{Cursor, Page};
use super::order::Order;
use super::row::{Word, word};
use contract::{Coordinates, Stage};
use operations::{Selection, Summary, vendor_key};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A dead letter without its contents.
pub type Letter = Summary;

/// Open dead letters that failed for the same reason at the same stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    pub stage: Stage,
    /// Such as `llm.timeout`.
    pub code: String,
    pub count: u64,
    /// When the broker took the oldest and the newest, in milliseconds since 1970.
    pub oldest_ms: i64,
    pub newest_ms: i64,
}

const COLUMNS: &str =
    "place, id, stage, code, class, run, attempts, message, at_ms, topic, partition, record_offset, vendor,
    closable, open";

pub(super) fn insert(connection: &Connection, letter: &Letter, closable: bool) -> Result<(), Error> {
    let sql =
        "INSERT OR IGNORE INTO letter (place, id, stage, code, class, run, attempts, message, at_ms, topic, partition,
               record_offset, vendor, closable, open, vendor_key)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    let mut statement = connection.prepare_cached(sql)?;
    let record = &letter.record;
    let mut place = Order::of(letter.at_ms, &record.to_string());
    while statement.execute(rusqlite::params![
        place.get(),
        letter.invoice_id,
        stage_number(letter.stage),
        letter.code,
        letter.class.as_ref().map(word),
        letter.run,
        letter.attempts,
        letter.message,
        letter.at_ms,
        record.topic,
        record.partition,
        record.offset,
        letter.vendor,
        closable,
        !closable,
        letter.vendor.as_deref().map(vendor_key),
    ])? == 0
    {
        place = place.next();
    }
    Ok(())
}

/// A letter of an invoice that a command can close.
pub(super) struct Closable {
    pub(super) place: Order,
    pub(super) stage: Stage,
    pub(super) code: String,
    pub(super) run: Option<u32>,
    pub(super) open: bool,
}

pub(super) fn closable_of(connection: &Connection, id: &str) -> Result<Vec<Closable>, Error> {
    let sql = "SELECT place, stage, code, run, open FROM letter WHERE id = ? AND closable";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([id], |row| {
        Ok(Closable {
            place: Order::from_raw(row.get(0)?),
            stage: stage(row.get(1)?),
            code: row.get(2)?,
            run: row.get(3)?,
            open: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn set_open(connection: &Connection, place: Order, open: bool) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE letter SET open = ?2 WHERE place = ?1")?.execute((place.get(), open))?;
    Ok(())
}

/// As the newest of the invoice's letters that names one has it.
pub(super) fn vendor_of(connection: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT vendor FROM letter WHERE id = ? AND vendor IS NOT NULL ORDER BY place DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

pub(super) fn forget_vendors(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE letter SET vendor = NULL, vendor_key = NULL WHERE id = ? AND vendor IS NOT NULL")?
        .execute([id])?;
    Ok(())
}

pub(super) fn open(
    connection: &Connection,
    selection: &Selection,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Letter>, Error> {
    let mut letters = Vec::new();
    let before = after.map_or(Order::LAST, |cursor| cursor.0);
    each_open(connection, selection, before, |place, letter| {
        letters.push((place, letter));
        letters.len() <= limit
    })?;
    Ok(Page::of(letters, limit))
}

pub(super) fn groups(connection: &Connection, selection: &Selection) -> Result<Vec<Group>, Error> {
    let mut groups =
        if selection.is_everything() { kept_groups(connection)? } else { counted_groups(connection, selection)? };
    groups.sort_by(|one, other| {
        other.count.cmp(&one.count).then_with(|| (one.stage, &one.code).cmp(&(other.stage, &other.code)))
    });
    Ok(groups)
}

pub(super) fn of(connection: &Connection, id: &str) -> Result<Option<Letter>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM letter WHERE id = ? AND open ORDER BY closable DESC, place DESC LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    Ok(rows.next()?.map(read).transpose()?.map(|(_, letter)| letter))
}

fn kept_groups(connection: &Connection) -> Result<Vec<Group>, Error> {
    let ends = "SELECT (SELECT min(place) FROM letter WHERE open AND stage = ?1 AND code = ?2),
                       (SELECT max(place) FROM letter WHERE open AND stage = ?1 AND code = ?2)";
    let mut ends = connection.prepare_cached(ends)?;
    let mut groups = Vec::new();
    for count in counts::read(connection, Kind::Letter, "")? {
        let (Ok(stage), Ok(n)) = (count.a.parse::<Stage>(), u64::try_from(count.n)) else { return Err(Error::Foreign) };
        let of_group = (stage_number(stage), &count.b);
        let (oldest, newest): (Option<i64>, Option<i64>) =
            ends.query_row(of_group, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let at_ms = |place: Option<i64>| place.map_or(0, |place| Order::from_raw(place).at_ms());
        groups.push(Group { stage, code: count.b, count: n, oldest_ms: at_ms(oldest), newest_ms: at_ms(newest) });
    }
    Ok(groups)
}

fn counted_groups(connection: &Connection, selection: &Selection) -> Result<Vec<Group>, Error> {
    let mut groups: BTreeMap<(Stage, String), Group> = BTreeMap::new();
    each_open(connection, selection, Order::LAST, |_, letter| {
        let group = groups.entry((letter.stage, letter.code.clone())).or_insert_with(|| Group {
            stage: letter.stage,
            code: letter.code,
            count: 0,
            oldest_ms: letter.at_ms,
            newest_ms: letter.at_ms,
        });
        group.count += 1;
        group.oldest_ms = group.oldest_ms.min(letter.at_ms);
        group.newest_ms = group.newest_ms.max(letter.at_ms);
        true
    })?;
    Ok(groups.into_values().collect())
}

/// Hands out the selected open letters, newest first, until `take` wants no more.
fn each_open(
    connection: &Connection,
    selection: &Selection,
    before: Order,
    mut take: impl FnMut(Order, Letter) -> bool,
) -> Result<(), Error> {
    let (condition, values) = condition(selection, before);
    let sql = format!("SELECT {COLUMNS} FROM letter WHERE open AND {condition} ORDER BY place DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        let (place, letter) = read(row)?;
        if selection.matches(&letter) && !take(place, letter) {
            break;
        }
    }
    Ok(())
}

/// What of a selection the tables can tell; [`Selection::matches`] has the last word.
fn condition(selection: &Selection, before: Order) -> (String, Vec<Value>) {
    let before = selection.older_than_ms.map_or(before, |end| before.min(Order::from_ms(end)));
    let mut conditions = vec!["place < ?".to_owned()];
    let mut values = vec![Value::from(before.get())];
    let mut add = |condition: &str, value: Value| {
        conditions.push(condition.to_owned());
        values.push(value);
    };
    if let Some(start) = selection.newer_than_ms {
        add("place >= ?", Order::from_ms(start).get().into());
    }
    if let Some(stage) = selection.stage {
        add("stage = ?", stage_number(stage).into());
    }
    if let Some(code) = &selection.code {
        add("code = ?", code.clone().into());
    }
    if let Some(class) = &selection.class {
        add("class = ?", word(class).into());
    }
    if let Some(vendor) = &selection.vendor {
        add("vendor_key = ?", vendor_key(vendor).into());
    }
    if !selection.ids.is_empty() {
        let ids = serde_json::to_string(&selection.ids).unwrap_or_default();
        add("id IN (SELECT value FROM json_each(?))", ids.into());
    }
    (conditions.join(" AND "), values)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Order, Letter)> {
    let open: bool = row.get(14)?;
    let closable: bool = row.get(13)?;
    let class: Option<Word<_>> = row.get(4)?;
    let letter = Letter {
        invoice_id: row.get(1)?,
        stage: stage(row.get(2)?),
        code: row.get(3)?,
        class: class.map(|Word(class)| class),
        run: row.get(5)?,
        attempts: row.get(6)?,
        message: row.get(7)?,
        at_ms: row.get(8)?,
        record: Coordinates { topic: row.get(9)?, partition: row.get(10)?, offset: row.get(11)? },
        vendor: row.get(12)?,
        replayable: open && closable,
        open,
    };
    Ok((Order::from_raw(row.get(0)?), letter))
}
