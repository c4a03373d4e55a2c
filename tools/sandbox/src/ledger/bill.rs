//! A bill as booked, and how Zoho shows it.

use std::time::Instant;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    Ledger, Moment, contacts,
    fields::Fields,
    number,
    reference::Currency,
    refusal::Refusal,
    totals::{self, Line, Totals},
};

/// Zoho's limit on numbers and references: the length must stay below it.
const SHORT: usize = 100;

/// What a client wrote, read and worked out.
#[derive(Debug)]
pub(super) struct Draft {
    /// As it was sent, for later updates of parts of it.
    pub(super) source: Map<String, Value>,
    pub(super) vendor_id: String,
    pub(super) vendor_name: String,
    vendor_gst_no: String,
    pub(super) number: String,
    pub(super) reference: String,
    date: NaiveDate,
    due_date: Option<NaiveDate>,
    currency: Currency,
    exchange_rate: Decimal,
    pub(super) custom_fields: Vec<(String, String)>,
    pub(super) totals: Totals,
}

/// A bill in the books.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) id: String,
    pub(super) draft: Draft,
    pub(super) documents: Vec<Document>,
    pub(super) created_time: String,
    pub(super) modified_time: String,
    pub(super) visible_from: Instant,
    pub(super) times_created: u32,
}

/// A file attached to a bill.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) file_name: String,
    /// Bytes.
    pub(super) size: usize,
}

impl Draft {
    pub(super) fn read(source: Map<String, Value>, ledger: &Ledger, moment: Moment) -> Result<Self, Refusal> {
        let fields = Fields(&source);
        let vendor_id = fields.text("vendor_id")?;
        let vendor = ledger.vendor(&vendor_id)?;
        let number = fields.short_text("bill_number", SHORT)?;
        if number.is_empty() {
            return Err(Refusal::missing_parameter());
        }
        let rate = fields.amount("exchange_rate")?.unwrap_or(Decimal::ONE);
        Ok(Self {
            vendor_name: vendor.name.clone(),
            vendor_gst_no: vendor.gst_no.clone(),
            reference: fields.short_text("reference_number", SHORT)?,
            date: fields.date("date")?.unwrap_or_else(|| moment.wall.date_naive()),
            due_date: fields.date("due_date")?,
            currency: contacts::currency(fields)?.unwrap_or(vendor.currency),
            exchange_rate: rate,
            custom_fields: custom_fields(fields)?,
            totals: totals::compute(fields, &ledger.taxes)?,
            vendor_id,
            number,
            source,
        })
    }

    /// Zoho's rule: one number per vendor and financial year, compared letter by letter.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        self.vendor_id == other.vendor_id
            && self.number == other.number
            && financial_year(self.date) == financial_year(other.date)
    }

    /// What the client meant by "this bill", for counting how often it was created.
    pub(super) fn identity(&self) -> String {
        if self.reference.is_empty() { format!("{} {}", self.vendor_id, self.number) } else { self.reference.clone() }
    }

    fn echoed(&self, name: &str) -> Value {
        self.source.get(name).cloned().unwrap_or(json!(""))
    }

    fn due_date(&self) -> String {
        self.due_date.unwrap_or(self.date).to_string()
    }
}

impl Bill {
    /// A row of `GET /bills`.
    pub(super) fn row(&self) -> Value {
        let draft = &self.draft;
        json!({
            "bill_id": self.id,
            "vendor_id": draft.vendor_id,
            "vendor_name": draft.vendor_name,
            "status": "open",
            "bill_number": draft.number,
            "reference_number": draft.reference,
            "date": draft.date.to_string(),
            "due_date": draft.due_date(),
            "currency_id": draft.currency.id,
            "currency_code": draft.currency.code,
            "total": number(draft.totals.total),
            "balance": number(draft.totals.total),
            "has_attachment": !self.documents.is_empty(),
            "created_time": self.created_time,
            "last_modified_time": self.modified_time,
        })
    }

    /// The whole bill, as `GET /bills/{id}` shows it.
    pub(super) fn view(&self) -> Value {
        let mut view = self.row();
        for (name, value) in self.details() {
            view[name] = value;
        }
        for name in ["gst_treatment", "gst_no", "source_of_supply", "destination_of_supply"] {
            view[name] = self.draft.echoed(name);
        }
        for name in ["notes", "terms", "adjustment_description"] {
            view[name] = self.draft.echoed(name);
        }
        view
    }

    fn details(&self) -> [(&'static str, Value); 14] {
        let draft = &self.draft;
        let totals = &draft.totals;
        let lines = (1..).zip(&totals.lines);
        let lines = lines.map(|(at, line)| self.line(at, line)).collect();
        let taxes = totals.taxes.iter();
        let taxes = taxes.map(|(name, sum)| json!({"tax_name": name, "tax_amount": number(*sum)}));
        let fields = draft.custom_fields.iter();
        let fields = fields.map(|(name, value)| json!({"api_name": name, "value": value}));
        let documents = self.documents.iter().map(Document::view).collect();
        let attachment = self.documents.last().map_or("", |document| &document.file_name);
        [
            ("line_items", lines),
            ("taxes", taxes.collect()),
            ("sub_total", number(totals.sub_total)),
            ("tax_total", number(totals.tax_total)),
            ("adjustment", number(totals.adjustment)),
            ("payment_made", json!(0.0)),
            ("price_precision", json!(2)),
            ("exchange_rate", number(draft.exchange_rate)),
            ("is_inclusive_tax", json!(false)),
            ("is_reverse_charge_applied", json!(totals.reverse_charge)),
            ("custom_fields", fields.collect()),
            ("documents", documents),
            ("attachment_name", json!(attachment)),
            ("billing_address", json!({})),
        ]
    }

    fn line(&self, at: u64, line: &Line) -> Value {
        let tax = line.tax.as_ref();
        json!({
            "line_item_id": format!("{}{at:04}", &self.id[..14]),
            "account_id": line.account.map_or("", |account| account.id),
            "account_name": line.account.map_or("", |account| account.name),
            "item_id": line.item_id,
            "name": line.name,
            "description": line.description,
            "hsn_or_sac": line.hsn_or_sac,
            "unit": line.unit,
            "rate": number(line.rate),
            "quantity": number(line.quantity),
            "tax_id": tax.map_or("", |tax| &tax.id),
            "tax_name": tax.map_or("", |tax| &tax.name),
            "tax_type": tax.map_or("", |tax| tax.kind()),
            "tax_percentage": tax.map_or(json!(0.0), |tax| number(tax.rate)),
            "item_total": number(line.item_total),
        })
    }

    /// For people and tests: amounts as exact text, and what Zoho would not tell.
    pub(super) fn audit(&self) -> Value {
        let draft = &self.draft;
        let totals = &draft.totals;
        let lines = totals.lines.iter().map(audit_line);
        let taxes = totals.taxes.iter();
        let taxes = taxes.map(|(name, sum)| json!({"tax_name": name, "tax_amount": money(*sum)}));
        let fields = draft.custom_fields.iter();
        let fields = fields.map(|(name, value)| (name.clone(), json!(value)));
        json!({
            "bill_id": self.id,
            "bill_number": draft.number,
            "reference_number": draft.reference,
            "date": draft.date.to_string(),
            "due_date": draft.due_date(),
            "currency_code": draft.currency.code,
            "vendor": {
                "contact_id": draft.vendor_id,
                "name": draft.vendor_name,
                "gst_no": draft.vendor_gst_no,
            },
            "gst_no": draft.echoed("gst_no"),
            "gst_treatment": draft.echoed("gst_treatment"),
            "source_of_supply": draft.echoed("source_of_supply"),
            "destination_of_supply": draft.echoed("destination_of_supply"),
            "line_items": lines.collect::<Value>(),
            "taxes": taxes.collect::<Value>(),
            "sub_total": money(totals.sub_total),
            "tax_total": money(totals.tax_total),
            "adjustment": money(totals.adjustment),
            "total": money(totals.total),
            "custom_fields": fields.collect::<Map<_, _>>(),
            "attachments": self.documents.iter().map(Document::view).collect::<Value>(),
            "times_created": self.times_created,
            "created_time": self.created_time,
        })
    }
}

impl Document {
    fn view(&self) -> Value {
        json!({
            "document_id": self.id,
            "file_name": self.file_name,
            "file_size": self.size,
        })
    }
}

fn audit_line(line: &Line) -> Value {
    let tax = line.tax.as_ref();
    json!({
        "account_name": line.account.map_or("", |account| account.name),
        "name": line.name,
        "description": line.description,
        "hsn_or_sac": line.hsn_or_sac,
        "quantity": line.quantity.normalize().to_string(),
        "unit": line.unit,
        "rate": line.rate.normalize().to_string(),
        "tax_name": tax.map_or("", |tax| &tax.name),
        "item_total": money(line.item_total),
    })
}

fn money(amount: Decimal) -> String {
    format!("{amount:.2}")
}

fn custom_fields(fields: Fields<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let rows = fields.rows("custom_fields")?.into_iter();
    let pairs = rows.map(|row| Ok((row.text("api_name")?, row.text("value")?)));
    pairs.collect()
}

/// The year in which it begins, on 1 April.
fn financial_year(date: NaiveDate) -> i32 {
    if date.month() >= 4 { date.year() } else { date.year() - 1 }
}
