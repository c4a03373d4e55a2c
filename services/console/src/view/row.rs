//! A row of `invoice`: what is known of one id, and what of it is latest.

use super::invoice::Invoice;
use super::order::Order;
use super::words::Words;
use contract::{InvoiceId, State, Status};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlResult, ValueRef};
use std::collections::BTreeMap;

pub(super) const COLUMNS: &str = "number, id, place, partition, status, held, vendor, first_seen_ms, letters, erased";

/// What is known of one id.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    /// The number of the row, for as long as this file is.
    pub(super) number: i64,
    pub(super) id: String,
    /// Where it stands in the list; none while there is no status.
    pub(super) place: Option<Order>,
    /// The last status of each partition that has one. There is one, except while keys are moved to other partitions: then a
    /// status still stands on the old one. The topic's order decides within a partition, the clock between them.
    pub(super) held: BTreeMap<i32, Status>,
    pub(super) vendor: Option<String>,
    pub(super) first_seen_ms: Option<i64>,
    /// How many dead letters name it.
    pub(super) letters: u32,
    /// Its personal data was to go, once and for all.
    pub(super) erased: bool,
}

impl Known {
    pub(super) fn new(number: i64, id: String) -> Self {
        Self {
            number,
            id,
            place: None,
            held: BTreeMap::new(),
            vendor: None,
            first_seen_ms: None,
            letters: 0,
            erased: false,
        }
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut held = BTreeMap::new();
        if let Some(Json::<BTreeMap<i32, Status>>(all)) = row.get(5)? {
            held = all;
        } else if let (Some(partition), Some(Json(status))) = (row.get(3)?, row.get(4)?) {
            held.insert(partition, status);
        }
        Ok(Self {
            number: row.get(0)?,
            id: row.get(1)?,
            place: row.get::<_, Option<i64>>(2)?.map(Order::from_raw),
            held,
            vendor: row.get(6)?,
            first_seen_ms: row.get(7)?,
            letters: row.get(8)?,
            erased: row.get(9)?,
        })
    }

    /// The partition and the status of the latest run; with equal times that of the higher partition, on every replica.
    pub(super) fn latest(&self) -> Option<(i32, &Status)> {
        let age = |(partition, status): &(&i32, &Status)| (status.run, status.at_ms, **partition);
        self.held.iter().max_by_key(age).map(|(partition, status)| (*partition, status))
    }

    pub(super) fn status(&self) -> Option<&Status> {
        self.latest().map(|(_, status)| status)
    }

    /// The run whose dead letter waits for somebody, if one does.
    pub(super) fn awaits_somebody(&self) -> Option<u32> {
        let failed = |status: &&Status| matches!(status.state, State::Dead | State::Review);
        self.status().filter(failed).map(|status| status.run)
    }

    pub(super) fn saw(&mut self, at_ms: i64) {
        self.first_seen_ms = Some(self.first_seen_ms.map_or(at_ms, |first| first.min(at_ms)));
    }

    /// What it is found by.
    pub(super) fn words(&self) -> Option<Words> {
        self.status().map(|status| Words::of(&self.id, status, self.vendor.as_deref()))
    }

    pub(super) fn invoice(&self) -> Option<Invoice> {
        let status = self.status()?.clone();
        let invoice_id: InvoiceId = self.id.parse().ok()?;
        Some(Invoice {
            invoice_id,
            state: status.state,
            stage: status.stage,
            run: status.run,
            attempt: status.attempt,
            at_ms: status.at_ms,
            due_ms: status.due_ms,
            error_code: status.code,
            bill: status.bill,
            cost_usd: status.cost_usd,
            model: status.model,
            vendor: self.vendor.clone(),
            first_seen_ms: self.first_seen_ms.unwrap_or(status.at_ms),
        })
    }
}

/// A column that holds JSON.
pub(super) struct Json<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let read = serde_json::from_str(value.as_str()?);
        read.map(Self).map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
    }
}

/// A column that holds one of our words, such as a class.
pub(super) struct Word<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = serde_json::Value::from(value.as_str()?);
        serde_json::from_value(word).map(Self).map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
    }
}

/// The word that stands for the value in JSON.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
