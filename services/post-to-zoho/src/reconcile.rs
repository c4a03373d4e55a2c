//! Whether bills that Zoho already has are the one that was to be made: pure.

use crate::charge::{self, Charge};
use crate::resource::Resource;
use crate::wire::{Id, Number};
use contract::{Bill, Invoice, InvoiceId, code};
use engine::StageError;
use rust_decimal::Decimal;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// Zoho computes taxes line by line; printed ones may be rounded as a whole.
const ROUNDING: Decimal = Decimal::ONE;

/// A bill or a vendor credit as Zoho lists it, and as it answers a `POST`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BillRow {
    #[serde(alias = "vendor_credit_id")]
    bill_id: Id,
    #[serde(default)]
    vendor_id: Option<Id>,
    #[serde(default)]
    vendor_name: String,
    #[serde(alias = "vendor_credit_number")]
    bill_number: String,
    #[serde(default)]
    reference_number: Option<String>,
    #[serde(default)]
    date: String,
    #[serde(default)]
    currency_code: Option<String>,
    total: Number,
    #[serde(default)]
    status: Option<String>,
    /// Lists say it; what does not is asked for.
    #[serde(default)]
    has_attachment: Option<bool>,
    /// Lists leave this out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax_total: Option<Number>,
    /// Lists leave these out.
    #[serde(default, skip_serializing)]
    line_items: Option<Vec<IgnoredAny>>,
}

/// What a bill is found to differ in.
#[derive(Debug, Serialize)]
struct Mismatch<'a> {
    printed_total: Number,
    printed_tax: Number,
    printed_currency: &'a str,
    bill: &'a BillRow,
}

#[derive(Debug, Serialize)]
struct Candidates<'a> {
    printed_total: Number,
    bills: &'a [BillRow],
}

impl BillRow {
    /// Whether the bill was made for this very invoice.
    pub(crate) fn is_for(&self, id: &InvoiceId) -> bool {
        self.reference_number.as_deref() == Some(id.as_str())
    }

    pub(crate) fn says_no_file(&self) -> bool {
        self.has_attachment == Some(false)
    }

    /// Whether it may be the same bill under a number that was read, or typed, a little otherwise.
    fn is_nearly(&self, vendor: &Id, invoice: &Invoice) -> bool {
        self.vendor_id.as_ref() == Some(vendor)
            && self.is_as_printed(invoice)
            && bare(&self.bill_number) == bare(&invoice.invoice_number)
            && financial_year(&self.date) == financial_year(&invoice.invoice_date.to_string())
    }

    fn has_number(&self, vendor: &Id, number: &str) -> bool {
        self.vendor_id.as_ref().is_none_or(|own| own == vendor)
            && self.bill_number.trim().eq_ignore_ascii_case(number.trim())
    }

    fn is_as_printed(&self, invoice: &Invoice) -> bool {
        let currency = self.currency_code.as_deref().filter(|code| !code.is_empty());
        self.total.0 == invoice.total && currency.is_none_or(|code| code.eq_ignore_ascii_case(&invoice.currency))
    }

    fn is_draft(&self) -> bool {
        self.status.as_deref() == Some("draft")
    }

    /// What Zoho made other than it is printed, as far as its answer says.
    fn difference(&self, invoice: &Invoice) -> Option<&'static str> {
        if !self.is_as_printed(invoice) {
            Some("total or currency is not the printed one")
        } else if self.tax_total.as_ref().is_some_and(|found| !may_be_tax(found.0, invoice)) {
            Some("taxes are not the printed ones")
        } else if self.line_items.as_ref().is_some_and(|lines| !may_be_lines(lines.len(), invoice)) {
            Some("lines are not as many as the printed ones")
        } else {
            None
        }
    }

    fn bill(&self, invoice: &Invoice) -> Bill {
        let currency = self.currency_code.clone().filter(|code| !code.is_empty());
        Bill {
            kind: Resource::of(invoice).kind,
            bill_id: self.bill_id.to_string(),
            bill_number: self.bill_number.clone(),
            vendor_id: self.vendor_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            vendor_name: self.vendor_name.clone(),
            currency: currency.unwrap_or_else(|| invoice.currency.clone()),
            total: self.total.0,
            has_pdf: self.has_attachment == Some(true),
            is_draft: self.is_draft(),
            ..Bill::default()
        }
    }
}

/// Whether these may be the taxes in Zoho: GST, and cess if a tax group carries it. What the buyer owes under reverse charge is
/// not documented to be among them, nor not to be.
fn may_be_tax(found: Decimal, invoice: &Invoice) -> bool {
    let gst = invoice.cgst + invoice.sgst + invoice.igst;
    let range = (gst - ROUNDING)..=(gst + invoice.cess + ROUNDING);
    invoice.reverse_charge == Some(true) || range.contains(&found)
}

/// Whether these may be the lines in Zoho: the printed ones, one for each charge that no tax carries, and for the round-off of
/// a vendor credit.
fn may_be_lines(found: usize, invoice: &Invoice) -> bool {
    let (cess, others): (Vec<_>, Vec<_>) =
        charge::charged(invoice).into_iter().partition(|(charge, _)| *charge == Charge::Cess);
    let least = invoice.lines.len() + others.len();
    let round_off = usize::from(!Resource::of(invoice).is_bill());
    (least..=least + cess.len() + round_off).contains(&found)
}

/// The bill that was made for the invoice, if it is as printed.
pub(crate) fn accept(row: &BillRow, invoice: &Invoice) -> Result<Bill, StageError> {
    let bill = row.bill(invoice);
    let Some(difference) = row.difference(invoice) else { return Ok(bill) };
    let mismatch = Mismatch {
        printed_total: Number(invoice.total),
        printed_tax: Number(invoice.tax()),
        printed_currency: &invoice.currency,
        bill: row,
    };
    let message = format!("the bill {} was made but its {difference}: correct it in Zoho Books", bill.bill_id);
    Err(StageError::review(code::ZOHO_TOTAL_DIFFERS, message).with_candidate(&bill).with_evidence(&mismatch))
}

/// The bill, if it is the draft that was asked for. Whether Zoho takes the wish is not documented.
pub(crate) fn draft(row: &BillRow, invoice: &Invoice) -> Result<Bill, StageError> {
    let bill = accept(row, invoice)?;
    if bill.is_draft {
        return Ok(bill);
    }
    let message = format!(
        "the bill {} was to be a draft and is {}: look at it before it is paid",
        bill.bill_id,
        row.status.as_deref().unwrap_or("of no status that Zoho names")
    );
    Err(StageError::review(code::ZOHO_NOT_A_DRAFT, message).with_candidate(&bill))
}

/// What to make of Zoho's word that the vendor has a bill of this number.
pub(crate) fn duplicate(
    rows: Vec<BillRow>,
    id: &InvoiceId,
    invoice: &Invoice,
    vendor: &Id,
) -> Result<Bill, StageError> {
    let number = &invoice.invoice_number;
    let rows: Vec<BillRow> = rows.into_iter().filter(|row| row.has_number(vendor, number)).collect();
    if let Some(own) = rows.iter().find(|row| row.is_for(id)) {
        return accept(own, invoice);
    }
    let date = invoice.invoice_date.to_string();
    let this_year = |row: &BillRow| row.date.is_empty() || financial_year(&row.date) == financial_year(&date);
    let bills: Vec<BillRow> = rows.into_iter().filter(this_year).collect();
    let evidence = Candidates { printed_total: Number(invoice.total), bills: &bills };
    match bills.iter().find(|row| row.is_as_printed(invoice)).or(bills.first()) {
        // A bill may be taken before lists show it: it is looked for again, and it is this invoice's fault alone.
        None => Err(StageError::transient(
            code::ZOHO_UNAVAILABLE,
            "Zoho Books has a bill of this number but does not list it yet",
        )),
        Some(same) if same.is_as_printed(invoice) => {
            let message = format!("the vendor's bill of this number and total is there already: {}", same.bill_id);
            Err(StageError::review(code::ZOHO_ALREADY_BILLED, message).with_evidence(&evidence))
        }
        Some(other) => {
            let message = format!("the vendor has another bill of this number: {}", other.bill_id);
            Err(StageError::review(code::ZOHO_NUMBER_TAKEN, message).with_evidence(&evidence))
        }
    }
}

/// Refuses an invoice that the vendor seems to have a bill for already, under another spelling of its number.
pub(crate) fn near_duplicate(rows: Vec<BillRow>, invoice: &Invoice, vendor: &Id) -> Result<(), StageError> {
    let bills: Vec<BillRow> = rows.into_iter().filter(|row| row.is_nearly(vendor, invoice)).collect();
    let Some(first) = bills.first() else { return Ok(()) };
    let message = format!(
        "the vendor has a bill of the same total whose number differs only in signs or zeros: {}",
        first.bill_id
    );
    let evidence = Candidates { printed_total: Number(invoice.total), bills: &bills };
    Err(StageError::review(code::ZOHO_NEAR_DUPLICATE, message).with_evidence(&evidence))
}

/// The words and numbers of a bill's number, in capitals and without leading zeros.
pub(crate) fn bare(number: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for character in number.chars() {
        let kind = character.is_alphanumeric().then(|| character.is_numeric());
        if kind.is_some() && kind != last {
            parts.push(String::new());
        }
        if let (Some(part), Some(is_numeric)) = (parts.last_mut(), kind)
            && !(is_numeric && character == '0' && part.is_empty())
        {
            part.extend(character.to_uppercase());
        }
        last = kind;
    }
    parts
}

/// The year in which India's financial year of this `yyyy-mm-dd` began, on 1 April.
pub(crate) fn financial_year(date: &str) -> Option<i32> {
    let year: i32 = date.get(..4)?.parse().ok()?;
    let month: u32 = date.get(5..7)?.parse().ok()?;
    Some(if month < 4 { year - 1 } else { year })
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
