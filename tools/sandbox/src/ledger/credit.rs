//! A vendor credit as booked, and how Zoho shows it.

use std::time::Instant;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{draft::Draft, number, status::Status, view};

/// A vendor credit in the books.
#[derive(Debug)]
pub(super) struct Credit {
    pub(super) id: String,
    pub(super) draft: Draft,
    pub(super) status: Status,
    pub(super) created_time: String,
    pub(super) modified_time: String,
    pub(super) visible_from: Instant,
    pub(super) times_created: u32,
}

impl Credit {
    /// A row of `GET /vendorcredits`.
    pub(super) fn row(&self) -> Value {
        let draft = &self.draft;
        json!({
            "vendor_credit_id": self.id,
            "vendor_credit_number": draft.number,
            "vendor_id": draft.vendor_id,
            "vendor_name": draft.vendor_name,
            "status": self.status.name(),
            "reference_number": draft.reference,
            "date": draft.date.to_string(),
            "currency_id": draft.currency.id,
            "currency_code": draft.currency.code,
            "exchange_rate": number(draft.exchange_rate),
            "total": number(draft.totals.total),
            "balance": number(self.balance()),
            "has_attachment": false,
            "created_time": self.created_time,
            "last_modified_time": self.modified_time,
        })
    }

    /// The whole credit, as `GET /vendorcredits/{id}` shows it. Zoho documents no tax totals here.
    pub(super) fn view(&self) -> Value {
        let totals = &self.draft.totals;
        let mut view = self.row();
        let details = json!({
            "line_items": view::lines(&self.id, totals),
            "sub_total": number(totals.sub_total),
            "price_precision": 2,
            "is_inclusive_tax": false,
            "is_reverse_charge_applied": totals.reverse_charge,
            "total_credits_used": 0.0,
            "total_refunded_amount": 0.0,
            "custom_fields": view::custom_fields(&self.draft),
            "documents": [],
            "bills_credited": [],
        });
        view::join(&mut view, details);
        let echoed = ["gst_treatment", "gst_no", "source_of_supply", "destination_of_supply", "notes"];
        self.draft.echo(&mut view, &echoed);
        view
    }

    /// For people and tests.
    pub(super) fn audit(&self) -> Value {
        let mut audit = view::audit(&self.draft);
        let own = json!({
            "vendor_credit_id": self.id,
            "vendor_credit_number": self.draft.number,
            "status": self.status.name(),
            "times_created": self.times_created,
            "created_time": self.created_time,
        });
        view::join(&mut audit, own);
        audit
    }

    fn balance(&self) -> Decimal {
        if self.status == Status::Void { Decimal::ZERO } else { self.draft.totals.total }
    }
}
