//! A bill as booked, and how Zoho shows it.

use std::time::Instant;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{document::Document, draft::Draft, number, status::Status, view};

/// A bill in the books.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) id: String,
    pub(super) draft: Draft,
    pub(super) status: Status,
    pub(super) documents: Vec<Document>,
    pub(super) created_time: String,
    pub(super) modified_time: String,
    pub(super) visible_from: Instant,
    pub(super) times_created: u32,
}

impl Bill {
    /// A row of `GET /bills`.
    pub(super) fn row(&self) -> Value {
        let draft = &self.draft;
        json!({
            "bill_id": self.id,
            "vendor_id": draft.vendor_id,
            "vendor_name": draft.vendor_name,
            "status": self.status.name(),
            "bill_number": draft.number,
            "reference_number": draft.reference,
            "date": draft.date.to_string(),
            "due_date": draft.due_date(),
            "currency_id": draft.currency.id,
            "currency_code": draft.currency.code,
            "total": number(draft.totals.total),
            "balance": number(self.balance()),
            "has_attachment": !self.documents.is_empty(),
            "attachment_name": self.attachment_name(),
            "created_time": self.created_time,
            "last_modified_time": self.modified_time,
        })
    }

    /// The whole bill, as `GET /bills/{id}` shows it.
    pub(super) fn view(&self) -> Value {
        let draft = &self.draft;
        let totals = &draft.totals;
        let mut view = self.row();
        let details = json!({
            "line_items": view::lines(&self.id, totals),
            "taxes": view::taxes(totals),
            "sub_total": number(totals.sub_total),
            "tax_total": number(totals.tax_total),
            "adjustment": number(totals.adjustment),
            "payment_made": 0.0,
            "price_precision": 2,
            "exchange_rate": number(draft.exchange_rate),
            "is_inclusive_tax": false,
            "is_reverse_charge_applied": totals.reverse_charge,
            "custom_fields": view::custom_fields(draft),
            "documents": self.documents.iter().map(Document::view).collect::<Value>(),
            "billing_address": {},
        });
        view::join(&mut view, details);
        draft.echo(&mut view, &["gst_treatment", "gst_no", "source_of_supply", "destination_of_supply"]);
        draft.echo(&mut view, &["notes", "terms", "adjustment_description"]);
        view
    }

    /// For people and tests: amounts as exact text, and what Zoho would not tell.
    pub(super) fn audit(&self) -> Value {
        let mut audit = view::audit(&self.draft);
        let own = json!({
            "bill_id": self.id,
            "bill_number": self.draft.number,
            "status": self.status.name(),
            "due_date": self.draft.due_date(),
            "attachments": self.documents.iter().map(Document::audit).collect::<Value>(),
            "times_created": self.times_created,
            "created_time": self.created_time,
        });
        view::join(&mut audit, own);
        audit
    }

    /// Nothing is owed on a void bill, and these books know no payments.
    fn balance(&self) -> Decimal {
        if self.status == Status::Void { Decimal::ZERO } else { self.draft.totals.total }
    }

    fn attachment_name(&self) -> &str {
        self.documents.last().map_or("", |document| &document.file_name)
    }
}
