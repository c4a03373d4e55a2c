//! A structured invoice as the body of Zoho's `POST /bills`, or of `POST /vendorcredits` for a credit note: pure.
//!
//! The bill's total is the printed one, or there is no bill: what separates the two by rounding goes into Zoho's
//! `adjustment`, or a vendor credit's last line, and more than that is for a person to look at.

use crate::charge::Booked;
use crate::reference::Account;
use crate::resource::Resource;
use crate::tax::{LineTax, paise};
use crate::wire::{Id, Number};
use crate::{amounts, notes, place};
use contract::{Invoice, InvoiceId, Line, code};
use engine::StageError;
use rust_decimal::Decimal;
use serde::Serialize;

/// Zoho's limits, in characters.
const MAX_DESCRIPTION: usize = 2000;
const MAX_NUMBER: usize = 99;
const MAX_UNIT: usize = 99;
const ROUND_OFF: &str = "Round off";

/// The ids that a bill refers to.
#[derive(Debug)]
pub(crate) struct Ids {
    pub(crate) vendor: Id,
    pub(crate) currency: Id,
    /// One per line.
    pub(crate) accounts: Vec<Account>,
    /// One per line.
    pub(crate) taxes: Vec<Option<LineTax>>,
    /// Lines beside the invoice's own.
    pub(crate) charges: Vec<Booked>,
    /// As in [`crate::reference::Taxed`].
    pub(crate) tax_rule: Option<&'static str>,
    /// For the round-off of a credit note, if it is not that of the first line.
    pub(crate) round_off: Option<Id>,
}

/// The body of `POST /bills` or `POST /vendorcredits`.
#[derive(Debug, Serialize)]
pub(crate) struct NewBill<'a> {
    vendor_id: &'a Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_credit_number: Option<&'a str>,
    reference_number: &'a str,
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<String>,
    currency_id: &'a Id,
    is_inclusive_tax: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    gst_treatment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gst_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_of_supply: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_of_supply: Option<&'static str>,
    line_items: Vec<NewLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustment: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustment_description: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_fields: Option<[UniqueField<'a>; 1]>,
}

/// The custom field that holds our invoice id, where the organisation has one.
#[derive(Debug, Serialize)]
struct UniqueField<'a> {
    api_name: &'a str,
    value: &'a str,
}

#[derive(Debug, Serialize)]
struct NewLine<'a> {
    account_id: &'a Id,
    description: String,
    rate: Number,
    quantity: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hsn_or_sac: Option<&'a str>,
    /// Never beside `reverse_charge_tax_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverse_charge_tax_id: Option<&'a Id>,
}

/// The bill of an invoice, or why Zoho could not make one of the printed total.
pub(crate) fn of<'a>(
    id: &'a InvoiceId,
    invoice: &'a Invoice,
    ids: &'a Ids,
    unique_field: Option<&'a str>,
    as_draft: bool,
) -> Result<NewBill<'a>, StageError> {
    let is_bill = Resource::of(invoice).is_bill();
    let amounts = amounts::net(invoice);
    let adjustment = amounts::adjustment(invoice, &amounts, &ids.taxes, &ids.charges)?;
    let adjustment = (!adjustment.is_zero()).then_some(adjustment);
    let supply = place::of_trade(invoice);
    let bookings = ids.accounts.iter().zip(&ids.taxes);
    let lines = invoice.lines.iter().zip(&amounts).zip(bookings);
    let lines = lines.map(|((line, amount), (account, tax))| new_line(line, *amount, account, tax.as_ref()));
    let charges = ids.charges.iter().map(|one| NewLine::extra(&one.account, one.charge.description(), one.amount));
    let round_off = adjustment.filter(|_| !is_bill).zip(ids.round_off.as_ref().or(first_account(ids)));
    let round_off = round_off.map(|(amount, account)| NewLine::extra(account, ROUND_OFF, amount));
    Ok(NewBill {
        vendor_id: &ids.vendor,
        bill_number: is_bill.then_some(invoice.invoice_number.as_str()),
        vendor_credit_number: (!is_bill).then_some(invoice.invoice_number.as_str()),
        reference_number: id.as_str(),
        date: invoice.invoice_date.to_string(),
        due_date: invoice.due_date.filter(|_| is_bill).map(|date| date.to_string()),
        currency_id: &ids.currency,
        is_inclusive_tax: invoice.lines_with_tax,
        gst_treatment: invoice.vendor_gstin.as_ref().map(|_| "business_gst"),
        gst_no: invoice.vendor_gstin.as_deref(),
        source_of_supply: supply.map(|(source, _)| source),
        destination_of_supply: supply.map(|(_, destination)| destination),
        line_items: lines.chain(charges).chain(round_off).collect(),
        adjustment: adjustment.filter(|_| is_bill).map(Number),
        adjustment_description: adjustment.filter(|_| is_bill).map(|_| ROUND_OFF),
        status: (as_draft && is_bill).then_some("draft"),
        notes: notes::of(invoice),
        custom_fields: unique_field
            .filter(|_| is_bill)
            .map(|name| [UniqueField { api_name: name, value: id.as_str() }]),
    })
}

/// What Zoho would refuse whatever else is right. A number is no text to be cut: by it a bill is known.
pub(crate) fn refuse_unfit(invoice: &Invoice) -> Result<(), StageError> {
    if invoice.invoice_number.chars().count() <= MAX_NUMBER {
        return Ok(());
    }
    let message = "the invoice's number has more than the 99 characters that Zoho Books allows: correct it, and replay";
    Err(StageError::review(code::ZOHO_NUMBER_TOO_LONG, message).with_evidence(&invoice.invoice_number))
}

fn first_account(ids: &Ids) -> Option<&Id> {
    ids.accounts.first().map(|account| &account.id)
}

impl<'a> NewLine<'a> {
    /// A line that is not one of the invoice's own, without tax.
    fn extra(account_id: &'a Id, description: &str, amount: Decimal) -> Self {
        Self {
            account_id,
            description: description.to_owned(),
            rate: Number(paise(amount)),
            quantity: Number(Decimal::ONE),
            unit: None,
            hsn_or_sac: None,
            tax_id: None,
            reverse_charge_tax_id: None,
        }
    }
}

fn new_line<'a>(line: &'a Line, amount: Decimal, account: &'a Account, tax: Option<&'a LineTax>) -> NewLine<'a> {
    let off = paise(line.amount) - amount;
    let (rate, quantity) = if off.is_zero() { amounts::rate_and_quantity(line) } else { (amount, Decimal::ONE) };
    let of_whole = if off.is_zero() { String::new() } else { format!(" (less {off} of the invoice's discount)") };
    let note = notes::of_discount(line) + &of_whole;
    let room = MAX_DESCRIPTION - note.len();
    NewLine {
        account_id: &account.id,
        description: line.description.chars().take(room).chain(note.chars()).collect(),
        rate: Number(rate),
        quantity: Number(quantity),
        unit: line.unit.as_deref().map(str::trim).filter(|unit| !unit.is_empty() && unit.chars().count() <= MAX_UNIT),
        hsn_or_sac: line.hsn_sac.as_deref().filter(|code| is_hsn_or_sac(code)),
        tax_id: tax.filter(|tax| !tax.is_reversed).map(|tax| &tax.tax_id),
        reverse_charge_tax_id: tax.filter(|tax| tax.is_reversed).map(|tax| &tax.tax_id),
    }
}

fn is_hsn_or_sac(code: &str) -> bool {
    matches!(code.len(), 4 | 6 | 8) && code.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;
