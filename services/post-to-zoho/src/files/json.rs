//! A bill as one JSON object on one line: pure. The invoice is as in the schema of `invoices.post-to-zoho`, amounts as texts.

use super::Booked;
use contract::{ContentHash, Invoice, InvoiceId, Structured};
use serde::Serialize;

/// Counted up when a field changes its meaning.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
struct Record<'a> {
    version: u32,
    invoice_id: &'a InvoiceId,
    document_sha256: ContentHash,
    invoice: &'a Invoice,
    /// One per line of the invoice.
    booked: &'a [Booked],
}

pub(super) fn written(id: &InvoiceId, input: &Structured, booked: &[Booked]) -> String {
    let record = Record {
        version: VERSION,
        invoice_id: id,
        document_sha256: input.document.sha256,
        invoice: &input.invoice,
        booked,
    };
    let mut text = serde_json::to_string(&record).expect("all keys are texts and no field's Serialize can fail");
    text.push('\n');
    text
}
