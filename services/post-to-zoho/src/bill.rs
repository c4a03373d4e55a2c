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
mod tests {
    use super::*;
    use crate::charge::Charge;
    use crate::tax::Supply;
    use crate::{fixture, tax};
    use contract::DocumentType;
    use serde_json::{Value, json};

    fn posted(invoice: &Invoice) -> Result<Value, StageError> {
        let taxes = tax::assign(&tax::tests::taxes(), invoice).unwrap();
        of(&"inv-42".parse().unwrap(), invoice, &ids(taxes), None, false)
            .map(|bill| serde_json::to_value(bill).unwrap())
    }

    fn ids(taxes: Vec<Option<LineTax>>) -> Ids {
        let account = Account { id: Id::new("a"), rule: "default".to_owned() };
        let accounts = vec![account; taxes.len()];
        Ids { vendor: Id::new("v"), accounts, currency: Id::new("c"), taxes, charges: Vec::new(), round_off: None }
    }

    #[test]
    fn an_invoice_becomes_a_bill_that_names_it() {
        let bill = posted(&fixture::invoice()).unwrap();
        let expected = json!({
            "vendor_id": "v", "bill_number": "VPM/25-26/0042", "reference_number": "inv-42",
            "date": "2025-11-03", "due_date": "2025-12-03", "currency_id": "c", "is_inclusive_tax": false,
            "gst_treatment": "business_gst", "gst_no": "29AAKCV4827Q1ZB",
            "source_of_supply": "KA", "destination_of_supply": "KA",
            "line_items": [
                {"account_id": "a", "description": "A4 paper, 5 reams", "rate": 150, "quantity": 5,
                    "hsn_or_sac": "4802", "tax_id": "g18"},
                {"account_id": "a", "description": "Delivery", "rate": 250, "quantity": 1,
                    "hsn_or_sac": "4802", "tax_id": "g18"},
            ],
        });
        assert_eq!(bill, expected);
    }

    #[test]
    fn round_off_goes_into_the_adjustment_so_that_the_total_is_the_printed_one() {
        let mut invoice = fixture::invoice();
        invoice.round_off = "-0.40".parse().unwrap();
        invoice.total = "1179.58".parse().unwrap();
        let bill = posted(&invoice).unwrap();
        assert_eq!((&bill["adjustment"], &bill["adjustment_description"]), (&json!(-0.42), &json!("Round off")));
    }

    #[test]
    fn amounts_are_written_as_the_digits_they_have() {
        let mut invoice = fixture::invoice();
        invoice.lines = vec![fixture::line("x", "1", "12345678901234.57", "12345678901234.57")];
        invoice.lines[0].tax_rate = Some(Decimal::ZERO);
        invoice.total = "12345678901234.57".parse().unwrap();
        let ids = ids(vec![None]);
        let id = "inv-42".parse().unwrap();
        let bill = serde_json::to_string(&of(&id, &invoice, &ids, Some("cf_invoice_id"), true).unwrap()).unwrap();
        assert!(bill.contains(r#""status":"draft""#), "{bill}");
        assert!(bill.contains(r#""custom_fields":[{"api_name":"cf_invoice_id","value":"inv-42"}]"#), "{bill}");
        assert!(bill.contains("\"rate\":12345678901234.57,"), "{bill}");
    }

    #[test]
    fn a_discount_on_the_whole_lowers_every_line_by_its_part_and_each_says_so() {
        let mut invoice = fixture::invoice();
        invoice.discount = "100.01".parse().unwrap();
        (invoice.subtotal, invoice.total) = ("899.99".parse().unwrap(), "1061.99".parse().unwrap());
        let bill = posted(&invoice).unwrap();
        let [first, second] = [&bill["line_items"][0], &bill["line_items"][1]];
        assert_eq!((&first["rate"], &first["quantity"]), (&json!(674.99), &json!(1)));
        assert_eq!((&second["rate"], &second["quantity"]), (&json!(225), &json!(1)));
        assert_eq!(first["description"], "A4 paper, 5 reams (less 75.01 of the invoice's discount)");
    }

    #[test]
    fn an_invoice_that_zoho_would_total_otherwise_makes_no_bill() {
        let mut invoice = fixture::invoice();
        invoice.cess = "25".parse().unwrap();
        invoice.total = "1205".parse().unwrap();
        let error = posted(&invoice).unwrap_err();
        assert_eq!((error.code, error.class), (code::ZOHO_TOTAL_DIFFERS, contract::Class::Review));
        let evidence: Value = serde_json::from_str(error.evidence.unwrap().get()).unwrap();
        assert_eq!((&evidence["printed_total"], &evidence["computed_total"]), (&json!(1205), &json!(1180)));
    }

    #[test]
    fn what_the_invoice_charges_beside_its_lines_is_booked_as_lines_of_its_own() {
        let mut invoice = fixture::invoice();
        (invoice.cess, invoice.tcs) = ("25".parse().unwrap(), "1.20".parse().unwrap());
        invoice.total = "1206.20".parse().unwrap();
        let booked =
            |charge, amount: &str| Booked { charge, amount: amount.parse().unwrap(), account: Id::new(amount) };
        let taxes = tax::assign(&tax::tests::taxes(), &invoice).unwrap();
        let charges = vec![booked(Charge::Cess, "25"), booked(Charge::Tcs, "1.20")];
        let ids = Ids { charges, ..ids(taxes) };
        let bill = serde_json::to_value(of(&"inv-42".parse().unwrap(), &invoice, &ids, None).unwrap()).unwrap();
        assert_eq!(
            (&bill["line_items"][2], &bill["line_items"][3]),
            (
                &json!({"account_id": "25", "description": "GST compensation cess", "rate": 25, "quantity": 1}),
                &json!({"account_id": "1.20", "description": "Tax collected at source (TCS)", "rate": 1.2, "quantity": 1})
            )
        );
        assert!(bill.get("adjustment").is_none());
    }

    #[test]
    fn under_reverse_charge_a_line_names_the_tax_as_the_buyers() {
        let mut invoice = fixture::invoice();
        (invoice.cgst, invoice.sgst) = (Decimal::ZERO, Decimal::ZERO);
        (invoice.reverse_charge, invoice.total) = (Some(true), "1000".parse().unwrap());
        let taxes = tax::assign_reversed(&tax::tests::taxes(), &invoice, Supply::IntraState).unwrap();
        let ids = ids(taxes);
        let bill = serde_json::to_value(of(&"inv-42".parse().unwrap(), &invoice, &ids, None).unwrap()).unwrap();
        for line in bill["line_items"].as_array().unwrap() {
            assert_eq!((&line["reverse_charge_tax_id"], line.get("tax_id")), (&json!("g18"), None));
        }
    }

    #[test]
    fn a_credit_note_becomes_a_vendor_credit_of_documented_fields_alone() {
        let mut invoice = fixture::invoice();
        invoice.document_type = DocumentType::CreditNote;
        (invoice.round_off, invoice.total) = ("-0.40".parse().unwrap(), "1179.60".parse().unwrap());
        let taxes = tax::assign(&tax::tests::taxes(), &invoice).unwrap();
        let id = "inv-42".parse().unwrap();
        let credit = |ids: &Ids| serde_json::to_value(of(&id, &invoice, ids, Some("cf_id")).unwrap()).unwrap();
        let posted = credit(&ids(taxes.clone()));
        for absent in ["bill_number", "due_date", "adjustment", "adjustment_description", "custom_fields"] {
            assert!(posted.get(absent).is_none(), "{absent}");
        }
        assert_eq!(posted["vendor_credit_number"], "VPM/25-26/0042");
        let round_off =
            |account: &str| json!({"account_id": account, "description": "Round off", "rate": -0.4, "quantity": 1});
        assert_eq!(posted["line_items"][2], round_off("a"));
        let to_its_own = Ids { round_off: Some(Id::new("r")), ..ids(taxes) };
        assert_eq!(credit(&to_its_own)["line_items"][2], round_off("r"));
    }

    #[test]
    fn texts_that_are_too_long_lose_no_bill_and_a_number_is_never_cut() {
        let mut invoice = fixture::invoice();
        invoice.lines[0].description = "ಕಾಗದ".repeat(1000);
        invoice.lines[0].unit = Some("u".repeat(100));
        let bill = posted(&invoice).unwrap();
        let line = &bill["line_items"][0];
        assert_eq!(line["description"].as_str().unwrap().chars().count(), MAX_DESCRIPTION);
        assert!(line.get("unit").is_none());
        invoice.invoice_number = "ಸ".repeat(99);
        assert!(refuse_unfit(&invoice).is_ok());
        invoice.invoice_number.push('1');
        assert_eq!(refuse_unfit(&invoice).unwrap_err().code, code::ZOHO_NUMBER_TOO_LONG);
    }

    #[test]
    fn what_is_uncertain_is_left_to_zoho() {
        let mut invoice = fixture::invoice();
        invoice.vendor_gstin = None;
        invoice.place_of_supply = Some("Telangana".to_owned());
        invoice.due_date = None;
        invoice.lines[0].hsn_sac = Some("48 02".to_owned());
        let bill = posted(&invoice).unwrap();
        for absent in ["gst_no", "gst_treatment", "source_of_supply", "destination_of_supply", "due_date"] {
            assert!(bill.get(absent).is_none(), "{absent}");
        }
        assert!(bill["line_items"][0].get("hsn_or_sac").is_none());
    }
}
