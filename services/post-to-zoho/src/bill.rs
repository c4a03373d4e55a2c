//! A structured invoice as the body of Zoho's `POST /bills`: pure.
//!
//! The bill's total is the printed one, or there is no bill: what separates the two by rounding goes into Zoho's
//! `adjustment`, and more than that is for a person to look at.

use crate::place;
use crate::reference::Account;
use crate::tax::{LineTax, paise};
use crate::wire::{Id, Number};
use contract::{Invoice, InvoiceId, Line, code};
use engine::StageError;
use rust_decimal::Decimal;
use serde::Serialize;

/// Zoho's limits, in characters.
const MAX_DESCRIPTION: usize = 2000;
/// The printed round-off may differ from the bill's adjustment by what rounding the tax of each line can make.
const ROUNDING: Decimal = Decimal::ONE;

/// The ids that a bill refers to.
#[derive(Debug)]
pub(crate) struct Ids {
    pub(crate) vendor: Id,
    pub(crate) currency: Id,
    /// One per line.
    pub(crate) accounts: Vec<Account>,
    /// One per line.
    pub(crate) taxes: Vec<Option<LineTax>>,
}

/// The body of `POST /bills`.
#[derive(Debug, Serialize)]
pub(crate) struct NewBill<'a> {
    vendor_id: &'a Id,
    bill_number: &'a str,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_id: Option<&'a Id>,
}

/// Why the bill would not have the printed total.
#[derive(Debug, Serialize)]
struct Difference {
    printed_total: Number,
    computed_total: Number,
    printed_round_off: Number,
    cess: Number,
}

/// The bill of an invoice, or why Zoho could not make one of the printed total.
pub(crate) fn of<'a>(
    id: &'a InvoiceId,
    invoice: &'a Invoice,
    ids: &'a Ids,
    unique_field: Option<&'a str>,
    as_draft: bool,
) -> Result<NewBill<'a>, StageError> {
    let amounts = net_amounts(invoice);
    let adjustment = adjustment(invoice, &amounts, &ids.taxes)?;
    let source = invoice.vendor_gstin.as_deref().and_then(place::of_gstin);
    let destination = invoice.place_of_supply.as_deref().and_then(place::of_supply);
    let supply = source.zip(destination);
    let bookings = ids.accounts.iter().zip(&ids.taxes);
    let lines = invoice.lines.iter().zip(&amounts).zip(bookings);
    let line_items =
        lines.map(|((line, amount), (account, tax))| new_line(line, *amount, account, tax.as_ref())).collect();
    Ok(NewBill {
        vendor_id: &ids.vendor,
        bill_number: &invoice.invoice_number,
        reference_number: id.as_str(),
        date: invoice.invoice_date.to_string(),
        due_date: invoice.due_date.map(|date| date.to_string()),
        currency_id: &ids.currency,
        is_inclusive_tax: invoice.lines_with_tax,
        gst_treatment: invoice.vendor_gstin.as_ref().map(|_| "business_gst"),
        gst_no: invoice.vendor_gstin.as_deref(),
        source_of_supply: supply.map(|(source, _)| source),
        destination_of_supply: supply.map(|(_, destination)| destination),
        line_items,
        adjustment: (!adjustment.is_zero()).then_some(Number(adjustment)),
        adjustment_description: (!adjustment.is_zero()).then_some("Round off"),
        status: as_draft.then_some("draft"),
        custom_fields: unique_field.map(|api_name| [UniqueField { api_name, value: id.as_str() }]),
    })
}

fn new_line<'a>(line: &'a Line, amount: Decimal, account: &'a Account, tax: Option<&'a LineTax>) -> NewLine<'a> {
    let off = paise(line.amount) - amount;
    let (rate, quantity) = if off.is_zero() { rate_and_quantity(line) } else { (amount, Decimal::ONE) };
    let note = if off.is_zero() { String::new() } else { format!(" (less {off} of the invoice's discount)") };
    let room = MAX_DESCRIPTION - note.len();
    NewLine {
        account_id: &account.id,
        description: line.description.chars().take(room).chain(note.chars()).collect(),
        rate: Number(rate),
        quantity: Number(quantity),
        unit: line.unit.as_deref().filter(|unit| !unit.trim().is_empty()),
        hsn_or_sac: line.hsn_sac.as_deref().filter(|code| is_hsn_or_sac(code)),
        tax_id: tax.map(|tax| &tax.tax_id),
    }
}

/// The lines' amounts to the paisa, each less its part of a discount on the whole: Zoho documents no such discount for bills.
fn net_amounts(invoice: &Invoice) -> Vec<Decimal> {
    let mut amounts: Vec<Decimal> = invoice.lines.iter().map(|line| paise(line.amount)).collect();
    let whole: Decimal = amounts.iter().sum();
    if invoice.discount.is_zero() || whole.is_zero() {
        return amounts;
    }
    let mut left = paise(invoice.discount);
    for amount in &mut amounts {
        let part = paise(invoice.discount * *amount / whole);
        (*amount, left) = (*amount - part, left - part);
    }
    // What rounding leaves goes where it changes least.
    if let Some(largest) = amounts.iter_mut().max() {
        *largest -= left;
    }
    amounts
}

/// Zoho computes a line as rate × quantity. Where that would not be the printed amount, or depends on how many
/// decimals the organisation keeps, the line is posted as one piece.
fn rate_and_quantity(line: &Line) -> (Decimal, Decimal) {
    let plain = |number: Decimal| number.normalize().scale() <= 2 && number > Decimal::ZERO;
    match (line.rate, line.quantity) {
        (Some(rate), Some(quantity))
            if plain(rate) && plain(quantity) && paise(rate * quantity) == paise(line.amount) =>
        {
            (rate, quantity)
        }
        _ => (paise(line.amount), Decimal::ONE),
    }
}

/// What Zoho must add to its own sum for the printed total.
fn adjustment(invoice: &Invoice, amounts: &[Decimal], taxes: &[Option<LineTax>]) -> Result<Decimal, StageError> {
    let computed_total: Decimal = amounts
        .iter()
        .zip(taxes)
        .map(|(amount, tax)| {
            let amount = *amount;
            let on_top = tax.as_ref().filter(|_| !invoice.lines_with_tax);
            amount + on_top.map_or(Decimal::ZERO, |tax| tax.on(amount))
        })
        .sum();
    let adjustment = invoice.total - computed_total;
    if (adjustment - invoice.round_off).abs() <= ROUNDING {
        return Ok(adjustment);
    }
    Err(StageError::review(
        code::ZOHO_TOTAL_DIFFERS,
        "the lines and their taxes do not make the printed total in Zoho Books: no bill was made",
    )
    .with_candidate(invoice)
    .with_evidence(&Difference {
        printed_total: Number(invoice.total),
        computed_total: Number(computed_total),
        printed_round_off: Number(invoice.round_off),
        cess: Number(invoice.cess),
    }))
}

fn is_hsn_or_sac(code: &str) -> bool {
    matches!(code.len(), 4 | 6 | 8) && code.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture, tax};
    use serde_json::{Value, json};

    fn posted(invoice: &Invoice) -> Result<Value, StageError> {
        let taxes = tax::assign(&tax::tests::taxes(), invoice).unwrap();
        of(&"inv-42".parse().unwrap(), invoice, &ids(taxes), None, false)
            .map(|bill| serde_json::to_value(bill).unwrap())
    }

    fn ids(taxes: Vec<Option<LineTax>>) -> Ids {
        let account = Account { id: Id::new("a"), rule: "default".to_owned() };
        Ids { vendor: Id::new("v"), accounts: vec![account; taxes.len()], currency: Id::new("c"), taxes }
    }

    fn line_of(quantity: &str, rate: &str, amount: &str) -> (String, String) {
        let (rate, quantity) = rate_and_quantity(&fixture::line("x", quantity, rate, amount));
        (rate.normalize().to_string(), quantity.normalize().to_string())
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
    fn a_line_whose_product_is_not_its_amount_is_posted_as_one_piece() {
        let table = [
            ("3", "33.33", "99.99", ("33.33", "3")),
            ("2.5", "99.99", "249.98", ("99.99", "2.5")),
            ("3", "33.33", "100", ("100", "1")),
            ("3", "33.333", "100", ("100", "1")),
            ("0.125", "80", "10", ("10", "1")),
            ("-1", "100", "-100", ("-100", "1")),
        ];
        for (quantity, rate, amount, (posted_rate, posted_quantity)) in table {
            let expected = (posted_rate.to_owned(), posted_quantity.to_owned());
            assert_eq!(line_of(quantity, rate, amount), expected, "{quantity} × {rate} = {amount}");
        }
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
