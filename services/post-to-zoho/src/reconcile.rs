//! Whether bills that Zoho already has are the one that was to be made: pure.

use crate::wire::{Id, Number};
use contract::{Bill, Invoice, InvoiceId, code};
use engine::StageError;
use serde::{Deserialize, Serialize};

/// A bill as Zoho lists it, and as it answers a `POST`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BillRow {
    bill_id: Id,
    #[serde(default)]
    vendor_id: Option<Id>,
    #[serde(default)]
    vendor_name: String,
    bill_number: String,
    #[serde(default)]
    reference_number: Option<String>,
    #[serde(default)]
    date: String,
    #[serde(default)]
    currency_code: Option<String>,
    total: Number,
}

/// What a bill is found to differ in.
#[derive(Debug, Serialize)]
struct Mismatch<'a> {
    printed_total: Number,
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

    fn has_number(&self, vendor: &Id, number: &str) -> bool {
        self.vendor_id.as_ref().is_none_or(|own| own == vendor)
            && self.bill_number.trim().eq_ignore_ascii_case(number.trim())
    }

    fn is_as_printed(&self, invoice: &Invoice) -> bool {
        let currency = self.currency_code.as_deref().filter(|code| !code.is_empty());
        self.total.0 == invoice.total && currency.is_none_or(|code| code.eq_ignore_ascii_case(&invoice.currency))
    }

    fn bill(&self, invoice: &Invoice) -> Bill {
        let currency = self.currency_code.clone().filter(|code| !code.is_empty());
        Bill {
            bill_id: self.bill_id.to_string(),
            bill_number: self.bill_number.clone(),
            vendor_id: self.vendor_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            vendor_name: self.vendor_name.clone(),
            currency: currency.unwrap_or_else(|| invoice.currency.clone()),
            total: self.total.0,
        }
    }
}

/// The bill that was made for the invoice, if it is as printed.
pub(crate) fn accept(row: &BillRow, invoice: &Invoice) -> Result<Bill, StageError> {
    let bill = row.bill(invoice);
    if row.is_as_printed(invoice) {
        return Ok(bill);
    }
    let mismatch = Mismatch { printed_total: Number(invoice.total), printed_currency: &invoice.currency, bill: row };
    let message = format!(
        "the bill {} was made but its total or currency is not the printed one: correct it in Zoho Books",
        bill.bill_id
    );
    Err(StageError::review(code::ZOHO_TOTAL_DIFFERS, message).with_candidate(&bill).with_evidence(&mismatch))
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

/// The year in which India's financial year of this `yyyy-mm-dd` began, on 1 April.
fn financial_year(date: &str) -> Option<i32> {
    let year: i32 = date.get(..4)?.parse().ok()?;
    let month: u32 = date.get(5..7)?.parse().ok()?;
    Some(if month < 4 { year - 1 } else { year })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use contract::{Class, Code};
    use serde_json::json;

    const DATE: &str = "2025-11-03";

    fn row(bill_id: &str, number: &str, reference: &str, date: &str, total: &str) -> BillRow {
        let row = json!({
            "bill_id": bill_id, "vendor_id": "v", "vendor_name": "Vindhya", "bill_number": number,
            "reference_number": reference, "date": date, "currency_code": "INR", "total": total,
        });
        serde_json::from_value(row).unwrap()
    }

    fn outcome(rows: Vec<BillRow>) -> Result<String, (Code, Class)> {
        let bill = duplicate(rows, &"inv-42".parse().unwrap(), &fixture::invoice(), &Id::new("v"));
        bill.map(|bill| bill.bill_id).map_err(|error| (error.code, error.class))
    }

    #[test]
    fn a_repeated_number_is_ours_billed_already_or_anothers() {
        let number = "VPM/25-26/0042";
        let ours = row("1", number, "inv-42", DATE, "1180.00");
        let by_hand = row("2", number, "", DATE, "1180");
        let other = row("3", number, "inv-7", DATE, "99");
        let last_year = row("4", number, "", "2025-03-31", "1180");
        let unrelated = row("5", "VPM/25-26/0043", "", DATE, "1180");
        let wrong_total = row("6", number, "inv-42", DATE, "1180.01");
        let lagging = Err((code::ZOHO_UNAVAILABLE, Class::Transient));
        let table = [
            (vec![other.clone(), ours], Ok("1".to_owned())),
            (vec![other.clone(), by_hand], Err((code::ZOHO_ALREADY_BILLED, Class::Review))),
            (vec![other, last_year.clone()], Err((code::ZOHO_NUMBER_TAKEN, Class::Review))),
            (vec![last_year], lagging.clone()),
            (vec![unrelated], lagging.clone()),
            (vec![], lagging),
            (vec![wrong_total], Err((code::ZOHO_TOTAL_DIFFERS, Class::Review))),
        ];
        for (rows, expected) in table {
            assert_eq!(outcome(rows.clone()), expected, "{rows:?}");
        }
    }

    #[test]
    fn a_bill_of_another_total_or_currency_is_shown_to_a_person_and_named() {
        let invoice = fixture::invoice();
        let mut euros = row("7", "n", "inv-42", DATE, "1180");
        euros.currency_code = Some("EUR".to_owned());
        for row in [euros, row("7", "n", "inv-42", DATE, "1179.99")] {
            let error = accept(&row, &invoice).unwrap_err();
            assert_eq!((error.code, error.class), (code::ZOHO_TOTAL_DIFFERS, Class::Review));
            let bill: Bill = serde_json::from_str(error.candidate.unwrap().get()).unwrap();
            assert_eq!(bill.bill_id, "7");
        }
    }
}
