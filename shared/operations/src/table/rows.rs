//! The columns of each kind of row.

use super::{Row, moment};
use crate::{Particulars, Summary};
use contract::{Bill, Code, HistoryEvent, InvoiceId, Stage, State};
use rust_decimal::Decimal;
use serde::Serialize;

/// An invoice as a row.
#[derive(Debug)]
pub struct Invoice<'a> {
    pub invoice_id: &'a InvoiceId,
    pub state: State,
    pub stage: Stage,
    pub run: u32,
    pub attempt: u32,
    pub at_ms: i64,
    pub due_ms: Option<i64>,
    pub error_code: Option<&'a Code>,
    pub bill: Option<&'a Bill>,
    pub particulars: &'a Particulars,
    pub cost_usd: Option<&'a Decimal>,
    pub model: Option<&'a str>,
    /// Only a view of the whole history knows it.
    pub first_seen_ms: Option<i64>,
}

impl Invoice<'_> {
    pub const COLUMNS: &'static [&'static str] = &[
        "invoice_id",
        "state",
        "stage",
        "run",
        "attempt",
        "changed",
        "due",
        "error_code",
        "kind",
        "bill_id",
        "is_draft",
        "vendor",
        "invoice_number",
        "currency",
        "total",
        "cost_usd",
        "model",
        "first_seen",
    ];

    /// As many as there are columns.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let bill = |part: fn(&Bill) -> String| self.bill.map(part).unwrap_or_default();
        let Particulars { vendor, invoice_number, currency, total } = self.particulars;
        vec![
            self.invoice_id.to_string(),
            word(&self.state),
            self.stage.to_string(),
            self.run.to_string(),
            self.attempt.to_string(),
            moment(self.at_ms),
            self.due_ms.map(moment).unwrap_or_default(),
            text(self.error_code),
            bill(|bill| word(&bill.kind)),
            bill(|bill| bill.bill_id.clone()),
            bill(|bill| bill.is_draft.to_string()),
            text(vendor.as_ref()),
            text(invoice_number.as_ref()),
            text(currency.as_ref()),
            text(total.as_ref()),
            text(self.cost_usd),
            self.model.unwrap_or_default().to_owned(),
            self.first_seen_ms.map(moment).unwrap_or_default(),
        ]
    }
}

impl Row for HistoryEvent {
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "invoice_id",
        "kind",
        "stage",
        "run",
        "attempt",
        "took_ms",
        "error_code",
        "message",
        "actor",
        "reason",
        "cost_usd",
        "record",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            moment(self.at_ms),
            self.invoice_id.to_string(),
            self.kind.as_str().to_owned(),
            self.stage.to_string(),
            self.run.to_string(),
            self.attempt.to_string(),
            text(self.took_ms),
            text(self.code.as_ref()),
            self.message.clone().unwrap_or_default(),
            self.actor.clone().unwrap_or_default(),
            self.reason.clone().unwrap_or_default(),
            text(self.cost_usd.as_ref()),
            self.record.to_string(),
        ]
    }
}

impl Row for Summary {
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "invoice_id",
        "stage",
        "error_code",
        "class",
        "run",
        "attempts",
        "vendor",
        "invoice_number",
        "currency",
        "total",
        "message",
        "open",
        "replayable",
        "record",
    ];

    fn cells(&self) -> Vec<String> {
        let Particulars { vendor, invoice_number, currency, total } = &self.particulars;
        vec![
            moment(self.at_ms),
            self.invoice_id.clone(),
            self.stage.to_string(),
            self.code.clone(),
            text(self.class),
            text(self.run),
            text(self.attempts),
            text(vendor.as_ref()),
            text(invoice_number.as_ref()),
            text(currency.as_ref()),
            text(total.as_ref()),
            self.message.clone(),
            self.open.to_string(),
            self.replayable.to_string(),
            self.record.to_string(),
        ]
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The word by which a value of an enum stands in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
