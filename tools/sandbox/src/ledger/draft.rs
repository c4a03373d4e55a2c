//! What a client wrote of a bill or a vendor credit, read and worked out.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    Ledger, Moment, contacts,
    fields::Fields,
    reference::Currency,
    refusal::Refusal,
    totals::{self, Totals},
};

/// Zoho's limit on numbers and references: the length must stay below it.
const SHORT: usize = 100;

/// The writing, checked.
#[derive(Debug)]
pub(super) struct Draft {
    /// As it was sent, for later updates of parts of it.
    pub(super) source: Map<String, Value>,
    pub(super) vendor_id: String,
    pub(super) vendor_name: String,
    pub(super) vendor_gst_no: String,
    pub(super) number: String,
    pub(super) reference: String,
    pub(super) date: NaiveDate,
    due_date: Option<NaiveDate>,
    pub(super) currency: Currency,
    pub(super) exchange_rate: Decimal,
    pub(super) custom_fields: Vec<(String, String)>,
    pub(super) totals: Totals,
}

impl Draft {
    /// Reads it; its number is in the field of that name.
    pub(super) fn read(
        source: Map<String, Value>,
        number: &str,
        ledger: &Ledger,
        moment: Moment,
    ) -> Result<Self, Refusal> {
        let fields = Fields(&source);
        let vendor_id = fields.text("vendor_id")?;
        let vendor = ledger.vendor(&vendor_id)?;
        let number = fields.short_text(number, SHORT)?;
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

    /// What the client meant by "this one", for counting how often it was created.
    pub(super) fn identity(&self) -> String {
        if self.reference.is_empty() { format!("{} {}", self.vendor_id, self.number) } else { self.reference.clone() }
    }

    /// Fields that are shown as they were sent.
    pub(super) fn echo(&self, view: &mut Value, names: &[&str]) {
        for name in names {
            view[*name] = self.source.get(*name).cloned().unwrap_or(json!(""));
        }
    }

    pub(super) fn due_date(&self) -> String {
        self.due_date.unwrap_or(self.date).to_string()
    }
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
