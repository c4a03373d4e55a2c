//! One invoice as people see it.

use super::Error;
use super::row::{COLUMNS, Known};
use contract::{Bill, Code, InvoiceId, Stage, State};
use rusqlite::{Connection, OptionalExtension};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;

/// Where an invoice stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Invoice {
    pub invoice_id: InvoiceId,
    pub state: State,
    /// Where it is, or where it ended.
    pub stage: Stage,
    /// How often it was started, from 1.
    pub run: u32,
    /// The attempt that is under way or was the last.
    pub attempt: u32,
    /// When it came into this state, in milliseconds since 1970.
    pub at_ms: i64,
    /// When the next attempt is due, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// Why it is not further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<Bill>,
    /// US dollars paid for the language model over all runs that reported it, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Decimal>,
    /// The language model that gave the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// As the books name it, or, while there is no bill, as the invoice prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// When the pipeline first heard of it, as far as that is still known, in milliseconds since 1970.
    pub first_seen_ms: i64,
}

pub(super) fn find(connection: &Connection, id: &InvoiceId) -> Result<Option<Invoice>, Error> {
    Ok(known(connection, id.as_str())?.and_then(|known| known.invoice()))
}

pub(super) fn known(connection: &Connection, id: &str) -> rusqlite::Result<Option<Known>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM invoice WHERE id = ?"))?;
    statement.query_row([id], Known::read).optional()
}
