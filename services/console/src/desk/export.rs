//! Everything as a file, piece by piece, however much it is.

use super::{Desk, Error};
use crate::view::{Cursor, Filter, Invoice, Page};
use bytes::Bytes;
use chrono::DateTime;
use contract::HistoryEvent;
use futures::{Stream, stream};
use serde::Serialize;

/// Rows that are read at once.
const ROWS: usize = 1000;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    Csv,
    /// One JSON object on one line.
    JsonLines,
}

const INVOICE_COLUMNS: [&str; 17] = [
    "invoice_id",
    "state",
    "stage",
    "run",
    "attempt",
    "changed",
    "due",
    "error_code",
    "vendor",
    "bill_id",
    "bill_number",
    "currency",
    "total",
    "is_draft",
    "cost_usd",
    "model",
    "first_seen",
];
const EVENT_COLUMNS: [&str; 15] = [
    "at",
    "invoice_id",
    "kind",
    "stage",
    "run",
    "attempt",
    "took_ms",
    "error_code",
    "cost_usd",
    "actor",
    "reason",
    "message",
    "topic",
    "partition",
    "offset",
];

impl Desk {
    /// The invoices that are as the filter says, the one that changed last first.
    pub fn export_invoices(self, filter: Filter, format: Export) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        let pages = move |after: Option<Cursor>| {
            let (desk, filter) = (self.clone(), filter.clone());
            async move { Ok(desk.view().invoices(&filter, after.as_ref(), ROWS).await?) }
        };
        export(pages, format, &INVOICE_COLUMNS, invoice_row)
    }

    /// What happened to all invoices, newest first: who did what, when and why is in it.
    pub fn export_history(self, format: Export) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        let pages = move |after: Option<Cursor>| {
            let desk = self.clone();
            async move { Ok(desk.view().events(after.as_ref(), ROWS).await?) }
        };
        export(pages, format, &EVENT_COLUMNS, event_row)
    }
}

impl Export {
    /// By how a file's name ends.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl",
        }
    }
}

/// Where an export is.
enum At {
    Start,
    Behind(Cursor),
    End,
}

fn export<T: Serialize + Send, F: Future<Output = Result<Page<T>, Error>> + Send>(
    pages: impl Fn(Option<Cursor>) -> F + Send + 'static,
    format: Export,
    columns: &'static [&'static str],
    row: fn(&T) -> Vec<String>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::try_unfold((At::Start, pages), move |(at, pages)| async move {
        let after = match at {
            At::End => return Ok(None),
            At::Start => None,
            At::Behind(cursor) => Some(cursor),
        };
        let page = pages(after).await?;
        let header = (after.is_none() && format == Export::Csv).then_some(columns);
        let text = match format {
            Export::Csv => csv(header, page.items.iter().map(row)),
            Export::JsonLines => lines(&page.items),
        };
        Ok(Some((text, (page.next.map_or(At::End, At::Behind), pages))))
    })
}

fn lines(items: &[impl Serialize]) -> Bytes {
    let mut text = Vec::new();
    for item in items {
        if serde_json::to_writer(&mut text, item).is_ok() {
            text.push(b'\n');
        }
    }
    text.into()
}

fn csv(header: Option<&[&str]>, rows: impl Iterator<Item = Vec<String>>) -> Bytes {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(columns) = header {
        writer.write_record(columns).expect("a Vec takes everything");
    }
    for row in rows {
        writer.write_record(row.iter().map(|cell| inert(cell))).expect("rows have as many cells as there are columns");
    }
    writer.into_inner().expect("a Vec takes everything").into()
}

/// A cell that no spreadsheet takes for a formula, whatever a stranger's invoice says.
fn inert(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}

fn invoice_row(invoice: &Invoice) -> Vec<String> {
    let bill = invoice.bill.as_ref();
    vec![
        invoice.invoice_id.to_string(),
        word(&invoice.state),
        invoice.stage.to_string(),
        invoice.run.to_string(),
        invoice.attempt.to_string(),
        time(invoice.at_ms),
        invoice.due_ms.map(time).unwrap_or_default(),
        invoice.error_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        invoice.vendor.clone().unwrap_or_default(),
        bill.map(|bill| bill.bill_id.clone()).unwrap_or_default(),
        bill.map(|bill| bill.bill_number.clone()).unwrap_or_default(),
        bill.map(|bill| bill.currency.clone()).unwrap_or_default(),
        bill.map(|bill| bill.total.to_string()).unwrap_or_default(),
        bill.map(|bill| bill.is_draft.to_string()).unwrap_or_default(),
        invoice.cost_usd.map(|usd| usd.to_string()).unwrap_or_default(),
        invoice.model.clone().unwrap_or_default(),
        time(invoice.first_seen_ms),
    ]
}

fn event_row(event: &HistoryEvent) -> Vec<String> {
    vec![
        time(event.at_ms),
        event.invoice_id.to_string(),
        event.kind.as_str().to_owned(),
        event.stage.to_string(),
        event.run.to_string(),
        event.attempt.to_string(),
        event.took_ms.map(|ms| ms.to_string()).unwrap_or_default(),
        event.code.as_ref().map(ToString::to_string).unwrap_or_default(),
        event.cost_usd.map(|usd| usd.to_string()).unwrap_or_default(),
        event.actor.clone().unwrap_or_default(),
        event.reason.clone().unwrap_or_default(),
        event.message.clone().unwrap_or_default(),
        event.record.topic.clone(),
        event.record.partition.to_string(),
        event.record.offset.to_string(),
    ]
}

/// As on the wire.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}

fn time(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://evil\")"]
        {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
        for plain in ["-12.50", "+1", "Acme = Co", "", "1-2"] {
            assert_eq!(inert(plain), plain);
        }
    }

    #[test]
    fn commas_quotes_and_lines_stay_in_their_cell() {
        let text = csv(Some(&["a", "b"]), [vec!["x,\"y\"\nz".to_owned(), "=1".to_owned()]].into_iter());
        assert_eq!(text, "a,b\r\n\"x,\"\"y\"\"\nz\",'=1\r\n");
    }
}
