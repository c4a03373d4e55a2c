//! The history as rows: by invoice, and of all invoices by time.

use super::Error;
use super::filter::{Cursor, Page};
use super::order::Order;
use super::row::Word;
use super::totals::{day_of, picodollars};
use contract::history::EventKind;
use contract::{Code, Coordinates, HistoryEvent, InvoiceId, Stage};
use rusqlite::{Connection, Row};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

const COLUMNS: &str =
    "history.place, invoice.id, kind, stage, run, attempt, at_ms, took_ms, code, cost, message, actor, reason,
    of_topic, of_partition, of_offset, history.partition, record_offset";

/// What a day's totals count an invoice's event as.
pub(super) const POSTED: &str = "posted";
pub(super) const DEAD_LETTERED: &str = "dead_lettered";
pub(super) const DUPLICATE: &str = "duplicate";

/// An event and where it stands.
pub(super) struct Event {
    /// The number of the invoice's row.
    pub(super) invoice: i64,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) event: HistoryEvent,
}

pub(super) fn counted(event: &HistoryEvent) -> Option<&'static str> {
    match event.kind {
        EventKind::Forwarded if event.stage == Stage::PostToZoho => Some(POSTED),
        EventKind::DeadLettered => Some(DEAD_LETTERED),
        EventKind::Duplicate => Some(DUPLICATE),
        _ => None,
    }
}

pub(super) fn insert(connection: &Connection, of: &Event) -> Result<(), Error> {
    let sql = "INSERT OR IGNORE INTO history (place, invoice, partition, record_offset, kind, stage, run, attempt, at_ms, took_ms,
               code, cost, message, actor, reason, of_topic, of_partition, of_offset)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let mut statement = connection.prepare_cached(sql)?;
    let event = &of.event;
    let mut place = Order::of(event.at_ms, &format!("{}/{}", of.partition, of.offset));
    // Taken by another event of this millisecond: an event that was here before is not taken in again.
    while statement.execute(rusqlite::params![
        place.get(),
        of.invoice,
        of.partition,
        of.offset,
        event.kind.as_str(),
        stage_number(event.stage),
        event.run,
        event.attempt,
        event.at_ms,
        event.took_ms.map(|took| i64::try_from(took).unwrap_or(i64::MAX)),
        event.code.as_ref().map(Code::as_str),
        event.cost_usd.map(|cost| cost.to_string()),
        event.message,
        event.actor,
        event.reason,
        event.record.topic,
        event.record.partition,
        event.record.offset,
    ])? == 0
    {
        place = place.next();
    }
    Ok(())
}

pub(super) fn of_invoice(connection: &Connection, id: &InvoiceId) -> Result<Vec<HistoryEvent>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM invoice CROSS JOIN history ON history.invoice = invoice.number
         WHERE invoice.id = ?1 ORDER BY history.place"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([id.as_str()], read)?;
    let mut events = rows.collect::<Result<Vec<Read>, _>>()?;
    // Clocks of replicas differ; within a partition, what stands later happened later.
    let partitions: BTreeMap<i32, i64> = events.iter().rev().map(|read| (read.partition, read.event.at_ms)).collect();
    events.sort_by_key(|read| (partitions[&read.partition], read.partition, read.offset));
    Ok(events.into_iter().map(|read| read.event).collect())
}

pub(super) fn newest(
    connection: &Connection,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<HistoryEvent>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM history CROSS JOIN invoice ON history.invoice = invoice.number
         WHERE history.place < ?1 ORDER BY history.place DESC LIMIT ?2"
    );
    let before = after.map_or(Order::LAST, |cursor| cursor.0);
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map((before.get(), most), |row| read(row).map(|read| (read.place, read.event)))?;
    Ok(Page::of(rows.collect::<Result<_, _>>()?, limit))
}

/// What the events of an invoice have cost, in picodollars by day.
pub(super) fn spending_of(connection: &Connection, invoice: i64) -> Result<BTreeMap<String, i64>, Error> {
    let sql = "SELECT at_ms, cost FROM history WHERE invoice = ? AND cost IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([invoice])?;
    let mut spent = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let cost = picodollars(decimal(row, 1)?.unwrap_or_default());
        *spent.entry(day_of(row.get(0)?)).or_default() += cost;
    }
    Ok(spent)
}

struct Read {
    place: Order,
    partition: i32,
    offset: i64,
    event: HistoryEvent,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Read> {
    let Word(invoice_id) = row.get(1)?;
    let Word(kind) = row.get(2)?;
    let event = HistoryEvent {
        invoice_id,
        kind,
        stage: stage(row.get(3)?),
        run: row.get(4)?,
        attempt: row.get(5)?,
        at_ms: row.get(6)?,
        took_ms: row.get::<_, Option<i64>>(7)?.and_then(|took| u64::try_from(took).ok()),
        code: row.get::<_, Option<String>>(8)?.map(Code::foreign),
        cost_usd: decimal(row, 9)?,
        message: row.get(10)?,
        actor: row.get(11)?,
        reason: row.get(12)?,
        record: Coordinates { topic: row.get(13)?, partition: row.get(14)?, offset: row.get(15)? },
    };
    Ok(Read { place: Order::from_raw(row.get(0)?), partition: row.get(16)?, offset: row.get(17)?, event })
}

fn decimal(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Decimal>> {
    Ok(row.get::<_, Option<String>>(column)?.and_then(|text| text.parse().ok()))
}

pub(super) fn stage_number(stage: Stage) -> i64 {
    match stage {
        Stage::FetchExtract => 0,
        Stage::LlmStructure => 1,
        Stage::PostToZoho => 2,
    }
}

pub(super) fn stage(number: i64) -> Stage {
    match number {
        0 => Stage::FetchExtract,
        1 => Stage::LlmStructure,
        _ => Stage::PostToZoho,
    }
}
